"""The page on changes to published numbers: what stood there, what stands there now, and why."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from barometer.build.log import MOST, log_page
from barometer.changes import CHANGES
from barometer.instrument import Instrument
from barometer.render.document import ChapterDocument, Section
from barometer.render.site import Site, SiteChapter

TABLE = {"columns": [], "rows": []}
FIGURE = {"type": "figure", "id": "reuse", "number": "2.1", "views": [{"id": "reuse-by-sector"}]}
DOCUMENT = ChapterDocument(
    *("diffusion", 2, "en", "new", "The new wave", True, "Made up", "", "Reuse"),
    sections=(Section("one", "One", (FIGURE,)),),
)
SITE = Site("A report", "new", "en", (SiteChapter("diffusion", "index.html", "Reuse", 2),))
ROW = dict.fromkeys(("date", *CHANGES), "") | {
    "date": "2004-05-06",
    "chapter": "diffusion",
    "figure": "reuse",
    "view": "reuse",
    "wave": "new",
    "question": "reuse",
    "option": "copy",
    "statistic": "proportion",
    "number": "estimate",
    "old": "0.2",
    "new": "0.25",
    "why": "data of new",
}


def cells(page: str) -> list[list[str]]:
    """Return the rows of the tables of a page."""
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page, flags=re.DOTALL)
    return [[unescape(re.sub("<.*?>", "", cell)) for cell in re.split("</t[hd]>", row)][:-1] for row in rows]


def made(tmp_path: Path, instrument: Instrument, *rows: dict[str, str]) -> dict[str, bytes]:
    pd.DataFrame([ROW | row for row in rows]).to_csv(tmp_path / "changes.csv", index=False)
    return log_page(tmp_path / "changes.csv", (DOCUMENT,), SITE, instrument=instrument)


def test_each_change_is_a_row_in_words_with_its_reason(
    tmp_path: Path, barometer_instrument: Instrument
) -> None:
    by = {"view": "reuse-by-sector", "by": "sector", "level": "municipal"}
    page = made(
        tmp_path,
        barometer_instrument,
        {},
        by | {"number": "n", "old": "1200", "new": "1300"},
        by | {"number": "verdict", "old": "shown", "new": "hidden"},
        {"number": "ci_low", "old": "0.1", "new": ""},
        {"view": "gone", "question": "gone", "option": "left", "old": ""},
    )["changes.html"].decode()
    where, what = "Reuse, Figure 2.1", "Degree of reuse, Largely a copy"
    group = "Degree of reuse, Largely a copy, Municipality"
    assert cells(page) == [
        [where, f"{what}, new", "Share", "20.0%", "25.0%", "data of new"],
        [where, f"{group}, new", "n", "1,200", "1,300", "data of new"],
        [where, f"{group}, new", "Shown", "yes", "no, hidden", "data of new"],
        [where, f"{what}, new", "Interval, from", "10.0%", "nothing", "data of new"],
        ["Reuse", "gone, left, new", "Share", "nothing", "25.0%", "data of new"],
    ]


def test_days_stand_newest_first_and_the_whole_log_can_be_taken_along(
    tmp_path: Path, barometer_instrument: Instrument
) -> None:
    files = made(tmp_path, barometer_instrument, {}, {"date": "2003-01-02"}, {"date": ""})
    page = files["changes.html"].decode()
    assert re.findall(r"<h2 id=.*?>(.*?)</h2>", page) == ["6 May 2004", "2 January 2003", "Without a date"]
    assert '<a href="changes.csv">All changes as a file (CSV)</a>' in page
    assert '<a href="index.html">Reuse</a>' in page
    assert "Made up" in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_what_cannot_be_seen_or_is_too_long_is_counted_and_stands_in_the_file(
    tmp_path: Path, barometer_instrument: Instrument
) -> None:
    rows = [{"new": "0.20004"}, *({"new": str(0.3 + at / 1000)} for at in range(MOST + 5))]
    files = made(tmp_path, barometer_instrument, *rows)
    page = files["changes.html"].decode()
    assert len(cells(page)) == MOST
    assert f"Changed numbers in all: {MOST + 6}." in page
    assert "the list too long: 6." in page
    assert files["data/changes-day-1.csv"].count(b"\n") == MOST + 7


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "=1+1", "{{ 7 * 7 }}", "a|b [c](https://x)"]
)
def test_reasons_are_shown_as_they_were_written(
    hostile: str, tmp_path: Path, barometer_instrument: Instrument
) -> None:
    page = made(tmp_path, barometer_instrument, {"why": hostile})["changes.html"].decode()
    assert cells(page)[0][-1] == hostile
    assert "<script>alert" not in page
