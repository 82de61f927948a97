"""A small report, as the build would leave it: chapters in two languages, search index, list of editions.

Loaded by the browser tests with runpy.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from barometer.render.document import read_chapter
from barometer.render.files import assets
from barometer.render.html import HtmlChapterExporter
from barometer.render.search import search_index
from barometer.render.site import Site, SiteChapter

SAMPLE = runpy.run_path(str(Path(__file__).parent / "sample_chapter.py"))
WAVE = "2018-2019"
CHAPTERS = {"summary": "index.html", "collaboration": "collaboration.html", "method": "method.html"}
OTHER = {"da": "en", "en": "da"}


def write_site(reports: Path) -> None:
    """Write the report into a folder, with a page that lists its editions in front."""
    for language in OTHER:
        _write_edition(reports / WAVE / language, language)
    editions = [
        {
            "wave": WAVE,
            "language": language,
            "segment": segment,
            "folder": f"{WAVE}/{language}/",
            "chapters": list(CHAPTERS.values()),
        }
        for language in OTHER
        for segment in ("", "S")
    ]
    (reports / "editions.js").write_text(f"window.BAROMETER_EDITIONS = {json.dumps(editions)};", "utf-8")
    (reports / "index.html").write_text("<!doctype html><title>Editions</title>", "utf-8")


def _write_edition(folder: Path, language: str) -> None:
    notebooks = [
        SAMPLE["sample_chapter"](language, id=name, number=number) for number, name in enumerate(CHAPTERS)
    ]
    documents = [read_chapter(notebook) for notebook in notebooks]
    chapters = tuple(
        SiteChapter(
            document.id, CHAPTERS[document.id], f"{document.title} {document.number}", document.number
        )
        for document in documents
    )
    site = Site(
        "Innovationsbarometeret",
        WAVE,
        language,
        chapters,
        synthetic=True,
        languages=((OTHER[language], f"../{OTHER[language]}/"),),
        pdf="report.pdf",
        overview="../../index.html",
        editions="../../editions.js",
        search="assets/search.js",
        data=(("CSV", "data/estimates.csv", 7),),
        changes=CHAPTERS["method"],
    )
    files = {"report.pdf": b"%PDF", "data/estimates.csv": b"a,b\n1,2", site.search: b""}
    files |= assets(workplace=False)
    files[site.search] = search_index(documents, site).encode()
    for notebook, chapter in zip(notebooks, chapters, strict=True):
        html, resources = HtmlChapterExporter().from_notebook_node(notebook, {"site": site})
        files |= resources["outputs"] | {chapter.href: html.encode()}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
