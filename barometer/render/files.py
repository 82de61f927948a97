"""The files beside a page: pictures, data, style, scripts and typeface, by their path from the page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from barometer.errors import Problem, ReportError
from barometer.render.document import Block, ChapterDocument, views
from barometer.render.fonts import page_fonts
from barometer.render.pictures import png

HERE = Path(__file__).parent
_VIEW_BOX = re.compile(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')

PHONE = "screen and (max-width: 600px)"


@dataclass(frozen=True)
class Download:
    """A file beside the page: its kind (``SVG``), address, size in bytes."""

    kind: str
    href: str
    size: int


def files(chapter: ChapterDocument) -> dict[str, bytes]:
    """Return the files that a chapter's page shows or offers, by their path beside the page."""
    blocks = [view for kind in ("figure", "table") for block in chapter.blocks(kind) for view in views(block)]
    figures = [block for block in blocks if block["type"] == "figure"]
    narrow = {picture(chapter, block, narrow=True): block["svg_narrow"].encode() for block in figures}
    wide = {picture(chapter, block): block["svg"] for block in figures}
    made = {name: content.encode() for name, content in wide.items()} | narrow
    made |= {name.replace(".svg", ".png"): content for name, content in png(wide).items()}
    made |= {_data(chapter, block): block["csv"].encode() for block in blocks}
    for block in chapter.blocks("workplace"):
        data = json.dumps(block, ensure_ascii=False, separators=(",", ":"))
        made["assets/workplace-data.js"] = f"window.BAROMETER_WORKPLACE = {data};\n".encode()
    return made


def assets(*, workplace: bool) -> dict[str, bytes]:
    """Return what pages share, with what only a page with the reader's own workplace needs or without it."""
    shared = {
        f"assets/{path.name}": path.read_bytes()
        for folder in ("style", "script")
        for path in sorted((HERE / folder).glob("*.*s"))
        if workplace or path.stem != "workplace"
    }
    return shared | {f"assets/{name}": content for name, content in page_fonts().items()}


def downloads(chapter: ChapterDocument, block: Block, sizes: Mapping[str, int]) -> list[Download]:
    """Return what a reader can take along of a figure or table; the sizes are those of the page's files."""
    svg = picture(chapter, block)
    offered = [svg, svg.replace(".svg", ".png")] if block["type"] == "figure" else []
    return [
        Download(path.rpartition(".")[2].upper(), path, sizes[path])
        for path in (*offered, _data(chapter, block))
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


def picture(chapter: ChapterDocument, block: Block, *, narrow: bool = False) -> str:
    """Return the address of the picture of a figure; a narrow one is for phones."""
    return f"figures/{chapter.id}-{block['id']}{'-narrow' if narrow else ''}.svg"


def _data(chapter: ChapterDocument, block: Block) -> str:
    return f"data/{chapter.id}-{block['id']}.csv"
