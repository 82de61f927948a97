"""Presets of the rules of disclosure, and what params.yaml changes of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from barometer.errors import ReportError
from barometer.params import load_params
from barometer.rules import PRESETS, Rules


def rules(tmp_path: Path, text: str) -> Rules:
    (tmp_path / "notebooks").mkdir(exist_ok=True)
    (tmp_path / "notebooks/one.ipynb").touch()
    (tmp_path / "params.yaml").write_text(f"disclosure: {text}\n", encoding="utf-8")
    return load_params(tmp_path / "params.yaml").disclosure


def test_nothing_said_is_the_preset_of_the_barometer(tmp_path: Path) -> None:
    assert rules(tmp_path, "{}") == PRESETS["barometer"] == Rules()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_named_alone_or_with_what_differs(tmp_path: Path, name: str) -> None:
    assert rules(tmp_path, name) == PRESETS[name]
    assert rules(tmp_path, f"{{preset: {name}, minimum_base: 12}}") == replace(PRESETS[name], minimum_base=12)


def test_each_preset_hides_what_the_one_before_it_hides() -> None:
    limits = np.array(
        [[r.minimum_base, r.minimum_cell, r.group_base, r.take_all_base] for r in PRESETS.values()]
    )
    assert (np.diff(limits, axis=0) > 0).all()
    assert [each.secondary for each in PRESETS.values()] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stricter", "Did you mean 'strict'?"),
        ("{preset: opne}", "Did you mean 'open'?"),
        ("{minimum_cel: 3}", "Did you mean 'minimum_cell'?"),
        ("{precision: shout}", "one of none, mark, hide"),
        ("{secondary: 1}", "true or false"),
        ("{minimum_base: 0}", "a number from 1 to 1000000"),
        ("{group_base: 2.5}", "a whole number"),
        ("{minimum_base: 60}", "an uncertain_base not below the minimum_base of 60"),
    ],
)
def test_what_is_wrong_is_told_with_the_nearest_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ReportError) as refused:
        rules(tmp_path, text)
    assert message in str(refused.value)
