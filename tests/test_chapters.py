"""The chapter object: how it is opened, what it shows and in which order, and what it leaves out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barometer import chapters
from barometer.chapters import Chapter
from barometer.errors import ReportError
from barometer.estimate import check_estimates
from barometer.opening import open_chapter
from tests.made_survey import PARAMS, REGIONAL, write_survey

Document = dict[str, Any]
Opened = Callable[..., Chapter]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_survey(tmp_path_factory.mktemp("survey") / "project")


def texts(document: Any) -> Iterator[str]:
    """Give every text of a document, without the pictures."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            if not key.startswith("svg"):
                yield from texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value)


# Opening


def test_a_chapter_starts_with_the_latest_wave_and_says_that_it_is_made_up(
    opened: Opened, shown: list[Document]
) -> None:
    assert opened().wave.id == "2005"
    open_chapter("reuse", language="da")
    assert [each["type"] for each in shown] == ["chapter"]
    assert (shown[0]["wave"], shown[0]["wave_title"]) == ("2005", "Prøven 2005")
    assert shown[0]["synthetic"] is True
    assert "Syntetiske data" in shown[0]["banner"]


def test_an_earlier_wave_is_opened_with_those_before_it_only(opened: Opened) -> None:
    chapter = opened(wave="2003")
    assert [wave.id for wave in chapter.waves] == ["2001", "2003"]
    assert chapter.reference == "2001"
    assert opened(wave="2001").reference == ""


@pytest.mark.parametrize(
    ("compare_with", "reference"), [("previous", "2003"), ("2001", "2001"), ("none", "")]
)
def test_changes_are_measured_against_the_wave_that_is_named(
    opened: Opened, compare_with: str, reference: str
) -> None:
    assert opened(compare_with=compare_with).reference == reference


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"wave": "2004"}, "one of 2001, 2003, 2005"),
        ({"compare_with": "2002"}, "none, previous or one of 2001, 2003"),
        ({"wave": "2003", "compare_with": "2005"}, "none, previous or one of 2001"),
        ({"language": "sv"}, "one of da, en"),
        ({"segment": "sector=regionel"}, "regional"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    opened: Opened, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(ReportError) as error:
        opened(**arguments)
    assert message in str(error.value)


def test_the_parameters_are_found_upwards_from_the_working_folder(
    project: Path, shown: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BAROMETER_PARAMS", raising=False)
    monkeypatch.chdir(project.parent / "notebooks")
    assert open_chapter("reuse").params.path == project


def test_without_parameters_there_is_no_chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAROMETER_PARAMS", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReportError, match=r"params\.yaml"):
        open_chapter("reuse")


@pytest.mark.parametrize(("name", "number"), [("summary", 0), ("reuse", 1), ("partners", 2), ("extra", 3)])
def test_chapters_count_from_the_one_after_the_front_page(opened: Opened, name: str, number: int) -> None:
    assert opened(name).number == number


# Estimates


def test_proportions_are_of_the_wave_and_a_trend_is_of_all_up_to_it(opened: Opened) -> None:
    chapter = opened(wave="2003")
    now, series = chapter.proportions("reuse", "partners", by="sector"), chapter.trend("reused")
    check_estimates(now)
    assert set(now["wave"]) == {"2003"}
    assert list(dict.fromkeys(now["question"])) == ["reuse", "partners"]
    assert series["wave"].to_list() == ["2001", "2003"]


def test_a_segment_limits_who_is_counted_and_is_named(opened: Opened, shown: list[Document]) -> None:
    chapter = opened(segment="sector=state")
    whole, part = opened().proportions("reuse"), chapter.proportions("reuse")
    assert set(whole["n"]) == {200 + REGIONAL}
    assert set(part["n"]) == {100}
    assert part.set_index("option").loc["first", "estimate"] == pytest.approx(0.5)
    assert chapter.opening().segment == "State"
    chapter.figure(part)
    assert "Base: all workplaces (state)." in shown[0]["caption"]


def test_the_level_and_the_kind_of_interval_are_those_of_the_parameters(
    tmp_path: Path, shown: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    params = write_survey(tmp_path / "project")
    monkeypatch.setenv("BAROMETER_PARAMS", str(params))
    wide = open_chapter("reuse", language="en").proportions("reused")
    params.write_text(f"{PARAMS}confidence: 0.9\ninterval: logit\n", encoding="utf-8")
    chapter = open_chapter("reuse", language="en")
    narrow = chapter.proportions("reused")
    assert narrow.loc[0, "estimate"] == wide.loc[0, "estimate"]
    assert wide.loc[0, "ci_low"] < narrow.loc[0, "ci_low"]
    chapter.card("reused")
    assert shown[-1]["detail"].startswith("90% confidence interval")


# Figures


def test_a_figure_is_one_document_with_drawing_words_table_and_data(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened()
    estimates = chapter.proportions("reuse")
    chapter.figure(estimates)
    (figure,) = shown
    assert (figure["type"], figure["id"], figure["number"]) == ("figure", "reuse", "1.1")
    assert figure["title"] == "The most common answer is adapted (50%)"
    assert figure["title"] in figure["alt"]
    assert figure["svg"].count("</svg>") == figure["svg_narrow"].count("</svg>") == 1
    assert ">Adapted<" in figure["svg"]
    data = pd.read_csv(io.StringIO(figure["csv"]))
    assert data["estimate"].to_list() == estimates["estimate"].to_list()
    assert data["synthetic"].all()
    percents = [f"{share:.0%}" for share in estimates["estimate"]]
    assert [row[1] for row in figure["table"]["rows"]] == percents
    json.dumps(figure)


def test_figures_and_tables_are_counted_apart_in_the_order_they_are_shown(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened("partners")
    chapter.figure(chapter.proportions("partners"))
    chapter.published()
    chapter.figure(chapter.proportions("core_task"))
    chapter.figure(chapter.proportions("partners", by="sector"), kind="groups")
    chapter.method("design")
    assert [(each["type"], each.get("id"), each.get("number")) for each in shown] == [
        ("figure", "partners", "2.1"),
        ("table", "published", "2.1"),
        ("note", None, None),
        ("figure", "partners-by-sector", "2.2"),
        ("table", "design", "2.2"),
    ]


def test_the_anchor_of_a_figure_names_variable_group_and_time_but_no_wave(
    opened: Opened, shown: list[Document]
) -> None:
    for wave in ("2003", "2005"):
        chapter = opened(wave=wave)
        chapter.figure(chapter.proportions("reused", by="sector"), kind="groups")
        chapter.figure(chapter.trend("reused", "spread"), kind="trend")
        assert [each["id"] for each in shown] == ["reused-by-sector", "reused-over-time"]


def test_a_clear_change_is_told_and_one_across_a_break_is_not(opened: Opened, shown: list[Document]) -> None:
    chapter = opened()
    chapter.figure(chapter.trend("reused"), kind="trend")
    chapter.figure(chapter.trend("spread"), kind="trend")
    assert shown[0]["title"] == "Reuse: up from 43% to 64% since 2003"
    assert shown[1]["title"] == "Spreading: can't be compared with earlier waves"
    assert "† Break in 2005, so no change over it is given: The question is new." in shown[1]["caption"]


def test_a_publication_may_ask_for_a_change_across_a_break_and_the_figure_says_so(
    tmp_path: Path, shown: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    params = write_survey(tmp_path / "project")
    params.write_text(f"{PARAMS}over_breaks: [spread]\n", encoding="utf-8")
    monkeypatch.setenv("BAROMETER_PARAMS", str(params))
    chapter = open_chapter("reuse", language="en")
    chapter.figure(chapter.trend("spread"), kind="trend")
    chapter.since("spread")
    _, figure, since = shown
    assert figure["title"] == "Spreading: no clear change since 2003"
    assert figure["caption"][-2:] == [
        "† Break in 2005: The question is new.",
        "This publication compares over the break all the same: spreading.",
    ]
    assert "†" in figure["svg"]
    assert since["how"][-1].startswith("Compared over a break, as this publication has chosen: spreading.")


# What was not asked


@pytest.mark.parametrize(
    ("variables", "by", "note"),
    [
        (["core_task"], None, "Core task – not asked in this wave."),
        (["weather"], None, "A question that the survey doesn't have – not part of the survey."),
        (["reuse"], "coast", "Coast – not asked in this wave."),
        (["reuse"], "weather", "A question that the survey doesn't have – not part of the survey."),
    ],
)
def test_what_was_not_asked_is_a_note_and_takes_no_number(
    opened: Opened, shown: list[Document], variables: list[str], by: str | None, note: str
) -> None:
    chapter = opened()
    chapter.figure(chapter.proportions(*variables, by=by), kind="groups" if by else "bars")
    chapter.figure(chapter.proportions("reuse"))
    assert shown[0] == {"type": "note", "text": note}
    assert shown[1]["number"] == "1.1"


def test_a_figure_shows_what_was_asked_and_notes_say_what_was_not(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.figure(chapter.proportions("core_task", "reused", "weather"))
    assert [each["type"] for each in shown] == ["note", "note", "figure"]
    assert "not asked in this wave" in shown[0]["text"]
    assert "not part of the survey" in shown[1]["text"]
    assert set(pd.read_csv(io.StringIO(shown[2]["csv"]))["question"]) == {"reused"}


def test_an_answer_that_the_survey_lacks_is_left_out_with_a_note(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.figure(chapter.trend("partners", options=["citizens", "martians"]), kind="trend")
    chapter.figure(chapter.proportions("partners", options=["martians"]))
    assert [each["type"] for each in shown] == ["note", "figure", "note"]
    assert set(pd.read_csv(io.StringIO(shown[1]["csv"]))["option"]) == {"citizens"}


def test_a_trend_keeps_the_waves_that_did_not_ask_as_gaps(opened: Opened, shown: list[Document]) -> None:
    chapter = opened()
    chapter.figure(chapter.trend("contacts"), kind="trend")
    data = pd.read_csv(io.StringIO(shown[0]["csv"]))
    gaps = data[data["verdict"] == "not_asked"]
    assert gaps["wave"].to_list() == [2001, 2003]
    assert gaps["estimate"].isna().all()
    assert shown[0]["table"]["rows"][0][:5] == ["Network", *["Not asked", "Not asked in this wave"] * 2]
    assert not [each for each in shown if each["type"] == "note"]


# Hidden cells


def test_a_hidden_group_is_in_no_title_alternative_or_number(opened: Opened, shown: list[Document]) -> None:
    chapter = opened()
    for variable in ("reuse", "reused", "partners"):
        chapter.figure(chapter.proportions(variable, by="sector"), kind="groups")
    for figure in shown:
        assert "region" not in figure["title"].lower()
        assert "region" not in figure["alt"].lower()
        named = [text for text in (*figure["caption"], *figure["about"]) if "region" in text.lower()]
        assert [text.partition(" ")[0] for text in named] == ["n:", "Hidden:"]
        data = pd.read_csv(io.StringIO(figure["csv"]))
        hidden = data[data["level"] == "regional"]
        assert set(hidden["verdict"]) == {"hidden"}
        assert hidden[["estimate", "se", "ci_low", "ci_high", "deff", "n_effective"]].isna().all(axis=None)
        assert not [text for text in texts(figure) if "100%" in text.replace("more than 100%", "")]


def test_a_hidden_group_is_a_word_in_the_table_and_no_mark_in_the_drawing(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.figure(chapter.proportions("reused", by="sector"), kind="groups")
    columns = [column["label"] for column in shown[0]["table"]["columns"]]
    cells = dict(zip(columns, shown[0]["table"]["rows"][0], strict=True))
    assert cells["The region"] == "Hidden"
    assert cells["The region, 95% interval"] == "Too few answers to be shown"
    assert "72%" in shown[0]["svg"]
    assert "100%" not in shown[0]["svg"].replace(">100%<", "")


def test_a_segment_that_is_too_small_shows_nothing_of_its_answers(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened(segment="sector=regional")
    chapter.card("reused")
    chapter.findings("reuse")
    chapter.figure(chapter.proportions("reused"))
    card, findings, figure = shown
    assert (card["value"], card["detail"]) == ("–", "Too few answers to be shown")
    assert "%" not in " ".join(findings["items"])
    assert not [text for text in texts(figure) if "100%" in text]


# Cards, findings and what stands beside


def test_a_card_holds_a_number_and_another_one_beside_it(opened: Opened, shown: list[Document]) -> None:
    opened().card("reused", beside="partners", beside_option="citizens", chapter="reuse")
    (card,) = shown
    assert (card["id"], card["value"], card["chapter"]) == ("reused", "64%", "reuse")
    assert card["text"] == "of workplaces reused a solution"
    assert "57–71%" in card["detail"]
    assert [(each["id"], each["value"]) for each in card["beside"]] == [("partners", "50%")]


def test_a_card_and_findings_take_along_the_estimates_that_they_tell_of(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.card("reused", beside="partners", beside_option="citizens")
    chapter.findings("reuse", "weather", "reused by sector")
    card, findings = shown
    own, beside = (pd.read_csv(io.StringIO(each["csv"])) for each in (card, card["beside"][0]))
    assert [list(each["question"]) for each in (own, beside)] == [["reused"], ["partners"]]
    assert round(own["estimate"].item(), 2) == 0.64
    told = pd.read_csv(io.StringIO(findings["csv"]))
    assert set(told["question"]) == {"reuse", "reused"}
    assert "weather" not in findings["csv"]
    opened(segment="sector=municipal").card("reused")
    (part,) = shown
    rest = pd.read_csv(io.StringIO(part["csv"])).iloc[1]
    assert (rest["by"], rest["level"]) == ("sector", "others")
    assert f"the others: {rest['estimate']:.0%} " in part["detail"]


def test_a_card_makes_do_with_the_number_that_was_asked_for(opened: Opened, shown: list[Document]) -> None:
    chapter = opened()
    chapter.card("weather", beside="reused")
    chapter.card("reused", beside="weather")
    chapter.card("weather", beside="core_task")
    assert [(each["type"], each.get("id"), each.get("beside")) for each in shown] == [
        ("card", "reused", []),
        ("card", "reused", []),
        ("note", None, None),
    ]


def test_findings_are_sentences_with_interval_and_n_about_what_was_asked(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.findings("weather", "core_task by sector")
    assert not shown
    chapter.findings("reuse", "weather", "reused by sector")
    first, second = shown[0]["items"]
    assert first.startswith("The most common answer is adapted (50%)")
    assert "43–57%" in first
    assert second.startswith("State: 42% reused a solution")


def test_cases_background_and_reading_stand_in_their_own_chapter_only(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened("reuse", language="da")
    chapter.background()
    chapter.cases()
    assert [each["type"] for each in shown] == ["background", "cases", "reading"]
    assert (shown[0]["text"], shown[0]["source"]) == ("En baggrund.", "Et besøg")
    assert shown[1]["items"] == [
        {"place": "Et sted", "headline": "Et resultat", "text": "En tekst.", "source": "Et besøg"}
    ]
    assert shown[2]["items"] == [{"title": "Mere", "url": "https://example.org/more"}]
    chapter = opened("partners")
    chapter.background()
    chapter.cases()
    assert not shown


# Published figures, method and notes


def test_published_figures_are_those_of_the_wave_about_what_the_chapter_has_shown(
    opened: Opened, shown: list[Document]
) -> None:
    chapter = opened()
    chapter.card("reused")
    chapter.published()
    rows = shown[-1]["table"]["rows"]
    assert [row[0] for row in rows] == ["Reuse", "Reuse (sector: the region)"]
    assert rows[0][1:3] == ["73%", "64.3%"]
    assert rows[1][1:] == ["90%", "Hidden", "", "", "", "Too few answers to be shown"]
    assert "0 of 1 published figures lie in the 95% interval" in shown[-1]["caption"][1]


def test_a_chapter_that_has_shown_nothing_holds_all_published_figures_of_the_wave(
    opened: Opened, shown: list[Document]
) -> None:
    opened("summary").published()
    assert len(shown[0]["table"]["rows"]) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"wave": "2001"}, "There are no published figures"), ({"segment": "sector=state"}, "this part of it")],
)
def test_where_nothing_can_be_held_against_published_figures_a_sentence_says_why(
    opened: Opened, shown: list[Document], arguments: dict[str, str], said: str
) -> None:
    opened(**arguments).published()
    assert [each["type"] for each in shown] == ["text"]
    assert said in shown[0]["text"]


def test_the_notes_state_the_decisions_of_the_publication(opened: Opened, shown: list[Document]) -> None:
    opened().notes()
    notes = {each["term"]: each["text"] for each in shown[0]["items"]}
    assert len(notes) == len(chapters.NOTES)
    assert "fewer than 10 answers" in notes["Hidden"]
    assert "fewer than 50 answers" in notes["Uncertain figure (*)"]
    assert "more than 20 percentage points" in notes["Uncertain figure (*)"]


def test_a_section_on_method_is_tables_and_terms(opened: Opened, shown: list[Document]) -> None:
    chapter = opened()
    chapter.method("comparability")
    chapter.method("quality")
    assert [each["type"] for each in shown] == ["table", "notes", "notes"]
    assert shown[0]["csv"].startswith("Question,2001,2003,2005,synthetic\n")
