"""What the report is made with: the licence of every locked package, and a bill of materials (CycloneDX 1.6).

``python -m barometer.supply`` writes both beside the lock files. The bill follows from the locks and the list
of licences alone, so that it is the same wherever it is made.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from barometer import __version__
from barometer.documents import read_table
from barometer.errors import Problem, ReportError

FIRST = "report"
LICENCES, BILL = "licences.csv", "sbom.cdx.json"
LONGEST = 60
"""Characters of a licence's name; what is longer is its text."""


class Locked(NamedTuple):
    """A locked package, and what it is needed for first."""

    name: str
    version: str
    lock: str


class Licence(NamedTuple):
    """The licence of a package as its authors state it; `spdx` says whether in the terms of SPDX."""

    package: str
    version: str
    licence: str
    spdx: str


def locked(folder: Path) -> tuple[Locked, ...]:
    """Return the packages of all lock files in a folder, each once, by name."""
    found: dict[str, Locked] = {}
    for path in sorted(folder.glob("*.txt"), key=lambda path: (path.stem != FIRST, path.stem)):
        for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text("utf-8"), re.MULTILINE):
            found.setdefault(name, Locked(name, version, path.stem))
    return tuple(found[name] for name in sorted(found))


def licences(packages: Iterable[Locked], known: Iterable[Licence]) -> tuple[Licence, ...]:
    """Return the licence of each package from what is installed; a package for another system keeps its own.

    Raises
    ------
    ReportError
        With every package whose licence isn't known.
    """
    before = {each.package: each for each in known}
    found = [_stated(package) or before.get(package.name) for package in packages]
    problems = [
        Problem(package.name, "a licence in its metadata", "none", "Look it up, and add it to the list.")
        for package, each in zip(packages, found, strict=True)
        if each is None
    ]
    if problems:
        raise ReportError("The licences are not known", problems)
    return tuple(
        each._replace(version=package.version)
        for package, each in zip(packages, found, strict=True)
        if each is not None
    )


def _stated(package: Locked) -> Licence | None:
    """Return the licence that the metadata of an installed package states."""
    try:
        about = metadata(package.name)
    except PackageNotFoundError:
        return None
    if expressions := about.get_all("License-Expression"):
        return Licence(package.name, package.version, expressions[0], "yes")
    named = [" ".join(each.split()) for each in about.get_all("License") or ()]
    classifiers = [each for each in about.get_all("Classifier") or () if each.startswith("License ::")]
    named += [each.rpartition(" :: ")[2] for each in classifiers]
    short = [each for each in named if each not in ("", "UNKNOWN") and len(each) <= LONGEST]
    return Licence(package.name, package.version, short[0], "no") if short else None


def read_licences(path: Path) -> tuple[Licence, ...]:
    """Return the list of licences."""
    return tuple(Licence(**row) for row in read_table(path)) if path.exists() else ()


def bill(packages: Sequence[Locked], known: Sequence[Licence]) -> str:
    """Return the bill of materials as a CycloneDX document in JSON."""
    by_name = {each.package: each for each in known}
    components = [_component(package, by_name[package.name]) for package in packages]
    own = {"type": "application", "bom-ref": "barometer", "name": "barometer", "version": __version__}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(components, sort_keys=True))}",
        "version": 1,
        "metadata": {"component": own | {"licenses": [{"license": {"id": "MIT"}}]}},
        "components": components,
        "dependencies": [{"ref": "barometer", "dependsOn": [each["bom-ref"] for each in components]}],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _component(package: Locked, licence: Licence) -> Mapping[str, Any]:
    address = f"pkg:pypi/{package.name}@{package.version}"
    spdx = licence.spdx == "yes"
    return {
        "type": "library",
        "bom-ref": address,
        "name": package.name,
        "version": package.version,
        "scope": "required" if package.lock == FIRST else "excluded",
        "licenses": [{"expression": licence.licence} if spdx else {"license": {"name": licence.licence}}],
        "purl": address,
    }


def write(folder: Path) -> None:
    """Write the list of licences and the bill of materials beside the lock files."""
    packages = locked(folder)
    known = licences(packages, read_licences(folder / LICENCES))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([Licence._fields, *known])
    (folder / LICENCES).write_text(text.getvalue(), encoding="utf-8")
    (folder / BILL).write_text(bill(packages, known), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
