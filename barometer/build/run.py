"""Which chapters have to run, and running them: what is kept and rests on the same things isn't run again."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from barometer.build.execute import Job, Outcome, execute
from barometer.build.fingerprint import digest
from barometer.build.grounds import Grounds, Present
from barometer.build.store import Entry, Store
from barometer.params import Params

FORCED, NEW, DAMAGED = "forced", "new", "damaged"


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


def run(
    choices: tuple[Choice, ...],
    params: Params,
    *,
    workers: int,
    present: Present,
    store: Store,
    scratch: Path,
) -> Iterator[Outcome]:
    """Run the chapters and keep those that are good."""
    if not choices:
        return
    by_job = {task(choice.job): choice for choice in choices}
    jobs = tuple(choice.job for choice in choices)
    for outcome in execute(jobs, workers=workers, environment=_environment(params, scratch)):
        choice = by_job[task(outcome.job)]
        grounds = present.after(choice.before, outcome.traced) if outcome.traced else None
        if grounds and not outcome.failure:
            output, peak = outcome.job.output, outcome.traced.peak if outcome.traced else 0
            entry = Entry(digest(output), outcome.seconds, peak, time.time(), grounds)
            store.put(choice.task, entry, output)
        yield outcome


def _environment(params: Params, scratch: Path) -> dict[str, str]:
    """Return what kernels see: of params.yaml what a chapter may depend on, and nobody's own settings."""
    settings = scratch / "params.yaml"
    settings.write_text(json.dumps(params.told(scratch), indent=1), encoding="utf-8")
    folders = {"MPLCONFIGDIR": "matplotlib", "IPYTHONDIR": "ipython"}
    places = {name: params.root / ".cache" / folder for name, folder in folders.items()}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return {
        "BAROMETER_PARAMS": str(settings),
        **{name: str(place) for name, place in places.items()},
        # The kernel is that of this environment, whatever else is registered on the machine under its name.
        "JUPYTER_PATH": "",
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
