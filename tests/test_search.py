"""The search index: every thing that a reader may look for, with the address where it stands."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from barometer.render.document import read_chapter
from barometer.render.search import search_index
from barometer.render.site import Site, SiteChapter

SAMPLE = runpy.run_path(str(Path(__file__).parent / "notebooks" / "sample_chapter.py"))
SITE = Site("T", "w", "en", (SiteChapter("collaboration", "collaboration.html", "Collaborate across", 2),))


@pytest.fixture(scope="module")
def entries():
    index = search_index([read_chapter(SAMPLE["sample_chapter"]("en"))], SITE)
    start, end = "window.BAROMETER_SEARCH = ", ";\n"
    assert index.startswith(start)
    assert index.endswith(end)
    return json.loads(index.removeprefix(start).removesuffix(end))


def found(entries, title):
    return next(entry for entry in entries if entry[2] == title)


def test_a_chapter_is_found_by_its_title_and_its_opening(entries):
    href, place, _, text = found(entries, "Collaborate across")
    assert (href, place) == ("collaboration.html", "Chapter 2")
    assert "Few innovations come about alone" in text
    assert "The most common partner is the own organisation (62%)" in text


def test_a_section_is_found_with_the_words_of_its_paragraphs_lists_and_tables(entries):
    href, place, _, text = found(entries, "Who are the partners?")
    assert (href, place) == ("collaboration.html#section-who-are-the-partners", "Collaborate across")
    assert "one another with code" in text
    assert "State 412" in text


def test_each_view_of_a_figure_is_found_at_its_own_address_with_caption_and_answers(entries):
    figures = [entry for entry in entries if entry[1].endswith("Figure 2.1")]
    assert [entry[0] for entry in figures] == [
        "collaboration.html#partners",
        "collaboration.html#partners-by-sector",
    ]
    assert all("Knowledge institutions" in entry[3] for entry in figures)
    assert all("n = 1.877" in entry[3] for entry in figures)


@pytest.mark.parametrize(
    ("title", "href"),
    [
        ("Computed and published figures", "collaboration.html#published"),
        (
            "69% of innovative workplaces collaborated on their latest innovation",
            "collaboration.html#card-any",
        ),
        ("Kortere ventetid med fælles visitation", "collaboration.html#section-examples-and-notes"),
        ("Base", "collaboration.html#section-examples-and-notes"),
    ],
)
def test_tables_numbers_cases_and_terms_are_found(entries, title, href):
    assert found(entries, title)[0] == href


def test_a_chapter_that_the_report_does_not_list_is_left_out():
    other = read_chapter(SAMPLE["sample_chapter"]("en", id="leadership"))
    assert search_index([other], SITE) == "window.BAROMETER_SEARCH = [\n\n];\n"
