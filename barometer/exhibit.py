"""What one figure or table shows: the estimates, where they come from, and their words."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from barometer.estimate import few_words
from barometer.formats import Words, capital, inline

if TYPE_CHECKING:
    from barometer.comparability import Comparison
    from barometer.instrument import Instrument, Variable
    from barometer.waves import Break, Wave

NOT_DRAWN = ("dont_know", "not_relevant")
SHOWN = ("shown", "uncertain")
TOTAL = "total"
MOST_SERIES = 8
Pair = tuple[str, str]
LAST = ("none", "other")
NEUTRAL = "neither"


@dataclass(frozen=True, eq=False)
class Exhibit:
    """What is shown in one figure or table, with all that its words need.

    Two exhibits are never equal, so that what is said of one can be kept.

    Parameters
    ----------
    estimates
        Estimates after disclosure control; one row is one estimate.
    kind
        ``bars``, ``groups``, ``diverging`` or ``trend``.
    waves
        The waves that the estimates come from, oldest first.
    tests, differences
        Tests of association, and differences between groups or waves, about the same estimates.
    breaks
        Breaks between the waves of a trend; ``Break.wave`` is the first wave after the break.
    comparisons
        What of each question in a trend is compared with an earlier wave, and what a break keeps apart.
    confidence, alpha, adjustment, minimum_base
        The decisions the numbers were made with, as the caption states them.
    segment
        Label of the segment the waves are limited to, if any.
    like
        An exhibit of the same answers whose order is kept, so that an answer stays in its place.
    """

    estimates: pd.DataFrame
    _: KW_ONLY
    kind: str
    instrument: Instrument
    words: Words
    waves: tuple[Wave, ...]
    tests: pd.DataFrame | None = None
    differences: pd.DataFrame | None = None
    breaks: tuple[Break, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    confidence: float = 0.95
    alpha: float = 0.05
    adjustment: str = "holm"
    minimum_base: int = 10
    segment: str = ""
    like: Exhibit | None = None

    @property
    def synthetic(self) -> bool:
        """Say whether any wave shown is synthetic."""
        return any(wave.synthetic for wave in self.waves)

    @property
    def level_text(self) -> str:
        """Return the level of confidence in words: ``95 %``."""
        return self.words.number.percent(self.confidence)

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """Return the variables shown, in order."""
        return tuple(dict.fromkeys(self.estimates["question"]))

    @cached_property
    def groupings(self) -> tuple[str, ...]:
        """Return the group variables, in order; empty without groups."""
        return tuple(name for name in dict.fromkeys(self.estimates["by"]) if name)

    @cached_property
    def totals(self) -> tuple[str, ...]:
        """Return the variables that hold a total for each item of a scale, if they are among those shown."""
        scales = [name for name in self.questions if "." in name]
        found = (name for name in self.questions if "." not in name)
        return tuple(found) if self.kind == "diverging" and scales else ()

    def variable(self, name: str) -> Variable:
        """Return a variable of the instrument."""
        return self.instrument.variable(name)

    def label(self, name: str) -> str:
        """Return the label of a variable."""
        return self.words.text(self.variable(name).label)

    def grouping(self, name: str) -> str:
        """Return a group variable as it stands after "by": its label, and for a flag that it may not hold."""
        label = inline(self.label(name))
        return self.words("level.or_not", label=label) if self.variable(name).kind == "flag" else label

    @cached_property
    def by(self) -> str:
        """Return the group variables in words."""
        return self.words.number.list([self.grouping(name) for name in self.groupings])

    def predicate(self, name: str) -> str:
        """Return what a flag says of those who have it ("reuse a solution of others"); empty for others."""
        return self._optional(name, "predicate")

    def definition(self, name: str) -> str:
        """Return how a composite is counted; empty for others."""
        return self._optional(name, "definition")

    def top(self, name: str) -> str:
        """Return what the largest answer is called ("the most common type"); empty where it has no name."""
        return self._optional(name, "top")

    def _optional(self, name: str, field: str) -> str:
        texts = getattr(self.variable(name), field, None)
        return self.words.text(texts) if texts else ""

    def parent(self, name: str) -> Variable:
        """Return the question that a variable is an item of, or the variable itself."""
        return self.variable(name.split(".")[0])

    def answer(self, name: str, option: str) -> str:
        """Return the label of an option; that of the variable for a flag or where there is no option."""
        if not option or self.variable(name).kind == "flag":
            return self.label(name)
        return self.instrument.label(name, option, self.words.language)

    def group(self, by: str, level: str) -> str:
        """Return the label of a group; the two groups of a flag are its label and the others."""
        if not by or not level:
            return ""
        if level == "others":
            return self.words("level.others")
        if by == "wave":
            return level
        label = self.instrument.label(by, level, self.words.language)
        if label not in (self.words("level.yes"), self.words("level.no")):
            return label
        return self.label(by) if level == "yes" else capital(self.words("level.others"))

    def role(self, name: str, option: str) -> str:
        """Return the role of an option: answer, none, other, dont_know, not_relevant, or total."""
        if name in self.totals:
            return TOTAL
        options = {each.id: each.role for each in self.variable(name).options} if option else {}
        return str(options.get(option, "answer"))

    @cached_property
    def base(self) -> str:
        """Return the base in words: ``innovative workplaces``."""
        texts = (self.words.text(self.variable(name).base.label) for name in self.questions)
        base = self.words.number.list([inline(text) for text in dict.fromkeys(texts)])
        return f"{base} ({inline(self.segment)})" if self.segment else base

    @cached_property
    def subject(self) -> str:
        """Return what the exhibit is about: the variable, or the question that all are items of."""
        names = [name for name in self.questions if name not in self.totals]
        parents = list(dict.fromkeys(self.parent(name).id for name in names))
        if len(names) > 1 and len(parents) == 1:
            return self._one_of(self.label(parents[0]), names)
        return self.words.number.list(
            [self.label(names[0]), *(inline(self.label(name)) for name in names[1:])]
        )

    def _one_of(self, label: str, names: list[str]) -> str:
        """Return the label of a question, with its answer where only one is shown for all of its items."""
        options = set(self.estimates.loc[self.estimates["question"].isin(names), "option"]) - {""}
        return f"{label}: {inline(self.answer(names[0], options.pop()))}" if len(options) == 1 else label

    @cached_property
    @few_words()
    def rows(self) -> pd.DataFrame:
        """Return the estimates with their words; one row is one estimate.

        Added: ``role``, ``answer``, ``item`` (what the row stands for), ``group``,
        ``value`` and ``interval`` (text, or the word for the gap), ``size`` (n as text). What is hidden has
        no ``n``: a number of answers that is too small to be shown is not given away by itself.
        """
        frame = self.estimates.reset_index(drop=True)
        pairs = list(zip(frame["question"], frame["option"], strict=True))
        refused = (frame["n"] == 0) & pd.Series([self._offered_to_some(*pair) for pair in pairs], dtype=bool)
        frame = frame.assign(
            verdict=frame["verdict"].mask(refused, "not_asked"),
            reason=frame["reason"].mask(refused, "not_offered"),
        )
        frame = frame.assign(n=frame["n"].astype("Int64").mask(frame["verdict"] == "hidden"))
        levels = zip(frame["by"], frame["level"], strict=True)
        return frame.assign(
            size=[
                self.size(n, few=why == "small_base")
                for n, why in zip(frame["n"], frame["reason"], strict=True)
            ],
            role=[self.role(*pair) for pair in pairs],
            answer=[self.answer(*pair) for pair in pairs],
            item=[self._item(*pair) for pair in pairs],
            group=[self.group(*pair) for pair in levels],
            value=[self.value(row) for row in frame.itertuples()],
            interval=[self.interval(row) for row in frame.itertuples()],
        )

    @cached_property
    def answers(self) -> pd.DataFrame:
        """Return the rows of answers and items: without don't know, not relevant and totals."""
        return self.rows[~self.rows["role"].isin([*NOT_DRAWN, TOTAL])]

    @cached_property
    def ordered(self) -> pd.DataFrame:
        """Return the answers: by size unless they have an order; none, other and gaps last."""
        if len(self.questions) == 1 and self.variable(self.questions[0]).kind != "multiple":
            return self.answers
        whole = (self.like or self).answers.dropna(subset="estimate")
        pairs = zip(whole["question"], whole["option"], strict=True)
        sizes: dict[Pair, float] = {}
        for pair, share in zip(pairs, whole["estimate"], strict=True):
            sizes[pair] = max(share, sizes.get(pair, share))
        own = zip(self.answers["role"], self.answers["question"], self.answers["option"], strict=True)
        keys = [(role in LAST, -sizes.get((name, option), -1.0)) for role, name, option in own]
        return self.answers.iloc[sorted(range(len(keys)), key=keys.__getitem__)]

    @cached_property
    def series(self) -> tuple[Pair, ...]:
        """Return the answers that are drawn, a question and an option each.

        A trend of many draws those that clearly changed and the largest of the rest.
        """
        pairs = pairs_of(self.ordered)
        pairs = [pair for pair in pairs if pair[1]] or pairs
        if self.kind != "trend" or len(pairs) <= MOST_SERIES:
            return tuple(pairs)
        clear = pd.DataFrame(columns=["question", "option"])
        if self.differences is not None:
            clear = self.differences[self.differences["p_adjusted"] < self.alpha]
        changed = set(pairs_of(clear))
        rest = [pair for pair in pairs if pair not in changed]
        kept = changed | set(rest[: max(0, MOST_SERIES - len(changed))])
        return tuple(pair for pair in pairs if pair in kept)

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """Return the answers that are drawn, and the gaps of whole questions."""
        pairs = zip(self.answers["question"], self.answers["option"], strict=True)
        kept = [not option or (question, option) in self.series for question, option in pairs]
        return self.answers[pd.Series(kept, index=self.answers.index, dtype=bool)]

    def shown(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that have a number."""
        return rows[rows["verdict"].isin(SHOWN) & rows["estimate"].notna()]

    def size(self, n: Any, *, few: bool = True) -> str:
        """Return a number of answers as text; without one it is said to be below the limit, or hidden."""
        if not pd.isna(n):
            return self.words.number.count(n)
        minimum = self.words.number.count(self.minimum_base)
        return self.words("gap.few", minimum=minimum) if few else self.words("gap.hidden")

    def size_of(self, rows: pd.DataFrame) -> str:
        """Return the number of answers of a group as text."""
        return self.size(rows["n"].max(), few=bool((rows["reason"] == "small_base").any()))

    def value(self, row: Any) -> str:
        """Return an estimate as text, marked when uncertain, or the word for the gap."""
        if row.verdict not in SHOWN:
            return self.words(f"gap.{row.verdict}")
        text = self.words.number.percent(row.estimate)
        return text + (self.words("gap.uncertain_mark") if row.verdict == "uncertain" else "")

    def interval(self, row: Any) -> str:
        """Return the interval of an estimate as text, or the reason for the gap."""
        if row.verdict not in SHOWN:
            return self.words(f"gap.{row.reason}")
        return self.words.number.interval(row.ci_low, row.ci_high)

    def _offered_to_some(self, name: str, option: str) -> bool:
        variable = self.variable(name)
        return bool(option) and variable.kind == "multiple" and variable.option(option).offered is not None

    def _item(self, name: str, option: str) -> str:
        if len(self.questions) == 1 or name in self.totals:
            return self.answer(name, option)
        options = set(self.estimates.loc[self.estimates["question"] == name, "option"]) - {""}
        if len(options) <= 1 or self.kind == "diverging":
            return self.label(name)
        return f"{self.label(name)}: {inline(self.answer(name, option))}"


def pairs_of(rows: pd.DataFrame) -> list[Pair]:
    """Return each question and option of some rows, once and in their order."""
    return list(dict.fromkeys(zip(rows["question"], rows["option"], strict=True)))
