"""Put one folder in the place of another in a single step, and see that files are on the disk."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

HERE, EXCHANGE = -100, 2  # AT_FDCWD: from the working folder; RENAME_EXCHANGE: both names stay taken
# The system, or this file system (NFS, some containers' layers), can't do it, or it isn't let through.
UNABLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def exchange(new: Path, place: Path) -> None:
    """Let two folders of one file system change places; whoever looks meets one of them, never none.

    Linux alone does it in one step. Elsewhere, and where the file system refuses, two renames do it: a reader
    may meet the gap between them, and a build that is killed just there leaves the earlier folder beside the
    new one.

    Raises
    ------
    OSError
        If the folders can't be moved; then both are where they were.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename and rename(HERE, os.fsencode(new), HERE, os.fsencode(place), EXCHANGE) == 0:
        return
    code = ctypes.get_errno() if rename else errno.ENOSYS
    if code not in UNABLE:
        raise OSError(code, os.strerror(code), str(new), None, str(place))
    aside = new.with_name(f"{new.name}-earlier")
    place.rename(aside)
    try:
        new.rename(place)
    except OSError:
        aside.rename(place)
        raise
    aside.rename(new)


def sync(folder: Path) -> None:
    """Return once all in a folder is on the disk: no name may outlive a power cut without its bytes."""
    for path in (*folder.rglob("*"), folder):
        sync_entry(path)


def sync_entry(path: Path) -> None:
    """Return once a file, or the list of names in a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
