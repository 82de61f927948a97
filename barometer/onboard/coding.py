"""What the codes of a column mean: found by their words, or by what they meant in earlier waves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from barometer.instrument import Instrument
from barometer.onboard.earlier import Memory, ticks
from barometer.onboard.likeness import likeness, same, words
from barometer.onboard.source import Source
from barometer.variables import Option

_MOST_CODES = 60  # more different values than this are a measurement, not codes
_CANDIDATES = 4
_LIKELY = 0.6  # as much as this like an option: what the file declares missing may be that option


@dataclass(frozen=True)
class Open:
    """A decision left to a person: what may be chosen, the best first, each with the reason."""

    candidates: Mapping[str, str]


Codes = Mapping[str, str | Open]


@dataclass(frozen=True)
class Coding:
    """The codes of one question; `remembered` are those known by earlier waves alone, without words."""

    codes: Codes
    remembered: tuple[str, ...] = ()

    @property
    def known(self) -> int:
        """Return how many codes have a meaning."""
        return sum(not isinstance(each, Open) for each in self.codes.values())


def code_question(
    name: str, columns: Sequence[str], source: Source, instrument: Instrument, memory: Memory
) -> Coding:
    """Find what the codes in the columns of a question, or of one register variable, mean.

    A code that stands in the file and has no certain meaning is `Open`; if the file declares it missing and
    its words are not like those of any option, it is no answer and left out. So is one that only the list of
    labels knows, unless its meaning is certain.
    """
    first = instrument.expand(name)[0]
    options = instrument.variable(first).options
    phrases = _phrases(first, options, memory)
    labelled: dict[str, set[str]] = {}
    for column in columns:
        for code, label in source.codes.get(column, {}).items():
            labelled.setdefault(code, set()).add(label)
    seen = list(dict.fromkeys(code for column in columns for code in source.observed(column)))
    if len(seen) > _MOST_CODES:
        return Coding({code: Open({}) for code in seen[:_MOST_CODES]})
    declared = {code for column in columns for code in source.missing.get(column, ())}
    before = memory.codes(first, columns)
    found: dict[str, str | Open] = {}
    remembered = []
    for code in sorted({*labelled, *seen, *declared}, key=_by_number):
        certain = _meaning(labelled.get(code, set()), phrases)
        if not labelled and len(before.get(code, ())) == 1:
            certain = next(iter(before[code]))
            remembered.append(code)
        if certain:
            found[code] = certain
        elif code in seen or code in declared:
            label = " / ".join(sorted(labelled.get(code, ())))
            scores = _scores(label, phrases)
            if code in seen or max(scores.values()) >= _LIKELY:
                found[code] = _open(label, scores, before.get(code, ()))
    return Coding(found, tuple(remembered))


def _by_number(code: str) -> tuple[float, str]:
    try:
        return float(code), code
    except ValueError:
        return np.inf, code


def _phrases(name: str, options: Iterable[Option], memory: Memory) -> dict[str, tuple[str, ...]]:
    """Return all words for each option: those of the questionnaire, its id, those of earlier files."""
    found = {option.id: (*option.label.values(), option.id.replace("_", " ")) for option in options}
    for label, option in memory.code_labels(name):
        if option in found:
            found[option] = (*found[option], label)
    return found


def _meaning(labels: Iterable[str], phrases: Mapping[str, Sequence[str]]) -> str:
    """Return the one option that all labels of a code mean, or nothing."""
    meanings = [
        {
            option
            for option, texts in phrases.items()
            if any(same(words(label), words(text)) for text in texts)
        }
        for label in labels
    ]
    common = set.intersection(*meanings) if meanings else set()
    return next(iter(common)) if len(common) == 1 else ""


def _scores(label: str, phrases: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return how alike a label and the words for each option are."""
    flat = [(option, text) for option, texts in phrases.items() for text in texts]
    scores = dict.fromkeys(phrases, 0.0)
    if label:
        for (option, _), score in zip(flat, likeness([label], [text for _, text in flat])[0], strict=True):
            scores[option] = max(scores[option], float(score))
    return scores


def _open(label: str, scores: Mapping[str, float], before: Iterable[str]) -> Open:
    best = sorted(scores, key=lambda option: (scores[option], option in before), reverse=True)[:_CANDIDATES]
    said = f' "{label}"' if label else ", no label"
    return Open({option: f"{scores[option]:.2f}{said}" for option in best})


def code_ticks(
    target: str, column: str, source: Source, instrument: Instrument, memory: Memory
) -> str | Open:
    """Find the code for ticked in a column of one option.

    Certain are 1 without words, alone or beside 0, and what is called yes or as an earlier wave called
    ticked, while the other value is called no or as not ticked.
    """
    labels = source.answers(column)
    seen = source.observed(column)
    if not labels and {*seen} <= {"0", "1"}:
        return "1"
    ticked, unticked = ticks(memory, target)
    yes = {*ticked, *_labels(instrument, "yes")}
    no = {*unticked, *_labels(instrument, "no")}
    known = list(dict.fromkeys((*labels, *seen)))
    positive = [each for each in known if _says(labels.get(each, ""), yes)]
    if len(positive) == 1 and not [
        each for each in seen if each != positive[0] and not _says(labels.get(each, ""), no)
    ]:
        return positive[0]
    return Open({each: labels.get(each, "no label") for each in known})


def _labels(instrument: Instrument, option: str) -> set[str]:
    """Return what the questionnaire calls yes or no, wherever it asks for them."""
    questions = instrument.questions.values()
    options = (each for question in questions for each in question.options if each.id == option)
    return {label for each in options for label in each.label.values()}


def _says(label: str, texts: Iterable[str]) -> bool:
    return any(same(words(label), words(text)) for text in texts)
