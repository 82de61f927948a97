"""What several test files share: what a chapter shows, and exhibits made of plain shares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from barometer import chapters
from barometer.blocks import MIME
from barometer.chapters import Chapter
from barometer.exhibit import Exhibit
from barometer.formats import Words
from barometer.instrument import Instrument, load_instrument
from barometer.opening import open_chapter

Row = dict[str, Any]
Document = dict[str, Any]


@pytest.fixture(scope="session")
def barometer_instrument() -> Instrument:
    return load_instrument(Path(__file__).parents[1] / "data" / "instrument.yaml")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """Return the documents of all that is shown from now on."""
    documents: list[Document] = []
    monkeypatch.setattr(chapters, "display", lambda block: documents.append(block._repr_mimebundle_()[MIME]))
    return documents


@pytest.fixture
def opened(project: Path, shown: list[Document], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Chapter]:
    """Open a chapter of the module's project, in English; what opening shows is put aside."""
    monkeypatch.setenv("BAROMETER_PARAMS", str(project))

    def open_(name: str = "reuse", **arguments: str) -> Chapter:
        chapter = open_chapter(name, **{"language": "en"} | arguments)
        shown.clear()
        return chapter

    return open_


@pytest.fixture
def share() -> Callable[..., Row]:
    """Make one row of Estimates from a share; `margin` is half the width of its interval."""
    return _share


def _share(question: str, option: str, estimate: float, **given: Any) -> Row:
    margin = given.pop("margin", 0.02)
    row = {
        "wave": "new",
        "question": question,
        "option": option,
        "by": "",
        "level": "",
        "statistic": "proportion",
        "estimate": estimate,
        "se": margin / 2,
        "ci_low": max(0.0, estimate - margin),
        "ci_high": min(1.0, estimate + margin),
        "df": 1000.0,
        "deff": 1.2,
        "n": 1877,
        "n_effective": 1500.0,
        "verdict": "shown",
        "reason": "",
    } | given
    if row["verdict"] in ("hidden", "not_asked"):
        row |= dict.fromkeys(("estimate", "se", "ci_low", "ci_high", "deff", "n_effective"), math.nan)
    return row


@pytest.fixture
def exhibit(barometer_instrument: Instrument) -> Callable[..., Exhibit]:
    """Make an exhibit of rows in the waves named."""

    def make(
        rows: Sequence[Row],
        kind: str = "bars",
        *,
        language: str = "en",
        waves: Sequence[str] = ("new",),
        synthetic: bool = False,
        missing: int = 0,
        **others: Any,
    ) -> Exhibit:
        return Exhibit(
            pd.DataFrame(list(rows)),
            kind=kind,
            instrument=others.pop("instrument", barometer_instrument),
            words=Words(language),
            waves=tuple(_wave(name, synthetic=synthetic, missing=missing) for name in waves),
            **others,
        )

    return make


def _wave(name: str, *, synthetic: bool, missing: int) -> Any:
    source: Mapping[str, str] = {"da": "Prøvekilden", "en": "The test source"}
    return SimpleNamespace(
        id=name,
        title={"da": name, "en": name},
        synthetic=synthetic,
        meta=SimpleNamespace(source=source),
        no_answer=lambda _: missing,
    )


@pytest.fixture
def compared() -> Callable[..., pd.DataFrame]:
    """Make Differences: (question, option, by, level, reference, difference, adjusted p) a row."""

    def make(*rows: tuple[str, str, str, str, str, float, float]) -> pd.DataFrame:
        names = ("question", "option", "by", "level", "reference", "difference", "p_adjusted")
        return pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])

    return make


@pytest.fixture
def tested() -> Callable[..., pd.DataFrame]:
    """Make Tests: (question, option, by, adjusted p) a row."""

    def make(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
        names = ("question", "option", "by", "p_adjusted")
        return pd.DataFrame([dict(zip(names, row, strict=True)) | {"test": "rao-scott"} for row in rows])

    return make
