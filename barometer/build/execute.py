"""Run chapters: papermill in worker processes, one kernel a job; a failure names its cell and its reason."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat

from barometer.build.trace import EXTENSION, Traced, read_trace
from barometer.build.warm.processes import Warm, warm_up
from barometer.errors import ReportError
from barometer.render.document import read_chapter

# ipykernel warns about unencrypted sockets unless the client offers to encrypt them.
MANAGER = {
    "transport_encryption": "auto",
    "client_class": "barometer.build.warm.client.PromptClient",
}


@dataclass(frozen=True)
class Job:
    """One chapter in one language: the notebook, what it is told and where the executed one goes."""

    chapter: str
    language: str
    notebook: Path
    parameters: Mapping[str, str]
    folder: Path
    timeout: int
    output: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a job: seconds it took, the failure in one line (empty if it is good), what was read."""

    job: Job
    seconds: float
    failure: str = ""
    traced: Traced | None = None


class ChapterError(Exception):
    """A chapter that could not be run, with the reason in one line."""


def execute(
    jobs: tuple[Job, ...], *, workers: int, environment: Mapping[str, str], warm: Warm | None = None
) -> Iterator[Outcome]:
    """Run the jobs in worker processes and give each outcome as it comes.

    Parameters
    ----------
    jobs
        One chapter in one language each.
    workers
        How many run at a time.
    environment
        Variables that the kernels see on top of this process's own.
    warm
        The servers of this build, if they have been started.
    """
    with (
        nullcontext(warm) if warm else warm_up(environment) as servers,
        servers.pool(min(workers, len(jobs)), environment) as pool,
    ):
        if servers.unfit:
            print(f"Every chapter starts a kernel of its own, which takes longer: {servers.unfit}")
        running = {pool.submit(run_job, job): job for job in jobs}
        for done in as_completed(running):
            yield _outcome(done, running[done])


def run_job(job: Job) -> Outcome:
    """Execute one notebook and write it, free of clocks and paths; or say in one line what failed."""
    start = time.monotonic()
    try:
        # If this build is killed, the next one removes what stands in its folder, of the kernel too.
        with TemporaryDirectory(dir=os.environ.get("JUPYTER_RUNTIME_DIR")) as folder:
            executed, traced = _run(job, f"{folder}/kernel.json")
        notebook = _settled(executed)
        read_chapter(notebook)
    except ChapterError as failure:
        return Outcome(job, time.monotonic() - start, str(failure))
    except ReportError as error:  # it ran, but is no chapter that a page can be made of
        return Outcome(job, time.monotonic() - start, f"{job.notebook.name}: {error}")
    job.output.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, job.output)
    return Outcome(job, time.monotonic() - start, traced=traced)


def _outcome(done: Future[Outcome], job: Job) -> Outcome:
    try:
        return done.result()
    except Exception as error:  # the worker itself died, or the notebook can't be read
        return Outcome(job, 0.0, f"{job.notebook.name}: {type(error).__name__}: {error}")


def _run(job: Job, connection: str) -> tuple[nbformat.NotebookNode, Traced | None]:
    """Return the executed notebook, and what its kernel read."""
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.utils import run_sync
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import PapermillExecutionError, execute_notebook
    from traitlets.config import Config

    _check_parameters(job)
    config = Config(AsyncKernelManager=MANAGER)
    manager = AsyncKernelManager(kernel_name="python3", connection_file=connection, config=config)
    started: list[nbformat.NotebookNode] = []
    try:
        notebook = execute_notebook(
            job.notebook,
            None,
            dict(job.parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=job.folder,
            execution_timeout=job.timeout,
            km=manager,
            record_timing=False,
            on_cell_start=lambda cell, cell_index: started.append(cell),
            extra_arguments=[f"--IPKernelApp.extra_extensions={EXTENSION}"],
        )
        return notebook, read_trace(connection)
    except PapermillExecutionError as error:
        reason = f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        reason = f"it took longer than {job.timeout} s (cell_timeout in params.yaml)"
    except DeadKernelError:
        reason = _death(run_sync(manager.provisioner.poll)() if manager.provisioner else None)
    finally:
        if manager.has_kernel:
            run_sync(manager.shutdown_kernel)(now=True)
    raise ChapterError(f"{job.notebook.name}, {_place(started)}: {reason}")


def _check_parameters(job: Job) -> None:
    """Raise if the notebook does not know a parameter: papermill would only warn, and build the default."""
    from papermill import inspect_notebook

    known = inspect_notebook(str(job.notebook))
    unknown = [name for name in job.parameters if name not in known]
    if unknown:
        raise ChapterError(
            f"{job.notebook.name}: no parameter named {', '.join(unknown)} in the cell tagged `parameters`"
        )


def _death(returncode: int | None) -> str:
    """Say why a kernel died, from its return code (negative: the signal that ended it)."""
    if returncode is None or returncode >= 0:
        return f"the kernel ended by itself (return code {returncode})"
    name = signal.Signals(-returncode).name
    # The system's out-of-memory killer leaves no other trace in the process.
    memory = " (most often: the machine's memory ran out)" if name == "SIGKILL" else ""
    return f"the kernel was killed by {name}{memory}"


def _place(started: list[nbformat.NotebookNode]) -> str:
    """Name the cell that ran last: its number in the notebook as it is stored, and its first line."""
    own = [cell for cell in started if "injected-parameters" not in cell.metadata.get("tags", ())]
    if not own:
        return "before its first cell"
    lines = own[-1].source.strip().splitlines() or [""]
    return f"cell {len(own)} (`{lines[0]}`)"


def _settled(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without papermill's times, paths and random cell id: same input, same bytes."""
    settled: Any = nbformat.from_dict(notebook)
    settled.metadata.pop("papermill", None)
    for cell in settled.cells:
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell.id = "injected-parameters"
    return settled
