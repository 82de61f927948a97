"""What a column of a survey file can be: an answer to a question, a background, a part of the design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from barometer.instrument import Instrument
from barometer.onboard.earlier import DESIGN, Memory
from barometer.variables import Item, Option, Question, Variable


@dataclass(frozen=True)
class Target:
    """One thing to find a column for.

    `name` is ``reuse``, ``factors.employees``, ``partners/citizens``, ``phases.companies/idea``,
    ``sector`` or ``design.weight``; `whole` is the question, register variable or ``design``.
    `phrases` are all the ways in which a column for it may be labelled.
    """

    name: str
    phrases: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Return the question, the register variable, or ``design``."""
        return self.name.partition("/")[0].partition(".")[0]

    @property
    def ticked(self) -> bool:
        """Tell whether the column holds ticks of one option."""
        return "/" in self.name


def list_targets(instrument: Instrument, memory: Memory) -> tuple[Target, ...]:
    """Return everything that a column may hold, in the order of the questionnaire."""
    found: list[tuple[str, set[str]]] = [
        (name, set(each.label.values())) for name, each in instrument.register.items()
    ]
    for name, question in instrument.questions.items():
        for part in instrument.expand(name):
            variable = instrument.variable(part)
            if variable.kind == "multiple":
                found += [
                    (f"{part}/{each.id}", _phrases(question, variable, each)) for each in variable.options
                ]
            else:
                found.append((part, _phrases(question, variable, None)))
    found += [(f"design.{key}", set()) for key in (*DESIGN, "mark")]
    return tuple(Target(name, tuple(sorted({*texts, *memory.labels.get(name, ())}))) for name, texts in found)


def _phrases(question: Question, variable: Variable, option: Option | None) -> set[str]:
    """Return the words of the question, the item and the option, together and without the question."""
    return {
        " ".join(part for part in parts if part)
        for language in question.label
        for parts in _parts(question, variable, option, language)
    }


def _parts(
    question: Question, variable: Variable, option: Option | None, language: str
) -> Iterator[tuple[str, ...]]:
    stems = (question.label[language], question.wording[language])
    leaves = [each.label[language] for each in (_item(variable), option) if each]
    yield from ((stem, *leaves) for stem in stems)
    if leaves:
        yield from product(*([leaf] for leaf in leaves))


def _item(variable: Variable) -> Option | None:
    return variable.item if isinstance(variable, Item) else None
