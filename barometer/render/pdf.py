"""Chapters as one tagged PDF, set by Typst: nbconvert exporter `barometer-pdf` for one, a function for all.

The chapters go to the template as data in a JSON file, so that nothing an author or a data file wrote is ever
evaluated. PDF/UA-1 and PDF/A-2a are asked for: a missing alternative text, a skipped heading level or a glyph
that the typeface lacks stops the report here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typst
from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from barometer.errors import Problem, ReportError
from barometer.formats import Words
from barometer.render.document import Block, ChapterDocument, read_chapter
from barometer.render.fonts import FONT_FOLDER
from barometer.render.site import Site
from barometer.render.tagging import with_row_headers

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
STANDARDS = ["ua-1", "a-2a"]
_FILES = ("svg", "svg_narrow", "svg_print", "png", "csv", "code")


class PdfChapterExporter(Exporter):
    """Write an executed chapter as a PDF of its own.

    ``resources["site"]`` may hold the `Site` of the report, ``resources["timestamp"]`` the seconds since the
    epoch that the file is to be dated with; else SOURCE_DATE_EPOCH counts.
    """

    export_from_notebook = "Barometer chapter (PDF)"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Mapping[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the PDF and the resources."""
        _, done = super().from_notebook_node(nb, resources, **kw)
        chapter = read_chapter(nb)
        timestamp = done.get("timestamp", int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
        return render_report_pdf(
            [chapter], done.get("site") or Site.alone(chapter), timestamp=timestamp
        ), done


def render_report_pdf(documents: Sequence[ChapterDocument], site: Site, *, timestamp: int) -> bytes:
    """Set chapters as one PDF: with cover, contents and colophon if there are several.

    Parameters
    ----------
    documents
        The chapters in reading order, all in the language of the site.
    site
        Titles, facts about the edition, and whether every page has to say that the data are synthetic.
    timestamp
        Seconds since the epoch that the file is dated with; the same input gives the same bytes.

    Raises
    ------
    ReportError
        If the PDF would break a standard, with Typst's reason.
    """
    content = {
        **_report(site, banner=documents[0].banner),
        "chapters": [_chapter(document, documents) for document in documents],
    }
    pictures = {
        _picture(document, block): block["svg_print"]
        for document in documents
        for block in document.blocks("figure")
    }
    return with_row_headers(_compile(content, pictures, timestamp=timestamp))


def _compile(content: Mapping[str, Any], pictures: Mapping[str, str], *, timestamp: int) -> bytes:
    """Set the template with its data; the files are in memory only."""
    files = {"main.typ": TEMPLATE.read_text("utf-8"), "doc.json": json.dumps(content), **pictures}
    try:
        return typst.compile(  # type: ignore[call-overload, no-any-return]  # its stubs don't know of several files
            {name: text.encode() for name, text in files.items()},
            format="pdf",
            font_paths=[str(FONT_FOLDER)],
            ignore_system_fonts=True,
            pdf_standards=STANDARDS,
            timestamp=timestamp,
        )
    except typst.TypstError as error:
        expected = "a document that keeps PDF/UA-1 and PDF/A-2a"
        problem = Problem("PDF", expected, error.message, " ".join(error.hints))
        raise ReportError("The PDF can't be made.", [problem]) from error


def _report(site: Site, *, banner: str) -> dict[str, Any]:
    """Return what the template has to know besides the chapters."""
    words = Words(site.language)
    keys = ("contents", "definition", "left_out", "source", "case", "numbers_annex", "provenance", "page")
    return {
        "language": site.language,
        "title": site.title,
        "author": site.title,
        "wave_title": site.wave_title,
        "mark": words("page.synthetic") if site.synthetic else "",
        "banner": banner or words("page.synthetic"),
        "facts": site.facts or [(words("page.wave"), site.wave_title)],
        "words": {key: words(f"page.{key}") for key in keys}
        | {"page_of": words("page.page_of", page="{page}", pages="{pages}")},
    }


def _chapter(document: ChapterDocument, documents: Sequence[ChapterDocument]) -> dict[str, Any]:
    words = Words(document.language)
    return {
        "id": document.id,
        "label": f"{words('page.chapter')} {document.number}" if document.number else "",
        "title": document.title,
        "footnotes": document.footnotes,
        "sections": [
            {
                "title": section.title,
                "blocks": [_block(document, block, documents) for block in section.blocks],
            }
            for section in document.sections
        ],
    }


def _block(document: ChapterDocument, block: Block, documents: Sequence[ChapterDocument]) -> dict[str, Any]:
    """Return a block as the template draws it: labels in words, files by name."""
    words = Words(document.language)
    content = {key: value for key, value in block.items() if key not in _FILES}
    if block["type"] == "cards":
        return content | {"items": [_card(card, document, documents) for card in block["items"]]}
    if block["type"] == "figure":
        label = words("page.figure_number", number=block["number"])
        return content | {"label": label, "image": f"/{_picture(document, block)}"}
    if block["type"] == "table":
        return content | {"label": words("page.table_number", number=block["number"])}
    return content


def _card(card: Block, document: ChapterDocument, documents: Sequence[ChapterDocument]) -> dict[str, Any]:
    """Return a card with the chapter it leads to, if that is another one of this PDF."""
    titles = {other.id: other.title for other in documents if other.id != document.id}
    target = card.get("chapter") if card.get("chapter") in titles else None
    words = Words(document.language)
    return {
        **card,
        "target": target,
        "target-words": words("page.read_chapter", title=titles[target]) if target else "",
    }


def _picture(document: ChapterDocument, block: Block) -> str:
    return f"figures/{document.id}-{block['id']}.svg"
