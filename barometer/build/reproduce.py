"""Make a published report again from what its manifest says, and compare it byte by byte."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from barometer.build.installation import code, packages, system
from barometer.build.log import LOG
from barometer.build.manifest import hashes
from barometer.build.origin import commit
from barometer.build.plan import read_now
from barometer.build.report import build_report
from barometer.build.verify import Comparison, compare, read_manifest
from barometer.documents import shown
from barometer.errors import Problem, ReportError
from barometer.params import PATHS, Params, load_params


def reproduce(folder: Path, *, params: Path) -> Comparison:
    """Make a report again in a folder of its own and compare all files with those that are published.

    Every chapter runs, whether it is kept or not. The log of changes, which the files of today can't give, is
    taken along as it is.

    Parameters
    ----------
    folder
        A report in one language.
    params
        Says where the project is; the parameters themselves are those of the manifest.

    Raises
    ------
    ReportError
        If a file that the report was made of is not as it was, or the report can't be made.
    """
    said = read_manifest(folder)
    with TemporaryDirectory() as name:
        scratch = Path(name)
        decided = _decided(said, params.resolve(), scratch)
        _check_inputs(said, decided)
        places = {
            language: decided.reports / said["wave"] / language / decided.segment.replace("=", "-")
            for language in decided.languages
        }
        for place in places.values():
            place.mkdir(parents=True)  # pages link to the languages that there are
        place = places[said["language"]]
        if (folder / LOG).exists():
            copy2(folder / LOG, place)
        alone = replace(decided, languages=(said["language"],))
        with redirect_stdout(StringIO()), patch.dict(os.environ, SOURCE_DATE_EPOCH=str(said["timestamp"])):
            build_report(alone, force=alone.chapters)
        words = ("not made again", "not the same", "not published")
        return compare(folder, hashes(folder), hashes(place), words=words)


def differing(folder: Path, *, params: Path) -> Iterator[str]:
    """Yield what besides its files is not as it was when a report was made, a line each."""
    said = read_manifest(folder)
    decided = load_params(params)
    known = {"commit": commit(decided), "program": code(), **system(), **packages()}
    then = {"commit": said["commit"], "program": said["code"], **said["platform"], **said["packages"]}
    for name in sorted(known.keys() | then.keys()):
        if known.get(name) != then.get(name):
            yield f"{name}: {then.get(name) or 'none'} then, {known.get(name) or 'none'} now"
    for chapter in said["stale"]:
        yield f"{chapter}: a chapter that could not be made in the last run and is from an earlier one"


def _decided(said: Mapping[str, Any], params: Path, scratch: Path) -> Params:
    """Return the parameters of the manifest, for every language that the pages lead to."""
    paths = {key: str(params.parent / said["params"][key]) for key in PATHS if said["params"].get(key)}
    document = {**said["params"], **paths, "languages": [said["language"], *said["other_languages"]]}
    file = scratch / "params.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")
    if not re.fullmatch(r"[\w-]+", said["wave"]):
        raise ReportError("A manifest can't be used", [Problem("wave", "the name of a wave", said["wave"])])
    return replace(load_params(file), path=params, reports=scratch / "reports")


def _check_inputs(said: Mapping[str, Any], params: Params) -> None:
    """Raise if a file that a report was made of is not there any more, is another, or has come since."""
    now = {os.path.relpath(path, params.root): sha256 for path, sha256 in read_now(params).items()}
    compared = compare(params.root, said["inputs"], now, words=("gone", "changed", "new"))
    if compared.differences:
        problems = [
            Problem(shown(params.root / name), "the file that the report was made of", f"it is {word}")
            for word, name in (line.split(": ", 1) for line in compared.differences)
        ]
        raise ReportError("The report can't be made again", problems)
