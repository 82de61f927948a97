"""The report as a research object: ro-crate-metadata.json (RO-Crate 1.2, w3id.org/ro/crate/1.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from barometer.formats import Words
from barometer.render.site import Site

CRATE = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.2"
LICENCES = "https://spdx.org/licenses/"
MEDIA = {
    "css": "text/css",
    "csv": "text/csv",
    "html": "text/html",
    "ipynb": "application/x-ipynb+json",
    "js": "text/javascript",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "woff": "font/woff",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Entity = dict[str, Any]


def crate(said: Mapping[str, Any], folder: Path, site: Site, *, licence: str) -> str:
    """Return the metadata of a report: its files, what they were made from, by which program.

    Parameters
    ----------
    said
        The manifest, with the files of the report in ``outputs``.
    folder
        Holds the files.
    licence
        Of the published numbers, as SPDX names it; empty if that isn't stated.
    """
    graph = [*_report(said, site, licence=licence), *_files(said, folder), *_making(said)]
    document = {"@context": f"{SPECIFICATION}/context", "@graph": graph}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _report(said: Mapping[str, Any], site: Site, *, licence: str) -> Iterator[Entity]:
    """Yield the descriptor of the metadata, the report as a whole, and its licence."""
    words = Words(site.language)
    day = datetime.fromtimestamp(said["timestamp"], UTC).date().isoformat()
    yield {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": SPECIFICATION},
        "about": {"@id": "./"},
    }
    yield {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{site.title} {site.wave_title}",
        "description": words(
            "manifest.crate", synthetic=words("page.synthetic_banner") if site.synthetic else ""
        ),
        "datePublished": day,
        "inLanguage": site.language,
        "license": {"@id": f"{LICENCES}{licence}"} if licence else words("manifest.no_licence"),
        **({"url": site.address} if site.address else {}),
        **({"keywords": "synthetic"} if site.synthetic else {}),
        "hasPart": [{"@id": name} for name in said["outputs"]],
        "mentions": [{"@id": "#making"}],
    }
    if licence:
        yield {
            "@id": f"{LICENCES}{licence}",
            "@type": "CreativeWork",
            "name": licence,
            "description": words("manifest.licence", licence=licence),
        }


def _files(said: Mapping[str, Any], folder: Path) -> Iterator[Entity]:
    """Yield every file; what is known of a figure's is said of it."""
    figures = {figure["file"]: figure for figure in said["figures"].values()}
    for name, sha256 in said["outputs"].items():
        kind = name.rpartition(".")[2]
        figure = figures.get(name)
        yield {
            "@id": name,
            "@type": "File",
            "name": figure["title"] if figure else name,
            "contentSize": str((folder / name).stat().st_size),
            "sha256": sha256,
            **({"encodingFormat": MEDIA[kind]} if kind in MEDIA else {}),
            **({"isBasedOn": [_input(path) for path in figure["inputs"]]} if figure else {}),
        }


def _making(said: Mapping[str, Any]) -> Iterator[Entity]:
    """Yield how the report was made: the program, and the files that were read, which stay where they are."""
    yield {
        "@id": "#making",
        "@type": "CreateAction",
        "name": f"barometer report {said['wave']} {said['language']}",
        "endTime": datetime.fromtimestamp(said["timestamp"], UTC).isoformat(),
        "instrument": [{"@id": "#barometer"}, {"@id": "#python"}],
        "object": [_input(path) for path in said["inputs"]],
        "result": {"@id": "./"},
    }
    yield {
        "@id": "#barometer",
        "@type": "SoftwareApplication",
        "name": "barometer",
        "softwareVersion": " ".join(filter(None, (said["packages"]["barometer"], said["commit"]))),
        "sha256": said["code"],
    }
    yield {
        "@id": "#python",
        "@type": "SoftwareApplication",
        "name": "Python",
        "softwareVersion": said["platform"]["python"],
        "softwareRequirements": [f"{name}=={number}" for name, number in said["packages"].items()],
    }
    for path, sha256 in said["inputs"].items():
        yield {**_input(path), "@type": "CreativeWork", "name": path, "sha256": sha256}


def _input(path: str) -> Entity:
    """Return what a file that was read is referred to by; it is no part of what is published."""
    return {"@id": f"#{path}"}
