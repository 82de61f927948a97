"""The verdict on each estimate: which rule decides, and what is left of what it hides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from barometer.disclosure import assess, precise
from barometer.errors import ReportError
from barometer.estimate import ESTIMATES
from barometer.rules import PRECISION, Rules

RULES = Rules(minimum_base=10, uncertain_base=50, uncertain_halfwidth=0.10)


def estimates(**changes: Any) -> pd.DataFrame:
    """Return one row that may be shown, with changes."""
    row = dict.fromkeys(ESTIMATES, "") | {
        "wave": "w",
        "question": "reuse",
        "statistic": "proportion",
        "estimate": 0.4,
        "se": 0.02,
        "ci_low": 0.36,
        "ci_high": 0.44,
        "df": 500,
        "deff": 1.1,
        "n": 510,
        "n_effective": 460.0,
        "verdict": "shown",
    }
    return pd.DataFrame([row | changes], columns=list(ESTIMATES))


def verdict(**changes: Any) -> tuple[str, str]:
    row = assess(estimates(**changes), RULES).iloc[0]
    return row["verdict"], row["reason"]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, ("hidden", "small_base")),
        (9, ("hidden", "small_base")),
        (10, ("uncertain", "small_sample")),
        (49, ("uncertain", "small_sample")),
        (50, ("shown", "")),
    ],
)
def test_the_number_of_answers_decides_at_its_thresholds(n: int, expected: tuple[str, str]) -> None:
    assert verdict(n=n) == expected


def test_an_interval_that_reaches_too_far_to_one_side_makes_it_uncertain() -> None:
    assert verdict(ci_high=0.50) == ("shown", "")
    assert verdict(ci_high=0.51) == ("uncertain", "wide_interval")
    assert verdict(ci_low=0.29) == ("uncertain", "wide_interval")


def test_an_interval_that_cannot_be_computed_proves_no_precision() -> None:
    assert verdict(ci_low=np.nan, ci_high=np.nan) == ("uncertain", "wide_interval")


def test_a_mean_has_no_limit_for_its_interval() -> None:
    assert verdict(statistic="mean", estimate=14.0, ci_low=9.0, ci_high=19.0) == ("shown", "")


def test_what_is_hidden_keeps_no_number_but_that_of_its_answers() -> None:
    row = assess(estimates(n=9), RULES).iloc[0]
    assert row[["estimate", "se", "ci_low", "ci_high", "deff", "n_effective"]].isna().all()
    assert row["n"] == 9


@pytest.mark.parametrize(
    ("verdict_before", "reason"), [("not_asked", "not_in_wave"), ("hidden", "small_base")]
)
def test_what_was_not_asked_or_hidden_before_stays_so(verdict_before: str, reason: str) -> None:
    nothing = dict.fromkeys(("estimate", "se", "ci_low", "ci_high", "deff", "n_effective"), np.nan)
    assert verdict(**nothing, verdict=verdict_before, reason=reason) == (verdict_before, reason)


def test_assessing_twice_changes_nothing_more() -> None:
    frame = pd.concat([estimates(n=n, option=str(n)) for n in (5, 20, 100)], ignore_index=True)
    once = assess(frame, RULES)
    pd.testing.assert_frame_equal(assess(once, RULES), once)


def test_looser_rules_free_what_stricter_ones_marked() -> None:
    marked = assess(estimates(n=20), RULES)
    assert assess(marked, Rules(uncertain_base=15, precision="none")).loc[0, "verdict"] == "shown"


def test_the_estimates_given_are_left_as_they_were() -> None:
    frame = estimates(n=5)
    before = frame.copy()
    assess(frame, RULES)
    pd.testing.assert_frame_equal(frame, before)


def test_a_frame_without_the_schema_is_refused() -> None:
    with pytest.raises(ReportError, match="no Estimates"):
        assess(estimates().drop(columns="df"), RULES)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"n": 29, "n_effective": 29.0}, False),
        ({"n_effective": 29.0}, False),
        ({"df": 7}, False),
        ({"se": 0.09}, False),  # wider than 30 points
        (
            {"estimate": 0.05, "ci_low": 0.0, "ci_high": 0.1, "se": 0.025},
            False,
        ),  # than 1.3 times the share
        ({"estimate": 0.02, "ci_low": 0.0, "ci_high": 0.1, "se": 0.008}, True),  # but not wider than 5 points
        ({"statistic": "mean", "estimate": 14.0, "ci_low": 9.0, "ci_high": 19.0, "se": 9.0}, True),
    ],
)
def test_the_standard_of_precision(changes: dict[str, Any], *, expected: bool) -> None:
    assert precise(estimates(**changes)).tolist() == [expected]


def test_what_falls_short_of_it_is_left_marked_or_hidden() -> None:
    short = estimates(df=7)
    told = {name: assess(short, replace(RULES, precision=name)).loc[0, "verdict"] for name in PRECISION}
    assert told == {"none": "shown", "mark": "uncertain", "hide": "hidden"}
    assert assess(short, replace(RULES, precision="hide")).loc[0, "reason"] == "imprecise"
