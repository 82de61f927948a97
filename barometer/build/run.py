"""Which chapters have to run, and running them: what is kept and rests on the same things isn't run again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path

from barometer.build.execute import Job, Outcome, execute
from barometer.build.fingerprint import digest
from barometer.build.grounds import Grounds, Present
from barometer.build.store import Entry, Store
from barometer.build.warm.processes import Warm, environment
from barometer.build.why import DAMAGED, FORCED, NEW
from barometer.errors import Problem, ReportError
from barometer.params import Params


@dataclass(frozen=True)
class Choice:
    """A chapter, what it is known to rest on, why it has to run (empty: it needn't), how it last went."""

    job: Job
    before: Grounds
    why: tuple[str, ...] = ()
    last: Entry | None = None

    @property
    def task(self) -> str:
        """Return what the chapter is kept under."""
        return task(self.job)


def task(job: Job) -> str:
    """Return the name of a job: the same chapter of the same wave, language and segment has the same one."""
    told = job.parameters
    return ".".join(filter(None, (told["wave"], told["segment"], job.language, job.chapter)))


def label(job: Job, *, several: bool) -> str:
    """Return what a job is called: its chapter and language, and of which of several reports it is."""
    told = job.parameters
    rest = (told["wave"], told["segment"]) if several else ()
    return ", ".join(filter(None, (job.chapter, job.language, *rest)))


def choose(job: Job, *, present: Present, store: Store, force: Collection[str]) -> Choice:
    """Decide whether a chapter has to run; if not, its executed notebook is put in place.

    Parameters
    ----------
    force
        The chapters to run whether anything changed or not.
    """
    before = present.of_job(job)
    entries = store.entries(task(job))
    last = entries[0] if entries else None
    if job.chapter in force:
        return Choice(job, before, (FORCED,), last)
    changes = [(present.changed(entry.rests_on, before), entry) for entry in entries]
    fitting = [entry for changed, entry in changes if not changed]
    if any(store.give(entry, job.output) for entry in fitting):
        return Choice(job, before, last=last)
    why = (DAMAGED,) if fitting else changes[0][0] if changes else (NEW,)
    return Choice(job, before, why, last)


def longest_first(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Order chapters by how long they last took, so that no long one is left for the end; new ones lead."""
    return tuple(
        sorted(choices, key=lambda choice: choice.last.seconds if choice.last else inf, reverse=True)
    )


def run(
    choices: tuple[Choice, ...],
    params: Params,
    *,
    workers: int,
    present: Present,
    store: Store,
    scratch: Path,
    warm: Warm,
) -> Iterator[Outcome]:
    """Run the chapters where the publication wants them to run, and keep those that are good."""
    if not choices:
        return
    by_task = {choice.task: choice for choice in choices}
    jobs = tuple(choice.job for choice in choices)
    settings = scratch / "params.yaml"
    settings.write_text(json.dumps(params.told(scratch), indent=1), encoding="utf-8")
    seen = {**environment(params), "BAROMETER_PARAMS": str(settings)}
    for outcome in _executor(params, warm)(jobs, workers=workers, environment=seen):
        choice = by_task[task(outcome.job)]
        grounds = present.after(choice.before, outcome.traced) if outcome.traced else None
        if grounds and not outcome.failure:
            output, peak = outcome.job.output, outcome.traced.peak if outcome.traced else 0
            entry = Entry(digest(output), outcome.seconds, peak, time.time(), grounds)
            store.put(choice.task, entry, output)
        yield outcome


def _executor(params: Params, warm: Warm) -> Callable[..., Iterator[Outcome]]:
    """Return what runs jobs.

    Raises
    ------
    ReportError
        If it is a cluster, and what that needs is not installed.
    """
    if params.executor == "local":
        return partial(execute, warm=warm)
    try:
        from barometer.build.cluster import execute_on_cluster
    except ImportError as error:
        problem = Problem("executor: dask", "the package distributed", str(error), _REMEDY)
        raise ReportError("The cluster can't be used", [problem]) from error
    return partial(execute_on_cluster, scheduler=params.scheduler)


_REMEDY = "`make reports EXECUTOR=dask` installs requirements/dask.txt."
