"""Tell chapter by chapter how the build goes: plain lines, and a bar where there is a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from barometer.build.execute import Outcome


class Progress:
    """A line a finished chapter; on a terminal a bar stays under the lines."""

    def __init__(self, title: str, total: int) -> None:
        """Print the title and prepare for so many chapters."""
        self._console = Console(highlight=False, markup=False, soft_wrap=True)
        self._total = total
        self._done = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Bar(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        )
        self._task = self._bar.add_task("chapters", total=total)
        self._console.print(title)

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
        self._done += 1
        width = len(str(self._total))
        name = f"[{self._done:{width}}/{self._total}] {outcome.job.chapter}, {outcome.job.language}"
        result = "failed" if outcome.failure else f"{outcome.seconds:.1f} s"
        self._console.print(f"  {name}: {result}")
        self._bar.update(self._task, completed=self._done)
        return outcome
