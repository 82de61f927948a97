"""What changed in the published numbers of a report since it was last published, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from barometer.documents import shown
from barometer.errors import Problem, ReportError
from barometer.formats import Words

PLACE = ("chapter", "figure", "view", "wave", "question", "option", "by", "level", "statistic")
NUMBERS = ("estimate", "ci_low", "ci_high", "n", "verdict")
CHANGES = (*PLACE, "number", "old", "new", "why")
DECIMALS = 6
"""Numbers are compared to so many decimals: another processor may give another last digit."""
_OF_WAVE = MappingProxyType({"corrections.yaml": "corrections", "wave.yaml": "description"})


def changes(old: Path, new: Path, *, words: Words) -> pd.DataFrame:
    """Compare the estimates of two reports; one row is one number that differs.

    Parameters
    ----------
    old, new
        Folders of a published report: ``data/estimates.csv`` and ``manifest.json`` are read.
    words
        The language that the reasons are given in.

    Returns
    -------
    DataFrame
        The columns `CHANGES`. `number` is one of `NUMBERS`; `old` is empty for what is new, `new` for what is
        gone, and both are text. `why` names what the number rests on and what is not as it was: data,
        corrections or description of its wave, questionnaire, parameters, chapter, packages or code.

    Raises
    ------
    ReportError
        If one of the files can't be read.
    """
    before, after = _numbers(old), _numbers(new)
    joined = pd.concat({"old": before, "new": after}, axis=1).fillna("")
    joined = joined[joined["old"] != joined["new"]].reset_index()
    said = [json.loads(_text(folder / "manifest.json")) for folder in (old, new)]
    whys = {
        (wave, chapter): "; ".join(
            words(f"changes.why_{kind}", what=what)
            for kind, what in _reasons(said[0], said[1], wave=wave, chapter=chapter)
        )
        or words("changes.why_unknown")
        for wave, chapter in joined[["wave", "chapter"]].drop_duplicates().itertuples(index=False)
    }
    why = [whys[pair] for pair in zip(joined["wave"], joined["chapter"], strict=True)]
    return joined.assign(why=why)[list(CHANGES)]


def _numbers(folder: Path) -> pd.Series:
    """Return every number of a report as text, by its place and name."""
    path = folder / "data" / "estimates.csv"
    _text(path)
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [name for name in (*PLACE, *NUMBERS) if name not in table]
    if missing:
        problem = Problem(shown(path), "the estimates of a report", f"no column {', '.join(missing)}")
        raise ReportError("Two reports can't be compared", [problem])
    long = table.drop_duplicates(list(PLACE)).melt(
        list(PLACE), list(NUMBERS), var_name="number", value_name="value"
    )
    return long.set_index([*PLACE, "number"])["value"].map(_rounded)


def _rounded(text: str) -> str:
    try:
        return f"{round(float(text), DECIMALS):.{DECIMALS}f}".rstrip("0").rstrip(".")
    except ValueError:  # a verdict, or nothing
        return text


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        problem = Problem(shown(path), "a file of a published report", str(error.strerror))
        raise ReportError("Two reports can't be compared", [problem]) from None


def _reasons(
    old: Mapping[str, Any], new: Mapping[str, Any], *, wave: str, chapter: str
) -> Iterator[tuple[str, str]]:
    """Give what a number of a wave in a chapter rests on and is not as it was: its kind, and what of it."""
    files = [Path(path) for path, _ in sorted(old["inputs"].items() ^ new["inputs"].items())]
    of_wave = dict.fromkeys(_OF_WAVE.get(path.name, "data") for path in files if wave in path.parts)
    yield from ((kind, wave) for kind in of_wave)
    if {Path(each["params"]["instrument"]) for each in (old, new)}.intersection(files):
        yield "questionnaire", ""
    if decided := _differing(old["params"], new["params"]):
        yield "parameters", ", ".join(decided)
    if any(path.stem == chapter for path in files):
        yield "chapter", chapter
    if packages := _differing(old["packages"], new["packages"]):
        yield "packages", ", ".join(packages)
    elif old["commit"] != new["commit"]:
        yield "code", f"{old['commit'][:7]} -> {new['commit'][:7]}"


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the keys that don't have the same value, with both."""
    keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return [f"{key} {_said(old.get(key))} -> {_said(new.get(key))}" for key in keys]


def _said(value: object) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False).strip('"')
