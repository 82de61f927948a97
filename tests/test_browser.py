"""A report in a real browser: accessible, narrow enough, silent, usable by keyboard and without scripts."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect, sync_playwright
from pypdf import PdfReader

from barometer.figures.style import BAR, DARK, PAPER
from barometer.render.html import insert_notice

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = "REQUIRE_BROWSER" in os.environ
pytestmark = pytest.mark.skipif(not (CHROMIUM or REQUIRED), reason="no chromium on this machine")

SITE = runpy.run_path(str(Path(__file__).parent / "notebooks" / "sample_site.py"))
ROOT = Path(__file__).parents[1]
PAGE = "2018-2019/da/collaboration.html"
FRONT = "2018-2019/en/index.html"
OPEN_FOLDS = "document.querySelectorAll('details').forEach(fold => { fold.open = true })"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    SITE["write_site"](folder)
    return folder


@pytest.fixture(scope="module")
def served(reports, tmp_path_factory):
    """The address of the reports as `make preview` serves them."""
    text = re.sub(": (data|notebooks)", rf": {ROOT}/\1", (ROOT / "params.yaml").read_text("utf-8"))
    text = re.sub("^reports:.*$", f"reports: {reports}", text, flags=re.M)
    params = tmp_path_factory.mktemp("params") / "params.yaml"
    params.write_text(text, "utf-8")
    command = [sys.executable, "-u", "-m", "barometer", "preview", "--params", str(params), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    ) as server:
        said = server.stdout.readline()
        yield re.search(r"http://\S+/", said)[0]
        server.kill()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, reports):
    """Open a page; whatever it asks for from elsewhere or says on the console fails the test at its end."""
    contexts, asked, said = [], [], []

    def open_page(path=PAGE, *, width=1280, dark=False, scripts=True, base=""):
        contexts.append(
            browser.new_context(
                viewport={"width": width, "height": 800},
                color_scheme="dark" if dark else "light",
                java_script_enabled=scripts,
            )
        )
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("requestfailed", lambda request: said.append(request.url))
        page.goto((base or f"{reports.as_uri()}/") + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert {urlsplit(url).hostname for url in asked} <= {None, "", "127.0.0.1"}


@pytest.fixture(params=["file", "preview"])
def either(request, opened):
    """Open a page from the disk, or from the server of `make preview`."""
    base = "" if request.param == "file" else request.getfixturevalue("served")
    return lambda path=PAGE: opened(path, base=base)


def violations(page):
    results = Axe().run(
        page, options={"preload": False}
    )  # it would fetch the style, which the policy forbids
    return results.generate_report() if results.violations_count else ""


def active(page):
    """What the keyboard is on, as its address, name or words."""
    return page.evaluate(
        "(({hash, value, id, innerText}) => id || value || hash || innerText)(document.activeElement)"
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", [PAGE, FRONT])
def test_axe_finds_nothing_in_any_view_with_the_folds_open(opened, path, width, dark):
    page = opened(path, width=width, dark=dark)
    page.evaluate(OPEN_FOLDS)
    for tab in page.locator(".views input").all():
        tab.check()
        assert violations(page) == ""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_the_search_and_in_the_enlarged_figure(opened, dark):
    page = opened(dark=dark)
    page.locator("#search-words").fill("partner")
    expect(page.locator(".results a").first).to_be_visible()
    assert violations(page) == ""
    page.keyboard.press("Escape")
    page.locator("a.enlarge").first.click()
    assert violations(page) == ""


def test_axe_finds_nothing_on_a_page_with_a_notice(opened):
    page = opened()
    page.set_content(insert_notice(page.content(), "Denne side er fra i går."))
    assert violations(page) == ""


@pytest.mark.parametrize("path", [PAGE, FRONT])
@pytest.mark.parametrize("width", [320, 768])
def test_a_page_is_never_wider_than_the_screen(opened, path, width):
    page = opened(path, width=width)
    page.evaluate(OPEN_FOLDS)
    for tab in page.locator(".views input").all():
        tab.check()
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_pictures_and_typeface_are_really_there(opened):
    page = opened()
    widths = page.evaluate(
        "Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))"
    )
    assert len(widths) == 3
    assert all(widths)
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('600 1em \"Source Sans\"'))")


@pytest.mark.parametrize(("width", "ending"), [(1280, ""), (390, "-narrow")])
def test_a_screen_gets_the_figure_that_was_drawn_for_it(opened, width, ending):
    page = opened(f"{PAGE}#partners-by-sector", width=width)
    source = page.evaluate("document.querySelector('[data-view=partners-by-sector] img').currentSrc")
    assert source.endswith(f"/collaboration-partners-by-sector{ending}.svg")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_is_dark_on_a_dark_screen_and_light_on_paper(opened, width):
    """The SVG says so itself: no other file is asked for."""

    def ground(picture):
        return Image.open(BytesIO(picture)).convert("RGB").getpixel((3, 3))

    page = opened(width=width, dark=True)
    image = page.locator("#partners img").first
    assert ground(image.screenshot()) == to_rgb(DARK[PAPER])
    page.emulate_media(color_scheme="light")
    assert ground(image.screenshot()) == to_rgb(PAPER)


def test_a_printed_figure_is_light_whatever_the_screen_is(opened):
    paper = PdfReader(BytesIO(opened(dark=True).pdf(print_background=True)))
    said = b"".join(page.get_contents().get_data() for page in paper.pages)
    found = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg", said)
    fills = {tuple(round(255 * float(part)) for part in colour) for colour in found}
    assert to_rgb(BAR) in fills
    assert not fills & {to_rgb(DARK[colour]) for colour in (BAR, PAPER)}


def test_the_typeface_of_a_figure_is_in_its_file(opened, browser):
    """In a page of its own, where nothing else could bring it along."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(opened().locator("#partners img").first.evaluate("image => image.currentSrc"))
    script = "document.fonts.ready.then(faces => [...faces].map(face => [face.family, face.status]))"
    faces = page.evaluate(script)
    context.close()
    assert ["Source Sans Pro", "loaded"] in [[family.strip('"'), status] for family, status in faces]


def to_rgb(colour):
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def test_tabs_and_folds_work_without_any_script(opened):
    page = opened(scripts=False)
    total, sector = page.locator("#partners figure").all()
    assert total.is_visible()
    assert not sector.is_visible()
    page.get_by_label("Sektor", exact=True).check()
    assert sector.is_visible()
    assert not total.is_visible()
    assert not sector.locator("table").is_visible()
    sector.locator("summary").first.click()
    assert sector.locator("table").is_visible()
    assert not page.locator("#search").is_visible()


def test_without_any_script_a_figure_opens_large_as_a_picture(opened):
    page = opened(scripts=False)
    page.locator("a.enlarge").first.click()
    assert page.url.endswith("/figures/collaboration-partners.svg")


def test_the_address_of_a_view_opens_it_and_without_any_script_leads_to_its_figure(opened):
    page = opened(f"{PAGE}#partners-by-sector")
    assert page.locator("[data-view=partners-by-sector]").is_visible()
    page = opened(f"{PAGE}#partners-by-sector", scripts=False)
    expect(page.locator("#partners fieldset")).to_be_in_viewport()


def test_a_click_on_the_address_of_a_view_keeps_it_open(opened):
    page = opened()
    page.get_by_label("Sektor", exact=True).check()
    page.locator("[data-view=partners-by-sector] .eyebrow a").click()
    assert page.url.endswith("#partners-by-sector")
    assert page.locator("[data-view=partners-by-sector]").is_visible()


def test_tabs_are_chosen_with_the_arrow_keys(either):
    page = either()
    page.locator(".views input").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-view=partners-by-sector]").is_visible()
    assert page.url.endswith("#partners-by-sector")


def test_the_enlarged_figure_holds_the_keyboard_and_gives_it_back(either):
    page = either()
    link = page.locator("a.enlarge").first
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Den hyppigste partner er egen organisation")
    expect(dialog).to_be_visible()
    alt = page.locator("#partners img").first.get_attribute("alt")
    assert dialog.locator("img").get_attribute("alt") == alt
    for _ in range(4):
        page.keyboard.press("Tab")
        outside = "!!document.activeElement.closest('main, header, footer')"
        assert not page.evaluate(outside)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    link.click()
    dialog.get_by_role("button").click()
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_the_search_finds_words_of_every_chapter_and_leads_there(either):
    page = either()
    page.locator("#search-words").press_sequentially("VIDENSINST sektor")
    expect(page.locator(".results a").first).to_be_visible()
    assert page.locator(".count").inner_text() == f"Resultater: {page.locator('.results a').count()}"
    pages = {urlsplit(link.evaluate("a => a.href")).path.rpartition("/")[2] for link in _links(page)}
    assert pages == set(SITE["CHAPTERS"].values())
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(_links(page)[0]).to_be_focused()
    target = _links(page)[0].get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{target}")


def _links(page):
    return page.locator(".results a").all()


def test_the_search_finds_a_word_whatever_its_accents_and_says_when_there_is_none(opened):
    page = opened()
    page.locator("#search-words").fill("udvikling over malingerne")
    expect(page.locator(".results strong").first).to_have_text("Udvikling over målingerne")
    page.locator("#search-words").fill("zyzzyva")
    expect(page.locator(".count")).to_have_text("Ingen resultater")
    page.keyboard.press("Escape")
    expect(page.locator(".results")).to_be_hidden()


def test_the_keyboard_alone_reaches_everything(opened):
    page = opened()
    reached = []
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.append(active(page))
        if reached[-1] == page.locator(".neighbours a").last.inner_text():
            break
    assert {"search-words", "partners", "#partners"} <= set(reached)
    for words in ("Åbn stort", "SVG", "PNG", "CSV", "Vis tallene", "Sådan henvises", "Andre målinger"):
        assert any(words in stop for stop in reached), words


def test_the_first_tab_stop_leads_past_the_navigation(opened):
    page = opened()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert active(page) == "content"


def test_languages_and_editions_lead_to_the_same_chapter_and_place(either):
    page = either(f"{PAGE}#published")
    page.locator("[data-editions] summary").click()
    assert [link.inner_text() for link in page.locator("[data-editions] a").all()] == [
        "2018-2019",
        "2018-2019 · S",
    ]
    link = page.locator("[data-editions] a").first
    link.focus()
    assert link.evaluate("a => a.hash") == "#published"
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/en/collaboration.html#published")


def test_without_any_script_languages_and_editions_are_plain_links(opened):
    page = opened(scripts=False)
    assert page.get_by_role("link", name="English").get_attribute("href") == "../en/collaboration.html"
    assert page.get_by_role("link", name="Andre målinger").get_attribute("href") == "../../index.html"


def test_the_contents_mark_the_section_that_is_read(opened):
    page = opened()
    page.locator("#section-published-and-computed").evaluate("section => section.scrollIntoView()")
    expect(page.locator(".contents [aria-current]")).to_have_text("Offentliggjort og beregnet")


def test_the_menu_of_a_phone_lists_the_sections_and_closes_behind_the_reader(opened):
    page = opened(width=390)
    page.locator(".menu summary").click()
    page.locator(".menu").get_by_role("link", name="Hvem samarbejdes der med?").click()
    assert page.locator(".menu ul").first.is_hidden()
    assert page.url.endswith("#section-who-are-the-partners")


def test_paper_shows_the_first_view_and_what_a_figure_is_about_and_no_navigation(opened):
    page = opened(dark=True)
    page.get_by_label("Sektor", exact=True).check()
    page.locator("#partners details").nth(4).evaluate("fold => { fold.open = true }")
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("nav.chapters", ".contents", ".editions", "#search", ".downloads", "#partners fieldset"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator("[data-view=partners] img").is_visible()
    assert not page.locator("[data-view=partners-by-sector]").is_visible()
    assert page.locator("[data-view=partners] .about").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


class Links(HTMLParser):
    """What a page links to or loads, and the places in it that can be linked to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.ids: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses |= {given[name] for name in ("href", "src", "srcset") if name in given}
        self.ids |= {given["id"]} if "id" in given else set()


def test_every_link_of_the_report_leads_somewhere(reports):
    pages = {path: Links(path) for path in reports.rglob("*.html")}
    assert len(pages) == 7
    links = [(page, address) for page, said in pages.items() for address in said.addresses]
    for index in reports.rglob("search.js"):
        links += [(index.parent, address) for address in re.findall(r'^\["([^"]+)"', index.read_text(), re.M)]
    assert len(links) > 150
    for page, address in links:
        parts = urlsplit(address)
        if parts.scheme not in ("", "file"):
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        assert target.is_file(), (page.name, address)
        assert not parts.fragment or parts.fragment in pages[target].ids, (page.name, address)


def test_no_picture_has_the_words_that_stand_for_missing_ones(reports):
    for page in reports.rglob("*.html"):
        assert "No description has been provided" not in page.read_text("utf-8")
