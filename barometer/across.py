"""What is said of a comparison across waves: where a series breaks, and the workplaces that are in both."""

from __future__ import annotations

from collections.abc import Iterator

from barometer.exhibit import Exhibit
from barometer.formats import inline
from barometer.waves import Break


def broken(exhibit: Exhibit) -> Iterator[str]:
    """Say where a series breaks and why, and whether a comparison over it is refused or made all the same."""
    words = exhibit.words
    since: dict[str, str] = {}  # by the reason of the break
    crossed: dict[str, list[str]] = {}
    apart: list[Break] = []
    for each in exhibit.comparisons:
        apart += (*each.refused.values(), *each.crossed.values())
        since |= {words.text(found.reason): each.earlier for found in each.refused.values()}
        whole = len(each.crossed) == len(each.options)
        for option, found in each.crossed.items():
            name = exhibit.label(each.variable) if whole else exhibit.answer(each.variable, option)
            crossed.setdefault(words.text(found.reason), []).append(inline(name))
    told = {words.text(each.reason) for each in exhibit.breaks}
    # Beside a wave that did not ask there is no break, but there may be one between those around it.
    along = (*exhibit.breaks, *(each for each in apart if words.text(each.reason) not in told))
    for wave, reason in dict.fromkeys((each.wave, words.text(each.reason)) for each in along):
        key = "break_refused" if wave > since.get(reason, wave) else "break"
        yield words(f"caption.{key}", wave=wave, reason=reason.rstrip("."))
        if reason in crossed:
            named = words.number.list(list(dict.fromkeys(crossed[reason])))
            yield words("caption.break_crossed", options=named)


def linked(exhibit: Exhibit) -> Iterator[str]:
    """Say that workplaces answered both of the waves that are compared."""
    made = [each for each in exhibit.comparisons if each.options and each.shared]
    unit = exhibit.words.text(exhibit.instrument.unit)
    for earlier, later, shared in dict.fromkeys((each.earlier, each.later, each.shared) for each in made):
        count = exhibit.size(shared if shared >= exhibit.minimum_base else None)
        yield exhibit.words("caption.linked", count=count, unit=unit, earlier=earlier, later=later)
