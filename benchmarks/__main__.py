"""Measure everything side by side in one go, and write RESULTS.md: ``make bench``.

``python -m benchmarks [ROUNDS] [PART...]``. All parts take about half an hour; of those not named what was
measured before stays. It wants an otherwise idle machine, and leaves out what isn't installed: R with its
survey package.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pandas as pd
import psutil

from barometer.waves import list_waves
from benchmarks import estimator, startup
from benchmarks.builds import CHAPTERS, ROOT, Project, contenders
from benchmarks.measure import Run, Series, run, side_by_side

ROUNDS = 3
HEADING = "\n## "
INTRODUCTION = """\
# Measured side by side

By `make bench`. Medians of whole processes; the contenders take turns, round by round, so read the ratios.
"""
RESULTS = Path(__file__).parent / "RESULTS.md"
CPU = Path("/proc/cpuinfo")
PACKAGES = ("papermill", "nbconvert", "ipykernel", "pandas", "matplotlib", "seaborn", "svy")
ROWS = (2_300, 1_000_000)
MOST_FOR_R = 100_000  # rows; it reads a million of them from CSV in minutes
# (what, against what, at least so many times faster)
TARGETS = (
    ("this build, cold", "papermill + nbconvert, in sequence", 4.0),
    ("this build, cold", "papermill + nbconvert, make -j2", 2.0),
    ("16 chapters: this build", "16 chapters: papermill + nbconvert, in sequence", 6.0),
)


def main() -> None:
    """Measure, and write the tables."""
    rounds = next((int(each) for each in sys.argv[1:] if each.isdigit()), ROUNDS)
    wanted = [name for name in PARTS if name in sys.argv[1:]] or list(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            title, measure = PARTS[name]
            write_part(title, [_machine(), "", *measure(Path(folder), rounds)])
    print(RESULTS.read_text("utf-8"))


def write_part(title: str, lines: Iterable[str], *, place: Path = RESULTS) -> None:
    """Put a part into the table in place of what was there under its title."""
    before = place.read_text("utf-8").split(HEADING)[1:] if place.exists() else []
    found = {text.partition("\n")[0]: text for text in before}
    found[title] = "\n".join([title, "", *lines]) + "\n"
    parts = [found[each] for each, _ in PARTS.values() if each in found]
    place.write_text(HEADING.join([INTRODUCTION, *parts]), encoding="utf-8")


def _machine() -> str:
    found = (line.partition(":") for line in CPU.read_text("utf-8").splitlines())
    model = next((value.strip() for name, _, value in found if name.startswith("model name")), "unknown")
    memory = psutil.virtual_memory().total / 1e9
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"On {datetime.now(UTC).date()}: {psutil.cpu_count()} processors ({model}), {memory:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; {packages}."
    )


def _builds(folder: Path, rounds: int) -> Iterator[str]:
    waves = list_waves(ROOT / "data/waves")
    found = side_by_side(contenders(folder, waves), rounds=rounds)
    yield from _series(found)
    yield "\n| target | reached |\n|---|---|"
    for fast, slow, least in TARGETS:
        ratio = found[slow].seconds / found[fast].seconds
        yield f"| {fast}: at least {least:g} times as fast as {slow} | {ratio:.1f} times |"
    project = Project(folder / "cells", waves=waves)
    alone = median(project.cells(CHAPTERS[1]) for _ in range(rounds))
    ratio = found["this build, one chapter changed"].seconds / alone
    yield f"| one changed chapter: within 1.7 times its own cells ({alone:.2f} s) | {ratio:.2f} times |"
    yield f"| nothing changed: under 0.15 s | {found['this build, nothing changed'].seconds:.3f} s |"
    printed = found["this build, cold, with the PDFs"].seconds - found["this build, cold"].seconds
    yield f"| PDF adds less than 2 s | {printed:.1f} s |"


def _series(found: Mapping[str, Series]) -> Iterator[str]:
    yield "| | seconds | CPU seconds | peak memory | runs |\n|---|---|---|---|---|"
    for name, series in found.items():
        yield (
            f"| {name} | {series.seconds:.2f} | {series.cpu:.2f} | {series.peak:.0f} MB "
            f"| {len(series.runs)} |"
        )


def _startup(folder: Path, rounds: int) -> Iterator[str]:
    project = Project(folder / "startup", waves=())
    yield "| | seconds |\n|---|---|"
    for module in ("barometer", "barometer.cli", "barometer.opening"):
        taken = median(startup.imports(module, project=project.root).seconds for _ in range(rounds))
        yield f"| `import {module}`, with the start of Python | {taken:.2f} |"
    taken = median(startup.first_figure(project=project.root).told for _ in range(rounds))
    yield f"| from the start of a kernel to the first figure | {taken:.2f} |"


def _estimators(folder: Path, rounds: int) -> Iterator[str]:
    yield "| rows | contender | seconds | peak memory | times slower | largest difference |"
    yield "|---|---|---|---|---|---|"
    for rows in ROWS:
        sample = folder / f"sample{rows}.parquet"
        estimator.write_sample(sample, rows)
        times = rounds if rows < 10_000 else 1
        results: dict[str, list[Run]] = {}
        for _ in range(times):
            for name, command in _estimator_commands(sample, rows).items():
                results.setdefault(name, []).append(run(command, cwd=ROOT, memory=True))
        seconds = {name: median(each.told for each in runs) for name, runs in results.items()}
        for name, runs in results.items():
            both = {each: folder / f"{each}.csv" for each in ("barometer", name)}
            yield (
                f"| {rows:,} | {name} | {seconds[name]:.3f} | {max(each.peak for each in runs):.0f} MB "
                f"| {seconds[name] / seconds['barometer']:.0f} | {estimator.compare(both):.1e} |"
            )


def _estimator_commands(sample: Path, rows: int) -> dict[str, list[str]]:
    folder = sample.parent
    commands = {
        name: [sys.executable, "-m", "benchmarks.estimator", name, str(sample), str(folder / f"{name}.csv")]
        for name in estimator.CONTENDERS
    }
    if rows <= MOST_FOR_R and _has_survey():
        plain = sample.with_suffix(".csv")
        pd.read_parquet(sample).to_csv(plain, index=False)
        script = str(Path(__file__).with_name("estimator.R"))
        commands["R survey"] = ["Rscript", script, str(plain), str(folder / "R survey.csv")]
    return commands


def _large_wave(folder: Path, rounds: int) -> Iterator[str]:
    yield "Once.\n\n```"
    command = [sys.executable, "benchmarks/large_wave.py"]
    yield run(command, cwd=ROOT).output.rstrip()
    yield "```"


def _has_survey() -> bool:
    if not shutil.which("Rscript"):
        return False
    command = ["Rscript", "-e", "quit(status = !requireNamespace('survey', quietly = TRUE))"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


PARTS: Mapping[str, tuple[str, Callable[[Path, int], Iterator[str]]]] = {
    "builds": ("Pages of the four chapters", _builds),
    "startup": ("Until something can be seen", _startup),
    "estimators": ("50 shares by 6 breakdowns, with their standard errors", _estimators),
    "wave": ("A wave of a million answers", _large_wave),
}


if __name__ == "__main__":
    main()
