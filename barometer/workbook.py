"""The figures and tables of a report as a workbook: a sheet each, and one in front that leads to them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.writer.excel import ExcelWriter

from barometer.formats import Words
from barometer.render.document import Block, ChapterDocument, views
from barometer.render.site import Site
from barometer.tables import FORMULA

LONGEST_NAME = 31  # characters; a spreadsheet takes no more
WIDEST = 60  # characters
LABELS = ("question_label", "option_label", "level_label", "wave_label")
SHARES = ("estimate", "ci_low", "ci_high")
TITLE, HEADER, LINK = Font(bold=True, size=14), Font(bold=True), Font(underline="single", color="0B5CAD")

Value = str | float | None


class Link(str):
    """The name of a sheet, which its cell leads to."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """What stands on one sheet: lines of text above and below a table with its header."""

    name: str
    above: Sequence[str]
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]
    below: Sequence[str] = ()


def workbook(documents: Sequence[ChapterDocument], site: Site, *, source: str, timestamp: int) -> bytes:
    """Return an Office Open XML workbook with every figure and table; shares are numbers, shown as percent.

    Parameters
    ----------
    documents
        The chapters in reading order, all in the language of the site.
    site
        Title, version and whether the data are synthetic, which every sheet says then.
    source
        Where the data are from, in the language of the site.
    timestamp
        Seconds since the epoch that the file is dated with; the same input gives the same bytes.
    """
    words = Words(site.language)
    shown = [
        (document, view)
        for document in documents
        for section in document.sections
        for block in section.blocks
        if block["type"] in ("figure", "table")
        for view in views(block)
    ]
    mark = words("page.synthetic_banner") if site.synthetic else ""
    first = words("data.contents")
    names = _names([view["id"] for _, view in shown], taken=first)
    entries = [
        [view["number"], view["title"], document.title, Link(name)]
        for (document, view), name in zip(shown, names, strict=True)
    ]
    about = (f"{site.title} {site.wave_title}", mark, source, site.version)
    header = [words(f"data.{key}") for key in ("number", "heading", "chapter", "sheet")]
    book = Workbook()
    book.remove(book.worksheets[0])
    _write(book, Sheet(first, about, header, entries))
    for (_, view), name in zip(shown, names, strict=True):
        _write(book, _sheet(view, name, mark, words))
    book.properties.title, book.properties.creator = about[0], site.version
    book.properties.language = site.language
    return _settled(book, timestamp)


def _names(ids: Sequence[str], *, taken: str) -> list[str]:
    """Return a name a sheet: the id, cut to what is allowed, with a number where it stands there already."""
    names: list[str] = []
    for name in ids:
        tails = ("", *(f"-{number}" for number in range(2, len(ids) + 2)))
        wanted = (f"{name[: LONGEST_NAME - len(tail)]}{tail}" for tail in tails)
        names.append(next(each for each in wanted if each not in (*names, taken.lower())))
    return names


def _sheet(block: Block, name: str, mark: str, words: Words) -> Sheet:
    """Return the sheet of a figure, from its estimates, or of a table, as it is read."""
    above = (f"{block['number']} {block['title']}", mark, block.get("subtitle", ""), *block["caption"])
    table = block["table"]
    header: Sequence[str] = [column["label"] for column in table["columns"]]
    rows: Sequence[Sequence[Value]] = table["rows"]
    if block["type"] == "figure":
        header, rows = _estimates(block["csv"], words)
    below = dict.fromkeys((*block.get("about", ()), *table["notes"]))
    return Sheet(name, above, header, rows, tuple(below))


def _estimates(text: str, words: Words) -> tuple[list[str], list[list[Value]]]:
    """Return estimates as a table; of the labels only those that tell its rows apart."""
    found = list(csv.DictReader(StringIO(text)))
    labels = [key for key in LABELS if len({row[key] for row in found}) > 1] or ["option_label"]
    reason = ["reason"] if any(row["reason"] for row in found) else []
    rows = [
        [
            *(row[key] or words("level.all") for key in labels),
            *(float(row[key]) if row[key] else None for key in SHARES),
            int(float(row["n"])) if row["n"] else None,
            *(words(f"gap.{row[key]}") if row[key] else None for key in reason),
        ]
        for row in found
    ]
    return [words(f"data.{key}") for key in (*labels, *SHARES, "n", *reason)], rows


def _write(book: Workbook, content: Sheet) -> None:
    sheet = book.create_sheet(content.name)
    lines = [[line] for line in content.above if line]
    below = [[line] for line in content.below if line]
    body = [*lines, [], content.header, *content.rows, [], *below]
    for number, row in enumerate(body, start=1):
        for column, value in enumerate(row, start=1):
            _put(sheet.cell(number, column), value)
    sheet["A1"].font = TITLE
    for cell in sheet[len(lines) + 2]:
        cell.font = HEADER
    for column, width in enumerate(_widths([content.header, *content.rows]), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def _put(cell: Cell, value: Value) -> None:
    """Write a value: a share as percent, text always as text, whatever it starts with."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA)
        if isinstance(value, Link):
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{value}'!A1")
            cell.font = LINK
    elif value is not None:
        cell.number_format = "#,##0" if isinstance(value, int) else "0%"


def _widths(rows: Iterable[Sequence[Value]]) -> Iterator[int]:
    """Yield the width of each column in characters; a share takes few, whatever its digits."""
    for column in zip(*rows, strict=True):
        yield min(WIDEST, 2 + max(len(value) if isinstance(value, str) else 6 for value in column))


def _settled(book: Workbook, timestamp: int) -> bytes:
    """Return the file without the clock: its own date is that given, its parts have none."""
    moment = datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)
    book.properties.created = book.properties.modified = moment
    written, settled = BytesIO(), BytesIO()
    ExcelWriter(book, ZipFile(written, "w")).save()
    with ZipFile(written) as parts, ZipFile(settled, "w") as archive:
        for name in parts.namelist():
            archive.writestr(ZipInfo(name), parts.read(name), ZIP_DEFLATED)
    return settled.getvalue()
