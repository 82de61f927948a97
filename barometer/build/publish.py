"""Put finished editions in place of the earlier ones, each as a whole, and the overview in front of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment

from barometer.build.exchange import exchange, sync, sync_entry
from barometer.build.manifest import MANIFEST, report_files
from barometer.formats import Words
from barometer.render.html import POLICY

OVERVIEW = Path(__file__).parent / "overview.html.j2"
OVERVIEWS = ("index.html", "editions.js")


@dataclass(frozen=True)
class Edition:
    """A published report: one wave, in one language, of the whole or of the segment that is named.

    `folder` is its address from the overview, `page` what to open first, `chapters` are its pages.
    """

    wave: str
    title: str
    language: str
    segment: str
    synthetic: bool
    folder: str
    page: str
    chapters: tuple[str, ...]

    @property
    def language_name(self) -> str:
        """Return what the language calls itself."""
        return Words(self.language)("page.language_name")


def swap(new: Path, place: Path) -> None:
    """Put a finished folder in its place in one step; the earlier one is then where the new one was.

    Reports of segments, which stand in folders inside the earlier one, are taken along. Each edition is put
    in place by itself: between two of them a reader meets the new report in one language and the earlier one
    in the other, each whole.
    """
    for inner in place.glob(f"*/{MANIFEST}"):
        shutil.copytree(inner.parent, new / inner.parent.name, dirs_exist_ok=True)
    sync(new)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        exchange(new, place)
    else:
        new.rename(place)
    sync_entry(place.parent)


def published(reports: Path, folders: Iterable[Path]) -> Iterator[Path]:
    """Yield every file of the editions in some folders, the overview, and what that is made of."""
    yield from (reports / name for name in OVERVIEWS)
    yield from _manifests(reports)
    for place in folders:
        yield from report_files(place)


def front_page(folder: Path) -> Path:
    """Return what a reader opens first of a published report: the index page, without pages the PDF."""
    page = folder / "index.html"
    return page if page.exists() else folder / "report.pdf"


def write_overview(reports: Path, *, title: str, language: str, scratch: Path) -> None:
    """Write what leads to every report that there is: reports/index.html, and editions.js for the pages.

    Parameters
    ----------
    reports
        The folder of all reports; each folder in it with a manifest.json is one.
    title, language
        Of the overview itself.
    scratch
        Where the files are written before they are put in place.
    """
    editions = _editions(reports, language)
    if not editions:
        return
    waves = [
        [list(alike) for _, alike in groupby(of_wave, key=lambda edition: edition.language)]
        for _, of_wave in groupby(editions, key=lambda edition: edition.wave)
    ]
    template = Environment(autoescape=True, trim_blocks=True).from_string(OVERVIEW.read_text("utf-8"))
    html = template.render(
        title=title,
        words=Words(language),
        waves=waves,
        style=editions[0].folder,
        synthetic=any(edition.synthetic for edition in editions),
        policy=POLICY,
    )
    listed = json.dumps([_listed(edition) for edition in editions if edition.chapters], ensure_ascii=False)
    for name, text in zip(OVERVIEWS, (html, f"window.BAROMETER_EDITIONS = {listed};\n"), strict=True):
        draft = scratch / name
        draft.write_text(text, encoding="utf-8")
        sync_entry(draft)
        draft.replace(reports / name)
    sync_entry(reports)


def _editions(reports: Path, language: str) -> list[Edition]:
    """Return every published report: the newest wave first, then the given language, then the whole."""
    found = [
        _edition(path.parent, json.loads(path.read_text("utf-8")), reports) for path in _manifests(reports)
    ]
    found.sort(key=lambda each: (each.language != language, each.language, each.segment))
    return sorted(found, key=lambda each: each.wave, reverse=True)


def _manifests(reports: Path) -> list[Path]:
    return sorted(reports.glob(f"[!.]*/**/{MANIFEST}"))


def _edition(folder: Path, said: Mapping[str, Any], reports: Path) -> Edition:
    return Edition(
        wave=said["wave"],
        title=said["title"],
        language=said["language"],
        segment=said.get("segment_label") or said["segment"],
        synthetic=said["synthetic"],
        folder=f"{folder.relative_to(reports).as_posix()}/",
        page=front_page(folder).name,
        chapters=tuple(sorted(path.name for path in folder.glob("*.html"))),
    )


def _listed(edition: Edition) -> dict[str, Any]:
    """Return what the pages of other editions have to know about one."""
    keys = ("wave", "language", "segment", "folder", "chapters")
    return {key: getattr(edition, key) for key in keys}
