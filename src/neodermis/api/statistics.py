"""Probability of what a study prints: signs, significance statements, and shares by category.

Each function takes the predicted effect of the parameter draws with two spreads: the standard error of a study of n
people, and the between-study heterogeneity of the true effect.  The result is the mean over the draws.
"""

from __future__ import annotations

from typing import Any

from neodermis.lazy import numpy as np
from neodermis.uncertain import Floats

#: Two-sided level of a difference that is called significant where no p-value is printed.
LEVEL = 0.05


def normal_scores(count: int, rng: Any) -> Floats:
    """Standard normal numbers at even quantiles in random order: their median is 0 for any count."""
    from scipy.special import ndtri

    found: Floats = ndtri((rng.permutation(count) + 0.5) / count)
    return found


def below(limit: Floats | float, middle: Floats | float, spread: Floats | float) -> Floats:
    """Probability that a normal number lies below a limit; a step where the spread is 0."""
    from scipy.special import ndtr

    gap, wide = np.broadcast_arrays(np.asarray(limit, dtype=float) - middle, np.asarray(spread, dtype=float))
    steps = np.where(gap > 0, np.inf, np.where(gap < 0, -np.inf, 0.0))
    return np.asarray(ndtr(np.divide(gap, wide, out=steps, where=wide > 0)))


def counted_share(share: Floats, n: Floats, quantile: Floats) -> Floats:
    """Share of n people that is counted where each is counted with a probability, at a quantile of the binomial."""
    from scipy.stats import binom

    return np.asarray(binom.ppf(quantile, n, np.clip(share, 0.0, 1.0)) / n)


def z_range(p_between: tuple[float, float]) -> tuple[float, float]:
    """Range of the absolute z of a two-sided p-value that lies in a range.

    An exact p-value stands for its side of the 5 % level: a single value has no probability.
    """
    from scipy.special import ndtri

    low, high = p_between
    if low == high:
        low, high = (0.0, LEVEL) if low < LEVEL else (LEVEL, 1.0)
    with np.errstate(divide="ignore"):
        least, most = (float(-ndtri(p / 2.0)) for p in (high, low))
    return max(least, 0.0), most


def chance_of_sign(effect: Floats, error: Floats, between: Floats, direction: str) -> float:
    """Probability of a printed sign: Φ(μ/√(SE² + τ²)); of ``none``, that the difference is not significant.

    Parameters
    ----------
    effect, error, between
        Predicted effect μ, standard error and between-study heterogeneity of each draw, in one unit.
    direction
        ``increase``, ``decrease`` or ``none``.
    """
    if direction == "none":
        return chance_of_test(effect, error, between, (LEVEL, 1.0), "none")
    falls = below(0.0, effect, np.hypot(error, between))
    return float(np.mean(falls if direction == "decrease" else 1.0 - falls))


def chance_of_test(
    effect: Floats, error: Floats, between: Floats, p_between: tuple[float, float], direction: str
) -> float:
    """Probability that the absolute z of the printed comparison falls in the printed range, with the printed direction.

    z is the observed effect over its standard error; the observed effect scatters around the predicted one by that
    error and by between-study heterogeneity.  Parameters as of :func:`chance_of_sign`.
    """
    least, most = z_range(p_between)
    error = np.asarray(error, dtype=float)
    low, high = least * error, np.full_like(error, np.inf) if np.isinf(most) else most * error
    spread = np.hypot(error, between)
    rises = below(high, effect, spread) - below(low, effect, spread)
    falls = below(-low, effect, spread) - below(-high, effect, spread)
    found = {"increase": rises, "decrease": falls, "none": rises + falls}[direction]
    return float(np.mean(found))
