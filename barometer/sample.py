"""From the columns of a survey file to its sample design: who each row is, and what it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from barometer.design import Design
from barometer.documents import Node, nearest
from barometer.errors import Problem, ReportError

_NAMED = 5  # units or rows that a message names; the first ones find the rest


def read_design(raw: pd.DataFrame, node: Node) -> tuple[pd.DataFrame, Design]:
    """Return who each row is and stands for, and the sample design; one row is one workplace.

    What is wrong joins the problems of the node; weights that can't be used then count as 1.
    """
    fields = node.fields(
        ("weight",), ("unit", "strata", "population", "sample", "clusters", "single_unit_strata")
    )
    rule = fields.pop("single_unit_strata").string() if "single_unit_strata" in fields else "error"
    columns = {key: _columns(raw, part) for key, part in fields.items()}
    keys = pd.DataFrame({"unit": _label(columns.get("unit") or [raw.index.to_series()])})
    keys["stratum"] = _label(columns["strata"]) if columns.get("strata") else "all"
    for key, name in (
        ("weight", "weight"),
        ("population", "stratum_population"),
        ("sample", "stratum_sample"),
    ):
        if columns.get(key):
            keys[name] = pd.to_numeric(columns[key][0], errors="coerce")
    _check_units(keys["unit"], node)
    weights = _weights(keys, node)
    try:
        design = Design.build(
            weights,
            strata=keys["stratum"].to_numpy(object),
            clusters=tuple(_label([each]).to_numpy(object) for each in columns.get("clusters", ())) or None,
            population=tuple(
                pd.to_numeric(each, errors="coerce").to_numpy(float) for each in columns.get("population", ())
            )
            or None,
            single_unit_strata=rule,
        )
    except ReportError as error:
        node.problems.extend(replace(each, where=f"{node.where}: {each.where}") for each in error.problems)
        design = Design.build(np.ones(len(raw)))
    return keys.assign(weight=weights), design


def _columns(raw: pd.DataFrame, node: Node) -> list[pd.Series]:
    """Return the columns that a setting of the design names: one, a list of them, or null for none."""
    value = node.value
    names = node.strings() if isinstance(value, list) else () if value is None else (node.string(),)
    for name in names:
        if name not in raw:
            node.refuse("a column of the file", got=name, remedy=nearest(name, raw.columns))
    return [raw[name] for name in names if name in raw]


def _label(columns: Sequence[pd.Series]) -> pd.Series:
    """Return the values as text, those of several columns joined; 1.0 and 1 are the same label."""

    def text(value: object) -> str:
        return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)

    first, *rest = [each.map(text, na_action="ignore") for each in columns]
    return first.str.cat(rest, sep="|") if rest else first


def _check_units(units: pd.Series, node: Node) -> None:
    if missing := int(units.isna().sum()):
        remedy = "Give them one, or leave `unit` out: then the rows are numbered."
        node.refuse("the id of a unit in every row", got=f"{missing} rows without", remedy=remedy)
    twice = units[units.duplicated() & units.notna()].unique()
    if len(twice):
        some = ", ".join(twice[:_NAMED])
        node.refuse(
            "each unit once", got=f"{len(twice)} more than once: {some}", remedy="Keep one row of each."
        )


def _weights(keys: pd.DataFrame, node: Node) -> np.ndarray:
    """Return the weights, 1 in place of those that can't be used, each kind of which is a problem."""
    if "weight" not in keys:
        return np.ones(len(keys))
    values = keys["weight"].to_numpy(float)
    wrong: Mapping[str, np.ndarray] = {
        "missing": ~np.isfinite(values),
        "zero": values == 0,
        "negative": np.isfinite(values) & (values < 0),
    }
    for kind, rows in wrong.items():
        if rows.any():
            units = ", ".join(keys["unit"].astype(str)[rows][:_NAMED])
            node.problems.append(
                Problem(
                    f"{node.where}.weight",
                    "a positive weight for every unit",
                    f"{rows.sum()} {kind}: {units}",
                    "Correct the weights, or leave out units that count for nobody.",
                )
            )
    return np.where(np.logical_or.reduce(list(wrong.values())), 1.0, values)
