"""A small stand-in for a wave, with answers given as columns: as much as estimates and comparisons need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from barometer.design import Design
from barometer.responses import Groups, Indicators


@dataclass(frozen=True)
class Answers:
    """A variable: its columns by option, and the options that the wave did not offer."""

    kind: str
    columns: Mapping[str, Sequence[float]]
    not_offered: tuple[str, ...] = ()


@dataclass(frozen=True)
class StandIn:
    """A wave, and its own instrument; a variable that is None was not asked."""

    design: Design
    variables: Mapping[str, Answers | None]
    id: str = "later"

    def link(self, _: StandIn) -> None:
        """Return that the stand-ins share no workplaces."""

    @property
    def instrument(self) -> StandIn:
        return self

    def expand(self, name: str) -> tuple[str, ...]:
        return tuple(each for each in self.variables if each.startswith(f"{name}.")) or (name,)

    def variable(self, name: str) -> SimpleNamespace:
        answers = self.variables[name]
        options = (*answers.columns, *answers.not_offered)
        return SimpleNamespace(kind=answers.kind, options=[SimpleNamespace(id=each) for each in options])

    def asks(self, name: str) -> bool:
        return any(self.variables.get(each) for each in self.expand(name))

    def why_not(self, name: str) -> str:
        return "not_in_wave" if name in self.variables else "not_in_survey"

    def indicators(self, name: str) -> Indicators:
        columns = self.variables[name].columns
        return Indicators(name, tuple(columns), np.array([*columns.values()], dtype=float).T)

    def groups(self, name: str) -> Groups:
        found = self.indicators(name)
        if self.variables[name].kind == "flag":
            return Groups(name, ("yes", "no"), found.values == [1, 0])
        kept = [index for index, option in enumerate(found.options) if option != "dont_know"]
        return Groups(name, tuple(found.options[i] for i in kept), found.values[:, kept] == 1)
