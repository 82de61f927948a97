"""The decisions of one publication: params.yaml and what the command line overrides, checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from barometer.documents import Node, nearest, relative, shown
from barometer.errors import Problem
from barometer.formats import languages
from barometer.rules import PRESETS, Rules, read_rules

FORMATS = ("html", "pdf")
INTERVALS = ("korn-graubard", "logit")
ADJUSTMENTS = ("holm", "none")
EXECUTORS = ("local", "dask")
WHOLE = "whole"
EVERY = "all"
# `make report LOCALE=en` reads better than LANGUAGES=en.
OVERRIDE_NAMES = MappingProxyType({"locale": "languages"})
# What other files of a report are called.
TAKEN = ("index", "report")
LISTS = ("languages", "chapters", "formats", "over_breaks")
PATHS = MappingProxyType(
    {
        "instrument": "data/instrument.yaml",
        "waves": "data/waves",
        "notebooks": "notebooks",
        "reports": "reports",
        "published": None,
        "cases": None,
    }
)
# What only the build has to know: a chapter isn't told, so it can't depend on it.
_OF_THE_BUILD = (
    *("wave", "compare_with", "segment", "languages", "formats", "reports"),
    *("address", "licence", "jobs", "cell_timeout", "executor", "scheduler", "matrix"),
)


@dataclass(frozen=True)
class Significance:
    """How differences are tested: the error rate in (0, 0.5) and the adjustment of a family of tests."""

    alpha: float = 0.05
    adjustment: str = "holm"


@dataclass(frozen=True)
class Matrix:
    """The reports that are built in one go: each wave with each segment, in every language.

    `waves` are names, or ``all``. A segment is ``whole``, one group such as ``sector=municipal``, or a
    variable for each of its groups.
    """

    waves: tuple[str, ...] = (EVERY,)
    segments: tuple[str, ...] = (WHOLE,)


@dataclass(frozen=True)
class Params:
    """The parameters of one report; every path is absolute.

    `publication` holds all chapters of the report in their order, `chapters` those to build now.
    `jobs` is None for as many as the machine has room for; `cell_timeout` is in seconds. `executor` is where
    chapters run, `scheduler` the address of a cluster. `address` is where the folder
    of the reports stands on the web, with a slash at its end; `licence` is that of the published numbers, as
    SPDX names it. Both may be empty. `over_breaks` names the variables, or options such as
    ``partners/foreign``, that are compared between waves in spite of a break.
    """

    path: Path
    instrument: Path
    waves: Path
    notebooks: Path
    reports: Path
    published: Path | None
    cases: Path | None
    publication: tuple[str, ...]
    chapters: tuple[str, ...]
    languages: tuple[str, ...] = ("da", "en")
    formats: tuple[str, ...] = FORMATS
    wave: str = "latest"
    compare_with: str = "previous"
    segment: str = ""
    over_breaks: tuple[str, ...] = ()
    address: str = ""
    licence: str = ""
    confidence: float = 0.95
    interval: str = "korn-graubard"
    test: Significance = Significance()
    disclosure: Rules = PRESETS["barometer"]
    matrix: Matrix = Matrix()
    jobs: int | None = None
    cell_timeout: int = 600
    executor: str = "local"
    scheduler: str = ""

    @property
    def root(self) -> Path:
        """Return the project's folder: the one that params.yaml stands in."""
        return self.path.parent

    def document(self, folder: Path) -> dict[str, Any]:
        """Return the parameters as a params.yaml in that folder would state them, with nothing left out."""
        plain = {
            key: relative(value, folder) if isinstance(value, Path) else value
            for key, value in asdict(self).items()
            if key not in ("path", "publication")
        }
        return plain | {"chapters": self.publication, "jobs": self.jobs or "auto"}

    def told(self, folder: Path) -> dict[str, Any]:
        """Return the part of the document that a chapter is told and its numbers may depend on."""
        return {key: value for key, value in self.document(folder).items() if key not in _OF_THE_BUILD}


def load_params(path: Path, overrides: Mapping[str, str] = MappingProxyType({})) -> Params:
    """Read params.yaml, put the overrides over it and check the whole.

    Parameters
    ----------
    path
        The file; the paths in it are relative to its folder.
    overrides
        Names of keys at the top of the file in upper or lower case (``LOCALE`` stands for ``languages``) with
        their values as text; lists are separated by commas. ``CHAPTERS`` chooses what is built and leaves the
        publication as it is.

    Raises
    ------
    ReportError
        With every problem: unknown keys and the nearest known one, impossible values.
    """
    path = Path(path).resolve()
    root = Node.root(path)
    readers = _readers()
    known = (*readers, *PATHS, "chapters")
    given = root.fields((), known) if root.value is not None else {}
    nodes = given | _overrides(overrides, known, root.problems)
    values: dict[str, Any] = {
        key: _path(nodes.get(key), path.parent, default) for key, default in PATHS.items()
    }
    values |= {key: read(nodes[key]) for key, read in readers.items() if key in nodes}
    values |= _chapters(given.get("chapters"), nodes.get("chapters"), values["notebooks"], root.problems)
    root.check(f"{shown(path)} can't be used")
    return Params(path=path, **values)


def split_segment(segment: str) -> tuple[str, str] | None:
    """Return the variable and the level of a segment such as ``sector=municipal``, None for the whole."""
    variable, _, level = segment.partition("=")
    return (variable, level) if segment else None


def _overrides(
    overrides: Mapping[str, str], known: Sequence[str], problems: list[Problem]
) -> dict[str, Node]:
    """Return the overrides as nodes by key; an unknown name is a problem."""
    nodes = {}
    for name, text in overrides.items():
        key = OVERRIDE_NAMES.get(name.lower(), name.lower())
        if key not in known:
            names = [*known, *OVERRIDE_NAMES]
            problems.append(Problem(f"{name}={text}", "a known name", name, nearest(name.lower(), names)))
        value = text.split(",") if key in LISTS else _plain(text)
        nodes[key] = Node(value, f"{name}={text}", problems)
    return {key: node for key, node in nodes.items() if key in known}


def _plain(text: str) -> str | float | None:
    """Return the value that the text would have in a YAML file."""
    if text in ("null", ""):
        return None if text else ""
    if re.fullmatch(r"[0-9]{1,18}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[0-9]{0,18}\.[0-9]{1,18}", text) else text


def _readers() -> dict[str, Callable[[Node], Any]]:
    """Return how each key is read that is neither a path nor the list of chapters."""
    return {
        "wave": _name,
        "compare_with": _name,
        "segment": _segment,
        "over_breaks": lambda node: node.strings(),
        "address": _address,
        "licence": lambda node: str(node.value or ""),
        "languages": lambda node: _several(node, languages()),
        "formats": lambda node: _several(node, FORMATS),
        "confidence": lambda node: node.number(0.5, 0.999),
        "interval": lambda node: node.choice(INTERVALS),
        "test": _significance,
        "disclosure": read_rules,
        "matrix": _matrix,
        "executor": lambda node: node.choice(EXECUTORS),
        "scheduler": _scheduler,
        "jobs": lambda node: None if node.value == "auto" else node.whole(1, 1_000),
        "cell_timeout": lambda node: node.whole(1, 100_000),
    }


def _significance(node: Node) -> Significance:
    fields = node.fields((), ("alpha", "adjustment"))
    readers = {"alpha": lambda n: n.number(0.0001, 0.5), "adjustment": lambda n: n.choice(ADJUSTMENTS)}
    return Significance(**{key: readers[key](inner) for key, inner in fields.items()})


def _matrix(node: Node) -> Matrix:
    fields = node.fields((), ("waves", "segments"))
    values = {
        key: (inner.value,) if inner.value == EVERY else inner.strings() for key, inner in fields.items()
    }
    return Matrix(**values)


def _scheduler(node: Node) -> str:
    text = str(node.value or "")
    if text and not re.fullmatch(r"[a-z]+://\S+", text):
        node.refuse("nothing, or the address of a scheduler such as tcp://host:8786")
    return text


def _chapters(
    listed: Node | None, chosen: Node | None, notebooks: Path, problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    """Return the chapters of the publication and those to build now; by default all that there are."""
    present = tuple(sorted(file.stem for file in notebooks.glob("*.ipynb")))
    whole = _several(listed, present) if listed else present
    now = _several(chosen, present) if chosen and chosen is not listed else whole
    for name in (*whole, *now):
        if name in TAKEN or not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            expected = f"small letters, digits, - and _, not {' or '.join(TAKEN)}"
            problems.append(Problem("the name of a chapter", expected, repr(name)))
    # A chapter that is built on demand but not published yet goes to the end.
    return {"chapters": now, "publication": (*whole, *(chapter for chapter in now if chapter not in whole))}


def _path(node: Node | None, folder: Path, default: str | None) -> Path | None:
    """Return an absolute path; None where the default is to have none."""
    if node is None or (node.value is None and default is None):
        return (folder / default).resolve() if default else None
    try:
        return (folder / node.string()).resolve()
    except (OSError, ValueError) as error:
        node.refuse("the path of a file or folder", remedy=str(error))
        return folder


def _name(node: Node) -> str:
    text = str(node.value)
    if not re.fullmatch(r"[\w-]+", text):
        node.refuse("the name of a wave, or a word that stands for one")
    return text


def _segment(node: Node) -> str:
    if node.value and not re.fullmatch(r"[a-z_.]+=[a-z0-9_]+", str(node.value)):
        node.refuse("nothing, or a variable and its level such as sector=municipal")
    return str(node.value or "")


def _address(node: Node) -> str:
    text = str(node.value or "")
    if text and not re.fullmatch(r"https?://[^\s?#]+", text):
        node.refuse("nothing, or where the reports stand on the web, such as https://example.org/reports/")
    return text and f"{text.rstrip('/')}/"


def _several(node: Node, known: Sequence[str]) -> tuple[str, ...]:
    items = node.strings()
    for item in items:
        if item not in known:
            node.refuse("known names", got=f"'{item}'", remedy=nearest(item, known))
    if isinstance(node.value, list) and len(set(items)) != (len(items) or 1):
        node.refuse("at least one, each once")
    return items
