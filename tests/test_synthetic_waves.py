"""The four synthetic waves as committed: routing, published figures, weights, directions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from barometer.documents import read_yaml
from barometer.instrument import load_instrument
from barometer.published import PublishedFigure, load_published
from barometer.variables import Question
from barometer.waves import Wave, list_waves, load_wave

DATA = Path(__file__).parents[1] / "data"
NAMES = list_waves(DATA / "waves")
# Loaded here because the published figures are the cases of a test.
INSTRUMENT = load_instrument(DATA / "instrument.yaml")
FIGURES = load_published(DATA / "published.csv", INSTRUMENT)
TARGETS = [each for each in FIGURES if each.target and each.share is not None]
FIRST, SECOND, THIRD, FOURTH = NAMES
ENDINGS = {".dta", ".csv", ".sav", ".parquet"}


@pytest.fixture(scope="module")
def waves() -> dict[str, Wave]:
    return {name: load_wave(name, folder=DATA / "waves", instrument=INSTRUMENT) for name in NAMES}


def share(wave: Wave, variable: str, option: str, by: str = "", level: str = "") -> float:
    """Estimate a weighted share in another way than the report does."""
    found = wave.indicators(variable)
    values = found.values[:, found.options.index(option)]
    inside = ~np.isnan(values)
    if by:
        groups = wave.groups(by)
        inside &= groups.member[:, groups.levels.index(level)]
    return float(np.average(values[inside], weights=wave.design.weights[inside]))


@pytest.mark.parametrize(
    ("name", "responses", "innovative"),
    list(zip(NAMES, (1255, 2363, 2271, 1611), (1093, 1942, 1877, 1352), strict=True)),
)
def test_a_wave_has_the_size_of_its_edition(
    name: str, responses: int, innovative: int, waves: dict[str, Wave]
) -> None:
    assert len(waves[name].frame) == responses
    assert waves[name].asked("reuse").sum() == innovative
    assert waves[name].asked("innovation_work").sum() == responses - innovative


@pytest.mark.parametrize(
    ("variable", "asked"),
    [
        ("culture.openness", 2271),
        ("innovation_work", 394),
        ("work_types", 111),
        ("latest_types", 1877),
        ("channels", 1349),
        ("evaluation_purposes", 749),
        ("technology_novelty", 733),
        ("collaboration_phases", 1334),
    ],
)
def test_the_routing_of_the_third_edition_lets_through_what_was_published(
    variable: str, asked: int, waves: dict[str, Wave]
) -> None:
    assert waves[THIRD].asked(variable).sum() == asked


def test_the_degree_of_reuse_is_known_for_what_was_published(waves: dict[str, Wave]) -> None:
    assert waves[THIRD].groups("reuse").member.any(axis=1).sum() == 1704


@pytest.mark.parametrize("figure", TARGETS, ids=lambda each: "-".join(filter(None, each.place[:5])))
def test_published_figures_come_out_within_half_a_percentage_point(
    figure: PublishedFigure, waves: dict[str, Wave]
) -> None:
    assert figure.share is not None
    found = share(waves[figure.wave], figure.variable, figure.option, figure.by, figure.level)
    assert abs(found - figure.share) < (0.005 if figure.exact == "yes" else 0.015)


def test_every_edition_has_targets() -> None:
    assert {figure.wave for figure in TARGETS} == set(NAMES)
    assert len(TARGETS) > 100


@pytest.mark.parametrize("name", NAMES)
def test_weights_sum_to_the_population_of_each_stratum_and_differ_within_it(
    name: str, waves: dict[str, Wave]
) -> None:
    strata = waves[name].frame.groupby("stratum")
    np.testing.assert_allclose(strata["weight"].sum(), strata["stratum_population"].first(), atol=1e-3)
    assert strata["stratum_population"].first().sum() == waves[name].meta.population
    assert strata["stratum_sample"].first().sum() == waves[name].meta.sample
    assert (strata["weight"].nunique() > 1).mean() > 0.8
    assert strata.size().min() >= 2
    assert (strata.size() <= strata["stratum_sample"].first()).all()
    assert (strata["sector"].nunique() == 1).all()


def test_units_answer_once_a_wave_and_some_answer_in_several(waves: dict[str, Wave]) -> None:
    units = {name: set(wave.frame["unit"]) for name, wave in waves.items()}
    assert all(len(units[name]) == len(waves[name].frame) for name in NAMES)
    for earlier, later in pairwise(NAMES):
        assert 0.05 < len(units[earlier] & units[later]) / len(units[later]) < 0.4


def test_whoever_answers_again_is_the_same_kind_of_workplace(waves: dict[str, Wave]) -> None:
    columns = ["sector", "industry", "region"]
    earlier, later = (waves[name].frame.set_index("unit")[columns].astype(str) for name in (THIRD, FOURTH))
    both = earlier.index.intersection(later.index)
    pd.testing.assert_frame_equal(earlier.loc[both], later.loc[both])


@pytest.mark.parametrize("name", NAMES)
def test_every_question_that_was_put_was_answered(name: str, waves: dict[str, Wave]) -> None:
    wave = waves[name]
    asked = [each for each in INSTRUMENT.names() for each in INSTRUMENT.expand(each) if wave.asks(each)]
    assert len(asked) > 40
    assert {each: wave.no_answer(each) for each in asked if wave.no_answer(each)} == {}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_answered_that_the_routing_did_not_ask(name: str, waves: dict[str, Wave]) -> None:
    wave = waves[name]
    for column in wave.frame.columns:
        variable, _, option = str(column).partition("/")
        if not INSTRUMENT.has(variable):
            continue
        asked = wave.shown(variable, option) if option else wave.asked(variable)
        np.testing.assert_array_equal(wave.frame[column].notna(), asked, err_msg=str(column))


@pytest.mark.parametrize("name", NAMES)
def test_caps_and_exclusive_options_hold(name: str, waves: dict[str, Wave]) -> None:
    wave = waves[name]
    for question in INSTRUMENT.questions.values():
        for item in INSTRUMENT.expand(question.id):
            variable = INSTRUMENT.variable(item)
            if variable.kind != "multiple" or not wave.asks(item):
                continue
            ticks = np.nan_to_num(wave.indicators(item).values)
            alone = [option for option in wave.options(item) if variable.option(option).exclusive]
            exclusive = ticks[:, [wave.options(item).index(option) for option in alone]].any(axis=1)
            assert (ticks[exclusive].sum(axis=1) == 1).all()
            assert (ticks.sum(axis=1)[wave.asked(item)] >= 1).all()
            if isinstance(variable, Question) and variable.maximum:
                assert ticks.sum(axis=1).max() == variable.maximum


@pytest.mark.parametrize("name", NAMES)
def test_the_latest_innovation_is_among_what_was_introduced(name: str, waves: dict[str, Wave]) -> None:
    wave = waves[name]
    for kind in wave.options("latest_types"):
        latest = wave.ticked("latest_types", kind) == 1
        assert (wave.ticked(f"introduced.{kind}", "yes")[latest] == 1).all()
        assert latest.sum() < (wave.ticked(f"introduced.{kind}", "yes") == 1).sum()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("variable", "option", "by", "level", "direction"),
    [
        ("reused", "yes", "latest_types", "process", 1),
        ("values", "quality", "any_collaboration", "yes", 1),
        ("values", "involvement", "any_collaboration", "yes", 1),
        ("values", "quality", "positive_role", "knowledge", 1),
        ("values", "efficiency", "positive_role", "knowledge", -1),
        ("values", "efficiency", "positive_role", "companies", 1),
        ("values", "involvement", "positive_role", "companies", 1),
        ("values", "efficiency", "positive_role", "economy", 1),
        ("values", "quality", "several_types", "yes", 1),
        ("values", "efficiency", "process_combination", "combined", 1),
        ("spreading", "yes", "reused", "yes", -1),
        ("evaluated", "yes", "any_collaboration", "yes", 1),
        ("factors_inhibited", "safe_operation", "any_collaboration", "yes", 1),
        ("partners", "knowledge", "sector", "regional", 1),
        ("partners", "citizens", "sector", "municipal", 1),
        ("external_public_collaboration", "yes", "sector", "municipal", -1),
        ("culture_agree", "new_paths", "innovative", "yes", 1),
        ("culture_agree", "openness", "innovative", "yes", 1),
        ("innovative", "yes", "size", "from_100", 1),
    ],
)
def test_answers_go_together_in_the_reported_direction(
    name: str, variable: str, option: str, by: str, level: str, direction: int, waves: dict[str, Wave]
) -> None:
    wave = waves[name]
    found = wave.indicators(variable)
    values = found.values[:, found.options.index(option)]
    inside = wave.groups(by).member[:, wave.groups(by).levels.index(level)]
    others = wave.asked(by) & ~inside & ~np.isnan(values)
    inside = inside & ~np.isnan(values)
    weights = wave.design.weights
    difference = np.average(values[inside], weights=weights[inside]) - np.average(
        values[others], weights=weights[others]
    )
    assert direction * difference > 0.02


def test_political_goals_are_a_value_from_the_third_edition_on(waves: dict[str, Wave]) -> None:
    assert ["political_goals" in waves[name].options("values") for name in NAMES] == [
        False,
        False,
        True,
        True,
    ]
    assert share(waves[THIRD], "values", "political_goals", "positive_role", "knowledge") > share(
        waves[THIRD], "values", "political_goals"
    )


@pytest.mark.parametrize(
    ("variable", "asked"),
    [
        ("innovation_work", NAMES),
        ("work_types", (THIRD,)),
        ("technology_novelty", (THIRD,)),
        ("core_task", (THIRD, FOURTH)),
        ("funding", (THIRD, FOURTH)),
        ("channels", (THIRD, FOURTH)),
        ("purpose_fixed", (FIRST,)),
        ("evaluation_purposes", (THIRD,)),
        ("factors.economy", NAMES),
    ],
)
def test_an_edition_holds_the_questions_that_it_asked(
    variable: str, asked: tuple[str, ...], waves: dict[str, Wave]
) -> None:
    assert tuple(name for name in NAMES if waves[name].asks(variable)) == asked


def test_the_files_have_the_forms_in_which_offices_deliver(waves: dict[str, Wave]) -> None:
    files = [DATA / "waves" / name / waves[name].meta.file for name in NAMES]
    assert {file.suffix for file in files} == ENDINGS
    assert all(file.stat().st_size < 1_500_000 for file in files)
    text = next(file for file in files if file.suffix == ".csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert b";" in text.splitlines()[0]
    assert b"," in text.splitlines()[1]


def test_every_file_itself_says_that_it_is_synthetic(waves: dict[str, Wave]) -> None:
    for name in NAMES:
        folder = DATA / "waves" / name
        assert waves[name].synthetic
        mark = read_yaml(folder / "wave.yaml")["mark"]
        file = folder / waves[name].meta.file
        if file.suffix == ".csv":
            column = pd.read_csv(file, sep=";", decimal=",", encoding="utf-8-sig")[mark]
        elif file.suffix == ".parquet":
            column = pd.read_parquet(file)[mark]
            assert pq.read_schema(file).metadata[b"synthetic"] == b"true"
        else:
            read = pyreadstat.read_sav if file.suffix == ".sav" else pyreadstat.read_dta
            frame, meta = read(file)
            column = frame[mark]
            assert "yntetisk" in meta.column_names_to_labels[mark]
            assert "yntetisk" in meta.file_label
        assert (column == 1).all()


def test_the_spss_file_carries_danish_labels_for_columns_and_codes(waves: dict[str, Wave]) -> None:
    _, meta = pyreadstat.read_sav(DATA / "waves" / THIRD / waves[THIRD].meta.file)
    assert set(meta.column_names) == set(meta.column_names_to_labels)
    assert all(meta.column_names_to_labels.values())
    assert meta.variable_value_labels["s7"][8.0] == INSTRUMENT.label("reuse", "dont_know", "da")
    assert meta.variable_value_labels["sektor"][3.0] == INSTRUMENT.label("sector", "municipal", "da")
