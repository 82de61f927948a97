"""Estimates of a wave in the one schema: proportions, means, totals and ratios with intervals (METHODS 1-3).

A frame called Estimates has the columns `ESTIMATES`; one row is one estimate. Proportions are fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from barometer.design import Moments
from barometer.documents import nearest
from barometer.errors import Problem, ReportError
from barometer.intervals import share_interval, t_interval
from barometer.stages import Bools, Floats

if TYPE_CHECKING:
    from barometer.waves import Wave

ESTIMATES = (
    "wave",
    "question",
    "option",
    "by",
    "level",
    "statistic",
    "estimate",
    "se",
    "ci_low",
    "ci_high",
    "df",
    "deff",
    "n",
    "n_effective",
    "verdict",
    "reason",
)
STATISTICS = ("proportion", "mean", "total", "ratio")
VERDICTS = ("shown", "uncertain", "hidden", "not_asked")


@contextmanager
def few_words() -> Iterator[None]:
    """Keep the words of frames that are made in here as they are: Arrow is made for millions of them."""
    with pd.option_context("mode.string_storage", "python"):
        yield


def proportions(
    wave: Wave,
    variable: str,
    *,
    by: str | None = None,
    options: Sequence[str] | None = None,
    confidence: float = 0.95,
    interval: str = "korn-graubard",
) -> pd.DataFrame:
    """Estimate the share of each option among those in the base, overall or by group (METHODS 2.1, 3).

    Parameters
    ----------
    variable
        A question, composite or register variable; of a grid, every item is estimated.
    by
        The variable that forms the groups; they keep the design of the whole sample.
    options
        The options wanted, in this order; None is all of them.
    interval
        A method of `INTERVALS`.

    Returns
    -------
    DataFrame
        Estimates. What the wave did not ask, or not offer, is a row with verdict ``not_asked``.

    Raises
    ------
    ReportError
        For an option that the variable does not have, or an unknown method of interval.
    """
    names = wave.instrument.expand(variable) if wave.asks(variable) else (variable,)
    parts = (_shares(wave, name, by, options, confidence, interval) for name in names)
    return pd.concat(parts, ignore_index=True)


def means(
    wave: Wave, numbers: Mapping[str, ArrayLike], *, by: str | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Estimate the means of named ``(n,)`` columns of numbers (NaN: no answer) as Estimates (METHODS 1.2)."""
    levels, domain = _domains(wave, by)
    moments = wave.design.means(np.column_stack(list(numbers.values())), domain=domain)
    return _numbers(wave, "mean", numbers, by, levels, moments, confidence)


def totals(
    wave: Wave, numbers: Mapping[str, ArrayLike], *, by: str | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Estimate the population totals of named columns of numbers; as `means` (METHODS 1.1)."""
    levels, domain = _domains(wave, by)
    moments = wave.design.totals(np.column_stack(list(numbers.values())), domain=domain)
    return _numbers(wave, "total", numbers, by, levels, moments, confidence)


def ratios(
    wave: Wave,
    numbers: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    by: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate the ratios of the totals of named pairs of columns; as `means` (METHODS 1.2)."""
    levels, domain = _domains(wave, by)
    above, below = (np.column_stack(columns) for columns in zip(*numbers.values(), strict=True))
    moments = wave.design.ratios(above, below, domain=domain)
    return _numbers(wave, "ratio", numbers, by, levels, moments, confidence)


def check_estimates(frame: pd.DataFrame) -> None:
    """Check that a frame keeps to the schema of Estimates.

    Raises
    ------
    ReportError
        With every breach and the first row that shows it.
    """
    if tuple(frame.columns) != ESTIMATES:
        problem = Problem("columns", ", ".join(ESTIMATES), ", ".join(map(str, frame.columns)))
        raise ReportError("These are no Estimates", [problem])
    key = ["wave", "question", "option", "by", "level", "statistic"]
    # Arrays, because every frame of a report comes by here and pandas takes long over small ones.
    statistic, verdict, reason = (frame[name].to_numpy(object) for name in ("statistic", "verdict", "reason"))
    estimate, se, low, high, n = (
        frame[name].to_numpy(float) for name in ("estimate", "se", "ci_low", "ci_high", "n")
    )
    share, shown = statistic == "proportion", verdict == "shown"
    kept = shown | (verdict == "uncertain")
    breaches = {
        "one of " + ", ".join(STATISTICS): _not_in(STATISTICS, statistic),
        "one of " + ", ".join(VERDICTS): _not_in(VERDICTS, verdict),
        "one row an estimate": frame.duplicated(key).to_numpy(),
        "a proportion between 0 and 1": share & ((estimate < 0) | (estimate > 1)),
        "a standard error of 0 or more": se < 0,
        "an interval around the estimate": (low > estimate + 1e-12) | (high < estimate - 1e-12),
        "no number where it is hidden or not asked": ~kept
        & ~(np.isnan(estimate) & np.isnan(low) & np.isnan(high)),
        "an estimate where there are answers": kept & (n > 0) & np.isnan(estimate),
        "a reason unless it is shown": shown != (reason == ""),
    }
    problems = [
        Problem(
            " ".join(str(frame.loc[breach, name].iloc[0]) for name in key),
            expected,
            f"{breach.sum()} such rows",
        )
        for expected, breach in breaches.items()
        if breach.any()
    ]
    if problems:
        raise ReportError("These are no Estimates", problems)


def _not_in(known: Sequence[str], values: NDArray[np.object_]) -> Bools:
    return np.array([value not in known for value in values], dtype=bool)


def _shares(
    wave: Wave, name: str, by: str | None, options: Sequence[str] | None, confidence: float, interval: str
) -> pd.DataFrame:
    missing = next((each for each in (name, by) if each and not wave.asks(each)), None)
    if missing:
        return _not_asked(wave, name, by, [""], wave.why_not(missing))
    found = wave.indicators(name)
    wanted = found.options if options is None else tuple(options)
    _check_options(wave, name, wanted, found.options)
    given = [option for option in wanted if option in found.options]
    if not given:
        return _not_asked(wave, name, by, wanted, "not_in_wave")
    levels, domain = _domains(wave, by)
    columns = found.values[:, [found.options.index(option) for option in given]]
    moments = wave.design.means(columns, domain=domain)
    bounds = share_interval(
        moments.estimate, moments.se, n=moments.n, df=moments.df, confidence=confidence, method=interval
    )
    shares = _frame(wave, "proportion", [(name, option) for option in given], by, levels, moments, bounds)
    absent = [option for option in wanted if option not in given]
    if not absent:
        return shares
    return pd.concat([shares, _not_asked(wave, name, by, absent, "not_in_wave")], ignore_index=True)


def _check_options(wave: Wave, name: str, wanted: Sequence[str], given: Sequence[str]) -> None:
    """Refuse options that no wave can have; one that only this wave lacks is not asked."""
    variable = wave.instrument.variable(name)
    known = given if variable.kind == "flag" else [option.id for option in variable.options]
    problems = [
        Problem(f"options of {name}", "an option that it has", option, nearest(option, known))
        for option in wanted
        if option not in known
    ]
    if problems:
        raise ReportError("The proportions cannot be estimated", problems)


def _domains(wave: Wave, by: str | None) -> tuple[tuple[str, ...], Bools | None]:
    """Return the levels of the groups and who is in each; without groups one level, everyone."""
    if by is None:
        return ("",), None
    groups = wave.groups(by)
    return groups.levels, groups.member


def _numbers(
    wave: Wave,
    statistic: str,
    names: Iterable[str],
    by: str | None,
    levels: tuple[str, ...],
    moments: Moments,
    confidence: float,
) -> pd.DataFrame:
    bounds = t_interval(moments.estimate, moments.se, moments.df, confidence=confidence)
    return _frame(wave, statistic, [(name, "") for name in names], by, levels, moments, bounds)


def _frame(
    wave: Wave,
    statistic: str,
    keys: Sequence[tuple[str, str]],
    by: str | None,
    levels: tuple[str, ...],
    moments: Moments,
    bounds: tuple[Floats, Floats],
) -> pd.DataFrame:
    """Return the moments as Estimates: level by level, the (question, option) keys in order."""
    numbers = {
        "estimate": moments.estimate,
        "se": moments.se,
        "ci_low": bounds[0],
        "ci_high": bounds[1],
        "df": moments.df,
        "deff": moments.deff,
        "n": moments.n,
        "n_effective": moments.n_effective,
    }
    labels = {
        "wave": wave.id,
        "question": [question for _ in levels for question, _ in keys],
        "option": [option for _ in levels for _, option in keys],
        "by": by or "",
        "level": [level for level in levels for _ in keys],
        "statistic": statistic,
        "verdict": "shown",
        "reason": "",
    }
    return pd.DataFrame(labels | {name: x.ravel() for name, x in numbers.items()}, columns=list(ESTIMATES))


def _not_asked(wave: Wave, name: str, by: str | None, options: Sequence[str], reason: str) -> pd.DataFrame:
    labels = {"wave": wave.id, "question": name, "option": list(options), "by": by or "", "level": ""}
    labels |= {"statistic": "proportion", "verdict": "not_asked", "reason": reason}
    counts = {"df": 0, "n": 0}
    nothing = dict.fromkeys(("estimate", "se", "ci_low", "ci_high", "deff", "n_effective"), np.nan)
    return pd.DataFrame({**labels, **counts, **nothing}, columns=list(ESTIMATES))
