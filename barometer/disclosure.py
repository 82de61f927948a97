"""May an estimate be shown, is it precise enough? A verdict a row, with the rule that gave it (METHODS 7)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from barometer.estimate import check_estimates
from barometer.intervals import share_interval
from barometer.protection import Protection
from barometer.rules import Rules
from barometer.stages import Bools
from barometer.waves import Wave

_HIDDEN = ["estimate", "se", "ci_low", "ci_high", "df", "deff", "n_effective"]
# The presentation standard for proportions of the National Center for Health Statistics (METHODS 7.2).
LEAST_N, LEAST_DF, NARROW, WIDE, RELATIVE, LEVEL = 30, 8, 0.05, 0.30, 1.30, 0.95


def assess(estimates: pd.DataFrame, rules: Rules, *, waves: Sequence[Wave] = ()) -> pd.DataFrame:
    """Return the Estimates with a verdict and a reason on each row (METHODS 7).

    The first rule that holds decides: ``hidden`` (by the rules of confidentiality, to protect what they hide,
    or because it is imprecise), then ``uncertain`` (also where no interval can be computed), else ``shown``.
    What is hidden keeps no number but that of its answers. What was not asked or hidden before stays so.

    Parameters
    ----------
    waves
        The waves of the estimates; what is known of single answers is asked of them. Without them only the
        size of the base counts.

    Raises
    ------
    ReportError
        When the frame does not keep to the schema.
    """
    check_estimates(estimates)
    n, limit = estimates["n"].to_numpy(float), rules.uncertain_halfwidth
    centre, *bounds = (estimates[name].to_numpy(float) for name in ("estimate", "ci_low", "ci_high"))
    share = estimates["statistic"].to_numpy(object) == "proportion"
    # An interval that could not be computed proves no precision: NaN is not below the limit.
    wide = share & ~np.logical_and(*(abs(bound - centre) <= limit for bound in bounds))
    settled = estimates["verdict"].isin(("hidden", "not_asked"))
    kept = _secret(estimates, rules, {wave.id: wave for wave in waves})
    secret = np.where(n < rules.minimum_base, "small_base", kept)
    imprecise = ~precise(estimates) & (rules.precision != "none")
    tests = [secret != "", imprecise & (rules.precision == "hide"), n < rules.uncertain_base, wide, imprecise]
    verdict = np.select(tests, ["hidden", "hidden", *["uncertain"] * 3], "shown")
    reason = np.select(tests, [secret, "imprecise", "small_sample", "wide_interval", "imprecise"], "")
    assessed = estimates.assign(
        verdict=estimates["verdict"].where(settled, verdict),
        reason=estimates["reason"].where(settled, reason),
    )
    hidden = assessed["verdict"] == "hidden"
    columns = _HIDDEN if hidden.any() else []
    return assessed.assign(**{name: assessed[name].mask(hidden) for name in columns})


def precise(estimates: pd.DataFrame) -> Bools:
    """Tell which proportions meet the standard of METHODS 7.2; other statistics have none to meet.

    30 answers at least, effective ones too; a Korn-Graubard interval narrower than 30 points and, where it is
    wider than 5, than 1.3 times the share; 8 degrees of freedom at least.
    """
    share, n, df = (estimates[name].to_numpy(float) for name in ("estimate", "n", "df"))
    low, high = share_interval(share, estimates["se"], n=n, df=df, confidence=LEVEL)
    width = high - low
    enough = (n >= LEAST_N) & ~(estimates["n_effective"].to_numpy(float) < LEAST_N) & (df >= LEAST_DF)
    narrow = (width < WIDE) & ((width <= NARROW) | (width <= RELATIVE * share))
    return (estimates["statistic"] != "proportion").to_numpy() | (enough & narrow)


def _secret(estimates: pd.DataFrame, rules: Rules, waves: dict[str, Wave]) -> list[str]:
    """Return why the rules of confidentiality hide each share, in the part of the wave that is reported."""
    reasons: list[str] = []
    for row in estimates.itertuples():
        wave = waves.get(str(row.wave))
        if wave is None or row.verdict != "shown" or row.statistic != "proportion":
            reasons.append("")
            continue
        groups = {**wave.levels, **({str(row.by): str(row.level)} if row.by else {})}
        reasons.append(
            Protection(wave.whole or wave, rules).reason(str(row.question), str(row.option), groups)
        )
    return reasons
