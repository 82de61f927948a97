"""Files as offices deliver them, in the terms of the questionnaire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from barometer.documents import Node
from barometer.errors import Problem, ReportError
from barometer.harmonise import Column, Layout, harmonise, read_file, read_layout
from barometer.instrument import Instrument, load_instrument

DATA = Path(__file__).parents[1] / "data"
RAW = pd.DataFrame({"s7": [1.0, 3.0, np.nan], "weight": [1.5, 2.25, 1000.0]})
WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    ".sav": pyreadstat.write_sav,
    ".zsav": lambda frame, path: pyreadstat.write_sav(frame, path, compress=True),
    ".dta": pyreadstat.write_dta,
    ".csv": lambda frame, path: frame.to_csv(path, sep=";", decimal=",", encoding="utf-8-sig", index=False),
    ".xlsx": lambda frame, path: frame.to_excel(path, index=False),
    ".parquet": lambda frame, path: frame.to_parquet(path),
}
REUSE = Column("s7", "reuse", {"1": "first", "2": "adapted", "3": "copy", "8": "dont_know"})


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument(DATA / "instrument.yaml")


def ticks(variable: str, *options: str) -> Layout:
    return Layout(
        tuple(Column(f"c{at}", f"{variable}/{each}", {"1": "ticked"}) for at, each in enumerate(options))
    )


@pytest.mark.parametrize("ending", WRITERS)
def test_every_format_gives_the_same_answers(ending: str, tmp_path: Path, instrument: Instrument) -> None:
    path = tmp_path / f"responses{ending}"
    WRITERS[ending](RAW, path)
    raw = read_file(path, delimiter=";", decimal=",", encoding="utf-8-sig")
    frame, problems, _ = harmonise(raw, Layout((REUSE,)), instrument)
    assert not problems
    assert frame["reuse"].astype(object).where(frame["reuse"].notna(), "").tolist() == ["first", "copy", ""]
    assert raw["weight"].tolist() == [1.5, 2.25, 1000.0]


DECLARED: dict[str, Callable[[Path], object]] = {
    # Refused and don't know, as SPSS and Stata declare them missing.
    ".sav": lambda path: pyreadstat.write_sav(
        pd.DataFrame({"s7": [1.0, 97.0, 98.0, np.nan]}), path, missing_ranges={"s7": [{"lo": 97, "hi": 99}]}
    ),
    ".dta": lambda path: pyreadstat.write_dta(
        pd.DataFrame({"s7": pd.Series([1.0, "r", "d", np.nan], dtype=object)}),
        path,
        missing_user_values={"s7": ["d", "r"]},
    ),
}


@pytest.mark.parametrize(("ending", "refused", "unsure"), [(".sav", "97", "98"), (".dta", "r", "d")])
def test_what_a_file_declares_missing_is_what_the_wave_file_says(
    ending: str, refused: str, unsure: str, tmp_path: Path, instrument: Instrument
) -> None:
    DECLARED[ending](tmp_path / f"x{ending}")
    raw = read_file(tmp_path / f"x{ending}")
    column = Column("s7", "reuse", {"1": "first", unsure: "dont_know"}, (refused,))
    frame, problems, _ = harmonise(raw, Layout((column,)), instrument)
    assert frame["reuse"].astype(object).where(frame["reuse"].notna(), "").tolist() == [
        *("first", "", "dont_know", "")
    ]
    assert not problems
    (problem,) = harmonise(raw, Layout((replace(column, no_answer=()),)), instrument).problems
    assert problem.got == refused
    assert "no_answer" in problem.remedy


def test_a_tick_that_was_refused_is_no_answer(instrument: Instrument) -> None:
    raw = pd.DataFrame({"c0": [1, 0, 8, 9], "c1": [1, 0, 8, 9]})
    layout = ticks("partners", "citizens", "companies")
    assert [problem.got for problem in harmonise(raw, layout, instrument).problems] == ["0, 8, 9"] * 2
    known = Layout(tuple(replace(column, no_answer=("8", "9")) for column in layout.columns))
    frame, problems, _ = harmonise(raw, known, instrument)
    assert not problems
    assert frame["partners/citizens"].isna().tolist() == [False, False, True, True]


def test_a_code_that_is_an_answer_and_none_is_refused(instrument: Instrument) -> None:
    problems: list[Problem] = []
    mapped = {"reuse": {"column": "s7", "codes": {1: "first", 9: "copy"}, "no_answer": [8, 9]}}
    absent = [name for name in instrument.questions if name != "reuse"]
    read_layout(Node({}, "register", problems), Node(mapped, "questions", problems), absent, instrument)
    assert [(problem.where, problem.got) for problem in problems] == [("questions.reuse.no_answer", "9")]


@pytest.mark.parametrize("values", [[1, 2, 8], [1.0, 2.0, 8.0], ["1", " 2", "8"]])
def test_a_code_is_the_same_as_number_or_text(values: list[object], instrument: Instrument) -> None:
    frame, problems, _ = harmonise(pd.DataFrame({"s7": values}), Layout((REUSE,)), instrument)
    assert frame["reuse"].tolist() == ["first", "adapted", "dont_know"]
    assert not problems


def test_codes_that_are_letters_are_mapped_as_text(instrument: Instrument) -> None:
    column = Column("sector", "sector", {"K": "municipal", "S": "state"})
    frame, problems, _ = harmonise(pd.DataFrame({"sector": ["S", "K", None]}), Layout((column,)), instrument)
    assert frame["sector"].iloc[:2].tolist() == ["state", "municipal"]
    assert not problems


def test_every_code_and_column_that_is_not_explained_is_named(instrument: Instrument) -> None:
    layout = Layout((REUSE, Column("s4_1", "core_task", {"1": "current"})))
    _, problems, _ = harmonise(pd.DataFrame({"s7": [1, 4, 5], "s4": [1, 1, 1]}), layout, instrument)
    text = " ".join(map(str, problems))
    assert len(problems) == 2
    assert "s4_1" in text
    assert "'s4'" in text
    assert "4, 5" in text


def test_nothing_ticked_is_no_answer_where_none_or_dont_know_could_be_ticked(instrument: Instrument) -> None:
    raw = pd.DataFrame({"c0": [1, 0, 0], "c1": [0, 0, 1]})
    frame, _, _ = harmonise(raw, ticks("partners", "citizens", "none"), instrument)
    np.testing.assert_equal(frame["partners/citizens"].to_numpy(), [1.0, np.nan, 0.0])


def test_nothing_ticked_is_an_answer_where_no_such_option_is_offered(instrument: Instrument) -> None:
    raw = pd.DataFrame({"c0": [1, 0, np.nan], "c1": [0, 0, np.nan]})
    frame, _, _ = harmonise(raw, ticks("spreading_ways", "network", "written"), instrument)
    np.testing.assert_equal(frame["spreading_ways/network"].to_numpy(), [1.0, 0.0, np.nan])


def test_a_file_that_marks_only_what_is_ticked_reads_the_rest_as_not_ticked(instrument: Instrument) -> None:
    raw = pd.DataFrame({"c0": [1, np.nan, np.nan], "c1": [1, np.nan, 1]})
    frame, _, _ = harmonise(raw, ticks("spreading_ways", "network", "written"), instrument)
    np.testing.assert_equal(frame["spreading_ways/network"].to_numpy(), [1.0, 0.0, 0.0])


def test_an_empty_cell_is_no_answer_to_an_option_whose_column_marks_what_is_not_ticked(
    instrument: Instrument,
) -> None:
    raw = pd.DataFrame({"c0": [1, 1, np.nan], "c1": [0, np.nan, 1], "c2": [1, np.nan, np.nan]})
    frame, problems, _ = harmonise(raw, ticks("spreading_ways", "network", "written", "visits"), instrument)
    assert not problems
    np.testing.assert_equal(frame["spreading_ways/network"].to_numpy(), [1.0, 1.0, 0.0])
    np.testing.assert_equal(frame["spreading_ways/written"].to_numpy(), [0.0, np.nan, 1.0])
    np.testing.assert_equal(frame["spreading_ways/visits"].to_numpy(), [1.0, 0.0, 0.0])


def test_a_column_of_ticks_with_more_than_one_other_code_is_an_error(instrument: Instrument) -> None:
    raw = pd.DataFrame({"c0": [1, 0, 9], "c1": [1, 0, 0]})
    _, problems, _ = harmonise(raw, ticks("spreading_ways", "network", "written"), instrument)
    assert [(each.where, each.got) for each in problems] == [("c0", "0, 9")]


def mapping(folder: Path, ticked: str) -> Node:
    options = "{network: c0, written: c1, visits: c2}"
    (folder / "wave.yaml").write_text(f"spreading_ways: {{ticked: {ticked}, options: {options}}}\n")
    return Node.root(folder / "wave.yaml")


def test_each_option_may_have_a_code_of_its_own_for_ticked(tmp_path: Path, instrument: Instrument) -> None:
    others = [name for name in instrument.questions if name != "spreading_ways"]
    node = mapping(tmp_path, "[1, 2, 3]")
    layout = read_layout(Node({}, "register", []), node, others, instrument)
    raw = pd.DataFrame({"c0": [1, np.nan], "c1": [np.nan, 2], "c2": [np.nan, 1]})
    frame, problems, _ = harmonise(raw, layout, instrument)
    assert not [*node.problems, *problems]
    np.testing.assert_equal(frame["spreading_ways/written"].to_numpy(), [0.0, 1.0])
    np.testing.assert_equal(frame["spreading_ways/visits"].to_numpy(), [np.nan, 0.0])


def test_a_list_of_codes_that_is_not_as_long_as_the_options_is_an_error(
    tmp_path: Path, instrument: Instrument
) -> None:
    node = mapping(tmp_path, "[1, 2]")
    read_layout(Node({}, "register", []), node, [], instrument)
    assert "one for each of the 3 options" in " ".join(map(str, node.problems))


@pytest.mark.parametrize(
    ("name", "content"), [("r.sav", b"no file"), ("r.parquet", b"no file"), ("r.txt", b"1")]
)
def test_a_file_that_is_not_what_its_ending_says_is_an_error(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReportError, match="cannot be read"):
        read_file(tmp_path / name)


@pytest.mark.parametrize("ending", [*WRITERS, ".sas7bdat"])
def test_a_file_that_is_missing_is_an_error(ending: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        read_file(tmp_path / f"responses{ending}")
