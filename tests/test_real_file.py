"""A real survey that nobody here made, of firms in Ecuador: design and shares equal those of R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from barometer.design import Design
from barometer.intervals import share_interval

FOLDER = Path(__file__).parents[2] / "shared" / "data"
FILE = FOLDER / "enai_2012_2014.sav"
# The cooperation indicator of the reference counts the first seven of the ten partners; with none of them
# ticked and one left empty there is no answer.
PARTNERS = [f"viii_2_{letter}" for letter in "abcdefg"]

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the survey file is not beside the repository")


@pytest.fixture(scope="module")
def firms() -> pd.DataFrame:
    """One row is one firm."""
    pyreadstat = pytest.importorskip("pyreadstat")
    frame, _ = pyreadstat.read_sav(str(FILE))
    ticked, told = (frame[PARTNERS] == 1).any(axis=1), frame[PARTNERS].notna().all(axis=1)
    return frame.assign(coop=ticked.astype(float).where(ticked | told))


@pytest.fixture(scope="module")
def design(firms: pd.DataFrame) -> Design:
    strata = firms["sector"].astype(int) * 10 + firms["tamaño"].astype(int)
    return Design.build(firms["fexp"], strata=strata)


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    """One row is one proportion computed with R."""
    return pd.read_csv(FOLDER / "reference_enai.csv")


def test_the_design_has_twelve_strata(firms: pd.DataFrame, design: Design) -> None:
    everyone = np.ones((len(firms), 1), dtype=bool)
    assert design.n == 2610
    assert design.degrees_of_freedom(everyone).tolist() == [2610 - 12]


def test_shares_errors_and_logit_intervals_equal_those_of_r(
    firms: pd.DataFrame, design: Design, reference: pd.DataFrame
) -> None:
    assert len(reference) == 32
    for row in reference.itertuples():
        name, _, code = row.variable.partition("==")
        size = row.domain.partition("==")[2]
        inside = firms["tamaño"] == float(size) if size else np.ones(len(firms), dtype=bool)
        values = (firms[[name]] == float(code)).astype(float).where(firms[[name]].notna()).to_numpy()
        found = design.means(values, domain=inside)
        low, high = share_interval(found.estimate, found.se, n=found.n, df=found.df, method="logit")
        assert found.n == [row.n_unweighted]
        assert found.estimate == pytest.approx([row.estimate], rel=1e-9)
        assert found.se == pytest.approx([row.se], rel=1e-9)
        assert (*low, *high) == pytest.approx((row.ci_low, row.ci_high), rel=1e-6)


def test_take_all_firms_stand_for_themselves(firms: pd.DataFrame) -> None:
    assert int((firms["fexp"] == 1).sum()) == 209
