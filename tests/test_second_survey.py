"""A survey that nobody here made becomes a report by a questionnaire and a wave file, without code."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from barometer.formats import Formatter, Words

ROOT = Path(__file__).parents[1]
FOLDER = ROOT.parent / "shared" / "data"
FILE = FOLDER / "enai_2012_2014.sav"
LANGUAGES = ("da", "en")
PAGES = {"organisation": "index.html", "collaboration": "collaboration.html", "diffusion": "diffusion.html"}
PLACES = {page: chapter for chapter, page in PAGES.items()}
# The reference names columns of the file; the questionnaire calls them this.
NAMES = {
    "iii_1_a": ("types_introduced", "new_good"),
    "iii_1_b": ("types_introduced", "new_service"),
    "iii_1_c": ("types_introduced", "improved_good"),
    "iii_1_d": ("types_introduced", "improved_service"),
    "iv_1_a": ("types_introduced", "new_process"),
    "iv_1_b": ("types_introduced", "improved_process"),
    "coop": ("any_collaboration", "yes"),
}
SIZES = {"all": "", "tamano==1": "small", "tamano==2": "medium", "tamano==3": "large"}
FIGURES = {
    ("types_introduced", ""): "organisation-types_introduced",
    ("types_introduced", "size"): "organisation-types_introduced-by-size",
    ("any_collaboration", ""): "collaboration-any_collaboration-over-time",
    ("any_collaboration", "size"): "collaboration-any_collaboration-by-size",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="the survey file is not beside the repository"),
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the report of the other survey with the real command; return the folder of its only wave."""
    root = tmp_path_factory.mktemp("second")
    project = shutil.copytree(ROOT / "tests/enai", root / "tests/enai")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    shutil.copy(FILE, project / "waves/2012-2014")
    add_figure(root / "notebooks/collaboration.ipynb", "any_collaboration")
    command = [sys.executable, "-m", "barometer", "report", "--params", "tests/enai/params.yaml"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "reports/2012-2014"


def add_figure(path: Path, variable: str) -> None:
    """Add a cell to a notebook, as its authors would."""
    notebook = nbformat.read(path, as_version=4)
    source = f'chapter.figure(chapter.proportions("{variable}", by="size"), kind="groups")'
    notebook.cells.append(nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, path)


def figure_data(reports: Path, name: str, language: str = "en") -> pd.DataFrame:
    """Return the published numbers of a figure; one row is one estimate."""
    return pd.read_csv(
        reports / language / f"data/{name}.csv", keep_default_na=False, na_values={"estimate": [""]}
    )


def reference() -> pd.DataFrame:
    """Return the proportions computed with R; one row is one of them, named as the questionnaire does."""
    table = pd.read_csv(FOLDER / "reference_enai.csv")
    column = table["variable"].str.partition("==")[0]
    table = table[column.isin(NAMES)].assign(column=column, level=table["domain"].map(SIZES))
    names = [NAMES[name] for name in table["column"]]
    return table.assign(question=[name for name, _ in names], option=[option for _, option in names])


def table_row(page: str, figure: str, name: str) -> list[str]:
    """Return the cells of one row of the table below a figure."""
    block = page[re.search(rf'<figure [a-z-]+="{figure}"', page).start() :].partition("</figure>")[0]
    rows = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", block))
    return next(cells for row in rows if (cells := [html.unescape(cell) for cell in row])[0] == name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES.values())
def test_every_chapter_has_a_page_in_both_languages(reports: Path, page: str, language: str) -> None:
    text = (reports / language / page).read_text(encoding="utf-8")
    assert f'<html lang="{language}"' in text
    assert (reports / language / "notebooks" / f"{PLACES[page]}.ipynb").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_data_are_nowhere_called_synthetic(reports: Path, language: str) -> None:
    manifest = json.loads((reports / language / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is False
    texts = [(reports / language / page).read_text(encoding="utf-8") for page in PAGES.values()]
    assert not [text for text in texts if Words(language)("caption.synthetic") in html.unescape(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_there_in_both_languages(reports: Path, language: str) -> None:
    assert (reports / language / "report.pdf").read_bytes().startswith(b"%PDF-1.7")


@pytest.mark.parametrize("figure", FIGURES.values())
def test_the_published_numbers_equal_those_of_r(reports: Path, figure: str) -> None:
    found = figure_data(reports, figure)
    keys = ["question", "option", "level"]
    both = found.merge(reference(), on=keys, suffixes=("", "_r"), validate="one_to_one")
    assert len(both) == len(found)
    assert (both["n"] == both["n_unweighted"]).all()
    for name, tolerance in (("estimate", 1e-9), ("se", 1e-9), ("ci_low", 1e-6), ("ci_high", 1e-6)):
        assert both[name].to_list() == pytest.approx(both[f"{name}_r"].to_list(), rel=0, abs=tolerance), name


def test_the_four_figures_hold_all_that_r_computed_of_the_seven_variables(reports: Path) -> None:
    assert len(reference()) == 28
    assert sum(len(figure_data(reports, figure)) for figure in FIGURES.values()) == 28


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_numbers_of_r_in_rounded_per_cent(reports: Path, language: str) -> None:
    page = (reports / language / PAGES["organisation"]).read_text(encoding="utf-8")
    number = Formatter(language)
    labels = figure_data(reports, FIGURES["types_introduced", ""], language).set_index("option")[
        "option_label"
    ]
    overall = reference().query("question == 'types_introduced' and level == ''").set_index("option")
    assert set(overall.index) == set(labels.index)
    for option, row in overall.iterrows():
        cells = table_row(page, "types_introduced", labels[option])
        interval = number.interval(row["ci_low"], row["ci_high"])
        assert cells[1:] == [number.percent(row["estimate"]), interval, number.count(row["n_unweighted"])]


def test_all_ten_partners_are_in_the_figure_each_with_its_own_number_of_answers(reports: Path) -> None:
    found = figure_data(reports, "collaboration-partners").set_index("option")
    assert len(found) == 10
    assert found["n"].max() == 2610
    assert (found.loc["competitors", "n"], found.loc["other_firms", "n"]) == (2609, 2602)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("chapter", "page"), PAGES.items())
def test_what_the_survey_does_not_ask_is_left_out_with_a_note(
    reports: Path, chapter: str, page: str, language: str
) -> None:
    left_out = {"da": "Udeladt:", "en": "Left out:"}[language]
    reason = {"da": "indgår ikke i undersøgelsen", "en": "not part of the survey"}[language]
    text = html.unescape((reports / language / page).read_text(encoding="utf-8"))
    notes = [note for note in re.findall(r'<p class="note">(.*?)</p>', text) if left_out in note]
    assert notes
    assert all(note.count(left_out) == 1 and reason in note for note in notes)
    names = [path.name for path in (reports / language / "data").glob(f"{chapter}-*.csv")]
    assert names
    assert not [
        name for name in names if (figure_data(reports, name[:-4], language)["verdict"] == "not_asked").any()
    ]


def test_nothing_of_the_danish_survey_is_told_about_the_other_one(reports: Path) -> None:
    for page in PAGES.values():
        text = re.sub(
            r"<details>.*?</details>", "", (reports / "en" / page).read_text(encoding="utf-8"), flags=re.S
        )
        captions = re.findall(r'<(?:p class="caption"|h3 id)[^>]*>(.*?)</', text, flags=re.S)
        assert captions
        assert not [caption for caption in captions if "workplace" in caption or "municipal" in caption]
