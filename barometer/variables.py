"""The nouns of a questionnaire: options, bases, and the kinds of variable that can be estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from barometer.conditions import Condition
from barometer.documents import Text, nearest
from barometer.errors import Problem, ReportError

ROLES = ("answer", "dont_know", "not_relevant", "none", "other")


@dataclass(frozen=True)
class Option:
    """One answer to a question, or one item of a grid.

    `role` is one of `ROLES`. An `exclusive` option stands alone among the answers to a multiple
    question. `offered` says who was shown it (None: the whole base).
    """

    id: str
    label: Text
    role: str = "answer"
    exclusive: bool = False
    offered: Condition | None = None
    evidence: str = "known"


@dataclass(frozen=True)
class Base:
    """Who was asked; the label is a plural noun that fits "81 % of ..."."""

    id: str
    label: Text
    condition: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Variable:
    """Whatever can be estimated: kind single, multiple, flag or grid.

    `top` names the largest option in a title ("the most common type").
    """

    id: str
    label: Text
    kind: str
    base: Base
    options: tuple[Option, ...]
    top: Text = field(default_factory=dict)
    evidence: str = "known"

    @property
    def offered(self) -> Condition | None:
        """Who in the base was shown it; None is the whole base."""
        return None

    def option(self, name: str) -> Option:
        """Return one option; an unknown name is a ReportError with the nearest known one."""
        known = {option.id: option for option in self.options}
        if name not in known:
            problem = Problem(self.id, "one of its options", f"'{name}'", nearest(name, known))
            raise ReportError("An option is not in the questionnaire", [problem])
        return known[name]

    def with_role(self, *roles: str) -> tuple[str, ...]:
        """Return the ids of the options that have one of the roles, in order."""
        return tuple(option.id for option in self.options if option.role in roles)


@dataclass(frozen=True, kw_only=True)
class Question(Variable):
    """A question as asked. A grid asks the same options of each of its items: one an item, or many."""

    number: str
    wording: Text
    items: tuple[Option, ...] = ()
    select: str = "one"
    maximum: int | None = None

    def variable(self, item: Option) -> Item:
        """Return one row of the grid as a variable of its own."""
        return Item(
            id=f"{self.id}.{item.id}",
            label=item.label,
            kind="single" if self.select == "one" else "multiple",
            base=self.base,
            options=self.options,
            top=self.top,
            evidence="inferred" if "inferred" in (self.evidence, item.evidence) else "known",
            question=self,
            item=item,
        )


@dataclass(frozen=True, kw_only=True)
class Item(Variable):
    """One row of a grid, e.g. ``factors.employees``; single or multiple as the grid says."""

    question: Question
    item: Option

    @property
    def offered(self) -> Condition | None:
        """Who in the base was shown the row."""
        return self.item.offered


@dataclass(frozen=True, kw_only=True)
class Composite(Variable):
    """A variable counted from others: a condition an option.

    flag: yes or no, with a `predicate` for "81 % of the base <predicate>". single: the first option
    whose condition holds. multiple: each option by its own condition. With `parts` "available", what
    a wave did not ask is left out; with "all" the composite then counts as not asked in that wave.
    """

    recipe: Mapping[str, Condition]
    definition: Text
    predicate: Text = field(default_factory=dict)
    parts: str = "all"


@dataclass(frozen=True, kw_only=True)
class Register(Variable):
    """A background variable from a register, known for every workplace."""
