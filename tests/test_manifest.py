"""What a report says about itself: manifest.json, its page and the RO-Crate metadata."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from barometer.build import installation
from barometer.build.installation import code
from barometer.build.origin import changed_since_commit
from barometer.params import load_params
from tests.made_project import write_project
from tests.processes import barometer

MOMENT = "1000000000"  # seconds since the epoch, a ninth of September


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("manifest") / "project")
    done = barometer("report", folder=folder, SOURCE_DATE_EPOCH=MOMENT)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def report(project: Path) -> Path:
    return project / "reports/2005/en"


@pytest.fixture(scope="module")
def said(report: Path) -> Any:
    return read(report)


def read(report: Path) -> Any:
    return json.loads((report / "manifest.json").read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Links(HTMLParser):
    """Every id of a page, and every address that it links to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.hrefs: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids |= {value for name, value in attrs if name == "id" and value}
        self.hrefs |= {value for name, value in attrs if name == "href" and value and tag == "a"}


def test_every_figure_table_and_view_is_named_with_its_file_and_the_answers_behind_it(
    report: Path, said: Any
) -> None:
    figures = said["figures"]
    files = {path.relative_to(report).as_posix() for path in (report / "data").glob("*-*.csv")}
    assert {figure["file"] for figure in figures.values()} == files
    assert {figure["file"]: figure["sha256"] for figure in figures.values()} == {
        file: sha256(report / file) for file in files
    }
    assert figures["reuse-reuse"]["inputs"] == [
        *("notebooks/reuse.ipynb", "params.yaml", "data/instrument.yaml"),
        *("data/waves/2005/answers.csv", "data/waves/2005/wave.yaml"),
    ]
    over_time = figures["reuse-reuse-over-time"]["inputs"]
    assert {name.split("/")[2] for name in over_time if "waves" in name} == {"2001", "2003", "2005"}
    assert set(figures["reuse-published"]["inputs"]) <= said["inputs"].keys()


def test_every_figure_of_a_page_leads_to_its_row_and_every_row_back_to_the_figure(
    report: Path, said: Any
) -> None:
    record = Links(report / "manifest.html")
    for page in ("index.html", "partners.html"):
        links = Links(report / page)
        rows = {href.partition("#")[2] for href in links.hrefs if href.startswith("manifest.html#")}
        assert rows == {name for name, each in said["figures"].items() if each["page"].startswith(page)}
        assert rows <= record.ids
        assert "manifest.html" in links.hrefs
    for figure in said["figures"].values():
        page, _, place = figure["page"].partition("#")
        assert place in Links(report / page).ids
        assert {figure["page"], figure["file"]} <= record.hrefs


def test_every_address_on_the_page_leads_to_something_published(report: Path) -> None:
    hrefs = Links(report / "manifest.html").hrefs
    assert {"manifest.json", "ro-crate-metadata.json", "../da/manifest.html"} <= hrefs
    assert [href for href in hrefs if not (report / href.partition("#")[0]).exists()] == []


def test_the_page_speaks_the_language_of_its_report(project: Path) -> None:
    page = (project / "reports/2005/da/manifest.html").read_text(encoding="utf-8")
    assert '<html lang="da">' in page
    assert "Figur 1.1" in page or "Figur 0.1" in page


def test_numbers_are_counted_by_their_verdict(report: Path, said: Any) -> None:
    rows = csv.DictReader((report / "data/estimates.csv").read_text(encoding="utf-8").splitlines())
    counts = Counter(row["verdict"] for row in rows)
    assert counts["hidden"] > 0
    assert {verdict: count for verdict, count in said["verdicts"].items() if count} == counts


def test_every_file_but_the_manifest_itself_is_named_with_its_hash(report: Path, said: Any) -> None:
    files = {path.relative_to(report).as_posix(): path for path in report.rglob("*") if path.is_file()}
    del files["manifest.json"]
    assert said["outputs"] == {name: sha256(path) for name, path in files.items()}


def test_what_only_decides_where_and_how_it_is_made_is_not_in_it(said: Any) -> None:
    assert said["params"]["confidence"] == 0.95
    assert said["params"].keys().isdisjoint({"jobs", "reports", "languages", "cell_timeout"})
    assert said["timestamp"] == int(MOMENT)
    assert said["code"] == code()


def test_a_chapter_that_is_not_made_again_keeps_what_was_said_of_it_and_the_page_tells(
    project: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(project, tmp_path / "project")
    report = folder / "reports/2005/en"
    answers = folder / "data/waves/2005/answers.csv"
    before = sha256(answers)
    answers.write_text(answers.read_text().replace("first", "copy", 1))
    done = barometer("report", "LOCALE=en", "CHAPTERS=partners", folder=folder, SOURCE_DATE_EPOCH=MOMENT)
    assert done.returncode == 0, done.stderr
    chapters = read(report)["chapters"]
    name = "data/waves/2005/answers.csv"
    assert (chapters["reuse"]["inputs"][name], chapters["partners"]["inputs"][name]) == (
        before,
        sha256(answers),
    )
    page = (report / "manifest.html").read_text(encoding="utf-8")
    assert re.findall(
        "The chapter “(.*?)” is from an earlier run, made from another state of (.*?)\\.<", page
    ) == [("Reuse", name)]


def test_what_is_not_as_it_was_committed_is_told_if_the_report_is_made_of_it(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "sæt")
    params = load_params(folder / "params.yaml")

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    assert changed_since_commit(params) is None
    git("init")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--message", "a")
    assert changed_since_commit(params) == []
    params.instrument.write_text("b")
    (params.waves / "new.csv").write_text("")
    (folder / "notes.txt").write_text("")
    assert changed_since_commit(params) == ["sæt/data/instrument.yaml", "sæt/data/waves/new.csv"]


# The shape that RO-Crate 1.2 requires: w3id.org/ro/crate/1.2


def entities(report: Path) -> dict[str, Any]:
    document = json.loads((report / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    assert document.keys() == {"@context", "@graph"}
    assert document["@context"] == "https://w3id.org/ro/crate/1.2/context"
    graph = document["@graph"]
    found = {entity["@id"]: entity for entity in graph}
    assert len(found) == len(graph), "each entity stands once"
    return found


def references(value: Any) -> list[str]:
    """Return every @id that a value refers to."""
    if isinstance(value, dict):
        return (
            [value["@id"]]
            if value.keys() == {"@id"}
            else [each for v in value.values() for each in references(v)]
        )
    return [each for item in value for each in references(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_report_is_a_research_object_with_all_that_is_required(project: Path, language: str) -> None:
    found = entities(project / "reports/2005" / language)
    assert all(isinstance(entity.get("@type"), str) for entity in found.values())
    descriptor = found["ro-crate-metadata.json"]
    assert descriptor == {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
        "about": {"@id": "./"},
    }
    root = found["./"]
    assert root["@type"] == "Dataset"
    assert all(root[name] for name in ("name", "description", "license"))
    assert date.fromisoformat(root["datePublished"]) == date(2001, 9, 9)
    assert root["inLanguage"] == language


def test_every_file_is_a_part_of_the_research_object_with_its_hash_and_size(report: Path, said: Any) -> None:
    found = entities(report)
    files = {name: entity for name, entity in found.items() if entity["@type"] == "File"}
    assert {part["@id"] for part in found["./"]["hasPart"]} == files.keys()
    described = said["outputs"].keys() - {"ro-crate-metadata.json"}
    assert files.keys() == described
    for name, entity in files.items():
        assert entity["sha256"] == sha256(report / name)
        assert entity["contentSize"] == str((report / name).stat().st_size)


def test_whatever_is_referred_to_is_described_and_what_was_read_has_its_hash(report: Path, said: Any) -> None:
    found = entities(report)
    referred = {name for entity in found.values() for name in references({**entity, "@id": None})}
    assert referred - {"https://w3id.org/ro/crate/1.2"} <= found.keys()
    making = found["#making"]
    assert {each["@id"]: found[each["@id"]]["sha256"] for each in making["object"]} == {
        f"#{name}": sha for name, sha in said["inputs"].items()
    }
    assert found["data/reuse-reuse.csv"]["isBasedOn"] == [
        {"@id": f"#{name}"} for name in said["figures"]["reuse-reuse"]["inputs"]
    ]


def test_a_licence_that_is_stated_is_described(project: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(project, tmp_path / "project")
    done = barometer("report", "LOCALE=en", "CHAPTERS=partners", "LICENCE=CC-BY-4.0", folder=folder)
    assert done.returncode == 0, done.stderr
    found = entities(folder / "reports/2005/en")
    assert found[found["./"]["license"]["@id"]]["name"] == "CC-BY-4.0"


def test_a_package_that_is_locked_for_another_system_is_not_listed_though_it_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "report.txt"
    lock.write_text("pandas==3.1.1 \\\n    --hash=x\npytest==9.2.0 ; sys_platform == 'none'\nnot-here==1\n")
    monkeypatch.setattr(installation, "LOCK", lock)
    assert installation.packages.__wrapped__().keys() == {"barometer", "pandas"}
