"""Answers on a scale with two sides, one bar an item, from the middle to the left and to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from barometer.conditions import Answer, leaves
from barometer.exhibit import NEUTRAL, Exhibit
from barometer.figures.sheet import (
    EDGE,
    Key,
    Sheet,
    label_column,
    lay_out,
    open_sheet,
    value_room,
)
from barometer.figures.style import HIGH, INK, LOW, PAPER, SMALL, degrees, width

PITCH, GAP, BAR_HEIGHT = 0.25, 0.11, 0.22
NARROW_GAP = 0.07


def diverging(exhibit: Exhibit, *, narrow: bool) -> Figure:
    """Draw the answers before the neutral one to the left and those after it to the right, by their balance.

    Where the estimates hold the totals of a side (a multiple composite whose options are the items),
    their intervals are drawn, with the value at the end of the bar.
    """
    rows = exhibit.drawn
    low, high = _sides(rows)
    shades = dict(zip(low, degrees(LOW, len(low)), strict=True))
    shades |= dict(zip(high, degrees(HIGH, len(high)), strict=True))
    names = _by_balance(rows, low, high)
    labels, left = label_column([exhibit.label(name) for name in names], narrow=narrow)
    blocks = lay_out(labels, narrow=narrow, pitch=PITCH, gap=NARROW_GAP if narrow else GAP)
    answers = rows.drop_duplicates("option").set_index("option")["answer"]
    legend = [Key(answers[option], shade) for option, shade in shades.items()]
    room = value_room(exhibit.rows[exhibit.rows["role"] == "total"])
    ends = {
        side: [_total(exhibit, name, options) for name in names] for side, options in ((-1, low), (1, high))
    }
    sheet = open_sheet(
        exhibit,
        narrow=narrow,
        body=blocks[-1].end,
        left=left + room,
        right=EDGE + room,
        reach=(_reach(rows, low, ends[-1]), _reach(rows, high, ends[1])),
        legend=legend,
    )
    for place, (block, name) in enumerate(zip(blocks, names, strict=True)):
        sheet.label(EDGE, block.y, block.label)
        cells = {row.option: row for row in rows[rows["question"] == name].itertuples()}
        for side, options in ((-1, low[::-1]), (1, high)):
            stacked = [cells[each] for each in ("", *options) if each in cells]
            _stack(sheet, block.marks[0], stacked, shades, side=side, total=ends[side][place])
    return sheet.figure


def _sides(rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the answers left and right of the neutral one, or the two halves of a scale without one."""
    options = [option for option in dict.fromkeys(rows["option"]) if option]
    middle = options.index(NEUTRAL) if NEUTRAL in options else len(options) // 2
    return options[:middle], [option for option in options[middle:] if option != NEUTRAL]


def _by_balance(rows: pd.DataFrame, low: Sequence[str], high: Sequence[str]) -> list[str]:
    """Return the items, the one with the largest surplus on the right first; those without numbers last."""
    table = rows.pivot(index="question", columns="option", values="estimate")
    balance = table[list(high)].sum(axis=1, skipna=False) - table[list(low)].sum(axis=1, skipna=False)
    return [
        str(name) for name in balance.sort_values(ascending=False, kind="stable", na_position="last").index
    ]


def _total(exhibit: Exhibit, name: str, options: Sequence[str]) -> Any:
    """Return the row that counts just these answers to the item together, if it is there."""
    item = name.split(".")[1]
    for total in exhibit.totals:
        recipe = getattr(exhibit.variable(total), "recipe", {}).get(item)
        answers = [leaf for leaf in leaves(recipe) if isinstance(leaf, Answer) and leaf.variable == name]
        counted = {option for answer in answers for option in answer.options}
        found = exhibit.rows[(exhibit.rows["question"] == total) & (exhibit.rows["option"] == item)]
        if counted == set(options) and not found.empty:
            return next(found.itertuples())
    return None


def _reach(rows: pd.DataFrame, options: Sequence[str], totals: Sequence[Any]) -> float:
    """Return how far a side reaches, intervals included."""
    sums = rows[rows["option"].isin(options)].groupby("question")["estimate"].sum()
    ends = [row.ci_high for row in totals if row is not None and pd.notna(row.ci_high)]
    return float(max([*sums, *ends, 0.0]))


def _stack(
    sheet: Sheet, y: float, cells: Sequence[Any], shades: dict[str, str], *, side: int, total: Any
) -> None:
    """Stack the answers of one side outwards, with values where there is room, and draw their total."""
    if any(pd.isna(row.estimate) for row in cells):
        if side > 0:
            sheet.gap(y, cells[0], thickness=BAR_HEIGHT)
        return
    start = 0.0
    for row in cells:
        end = start + row.estimate
        sheet.bar(y, side * start, side * end, thickness=BAR_HEIGHT, colour=shades[row.option])
        outer = row is cells[-1]
        covered = total.estimate - total.ci_low if outer and total is not None else 0.0
        free = row.estimate - covered
        if free * sheet.inches_per_unit > width(row.value, SMALL) + 0.12:
            middle = sheet.at(side * (start + free / 2))
            sheet.text(middle, y, row.value, size=SMALL, ha="center", color=PAPER if outer else INK)
        start = end
    if total is not None:
        sheet.interval(y, total, side=side, halo=True)
