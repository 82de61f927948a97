"""What may be compared between two waves: a break refuses it, unless the publication says it is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from barometer.waves import Break, Wave, break_between


@dataclass(frozen=True)
class Comparison:
    """The options of a variable that are compared between two waves.

    `refused` are the breaks that keep the others apart, `crossed` those that the publication compares
    over all the same: a caption has to say so, with their reason.
    """

    options: tuple[str, ...]
    refused: tuple[Break, ...]
    crossed: tuple[Break, ...]


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
    broken = {option: break_between(variable, earlier, later, option=option) for option in options}
    names = (variable, variable.partition(".")[0])

    def crossing(option: str) -> bool:
        return any(name in wanted or f"{name}/{option}" in wanted for name in names)

    return Comparison(
        options=tuple(option for option, found in broken.items() if found is None or crossing(option)),
        refused=_each_once(found for option, found in broken.items() if not crossing(option)),
        crossed=_each_once(found for option, found in broken.items() if crossing(option)),
    )


def _each_once(found: Iterable[Break | None]) -> tuple[Break, ...]:
    """Return the breaks that there are, one for each wave and reason."""
    return tuple({(each.wave, tuple(each.reason.values())): each for each in found if each}.values())
