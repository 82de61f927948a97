"""The report as a PDF: both standards, tags, words, marks, and the same bytes each time."""

from __future__ import annotations

import io
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pikepdf
import pypdf
import pytest

from barometer.errors import ReportError
from barometer.render.document import read_chapter
from barometer.render.pdf import PdfChapterExporter, render_chapter_pdf, render_report_pdf
from barometer.render.site import Site, SiteChapter

SAMPLE = runpy.run_path(str(Path(__file__).parent / "notebooks" / "sample_chapter.py"))
sample_chapter, HOSTILE, BLOCK = SAMPLE["sample_chapter"], SAMPLE["HOSTILE"], SAMPLE["BLOCK"]
MOMENT = 1_577_836_800


def report(language: str) -> tuple[list, Site]:
    names = {"summary": 0, "collaboration": 2, "diffusion": 3}
    documents = [read_chapter(sample_chapter(language, id=id, number=number)) for id, number in names.items()]
    chapters = tuple(SiteChapter(each.id, f"{each.id}.html", each.title, each.number) for each in documents)
    facts = (("Fingeraftryk", "sha256:9f1c"),)
    return documents, Site("Barometeret", "2018-2019", language, chapters, synthetic=True, facts=facts)


@pytest.fixture(scope="module")
def whole():
    documents, site = report("da")
    return render_report_pdf(documents, site, timestamp=MOMENT)


@pytest.fixture(scope="module")
def pages(whole):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(whole)).pages]


@pytest.fixture(scope="module")
def elements(whole):
    """Return the structure elements with a tag, in reading order."""

    def below(parent):
        children = parent.get("/K", [])
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            if isinstance(child, pikepdf.Dictionary) and "/S" in child:
                yield child
                yield from below(child)

    with pikepdf.open(io.BytesIO(whole)) as document:
        yield lambda tag: [each for each in below(document.Root.StructTreeRoot) if tag == each.S]


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_file_claims_both_standards_its_language_and_its_title(language):
    documents, site = report(language)
    reader = pypdf.PdfReader(io.BytesIO(render_report_pdf(documents, site, timestamp=MOMENT)))
    metadata = reader.xmp_metadata.stream.get_data().decode()
    assert "pdfuaid:part>1<" in metadata
    assert "pdfaid:part>2<" in metadata
    assert "pdfaid:conformance>A<" in metadata
    assert reader.trailer["/Root"]["/Lang"] == language
    assert reader.metadata.title == "Barometeret 2018-2019"


def test_the_numbers_the_captions_and_the_sentences_are_text(pages):
    text = " ".join(" ".join(pages).split())
    for words in ("69 %", "95 %-interval 45–51 %", "n = 1.877", "Den hyppigste partner", "Den anden note."):
        assert words in text.replace("\N{NO-BREAK SPACE}", " ")


def test_hostile_text_is_set_as_it_was_written(pages):
    text = " ".join(" ".join(pages).split())
    assert text.count("{{ 7*7 }}") >= 3 * 9
    assert "#panic()" in text
    assert "<script>alert(1)</script>" in text


def test_each_page_says_that_the_data_are_made_up(pages):
    assert len(pages) > 6
    assert all("Syntetiske data" in page for page in pages)


def test_no_page_says_so_when_the_data_are_real():
    documents, site = report("da")
    pdf = render_report_pdf(
        [replace(each, synthetic=False, banner="") for each in documents[1:]],
        replace(site, synthetic=False),
        timestamp=MOMENT,
    )
    cover, imprint, contents, *_ = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert "Syntetiske data" not in cover + imprint + contents


def test_bookmarks_lead_to_chapters_and_sections(whole):
    outline = pypdf.PdfReader(io.BytesIO(whole)).outline
    chapters = [entry.title for entry in outline if not isinstance(entry, list)]
    assert chapters.count("Samarbejd på tværs") == 3
    assert chapters[-1] == "Tallene bag figurerne"
    sections = [entry.title for entry in next(entry for entry in outline if isinstance(entry, list))]
    assert sections[0] == "Hvem samarbejdes der med?"
    assert sections[-1] == "Eksempler og noter"


def test_each_picture_has_its_words(elements):
    figures = elements("/Figure")
    assert len(figures) == 6
    assert {str(figure.Alt) for figure in figures} == {
        f'Søjlediagram {number}: Egen arbejdsplads eller kommune 62 % "<>&' for number in ("2.1", "2.2")
    }


def test_the_first_cell_of_each_row_is_its_header(elements):
    rows = [row for row in elements("/TR") if str(row.P.S) == "/TBody"]
    assert len(rows) == 3 * (1 + 2 + 5 + 5)
    for row in rows:
        first, *others = row.K
        assert first.S == "/TH"
        assert first.A.Scope == "/Row"
        assert {str(cell.S) for cell in others} == {"/TD"}


def test_the_same_chapters_give_the_same_bytes(whole):
    documents, site = report("da")
    assert render_report_pdf(documents, site, timestamp=MOMENT) == whole


def test_a_card_leads_to_its_chapter_only_if_that_is_there(pages):
    assert "Læs kapitlet: Samarbejd på tværs" not in " ".join(pages)
    notebook = sample_chapter("da", id="summary", number=0)
    notebook.cells[3].outputs[0].data[BLOCK]["chapter"] = "diffusion"
    documents, site = report("da")
    pdf = render_report_pdf([read_chapter(notebook), *documents[1:]], site, timestamp=MOMENT)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert "Læs kapitlet: Samarbejd på tværs" in text


def target_pages(reader, page):
    """Yield the numbers of the pages that the links of a page lead to."""
    for note in page.get("/Annots", ()):
        name = note.get_object().get("/Dest") or note.get_object()["/A"].get("/D")
        if isinstance(name, str):
            name = reader.named_destinations[name].dest_array
        if name is not None:
            yield reader.get_page_number(name[0].get_object())


def page_with(reader, text, *, after=0):
    texts = [" ".join(page.extract_text().split()) for page in reader.pages]
    return next(number for number, found in enumerate(texts) if number >= after and text in found)


def test_a_figure_leads_to_its_numbers_and_they_lead_back(whole):
    reader = pypdf.PdfReader(io.BytesIO(whole))
    figure = page_with(reader, "Tal og noter: side")
    numbers = page_with(reader, "Bilag A Tallene bag figurerne", after=figure)
    assert numbers in target_pages(reader, reader.pages[figure])
    assert figure in target_pages(reader, reader.pages[numbers])
    assert f"Figur 2.1, side {figure + 1}" in " ".join(reader.pages[numbers].extract_text().split())
    assert f"Tal og noter: side {numbers + 1}" in " ".join(reader.pages[figure].extract_text().split())


def test_contents_and_lists_name_pages_that_are_right(whole):
    reader = pypdf.PdfReader(io.BytesIO(whole))
    for title in ("Indhold", "Figurer", "Tabeller"):
        assert page_with(reader, title) in (2, 3)
    contents = reader.pages[2]
    assert len(set(target_pages(reader, contents))) >= 5
    last = contents.extract_text().split()
    annex = page_with(reader, "Bilag A Tallene bag figurerne", after=4)
    assert last.count(str(annex + 1)) >= 1


def test_the_method_is_an_annex_and_notes_are_printed_once():
    documents, site = report("da")
    method = read_chapter(sample_chapter("da", id="method", number=5))
    pdf = render_report_pdf([*documents, method], site, timestamp=MOMENT)
    text = " ".join(" ".join(p.extract_text().split()) for p in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert "Bilag A Samarbejd på tværs" in text
    assert "Bilag B Tallene bag figurerne" in text
    assert text.count("Usikkert tal (*): Tallet bygger på færre end 50 svar.") == 1


def changed(id: str, **keys: object):
    """Return the sample chapter with other values in the block of this id."""
    notebook = sample_chapter("da")
    blocks = [
        output.data[BLOCK]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    next(block for block in blocks if block.get("id") == id).update(keys)
    return read_chapter(notebook)


def set_alone(document) -> str:
    pdf = render_chapter_pdf(document, Site.alone(document), timestamp=MOMENT)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.split())


def test_an_interval_stands_in_the_cell_of_its_share():
    columns = ("Svar", "Stat", "Stat, 95 %-interval", "Region", "Region, 95 %-interval")
    kinds = ("text", "number", "number", "number", "number")
    table = {
        "columns": [{"label": label, "kind": kind} for label, kind in zip(columns, kinds, strict=True)],
        "rows": [["Borgere", "9 %", "6–13 %", "12 %", "8–17 %"], ["n", "267", "", "136", ""]],
        "notes": [],
    }
    text = set_alone(changed("partners", table=table))
    assert "Svar Stat Region Borgere 9 % 6–13 % 12 % 8–17 % n 267 136" in text
    assert "Ved siden af hver andel: 95 %-interval." in text


def test_of_a_figure_with_views_the_others_are_named():
    view = {"label": "Efter sektor", "id": "partners-by-sector"}
    text = set_alone(
        changed("partners", views=[view, view | {"label": "Over tid", "id": "partners-by-wave"}])
    )
    assert "På kapitlets webside også: Efter sektor og Over tid." in text


def test_a_sentence_that_names_a_figure_leads_to_it():
    document = changed("partners", caption=["Se også figur 2.2 og figur 9.9."])
    pdf = render_chapter_pdf(document, Site.alone(document), timestamp=MOMENT)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    here = page_with(reader, "Se også figur 2.2 og figur 9.9.")
    assert page_with(reader, "Figur 2.2") in target_pages(reader, reader.pages[here])


def test_a_finding_names_the_figure_that_it_is_the_title_of():
    notebook = sample_chapter("da")
    block = notebook.cells[4].outputs[0].data[BLOCK]
    block["items"] = ["Den hyppigste partner er egen organisation. n = 1.877.", "Noget andet."]
    text = set_alone(read_chapter(notebook))
    assert "n = 1.877. Figur 2.1, side" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Noget andet. Figur" not in text


def test_a_page_that_asks_its_reader_is_not_printed():
    documents, site = report("da")
    notebook = sample_chapter("da", id="workplace", number=6)
    notebook.cells[3].outputs[0].data[BLOCK] = {
        "type": "workplace",
        "title": "Din arbejdsplads",
        "intro": "Svar selv",
    }
    pdf = render_report_pdf([*documents, read_chapter(notebook)], site, timestamp=MOMENT)
    assert pdf == render_report_pdf(documents, site, timestamp=MOMENT)


def test_a_chapter_by_itself_has_a_head_its_numbers_and_where_it_is_from():
    documents, site = report("da")
    pdf = render_chapter_pdf(documents[1], site, timestamp=MOMENT)
    assert pdf == render_chapter_pdf(documents[1], site, timestamp=MOMENT)
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert pages[0].count("Syntetiske data") >= 2
    assert "Barometeret 2018-2019" in pages[0]
    assert all("Syntetiske data" in page for page in pages)
    assert "Tallene bag figurerne" in " ".join(pages)
    assert "sha256:9f1c" in pages[-1]


def test_the_key_that_readers_take_for_an_error_is_not_there(whole):
    with pikepdf.open(io.BytesIO(whole)) as document:
        assert "/Suspects" not in document.Root.MarkInfo


def test_a_single_chapter_has_no_cover_and_is_dated_by_the_environment(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MOMENT))
    pdf, resources = PdfChapterExporter().from_notebook_node(sample_chapter("da"))
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert "Kapitel 2" in reader.pages[0].extract_text()
    assert reader.metadata.creation_date.timestamp() == MOMENT
    assert resources["output_extension"] == ".pdf"


def test_nbconvert_knows_the_exporter_and_writes_the_file(tmp_path):
    nbformat.write(sample_chapter("en"), tmp_path / "collaboration.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "barometer-pdf", "collaboration.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "collaboration.pdf").read_bytes().startswith(b"%PDF-")


def test_a_picture_without_words_stops_the_report_with_the_reason():
    notebook = sample_chapter("da")
    notebook.cells[9].outputs[0].data[BLOCK]["alt"] = ""
    with pytest.raises(ReportError, match="alt"):
        PdfChapterExporter().from_notebook_node(notebook)
