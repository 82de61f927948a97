"""Do intervals cover, and does the test err, as often as they say? A thousand samples of a population."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from barometer.design import Design
from barometer.intervals import share_interval
from barometer.significance import rao_scott

pytestmark = pytest.mark.slow

POPULATION, ANSWERS, SAMPLES = 14_297, 1_611, 1_000
SECTOR = [0.12, 0.08, 0.80]
SIZE = [0.45, 0.35, 0.13, 0.07]
INDUSTRY = [0.10, 0.03, 0.22, 0.12, 0.18, 0.28, 0.05, 0.02]
# Answers wanted from each size group: large workplaces are drawn more often than small ones.
RATE = [0.6, 1.1, 1.8, 2.2]


@dataclass(frozen=True)
class Population:
    """Workplaces in strata of sector, size and industry, and what they would answer."""

    size: np.ndarray
    industry: np.ndarray
    stratum: np.ndarray
    common: np.ndarray
    rare: np.ndarray
    unrelated: np.ndarray

    @cached_property
    def members(self) -> list[np.ndarray]:
        return [np.flatnonzero(self.stratum == h) for h in range(self.stratum.max() + 1)]

    @cached_property
    def drawn(self) -> np.ndarray:
        """Answers in each stratum, two at least where there are two."""
        sizes = np.array([len(each) for each in self.members])
        wanted = sizes * np.array(RATE)[[self.size[each[0]] for each in self.members]]
        share = wanted * ANSWERS / wanted.sum()
        return np.minimum(sizes, np.maximum(2, np.round(share).astype(int)))


@pytest.fixture(scope="module")
def population() -> Population:
    """A population like that of the fourth edition."""
    rng = np.random.default_rng(20)
    sector = rng.choice(3, POPULATION, p=SECTOR)
    size = rng.choice(4, POPULATION, p=SIZE)
    industry = rng.choice(8, POPULATION, p=INDUSTRY)
    _, stratum = np.unique((sector * 4 + size) * 8 + industry, return_inverse=True)
    lean = 0.3 * size + 0.2 * (industry == 2) - 0.3 * sector
    common = rng.random(POPULATION) < 1 / (1 + np.exp(-0.8 - lean))
    rare = rng.random(POPULATION) < 0.02 + 0.01 * size
    # In the population itself unrelated to the size group: the same parts of each group give each answer.
    unrelated = np.empty(POPULATION, dtype=int)
    for group in range(4):
        members = rng.permutation(np.flatnonzero(size == group))
        unrelated[members] = np.searchsorted([0.5, 0.8], np.arange(len(members)) / len(members), side="right")
    return Population(size, industry, stratum, common, rare, unrelated)


@pytest.fixture(scope="module")
def samples(population: Population) -> dict[str, np.ndarray]:
    """What each sample finds: one row is one sample."""
    rng = np.random.default_rng(21)
    p = population
    sizes = np.array([len(each) for each in p.members])
    stratum = np.repeat(np.arange(len(sizes)), p.drawn)
    everyone = np.ones(len(stratum), dtype=bool)
    low, high, p_value = [], [], []
    for _ in range(SAMPLES):
        rows = np.concatenate(
            [
                rng.choice(each, n, replace=False, shuffle=False)
                for each, n in zip(p.members, p.drawn, strict=True)
            ]
        )
        design = Design.build((sizes / p.drawn)[stratum], strata=stratum, population=sizes[stratum])
        values = np.column_stack([p.common[rows], p.rare[rows]])
        found = design.means(values, domain=np.column_stack([everyone, p.industry[rows] == 4]))
        bounds = share_interval(found.estimate, found.se, n=found.n, df=found.df)
        low.append(bounds[0].ravel())
        high.append(bounds[1].ravel())
        p_value.append(rao_scott(design, p.unrelated[rows], p.size[rows]).p)
    return {"low": np.array(low), "high": np.array(high), "p": np.array(p_value)}


def covered(population: Population, samples: dict[str, np.ndarray]) -> np.ndarray:
    """Return how many intervals hold the truth: common and rare answer, overall and in one industry."""
    inside = population.industry == 4
    answers = (population.common, population.rare)
    truth = [answer[where].mean() for where in (slice(None), inside) for answer in answers]
    return ((samples["low"] <= truth) & (truth <= samples["high"])).mean(axis=0)


def test_the_population_is_like_that_of_the_fourth_edition(population: Population) -> None:
    assert len(population.members) > 80
    assert population.drawn.sum() == pytest.approx(ANSWERS, rel=0.02)
    assert 0.5 < population.common.mean() < 0.7
    assert population.rare.mean() < 0.03


@pytest.mark.parametrize("share", ["common", "rare", "common in an industry", "rare in an industry"])
def test_intervals_of_95_percent_cover_the_truth_in_93_to_98_percent_of_samples(
    population: Population, samples: dict[str, np.ndarray], share: str
) -> None:
    place = ["common", "rare", "common in an industry", "rare in an industry"].index(share)
    assert 0.93 <= covered(population, samples)[place] <= 0.98


def test_the_table_test_rejects_what_is_true_in_3_to_7_percent_of_samples(
    population: Population, samples: dict[str, np.ndarray]
) -> None:
    shares = [np.bincount(population.unrelated[population.size == g], minlength=3) for g in range(4)]
    assert np.ptp([each / each.sum() for each in shares], axis=0).max() < 0.002
    assert 0.03 <= (samples["p"] < 0.05).mean() <= 0.07
