"""What a published report says about itself: no clock, no path of this machine, no user."""

from __future__ import annotations

import json
import os
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from barometer.build.fingerprint import digest
from barometer.build.plan import Plan

LOCK = Path(__file__).parents[2] / "requirements" / "report.txt"


def manifest(plan: Plan, language: str, folder: Path, *, stale: list[str]) -> str:
    """Return manifest.json of a folder that is ready.

    Parameters
    ----------
    folder
        The report in one language; every file in it is named with its sha256.
    stale
        Chapters that could not be built again and are from an earlier run.
    """
    root = plan.params.root
    outputs = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    document = {
        "wave": plan.wave.id,
        "title": plan.wave.title[language],
        "synthetic": plan.wave.synthetic,
        "compare_with": plan.compare_with,
        "language": language,
        "segment": plan.params.segment,
        "segment_label": plan.segment(language),
        "stale": stale,
        "params": plan.params.document(root),
        "commit": commit(root),
        "packages": packages(),
        "inputs": {
            Path(os.path.relpath(path, root)).as_posix(): sha256 for path, sha256 in plan.inputs.items()
        },
        "outputs": {path.relative_to(folder).as_posix(): digest(path) for path in outputs},
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


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


def commit(root: Path) -> str:
    """Return the git commit that the project stands at, nothing outside of git."""
    return _git(root, "rev-parse", "HEAD")


def timestamp(root: Path) -> int:
    """Return what files are dated with, in seconds since the epoch: never the clock."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or _git(root, "log", "-1", "--format=%ct") or 0)


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (fixed arguments)
            ["git", *arguments],  # noqa: S607 (wherever git is installed)
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # git is not installed
        return ""
    return done.stdout.strip()
