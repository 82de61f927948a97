"""The sample against what wave.yaml says of it: weights, strata, counts, and the order of the waves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pandas as pd

from barometer.comparability import link_problems
from barometer.validate.findings import Finding, error, some, warning
from barometer.waves import Wave

WEIGHTS_TOLERANCE = 0.01
"""By how much of the population the weights may miss it before the totals are wrong."""
STRATUM_TOLERANCE = 0.05
"""The same for one stratum; calibration to other margins may move the weights within strata."""
RATE_TOLERANCE = 0.01
"""By how much a stated response rate may miss answers over sample: it is given in whole percent."""


def check_sample(wave: Wave, earlier: Sequence[Wave]) -> Iterator[Finding]:
    """Give what is wrong with the sample of a wave and with its place in time."""
    yield from _counts(wave)
    yield from _weights(wave)
    yield from _strata(wave)
    yield from (Finding(each, error=True) for each in link_problems(wave, earlier))
    if missing := set(wave.linked).difference(each.id for each in earlier):
        where = f"{wave.id}/wave.yaml: linked"
        yield warning(where, "earlier waves that are there", some(sorted(missing)), "Correct the name.")
    later = [each.id for each in earlier if each.meta.period[0] >= wave.meta.period[0]]
    if later:
        yield error(
            f"{wave.id}/wave.yaml: period",
            "waves whose names sort in time: a start after that of every earlier wave",
            f"{wave.meta.period[0]}, not after {some(later)}",
            "Correct the period, or rename the folder of the wave.",
        )


def _counts(wave: Wave) -> Iterator[Finding]:
    meta = wave.meta
    where = f"{wave.id}/wave.yaml"
    named = {"population": meta.population, "sample": meta.sample, "responses": meta.responses}
    known = [(name, count) for name, count in named.items() if count is not None]
    for (larger, most), (smaller, least) in pairwise(known):
        if least > most:
            yield error(f"{where}: {smaller}", f"at most the {larger} of {most}", str(least), "Correct them.")
    if meta.sample and meta.response_rate is not None:
        rate = meta.responses / meta.sample
        if abs(rate - meta.response_rate) > RATE_TOLERANCE:
            yield warning(
                f"{where}: response_rate",
                f"{rate:.2f}, responses over sample",
                str(meta.response_rate),
                "Correct it, or say in a comment how it is counted.",
            )


def _weights(wave: Wave) -> Iterator[Finding]:
    population, total = wave.meta.population, float(wave.design.weights.sum())
    if population and abs(total - population) > WEIGHTS_TOLERANCE * population:
        yield error(
            f"{wave.id}/{wave.meta.file}: weight",
            f"weights that sum to the population of {population}, within {WEIGHTS_TOLERANCE:.0%}",
            f"{total:.0f}",
            "Weights that sum to the answers have to be multiplied up; or the population is another.",
        )


def _strata(wave: Wave) -> Iterator[Finding]:
    """Give strata whose numbers contradict each other; those of the population are the design's own."""
    strata = wave.frame.groupby("stratum", observed=True)
    table = pd.DataFrame({"answers": strata.size(), "weights": strata["weight"].sum()})
    where = f"{wave.id}/{wave.meta.file}: strata"
    if "stratum_sample" in wave.frame:
        table["sample"] = strata["stratum_sample"].first()
        mixed = strata["stratum_sample"].nunique(dropna=False) > 1
        if mixed.any():
            yield error(
                where, "one number drawn in each", f"several in {some(mixed.index[mixed])}", "Correct them."
            )
        yield from _above(table, where, "answers", "sample")
    if "stratum_population" not in wave.frame:
        return
    table["population"] = strata["stratum_population"].first()
    if "sample" in table:
        yield from _above(table, where, "sample", "population")
    off = (table["weights"] - table["population"]).abs() > STRATUM_TOLERANCE * table["population"]
    if off.any():
        worst = table[off].iloc[0]
        yield warning(
            where,
            f"weights that sum to the population of each, within {STRATUM_TOLERANCE:.0%}",
            f"{off.sum()} do not: {some(table.index[off])} (the first {worst['weights']:.0f} for "
            f"{worst['population']:.0f})",
            "Ask how the weights were made; calibration can explain it.",
        )
    total, stated = table["population"].sum(), wave.meta.population
    if stated and total > stated:
        yield error(
            where, f"strata that hold at most the population of {stated}", f"{total:.0f}", "Correct either."
        )


def _above(table: pd.DataFrame, where: str, smaller: str, larger: str) -> Iterator[Finding]:
    above = table[smaller] > table[larger]
    if above.any():
        first = table[above].iloc[0]
        got = f"{above.sum()} with more: {some(table.index[above])} (the first {first[smaller]:.0f}"
        yield error(
            where,
            f"no stratum with more {smaller} than {larger}",
            f"{got} against {first[larger]:.0f})",
            "Correct the columns of the design.",
        )
