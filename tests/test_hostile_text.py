"""Whatever labels, cases and titles hold is shown as text: in pages, figures, data, workbook and search."""

from __future__ import annotations

import csv
import json
import re
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from openpyxl import load_workbook

from barometer.audit import check_report
from barometer.build.plan import Plan
from barometer.documents import read_yaml
from barometer.tables import FORMULA
from tests.made_report import write_report
from tests.made_survey import WAVES, write_survey

# One of each kind; every text of the survey starts with one of them, followed by its own words.
EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title></script><!--",
    "]]>&lt;b&gt;&#60;",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}{# no #}",
    "{0.__class__} %s %(x)s ${HOME} $(id) `id`",
    '#eval("1") #import "@preview/x" $x^2$ \\u{41} @label <label>',
    "$\\frac{1}{0}$ \\input{/etc/passwd} $",
    "[link](javascript:alert(1)) ![](x) **bold** `code` <b>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1-1",
    "@SUM(1,1)",
    "../../../../etc/passwd C:\\..\\..\\x",
    "'; DROP TABLE answers; --",
    "\u202eesrever\u2066 \u200b\u00ad",
    "\"'&<>",
    "æøåßİıŁ 漢字 \U0001f600",
    "long " * 30,
)


def _evil(document: Any, keys: tuple[str, ...] = (), *, taken: list[str]) -> Any:
    """Return a document in which every text for readers starts with something evil, which goes to `taken`."""
    if isinstance(document, dict):
        return {key: _evil(value, (*keys, str(key)), taken=taken) for key, value in document.items()}
    if isinstance(document, list):
        return [_evil(value, keys, taken=taken) for value in document]
    if isinstance(document, str) and keys[-1] in ("da", "en") and "predicate" not in keys:
        taken.append(EVIL[len(taken) // 2 % len(EVIL)])  # the same in both languages
        return f"{taken[-1]} {document}"
    return document


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path, int]:
    """Return the report of a survey whose texts are evil, its folder, and how many texts that are."""
    root = tmp_path_factory.mktemp("evil")
    params = write_survey(root / "project")
    taken: list[str] = []
    for name in ("data/instrument.yaml", "cases.yaml", *(f"data/waves/{wave}/wave.yaml" for wave in WAVES)):
        path = params.parent / name
        path.write_text(json.dumps(_evil(read_yaml(path), taken=taken), ensure_ascii=False), "utf-8")
    before = set(root.rglob("*"))
    cases = params.parent / "cases.yaml"
    document = read_yaml(cases)
    document["chapters"]["reuse"]["background"]["text"]["en"] = " | ".join(EVIL)
    cases.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # where the typeface lacks a letter
        plan = write_report(params, root / "en", FORMATS="html")
    outside = [path for path in set(root.rglob("*")) - before if not path.is_relative_to(root / "en")]
    # That the waves were found good is noted under the sha256 of what they are.
    cache = params.parent / ".cache"
    (note,) = set(outside) - {cache, cache / "read"}
    assert re.fullmatch(r"[0-9a-f]{64}", note.relative_to(cache / "read").as_posix())
    return plan, root / "en", len(taken)


def _pages(folder: Path) -> dict[str, html.HtmlElement]:
    parser = html.HTMLParser(encoding="utf-8")
    return {path.name: html.parse(str(path), parser).getroot() for path in folder.glob("*.html")}


Made = tuple[Plan, Path, int]


def test_every_text_is_shown_as_it_is(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    _, folder, texts = made
    shown = " ".join(" ".join(page.text_content().split()) for page in _pages(folder).values())
    # A label may start with a small letter inside a sentence.
    assert not [evil for evil in EVIL if " ".join(evil.split()).lower() not in shown.lower()]
    with capsys.disabled():
        print(f"\n{texts} hostile texts in labels, questions, cases and titles of one report")


def test_no_text_is_markup_or_code_on_a_page(made: Made) -> None:
    for page in _pages(made[1]).values():
        scripts = list(page.iter("script"))
        assert all(re.fullmatch(r"(\.\./)*(assets/)?[a-z-]+\.js", each.get("src", "")) for each in scripts)
        assert not [each for each in scripts if (each.text or "").strip()]
        assert not _handlers(page)
        assert {each.get("src", "")[:8] for each in page.iter("img")} <= {"figures/"}
        links = [each.get("href") for each in page.iter("a")]
        assert not [link for link in links if re.match(r"\s*(javascript|data|vbscript):", link, re.I)]


def test_a_figure_is_a_picture_and_nothing_else(made: Made) -> None:
    for path in (made[1] / "figures").glob("*.svg"):
        picture = html.fromstring(path.read_bytes())
        assert not [*picture.iter("script", "foreignobject", "img", "image", "a", "b")]
        assert not _handlers(picture)


def _handlers(page: html.HtmlElement) -> list[str]:
    return [name for each in page.iter("*") for name in each.attrib if name.startswith("on")]


def test_no_cell_is_a_formula(made: Made) -> None:
    for path in (made[1] / "data").glob("*.csv"):
        rows = list(csv.reader(StringIO(path.read_text("utf-8"), newline="")))
        assert not [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-\D|-1-1", cell)]
    book = load_workbook(made[1] / "data/tables.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    harmless = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(FORMULA)]
    assert harmless
    assert all(cell.quotePrefix for cell in harmless)


def test_the_search_index_is_data(made: tuple[Plan, Path, int]) -> None:
    text = (made[1] / "assets/search.js").read_text("utf-8")
    entries = json.loads(text.removeprefix("window.BAROMETER_SEARCH = ").removesuffix(";\n"))
    assert all(len(entry) == 4 for entry in entries)


def test_a_report_with_such_texts_agrees_with_itself(made: tuple[Plan, Path, int]) -> None:
    check_report(made[1], made[0].instrument)
