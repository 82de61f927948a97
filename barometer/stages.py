"""The stages of a sample: units, their strata, and what their deviations weigh in a variance (METHODS 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from barometer.errors import Problem

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

SINGLE_UNIT_RULES = ("error", "remove", "certainty", "adjust", "average")
_STRATA = "Correct the column, or name the columns that make the strata."
_MISSING = ("", "None", "nan", "NaN", "NaT", "<NA>")


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling.

    Attributes
    ----------
    unit
        The sampling unit of each row; units are numbered stratum by stratum.
    stratum
        The stratum of each unit; at a later stage, the unit of the stage before.
    size, total
        Units drawn in each stratum, and units it has in the population; infinite where that isn't known.
    scale
        What the squared deviations in each stratum are multiplied by (METHODS 1.3 to 1.5).
    recentred
        Strata whose only unit is held against the mean of all units.
    """

    unit: Ints
    stratum: Ints
    size: Ints
    total: Floats
    scale: Floats
    recentred: Bools


def build_stages(
    n: int,
    strata: ArrayLike | None,
    clusters: tuple[ArrayLike | None, ...],
    population: tuple[ArrayLike | None, ...],
    *,
    rule: str,
) -> tuple[tuple[Stage, ...], list[Problem]]:
    """Number the units and strata of every stage and find what is wrong with them.

    Parameters are those of `Design.build`, by stage and without missing values. A stage without a population
    counts as drawn with replacement, and then no later stage adds to the variance (METHODS 1.4).
    """
    stages, problems = [], []
    parent, labels = _codes(strata, n), strata
    share = np.ones(n)  # of the units at all earlier stages that were drawn
    for number, (cluster, total) in enumerate(zip_longest(clusters, population), start=1):
        unit = _units(parent, cluster)
        stratum = parent[np.unique(unit, return_index=True)[1]]
        drawn: Ints = np.bincount(stratum)
        head = np.unique(parent, return_index=True)[1]
        totals = np.full(len(drawn), np.inf) if total is None else np.asarray(total, dtype=float)[head]
        names = np.array(["(all)"] * len(head)) if labels is None else np.asarray(labels).astype(str)[head]
        single = (drawn == 1) & (totals > 1)
        if total is not None:
            problems += _check_population(
                number, np.asarray(total, dtype=float), totals, parent, drawn, names
            )
        problems += _check_single_units(number, single, names, rule)
        rest = share[head] * (1.0 - drawn / totals)
        scale = rest * np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 1.0)
        if rule == "average":
            scale *= len(single) / max(1, int((~single).sum()))
        stages.append(Stage(unit, stratum, drawn, totals, scale, single & (rule == "adjust")))
        if total is None:
            break
        share, parent, labels = share * (drawn / totals)[parent], unit, cluster
    return tuple(stages), problems


def stack_stages(first: tuple[Stage, ...], second: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Put the stages of two independent samples side by side; no unit or stratum is shared."""
    depth = max(len(first), len(second))
    return tuple(
        _joined(a, b) for a, b in zip(_deepened(first, depth), _deepened(second, depth), strict=True)
    )


def check_column(name: str, column: ArrayLike | None, n: int, *, positive: bool = False) -> list[Problem]:
    """Check that a column has `n` values, none missing, and all positive numbers if so asked."""
    if column is None:
        return []
    values = np.asarray(column)
    if values.shape != (n,):
        return [Problem(name, f"{n} values, one a row", f"shape {values.shape}")]
    if positive:
        bad = ~(np.isfinite(values.astype(float)) & (values.astype(float) > 0))
    else:
        bad = np.isin(values.astype(str), _MISSING)
    if not bad.any():
        return []
    expected = "positive, finite numbers" if positive else "a value in every row"
    rows = ", ".join(map(str, np.flatnonzero(bad)[:5] + 1))
    got = f"{np.count_nonzero(bad)} of {n} rows without (first: row {rows})"
    return [Problem(name, expected, got, "Correct the rows or leave them out of the file.")]


def _codes(labels: ArrayLike | None, n: int) -> Ints:
    """Number labels from zero, in sorted order."""
    if labels is None:
        return np.zeros(n, dtype=int)
    values = np.asarray(labels)
    return np.unique(values.astype(str) if values.dtype == object else values, return_inverse=True)[1]


def _units(parent: Ints, labels: ArrayLike | None) -> Ints:
    """Number the units within their strata, stratum by stratum; without labels each row is a unit."""
    if labels is None:
        unit = np.empty_like(parent)
        unit[np.argsort(parent, kind="stable")] = np.arange(len(parent))
        return unit
    codes = _codes(labels, len(parent))
    return np.unique(parent * (codes.max() + 1) + codes, return_inverse=True)[1]


def _check_population(
    number: int, rows: Floats, totals: Floats, parent: Ints, drawn: Ints, names: NDArray[np.str_]
) -> list[Problem]:
    where = f"population, stage {number}"
    problems = []
    mixed = np.unique(parent[rows != totals[parent]])
    if len(mixed):
        got = f"several in {', '.join(names[mixed])}"
        problems.append(Problem(where, "one size a stratum", got, _STRATA))
    small = np.flatnonzero(totals < drawn)
    if len(small):
        got = ", ".join(f"{names[h]} ({drawn[h]} drawn from {totals[h]:g})" for h in small)
        problems.append(Problem(where, "at least as many units as were drawn", got, _STRATA))
    return problems


def _check_single_units(number: int, single: Bools, names: NDArray[np.str_], rule: str) -> list[Problem]:
    ruled = rule in ("remove", "certainty", "adjust") or (rule == "average" and not single.all())
    if ruled or not single.any():
        return []
    got = f"one in {', '.join(names[single])}"
    remedy = f"Merge them with strata alike, or state a rule for them: {' | '.join(SINGLE_UNIT_RULES[1:])}."
    return [Problem(f"strata, stage {number}", "two units or more in each", got, remedy)]


def _deepened(stages: tuple[Stage, ...], depth: int) -> tuple[Stage, ...]:
    idle = replace(stages[-1], scale=np.zeros_like(stages[-1].scale))
    return stages + (idle,) * (depth - len(stages))


def _joined(a: Stage, b: Stage) -> Stage:
    return Stage(
        unit=np.concatenate([a.unit, b.unit + len(a.stratum)]),
        stratum=np.concatenate([a.stratum, b.stratum + len(a.size)]),
        size=np.concatenate([a.size, b.size]),
        total=np.concatenate([a.total, b.total]),
        scale=np.concatenate([a.scale, b.scale]),
        recentred=np.concatenate([a.recentred, b.recentred]),
    )
