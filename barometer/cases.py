"""What stands beside the figures of a chapter: background, case cards, further reading; in every language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from barometer.documents import Node, Text, shown


@dataclass(frozen=True)
class Case:
    """One example; the headline is its result. `year` is empty where the source names none."""

    id: str
    place: Text
    headline: Text
    text: Text
    source: Text
    year: str = ""


@dataclass(frozen=True)
class Background:
    """A paragraph that rests on interviews; it holds no estimates."""

    text: Text
    source: Text


@dataclass(frozen=True)
class Reading:
    """An official page on the same subject."""

    title: Text
    url: str


@dataclass(frozen=True)
class ChapterCases:
    """What one chapter shows beside its figures; all of it may be missing."""

    background: Background | None = None
    cases: tuple[Case, ...] = ()
    reading: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Cases:
    """The whole file, by chapter."""

    chapters: Mapping[str, ChapterCases] = field(default_factory=dict)

    def chapter(self, name: str) -> ChapterCases:
        """Return what belongs to a chapter; nothing for a chapter that the file does not have."""
        return self.chapters.get(name, ChapterCases())


def load_cases(path: Path, languages: tuple[str, ...]) -> Cases:
    """Read and check the case cards.

    Raises
    ------
    ReportError
        Once, with every problem: keys that mean nothing, a missing language, an unknown source, an
        id that stands twice, an address that is none.
    """
    root = Node.root(path)
    found = root.fields(("sources", "chapters"))
    sources = {name: node.text(languages) for name, node in found["sources"].entries().items()}
    reader = _Reader(languages, sources)
    cases = Cases({name: reader.chapter(node) for name, node in found["chapters"].entries().items()})
    for name, count in Counter(case.id for each in cases.chapters.values() for case in each.cases).items():
        if count > 1:
            root.refuse("each case once", got=f"'{name}' {count} times")
    root.check(f"{shown(path)} is not a valid file of cases")
    return cases


@dataclass(frozen=True)
class _Reader:
    """Reads the parts of the file and knows the languages and sources that they may use."""

    languages: tuple[str, ...]
    sources: Mapping[str, Text]

    def chapter(self, node: Node) -> ChapterCases:
        found = node.fields((), ("background", "cases", "reading"))
        return ChapterCases(
            background=self.background(found["background"]) if "background" in found else None,
            cases=tuple(self.case(each) for each in found["cases"].items()) if "cases" in found else (),
            reading=tuple(self.reading(each) for each in found["reading"].items())
            if "reading" in found
            else (),
        )

    def background(self, node: Node) -> Background:
        found = node.fields(("text", "source"))
        return Background(found["text"].text(self.languages), self.source(found["source"]))

    def case(self, node: Node) -> Case:
        found = node.fields(("id", "place", "headline", "text", "source"), ("year",))
        return Case(
            id=found["id"].string(),
            place=found["place"].text(self.languages),
            headline=found["headline"].text(self.languages),
            text=found["text"].text(self.languages),
            source=self.source(found["source"]),
            year=found["year"].string() if "year" in found else "",
        )

    def reading(self, node: Node) -> Reading:
        found = node.fields(("title", "url"))
        url = found["url"].string()
        if not url.startswith(("https://", "http://")):
            found["url"].refuse("an address on the web")
        return Reading(found["title"].text(self.languages), url)

    def source(self, node: Node) -> Text:
        return self.sources.get(node.choice(self.sources), {})
