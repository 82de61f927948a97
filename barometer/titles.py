"""Titles that state the finding: chosen from the estimates and tests each time, so they stay true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from barometer.exhibit import NOT_DRAWN, Exhibit
from barometer.formats import capital, inline

MOST_LEADERS = 3
# How many exhibits are remembered: a figure with its views is told about from several sides.
KEPT = 16
FEWEST_FINDINGS, MOST_FINDINGS = 3, 4


@dataclass(frozen=True)
class Headline:
    """A finding in words, and the one estimate it rests on, if it rests on one.

    `clear` is false where nothing stands out, changed or can be compared.
    """

    text: str
    row: Any = None
    clear: bool = True


@dataclass(frozen=True)
class Card:
    """The words of a headline card."""

    value: str
    text: str
    definition: str
    detail: str


def title(exhibit: Exhibit) -> str:
    """Return the finding as a title without a full stop; it names the segment if there is one."""
    text = headline(exhibit).text
    if not exhibit.segment or exhibit.base in text:
        return text
    return exhibit.words("title.segment", segment=exhibit.segment, title=text)


def subtitle(exhibit: Exhibit) -> str:
    """Return measure, base and period."""
    words = exhibit.words
    periods = list(dict.fromkeys(exhibit.rows["wave"]))
    wave = periods[0] if len(periods) == 1 else words("subtitle.waves", first=periods[0], last=periods[-1])
    key = "groups" if exhibit.groupings else "plain"
    # What the title says isn't said again.
    key = f"subtitle.{key}_named" if exhibit.subject in title(exhibit) else f"subtitle.{key}"
    return words(key, label=exhibit.subject, base=exhibit.base, wave=wave, by=exhibit.by)


def finding(exhibit: Exhibit) -> str:
    """Return the finding as a sentence, with the interval and n of the estimate it rests on."""
    found = headline(exhibit)
    words = exhibit.words
    if found.row is None:
        return words("finding.plain", title=title(exhibit))
    return words(
        "finding.interval",
        title=title(exhibit),
        interval_name=words("unit.interval", level=exhibit.level_text),
        interval=found.row.interval,
        n=words.number.count(found.row.n),
    )


def clearest(exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    """Return what key findings tell of: the clear first, others up to the fewest, at most the most."""
    told = sorted(exhibits, key=lambda exhibit: not headline(exhibit).clear)
    clear = sum(headline(exhibit).clear for exhibit in exhibits)
    return told[: min(MOST_FINDINGS, max(FEWEST_FINDINGS, clear))]


def card(exhibit: Exhibit) -> Card:
    """Return the words of a card about the first estimate of the exhibit."""
    words = exhibit.words
    row = next(exhibit.rows.itertuples())
    variable = exhibit.variable(row.question)
    shown = row.verdict in ("shown", "uncertain")
    return Card(
        value=row.value if shown else words("card.hidden_value"),
        text=words("card.flag", base=exhibit.base, predicate=exhibit.predicate(row.question))
        if variable.kind == "flag"
        else words("card.option", base=exhibit.base, option=inline(row.answer)),
        definition=exhibit.definition(row.question)
        or words.text(getattr(variable, "wording", variable.label)),
        detail=words(
            "card.detail",
            interval_name=words("unit.interval", level=exhibit.level_text),
            interval=row.interval,
            n=words.number.count(row.n),
            base=exhibit.base,
        )
        + _rest(exhibit, row)
        if shown
        else row.interval,
    )


def _rest(exhibit: Exhibit, row: Any) -> str:
    """Return the share of those outside of the segment, and the tested difference to it; empty without."""
    words = exhibit.words
    for other in told_differences(exhibit).itertuples():
        return words(
            "card.rest" if other.p_adjusted < exhibit.alpha else "card.rest_not",
            share=words.number.percent(row.estimate - other.difference),
            points=words.points(other.difference),
            p=words.number.p_value(other.p_adjusted),
        )
    return ""


@lru_cache(KEPT)
def headline(exhibit: Exhibit) -> Headline:
    """Return the finding of an exhibit, from what may be shown and was asked."""
    shown = exhibit.shown(exhibit.rows[~exhibit.rows["role"].isin(NOT_DRAWN)])
    if shown.empty:
        return Headline(exhibit.words("title.nothing", label=exhibit.subject), clear=False)
    return HEADLINES.get(exhibit.kind, _bars)(exhibit, shown)


def _bars(exhibit: Exhibit, shown: pd.DataFrame) -> Headline:
    words = exhibit.words
    row = next(shown.itertuples())
    if len(shown) > 1:
        return _leaders(exhibit, shown, exhibit.top(row.question) if len(exhibit.questions) == 1 else "")
    if exhibit.predicate(row.question):
        values = {"base": exhibit.base, "predicate": exhibit.predicate(row.question)}
        return Headline(words("title.flag", share=row.value, **values), row)
    return Headline(words("title.share", option=row.item, share=row.value, base=exhibit.base), row)


def _leaders(exhibit: Exhibit, shown: pd.DataFrame, top: str) -> Headline:
    """Name the largest; together with those whose interval meets its own.

    Two intervals that do not meet mean a clear difference whatever the correlation of the two estimates,
    since the standard error of a difference is never larger than the sum of the two.
    """
    words = exhibit.words
    ordered = shown.sort_values("estimate", ascending=False, kind="stable")
    row = next(ordered.itertuples())
    leaders = ordered[ordered["ci_high"] >= row.ci_low]
    option = inline(row.item)
    if len(leaders) > MOST_LEADERS:
        return Headline(words("title.no_leader", option=option, share=row.value), row, clear=False)
    if len(leaders) > 1:
        named = [
            words("title.leader", option=inline(each.item), share=each.value) for each in leaders.itertuples()
        ]
        return Headline(capital(words("title.leaders", options=words.number.list(named))))
    if top:
        return Headline(capital(words("title.top", top=top, option=option, share=row.value)), row)
    return Headline(words("title.items", item=row.item, share=row.value), row)


def _groups(exhibit: Exhibit, shown: pd.DataFrame) -> Headline:
    tests = told_tests(exhibit)
    if not tests.empty and significant(tests, exhibit).empty:
        return _same(exhibit)
    clear = significant(told_differences(exhibit), exhibit)
    clear = clear.merge(shown, on=["question", "option", "by", "level"], suffixes=("_difference", ""))
    if not clear.empty:
        return _difference(exhibit, shown, clear)
    if tests.empty and exhibit.differences is not None:
        return _same(exhibit)
    return _range(exhibit, shown)


def significant(results: pd.DataFrame, exhibit: Exhibit) -> pd.DataFrame:
    """Return the rows of tests or differences that are significant, the clearest first."""
    return results[results["p_adjusted"] < exhibit.alpha].sort_values("p_adjusted", kind="stable")


@lru_cache(KEPT)
def told_tests(exhibit: Exhibit) -> pd.DataFrame:
    """Return the tests that words may rest on: not those of answers that are not drawn."""
    if exhibit.tests is None:
        return pd.DataFrame(columns=["question", "option", "by", "test", "p_adjusted"])
    pairs = zip(exhibit.tests["question"], exhibit.tests["option"], strict=True)
    told = [exhibit.role(*pair) not in NOT_DRAWN for pair in pairs]
    return exhibit.tests[np.array(told, dtype=bool)]


@lru_cache(KEPT)
def told_differences(exhibit: Exhibit) -> pd.DataFrame:
    """Return the differences that words may rest on: between estimates that are both drawn and shown.

    Where there is an overall test, only those of answers that it finds to differ: one sentence must not
    call different what another calls alike.
    """
    if exhibit.differences is None:
        return pd.DataFrame(columns=["question", "option", "by", "level", "reference", "p_adjusted"])
    shown = exhibit.shown(exhibit.drawn)
    levels = shown["wave"] if exhibit.kind == "trend" else shown["level"]
    ungrouped = exhibit.kind != "trend" and not exhibit.groupings  # held against the rest of the sample
    known = set(zip(shown["question"], shown["option"], levels, strict=True))
    tests = told_tests(exhibit)
    passed = significant(tests, exhibit)
    gates = set(zip(passed["question"], passed["option"], passed["by"], strict=True))
    told = [
        (tests.empty or not gates.isdisjoint([(row.question, each, row.by) for each in (row.option, "")]))
        and (row.question, row.option, "" if ungrouped else row.level) in known
        and (row.reference == "others" or (row.question, row.option, row.reference) in known)
        and pd.notna(row.p_adjusted)
        for row in exhibit.differences.itertuples()
    ]
    return exhibit.differences.loc[told]


def _same(exhibit: Exhibit) -> Headline:
    return Headline(exhibit.words("title.group_same", label=exhibit.subject, by=exhibit.by), clear=False)


def _difference(exhibit: Exhibit, shown: pd.DataFrame, clear: pd.DataFrame) -> Headline:
    words = exhibit.words
    sized = clear.assign(size=-clear["difference"].abs()).sort_values(["size", "p_adjusted"], kind="stable")
    row: Any = next(sized.itertuples())
    values = {"label": exhibit.subject, "option": inline(row.item), "level": row.group, "share": row.value}
    values["predicate"] = exhibit.predicate(row.question)
    suffix = "_flag" if values["predicate"] else ""
    if row.reference == "others":
        direction = words("title.above" if row.difference > 0 else "title.below")
        points = words.points(row.difference, sign=False)
        return Headline(
            words(f"title.group{suffix or '_option'}", **values, points=points, direction=direction), row
        )
    same = (shown["question"] == row.question) & (shown["option"] == row.option) & (shown["by"] == row.by)
    other = shown[same & (shown["level"] == row.reference)]
    if other.empty:
        return _range(exhibit, shown)
    values |= {"other": other.iloc[0]["group"], "other_share": other.iloc[0]["value"]}
    return Headline(words(f"title.group_pair{suffix}", **values), row)


def _range(exhibit: Exhibit, shown: pd.DataFrame) -> Headline:
    """Name the lowest and the highest group of the answer that differs the most, when they clearly differ."""
    words = exhibit.words
    named = significant(told_tests(exhibit), exhibit)
    options = set(named["option"]) - {""}
    candidates = shown[shown["option"].isin(options)] if options else shown
    groups = candidates.groupby(["question", "option", "by"], sort=False)["estimate"]
    spread = (groups.max() - groups.min()).sort_values(ascending=False, kind="stable")
    question, option, by = spread.index[0]
    same = (candidates["question"] == question) & (candidates["option"] == option) & (candidates["by"] == by)
    rows = candidates[same].sort_values("estimate", kind="stable")
    low, high = rows.iloc[0], rows.iloc[-1]
    if named.empty and low["ci_high"] >= high["ci_low"]:
        return _same(exhibit)
    values = {
        "low": low["group"],
        "high": high["group"],
        "low_share": low["value"],
        "high_share": high["value"],
    }
    if exhibit.predicate(question):
        return Headline(words("title.group_range_flag", **values, predicate=exhibit.predicate(question)))
    values |= {
        "label": exhibit.label(question),
        "by": inline(exhibit.label(by)),
        "option": inline(high["item"]),
    }
    return Headline(words("title.group_range", **values))


def _diverging(exhibit: Exhibit, shown: pd.DataFrame) -> Headline:
    words = exhibit.words
    parts = [
        _leaders(exhibit, shown[shown["question"] == name], exhibit.top(name)).text
        for name in exhibit.totals
        if (shown["question"] == name).any()
    ]
    if not parts:
        return Headline(exhibit.subject)
    if len(parts) == 1:
        return Headline(parts[0])
    return Headline(words("title.diverging_both", high=parts[0], low=inline(parts[1])))


def _trend(exhibit: Exhibit, shown: pd.DataFrame) -> Headline:
    words = exhibit.words
    newest = exhibit.waves[-1].id
    changes = told_differences(exhibit)
    if changes.empty:
        refused = any(each.refused for each in exhibit.comparisons)
        if refused or (exhibit.breaks and not exhibit.comparisons):
            return Headline(words("title.trend_break", label=exhibit.subject), clear=False)
        return _bars(exhibit, shown[shown["wave"] == shown.iloc[-1]["wave"]])
    clear = significant(changes, exhibit)
    clear = clear[clear["level"] == newest]
    row = (changes if clear.empty else clear).iloc[0]
    series = shown[(shown["question"] == row.question) & (shown["option"] == row.option)].set_index("wave")
    wave = row.reference
    if clear.empty:
        values = {"label": exhibit.subject, "wave": wave}
        if len(changes) > 1:
            return Headline(words("title.trend_same", **values), clear=False)
        values |= {"now": series.loc[row.level, "value"], "before": series.loc[row.reference, "value"]}
        return Headline(words("title.trend_same_one", **values), clear=False)
    now, before = (next(series.loc[[each]].itertuples()) for each in (row.level, row.reference))
    label = now.item
    if len(exhibit.series) > 1 and len({exhibit.parent(name).id for name in exhibit.questions}) == 1:
        label = words("title.answer", label=exhibit.subject, option=inline(now.item))
    key = "title.trend_up" if row.difference > 0 else "title.trend_down"
    text = words(key, label=label, before=before.value, now=now.value, wave=wave)
    crossed = any(row.option in each.crossed for each in exhibit.comparisons if each.variable == row.question)
    return Headline(words("title.trend_crossed", title=text) if crossed else text, now)


HEADLINES = {"bars": _bars, "groups": _groups, "diverging": _diverging, "trend": _trend}
