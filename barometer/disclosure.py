"""May an estimate be shown, is it precise enough? A verdict a row, with the rule that gave it (METHODS 7)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from barometer.estimate import check_estimates
from barometer.params import Rules

_HIDDEN = ["estimate", "se", "ci_low", "ci_high", "deff", "n_effective"]


def assess(estimates: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the Estimates with a verdict and a reason on each row (METHODS 7).

    The first rule that holds decides: ``hidden`` (reason ``small_base``), then ``uncertain``
    (``small_sample`` or ``wide_interval``, also where no interval can be computed), else ``shown``. What is
    hidden keeps no number but that of its answers. What was not asked, or was hidden before, stays so.

    Raises
    ------
    ReportError
        When the frame does not keep to the schema.
    """
    check_estimates(estimates)
    n, limit = estimates["n"], rules.uncertain_halfwidth
    above, below = (abs(estimates[bound] - estimates["estimate"]) for bound in ("ci_high", "ci_low"))
    # An interval that could not be computed proves no precision: NaN is not below the limit.
    wide = (estimates["statistic"] == "proportion") & ~((above <= limit) & (below <= limit))
    tests = [n < rules.minimum_base, n < rules.uncertain_base, wide]
    verdict = np.select(tests, ["hidden", "uncertain", "uncertain"], "shown")
    reason = np.select(tests, ["small_base", "small_sample", "wide_interval"], "")
    settled = estimates["verdict"].isin(("hidden", "not_asked"))
    assessed = estimates.assign(
        verdict=estimates["verdict"].where(settled, verdict),
        reason=estimates["reason"].where(settled, reason),
    )
    hidden = assessed["verdict"] == "hidden"
    return assessed.assign(**{name: assessed[name].mask(hidden) for name in _HIDDEN})
