"""What the build says of its chapters while they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from barometer.build.execute import Job, Outcome
from barometer.build.progress import Progress
from barometer.build.run import Choice, label, longest_first
from barometer.build.store import Entry


def choice(chapter: str, seconds: float | None) -> Choice:
    told = {"wave": "2022", "segment": "sector=state"}
    job = Job(chapter, "en", Path("x"), told, Path("x"), 60, Path("x"))
    return Choice(job, {}, ("new",), Entry("", seconds, 0, 0.0, {}) if seconds else None)


def test_the_longest_chapter_starts_first_and_one_that_is_not_known_before_it() -> None:
    ordered = longest_first([choice("short", 1.0), choice("long", 9.0), choice("new", None)])
    assert [each.job.chapter for each in ordered] == ["new", "long", "short"]


def test_lines_name_chapter_language_wave_and_segment_and_the_time_left_as_it_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    choices = [choice("first", 10.0), choice("second", 6.0), choice("third", 2.0)]
    call = lambda job: label(job, several=True)  # noqa: E731
    with Progress("3 reports", choices, workers=2, label=call) as progress:
        progress.note(Outcome(choices[0].job, 20.0))  # twice as long as it was
        progress.note(Outcome(choices[1].job, 12.0, "it broke"))
        progress.note(Outcome(choices[2].job, 4.0))
    assert capsys.readouterr().out.splitlines() == [
        "3 reports",
        "  [1/3] first, en, 2022, sector=state: 20.0 s, about 8 s left",
        "  [2/3] second, en, 2022, sector=state: failed, about 2 s left",
        "  [3/3] third, en, 2022, sector=state: 4.0 s",
    ]


def test_no_time_is_told_where_a_chapter_never_ran(capsys: pytest.CaptureFixture[str]) -> None:
    choices = [choice("first", 10.0), choice("second", None)]
    with Progress("x", choices, workers=1, label=lambda job: job.chapter) as progress:
        progress.note(Outcome(choices[0].job, 1.0))
    assert capsys.readouterr().out.splitlines()[1] == "  [1/2] first: 1.0 s"
