"""What a figure is made of: estimates, then disclosure control, then tests and breaks about what is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from barometer.assembly import Assembly
from barometer.compare import adjust, contrasts, wave_differences
from barometer.exhibit import Exhibit
from barometer.formats import Words
from barometer.instrument import load_instrument
from barometer.params import Params, Significance, load_params
from barometer.rules import PRESETS
from barometer.waves import Wave, list_waves, load_wave
from tests.made_survey import write_survey

Make = Callable[..., Assembly]
PLAIN = replace(PRESETS["open"], minimum_base=1, uncertain_base=1, uncertain_halfwidth=0.5)


@pytest.fixture(scope="module")
def params(tmp_path_factory: pytest.TempPathFactory) -> Params:
    return load_params(write_survey(tmp_path_factory.mktemp("survey") / "project"))


@pytest.fixture(scope="module")
def waves(params: Params) -> tuple[Wave, ...]:
    instrument = load_instrument(params.instrument)
    names = list_waves(params.waves)
    return tuple(load_wave(name, folder=params.waves, instrument=instrument) for name in names)


@pytest.fixture
def assembly(params: Params, waves: tuple[Wave, ...]) -> Make:
    """Make an assembly of the made-up survey with some decisions changed."""

    def make(*, reference: str = "2003", segment: str = "", **decisions: Any) -> Assembly:
        changed = replace(params, **decisions)
        return Assembly(waves, changed, Words("en"), reference=reference, segment=segment)

    return make


def shown(made: Assembly, *variables: str, kind: str = "bars", **wanted: Any) -> Exhibit:
    return made.exhibit(made.estimates(variables, over_time=kind == "trend", **wanted), kind=kind)


def compared(frame: pd.DataFrame | None) -> set[tuple[str, ...]]:
    """Return what a frame of differences is about."""
    assert frame is not None
    return set(frame[["question", "option", "level", "reference"]].itertuples(index=False, name=None))


def test_estimates_are_of_the_newest_wave_or_of_all_of_them(assembly: Make) -> None:
    assert set(assembly().estimates(["reuse"])["wave"]) == {"2005"}
    assert assembly().estimates(["reused"], over_time=True)["wave"].to_list() == ["2001", "2003", "2005"]


def test_answers_come_in_the_order_they_are_named(assembly: Make) -> None:
    found = assembly().estimates(["reuse"], options=["copy", "first"])
    assert found["option"].to_list() == ["copy", "first"]


def test_an_answer_the_questionnaire_lacks_was_not_asked_and_the_others_are_there(assembly: Make) -> None:
    found = assembly().estimates(["reuse"], options=["martian", "copy"]).set_index("verdict")
    assert found.loc["shown", "option"] == "copy"
    assert found.loc["not_asked", "reason"] == "not_in_survey"


def test_a_plain_figure_has_no_tests(assembly: Make) -> None:
    exhibit = shown(assembly(), "reuse")
    assert exhibit.tests is exhibit.differences is None
    assert exhibit.breaks == ()


def test_an_exhibit_states_the_decisions_it_was_made_with(assembly: Make) -> None:
    decisions = {
        "confidence": 0.9,
        "test": Significance(alpha=0.01, adjustment="none"),
        "disclosure": replace(PRESETS["open"], minimum_base=7),
    }
    exhibit = shown(assembly(segment="State", **decisions), "reuse")
    assert (exhibit.confidence, exhibit.alpha, exhibit.adjustment) == (0.9, 0.01, "none")
    assert (exhibit.minimum_base, exhibit.segment) == (7, "State")
    assert [wave.id for wave in exhibit.waves] == ["2005"]


def test_p_values_are_adjusted_over_all_that_one_figure_shows(
    assembly: Make, waves: tuple[Wave, ...]
) -> None:
    made = assembly(disclosure=PLAIN)
    one = shown(made, "partners", by="sector", kind="groups").differences
    both = shown(made, "partners", "reused", by="sector", kind="groups").differences
    assert one is not None
    assert both is not None
    parts = [contrasts(waves[-1], name, by="sector") for name in ("partners", "reused")]
    together = adjust(pd.concat(parts, ignore_index=True), adjustment="holm")
    assert both["p_adjusted"].to_list() == pytest.approx(together["p_adjusted"].to_list())
    smallest = both["p"].idxmin()
    assert both.loc[smallest, "p_adjusted"] == pytest.approx(both.loc[smallest, "p"] * len(both))
    assert len(both) > len(one)


def test_the_family_shrinks_with_the_answers_that_are_shown(assembly: Make) -> None:
    made = assembly(disclosure=PLAIN)
    few = shown(made, "partners", by="sector", options=["citizens"], kind="groups")
    many = shown(made, "partners", by="sector", kind="groups")
    assert few.differences is not None
    assert many.differences is not None
    assert set(few.differences["option"]) == {"citizens"}
    assert len(few.differences) == 3
    assert len(many.differences) == 12


def test_without_adjustment_p_values_stay_as_they_are(assembly: Make) -> None:
    made = assembly(test=Significance(adjustment="none"))
    exhibit = shown(made, "reuse", by="sector", kind="groups")
    for results in (exhibit.tests, exhibit.differences):
        assert results is not None
        assert len(results)
        assert results["p_adjusted"].to_list() == results["p"].to_list()


def test_dont_know_is_shown_but_not_tested(assembly: Make) -> None:
    exhibit = shown(assembly(disclosure=PLAIN), "reuse", by="sector", kind="groups")
    assert "dont_know" in set(exhibit.estimates["option"])
    assert exhibit.differences is not None
    assert set(exhibit.differences["option"]) == {"first", "adapted", "copy"}


def test_a_hidden_group_has_no_estimate_and_no_difference(assembly: Make) -> None:
    exhibit = shown(assembly(), "reuse", "partners", by="sector", kind="groups")
    hidden = exhibit.estimates[exhibit.estimates["level"] == "regional"]
    assert set(hidden["verdict"]) == {"hidden"}
    assert hidden["estimate"].isna().all()
    assert exhibit.differences is not None
    assert set(exhibit.differences["level"]) == {"state", "municipal"}
    assert "regional" in set(shown(assembly(disclosure=PLAIN), "reuse", by="sector").differences["level"])


def test_answers_that_are_hidden_in_every_group_have_no_test(assembly: Make) -> None:
    exhibit = shown(
        assembly(disclosure=replace(PRESETS["open"], minimum_base=500)),
        "partners",
        by="sector",
        kind="groups",
    )
    assert set(exhibit.estimates["verdict"]) == {"hidden"}
    assert exhibit.tests is not None
    assert exhibit.tests.empty
    assert exhibit.differences is not None
    assert exhibit.differences.empty


def test_a_group_with_nobody_to_compare_with_has_no_test(params: Params, waves: tuple[Wave, ...]) -> None:
    part = Assembly((waves[-1].restrict("sector", "state"),), params, Words("en"))
    exhibit = shown(part, "reuse", "partners", by="sector", kind="groups")
    assert (exhibit.estimates["verdict"] != "hidden").any()
    for results in (exhibit.tests, exhibit.differences):
        assert results is not None
        assert results.empty


def test_a_trend_is_held_against_the_reference_wave_only(assembly: Make, waves: tuple[Wave, ...]) -> None:
    exhibit = shown(assembly(reference="2001"), "reused", kind="trend")
    assert compared(exhibit.differences) == {("reused", "yes", "2005", "2001")}
    plain = wave_differences(waves[0], waves[-1], "reused")
    assert exhibit.differences is not None
    assert exhibit.differences["difference"].to_list() == plain["difference"].to_list()


def test_without_a_reference_wave_nothing_is_held_against_anything(assembly: Make) -> None:
    exhibit = shown(assembly(reference=""), "reused", kind="trend")
    assert exhibit.differences is None
    assert len(exhibit.waves) == 3


def test_a_wave_whose_answers_are_hidden_is_not_held_against_another(
    params: Params, waves: tuple[Wave, ...]
) -> None:
    # 74 answered in the earlier wave, 79 in the later one.
    for minimum, told in ((74, {"yes", "no"}), (75, set())):
        changed = replace(params, disclosure=replace(PLAIN, minimum_base=minimum))
        made = Assembly(waves[:2], changed, Words("en"), reference="2001")
        exhibit = shown(made, "spread", kind="trend")
        assert {option for _, option, *_ in compared(exhibit.differences)} == told
        assert set(exhibit.estimates.query("wave == '2003'")["verdict"]) == {"shown"}


@pytest.mark.parametrize("reference", ["2001", "2003"])
def test_across_a_break_there_is_no_difference_but_the_break_and_its_reason(
    assembly: Make, reference: str
) -> None:
    exhibit = shown(assembly(reference=reference), "spread", kind="trend")
    assert exhibit.differences is None
    (found,) = exhibit.breaks
    assert (found.wave, found.reason["en"]) == ("2005", "The question is new")


@pytest.mark.parametrize("wanted", [("spread",), ("spread/yes", "spread/no")])
def test_a_comparison_over_a_break_is_made_when_it_is_wanted_and_the_break_stays(
    assembly: Make, waves: tuple[Wave, ...], wanted: tuple[str, ...]
) -> None:
    exhibit = shown(assembly(over_breaks=wanted), "spread", kind="trend")
    assert compared(exhibit.differences) == {("spread", option, "2005", "2003") for option in ("yes", "no")}
    assert exhibit.differences is not None
    plain = wave_differences(waves[1], waves[2], "spread")
    assert exhibit.differences["p_adjusted"].to_list() == plain["p_adjusted"].to_list()
    assert [each.wave for each in exhibit.breaks] == ["2005"]
    (made,) = exhibit.comparisons
    assert (set(made.crossed), set(made.refused)) == ({"yes", "no"}, set())


def test_a_comparison_over_a_break_is_refused_for_what_is_not_named(assembly: Make) -> None:
    exhibit = shown(assembly(over_breaks=("partners/foreign",)), "partners", "spread", kind="trend")
    assert {question for question, *_ in compared(exhibit.differences)} == {"partners"}
    assert "foreign" in {option for _, option, *_ in compared(exhibit.differences)}


def test_a_break_of_one_answer_leaves_the_others_comparable(assembly: Make) -> None:
    exhibit = shown(assembly(), "partners", kind="trend")
    assert {option for _, option, *_ in compared(exhibit.differences)} == {"citizens", "companies", "none"}
    assert [each.options for each in exhibit.breaks] == [("foreign",)]


def test_a_variable_without_a_break_is_compared_beside_one_with_a_break(assembly: Make) -> None:
    exhibit = shown(assembly(), "reused", "spread", kind="trend")
    assert compared(exhibit.differences) == {("reused", "yes", "2005", "2003")}
    assert [each.variables for each in exhibit.breaks] == [("spread",)]


def test_a_break_before_the_reference_wave_does_not_matter(params: Params, waves: tuple[Wave, ...]) -> None:
    earlier = Assembly(waves[:2], params, Words("en"), reference="2001")
    exhibit = shown(earlier, "spread", kind="trend")
    assert exhibit.breaks == ()
    assert compared(exhibit.differences) == {("spread", option, "2003", "2001") for option in ("yes", "no")}


def test_what_one_of_the_waves_did_not_ask_is_not_compared(assembly: Make) -> None:
    for variable in ("contacts", "core_task"):
        exhibit = shown(assembly(), variable, kind="trend")
        assert exhibit.differences is None or exhibit.differences.empty
        assert "not_asked" in set(exhibit.estimates["verdict"])
