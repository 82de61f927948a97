"""What a build matrix hides doesn't come back to an attacker who solves the linear system of its files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.assembly import Assembly
from barometer.disclosure import assess
from barometer.formats import Words
from barometer.instrument import load_instrument
from barometer.params import Params, load_params
from barometer.rules import PRESETS, Rules
from barometer.waves import Wave, load_wave
from tests.attacker import Cell, Questionnaire, kinds, read, recovered
from tests.made_survey import write_survey

WAVE = "2005"
SECTORS, COASTS = ("state", "municipal", "regional"), ("east", "west")
REUSE = ("first", "adapted", "copy", "dont_know")
QUESTIONS = ("reuse", "reused", "partners", "spread")
SEGMENTS = ("", *(f"sector={each}" for each in SECTORS), *(f"coast={each}" for each in COASTS))
# What each publication crosses: a question by what is counted from it is no figure, and of two questions one
# is crossed by the other, not both ways.
CROSSED = {"reused": ("partners",), "partners": ("reuse", "reused", "spread")}
BAROMETER, STRICT = PRESETS["barometer"], replace(PRESETS["strict"], precision="none", take_all_base=0)


def random_survey(folder: Path, seed: int, *, weight: float = 1.0) -> pd.DataFrame:
    """Write a survey of one small wave, all weights the same; return its answers."""
    random = np.random.default_rng(seed)
    size = int(random.integers(60, 260))
    rare = random.uniform(0.01, 0.15, size=3)

    def drawn(options: tuple[str, ...], shares: np.ndarray) -> np.ndarray:
        return random.choice(options, size=size, p=shares / shares.sum())

    reuse = drawn(REUSE, random.dirichlet([4, 3, 0.6, 0.5]))
    spread = drawn(("yes", "no"), np.array([6, 1]))
    ticked = {"citizens": random.random(size) < 0.4, "companies": random.random(size) < 0.2}
    ticked["foreign"] = random.random(size) < rare[0]
    frame = pd.DataFrame(
        {
            "unit": [f"unit-{seed}-{number:04x}-{size}" for number in range(size)],
            "sector": drawn(SECTORS, np.array([1, 1.3, rare[1]])),
            "coast": drawn(COASTS, np.array([1, rare[2] * 3])),
            "weight": weight,
            "population": 10 * size,
            "reuse": reuse,
            "spread": np.where(np.isin(reuse, ("adapted", "copy")), spread, ""),
            **{name: column.astype(int) for name, column in ticked.items()},
        }
    )
    frame["none"] = (~np.logical_or.reduce(list(ticked.values()))).astype(int)
    params = write_survey(folder)
    place = params.parent / "data/waves" / WAVE
    frame.to_csv(place / "answers.csv", index=False, sep=";", decimal=",")
    described = json.loads((place / "wave.yaml").read_text())
    for key in ("population", "sample", "response_rate"):
        described.pop(key, None)
    described["design"] = {"unit": "unit", "weight": "weight", "population": "population"}
    described["register"]["coast"] = {"column": "coast", "codes": {each: each for each in COASTS}}
    described["not_asked"] += ["contacts"]
    del described["questions"]["contacts"]
    (place / "wave.yaml").write_text(json.dumps(described), encoding="utf-8")
    return frame


def questionnaire() -> Questionnaire:
    """Return what the attacker knows of the made-up survey."""
    answers = kinds(
        sector=SECTORS, coast=COASTS, reuse=REUSE, citizens="01", companies="01", foreign="01", spread="01"
    )

    def is_(name: str, *values: str) -> Callable[[Mapping[str, str]], bool]:
        return lambda kind: kind[name] in values

    reused = is_("reuse", "adapted", "copy")
    counted = {
        **{("sector", each): is_("sector", each) for each in SECTORS},
        **{("coast", each): is_("coast", each) for each in COASTS},
        **{("reuse", each): is_("reuse", each) for each in REUSE},
        **{("partners", each): is_(each, "1") for each in ("citizens", "companies", "foreign")},
        ("partners", "none"): lambda kind: "1" not in (kind["citizens"], kind["companies"], kind["foreign"]),
        ("reused", "yes"): reused,
        ("reused", "no"): lambda kind: not reused(kind),
        ("spread", "yes"): is_("spread", "1"),
        ("spread", "no"): is_("spread", "0"),
    }
    asked = dict.fromkeys(("reuse", "reused", "partners"), lambda _: True) | {"spread": reused}
    return Questionnaire(answers, asked, counted)


def matrix(project: Path, rules: Rules, crossed: str) -> Iterator[tuple[pd.DataFrame, str]]:
    """Yield the published estimates of the whole and of every segment."""
    params = replace(load_params(project), disclosure=rules)
    wave = load_wave(WAVE, folder=params.waves, instrument=load_instrument(params.instrument))
    for segment in SEGMENTS:
        part = wave.restrict(*segment.split("=")) if segment else wave
        for by in (None, "sector", "coast", crossed):
            if not segment or by != segment.split("=")[0]:
                yield published(part, params, by), segment


def published(wave: Wave, params: Params, by: str | None) -> pd.DataFrame:
    """Return what a report shows of all questions by one variable."""
    assembly = Assembly((wave,), params, Words("en"))
    names = CROSSED.get(by or "", QUESTIONS)
    return assess(assembly.estimates(names, by=by), params.disclosure, waves=(wave,))


def attacked(folder: Path, seed: int, rules: Rules, crossed: str) -> tuple[set[Cell], dict[Cell, float]]:
    """Return the cells that the rules hide, and those of them that come back."""
    frame = random_survey(folder, seed)
    known, hidden = read(matrix(folder / "params.yaml", rules, crossed), WAVE)
    sizes = register_sizes(frame)
    secret = {cell for cell, reason in hidden.items() if reason != "protects" and not told(cell, known)}
    secret -= recovered(questionnaire(), sizes, secret).keys()  # what nobody can be, or nobody is
    found = recovered(questionnaire(), sizes | known, secret)
    # That nobody answers don't know tells nothing; and of groups that overlap, that nobody gave an answer may
    # follow from the others (METHODS 7.3).
    return secret, {cell: count for cell, count in found.items() if count or not idle(cell)}


def idle(cell: Cell) -> bool:
    """Tell whether it tells nothing that nobody is counted in a cell, or the rules leave it open."""
    return cell[1] == "dont_know" or "partners" in dict(cell[2])


def register_sizes(frame: pd.DataFrame) -> dict[Cell, float]:
    """Return how many answered in each group of the register, shown or not: that is no secret."""
    sizes = {}
    for sector in (None, *SECTORS):
        for coast in (None, *COASTS):
            groups = {name: level for name, level in (("sector", sector), ("coast", coast)) if level}
            inside = np.logical_and.reduce(
                [np.ones(len(frame), bool), *(frame[k] == v for k, v in groups.items())]
            )
            sizes["reuse", "n", frozenset(groups.items())] = float(inside.sum())
    return sizes


def told(cell: Cell, known: Mapping[Cell, float]) -> bool:
    """Tell whether a 0 or 100 % shown of a larger group says it of this one too."""
    question, option, groups = cell
    around = [each for each in known if each[:2] == (question, option) and each[2] < groups]
    return any(known[each] in (0, known[question, "n", each[2]]) for each in around)


@pytest.mark.parametrize("rules", [BAROMETER, STRICT], ids=["barometer", "strict"])
@pytest.mark.parametrize("crossed", CROSSED)
@pytest.mark.parametrize("seed", range(2))
def test_no_count_that_the_rules_hide_comes_back(
    tmp_path: Path, seed: int, rules: Rules, crossed: str
) -> None:
    secret, found = attacked(tmp_path / "survey", seed, rules, crossed)
    assert len(secret) > 20
    assert found == {}


def test_without_protection_the_attacker_gets_most_of_them(tmp_path: Path) -> None:
    bare = replace(BAROMETER, secondary=False)
    secret, found = attacked(tmp_path / "survey", 0, bare, "reused")
    assert len(found) > len(secret) / 2
