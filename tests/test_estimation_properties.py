"""What must hold for any sample: drawn at random, with strata, weights, clusters, gaps and domains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barometer.design import Design, Moments
from barometer.intervals import INTERVALS, share_interval
from barometer.significance import contrast, holm, rao_scott

thoroughly = settings(deadline=None, max_examples=60, derandomize=True)


@dataclass(frozen=True)
class Sample:
    """A sample of one or two stages with three 0/1 columns that have gaps, and a domain."""

    weights: np.ndarray
    strata: np.ndarray
    clusters: np.ndarray | None
    population: np.ndarray | None
    values: np.ndarray
    domain: np.ndarray

    def design(self, **changes: np.ndarray) -> Design:
        columns = {"weights": self.weights, "strata": self.strata, "clusters": self.clusters}
        columns |= {"population": self.population} | changes
        return Design.build(columns.pop("weights"), **columns)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(2, 9), min_size=1, max_size=5))
    strata = np.repeat(np.arange(len(sizes)), sizes)
    n = len(strata)
    clusters = None
    if draw(st.booleans()):  # two clusters at least in each stratum
        clusters = np.concatenate([np.arange(size) % draw(st.integers(2, size)) for size in sizes])
    spread = draw(st.floats(0, 2))
    population = np.repeat([size + rng.integers(0, 40) for size in sizes], sizes)
    values = (rng.random((n, 3)) < rng.random(3)).astype(float)
    values[rng.random((n, 3)) < draw(st.sampled_from([0, 0.2]))] = np.nan
    return Sample(
        np.exp(rng.normal(0, spread, n)),
        strata,
        clusters,
        population if draw(st.booleans()) else None,
        values,
        rng.random(n) < draw(st.floats(0.2, 1)),
    )


def close(one: Moments, other: Moments, rel: float = 1e-9) -> None:
    assert one.estimate == pytest.approx(other.estimate, rel=rel, nan_ok=True)
    assert one.variance == pytest.approx(other.variance, rel=1e-7, abs=1e-15, nan_ok=True)
    assert one.df.tolist() == other.df.tolist()
    assert one.n.tolist() == other.n.tolist()


@thoroughly
@given(samples(), st.floats(1e-3, 1e3))
def test_the_scale_of_the_weights_does_not_matter_to_a_mean(sample: Sample, factor: float) -> None:
    one = sample.design().means(sample.values, domain=sample.domain)
    other = sample.design(weights=sample.weights * factor).means(sample.values, domain=sample.domain)
    close(one, other)
    assert one.deff == pytest.approx(other.deff, rel=1e-6, nan_ok=True)


@thoroughly
@given(samples(), st.floats(1e-2, 1e2))
def test_a_total_grows_with_the_weights_and_its_variance_with_their_square(
    sample: Sample, factor: float
) -> None:
    one = sample.design().totals(sample.values)
    other = sample.design(weights=sample.weights * factor).totals(sample.values)
    assert other.estimate == pytest.approx(one.estimate * factor, nan_ok=True)
    assert other.variance == pytest.approx(one.variance * factor**2, rel=1e-7, abs=1e-12, nan_ok=True)


@thoroughly
@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(sample: Sample, random: object) -> None:
    order = np.arange(len(sample.weights))
    random.shuffle(order)  # type: ignore[attr-defined]
    moved = Sample(
        *(None if column is None else column[order] for column in vars(sample).values())  # type: ignore[arg-type]
    )
    one = sample.design().means(sample.values, domain=sample.domain)
    close(one, moved.design().means(moved.values, domain=moved.domain))


@thoroughly
@given(st.integers(2, 60), st.integers(0, 500), st.integers(0, 2**32 - 1))
def test_equal_weights_without_strata_give_the_textbook_formula(n: int, more: int, seed: int) -> None:
    y = np.random.default_rng(seed).normal(3, 2, (n, 1))
    population = n + more
    found = Design.build(np.full(n, population / n), population=np.full(n, population)).means(y)
    assert found.estimate == pytest.approx(y.mean(axis=0))
    assert found.variance == pytest.approx(
        (1 - n / population) * y.var(axis=0, ddof=1) / n, rel=1e-9, abs=1e-15
    )
    endless = Design.build(np.full(n, 7.0)).means(y)
    assert endless.variance == pytest.approx(y.var(axis=0, ddof=1) / n)
    assert endless.deff == pytest.approx([1])
    assert endless.df.tolist() == [n - 1]


@thoroughly
@given(samples())
def test_a_domain_is_the_full_design_with_an_indicator(sample: Sample) -> None:
    """The mean in a domain is the ratio of two totals of the whole sample."""
    answered = ~np.isnan(sample.values) & sample.domain[:, None]
    above = np.where(answered, sample.values, 0)
    by_ratio = sample.design().ratios(above, answered.astype(float))
    by_domain = sample.design().means(sample.values, domain=sample.domain)
    some = answered.any(axis=0)
    assert by_domain.estimate[some] == pytest.approx(by_ratio.estimate[some])
    assert by_domain.variance[some] == pytest.approx(by_ratio.variance[some], rel=1e-7, abs=1e-15)
    assert np.isnan(by_domain.estimate[~some]).all()


@thoroughly
@given(samples(), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_the_shares_of_all_categories_sum_to_one_and_their_covariances_to_zero(
    sample: Sample, categories: int, seed: int
) -> None:
    codes = np.random.default_rng(seed).integers(0, categories, len(sample.weights))
    values = codes[:, None] == np.arange(categories)
    shares, scores, _ = sample.design().linearise(values, domain=np.ones(len(codes), dtype=bool))
    assert shares.sum() == pytest.approx(1)
    assert sample.design().covariance(scores).sum(axis=0) == pytest.approx(np.zeros(categories), abs=1e-12)


@thoroughly
@given(samples(), st.sampled_from(sorted(set(INTERVALS) - {"wald"})), st.sampled_from([0.8, 0.95, 0.99]))
def test_an_interval_holds_its_estimate_and_lies_between_0_and_1(
    sample: Sample, method: str, confidence: float
) -> None:
    found = sample.design().means(sample.values, domain=sample.domain)
    low, high = share_interval(
        found.estimate, found.se, n=found.n, df=found.df, confidence=confidence, method=method
    )
    defined = ~np.isnan(low)
    assert (low[defined] >= -1e-12).all()
    assert (high[defined] <= 1 + 1e-12).all()
    assert (low[defined] <= found.estimate[defined] + 1e-9).all()
    assert (high[defined] >= found.estimate[defined] - 1e-9).all()


@thoroughly
@given(samples())
def test_a_korn_graubard_interval_is_defined_wherever_degrees_of_freedom_are_left(sample: Sample) -> None:
    found = sample.design().means(sample.values, domain=sample.domain)
    low, high = share_interval(found.estimate, found.se, n=found.n, df=found.df)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == (found.df < 1).tolist()


@thoroughly
@given(samples())
def test_a_difference_turned_round_changes_its_sign_and_nothing_else(sample: Sample) -> None:
    design = sample.design()
    one = contrast(design, sample.values, sample.domain, ~sample.domain)
    other = contrast(design, sample.values, ~sample.domain, sample.domain)
    assert one.difference == pytest.approx(-other.difference, nan_ok=True)
    assert one.se == pytest.approx(other.se, rel=1e-7, nan_ok=True)
    assert one.df.tolist() == other.df.tolist()


@thoroughly
@given(samples(), st.integers(0, 2**32 - 1))
def test_the_test_of_a_table_does_not_know_rows_from_columns(sample: Sample, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = (rng.integers(0, k, len(sample.weights)) for k in (2, 3))
    design = sample.design()
    one, other = rao_scott(design, rows, columns), rao_scott(design, columns, rows)
    assert one.statistic == pytest.approx(other.statistic, rel=1e-6, nan_ok=True)
    assert np.isnan(one.p) or 0 <= one.p <= 1


@thoroughly
@given(samples())
def test_a_stacked_design_adds_the_variances_of_its_totals(sample: Sample) -> None:
    design = sample.design()
    whole = Design.stack(design, design).totals(np.concatenate([sample.values, sample.values]))
    assert whole.variance == pytest.approx(
        2 * design.totals(sample.values).variance, rel=1e-7, abs=1e-12, nan_ok=True
    )


@thoroughly
@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_never_lowers_a_p_value_and_stays_below_bonferroni(p: list[float]) -> None:
    given_p, adjusted = np.array(p, dtype=float), holm(p)
    assert (adjusted >= given_p).all()
    assert (adjusted <= np.minimum(1, given_p * len(p)) + 1e-15).all()
    order = np.argsort(given_p, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
