"""The sample design of a file: which column is the unit, the weight, the strata, the sizes of the strata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from barometer.onboard.coding import Open
from barometer.onboard.matching import Matching
from barometer.onboard.source import Source

_CANDIDATES = 4
_STRATA_TOGETHER = 3


def find_design(source: Source, matching: Matching, *, registers: tuple[str, ...]) -> dict[str, object]:
    """Return the design of wave.yaml; certain is what label or name says and the numbers do not deny.

    The numbers: a unit stands once; a weight is positive and everybody has one; the sizes of a stratum
    are whole, the same for all in it and not below those who answered.

    Parameters
    ----------
    registers
        Columns of background variables, from which strata are often made.
    """
    frame = source.frame
    strata = matching.columns("design.strata")
    likely = dict(_strata(frame, registers))
    found: dict[str, object] = {
        "unit": _decide(matching, "unit", [name for name in frame if _is_unit(frame[name])], source),
        "weight": _decide(matching, "weight", _weights(frame), source),
        "strata": list(strata) or Open(likely or {"null": "no column explains the weights"}),
    }
    groups = strata or tuple(next(iter(likely), "").split(", "))
    for key in ("population", "sample"):
        sizes = [name for name in frame if groups != ("",) and _is_size(frame, name, groups)]
        found[key] = _decide(matching, key, sizes, source)
    return found | {"clusters": None, "single_unit_strata": "error"}


def _decide(matching: Matching, key: str, possible: list[str], source: Source) -> str | Open:
    """Return the one column that is certain and possible; otherwise what there is to choose from."""
    named = matching.columns(f"design.{key}")
    if len(named) == 1 and named[0] in possible:
        return named[0]
    taken = {column for target in matching.certain for column in matching.columns(target)} - {*named}
    told = {column: "the numbers speak against it" for column in named if column not in possible}
    open_ = matching.open.get(f"design.{key}", {})
    free = [*(name for name in open_ if name in possible), *(n for n in possible if n not in taken)]
    numbers = {name: open_.get(name) or _about(source, name) for name in dict.fromkeys(free)}
    choices = {**dict(list(numbers.items())[:_CANDIDATES]), **told}
    return Open(choices or {"null": "no column has such numbers"})


def _about(source: Source, name: str) -> str:
    values = source.frame[name]
    about = f"{values.nunique()} values"
    if is_numeric_dtype(values):
        about += f" from {values.min():g} to {values.max():g}, sum {values.sum():.0f}"
    return f'{about}, "{source.labels.get(name, "")[:60]}"'


def _is_unit(values: pd.Series) -> bool:
    whole = not is_numeric_dtype(values) or bool((values.dropna() % 1 == 0).all())
    return whole and bool(values.notna().all()) and values.is_unique


def _weights(frame: pd.DataFrame) -> list[str]:
    """Return the columns that may be weights: positive, of everybody, not the same, with decimals."""
    found = [
        name
        for name in frame
        if is_numeric_dtype(frame[name])
        and bool((frame[name] > 0).all())
        and frame[name].nunique() > 1
        and bool((frame[name] % 1 != 0).any())
    ]
    # A weight stands for at least the unit itself, and many units have the same one; amounts differ.
    return sorted(found, key=lambda name: (-(frame[name] >= 1).mean(), frame[name].nunique()))


def _is_size(frame: pd.DataFrame, name: str, strata: tuple[str, ...]) -> bool:
    values = frame[name]
    if not is_numeric_dtype(values) or values.isna().any() or (values % 1 != 0).any():
        return False
    groups = values.groupby([frame[each] for each in strata], observed=True)
    return bool((groups.nunique() == 1).all()) and bool((groups.first() >= groups.size()).all())


def _strata(frame: pd.DataFrame, registers: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Give background columns, alone or together, by how much of the weights they explain."""
    for explained, strata, names in _explained(frame, registers)[:_CANDIDATES]:
        yield ", ".join(names), f"{strata} strata, explain {explained:.0%} of the weights"


def _explained(frame: pd.DataFrame, columns: Sequence[str]) -> list[tuple[float, int, tuple[str, ...]]]:
    """Return share of the variance of the log weights, number of strata, and columns; the best first."""
    weights = _weights(frame)
    if not weights:
        return []
    spread = np.log(frame[weights[0]].to_numpy(float))
    whole = float(spread.var())
    codes = {name: pd.factorize(frame[name])[0] for name in columns}
    found = []
    for size in range(1, _STRATA_TOGETHER + 1):
        for names in combinations(columns, size):
            _, group = np.unique(np.stack([codes[name] for name in names]), axis=1, return_inverse=True)
            counts = np.bincount(group.ravel())
            means = np.bincount(group.ravel(), weights=spread) / counts
            left = float(((spread - means[group.ravel()]) ** 2).mean())
            found.append((1 - left / whole, len(counts), names))
    return sorted(found, key=lambda each: (-round(each[0], 2), len(each[2])))


def strata_total(frame: pd.DataFrame, strata: list[str], column: str) -> int:
    """Return the sum over the strata of a size that stands at every unit."""
    return int(frame.groupby([frame[each] for each in strata], observed=True)[column].first().sum())


def sum_of_weights(frame: pd.DataFrame, design: Mapping[str, object]) -> str:
    """Return what the weights sum to, as a candidate for the size of the population."""
    weight = design["weight"]
    return f"{frame[weight].sum():.0f}" if isinstance(weight, str) else ""
