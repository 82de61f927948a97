"""Import libraries once, then fork: a module that is run in a child starts at once, not after its imports.

Run as a script, with the address to listen at and the libraries, so that it holds nothing of this package and
its children see what was edited. It ends, and its children with it, when its standard input does.

A connection is a child. It brings the files that become 0, 1, 2, ... of the child and one line of JSON, and
is answered by a line with the number of the process, and by its return code when it ends. A child whose
connection is closed is killed, with all that it started.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import random
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

MOST_FILES = 8
PR_SET_PDEATHSIG = 1
INLINE = "module://matplotlib_inline.backend_inline"


def main(address: str, *libraries: str) -> None:
    """Import the libraries, say on standard output how many threads there are then, and serve."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        gc.disable()
        for library in libraries:
            with suppress(ImportError):  # whoever needs it will say so
                import_module(library)
        gc.enable()
        gc.freeze()  # the collector leaves what is imported alone, so that its pages stay shared
        print(len(os.listdir("/proc/self/task")), flush=True)
        request = Server(listener).serve()
    sys.argv[1:] = request["arguments"]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


class Server:
    """Forks a child for each connection, reports how it ended and clears up behind it."""

    def __init__(self, listener: socket.socket) -> None:
        """Watch the connections that come in, and standard input."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(0, selectors.EVENT_READ, self._stop)
        self._selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener))
        self._children: set[int] = set()
        signal.signal(signal.SIGTERM, self._stop)

    def serve(self) -> dict[str, Any]:
        """Work until standard input ends. It returns in a child only, with what is to be run there."""
        while True:
            for key, _ in self._selector.select()[:1]:  # what one does may undo the cause of the next
                if request := key.data():
                    return dict(request)

    def _stop(self, *_: Any) -> None:
        for child in self._children:
            os.killpg(child, signal.SIGKILL)
        sys.exit()

    def _accept(self, listener: socket.socket) -> Any:
        connection = listener.accept()[0]
        _, files, *_ = socket.recv_fds(connection, 1, MOST_FILES)
        request = json.loads(connection.makefile().readline())
        server, child = os.getpid(), os.fork()
        if not child:
            self._let_go()
            become(request, files, server=server)
            connection.sendall(f"{os.getpid()}\n".encode())
            connection.close()
            return request
        for file in files:
            os.close(file)
        self._children.add(child)
        end = os.pidfd_open(child)
        self._selector.register(end, selectors.EVENT_READ, partial(self._tell, connection, end))
        clear = partial(self._clear, connection, child, end)
        self._selector.register(connection, selectors.EVENT_READ, clear)
        return None

    def _let_go(self) -> None:
        """Close, in a child, what belongs to the server."""
        for key in [*self._selector.get_map().values()]:
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
            elif key.fd:
                os.close(key.fd)
        self._selector.close()

    def _tell(self, connection: socket.socket, end: int) -> None:
        """Say how a child ended. It isn't cleared up yet: until it is, no other process gets its number."""
        result = os.waitid(os.P_PIDFD, end, os.WEXITED | os.WNOWAIT)
        assert result  # noqa: S101
        code = result.si_status if result.si_code == os.CLD_EXITED else -result.si_status
        with suppress(BrokenPipeError):
            connection.sendall(f"{code}\n".encode())
        self._selector.unregister(end)

    def _clear(self, connection: socket.socket, child: int, end: int) -> None:
        """End a child that nobody waits for any more, with what it started."""
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self._children.remove(child)
        for watched in (connection, end):
            with suppress(KeyError):  # its end was told
                self._selector.unregister(watched)
        connection.close()
        os.close(end)


def become(request: dict[str, Any], files: list[int], *, server: int) -> None:
    """Make a child what a process of its own would be; it dies with the server."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os.kill(0, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for number, file in enumerate(files):
        os.dup2(file, number)
    for file in files:
        if file >= len(files):
            os.close(file)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if matplotlib := sys.modules.get("matplotlib"):  # it read this when it was imported
        matplotlib.rcParams["backend"] = os.environ.get("MPLBACKEND") or INLINE


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of this file
    main(*sys.argv[1:])
