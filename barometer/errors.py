"""The one error that a user sees: every problem at once, each with its place and its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what was expected, what was got, what to do."""

    where: str
    expected: str
    got: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line of text."""
        text = f"{self.where}: expected {self.expected}"
        if self.got:
            text += f", got {self.got}"
        return f"{text}. {self.remedy}" if self.remedy else text


class ReportError(Exception):
    """Something that stops the report, with all its problems and a hint.

    Parameters
    ----------
    subject
        What was being done or read, e.g. ``data/instrument.yaml``.
    problems
        Every problem found, not just the first.
    hint
        What helps with all of them, if anything does.
    """

    def __init__(self, subject: str, problems: Sequence[Problem] = (), hint: str = "") -> None:
        """Take the message apart, so that it can be shown or tested part by part."""
        self.subject = subject
        self.problems = tuple(problems)
        self.hint = hint
        super().__init__(subject)

    def __str__(self) -> str:
        """Return the whole message: subject, a line a problem, the hint."""
        lines = [self.subject, *(f"  - {problem}" for problem in self.problems)]
        return "\n".join([*lines, f"  {self.hint}"] if self.hint else lines)
