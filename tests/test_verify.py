"""A published report held against its manifest, and made again from it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.made_project import write_project
from tests.processes import barometer

MOMENT = "1000000000"  # seconds since the epoch


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("verify") / "project", chapters=["partners"])
    for settings in ((), ("SEGMENT=sector=municipal", "LOCALE=en")):
        done = barometer("report", *settings, folder=folder, SOURCE_DATE_EPOCH=MOMENT)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "project")


def test_a_report_that_nobody_touched_is_as_its_manifest_says(project: Path) -> None:
    done = barometer("verify", "reports/2005/da", folder=project)
    assert done.returncode == 0
    count = len(json.loads((project / "reports/2005/da/manifest.json").read_text())["outputs"])
    assert done.stdout == f"reports/2005/da: {count} files are as the manifest says\n"


def test_every_report_in_a_folder_is_verified_that_of_a_segment_by_itself(project: Path) -> None:
    (project / "reports/2005/en/sector-municipal/index.html").write_text("other")
    done = barometer("verify", "reports", folder=project)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *("reports/2005/da", "reports/2005/en", "reports/2005/en/sector-municipal", "  altered")
    ]
    assert lines[-1] == "  altered: index.html"


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".kept"))
    path.symlink_to(path.with_suffix(".kept").name)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: _flip(folder / "data/estimates.csv"), ["altered: data/estimates.csv"]),
        (lambda folder: (folder / "report.css").write_text(""), ["added: report.css"]),
        (lambda folder: (folder / "manifest.html").unlink(), ["missing: manifest.html"]),
        (lambda folder: shutil.rmtree(folder / "notebooks"), ["missing: notebooks/partners.ipynb"]),
        (lambda folder: _link(folder / "index.html"), ["altered: index.html", "added: index.kept"]),
    ],
)
def test_what_was_altered_added_or_removed_is_named(
    project: Path, change: Callable[[Path], object], told: list[str]
) -> None:
    change(project / "reports/2005/da")
    done = barometer("verify", "reports/2005/da", folder=project)
    assert done.returncode == 1
    assert [line.strip() for line in done.stdout.splitlines()[1:]] == told


@pytest.mark.parametrize("text", ["", "[]", '{"outputs": {"index.html": 3}, "inputs": {}}', '{"outputs": 1}'])
def test_a_manifest_that_is_none_is_one_message(project: Path, text: str) -> None:
    (project / "reports/2005/da/manifest.json").write_text(text)
    for command in ("verify", "reproduce"):
        done = barometer(command, "reports/2005/da", folder=project)
        assert done.returncode == 2
        assert done.stderr.startswith("A manifest can't be read")
        assert "Traceback" not in done.stderr


def test_a_folder_without_a_report_is_one_message(project: Path) -> None:
    done = barometer("verify", "data", folder=project)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "There is nothing to verify")


@pytest.mark.parametrize("report", ["reports/2005/da", "reports/2005/en/sector-municipal"])
def test_a_report_is_made_again_byte_by_byte_and_nothing_is_left_of_it(
    project: Path, report: str, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    done = barometer("reproduce", report, folder=project, TMPDIR=str(tmp_path / "temporary"))
    assert done.returncode == 0, done.stdout + done.stderr
    count = len(json.loads((project / report / "manifest.json").read_text())["outputs"])
    assert done.stdout.splitlines()[1:] == [f"{count + 1} files are the same, byte by byte"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(path.name for path in (project / "reports").iterdir()) == [
        "2005",
        "editions.js",
        "index.html",
    ]


def test_what_was_made_by_hand_is_not_made_again(project: Path) -> None:
    page = project / "reports/2005/da/index.html"
    page.write_text(page.read_text().replace("2005", "2006"))
    done = barometer("reproduce", "reports/2005/da", folder=project)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "  not the same: index.html"


def test_a_report_of_files_that_changed_since_is_not_made_but_they_are_named(project: Path) -> None:
    (project / "data/waves/2001/answers.csv").unlink()
    (project / "data/waves/2003/more.yaml").touch()
    _flip(project / "published.csv")
    done = barometer("reproduce", "reports/2005/da", folder=project)
    assert done.returncode == 2
    assert done.stderr.startswith("The report can't be made again")
    for name, word in {
        "2001/answers.csv": "gone",
        "2003/more.yaml": "new",
        "published.csv": "changed",
    }.items():
        assert f"{name}: expected the file that the report was made of, got it is {word}" in done.stderr
    assert done.stderr.count("expected") == 3


def test_a_manifest_that_leads_out_of_its_place_is_refused(project: Path) -> None:
    path = project / "reports/2005/da/manifest.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"wave": "../../out"}))
    done = barometer("reproduce", "reports/2005/da", folder=project)
    assert done.returncode == 2
    assert "expected the name of a wave, got ../../out" in done.stderr


def test_what_is_not_as_it_was_besides_files_is_told_and_may_be_why(project: Path) -> None:
    path = project / "reports/2005/da/manifest.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"packages": said["packages"] | {"numpy": "1.0"}}))
    done = barometer("reproduce", "reports/2005/da", folder=project)
    assert done.returncode == 1
    assert done.stdout.startswith("Not as it was: numpy: 1.0 then, ")
    assert done.stdout.splitlines()[-1] == "  not the same: manifest.json"
