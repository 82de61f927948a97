"""Synthetic waves: plausible answers of workplaces that meet what has been published.

A register of workplaces lives through the waves. Each wave draws a stratified sample of it, some
answer and are weighted. Every workplace fills in several answer sheets by the habits of
data/synthesis.yaml, and one of them is picked so that the published figures come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.documents import Node, nearest
from barometer.errors import Problem, ReportError
from barometer.harmonise import read_layout, read_not_asked
from barometer.instrument import Instrument, load_instrument
from barometer.published import PublishedFigure, load_published
from barometer.synthesise.answers import fill_in
from barometer.synthesise.calibrate import draw, exchange, set_targets, tilt
from barometer.synthesise.deliver import KEYS, encode, write
from barometer.synthesise.habits import Habits, load_habits
from barometer.synthesise.register import draw_respondents, make_register

__all__ = ["synthesise"]

_LASTING = 0.5  # the part of a trait's variance that stays with a workplace from wave to wave
_DECIMALS = 6


def synthesise(root: Path, *, waves: Sequence[str] = (), seed: int | None = None) -> list[Path]:
    """Write the response files of synthetic waves and return their paths.

    Parameters
    ----------
    root
        The folder that holds ``data/``.
    waves
        Which waves; none is all that are declared synthetic.
    seed
        Of the random numbers; None is that of data/synthesis.yaml. The same seed gives the same
        answers on the same platform, whichever waves are made.

    Raises
    ------
    ReportError
        For files that do not fit the questionnaire.
    """
    data = root / "data"
    instrument = load_instrument(data / "instrument.yaml")
    habits = load_habits(data / "synthesis.yaml", instrument)
    known = habits.frame["first"]
    for name in set(waves) - set(known):
        raise ReportError(
            "A wave cannot be made", [Problem(name, "a synthetic wave", remedy=nearest(name, known))]
        )
    start = habits.seed if seed is None else seed
    maker = _Maker(
        instrument=instrument,
        habits=habits,
        figures=load_published(data / "published.csv", instrument),
        register=make_register(habits.frame["register"], tuple(habits.traits), np.random.default_rng(start)),
    )
    return [
        maker.make(data / "waves" / name, np.random.default_rng([start, *name.encode()]))
        for name in waves or known
    ]


@dataclass(frozen=True)
class _Maker:
    """Makes waves from one register by the same habits."""

    instrument: Instrument
    habits: Habits
    figures: Sequence[PublishedFigure]
    register: pd.DataFrame

    def make(self, folder: Path, generator: np.random.Generator) -> Path:
        """Sample, let answer and write one wave."""
        wave = Node.root(folder / "wave.yaml").entries()
        not_asked = read_not_asked(wave["not_asked"], self.instrument)
        layout = read_layout(wave["register"], wave["questions"], not_asked, self.instrument)
        first, size = self.habits.frame["first"][folder.name], wave["population"].value
        respondents = draw_respondents(
            self.register.iloc[first : first + size].reset_index(drop=True),
            sample=wave["sample"].value,
            responses=wave["responses"].value,
            habits=self.habits.frame,
            generator=generator,
        ).reset_index(drop=True)
        respondents["weight"] = respondents["weight"].round(_DECIMALS)
        answers = self._answer(respondents, layout.offered, folder.name, generator)
        design = wave["design"].value
        names = (
            design["unit"],
            *design["strata"],
            *(design[key] for key in ("population", "sample", "weight")),
        )
        delivery = encode(
            respondents[list(KEYS)].join(answers),
            layout,
            keys=dict(zip(KEYS, names, strict=True)),
            mark=wave["mark"].string(),
            instrument=self.instrument,
        )
        file = folder / wave["file"].string()
        write(delivery, file, **(wave["format"].value if "format" in wave else {}))
        return file

    def _answer(
        self,
        respondents: pd.DataFrame,
        offered: Mapping[str, tuple[str, ...]],
        wave: str,
        generator: np.random.Generator,
    ) -> pd.DataFrame:
        """Let each workplace fill in several answer sheets and pick one; one row is one workplace."""
        count = self.habits.candidates
        candidates = respondents.loc[respondents.index.repeat(count)].reset_index(drop=True)
        for trait in self.habits.traits:
            passing = generator.standard_normal(len(candidates))
            candidates[trait] = np.sqrt(_LASTING) * candidates[trait] + np.sqrt(1 - _LASTING) * passing
        sheets = fill_in(
            candidates, offered=offered, instrument=self.instrument, habits=self.habits, generator=generator
        )
        targets = set_targets(
            sheets,
            respondents["weight"].to_numpy(float),
            figures=[figure for figure in self.figures if figure.wave == wave],
            counts=self.habits.counts.get(wave, ()),
        )
        choice = exchange(targets, draw(tilt(targets), generator), generator)
        return sheets.frame.iloc[np.arange(len(choice)) * count + choice].reset_index(drop=True)
