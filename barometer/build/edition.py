"""One language of a report, put together in the scratch folder: pages, figures, data, PDF, manifest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from barometer.build.manifest import commit, manifest, timestamp
from barometer.build.plan import Plan
from barometer.errors import ReportError
from barometer.formats import Words
from barometer.render.document import read_chapter
from barometer.render.html import HtmlChapterExporter, insert_notice
from barometer.render.pdf import render_report_pdf
from barometer.render.site import Site, SiteChapter


@dataclass(frozen=True)
class Chapter:
    """An executed chapter; the notice says when it is from, if building it again failed."""

    name: str
    notebook: NotebookNode
    notice: str = ""


def make_edition(plan: Plan, language: str, folder: Path, *, failed: Collection[str]) -> tuple[str, ...]:
    """Fill a folder with the report in one language; return what went wrong, a line each.

    Parameters
    ----------
    folder
        Holds the executed notebooks of this run in ``notebooks/``. A chapter that is not among them, because
        it was not to be built or failed, is taken from the earlier report.
    failed
        The chapters that failed; their earlier pages get a notice.
    """
    chapters = _chapters(plan, language, folder, failed=failed)
    if not chapters:
        return ()
    site = _site(plan, language, chapters)
    problems: tuple[str, ...] = ()
    if "html" in plan.params.formats:
        _write_pages(chapters, site, folder)
    if "pdf" in plan.params.formats:
        problems = _write_pdf(plan, language, chapters, site, folder)
    stale = [chapter.name for chapter in chapters if chapter.notice]
    (folder / "manifest.json").write_text(manifest(plan, language, folder, stale=stale), encoding="utf-8")
    return problems


def _chapters(plan: Plan, language: str, folder: Path, *, failed: Collection[str]) -> tuple[Chapter, ...]:
    """Return the chapters that there are, new or earlier, in the order of the publication."""
    words = Words(language)
    chapters = []
    for name in plan.params.publication:
        path = folder / "notebooks" / f"{name}.ipynb"
        earlier = plan.folder(language) / "notebooks" / path.name
        if not path.exists() and earlier.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(earlier, path)  # with its time: it dates the notice
        if path.exists():
            made = date.fromtimestamp(path.stat().st_mtime).isoformat()
            notice = words("page.notice_stale", date=words.number.date(made)) if name in failed else ""
            chapters.append(Chapter(name, nbformat.read(path, as_version=4), notice))
    return tuple(chapters)


def _site(plan: Plan, language: str, chapters: tuple[Chapter, ...]) -> Site:
    """Return what every page says about the report around it; the first chapter is the front page."""
    read = [read_chapter(chapter.notebook) for chapter in chapters]
    words = Words(language)
    here = plan.folder(language)
    return Site(
        title=words.text(plan.instrument.title),
        wave_title=plan.wave.id,
        language=language,
        chapters=tuple(
            SiteChapter(
                chapter.name, f"{chapter.name}.html" if i else "index.html", document.title, document.number
            )
            for i, (chapter, document) in enumerate(zip(chapters, read, strict=True))
        ),
        synthetic=plan.wave.synthetic,
        languages=tuple(
            (other, Path(os.path.relpath(plan.folder(other), here)).as_posix() + "/")
            for other in plan.instrument.languages
            if other != language and (other in plan.params.languages or plan.folder(other).exists())
        ),
        pdf="report.pdf" if "pdf" in plan.params.formats else "",
        facts=(
            (words("page.wave"), words.text(plan.wave.title)),
            (words("page.data"), f"{plan.wave.meta.file}, sha256 {plan.wave.meta.sha256[:16]}"),
            (
                words("page.version"),
                f"barometer {version('barometer')} {commit(plan.params.root)[:10]}".strip(),
            ),
        ),
    )


def _write_pages(chapters: tuple[Chapter, ...], site: Site, folder: Path) -> None:
    exporter = HtmlChapterExporter()
    for chapter, entry in zip(chapters, site.chapters, strict=True):
        html, resources = exporter.from_notebook_node(chapter.notebook, {"site": site})
        (folder / entry.href).write_text(insert_notice(html, chapter.notice), encoding="utf-8")
        for name, content in resources["outputs"].items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _write_pdf(
    plan: Plan, language: str, chapters: tuple[Chapter, ...], site: Site, folder: Path
) -> tuple[str, ...]:
    """Write the report as one PDF; if that fails the earlier one stays, and the reason is returned."""
    path = folder / "report.pdf"
    try:
        documents = [read_chapter(_noticed(chapter)) for chapter in chapters]
        path.write_bytes(render_report_pdf(documents, site, timestamp=timestamp(plan.params.root)))
    except ReportError as error:
        earlier = plan.folder(language) / path.name
        if earlier.exists():
            shutil.copy2(earlier, path)
        return (f"report.pdf, {language}: {error}",)
    return ()


def _noticed(chapter: Chapter) -> NotebookNode:
    """Return the notebook with the notice as a paragraph under its title."""
    if not chapter.notice:
        return chapter.notebook
    first, *rest = chapter.notebook.cells
    return NotebookNode(
        chapter.notebook | {"cells": [first, nbformat.v4.new_markdown_cell(chapter.notice), *rest]}
    )
