"""From waves to what is shown: estimates, disclosure control, tests, breaks, always in that order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from barometer.comparability import breaks_along, comparison
from barometer.compare import adjust, association, contrasts, wave_differences
from barometer.disclosure import assess
from barometer.estimate import few_words, proportions
from barometer.exhibit import NOT_DRAWN, SHOWN, Exhibit, pairs_of
from barometer.formats import Words
from barometer.params import Params
from barometer.waves import Wave

# What `contrasts` calls everyone in the base who is not in the group.
OTHERS = "others"
# The view that is no group variable: the waves.
OVER_TIME = "wave"


@dataclass(frozen=True)
class Segment:
    """One group of a register variable that waves are limited to, and the newest wave without the limit."""

    variable: str
    level: str
    whole: Wave

    def against_rest(self, question: str, *, minimum_base: int, **settings: Any) -> pd.DataFrame:
        """Return the Differences of the segment to everyone else in the base, unless those are too few."""
        found = contrasts(self.whole, question, by=self.variable, **settings)
        other = found[found["reference"] == self.level]
        turned = other.assign(
            level=self.level,
            **{name: -other[name] for name in ("difference", "statistic")},
            **dict(zip(("ci_low", "ci_high"), (-other["ci_high"], -other["ci_low"]), strict=True)),
            **dict(zip(("n", "n_reference"), (other["n_reference"], other["n"]), strict=True)),
        )
        own = pd.concat([found[found["level"] == self.level], turned], ignore_index=True)
        return own[own["n_reference"] >= minimum_base].assign(reference=OTHERS)


@dataclass(frozen=True)
class Assembly:
    """The waves and decisions that exhibits are made with.

    Parameters
    ----------
    waves
        Oldest first; the last one is the wave of the report.
    reference
        The wave that changes are measured against; empty for none.
    segment
        Label of the segment the waves are limited to; empty for none.
    part
        The segment itself: estimates without groups are held against the rest of the newest wave.
    """

    waves: tuple[Wave, ...]
    params: Params
    words: Words
    _: KW_ONLY
    reference: str = ""
    segment: str = ""
    part: Segment | None = None

    @few_words()
    def estimates(
        self,
        variables: Sequence[str],
        *,
        by: str | None = None,
        options: Sequence[str] | None = None,
        over_time: bool = False,
    ) -> pd.DataFrame:
        """Return Estimates of the newest wave, or of all; what the questionnaire lacks was not asked."""
        confidence, interval = self.params.confidence, self.params.interval
        frames = [
            proportions(wave, name, by=by, options=chosen, confidence=confidence, interval=interval)
            for variable in variables
            for name, chosen in self._known(variable, options)
            for wave in (self.waves if over_time else self.waves[-1:])
        ]
        return pd.concat(frames, ignore_index=True)

    def _known(
        self, variable: str, options: Sequence[str] | None
    ) -> Iterator[tuple[str, Sequence[str] | None]]:
        """Give the variable with the options it has; one it lacks stands as a name that the survey lacks."""
        instrument = self.waves[-1].instrument
        if options is None or not instrument.has(variable):
            yield variable, options
            return
        known = {option.id for option in instrument.variable(variable).options}
        if chosen := [option for option in options if option in known]:
            yield variable, chosen
        yield from ((f"{variable}/{option}", None) for option in options if option not in known)

    @few_words()
    def exhibit(self, estimates: pd.DataFrame, *, kind: str) -> Exhibit:
        """Return the estimates assessed and tested, with all that their words need."""
        shown = assess(estimates, self.params.disclosure, waves=self.waves)
        waves = tuple(wave for wave in self.waves if wave.id in set(shown["wave"]))
        return Exhibit(
            shown,
            kind=kind,
            instrument=self.waves[-1].instrument,
            words=self.words,
            waves=waves,
            breaks=breaks_along(pairs_of(shown), waves),
            confidence=self.params.confidence,
            alpha=self.params.test.alpha,
            adjustment=self.params.test.adjustment,
            minimum_base=self.params.disclosure.minimum_base,
            segment=self.segment,
            **(self._changes(shown) if kind == "trend" else self._tested(shown)),
        )

    def view(self, shown: Exhibit, by: str) -> Exhibit | None:
        """Return the answers of an exhibit by another variable, or over the waves if more than one asked."""
        if self.part and by == self.part.variable:
            return None
        over_time = by == OVER_TIME
        kind = "trend" if over_time else "groups"
        groups = None if over_time else by
        chosen = shown.estimates.groupby("question", sort=False)["option"].unique()
        frames = [
            self.estimates([str(name)], by=groups, options=list(options), over_time=over_time)
            for name, options in chosen.items()
        ]
        found = asked_for(pd.concat(frames, ignore_index=True), kind=kind)
        waves = found.loc[found["verdict"] != "not_asked", "wave"].nunique()
        return replace(self.exhibit(found, kind=kind), like=shown) if waves > over_time else None

    def _tested(self, shown: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Return the tests and differences between groups of what is drawn."""
        tests, differences = [], []
        newest, confidence = self.waves[-1], self.params.confidence
        for question, by, options in self._told(shown):
            settings: dict[str, Any] = {"options": options, "confidence": confidence}
            if by:
                tests.append(
                    association(newest, question, by, options=options, levels=_whole(shown, question))
                )
                differences.append(contrasts(newest, question, by=by, **settings))
            elif self.part:
                minimum = self.params.disclosure.minimum_base
                differences.append(self.part.against_rest(question, minimum_base=minimum, **settings))
        found = {"tests": tests, "differences": differences}
        return {key: self._adjusted(frames, shown) for key, frames in found.items() if frames}

    def _changes(self, shown: pd.DataFrame) -> dict[str, Any]:
        """Return what is compared with the earlier wave, and the changes since."""
        earlier, newest = self.earlier, self.waves[-1]
        if earlier is None:
            return {}
        compared = tuple(
            comparison(question, earlier, newest, options=options, wanted=self.params.over_breaks)
            for question, _, options in self._told(shown)
        )
        confidence = self.params.confidence
        changes = [
            wave_differences(earlier, newest, each.variable, options=each.options, confidence=confidence)
            for each in compared
            if each.options
        ]
        found = {"differences": self._adjusted(changes, shown)} if changes else {}
        return {"comparisons": compared, **found}

    def _told(self, shown: pd.DataFrame) -> Iterator[tuple[str, str, list[str]]]:
        """Give each question and group variable with the options that are drawn."""
        for (question, by), rows in shown.groupby(["question", "by"], sort=False):
            apart = self.waves[-1].instrument.variable(question).with_role(*NOT_DRAWN)
            yield question, by, [each for each in dict.fromkeys(rows["option"]) if each not in apart]

    def _adjusted(self, results: Sequence[pd.DataFrame], shown: pd.DataFrame) -> pd.DataFrame:
        """Return the results about what may be seen, adjusted over all that one exhibit shows."""
        visible = _visible(pd.concat(results, ignore_index=True), shown)
        return adjust(visible, adjustment=self.params.test.adjustment)

    @property
    def earlier(self) -> Wave | None:
        """Return the wave that changes are measured against; None for none."""
        return next((each for each in self.waves if each.id == self.reference), None)


def asked_for(estimates: pd.DataFrame, *, kind: str) -> pd.DataFrame:
    """Return the estimates of what was asked; a trend keeps the waves that didn't ask as gaps."""
    asked = estimates["verdict"] != "not_asked"
    told = estimates["question"].isin(estimates.loc[asked, "question"])
    return estimates[told if kind == "trend" else asked]


def _whole(shown: pd.DataFrame, question: str) -> list[str]:
    """Return the groups of which every answer to a question has a number: a test takes no others."""
    seen = shown[shown["question"] == question].groupby("level")["verdict"].agg(lambda v: v.isin(SHOWN).all())
    return list(seen.index[seen])


def _visible(results: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Return what could be tested about cells that have a number: a hidden cell has no test either."""
    visible = shown[shown["verdict"].isin(SHOWN)]
    cells = set(visible[["wave", "question", "option", "level"]].itertuples(index=False, name=None))
    answers = {(question, option) for _, question, option, _ in cells}
    answers_by_group = bool(visible["by"].any())

    def kept(row: Any) -> bool:
        if not hasattr(row, "level"):
            return not row.option or (row.question, row.option) in answers
        if row.by == "wave":
            pair = [(wave, row.question, row.option, "") for wave in (row.level, row.reference)]
        elif not answers_by_group:
            pair = [(row.wave, row.question, row.option, "")]
        else:
            levels = [row.level] if row.reference == OTHERS else [row.level, row.reference]
            pair = [(row.wave, row.question, row.option, level) for level in levels]
        return cells.issuperset(pair)

    keep = np.array([kept(row) for row in results.itertuples()], dtype=bool) & results["p"].notna()
    return results[keep].reset_index(drop=True)
