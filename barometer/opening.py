"""Opening a chapter: params.yaml, the questionnaire and the waves are read, and the chapter starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from barometer.assembly import Segment
from barometer.cases import Cases, load_cases
from barometer.chapters import Chapter
from barometer.comparability import link_problems
from barometer.errors import Problem, ReportError
from barometer.formats import Words
from barometer.instrument import load_instrument
from barometer.params import load_params, split_segment
from barometer.published import load_published
from barometer.waves import list_waves, load_wave


def open_chapter(
    name: str,
    *,
    wave: str = "latest",
    compare_with: str = "previous",
    language: str = "da",
    segment: str = "",
) -> Chapter:
    """Open a chapter of the report for one wave, and show what it is about.

    Parameters
    ----------
    name
        The chapter, as its notebook is called.
    wave
        A folder of the waves, or ``latest``.
    compare_with
        The wave that changes are measured against: an earlier one, ``previous`` or ``none``.
    language
        One of the languages that the questionnaire and the words have.
    segment
        A part of the sample such as ``sector=municipal``; empty is all of it.

    Raises
    ------
    ReportError
        When params.yaml, the questionnaire or a wave can't be used, or the wave isn't there.
    """
    params = load_params(_find_params())
    instrument = load_instrument(params.instrument)
    names = list_waves(params.waves)
    current = names[-1] if wave == "latest" and names else wave
    loaded = [load_wave(current, folder=params.waves, instrument=instrument)]
    earlier = [each for each in names if each < current]
    loaded = [load_wave(each, folder=params.waves, instrument=instrument) for each in earlier] + loaded
    if problems := [*link_problems(loaded[-1], loaded[:-1])]:
        raise ReportError("The chapter can't be opened", problems)
    part = split_segment(segment)
    return Chapter(
        name,
        params,
        Words(language),
        waves=tuple(each.restrict(*part) if part else each for each in loaded),
        reference=_reference(compare_with, earlier),
        segment=instrument.label(*part, language) if part else "",
        part=Segment(*part, whole=loaded[-1]) if part else None,
        cards=load_cases(params.cases, instrument.languages) if params.cases else Cases(),
        official=load_published(params.published, instrument) if params.published else (),
    ).begin()


def _find_params() -> Path:
    """Return the params.yaml that the build names, else the nearest one upwards from the working folder."""
    if named := os.environ.get("BAROMETER_PARAMS"):
        return Path(named)
    here = Path.cwd()
    found = next(filter(Path.is_file, (each / "params.yaml" for each in (here, *here.parents))), None)
    if found is None:
        problem = Problem("the working folder", "a params.yaml in it or in a folder above it")
        raise ReportError("The chapter can't be opened", [problem])
    return found


def _reference(compare_with: str, earlier: Sequence[str]) -> str:
    """Return the wave to compare with; empty for none."""
    if compare_with == "previous":
        return earlier[-1] if earlier else ""
    if compare_with != "none" and compare_with not in earlier:
        problem = Problem("compare_with", f"none, previous or one of {', '.join(earlier)}", compare_with)
        raise ReportError("The chapter can't be opened", [problem])
    return "" if compare_with == "none" else compare_with
