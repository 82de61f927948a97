"""A damaged file may end the process that reads it: what other programs wrote is read in another one first.

The readers of statistics packages and of Parquet are machine code. A flipped bit has made them write where
they must not, or ask for more memory than there is; no exception tells of that, only how the process ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from barometer.documents import shown
from barometer.errors import Problem, ReportError

Run = Callable[[str, str, float], int]
"""What does as `run_module` does."""
NATIVE = (".sav", ".zsav", ".dta", ".sas7bdat", ".parquet")
SECONDS, BYTES_A_SECOND = 60, 1_000_000
"""How long reading may take: what a busy machine needs to start a process, and more for a large file."""


def run_module(module: str, argument: str, seconds: float) -> int:
    """Run a module in a process of its own and return its return code; negative is a signal that ended it.

    Raises
    ------
    subprocess.TimeoutExpired
        If it took longer.
    """
    command = [sys.executable, "-m", module, argument]
    return subprocess.run(command, stderr=subprocess.DEVNULL, timeout=seconds, check=False).returncode  # noqa: S603 (own module)


def check_readable(paths: Iterable[Path], *, run: Run = run_module) -> None:
    """Read files whose readers are machine code in a process of their own, with limits.

    A file that can't be read but ends nothing passes too: whoever reads it says what is wrong with it.

    Parameters
    ----------
    run
        Does what `run_module` does.

    Raises
    ------
    ReportError
        With every file that ended its reader, or kept it busy for too long, and what is no file.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a process
        found = pool.map(partial(_problems, run=run), paths)
        problems = [problem for each in found for problem in each]
    if problems:
        hint = "It is damaged, or made to do damage: have it delivered again."
        raise ReportError("A survey file cannot be read", problems, hint)


def check_new(files: Mapping[Path, str], *, kept: Path, run: Run = run_module) -> None:
    """Do as `check_readable`, but for bytes that were read before: a folder keeps their sha256.

    Parameters
    ----------
    files
        The sha256 of each file.
    """
    native = {path: kept / digest for path, digest in files.items() if path.suffix.lower() in NATIVE}
    new = {path: mark for path, mark in native.items() if not mark.exists()}
    check_readable(new, run=run)
    for mark in new.values():
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _problems(path: Path, *, run: Run) -> list[Problem]:
    if path.exists() and not path.is_file():  # a pipe or a device may never end
        return [Problem(shown(path), "a file", "something else")]
    if path.suffix.lower() not in NATIVE:
        return []
    try:
        limit = SECONDS + path.stat().st_size / BYTES_A_SECOND
        code = run("barometer.guard", str(path.resolve()), limit)
    except OSError:  # no file; the reader says so
        return []
    except subprocess.TimeoutExpired:
        return [Problem(shown(path), f"a file that is read in {limit:.0f} s", "one that takes longer")]
    if code >= 0:
        return []
    ended = signal.Signals(-code).name
    return [Problem(shown(path), f"a {path.suffix} file", f"one that ends its reader ({ended})")]


def _read(path: Path) -> None:
    """Read a file as the report will, and forget it; an exception is none of this module's business."""
    if path.suffix.lower() == ".parquet":
        from pyarrow import parquet

        parquet.read_table(path).validate(full=True)
        return
    import pyreadstat

    kind = path.suffix.lower().lstrip(".").removeprefix("z")
    read = getattr(pyreadstat, f"read_{kind}")
    read(path, output_format="dict")
    if kind == "sav":
        read(path, output_format="dict", user_missing=True)


def _limit_memory() -> None:
    """Let this process take the memory that is free beside what it holds, where the system can do that."""
    import psutil

    with suppress(ImportError, OSError, ValueError):
        import resource

        most = psutil.virtual_memory().available + psutil.Process().memory_info().vms
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    _limit_memory()
    with suppress(Exception):
        _read(Path(sys.argv[1]))
