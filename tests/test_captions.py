"""Titles, captions and alternatives say what the estimates say, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from barometer.captions import LONGEST_ALT, about, alt, caption
from barometer.comparability import Comparison
from barometer.titles import card, finding, subtitle, title
from barometer.waves import Break

HIDDEN = {"verdict": "hidden", "reason": "small_base"}
Make = Callable[..., Any]
SECTORS = ("state", "regional", "municipal")
WAVES = ("old", "middle", "new")


def test_the_largest_answer_is_the_title_and_a_new_largest_changes_it(exhibit: Make, share: Make) -> None:
    rows = [share("latest_types", "process", 0.81), share("latest_types", "service", 0.4)]
    assert title(exhibit(rows)) == "The most common type is process or organisational innovation (81%)"
    rows[1] = share("latest_types", "service", 0.9)
    assert (
        title(exhibit(rows, language="da"))
        == "Den hyppigste type er serviceinnovation (90\N{NO-BREAK SPACE}%)"
    )


def test_answers_whose_intervals_meet_share_the_title(exhibit: Make, share: Make) -> None:
    rows = [share("latest_types", "process", 0.61), share("latest_types", "service", 0.6)]
    assert title(exhibit(rows)).endswith("(61%) and service innovation (60%) are at the top")


def test_dont_know_and_hidden_answers_never_enter_a_title(exhibit: Make, share: Make) -> None:
    rows = [
        share("reuse", "first", 0.2),
        share("reuse", "dont_know", 0.7),
        share("reuse", "adapted", 0.9, verdict="hidden", reason="small_base", n=4),
        share("reuse", "copy", 0.9, n=0, verdict="not_asked", reason="not_in_wave"),
    ]
    assert title(exhibit(rows)) == "First of its kind: 20% of innovative workplaces"
    assert title(exhibit(rows[1:])) == "Degree of reuse: nothing can be shown"


def test_a_flag_is_a_share_with_its_predicate(exhibit: Make, share: Make) -> None:
    assert (
        title(exhibit([share("reused", "yes", 0.74)]))
        == "74% of innovative workplaces reused a solution of others"
    )


def _by_sector(share: Make, question: str, option: str, shares: tuple[float, ...], **given: Any) -> list[Any]:
    pairs = zip(SECTORS, shares, strict=True)
    return [share(question, option, each, by="sector", level=level, **given) for level, each in pairs]


def test_groups_are_titled_by_the_clearest_difference(exhibit: Make, share: Make, compared: Make) -> None:
    rows = _by_sector(share, "reused", "yes", (0.66, 0.75, 0.77))
    differences = compared(
        ("reused", "yes", "sector", "state", "others", -0.10, 0.01),
        ("reused", "yes", "sector", "municipal", "others", 0.07, 0.03),
    )
    text = title(exhibit(rows, "groups", differences=differences))
    assert text == "State: 66% reused a solution of others, 10 percentage points below the others"


def test_groups_that_do_not_differ_are_titled_so(
    exhibit: Make, share: Make, compared: Make, tested: Make
) -> None:
    rows = _by_sector(share, "reused", "yes", (0.66, 0.75, 0.77))
    differences = compared(("reused", "yes", "sector", "state", "others", -0.10, 0.06))
    same = "Reuse of a solution of others: no clear difference by sector"
    assert title(exhibit(rows, "groups", differences=differences)) == same
    # An overall test that finds nothing overrules a single comparison.
    single = differences.assign(p_adjusted=0.01)
    tests = tested(("reused", "", "sector", 0.2))
    assert title(exhibit(rows, "groups", differences=single, tests=tests)) == same
    assert not any(
        "Statistically significant differences" in each
        for each in caption(exhibit(rows, "groups", differences=single, tests=tests))
    )


def test_alpha_decides_what_is_called_a_difference(exhibit: Make, share: Make, compared: Make) -> None:
    rows = _by_sector(share, "reused", "yes", (0.66, 0.75, 0.77))
    differences = compared(("reused", "yes", "sector", "state", "others", -0.10, 0.03))
    assert "no clear" not in title(exhibit(rows, "groups", differences=differences))
    assert "no clear" in title(exhibit(rows, "groups", differences=differences, alpha=0.01))


def test_a_difference_with_a_hidden_group_is_not_told(exhibit: Make, share: Make, compared: Make) -> None:
    rows = _by_sector(share, "reused", "yes", (0.66, 0.75, 0.77))
    rows[0] = share(
        "reused", "yes", 0.1, by="sector", level="state", verdict="hidden", reason="small_base", n=5
    )
    differences = compared(("reused", "yes", "sector", "state", "others", -0.60, 0.001))
    shown = exhibit(rows, "groups", differences=differences)
    assert "60" not in title(shown)
    assert not any("60 percentage points" in sentence for sentence in caption(shown))


def test_two_groups_are_held_against_each_other(exhibit: Make, share: Make, compared: Make) -> None:
    pairs = (("yes", 0.84), ("no", 0.58))
    rows = [
        share("culture_agree", "room_for_ideas", each, by="innovative", level=level) for level, each in pairs
    ]
    differences = compared(("culture_agree", "room_for_ideas", "innovative", "yes", "no", 0.26, 0.001))
    text = title(exhibit(rows, "groups", differences=differences))
    assert text.endswith("room to try out ideas – 84% (Innovative) against 58% (Not innovative)")


def _over_waves(share: Make, shares: tuple[float, ...]) -> list[Any]:
    return [share("evaluated", "yes", each, wave=wave) for wave, each in zip(WAVES, shares, strict=True)]


def test_a_trend_is_titled_by_its_latest_change(exhibit: Make, share: Make, compared: Make) -> None:
    rows = _over_waves(share, (0.5, 0.45, 0.38))
    fall = compared(("evaluated", "yes", "wave", "new", "middle", -0.07, 0.001))
    assert title(exhibit(rows, "trend", waves=WAVES, differences=fall)) == (
        "Evaluated innovation: down from 45% to 38% since middle"
    )
    unclear = fall.assign(p_adjusted=0.3)
    assert "no clear change since middle (38% against 45%)" in title(
        exhibit(rows, "trend", waves=WAVES, differences=unclear)
    )


def test_a_trend_that_breaks_at_the_newest_wave_is_not_compared(exhibit: Make, share: Make) -> None:
    stop = SimpleNamespace(
        variables=("evaluated",), options=(), reason={"en": "New wording.", "da": "Ny."}, wave="new"
    )
    shown = exhibit(_over_waves(share, (0.5, 0.45, 0.38)), "trend", waves=WAVES, breaks=(stop,))
    assert title(shown) == "Evaluated innovation: can't be compared with earlier waves"
    assert "† Break in new: New wording." in caption(shown)


def test_what_can_not_be_told_apart_from_chance_is_said_to_be_so(
    exhibit: Make, share: Make, compared: Make, tested: Make
) -> None:
    rows = _by_sector(share, "reused", "yes", (0.7, 0.71, 0.72))
    alike = tested(("reused", "yes", "sector", 0.8))
    assert "The groups can't be told apart: the overall difference" in " ".join(
        caption(exhibit(rows, "groups", tests=alike))
    )
    one = ("evaluated", "yes", "wave", "new", "middle", 0.01, 0.8)
    told = about(
        exhibit(_over_waves(share, (0.5, 0.45, 0.46)), "trend", waves=WAVES, differences=compared(one))
    )
    assert "The change can't be told apart from chance" in " ".join(told)
    rows = [
        share(*answer, wave=wave)
        for wave in WAVES
        for answer in (("reuse", "first", 0.2), ("reuse", "copy", 0.3))
    ]
    pair = compared(*(("reuse", each, "wave", "new", "middle", 0.01, 0.8) for each in ("first", "copy")))
    danish = about(exhibit(rows, "trend", waves=WAVES, differences=pair, language="da"))
    assert "Ingen ændring kan skelnes fra tilfældige udsving: ingen af 2 ændringer" in " ".join(danish)


def _compared_over(stop: Any, *, wanted: bool) -> Comparison:
    state = {"crossed": {"yes": stop}, "refused": {}} if wanted else {"crossed": {}, "refused": {"yes": stop}}
    return Comparison("evaluated", "middle", "new", ("yes",) if wanted else (), **state)


@pytest.mark.parametrize(
    ("language", "refused", "crossed"),
    [
        (
            "en",
            "† Break in new, so no change over it is given: New wording.",
            "This publication compares over the break all the same: evaluated innovation.",
        ),
        (
            "da",
            "† Brud i new, så ingen ændring angives hen over det: Ny ordlyd.",
            "Udgivelsen sammenligner alligevel hen over bruddet: evalueret innovation.",
        ),
    ],
)
def test_the_caption_says_that_a_comparison_is_refused_or_crosses_the_break(
    exhibit: Make, share: Make, language: str, refused: str, crossed: str
) -> None:
    reason = {"en": "New wording", "da": "Ny ordlyd"}
    stop = Break(("evaluated",), (), reason, "new")
    earlier = Break(("evaluated",), (), {"en": "First", "da": "Først"}, "middle")
    rows, given = _over_waves(share, (0.5, 0.45, 0.38)), {"waves": WAVES, "language": language}
    told = [
        caption(
            exhibit(
                rows,
                "trend",
                breaks=(earlier, stop),
                comparisons=(_compared_over(stop, wanted=wanted),),
                **given,
            )
        )[-3:]
        for wanted in (False, True)
    ]
    before = "† Break in middle: First." if language == "en" else "† Brud i middle: Først."
    plain = "† Break in new: New wording." if language == "en" else "† Brud i new: Ny ordlyd."
    assert told[0][1:] == [before, refused]
    assert told[1] == [before, plain, crossed]


def test_a_break_is_told_though_a_wave_that_did_not_ask_stands_before_it(exhibit: Make, share: Make) -> None:
    stop = Break(("evaluated",), (), {"en": "New wording"}, "new")
    compared_over = (_compared_over(stop, wanted=False),)
    shown = exhibit(_over_waves(share, (0.5, 0.45, 0.38)), "trend", waves=WAVES, comparisons=compared_over)
    assert "† Break in new, so no change over it is given: New wording." in caption(shown)
    assert title(shown) == "Evaluated innovation: can't be compared with earlier waves"


def test_a_change_over_a_break_is_called_so_in_the_title(exhibit: Make, share: Make, compared: Make) -> None:
    stop = Break(("evaluated",), (), {"en": "New wording"}, "new")
    fall = compared(("evaluated", "yes", "wave", "new", "middle", -0.07, 0.001))
    given = {"waves": WAVES, "breaks": (stop,), "differences": fall}
    made = _compared_over(stop, wanted=True)
    shown = exhibit(_over_waves(share, (0.5, 0.45, 0.38)), "trend", comparisons=(made,), **given)
    assert title(shown) == "Evaluated innovation: down from 45% to 38% since middle, over a break"


def test_a_break_before_the_reference_does_not_make_the_newest_wave_incomparable(
    exhibit: Make, share: Make
) -> None:
    earlier = Break(("evaluated",), (), {"en": "First"}, "middle")
    open_ = Comparison("evaluated", "middle", "new", ("yes",), {}, {})
    rows = _over_waves(share, (0.5, 0.45, 0.38))
    shown = exhibit(rows, "trend", waves=WAVES, breaks=(earlier,), comparisons=(open_,))
    assert title(shown) == "38% of innovative workplaces have evaluated their latest innovation"
    assert "† Break in middle: First." in caption(shown)


def test_a_scale_is_titled_by_its_strongest_sides(exhibit: Make, share: Make) -> None:
    rows = [
        share("factors.employees", "promoted_high", 0.6),
        share("factors.economy", "promoted_high", 0.1),
        share("factors_promoted", "employees", 0.9),
        share("factors_promoted", "economy", 0.2),
        share("factors_inhibited", "employees", 0.05),
        share("factors_inhibited", "economy", 0.41),
    ]
    text = title(exhibit(rows, "diverging"))
    assert "employees' contribution (90%)" in text
    assert "limited economic resources (41%)" in text


def test_the_caption_keeps_its_order_and_states_the_dont_know(exhibit: Make, share: Make) -> None:
    rows = [share("reuse", "first", 0.18), share("reuse", "adapted", 0.72), share("reuse", "dont_know", 0.1)]
    shown = exhibit(rows, synthetic=True, missing=3)
    starts = {
        caption: (
            "Base:",
            "n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}1,877",
            "3 in the base",
            "Don't know (10%)",
        ),
        about: (
            "The figure shows",
            "Question 7",
            "The figures are weighted",
            "The lines show 95% confidence",
            "Source: The test source.",
            "Synthetic data",
        ),
    }
    for part, expected in starts.items():
        sentences = part(shown)
        assert len(sentences) == len(expected)
        for sentence, start in zip(sentences, expected, strict=True):
            assert sentence.startswith(start)


def test_sentences_that_are_not_true_are_left_out(exhibit: Make, share: Make) -> None:
    rows = [share("reuse", "first", 0.3), share("reuse", "adapted", 0.7)]
    shown = exhibit(rows)
    text = " ".join([*caption(shown), *about(shown)])
    for absent in (
        "Don't know",
        "Synthetic",
        "left the question or a part of it empty",
        "rounding",
        "Hidden",
        "Uncertain",
        "significan",
    ):
        assert absent not in text


def test_rounding_is_mentioned_only_where_the_printed_shares_miss_a_hundred(
    exhibit: Make, share: Make
) -> None:
    rows = [share("reuse", "first", 0.334), share("reuse", "adapted", 0.333), share("reuse", "copy", 0.333)]
    assert any("rounding" in sentence for sentence in caption(exhibit(rows)))


def test_several_answers_and_their_limit_are_explained(exhibit: Make, share: Make) -> None:
    types = [share("latest_types", "process", 0.8), share("latest_types", "service", 0.4)]
    assert "Several answers could be chosen, so the shares sum to more than 100%." in caption(exhibit(types))
    started = [share("initiators", "employees", 0.57), share("initiators", "manager", 0.39)]
    assert any(sentence.startswith("Up to 3 answers") for sentence in caption(exhibit(started)))


def test_composites_say_how_they_are_counted(exhibit: Make, share: Make) -> None:
    sentences = about(exhibit([share("reused", "yes", 0.74)]))
    assert any(sentence.startswith("Reuse of a solution of others: ") for sentence in sentences)
    assert not any(sentence.startswith("Question") for sentence in sentences)


def test_what_is_hidden_and_uncertain_is_named_with_the_reason(exhibit: Make, share: Make) -> None:
    rows = [
        share("partners", "citizens", 0.2),
        share("partners", "foreign", 0.2, verdict="hidden", reason="small_base", n=8),
        share("partners", "foundations", 0.2, verdict="uncertain", reason="small_sample", n=44),
    ]
    sentences = caption(exhibit(rows, minimum_base=10))
    assert "Hidden: Foreign partners, because fewer than 10 answered." in sentences
    assert "Uncertain figures, marked with *: Foundations (few answers)." in sentences


def test_an_answer_that_a_group_was_not_offered_is_not_asked_rather_than_hidden(
    exhibit: Make, share: Make
) -> None:
    rows = _by_sector(share, "partners", "other_state", (0.1, 0.1, 0.1))
    rows[0] |= {"n": 0, "verdict": "hidden", "reason": "small_base", "estimate": float("nan")}
    shown = exhibit(rows, "groups")
    assert any(sentence.startswith("Not asked: State") for sentence in caption(shown))
    assert shown.rows.loc[0, "reason"] == "not_offered"


def test_the_named_test_the_level_and_the_adjustment_are_stated(
    exhibit: Make, share: Make, compared: Make, tested: Make
) -> None:
    rows = _by_sector(share, "reused", "yes", (0.66, 0.75, 0.77))
    differences = compared(("reused", "yes", "sector", "state", "others", -0.10, 0.01))
    shown = exhibit(rows, "groups", differences=differences, tests=tested(("reused", "", "sector", 0.008)))
    text = " ".join([*caption(shown), *about(shown)])
    assert "second-order Rao-Scott test, p = 0.008, significance level 0.05" in text
    assert "State against others (−10 percentage points, p = 0.01)" in text
    assert "adjusted for multiple comparisons by Holm's method" in text
    unadjusted = exhibit(rows, "groups", differences=differences, adjustment="none")
    assert "not adjusted for multiple comparisons" in " ".join(about(unadjusted))


def test_the_alternative_gives_kind_finding_values_and_where_the_rest_is(exhibit: Make, share: Make) -> None:
    rows = [share("latest_types", "process", 0.81), share("latest_types", "service", 0.4)]
    text = alt(exhibit(rows))
    assert text.startswith("Bar chart: The most common type is process or organisational innovation (81%). ")
    assert "Service innovation 40%." in text
    assert text.endswith("All figures are in the table below the chart.")


def test_subtitle_and_finding_carry_base_period_and_interval(exhibit: Make, share: Make) -> None:
    shown = exhibit([share("reused", "yes", 0.74)])
    assert subtitle(shown) == "Reuse of a solution of others. Per cent of innovative workplaces, new"
    assert finding(shown).endswith("95% confidence interval: 72–76%; n = 1,877.")


def test_a_card_has_the_value_its_words_and_the_interval(exhibit: Make, share: Make) -> None:
    words = card(exhibit([share("reused", "yes", 0.74)]))
    assert (words.value, words.text) == ("74%", "of innovative workplaces reused a solution of others")
    assert words.detail == "95% confidence interval 72–76%; n = 1,877; base: innovative workplaces"
    hidden = card(exhibit([share("reused", "yes", 0.74, verdict="hidden", reason="small_base", n=3)]))
    assert (hidden.value, hidden.detail) == ("–", "Too few answers to be shown")


@pytest.mark.parametrize("language", ["da", "en"])
def test_both_languages_caption_every_kind_of_figure(exhibit: Make, share: Make, language: str) -> None:
    groups = _by_sector(share, "reuse", "first", (0.1, 0.2, 0.3))
    for kind, rows in {
        "bars": [share("reuse", "first", 0.5)],
        "groups": groups,
        "trend": [share("reuse", "first", 0.5)],
        "diverging": [
            share("factors.employees", option, 0.2)
            for option in ("inhibited_high", "neither", "promoted_high")
        ],
    }.items():
        shown = exhibit(rows, kind, language=language)
        for text in (title(shown), subtitle(shown), alt(shown), *caption(shown), *about(shown)):
            assert "{" not in text
            assert "nan" not in text.split()


def test_a_segment_is_part_of_the_base(exhibit: Make, share: Make) -> None:
    shown = replace(exhibit([share("reused", "yes", 0.74)]), segment="Municipality")
    assert "74% of innovative workplaces (municipality)" in title(shown)


def test_a_hidden_group_has_no_number_of_answers_but_the_limit_it_is_below(
    exhibit: Make, share: Make
) -> None:
    rows = _by_sector(share, "reused", "yes", (0.66, 0.75, 0.77))
    rows[1] |= share("reused", "yes", 0, by="sector", level="regional", n=7, **HIDDEN)
    sentences = caption(exhibit(rows, "groups", minimum_base=10))
    assert "n: State 1,877, Region fewer than 10 and Municipality 1,877." in sentences
    alone = caption(exhibit([share("reused", "yes", 0, n=7, **HIDDEN)]))
    assert not [sentence for sentence in alone if sentence.startswith("n") or "7" in sentence]


def test_a_wave_that_did_not_ask_has_no_number_of_answers(exhibit: Make, share: Make) -> None:
    rows = _over_waves(share, (0.5, 0.45, 0.38))
    rows[0] |= share("evaluated", "", 0, wave=WAVES[0], n=0, verdict="not_asked", reason="not_in_wave")
    (sizes,) = [each for each in caption(exhibit(rows, "trend", waves=WAVES)) if each.startswith("n:")]
    assert WAVES[0] not in sizes


def test_the_alternative_is_never_long_and_keeps_where_the_numbers_are(
    exhibit: Make, share: Make, barometer_instrument: Any
) -> None:
    options = [option.id for option in barometer_instrument.variable("initiators").options]
    levels = [option.id for option in barometer_instrument.variable("industry").options]
    rows = [
        share("initiators", option, 0.3, by="industry", level=level) for option in options for level in levels
    ]
    for language in ("da", "en"):
        text = alt(exhibit(rows, "groups", language=language))
        assert 150 < len(text) <= LONGEST_ALT
        assert text.count(";") >= 1
        assert text.endswith({"da": "tabellen under figuren.", "en": "table below the chart."}[language])


def test_groups_that_overlap_and_items_put_to_some_are_explained(exhibit: Make, share: Make) -> None:
    types = [share("reused", "yes", 0.6, by="latest_types", level=level) for level in ("process", "service")]
    assert any("groups overlap" in sentence for sentence in caption(exhibit(types, "groups")))
    phases = [share(f"phases.{item}", "development", 0.6) for item in ("citizens", "companies")]
    shown = exhibit(phases)
    assert any("only to those it concerns" in sentence for sentence in caption(shown))
    assert subtitle(shown).startswith("Phases of collaboration: development or adaptation. Per cent")
    for text in ("overlap", "concerns"):
        assert text not in " ".join(caption(exhibit([share("reused", "yes", 0.6)])))


def test_what_the_title_names_is_not_named_again_below_it(
    exhibit: Make, share: Make, compared: Make, tested: Make
) -> None:
    rows = _by_sector(share, "partners", "citizens", (0.09, 0.25, 0.24))
    differences = compared(("partners", "citizens", "sector", "state", "others", -0.15, 0.01))
    tests = tested(("partners", "citizens", "sector", 0.001))
    shown = exhibit(rows, "groups", differences=differences, tests=tests)
    assert title(shown) == (
        "Partners in collaboration, State: citizens (9%), 15 percentage points below the others"
    )
    assert subtitle(shown) == "By sector. Per cent of innovative workplaces, new"


def test_answers_counted_from_several_questions_are_not_said_to_be_chosen(exhibit: Make, share: Make) -> None:
    counted = [share("types_introduced", "process", 0.8), share("types_introduced", "service", 0.4)]
    assert "Several can hold at once, so the shares sum to more than 100%." in caption(exhibit(counted))


def test_a_flag_as_a_group_is_one_that_may_not_hold(exhibit: Make, share: Make, tested: Make) -> None:
    rows = [
        share("culture_agree", "collaboration", 0.5, by="innovative", level=level) for level in ("yes", "no")
    ]
    tests = tested(("culture_agree", "collaboration", "innovative", 0.6))
    assert title(exhibit(rows, "groups", tests=tests)).endswith("by innovative workplaces or not")
