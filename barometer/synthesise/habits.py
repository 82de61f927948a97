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
    known = {
        name: Answers(
            instrument.variable(name).kind, tuple(each.id for each in instrument.variable(name).options)
        )
        for name in instrument.names()
    }
    scales = {name: _numbers(node, known[name].options) for name, node in found["scales"].entries().items()}

    def moves(node: Node) -> Moves:
        """Read ``{reuse: {copy: 0.3}, factors.companies: 1.1}``; a bare number counts along the scale."""
        result: dict[str, Mapping[str, float]] = {}
        for name, part in node.entries().items():
            if name not in known:
                part.refuse("a variable of the questionnaire", got=name, remedy=nearest(name, known))
            elif isinstance(part.value, dict):
                result[name] = _numbers(part, known[name].options)
            else:
                scale = scales[name.partition(".")[0]]
                result[name] = {option: step * float(part.value) for option, step in scale.items()}
        return result

    def levels(name: str, node: Node) -> Mapping[str, float]:
        options = known[name].options
        listed = isinstance(node.value, list)
        return dict(zip(options, node.value, strict=True)) if listed else _numbers(node, options)

    entries = [each.fields(("when", "move")) for each in found["together"].items()]
    counts = {
        wave: tuple(
            (each.at("n", each.value["n"]).integer(), read_condition(each.at("of", each.value["of"]), known))
            for each in node.items()
        )
        for wave, node in found["counts"].entries().items()
    }
    habits = Habits(
        seed=found["seed"].integer(),
        candidates=found["candidates"].integer(minimum=2),
        frame={key: found[key].value for key in _REQUIRED},
        counts=counts,
        levels={name: levels(name, node) for name, node in found["levels"].entries().items()},
        traits={name: moves(node) for name, node in found["traits"].entries().items()},
        together=tuple((read_condition(each["when"], known), moves(each["move"])) for each in entries),
    )
    root.check(f"{shown(path)} does not fit the questionnaire")
    return habits


def _numbers(node: Node, options: Sequence[str]) -> Mapping[str, float]:
    """Read a number an option; ``never`` is minus infinity."""
    numbers: dict[str, float] = {}
    for option, part in node.entries().items():
        if option not in options:
            part.refuse("an option of the question", got=option, remedy=nearest(option, options))
        elif part.value == "never":
            numbers[option] = -math.inf
        elif isinstance(part.value, int | float):
            numbers[option] = float(part.value)
        else:
            part.refuse("a number or never")
    return numbers
