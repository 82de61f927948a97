"""A figure from its exhibit: drawn once wide and once narrow, with its words, its table and its views."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from barometer import figures
from barometer.blocks import FigureBlock
from barometer.captions import about, alt, caption
from barometer.exhibit import Exhibit
from barometer.tables import csv, table
from barometer.titles import subtitle, title


def illustrate(exhibit: Exhibit, *, number: str, views: Sequence[Exhibit] = ()) -> FigureBlock:
    """Return the figure of an exhibit; the views are the same answers by other breakdowns.

    The dark forms are the light ones with other colours, so nothing is drawn twice.
    """
    wide = figures.draw(exhibit)
    svg = figures.svg(wide, text=False)
    narrow = figures.svg(figures.draw(exhibit, narrow=True), text=False)
    return FigureBlock(
        id=_anchor(exhibit),
        number=number,
        title=title(exhibit),
        subtitle=subtitle(exhibit),
        caption=tuple(caption(exhibit)),
        about=tuple(about(exhibit)),
        alt=alt(exhibit),
        svg=svg,
        svg_narrow=narrow,
        svg_dark=figures.dark(svg),
        svg_narrow_dark=figures.dark(narrow),
        svg_print=figures.svg(wide, text=True),
        png=b64encode(figures.png(wide)).decode("ascii"),
        csv=csv(exhibit),
        table=table(exhibit),
        synthetic=exhibit.synthetic,
        label=_label(exhibit),
        views=tuple(illustrate(view, number=number) for view in views),
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
