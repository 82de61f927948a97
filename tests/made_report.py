"""A report of the made-up survey, put together without a kernel: what its chapters show is caught."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat

from barometer import chapters
from barometer.blocks import MIME
from barometer.build.edition import make_edition
from barometer.build.plan import Plan, plan_report
from barometer.chapters import Chapter
from barometer.opening import open_chapter
from barometer.params import load_params


def write_report(params_file: Path, folder: Path, *, language: str = "en", **overrides: str) -> Plan:
    """Fill a folder with the report of a made-up survey in one language; return what was planned."""
    plan = plan_report(load_params(params_file, overrides))
    (folder / "notebooks").mkdir(parents=True)
    for name, show in CHAPTERS.items():
        nbformat.write(_executed(name, show, plan, language), folder / f"notebooks/{name}.ipynb")
    make_edition(plan, language, folder, failed=())
    return plan


def _executed(name: str, show: Callable[[Chapter], None], plan: Plan, language: str) -> nbformat.NotebookNode:
    """Return the notebook that a kernel would leave: a title, and a cell with all that the chapter shows."""
    shown: list[Any] = []
    told = {"wave": plan.wave.id, "compare_with": plan.compare_with, "segment": plan.params.segment}
    with (
        patch.object(chapters, "display", shown.append),
        patch.dict(os.environ, BAROMETER_PARAMS=str(plan.params.path)),
    ):
        show(open_chapter(name, language=language, **told))
    outputs = [
        nbformat.v4.new_output("display_data", {MIME: block._repr_mimebundle_()[MIME]}) for block in shown
    ]
    cells = [
        nbformat.v4.new_markdown_cell(f"# The chapter {name}"),
        nbformat.v4.new_code_cell("show()", outputs=outputs),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def _summary(chapter: Chapter) -> None:
    chapter.card("reused", beside="partners", beside_option="citizens", chapter="reuse")
    chapter.findings("reuse", "reused by sector", "partners")
    chapter.notes()


def _reuse(chapter: Chapter) -> None:
    chapter.card("reused")
    chapter.figure(chapter.proportions("reuse"), views=["sector", "wave"])
    chapter.figure(chapter.proportions("reused", by="sector"), kind="groups")
    chapter.figure(chapter.proportions("spread"))
    chapter.background()
    chapter.cases()
    chapter.published()


def _partners(chapter: Chapter) -> None:
    chapter.figure(chapter.proportions("partners"), views=["sector"])
    chapter.figure(chapter.trend("reused"), kind="trend")


CHAPTERS = {"summary": _summary, "reuse": _reuse, "partners": _partners}
