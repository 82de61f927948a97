"""What the template of the PDF sets: the chapters in printable words, with the places they refer to.

A place is ``chapter``, ``chapter/section`` or ``chapter/figure``; it becomes a label of the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from barometer.formats import Words
from barometer.render.document import Block, ChapterDocument
from barometer.render.files import picture
from barometer.render.site import Site

# The chapter that stands among the annexes of the publication.
ANNEX = "method"

_PAGE_WORDS = (
    *("contents", "definition", "left_out", "source", "case", "numbers_annex", "provenance", "page"),
    *("figure", "table", "list_of_figures", "list_of_tables"),
)
_PDF_WORDS = ("chapters", "figure_page", "numbers_page", "again", "views", "pairs")
_FILES = ("svg", "svg_narrow", "csv", "code", "views")


def on_paper(
    documents: Sequence[ChapterDocument], site: Site, *, whole: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the data of the template, and the pictures by their path.

    Parameters
    ----------
    documents
        The chapters to print, in reading order.
    site
        The report they belong to.
    whole
        Whether they are the report: with cover and contents, and what all chapters repeat only once.
    """
    words = Words(site.language)
    printed = tuple(_without_repeats(documents)) if whole else documents
    letters = iter("ABCDEFGH")
    remarks = _common_remarks(printed)
    content = {
        "whole": whole,
        "language": site.language,
        "title": site.title,
        "wave_title": site.wave_title,
        "mark": words("page.synthetic") if site.synthetic else "",
        "banner": next((document.banner for document in documents), "") or words("page.synthetic"),
        "facts": [
            *(site.facts or [(words("page.wave"), site.wave_title)]),
            (words("pdf.standards"), words("pdf.made")),
        ],
        "chapters": [
            _chapter(document, printed, label=_label(document, letters, whole=whole), said=remarks)
            for document in printed
        ],
        "numbers_label": words("pdf.annex", letter=next(letters)) if whole else "",
        "words": {key: words(f"page.{key}") for key in _PAGE_WORDS}
        | {key: words.entries[f"pdf.{key}"] for key in _PDF_WORDS}
        | {"page_of": words("page.page_of", page="{page}", pages="{pages}")},
        "remarks": remarks,
        "references": dict(_references(printed)),
        "places": [place for document in printed for place in _places(document)],
    }
    return content, {
        picture(document, block): block["svg"] for document in printed for block in document.blocks("figure")
    }


def _without_repeats(documents: Sequence[ChapterDocument]) -> Iterator[ChapterDocument]:
    """Yield the chapters with a reference for notes that an earlier chapter has printed.

    A section that would hold nothing else is left out.
    """
    printed: dict[str, str] = {}
    for document in documents:
        sections = []
        for section in document.sections:
            place = f"{document.id}/{section.id}" if section.id else document.id
            blocks = []
            for block in section.blocks:
                text = str(block.get("items")) if block["type"] == "notes" else ""
                again = {"type": "again", "title": block.get("title") or section.title}
                blocks.append({**again, "place": printed[text]} if text in printed else block)
                if text:
                    printed.setdefault(text, place)
            if any(block["type"] != "again" for block in blocks):
                sections.append(replace(section, blocks=tuple(blocks)))
        yield replace(document, sections=tuple(sections))


def _label(document: ChapterDocument, letters: Iterator[str], *, whole: bool) -> str:
    """Return what stands over the title: the number of the chapter, or the letter of the annex."""
    words = Words(document.language)
    if whole and document.id == ANNEX:
        return words("pdf.annex", letter=next(letters))
    return f"{words('page.chapter')} {document.number}" if document.number else ""


def _chapter(
    document: ChapterDocument, documents: Sequence[ChapterDocument], *, label: str, said: Sequence[str]
) -> dict[str, Any]:
    return {
        "id": document.id,
        "label": label,
        "annex": document.id == ANNEX,
        "title": document.title,
        "footnotes": document.footnotes,
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "blocks": [_block(document, block, documents, said=said) for block in section.blocks],
            }
            for section in document.sections
        ],
    }


def _block(
    document: ChapterDocument, block: Block, documents: Sequence[ChapterDocument], *, said: Sequence[str]
) -> dict[str, Any]:
    """Return a block as the template draws it: labels in words, files by name."""
    content = {key: value for key, value in block.items() if key not in _FILES}
    if block["type"] == "cards":
        return content | {"items": [_card(card, document, documents) for card in block["items"]]}
    if block["type"] == "findings":
        ordered = [document, *(other for other in documents if other.id != document.id)]
        return content | {"items": [_finding(item, ordered) for item in block["items"]]}
    if block["type"] == "workplace":
        return {"type": "text", "text": block["intro"]}
    if block["type"] in ("figure", "table"):
        views = [view["label"] for view in block.get("views", ())]
        return content | {
            "label": _numbered(block, document),
            "place": f"{document.id}/{block['id']}",
            "image": f"/{picture(document, block)}",
            "views": Words(document.language).number.list(views) if views else "",
            "table": _table(block["table"], document),
            "remarks": [remark for remark in _remarks(block, document) if remark not in said],
        }
    return content


def _card(card: Block, document: ChapterDocument, documents: Sequence[ChapterDocument]) -> dict[str, Any]:
    """Return a card with the chapter it leads to, if that is another one of this PDF."""
    titles = {other.id: other.title for other in documents if other.id != document.id}
    target = card.get("chapter") if card.get("chapter") in titles else None
    words = Words(document.language)
    return {
        **card,
        "target": target,
        "target-words": words("page.read_chapter", title=titles[target]) if target else "",
    }


def _finding(text: str, documents: Sequence[ChapterDocument]) -> dict[str, str]:
    """Return a finding with the figure that it is the title of, if one of the chapters has it."""
    for document in documents:
        for figure in document.blocks("figure"):
            if text.startswith(figure["title"] + "."):
                place = f"{document.id}/{figure['id']}"
                return {"text": text, "place": place, "figure": _numbered(figure, document)}
    return {"text": text, "place": "", "figure": ""}


def _table(table: Mapping[str, Any], document: ChapterDocument) -> dict[str, Any]:
    """Return a table in which an interval stands in the cell of its share: half as many columns."""
    columns = table["columns"]
    intervals = {
        place: after["label"].removeprefix(before["label"] + ", ")
        for place, (before, after) in enumerate(pairwise(columns), start=1)
        if after["label"].startswith(before["label"] + ", ")
    }
    kept = [place for place in range(len(columns)) if place not in intervals]
    words = Words(document.language)
    said = [words("pdf.pairs", interval=interval) for interval in dict.fromkeys(intervals.values())]
    return {
        "columns": [
            {**columns[place], "kind": "pair"} if place + 1 in intervals else columns[place] for place in kept
        ],
        "rows": [
            [row[place : place + 2] if place + 1 in intervals else row[place] for place in kept]
            for row in table["rows"]
        ],
        "notes": [*said, *table["notes"]],
    }


def _remarks(block: Block, document: ChapterDocument) -> list[str]:
    """Return what is to be known about the numbers of a figure, each sentence once."""
    return list(dict.fromkeys([*_table(block["table"], document)["notes"], *block.get("about", ())]))


def _common_remarks(documents: Sequence[ChapterDocument]) -> list[str]:
    """Return what is to be known about the numbers of every figure alike."""
    each = [_remarks(figure, document) for document in documents for figure in document.blocks("figure")]
    return [remark for remark in each[0] if all(remark in other for other in each)] if each[1:] else []


def _numbered(block: Block, document: ChapterDocument) -> str:
    return Words(document.language)(f"page.{block['type']}_number", number=block["number"])


def _references(documents: Sequence[ChapterDocument]) -> Iterator[tuple[str, str]]:
    """Yield what a sentence may call a figure or table, in small letters, and its place."""
    for document in documents:
        for kind in ("figure", "table"):
            for block in document.blocks(kind):
                yield _numbered(block, document).lower(), f"{document.id}/{block['id']}"


def _places(document: ChapterDocument) -> Iterator[str]:
    """Yield the places of a chapter that a link can lead to."""
    yield document.id
    yield from (f"{document.id}/{section.id}" for section in document.sections if section.title)
    for kind in ("figure", "table"):
        yield from (f"{document.id}/{block['id']}" for block in document.blocks(kind))
