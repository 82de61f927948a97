"""What the chapter on method says, all of it from the waves and the parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from barometer.comparability import break_between
from barometer.corrections import Answer
from barometer.formats import Words, inline
from barometer.instrument import Instrument
from barometer.params import Params
from barometer.tables import Column, TableDoc
from barometer.variables import Item
from barometer.waves import Wave


@dataclass(frozen=True)
class Listing:
    """A table of the method chapter: its anchor, title, caption and cells."""

    id: str
    title: str
    caption: str
    table: TableDoc


@dataclass(frozen=True)
class Glossary:
    """Terms of the method chapter and what they mean."""

    title: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Method:
    """The waves of a report and the decisions it was made with; `sections` holds what can be said of them."""

    waves: tuple[Wave, ...]
    params: Params
    words: Words

    @property
    def instrument(self) -> Instrument:
        """Return the questionnaire that the waves have in common."""
        return self.waves[-1].instrument

    def section(self, name: str) -> tuple[Listing | Glossary, ...]:
        """Return what a section of the chapter shows."""
        return tuple(SECTIONS[name](self))

    def listing(
        self, name: str, rows: Sequence[Sequence[str]], kinds: Mapping[str, str], **values: str
    ) -> Listing:
        """Return a table whose words stand under its name in the words files; `kinds` are its columns."""
        columns: list[Column] = [
            {"label": self.words(f"method.{key}"), "kind": kind} for key, kind in kinds.items()
        ]
        table: TableDoc = {"columns": columns, "rows": [list(row) for row in rows], "notes": []}
        title = self.words(f"method.{name}_title", **values)
        return Listing(name.replace("_", "-"), title, self.words(f"method.{name}_caption", **values), table)

    def glossary(self, name: str, texts: Mapping[str, str]) -> Glossary:
        """Return terms with their texts; the terms stand in the words files."""
        items = tuple((self.words(f"method.{key}_term"), text) for key, text in texts.items())
        return Glossary(self.words(f"method.{name}_title"), items)


def editions(method: Method) -> Iterator[Listing]:
    """Give one row a wave: period, fieldwork, population, sample, answers."""
    words, number = method.words, method.words.number

    def count(value: float | None) -> str:
        return words("method.unknown") if value is None else number.count(value)

    rows = []
    for wave in method.waves:
        meta = wave.meta
        rate = words("method.unknown") if meta.response_rate is None else number.percent(meta.response_rate)
        rows.append(
            [
                wave.id,
                words.number.date(meta.period[0]) + " – " + words.number.date(meta.period[1]),
                words.text(meta.fieldwork) if meta.fieldwork else words("method.unknown"),
                *map(count, (meta.population, meta.sample, meta.responses)),
                rate,
                words("method.yes" if wave.synthetic else "method.no"),
            ]
        )
    kinds = dict.fromkeys(("edition", "period", "fieldwork"), "text")
    kinds |= dict.fromkeys(("population", "sample", "responses", "response_rate"), "number") | {
        "synthetic": "text"
    }
    yield method.listing("editions", rows, kinds)


def response(method: Method) -> Iterator[Listing]:
    """Give population, sample and answers by each register variable that the strata lie within."""
    words, number, wave = method.words, method.words.number, method.waves[-1]
    kinds = {"level": "text"} | dict.fromkeys(
        ("population", "sample", "responses", "response_rate", "share_of_responses", "share_of_population"),
        "number",
    )
    for name, register in method.instrument.register.items():
        if not (wave.asks(name) and wave.knows_response_by(name)):
            continue
        table = wave.response_by(name)
        rows = [
            [
                method.instrument.label(name, row.level, words.language),
                *map(number.count, (row.population, row.sample, row.responses)),
                number.percent(row.responses / row.sample),
                number.percent(row.responses / table["responses"].sum()),
                number.percent(row.population / table["population"].sum()),
            ]
            for row in table.itertuples()
        ]
        values = {"wave": wave.id, "group": inline(words.text(register.label))}
        yield replace(method.listing("response", rows, kinds, **values), id=f"response-by-{name}")


def design(method: Method) -> Iterator[Listing]:
    """Give the size of the strata, the weights and what they cost in precision."""
    words, number, wave = method.words, method.words.number, method.waves[-1]
    weights, strata = wave.design.weights, wave.frame["stratum"].value_counts()
    # Kish (1965): unequal weights alone raise the variance of a mean by 1 + cv^2.
    effect = len(weights) * float(np.sum(weights**2)) / float(np.sum(weights)) ** 2
    low, middle, high = (number.decimal(float(np.quantile(weights, at)), 1) for at in (0, 0.5, 1))
    quantities = {
        "responses": number.count(len(weights)),
        "sum_of_weights": number.count(float(weights.sum())),
        "fraction": number.percent(len(weights) / float(weights.sum())),
        "strata": number.count(len(strata)),
        "smallest_stratum": number.count(strata.min()),
        "weight_range": f"{low} – {middle} – {high}",
        "weight_effect": number.decimal(effect, 2),
        "n_effective": number.count(len(weights) / effect),
    }
    rows = [[words(f"method.{key}"), text] for key, text in quantities.items()]
    yield method.listing("design", rows, {"quantity": "text", "value": "number"}, wave=wave.id)


def uncertainty(method: Method) -> Iterator[Glossary]:
    """Give how intervals and tests are made."""
    words, params = method.words, method.params
    yield method.glossary(
        "uncertainty",
        {
            "interval": words(
                "method.interval_text",
                confidence=words.number.percent(params.confidence),
                interval=words(f"method.interval_{params.interval}"),
            ),
            "groups": words("method.groups_text"),
            "waves": words("method.waves_text"),
            "level": words(
                "method.level_text",
                alpha=words.number.fraction(params.test.alpha),
                adjustment=words(f"method.adjustment_{params.test.adjustment}"),
            ),
            "reference": words("method.reference_text"),
        },
    )


def comparability(method: Method) -> Iterator[Listing | Glossary]:
    """Give what each wave asked, and where and why a series breaks."""
    words, instrument = method.words, method.instrument
    rows = [
        [words.text(variable.label), *(_asked(method, name, wave) for wave in method.waves)]
        for name, variable in {**instrument.questions, **instrument.composites}.items()
    ]
    listing = method.listing("comparability", rows, {"question": "text"})
    columns: list[Column] = [{"label": wave.id, "kind": "text"} for wave in method.waves]
    table: TableDoc = {**listing.table, "columns": [*listing.table["columns"], *columns]}
    yield Listing(listing.id, listing.title, listing.caption, table)
    breaks = (
        (each.wave, words.text(each.reason), words.text(instrument.variable(name).label))
        for each in method.waves[-1].breaks
        for name in each.variables
    )
    yield from _because(method, "breaks", breaks)
    absent = (
        (wave.id, words.text(reason), words.text(instrument.variable(name).label))
        for wave in method.waves
        for name, reason in wave.not_asked.items()
        if reason
    )
    yield from _because(method, "absent", absent)


def _because(method: Method, name: str, said: Iterable[tuple[str, str, str]]) -> Iterator[Glossary]:
    """Give reasons with the waves and questions that each is about; `said` has wave, reason, question."""
    questions: dict[tuple[str, str], list[str]] = {}
    for wave, reason, label in said:
        questions.setdefault((wave, reason), []).append(label)
    waves: dict[tuple[str, str], list[str]] = {}
    for (wave, reason), labels in questions.items():
        waves.setdefault((reason, "; ".join(dict.fromkeys(labels))), []).append(wave)
    items = tuple((f"{', '.join(each)}: {labels}", f"{reason}.") for (reason, labels), each in waves.items())
    if items:
        yield Glossary(method.words(f"method.{name}_title"), items)


def _asked(method: Method, name: str, wave: Wave) -> str:
    """Say whether a wave asked a variable, and whether the series of all or some of it breaks there."""
    if not wave.asks(name):
        return method.words("method.not_asked")
    earlier = [each for each in method.waves if each.id < wave.id and each.asks(name)]
    if earlier and break_between(name, earlier[-1], wave):
        return method.words("method.break")
    options = wave.options(name) if wave.instrument.variable(name).kind == "multiple" else ()
    if earlier and any(break_between(name, earlier[-1], wave, option=each) for each in options):
        return method.words("method.break_some")
    return method.words("method.asked")


def corrections(method: Method) -> Iterator[Listing | Glossary]:
    """Give one row a correction, with how many answers were corrected so; whose they are is confidential."""
    words = method.words
    made = Counter(
        (
            wave.id,
            each.date,
            _question(method, each.question),
            *(_answer(method, each.question, answer) for answer in (each.delivered, each.value)),
            words.text(each.reason),
        )
        for wave in method.waves
        for each in wave.corrections
    )
    if not made:
        yield method.glossary("corrections", {"corrections": words("method.corrections_none")})
        return
    rows = [
        [wave, words.number.date(day), *rest, words.number.count(count)]
        for (wave, day, *rest), count in sorted(made.items())
    ]
    kinds = ("edition", "date", "question", "delivered", "corrected", "reason")
    yield method.listing("corrections", rows, dict.fromkeys(kinds, "text") | {"responses": "number"})


def _question(method: Method, name: str) -> str:
    """Return the words for what was corrected: a question, an item of a grid, one option, a register."""
    whole, _, option = name.partition("/")
    variable = method.instrument.variable(whole)
    labels = [variable.question.label] if isinstance(variable, Item) else []
    labels += [variable.label, *([variable.option(option).label] if option else [])]
    return ": ".join(map(method.words.text, labels))


def _answer(method: Method, name: str, answer: Answer) -> str:
    if isinstance(answer, str):
        return method.instrument.label(name, answer, method.words.language)
    return method.words({None: "method.no_answer", True: "method.ticked", False: "method.not_ticked"}[answer])


def quality(method: Method) -> Iterator[Glossary]:
    """Give the rules for what is shown."""
    words, rules = method.words, method.params.disclosure
    count = words.number.count
    limits = {"cell": rules.minimum_cell, "group": rules.group_base}
    limits["certain"] = max(rules.minimum_base, rules.take_all_base)
    texts = {
        "base": words("method.base_text", minimum=count(rules.minimum_base)),
        "cells": words("method.cells_text", **{name: count(limit) for name, limit in limits.items()}),
    }
    if rules.secondary:
        texts["protects"] = words("method.protects_text")
    if rules.precision != "none":
        texts["precision"] = words(
            "method.precision_text", action=words(f"method.precision_{rules.precision}")
        )
    base, halfwidth = count(rules.uncertain_base), words.points(rules.uncertain_halfwidth, sign=False)
    texts["uncertain"] = words("method.uncertain_text", base=base, halfwidth=halfwidth)
    yield method.glossary("quality", {**texts, "dont_know": words("method.dont_know_text")})


SECTIONS: Mapping[str, Callable[[Method], Iterator[Listing | Glossary]]] = {
    "editions": editions,
    "response": response,
    "design": design,
    "uncertainty": uncertainty,
    "comparability": comparability,
    "corrections": corrections,
    "quality": quality,
}
