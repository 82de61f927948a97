"""Read an executed notebook into the one document that the HTML page and the PDF are both drawn from."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from nbformat import NotebookNode

from barometer.errors import Problem, ReportError
from barometer.render.markdown import Node, parse, safe_link, text_of

BLOCK = "application/vnd.barometer.block+json"
KINDS = (
    *("card", "findings", "since", "background", "figure", "table"),
    *("text", "note", "cases", "reading", "notes", "workplace"),
)

# The language whose headings give sections their addresses, in every language of the report.
ADDRESS_LANGUAGE = "en"

# What a figure is called ends up in file names and in addresses.
_SAFE_ID = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_LANGUAGE_TAG = re.compile(r"[a-z]{2}")
_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss"})

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """A part of a chapter under one heading; the opening of a chapter has neither id nor title."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class ChapterDocument:
    """A chapter as its readers meet it: title, sections with blocks in order, footnotes."""

    id: str
    number: int
    language: str
    wave: str
    wave_title: str
    synthetic: bool
    banner: str
    segment: str
    title: str
    sections: tuple[Section, ...]
    footnotes: tuple[Sequence[Node], ...] = ()

    def blocks(self, kind: str) -> Iterator[Block]:
        """Yield the blocks of one kind, e.g. ``figure``, in reading order."""
        return (block for section in self.sections for block in section.blocks if block["type"] == kind)


@dataclass(frozen=True)
class _Parts:
    """What has been read so far, cell after cell; `names` are what the next headings are addressed by."""

    title: str = ""
    sections: tuple[Section, ...] = (Section("", ""),)
    footnotes: tuple[Sequence[Node], ...] = ()
    names: tuple[str, ...] = ()

    def with_block(self, block: Block) -> _Parts:
        """Append a block to the last section; cards in a row become one group.

        A block that is called like its section loses its own title, which would be read twice.
        """
        *earlier, last = self.sections
        blocks = last.blocks
        if block.get("title") == last.title != "" and block["type"] not in ("figure", "table"):
            block = {**block, "title": ""}
        if block["type"] == "card":
            before = blocks[-1]["items"] if blocks and blocks[-1]["type"] == "cards" else ()
            blocks = blocks[:-1] if before else blocks
            block = {"type": "cards", "items": [*before, block]}
        return replace(self, sections=(*earlier, replace(last, blocks=(*blocks, block))))

    def with_markdown(self, cells: Sequence[NotebookNode], *, language: str) -> _Parts:
        """Append Markdown cells that follow each other, which say the same in several languages."""
        own, named = (
            [cell.source for cell in cells if _is_in(cell, language=each)]
            for each in (language, ADDRESS_LANGUAGE)
        )
        titles, names = _headings(own), _headings(named)
        parts = replace(self, names=names if len(names) == len(titles) else titles)
        for source in own:
            parts = parts._with_source(source)
        return parts

    def _with_source(self, source: str) -> _Parts:
        """Append a Markdown cell: `#` is the chapter's title, `##` opens a section, the rest is a block."""
        nodes, footnotes = parse(source, first_footnote=len(self.footnotes) + 1)
        parts = replace(self, footnotes=(*self.footnotes, *footnotes))
        for node in nodes:
            parts = parts._with_node(node)
        return parts

    def _with_node(self, node: Node) -> _Parts:
        if not _opens(node):
            return self.with_block({"type": "markdown", "node": node})
        title, (name, *names) = text_of(node["children"]), self.names
        rest = replace(self, names=tuple(names))
        if node["level"] == 1 and not self.title:
            return replace(rest, title=title)
        address = f"section-{_slug(name)}"
        taken = [section.id for section in self.sections]
        again = sum(re.fullmatch(rf"{re.escape(address)}(-\d+)?", each) is not None for each in taken)
        section = Section(f"{address}-{again + 1}" if again else address, title)
        return replace(rest, sections=(*self.sections, section))


def read_chapter(notebook: NotebookNode) -> ChapterDocument:
    """Read an executed notebook.

    Parameters
    ----------
    notebook
        A chapter whose first block output is of type ``chapter``. Markdown cells tagged with another
        language than the chapter's are left out.

    Raises
    ------
    ReportError
        If a cell failed, the chapter block or the title is missing, a block is of an unknown type, or two
        blocks have the same id.
    """
    problems = [*_failed_cells(notebook)]
    head = next(
        (block for cell in notebook.cells for block in _blocks(cell) if block["type"] == "chapter"), None
    )
    if head is None:
        problems.append(
            Problem("outputs", "a block of type 'chapter'", "none", "Call open_chapter(...) first.")
        )
    if problems or head is None:
        raise ReportError("This notebook can't be read as a chapter.", problems)
    parts = _Parts()
    for is_markdown, cells in groupby(notebook.cells, key=lambda cell: cell.cell_type == "markdown"):
        if is_markdown:
            parts = parts.with_markdown(list(cells), language=head["language"])
            continue
        for block in (block for cell in cells for block in _blocks(cell)):
            parts = parts if block["type"] == "chapter" else parts.with_block(block)
    return _check(_document(head, parts))


def views(block: Block) -> tuple[Block, ...]:
    """Return a figure with its other breakdowns, itself first."""
    return block, *block.get("views", ())


def _opens(node: Node) -> bool:
    """Say whether a node is the title of a chapter or of a section."""
    return node["type"] == "heading" and node["level"] <= 2


def _headings(sources: Iterable[str]) -> tuple[str, ...]:
    """Return the titles of chapter and sections in some Markdown."""
    nodes = (node for source in sources for node in parse(source)[0])
    return tuple(text_of(node["children"]) for node in nodes if _opens(node))


def _slug(title: str) -> str:
    """Return a title as it stands in an address: ``The partners?`` as ``the-partners``."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS)).encode("ascii", "ignore")
    return "-".join(re.findall(r"[a-z0-9]+", plain.decode()))


def _document(head: Block, parts: _Parts) -> ChapterDocument:
    return ChapterDocument(
        id=head["id"],
        number=head["number"],
        language=head["language"],
        wave=head["wave"],
        wave_title=head["wave_title"],
        synthetic=head["synthetic"],
        banner=head.get("banner") or "",
        segment=head.get("segment") or "",
        title=parts.title,
        sections=tuple(section for section in parts.sections if section.blocks),
        footnotes=parts.footnotes,
    )


def _check(document: ChapterDocument) -> ChapterDocument:
    """Return the document if its title, block types and ids can be published."""
    problems = []
    if not document.title:
        problems.append(
            Problem(document.id, f"a '# Title' in a Markdown cell for {document.language!r}", "none")
        )
    if not _SAFE_ID.fullmatch(document.id):
        problems.append(
            Problem("the chapter", "an id of small letters, digits, '_', '.', '-'", repr(document.id))
        )
    seen = {section.id for section in document.sections}
    shown = (each for section in document.sections for each in section.blocks)
    for block in (view for each in shown for view in views(each)):
        kind, name = block["type"], block.get("id")
        if kind not in (*KINDS, "cards", "markdown", "output"):
            problems.append(Problem(document.id, f"a block type out of {', '.join(KINDS)}", repr(kind)))
        if name is not None and not _SAFE_ID.fullmatch(name):
            problems.append(Problem(document.id, "an id of small letters, digits, '_', '.', '-'", repr(name)))
        for item in block["items"] if kind == "reading" else ():
            if not safe_link(item["url"]):
                problems.append(Problem(document.id, "an address that starts with https://", item["url"]))
        if name in seen:
            problems.append(
                Problem(document.id, "each id once", repr(name), "Show each figure once a chapter.")
            )
        seen |= {name} if name else set()
    if problems:
        raise ReportError(f"Chapter {document.id!r} can't be published.", problems)
    return document


def _failed_cells(notebook: NotebookNode) -> Iterator[Problem]:
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                yield Problem(f"cell {number}", "no error", f"{output.ename}: {output.evalue}")


def _is_in(cell: NotebookNode, *, language: str) -> bool:
    """Say whether a Markdown cell is meant for readers of this language."""
    tags = [tag for tag in cell.metadata.get("tags", ()) if _LANGUAGE_TAG.fullmatch(tag)]
    return not tags or language in tags


def _blocks(cell: NotebookNode) -> Iterator[Block]:
    """Yield what a code cell shows; a figure or table takes along the lines that made it."""
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if BLOCK in data:
            block = json.loads(json.dumps(data[BLOCK]))
            yield _whole(block, cell.source) if block["type"] in ("figure", "table") else block
        elif "text/plain" in data:
            yield {"type": "output", "text": data["text/plain"]}
        elif output.get("name") == "stdout":
            yield {"type": "output", "text": output.text}


def _whole(block: Block, code: str) -> Block:
    """Return a figure or table with the lines that made it; its views are figures with its number."""
    inherited = {"type": block["type"], "number": block.get("number"), "code": code}
    return {**block, **inherited, "views": [{**view, **inherited} for view in block.get("views", ())]}
