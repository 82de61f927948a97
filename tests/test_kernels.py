"""A forked kernel against one that starts by itself: the same outputs, nothing shared, the same ends."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbformat.v4 import new_code_cell, new_notebook

from barometer.build.execute import Job, execute
from barometer.build.warm.processes import ADDRESS, DEFAULT, NAME, SWITCH, warm_up
from barometer.params import load_params
from barometer.waves import list_waves

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")
ROOT = Path(__file__).parents[1]
PARAMS = load_params(ROOT / "params.yaml")
TORTURE = Path(__file__).parent / "notebooks" / "torture.ipynb"
# What is another in every kernel: addresses of objects, and what is called after the number of a process.
VARYING = re.compile(r"0x[0-9a-f]+|ipykernel_\d+|\d+\.py|kernel-[\w-]+")


@pytest.fixture(scope="module")
def forked() -> Iterator[Executor]:
    with warm_up({}) as servers, servers.pool(1, {}) as pool:
        assert servers.unfit == ""
        yield pool


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Executor]:
    monkeypatch.setenv(SWITCH, "ordinary")
    with warm_up({}) as servers, servers.pool(1, {}) as pool:
        assert servers.unfit
        yield pool


def outputs(pool: Executor, notebook: Any, folder: Path = ROOT) -> list[str]:
    """Run a notebook to its end and return what each cell shows, with its number."""
    settings = {"allow_errors": True, "coalesce_streams": True, "kernel_name": "python3", "timeout": 60}
    executed = pool.submit(nbclient.execute, notebook, cwd=str(folder), **settings).result()
    shown = [[cell.execution_count, *cell.outputs] for cell in executed.cells if cell.cell_type == "code"]
    return [VARYING.sub("...", json.dumps(each, sort_keys=True)) for each in shown]


def run(pool: Executor, *sources: str) -> list[str]:
    return outputs(pool, new_notebook(cells=[new_code_cell(source) for source in sources]))


@pytest.mark.slow
def test_a_notebook_of_everything_a_kernel_can_do_shows_the_same(
    forked: Executor, ordinary: Executor, tmp_path: Path
) -> None:
    notebook = nbformat.read(TORTURE, as_version=4)
    expected = outputs(ordinary, notebook, tmp_path)
    found = outputs(forked, notebook, tmp_path)
    for cell, one, other in zip(notebook.cells, found, expected, strict=True):
        assert one == other, cell.source
    assert sum('"image/png"' in each for each in found) == 3
    assert sum('"image/svg+xml"' in each for each in found) == 4


@pytest.mark.slow
def test_every_chapter_shows_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_all(name: str) -> dict[str, Any]:
        told = {
            "wave": list_waves(PARAMS.waves)[-1],
            "compare_with": "previous",
            "segment": "",
            "language": "en",
        }
        jobs = tuple(
            Job(
                chapter,
                "en",
                PARAMS.notebooks / f"{chapter}.ipynb",
                told,
                ROOT,
                600,
                tmp_path / name / chapter,
            )
            for chapter in PARAMS.publication
        )
        outcomes = list(execute(jobs, workers=2, environment={"BAROMETER_PARAMS": str(PARAMS.path)}))
        assert [each.failure for each in outcomes if each.failure] == []
        return {job.chapter: nbformat.read(job.output, as_version=4).cells for job in jobs}

    found = run_all("forked")
    monkeypatch.setenv(SWITCH, "ordinary")
    expected = run_all("ordinary")
    assert found.keys() == expected.keys()
    for chapter in found:
        for cell, other in zip(found[chapter], expected[chapter], strict=True):
            assert cell == other, f"{chapter}: {cell.source}"


def test_what_a_chapter_changes_is_not_changed_for_the_next(forked: Executor) -> None:
    look = (
        "import locale, os, random\nimport matplotlib.pyplot as plt, numpy as np, pandas as pd",
        "plt.plot([1, 2]);",
        "locale.setlocale(locale.LC_ALL), sorted(os.environ.items()), os.getcwd(), os.umask(0o22)",
        "dict(plt.rcParams), pd.get_option('display.precision'), np.pi, hasattr(pd, 'changed')",
        "random.seed(7); np.random.seed(7); random.random(), np.random.rand(), pd.DataFrame({'a': [1 / 3]})",
    )
    change = (
        look[0],
        "plt.rcParams.update({'lines.linewidth': 9, 'font.size': 3}); pd.set_option('display.precision', 1)",
        "locale.setlocale(locale.LC_ALL, 'C'); os.environ['HOME'] = '/'; os.chdir('/'); os.umask(0)",
        "np.pi = pd.changed = 3; random.seed(1); np.random.seed(1)",
        *look[1:],
    )

    def told(cells: Sequence[str]) -> list[str]:
        return [re.sub(r"\('JPY_PARENT_PID', '\d+'\)", "", each) for each in cells]

    before = told(run(forked, *look))
    changed = told(run(forked, *change))
    assert all(one != other for one, other in zip(before[1:4], changed[4:7], strict=True))
    assert told(run(forked, *look)) == before


def test_each_kernel_has_random_numbers_of_its_own(forked: Executor) -> None:
    draw = "import random, numpy as np; random.random(), np.random.rand(), np.random.default_rng().random()"
    assert len({each for _ in range(3) for each in run(forked, draw)}) == 3


def test_a_kernel_sees_the_code_of_this_package_as_it_is_now(forked: Executor) -> None:
    [shown] = run(forked, "import sys; sorted(name for name in sys.modules if name.startswith('barometer'))")
    assert "'text/plain': '[]'" in shown.replace('"', "'")


def test_all_packages_that_a_chapter_imports_are_there_before_it_starts(forked: Executor) -> None:
    notebook = nbformat.read(PARAMS.notebooks / "leadership.ipynb", as_version=4)
    # What is underlined belongs to a package that is there.
    tops = "{top for name in sys.modules if not (top := name.partition('.')[0]).startswith('_')}"
    tops += " - {'barometer'} - sys.stdlib_module_names"
    first, last = f"import sys; before = {tops}; 'seaborn' in before", f"sorted({tops} - before)"
    notebook.cells = [new_code_cell(first), *notebook.cells, new_code_cell(last)]
    shown = outputs(forked, notebook)
    assert "True" in shown[0]
    assert '"[]"' in shown[-1]


@pytest.fixture
def manager(forked: Executor, monkeypatch: pytest.MonkeyPatch) -> Iterator[KernelManager]:
    """Return a manager of a running kernel that was forked."""
    monkeypatch.setenv(ADDRESS, forked.submit(os.getenv, ADDRESS).result())
    monkeypatch.setenv(DEFAULT, NAME)
    KernelProvisionerFactory.clear_instance()
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)
    KernelProvisionerFactory.clear_instance()


def test_a_kernel_can_be_interrupted_started_again_and_ended_with_what_it_started(
    manager: KernelManager,
) -> None:
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        start = "import subprocess, time\nprint(subprocess.Popen(['sleep', '100']).pid)\ntime.sleep(100)"
        message = client.execute(start)
        while (told := client.get_iopub_msg(timeout=60))["msg_type"] != "stream":
            pass
        inner = psutil.Process(int(told["content"]["text"]))
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=60)
        assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (message, "KeyboardInterrupt")
        assert manager.is_alive()
        first = manager.provisioner.pid
        manager.restart_kernel(now=True)
        assert manager.provisioner.pid != first
        client.wait_for_ready(timeout=60)
        assert not inner.is_running() or inner.status() == psutil.STATUS_ZOMBIE
    finally:
        client.stop_channels()
