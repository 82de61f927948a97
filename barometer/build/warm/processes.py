"""The servers of a build, started while its plan is made: one forks kernels, one functions of the build.

That of the kernels holds nothing of this package, so that a kernel is what it would be without it. That of
the functions is a branch of the build itself and has all of it imported.
"""

from __future__ import annotations

import os
import pickle
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property, partial
from importlib.metadata import entry_points
from multiprocessing import active_children, get_context
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, TypeVar

from barometer.build.scratch import in_use
from barometer.build.warm import server
from barometer.build.warm.forked import Forked
from barometer.guard import Run, run_module
from barometer.params import Params

T = TypeVar("T")

PREFIX = ".barometer-"  # and the number of the process
CALL = "barometer.build.warm.call"
NAME = "barometer-warm"  # of the kernel provisioner
DEFAULT = "JUPYTER_DEFAULT_PROVISIONER_NAME"  # how Jupyter is told of it
ADDRESS = "BAROMETER_KERNEL_SERVER"  # how it is told where kernels are forked
SWITCH = "BAROMETER_KERNELS"  # `ordinary` turns all of this off
# What chapters import, and what it takes to run and to render them. The inline backend of matplotlib takes
# hold of the shell when it is imported, so it has to wait for one.
KERNEL = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell"),
    *("pandas", "scipy.special", "pyreadstat", "pyarrow.dataset", "pyarrow.parquet"),
    *("seaborn", "fontTools.subset", "font_source_sans_pro"),
    *("yaml", "babel.dates", "babel.lists", "babel.numbers"),
)
FUNCTIONS = ("papermill", "barometer.build.edition", "typst", "pikepdf", "fontTools.subset", "babel.dates")
# Only a process with a single thread is safe to fork, and the chapters side by side take the cores anyway.
SINGLE = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
LONGEST_FOLDER = 40  # characters; the address of a socket holds a hundred


def environment(params: Params) -> dict[str, str]:
    """Return what every kernel of the project sees: folders of its own, nobody's settings."""
    folders = {"MPLCONFIGDIR": "matplotlib", "IPYTHONDIR": "ipython"}
    places = {name: params.root / ".cache" / folder for name, folder in folders.items()}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    # The kernel is that of this environment, whatever else is registered on the machine under its name.
    kernel = {"JUPYTER_PATH": "", "JUPYTER_PREFER_ENV_PATH": "1"}
    return {**{name: str(place) for name, place in places.items()}, **kernel}


@contextmanager
def warm_up(environment: Mapping[str, str]) -> Iterator[Warm]:
    """Start the servers, or find out why not. They see the environment on top of this process's own.

    Nothing of them is left afterwards; if this process is killed, the next build removes their folder.
    """
    for left in Path(gettempdir()).glob(f"{PREFIX}[0-9]*"):
        if left.stat().st_uid == os.getuid() and not in_use(left):
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        warm = Warm(folder, {**SINGLE, **environment})
        try:
            yield warm
        finally:
            warm.stop()


class Warm:
    """The servers, and the pools of processes that they, or else the system, give."""

    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        """Start the servers; they import while this process goes on."""
        # The name of the folder is short: sockets of kernels stand in it.
        self._environment = {**environment, "JUPYTER_RUNTIME_DIR": folder}
        self._folder, self._servers = folder, dict[str, Server]()
        self._unfit = _unfit(folder)
        if not self._unfit:
            os.environ.update(SINGLE)  # this process will be forked too, once it has imported more
            self._servers["kernels"] = Server(f"{folder}/kernels", KERNEL, self._seen)

    @property
    def _seen(self) -> dict[str, str]:
        return os.environ | self._environment

    def branch(self) -> None:
        """Start the server of the functions, once this process has imported what they are made of.

        It is forked from this process if that has one thread only, and starts from nothing otherwise.
        """
        if self._servers and "functions" not in self._servers:
            kind = Branch if len(os.listdir("/proc/self/task")) == 1 else Server
            self._servers["functions"] = kind(f"{self._folder}/functions", FUNCTIONS, self._seen)

    @cached_property
    def unfit(self) -> str:
        """Say, once the servers have imported, why they can't be used; empty if they can."""
        self.branch()
        return self._unfit or next(filter(None, (each.unfit() for each in self._servers.values())), "")

    @contextmanager
    def pool(self, workers: int, environment: Mapping[str, str]) -> Iterator[Executor]:
        """Give a pool of processes with the environment on top; an error that leaves it ends what runs."""
        seen = {**self._environment, **environment}
        pool: Executor
        if self.unfit:
            # spawn: a fork of a process that holds threads or sockets is not safe.
            context = get_context("spawn")
            pool = ProcessPoolExecutor(workers, context, initializer=_update, initargs=(seen,))
        else:
            seen |= {DEFAULT: NAME, ADDRESS: self._servers["kernels"].address}
            pool = Pool(workers, self._servers["functions"], os.environ | seen)
        with pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # leaving it waits for what runs
                self.stop()
                raise

    def runner(self) -> Run:
        """Return what runs a module as `run_module` does: in a fork of the server of kernels, if it can."""
        if self.unfit:
            return run_module
        return partial(self._servers["kernels"].run_module, environment=self._seen)

    def stop(self) -> None:
        """End the servers and all processes of the pools."""
        for each in self._servers.values():
            each.stop()
        for worker in active_children():
            worker.terminate()


def _unfit(folder: str) -> str:
    """Say what keeps servers from being used, as far as it is known before they are started."""
    if os.environ.get(SWITCH) == "ordinary":
        return f"{SWITCH} is set to ordinary"
    if sys.platform != "linux":
        return f"a fork is not safe on {sys.platform}"
    if len(folder) > LONGEST_FOLDER:
        return "the folder of temporary files has too long a name"
    if not entry_points(group="jupyter_client.kernel_provisioners", name=NAME):
        return "this package has to be installed anew (pip install -e .)"
    return ""


def _update(environment: Mapping[str, str]) -> None:
    os.environ.update(environment)


class Pool(ThreadPoolExecutor):
    """Runs each function in a child of its own, forked from a server."""

    def __init__(self, workers: int, functions: Server, environment: Mapping[str, str]) -> None:
        """Prepare for so many at a time."""
        super().__init__(workers)
        self._run = partial(functions.call, environment=environment)

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run a function with its arguments; both, and what comes back, go through pickle."""
        return super().submit(self._run, partial(function, *args, **kwargs))


class Server:
    """A process that has libraries imported and forks."""

    def __init__(self, address: str, libraries: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it."""
        self.address = address
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, server.__file__, address, *libraries],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "JPY_PARENT_PID": "1"},  # else ipykernel says how to connect by hand
            start_new_session=True,  # Ctrl-C is for the build, which then ends this
        )

    def said(self) -> bytes:
        """Return the line that it says when it has imported: how many threads it has then."""
        return self._process.stdout.readline() if self._process.stdout else b""

    def unfit(self) -> str:
        """Wait until it has imported; say why it can't fork, empty if it can."""
        threads = int(self.said() or 0)
        return "" if threads == 1 else f"{threads} threads run where a fork needs one"

    def call(self, function: Callable[[], T], *, environment: Mapping[str, str]) -> T:
        """Return what a function returns in a child, or raise what it raises.

        Raises
        ------
        ChildProcessError
            If the child died.
        """
        ours, its = socket.socketpair()
        with ours, open(os.devnull) as nothing:
            with its:
                files = (nothing.fileno(), 1, 2, its.fileno())
                child = Forked(self.address, CALL, environment=environment, folder=os.getcwd(), files=files)
            ours.sendall(pickle.dumps(function))
            ours.shutdown(socket.SHUT_WR)
            answer = ours.makefile("rb").read()
            code = child.wait()
        if not answer:
            raise ChildProcessError(f"its process ended with return code {code}")
        result, error = pickle.loads(answer)  # noqa: S301 (from a child of this process)
        if error:
            raise error
        return result  # type: ignore[no-any-return]

    def run_module(
        self, module: str, argument: str, seconds: float, *, environment: Mapping[str, str]
    ) -> int:
        """Run a module in a child, which says nothing, as `guard.run_module` does in a process of its own."""
        with open(os.devnull, "r+b", buffering=0) as nothing:
            files = [nothing.fileno()] * 3
            child = Forked(
                self.address, module, argument, environment=environment, folder=os.getcwd(), files=files
            )
        try:
            return child.wait(seconds)
        finally:
            child.close()

    def stop(self) -> None:
        """End it and its children."""
        self._process.terminate()
        with self._process:  # waits
            pass


class Branch(Server):
    """A server that is forked from this process, and so has imported what this process has."""

    def __init__(self, address: str, libraries: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it; this process has to have a single thread."""
        self.address = address
        its_input, living = os.pipe()
        told, its_output = os.pipe()
        self._living, self._told = open(living, "wb"), open(told, "rb")  # noqa: SIM115
        serve = partial(_serve, address, libraries, environment, its_input, its_output)
        self._child = get_context("fork").Process(target=serve)
        self._child.start()
        os.close(its_input)
        os.close(its_output)

    def said(self) -> bytes:
        """Return the line that it says when it has imported: how many threads it has then."""
        return self._told.readline()

    def stop(self) -> None:
        """End it and its children."""
        self._child.terminate()
        self._child.join()
        self._living.close()
        self._told.close()


def _serve(
    address: str, libraries: Sequence[str], environment: Mapping[str, str], its_input: int, its_output: int
) -> None:
    """Be a server in a fork: its input ends with the process that it was forked from."""
    os.environ.update(environment)
    os.setsid()  # Ctrl-C is for the build, which then ends this
    os.dup2(its_input, 0)
    os.dup2(its_output, 1)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    # Whatever stood in for them.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))  # noqa: SIM115
    server.main(address, *libraries)
