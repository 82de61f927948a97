"""Survey files that are damaged or made to do harm are read, or refused in one message; nothing worse."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from barometer.errors import ReportError
from barometer.guard import check_new
from barometer.onboard.source import read_source
from tests.hostile import KINDS, damaged, whole

ROOT = Path(__file__).parents[1]
CASES = int(os.environ.get("HOSTILE_CASES", "250"))
"""Of each kind of file."""
LONGEST = 10  # seconds
Shown = pytest.CaptureFixture[str]


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused_and_what_ends_its_reader_is_caught(
    kind: str, tmp_path: Path, capsys: Shown
) -> None:
    outcomes: Counter[str] = Counter()
    first = 0
    while first < CASES:
        told, code = _read_damaged(kind, first, tmp_path)
        for outcome, seconds in told:
            assert float(seconds) < LONGEST
            outcomes[outcome] += 1
        first += len(told)
        if code:
            _assert_caught(kind, first, tmp_path)
            outcomes["ended its reader, caught"] += 1
            first += 1
    assert outcomes.keys() <= {"read", "refused", "ended its reader, caught"}
    with capsys.disabled():
        print(f"\n{sum(outcomes.values())} damaged {kind} files: {dict(outcomes)}")


def _read_damaged(kind: str, first: int, folder: Path) -> tuple[list[list[str]], int]:
    """Return outcome and seconds of each case that was read to its end, and how the process ended."""
    command = [sys.executable, "-m", "tests.hostile", kind, str(first), str(CASES), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    told = [line.split("\t") for line in done.stdout.splitlines() if not line.startswith("case ")]
    assert done.returncode <= 0, done.stderr
    return told, done.returncode


def _assert_caught(kind: str, case: int, folder: Path) -> None:
    path = folder / f"again{kind}"
    path.write_bytes(damaged(whole(kind, folder), case))
    with pytest.raises(ReportError, match="ends its reader"):
        read_source(path)


def test_bytes_that_were_read_once_are_not_read_again_in_advance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "whole.sav"
    whole(".sav", tmp_path)
    check_new({path: "one"}, kept=tmp_path / "kept")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it was read again"))
    check_new({path: "one"}, kept=tmp_path / "kept")


@pytest.mark.parametrize("kind", [".sav", ".parquet", ".csv", ".xlsx"])
def test_a_pipe_a_folder_and_nothing_are_no_files(kind: str, tmp_path: Path) -> None:
    (tmp_path / f"folder{kind}").mkdir()
    os.mkfifo(tmp_path / f"pipe{kind}")
    for name in ("folder", "pipe", "nothing"):
        start = time.monotonic()
        with pytest.raises(ReportError):
            read_source(tmp_path / f"{name}{kind}")
        assert time.monotonic() - start < LONGEST


def _with_sheet(folder: Path, sheet: bytes) -> Path:
    """Write a workbook whose only sheet is replaced."""
    whole(".xlsx", folder)
    path = folder / "hostile.xlsx"
    with (
        zipfile.ZipFile(folder / "whole.xlsx") as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return path


SHEET = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>{}</sheetData></worksheet>"
CELL = "<row r='{row}'><c r='A{row}' t='inlineStr'><is><t>{text}</t></is></c></row>"
READING = CELL.format(row=1, text="&e;") + CELL.format(row=2, text="x")
LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))


@pytest.mark.parametrize(
    "sheet",
    [
        b" " * 200_000_000,
        f"<!DOCTYPE w [<!ENTITY l0 'ha'>{LAUGHS}]>{SHEET.format(CELL.format(row=1, text='&l11;'))}".encode(),
        f"<!DOCTYPE w [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>{SHEET.format(READING)}".encode(),
    ],
    ids=["zip bomb", "billion laughs", "a file of this machine"],
)
def test_a_workbook_made_to_do_harm_is_refused_or_read_without_it(tmp_path: Path, sheet: bytes) -> None:
    path = _with_sheet(tmp_path, sheet)
    start = time.monotonic()
    try:
        found = read_source(path).frame.to_csv()
    except ReportError:
        found = ""
    assert time.monotonic() - start < LONGEST
    assert "root:" not in found
    assert len(found) < 1000
