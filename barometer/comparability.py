"""What may be compared between two waves: a break refuses it, unless the publication says it is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from barometer.errors import Problem
from barometer.formats import Words, languages
from barometer.waves import Break, Wave

ALIKE = 0.5
"""At least this share of the units in two waves keeps its place in a register, or they aren't the same."""
_UNLINK = "Take the wave out, unless both files give a workplace the same id."


@dataclass(frozen=True)
class Comparison:
    """The options of a variable that are compared between two waves, which are named.

    `refused` are the options that a break keeps apart, with the break; `crossed` those that the publication
    compares over a break all the same: a caption has to say so, with the reason. `shared` are the units
    known to be in both waves, which the test reckons with.
    """

    variable: str
    earlier: str
    later: str
    options: tuple[str, ...]
    refused: Mapping[str, Break]
    crossed: Mapping[str, Break]
    shared: int = 0


def comparison(
    variable: str, earlier: Wave, later: Wave, *, options: Sequence[str], wanted: Collection[str] = ()
) -> Comparison:
    """Return which options of a variable are compared between two waves.

    Parameters
    ----------
    wanted
        What the publication compares over a break: ``values`` is a whole variable, or the grid that it
        is an item of, ``partners/foreign`` one option.
    """
    between = {option: break_between(variable, earlier, later, option=option or None) for option in options}
    broken = {option: found for option, found in between.items() if found}
    names = (variable, variable.partition(".")[0])
    crossed = {
        option: found
        for option, found in broken.items()
        if any(name in wanted or f"{name}/{option}" in wanted for name in names)
    }
    refused = {option: found for option, found in broken.items() if option not in crossed}
    compared = tuple(option for option in options if option not in refused)
    link = later.link(earlier)
    shared = len(link.later) if link else 0
    return Comparison(variable, earlier.id, later.id, compared, refused, crossed, shared)


def breaks_along(series: Iterable[tuple[str, str]], waves: Sequence[Wave]) -> tuple[Break, ...]:
    """Return the breaks of variables and their options between neighbouring waves, each once."""
    found = [
        break_between(variable, earlier, later, option=option or None)
        for variable, option in series
        for earlier, later in pairwise(waves)
    ]
    return tuple({(each.variables, each.options, each.wave): each for each in found if each}.values())


def break_between(variable: str, earlier: Wave, later: Wave, *, option: str | None = None) -> Break | None:
    """Return what makes a variable, or one option of it, incomparable between two waves; None is comparable.

    A break is declared in a wave file, for the variable or for what it is counted from, or found: the
    questions and options that the figures rest on, those of the base included, differ. The whole of a
    multiple question breaks when every option does, a grid when one of its items does.
    """
    if not later.instrument.has(variable):
        return None
    if (items := later.instrument.expand(variable)) != (variable,):
        found = [break_between(item, earlier, later, option=option) for item in items]
        return next((each for each in found if each), None)
    if option is None and later.instrument.variable(variable).kind == "multiple":
        found = [break_between(variable, earlier, later, option=each) for each in later.options(variable)]
        return found[0] if all(found) and found else None
    behind = later.rests_on(variable, option or "") if later.asks(variable) else frozenset()
    for each in later.breaks:
        touched = any(_touches(each, *pair) for pair in ((variable, option), *behind))
        if earlier.id < each.wave <= later.id and touched:
            return each
    if not (earlier.asks(variable) and later.asks(variable)):
        return None
    if earlier.rests_on(variable, option or "") == later.rests_on(variable, option or ""):
        return None
    known = [language for language in later.instrument.languages if language in languages()]
    reason = {language: Words(language)("report.break_text").rstrip(".") for language in known}
    return Break((variable,), (option,) if option else (), reason, later.id)


def _touches(each: Break, variable: str, option: str | None) -> bool:
    """Tell whether a break is declared for a variable, or the grid it is an item of, and for the option."""
    named = {variable, variable.partition(".")[0]}.intersection(each.variables)
    return bool(named) and (not each.options or option in each.options)


def link_problems(wave: Wave, earlier: Iterable[Wave]) -> Iterator[Problem]:
    """Give what speaks against the claim that the unit ids of a wave are those of earlier ones (METHODS 5.2).

    Two files that number their rows have ids in common too, but then not the same workplaces.
    """
    for before in (each for each in earlier if each.id in wave.linked):
        link, where = wave.link(before), f"{wave.id}/wave.yaml: linked"
        if link is None:
            expected = f"two samples of single units, with units of {before.id} in {wave.meta.file}"
            yield Problem(where, expected, "none, or samples of clusters", _UNLINK)
            continue
        for name in wave.instrument.register:
            if not (wave.asks(name) and before.asks(name)) or break_between(name, before, wave):
                continue
            new, old = (each.frame[name].astype(str).to_numpy() for each in (wave, before))
            alike = float(np.mean(new[link.later] == old[link.earlier]))
            if alike < ALIKE:
                yield Problem(where, f"the same {name} for most units", f"for {alike:.0%}", _UNLINK)
