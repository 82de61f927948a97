"""Which answers of a wave are tied to each other by sums, found in the answers themselves (METHODS 7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from barometer.stages import Bools, Floats, Ints
from barometer.waves import Wave

Answer: TypeAlias = tuple[str, str]

# Sums are looked for among about this many workplaces, and some with every value of every column.
SAMPLE, EACH = 4_000, 20


@dataclass(frozen=True, eq=False)
class Family:
    """Answers of one base that sums tie together: those of a question, and what is counted from them.

    Attributes
    ----------
    base
        The name of the base, with a number for each set of workplaces that was put a part of its questions.
    answers
        A variable and an option each.
    relations
        ``(r, answers)``: these sums are the same for everybody in the base.
    """

    base: str
    answers: tuple[Answer, ...]
    relations: Floats


def families(wave: Wave, base: str) -> Mapping[Answer, Family]:
    """Return the family of each answer to what is asked of one base of the questionnaire."""
    sample = replace(wave, frame=wave.frame.iloc[_telling(wave.frame)], within=None, _cache={})
    asked: dict[bytes, list[tuple[Answer, Floats]]] = {}
    for answer, column in _columns(sample, base):
        asked.setdefault(np.isnan(column).tobytes(), []).append((answer, column))
    return {
        answer: family
        for number, found in enumerate(asked.values())
        for family in _tied(f"{base} {number}", found)
        for answer in family.answers
    }


def _telling(frame: pd.DataFrame) -> Ints:
    """Return rows at regular steps, and of every value of every column the first few."""
    if len(frame) <= SAMPLE:
        return np.arange(len(frame))
    found = [np.arange(0, len(frame), len(frame) // SAMPLE)]
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            codes = frame[name].cat.codes.to_numpy()
            found += [np.flatnonzero(codes == code)[:EACH] for code in range(-1, codes.max(initial=-1) + 1)]
        elif "/" in str(name):
            found += [np.flatnonzero(frame[name].to_numpy() == value)[:EACH] for value in (0, 1)]
    return np.unique(np.concatenate(found))


def _columns(wave: Wave, base: str) -> Iterator[tuple[Answer, Floats]]:
    instrument = wave.instrument
    for variable in (*instrument.questions.values(), *instrument.composites.values()):
        names = instrument.expand(variable.id) if variable.base.id == base else ()
        for name in filter(wave.asks, names):
            found = wave.indicators(name)
            for option, column in zip(found.options, found.values.T, strict=True):
                yield (name, option), column


def _tied(base: str, found: list[tuple[Answer, Floats]]) -> Iterator[Family]:
    """Yield the families among the answers of one base."""
    columns = np.stack([column[~np.isnan(column)] for _, column in found], axis=1)
    relations = _relations(columns)
    labels = np.arange(len(found))
    for relation in relations:
        tied = np.unique(labels[relation != 0])
        labels[np.isin(labels, tied)] = tied[0]
    for label in np.unique(labels):
        mine: Bools = labels == label
        own = relations[(relations[:, mine] != 0).any(axis=1)][:, mine]
        yield Family(base, tuple(answer for (answer, _), kept in zip(found, mine, strict=True) if kept), own)


def _relations(columns: Floats) -> Floats:
    """Return the sums of columns that are constant, as few columns in each as possible.

    Whatever columns are chosen to express the others by, the same columns hang together (they are the
    connected components of a matroid).
    """
    from scipy.linalg import qr  # a moment to import, and only needed where something may be hidden

    centred = columns - columns.mean(axis=0) if len(columns) else columns
    varying = np.flatnonzero(abs(centred).max(axis=0, initial=0) > 0)
    if not len(varying):
        return np.zeros((0, columns.shape[1]))
    triangle, order = qr(centred[:, varying].T @ centred[:, varying], mode="r", pivoting=True)
    size = abs(np.diag(triangle))
    rank = int((size > 1e-9 * size[0]).sum())
    shares = np.linalg.solve(triangle[:rank, :rank], triangle[:rank, rank:])
    relations = np.zeros((shares.shape[1], columns.shape[1]))
    relations[:, varying[order[:rank]]] = -np.round(shares.T, 6) + 0.0
    relations[np.arange(shares.shape[1]), varying[order[rank:]]] = 1
    return relations
