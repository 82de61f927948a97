"""Whether a report that is up to date is known to be, at once, and every other one isn't."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from barometer.build.report import build_report
from barometer.build.stamp import answer, place
from barometer.params import load_params
from tests.small_project import SMALL

ASKED = ("LOCALE=en", "CHAPTERS=front")


@pytest.fixture(scope="module")
def stamped_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stamped") / "project"
    shutil.copytree(SMALL, root)
    build(root)
    return root


@pytest.fixture
def project(stamped_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(stamped_once, tmp_path / "project")


def build(root: Path) -> None:
    overrides = dict(setting.split("=") for setting in ASKED)
    params = root / "params.yaml"
    assert build_report(load_params(params, overrides), stamp=place(params, overrides, "report"))


def asked(*settings: str) -> str:
    return answer(["report", "--params", "project/params.yaml", *(settings or ASKED)])


def git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.usefixtures("project")
def test_a_report_that_is_up_to_date_is_told_at_once_with_its_front_page() -> None:
    assert asked() == "Nothing changed. To read the report, open project/reports/2022/en/index.html"
    assert asked("CHAPTERS=front", "locale=en") == asked()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "settings",
    [("LOCALE=en",), (*ASKED, "WAVE=2020"), (*ASKED, "--why"), (*ASKED, "--force", "front"), ("x",)],
)
def test_another_question_is_not_answered(settings: tuple[str, ...]) -> None:
    assert asked(*settings) == ""


def alter(path: Path) -> None:
    """Change one byte and nothing else that a listing of the folder shows."""
    was, content = path.stat(), path.read_bytes()
    path.write_bytes(content[:-2] + b"#" + content[-1:])
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


@pytest.mark.parametrize(
    "file",
    [
        *("params.yaml", "data/instrument.yaml", "data/waves/2020/responses.csv", "notebooks/front.ipynb"),
        *("reports/2022/en/index.html", "reports/2022/en/assets/search.js", "reports/index.html"),
        *("reports/2022/en/manifest.json", "reports/editions.js"),
    ],
)
@pytest.mark.parametrize("change", [alter, Path.unlink])
def test_a_file_that_is_altered_or_gone_is_noticed(
    project: Path, file: str, change: Callable[[Path], None]
) -> None:
    change(project / file)
    assert asked() == ""


def test_a_new_wave_a_new_notebook_and_a_new_file_of_a_wave_are_noticed(project: Path) -> None:
    for name in ("data/waves/2024/wave.yaml", "notebooks/third.ipynb", "data/waves/2020/corrections.yaml"):
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        assert asked() == ""
        path.unlink()
        assert asked() != ""


def test_other_packages_and_another_date_are_noticed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site-packages"
    (folder / "numpy-0.1.dist-info").mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(folder)])
        assert asked() == ""
    with monkeypatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1")
        assert asked() == ""
    assert asked() != ""


def test_a_commit_counts_if_it_touches_what_the_report_is_made_of(project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", "params.yaml", "data", "notebooks")
    git(project, "commit", "-qm", "all of it")
    assert asked() == ""  # its pages have to name the commit
    build(project)
    assert asked() != ""
    (project / "README").write_text("beside it")
    git(project, "add", "README")
    git(project, "commit", "-qm", "nothing of it")
    assert asked() != ""


def test_the_same_bytes_with_another_time_are_no_change_and_are_read_once(project: Path) -> None:
    os.utime(project / "params.yaml", (0, 0))
    stamp = next((project / ".cache/stamps").glob("*.json"))
    assert asked() != ""
    refreshed = stamp.read_text()
    assert asked() != ""
    assert stamp.read_text() == refreshed


def test_a_stamp_that_is_damaged_is_none(project: Path) -> None:
    stamp = next((project / ".cache/stamps").glob("*.json"))
    stamp.write_text(stamp.read_text()[:-5])
    assert asked() == ""


@pytest.mark.usefixtures("project")
def test_nothing_is_imported_for_the_answer_that_takes_long_to_import() -> None:
    code = (
        "import sys; from barometer.__main__ import main; main()\n"
        "print({'pandas', 'numpy', 'yaml', 'typer', 'rich', 'jupyter_client', 'nbformat'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, "report", "--params", "project/params.yaml", *ASKED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said, imported = done.stdout.splitlines()
    assert said.startswith("Nothing changed.")
    assert imported == "set()"
