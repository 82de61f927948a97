"""The small project of two chapters and two waves, and what tests do with a copy of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from barometer.build.report import build_report
from barometer.params import load_params

SMALL = Path(__file__).parent / "small"


class Small:
    """A copy of the small project, with what a test does to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def build(self, **overrides: str) -> bool:
        return build_report(load_params(self.root / "params.yaml", overrides))

    def page(self, name: str, language: str = "en") -> str:
        return (self.root / "reports/2022" / language / name).read_text(encoding="utf-8")

    def editions(self) -> list[Mapping[str, Any]]:
        """Return what the pages know about each other."""
        text = (self.root / "reports/editions.js").read_text(encoding="utf-8")
        return json.loads(text.removeprefix("window.BAROMETER_EDITIONS = ").removesuffix(";\n"))

    def set_cell(self, chapter: str, source: str, cell: str = "text") -> None:
        path = self.root / "notebooks" / f"{chapter}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        next(each for each in notebook.cells if each.id == cell).source = source
        nbformat.write(notebook, path)

    def files(self) -> Mapping[str, str]:
        """Return the hash of every published file by its path."""
        reports = self.root / "reports"
        files = sorted(path for path in reports.rglob("*") if path.is_file())
        return {
            str(path.relative_to(reports)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        }
