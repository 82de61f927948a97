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

RECONCILIATION = ("figure", "published", "estimate", "ci_low", "ci_high", "n", "difference", "inside", "reason")
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
        ``published``, ``estimate``, ``ci_low``, ``ci_high`` and ``difference`` are fractions; ``inside`` tells whether
        the published figure lies in the interval (rounded to whole percent as it was printed); ``reason`` says
        why there is no estimate.
    """
    rows = []
    for figure in figures:
        if figure.wave == wave.id and figure.share is not None:
            row = _estimate_of(figure, wave, estimate) if figure.variable else None
            rows.append(_row(figure, row, "not_in_survey" if row is None else row.reason))
    return pd.DataFrame(rows, columns=list(RECONCILIATION))


def _estimate_of(figure: PublishedFigure, wave: Wave, estimate: Callable[..., pd.DataFrame]) -> Any:
    """Return the one estimate that the figure is about."""
    frame = estimate(figure.variable, by=figure.by or None, options=[figure.option])
    if wave.asks(figure.variable) and figure.by:
        frame = frame[frame["level"] == figure.level]
    return next(frame.itertuples(), None)


def _row(figure: PublishedFigure, row: Any, reason: str) -> tuple[Any, ...]:
    published = figure.share
    if row is None or row.verdict not in SHOWN:
        return (figure, published, *[None] * 6, reason)
    inside = row.ci_low - ROUNDING <= published <= row.ci_high + ROUNDING
    difference = row.estimate - published
    return (figure, published, row.estimate, row.ci_low, row.ci_high, row.n, difference, inside, "")


def reconciliation_table(frame: pd.DataFrame, *, instrument: Instrument, words: Words, level: str) -> TableDoc:
    """Return the reconciliation in words; one row is one published figure."""
    kinds = {"figure": "text", "published": "number", "computed": "number", "interval": "number"}
    kinds |= {"difference": "number", "inside": "text", "note": "text"}
    columns: list[Column] = [
        {"label": words(f"reconcile.{key}", level=level), "kind": kind} for key, kind in kinds.items()
    ]
    return {
        "columns": columns,
        "rows": [_cells(row, instrument, words) for row in frame.itertuples()],
        "notes": [],
    }


def _cells(row: Any, instrument: Instrument, words: Words) -> list[str]:
    number, figure = words.number, row.figure
    start = [_name(figure, instrument, words), number.percent(row.published)]
    if row.reason:
        return [*start, words("gap.hidden" if row.reason == "small_base" else "gap.not_asked"), "", "", "", words(f"gap.{row.reason}")]
    return [
        *start,
        number.percent(row.estimate, DIGITS),
        number.interval(row.ci_low, row.ci_high, DIGITS),
        number.signed(row.difference * 100, DIGITS),
        words("reconcile.yes" if row.inside else "reconcile.no"),
        words.text(figure.note),
    ]


def _name(figure: PublishedFigure, instrument: Instrument, words: Words) -> str:
    """Return what the figure is about, in the words of the questionnaire where it is tied to it."""
    if not figure.variable:
        return f"{figure.indicator.replace('_', ' ')}: {figure.category}"
    variable = instrument.variable(figure.variable)
    name = words.text(variable.label)
    if variable.kind != "flag":
        name += f": {inline(instrument.label(figure.variable, figure.option, words.language))}"
    if figure.by:
        name += f" ({inline(instrument.label(figure.by, figure.level, words.language))})"
    return name
