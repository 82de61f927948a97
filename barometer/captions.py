"""The caption of a figure or table, sentence by sentence in a fixed order, and its text alternative.

Each sentence is there only when it is true of the estimates shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from barometer.across import broken, linked
from barometer.exhibit import NEUTRAL, NOT_DRAWN, TOTAL, Exhibit
from barometer.formats import Words, capital, inline, rounded
from barometer.instrument import Option, Question
from barometer.titles import significant, title, told_differences, told_tests
from barometer.waves import Wave

MOST_NAMED = 5
MOST_DIFFERENCES = 3
MOST_SIZES = 4
LONGEST_ALT = 300
# The sentences about what is hidden that have the reason in their words.
HIDDEN_BY = {"small_base": "hidden", "protects": "hidden_protects"}
# What a gap is named by when all of it has the same verdict.
WHOLE = {"groups": "group", "diverging": "item"}


def caption(exhibit: Exhibit) -> list[str]:
    """Return what has to be read with the numbers: base, n, what is left out, the test, gaps and breaks."""
    parts = (_base, _sizes, _empty, _sums, _left, _tests, _gaps, broken)
    return [sentence for part in parts for sentence in part(exhibit)]


def about(exhibit: Exhibit) -> list[str]:
    """Return what else there is to know: how it is counted, the question, differences, method, source."""
    parts = (_shows, _counted, _differences, linked, _certainty, _origin)
    return [sentence for part in parts for sentence in part(exhibit)]


def alt(exhibit: Exhibit) -> str:
    """Return the text alternative: kind of chart, finding, the largest values, where the rest stands."""
    words = exhibit.words
    told = _told(exhibit).sort_values("estimate", ascending=False, kind="stable")
    cells = [words("alt.cell", label=name, share=row.value) for name, row in _named(exhibit, told)]
    finding = title(exhibit)
    details = [words("alt.cells", cells=_some(exhibit, cells, most)) for most in range(MOST_NAMED, 0, -1)]
    texts = [
        words("alt.text", kind=words(f"alt.{exhibit.kind}"), title=finding, detail=detail)
        for detail in [*(f" {detail}" for detail in details if cells), ""]
    ]
    return next((text for text in texts if len(text) <= LONGEST_ALT), texts[-1])


def _told(exhibit: Exhibit) -> pd.DataFrame:
    """Return the rows that say the most: the totals of a scale, the newest of several series, else all."""
    if exhibit.totals:
        return exhibit.shown(exhibit.rows[exhibit.rows["role"] == TOTAL])
    shown = exhibit.shown(exhibit.drawn)
    several = exhibit.kind == "trend" and shown["item"].nunique() > 1
    return shown[shown["wave"] == shown.iloc[-1]["wave"]] if several else shown


def _named(exhibit: Exhibit, rows: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """Give each row with a name made of what tells it from the others."""
    parts = pd.DataFrame({"item": rows["item"]})
    if exhibit.kind == "diverging":
        parts["answer"] = rows["answer"].where(
            rows["role"] != TOTAL, [exhibit.label(name) for name in rows["question"]]
        )
    parts["group"] = rows["group"]
    if exhibit.kind == "trend":
        parts["wave"] = rows["wave"]
    telling = [name for name in parts if parts[name].nunique() > 1] or ["item"]
    for names, row in zip(parts[telling].itertuples(index=False), rows.itertuples(), strict=True):
        yield ", ".join(dict.fromkeys(name for name in names if name)), row


def _some(exhibit: Exhibit, cells: Sequence[str], most: int = MOST_NAMED) -> str:
    """List a few of the cells, and say how many more there are."""
    if len(cells) <= most:
        return "; ".join(cells)
    more = exhibit.words.number.count(len(cells) - most)
    return exhibit.words("alt.more", cells="; ".join(cells[:most]), count=more)


def _shows(exhibit: Exhibit) -> Iterator[str]:
    words, number = exhibit.words, exhibit.words.number
    values = {"label": inline(exhibit.subject), "base": exhibit.base, "by": exhibit.by}
    count = len(dict.fromkeys(exhibit.drawn["question"]))
    if exhibit.kind == "diverging":
        answers = list(dict.fromkeys(exhibit.drawn.loc[exhibit.drawn["option"] != NEUTRAL, "answer"]))
        values |= {"left": inline(answers[0]), "right": inline(answers[-1])}
    elif exhibit.kind == "trend":
        count = exhibit.rows["wave"].nunique()
    elif exhibit.kind == "bars" and count > 1:
        yield words("caption.shows_items", **values, count=number.count(count))
        return
    yield words(f"caption.shows_{exhibit.kind}", **values, count=number.count(count))


def _counted(exhibit: Exhibit) -> Iterator[str]:
    words = exhibit.words
    for name in (*exhibit.questions, *exhibit.groupings):
        if exhibit.definition(name):
            yield words("caption.definition", label=exhibit.label(name), definition=exhibit.definition(name))
    for parent in dict.fromkeys(exhibit.parent(name).id for name in exhibit.questions):
        question = exhibit.variable(parent)
        if isinstance(question, Question):
            number = question.number.removeprefix("Q")
            yield words("caption.wording", number=number, wording=words.text(question.wording))


def _base(exhibit: Exhibit) -> Iterator[str]:
    words = exhibit.words
    bases = {exhibit.variable(name).base.id for name in exhibit.questions}
    yield words("caption.base_all" if bases == {"all"} else "caption.base", base=exhibit.base)
    offered = [
        inline(exhibit.answer(name, option.id))
        for name in exhibit.questions
        for option in exhibit.variable(name).options
        if option.offered is not None and name not in exhibit.totals
    ]
    if offered:
        yield words("caption.base_some", options=words.number.list(offered))
    if any(item.offered is not None for name in exhibit.questions for item in _items(exhibit, name)):
        yield words("caption.base_items")


def _items(exhibit: Exhibit, name: str) -> tuple[Option, ...]:
    """Return the items of the grid that a variable is one of."""
    return getattr(exhibit.parent(name), "items", ()) if "." in name else ()


def _tested(exhibit: Exhibit, test: str) -> dict[str, str]:
    words = exhibit.words
    key = f"caption.test_{test}"
    return {
        "test": words(key) if words.has(key) else test,
        "alpha": words.number.fraction(exhibit.alpha),
        "adjusted": words(f"caption.adjusted_{exhibit.adjustment}"),
    }


def _tests(exhibit: Exhibit) -> Iterator[str]:
    """Say for each group variable whether the answers differ by it."""
    words = exhibit.words
    for by, tests in told_tests(exhibit).groupby("by", sort=False):
        values = {"by": exhibit.grouping(str(by)), **_tested(exhibit, str(tests.iloc[0]["test"]))}
        clear = significant(tests, exhibit)
        if len(tests) == 1:
            key = "caption.test_not" if clear.empty else "caption.test_significant"
            yield words(key, **values, p=words.number.p_value(tests.iloc[0]["p_adjusted"]))
        elif clear.empty or len(clear) == len(tests):
            yield words("caption.tests_none" if clear.empty else "caption.tests_all", **values)
        else:
            named = [inline(exhibit.answer(row.question, row.option)) for row in clear.itertuples()]
            yield words("caption.tests_some", **values, options=words.number.list(named))
            yield words("caption.tests_rest")
    if any(exhibit.variable(by).kind == "multiple" for by in exhibit.groupings):
        yield words("caption.groups_overlap")


def _differences(exhibit: Exhibit) -> Iterator[str]:
    """Name the clearest differences between groups, or changes between waves."""
    tested = told_differences(exhibit)
    if tested.empty:
        return
    words, number = exhibit.words, exhibit.words.number
    clear = significant(tested, exhibit)
    kind = "changes" if exhibit.kind == "trend" else "differences"
    values = _tested(exhibit, "t") | {"total": number.count(len(tested))}
    if clear.empty:
        yield words(f"caption.{kind}_none" if len(tested) > 1 else f"caption.{kind}_not", **values)
        return
    key = (
        "difference_option" if len(tested[["question", "option"]].drop_duplicates()) > 1 else "difference_one"
    )
    named = [_named_difference(exhibit, row, key) for row in clear.head(MOST_DIFFERENCES).itertuples()]
    yield words(f"caption.{kind}_some", **values, list="; ".join(named))
    if len(clear) > MOST_DIFFERENCES:
        yield words("caption.differences_more", **values, count=number.count(len(clear)))


def _named_difference(exhibit: Exhibit, row: Any, key: str) -> str:
    words = exhibit.words
    values = {
        "option": exhibit.answer(row.question, row.option),
        "level": exhibit.group(row.by, row.level),
        "reference": exhibit.group(row.by, row.reference),
    }
    points, p = words.points(row.difference), words.number.p_value(row.p_adjusted)
    return words("caption.difference_item", subject=words(f"caption.{key}", **values), points=points, p=p)


def _sums(exhibit: Exhibit) -> Iterator[str]:
    """Say why shares do not sum to a hundred."""
    words = exhibit.words
    shown = exhibit.shown(exhibit.rows[exhibit.rows["role"] != TOTAL])
    names = [name for name in exhibit.questions if name not in exhibit.totals]
    kinds = {exhibit.variable(name).kind for name in names}
    if kinds == {"multiple"}:
        yield from _multiple(exhibit, names, shown)
    for role in NOT_DRAWN:
        left = shown[shown["role"] == role].sort_values("estimate")
        values = list(dict.fromkeys(left["value"]))
        if len(values) == 1:
            yield words(f"caption.{role}", share=values[0])
        elif values:
            yield words(f"caption.{role}_range", low=values[0], high=values[-1])
    if exhibit.kind == "diverging":
        for answer in dict.fromkeys(shown.loc[shown["option"] == NEUTRAL, "answer"]):
            yield words("caption.neutral", answer=answer)
    if not exhibit.instrument.dont_know_in_base and any(
        "dont_know" in exhibit.variable(n).with_role("dont_know") for n in names
    ):
        yield words("caption.dont_know_out")
    if kinds == {"single"} and not _sum_to_hundred(shown):
        yield words("caption.rounding")


def _multiple(exhibit: Exhibit, names: Sequence[str], shown: pd.DataFrame) -> Iterator[str]:
    variable = exhibit.variable(names[0])
    maximum = getattr(variable, "maximum", None)
    sums = shown.groupby(["wave", "question", "by", "level"], sort=False)["estimate"]
    if maximum:
        yield exhibit.words("caption.multiple_maximum", maximum=exhibit.words.number.count(maximum))
    elif (sums.size() > 1).any():
        key = "multiple" if isinstance(variable, Question) else "multiple_counted"
        yield exhibit.words(f"caption.{key}" if (sums.sum() > 1).all() else f"caption.{key}_may")


def _sum_to_hundred(shown: pd.DataFrame) -> bool:
    """Tell whether the rounded percentages sum to 100 wherever all answers are there."""
    groups = shown.groupby(["wave", "question", "by", "level"], sort=False)["estimate"]
    whole = (group for _, group in groups if abs(group.sum() - 1) < 1e-9)
    return all(sum(rounded(share * 100) for share in group) == 100 for group in whole)


def _empty(exhibit: Exhibit) -> Iterator[str]:
    """Say how many were asked and gave no answer."""
    words = exhibit.words
    if len(exhibit.questions) == len(exhibit.waves) == 1:
        missing = exhibit.waves[0].no_answer(exhibit.questions[0])
        if missing:
            yield words("caption.no_answer", count=words.number.count(missing))


def _certainty(exhibit: Exhibit) -> Iterator[str]:
    words = exhibit.words
    yield words("caption.weighted", unit=words.text(exhibit.instrument.unit))
    yield words("caption.interval", level=exhibit.level_text)


def _gaps(exhibit: Exhibit) -> Iterator[str]:
    """Say what is hidden, uncertain or not asked, and why."""
    words = exhibit.words
    if (exhibit.rows["verdict"] == "shown").all():
        return
    rows = exhibit.rows.assign(cell=[name for name, _ in _named(exhibit, exhibit.rows)])
    if exhibit.kind in WHOLE:
        whole = rows.groupby(WHOLE[exhibit.kind])["verdict"].transform("nunique") == 1
        rows["cell"] = rows["cell"].mask(whole, rows[WHOLE[exhibit.kind]])
    minimum = words.number.count(exhibit.minimum_base)
    kinds = rows["verdict"].mask(
        rows["verdict"] == "hidden", rows["reason"].map(HIDDEN_BY).fillna("hidden_rule")
    )
    for verdict in ("hidden", "hidden_rule", "hidden_protects", "uncertain", "not_asked"):
        gaps = rows[kinds == verdict]
        if gaps.empty:
            continue
        reasons = [inline(words(f"gap.{reason}")) for reason in dict.fromkeys(gaps["reason"])]
        cells = _some(exhibit, list(dict.fromkeys(gaps["cell"])))
        yield words(f"caption.{verdict}", cells=cells, minimum=minimum, reasons=words.number.list(reasons))


def _left(exhibit: Exhibit) -> Iterator[str]:
    """Say that a trend of many answers draws only some of them."""
    words, pairs = exhibit.words, exhibit.answers[["question", "option"]].drop_duplicates()
    total = int((pairs["option"] != "").sum())
    if total > len(exhibit.series):
        count, total_text = (words.number.count(each) for each in (len(exhibit.series), total))
        yield words("caption.most_series", count=count, total=total_text)


def _sizes(exhibit: Exhibit) -> Iterator[str]:
    """Give n: the number of answers in the base of each group or wave."""
    words, number = exhibit.words, exhibit.words.number
    key = "wave" if exhibit.kind == "trend" else "group"
    asked = exhibit.rows[exhibit.rows["verdict"] != "not_asked"]
    sizes = [(level, exhibit.size_of(rows)) for level, rows in asked.groupby(key, sort=False)]
    ends = sorted({int(n) for n in asked["n"].dropna()})
    if 1 < len(sizes) <= MOST_SIZES:
        listed = [words("caption.n_level", level=level, n=inline(size)) for level, size in sizes]
        yield words("caption.n_groups", list=number.list(listed))
    elif len(ends) > 1:
        yield words("caption.n_range", low=number.count(ends[0]), high=number.count(ends[-1]))
    elif ends:
        yield words("caption.n", n=number.count(ends[0]))


def _origin(exhibit: Exhibit) -> Iterator[str]:
    """Give the source and the mark of synthetic data."""
    words, number = exhibit.words, exhibit.words.number
    if len(exhibit.waves) == 1:
        yield words("caption.source", source=words.text(exhibit.waves[0].meta.source).rstrip("."))
    else:
        waves = number.list([wave.id for wave in exhibit.waves])
        yield words("caption.source_waves", title=words.text(exhibit.instrument.title), waves=waves)
    if exhibit.synthetic:
        yield words("caption.synthetic")


def left_out(estimates: pd.DataFrame, *, wave: Wave, words: Words) -> Iterator[str]:
    """Say which variables of the estimates are left out, and why: a sentence a reason."""
    instrument = wave.instrument
    for reason, rows in estimates.groupby("reason", sort=False):
        names = [name for name in dict.fromkeys(rows[["question", "by"]].to_numpy().ravel()) if name]
        missing = [name for name in names if not wave.asks(name)] or names
        labels = [words.text(instrument.variable(name).label) for name in missing if instrument.has(name)]
        what = words.number.list([inline(label) for label in labels]) or words("report.left_out_question")
        yield words("report.left_out", what=capital(what), reason=inline(words(f"gap.{reason}")))
