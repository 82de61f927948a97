"""The data of a whole report: every estimate in one table, a workbook, and what describes them to programs.

The descriptions follow the Data Package standard (datapackage.org) and CSV on the Web (W3C, 2015).
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

from barometer.estimate import ESTIMATES
from barometer.formats import Words
from barometer.render.document import ChapterDocument, views
from barometer.render.site import Site
from barometer.workbook import LABELS, workbook

PLACE = ("chapter", "figure", "number", "view")
# What is called by its kind where a figure has its id.
LISTS = ("findings", "since")
FIELDS = (*PLACE, *ESTIMATES, *LABELS, "synthetic")
CELL = ("wave", "question", "option", "by", "level")
VERDICT_FIELDS = (*PLACE, *CELL, "verdict", "rule")
TABLES = {"estimates.csv": FIELDS, "disclosure.csv": VERDICT_FIELDS}
# What isn't named here is text. The words are those of Data Package; CSVW has all of them but "number".
TYPES = {
    **dict.fromkeys(("estimate", "se", "ci_low", "ci_high", "df", "deff", "n_effective"), "number"),
    "n": "integer",
    "synthetic": "boolean",
}
VERDICTS = ("shown", "uncertain", "hidden", "not_asked")
CONSTRAINTS: Mapping[str, Mapping[str, Any]] = {
    "n": {"minimum": 0},
    "verdict": {"required": True, "enum": VERDICTS},
    "synthetic": {"required": True},
}
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def data_files(
    documents: Sequence[ChapterDocument], site: Site, *, source: str, licence: str, timestamp: int
) -> dict[str, bytes]:
    """Return the files by their name.

    Parameters
    ----------
    documents
        The chapters in reading order, all in the language of the site.
    site
        Titles, version, address and hash of the data; whether they are synthetic.
    source
        Where the data are from, in the language of the site.
    licence
        Under which the numbers are published, as SPDX names it; empty if that isn't stated.
    timestamp
        Seconds since the epoch that the workbook is dated with; the same input gives the same bytes.
    """
    files = {
        "estimates.csv": _csv(estimates(documents), FIELDS),
        "disclosure.csv": _csv(verdicts(documents), VERDICT_FIELDS),
        "tables.xlsx": workbook(documents, site, source=source, timestamp=timestamp),
    }
    package = _package(files, site, source=source, licence=licence)
    csvw = _csvw(site, source=source, licence=licence)
    return files | {"datapackage.json": _json(package), "csv-metadata.json": _json(csvw)}


def with_data(site: Site, sizes: Mapping[str, int]) -> Site:
    """Return the site with links to the files, by their paths from its pages, with their sizes in bytes."""
    words = Words(site.language)
    labels = ("data.estimates", "data.disclosure", "data.tables", "data.package", "data.csvw")
    links = zip(labels, sizes.items(), strict=True)
    return replace(site, data=tuple((words(label), *link) for label, link in links))


def estimates(documents: Sequence[ChapterDocument]) -> Iterator[dict[str, str]]:
    """Yield every estimate that is shown, with where; a gap has no number but a reason."""
    for document in documents:
        for place, text in _shown(document):
            for row in csv.DictReader(StringIO(text)):
                yield dict(zip(PLACE, (document.id, *place), strict=True)) | row


def verdicts(documents: Sequence[ChapterDocument]) -> Iterator[dict[str, str]]:
    """Yield the verdict on every cell of the report and the rule that gave it, and no number."""
    for row in estimates(documents):
        yield {name: row[name] for name in VERDICT_FIELDS[:-1]} | {"rule": row["reason"]}
    for document in documents:
        for form in document.blocks("workplace"):
            for group, questions in form["estimates"].items():
                for question, cells in questions.items():
                    rules = form["reasons"][group][question]
                    for option, cell in cells.items():
                        place = {"chapter": document.id, "figure": "workplace", "question": question}
                        yield (
                            place | {"option": option, "level": group} | _verdict(cell, rules.get(option, ""))
                        )


def _verdict(cell: Any, rule: str) -> dict[str, str]:
    """Return the verdict on a cell of a form; without numbers it is hidden, or was not put to the group."""
    missing = "not_asked" if rule == "not_offered" else "hidden"
    return {"verdict": missing if cell is None else "uncertain" if rule else "shown", "rule": rule}


def _shown(document: ChapterDocument) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Yield figure, number and view of what shows estimates, and its CSV: cards, findings, figures."""
    for cards in document.blocks("cards"):
        for item in cards["items"]:
            for card in (item, *item.get("beside", ())):
                yield (item["id"], "", card["id"]), card.get("csv", "")
    for kind in LISTS:
        for block in document.blocks(kind):
            yield (kind, "", kind), block.get("csv", "")
    for figure in document.blocks("figure"):
        for view in views(figure):
            yield (figure["id"], figure["number"], view["id"]), view["csv"]


def _csv(rows: Iterator[dict[str, str]], fields: Sequence[str]) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _package(files: Mapping[str, bytes], site: Site, *, source: str, licence: str) -> dict[str, Any]:
    """Return datapackage.json; what isn't known is left out."""
    words = Words(site.language)
    title = f"{site.title} {site.wave_title}"
    names = re.sub(r"[^a-z0-9.]+", "-", f"{title} {site.language}".lower()).strip("-")
    optional = {
        "homepage": site.address,
        "licenses": [{"name": licence}] if licence else [],
        "keywords": ["synthetic"] if site.synthetic else [],
    }
    return {
        "name": names,
        "title": words("data.title", report=title),
        "description": words("data.description"),
        "profile": "data-package",
        "language": site.language,
        "version": site.version,
        "sources": [{"title": source}],
        "synthetic": site.synthetic,
        "data_sha256": site.data_hash,
        **{key: value for key, value in optional.items() if value},
        "resources": [_resource(name, content, words) for name, content in files.items()],
    }


def _resource(path: str, content: bytes, words: Words) -> dict[str, Any]:
    name, _, kind = path.partition(".")
    resource = {
        "name": name,
        "path": path,
        "title": words(f"data.{name}"),
        "profile": "data-resource",
        "format": kind,
        "mediatype": MEDIA[kind],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if kind != "csv":
        return resource
    schema = {"fields": [_field(name, words) for name in TABLES[path]], "missingValues": [""]}
    return resource | {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": schema}


def _field(name: str, words: Words) -> dict[str, Any]:
    field = {
        "name": name,
        "type": TYPES.get(name, "string"),
        "description": words(f"data.field_{name}"),
    }
    return field | ({"constraints": CONSTRAINTS[name]} if name in CONSTRAINTS else {})


def _csvw(site: Site, *, source: str, licence: str) -> dict[str, Any]:
    """Return csv-metadata.json, which says the same of the CSV to other programs."""
    words = Words(site.language)
    columns = [
        {
            "name": name,
            "titles": name,
            "datatype": TYPES.get(name, "string"),
            "required": bool(CONSTRAINTS.get(name, {}).get("required")),
            "dc:description": words(f"data.field_{name}"),
        }
        for name in FIELDS
    ]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": site.language}],
        "url": "estimates.csv",
        "dc:title": words("data.title", report=f"{site.title} {site.wave_title}"),
        "dc:description": words("data.description"),
        "dc:language": site.language,
        "dc:source": source,
        **({"dc:license": licence} if licence else {}),
        "tableSchema": {"columns": columns},
    }


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
