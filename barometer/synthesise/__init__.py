"""Synthetic waves: plausible answers of workplaces that meet what has been published.

A register of workplaces lives through the waves. Each wave draws a stratified sample of it, some
answer and are weighted. Every workplace fills in several answer sheets by the habits of
data/synthesis.yaml, and one of them is picked so that the published figures come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from barometer.documents import Node, nearest
from barometer.errors import Problem, ReportError
from barometer.harmonise import read_layout
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
_DESIGN = ("population", "sample", "weight")


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
    figures = load_published(data / "published.csv", instrument)
    known = habits.frame["first"]
    for name in set(waves) - set(known):
        raise ReportError(
            "A wave cannot be made", [Problem(name, "a synthetic wave", remedy=nearest(name, known))]
        )
    start = habits.seed if seed is None else seed
    register = make_register(habits.frame["register"], tuple(habits.traits), np.random.default_rng(start))
    return [
        _make_wave(
            data / "waves" / name,
            register=register,
            instrument=instrument,
            habits=habits,
            figures=[figure for figure in figures if figure.wave == name],
            generator=np.random.default_rng([start, *name.encode()]),
        )
        for name in waves or known
    ]


def _make_wave(
    folder: Path,
    *,
    register: pd.DataFrame,
    instrument: Instrument,
    habits: Habits,
    figures: Sequence[PublishedFigure],
    generator: np.random.Generator,
) -> Path:
    """Sample, let answer, calibrate and write one wave."""
    wave = Node.root(folder / "wave.yaml").entries()
    layout = read_layout(wave["register"], wave["questions"], wave["not_asked"].strings(), instrument)
    first, size = habits.frame["first"][folder.name], wave["population"].value
    respondents = draw_respondents(
        register.iloc[first : first + size].reset_index(drop=True),
        sample=wave["sample"].value,
        responses=wave["responses"].value,
        habits=habits.frame,
        generator=generator,
    ).reset_index(drop=True)
    respondents["weight"] = respondents["weight"].round(_DECIMALS)
    candidates = respondents.loc[respondents.index.repeat(habits.candidates)].reset_index(drop=True)
    for trait in habits.traits:
        passing = generator.standard_normal(len(candidates))
        candidates[trait] = np.sqrt(_LASTING) * candidates[trait] + np.sqrt(1 - _LASTING) * passing
    sheets = fill_in(
        candidates, offered=layout.offered, instrument=instrument, habits=habits, generator=generator
    )
    targets = set_targets(
        sheets,
        respondents["weight"].to_numpy(float),
        figures=figures,
        counts=habits.counts.get(folder.name, ()),
    )
    choice = exchange(targets, draw(tilt(targets), generator), generator)
    picked = sheets.frame.iloc[np.arange(len(choice)) * habits.candidates + choice].reset_index(drop=True)
    design = wave["design"].value
    delivery = encode(
        respondents[list(KEYS)].join(picked),
        layout,
        keys=dict(
            zip(KEYS, (design["unit"], *design["strata"], *(design[key] for key in _DESIGN)), strict=True)
        ),
        mark=wave["mark"].value,
        instrument=instrument,
    )
    file = folder / str(wave["file"].value)
    write(delivery, file, **(wave["format"].value if "format" in wave else {}))
    return file
