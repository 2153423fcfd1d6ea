"""Matrix: labile and mature collagen I and III.

Biology
    New collagen is labile: protease degrades most of it within months, and a small share is cross-linked into mature
    collagen, which persists for years.  Activated fibroblasts produce more of both types and cross-link faster.  The
    gain that remains after a year is the mature share.  Cross-linked collagen bears the load: stiffness is derived from
    the mature pool, thickness from all collagen.  Inflammation suppresses synthesis.
Equations   (i = I, III; everything per mm³ of resting tissue, hence mass per skin area)
    s_i = s0_i exp(−r t) (1 − δ (S + n))/(1 − δ S_0) (E_i (F + a_Y Y) + φ a_i A)/F0 / (1 + I/K_IS)
    S: what is left of a scar, S_0 before treatment, n: new scar, δ: collagen missing in a full scar (negative: excess)
    g = δ R/(1 − δ S) ,  R = ρ_S A/F0 (S − s S_0): every pool also changes by g of itself as the scar is released, so
    that its density follows the set point: without new scar, a scar holds (1 − δ S) of what the skin beside it holds,
    which is the same column without the scar (its dermis stretches a little otherwise)
    L_i' = s_i − (k_c X + m) L_i + g L_i ,   m = m0 (1 + lox A/F0) ,   X = X_e + excess/X0
    G_i' = m L_i − k_M X G_i + g G_i
    made_i' = s_i + g (L_i + G_i) ,  cleaved_i' = k_c X L_i + k_M X G_i ;  a g below 0 is booked as cleaved instead
    E_i, φ, X_e: effects of exposures on synthesis and cleavage at rest (:mod:`neodermis.skin.exposures`); 1 without any
Resting identities (r: untreated loss, ρ: renewal of the mature pool, f: labile share, q: synthesis rate)
    k_M = ρ + r ,  m0 = ρ (1 − f)/f ,  k_c = q + r − m0 ,  s0_i = q f C_i
    so that without injury and exposures every pool falls exactly as exp(−r t), and is exactly constant for r = 0.
    q is the measured fractional rate if that rate refers to the labile pool, and the rate divided by f if it refers
    to all skin collagen; both interpretations are kept as alternatives.
Reads
    fibroblasts, protease, the inflammatory signal.
Writes
    the four pools, with cumulative synthesis and degradation.
Evidence
    labelled-proline synthesis 0.037 %/h in young men; pepsin extractability 32.8 % as a proxy for the labile share;
    labile share, maturation and cross-linking have not been measured in needled skin.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.skin.tissue import Cells
from neodermis.units import Array, Declared


class MatrixParameters(NamedTuple):
    """Rates of the remodelling phase."""

    collagen_synthesis_rate: Annotated[Array, Declared("%/h", "fractional synthesis rate of skin collagen at rest")]
    synthesis_rate_of_all_collagen: Annotated[
        Array, Declared("1", "1 if that rate refers to all skin collagen, 0 if to the labile pool")
    ]
    labile_share: Annotated[Array, Declared("1", "labile share of resting collagen")]
    mature_renewal_time: Annotated[Array, Declared("year", "half-time of mature collagen renewal")]
    crosslinking_drive: Annotated[
        Array, Declared("1", "rise of maturation per activated fibroblast, relative to resting density")
    ]
    synthesis_1_activated: Annotated[
        Array, Declared("1", "type I collagen synthesis of an activated relative to a resting fibroblast")
    ]
    synthesis_3_over_1: Annotated[
        Array, Declared("1", "rise of type III relative to type I synthesis in an activated fibroblast")
    ]
    synthesis_myofibroblast: Annotated[
        Array, Declared("1", "synthesis of a myofibroblast relative to a resting fibroblast")
    ]
    synthesis_inflammatory_half: Annotated[Array, Declared("ng/mL", "inflammatory signal that halves synthesis")]


class CollagenRates(NamedTuple):
    """Resting rates that follow from the parameters by the resting identities (1/day)."""

    renewal: Array  # q: synthesis of the labile pool over the labile pool
    maturation: Array  # m0
    labile_cleavage: Array  # k_c
    mature_cleavage: Array  # k_M


def collagen_rates(loss_rate_per_day: Array, p: MatrixParameters) -> CollagenRates:
    """Rates of the two pools at rest, from the resting identities in the module's head."""
    rates = resting_rates(loss_rate_per_day, p)
    # a labile pool that matures faster than it is made cannot rest: no number, so that the member counts as failed
    return rates._replace(labile_cleavage=jnp.where(rates.labile_cleavage > 0, rates.labile_cleavage, jnp.nan))


def resting_rates(loss_rate_per_day: Array, p: MatrixParameters) -> CollagenRates:
    """The same where the labile pool may be one that cannot rest: its cleavage is then below zero."""
    of_all = p.synthesis_rate_of_all_collagen > 0.5
    q = p.collagen_synthesis_rate / 100.0 * 24.0 * (1.0 + of_all * (1.0 / p.labile_share - 1.0))
    rho = math.log(2.0) / (p.mature_renewal_time * 365.25)
    m0 = rho * (1.0 - p.labile_share) / p.labile_share
    return CollagenRates(
        renewal=q,
        maturation=m0,
        labile_cleavage=q + loss_rate_per_day - m0,
        mature_cleavage=rho + loss_rate_per_day,
    )


class Turnover(NamedTuple):
    """What each mm³ of resting tissue makes (µg/mm³/d) and how fast its pools turn over (1/d); never negative."""

    synthesis_1: Array
    synthesis_3: Array
    labile_cleavage: Array
    maturation: Array
    mature_cleavage: Array
    filling: Array  # of every pool, as a released scar is rebuilt; 1/d, the only one that may be negative


def turnover(
    resting_labile: tuple[Array, Array],
    scar_at_rest: Array,
    scar_collagen: Array,
    cells: Cells,
    scar_released: Array,
    inflammatory: Array,
    resting_synthesis_left: Array,
    exposed_synthesis: tuple[Array, Array],
    activated_left: Array,
    exposed_cleavage: Array,
    resting_density: Array,
    protease_at_rest: Array,
    rates: CollagenRates,
    p: MatrixParameters,
) -> Turnover:
    """Synthesis of both types, and the rates at which labile and mature collagen are cut and matured.

    ``resting_labile``: labile pools (I, III) of the unexposed, which set the resting synthesis;
    ``scar_collagen``: missing in a full scar; ``scar_released``: R, 1/d;
    ``resting_synthesis_left`` is exp(−r t); ``exposed_…``: E_1, E_3 and X_e; ``activated_left``: what fragmented
    collagen leaves of the synthesis of an activated fibroblast, by depth.
    """
    activated = cells.activated / resting_density
    spread = activated * activated_left
    brake = 1.0 + inflammatory / p.synthesis_inflammatory_half
    base = (cells.fibroblast + p.synthesis_myofibroblast * cells.myofibroblast) / resting_density
    a_1 = p.synthesis_1_activated
    a_3 = p.synthesis_1_activated * p.synthesis_3_over_1
    # what a session has freed of the scar makes collagen as normal skin does
    freed = (1.0 - scar_collagen * (cells.scar + cells.new_scar)) / (1.0 - scar_collagen * scar_at_rest)
    common = rates.renewal * resting_synthesis_left * freed / brake
    protease = exposed_cleavage + cells.protease / protease_at_rest
    return Turnover(
        synthesis_1=common * resting_labile[0] * (exposed_synthesis[0] * base + a_1 * spread),
        synthesis_3=common * resting_labile[1] * (exposed_synthesis[1] * base + a_3 * spread),
        labile_cleavage=rates.labile_cleavage * protease,
        maturation=rates.maturation * (1.0 + p.crosslinking_drive * activated),
        mature_cleavage=rates.mature_cleavage * protease,
        filling=scar_collagen * scar_released / (1.0 - scar_collagen * cells.scar),
    )
