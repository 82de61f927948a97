"""What people write (YAML, CSV, overrides) is read, or refused in one message, whatever it holds."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barometer.cases import load_cases
from barometer.documents import LARGEST, read_table, read_yaml
from barometer.errors import ReportError
from barometer.instrument import load_instrument
from barometer.params import load_params
from barometer.published import load_published
from barometer.waves import list_waves, load_wave
from tests.made_survey import WAVES, write_survey

LONGEST = 10  # seconds
MUTATIONS = 180
"""Of each document of a project."""
Shown = pytest.CaptureFixture[str]

# What stands in the place of a name, a number or a text.
EVIL = (
    *(
        "../../../etc/passwd",
        "/etc/passwd",
        "..\\..\\x",
        "~root",
        "\x00",
        "a\x00b",
        "\x1b[2J",
        "\u202e\u2066txt",
    ),
    *(
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "{% raw %}",
        "{0.__class__}",
        "%s%n",
        "$(id)",
        "`id`",
        "#eval(1)",
    ),
    *(
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(1)",
        "\ud7ff",
        "\ufeff",
        "\u2028",
        "\U0010ffff",
        "’'\"",
        "\\",
        "",
    ),
    *(
        "!!python/object/apply:os.system [id]",
        "&a [*a]",
        "*a",
        "? ",
        "- - - -",
        "---",
        "...",
        "%YAML 9.9",
        "\t",
    ),
    *("9" * 5000, "1e999", "-1e999", ".inf", ".nan", "NaN", "-0", "0x10", "1_000", "1e", "١٢", "2001-02-30"),
    *(
        "true",
        "null",
        "~",
        "yes",
        "[]",
        "{}",
        "[" * 60,
        "{a: " * 60,
        "a: 1\na: 2",
        "x" * 100_000,
        "é".encode().decode("latin-1"),
    ),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_survey(tmp_path_factory.mktemp("documents") / "project").parent


def _readers(root: Path) -> dict[str, Callable[[], object]]:
    instrument = load_instrument(root / "data/instrument.yaml")
    return {
        "params.yaml": lambda: load_params(root / "params.yaml"),
        "data/instrument.yaml": lambda: load_instrument(root / "data/instrument.yaml"),
        "cases.yaml": lambda: load_cases(root / "cases.yaml", ("da", "en")),
        "published.csv": lambda: load_published(root / "published.csv", instrument),
        f"data/waves/{WAVES[-1]}/wave.yaml": partial(
            load_wave, WAVES[-1], folder=root / "data/waves", instrument=instrument
        ),
        f"data/waves/{WAVES[-1]}/answers.csv": partial(
            load_wave, WAVES[-1], folder=root / "data/waves", instrument=instrument
        ),
    }


def _altered(content: bytes, chance: random.Random) -> bytes:
    """Return a document with a piece of evil in it, a line gone or doubled, bytes flipped, or cut off."""
    data, way = bytearray(content), chance.random()
    place = chance.randrange(len(data))
    if way < 0.6:
        end = place + chance.choice([0, 0, 1, 5, 20])
        data[place:end] = chance.choice(EVIL).encode("utf-8", "surrogatepass")
    elif way < 0.75:
        lines = content.splitlines(keepends=True)
        number = chance.randrange(len(lines))
        lines[number : number + 1] = [lines[number]] * chance.choice([0, 2, 3])
        return b"".join(lines)
    elif way < 0.95:
        data[place] ^= 1 << chance.randrange(8)
    else:
        del data[place:]
    return bytes(data)


def _read_or_refused(read: Callable[[], object]) -> bool:
    """Say whether it is read; it may only be refused by one error that says why, and soon."""
    start = time.monotonic()
    try:
        read()
        return True
    except ReportError:
        return False
    finally:
        assert time.monotonic() - start < LONGEST


@pytest.mark.parametrize("number", range(6))
def test_an_altered_document_is_read_or_refused(
    project: Path, tmp_path: Path, number: int, capsys: Shown
) -> None:
    root = shutil.copytree(project, tmp_path / "project")
    name, read = list(_readers(root).items())[number]
    whole = (root / name).read_bytes()
    outside = {path for path in tmp_path.rglob("*") if path.is_file()}
    done = []
    for case in range(MUTATIONS):
        (root / name).write_bytes(_altered(whole, random.Random(f"{name} {case}")))  # noqa: S311 (no secret)
        done.append(_read_or_refused(read))
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == outside
    assert not all(done)
    with capsys.disabled():
        print(f"\n{len(done)} altered {name}: {sum(done)} read, {len(done) - sum(done)} refused")


@given(
    content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_a_document_and_a_table_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    for read in (read_yaml, read_table):
        _read_or_refused(partial(read, path))


@given(
    name=st.sampled_from(
        ["WAVE", "LOCALE", "SEGMENT", "CHAPTERS", "FORMATS", "JOBS", "TEST", "REPORTS", "x"]
    ),
    text=st.sampled_from(EVIL) | st.text(max_size=40),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_override_is_taken_or_refused(project: Path, name: str, text: str) -> None:
    _read_or_refused(lambda: load_params(project / "params.yaml", {name: text}))


@pytest.mark.parametrize("text", EVIL)
def test_a_wave_and_its_file_are_called_by_plain_names(project: Path, text: str) -> None:
    instrument = load_instrument(project / "data/instrument.yaml")
    assert not _read_or_refused(
        partial(load_wave, text, folder=project / "data/waves", instrument=instrument)
    )


def test_a_folder_with_an_odd_name_is_no_wave(project: Path, tmp_path: Path) -> None:
    root = shutil.copytree(project, tmp_path / "project")
    for name in ("<b>", "a b", "x;y", "..."):
        shutil.copytree(root / "data/waves" / WAVES[0], root / "data/waves" / name)
        with pytest.raises(ReportError, match="letters, digits"):
            list_waves(root / "data/waves")
        shutil.rmtree(root / "data/waves" / name)


@pytest.mark.parametrize("name", ["index", "report", "Big", "a b", "<b>", "..", "a.b"])
def test_a_chapter_with_an_odd_name_is_refused(project: Path, tmp_path: Path, name: str) -> None:
    root = shutil.copytree(project, tmp_path / "project")
    shutil.copy(root / "notebooks/extra.ipynb", root / f"notebooks/{name}.ipynb")
    assert not _read_or_refused(lambda: load_params(root / "params.yaml", {"CHAPTERS": name}))


@pytest.mark.parametrize("read", [read_yaml, read_table])
def test_a_document_without_end_is_refused(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"a: b\n" * (LARGEST // 5 + 1))
    assert not _read_or_refused(partial(read, path))
    assert not _read_or_refused(partial(read, Path("/dev/zero")))
