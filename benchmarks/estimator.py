"""Shares of 50 indicators by 6 breakdowns with standard errors: this package, svy, and R's survey.

``python -m benchmarks.estimator CONTENDER FILE RESULT`` computes them from a Parquet file and prints the
seconds, without those of reading the file. The contenders have to agree: see `compare`.
"""

from __future__ import annotations

import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

INDICATORS = [f"y{number}" for number in range(50)]
LEVELS = {"g0": 2, "g1": 3, "g2": 4, "g3": 4, "g4": 5, "g5": 8}
STRATA = 24
RESULT = ["by", "level", "question", "estimate", "se"]


def write_sample(path: Path, rows: int) -> None:
    """Write a stratified sample: weights, strata and their populations, indicators, group variables."""
    random = np.random.default_rng(rows)
    stratum = np.sort(random.integers(0, STRATA, rows))
    sizes = np.bincount(stratum, minlength=STRATA)
    population = np.ceil(sizes * np.linspace(1.2, 9, STRATA))
    frame = pd.DataFrame({"stratum": stratum, "population": population[stratum]})
    frame["weight"] = (population / sizes)[stratum]
    groups = {name: random.integers(0, levels, rows) for name, levels in LEVELS.items()}
    shares = np.linspace(0.03, 0.9, len(INDICATORS))
    answers = {
        name: (random.random(rows) < shares[number] * (0.7 + 0.3 * groups["g1"] / 2)).astype(float)
        for number, name in enumerate(INDICATORS)
    }
    frame.assign(**groups, **answers).to_parquet(path)


def with_barometer(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the shares as this package computes them, Korn-Graubard intervals included."""
    from barometer.design import Design
    from barometer.intervals import share_interval

    design = Design.build(frame["weight"], strata=frame["stratum"], population=frame["population"])
    values = frame[INDICATORS].to_numpy()
    parts = []
    for by, levels in LEVELS.items():
        member = frame[by].to_numpy()[:, None] == np.arange(levels)
        moments = design.means(values, domain=member)
        share_interval(moments.estimate, moments.se, n=moments.n, df=moments.df)
        keys = pd.DataFrame(product([by], range(levels), INDICATORS), columns=RESULT[:3])
        parts.append(keys.assign(estimate=moments.estimate.ravel(), se=moments.se.ravel()))
    return pd.concat(parts)


def with_svy(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the shares as svy computes them, Korn-Graubard intervals included."""
    import polars
    import svy

    design = svy.Design(stratum="stratum", wgt="weight", pop_size="population")
    sample = svy.Sample(polars.from_pandas(frame), design)
    found: Any = {by: sample.estimation.prop(INDICATORS, by=by, ci_method="korn-graubard") for by in LEVELS}
    rows = [
        (by, int(each.by_level[0]), each.y, each.est, each.se)
        for by, estimates in found.items()
        for estimate in estimates
        for each in estimate.estimates
        if float(each.y_level) == 1
    ]
    return pd.DataFrame(rows, columns=RESULT)


CONTENDERS = {"barometer": with_barometer, "svy": with_svy}


def compare(results: dict[str, Path]) -> float:
    """Return the largest difference of an estimate or a standard error between the contenders."""
    keys = RESULT[:3]
    frames = [pd.read_csv(path).set_index(keys).sort_index() for path in results.values()]
    if any(not frame.index.equals(frames[0].index) for frame in frames):
        raise RuntimeError(f"{', '.join(results)} have different cells")
    return max((float(np.abs(frame - frames[0]).to_numpy().max()) for frame in frames[1:]), default=0.0)


def main() -> None:
    """Compute with one contender, write the shares, print the seconds."""
    contender, file, result = sys.argv[1:]
    frame = pd.read_parquet(file)
    compute = CONTENDERS[contender]
    compute(frame.iloc[:: len(frame) // 2000])  # imports and compilation are not the estimator's time
    start = time.perf_counter()
    found = compute(frame)
    print(time.perf_counter() - start)
    found.to_csv(result, index=False)


if __name__ == "__main__":
    main()
