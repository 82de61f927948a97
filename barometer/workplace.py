"""A reader's own workplace beside the sector: a form, and the estimates of every group to hold it against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any, TypeAlias

import pandas as pd

from barometer.assembly import Assembly
from barometer.blocks import Block, TableBlock
from barometer.conditions import Answer, AnyOf
from barometer.disclosure import assess
from barometer.exhibit import SHOWN
from barometer.formats import Words, inline, rounded
from barometer.instrument import Composite, Instrument, Question
from barometer.protection import REASONS
from barometer.tables import Column, TableDoc

EVERYONE = "all"
GROUPS = ("sector", "size")
YES = "yes"
NONE = "none"
# The words that the page's script needs; numbers it writes itself.
TOLD = (
    *("one", "top", "highest", "several", "gap", "source", "source_range", "uncertain"),
    *("yours", "compared", "hidden_group", "instead", "limit", "progress", "ends"),
)

# Share, both ends of its interval, n; None is hidden. Beside it stands why it is hidden or uncertain.
Cell: TypeAlias = list[Any] | None
Cells: TypeAlias = Mapping[str, tuple[Cell, str]]
Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class WorkplaceBlock(Block):
    """A form of questions, with the estimates that the page's script holds the reader's answers against.

    Parameters
    ----------
    registers
        What the reader chooses a group by: id, label, options.
    groups
        Every group that can be chosen: id (``all``, ``sector=state``, ``sector=state,size=from_20``), label.
    questions
        id, number, label, wording, kind, maximum, base, options, and `table`: the numbers of everyone.
    estimates, reasons
        By group, question and option: the cell, and why it is hidden (None) or uncertain. Shares are
        fractions in whole per cents, as the report prints them.
    words
        The texts that the script fills in; `printed` stands in the PDF, which can't ask anything.
    """

    type = "workplace"
    title: str
    intro: str
    printed: str
    synthetic: bool
    registers: tuple[Mapping[str, Any], ...]
    groups: tuple[Mapping[str, str], ...]
    questions: tuple[Mapping[str, Any], ...]
    estimates: Mapping[str, Mapping[str, Mapping[str, Cell]]]
    reasons: Mapping[str, Mapping[str, Mapping[str, str]]]
    words: Mapping[str, str]

    def html(self) -> str:
        """Return the numbers of everyone, a table a question."""
        return "".join(each.html() for each in self._tables())

    def plain(self) -> str:
        """Return the numbers of everyone, a table a question."""
        return "\n".join((self.title, *(each.plain() for each in self._tables())))

    def _tables(self) -> Iterator[TableBlock]:
        for place, each in enumerate(self.questions, start=1):
            heading, caption = each["label"], (each["wording"],)
            yield TableBlock(each["id"], str(place), heading, caption, "", each["table"], self.synthetic)


@dataclass(frozen=True)
class _Choice:
    """An answer of the form, and the share that it is held against: that of an option, or of all others."""

    id: str
    label: str
    variable: str
    option: str
    exclusive: bool = False
    complement: bool = False


@dataclass(frozen=True)
class Workplace:
    """The form made of some questions, for the newest wave of an assembly.

    Parameters
    ----------
    questions
        Single or multiple questions, or grids whose items are answered yes or no.
    by
        The two register variables that a reader chooses a group by.
    """

    assembly: Assembly
    questions: Sequence[str]
    by: tuple[str, str] = GROUPS

    def missing(self) -> pd.DataFrame:
        """Return the Estimates of the questions that the wave did not ask: no number, but the reason."""
        found = self.assembly.estimates(self.questions)
        return found[found["verdict"] == "not_asked"]

    def block(self) -> WorkplaceBlock:
        """Return the form with the estimates of every group, assessed for disclosure (METHODS 7)."""
        words, wave = self._words, self.assembly.waves[-1]
        rows = self._rows()
        groups = tuple(dict.fromkeys(group for group, _, _ in rows))
        forms = {name: self._choices(name, rows) for name in self._asked}
        cells = {
            group: {name: _cells(group, choices, rows) for name, choices in forms.items()} for group in groups
        }
        return WorkplaceBlock(
            title=words("workplace.title"),
            intro=words("workplace.intro"),
            printed=words("workplace.printed"),
            synthetic=wave.synthetic,
            registers=tuple(self._register(name) for name in self.by),
            groups=tuple(self._group(group) for group in groups),
            questions=tuple(self._question(name, forms[name], cells[EVERYONE][name]) for name in forms),
            estimates=_each(cells, lambda found: {key: cell for key, (cell, _) in found.items()}),
            reasons=_each(cells, lambda found: {key: why for key, (_, why) in found.items() if why}),
            words=self._told(),
        )

    @property
    def _words(self) -> Words:
        return self.assembly.words

    @property
    def _instrument(self) -> Instrument:
        return self.assembly.waves[-1].instrument

    @property
    def _asked(self) -> tuple[str, ...]:
        return tuple(name for name in self.questions if self.assembly.waves[-1].asks(name))

    def _rows(self) -> dict[Key, Any]:
        """Return the assessed Estimates by group, variable and option."""
        flags = [flag.id for name in self._asked if (flag := _whether_any(self._instrument, name))]
        first, second = self.by
        wave = self.assembly.waves[-1]
        frames = [self._estimates(self.assembly, flags, by=by) for by in (None, first, second)]
        for level in self._levels(first):
            part = replace(self.assembly, waves=(wave.restrict(first, level),))
            frames.append(self._estimates(part, flags, by=second, within=f"{first}={level}"))
        known = {EVERYONE, *self._group_ids()}
        rows = pd.concat(frames, ignore_index=True).itertuples()
        return {(row.group, row.question, row.option): row for row in rows if row.group in known}

    def _estimates(
        self, assembly: Assembly, flags: Sequence[str], *, by: str | None, within: str = ""
    ) -> pd.DataFrame:
        found = assess(
            assembly.estimates([*self._asked, *flags], by=by),
            assembly.params.disclosure,
            waves=assembly.waves,
        )
        ids = [",".join(filter(None, (within, level and f"{by}={level}"))) for level in found["level"]]
        return found.assign(group=[each or EVERYONE for each in ids])

    def _levels(self, name: str) -> tuple[str, ...]:
        """Return the levels that a workplace can be in; a segment may leave some of them empty."""
        groups = self.assembly.waves[-1].groups(name)
        columns = zip(groups.levels, groups.member.T, strict=True)
        return tuple(level for level, column in columns if column.any())

    def _group_ids(self) -> Iterator[str]:
        first, second = ([f"{name}={level}" for level in self._levels(name)] for name in self.by)
        yield from (*first, *second)
        yield from (f"{one},{other}" for one in first for other in second)

    def _register(self, name: str) -> Mapping[str, Any]:
        label = self._words.text(self._instrument.variable(name).label)
        options = [{"id": level, "label": self._label(name, level)} for level in self._levels(name)]
        return {"id": name, "label": label, "options": options}

    def _label(self, name: str, option: str) -> str:
        return self._instrument.label(name, option, self._words.language)

    def _group(self, group: str) -> Mapping[str, str]:
        """Return a group with its name, and its name inside a sentence; everyone is the segment, if any."""
        pairs = [part.split("=") for part in group.split(",") if part != EVERYONE]
        labels = [
            label for label in (self.assembly.segment, *(self._label(*pair) for pair in pairs)) if label
        ]
        name = ", ".join([*labels[:1], *(inline(label) for label in labels[1:])])
        everyone = self._words("workplace.everyone", unit=self._words.text(self._instrument.unit))
        return {"id": group, "label": name or everyone, "inline": inline(name)}

    def _choices(self, name: str, rows: Mapping[Key, Any]) -> tuple[_Choice, ...]:
        """Return the answers of one question that the wave has numbers of."""
        variable, text = self._instrument.variable(name), self._words.text
        if isinstance(variable, Question) and variable.items:
            variable.option(YES)
            choices = [
                _Choice(item.id, text(item.label), f"{name}.{item.id}", YES) for item in variable.items
            ]
            if flag := _whether_any(self._instrument, name):
                label = self._words("workplace.none")
                choices.append(_Choice(NONE, label, flag.id, YES, exclusive=True, complement=True))
        else:
            choices = [
                _Choice(each.id, text(each.label), name, each.id, each.exclusive) for each in variable.options
            ]
        return tuple(each for each in choices if (EVERYONE, each.variable, each.option) in rows)

    def _question(self, name: str, choices: Sequence[_Choice], cells: Cells) -> Mapping[str, Any]:
        variable, text = self._instrument.variable(name), self._words.text
        ends = [_whether_any(self._instrument, each) for each in self._asked]
        return {
            "id": name,
            "label": text(variable.label),
            "wording": text(variable.wording) if isinstance(variable, Question) else text(variable.label),
            "kind": "single" if variable.kind == "single" else "multiple",
            "maximum": variable.maximum if isinstance(variable, Question) else None,
            "base": inline(text(variable.base.label)),
            # Nobody is asked this who has answered "none of these" to the grid before.
            "follows": variable.base.condition in [Answer(flag.id, (YES,)) for flag in ends if flag],
            "options": [
                {"id": each.id, "label": each.label, "exclusive": each.exclusive, "ends": each.complement}
                for each in choices
            ],
            "table": self._table(choices, cells, base=text(variable.base.label)),
        }

    def _table(self, choices: Sequence[_Choice], cells: Cells, *, base: str) -> TableDoc:
        words = self._words
        level = words.number.percent(self.assembly.params.confidence)
        heads = (words("table.share"), words("table.interval", level=level), words("table.n"))
        columns: list[Column] = [{"label": words("table.answer"), "kind": "text"}]
        columns += [{"label": head, "kind": "number"} for head in heads]
        rows = [[each.label, *_texts(*cells[each.id], words)] for each in choices]
        return {"columns": columns, "rows": rows, "notes": [words("caption.base", base=inline(base))]}

    def _told(self) -> Mapping[str, str]:
        """Return the texts of the script, with their gaps still open."""
        words = self._words
        gaps = ("hidden", *filter(None, REASONS), "imprecise", "not_offered", "small_sample", "wide_interval")
        return {
            **{key: words.entries[f"workplace.{key}"] for key in TOLD},
            **{key: words(f"gap.{key}") for key in (*gaps, "uncertain_mark")},
            "level": words("unit.interval", level=words.number.percent(self.assembly.params.confidence)),
        }


def _whether_any(instrument: Instrument, name: str) -> Composite | None:
    """Return the flag that is counted from exactly the items of a grid: whether any is answered yes."""
    wanted = AnyOf(tuple(Answer(item, (YES,)) for item in instrument.expand(name)))
    return next((each for each in instrument.composites.values() if each.recipe.get(YES) == wanted), None)


def _each(
    cells: Mapping[str, Mapping[str, Cells]], pick: Callable[[Cells], Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return what is picked of the cells of each question in each group."""
    return {group: {name: pick(found) for name, found in forms.items()} for group, forms in cells.items()}


def _cells(group: str, choices: Sequence[_Choice], rows: Mapping[Key, Any]) -> Cells:
    """Return the cell of each answer in one group, and why it is hidden or uncertain."""
    found = {each: rows[group, each.variable, each.option] for each in choices}
    asked = any(row.n for row in found.values())
    return {each.id: _cell(row, each, asked=asked) for each, row in found.items()}


def _cell(row: Any, choice: _Choice, *, asked: bool) -> tuple[Cell, str]:
    if row.verdict not in SHOWN:
        # Nobody in a group that was asked the question could choose the answer.
        return None, "not_offered" if asked and not row.n else row.reason
    shares = [row.estimate, row.ci_low, row.ci_high]
    if choice.complement:
        shares = [1 - row.estimate, 1 - row.ci_high, 1 - row.ci_low]
    return [*(_whole(share) for share in shares), int(row.n)], row.reason


def _whole(share: float) -> float | None:
    """Return a share in whole per cents, as it is printed everywhere; None for an end that isn't there."""
    return None if isnan(share) else float(rounded(share * 100)) / 100


def _texts(cell: Cell, reason: str, words: Words) -> tuple[str, str, str]:
    """Return the share, its interval and n as text."""
    if cell is None:
        return words("gap.hidden"), words(f"gap.{reason}"), ""
    share, low, high, n = cell
    interval = "" if low is None or high is None else words.number.interval(low, high)
    text = words.number.percent(share) + (words("gap.uncertain_mark") if reason else "")
    return text, interval, words.number.count(n)
