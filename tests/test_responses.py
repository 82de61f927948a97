"""Who was asked, what was ticked, and how composites are counted in three-valued logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.errors import ReportError
from barometer.instrument import Instrument, load_instrument
from barometer.responses import Responses, all_of, any_of

NAN = np.nan
TRUTHS = (1.0, 0.0, NAN)

QUESTIONNAIRE = """
title: {en: Survey}
unit: {en: workplaces}
languages: [en]
scales:
  yes_no: [{id: yes, en: "Yes"}, {id: no, en: "No"}]
  dont_know: [{id: dont_know, en: Don't know}]
  partners:
    - {id: own, en: Own}
    - {id: state, en: State, offered: {not: {sector: [state]}}}
    - {id: firms, en: Firms}
bases:
  all: {label: {en: workplaces}}
  innovative: {label: {en: innovative workplaces}, when: {innovative: [yes]}}
  partnered: {label: {en: partnered}, when: {partnered: [yes]}}
register:
  sector: {label: {en: Sector}, top: {en: sector}, options: [{id: state, en: State}, {id: local, en: Local}]}
questions:
  introduced: {number: Q1, kind: grid, select: one, base: all, label: {en: a}, wording: {en: a}, top: {en: a},
    items: [{id: product, en: Product}, {id: process, en: Process}], options: [yes_no, dont_know]}
  reuse: {number: Q2, kind: single, base: innovative, label: {en: a}, wording: {en: a}, top: {en: a},
    options: [{id: first, en: First}, {id: copy, en: Copy}, {id: dont_know, en: Don't know}]}
  partners: {number: Q3, kind: multiple, base: innovative, label: {en: a}, wording: {en: a}, top: {en: a},
    options: [partners, {id: none, en: None}]}
  phases: {number: Q3b, kind: grid, select: many, base: partnered, label: {en: a}, wording: {en: a},
    top: {en: a}, items: partners, offered_when_ticked: partners,
    options: [{id: idea, en: Idea}, {id: test, en: Test}]}
composites:
  innovative: {kind: flag, base: all, label: {en: a}, definition: {en: a}, predicate: {en: a},
    when: {"introduced.*": [yes]}, options: [yes_no]}
  partnered: {kind: flag, base: innovative, label: {en: a}, definition: {en: a},
    predicate: {en: a}, when: {partners: [own, state, firms]}, options: [yes_no]}
"""
ANSWERS = {
    "sector": ["state", "local", "local", "local", "state"],
    "introduced.product": ["yes", "no", None, "no", "yes"],
    "introduced.process": ["no", "no", "no", "yes", "dont_know"],
    "reuse": ["copy", None, None, "dont_know", None],
    "partners/own": [1.0, NAN, NAN, 0.0, NAN],
    "partners/state": [NAN, NAN, NAN, 1.0, NAN],
    "partners/firms": [1.0, NAN, NAN, 1.0, NAN],
    "partners/none": [0.0, NAN, NAN, 0.0, NAN],
    "phases.own/idea": [1.0, NAN, NAN, NAN, NAN],
    "phases.own/test": [0.0, NAN, NAN, NAN, NAN],
    "phases.firms/idea": [0.0, NAN, NAN, 1.0, NAN],
    "phases.firms/test": [1.0, NAN, NAN, 1.0, NAN],
}
OFFERED: Mapping[str, tuple[str, ...]] = {
    "sector": ("state", "local"),
    "introduced.product": ("yes", "no", "dont_know"),
    "introduced.process": ("yes", "no", "dont_know"),
    "reuse": ("first", "copy", "dont_know"),
    "partners": ("own", "state", "firms", "none"),
    "phases.own": ("idea", "test"),
    "phases.firms": ("idea", "test"),
}


@pytest.fixture
def instrument(tmp_path: Path) -> Instrument:
    return questionnaire(tmp_path, "")


def questionnaire(folder: Path, composites: str) -> Instrument:
    text = QUESTIONNAIRE + composites
    shared = "label: {en: a}, definition: {en: a}"
    (folder / "instrument.yaml").write_text(text.replace("<shared>", shared), encoding="utf-8")
    return load_instrument(folder / "instrument.yaml")


def responses(instrument: Instrument, offered: Mapping[str, tuple[str, ...]] = OFFERED) -> Responses:
    return Responses(instrument=instrument, frame=pd.DataFrame(ANSWERS), offered=offered)


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_any_is_true_with_one_true_part_and_unknown_only_when_it_could_still_become_true(
    left: float, right: float
) -> None:
    expected = 1.0 if 1.0 in (left, right) else NAN if NAN in (left, right) else 0.0
    np.testing.assert_equal(any_of([np.array([left]), np.array([right])]), [expected])


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_all_is_false_with_one_false_part_and_unknown_only_when_it_could_still_become_false(
    left: float, right: float
) -> None:
    expected = 0.0 if 0.0 in (left, right) else NAN if NAN in (left, right) else 1.0
    np.testing.assert_equal(all_of([np.array([left]), np.array([right])]), [expected])


def test_a_composite_is_unknown_where_an_empty_part_could_decide_it(instrument: Instrument) -> None:
    values = responses(instrument).indicators("innovative").values[:, 0]
    np.testing.assert_equal(values, [1.0, 0.0, NAN, 1.0, 1.0])


def test_a_base_holds_only_those_for_whom_its_condition_is_known_to_hold(instrument: Instrument) -> None:
    np.testing.assert_array_equal(responses(instrument).asked("reuse"), [True, False, False, True, True])


def test_outside_the_base_is_empty_and_not_zero(instrument: Instrument) -> None:
    found = responses(instrument).indicators("reuse")
    assert found.options == ("first", "copy", "dont_know")
    np.testing.assert_equal(found.values[:, 1], [1.0, NAN, NAN, 0.0, NAN])


def test_asked_but_empty_is_counted_as_no_answer(instrument: Instrument) -> None:
    found = responses(instrument)
    assert (found.no_answer("reuse"), found.no_answer("partners"), found.no_answer("sector")) == (1, 1, 0)


def test_an_option_that_was_not_offered_is_empty_and_counts_as_not_ticked_in_recipes(
    instrument: Instrument,
) -> None:
    found = responses(instrument)
    partners = found.indicators("partners")
    np.testing.assert_equal(partners.values[:, partners.options.index("state")], [NAN, NAN, NAN, 1.0, NAN])
    np.testing.assert_equal(found.indicators("partnered").values[:, 0], [1.0, NAN, NAN, 1.0, NAN])


def test_an_item_is_asked_of_those_who_ticked_it(instrument: Instrument) -> None:
    found = responses(instrument)
    np.testing.assert_array_equal(found.asked("phases.own"), [True, False, False, False, False])
    np.testing.assert_array_equal(found.asked("phases.firms"), [True, False, False, True, False])


def test_a_recipe_over_items_takes_an_item_that_was_not_asked_as_not_ticked(tmp_path: Path) -> None:
    composites = """
  tested: {kind: flag, base: partnered, <shared>, predicate: {en: a}, options: [yes_no], parts: available,
    when: {"phases.*": [test]}}
"""
    found = responses(questionnaire(tmp_path, composites))
    np.testing.assert_equal(found.indicators("tested").values[:, 0], [1.0, NAN, NAN, 1.0, NAN])


def test_what_the_survey_did_not_ask_makes_a_composite_not_asked_unless_the_rest_is_enough(
    tmp_path: Path,
) -> None:
    composites = """
  strict: {kind: flag, base: all, <shared>, predicate: {en: a}, options: [yes_no],
    when: {any: [{reuse: [copy]}, {partners: [firms]}]}}
  lenient: {kind: flag, base: all, <shared>, predicate: {en: a}, options: [yes_no], parts: available,
    when: {any: [{reuse: [copy]}, {partners: [firms]}]}}
"""
    offered = {name: options for name, options in OFFERED.items() if name != "reuse"}
    found = responses(questionnaire(tmp_path, composites), offered)
    assert not found.asks("strict")
    assert found.asks("lenient")
    np.testing.assert_equal(found.indicators("lenient").values[:, 0], [1.0, 0.0, 0.0, 1.0, NAN])


def test_the_first_option_of_a_single_composite_that_holds_counts(tmp_path: Path) -> None:
    composites = """
  many: {kind: single, base: innovative, <shared>, top: {en: a}, options: [
    {id: two, en: Two, when: {partners: {at_least: 2}}},
    {id: some, en: Some, when: {partners: {at_least: 1}}},
    {id: nobody, en: Nobody, when: {partners: {at_most: 0}}}]}
"""
    found = responses(questionnaire(tmp_path, composites)).indicators("many")
    np.testing.assert_equal(found.values[0], [1.0, 0.0, 0.0])
    np.testing.assert_equal(found.values[4], [NAN, NAN, NAN])
    np.testing.assert_array_equal(np.nansum(found.values, axis=1), [1, 0, 0, 1, 0])


def test_groups_of_a_single_question_are_disjoint_and_leave_out_dont_know(instrument: Instrument) -> None:
    groups = responses(instrument).groups("reuse")
    assert groups.levels == ("first", "copy")
    np.testing.assert_array_equal(groups.member.sum(axis=1), [1, 0, 0, 0, 0])


def test_groups_of_a_multiple_question_may_overlap(instrument: Instrument) -> None:
    assert responses(instrument).groups("partners").member.sum(axis=1).max() == 2


def test_groups_of_a_flag_are_yes_and_no_without_the_unknown(instrument: Instrument) -> None:
    groups = responses(instrument).groups("innovative")
    assert groups.levels == ("yes", "no")
    np.testing.assert_array_equal(groups.member.sum(axis=1), [1, 1, 0, 1, 1])


def test_dont_know_leaves_the_base_only_when_the_questionnaire_says_so(instrument: Instrument) -> None:
    found = responses(replace(instrument, dont_know_in_base=False)).indicators("reuse")
    assert found.options == ("first", "copy")
    np.testing.assert_equal(found.values[3], [NAN, NAN])


def test_why_something_is_not_asked_is_told_apart(instrument: Instrument) -> None:
    found = responses(instrument, {"sector": ("state", "local")})
    assert not found.asks("reuse")
    assert (found.why_not("reuse"), found.why_not("weather")) == ("not_in_wave", "not_in_survey")


def test_a_variable_rests_on_its_options_and_on_those_behind_its_base(instrument: Instrument) -> None:
    found = responses(instrument)
    base = {
        (f"introduced.{item}", option) for item in ("product", "process") for option in OFFERED["reuse"][2:]
    }
    base |= {(f"introduced.{item}", option) for item in ("product", "process") for option in ("yes", "no")}
    assert found.rests_on("partners", "firms") == {("partners", "firms"), *base}
    assert found.rests_on("reuse") == {("reuse", option) for option in OFFERED["reuse"]} | base


def test_an_unknown_variable_is_an_error_that_names_the_nearest(instrument: Instrument) -> None:
    with pytest.raises(ReportError, match="partners"):
        responses(instrument).indicators("partner")
