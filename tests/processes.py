"""The real command in a process of its own, and waiting for what processes do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest


def barometer(
    *arguments: str, folder: Path, prefix: Sequence[str] = (), timeout: int = 300, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a project's folder; the prefix is a command that runs it."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "barometer", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for at most a minute until something is so."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen within a minute")
