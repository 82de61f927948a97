"""An executed notebook as a document: language, sections, blocks, footnotes, and what is refused."""

from __future__ import annotations

import runpy
from pathlib import Path

import nbformat.v4 as nb
import pytest

from barometer.errors import ReportError
from barometer.render.document import read_chapter, views
from barometer.render.markdown import parse, text_of

SAMPLE = runpy.run_path(str(Path(__file__).parent / "notebooks" / "sample_chapter.py"))
sample_chapter, BLOCK = SAMPLE["sample_chapter"], SAMPLE["BLOCK"]


@pytest.fixture(scope="module")
def danish():
    return read_chapter(sample_chapter("da"))


def showing(*blocks: dict[str, object]) -> nb.NotebookNode:
    head = {"type": "chapter", "id": "c", "number": 1, "language": "en", "wave": "w", "wave_title": "w"}
    outputs = [
        nb.new_output("display_data", data={BLOCK: block})
        for block in (head | {"synthetic": False, "banner": None, "segment": ""}, *blocks)
    ]
    return nb.new_notebook(cells=[nb.new_markdown_cell("# Title"), nb.new_code_cell("x", outputs=outputs)])


def test_the_title_and_the_sections_are_those_of_the_chapters_language(danish):
    english = read_chapter(sample_chapter("en"))
    assert (danish.title, english.title) == ("Samarbejd på tværs", "Collaborate across")
    assert [section.title for section in english.sections][:2] == ["", "Who are the partners?"]


def test_section_addresses_are_spelt_from_the_english_heading_in_every_language(danish):
    english = read_chapter(sample_chapter("en"))
    addresses = [section.id for section in danish.sections]
    assert addresses == [section.id for section in english.sections]
    assert addresses[1] == "section-who-are-the-partners"


def test_section_addresses_stay_when_sections_change_places():
    there, back = showing(), showing()
    cells = [nb.new_markdown_cell(f"## {title}\n\nWords.") for title in ("One", "Two")]
    there.cells += cells
    back.cells += cells[::-1]
    assert {section.id for section in read_chapter(there).sections} == {"section-one", "section-two"}
    assert {section.id for section in read_chapter(back).sections} == {"section-one", "section-two"}


def test_a_heading_without_an_english_like_is_addressed_by_its_own_words():
    notebook = showing()
    notebook.cells.append(nb.new_markdown_cell("## Også på ærø: É\n\nWords."))
    assert read_chapter(notebook).sections[0].id == "section-ogsaa-paa-aeroe-e"


def test_two_sections_of_one_name_have_two_addresses():
    notebook = showing()
    notebook.cells.append(nb.new_markdown_cell("## Same\n\nWords.\n\n## Same\n\nMore."))
    assert [section.id for section in read_chapter(notebook).sections] == ["section-same", "section-same-2"]


def test_a_heading_with_nothing_under_it_is_left_out():
    notebook = showing()
    notebook.cells += [nb.new_markdown_cell("## Empty"), nb.new_markdown_cell("## Full\n\nWords.")]
    assert [section.title for section in read_chapter(notebook).sections] == ["Full"]


def test_the_views_of_a_figure_are_figures_with_its_number_and_code_and_their_ids_count():
    view = {"id": "a", "title": "by sector"}
    figure = {"type": "figure", "id": "a", "number": "1.1", "title": "total", "views": [view]}
    with pytest.raises(ReportError, match="each id once"):
        read_chapter(showing(figure))
    shown = next(read_chapter(showing({**figure, "views": [{**view, "id": "b"}]})).blocks("figure"))
    assert views(shown)[0]["id"] == "a"
    assert views(shown)[1] == view | {"id": "b", "type": "figure", "number": "1.1", "code": "x"}


def test_blocks_keep_their_order(danish):
    partners = danish.sections[1]
    kinds = [block["type"] for block in partners.blocks if block["type"] != "markdown"]
    assert kinds == ["figure", "text"]
    assert [block["type"] for block in danish.sections[0].blocks] == [
        "markdown",
        "cards",
        "findings",
        "since",
        "background",
    ]


def test_cards_in_a_row_are_one_group():
    card = {
        "type": "card",
        "value": "1 %",
        "text": "t",
        "definition": "",
        "detail": "",
        "beside": [],
        "chapter": None,
    }
    chapter = read_chapter(showing({**card, "id": "a"}, {**card, "id": "b"}, {"type": "text", "text": "t"}))
    assert [block["type"] for block in chapter.sections[0].blocks] == ["cards", "text"]
    assert [item["id"] for item in chapter.sections[0].blocks[0]["items"]] == ["a", "b"]


def test_a_block_called_like_its_section_is_not_titled_twice():
    notebook = showing()
    findings = {"type": "findings", "title": "Key findings", "items": ["one"]}
    output = nb.new_output("display_data", data={BLOCK: findings})
    notebook.cells += [nb.new_markdown_cell("## Key findings"), nb.new_code_cell("x", outputs=[output])]
    assert [block["title"] for block in read_chapter(notebook).blocks("findings")] == [""]


def test_a_figure_takes_along_the_lines_that_made_it(danish):
    assert next(danish.blocks("figure"))["code"].startswith("chapter.figure(chapter.proportions('partners'))")


def test_footnotes_of_several_cells_count_on(danish):
    assert [text_of(note) for note in danish.footnotes] == ["En note med kursiv.", "Den anden note."]
    nodes, _ = parse("a[^1]\n\n[^1]: note", first_footnote=5)
    assert nodes[0]["children"][-1] == {"type": "footnote", "number": 5}


def test_what_a_cell_prints_is_shown_and_its_warnings_are_not():
    notebook = showing()
    streams = [nb.new_output("stream", name=name, text=name) for name in ("stdout", "stderr")]
    notebook.cells.append(nb.new_code_cell("print()", outputs=streams))
    chapter = read_chapter(notebook)
    assert [block["text"] for block in chapter.blocks("output")] == ["stdout"]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example/x"]
)
def test_a_harmful_link_keeps_only_its_words(address):
    nodes, _ = parse(f"[words]({address})")
    assert nodes == [{"type": "paragraph", "children": [{"type": "text", "text": "words"}]}]


@pytest.mark.parametrize(
    "address", ["https://example.org/", "#partners", "diffusion.html#reuse", "mailto:a@b.c"]
)
def test_a_harmless_link_stays_a_link(address):
    nodes, _ = parse(f"[words]({address})")
    assert nodes[0]["children"][0]["url"] == address


def test_raw_html_becomes_words():
    nodes, _ = parse("a <b>x</b>\n\n<script>alert(1)</script>")
    assert [text_of(node["children"]) for node in nodes] == ["a <b>x</b>", "<script>alert(1)</script>"]


def test_a_notebook_with_a_failed_cell_is_refused_with_the_reason():
    notebook = showing()
    error = nb.new_output("error", ename="ValueError", evalue="no such wave", traceback=[])
    notebook.cells.append(nb.new_code_cell("open_chapter()", outputs=[error]))
    with pytest.raises(ReportError, match="cell 3: expected no error, got ValueError: no such wave"):
        read_chapter(notebook)


def test_a_notebook_that_never_opened_a_chapter_is_refused():
    with pytest.raises(ReportError, match="a block of type 'chapter'"):
        read_chapter(nb.new_notebook(cells=[nb.new_markdown_cell("# Title")]))


def test_all_that_is_wrong_with_the_blocks_is_said_at_once():
    harmful = {"type": "reading", "title": "t", "items": [{"title": "t", "url": "javascript:alert(1)"}]}
    blocks = [{"type": "tablet"}, {"type": "table", "id": "../x"}, harmful, {"type": "table", "id": "a"}]
    with pytest.raises(ReportError) as caught:
        read_chapter(showing(*blocks, {"type": "table", "id": "a"}))
    assert [problem.got for problem in caught.value.problems] == [
        "'tablet'",
        "'../x'",
        "javascript:alert(1)",
        "'a'",
    ]


def test_a_chapter_without_a_title_in_its_language_is_refused():
    notebook = showing()
    notebook.cells[0].metadata["tags"] = ["da"]
    with pytest.raises(ReportError, match="Title"):
        read_chapter(notebook)
