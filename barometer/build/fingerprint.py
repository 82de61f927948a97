"""Whether a file is still what it was: by its size and times first, by its bytes where those differ.

Only the standard library is needed here, so that a report that is up to date is known to be before anything
else is imported.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple


class Fingerprint(NamedTuple):
    """A file: its size, when it and its entry were changed (nanoseconds), and the sha256 of its bytes."""

    size: int
    modified: int
    changed: int
    sha256: str

    @classmethod
    def of(cls, path: Path | str) -> Fingerprint:
        """Return the fingerprint of a file as it is now."""
        before = os.stat(path)
        return cls(before.st_size, before.st_mtime_ns, before.st_ctime_ns, digest(path))

    def untouched(self, path: Path | str) -> bool:
        """Say whether nothing has written to the file, as far as its size and times tell."""
        try:
            now = os.stat(path)
        except OSError:
            return False
        return self[:3] == (now.st_size, now.st_mtime_ns, now.st_ctime_ns)

    def holds(self, path: Path | str) -> bool:
        """Say whether the file has the same bytes, whatever its times."""
        try:
            return os.path.getsize(path) == self.size and digest(path) == self.sha256
        except OSError:
            return False


def digest(path: Path | str) -> str:
    """Return the sha256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
