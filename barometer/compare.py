"""Differences between groups and between waves, and tests of tables (METHODS 4 and 5).

A frame called Differences has the columns `DIFFERENCES`, one row is one difference; a frame called Tests has
the columns `TESTS`, one row is one test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from barometer.design import Design
from barometer.documents import nearest
from barometer.errors import Problem, ReportError
from barometer.intervals import t_interval
from barometer.significance import (
    Contrast,
    TableTest,
    contrast,
    holm,
    independent_contrast,
    linked_contrast,
    rao_scott,
    t_test,
)
from barometer.stages import Bools, Ints

if TYPE_CHECKING:
    from barometer.waves import Wave

DIFFERENCES = (
    "wave",
    "question",
    "option",
    "by",
    "level",
    "reference",
    "difference",
    "se",
    "ci_low",
    "ci_high",
    "df",
    "statistic",
    "p",
    "p_adjusted",
    "n",
    "n_reference",
)
TESTS = ("wave", "question", "option", "by", "test", "statistic", "df1", "df2", "p", "p_adjusted", "n")
_LABELS = {"wave", "question", "option", "by", "level", "reference", "test"}


ADJUSTMENTS = {"holm": holm, "none": lambda p: np.asarray(p, dtype=float)}


def adjust(results: pd.DataFrame, *, adjustment: str = "holm") -> pd.DataFrame:
    """Return Differences or Tests with `p_adjusted` over all rows, taken as one family (METHODS 4.3).

    Raises
    ------
    ReportError
        For an unknown adjustment.
    """
    if adjustment not in ADJUSTMENTS:
        problem = Problem("adjustment", " | ".join(ADJUSTMENTS), adjustment, nearest(adjustment, ADJUSTMENTS))
        raise ReportError("The tests cannot be adjusted", [problem])
    return results.assign(p_adjusted=ADJUSTMENTS[adjustment](results["p"]))


def contrasts(
    wave: Wave,
    variable: str,
    *,
    by: str,
    options: Sequence[str] | None = None,
    confidence: float = 0.95,
    adjustment: str = "holm",
) -> pd.DataFrame:
    """Compare the shares of the options between groups (METHODS 4.1).

    Of two groups the first is held against the second, of more (or of groups that overlap) each against all
    others in the base. Returns Differences, adjusted as one family; none where the wave did not ask.
    """
    rows = []
    for name in _asked(wave, variable, by):
        found = wave.indicators(name)
        chosen = [i for i, option in enumerate(found.options) if options is None or option in options]
        for level, reference, first, second in _pairs(wave, by) if chosen else ():
            result = contrast(wave.design, found.values[:, chosen], first, second)
            key = {"wave": wave.id, "question": name, "by": by, "level": level, "reference": reference}
            rows.append(_differences(key, [found.options[i] for i in chosen], result, confidence))
    return adjust(_joined(rows, DIFFERENCES), adjustment=adjustment)


def wave_differences(
    earlier: Wave,
    later: Wave,
    variable: str,
    *,
    options: Sequence[str] | None = None,
    confidence: float = 0.95,
    adjustment: str = "holm",
) -> pd.DataFrame:
    """Compare the shares of the options that both waves offered: later less earlier (METHODS 5.1, 5.2).

    Returns Differences with ``by`` "wave"; whether the question means the same in both is not asked here.
    """
    rows = []
    for name in _asked(later, variable):
        if not earlier.asks(name):
            continue
        new, old = later.indicators(name), earlier.indicators(name)
        both = [o for o in new.options if o in old.options and (options is None or o in options)]
        if not both:
            continue
        values, reference = (
            found.values[:, [found.options.index(option) for option in both]] for found in (new, old)
        )
        link = later.link(earlier)
        result = (
            linked_contrast(later.design, earlier.design, values, reference, link=link)
            if link
            else independent_contrast(later.design, earlier.design, values, reference)
        )
        key = {"wave": later.id, "question": name, "by": "wave", "level": later.id, "reference": earlier.id}
        rows.append(_differences(key, both, result, confidence))
    return adjust(_joined(rows, DIFFERENCES), adjustment=adjustment)


def association(
    wave: Wave,
    variable: str,
    by: str,
    *,
    options: Sequence[str] | None = None,
    levels: Sequence[str] | None = None,
    adjustment: str = "holm",
) -> pd.DataFrame:
    """Test whether the answers differ between groups, all or those named (METHODS 4.2).

    A single question is tested as a whole (option ""), whatever `options` says; of other kinds each option.
    Returns Tests, adjusted as one family; none for groups that overlap, where `contrasts` serves, or where
    the wave did not ask.
    """
    if not wave.asks(by) or wave.instrument.variable(by).kind == "multiple":
        return adjust(_joined([], TESTS), adjustment=adjustment)
    found = wave.groups(by)
    group = _codes(found.member & np.isin(found.levels, found.levels if levels is None else levels))
    rows = [
        _test(
            wave.id,
            name,
            option,
            by,
            rao_scott(wave.design, codes, group, domain=(codes >= 0) & (group >= 0)),
        )
        for name in _asked(wave, variable, by)
        for option, codes in _answers(wave, name, options)
    ]
    return adjust(_joined(rows, TESTS), adjustment=adjustment)


def wave_association(
    earlier: Wave,
    later: Wave,
    variable: str,
    *,
    options: Sequence[str] | None = None,
    adjustment: str = "holm",
) -> pd.DataFrame:
    """Test whether the answers differ between two waves, stacked into one design (METHODS 5.3).

    Returns Tests with ``by`` "wave", as `association`.
    """
    design = Design.stack(earlier.design, later.design)
    group = np.repeat([0, 1], [earlier.design.n, later.design.n])
    rows = []
    for name in _asked(later, variable):
        old = dict(_answers(earlier, name, options)) if earlier.asks(name) else {}
        for option, new in _answers(later, name, options):
            if option in old:
                codes = np.concatenate([old[option], new])
                rows.append(
                    _test(later.id, name, option, "wave", rao_scott(design, codes, group, domain=codes >= 0))
                )
    return adjust(_joined(rows, TESTS), adjustment=adjustment)


def _asked(wave: Wave, variable: str, by: str | None = None) -> list[str]:
    """Return the variable, or the items of a grid, as far as the wave asked them and the groups."""
    if not wave.asks(variable) or (by and not wave.asks(by)):
        return []
    return [name for name in wave.instrument.expand(variable) if wave.asks(name)]


def _pairs(wave: Wave, by: str) -> Iterator[tuple[str, str, Bools, Bools]]:
    """Yield level, reference and who is in each."""
    groups = wave.groups(by)
    overlapping = wave.instrument.variable(by).kind == "multiple"
    if len(groups.levels) == 2 and not overlapping:
        yield (*groups.levels, *groups.member.T)
        return
    told = wave.indicators(by) if overlapping else None
    for index, level in enumerate(groups.levels):
        member = groups.member[:, index]
        if told is None:
            others = groups.member.any(axis=1) & ~member
        else:  # those who were offered the answer and left it, but not those who do not know
            others = told.values[:, told.options.index(level)] == 0
            if "dont_know" in told.options:
                others &= told.values[:, told.options.index("dont_know")] != 1
        yield level, "others", member, others


def _answers(wave: Wave, name: str, options: Sequence[str] | None) -> Iterator[tuple[str, Ints]]:
    """Yield what is tested: of a single question the number of its option, else 1 and 0 for each option."""
    found = wave.indicators(name)
    variable = wave.instrument.variable(name)
    if variable.kind == "single":
        place = {option.id: number for number, option in enumerate(variable.options)}
        numbers = np.array([place[option] for option in found.options])
        codes = _codes(found.values == 1)
        yield "", np.where(codes >= 0, numbers[codes], -1)
        return
    for option, column in zip(found.options, found.values.T, strict=True):
        if options is None or option in options:
            yield option, np.where(np.isnan(column), -1, column).astype(int)


def _codes(member: Bools) -> Ints:
    """Return the number of the level that each row belongs to, -1 for none."""
    return np.where(member.any(axis=1), member.argmax(axis=1), -1)


def _differences(
    key: dict[str, str], options: Sequence[str], result: Contrast, confidence: float
) -> pd.DataFrame:
    low, high = t_interval(result.difference, result.se, result.df, confidence=confidence)
    t, p = t_test(result.difference, result.se, result.df)
    numbers = {"difference": result.difference, "se": result.se, "df": result.df, "statistic": t, "p": p}
    numbers |= {"ci_low": low, "ci_high": high, "n": result.n, "n_reference": result.n_reference}
    return pd.DataFrame(key | {"option": options} | numbers)


def _test(wave: str, name: str, option: str, by: str, result: TableTest) -> pd.DataFrame:
    key = {"wave": wave, "question": name, "option": option, "by": by, "test": "rao-scott"}
    numbers = {
        "statistic": result.statistic,
        "df1": result.df1,
        "df2": result.df2,
        "p": result.p,
        "n": result.n,
    }
    return pd.DataFrame([key | numbers])


def _joined(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype=str if name in _LABELS else float) for name in columns})
    return pd.concat(frames, ignore_index=True).reindex(columns=list(columns))
