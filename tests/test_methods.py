"""METHODS.md: its worked numbers are those of the program; every section that the program cites exists."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from barometer.design import Design
from barometer.disclosure import assess
from barometer.estimate import proportions
from barometer.intervals import share_interval, t_interval
from barometer.rules import PRESETS, Rules
from barometer.significance import (
    contrast,
    holm,
    independent_contrast,
    link_samples,
    linked_contrast,
    rao_scott,
    t_test,
)
from barometer.suppression import Table, suppress
from tests.stand_in import Answers, StandIn

ROOT = Path(__file__).parents[1]
SECTIONS = {
    text.split(" ", 1)[0]: text
    for text in re.split(r"^#{2,3} ", (ROOT / "METHODS.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[
        1:
    ]
}

STRATA = np.repeat(["small", "large"], [4, 6])
POPULATION = np.repeat([40, 18], [4, 6])
WEIGHTS = np.repeat([10.0, 3.0], [4, 6])
REUSED = np.array([1, 0, 0, 1, 1, 1, 0, 1, 1, 0.0])
EMPLOYEES = np.array([4, 6, 8, 10, 30, 50, 40, 70, 60, 80.0])
MUNICIPAL = np.array([1, 1, 0, 1, 1, 1, 0, 0, 1, 0]) == 1
DESIGN = Design.build(WEIGHTS, strata=STRATA, population=POPULATION)
SHARE = DESIGN.means(REUSED[:, None])


def states(number: str, *values: str) -> bool:
    """Tell whether the section prints these worked numbers, in bold."""
    bold = re.findall(r"\*\*([^*]+)\*\*", SECTIONS[number])
    return all(value in bold for value in values)


def test_the_example_is_the_one_of_the_tests() -> None:
    text = (ROOT / "METHODS.md").read_text(encoding="utf-8")
    rows = {"reused a solution": REUSED, "employees": EMPLOYEES, "municipal": MUNICIPAL}
    for name, column in rows.items():
        assert f"| {name} | {' | '.join(f'{x:.0f}' for x in column)} |" in text
    assert f"| stratum | {' | '.join(STRATA)} |" in text


def test_numbers_of_section_1() -> None:
    employees = DESIGN.totals(EMPLOYEES[:, None])
    _, scores, _ = DESIGN.linearise(REUSED[:, None], domain=np.ones(10, dtype=bool))
    assert states("1.1", f"{employees.estimate[0]:,.0f}")
    assert states("1.2", f"{SHARE.estimate[0]:.4f}", f"{scores[0, 0]:.4f}")
    assert states("1.3", f"{SHARE.se[0]:.4f}", f"{employees.se[0]:.2f}")


def test_numbers_of_clusters_and_stages() -> None:
    pairs = Design.build(
        WEIGHTS,
        strata=STRATA,
        clusters=[1, 1, 2, 2, 1, 1, 2, 2, 3, 3],
        population=(np.repeat([10, 6], [4, 6]), np.repeat([4, 3], [4, 6])),
    )
    reused, employees = pairs.means(REUSED[:, None]).se, pairs.totals(EMPLOYEES[:, None]).se
    assert states("1.4", f"{reused[0]:.4f}", f"{employees[0]:.2f}")


@pytest.mark.parametrize("rule", ["remove", "certainty", "adjust", "average"])
def test_numbers_of_single_units(rule: str) -> None:
    strata = np.append(STRATA[:9], "alone")
    population = np.repeat([40, 15, 3], [4, 5, 1])
    design = Design.build(WEIGHTS, strata=strata, population=population, single_unit_strata=rule)
    assert states("1.5", f"{design.totals(EMPLOYEES[:, None]).se[0]:.2f}")


def test_numbers_of_section_2() -> None:
    municipal = DESIGN.means(REUSED[:, None], domain=MUNICIPAL)
    assert states("2.1", f"{municipal.estimate[0]:.4f}", f"{municipal.se[0]:.4f}")
    assert states("2.2", str(SHARE.df[0]), str(municipal.df[0]))
    assert states("2.3", f"{SHARE.deff[0]:.2f}", f"{SHARE.n_effective[0]:.2f}")


def test_numbers_of_section_3() -> None:
    employees = DESIGN.means(EMPLOYEES[:, None])
    low, high = t_interval(employees.estimate, employees.se, employees.df)
    assert states("3.1", f"{low[0]:.2f}", f"{high[0]:.2f}")
    none = share_interval(0.0, 0.0, n=10, df=8)
    exact = share_interval(SHARE.estimate, SHARE.se, n=SHARE.n, df=SHARE.df)
    assert states("3.2", f"{exact[0][0]:.3f}", f"{exact[1][0]:.3f}", f"{float(none[1]):.3f}")
    for method in ("logit", "wilson", "arcsine"):
        bounds = share_interval(SHARE.estimate, SHARE.se, n=SHARE.n, df=SHARE.df, method=method)
        assert states("3.3", f"{bounds[0][0]:.3f}", f"{bounds[1][0]:.3f}")


def test_numbers_of_section_4() -> None:
    found = contrast(DESIGN, REUSED[:, None], MUNICIPAL, ~MUNICIPAL)
    t, p = t_test(found.difference, found.se, found.df)
    assert states("4.1", f"{found.difference[0]:.4f}", f"{found.se[0]:.4f}", f"{t[0]:.2f}", f"{p[0]:.3f}")
    table = rao_scott(DESIGN, REUSED.astype(int), MUNICIPAL.astype(int))
    numbers = (f"{table.pearson:.2f}", f"{table.statistic:.2f}", f"{table.df1:.0f}", f"{table.df2:.0f}")
    assert states("4.2", *numbers, f"{table.p:.3f}")
    assert states("4.3", *(f"{each:.2f}" for each in holm([0.01, 0.03, 0.04])))


def test_numbers_of_section_5() -> None:
    turned = 1 - REUSED[:, None]
    found = independent_contrast(DESIGN, DESIGN, REUSED[:, None], turned)
    assert states("5.1", f"{found.difference[0]:.4f}", f"{found.se[0]:.4f}", str(found.df[0]))
    rows = np.arange(10)
    link = link_samples(DESIGN, DESIGN, rows, rows)
    linked = linked_contrast(DESIGN, DESIGN, REUSED[:, None], turned, link=link)
    assert states("5.2", f"{linked.se[0]:.4f}", str(linked.df[0]))


def test_numbers_of_dont_know() -> None:
    known = REUSED[:, None].copy()
    known[[2, 6]] = np.nan
    assert states("6.2", f"{SHARE.estimate[0]:.4f}", f"{DESIGN.means(known).estimate[0]:.4f}")


def test_verdicts_and_thresholds_of_section_7() -> None:
    def verdict(rows: int) -> str:
        answers = np.where(np.arange(10) < rows, REUSED, np.nan)
        wave = StandIn(DESIGN, {"reused": Answers("flag", {"yes": answers})})
        return str(assess(proportions(wave, "reused"), Rules()).loc[0, "verdict"])

    assert states("7", verdict(10), verdict(9))
    rules = Rules()
    for threshold in (rules.minimum_base, rules.uncertain_base):
        assert f"fewer than {threshold} answers" in SECTIONS["7"]
    assert f"more than {rules.uncertain_halfwidth * 100:.0f} points" in SECTIONS["7"]


def test_thresholds_of_the_presets_and_the_width_of_section_7_2() -> None:
    for name in ("minimum_base", "take_all_base", "minimum_cell", "group_base"):
        limits = [str(getattr(rules, name) or "off") for rules in PRESETS.values()]
        assert re.search(
            rf"\| `{name}` \|.*\| {' | '.join(limits)} \|".replace(" | ", r" \| "), SECTIONS["7.1"]
        )
    low, high = share_interval(SHARE.estimate, SHARE.se, n=SHARE.n, df=SHARE.df)
    assert states("7.2", f"{high[0] - low[0]:.3f}")


def test_the_counter_table_of_section_7_3() -> None:
    counts, sizes = np.array([[[20.0, 10, 2, 32]]]), np.array([[[40.0, 25, 6, 71]]])
    hidden, margins = np.array([[[False, False, True, False]]]), np.array([[[np.nan, np.nan, np.nan, 0]]])
    table = Table(counts, sizes, np.zeros((0, 1)))
    found, change, lost = suppress(table, hidden=hidden, sensitive=hidden, margins=margins)
    assert found.tolist() == [[[False, True, True, False]]]
    assert np.sign(change).tolist() == [[[0, -1, 1, 0]]]
    assert not lost.any()


def test_every_section_that_the_program_cites_exists() -> None:
    cited = set()
    for path in (ROOT / "barometer").rglob("*.py"):
        for place in re.findall(r"METHODS ([\d., toand-]+)", path.read_text(encoding="utf-8")):
            cited |= set(re.findall(r"\d(?:\.\d)?", place))
    assert len(cited) > 15
    assert cited <= set(SECTIONS)


def test_every_reference_is_cited_and_every_citation_has_a_reference() -> None:
    text = (ROOT / "METHODS.md").read_text(encoding="utf-8")
    body, _, references = text.partition("## References")
    listed = re.findall(r"^- (\w+).*?\((\d{4})\)", references, re.MULTILINE)
    assert len(listed) == references.count("\n- ")
    cited = re.findall(r"(\w+)(?: and \w+|, \w+ and \w+)? \(?(\d{4})\b", body)
    assert set(cited) == set(listed)
