"""The form on the reader's own workplace: its numbers are the report's, and nothing else leaves the data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barometer.assembly import Assembly
from barometer.estimate import proportions
from barometer.formats import Words
from barometer.instrument import Instrument
from barometer.params import Params, load_params
from barometer.rules import PRESETS
from barometer.waves import Wave, load_wave
from barometer.workplace import Workplace, WorkplaceBlock

ROOT = Path(__file__).parents[1]
EIGHT = ("introduced", "core_task", "reuse", "initiators", "partners", "spreading", "values", "evaluation")
SECTORS, SIZES = ("state", "regional", "municipal"), ("under_20", "from_20", "from_50", "from_100")
GROUPS = (
    "all",
    *(f"sector={sector}" for sector in SECTORS),
    *(f"size={size}" for size in SIZES),
    *(f"sector={sector},size={size}" for sector in SECTORS for size in SIZES),
)
# No group of the wave is this small, so that some are hidden in the tests.
STRICT = replace(PRESETS["open"], minimum_base=60, uncertain_base=100)


@pytest.fixture(scope="module")
def params() -> Params:
    return replace(load_params(ROOT / "params.yaml"), disclosure=PRESETS["open"])


@pytest.fixture(scope="module")
def wave(barometer_instrument: Instrument, params: Params) -> Wave:
    return load_wave("2018-2019", folder=params.waves, instrument=barometer_instrument)


def block(wave: Wave, params: Params, language: str = "en", **given: Any) -> WorkplaceBlock:
    questions = given.pop("questions", EIGHT)
    return Workplace(Assembly((wave,), params, Words(language), **given), questions).block()


@pytest.fixture(scope="module")
def form(wave: Wave, params: Params) -> WorkplaceBlock:
    return block(wave, params)


def whole(share: float) -> float:
    return pytest.approx(share, abs=0.00501)


def in_group(wave: Wave, group: str, variable: str) -> pd.DataFrame:
    """Estimate one group the long way round: one register restricts, the other groups."""
    pairs = [part.split("=") for part in group.split(",") if part != "all"]
    for pair in pairs[:-1]:
        wave = wave.restrict(*pair)
    by, level = pairs[-1] if pairs else (None, "")
    found = proportions(wave, variable, by=by)
    return found[found["level"] == level].set_index("option")


def cells(form: WorkplaceBlock) -> Iterator[tuple[str, str, str, Any]]:
    for group, questions in form.estimates.items():
        for question, options in questions.items():
            for option, cell in options.items():
                yield group, question, option, cell


def test_the_form_has_eight_questions_and_every_sector_and_size(form: WorkplaceBlock) -> None:
    assert tuple(question["id"] for question in form.questions) == EIGHT
    assert tuple(group["id"] for group in form.groups) == GROUPS == tuple(form.estimates)
    assert {register["id"]: len(register["options"]) for register in form.registers} == {
        "sector": 3,
        "size": 4,
    }


@pytest.mark.parametrize("group", GROUPS)
def test_every_number_is_that_of_the_estimator(wave: Wave, form: WorkplaceBlock, group: str) -> None:
    for question in set(EIGHT) - {"introduced"}:
        found = in_group(wave, group, question)
        for option, cell in form.estimates[group][question].items():
            row = found.loc[option]
            if cell is None:
                assert row["n"] == 0
                continue
            share, low, high, n = cell
            assert (share, low, high) == (whole(row["estimate"]), whole(row["ci_low"]), whole(row["ci_high"]))
            assert n == row["n"]


@pytest.mark.parametrize("group", ["all", "sector=regional", "sector=state,size=from_50"])
def test_of_a_grid_the_share_of_yes_counts_and_none_is_everyone_else(
    wave: Wave, form: WorkplaceBlock, group: str
) -> None:
    found = form.estimates[group]["introduced"]
    assert list(found) == ["product", "service", "process", "communication", "none"]
    product = in_group(wave, group, "introduced.product").loc["yes"]
    assert found["product"][:3] == [whole(product[name]) for name in ("estimate", "ci_low", "ci_high")]
    innovative = in_group(wave, group, "innovative").loc["yes"]
    mirrored = [whole(1 - innovative[name]) for name in ("estimate", "ci_high", "ci_low")]
    assert found["none"][:3] == mirrored


def test_a_group_of_both_keeps_the_design_of_the_whole_sample(wave: Wave, form: WorkplaceBlock) -> None:
    half = in_group(wave, "sector=municipal,size=from_20", "reuse").loc["adapted"]
    municipal = wave.groups("sector").member[:, SECTORS.index("municipal")]
    sized = wave.groups("size").member[:, SIZES.index("from_20")]
    values = wave.indicators("reuse")
    moments = wave.design.means(values.values, domain=municipal & sized)
    at = values.options.index("adapted")
    assert half["se"] == pytest.approx(moments.se.ravel()[at], rel=1e-12)
    assert half["df"] == moments.df.ravel()[at]


def test_a_hidden_cell_has_no_number_but_a_reason(wave: Wave, params: Params) -> None:
    form = block(wave, replace(params, disclosure=STRICT))
    hidden = [(group, question, option) for group, question, option, cell in cells(form) if cell is None]
    few = {group for group, question, option in hidden if option == "first"}
    assert few == {f"sector=regional,size={size}" for size in SIZES[:3]}
    assert {form.reasons[group][question][option] for group, question, option in hidden} == {
        "small_base",
        "not_offered",
    }
    assert min(cell[3] for *_, cell in cells(form) if cell) >= STRICT.minimum_base


def test_an_uncertain_cell_says_why(form: WorkplaceBlock) -> None:
    group = "sector=regional,size=under_20"
    assert form.estimates[group]["reuse"]["adapted"] is not None
    assert form.reasons[group]["reuse"]["adapted"] == "small_sample"
    assert form.reasons["all"]["reuse"] == {}


def test_an_answer_that_a_sector_was_not_offered_is_no_answer_there(form: WorkplaceBlock) -> None:
    for sector, option in (("state", "other_state"), ("municipal", "other_municipal")):
        for group in (f"sector={sector}", f"sector={sector},size=from_100"):
            assert form.estimates[group]["partners"][option] is None
            assert form.reasons[group]["partners"].get(option) == "not_offered"
    assert form.estimates["all"]["partners"]["other_state"] is not None


def test_shares_are_in_whole_per_cents_as_they_are_printed(form: WorkplaceBlock) -> None:
    for *_, cell in cells(form):
        assert cell is None or all(number == round(number, 2) for number in cell)


def test_the_document_holds_no_workplace(wave: Wave, form: WorkplaceBlock) -> None:
    text = json.dumps(form.document())
    assert not [unit for unit in wave.frame["unit"] if f'"{unit}"' in text]
    assert set(form.document()) == {
        *("type", "title", "intro", "printed", "synthetic", "words"),
        *("registers", "groups", "questions", "estimates", "reasons"),
    }
    lists = [cell for *_, cell in cells(form) if cell]
    assert {len(cell) for cell in lists} == {4}


def test_both_languages_have_the_same_numbers_and_other_words(wave: Wave, params: Params) -> None:
    danish, english = (block(wave, params, language) for language in ("da", "en"))
    assert danish.estimates == english.estimates
    assert danish.reasons == english.reasons
    assert [each["options"][0]["id"] for each in danish.questions] == [
        each["options"][0]["id"] for each in english.questions
    ]
    assert set(danish.words) == set(english.words)
    assert danish.groups[-1]["label"] == "Kommune, 100 ansatte eller flere"
    assert english.groups[-1]["inline"] == "municipality, 100 employees or more"


def test_the_rules_of_the_questionnaire_go_along(form: WorkplaceBlock) -> None:
    questions: Mapping[str, Any] = {question["id"]: question for question in form.questions}
    assert questions["initiators"]["maximum"] == 3
    assert [option["id"] for option in questions["partners"]["options"] if option["exclusive"]] == ["none"]
    assert [option["id"] for option in questions["introduced"]["options"] if option["ends"]] == ["none"]
    assert [name for name, question in questions.items() if not question["follows"]] == ["introduced"]
    assert {name for name, question in questions.items() if question["kind"] == "single"} == {
        *("core_task", "reuse", "spreading", "evaluation")
    }


def test_a_question_that_the_wave_did_not_ask_is_left_out_and_told(
    barometer_instrument: Instrument, params: Params
) -> None:
    earlier = load_wave("2015-2016", folder=params.waves, instrument=barometer_instrument)
    workplace = Workplace(Assembly((earlier,), params, Words("en")), (*EIGHT, "weather"))
    assert [question["id"] for question in workplace.block().questions] == [
        name for name in EIGHT if name != "core_task"
    ]
    missing = workplace.missing()
    assert dict(zip(missing["question"], missing["reason"], strict=True)) == {
        "core_task": "not_in_wave",
        "weather": "not_in_survey",
    }


def test_in_a_segment_only_its_own_groups_can_be_chosen(wave: Wave, params: Params) -> None:
    form = block(wave.restrict("sector", "regional"), params, segment="Region")
    assert [option["id"] for option in form.registers[0]["options"]] == ["regional"]
    assert not [group for group in form.estimates if "municipal" in group or "state" in group]
    assert form.groups[0]["label"] == "Region"
    assert form.estimates["all"] == form.estimates["sector=regional"]


def test_the_table_of_everyone_says_the_same_as_the_data(form: WorkplaceBlock) -> None:
    reuse = next(question for question in form.questions if question["id"] == "reuse")
    share, low, high, n = form.estimates["all"]["reuse"]["first"]
    expected = ["First of its kind", f"{share:.0%}", f"{low * 100:.0f}–{high:.0%}", f"{n:,}"]
    assert reuse["table"]["rows"][0] == expected
    assert reuse["table"]["notes"] == ["Base: innovative workplaces."]
    assert "First of its kind | " + " | ".join(expected[1:]) in form.plain()
    assert "<td>" in form.html()
