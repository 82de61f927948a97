"""What runs again after a change, and what doesn't: counted by what the chapters themselves write."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from barometer import formats
from barometer.build import grounds, plan, products, stamp, store
from barometer.build.fingerprint import digest
from barometer.build.report import build_report
from barometer.build.store import Entry, Store, place
from barometer.params import load_params
from tests.small_project import SMALL, Small

# Each run leaves a line; the chapter shows a share of its wave, a word, and what its own module says.
READS = """
open("runs", "a").write(f"CHAPTER {language}\\n")
import csv, MODULE as module
from pathlib import Path
from barometer.formats import Words
rows = list(csv.DictReader(Path(f"data/waves/{wave}/responses.csv").open()))
share = sum(float(row["weight"]) for row in rows)
text = f"{share:.0f} {Words(language)(WORD)} {Path('extra').read_text()} {module.__name__}"
display({BLOCK: {"type": "text", "text": text}}, raw=True)
"""


class Counting(Small):
    """A small project whose chapters count their runs, built by what a copy of the package says."""

    def prepare(self) -> None:
        (self.root / "extra").write_text("beside")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(stamp.PACKAGE, self.root / "package/barometer", ignore=ignored)
        for chapter, word, module in (
            ("front", "page.next", "barometer.blocks"),
            ("second", "page.contents", "barometer.cases"),
        ):
            source = READS.replace("CHAPTER", chapter).replace("WORD", repr(word))
            self.set_cell(chapter, source.replace("MODULE", module))

    def build(self, *force: str, **overrides: str) -> bool:
        params = load_params(self.root / "params.yaml", overrides)
        with pytest.MonkeyPatch.context() as patch:
            package = self.root / "package/barometer"
            for module in (grounds, plan, products):
                patch.setattr(module, "PACKAGE", package)
            patch.setattr(formats, "WORDS", package / "words")
            return build_report(params, force=force, why=True)

    def runs(self) -> Counter[str]:
        """Return how often each chapter ran since this was last asked for."""
        log = self.root / "runs"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return Counter(lines)

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


BOTH = ["front", "second"]
ALL = Counter(("front da", "front en", "second da", "second en"))


@pytest.fixture(scope="module")
def counted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("counted") / "project"
    project = Counting(shutil.copytree(SMALL, root))
    project.prepare()
    assert project.build()
    assert project.runs() == ALL
    return root


@pytest.fixture
def project(counted_once: Path, tmp_path: Path) -> Counting:
    return Counting(shutil.copytree(counted_once, tmp_path / "project"))


def test_nothing_runs_again_when_nothing_changed_also_in_a_copy_of_the_project(
    project: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.build()
    assert "front, en: as before" in capsys.readouterr().out
    assert project.runs() == Counter()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected", "why"),
    [
        ("notebooks/front.ipynb", "Forside", "Side", ["front"], "notebook: notebooks/front.ipynb"),
        ("package/barometer/words/en.yaml", "  next: ", "  next: x", ["front"], "words: en page.next"),
        ("package/barometer/words/da.yaml", "  next: ", "  next: x", [], ""),
        ("package/barometer/words/en.yaml", "  skip: ", "  skip: x", [], ""),
        ("package/barometer/cases.py", '"""', '"""X', ["second"], "code: barometer.cases"),
        ("package/barometer/render/search.py", '"""', '"""X', [], ""),
        ("params.yaml", "latest", "latest\nconfidence: 0.9", BOTH, "parameters: confidence"),
        ("params.yaml", "latest", "latest\naddress: https://example.org", [], ""),
        ("data/waves/2020/wave.yaml", "2020", "2020 ", BOTH, "data: data/waves/2020/wave.yaml"),
        ("extra", "beside", "changed", BOTH, "data: extra"),
    ],
)
def test_a_change_runs_what_rests_on_it_and_nothing_else(
    project: Counting,
    capsys: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    expected: list[str],
    why: str,
) -> None:
    project.replace(file, old, new)
    assert project.build(LOCALE="en")
    assert project.runs() == Counter(f"{chapter} en" for chapter in expected)
    assert why in capsys.readouterr().out
    assert project.build(LOCALE="en")
    assert project.runs() == Counter()


def test_a_changed_data_file_gives_new_numbers(project: Counting) -> None:
    before = project.page("index.html")
    path = project.root / "data/waves/2022/responses.csv"
    text = path.read_text()
    path.write_text(text.replace("1,1.5,", "1,2.5,", 1))
    os.utime(path, (0, 0))  # an older file than the one that was there: its times don't count
    assert project.build(LOCALE="en", CHAPTERS="front")
    shares = [re.findall(r"(\d+) Next", page)[0] for page in (before, project.page("index.html"))]
    assert int(shares[1]) == int(shares[0]) + 1


def test_a_later_wave_leaves_the_report_of_an_earlier_one_as_it_is(project: Counting) -> None:
    assert project.build(WAVE="2020", LOCALE="en", CHAPTERS="front")
    assert project.runs() == Counter(["front en"])
    later = shutil.copytree(project.root / "data/waves/2022", project.root / "data/waves/2024")
    described = (later / "wave.yaml").read_text(encoding="utf-8").replace("2022", "2024")
    (later / "wave.yaml").write_text(described, encoding="utf-8")
    assert project.build(WAVE="2020", LOCALE="en", CHAPTERS="front")
    assert project.runs() == Counter()
    assert project.build(LOCALE="en", CHAPTERS="front")
    assert project.runs() == Counter(["front en"])


def test_going_back_to_what_was_needs_no_run(project: Counting) -> None:
    for old, new, runs in (("beside", "changed", 1), ("changed", "beside", 0)):
        before = project.page("index.html")
        project.replace("extra", old, new)
        assert project.build(LOCALE="en", CHAPTERS="front")
        assert project.runs().total() == runs
        assert project.page("index.html") != before


def test_a_chapter_that_failed_is_not_kept_and_fails_again(project: Counting) -> None:
    project.set_cell("second", "open('runs', 'a').write('second\\n'); 1 / 0")
    for _ in range(2):
        assert not project.build(LOCALE="en")
        assert project.runs() == Counter(["second"])
        assert "Contents beside" in project.page("second.html")
        assert "ZeroDivisionError" not in project.page("second.html")


@pytest.mark.parametrize("kept", ["notebooks/*", "chapters/2022.en.front/*"])
@pytest.mark.parametrize("damage", ["cut", "altered", "gone"])
def test_what_is_damaged_in_the_store_is_noticed_and_built_again(
    project: Counting, kept: str, damage: str
) -> None:
    published = project.page("index.html")
    for path in (project.root / ".cache").glob(kept):
        content = path.read_bytes()
        path.unlink()  # not through the link, which the published notebook is
        if damage != "gone":
            path.write_bytes(content[:-9] if damage == "cut" else content.replace(b"20", b"21"))
    assert project.build(LOCALE="en", CHAPTERS="front")
    assert project.runs() == Counter(["front en"])
    assert project.page("index.html") == published


def test_the_store_may_be_deleted_at_any_time(project: Counting) -> None:
    shutil.rmtree(project.root / ".cache")
    assert project.build(LOCALE="en", CHAPTERS="front")
    assert project.runs() == Counter(["front en"])


def test_two_folders_of_reports_share_the_store(project: Counting) -> None:
    assert project.build(REPORTS="elsewhere", LOCALE="en")
    assert project.runs() == Counter()
    assert (project.root / "elsewhere/2022/en/index.html").exists()


def test_a_chapter_that_is_named_is_run_whatever_is_unchanged(
    project: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.build("front", LOCALE="en")
    assert "front, en: it was forced" in capsys.readouterr().out
    assert project.runs() == Counter(["front en"])


def test_a_chapter_is_not_kept_if_a_file_changed_while_it_ran(project: Counting) -> None:
    project.replace("notebooks/front.ipynb", "share =", "Path('extra').write_text('later'); share =")
    for _ in range(2):
        assert project.build(LOCALE="en", CHAPTERS="front")
        assert project.runs() == Counter(["front en"])


def test_the_store_keeps_some_variants_and_a_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(tmp_path / "store")
    for number in range(store.VARIANTS + 2):
        notebook = tmp_path / "x.ipynb"
        notebook.unlink(missing_ok=True)
        notebook.write_text(str(number))
        kept.put("task", Entry(digest(notebook), 1.0, 1, float(number), {}), notebook)
    monkeypatch.setattr(store, "HOUR", -60)
    kept.prune()
    assert [entry.made for entry in kept.entries("task")] == [5.0, 4.0, 3.0, 2.0]
    assert sorted(path.read_text() for path in (tmp_path / "store/notebooks").iterdir()) == [
        "2",
        "3",
        "4",
        "5",
    ]
    monkeypatch.setattr(store, "LARGEST", 2)
    kept.prune()
    assert [entry.made for entry in kept.entries("task")] == [5.0, 4.0]


def made(said: str) -> list[str]:
    """Return the products that were made, from what a build prints about them."""
    return re.findall(r"reports/2022/en: (\S+): (?!as before)", said)


@pytest.fixture(scope="module")
def printed_once(counted_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("printed") / "project"
    assert Counting(shutil.copytree(counted_once, root)).build(**PRINTED)
    return root


@pytest.fixture
def printed(printed_once: Path, tmp_path: Path) -> Counting:
    return Counting(shutil.copytree(printed_once, tmp_path / "project"))


PRINTED = {"LOCALE": "en", "FORMATS": "html,pdf"}
PACKAGE = "package/barometer"
WORDS = f"{PACKAGE}/words/en.yaml"
PAGES = ["index.html", "second.html"]
PDFS = ["report.pdf", "front.pdf", "second.pdf"]
FILES = ["front-files", "second-files"]
PRODUCTS = [*PDFS, *FILES, "data", "assets", "search", *PAGES]
OF_SECOND = ["report.pdf", "second.pdf", "second-files", "data", "search", "second.html"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("notebooks/second.ipynb", "share =", "share = ", OF_SECOND),
        (WORDS, "  skip: ", "  skip: x", PAGES),
        (WORDS, "  made: ", "  made: x", PDFS),
        (f"{PACKAGE}/render/search.py", '"""', '"""X', ["search"]),
        (f"{PACKAGE}/workbook.py", '"""', '"""X', ["data"]),
        (f"{PACKAGE}/render/style/report.css", "", "/* x */", ["assets"]),
        (f"{PACKAGE}/render/pdf.py", '"""', '"""X', PDFS),
        (f"{PACKAGE}/render/templates/report.typ", "", "// x\n", PDFS),
        (f"{PACKAGE}/onboard/files.py", '"""', '"""X', []),
        ("params.yaml", "jobs: 2", "jobs: 1", []),
    ],
)
def test_a_change_makes_the_products_that_rest_on_it_and_nothing_else(
    printed: Counting,
    capsys: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    expected: list[str],
) -> None:
    printed.replace(file, old, new)
    assert printed.build(**PRINTED)
    assert made(capsys.readouterr().out) == expected


def test_an_edition_that_is_as_before_stays_in_its_place(
    printed: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (printed.root / "reports/2022/en").stat().st_ino
    assert printed.build(**PRINTED)
    assert (printed.root / "reports/2022/en").stat().st_ino == before
    assert "as before: " in capsys.readouterr().out


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("altered")])
def test_an_output_that_is_gone_or_altered_is_made_again(
    printed: Counting, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object]
) -> None:
    before = printed.files()
    for name in ("second.html", "front.pdf", "data/tables.xlsx"):
        damage(printed.root / "reports/2022/en" / name)
    assert printed.build(**PRINTED)
    assert made(capsys.readouterr().out) == ["front.pdf", "data", "second.html"]
    assert printed.files() == before


def test_a_chapter_that_fails_changes_its_own_page_and_pdf_only(
    printed: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    printed.set_cell("second", "1 / 0")
    assert not printed.build(**PRINTED)
    assert made(capsys.readouterr().out) == [each for each in OF_SECOND if each != "second-files"]
    assert not printed.build(**PRINTED)
    assert made(capsys.readouterr().out) == []


def test_a_record_that_is_damaged_is_none(printed: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (printed.root / ".cache/editions").iterdir():
        path.write_text(path.read_text().replace("index", "indox"))
    assert printed.build(**PRINTED)
    assert made(capsys.readouterr().out) == PRODUCTS


def test_a_file_that_has_both_names_already_gets_no_third(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("x")
    for _ in range(2):
        place(tmp_path / "one", tmp_path / "two")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_page_rests_on_what_renders_it_and_not_on_what_chapters_compute_with() -> None:
    rests_on = products.code("barometer.render.html")
    assert {"code barometer.render.document", "code barometer.formats"} <= set(rests_on)
    assert not {"code barometer.estimate", "code barometer.captions", "code barometer.chapters"} & set(
        rests_on
    )


def test_every_import_of_this_package_is_found_in_the_text_of_a_module() -> None:
    for path in sorted(stamp.PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        nodes = list(ast.walk(ast.parse(text)))
        imports = [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
        for node in (each for each in nodes if isinstance(each, ast.ImportFrom) and each.module):
            imports += [str(node.module), *(f"{node.module}.{each.name}" for each in node.names)]
        ours = {name for name in imports if name.split(".")[0] == "barometer"}
        assert ours <= set(products.named(text)), path
