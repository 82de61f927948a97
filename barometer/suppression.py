"""Which cells of a table have to be hidden so that no hidden one can be worked out (METHODS 7.3).

A table holds counts of some answers by two partitions, the margins last: `(answers, rows + 1, columns + 1)`.
Its proof of safety is a *counter-table*: other counts that agree with everything shown and differ in every
hidden cell. `suppress` hides more until there is one, and returns the difference of the two, the `change`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from barometer.stages import Bools, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NEGLIGIBLE = 1e-7
# Changes are added with factors that don't cancel each other: steps of the golden ratio.
STEP = (5**0.5 - 1) / 2


@dataclass(frozen=True, eq=False)
class Table:
    """Counts with what is known about them whatever is hidden.

    Attributes
    ----------
    counts
        ``(k, rows + 1, columns + 1)``; without a partition there is the margin alone.
    limit
        What a count can't exceed, of the same shape: the answers in its base.
    relations
        ``(r, k)``: these sums over the answers of one group are known.
    """

    counts: Floats
    limit: Floats
    relations: Floats

    def equations(self) -> csr_array:
        """Return the sums that can't change: over answers, and over groups with their margin."""
        from scipy.sparse import csr_array, eye_array, kron, vstack  # only where something is hidden

        answers, rows, columns = self.counts.shape
        lines = [kron(csr_array(self.relations), eye_array(rows * columns))]
        if rows > 1:
            lines.append(kron(kron(eye_array(answers), _margin(rows)), eye_array(columns)))
        if columns > 1:
            lines.append(kron(eye_array(answers * rows), _margin(columns)))
        return csr_array(vstack(lines))


def _margin(size: int) -> Floats:
    """Return the parts of a margin less the margin."""
    return np.append(np.ones(size - 1), -1.0)[None, :]


def suppress(
    table: Table, *, hidden: Bools, sensitive: Bools, margins: Floats
) -> tuple[Bools, Floats, Bools]:
    """Return what has to be hidden, how the counter-table differs, and the cells that nothing can protect.

    Parameters
    ----------
    hidden
        Cells that are not published in any case.
    sensitive
        Those of them whose count must stay unknown.
    margins
        The change of cells decided before; NaN for the cells of this table.
    """
    fixed = ~np.isnan(margins)
    if not ((hidden & sensitive & ~fixed).any() or margins[fixed].any()):
        return hidden, np.where(fixed, margins, 0.0), np.zeros_like(hidden)
    search = _Search(table, fixed)
    change = search.cheapest(hidden, margins)
    lost = np.zeros_like(hidden)
    if change is None:  # what the margins leave open, this table doesn't
        change, lost = (
            np.where(fixed, margins, 0.0),
            hidden & sensitive & fixed & (np.nan_to_num(margins) != 0),
        )
    added = (abs(change) > NEGLIGIBLE) & ~hidden
    change = change + search.within(hidden | added, sensitive & hidden & ~fixed)
    while (left := sensitive & (hidden | added) & ~fixed & ~lost & (abs(change) <= NEGLIGIBLE)).any():
        cell = tuple(np.argwhere(left)[0])
        found = search.through(cell, hidden | added)
        if found is None:
            lost[cell] = True
            continue
        change = change + found
        added |= (abs(found) > NEGLIGIBLE) & ~hidden
    return *search.fewer(hidden, added, sensitive & ~fixed & ~lost, change), lost


class _Search:
    """Linear programs over the changes of one table; those `fixed` don't change by themselves."""

    def __init__(self, table: Table, fixed: Bools) -> None:
        self.shape, self.fixed = table.counts.shape, fixed
        self.equations = table.equations()
        # A change points where the counts can go; how far it goes doesn't matter.
        self.up = np.where(table.counts < table.limit, np.inf, 0.0)
        self.down = np.where(table.counts > 0, np.inf, 0.0)
        price = 1 + 0.5 * table.counts / max(1.0, table.counts.max(initial=0))
        self.price = price + 1e-6 * np.arange(price.size).reshape(self.shape)
        self.factor = 1.0

    def cheapest(self, free: Bools, target: Floats) -> Floats | None:
        """Return the change with the values of the target (NaN: any) that alters least of what is shown."""
        given = ~np.isnan(target)
        if not target[given].any():
            return np.zeros(self.shape)
        up = np.where(given, np.maximum(target, 0), self.up)
        down = np.where(given, np.maximum(-target, 0), self.down)
        low = np.stack([np.where(given, up, 0), np.where(given, down, 0)])
        price = np.where(free, 1e-3, self.price)
        return self._solve(np.stack([price, price]), low, np.stack([up, down]))

    def through(self, cell: tuple[int, ...], free: Bools) -> Floats | None:
        """Return the cheapest change of one cell, up or down; None if it can't change."""
        found = []
        for sign, room in ((1.0, self.up[cell]), (-1.0, self.down[cell])):
            target = np.where(self.fixed, 0.0, np.nan)
            target[cell] = sign
            if room and (change := self.cheapest(free, target)) is not None:
                found.append((float(np.where(free, 0, self.price)[abs(change) > NEGLIGIBLE].sum()), change))
        return min(found, key=lambda pair: pair[0])[1] * self._next() if found else None

    def within(self, free: Bools, wanted: Bools) -> Floats:
        """Return a change of free cells alone that moves as many of the wanted ones as it can."""
        room = np.where(free & ~self.fixed, 10.0, 0.0)
        up, down = np.minimum(self.up, room), np.minimum(self.down, room)
        change = np.zeros(self.shape)
        for sign in (1.0, -1.0):
            gain = -sign * (wanted & (abs(change) <= NEGLIGIBLE))
            if gain.any():
                found = self._solve(
                    np.stack([gain, -gain]) + 1e-3, np.zeros((2, *self.shape)), np.stack([up, down])
                )
                change = change + (0 if found is None else found * self._next())
        return change

    def fewer(self, hidden: Bools, added: Bools, sensitive: Bools, change: Floats) -> tuple[Bools, Floats]:
        """Return hidden and change after added cells that aren't needed were taken back, large ones first."""
        order = np.argwhere(added)
        for cell in map(tuple, order[np.argsort(-self.price[tuple(order.T)], kind="stable")]):
            trial = added.copy()
            trial[cell] = False
            found = self._without(cell, hidden | trial, change)
            if found is not None and (found[sensitive & (hidden | trial)] != 0).all():
                added, change = trial, found
        return hidden | added, change

    def _without(self, cell: tuple[int, ...], free: Bools, change: Floats) -> Floats | None:
        """Return the change nearest to the one given that leaves a cell as it is; None if there is none."""
        movable = free & ~self.fixed
        up = np.where(movable, np.where(self.up > 0, np.inf, np.maximum(-change, 0)), 0.0)
        down = np.where(movable, np.where(self.down > 0, np.inf, np.maximum(change, 0)), 0.0)
        low = np.zeros((2, *self.shape))
        side = 0 if change[cell] < 0 else 1
        (up, down)[side][cell] = low[side][cell] = abs(change[cell])
        found = self._solve(np.ones((2, *self.shape)), low, np.stack([up, down]))
        if found is None:
            return None
        left = change + found
        return np.where(abs(left) > NEGLIGIBLE, left, 0.0)

    def _next(self) -> float:
        self.factor = 1 + (self.factor + STEP) % 1
        return self.factor

    def _solve(self, price: Floats, low: Floats, high: Floats) -> Floats | None:
        """Return the change, what goes up less what goes down, at the least price."""
        from scipy.optimize import linprog
        from scipy.sparse import hstack

        found = linprog(
            price.ravel(),
            A_eq=hstack([self.equations, -self.equations]),
            b_eq=np.zeros(self.equations.shape[0]),
            bounds=np.stack([low.ravel(), high.ravel()], axis=1),
            method="highs",
        )
        if found.x is None:
            return None
        up, down = found.x.reshape(2, *self.shape)
        change = up - down
        return np.where(abs(change) > NEGLIGIBLE, change, 0.0)
