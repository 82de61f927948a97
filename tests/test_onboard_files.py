"""Files of every kind are read with their labels; whatever a label holds, wave.yaml reads back as meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.documents import read_yaml
from barometer.errors import ReportError
from barometer.instrument import Instrument
from barometer.onboard import onboard, open_decisions
from barometer.onboard.files import wave_text
from barometer.onboard.likeness import likeness, same, without_number, words
from barometer.onboard.source import find_form, read_source
from tests.sas import write_sas

FRAME = pd.DataFrame({"nr": [1.0, 2.0, 3.0], "svar": [1.0, 2.0, 8.0], "vaegt": [1.5, 2.25, 3.0]})
LABELS = {"nr": "Løbenummer", "svar": "Grad af genbrug", "vaegt": "Vægt"}
CODES = {"svar": {1: "Første af sin slags", 2: "Kopi", 8: "Ved ikke"}}
HOSTILE = [
    "a: b",
    "- c",
    "{todo: 1}",
    "# remark",
    "line\nbreak: x",
    "nel\x85ps\u2028end",
    "=SUM(A1:A9)",
    "@cmd|' /C calc'!A0",
    "'single' \"double\"",
    "!!python/object:os.system",
    "&a *a %TAG",
    "yes",
    "null",
    "~",
    "1e3",
    "0x1F",
    "012",
    "-0",
    "1:30",
    "2021-01-01",
    "[link](x)[bold]",
    "tab\there",
    "\u202eright to left",
    "\U0001f600 æøå ñ",
    "nul\x00 and bell\x07",
    "x" * 300,
    " blanks ",
    "todo",
    "<<",
    "=",
]


def write_parquet(path: Path) -> None:
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    fields = [field.with_metadata({"label": LABELS[field.name]}) for field in table.schema]
    pq.write_table(table.cast(pa.schema(fields)), path)


WRITERS: dict[str, Callable[[Path], Any]] = {
    ".sav": lambda path: pyreadstat.write_sav(
        FRAME, path, column_labels=LABELS, variable_value_labels=CODES, row_compress=True
    ),
    ".zsav": lambda path: pyreadstat.write_sav(
        FRAME, path, column_labels=LABELS, variable_value_labels=CODES, compress=True
    ),
    ".dta": lambda path: pyreadstat.write_dta(FRAME, path, column_labels=LABELS, variable_value_labels=CODES),
    ".sas7bdat": lambda path: write_sas(FRAME, path, labels=LABELS),
    ".csv": lambda path: FRAME.to_csv(path, index=False, sep=";", decimal=","),
    ".xlsx": lambda path: FRAME.to_excel(path, index=False),
    ".parquet": write_parquet,
}


@pytest.mark.parametrize("ending", WRITERS)
def test_a_file_of_every_kind_gives_its_answers_and_what_it_says_about_them(
    ending: str, tmp_path: Path
) -> None:
    file = tmp_path / f"FIL{ending.upper()}"
    WRITERS[ending](tmp_path / f"x{ending}")
    (tmp_path / f"x{ending}").rename(file)
    source = read_source(file)
    pd.testing.assert_frame_equal(source.frame.astype(float), FRAME)
    assert source.labels == (LABELS if ending not in (".csv", ".xlsx") else {})
    labelled = ending in (".sav", ".zsav", ".dta")
    assert source.codes == (
        {"svar": {"1": "Første af sin slags", "2": "Kopi", "8": "Ved ikke"}} if labelled else {}
    )
    assert source.observed("svar") == ("1", "2", "8")


@pytest.mark.parametrize("ending", WRITERS)
def test_a_wave_is_added_from_a_file_of_every_kind(
    ending: str, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    WRITERS[ending](tmp_path / f"x{ending}")
    found = onboard(
        "new", tmp_path / f"x{ending}", folder=tmp_path / "waves", instrument=barometer_instrument
    )
    assert read_yaml(found.path)["file"] == f"responses{ending}"
    assert (tmp_path / f"waves/new/responses{ending}").is_file()
    matched = found.description.document["questions"].get("reuse", {}).get("column")
    assert matched == ("svar" if ending not in (".csv", ".xlsx") else None)


@pytest.mark.parametrize("ending", [".sav", ".dta", ".sas7bdat"])
def test_what_a_file_declares_missing_is_counted_by_code(ending: str, tmp_path: Path) -> None:
    codes = {1: "Yes", "r": "Refused"}
    lettered = pd.DataFrame({"a": pd.Series([1.0, "r", "d", "d"], dtype=object), "b": [1.0, 2.0, 3.0, 4.0]})
    path = tmp_path / f"x{ending}"
    if ending == ".dta":
        tagged = {"a": ["d", "r"]}
        pyreadstat.write_dta(lettered, path, missing_user_values=tagged, variable_value_labels={"a": codes})
    elif ending == ".sas7bdat":
        write_sas(lettered, path, labels={})
    else:
        numbers = lettered.assign(a=[1.0, 98.0, 99.0, 99.0])
        pyreadstat.write_sav(numbers, path, missing_ranges={"a": [{"lo": 98, "hi": 99}]})
    source = read_source(path)
    assert list(source.missing) == ["a"]
    assert sorted(source.missing["a"].values()) == [1, 2]
    assert source.frame["a"].astype(float).dropna().tolist() == [1]
    assert source.observed("a") == ("1",)
    assert "r" not in source.answers("a")


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("a;b\n1,5;2\n", "utf-8", (";", ",", "utf-8")),
        ("a,b\n1.5,2\n", "utf-8", (",", ".", "utf-8")),
        ("a\tb\n1,5\t2\n", "utf-8", ("\t", ",", "utf-8")),
        ("a|b\n1|2\n", "utf-8", ("|", ".", "utf-8")),
        ("år;vægt\n1;2,5\n", "utf-8-sig", (";", ",", "utf-8-sig")),
        ("år;vægt\n1;2,5\n", "cp1252", (";", ",", "cp1252")),
        ("år;vægt\n1;2,5\n", "utf-16", (";", ",", "utf-16")),
        ('a;b\n"x;y, z";1,25\n', "utf-8", (";", ",", "utf-8")),
        ("a,b\r\n,\r\n1,2\r\n", "utf-8", (",", ".", "utf-8")),
        ('a;b\n"two\nlines";1,25\n"one \u2028 line";2,5\n', "utf-8", (";", ",", "utf-8")),
    ],
)
def test_delimiter_decimal_and_encoding_are_found(
    text: str, encoding: str, expected: tuple[str, str, str], tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_bytes(text.encode(encoding))
    assert tuple(find_form(tmp_path / "x.csv").values()) == expected
    names = text.splitlines()[0].split(expected[0])
    assert list(read_source(tmp_path / "x.csv").frame) == names


@pytest.mark.parametrize(
    "text", ["a;b\n1,5;2.5\n", "a;b\n1;2;3\n", "one column\n1\n", "", "a;a\n1;2\n", "a;b\n"]
)
def test_a_csv_that_could_be_read_in_two_ways_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match="cannot be read"):
        read_source(tmp_path / "x.csv")


@pytest.mark.parametrize("name", ["x.csv", "x.sav", "x.txt"])
def test_a_file_that_is_missing_or_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        read_source(tmp_path / name)


def test_hostile_labels_and_names_end_in_a_wave_file_that_says_the_same(
    tmp_path: Path, barometer_instrument: Instrument
) -> None:
    frame = pd.DataFrame({text: [1.0, 2.0, 3.0] for text in HOSTILE})
    table = pa.Table.from_pandas(frame.assign(V1=[1.0, 2.0, 8.0]), preserve_index=False)
    labels = {**{text: f"Grad af genbrug {text}" for text in HOSTILE}, "V1": "Samarbejdspartnere: Fonde"}
    fields = [field.with_metadata({"label": labels[field.name]}) for field in table.schema]
    pq.write_table(table.cast(pa.schema(fields)), tmp_path / "x.parquet")
    found = onboard("new", tmp_path / "x.parquet", folder=tmp_path / "waves", instrument=barometer_instrument)
    document = read_yaml(found.path)
    offered = document["questions"]["reuse"]["column"]["todo"]
    decision = dict(open_decisions(found.description.document))["questions.reuse.column"]
    assert offered == decision.candidates
    assert set(offered) <= set(HOSTILE)
    assert {*document} == {*found.description.document}
    remark = found.path.read_text(encoding="utf-8").partition("# Columns that nothing above uses:")[2]
    assert len(remark.strip().splitlines()) == len(HOSTILE)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_label_is_kept_as_text(
    text: str, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    pyreadstat.write_sav(
        pd.DataFrame({"V1": [1.0, 2.0]}),
        tmp_path / "x.sav",
        column_labels={"V1": "Grad af genbrug"},
        variable_value_labels={"V1": {1: text.replace("\x00", ""), 2: "Ved ikke"}},
    )
    found = onboard("new", tmp_path / "x.sav", folder=tmp_path / "waves", instrument=barometer_instrument)
    codes = read_yaml(found.path)["questions"]["reuse"]["codes"]
    assert codes[2] == "dont_know"
    assert codes[1]["todo"].keys() <= {"first", "adapted", "copy", "dont_know"}


letters = st.characters(exclude_categories=("Cs",))
values = st.recursive(
    st.text(letters) | st.integers() | st.booleans() | st.none() | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(letters), inner, max_size=3),
    max_leaves=8,
)


@given(document=st.dictionaries(st.text(letters, min_size=1), values, max_size=3))
def test_what_is_written_reads_back_as_the_same(
    document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("yaml") / "x.yaml"
    path.write_text(wave_text(document, [("a\nb", "c\u2028d")]), encoding="utf-8", newline="")
    assert (read_yaml(path) or {}) == document


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Private virksomheder", "private  VIRKSOMHEDER.", True),
        ("Private virksomheder", "Private virksomhder", True),
        ("Andre private virksomheder", "Private virksomheder", False),
        ("Private virksomheder ikke", "Private virksomheder", False),
        ("Uenig", "Enig", False),
        ("Delvist uenig", "Delvist enig", False),
        ("Fremmede i høj grad", "Hæmmede i høj grad", False),
        ("1-19 ansatte", "1-99 ansatte", False),
        ("Kommune", "Region", False),
        ("Internt", "Eksternt", False),
        ("Evalueret, ikke planlagt", "Planlagt, ikke evalueret", False),
        ("", "", False),
    ],
)
def test_texts_are_the_same_word_for_word_but_for_slips_of_the_pen(
    left: str, right: str, expected: bool
) -> None:
    assert same(words(left), words(right)) is expected
    assert same(words(right), words(left)) is expected


@pytest.mark.parametrize(
    ("label", "rest"),
    [
        ("Q7b. Channels", "Channels"),
        ("9_7: Borgere", "Borgere"),
        ("Sp. 12 Værdi", "Værdi"),
        ("s15_3) Fokus", "Fokus"),
        ("Borgere", "Borgere"),
        ("12", "12"),
    ],
)
def test_the_number_of_a_question_is_no_part_of_its_words(label: str, rest: str) -> None:
    assert without_number(label) == rest


def test_the_likeness_is_one_for_the_same_and_orders_the_others() -> None:
    phrases = ["Private virksomheder", "Offentlige virksomheder", "Fonde"]
    found = likeness(["private virksomheder", "Andre private virksomheder", ""], phrases)
    assert found[0][0] == pytest.approx(1)
    assert found[1][0] > found[1][1] > found[1][2] == 0
    assert (found[2] == 0).all()
