"""Estimates as tables: one with words for readers, one with plain numbers for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

import pandas as pd

from barometer.exhibit import TOTAL, Exhibit
from barometer.titles import told_differences

WIDEST = 4
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "df", "deff", "n", "n_effective")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Column(TypedDict):
    """A column of a table: its header, and whether it holds text or numbers."""

    label: str
    kind: str


class TableDoc(TypedDict):
    """A table as a document; the first cell of each row is its header."""

    columns: list[Column]
    rows: list[list[str]]
    notes: list[str]


def table(exhibit: Exhibit) -> TableDoc:
    """Return the estimates as a table with one header row and row headers in the first column.

    Up to four groups or waves stand side by side, a share and an interval each. More, or the answers of a
    scale, stand below each other with a column that names them.
    """
    across = {"groups": "group", "trend": "wave", "diverging": "answer"}.get(exhibit.kind, "")
    rows = exhibit.rows
    if across and rows[across].nunique() <= WIDEST and exhibit.kind != "diverging":
        columns, body = _wide(exhibit, rows, across)
    else:
        columns, body = _long(exhibit, rows, across)
    return {"columns": columns, "rows": body, "notes": list(_notes(exhibit))}


def csv(*exhibits: Exhibit) -> str:
    """Return the estimates as CSV in the one schema, with labels; points as decimal signs, gaps empty.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    return _csv(map(_rows, exhibits))


def card_csv(exhibit: Exhibit) -> str:
    """Return the estimate of a card as CSV; where it names those outside of the segment, theirs too."""
    own = _rows(exhibit)
    others = [
        own.assign(
            by=each.by,
            level=each.reference,
            level_label=exhibit.group(each.by, each.reference),
            estimate=own["estimate"] - each.difference,
            n=each.n_reference,
            **dict.fromkeys(("se", "ci_low", "ci_high", "df", "deff", "n_effective"), float("nan")),
        )
        for each in told_differences(exhibit).head(1).itertuples()
    ]
    return _csv([own, *others])


def _csv(frames: Iterable[pd.DataFrame]) -> str:
    rows = pd.concat(frames, ignore_index=True)
    text = [name for name in rows.columns if name not in NUMBERS]
    harmless = rows.assign(**{name: rows[name].map(_harmless) for name in text})
    return str(harmless.to_csv(index=False, lineterminator="\n"))


def _rows(exhibit: Exhibit) -> pd.DataFrame:
    titles = {wave.id: exhibit.words.text(wave.title) for wave in exhibit.waves}
    return exhibit.estimates.assign(
        **{name: exhibit.rows[name].array for name in ("n", "verdict", "reason")},
        question_label=[exhibit.label(name) for name in exhibit.rows["question"]],
        option_label=exhibit.rows["answer"].to_numpy(),
        level_label=exhibit.rows["group"].to_numpy(),
        wave_label=[titles[name] for name in exhibit.rows["wave"]],
        synthetic=str(exhibit.synthetic).lower(),
    )


def _harmless(cell: Any) -> str:
    text = "" if pd.isna(cell) else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _wide(exhibit: Exhibit, rows: pd.DataFrame, across: str) -> tuple[list[Column], list[list[str]]]:
    words = exhibit.words
    levels = list(dict.fromkeys(level for level in rows[across]))
    columns = [_text(words("table.answer"))]
    for level in levels:
        columns += [
            _number(level),
            _number(words("table.level_interval", level=level, confidence=exhibit.level_text)),
        ]
    # A gap of a whole question stands in the line of each of its answers.
    found = {
        (row.item if row.option else "", row.question, getattr(row, across)): (row.value, row.interval)
        for row in rows.itertuples()
    }
    told = rows[rows["option"] != ""]
    lines = dict.fromkeys(zip(told["item"], told["question"], strict=True))
    body = [
        [item, *(text for level in levels for text in _pair(found, item, question, level))]
        for item, question in lines
    ]
    sizes = [exhibit.size_of(rows[rows[across] == level]) for level in levels]
    body.append([words("table.n"), *(text for size in sizes for text in (size, ""))])
    return columns, body


def _pair(
    found: Mapping[tuple[str, str, str], tuple[str, str]], item: str, question: str, level: str
) -> tuple[str, str]:
    return found.get((item, question, level)) or found.get(("", question, level)) or ("", "")


def _long(exhibit: Exhibit, rows: pd.DataFrame, across: str) -> tuple[list[Column], list[list[str]]]:
    words = exhibit.words
    named = [_text(words("table.item" if exhibit.kind == "diverging" else "table.answer"))]
    if across:
        named.append(_text(words({"group": "table.group", "wave": "table.wave"}.get(across, "table.answer"))))
    interval = words("table.interval", level=exhibit.level_text)
    columns = [*named, *map(_number, (words("table.share"), interval, words("table.n")))]
    body = [[*_names(exhibit, row, across), row.value, row.interval, row.size] for row in rows.itertuples()]
    return columns, body


def _names(exhibit: Exhibit, row: Any, across: str) -> list[str]:
    if row.role == TOTAL:
        return [row.item, exhibit.label(row.question)]
    return [row.item, getattr(row, across)] if across else [row.item]


def _text(label: str) -> Column:
    return {"label": label, "kind": "text"}


def _number(label: str) -> Column:
    return {"label": label, "kind": "number"}


def _notes(exhibit: Exhibit) -> Iterator[str]:
    yield exhibit.words("table.n_note")
    for verdict in ("uncertain", "hidden"):
        if (exhibit.rows["verdict"] == verdict).any():
            yield exhibit.words(f"table.{verdict}_note")
    if exhibit.synthetic:
        yield exhibit.words("caption.synthetic")


def table_csv(document: TableDoc, *, synthetic: bool) -> str:
    """Return a table of words as CSV, as it is read, with a column that says if the data are synthetic."""
    header = [*(column["label"] for column in document["columns"]), "synthetic"]
    rows = [[_harmless(cell) for cell in (*row, str(synthetic).lower())] for row in document["rows"]]
    return str(pd.DataFrame(rows, columns=header).to_csv(index=False, lineterminator="\n"))
