"""Read a file as it was delivered, with everything it says about itself: labels, codes, missing values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat

from barometer.documents import shown
from barometer.errors import Problem, ReportError
from barometer.guard import check_readable
from barometer.harmonise import read_file, read_whole

_DELIMITERS = ";,\t|"
_READ_AHEAD = 2_000  # rows; enough to meet a decimal number in any column


@dataclass(frozen=True)
class Source:
    """A survey file; one row of `frame` is one unit. Columns without a label or labelled codes are left out.

    Parameters
    ----------
    labels
        The words for a column.
    codes
        The words for the codes of a column; codes are text, ``1`` also where the file holds 1.0.
    missing
        How many answers of a column the file itself declares missing, by code; they are empty in `frame`.
        Codes that have words but stand nowhere are there with 0.
    form
        Delimiter, decimal and encoding of a CSV file.
    """

    path: Path
    frame: pd.DataFrame
    labels: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    missing: Mapping[str, Mapping[str, int]]
    form: Mapping[str, str]

    def answers(self, column: str) -> dict[str, str]:
        """Return the words for the codes of a column that the file does not declare missing."""
        missing = self.missing.get(column, {})
        return {each: text for each, text in self.codes.get(column, {}).items() if each not in missing}

    def observed(self, column: str) -> tuple[str, ...]:
        """Return the values that stand in a column as text, in order; empty cells are none."""
        return tuple(code(value) for value in sorted(self.frame[column].dropna().unique(), key=_order))


def code(value: object) -> str:
    """Return a value as wave.yaml writes it: 1.0 is ``1``, text has no blanks around it."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _order(value: Any) -> tuple[bool, Any]:
    """Return a key that puts numbers before text."""
    number = isinstance(value, int | float | np.number)
    return (not number, value if number else str(value))


def read_source(path: Path) -> Source:
    """Read a .sav, .zsav, .dta, .sas7bdat, .csv, .xlsx or .parquet file with its labels.

    Raises
    ------
    ReportError
        For a file that is missing, of another kind, cannot be read, or has a column twice or no columns.
    """
    check_readable([path])
    kind = path.suffix.lower()
    form = find_form(path) if kind == ".csv" else {}
    frame = read_file(path, **form)
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names or not len(frame):
        got = ", ".join(twice) or f"{len(frame)} rows and {len(names)} columns"
        raise ReportError("A survey file cannot be read", [Problem(shown(path), "rows and columns", got)])
    frame = frame.set_axis(names, axis=1)
    labels, codes = read_labels(path)
    frame, missing = read_whole(path, lambda: _without_missing(path, frame))
    return Source(path, frame, labels, codes, missing, form)


def _without_missing(path: Path, frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, dict[str, int]]]:
    """Return the answers without those that the file declares missing, and how many of those there are."""
    about = _metadata(path)
    found = {name: each for name in frame if about and (each := _missing(frame[name], about))}
    empty = {
        name: frame[name].mask(frame[name].isin([*each])).infer_objects() for name, each in found.items()
    }
    missing = {name: {code(value): n for value, n in each.items()} for name, each in found.items()}
    return frame.assign(**empty), missing


def read_labels(path: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the label of each column and the labels of its codes, where the kind of file has them.

    Raises
    ------
    ReportError
        For a file that cannot be read.
    """
    return read_whole(path, lambda: _labels(path))


def _labels(path: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    kind = path.suffix.lower()
    if kind == ".parquet":
        metadata = {field.name: field.metadata or {} for field in pq.read_schema(path)}
        return {name: each[b"label"].decode() for name, each in metadata.items() if b"label" in each}, {}
    if (about := _metadata(path)) is None:
        return {}, {}
    labels = {name: text.strip() for name, text in about.column_names_to_labels.items() if text}
    codes = {
        name: {code(value): str(text).strip() for value, text in values.items()}
        for name, values in about.variable_value_labels.items()
    }
    return labels, codes


def _metadata(path: Path) -> Any:
    """Return what a statistics package says about its own file; None for other kinds."""
    readers: dict[str, Any] = {
        ".sav": pyreadstat.read_sav,
        ".zsav": pyreadstat.read_sav,
        ".dta": pyreadstat.read_dta,
        ".sas7bdat": pyreadstat.read_sas7bdat,
    }
    reader = readers.get(path.suffix.lower())
    return reader(path, metadataonly=True, user_missing=True)[1] if reader else None


def _missing(values: pd.Series, about: Any) -> dict[Any, int]:
    """Count the answers that the file declares missing, by code; 0 for codes that only have a label.

    SPSS names codes and ranges of them; Stata and SAS write a letter where the others have a number.
    """
    name = values.name
    ranges = about.missing_ranges.get(name, ())
    letters = about.readstat_variable_types[name] != "string" and values.dtype == object
    if not (ranges or letters):
        return {}

    def declared(value: Any) -> bool:
        within = any(each["lo"] <= value <= each["hi"] for each in ranges)
        return isinstance(value, str) if letters else within

    counts = values.value_counts().to_dict()
    labelled = dict.fromkeys(about.variable_value_labels.get(name, {}), 0)
    return {value: int(n) for value, n in (labelled | counts).items() if declared(value)}


def find_form(path: Path) -> dict[str, str]:
    """Find delimiter, decimal and encoding of a CSV file.

    The delimiter is the one that cuts the rows into the same number of cells, the most of them; the
    decimal is a comma when there are numbers such as 2,5 between delimiters and none such as 2.5.

    Raises
    ------
    ReportError
        When no delimiter cuts the rows evenly, a column stands twice, or both decimals are met.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = Problem(shown(path), "a file", str(error.strerror))
        raise ReportError("A survey file cannot be read", [problem]) from None
    encoding = _find_encoding(data)
    text = data.decode(encoding, errors="replace")
    cut = {mark: _cut(text, mark) for mark in _DELIMITERS}
    even = {
        mark: len(rows[0])
        for mark, rows in cut.items()
        if rows and len(rows[0]) > 1 == len({*map(len, rows)})
    }
    delimiter = max(even, key=lambda mark: even[mark]) if even else ""
    if not delimiter:
        problem = Problem(shown(path), "rows of the same number of cells, cut by ; , tab or |")
        raise ReportError("A survey file cannot be read", [problem])
    header = cut[delimiter][0]
    if len({*header}) < len(header):
        problem = Problem(shown(path), "each column once", ", ".join(header)[:80])
        raise ReportError("A survey file cannot be read", [problem])
    cells = [cell for row in islice(cut[delimiter], 1, None) for cell in row]
    comma, point = (
        sum(bool(re.fullmatch(rf"-?\d+{mark}\d+", cell)) for cell in cells) for mark in (",", r"\.")
    )
    if comma and point:
        got = f"{comma} numbers such as 2,5 and {point} such as 2.5"
        raise ReportError("A survey file cannot be read", [Problem(shown(path), "one decimal mark", got)])
    return {"delimiter": delimiter, "decimal": "," if comma else ".", "encoding": encoding}


def _cut(text: str, delimiter: str) -> list[list[str]]:
    """Return the first rows, cut into cells; none where they can't be."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [row for row in islice(rows, _READ_AHEAD) if row]
    except csv.Error:
        return []


def _find_encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
