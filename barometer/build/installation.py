"""What makes a report: this package and its files, Python, the packages around it; no path and no user."""

from __future__ import annotations

import hashlib
import platform
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version

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
    locked = re.findall(r"^([\w.-]+)==", LOCK.read_text("utf-8"), re.MULTILINE) if LOCK.exists() else []
    found = {"barometer": version("barometer")}
    for name in sorted(set(locked)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # locked for another system
            continue
    return found
