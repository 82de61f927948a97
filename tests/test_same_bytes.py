"""The same commit gives the same bytes, whoever builds it, where, when and how."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.made_project import write_project
from tests.processes import barometer

MOMENT = "1000000000"  # seconds since the epoch
HERE = {
    "HOME": "one/home",
    "USER": "one",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "PYTHONHASHSEED": "1",
    "TMPDIR": "one/tmp",
}
THERE = {
    "HOME": "another/home of a person with æ",
    "USER": "another",
    "TZ": "America/St_Johns",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "20",
    "TMPDIR": "another/tmp",
    "BAROMETER_KERNELS": "ordinary",  # none is forked
}


def build(folder: Path, *settings: str, umask: int = 0o022, **environment: str) -> dict[str, str]:
    """Build a report in an environment; return the hash of every file of it."""
    made = {
        name: str(folder.parent / text) if "/" in text and name != "TZ" else text
        for name, text in environment.items()
    }
    for name in ("HOME", "TMPDIR"):
        if name in made:
            Path(made[name]).mkdir(parents=True, exist_ok=True)
    before = os.umask(umask)
    try:
        done = barometer("report", *settings, folder=folder, **made)
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    reports = folder / "reports"
    return {
        path.relative_to(reports).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(reports.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Return a project of this folder, and the hashes of its report."""
    folder = write_project(tmp_path_factory.mktemp("same") / "project", formats="html, pdf")
    return folder, build(folder, "JOBS=1", SOURCE_DATE_EPOCH=MOMENT, **HERE)


@pytest.mark.slow
def test_another_place_person_time_zone_locale_hash_seed_mask_and_number_of_processes_give_the_same_bytes(
    first: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, expected = first
    copy = tmp_path / "elsewhere, with a longer name/project"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("reports", ".cache"))
    found = build(copy, "JOBS=2", umask=0o077, SOURCE_DATE_EPOCH=MOMENT, **THERE)
    kinds = {Path(name).suffix for name in expected}
    assert kinds >= {".html", ".svg", ".png", ".csv", ".json", ".pdf", ".xlsx", ".ipynb", ".js", ".css"}
    assert found == expected


@pytest.mark.slow
def test_what_is_kept_of_earlier_runs_gives_the_same_bytes_as_running_again(
    first: tuple[Path, dict[str, str]],
) -> None:
    folder, expected = first
    for settings in ((), ("--force", "all")):
        shutil.rmtree(folder / "reports")
        assert build(folder, *settings, SOURCE_DATE_EPOCH=MOMENT, **HERE) == expected


@pytest.mark.slow
def test_without_a_date_that_is_given_the_commit_dates_the_files(
    first: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, expected = first
    found = []
    for name in ("one", "another"):
        copy = tmp_path / name
        if not found:
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("reports", ".cache"))
            (copy / ".gitignore").write_text("reports\n.cache\n")
            author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
            for command in (("init",), ("add", "."), (*author, "commit", "--message", "a")):
                subprocess.run(["git", "-C", str(copy), *command], check=True, capture_output=True)
        else:
            subprocess.run(
                ["git", "clone", str(tmp_path / "one"), str(copy)], check=True, capture_output=True
            )
        found.append(build(copy, "LOCALE=en"))
    assert found[0] == found[1]
    assert found[0]["2005/en/report.pdf"] != expected["2005/en/report.pdf"]
