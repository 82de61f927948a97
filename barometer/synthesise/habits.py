"""What synthetic answers are made from, as data/synthesis.yaml says: levels, traits, what goes together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barometer.conditions import Answers, Condition, read_condition
from barometer.documents import Node, nearest, shown
from barometer.instrument import Instrument

Moves = Mapping[str, Mapping[str, float]]

_REQUIRED = ("seed", "candidates", "register", "first", "sampling", "response", "smallest_stratum")
_ANSWERS = ("counts", "levels", "scales", "traits", "together")


@dataclass(frozen=True)
class Habits:
    """How synthetic workplaces answer; see the head of data/synthesis.yaml.

    Parameters
    ----------
    frame
        The settings of the register, the sampling and the response.
    counts
        Exact numbers of answers, by wave.
    levels
        The level of each option, by question or item of a grid.
    traits
        What a standard deviation of each trait adds to the log odds, by question or item and option.
    together
        The same for everyone for whom a condition on earlier answers holds.
    """

    seed: int
    candidates: int
    frame: Mapping[str, Any]
    counts: Mapping[str, tuple[tuple[int, Condition], ...]]
    levels: Moves
    traits: Mapping[str, Moves]
    together: tuple[tuple[Condition, Moves], ...]


def load_habits(path: Path, instrument: Instrument) -> Habits:
    """Read data/synthesis.yaml.

    Raises
    ------
    ReportError
        Once, with every name that the questionnaire does not have and every key that means nothing.
    """
    root = Node.root(path)
    found = root.fields((*_REQUIRED, *_ANSWERS))
    root.check(f"{shown(path)} cannot be read")
    variables = {name: instrument.variable(name) for name in instrument.names()}
    known = {
        name: Answers(variable.kind, tuple(option.id for option in variable.options))
        for name, variable in variables.items()
    }
    reader = _Reader(known, _Reader(known, {}).moves(found["scales"]))
    entries = [each.fields(("when", "move")) for each in found["together"].items()]
    habits = Habits(
        seed=found["seed"].integer(),
        candidates=found["candidates"].integer(minimum=2),
        frame={key: found[key].value for key in _REQUIRED},
        counts={wave: reader.counts(node) for wave, node in found["counts"].entries().items()},
        levels=reader.moves(found["levels"]),
        traits={name: reader.moves(node) for name, node in found["traits"].entries().items()},
        together=tuple(
            (read_condition(each["when"], known), reader.moves(each["move"]))
            for each in entries
            if len(each) == 2
        ),
    )
    root.check(f"{shown(path)} does not fit the questionnaire")
    return habits


@dataclass(frozen=True)
class _Reader:
    """Reads numbers for options; knows the variables and the scales that a bare number counts along."""

    known: Mapping[str, Answers]
    scales: Moves

    def moves(self, node: Node) -> Moves:
        """Read ``{reuse: {copy: 0.3}, factors.economy: [0.1, ...], factors.companies: 1.1}``."""
        found: dict[str, Mapping[str, float]] = {}
        for name, part in node.entries().items():
            scale = self.scales.get(name.partition(".")[0], {})
            if name not in self.known:
                part.refuse("a variable of the questionnaire", got=name, remedy=nearest(name, self.known))
            elif isinstance(part.value, int | float):
                found[name] = {option: step * part.value for option, step in scale.items()}
            elif isinstance(part.value, list):
                found[name] = dict(zip(self.known[name].options, map(_number, part.items()), strict=False))
            else:
                found[name] = self._numbers(part, self.known[name].options)
        return found

    def _numbers(self, node: Node, options: Sequence[str]) -> Mapping[str, float]:
        for option, part in node.entries().items():
            if option not in options:
                part.refuse("an option of the question", got=option, remedy=nearest(option, options))
        return {option: _number(part) for option, part in node.entries().items()}

    def counts(self, node: Node) -> tuple[tuple[int, Condition], ...]:
        """Read ``[{n: 1349, of: {reused: [yes]}}, ...]``."""
        entries = [each.fields(("n", "of")) for each in node.items()]
        return tuple(
            (each["n"].integer(), read_condition(each["of"], self.known))
            for each in entries
            if len(each) == 2
        )


def _number(node: Node) -> float:
    """Read a number; ``never`` is minus infinity."""
    if node.value == "never":
        return -math.inf
    if isinstance(node.value, int | float):
        return float(node.value)
    node.refuse("a number or never")
    return 0.0
