"""Every locked package has a known licence and stands in the bill of materials; a build needs no network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from barometer.errors import ReportError
from barometer.supply import BILL, LICENCES, Licence, Locked, bill, licences, locked, read_licences, write
from tests.processes import barometer

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
SMALL = Path(__file__).parent / "small"


def test_every_locked_package_has_a_licence_of_its_version() -> None:
    listed = {(each.package, each.version): each for each in read_licences(REQUIREMENTS / LICENCES)}
    assert listed.keys() == {(each.name, each.version) for each in locked(REQUIREMENTS)}
    assert not [each for each in listed.values() if not each.licence or each.spdx not in ("yes", "no")]


def test_a_new_package_without_a_known_licence_is_refused_by_name() -> None:
    new = Locked("no-such-package", "1.0", "report")
    with pytest.raises(ReportError, match="no-such-package: expected a licence in its metadata"):
        licences([new], [])
    known = Licence("no-such-package", "0.9", "MIT", "yes")
    assert licences([new], [known]) == (known._replace(version="1.0"),)


def test_the_licence_is_what_the_installed_package_states() -> None:
    [found] = licences([Locked("pytest", "1", "test")], [Licence("pytest", "1", "other", "yes")])
    assert found.licence == "MIT"


def test_the_bill_of_materials_is_that_of_the_locks() -> None:
    text = (REQUIREMENTS / BILL).read_text("utf-8")
    assert text == bill(locked(REQUIREMENTS), read_licences(REQUIREMENTS / LICENCES))


def test_the_bill_keeps_to_cyclonedx() -> None:
    document = json.loads((REQUIREMENTS / BILL).read_text("utf-8"))
    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", document["serialNumber"])
    components = document["components"]
    assert len({each["bom-ref"] for each in components}) == len(components) > 100
    for each in components:
        assert each["type"] == "library"
        assert each["scope"] in ("required", "optional", "excluded")
        assert re.fullmatch(r"pkg:pypi/[a-z0-9.-]+@[\w.+!]+", each["purl"])
        [licence] = each["licenses"]
        assert licence.get("expression") or licence["license"]["name"]
    [own] = document["dependencies"]
    assert set(own["dependsOn"]) == {each["bom-ref"] for each in components}


def test_writing_them_again_changes_nothing(tmp_path: Path) -> None:
    for path in REQUIREMENTS.iterdir():
        shutil.copy(path, tmp_path)
    write(tmp_path)
    assert (tmp_path / BILL).read_bytes() == (REQUIREMENTS / BILL).read_bytes()


# No network

BLOCKED = """
import socket, sys
def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        if arguments[1][0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"no network: {arguments[1]}")
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "", "127.0.0.1", "::1", "localhost"):
        raise OSError(f"no network: {arguments[0]}")
sys.addaudithook(hook)
"""
# A network of its own has its loopback down at first.
UP = """
import fcntl, os, socket, struct, sys
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 1))
os.execv(sys.argv[1], sys.argv[1:])
"""


REPORT = ("report", "LOCALE=en", "FORMATS=html,pdf")


def test_a_report_is_built_while_every_process_is_kept_from_the_network(tmp_path: Path) -> None:
    project = shutil.copytree(SMALL, tmp_path / "project")
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked/sitecustomize.py").write_text(BLOCKED)
    reach = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"
    kept = os.environ | {"PYTHONPATH": str(tmp_path / "blocked")}
    assert (
        "no network"
        in subprocess.run(
            [sys.executable, "-c", reach], env=kept, capture_output=True, text=True, check=False
        ).stderr
    )
    done = barometer(*REPORT, folder=project, PYTHONPATH=str(tmp_path / "blocked"))
    assert done.returncode == 0, done.stderr
    assert (project / "reports/2022/en/report.pdf").exists()


def test_a_report_is_built_on_a_system_without_a_network(tmp_path: Path) -> None:
    alone = ["unshare", "--map-root-user", "--net", sys.executable, "-c", UP]
    tried = shutil.which("unshare") and subprocess.run(
        [*alone, shutil.which("true") or ""], capture_output=True, check=False
    )
    if not tried or tried.returncode:
        pytest.skip("this system lets no process have a network of its own")
    done = barometer(*REPORT, folder=shutil.copytree(SMALL, tmp_path / "project"), prefix=alone)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "project/reports/2022/en/report.pdf").exists()
