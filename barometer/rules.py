"""The rules of disclosure and precision: presets by name, and what params.yaml changes of one (METHODS 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from barometer.documents import Node

PRECISION = ("none", "mark", "hide")


@dataclass(frozen=True)
class Rules:
    """What may be shown, and what is precise enough; a number of 0 switches its rule off.

    Attributes
    ----------
    preset
        The named rules that the others started from.
    minimum_base
        With fewer answers in its base than this an estimate is hidden.
    minimum_cell
        An answer that some, but fewer than this many, gave (or didn't give) is hidden.
    group_base
        0 or 100 % of fewer answers than this is hidden: it tells what everyone in the group answered.
    take_all_base
        The minimum base where most answers are from strata that all answered: sampling protects nobody there.
    secondary
        Whether more is hidden so that nothing hidden can be worked out from what is shown.
    uncertain_base
        With fewer answers than this an estimate is marked as uncertain.
    uncertain_halfwidth
        A proportion whose interval reaches further than this to either side is marked too; a fraction.
    precision
        What becomes of a proportion that falls short of the standard of METHODS 7.2: ``none`` (nothing),
        ``mark`` or ``hide``.
    """

    preset: str = "barometer"
    minimum_base: int = 10
    minimum_cell: int = 3
    group_base: int = 10
    take_all_base: int = 20
    secondary: bool = True
    uncertain_base: int = 50
    uncertain_halfwidth: float = 0.10
    precision: str = "mark"


PRESETS: Mapping[str, Rules] = MappingProxyType(
    {
        "open": Rules(
            "open",
            minimum_base=5,
            minimum_cell=0,
            group_base=0,
            take_all_base=0,
            secondary=False,
            precision="none",
        ),
        "barometer": Rules("barometer"),
        "strict": Rules(
            "strict", minimum_base=20, minimum_cell=5, group_base=30, take_all_base=50, precision="hide"
        ),
    }
)


def read_rules(node: Node) -> Rules:
    """Read the name of a preset, or a mapping with ``preset`` and what differs from it."""
    if isinstance(node.value, str):
        return PRESETS.get(node.choice(tuple(PRESETS)), Rules())
    found = node.fields((), [field.name for field in fields(Rules)])
    named = found["preset"].choice(tuple(PRESETS)) if "preset" in found else "barometer"
    changes = {name: _read(name, inner) for name, inner in found.items() if name != "preset"}
    rules = replace(PRESETS.get(named, Rules()), **changes)
    if rules.uncertain_base < rules.minimum_base:
        expected = f"an uncertain_base not below the minimum_base of {rules.minimum_base}"
        node.refuse(expected, got=str(rules.uncertain_base))
    return rules


def _read(name: str, node: Node) -> Any:
    if name == "precision":
        return node.choice(PRECISION)
    if name == "secondary":
        return node.boolean()
    if name == "uncertain_halfwidth":
        return node.number(0.001, 0.5)
    return node.whole(1 if name in ("minimum_base", "uncertain_base") else 0, 1_000_000)
