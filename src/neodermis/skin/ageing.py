"""Ageing: loss of collagen and elastin, slower synthesis and slower epidermal turnover.

Biology
    Dermal collagen falls by 0.6 to 1.0 % per year, as thinning at constant bundle density.  Its synthesis falls faster.
    Part of this fall lies in the fibroblast itself, part in the fragmented matrix, on which the fibroblast cannot
    spread; both affect activated fibroblasts too.  Old cells also answer an injury less: they are recruited, activated
    and divide more slowly, in proportion to what cultured fibroblasts lose.  Elastic fibres age from about 45
    years, epidermal turnover slows after 50 years, and the number of active melanocytes falls.
Equations   (a age, a_y of the young donors, a_r of the thickness series)
    C(t) = C(0) exp(−r t): every pool and the resting synthesis fall together, so that the fall is exact
    for untreated, unexposed skin (see :mod:`neodermis.skin.matrix` for the resting identities).
    q(a) = q exp(−s (a − a_y)) ,  s = −ln(procollagen, aged over young) / (years between them)
    activation, proliferation and recruitment × exp(−s_c (a − a_r)), release per cell as before;  s_c the same of
    cultured fibroblasts
    elastin(a) = exp(−k_E (a − a_E)) after a_E ,  and so on during a course
    turnover time × (1 + b (a − a_t)) after a_t ;  melanocyte answer × exp(−b_m (a − a_m)) after a_m
Reads
    age.
Writes
    layer thicknesses through the loss rate; parameters at this age; remaining elastin.
Evidence
    thickness of sun-protected skin by decade; procollagen in skin and in cultured fibroblasts from donors over 80 and
    from 18 to 29 years; that the response to injury falls as their procollagen does is assumed (younger people improve
    more in one series of stretch marks, and aged wounds heal more slowly); transit of the stratum corneum; melanocyte
    counts.  Sources disagree on the shape: one finds the fall of synthesis after 60 years, another before 35; the
    exponential lies between them.  The twofold collagenase of aged skin is not used: with a third of the synthesis it
    would leave far less collagen than is observed.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.lazy import numpy as np
from neodermis.units import Array, Declared


class AgeingParameters(NamedTuple):
    """Rates of ageing."""

    collagen_loss_rate: Annotated[Array, Declared("%/year", "loss rate of dermal collagen without treatment")]
    procollagen_aged: Annotated[Array, Declared("1", "procollagen I in skin, aged relative to young donors")]
    procollagen_aged_cells: Annotated[
        Array, Declared("1", "procollagen I of cultured fibroblasts, aged relative to young donors")
    ]
    young_donor_age: Annotated[Array, Declared("year", "age of the young donors")]
    aged_donor_age: Annotated[Array, Declared("year", "age of the aged donors")]
    elastin_ageing_age: Annotated[Array, Declared("year", "age from which elastic fibres age")]
    epidermal_slowing_age: Annotated[Array, Declared("year", "age from which the epidermis renews more slowly")]
    epidermal_slowing: Annotated[Array, Declared("%/year", "increase of its turnover time after that age")]
    melanocyte_loss_age: Annotated[Array, Declared("year", "age from which active melanocytes grow fewer")]
    melanocyte_loss: Annotated[Array, Declared("%/year", "rate of loss of active melanocytes after that age")]


def loss_rate_per_day(p: AgeingParameters) -> Array:
    """The untreated loss rate r, 1/day."""
    return p.collagen_loss_rate / 100.0 / 365.25


def remaining(day: Array, rate_per_day: Array) -> Array:
    """Share of the first day's resting collagen and resting synthesis that is left on ``day``: exp(−r t)."""
    return jnp.exp(-rate_per_day * day)


def synthesis(age_years: Array, p: AgeingParameters) -> Array:
    """Resting synthesis of the dermis at an age over that of the young donors."""
    return p.procollagen_aged ** ((age_years - p.young_donor_age) / (p.aged_donor_age - p.young_donor_age))


def response(age_years: Array, reference_age_years: float, p: AgeingParameters) -> Array:
    """Rates of recruitment, activation and proliferation after injury at an age over those at the reference age."""
    return p.procollagen_aged_cells ** ((age_years - reference_age_years) / (p.aged_donor_age - p.young_donor_age))


def epidermal_turnover(age_years: Array, p: AgeingParameters) -> Array:
    """Turnover time of the epidermis at an age over that of a young adult."""
    return 1.0 + p.epidermal_slowing / 100.0 * np.maximum(age_years - p.epidermal_slowing_age, 0.0)


def melanocytes(age_years: Array, p: AgeingParameters) -> Array:
    """Active melanocytes at an age over those of a young adult."""
    return np.exp(-p.melanocyte_loss / 100.0 * np.maximum(age_years - p.melanocyte_loss_age, 0.0))


def elastin(age_years: Array, renewal_rate_per_day: Array, p: AgeingParameters) -> Array:
    """Elastin at an age over that of a young adult: none is replaced from the age on at which elastic fibres age."""
    return np.exp(-renewal_rate_per_day * 365.25 * np.maximum(age_years - p.elastin_ageing_age, 0.0))
