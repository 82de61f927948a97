"""Chapters run on a real Dask scheduler with workers in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

pytest.importorskip("distributed", reason="requirements/dask.txt is not installed")

from distributed import Client

from barometer.build import cluster
from barometer.build.cluster import execute_on_cluster, installation
from barometer.build.execute import Job, Outcome, execute
from barometer.build.report import build_report
from barometer.errors import ReportError
from barometer.params import load_params

SMALL = Path(__file__).parent / "small"
pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the small project with the params of a build in its scratch folder."""
    root = shutil.copytree(SMALL, tmp_path / "project")
    scratch = root / "reports/.scratch-1"
    scratch.mkdir(parents=True)
    document = load_params(root / "params.yaml").document(scratch)
    (scratch / "params.yaml").write_text(json.dumps(document), encoding="utf-8")
    return root


def jobs(
    root: Path, *chapters: str, languages: tuple[str, ...] = ("da", "en"), folder: str = ""
) -> tuple[Job, ...]:
    return tuple(
        Job(
            chapter=chapter,
            language=language,
            notebook=root / "notebooks" / f"{chapter}.ipynb",
            parameters={"wave": "2022", "compare_with": "2020", "segment": "", "language": language},
            folder=root,
            timeout=60,
            output=root / "reports/.scratch-1" / folder / language / f"{chapter}.ipynb",
        )
        for chapter in chapters
        for language in languages
    )


def environment(root: Path) -> dict[str, str]:
    return {
        "BAROMETER_PARAMS": str(root / "reports/.scratch-1/params.yaml"),
        "JUPYTER_PATH": "",
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


class Cluster:
    """A scheduler and workers on this machine, each a process that a test can kill."""

    def __init__(self, folder: Path, *, workers: int) -> None:
        self.folder = folder
        file = folder / "scheduler.json"
        options = ["--scheduler-file", str(file), "--no-dashboard"]
        self.scheduler = self._start("scheduler", *options, "--host", "127.0.0.1", "--port", "0")
        deadline = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < deadline
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]
        self.workers = {str(number): self.worker(number) for number in range(workers)}
        with Client(self.address) as client:
            client.wait_for_workers(workers, timeout=60)

    def worker(self, number: int) -> subprocess.Popen[bytes]:
        options = ["--name", str(number), "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        return self._start(
            "worker", self.address, *options, "--local-directory", str(self.folder / str(number))
        )

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        with (self.folder / f"{kind}.log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)

    def stop(self) -> None:
        for process in (*self.workers.values(), self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, workers=3)
    yield made
    made.stop()


def read(outcomes: list[Outcome]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return the files, modules and words that each chapter read."""
    return {
        f"{each.job.chapter} {each.job.language}": (each.traced.files, each.traced.modules, each.traced.words)
        for each in outcomes
        if each.traced
    }


def failures(outcomes: list[Outcome]) -> dict[str, str]:
    return {f"{each.job.chapter} {each.job.language}": each.failure for each in outcomes if each.failure}


def test_a_cluster_gives_the_bytes_that_this_machine_gives_though_a_worker_is_killed_in_the_middle(
    running: Cluster, project: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    slow = project / "notebooks/slow.ipynb"
    notebook = nbformat.read(project / "notebooks/second.ipynb", as_version=4)
    # Each start of the chapter leaves a line outside of the project, which names the worker by its folder.
    source = f"import os, time; open({str(journal)!r}, 'a').write(os.getcwd() + '\\n'); time.sleep(3)"
    notebook.cells.append(nbformat.v4.new_code_cell(source, id="slow"))
    nbformat.write(notebook, slow)
    work = jobs(project, "front", "slow", folder="cluster")

    outcomes = []
    killed = ""
    for outcome in execute_on_cluster(
        work, workers=3, environment=environment(project), scheduler=running.address
    ):
        outcomes.append(outcome)
        if not killed:
            killed = _kill_one_at_work(running, journal)

    assert failures(outcomes) == {}
    assert sorted(work.index(each.job) for each in outcomes) == list(range(len(work)))
    started = journal.read_text().splitlines()
    assert len(started) == 3, "two languages, and one of them a second time"
    assert sum(f"/{killed}/" in folder for folder in started) == 1
    for worker in set(running.workers) - {killed}:
        assert not list((tmp_path / worker).rglob("instrument.yaml")), "the copy is gone after the build"

    alone = jobs(project, "front", "slow", folder="alone")
    here_too = list(execute(alone, workers=2, environment=environment(project)))
    assert failures(here_too) == {}
    assert read(outcomes) == read(here_too), "what is kept of a chapter rests on the same things"
    for here, there in zip(alone, work, strict=True):
        assert there.output.read_bytes() == here.output.read_bytes()


def _kill_one_at_work(running: Cluster, journal: Path) -> str:
    """Kill the worker on which the slow chapter runs, as a node that dies; return its name."""
    deadline = time.monotonic() + 60
    while not journal.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    folder = journal.read_text().splitlines()[0]
    name = next(name for name in running.workers if f"/{name}/" in folder)
    process = psutil.Process(running.workers[name].pid)
    for each in (*process.children(recursive=True), process):
        each.kill()
    return name


def test_all_reports_of_the_matrix_are_built_on_a_cluster_and_published_like_others(
    running: Cluster, tmp_path: Path
) -> None:
    pages = {}
    for name, where in (("cluster", {"executor": "dask", "scheduler": running.address}), ("here", {})):
        root = shutil.copytree(SMALL, tmp_path / name)
        params = load_params(root / "params.yaml", {**where, "chapters": "second", "locale": "en"})
        assert build_report(params, matrix=True)
        found = (root / "reports").rglob("*.html")
        pages[name] = {path.relative_to(root): path.read_bytes() for path in found}
    assert pages["cluster"] == pages["here"]
    assert {path.parts[1] for path in pages["here"]} >= {"2020", "2022"}


def test_a_project_is_sent_once_and_a_worker_that_joins_later_has_it_too(
    running: Cluster, project: Path
) -> None:
    work = jobs(project, "front", "second")
    run = execute_on_cluster(work, workers=1, environment=environment(project), scheduler=running.address)
    next(run)
    copies = list(running.folder.glob("*/**/data/instrument.yaml"))
    running.workers["late"] = running.worker(9)
    with Client(running.address) as client:
        client.wait_for_workers(4, timeout=60)
    assert len([path for path in copies if "project/data" not in str(path)]) == 3
    assert list(running.folder.glob("9/**/data/instrument.yaml"))
    assert failures(list(run)) == {}


def test_a_chapter_that_fails_on_a_worker_is_reported_like_one_that_fails_here(project: Path) -> None:
    path = project / "notebooks/second.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("1 / 0", id="fails"))
    nbformat.write(notebook, path)
    work = jobs(project, "front", "second", languages=("en",))
    here = failures(list(execute(work, workers=1, environment=environment(project))))
    there = failures(list(execute_on_cluster(work, workers=1, environment=environment(project))))
    assert list(there) == ["second en"]
    assert "ZeroDivisionError" in there["second en"]
    assert there == here


def test_a_worker_with_other_packages_is_refused_before_anything_runs(
    running: Cluster, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "packages", lambda: {"pandas": "0.1"})
    with pytest.raises(ReportError) as refused:
        next(
            execute_on_cluster(
                jobs(project, "front"), workers=1, environment=environment(project), scheduler=running.address
            )
        )
    assert {problem.expected for problem in refused.value.problems} == {"0.1"}
    assert len(refused.value.problems) == 3


def test_an_address_where_no_scheduler_listens_is_one_clear_error(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(ReportError, match=r"tcp://127\.0\.0\.1:9"):
        next(
            execute_on_cluster(
                jobs(project, "front"),
                workers=1,
                environment=environment(project),
                scheduler="tcp://127.0.0.1:9",
            )
        )


def test_the_installation_names_python_the_locked_packages_and_the_code() -> None:
    found = installation()
    assert found["pandas"]
    assert found["papermill"]
    assert found["Python"] == ".".join(map(str, sys.version_info[:3]))
    assert len(found["the code of barometer"]) == 16


def test_the_same_files_make_the_same_project_and_another_byte_another(project: Path) -> None:
    work = jobs(project, "front")
    first, again = (cluster._pack(work, environment(project)) for _ in range(2))
    with (project / "data/waves/2020/responses.csv").open("a") as file:
        file.write(os.linesep)
    changed = cluster._pack(work, environment(project))
    assert first.name == again.name != changed.name
    assert "data/waves/2022/wave.yaml" in first.files
