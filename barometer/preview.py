"""The built reports in a browser of this machine: nothing else is served, and to nobody else."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

ADDRESS = "127.0.0.1"
NAMES = (ADDRESS, "localhost")


class _Handler(SimpleHTTPRequestHandler):
    """Serves the files of one folder: no list of what is in it, nothing that a link leads to outside."""

    def send_head(self) -> IO[bytes] | None:  # type: ignore[override]
        """Send the head of the answer; None where there is no more to send."""
        # Another site may have its own name lead here, and would read the reports as its own pages.
        if self.headers.get("Host", "").rpartition(":")[0] not in NAMES:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        if not self._may_be_served():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()  # type: ignore[return-value]

    def _may_be_served(self) -> bool:
        """Say whether an address leads into the folder, past all links, and to nothing hidden."""
        try:
            root, wanted = Path(self.directory).resolve(), Path(self.translate_path(self.path)).resolve()
            return not any(part.startswith(".") for part in wanted.relative_to(root).parts)
        except (OSError, RuntimeError, ValueError):  # outside of it, a link to itself, or no path at all
            return False

    def list_directory(self, path: object) -> None:
        """Send that a folder without a front page is not there."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Add that nothing is to be kept, or taken for what it is not."""
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()


def preview_server(reports: Path, *, port: int) -> ThreadingHTTPServer:
    """Return a server of the reports folder that only this machine can reach; 0 is any free port."""
    return ThreadingHTTPServer((ADDRESS, port), partial(_Handler, directory=str(reports)))
