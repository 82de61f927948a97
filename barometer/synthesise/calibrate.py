"""Pick one answer sheet for each workplace so that the published figures come out.

Every target is a sum over the workplaces of what their sheet adds, and is met when the sum is within
one tolerance of zero. Sheets are first drawn with probabilities tilted as little as possible from
equal (maximum entropy), so that what goes together stays together; single sheets are then exchanged
until the rest of the distance is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barometer.conditions import Condition
from barometer.published import PublishedFigure
from barometer.responses import Responses

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Shares aim at a tenth of a percentage point where a percent is printed, at a whole one where the
# source gives words; a count is exact.
_PRINTED, _WORDS, _COUNT = 0.001, 0.01, 0.25
# Gains in squared tolerances: for what sheets are exchanged at all, and what counts as equally good.
_WORTHWHILE, _EQUAL = 1e-3, 1e-6


@dataclass(frozen=True)
class Targets:
    """What each sheet adds to each target.

    Attributes
    ----------
    adds
        ``(n, candidates, targets)``, in tolerances.
    goal
        ``(targets,)``: what the sums should be.
    """

    adds: Floats
    goal: Floats

    def distance(self, choice: Ints) -> Floats:
        """Return how far the chosen sheets are from each target, in tolerances."""
        return self.adds[np.arange(len(choice)), choice].sum(axis=0) - self.goal


def set_targets(
    sheets: Responses,
    weights: Floats,
    *,
    figures: Iterable[PublishedFigure],
    counts: Sequence[tuple[int, Condition]],
) -> Targets:
    """Return the targets of a wave; the sheets of one workplace are neighbouring rows.

    A published share p of the ticked a among the asked b becomes the sum of w (a - p b), which is
    zero exactly when the weighted share is p.
    """
    repeated = np.repeat(weights, len(sheets.frame) // len(weights))
    columns, goals = [], []
    for figure in figures:
        if figure.share is None or not figure.target or not sheets.asks(figure.variable):
            continue
        ticked = sheets.ticked(figure.variable, figure.option)
        base = sheets.shown(figure.variable, figure.option).astype(float)
        if figure.by:
            groups = sheets.groups(figure.by)
            base = base * groups.member[:, groups.levels.index(figure.level)]
        size = (repeated * base).sum() * len(weights) / len(repeated)
        tolerance = _PRINTED if figure.exact == "yes" else _WORDS
        columns.append(repeated * base * (ticked - figure.share) / size / tolerance)
        goals.append(0.0)
    for number, condition in counts:
        columns.append((sheets.truth(condition) == 1) / _COUNT)
        goals.append(number / _COUNT)
    adds = np.column_stack(columns).reshape(len(weights), -1, len(columns))
    return Targets(adds, np.array(goals))


def tilt(targets: Targets, *, steps: int = 60, ridge: float = 1e-3) -> Floats:
    """Return the probability of each candidate, nearest to equal with the targets met on average.

    The probabilities are proportional to exp(adds @ x) within a workplace; x solves the convex dual
    problem by damped Newton steps. The ridge keeps x small where targets cannot all be met.

    Returns
    -------
    ndarray
        ``(n, candidates)``, rows sum to 1.
    """
    n, candidates, count = targets.adds.shape
    x = np.zeros(count)

    def evaluate(x: Floats) -> tuple[float, Floats]:
        score = targets.adds @ x
        top = score.max(axis=1, keepdims=True)
        raw = np.exp(score - top)
        total = raw.sum(axis=1, keepdims=True)
        value = float((np.log(total) + top).sum() - x @ targets.goal + ridge * (x @ x) / 2)
        return value, raw / total

    value, probability = evaluate(x)
    for _ in range(steps):
        mean = np.einsum("nkt,nk->nt", targets.adds, probability)
        gradient = mean.sum(axis=0) - targets.goal + ridge * x
        weighted = (targets.adds * np.sqrt(probability)[..., None]).reshape(n * candidates, count)
        hessian = weighted.T @ weighted - mean.T @ mean + ridge * np.eye(count)
        step = np.linalg.solve(hessian, gradient)
        length = 1.0
        while length > 1e-4:
            tried, new = evaluate(x - length * step)
            if tried <= value:
                break
            length /= 2
        x, improved = x - length * step, value - tried
        value, probability = tried, new
        if improved < 1e-9:
            break
    return probability


def draw(probability: Floats, generator: np.random.Generator) -> Ints:
    """Draw one candidate a workplace."""
    edges = probability.cumsum(axis=1)
    return (generator.random((len(edges), 1)) * edges[:, -1:] > edges).sum(axis=1)


def exchange(
    targets: Targets,
    choice: Ints,
    generator: np.random.Generator,
    *,
    moves: int = 1200,
    steps: int = 2000,
    patience: int = 60,
) -> Ints:
    """Exchange one or two sheets at a time, the best of some moves drawn at random, until all is met.

    The loss is the sum of the squared distances. Two exchanges at once can hold a count still while a
    share moves. Stops when every target is within one tolerance, or after `patience` steps in a row
    that found nothing better.
    """
    choice = choice.copy()
    distance = targets.distance(choice)
    idle = 0
    for _ in range(steps):
        if np.abs(distance).max() <= 1 or idle >= patience:
            break
        rows = generator.integers(len(choice), size=moves)
        new = generator.integers(targets.adds.shape[1], size=moves)
        # The first move changes nothing, so that a pair with it is a single exchange.
        new[0] = choice[rows[0]]
        change = targets.adds[rows, new] - targets.adds[rows, choice[rows]]
        gain = change @ (2 * distance) + (change * change).sum(axis=1)
        loss = gain[:, None] + gain + 2 * change @ change.T
        loss[rows[:, None] == rows] = 0.0
        # The first of the equally good, so that the last bits of a sum, which differ between machines,
        # decide nothing.
        best = int((loss.ravel() <= loss.min() + _EQUAL).argmax())
        pair = list(np.unravel_index(best, loss.shape))
        if loss[tuple(pair)] > -_WORTHWHILE:
            idle += 1
            continue
        idle = 0
        distance = distance + change[pair].sum(axis=0)
        choice[rows[pair]] = new[pair]
    return choice
