"""Epidermis: re-epithelialisation of the channels, thickening, and pigment.

Biology
    Keratinocytes at the edge of a channel are activated, migrate and close it within a day; the epidermis stays thicker
    for weeks, and its set point follows the collagen of the papillary dermis.  Activated keratinocytes are shed faster
    and carry melanin away, so that the median person lightens slightly.  Inflammation stimulates melanocytes, more
    strongly in darker skin and under sun, and with large differences between people; melanin is transferred to
    keratinocytes over about ten days and shed over weeks to months (post-inflammatory hyperpigmentation, PIH).
    Melasma is a raised set point of melanin: it lightens with shedding and relapses.
Equations
    u' = −k (1 + ε − u) u                                           unepithelialised share of the channels, 1 after a
    session k = ln((1 + 2ε)/ε)/((1 + ε) t½),  so that half is re-epithelialised after t½;  sharpness n = ln(1/ε)
    w' = −k_w w                                                     activated keratinocytes, κ ψ_e after a session
    x = w/w_0 + I_e/K_I ;   K' = g_K x/(1 + x) − k_K (K − K_0)      thickness over rest
    K_0 = 1 + η (C_p/C_p0 − 1)                                      C_p papillary collagen, C_p0 that before treatment
    less the loss by age
    m' = q (m_0 − (1 + ς w) m)                                      melanin without PIH; m_0 set point, q turnover
    f' = k_on (phototype/3)^n U I_e/(K_m + I_e) − k_off f           stimulation;  U: sun and depigmenting drugs
    v' = q_v (f − v)                                                post-inflammatory pigment, transferred
    pigment of a person of susceptibility s:   m + v_max (1 − exp(−s v/v_max))
    PIH is seen beyond θ v_max:   P = Φ(ln(v/θ')/σ) ,  θ' = −v_max ln(1 − θ) ,  s log-normal between people, log-SD σ
Reads
    the inflammatory signal in the living epidermis (I_e), the response of the epidermis to a session, papillary
    collagen, phototype, sun.
Writes
    u, w, K, m, f, v.
Evidence
    half of the laser lesions below 0.5 mm were re-epithelialised after 10-22 h and 84 % after 13-28 h (forearm): the
    time course is sharp, not exponential; epidermal turnover 36 days.  The epidermis is thicker months to a year after
    needling in two series, and water loss lower.  PIH after needling: 0 to 22 % of people by arm, mostly in phototypes
    IV to VI.  Its time course has not been measured after needling; the rates of stimulation, transfer and fading, the
    visible limit and the spread between people are assumed.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.lazy import numpy as np
from neodermis.skin.tissue import Surface
from neodermis.units import Array, Declared


class EpidermisParameters(NamedTuple):
    """Rates of the epidermis and its pigment."""

    cover_half_time: Annotated[Array, Declared("h", "half-time of re-epithelialisation")]
    cover_sharpness: Annotated[Array, Declared("1", "sharpness of re-epithelialisation")]
    epidermal_growth_rate: Annotated[Array, Declared("1/d", "maximum rate of epidermal thickening")]
    epidermal_loss_rate: Annotated[Array, Declared("1/d", "rate of return of epidermal thickness to rest")]
    epidermal_wound_half: Annotated[Array, Declared("1", "killed share of the epidermis at half-maximal thickening")]
    keratinocyte_deactivation_rate: Annotated[Array, Declared("1/d", "deactivation rate of activated keratinocytes")]
    epidermal_signal_half: Annotated[Array, Declared("ng/mL", "inflammatory signal at half-maximal epidermal response")]
    epidermal_set_point_response: Annotated[
        Array, Declared("1", "rise of the set point of epidermal thickness per rise of papillary collagen, relative")
    ]
    shedding_response: Annotated[
        Array, Declared("1", "rise of the loss of melanin where all keratinocytes are activated, relative to rest")
    ]
    melanocyte_stimulation_rate: Annotated[
        Array, Declared("1/d", "rate of melanocyte stimulation at saturating inflammation, phototype III")
    ]
    melanocyte_signal_half: Annotated[
        Array, Declared("ng/mL", "inflammatory signal at half-maximal stimulation of melanocytes")
    ]
    melanocyte_phototype_power: Annotated[Array, Declared("1", "exponent of phototype (relative to III) in that rate")]
    melanocyte_stimulation_loss_rate: Annotated[Array, Declared("1/d", "rate of return of stimulated melanocytes")]
    melanin_transfer_time: Annotated[Array, Declared("d", "half-time of melanin transfer to keratinocytes")]
    post_inflammatory_pigment_limit: Annotated[
        Array, Declared("1", "largest post-inflammatory pigment, relative to the melanin of normal skin")
    ]
    pih_visible: Annotated[Array, Declared("1", "post-inflammatory pigment that is seen, as a share of the largest")]
    pih_susceptibility: Annotated[Array, Declared("1", "susceptibility to PIH relative to the median person")]
    epidermal_turnover_time: Annotated[Array, Declared("d", "turnover time of the epidermis")]


class Turnover(NamedTuple):
    """Production and first-order loss rate of each state of the surface; both are never negative."""

    unepithelialised_fraction: tuple[Array, Array]
    activated_keratinocytes: tuple[Array, Array]
    epidermis: tuple[Array, Array]
    melanocyte_stimulation: tuple[Array, Array]
    melanin: tuple[Array, Array]
    post_inflammatory_pigment: tuple[Array, Array]


def set_point(papillary_collagen: Array, p: EpidermisParameters) -> Array:
    """Thickness that the epidermis returns to, over rest, from papillary collagen over that before treatment.

    Not below a tenth, which only a dermis without collagen would ask for.
    """
    return jnp.maximum(1.0 + p.epidermal_set_point_response * (papillary_collagen - 1.0), 0.1)


def turnover(
    surface: Surface,
    inflammatory: Array,
    papillary_collagen: Array,
    phototype: Array,
    melanin_set_point: Array,
    pigmentation: Array,
    p: EpidermisParameters,
) -> Turnover:
    """Production and loss of cover, thickness and pigment (equations above).

    Parameters
    ----------
    inflammatory
        The signal in the living epidermis, ng/mL above rest.
    papillary_collagen
        Over that before treatment, less the loss by age.
    melanin_set_point
        Of the skin without inflammation, over normal.
    pigmentation
        What sun and depigmenting drugs make of the stimulation, over without.
    """
    start = jnp.exp(-p.cover_sharpness)
    # u(t½) = 1/2 with u' = −k (1 + ε − u) u from u = 1
    pace = jnp.log((1.0 + 2.0 * start) / start) / ((1.0 + start) * p.cover_half_time / 24.0)
    activated = surface.activated_keratinocytes
    drive = activated / p.epidermal_wound_half + inflammatory / p.epidermal_signal_half
    alarm = inflammatory / (p.melanocyte_signal_half + inflammatory)
    darker = (phototype / 3) ** p.melanocyte_phototype_power * pigmentation
    leaving, passing = math.log(2.0) / p.epidermal_turnover_time, math.log(2.0) / p.melanin_transfer_time
    return Turnover(
        unepithelialised_fraction=(0.0, pace * (1.0 + start - surface.unepithelialised_fraction)),
        activated_keratinocytes=(0.0, p.keratinocyte_deactivation_rate),
        epidermis=(
            p.epidermal_growth_rate * drive / (1.0 + drive) + p.epidermal_loss_rate * set_point(papillary_collagen, p),
            p.epidermal_loss_rate,
        ),
        melanocyte_stimulation=(p.melanocyte_stimulation_rate * darker * alarm, p.melanocyte_stimulation_loss_rate),
        melanin=(leaving * melanin_set_point, leaving * (1.0 + p.shedding_response * activated)),
        post_inflammatory_pigment=(passing * surface.melanocyte_stimulation, passing),
    )


def pigment(melanin: Array, post_inflammatory: Array, susceptibility: Array, p: EpidermisParameters) -> Array:
    """Melanin with post-inflammatory pigment of a person of this susceptibility (median 1), over normal skin."""
    most = p.post_inflammatory_pigment_limit
    # between the steps a reading may fall a little below 0, of which a steep draw would make a large number
    return melanin - most * jnp.expm1(-susceptibility * jnp.maximum(post_inflammatory, 0.0) / most)


def pih_limit(p: EpidermisParameters) -> Array:
    """Post-inflammatory pigment before saturation at which it is seen, θ' = −v_max ln(1 − θ)."""
    return -p.post_inflammatory_pigment_limit * jnp.log1p(-p.pih_visible)


def share_beyond(drive: Array, spread: Array) -> Array:
    """Share of people in whom PIH is seen, Φ(ln(v/θ')/σ).

    ``drive``: post-inflammatory pigment of the median person over that at which it is seen; ``spread``: standard
    deviation between people of the logarithm of susceptibility.
    """
    with np.errstate(divide="ignore"):
        z = np.log(np.asarray(drive, dtype=float)) / spread
    return np.array([0.5 * math.erfc(-each / math.sqrt(2.0)) for each in z])
