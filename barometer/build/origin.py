"""What a report is made with: commit, work tree, program, Python, packages; no path and no user."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from barometer.build.fingerprint import digest
from barometer.build.plan import sources
from barometer.build.stamp import LOCK, PACKAGE, revision, walk
from barometer.params import Params


def commit(params: Params) -> str:
    """Return the git commit that last touched what a report is made of, nothing outside of git."""
    return revision(params.root, sources(params)).partition(" ")[0]


def timestamp(params: Params) -> int:
    """Return what files are dated with, in seconds since the epoch: never the clock."""
    committed = revision(params.root, sources(params)).partition(" ")[2]
    return int(os.environ.get("SOURCE_DATE_EPOCH") or committed or 0)


def changed_since_commit(params: Params) -> list[str] | None:
    """Return what of a report's files is not as committed (a clean work tree: none); None outside of git."""
    if not commit(params):
        return None
    names = [os.path.relpath(path, params.root) for path in sources(params)]
    done = subprocess.run(  # noqa: S603 (fixed arguments)
        [
            *("git", "--no-optional-locks", "-c", "core.quotePath=false"),
            *("status", "--porcelain", "--", *(name for name in names if not name.startswith(".."))),
        ],
        cwd=params.root,
        capture_output=True,
        text=True,
        check=False,
    )
    return sorted(line[3:] for line in done.stdout.splitlines())


def code() -> str:
    """Return one sha256 of all files of this package, whether they are in git or not."""
    lines = [f"{digest(path)}  {path.relative_to(PACKAGE).as_posix()}\n" for path in sorted(walk([PACKAGE]))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def system() -> dict[str, str]:
    """Return what else the last digits of a number may hang on."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.system(),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
    }


@cache
def packages() -> dict[str, str]:
    """Return the installed version of every locked package: what else is installed plays no part."""
    locked = re.findall(r"^([\w.-]+)==", LOCK.read_text("utf-8"), re.MULTILINE) if LOCK.exists() else []
    found = {"barometer": version("barometer")}
    for name in sorted(set(locked)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # locked for another system
            continue
    return found
