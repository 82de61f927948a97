"""The words around a figure are those of its own question, base and part, said once; one name, one figure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from barometer.audit.published import Report, Shown
from barometer.errors import Problem
from barometer.formats import Words
from barometer.instrument import Instrument

_BASE_IN = {"card": "detail", "figure": "caption"}
# Where a sentence ends: not in 1.877 and not after an abbreviation that goes on with a small letter.
_END = re.compile(r"(?<=[.?!»”]) (?=[^a-zæøå\d]|n\b)")


def bases_are_those_of_the_questions(
    report: Report, instrument: Instrument, words: Words
) -> Iterator[Problem]:
    """Yield each card and caption that names another base than its question has, or not its segment."""
    labels = {words.text(base.label).lower() for base in instrument.bases.values()}
    part = (report.about["segment_label"] or "").lower()
    for each in report.shown:
        if each.kind not in _BASE_IN or not any(row["estimate"] for row in each.rows):
            continue
        kind = _BASE_IN[each.kind]
        text = _END.split(each.texts[kind])[0].lower() if each.kind == "figure" else each.texts[kind].lower()
        named = {label for label in labels if label in text}
        named -= {one for one in named for other in named if one in other and one != other}
        wanted = {words.text(instrument.variable(name).base.label).lower() for name in each.questions}
        if named != wanted or part not in text:
            expected = ", ".join((*sorted(wanted), *filter(None, [part])))
            yield Problem(f"{each.where}: {kind}", f"the base {expected}", ", ".join(sorted(named)) or text)


def questions_are_those_of_the_data(
    report: Report, instrument: Instrument, words: Words
) -> Iterator[Problem]:
    """Yield each figure that lacks the wording or definition of one of its questions, or gives another's."""
    wordings = {name: each.wording for name, each in instrument.questions.items()}
    definitions = {name: each.definition for name, each in instrument.composites.items()}
    told = {" ".join(words.text(text).split()): name for name, text in (wordings | definitions).items()}
    for figure in report.shown:
        if figure.kind != "figure":
            continue
        names = {name.partition(".")[0] for name in figure.questions}
        names |= {row["by"] for row in figure.rows} & instrument.composites.keys()
        own = {text for text, name in told.items() if name in names}
        for text in own:
            if text not in figure.texts["about"]:
                yield Problem(f"{figure.where}: about", f"“{text}”", "other words")
        for text in told.keys() - own:
            if text in figure.texts["about"] and not any(text in each for each in own):
                yield Problem(f"{figure.where}: about", "the words of its own question", f"“{text}”")


def sentences_are_said_once(report: Report) -> Iterator[Problem]:
    """Yield each sentence that a caption holds twice."""
    for figure in report.shown:
        for kind in ("caption", "about"):
            sentences = Counter(_END.split(figure.texts.get(kind, "")))
            for sentence, times in sentences.items():
                if times > 1:
                    yield Problem(
                        f"{figure.where}: {kind}", "each sentence once", f"“{sentence}” {times} times"
                    )


def one_name_one_figure(report: Report) -> Iterator[Problem]:
    """Yield each title of figures about different questions, and what has two titles, numbers or labels."""
    figures = [each for each in report.shown if each.kind == "figure" and each.rows]
    yield from _same(
        ((each.texts["title"], frozenset(each.questions), each.where) for each in figures), "question"
    )
    yield from _same(((_content(each), each.texts["title"], each.where) for each in figures), "title")
    yield from _same(
        (
            (row["number"], (row["chapter"], row["figure"]), row["view"])
            for each in figures
            for row in each.rows[:1]
        ),
        "figure",
    )
    yield from _same(((row["question"], row["question_label"], row["view"]) for row in report.rows), "label")


def _same(named: Iterable[tuple[object, object, str]], what: str) -> Iterator[Problem]:
    """Yield each key that stands for two values; a triple is key, value and place."""
    first: dict[object, tuple[object, str]] = {}
    for key, value, where in named:
        earlier, place = first.setdefault(key, (value, where))
        if earlier != value:
            yield Problem(where, f"one {what} as in {place}", "another")


def _content(figure: Shown) -> frozenset[tuple[str, ...]]:
    return frozenset(row.about for row in figure.rows)
