"""Answers over the waves, one panel each, with breaks and waves that did not ask as gaps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from barometer.exhibit import SHOWN, Exhibit
from barometer.figures.sheet import AXIS, EDGE, LINE, NARROW, WIDE, Sheet, open_sheet, step_of
from barometer.figures.style import GRID, INK, MUTED, POINTS, SERIES, SMALL, width, wrap

HEIGHT, ONE_HEIGHT, SMALL_HEIGHT = 1.45, 2.2, 1.15
FEW = 4
COLUMN_GAP, ROW_GAP, TICKS = 0.25, 0.16, 0.3
# Room above the highest interval for its value, and above the highest tick for half of its label.
VALUE, TICK = 0.22, 0.1
# Between an axis and its labels.
PAD = 0.07
LINE_WEIGHT = 2.0
# Of the room of a wave, and of a panel.
MARK_WIDTH, MARK_HEIGHT = 0.36, 0.07

Series = tuple[str, str]


@dataclass(frozen=True)
class Panel:
    """A part of the sheet with an axis of waves and one of shares; `y` is its top."""

    sheet: Sheet
    x: float
    y: float
    length: float
    height: float
    waves: tuple[str, ...]
    high: float

    def across(self, place: float) -> float:
        """Return where a wave stands, by its place among the waves."""
        return self.x + (place + 0.5) / len(self.waves) * self.length

    def down(self, share: float) -> float:
        """Return where a share stands."""
        return self.y + (1 - share / self.high) * self.height


def trend(exhibit: Exhibit, *, narrow: bool) -> Figure:
    """Draw each answer in a panel of its own; all panels have the same axis."""
    series = exhibit.series
    total = NARROW if narrow else WIDE
    columns = 1 if narrow or len(series) == 1 else 2
    room = (total - 2 * EDGE - COLUMN_GAP * (columns - 1)) / columns
    rows = _rows(exhibit)
    titles = [wrap(list(rows[pair].values())[-1].item, room, weight="semibold") for pair in series]
    titles = titles if len(series) > 1 else [""]
    lines = LINE * max(title.count("\n") + 1 for title in titles) + 0.04 if titles[0] else 0.0
    height = ONE_HEIGHT if len(series) == 1 else HEIGHT if len(series) <= FEW else SMALL_HEIGHT
    pitch = lines + height + TICKS + ROW_GAP
    body = pitch * math.ceil(len(series) / columns) - AXIS - ROW_GAP + 0.06
    sheet = open_sheet(exhibit, narrow=narrow, body=body)
    highest = float(exhibit.drawn["ci_high"].max())
    ticks, high = _axis(highest if math.isfinite(highest) else 0.0, height)
    beside = max(width(exhibit.words.number.percent(tick), SMALL) for tick in ticks) + 0.06
    waves = tuple(wave.id for wave in exhibit.waves)
    for place, (pair, title) in enumerate(zip(series, titles, strict=True)):
        x, y = EDGE + place % columns * (room + COLUMN_GAP), place // columns * pitch
        sheet.text(x, y + lines - 0.04, title, weight="semibold", va="bottom")
        panel = Panel(sheet, x + beside, y + lines, room - beside, height, waves, high)
        _draw_axes(panel, ticks)
        _draw(panel, rows[pair], broken=[wave for wave in waves if _breaks(exhibit, pair, wave)])
    return sheet.figure


def _axis(highest: float, height: float) -> tuple[list[float], float]:
    """Return round shares that cover the highest interval, and where a panel ends above it."""
    step = step_of(highest, steps=4)
    ticks = [step * place for place in range(max(1, math.ceil(highest / step - 1e-9)) + 1)]
    return ticks, max(ticks[-1] / (1 - TICK / height), highest / (1 - VALUE / height))


def _rows(exhibit: Exhibit) -> dict[Series, dict[str, Any]]:
    """Return the rows of each answer by wave, with those of waves that did not ask the whole question."""
    rows = {(row.question, row.option, row.wave): row for row in exhibit.rows.itertuples()}
    return {
        (question, option): {
            wave.id: rows[key]
            for wave in exhibit.waves
            for key in ((question, option, wave.id), (question, "", wave.id))
            if key in rows
        }
        for question, option in exhibit.series
    }


def _breaks(exhibit: Exhibit, series: Series, wave: str) -> bool:
    """Tell whether the series breaks at a wave."""
    names = {series[0], exhibit.parent(series[0]).id}
    return any(
        each.wave == wave and names & set(each.variables) and (not each.options or series[1] in each.options)
        for each in exhibit.breaks
    )


def _draw_axes(panel: Panel, ticks: Sequence[float]) -> None:
    """Draw a line for each share and the names of the waves."""
    sheet, ends = panel.sheet, (panel.x, panel.x + panel.length)
    small: dict[str, Any] = {"size": SMALL, "color": MUTED}
    for tick in ticks:
        y, (colour, weight) = panel.down(tick), (GRID, 0.8) if tick else (MUTED, 1.0)
        sheet.line(ends, (y, y), color=colour, linewidth=weight, zorder=1)
        sheet.text(panel.x - PAD, y, sheet.exhibit.words.number.percent(tick), ha="right", **small)
    for place, wave in enumerate(panel.waves):
        name = wrap(wave, 0.1, SMALL)
        sheet.text(panel.across(place), panel.down(0) + PAD, name, ha="center", va="top", **small)


def _draw(panel: Panel, rows: Mapping[str, Any], *, broken: Sequence[str]) -> None:
    """Draw the waves of one answer, and lines between those that can be compared."""
    sheet = panel.sheet
    for place, wave in enumerate(panel.waves):
        if wave in rows:
            _draw_point(panel, place, rows[wave])
        if wave in broken:
            x, ends = panel.across(place - 0.5), (panel.y, panel.y + panel.height)
            sheet.line((x, x), ends, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
            sheet.text(x + 4 / POINTS, panel.y + 2 / POINTS, sheet.exhibit.words("gap.break_mark"), va="top")
            continue
        pair = [rows[each] for each in panel.waves[max(0, place - 1) : place + 1] if each in rows]
        if len(pair) == 2 and all(row.verdict in SHOWN for row in pair):
            xs = panel.across(place - 1), panel.across(place)
            ys = [panel.down(row.estimate) for row in pair]
            sheet.line(xs, ys, color=SERIES[0], linewidth=LINE_WEIGHT, zorder=3)


def _draw_point(panel: Panel, place: int, row: Any) -> None:
    """Draw one wave: dot, interval and value; or the mark of a gap with its word."""
    sheet, x = panel.sheet, panel.across(place)
    above: dict[str, Any] = {"ha": "center", "va": "bottom"}
    if row.verdict in SHOWN:
        ends = (panel.down(row.ci_low), panel.down(row.ci_high))
        sheet.line((x, x), ends, color=INK, linewidth=1.3, zorder=4)
        sheet.dot(x, panel.down(row.estimate), colour=SERIES[0], size=5.5)
        sheet.text(x, ends[1] - 3 / POINTS, row.value, clear=True, weight="semibold", **above)
        return
    length, height = MARK_WIDTH / len(panel.waves) * panel.length, MARK_HEIGHT * panel.height
    sheet.hatched(x - length / 2, panel.down(0) - height, length, height)
    word = row.value.replace(" ", "\n")
    sheet.text(x, panel.down(0) - height - 3 / POINTS, word, color=MUTED, size=SMALL, **above)
