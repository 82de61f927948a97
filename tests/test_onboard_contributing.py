"""The worked examples of CONTRIBUTING.md about waves and questions do what they say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from barometer.documents import read_yaml
from barometer.estimate import proportions
from barometer.instrument import Instrument, load_instrument
from barometer.onboard.files import as_yaml
from barometer.waves import list_waves, load_wave
from tests.onboarding import ROOT, WAVES, deliver

NEW = "2025-2026"


def examples(heading: str) -> list[tuple[str, str]]:
    """Return language and text of the blocks of a section, in order."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```(\w+)\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path: Path, barometer_instrument: Instrument) -> Path:
    """Return a copy of the project with a file that has arrived."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    newest = list_waves(WAVES)[-1]
    deliver(
        newest, tmp_path / "fil.sav", instrument=barometer_instrument, seed=8, more={"": "Udviklet hjemme"}
    )
    return tmp_path


def run(command: str, folder: Path) -> None:
    program, *arguments = shlex.split(command)
    assert program == "barometer"
    done = subprocess.run(
        [sys.executable, "-m", "barometer", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def read_block(text: str, folder: Path) -> dict[str, object]:
    (folder / "block.yaml").write_text(text, encoding="utf-8")
    return dict(read_yaml(folder / "block.yaml"))


def add_wave(project: Path) -> Path:
    """Follow the example on waves."""
    (_, first), (_, decisions), (_, last) = examples("Add a wave")
    run(first, project)
    path = project / "data/waves" / NEW / "wave.yaml"
    path.write_text(as_yaml(read_yaml(path) | read_block(decisions, project)), encoding="utf-8")
    run(last, project)
    return path


def test_the_example_of_a_wave_ends_in_a_wave_that_is_valid(project: Path) -> None:
    add_wave(project)
    instrument = load_instrument(project / "data/instrument.yaml")
    wave = load_wave(NEW, folder=project / "data/waves", instrument=instrument)
    assert (wave.meta.period, wave.meta.responses, wave.synthetic) == (("2025-07", "2026-06"), 1611, True)
    assert wave.asked("reuse").sum() == 1352


def test_make_wave_runs_the_same_command() -> None:
    command = ["make", "--no-print-directory", "-n", "wave", f"WAVE={NEW}", "FROM=my file.sav", "LINK=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    last = done.stdout.strip().splitlines()[-1]
    # The shell reads the values from the environment, so that no name of a file is taken for a command.
    assert last.endswith('barometer wave "$WAVE" --from "$FROM" --params "$PARAMS" --link')


def test_the_example_of_a_question_ends_in_a_share(project: Path) -> None:
    path = add_wave(project)
    (_, question), (_, mapping) = examples("Add a question")
    questionnaire = project / "data/instrument.yaml"
    indented = "".join(f"  {line}\n" for line in question.splitlines())
    text = questionnaire.read_text(encoding="utf-8")
    questionnaire.write_text(text.replace("\nquestions:\n", f"\nquestions:\n{indented}", 1), encoding="utf-8")
    for name in list_waves(project / "data/waves"):
        wave_file = project / "data/waves" / name / "wave.yaml"
        document = read_yaml(wave_file)
        if wave_file == path:
            document["questions"] |= read_block(mapping, project)
        else:
            document["not_asked"] = [*document["not_asked"], "remote_work"]
        wave_file.write_text(as_yaml(document), encoding="utf-8")
    instrument = load_instrument(questionnaire)
    folder = project / "data/waves"
    waves = {name: load_wave(name, folder=folder, instrument=instrument) for name in list_waves(folder)}
    assert [name for name, wave in waves.items() if wave.asks("remote_work")] == [NEW]
    share = proportions(waves[NEW], "remote_work").set_index("option")
    assert 0.2 < share.loc["yes", "estimate"] < 0.4
    assert share.loc["yes", "n"] == 1352
