"""The page of a chapter: whole, accessible, and without a trace of what its texts try to inject."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from barometer.errors import ReportError
from barometer.render.document import read_chapter
from barometer.render.files import assets, files, viewport
from barometer.render.fonts import page_fonts
from barometer.render.html import HtmlChapterExporter, insert_notice
from barometer.render.pictures import png
from barometer.render.site import Site, SiteChapter

SAMPLE = runpy.run_path(str(Path(__file__).parent / "notebooks" / "sample_chapter.py"))
sample_chapter, HOSTILE = SAMPLE["sample_chapter"], SAMPLE["HOSTILE"]
CHAPTERS = (
    SiteChapter("summary", "index.html", "Overblik", 0),
    SiteChapter("collaboration", "collaboration.html", "Samarbejd på tværs", 2),
    SiteChapter("diffusion", "diffusion.html", "Genbrug og spred", 3),
)
SITE = Site(
    "Innovationsbarometeret",
    "2018-2019",
    "da",
    CHAPTERS,
    synthetic=True,
    languages=(("en", "../en/"),),
    pdf="report.pdf",
    facts=(("Fingeraftryk", "sha256:9f1c"),),
    version="barometer 0.1.0",
    data_hash="0123456789abcdef",
    address="https://example.org/2018-2019/da/",
    overview="../../index.html",
    editions="../../editions.js",
    search="assets/search.js",
    data=(("Alle tal", "data/estimates.csv", 12_345),),
)


class Page(HTMLParser):
    """The tags of a page with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module", params=["da", "en"])
def exported(request):
    notebook = sample_chapter(request.param)
    html, resources = HtmlChapterExporter().from_notebook_node(notebook, {"site": SITE})
    return html, resources["outputs"]


@pytest.fixture(scope="module")
def html(exported):
    return exported[0]


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_a_page_holds_no_style_no_handler_and_no_script_but_its_own_files(page):
    assert [script["src"] for script in page.all("script")] == ["../../editions.js", "assets/report.js"]
    assert not page.all("style", "iframe", "object", "form")
    assert not [
        name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"
    ]


def test_the_policy_forbids_everything_from_elsewhere(page):
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src 'self' data:; style-src 'self'; font-src 'self'")
    assert not [
        a for tag, a in page.tags if tag != "a" for v in a.values() if v and v.startswith(("http", "//"))
    ]


def test_hostile_text_is_shown_as_it_was_written(html):
    assert unescape(html).count(HOSTILE) >= 9
    assert "<script>" not in html
    assert "{{ 7*7 }}" in html
    assert "javascript:" not in str([a.get("href") for a in Page(html).all("a")])


def test_each_id_stands_once_and_each_link_inside_the_page_leads_somewhere(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= set(ids)


def test_each_file_that_a_page_shows_or_offers_comes_with_it(exported):
    html, outputs = exported
    page = Page(html)
    asked = [a["src"] for a in page.all("img")] + [a["srcset"] for a in page.all("source")]
    asked += [a["href"] for a in page.all("a") if "download" in a or a.get("class") == "enlarge"]
    asked += [a["src"] for a in page.all("script") if a["src"] != SITE.editions]
    asked += [a["href"] for a in page.all("link") if not a["href"].startswith("data:")]
    outputs = outputs | assets(workplace=False)  # which the pages of a report share
    style = outputs["assets/report.css"].decode()
    asked += [f"assets/{name}" for name in re.findall(r'url\("([^"]+)"\)', style)]
    assert set(asked) == set(outputs)
    assert len([name for name in outputs if name.startswith("figures/")]) == 3 * 3


def test_the_size_of_a_download_is_in_its_link(exported):
    html, outputs = exported
    size = round(len(outputs["figures/collaboration-partners.png"]) / 1000)
    assert f"PNG ({size} kB)" in html


def test_each_picture_has_its_own_words_and_its_place(html, page):
    pictures = page.all("img")
    assert all(picture["alt"] and picture["width"] and picture["height"] for picture in pictures)
    assert len({picture["alt"] for picture in pictures}) == len(pictures) == 3
    assert "No description has been provided" not in html


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_each_header_cell_says_what_it_is_the_header_of(page):
    scopes = [cell.get("scope") for cell in page.all("th")]
    assert set(scopes) == {"col", "row"}
    assert scopes.count("row") == len(page.all("tr")) - len(page.all("thead"))


def test_each_view_has_its_own_title_numbers_and_downloads(html):
    group = html[html.index('<div class="views" id="partners"') : html.index('<figure id="reuse-by-wave"')]
    assert re.findall('<figure data-view="([^"]+)"', group) == ["partners", "partners-by-sector"]
    assert group.count(" checked>") == 1
    for name in ("partners", "partners-by-sector"):
        assert f'<a class="anchor" href="#{name}">' in group
        assert f'<a href="data/collaboration-{name}.csv" download>' in group


def test_a_figure_has_a_form_for_phones(page):
    media = [(source["srcset"], source["media"]) for source in page.all("source")]
    assert media == [
        (f"figures/collaboration-{name}-narrow.svg", "screen and (max-width: 600px)")
        for name in ("partners", "partners-by-sector", "reuse-by-wave")
    ]


def test_the_picture_in_pixels_has_twice_the_size_of_the_drawing_and_is_the_same_each_time(exported):
    _, outputs = exported
    name = "figures/collaboration-partners"
    image = Image.open(BytesIO(outputs[f"{name}.png"])).convert("RGBA")
    width, height = (
        float(size) for size in re.findall(rb'(?:width|height)="([\d.]+)pt"', outputs[f"{name}.svg"])
    )
    assert image.size == pytest.approx((width / 72 * 192, height / 72 * 192), abs=1)
    assert image.getpixel((1, 1)) == (255, 255, 255, 255)
    assert len(image.getcolors(2**20)) > 20  # letters have soft edges: the typeface was there
    assert png({"a": outputs[f"{name}.svg"].decode()}) == {"a": outputs[f"{name}.png"]}


def test_a_figure_says_how_to_cite_it():
    html, _ = HtmlChapterExporter().from_notebook_node(sample_chapter("en"), {"site": SITE})
    cited = re.findall('<p class="citation">(.*?)</p>', html)
    assert unescape(cited[1]) == (
        "“The most common partner is the own one (2)” (Figure 2.1). In: Collaborate across, "
        "Innovationsbarometeret 2018-2019. Synthetic data. barometer 0.1.0. Data: sha256 0123456789ab. "
        "https://example.org/2018-2019/da/collaboration.html#partners-by-sector"
    )


def test_what_is_not_known_is_left_out_of_the_citation():
    html, _ = HtmlChapterExporter().from_notebook_node(sample_chapter("en"))
    cited = re.findall('<p class="citation">(.*?)</p>', html)
    assert cited[0].endswith("Synthetic data. collaboration.html#partners")


def test_the_front_page_offers_the_data_of_the_whole_report_and_no_other_page_does(html):
    front, _ = HtmlChapterExporter().from_notebook_node(
        sample_chapter("da", id="summary", number=0), {"site": SITE}
    )
    assert '<a href="data/estimates.csv" download>Alle tal (CSV, 12 kB)</a>' in front
    assert "estimates.csv" not in html


def test_a_page_offers_the_pdf_of_its_chapter_where_there_is_one(html):
    chapters = tuple(replace(each, pdf=f"{each.id}.pdf") for each in CHAPTERS)
    site = replace(SITE, chapters=chapters)
    printed, _ = HtmlChapterExporter().from_notebook_node(sample_chapter("da"), {"site": site})
    assert '<a href="collaboration.pdf">' in printed
    assert '<a href="report.pdf">' in html
    assert 'href="collaboration.pdf"' not in html


def test_a_page_by_itself_has_no_search_and_no_other_editions():
    html, _ = HtmlChapterExporter().from_notebook_node(sample_chapter("da"))
    assert 'id="search"' not in html
    assert "data-editions" not in html


def test_only_a_page_about_the_readers_own_workplace_brings_what_that_takes():
    notebook = sample_chapter("da")
    block = {"type": "workplace", "title": HOSTILE, "groups": [{"id": "all"}]}
    output = nbformat.v4.new_output("display_data", data={SAMPLE["BLOCK"]: block})
    notebook.cells.append(nbformat.v4.new_code_cell("w", outputs=[output]))
    chapter = read_chapter(notebook)
    data = files(chapter)["assets/workplace-data.js"].decode()
    start, end = "window.BAROMETER_WORKPLACE = ", ";\n"
    assert json.loads(data.removeprefix(start).removesuffix(end)) == block
    assert "assets/workplace-data.js" not in files(read_chapter(sample_chapter("da")))
    assert not [name for name in assets(workplace=False) if "workplace" in name]
    assert [name for name in assets(workplace=True) if "workplace" in name]


def test_the_numbers_behind_a_figure_stand_under_it(html):
    figure = html[html.index('<figure data-view="partners"') :]
    table = figure[figure.index("<details>") : figure.index("</details>")]
    assert "62" in table
    assert "<caption" in table


def test_the_code_of_a_figure_can_be_unfolded_and_no_other_code_is_there(html):
    assert "chapter.figure(chapter.proportions(&#39;partners&#39;))" in html
    assert "open_chapter" not in html


def test_a_page_says_in_which_language_it_is_and_where_the_other_one_is(html, page):
    assert page.all("html")[0]["lang"] == ("da" if "Samarbejd på tværs</h1>" in html else "en")
    assert {
        "href": "../en/collaboration.html",
        "lang": "en",
        "hreflang": "en",
        "data-keep": None,
    } in page.all("a")


def test_a_page_with_made_up_data_says_so_above_its_title(html):
    banner = re.search(r'<p class="banner">.*?</p>', html, re.DOTALL)
    assert banner is not None
    assert re.search("Syntetiske data|Synthetic data", banner[0])
    assert html.index("banner") < html.index("<h1")


def test_navigation_marks_the_chapter_and_leads_to_its_neighbours(page):
    current = [a["href"] for a in page.all("a") if a.get("aria-current")]
    assert current == ["collaboration.html"] * 2  # in the menu for phones and in the bar
    assert [a["href"] for a in page.all("a") if a.get("rel")] == ["index.html", "diffusion.html"]


def test_a_card_leads_to_its_chapter_if_the_report_has_it():
    notebook = sample_chapter("da", id="summary", number=0)
    data = notebook.cells[3].outputs[0].data[SAMPLE["BLOCK"]]
    data["chapter"] = "diffusion"
    html, _ = HtmlChapterExporter().from_notebook_node(notebook, {"site": SITE})
    assert '<p class="more"><a href="diffusion.html">' in html
    data["chapter"] = "leadership"
    html, _ = HtmlChapterExporter().from_notebook_node(notebook, {"site": SITE})
    assert 'class="more"' not in html


@pytest.mark.parametrize(("rows", "folds"), [(30, 2), (31, 3)])
def test_a_long_table_is_folded(rows, folds):
    notebook = sample_chapter("da")
    shown = (
        output.get("data", {}).get(SAMPLE["BLOCK"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
    table = next(block for block in shown if block and block["type"] == "table")
    table["table"]["rows"] = [["Tal", "1 %", "1 %", ""]] * rows
    html, _ = HtmlChapterExporter().from_notebook_node(notebook)
    part = html[html.index('id="published"') : html.index('id="section-examples-and-notes"')]
    assert part.count("<details>") == folds


def test_the_same_notebook_gives_the_same_bytes():
    twice = [HtmlChapterExporter().from_notebook_node(sample_chapter("da")) for _ in range(2)]
    assert twice[0][0] == twice[1][0]
    assert twice[0][1]["outputs"] == twice[1][1]["outputs"]


def test_a_chapter_exported_by_itself_is_a_whole_page():
    html, _ = HtmlChapterExporter().from_notebook_node(sample_chapter("da"))
    assert 'class="chapters"' not in html
    assert "2018-2019" in html


def test_nbconvert_knows_the_exporter_and_writes_page_and_files(tmp_path):
    nbformat.write(sample_chapter("da"), tmp_path / "collaboration.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "barometer-html", "collaboration.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert "Samarbejd på tværs" in (tmp_path / "collaboration.html").read_text("utf-8")
    assert (tmp_path / "figures" / "collaboration-partners.svg").exists()
    assert (tmp_path / "data" / "collaboration-published.csv").exists()
    assert (tmp_path / "assets" / "report.css").exists()


def test_a_notice_is_put_replaced_and_taken_away(html):
    noticed = insert_notice(html, "Fra i går: <b> & \\1")
    assert "Fra i går: &lt;b&gt; &amp; \\1" in noticed
    assert noticed.index("Fra i går") < noticed.index("<h1")
    replaced = insert_notice(noticed, "Fra i dag")
    assert "Fra i går" not in replaced
    assert replaced.count("Fra i dag") == 1
    assert insert_notice(replaced, "") == html


def test_a_notice_on_a_foreign_page_is_an_error():
    with pytest.raises(ReportError, match="the slot for a notice"):
        insert_notice("<html></html>", "text")


def test_a_figure_without_a_view_box_is_an_error():
    with pytest.raises(ReportError, match="viewBox"):
        viewport("<svg></svg>")


def test_page_fonts_are_small_and_the_same_each_time():
    assert all(len(font) < 40_000 for font in page_fonts().values())
    page_fonts.cache_clear()
    first = page_fonts()
    page_fonts.cache_clear()
    assert first == page_fonts()
