"""Confidence intervals of proportions and of other estimates (METHODS 3); all vectorised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, expit, logit, stdtrit

from barometer.documents import nearest
from barometer.errors import Problem, ReportError
from barometer.stages import Floats


def quantile_t(df: ArrayLike, upper: float) -> Floats:
    """Return the quantile of Student's t at the probability `upper`; NaN without degrees of freedom."""
    freedom = np.asarray(df, dtype=float)
    return np.where(freedom >= 1, stdtrit(np.maximum(freedom, 1), upper), np.nan)


def t_interval(
    estimate: ArrayLike, se: ArrayLike, df: ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Return estimate minus and plus the standard error times Student's t (METHODS 3.1)."""
    half = quantile_t(df, 0.5 + confidence / 2) * np.asarray(se)
    return np.asarray(estimate) - half, np.asarray(estimate) + half


def share_interval(
    p: ArrayLike,
    se: ArrayLike,
    *,
    n: ArrayLike,
    df: ArrayLike,
    confidence: float = 0.95,
    method: str = "korn-graubard",
) -> tuple[Floats, Floats]:
    """Return the bounds of confidence intervals of proportions (METHODS 3); arrays of one shape.

    Undefined (NaN) without degrees of freedom; the logit interval also at 0 and 100 %.

    Raises
    ------
    ReportError
        For an unknown method.
    """
    if method not in INTERVALS:
        problem = Problem("interval", " | ".join(INTERVALS), method, nearest(method, INTERVALS))
        raise ReportError("The interval cannot be computed", [problem])
    share, spread = np.asarray(p, dtype=float), np.asarray(se, dtype=float)
    size, freedom = np.asarray(n, dtype=float), np.asarray(df, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return INTERVALS[method](share, spread, size, freedom, 0.5 + confidence / 2)


def _effective(p: Floats, se: Floats, n: Floats, df: Floats, upper: float) -> Floats:
    """Return the effective sample size, less what few degrees of freedom cost (METHODS 3.2)."""
    edge = (p <= 1e-12) | (p >= 1 - 1e-12)
    size = np.where(edge, n, p * (1 - p) / se**2)
    return size * (quantile_t(n - 1, upper) / quantile_t(df, upper)) ** 2


def _exact(p: Floats, n: Floats, upper: float) -> tuple[Floats, Floats]:
    """Return the Clopper-Pearson bounds for a share of `n`, which need not be whole."""
    hits, misses = n * p, n * (1 - p)
    low = np.where(p <= 1e-12, 0.0, betaincinv(hits, misses + 1, 1 - upper))
    high = np.where(p >= 1 - 1e-12, 1.0, betaincinv(hits + 1, misses, upper))
    known = np.isfinite(n)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _korn_graubard(p: Floats, se: Floats, n: Floats, df: Floats, upper: float) -> tuple[Floats, Floats]:
    return _exact(p, np.minimum(n, _effective(p, se, n, df, upper)), upper)


def _beta(p: Floats, se: Floats, n: Floats, df: Floats, upper: float) -> tuple[Floats, Floats]:
    return _exact(p, _effective(p, se, n, df, upper), upper)


def _wilson(p: Floats, se: Floats, n: Floats, df: Floats, upper: float) -> tuple[Floats, Floats]:
    size, z = _effective(p, se, n, df, upper), quantile_t(df, upper)
    centre = p + z**2 / (2 * size)
    half = z * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2))
    return (centre - half) / (1 + z**2 / size), (centre + half) / (1 + z**2 / size)


def _logit(p: Floats, se: Floats, n: Floats, df: Floats, upper: float) -> tuple[Floats, Floats]:
    half = quantile_t(df, upper) * se / (p * (1 - p))
    return expit(logit(p) - half), expit(logit(p) + half)


def _arcsine(p: Floats, se: Floats, n: Floats, df: Floats, upper: float) -> tuple[Floats, Floats]:
    angle = np.arcsin(np.sqrt(p))
    half = quantile_t(df, upper) * se / (2 * np.sqrt(p * (1 - p)))
    return np.sin(np.maximum(angle - half, 0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2


def _wald(p: Floats, se: Floats, n: Floats, df: Floats, upper: float) -> tuple[Floats, Floats]:
    half = quantile_t(df, upper) * se
    return p - half, p + half


# Each takes estimate, standard error, answers, degrees of freedom and the upper probability of the interval.
INTERVALS: Mapping[str, Callable[[Floats, Floats, Floats, Floats, float], tuple[Floats, Floats]]] = {
    "korn-graubard": _korn_graubard,
    "logit": _logit,
    "wilson": _wilson,
    "beta": _beta,
    "arcsine": _arcsine,
    "wald": _wald,
}
