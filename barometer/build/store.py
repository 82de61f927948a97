"""Executed notebooks that are kept: plain files that may be deleted at any time, together or one by one.

``chapters/<task>/<sha256>.json`` says what a notebook rests on, ``notebooks/<sha256>.ipynb`` holds it. Each
file is called by the sha256 of its bytes, so that a damaged one is noticed, and written beside its place and
renamed into it, so that several builds may share a store.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from barometer.build.fingerprint import digest

VARIANTS = 4  # kept of one task: going back to earlier words or data needs no kernel
LARGEST = 4_000_000_000  # bytes of notebooks; the oldest go first
HOUR = 3600  # seconds; another build may just be writing what nothing leads to yet


@dataclass(frozen=True)
class Entry:
    """An executed notebook: its sha256, seconds and bytes of memory it took, when, and what it rests on."""

    notebook: str
    seconds: float
    peak: int
    made: float
    rests_on: Mapping[str, str]


class Store:
    """Entries by task: a task is one chapter of one wave, language and segment."""

    def __init__(self, folder: Path) -> None:
        """Use the folder, which need not be there."""
        self._chapters = folder / "chapters"
        self._notebooks = folder / "notebooks"

    def entries(self, task: str) -> tuple[Entry, ...]:
        """Return what is kept of a task, the newest first; what is damaged is removed."""
        found = [entry for path in self._chapters.glob(f"{task}/*.json") if (entry := _read(path))]
        return tuple(sorted(found, key=lambda entry: entry.made, reverse=True))

    def put(self, task: str, entry: Entry, notebook: Path) -> None:
        """Keep a notebook, which may go on to be linked from elsewhere but is never written to again."""
        place(notebook, self._notebooks / f"{entry.notebook}.ipynb")
        text = json.dumps(asdict(entry), indent=0, sort_keys=True)
        name = sha256(text.encode()).hexdigest()
        draft = self._chapters / task / f"{name}.{os.getpid()}"
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(draft.with_suffix(".json"))

    def give(self, entry: Entry, wanted: Path) -> bool:
        """Put the notebook of an entry where it is wanted; say whether it is there and undamaged."""
        kept = self._notebooks / f"{entry.notebook}.ipynb"
        if not kept.exists():
            return False
        if digest(kept) != entry.notebook:
            kept.unlink(missing_ok=True)
            return False
        place(kept, wanted)
        return True

    def prune(self) -> None:
        """Remove what is too much: old variants of a task, old tasks, notebooks that nothing leads to."""
        found = [(entry, path) for path in self._chapters.glob("*/*.json") if (entry := _read(path))]
        variants: Counter[Path] = Counter()
        room, used = LARGEST, set()
        for entry, path in sorted(found, key=lambda pair: pair[0].made, reverse=True):
            kept = self._notebooks / f"{entry.notebook}.ipynb"
            room -= kept.stat().st_size if kept.exists() else 0
            variants[path.parent] += 1
            if variants[path.parent] > VARIANTS or room < 0:
                path.unlink(missing_ok=True)
            else:
                used.add(kept)
        drafts = set(self._chapters.glob("*/*")).difference(path for _, path in found)
        for left in (set(self._notebooks.glob("*")) - used) | drafts:
            if left.exists() and left.stat().st_ctime < time.time() - HOUR:
                left.unlink(missing_ok=True)


def _read(path: Path) -> Entry | None:
    """Return an entry, None if it isn't what its name says."""
    with suppress(OSError):
        text = path.read_bytes()
        if sha256(text).hexdigest() == path.stem:
            return Entry(**json.loads(text))
        path.unlink(missing_ok=True)
    return None


def place(file: Path, wanted: Path) -> None:
    """Put a file in another place too, in one step: linked where the file system can, else copied."""
    draft = wanted.with_name(f"{wanted.name}.{os.getpid()}")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    try:
        os.link(file, draft)
    except OSError:
        shutil.copy2(file, draft)
    draft.replace(wanted)
    draft.unlink(missing_ok=True)  # a name of the same file as `wanted` has is not moved


def seal(path: Path, text: str) -> None:
    """Write a text under its own sha256, in one step."""
    draft = path.with_suffix(f".{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(f"{sha256(text.encode()).hexdigest()}\n{text}", encoding="utf-8")
    draft.replace(path)


def unseal(path: Path) -> str:
    """Return a text that was sealed; it is empty where there is none, or it is damaged."""
    with suppress(OSError, UnicodeDecodeError):
        own, _, text = path.read_text("utf-8").partition("\n")
        return text if sha256(text.encode()).hexdigest() == own else ""
    return ""
