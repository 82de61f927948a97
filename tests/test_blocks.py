"""What a chapter shows: documents for the exporters, and a plain form that is safe to show."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from barometer.blocks import (
    MIME,
    BackgroundBlock,
    Block,
    CardBlock,
    CasesBlock,
    ChapterBlock,
    FigureBlock,
    FindingsBlock,
    NoteBlock,
    NotesBlock,
    ReadingBlock,
    SinceBlock,
    TableBlock,
    TextBlock,
)

EVIL = "<script>alert('x')</script> & \"y\""
TABLE = {
    "columns": [{"label": EVIL, "kind": "text"}, {"label": "n", "kind": "number"}],
    "rows": [[EVIL, "1"]],
    "notes": [EVIL],
}
CARD = CardBlock("id", "74%", EVIL, EVIL, EVIL)
FIGURE = FigureBlock(
    id="partners",
    number="2.3",
    title=EVIL,
    caption=(EVIL,),
    about=(EVIL,),
    csv="a,b\n",
    table=TABLE,
    synthetic=True,
    subtitle=EVIL,
    alt=EVIL,
    svg="<svg/>",
    svg_narrow="<svg/>",
)
BLOCKS: tuple[Block, ...] = (
    ChapterBlock("organisation", 1, "da", "new", EVIL, synthetic=True, banner=EVIL),
    replace(CARD, beside=(CARD,), chapter="organisation"),
    FindingsBlock(EVIL, (EVIL, EVIL)),
    SinceBlock(EVIL, (EVIL,), (EVIL,), (EVIL, EVIL), csv="a\n"),
    BackgroundBlock(EVIL, EVIL, EVIL),
    FIGURE,
    TableBlock("t", "2.1", EVIL, (EVIL,), "a\n", TABLE, synthetic=False),
    TextBlock(EVIL),
    NoteBlock(EVIL),
    CasesBlock(EVIL, ({"place": EVIL, "headline": EVIL, "text": EVIL, "source": EVIL},)),
    ReadingBlock(EVIL, ({"title": EVIL, "url": "https://example.org/?a=1&b=2"},)),
    NotesBlock(EVIL, ({"term": EVIL, "text": EVIL},)),
)


class Tags(HTMLParser):
    """Collects the names of all elements."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.names.append(tag)


def _bundle(block: Block) -> dict[str, object]:
    represent: Callable[[], dict[str, object]] = block._repr_mimebundle_
    return represent()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.type)
def test_every_block_is_a_document_with_a_plain_form(block: Block) -> None:
    bundle = _bundle(block)
    document = json.loads(json.dumps(bundle[MIME]))
    assert document == block.document()
    assert document["type"] == block.type
    assert "alert" in str(bundle["text/plain"])


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.type)
def test_no_text_becomes_an_element_of_the_page(block: Block) -> None:
    tags = Tags()
    tags.feed(str(_bundle(block)["text/html"]))
    assert tags.names
    assert "script" not in tags.names


def test_each_type_is_told_apart() -> None:
    assert len({block.type for block in BLOCKS}) == len(BLOCKS)


def test_a_card_holds_those_beside_it_without_their_type() -> None:
    document = BLOCKS[1].document()
    assert document["chapter"] == "organisation"
    assert [set(card) for card in document["beside"]] == [
        {"id", "value", "text", "definition", "detail", "csv", "beside", "chapter"}
    ]


def test_a_figure_in_jupyter_has_its_image_with_alternative_and_its_table() -> None:
    page = FIGURE.html()
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in page
    assert 'alt="&lt;script&gt;' in page
    assert '<th scope="col">n</th>' in page
    assert '<th scope="row">&lt;script&gt;' in page
