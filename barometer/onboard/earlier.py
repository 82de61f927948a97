"""What earlier waves know: what their columns were called and said, and what their codes meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from barometer.documents import Node
from barometer.harmonise import TICKED, Column, read_layout, read_not_asked
from barometer.instrument import Instrument
from barometer.onboard.source import read_labels
from barometer.waves import list_waves

DESIGN = ("unit", "weight", "strata", "population", "sample")


@dataclass(frozen=True)
class Wave:
    """How one earlier wave was delivered. `design` and `mark` are columns by what they are for."""

    id: str
    document: Mapping[str, Any]
    columns: tuple[Column, ...]
    design: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Memory:
    """All earlier waves, the latest first; a target is ``partners/citizens`` or ``design.weight``."""

    waves: tuple[Wave, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """target -> name of the column -> the wave that called it so."""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """target -> what columns for it were labelled."""

    def codes(self, target: str, columns: Collection[str]) -> dict[str, set[str]]:
        """Return which options each code of a target stood for; several where waves disagree.

        Waves in which its columns had these names count alone, if there are any.
        """
        every = [column for _, column in self._columns(target)]
        named = [column for column in every if column.name in columns]
        found: dict[str, set[str]] = defaultdict(set)
        for column in named or every:
            for code, option in column.codes.items():
                found[code].add(option)
        return dict(found)

    def code_labels(self, target: str) -> Iterator[tuple[str, str]]:
        """Give the labels of codes with the options that they stood for; the empty option is not ticked."""
        for wave, column in self._columns(target):
            for code, label in wave.codes.get(column.name, {}).items():
                yield label, column.codes.get(code, "")

    def _columns(self, target: str) -> Iterator[tuple[Wave, Column]]:
        whole = target.partition(".")[0] if "/" not in target else target
        for wave in self.waves:
            for column in wave.columns:
                if column.target == target or (
                    "/" not in target and column.target.partition(".")[0] == whole
                ):
                    yield wave, column


def remember(folder: Path, instrument: Instrument, *, without: str) -> Memory:
    """Read how the other waves of a folder were delivered; a wave not described to the end is left out."""
    waves = tuple(
        wave
        for name in reversed(list_waves(folder))
        if name != without and (wave := _wave(folder / name, instrument))
    )
    names: dict[str, dict[str, str]] = defaultdict(dict)
    labels: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for wave in waves:
        for target, column in _targets(wave):
            names[target].setdefault(column.casefold(), wave.id)
            if column in wave.labels:
                labels[target] = tuple(dict.fromkeys((*labels[target], wave.labels[column])))
    return Memory(waves, dict(names), dict(labels))


def _wave(folder: Path, instrument: Instrument) -> Wave | None:
    root = Node.root(folder / "wave.yaml")
    found = root.entries()
    if not {"file", "design", "register", "questions", "not_asked"} <= found.keys():
        return None
    absent = read_not_asked(found["not_asked"], instrument)
    layout = read_layout(found["register"], found["questions"], absent, instrument)
    if root.problems:
        return None
    file = folder / str(found["file"].value)
    labels, codes = read_labels(file) if file.is_file() else ({}, {})
    design = root.value["design"]
    columns = {key: _listed(design.get(key)) for key in DESIGN} | {"mark": _listed(root.value.get("mark"))}
    return Wave(folder.name, root.value, layout.columns, columns, labels, codes)


def _targets(wave: Wave) -> Iterable[tuple[str, str]]:
    """Give each target of a wave with the column for it."""
    yield from ((column.target, column.name) for column in wave.columns)
    for key, names in wave.design.items():
        yield from ((f"design.{key}", name) for name in names)


def _listed(value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(value) if isinstance(value, list) else (value,)


def ticks(memory: Memory, target: str) -> tuple[set[str], set[str]]:
    """Return what ticked and what not ticked was called for a target, in words."""
    labels = list(memory.code_labels(target))
    return (
        {label for label, option in labels if option == TICKED},
        {label for label, option in labels if option != TICKED},
    )
