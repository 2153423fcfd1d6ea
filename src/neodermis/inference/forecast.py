"""Forecasts of new studies: predicted results from the mechanism, from the mean of other studies, and from both.

Equations
    forecast    η = η_pooled + λ (η_mechanism − η_pooled) ,  each with its rater bias and with the same draws of what a
                study has of its own
    λ           mean over a grid of [0, 1], weighted by exp(−n (CRPS(λ) − least CRPS)/least CRPS),  n groups of people
    CRPS        E|X − y| − ½ E|X − X'| ,  X what a study would print, y what it printed
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from neodermis.inference.model import bias, found, moved, own_sizes, values
from neodermis.inference.table import Table
from neodermis.uncertain import Distribution, Floats

#: Weights of the mechanism that are tried.
GRID: Final = np.linspace(0.0, 1.0, 21)


class Shell(NamedTuple):
    """Draws of one forecast: η of each row without rater and study, (draws, rows), and scores of raters and studies."""

    eta: Floats
    scores: Floats
    """(draws, parameters), or (draws, rows, parameters) if each row has its own draws."""


def own_draws(t: Table, count: int, seed: int) -> dict[str, Floats]:
    """Draws of the unknowns of individual studies."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.gamma(2.0, 0.5, (count, size)) if name == "omega" else rng.standard_normal((count, size))
        for name, size in own_sizes(t).items()
    }


def printed(
    t: Table, priors: Mapping[str, Distribution], mechanism: Shell, pooled: Shell, weight: Floats | float, seed: int
) -> Floats:
    """Results of new studies for the weights of the mechanism (one per row), as levels and shares: (draws, rows)."""
    count = len(mechanism.eta)
    own, rng = own_draws(t, count, seed), np.random.default_rng(seed + 1)
    made = np.empty((count, t.size))
    for k in range(count):
        mine = {name: value[k] for name, value in own.items()}
        (one, first), (two, second) = (_judged(t, priors, shell, k, mine) for shell in (pooled, mechanism))
        mixed = {name: first[name] + weight * (second[name] - first[name]) for name in first}
        made[k] = found(t, mixed, mine, one + weight * (two - one))
    levels = np.minimum(np.maximum(made + t.error * rng.standard_normal(made.shape), 0.0), t.top)
    people = np.maximum(np.round(t.people_of_share), 1).astype(int)
    counted = rng.binomial(people, np.clip(made, 0.0, 1.0)) / people
    return np.where(t.kind == 0, levels, counted)


def _judged(
    t: Table, priors: Mapping[str, Distribution], shell: Shell, k: int, own: Mapping[str, Floats]
) -> tuple[Floats, dict[str, Floats]]:
    """η of one draw with the rater of a new study, and the values of raters and studies, row by row."""
    v = values(priors, shell.scores[k].T, t)
    return np.asarray(shell.eta[k] - bias(t, v) + moved(t, v, own)), v


def crps(draws: Floats, published: Floats) -> Floats:
    """Continuous ranked probability score of each row, in its unit."""
    ordered, count = np.sort(draws, axis=0), len(draws)
    apart = (2.0 * np.arange(1, count + 1) - count - 1.0) @ ordered / (count * (count - 1.0))
    return np.asarray(np.abs(draws - published).mean(axis=0) - apart)


def interval_score(draws: Floats, published: Floats, share: float = 0.9) -> Floats:
    """Width of the central interval, and 2/(1 − share) for each unit by which it is missed."""
    low, high = np.quantile(draws, (0.5 - share / 2.0, 0.5 + share / 2.0), axis=0)
    missed = np.maximum(low - published, 0.0) + np.maximum(published - high, 0.0)
    return np.asarray(high - low + 2.0 / (1.0 - share) * missed)


def mean_weight(scores: Floats) -> float:
    """λ from the mean CRPS of each group of people at each weight of the grid, (grid, groups)."""
    loss = scores.mean(axis=1)
    density = np.exp(-scores.shape[1] * (loss / loss.min() - 1.0))
    return float((GRID * density).sum() / density.sum())
