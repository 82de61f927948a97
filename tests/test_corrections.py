"""Corrections beside a wave: made when it is read, refused when the file no longer says what they expect."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.corrections import Correction, apply_corrections
from barometer.errors import ReportError
from barometer.instrument import Instrument
from barometer.waves import Wave, list_waves, load_wave

DATA = Path(__file__).parents[1] / "data"
NAME = list_waves(DATA / "waves")[-1]
ENTRY = """\
- unit: "{unit}"
  question: {question}
  from: {old}
  to: {new}
  reason: {{da: Ringet op, en: Called back}}
  date: 2024-05-06
"""


@pytest.fixture(scope="module")
def delivered(barometer_instrument: Instrument) -> Wave:
    return load_wave(NAME, folder=DATA / "waves", instrument=barometer_instrument)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA / "waves" / NAME, tmp_path / NAME)
    return tmp_path


def unit_with(wave: Wave, question: str, answer: object) -> str:
    """Return the first unit that gave an answer, as its file writes it."""
    return str(wave.frame.loc[wave.frame[question] == answer, "unit"].iloc[0])


def correct(folder: Path, *entries: str) -> None:
    (folder / NAME / "corrections.yaml").write_text("".join(entries), encoding="utf-8")


def entry(unit: str, question: str, old: str, new: str) -> str:
    return ENTRY.format(unit=unit, question=question, old=old, new=new)


def test_a_wave_without_a_file_of_corrections_has_none(delivered: Wave) -> None:
    assert delivered.corrections == ()


@pytest.mark.parametrize(
    ("question", "answer", "old", "new", "became"),
    [
        ("reuse", "first", "first", "copy", "copy"),
        ("reuse", "first", "first", "null", np.nan),
        ("factors.economy", "neither", "neither", "dont_know", "dont_know"),
        ("sector", "state", "state", "regional", "regional"),
        ("partners/citizens", 1.0, "true", "false", 0.0),
        ("partners/foreign", 0.0, "false", "true", 1.0),
    ],
)
def test_a_correction_changes_one_answer_and_is_listed(
    question: str,
    answer: object,
    old: str,
    new: str,
    became: object,
    folder: Path,
    delivered: Wave,
    barometer_instrument: Instrument,
) -> None:
    unit = unit_with(delivered, question, answer)
    correct(folder, entry(unit, question, old, new))
    wave = load_wave(NAME, folder=folder, instrument=barometer_instrument)
    before, after = (each.frame[question].astype(object) for each in (delivered, wave))
    changed = (before != after) & ~(before.isna() & after.isna())
    assert wave.frame.loc[changed, "unit"].tolist() == [unit]
    np.testing.assert_equal(after[changed].to_list(), [became])
    (listed,) = wave.corrections
    assert (listed.unit, listed.question, listed.date) == (unit, question, "2024-05-06")
    assert listed.reason["en"] == "Called back"


def test_an_untick_that_leaves_nothing_ticked_is_no_answer(
    folder: Path, delivered: Wave, barometer_instrument: Instrument
) -> None:
    unit = unit_with(delivered, "partners/none", 1.0)
    correct(folder, entry(unit, "partners/none", "true", "false"))
    wave = load_wave(NAME, folder=folder, instrument=barometer_instrument)
    assert wave.frame.loc[wave.frame["unit"] == unit, "partners/citizens"].isna().all()


def test_a_correction_fails_once_the_source_is_mended(
    folder: Path, delivered: Wave, barometer_instrument: Instrument
) -> None:
    unit = unit_with(delivered, "reuse", "copy")
    correct(folder, entry(unit, "reuse", "first", "copy"))
    with pytest.raises(ReportError, match="take the correction out") as error:
        load_wave(NAME, folder=folder, instrument=barometer_instrument)
    assert f"first as delivered for reuse of unit {unit}, got copy" in str(error.value)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("no one", "reuse", "first", "copy"), "no unit no one"),
        (("{unit}", "reus", "first", "copy"), "Did you mean 'reuse'"),
        (("{unit}", "reuse", "first", "copied"), "'copied'"),
        (("{unit}", "reuse", "first", "first"), "another answer than was delivered"),
        (("{unit}", "factors.economy", "neither", "neither_nor"), "neither_nor"),
        (("{unit}", "partners/nobody", "true", "false"), "an option of 'partners'"),
        (("{unit}", "partners/citizens", "1", "0"), "true, false or null"),
        (("{unit}", "work_types/product", "null", "true"), "no work_types/product"),
        (("{unit}", "reuse", "first", "copy\n  why: because"), "'why'"),
    ],
)
def test_what_is_wrong_in_a_correction_is_named(
    given: tuple[str, str, str, str],
    named: str,
    folder: Path,
    delivered: Wave,
    barometer_instrument: Instrument,
) -> None:
    unit = unit_with(delivered, "reuse", "first")
    correct(folder, entry(*(text.replace("{unit}", unit) for text in given)))
    with pytest.raises(ReportError) as error:
        load_wave(NAME, folder=folder, instrument=barometer_instrument)
    assert named in str(error.value)


def test_an_answer_that_the_wave_did_not_offer_is_an_error(barometer_instrument: Instrument) -> None:
    frame = pd.DataFrame({"reuse": pd.Categorical(["first"], categories=["first", "copy"])})
    correction = Correction("1", "reuse", "first", "adapted", {}, "2024", "here")
    found, (problem,) = apply_corrections(frame, [correction], units=pd.Series(["1"]))
    assert (problem.expected, problem.got) == ("an answer that the wave offered: first, copy", "adapted")
    assert found.equals(frame)


def test_a_date_that_is_none_and_an_answer_corrected_twice_are_errors(
    folder: Path, delivered: Wave, barometer_instrument: Instrument
) -> None:
    unit = unit_with(delivered, "reuse", "first")
    text = entry(unit, "reuse", "first", "copy")
    correct(folder, text, text.replace("2024-05-06", "6 May"))
    with pytest.raises(ReportError) as error:
        load_wave(NAME, folder=folder, instrument=barometer_instrument)
    assert "each answer corrected once" in str(error.value)
    assert "a date of the form" in str(error.value)


def test_the_example_for_contributors_corrects_an_answer(
    folder: Path, barometer_instrument: Instrument
) -> None:
    text = (DATA.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = text.partition("## Correct an answer")[2].partition("```yaml\n")[2].partition("```")[0]
    (folder / NAME / "corrections.yaml").write_text(example, encoding="utf-8")
    wave = load_wave(NAME, folder=folder, instrument=barometer_instrument)
    (made,) = wave.corrections
    answers = wave.frame.loc[wave.frame["unit"] == made.unit, "reuse"]
    assert answers.to_list() == [made.value] == ["adapted"]
