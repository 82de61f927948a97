"""A chapter as an accessible HTML page: nbconvert exporter `barometer-html`.

The page and its files (figures, data, assets) go out together, through ``resources["outputs"]``. Nothing in
it comes from elsewhere, and it is whole without JavaScript.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import escape
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets import default

from barometer.errors import Problem, ReportError
from barometer.formats import Words
from barometer.render.document import Block, ChapterDocument, read_chapter
from barometer.render.fonts import page_fonts
from barometer.render.site import Site

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; font-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
KILOBYTE = 1000
LONGEST_OPEN_TABLE = 30  # rows; a longer one is folded, so that the page can be looked over
_NOTICE = re.compile(r'(<div class="notice" id="notice")[^>]*>.*?</div>', re.DOTALL)
_VIEW_BOX = re.compile(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Download:
    """A file beside the page: its kind (``SVG``), address, size in bytes."""

    kind: str
    href: str
    size: int


class HtmlChapterExporter(HTMLExporter):
    """Write an executed chapter as a page of the report.

    ``resources["site"]`` may hold the `Site` that the page belongs to; without it the page stands alone.
    """

    export_from_notebook = "Barometer chapter (HTML)"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "barometer"

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(HERE / "templates")]

    def _create_environment(self) -> Environment:
        # nbconvert doesn't escape; here every value is escaped unless the template says otherwise.
        environment = super()._create_environment()
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        return environment

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Mapping[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and the resources, with its files in ``resources["outputs"]`` by path."""
        chapter = read_chapter(nb)
        given = dict(resources or {})
        site = given.get("site") or Site.alone(chapter)
        page = _page(chapter, site)
        # Past HTMLExporter itself: it fills in an alternative text that is missing, which must fail instead.
        html, done = super(HTMLExporter, self).from_notebook_node(nb, given | {"page": page}, **kw)
        del done["page"]
        done["outputs"] = {**(done.get("outputs") or {}), **assets(), **files(chapter)}
        return html, done


def _page(chapter: ChapterDocument, site: Site) -> dict[str, Any]:
    """Return what the template reads."""
    words = Words(chapter.language)
    return {
        "chapter": chapter,
        "site": site,
        "words": words,
        "policy": POLICY,
        "downloads": downloads,
        "viewport": viewport,
        "longest_open_table": LONGEST_OPEN_TABLE,
        "size": lambda size: f"{words.number.count(max(1, size / KILOBYTE))} kB",
        "name_of": lambda language: Words(language)("page.language_name"),
    }


def files(chapter: ChapterDocument) -> dict[str, bytes]:
    """Return the files that a chapter's page shows or offers, by their path beside the page."""
    blocks = [*chapter.blocks("figure"), *chapter.blocks("table")]
    return {path: content for block in blocks for path, content in _contents(chapter, block).items()}


def assets() -> dict[str, bytes]:
    """Return what all pages share: style and fonts, by their path beside the page."""
    style = {f"assets/{file.name}": file.read_bytes() for file in sorted((HERE / "style").iterdir())}
    return style | {f"assets/{name}": content for name, content in page_fonts().items()}


def downloads(chapter: ChapterDocument, block: Block) -> list[Download]:
    """Return what a reader can take along of a figure or table."""
    return [
        Download(path.rpartition(".")[2].upper(), path, len(content))
        for path, content in _contents(chapter, block).items()
        if not path.endswith("-narrow.svg")
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


def insert_notice(html: str, text: str) -> str:
    """Put a notice at the top of a rendered page, or replace the one that is there; no text takes it away.

    Raises
    ------
    ReportError
        If the page wasn't made by this exporter.
    """
    inside = f'><p class="wide">{escape(text)}</p></div>' if text else " hidden></div>"
    noticed, count = _NOTICE.subn(lambda slot: slot[1] + inside, html, count=1)
    if not count:
        raise ReportError(
            "A notice can't be put on this page.", [Problem("page", "the slot for a notice", "none")]
        )
    return noticed


def _contents(chapter: ChapterDocument, block: Block) -> dict[str, bytes]:
    """Return the files of one figure or table, picture first."""
    name = f"{chapter.id}-{block['id']}"
    pictures = {}
    if block["type"] == "figure":
        pictures = {
            f"figures/{name}.svg": block["svg"].encode(),
            f"figures/{name}-narrow.svg": block["svg_narrow"].encode(),
            f"figures/{name}.png": base64.b64decode(block["png"]),
        }
    return pictures | {f"data/{name}.csv": block["csv"].encode()}
