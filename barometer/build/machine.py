"""How many chapters this machine runs at a time: as many as it has cores, or as its memory has room for."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

LIMITS = Path("/sys/fs/cgroup")
USUAL = 400_000_000  # bytes that a chapter takes, where none has run yet
BESIDE = 150_000_000  # bytes of the process that runs and renders it


def workers(wanted: int | None, *, peaks: Sequence[int], limits: Path = LIMITS) -> int:
    """Return how many chapters run at a time.

    Parameters
    ----------
    wanted
        What the publication decides; None leaves it to the machine.
    peaks
        The most memory that the chapters took when they last ran, in bytes.
    limits
        The folder in which Linux says what a container may use.
    """
    if wanted:
        return wanted
    room = memory(limits) // (max(peaks, default=USUAL) + BESIDE)
    return max(1, min(cores(limits), room))


def cores(limits: Path = LIMITS) -> int:
    """Return the cores that this process may use; part of one counts as one."""
    affinity = getattr(os, "sched_getaffinity", None)
    here = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota, _, period = _said(limits / "cpu.max").partition(" ")
    return min(here, max(1, math.ceil(int(quota) / int(period)))) if quota.isdecimal() else here


def memory(limits: Path = LIMITS) -> int:
    """Return the bytes of memory that are free for this process."""
    free = psutil.virtual_memory().available
    most, taken = (_said(limits / f"memory.{name}") for name in ("max", "current"))
    return min(free, int(most) - int(taken)) if most.isdecimal() and taken.isdecimal() else free


def _said(path: Path) -> str:
    """Return what a file of the system says, empty where there is none."""
    with suppress(OSError):
        return path.read_text("ascii").strip()
    return ""
