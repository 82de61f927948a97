"""The page of a chapter in a real browser: accessible, narrow enough, silent, and nothing from elsewhere."""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from barometer.render.html import HtmlChapterExporter, insert_notice
from barometer.render.site import Site, SiteChapter

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = "REQUIRE_BROWSER" in os.environ
pytestmark = pytest.mark.skipif(not (CHROMIUM or REQUIRED), reason="no chromium on this machine")

SAMPLE = runpy.run_path(str(Path(__file__).parent / "notebooks" / "sample_chapter.py"))
CHAPTERS = tuple(
    SiteChapter(name, f"{name}.html", f"Et kapitel om {name}", number)
    for number, name in enumerate(
        ("summary", "organisation", "collaboration", "diffusion", "leadership", "method")
    )
)
SITE = Site(
    "Innovationsbarometeret", "2018-2019", "da", CHAPTERS, synthetic=True, languages=(("en", "../en/"),)
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    html, resources = HtmlChapterExporter().from_notebook_node(SAMPLE["sample_chapter"]("da"), {"site": SITE})
    for name, content in (resources["outputs"] | {"collaboration.html": html.encode()}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return (folder / "collaboration.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, address):
    """Open the page at a width, with every fold open or not."""
    contexts = []

    def open_page(width: int, *, folds: bool = False, scripts: bool = True):
        contexts.append(
            browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
        )
        page = contexts[-1].new_page()
        page.goto(address)
        if folds:
            page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("folds", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(opened, width, folds):
    results = Axe().run(opened(width, folds=folds))
    assert results.violations_count == 0, results.generate_report()


def test_axe_finds_nothing_on_a_page_with_a_notice(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.set_content(insert_notice(page.content(), "Denne side er fra i går."))
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_a_page_is_never_wider_than_the_screen(opened, width):
    page = opened(width, folds=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_page_asks_for_nothing_from_elsewhere_and_says_nothing_on_the_console(browser, address):
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("requestfailed", lambda request: said.append(request.url))
    page.goto(address, wait_until="networkidle")
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert said == []
    page.close()


def test_pictures_and_typeface_are_really_there(opened):
    page = opened(1280)
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(widths) == 2
    assert all(widths)
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('600 1em \"Source Sans\"'))")


@pytest.mark.parametrize(("width", "ending"), [(390, "-narrow.svg"), (1280, "partners.svg")])
def test_a_phone_gets_the_narrow_figure(opened, width, ending):
    source = opened(width).evaluate("document.querySelector('#partners img').currentSrc")
    assert source.endswith(ending)


def test_the_numbers_unfold_without_any_script(opened):
    page = opened(1280, scripts=False)
    numbers = page.locator("#partners details").first
    assert not numbers.locator("table").is_visible()
    numbers.locator("summary").click()
    assert numbers.locator("table").is_visible()


def test_the_first_tab_stop_leads_past_the_navigation(opened):
    page = opened(1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_paper_shows_no_navigation(opened):
    page = opened(1280)
    page.emulate_media(media="print")
    assert not page.locator("nav.chapters").is_visible()
    assert page.locator("#partners img").is_visible()
