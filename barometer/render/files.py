"""The files beside a page: pictures, data, style, scripts and typeface, by their path from the page."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

from barometer.errors import Problem, ReportError
from barometer.render.document import Block, ChapterDocument, views
from barometer.render.fonts import page_fonts

HERE = Path(__file__).parent
_VIEW_BOX = re.compile(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')

# The forms of a figure that the page chooses from by itself; no reader has to.
_FORMS = {"svg_dark": "dark", "svg_narrow": "narrow", "svg_narrow_dark": "narrow-dark"}


@dataclass(frozen=True)
class Download:
    """A file beside the page: its kind (``SVG``), address, size in bytes."""

    kind: str
    href: str
    size: int


@dataclass(frozen=True)
class Source:
    """A form of a figure that a browser takes instead of the wide, light one, on a condition."""

    media: str
    href: str
    width: int
    height: int


def files(chapter: ChapterDocument) -> dict[str, bytes]:
    """Return the files that a chapter's page shows or offers, by their path beside the page."""
    blocks = [view for kind in ("figure", "table") for block in chapter.blocks(kind) for view in views(block)]
    made = {path: content for block in blocks for path, content in _contents(chapter, block).items()}
    for block in chapter.blocks("workplace"):
        data = json.dumps(block, ensure_ascii=False, separators=(",", ":"))
        made["assets/workplace-data.js"] = f"window.BAROMETER_WORKPLACE = {data};\n".encode()
    return made


def assets(chapter: ChapterDocument) -> dict[str, bytes]:
    """Return what pages share, and what only a page with the reader's own workplace needs."""
    special = any(chapter.blocks("workplace"))
    shared = {
        f"assets/{path.name}": path.read_bytes()
        for folder in ("style", "script")
        for path in sorted((HERE / folder).glob("*.*s"))
        if special or path.stem != "workplace"
    }
    return shared | {f"assets/{name}": content for name, content in page_fonts().items()}


def downloads(chapter: ChapterDocument, block: Block) -> list[Download]:
    """Return what a reader can take along of a figure or table."""
    return [
        Download(path.rpartition(".")[2].upper(), path, len(content))
        for path, content in _contents(chapter, block).items()
        if not path.endswith(tuple(f"-{form}.svg" for form in _FORMS.values()))
    ]


def sources(chapter: ChapterDocument, block: Block) -> list[Source]:
    """Return the other forms of a figure, narrowest condition first: browsers take the first that fits."""
    phone, dark = "(max-width: 600px)", "(prefers-color-scheme: dark)"
    conditions = {
        "svg_narrow_dark": f"screen and {phone} and {dark}",
        "svg_narrow": f"screen and {phone}",
        "svg_dark": f"screen and {dark}",
    }
    return [
        Source(media, _picture(chapter, block, _FORMS[form]), *viewport(block[form]))
        for form, media in conditions.items()
        if block.get(form)
    ]


def viewport(svg: str) -> tuple[int, int]:
    """Return width and height of an SVG, so that a page keeps its place while pictures load.

    Raises
    ------
    ReportError
        If the SVG states no viewBox.
    """
    found = _VIEW_BOX.search(svg)
    if not found:
        raise ReportError("A figure can't be shown.", [Problem("svg", "a viewBox", svg[:60])])
    return round(float(found[1])), round(float(found[2]))


def _contents(chapter: ChapterDocument, block: Block) -> dict[str, bytes]:
    """Return the files of one figure or table, picture first."""
    pictures = {}
    if block["type"] == "figure":
        pictures = {_picture(chapter, block): block["svg"].encode()} | {
            _picture(chapter, block, form): block[key].encode()
            for key, form in _FORMS.items()
            if block.get(key)
        }
        pictures[f"figures/{chapter.id}-{block['id']}.png"] = base64.b64decode(block["png"])
    return pictures | {f"data/{chapter.id}-{block['id']}.csv": block["csv"].encode()}


def _picture(chapter: ChapterDocument, block: Block, form: str = "") -> str:
    return f"figures/{chapter.id}-{block['id']}{form and '-' + form}.svg"
