"""A questionnaire proposed for a file that has none, held against the one that a person wrote for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from typer.testing import CliRunner

from barometer.cli import app
from barometer.conditions import AnyOf, leaves
from barometer.documents import Node, read_yaml
from barometer.errors import ReportError
from barometer.estimate import proportions
from barometer.harmonise import Layout, read_layout
from barometer.instrument import Instrument, load_instrument
from barometer.onboard import Onboarded, onboard_unknown, open_decisions
from barometer.waves import load_wave
from tests.onboarding import decide

ENAI = Path(__file__).parent / "enai"
FILE = Path(__file__).parents[2] / "shared" / "data" / "enai_2012_2014.sav"
NAME = "2012-2014"
DECISIONS: dict[str, Any] = {
    "synthetic": False,
    "period.from": "2012-01",
    "period.to": "2014-12",
    "fieldwork": None,
    "population": None,
    "sample": None,
    "source.en": "INEC",
    "source.da": "INEC",
    "design.unit": "id_empresa",
    "design.weight": "fexp",
    "design.strata": ["sector", "tamaño"],
    "design.population": None,
    "design.sample": None,
    "checks": None,
}


@dataclass(frozen=True)
class Side:
    """A questionnaire and the layout of the file in its terms."""

    instrument: Instrument
    layout: Layout

    def meaning(self, column: str) -> tuple[str, str] | None:
        """Return the question of a column and its kind."""
        for each in self.layout.columns:
            if each.name == column:
                whole = each.variable.partition(".")[0]
                known = {**self.instrument.register, **self.instrument.questions}
                return whole, known[whole].kind
        return None


def side(instrument: Path, wave: Path) -> Side:
    found = load_instrument(instrument)
    root = Node.root(wave)
    parts = root.entries()
    return Side(found, read_layout(parts["register"], parts["questions"], (), found))


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Onboarded:
    folder = tmp_path_factory.mktemp("unknown")
    return onboard_unknown(
        NAME,
        FILE,
        folder=folder / "waves",
        questionnaire=folder / "instrument.yaml",
        languages=("en", "da"),
        link=True,
    )


@pytest.fixture(scope="module")
def sides(proposed: Onboarded) -> tuple[Side, Side]:
    """Return what a person wrote and what was proposed."""
    mine = side(proposed.path.parents[2] / "instrument.yaml", proposed.path)
    return side(ENAI / "instrument.yaml", ENAI / "waves" / NAME / "wave.yaml"), mine


real = pytest.mark.skipif(not FILE.exists(), reason="the survey file is not beside the repository")


@real
def test_most_of_what_a_person_wrote_for_the_other_survey_is_found(sides: tuple[Side, Side]) -> None:
    person, found = sides
    columns = {column.name: column for column in person.layout.columns}
    placed = {name: found.meaning(name) for name in columns}
    told = {name: person.meaning(name) for name in columns}
    kinds = [name for name in columns if placed[name] and told[name] and placed[name][1] == told[name][1]]
    together = {}
    for question in {meaning[0] for meaning in told.values() if meaning}:
        members = [name for name, meaning in told.items() if meaning and meaning[0] == question]
        blocks = [placed[name][0] for name in members if placed[name]]
        together[question] = max(map(blocks.count, blocks), default=0) / len(members)
    options = [
        (name, code, option) for name, column in columns.items() for code, option in column.codes.items()
    ]
    mine = {column.name: column for column in found.layout.columns}
    matched = [1 for name, code, _ in options if name in mine and code in mine[name].codes]
    whole = sorted(question for question, share in together.items() if share == 1)
    print(f"\n{sum(map(bool, placed.values()))} of {len(columns)} columns, {len(kinds)} in the same kind,")
    print(f"{len(matched)} of {len(options)} codes, {len(whole)} of {len(together)} questions whole")
    assert all(placed.values())
    assert len(kinds) == len(columns) == 28
    assert len(matched) == len(options)
    assert whole == ["cooperated", "partners", "reuse", "sector", "size"]
    # The file numbers these in two sections; that they are one question is the person's decision.
    assert together["introduced"] == pytest.approx(4 / 6)
    assert together["sources"] == pytest.approx(4 / 5)


@real
def test_the_routing_to_the_question_on_processes_is_found(sides: tuple[Side, Side]) -> None:
    person, found = sides
    base = found.instrument.questions["iv_2"].base.condition
    assert isinstance(base, AnyOf)
    asked = {
        column.name
        for column in found.layout.columns
        for leaf in leaves(base)
        if column.target == leaf.variable
    }
    by_hand = person.instrument.composites["process_innovation"].recipe["yes"]
    told = {c.name for c in person.layout.columns for leaf in leaves(by_hand) if c.target == leaf.variable}
    assert asked == told == {"iv_1_a", "iv_1_b"}


@real
def test_grids_of_ticks_and_of_answers_are_told_apart(sides: tuple[Side, Side]) -> None:
    questions = sides[1].instrument.questions
    purposes = questions["viii_2_2"]
    assert (purposes.select, len(purposes.items), len(purposes.options)) == ("many", 10, 7)
    importance = questions["vii_2"]
    assert (importance.select, len(importance.items), len(importance.options)) == ("one", 11, 4)
    assert all(question.evidence == "inferred" for question in questions.values())


@real
def test_with_the_decisions_made_the_proposal_gives_the_shares_of_the_one_written_by_hand(
    proposed: Onboarded, sides: tuple[Side, Side], tmp_path: Path
) -> None:
    assert {place for place, _ in open_decisions(proposed.description.document)} == DECISIONS.keys()
    weight = dict(open_decisions(proposed.description.document))["design.weight"]
    strata = dict(open_decisions(proposed.description.document))["design.strata"]
    assert (next(iter(weight.candidates)), next(iter(strata.candidates))) == ("fexp", "sector, tamaño")
    folder = tmp_path / "waves" / NAME
    folder.mkdir(parents=True)
    (folder / "wave.yaml").write_text(proposed.path.read_text(encoding="utf-8"), encoding="utf-8")
    decide(folder / "wave.yaml", DECISIONS)
    (folder / "responses.sav").symlink_to(FILE)
    wave = load_wave(NAME, folder=tmp_path / "waves", instrument=sides[1].instrument)
    reference = pd.read_csv(FILE.parent / "reference_enai.csv").query("domain == 'all'").set_index("variable")
    for column, variable in (("iii_1_a==1", "iii_1"), ("iv_1_b==1", "iv_1")):
        item = next(
            name
            for name in wave.instrument.expand(variable)
            if any(c.target == name and c.name == column[:-3] for c in sides[1].layout.columns)
        )
        row = proportions(wave, item).query("option == 'si'").iloc[0]
        assert row["estimate"] == pytest.approx(reference.loc[column, "estimate"], abs=1e-9)
        assert row["se"] == pytest.approx(reference.loc[column, "se"], abs=1e-9)


def made_file(path: Path) -> pd.DataFrame:
    """Write a file with a background, a filter, a routed question, a multiple one, and a grid."""
    chance = np.random.default_rng(7)
    n = 300
    active = chance.integers(1, 3, n).astype(float)
    frame = pd.DataFrame({"kind": chance.integers(1, 4, n).astype(float), "q1": active})
    frame["q2"] = np.where(active == 1, chance.integers(1, 4, n), np.nan)
    for letter in "abc":
        frame[f"q3_{letter}"] = np.where(active == 1, chance.integers(0, 2, n), np.nan)
        frame[f"q4_{letter}"] = chance.integers(1, 6, n).astype(float)
    frame["turnover"] = chance.random(n) * 1000
    degrees = {1: "Not at all", 2: "A little", 3: "Some", 4: "Much", 5: "Don't know"}
    codes = {"kind": {1: "Town", 2: "Country", 3: "Sea"}, "q1": {1: "Yes", 2: "No"}}
    codes |= {"q2": {1: "First", 2: "Second", 3: "Third"}}
    codes |= {f"q3_{letter}": {0: "No", 1: "Yes"} for letter in "abc"}
    codes |= {f"q4_{letter}": degrees for letter in "abc"}
    labels = {
        "kind": "Kind of place",
        "q1": "Active in the period?",
        "q2": "How often",
        "turnover": "Turnover",
    }
    for letter, who in zip("abc", ("Friends", "Rivals", 'Nobody: "x"'), strict=True):
        labels |= {f"q3_{letter}": f"Whom with: {who}", f"q4_{letter}": f"How much do you like {who}"}
    pyreadstat.write_sav(frame, path, column_labels=labels, variable_value_labels=codes)
    return frame


def test_questions_grids_and_routing_of_a_made_up_file_are_proposed_as_they_are(tmp_path: Path) -> None:
    made_file(tmp_path / "x.sav")
    found = onboard_unknown(
        "w",
        tmp_path / "x.sav",
        folder=tmp_path / "waves",
        questionnaire=tmp_path / "i.yaml",
        languages=("en",),
    )
    instrument = load_instrument(tmp_path / "i.yaml")
    assert list(instrument.register) == ["kind"]
    kinds = {
        name: (each.kind, each.select if each.items else "") for name, each in instrument.questions.items()
    }
    assert kinds == {
        "q1": ("single", ""),
        "q2": ("single", ""),
        "q3": ("multiple", ""),
        "q4": ("grid", "one"),
    }
    assert [option.label["en"] for option in instrument.questions["q3"].options][:2] == ["Friends", "Rivals"]
    assert [item.label["en"] for item in instrument.questions["q4"].items][:2] == ["Friends", "Rivals"]
    for name, base in {"q1": None, "q2": ["yes"], "q3": ["yes"], "q4": None}.items():
        condition = instrument.questions[name].base.condition
        assert [leaf.options for leaf in leaves(condition)] == ([tuple(base)] if base else []), name
    assert found.description.left == ("turnover",)
    document = read_yaml(found.path)
    assert document["questions"]["q3"]["ticked"] == 1
    assert document["register"]["kind"] == {"column": "kind", "codes": {1: "town", 2: "country", 3: "sea"}}


def test_of_what_the_file_declares_missing_only_dont_know_is_proposed_as_an_answer(tmp_path: Path) -> None:
    frame = made_file(tmp_path / "x.sav")
    _, about = pyreadstat.read_sav(tmp_path / "x.sav", metadataonly=True)
    told = {8: "don\u2019t  know", 9: "Refused"}
    codes = dict(about.variable_value_labels)
    for name in ("q1", "q3_a", "q3_b"):
        codes[name] = codes[name] | told
        frame[name] = frame[name].astype(float)
        frame.loc[[290, 291], name] = [8.0, 9.0]
    pyreadstat.write_sav(
        frame,
        tmp_path / "x.sav",
        column_labels=about.column_names_to_labels,
        variable_value_labels=codes,
        missing_ranges={name: [{"lo": 8, "hi": 9}] for name in ("q1", "q3_a", "q3_b")},
    )
    place = tmp_path / "i.yaml"
    place.write_text("# Nothing is known yet\n", encoding="utf-8")
    found = onboard_unknown(
        "w", tmp_path / "x.sav", folder=tmp_path / "waves", questionnaire=place, languages=("en",)
    )
    questions = load_instrument(place).questions
    assert [(each.id, each.role) for each in questions["q1"].options] == [
        *(("yes", "answer"), ("no", "answer"), ("dont_know", "dont_know"))
    ]
    assert [each.role for each in questions["q4"].options][-1] == "dont_know"
    assert questions["q3"].kind == "multiple"
    mapped = found.description.document["questions"]
    assert mapped["q1"]["codes"] == {1: "yes", 2: "no", 8: "dont_know"}
    assert (mapped["q1"]["no_answer"], mapped["q3"]["no_answer"]) == ([9], [8, 9])


def test_the_command_proposes_a_questionnaire_where_there_is_none(tmp_path: Path) -> None:
    made_file(tmp_path / "x.sav")
    (tmp_path / "params.yaml").write_text("instrument: instrument.yaml\nwaves: waves\n", encoding="utf-8")
    command = ["wave", "w", "--from", str(tmp_path / "x.sav"), "--params", str(tmp_path / "params.yaml")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "There was no questionnaire. Proposed from the file:" in " ".join(done.output.split())
    proposed = (tmp_path / "instrument.yaml").read_text(encoding="utf-8")
    assert [*load_instrument(tmp_path / "instrument.yaml").questions] == ["q1", "q2", "q3", "q4"]
    again = CliRunner().invoke(app, [*command, "--replace"])
    assert "no questionnaire" not in again.output
    assert (tmp_path / "instrument.yaml").read_text(encoding="utf-8") == proposed


def test_neither_questionnaire_nor_wave_is_written_over_unasked(tmp_path: Path) -> None:
    made_file(tmp_path / "x.sav")
    (tmp_path / "i.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(ReportError, match="cannot be added"):
        onboard_unknown(
            "w", tmp_path / "x.sav", folder=tmp_path, questionnaire=tmp_path / "i.yaml", languages=("en",)
        )
    assert (tmp_path / "i.yaml").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "w").exists()
