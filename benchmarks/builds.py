"""The same four chapters as pages: the usual command lines beside this build.

Every contender works in a copy of the project of its own; what it made before is removed first, so that each
round is cold. The packages' byte code and the font list of matplotlib are warm for all of them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import nbformat

from benchmarks.measure import Run, run

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CHAPTERS = ("organisation", "collaboration", "diffusion", "leadership")
LANGUAGE = "en"
COLD = (
    ".cache/chapters",
    ".cache/notebooks",
    ".cache/editions",
    ".cache/stamps",
    ".cache/read",
    "reports",
    "usual",
)


class Project:
    """A copy of the project without anything built, and the commands that build it."""

    def __init__(self, folder: Path, *, waves: Iterable[str]) -> None:
        """Copy what a report is made of."""
        self.root = folder
        self.waves = tuple(waves)
        for name in ("notebooks", "data"):
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "params.yaml", folder)
        # The build keeps its font list in the project's cache; the usual commands get one that is as warm.
        self.environment = {**os.environ, "MPLCONFIGDIR": str(folder.parent / "matplotlib")}

    def clean(self) -> None:
        """Remove everything that a build made."""
        for name in COLD:
            shutil.rmtree(self.root / name, ignore_errors=True)

    def run(self, *command: object, memory: bool = False) -> Run:
        """Run a command of the environment in the project."""
        name, *arguments = map(str, command)
        program = BIN / name if (BIN / name).exists() else name
        return run([str(program), *arguments], cwd=self.root, env=self.environment, memory=memory)

    def usual(self, *, memory: bool, waves: Iterable[str] = ()) -> Run:
        """Run papermill and nbconvert, one command after the other, as a shell script does."""
        self.clean()
        (self.root / "usual").mkdir()
        script = "\n".join(line for wave in waves or self.waves[-1:] for line in self._lines(wave))
        return self.run("sh", "-ec", script, memory=memory)

    def usual_make(self, *, memory: bool) -> Run:
        """Run the same commands by make, two chapters at a time."""
        self.clean()
        (self.root / "usual").mkdir()
        wave = self.waves[-1]
        rules = [f"all: {' '.join(CHAPTERS)}"]
        for chapter in CHAPTERS:
            recipe = "\n".join(f"\t{line}" for line in self._lines(wave, (chapter,)))
            rules.append(f".PHONY: {chapter}\n{chapter}:\n{recipe}")
        (self.root / "usual/Makefile").write_text("\n".join(rules) + "\n", encoding="utf-8")
        return self.run("make", "-s", "-j2", "-f", "usual/Makefile", memory=memory)

    def report(self, *settings: str, memory: bool = False, clean: bool = False) -> Run:
        """Build the pages of the four chapters as `make report` does."""
        if clean:
            self.clean()
        chosen = (f"LOCALE={LANGUAGE}", "FORMATS=html", f"CHAPTERS={','.join(CHAPTERS)}")
        return self.run("barometer", "report", *chosen, *settings, memory=memory)

    def reports(self, *, memory: bool) -> Run:
        """Build them for every wave, as `make reports` does."""
        self.clean()
        chosen = (f"LOCALE={LANGUAGE}", "FORMATS=html", f"CHAPTERS={','.join(CHAPTERS)}")
        return self.run("barometer", "reports", *chosen, memory=memory)

    def changed(self, chapter: str, *, memory: bool) -> Run:
        """Change a cell of one chapter, and build again."""
        self._edit(chapter)
        return self.report(memory=memory)

    def cells(self, chapter: str) -> float:
        """Return the seconds that the cells of a chapter take by themselves."""
        settings = (f"wave={self.waves[-1]}", f"language={LANGUAGE}")
        place = {**self.environment, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "benchmarks.cells", f"notebooks/{chapter}.ipynb", *settings]
        return run(command, cwd=self.root, env=place).told

    def _lines(self, wave: str, chapters: Iterable[str] = CHAPTERS) -> list[str]:
        options = f"-p wave {wave} -p language {LANGUAGE} -k python3 --no-progress-bar --log-level ERROR"
        lines = []
        for chapter in chapters:
            executed = f"usual/{wave}-{chapter}.ipynb"
            lines.append(f"{BIN}/papermill notebooks/{chapter}.ipynb {executed} {options}")
            lines.append(f"{BIN}/jupyter-nbconvert --to html --log-level ERROR {executed}")
        return lines

    def _edit(self, chapter: str) -> None:
        path = self.root / "notebooks" / f"{chapter}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        cell = [cell for cell in notebook.cells if cell.cell_type == "code"][-1]
        cell.source += "  # again"
        nbformat.write(notebook, path)


def contenders(folder: Path, waves: tuple[str, ...]) -> Mapping[str, Callable[[bool], Run]]:
    """Return what is measured, by the name it has in the table."""
    usual = Project(folder / "usual", waves=waves)
    ours = Project(folder / "ours", waves=waves)
    matrix = Project(folder / "matrix", waves=waves)
    return {
        "papermill + nbconvert, in sequence": lambda memory: usual.usual(memory=memory),
        "papermill + nbconvert, make -j2": lambda memory: usual.usual_make(memory=memory),
        "this build, cold": lambda memory: ours.report(memory=memory, clean=True),
        "this build, one chapter changed": lambda memory: ours.changed(CHAPTERS[1], memory=memory),
        "this build, nothing changed": lambda memory: ours.report(memory=memory),
        "this build, cold, with the PDFs": lambda memory: ours.report(
            "FORMATS=html,pdf", memory=memory, clean=True
        ),
        "16 chapters: papermill + nbconvert, in sequence": lambda memory: matrix.usual(
            memory=memory, waves=waves
        ),
        "16 chapters: this build": lambda memory: matrix.reports(memory=memory),
    }
