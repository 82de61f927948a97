"""The data of a whole report: each CSV keeps to its description, the workbook reads as it was written."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from barometer.datasets import FIELDS, data_files, verdicts, with_data
from barometer.exhibit import Exhibit
from barometer.formats import Words
from barometer.render.document import ChapterDocument, Section
from barometer.render.site import Site
from barometer.tables import csv as figure_csv
from barometer.tables import table

SITE = Site(
    "Survey",
    "new · Stat",
    "da",
    (),
    synthetic=True,
    version="barometer 1",
    data_hash="ab12",
    address="https://x/",
)
READERS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}
Files = Mapping[str, bytes]


def figure(name: str, exhibit: Exhibit, **others: Any) -> dict[str, Any]:
    return {
        "type": "figure",
        "id": name,
        "number": "1.1",
        "title": f"Title of {name}",
        "subtitle": "Share",
        "caption": ["Base: all."],
        "about": ["=1+1 is asked"],
        "csv": figure_csv(exhibit),
        "table": table(exhibit),
        "synthetic": True,
    } | others


def words_table(name: str, **others: Any) -> dict[str, Any]:
    columns = [{"label": "Name", "kind": "text"}, {"label": "Value", "kind": "number"}]
    rows = [["=HYPERLINK(1)", "74 %"], ["@home", "−3"], ["plain", "-3"]]
    document = {"columns": columns, "rows": rows, "notes": []}
    return {
        "type": "table",
        "id": name,
        "number": "1.2",
        "title": "Words",
        "caption": [],
        "csv": "",
        "table": document,
        "synthetic": True,
    } | others


def chapter(name: str, *blocks: Mapping[str, Any]) -> ChapterDocument:
    sections = (Section("", "", ({"type": "text", "text": "x"}, *blocks)),)
    return ChapterDocument(name, 1, "da", "new", "new", True, "", "Stat", f"Chapter {name}", sections)


@pytest.fixture
def documents(exhibit: Callable[..., Exhibit], share: Callable[..., Any]) -> Sequence[ChapterDocument]:
    """Return two chapters: a figure with a view with a hidden and an unasked cell, and a table in each."""
    whole = exhibit(
        [share("reuse", "copy", 0.19), share("reuse", "first", 1 / 3)], language="da", synthetic=True
    )
    cells = [
        share(
            "reuse",
            "copy",
            0.25,
            by="sector",
            level="state",
            n=40,
            verdict="uncertain",
            reason="small_sample",
        ),
        share(
            "reuse", "copy", 0.0, by="sector", level="regional", n=4, verdict="hidden", reason="small_base"
        ),
        share(
            "reuse",
            "copy",
            0.0,
            by="sector",
            level="municipal",
            n=0,
            verdict="not_asked",
            reason="not_offered",
        ),
    ]
    groups = exhibit(cells, "groups", language="da", synthetic=True)
    view = figure("reuse-by-sector", groups, number="1.1")
    return (
        chapter("first", figure("reuse", whole, views=[view]), words_table("published")),
        chapter("second", words_table("published")),
    )


@pytest.fixture
def files(documents: Sequence[ChapterDocument]) -> Files:
    return data_files(documents, SITE, source="The source", licence="CC-BY-4.0", timestamp=1_000_000_000)


def rows_of(files: Files) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["estimates.csv"].decode())))


def book_of(files: Files) -> Workbook:
    return load_workbook(io.BytesIO(files["tables.xlsx"]))


def breaches(rows: Sequence[Mapping[str, str]], schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every cell that doesn't keep to its field: its type, being required, its range."""
    found = []
    for field in schema["fields"]:
        name, limits = field["name"], field.get("constraints", {})
        for text in (row[name] for row in rows):
            if text in schema["missingValues"]:
                found += [(name, text)] if limits.get("required") else []
                continue
            try:
                value = READERS[field["type"]](text)
            except (ValueError, KeyError):
                found.append((name, text))
                continue
            if value not in limits.get("enum", [value]) or value < limits.get("minimum", value):
                found.append((name, text))
    return found


def test_the_package_describes_every_file_and_the_csv_keeps_to_its_schema(files: Files) -> None:
    package = json.loads(files["datapackage.json"])
    paths = [resource["path"] for resource in package["resources"]]
    assert paths == ["estimates.csv", "disclosure.csv", "tables.xlsx"]
    for resource in package["resources"]:
        content = files[resource["path"]]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    schema = package["resources"][0]["schema"]
    rows = rows_of(files)
    assert [field["name"] for field in schema["fields"]] == list(rows[0])
    assert breaches(rows, schema) == []
    wrong = rows[0] | {"n": "-1", "verdict": "seen", "estimate": "19 %", "synthetic": ""}
    assert {name for name, _ in breaches([wrong], schema)} == {"n", "verdict", "estimate", "synthetic"}


def test_the_package_says_what_is_known_of_its_origin_and_leaves_out_the_rest(
    documents: Sequence[ChapterDocument], files: Files
) -> None:
    package = json.loads(files["datapackage.json"])
    assert package["sources"] == [{"title": "The source"}]
    assert package["licenses"] == [{"name": "CC-BY-4.0"}]
    assert (package["synthetic"], package["data_sha256"], package["homepage"]) == (True, "ab12", "https://x/")
    assert package["name"] == "survey-new-stat-da"
    bare = Site("Survey", "new", "da", ())
    other = data_files(documents, bare, source="The source", licence="", timestamp=0)
    assert not {"licenses", "homepage", "keywords"} & json.loads(other["datapackage.json"]).keys()
    assert "dc:license" not in json.loads(other["csv-metadata.json"])


def test_the_verdict_on_every_cell_stands_with_its_rule_and_without_a_number(files: Files) -> None:
    told = list(csv.DictReader(io.StringIO(files["disclosure.csv"].decode())))
    fields = json.loads(files["datapackage.json"])["resources"][1]["schema"]["fields"]
    assert [field["name"] for field in fields] == list(told[0])
    assert [(row["verdict"], row["rule"]) for row in told] == [
        (row["verdict"], row["reason"]) for row in rows_of(files)
    ]
    assert {"hidden", "not_asked", "shown"} <= {row["verdict"] for row in told}
    assert not {"estimate", "n", "se"} & set(told[0])


def test_the_cells_of_a_form_have_a_verdict_too() -> None:
    cells = {"first": [0.5, 0.4, 0.6, 80], "adapted": [0.1, 0.0, 0.9, 12], "copy": None, "other": None}
    reasons = {"adapted": "small_sample", "copy": "protects", "other": "not_offered"}
    form = {
        "type": "workplace",
        "estimates": {"sector=state": {"reuse": cells}},
        "reasons": {"sector=state": {"reuse": reasons}},
    }
    found = {
        row["option"]: (row["level"], row["verdict"], row["rule"])
        for row in verdicts([chapter("form", form)])
    }
    assert found == {
        "first": ("sector=state", "shown", ""),
        "adapted": ("sector=state", "uncertain", "small_sample"),
        "copy": ("sector=state", "hidden", "protects"),
        "other": ("sector=state", "not_asked", "not_offered"),
    }


def test_csv_on_the_web_has_the_same_columns_with_the_same_types(files: Files) -> None:
    metadata = json.loads(files["csv-metadata.json"])
    fields = json.loads(files["datapackage.json"])["resources"][0]["schema"]["fields"]
    columns = metadata["tableSchema"]["columns"]
    assert [(each["name"], each["datatype"], each["dc:description"]) for each in columns] == [
        (each["name"], each["type"], each["description"]) for each in fields
    ]
    assert metadata["url"] == "estimates.csv"
    assert metadata["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "da"}]


def test_every_estimate_shown_is_a_row_with_its_place_and_unrounded(files: Files) -> None:
    rows = rows_of(files)
    assert tuple(rows[0]) == FIELDS
    assert [(row["chapter"], row["figure"], row["number"], row["view"], row["option"]) for row in rows] == [
        ("first", "reuse", "1.1", "reuse", "copy"),
        ("first", "reuse", "1.1", "reuse", "first"),
        *[("first", "reuse", "1.1", "reuse-by-sector", "copy")] * 3,
    ]
    assert float(rows[1]["estimate"]) == 1 / 3
    assert {row["synthetic"] for row in rows} == {"true"}


def test_a_gap_is_empty_and_says_why(files: Files) -> None:
    gaps = {row["level"]: row for row in rows_of(files) if row["verdict"] in ("hidden", "not_asked")}
    assert [(row["estimate"], row["ci_low"], row["reason"]) for row in gaps.values()] == [
        ("", "", "small_base"),
        ("", "", "not_offered"),
    ]


def test_the_workbook_has_a_sheet_a_figure_and_one_in_front_that_leads_to_them(files: Files) -> None:
    book = book_of(files)
    assert book.sheetnames == ["Indhold", "reuse", "reuse-by-sector", "published", "published-2"]
    listed = [row for row in book["Indhold"].iter_rows() if row[3].hyperlink]
    assert [row[3].hyperlink.location for row in listed] == [
        f"'{name}'!A1" for name in book.sheetnames if name != "Indhold"
    ]
    assert [cell.value for cell in listed[0]] == ["1.1", "Title of reuse", "Chapter first", "reuse"]
    assert all(sheet["A2"].value == Words("da")("page.synthetic_banner") for sheet in book)


def test_a_sheet_holds_title_base_numbers_and_what_explains_them(files: Files) -> None:
    words = Words("da")
    sheet = book_of(files)["reuse-by-sector"]
    lines = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    head = lines.index(
        [words(f"data.{key}") for key in ("level_label", "estimate", "ci_low", "ci_high", "n", "reason")]
    )
    assert lines[:head] == [
        ["1.1 Title of reuse-by-sector"],
        [words("page.synthetic_banner")],
        ["Share"],
        ["Base: all."],
        [],
    ]
    assert lines[head + 1][1:] == [0.25, 0.23, 0.27, 40, words("gap.small_sample")]
    assert lines[head + 2][-1] == words("gap.small_base")
    assert not any(isinstance(value, float) for value in lines[head + 2])
    assert ["=1+1 is asked"] in lines
    header, first = sheet[head + 1], sheet[head + 2]
    assert all(cell.font.bold for cell in header if cell.value)
    assert [cell.number_format for cell in first][1:5] == ["0%", "0%", "0%", "#,##0"]
    assert sheet.column_dimensions["A"].width > len("Kommunal")


def test_no_text_of_the_workbook_is_a_formula(files: Files) -> None:
    cells = [cell for sheet in book_of(files) for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
    risky = {cell.value for cell in cells if cell.quotePrefix}
    assert risky == {"=1+1 is asked", "=HYPERLINK(1)", "@home", "-3"}


def test_names_of_sheets_are_cut_and_unique_whatever_the_ids(
    exhibit: Callable[..., Exhibit], share: Callable[..., Any]
) -> None:
    long = "an_id_of_exactly_thirty_five_letter"
    names = (long, f"{long}s", "indhold")
    document = chapter("first", *(words_table(name) for name in names))
    found = book_of(data_files([document], SITE, source="", licence="", timestamp=0)).sheetnames
    assert found == ["Indhold", long[:31], f"{long[:29]}-2", "indhold-2"]


def test_the_same_report_gives_the_same_bytes_with_the_date_that_is_given(
    documents: Sequence[ChapterDocument], files: Files
) -> None:
    again = data_files(documents, SITE, source="The source", licence="CC-BY-4.0", timestamp=1_000_000_000)
    assert again == files
    with ZipFile(io.BytesIO(files["tables.xlsx"])) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2001-09-09T01:46:40Z") == 2


def test_the_front_page_gets_a_link_to_each_file_with_its_size(files: Files) -> None:
    links = with_data(SITE, {f"data/{name}": len(content) for name, content in files.items()}).data
    assert [(href, size) for _, href, size in links] == [
        (f"data/{name}", len(content)) for name, content in files.items()
    ]
    assert links[0][0] == Words("da")("data.estimates")


def test_a_report_without_figures_still_has_data_files_that_can_be_read() -> None:
    files = data_files([chapter("first")], SITE, source="", licence="", timestamp=0)
    assert rows_of(files) == []
    assert book_of(files).sheetnames == ["Indhold"]
