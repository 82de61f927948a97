"""From a survey file as delivered to the terms of the questionnaire: columns and codes become options."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
from pandas.api.types import is_numeric_dtype

from barometer.documents import Node, Text, nearest, shown
from barometer.errors import Problem, ReportError
from barometer.instrument import Instrument
from barometer.variables import Question, Variable

TICKED = "ticked"
LARGEST_UNPACKED, SMALL_UNPACKED = 1_000_000_000, 10_000_000  # bytes
MOST_PACKED = 100  # to one; a sheet of answers is packed ten to one
Found = TypeVar("Found")


@dataclass(frozen=True)
class Column:
    """One column of a survey file.

    `target` is its name in harmonised terms (``reuse``, ``factors.employees``, ``partners/citizens``)
    and `codes` what stands in it; a column of a multiple question has one code, for ticked. What stands for
    no answer, such as *refused*, is known as well, in `no_answer`.
    """

    name: str
    target: str
    codes: Mapping[str, str]
    no_answer: tuple[str, ...] = ()

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
    """How the file of one survey is laid out: its columns in harmonised terms.

    `wordings` are the questions as this survey put them, where its wave file says so.
    """

    columns: tuple[Column, ...]
    wordings: Mapping[str, str] = field(default_factory=dict)

    @property
    def offered(self) -> Mapping[str, tuple[str, ...]]:
        """Return the options that the survey offered, by variable."""
        found: dict[str, tuple[str, ...]] = {}
        for column in self.columns:
            found[column.variable] = (*found.get(column.variable, ()), *column.options)
        return found


def read_not_asked(node: Node, instrument: Instrument) -> Mapping[str, Text]:
    """Return the questions that a survey did not ask, with the reason where one is given.

    An entry is a name, or ``{variables: [...], reason: {...}}`` for several with one reason.
    """
    found: dict[str, Text] = {}
    for entry in node.items():
        if isinstance(entry.value, dict):
            fields = entry.fields(("variables", "reason"))
            reason = fields["reason"].text(instrument.languages)
            found |= dict.fromkeys(fields["variables"].strings(), reason)
        else:
            found[entry.string()] = {}
    return found


def read_layout(
    register: Node, questions: Node, not_asked: Collection[str], instrument: Instrument
) -> Layout:
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
            expected = f"'{name}' either mapped here or listed under not_asked"
            questions.refuse(expected, got=got, remedy="Map its columns, or list it there.")
    wordings = {
        name: node.entries()["wording"].string()
        for name, node in mapped.items()
        if isinstance(node.value, dict) and "wording" in node.value
    }
    return Layout(tuple(columns), wordings)


def _columns(variable: Variable, node: Node, instrument: Instrument) -> Iterator[Column]:
    """Read ``{column, codes}`` or ``{options, ticked}``; a grid has one for each of its ``items``.

    Any of them may list the codes that stand for no answer.
    """
    items = isinstance(variable, Question) and bool(variable.items)
    many = variable.kind == "multiple" or (
        isinstance(variable, Question) and items and variable.select == "many"
    )
    place = "items" if items else "options" if many else "column"
    meaning = "ticked" if many else "codes"
    found = node.fields((place, meaning), ("wording", "no_answer"))
    if None in (found[place].value, found[meaning].value):
        return
    meanings = found["codes"].entries() if "codes" in found else {}
    codes = {code: _option(variable, meaning.string(), meaning) for code, meaning in meanings.items()}
    empty = tuple(str(each.value) for each in found["no_answer"].items()) if "no_answer" in found else ()
    if twice := codes.keys() & {*empty}:
        got = ", ".join(sorted(twice))
        found["no_answer"].refuse("codes that no option has", got=got, remedy="Take them out of one list.")
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
                yield Column(column.string(), target, {code: TICKED}, empty)
        else:
            yield Column(part.string(), name, codes, empty)


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
    """Read a survey file as delivered, by its ending; codes stay codes, also those it declares missing.

    Raises
    ------
    ReportError
        For a file that is missing, of another kind, or that cannot be read as what its ending says.
    """
    readers: Mapping[str, Callable[[], pd.DataFrame]] = {
        ".sav": lambda: pyreadstat.read_sav(path, user_missing=True)[0],
        ".zsav": lambda: pyreadstat.read_sav(path, user_missing=True)[0],
        ".dta": lambda: pyreadstat.read_dta(path, user_missing=True)[0],
        ".sas7bdat": lambda: pyreadstat.read_sas7bdat(path, user_missing=True)[0],
        ".csv": lambda: pd.read_csv(
            path, sep=delimiter, decimal=decimal, encoding=encoding, low_memory=False
        ),
        ".xlsx": lambda: pd.read_excel(path),
        # Each column on its own and freed once it is converted: a large file is not held twice.
        ".parquet": lambda: pq.read_table(path).to_pandas(split_blocks=True, self_destruct=True),
    }
    kind = path.suffix.lower()
    if kind not in readers:
        problem = Problem(shown(path), f"a file of the kind {', '.join(readers)}", path.suffix)
        raise ReportError("A survey file cannot be read", [problem])
    raw = read_whole(path, lambda: readers[kind]().rename(columns=str))
    if not len(raw) or raw.columns.has_duplicates:
        twice = ", ".join(raw.columns[raw.columns.duplicated()].unique())
        got = f"several of {twice}" if twice else "no row"
        raise ReportError(
            "A survey file cannot be read", [Problem(shown(path), "rows, each column once", got)]
        )
    return raw


def read_whole(path: Path, read: Callable[[], Found]) -> Found:
    """Return what a reader makes of a survey file.

    Raises
    ------
    ReportError
        With whatever the reader raises: a damaged file makes them fail in ways that they don't know of. Also
        for a workbook that unpacks to far more than it is.
    """
    kind = path.suffix.lower()
    try:
        if path.exists() and not path.is_file():  # a pipe or a device may never end
            raise ValueError("it is no file")
        if kind == ".xlsx":
            _check_unpacked(path)
        return read()
    except Exception as error:
        problem = Problem(shown(path), f"a readable {kind} file", str(error) or type(error).__name__)
        raise ReportError("A survey file cannot be read", [problem]) from error


def _check_unpacked(path: Path) -> None:
    """Raise if a workbook would unpack to what no survey needs; what the file itself says is the most."""
    with ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > LARGEST_UNPACKED or size > max(SMALL_UNPACKED, MOST_PACKED * path.stat().st_size):
        raise ValueError(f"it unpacks to {size} bytes")


class Harmonised(NamedTuple):
    """Answers in harmonised terms, what the layout does not explain, and codes that it explains in vain."""

    frame: pd.DataFrame
    problems: list[Problem]
    unused: list[Problem]


def harmonise(
    raw: pd.DataFrame,
    layout: Layout,
    instrument: Instrument,
    *,
    correct: Callable[[pd.DataFrame], pd.DataFrame] = lambda delivered: delivered,
) -> Harmonised:
    """Return the answers in harmonised terms, and everything in which file and layout don't agree.

    Parameters
    ----------
    correct
        Corrections to the delivered answers, made before what is left empty is told apart.
    """
    problems: list[Problem] = []
    idle: dict[str, set[str]] = {}
    frame: dict[str, pd.Series] = {}
    for column in layout.columns:
        if column.name not in raw:
            remedy = nearest(column.name, raw.columns) or "Name it as the file does, or take it out."
            problems.append(Problem(column.name, f"a column for {column.target}", "none in the file", remedy))
            continue
        frame[column.target], unknown, never = _decode(raw[column.name], column)
        # A file may mark what is not ticked by a code of its own, one and no more, or leave it empty.
        if len(unknown) > ("/" in column.target):
            expected = f"codes of {column.target} ({', '.join(column.codes)})"
            remedy = "Map them, or list them under no_answer."
            problems.append(Problem(column.name, expected, ", ".join(unknown[:8]), remedy))
        # The items of a grid share their codes: what stands in one of them is in use.
        shared = column.target if "/" in column.target else column.target.partition(".")[0]
        idle[shared] = idle.get(shared, never) & never
    answers = correct(pd.DataFrame(frame, index=raw.index, copy=False))
    multiple: dict[str, list[str]] = {}
    for target in answers:
        if "/" in target:
            multiple.setdefault(target.partition("/")[0], []).append(target)
    filled = [_fill(answers[targets], instrument) for targets in multiple.values()]
    single = answers[[target for target in answers if "/" not in target]]
    unused = [
        Problem(name, "every code in the file", f"never {', '.join(sorted(codes))}", "Is the mapping right?")
        for name, codes in idle.items()
        if codes
    ]
    return Harmonised(pd.concat([single, *filled], axis=1), problems, unused)


def _decode(values: pd.Series, column: Column) -> tuple[pd.Series, list[str], set[str]]:
    """Return the answers behind the codes, the codes that are not known and those that never occur.

    One option of a multiple question becomes 1 where it is ticked, 0 where another code stands that is not
    said to be no answer.
    """
    numbers = is_numeric_dtype(values)
    known = {_key(code, number=numbers): option for code, option in column.codes.items()}
    positions, codes = pd.factorize(values)
    present = [_key(code, number=numbers) for code in codes]
    empty = {_key(code, number=numbers) for code in column.no_answer}
    pairs = zip(codes, present, strict=True)
    unknown = [str(_key(code, number=False)) for code, key in pairs if key not in known and key not in empty]
    never = {code for code in column.codes if _key(code, number=numbers) not in present}
    if "/" in column.target:
        ticked = [np.nan if key in empty else key in known for key in present]
        ticks = np.array([*ticked, np.nan], dtype=np.float32)
        return pd.Series(ticks[positions], index=values.index), unknown, never
    place = {option: at for at, option in enumerate(column.options)}
    options = np.array([place[known[key]] if key in known else -1 for key in present] + [-1])
    answers = pd.Categorical.from_codes(options[positions], categories=list(place))
    return pd.Series(answers, index=values.index), unknown, never


def _key(code: object, *, number: bool) -> float | str:
    """Return what a code is looked up by: its value in a column of numbers, else its text."""
    text = f"{code:.0f}" if isinstance(code, float) and code.is_integer() else str(code).strip()
    return float(text) if number and text.lstrip("-").replace(".", "", 1).isdigit() else text


def _fill(ticks: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Tell 'not ticked' from 'no answer' in the columns of one multiple question.

    Where a column marks what is not ticked, an empty cell is no answer to that option; otherwise whoever
    ticked something left the rest unticked. Whoever ticked nothing gave no answer if an option such as
    don't know or none was there to be ticked, or if the file marks what is unticked and their row holds
    not even that; otherwise nothing applied.
    """
    variable = instrument.variable(str(ticks.columns[0]).partition("/")[0])
    alone = any(variable.option(str(name).partition("/")[2]).exclusive for name in ticks)
    columns = {name: column.to_numpy() for name, column in ticks.items()}
    marked = {name: bool((column == 0).any()) for name, column in columns.items()}
    if alone:
        unanswered = ~np.logical_or.reduce([column == 1 for column in columns.values()])
    else:
        empty = np.logical_and.reduce([np.isnan(column) for column in columns.values()])
        unanswered = empty & any(marked.values())
    filled = {
        name: np.where(unanswered, np.float32(np.nan), column if marked[name] else np.nan_to_num(column))
        for name, column in columns.items()
    }
    return pd.DataFrame(filled, index=ticks.index, copy=False)
