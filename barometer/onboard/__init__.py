"""A new wave from a file as delivered: read it, recognise its columns and codes, write its wave.yaml."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from barometer.documents import shown
from barometer.errors import Problem, ReportError
from barometer.instrument import Instrument
from barometer.onboard.coding import Open
from barometer.onboard.describe import Description, describe
from barometer.onboard.earlier import remember
from barometer.onboard.files import wave_text
from barometer.onboard.matching import match_columns
from barometer.onboard.source import Source, read_source
from barometer.onboard.targets import list_targets


@dataclass(frozen=True)
class Onboarded:
    """A wave that was described: its wave.yaml, the file behind it, and what was found."""

    path: Path
    source: Source
    description: Description


def onboard(
    name: str, file: Path, *, folder: Path, instrument: Instrument, link: bool = False, replace: bool = False
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
        raise ReportError(
            "A wave cannot be added", [Problem(repr(name), "a name of letters, digits, - and _")]
        )
    if target.exists() and not replace:
        problem = Problem(
            shown(target), "a new wave", "one that is there already", "Say so to replace it: --replace."
        )
        raise ReportError("A wave cannot be added", [problem])
    description, source = describe_file(name, file, folder=folder, instrument=instrument)
    target.parent.mkdir(parents=True, exist_ok=True)
    _deliver(file, target.parent / description.document["file"], link=link)
    left = ((column, source.labels.get(column, "")) for column in description.left)
    target.write_text(wave_text(description.document, left), encoding="utf-8")
    return Onboarded(target, source, description)


def describe_file(
    name: str, file: Path, *, folder: Path, instrument: Instrument
) -> tuple[Description, Source]:
    """Describe a file as the wave of that name, beside the other waves of a folder; nothing is written."""
    source = read_source(file)
    memory = remember(folder, instrument, without=name)
    matching = match_columns(source, list_targets(instrument, memory), memory)
    stored = f"responses{file.suffix.lower()}"
    found = describe(name, stored, source, instrument=instrument, memory=memory, matching=matching)
    return found, source


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
