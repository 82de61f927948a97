"""The preview serves the reports to this machine, and nothing else to anybody."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from barometer.preview import preview_server


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Serve a folder with a report, a scratch folder, an empty folder and links out of it."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "reports-of-others").mkdir()
    (tmp_path / "reports-of-others/index.html").write_text("secret")
    reports = tmp_path / "reports"
    for folder in ("2001/en", ".scratch-7", "empty"):
        (reports / folder).mkdir(parents=True)
    (reports / "index.html").write_text("the overview")
    (reports / "2001/en/index.html").write_text("the report")
    (reports / ".scratch-7/index.html").write_text("secret")
    (reports / "link.txt").symlink_to(tmp_path / "secret.txt")
    (reports / "away").symlink_to(tmp_path / "reports-of-others")
    (reports / "within").symlink_to(reports / "2001")
    server = preview_server(reports, port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def get(port: int, path: str, *, host: str = "", method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", b"the overview"),
        ("/index.html?x=1#y", b"the overview"),
        ("/2001/en/", b"the report"),
        ("/within/en/index.html", b"the report"),
        ("/./2001//en/index.html", b"the report"),
    ],
)
def test_a_report_is_served(port: int, path: str, words: bytes) -> None:
    assert get(port, path) == (200, words)


@pytest.mark.parametrize(
    "path",
    [
        *("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt"),
        *("/2001/../../secret.txt", "/2001/%2e%2e/%2e%2e/secret.txt", "/..%5csecret.txt", "//secret.txt"),
        *("/../reports-of-others/index.html", "/..%252fsecret.txt", "/%c0%ae%c0%ae/secret.txt"),
        *("/link.txt", "/away/index.html", "/away/", "/.scratch-7/index.html", "/.scratch-7/"),
        *("/empty/", "/2001/", "/%00", "/index.html%00.txt", "/etc/passwd", "file:///etc/passwd"),
    ],
)
def test_nothing_else_is_served_and_no_folder_is_listed(port: int, path: str) -> None:
    status, words = get(port, path)
    assert status in (400, 404)
    assert b"secret" not in words.replace(b"secret.txt", b"")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example:1", "0.0.0.0:8000", "x"]
)
def test_another_name_that_leads_here_gets_nothing(port: int, host: str) -> None:
    assert get(port, "/index.html", host=host)[0] == 421


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_this_machine_is_answered_by_its_names(port: int, name: str) -> None:
    assert get(port, "/index.html", host=f"{name}:{port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_it_takes_nothing(port: int, method: str) -> None:
    assert get(port, "/index.html", method=method)[0] == 501


def test_only_this_machine_can_reach_it(tmp_path: Path) -> None:
    with preview_server(tmp_path, port=0) as server:
        assert server.server_address[0] == "127.0.0.1"
