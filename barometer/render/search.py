"""What the search of the pages looks through: one entry for each thing that a reader may look for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from barometer.formats import Words
from barometer.render.document import Block, ChapterDocument, Section, views
from barometer.render.markdown import Node, text_of
from barometer.render.site import Site


@dataclass(frozen=True)
class Entry:
    """Something to be found: where it stands, what it is part of, what it is called, what it says."""

    href: str
    place: str
    title: str
    text: str


def search_index(documents: Sequence[ChapterDocument], site: Site) -> str:
    """Return the search index of a report as a script, which a page can also read from a disk.

    Parameters
    ----------
    documents
        The chapters of the report in one language, in reading order.
    site
        The report that they are pages of; a chapter that it doesn't list is left out.

    Returns
    -------
    str
        Sets ``window.BAROMETER_SEARCH`` to a list with [address, place, title, text] of each entry.
    """
    pages = {chapter.id: chapter.href for chapter in site.chapters}
    entries = [
        list(astuple(entry))
        for document in documents
        if document.id in pages
        for entry in _chapter(document, pages[document.id])
    ]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    return f"window.BAROMETER_SEARCH = [\n{lines}\n];\n"


def _chapter(document: ChapterDocument, page: str) -> Iterator[Entry]:
    words = Words(document.language)
    for section in document.sections:
        own = " ".join(text for block in section.blocks for text in _said(block))
        if section.id:
            yield Entry(f"{page}#{section.id}", document.title, section.title, own)
        else:
            place = f"{words('page.chapter')} {document.number}" if document.number else ""
            yield Entry(page, place, document.title, own)
        for block in section.blocks:
            yield from _block(block, section, document, page)


def _said(block: Block) -> Iterator[str]:
    """Yield the running text of a section, which is found as part of it."""
    match block["type"]:
        case "markdown":
            yield _words_of(block["node"])
        case "text" | "note" | "background":
            yield block["text"]
        case "findings":
            yield from block["items"]
        case "since":
            yield from (*block["items"], *block["rest"])
        case "reading":
            yield from (item["title"] for item in block["items"])


def _words_of(node: Node) -> str:
    """Return the words of a node, those of a list or paragraph with spaces between its items."""
    inside = node.get("children", ())
    if node["type"] == "table":
        return " ".join(text_of(cell) for row in (node["columns"], *node["rows"]) for cell in row)
    return " ".join(map(_words_of, inside)) if node["type"] == "list" else text_of([node])


def _block(block: Block, section: Section, document: ChapterDocument, page: str) -> Iterator[Entry]:
    """Yield what can be found by itself: figures with their views, tables, numbers, cases and terms."""
    words = Words(document.language)
    here = f"{page}#{section.id}" if section.id else page
    place = " · ".join(filter(None, (document.title, section.title)))
    match block["type"]:
        case "figure" | "table":
            label = words(f"page.{block['type']}_number", number=block["number"])
            for view in views(block):
                place = f"{document.title} · {label}"
                yield Entry(f"{page}#{view['id']}", place, view["title"], _explained(view))
        case "cards":
            for card in block["items"]:
                title = f"{card['value']} {card['text']}"
                yield Entry(f"{page}#{card['id']}", place, title, card["definition"])
        case "cases":
            for case in block["items"]:
                said = ": ".join(filter(None, (case["place"], case["text"])))
                yield Entry(here, place, case["headline"], said)
        case "notes":
            for note in block["items"]:
                yield Entry(here, place, note["term"], note["text"])
        case "workplace":
            yield Entry(here, place, block["title"], block["intro"])


def _explained(block: Block) -> str:
    """Return what stands around a figure or table, and the answers it is about, each once."""
    answers = ", ".join(dict.fromkeys(row[0] for row in block["table"]["rows"]))
    said = (block.get("subtitle"), *block["caption"], *block.get("about", ()), answers)
    return " ".join(filter(None, said))
