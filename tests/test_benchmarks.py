"""The benchmarks measure what they say: contenders take turns, and compute the same shares."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import estimator
from benchmarks.__main__ import PARTS, write_part
from benchmarks.builds import CHAPTERS, ROOT
from benchmarks.measure import Run, run, side_by_side


def test_contenders_take_turns_and_the_round_that_looks_at_memory_does_not_count() -> None:
    order: list[str] = []

    def contender(name: str, *seconds: float) -> Run:
        order.append(name)
        return Run(seconds[order.count(name) - 1], 1.0, peak=100.0)

    found = side_by_side(
        {
            "slow": lambda memory: contender("slow", 9.0, 5.0, 7.0, 99.0),
            "fast": lambda memory: contender("fast", 1.0, 3.0, 2.0, 99.0),
        },
        rounds=3,
    )
    assert order == ["slow", "fast"] * 4
    assert (found["slow"].seconds, found["fast"].seconds) == (7.0, 2.0)
    assert found["fast"].peak == 100.0


def test_a_part_that_is_measured_again_takes_its_place_and_the_others_stay(tmp_path: Path) -> None:
    place = tmp_path / "RESULTS.md"
    (first, _), (second, _) = list(PARTS.values())[:2]
    for title, line in ((second, "two"), (first, "one"), (second, "three")):
        write_part(title, [line], place=place)
    text = place.read_text("utf-8")
    assert text.endswith(f"\n## {first}\n\none\n\n## {second}\n\nthree\n")
    assert "two" not in text


def test_a_command_that_fails_has_no_time() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        run([sys.executable, "-c", "raise SystemExit('no such thing')"], cwd=ROOT)


def test_memory_is_that_of_a_process_and_all_it_started() -> None:
    child = "import time; held = b'x' * 80_000_000; time.sleep(0.5)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    assert run([sys.executable, "-c", code], cwd=ROOT, memory=True).peak > 80


def test_the_estimators_time_is_that_of_shares_which_the_definition_gives(tmp_path: Path) -> None:
    file, result = tmp_path / "sample.parquet", tmp_path / "barometer.csv"
    estimator.write_sample(file, 2_300)
    command = [sys.executable, "-m", "benchmarks.estimator", "barometer", str(file), str(result)]
    assert run(command, cwd=ROOT).told > 0
    found = pd.read_csv(result).set_index(estimator.RESULT[:3])
    assert len(found) == sum(estimator.LEVELS.values()) * len(estimator.INDICATORS)
    group = pd.read_parquet(file).query("g1 == 2")
    weighted = (group["y7"] * group["weight"]).sum() / group["weight"].sum()
    assert found.loc[("g1", 2, "y7"), "estimate"] == pytest.approx(weighted, rel=1e-12)
    moved = tmp_path / "other.csv"
    found.assign(se=found["se"] + 1e-3).reset_index().to_csv(moved, index=False)
    assert estimator.compare({"barometer": result, "other": moved}) == pytest.approx(1e-3)


def test_the_chapters_that_are_measured_are_there() -> None:
    assert all((ROOT / "notebooks" / f"{chapter}.ipynb").exists() for chapter in CHAPTERS)
