"""What a published report says about itself: no clock, no path of this machine, no user."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from barometer.build.crate import CRATE, crate
from barometer.build.fingerprint import digest
from barometer.build.installation import code, packages, system
from barometer.build.origin import changed_since_commit, commit, timestamp
from barometer.build.plan import Plan
from barometer.datasets import VERDICTS, estimates
from barometer.documents import read_yaml, relative
from barometer.render.document import ChapterDocument, views
from barometer.render.record import PAGE, record_page
from barometer.render.site import Site

MANIFEST = "manifest.json"
# How the synthetic waves were made, by its path in the project; the report itself draws no random numbers.
SYNTHESIS = "data/synthesis.yaml"
# What decides where and how a report is made, and not what is in it.
OUTWARD = ("languages", "reports", "matrix", "jobs", "cell_timeout", "executor", "scheduler")


def write_manifest(said: Mapping[str, Any], plan: Plan, site: Site, folder: Path) -> None:
    """Write what a report that is ready says about itself: manifest.json, its page, RO-Crate metadata.

    Parameters
    ----------
    said
        The `manifest`, to which the sha256 of every file is added.
    site
        The report in one language.
    folder
        Holds all of it.
    """
    if "html" in plan.params.formats:
        (folder / PAGE).write_text(record_page(said, site), encoding="utf-8")
    files = {name: sha256 for name, sha256 in hashes(folder).items() if name not in (MANIFEST, CRATE)}
    described = crate({**said, "outputs": files}, folder, site, licence=plan.params.licence)
    (folder / CRATE).write_text(described, encoding="utf-8")
    write_said({**said, "outputs": files | {CRATE: digest(folder / CRATE)}}, folder)


def write_said(said: Mapping[str, Any], folder: Path) -> None:
    """Write manifest.json as it is said."""
    (folder / MANIFEST).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def manifest(
    plan: Plan,
    site: Site,
    *,
    documents: Sequence[ChapterDocument],
    stale: Collection[str],
    kept: Collection[str],
) -> dict[str, Any]:
    """Return what manifest.json says, but for the outputs.

    Parameters
    ----------
    site, documents
        The report in one language, and its chapters.
    stale
        Chapters that could not be built again and are from an earlier run.
    kept
        Chapters that are from an earlier run, for whatever reason: they keep what was said of them then.
    """
    root = plan.params.root
    inputs = {relative(path, root): sha256 for path, sha256 in plan.inputs.items()}
    made = {"commit": commit(plan.params), "code": code(), "inputs": inputs}
    verdicts = Counter(row["verdict"] for row in estimates(documents))
    params = plan.params.document(root)
    return {
        "wave": plan.wave.id,
        "title": plan.wave.title[site.language],
        "synthetic": plan.wave.synthetic,
        "compare_with": plan.compare_with,
        "language": site.language,
        "other_languages": [language for language, _ in site.languages],
        "segment": plan.params.segment,
        "segment_label": plan.segment(site.language),
        "stale": list(stale),
        "params": {key: value for key, value in params.items() if key not in OUTWARD},
        "timestamp": timestamp(plan.params),
        "commit": made["commit"],
        "changed_since_commit": changed_since_commit(plan.params),
        "code": made["code"],
        "platform": system(),
        "packages": packages(),
        "seeds": _seeds(plan),
        "verdicts": {verdict: verdicts[verdict] for verdict in VERDICTS},
        "inputs": inputs,
        "chapters": _chapters(plan.folder(site.language), documents, made=made, kept=kept),
        "figures": dict(_figures(plan, site, documents)),
    }


def _chapters(
    earlier: Path, documents: Sequence[ChapterDocument], *, made: Mapping[str, Any], kept: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Return what each chapter was made of; of one that was kept, what the earlier manifest says."""
    path = earlier / MANIFEST
    said = json.loads(path.read_text("utf-8")) if kept and path.exists() else {}
    before = said.get("chapters", {})
    return {
        each.id: (before.get(each.id) or {key: said[key] for key in made if key in said})
        if each.id in kept
        else made
        for each in documents
    }


def _figures(
    plan: Plan, site: Site, documents: Sequence[ChapterDocument]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each figure and table by its name, with the file of its numbers and what they were made from."""
    root, html = plan.params.root, "html" in plan.params.formats
    common = [relative(path, root) for path in (plan.params.path, plan.params.instrument)]
    for document, chapter in zip(documents, site.chapters, strict=True):
        entry = [relative(plan.params.notebooks / f"{document.id}.ipynb", root), *common]
        for block in (*document.blocks("figure"), *document.blocks("table")):
            for view in views(block):
                file = f"data/{document.id}-{view['id']}.csv"
                yield (
                    f"{document.id}-{view['id']}",
                    {
                        "type": view["type"],
                        "number": block["number"],
                        "title": view["title"],
                        "chapter": document.id,
                        "page": f"{chapter.href}#{view['id']}",
                        "file": file if html else "",  # a page comes with the files of its figures
                        "sha256": hashlib.sha256(view["csv"].encode()).hexdigest(),
                        "inputs": [*entry, *_answers(plan, view["csv"])],
                    },
                )


def _answers(plan: Plan, text: str) -> list[str]:
    """Return the files of the waves that a CSV has numbers of; of all waves where it doesn't say which."""
    rows = csv.DictReader(text.splitlines())
    named = {row["wave"] for row in rows} if "wave" in (rows.fieldnames or ()) else None
    inside = (path for path in plan.inputs if path.is_relative_to(plan.params.waves))
    return [
        relative(path, plan.params.root)
        for path in inside
        if named is None or path.relative_to(plan.params.waves).parts[0] in named
    ]


def report_files(folder: Path) -> list[Path]:
    """Return every file of a report; those of segments, which stand in folders inside, are not of it."""
    inner = [path.parent for path in folder.glob(f"*/**/{MANIFEST}")]
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(path.is_relative_to(other) for other in inner)
    ]


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a report by its path."""
    return {
        path.relative_to(folder).as_posix(): "a link" if path.is_symlink() else digest(path)
        for path in report_files(folder)
    }


def same(folder: Path, place: Path) -> bool:
    """Say whether a report that stands in its place is the one in a folder, and whole."""
    new, old = folder / MANIFEST, place / MANIFEST
    if not old.exists() or new.read_bytes() != old.read_bytes():
        return False
    outputs: Mapping[str, str] = json.loads(new.read_text("utf-8"))["outputs"]
    return {name: sha256 for name, sha256 in hashes(place).items() if name != MANIFEST} == outputs


def _seeds(plan: Plan) -> dict[str, int]:
    """Return the seed of the answers, by the file that it stands in, if they are made up."""
    path = plan.params.root / SYNTHESIS
    return {SYNTHESIS: read_yaml(path)["seed"]} if plan.wave.synthetic and path.exists() else {}
