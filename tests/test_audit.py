"""A report that was altered in one place contradicts itself, and the check for it says where."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from barometer.audit import check_report
from barometer.build.plan import Plan
from barometer.errors import ReportError
from tests.made_report import write_report
from tests.made_survey import write_survey

Alter = Callable[[Path], None]
LANGUAGES = ("en", "da")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    root = tmp_path_factory.mktemp("made")
    params = write_survey(root / "project")
    for language in LANGUAGES:
        plan = write_report(params, root / language, language=language)
    return plan, root


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_as_it_is_built_agrees_with_itself(made: tuple[Plan, Path], language: str) -> None:
    plan, root = made
    check_report(root / language, plan.instrument)


def words(page: str, old: str, new: str, *, after: str = "") -> Alter:
    """Alter the first such text of a page after another one."""

    def alter(folder: Path) -> None:
        text = (folder / page).read_text("utf-8")
        start = text.index(after)
        assert old in text[start:]
        (folder / page).write_text(text[:start] + text[start:].replace(old, new, 1), "utf-8")

    return alter


def cells(column: str, new: str, *, both: bool = True, **where: str) -> Alter:
    """Alter a column of the estimates in the rows that hold those cells, and in the files of the figures."""

    def alter(folder: Path) -> None:
        for path in sorted((folder / "data").glob("*.csv")) if both else [folder / "data/estimates.csv"]:
            rows = list(csv.DictReader(StringIO(path.read_text("utf-8"))))
            if not rows or column not in rows[0]:
                continue
            for row in rows:
                if all(row.get(name, value) == value for name, value in where.items()):
                    row[column] = new
            text = StringIO()
            writer = csv.DictWriter(text, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            path.write_text(text.getvalue(), "utf-8")

    return alter


FIGURE = 'data-view="reuse-by-sector"'
ALTERED: dict[str, tuple[Alter, str]] = {
    # Card and figure
    "the number of a card": (words("reuse.html", ">64%<", ">63%<"), "card reused: value: expected 64.3%"),
    "the number of the card beside it": (
        words("index.html", ">50%<", ">43%<"),
        "card partners: value: expected 50.0%",
    ),
    "the estimate behind one card": (
        cells("estimate", "0.6439", both=False, figure="reused", chapter="summary"),
        "2005 reused yes proportion: expected one estimate",
    ),
    "n of one figure": (
        cells("n", "205", view="reuse", question="reuse"),
        "expected one n, got 206 and 205 in summary/findings and reuse/reuse",
    ),
    # Words and numbers
    "a share in a title": (
        words("reuse.html", "adapted (60%)", "adapted (61%)", after=FIGURE),
        "title: expected a share",
    ),
    "a difference in a title": (
        words("reuse.html", "down from 51% to 28%", "down from 51% to 29%"),
        "figure reuse-over-time: title: expected a share of its data, got 29",
    ),
    "points in the details": (
        words("reuse.html", "(−23 percentage points", "(−22 percentage points"),
        "figure reuse-over-time: about",
    ),
    "a share in a caption": (words("reuse.html", "know (8%)", "know (9%)"), "figure reuse: caption"),
    "n in a caption": (
        words("reuse.html", "206. Don", "207. Don"),
        "caption: expected an n of its data, got 207",
    ),
    "n of a group": (
        words("reuse.html", "State 100", "State 101", after=FIGURE),
        "caption: expected an n of its data, got 101",
    ),
    "a share in the text alternative": (
        words("reuse.html", "50%", "55%", after='alt="'),
        "figure reuse: alt: expected a share of its data, got 55",
    ),
    "a share in a finding": (words("index.html", "State: 42%", "State: 24%"), "finding"),
    "an interval in a finding": (words("index.html", "interval: 43–57%", "interval: 43–67%"), "finding"),
    "a percentage in running text": (
        words("index.html", "95% of the intervals", "88% of the intervals"),
        "text: expected a share",
    ),
    # Pictures
    "a share in a picture": (
        words("figures/reuse-reuse.svg", ">28%<", ">27%<"),
        "figure reuse: picture: expected a share of its data, got 27",
    ),
    "a picture that is gone": (
        lambda folder: (folder / "figures/reuse-reuse.svg").unlink(),
        "figure reuse: expected a picture",
    ),
    # Tables
    "two cells of a table that are swapped": (
        words("reuse.html", '28%</td><td class="number">22–35%', '50%</td><td class="number">43–57%'),
        "figure reuse: table, The first, Share: expected a share of its data, got 50",
    ),
    "the file of a figure": (
        words("data/reuse-reuse.csv", "0.2785", "0.2786"),
        "figure reuse: expected the same rows in its CSV",
    ),
    "a table of words": (
        words("reuse.html", "73%", "74%", after='class="tabular"'),
        "table published: expected what its CSV holds",
    ),
    # Words about the base, the part and the question
    "the base of a caption": (
        words("reuse.html", "Base: reusing workplaces", "Base: all workplaces"),
        "figure spread: caption: expected the base reusing workplaces, got workplaces",
    ),
    "the base of a card": (
        words("reuse.html", "base: workplaces", "base: reusing workplaces"),
        "card reused: detail: expected the base workplaces, got reusing workplaces",
    ),
    "the wording of another question": (
        words("reuse.html", "Was the solution reused?", "Who took part?"),
        "figure reuse: about: expected “Was the solution reused?”",
    ),
    "the definition of another variable beside its own": (
        words("reuse.html", "“Was the solution reused?”", "“Was the solution reused?” “Who took part?”"),
        "about: expected the words of its own question, got “Who took part?”",
    ),
    "a sentence that is printed twice": (
        words("reuse.html", "Base: all workplaces.", "Base: all workplaces. Base: all workplaces."),
        "expected each sentence once",
    ),
    # Names
    "one title for two questions": (
        words(
            "partners.html",
            "Citizens (50%) and nobody (50%) are at the top",
            "The most common answer is adapted (50%)",
            after="<h2",
        ),
        "expected one question as in reuse, figure reuse",
    ),
    "one question with two labels": (
        cells("question_label", "Recycling", both=True, view="reused-over-time"),
        "reused-over-time: expected one label",
    ),
    "one number for two figures": (
        cells("number", "1.2", both=False, view="spread"),
        "expected one figure as in reused-by-sector",
    ),
    # Parts and the whole
    "a composite that is less than its parts": (
        cells("estimate", "0.55", question="reused", wave="2005", by=""),
        "2005, reused yes: expected 64.3% to 64.3%, from what it is counted from, got 55.0%",
    ),
    "single answers that do not sum to 100": (
        cells("estimate", "0.2", question="reuse", wave="2005", option="copy", by=""),
        "2005, reuse: expected answers that sum to 100%, got 105.79%",
    ),
    "n of one answer": (
        cells("n", "199", question="partners", option="citizens", by=""),
        "partners citizens: expected n = 206 as for its other answers, got 199",
    ),
    "n of a question": (
        cells("n", "203", question="partners", by=""),
        "expected a base all of 206 as in reuse, figure reuse, got 203",
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_a_report_that_was_altered_is_refused_with_the_place(
    made: tuple[Plan, Path], tmp_path: Path, name: str
) -> None:
    plan, root = made
    alter, message = ALTERED[name]
    folder = shutil.copytree(root / "en", tmp_path / "en")
    alter(folder)
    with pytest.raises(ReportError) as caught:
        check_report(folder, plan.instrument)
    assert message in str(caught.value)
    assert str(caught.value).startswith("The report 2005 en contradicts itself\n")


def test_groups_that_are_not_the_whole_together_are_refused(made: tuple[Plan, Path], tmp_path: Path) -> None:
    plan, root = made
    folder = shutil.copytree(root / "en", tmp_path / "en")
    cells("n", "7", question="partners", level="regional")(folder)
    with pytest.raises(ReportError, match="by sector: expected groups of n = 206 together, got 207"):
        check_report(folder, plan.instrument)


@pytest.mark.parametrize("name", ["manifest.json", "data/estimates.csv", "index.html", "reuse.html"])
def test_a_report_that_lacks_a_file_or_holds_something_else_there_is_no_report(
    made: tuple[Plan, Path], tmp_path: Path, name: str
) -> None:
    plan, root = made
    folder = shutil.copytree(root / "en", tmp_path / "en")
    for damage in (lambda path: path.write_bytes(b"\x00\xff"), Path.unlink):
        damage(folder / name)
        with pytest.raises(ReportError, match="can't be checked"):
            check_report(folder, plan.instrument)


def test_a_chapter_from_an_earlier_run_is_not_held_against_the_new_ones(
    made: tuple[Plan, Path], tmp_path: Path
) -> None:
    plan, root = made
    folder = shutil.copytree(root / "en", tmp_path / "en")
    cells("n", "205", both=False, chapter="summary", n="206")(folder)
    page = folder / "index.html"
    page.write_text(
        page.read_text("utf-8").replace("=\N{NO-BREAK SPACE}206", "=\N{NO-BREAK SPACE}205"), "utf-8"
    )
    with pytest.raises(ReportError, match="build all"):
        check_report(folder, plan.instrument)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"stale": []', '"stale": ["summary"]'), "utf-8")
    check_report(folder, plan.instrument)
