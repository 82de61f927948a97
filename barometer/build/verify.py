"""Hold a published report against its manifest: what was altered, what is missing, what was added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barometer.build.manifest import MANIFEST, hashes
from barometer.documents import shown
from barometer.errors import Problem, ReportError


@dataclass(frozen=True)
class Comparison:
    """How many files of a report are as they should be, and those that aren't, a line each."""

    folder: Path
    same: int
    differences: tuple[str, ...]


def verify(folder: Path) -> list[Comparison]:
    """Hold every report in a folder against its manifest.

    Raises
    ------
    ReportError
        If there is no manifest, or one that can't be read.
    """
    manifests = sorted(folder.rglob(MANIFEST))
    if not manifests:
        problem = Problem(shown(folder), f"a published report, with its {MANIFEST}", "none")
        raise ReportError("There is nothing to verify", [problem])
    return [_verified(path.parent) for path in manifests]


def _verified(folder: Path) -> Comparison:
    expected, found = read_manifest(folder)["outputs"], hashes(folder)
    del found[MANIFEST]
    return compare(folder, expected, found, words=("missing", "altered", "added"))


def compare(
    folder: Path, expected: Mapping[str, str], found: Mapping[str, str], *, words: tuple[str, str, str]
) -> Comparison:
    """Compare sums by file; the words say that a file isn't found, is another, or isn't expected."""
    gone, other, more = words
    differences = [
        f"{gone if name not in found else other if name in expected else more}: {name}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
    return Comparison(folder, len(expected.items() & found.items()), tuple(differences))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a published report says about itself.

    Raises
    ------
    ReportError
        If that can't be read, or does not name files with their sums.
    """
    path = folder / MANIFEST
    got = "something else"
    try:
        said = json.loads(path.read_text("utf-8"))
        sums = [*said["outputs"].items(), *said["inputs"].items()]
        if all(isinstance(text, str) for pair in sums for text in pair):
            return dict(said)
    except OSError as error:
        got = str(error.strerror)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        got = f"{type(error).__name__}: {error}"
    raise ReportError("A manifest can't be read", [Problem(shown(path), "files with their sums", got)])
