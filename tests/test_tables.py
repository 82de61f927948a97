"""Tables for readers, and the same estimates for machines."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from barometer.estimate import ESTIMATES
from barometer.tables import csv, table, table_csv

Make = Callable[..., Any]


def test_bars_are_a_row_an_answer_with_interval_and_n_and_dont_know(exhibit: Make, share: Make) -> None:
    rows = [share("reuse", "first", 0.18), share("reuse", "dont_know", 0.1)]
    document = table(exhibit(rows, language="da"))
    assert [column["label"] for column in document["columns"]] == [
        "Svar",
        "Andel",
        "95\N{NO-BREAK SPACE}%-interval",
        "n",
    ]
    assert document["rows"][0][0] == "Første af sin slags"
    assert document["rows"][1] == ["Ved ikke", "10\N{NO-BREAK SPACE}%", "8–12\N{NO-BREAK SPACE}%", "1.877"]


def test_a_gap_has_a_word_and_its_reason_instead_of_a_number(exhibit: Make, share: Make) -> None:
    rows = [
        share("reuse", "first", 0.18, verdict="hidden", reason="small_base", n=4),
        share("reuse", "copy", 0.5),
    ]
    document = table(exhibit(rows))
    assert document["rows"][0] == [
        "First of its kind",
        "Hidden",
        "Too few answers to be shown",
        "Fewer than 10",
    ]
    assert "Hidden: the reason stands where the interval would." in document["notes"]


def test_a_few_groups_stand_side_by_side_with_n_below(exhibit: Make, share: Make) -> None:
    rows = [
        share("reuse", option, 0.2, by="sector", level=level, n=n)
        for option in ("first", "copy")
        for level, n in (("state", 100), ("municipal", 200))
    ]
    document = table(exhibit(rows, "groups"))
    labels = [column["label"] for column in document["columns"]]
    assert labels == ["Answer", "State", "State, 95% interval", "Municipality", "Municipality, 95% interval"]
    assert [row[0] for row in document["rows"]] == ["First of its kind", "Largely a copy", "n"]
    assert document["rows"][-1] == ["n", "100", "", "200", ""]


def test_many_groups_stand_below_each_other(exhibit: Make, share: Make, barometer_instrument: Any) -> None:
    levels = [option.id for option in barometer_instrument.variable("industry").options]
    document = table(
        exhibit([share("reused", "yes", 0.7, by="industry", level=level) for level in levels], "groups")
    )
    assert [column["label"] for column in document["columns"][:2]] == ["Answer", "Group"]
    assert [row[1] for row in document["rows"]][:2] == ["Public administration", "Police and judiciary"]


def test_a_scale_lists_its_answers_and_its_totals(exhibit: Make, share: Make) -> None:
    rows = [
        share("factors.employees", "promoted_some", 0.3),
        share("factors.employees", "dont_know", 0.1),
        share("factors_promoted", "employees", 0.9),
    ]
    body = table(exhibit(rows, "diverging"))["rows"]
    assert [row[:2] for row in body] == [
        ["Employees' contribution", "Promoted to some degree"],
        ["Employees' contribution", "Don't know"],
        ["Employees' contribution", "Factors that promoted the innovation"],
    ]


@pytest.mark.parametrize("kind", ["bars", "groups", "trend", "diverging"])
def test_every_row_of_every_table_is_as_long_as_its_header(exhibit: Make, share: Make, kind: str) -> None:
    document = table(
        exhibit([share("factors.employees", "neither", 0.2), share("factors.economy", "neither", 0.3)], kind)
    )
    assert document["rows"]
    assert {len(row) for row in document["rows"]} == {len(document["columns"])}
    assert document["columns"][0]["kind"] == "text"


def test_the_csv_keeps_the_schema_full_precision_and_labels(exhibit: Make, share: Make) -> None:
    rows = [
        share("reuse", "first", 0.1234567890123, by="sector", level="state"),
        share("reuse", "copy", 0.5, n=4, verdict="hidden", reason="small_base"),
    ]
    text = csv(exhibit(rows, "groups", language="da", synthetic=True))
    header = text.partition("\n")[0].split(",")
    assert header[: len(ESTIMATES)] == list(ESTIMATES)
    assert len(set(header)) == len(header)
    frame = pd.read_csv(io.StringIO(text))
    assert frame.loc[0, "estimate"] == 0.1234567890123
    assert list(frame.loc[0, ["question_label", "option_label", "level_label"]]) == [
        "Grad af genbrug",
        "Første af sin slags",
        "Stat",
    ]
    assert pd.isna(frame.loc[1, "estimate"])
    assert list(frame["synthetic"]) == [True, True]


def test_the_csv_says_when_data_are_real(exhibit: Make, share: Make) -> None:
    frame = pd.read_csv(io.StringIO(csv(exhibit([share("reuse", "first", 0.1)]))))
    assert list(frame["synthetic"]) == [False]


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(label: str) -> None:
    document = {"columns": [{"label": "Answer", "kind": "text"}], "rows": [[label]], "notes": []}
    assert pd.read_csv(io.StringIO(table_csv(document, synthetic=False))).loc[0, "Answer"] == f"'{label}"


def test_a_negative_number_in_the_csv_stays_a_number(exhibit: Make, share: Make) -> None:
    frame = pd.read_csv(io.StringIO(csv(exhibit([share("reuse", "first", 0.1, ci_low=-0.01)]))))
    assert frame.loc[0, "ci_low"] == -0.01


def test_what_is_hidden_has_neither_number_nor_number_of_answers_in_any_table(
    exhibit: Make, share: Make
) -> None:
    hidden = {"n": 4, "verdict": "hidden", "reason": "small_base"}
    rows = [
        share("reuse", "first", 0.5, by="sector", level="state", n=300),
        share("reuse", "first", 0.5, by="sector", level="regional", **hidden),
    ]
    shown = exhibit(rows, "groups", minimum_base=10)
    assert table(shown)["rows"][-1] == ["n", "300", "", "Fewer than 10", ""]
    text = csv(shown)
    frame = pd.read_csv(io.StringIO(text))
    assert frame["n"].to_list()[0] == 300
    assert pd.isna(frame["n"].to_list()[1])
    assert list(frame["reason"].fillna("")) == ["", "small_base"]
    assert ",300," in text
