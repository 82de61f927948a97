"""An attacker who has every published file of a build matrix and solves the linear system of all they say.

It takes nothing from the program: it knows the questionnaire and how many answers each group of the register
has, and reads counts off the published shares (all weights are one in the surveys it is set on).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import linprog

# What an answer counts, given everything a workplace can be and can have answered.
Kind = Mapping[str, str]
Test = Callable[[Kind], bool]
# Question, option, and the groups it is counted in.
Cell = tuple[str, str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Questionnaire:
    """What the questionnaire tells: kinds of workplaces, who is asked, what counts where."""

    kinds: tuple[Kind, ...]
    asked: Mapping[str, Test]
    counted: Mapping[tuple[str, str], Test]

    def members(self, cell: Cell) -> np.ndarray:
        """Return the kinds that a cell counts; an option ``n`` counts all that were asked."""
        question, option, groups = cell
        tests = [self.asked[question], *(self.counted[group] for group in groups)]
        if option != "n":
            tests.append(self.counted[question, option])
        return np.array([all(test(kind) for test in tests) for kind in self.kinds])


def read(
    estimates: Iterable[tuple[pd.DataFrame, str]], wave: str
) -> tuple[dict[Cell, float], dict[Cell, str]]:
    """Return the counts that tables of estimates tell, each of a segment, and why they hide others."""
    known: dict[Cell, float] = {}
    hidden: dict[Cell, str] = {}
    for frame, segment in estimates:
        for row in frame[(frame["wave"] == wave) & (frame["verdict"] != "not_asked")].itertuples():
            pairs = [tuple(segment.split("="))] if segment else []
            pairs += [(row.by, row.level)] if isinstance(row.by, str) and row.by else []
            groups = frozenset(pairs)
            if row.verdict == "hidden":
                hidden[row.question, row.option, groups] = row.reason
                continue
            known[row.question, row.option, groups] = row.estimate * row.n
            known[row.question, "n", groups] = row.n
    return known, hidden


def recovered(
    questionnaire: Questionnaire, known: Mapping[Cell, float], hidden: Iterable[Cell]
) -> dict[Cell, float]:
    """Return the hidden cells that only one count is possible for, and that count."""
    rows = np.array([questionnaire.members(cell) for cell in known], dtype=float)
    values = np.array(list(known.values()))
    found = {}
    for cell in sorted(set(hidden), key=str):
        target = questionnaire.members(cell).astype(float)
        ends = []
        for sign in (1, -1):
            solved = linprog(sign * target, A_eq=rows, b_eq=values, method="highs")
            assert solved.status in (0, 3), solved.message
            ends.append(sign * solved.fun if solved.status == 0 else np.inf)
        if ends[1] - ends[0] < 0.5:
            found[cell] = round(float(ends[0]), 3)
    return found


def kinds(**levels: Iterable[str]) -> tuple[Kind, ...]:
    """Return every combination of levels."""
    return tuple(dict(zip(levels, each, strict=True)) for each in product(*levels.values()))
