"""Contrasts, tests of tables and adjusted p values against formulas written out here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import chdtrc

from barometer.design import Design
from barometer.significance import contrast, holm, independent_contrast, rao_scott, t_test

RNG = np.random.default_rng(5)
EVERYONE = np.ones(400, dtype=bool)


@pytest.fixture(scope="module")
def design() -> Design:
    return Design.build(RNG.uniform(1, 6, 400), strata=RNG.integers(0, 5, 400), population=np.full(400, 700))


def test_a_contrast_of_groups_in_separate_strata_adds_their_variances() -> None:
    strata = np.repeat([0, 1], 200)
    design = Design.build(RNG.uniform(1, 6, 400), strata=strata)
    y = RNG.normal(size=(400, 2))
    found = contrast(design, y, strata == 1, strata == 0)
    first, second = design.means(y, domain=strata == 1), design.means(y, domain=strata == 0)
    assert found.difference == pytest.approx(first.estimate - second.estimate)
    assert found.se**2 == pytest.approx(first.variance + second.variance)
    assert found.df.tolist() == [398, 398]
    apart = independent_contrast(design, design, y, y)
    assert apart.difference == pytest.approx([0, 0])
    assert apart.se**2 == pytest.approx(2 * design.means(y).variance)
    assert apart.df.tolist() == [2 * 398] * 2


def test_a_contrast_within_strata_takes_the_covariance_of_the_two_means_into_account(design: Design) -> None:
    group = RNG.random(400) < 0.5
    y = RNG.normal(size=(400, 1))
    _, one, _ = design.linearise(y, domain=group)
    _, other, _ = design.linearise(y, domain=~group)
    both = design.covariance(np.hstack([one, other]))
    found = contrast(design, y, group, ~group)
    assert found.se**2 == pytest.approx([both[0, 0] + both[1, 1] - 2 * both[0, 1]])
    assert both[0, 1] != 0


def test_a_contrast_counts_those_who_answered(design: Design) -> None:
    y = np.ones((400, 1))
    y[:30] = np.nan
    found = contrast(design, y, np.arange(400) < 100, np.arange(400) >= 100)
    assert (found.n[0], found.n_reference[0]) == (70, 300)


def test_without_variance_or_degrees_of_freedom_there_is_no_t_test() -> None:
    t, p = t_test([0.0, 0.2, 0.2, 0.2], [0.0, 0.0, 0.1, 0.1], [10, 10, 0, 10])
    assert np.isnan(t).tolist() == np.isnan(p).tolist() == [True, True, True, False]
    assert p[3] == pytest.approx(0.073388, abs=1e-6)


def test_with_equal_weights_and_no_strata_the_table_test_is_close_to_pearsons() -> None:
    rows, columns = RNG.integers(0, 3, 400), RNG.integers(0, 2, 400)
    found = rao_scott(Design.build(np.ones(400)), rows, columns)
    table = np.array([[((rows == r) & (columns == c)).sum() for c in range(2)] for r in range(3)])
    expected = table.sum(1, keepdims=True) * table.sum(0) / 400
    pearson = ((table - expected) ** 2 / expected).sum()
    assert found.pearson == pytest.approx(pearson)
    # Under independence the generalised design effects are about 1, and F about Pearson's statistic a degree.
    assert found.statistic * 2 == pytest.approx(pearson, rel=0.05)
    assert found.df1 == pytest.approx(2, rel=0.01)
    assert found.p == pytest.approx(chdtrc(2, pearson), abs=0.02)


def test_the_test_of_two_by_two_is_the_same_whichever_way_the_table_lies(design: Design) -> None:
    rows, columns = RNG.integers(0, 2, 400), RNG.integers(0, 4, 400)
    one, other = rao_scott(design, rows, columns), rao_scott(design, columns, rows)
    assert (one.statistic, one.df1, one.df2) == pytest.approx((other.statistic, other.df1, other.df2))


def test_numbers_of_categories_may_have_gaps_and_rows_may_have_none(design: Design) -> None:
    rows, columns = RNG.integers(0, 3, 400), RNG.integers(0, 2, 400)
    gaps = rao_scott(design, np.array([7, 2, 90])[rows], columns)
    assert gaps.statistic == pytest.approx(rao_scott(design, rows, columns).statistic)
    missing = np.where(np.arange(400) < 50, -1, rows)
    left = rao_scott(design, missing, columns)
    inside = rao_scott(design, rows, columns, domain=np.arange(400) >= 50)
    assert (left.statistic, left.n) == (pytest.approx(inside.statistic), 350)


@pytest.mark.parametrize("rows", [np.zeros(400, dtype=int), np.full(400, -1)])
def test_a_table_with_one_category_is_not_tested(design: Design, rows: np.ndarray) -> None:
    found = rao_scott(design, rows, RNG.integers(0, 2, 400))
    assert np.isnan([found.statistic, found.p, found.df1, found.df2]).all()
    assert found.n == (400 if rows[0] == 0 else 0)


def test_a_variable_against_itself_is_clearly_associated_though_most_cells_are_empty(design: Design) -> None:
    rows = RNG.integers(0, 4, 400)
    assert rao_scott(design, rows, rows).p < 1e-10


def test_holm_adjusts_as_in_the_textbook() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_out_what_could_not_be_tested() -> None:
    adjusted = holm([0.02, np.nan, 0.5, 0.6])
    assert adjusted[[0, 2, 3]] == pytest.approx([0.06, 1.0, 1.0])
    assert np.isnan(adjusted[1])
    assert holm([]).tolist() == []
