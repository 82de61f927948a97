"""The published figures held against the estimates of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from barometer.exhibit import SHOWN
from barometer.formats import Words, inline
from barometer.instrument import Instrument
from barometer.published import PublishedFigure
from barometer.tables import Column, TableDoc
from barometer.waves import Wave

RECONCILIATION = (
    "figure",
    "published",
    "estimate",
    "ci_low",
    "ci_high",
    "difference",
    "inside",
    "verdict",
    "reason",
)
# A printed whole percent stands for everything that rounds to it.
ROUNDING = 0.005
DIGITS = 1


def reconcile(
    figures: Iterable[PublishedFigure], wave: Wave, *, estimate: Callable[..., pd.DataFrame]
) -> pd.DataFrame:
    """Hold published figures against estimates; one row is one published figure of the wave.

    Parameters
    ----------
    figures
        Published figures; those of other waves are passed over, and so are counts.
    wave
        The wave that the estimates are made from.
    estimate
        Gives Estimates, assessed for disclosure, of ``(variable, by=, options=)``.

    Returns
    -------
    pandas.DataFrame
        ``published``, ``estimate``, ``ci_low``, ``ci_high`` and ``difference`` are fractions; ``inside``
        tells whether the published figure lies in the interval (rounded to whole percent as it was
        printed); ``verdict`` is that of the estimate; ``reason`` says why there is no estimate.
    """
    rows = [
        _row(figure, figure.share, estimate)
        for figure in figures
        if figure.wave == wave.id and figure.share is not None
    ]
    return pd.DataFrame(rows, columns=list(RECONCILIATION))


def _row(figure: PublishedFigure, published: float, estimate: Callable[..., pd.DataFrame]) -> tuple[Any, ...]:
    """Return the published figure, a fraction, beside the one estimate that is about the same."""
    if not figure.variable:
        return (figure, published, *[None] * 5, "not_asked", "not_in_survey")
    found = estimate(figure.variable, by=figure.by or None, options=[figure.option])
    # Where the question or the groups were not asked, there is no level.
    row: Any = next(found[found["level"].isin((figure.level, ""))].itertuples())
    if row.verdict not in SHOWN:
        return (figure, published, *[None] * 5, row.verdict, row.reason)
    inside = row.ci_low - ROUNDING <= published <= row.ci_high + ROUNDING
    difference = row.estimate - published
    return (figure, published, row.estimate, row.ci_low, row.ci_high, difference, inside, row.verdict, "")


def reconciliation_table(
    frame: pd.DataFrame, *, instrument: Instrument, words: Words, level: str
) -> TableDoc:
    """Return the reconciliation in words; one row is one published figure.

    A figure that is tied to no variable has a name and a note of its own, and nothing is computed.
    """
    kinds = {"figure": "text", "published": "number", "computed": "number", "interval": "number"}
    kinds |= {"difference": "number", "inside": "text", "note": "text"}
    columns: list[Column] = [
        {"label": words(f"reconcile.{key}", level=level), "kind": kind} for key, kind in kinds.items()
    ]
    rows = [
        [_name(row.figure, instrument, words), words.number.percent(row.published), *_computed(row, words)]
        for row in frame.itertuples()
    ]
    return {"columns": columns, "rows": rows, "notes": []}


def _computed(row: Any, words: Words) -> list[str]:
    """Return the cells about the estimate, or why there is none, and the note."""
    number, note = words.number, words.text(row.figure.note)
    if not row.figure.variable:
        return ["", "", "", "", note]
    if row.reason:
        return [words(f"gap.{row.verdict}"), "", "", "", words(f"gap.{row.reason}")]
    mark = words("gap.uncertain_mark") if row.verdict == "uncertain" else ""
    return [
        number.percent(row.estimate, DIGITS) + mark,
        number.interval(row.ci_low, row.ci_high, DIGITS),
        number.signed(row.difference * 100, DIGITS),
        words("reconcile.yes" if row.inside else "reconcile.no"),
        note,
    ]


def _name(figure: PublishedFigure, instrument: Instrument, words: Words) -> str:
    """Return what the figure is about, in the words of the questionnaire where it is tied to it."""
    if not figure.variable:
        return words.text(figure.name)
    name = _subject(figure.variable, figure.option, instrument, words)
    return f"{name} ({inline(_subject(figure.by, figure.level, instrument, words))})" if figure.by else name


def _subject(variable: str, option: str, instrument: Instrument, words: Words) -> str:
    """Return question, item and answer as far as there are any: ``Degree of reuse: largely a copy``."""
    question, *parts = (
        words.text(instrument.variable(name).label)
        for name in dict.fromkeys((variable.split(".")[0], variable))
    )
    if (instrument.variable(variable).kind, option) != ("flag", "yes"):
        parts.append(instrument.label(variable, option, words.language))
    return f"{question}: {', '.join(map(inline, parts))}" if parts else question
