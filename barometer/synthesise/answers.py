"""Synthetic answer sheets: each question in turn, by the routing of the questionnaire and the habits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from barometer.instrument import Instrument
from barometer.responses import Responses
from barometer.synthesise.habits import Habits, Moves
from barometer.variables import Question, Variable

Odds = NDArray[np.float64]


def fill_in(
    workplaces: pd.DataFrame,
    *,
    offered: Mapping[str, tuple[str, ...]],
    instrument: Instrument,
    habits: Habits,
    generator: np.random.Generator,
) -> Responses:
    """Let workplaces answer every question that they are asked; one row is one answer sheet.

    Parameters
    ----------
    workplaces
        The register variables and a column for each trait.
    """
    frame = pd.DataFrame(
        {
            name: workplaces[name].astype(pd.CategoricalDtype(list(offered[name])))
            for name in instrument.register
        }
    )
    responses = Responses(instrument=instrument, frame=frame, offered=offered)
    for question in instrument.questions.values():
        for name in instrument.expand(question.id):
            if name in offered:
                odds = _odds(name, question, responses, workplaces, habits)
                answer = _choose if instrument.variable(name).kind == "single" else _tick
                columns = pd.DataFrame(answer(instrument.variable(name), responses, odds, generator))
                responses = replace(responses, frame=pd.concat([responses.frame, columns], axis=1))
    return responses


def _odds(
    name: str, question: Question, responses: Responses, workplaces: pd.DataFrame, habits: Habits
) -> Odds:
    """Return the log odds (multiple) or log share (single) of each option for every sheet.

    What traits and earlier answers add is centred on those asked, so that the levels stay about
    where they were set.
    """
    options = responses.options(name)
    level = np.array([(habits.levels.get(name) or habits.levels[question.id])[each] for each in options])

    def add(moves: Moves) -> Odds:
        found = [moves.get(key, {}) for key in dict.fromkeys((question.id, name))]
        return np.array([sum(each.get(option, 0.0) for each in found) for option in options])

    shift = np.zeros((len(workplaces), len(options)))
    for trait, moves in habits.traits.items():
        shift += np.outer(workplaces[trait], add(moves))
    for condition, moves in habits.together:
        step = add(moves)
        if step.any():
            shift += np.where(responses.truth(condition)[:, None] == 1, step, 0.0)
    possible = np.isfinite(shift) & responses.asked(name)[:, None]
    mean = np.where(possible, shift, 0.0).sum(axis=0) / np.maximum(possible.sum(axis=0), 1)
    centred = shift - mean
    if responses.instrument.variable(name).kind == "single":
        return np.log(np.maximum(level, 1e-6)) + centred
    alone = np.array([responses.instrument.variable(name).option(each).exclusive for each in options])
    level = np.where(alone, level, np.minimum(level / (1 - level[alone].sum()), 0.97))
    return np.log(level / (1 - level)) + centred


def _choose(
    variable: Variable, responses: Responses, odds: Odds, generator: np.random.Generator
) -> Mapping[str, pd.Series]:
    """Choose one option a sheet, in proportion to the odds."""
    options = responses.options(variable.id)
    best = (odds + generator.gumbel(size=odds.shape)).argmax(axis=1)
    codes = np.where(responses.asked(variable.id), best, -1)
    return {variable.id: pd.Series(pd.Categorical.from_codes(codes, list(options)))}


def _tick(
    variable: Variable, responses: Responses, odds: Odds, generator: np.random.Generator
) -> Mapping[str, pd.Series]:
    """Tick the options whose odds beat chance; at least one, an exclusive one alone, never above the cap."""
    options = responses.options(variable.id)
    shown = np.column_stack([responses.shown(variable.id, option) for option in options])
    alone = np.array([variable.option(option).exclusive for option in options])
    score = np.where(shown, odds + generator.logistic(size=odds.shape), -np.inf)
    ticked = score > 0
    excluded = (ticked & alone).any(axis=1)
    first_alone = np.where(alone, score, -np.inf).argmax(axis=1)
    normal = np.where(alone, -np.inf, score)
    best = np.where(excluded, first_alone, normal.argmax(axis=1))
    only = np.arange(len(options)) == best[:, None]
    cap = variable.maximum if isinstance(variable, Question) and variable.maximum else len(options)
    within = (-normal).argsort(axis=1).argsort(axis=1) < cap
    nothing = ~(ticked & ~alone).any(axis=1)
    chosen = np.where((excluded | nothing)[:, None], only, ticked & ~alone & within)
    values = np.where(shown, chosen.astype(float), np.nan)
    return {f"{variable.id}/{option}": pd.Series(values[:, at]) for at, option in enumerate(options)}
