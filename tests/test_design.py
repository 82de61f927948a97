"""The sample design against formulas written out here, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from barometer.design import Design
from barometer.errors import ReportError

Array = np.ndarray
RNG = np.random.default_rng(8)


def textbook_two_stage(y: Array, stratum: Array, cluster: Array, N: dict, M: dict) -> float:
    """Return the variance of a total: n of N clusters drawn in each stratum, m of M units in each cluster."""
    variance = 0.0
    for h in np.unique(stratum):
        names = np.unique(cluster[stratum == h])
        n = len(names)
        totals, within = [], 0.0
        for i in names:
            units = y[(stratum == h) & (cluster == i)]
            m, size = len(units), M[h, i]
            totals.append(size * units.mean())
            within += size**2 * (1 - m / size) * units.var(ddof=1) / m
        variance += N[h] ** 2 * (1 - n / N[h]) * np.var(totals, ddof=1) / n + N[h] / n * within
    return variance


@pytest.fixture
def two_stage() -> dict:
    """Eight clusters in two strata, four to seven units in each; both strata number theirs from 0."""
    rows = [(h, i, u) for h in "ab" for i in range(4) for u in range(4 + i)]
    stratum, cluster, _ = (np.array(column) for column in zip(*rows, strict=True))
    N = {"a": 12, "b": 30}
    M = {(h, i): 10 + 5 * i for h in "ab" for i in range(4)}
    sizes = np.array([M[h, i] for h, i in zip(stratum, cluster, strict=True)])
    clusters = np.array([N[h] for h in stratum])
    drawn = np.array([4 + i for i in cluster])
    return {
        "y": RNG.normal(20, 5, len(rows)),
        "stratum": stratum,
        "cluster": cluster,
        "N": N,
        "M": M,
        "weights": clusters / 4 * sizes / drawn,
        "population": (clusters, sizes),
    }


def test_a_two_stage_total_has_the_variance_of_the_textbook(two_stage: dict) -> None:
    d = two_stage
    design = Design.build(
        d["weights"], strata=d["stratum"], clusters=d["cluster"], population=d["population"]
    )
    expected = textbook_two_stage(d["y"], d["stratum"], d["cluster"], d["N"], d["M"])
    assert design.totals(d["y"][:, None]).variance == pytest.approx([expected], rel=1e-12)


def test_the_rows_as_second_stage_may_be_named_or_not(two_stage: dict) -> None:
    d = two_stage
    rows = np.arange(len(d["y"]))
    settings = {"strata": d["stratum"], "population": d["population"]}
    named = Design.build(d["weights"], clusters=(d["cluster"], rows), **settings)
    unnamed = Design.build(d["weights"], clusters=(d["cluster"], None), **settings)
    y = d["y"][:, None]
    assert named.means(y).variance == pytest.approx(unnamed.means(y).variance, rel=1e-12)


def test_a_two_stage_mean_is_the_linearised_ratio(two_stage: dict) -> None:
    d = two_stage
    design = Design.build(
        d["weights"], strata=d["stratum"], clusters=d["cluster"], population=d["population"]
    )
    size = d["weights"].sum()
    mean = (d["weights"] * d["y"]).sum() / size
    expected = textbook_two_stage((d["y"] - mean) / size, d["stratum"], d["cluster"], d["N"], d["M"])
    found = design.means(d["y"][:, None])
    assert found.estimate == pytest.approx([mean])
    assert found.variance == pytest.approx([expected], rel=1e-12)
    assert found.df == [8 - 2]


def test_without_population_sizes_only_the_first_stage_counts(two_stage: dict) -> None:
    d = two_stage
    design = Design.build(d["weights"], strata=d["stratum"], clusters=(d["cluster"], None))
    totals = pd.Series(d["weights"] * d["y"]).groupby([d["stratum"], d["cluster"]]).sum()
    expected = sum(4 * totals[h].var(ddof=1) for h in "ab")
    assert design.totals(d["y"][:, None]).variance == pytest.approx([expected], rel=1e-12)


def test_a_take_all_first_stage_leaves_the_variance_within_clusters(two_stage: dict) -> None:
    d = two_stage
    sizes = d["population"][1]
    all_drawn = np.full(len(d["y"]), 4)
    weights = d["weights"] / d["population"][0] * 4
    design = Design.build(weights, strata=d["stratum"], clusters=d["cluster"], population=(all_drawn, sizes))
    expected = textbook_two_stage(d["y"], d["stratum"], d["cluster"], {"a": 4, "b": 4}, d["M"])
    assert expected > 0
    assert design.totals(d["y"][:, None]).variance == pytest.approx([expected], rel=1e-12)


def test_a_clustered_domain_is_the_full_design_with_zeros_outside(two_stage: dict) -> None:
    d = two_stage
    design = Design.build(
        d["weights"], strata=d["stratum"], clusters=d["cluster"], population=d["population"]
    )
    inside = RNG.random(len(d["y"])) < 0.4
    by_domain = design.totals(d["y"][:, None], domain=inside)
    by_zeros = design.totals(np.where(inside, d["y"], 0)[:, None])
    assert by_domain.estimate == pytest.approx(by_zeros.estimate)
    assert by_domain.variance == pytest.approx(by_zeros.variance, rel=1e-12)


def test_a_census_has_no_sampling_error() -> None:
    strata = np.repeat(["a", "b"], [5, 1])
    design = Design.build(np.ones(6), strata=strata, population=np.repeat([5, 1], [5, 1]))
    y = np.array([[1.0], [0], [1], [0], [1], [1]])
    assert design.means(y).variance == pytest.approx([0], abs=1e-30)


def test_deff_is_one_for_a_simple_random_sample_with_replacement() -> None:
    y = RNG.normal(size=(50, 1))
    found = Design.build(np.full(50, 3.0)).means(y)
    assert found.deff == pytest.approx([1])
    assert found.n_effective == pytest.approx([50])


def test_several_domains_at_once_equal_one_by_one_also_when_they_overlap() -> None:
    n = 200
    design = Design.build(RNG.uniform(1, 5, n), strata=RNG.integers(0, 4, n), population=np.full(n, 900))
    y = RNG.normal(size=(n, 3))
    y[RNG.random((n, 3)) < 0.1] = np.nan
    domains = RNG.random((n, 5)) < 0.4
    together = design.means(y, domain=domains)
    for level in range(5):
        alone = design.means(y, domain=domains[:, level])
        assert together.estimate[level] == pytest.approx(alone.estimate)
        assert together.variance[level] == pytest.approx(alone.variance)
        assert together.df[level].tolist() == alone.df.tolist()


def test_blocks_of_columns_give_the_same_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    y = RNG.normal(size=(60, 7))
    design = Design.build(RNG.uniform(1, 5, 60), strata=RNG.integers(0, 3, 60))
    whole = design.means(y)
    monkeypatch.setattr("barometer.design.BLOCK", 120)
    assert design.means(y).variance.tolist() == whole.variance.tolist()


def test_a_column_without_variation_has_no_variance_at_all() -> None:
    design = Design.build(RNG.uniform(1, 9, 500), strata=RNG.integers(0, 9, 500))
    found = design.means(np.full((500, 2), [1.0, 0.1]))
    assert found.estimate.tolist() == [1.0, 0.1]
    assert found.variance.tolist() == [0.0, 0.0]
    assert np.isnan(found.deff).all()


def test_a_domain_that_nobody_is_in_has_no_estimate() -> None:
    found = Design.build(np.ones(6)).means(np.ones((6, 2)), domain=np.zeros(6, dtype=bool))
    assert np.isnan(found.estimate).all()
    assert np.isnan(found.variance).all()
    assert found.n.tolist() == found.df.tolist() == [0, 0]


def test_a_column_without_answers_has_no_estimate_beside_one_that_has() -> None:
    y = np.column_stack([np.arange(6.0), np.full(6, np.nan)])
    for found in (Design.build(np.ones(6)).means(y), Design.build(np.ones(6)).totals(y)):
        assert np.isnan(found.estimate).tolist() == [False, True]
        assert np.isnan(found.variance).tolist() == [False, True]
        assert found.n.tolist() == [6, 0]


def test_degrees_of_freedom_count_units_and_strata_that_answer() -> None:
    strata = np.array(list("aaabbbcc"))
    design = Design.build(np.ones(8), strata=strata)
    y = np.array([[1], [0], [1], [1], [np.nan], [np.nan], [np.nan], [np.nan]])
    assert design.means(y).df.tolist() == [4 - 2]


def test_columns_and_domains_of_other_types_are_understood() -> None:
    y = np.array([[True], [False], [True]])
    design = Design.build([2, 2, 2])
    assert design.means(y, domain=[1, 1, 0]).estimate.tolist() == [0.5]


def test_covariance_holds_the_variances_on_its_diagonal() -> None:
    n = 120
    design = Design.build(RNG.uniform(1, 5, n), strata=RNG.integers(0, 4, n), population=np.full(n, 900))
    y = RNG.normal(size=(n, 3))
    _, scores, _ = design.linearise(y, domain=np.ones(n, dtype=bool))
    matrix = design.covariance(scores)
    assert np.diag(matrix) == pytest.approx(design.means(y).variance)
    assert matrix == pytest.approx(matrix.T)
    assert design.variance(scores @ [[1.0], [-1], [0]]) == pytest.approx(
        [matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1]]
    )


def test_two_samples_stacked_are_one_design_with_strata_by_sample() -> None:
    n = 90
    strata, weights, size = RNG.integers(0, 3, n), RNG.uniform(1, 4, n), np.full(n, 500)
    first, second = np.arange(n) < 40, np.arange(n) >= 40
    parts = [Design.build(weights[s], strata=strata[s], population=size[s]) for s in (first, second)]
    stacked = Design.stack(*parts)
    labels = [f"{sample}-{stratum}" for sample, stratum in zip(second, strata, strict=True)]
    whole = Design.build(weights, strata=labels, population=size)
    y = RNG.normal(size=(n, 2))
    assert stacked.means(y).variance == pytest.approx(whole.means(y).variance, rel=1e-12)
    assert stacked.means(y).df.tolist() == whole.means(y).df.tolist()


def test_a_one_stage_and_a_two_stage_sample_can_be_stacked(two_stage: dict) -> None:
    d = two_stage
    deep = Design.build(d["weights"], strata=d["stratum"], clusters=d["cluster"], population=d["population"])
    flat = Design.build(np.full(10, 4.0))
    y = RNG.normal(size=(10, 1))
    stacked = Design.stack(flat, deep).totals(np.concatenate([y, d["y"][:, None]]))
    apart = flat.totals(y).variance + deep.totals(d["y"][:, None]).variance
    assert stacked.variance == pytest.approx(apart, rel=1e-12)


# Strata with a single unit


@pytest.fixture
def single() -> dict:
    """Three strata, the last with one unit of 20."""
    strata = np.array(list("aaaabbbbbc"))
    size = np.array([40] * 4 + [30] * 5 + [20])
    return {"strata": strata, "population": size, "weights": size / np.array([4] * 4 + [5] * 5 + [1])}


@pytest.mark.parametrize("rule", ["remove", "certainty"])
def test_a_single_unit_adds_nothing_when_removed_or_certain(single: dict, rule: str) -> None:
    y = RNG.normal(size=(10, 1))
    design = Design.build(**single, single_unit_strata=rule)
    kept = {name: column[:9] for name, column in single.items()}
    assert design.totals(y).variance == pytest.approx(Design.build(**kept).totals(y[:9]).variance)


def test_a_single_unit_is_held_against_the_mean_of_all_units(single: dict) -> None:
    y = RNG.normal(size=(10, 1))
    removed = Design.build(**single, single_unit_strata="remove").totals(y).variance
    adjusted = Design.build(**single, single_unit_strata="adjust").totals(y).variance
    units = single["weights"] * y[:, 0]
    assert adjusted == pytest.approx(removed + (1 - 1 / 20) * (units[9] - units.mean()) ** 2)


def test_a_single_unit_outside_of_the_domain_is_held_against_the_same_mean(single: dict) -> None:
    y = RNG.normal(size=(10, 1))
    inside = single["strata"] != "c"
    design = Design.build(**single, single_unit_strata="adjust")
    zeros = design.totals(np.where(inside[:, None], y, 0))
    assert design.totals(y, domain=inside).variance == pytest.approx(zeros.variance)


def test_the_average_of_the_other_strata_stands_for_a_single_unit(single: dict) -> None:
    y = RNG.normal(size=(10, 1))
    removed = Design.build(**single, single_unit_strata="remove").totals(y).variance
    averaged = Design.build(**single, single_unit_strata="average").totals(y).variance
    assert averaged == pytest.approx(removed * 3 / 2)


# What is refused


def problems(**settings: object) -> str:
    with pytest.raises(ReportError) as caught:
        Design.build(**settings)  # type: ignore[arg-type]
    return str(caught.value)


def test_single_unit_strata_are_refused_by_name(single: dict) -> None:
    text = problems(**single)
    assert "one in c" in text
    assert "remove | certainty | adjust | average" in text


def test_a_cluster_with_one_unit_drawn_of_several_is_refused_at_the_second_stage() -> None:
    text = problems(
        weights=np.ones(4), clusters=[1, 1, 2, 3], population=([9] * 4, [5] * 4), single_unit_strata="error"
    )
    assert "strata, stage 2" in text
    assert "one in 2, 3" in text


def test_an_average_needs_a_stratum_with_two_units() -> None:
    assert "two units" in problems(weights=[1.0, 1.0], strata=["a", "b"], single_unit_strata="average")


def test_all_problems_are_reported_at_once() -> None:
    text = problems(
        weights=[1.0, -1.0, np.nan, 1.0, 1.0],
        strata=list("aabbc"),
        population=[9, 8, 1, 1, 5],
        single_unit_strata="ignore",
    )
    assert "weights: expected positive, finite numbers, got 2 of 5 rows without (first: row 2, 3)" in text
    assert "single_unit_strata: expected error | remove" in text
    assert "one size a stratum, got several in a" in text
    assert "b (2 drawn from 1)" in text
    assert "one in c" in text


def test_columns_of_another_length_and_missing_labels_are_refused() -> None:
    text = problems(
        weights=np.ones(3),
        strata=["a", None, "a"],
        clusters=([1, 1], None),
        population=([9, 9, 9], [1, np.inf, 0]),
    )
    assert "strata: expected a value in every row, got 1 of 3 rows without (first: row 2)" in text
    assert "clusters, stage 1: expected 3 values" in text
    assert "population, stage 2: expected positive, finite numbers, got 2 of 3" in text


def test_a_design_without_rows_is_refused() -> None:
    assert "weights" in problems(weights=[])
