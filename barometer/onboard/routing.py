"""Who was asked a question, as far as empty cells tell: the answers before it that all the asked gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barometer.onboard.blocks import Block, asked, ticks
from barometer.onboard.source import Source, code

_EQUAL = 0.98  # of those who are asked or answered so are both


@dataclass(frozen=True)
class Route:
    """A question is put to those who gave the code in one of the columns; `share` are alike, to 1."""

    columns: tuple[str, ...]
    code: str
    share: float


def find_routes(blocks: Sequence[Block], source: Source) -> dict[Block, Route | None]:
    """Return the answers that lead to each question; None where everybody is asked or nothing fits.

    An answer to a question before fits when those who gave it and those who are asked are the same, but
    for two per cent: the size of their intersection by that of their union. Answers are one code of one
    column, or yes in any column of a block of yes and no. Of equally good ones the nearest counts.
    """
    answers = [(at, *each) for at, block in enumerate(blocks) for each in _answers(block, source)]
    given = np.array([mask for *_, mask in answers], float).reshape(len(answers), len(source.frame))
    sizes = given.sum(axis=1)
    routes: dict[Block, Route | None] = {}
    for at, block in enumerate(blocks):
        wanted = asked(block, source).to_numpy()
        before = sum(each[0] < at for each in answers)
        both = given[:before] @ wanted
        share = both / np.maximum(sizes[:before] + wanted.sum() - both, 1)
        good = before and not wanted.all() and share.max() >= _EQUAL
        best = before - 1 - int(share[::-1].argmax()) if good else None
        routes[block] = None if best is None else Route(*answers[best][1:3], float(share[best]))
    return routes


def _answers(block: Block, source: Source) -> Iterable[tuple[tuple[str, ...], str, NDArray[np.bool_]]]:
    """Give the columns, the code and who gave it, for each answer that may lead on."""
    yes = {column: ticks(column, source) for column in block.columns}
    for column in block.columns:
        values = source.frame[column].map(code, na_action="ignore")
        for value in values.dropna().unique():
            yield (column,), value, (values == value).to_numpy(bool)
    if len(block.cells) > 1 and len({*yes.values()}) == 1 and (ticked := yes[block.columns[0]]):
        values = source.frame[list(block.columns)].map(code, na_action="ignore")
        yield block.columns, ticked, (values == ticked).any(axis=1).to_numpy(bool)
