"""How many chapters run at a time on machines of all sizes."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from barometer.build.machine import BESIDE, cores, memory, workers

GIGABYTE = 1_000_000_000


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have eight cores and lots of memory."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("", (), {"available": 64 * GIGABYTE}))


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("said", "expected"), [("max 100000", 8), ("150000 100000", 2), ("50000 100000", 1), ("", 8)]
)
def test_a_container_has_the_cores_that_it_was_given(tmp_path: Path, said: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(said)
    assert cores(tmp_path) == expected


@pytest.mark.usefixtures("large")
def test_a_container_has_the_memory_that_it_was_given(tmp_path: Path) -> None:
    assert memory(tmp_path) == 64 * GIGABYTE
    (tmp_path / "memory.current").write_text(str(GIGABYTE))
    (tmp_path / "memory.max").write_text("max")
    assert memory(tmp_path) == 64 * GIGABYTE
    (tmp_path / "memory.max").write_text(str(3 * GIGABYTE))
    assert memory(tmp_path) == 2 * GIGABYTE


@pytest.mark.usefixtures("large")
def test_no_more_chapters_run_than_memory_has_room_for_and_always_one(tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text("0")
    (tmp_path / "memory.max").write_text(str(4 * GIGABYTE))
    assert workers(None, peaks=[GIGABYTE - BESIDE, GIGABYTE // 2], limits=tmp_path) == 4
    assert workers(None, peaks=[9 * GIGABYTE], limits=tmp_path) == 1
    assert workers(3, peaks=[9 * GIGABYTE], limits=tmp_path) == 3
    assert workers(None, peaks=[], limits=tmp_path) == 7


@pytest.mark.usefixtures("large")
def test_a_system_without_such_limits_has_all_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores(tmp_path / "none") == 6
