"""From a survey file as delivered to the terms of the questionnaire: columns and codes become options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
from pandas.api.types import is_numeric_dtype

from barometer.documents import Node, nearest, shown
from barometer.errors import Problem, ReportError
from barometer.instrument import Instrument
from barometer.variables import Question, Variable

TICKED = "ticked"


@dataclass(frozen=True)
class Column:
    """One column of a survey file.

    `target` is its name in harmonised terms (``reuse``, ``factors.employees``, ``partners/citizens``)
    and `codes` what stands in it; a column of a multiple question has one code, for ticked.
    """

    name: str
    target: str
    codes: Mapping[str, str]

    @property
    def variable(self) -> str:
        """Return the variable that the column belongs to."""
        return self.target.partition("/")[0]

    @property
    def options(self) -> tuple[str, ...]:
        """Return the options that the column can hold."""
        option = self.target.partition("/")[2]
        return (option,) if option else tuple(dict.fromkeys(self.codes.values()))


@dataclass(frozen=True)
class Layout:
    """How the file of one survey is laid out: its columns in harmonised terms."""

    columns: tuple[Column, ...]

    @property
    def offered(self) -> Mapping[str, tuple[str, ...]]:
        """Return the options that the survey offered, by variable."""
        found: dict[str, tuple[str, ...]] = {}
        for column in self.columns:
            found[column.variable] = (*found.get(column.variable, ()), *column.options)
        return found


def read_layout(register: Node, questions: Node, not_asked: Sequence[str], instrument: Instrument) -> Layout:
    """Read the column mapping of a wave file; every question is mapped or said not to be asked."""
    columns: list[Column] = []
    mapped = questions.entries()
    known = {**instrument.register, **instrument.questions}
    for name, node in (*register.entries().items(), *mapped.items()):
        if name in known:
            columns.extend(_columns(known[name], node, instrument))
        else:
            node.refuse(
                "a question or register variable of the questionnaire", got=name, remedy=nearest(name, known)
            )
    for name in not_asked:
        if name not in instrument.questions:
            questions.refuse(
                "known questions under not_asked", got=name, remedy=nearest(name, instrument.questions)
            )
    for name in instrument.questions:
        if (name in mapped) == (name in not_asked):
            got = "both" if name in mapped else "neither"
            questions.refuse(f"'{name}' either mapped here or listed under not_asked", got=got)
    return Layout(tuple(columns))


def _columns(variable: Variable, node: Node, instrument: Instrument) -> Iterator[Column]:
    """Read ``{column, codes}`` or ``{options, ticked}``; a grid has one for each of its ``items``."""
    items = isinstance(variable, Question) and bool(variable.items)
    many = variable.kind == "multiple" or (
        isinstance(variable, Question) and items and variable.select == "many"
    )
    place = "items" if items else "options" if many else "column"
    found = node.fields((place, "ticked" if many else "codes"))
    if len(found) < 2:
        return
    meanings = found["codes"].entries() if "codes" in found else {}
    codes = {code: _option(variable, meaning.string(), meaning) for code, meaning in meanings.items()}
    parts = {f"{variable.id}.{key}": part for key, part in found[place].entries().items()} if items else {}
    for name, part in (parts or {variable.id: found[place]}).items():
        if not instrument.has(name):
            part.refuse(
                f"an item of '{variable.id}'", got=name, remedy=nearest(name, instrument.expand(variable.id))
            )
        elif many:
            options = part.entries()
            codes_ticked = _ticked(found["ticked"], len(options))
            for (option, column), code in zip(options.items(), codes_ticked, strict=False):
                target = f"{name}/{_option(variable, option, column)}"
                yield Column(column.string(), target, {code: TICKED})
        else:
            yield Column(part.string(), name, codes)


def _ticked(node: Node, options: int) -> list[str]:
    """Return the code for ticked in each column: the same in all, or a list with one for each option."""
    codes = node.value if isinstance(node.value, list) else [node.value] * options
    if len(codes) != options:
        node.refuse(f"one code, or one for each of the {options} options")
    return [str(code) for code in codes]


def _option(variable: Variable, option: str, node: Node) -> str:
    known = [each.id for each in variable.options]
    if option not in known:
        node.refuse(f"an option of '{variable.id}'", got=option, remedy=nearest(option, known))
    return option


def read_file(
    path: Path, *, delimiter: str = ";", decimal: str = ",", encoding: str = "utf-8"
) -> pd.DataFrame:
    """Read a survey file as delivered, by its ending; codes stay codes, user-missing values are empty.

    Raises
    ------
    ReportError
        For a file that is missing, of another kind, or that cannot be read as what its ending says.
    """
    readers: Mapping[str, Callable[[], pd.DataFrame]] = {
        ".sav": lambda: pyreadstat.read_sav(path)[0],
        ".zsav": lambda: pyreadstat.read_sav(path)[0],
        ".dta": lambda: pyreadstat.read_dta(path)[0],
        ".sas7bdat": lambda: pyreadstat.read_sas7bdat(path)[0],
        ".csv": lambda: pd.read_csv(
            path, sep=delimiter, decimal=decimal, encoding=encoding, low_memory=False
        ),
        ".xlsx": lambda: pd.read_excel(path),
        ".parquet": lambda: pd.read_parquet(path),
    }
    if path.suffix not in readers:
        problem = Problem(shown(path), f"a file of the kind {', '.join(readers)}", path.suffix)
        raise ReportError("A survey file cannot be read", [problem])
    try:
        return readers[path.suffix]()
    except (OSError, ValueError, pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        problem = Problem(shown(path), f"a readable {path.suffix} file", str(error))
        raise ReportError("A survey file cannot be read", [problem]) from error


def harmonise(
    raw: pd.DataFrame, layout: Layout, instrument: Instrument
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the answers in harmonised terms, and everything in the file that the layout does not explain."""
    problems = [
        Problem(
            column.name,
            f"a column for {column.target}",
            "none in the file",
            nearest(column.name, raw.columns),
        )
        for column in layout.columns
        if column.name not in raw
    ]
    columns = {column.target: column for column in layout.columns if column.name in raw}
    frame: dict[str, pd.Series] = {}
    for target, column in columns.items():
        decoded = _decode(raw[column.name], column.codes)
        unknown = raw[column.name][decoded.isna()].dropna().unique()
        # A file may mark what is not ticked by a code of its own, one and no more, or leave it empty.
        many = "/" in target
        if many:
            frame[target] = (decoded == TICKED).astype(float).where(raw[column.name].notna())
        else:
            frame[target] = decoded.astype(pd.CategoricalDtype(list(column.options)))
        if len(unknown) > many:
            got = ", ".join(str(code) for code in unknown[:8])
            problems.append(
                Problem(column.name, f"codes of {target} ({', '.join(column.codes)})", got, "Map them.")
            )
    harmonised = pd.DataFrame(frame, index=raw.index)
    multiple = pd.Series(
        {target: column.variable for target, column in columns.items() if "/" in target}, dtype=str
    )
    filled = [
        _fill(harmonised[list(group.index)], instrument)
        for _, group in multiple.groupby(multiple, sort=False)
    ]
    return pd.concat([harmonised.drop(columns=list(multiple.index)), *filled], axis=1), problems


def _decode(values: pd.Series, codes: Mapping[str, str]) -> pd.Series:
    """Return the options behind the codes; a code that is not known becomes empty."""
    if is_numeric_dtype(values):
        numbers = pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=values.index)
        return numbers.map({float(code): option for code, option in codes.items() if _is_number(code)})
    return values.astype("string").str.strip().map(dict(codes))


def _is_number(code: str) -> bool:
    return code.lstrip("-").replace(".", "", 1).isdigit()


def _fill(ticks: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Tell 'not ticked' from 'no answer' in the columns of one multiple question.

    Where a column marks what is not ticked, an empty cell is no answer to that option; otherwise whoever
    ticked something left the rest unticked. Whoever ticked nothing gave no answer if an option such as
    don't know or none was there to be ticked, or if the file marks what is unticked and their row holds
    not even that; otherwise nothing applied.
    """
    variable = instrument.variable(str(ticks.columns[0]).partition("/")[0])
    alone = any(variable.option(str(name).partition("/")[2]).exclusive for name in ticks.columns)
    nothing = (ticks != 1).all(axis=1)
    marked = (ticks == 0).any()
    unanswered = nothing if alone else ticks.isna().all(axis=1) & marked.any()
    return ticks.fillna(dict.fromkeys(ticks.columns[~marked], 0.0)).mask(unanswered)
