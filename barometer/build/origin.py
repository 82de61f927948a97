"""Where a report is from: the commit that dates it, and whether the work tree is as committed."""

from __future__ import annotations

import os
import subprocess

from barometer.build.plan import sources
from barometer.build.stamp import revision
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
