"""A comparison over a break is refused with the reason, unless the publication says it is wanted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from barometer.comparability import comparison
from barometer.instrument import Instrument
from barometer.waves import Break, Wave, list_waves, load_wave

FOLDER = Path(__file__).parents[1] / "data/waves"
_, SECOND, THIRD, _ = list_waves(FOLDER)


@pytest.fixture(scope="module")
def waves(barometer_instrument: Instrument) -> tuple[Wave, Wave]:
    earlier, later = (load_wave(n, folder=FOLDER, instrument=barometer_instrument) for n in (SECOND, THIRD))
    return earlier, later


def test_without_a_break_every_option_is_compared(waves: tuple[Wave, Wave]) -> None:
    found = comparison("reuse", *waves, options=("first", "copy"))
    assert (found.options, found.refused, found.crossed) == (("first", "copy"), (), ())


def test_an_option_that_breaks_is_refused_with_the_reason(waves: tuple[Wave, Wave]) -> None:
    found = comparison("positive_role", *waves, options=("employees", "foreign", "foundations"))
    assert found.options == ("employees",)
    assert [(each.wave, each.reason["en"]) for each in found.refused] == [
        (THIRD, "Co-financing counts from the third edition on")
    ]
    assert not found.crossed


@pytest.mark.parametrize("wanted", ["positive_role", "positive_role/foreign"])
def test_what_is_wanted_is_compared_and_its_reason_kept_for_the_caption(
    wanted: str, waves: tuple[Wave, Wave]
) -> None:
    found = comparison("positive_role", *waves, options=("employees", "foreign"), wanted=[wanted])
    assert found.options == ("employees", "foreign")
    assert [each.reason["en"] for each in found.crossed] == ["Co-financing counts from the third edition on"]
    assert not found.refused


def test_a_wish_for_one_option_leaves_the_others_refused(waves: tuple[Wave, Wave]) -> None:
    found = comparison(
        "positive_role",
        *waves,
        options=("foreign", "technology"),
        wanted=["positive_role/foreign", "values"],
    )
    assert found.options == ("foreign",)
    assert len(found.crossed) == len(found.refused) == 1


def test_a_wish_for_a_grid_holds_for_its_items(waves: tuple[Wave, Wave]) -> None:
    earlier, later = waves
    broken = replace(later, breaks=(Break(("factors",), (), {"en": "Reworded"}, THIRD),))
    settings = {"options": ("promoted_high",)}
    assert not comparison("factors.economy", earlier, broken, **settings).options
    assert comparison("factors.economy", earlier, broken, **settings, wanted=["factors"]).options
