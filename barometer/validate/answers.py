"""Answers against the questionnaire: who was asked what, how much may be ticked, what excludes what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from barometer.conditions import Condition
from barometer.responses import Mask, Responses, Truth, all_of
from barometer.validate.findings import NAMED, Finding, error, some, warning
from barometer.variables import Question, Variable
from barometer.waves import Wave

# Rows are looked at in blocks of this size: memory stays at a few columns a question, however long the file.
BLOCK = 100_000


@dataclass(frozen=True)
class Fault:
    """A way in which an answer can contradict the questionnaire."""

    expected: str
    remedy: str
    error: bool = True


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "outside": Fault(
            "answers inside the base '{base}' only", "Empty them by corrections.yaml, or correct the base."
        ),
        "unknown": Fault(
            "answers whose base '{base}' is known",
            "They are left out: the question that decides the base is empty.",
            error=False,
        ),
        "empty": Fault(
            "an answer from everyone in the base '{base}'", "They count as no answer.", error=False
        ),
        "not_offered": Fault(
            "'{option}' from those only who were offered it", "Correct the answer, or who is offered it."
        ),
        "too_many": Fault("at most {maximum} options", "Correct them, or the maximum in the questionnaire."),
        "alone": Fault(
            "'{option}' without another option", "Decide which of them holds in corrections.yaml."
        ),
        "dont_know": Fault("'{option}' without an answer", "Decide which of them holds in corrections.yaml."),
    }
)


@dataclass
class _Tally:
    """How many units have a fault, and the first of them."""

    count: int = 0
    units: list[str] = field(default_factory=list)

    def add(self, units: Sequence[str], count: int) -> None:
        self.count += count
        self.units.extend(units[: NAMED + 1 - len(self.units)])


def check_answers(wave: Wave) -> Iterator[Finding]:
    """Give what is wrong with the answers of a wave, a finding for each question and kind of fault."""
    tallies: dict[tuple[str, str, str], _Tally] = {}
    names = [name for question in wave.instrument.questions for name in wave.instrument.expand(question)]
    asked = [name for name in names if wave.options(name)]
    for start in range(0, len(wave.frame), BLOCK):
        rows = wave.frame.iloc[start : start + BLOCK]
        block = Responses(instrument=wave.instrument, frame=rows, offered=wave.offered)
        for name in asked:
            for kind, option, mask in _faults(block, wave.instrument.variable(name)):
                if count := int(np.count_nonzero(mask)):
                    units = rows["unit"].to_numpy()[np.flatnonzero(mask)[: NAMED + 1]]
                    tallies.setdefault((name, kind, option), _Tally()).add(list(units), count)
    kinds = list(FAULTS)
    for name, kind, option in sorted(tallies, key=lambda key: (asked.index(key[0]), kinds.index(key[1]))):
        yield _finding(wave, name, kind, option, tallies[name, kind, option])


def _finding(wave: Wave, name: str, kind: str, option: str, tally: _Tally) -> Finding:
    variable, fault = wave.instrument.variable(name), FAULTS[kind]
    maximum = variable.maximum if isinstance(variable, Question) else None
    make = error if fault.error else warning
    return make(
        f"{wave.id}/{wave.meta.file}: {name}",
        fault.expected.format(base=variable.base.id, option=option, maximum=maximum),
        f"not so for {tally.count} of {len(wave.frame)} units: {some(tally.units)}",
        fault.remedy,
    )


def _faults(block: Responses, variable: Variable) -> Iterator[tuple[str, str, Mask]]:
    """Give each kind of fault of a question with who has it, and the option that it is about."""
    name, options = variable.id, block.options(variable.id)
    if variable.kind == "multiple":
        ticks = {option: block.frame[f"{name}/{option}"].to_numpy(float) for option in options}
        empty = np.logical_and.reduce([np.isnan(tick) for tick in ticks.values()])
        ticked = {option: tick == 1 for option, tick in ticks.items()}
        answered = np.logical_or.reduce(list(ticked.values()))
    else:
        answers = block.frame[name]
        empty = answers.isna().to_numpy()
        ticked = {option: (answers == option).to_numpy() for option in options}
        answered = ~empty
    base = _holds(block, (variable.base.condition, variable.offered))
    yield "outside", "", answered & (base == 0)
    yield "unknown", "", answered & np.isnan(base)
    yield "empty", "", empty & (base == 1)
    for option in options:
        if (offered := variable.option(option).offered) is not None:
            yield "not_offered", option, ticked[option] & (base == 1) & (block.truth(offered) == 0)
    if variable.kind == "multiple":
        yield from _ticked_too_much(variable, ticked)


def _ticked_too_much(variable: Variable, ticked: Mapping[str, Mask]) -> Iterator[tuple[str, str, Mask]]:
    number = np.sum(list(ticked.values()), axis=0)
    if isinstance(variable, Question) and variable.maximum is not None:
        counted = [ticked[option] for option in variable.with_role("answer", "other") if option in ticked]
        yield "too_many", "", np.sum(counted, axis=0) > variable.maximum
    for option, mask in ticked.items():
        if variable.option(option).exclusive:
            kind = "dont_know" if variable.option(option).role == "dont_know" else "alone"
            yield kind, option, mask & (number > 1)


def _holds(block: Responses, conditions: Sequence[Condition | None]) -> Truth:
    """Return for whom all the conditions hold: 1, 0, or NaN where that is not known."""
    parts = [block.truth(condition) for condition in conditions if condition is not None]
    return all_of(parts) if parts else np.ones(len(block.frame))
