"""Is a difference more than chance? Contrasts, t tests, tests of tables, adjustment (METHODS 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc, stdtr

from barometer.design import Design
from barometer.stages import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Contrast:
    """Differences of means between two domains; every field has the shape ``(k,)``."""

    difference: Floats
    se: Floats
    df: Ints
    n: Ints
    n_reference: Ints


@dataclass(frozen=True, eq=False)
class Link:
    """The units that two samples share.

    Attributes
    ----------
    later, earlier
        Their rows in the two samples.
    cell
        The number of their pair of strata; the units of a pair are neighbours.
    share
        How much of the covariance of a unit with itself is that of the two samples (METHODS 5.2).
    """

    later: Ints
    earlier: Ints
    cell: Ints
    share: Floats


@dataclass(frozen=True)
class TableTest:
    """A second-order Rao-Scott test of a two-way table; `pearson` is the statistic before the correction."""

    statistic: float
    df1: float
    df2: float
    p: float
    n: int
    pearson: float


def contrast(design: Design, values: ArrayLike, first: ArrayLike, second: ArrayLike) -> Contrast:
    """Return the means of ``(n, k)`` values in one domain less those in another (METHODS 4.1).

    The covariance of the two means is part of the standard error: both come from the same strata.
    """
    high, high_scores, high_answered = design.linearise(values, domain=first)
    low, low_scores, low_answered = design.linearise(values, domain=second)
    return Contrast(
        difference=high - low,
        se=np.sqrt(design.variance(high_scores - low_scores)),
        df=design.degrees_of_freedom(high_answered | low_answered),
        n=high_answered.sum(axis=0),
        n_reference=low_answered.sum(axis=0),
    )


def independent_contrast(later: Design, earlier: Design, values: ArrayLike, reference: ArrayLike) -> Contrast:
    """Return the means of one sample less those of another, drawn independently (METHODS 5.1)."""
    high, low = later.means(values), earlier.means(reference)
    return Contrast(
        difference=high.estimate - low.estimate,
        se=np.sqrt(high.variance + low.variance),
        df=high.df + low.df,
        n=high.n,
        n_reference=low.n,
    )


def link_samples(later: Design, earlier: Design, rows: Ints, others: Ints) -> Link:
    """Link two samples of single units by the `rows` of the later that are `others` of the earlier one."""
    new, old = later.stages[0], earlier.stages[0]
    strata = new.stratum[new.unit[rows]], old.stratum[old.unit[others]]
    _, cell, shared = np.unique(np.stack(strata), axis=1, return_inverse=True, return_counts=True)
    order = np.argsort(cell, kind="stable")
    a, b, cell = strata[0][order], strata[1][order], cell.ravel()[order]
    by_chance = new.size[a] * old.size[b] / np.maximum(new.total[a], old.total[b])
    most = np.sqrt((1 - new.size[a] / new.total[a]) * (1 - old.size[b] / old.total[b]))
    kept = np.clip(1 - by_chance / shared[cell], 0, most)
    share = np.divide(kept, most, out=np.zeros_like(most), where=most > 0)
    return Link(rows[order], others[order], cell, share)


def linked_contrast(
    later: Design, earlier: Design, values: ArrayLike, reference: ArrayLike, *, link: Link
) -> Contrast:
    """Return the means of one sample less those of another that shares units with it (METHODS 5.2)."""
    high, high_scores, high_answered = later.linearise(values, domain=np.ones(later.n, dtype=bool))
    low, low_scores, low_answered = earlier.linearise(reference, domain=np.ones(earlier.n, dtype=bool))
    pairs = later.deviations(high_scores)[link.later] * earlier.deviations(low_scores)[link.earlier]
    covariance = np.einsum("i,ij->j", link.share, pairs)
    variance = later.variance(high_scores) + earlier.variance(low_scores) - 2 * covariance
    df = later.degrees_of_freedom(high_answered) + earlier.degrees_of_freedom(low_answered)
    both = high_answered[link.later] & low_answered[link.earlier]
    starts = np.flatnonzero(np.diff(link.cell, prepend=-1))
    cells = np.logical_or.reduceat(both, starts, axis=0)
    return Contrast(
        difference=high - low,
        se=np.sqrt(np.maximum(variance, 0)),
        df=df - both.sum(axis=0) + cells.sum(axis=0),
        n=high_answered.sum(axis=0),
        n_reference=low_answered.sum(axis=0),
    )


def t_test(difference: ArrayLike, se: ArrayLike, df: ArrayLike) -> tuple[Floats, Floats]:
    """Return Student's t and its two-sided p; NaN where nothing varies or no degree of freedom is left."""
    spread, freedom = np.asarray(se, dtype=float), np.asarray(df, dtype=float)
    testable = (spread > 1e-12) & (freedom >= 1)
    t = np.asarray(difference) / np.where(testable, spread, np.nan)
    return t, 2 * stdtr(np.maximum(freedom, 1), -np.abs(t))


def rao_scott(design: Design, rows: Ints, columns: Ints, *, domain: ArrayLike | None = None) -> TableTest:
    """Test whether two sets of categories are independent (METHODS 4.2).

    Parameters
    ----------
    rows, columns
        ``(n,)`` numbers of the categories, -1 for none; categories that do not occur are left out.
    domain
        ``(n,)`` flags of the rows tested; the degrees of freedom count all of them.

    Returns
    -------
    TableTest
        NaN unless both sets have two categories at least and something varies.
    """
    inside = np.ones(design.n, dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
    used = inside & (rows >= 0) & (columns >= 0)
    (height, row), (width, column) = (_renumbered(codes, used) for codes in (rows, columns))
    n = int(used.sum())
    untested = TableTest(np.nan, np.nan, np.nan, np.nan, n, np.nan)
    if min(height, width) < 2:
        return untested
    cells = np.arange(height * width)
    cell = np.where(used, row * width + column, -1)
    share, scores, _ = design.linearise(cell[:, None] == cells, domain=used)
    table = share.reshape(height, width)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    distance = float(((table - expected) ** 2 / expected).sum())
    interaction = np.kron(_sum_to_zero(height), _sum_to_zero(width))
    inverse = np.divide(interaction, share[:, None], out=np.zeros_like(interaction), where=share[:, None] > 0)
    simple = np.linalg.pinv(interaction.T @ inverse, rcond=1e-12, hermitian=True)
    generalised = simple @ inverse.T @ design.covariance(scores) @ inverse
    trace, square = np.trace(generalised), np.trace(generalised @ generalised)
    if trace <= 1e-12:
        return untested
    df1 = float(trace**2 / square)
    df2 = df1 * int(design.degrees_of_freedom(inside[:, None])[0])
    statistic = float(distance / trace)
    return TableTest(statistic, df1, df2, float(fdtrc(df1, df2, statistic)), n, n * distance)


def holm(p: ArrayLike) -> Floats:
    """Return p values adjusted by Holm's step-down method (METHODS 4.3); NaN is no test and stays."""
    given = np.asarray(p, dtype=float)
    order = np.argsort(given, kind="stable")
    tests = np.count_nonzero(~np.isnan(given))
    stepped = given[order] * np.maximum(tests - np.arange(len(given)), 1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted


def _renumbered(codes: Ints, used: Bools) -> tuple[int, Ints]:
    """Number the categories that occur from zero; return how many there are, and the numbers."""
    found = np.unique(codes[used])
    return len(found), np.searchsorted(found, codes)


def _sum_to_zero(levels: int) -> Floats:
    """Return a basis of the contrasts among some levels, one column each."""
    return np.eye(levels)[:, 1:] - 1 / levels
