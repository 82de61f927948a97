"""Published figures are held against the estimates of their wave, in both languages."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from barometer.disclosure import assess
from barometer.estimate import proportions
from barometer.formats import Words
from barometer.instrument import load_instrument
from barometer.published import PublishedFigure, load_published
from barometer.reconcile import RECONCILIATION, reconcile, reconciliation_table
from barometer.rules import Rules
from barometer.waves import load_wave

DATA = Path(__file__).parents[1] / "data"
INSTRUMENT = load_instrument(DATA / "instrument.yaml")
WAVE = SimpleNamespace(id="spring")
NOTHING = {"da": "", "en": ""}


def figure(variable: str, option: str, value: float = 74, **changes) -> PublishedFigure:
    plain = {"wave": "spring", "chapter": "a", "indicator": "a", "category": "a", "by": "", "level": ""}
    plain |= {"exact": "yes", "target": True, "base": "innovative", "base_words": "a", "n": None}
    plain |= {"source": "a", "url": "https://example.org", "name": NOTHING, "note": NOTHING}
    return PublishedFigure(**plain | {"variable": variable, "option": option, "value": value} | changes)


REUSED = figure("reused", "yes")
RATE = figure(
    *("", "", 36),
    target=False,
    name={"da": "Svarprocent", "en": "Response rate"},
    note={"da": "Ikke et skøn", "en": "Not an estimate"},
)


def giving(*rows: dict, **changes):
    """Return a stand-in for the estimates of a chapter: always these rows, by level."""
    shown = {
        "level": "",
        "estimate": 0.72,
        "ci_low": 0.70,
        "ci_high": 0.735,
        "verdict": "shown",
        "reason": "",
    }
    gap = dict.fromkeys(("estimate", "ci_low", "ci_high"))

    def estimate(variable, *, by, options):
        return pd.DataFrame([shown | (gap if row.get("reason") else {}) | row for row in rows or [changes]])

    return estimate


def only(found: pd.DataFrame):
    (row,) = found.itertuples()
    return row


def cells(found: pd.DataFrame, language: str) -> list[str]:
    document = reconciliation_table(found, instrument=INSTRUMENT, words=Words(language), level="95 %")
    (row,) = document["rows"]
    assert len(row) == len(document["columns"])
    return row


# Estimates


def test_a_figure_stands_beside_its_estimate():
    row = only(reconcile([REUSED], WAVE, estimate=giving()))
    assert row._fields[1:] == RECONCILIATION
    assert (row.figure, row.published, row.estimate, row.ci_low, row.ci_high) == (
        REUSED,
        0.74,
        0.72,
        0.70,
        0.735,
    )
    assert row.difference == pytest.approx(-0.02)
    assert (row.verdict, row.reason) == ("shown", "")


@pytest.mark.parametrize(
    ("value", "inside"), [(69, False), (70, True), (72, True), (73, True), (74, True), (75, False)]
)
def test_a_whole_percent_is_inside_when_something_that_rounds_to_it_is(value, inside):
    row = only(reconcile([figure("reused", "yes", value)], WAVE, estimate=giving()))
    assert row.inside is inside


def test_counts_and_other_waves_are_passed_over():
    count = figure("", "", 1611, exact="count", base="all")
    other = figure("reused", "yes", wave="autumn")
    assert reconcile([count, other], WAVE, estimate=giving()).empty
    assert tuple(reconcile([], WAVE, estimate=giving()).columns) == RECONCILIATION
    assert list(reconcile([count, REUSED, other], WAVE, estimate=giving())["figure"]) == [REUSED]


def test_an_uncertain_estimate_is_compared_and_marked():
    found = reconcile([REUSED], WAVE, estimate=giving(verdict="uncertain"))
    assert only(found).inside
    assert cells(found, "da")[2] == "72,0\N{NO-BREAK SPACE}%*"


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [("hidden", "small_base"), ("not_asked", "not_in_wave"), ("not_asked", "not_in_survey")],
)
def test_what_is_hidden_or_not_asked_gives_no_number_but_its_reason(verdict, reason):
    row = only(reconcile([REUSED], WAVE, estimate=giving(verdict=verdict, reason=reason, n=7)))
    assert (row.verdict, row.reason) == (verdict, reason)
    assert [row.estimate, row.ci_low, row.ci_high, row.difference, row.inside] == [None] * 5


def test_a_figure_tied_to_no_variable_is_not_estimated():
    row = only(reconcile([RATE], WAVE, estimate=None))
    assert (row.published, row.estimate, row.reason) == (0.36, None, "not_in_survey")


def test_a_figure_of_a_group_is_held_against_that_group():
    municipal = figure("innovative", "yes", 80, by="sector", level="municipal")
    levels = giving({"level": "state", "estimate": 0.84}, {"level": "municipal", "estimate": 0.79})
    assert only(reconcile([municipal], WAVE, estimate=levels)).estimate == 0.79


def test_estimates_are_asked_for_one_option_of_the_group_variable():
    asked = []

    def estimate(variable, *, by, options):
        asked.append((variable, by, options))
        return giving(level="companies" if by else "")(variable, by=by, options=options)

    grouped = figure("values", "quality", by="partners", level="companies")
    reconcile([figure("reuse", "copy"), grouped], WAVE, estimate=estimate)
    assert asked == [("reuse", None, ["copy"]), ("values", "partners", ["quality"])]


# Words


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "da",
            [
                "Genbrug af andres løsning",
                "74\N{NO-BREAK SPACE}%",
                "72,0\N{NO-BREAK SPACE}%",
                "70,0–73,5\N{NO-BREAK SPACE}%",
                "−2,0",
                "Ja",
                "Afrundet",
            ],
        ),
        ("en", ["Reuse of a solution of others", "74%", "72.0%", "70.0–73.5%", "−2.0", "Yes", "Rounded"]),
    ],
)
def test_the_cells_of_an_estimate_are_written_in_the_language(language, expected):
    noted = figure("reused", "yes", note={"da": "Afrundet", "en": "Rounded"})
    assert cells(reconcile([noted], WAVE, estimate=giving()), language) == expected


def test_a_figure_outside_the_interval_is_said_to_be():
    found = reconcile([figure("reused", "yes", 60)], WAVE, estimate=giving())
    assert (cells(found, "da")[4:6], cells(found, "en")[4:6]) == (["+12,0", "Nej"], ["+12.0", "No"])


@pytest.mark.parametrize(
    ("verdict", "reason", "language", "computed", "note"),
    [
        ("hidden", "small_base", "da", "Skjult", "For få svar til at blive vist"),
        ("hidden", "small_base", "en", "Hidden", "Too few answers to be shown"),
        ("not_asked", "not_in_wave", "da", "Ikke spurgt", "Ikke spurgt i denne måling"),
        ("not_asked", "not_in_survey", "en", "Not asked", "Not part of the survey"),
    ],
)
def test_a_gap_is_named_and_explained(verdict, reason, language, computed, note):
    found = reconcile([REUSED], WAVE, estimate=giving(verdict=verdict, reason=reason))
    assert cells(found, language)[2:] == [computed, "", "", "", note]


def test_a_figure_tied_to_no_variable_has_its_own_name_and_note():
    found = reconcile([RATE], WAVE, estimate=None)
    assert cells(found, "da") == ["Svarprocent", "36\N{NO-BREAK SPACE}%", "", "", "", "", "Ikke et skøn"]
    assert cells(found, "en") == ["Response rate", "36%", "", "", "", "", "Not an estimate"]


@pytest.mark.parametrize(
    ("about", "danish", "english"),
    [
        (figure("reuse", "copy"), "Grad af genbrug: overvejende en kopi", "Degree of reuse: largely a copy"),
        (
            figure("introduced.process", "yes"),
            "Innovation indført på arbejdspladsen: proces- eller organisationsinnovation, ja",
            "Innovation introduced at the workplace: process or organisational innovation, yes",
        ),
        (
            figure("innovative", "yes", by="sector", level="municipal"),
            "Innovative arbejdspladser (sektor: kommune)",
            "Innovative workplaces (sector: municipality)",
        ),
        (
            figure("reused", "yes", by="any_collaboration", level="yes"),
            "Genbrug af andres løsning (samarbejde med mindst én partner)",
            "Reuse of a solution of others (collaboration with at least one partner)",
        ),
        (
            figure("reused", "yes", by="any_collaboration", level="no"),
            "Genbrug af andres løsning (samarbejde med mindst én partner: intet samarbejde)",
            "Reuse of a solution of others (collaboration with at least one partner: no collaboration)",
        ),
    ],
)
def test_a_figure_is_named_in_the_words_of_the_questionnaire(about, danish, english):
    found = reconcile([about], WAVE, estimate=giving(level=about.level))
    assert (cells(found, "da")[0], cells(found, "en")[0]) == (danish, english)


def test_the_columns_have_labels_in_both_languages():
    empty = reconcile([], WAVE, estimate=giving())
    labels = {
        language: [
            column["label"]
            for column in reconciliation_table(
                empty, instrument=INSTRUMENT, words=Words(language), level="95 %"
            )["columns"]
        ]
        for language in ("da", "en")
    }
    assert labels["da"][:4] == ["Tal", "Offentliggjort", "Beregnet", "95 %-interval"]
    assert labels["en"][:4] == ["Figure", "Published", "Computed", "95 % interval"]
    assert [len(each) for each in labels.values()] == [7, 7]


# A wave of the report


def test_every_published_share_of_a_wave_becomes_a_row_in_both_languages():
    wave = load_wave("2018-2019", folder=DATA / "waves", instrument=INSTRUMENT)
    figures = [each for each in load_published(DATA / "published.csv", INSTRUMENT) if each.wave == wave.id]
    shares = [each for each in figures if each.exact != "count"]
    found = reconcile(figures, wave, estimate=partial(estimated, wave))
    assert list(found["figure"]) == shares
    tied = found[[bool(each.variable) for each in found["figure"]]]
    assert set(tied["verdict"]) <= {"shown", "uncertain"}
    printed = tied[[each.target and each.exact == "yes" for each in tied["figure"]]]
    assert printed["inside"].all()
    for language in ("da", "en"):
        document = reconciliation_table(found, instrument=INSTRUMENT, words=Words(language), level="95 %")
        assert len(document["rows"]) == len(shares)
        assert all(row[0] and row[1] for row in document["rows"])


def test_a_question_or_group_that_a_wave_did_not_ask_is_a_gap():
    wave = load_wave("2013-2014", folder=DATA / "waves", instrument=INSTRUMENT)
    missing = next(name for name in INSTRUMENT.questions if not wave.asks(name) and "." not in name)
    option = INSTRUMENT.variable(missing).options[0].id
    figures = [
        figure(missing, option, wave=wave.id),
        figure("reused", "yes", wave=wave.id, by=missing, level=option),
    ]
    found = reconcile(figures, wave, estimate=partial(estimated, wave))
    assert list(found["verdict"]) == ["not_asked", "not_asked"]
    assert list(found["reason"]) == ["not_in_wave", "not_in_wave"]


def estimated(wave, variable, *, by, options):
    return assess(proportions(wave, variable, by=by, options=options), Rules())
