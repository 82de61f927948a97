"""Draws exhibits; computes nothing. A new kind of figure is one function and one entry in KINDS."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from barometer.exhibit import Exhibit
from barometer.figures.diverging import diverging
from barometer.figures.rows import bars, groups
from barometer.figures.style import dark, styled
from barometer.figures.trend import trend

KINDS: Mapping[str, Callable[..., Figure]] = {
    "bars": bars,
    "groups": groups,
    "diverging": diverging,
    "trend": trend,
}
PNG_DPI = 192
__all__ = ["KINDS", "dark", "draw", "png", "svg"]


def draw(exhibit: Exhibit, *, narrow: bool = False) -> Figure:
    """Draw an exhibit as its kind of figure; `narrow` for a phone."""
    with styled():
        figure = KINDS[exhibit.kind](exhibit, narrow=narrow)
        FigureCanvasAgg(figure)
    return figure


def svg(figure: Figure, *, text: bool) -> str:
    """Return a figure as SVG: with real text for the PDF, or with outlines, which need no font."""
    target = io.StringIO()
    with styled(text=text):
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def png(figure: Figure) -> bytes:
    """Return a figure as PNG at twice the resolution of a screen."""
    target = io.BytesIO()
    with styled():
        figure.savefig(target, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return target.getvalue()
