"""Conditions on answers, as the questionnaire writes them: who is asked, how composites are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from barometer.documents import Node, nearest


@dataclass(frozen=True)
class Answer:
    """Holds when one of the options is the answer, or among the answers, to the variable."""

    variable: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Count:
    """Holds when the number of options ticked lies in the range; none and don't know do not count."""

    variable: str
    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True)
class AnyOf:
    """Holds when one of its parts holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AllOf:
    """Holds when all its parts hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """Holds when its part does not."""

    part: Condition


Condition = Answer | Count | AnyOf | AllOf | Not


@dataclass(frozen=True)
class Answers:
    """What a condition may ask of a variable: the kind of the variable and its option ids."""

    kind: str
    options: tuple[str, ...]


def leaves(condition: Condition | None) -> Iterator[Answer | Count]:
    """Give every question that a condition puts to an answer, in the order of the file."""
    match condition:
        case Answer() | Count():
            yield condition
        case Not(part):
            yield from leaves(part)
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from leaves(part)


def variables(condition: Condition | None) -> tuple[str, ...]:
    """Return the names of the variables that a condition refers to directly, each once."""
    return tuple(dict.fromkeys(leaf.variable for leaf in leaves(condition)))


def read_condition(node: Node, known: Mapping[str, Answers], *, option: str = "") -> Condition:
    """Read a condition; several keys in one mapping must all hold.

    Parameters
    ----------
    node
        ``{any: [...]}``, ``{all: [...]}``, ``{not: {...}}``, ``{reuse: [adapted, copy]}``,
        ``{"introduced.*": [yes]}`` (any item of the grid) or ``{types: {at_least: 2, at_most: 4}}``.
    known
        Every variable that may be named.
    option
        What ``{option}`` stands for in a recipe that is written once for all options.
    """
    parts = [_read_part(name, part, known, option) for name, part in node.entries().items()]
    if not parts:
        node.refuse("a condition", remedy="For example {reuse: [adapted, copy]}.")
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _read_part(name: str, node: Node, known: Mapping[str, Answers], option: str) -> Condition:
    if name in ("any", "all"):
        parts = tuple(read_condition(part, known, option=option) for part in node.items())
        return AnyOf(parts) if name == "any" else AllOf(parts)
    if name == "not":
        return Not(read_condition(node, known, option=option))
    name = name.replace("{option}", option)
    if name.endswith(".*"):
        names = tuple(each for each in known if each.startswith(name[:-1]))
        if not names:
            node.refuse("a question with items before '.*'", got=f"'{name}'")
            return AnyOf(())
        first = _read_leaf(names[0], node, known, option)
        return AnyOf(tuple(replace(first, variable=each) for each in names))
    return _read_leaf(name, node, known, option)


def _read_leaf(name: str, node: Node, known: Mapping[str, Answers], option: str) -> Answer | Count:
    if name not in known:
        node.refuse("a variable of the questionnaire", got=f"'{name}'", remedy=nearest(name, known))
        return Answer(name, ())
    if isinstance(node.value, dict):
        if known[name].kind != "multiple":
            node.refuse(
                "a list of options",
                remedy=f"Only answers to a multiple question are counted; '{name}' is none.",
            )
        limits = {key: part.integer() for key, part in node.fields((), ("at_least", "at_most")).items()}
        return Count(name, limits.get("at_least", 0), limits.get("at_most"))
    options = tuple(each.replace("{option}", option) for each in node.strings())
    for each in options:
        if each not in known[name].options:
            node.refuse(f"options of '{name}'", got=f"'{each}'", remedy=nearest(each, known[name].options))
    if not options:
        node.refuse("at least one option")
    return Answer(name, options)
