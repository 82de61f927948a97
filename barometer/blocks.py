"""What a chapter shows: one document an output for the exporters, and a plain form of it for JupyterLab."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any, ClassVar

from barometer.tables import TableDoc

MIME = "application/vnd.barometer.block+json"


@dataclass(frozen=True)
class Block:
    """One output of a chapter; the fields of a subclass are the keys of its document."""

    type: ClassVar[str]

    def document(self) -> dict[str, Any]:
        """Return the block as a JSON document."""
        return {"type": self.type} | {each.name: _value(getattr(self, each.name)) for each in fields(self)}

    def html(self) -> str:
        """Return the block as it is shown in JupyterLab, with everything escaped."""
        raise NotImplementedError

    def plain(self) -> str:
        """Return the block as plain text."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {MIME: self.document(), "text/html": self.html(), "text/plain": self.plain()}


def _value(value: Any) -> Any:
    if isinstance(value, Block):
        return {key: part for key, part in value.document().items() if key != "type"}
    if isinstance(value, tuple | list):
        return [_value(part) for part in value]
    return {key: _value(part) for key, part in value.items()} if isinstance(value, Mapping) else value


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _list(items: Sequence[str]) -> str:
    return f"<ul>{''.join(_element('li', item) for item in items)}</ul>"


@dataclass(frozen=True)
class ChapterBlock(Block):
    """The first output of a chapter: what it is, of which wave, in which language."""

    type = "chapter"
    id: str
    number: int
    language: str
    wave: str
    wave_title: str
    synthetic: bool
    banner: str | None = None
    segment: str = ""

    def html(self) -> str:
        """Return the wave, and the banner if there is one."""
        return _element("p", self.wave_title) + _element("p", self.banner or "")

    def plain(self) -> str:
        """Return the wave, and the banner if there is one."""
        return "\n".join(filter(None, (self.wave_title, self.banner)))


@dataclass(frozen=True)
class CardBlock(Block):
    """One large number with its words, and others beside it; links to a chapter where it names one.

    `csv` is the estimate behind the number.
    """

    type = "card"
    id: str
    value: str
    text: str
    definition: str
    detail: str
    csv: str = ""
    beside: tuple[CardBlock, ...] = ()
    chapter: str | None = None

    def html(self) -> str:
        """Return the number, its words, and the cards beside it."""
        parts = (_element("strong", self.value), escape(self.text), _element("small", self.detail))
        return f"<p>{'<br>'.join(parts)}</p>" + "".join(card.html() for card in self.beside)

    def plain(self) -> str:
        """Return the number, its words, and the cards beside it."""
        own = f"{self.value} {self.text} ({self.detail})"
        return "\n".join([own, *(card.plain() for card in self.beside)])


@dataclass(frozen=True)
class FindingsBlock(Block):
    """The key findings of a chapter, with the estimates that they tell of."""

    type = "findings"
    title: str
    items: tuple[str, ...]
    csv: str = ""

    def html(self) -> str:
        """Return a heading and a list."""
        return _element("h3", self.title) + _list(self.items)

    def plain(self) -> str:
        """Return a heading and a list."""
        return "\n".join([self.title, *(f"- {item}" for item in self.items)])


@dataclass(frozen=True)
class SinceBlock(Block):
    """What changed since an earlier wave; `rest` is what can't be told, `how` what the list rests on."""

    type = "since"
    title: str
    items: tuple[str, ...]
    rest: tuple[str, ...]
    how: tuple[str, ...]
    csv: str

    def html(self) -> str:
        """Return a heading, a list and paragraphs."""
        paragraphs = (_element("p", each) for each in self.rest)
        small = _element("small", " ".join(self.how))
        return _element("h3", self.title) + _list(self.items) + "".join(paragraphs) + small

    def plain(self) -> str:
        """Return a heading, a list and paragraphs."""
        return "\n".join([self.title, *(f"- {item}" for item in self.items), *self.rest, *self.how])


@dataclass(frozen=True)
class BackgroundBlock(Block):
    """A paragraph that rests on other sources than the questionnaire."""

    type = "background"
    title: str
    text: str
    source: str

    def html(self) -> str:
        """Return a heading, the paragraph and its source."""
        return _element("h3", self.title) + _element("p", self.text) + _element("small", self.source)

    def plain(self) -> str:
        """Return a heading, the paragraph and its source."""
        return "\n".join((self.title, self.text, self.source))


@dataclass(frozen=True)
class TextBlock(Block):
    """A generated sentence or paragraph."""

    type = "text"
    text: str

    def html(self) -> str:
        """Return a paragraph."""
        return _element("p", self.text)

    def plain(self) -> str:
        """Return the text."""
        return self.text


@dataclass(frozen=True)
class NoteBlock(TextBlock):
    """What is left out, and why."""

    type = "note"


@dataclass(frozen=True)
class TableBlock(Block):
    """A table with its title, caption and data."""

    type = "table"
    id: str
    number: str
    title: str
    caption: tuple[str, ...]
    csv: str
    table: TableDoc
    synthetic: bool

    def html(self) -> str:
        """Return title, table and caption."""
        return _element("h4", f"{self.number} {self.title}") + _table(self.table) + _caption(self.caption)

    def plain(self) -> str:
        """Return title, table and caption."""
        return "\n".join((f"{self.number} {self.title}", _rows(self.table), *self.caption))


@dataclass(frozen=True)
class FigureBlock(Block):
    """A figure in all its forms, with title, caption, text alternative and the table behind it.

    The views are the same figure by other breakdowns, with its number; `label` says which this one is.
    """

    type = "figure"
    id: str
    number: str
    title: str
    subtitle: str
    caption: tuple[str, ...]
    about: tuple[str, ...]
    alt: str
    svg: str
    svg_narrow: str
    csv: str
    table: TableDoc
    synthetic: bool
    label: str = ""
    views: tuple[FigureBlock, ...] = ()

    def html(self) -> str:
        """Return title, image, caption and table, those of its views below."""
        content = b64encode(self.svg.encode()).decode("ascii")
        image = f'<img src="data:image/svg+xml;base64,{content}" alt="{escape(self.alt)}" width="700">'
        heading = _element("h4", f"{self.number} {self.title}") + _element("p", self.subtitle)
        own = heading + image + _caption((*self.caption, *self.about)) + _table(self.table)
        return own + "".join(view.html() for view in self.views)

    def plain(self) -> str:
        """Return title, text alternative, caption and table, those of its views below."""
        lines = (f"{self.number} {self.title}", self.alt, *self.caption, *self.about, _rows(self.table))
        return "\n".join((*lines, *(view.plain() for view in self.views)))


@dataclass(frozen=True)
class CasesBlock(Block):
    """Case cards; an item has place, headline, text and source."""

    type = "cases"
    title: str
    items: tuple[Mapping[str, str], ...]

    def html(self) -> str:
        """Return a heading and a card each."""
        tags = {"headline": "h4", "place": "strong", "text": "p", "source": "small"}
        cards = ("".join(_element(tag, item[key]) for key, tag in tags.items()) for item in self.items)
        return _element("h3", self.title) + "".join(cards)

    def plain(self) -> str:
        """Return a heading and a line each."""
        return "\n".join([self.title, *(f"- {item['place']}: {item['headline']}" for item in self.items)])


@dataclass(frozen=True)
class ReadingBlock(Block):
    """Further reading; an item has title and url."""

    type = "reading"
    title: str
    items: tuple[Mapping[str, str], ...]

    def html(self) -> str:
        """Return a heading and a list of links."""
        pairs = ((escape(item["url"]), escape(item["title"])) for item in self.items)
        links = (f'<li><a href="{url}">{name}</a></li>' for url, name in pairs)
        return _element("h3", self.title) + f"<ul>{''.join(links)}</ul>"

    def plain(self) -> str:
        """Return a heading and a line each."""
        return "\n".join([self.title, *(f"- {item['title']}: {item['url']}" for item in self.items)])


@dataclass(frozen=True)
class NotesBlock(Block):
    """Terms and what they mean; an item has term and text."""

    type = "notes"
    title: str
    items: tuple[Mapping[str, str], ...]

    def html(self) -> str:
        """Return a heading and a list of definitions."""
        pairs = (_element("dt", item["term"]) + _element("dd", item["text"]) for item in self.items)
        return _element("h3", self.title) + f"<dl>{''.join(pairs)}</dl>"

    def plain(self) -> str:
        """Return a heading and a line each."""
        return "\n".join([self.title, *(f"{item['term']}: {item['text']}" for item in self.items)])


def _caption(sentences: Sequence[str]) -> str:
    return _element("p", " ".join(sentences))


def _table(table: TableDoc) -> str:
    head = "".join(f'<th scope="col">{escape(column["label"])}</th>' for column in table["columns"])
    rows = (
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in table["rows"]
    )
    notes = _caption(table["notes"])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{notes}"


def _rows(table: TableDoc) -> str:
    lines = [[column["label"] for column in table["columns"]], *table["rows"]]
    return "\n".join(" | ".join(line) for line in lines)
