"""A published report as a program of its readers finds it: pages, estimates, tables."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

from lxml import html

from barometer.documents import shown
from barometer.errors import Problem, ReportError

# What is held against rows or a file of its own, has a source of its own, or is code.
_APART = ("card", "findings", "tabular", "cases", "background", "reading", "workplace", "citation")

# Lists of sentences and how the page marks them: their rows have the name of the list for a figure.
_LISTS = {"findings": "findings", "since": "findings since"}

PLACE = ("chapter", "figure", "number", "view")
Table = Sequence[Sequence[str]]
_THOUSANDS = re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Row:
    """One row of estimates.csv: its cells as text."""

    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the text of a cell."""
        return self.cells[column]

    def number(self, column: str) -> float | None:
        """Return a cell as a number, None for a gap."""
        return float(self.cells[column]) if self.cells[column] else None

    @property
    def about(self) -> tuple[str, ...]:
        """Return what the estimate is of, wherever it is shown."""
        return tuple(self.cells[name] for name in ("wave", "question", "option", "by", "level", "statistic"))


@dataclass(frozen=True)
class Shown:
    """Something on a page that tells of estimates, with the rows behind it.

    `kind` is card, finding or figure; `texts` are its words by what they are; `table` starts with its header.
    """

    kind: str
    chapter: str
    id: str
    texts: Mapping[str, str]
    rows: tuple[Row, ...]
    table: Table = ()

    @property
    def where(self) -> str:
        """Return the place as messages name it."""
        return f"{self.chapter}, {self.kind} {self.id}"

    @property
    def questions(self) -> tuple[str, ...]:
        """Return the variables shown, in order."""
        return tuple(dict.fromkeys(row["question"] for row in self.rows))


@dataclass(frozen=True)
class Page:
    """One page: what it shows, its tables of words by id, and its words outside of both."""

    chapter: str
    shown: tuple[Shown, ...]
    tables: Mapping[str, Table]
    rest: str


@dataclass(frozen=True)
class Report:
    """A published report in one language; `about` is its manifest."""

    folder: Path
    about: Mapping[str, Any]
    rows: tuple[Row, ...]
    pages: tuple[Page, ...]

    @property
    def shown(self) -> Iterator[Shown]:
        """Yield everything on the pages that tells of estimates."""
        return (each for page in self.pages for each in page.shown)

    @property
    def fresh(self) -> tuple[Row, ...]:
        """Return the rows of the chapters that are not from an earlier run."""
        return tuple(row for row in self.rows if row["chapter"] not in self.about["stale"])

    def file(self, chapter: str, name: str) -> Table:
        """Return the CSV of a figure or table, its header first; nothing where there is none."""
        path = self.folder / "data" / f"{chapter}-{name}.csv"
        return list(csv.reader(StringIO(path.read_text("utf-8"), newline=""))) if path.exists() else []

    def drawn(self, chapter: str, name: str) -> str:
        """Return the words and numbers in the picture of a figure; nothing where there is none."""
        path = self.folder / "figures" / f"{chapter}-{name}.svg"
        if not path.exists():
            return ""
        texts = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot().iter("text")
        return " ".join(map(_text, texts))


def read_report(folder: Path) -> Report:
    """Read the manifest, the estimates and the pages of a published folder.

    Raises
    ------
    ReportError
        If a file is missing or isn't what a report has there.
    """
    try:
        about = json.loads((folder / "manifest.json").read_text("utf-8"))
        with (folder / "data/estimates.csv").open(encoding="utf-8", newline="") as file:
            rows = tuple(map(Row, csv.DictReader(file, strict=True)))
        wanted = about["params"]["chapters"]
        chapters = [each for each in wanted if (folder / f"notebooks/{each}.ipynb").exists()]
        names = ["index.html", *(f"{chapter}.html" for chapter in chapters[1:])]
        parts = zip(names, chapters, strict=True)
        return Report(
            folder, about, rows, tuple(_page(folder / name, chapter, rows) for name, chapter in parts)
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error) as error:
        problem = Problem(shown(folder), "a published report", str(error))
        raise ReportError("A report can't be checked", [problem]) from error


def _page(path: Path, chapter: str, rows: Sequence[Row]) -> Page:
    tree = html.parse(str(path), html.HTMLParser(encoding="utf-8"))
    [main] = tree.xpath("//main")
    own = [row for row in rows if row["chapter"] == chapter]
    cards = [row for row in own if not row["number"] and row["figure"] not in _LISTS]
    told = {name: tuple(row for row in own if row["figure"] == name) for name in _LISTS}
    figures = {view: tuple(group) for view, group in groupby(own, lambda row: row["number"] and row["view"])}
    shown = (
        *(each for card in main.find_class("card") for each in _cards(card, chapter, cards)),
        *(
            Shown("finding", chapter, "", {"text": _text(each)}, told[name])
            for name, style in _LISTS.items()
            for each in main.xpath(f".//*[@class='{style}']//li")
        ),
        *(_figure(each, chapter, figures) for each in main.iter("figure")),
    )
    tables = {each.get("id"): _table(each) for each in main.find_class("tabular")}
    for node in [*main.iter("figure", "pre"), *(each for name in _APART for each in main.find_class(name))]:
        node.drop_tree()
    return Page(chapter, shown, tables, _text(main))


def _cards(card: html.HtmlElement, chapter: str, rows: Sequence[Row]) -> Iterator[Shown]:
    """Yield the number of a card and those beside it; their rows stand in the same order."""
    name = card.get("id")
    views = groupby((row for row in rows if row["figure"] == name), lambda row: row["view"])
    behind = [(view, tuple(group)) for view, group in views]
    for place, statement in enumerate(card.find_class("statement")):
        view, own = behind[place] if place < len(behind) else (name, ())
        around = statement.getparent()
        texts = {
            kind: _text(found)
            for kind in ("definition", "detail")
            for found in around.xpath(f"./*[@class='{kind}']")
        }
        value, text = statement
        yield Shown("card", chapter, view, {"value": _text(value), "text": _text(text), **texts}, own)


def _figure(figure: html.HtmlElement, chapter: str, rows: Mapping[str, tuple[Row, ...]]) -> Shown:
    name = figure.get("id") or figure.get("data-view")
    paths = {
        "title": ".//*[self::h2 or self::h3 or self::h4]",
        "subtitle": ".//*[@class='subtitle']",
        "caption": "./figcaption",
        "about": ".//*[@class='about']",
    }
    texts = {kind: " ".join(map(_text, figure.xpath(path))) for kind, path in paths.items()}
    texts["alt"] = plain(figure.xpath(".//img/@alt")[0])
    return Shown("figure", chapter, name, texts, rows.get(name, ()), _table(figure))


def _table(node: html.HtmlElement) -> Table:
    return [[_text(cell) for cell in row.iter("th", "td")] for row in node.iter("tr")]


def _text(node: html.HtmlElement) -> str:
    """Return the words of a node."""
    return plain(node.text_content())


def plain(text: str) -> str:
    """Return a text with single blanks between its words, and none that marks thousands in a number."""
    return " ".join(_THOUSANDS.sub("", text).split())
