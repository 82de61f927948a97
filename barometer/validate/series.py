"""A wave against the waves before it: changes that nobody declared, and shares that moved too far."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from barometer.comparability import break_between
from barometer.compare import wave_differences
from barometer.validate.findings import Finding, error, some, warning
from barometer.waves import Wave

MOVED = 0.15
"""A share that moved further than this, a fraction, is looked at ..."""
STANDARD_ERRORS = 4.0
"""... if the move is also more than this many standard errors of the difference."""

_DECLARE = "Declare it under breaks in wave.yaml, with the reason; or map what is missing."
_MAP = "Map their columns, if they were asked."


def check_changes(wave: Wave, earlier: Sequence[Wave]) -> Iterator[Finding]:
    """Give variables whose wording, options or base changed since they were last asked, without a break."""
    where = f"{wave.id}/wave.yaml"
    instrument = wave.instrument
    reported: set[str] = set()
    for name in (*instrument.register, *instrument.questions, *instrument.composites):
        before = _last(name, wave, earlier)
        if before is None:
            continue
        if _reworded(name, before, wave) and not _declared(name, before, wave):
            got = f"'{wave.wordings[name]}', in {before.id} '{before.wordings[name]}'"
            yield error(where, f"a break for the changed wording of {name}", got, _DECLARE)
        # What rests on a question that is reported already would only say it again.
        known = reported.intersection(part.partition(".")[0] for part in instrument.parts(name))
        if not known and (changed := _undeclared(name, before, wave)):
            reported.add(name)
            yield error(where, f"a break for the changed options or base of {name}", changed, _DECLARE)
        if lost := [each for each in instrument.expand(name) if before.asks(each) and not wave.asks(each)]:
            yield warning(where, f"the items of {name} asked in {before.id}", f"none of {some(lost)}", _MAP)


def check_moves(wave: Wave, earlier: Sequence[Wave]) -> Iterator[Finding]:
    """Give shares that moved more than is plausible since the last wave they can be compared with.

    More than `MOVED` and more than `STANDARD_ERRORS` of the difference, of everyone in the base.
    """
    for question in wave.instrument.questions:
        for name in wave.instrument.expand(question):
            before = _last(name, wave, earlier)
            if before is None:
                continue
            options = [
                each for each in wave.options(name) if not break_between(name, before, wave, option=each)
            ]
            found = wave_differences(before, wave, name, options=options)
            far = (found["difference"].abs() > MOVED) & (found["statistic"].abs() > STANDARD_ERRORS)
            for row in found[far].itertuples():
                yield warning(
                    f"{wave.id}/{wave.meta.file}: {name}",
                    f"a share of {row.option} within {100 * MOVED:.0f} points of that in {before.id}",
                    f"{100 * row.difference:+.0f} points",
                    "Look at codes, filter and weights; if the question changed, declare a break.",
                )


def _last(name: str, wave: Wave, earlier: Sequence[Wave]) -> Wave | None:
    """Return the newest earlier wave that asked a variable, None if this one doesn't."""
    asking = [each for each in earlier if each.asks(name)] if wave.asks(name) else []
    return max(asking, key=lambda each: each.id, default=None)


def _undeclared(name: str, before: Wave, wave: Wave) -> str:
    """Return what a variable gained and lost, where that breaks its series and no break says so."""
    gained: set[tuple[str, str]] = set()
    lost: set[tuple[str, str]] = set()
    for item in wave.instrument.expand(name):
        several = wave.instrument.variable(item).kind == "multiple"
        offered = (*wave.options(item), *before.options(item)) if several else (None,)
        for option in dict.fromkeys(offered):
            found = break_between(item, before, wave, option=option)
            if found and found not in wave.breaks:
                old, new = (each.rests_on(item, option or "") for each in (before, wave))
                gained |= new - old
                lost |= old - new
    parts = (("new", gained), ("no longer", lost))
    return "; ".join(f"{word}: {some(sorted(map('/'.join, pairs)))}" for word, pairs in parts if pairs)


def _reworded(name: str, before: Wave, wave: Wave) -> bool:
    """Tell whether both waves state the wording and it differs by more than blanks, case and punctuation."""
    old, new = (re.findall(r"\w+", each.wordings.get(name, "").casefold()) for each in (before, wave))
    return bool(old and new and old != new)


def _declared(name: str, before: Wave, wave: Wave) -> bool:
    return any(name in each.variables and before.id < each.wave <= wave.id for each in wave.breaks)
