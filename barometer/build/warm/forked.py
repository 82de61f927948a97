"""What a forked process looks like from outside: like a `subprocess.Popen`."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress


class Forked:
    """A module that runs in a child of a `server`; the child dies with this object's connection.

    Parameters
    ----------
    address
        Where the server listens.
    module, arguments
        What ``python -m`` would be given.
    files
        What becomes the child's files 0, 1, 2, ...
    """

    stdin = stdout = stderr = None  # for those who would close them

    def __init__(
        self,
        address: str,
        module: str,
        *arguments: str,
        environment: Mapping[str, str],
        folder: str,
        files: Sequence[int],
    ) -> None:
        """Start the child and wait until it is a process of its own.

        Raises
        ------
        ChildProcessError
            If the server ended instead.
        """
        request = {
            "module": module,
            "arguments": arguments,
            "environment": dict(environment),
            "folder": folder,
        }
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        socket.send_fds(self._connection, [b"\0"], files)
        self._connection.sendall(f"{json.dumps(request)}\n".encode())
        line = self._line()
        if not line:
            raise ChildProcessError("the server that should fork has ended")
        self.pid = int(line)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the return code, None while the child runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the child and return its return code; negative is the signal that ended it."""
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            # The server tells it; a server that is gone has taken its children along.
            self.returncode = int(self._line() or -signal.SIGKILL)
            self._connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the child and to what it started."""
        if self.poll() is None:
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the child, and what it started, at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the child to end."""
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Let it go: the server ends it, with what it started, if it still runs."""
        self._connection.close()

    def _line(self) -> bytes:
        return b"".join(iter(lambda: self._connection.recv(1).strip(), b""))
