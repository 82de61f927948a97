"""Synthetic workplaces: a register that lives through the waves, samples of it, answers and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_CELL = ("sector", "industry", "size")


def make_register(
    settings: Mapping[str, Any], traits: Sequence[str], generator: np.random.Generator
) -> pd.DataFrame:
    """Return every workplace that existed at some time; one row is one workplace.

    Columns are ``unit``, the register variables, and a lasting value for each trait.
    """
    count = settings["workplaces"]
    register = pd.DataFrame({"unit": generator.permutation(np.arange(100_000, 1_000_000))[:count]})
    register["sector"] = _draw(settings["sector"]["all"], count, generator)
    for name, given in (("industry", "sector"), ("size", "industry")):
        for value, rows in register.groupby(given).groups.items():
            register.loc[rows, name] = _draw(settings[name][value], len(rows), generator)
    register["region"] = _draw(settings["region"]["all"], count, generator)
    return register.join(pd.DataFrame(generator.standard_normal((count, len(traits))), columns=list(traits)))


def _draw(shares: Mapping[str, float], count: int, generator: np.random.Generator) -> NDArray[Any]:
    return generator.choice(list(shares), size=count, p=list(shares.values()))


def draw_respondents(
    population: pd.DataFrame,
    *,
    sample: int,
    responses: int,
    habits: Mapping[str, Any],
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Draw a stratified sample, let some of it answer, and weight the answers; one row is one answer.

    The sampling fraction differs by sector and size, the response by region and size. Weights start
    as population over sample in the stratum, are divided by the response rate of the workplace's
    sector and region, and are scaled to the population of the stratum.

    Returns
    -------
    DataFrame
        The register columns, ``stratum``, ``stratum_population``, ``stratum_sample``, ``weight``.
    """
    fraction = np.prod([population[name].map(odds) for name, odds in habits["sampling"].items()], axis=0)
    drawn = population.loc[_pick(np.log(fraction), sample, generator)]
    propensity = np.sum([drawn[name].map(odds) for name, odds in habits["response"].items()], axis=0)
    answered = drawn.loc[drawn.index[np.sort(_pick(propensity, responses, generator))]]
    labels = _strata(population, drawn, answered, smallest=habits["smallest_stratum"])
    frames = {"population": population, "sample": drawn, "answers": answered}
    strata = {key: _cells(frame).map(labels) for key, frame in frames.items()}
    stratum = strata["answers"].rename("stratum")
    sizes = {key: stratum.map(strata[key].value_counts()) for key in ("population", "sample")}
    groups = [answered["sector"], answered["region"]]
    rate = answered.groupby(["sector", "region"]).size() / drawn.groupby(["sector", "region"]).size()
    raw = sizes["population"] / sizes["sample"] / rate.loc[list(zip(*groups, strict=True))].to_numpy()
    weight = raw * sizes["population"] / raw.groupby(stratum).transform("sum")
    return answered.assign(
        stratum=stratum,
        stratum_population=sizes["population"],
        stratum_sample=sizes["sample"],
        weight=weight,
    )


def _pick(scores: NDArray[np.float64], count: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return the positions of `count` units drawn without replacement, more often where the score is high."""
    return np.sort(np.argsort(-(scores + generator.gumbel(size=len(scores))), kind="stable")[:count])


def _cells(frame: pd.DataFrame) -> pd.Series:
    return frame["sector"] + "/" + frame["industry"] + "/" + frame["size"]


def _strata(
    population: pd.DataFrame, drawn: pd.DataFrame, answered: pd.DataFrame, *, smallest: int
) -> Mapping[str, int]:
    """Return the number of the stratum of each cell; cells with few answers are merged within the sector.

    A cell goes together with the small ones of its sector and size, and if these are still few, with
    the smallest stratum of its sector.
    """
    cells = population[list(_CELL)].assign(cell=_cells(population)).drop_duplicates("cell").set_index("cell")
    answers = _cells(answered).value_counts().reindex(cells.index, fill_value=0)
    label = cells.index.to_series().where(answers >= smallest, cells["sector"] + "/rest/" + cells["size"])
    counts = answers.groupby(label).sum()
    for name in counts.index[counts < smallest]:
        same = counts[(counts.index.str.partition("/").get_level_values(0) == name.partition("/")[0])].drop(
            name
        )
        label = label.where(label != name, same.idxmin())
        counts = answers.groupby(label).sum()
    numbers = {name: number for number, name in enumerate(sorted(label.unique()), start=1)}
    return {cell: numbers[name] for cell, name in label.items()}
