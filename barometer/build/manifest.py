"""What a published report says about itself: no clock, no path of this machine, no user."""

from __future__ import annotations

import json
import os
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from barometer.build.fingerprint import digest
from barometer.build.plan import Plan, sources
from barometer.build.stamp import LOCK, revision
from barometer.params import Params


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
        "commit": commit(plan.params),
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


def commit(params: Params) -> str:
    """Return the git commit that last touched what a report is made of, nothing outside of git."""
    return revision(params.root, sources(params)).partition(" ")[0]


def timestamp(params: Params) -> int:
    """Return what files are dated with, in seconds since the epoch: never the clock."""
    committed = revision(params.root, sources(params)).partition(" ")[2]
    return int(os.environ.get("SOURCE_DATE_EPOCH") or committed or 0)
