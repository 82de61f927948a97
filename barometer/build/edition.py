"""One language of a report, put together in the scratch folder: pages, figures, data, PDF, manifest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from barometer.build.fingerprint import digest
from barometer.build.grounds import Grounds, Present, short
from barometer.build.log import LOG, PAGE, log_changes, log_page
from barometer.build.manifest import manifest, write_manifest, write_said
from barometer.build.origin import commit, timestamp
from barometer.build.plan import Plan
from barometer.build.products import Files, Product, Workshop, code
from barometer.datasets import data_files, with_data
from barometer.documents import relative
from barometer.formats import Words
from barometer.render.document import ChapterDocument, read_chapter
from barometer.render.files import assets, files
from barometer.render.html import render_chapter
from barometer.render.pdf import render_chapter_pdf, render_report_pdf
from barometer.render.record import PAGE as MANIFEST_PAGE
from barometer.render.search import search_index
from barometer.render.site import Site, SiteChapter

Pool = Callable[[], AbstractContextManager[Executor]]


@dataclass(frozen=True)
class Chapter:
    """An executed chapter; the notice says when it is from, if building it again failed.

    `kept` says whether it is from an earlier run, for whatever reason.
    """

    name: str
    path: Path
    notice: str = ""
    kept: bool = False

    def read(self) -> NotebookNode:
        """Return the notebook."""
        return nbformat.read(self.path, as_version=4)

    @property
    def grounds(self) -> Grounds:
        """Return what stands for the chapter in what is made of it."""
        return {f"chapter {self.name}": digest(self.path), f"notice {self.name}": short(self.notice)}


@dataclass(frozen=True)
class Contents:
    """What an edition is made of: its chapters, the report around them, what they all rest on, its date."""

    chapters: tuple[Chapter, ...]
    documents: tuple[ChapterDocument, ...]
    site: Site
    present: Present
    moment: int

    def product(
        self,
        name: str,
        make: Callable[[], Files],
        *,
        of: Sequence[Chapter],
        site: Site | None,
        code: Sequence[str],
    ) -> Product:
        """Return a product of some chapters, made by some code of what the site says, if it is about it."""
        content = {ground: digest for chapter in of for ground, digest in chapter.grounds.items()}
        told = fields(site) if site else ()
        facts = {f"site {field.name}": short(repr(getattr(site, field.name))) for field in told}
        made = self.present.known(["code barometer.build.edition", *code]) | dict(self.present.packages)
        date = {"date of the report": str(self.moment)}
        chapters = tuple(chapter.name for chapter in of)
        return Product(name, content | facts | made | date, make, chapters)


def make_edition(
    plan: Plan,
    language: str,
    folder: Path,
    *,
    failed: Collection[str],
    workshop: Workshop | None = None,
    pool: Pool | None = None,
) -> tuple[str, ...]:
    """Fill a folder with the report in one language; return what went wrong, a line each.

    Parameters
    ----------
    folder
        Holds the executed notebooks of this run in ``notebooks/``. A chapter that is not among them, because
        it was not to be built or failed, is taken from the earlier report.
    failed
        The chapters that failed; their earlier pages get a notice.
    workshop
        Takes over from the earlier report what can stay; without it everything is made.
    pool
        Gives processes for what is worth one of its own.
    """
    chapters = _chapters(plan, language, folder, failed=failed)
    if not chapters:
        return ()
    workshop = workshop or Workshop(folder, earlier=folder, present=Present(plan.params))
    documents = tuple(read_chapter(chapter.read()) for chapter in chapters)
    site, moment = _site(plan, language, chapters, documents), timestamp(plan.params)
    contents = Contents(chapters, documents, site, workshop.present, moment)
    html = "html" in plan.params.formats
    pages = _beside_pages(plan, contents) if html else ()
    prints = _pdfs(contents) if "pdf" in plan.params.formats else ()
    missing = workshop.make([*prints, *pages], pool)
    stale = [chapter.name for chapter in chapters if chapter.notice]
    kept = [chapter.name for chapter in chapters if chapter.kept]
    said = manifest(plan, site, documents=documents, stale=stale, kept=kept)
    write_said(said, folder)  # what changed is explained by it
    day = datetime.fromtimestamp(moment, UTC).date() if moment else None
    logged = log_changes(plan.folder(language), folder, day=day, words=Words(language))
    if html:
        site = replace(with_data(site, workshop.sizes("data")), changes=PAGE if logged else "")
        sizes = {each.name: workshop.sizes(_files(each)) for each in chapters}
        missing |= workshop.make(_pages(plan, replace(contents, site=site), sizes, folder / LOG))
    write_manifest(said, plan, site, folder)
    return tuple(f"{name}, {language}: {error}" for name, error in missing.items())


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
            chapters.append(Chapter(name, path, notice, kept))
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

    return Site(
        title=words.text(plan.instrument.title),
        wave_title=" · ".join(filter(None, (plan.wave.id, plan.segment(language)))),
        language=language,
        chapters=tuple(_entries(chapters, documents, printed=printed)),
        synthetic=plan.wave.synthetic,
        languages=tuple(
            (other, f"{relative(plan.folder(other), here)}/")
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
        overview=relative(plan.params.reports / "index.html", here),
        editions=relative(plan.params.reports / "editions.js", here),
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


def _beside_pages(plan: Plan, contents: Contents) -> Iterator[Product]:
    """Give what is beside the pages and does not rest on how they hang together."""
    by = code("barometer.render.files")
    for chapter in contents.chapters:
        of = [replace(chapter, notice="")]
        product = contents.product(_files(chapter), partial(_made_beside, chapter), of=of, site=None, code=by)
        yield replace(product, apart=True)
    yield _data(plan, contents)
    special = any(any(document.blocks("workplace")) for document in contents.documents)
    shared = contents.product(
        "assets",
        partial(assets, workplace=special),
        of=(),
        site=None,
        code=code("barometer.render.files", templates=("render/style", "render/script")),
    )
    yield replace(shared, rests_on={**shared.rests_on, "a form for workplaces": str(special)})
    yield contents.product(
        "search",
        lambda: {contents.site.search: search_index(contents.documents, contents.site).encode()},
        of=contents.chapters,
        site=contents.site,
        code=code("barometer.render.search"),
    )


def _files(chapter: Chapter) -> str:
    return f"{chapter.name}-files"


def _made_beside(chapter: Chapter) -> Files:
    return files(read_chapter(chapter.read()))


def _data(plan: Plan, contents: Contents) -> Product:
    """Return the data of the whole."""
    site, source = contents.site, plan.wave.meta.source[contents.site.language]
    licence = plan.params.licence

    def make() -> Files:
        made = data_files(contents.documents, site, source=source, licence=licence, timestamp=contents.moment)
        return {f"data/{name}": content for name, content in made.items()}

    product = contents.product("data", make, of=contents.chapters, site=site, code=code("barometer.datasets"))
    return replace(
        product, rests_on={**product.rests_on, "source of the data": source, "licence of the data": licence}
    )


def _pages(
    plan: Plan, contents: Contents, sizes: Mapping[str, Mapping[str, int]], log: Path
) -> Iterator[Product]:
    """Give the pages and that of the changes; beside the page of each chapter are files, of these sizes."""
    by = code("barometer.render.html", templates=("render/templates/barometer",))
    first, plain = contents.site, replace(contents.site, data=())
    for chapter, entry in zip(contents.chapters, plain.chapters, strict=True):
        site = plain if entry is not plain.chapters[0] else first  # which alone offers the data
        make = partial(_page, chapter, site, sizes[chapter.name])
        page = contents.product(entry.href, make, of=[chapter], site=site, code=by)
        yield replace(page, rests_on={**page.rests_on, "sizes of files": short(repr(sizes[chapter.name]))})
    if plain.changes:
        logged = partial(log_page, log, contents.documents, plain, instrument=plan.instrument)
        product = contents.product(
            PAGE, logged, of=contents.chapters, site=plain, code=[*by, *code("barometer.build.log")]
        )
        yield replace(product, rests_on={**product.rests_on, f"data {log.name}": digest(log)})


def _page(chapter: Chapter, site: Site, sizes: Mapping[str, int]) -> Files:
    return render_chapter(chapter.read(), site, sizes, notice=chapter.notice)


def _pdfs(contents: Contents) -> Iterator[Product]:
    """Give the report and its chapters as PDF."""
    site = contents.site
    by = code("barometer.render.pdf", templates=("render/templates/report.typ",))
    makers = {site.pdf: contents.chapters} | {
        entry.pdf: (chapter,)
        for chapter, entry in zip(contents.chapters, site.chapters, strict=True)
        if entry.pdf
    }
    for name, of in makers.items():
        make = partial(_pdf, of, site, name, contents.moment)
        yield replace(contents.product(name, make, of=of, site=site, code=by), apart=True)


def _pdf(chapters: tuple[Chapter, ...], site: Site, name: str, moment: int) -> Files:
    documents = [read_chapter(_noticed(chapter)) for chapter in chapters]
    if name == site.pdf:
        return {name: render_report_pdf(documents, site, timestamp=moment)}
    return {name: render_chapter_pdf(documents[0], site, timestamp=moment)}


def _noticed(chapter: Chapter) -> NotebookNode:
    """Return the notebook with the notice as a paragraph under its title."""
    notebook = chapter.read()
    if not chapter.notice:
        return notebook
    first, *rest = notebook.cells
    return NotebookNode(notebook | {"cells": [first, nbformat.v4.new_markdown_cell(chapter.notice), *rest]})
