"""Epidermis: re-epithelialisation of the channels, thickening, and pigment.

Biology
    Keratinocytes at the edge of a channel are activated, migrate and close it within a day; the epidermis then stays
    thicker for weeks.  Melanocytes respond to inflammation, more strongly in darker skin, and transfer melanin; melanin
    is lost with epidermal turnover, so a faster turnover lightens the skin.
Equations
    u' = −k (1 + ε − u) u                                           unepithelialised share of the channels, 1 after a
    session k = ln((1 + 2ε)/ε)/((1 + ε) t½),  so that half is re-epithelialised after t½;  sharpness n = ln(1/ε)
    w' = −k_w w                                                     activated keratinocytes, φ_e after a session
    x = w/w_0 + I_e/K_I ;   K' = g_K x/(1 + x) − k_K (K − 1)          thickness over rest
    a' = k_a (a_0 + g_a (phototype/3)^n_a I_e/(K_I + I_e) − a)       melanocyte activity over normal rest; a_0 set point
    m' = q (a − K m)                                                 melanin over normal; turnover rises with K
Reads
    the inflammatory signal in the living epidermis (I_e), the share of it that a session killed (φ_e), phototype.
Writes
    u, w, K, a, m.
Evidence
    half of the laser lesions below 0.5 mm were re-epithelialised after 10-22 h and 84 % after 13-28 h (forearm): the
    time course is sharp, not exponential; epidermal turnover 36 days.  The number of melanocytes does not change after
    needling (rat).  No time course of melanocyte activity after needling has been published: it is assumed.  The effect
    of sun on pigment is not in this version.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.skin.tissue import Surface
from neodermis.units import Array, Declared


class EpidermisParameters(NamedTuple):
    """Rates of the epidermis and its pigment."""

    cover_half_time: Annotated[Array, Declared("h", "half-time of re-epithelialisation")]
    cover_sharpness: Annotated[Array, Declared("1", "sharpness of re-epithelialisation")]
    epidermal_growth_rate: Annotated[Array, Declared("1/d", "maximum rate of epidermal thickening")]
    epidermal_loss_rate: Annotated[Array, Declared("1/d", "rate of return of epidermal thickness to rest")]
    epidermal_wound_half: Annotated[Array, Declared("1", "killed share of the epidermis at half-maximal thickening")]
    keratinocyte_calming_rate: Annotated[Array, Declared("1/d", "deactivation rate of activated keratinocytes")]
    epidermal_signal_half: Annotated[Array, Declared("ng/mL", "inflammatory signal at half-maximal epidermal response")]
    melanocyte_response: Annotated[Array, Declared("1", "maximum rise of melanocyte activity, phototype III")]
    melanocyte_phototype_power: Annotated[Array, Declared("1", "exponent of phototype (relative to III) in that rise")]
    melanocyte_rate: Annotated[Array, Declared("1/d", "rate of change of melanocyte activity")]
    epidermal_turnover_time: Annotated[Array, Declared("d", "turnover time of the epidermis")]


class Turnover(NamedTuple):
    """Production and first-order loss rate of each state of the surface; both are never negative."""

    unepithelialised_fraction: tuple[Array, Array]
    activated_keratinocytes: tuple[Array, Array]
    epidermis: tuple[Array, Array]
    melanocyte: tuple[Array, Array]
    melanin: tuple[Array, Array]


def turnover(
    surface: Surface, inflammatory: Array, phototype: Array, melanocyte_at_rest: Array, p: EpidermisParameters
) -> Turnover:
    """Production and loss of cover, thickness and pigment; ``inflammatory`` is the signal in the living epidermis."""
    start = jnp.exp(-p.cover_sharpness)
    # u(t½) = 1/2 with u' = −k (1 + ε − u) u from u = 1
    pace = jnp.log((1.0 + 2.0 * start) / start) / ((1.0 + start) * p.cover_half_time / 24.0)
    drive = surface.activated_keratinocytes / p.epidermal_wound_half + inflammatory / p.epidermal_signal_half
    alarm = inflammatory / (p.epidermal_signal_half + inflammatory)
    pigment = p.melanocyte_response * (phototype / 3) ** p.melanocyte_phototype_power * alarm
    leaving = math.log(2.0) / p.epidermal_turnover_time
    return Turnover(
        unepithelialised_fraction=(0.0, pace * (1.0 + start - surface.unepithelialised_fraction)),
        activated_keratinocytes=(0.0, p.keratinocyte_calming_rate),
        epidermis=(
            p.epidermal_growth_rate * drive / (1.0 + drive) + p.epidermal_loss_rate,
            p.epidermal_loss_rate,
        ),
        melanocyte=(p.melanocyte_rate * (melanocyte_at_rest + pigment), p.melanocyte_rate),
        melanin=(leaving * surface.melanocyte, leaving * surface.epidermis),
    )
