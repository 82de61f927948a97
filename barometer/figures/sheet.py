"""The sheet a figure is drawn on: labels, axis, legend and footer; all lengths are inches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from barometer.exhibit import SHOWN, Exhibit
from barometer.figures.style import BAR, GRID, INK, MUTED, PAPER, POINTS, SIZE, SMALL, width, wrap

WIDE, NARROW = 7.0, 3.7
EDGE, GUTTER = 0.12, 0.12
LABELS = 0.40
LINE, SMALL_LINE = SIZE * 1.25 / POINTS, SMALL * 1.4 / POINTS
LEGEND_LINE = LINE * 1.3
# Room below the body for the numbers of the axis, and how far down they stand.
AXIS, TICKS = 0.24, 0.19
SWATCH = 0.13
GAP_MARK = 0.3
# Between a mark and its value.
BESIDE = 5 / POINTS
NBSP = "\N{NO-BREAK SPACE}"
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
MOST_STEPS = 5
DOT = 6.5
HALO = 2.8


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
    """A figure with its body; `x` runs from the left edge, `y` down from the top of the body.

    The axis of shares begins at `left`, has a `length`, and runs from `low` to `high`.
    """

    figure: Figure
    exhibit: Exhibit
    narrow: bool
    top: float
    left: float
    length: float
    low: float = 0.0
    high: float = 1.0

    @property
    def inches_per_unit(self) -> float:
        """Return how long a share of one is on the sheet."""
        return self.length / (self.high - self.low)

    def at(self, share: float) -> float:
        """Return where a share stands on the axis."""
        return self.left + (share - self.low) * self.inches_per_unit

    def _up(self, y: float) -> float:
        return float(self.figure.get_figheight()) - self.top - y

    def line(self, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
        """Draw a line between places."""
        place = self.figure.dpi_scale_trans
        self.figure.add_artist(Line2D(xs, [self._up(y) for y in ys], transform=place, **style))

    def area(self, x: float, y: float, length: float, height: float, **style: Any) -> None:
        """Draw a rectangle with its upper left corner at a place."""
        corner = (x, self._up(y + height))
        self.figure.add_artist(
            Rectangle(corner, length, height, transform=self.figure.dpi_scale_trans, **style)
        )

    def dot(
        self, x: float, y: float, *, colour: str, marker: str = "o", size: float = DOT, edge: float = 0.7
    ) -> None:
        """Draw a mark with a thin light edge."""
        style: dict[str, Any] = {"marker": marker, "markersize": size, "markeredgewidth": edge, "zorder": 5}
        self.line((x,), (y,), color=colour, linestyle="", markeredgecolor=PAPER, **style)

    def text(self, x: float, y: float, text: str, *, clear: bool = False, **style: Any) -> None:
        """Write a text at a place; `clear` wipes out what is behind it."""
        usual: dict[str, Any] = {"va": "center", "ha": "left", "linespacing": 1.1, "zorder": 6} | style
        if clear:
            size = max(width(line, weight=usual.get("weight", "regular")) for line in text.split("\n"))
            height = LINE * (text.count("\n") + 1)
            left = x - size * {"left": 0.0, "center": 0.5}[usual["ha"]]
            above = y - height * {"center": 0.5, "bottom": 1.0}[usual["va"]]
            self.area(left, above, size, height, facecolor=PAPER, linewidth=0, zorder=5.5)
        self.figure.text(x, self._up(y), text, transform=self.figure.dpi_scale_trans, **usual)

    def label(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write the name of a mark; on a narrow sheet it stands on the lines of the axis."""
        self.text(x, y, text, clear=self.narrow, **style)

    def base(self, marks: Sequence[float], pitch: float) -> None:
        """Draw the line that a block of marks starts from; on a narrow sheet labels stand between them."""
        if self.narrow:
            ends = (marks[0] - pitch / 2, marks[-1] + pitch / 2)
            self.line((self.at(0), self.at(0)), ends, color=MUTED, linewidth=1.0, zorder=3)

    def beside(self, share: float, y: float, text: str, *, side: int = 1, **style: Any) -> None:
        """Write a text right of a place in the body, or left of it where `side` is -1."""
        self.text(self.at(share) + side * BESIDE, y, text, ha="left" if side > 0 else "right", **style)

    def interval(self, y: float, row: Any, *, colour: str = INK, side: int = 1, halo: bool = False) -> None:
        """Draw the interval of an estimate as a thin line, its value beyond; a halo for dark ground."""
        ends = (self.at(side * row.ci_low), self.at(side * row.ci_high))
        if halo:
            self.line(ends, (y, y), color=PAPER, linewidth=HALO, zorder=4)
        self.line(ends, (y, y), color=colour, linewidth=1.3, zorder=4)
        self.beside(side * row.ci_high, y, row.value, side=side, weight="semibold")

    def gap(self, y: float, row: Any, *, thickness: float) -> None:
        """Mark an estimate that has no number: hatched, with the word."""
        self.hatched(self.at(0), y - thickness / 2, GAP_MARK, thickness)
        self.text(self.at(0) + GAP_MARK + BESIDE, y, row.value, color=MUTED, size=SMALL)

    def hatched(self, x: float, y: float, length: float, height: float) -> None:
        """Draw the mark of an estimate that is hidden or was not asked."""
        self.area(x, y, length, height, hatch="/////", fill=False, edgecolor=MUTED, linewidth=0.6)

    def bar(self, y: float, start: float, end: float, *, thickness: float, colour: str) -> None:
        """Draw a bar from one share to another."""
        left, right = sorted((self.at(start), self.at(end)))
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": PAPER, "linewidth": 1.0, "zorder": 2}
        self.area(left, y - thickness / 2, right - left, thickness, **style)

    def estimate(self, y: float, row: Any, *, thickness: float, colour: str = BAR, marker: str = "") -> None:
        """Draw one estimate as a bar, or as a dot when a marker is given, with its interval and its value."""
        if row.verdict not in SHOWN:
            self.gap(y, row, thickness=thickness)
        elif marker:
            ends = (self.at(self.low), self.at(self.high))
            self.line(ends, (y, y), color=GRID, linewidth=0.8, zorder=1)
            self.interval(y, row, colour=colour)
            self.dot(self.at(row.estimate), y, colour=colour, marker=marker)
        else:
            self.bar(y, 0.0, row.estimate, thickness=thickness, colour=colour)
            self.interval(y, row)


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
    exhibit: Exhibit,
    *,
    narrow: bool,
    body: float,
    left: float = 0.0,
    right: float = 0.0,
    reach: tuple[float, float] | None = None,
    legend: Sequence[Key] = (),
) -> Sheet:
    """Return a sheet with legend and footer, and a body of the height `body` between the margins.

    Where a reach is given, left and right of zero, an axis covers it.
    """
    total = NARROW if narrow else WIDE
    lines = len(list(_flow(legend, total)))
    rows = list(_flow(legend, total, -(-len(legend) // max(lines, 1))))
    mark = exhibit.words("chart.synthetic") if exhibit.synthetic else ""
    beside = width(mark, SMALL, weight="semibold") + 0.3 if mark else 0.0
    footer = wrap(_notes(exhibit), total - 2 * EDGE - beside, SMALL)
    top = EDGE + LEGEND_LINE * len(rows)
    height = top + body + AXIS + EDGE + SMALL_LINE * (footer.count("\n") + 1) + EDGE
    ticks = _ticks(*reach) if reach else [0.0, 1.0]
    figure = Figure(figsize=(total, height))
    sheet = Sheet(figure, exhibit, narrow, top, left, total - left - right, low=ticks[0], high=ticks[-1])
    if reach:
        _draw_axis(sheet, ticks, body)
    _draw_legend(sheet, rows)
    style: dict[str, Any] = {"size": SMALL, "va": "bottom", "linespacing": 1.15}
    sheet.text(EDGE, height - top - EDGE, footer, color=MUTED, **style)
    if mark:
        box = {"boxstyle": "square,pad=0.25", "facecolor": PAPER, "edgecolor": MUTED, "linewidth": 0.7}
        place = (total - EDGE - 0.04, height - top - EDGE)
        sheet.text(*place, mark, weight="semibold", ha="right", bbox=box, **style)
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


def _draw_legend(sheet: Sheet, rows: Sequence[Sequence[tuple[float, Key]]]) -> None:
    for line, row in enumerate(rows):
        y = EDGE + LEGEND_LINE * (line + 0.5) - sheet.top
        for x, key in row:
            sheet.dot(x + SWATCH / 2, y, colour=key.colour, marker=key.marker, size=8, edge=0)
            sheet.text(x + SWATCH + 0.07, y, key.label)


def step_of(reach: float, *, steps: int = MOST_STEPS) -> float:
    """Return the smallest round step that covers a reach in so many steps."""
    return next((each for each in STEPS if reach <= steps * each + 1e-9), STEPS[-1])


def _ticks(low: float, high: float) -> list[float]:
    """Return round shares from `low` left of zero to `high`, both at least a step."""
    step = step_of(high + low)
    first, last = -math.ceil(low / step - 1e-9), max(1, math.ceil(high / step - 1e-9))
    return [step * place for place in range(first, last + 1)]


def _draw_axis(sheet: Sheet, ticks: Sequence[float], body: float) -> None:
    """Draw the lines of the axis, and its shares below, without a sign."""
    for tick in ticks:
        x = sheet.at(tick)
        sheet.line((x, x), (0.0, body), color=GRID, linewidth=0.8, zorder=1)
        share = sheet.exhibit.words.number.percent(abs(tick))
        style: dict[str, Any] = {"size": SMALL, "ha": "center", "va": "baseline", "color": MUTED}
        sheet.text(x, body + TICKS, share, **style)
    if sheet.low or not sheet.narrow:
        sheet.line((sheet.at(0), sheet.at(0)), (0.0, body), color=MUTED, linewidth=1.0, zorder=3)


def value_room(rows: pd.DataFrame) -> float:
    """Return the room that the values need beside the marks."""
    return max((width(value, weight="semibold") for value in rows["value"]), default=0.0) + GUTTER
