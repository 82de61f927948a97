"""What will be built and out of what: everything is read and checked here, before any kernel starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from barometer.build.execute import Job
from barometer.build.fingerprint import digest
from barometer.build.installation import code, packages
from barometer.build.stamp import LOCK, PACKAGE
from barometer.build.warm.processes import Warm
from barometer.documents import nearest, relative, shown
from barometer.errors import Problem, ReportError
from barometer.guard import check_new, run_module
from barometer.instrument import Instrument, load_instrument
from barometer.params import EVERY, WHOLE, Params, split_segment
from barometer.validate import check_wave
from barometer.waves import Wave, list_waves, load_wave


@dataclass(frozen=True)
class Plan:
    """A report that can be built: its parameters, the questionnaire, the waves, and what was read.

    `inputs` holds the sha256 of every file that the report depends on, apart from the code, as it was before
    it was read.
    """

    params: Params
    instrument: Instrument
    wave: Wave
    compare_with: str
    inputs: Mapping[Path, str]

    def folder(self, language: str) -> Path:
        """Return where the report in one language is published."""
        return self.params.reports / self.wave.id / language / self.params.segment.replace("=", "-")

    def draft(self, scratch: Path, language: str) -> Path:
        """Return where the report in one language is put together."""
        return scratch / "-".join(self.folder(language).relative_to(self.params.reports).parts)

    def address(self, language: str) -> str:
        """Return where the report in one language stands on the web, empty if that isn't known."""
        if not self.params.address:
            return ""
        return f"{self.params.address}{self.folder(language).relative_to(self.params.reports).as_posix()}/"

    def segment(self, language: str) -> str:
        """Return the name of the part that the report is about, empty for the whole."""
        part = split_segment(self.params.segment)
        return self.instrument.label(*part, language) if part else ""

    def jobs(self, scratch: Path) -> tuple[Job, ...]:
        """Return one job a chapter and language, with its output in the draft of its edition."""
        told = {"wave": self.wave.id, "compare_with": self.compare_with, "segment": self.params.segment}
        return tuple(
            Job(
                chapter=chapter,
                language=language,
                notebook=self.params.notebooks / f"{chapter}.ipynb",
                parameters={**told, "language": language},
                folder=self.params.root,
                timeout=self.params.cell_timeout,
                output=self.draft(scratch, language) / "notebooks" / f"{chapter}.ipynb",
            )
            for chapter in self.params.chapters
            for language in self.params.languages
        )

    def check_inputs(self) -> None:
        """Raise if a file is not as it was before it was read: what was made rests on two states of it.

        Raises
        ------
        ReportError
            With every file that was changed, removed or added since.
        """
        now = read_now(self.params)
        problems = [
            Problem(
                shown(path),
                "the file as it was when the build began",
                "it is gone" if path not in now else "it changed" if path in self.inputs else "it is new",
            )
            for path in sorted(self.inputs.keys() | now.keys())
            if self.inputs.get(path) != now.get(path)
        ]
        if problems:
            raise ReportError("Files changed while they were read; nothing was published", problems)


def plan_report(params: Params, warm: Warm | None = None) -> Plan:
    """Read and check what the report is made of; `warm` are the servers of the build.

    Raises
    ------
    ReportError
        If the questionnaire, a wave, or what params.yaml says about them can't be used.
    """
    return _plans(params, lambda instrument, names: (params,), warm)[0]


def plan_matrix(params: Params, warm: Warm | None = None) -> tuple[Plan, ...]:
    """Plan each wave with each segment of the matrix; a wave is not compared with one that isn't earlier.

    Raises
    ------
    ReportError
        As `plan_report` does, with the problems of all of them.
    """

    def variants(instrument: Instrument, names: tuple[str, ...]) -> tuple[Params, ...]:
        waves = names if params.matrix.waves == (EVERY,) else params.matrix.waves
        segments = [each for name in params.matrix.segments for each in _segments(name, instrument)]
        later = params.compare_with in names
        return tuple(
            replace(
                params,
                wave=wave,
                segment=segment,
                compare_with="none" if later and params.compare_with >= wave else params.compare_with,
            )
            for wave in waves
            for segment in segments
        )

    return _plans(params, variants, warm)


def _plans(
    params: Params, variants: Callable[[Instrument, tuple[str, ...]], tuple[Params, ...]], warm: Warm | None
) -> tuple[Plan, ...]:
    """Read and check everything once for all variants of the parameters."""
    inputs = read_now(params)  # before anything is read: a change in the meantime shows
    instrument = load_instrument(params.instrument)
    names = list_waves(params.waves)
    wanted = variants(instrument, names)
    problems = dict.fromkeys(each for one in wanted for each in _check(one, instrument, names))
    if problems:
        raise ReportError("The report can't be planned", tuple(problems))
    chosen = [_chosen(one, names) for one in wanted]
    waves = _load(names, params, instrument, inputs, wanted={wave for wave, _ in chosen}, warm=warm)
    return tuple(
        Plan(one, instrument, waves[wave], compare_with, inputs)
        for one, (wave, compare_with) in zip(wanted, chosen, strict=True)
    )


def _segments(name: str, instrument: Instrument) -> tuple[str, ...]:
    """Return the segments that an entry of the matrix stands for."""
    if name == WHOLE:
        return ("",)
    if name in instrument.register:
        return tuple(f"{name}={option.id}" for option in instrument.register[name].options)
    return (name,)


def sources(params: Params) -> tuple[Path, ...]:
    """Return the files and folders that a report is made of, the code and the lock among them."""
    optional = (path for path in (params.published, params.cases) if path)
    return (params.path, params.instrument, params.waves, params.notebooks, *optional, PACKAGE, LOCK)


def _load(
    names: tuple[str, ...],
    params: Params,
    instrument: Instrument,
    inputs: Mapping[Path, str],
    *,
    wanted: Collection[str],
    warm: Warm | None,
) -> dict[str, Wave]:
    """Return the wanted waves. All are checked, since a trend needs them, and their problems told together.

    The same bytes that the same code found good are not checked again.
    """
    kept = params.root / ".cache" / "read"
    files = {path: found for path, found in inputs.items() if path.is_relative_to(params.waves)}
    read = {relative(path, params.root): found for path, found in files.items()}
    rests_on = [names, read, inputs[params.instrument], code(), packages()]
    good = kept / sha256(json.dumps(rests_on).encode()).hexdigest()
    if good.exists():
        return {name: load_wave(name, folder=params.waves, instrument=instrument) for name in wanted}
    check_new(files, kept=kept, run=warm.runner() if warm else run_module)
    waves: dict[str, Wave] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            wave = load_wave(name, folder=params.waves, instrument=instrument)
            check_wave(wave, earlier=tuple(waves.values()))
            waves[name] = wave
        except ReportError as error:
            problems.extend(error.problems)
    if problems:
        raise ReportError(f"The waves in {shown(params.waves)} can't be used", problems)
    kept.mkdir(parents=True, exist_ok=True)
    good.touch()
    return waves


def _check(params: Params, instrument: Instrument, names: tuple[str, ...]) -> list[Problem]:
    """Return what is wrong with the names in params.yaml."""
    problems = []
    where = shown(params.path)
    if not names:
        problems.append(Problem(shown(params.waves), "at least one wave", "none"))
    for key, name, words in (
        ("wave", params.wave, ("latest",)),
        ("compare_with", params.compare_with, _COMPARE),
    ):
        if names and name not in (*names, *words):
            problems.append(Problem(f"{where}: {key}", "a wave", name, nearest(name, (*names, *words))))
    for language in params.languages:
        if language not in instrument.languages:
            got = f"{shown(params.instrument)} has {', '.join(instrument.languages)}"
            problems.append(
                Problem(f"{where}: languages: {language}", "a language of the questionnaire", got)
            )
    for name in params.over_breaks:
        variable, _, option = name.partition("/")
        if not instrument.has(variable):
            problems.append(Problem(f"{where}: over_breaks", "a variable of the questionnaire", variable))
        elif option and option not in (known := [each.id for each in instrument.variable(variable).options]):
            expected = f"an option of {variable}"
            problems.append(Problem(f"{where}: over_breaks", expected, option, nearest(option, known)))
    problems.extend(_check_segment(params.segment, instrument, where))
    return problems


def _chosen(params: Params, names: tuple[str, ...]) -> tuple[str, str]:
    """Return the wave and the one to compare with."""
    wave = names[-1] if params.wave == "latest" else params.wave
    earlier = [name for name in names if name < wave]
    previous = earlier[-1] if earlier else "none"
    return wave, previous if params.compare_with == "previous" else params.compare_with


_COMPARE = ("previous", "none")


def _check_segment(segment: str, instrument: Instrument, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a segment: a register variable and one of its levels are expected."""
    parts = split_segment(segment)
    if not parts:
        return
    variable, level = parts
    if variable not in instrument.register:
        expected, got, known = "a register variable", variable, tuple(instrument.register)
    else:
        levels = instrument.register[variable].options
        expected, got, known = f"a level of {variable}", level, tuple(each.id for each in levels)
    if got not in known:
        yield Problem(f"{where}: segment", f"{expected} ({', '.join(known)})", got, nearest(got, known))


def read_now(params: Params) -> dict[Path, str]:
    """Return the hash of every file that the report depends on, apart from the code."""
    files = (
        params.path,
        params.instrument,
        *(path for path in (params.published, params.cases) if path),
        *sorted(params.waves.rglob("*")),
        *(params.notebooks / f"{chapter}.ipynb" for chapter in params.publication),
    )
    return {path: digest(path) for path in files if path.is_file()}
