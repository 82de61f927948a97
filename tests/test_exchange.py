"""Two folders change places: in one step where the system can, and else without losing either."""

from __future__ import annotations

import ctypes
import errno
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from barometer.build.exchange import exchange


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Return a new folder and the place of the earlier one; each says which it was."""
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    return tmp_path / "new", tmp_path / "place"


@pytest.fixture
def unable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file system refuse to exchange two names."""

    def refuse(*_: object) -> int:
        ctypes.set_errno(errno.EINVAL)
        return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(renameat2=refuse))


def test_each_folder_is_then_where_the_other_was(pair: tuple[Path, Path]) -> None:
    exchange(*pair)
    assert [(folder / "page").read_text() for folder in pair] == ["place", "new"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two names in one step")
def test_a_reader_who_keeps_looking_always_finds_a_folder_there(pair: tuple[Path, Path]) -> None:
    _, place = pair
    done, missed, seen = threading.Event(), [], set()

    def read() -> None:
        while not done.is_set():
            try:
                seen.add((place / "page").read_text())
            except FileNotFoundError as error:
                missed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(2000):
        exchange(*pair)
    done.set()
    reader.join()
    assert missed == []
    assert seen == {"new", "place"}


@pytest.mark.usefixtures("unable")
def test_where_the_file_system_refuses_two_renames_do_it(pair: tuple[Path, Path]) -> None:
    exchange(*pair)
    assert [(folder / "page").read_text() for folder in pair] == ["place", "new"]
    assert sorted(path.name for path in pair[0].parent.iterdir()) == ["new", "place"]


def test_where_the_system_does_not_know_how_two_renames_do_it(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace())
    exchange(*pair)
    assert [(folder / "page").read_text() for folder in pair] == ["place", "new"]


@pytest.mark.usefixtures("unable")
def test_two_renames_that_fail_half_way_put_the_earlier_folder_back(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, place = pair
    rename = Path.rename

    def fail_for_new(path: Path, target: Path) -> Path:
        if path == new:
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(OSError, match="No space left"):
        exchange(new, place)
    assert (place / "page").read_text() == "place"
    assert (new / "page").read_text() == "new"


def test_what_is_not_there_is_an_error_that_names_both_folders(pair: tuple[Path, Path]) -> None:
    _, place = pair
    with pytest.raises(FileNotFoundError) as caught:
        exchange(place.with_name("never made"), place)
    assert (caught.value.filename, caught.value.filename2) == (str(place.with_name("never made")), str(place))
    assert (place / "page").read_text() == "place"
