"""How every figure looks: colours, fonts, and how wide a text is."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.textpath import text_to_path

from barometer.typeface import FAMILY, face

# Neighbouring colours, and each colour and the white card, differ by at least 3:1 in contrast; the order
# keeps them apart for colour-blind readers. Text on a colour keeps 4.5:1.
INK, MUTED, GRID, PAPER = "#1f2328", "#57606a", "#e1e5ea", "#ffffff"
BAR = "#3c7fb5"
SERIES = ("#12436d", "#28a197", "#801650", "#f46a25")
MARKERS = ("o", "s", "D", "^")
LOW = ("#6e2a0a", "#d9722a")
HIGH = ("#4794cb", "#0f3a60")
# The same colours on a dark card, in the same order: what is dark becomes light, so the contrasts stay.
DARK = {
    INK: "#f6f8fa",
    MUTED: "#a3adb8",
    GRID: "#343b44",
    PAPER: "#161b22",
    BAR: "#4a8cc4",
    **dict(zip(SERIES, ("#3878b8", "#8fe3d8", "#c2408f", "#ffc19c"), strict=True)),
}
DARK_LOW = ("#ffc7a3", "#ad551b")
DARK_HIGH = ("#2d71af", "#b5dcfb")
MOST_DEGREES = 5

SIZE = 10.5
SMALL = 9.0
SEMIBOLD = 600
POINTS = 72.0


@cache
def register_fonts() -> None:
    """Make the fonts of the report known to matplotlib, once."""
    for style in ("Regular", "Semibold"):
        fontManager.addfont(face(style))


def styled() -> AbstractContextManager[None]:
    """Draw and write figures in the report's style."""
    register_fonts()
    settings: Any = {
        "font.family": FAMILY,
        "font.size": SIZE,
        "text.color": INK,
        "text.parse_math": False,
        "figure.dpi": POINTS,
        "figure.facecolor": PAPER,
        "lines.solid_capstyle": "butt",
    }
    return mpl.rc_context(settings)


def degrees(side: tuple[str, str], count: int) -> list[str]:
    """Return as many colours as a side of a scale has answers, between the two of the side."""
    import seaborn as sns  # it imports all of scipy.stats: who draws no scale doesn't wait for it

    return [str(colour) for colour in sns.blend_palette(side, count).as_hex()]


@cache
def _dark_degrees() -> dict[str, str]:
    """Return the dark colour of each colour of a scale."""
    return {
        light: dark
        for count in range(1, MOST_DEGREES + 1)
        for sides in ((LOW, DARK_LOW), (HIGH, DARK_HIGH))
        for light, dark in zip(*(degrees(side, count) for side in sides), strict=True)
    }


def dark_rules(svg: str) -> str:
    """Return the rules by which an SVG changes its colours, and nothing else, on a dark screen."""
    used = sorted(set(re.findall(r'(fill|stroke)="(#[0-9a-f]{6})"', svg)))
    rules = "".join(
        f'[{name}="{colour}"]{{{name}:{DARK.get(colour) or _dark_degrees()[colour]}}}'
        for name, colour in used
    )
    return f"@media screen and (prefers-color-scheme:dark){{{rules}}}"


@cache
def extent(text: str, size: float = SIZE, *, weight: str = "regular") -> tuple[float, float, float]:
    """Return width, height and depth below the base of a line of text, in points."""
    register_fonts()
    properties = FontProperties(family=FAMILY, size=size, weight=weight)
    found: tuple[float, float, float] = text_to_path.get_text_width_height_descent(text, properties, False)
    return found


def width(text: str, size: float = SIZE, *, weight: str = "regular") -> float:
    """Return how wide a line of text is, in inches."""
    return extent(text, size, weight=weight)[0] / POINTS


def wrap(text: str, limit: float, size: float = SIZE, *, weight: str = "regular") -> str:
    """Return the text in lines that are at most so many inches wide; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, weight=weight) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
