"""A chapter as an accessible HTML page: nbconvert exporter `barometer-html`.

The page and its files (figures, data, assets) go out together, through ``resources["outputs"]``. Nothing in
it comes from elsewhere, and it is whole without JavaScript but for the search and the enlarged figure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import escape
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets import default

from barometer.errors import Problem, ReportError
from barometer.formats import Words
from barometer.render.document import Block, ChapterDocument, read_chapter, views
from barometer.render.files import HERE, PHONE, assets, downloads, files, picture, viewport
from barometer.render.site import Site, SiteChapter

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; font-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
KILOBYTE = 1000
HASH_DIGITS = 12
LONGEST_OPEN_TABLE = 30  # rows; a longer one is folded, so that the page can be looked over
_NOTICE = re.compile(r'(<div class="notice" id="notice")[^>]*>.*?</div>', re.DOTALL)


class HtmlChapterExporter(HTMLExporter):
    """Write an executed chapter as a page of the report.

    ``resources["site"]`` may hold the `Site` that the page belongs to, which has the shared `assets`; without
    it the page stands alone, and brings them. ``resources["sizes"]`` may hold the size of each file beside
    the page, by its path, where they have been made before.
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
        made = {} if "sizes" in given else files(chapter)
        sizes = given.get("sizes", {name: len(content) for name, content in made.items()})
        page = _page(chapter, site, sizes)
        shared = {} if "site" in given else assets(workplace=any(chapter.blocks("workplace")))
        # Past HTMLExporter itself: it fills in an alternative text that is missing, which must fail instead.
        # And without the cells, which nbconvert would copy and check: the template reads the document.
        bare = NotebookNode(nb | {"cells": []})
        html, done = super(HTMLExporter, self).from_notebook_node(bare, given | {"page": page}, **kw)
        done["href"] = done.pop("page")["entry"].href
        done["outputs"] = {**(done.get("outputs") or {}), **shared, **made}
        return html, done


@cache
def page_exporter() -> HtmlChapterExporter:
    """Return the one exporter of this process: its templates are compiled only once."""
    return HtmlChapterExporter()


def render_chapter(
    notebook: NotebookNode, site: Site, sizes: Mapping[str, int], *, notice: str
) -> dict[str, bytes]:
    """Return the page of an executed chapter by its path in the report.

    Parameters
    ----------
    sizes
        The size of each of the `files` beside the page, by its path.
    notice
        What is said at the top of the page, which may be nothing.
    """
    html, resources = page_exporter().from_notebook_node(notebook, {"site": site, "sizes": sizes})
    return {resources["href"]: insert_notice(html, notice).encode()}


def render_page(document: ChapterDocument, site: Site) -> str:
    """Return a page of the report that no notebook stands behind, and that shows no figure."""
    html: str = page_exporter().template.render(resources={"page": _page(document, site, {})})
    return html


def _page(chapter: ChapterDocument, site: Site, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return what the template reads."""
    words = Words(chapter.language)
    alone = SiteChapter(chapter.id, f"{chapter.id}.html", chapter.title, chapter.number)
    return {
        "entry": site.chapter(chapter.id) or alone,
        "chapter": chapter,
        "site": site,
        "words": words,
        "policy": POLICY,
        "downloads": lambda block: downloads(chapter, block, sizes),
        "picture": lambda block, narrow=False: picture(chapter, block, narrow=narrow),
        "phone": PHONE,
        "citation": lambda block: citation(site, chapter, block, words),
        "views": views,
        "viewport": viewport,
        "longest_open_table": LONGEST_OPEN_TABLE,
        "size": lambda size: f"{words.number.count(max(1, size / KILOBYTE))} kB",
        "name_of": lambda language: Words(language)("page.language_name"),
    }


def citation(site: Site, chapter: ChapterDocument, block: Block, words: Words) -> str:
    """Return how to cite a figure or table: what it is, of which edition and data, where it stands."""
    kind = f"page.{block['type']}_number"
    entry = site.chapter(chapter.id)
    parts = (
        words("page.cited", title=block["title"], label=words(kind, number=block["number"])),
        words("page.cited_in", chapter=chapter.title, report=site.title, wave=site.wave_title),
        chapter.segment,
        words("page.synthetic") if chapter.synthetic else "",
        site.version,
        words("page.cited_data", hash=site.data_hash[:HASH_DIGITS]) if site.data_hash else "",
        f"{site.address}{entry.href if entry else ''}#{block['id']}",
    )
    return " ".join(f"{part.removesuffix('.')}." for part in parts[:-1] if part) + f" {parts[-1]}"


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
