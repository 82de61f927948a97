"""The change log of published numbers: what differs between two reports, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barometer.changes import CHANGES, NUMBERS, PLACE, changes
from barometer.errors import ReportError
from barometer.formats import Words

EN = Words("en")
MANIFEST: dict[str, Any] = {
    "inputs": {
        "params.yaml": "a",
        "data/instrument.yaml": "b",
        "data/waves/old/answers.csv": "c",
        "data/waves/new/answers.csv": "d",
        "notebooks/reuse.ipynb": "e",
    },
    "params": {"instrument": "data/instrument.yaml", "confidence": 0.95, "disclosure": {"minimum_base": 10}},
    "packages": {"barometer": "1.0", "numpy": "2.0"},
    "commit": "1234567890",
}
ROW = dict.fromkeys((*PLACE, *NUMBERS, "number", "label"), "") | {
    "chapter": "reuse",
    "figure": "reuse",
    "view": "reuse",
    "question": "reuse",
    "option": "copy",
    "statistic": "proportion",
    "ci_low": "0.1",
    "ci_high": "0.3",
    "n": "206",
    "verdict": "shown",
}


def report(folder: Path, manifest: dict[str, Any] = MANIFEST, **estimates: str) -> Path:
    """Write as much of a report as is compared: an estimate a wave."""
    (folder / "data").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    rows = [ROW | {"wave": wave, "estimate": text} for wave, text in estimates.items()]
    pd.DataFrame(rows).to_csv(folder / "data/estimates.csv", index=False)
    return folder


def test_a_report_that_says_the_same_has_no_changes(tmp_path: Path) -> None:
    old = report(tmp_path / "a", new="0.2", old="0.30000000000000004")
    found = changes(old, report(tmp_path / "b", MANIFEST | {"commit": "x"}, old="0.3", new="0.20"), words=EN)
    assert found.empty
    assert list(found) == list(CHANGES)


def test_each_number_that_differs_is_a_row_with_what_it_was(tmp_path: Path) -> None:
    old = report(tmp_path / "a", old="0.2", gone="0.4")
    found = changes(old, report(tmp_path / "b", old="0.25", more="0.1"), words=EN)
    estimates = found[found["number"] == "estimate"].set_index("wave")[["old", "new"]]
    assert estimates.loc["old"].tolist() == ["0.2", "0.25"]
    assert estimates.loc["gone"].tolist() == ["0.4", ""]
    assert estimates.loc["more"].tolist() == ["", "0.1"]
    assert set(found.loc[found["wave"] == "gone", "number"]) == set(NUMBERS)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"inputs": MANIFEST["inputs"] | {"data/waves/new/answers.csv": "x"}}, "data of new"),
        (
            {"inputs": MANIFEST["inputs"] | {"data/waves/new/corrections.yaml": "x"}},
            "corrections to the answers of new",
        ),
        ({"inputs": MANIFEST["inputs"] | {"data/waves/new/wave.yaml": "x"}}, "the description of new"),
        ({"inputs": MANIFEST["inputs"] | {"data/waves/old/answers.csv": "x"}}, "not known"),
        ({"inputs": MANIFEST["inputs"] | {"data/instrument.yaml": "x"}}, "questionnaire"),
        ({"inputs": MANIFEST["inputs"] | {"notebooks/reuse.ipynb": "x"}}, "chapter reuse"),
        ({"inputs": MANIFEST["inputs"] | {"notebooks/other.ipynb": "x"}}, "not known"),
        ({"params": MANIFEST["params"] | {"confidence": 0.9}}, "parameters (confidence 0.95 -> 0.9)"),
        ({"packages": {"barometer": "1.1", "numpy": "2.0"}}, "packages (barometer 1.0 -> 1.1)"),
        ({"commit": "abcdefghij"}, "code (1234567 -> abcdefg)"),
    ],
)
def test_the_reason_is_what_the_manifests_say_has_changed(
    change: dict[str, Any], why: str, tmp_path: Path
) -> None:
    old = report(tmp_path / "a", new="0.2")
    found = changes(old, report(tmp_path / "b", MANIFEST | change, new="0.3"), words=EN)
    assert found["why"].tolist() == [why]


def test_a_folder_that_is_no_report_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    old = report(tmp_path / "a", new="0.2")
    with pytest.raises(ReportError, match="estimates"):
        changes(old, tmp_path, words=EN)
    (old / "data/estimates.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ReportError, match="no column chapter"):
        changes(old, old, words=EN)
