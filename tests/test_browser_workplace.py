"""The reader's own workplace in a real browser: answers, results, rules, keyboard, and silence."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat.v4 as nb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from barometer.assembly import Assembly
from barometer.blocks import MIME, Block, ChapterBlock
from barometer.formats import Words
from barometer.params import Params, load_params
from barometer.render.html import HtmlChapterExporter
from barometer.rules import PRESETS
from barometer.waves import Wave, load_wave
from barometer.workplace import Workplace, WorkplaceBlock

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = "REQUIRE_BROWSER" in os.environ
pytestmark = pytest.mark.skipif(not (CHROMIUM or REQUIRED), reason="no chromium on this machine")

ROOT = Path(__file__).parents[1]
EIGHT = ("introduced", "core_task", "reuse", "initiators", "partners", "spreading", "values", "evaluation")
# The smallest groups of the wave are hidden, so that there are some.
STRICT = replace(PRESETS["open"], minimum_base=60, uncertain_base=100)


@pytest.fixture(scope="module")
def wave(barometer_instrument) -> Wave:
    return load_wave("2018-2019", folder=ROOT / "data/waves", instrument=barometer_instrument)


def everything_shown() -> Params:
    """Return the parameters of the project under rules that hide no group of the wave."""
    return replace(load_params(ROOT / "params.yaml"), disclosure=PRESETS["open"])


def made(wave: Wave, params: Params, language: str) -> WorkplaceBlock:
    return Workplace(Assembly((wave,), params, Words(language)), EIGHT).block()


def chapter(language: str, block: WorkplaceBlock) -> nb.NotebookNode:
    head = ChapterBlock("workplace", 5, language, "2018-2019", "2018-2019", True, "Syntetiske data")

    def code(shown: Block) -> nb.NotebookNode:
        return nb.new_code_cell(outputs=[nb.new_output("display_data", data={MIME: shown.document()})])

    cells = [
        nb.new_markdown_cell("# Din arbejdsplads"),
        code(head),
        nb.new_markdown_cell("## Svar"),
        code(block),
    ]
    return nb.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def site(wave: Wave, tmp_path_factory) -> Path:
    """Write the page in both languages, and one with small groups hidden."""
    folder = tmp_path_factory.mktemp("site")
    params = everything_shown()
    pages = {"da": ("da", params), "en": ("en", params), "strict": ("en", replace(params, disclosure=STRICT))}
    for name, (language, decisions) in pages.items():
        notebook = chapter(language, made(wave, decisions, language))
        html, resources = HtmlChapterExporter().from_notebook_node(notebook)
        for path, content in (resources["outputs"] | {"workplace.html": html.encode()}).items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / path).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Any]:
    """Open a page; what it asks for from elsewhere, says on the console or keeps fails the test."""
    pages, asked, said = [], [], []

    def open_page(name: str = "en", *, width: int = 1280, dark: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((site / name / "workplace.html").as_uri())
        pages.append(page)
        return page

    yield open_page
    kept = [page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") for page in pages]
    for page in pages:
        page.context.close()
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert not [url for url in asked if "?" in url]
    assert said == []
    assert all(each == [0, 0, ""] for each in kept)


def answer(page: Page, *answers: tuple[str, str]) -> None:
    for question, option in answers:
        page.check(f"input[name={question}][value={option}]")


def row(page: Page, question: str, option: str) -> Any:
    return page.locator(f"#{question} li:has(input[value={option}])")


def compare_with(page: Page, *, sector: str = "", size: str = "") -> None:
    page.check(f"input[name=group-sector][value='{sector}']")
    page.check(f"input[name=group-size][value='{size}']")


def test_nothing_is_drawn_before_an_answer_and_every_share_after_it(opened) -> None:
    page = opened()
    assert page.locator(".bar").count() == 0
    answer(page, ("reuse", "first"))
    assert page.locator("#reuse .bar").count() == 4
    assert page.locator(".bar").count() == 4
    expect(row(page, "reuse", "first")).to_contain_text("your answer")
    assert page.locator("#reuse li .yours").count() == 1
    expect(page.locator(".progress")).to_contain_text("1 of 8 questions answered")


def test_the_numbers_on_the_page_are_those_of_the_document_in_its_language(opened, wave: Wave) -> None:
    params = everything_shown()
    for language in ("da", "en"):
        page, number = opened(language), Words(language).number
        document = made(wave, params, language)
        compare_with(page, sector="municipal", size="from_50")
        answer(page, ("initiators", "employees"))
        found = document.estimates["sector=municipal,size=from_50"]["initiators"]
        reasons = document.reasons["sector=municipal,size=from_50"]["initiators"]
        for option, (share, low, high, _) in found.items():
            numbers = row(page, "initiators", option).locator(".numbers")
            mark = "*" if option in reasons else ""
            assert numbers.locator("strong").text_content() == number.percent(share) + mark
            assert numbers.locator(".interval").text_content().endswith(number.interval(low, high))
        page.locator("#initiators summary").click()
        share, low, high, n = found["manager"]
        cells = page.locator("#initiators tbody tr").nth(1).locator("td").all_text_contents()
        mark = "*" if "manager" in reasons else ""
        assert cells == [number.percent(share) + mark, number.interval(low, high), number.count(n)]


def test_the_sentence_says_how_many_gave_the_same_answer(opened, wave: Wave) -> None:
    page = opened()
    answer(page, ("reuse", "first"))
    found = made(wave, everything_shown(), "en").estimates["all"]["reuse"]
    told = page.locator("#reuse .told")
    expect(told).to_have_text(
        f"First of its kind: {found['first'][0]:.0%} of innovative workplaces gave the same answer. "
        "The largest share in the group: Inspired by others, substantially adapted "
        f"({found['adapted'][0]:.0%})."
    )
    answer(page, ("reuse", "adapted"))
    expect(told).to_contain_text("No other answer has a larger share in the group.")
    expect(page.locator(".workplace [role=status]")).to_have_text(told.text_content())
    answer(page, ("values", "quality"), ("values", "political_goals"))
    expect(page.locator("#values .told")).to_contain_text("is the most common in the group")


def test_another_group_changes_the_numbers_and_keeps_the_answers(opened) -> None:
    page = opened()
    answer(page, ("values", "quality"))
    numbers = row(page, "values", "quality").locator("strong")
    before = numbers.text_content()
    compare_with(page, sector="state", size="under_20")
    assert numbers.text_content() != before
    expect(page.locator(".compared")).to_have_text("You compare with: State, 1-19 employees.")
    expect(page.locator("#values .detail")).to_contain_text(
        "innovative workplaces (state, 1-19 employees). n"
    )
    expect(page.locator(".workplace [role=status]")).to_have_text("You compare with: State, 1-19 employees.")
    assert page.is_checked("input[name=values][value=quality]")
    compare_with(page)
    assert numbers.text_content() == before


def test_partners_are_those_that_the_sector_can_choose(opened) -> None:
    page = opened()
    answer(page, ("partners", "other_state"))
    compare_with(page, sector="state")
    expect(row(page, "partners", "other_state")).to_be_hidden()
    expect(row(page, "partners", "other_municipal")).to_be_visible()
    assert not page.is_checked("input[name=partners][value=other_state]")
    compare_with(page, sector="municipal")
    expect(row(page, "partners", "other_state")).to_be_visible()
    expect(row(page, "partners", "other_municipal")).to_be_hidden()


def test_a_fourth_initiator_is_refused_with_a_message(opened) -> None:
    page = opened()
    answer(page, *(("initiators", option) for option in ("employees", "manager", "economy")))
    page.locator("input[name=initiators][value=citizens]").click()
    assert page.locator("input[name=initiators]:checked").count() == 3
    assert not page.is_checked("input[name=initiators][value=citizens]")
    message = "Up to 3 answers can be chosen. Take one away to choose another."
    expect(page.locator("#initiators .limit")).to_have_text(message)
    expect(page.locator(".workplace [role=status]")).to_have_text(message)
    page.uncheck("input[name=initiators][value=economy]")
    expect(page.locator("#initiators .limit")).to_be_hidden()
    answer(page, ("initiators", "citizens"))


def test_an_answer_that_stands_alone_takes_the_others_away(opened) -> None:
    page = opened()
    answer(page, ("partners", "citizens"), ("partners", "companies"), ("partners", "none"))
    checked = "[...document.querySelectorAll('input[name=partners]:checked')].map(each => each.value)"
    assert page.evaluate(checked) == ["none"]
    answer(page, ("partners", "citizens"))
    assert page.evaluate(checked) == ["citizens"]


def test_a_workplace_without_innovation_is_asked_nothing_about_one(opened) -> None:
    page = opened()
    answer(page, ("reuse", "first"), ("introduced", "none"))
    expect(page.locator("#reuse")).to_be_hidden()
    expect(page.locator("#introduced .ends")).to_have_text(
        "The other questions are only put to innovative workplaces."
    )
    expect(page.locator(".progress")).to_contain_text("1 of 1 questions answered")
    answer(page, ("introduced", "service"))
    expect(page.locator("#reuse")).to_be_visible()
    expect(page.locator(".progress")).to_contain_text("2 of 8 questions answered")


def test_a_hidden_group_says_so_and_offers_the_sector(opened) -> None:
    page = opened("strict")
    answer(page, ("reuse", "first"))
    compare_with(page, sector="regional", size="under_20")
    refused = page.locator(".refused")
    expect(refused).to_contain_text("Too few workplaces answered in the group “Region, 1-19 employees”")
    expect(page.locator("#reuse .gap").first).to_have_text("Too few answers to be shown")
    expect(page.locator("#reuse .told")).to_have_text("First of its kind: too few answers to be shown.")
    assert page.locator(".bar").count() == 0
    refused.get_by_role("button", name="Compare with “Region” instead").click()
    expect(refused).to_be_hidden()
    expect(page.locator(".compared")).to_have_text("You compare with: Region.")
    assert page.locator("#reuse .bar").count() == 4
    assert page.evaluate("document.activeElement.name") == "group-sector"


def test_uncertain_numbers_are_marked_and_explained(opened) -> None:
    page = opened()
    compare_with(page, sector="regional", size="under_20")
    answer(page, ("reuse", "adapted"))
    assert row(page, "reuse", "adapted").locator("strong").text_content().endswith("*")
    expect(page.locator("#reuse .detail")).to_contain_text("* Uncertain figure: few answers.")


def test_it_can_be_begun_anew(opened) -> None:
    page = opened()
    compare_with(page, sector="state")
    answer(page, ("reuse", "first"), ("values", "quality"))
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".progress")).to_contain_text("0 of 8 questions answered")
    assert page.locator(".bar").count() == 0
    expect(page.locator(".compared")).to_have_text("You compare with: All workplaces.")


def test_the_keyboard_is_enough(opened) -> None:
    page = opened()
    page.locator("input[name=group-sector]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".compared")).to_have_text("You compare with: State.")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".compared")).to_have_text("You compare with: State, 1-19 employees.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "product"
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # a form without a button to send it with could still be sent
    assert page.locator("#introduced .bar").count() == 5
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.locator("#introduced table").is_visible()
    expect(page.locator("#introduced tbody tr").first).to_contain_text("your answer")


def test_a_share_is_read_with_its_answer(opened) -> None:
    page = opened()
    answer(page, ("spreading", "yes"))
    described = page.evaluate(
        """() => {
          const input = document.querySelector("input[name=spreading][value=yes]");
          return document.getElementById(input.getAttribute("aria-describedby")).textContent;
        }"""
    )
    assert "95% confidence interval: " in described
    assert described.endswith("your answer")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_before_and_after(opened, width: int, dark: bool) -> None:
    page = opened("strict", width=width, dark=dark)
    for step in ("empty", "answered", "hidden"):
        if step == "answered":
            options = (("introduced", "service"), ("reuse", "first"), ("partners", "citizens"))
            answer(page, *options, *(("initiators", each) for each in ("employees", "manager", "economy")))
            page.locator("input[name=initiators][value=citizens]").click()
            page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        if step == "hidden":
            compare_with(page, sector="regional", size="under_20")
        results = Axe().run(page, options={"preload": False})  # it would ask for the style again
        assert results.violations_count == 0, f"{step}: {results.generate_report()}"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_is_never_wider_than_the_screen(opened, width: int) -> None:
    page = opened("da", width=width)
    answer(page, *((question, "dont_know") for question in ("core_task", "reuse", "initiators", "spreading")))
    answer(page, ("partners", "internal"), ("introduced", "process"), ("values", "quality"))
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_scripts_a_note_and_the_numbers_of_everyone_are_there(opened) -> None:
    page = opened(scripts=False)
    expect(page.locator("[data-without-script]")).to_contain_text("you need JavaScript")
    assert page.locator("input:visible").count() == 0
    assert page.locator(".question table:visible").count() == len(EIGHT)
    expect(page.locator("#reuse .table-note")).to_have_text("Base: innovative workplaces.")


def test_with_scripts_there_is_no_note(opened) -> None:
    page = opened()
    assert page.locator("[data-without-script]").count() == 0
    assert page.locator(".question table:visible").count() == 0
