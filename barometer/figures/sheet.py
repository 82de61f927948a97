"""The sheet a figure is drawn on: labels, axis, legend and footer; all lengths are inches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import blended_transform_factory

from barometer.exhibit import SHOWN, Exhibit
from barometer.figures.style import BAR, GRID, INK, MUTED, PAPER, POINTS, SIZE, SMALL, width, wrap

WIDE, NARROW = 7.0, 3.7
EDGE, GUTTER = 0.12, 0.12
LABELS = 0.40
LINE, SMALL_LINE = SIZE * 1.25 / POINTS, SMALL * 1.4 / POINTS
LEGEND_LINE = LINE * 1.3
AXIS = 0.24
SWATCH = 0.13
GAP_MARK = 0.3
NBSP = "\N{NO-BREAK SPACE}"
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
MOST_STEPS = 5
DOT: dict[str, Any] = {
    "markersize": 6.5,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.7,
    "zorder": 5,
    "clip_on": False,
}
HALO = (withStroke(linewidth=2.8, foreground=PAPER),)
CLEAR = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}


@dataclass(frozen=True)
class Key:
    """One entry of the legend."""

    label: str
    colour: str
    marker: str = "s"


@dataclass(frozen=True)
class Block:
    """A labelled part of the body with the places of its marks; `y` is the middle of its label."""

    label: str
    y: float
    marks: tuple[float, ...]
    end: float


@dataclass(frozen=True)
class Sheet:
    """A figure with the axes of its body; `y` in the axes runs down from the top of the body."""

    figure: Figure
    axes: Axes
    exhibit: Exhibit
    narrow: bool

    @property
    def width(self) -> float:
        """Return the width of the whole sheet."""
        return NARROW if self.narrow else WIDE

    @property
    def inches_per_unit(self) -> float:
        """Return how long a share of one is on the sheet."""
        left, right = self.axes.get_xlim()
        return float(self.axes.get_position().width * self.width / (right - left))

    def panel(self, x: float, y: float, length: float, height: float) -> Axes:
        """Return new axes at a place from the left edge and from the top of the body."""
        top = self.axes.get_position().y1 - y / self.figure.get_figheight()
        high = height / self.figure.get_figheight()
        return self.figure.add_axes((x / self.width, top - high, length / self.width, high))

    def label(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write a text at `x` from the left edge of the sheet, at `y` of the body."""
        place = blended_transform_factory(self.figure.dpi_scale_trans, self.axes.transData)
        usual: dict[str, Any] = {"va": "center", "ha": "left", "linespacing": 1.1, "zorder": 6, "bbox": CLEAR}
        self.axes.text(x, y, text, transform=place, clip_on=False, **usual | style)

    def base(self, marks: Sequence[float], pitch: float) -> None:
        """Draw the line that a block of marks starts from; on a narrow sheet labels stand between them."""
        ends = (marks[0] - pitch / 2, marks[-1] + pitch / 2)
        if self.narrow:
            self.axes.plot((0, 0), ends, color=MUTED, linewidth=1.0, zorder=3, solid_capstyle="butt")

    def beside(self, x: float, y: float, text: str, *, side: int = 1, **style: Any) -> None:
        """Write a text right of a place in the body, or left of it where `side` is -1."""
        usual: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, "va": "center"}
        align = "left" if side > 0 else "right"
        self.axes.annotate(text, (x, y), xytext=(5 * side, 0), ha=align, **usual | style)

    def interval(self, y: float, row: Any, *, colour: str = INK, side: int = 1, halo: bool = False) -> None:
        """Draw the interval of an estimate as a thin line, its value beyond; a halo for dark ground."""
        style: dict[str, Any] = {"color": colour, "linewidth": 1.3, "solid_capstyle": "butt", "zorder": 4}
        self.axes.plot(
            (side * row.ci_low, side * row.ci_high), (y, y), path_effects=HALO if halo else [], **style
        )
        self.beside(side * row.ci_high, y, row.value, side=side, weight="semibold")

    def gap(self, y: float, row: Any, *, thickness: float) -> None:
        """Mark an estimate that has no number: hatched, with the word."""
        length = GAP_MARK / self.inches_per_unit
        self.axes.add_patch(hatched(0, y - thickness / 2, length, thickness))
        self.beside(length, y, row.value, color=MUTED, size=SMALL)

    def estimate(self, y: float, row: Any, *, thickness: float, colour: str = BAR, marker: str = "") -> None:
        """Draw one estimate as a bar, or as a dot when a marker is given, with its interval and its value."""
        if row.verdict not in SHOWN:
            self.gap(y, row, thickness=thickness)
        elif marker:
            self.axes.axhline(y, color=GRID, linewidth=0.8, zorder=1)
            self.interval(y, row, colour=colour)
            self.axes.plot(row.estimate, y, marker=marker, color=colour, **DOT)
        else:
            self.axes.barh(y, row.estimate, height=thickness, color=colour, zorder=2)
            self.interval(y, row)


def hatched(x: float, y: float, length: float, height: float) -> Rectangle:
    """Return the mark of an estimate that is hidden or was not asked."""
    return Rectangle((x, y), length, height, hatch="/////", fill=False, edgecolor=MUTED, linewidth=0.6)


def lay_out(
    labels: Sequence[str], *, narrow: bool, pitch: float, gap: float, marks: int = 1, top: float = 0.0
) -> list[Block]:
    """Place a block a label below each other; on a narrow sheet the label stands above its marks."""
    blocks, y = [], top + gap / 2
    for label in labels:
        lines = LINE * (label.count("\n") + 1)
        body = pitch * marks if narrow else max(pitch * marks, lines)
        start = y + lines if narrow else y
        first = start + (body - pitch * marks) / 2 + pitch / 2
        places = tuple(first + pitch * place for place in range(marks))
        y = start + body + gap
        blocks.append(Block(label, start - lines / 2 if narrow else start + body / 2, places, y))
    return blocks


def label_column(labels: Sequence[str], *, narrow: bool, indent: float = 0.0) -> tuple[list[str], float]:
    """Return the labels in lines, and where the body begins beside them (or below them on a narrow sheet)."""
    room = (NARROW - 2 * EDGE if narrow else WIDE * LABELS) - indent
    wrapped = [wrap(label, room) for label in labels]
    widest = max(width(line) for label in wrapped for line in label.split("\n"))
    return wrapped, EDGE + (0.0 if narrow else indent + widest + GUTTER)


def open_sheet(
    exhibit: Exhibit, *, narrow: bool, body: float, left: float, right: float, legend: Sequence[Key] = ()
) -> Sheet:
    """Return a sheet with legend and footer, and axes of the height `body` between the margins."""
    total = NARROW if narrow else WIDE
    lines = len(list(_flow(legend, total)))
    rows = list(_flow(legend, total, -(-len(legend) // max(lines, 1))))
    mark = exhibit.words("chart.synthetic") if exhibit.synthetic else ""
    beside = width(mark, SMALL, weight="semibold") + 0.3 if mark else 0.0
    footer = wrap(_notes(exhibit), total - 2 * EDGE - beside, SMALL)
    top = EDGE + LEGEND_LINE * len(rows)
    height = top + body + AXIS + EDGE + SMALL_LINE * (footer.count("\n") + 1) + EDGE
    figure = Figure(figsize=(total, height))
    axes = figure.add_axes(
        (left / total, 1 - (top + body) / height, 1 - (left + right) / total, body / height)
    )
    axes.set_ylim(body, 0)
    sheet = Sheet(figure, axes, exhibit, narrow)
    _draw_legend(sheet, rows, top)
    style: dict[str, Any] = {"transform": figure.dpi_scale_trans, "size": SMALL, "va": "bottom"}
    figure.text(EDGE, EDGE, footer, color=MUTED, linespacing=1.15, **style)
    if mark:
        box = {"boxstyle": "square,pad=0.25", "facecolor": PAPER, "edgecolor": MUTED, "linewidth": 0.7}
        figure.text(total - EDGE - 0.04, EDGE, mark, weight="semibold", ha="right", bbox=box, **style)
    return sheet


def _notes(exhibit: Exhibit) -> str:
    words = exhibit.words
    notes = [words("chart.interval_key", level=exhibit.level_text)]
    if (exhibit.rows["verdict"] == "uncertain").any():
        notes.append(words("chart.uncertain"))
    if exhibit.totals:
        notes.append(words("chart.totals"))
    if exhibit.breaks:
        notes.append(words("chart.break"))
    return f"{NBSP}{NBSP} ".join(note.replace(" ", NBSP) for note in notes)


def _flow(legend: Sequence[Key], total: float, most: int = 99) -> Iterator[list[tuple[float, Key]]]:
    """Give the rows of the legend, each entry with its place from the left and at most so many in a row."""
    row: list[tuple[float, Key]] = []
    x = EDGE
    for key in legend:
        needed = SWATCH + 0.07 + width(key.label)
        if row and (len(row) == most or x + needed > total - EDGE):
            yield row
            row, x = [], EDGE
        row.append((x, key))
        x += needed + 0.2
    if row:
        yield row


def _draw_legend(sheet: Sheet, rows: Sequence[Sequence[tuple[float, Key]]], top: float) -> None:
    place = blended_transform_factory(sheet.figure.dpi_scale_trans, sheet.axes.transData)
    for line, row in enumerate(rows):
        y = EDGE + LEGEND_LINE * (line + 0.5) - top
        for x, key in row:
            style: dict[str, Any] = {
                "marker": key.marker,
                "color": key.colour,
                "markersize": 8,
                "linestyle": "",
            }
            sheet.axes.plot(x + SWATCH / 2, y, transform=place, clip_on=False, **style)
            sheet.label(x + SWATCH + 0.07, y, key.label)


def step_of(reach: float, *, steps: int = MOST_STEPS) -> float:
    """Return the smallest round step that covers a reach in so many steps."""
    return next((each for each in STEPS if reach <= steps * each + 1e-9), STEPS[-1])


def percent_axis(sheet: Sheet, *, high: float, low: float = 0.0) -> None:
    """Let the axis run from `low` left of zero to `high`, both at least a step; its ticks have no sign."""
    axes, words = sheet.axes, sheet.exhibit.words
    step = step_of(high + low)
    first, last = -math.ceil(low / step - 1e-9), max(1, math.ceil(high / step - 1e-9))
    ticks = [step * place for place in range(first, last + 1)]
    axes.set_xlim(ticks[0], ticks[-1])
    axes.set_xticks(ticks, [words.number.percent(abs(tick)) for tick in ticks])
    axes.set_yticks([])
    axes.grid(True, axis="x")
    sns.despine(ax=axes, left=True, bottom=True)
    if low or not sheet.narrow:
        axes.axvline(0, color=MUTED, linewidth=1.0, zorder=3)


def value_room(rows: pd.DataFrame) -> float:
    """Return the room that the values need beside the marks."""
    return max((width(value, weight="semibold") for value in rows["value"]), default=0.0) + GUTTER
