"""Differences and tests of waves: which groups are held against which, and as what family."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from barometer.compare import (
    DIFFERENCES,
    TESTS,
    adjust,
    association,
    contrasts,
    wave_association,
    wave_differences,
)
from barometer.design import Design
from barometer.errors import ReportError
from barometer.significance import contrast, holm, independent_contrast, rao_scott
from tests.stand_in import Answers, StandIn

N = 240


def made(seed: int, **changes: Answers | None) -> StandIn:
    """Return a wave of random answers; `changes` replace variables."""
    rng = np.random.default_rng(seed)

    def flags(share: float) -> np.ndarray:
        return (rng.random(N) < share).astype(float)

    def one_of(*names: str) -> dict[str, np.ndarray]:
        return dict(zip(names, np.eye(len(names))[rng.integers(0, len(names), N)].T, strict=True))

    reuse = one_of("first", "adapted", "dont_know")
    reuse["first"][:9] = reuse["adapted"][:9] = reuse["dont_know"][:9] = np.nan
    citizens = flags(0.4)
    citizens[100:120] = np.nan  # not offered to these
    variables = {
        "reuse": Answers("single", reuse),
        "reused": Answers("flag", {"yes": flags(0.5)}),
        "values": Answers(
            "multiple", {"quality": flags(0.6), "efficiency": flags(0.3), "dont_know": flags(0.1)}
        ),
        "partners": Answers("multiple", {"citizens": citizens, "none": flags(0.3), "dont_know": flags(0.1)}),
        "sector": Answers("single", one_of("state", "regional", "municipal")),
        "factors.employees": Answers("single", one_of("promoted", "neither")),
        "factors.economy": None,
        "practice": None,
    }
    design = Design.build(rng.uniform(1, 5, N), strata=rng.integers(0, 4, N), population=np.full(N, 600))
    return StandIn(design, variables | changes)


@pytest.fixture
def wave() -> StandIn:
    return made(1)


@pytest.fixture
def earlier() -> StandIn:
    return replace(made(2), id="earlier")


def column(wave: StandIn, variable: str, option: str) -> np.ndarray:
    return np.asarray(wave.variables[variable].columns[option])


def test_two_groups_are_held_against_each_other(wave: StandIn) -> None:
    found = contrasts(wave, "values", by="reused", options=["quality"])
    yes = column(wave, "reused", "yes") == 1
    expected = contrast(wave.design, column(wave, "values", "quality")[:, None], yes, ~yes)
    row = found.iloc[0]
    assert len(found) == 1
    assert (row["level"], row["reference"], row["by"]) == ("yes", "no", "reused")
    assert (row["difference"], row["se"]) == pytest.approx((expected.difference[0], expected.se[0]))
    assert (row["n"], row["n_reference"]) == (yes.sum(), (~yes).sum())
    assert row["ci_low"] < row["difference"] < row["ci_high"]


def test_each_of_several_groups_is_held_against_all_others(wave: StandIn) -> None:
    found = contrasts(wave, "reused", by="sector")
    assert list(found["level"]) == ["state", "regional", "municipal"]
    assert set(found["reference"]) == {"others"}
    assert list(found["n"] + found["n_reference"]) == [N] * 3


def test_groups_that_overlap_are_held_against_those_who_were_offered_it_and_know(wave: StandIn) -> None:
    found = contrasts(wave, "reused", by="partners").set_index("level")
    unknown = column(wave, "partners", "dont_know") == 1
    citizens = column(wave, "partners", "citizens")
    assert list(found.index) == ["citizens", "none"]
    assert found.loc["citizens", "n"] == (citizens == 1).sum()
    assert found.loc["citizens", "n_reference"] == ((citizens == 0) & ~unknown).sum()


def test_all_rows_of_a_frame_are_one_family(wave: StandIn) -> None:
    found = contrasts(wave, "values", by="sector")
    assert len(found) == 9
    assert found["p_adjusted"].to_numpy() == pytest.approx(holm(found["p"]))
    assert (found["p_adjusted"] >= found["p"]).all()
    plain = contrasts(wave, "values", by="sector", adjustment="none")
    assert plain["p_adjusted"].tolist() == plain["p"].tolist()


def test_several_frames_can_be_made_one_family(wave: StandIn) -> None:
    frames = [contrasts(wave, name, by="sector") for name in ("reused", "values")]
    together = adjust(pd.concat(frames, ignore_index=True))
    assert together["p_adjusted"].to_numpy() == pytest.approx(holm(together["p"]))


def test_an_unknown_adjustment_is_refused(wave: StandIn) -> None:
    with pytest.raises(ReportError, match=r"holm \| none.*Did you mean 'holm'"):
        contrasts(wave, "values", by="sector", adjustment="holmes")


def test_a_single_question_is_tested_as_a_whole(wave: StandIn) -> None:
    found = association(wave, "reuse", "sector")
    columns = np.column_stack([*wave.variables["reuse"].columns.values()])
    rows = np.where(np.isnan(columns[:, 0]), -1, columns.argmax(axis=1))
    sectors = np.column_stack([*wave.variables["sector"].columns.values()]).argmax(axis=1)
    expected = rao_scott(wave.design, rows, sectors, domain=rows >= 0)
    row = found.iloc[0]
    assert len(found) == 1
    assert (row["question"], row["option"], row["by"], row["test"]) == ("reuse", "", "sector", "rao-scott")
    assert (row["statistic"], row["df2"], row["n"]) == pytest.approx(
        (expected.statistic, expected.df2, N - 9)
    )


def test_each_option_of_a_multiple_question_is_tested_for_itself(wave: StandIn) -> None:
    found = association(wave, "values", "sector")
    assert list(found["option"]) == ["quality", "efficiency", "dont_know"]
    assert found["p_adjusted"].to_numpy() == pytest.approx(holm(found["p"]))
    assert list(association(wave, "reused", "sector")["option"]) == ["yes"]
    assert len(association(wave, "values", "sector", options=["quality"])) == 1


def test_a_flag_by_two_groups_has_the_same_answer_from_both_tests(wave: StandIn) -> None:
    table = association(wave, "reused", "reused")
    assert table.loc[0, "p"] < 1e-6
    t = contrasts(wave, "values", by="reused", options=["quality"]).iloc[0]
    f = association(wave, "values", "reused", options=["quality"]).iloc[0]
    assert f["p"] == pytest.approx(t["p"], rel=0.05)


def test_items_of_a_grid_are_one_family_and_those_not_asked_are_left_out(wave: StandIn) -> None:
    assert list(association(wave, "factors", "sector")["question"]) == ["factors.employees"]
    assert set(contrasts(wave, "factors", by="sector")["question"]) == {"factors.employees"}


def test_changes_between_waves_are_those_of_independent_samples(wave: StandIn, earlier: StandIn) -> None:
    found = wave_differences(earlier, wave, "values").set_index("option")
    columns = (column(each, "values", "quality")[:, None] for each in (wave, earlier))
    expected = independent_contrast(wave.design, earlier.design, *columns)
    row = found.loc["quality"]
    assert (row["by"], row["level"], row["reference"], row["wave"]) == ("wave", "later", "earlier", "later")
    assert (row["difference"], row["se"]) == pytest.approx((expected.difference[0], expected.se[0]))
    assert row["df"] == expected.df[0]
    assert list(wave_differences(earlier, wave, "values", options=["quality"])["option"]) == ["quality"]


def test_only_options_that_both_waves_offered_are_compared(wave: StandIn) -> None:
    rng = np.random.default_rng(9)
    before = replace(
        made(2, values=Answers("multiple", {"efficiency": rng.integers(0, 2, N).astype(float)})), id="earlier"
    )
    assert list(wave_differences(before, wave, "values")["option"]) == ["efficiency"]
    assert list(wave_association(before, wave, "values")["option"]) == ["efficiency"]


def test_without_an_option_in_common_there_is_nothing_to_compare(wave: StandIn) -> None:
    before = replace(made(2, values=Answers("multiple", {"other": [1.0] * N})), id="earlier")
    assert wave_differences(before, wave, "values").empty
    assert wave_association(before, wave, "values").empty
    assert contrasts(wave, "values", by="sector", options=["other"]).empty


def test_the_answers_of_two_waves_are_tested_in_one_stacked_design(wave: StandIn, earlier: StandIn) -> None:
    found = wave_association(earlier, wave, "reuse").iloc[0]
    assert (found["by"], found["option"], found["n"]) == ("wave", "", 2 * (N - 9))
    flag = wave_association(earlier, wave, "reused").iloc[0]
    change = wave_differences(earlier, wave, "reused").iloc[0]
    assert flag["p"] == pytest.approx(change["p"], rel=0.05)


def test_an_option_has_its_place_though_a_wave_lacks_one_before_it(wave: StandIn) -> None:
    reuse = wave.variables["reuse"].columns
    fewer = Answers("single", {name: reuse[name] for name in ("adapted", "dont_know")})
    later = Ordered(wave.design, wave.variables | {"reuse": fewer})
    found = wave_association(replace(wave, id="earlier"), later, "reuse").iloc[0]
    codes = np.select([column(wave, "reuse", name) == 1 for name in reuse], [0, 1, 2], -1)
    rows = np.concatenate([codes, np.where(codes == 0, -1, codes)])
    stacked = Design.stack(wave.design, wave.design)
    expected = rao_scott(stacked, rows, np.repeat([0, 1], N), domain=rows >= 0)
    assert (found["statistic"], found["n"]) == (pytest.approx(expected.statistic), expected.n)


class Ordered(StandIn):
    """A stand-in whose questionnaire has all options of reuse, in order."""

    def variable(self, name: str) -> SimpleNamespace:
        found = super().variable(name)
        if name == "reuse":
            found.options = [SimpleNamespace(id=each) for each in ("first", "adapted", "dont_know")]
        return found


@pytest.mark.parametrize(
    ("variable", "by"), [("practice", "sector"), ("reuse", "practice"), ("reuse", "values")]
)
def test_what_cannot_be_tested_gives_an_empty_frame_of_the_right_form(
    wave: StandIn, variable: str, by: str
) -> None:
    found = association(wave, variable, by)
    assert found.empty
    assert tuple(found.columns) == TESTS
    assert found["question"].dtype == association(wave, "reuse", "sector")["question"].dtype


def test_what_one_of_two_waves_did_not_ask_is_not_compared(wave: StandIn, earlier: StandIn) -> None:
    without = replace(earlier, variables=earlier.variables | {"reuse": None})
    for found in (wave_differences(without, wave, "reuse"), wave_differences(wave, without, "reuse")):
        assert found.empty
        assert tuple(found.columns) == DIFFERENCES
    assert wave_association(without, wave, "reuse").empty
    assert contrasts(wave, "practice", by="sector").empty


def test_a_group_without_answers_gives_no_difference_and_counts_for_no_adjustment(wave: StandIn) -> None:
    nobody = {"state": np.zeros(N), "regional": column(wave, "sector", "regional")}
    nobody["municipal"] = 1 - nobody["regional"]
    found = contrasts(
        replace(wave, variables=wave.variables | {"sector": Answers("single", nobody)}), "reused", by="sector"
    ).set_index("level")
    assert np.isnan(found.loc["state", "p_adjusted"])
    assert found.loc["regional", "p_adjusted"] == pytest.approx(min(1, 2 * found.loc["regional", "p"]))
