"""The log of changed numbers that a report carries along: changes.csv, the newest first, and its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from barometer.blocks import Block, ChapterBlock, TableBlock
from barometer.changes import changes
from barometer.errors import ReportError
from barometer.formats import Words
from barometer.instrument import Instrument
from barometer.render.document import ChapterDocument, views
from barometer.render.html import page_exporter
from barometer.render.site import Site, SiteChapter
from barometer.tables import Column, TableDoc

LOG, PAGE = "changes.csv", "changes.html"
MOST = 200
"""Rows that the page shows of one day; the file has them all."""
_COLUMNS = ("figure", "of", "number", "old", "new", "why")
_NUMBERS = {"estimate": "data.estimate", "ci_low": "data.ci_low", "ci_high": "data.ci_high", "n": "data.n"}


def log_changes(earlier: Path, folder: Path, *, day: date | None, words: Words) -> bool:
    """Write changes.csv of a report that is ready: what differs from the earlier one, above its own log.

    Parameters
    ----------
    earlier, folder
        The report that is published now, if any, and the one that is to take its place.
    day
        What the changes are dated with, if that is known.
    words
        The language of the report.

    Returns
    -------
    bool
        Whether there is a log; there is none while no published number ever changed.
    """
    compared = (earlier / "data/estimates.csv", earlier / "manifest.json", folder / "data/estimates.csv")
    old = (earlier / LOG).read_text("utf-8") if (earlier / LOG).exists() else ""
    found = changes(earlier, folder, words=words) if all(path.exists() for path in compared) else None
    if found is not None and len(found):
        dated = found.assign(date=day.isoformat() if day else "")
        text = dated[["date", *found.columns]].to_csv(index=False, lineterminator="\n")
        old = text + old.partition("\n")[2]
    if old:
        (folder / LOG).write_text(old, encoding="utf-8")
    return bool(old)


def log_page(
    log: Path, documents: Sequence[ChapterDocument], site: Site, *, instrument: Instrument
) -> dict[str, bytes]:
    """Return the page of a log, which is made as a chapter is, with its files by their path."""
    words = Words(site.language)
    rows = pd.read_csv(log, dtype=str, keep_default_na=False)
    inherited = ("language", "wave", "wave_title", "synthetic", "banner", "segment")
    head = {name: getattr(documents[0], name) for name in inherited}
    title = words("changes.title")
    cells = [
        new_markdown_cell(f"# {title}\n\n{words('changes.text')}\n\n[{words('changes.file')}]({LOG})"),
        _cell(ChapterBlock(id="changes", number=0, **head)),
    ]
    figures = _figures(documents, words)
    for number, (day, changed) in enumerate(rows.groupby("date", sort=False), start=1):
        shown = _table(changed, figures, instrument, words)
        counts = {"count": len(changed), "rest": len(changed) - len(shown["rows"])}
        caption = [words(f"changes.{key}", number=words.number.count(n)) for key, n in counts.items() if n]
        heading = words.number.date(str(day)) or words("changes.undated")
        table = TableBlock(
            id=f"day-{number}",
            number=str(number),
            title=words("changes.table", date=heading),
            caption=tuple(caption),
            csv=changed.to_csv(index=False, lineterminator="\n"),
            table=shown,
            synthetic=documents[0].synthetic,
        )
        cells += [new_markdown_cell(f"## {heading}"), _cell(table)]
    entry = SiteChapter("changes", PAGE, title, 0)
    # The other languages have such a page only if they have a log; the manifest has no row for its tables.
    around = replace(site, chapters=(*site.chapters, entry), languages=(), manifest="")
    html, resources = page_exporter().from_notebook_node(new_notebook(cells=cells), {"site": around})
    return {PAGE: html.encode()} | resources["outputs"]


def _cell(block: Block) -> NotebookNode:
    return new_code_cell(outputs=[new_output("display_data", block._repr_mimebundle_())])


def _figures(documents: Sequence[ChapterDocument], words: Words) -> dict[tuple[str, str], str]:
    """Return what each figure is called, with its other breakdowns, by chapter and view."""
    return {
        (document.id, view["id"]): words("page.figure_number", number=figure["number"])
        for document in documents
        for figure in document.blocks("figure")
        for view in views(figure)
    } | {(document.id, ""): document.title for document in documents}


def _table(
    changed: pd.DataFrame, figures: dict[tuple[str, str], str], instrument: Instrument, words: Words
) -> TableDoc:
    """Return the changes that can be seen in print, as far as the page has room for them."""
    rows = []
    for row in changed.to_dict("records"):
        old, new = (_printed(row, key, words) for key in ("old", "new"))
        if old != new:
            chapter = figures.get((row["chapter"], ""), row["chapter"])
            figure = figures.get((row["chapter"], row["view"]), "")
            of = ", ".join(_labels(row, instrument, words.language))
            number = words(_NUMBERS.get(row["number"], "changes.verdict"))
            rows.append([", ".join(filter(None, (chapter, figure))), of, number, old, new, row["why"]])
    kinds = dict.fromkeys(_COLUMNS, "text") | {"old": "number", "new": "number"}
    columns: list[Column] = [
        {"label": words(f"changes.{name}"), "kind": kind} for name, kind in kinds.items()
    ]
    return {"columns": columns, "rows": rows[:MOST], "notes": []}


def _printed(row: Mapping[str, str], which: str, words: Words) -> str:
    """Return an old or new number as it stands in print, but for a decimal more."""
    name, text = row["number"], row[which]
    if not text:
        return words("changes.none")
    if name == "verdict":
        return words(f"changes.verdict_{text}")
    if name == "n":
        return words.number.count(float(text))
    share = row["statistic"] == "proportion"
    return words.number.percent(float(text), 1) if share else words.number.decimal(float(text), 2)


def _labels(row: Mapping[str, str], instrument: Instrument, language: str) -> Iterator[str]:
    """Give the words for question, answer and group, and the wave; ids for what is no longer asked."""
    for name, option in ((row["question"], ""), (row["question"], row["option"]), (row["by"], row["level"])):
        if name == row["question"] or option:
            try:
                yield instrument.label(name, option, language)
            except ReportError:
                yield option or name
    yield row["wave"]
