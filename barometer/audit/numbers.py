"""Every number in the words of a report stands in its data, where the words say it does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations, takewhile

from barometer.audit.published import PLACE, Report, Row, Shown, plain
from barometer.errors import Problem
from barometer.formats import Words

LABELS = ("question_label", "option_label", "level_label", "wave_label", "wave")
_WHOLE = r"\d+(?:[.,]\d{3})*(?!\d)"
_PERCENT = re.compile(rf"(?:({_WHOLE})–)?({_WHOLE})\s?%")
_SIZE = re.compile(rf"\bn = ({_WHOLE})(?:–({_WHOLE}))?")
_SIZES = re.compile(r"\bn: (.*?)\.(?= |$)")
HALF = 0.5 + 1e-9
"""How far a whole number may be from what it was rounded from."""
STEPS = (1, 2, 5, 10, 20, 25)
"""Per cent; an axis has marks at the multiples of one of them, beginning at 0."""
ALL = 100
"""Per cent; words such as "more than 100 %" are no estimate."""


def numbers_stand_in_the_data(report: Report, words: Words) -> Iterator[Problem]:
    """Yield each percentage, difference and n on a page that isn't in the rows of what it stands in."""
    stated = {ALL, report.about["params"]["confidence"] * ALL}
    for each in report.shown:
        shares = [*stated, *_shares(each.rows)]
        for kind, said in each.texts.items():
            text = _without(said, _labels(each.rows))
            yield from _missing(f"{each.where}: {kind}", "a share of its data", _percents(text), shares)
            yield from _sizes(each, kind, text, report)
            if words("level.others") not in text or each.kind == "card":
                yield from _missing(
                    f"{each.where}: {kind}",
                    "a difference in its data",
                    _points(text, words),
                    _differences(each.rows),
                )


def pictures_show_the_data(report: Report) -> Iterator[Problem]:
    """Yield each figure without a picture, and each percentage in one that neither rows nor axis have."""
    level = report.about["params"]["confidence"] * ALL
    for figure in (each for each in report.shown if each.kind == "figure" and each.rows):
        drawn = _without(report.drawn(figure.chapter, figure.id), _labels(figure.rows))
        if not drawn:
            yield Problem(figure.where, "a picture with words in it", "none")
        said = _percents(drawn)
        known = [level, *_marks(said), *_shares(figure.rows)]
        yield from _missing(f"{figure.where}: picture", "a share of its data", said, known)


def _marks(said: Collection[int]) -> Iterator[int]:
    """Yield the percentages that can be the marks of an axis: from 0 on, step by step."""
    for step in STEPS:
        yield from takewhile(said.__contains__, range(0, ALL + 1, step))


def cards_show_their_estimate(report: Report) -> Iterator[Problem]:
    """Yield each card whose large number isn't the estimate in its first row."""
    for card in (each for each in report.shown if each.kind == "card"):
        found = [share for row in card.rows[:1] if (share := row.number("estimate")) is not None]
        said = _percents(card.texts["value"])
        if len(said) != len(found) or any(abs(said[0] - share * ALL) > HALF for share in found):
            expected = f"{found[0]:.1%}" if found else "no number"
            yield Problem(f"{card.where}: value", f"{expected}, its estimate", card.texts["value"])


def one_value_an_indicator(report: Report) -> Iterator[Problem]:
    """Yield each estimate that stands in two places with two values."""
    first: dict[tuple[str, ...], Row] = {}
    for row in report.fresh:
        earlier = first.setdefault(row.about, row)
        for name in ("estimate", "ci_low", "ci_high", "n"):
            if row[name] != earlier[name]:
                where = " ".join(filter(None, row.about))
                places = " and ".join(f"{each['chapter']}/{each['view']}" for each in (earlier, row))
                got = f"{earlier[name]} and {row[name]} in {places}"
                yield Problem(where, f"one {name}", got, "If chapters are from different runs, build all.")


def tables_hold_the_data(report: Report) -> Iterator[Problem]:
    """Yield what a table shows that isn't in the rows that its labels name, or in its file."""
    for figure in (each for each in report.shown if each.kind == "figure"):
        header, *body = figure.table or [[]]
        called = [(frozenset(_names(row)), row) for row in figure.rows]
        for cells in body:
            for label, cell in zip(header, cells, strict=True):
                rows = _named(called, [*cells, label, label.partition(", ")[0]])
                where = f"{figure.where}: table, {cells[0]}, {label}"
                yield from _missing(where, "a share of its data", _percents(cell), _shares(rows))
        file = report.file(figure.chapter, figure.id)
        own = [[cell for name, cell in row.cells.items() if name not in PLACE] for row in figure.rows]
        if file[1:] != own:
            yield Problem(figure.where, "the same rows in its CSV as in estimates.csv", "others")
    for page in report.pages:
        for name, table in page.tables.items():
            file = [[cell.removeprefix("'") for cell in row[:-1]] for row in report.file(page.chapter, name)]
            if [[plain(cell) for cell in row] for row in file] != [
                [cell.removeprefix("'") for cell in row] for row in table
            ]:
                yield Problem(f"{page.chapter}, table {name}", "what its CSV holds", "other cells")


def other_words_hold_no_other_number(report: Report) -> Iterator[Problem]:
    """Yield each percentage outside of figures, cards and tables that no estimate, table or rule gives."""
    params = report.about["params"]
    stated = [
        ALL,
        params["confidence"] * ALL,
        params["test"]["alpha"] * ALL,
        params["disclosure"]["uncertain_halfwidth"] * ALL,
    ]
    for page in report.pages:
        in_tables = [
            each
            for table in page.tables.values()
            for row in table
            for cell in row
            for each in _percents(cell)
        ]
        known = [*stated, *_shares(report.rows), *in_tables]
        yield from _missing(f"{page.chapter}: text", "a share of its data", _percents(page.rest), known)


def _missing(where: str, expected: str, said: Iterable[int], known: Collection[float]) -> Iterator[Problem]:
    for number in said:
        if not any(abs(number - each) <= HALF for each in known):
            yield Problem(where, expected, str(number))


def _sizes(each: Shown, kind: str, text: str, report: Report) -> Iterator[Problem]:
    """Yield each number of answers that no row has; below the smallest base its limit is told instead."""
    known = {size for row in each.rows if (size := row.number("n")) is not None}
    known.add(report.about["params"]["disclosure"]["minimum_base"])
    said = [size for found in _SIZE.findall(text) for size in found if size]
    said += [size for listed in _SIZES.findall(text) for size in re.findall(_WHOLE, listed)]
    for size in map(_whole, said):
        if size not in known:
            yield Problem(f"{each.where}: {kind}", "an n of its data", str(size))


def _named(called: Sequence[tuple[Collection[str], Row]], labels: Iterable[str]) -> list[Row]:
    """Return the rows that labels of a table name; a label that names none leaves them as they are."""
    for label in labels:
        called = [each for each in called if label in each[0]] or called
    return [row for _, row in called]


def _names(row: Row) -> Iterator[str]:
    """Yield what a table may call a row."""
    question, option = row["question_label"], row["option_label"]
    yield from (row[name].removeprefix("'") for name in LABELS)
    yield f"{question}: {option[:1].lower()}{option[1:]}"


def _percents(text: str) -> list[int]:
    """Return the percentages in a text, both ends of an interval."""
    return [_whole(each) for found in _PERCENT.findall(text) for each in found if each]


def _points(text: str, words: Words) -> list[int]:
    """Return the differences in a text that are told in percentage points."""
    units = {words(f"unit.point_{many}", number="").strip() for many in ("one", "other")}
    return [_whole(each) for unit in units for each in re.findall(rf"({_WHOLE})\s?{unit}\b", text)]


def _whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _shares(rows: Iterable[Row]) -> list[float]:
    """Return every share of some rows and the ends of their intervals, in per cent."""
    cells = (row.number(name) for row in rows for name in ("estimate", "ci_low", "ci_high"))
    return [ALL * cell for cell in cells if cell is not None]


def _differences(rows: Iterable[Row]) -> list[float]:
    """Return how far two groups or waves are apart that give the same answer, in percentage points."""
    answers: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if (share := row.number("estimate")) is not None:
            answers.setdefault((row["question"], row["option"]), []).append(ALL * share)
    return [abs(one - other) for shares in answers.values() for one, other in combinations(shares, 2)]


def _labels(rows: Iterable[Row]) -> set[str]:
    """Return the labels that have digits of their own."""
    found = {row[name].removeprefix("'") for row in rows for name in LABELS}
    return {label for label in found if re.search(r"\d", label)}


def _without(text: str, labels: Iterable[str]) -> str:
    """Return a text without labels, as they are or with a small first letter."""
    for label in sorted(labels, key=len, reverse=True):
        text = text.replace(label, "").replace(label[:1].lower() + label[1:], "")
    return text
