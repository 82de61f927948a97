"""Chapters as tagged PDF, set by Typst: the whole report as a publication, or one chapter by itself.

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
from barometer.render.document import ChapterDocument, read_chapter
from barometer.render.paper import on_paper
from barometer.render.site import Site
from barometer.render.tagging import with_row_headers
from barometer.typeface import FOLDER

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
STANDARDS = ["ua-1", "a-2a"]


class PdfChapterExporter(Exporter):
    """Write an executed chapter as a PDF of its own: nbconvert's `barometer-pdf`.

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
        site = done.get("site") or Site.alone(chapter)
        return render_chapter_pdf(chapter, site, timestamp=timestamp), done


def render_report_pdf(documents: Sequence[ChapterDocument], site: Site, *, timestamp: int) -> bytes:
    """Set the report as a publication: cover, imprint, contents, lists, chapters, annexes.

    Parameters
    ----------
    documents
        The chapters in reading order, all in the language of the site. A chapter whose page asks its
        reader for answers has no place on paper and is left out.
    site
        Titles, facts about the edition, and whether every page has to say that the data are synthetic.
    timestamp
        Seconds since the epoch that the file is dated with; the same input gives the same bytes.

    Raises
    ------
    ReportError
        If the PDF would break a standard, with Typst's reason.
    """
    printed = [document for document in documents if not any(document.blocks("workplace"))]
    return _set(printed, site, whole=True, timestamp=timestamp)


def render_chapter_pdf(document: ChapterDocument, site: Site, *, timestamp: int) -> bytes:
    """Set one chapter by itself: a head in place of the cover, then the chapter and its numbers.

    Parameters, returned bytes and errors are those of `render_report_pdf`.
    """
    return _set([document], site, whole=False, timestamp=timestamp)


def _set(documents: Sequence[ChapterDocument], site: Site, *, whole: bool, timestamp: int) -> bytes:
    """Set the template with its data; the files are in memory only."""
    content, pictures = on_paper(documents, site, whole=whole)
    files = {"main.typ": TEMPLATE.read_text("utf-8"), "doc.json": json.dumps(content), **pictures}
    try:
        pdf = typst.compile(  # type: ignore[call-overload]  # its stubs don't know of several files
            {name: text.encode() for name, text in files.items()},
            format="pdf",
            font_paths=[str(FOLDER)],
            ignore_system_fonts=True,
            pdf_standards=STANDARDS,
            timestamp=timestamp,
        )
    except typst.TypstError as error:
        expected = "a document that keeps PDF/UA-1 and PDF/A-2a"
        problem = Problem("PDF", expected, error.message, " ".join(error.hints))
        raise ReportError("The PDF can't be made.", [problem]) from error
    return with_row_headers(pdf)
