"""A new wave from a file as delivered: read it, recognise its columns and codes, write its wave.yaml."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from pathlib import Path

from barometer.documents import read_yaml, shown
from barometer.errors import Problem, ReportError
from barometer.instrument import Instrument, load_instrument
from barometer.onboard.coding import Open
from barometer.onboard.describe import Description, describe
from barometer.onboard.earlier import remember
from barometer.onboard.files import instrument_text, wave_text
from barometer.onboard.matching import match_columns
from barometer.onboard.propose import Proposal, propose
from barometer.onboard.source import Source, read_source
from barometer.onboard.targets import list_targets


@dataclass(frozen=True)
class Onboarded:
    """A wave that was described: its wave.yaml, the file behind it, and what was found.

    `questionnaire` is where one was proposed, if there was none.
    """

    path: Path
    source: Source
    description: Description
    questionnaire: Path | None = None


def onboard(
    name: str,
    file: Path,
    *,
    folder: Path,
    instrument: Instrument,
    proposal: Proposal | None = None,
    link: bool = False,
    replace: bool = False,
) -> Onboarded:
    """Put a file into the folder of a new wave and describe it there, as far as it is certain.

    Parameters
    ----------
    name
        What the wave is called.
    file
        The file as delivered; it stays as it is.
    folder
        The folder of all waves.
    proposal
        What `instrument` was made from, if it was made from this file.
    link
        Let the wave's folder point to the file instead of copying it.
    replace
        Write over the description of a wave that there is already.

    Raises
    ------
    ReportError
        For a file that cannot be read, a name that is none, and a wave that there is already.
    """
    target = folder / name / "wave.yaml"
    if not re.fullmatch(r"[\w-]+", name):
        problem = Problem(repr(name), "a name of letters, digits, - and _")
        raise ReportError("A wave cannot be added", [problem])
    check_free(target, replace=replace)
    source = read_source(file)
    memory = proposal.memory(source) if proposal else remember(folder, instrument, without=name)
    matching = (
        proposal.matching if proposal else match_columns(source, list_targets(instrument, memory), memory)
    )
    stored = f"responses{file.suffix.lower()}"
    description = describe(name, stored, source, instrument=instrument, memory=memory, matching=matching)
    target.parent.mkdir(parents=True, exist_ok=True)
    _deliver(file, target.parent / stored, link=link)
    left = ((column, source.labels.get(column, "")) for column in description.left)
    target.write_text(wave_text(description.document, left), encoding="utf-8")
    return Onboarded(target, source, description)


def onboard_unknown(
    name: str,
    file: Path,
    *,
    folder: Path,
    questionnaire: Path,
    languages: Sequence[str],
    link: bool = False,
    replace: bool = False,
) -> Onboarded:
    """Propose a questionnaire for the file, write it, and describe the wave in its terms.

    Parameters
    ----------
    questionnaire
        Where the proposal is written, over nothing but an empty file; the other parameters are those of
        `onboard`.
    languages
        The languages of the report; the words are those of the file in each of them.

    Raises
    ------
    ReportError
        As `onboard`; also for a questionnaire that there is already.
    """
    check_free(questionnaire, replace=replace or is_empty(questionnaire))
    check_free(folder / name / "wave.yaml", replace=replace)
    proposal = propose(name, read_source(file), languages=languages)
    questionnaire.parent.mkdir(parents=True, exist_ok=True)
    questionnaire.write_text(instrument_text(proposal.instrument), encoding="utf-8")
    instrument = load_instrument(questionnaire)
    found = onboard(
        name, file, folder=folder, instrument=instrument, proposal=proposal, link=link, replace=replace
    )
    return dataclass_replace(found, questionnaire=questionnaire)


def is_empty(questionnaire: Path) -> bool:
    """Say whether there is no questionnaire yet: no file, or one without anything but remarks."""
    return not questionnaire.exists() or not read_yaml(questionnaire)


def check_free(path: Path, *, replace: bool) -> None:
    """Refuse to write over a file, unless that is wanted.

    Raises
    ------
    ReportError
        When the file is there.
    """
    if path.exists() and not replace:
        problem = Problem(shown(path), "a new file", "one that is there already", "--replace writes over it.")
        raise ReportError("A wave cannot be added", [problem])


def _deliver(file: Path, target: Path, *, link: bool) -> None:
    """Copy or link the file to its place, unless it lies there already."""
    if target.exists() and target.samefile(file):
        return
    target.unlink(missing_ok=True)
    if link:
        target.symlink_to(os.path.relpath(file.resolve(), target.parent.resolve()))
    else:
        shutil.copyfile(file, target)


def open_decisions(value: object, place: str = "") -> Iterator[tuple[str, Open]]:
    """Give every decision left open in a description, with its place."""
    if isinstance(value, Open):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from open_decisions(each, f"{place}.{key}" if place else str(key))
