"""Draws exhibits; computes nothing. A new kind of figure is one function and one entry in KINDS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from barometer.exhibit import Exhibit
from barometer.figures.canvas import svg, with_typeface
from barometer.figures.diverging import diverging
from barometer.figures.rows import bars, groups
from barometer.figures.style import styled
from barometer.figures.trend import trend

KINDS: Mapping[str, Callable[..., Figure]] = {
    "bars": bars,
    "groups": groups,
    "diverging": diverging,
    "trend": trend,
}
__all__ = ["KINDS", "draw", "svg", "with_typeface"]


def draw(exhibit: Exhibit, *, narrow: bool = False) -> Figure:
    """Draw an exhibit as its kind of figure; `narrow` for a phone."""
    with styled():
        return KINDS[exhibit.kind](exhibit, narrow=narrow)
