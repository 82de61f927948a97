"""Checks of a wave before its report: everything that contradicts itself, the questionnaire or earlier waves.

Errors stop the report; warnings want to be looked at. Each says where, what was expected, what was got and
what to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from barometer.errors import Problem, ReportError
from barometer.guard import check_readable
from barometer.instrument import Instrument
from barometer.validate.answers import check_answers
from barometer.validate.findings import Finding, warning
from barometer.validate.sample import check_sample
from barometer.validate.series import check_changes, check_moves
from barometer.waves import Reading, Wave, list_waves, read_wave

__all__ = ["Validation", "check_wave", "validate"]


@dataclass(frozen=True)
class Validation:
    """What is wrong with one wave; `wave` is its name and `answers` how many units its file holds."""

    wave: str
    answers: int
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_wave(wave: Wave, *, earlier: Sequence[Wave]) -> None:
    """Check a wave that could be read, for errors only.

    Parameters
    ----------
    earlier
        The waves before it.

    Raises
    ------
    ReportError
        With every error.
    """
    problems = [each.problem for each in _errors(wave, earlier) if each.error]
    if problems:
        hint = f"make validate WAVE={wave.id} lists them with the warnings."
        raise ReportError(f"The wave {wave.id} can't be reported", problems, hint)


def validate(names: Collection[str], *, folder: Path, instrument: Instrument) -> Iterator[Validation]:
    """Check waves one by one, as far as they can be read; the names are those of folders.

    Raises
    ------
    ReportError
        For a name that no wave has.
    """
    present = list_waves(folder)
    for name in set(names).difference(present):
        read_wave(name, folder=folder, instrument=instrument)  # says which ones there are
    earlier: list[Wave] = []
    unread: list[str] = []
    for name in present[: max(map(present.index, names)) + 1] if names else ():
        try:
            check_readable(filter(Path.is_file, (folder / name).iterdir()))
            reading = read_wave(name, folder=folder, instrument=instrument)
        except ReportError as error:
            unread.append(name)
            if name in names:
                yield Validation(name, 0, error.problems, ())
            continue
        if name in names:
            yield _validation(reading, earlier, unread)
        earlier.append(reading.wave)


def _validation(reading: Reading, earlier: Sequence[Wave], unread: Sequence[str]) -> Validation:
    wave = reading.wave
    found = [
        *(Finding(each, error=True) for each in reading.problems),
        *_errors(wave, earlier, described=replace(wave, offered=reading.described, _cache={})),
        *(Finding(each, error=False) for each in reading.unused),
        *check_moves(wave, earlier),
        *(
            warning(
                f"{each}/wave.yaml",
                "an earlier wave to compare with",
                "one that can't be read",
                f"make validate WAVE={each} says why.",
            )
            for each in unread
        ),
    ]
    problems = {
        error: tuple(dict.fromkeys(each.problem for each in found if each.error is error))
        for error in (True, False)
    }
    return Validation(wave.id, len(wave.frame), problems[True], problems[False])


def _errors(wave: Wave, earlier: Sequence[Wave], *, described: Wave | None = None) -> Iterator[Finding]:
    """Give what can be wrong with a wave that was read; some of it is a warning only.

    `described` is the wave with all that its wave.yaml names, also what its file lacks.
    """
    yield from check_sample(wave, earlier)
    yield from check_answers(wave)
    yield from check_changes(described or wave, earlier)
