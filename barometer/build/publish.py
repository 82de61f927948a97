"""Put finished editions in place of the earlier ones, each as a whole, and the overview in front of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment

from barometer.formats import Words
from barometer.render.html import POLICY

OVERVIEW = Path(__file__).parent / "overview.html.j2"


def swap(new: Path, place: Path, *, scratch: Path) -> None:
    """Put a finished folder in its place by renaming; the earlier one moves to the scratch folder.

    Reports of segments, which stand in folders inside the earlier one, are taken along.
    """
    for inner in place.glob("*/manifest.json"):
        shutil.copytree(inner.parent, new / inner.parent.name, dirs_exist_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    earlier = scratch / f"earlier-{new.name}"
    if place.exists():
        place.rename(earlier)
    try:
        new.rename(place)
    except OSError:
        if earlier.exists():
            earlier.rename(place)
        raise


def write_overview(reports: Path, *, title: str, language: str, scratch: Path) -> None:
    """Write reports/index.html: a link to every report that there is, the newest wave first."""
    manifests = {
        path.parent: json.loads(path.read_text("utf-8")) for path in reports.glob("[!.]*/**/manifest.json")
    }
    if not manifests:
        return

    def order(folder: Path) -> tuple[str, bool, bool, str]:
        said = manifests[folder]
        return said["wave"], not said["segment"], said["language"] == language, folder.name

    found = [
        _entry(folder, manifests[folder], reports) for folder in sorted(manifests, key=order, reverse=True)
    ]
    synthetic = any(said["synthetic"] for said in manifests.values())
    page = Environment(autoescape=True, trim_blocks=True).from_string(OVERVIEW.read_text("utf-8"))
    draft = scratch / "index.html"
    html = page.render(title=title, words=Words(language), reports=found, synthetic=synthetic, policy=POLICY)
    draft.write_text(html, encoding="utf-8")
    draft.replace(reports / draft.name)


def _entry(folder: Path, said: Mapping[str, Any], reports: Path) -> dict[str, str]:
    """Return what the overview shows of one report, from its manifest."""
    parts = (said["title"], said["segment"], Words(said["language"])("page.language_name"))
    return {
        "folder": f"{folder.relative_to(reports).as_posix()}/",
        "page": "index.html" if (folder / "index.html").exists() else "report.pdf",
        "language": said["language"],
        "text": " · ".join(part for part in parts if part),
    }
