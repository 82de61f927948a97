"""Corrections to delivered answers as data: what stood there, what it should be, why, since when."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.documents import Node, Text, nearest
from barometer.errors import Problem
from barometer.instrument import Instrument

_KEYS = ("unit", "question", "from", "to", "reason", "date")
Answer = str | bool | None
"""An option, true or false for one option of a multiple question, None for an empty cell."""


@dataclass(frozen=True)
class Correction:
    """One answer of one unit that was delivered wrong.

    `question` is a question, a grid's item (``factors.employees``), one option of a multiple question
    (``partners/citizens``) or a register variable; `where` is the place in the file of corrections.
    """

    unit: str
    question: str
    delivered: Answer
    value: Answer
    reason: Text
    date: str
    where: str


def read_corrections(path: Path, instrument: Instrument) -> tuple[tuple[Correction, ...], list[Problem]]:
    """Read a file of corrections, none if there is no file; return the good ones and what is wrong."""
    if not path.exists():
        return (), []
    root = Node.root(path)
    found: dict[tuple[str, str], Correction] = {}
    for node in root.items():
        good = len(root.problems)
        fields = node.fields(_KEYS)
        correction = Correction(
            unit="" if fields["unit"].value is None else str(fields["unit"].value),
            question=fields["question"].string(),
            delivered=fields["from"].value,
            value=fields["to"].value,
            reason=fields["reason"].text(instrument.languages),
            date=fields["date"].date(),
            where=node.where,
        )
        _check(correction, node, instrument)
        key = (correction.unit, correction.question)
        if key in found:
            got = f"{correction.question} of {correction.unit} again"
            node.refuse("each answer corrected once", got=got, remedy="Take one of them out.")
        elif len(root.problems) == good:
            found[key] = correction
    return tuple(found.values()), root.problems


def _check(correction: Correction, node: Node, instrument: Instrument) -> None:
    """Refuse values that the question can't have, and a correction that changes nothing."""
    name, _, option = correction.question.partition("/")
    if not instrument.has(name):
        node.refuse("a question", got=repr(name), remedy=nearest(name, instrument.names()))
        return
    known = [each.id for each in instrument.variable(name).options]
    if option and option not in known:
        node.refuse(f"an option of '{name}'", got=option, remedy=nearest(option, known))
    values: Sequence[Answer] = (True, False) if option else known
    for key, value in (("from", correction.delivered), ("to", correction.value)):
        if value is not None and not any(type(value) is type(each) and value == each for each in values):
            node.at(key, value).refuse(
                "true, false or null" if option else f"null or one of {', '.join(known)}"
            )
    if correction.delivered == correction.value:
        got = f"{correction.value!r} in both"
        node.refuse("another answer than was delivered", got=got, remedy="Take the correction out.")


def apply_corrections(
    frame: pd.DataFrame, corrections: Sequence[Correction], *, units: pd.Series
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the answers with the corrections made, and those that don't meet what they expect.

    Parameters
    ----------
    frame
        Delivered answers in harmonised terms: categories of options, 1/0/NaN for ``partners/citizens``.
    units
        Who each row is, as text.
    """
    if not corrections:
        return frame, []
    rows = {unit: index for index, unit in zip(frame.index, units, strict=True)}
    columns: dict[str, pd.Series] = {}
    problems = []
    for each in corrections:
        if problem := _unmet(each, frame, rows):
            problems.append(problem)
            continue
        column = columns.setdefault(each.question, frame[each.question].copy())
        value = float(each.value) if isinstance(each.value, bool) else each.value
        column[rows[each.unit]] = np.nan if value is None else value
    return frame.assign(**columns), problems


def _unmet(correction: Correction, frame: pd.DataFrame, rows: Mapping[str, Hashable]) -> Problem | None:
    """Return what a correction expects of the file and doesn't find there."""
    unit, question = correction.unit, correction.question
    if unit not in rows or question not in frame:
        missing = question if unit in rows else f"unit {unit}"
        remedy = "Correct the name, or take the correction out."
        return Problem(correction.where, "a unit and a question of the file", f"no {missing}", remedy)
    kind, delivered = frame[question].dtype, _answer(frame.at[rows[unit], question])
    if delivered != correction.delivered:
        expected = f"{_said(correction.delivered)} as delivered for {question} of unit {unit}"
        remedy = "If it was mended at the source, take the correction out."
        return Problem(correction.where, expected, _said(delivered), remedy)
    if isinstance(kind, pd.CategoricalDtype) and correction.value not in (None, *kind.categories):
        offered = f"an answer that the wave offered: {', '.join(kind.categories)}"
        return Problem(correction.where, offered, _said(correction.value), "Choose one of these.")
    return None


def _answer(cell: object) -> Answer:
    """Return a cell as a correction states it."""
    if isinstance(cell, str):
        return cell
    return None if pd.isna(cell) else bool(cell)


def _said(answer: Answer) -> str:
    names: Mapping[Answer, str] = {None: "null", True: "true", False: "false"}
    return names.get(answer, str(answer))
