"""Estimates of a wave: shares, groups, what was not asked, and the schema."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from barometer.design import Design
from barometer.errors import ReportError
from barometer.estimate import ESTIMATES, check_estimates, means, proportions, ratios, totals
from barometer.intervals import t_interval
from tests.stand_in import Answers, StandIn

NAN = np.nan
DESIGN = Design.build([2.0, 2, 2, 2, 5, 5, 5, 5], strata=list("aaaabbbb"), population=[8] * 4 + [20] * 4)


@pytest.fixture
def wave() -> StandIn:
    """Eight workplaces: one question of each kind, and some that were not asked in this wave."""
    yes = [1, 1, 0, 0, 1, 0, 0, 0]
    reuse = {
        "first": [1, 0, 0, NAN, 1, 0, 0, 0],
        "copy": [0, 1, 1, NAN, 0, 1, 0, 0],
        "dont_know": [0, 0, 0, NAN, 0, 0, 1, 1],
    }
    sector = {"state": [1, 1, 1, 1, 0, 0, 0, 0], "municipal": [0, 0, 0, 0, 1, 1, 1, 1]}
    variables = {
        "reuse": Answers("single", reuse, not_offered=("adapted",)),
        "partners": Answers("multiple", {"citizens": yes, "companies": [1] * 8}),
        "innovative": Answers("flag", {"yes": yes}),
        "sector": Answers("single", sector),
        "factors.employees": Answers("single", {"promoted": yes}),
        "factors.economy": None,
        "practice": None,
    }
    return StandIn(DESIGN, variables)


def test_a_share_is_the_weighted_part_of_those_who_answered(wave: StandIn) -> None:
    found = proportions(wave, "reuse", options=["first"]).iloc[0]
    assert found["estimate"] == pytest.approx((2 + 5) / (3 * 2 + 4 * 5))
    assert (found["n"], found["df"]) == (7, 5)
    assert (found["wave"], found["statistic"], found["verdict"]) == ("later", "proportion", "shown")


def test_dont_know_stays_in_the_base_and_the_shares_sum_to_one(wave: StandIn) -> None:
    found = proportions(wave, "reuse")
    assert list(found["option"]) == ["first", "copy", "dont_know"]
    assert found["estimate"].sum() == pytest.approx(1)


def test_a_flag_gives_one_row_and_a_multiple_question_one_an_option(wave: StandIn) -> None:
    assert list(proportions(wave, "innovative")["option"]) == ["yes"]
    assert list(proportions(wave, "partners")["option"]) == ["citizens", "companies"]


def test_groups_come_level_by_level_with_options_in_the_order_asked_for(wave: StandIn) -> None:
    found = proportions(wave, "reuse", by="sector", options=["copy", "first"])
    assert list(zip(found["level"], found["option"], strict=True)) == [
        ("state", "copy"),
        ("state", "first"),
        ("municipal", "copy"),
        ("municipal", "first"),
    ]
    assert list(found["n"]) == [3, 3, 4, 4]
    assert list(found["estimate"]) == pytest.approx([2 / 3, 1 / 3, 1 / 4, 1 / 4])


def test_groups_of_a_flag_are_yes_and_no(wave: StandIn) -> None:
    assert list(proportions(wave, "partners", by="innovative", options=["citizens"])["level"]) == [
        "yes",
        "no",
    ]


def test_a_grid_gives_its_items_and_says_which_the_wave_did_not_ask(wave: StandIn) -> None:
    found = proportions(wave, "factors")
    assert list(found["question"]) == ["factors.employees", "factors.economy"]
    assert list(found["verdict"]) == ["shown", "not_asked"]
    assert list(found["reason"]) == ["", "not_in_wave"]


@pytest.mark.parametrize(("variable", "by"), [("practice", None), ("reuse", "practice")])
def test_what_the_wave_did_not_ask_is_one_row_without_numbers(
    wave: StandIn, variable: str, by: str | None
) -> None:
    found = proportions(wave, variable, by=by)
    assert len(found) == 1
    assert tuple(found.loc[0, ["option", "level", "n", "verdict", "reason"]]) == (
        "",
        "",
        0,
        "not_asked",
        "not_in_wave",
    )
    assert found.loc[0, ["estimate", "se", "ci_low", "ci_high"]].isna().all()


def test_a_question_that_the_survey_does_not_have_is_said_to_be_so(wave: StandIn) -> None:
    assert list(proportions(wave, "procurement")["reason"]) == ["not_in_survey"]


def test_an_option_that_only_this_wave_did_not_offer_is_not_asked(wave: StandIn) -> None:
    found = proportions(wave, "reuse", options=["adapted", "copy"]).set_index("option")
    assert tuple(found.loc["adapted", ["verdict", "reason"]]) == ("not_asked", "not_in_wave")
    assert found.loc["copy", "verdict"] == "shown"


def test_a_wave_that_offered_none_of_the_options_wanted_gives_a_row_for_each(wave: StandIn) -> None:
    found = proportions(wave, "reuse", by="sector", options=["adapted"])
    assert list(found["option"]) == ["adapted"]
    assert list(found["reason"]) == ["not_in_wave"]


def test_an_option_that_does_not_exist_is_refused_with_the_nearest_one(wave: StandIn) -> None:
    with pytest.raises(ReportError, match=r"options of reuse.*Did you mean 'first'"):
        proportions(wave, "reuse", options=["frist"])
    with pytest.raises(ReportError, match="options of innovative"):
        proportions(wave, "innovative", options=["no"])


def test_an_unknown_interval_is_refused_with_the_known_ones(wave: StandIn) -> None:
    with pytest.raises(ReportError, match="korn-graubard"):
        proportions(wave, "reuse", interval="normal")


def test_every_frame_keeps_to_the_schema(wave: StandIn) -> None:
    numbers = {"size": np.arange(8.0)}
    frames = [
        proportions(wave, "reuse", by="sector"),
        proportions(wave, "factors"),
        means(wave, numbers, by="sector"),
        totals(wave, numbers),
        ratios(wave, {"size per one": (np.arange(8.0), np.ones(8))}),
    ]
    for frame in frames:
        check_estimates(frame)
        assert tuple(frame.columns) == ESTIMATES


def test_means_totals_and_ratios_of_numbers(wave: StandIn) -> None:
    size = np.array([1.0, 2, 3, 4, 5, 6, 7, NAN])
    weight = DESIGN.weights[:7]
    total = (weight * size[:7]).sum()
    found_mean = means(wave, {"size": size}).iloc[0]
    assert found_mean["estimate"] == pytest.approx(total / weight.sum())
    assert found_mean["n"] == 7
    assert totals(wave, {"size": size}).loc[0, "estimate"] == pytest.approx(total)
    doubled = ratios(wave, {"double": (2 * size, size)}).iloc[0]
    assert doubled["estimate"] == pytest.approx(2)
    assert doubled["se"] == pytest.approx(0, abs=1e-12)
    low, high = t_interval(found_mean["estimate"], found_mean["se"], found_mean["df"])
    assert (found_mean["ci_low"], found_mean["ci_high"]) == (low, high)


def test_means_by_group_have_a_row_a_level(wave: StandIn) -> None:
    found = means(wave, {"one": np.ones(8), "size": np.arange(8.0)}, by="sector")
    assert list(found["level"]) == ["state", "state", "municipal", "municipal"]
    assert list(found["question"]) == ["one", "size", "one", "size"]
    assert list(found["estimate"]) == pytest.approx([1, 1.5, 1, 5.5])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimate": 1.2}, "a proportion between 0 and 1"),
        ({"se": -0.1}, "a standard error of 0 or more"),
        ({"ci_low": 0.9}, "an interval around the estimate"),
        ({"verdict": "fine"}, "one of shown, uncertain, hidden, not_asked"),
        ({"statistic": "median"}, "one of proportion, mean, total, ratio"),
        ({"verdict": "hidden", "reason": "small_base"}, "no number where it is hidden or not asked"),
        ({"reason": "small_base"}, "a reason unless it is shown"),
        ({"estimate": NAN}, "an estimate where there are answers"),
    ],
)
def test_a_breach_of_the_schema_is_named(wave: StandIn, change: dict[str, Any], message: str) -> None:
    frame = proportions(wave, "innovative").assign(**change)
    with pytest.raises(ReportError, match=message):
        check_estimates(frame)


def test_a_row_that_stands_twice_and_a_missing_column_are_breaches(wave: StandIn) -> None:
    frame = proportions(wave, "innovative")
    with pytest.raises(ReportError, match="one row an estimate"):
        check_estimates(pd.concat([frame, frame]))
    with pytest.raises(ReportError, match="columns: expected wave"):
        check_estimates(frame.drop(columns="reason"))
