"""What holds for the repository as a whole: small modules, thin notebooks, nothing that belongs elsewhere."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "barometer").rglob("*.py"))
NOTEBOOKS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").glob("*.ipynb"))
# The names of registries are put together here, so that this file doesn't hold them.
REGISTRIES = [
    f"{a}.{b}"
    for a, b in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("debian", "org"),
        ("anaconda", "org"),
    )
]
LOGIC = (
    ast.For,
    ast.While,
    ast.Try,
    ast.With,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def code_cells(notebook: str) -> list[str]:
    cells = nbformat.read(ROOT / notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def test_no_tracked_file_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    needles = [*REGISTRIES, "/home/" + "runner", "/work/" + "main", "/var/" + "tmp", "/root/" + "."]
    found = [
        f"{path.relative_to(ROOT)}: {needle}"
        for path in tracked()
        for text in [path.read_bytes().decode("utf-8", errors="ignore")]
        for needle in needles
        if needle in text
    ]
    assert not found


def test_the_folder_listing_shows_the_design_and_nothing_else() -> None:
    folders = {
        "barometer",
        "benchmarks",
        "data",
        "docs",
        "notebooks",
        "reports",
        "requirements",
        "tests",
        ".ci",
        ".github",
    }
    documents = {"README.md", "METHODS.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE"}
    tools = {"Makefile", "params.yaml", "pyproject.toml", ".gitignore", ".pre-commit-config.yaml"}
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= folders | documents | tools


def test_built_reports_and_environments_are_not_tracked() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert not [name for name in names if name.startswith((".venv/", ".cache/")) or "__pycache__" in name]
    assert {name for name in names if name.startswith("reports/")} <= {"reports/.gitkeep"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_at_most_350_lines_and_its_functions_at_most_40(module: str) -> None:
    text = (ROOT / module).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    functions = [
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {f.name: lines for f in functions if (lines := _lines_of_code(f)) > 40}
    assert not long


def _lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines from the first to the last, without the docstring."""
    first, last = function.lineno, function.end_lineno or function.lineno
    head = function.body[0]
    documented = isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant)
    return last - first + 1 - (((head.end_lineno or 0) - head.lineno + 1) if documented else 0)


@pytest.mark.parametrize("module", MODULES)
def test_no_module_holds_a_year_outside_of_references(module: str) -> None:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    years = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in docstrings and _is_year(node.value)
    ]
    assert not years


def _is_year(value: object) -> bool:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    # Not the number 2000 or the parts of longer numbers, versions and addresses.
    return re.search(r"(?<![\d.,])(?!2000)(19[89]\d|20[0-4]\d)(?![\d.])", text) is not None


def test_no_module_is_a_drawer_for_everything() -> None:
    assert not [
        module for module in MODULES if Path(module).stem in {"utils", "util", "helpers", "common", "misc"}
    ]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_is_thin_and_holds_no_logic(notebook: str) -> None:
    source = "\n".join(code_cells(notebook))
    code = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(code) <= 40
    tree = ast.parse(source)
    assert not [type(node).__name__ for node in ast.walk(tree) if isinstance(node, LOGIC)]
    assert not [name.id for name in ast.walk(tree) if isinstance(name, ast.Name) and name.id == "open"]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_types_no_number_and_no_verdict(notebook: str) -> None:
    cells = nbformat.read(ROOT / notebook, as_version=4).cells
    for cell in cells:
        assert not re.search(r"\d\s?(%|pct|procent|per ?cent)", cell.source), cell.source
        assert not re.search(r"\bn = \d|\bp [<=] 0|signifi[ck]ant", cell.source), cell.source


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_is_stored_without_outputs_and_starts_with_title_and_parameters(notebook: str) -> None:
    cells = nbformat.read(ROOT / notebook, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.outputs or cell.execution_count]
    assert cells[0].source.startswith("# ")
    assert code[0].metadata.tags == ["parameters"]
    names = [node.target.id for node in ast.parse(code[0].source).body]
    assert names == ["wave", "compare_with", "language", "segment"]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_says_everything_in_both_languages(notebook: str) -> None:
    cells = [
        cell for cell in nbformat.read(ROOT / notebook, as_version=4).cells if cell.cell_type == "markdown"
    ]
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", ()) if tag in ("da", "en")]
    assert tags.count("da") == tags.count("en") == len(cells) / 2


def test_the_lock_files_pin_every_package_with_hashes_and_name_no_address() -> None:
    for name in ("report", "test", "lab"):
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8").replace("\\\n", "")
        lines = [line for line in text.splitlines() if line.strip()]
        assert lines
        assert not [
            line for line in lines if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
        ]
        assert "://" not in text


def test_what_is_wanted_is_what_is_locked() -> None:
    for name in ("report", "test", "lab"):
        wanted = re.findall(
            r"^([a-z][\w.-]*)", (ROOT / f"requirements/{name}.in").read_text("utf-8"), re.MULTILINE
        )
        locked = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
        assert wanted
        assert not [package for package in wanted if not re.search(rf"^{package}==", locked, re.MULTILINE)]


def test_ci_runs_the_checks_the_tests_and_the_report() -> None:
    for name in (".ci/run", ".github/workflows/report.yml"):
        assert "make check test report" in (ROOT / name).read_text(encoding="utf-8")
