"""Case cards, background and further reading are complete in every language, and hold no contact data."""

import re
from pathlib import Path

import pytest

from barometer.cases import ChapterCases, load_cases
from barometer.errors import ReportError

DATA = Path(__file__).parents[1] / "data" / "cases.yaml"
CASES = load_cases(DATA, ("da", "en"))
CHAPTERS = ("organisation", "collaboration", "diffusion", "leadership")

SMALL = """
sources:
  study: {da: Undersøgelse, en: Study}
chapters:
  schools:
    background: {source: study, text: {da: Før tallene., en: Before the figures.}}
    cases:
      - id: garden
        place: {da: En skole, en: A school}
        source: study
        year: "2014"
        headline: {da: Grønnere, en: Greener}
        text: {da: Haven voksede., en: The garden grew.}
      - id: bell
        place: {da: En anden, en: Another}
        source: study
        headline: {da: Stille, en: Quiet}
        text: {da: Klokken tav., en: The bell fell silent.}
    reading:
      - {title: {da: Side, en: Page}, url: "https://example.org/"}
"""


def load(folder: Path, old: str = "", new: str = ""):
    assert old in SMALL
    path = folder / "cases.yaml"
    path.write_text(SMALL.replace(old, new, 1) if old else SMALL, encoding="utf-8")
    return load_cases(path, ("da", "en"))


def test_a_chapter_has_its_background_cases_and_reading(tmp_path):
    schools = load(tmp_path).chapter("schools")
    assert schools.background.text["en"] == "Before the figures."
    assert [case.id for case in schools.cases] == ["garden", "bell"]
    assert [case.year for case in schools.cases] == ["2014", ""]
    assert schools.cases[0].source == {"da": "Undersøgelse", "en": "Study"}
    assert schools.reading[0].url == "https://example.org/"


def test_a_chapter_that_the_file_does_not_have_has_nothing(tmp_path):
    assert load(tmp_path).chapter("method") == ChapterCases()


def test_a_chapter_may_have_reading_only(tmp_path):
    cut = SMALL[SMALL.index("    background") : SMALL.index("    reading")]
    schools = load(tmp_path, cut, "").chapter("schools")
    assert (schools.background, schools.cases, len(schools.reading)) == (None, (), 1)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("source: study", "source: studi", "chapters.schools.background.source", "Did you mean 'study'?"),
        (
            "  study: {da: Undersøgelse, en: Study}",
            "  study: {da: x}",
            "sources.study",
            "the key 'en', got none",
        ),
        ("id: bell", "id: garden", "", "each case once, got 'garden' 2 times"),
        ("id: bell", "name: bell", "chapters.schools.cases[2]", "the key 'id', got none"),
        (
            "headline: {da: Grønnere, en: Greener}",
            "headline: Grønnere",
            "chapters.schools.cases[1].headline",
            "mapping",
        ),
        ('year: "2014"', "year: 2014", "chapters.schools.cases[1].year", "a text, got 2014"),
        ("https://example.org/", "example.org", "chapters.schools.reading[1].url", "an address on the web"),
        ("    reading:", "    readings:", "chapters.schools", "Did you mean 'reading'?"),
        ("text: {da: Før tallene., en: Before the figures.}", "text: {da: '', en: x}", "", ""),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path, monkeypatch, old, new, place, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReportError) as caught:
        load(tmp_path, old, new)
    where = f"cases.yaml: {place}" if place else "cases.yaml"
    assert any(str(each).startswith(where) and words in str(each) for each in caught.value.problems)


# The cases of the Innovation Barometer


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_has_background_cases_and_reading(chapter):
    found = CASES.chapter(chapter)
    assert found.background
    assert len(found.cases) >= 2
    assert len(found.reading) >= 2


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_background_is_marked_as_interviews_with_its_source(chapter):
    background = CASES.chapter(chapter).background
    assert "23 interview " in background.text["da"]
    assert "23 interviews " in background.text["en"]
    assert all("23" in words and "COI" in words and "2014" in words for words in background.source.values())
    assert not any(
        "%" in words or "procent" in words or "percent" in words for words in background.text.values()
    )


def test_a_case_card_is_two_or_three_lines_under_a_short_headline():
    for case in (case for chapter in CASES.chapters.values() for case in chapter.cases):
        for language in ("da", "en"):
            assert len(case.headline[language]) <= 60, case.id
            assert not case.headline[language].endswith("."), case.id
            assert 80 <= len(case.text[language]) <= 260, case.id
            assert case.text[language].endswith("."), case.id


def test_no_text_holds_a_telephone_number_or_an_address_of_a_person():
    text = re.sub(r"https://\S+", "", DATA.read_text(encoding="utf-8"))
    assert "@" not in text
    assert not re.search(r"(?:\d[ ]?){8}", text)


def test_numbers_of_a_case_are_the_same_in_both_languages():
    for case in (case for chapter in CASES.chapters.values() for case in chapter.cases):
        numbers = [sorted(re.findall(r"\d+", case.headline[each] + case.text[each])) for each in ("da", "en")]
        assert numbers[0] == numbers[1], case.id


def test_reading_is_of_the_official_sites():
    for chapter in CASES.chapters.values():
        for reading in chapter.reading:
            assert re.match(r"https://(www\.)?(co-pi|innovationsbarometer\.coi|dst)\.dk/", reading.url), (
                reading.url
            )
