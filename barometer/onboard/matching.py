"""Which column is which answer: certain where the words are the same, otherwise open with candidates."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from barometer.onboard.earlier import Memory
from barometer.onboard.likeness import cut_to, likeness, same, without_number, words
from barometer.onboard.source import Source
from barometer.onboard.targets import Target

NAMED = ", the name as before"
_WORTH_SHOWING = 0.45
_NEAR_BEST = 0.8  # of the likeness to what a column is most like; what is less like is no candidate
_CANDIDATES = 4
_BLOCK = 3  # columns that together say which question they belong to
_LONG = 40  # letters; where several labels end at the same length beyond it, the file cuts them
_SEVERAL = frozenset({"design.strata"})


@dataclass(frozen=True)
class Match:
    """A column that is certain to hold a target, and how that is known: label, name, or block."""

    column: str
    how: str


@dataclass(frozen=True)
class Matching:
    """What was found. `certain` has one column a target, strata several; `open` the candidates, best first.

    `renamed` holds columns whose label says another thing than the earlier wave that had their name.
    """

    certain: Mapping[str, tuple[Match, ...]]
    open: Mapping[str, Mapping[str, str]]
    renamed: Mapping[str, str]

    def columns(self, target: str) -> tuple[str, ...]:
        """Return the columns that are certain to hold a target."""
        return tuple(match.column for match in self.certain.get(target, ()))


def match_columns(source: Source, targets: Sequence[Target], memory: Memory) -> Matching:
    """Find the columns of a file that hold the answers of the questionnaire.

    Certain is a column whose label says what one target alone is called, in the questionnaire or in an
    earlier file; or one without a label that has the name it had before. A label that several targets
    have is told apart by the columns beside it, when only one question has them all. No target takes
    two columns, no column two targets.
    """
    labels = {
        column: without_number(label)
        for column in source.frame
        if words(label := source.labels.get(column, "")) not in ((), words(column))
    }
    said = _said(labels, targets, max(map(len, source.labels.values()), default=0))
    named = {column: _named(column, targets, memory) for column in source.frame}
    chosen: dict[str, tuple[str, Match]] = {}
    for column in source.frame:
        if target := _choose(column, said, named, labels):
            how = "label" if len(said[column]) == 1 else "block" if said[column] else "name"
            chosen[column] = (target, Match(column, how))
    claims = Counter(target for target, _ in chosen.values())
    certain: dict[str, tuple[Match, ...]] = defaultdict(tuple)
    for target, match in chosen.values():
        if claims[target] == 1 or target in _SEVERAL:
            certain[target] = (*certain[target], match)
    taken = {match.column for matches in certain.values() for match in matches}
    left = [column for column in source.frame if column not in taken]
    wanted = [target for target in targets if target.name not in certain]
    renamed = {
        column: next(iter(named[column]))
        for column, (target, _) in chosen.items()
        if named[column] and target not in named[column]
    }
    return Matching(dict(certain), _candidates(left, wanted, said, named, source), renamed)


def _said(labels: Mapping[str, str], targets: Sequence[Target], longest: int) -> dict[str, set[str]]:
    """Return the targets that each column's label says word for word; slips count where nothing is exact."""
    phrases = [(target.name, phrase) for target in targets for phrase in target.phrases]
    exact: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for name, phrase in phrases:
        exact[words(without_number(phrase))].add(name)
    split = [(name, words(phrase)) for name, phrase in phrases]
    cut = longest >= _LONG and sum(len(label) >= longest - _LONG // 10 for label in labels.values()) > 1
    found: dict[str, set[str]] = defaultdict(set)
    for column, label in labels.items():
        own = words(label)
        found[column] = set(exact.get(own, ())) or {name for name, each in split if same(own, each)}
        if not found[column] and cut and len(label) >= _LONG:
            short = cut_to((phrase for _, phrase in phrases), len(label))
            pairs = zip(phrases, short, strict=True)
            found[column] = {name for (name, phrase), each in pairs if each != phrase and words(each) == own}
    return found


def _named(column: str, targets: Sequence[Target], memory: Memory) -> set[str]:
    """Return the targets that were called so in an earlier wave, or are called so in the questionnaire."""
    known = column.casefold()
    return {
        target.name
        for target in targets
        if known in memory.names.get(target.name, ()) or words(known) == words(target.name)
    }


def _choose(
    column: str,
    said: Mapping[str, set[str]],
    named: Mapping[str, set[str]],
    labels: Mapping[str, str],
) -> str:
    """Return the target that a column is certain to hold, or nothing."""
    found = said.get(column, set()) if column in labels else named[column]
    if len(found) > 1:
        found = found & named[column] or _by_block(column, said) or found
    return next(iter(found)) if len(found) == 1 else ""


def block(column: str) -> str:
    """Return the name of a column without what numbers it among its neighbours: ``Q09_07`` is ``Q09``."""
    return re.sub(r"[_.\-]?(\d+|(?<=[\d_.\-])[a-zA-Z])$", "", column)


def _by_block(column: str, said: Mapping[str, set[str]]) -> set[str]:
    """Return what a column holds when one question alone has the words of all columns of its block."""
    beside = [said[other] for other in said if block(other) == block(column)]
    whole = {target: target.partition("/")[0].partition(".")[0] for found in beside for target in found}
    shared = set.intersection(*({whole[target] for target in found} for found in beside))
    if len(beside) < _BLOCK or len(shared) != 1:
        return set()
    return {target for target in said[column] if whole[target] in shared}


def _candidates(
    left: Sequence[str],
    wanted: Sequence[Target],
    said: Mapping[str, set[str]],
    named: Mapping[str, set[str]],
    source: Source,
) -> dict[str, dict[str, str]]:
    """Return for each target the columns that may hold it, with score and label, the best first."""
    phrases = [(target.name, phrase) for target in wanted for phrase in target.phrases]
    if not left or not phrases:
        return {}
    texts = [without_number(source.labels.get(column, column)) for column in left]
    alike = likeness(texts, [phrase for _, phrase in phrases])
    found: dict[str, dict[str, tuple[float, str]]] = defaultdict(dict)
    for at, column in enumerate(left):
        scores: dict[str, float] = defaultdict(float)
        for (name, _), score in zip(phrases, alike[at], strict=True):
            scores[name] = max(scores[name], float(score))
        shown = max(_WORTH_SHOWING, _NEAR_BEST * max(scores.values()))
        for target in wanted:
            score = 1.0 if target.name in said.get(column, ()) else min(scores[target.name], 0.99)
            called = target.name in named[column]
            if score >= shown or called:
                text = f'{score:.2f} "{source.labels.get(column, "")[:100]}"' + NAMED * called
                found[target.name][column] = (score + called, text)
    ordered = {name: sorted(each, key=lambda c: -each[c][0])[:_CANDIDATES] for name, each in found.items()}
    return {name: {column: found[name][column][1] for column in best} for name, best in ordered.items()}
