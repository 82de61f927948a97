"""Write down what was found as a wave.yaml; what was not found for certain stands there as a `todo`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from barometer.instrument import Instrument
from barometer.onboard.coding import Coding, Open, code_question, code_ticks
from barometer.onboard.earlier import Memory
from barometer.onboard.matching import NAMED, Matching
from barometer.onboard.sampling import find_design, strata_total, sum_of_weights
from barometer.onboard.source import Source
from barometer.onboard.targets import Target, list_targets
from barometer.variables import Question

NOT_OFFERED = "no column found; delete the line if it was not offered"
_DELETE = "or delete the line"
_LIKE = 0.75  # of the best candidate of a question that has no certain column
_TAKEN_OVER = 6  # names in a check before it says how many more there are


@dataclass(frozen=True)
class Description:
    """A wave file in the making: `document` holds `Open` where a person must decide.

    `how` says by what each certain column was found; `left` are the columns that nothing uses.
    """

    document: Mapping[str, Any]
    how: Mapping[str, str]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Describer:
    """Everything that is known about a file when its wave is described."""

    source: Source
    instrument: Instrument
    memory: Memory
    matching: Matching
    targets: tuple[Target, ...]

    def column(self, target: str, otherwise: str = NOT_OFFERED) -> str | Open:
        """Return the column of a target, or what there is to choose from."""
        found = self.matching.columns(target)
        return found[0] if found else Open(self.matching.open.get(target) or {otherwise: ""})

    def touched(self, whole: str) -> bool:
        """Tell whether a question has a column, certain or very much like it."""
        names = [target.name for target in self.targets if target.whole == whole]
        best = (next(iter(self.matching.open.get(name, {}).values()), "0") for name in names)
        return any(name in self.matching.certain for name in names) or any(
            float(text.partition(" ")[0]) >= _LIKE or text.endswith(NAMED) for text in best
        )

    def single(self, name: str) -> dict[str, Any]:
        """Describe a question of one column, or a background variable."""
        column = self.column(name)
        choices = [column] if isinstance(column, str) else list(self.matching.open.get(name, ()))
        codes = self._codes(name, [[choice] for choice in choices])
        return {"column": column, "codes": codes} | self._no_answer(name)

    def question(self, question: Question) -> dict[str, Any]:
        """Describe a question as its kind needs it."""
        parts = self.instrument.expand(question.id)
        many = self.instrument.variable(parts[0]).kind == "multiple"
        if not question.items:
            return self._ticked(question) if many else self.single(question.id)
        if many:
            items = {item.id: self._options(f"{question.id}.{item.id}") for item in question.items}
            return {"ticked": self._ticks(question.id), "items": items} | self._no_answer(question.id)
        columns = {item.id: self.column(f"{question.id}.{item.id}") for item in question.items}
        certain = [column for column in columns.values() if isinstance(column, str)]
        candidates = [next(iter(self.matching.open[part])) for part in parts if part in self.matching.open]
        codes = self._codes(question.id, [certain or candidates])
        return {"codes": codes, "items": columns} | self._no_answer(question.id)

    def _ticked(self, question: Question) -> dict[str, Any]:
        ticked = {"ticked": self._ticks(question.id), "options": self._options(question.id)}
        return ticked | self._no_answer(question.id)

    def declared_missing(self, name: str) -> Iterator[tuple[str, str, str | Open]]:
        """Give column, code and meaning, empty for none, of what the file declares missing in a question."""
        columns = [c for each in self.targets if each.whole == name for c in self.matching.columns(each.name)]
        columns = [column for column in columns if column in self.source.missing]
        many = any(each.ticked for each in self.targets if each.whole == name)
        codes = {} if many or not columns else self.coding(name, columns).codes
        for column in columns:
            yield from ((column, code, codes.get(code, "")) for code in self.source.missing[column])

    def _no_answer(self, name: str) -> dict[str, Any]:
        codes = dict.fromkeys(_key(code) for _, code, meaning in self.declared_missing(name) if not meaning)
        return {"no_answer": [*codes]} if codes else {}

    def coding(self, name: str, columns: Sequence[str]) -> Coding:
        """Find what the codes in some columns of a question mean."""
        return code_question(name, columns, self.source, self.instrument, self.memory)

    def _options(self, part: str) -> dict[str, Any] | Open:
        options = {
            each.id: self.column(f"{part}/{each.id}") for each in self.instrument.variable(part).options
        }
        nothing = not any(
            f"{part}/{option}" in {**self.matching.certain, **self.matching.open} for option in options
        )
        return Open({NOT_OFFERED: ""}) if nothing else options

    def _codes(self, name: str, choices: Sequence[Sequence[str]]) -> Any:
        """Return the codes; where columns to choose from are coded differently, the codes of each."""
        codings = [self.coding(name, columns) for columns in choices]
        if len({str(coding.codes) for coding in codings}) > 1:
            each = zip(choices, codings, strict=True)
            return Open({columns[0]: _in_words(coding) for columns, coding in each})
        return {_key(code): option for code, option in codings[0].codes.items()} if codings else Open({})

    def _ticks(self, whole: str) -> Any:
        """Return the code for ticked: one for all, one for each option, or what there is to choose from."""
        found: dict[str, set[str]] = {}
        unsure: dict[str, str] = {}
        for target in (each for each in self.targets if each.whole == whole and each.ticked):
            codes = found.setdefault(target.name.partition("/")[2], set())
            choices = (*self.matching.columns(target.name), *self.matching.open.get(target.name, ()))
            for column in choices[:1]:
                code = code_ticks(target.name, column, self.source, self.instrument, self.memory)
                if isinstance(code, Open):
                    unsure |= code.candidates
                else:
                    codes.add(code)
        sure = [code for codes in found.values() for code in codes]
        if unsure or not sure or any(len(codes) > 1 for codes in found.values()):
            return Open({**dict.fromkeys(sure, "in other columns"), **unsure})
        if len({*sure}) == 1:
            return _key(sure[0])
        return [_key(next(iter(codes), sure[0])) for codes in found.values()]


def describe(
    name: str, file: str, source: Source, *, instrument: Instrument, memory: Memory, matching: Matching
) -> Description:
    """Describe a wave from its file, as far as that is certain.

    Parameters
    ----------
    name
        What the wave is called.
    file
        The name of the file in the folder of the wave.
    """
    describer = Describer(source, instrument, memory, matching, list_targets(instrument, memory))
    registers = {
        each: describer.single(each) if describer.touched(each) else Open({NOT_OFFERED: ""})
        for each in instrument.register
    }
    asked = {key: each for key, each in instrument.questions.items() if describer.touched(key)}
    questions = {key: describer.question(each) for key, each in asked.items()}
    absent = [key for key in instrument.questions if key not in asked]
    known = tuple(column for each in registers for column in matching.columns(each))
    design = find_design(source, matching, registers=known)
    document = {
        **_head(name, file, source, design, describer),
        "design": design,
        "register": registers,
        "questions": questions,
        "not_asked": Open(dict.fromkeys(absent, "")) if absent else [],
        "breaks": [],
    }
    how = {match.column: match.how for matches in matching.certain.values() for match in matches}
    checks = list(_checks(describer, how))
    left = tuple(column for column in source.frame if column not in how)
    return Description(document | ({"checks": Open(dict.fromkeys(checks, ""))} if checks else {}), how, left)


def _head(
    name: str, file: str, source: Source, design: Mapping[str, Any], describer: Describer
) -> dict[str, Any]:
    """Return who made the wave and when, as far as the file, its name and earlier waves tell."""
    languages = describer.instrument.languages
    last = describer.memory.waves[0] if describer.memory.waves else None
    titles = last.document.get("title", {}) if last else {}
    renamed = {each: str(titles.get(each, "")).replace(last.id if last else "", name) for each in languages}
    sources = last.document.get("source", {}) if last else {}
    years = re.fullmatch(r"(\d{4})-(\d{4})", name)
    period = (
        {"from": f"{years[1]}-01", "to": f"{years[2]}-12"} if years else {"from": "a month", "to": "a month"}
    )
    mark = describer.matching.columns("design.mark")
    head: dict[str, Any] = {
        "title": {
            each: text if last and name in text else Open({text or "a title": ""})
            for each, text in renamed.items()
        },
        "synthetic": True if mark else Open({"false": "real answers", "true": "made up"}),
        "period": {key: Open({text: ""}) for key, text in period.items()},
        "fieldwork": Open({f"words in {' and '.join(languages)}, {_DELETE}": ""}),
        **_sizes(source, design),
        "source": {each: Open({str(sources.get(each, "whose data these are")): ""}) for each in languages},
        "file": file,
    }
    return head | ({"format": dict(source.form)} if source.form else {}) | ({"mark": mark[0]} if mark else {})


def _sizes(source: Source, design: Mapping[str, Any]) -> dict[str, Any]:
    """Return population, sample, responses and their rate; sums over the strata where these are certain."""
    rows = len(source.frame)
    found: dict[str, Any] = {}
    for key, guess in (("population", sum_of_weights(source.frame, design)), ("sample", "")):
        certain = isinstance(design["strata"], list) and isinstance(design[key], str)
        total = strata_total(source.frame, design["strata"], design[key]) if certain else None
        found[key] = total or Open(
            {**({guess: "the sum of the weights"} if guess else {}), f"a number, {_DELETE}": ""}
        )
    found["responses"] = rows
    return found | (
        {"response_rate": round(rows / found["sample"], 4)} if isinstance(found["sample"], int) else {}
    )


def _checks(describer: Describer, how: Mapping[str, str]) -> Iterator[str]:
    """Give what is certain only as far as names and codes keep their meaning, to be read by a person."""
    source = describer.source
    by_name = [column for column, reason in how.items() if reason == "name"]
    if by_name:
        yield f"known by their names alone, the file has no labels for them: {_some(by_name)}"
    for name in (*describer.instrument.register, *describer.instrument.questions):
        columns = [
            column
            for part in describer.instrument.expand(name)
            for column in describer.matching.columns(part)
        ]
        coding = describer.coding(name, columns)
        if coding.remembered:
            meanings = [f"{code} {coding.codes[code]}" for code in coding.remembered]
            yield f"{name}: the file has no words for these codes, taken as {_some(meanings)}"
    for column, before in describer.matching.renamed.items():
        yield f"{column} was {before} in an earlier wave; now its label says '{source.labels[column][:60]}'"
    yield from _declared_missing(describer)


def _declared_missing(describer: Describer) -> Iterator[str]:
    """Give each code that the file declares missing, what it is taken as, and where it stands."""
    source = describer.source
    found: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for name in (*describer.instrument.register, *describer.instrument.questions):
        for column, code, meaning in describer.declared_missing(name):
            if (count := source.missing[column][code]) and not isinstance(meaning, Open):
                label = source.codes.get(column, {}).get(code, "no label")
                found[code, label, meaning or "no answer"][column] = count
    for (code, label, meaning), counts in found.items():
        where = f"answers: {sum(counts.values())}, in {_some([*counts])}"
        yield f'the file declares {code} "{label}" missing, taken as {meaning}; {where}'


def _some(names: Sequence[str]) -> str:
    more = len(names) - _TAKEN_OVER
    return ", ".join(names[:_TAKEN_OVER]) + (f" and {more} more" if more > 0 else "")


def _in_words(coding: Coding) -> str:
    parts = (f"{code}: {'todo' if isinstance(each, Open) else each}" for code, each in coding.codes.items())
    return "{" + ", ".join(parts) + "}"


def _key(code: str) -> int | str:
    """Return a code as wave.yaml writes it: a number where it is one."""
    return int(code) if re.fullmatch(r"-?(0|[1-9]\d{0,17})", code) else code
