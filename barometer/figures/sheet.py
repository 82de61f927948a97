"""The sheet a figure is drawn on: labels, axis, legend and footer; all lengths are inches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import blended_transform_factory

from barometer.exhibit import SHOWN, Exhibit
from barometer.figures.style import BAR, INK, MUTED, PAPER, POINTS, SIZE, SMALL, width, wrap

WIDE, NARROW = 7.0, 3.7
EDGE, GUTTER = 0.08, 0.12
LABELS = 0.40
LINE, SMALL_LINE = SIZE * 1.25 / POINTS, SMALL * 1.4 / POINTS
AXIS = 0.24
SWATCH = 0.13
GAP_MARK = 0.3
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
MOST_STEPS = 5
HALO = (withStroke(linewidth=2.8, foreground=PAPER),)


@dataclass(frozen=True)
class Key:
    """One entry of the legend."""

    label: str
    colour: str
    marker: str = "s"


@dataclass(frozen=True)
class Block:
    """A labelled part of the body with the places of its marks; `y` is the middle of the label, `end` the bottom."""

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

    def label(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write a text at `x` from the left edge of the sheet, at `y` of the body."""
        place = blended_transform_factory(self.figure.dpi_scale_trans, self.axes.transData)
        style = {"va": "center", "ha": "left", "linespacing": 1.1} | style
        self.axes.text(x, y, text, transform=place, clip_on=False, **style)

    def beside(self, x: float, y: float, text: str, *, left: bool = False, **style: Any) -> None:
        """Write a text right of a place in the body, or left of it."""
        offset, align = ((-5, 0), "right") if left else ((5, 0), "left")
        self.axes.annotate(
            text,
            (x, y),
            xytext=offset,
            textcoords="offset points",
            va="center",
            ha=align,
            annotation_clip=False,
            **style,
        )

    def whisker(self, y: float, row: Any, *, colour: str = INK, side: int = 1) -> None:
        """Draw the interval of an estimate as a thin line that also shows on a bar."""
        ends = (side * row.ci_low, side * row.ci_high)
        self.axes.plot(
            ends, (y, y), color=colour, linewidth=1.3, solid_capstyle="butt", path_effects=HALO, zorder=4
        )

    def gap(self, y: float, row: Any, *, thickness: float) -> None:
        """Mark an estimate that has no number: hatched, with the word."""
        left, right = self.axes.get_xlim()
        length = (right - left) * GAP_MARK / _inches(self.axes)
        mark = Rectangle(
            (0, y - thickness / 2), length, thickness, hatch="/////", fill=False, edgecolor=MUTED, lw=0.6
        )
        self.axes.add_patch(mark)
        self.beside(length, y, row.value, color=MUTED, size=SMALL)

    def estimate(self, y: float, row: Any, *, thickness: float, colour: str = BAR, marker: str = "") -> None:
        """Draw one estimate as a bar, or as a dot when a marker is given, with its interval and its value."""
        if row.verdict not in SHOWN:
            self.gap(y, row, thickness=thickness)
            return
        if marker:
            self.whisker(y, row, colour=colour)
            self.axes.plot(
                row.estimate, y, marker=marker, color=colour, markersize=6.5, mec=PAPER, mew=0.7, zorder=5
            )
        else:
            self.axes.barh(y, row.estimate, height=thickness, color=colour, zorder=2)
            self.whisker(y, row)
        self.beside(row.ci_high, y, row.value, weight="semibold")


def _inches(axes: Axes) -> float:
    return float(axes.get_position().width * axes.figure.get_figwidth())


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
    return wrapped, EDGE + (0.02 if narrow else indent + widest + GUTTER)


def open_sheet(
    exhibit: Exhibit, *, narrow: bool, body: float, left: float, right: float, legend: Sequence[Key] = ()
) -> Sheet:
    """Return a sheet with legend and footer, and axes of the height `body` between the margins."""
    total = NARROW if narrow else WIDE
    rows = list(_flow(legend, total))
    notes, mark = _notes(exhibit), exhibit.words("chart.synthetic") if exhibit.synthetic else ""
    beside = width(mark, SMALL, weight="semibold") + 0.25 if mark else 0.0
    footer = wrap(notes, total - 2 * EDGE - beside, SMALL).split("\n")
    top = EDGE + LINE * 1.25 * len(rows)
    height = top + body + AXIS + EDGE + SMALL_LINE * len(footer) + EDGE
    figure = Figure(figsize=(total, height))
    place = (left / total, 1 - (top + body) / height, 1 - (left + right) / total, body / height)
    axes = figure.add_axes(place)
    axes.set_ylim(body, 0)
    sheet = Sheet(figure, axes, exhibit, narrow)
    _draw_legend(sheet, rows, top)
    for line, text in enumerate(reversed(footer)):
        figure.text(
            EDGE,
            EDGE + SMALL_LINE * (line + 0.5),
            text,
            transform=figure.dpi_scale_trans,
            size=SMALL,
            color=MUTED,
            va="center",
        )
    if mark:
        box = {"boxstyle": "square,pad=0.25", "facecolor": PAPER, "edgecolor": MUTED, "linewidth": 0.7}
        figure.text(
            total - EDGE - 0.05,
            EDGE + SMALL_LINE / 2,
            mark,
            transform=figure.dpi_scale_trans,
            size=SMALL,
            color=INK,
            weight="semibold",
            ha="right",
            va="center",
            bbox=box,
        )
    return sheet


def _notes(exhibit: Exhibit) -> str:
    words = exhibit.words
    notes = [words("chart.interval_key", level=exhibit.level_text)]
    if (exhibit.rows["verdict"] == "uncertain").any():
        notes.append(words("chart.uncertain"))
    if exhibit.breaks:
        notes.append(words("chart.break"))
    return "   ".join(notes)


def _flow(legend: Sequence[Key], total: float) -> Iterator[list[tuple[float, Key]]]:
    """Give the rows of the legend, each entry with its place from the left."""
    row: list[tuple[float, Key]] = []
    x = EDGE
    for key in legend:
        needed = SWATCH + 0.07 + width(key.label)
        if row and x + needed > total - EDGE:
            yield row
            row, x = [], EDGE
        row.append((x, key))
        x += needed + 0.2
    if row:
        yield row


def _draw_legend(sheet: Sheet, rows: Sequence[Sequence[tuple[float, Key]]], top: float) -> None:
    place = blended_transform_factory(sheet.figure.dpi_scale_trans, sheet.axes.transData)
    for line, row in enumerate(rows):
        y = EDGE + LINE * 1.25 * (line + 0.5) - top
        for x, key in row:
            style = {"marker": key.marker, "color": key.colour, "markersize": 8, "linestyle": ""}
            sheet.axes.plot(x + SWATCH / 2, y, transform=place, clip_on=False, **style)
            sheet.label(x + SWATCH + 0.07, y, key.label)


def percent_axis(sheet: Sheet, *, high: float, low: float = 0.0) -> None:
    """Let the axis run from `low` left of zero to `high`, both at least a step; its ticks have no sign."""
    axes, words = sheet.axes, sheet.exhibit.words
    step = next((each for each in STEPS if high + low <= MOST_STEPS * each), STEPS[-1])
    first, last = -math.ceil(low / step - 1e-9), max(1, math.ceil(high / step - 1e-9))
    ticks = [step * place for place in range(first, last + 1)]
    axes.set_xlim(ticks[0], ticks[-1])
    axes.set_xticks(ticks, [words.number.percent(abs(tick)) for tick in ticks])
    axes.set_yticks([])
    axes.grid(True, axis="x")
    axes.axvline(0, color=MUTED, linewidth=1.0, zorder=3)


def value_room(rows: pd.DataFrame) -> float:
    """Return the room that the values need beside the marks."""
    return max((width(value, weight="semibold") for value in rows["value"]), default=0.0) + GUTTER
