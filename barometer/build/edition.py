"""One language of a report, put together in the scratch folder: pages, figures, data, PDF, manifest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from barometer.build.log import LOG, PAGE, log_changes, log_page
from barometer.build.manifest import write_manifest
from barometer.build.origin import commit, timestamp
from barometer.build.plan import Plan
from barometer.datasets import data_files, with_data
from barometer.errors import ReportError
from barometer.formats import Words
from barometer.render.document import ChapterDocument, read_chapter
from barometer.render.html import render_pages
from barometer.render.pdf import render_chapter_pdf, render_report_pdf
from barometer.render.record import PAGE as MANIFEST_PAGE
from barometer.render.search import search_index
from barometer.render.site import Site, SiteChapter

BATCH = 2  # pages that one process renders: each has to compile the templates first


@dataclass(frozen=True)
class Chapter:
    """An executed chapter; the notice says when it is from, if building it again failed.

    `kept` says whether it is from an earlier run, for whatever reason.
    """

    name: str
    notebook: NotebookNode
    notice: str = ""
    kept: bool = False


def make_edition(
    plan: Plan, language: str, folder: Path, *, failed: Collection[str], pool: Executor
) -> tuple[str, ...]:
    """Fill a folder with the report in one language; return what went wrong, a line each.

    Parameters
    ----------
    folder
        Holds the executed notebooks of this run in ``notebooks/``. A chapter that is not among them, because
        it was not to be built or failed, is taken from the earlier report.
    failed
        The chapters that failed; their earlier pages get a notice.
    pool
        Where pages and PDFs are rendered.
    """
    chapters = _chapters(plan, language, folder, failed=failed)
    if not chapters:
        return ()
    documents = tuple(read_chapter(chapter.notebook) for chapter in chapters)
    site = _site(plan, language, chapters, documents)
    stale = [chapter.name for chapter in chapters if chapter.notice]
    html = "html" in plan.params.formats
    if html:
        site = _write_data(plan, documents, site, folder)
    kept = [chapter.name for chapter in chapters if chapter.kept]
    record = partial(write_manifest, plan, documents=documents, folder=folder, stale=stale, kept=kept)
    record(site)  # what changed is explained by it
    moment = timestamp(plan.params)
    day = datetime.fromtimestamp(moment, UTC).date() if moment else None
    logged = log_changes(plan.folder(language), folder, day=day, words=Words(language))
    site = replace(site, changes=PAGE) if html and logged else site
    pdfs = _start_pdfs(plan, chapters, site, pool) if "pdf" in plan.params.formats else {}
    if html:
        _write_pages(plan, chapters, documents, site, folder, pool)
    problems = tuple(_write_pdfs(plan, language, pdfs, folder))
    record(site)
    return problems


def _chapters(plan: Plan, language: str, folder: Path, *, failed: Collection[str]) -> tuple[Chapter, ...]:
    """Return the chapters that there are, new or earlier, in the order of the publication."""
    words = Words(language)
    chapters = []
    for name in plan.params.publication:
        path = folder / "notebooks" / f"{name}.ipynb"
        earlier = plan.folder(language) / "notebooks" / path.name
        kept = not path.exists() and earlier.exists()
        if kept:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(earlier, path)  # with its time: it dates the notice
        if path.exists():
            made = date.fromtimestamp(path.stat().st_mtime).isoformat()
            notice = words("page.notice_stale", date=words.number.date(made)) if name in failed else ""
            chapters.append(Chapter(name, nbformat.read(path, as_version=4), notice, kept))
    return tuple(chapters)


def _site(
    plan: Plan, language: str, chapters: tuple[Chapter, ...], documents: tuple[ChapterDocument, ...]
) -> Site:
    """Return what every page says about the report around it; the first chapter is the front page."""
    words = Words(language)
    here = plan.folder(language)
    hash_of_data = plan.wave.meta.sha256
    made_with = f"barometer {version('barometer')} {commit(plan.params)[:10]}".strip()
    printed = "pdf" in plan.params.formats

    def to(path: Path) -> str:
        return Path(os.path.relpath(path, here)).as_posix()

    return Site(
        title=words.text(plan.instrument.title),
        wave_title=" · ".join(filter(None, (plan.wave.id, plan.segment(language)))),
        language=language,
        chapters=tuple(_entries(chapters, documents, printed=printed)),
        synthetic=plan.wave.synthetic,
        languages=tuple(
            (other, f"{to(plan.folder(other))}/")
            for other in plan.instrument.languages
            if other != language and (other in plan.params.languages or plan.folder(other).exists())
        ),
        pdf="report.pdf" if printed else "",
        facts=(
            (words("page.wave"), words.text(plan.wave.title)),
            (words("page.data"), f"{plan.wave.meta.file}, sha256 {hash_of_data[:16]}"),
            (words("page.version"), made_with),
        ),
        version=made_with,
        data_hash=hash_of_data,
        address=plan.address(language),
        overview=to(plan.params.reports / "index.html"),
        editions=to(plan.params.reports / "editions.js"),
        search="assets/search.js",
        manifest=MANIFEST_PAGE if "html" in plan.params.formats else "",
    )


def _entries(
    chapters: tuple[Chapter, ...], documents: tuple[ChapterDocument, ...], *, printed: bool
) -> Iterator[SiteChapter]:
    """Yield the chapters as the navigation lists them; `printed` says whether there are PDFs."""
    for number, (chapter, document) in enumerate(zip(chapters, documents, strict=True)):
        page = f"{chapter.name}.html" if number else "index.html"
        # A page that asks its reader for answers has no place on paper.
        paper = f"{chapter.name}.pdf" if printed and not any(document.blocks("workplace")) else ""
        yield SiteChapter(chapter.name, page, document.title, document.number, paper)


def _write_data(plan: Plan, documents: tuple[ChapterDocument, ...], site: Site, folder: Path) -> Site:
    """Write the data of the whole; return the site with links to them."""
    data = data_files(
        documents,
        site,
        source=plan.wave.meta.source[site.language],
        licence=plan.params.licence,
        timestamp=timestamp(plan.params),
    )
    _write({f"data/{name}": content for name, content in data.items()}, folder)
    return with_data(site, data, "data")


def _write_pages(
    plan: Plan,
    chapters: tuple[Chapter, ...],
    documents: tuple[ChapterDocument, ...],
    site: Site,
    folder: Path,
    pool: Executor,
) -> None:
    """Write the pages with their files, that of the changes, and what the search looks through."""
    given = [(chapter.notebook, chapter.notice) for chapter in chapters]
    batches = [given[place : place + BATCH] for place in range(0, len(given), BATCH)]
    rendered = [pool.submit(render_pages, batch, site) for batch in batches]
    for pages in rendered:
        _write(pages.result(), folder)
    if site.changes:
        _write(log_page(folder / LOG, documents, site, instrument=plan.instrument), folder)
    _write({site.search: search_index(documents, site).encode()}, folder)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _start_pdfs(
    plan: Plan, chapters: tuple[Chapter, ...], site: Site, pool: Executor
) -> dict[str, Future[bytes]]:
    """Start to set the report and its chapters, by the names of the PDFs."""
    documents = [read_chapter(_noticed(chapter)) for chapter in chapters]
    moment = timestamp(plan.params)
    parts = zip(site.chapters, documents, strict=True)
    return {site.pdf: pool.submit(render_report_pdf, documents, site, timestamp=moment)} | {
        entry.pdf: pool.submit(render_chapter_pdf, document, site, timestamp=moment)
        for entry, document in parts
        if entry.pdf
    }


def _write_pdfs(plan: Plan, language: str, pdfs: Mapping[str, Future[bytes]], folder: Path) -> Iterator[str]:
    """Write the PDFs; where one can't be made the earlier one stays. Yield the reasons."""
    for name, pdf in pdfs.items():
        earlier = plan.folder(language) / name
        try:
            (folder / name).write_bytes(pdf.result())
        except ReportError as error:
            if earlier.exists():
                shutil.copy2(earlier, folder / name)
            yield f"{name}, {language}: {error}"


def _noticed(chapter: Chapter) -> NotebookNode:
    """Return the notebook with the notice as a paragraph under its title."""
    if not chapter.notice:
        return chapter.notebook
    first, *rest = chapter.notebook.cells
    return NotebookNode(
        chapter.notebook | {"cells": [first, nbformat.v4.new_markdown_cell(chapter.notice), *rest]}
    )
