"""Barrier: three kinds of channel closure, transepidermal water loss (TEWL) and skin hydration.

Biology
    In air, a channel stops conducting within hours, as it dries, recoils and clots; under an occlusive patch this takes
    days.  Keratinocytes close its gap within about a day.  The lipids of the permeability barrier recover later.  These
    three closures have three half-times, and each instrument measures one of them: impedance the first, dye or
    tomography the second, evaporation the third.
Equations
    open share of kind i at a time t after a session   o_i = 2^(−t/τ_i)
    τ_e = τ_air, or τ_occluded under a patch;   τ_g, τ_b = τ (z/z₀)^n · (1 + (σ − 1) occluded);   all · A · N · C · s
    A = exp(α (age − age₀));   N = ν under an anti-inflammatory drug;   C = χ^(phototype − 3);   s: stress, diabetes
    closure of kind i when the open share falls below the detection limit of an instrument:  t = τ_i log₂(1/ε)
    water loss  T = T₀ (1 − m μ) K₀^(−w) + (T₁ − T₀) a,  a = 1 − Π over the sessions (1 − a₀ o_b), a₀ the open share
    of the surface immediately after, K₀ the set point of epidermal thickness
    water content  H = (1 + h_m μ + h_h η)/(1 + κ (T/T₀ − 1)),  T without the effect of the moisturiser; below T₀ it is
    (1 + h_m μ + h_h η)(1 + κ (1 − T/T₀))
Reads
    open share and depth of the channels, set point of the epidermis, age, phototype, moisturiser (μ) and hyaluronan
    (η), occlusion.
Writes
    :class:`ClosureHalfTimes`; measured water loss and hydration.
Evidence
    impedance under occlusion: 63, 60, 58 h at three sites, half-lives of 26, 24 and 20 h (35 people; the sites do not
    differ); in air within 2 h.  Dye 12 h after 0.37 mm, 18 h after 0.77 mm (hairless rat).  Tomography after 0.3 mm:
    still open at 24 h, when water loss has recovered.  Slower in old age (sign only), with diclofenac (7 d against 72
    h) and in dark skin.  All data are from arrays or rollers; no closure after a pen has been published.
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.units import Array, Declared


class BarrierParameters(NamedTuple):
    """Clocks of the three closures, and the water of the stratum corneum."""

    electrical_half_time: Annotated[Array, Declared("h", "electrical closure half-time in air")]
    electrical_occluded_half_time: Annotated[
        Array, Declared("h", "electrical closure half-time under an occlusive patch")
    ]
    geometric_half_time: Annotated[Array, Declared("h", "geometric closure half-time in air")]
    barrier_half_time: Annotated[Array, Declared("h", "barrier recovery half-time in air")]
    closure_depth: Annotated[Array, Declared("mm", "reference depth of the closure half-times")]
    closure_depth_power: Annotated[Array, Declared("1", "exponent of depth in the geometric and barrier closure times")]
    closure_occlusion_slowing: Annotated[
        Array, Declared("1", "geometric and barrier closure time under occlusion, relative to air")
    ]
    closure_reference_age: Annotated[Array, Declared("year", "age that the times are stated for")]
    closure_age_slowing: Annotated[Array, Declared("1/year", "rise of the logarithm of closure times with age")]
    closure_anti_inflammatory_slowing: Annotated[
        Array, Declared("1", "closure time with a topical anti-inflammatory drug, relative to without")
    ]
    closure_phototype_slowing: Annotated[Array, Declared("1", "closure time relative to the next lighter phototype")]
    closure_detection: Annotated[Array, Declared("1", "open share at which an instrument detects closure")]
    tewl_baseline: Annotated[Array, Declared("g/m2/h", "transepidermal water loss of intact skin")]
    tewl_open: Annotated[Array, Declared("g/m2/h", "transepidermal water loss of skin without barrier")]
    tewl_thickness_power: Annotated[
        Array, Declared("1", "exponent of the set point of epidermal thickness in the fall of water loss")
    ]
    tewl_moisturiser_fall: Annotated[Array, Declared("1", "reduction of water loss by daily moisturiser")]
    hydration_loss_response: Annotated[
        Array, Declared("1", "fall of skin hydration per rise of water loss, both relative to rest")
    ]
    hydration_moisturiser_rise: Annotated[Array, Declared("1", "rise of skin hydration by daily moisturiser")]
    hydration_hyaluronan_rise: Annotated[Array, Declared("1", "rise of skin hydration by daily hyaluronan serum")]


class ClosureModifiers(NamedTuple):
    """What keeps channels open or closes them, one number for each member."""

    age_years: Array
    phototype: Array
    occluded: Array  # 1 under a patch, else 0
    anti_inflammatory: Array  # 1 under a topical anti-inflammatory drug, else 0
    slowing: Array  # by stress and diabetes, over without


class ClosureHalfTimes(NamedTuple):
    """Half times of the three closures, hours."""

    electrical: Array
    geometric: Array
    barrier: Array


#: Phototype that the slowing by phototype is stated over.
REFERENCE_PHOTOTYPE: Final = 3.0


def half_times(depth_mm: Array, kept: ClosureModifiers, p: BarrierParameters) -> ClosureHalfTimes:
    """Half times of the three closures of channels of this depth (equations above), hours."""
    person = (
        np.exp(p.closure_age_slowing * (kept.age_years - p.closure_reference_age))
        * p.closure_phototype_slowing ** (kept.phototype - REFERENCE_PHOTOTYPE)
        * (1.0 + (p.closure_anti_inflammatory_slowing - 1.0) * kept.anti_inflammatory)
        * kept.slowing
    )
    in_air = p.electrical_half_time
    deep = (np.maximum(depth_mm, 0.0) / p.closure_depth) ** p.closure_depth_power
    covered = 1.0 + (p.closure_occlusion_slowing - 1.0) * kept.occluded
    filled = np.where(deep == 0, 0.0, person * deep * covered)  # also where the person alone would never close them
    return ClosureHalfTimes(
        electrical=person * (in_air + (p.electrical_occluded_half_time - in_air) * kept.occluded),
        geometric=p.geometric_half_time * filled,
        barrier=p.barrier_half_time * filled,
    )


def open_share(hours: Array, half_time: Array) -> Array:
    """Share still open a time after the session,  2^(−t/τ);  0 where there was no channel to close."""
    there = half_time > 0
    return 2.0 ** (-hours / (half_time + (1 - there))) * there  # also of traced arrays


def closure_hours(half_time: Array, p: BarrierParameters) -> Array:
    """Time after which an instrument calls the channels closed,  τ log₂(1/ε), hours."""
    return half_time * np.log2(1.0 / p.closure_detection)


def bare_share(void: Array, half_time: Array, hours_since: Array) -> Array:
    """Share of the surface without barrier at times (hours, (times,)) since each session (sessions, times).

    ``void``, ``half_time``: (members,) of equal sessions, or (sessions, members).  Before a session (a negative time)
    it counts for nothing.
    """
    since = hours_since[:, None, :]
    left = open_share(np.maximum(since, 0.0), half_time[..., None]) * (since > 0)
    return 1.0 - np.prod(1.0 - void[..., None] * left, axis=0)


def water_loss(bare: Array, moisturiser: Array, epidermal_set_point: Array, p: BarrierParameters) -> Array:
    """Water loss through the epidermis, g/m²/h, from the share of the surface without barrier.

    ``epidermal_set_point``: thickness that the epidermis returns to, over rest.
    """
    kept = p.tewl_baseline * (1.0 - p.tewl_moisturiser_fall * moisturiser)
    kept = kept * epidermal_set_point**-p.tewl_thickness_power
    return kept + _open_rise(p) * bare


def _open_rise(p: BarrierParameters) -> Array:
    """Rise of water loss where there is no barrier; a draw in which bare skin lost less than sound skin has none."""
    return np.maximum(p.tewl_open - p.tewl_baseline, 0.0)


def hydration(
    bare: Array, moisturiser: Array, hyaluronan: Array, epidermal_set_point: Array, p: BarrierParameters
) -> Array:
    """Water held by the stratum corneum over that of the same skin untreated."""
    rise = epidermal_set_point**-p.tewl_thickness_power - 1.0 + _open_rise(p) / p.tewl_baseline * bare
    given = 1.0 + p.hydration_moisturiser_rise * moisturiser + p.hydration_hyaluronan_rise * hyaluronan
    response = p.hydration_loss_response
    # of one slope on both sides of no change, and above 0 on both
    return given * (1.0 + response * np.maximum(-rise, 0.0)) / (1.0 + response * np.maximum(rise, 0.0))
