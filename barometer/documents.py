"""Reads the project's YAML and CSV files, strictly: what could be misread is refused, with its line."""

from __future__ import annotations

import csv
import difflib
import io
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from barometer.errors import Problem, ReportError

Text = Mapping[str, str]
"""The same words in every language: language -> text."""

DEEPEST = 40
"""Levels a document may be nested; no file of a report comes near, a hostile one would end the process."""

LARGEST = 10_000_000
"""Bytes of a document or table that a person writes; a longer one is something else."""

_TAGS = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG.removesuffix("str")
_CORE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_CORE):  # type: ignore[misc]
    """A safe loader that reads only true and false as booleans, dates as text, and keeps each key once."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 (PyYAML's own way of declaring it)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; a key that stands twice is an error at its second place."""
        pairs: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict):
                raise yaml.MarkedYAMLError(
                    problem="a key that is a list or mapping", problem_mark=key_node.start_mark
                )
            if key in pairs:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key}' a second time", problem_mark=key_node.start_mark
                )
            pairs[key] = self.construct_object(value_node, deep=deep)
        return pairs

    def construct_finite(self, node: yaml.ScalarNode) -> float:
        """Return the number; one that is too large would be infinite, which no file means."""
        number = float(self.construct_yaml_float(node))
        if math.isinf(number):
            raise yaml.MarkedYAMLError(problem="a number that is too large", problem_mark=node.start_mark)
        return number


_Loader.add_constructor(_TAGS + "float", _Loader.construct_finite)


# YAML 1.1 turns yes, no, on, off, 1:30 and dates into something else; in a survey's codes they are text.
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    # A number with more digits than Python reads is text too.
    ("int", r"^-?(?:0|[1-9][0-9]{0,999})$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]{0,999})(?:\.[0-9]{1,999})?(?:[eE][-+]?[0-9]{1,3})?$", "-0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(_TAGS + _tag, re.compile(_pattern), list(_first))


def shown(path: Path) -> str:
    """Return a path as messages show it: from the working folder, where it lies inside."""
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def relative(path: Path, folder: Path) -> str:
    """Return a path as it is written from a folder, on every system with slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: the nearest known one, or all of a few, or nothing."""
    names = sorted(set(known))
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Known: {', '.join(names)}." if 0 < len(names) <= 12 else ""


def _read_text(path: Path) -> str:
    if path.exists() and not path.is_file():  # a pipe or a device may never end
        raise ReportError(f"{shown(path)} cannot be read", [Problem(shown(path), "a file", "something else")])
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            problem = Problem(shown(path), f"at most {LARGEST} bytes", "more")
            raise ReportError(f"{shown(path)} cannot be read", [problem])
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ReportError(
            f"{shown(path)} cannot be read", [Problem(shown(path), "a file", str(error.strerror))]
        ) from None
    except UnicodeDecodeError as error:
        got = f"byte {error.object[error.start]:#04x} at position {error.start}"
        problem = Problem(shown(path), "text in UTF-8", got, "Save the file as UTF-8.")
        raise ReportError(f"{shown(path)} cannot be read", [problem]) from None


def _refused(text: str) -> Iterator[tuple[int, str]]:
    """Give line and description of everything outside the plain part of YAML that the project uses."""
    depth = 0
    for event in yaml.parse(text, Loader=_CORE):
        line = event.start_mark.line + 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            yield line, f"more than {DEEPEST} levels"
            return
        if isinstance(event, yaml.AliasEvent):
            yield line, f"the alias *{event.anchor}"
        elif getattr(event, "anchor", None):
            yield line, f"the anchor &{event.anchor}"
        if getattr(event, "tag", None):
            yield line, f"the tag {event.tag}"


def read_yaml(path: Path) -> Any:
    """Read a YAML file into dictionaries, lists, strings, numbers and booleans.

    Only ``true`` and ``false`` are booleans and dates stay text, so that the answers ``yes`` and
    ``no`` are what they look like.

    Raises
    ------
    ReportError
        For a file that is missing, not UTF-8 or not YAML, with a key twice in one mapping, with
        anchors, aliases or tags, or nested deeper than `DEEPEST`; each problem with its line.
    """
    text = _read_text(path)
    subject = f"{shown(path)} cannot be read"
    try:
        problems = [
            Problem(f"{shown(path)}:{line}", "plain YAML", got, "Write it out in full.")
            for line, got in _refused(text)
        ]
        if not problems:
            return yaml.load(text, Loader=_Loader)  # noqa: S506 (a subclass of the safe loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        got = getattr(error, "problem", None) or str(error).splitlines()[0]
        problems = [Problem(f"{shown(path)}{line}", "valid YAML with each key once", got)]
    raise ReportError(subject, problems)


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a comma-separated UTF-8 table with a header; one item is one row, and a row is one line.

    Raises
    ------
    ReportError
        For a file that is missing, not UTF-8 or empty, a column twice in the header, and every row
        with another number of cells than the header or with a line break in a cell.
    """
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    problems: list[Problem] = []
    rows: list[dict[str, str]] = []
    try:
        header: list[str] = next(reader, [])
        if not header or len(set(header)) < len(header):
            expected = "a header that names each column once"
            problems.append(Problem(f"{shown(path)}:1", expected, ",".join(header)[:80]))
        for number, cells in enumerate(reader, start=2):
            if len(cells) != len(header):
                got = f"{len(cells)} cells"
                problems.append(Problem(f"{shown(path)}:{reader.line_num}", f"{len(header)} cells", got))
            elif reader.line_num != number:
                problems.append(
                    Problem(f"{shown(path)}:{reader.line_num}", "one line a row", "a line break in a cell")
                )
                break
            rows.append(dict(zip(header, cells, strict=False)))
    except csv.Error as error:
        problems.append(Problem(f"{shown(path)}:{reader.line_num}", "a comma-separated row", str(error)))
    if problems:
        raise ReportError(f"{shown(path)} cannot be read", problems)
    return rows


@dataclass(frozen=True)
class Node:
    """A value of a document with its place; whatever is wrong with it joins one shared list of problems.

    The readers below return a harmless value after a problem, so that reading goes on and the user
    gets every problem of a file at once.
    """

    value: Any
    where: str
    problems: list[Problem]

    @classmethod
    def root(cls, path: Path) -> Node:
        """Return the whole of a YAML file as a node, with an empty list of problems."""
        return cls(read_yaml(path), f"{shown(path)}:", [])

    def refuse(self, expected: str, *, got: str | None = None, remedy: str = "") -> None:
        """Add the problem that something else was expected here."""
        found = repr(self.value) if got is None else got
        self.problems.append(Problem(self.where.removesuffix(":"), expected, found[:80], remedy))

    def at(self, key: object, value: Any) -> Node:
        """Return a value inside this one, with its place."""
        dot = " " if self.where.endswith(":") else "."
        return Node(value, f"{self.where}{dot}{key}", self.problems)

    def _is(self, kind: type, expected: str) -> bool:
        """Tell whether the value has the type; True is no number here."""
        right = isinstance(self.value, kind) and not (isinstance(self.value, bool) and kind is not bool)
        if not right:
            self.refuse(expected)
        return right

    def entries(self) -> dict[str, Node]:
        """Return the values of a mapping by key; the keys are names that the file gives."""
        if not self._is(dict, "a mapping"):
            return {}
        return {str(key): self.at(key, value) for key, value in self.value.items()}

    def fields(
        self, required: Iterable[str], optional: Iterable[str] | Mapping[str, Any] = ()
    ) -> dict[str, Node]:
        """Return the values of a mapping whose keys are fixed; unknown and missing keys are problems.

        A required key that is missing is reported once and then read in silence. An optional one is
        left out, or has its default where `optional` maps keys to defaults.
        """
        required = tuple(required)
        known = (*required, *optional)
        found = self.entries()
        for key in found.keys() - set(known):
            self.refuse("only known keys", got=f"'{key}'", remedy=nearest(key, known))
        if isinstance(self.value, dict):
            for key in (key for key in required if key not in found):
                self.refuse(f"the key '{key}'", got="none")
        silent = {key: Node(None, self.where, []) for key in required}
        defaults = optional if isinstance(optional, Mapping) else {}
        absent = silent | {key: Node(value, self.where, []) for key, value in defaults.items()}
        return absent | {key: node for key, node in found.items() if key in known}

    def items(self) -> list[Node]:
        """Return the values of a list, each with its position counted from 1."""
        if not self._is(list, "a list"):
            return []
        return [
            Node(value, f"{self.where}[{i}]", self.problems) for i, value in enumerate(self.value, start=1)
        ]

    def string(self) -> str:
        """Return a text that is not empty."""
        right = self._is(str, "a text")
        if right and not self.value.strip():
            self.refuse("a text that is not empty")
        return self.value if right else ""

    def strings(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(node.string() for node in self.items())

    def choice(self, known: Iterable[str]) -> str:
        """Return one of the known names; the first one after a problem, so that reading goes on."""
        known = tuple(known)
        if isinstance(self.value, str) and self.value in known:
            return self.value
        close = difflib.get_close_matches(str(self.value), known, n=1)
        expected = f"one of {', '.join(known)}" if 0 < len(known) <= 12 else "a known name"
        self.refuse(expected, remedy=f"Did you mean '{close[0]}'?" if close else "")
        return known[0] if known else ""

    def boolean(self) -> bool:
        """Return true or false."""
        return bool(self.value) if self._is(bool, "true or false") else False

    def integer(self, minimum: int = 0) -> int:
        """Return a whole number that is not below the minimum."""
        if self._is(int, "a whole number") and self.value < minimum:
            self.refuse(f"at least {minimum}")
        return self.value if isinstance(self.value, int) else minimum

    def number(self, low: float, high: float) -> float:
        """Return a number within bounds, both included; the lower one after a problem."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.refuse(f"a number from {low} to {high}")
            return low
        return value

    def whole(self, low: int, high: int) -> int:
        """Return a whole number within bounds, both included."""
        value = self.number(low, high)
        if value != int(value):
            self.refuse("a whole number")
        return int(value)

    def date(self) -> str:
        """Return a day, a month or a year as text, so that dates of one form sort in time."""
        text = str(self.value)
        try:
            if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
                raise ValueError
            date.fromisoformat(f"{text}-01-01"[:10])
        except ValueError:
            self.refuse("a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
            return ""
        return text

    def text(self, languages: Iterable[str]) -> Text:
        """Return the words in every language, e.g. ``{da: ..., en: ...}``."""
        return {language: node.string() for language, node in self.fields(languages).items()}

    def check(self, subject: str) -> None:
        """Raise one ReportError with all problems found in the document, if there are any."""
        if self.problems:
            raise ReportError(subject, tuple(dict.fromkeys(self.problems)))
