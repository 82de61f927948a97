"""The command line and the Makefile as a user meets them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests import processes
from tests.processes import wait_until

ROOT = Path(__file__).parents[1]
SMALL = Path(__file__).parent / "small"


barometer = partial(processes.barometer, timeout=120)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(SMALL, tmp_path / "project")


def test_the_report_is_built_from_the_folder_of_the_project_and_ends_with_zero(project: Path) -> None:
    done = barometer("report", "LOCALE=en", "CHAPTERS=front", folder=project)
    assert done.returncode == 0, done.stderr
    assert "[1/1] front, en: " in done.stdout
    assert "published: reports/2022/en/" in done.stdout
    assert done.stdout.splitlines()[-1] == "To read it, open reports/2022/en/index.html"
    assert (project / "reports/2022/en/index.html").exists()


def test_a_report_that_was_altered_is_found_by_checking_it(project: Path) -> None:
    barometer("report", "LOCALE=en", "CHAPTERS=front", folder=project)
    assert barometer("check", "reports/2022/en", folder=project).returncode == 0
    page = project / "reports/2022/en/index.html"
    page.write_text(page.read_text("utf-8").replace("front: 2022", "front: 12% in 2022"), "utf-8")
    done = barometer("check", "reports/2022/en", folder=project)
    assert done.returncode == 2
    assert "front: text: expected a share of its data, got 12" in done.stderr
    assert "can't be checked" in barometer("check", "nowhere", folder=project).stderr


def test_a_failed_chapter_ends_with_one_and_says_where_on_the_error_stream(project: Path) -> None:
    notebook = project / "notebooks/front.ipynb"
    notebook.write_text(notebook.read_text().replace("from IPython.display import display", "1 / 0"))
    done = barometer("report", "LOCALE=en", folder=project)
    assert done.returncode == 1
    assert "front.ipynb, cell 3 (`1 / 0`): ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_parameters_end_with_two_and_a_message_instead_of_a_traceback(project: Path) -> None:
    done = barometer("report", "WAVE=2022x", "LOCAL=en", folder=project)
    assert done.returncode == 2
    assert "Did you mean 'locale'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "reports").exists()


def test_a_folder_that_cannot_be_written_to_is_one_message(project: Path) -> None:
    (project / "reports").write_text("a file where the folder should be")
    done = barometer("report", folder=project)
    assert done.returncode == 2
    assert done.stderr.startswith(str(project / "reports"))
    assert "Traceback" not in done.stderr


def test_stopping_it_publishes_nothing_and_leaves_nothing_running(project: Path) -> None:
    notebook = project / "notebooks/front.ipynb"
    waiting = "import os, time, pathlib; pathlib.Path('kernel').write_text(str(os.getpid())); time.sleep(100)"
    notebook.write_text(notebook.read_text().replace("from IPython.display import display", waiting))
    command = [sys.executable, "-m", "barometer", "report", "LOCALE=en", "CHAPTERS=front"]
    # A shell starts what it runs in the background deaf to this signal, and what that starts inherits it.
    process = subprocess.Popen(
        command,
        cwd=project,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_until(lambda: (project / "kernel").exists() and (project / "kernel").read_text() != "")
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped; nothing was published." in message
    assert "Traceback" not in message
    assert list((project / "reports").iterdir()) == []
    kernel = int((project / "kernel").read_text())
    wait_until(lambda: not psutil.pid_exists(kernel))


def test_a_setting_that_is_no_setting_is_a_usage_error(project: Path) -> None:
    done = barometer("report", "diffusion", folder=project)
    assert done.returncode == 2
    assert "NAME=VALUE" in done.stderr


def test_params_may_stand_elsewhere(project: Path, tmp_path: Path) -> None:
    done = barometer(
        "report", "--params", "project/params.yaml", "LOCALE=da", "CHAPTERS=front", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (project / "reports/2022/da/index.html").exists()


def test_help_and_version_start_without_the_libraries_that_compute_and_draw() -> None:
    code = (
        "import sys, barometer.cli\n"
        "try: barometer.cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'pandas', 'numpy', 'matplotlib', 'papermill', 'nbconvert'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "synthesise" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_prints_the_version_of_the_package() -> None:
    assert barometer("version", folder=ROOT).stdout.strip() == "0.1.0"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server(project: Path) -> Iterator[str]:
    """Give the address of a preview of a folder of reports with one page, and a secret beside that folder."""
    (project / "reports").mkdir()
    (project / "reports/index.html").write_text("the overview")
    (project / "reports/editions.js").write_text("window.BAROMETER_EDITIONS = [];")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "barometer", "preview", "--port", str(port)],
        cwd=project,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_the_preview_shows_the_reports_and_nothing_beside_them(server: str) -> None:
    with urllib.request.urlopen(f"{server}/index.html") as page:
        assert page.read() == b"the overview"
    with urllib.request.urlopen(f"{server}/editions.js") as script:
        assert "javascript" in script.headers["Content-Type"]
    for path in ("/../params.yaml", "/%2e%2e/params.yaml", "//params.yaml"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server}{path}")
        assert caught.value.code == 404
        caught.value.close()


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as if nobody had run it around this test."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=own, capture_output=True, text=True, check=False, timeout=60
    )


def test_make_alone_prints_what_there_is() -> None:
    done = make()
    assert done.returncode == 0
    for target in ("report", "test", "check", "lab", "preview", "clean", "lock"):
        assert f"\n  {target} " in done.stdout
    assert "CHAPTERS=diffusion" in done.stdout


def test_make_hands_the_names_over_without_a_shell_reading_their_values() -> None:
    done = make("-n", "report", 'WAVE=";touch pwned;"', "CHAPTERS=a;b")
    assert done.stdout.split()[-4:] == ["--params", '"$PARAMS"', 'WAVE="$WAVE"', 'CHAPTERS="$CHAPTERS"']


def test_make_says_which_python_is_needed_where_it_is_too_old(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9, 1); $2"\n')
    old.chmod(0o755)
    done = make("report", f"PYTHON={old}", f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed, this is 3.9" in done.stderr
