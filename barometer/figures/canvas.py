"""A figure as a small SVG: text stays text in its own typeface, and both palettes are in the one file."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape, unescape
from typing import Any

from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.transforms import Transform

from barometer.figures.style import INK, MUTED, POINTS, SEMIBOLD, SIZE, dark_rules, extent, styled
from barometer.typeface import FAMILY, cut, face

HATCH = (
    '<defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse"'
    f' patternTransform="rotate(45)"><path d="M0 0V4" stroke="{MUTED}" stroke-width="1"/></pattern></defs>\n'
)
LETTERS: Mapping[Any, str] = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
ANCHORS = {"center": (0.5, ' text-anchor="middle"'), "right": (1.0, ' text-anchor="end"')}
CAPS = {"butt": "", "projecting": ' stroke-linecap="square"', "round": ' stroke-linecap="round"'}
WEIGHTS = {"": "Regular", f' font-weight="{SEMIBOLD}"': "Semibold"}
_TEXT = re.compile(r'<text[^>]*?( font-weight="\d+")?>([^<]*)<')
# Letters of both languages: a font of them is cut quicker than the whole typeface.
ALPHABET = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) + "–—−…†‡‘’‚“”„•‹›≤≥"


class Canvas(RendererBase):
    """Collects what matplotlib draws, one thing after the other.

    Nothing is clipped: what figures draw stays in its axes. Colours are attributes, which the rules for a
    dark page override.
    """

    def __init__(self, width: float, height: float) -> None:
        """Open an empty canvas; lengths are points."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.width, self.height = width, height
        self.shapes: list[str] = []

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size in points."""
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:
        """Return the same: a pixel is a point."""
        return points

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Return how much room a line of text takes."""
        return extent(s, prop.get_size_in_points(), weight=prop.get_weight())

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        """Draw a line or an area."""
        if look := _look(gc, rgbFace):
            self.shapes.append(f'<path d="{_outline(path, transform, self.height)}"{look}/>')

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,
    ) -> None:
        """Draw the same mark at every point of a path; the only round one is the circle."""
        codes: Any = marker_path.codes
        if codes is None or Path.CURVE4 not in codes:
            super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
            return
        radius = marker_trans.transform((1.0, 0.0))[0]
        for x, y in trans.transform(path.vertices):
            place = f'cx="{_short(x)}" cy="{_short(self.height - y)}" r="{_short(radius)}"'
            self.shapes.append(f"<circle {place}{_look(gc, rgbFace)}/>")

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """Write a line of text; `x` is where it begins, whatever it is aligned by."""
        size, colour = prop.get_size_in_points(), to_hex(gc.get_rgb())
        part, anchor = ANCHORS.get(mtext.get_ha() if mtext else "", (0.0, ""))
        x += part * self.get_text_width_height_descent(s, prop, ismath)[0]
        look = (
            anchor
            + (f' font-size="{_short(size)}"' if size != SIZE else "")
            + (f' fill="{colour}"' if colour != INK else "")
            + (f' font-weight="{SEMIBOLD}"' if prop.get_weight() == "semibold" else "")
        )
        self.shapes.append(f'<text x="{_short(x)}" y="{_short(y)}"{look}>{escape(s, quote=False)}</text>')

    def document(self) -> str:
        """Return what was drawn as SVG, in the typeface's name."""
        width, height = _short(self.width), _short(self.height)
        size = f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}"'
        shapes = "\n".join(self.shapes)
        body = (
            f"{HATCH if '#hatch' in shapes else ''}"
            f'<g font-family="{FAMILY}, Arial, sans-serif" font-size="{SIZE}" fill="{INK}"'
            f' stroke-linejoin="round">\n{shapes}\n</g>\n'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n'
            f"<style>{dark_rules(body)}</style>\n{body}</svg>\n"
        )


def svg(figure: Figure) -> str:
    """Return a figure as SVG that names the typeface but does not hold it."""
    canvas = Canvas(*(float(length) * POINTS for length in figure.get_size_inches()))
    with styled():
        figure.draw(canvas)
    return canvas.document()


def with_typeface(pictures: Sequence[str]) -> list[str]:
    """Return SVG files that hold the typeface, cut down to the letters of all of them."""
    said: dict[str, set[str]] = {style: set() for style in WEIGHTS.values()}
    for weight, text in (found for picture in pictures for found in _TEXT.findall(picture)):
        said[WEIGHTS[weight]] |= set(unescape(text))
    rules = "".join(
        f"@font-face{{font-family:{FAMILY};font-weight:{SEMIBOLD if style == 'Semibold' else 400};"
        f"src:url(data:font/woff;base64,{_cut(style, ''.join(sorted(letters)))})}}"
        for style, letters in said.items()
        if letters
    )
    return [picture.replace("<style>", f"<style>{rules}", 1) for picture in pictures]


@cache
def _cut(style: str, letters: str) -> str:
    font = _alphabet(style) if set(ALPHABET).issuperset(letters) else face(style).read_bytes()
    return b64encode(cut(font, letters)).decode("ascii")


@cache
def _alphabet(style: str) -> bytes:
    return cut(face(style).read_bytes(), ALPHABET)


def _short(number: float) -> str:
    """Return a length with as many decimals as the eye can tell."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _look(gc: GraphicsContextBase, face: Any) -> str:
    """Return the attributes of an area or line; none if there is nothing to see."""
    fill = "url(#hatch)" if gc.get_hatch() else to_hex(face) if face is not None else ""
    width = gc.get_linewidth()
    if not (fill or width):
        return ""
    look = f' fill="{fill or "none"}"'
    if width:
        dashes: Any = gc.get_dashes()[1]
        look += f' stroke="{to_hex(gc.get_rgb())}" stroke-width="{_short(width)}"{CAPS[gc.get_capstyle()]}'
        look += f' stroke-dasharray="{" ".join(map(_short, dashes))}"' if dashes is not None else ""
    return look


def _outline(path: Path, transform: Transform, height: float) -> str:
    """Return a path in the language of SVG, whose `y` runs down."""
    return "".join(_steps(path, transform, height))


def _steps(path: Path, transform: Transform, height: float) -> Iterator[str]:
    points: Any = transform.transform(path.vertices).tolist()
    codes: Any = path.codes
    if codes is None:
        codes = [Path.MOVETO, *[Path.LINETO] * (len(points) - 1)]
    before, letter = ("", ""), ""
    for code, (x, y) in zip(codes, points, strict=True):
        here = _short(x), _short(height - y)
        if code == Path.CLOSEPOLY:
            yield "Z"
        elif code == Path.LINETO and here[1] == before[1]:
            yield f"H{here[0]}"
        elif code == Path.LINETO and here[0] == before[0]:
            yield f"V{here[1]}"
        else:
            again = LETTERS[code] == letter in ("L", "Q", "C")
            yield f"{' ' if again else LETTERS[code]}{here[0]} {here[1]}"
            letter, before = LETTERS[code], here
            continue
        before, letter = here, ""
