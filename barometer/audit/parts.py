"""Parts against the whole: answers that sum, composites and what they are counted from, bases and their n."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from barometer.audit.published import Report, Row
from barometer.conditions import AllOf, Answer, AnyOf, Condition, Not
from barometer.errors import Problem
from barometer.formats import Words
from barometer.instrument import Composite, Instrument

CLOSE = 1e-6
"""How far sums of shares may be off, which are computed in floating point."""

Bounds = tuple[float, float]
UNKNOWN: Bounds = (0.0, 1.0)


@dataclass(frozen=True)
class Group:
    """The estimates of everyone, or of one group, in one wave, by question and option."""

    where: str
    rows: Mapping[tuple[str, str], Row]
    instrument: Instrument

    def shares(self, question: str, options: Sequence[str], *, like: Row) -> list[float]:
        """Return the shares of those options that were put to the same answers as another row."""
        variable = self.instrument.variable(question)
        same = variable.base == self.instrument.variable(like["question"]).base and not variable.offered
        rows = [
            self.rows.get((question, each)) for each in options if same and not variable.option(each).offered
        ]
        found = [row.number("estimate") for row in rows if row and row["n"] == like["n"]]
        return [share for share in found if share is not None]

    def bounds(self, condition: Condition, *, like: Row) -> Bounds:
        """Return between what the share lies of those for whom a condition holds (Fréchet's bounds)."""
        match condition:
            case Answer(variable, options):
                return self._answer(variable, options, like=like)
            case Not(part):
                low, high = self.bounds(part, like=like)
                return 1 - high, 1 - low
            case AnyOf(parts) | AllOf(parts):
                each = [self.bounds(part, like=like) for part in parts] or [UNKNOWN]
                lows, highs = zip(*each, strict=True)
                if isinstance(condition, AnyOf):
                    return max(lows), min(1.0, sum(highs))
                return max(0.0, sum(lows) - len(lows) + 1), min(highs)
        return UNKNOWN

    def _answer(self, question: str, options: Sequence[str], *, like: Row) -> Bounds:
        """Return the bounds of having given one of some answers: their sum where only one can be given."""
        found = self.shares(question, options, like=like)
        several = self.instrument.variable(question).kind == "multiple"
        low = max(found, default=0.0) if several else sum(found)
        return low, min(1.0, sum(found)) if len(found) == len(options) else 1.0


def groups(report: Report, instrument: Instrument) -> list[Group]:
    """Return the estimates of a report, apart for each wave and group."""
    found: dict[tuple[str, ...], dict[tuple[str, str], Row]] = {}
    for row in report.fresh:
        found.setdefault((row["wave"], row["by"], row["level"]), {})[row["question"], row["option"]] = row
    return [Group(" ".join(filter(None, key)), rows, instrument) for key, rows in found.items()]


def composites_lie_between_their_parts(report: Report, instrument: Instrument) -> Iterator[Problem]:
    """Yield each share that is more or less than what it is counted from allows."""
    for group in groups(report, instrument):
        for (question, option), row in group.rows.items():
            variable, share = instrument.variable(question), row.number("estimate")
            if share is None or not isinstance(variable, Composite) or option not in variable.recipe:
                continue
            low, high = group.bounds(variable.recipe[option], like=row)
            # Of a single composite the first option that holds counts: the others may get less.
            low = low if variable.kind != "single" else 0.0
            if not low - CLOSE <= share <= high + CLOSE:
                where = f"{group.where}, {question} {option}"
                yield Problem(where, f"{low:.1%} to {high:.1%}, from what it is counted from", f"{share:.1%}")


def single_answers_sum_to_one(report: Report, instrument: Instrument) -> Iterator[Problem]:
    """Yield each question with one answer each whose shares don't sum to 100 per cent."""
    apart = () if instrument.dont_know_in_base else ("dont_know",)
    for group in groups(report, instrument):
        for question in dict.fromkeys(name for name, _ in group.rows):
            variable = instrument.variable(question)
            wanted = [each.id for each in variable.options if each.role not in apart]
            rows = [group.rows[question, each] for each in wanted if (question, each) in group.rows]
            shares = [row.number("estimate") for row in rows if row["verdict"] != "not_asked"]
            known = [share for share in shares if share is not None]
            whole = len(rows) == len(wanted) and len(known) == len(shares) > 0
            if variable.kind in ("single", "flag") and whole and abs(sum(known) - 1) > CLOSE:
                yield Problem(f"{group.where}, {question}", "answers that sum to 100%", f"{sum(known):.2%}")


def sizes_agree(report: Report, instrument: Instrument, words: Words) -> Iterator[Problem]:
    """Yield each n that differs within a question, from that of its groups together, or within a base."""
    empty = _left_empty(report, words)
    for group in groups(report, instrument):
        largest: dict[str, int] = {}
        rows = [
            (question, option, row)
            for (question, option), row in group.rows.items()
            if row["estimate"] and not instrument.variable(question).option(option).offered
        ]
        for question, _, row in rows:
            largest[question] = max(largest.get(question, 0), int(row["n"]))
        for question, option, row in rows:
            n = largest[question]
            if n - int(row["n"]) > empty.get((row["wave"], question), 0):
                where = f"{group.where}, {question} {option}"
                yield Problem(where, f"n = {n} as for its other answers", row["n"])
    yield from _groups_sum(report, instrument)
    yield from _bases(report, instrument, empty)


def _left_empty(report: Report, words: Words) -> dict[tuple[str, str], int]:
    """Return how many left a question or a part of it empty, by wave and question, as captions say."""
    pattern = re.escape(words.entries["caption.no_answer"]).replace(r"\{count\}", r"([\d.,]+)")
    told = ((figure, re.search(pattern, figure.texts.get("caption", ""))) for figure in report.shown)
    return {
        (row["wave"], row["question"]): int(re.sub(r"\D", "", found[1]))
        for figure, found in told
        if found
        for row in figure.rows
    }


def _groups_sum(report: Report, instrument: Instrument) -> Iterator[Problem]:
    """Yield each n of everyone that isn't the sum over the groups of a register variable."""
    sizes = {row.about[:5]: row.number("n") for row in report.fresh}
    for wave, question, option, by in dict.fromkeys(
        about[:4] for about in sizes if about[3] in instrument.register
    ):
        each = [
            sizes.get((wave, question, option, by, level.id)) for level in instrument.register[by].options
        ]
        whole = sizes.get((wave, question, option, "", ""))
        if whole is not None and None not in each and sum(filter(None, each)) != whole:
            where = f"{wave} {question} {option} by {by}"
            yield Problem(where, f"groups of n = {whole:g} together", f"{sum(filter(None, each)):g}")


def _bases(report: Report, instrument: Instrument, empty: Mapping[tuple[str, str], int]) -> Iterator[Problem]:
    """Yield each base that can't be of the same size in one figure as in those before."""
    known: dict[tuple[str, str], tuple[int, int, str]] = {}
    for figure in report.shown:
        asked = [row for row in figure.rows if row["n"] and not row["by"]]
        places = {(row["wave"], row["question"]) for row in figure.rows}
        stale = figure.chapter in report.about["stale"]
        if figure.kind != "figure" or stale or len(places) != 1 or not asked:
            continue
        wave, question = places.pop()
        base = instrument.variable(question).base.id
        answered = max(int(row["n"]) for row in asked)
        low, high, place = known.get((wave, base), (0, sys.maxsize, ""))
        known[wave, base] = (
            max(low, answered),
            min(high, answered + empty.get((wave, question), 0)),
            place or figure.where,
        )
        if known[wave, base][0] > known[wave, base][1]:
            size = f"{low}" if low == high else f"{low} to {high}"
            yield Problem(figure.where, f"a base {base} of {size} as in {place}", str(answered))
