"""All files of a built matrix, the whole and parts: no hidden count comes back, no workplace is in them."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pypdf
import pytest

from barometer.blocks import MIME
from barometer.build.report import build_report
from barometer.formats import Words
from barometer.params import load_params
from tests.attacker import read, recovered
from tests.test_attack import WAVE, idle, questionnaire, random_survey, register_sizes, told

SEGMENTS = ("", "sector=state", "sector=municipal", "coast=west")
WEIGHT = 1.2345678901234
SHOWN = [
    ("reuse", None),
    ("reused", None),
    ("partners", None),
    ("spread", None),
    ("partners", "reused"),
]
PARAMS = """
chapters: [all]
languages: [en]
disclosure: barometer
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the reports; every workplace has an id and the same weight, of many digits."""
    folder = tmp_path_factory.mktemp("matrix") / "project"
    random_survey(folder, 0, weight=WEIGHT)
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    for wave in {*(folder / "data/waves").iterdir()} - {folder / "data/waves" / WAVE}:
        shutil.rmtree(wave)
    for notebook in (folder / "notebooks").iterdir():
        notebook.unlink()
    nbformat.write(_notebook(), folder / "notebooks/all.ipynb")
    for segment in SEGMENTS:
        formats = "html" if segment else "html,pdf"
        assert build_report(load_params(folder / "params.yaml", {"SEGMENT": segment, "FORMATS": formats}))
    return folder


def _notebook() -> nbformat.NotebookNode:
    parameters = (
        'wave: str = "latest"\ncompare_with: str = "previous"\nlanguage: str = "en"\nsegment: str = ""'
    )
    opened = "from barometer import open_chapter\n\nchapter = open_chapter(\n    "
    opened += '"all", wave=wave, compare_with=compare_with, language=language, segment=segment\n)'
    figures = [
        f'chapter.figure(chapter.proportions("{name}", by={by!r}), kind="{"groups" if by else "bars"}", '
        f"views={[] if by else ['sector', 'coast']})"
        for name, by in SHOWN
    ]
    cells = [
        nbformat.v4.new_markdown_cell("# All\n\nEverything.", metadata={"tags": ["en"]}),
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        *(nbformat.v4.new_code_cell(source) for source in (opened, *figures)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def report(project: Path, segment: str) -> Path:
    return project / "reports" / WAVE / "en" / segment.replace("=", "-")


def tables(project: Path) -> Iterator[tuple[pd.DataFrame, str]]:
    """Yield every table of estimates: those for download, and those in the executed notebooks."""
    text = dict.fromkeys(("wave", "by", "level", "question", "option", "verdict", "reason"), str)
    for segment in SEGMENTS:
        folder = report(project, segment)
        for path in folder.glob("data/*.csv"):
            frame = pd.read_csv(path, dtype=text)
            if "estimate" in frame:
                yield frame, segment
        for block in blocks(folder / "notebooks/all.ipynb"):
            for each in (block, *block.get("views", ())):
                if "question" in each.get("csv", ""):
                    yield pd.read_csv(io.StringIO(each["csv"]), dtype=text), segment


def blocks(notebook: Path) -> Iterator[dict]:
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", ()):
            if MIME in output.get("data", {}):
                yield output["data"][MIME]


def test_no_hidden_count_comes_back_from_the_files(project: Path) -> None:
    frame = pd.read_csv(project / "data/waves" / WAVE / "answers.csv", sep=";", decimal=",")
    known, hidden = read(tables(project), WAVE)
    sizes = register_sizes(frame)
    secret = {cell for cell, reason in hidden.items() if reason != "protects" and not told(cell, known)}
    secret -= recovered(questionnaire(), sizes, secret).keys()
    assert len(secret) > 20
    found = recovered(questionnaire(), sizes | known, secret)
    assert {cell: count for cell, count in found.items() if count or not idle(cell)} == {}


def test_a_hidden_cell_has_no_number_in_any_table(project: Path) -> None:
    numbers = ["estimate", "se", "ci_low", "ci_high", "df", "deff", "n", "n_effective"]
    rows = pd.concat([frame for frame, _ in tables(project)])
    hidden = rows[rows["verdict"] == "hidden"]
    assert len(hidden) > 100
    assert hidden[numbers].isna().all(axis=None)


def test_a_hidden_cell_has_no_number_in_the_workbook(project: Path) -> None:
    reasons = {
        Words("en")(f"gap.{reason}") for reason in ("small_base", "small_cell", "same_answer", "protects")
    }
    found = 0
    for segment in SEGMENTS:
        book = openpyxl.load_workbook(report(project, segment) / "data/tables.xlsx")
        for row in (row for sheet in book for row in sheet.iter_rows(values_only=True)):
            if reasons.intersection(each for each in row if isinstance(each, str)):
                found += 1
                assert not [each for each in row if isinstance(each, int | float)]
    assert found > 50


def test_no_file_holds_a_workplace_a_weight_or_a_row_of_the_delivery(project: Path) -> None:
    delivered = (project / "data/waves" / WAVE / "answers.csv").read_text(encoding="utf-8").splitlines()[1:]
    units = {row.split(";")[0] for row in delivered}
    # Without the id and the weights, which rows could be copied by another separator.
    rows = {sep.join(row.split(";")[1:]) for row in delivered for sep in (";", ",", "\t", ", ")}
    wanted = {*units, *rows, str(WEIGHT), str(WEIGHT).replace(".", ",")}
    searched = 0
    for name, text in texts(project / "reports"):
        searched += 1
        assert not [each for each in wanted if each in text], name
    assert searched > 50


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the text of every file, those inside others too."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        yield path.name, content.decode("utf-8", errors="replace")
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                yield from ((f"{path.name}: {each}", parts.read(each).decode()) for each in parts.namelist())
        elif path.suffix == ".pdf":
            yield (
                f"{path.name}: pages",
                "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages),
            )
        elif path.suffix == ".ipynb":
            yield f"{path.name}: outputs", "\n".join(_leaves(json.loads(content)))


def _leaves(document: object) -> Iterator[str]:
    if isinstance(document, dict | list):
        for part in document.values() if isinstance(document, dict) else document:
            yield from _leaves(part)
    else:
        yield str(document)


def test_the_verdicts_of_the_parts_agree_with_those_of_the_whole(project: Path) -> None:
    """A group of the whole is the same cell as everyone in the report on it."""
    text = str
    whole = pd.read_csv(report(project, "") / "data/disclosure.csv", dtype=text).fillna("")
    checked = 0
    for segment in SEGMENTS[1:]:
        by, level = segment.split("=")
        part = pd.read_csv(report(project, segment) / "data/disclosure.csv", dtype=text).fillna("")
        key = ["question", "option"]
        own = part[(part["by"] == "") & (part["wave"] == WAVE)].drop_duplicates(key).set_index(key)["verdict"]
        same = whole[(whole["by"] == by) & (whole["level"] == level)].drop_duplicates(key)
        for row in same.itertuples():
            checked += 1
            assert own[row.question, row.option] == row.verdict
    assert checked > 10
