"""The answers of one survey in harmonised terms: who was asked, what was ticked, composites by recipe.

Truth has three values, as floats: 1, 0 and NaN. NaN is a question asked and left empty. What the
routing did not ask counts as 0 in a recipe, so that "reused, else not" has an answer for everyone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from barometer.conditions import AllOf, Answer, AnyOf, Condition, Count, Not, leaves
from barometer.instrument import Instrument
from barometer.variables import Composite, Variable

Truth = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Indicators:
    """One column an option: 1 ticked, 0 not, NaN outside the base, not offered or no answer."""

    variable: str
    options: tuple[str, ...]
    values: Truth


@dataclass(frozen=True)
class Groups:
    """Membership, one column a level; the levels of a multiple question may overlap."""

    variable: str
    levels: tuple[str, ...]
    member: Mask


def any_of(parts: Sequence[Truth]) -> Truth:
    """Return 1 where a part is 1, else NaN where a part is NaN, else 0."""
    stacked = np.stack(parts)
    missing = np.where(np.isnan(stacked).any(axis=0), np.nan, 0.0)
    return np.where((stacked == 1).any(axis=0), 1.0, missing)


def all_of(parts: Sequence[Truth]) -> Truth:
    """Return 0 where a part is 0, else NaN where a part is NaN, else 1."""
    return 1 - any_of([1 - part for part in parts])


@dataclass(frozen=True, kw_only=True)
class Responses:
    """Harmonised answers; one row of the frame is one workplace.

    Parameters
    ----------
    frame
        Columns ``reuse`` (category of option ids), ``partners/citizens`` (1, 0, NaN),
        ``factors.employees``, ``phases.companies/idea``, and the register variables.
    offered
        The options that the survey offered, by question, item and register variable; what is not
        here was not asked.
    within
        The rows that count (a segment); None is all of them.
    levels, whole
        What the rows that count are limited to, by register variable, and the answers without that limit.
    """

    instrument: Instrument
    frame: pd.DataFrame
    offered: Mapping[str, tuple[str, ...]]
    within: Mask | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    whole: Any = field(default=None, repr=False, compare=False)
    _cache: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False, compare=False)

    def _once(self, key: tuple[str, str], make: Callable[[], Any]) -> Any:
        """Return what was made before under the key, else make it."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    def asks(self, name: str) -> bool:
        """Tell whether the survey asked the variable, or enough to count the composite."""
        return self.instrument.has(name) and any(self.options(each) for each in self.instrument.expand(name))

    def why_not(self, name: str) -> str:
        """Return why a variable is not asked: ``not_in_survey`` or ``not_in_wave``."""
        return "not_in_wave" if self.instrument.has(name) else "not_in_survey"

    def options(self, name: str) -> tuple[str, ...]:
        """Return the options that were offered, or can be counted, in the order of the questionnaire."""
        return self._once(("options of", name), lambda: self._options(name))

    def _options(self, name: str) -> tuple[str, ...]:
        variable = self.instrument.variable(name)
        known = (option.id for option in variable.options)
        if not isinstance(variable, Composite):
            return tuple(option for option in known if option in self.offered.get(name, ()))
        counted = self._recipe(variable)
        if variable.kind == "multiple":
            return tuple(option for option in known if option in counted)
        return tuple(known) if len(counted) == len(variable.recipe) else ()

    def asked(self, name: str) -> Mask:
        """Return who was asked: in the base and, for an item of a grid, offered it."""
        return self._once(("asked", name), lambda: self._asked(self.instrument.variable(name)))

    def _asked(self, variable: Variable) -> Mask:
        conditions = [each for each in (variable.base.condition, variable.offered) if each is not None]
        mask = np.ones(len(self.frame), bool) if self.within is None else self.within
        return np.logical_and.reduce([mask, *(self.truth(each) == 1 for each in conditions)])

    def indicators(self, name: str) -> Indicators:
        """Return 1/0 per option for everyone asked; a flag gives the single option ``yes``."""
        variable = self.instrument.variable(name)
        options = ("yes",) if variable.kind == "flag" else self.options(name)
        values = np.column_stack(
            [np.where(self.shown(name, each), self.ticked(name, each), np.nan) for each in options]
        )
        if not self.instrument.dont_know_in_base and "dont_know" in options:
            at = options.index("dont_know")
            values = np.delete(np.where(values[:, [at]] == 1, np.nan, values), at, axis=1)
            options = options[:at] + options[at + 1 :]
        return Indicators(name, options, values)

    def shown(self, name: str, option: str) -> Mask:
        """Return who was asked and offered the option."""
        offered = self.instrument.variable(name).option(option).offered
        asked = self.asked(name)
        return asked if offered is None else asked & (self.truth(offered) == 1)

    def groups(self, name: str) -> Groups:
        """Return who belongs to each level; don't know and not relevant are no groups."""
        roles = self.instrument.variable(name).with_role("answer", "none", "other")
        levels = tuple(option for option in self.options(name) if option in roles)
        member = np.column_stack([self.ticked(name, level) == 1 for level in levels])
        return Groups(name, levels, member & self.asked(name)[:, None])

    def no_answer(self, name: str) -> int:
        """Return how many were asked and left it empty, or too empty to count the composite."""
        unknown = [np.isnan(self.ticked(name, option)) for option in self.options(name)]
        return int((np.logical_or.reduce(unknown) & self.asked(name)).sum())

    def ticked(self, name: str, option: str) -> Truth:
        """Return whether each workplace ticked the option: 0 where not asked, NaN where left empty."""
        return self._once((name, option), lambda: self._ticked(self.instrument.variable(name), option))

    def _ticked(self, variable: Variable, option: str) -> Truth:
        if isinstance(variable, Composite):
            value = self._counted(variable, option)
        elif variable.kind == "multiple":
            value = self.frame[f"{variable.id}/{option}"].to_numpy(float)
        else:
            codes, answers = self._once(("answers to", variable.id), lambda: self._factorized(variable.id))
            value = np.array([*(each == option for each in answers), np.nan])[codes]
        return np.where(self.shown(variable.id, option), value, 0.0)

    def _factorized(self, name: str) -> tuple[NDArray[np.intp], list[str]]:
        """Return the place of each answer in a list of all that occur; -1 where it was left empty."""
        codes, answers = pd.factorize(self.frame[name])
        return codes, answers.tolist()

    def _counted(self, composite: Composite, option: str) -> Truth:
        """Return an option of a composite; of a single one, the first whose condition holds counts."""
        recipe = self._recipe(composite)
        if composite.kind == "flag":
            yes = self.truth(recipe["yes"])
            return yes if option == "yes" else 1 - yes
        if composite.kind == "multiple":
            return self.truth(recipe[option])
        before = [1 - self.truth(recipe[each]) for each in recipe if each != option]
        return all_of([self.truth(recipe[option]), *before[: list(recipe).index(option)]])

    def _recipe(self, composite: Composite) -> Mapping[str, Condition]:
        """Return the conditions that this survey can count, without the parts that it did not ask."""
        return self._once(("recipe of", composite.id), lambda: self._found(composite))

    def _found(self, composite: Composite) -> Mapping[str, Condition]:
        partly = composite.parts == "available"
        found = {option: self._countable(each, partly=partly) for option, each in composite.recipe.items()}
        return {option: condition for option, condition in found.items() if condition is not None}

    def _countable(self, condition: Condition, *, partly: bool) -> Condition | None:
        match condition:
            case Answer(name, options):
                known = tuple(option for option in options if option in self.options(name))
                return Answer(name, known) if known else None
            case Count(name):
                return condition if self.options(name) else None
            case Not(part):
                inner = self._countable(part, partly=partly)
                return None if inner is None else Not(inner)
            case AnyOf(parts) | AllOf(parts):
                found = [self._countable(part, partly=partly) for part in parts]
                kept = tuple(part for part in found if part is not None)
                enough = kept if partly and isinstance(condition, AnyOf) else len(kept) == len(parts)
                return type(condition)(kept) if enough else None

    def truth(self, condition: Condition) -> Truth:
        """Return whether a condition holds for each workplace: 1, 0, or NaN where that is not known."""
        nothing = np.zeros(len(self.frame))
        match condition:
            case Answer(name, options):
                known = [option for option in options if option in self.options(name)]
                return any_of([nothing, *(self.ticked(name, option) for option in known)])
            case Count(name, minimum, maximum):
                counted = self.instrument.variable(name).with_role("answer", "other")
                ticks = (self.ticked(name, option) for option in self.options(name) if option in counted)
                number = sum(ticks, start=nothing)
                inside = (number >= minimum) & (number <= (np.inf if maximum is None else maximum))
                return np.where(np.isnan(number), np.nan, inside)
            case Not(part):
                return 1 - self.truth(part)
            case AnyOf(parts):
                return any_of([self.truth(part) for part in parts])
            case AllOf(parts):
                return all_of([self.truth(part) for part in parts])

    def rests_on(self, name: str, option: str = "") -> frozenset[tuple[str, str]]:
        """Return the question and option pairs behind a variable and its base, as this survey has them.

        Two surveys give comparable figures only when these are the same. One option of a multiple
        question stands alone; the options of a single question compete, so all of them count.
        """
        return self._once((f"{name} rests on", option), lambda: self._rests_on(name, option))

    def _rests_on(self, name: str, option: str) -> frozenset[tuple[str, str]]:
        if name not in (expanded := self.instrument.expand(name)):
            return frozenset().union(*(self.rests_on(each, option) for each in expanded))
        variable = self.instrument.variable(name)
        chosen = {option} if option and variable.kind == "multiple" else set(self.options(name))
        if isinstance(variable, Composite):
            recipe = self._recipe(variable)
            conditions = [
                each for key, each in recipe.items() if key in chosen or variable.kind != "multiple"
            ]
            pairs = frozenset[tuple[str, str]]()
        else:
            conditions = []
            pairs = frozenset((name, each) for each in chosen.intersection(self.options(name)))
        asked = [each for each in (variable.base.condition, variable.offered) if each is not None]
        parts = [leaf for condition in (*conditions, *asked) for leaf in leaves(condition)]
        return pairs.union(*(self.rests_on(leaf.variable, each) for leaf in parts for each in _named(leaf)))


def _named(leaf: Answer | Count) -> tuple[str, ...]:
    """Return the options that a leaf names; a count names none and so rests on all of them."""
    return leaf.options if isinstance(leaf, Answer) else ("",)
