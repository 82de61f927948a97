"""Processes forked from one with its libraries imported: what they share, and what becomes of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
import pytest

from barometer.build.warm import processes
from barometer.build.warm.client import PromptClient
from barometer.build.warm.forked import Forked
from barometer.build.warm.processes import ADDRESS, Warm, warm_up
from barometer.guard import run_module
from tests.processes import wait_until

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks safely")
pytestmark = linux


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with warm_up({"SEEN": "by all"}) as servers:
        assert servers.unfit == ""
        yield servers


# Functions go to a child by their name, so they are those of modules that both know.


def test_a_function_runs_in_a_process_of_its_own_and_its_result_comes_back(warm: Warm) -> None:
    with warm.pool(2, {"TOLD": "this pool"}) as pool:
        numbers = [pool.submit(os.getpid) for _ in range(3)]
        seen = [pool.submit(os.getenv, name) for name in ("SEEN", "TOLD")]
        large = pool.submit(bytes, 3_000_000)
        where = pool.submit(os.getcwd)
    assert len({os.getpid(), *(each.result() for each in numbers)}) == 4
    assert [each.result() for each in seen] == ["by all", "this pool"]
    assert large.result() == bytes(3_000_000)
    assert where.result() == str(Path.cwd())


def test_what_a_function_raises_and_how_its_process_dies_is_known(warm: Warm) -> None:
    with warm.pool(2, {}) as pool:
        wrong = pool.submit(int, "no number")
        ended = pool.submit(os._exit, 3)
        killed = pool.submit(signal.raise_signal, signal.SIGSEGV)
        well = pool.submit(int, "7")
    with pytest.raises(ValueError, match="no number"):
        wrong.result()
    with pytest.raises(ChildProcessError, match="return code 3"):
        ended.result()
    with pytest.raises(ChildProcessError, match="return code -11"):
        killed.result()
    assert well.result() == 7


def test_a_module_is_run_in_a_fork_as_in_a_process_of_its_own(warm: Warm) -> None:
    assert warm.runner() is not run_module
    for run in (warm.runner(), run_module):
        assert run("timeit", "import signal", 60) == 0
        assert run("timeit", "import signal; signal.raise_signal(signal.SIGSEGV)", 60) == -signal.SIGSEGV
        with pytest.raises(subprocess.TimeoutExpired):
            run("timeit", "import time; time.sleep(60)", 0.5)


class Scripted(PromptClient):
    """A client of a kernel that answers on both channels as a script says, and lives or not."""

    shell, iopub, alive, asked = ("1",), ("1 busy", "1 idle"), True, 0

    def kernel_info(self, **_: Any) -> str:  # type: ignore[override]
        self.asked += 1
        return str(self.asked)

    async def get_shell_msg(self, **_: Any) -> dict[str, Any]:  # type: ignore[override]
        return self._next("shell")

    async def get_iopub_msg(self, **_: Any) -> dict[str, Any]:  # type: ignore[override]
        return self._next("iopub")

    async def is_alive(self) -> bool:  # type: ignore[override]
        return self.alive

    def _next(self, channel: str) -> dict[str, Any]:
        said, *rest = getattr(self, channel) or ("",)
        setattr(self, channel, tuple(rest))
        if not said:
            raise Empty
        number, _, state = said.partition(" ")
        info = {"protocol_version": "5.3"}
        return {"parent_header": {"msg_id": number}, "content": {"execution_state": state, **info}}


@pytest.mark.parametrize(
    ("shell", "iopub", "asked"),
    [
        (("1",), ("1 busy", "1 idle"), 1),
        (
            ("", "1", "2"),
            ("1 busy", "1 idle", "2 busy", "2 idle"),
            2,
        ),  # it was slow: the answers to both come
        (("1", "2"), ("", "2 busy", "2 idle"), 2),  # the first outputs came before they could be heard
        (("1",), (" starting", "0 idle", "1 busy", "1 idle"), 1),
    ],
)
def test_a_kernel_is_ready_when_it_has_answered_the_last_question_to_the_end(
    shell: tuple[str, ...], iopub: tuple[str, ...], asked: int
) -> None:
    client = Scripted()
    client.shell, client.iopub = shell, iopub
    asyncio.run(client.wait_for_ready(timeout=60))
    assert (client.asked, client.shell, client.iopub) == (asked, (), ())


@pytest.mark.parametrize(("alive", "reason"), [(False, "died before"), (True, "not ready within 0 seconds")])
def test_a_kernel_that_is_never_ready_is_told(*, alive: bool, reason: str) -> None:
    client = Scripted()
    client.shell, client.alive = (), alive
    with pytest.raises(RuntimeError, match=reason):
        asyncio.run(client.wait_for_ready(timeout=0))


def test_an_error_that_leaves_a_pool_ends_what_runs_in_it() -> None:
    with suppress(KeyboardInterrupt), warm_up({}) as servers, servers.pool(1, {}) as pool:
        running, waiting = pool.submit(time.sleep, 100), pool.submit(time.sleep, 100)
        wait_until(running.running)
        raise KeyboardInterrupt
    assert isinstance(running.exception(), ChildProcessError | ConnectionError)
    assert waiting.cancelled()


def test_a_process_that_nobody_waits_for_is_ended_and_the_next_one_starts(warm: Warm) -> None:
    with warm.pool(1, {}) as pool:
        address = pool.submit(os.getenv, ADDRESS).result()
    code = """
import os, sys
from barometer.build.warm.forked import Forked
child = Forked(sys.argv[1], *sys.argv[2:], environment=os.environ, folder="/", files=(0, 1, 2))
print(child.pid, flush=True)
os._exit(0)
"""
    for _ in range(3):
        waiting = ("timeit", "-s", "import time", "time.sleep(100)")
        done = subprocess.run(
            [sys.executable, "-c", code, address, *waiting], stdout=subprocess.PIPE, check=True
        )
        wait_until(lambda number=int(done.stdout): not psutil.pid_exists(number))
    with open(os.devnull) as nothing:
        files = (nothing.fileno(), 1, 2)
        start = partial(Forked, address, environment=os.environ, folder="/", files=files)
        assert start("platform").wait() == 0
        assert start("json.tool", "nowhere.json").wait() == 2


def test_nothing_is_left_of_a_build_that_is_killed() -> None:
    code = """
import subprocess
from barometer.build.warm.processes import warm_up
with warm_up({}) as servers, servers.pool(2, {}) as pool:
    assert not servers.unfit
    pool.submit(subprocess.run, ["sleep", "100"])
    print("started", flush=True)
"""
    build = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert build.stdout is not None
    assert build.stdout.readline() == "started\n"
    process = psutil.Process(build.pid)
    wait_until(lambda: any(each.name() == "sleep" for each in process.children(recursive=True)))
    started = process.children(recursive=True)
    assert len(started) == 4  # two servers, a child and what that started
    build.kill()
    build.communicate()
    wait_until(lambda: not [each for each in started if each.is_running()])


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("os.environ", {**os.environ, "BAROMETER_KERNELS": "ordinary"}, "BAROMETER_KERNELS is set"),
        ("sys.platform", "darwin", "a fork is not safe on darwin"),
        ("LONGEST_FOLDER", 1, "too long a name"),
        ("NAME", "another", "has to be installed anew"),
        ("KERNEL", ("tests.never",), ""),
    ],
)
def test_where_a_fork_is_not_safe_the_system_starts_each_process_and_the_reason_is_given(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object, reason: str
) -> None:
    monkeypatch.setattr(f"{processes.__name__}.{name}", value)
    with warm_up({"SEEN": "by all"}) as servers:
        assert reason in servers.unfit
        assert bool(servers.unfit) == bool(reason)
        with servers.pool(1, {}) as pool:
            assert pool.submit(os.getenv, "SEEN").result() == "by all"


def test_a_library_that_starts_a_thread_forbids_a_fork(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    monkeypatch.setattr(processes, "KERNEL", ("threaded",))
    with warm_up({"PYTHONPATH": str(tmp_path)}) as servers:
        assert servers.unfit == "2 threads run where a fork needs one"
