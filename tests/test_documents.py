"""YAML and CSV are read strictly, and every problem comes with its line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.documents import DEEPEST, Node, nearest, read_table, read_yaml, shown
from barometer.errors import ReportError


def write(folder: Path, text: str, name: str = "file.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path, read=read_yaml) -> list[str]:
    with pytest.raises(ReportError) as caught:
        read(path)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("True", "True"),
        ("2018-01-31", "2018-01-31"),
        ("2018-01", "2018-01"),
        ("12:30", "12:30"),
        ("007", "007"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("-12", -12),
        ("0.05", 0.05),
        ("1e-3", 0.001),
        (".5", ".5"),
        (".inf", ".inf"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Yderlige ord", "Yderlige ord"),
        ("'true'", "true"),
    ],
)
def test_a_plain_value_is_what_it_looks_like(tmp_path, text, value):
    read = read_yaml(write(tmp_path, f"key: {text}\n"))["key"]
    assert read == value
    assert type(read) is type(value)


def test_yes_and_no_may_be_keys(tmp_path):
    assert read_yaml(write(tmp_path, "{yes: 1, no: 2, 3: off}")) == {"yes": 1, "no": 2, 3: "off"}


_WORDS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=20)
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _WORDS
_DOCUMENTS = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(document=_DOCUMENTS)
def test_a_document_written_as_json_is_read_back_unchanged(tmp_path_factory, document):
    path = tmp_path_factory.getbasetemp() / "plain.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read_yaml(path) == document


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    assert read_yaml(write(tmp_path, "\ufeffkey: 1\n")) == {"key": 1}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' a second time"),
        ("a:\n  b: {c: 1, c: 2}\n", 2, "the key 'c' a second time"),
        ("a: &x 1\n", 1, "the anchor &x"),
        ("a: 1\nb: *x\n", 2, "the alias *x"),
        (
            "a: !!python/object/apply:os.system [ls]\n",
            1,
            "the tag tag:yaml.org,2002:python/object/apply:os.system",
        ),
        ("a: !unknown 1\n", 1, "the tag !unknown"),
        ("a: !!binary aGVq\n", 1, "the tag tag:yaml.org,2002:binary"),
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a: [1, 2\n", 2, "did not find expected ',' or ']'"),
        ("? [a, b]\n: 1\n", 1, "a key that is a list or mapping"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
        ("a: [b: c: d]\n", 1, ""),
    ],
)
def test_what_could_be_misread_is_refused_with_its_line(tmp_path, text, line, words):
    first = problems_of(write(tmp_path, text))[0]
    assert f"file.yaml:{line}: " in first
    assert words in first


def test_anchors_aliases_and_tags_are_all_reported_at_once(tmp_path):
    text = "a: &x [1]\nb: *x\nc: !t 1\n"
    assert [each.split(":")[1] for each in problems_of(write(tmp_path, text))] == ["1", "2", "3"]


def test_a_document_that_expands_without_end_is_refused_before_it_is_built(tmp_path):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert len(problems_of(write(tmp_path, "\n".join(lines)))) == 30 + 9 * 29


def test_a_document_nested_too_deep_is_refused(tmp_path):
    assert read_yaml(write(tmp_path, "[" * DEEPEST + "]" * DEEPEST))
    assert f"more than {DEEPEST} levels" in problems_of(write(tmp_path, "[" * 500 + "]" * 500))[0]
    assert "nesting" in problems_of(write(tmp_path, "[" * 50_000 + "]" * 50_000))[0]


@pytest.mark.parametrize("read", [read_yaml, read_table])
def test_a_file_that_is_missing_or_not_utf8_says_so(tmp_path, read):
    assert "expected a file, got No such file" in problems_of(tmp_path / "nowhere", read)[0]
    path = tmp_path / "latin1"
    path.write_bytes("navn: Ærø\n".encode("latin-1"))
    assert (
        "expected text in UTF-8, got byte 0xc6 at position 6. Save the file as UTF-8."
        in problems_of(path, read)[0]
    )


def test_a_place_is_shown_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "data" / "file.yaml") == "data/file.yaml"
    assert shown(tmp_path.parent / "file.yaml") == (tmp_path.parent / "file.yaml").as_posix()


def test_a_table_is_read_row_by_row_as_text(tmp_path):
    path = write(tmp_path, '\ufeffwave,value,note\nspring,007,"a, b"\nautumn,,\n', "t.csv")
    assert read_table(path) == [
        {"wave": "spring", "value": "007", "note": "a, b"},
        {"wave": "autumn", "value": "", "note": ""},
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "t.csv:1: expected a header that names each column once"),
        ("a,b,a\n1,2,3\n", "t.csv:1: expected a header that names each column once, got a,b,a"),
        ("a,b\n1\n", "t.csv:2: expected 2 cells, got 1 cells"),
        ("a,b\n1,2\n1,2,3\n", "t.csv:3: expected 2 cells, got 3 cells"),
        ('a,b\n1,"x\ny"\n', "t.csv:3: expected one line a row, got a line break in a cell"),
        ('a,b\n1,"x\n', "expected a comma-separated row, got unexpected end of data"),
    ],
)
def test_a_table_that_is_not_rectangular_is_refused_with_its_line(tmp_path, text, words):
    assert words in problems_of(write(tmp_path, text, "t.csv"), read_table)[0]


def test_all_bad_rows_are_reported_at_once(tmp_path):
    assert len(problems_of(write(tmp_path, "a,b\n1\n1,2\n3\n", "t.csv"), read_table)) == 2


@pytest.mark.parametrize(
    ("value", "read", "harmless", "message"),
    [
        (3, Node.string, "", "here: expected a text, got 3"),
        (" ", Node.string, " ", "here: expected a text that is not empty, got ' '"),
        ("yes", Node.boolean, False, "here: expected true or false, got 'yes'"),
        (True, Node.integer, True, "here: expected a whole number, got True"),
        (-1, Node.integer, -1, "here: expected at least 0, got -1"),
        ("x", Node.items, [], "here: expected a list, got 'x'"),
        ([1], Node.entries, {}, "here: expected a mapping, got [1]"),
        ([1], Node.strings, ("",), "here[1]: expected a text, got 1"),
    ],
)
def test_a_wrong_value_is_a_problem_and_reading_goes_on(value, read, harmless, message):
    node = Node(value, "here", [])
    assert read(node) == harmless
    assert [str(problem) for problem in node.problems] == [message]


def test_a_choice_names_the_known_ones_and_the_nearest():
    node = Node("muliple", "here", [])
    assert node.choice(("single", "multiple")) == "single"
    assert str(node.problems[0]) == (
        "here: expected one of single, multiple, got 'muliple'. Did you mean 'multiple'?"
    )


def test_fixed_keys_are_held_against_the_known_ones():
    node = Node({"labl": 1, "kind": 2}, "file:", [])
    found = node.fields(("label", "kind"), ("top",))
    assert found["kind"] == Node(2, "file: kind", node.problems)
    assert [str(problem) for problem in node.problems] == [
        "file: expected only known keys, got 'labl'. Did you mean 'label'?",
        "file: expected the key 'label', got none",
    ]


def test_a_missing_key_is_reported_once_and_then_read_in_silence():
    node = Node({}, "file:", [])
    assert node.fields(("label",))["label"].text(("da", "en")) == {"da": "", "en": ""}
    assert len(node.problems) == 1


def test_words_stand_in_every_language():
    node = Node({"da": "Borgere"}, "file: label", [])
    node.text(("da", "en"))
    assert [str(problem) for problem in node.problems] == ["file: label: expected the key 'en', got none"]


def test_all_problems_are_raised_together_and_each_once():
    node = Node(3, "here", [])
    node.string()
    node.string()
    node.items()
    with pytest.raises(ReportError) as caught:
        node.check("The file is not valid")
    assert str(caught.value).splitlines() == [
        "The file is not valid",
        "  - here: expected a text, got 3",
        "  - here: expected a list, got 3",
    ]


def test_a_document_without_problems_passes(tmp_path):
    Node.root(write(tmp_path, "a: 1\n")).check("The file is not valid")


@pytest.mark.parametrize(
    ("name", "known", "remedy"),
    [
        ("colaborated", ["collaborated", "evaluated"], "Did you mean 'collaborated'?"),
        ("x", ["b", "a"], "Known: a, b."),
        ("x", [f"name{i}" for i in range(13)], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_name_is_offered_or_else_a_short_list(name, known, remedy):
    assert nearest(name, known) == remedy
