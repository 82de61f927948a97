"""What changed since an earlier wave: the list, what is not on it, and why."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barometer.assembly import Assembly
from barometer.blocks import SinceBlock
from barometer.chapters import Chapter
from barometer.compare import adjust, wave_differences
from barometer.formats import Words
from barometer.instrument import Instrument, load_instrument
from barometer.params import Params, Rules, load_params
from barometer.since import since
from barometer.waves import Wave, list_waves, load_wave
from tests.made_survey import write_survey

Document = dict[str, Any]
Opened = Callable[..., Chapter]
ROOT = Path(__file__).parents[1]
ALL = ("reused", "reuse", "partners", "spread", "core_task", "contacts")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_survey(tmp_path_factory.mktemp("survey") / "project")


def test_clear_changes_are_listed_the_biggest_first_with_direction_points_and_interval(
    opened: Opened, shown: list[Document]
) -> None:
    opened().since("reused", "reuse")
    (block,) = shown
    assert (block["type"], block["title"]) == ("since", "What has changed since 2003")
    found = [re.search(r"\(([+−])(\d+) percentage points?;", each) for each in block["items"]]
    points = [int(each[2]) for each in found]
    assert points == sorted(points, reverse=True)
    assert [each[1] for each in found] == ["−", "+", "+"]
    assert block["items"][0] == (
        "The first (degree of reuse): 28% of workplaces, down from 51% "
        "(−23 percentage points; 95% confidence interval: −31 to −15)."
    )
    assert block["items"][1].startswith(
        "64% of workplaces reused a solution, up from 43% (+21 percentage points;"
    )
    assert block["rest"] == ["For one other share it can't be told whether it changed."]
    assert "adjusted for multiple comparisons by Holm's method" in block["how"][0]


def test_the_changes_of_one_list_are_one_family(opened: Opened, shown: list[Document]) -> None:
    chapter = opened()
    chapter.since("reused", "reuse", "partners")
    _, earlier, later = chapter.waves
    parts = [wave_differences(earlier, later, each) for each in ("reused", "reuse", "partners")]
    family = pd.concat(parts, ignore_index=True)
    family = family[~family["option"].isin(["dont_know", "foreign", "none"]) & family["p"].notna()]
    clear = adjust(family).query("p_adjusted < 0.05")
    assert len(clear) == len(shown[0]["items"]) == 3
    assert f"For {len(family) - 3} other shares" in shown[0]["rest"][0]


def test_what_can_not_be_compared_stands_there_with_the_reason(opened: Opened, shown: list[Document]) -> None:
    opened().since(*ALL)
    assert shown[0]["rest"][1:] == [
        "Can't be compared with 2003: partners (foreign ones) and spreading. The question is new.",
        "No longer asked: core task.",
        "Not asked in 2003: contacts.",
    ]
    shown.clear()
    opened(language="da").since(*ALL)
    assert shown[0]["title"] == "Det har ændret sig siden 2003"
    assert shown[0]["rest"][1:] == [
        "Kan ikke sammenlignes med 2003: partnere (udenlandske) og spredning. Spørgsmålet er nyt.",
        "Der spørges ikke længere om: kerneopgave.",
        "Ikke spurgt i 2003: kontakter.",
    ]


def test_where_nothing_can_be_told_apart_one_sentence_says_so(opened: Opened, shown: list[Document]) -> None:
    chapter = opened()
    for names in (("partners/citizens", "partners/companies"), ("partners/citizens",), ("spread",)):
        chapter.since(*names)
    assert [each["items"] for each in shown] == [[], [], []]
    assert [each["rest"][0] for each in shown] == [
        "There is no clear change: none of the 2 shares that can be compared has changed by more than "
        "chance can explain.",
        "There is no clear change: the one share that can be compared has not changed by more than "
        "chance can explain.",
        "None of the shares can be compared with 2003.",
    ]
    told = [" ".join(each["how"]) for each in shown]
    assert told[0].startswith(
        "The changes were tested together (design-based t test, significance level 0.05, adj"
    )
    assert "A single figure tests fewer changes at a time" in told[0]
    assert told[1:] == [
        "The change was tested (design-based t test, significance level 0.05) and computed before rounding.",
        "",
    ]


@pytest.mark.parametrize("arguments", [{"compare_with": "none"}, {"wave": "2001"}])
def test_without_an_earlier_wave_there_is_no_list(
    opened: Opened, shown: list[Document], arguments: dict[str, str]
) -> None:
    opened(**arguments).since(*ALL)
    assert not shown


def test_a_list_of_what_no_wave_asked_is_left_out(opened: Opened, shown: list[Document]) -> None:
    opened().since("weather", "coast")
    assert not shown


def test_the_wave_to_compare_with_may_be_further_back(opened: Opened, shown: list[Document]) -> None:
    opened(compare_with="2001").since("reused", "core_task")
    assert shown[0]["title"] == "What has changed since 2001"
    assert "up from 40%" in shown[0]["items"][0]
    assert shown[0]["rest"] == ["No longer asked: core task."]
    assert {str(each) for each in pd.read_csv(io.StringIO(shown[0]["csv"]))["wave"]} == {"2001", "2005"}


def test_a_segment_is_compared_with_itself_and_named(opened: Opened, shown: list[Document]) -> None:
    opened(segment="sector=municipal").since("reused")
    assert shown[0]["items"][0].startswith("72% of workplaces (municipality) reused a solution, up from 49%")


def test_nothing_is_said_about_a_share_that_is_hidden(opened: Opened, shown: list[Document]) -> None:
    opened(segment="sector=regional").since("reused", "reuse")
    (block,) = shown
    assert block["items"] == []
    assert block["rest"] == [
        "None of the shares can be compared with 2003.",
        "Hidden, so not compared: reuse and degree of reuse.",
    ]
    assert "%" not in " ".join([*block["rest"], *block["how"]])
    data = pd.read_csv(io.StringIO(block["csv"]))
    assert data[["estimate", "se", "ci_low", "ci_high"]].isna().all(axis=None)


def assembled(path: Path, reference: str = "2003", **decisions: Any) -> Assembly:
    params = load_params(path)
    instrument = load_instrument(params.instrument)
    names = list_waves(params.waves)
    waves = tuple(load_wave(each, folder=params.waves, instrument=instrument) for each in names)
    return Assembly(waves, replace(params, **decisions), Words("en"), reference=reference)


def test_a_share_that_only_the_earlier_wave_hides_has_no_change_either(project: Path) -> None:
    # 79 answered in 2003, 120 in 2005.
    rules = Rules(minimum_base=80, uncertain_base=80)  # nothing hidden was compared, over a break or not
    block = since(assembled(project, disclosure=rules, over_breaks=("spread",)), ["spread", "reused"])
    assert isinstance(block, SinceBlock)
    assert "Hidden, so not compared: spreading." in block.rest
    assert not [each for each in (*block.items, *block.how) if "preading" in each]
    rows = pd.read_csv(io.StringIO(block.csv), dtype={"wave": str})
    hidden = rows[(rows["question"] == "spread") & (rows["wave"] == "2003")]
    assert hidden["estimate"].isna().all()


def test_what_is_compared_over_a_break_is_listed_and_called_so(project: Path) -> None:
    names = ["spread", "partners/foreign", "reused"]
    refused = since(assembled(project), names)
    crossed = since(assembled(project, over_breaks=("spread",)), names)
    assert refused is not None
    assert crossed is not None
    assert refused.rest[-1] == "Can't be compared with 2003: spreading and partners. The question is new."
    assert crossed.rest[-1] == "Can't be compared with 2003: partners. The question is new."
    assert crossed.how[-1] == (
        "Compared over a break, as this publication has chosen: spreading. The question is new."
    )


def test_an_answer_is_listed_once_whatever_it_is_called(project: Path) -> None:
    made = assembled(project, over_breaks=("spread",))
    names = (["reused", "spread"], ["reused", "reused", "spread/yes", "spread/no"])
    once, twice = (since(made, each) for each in names)
    assert once is not None
    assert twice is not None
    assert (once.items, once.rest) == (twice.items, twice.rest)
    # Of those who reuse all answered yes or no: that more said yes is that fewer said no.
    assert len(pd.read_csv(io.StringIO(once.csv))) == 2 * 2


@pytest.fixture(scope="module")
def editions(barometer_instrument: Instrument) -> tuple[Params, tuple[Wave, ...]]:
    params = load_params(ROOT / "params.yaml")
    names = list_waves(params.waves)
    return params, tuple(
        load_wave(each, folder=params.waves, instrument=barometer_instrument) for each in names
    )


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (["actively_spread", "spreading"], 2),  # spreading has a no of its own beside don't know
        (["partners/same_sector", "public_collaboration/same_sector"], 1),
        (["partners/none", "any_collaboration"], 1),  # one the contrary of the other
        (["internal_collaboration", "partners/internal", "partners/companies"], 2),
        (["evaluated", "evaluation"], 6),
    ],
)
def test_variables_that_rest_on_the_same_answers_are_told_apart_by_the_answers(
    names: list[str], count: int, editions: tuple[Params, tuple[Wave, ...]]
) -> None:
    params, waves = editions
    block = since(Assembly(waves, params, Words("en"), reference=waves[-2].id), names)
    assert block is not None
    told = pd.read_csv(io.StringIO(block.csv))[["question", "option"]].drop_duplicates()
    assert len(told) == count


def test_an_answer_that_a_segment_is_never_offered_is_not_called_unasked(
    editions: tuple[Params, tuple[Wave, ...]],
) -> None:
    params, waves = editions
    state = tuple(each.restrict("sector", "state") for each in waves[-2:])
    block = since(Assembly(state, params, Words("en"), reference=state[0].id), ["partners"])
    assert block is not None
    assert "state workplaces" not in " ".join((*block.items, *block.rest))


def test_an_end_of_an_interval_is_never_rounded_to_nothing(opened: Opened, shown: list[Document]) -> None:
    found = []
    for segment in ("", "sector=state", "sector=municipal"):
        opened(segment=segment).since("reused", "reuse")
        found += shown[0]["items"]
    ends = [end for item in found for end in re.findall(r"interval: (.+) to (.+)\)", item)[0]]
    assert ends
    assert not {"0", "+0", "−0"}.intersection(ends)
