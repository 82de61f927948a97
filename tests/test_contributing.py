"""The worked examples of CONTRIBUTING.md about chapters, figures and languages, followed block by block."""

from __future__ import annotations

import csv
import html
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from barometer.documents import read_yaml
from barometer.onboard.files import as_yaml

ROOT = Path(__file__).parents[1]
LANGUAGE = "sv"
# As JupyterLab begins one.
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
pytestmark = pytest.mark.slow
Block = tuple[str, str, str, str]
# A heading, or a whole block: what looks like a heading in a block is none.
PARTS = re.compile(r"^## ([^\n]+)$|^```(\w+) ?(\S*) ?(\w*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


def blocks(heading: str) -> list[Block]:
    """Return the blocks of a section in order: language, file, tag and text."""
    found: list[Block] = []
    here = ""
    for title, *block in PARTS.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        here = title or here
        found += [(block[0], block[1], block[2], block[3])] if here == heading and not title else []
    assert found, heading
    return found


class Project:
    """A copy of the whole project, code and data, in which the examples are followed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("barometer", "data", "notebooks"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "params.yaml", root)

    def follow(self, block: Block) -> None:
        """Do what a block says: run it, or put it into its file."""
        kind, file, tag, text = block
        path = self.root / file
        if kind == "sh":
            done = self.run(text)
            assert done.returncode == 0, done.stdout + done.stderr
        elif kind == "yaml":
            path.write_text(as_yaml(merged(read_yaml(path), self.read(text))), encoding="utf-8")
        elif kind == "diff":
            code = path.read_text(encoding="utf-8")
            lines = text.splitlines(keepends=True)
            old, new = ("".join(line[1:] for line in lines if line[0] in marks) for marks in (" -", " +"))
            assert code.count(old) == 1
            path.write_text(code.replace(old, new), encoding="utf-8")
        elif path.suffix == ".ipynb":
            self.add_cell(path, kind, tag, text)
        else:
            assert not path.exists()
            path.write_text(text, encoding="utf-8")

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line of the shell; the command is that of the copy."""
        program, *arguments = shlex.split(line)
        known = [sys.executable, "-m", "barometer"] if program == "barometer" else [program]
        return subprocess.run(
            [*known, *arguments],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )

    def read(self, text: str) -> dict[str, Any]:
        (self.root / "block.yaml").write_text(text, encoding="utf-8")
        return dict(read_yaml(self.root / "block.yaml"))

    def add_cell(self, path: Path, kind: str, tag: str, text: str) -> None:
        """Append a cell to a notebook, or begin it; texts of one place stand together."""
        new = nbformat.v4.new_notebook(metadata=KERNEL)
        notebook = nbformat.read(path, as_version=4) if path.exists() else new
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = make(text.rstrip("\n"), metadata={"tags": [tag]} if tag else {})
        beside = [at for at, each in enumerate(notebook.cells) if text[:2] == "# " == each.source[:2]]
        notebook.cells.insert(beside[-1] + 1 if beside else len(notebook.cells), cell)
        nbformat.write(notebook, path)

    def page(self, language: str) -> str:
        (path,) = (self.root / "reports").glob(f"*/{language}/index.html")
        return html.unescape(path.read_text(encoding="utf-8"))


def merged(document: Any, more: Any) -> Any:
    """Return a document with another put into it, mapping by mapping."""
    if not (isinstance(document, dict) and isinstance(more, dict)):
        return more
    return document | {key: merged(document.get(key), value) for key, value in more.items()}


def translated(document: Any) -> Any:
    """Return a document whose texts in Danish and English are there in the new language too."""
    if isinstance(document, list):
        return [translated(each) for each in document]
    if not isinstance(document, dict):
        return document
    more = {LANGUAGE: f"{document['en']} ({LANGUAGE})"} if {"da", "en"} <= document.keys() else {}
    return {key: translated(value) for key, value in document.items()} | more


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the project with the chapter of the first example; the others go on from there."""
    made = Project(tmp_path_factory.mktemp("contributing"))
    for block in blocks("Add a chapter"):
        made.follow(block)
    return made


def test_the_example_of_a_chapter_ends_in_its_page(project: Project) -> None:
    page = project.page("en")
    assert "<h1>Funding</h1>" in page
    assert 'id="section-the-sources"' in page
    assert re.search(r'<img src="figures/funding-funding.svg"[^>]* alt="Bar chart: ', page)
    assert "Finansiering" not in page


def test_the_example_of_a_figure_ends_in_a_figure_with_its_words(project: Project) -> None:
    for block in blocks("Add a kind of figure"):
        project.follow(block)
    project.follow(blocks("Add a chapter")[-1])
    page = project.page("en")
    assert re.search(r'<img src="figures/funding-partners.svg"[^>]* alt="Dot chart: ', page)
    assert "The figure shows partners" in page
    assert "<svg" in next(project.root.rglob("en/figures/funding-partners.svg")).read_text(encoding="utf-8")


def test_the_example_of_a_language_ends_in_a_report_in_it(project: Project) -> None:
    *steps, check, cell, build = blocks("Add a language")
    for block in steps:
        project.follow(block)
    missing = project.run(check[-1])
    assert missing.returncode != 0
    assert f"the key '{LANGUAGE}'" in missing.stdout + missing.stderr
    for path in (project.root / "data").rglob("*.yaml"):
        path.write_text(as_yaml(translated(read_yaml(path))), encoding="utf-8")
    published = project.root / "data/published.csv"
    with published.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with published.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], f"name_{LANGUAGE}", f"note_{LANGUAGE}"])
        writer.writeheader()
        writer.writerows(
            row | {f"{key}_{LANGUAGE}": row[f"{key}_en"] for key in ("name", "note")} for row in rows
        )
    for block in (check, cell, build):
        project.follow(block)
    page = project.page(LANGUAGE)
    assert f'<html lang="{LANGUAGE}">' in page
    assert "Till innehållet" in page
    assert "<h1>Finansiering</h1>" in page
    assert re.search(r"antal svar: \d", page)
    assert re.search(r"\d\N{NO-BREAK SPACE}%", page)
    assert f"The workplace's own budget ({LANGUAGE})" in page
