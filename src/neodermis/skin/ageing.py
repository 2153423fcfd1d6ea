"""The untreated course: slow loss of collagen.

Biology
    Dermal collagen falls by 0.6 to 1.0 % a year before menopause, as thinning at constant bundle density.
Equations
    C(t) = C(0) exp(−r t): every pool and the resting synthesis fall together, so that the fall is exact
    for untreated skin (see :mod:`neodermis.skin.matrix` for the resting identities).
Reads
    age through the layer thicknesses; the loss rate.
Writes
    the factor by which resting synthesis has fallen on a given day.
Evidence
    thickness series of sun-protected skin by decade.  Menopause, sun and smoking are not in this version.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import jax.numpy as jnp

from neodermis.units import Array, Declared


class AgeingParameters(NamedTuple):
    """Rates of the untreated course."""

    collagen_loss_rate: Annotated[Array, Declared("%/year", "loss of dermal collagen without treatment")]


def loss_rate_per_day(p: AgeingParameters) -> Array:
    """The untreated loss rate r, 1/day."""
    return p.collagen_loss_rate / 100.0 / 365.25


def remaining(day: Array, rate_per_day: Array) -> Array:
    """Share of the first day's resting collagen and resting synthesis that is left on ``day``: exp(−r t)."""
    return jnp.exp(-rate_per_day * day)
