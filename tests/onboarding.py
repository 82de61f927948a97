"""What the tests of adding a wave share: a file as another hand would deliver it, and decisions made."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from barometer.documents import Node, read_yaml
from barometer.harmonise import Column, Layout, read_layout, read_not_asked
from barometer.instrument import Instrument
from barometer.onboard.files import as_yaml
from barometer.onboard.source import read_source
from barometer.variables import Item

ROOT = Path(__file__).parents[1]
WAVES = ROOT / "data" / "waves"
DESIGN = ("unit", "weight", "strata", "population", "sample")


@dataclass(frozen=True)
class Delivered:
    """A file with new names, and the truth about it: the column and the codes of each target."""

    file: Path
    columns: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]


def layout_of(wave: str, instrument: Instrument) -> tuple[Layout, dict[str, Any]]:
    """Return the hand-written layout of a wave, and its whole document."""
    root = Node.root(WAVES / wave / "wave.yaml")
    found = root.entries()
    absent = read_not_asked(found["not_asked"], instrument)
    return read_layout(found["register"], found["questions"], absent, instrument), root.value


def targets_of(wave: str, instrument: Instrument) -> dict[str, str]:
    """Return the column of each target of a wave, those of its design and its mark included."""
    layout, document = layout_of(wave, instrument)
    design = {f"design.{key}": document["design"][key] for key in DESIGN}
    design = {key: name if isinstance(name, str) else name[0] for key, name in design.items()}
    mark = {"design.mark": document["mark"]} if "mark" in document else {}
    return {column.target: column.name for column in layout.columns} | design | mark


Relabel = Callable[[Column, str], str]


def deliver(
    wave: str,
    file: Path,
    *,
    instrument: Instrument,
    seed: int,
    label: Relabel | None = None,
    without: tuple[str, ...] = (),
    more: Mapping[str, str] | None = None,
    turned: bool = False,
) -> Delivered:
    """Write a wave as .sav with names V001, V002 ... in another order, with Danish labels.

    Parameters
    ----------
    label
        What a column is labelled, from what it holds and its label in the delivery.
    without
        Targets whose columns are left out.
    more
        Labels of columns that are put in, with ticks at random.
    turned
        The codes of single answers are counted down from 100 instead.
    """
    layout, document = layout_of(wave, instrument)
    source = read_source(WAVES / wave / document["file"])
    truth = {key: name for key, name in targets_of(wave, instrument).items() if key not in without}
    names = sorted(truth.values())
    chance = random.Random(seed)  # noqa: S311 (an order for a test)
    chance.shuffle(names)
    new = {name: f"V{at:03d}" for at, name in enumerate(names, 1)}
    frame = source.frame[names].rename(columns=new)
    labels = {new[name]: source.labels[name] for name in names}
    by_name = {column.name: column for column in layout.columns if column.name in new}
    if label:
        labels |= {new[name]: label(column, labels[new[name]]) for name, column in by_name.items()}
    extra = {f"W{at:03d}": text for at, text in enumerate((more or {}).values(), 1)}
    labels |= extra
    ticks = {name: [float(chance.random() < 0.3) for _ in range(len(frame))] for name in extra}
    frame = pd.concat([frame, pd.DataFrame(ticks)], axis=1)
    if turned:
        by_name = {name: _turn(column) for name, column in by_name.items()}
        singles = [new[name] for name, column in by_name.items() if "/" not in column.target]
        frame = frame.assign(**{name: 100 - frame[name].astype(float) for name in singles})
    codes = {new[name]: _code_labels(column, instrument) for name, column in by_name.items()}
    numbers = [name for name in frame if frame[name].dtype != object and str(frame[name].dtype) != "str"]
    pyreadstat.write_sav(
        frame.astype(dict.fromkeys(numbers, float)), file, column_labels=labels, variable_value_labels=codes
    )
    meanings = {column.target: dict(column.codes) for column in by_name.values()}
    return Delivered(file, {target: new[name] for target, name in truth.items()}, meanings)


def _turn(column: Column) -> Column:
    if "/" in column.target:
        return column
    return replace(column, codes={str(100 - int(code)): option for code, option in column.codes.items()})


def _code_labels(column: Column, instrument: Instrument) -> dict[float, str]:
    if "/" in column.target:
        return {1.0: "Valgt", 0.0: "Ikke valgt"}
    return {float(code): instrument.label(column.variable, each, "da") for code, each in column.codes.items()}


def other_hand(instrument: Instrument, seed: int) -> Relabel:
    """Return labels as another hand writes them: most recognisable, some reworded, cut short or missing."""
    chance = random.Random(seed)  # noqa: S311 (wordings for a test)

    def words(column: Column, language: str, *, wording: bool) -> str:
        variable = instrument.variable(column.variable)
        whole = variable.question if isinstance(variable, Item) else variable
        stem = whole.wording[language] if wording and hasattr(whole, "wording") else whole.label[language]
        parts = [stem, variable.label[language]] if isinstance(variable, Item) else [stem]
        option = column.target.partition("/")[2]
        return " - ".join([*parts, variable.option(option).label[language]] if option else parts)

    def label(column: Column, text: str) -> str:
        ways: list[Callable[[], str]] = [
            lambda: text,
            lambda: f"Q{chance.randint(1, 20)}_{chance.randint(1, 9)}. {text}",
            lambda: text.upper(),
            lambda: words(column, "da", wording=True),
            lambda: words(column, "en", wording=False),
            lambda: text[:-3] + text[-2] + text[-3] + text[-1],
            lambda: f"{text} (seneste innovation)",
            lambda: text.replace(":", ", ikke"),
            lambda: text.rpartition(": ")[2],
            lambda: text[: max(12, len(text) // 2)],
            lambda: "",
        ]
        return chance.choices(ways, weights=[30, 15, 10, 10, 10, 5, 5, 5, 5, 3, 2])[0]()

    return label


def decide(path: Path, decisions: Mapping[str, Any]) -> None:
    """Put decisions into a wave.yaml by their place, such as ``period.from``; None deletes the line."""
    document = read_yaml(path)
    for place, value in decisions.items():
        *above, last = place.split(".")
        part = document
        for key in above:
            part = part[key]
        if value is None:
            part.pop(last)
        else:
            part[last] = value
    path.write_text(as_yaml(document), encoding="utf-8")
