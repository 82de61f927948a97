"""Which columns of an unknown file belong together as one question, by their names, codes and labels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from barometer.onboard.likeness import words
from barometer.onboard.source import Source

_MOST_OPTIONS = 25  # a code list that is longer is a classification, not an answer
_FULL = 0.9  # of a rectangle of names is there
_STAR = "*"


@dataclass(frozen=True)
class Cell:
    """A column of a block with its place: the row of a grid, and the option where the column holds ticks."""

    column: str
    item: str
    option: str


@dataclass(frozen=True)
class Block:
    """Columns that are one question: kind single, multiple, grid (one answer an item) or ticks (many)."""

    name: str
    kind: str
    cells: tuple[Cell, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of the block in the order of the file."""
        return tuple(cell.column for cell in self.cells)


def find_blocks(source: Source) -> tuple[Block, ...]:
    """Return the questions that a file seems to hold, in its order.

    Columns are one question when their names differ in one part (``viii_2_a``, ``viii_2_b``) and their
    codes are called the same; in two parts, when every column holds ticks and nearly all combinations
    are there. A block of yes and no is a multiple question when its labels have a common beginning,
    and otherwise a grid of questions of their own.
    """
    shapes = {column: shape for column in source.frame if (shape := _shape(column, source))}
    found: dict[str, Block] = {}
    for stars in (2, 1):
        for pattern, columns in _patterns([each for each in shapes if each not in found], shapes, stars):
            free = [column for column in columns if column not in found]
            if len(free) > 1 and (stars == 1 or _is_rectangle(pattern, free)):
                block = _block(pattern, free, shapes, source)
                found.update(dict.fromkeys(free, block))
    for column in shapes:
        found.setdefault(column, Block(column, "single", (Cell(column, "", ""),)))
    return tuple(dict.fromkeys(found[column] for column in shapes))


def _shape(column: str, source: Source) -> tuple[str, ...] | None:
    """Return what the answers of a column are called, codes left out; None for what is no answer."""
    labels = source.answers(column)
    values = source.frame[column].dropna()
    seen = set(source.observed(column)) if values.nunique() <= _MOST_OPTIONS else {"more"}
    if labels and seen <= labels.keys() and len(labels) <= _MOST_OPTIONS:
        # How many there are and the first two: a slip in a later label must not part a question.
        return (str(len(labels)), *[" ".join(words(text)) for text in labels.values()][:2])
    return ("2", "0", "1") if not labels and seen == {"0", "1"} else None


def ticks(column: str, source: Source) -> str:
    """Return the code for ticked where a column holds ticks: the only one, or the one beside 0."""
    codes = tuple(source.answers(column)) or source.observed(column)
    rest = [code for code in codes if code != "0"]
    return rest[0] if len(rest) == 1 else ""


def _tokens(column: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W\d_]+|\d+", column))


def _patterns(
    columns: Sequence[str], shapes: Mapping[str, tuple[str, ...]], stars: int
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Give the patterns of names with so many open parts; what numbers stands at the end, not in front."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for column in columns:
        tokens = _tokens(column)
        if stars == 2 and shapes[column][0] != "1":
            continue
        for places in combinations(range(1, len(tokens)), stars):
            pattern = tuple(_STAR if at in places else token for at, token in enumerate(tokens))
            found[pattern, shapes[column]].append(column)
    order = sorted(found.items(), key=lambda each: (each[0][0][::-1].index(_STAR), -len(each[1])))
    return ((pattern, members) for (pattern, _), members in order)


def _open_parts(pattern: Sequence[str], column: str) -> list[str]:
    pairs = zip(pattern, _tokens(column), strict=True)
    return [token for part, token in pairs if part == _STAR]


def _without_stars(pattern: Sequence[str], column: str) -> str:
    """Return the name of a column without its open parts: ``iii_1_a_1`` is ``iii_1_1``."""
    places = [found.span() for found in re.finditer(r"[^\W\d_]+|\d+", column)]
    for (start, end), part in reversed(list(zip(places, pattern, strict=True))):
        column = column if part != _STAR else column[:start].rstrip("_.-") + column[end:]
    return column


def _is_rectangle(pattern: Sequence[str], columns: Sequence[str]) -> bool:
    rows, options = ({_open_parts(pattern, column)[at] for column in columns} for at in (0, 1))
    return min(len(rows), len(options)) > 1 and len(columns) >= _FULL * len(rows) * len(options)


def _block(
    pattern: tuple[str, ...], columns: Sequence[str], shapes: Mapping[str, tuple[str, ...]], source: Source
) -> Block:
    name = _without_stars(pattern, columns[0])
    if pattern.count(_STAR) == 2:
        parts = [_open_parts(pattern, column) for column in columns]
        return Block(name, "ticks", tuple(Cell(c, *each) for c, each in zip(columns, parts, strict=True)))
    parts = [_open_parts(pattern, column) for column in columns]
    ticked = all(ticks(column, source) for column in columns)
    one = shapes[columns[0]][0] == "1"
    multiple = ticked and (one or bool(stem([source.labels.get(column, "") for column in columns])))
    cells = (
        Cell(c, "" if multiple else p[0], p[0] if multiple else "")
        for c, p in zip(columns, parts, strict=True)
    )
    return Block(name, "multiple" if multiple else "grid", tuple(cells))


def stem(labels: Sequence[str]) -> str:
    """Return what all labels begin with, up to a mark that ends it: a colon, a dash, a quotation mark."""
    first, last = min(labels), max(labels)
    length = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    found = re.match(r".*[:\"“–?]", first[:length].rstrip(" "), flags=re.DOTALL)
    return found[0].strip(' :"“–') if found else ""


def leaf(label: str, others: Sequence[str]) -> str:
    """Return the words of a label that not all the others have, as they stand in it; empty if all do."""
    common = set.intersection(*(set(words(each)) for each in others)) if others else set()
    told = [word for word in re.findall(r"\S+", label) if not set(words(word)) <= common]
    return " ".join(told).strip(' :;,"“”–')


def asked(block: Block, source: Source) -> pd.Series:
    """Return who has an answer in any column of a block."""
    return source.frame[list(block.columns)].notna().any(axis=1)
