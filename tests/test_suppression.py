"""Tables of counts: what is hidden can't be worked out, and few cells are hidden for it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from barometer.stages import Bools, Floats
from barometer.suppression import Table, suppress

NO_RELATIONS = np.zeros((0, 1))


def table(counts: list[list[int]]) -> Table:
    """Return one answer by two partitions, with its margins; the base is large everywhere."""
    inner = np.array(counts, dtype=float)
    rows = np.hstack([inner, inner.sum(axis=1, keepdims=True)])
    whole = np.vstack([rows, rows.sum(axis=0)])[None]
    return Table(whole, whole + 1000, NO_RELATIONS)


def shown_margins(shape: tuple[int, ...]) -> Floats:
    margins = np.full(shape, np.nan)
    margins[:, -1, :] = margins[:, :, -1] = 0
    return margins


def small(counts: Floats, limit: int = 3) -> Bools:
    hidden = (counts > 0) & (counts < limit)
    hidden[:, -1, :] = hidden[:, :, -1] = False
    return hidden


def safe(counts: Floats, hidden: Bools, secret: Bools) -> bool:
    """Tell by other means than the program's whether each secret cell could have another count."""
    _, rows, columns = counts.shape
    names = [
        (row, column) for row in range(rows - 1) for column in range(columns - 1) if hidden[0, row, column]
    ]
    lines = [[name[0] == row for name in names] for row in range(rows - 1)]
    lines += [[name[1] == column for name in names] for column in range(columns - 1)]
    values = [counts[(0, *name)] for name in names]
    equations = np.array(lines, dtype=float)
    for place, name in enumerate(names):
        if secret[(0, *name)]:
            ends = [
                linprog(sign * np.eye(len(names))[place], A_eq=equations, b_eq=equations @ values).fun * sign
                for sign in (1, -1)
            ]
            if ends[1] - ends[0] < 0.5:
                return False
    return True


def random_tables() -> list[list[list[int]]]:
    random = np.random.default_rng(7)
    made = [random.integers(0, 9, size=(3, 4)).tolist() for _ in range(40)]
    return [each for each in made if small(table(each).counts).any()][:15]


@pytest.mark.parametrize("counts", random_tables())
def test_a_hidden_count_of_a_random_table_can_be_another(counts: list[list[int]]) -> None:
    given = table(counts)
    secret = small(given.counts)
    hidden, change, lost = suppress(
        given, hidden=secret, sensitive=secret, margins=shown_margins(secret.shape)
    )
    assert not lost.any()
    assert safe(given.counts, hidden, secret)
    assert (change[secret] != 0).all()
    assert not change[~hidden].any()
    assert abs(given.equations() @ change.ravel()).max() < 1e-6


def test_about_as_few_cells_are_hidden_as_can_be() -> None:
    more = 0
    for counts in random_tables():
        given = table(counts)
        secret = small(given.counts)
        hidden, _, _ = suppress(given, hidden=secret, sensitive=secret, margins=shown_margins(secret.shape))
        more += int(hidden.sum()) - fewest(given.counts, secret)
    assert 0 <= more <= 1


def fewest(counts: Floats, secret: Bools) -> int:
    """Return the least number of hidden cells that is safe, by trying all."""
    places = [tuple(each) for each in np.argwhere(~secret[:, :-1, :-1])]
    for number in range(len(places) + 1):
        for chosen in combinations(places, number):
            hidden = secret.copy()
            for place in chosen:
                hidden[place] = True
            if safe(counts, hidden, secret):
                return int(hidden.sum())
    raise AssertionError


def test_nothing_to_hide_hides_nothing() -> None:
    given = table([[10, 20], [30, 40]])
    nothing = np.zeros(given.counts.shape, dtype=bool)
    hidden, change, lost = suppress(
        given, hidden=nothing, sensitive=nothing, margins=shown_margins(nothing.shape)
    )
    assert not np.stack([hidden, change != 0, lost]).any()


def test_what_the_margins_give_away_is_told_to_be_lost() -> None:
    given = table([[2, 0], [0, 9]])
    secret = small(given.counts)
    zero = Table(given.counts, np.where(given.counts > 0, 1000, 0), NO_RELATIONS)
    _, _, lost = suppress(zero, hidden=secret, sensitive=secret, margins=shown_margins(secret.shape))
    assert (lost == secret).all()


def test_answers_that_sum_to_a_whole_protect_each_other() -> None:
    counts = np.array([2.0, 30, 8])[:, None, None]
    given = Table(counts, np.full(counts.shape, 40.0), np.ones((1, 3)))
    secret = counts == 2
    hidden, change, _ = suppress(
        given, hidden=secret, sensitive=secret, margins=np.full(counts.shape, np.nan)
    )
    assert hidden.ravel().tolist() == [True, False, True]
    assert change.sum() == pytest.approx(0)
