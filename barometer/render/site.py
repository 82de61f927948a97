"""What a page has to know about the report around it."""

from __future__ import annotations

from dataclasses import dataclass

from barometer.render.document import ChapterDocument


@dataclass(frozen=True)
class SiteChapter:
    """One entry of the chapter navigation; number 0 is for summary and method.

    `pdf` is the address of the chapter as a PDF of its own, empty if there is none.
    """

    id: str
    href: str
    title: str
    number: int
    pdf: str = ""


@dataclass(frozen=True)
class Site:
    """The report that a page belongs to.

    Attributes
    ----------
    title, wave_title, language
        As printed in the header of every page, e.g. ``Innovationsbarometeret``, ``2018-2019``, ``da``.
    chapters
        In reading order; the first one is the front page.
    synthetic
        Whether the data are made up; then every page of the PDF says so.
    languages
        (language, folder) of the other editions, e.g. ``("en", "../en/")``; a page links to its like there.
    pdf
        Address of the whole report as PDF, empty if there is none.
    facts
        (term, text) about this edition: wave, hash of the data, what it was made with.
    version, data_hash, address
        For citations: the program and its version, the SHA-256 of the data, and where this edition is
        published, with a slash at its end; each may be empty.
    overview, editions
        Addresses of the page that lists all editions, and of the script that knows them; may be empty.
    search
        Address of the search index; without it pages have no search.
    changes
        Address of the page that lists how published numbers changed, empty if none ever did.
    manifest
        Address of the page that says what every figure was made of; may be empty.
    data
        (label, address, bytes) of the data of the whole report; the front page offers them.
    """

    title: str
    wave_title: str
    language: str
    chapters: tuple[SiteChapter, ...]
    synthetic: bool = False
    languages: tuple[tuple[str, str], ...] = ()
    pdf: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    version: str = ""
    data_hash: str = ""
    address: str = ""
    overview: str = ""
    editions: str = ""
    search: str = ""
    changes: str = ""
    manifest: str = ""
    data: tuple[tuple[str, str, int], ...] = ()

    @classmethod
    def alone(cls, document: ChapterDocument) -> Site:
        """Return the site of a single chapter that is exported by itself."""
        chapter = SiteChapter(document.id, f"{document.id}.html", document.title, document.number)
        return cls(
            document.wave_title,
            document.wave_title,
            document.language,
            (chapter,),
            synthetic=document.synthetic,
        )

    def neighbours(self, chapter: str) -> tuple[SiteChapter | None, SiteChapter | None]:
        """Return the chapters before and after one, by id; none for a page that is no chapter."""
        ids = [entry.id for entry in self.chapters]
        if chapter not in ids:
            return None, None
        here = ids.index(chapter)
        before = self.chapters[here - 1] if here else None
        after = self.chapters[here + 1] if here + 1 < len(ids) else None
        return before, after

    def chapter(self, chapter: str) -> SiteChapter | None:
        """Return the entry of a chapter, or None where the report hasn't got it."""
        return next((entry for entry in self.chapters if entry.id == chapter), None)
