"""What a reader of the published report meets, and what is left, when a build is killed or can't go on.

`FAULTS` is how many builds are killed at random moments; `make faults` kills a hundred.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import nbformat
import psutil
import pytest

SMALL = Path(__file__).parent / "small"
KILLED = int(os.environ.get("FAULTS", "4"))
LANGUAGES = ("da", "en")
MARK = "BAROMETER_FAULTS"  # in the environment of a build and of whatever it starts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux swaps in one step"),
]


class Project:
    """A copy of the small project, whose front page says how manieth build it is from."""

    def __init__(self, root: Path) -> None:
        self.root = Path(shutil.copytree(SMALL, root / "project"))
        params = self.root / "params.yaml"
        params.write_text(
            params.read_text(encoding="utf-8").replace("[front, second]", "[front]"), encoding="utf-8"
        )
        self.reports = self.root / "reports"
        self.temporary = root / "tmp"
        self.temporary.mkdir()
        self.environment = os.environ | {
            MARK: str(root),
            "TMPDIR": str(self.temporary),
            "HOME": str(root / "home"),
        }

    def say(self, text: str) -> None:
        """Let the page of the next build say something else."""
        self.cell(f"display({{BLOCK: {{'type': 'text', 'text': {text!r}}}}}, raw=True)")

    def cell(self, source: str) -> None:
        path = self.root / "notebooks/front.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[-1].source = source
        nbformat.write(notebook, path)

    def start(self, *settings: str, **options: object) -> subprocess.Popen[str]:
        """Start a build at the head of a process group of its own."""
        command = [sys.executable, "-m", "barometer", "report", *settings]
        pipes = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "start_new_session": True,
        }
        return subprocess.Popen(command, cwd=self.root, env=self.environment, **pipes | options)  # type: ignore[call-overload, no-any-return]

    def build(self, *settings: str, **options: object) -> tuple[int, str, str]:
        process = self.start(*settings, **options)
        out, error = process.communicate(timeout=300)
        return process.returncode, out, error

    def must_build(self) -> None:
        code, out, error = self.build()
        assert code == 0, out + error

    def processes(self) -> list[psutil.Process]:
        """Return what a build started and still runs."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.environment[MARK]:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def left(self) -> list[str]:
        """Return what no build should leave, once its processes had a moment to notice that it is over."""
        for _ in range(100):
            if not self.processes():
                break
            time.sleep(0.1)
        runtime = (self.root.parent / "home").rglob("runtime/*")
        places = (*self.reports.glob(".*"), *self.temporary.iterdir(), *runtime)
        return [str(process) for process in self.processes()] + [str(path) for path in places]

    def faults(self) -> list[str]:
        """Return what is wrong with what is published: each report is whole, and the overview can be read."""
        found = []
        for language in LANGUAGES:
            folder = self.reports / "2022" / language
            outputs = json.loads((folder / "manifest.json").read_bytes())["outputs"]
            there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
            found += [f"{language}: {name}" for name in there ^ {*outputs, "manifest.json"}]
            found += [f"{language}: {name}" for name, sha in outputs.items() if _sha256(folder / name) != sha]
        return found + overview(self.reports)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def overview(reports: Path) -> list[str]:
    """Return what a reader of the overview misses."""
    html = (reports / "index.html").read_text(encoding="utf-8")
    listed = (reports / "editions.js").read_text(encoding="utf-8")
    editions = json.loads(listed.removeprefix("window.BAROMETER_EDITIONS = ").removesuffix(";\n"))
    whole = html.endswith("</html>") and [each["language"] for each in editions] == list(LANGUAGES)
    return [] if whole else [f"overview: {html[-50:]!r} {listed[-50:]!r}"]


class Reader:
    """Reads the published reports over and over while builds go on, in two ways.

    By path: every file that the manifest names is there, at every moment. Its bytes are those that the
    manifest names; or else another report has taken the place since, and the manifest there now is another.

    By the folder: whoever has opened the folder finds only files of one report in it. A file is missing only
    after another report has taken the place, when the earlier one is being removed.
    """

    def __init__(self, reports: Path) -> None:
        self.reports = reports
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._done = threading.Event()
        works = (self._by_path, self._by_folder, self._overview)
        self._threads = [threading.Thread(target=self._repeat, args=(work,)) for work in works]

    def __enter__(self) -> Reader:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: object) -> None:
        while not self._done.is_set():
            for language in LANGUAGES:
                try:
                    work(self.reports / "2022" / language)  # type: ignore[operator]
                except Exception as error:  # whatever a reader stumbles over is a fault
                    self.faults.append(f"{type(error).__name__}: {error}")
                time.sleep(0.03)  # the build has to get on too

    def _by_path(self, folder: Path) -> None:
        manifest = (folder / "manifest.json").read_bytes()
        for name, sha in json.loads(manifest)["outputs"].items():
            self.counts["files by path"] += 1
            if _sha256(folder / name) != sha:
                if (folder / "manifest.json").read_bytes() == manifest:
                    self.faults.append(f"{folder}: {name} is not that of its report")
                self.counts["reports that changed while read"] += 1
                return

    def _by_folder(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name, sha in json.loads(_read(handle, "manifest.json"))["outputs"].items():
                self.counts["files by folder"] += 1
                if hashlib.sha256(_read(handle, name)).hexdigest() != sha:
                    self.faults.append(f"{folder}: {name} is of another report than the folder")
        except FileNotFoundError as error:
            self.counts["folders replaced while read"] += 1
            if os.fstat(handle).st_ino == os.stat(folder).st_ino:
                self.faults.append(f"{folder}: {error} while it is published")
        finally:
            os.close(handle)

    def _overview(self, _: Path) -> None:
        self.counts["overviews"] += 1
        self.faults += overview(self.reports)


def _read(folder: int, name: str) -> bytes:
    with open(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("faults"))
    project.must_build()
    return project


@pytest.fixture
def project(built: Project) -> Iterator[Project]:
    """Return the project with a whole report, which is whole afterwards too, with nothing left behind."""
    built.say("as ever")
    yield built
    assert built.faults() == []
    assert built.left() == []


def test_a_build_that_is_killed_at_any_moment_leaves_a_whole_report_to_every_reader(
    project: Project,
) -> None:
    chance = random.Random(2)  # noqa: S311 (moments, not secrets)
    start = time.monotonic()
    project.say("to measure")
    project.must_build()
    usual = time.monotonic() - start
    outcomes: Counter[str] = Counter()
    number = 0
    with Reader(project.reports) as reader:
        while outcomes.total() - outcomes["ended before"] < KILLED:
            number += 1
            assert number <= 3 * KILLED, outcomes
            project.say(f"build {number}")
            before = _published(project)
            start = time.monotonic()
            process = project.start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=chance.uniform(0, usual))
                outcomes["ended before"] += 1
                usual = min(usual, time.monotonic() - start)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                now = _published(project)
                new = sum(before[language] != now[language] for language in LANGUAGES)
                outcomes[f"killed with {new} of 2 languages published"] += 1
            assert project.faults() == [], number
            if number % 10 == 0:  # now and then to the end; else the next one meets what this one left
                project.must_build()
                assert project.left() == [], number
        project.must_build()
    print(dict(outcomes), dict(reader.counts))  # make faults shows it
    assert reader.faults == []
    assert min(reader.counts[name] for name in ("files by path", "files by folder", "overviews")) > 100
    assert f"build {number}" in (project.reports / "2022/en/index.html").read_text(encoding="utf-8")


def _published(project: Project) -> dict[str, str]:
    return {each: _sha256(project.reports / "2022" / each / "manifest.json") for each in LANGUAGES}


# Kills the process before the step of the publication with this number: exchange, rename, write to the disk.
STEP = """\
import os, signal, sys
from pathlib import Path
from barometer.build import publish
from barometer.cli import main

left = int(sys.argv.pop(1))
def counted(work):
    def step(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.killpg(0, signal.SIGKILL)
        return work(*arguments, **named)
    return step

for name in ("exchange", "sync", "sync_entry"):
    setattr(publish, name, counted(getattr(publish, name)))
Path.replace = counted(Path.replace)
main()
"""


def test_a_build_that_is_killed_before_any_step_of_the_publication_leaves_whole_reports(
    project: Project,
) -> None:
    project.say("step by step")
    published = []
    with Reader(project.reports) as reader:
        for step in count():
            before = _published(project)
            done = subprocess.run(
                [sys.executable, "-c", STEP, str(step), "report"],
                cwd=project.root,
                env=project.environment,
                start_new_session=True,
                capture_output=True,
                check=False,
            )
            assert project.faults() == [], step
            if done.returncode == 0:
                break
            assert done.returncode == -signal.SIGKILL, done.stderr.decode()
            now = _published(project)
            published.append([each for each in LANGUAGES if before[each] != now[each]])
    assert reader.faults == []
    # The first one, which has something new to publish, and those after it, which go one step further each.
    assert ["da"] in published
    assert published.count([]) > 5
    assert "step by step" in (project.reports / "2022/en/index.html").read_text(encoding="utf-8")


def test_a_full_disk_is_told_and_the_earlier_report_stays(project: Project) -> None:
    project.say("too much for the disk")

    def no_large_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with Reader(project.reports) as reader:
        code, _, error = project.build(preexec_fn=no_large_files)
    assert code != 0
    assert "File too large" in error
    assert "Traceback" not in error
    assert reader.faults == []


@pytest.fixture
def mounted(built: Project) -> Iterator[Path]:
    """Put a disk of its own under the reports, with a report on it; skipped where that isn't permitted."""
    shutil.copytree(built.reports, built.root / "kept")
    size = sum(path.stat().st_blocks * 512 for path in built.reports.rglob("*")) + 100_000
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(built.reports)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        shutil.rmtree(built.root / "kept")
        pytest.skip("no disk can be mounted here")
    shutil.copytree(built.root / "kept", built.reports, dirs_exist_ok=True)
    yield built.reports
    subprocess.run(["umount", str(built.reports)], check=True)
    shutil.rmtree(built.root / "kept")


def test_a_disk_without_room_for_a_second_report_is_told_and_the_first_one_stays(
    project: Project, mounted: Path
) -> None:
    project.say("no room")
    with Reader(mounted) as reader:
        code, _, error = project.build()
    assert code != 0
    assert "No space left on device" in error
    assert "Traceback" not in error
    assert project.faults() == reader.faults == []


def test_a_folder_that_can_only_be_read_is_told_and_stays_as_it_is(project: Project, mounted: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    project.say("read only")
    code, _, error = project.build()
    assert code == 2
    assert error.splitlines()[-1].endswith("Read-only file system")
    assert "Traceback" not in error
    assert project.faults() == []


def test_of_two_builds_at_once_the_second_is_refused_and_the_first_one_ends_well(project: Project) -> None:
    project.cell("import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.1)")
    first = project.start()
    for _ in range(600):
        if any(project.reports.glob(".scratch-*")):
            break
        time.sleep(0.1)
    code, _, error = project.build()
    (project.root / "go").touch()
    first.communicate(timeout=300)
    (project.root / "go").unlink()
    assert code == 2
    assert error.startswith("Another build is running")
    assert f"process {first.pid} at work on it" in error
    assert first.returncode == 0


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "import resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)); bytearray(4 << 30)",
            "MemoryError",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the kernel was killed by SIGKILL"),
        (
            "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
            "it took longer than 2 s",
        ),
    ],
)
def test_a_kernel_that_eats_memory_dies_or_hangs_is_told_and_its_page_stays(
    project: Project, source: str, reason: str
) -> None:
    project.must_build()
    project.cell(source)
    with Reader(project.reports) as reader:
        code, _, error = project.build("CELL_TIMEOUT=2")
    assert code == 1
    assert reason in error
    assert "Traceback" not in error
    assert "as ever" in (project.reports / "2022/en/index.html").read_text(encoding="utf-8")
    assert reader.faults == []
    project.say("as ever")
    project.must_build()
