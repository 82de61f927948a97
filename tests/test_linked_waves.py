"""Two waves that share workplaces: the covariance of their changes, and when ids are believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

from barometer.assembly import Assembly
from barometer.captions import about
from barometer.comparability import link_problems
from barometer.compare import wave_differences
from barometer.design import Design
from barometer.errors import ReportError
from barometer.formats import Words
from barometer.instrument import Instrument, load_instrument
from barometer.opening import open_chapter
from barometer.params import load_params
from barometer.significance import Contrast, contrast, independent_contrast, link_samples, linked_contrast
from barometer.validate import validate
from barometer.waves import Wave, list_waves, load_wave
from tests.made_survey import write_survey

SIZES = np.array([300, 200, 120, 40])
DRAWN = np.array([60, 60, 60, 20])
STRATUM = np.repeat(np.arange(4), SIZES)
Rows = np.ndarray
FOLDER = Path(__file__).parents[1] / "data/waves"


def sampled(units: Rows) -> Design:
    drawn = np.bincount(STRATUM[units], minlength=4)
    return Design.build(
        (SIZES / drawn)[STRATUM[units]], strata=STRATUM[units], population=SIZES[STRATUM[units]].astype(float)
    )


def changed(later: Rows, earlier: Rows, now: np.ndarray, before: np.ndarray) -> Contrast:
    """Return the change between samples of the population, linked by who is in both."""
    designs = sampled(later), sampled(earlier)
    _, rows, others = np.intersect1d(later, earlier, return_indices=True)
    link = link_samples(*designs, rows, others)
    return linked_contrast(*designs, now[later][:, None], before[earlier][:, None], link=link)


def apart(later: Rows, earlier: Rows, now: np.ndarray, before: np.ndarray) -> Contrast:
    return independent_contrast(
        sampled(later), sampled(earlier), now[later][:, None], before[earlier][:, None]
    )


def drawn(generator: np.random.Generator, stratum: int, number: int, out_of: Rows | None = None) -> Rows:
    units = np.flatnonzero(stratum == STRATUM)
    return generator.choice(units if out_of is None else np.intersect1d(units, out_of), number, replace=False)


def panel(_: np.random.Generator, earlier: Rows) -> Rows:
    return earlier


def rotation(generator: np.random.Generator, earlier: Rows) -> Rows:
    """Keep half of the units and draw the rest anew."""
    others = np.setdiff1d(np.arange(len(STRATUM)), earlier)
    halves = ((h, n // 2, part) for h, n in enumerate(DRAWN) for part in (earlier, others))
    return np.concatenate([drawn(generator, *each) for each in halves])


def chance(generator: np.random.Generator, _: Rows) -> Rows:
    return np.concatenate([drawn(generator, h, n) for h, n in enumerate(DRAWN)])


def simulated(draw: Callable[..., Rows], *, seed: int, samples: int = 800) -> dict[str, float]:
    """Draw pairs of waves; return how often intervals hold the change, and variances over the true one."""
    generator = np.random.default_rng(seed)
    lasting, shift = generator.normal(size=len(STRATUM)), 0.3 * STRATUM
    before, now = (
        (0.8 * lasting + 0.6 * generator.normal(size=len(STRATUM)) + shift + move > 0.5).astype(float)
        for move in (0.0, 0.2)
    )
    change = now.mean() - before.mean()
    found: list[tuple[float, ...]] = []
    for _ in range(samples):
        earlier = chance(generator, np.empty(0))
        later = draw(generator, earlier)
        linked, single = (make(later, earlier, now, before) for make in (changed, apart))
        held = [abs(c.difference[0] - change) <= stdtrit(c.df[0], 0.975) * c.se[0] for c in (linked, single)]
        found.append((linked.difference[0], linked.se[0] ** 2, single.se[0] ** 2, *held))
    columns = np.array(found, dtype=float)
    truth = columns[:, 0].var()
    means = columns.mean(axis=0)
    return {
        "linked": means[1] / truth,
        "independent": means[2] / truth,
        "coverage": means[3],
        "coverage_independent": means[4],
    }


@pytest.mark.parametrize(
    ("draw", "too_much"), [(panel, 1.45), (rotation, 1.08), (chance, 0.0)], ids=["panel", "half", "chance"]
)
def test_the_variance_of_a_change_is_right_whatever_the_waves_share(
    draw: Callable[..., Rows], too_much: float
) -> None:
    found = simulated(draw, seed=6)
    assert 0.93 <= found["coverage"] <= 0.97
    assert found["linked"] == pytest.approx(1, abs=0.13)
    # Taken as independent, waves that share many workplaces look less precise than they are.
    assert found["independent"] > too_much
    if draw is panel:
        assert found["coverage_independent"] > 0.98


def test_a_panel_is_the_stacked_sample_with_its_units_as_clusters() -> None:
    """This is R's way: svydesign(ids = ~unit, strata, fpc) on both waves, and svycontrast of their means."""
    generator = np.random.default_rng(3)
    units = chance(generator, np.empty(0))
    now, before = generator.normal(size=(2, len(STRATUM)))
    found = changed(units, units, now, before)
    twice = np.tile(units, 2)
    stacked = Design.build(
        np.tile(sampled(units).weights, 2),
        strata=STRATUM[twice],
        clusters=twice,
        population=SIZES[STRATUM[twice]].astype(float),
    )
    later = np.repeat([True, False], len(units))
    expected = contrast(stacked, np.concatenate([now[units], before[units]])[:, None], later, ~later)
    assert (found.difference[0], found.se[0]) == pytest.approx((expected.difference[0], expected.se[0]))
    assert found.df.tolist() == expected.df.tolist()


def test_the_covariance_is_the_sum_over_all_pairs_of_answers_written_out() -> None:
    generator = np.random.default_rng(8)
    earlier = chance(generator, np.empty(0))
    later = rotation(generator, earlier)
    now, before = generator.normal(size=(2, len(STRATUM)))
    covariance = 0.0
    for h in range(4):
        a, b = later[STRATUM[later] == h], earlier[STRATUM[earlier] == h]
        shared = len(np.intersect1d(a, b))
        share = 1 - len(a) * len(b) / (shared * SIZES[h])
        weights = [(SIZES / DRAWN)[STRATUM[units]] for units in (later, earlier)]
        means = [np.average(now[later], weights=weights[0]), np.average(before[earlier], weights=weights[1])]
        scores = [
            (y[s] - mean) / SIZES.sum() * SIZES[h] / len(s)
            for y, s, mean in zip((now, before), (a, b), means, strict=True)
        ]
        centred = [each - each.mean() for each in scores]
        ratio = np.sqrt(len(a) / (len(a) - 1) * len(b) / (len(b) - 1))
        for i, one in enumerate(a):
            for j, other in enumerate(b):
                covariance += (one == other) * share * ratio * centred[0][i] * centred[1][j]
    linked, single = (make(later, earlier, now, before) for make in (changed, apart))
    assert linked.se[0] ** 2 == pytest.approx(single.se[0] ** 2 - 2 * covariance)
    assert covariance != 0


def test_without_a_population_units_in_both_count_in_full() -> None:
    generator = np.random.default_rng(2)
    y = generator.normal(size=(200, 1))
    design = Design.build(np.ones(200))
    rows = np.arange(200)
    found = linked_contrast(design, design, y, y, link=link_samples(design, design, rows, rows))
    assert found.se == pytest.approx([0], abs=1e-7)


def test_waves_with_nothing_in_common_are_independent() -> None:
    generator = np.random.default_rng(6)
    now, before = generator.normal(size=(2, len(STRATUM)))
    earlier = chance(generator, np.empty(0))
    others = np.setdiff1d(np.arange(len(STRATUM)), earlier)
    later = np.concatenate([drawn(generator, h, n // 2, others) for h, n in enumerate(DRAWN)])
    one = np.concatenate([later, earlier[:1]])
    linked, single = (make(one, earlier, now, before) for make in (changed, apart))
    assert linked.se[0] == pytest.approx(single.se[0], rel=1e-3)  # one unit in common, no more than by chance
    assert linked.df.tolist() == single.df.tolist()


@pytest.mark.parametrize("rule", ["remove", "adjust", "average"])
def test_what_each_row_adds_sums_to_the_variance(rule: str) -> None:
    generator = np.random.default_rng(7)
    strata = np.append(generator.integers(0, 5, 100), 9)
    design = Design.build(
        generator.uniform(1, 4, 101), strata=strata, population=np.full(101, 50.0), single_unit_strata=rule
    )
    scores = generator.normal(size=(101, 3))
    added = (design.deviations(scores) ** 2).sum(axis=0)
    expected = design.variance(scores)
    assert added == pytest.approx(expected)


# Which ids are believed


@pytest.fixture
def survey(tmp_path: Path) -> Callable[..., Path]:
    """Write the made-up survey with ids that link the last wave to an earlier one; return its params.yaml."""

    def write(*, linked: Any = ("2003",), shift: int = 0) -> Path:
        params = write_survey(tmp_path / "project")
        for wave in ("2003", "2005"):
            folder = params.parent / "data/waves" / wave
            answers = (folder / "answers.csv").read_text(encoding="utf-8").splitlines()
            moved = range(1 + (shift if wave == "2005" else 0), len(answers) + shift)
            rows = [f"{id_};{row}" for id_, row in zip(moved, answers[1:], strict=False)]
            (folder / "answers.csv").write_text("\n".join([f"id;{answers[0]}", *rows]), encoding="utf-8")
            described = json.loads((folder / "wave.yaml").read_text(encoding="utf-8"))
            described["design"]["unit"] = "id"
            if wave == "2005" and linked:
                described["linked"] = linked
            (folder / "wave.yaml").write_text(json.dumps(described), encoding="utf-8")
        return params

    return write


def loaded(params_file: Path) -> tuple[Wave, ...]:
    params = load_params(params_file)
    instrument = load_instrument(params.instrument)
    return tuple(
        load_wave(name, folder=params.waves, instrument=instrument) for name in list_waves(params.waves)
    )


def test_equal_ids_link_nothing_unless_the_wave_says_so(survey: Callable[..., Path]) -> None:
    *_, earlier, later = loaded(survey(linked=None))
    assert set(earlier.frame["unit"]) == set(later.frame["unit"])
    assert later.link(earlier) is None
    found = wave_differences(earlier, later, "reused")
    values = [each.indicators("reused").values for each in (later, earlier)]
    expected = independent_contrast(later.design, earlier.design, *values)
    assert found["se"].to_list() == pytest.approx(expected.se)


def test_linked_waves_are_compared_with_the_covariance_and_the_caption_says_so(
    survey: Callable[..., Path],
) -> None:
    path = survey()
    first, earlier, later = loaded(path)
    assert not [*link_problems(later, (first, earlier))]
    assert later.link(first) is None
    link = later.link(earlier)
    assert link is not None
    assert len(link.later) == len(later.frame)
    plain = wave_differences(earlier, replace(later, linked=(), _cache={}), "reused")
    found = wave_differences(earlier, later, "reused")
    assert found["difference"].to_list() == plain["difference"].to_list()
    assert found.loc[0, "se"] < 0.9 * plain.loc[0, "se"]
    for language, sentence in (
        ("en", "206 workplaces answered both in 2003 and in 2005; the test takes this into account."),
        ("da", "206 arbejdspladser har svaret både i 2003 og i 2005; det tager testen højde for."),
    ):
        made = Assembly((first, earlier, later), load_params(path), Words(language), reference="2003")
        told = about(made.exhibit(made.estimates(["reused"], over_time=True), kind="trend"))
        assert sentence in told
        other = replace(made, reference="2001")
        told = about(other.exhibit(made.estimates(["reused"], over_time=True), kind="trend"))
        assert not [each for each in told if "both in" in each or "både i" in each]


def test_a_segment_is_linked_as_the_whole_is(survey: Callable[..., Path]) -> None:
    *_, earlier, later = (each.restrict("sector", "state") for each in loaded(survey()))
    found = wave_differences(earlier, later, "reused").iloc[0]
    plain = wave_differences(earlier, replace(later, linked=(), _cache={}), "reused").iloc[0]
    assert found["se"] < plain["se"]
    assert (found["n"], found["df"]) == (100, 99)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"linked": ["2005"]}, "waves before 2005, got 2005"),
        ({"linked": ["2003"], "shift": 1000}, "units of 2003 in answers.csv, got none"),
        ({"linked": ["2003"], "shift": 100}, "the same sector for most units"),
    ],
)
def test_a_claim_that_the_files_do_not_bear_out_is_refused(
    survey: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, written: dict[str, Any], message: str
) -> None:
    path = survey(**written)
    monkeypatch.setenv("BAROMETER_PARAMS", str(path))
    with pytest.raises(ReportError) as error:
        open_chapter("reuse", language="en")
    assert message in str(error.value)
    params = load_params(path)
    (found,) = validate(["2005"], folder=params.waves, instrument=load_instrument(params.instrument))
    assert message in "; ".join(f"{each.expected}, got {each.got}" for each in found.errors)


def test_a_linked_wave_that_is_not_there_is_a_warning(survey: Callable[..., Path]) -> None:
    params = load_params(survey(linked=["2002"]))
    (found,) = validate(["2005"], folder=params.waves, instrument=load_instrument(params.instrument))
    assert "earlier waves that are there" in {each.expected for each in found.warnings}


def test_samples_of_clusters_are_not_linked(survey: Callable[..., Path]) -> None:
    *_, earlier, later = loaded(survey())
    pairs = Design.build(later.design.weights, clusters=np.arange(206) // 2)
    clustered = replace(later, design=pairs, _cache={})
    assert clustered.link(earlier) is None
    (problem,) = link_problems(clustered, [earlier])
    assert "samples of single units" in problem.expected


def test_the_editions_are_linked_by_workplaces_that_kept_their_place_in_the_register(
    barometer_instrument: Instrument,
) -> None:
    waves = [load_wave(n, folder=FOLDER, instrument=barometer_instrument) for n in list_waves(FOLDER)]
    for place, wave in enumerate(waves):
        assert wave.linked == tuple(each.id for each in waves[:place])
        assert not [*link_problems(wave, waves)]
    link = waves[2].link(waves[1])
    assert link is not None
    assert len(link.later) == 428
