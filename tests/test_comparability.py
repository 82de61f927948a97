"""A comparison over a break is refused with the reason, unless the publication says it is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from barometer.comparability import breaks_along, comparison
from barometer.instrument import Instrument
from barometer.waves import Break, Wave, list_waves, load_wave

FOLDER = Path(__file__).parents[1] / "data/waves"
METHODOLOGY = Path(__file__).parents[2] / "shared/domain/methodology.md"
FIRST, SECOND, THIRD, FOURTH = list_waves(FOLDER)


@pytest.fixture(scope="module")
def editions(barometer_instrument: Instrument) -> Mapping[str, Wave]:
    names = list_waves(FOLDER)
    return {name: load_wave(name, folder=FOLDER, instrument=barometer_instrument) for name in names}


@pytest.fixture
def waves(editions: Mapping[str, Wave]) -> tuple[Wave, Wave]:
    return editions[SECOND], editions[THIRD]


def test_without_a_break_every_option_is_compared(waves: tuple[Wave, Wave]) -> None:
    found = comparison("reuse", *waves, options=("first", "copy"))
    assert (found.options, found.refused, found.crossed) == (("first", "copy"), {}, {})


def test_an_option_that_breaks_is_refused_with_the_reason(waves: tuple[Wave, Wave]) -> None:
    found = comparison("positive_role", *waves, options=("employees", "foreign", "foundations"))
    assert found.options == ("employees",)
    told = {option: (each.wave, each.reason["en"]) for option, each in found.refused.items()}
    reason = "Co-financing counts from the third edition on"
    assert told == {"foreign": (THIRD, reason), "foundations": (THIRD, reason)}
    assert not found.crossed


@pytest.mark.parametrize("wanted", ["positive_role", "positive_role/foreign"])
def test_what_is_wanted_is_compared_and_its_reason_kept_for_the_caption(
    wanted: str, waves: tuple[Wave, Wave]
) -> None:
    found = comparison("positive_role", *waves, options=("employees", "foreign"), wanted=[wanted])
    assert found.options == ("employees", "foreign")
    assert {option: each.reason["en"] for option, each in found.crossed.items()} == {
        "foreign": "Co-financing counts from the third edition on"
    }
    assert not found.refused


def test_a_wish_for_one_option_leaves_the_others_refused(waves: tuple[Wave, Wave]) -> None:
    found = comparison(
        "positive_role",
        *waves,
        options=("foreign", "technology"),
        wanted=["positive_role/foreign", "values"],
    )
    assert found.options == ("foreign",)
    assert (set(found.crossed), set(found.refused)) == ({"foreign"}, {"technology"})


def test_a_wish_for_a_grid_holds_for_its_items(waves: tuple[Wave, Wave]) -> None:
    earlier, later = waves
    broken = replace(later, breaks=(Break(("factors",), (), {"en": "Reworded"}, THIRD),))
    settings = {"options": ("promoted_high",)}
    assert not comparison("factors.economy", earlier, broken, **settings).options
    assert comparison("factors.economy", earlier, broken, **settings, wanted=["factors"]).options


# Every kind of break


@pytest.mark.parametrize(
    ("broken", "variable", "refused", "kept"),
    [
        ("values/quality", "values", "quality", "efficiency"),
        ("factors.economy", "factors.economy", "promoted_high", ""),
        ("factors", "factors.economy", "promoted_high", ""),
        ("factors.economy", "factors_promoted", "economy", "employees"),  # counted from the item
        ("evaluation", "evaluated", "yes", ""),
        ("evaluated", "evaluated", "yes", ""),
        ("reuse/copy", "reuse", "first", ""),  # of one question the answers compete
    ],
)
def test_a_break_reaches_the_variable_its_items_and_what_is_counted_from_them(
    broken: str, variable: str, refused: str, kept: str, waves: tuple[Wave, Wave]
) -> None:
    earlier, later = waves
    name, _, option = broken.partition("/")
    declared = Break((name,), (option,) if option else (), {"en": "Reworded"}, later.id)
    changed = replace(later, breaks=(declared,))
    options = [each for each in (refused, kept) if each]
    whole = comparison(variable, earlier, replace(later, breaks=()), options=options)
    assert list(whole.options) == options
    found = comparison(variable, earlier, changed, options=options)
    assert (dict(found.refused), list(found.options)) == ({refused: declared}, options[1:])
    assert breaks_along([(variable, refused)], (earlier, changed)) == (declared,)


@pytest.mark.parametrize("untouched", ["factors.employees", "evaluation", "values"])
def test_a_break_of_one_item_leaves_other_items_and_questions_alone(
    untouched: str, waves: tuple[Wave, Wave]
) -> None:
    earlier, later = waves
    changed = replace(later, breaks=(Break(("factors.economy",), (), {"en": "Reworded"}, later.id),))
    (option, *_) = later.options(untouched)
    assert comparison(untouched, earlier, changed, options=[option]).options == (option,)


def test_a_changed_base_breaks_all_that_is_asked_of_it_though_nobody_declared_it(
    editions: Mapping[str, Wave],
) -> None:
    earlier, later = editions[THIRD], editions[FOURTH]
    assert comparison("channels", earlier, later, options=("network",)).options == ("network",)
    # Those who reuse are the base of the channels; without copies fewer of them are asked.
    fewer = {**earlier.offered, "reuse": ("first", "adapted", "dont_know")}
    before = replace(earlier, offered=fewer, _cache={})
    found = comparison("channels", before, later, options=("network",))
    assert list(found.refused) == ["network"]
    assert found.refused["network"].wave == later.id
    assert comparison("channels", before, later, options=("network",), wanted=["channels"]).options


def test_a_break_stays_one_for_waves_further_apart_and_not_for_those_after_it(
    editions: Mapping[str, Wave],
) -> None:
    newest = editions[FOURTH]
    for name, refused in ((FIRST, True), (SECOND, True), (THIRD, False)):
        found = comparison("external_collaboration", editions[name], newest, options=("yes",))
        assert bool(found.refused) is refused


# The breaks that the barometer is known to have: a variable, one of its answers, and the first wave after it.
# Empty: no figure of the report is kept apart, for the reason that stands beside it.
KNOWN = {
    "Headline organisation figure": [
        ("latest_types", "process", THIRD),
        ("process_in_latest", "yes", THIRD),
        ("number_of_types", "one", THIRD),
        ("several_types", "yes", THIRD),
    ],
    '"External" collaboration': [
        ("external_collaboration", "yes", THIRD),
        ("any_collaboration", "yes", THIRD),
        ("collaboration_kind", "external", THIRD),
    ],
    "Foreign role": [("positive_role", "foreign", THIRD), ("positive_role", "foundations", THIRD)],
    "Economy": [("positive_role", "economy", SECOND)],
    "Politicians": [("politicians_or_legislation", "yes", THIRD)],
    "Technology": [("positive_role", "technology", THIRD)],
    "Funding": [("funding_outside", "outside_workplace", FOURTH), ("funding_outside", "external", FOURTH)],
    "Value": [("values", "political_goals", THIRD)],
    "Evaluation": [],  # the corrected figure is the one that is held against the estimates
    "Period length / label": [],  # the question asks about two years in every edition
    "New blocks": [],  # not asked before, see below
    "Strategy survey": [],  # another survey
    "Comparability statement": [],  # about the series as a whole
}


@pytest.mark.parametrize("topic", KNOWN)
def test_every_known_break_is_declared_and_refuses_the_comparison(
    topic: str, editions: Mapping[str, Wave]
) -> None:
    names = list(editions)
    for variable, option, wave in KNOWN[topic]:
        earlier, later = editions[names[names.index(wave) - 1]], editions[wave]
        found = comparison(variable, earlier, later, options=(option,))
        assert not found.options
        assert found.refused[option].wave == wave
        assert all(found.refused[option].reason.values())


@pytest.mark.skipif(
    not METHODOLOGY.is_file(), reason="the notes on the methodology are not beside the project"
)
def test_the_known_breaks_are_all_those_of_the_notes_on_the_methodology() -> None:
    section = METHODOLOGY.read_text(encoding="utf-8").partition("## 8. ")[2].partition("\n## ")[0]
    topics = re.findall(r"^\| (.+?) \|", section, flags=re.MULTILINE)
    assert set(topics) - {"topic"} == set(KNOWN)


@pytest.mark.parametrize("variable", ["technology", "core_task", "practice", "funding"])
def test_what_the_third_edition_added_was_not_asked_before_and_the_reason_stands_there(
    variable: str, editions: Mapping[str, Wave]
) -> None:
    for name in (FIRST, SECOND):
        assert not editions[name].asks(variable)
        assert editions[name].not_asked[variable]["en"]
    assert editions[THIRD].asks(variable)
