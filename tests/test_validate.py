"""Validation: one small broken wave for each message, and none of them ends in a traceback."""

from __future__ import annotations

import ast
import copy
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

from barometer import cli
from barometer import validate as validate_module
from barometer.errors import Problem, ReportError
from barometer.instrument import Instrument, load_instrument
from barometer.validate import Validation, check_wave, validate
from barometer.validate.answers import BLOCK, FAULTS, check_answers
from barometer.validate.show import page, print_validation
from barometer.waves import load_wave

SMALL = Path(__file__).parent / "small"
OLD, NEW = "first", "second"
UNITS = 40
QUESTIONNAIRE = """
title: {en: A trial}
unit: {en: workplaces}
languages: [en]
scales:
  yes_no: [{id: yes, en: "Yes"}, {id: no, en: "No"}]
bases:
  all: {label: {en: workplaces}}
  reusing: {label: {en: reusing workplaces}, when: {reuse: [yes, partly]}}
register:
  sector:
    label: {en: Sector}
    top: {en: the sector}
    options: [{id: state, en: State}, {id: municipal, en: Municipality}]
questions:
  reuse:
    {number: Q1, kind: single, base: all, label: {en: Reuse}, wording: {en: Reused?}, top: {en: the answer},
     options: [{id: yes, en: "Yes"}, {id: no, en: "No"}, {id: partly, en: Partly},
     {id: dont_know, en: Unknown}]}
  spread:
    {number: Q2, kind: single, base: reusing, label: {en: Spread}, wording: {en: Spread?},
     top: {en: the answer}, options: [{id: yes, en: "Yes"}, {id: no, en: "No"}]}
  partners:
    {number: Q3, kind: multiple, base: all, maximum: 2, label: {en: Partners}, wording: {en: Who?},
     top: {en: the partner}, options: [{id: citizens, en: Citizens}, {id: companies, en: Companies},
     {id: ministry, en: A ministry, offered: {sector: [municipal]}}, {id: none, en: Nobody},
     {id: dont_know, en: Unknown}]}
  factors:
    {number: Q4, kind: grid, select: one, base: all, label: {en: Factors}, wording: {en: What?},
     top: {en: the factor}, items: [{id: money, en: Money}, {id: time, en: Time}],
     options: [{id: helped, en: Helped}, {id: hindered, en: Hindered}]}
composites:
  reused:
    {kind: flag, base: all, label: {en: Reuse}, predicate: {en: reused}, definition: {en: Reused.},
     when: {reuse: [yes]}}
"""
WAVE: dict[str, Any] = {
    "title": {"en": "A wave"},
    "synthetic": True,
    "period": {"from": "2001-01", "to": "2002-12"},
    "population": 400,
    "sample": 80,
    "responses": UNITS,
    "response_rate": 0.5,
    "source": {"en": "A test"},
    "file": "answers.csv",
    "format": {"delimiter": ",", "decimal": "."},
    "design": {
        "unit": "id",
        "weight": "weight",
        "strata": ["sector"],
        "population": "population",
        "sample": "drawn",
    },
    "register": {"sector": {"column": "sector", "codes": {"1": "state", "2": "municipal"}}},
    "questions": {
        "reuse": {"column": "reuse", "codes": {"1": "yes", "2": "no", "3": "partly", "9": "dont_know"}},
        "spread": {"column": "spread", "codes": {"1": "yes", "2": "no"}},
        "partners": {
            "ticked": 1,
            "options": {
                "citizens": "p1",
                "companies": "p2",
                "ministry": "p3",
                "none": "p4",
                "dont_know": "p5",
            },
        },
        "factors": {"codes": {"1": "helped", "2": "hindered"}, "items": {"money": "f1", "time": "f2"}},
    },
    "not_asked": [],
}


def answers() -> pd.DataFrame:
    """Return forty workplaces, half of them in each sector; one row is one workplace."""
    at = np.arange(UNITS)
    reuse = np.where(at % 10 == 9, 9, np.where(at % 10 == 2, 3, 1 + at % 2))
    partner = at % 5
    return pd.DataFrame(
        {
            "id": [f"u{number}" for number in at],
            "weight": 10.0,
            "sector": 1 + at // 20,
            "population": 200,
            "drawn": 40,
            "reuse": reuse,
            "spread": np.where(np.isin(reuse, [1, 3]), 1 + at % 4 // 2, np.nan),
            "p1": (partner < 2).astype(int),
            "p2": (partner == 1).astype(int),
            "p3": ((partner == 2) & (at >= 20)).astype(int),
            "p4": ((partner == 3) | ((partner == 2) & (at < 20))).astype(int),
            "p5": (partner == 4).astype(int),
            "f1": 1 + at % 2,
            "f2": 1 + at % 3 // 2,
        }
    )


@dataclass
class Survey:
    """Two waves that agree; a test breaks the newer one, or what was `done` to the files."""

    folder: Path
    instrument: Instrument
    done: list[Callable[[Path], object]] = field(default_factory=list)
    rows: pd.DataFrame = field(default_factory=answers)
    wave: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(WAVE))

    def put(self, column: str, value: object, *at: int) -> None:
        """Write a value into rows of a column, into all of them if none is named."""
        values = self.rows[column].astype(object)
        values.iloc[list(at) if at else slice(None)] = value
        self.rows[column] = values

    def write(self) -> None:
        """Write the older wave as it should be, and the newer one as it became."""
        earlier = copy.deepcopy(WAVE) | {"period": {"from": "1999-01", "to": "2000-12"}}
        for name, wave, rows in ((OLD, earlier, answers()), (NEW, self.wave, self.rows)):
            place = self.folder / name
            place.mkdir(exist_ok=True)
            rows.to_csv(place / "answers.csv", index=False)
            (place / "wave.yaml").write_text(json.dumps(wave), encoding="utf-8")
        for each in self.done:
            each(self.folder)

    def validate(self) -> Validation:
        """Write both waves and check the newer one."""
        self.write()
        (found,) = validate([NEW], folder=self.folder, instrument=self.instrument)
        return found


@pytest.fixture(scope="module")
def instrument(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    path = tmp_path_factory.mktemp("questionnaire") / "instrument.yaml"
    path.write_text(QUESTIONNAIRE, encoding="utf-8")
    return load_instrument(path)


@pytest.fixture
def survey(tmp_path: Path, instrument: Instrument) -> Survey:
    folder = tmp_path / "waves"
    folder.mkdir()
    return Survey(folder, instrument)


def question(survey: Survey, name: str, **changed: object) -> None:
    survey.wave["questions"][name] |= changed


def without(survey: Survey, name: str) -> None:
    """Take a question out of the wave without a word."""
    del survey.wave["questions"][name]


def map_fewer(survey: Survey) -> None:
    """Map one item of the grid, and one partner less."""
    survey.wave["questions"]["factors"]["items"] = {"money": "f1"}
    survey.wave["questions"]["partners"]["options"].pop("ministry")
    survey.put("p3", 0)
    survey.put("p4", 1, 22, 27, 32, 37)


def reword(survey: Survey, wording: str) -> None:
    """Let both waves state how they put a question."""
    question(survey, "reuse", wording=wording)

    def older(folder: Path) -> None:
        path = folder / OLD / "wave.yaml"
        wave = json.loads(path.read_text(encoding="utf-8"))
        wave["questions"]["reuse"]["wording"] = "Was it  reused?"
        path.write_text(json.dumps(wave), encoding="utf-8")

    survey.done.append(older)


def correct(survey: Survey, **changed: object) -> None:
    """Correct an answer of the newer wave; the correction is right but for what is changed."""
    entry = {"unit": "u1", "question": "reuse", "from": "no", "to": "yes"} | changed
    entry |= {"reason": {"en": "Called back"}, "date": "2003-01-02"}
    text = json.dumps([entry, *([entry] if changed == {} else [])])
    survey.done.append(lambda folder: (folder / NEW / "corrections.yaml").write_text(text, encoding="utf-8"))


def drop_from_base(survey: Survey) -> None:
    """Take an option out of the question that the base of another rests on."""
    survey.wave["questions"]["reuse"]["codes"].pop("3")
    survey.put("reuse", 1, 2, 12, 22, 32)


Break = Callable[[Survey], object]
ERRORS: dict[str, tuple[Break, str, str]] = {
    # what is broken: (how, place, message)
    "a column is missing": (lambda s: s.rows.pop("reuse"), "reuse", "a column for reuse, got none"),
    "a code has no meaning": (
        lambda s: s.put("reuse", 7, 3, 5),
        "reuse",
        "codes of reuse (1, 2, 3, 9), got 7",
    ),
    "a decision is open": (lambda s: question(s, "reuse", column="todo"), "reuse.column", "got todo"),
    "a question is left out": (lambda s: without(s, "reuse"), "questions", "'reuse' either mapped here"),
    "a weight is missing": (lambda s: s.put("weight", None, 3), "design.weight", "1 missing: u3"),
    "a weight is zero": (lambda s: s.put("weight", 0, 3, 4), "design.weight", "2 zero: u3, u4"),
    "a weight is negative": (lambda s: s.put("weight", -1, 3), "design.weight", "1 negative: u3"),
    "a weight is a word": (lambda s: s.put("weight", "much", 3), "design.weight", "1 missing: u3"),
    "weights miss the population": (lambda s: s.put("weight", 1), "weight", "population of 400, within 1%"),
    "a stratum has one unit": (lambda s: s.put("sector", 2, *range(19)), "strata", "got one in 1"),
    "a stratum is smaller than its sample": (
        lambda s: s.put("population", 9),
        "population",
        "1 (20 drawn from 9), 2 (20 drawn from 9)",
    ),
    "more were drawn than there are": (
        lambda s: s.put("drawn", 201),
        "strata",
        "no stratum with more sample than population, got 2 with more: 1, 2 (the first 201 against 200)",
    ),
    "more answered than were drawn": (
        lambda s: s.put("drawn", 19),
        "strata",
        "no stratum with more answers than sample",
    ),
    "a stratum has two sizes": (lambda s: s.put("population", 201, 3), "population", "several in 1"),
    "a stratum has two samples": (lambda s: s.put("drawn", 41, 3), "strata", "several in 1"),
    "a size is missing": (lambda s: s.put("population", None, 3), "population", "1 of 40 rows without"),
    "strata hold too many": (
        lambda s: s.wave.update(population=399),
        "strata",
        "at most the population of 399, got 400",
    ),
    "the sample exceeds the population": (
        lambda s: s.wave.update(population=400, sample=401),
        "wave.yaml: sample",
        "at most the population of 400, got 401",
    ),
    "a unit answers twice": (lambda s: s.put("id", "u1", 3), "design", "1 more than once: u1"),
    "a unit has no id": (lambda s: s.put("id", None, 3, 4), "design", "2 rows without"),
    "an answer outside the base": (
        lambda s: s.put("spread", 1, 1, 3),
        "spread",
        "inside the base 'reusing' only, got not so for 2 of 40 units: u1, u3",
    ),
    "an option not offered": (
        lambda s: (s.put("p3", 1, 2), s.put("p4", 0, 2)),
        "partners",
        "'ministry' from those only who were offered it, got not so for 1 of 40 units: u2",
    ),
    "more options than may be": (
        lambda s: s.put("p3", 1, 21),
        "partners",
        "at most 2 options, got not so for 1 of 40 units: u21",
    ),
    "nobody and somebody": (lambda s: s.put("p4", 1, 0), "partners", "'none' without another option"),
    "don't know and an answer": (
        lambda s: s.put("p5", 1, 0),
        "partners",
        "'dont_know' without an answer, got not so for 1 of 40 units: u0",
    ),
    "a date of another form": (
        lambda s: s.wave["period"].update(to="12/2002"),
        "period.to",
        "a date of the form YYYY",
    ),
    "a month that is none": (
        lambda s: s.wave["period"].update(to="2002-13"),
        "period.to",
        "a date of the form YYYY",
    ),
    "a period that ends before it starts": (
        lambda s: s.wave["period"].update(to="2000-12"),
        "period",
        "not before the first, got 2001-01 to 2000-12",
    ),
    "a wave before the one before it": (
        lambda s: s.wave.update(period={"from": "1998-01", "to": "1998-12"}),
        "period",
        "not after first",
    ),
    "fieldwork before the period": (
        lambda s: s.wave.update(fieldwork={"en": "early", "from": "2000-01", "to": "2000-03"}),
        "fieldwork",
        "fieldwork that ends after the period does",
    ),
    "fieldwork that ends before it starts": (
        lambda s: s.wave.update(fieldwork={"en": "early", "from": "2003-04", "to": "2003-03"}),
        "fieldwork",
        "not before the first, got 2003-04 to 2003-03",
    ),
    "the wording changed": (
        lambda s: reword(s, "Was it new?"),
        "wave.yaml",
        "a break for the changed wording of reuse",
    ),
    "an option was dropped": (
        lambda s: (s.wave["questions"]["reuse"]["codes"].pop("9"), s.put("reuse", 2, *range(9, 40, 10))),
        "wave.yaml",
        "options or base of reuse, got no longer: reuse/dont_know",
    ),
    "a tick was dropped": (map_fewer, "wave.yaml", "of partners, got no longer: partners/ministry"),
    "the file has another number of answers": (
        lambda s: s.wave.update(responses=41),
        "responses",
        "the 40 rows of answers.csv",
    ),
    "the file is not there": (lambda s: s.wave.update(file="other.csv"), "other.csv", "No such file"),
    "the file is elsewhere": (
        lambda s: s.wave.update(file="../answers.csv"),
        "wave.yaml: file",
        "the name of a file beside it, got '../answers.csv'",
    ),
    "the file is of another kind": (lambda s: s.wave.update(file="answers.doc"), "answers.doc", "got .doc"),
    "the encoding is none": (
        lambda s: s.wave["format"].update(encoding="klingon"),
        "answers.csv",
        "unknown encoding",
    ),
    "a key is unknown": (lambda s: s.wave.update(sorce=1), "wave.yaml", "got 'sorce'. Did you mean 'source'"),
    "a key is missing": (lambda s: s.wave.pop("title"), "wave.yaml", "the key 'title', got none"),
    "a title is empty": (lambda s: s.wave.update(title={"en": " "}), "title.en", "a text that is not empty"),
    "a count is negative": (lambda s: s.wave.update(population=-1), "population", "at least 0, got -1"),
    "a count is a word": (lambda s: s.wave.update(sample="many"), "sample", "a whole number, got 'many'"),
    "a rate in per cent": (
        lambda s: s.wave.update(response_rate=50),
        "response_rate",
        "a fraction such as 0.50",
    ),
    "a column of the design is missing": (
        lambda s: s.wave["design"].update(weight="wieght"),
        "design.weight",
        "a column of the file, got wieght. Did you mean 'weight'",
    ),
    "a question is unknown": (
        lambda s: s.wave["questions"].update(reused=s.wave["questions"]["reuse"]),
        "questions.reused",
        "a question or register variable of the questionnaire, got reused",
    ),
    "a question that was not asked is unknown": (
        lambda s: s.wave.update(not_asked=["resue"]),
        "questions",
        "known questions under not_asked, got resue. Did you mean 'reuse'",
    ),
    "a question is asked and not asked": (
        lambda s: s.wave.update(not_asked=["reuse"]),
        "questions",
        "'reuse' either mapped here or listed under not_asked, got both",
    ),
    "an item is unknown": (
        lambda s: question(s, "factors", items={"money": "f1", "tiem": "f2"}),
        "factors.items.tiem",
        "an item of 'factors', got factors.tiem",
    ),
    "an option is unknown": (
        lambda s: question(s, "reuse", codes={"1": "yes", "2": "no", "9": "unsure"}),
        "reuse.codes.9",
        "an option of 'reuse', got unsure",
    ),
    "a code for ticked is missing": (
        lambda s: question(s, "partners", ticked=[1, 1]),
        "partners.ticked",
        "one code, or one for each of the 5 options",
    ),
    "a code is an answer and none": (
        lambda s: question(s, "reuse", no_answer=[9]),
        "reuse.no_answer",
        "codes that no option has, got 9",
    ),
    "a break is of nothing": (
        lambda s: s.wave.update(breaks=[{"variables": ["resue"], "reason": {"en": "It changed"}}]),
        "breaks[1]",
        "a variable of the questionnaire, got resue. Did you mean 'reuse'",
    ),
    "a wave is linked to itself": (lambda s: s.wave.update(linked=[NEW]), "linked", "waves before second"),
    "linked waves have no unit in common": (
        lambda s: (s.wave.update(linked=[OLD]), s.put("id", range(UNITS), *range(UNITS))),
        "linked",
        "with units of first in answers.csv, got none",
    ),
    "linked units are other ones": (
        lambda s: (
            s.wave.update(linked=[OLD]),
            s.put("id", [f"u{n}" for n in range(UNITS)][::-1], *range(UNITS)),
        ),
        "linked",
        "the same sector for most units, got for 0%",
    ),
    "the base of a question lost an option": (
        drop_from_base,
        "wave.yaml",
        "options or base of reuse, got no longer: reuse/partly",
    ),
    "a correction of an unknown question": (
        lambda s: correct(s, question="resue"),
        "corrections.yaml:[1]",
        "a question, got 'resue'. Did you mean 'reuse'",
    ),
    "a correction of an unknown option": (
        lambda s: correct(s, question="partners/citizen", **{"from": True, "to": False}),
        "corrections.yaml:[1]",
        "an option of 'partners', got citizen",
    ),
    "a correction to what no option is": (
        lambda s: correct(s, to="maybe"),
        "corrections.yaml:[1].to",
        "null or one of yes, no, partly, dont_know, got 'maybe'",
    ),
    "a correction that changes nothing": (
        lambda s: correct(s, to="no"),
        "corrections.yaml:[1]",
        "another answer than was delivered, got 'no' in both",
    ),
    "a correction made twice": (
        correct,
        "corrections.yaml:[2]",
        "each answer corrected once, got reuse of u1 again",
    ),
    "a correction of nobody": (
        lambda s: correct(s, unit="nobody"),
        "corrections.yaml:[1]",
        "a unit and a question of the file, got no unit nobody",
    ),
    "a correction that the source has mended": (
        lambda s: correct(s, unit="u0"),
        "corrections.yaml:[1]",
        "no as delivered for reuse of unit u0, got yes. If it was mended at the source",
    ),
    "a correction to what was not offered": (
        lambda s: (drop_from_base(s), correct(s, to="partly")),
        "corrections.yaml:[1]",
        "an answer that the wave offered: yes, no, dont_know, got partly",
    ),
    "the file has no rows": (lambda s: setattr(s, "rows", s.rows.iloc[:0]), "answers.csv", "got no row"),
}
WARNINGS: dict[str, tuple[Break, str, str]] = {
    "an earlier wave cannot be read": (
        lambda s: s.done.append(lambda folder: (folder / OLD / "answers.csv").unlink()),
        OLD,
        "an earlier wave to compare with, got one that can't be read",
    ),
    "a wave is linked to one that is not there": (
        lambda s: s.wave.update(linked=["absent"]),
        "linked",
        "earlier waves that are there, got absent",
    ),
    "a code never occurs": (
        lambda s: s.put("reuse", 2, *range(9, 40, 10)),
        "reuse",
        "every code in the file, got never 9",
    ),
    "a member of the base left it empty": (
        lambda s: s.put("f1", None, 3, 4, 5, 6, 7, 8),
        "factors.money",
        "an answer from everyone in the base 'all', got not so for 6 of 40 units: u3, u4, u5, u6, u7, ...",
    ),
    "the base is not known": (
        lambda s: s.put("reuse", None, 0),
        "spread",
        "answers whose base 'reusing' is known, got not so for 1 of 40 units: u0",
    ),
    "an item was dropped": (map_fewer, "wave.yaml", "the items of factors asked in first, got none of"),
    "a share moved too far": (
        lambda s: s.put("f1", 1),
        "factors.money",
        "a share of helped within 15 points of that in first, got +50 points",
    ),
    "a rate that does not follow": (
        lambda s: s.wave.update(response_rate=0.6),
        "response_rate",
        "0.50, responses over sample, got 0.6",
    ),
    "weights miss a stratum": (
        lambda s: (s.put("weight", 12, *range(20)), s.put("weight", 8, *range(20, 40))),
        "strata",
        "weights that sum to the population of each, within 5%, got 2 do not: 1, 2 (the first 240 for 200)",
    ),
}


def named(problems: Iterable[Problem], place: str, message: str) -> bool:
    return any(place in each.where and message in str(each) for each in problems)


def test_a_wave_that_is_right_has_neither_errors_nor_warnings(survey: Survey) -> None:
    found = survey.validate()
    assert (found.errors, found.warnings) == ((), ())
    assert found.answers == UNITS


@pytest.mark.parametrize("what", ERRORS)
def test_each_error_is_named_with_its_place(what: str, survey: Survey) -> None:
    how, place, message = ERRORS[what]
    how(survey)
    found = survey.validate()
    assert named(found.errors, place, message), "\n".join(map(str, found.errors))


@pytest.mark.parametrize("what", WARNINGS)
def test_each_warning_is_named_and_stops_nothing(what: str, survey: Survey) -> None:
    how, place, message = WARNINGS[what]
    how(survey)
    found = survey.validate()
    assert named(found.warnings, place, message), "\n".join(map(str, found.warnings))
    assert what == "an item was dropped" or not found.errors


MESSAGES = ("error", "warning", "Problem", "refuse", "make")
# Of the classes of these modules, what a chapter calls: no validation comes there.
FOR_CHAPTERS = ("restrict", "response_by")


def places() -> Iterator[tuple[str, range]]:
    """Give every place in the code that makes a message of validation: file and lines."""
    package = Path(validate_module.__file__).parents[1]
    files = [*(package / "validate").glob("*.py")]
    files += [
        package / f"{name}.py" for name in ("waves", "harmonise", "sample", "corrections", "comparability")
    ]
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for node in ast.walk(function) if function.name not in FOR_CHAPTERS else ():
                called = node.func if isinstance(node, ast.Call) else None
                if getattr(called, "id", getattr(called, "attr", "")) in MESSAGES and file.stem != "findings":
                    yield str(file), range(node.lineno, node.end_lineno + 1)


def test_every_message_has_a_broken_wave(
    tmp_path: Path, instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: set[tuple[str, int]] = set()
    told: list[Problem] = []
    make = Problem.__init__

    def recorded(self: Problem, *args: Any, **named: Any) -> None:
        frame = sys._getframe(1)
        while frame:
            reached.add((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back
        make(self, *args, **named)
        told.append(self)

    monkeypatch.setattr(Problem, "__init__", recorded)
    for at, (how, *_) in enumerate((*ERRORS.values(), *WARNINGS.values())):
        folder = tmp_path / str(at)
        folder.mkdir()
        survey = Survey(folder, instrument)
        how(survey)
        survey.validate()
    with pytest.raises(ReportError):
        list(validate(["no such wave"], folder=folder, instrument=instrument))
    (folder / OLD).rename(folder / "no name")
    with pytest.raises(ReportError, match="a name of letters"):
        list(validate([NEW], folder=folder, instrument=instrument))
    missing = [
        (file, lines.start) for file, lines in places() if not any((file, at) in reached for at in lines)
    ]
    assert not missing
    assert len({*places()}) > 40
    for kind, fault in FAULTS.items():
        start = fault.expected.partition("{")[0]
        assert any(fault.remedy == each.remedy and each.expected.startswith(start) for each in told), kind


def test_all_findings_come_at_once(survey: Survey) -> None:
    for what in (
        "a code has no meaning",
        "a weight is zero",
        "don't know and an answer",
        "a stratum has two sizes",
    ):
        ERRORS[what][0](survey)
    found = survey.validate()
    for what in (
        "a code has no meaning",
        "a weight is zero",
        "don't know and an answer",
        "a stratum has two sizes",
    ):
        assert named(found.errors, *ERRORS[what][1:])


@pytest.mark.parametrize(
    ("broken", "named_option"),
    [("partners", "partners/ministry"), ("factors", "factors"), ("reuse", "reuse")],
)
def test_a_declared_break_is_no_error(broken: str, named_option: str, survey: Survey) -> None:
    how = ERRORS["a tick was dropped" if broken != "reuse" else "an option was dropped"][0]
    how(survey)
    variables = [named_option, "partners/ministry"]
    survey.wave["breaks"] = [{"variables": variables, "reason": {"en": "It was dropped"}}]
    assert not survey.validate().errors


def test_words_that_differ_in_case_and_blanks_only_are_the_same_wording(survey: Survey) -> None:
    reword(survey, "WAS it reused")
    assert not survey.validate().errors


def test_a_changed_wording_with_a_break_is_no_error(survey: Survey) -> None:
    reword(survey, "Was it new?")
    survey.wave["breaks"] = [{"variables": ["reuse"], "reason": {"en": "Reworded"}}]
    assert not survey.validate().errors


@pytest.mark.parametrize("text", ["", "[", "a: 1\na: 2", "- x", "title: todo", "\tx: 1", "design: []"])
def test_a_wave_file_that_is_no_wave_file_is_an_error_without_a_traceback(text: str, survey: Survey) -> None:
    survey.write()
    (survey.folder / NEW / "wave.yaml").write_text(text, encoding="utf-8")
    (found,) = validate([NEW], folder=survey.folder, instrument=survey.instrument)
    assert found.errors
    assert not found.warnings


def test_a_wave_that_is_not_there_is_an_error_with_the_nearest(survey: Survey) -> None:
    survey.write()
    with pytest.raises(ReportError, match="Did you mean 'second'"):
        list(validate(["secand"], folder=survey.folder, instrument=survey.instrument))


def test_rows_are_checked_in_blocks_that_change_nothing(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for what in ("an answer outside the base", "more options than may be", "don't know and an answer"):
        ERRORS[what][0](survey)
    survey.write()
    wave = load_wave(NEW, folder=survey.folder, instrument=survey.instrument)
    assert len(wave.frame) < BLOCK
    whole = list(check_answers(wave))
    monkeypatch.setattr("barometer.validate.answers.BLOCK", 7)
    assert list(check_answers(wave)) == whole


def test_a_report_of_a_wave_with_errors_is_refused_with_all_of_them(survey: Survey) -> None:
    ERRORS["an answer outside the base"][0](survey)
    ERRORS["don't know and an answer"][0](survey)
    survey.write()
    old, new = (load_wave(name, folder=survey.folder, instrument=survey.instrument) for name in (OLD, NEW))
    check_wave(old, earlier=())
    with pytest.raises(ReportError) as error:
        check_wave(new, earlier=[old])
    assert len(error.value.problems) == 2
    assert f"make validate WAVE={NEW}" in str(error.value)


def test_the_page_says_what_the_terminal_says_and_escapes_it(survey: Survey) -> None:
    survey.put("id", "<b>&", 1)
    survey.put("spread", 1, 1)
    survey.put("f1", None, 3)
    found = survey.validate()
    console = Console(record=True, width=200)
    print_validation(found, console=console)
    text, html = console.export_text(), page([found])
    assert "second: 40 answers, 1 error, 1 warning" in text
    assert "<b>&" in text
    assert "&lt;b&gt;&amp;" in html
    assert "<b>" not in html
    assert re.findall(r"<caption>(.*?)</caption>", html) == ["Errors of second", "Warnings of second"]
    for each in (*found.errors, *found.warnings):
        assert each.remedy in text


def test_the_command_ends_with_one_only_if_there_are_errors(survey: Survey, tmp_path: Path) -> None:
    (tmp_path / "instrument.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    params = tmp_path / "params.yaml"
    params.write_text("instrument: instrument.yaml\nwaves: waves\nlanguages: [en]\n", encoding="utf-8")
    survey.put("f1", None, 3)
    survey.write()
    run = CliRunner().invoke
    good = run(cli.app, ["validate", NEW, "--params", str(params)])
    assert (good.exit_code, "1 warning" in good.output, OLD + ":" in good.output) == (0, True, False)
    survey.put("p5", 1, 0)
    survey.write()
    bad = run(cli.app, ["validate", "--params", str(params), "--html", str(tmp_path / "page.html")])
    assert bad.exit_code == 1
    assert f"{OLD}: 40 answers, no errors, no warnings" in bad.output
    assert "'dont_know' without an answer" in (tmp_path / "page.html").read_text(encoding="utf-8").replace(
        "&#39;", "'"
    )


@pytest.mark.slow
def test_another_wave_is_a_folder_and_no_code(tmp_path: Path) -> None:
    from barometer.build.report import build_report
    from barometer.params import load_params

    root = shutil.copytree(SMALL, tmp_path / "project")
    place = shutil.copytree(root / "data/waves/2022", root / "data/waves/2024")
    text = (place / "wave.yaml").read_text(encoding="utf-8")
    (place / "wave.yaml").write_text(text.replace("2022", "2024"), encoding="utf-8")
    assert build_report(load_params(root / "params.yaml", {"CHAPTERS": "front", "LOCALE": "en"}))
    assert "front: 2024 against 2022" in (root / "reports/2024/en/index.html").read_text(encoding="utf-8")
