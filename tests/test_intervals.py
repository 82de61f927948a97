"""Confidence intervals: at the edges, with few degrees of freedom, and beside each other."""

from __future__ import annotations

import numpy as np
import pytest

from barometer.errors import ReportError
from barometer.intervals import INTERVALS, quantile_t, share_interval, t_interval


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_the_exact_interval_at_the_edge_is_the_one_of_a_simple_random_sample(p: float) -> None:
    low, high = share_interval(p, 0.0, n=30, df=29)
    one_sided = 1 - 0.025 ** (1 / 30)  # the rule of three, exactly
    assert (low, high) == pytest.approx((0, one_sided) if p == 0 else (1 - one_sided, 1))


def test_the_korn_graubard_interval_takes_no_more_than_the_answers_there_are() -> None:
    # A design effect of one half: the effective size would be 200.
    half, one = (np.sqrt(0.3 * 0.7 / size) for size in (200, 100))
    low, high = share_interval(0.3, half, n=100, df=99)
    assert (float(low), float(high)) == pytest.approx(
        tuple(map(float, share_interval(0.3, one, n=100, df=99)))
    )
    narrow_low, narrow_high = share_interval(0.3, half, n=100, df=99, method="beta")
    assert low < narrow_low < narrow_high < high


def test_few_degrees_of_freedom_widen_every_interval() -> None:
    for method in INTERVALS:
        few, many = (share_interval(0.3, 0.05, n=100, df=df, method=method) for df in (3, 99))
        assert few[1] - few[0] > many[1] - many[0]


@pytest.mark.parametrize("method", INTERVALS)
def test_without_degrees_of_freedom_there_is_no_interval(method: str) -> None:
    assert np.isnan(share_interval([0.3, 0.0], [0.1, 0.0], n=[5, 5], df=[0, 0], method=method)).all()


def test_a_logit_interval_is_not_defined_at_the_edge() -> None:
    assert np.isnan(share_interval([0.0, 1.0], [0.0, 0.0], n=[9, 9], df=[8, 8], method="logit")).all()


def test_the_arcsine_interval_stops_at_0_and_1() -> None:
    low, high = share_interval([0.02, 0.98], [0.05, 0.05], n=[50, 50], df=[49, 49], method="arcsine")
    assert low[0] == 0
    assert high[1] == 1


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    wide, narrow = (share_interval(0.3, 0.05, n=100, df=99, confidence=c) for c in (0.99, 0.9))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_quantile_of_t_is_the_one_in_the_tables() -> None:
    assert quantile_t([1, 10, 100000], 0.975) == pytest.approx([12.7062, 2.2281, 1.9600], abs=1e-4)


def test_a_t_interval_reaches_the_quantile_times_the_error_to_both_sides() -> None:
    low, high = t_interval([10.0], [2.0], [10], confidence=0.95)
    assert (low[0], high[0]) == pytest.approx((10 - 2 * 2.228139, 10 + 2 * 2.228139))


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ReportError, match=r"korn-graubard \| logit.*'wilson'"):
        share_interval(0.3, 0.1, n=9, df=8, method="willson")
