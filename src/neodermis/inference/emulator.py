"""Emulator: the link of each published number as a function of the scores of some parameters.

Equations
    η_i(z) ≈ w_i · φ(z) + b_i · ν ,  φ(z) = (1, z, (z² − 1)/√2, z z') ;  ν ~ N(0, 1)
The remainder b · ν is the common effect of the parameters that are not fitted: the leading factors of the residuals
over draws from their priors. They are integrated out, so that no row has more weight than its information.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from neodermis.arrays import functions as jnp
from neodermis.uncertain import Floats

#: Penalties that are tried, relative to the mean square of a feature.
PENALTIES: Final = (1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
#: Parts of the draws that are held out in turn.
PARTS: Final = 5
#: Number of parameters of a row: those with the largest influence.
MOST: Final = 8
#: Number of factors of the remainder.
FACTORS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """Fitted over draws."""

    weights: Floats
    """(rows, features)"""
    factors: Floats
    """(rows, :data:`FACTORS`)"""
    rest: Floats
    """Standard deviation of the remainder that the factors do not explain, by row."""
    error: Floats
    """Root mean square of the held-out remainder, by row."""
    spread: Floats
    """Standard deviation of η over the draws, by row."""

    def __call__(self, z: Any, remainder: Any) -> Any:
        """η of every row, (rows,), at scores and factors of the remainder."""
        return jnp.asarray(self.weights) @ features(z) + jnp.asarray(self.factors) @ remainder


def features(z: Any) -> Any:
    """φ(z) of scores along the last axis."""
    first, second = np.triu_indices(z.shape[-1], 1)
    ones = jnp.ones((*z.shape[:-1], 1))
    return jnp.concatenate([ones, z, (z**2 - 1.0) / np.sqrt(2.0), z[..., first] * z[..., second]], axis=-1)


def fitted(scores: Floats, eta: Floats) -> Emulator:
    """Emulator of (rows, draws) over scores (draws, parameters), by ridge regression; missing draws are left out."""
    phi = np.asarray(features(scores))
    weights, errors, rests = [], [], np.full(eta.shape, np.nan)
    for k, row in enumerate(eta):
        kept = np.isfinite(row)
        columns = _columns(scores.shape[1], moving(scores[kept], row[kept])[:MOST])
        one = np.zeros(phi.shape[1])
        one[columns], error = _ridge(phi[kept][:, columns], row[kept])
        weights.append(one)
        errors.append(error)
        rests[k, kept] = row[kept] - phi[kept] @ one
    filled = np.where(np.isfinite(rests), rests, 0.0)
    left, values, _ = np.linalg.svd(filled / np.sqrt(filled.shape[1]), full_matrices=False)
    factors = (left * values)[:, :FACTORS]
    rest = np.sqrt(np.maximum((filled**2).mean(axis=1) - (factors**2).sum(axis=1), 0.0))
    return Emulator(
        weights=np.array(weights), factors=factors, rest=rest, error=np.array(errors), spread=np.nanstd(eta, axis=1)
    )


def moving(scores: Floats, values: Floats) -> list[int]:
    """Positions of the scores by the square of their correlation with the values, largest first."""
    z = scores - scores.mean(axis=0)
    r = z.T @ (values - values.mean()) / len(values) / (z.std(axis=0) * (values.std() or 1.0))
    return [int(k) for k in np.argsort(-(r**2))]


def _columns(count: int, chosen: list[int]) -> list[int]:
    """Features of the chosen scores alone."""
    first, second = np.triu_indices(count, 1)
    pairs = [k for k, pair in enumerate(zip(first, second, strict=True)) if {*pair} <= {*chosen}]
    return [0, *(1 + k for k in chosen), *(1 + count + k for k in chosen), *(1 + 2 * count + k for k in pairs)]


def _ridge(phi: Floats, values: Floats) -> tuple[Floats, float]:
    """Weights with the penalty of the smallest held-out error, and that error; the constant is not penalised."""
    part = np.arange(len(values)) % PARTS
    penalised = np.ones(phi.shape[1])
    penalised[0] = 0.0

    def solve(rows: Any, penalty: float) -> Floats:
        a, b = phi[rows], values[rows]
        found: Floats = np.linalg.solve(a.T @ a + len(b) * penalty * np.diag(penalised), a.T @ b)
        return found

    def held_out(penalty: float) -> float:
        misses = [values[part == p] - phi[part == p] @ solve(part != p, penalty) for p in range(PARTS)]
        return float(np.sqrt(np.mean(np.concatenate(misses) ** 2)))

    best = min(PENALTIES, key=held_out)
    return solve(slice(None), best), held_out(best)


@dataclass(frozen=True, kw_only=True)
class Chance:
    """Probability of an event in a draw, by logistic regression on the scores."""

    constant: float
    slopes: Floats

    def log_not(self, z: Any) -> Any:
        """ln(1 − p) at scores."""
        odds = self.constant + jnp.asarray(self.slopes) @ z
        return -jnp.logaddexp(0.0, odds)


def chance(scores: Floats, does: Any) -> Chance:
    """Posterior mode of the slopes with normal priors of SD 1."""
    from scipy.optimize import minimize

    sign = np.where(does, 1.0, -1.0)
    phi = np.concatenate([np.ones((len(scores), 1)), scores], axis=1)

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = sign * (phi @ w)
        slope = -sign / (1.0 + np.exp(margin))
        return float(np.logaddexp(0.0, -margin).sum() + 0.5 * (w[1:] ** 2).sum()), phi.T @ slope + np.r_[0.0, w[1:]]

    found = minimize(loss, np.zeros(phi.shape[1]), jac=True, method="L-BFGS-B").x
    return Chance(constant=float(found[0]), slopes=found[1:])
