"""Write a synthetic wave as a statistics office delivers one: its own columns and codes, Danish labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

from barometer.errors import Problem, ReportError
from barometer.harmonise import Column, Layout
from barometer.instrument import Instrument
from barometer.variables import Item

_LANGUAGE = "da"
KEYS = {
    "unit": "Arbejdssted, løbenummer",
    "stratum": "Stratum (sektor, branche, størrelse)",
    "stratum_population": "Arbejdssteder i stratum",
    "stratum_sample": "Udtrukne arbejdssteder i stratum",
    "weight": "Opregningsvægt, korrigeret for bortfald",
}
_SYNTHETIC = "Syntetiske data, ikke rigtige svar"
_TICKS = {1: "Valgt", 0: "Ikke valgt"}


@dataclass(frozen=True)
class Delivery:
    """A file as it leaves the office: coded rows, a label a column, labels of codes by column."""

    rows: pd.DataFrame
    columns: Mapping[str, str]
    codes: Mapping[str, Mapping[int, str]]


def encode(
    frame: pd.DataFrame, layout: Layout, *, keys: Mapping[str, str], mark: str, instrument: Instrument
) -> Delivery:
    """Return harmonised answers in the columns and codes of a wave file.

    Parameters
    ----------
    frame
        Harmonised answers with the columns ``unit``, ``stratum``, ``stratum_population``,
        ``stratum_sample`` and ``weight``.
    keys
        What these are called in the file.
    mark
        The column that says that the data are synthetic.
    """
    found = {name: frame[key] for key, name in keys.items()}
    found |= {column.name: _code(frame[column.target], column) for column in layout.columns}
    rows = pd.DataFrame(found).assign(**{mark: pd.array([1] * len(frame), dtype="Int16")})
    columns = {name: KEYS[key] for key, name in keys.items()}
    columns |= {column.name: _label(column, instrument) for column in layout.columns}
    codes = {column.name: _code_labels(column, instrument) for column in layout.columns}
    return Delivery(rows, columns | {mark: _SYNTHETIC}, codes | {mark: {1: _SYNTHETIC}})


def _code(values: pd.Series, column: Column) -> pd.Series:
    if "/" in column.target:
        return values.astype("Int16")
    return (
        values.astype(object)
        .map({option: int(code) for code, option in column.codes.items()})
        .astype("Int16")
    )


def _label(column: Column, instrument: Instrument) -> str:
    variable = instrument.variable(column.variable)
    parts = [variable.question.label[_LANGUAGE]] if isinstance(variable, Item) else []
    parts.append(variable.label[_LANGUAGE])
    if "/" in column.target:
        parts.append(variable.option(column.options[0]).label[_LANGUAGE])
    return ": ".join(parts)


def _code_labels(column: Column, instrument: Instrument) -> Mapping[int, str]:
    if "/" in column.target:
        return _TICKS
    options = column.codes.items()
    return {int(code): instrument.label(column.variable, option, _LANGUAGE) for code, option in options}


def write(
    delivery: Delivery, file: Path, *, delimiter: str = ";", decimal: str = ",", encoding: str = "utf-8"
) -> None:
    """Write a delivery in the format of the file's ending: .sav, .dta, .csv or .parquet."""
    match file.suffix:
        case ".sav":
            _write_sav(delivery, file)
        case ".dta":
            _write_dta(delivery, file)
        case ".parquet":
            _write_parquet(delivery, file)
        case ".csv":
            form = {"sep": delimiter, "decimal": decimal, "encoding": encoding, "lineterminator": "\r\n"}
            delivery.rows.to_csv(file, index=False, **form)
        case other:
            raise ReportError(
                "A wave cannot be written", [Problem(str(file), ".sav, .dta, .csv or .parquet", other)]
            )


def _write_sav(delivery: Delivery, file: Path) -> None:
    whole = [name for name in delivery.rows if delivery.rows[name].dtype != float]
    labels: Any = dict(delivery.codes)
    pyreadstat.write_sav(
        delivery.rows.astype(dict.fromkeys(whole, float)),
        file,
        file_label=_SYNTHETIC,
        column_labels=dict(delivery.columns),
        variable_value_labels=labels,
        variable_format=dict.fromkeys(whole, "F8.0"),
        row_compress=True,
    )


def _write_dta(delivery: Delivery, file: Path) -> None:
    delivery.rows.to_stata(
        file,
        write_index=False,
        version=118,
        data_label=_SYNTHETIC,
        # Stata takes 80 characters; the fixed time keeps the file the same from run to run.
        variable_labels={name: label[:80] for name, label in delivery.columns.items()},
        value_labels={name: dict(codes) for name, codes in delivery.codes.items()},
        time_stamp=datetime.fromtimestamp(0, tz=UTC).replace(tzinfo=None),
    )


def _write_parquet(delivery: Delivery, file: Path) -> None:
    table = pa.Table.from_pandas(delivery.rows, preserve_index=False)
    fields = [field.with_metadata({"label": delivery.columns[field.name]}) for field in table.schema]
    metadata = {"synthetic": "true", "title": _SYNTHETIC}
    pq.write_table(table.cast(pa.schema(fields, metadata=metadata)), file)
