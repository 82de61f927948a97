"""Building a small project of two chapters and two waves: what is published, and what a failure does."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import nbformat
import pytest

from barometer.build.log import log_changes
from barometer.build.publish import swap
from barometer.build.report import build_report
from barometer.changes import CHANGES, NUMBERS, PLACE
from barometer.errors import ReportError
from barometer.formats import Words
from barometer.params import load_params
from tests.small_project import SMALL, Small

LONG_AGO = 1_000_000_000  # seconds since the epoch, a ninth of September


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small") / "project"
    shutil.copytree(SMALL, root)
    assert Small(root).build(FORMATS="html,pdf")
    return root


@pytest.fixture
def fresh(tmp_path: Path) -> Small:
    """Return a project that was never built."""
    return Small(shutil.copytree(SMALL, tmp_path / "project"))


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Small:
    """Return a project with a good report from long ago."""
    root = shutil.copytree(built_once, tmp_path / "project")
    for path in root.rglob("reports/**/*.ipynb"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return Small(root)


def test_every_chapter_is_built_in_every_language_and_the_overview_leads_to_them(built: Small) -> None:
    assert "front: 2022 against 2020" in built.page("index.html", "da")
    assert "second: 2022 against 2020" in built.page("second.html", "en")
    assert (built.root / "reports/2022/da/report.pdf").read_bytes().startswith(b"%PDF")
    overview = (built.root / "reports/index.html").read_text(encoding="utf-8")
    assert overview.index("2022/da/index.html") < overview.index("2022/en/index.html")
    assert "Syntetiske data" in overview
    assert not list((built.root / "reports").glob(".scratch*"))


def test_a_report_that_contradicts_itself_is_not_published_and_the_earlier_one_stays(built: Small) -> None:
    before = built.files()
    built.set_cell("second", "display({BLOCK: {'type': 'text', 'text': 'Up to 12%'}}, raw=True)")
    with pytest.raises(ReportError, match=r"2022 da contradicts itself\n.*second: text: .*got 12$"):
        built.build()
    assert built.files() == before


def test_the_manifest_names_every_file_with_its_hash_and_says_that_the_data_are_synthetic(
    built: Small,
) -> None:
    folder = built.root / "reports/2022/en"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del found["manifest.json"]
    assert manifest["outputs"] == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()
    }
    assert manifest["synthetic"] is True
    assert "data/waves/2020/responses.csv" in manifest["inputs"]
    assert "notebooks/second.ipynb" in manifest["inputs"]
    assert manifest["packages"]["papermill"]


def test_no_published_file_names_a_folder_of_this_machine(built_once: Path) -> None:
    needle = str(built_once).encode()
    assert not [
        path for path in (built_once / "reports").rglob("*") if path.is_file() and needle in path.read_bytes()
    ]


def test_building_again_gives_the_same_bytes(built: Small) -> None:
    before = built.files()
    assert built.build(FORMATS="html,pdf")
    assert built.files() == before


def test_a_notebook_is_published_without_the_times_and_paths_of_its_run(built: Small) -> None:
    notebook = nbformat.read(built.root / "reports/2022/en/notebooks/second.ipynb", as_version=4)
    assert "papermill" not in notebook.metadata
    assert [cell.id for cell in notebook.cells] == [
        "title",
        "parameters",
        "injected-parameters",
        "open",
        "text",
    ]
    assert not any({"papermill", "execution"} & cell.metadata.keys() for cell in notebook.cells)


def test_a_chapter_runs_in_the_projects_folder_and_is_told_the_parameters_as_they_were_decided(
    fresh: Small,
) -> None:
    fresh.set_cell(
        "second",
        "import os; from pathlib import Path\n"
        "assert Path.cwd() == Path(os.environ['PROJECT']), Path.cwd()\n"
        "from barometer.params import load_params\n"
        "params = load_params(Path(os.environ['BAROMETER_PARAMS']))\n"
        "assert params.confidence == 0.9 and params.waves == Path.cwd() / 'data/waves'\n"
        "assert (wave, compare_with, language, segment) == ('2020', 'none', 'en', '')",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROJECT", str(fresh.root))
        assert fresh.build(CHAPTERS="second", LOCALE="en", WAVE="2020", CONFIDENCE="0.9")


def test_the_kernel_is_that_of_the_environment_whatever_else_has_its_name(
    fresh: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = {"argv": ["/nowhere/python", "{connection_file}"], "display_name": "x", "language": "python"}
    for folder in ("elsewhere", "home/.local/share/jupyter"):
        kernel = tmp_path / folder / "kernels/python3/kernel.json"
        kernel.parent.mkdir(parents=True)
        kernel.write_text(json.dumps(spec))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "elsewhere"))
    assert fresh.build(CHAPTERS="front", LOCALE="en")


def test_a_failing_cell_keeps_the_earlier_page_with_a_dated_notice(
    built: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    built.set_cell("second", "# the share\nraise ValueError('no such share')")
    built.set_cell("front", "display({BLOCK: {'type': 'text', 'text': 'a new front'}}, raw=True)")
    assert not built.build()
    message = capsys.readouterr().err
    assert "second, en: second.ipynb, cell 4 (`# the share`): ValueError: no such share" in message
    page = built.page("second.html")
    assert "second: 2022 against 2020" in page
    assert "9 September 2001" in page
    assert "no such share" not in page
    assert "a new front" in built.page("index.html")
    assert "second.html" in built.page("index.html")
    assert json.loads(built.page("manifest.json"))["stale"] == ["second"]


def test_a_chapter_that_failed_fails_again_and_its_notice_keeps_the_date(built: Small) -> None:
    built.set_cell("second", "1 / 0")
    assert not built.build()
    after_one = built.files()
    assert not built.build()
    assert built.files() == after_one
    published = nbformat.read(built.root / "reports/2022/en/notebooks/second.ipynb", as_version=4)
    outputs = [output.output_type for cell in published.cells for output in cell.get("outputs", ())]
    assert outputs
    assert "error" not in outputs


def test_a_chapter_that_works_again_loses_its_notice(built: Small) -> None:
    built.set_cell("second", "1 / 0")
    assert not built.build(LOCALE="en", FORMATS="html,pdf")
    built.set_cell("second", "display({BLOCK: {'type': 'text', 'text': 'well again'}}, raw=True)")
    assert built.build(LOCALE="en")
    assert "well again" in built.page("second.html")
    assert "9 September 2001" not in built.page("second.html")


def test_a_chapter_that_never_worked_has_no_page_and_no_link(fresh: Small) -> None:
    fresh.set_cell("second", "1 / 0")
    assert not fresh.build(LOCALE="en")
    assert "front: 2022" in fresh.page("index.html")
    assert "second.html" not in fresh.page("index.html")
    assert not (fresh.root / "reports/2022/en/second.html").exists()


def test_a_report_without_any_good_chapter_is_not_published(fresh: Small) -> None:
    for chapter in ("front", "second"):
        fresh.set_cell(chapter, "1 / 0")
    assert not fresh.build(LOCALE="en")
    assert fresh.files() == {}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL (most often: the"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV"),
        ("import os\nos._exit(3)", "ended by itself (return code 3)"),
        ("import time\ntime.sleep(60)", "it took longer than 2 s (cell_timeout in params.yaml)"),
        ("raise MemoryError('a large table')", "MemoryError: a large table"),
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ],
)
def test_a_chapter_that_dies_or_hangs_is_named_with_its_cell_and_the_reason(
    built: Small, capsys: pytest.CaptureFixture[str], source: str, reason: str
) -> None:
    built.set_cell("second", source)
    assert not built.build(LOCALE="en", CELL_TIMEOUT="2")
    message = capsys.readouterr().err
    assert f"second.ipynb, cell 4 (`{source.splitlines()[0]}`): " in message
    assert reason in message
    assert "front: 2022" in built.page("index.html")
    assert "second: 2022" in built.page("second.html")


def test_a_parameter_that_a_notebook_does_not_know_is_an_error(
    built: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    built.set_cell(
        "second", 'wave = "latest"\ncompare = "previous"\nlanguage = "da"\nsegment = ""', "parameters"
    )
    assert not built.build(LOCALE="en")
    assert "second.ipynb: no parameter named compare_with" in capsys.readouterr().err
    assert "9 September 2001" in built.page("second.html")


def test_a_notebook_that_shows_no_chapter_is_not_published(
    built: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    built.set_cell("second", "BLOCK = 'text/plain'\nfrom IPython.display import display", "open")
    built.set_cell("second", "display({BLOCK: 'only text'}, raw=True)")
    assert not built.build(LOCALE="en")
    assert "a block of type 'chapter'" in capsys.readouterr().err
    assert "second: 2022" in built.page("second.html")


def test_a_file_that_is_no_notebook_fails_alone(built: Small, capsys: pytest.CaptureFixture[str]) -> None:
    (built.root / "notebooks/second.ipynb").write_text("{")
    assert not built.build(LOCALE="en")
    assert "second, en: second.ipynb: " in capsys.readouterr().err
    assert "front: 2022" in built.page("index.html")


def test_building_one_chapter_keeps_the_other_pages_and_the_whole_navigation(built: Small) -> None:
    built.set_cell("second", "display({BLOCK: {'type': 'text', 'text': 'a new text'}}, raw=True)")
    before = built.files()
    assert built.build(CHAPTERS="second", LOCALE="en", FORMATS="html,pdf")
    after = built.files()
    changed = {name for name in after if after[name] != before.get(name)}
    assert before.keys() == after.keys()
    assert changed == {
        f"2022/en/{name}"
        for name in (
            *("second.html", "second.pdf", "report.pdf"),
            *("assets/search.js", "notebooks/second.ipynb"),
            *("manifest.html", "manifest.json", "ro-crate-metadata.json"),
        )
    }
    assert "index.html" in built.page("second.html")


def test_the_first_report_may_be_of_one_chapter(fresh: Small) -> None:
    assert fresh.build(CHAPTERS="second", LOCALE="en")
    assert "second: 2022" in fresh.page("index.html")


def test_another_wave_stands_beside_the_first_and_the_newest_leads_the_overview(built: Small) -> None:
    assert built.build(WAVE="2020", LOCALE="en")
    assert "front: 2020 against none" in (built.root / "reports/2020/en/index.html").read_text(
        encoding="utf-8"
    )
    overview = (built.root / "reports/index.html").read_text(encoding="utf-8")
    assert overview.index("2022/en/") < overview.index("2020/en/")


def test_the_report_of_a_segment_stands_inside_and_outlives_a_new_report_of_the_whole(built: Small) -> None:
    assert built.build(SEGMENT="sector=municipal")
    inner = built.root / "reports/2022/en/sector-municipal/index.html"
    before = inner.read_text(encoding="utf-8")
    assert "sector=municipal" in before
    assert "2022 · Municipality" in before
    links = ("../../../index.html", "../../../editions.js", "../../da/sector-municipal/index.html")
    assert [f'="{link}"' in before for link in links] == [True, True, True]
    assert built.build(LOCALE="en")
    assert inner.read_text(encoding="utf-8") == before


def test_editions_and_overview_list_waves_languages_and_segments_that_there_are(built: Small) -> None:
    assert built.build(SEGMENT="sector=municipal", LOCALE="en")
    assert built.build(WAVE="2020", LOCALE="en", CHAPTERS="front")
    places = [(each["wave"], each["language"], each["segment"], each["folder"]) for each in built.editions()]
    assert places == [
        ("2022", "da", "", "2022/da/"),
        ("2022", "en", "", "2022/en/"),
        ("2022", "en", "Municipality", "2022/en/sector-municipal/"),
        ("2020", "en", "", "2020/en/"),
    ]
    assert [each["chapters"] for each in built.editions()][1:] == [
        ["index.html", "manifest.html", "second.html"],
        ["index.html", "manifest.html", "second.html"],
        ["index.html", "manifest.html"],
    ]
    overview = (built.root / "reports/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="(.*?)index.html" hreflang="..">(.*?)</a>', overview) == [
        ("2022/da/", "Dansk"),
        ("2022/en/", "English"),
        ("2022/en/sector-municipal/", "Municipality"),
        ("2020/en/", "English"),
    ]


def test_an_edition_that_is_gone_leaves_the_lists_with_the_next_report(built: Small) -> None:
    shutil.rmtree(built.root / "reports/2022/da")
    assert built.build(LOCALE="en", FORMATS="html")
    assert [each["folder"] for each in built.editions()] == ["2022/en/"]
    assert "2022/da" not in (built.root / "reports/index.html").read_text(encoding="utf-8")


def test_a_report_without_pages_is_listed_by_its_pdf_and_no_page_leads_to_it(fresh: Small) -> None:
    assert fresh.build(LOCALE="en", FORMATS="pdf")
    assert 'href="2022/en/report.pdf"' in (fresh.root / "reports/index.html").read_text(encoding="utf-8")
    assert fresh.editions() == []
    folder = fresh.root / "reports/2022/en"
    assert sorted(path.name for path in folder.glob("*.*")) == [
        *("front.pdf", "manifest.json", "report.pdf", "ro-crate-metadata.json", "second.pdf")
    ]


def test_every_chapter_is_also_a_pdf_of_its_own(built: Small) -> None:
    folder = built.root / "reports/2022/en"
    assert (folder / "second.pdf").read_bytes().startswith(b"%PDF")
    assert built.build(LOCALE="en", FORMATS="html")
    assert not (folder / "second.pdf").exists()
    assert "second.pdf" not in built.page("second.html")


def test_pages_know_where_they_are_published_what_of_and_find_what_the_search_needs(built: Small) -> None:
    assert built.build(LOCALE="en", ADDRESS="https://example.org/barometer")
    page = built.page("index.html")
    assert 'href="data/estimates.csv"' in page
    assert 'data-index="assets/search.js"' in page
    assert "front: 2022 against 2020" in built.page("assets/search.js")
    package = json.loads(built.page("data/datapackage.json"))
    assert package["homepage"] == "https://example.org/barometer/2022/en/"
    data = (built.root / "data/waves/2022/responses.csv").read_bytes()
    assert package["data_sha256"] == hashlib.sha256(data).hexdigest()
    assert package["version"].startswith("barometer ")


def test_a_second_build_in_the_same_folder_is_refused_and_touches_nothing(built: Small) -> None:
    other = built.root / f"reports/.scratch-{os.getppid()}"
    other.mkdir()
    before = built.files()
    with pytest.raises(ReportError, match=f"Another build is running(.|\n)*process {os.getppid()} at work"):
        built.build(LOCALE="en")
    assert built.files() == before
    assert [path.name for path in (built.root / "reports").glob(".scratch*")] == [other.name]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("w.write_text(w.read_text() + '\\n')", "it changed"),
        ("w.unlink()", "it is gone"),
        ("w.with_name('more.yaml').write_text('')", "it is new"),
    ],
)
def test_a_file_that_changes_while_a_report_is_made_of_it_is_named_and_nothing_is_published(
    built: Small, change: str, told: str
) -> None:
    before = built.files()
    built.set_cell("second", f"from pathlib import Path; w = Path('data/waves/2020/wave.yaml'); {change}")
    with pytest.raises(ReportError, match=f"changed while they were read; nothing was (.|\n)*got {told}"):
        built.build()
    assert built.files() == before
    assert not list((built.root / "reports").glob(".scratch*"))


def test_what_killed_builds_left_behind_is_removed(built: Small) -> None:
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    left = [built.root / f"reports/.scratch-{name}" for name in (finished.pid, os.getppid(), "k3j_2")]
    for folder in left:
        folder.mkdir()
    os.utime(left[1], (LONG_AGO, LONG_AGO))  # its number now belongs to a later process
    assert built.build(LOCALE="en", CHAPTERS="front")
    assert [folder.exists() for folder in left] == [False, False, False]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("params.yaml", "cell_timeout", "cell_timeot", "Did you mean 'cell_timeout'"),
        ("params.yaml", "wave: latest", "wave: '2021'", "expected a wave, got 2021"),
        ("params.yaml", "wave: latest", "segment: sector=regional", "a level of sector (state, municipal)"),
        ("params.yaml", "wave: latest", "segment: sektor=state", "Did you mean 'sector'"),
        ("params.yaml", "wave: latest", "segment: x=state", "a register variable (sector), got x"),
        ("params.yaml", "wave: latest", "over_breaks: [genbrug/no]", "of the questionnaire, got genbrug"),
        ("params.yaml", "wave: latest", "over_breaks: [reuse/nein]", "an option of reuse, got nein"),
        ("params.yaml", "wave: latest", "address: example.org", "such as https://example.org/reports/"),
        ("data/instrument.yaml", "languages: [da, en]", "languages: [da]", "'en'. Known: da"),
        ("data/instrument.yaml", "kind: single", "kind: singel", "kind"),
        ("data/waves/2020/wave.yaml", "{column: reuse", "{column: genbrug", "genbrug"),
        ("data/waves/2022/responses.csv", "weight", "vaegt", "weight"),
    ],
)
def test_what_is_wrong_before_the_first_chapter_leaves_the_earlier_report_untouched(
    built: Small, file: str, old: str, new: str, expected: str
) -> None:
    before = built.files()
    path = built.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ReportError) as caught:
        built.build()
    assert expected in str(caught.value)
    assert built.files() == before


def test_the_problems_of_all_waves_are_reported_together(built: Small) -> None:
    for wave in ("2020", "2022"):
        path = built.root / f"data/waves/{wave}/wave.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("column: reuse", f"column: s{wave}"), encoding="utf-8"
        )
    with pytest.raises(ReportError) as caught:
        built.build()
    assert "s2020" in str(caught.value)
    assert "s2022" in str(caught.value)


def test_a_pdf_that_cannot_be_made_keeps_the_earlier_one_and_fails_the_build(
    built: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    built.set_cell("second", "display({BLOCK: {'type': 'text', 'text': 'a letter none has: 漢'}}, raw=True)")
    before = built.files()
    for _ in range(2):
        assert not built.build(LOCALE="en", FORMATS="html,pdf")
        message = capsys.readouterr().err
        assert "report.pdf, en: The PDF can't be made." in message
        assert "second.pdf, en: The PDF can't be made." in message
        assert "漢" in built.page("second.html")
        for name in ("report.pdf", "second.pdf", "front.pdf"):
            assert built.files()[f"2022/en/{name}"] == before[f"2022/en/{name}"]


def test_a_folder_that_cannot_be_put_in_place_leaves_the_earlier_one_there(tmp_path: Path) -> None:
    place = tmp_path / "reports"
    place.mkdir()
    (place / "page.html").write_text("earlier")
    with pytest.raises(FileNotFoundError):
        swap(tmp_path / "never made", place)
    assert (place / "page.html").read_text() == "earlier"


def test_a_published_number_that_changes_is_logged_and_the_log_is_carried_along(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second", "third", "fourth")]
    head = ",".join((*PLACE, *NUMBERS))
    for folder, share in zip(folders, ("0.1", "0.2", "0.2", "0.3"), strict=True):
        (folder / "data").mkdir(parents=True)
        row = ",".join(("front", *["x"] * (len(PLACE) - 1), share, "0", "1", "50", "shown"))
        (folder / "data/estimates.csv").write_text(f"{head}\n{row}\n")
        said = {"inputs": {}, "params": {"instrument": "x"}, "packages": {}, "commit": ""}
        (folder / "manifest.json").write_text(json.dumps(said))
    days = (date(2001, 1, 1), date(2002, 2, 2), date(2003, 3, 3), date(2004, 4, 4))
    earlier = (tmp_path / "none", *folders)
    logged = [
        log_changes(*pair, day=day, words=Words("en"))
        for *pair, day in zip(earlier, folders, days, strict=False)
    ]
    assert logged == [False, True, True, True]
    rows = list(csv.DictReader((folders[-1] / "changes.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["date"], row["number"], row["old"], row["new"]) for row in rows] == [
        ("2004-04-04", "estimate", "0.2", "0.3"),
        ("2002-02-02", "estimate", "0.1", "0.2"),
    ]


def test_the_log_of_changes_stays_with_a_new_report_which_shows_it_on_a_page(built: Small) -> None:
    assert "changes.html" not in built.page("index.html") + built.page("second.html")
    log = built.root / "reports/2022/en/changes.csv"
    text = ",".join(("date", *CHANGES)) + "\n2001-01-01" + "," * len(CHANGES) + "\n"
    log.write_text(text)
    assert built.build(LOCALE="en", CHAPTERS="front")
    assert log.read_text() == text
    for page in ("index.html", "second.html"):
        assert '<a href="changes.html">Changes to published numbers</a>' in built.page(page)
    assert "1 January 2001" in built.page("changes.html")
    manifest = json.loads(built.page("manifest.json"))
    assert {"changes.csv", "changes.html"} <= manifest["outputs"].keys()
    assert "manifest.json" not in manifest["outputs"]


def test_all_reports_of_the_matrix_are_built_in_one_go_and_listed(built: Small) -> None:
    text = (built.root / "params.yaml").read_text()
    matrix = "matrix: {waves: all, segments: [whole, sector]}\ncompare_with: '2020'\n"
    (built.root / "params.yaml").write_text(text + matrix)
    assert build_report(load_params(built.root / "params.yaml", {"LOCALE": "en"}), matrix=True)
    assert [(each["wave"], each["segment"]) for each in built.editions() if each["language"] == "en"] == [
        (wave, segment) for wave in ("2022", "2020") for segment in ("", "Municipality", "State")
    ]
    earliest = built.root / "reports/2020/en/sector-state/second.html"
    assert "second: 2020 against nonesector=state" in earliest.read_text(encoding="utf-8")
    assert "second: 2022 against 2020" in built.page("second.html")


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ("{waves: ['2021'], segments: [whole]}", "expected a wave, got 2021"),
        ("{waves: all, segments: [sektor]}", "sektor"),
        ("{waves: all, segments: [sector=municipel]}", "Did you mean 'municipal'"),
        ("{waves: all, segment: [whole]}", "Did you mean 'segments'"),
        ("{waves: latest}", "a list"),
    ],
)
def test_a_matrix_that_names_what_is_not_there_is_refused(built: Small, matrix: str, expected: str) -> None:
    with (built.root / "params.yaml").open("a") as params:
        params.write(f"matrix: {matrix}\n")
    with pytest.raises(ReportError) as caught:
        build_report(load_params(built.root / "params.yaml"), matrix=True)
    assert expected in str(caught.value)
