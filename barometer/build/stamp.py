"""Whether a report is what it would be if it were built now, told before anything else is imported.

A stamp lists every file that a report was made of and every file of it, each with its fingerprint, and what
else it rests on. Only the standard library is needed to look it through.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from barometer.build.fingerprint import Fingerprint

PACKAGE = Path(__file__).parents[1]
LOCK = PACKAGE.parent / "requirements" / "report.txt"
RACY = (
    50_000_000  # nanoseconds: a file that was written just before the stamp may have been written again since
)
COMMANDS = ("report", "reports")
MOST = 50  # stamps that are kept


def answer(arguments: Sequence[str]) -> str:
    """Return what a build has to say where nothing changed; empty where it has to be built.

    Parameters
    ----------
    arguments
        Of the command line: the command and what follows it. An option other than ``--params`` always leads
        to a build.
    """
    params, overrides, rest = "params.yaml", {}, list(arguments[1:])
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--params" and rest:
            params = rest.pop(0)
        elif equals and name.isidentifier():
            overrides[name] = value
        else:
            return ""
    command = "".join(arguments[:1])
    return check(place(Path(params), overrides, command)) if command in COMMANDS else ""


def place(params: Path, overrides: Mapping[str, str], command: str) -> Path:
    """Return where the stamp of a build stands: each command and set of overrides has its own."""
    asked = json.dumps(
        [command, params.name, sorted((name.lower(), value) for name, value in overrides.items())]
    )
    name = f"{sha256(asked.encode()).hexdigest()[:16]}.json"
    return params.resolve().parent / ".cache" / "stamps" / name


def check(stamp: Path) -> str:
    """Return the front page of a report that is up to date, and nothing of one that isn't known to be."""
    try:
        said = json.loads(stamp.read_text("utf-8"))
        written = stamp.stat().st_mtime_ns
    except (OSError, ValueError):
        return ""
    root = stamp.parents[2]
    inputs = [root / name for name in said["inputs"]]
    if said["facts"] != facts(root, inputs):
        return ""
    files = {name: Fingerprint(*values) for name, values in said["files"].items()}
    there = {os.path.relpath(path, root) for path in walk(inputs)}
    if not there <= files.keys():
        return ""
    doubtful = {
        name
        for name, seen in files.items()
        if seen.modified > written - RACY or not seen.untouched(root / name)
    }
    if not all(files[name].holds(root / name) for name in doubtful):
        return ""
    if doubtful:  # the same bytes with other times: the next look is quick again
        write(stamp, said | {"files": files | {name: Fingerprint.of(root / name) for name in doubtful}})
    return f"Nothing changed. To read the report, open {os.path.relpath(root / said['page'])}"


def facts(root: Path, inputs: Iterable[Path]) -> dict[str, str]:
    """Return what a report rests on besides files: Python, the packages, the commit, what dates it."""
    folders = [folder for folder in sys.path if folder.endswith("site-packages") and os.path.isdir(folder)]
    found = sorted(name for folder in folders for name in os.listdir(folder) if name.endswith(".dist-info"))
    return {
        "python": f"{sys.version} {sys.platform}",
        "packages": sha256("\n".join(found).encode()).hexdigest(),
        "package": os.path.relpath(PACKAGE, root),
        "revision": revision(root, inputs),
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", ""),
    }


def revision(root: Path, inputs: Iterable[Path]) -> str:
    """Return the last commit that touched what a report is made of, and its time; nothing outside of git.

    A commit that touches nothing of it leaves the report as it is, down to the commit that its pages name.
    """
    names = [name for path in inputs if not (name := os.path.relpath(path, root)).startswith("..")]
    try:
        done = subprocess.run(  # noqa: S603 (fixed arguments)
            ["git", "log", "-1", "--format=%H %ct", "--", *names],  # noqa: S607 (wherever git is installed)
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # git is not installed
        return ""
    return done.stdout.strip()


def walk(inputs: Iterable[Path]) -> Iterator[Path]:
    """Yield the files, and every file in the folders, but for what Python compiled."""
    for path in inputs:
        if path.is_file():
            yield path
        for folder, inner, names in os.walk(path):
            inner[:] = [name for name in inner if name != "__pycache__"]
            yield from (Path(folder, name) for name in names)


def stamped(
    stamp: Path,
    *,
    inputs: Sequence[Path],
    known: Mapping[str, str],
    files: Mapping[Path, Fingerprint],
    page: Path,
) -> None:
    """Write the stamp of a report that is published.

    Parameters
    ----------
    inputs
        The files and folders that it is made of.
    known, files
        The `facts`, and the files that were read and made, as they were then.
    page
        What to open first.
    """
    root = stamp.parents[2]

    def name(path: Path) -> str:
        return os.path.relpath(path, root)

    seen = {name(path): fingerprint for path, fingerprint in files.items()}
    said = {"page": name(page), "inputs": [name(path) for path in inputs], "facts": known, "files": seen}
    write(stamp, said)


def write(stamp: Path, said: Mapping[str, object]) -> None:
    """Write a stamp in one step, and remove the oldest ones."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    draft = stamp.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.replace(stamp)
    stamps = sorted(stamp.parent.glob("*.json"), key=os.path.getmtime, reverse=True)
    for old in stamps[MOST:]:
        old.unlink(missing_ok=True)
