"""A new wave from a file as delivered: what is recognised, what is left open, and nothing wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from barometer.documents import Node, read_yaml
from barometer.errors import ReportError
from barometer.estimate import proportions
from barometer.harmonise import Column, read_layout
from barometer.instrument import Instrument
from barometer.onboard import Onboarded, onboard, open_decisions
from barometer.onboard.coding import Open
from barometer.waves import list_waves, load_wave
from tests.onboarding import DESIGN, WAVES, Delivered, decide, deliver, layout_of, other_hand

*EARLIER, NEWEST = list_waves(WAVES)
# Labels that are close to what the questionnaire asks, but something else; the right ones are missing.
TRAPS = {
    "partners/companies": "Samarbejdspartnere: Andre private virksomheder",
    "funding/foundations": "Finansieringskilder: Ikke fonde",
    "values/quality": "Værdi af innovationen: Højere eller lavere kvalitet",
    "initiators/economy": "Igangsættere af innovationen: Økonomisk fremgang",
    "culture.openness": "Arbejdspladsens innovationskultur: Åbenhed for egne løsninger",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the waves without the newest."""
    for name in EARLIER:
        shutil.copytree(WAVES / name, tmp_path / "waves" / name)
    return tmp_path / "waves"


@pytest.fixture
def delivered(tmp_path: Path, barometer_instrument: Instrument) -> Delivered:
    return deliver(NEWEST, tmp_path / "fil.sav", instrument=barometer_instrument, seed=1)


def without_open(value: Any) -> Any:
    """Return a part of a description without what is left open, and without what is empty then."""
    if not isinstance(value, dict):
        return value
    parts = {key: without_open(each) for key, each in value.items() if not isinstance(each, Open)}
    return {key: each for key, each in parts.items() if each != {} or key == "codes"}


def certain(found: Onboarded, instrument: Instrument) -> tuple[Column, ...]:
    """Return the columns that are certain, read as the wave file would be."""
    document = found.description.document
    parts = [
        {
            name: _whole(each)
            for name, each in without_open(document[key]).items()
            if {*each} - {"codes", "ticked"}
        }
        for key in ("register", "questions")
    ]
    return read_layout(*(Node(part, "", []) for part in parts), (), instrument).columns


def _whole(part: dict[str, Any]) -> dict[str, Any]:
    """Return the mapping of a question, with a code for ticked or codes where these are open."""
    if "column" in part or not any(isinstance(each, dict) for each in part.get("items", {}).values()):
        missing = {"codes": {}} if "column" in part or "items" in part else {"ticked": 1}
    else:
        missing = {"ticked": 1}
    return missing | part


def score(
    found: Onboarded, truth: Delivered, instrument: Instrument
) -> tuple[list[str], list[str], list[str]]:
    """Return the targets whose columns were matched rightly, wrongly, and left open."""
    document = found.description.document
    columns = {column.target: column.name for column in certain(found, instrument)}
    design = {**document["design"], "mark": document.get("mark", Open({}))}
    for key in (*DESIGN, "mark"):
        if not isinstance(design[key], Open):
            columns[f"design.{key}"] = design[key][0] if isinstance(design[key], list) else design[key]
    right = [target for target, column in truth.columns.items() if columns.get(target) == column]
    wrong = [target for target, column in columns.items() if truth.columns.get(target) != column]
    return right, wrong, [target for target in truth.columns if target not in (*right, *wrong)]


def wrong_codes(found: Onboarded, truth: Delivered, instrument: Instrument) -> list[str]:
    """Return the codes whose meaning was found and is another one."""
    return [
        f"{column.target} {code}: {meaning}"
        for column in certain(found, instrument)
        for code, meaning in column.codes.items()
        if truth.codes[column.target].get(code) != meaning
    ]


def test_a_renamed_and_reordered_file_with_danish_labels_is_recognised_whole(
    delivered: Delivered, folder: Path, barometer_instrument: Instrument
) -> None:
    found = onboard(NEWEST, delivered.file, folder=folder, instrument=barometer_instrument)
    right, wrong, left = score(found, delivered, barometer_instrument)
    print(f"\n{len(right)} right, {len(wrong)} wrong, {len(left)} open of {len(delivered.columns)} columns")
    assert (len(right), wrong, left) == (190, [], [])
    assert not wrong_codes(found, delivered, barometer_instrument)
    document = found.description.document
    assert [document[key] for key in ("population", "sample", "responses")] == [14297, 4494, 1611]
    assert document["synthetic"] is True


@pytest.mark.parametrize("seed", range(4))
def test_labels_in_another_hand_are_never_matched_wrongly_and_mostly_rightly(
    folder: Path, tmp_path: Path, seed: int, barometer_instrument: Instrument
) -> None:
    hand = other_hand(barometer_instrument, seed)
    file = tmp_path / "fil.sav"
    truth = deliver(NEWEST, file, instrument=barometer_instrument, seed=seed, label=hand)
    found = onboard(NEWEST, file, folder=folder, instrument=barometer_instrument)
    right, wrong, left = score(found, truth, barometer_instrument)
    candidates = {place: list(each.candidates) for place, each in open_decisions(found.description.document)}
    helped = [t for t in left if truth.columns[t] in next(iter(_at(candidates, t)), [])]
    print(
        f"\n{len(right)} right, {len(wrong)} wrong, {len(left)} open, {len(helped)} of them among candidates"
    )
    assert not wrong
    assert not wrong_codes(found, truth, barometer_instrument)
    assert len(right) >= 0.6 * len(truth.columns)
    assert len(helped) >= 0.5 * len(left)


def _at(candidates: Mapping[str, list[str]], target: str) -> list[list[str]]:
    """Return the candidates at the place in wave.yaml where a target stands."""
    ending = target.replace("/", ".").split(".")
    return [
        names
        for place, names in candidates.items()
        if [
            part
            for part in place.split(".")
            if part not in ("questions", "register", "items", "options", "column")
        ]
        == ending
    ]


def test_a_label_that_is_nearly_right_stays_open_with_its_score(
    folder: Path, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    truth = deliver(
        NEWEST,
        tmp_path / "fil.sav",
        instrument=barometer_instrument,
        seed=3,
        without=tuple(TRAPS),
        more=TRAPS,
    )
    found = onboard(NEWEST, truth.file, folder=folder, instrument=barometer_instrument)
    right, wrong, left = score(found, truth, barometer_instrument)
    assert (len(right), wrong, left) == (185, [], [])
    decisions = dict(open_decisions(found.description.document))
    partner = decisions["questions.partners.options.companies"]
    assert list(partner.candidates) == ["W001"]
    assert re.match(r'0\.[5-9]\d "Samarbejdspartnere: Andre private', partner.candidates["W001"])
    assert len([place for place in decisions if place.startswith("questions.")]) == len(TRAPS)


def test_labels_alone_are_enough_without_any_earlier_wave(
    delivered: Delivered, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    found = onboard(NEWEST, delivered.file, folder=tmp_path / "none", instrument=barometer_instrument)
    right, wrong, left = score(found, delivered, barometer_instrument)
    assert not wrong
    assert not wrong_codes(found, delivered, barometer_instrument)
    # Nobody has said yet what the columns of the design are called, and what stands for ticked.
    assert left == [f"design.{key}" for key in (*DESIGN, "mark")]
    assert len(right) == 184
    decisions = dict(open_decisions(found.description.document))
    assert next(iter(decisions["design.weight"].candidates)) == delivered.columns["design.weight"]
    assert next(iter(decisions["design.unit"].candidates)) == delivered.columns["design.unit"]
    assert set(decisions["questions.partners.ticked"].candidates) == {"1", "0"}


def test_two_columns_of_one_label_are_both_left_open(
    folder: Path, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    twice = {"more": "Samarbejdspartnere: Borgere"}
    truth = deliver(NEWEST, tmp_path / "fil.sav", instrument=barometer_instrument, seed=5, more=twice)
    found = onboard(NEWEST, truth.file, folder=folder, instrument=barometer_instrument)
    _, wrong, left = score(found, truth, barometer_instrument)
    assert (wrong, left) == ([], ["partners/citizens"])
    decision = dict(open_decisions(found.description.document))["questions.partners.options.citizens"]
    assert set(decision.candidates) == {truth.columns["partners/citizens"], "W001"}


def test_a_file_without_labels_is_known_by_its_names_and_that_is_said(
    folder: Path, barometer_instrument: Instrument
) -> None:
    name, file = "2015-2016", folder / "2015-2016/responses.csv"
    found = onboard("new", file, folder=folder, instrument=barometer_instrument)
    layout, _ = layout_of(name, barometer_instrument)
    columns = {column.target: column for column in certain(found, barometer_instrument)}
    assert columns == {column.target: column for column in layout.columns}
    checks = dict(open_decisions(found.description.document))["checks"].candidates
    assert any("known by their names alone" in check and "sp07" not in check for check in checks)
    assert any(check.startswith("reuse: the file has no words for these codes") for check in checks)
    assert found.description.document["format"] == {
        "delimiter": ";",
        "decimal": ",",
        "encoding": "utf-8-sig",
    }


def test_a_label_counts_more_than_a_name_that_meant_another_question(
    folder: Path, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    about = pyreadstat.read_sav(folder / "2018-2019/responses.sav", metadataonly=True)[1]
    frame, _ = pyreadstat.read_sav(folder / "2018-2019/responses.sav")
    swapped = {"s4": "s5", "s5": "s4"}
    file = tmp_path / "fil.sav"
    labels = {swapped.get(name, name): label for name, label in about.column_names_to_labels.items()}
    codes = {swapped.get(name, name): labels for name, labels in about.variable_value_labels.items()}
    pyreadstat.write_sav(
        frame.rename(columns=swapped), file, column_labels=labels, variable_value_labels=codes
    )
    found = onboard("new", file, folder=folder, instrument=barometer_instrument)
    questions = found.description.document["questions"]
    assert (questions["core_task"]["column"], questions["practice"]["column"]) == ("s5", "s4")
    checks = dict(open_decisions(found.description.document))["checks"].candidates
    assert any(check.startswith("s5 was practice in an earlier wave") for check in checks)


def test_what_the_file_declares_missing_is_known_as_an_option_or_as_no_answer(
    folder: Path, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    file = tmp_path / "fil.sav"
    frame = pd.DataFrame({"V1": [1.0, 2.0, 97.0, 99.0, 99.0], "V2": [1.0, 0.0, 9.0, 0.0, 9.0]})
    frame["V3"] = [1.0, 96.0, 2.0, 2.0, 2.0]
    labels = {
        "V1": "Grad af genbrug",
        "V2": "Samarbejdspartnere: Borgere",
        "V3": "Tilknytning til kerneopgaven",
    }
    refused = {97: "Vil ikke svare", 98: "Ikke stillet", 99: "Ved ikke"}
    pyreadstat.write_sav(
        frame,
        file,
        column_labels=labels,
        variable_value_labels={
            "V1": {1: "Første af sin slags", 2: "Kopi"} | refused,
            "V2": {1: "Valgt", 0: "Ikke valgt", 9: "Vil ikke svare"},
            "V3": {96: "Ved det ikke"},
        },
        missing_ranges={"V1": [{"lo": 97, "hi": 99}], "V2": [9], "V3": [96]},
    )
    found = onboard("new", file, folder=folder, instrument=barometer_instrument)
    questions = found.description.document["questions"]
    assert questions["reuse"]["codes"][99] == "dont_know"
    assert questions["reuse"]["no_answer"] == [97, 98]
    assert (questions["partners"]["ticked"], questions["partners"]["no_answer"]) == (1, [9])
    checks = dict(open_decisions(found.description.document))["checks"].candidates
    assert [check for check in checks if "missing" in check] == [
        'the file declares 97 "Vil ikke svare" missing, taken as no answer; answers: 1, in V1',
        'the file declares 99 "Ved ikke" missing, taken as dont_know; answers: 2, in V1',
        'the file declares 9 "Vil ikke svare" missing, taken as no answer; answers: 2, in V2',
    ]
    assert next(iter(questions["core_task"]["codes"][96].candidates)) == "dont_know"


def test_a_background_that_is_not_in_the_file_is_one_decision(
    folder: Path, barometer_instrument: Instrument, tmp_path: Path
) -> None:
    truth = deliver(
        NEWEST, tmp_path / "fil.sav", instrument=barometer_instrument, seed=7, without=("region",)
    )
    found = onboard(NEWEST, truth.file, folder=folder, instrument=barometer_instrument)
    places = [place for place, _ in open_decisions(found.description.document)]
    assert [place for place in places if place.startswith("register")] == ["register.region"]
    assert score(found, truth, barometer_instrument)[1:] == ([], [])


def test_codes_that_have_other_words_than_the_options_stay_open(
    folder: Path, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    file = tmp_path / "fil.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"V1": [1.0, 2.0, 3.0, 4.0]}),
        file,
        column_labels={"V1": "Grad af genbrug"},
        variable_value_labels={"V1": {1: "Overvejende en kopi", 2: "Vist en kopi", 4: "FØRSTE AF SIN SLAGS"}},
    )
    found = onboard("new", file, folder=folder, instrument=barometer_instrument)
    codes = found.description.document["questions"]["reuse"]["codes"]
    assert (codes[1], codes[4]) == ("copy", "first")
    assert next(iter(codes[2].candidates.items()))[0] == "copy"
    assert codes[2].candidates["copy"].endswith('"Vist en kopi"')
    # 3 was a copy before, but the words show that the codes have changed.
    assert isinstance(codes[3], Open)


def test_a_wave_whose_decisions_were_made_equals_the_one_described_by_hand(
    tmp_path: Path, folder: Path, barometer_instrument: Instrument
) -> None:
    truth = deliver(NEWEST, tmp_path / "fil.sav", instrument=barometer_instrument, seed=6, turned=True)
    found = onboard(NEWEST, truth.file, folder=folder, instrument=barometer_instrument)
    assert not wrong_codes(found, truth, barometer_instrument)
    with pytest.raises(ReportError) as error:
        load_wave(NEWEST, folder=folder, instrument=barometer_instrument)
    decisions = list(open_decisions(found.description.document))
    assert len(error.value.problems) == len(decisions)
    by_hand = layout_of(NEWEST, barometer_instrument)[1]
    made = {"period.from": by_hand["period"]["from"], "period.to": by_hand["period"]["to"]}
    made |= {f"source.{language}": by_hand["source"][language] for language in ("da", "en")}
    made |= {key: by_hand[key] for key in ("fieldwork", "not_asked")}
    assert set(made) == {place for place, _ in decisions}
    decide(found.path, made)
    wave = load_wave(NEWEST, folder=folder, instrument=barometer_instrument)
    original = load_wave(NEWEST, folder=WAVES, instrument=barometer_instrument)
    assert wave.frame.shape == original.frame.shape
    names = [*barometer_instrument.questions, *barometer_instrument.composites]
    for name in (each for each in names if original.asks(each)):
        for by in (None, "sector"):
            pd.testing.assert_frame_equal(proportions(wave, name, by=by), proportions(original, name, by=by))


def test_a_wave_that_is_there_is_written_over_only_when_that_is_said(
    delivered: Delivered, folder: Path, barometer_instrument: Instrument
) -> None:
    path = folder / EARLIER[-1] / "wave.yaml"
    before = path.read_bytes()
    with pytest.raises(ReportError, match="cannot be added") as error:
        onboard(EARLIER[-1], delivered.file, folder=folder, instrument=barometer_instrument)
    assert "--replace" in str(error.value)
    assert path.read_bytes() == before
    onboard(EARLIER[-1], delivered.file, folder=folder, instrument=barometer_instrument, replace=True)
    assert path.read_bytes() != before


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b"])
def test_a_name_that_is_no_folder_is_refused(
    name: str, delivered: Delivered, folder: Path, barometer_instrument: Instrument
) -> None:
    with pytest.raises(ReportError, match="cannot be added"):
        onboard(name, delivered.file, folder=folder, instrument=barometer_instrument)


def test_a_link_points_to_the_file_and_a_copy_leaves_it_alone(
    delivered: Delivered, folder: Path, barometer_instrument: Instrument
) -> None:
    before = delivered.file.read_bytes()
    linked = onboard("a", delivered.file, folder=folder, instrument=barometer_instrument, link=True)
    copied = onboard("b", delivered.file, folder=folder, instrument=barometer_instrument)
    assert (linked.path.parent / "responses.sav").resolve() == delivered.file.resolve()
    assert not (copied.path.parent / "responses.sav").is_symlink()
    assert (copied.path.parent / "responses.sav").read_bytes() == before == delivered.file.read_bytes()


def test_the_command_shows_what_matched_and_what_is_open(delivered: Delivered, tmp_path: Path) -> None:
    root = WAVES.parents[1]
    shutil.copytree(root / "data", tmp_path / "project/data", ignore=shutil.ignore_patterns(NEWEST))
    shutil.copytree(root / "notebooks", tmp_path / "project/notebooks")
    shutil.copy(root / "params.yaml", tmp_path / "project")
    command = [sys.executable, "-m", "barometer", "wave", NEWEST, "--from", str(delivered.file)]
    done = subprocess.run(
        command,
        cwd=tmp_path / "project",
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "100"},
    )
    assert done.returncode == 0, done.stderr
    assert "1611 rows, 190 columns" in done.stdout
    assert re.search(r"questions\W+180\W+label 180", done.stdout)
    assert "period.from" in done.stdout
    assert f"Written: data/waves/{NEWEST}/wave.yaml. 6 decisions are open" in done.stdout
    assert f"Next: decide them, then barometer validate {NEWEST}" in done.stdout
    counts = re.findall(r"(?:mark|design|register|questions|nothing uses)\W+(\d+)", done.stdout)
    assert sum(map(int, counts)) == 190
    assert "todo" in str(read_yaml(tmp_path / f"project/data/waves/{NEWEST}/wave.yaml"))
