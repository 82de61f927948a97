"""Whatever the prose of a notebook holds, broken Markdown, Typst or HTML: it is shown as text."""

from __future__ import annotations

import io
import re

import nbformat
import pikepdf
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from barometer.errors import ReportError
from barometer.render.document import read_chapter
from barometer.render.html import page_exporter
from barometer.render.markdown import safe_link
from barometer.render.pdf import render_chapter_pdf
from barometer.render.site import Site
from tests.test_render_pdf import MOMENT, sample_chapter

PIECES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//x>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt&#58;alert(1))",
    "[a](data:text/html,<b>)",
    "[a](file:///etc)",
    "![a](https://x.example/a.png)",
    '![a](x "onerror=alert(1)")',
    "[a]: javascript:alert(1)",
    "<javascript:x>",
    '#eval("7*7")',
    '#read("/etc/passwd")',
    '#import "@preview/x:1.0.0"',
    "#panic()",
    "#{while true {}}",
    "#set page(width: 0pt)",
    '#include "/etc/passwd"',
    "$ 1/0 $",
    "@nowhere",
    "<label>",
    "\\u{41}",
    "#let x = 1",
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "{# no #}",
    "${HOME}",
    "`id`",
    "```{python}\nexit()\n```",
    "| a | b |\n|---|---|\n| #x | <b> |",
    "> > > > deep",
    "- a\n  - b\n    - c",
    "1. #a\n2. $b$",
    "***",
    "# #h",
    "[^1]\n\n[^1]: #panic() <script>",
    "[^missing]",
    "~~~\n</pre><script>",
    "<!--",
    "]]>",
    "&lt;b&gt;&#60;",
    "\u202eesrever\u2066",
    "\u200b\u00ad\ufeff",
    "\x07\x1b[31m",
    "\u2028\u2029",
    "\ufffe",
    "\U0001f600",
    "漢字",
    "*" * 60,
    "[" * 60,
    "(" * 60,
    "`" * 31,
    "\\" * 31,
    "long" * 200,
)
PROSE = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), min_size=1, max_size=6).map("\n\n".join)
INLINE = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), min_size=1, max_size=6).map(" ".join)
SCHEMES = re.compile(r"(https?:|mailto:)")


def _chapter(source: str) -> nbformat.NotebookNode:
    notebook = sample_chapter("en")
    # What can't stand in JSON as UTF-8 can't stand in a notebook.
    text = source.encode("utf-8", "replace").decode("utf-8")
    notebook.cells = [*notebook.cells[:3], nbformat.v4.new_markdown_cell(text, id="hostile")]
    return notebook


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PROSE | INLINE)
def test_prose_brings_no_code_no_foreign_file_and_no_harmful_link_into_a_page(source: str) -> None:
    notebook = _chapter(source)
    page, _ = page_exporter().from_notebook_node(notebook, {"site": Site.alone(read_chapter(notebook))})
    found = html.fromstring(page)
    own = found.xpath("//script/@src")
    assert all(re.fullmatch(r"(\.\./)*(assets/)?[a-z-]+\.js", each) for each in own)
    assert len(own) == len(found.xpath("//script"))
    assert not found.xpath("//iframe | //object | //embed | //style | //base | //form")
    assert not [name for each in found.iter() for name in each.attrib if name.lower().startswith("on")]
    assert not [each for each in found.xpath("//img/@src") if SCHEMES.match(each)]
    links = found.xpath("//a[not(@download) and not(@class)]/@href")
    assert links
    assert all(safe_link(each) for each in links)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PROSE | INLINE)
def test_prose_is_no_code_of_the_typesetter(source: str) -> None:
    document = read_chapter(_chapter(source))
    try:
        made = render_chapter_pdf(document, Site.alone(document), timestamp=MOMENT)
    except ReportError as error:
        if "could not be displayed" not in str(error):  # a sign that no typeface has is refused, and named
            raise
        return
    with pikepdf.open(io.BytesIO(made)) as pdf:
        actions = [each for page in pdf.pages for each in page.get("/Annots", [])]
        targets = [str(each.A.URI) for each in actions if "/A" in each and "/URI" in each.A]
        kinds = {str(each.A.S) for each in actions if "/A" in each}
    assert kinds <= {"/URI", "/GoTo"}
    assert all(safe_link(each) for each in targets)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)
    assert "root:" not in text


@pytest.mark.parametrize(
    "piece", ['#eval("7*7")', "#panic()", "{{ 7 * 7 }}", "<script>alert(1)</script>", "$ 1/0 $"]
)
def test_code_in_prose_stands_there_as_it_was_written(piece: str) -> None:
    notebook = _chapter(f"Before {piece} after")
    page, _ = page_exporter().from_notebook_node(notebook, {"site": Site.alone(read_chapter(notebook))})
    assert f"Before {piece} after" in html.fromstring(page).text_content()
    document = read_chapter(notebook)
    made = render_chapter_pdf(document, Site.alone(document), timestamp=MOMENT)
    text = " ".join("".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(made)).pages).split())
    assert f"Before {piece} after" in text
