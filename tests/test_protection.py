"""Which cells of a wave are hidden: decided from its answers alone, and the same whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from barometer.disclosure import assess
from barometer.estimate import proportions
from barometer.instrument import Instrument
from barometer.linkage import families
from barometer.protection import Protection
from barometer.rules import PRESETS, Rules
from barometer.waves import Wave, load_wave

BAROMETER = PRESETS["barometer"]


@pytest.fixture(scope="module")
def wave(barometer_instrument: Instrument) -> Wave:
    folder = Path(__file__).parents[1] / "data/waves"
    return load_wave("2018-2019", folder=folder, instrument=barometer_instrument)


def reasons(wave: Wave, rules: Rules, question: str, by: str) -> Mapping[tuple[str, str], str]:
    found = assess(proportions(wave, question, by=by), rules, waves=(wave,))
    hidden = found[found["verdict"] == "hidden"]
    return {(row.option, row.level): row.reason for row in hidden.itertuples()}


def test_sums_between_answers_are_found(wave: Wave) -> None:
    found = families(wave, "innovative")
    family = found["reuse", "copy"]
    assert set(family.answers) == {
        *(("reuse", option) for option in ("first", "adapted", "copy", "dont_know")),
        ("reused", "yes"),
    }
    reuse = wave.indicators("reuse").values[wave.asked("reuse")]
    columns = np.column_stack([reuse, wave.indicators("reused").values[wave.asked("reuse")]])
    sums = columns @ family.relations.T
    assert sums.shape[1] == 2
    assert (abs(sums - sums[0]) < 1e-9).all()
    assert found["partners", "citizens"].relations.size == 0


def test_a_part_by_a_group_hides_what_the_group_by_the_part_hides(wave: Wave) -> None:
    by_size = {
        (option, sector, size): reason
        for sector in wave.groups("sector").levels
        for (option, size), reason in reasons(
            wave.restrict("sector", sector), BAROMETER, "initiators", "size"
        ).items()
    }
    by_sector = {
        (option, sector, size): reason
        for size in wave.groups("size").levels
        for (option, sector), reason in reasons(
            wave.restrict("size", size), BAROMETER, "initiators", "sector"
        ).items()
    }
    assert by_size == by_sector
    assert {"small_cell", "protects"} <= set(by_size.values())


def test_it_makes_no_difference_what_was_asked_before(wave: Wave) -> None:
    fresh = replace(wave, _cache={})
    one = Protection(fresh, BAROMETER).reason("reuse", "copy", {"sector": "regional", "size": "under_20"})
    for name in ("initiators", "reused", "values"):
        reasons(wave, BAROMETER, name, "industry")
    assert (
        Protection(wave, BAROMETER).reason("reuse", "copy", {"sector": "regional", "size": "under_20"}) == one
    )


def test_a_group_by_three_variables_is_not_published_where_anything_is_protected(wave: Wave) -> None:
    groups = {"sector": "municipal", "size": "from_20", "region": "capital"}
    assert Protection(wave, BAROMETER).reason("reuse", "first", groups) == "protects"
    assert Protection(wave, PRESETS["open"]).reason("reuse", "first", groups) == ""


def test_a_single_small_group_is_not_hidden_alone(wave: Wave) -> None:
    """The smallest sector is too small here; its share would follow from the others and the whole."""
    sizes = wave.groups("sector").member.sum(axis=0)
    rules = replace(BAROMETER, minimum_base=int(sizes.min()) + 1, uncertain_base=1000)
    found = reasons(wave, rules, "innovative", "sector")
    assert sorted(found.values()) == ["protects", "small_base"]
    assert reasons(wave, replace(rules, secondary=False), "innovative", "sector") == {
        key: reason for key, reason in found.items() if reason == "small_base"
    }


def test_where_every_workplace_of_the_strata_answered_more_answers_are_needed(wave: Wave) -> None:
    frame = wave.frame.assign(stratum_population=1)
    certain = replace(wave, frame=frame, _cache={})
    sizes = certain.groups("industry").member.sum(axis=0)
    rules = replace(BAROMETER, take_all_base=int(sizes.min()) + 1, secondary=False)
    assert set(reasons(certain, rules, "innovative", "industry").values()) == {"take_all"}
    assert reasons(wave, rules, "innovative", "industry") == {}
