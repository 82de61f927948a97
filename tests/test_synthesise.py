"""How synthetic waves are made: register, sample and weights, answer sheets, calibration, delivery."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.errors import ReportError
from barometer.harmonise import Column, Layout, harmonise, read_file
from barometer.instrument import Instrument, load_instrument
from barometer.responses import Responses
from barometer.synthesise import synthesise
from barometer.synthesise.answers import fill_in
from barometer.synthesise.calibrate import Targets, draw, exchange, tilt
from barometer.synthesise.deliver import KEYS, Delivery, encode, write
from barometer.synthesise.habits import Habits, load_habits
from barometer.synthesise.register import draw_respondents, make_register
from barometer.waves import list_waves, load_wave

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
NAMES = list_waves(DATA / "waves")


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(DATA / "instrument.yaml")


@pytest.fixture(scope="module")
def habits(instrument: Instrument) -> Habits:
    return load_habits(DATA / "synthesis.yaml", instrument)


@pytest.fixture(scope="module")
def population(habits: Habits) -> pd.DataFrame:
    return make_register(habits.frame["register"], tuple(habits.traits), np.random.default_rng(1))[:9000]


@pytest.fixture(scope="module")
def sheets(instrument: Instrument, habits: Habits, population: pd.DataFrame) -> Responses:
    offered: Mapping[str, tuple[str, ...]] = {
        name: tuple(option.id for option in instrument.variable(name).options)
        for each in instrument.names()
        for name in instrument.expand(each)
        if each not in instrument.composites
    }
    workplaces = population.reset_index(drop=True)
    generator = np.random.default_rng(2)
    return fill_in(workplaces, offered=offered, instrument=instrument, habits=habits, generator=generator)


def respondents(population: pd.DataFrame, habits: Habits, seed: int = 3) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return draw_respondents(population, sample=3000, responses=1200, habits=habits.frame, generator=generator)


def test_the_register_has_the_shares_that_the_settings_give(population: pd.DataFrame, habits: Habits) -> None:
    assert population["unit"].is_unique
    for sector, share in habits.frame["register"]["sector"]["all"].items():
        assert abs((population["sector"] == sector).mean() - share) < 0.015


def test_a_sample_has_the_sizes_asked_for_and_weights_that_give_the_population(
    population: pd.DataFrame, habits: Habits
) -> None:
    found = respondents(population, habits)
    strata = found.groupby("stratum")
    assert len(found) == 1200
    assert found["unit"].is_unique
    assert strata["stratum_sample"].first().sum() == 3000
    np.testing.assert_allclose(strata["weight"].sum(), strata["stratum_population"].first())
    assert strata.size().min() >= habits.frame["smallest_stratum"]


def test_weights_correct_for_regions_that_answer_less(population: pd.DataFrame, habits: Habits) -> None:
    found = pd.concat([respondents(population, habits, seed) for seed in range(8)])
    truth = population["region"].value_counts(normalize=True)
    raw = found["region"].value_counts(normalize=True)
    weighted = found.groupby("region")["weight"].sum() / found["weight"].sum()
    assert (weighted - truth).abs().max() < (raw - truth).abs().max() / 2


def test_answer_sheets_follow_routing_caps_and_exclusive_options(sheets: Responses) -> None:
    for name in ("channels", "phases.citizens", "evaluation_purposes", "technology_novelty", "work_types"):
        assert 0 < sheets.asked(name).sum() < sheets.asked("reuse").sum()
        assert sheets.no_answer(name) == 0
    partners = np.nan_to_num(sheets.indicators("partners").values)
    none = partners[:, sheets.options("partners").index("none")] == 1
    assert none.any()
    assert (partners[none].sum(axis=1) == 1).all()
    assert np.nansum(sheets.indicators("initiators").values, axis=1).max() == 3


def test_levels_come_out_about_as_set(sheets: Responses, habits: Habits) -> None:
    for name in ("evaluation", "culture.openness", "spreading_ways", "practice", "factors.economy"):
        found = sheets.indicators(name)
        levels = [habits.levels[name][option] for option in found.options]
        np.testing.assert_allclose(np.nanmean(found.values, axis=0), levels, atol=0.06)


def test_what_moves_an_answer_moves_it_in_that_direction(sheets: Responses) -> None:
    values = sheets.ticked("values", "involvement")
    with_citizens = sheets.ticked("partners", "citizens") == 1
    without = sheets.asked("partners") & ~with_citizens
    assert values[with_citizens].mean() > values[without].mean() + 0.1


def targets(seed: int = 4) -> Targets:
    generator = np.random.default_rng(seed)
    adds = (generator.random((400, 10, 5)) < [0.2, 0.3, 0.5, 0.6, 0.1]).astype(float)
    return Targets(adds, np.array([100.0, 110.0, 230.0, 200.0, 60.0]))


def test_tilted_probabilities_meet_the_targets_on_average_and_stay_near_equal() -> None:
    found = targets()
    probability = tilt(found)
    np.testing.assert_allclose(probability.sum(axis=1), 1.0)
    np.testing.assert_allclose(np.einsum("nkt,nk->t", found.adds, probability), found.goal, atol=0.05)
    met = Targets(found.adds, found.adds.mean(axis=1).sum(axis=0))
    np.testing.assert_allclose(tilt(met), 0.1, atol=1e-6)


def test_drawing_follows_the_probabilities() -> None:
    probability = np.tile([0.1, 0.0, 0.9], (20_000, 1))
    share = np.bincount(draw(probability, np.random.default_rng(5)), minlength=3) / 20_000
    np.testing.assert_allclose(share, [0.1, 0.0, 0.9], atol=0.01)


def test_exchanging_meets_whole_numbers_exactly_and_changes_no_more_than_needed() -> None:
    found = Targets(targets().adds * 4, targets().goal * 4)
    start = draw(tilt(found), np.random.default_rng(6))
    choice = exchange(found, start, np.random.default_rng(7))
    assert np.abs(found.distance(start)).max() > 1
    assert np.abs(found.distance(choice)).max() < 1
    assert 0 < (choice != start).mean() < 0.2


def test_targets_that_contradict_each_other_are_shared_out_and_the_search_ends() -> None:
    adds = np.repeat(targets().adds[..., :1], 2, axis=2)
    choice = exchange(Targets(adds, np.array([90.0, 110.0])), np.zeros(400, int), np.random.default_rng(8))
    assert abs(adds[np.arange(400), choice, 0].sum() - 100) <= 1


@pytest.mark.parametrize("ending", [".sav", ".dta", ".csv", ".parquet"])
def test_what_is_delivered_reads_back_as_it_was(ending: str, tmp_path: Path, instrument: Instrument) -> None:
    layout = Layout(
        (
            Column("s7", "reuse", {"1": "first", "3": "copy", "8": "dont_know"}),
            Column("s9_1", "partners/citizens", {"1": "ticked"}),
            Column("s9_2", "partners/none", {"1": "ticked"}),
        )
    )
    frame = pd.DataFrame(
        {
            **{key: [1.0, 2.5, 3.0, 4.25] for key in KEYS},
            "reuse": pd.Categorical(["copy", "first", None, "dont_know"], ["first", "copy", "dont_know"]),
            "partners/citizens": [1.0, 0.0, np.nan, 1.0],
            "partners/none": [0.0, 1.0, np.nan, 0.0],
        }
    )
    keys = {key: f"c_{at}" for at, key in enumerate(KEYS)}
    delivery = encode(frame, layout, keys=keys, mark="syntetisk", instrument=instrument)
    write(delivery, tmp_path / f"responses{ending}")
    raw = read_file(tmp_path / f"responses{ending}")
    found, problems, _ = harmonise(raw, layout, instrument)
    assert not problems
    assert raw[keys["weight"]].tolist() == [1.0, 2.5, 3.0, 4.25]
    assert raw["syntetisk"].tolist() == [1, 1, 1, 1]
    pd.testing.assert_frame_equal(found, frame[found.columns], check_column_type=False, check_dtype=False)


def test_a_format_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="sas7bdat"):
        write(Delivery(pd.DataFrame(), {}, {}), tmp_path / "responses.sas7bdat")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("  core_task:", "  core_tasks:", "core_tasks"),
        ("{quality: 0.68,", "{qualities: 0.68,", "qualities"),
        ("{not: {introduced.product: [yes]}}", "{not: {introduced.product: [si]}}", "si"),
        ("seed: 20", "sed: 20", "seed"),
    ],
)
def test_what_is_wrong_in_the_settings_is_named(
    old: str, new: str, named: str, tmp_path: Path, instrument: Instrument
) -> None:
    text = (DATA / "synthesis.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "synthesis.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReportError, match=named):
        load_habits(tmp_path / "synthesis.yaml", instrument)


def test_a_wave_that_is_not_synthetic_is_not_made(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    with pytest.raises(ReportError, match="1799"):
        synthesise(tmp_path, waves=("1799",))


@pytest.mark.slow
def test_the_seed_gives_the_committed_answers_again_and_another_gives_others(
    tmp_path: Path, instrument: Instrument
) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    files = synthesise(tmp_path)
    assert [file.parent.name for file in files] == list(NAMES)
    folder = tmp_path / "data" / "waves"
    for name in NAMES:
        again = load_wave(name, folder=folder, instrument=instrument)
        committed = load_wave(name, folder=DATA / "waves", instrument=instrument)
        pd.testing.assert_frame_equal(again.frame, committed.frame)
    synthesise(tmp_path, waves=NAMES[:1], seed=1)
    other = load_wave(NAMES[0], folder=folder, instrument=instrument)
    assert not other.frame.equals(load_wave(NAMES[0], folder=DATA / "waves", instrument=instrument).frame)
    assert len(other.frame) == other.meta.responses
