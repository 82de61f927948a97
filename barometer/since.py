"""What changed since an earlier wave, in words; how much is not clear, and what can't be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from barometer.across import linked
from barometer.assembly import Assembly, asked_for
from barometer.blocks import SinceBlock
from barometer.exhibit import NOT_DRAWN, Exhibit, Pair, pairs_of
from barometer.formats import inline, rounded
from barometer.tables import csv
from barometer.titles import significant
from barometer.waves import Wave


def since(assembly: Assembly, names: Sequence[str]) -> SinceBlock | None:
    """Return what changed since the wave of reference; None without one, or where nothing was asked.

    Parameters
    ----------
    names
        Variables, or options such as ``reuse/copy``. What says the same under two names counts once.
    """
    if assembly.earlier is None:
        return None
    pair = replace(assembly, waves=(assembly.earlier, assembly.waves[-1]))
    found = asked_for(_distinct(pair, names), kind="trend")
    if found.empty:
        return None
    exhibit = pair.exhibit(found, kind="trend")
    compared, apart = _sorted(exhibit)
    clear = _clear(exhibit)
    return SinceBlock(
        title=exhibit.words("since.title", wave=assembly.reference),
        items=tuple(_told(exhibit, row) for row in clear.itertuples()),
        rest=(*_unclear(exhibit, len(clear), len(compared)), *_apart(exhibit, apart)),
        how=tuple(_how(exhibit, compared)),
        csv=csv(exhibit),
    )


def _distinct(assembly: Assembly, names: Sequence[str]) -> pd.DataFrame:
    """Return Estimates of both waves, each answer once, whatever it is called."""
    frames = [
        assembly.estimates([name], options=[option] if option else None, over_time=True)
        for name, _, option in (each.partition("/") for each in names)
    ]
    estimates = pd.concat(frames, ignore_index=True)
    seen: set[tuple[bytes, ...]] = set()
    kept: dict[Pair, bool] = {}
    for question, option in pairs_of(estimates):
        apart = assembly.waves[-1].instrument.variable(question).with_role(*NOT_DRAWN) if option else ()
        forms = _forms(assembly.waves, question, option) if option else set()
        kept[question, option] = option not in apart and seen.isdisjoint(forms)
        seen |= forms
    rows = zip(estimates["question"], estimates["option"], strict=True)
    return estimates[[kept[pair] for pair in rows]].drop_duplicates(["wave", "question", "option"])


def _forms(waves: Sequence[Wave], question: str, option: str) -> set[tuple[bytes, ...]]:
    """Return fingerprints of who gave an answer in each wave, and of who did not; none if all are alike."""
    found = [wave.indicators(question) for wave in waves if option in wave.options(question)]
    columns = [each.values[:, each.options.index(option)] for each in found if option in each.options]
    if not columns or any(len(np.unique(each[~np.isnan(each)])) < 2 for each in columns):
        return set()
    answers = [np.where(np.isnan(each), 2, each).astype("int8") for each in columns]
    turned = [np.where(each == 2, 2, 1 - each).astype("int8") for each in answers]
    return {tuple(hashlib.sha256(each.tobytes()).digest() for each in form) for form in (answers, turned)}


def _sorted(exhibit: Exhibit) -> tuple[list[Pair], dict[tuple[str, str], list[Pair]]]:
    """Return the answers that are compared, and the others by why they aren't: a key and a reason."""
    words, (earlier, newest) = exhibit.words, exhibit.waves
    verdicts = exhibit.rows.set_index(["question", "option", "wave"])["verdict"].to_dict()
    refused = {each.variable: each.refused for each in exhibit.comparisons}
    compared: list[Pair] = []
    apart: dict[tuple[str, str], list[Pair]] = {}
    for question, option in pairs_of(exhibit.rows[exhibit.rows["option"] != ""]):
        before, now = (verdicts.get((question, option, wave.id), "not_asked") for wave in (earlier, newest))
        if before == now == "not_asked":
            continue  # an answer that this segment is never offered
        if "not_asked" in (before, now):
            why = ("not_asked" if before == "not_asked" else "no_longer", "")
        elif found := refused[question].get(option):
            why = ("refused", words.text(found.reason).rstrip("."))
        elif "hidden" in (before, now):
            why = ("hidden", "")
        else:
            compared.append((question, option))
            continue
        apart.setdefault(why, []).append((question, option))
    return compared, apart


def _clear(exhibit: Exhibit) -> pd.DataFrame:
    """Return the significant changes, the biggest first, with their words."""
    if exhibit.differences is None:
        return pd.DataFrame()
    clear = significant(exhibit.differences, exhibit)
    return clear.loc[clear["difference"].abs().sort_values(ascending=False, kind="stable").index]


def _told(exhibit: Exhibit, change: Any) -> str:
    """Return a change as a sentence."""
    words, name, frame = exhibit.words, change.question, exhibit.estimates
    one = replace(exhibit, estimates=frame[(frame["question"] == name) & (frame["option"] == change.option)])
    rows = one.rows.set_index("wave")
    values = {"share": rows.loc[change.level, "value"], "base": one.base}
    if predicate := one.predicate(name):
        what = words("title.flag", predicate=predicate, **values)
    else:
        answer = one.answer(name, change.option)
        what = words("since.share", option=answer, label=inline(one.label(name)), **values)
    low, high = _ends(exhibit, change)
    return words(
        "since.up" if change.difference > 0 else "since.down",
        what=what,
        before=rows.loc[change.reference, "value"],
        points=words.points(change.difference),
        interval_name=words("unit.interval", level=exhibit.level_text),
        low=low,
        high=high,
    )


def _ends(exhibit: Exhibit, change: Any) -> list[str]:
    """Return the interval of a change in points; with a decimal where an end would be rounded to nothing."""
    ends = [100 * change.ci_low, 100 * change.ci_high]
    digits = int(any(rounded(end) == 0 for end in ends))
    return [exhibit.words.number.signed(end, digits) for end in ends]


def _unclear(exhibit: Exhibit, clear: int, compared: int) -> Iterator[str]:
    """Say how many changes can't be told from none."""
    words, wave = exhibit.words, exhibit.waves[0].id
    others = compared - clear
    if not compared:
        yield words("since.nothing", wave=wave)
    elif not clear:
        yield words("since.none" if compared > 1 else "since.none_one", count=words.number.count(compared))
    elif others:
        yield words("since.rest" if others > 1 else "since.rest_one", count=words.number.count(others))


def _apart(exhibit: Exhibit, apart: dict[tuple[str, str], list[Pair]]) -> Iterator[str]:
    """Say what can't be compared, and why."""
    for (key, reason), pairs in apart.items():
        what = _listed(exhibit, pairs)
        yield exhibit.words(f"since.{key}", wave=exhibit.waves[0].id, what=what, reason=reason)


def _listed(exhibit: Exhibit, pairs: Sequence[Pair]) -> str:
    """Return the names of variables, with the answers that are meant where they are not all of them."""
    every, words = pairs_of(exhibit.rows[exhibit.rows["option"] != ""]), exhibit.words
    texts = []
    for question in dict.fromkeys(question for question, _ in pairs):
        meant = [option for name, option in pairs if name == question]
        label = inline(exhibit.label(question))
        if len(meant) < sum(name == question for name, _ in every):
            answers = words.number.list([inline(exhibit.answer(question, option)) for option in meant])
            label = words("since.some", label=label, answers=answers)
        texts.append(label)
    return words.number.list(texts)


def _how(exhibit: Exhibit, compared: Sequence[Pair]) -> Iterator[str]:
    """Say how the changes were tested, and what crosses a break."""
    words, several = exhibit.words, len(compared) > 1
    if compared:
        adjusted, test = words(f"caption.adjusted_{exhibit.adjustment}"), words("caption.test_t")
        values = {"test": test, "alpha": words.number.fraction(exhibit.alpha), "adjusted": adjusted}
        yield words("since.how" if several else "since.how_one", **values)
        if several and exhibit.adjustment != "none":
            yield words("since.family")
        yield from linked(exhibit)
    crossed: dict[str, list[Pair]] = {}
    for each in exhibit.comparisons:
        for option, found in each.crossed.items():
            if (each.variable, option) in compared:
                crossed.setdefault(words.text(found.reason).rstrip("."), []).append((each.variable, option))
    for reason, pairs in crossed.items():
        yield words("since.crossed", what=_listed(exhibit, pairs), reason=reason)
