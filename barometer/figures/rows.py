"""Figures that are read row by row: bars for answers, dots with intervals for groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from barometer.exhibit import Exhibit
from barometer.figures.sheet import (
    EDGE,
    LINE,
    Key,
    Sheet,
    label_column,
    lay_out,
    open_sheet,
    value_room,
)
from barometer.figures.style import BAR, MARKERS, SERIES

BAR_PITCH, BAR_GAP, BAR_HEIGHT = 0.24, 0.12, 0.2
DOT_PITCH, DOT_GAP, DOT_HEIGHT = 0.185, 0.14, 0.13
INDENT = 0.15


@dataclass(frozen=True)
class Section:
    """Rows below a heading, which may be empty, each with its label."""

    heading: str
    labels: Sequence[str]
    rows: pd.DataFrame


def bars(exhibit: Exhibit, *, narrow: bool) -> Figure:
    """Draw one bar an answer or item."""
    rows = exhibit.ordered
    return _listed(exhibit, [Section("", list(rows["item"]), rows)], dots=False, narrow=narrow)


def groups(exhibit: Exhibit, *, narrow: bool) -> Figure:
    """Draw the groups of each answer as dots with intervals.

    Up to four groups stand together in colour below a legend. One answer alone, or more groups, are
    listed with the names of the groups.
    """
    rows = exhibit.ordered
    if rows["item"].nunique() == 1 and len(exhibit.groupings) > 1:
        parts = [(exhibit.label(str(by)), part) for by, part in rows.groupby("by", sort=False)]
    elif rows["item"].nunique() == 1:
        many = rows["group"].nunique() > len(SERIES)
        parts = [("", rows.sort_values("estimate", ascending=False, kind="stable") if many else rows)]
    elif rows["group"].nunique() > len(SERIES):
        parts = [(str(item), part) for item, part in rows.groupby("item", sort=False)]
    else:
        return _together(exhibit, rows, narrow=narrow)
    sections = [Section(heading, list(part["group"]), part) for heading, part in parts]
    return _listed(exhibit, sections, dots=True, narrow=narrow)


def _listed(exhibit: Exhibit, sections: Sequence[Section], *, dots: bool, narrow: bool) -> Figure:
    """Draw one mark a row, below the heading of its section."""
    pitch, gap, height = (DOT_PITCH, DOT_GAP, DOT_HEIGHT) if dots else (BAR_PITCH, BAR_GAP, BAR_HEIGHT)
    rows = pd.concat([section.rows for section in sections])
    indent = INDENT if sections[0].heading and not narrow else 0.0
    labels, left = label_column(
        [label for each in sections for label in each.labels], narrow=narrow, indent=indent
    )
    rest, y = iter(labels), 0.0
    headings, blocks = [], []
    for section in sections:
        if section.heading:
            headings.append((y + LINE, section.heading))
            y += LINE * 1.5
        blocks += lay_out([next(rest) for _ in section.labels], narrow=narrow, pitch=pitch, gap=gap, top=y)
        y = blocks[-1].end
    sheet = _open(exhibit, rows, body=y, left=left, narrow=narrow)
    for place, heading in headings:
        sheet.label(EDGE, place, heading, weight="semibold")
    shades = _shades(exhibit, rows) if dots else {}
    for block, row in zip(blocks, rows.itertuples(), strict=True):
        sheet.label(EDGE + indent, block.y, block.label)
        sheet.base(block.marks, pitch)
        colour, marker = shades.get(row.group, (BAR, "o" if dots else ""))
        sheet.estimate(block.marks[0], row, thickness=height, colour=colour, marker=marker)
    return sheet.figure


def _together(exhibit: Exhibit, rows: pd.DataFrame, *, narrow: bool) -> Figure:
    """Draw the groups of each answer close together, told apart by colour and form."""
    levels = list(dict.fromkeys(rows["group"]))
    shades = _shades(exhibit, rows)
    items = list(dict.fromkeys(rows["item"]))
    labels, left = label_column(items, narrow=narrow)
    blocks = lay_out(labels, narrow=narrow, marks=len(levels), pitch=DOT_PITCH, gap=DOT_GAP)
    legend = [Key(level, *shades[level]) for level in levels]
    sheet = _open(exhibit, rows, body=blocks[-1].end, left=left, narrow=narrow, legend=legend)
    for block in blocks:
        sheet.label(EDGE, block.y, block.label)
        sheet.base(block.marks, DOT_PITCH)
    places = dict(zip(items, blocks, strict=True))
    for row in rows.itertuples():
        colour, marker = shades[row.group]
        y = places[row.item].marks[levels.index(row.group)]
        sheet.estimate(y, row, thickness=DOT_HEIGHT, colour=colour, marker=marker)
    return sheet.figure


def _shades(exhibit: Exhibit, rows: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return colour and form of each group; none when they are too many.

    They follow the place of the group in the questionnaire: the same in every figure, whichever are shown.
    """
    shades: dict[str, tuple[str, str]] = {}
    for by, level, group in rows[["by", "level", "group"]].drop_duplicates().itertuples(index=False):
        known = [option.id for option in exhibit.variable(by).options] if by else []
        place = known.index(level) if level in known else len(shades)
        if place >= len(SERIES):
            return {}
        shades[group] = (SERIES[place], MARKERS[place])
    return shades


def _open(
    exhibit: Exhibit,
    rows: pd.DataFrame,
    *,
    body: float,
    left: float,
    narrow: bool,
    legend: Sequence[Key] = (),
) -> Sheet:
    right = EDGE + value_room(rows)
    high = float(rows["ci_high"].max()) if rows["ci_high"].notna().any() else 0.0
    return open_sheet(
        exhibit, narrow=narrow, body=body, left=left, right=right, reach=(0.0, high), legend=legend
    )
