"""Run whole processes side by side: seconds, CPU seconds, and memory in rounds of their own."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

INTERVAL = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True)
class Run:
    """What one run of a command took: seconds, CPU seconds, the peak of memory in MB (0: not looked at)."""

    seconds: float
    cpu: float
    peak: float = 0.0
    output: str = ""

    @property
    def told(self) -> float:
        """Return the number that the command printed last."""
        return float(self.output.split()[-1])


@dataclass(frozen=True)
class Series:
    """The runs of one contender, in the order of the rounds, and the peak of its memory in MB."""

    runs: tuple[Run, ...]
    peak: float

    @property
    def seconds(self) -> float:
        """Return the median of the seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        """Return the median of the CPU seconds."""
        return statistics.median(run.cpu for run in self.runs)


def side_by_side(contenders: Mapping[str, Callable[[bool], Run]], *, rounds: int) -> dict[str, Series]:
    """Let every contender run once a round, so that a slow minute of the machine hits all of them.

    Memory is looked at in one more round, whose times don't count: looking costs time.
    """
    found: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            found[name].append(contender(number == rounds))
            last = found[name][-1]
            print(f"  {number + 1}: {name}: {last.seconds:.2f} s, {last.cpu:.2f} CPU s", file=sys.stderr)
    return {name: Series(tuple(runs[:-1]), runs[-1].peak) for name, runs in found.items()}


def run(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, memory: bool = False
) -> Run:
    """Run a command to its end, with what it starts.

    Raises
    ------
    RuntimeError
        If it fails: its time would mean nothing.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (the benchmarks' own commands)
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = Watch(process.pid) if memory else None
        output, _ = process.communicate()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, watch.stop() if watch else 0.0, output)


class Watch:
    """Look at a process and all it started, until told to stop; shared pages count once (PSS)."""

    def __init__(self, pid: int) -> None:
        """Start looking at the process with this number."""
        self._process = psutil.Process(pid)
        self._peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Return the peak in MB."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._over.wait(INTERVAL):
            self._peak = max(self._peak, self._now())

    def _now(self) -> float:
        total = 0
        try:
            tree = [self._process, *self._process.children(recursive=True)]
        except psutil.Error:  # it just ended
            return 0.0
        for each in tree:
            try:
                total += each.memory_full_info().pss
            except psutil.Error:
                continue
        return total / 1e6
