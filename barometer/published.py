"""The officially published figures that the report is held against, tied to the questionnaire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from barometer.documents import Node, Text, read_table, shown
from barometer.errors import Problem
from barometer.instrument import Instrument


@dataclass(frozen=True)
class PublishedFigure:
    """One printed figure.

    `value` is a percent, or a number of workplaces where `exact` is "count"; with "no" it stands for
    words ("every fourth"). `target` tells whether the report should reproduce it: where two printed
    figures contradict each other, the one counted as the questionnaire counts is the target and the
    note of the other says why it is none. A count is tied by its base, a share by its variable and
    option; without either the questionnaire does not ask it. `name` says what a figure without a
    variable is about; the others have the words of the questionnaire. Where there is no `name` or
    `note`, it is empty in every language.
    """

    wave: str
    chapter: str
    indicator: str
    category: str
    variable: str
    option: str
    by: str
    level: str
    value: float
    exact: str
    target: bool
    base: str
    base_words: str
    n: int | None
    source: str
    url: str
    name: Text
    note: Text

    @property
    def share(self) -> float | None:
        """The figure as a fraction in [0, 1]; None for a count."""
        return None if self.exact == "count" else self.value / 100

    @property
    def place(self) -> tuple[str, ...]:
        """What the figure is about; two targets for one place must agree."""
        return (self.wave, self.variable, self.option, self.by, self.level, self.base)


TEXTS = ("name", "note")
PLAIN = tuple(field.name for field in fields(PublishedFigure) if field.name not in TEXTS)


def columns(languages: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the table: one each, but one a language for the texts (``note_da``)."""
    return (*PLAIN, *(f"{text}_{language}" for text in TEXTS for language in languages))


def load_published(path: Path, instrument: Instrument) -> tuple[PublishedFigure, ...]:
    """Read and check the table of published figures; one row is one figure as it was printed.

    Raises
    ------
    ReportError
        With every problem: columns that are missing or unknown, names that the questionnaire
        does not have, values that are no percent or count, a base that is not the variable's, a
        figure that is no target without a note, one that is tied to no variable without a name, words
        that lack a language; once all rows are right, two targets that contradict each other.
    """
    rows, place = read_table(path), shown(path)
    root = Node(rows[0] if rows else {}, f"{place}:1", [])
    subject = f"{place} does not fit the questionnaire"
    root.fields(columns(instrument.languages))
    root.check(subject)
    figures = [
        _read_figure(
            {key: Node(value, f"{place}:{line} {key}", root.problems) for key, value in row.items()},
            instrument,
        )
        for line, row in enumerate(rows, start=2)
    ]
    root.check(subject)
    root.problems.extend(_contradictions(figures, place))
    root.check(subject)
    return tuple(figures)


def _read_figure(row: Mapping[str, Node], instrument: Instrument) -> PublishedFigure:
    for column in ("wave", "chapter", "indicator", "category", "source"):
        row[column].string()
    exact = row["exact"].choice(("yes", "no", "count"))
    target = row["target"].choice(("yes", "no")) == "yes"
    _check_names(row, instrument, exact=exact, target=target)
    if not row["url"].value.startswith(("https://", "http://")):
        row["url"].refuse("an address on the web")
    cells = {column: row[column].value for column in PLAIN if column not in ("value", "target", "n")}
    value = _number(row["value"], most=None if exact == "count" else 100)
    n = _number(row["n"], most=None) if row["n"].value else None
    return PublishedFigure(
        **cells,
        value=value,
        target=target,
        n=None if n is None else int(n),
        name=_read_name(row, instrument.languages),
        note=_read_text(
            row, "note", instrument.languages, needed="" if target else "why the figure is no target"
        ),
    )


def _read_name(row: Mapping[str, Node], languages: Sequence[str]) -> Text:
    tied = row["variable"].value
    for language in languages if tied else ():
        if row[f"name_{language}"].value:
            row[f"name_{language}"].refuse("nothing, since the variable has a name")
    return _read_text(row, "name", languages, needed="" if tied else "a name, since there is no variable")


def _read_text(row: Mapping[str, Node], column: str, languages: Sequence[str], *, needed: str) -> Text:
    """Return words by language: in all languages or in none, and in all where they are `needed`."""
    cells = {language: row[f"{column}_{language}"] for language in languages}
    if needed or any(cell.value for cell in cells.values()):
        for cell in cells.values():
            if not cell.value.strip():
                cell.refuse(needed or "the words in every language", got="nothing")
    return {language: cell.value for language, cell in cells.items()}


def _check_names(row: Mapping[str, Node], instrument: Instrument, *, exact: str, target: bool) -> None:
    names = {column: row[column].value for column in ("variable", "option", "by", "level", "base")}
    for variable, option in (("variable", "option"), ("by", "level")):
        if names[variable] and row[variable].choice(instrument.names()) == names[variable]:
            known = [each.id for each in instrument.variable(names[variable]).options]
            if names[option] or (exact, option) != ("count", "option"):
                row[option].choice(known)
        elif names[option] and not names[variable]:
            row[option].refuse(f"nothing, since there is no {variable}")
    if names["base"]:
        row["base"].choice(instrument.bases)
    if instrument.has(names["variable"]):
        base = instrument.variable(names["variable"]).base.id
        if base != names["base"]:
            row["base"].refuse(f"the base of {names['variable']}, {base}")
    tie = "base" if exact == "count" else "variable"
    if target and not names[tie]:
        row[tie].refuse(f"a {tie}, since the figure is a target", got="nothing")


def _number(node: Node, *, most: int | None) -> float:
    """Return a number that is not negative: a percent with a maximum, or a whole count."""
    try:
        value = float(node.value)
    except ValueError:
        value = -1.0
    right = value >= 0 and (value <= most if most is not None else value.is_integer())
    if not right:
        node.refuse("a percent from 0 to 100" if most is not None else "a whole number")
    return value if right else 0.0


def _contradictions(figures: Iterable[PublishedFigure], file: str) -> list[Problem]:
    first: dict[tuple[str, ...], tuple[int, float]] = {}
    problems = []
    for line, figure in enumerate(figures, start=2):
        if figure.target and figure.exact != "no":
            earlier, value = first.setdefault((figure.exact, *figure.place), (line, figure.value))
            if value != figure.value:
                expected = f"{value:g} as the target in line {earlier}"
                remedy = "Make one of the two no target and say why in its note."
                problems.append(Problem(f"{file}:{line} value", expected, f"{figure.value:g}", remedy))
    return problems
