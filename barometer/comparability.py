"""What may be compared between two waves: a break refuses it, unless the publication says it is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from barometer.waves import Break, Wave, break_between


@dataclass(frozen=True)
class Comparison:
    """The options of a variable that are compared between two waves, which are named.

    `refused` are the options that a break keeps apart, with the break; `crossed` those that the publication
    compares over a break all the same: a caption has to say so, with the reason.
    """

    variable: str
    earlier: str
    later: str
    options: tuple[str, ...]
    refused: Mapping[str, Break]
    crossed: Mapping[str, Break]


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
    return Comparison(variable, earlier.id, later.id, compared, refused, crossed)


def breaks_along(series: Iterable[tuple[str, str]], waves: Sequence[Wave]) -> tuple[Break, ...]:
    """Return the breaks of variables and their options between neighbouring waves, each once."""
    found = [
        break_between(variable, earlier, later, option=option or None)
        for variable, option in series
        for earlier, later in pairwise(waves)
    ]
    return tuple({(each.variables, each.options, each.wave): each for each in found if each}.values())
