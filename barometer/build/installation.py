"""What makes a report: this package and its files, Python, the packages around it; no path and no user."""

from __future__ import annotations

import hashlib
import platform
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement

from barometer.build.fingerprint import digest
from barometer.build.stamp import LOCK, PACKAGE, walk


def code() -> str:
    """Return one sha256 of all files of this package, whether they are in git or not."""
    lines = [f"{digest(path)}  {path.relative_to(PACKAGE).as_posix()}\n" for path in sorted(walk([PACKAGE]))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def system() -> dict[str, str]:
    """Return what else the last digits of a number may hang on."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.system(),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
    }


@cache
def packages() -> dict[str, str]:
    """Return the installed version of every locked package: what else is installed plays no part."""
    lines = re.findall(r"^[\w.-]+==[^\\\n]*", LOCK.read_text("utf-8"), re.MULTILINE) if LOCK.exists() else []
    locked = [Requirement(line) for line in sorted(set(lines))]
    found = {"barometer": version("barometer")}
    for each in locked:
        # One that is locked for another system may be here for other reasons.
        if each.marker is None or each.marker.evaluate():
            with suppress(PackageNotFoundError):
                found[each.name] = version(each.name)
    return found
