"""A wave of the survey: its answers, its sample design, how it was made, and where its series breaks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.core.groupby import DataFrameGroupBy

from barometer.corrections import Correction, apply_corrections, read_corrections
from barometer.design import Design
from barometer.documents import Node, Text, nearest, shown
from barometer.errors import Problem, ReportError
from barometer.harmonise import Layout, harmonise, read_file, read_layout, read_not_asked
from barometer.instrument import Instrument
from barometer.responses import Groups, Indicators, Responses
from barometer.sample import read_design
from barometer.significance import Link, link_samples

__all__ = ["Break", "Groups", "Indicators", "Wave", "WaveMeta", "list_waves", "load_wave"]

_REQUIRED = ("title", "synthetic", "period", "source", "file", "design", "register", "questions", "not_asked")
_OPTIONAL = (
    "fieldwork",
    "population",
    "sample",
    "responses",
    "response_rate",
    "inferred",
    "format",
    "mark",
    "breaks",
    "linked",
)


@dataclass(frozen=True)
class Break:
    """A change that makes figures of a wave and later ones incomparable with all earlier ones.

    No options means the whole variable.
    """

    variables: tuple[str, ...]
    options: tuple[str, ...]
    reason: Text
    wave: str


@dataclass(frozen=True)
class WaveMeta:
    """How a wave was made. Counts are workplaces, None is not known; no source states what is `inferred`."""

    period: tuple[str, str]
    fieldwork: Text
    population: int | None
    sample: int | None
    responses: int
    response_rate: float | None
    inferred: tuple[str, ...]
    source: Text
    file: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Wave(Responses):
    """One wave: harmonised answers with their design. One row of the frame is one workplace.

    `not_asked` holds the questions left out, each with the reason if one is given; `wordings` how this
    wave put a question, where its file says so; `corrections` what was corrected when it was read;
    `linked` the earlier waves whose unit ids mean the same workplaces.
    Beside the answers the frame holds ``unit`` (text, the same in all waves), ``weight``,
    ``stratum``, ``stratum_population`` and, if known, ``stratum_sample``.
    """

    id: str
    title: Text
    synthetic: bool
    meta: WaveMeta
    design: Design
    breaks: tuple[Break, ...] = ()
    not_asked: Mapping[str, Text] = field(default_factory=dict)
    wordings: Mapping[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    linked: tuple[str, ...] = ()

    def link(self, earlier: Wave) -> Link | None:
        """Return the workplaces that answered an earlier wave too; None unless the wave file links them."""
        return self._once(("link to", earlier.id), lambda: self._link(earlier))

    def _link(self, earlier: Wave) -> Link | None:
        single = self.design.of_single_units and earlier.design.of_single_units
        if earlier.id not in self.linked or not single:
            return None
        rows = pd.Index(self.frame["unit"]).get_indexer(earlier.frame["unit"])
        shared = np.flatnonzero(rows >= 0)
        return link_samples(self.design, earlier.design, rows[shared], shared) if len(shared) else None

    def restrict(self, name: str, level: str) -> Wave:
        """Return the wave with its bases limited to one level; the design stays that of the whole sample.

        Raises
        ------
        ReportError
            For a level that the variable does not have.
        """
        groups = self.groups(name)
        if level not in groups.levels:
            problem = Problem(
                f"segment {name}={level}", "a level of it", level, nearest(level, groups.levels)
            )
            raise ReportError(f"The wave {self.id} cannot be restricted", [problem])
        member, levels = groups.member[:, groups.levels.index(level)], {**self.levels, name: level}
        return replace(self, within=member, levels=levels, whole=self.whole or self, _cache={})

    def knows_response_by(self, name: str) -> bool:
        """Tell whether the strata lie within the levels of a register variable, and how many were drawn."""
        return "stratum_sample" in self.frame and bool((self._strata()[name].nunique() == 1).all())

    def _strata(self) -> DataFrameGroupBy:
        return self.frame.groupby("stratum", observed=True)

    def response_by(self, name: str) -> pd.DataFrame:
        """Return population, sample and answers by a register variable that the strata lie within.

        One row is one level.

        Raises
        ------
        ReportError
            When a stratum reaches over several levels, or the file does not say how many were drawn.
        """
        groups = self.groups(name)
        if not self.knows_response_by(name):
            problem = Problem(f"response by {name}", "strata within its levels, with the number drawn")
            raise ReportError(f"The wave {self.id} cannot tell its response rate", [problem])
        sizes = (
            self._strata()[[name, "stratum_population", "stratum_sample"]]
            .first()
            .groupby(name, observed=True)
            .sum()
        )
        table = sizes.set_axis(["population", "sample"], axis=1).reindex(list(groups.levels), fill_value=0)
        return table.assign(responses=groups.member.sum(axis=0)).rename_axis("level").reset_index()


def list_waves(folder: Path) -> tuple[str, ...]:
    """Return the names of the waves in a folder, in order; a wave is a folder with a wave.yaml.

    Raises
    ------
    ReportError
        For a folder with a name that would not do as a part of an address.
    """
    names = tuple(sorted(path.parent.name for path in folder.glob("*/wave.yaml")))
    wrong = [name for name in names if not re.fullmatch(r"[\w-]+", name)]
    if wrong:
        problems = [Problem(f"{name!r}", "a name of letters, digits, - and _") for name in wrong]
        raise ReportError(f"The waves in {shown(folder)} can't be used", problems)
    return names


@dataclass(frozen=True)
class Reading:
    """A wave as far as it can be read, what is wrong with it, and codes of its file that never occur.

    `described` is what its wave.yaml says it offered, also where the file lacks the column.
    """

    wave: Wave
    described: Mapping[str, tuple[str, ...]]
    problems: tuple[Problem, ...]
    unused: tuple[Problem, ...]


def load_wave(name: str, *, folder: Path, instrument: Instrument) -> Wave:
    """Read a wave: its file in harmonised terms, its design, and the breaks declared up to it.

    Raises
    ------
    ReportError
        Once, with every problem: decisions left open, names that are not known, questions neither mapped
        nor said not to be asked, columns that are missing, codes that are not mapped, units that answer
        twice, weights or a design that cannot be, corrections that don't meet what they expect.
    """
    reading = read_wave(name, folder=folder, instrument=instrument)
    if reading.problems:
        raise ReportError(f"The wave {name} cannot be read", reading.problems)
    return reading.wave


def read_wave(name: str, *, folder: Path, instrument: Instrument) -> Reading:
    """Read a wave as `load_wave` does, and go on where something is wrong with its answers.

    Raises
    ------
    ReportError
        When there is no wave of that name, decisions are left open in its wave.yaml, or a file of it
        can't be opened.
    """
    known = list_waves(folder)
    if name not in known:
        problem = Problem(f"wave {name}", f"one of {', '.join(known)}", name, nearest(name, known))
        raise ReportError(f"{shown(folder)} has no such wave", [problem])
    root = Node.root(folder / name / "wave.yaml")
    _check_decided(root)
    root.check(f"The wave {name} is not described to the end")
    found = root.fields(_REQUIRED, _OPTIONAL)
    not_asked = read_not_asked(found["not_asked"], instrument)
    layout = read_layout(found["register"], found["questions"], not_asked, instrument)
    file = _beside(folder / name / "wave.yaml", found["file"])
    raw = read_file(file, **_form(found))
    keys, design = read_design(raw, found["design"])
    corrections, faults = read_corrections(folder / name / "corrections.yaml", instrument)

    def correct(delivered: pd.DataFrame) -> pd.DataFrame:
        corrected, unmet = apply_corrections(delivered, corrections, units=keys["unit"])
        faults.extend(unmet)
        return corrected

    answers = harmonise(raw, layout, instrument, correct=correct)
    documents = {each: Node.root(folder / each / "wave.yaml") for each in known if each < name} | {name: root}
    wave = Wave(
        id=name,
        title=found["title"].text(instrument.languages),
        synthetic=found["synthetic"].boolean(),
        meta=_read_meta(found, file, len(raw), instrument),
        instrument=instrument,
        frame=pd.concat([keys, answers.frame], axis=1),
        offered=Layout(tuple(each for each in layout.columns if each.name in raw)).offered,
        design=design,
        breaks=tuple(each for pair in documents.items() for each in _read_breaks(*pair, instrument)),
        not_asked=not_asked,
        wordings=layout.wordings,
        corrections=corrections,
        linked=_read_linked(found, name),
    )
    problems = (*root.problems, *_placed(answers.problems, file), *faults)
    return Reading(wave, layout.offered, tuple(dict.fromkeys(problems)), tuple(_placed(answers.unused, file)))


def _beside(place: Path, node: Node) -> Path:
    """Return the file that a wave file names, which lies beside it."""
    name = node.string()
    if Path(name).name != name:
        node.refuse("the name of a file beside it")
        node.check(f"{shown(place)} can't be used")
    return place.parent / name


def _form(found: Mapping[str, Node]) -> dict[str, str]:
    """Return how a CSV file is written, as far as the wave file says so."""
    fields = found["format"].fields((), ("delimiter", "decimal", "encoding")) if "format" in found else {}
    return {key: node.string() for key, node in fields.items()}


def _placed(problems: Sequence[Problem], file: Path) -> Iterator[Problem]:
    """Give problems of columns with the file that they stand in."""
    return (replace(each, where=f"{file.parent.name}/{file.name}: {each.where}") for each in problems)


def _check_decided(node: Node) -> None:
    """Refuse every ``todo``, or ``{todo: [candidates]}``: what a person still has to decide."""
    value = node.value
    if value == "todo" or (isinstance(value, dict) and "todo" in value):
        candidates = value["todo"] if isinstance(value, dict) else None
        known = ", ".join(map(str, candidates if isinstance(candidates, list | dict) else [candidates]))
        node.refuse("a decision", got="todo", remedy=f"Candidates: {known}." if candidates else "")
    elif isinstance(value, dict | list):
        for part in node.entries().values() if isinstance(value, dict) else node.items():
            _check_decided(part)


def _read_meta(found: Mapping[str, Node], file: Path, rows: int, instrument: Instrument) -> WaveMeta:
    counts = {key: found[key].integer() for key in ("population", "sample", "responses") if key in found}
    if counts.get("responses", rows) != rows:
        remedy = "Correct the number, or ask for the whole file."
        found["responses"].refuse(f"the {rows} rows of {file.name}", remedy=remedy)
    rate = found["response_rate"].value if "response_rate" in found else None
    if rate is not None and not (isinstance(rate, float) and 0 < rate <= 1):
        found["response_rate"].refuse("a fraction such as 0.50")
        rate = None
    period = _dates(found["period"], found["period"].fields(("from", "to")))
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return WaveMeta(
        period=period,
        fieldwork=_read_fieldwork(found["fieldwork"], period, instrument) if "fieldwork" in found else {},
        population=counts.get("population"),
        sample=counts.get("sample"),
        responses=rows,
        response_rate=rate,
        inferred=found["inferred"].strings() if "inferred" in found else (),
        source=found["source"].text(instrument.languages),
        file=file.name,
        sha256=sha256,
    )


def _dates(node: Node, fields: Mapping[str, Node]) -> tuple[str, str]:
    """Return the dates ``from`` and ``to``, which have to come in that order."""
    first, last = fields["from"].date(), fields["to"].date()
    if first and last and first > last:
        node.refuse("dates of which the second is not before the first", got=f"{first} to {last}")
    return first, last


def _read_fieldwork(node: Node, period: tuple[str, str], instrument: Instrument) -> Text:
    """Return the words for the fieldwork; the dates ``from`` and ``to`` are there to be checked only."""
    fields = node.fields(instrument.languages, ("from", "to"))
    if "from" in fields and "to" in fields:
        last = _dates(node, fields)[1]
        if last and last < period[1][: len(last)]:
            node.refuse(f"fieldwork that ends after the period does, in {period[1]}", got=last)
    return {language: fields[language].string() for language in instrument.languages}


def _read_linked(found: Mapping[str, Node], wave: str) -> tuple[str, ...]:
    """Read ``linked``: the earlier waves whose unit ids mean the same workplaces as in this one."""
    linked = found["linked"].strings() if "linked" in found else ()
    for each in linked:
        if each >= wave:
            found["linked"].refuse(f"waves before {wave}", got=each)
    return linked


def _read_breaks(wave: str, root: Node, instrument: Instrument) -> list[Break]:
    """Read ``breaks``; ``positive_role/foreign`` is one option of a variable."""
    breaks = []
    declared = root.entries().get("breaks")
    for entry in declared.items() if declared else []:
        found = entry.fields(("variables", "reason"))
        reason = found["reason"].text(instrument.languages) if "reason" in found else {}
        for name in found["variables"].strings() if "variables" in found else ():
            variable, _, option = name.partition("/")
            if not instrument.has(variable):
                entry.refuse(
                    "a variable of the questionnaire",
                    got=variable,
                    remedy=nearest(variable, instrument.names()),
                )
            breaks.append(Break((variable,), (option,) if option else (), reason, wave))
    return breaks
