"""Tell chapter by chapter how the build goes: plain lines, and a bar where there is a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from barometer.build.execute import Job, Outcome
from barometer.build.run import Choice, task


class Progress:
    """A line a finished chapter; on a terminal a bar under the lines names what runs, and the time left."""

    def __init__(
        self, title: str, choices: Sequence[Choice], *, workers: int, label: Callable[[Job], str]
    ) -> None:
        """Print the title and prepare for the chapters, in the order in which they start.

        How long they last took tells how long it will take, corrected by how long they took so far.
        """
        self._console = Console(highlight=False, markup=False, soft_wrap=True)
        self._left = {choice.task: choice for choice in choices}
        self._total, self._workers, self._label = len(choices), workers, label
        self._expected, self._taken = 0.0, 0.0
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._bar = Bar(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        )
        self._console.print(title)
        self._task = self._bar.add_task(self._running(), total=self._total)

    def __enter__(self) -> Progress:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def note(self, outcome: Outcome) -> Outcome:
        """Print what became of a chapter, and return it."""
        done = self._left.pop(task(outcome.job))
        if done.last:
            self._expected += done.last.seconds
            self._taken += outcome.seconds
        number = self._total - len(self._left)
        name = f"[{number:{len(str(self._total))}}/{self._total}] {self._label(outcome.job)}"
        result = "failed" if outcome.failure else f"{outcome.seconds:.1f} s"
        self._console.print(", ".join(filter(None, (f"  {name}: {result}", self._time_left()))))
        self._bar.update(self._task, completed=number, description=self._running())
        return outcome

    def _running(self) -> str:
        """Return what runs now: the next ones in order, and how long all will take."""
        now = [self._label(choice.job) for choice in self._left.values()][: self._workers]
        return " · ".join(filter(None, (*now, self._time_left())))

    def _time_left(self) -> str:
        """Return the time left in words, empty where it isn't known."""
        if not self._left or not all(choice.last for choice in self._left.values()):
            return ""
        seconds = sum(choice.last.seconds for choice in self._left.values() if choice.last) / self._workers
        pace = self._taken / self._expected if self._expected else 1.0
        return f"about {math.ceil(seconds * pace)} s left"
