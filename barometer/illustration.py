"""A figure from its exhibit: drawn once wide and once narrow, with its words, its table and its views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from barometer import figures
from barometer.blocks import FigureBlock
from barometer.captions import about, alt, caption
from barometer.exhibit import Exhibit
from barometer.tables import csv, table
from barometer.titles import subtitle, title


def illustrate(exhibit: Exhibit, *, number: str, views: Sequence[Exhibit] = ()) -> FigureBlock:
    """Return the figure of an exhibit; the views are the same answers by other breakdowns."""
    shown = (exhibit, *views)
    drawn = [figures.svg(figures.draw(each, narrow=narrow)) for each in shown for narrow in (False, True)]
    pictures = figures.with_typeface(drawn)
    first, *others = (
        _block(each, number, wide=wide, narrow=narrow)
        for each, wide, narrow in zip(shown, pictures[::2], pictures[1::2], strict=True)
    )
    return replace(first, views=tuple(others))


def _block(exhibit: Exhibit, number: str, *, wide: str, narrow: str) -> FigureBlock:
    return FigureBlock(
        id=_anchor(exhibit),
        number=number,
        title=title(exhibit),
        subtitle=subtitle(exhibit),
        caption=tuple(caption(exhibit)),
        about=tuple(about(exhibit)),
        alt=alt(exhibit),
        svg=wide,
        svg_narrow=narrow,
        csv=csv(exhibit),
        table=table(exhibit),
        synthetic=exhibit.synthetic,
        label=_label(exhibit),
    )


def _anchor(exhibit: Exhibit) -> str:
    """Return what the figure is called in addresses: its question, and what it is broken down by."""
    name = exhibit.parent(exhibit.questions[0]).id
    if exhibit.kind == "trend":
        return f"{name}-over-time"
    return "-by-".join([name, *exhibit.groupings[:1]])


def _label(exhibit: Exhibit) -> str:
    """Return what the figure is called among its views: total, the group variable, or over the waves."""
    if exhibit.kind == "trend":
        return exhibit.words("chart.over_time")
    return exhibit.label(exhibit.groupings[0]) if exhibit.groupings else exhibit.words("level.all")
