"""Views of a figure: the same answers by other variables and over the waves, each a figure of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barometer.assembly import Segment
from barometer.captions import caption
from barometer.exhibit import MOST_SERIES
from barometer.titles import title
from tests.made_survey import REGIONAL, write_survey

Document = dict[str, Any]
Make = Callable[..., Any]
WAVES = ("earlier", "new")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_survey(tmp_path_factory.mktemp("survey") / "project")


def test_a_figure_has_views_with_their_own_address_and_words_and_its_number(
    opened: Make, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.figure(chapter.proportions("reuse"), views=["sector", "wave"])
    chapter.figure(chapter.proportions("reused", by="sector"), kind="groups")
    figure, next_figure = shown
    views = figure["views"]
    assert [figure["label"], *(view["label"] for view in views)] == ["Total", "Sector", "Over the waves"]
    assert [view["id"] for view in views] == ["reuse-by-sector", "reuse-over-time"]
    assert {figure["number"], *(view["number"] for view in views)} == {"1.1"}
    assert (next_figure["number"], next_figure["label"], next_figure["views"]) == ("1.2", "Sector", [])
    for part in ("title", "alt", "svg", "csv", "caption"):
        assert len({str(each[part]) for each in (figure, *views)}) == 3, part


def test_views_that_were_not_asked_or_have_one_wave_only_are_left_out_without_a_note(
    opened: Make, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.figure(chapter.proportions("contacts"), views=["coast", "weather", "wave", "sector"])
    assert [each["type"] for each in shown] == ["figure"]
    assert [view["id"] for view in shown[0]["views"]] == ["contacts-by-sector"]


def test_a_view_shows_the_answers_of_its_figure_only(opened: Make, shown: list[Document]) -> None:
    chapter = opened()
    chapter.figure(chapter.proportions("partners", options=["citizens"]), views=["sector", "wave"])
    for view in shown[0]["views"]:
        assert "citizens" in view["csv"]
        assert "companies" not in view["csv"]


def test_a_segment_has_no_view_by_its_own_variable_and_no_groups_by_it(
    opened: Make, shown: list[Document]
) -> None:
    chapter = opened(segment="sector=state")
    chapter.figure(chapter.proportions("reuse"), views=["sector", "wave"])
    chapter.figure(chapter.proportions("reused", by="sector"), kind="groups")
    assert [view["id"] for view in shown[0]["views"]] == ["reuse-over-time"]
    assert (shown[1]["id"], shown[1]["label"]) == ("reused", "Total")


def test_a_segment_is_named_in_every_title_and_held_against_the_rest(
    opened: Make, shown: list[Document]
) -> None:
    chapter = opened(segment="sector=state")
    chapter.card("reused")
    chapter.findings("reuse", "partners", "reused")
    chapter.figure(chapter.proportions("reused"))
    chapter.figure(chapter.trend("reused"), kind="trend")
    card, findings, *figures = shown
    for text in (*findings["items"], *(figure["title"] for figure in figures)):
        assert "State" in text or "(state)" in text
    # 42 of 100 workplaces of the state and 72 of 100 municipal ones reused; the few regional ones did too.
    assert "; the others: 73% (difference " in card["detail"]
    assert any("State against others (" in text for text in figures[0]["about"])


def test_a_segment_is_not_held_against_a_rest_that_is_too_small(opened: Make) -> None:
    part = opened(segment="sector=state").part
    settings: dict[str, Any] = {"options": ["yes"], "confidence": 0.95}
    rest = 100 + REGIONAL
    assert part.against_rest("reused", minimum_base=rest, **settings)["n_reference"].to_list() == [rest]
    assert part.against_rest("reused", minimum_base=rest + 1, **settings).empty


def test_of_two_groups_each_is_held_against_the_other(opened: Make) -> None:
    whole = opened(wave="2003").waves[-1]
    settings: dict[str, Any] = {"options": ["yes"], "confidence": 0.95, "minimum_base": 1}
    yes, no = (Segment("reused", level, whole).against_rest("reused", **settings) for level in ("yes", "no"))
    for mine, other in (("n", "n_reference"), ("n_reference", "n")):
        assert yes[mine].to_list() == no[other].to_list()
    assert yes["difference"].to_list() == [1.0]
    assert no["difference"].to_list() == [-1.0]
    assert set(no["reference"]) == {"others"}


def test_the_answers_keep_their_order_when_the_figure_is_broken_down(exhibit: Make, share: Make) -> None:
    whole = exhibit([share("partners", "citizens", 0.4), share("partners", "companies", 0.3)])
    rows = [
        share("partners", option, each, by="sector", level=level)
        for option, shares in (("companies", (0.9, 0.1)), ("citizens", (0.4, 0.4)))
        for level, each in zip(("state", "municipal"), shares, strict=True)
    ]
    alone = exhibit(rows, "groups")
    assert list(dict.fromkeys(alone.ordered["option"])) == ["companies", "citizens"]
    beside = exhibit(rows, "groups", like=whole)
    assert list(dict.fromkeys(beside.ordered["option"])) == ["citizens", "companies"]


def test_a_trend_of_many_answers_draws_the_changed_and_the_largest_and_says_so(
    exhibit: Make, share: Make, barometer_instrument: Any
) -> None:
    options = [option.id for option in barometer_instrument.variable("initiators").options]
    options = [option for option in options if option not in ("other", "dont_know")]
    rows = [
        share("initiators", option, 0.9 - 0.05 * place, wave=wave)
        for place, option in enumerate(options)
        for wave in WAVES
    ]
    differences = pd.DataFrame(
        [
            {"question": "initiators", "option": option, "by": "wave", "level": "new", "p_adjusted": p}
            | {"reference": "earlier", "difference": 0.02}
            for option, p in ((options[-1], 0.001), (options[0], 0.5))
        ]
    )
    shown = exhibit(rows, "trend", waves=WAVES, differences=differences)
    assert [option for _, option in shown.series] == [*options[: MOST_SERIES - 1], options[-1]]
    assert len(shown.drawn) == 2 * MOST_SERIES
    said = f"{MOST_SERIES} of {len(options)} answers are drawn"
    assert any(sentence.startswith(said) for sentence in caption(shown))
    assert title(shown).startswith("Initiators of the innovation, new technology: up from")
    few = exhibit(rows[: 2 * MOST_SERIES], "trend", waves=WAVES)
    assert not [sentence for sentence in caption(few) if "are drawn" in sentence]


def test_clear_findings_stand_before_those_that_are_not_and_no_more_than_four_are_told(
    opened: Make, shown: list[Document]
) -> None:
    chapter = opened()
    clear = ("reuse", "reused by sector", "partners")
    chapter.findings("contacts by sector", *clear)
    chapter.findings(*clear, *clear)
    unclear_first, many = (each["items"] for each in shown)
    assert len(unclear_first) == 3
    assert unclear_first[0].startswith("The most common answer is adapted")
    assert not [text for text in unclear_first if "no clear" in text]
    assert len(many) == 4
