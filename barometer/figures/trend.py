"""Answers over the waves, one panel each, with breaks and waves that did not ask as gaps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from barometer.exhibit import SHOWN, Exhibit
from barometer.figures.sheet import AXIS, CLEAR, DOT, EDGE, LINE, NARROW, WIDE, hatched, open_sheet, step_of
from barometer.figures.style import INK, MUTED, SERIES, SMALL, width, wrap

HEIGHT, ONE_HEIGHT, SMALL_HEIGHT = 1.45, 2.2, 1.15
FEW = 4
COLUMN_GAP, ROW_GAP, TICKS = 0.25, 0.16, 0.3
# Room above the highest interval for its value, and above the highest tick for half of its label.
VALUE, TICK = 0.22, 0.1
MARK_WIDTH, MARK_HEIGHT = 0.36, 0.07

Series = tuple[str, str]


def trend(exhibit: Exhibit, *, narrow: bool) -> Figure:
    """Draw each answer in a panel of its own; all panels have the same axis."""
    series = exhibit.series
    total = NARROW if narrow else WIDE
    columns = 1 if narrow or len(series) == 1 else 2
    room = (total - 2 * EDGE - COLUMN_GAP * (columns - 1)) / columns
    titles = [wrap(_rows(exhibit, pair).iloc[-1]["item"], room, weight="semibold") for pair in series]
    titles = titles if len(series) > 1 else [""]
    lines = LINE * max(title.count("\n") + 1 for title in titles) + 0.04 if titles[0] else 0.0
    height = ONE_HEIGHT if len(series) == 1 else HEIGHT if len(series) <= FEW else SMALL_HEIGHT
    pitch = lines + height + TICKS + ROW_GAP
    sheet = open_sheet(
        exhibit,
        narrow=narrow,
        body=pitch * math.ceil(len(series) / columns) - AXIS - ROW_GAP + 0.06,
        left=0.0,
        right=0.0,
    )
    sheet.axes.set_xlim(0, total)
    sheet.axes.axis("off")
    for place, (pair, title) in enumerate(zip(series, titles, strict=True)):
        x, y = EDGE + place % columns * (room + COLUMN_GAP), place // columns * pitch
        sheet.label(x, y + lines - 0.04, title, weight="semibold", va="bottom")
        ticks = width(exhibit.words.number.percent(1), SMALL) + 0.06
        axes = sheet.panel(x + ticks, y + lines, room - ticks, height)
        _panel(axes, exhibit, pair, highest=float(exhibit.drawn["ci_high"].max()), height=height)
    return sheet.figure


def _rows(exhibit: Exhibit, series: Series) -> pd.DataFrame:
    """Return the rows of one answer, a wave each, with those of waves that did not ask the whole question."""
    rows = exhibit.rows
    return rows[(rows["question"] == series[0]) & rows["option"].isin([series[1], ""])]


def _panel(axes: Axes, exhibit: Exhibit, series: Series, *, highest: float, height: float) -> None:
    waves = [wave.id for wave in exhibit.waves]
    places = {wave: place for place, wave in enumerate(waves)}
    rows = {row.wave: row for row in _rows(exhibit, series).itertuples()}
    broken = [wave for wave in waves if _breaks(exhibit, series, wave)]
    _axis(axes, exhibit, waves, highest=highest, height=height)
    for earlier, later in pairwise(waves):
        pair = [rows[wave] for wave in (earlier, later) if wave in rows and rows[wave].verdict in SHOWN]
        if len(pair) == 2 and later not in broken:
            ends = pd.DataFrame(
                {"wave": [places[row.wave] for row in pair], "share": [row.estimate for row in pair]}
            )
            sns.lineplot(ends, x="wave", y="share", ax=axes, color=SERIES[0], linewidth=2.0, zorder=3)
    for wave, row in rows.items():
        _point(axes, places[wave], row)
    for wave in broken:
        axes.axvline(places[wave] - 0.5, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=2)
        mark = exhibit.words("gap.break_mark")
        axes.annotate(
            mark, (places[wave] - 0.5, axes.get_ylim()[1]), (4, -2), textcoords="offset points", va="top"
        )
    axes.set(xlabel="", ylabel="")


def _breaks(exhibit: Exhibit, series: Series, wave: str) -> bool:
    """Tell whether the series breaks at a wave."""
    names = {series[0], exhibit.parent(series[0]).id}
    return any(
        each.wave == wave and names & set(each.variables) and (not each.options or series[1] in each.options)
        for each in exhibit.breaks
    )


def _axis(axes: Axes, exhibit: Exhibit, waves: Sequence[str], *, highest: float, height: float) -> None:
    step = step_of(highest if math.isfinite(highest) else 0.0, steps=4)
    top = step * max(1, math.ceil(highest / step - 1e-9)) if math.isfinite(highest) else step
    ticks = [step * place for place in range(round(top / step) + 1)]
    reach = highest / (1 - VALUE / height) if math.isfinite(highest) else top
    axes.set_ylim(0, max(top / (1 - TICK / height), reach))
    axes.set_yticks(ticks, [exhibit.words.number.percent(tick) for tick in ticks])
    axes.set_xlim(-0.5, len(waves) - 0.5)
    axes.set_xticks(range(len(waves)), [wrap(wave, 0.1, SMALL) for wave in waves])
    axes.grid(False, axis="x")
    axes.tick_params(pad=2)
    sns.despine(ax=axes, left=True, bottom=True)
    axes.axhline(0, color=MUTED, linewidth=1.0)


def _point(axes: Axes, place: int, row: Any) -> None:
    """Draw one wave: dot, interval and value; or the mark of a gap with its word."""
    if row.verdict in SHOWN:
        axes.plot((place, place), (row.ci_low, row.ci_high), color=INK, linewidth=1.3, zorder=4)
        axes.plot(place, row.estimate, marker="o", color=SERIES[0], **DOT | {"markersize": 5.5})
        style: dict[str, Any] = {"weight": "semibold", "bbox": CLEAR, "zorder": 6}
        axes.annotate(
            row.value,
            (place, row.ci_high),
            (0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            **style,
        )
        return
    height = axes.get_ylim()[1] * MARK_HEIGHT
    axes.add_patch(hatched(place - MARK_WIDTH / 2, 0, MARK_WIDTH, height))
    word = row.value.replace(" ", "\n")
    gap: dict[str, Any] = {"color": MUTED, "size": SMALL, "ha": "center", "va": "bottom"}
    axes.annotate(word, (place, height), (0, 3), textcoords="offset points", **gap)
