"""Where a build puts everything before it is published; it also keeps a second build away."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from barometer.documents import shown
from barometer.errors import Problem, ReportError

PREFIX = ".scratch-"


@contextmanager
def scratch_folder(reports: Path) -> Iterator[Path]:
    """Give a folder that is gone afterwards, in the folder of the reports: only there a rename publishes.

    It is called after this process. What killed builds left behind is removed.

    Raises
    ------
    ReportError
        If another build is at work in the same folder of reports.
    """
    reports.mkdir(parents=True, exist_ok=True)
    own = reports / f"{PREFIX}{os.getpid()}"
    shutil.rmtree(own, ignore_errors=True)  # of an earlier process with the same number
    own.mkdir()
    try:
        # After the own folder is made: of two builds that start together, at least one sees the other.
        for other in sorted(reports.glob(f"{PREFIX}*")):
            if other != own and in_use(other):
                got = f"process {_process(other)} at work on it"
                remedy = "Wait for it, or end it; nothing was changed."
                raise ReportError(
                    "Another build is running", [Problem(shown(reports), "one build at a time", got, remedy)]
                )
            if other != own:
                shutil.rmtree(other, ignore_errors=True)
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def in_use(folder: Path) -> bool:
    """Say whether the process that a folder is called after lives; a later one may have its number."""
    number = _process(folder)
    try:
        return number > 0 and psutil.Process(number).create_time() <= folder.stat().st_mtime
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False


def _process(folder: Path) -> int:
    """Return the number that the name of a folder has after its first hyphen, 0 if it has none."""
    number = folder.name.partition("-")[2].partition("-")[0]
    return int(number) if number.isdecimal() else 0
