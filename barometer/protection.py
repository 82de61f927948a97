"""What the rules hide of a wave, and what else has to be hidden with it (METHODS 7).

Decided from the answers and the rules alone, never from what is asked for: first for everyone, then for each
group variable, then for each register variable crossed with it, and what was decided before stays. So every
chapter, view, language and segment hides the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from barometer.linkage import Answer, Family, families
from barometer.rules import Rules
from barometer.stages import Bools, Floats, Ints
from barometer.suppression import Table, suppress
from barometer.variables import Variable
from barometer.waves import Wave

# Why a cell is hidden; a higher one is told where several hold. 0 is shown.
REASONS = ("", "protects", "same_answer", "small_cell", "take_all", "small_base")
PROTECTS, SAME_ANSWER, SMALL_CELL, TAKE_ALL, SMALL_BASE = range(1, 6)


@dataclass(frozen=True, eq=False)
class Partition:
    """Groups that no workplace is in two of; those in none have the last code, which is never published."""

    variable: str
    levels: tuple[str, ...]
    codes: Ints

    def __str__(self) -> str:
        """Return what tells it from others of the wave."""
        return f"{self.variable}: {', '.join(self.levels)}"


@dataclass(frozen=True, eq=False)
class Decided:
    """What is hidden of a table, margins last, and how its counter-table differs (see `suppression`)."""

    reasons: Ints
    change: Floats
    lost: Bools


@dataclass(frozen=True)
class Protection:
    """The hidden cells of one wave, without limits to its bases, under some rules."""

    wave: Wave
    rules: Rules

    def reason(self, question: str, option: str, groups: Mapping[str, str]) -> str:
        """Return why an answer is hidden in the group that is in all the levels named; empty if it isn't."""
        family = self._family(question, option)
        if family is None:
            return ""
        if len(groups) > 2:  # nothing protects a table of three dimensions but to hide it
            return "protects" if self.rules.secondary else ""
        parts = self._partitions(groups)
        decided = self.answers(family, parts)
        at = [part.levels.index(groups[part.variable]) for part in parts]
        return REASONS[decided.reasons[family.answers.index((question, option)), *_place(at)]]

    def _family(self, question: str, option: str) -> Family | None:
        """Return the family of an answer; register variables have none, they are no answers."""
        if question in self.wave.instrument.register:
            return None
        base = self.wave.instrument.variable(question).base.id
        return self._once("families", base, lambda: families(self.wave, base)).get((question, option))

    def answers(self, family: Family, parts: Sequence[Partition]) -> Decided:
        """Return what is hidden of the answers of a family by up to two group variables."""
        return self._once(
            "answers", [family.base, family.answers, *map(str, parts)], lambda: self._answers(family, parts)
        )

    def groups(self, family: Family, parts: Sequence[Partition]) -> Decided:
        """Return which groups are hidden whole: the same for everything that is asked of a base."""
        return self._once("groups", [family.base, *map(str, parts)], lambda: self._groups(family, parts))

    def _once(self, kind: str, name: Any, make: Any) -> Any:
        return self.wave._once((f"{kind} under {self.rules}", str(name)), make)

    def _partitions(self, groups: Mapping[str, str]) -> list[Partition]:
        """Return the partitions, in the order of the questionnaire: a pair has one table."""
        names = list(self.wave.instrument.names())
        return [self._partition(name, groups[name]) for name in sorted(groups, key=names.index)]

    def _partition(self, name: str, level: str) -> Partition:
        def make() -> Partition:
            levels, member = found.levels, found.member
            if overlap:
                levels, member = (level,), member[:, [levels.index(level)]]
            return Partition(name, levels, np.where(member.any(axis=1), member.argmax(axis=1), len(levels)))

        found, overlap = self.wave.groups(name), self.wave.instrument.variable(name).kind == "multiple"
        return self._once("partition", (name, level if overlap else ""), make)

    def _answers(self, family: Family, parts: Sequence[Partition]) -> Decided:
        columns = np.stack([self._column(answer) for answer in family.answers], axis=1)
        asked = ~np.isnan(columns[:, 0])
        tally = Tally(parts, asked)
        table = Table(
            np.stack([tally(column) for column in columns[asked].T]),
            np.broadcast_to(size := tally(), (columns.shape[1], *size.shape)),
            family.relations,
        )
        nodes = self.groups(family, parts).reasons[0]
        reasons = np.where(nodes > 0, nodes, self._primary(family, table))
        sensitive = self._sensitive(family, table)
        return self._secondary(table, reasons, sensitive, parts, lambda part: self.answers(family, part))

    def _column(self, answer: Answer) -> Floats:
        found = self.wave.indicators(answer[0])
        return found.values[:, found.options.index(answer[1])]

    def _primary(self, family: Family, table: Table) -> Ints:
        """Return what the rules about single answers hide."""
        counts, others, rules = table.counts, table.limit - table.counts, self.rules
        small = (counts > 0) & (counts < rules.minimum_cell)
        # The others of a single question are its other answers, which have cells of their own.
        either = np.array([self._variable(answer).kind != "single" for answer in family.answers])
        small |= either[:, None, None] & (others > 0) & (others < rules.minimum_cell)
        same = ((counts == 0) | (others == 0)) & (table.limit < rules.group_base) & (table.limit > 0)
        return np.select([small, same], [SMALL_CELL, SAME_ANSWER], 0) * self._telling(family)

    def _sensitive(self, family: Family, table: Table) -> Bools:
        """Tell which counts must stay unknown once they are hidden.

        None and all of a small group are among them, unless 0 or 100 % of a large group around it says so.
        """
        counts, limit = table.counts, table.limit
        whole = (counts == 0) | (counts == limit)
        told = whole & (limit >= self.rules.group_base)
        told = told | told[:, -1:, :] | told[:, :, -1:] if self.rules.group_base else whole
        return (limit > 0) & np.where(whole, ~told & self._telling(family), True)

    def _telling(self, family: Family) -> Bools:
        """Tell which answers say anything: don't know and not relevant don't."""
        silent = [
            answer[1] in self._variable(answer).with_role("dont_know", "not_relevant")
            for answer in family.answers
        ]
        return ~np.array(silent)[:, None, None]

    def _variable(self, answer: Answer) -> Variable:
        return self.wave.instrument.variable(answer[0])

    def _groups(self, family: Family, parts: Sequence[Partition]) -> Decided:
        asked = ~np.isnan(self._column(family.answers[0]))
        tally = Tally(parts, asked)
        size, certain = tally()[None], tally(self._take_all[asked].astype(float))[None]
        rules = self.rules
        tests = [size < rules.minimum_base, (certain > size / 2) & (size < rules.take_all_base)]
        reasons = np.select(tests, [SMALL_BASE, TAKE_ALL], 0)
        for place, told in self._told_by_size(family, parts):
            reasons[(0, *place)] = np.maximum(reasons[(0, *place)], np.where(told > 0, PROTECTS, 0))
        # That nobody is in a group is taken to be known: the register tells it.
        table = Table(size.astype(float), np.where(size > 0, np.inf, 0), np.zeros((0, 1)))
        while True:
            found = self._secondary(table, reasons, size > 0, parts, lambda part: self.groups(family, part))
            more = self._too_few(size[0], found.reasons[0], parts) if rules.secondary else None
            if more is None:
                return found
            reasons[0, *more] = PROTECTS

    def _told_by_size(self, family: Family, parts: Sequence[Partition]) -> Iterator[tuple[Any, Ints]]:
        """Give the groups whose size is the count of an answer, with why that is hidden."""
        for axis, part in enumerate(parts, start=2 - len(parts)):
            others = [each for each in parts if each is not part]
            for number, level in enumerate(part.levels):
                tied = self._family(part.variable, level) or self._family(part.variable, "yes")
                if tied is None or tied.base != family.base:
                    continue
                answer = (part.variable, level if (part.variable, level) in tied.answers else "yes")
                found = self.answers(tied, others).reasons[tied.answers.index(answer)].ravel()
                yield (number, slice(None)) if axis == 0 else (slice(None), number), found

    @property
    def _take_all(self) -> Bools:
        """Tell who is in a stratum of which every workplace answered."""
        found: Bools = self._once("take-all", "", self._in_take_all)
        return found

    def _in_take_all(self) -> Bools:
        frame = self.wave.frame
        if "stratum_population" not in frame:
            return np.zeros(len(frame), dtype=bool)
        answered = frame.groupby("stratum", observed=True)["stratum_population"].transform("size")
        return np.asarray(frame["stratum_population"] <= answered)

    def _too_few(self, size: Ints, reasons: Ints, parts: Sequence[Partition]) -> tuple[int, ...] | None:
        """Return the group to hide where those hidden are too few together: their sum can be worked out."""
        shown, small = (reasons == 0) & _open(parts), (size > 0) & (size < self.rules.minimum_base)
        for line in _lines(size.shape):
            rest = [at for at in line[:-1] if not shown[at]]
            candidates = [
                at for at in line[:-1] if shown[at] and 0 < size[at] < min(size[at[0], -1], size[-1, at[1]])
            ]
            known = shown[line[-1]] and any(small[at] for at in rest)
            if known and candidates and sum(size[at] for at in rest) < self.rules.minimum_base:
                return min(candidates, key=lambda at: (size[at], at))
        return None

    def _secondary(
        self, table: Table, reasons: Ints, sensitive: Bools, parts: Sequence[Partition], margin: Any
    ) -> Decided:
        """Return the reasons with what protects the hidden cells; margins stay as they were decided."""
        reasons, margins = reasons.copy(), np.full(table.counts.shape, np.nan)
        for place, decided in _margins(parts, margin):
            reasons[place], margins[place] = decided.reasons[:, 0, :], decided.change[:, 0, :]
        opened = np.broadcast_to(_open(parts), reasons.shape)
        hidden = (reasons > 0) | ~opened
        if not self.rules.secondary:
            return Decided(reasons, np.nan_to_num(margins), np.zeros_like(hidden))
        told = sensitive & (opened | (reasons > 0))
        more, change, lost = suppress(table, hidden=hidden, sensitive=told, margins=margins)
        return Decided(np.where(more & ~hidden, PROTECTS, reasons), change, lost)


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts workplaces by up to two partitions, with margins: ``(rows + 1, columns + 1)``."""

    parts: Sequence[Partition]
    asked: Bools

    def __call__(self, values: Floats | None = None) -> Ints:
        """Return the sums of the values of those asked, or how many they are."""
        shape = (1, 1, *(len(part.levels) + 1 for part in self.parts))[-2:]
        codes = np.zeros(int(self.asked.sum()), dtype=int)
        for part, width in zip(reversed(self.parts), (1, shape[1]), strict=False):
            codes += part.codes[self.asked] * width
        inner = np.bincount(codes, weights=values, minlength=shape[0] * shape[1]).reshape(shape)
        for axis in range(2 - len(self.parts), 2):
            inner = np.concatenate([inner, inner.sum(axis=axis, keepdims=True)], axis=axis)
        return np.rint(inner).astype(int)


def _place(at: Sequence[int]) -> tuple[int, int]:
    """Return row and column of a group in a table of up to two partitions."""
    row, column = ([-1, -1, *at])[-2:]
    return row, column


def _open(parts: Sequence[Partition]) -> Bools:
    """Tell which groups are published: not those of workplaces that are in no level."""
    known = [np.arange(len(part.levels) + 2) != len(part.levels) for part in parts]
    rows, columns = ([np.ones(1, dtype=bool)] * (2 - len(known)) + known)[-2:]
    return rows[:, None] & columns


def _margins(parts: Sequence[Partition], decide: Any) -> Iterator[tuple[tuple[Any, ...], Decided]]:
    """Give the margins of a table with what was decided of them: of a pair each variable, of one everyone."""
    every = slice(None)
    if len(parts) == 1:
        yield (every, 0, slice(-1, None)), decide([])
    elif len(parts) == 2:
        yield (every, every, -1), decide([parts[0]])
        yield (every, -1, every), decide([parts[1]])


def _lines(shape: tuple[int, ...]) -> Iterator[list[tuple[int, int]]]:
    """Give the places of each row and column, the margin last."""
    rows, columns = shape
    if columns > 1:
        yield from ([(row, column) for column in range(columns)] for row in range(rows))
    if rows > 1:
        yield from ([(row, column) for row in range(rows)] for column in range(columns))
