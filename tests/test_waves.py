"""Loading a wave: design, restriction to a segment, breaks, and every problem at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.comparability import break_between
from barometer.errors import ReportError
from barometer.instrument import Instrument, load_instrument
from barometer.waves import Break, Wave, list_waves, load_wave

DATA = Path(__file__).parents[1] / "data"
FIRST, SECOND, THIRD, FOURTH = list_waves(DATA / "waves")


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(DATA / "instrument.yaml")


@pytest.fixture(scope="module")
def waves(instrument: Instrument) -> dict[str, Wave]:
    return {
        name: load_wave(name, folder=DATA / "waves", instrument=instrument)
        for name in list_waves(DATA / "waves")
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a copy of one wave, delivered as text."""
    shutil.copytree(DATA / "waves" / SECOND, tmp_path / SECOND)
    return tmp_path


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / SECOND / "wave.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def edit(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = folder / SECOND / "responses.csv"
    rows = pd.read_csv(path, sep=";", decimal=",", encoding="utf-8-sig")
    change(rows).to_csv(path, sep=";", decimal=",", encoding="utf-8-sig", index=False)


def test_waves_are_the_folders_with_a_wave_file_in_order(folder: Path) -> None:
    (folder / "notes").mkdir()
    shutil.copytree(DATA / "waves" / FIRST, folder / FIRST)
    assert list_waves(folder) == (FIRST, SECOND)


def test_a_wave_that_is_not_there_is_an_error_with_the_nearest_one(instrument: Instrument) -> None:
    with pytest.raises(ReportError, match=THIRD):
        load_wave(THIRD[:-1], folder=DATA / "waves", instrument=instrument)


def test_a_wave_knows_how_it_was_made(waves: dict[str, Wave]) -> None:
    meta = waves[FOURTH].meta
    assert (meta.population, meta.sample, meta.responses) == (14297, 4494, 1611)
    assert meta.period[0] < meta.period[1]
    assert len(meta.sha256) == 64
    assert waves[FOURTH].synthetic


def test_response_by_sector_adds_up_to_the_whole(waves: dict[str, Wave]) -> None:
    for wave in waves.values():
        table = wave.response_by("sector")
        found = table[["population", "sample", "responses"]].sum()
        assert found.tolist() == [wave.meta.population, wave.meta.sample, wave.meta.responses]
        assert (table["responses"] <= table["sample"]).all()
        assert (table["sample"] <= table["population"]).all()


def test_response_by_what_the_strata_do_not_keep_apart_is_an_error(waves: dict[str, Wave]) -> None:
    with pytest.raises(ReportError, match="region"):
        waves[THIRD].response_by("region")


def test_a_restricted_wave_keeps_the_design_and_limits_every_base(waves: dict[str, Wave]) -> None:
    wave = waves[THIRD]
    part = wave.restrict("sector", "state")
    inside = wave.groups("sector").member[:, wave.groups("sector").levels.index("state")]
    assert part.design is wave.design
    for variable in ("reuse", "any_collaboration", "culture.openness", "sector", "phases.citizens"):
        np.testing.assert_array_equal(part.asked(variable), wave.asked(variable) & inside)
        whole, values = wave.indicators(variable).values, part.indicators(variable).values
        np.testing.assert_equal(values, np.where(inside[:, None], whole, np.nan))


def test_a_segment_that_does_not_exist_is_an_error_that_lists_the_levels(waves: dict[str, Wave]) -> None:
    with pytest.raises(ReportError, match="municipal"):
        waves[THIRD].restrict("sector", "muncipal")


def test_a_declared_break_parts_all_earlier_waves_from_all_later_ones(waves: dict[str, Wave]) -> None:
    for earlier, later, broken in (
        (FIRST, SECOND, False),
        (SECOND, THIRD, True),
        (FIRST, FOURTH, True),
        (THIRD, FOURTH, False),
    ):
        found = break_between("any_collaboration", waves[earlier], waves[later])
        assert (found is not None) == broken
        assert found is None or (found.wave == THIRD and found.reason["da"] != found.reason["en"])


def test_a_break_of_one_option_leaves_the_others_comparable(waves: dict[str, Wave]) -> None:
    earlier, later = waves[SECOND], waves[THIRD]
    assert break_between("positive_role", earlier, later, option="foreign")
    assert break_between("positive_role", earlier, later, option="employees") is None
    assert break_between("positive_role", earlier, later) is None


def test_a_break_is_found_where_the_parts_of_a_composite_or_the_options_differ(
    waves: dict[str, Wave],
) -> None:
    later = replace(waves[THIRD], breaks=())
    found = break_between("positive_role", waves[SECOND], later, option="foundations")
    assert found
    assert found.wave == THIRD
    assert all(found.reason.values())
    assert break_between("positive_role", waves[SECOND], later, option="companies") is None
    fewer = replace(waves[SECOND], offered={**waves[SECOND].offered, "reuse": ("first", "copy")}, _cache={})
    assert break_between("reuse", fewer, later, option="first")
    assert break_between("reuse", waves[SECOND], later, option="first") is None


def test_a_break_of_a_grid_holds_for_its_items(waves: dict[str, Wave]) -> None:
    declared = Break(("factors",), (), {"en": "reworded"}, THIRD)
    later = replace(waves[THIRD], breaks=(declared,))
    assert break_between("factors.economy", waves[SECOND], later) is declared


def test_questions_that_a_wave_did_not_ask_are_told_apart_from_those_nobody_knows(
    waves: dict[str, Wave],
) -> None:
    wave = waves[FIRST]
    assert not wave.asks("funding")
    assert (wave.why_not("funding"), wave.why_not("weather")) == ("not_in_wave", "not_in_survey")
    assert waves[THIRD].asks("funding")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("weight: vaegt", "weight: vagt", "vagt"),
        ("strata: [stratum]", "strata: [stratums]", "stratums"),
        ("sp07", "sp70", "sp70"),
        ("3: copy", "3: copied", "copied"),
        ("  reuse:", "  reus:", "'reuse'"),
        ("  - technology_novelty", "  - reuse\n  - technology_novelty", "both"),
        ("  - technology_novelty", "  - weather\n  - technology_novelty", "weather"),
        ("variables: [industry]", "variables: [industri]", "industri"),
        ("responses: 2363", "responses: 2362", "2363 rows"),
        ("synthetic: true", "synthetic: yes", "true or false"),
        ("population: 14200", "inhabitants: 14200", "inhabitants"),
        ("sektor", "sector", "sector"),
        ("partners: {ticked: 1, ", "partners: {", "ticked"),
        ("ticked: 1\n", "tick: 1\n", "tick"),
    ],
)
def test_what_is_wrong_in_a_wave_file_is_named(
    old: str, new: str, named: str, folder: Path, instrument: Instrument
) -> None:
    rewrite(folder, old, new)
    with pytest.raises(ReportError) as error:
        load_wave(SECOND, folder=folder, instrument=instrument)
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda rows: rows.assign(sp07=rows["sp07"].replace(2, 7)), "7"),
        (lambda rows: rows.assign(vaegt=rows["vaegt"].where(rows.index != 5)), "weight"),
        (lambda rows: rows.assign(vaegt=rows["vaegt"].where(rows.index != 5, 0.0)), "weight"),
        (lambda rows: rows.assign(vaegt=rows["vaegt"].where(rows.index != 5, -1.0)), "weight"),
        (lambda rows: rows.assign(arbnr=rows["arbnr"].where(rows.index != 5, rows["arbnr"][6])), "once"),
        (lambda rows: rows.assign(n_pop=rows["n_pop"].where(rows.index != 5, 9999)), "population"),
        (lambda rows: rows.assign(stratum=rows["stratum"].where(rows.index != 5)), "strat"),
        (lambda rows: rows.drop(columns="sp09_03"), "sp09_03"),
    ],
)
def test_what_is_wrong_in_a_response_file_is_named(
    change: Callable[[pd.DataFrame], pd.DataFrame], named: str, folder: Path, instrument: Instrument
) -> None:
    edit(folder, change)
    with pytest.raises(ReportError) as error:
        load_wave(SECOND, folder=folder, instrument=instrument)
    assert named in str(error.value)


def test_every_decision_still_open_is_named_with_its_candidates_and_nothing_else(
    folder: Path, instrument: Instrument
) -> None:
    rewrite(folder, "{column: sp07,", "{column: {todo: [sp07, sp11]},")
    rewrite(folder, "weight: vaegt", "weight: todo")
    rewrite(folder, "  - technology_novelty", "  - weather\n  - todo")
    with pytest.raises(ReportError) as error:
        load_wave(SECOND, folder=folder, instrument=instrument)
    found = {each.where.partition(" ")[2]: (each.got, each.remedy) for each in error.value.problems}
    assert found == {
        "design.weight": ("todo", ""),
        "questions.reuse.column": ("todo", "Candidates: sp07, sp11."),
        "not_asked[5]": ("todo", ""),
    }


def test_all_problems_are_reported_at_once(folder: Path, instrument: Instrument) -> None:
    rewrite(folder, "3: copy", "3: copied")
    rewrite(folder, "sp07", "sp70")
    edit(folder, lambda rows: rows.assign(vaegt=-1.0, sp11=6))
    with pytest.raises(ReportError) as error:
        load_wave(SECOND, folder=folder, instrument=instrument)
    text = str(error.value)
    assert all(word in text for word in ("copied", "sp70", "sp11", "weight"))


def test_a_design_without_strata_and_units_is_one_stratum_of_rows(
    folder: Path, instrument: Instrument
) -> None:
    path = folder / SECOND / "wave.yaml"
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith("design:"))
    lines[at : at + 2] = ["design: {weight: vaegt}"]
    path.write_text("\n".join(lines), encoding="utf-8")
    wave = load_wave(SECOND, folder=folder, instrument=instrument)
    assert wave.frame["unit"].is_unique
    assert wave.frame["stratum"].nunique() == 1


def test_the_reason_for_not_asking_is_known_where_it_is_given(waves: dict[str, Wave]) -> None:
    left = waves[FIRST].not_asked
    assert left["technology"]["en"] == "Added in the third edition"
    assert left["channels"] == {}
    assert not any(waves[FIRST].asks(name) for name in left)
