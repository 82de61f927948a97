"""Put finished editions in place of the earlier ones, each as a whole, and the overview in front of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from jinja2 import Environment

from barometer.formats import Words

OVERVIEW = """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; font-src 'self'">
<title>{{ title }}</title>
<link rel="stylesheet" href="{{ reports[0].href }}assets/report.css">
</head>
<body>
<main id="content">
<h1>{{ title }}</h1>
<ul>
{% for report in reports -%}
<li><a href="{{ report.href }}{{ report.page }}" hreflang="{{ report.language }}">{{ report.text }}</a></li>
{% endfor -%}
</ul>
</main>
</body>
</html>
"""


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
    found = [
        {
            "href": f"{path.parent.relative_to(reports).as_posix()}/",
            "page": "index.html" if (path.parent / "index.html").exists() else "report.pdf",
            "language": entry["language"],
            "text": " · ".join(
                part
                for part in (entry["title"], entry["segment"], Words(entry["language"])("language"))
                if part
            ),
            "order": (entry["wave"], not entry["segment"], entry["language"] == language),
        }
        for path in sorted(reports.glob("[!.]*/**/manifest.json"))
        for entry in [json.loads(path.read_text("utf-8"))]
    ]
    ordered = sorted(found, key=lambda report: report["order"], reverse=True)
    if not ordered:
        return
    page = Environment(autoescape=True).from_string(OVERVIEW)
    draft = scratch / "index.html"
    draft.write_text(page.render(title=title, language=language, reports=ordered), encoding="utf-8")
    draft.replace(reports / "index.html")
