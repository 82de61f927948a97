"""A project whose report is soon made and has all that a report has: the made-up survey with two chapters.

It is built by the real command, as its users do, in an environment that a test chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat
import pandas as pd

from tests.made_survey import write_survey

OPEN = """\
from barometer import open_chapter

chapter = open_chapter("{name}", wave=wave, compare_with=compare_with, language=language, segment=segment)"""
PARAMETERS = 'wave = "latest"\ncompare_with = "previous"\nlanguage = "da"\nsegment = ""'
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
CHAPTERS = {
    "reuse": (
        'chapter.figure(chapter.proportions("reuse"), kind="bars", views=["wave"])',
        'chapter.figure(chapter.proportions("reused", by="sector"), kind="groups")',
        "chapter.published()",
    ),
    "partners": ('chapter.figure(chapter.proportions("partners"), kind="bars")',),
}


def write_project(folder: Path, *, chapters: Sequence[str] = tuple(CHAPTERS), formats: str = "html") -> Path:
    """Write the project; return its folder."""
    params = write_survey(folder)
    text = params.read_text(encoding="utf-8")
    listed = f"chapters: [{', '.join(chapters)}]\nformats: [{formats}]"
    params.write_text(text.replace("chapters: [summary, reuse, partners]", listed), encoding="utf-8")
    for path in (folder / "notebooks").iterdir():
        path.unlink()
    for path in folder.glob("data/waves/*/answers.csv"):
        answers = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
        # Only those who reused were asked; a build refuses what the rest answered.
        asked = answers["reuse"].isin(["adapted", "copy"])
        answers.assign(spread=answers["spread"].where(asked, "")).to_csv(path, index=False, sep=";")
    for name in chapters:
        cells = [
            nbformat.v4.new_markdown_cell(f"# {name.capitalize()}", id="title"),
            nbformat.v4.new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(OPEN.format(name=name), id="open"),
            *(
                nbformat.v4.new_code_cell(source, id=f"shown-{number}")
                for number, source in enumerate(CHAPTERS[name])
            ),
        ]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
        nbformat.write(notebook, folder / f"notebooks/{name}.ipynb")
    return folder
