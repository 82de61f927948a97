"""What a check finds: an error stops the report, a warning wants to be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from barometer.errors import Problem

NAMED = 5
"""Units, strata or options that a message names; the first ones find the rest."""


@dataclass(frozen=True)
class Finding:
    """A problem and whether it is an error."""

    problem: Problem
    error: bool


def error(where: str, expected: str, got: str, remedy: str) -> Finding:
    """Return a finding that stops the report."""
    return Finding(Problem(where, expected, got, remedy), error=True)


def warning(where: str, expected: str, got: str, remedy: str) -> Finding:
    """Return a finding that does not stop it."""
    return Finding(Problem(where, expected, got, remedy), error=False)


def some(names: Iterable[object]) -> str:
    """Return the first of many names, and that there are more."""
    texts = [str(name) for name in names]
    return ", ".join(texts[:NAMED]) + (", ..." if len(texts) > NAMED else "")
