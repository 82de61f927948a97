"""The sample design: who was drawn, how, and what an estimate's precision therefore is (METHODS 1-3).

A `Design` knows weights, strata, sampling units and population sizes, and turns columns of answers into
estimates with linearised variances. A domain visits its own rows only, so a breakdown into disjoint groups
costs one pass over the sample, however many groups there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from barometer.errors import Problem, ReportError
from barometer.stages import (
    SINGLE_UNIT_RULES,
    Bools,
    Floats,
    Ints,
    Stage,
    build_stages,
    check_column,
    stack_stages,
)

Stagewise: TypeAlias = ArrayLike | tuple[ArrayLike | None, ...] | None
# (weights, columns) -> estimate, scores (one linearised value an answer), variance of the answers themselves
Lineariser: TypeAlias = Callable[[Floats, Sequence[Floats]], tuple[Floats, Floats, Floats]]

# Columns are taken in blocks of about this many numbers: memory stays at a few copies of one block.
BLOCK = 16_000_000


@dataclass(frozen=True, eq=False)
class Moments:
    """Estimates with what their precision needs.

    Every field has the same shape: ``(k,)`` for one domain, ``(levels, k)`` for several.

    Attributes
    ----------
    estimate, variance
        The estimate and its linearised variance; NaN where nobody answered.
    df
        Degrees of freedom: sampling units less strata among those who answered (METHODS 2.2).
    n, size
        Answers, and the sum of their weights.
    deff, n_effective
        Design effect and effective number of answers (METHODS 2.3); NaN for totals and ratios.
    """

    estimate: Floats
    variance: Floats
    df: Ints
    n: Ints
    size: Floats
    deff: Floats
    n_effective: Floats

    @property
    def se(self) -> Floats:
        """Return the standard errors."""
        return np.sqrt(self.variance)


@dataclass(frozen=True, eq=False)
class Design:
    """A stratified sample of one or more stages, with its weights; `Design.build` checks and makes it.

    Attributes
    ----------
    weights
        How many units of the population each row stands for.
    stages
        The stages of sampling, in order.
    order
        The rows sorted by stratum and unit, so that the rows of a stratum are neighbours.
    """

    weights: Floats
    stages: tuple[Stage, ...]
    order: Ints

    @classmethod
    def build(
        cls,
        weights: ArrayLike,
        *,
        strata: ArrayLike | None = None,
        clusters: Stagewise = None,
        population: Stagewise = None,
        single_unit_strata: str = "error",
    ) -> Design:
        """Check a sample design and build it.

        Parameters
        ----------
        weights
            ``(n,)`` positive weights.
        strata
            ``(n,)`` labels of the strata of the first stage; None is a single stratum.
        clusters
            ``(n,)`` labels of the sampling units, or a tuple of labels by stage; None stands for the rows
            themselves. A label need only be unique within its stratum or within the larger unit.
        population
            ``(n,)`` number of units in the row's stratum of the population, or a tuple by stage (at the
            second stage: in the row's cluster); one stage more than `clusters` means that rows were drawn
            within clusters. None treats a stage as drawn with replacement: later stages then add nothing.
        single_unit_strata
            What strata with one unit contribute: ``error``, ``remove``, ``certainty``, ``adjust`` or
            ``average`` (METHODS 1.5).

        Raises
        ------
        ReportError
            With everything that is wrong with the design.
        """
        weights = np.asarray(weights, dtype=float)
        n = len(weights)
        labels, sizes = _by_stage(clusters), _by_stage(population)
        problems = check_column("weights", weights, n, positive=True)
        if not n:
            problems.append(Problem("weights", "one row at least", "none"))
        if single_unit_strata not in SINGLE_UNIT_RULES:
            problems.append(Problem("single_unit_strata", " | ".join(SINGLE_UNIT_RULES), single_unit_strata))
        faults = check_column("strata", strata, n)
        for stage, (label, size) in enumerate(zip_longest(labels, sizes), start=1):
            faults += check_column(f"clusters, stage {stage}", label, n)
            faults += check_column(f"population, stage {stage}", size, n, positive=True)
        stages: tuple[Stage, ...] = ()
        if n and not faults:  # units cannot be counted in columns that do not fit
            stages, faults = build_stages(n, strata, labels, sizes, rule=single_unit_strata)
        if problems + faults:
            raise ReportError("The sample design cannot be used", problems + faults)
        return cls(weights, stages, np.argsort(stages[-1].unit, kind="stable"))

    @classmethod
    def stack(cls, first: Design, second: Design) -> Design:
        """Join two independent samples into one design: no stratum is shared (METHODS 5.3)."""
        weights = np.concatenate([first.weights, second.weights])
        order = np.concatenate([first.order, second.order + first.n])
        return cls(weights, stack_stages(first.stages, second.stages), order)

    @property
    def n(self) -> int:
        """Return the number of rows."""
        return len(self.weights)

    @property
    def of_single_units(self) -> bool:
        """Tell whether the rows themselves were drawn, in one stage."""
        return len(self.stages) == 1 and len(self.stages[0].stratum) == self.n

    def means(self, values: ArrayLike, *, domain: ArrayLike | None = None) -> Moments:
        """Estimate the means of columns; of a 0/1 column that is a proportion (METHODS 1.2, 2.1).

        Parameters
        ----------
        values
            ``(n, k)`` numbers; NaN is no answer, or not asked.
        domain
            ``(n,)`` flags of a subgroup, ``(n, levels)`` of several, or None for everyone.
        """
        return self._moments(_mean, [np.asarray(values)], domain)

    def totals(self, values: ArrayLike, *, domain: ArrayLike | None = None) -> Moments:
        """Estimate the population totals of columns (METHODS 1.1); parameters as in `means`."""
        return self._moments(_total, [np.asarray(values)], domain)

    def ratios(
        self, numerators: ArrayLike, denominators: ArrayLike, *, domain: ArrayLike | None = None
    ) -> Moments:
        """Estimate ratios of two totals, over rows that have both (METHODS 1.2); parameters as in `means`."""
        return self._moments(_ratio, [np.asarray(numerators), np.asarray(denominators)], domain)

    def linearise(self, values: ArrayLike, *, domain: ArrayLike) -> tuple[Floats, Floats, Bools]:
        """Return the ``(k,)`` means in a domain, their ``(n, k)`` scores and who answered.

        The scores are zero outside the domain. The `variance` of a difference of scores is that of the
        difference of means, whatever the two domains are (METHODS 1.2, 4.1).
        """
        inside = np.asarray(domain, dtype=bool)[:, None]
        columns = np.where(inside, np.asarray(values, dtype=float), np.nan)
        valid, weights = _prepare(self.weights, [columns])
        estimate, scores, _ = _mean(weights, [columns])
        return estimate, scores, np.broadcast_to(valid, columns.shape)

    def variance(self, scores: Floats) -> Floats:
        """Return the ``(k,)`` variances of the sums of ``(n, k)`` scores (METHODS 1.3)."""
        return self._variance(scores[self.order], self.order)

    def covariance(self, scores: Floats) -> Floats:
        """Return the ``(k, k)`` covariance matrix of the sums of ``(n, k)`` scores (METHODS 1.3)."""
        parts = self._deviations(scores[self.order], self.order)
        # Not a matrix product: its threads stand in each other's way when chapters are built side by side,
        # and their number shows in the last digits.
        products = (np.einsum("ij,ik->jk", d * scale[:, None], d) for d, scale in parts)
        return sum(products, np.zeros((scores.shape[1],) * 2))

    def deviations(self, scores: Floats) -> Floats:
        """Return what each row adds to the standard error of the sums of ``(n, k)`` scores, with its sign.

        Its square, summed over the rows, is the `variance`, where units were drawn in one stage.
        """
        stage = self.stages[0]
        _, starts = _runs(stage.stratum)
        centre = _sums(scores[self.order], starts) / stage.size[:, None]
        centre[stage.recentred] = scores.sum(axis=0) / len(scores)
        stratum = stage.stratum[stage.unit]
        return np.sqrt(stage.scale)[stratum, None] * (scores - centre[stratum])

    def degrees_of_freedom(self, answered: Bools) -> Ints:
        """Return sampling units less strata with a flag, by column of ``(n, k)`` flags (METHODS 2.2)."""
        return self._df(answered[self.order], self.order)

    def _moments(self, linearise: Lineariser, columns: list[NDArray], domain: ArrayLike | None) -> Moments:
        if domain is None:
            return self._level(linearise, columns, self.order)
        flags = np.asarray(domain, dtype=bool)
        if flags.ndim == 1:
            return self._level(linearise, columns, self.order[flags[self.order]])
        rows = [self.order[flag[self.order]] for flag in flags.T]
        return _gather([self._level(linearise, columns, r) for r in rows], np.stack)

    def _level(self, linearise: Lineariser, columns: list[NDArray], rows: Ints) -> Moments:
        width = max(1, BLOCK // max(1, len(rows)))
        starts = range(0, columns[0].shape[1], width)
        blocks = ([np.asarray(c[rows, at : at + width], dtype=float) for c in columns] for at in starts)
        return _gather([self._block(linearise, block, rows) for block in blocks], np.concatenate)

    def _block(self, linearise: Lineariser, columns: list[Floats], rows: Ints) -> Moments:
        if not len(rows):
            nothing, none = np.full(columns[0].shape[1], np.nan), np.zeros(columns[0].shape[1], dtype=int)
            return Moments(nothing, nothing, none, none, none.astype(float), nothing, nothing)
        valid, weights = _prepare(self.weights[rows], columns)
        n, size = valid.sum(axis=0), weights.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate, scores, spread = linearise(weights, columns)
            variance = np.where(n > 0, self._variance(scores, rows), np.nan)
            deff = np.where(spread > 0, variance * n / spread, np.nan)
            effective = np.where(variance > 0, spread / variance, np.nan)
        found = (estimate, variance, self._df(valid, rows), n, size, deff, effective)
        return Moments(*(np.broadcast_to(x, estimate.shape) for x in found))

    def _variance(self, scores: Floats, rows: Ints) -> Floats:
        parts = self._deviations(scores, rows)
        return sum((np.einsum("i,ij,ij->j", scale, d, d) for d, scale in parts), np.zeros(scores.shape[1]))

    def _deviations(self, scores: Floats, rows: Ints) -> Iterator[tuple[Floats, Floats]]:
        """Yield deviations of unit totals from the mean of their stratum, with the scale of their squares.

        Units without a row in `rows` have the total zero: those of a stratum deviate alike, and come as one.
        """
        for stage in self.stages:
            unit, starts = _runs(stage.unit[rows])
            totals = _sums(scores, starts)
            stratum, starts = _runs(stage.stratum[unit])
            present = np.diff(starts, append=len(unit))
            centre = _sums(totals, starts) / stage.size[stratum][:, None]
            if stage.recentred.any():
                overall = totals.sum(axis=0, keepdims=True) / stage.size.sum()
                centre = np.where(stage.recentred[stratum][:, None], overall, centre)
                empty = stage.recentred & (np.bincount(stratum, minlength=len(stage.size)) == 0)
                yield overall, stage.scale[empty].sum(keepdims=True)
            scale = stage.scale[stratum]
            deviations = np.repeat(centre, present, axis=0)
            yield np.subtract(totals, deviations, out=deviations), np.repeat(scale, present)
            yield centre, scale * (stage.size[stratum] - present)

    def _df(self, answered: Bools, rows: Ints) -> Ints:
        unit, starts = _runs(self.stages[0].unit[rows])
        units = np.logical_or.reduceat(answered, starts, axis=0)
        _, starts = _runs(self.stages[0].stratum[unit])
        strata = np.logical_or.reduceat(units, starts, axis=0)
        return units.sum(axis=0) - strata.sum(axis=0)


def _by_stage(columns: Stagewise) -> tuple[ArrayLike | None, ...]:
    return columns if isinstance(columns, tuple) else (columns,)


# The linearisers and _prepare overwrite the columns they are given, copies made for them: at a million rows
# fresh memory costs more than the arithmetic.


def _mean(weights: Floats, columns: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    (y,) = columns
    some = y[(weights > 0).argmax(axis=0), np.arange(y.shape[1])]
    with np.errstate(divide="ignore", invalid="ignore"):
        n, size = (weights > 0).sum(axis=0), weights.sum(axis=0)
        estimate = np.einsum("ij,ij->j", weights, y) / size
        y -= estimate
        spread = np.einsum("ij,ij,ij->j", weights, y, y) / size
        y *= weights / size
        constant = spread <= 1e-24 * estimate**2
        if constant.any():  # rounding must not leave a trace of variation where there is none
            y[:, constant] = 0
        return np.where(constant, some, estimate), y, np.where(constant, 0, spread) * n / (n - 1)


def _total(weights: Floats, columns: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    (y,) = columns
    y *= weights
    estimate = np.where(weights.any(axis=0), y.sum(axis=0), np.nan)
    return estimate, y, np.full(len(estimate), np.nan)


def _ratio(weights: Floats, columns: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    y, x = columns
    size = np.einsum("ij,ij->j", weights, x)
    estimate = np.einsum("ij,ij->j", weights, y) / size
    y -= estimate * x
    y *= weights / size
    return estimate, y, np.full(len(estimate), np.nan)


def _prepare(weights: Floats, columns: Sequence[Floats]) -> tuple[Bools, Floats]:
    """Return who answered and their weights (zero for the others); put zero where there is no answer."""
    missing = np.isnan(columns[0])
    for column in columns[1:]:
        missing |= np.isnan(column)
    if (missing == missing[:, :1]).all():  # one base for all columns, the usual case: count it once
        missing = missing[:, :1]
    for column in columns:
        np.copyto(column, 0, where=missing)
    return ~missing, weights[:, None] * ~missing


def _gather(parts: list[Moments], join: Callable[..., NDArray]) -> Moments:
    return Moments(
        *(join([getattr(part, field.name) for part in parts], axis=0) for field in fields(Moments))
    )


def _runs(ids: Ints) -> tuple[Ints, Ints]:
    """Return the distinct ids of a sorted array and where the run of each starts."""
    starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
    return ids[starts], starts


def _sums(values: Floats, starts: Ints) -> Floats:
    return values if len(starts) == len(values) else np.add.reduceat(values, starts, axis=0)
