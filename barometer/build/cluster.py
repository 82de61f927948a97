"""Run chapters on a Dask cluster: every worker gets the project once, a lost worker's chapters run again."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distributed import Client, Future, LocalCluster, Worker, WorkerPlugin, as_completed, get_worker

from barometer.build.execute import Job, Outcome, run_job
from barometer.build.installation import code, packages
from barometer.build.warm.processes import warm_up
from barometer.errors import Problem, ReportError

READ = ("instrument", "waves", "published", "cases", "notebooks")
PATIENCE = 60  # seconds until a cluster has to have its first worker


def execute_on_cluster(
    jobs: tuple[Job, ...], *, workers: int, environment: Mapping[str, str], scheduler: str = ""
) -> Iterator[Outcome]:
    """Run the jobs on a Dask cluster and give each outcome as it comes, its notebook written here.

    Parameters
    ----------
    jobs
        One chapter in one language each.
    workers
        How many processes a cluster on this machine has; a cluster with an address knows its own.
    environment
        Variables that the kernels see on top of the worker's own; paths in the project are those of its copy.
    scheduler
        Where the cluster is, as in ``tcp://host:8786``; empty starts one on this machine.

    Raises
    ------
    ReportError
        If the cluster can't be reached, or a worker has other packages than this machine.
    """
    project = _pack(jobs, environment)
    with _connect(scheduler, min(workers, len(jobs))) as client:
        _check_workers(client)
        client.register_plugin(project)
        running = {client.submit(_run, job, project.name, pure=False): job for job in jobs}
        try:
            for future in as_completed(running):
                yield _collect(future, running[future])
        finally:
            client.cancel(list(running))
            client.unregister_worker_plugin(project.name)


class Project(WorkerPlugin):
    """The files of a project; a worker unpacks them once, also one that joins later."""

    def __init__(self, root: Path, files: Mapping[str, bytes], environment: Mapping[str, str]) -> None:
        """Take the files by their paths under the root, and the environment of the kernels."""
        self.root = root
        self.files = dict(files)
        self.environment = dict(environment)
        self.installation = installation()
        contents = json.dumps([[name, hashlib.sha256(data).hexdigest()] for name, data in files.items()])
        self.name = f"barometer-{hashlib.sha256(contents.encode()).hexdigest()[:16]}"

    def setup(self, worker: Worker) -> None:
        """Unpack the files and start what runs chapters; turn away a worker with another installation."""
        if installation() != self.installation:
            raise RuntimeError(_REMEDY)
        self.folder = Path(worker.local_directory) / self.name
        for name, data in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        environment = {name: str(self.here(Path(value))) for name, value in self.environment.items()}
        self._open = ExitStack()
        warm = self._open.enter_context(warm_up(environment))
        self.pool = self._open.enter_context(warm.pool(worker.state.nthreads, environment))

    def teardown(self, worker: Worker) -> None:
        """End that, and remove the files."""
        self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def here(self, path: Path) -> Path:
        """Return a path of the project as it is in the worker's copy, and any other as it is."""
        return self.folder / path.relative_to(self.root) if path.is_relative_to(self.root) else path


@dataclass(frozen=True)
class _Result:
    """What comes back from a worker: the outcome, and the executed notebook if there is one."""

    outcome: Outcome
    notebook: bytes = b""


def _pack(jobs: tuple[Job, ...], environment: Mapping[str, str]) -> Project:
    """Return all that the chapters read: what the params of the build name."""
    params = Path(environment["BAROMETER_PARAMS"])
    said = json.loads(params.read_text("utf-8"))
    named = [params, *(params.parent / said[key] for key in READ if said[key])]
    named = [Path(os.path.normpath(path)) for path in named]
    root = Path(os.path.commonpath([*named, *(job.folder for job in jobs)]))
    paths = {path for place in named for path in (place.rglob("*") if place.is_dir() else (place,))}
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths) if path.is_file()}
    return Project(root, files, environment)


@contextmanager
def _connect(scheduler: str, workers: int) -> Iterator[Client]:
    """Give a client of the cluster; one on this machine is encrypted, since others may use it too."""
    if not scheduler:
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                security=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.ERROR,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        problem = Problem(scheduler, "a Dask scheduler", str(error), "Is it running, and can it be reached?")
        raise ReportError("The cluster can't be used", [problem]) from error
    with client:
        yield client


def _check_workers(client: Client) -> None:
    """Raise unless every worker computes with the same packages as this machine: else numbers may differ."""
    address = client.scheduler.address
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        problem = Problem(address, "at least one worker", f"none within {PATIENCE} seconds")
        raise ReportError("The cluster can't be used", [problem]) from error
    own = installation()
    problems = []
    for worker, found in client.run(installation, on_error="return").items():
        if isinstance(found, Exception):  # most often barometer isn't installed there
            problems.append(Problem(worker, "the installation of this machine", str(found), _REMEDY))
            continue
        problems.extend(
            Problem(f"{worker}: {name}", expected, found.get(name, "nothing"), _REMEDY)
            for name, expected in own.items()
            if found.get(name) != expected
        )
    if problems:
        raise ReportError("The cluster can't be used", problems)


_REMEDY = "Install the same requirements/report.txt and dask.txt, and the same barometer, on every worker."


def installation() -> dict[str, str]:
    """Return the versions of Python and of the locked packages, and the hash of the code of this package."""
    return packages() | {"Python": platform.python_version(), "the code of barometer": code()[:16]}


def _run(job: Job, name: str) -> _Result:
    """Run a job in the worker's copy of the project."""
    project: Any = get_worker().plugins[name]
    copy = replace(
        job,
        notebook=project.here(job.notebook),
        folder=project.here(job.folder),
        output=project.here(job.output),
    )
    outcome: Outcome = project.pool.submit(run_job, copy).result()
    return _Result(replace(outcome, job=job), b"" if outcome.failure else copy.output.read_bytes())


def _collect(future: Future, job: Job) -> Outcome:
    """Return the outcome of a job, after its notebook is where the job wants it."""
    if future.status != "finished":
        return Outcome(job, 0.0, f"{job.notebook.name}: {future.exception()}")
    result: _Result = future.result()
    if result.notebook:
        job.output.parent.mkdir(parents=True, exist_ok=True)
        job.output.write_bytes(result.notebook)
    return result.outcome
