"""How long it takes until something can be seen: imports, and the first figure of a chapter in a kernel."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.measure import Run, run

FIRST_FIGURE = """
from barometer import open_chapter
chapter = open_chapter("collaboration", language="en")
chapter.figure(chapter.proportions("partners"))
"""


def imports(module: str, *, project: Path) -> Run:
    """Import one module in a fresh process."""
    return run([sys.executable, "-c", f"import {module}"], cwd=project)


def first_figure(*, project: Path) -> Run:
    """Start a kernel as JupyterLab does, open a chapter and show its first figure."""
    return run([sys.executable, "-m", "benchmarks.startup", str(project)], cwd=Path.cwd())


def main() -> None:
    """Ask a kernel of its own for the figure, and print the seconds."""
    from jupyter_client.manager import KernelManager

    manager = KernelManager(transport_encryption="auto")
    start = time.perf_counter()
    manager.start_kernel(cwd=sys.argv[1])
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready()
        reply = client.execute_interactive(FIRST_FIGURE, output_hook=lambda message: None)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(reply["content"]["evalue"])
        print(time.perf_counter() - start)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
