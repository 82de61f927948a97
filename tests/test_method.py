"""The chapter on method says what the waves and the parameters are, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from barometer.corrections import Answer, Correction
from barometer.formats import Words
from barometer.instrument import load_instrument
from barometer.method import SECTIONS, Glossary, Listing, Method
from barometer.params import Params, Significance, load_params
from barometer.rules import Rules
from barometer.waves import Wave, list_waves, load_wave
from tests.made_survey import write_survey

ROOT = Path(__file__).parents[1]
Make = Callable[..., Method]


def loaded(params: Params) -> tuple[Wave, ...]:
    instrument = load_instrument(params.instrument)
    names = list_waves(params.waves)
    return tuple(load_wave(name, folder=params.waves, instrument=instrument) for name in names)


@pytest.fixture(scope="module")
def params(tmp_path_factory: pytest.TempPathFactory) -> Params:
    return load_params(write_survey(tmp_path_factory.mktemp("survey") / "project"))


@pytest.fixture(scope="module")
def waves(params: Params) -> tuple[Wave, ...]:
    return loaded(params)


@pytest.fixture
def method(params: Params, waves: tuple[Wave, ...]) -> Make:
    """Make the method of the made-up survey, with some decisions changed."""

    def make(language: str = "en", **decisions: object) -> Method:
        return Method(waves, replace(params, **decisions), Words(language))

    return make


@pytest.fixture(scope="module")
def barometer() -> tuple[Params, tuple[Wave, ...]]:
    params = load_params(ROOT / "params.yaml")
    return params, loaded(params)


def listing(method: Method, section: str) -> Listing:
    """Return the first table of a section."""
    return next(part for part in method.section(section) if isinstance(part, Listing))


def cells(part: Listing) -> dict[str, dict[str, str]]:
    """Return the cells of a table by row header and column label."""
    _, *labels = [column["label"] for column in part.table["columns"]]
    return {name: dict(zip(labels, row, strict=True)) for name, *row in part.table["rows"]}


def told(method: Method, section: str) -> dict[str, str]:
    """Return all terms of a section with their texts."""
    parts = [part for part in method.section(section) if isinstance(part, Glossary)]
    return {term: text for part in parts for term, text in part.items}


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("source", ["made up", "barometer"])
def test_every_section_is_the_same_in_both_languages_but_for_its_words(
    section: str, source: str, method: Make, barometer: tuple[Params, tuple[Wave, ...]]
) -> None:
    params, waves = barometer
    danish, english = (
        (method(language) if source == "made up" else Method(waves, params, Words(language))).section(section)
        for language in ("da", "en")
    )
    assert danish
    assert len(danish) == len(english)
    for one, other in zip(danish, english, strict=True):
        assert type(one) is type(other)
        assert one.title != other.title
        if isinstance(one, Listing) and isinstance(other, Listing):
            assert one.id == other.id
            assert [len(row) for row in one.table["rows"]] == [len(row) for row in other.table["rows"]]
            assert {len(row) for row in one.table["rows"]} == {len(one.table["columns"])}
        elif isinstance(one, Glossary) and isinstance(other, Glossary):
            assert len(one.items) == len(other.items)


def test_an_edition_is_a_row_and_what_is_not_known_is_said_so(method: Make) -> None:
    found = cells(listing(method(), "editions"))
    assert list(found) == ["2001", "2003", "2005"]
    newest = found["2005"]
    assert newest["Period"] == "January 2005 – December 2005"
    assert (newest["Sampled"], newest["Answers"], newest["Response rate"]) == ("531", "206", "39%")
    assert newest["Fieldwork"] == "Not stated"
    assert found["2001"]["Sampled"] == found["2001"]["Response rate"] == "Not stated"
    assert found["2001"]["Synthetic"] == "Yes"


def test_the_response_is_given_for_each_register_variable_that_the_wave_has(method: Make) -> None:
    (part,) = method().section("response")
    assert part.id == "response-by-sector"
    found = cells(part)
    assert list(found) == ["State", "Municipality", "The region"]
    assert found["State"]["Response rate"] == "80%"
    assert found["Municipality"]["Response rate"] == "25%"
    assert found["The region"]["Answers"] == "6"


def test_the_design_says_how_much_the_weights_cost(method: Make) -> None:
    found = dict(listing(method(), "design").table["rows"])
    weights = [2.0] * 100 + [5.0] * 100 + [3.0] * 6
    effect = len(weights) * sum(each**2 for each in weights) / sum(weights) ** 2
    assert found["Sum of weights"] == "718"
    assert found["Strata"] == "3"
    assert found["Fewest answers in a stratum"] == "6"
    assert found["Smallest, middle and largest weight"] == "2.0 – 3.0 – 5.0"
    assert found["Design effect of the weights"] == f"{effect:.2f}"
    assert found["Effective number of answers"] == f"{len(weights) / effect:.0f}"


@pytest.mark.parametrize(
    ("decisions", "term", "said"),
    [
        ({"confidence": 0.9}, "Interval", "90% intervals"),
        ({"interval": "logit"}, "Interval", "the logit method"),
        ({"interval": "korn-graubard"}, "Interval", "Korn and Graubard"),
        ({"test": Significance(alpha=0.01)}, "Level of significance", "below 0.01"),
        ({"test": Significance(adjustment="holm")}, "Level of significance", "Holm's method"),
        ({"test": Significance(adjustment="none")}, "Level of significance", "no adjustment"),
    ],
)
def test_the_decisions_stand_as_they_were_made(
    method: Make, decisions: dict[str, object], term: str, said: str
) -> None:
    assert said in told(method(**decisions), "uncertainty")[term]


def test_the_rules_for_what_is_shown_are_those_of_the_parameters(method: Make) -> None:
    rules = Rules(minimum_base=7, uncertain_base=40, uncertain_halfwidth=0.08)
    found = told(method(disclosure=rules), "quality")
    assert "fewer than 7 answered" in found["Smallest base"]
    assert "fewer than 40 answers" in found["Uncertain numbers"]
    assert "8 percentage points" in found["Uncertain numbers"]


def test_what_each_edition_asked_stands_in_a_table_with_the_breaks(method: Make) -> None:
    found = cells(listing(method(), "comparability"))
    assert found["Degree of reuse"] == {"2001": "Asked", "2003": "Asked", "2005": "Asked"}
    assert found["Core task"] == {"2001": "Asked", "2003": "Asked", "2005": "Not asked"}
    assert found["Contacts"] == {"2001": "Not asked", "2003": "Not asked", "2005": "Asked"}
    assert found["Spreading"] == {"2001": "Asked", "2003": "Asked", "2005": "Break"}
    assert found["Partners"]["2005"] == "Break for some answers"


def test_a_break_is_told_with_its_reason_and_what_it_is_about(method: Make) -> None:
    ((term, reason),) = told(method(), "comparability").items()
    assert term == "2005: Spreading; Partners"
    assert reason == "The question is new."


def test_without_breaks_there_is_only_the_table(params: Params, waves: tuple[Wave, ...]) -> None:
    earlier = Method(waves[:2], params, Words("en"))
    assert [type(part) for part in earlier.section("comparability")] == [Listing]


def test_reasons_for_not_asking_name_the_waves_and_questions_they_are_about(
    params: Params, waves: tuple[Wave, ...]
) -> None:
    reason, other = ({"da": "Grund", "en": text} for text in ("It came later", "It was dropped"))
    absent = ({"contacts": reason}, {"contacts": reason}, {"core_task": other, "spread": {}})
    waves = tuple(replace(wave, not_asked=each) for wave, each in zip(waves, absent, strict=True))
    found = Method(waves, params, Words("en")).section("comparability")[-1]
    assert isinstance(found, Glossary)
    assert found.items == (("2001, 2003: Contacts", "It came later."), ("2005: Core task", "It was dropped."))


def test_every_correction_is_listed_with_its_reason_and_nobody_is_named(
    params: Params, waves: tuple[Wave, ...]
) -> None:
    def corrected(unit: str, question: str, old: Answer, new: Answer) -> Correction:
        return Correction(unit, question, old, new, {"en": "Called back"}, "2005-06-07", "somewhere")

    made = (
        corrected("secret-1", "reuse", "first", "copy"),
        corrected("secret-2", "reuse", "first", "copy"),
        corrected("secret-3", "reuse", None, "copy"),
        corrected("secret-4", "partners/citizens", True, False),
        corrected("secret-5", "sector", "state", "regional"),
    )
    whole = (*waves[:2], replace(waves[2], corrections=made))
    (part,) = Method(whole, params, Words("en")).section("corrections")
    assert isinstance(part, Listing)
    assert [row[2:5] + row[6:] for row in part.table["rows"]] == [
        ["Degree of reuse", "No answer", "A copy", "1"],
        ["Degree of reuse", "The first", "A copy", "2"],
        ["Partners: Citizens", "Ticked", "Not ticked", "1"],
        ["Sector", "State", "The region", "1"],
    ]
    assert {(row[0], row[1], row[5]) for row in part.table["rows"]} == {
        ("2005", "7 June 2005", "Called back")
    }
    assert "secret" not in str(part)


def test_without_corrections_the_chapter_says_that_there_are_none(method: Make) -> None:
    assert told(method(), "corrections") == {
        "Corrections": "No answer was corrected: the figures rest on the answers as delivered."
    }
