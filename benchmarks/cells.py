"""How long the cells of a chapter take by themselves: all libraries imported, no kernel, no page.

``python -m benchmarks.cells NOTEBOOK NAME=VALUE...`` prints the seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import matplotlib.figure  # noqa: F401 (imported before the clock starts, like the next ones)
import nbformat
import pandas  # noqa: F401
import seaborn  # noqa: F401
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


def main() -> None:
    """Run the code cells in this process, the parameters after the cell that declares them."""
    notebook, *settings = sys.argv[1:]
    cells = [cell for cell in nbformat.read(Path(notebook), as_version=4).cells if cell.cell_type == "code"]
    told = "\n".join(f"{name} = {value!r}" for name, _, value in (each.partition("=") for each in settings))
    shell = InteractiveShell.instance()
    start = time.perf_counter()
    with capture_output():
        for cell in cells:
            shell.run_cell(cell.source).raise_error()
            if "parameters" in cell.metadata.get("tags", ()):
                shell.run_cell(told).raise_error()
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
