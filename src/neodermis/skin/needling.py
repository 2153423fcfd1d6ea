"""Needling: motion of the device over the skin, and penetration depth of its needles.

Biology
    Skin yields before it is pierced: the needle first indents the skin against the tissue below (fat, muscle or bone),
    and this indentation reduces the depth.  A fast needle meets less resistance; the needles of a roller enter at an
    angle under the force of the hand.
Equations
    entries per mm²:  pen  n f P / (v w (1 − o));  roller  n P / (π (d + 2 l) b (1 − o));  stamp  n P / (A (1 − o))
    resistance of one needle at depth z (N):
    F(z) = s/cos θ · [p π r² + E_e (A(ζ) − A(ζ − h)) + E_d A(z − h)],   ζ = min(z, taper),  A(x) = π/4 (w(x)² − w(0)²)
    indentation w = F/K;  puncture pressure  p = w₀ K₀/(π r₀²),  w₀ the indentation at which a slow tip of radius r₀
    pierces depth reached:  the largest z with  z + F(z)/K ≤ travel  and  F(z) ≤ hand force / needles in the skin at z
    speed:  s = max(q, (v/v₀)^(log₂ k)),  1 at the speed v₀ of the force tests, k at twice that, never below q
    roller, whose tips do not slip:  cos θ = H/(R + l), H the height of the axis over the skin;  needles in contact
    n θ/π;  speed of entry  v sin θ;  the needle's crossing of the surface  x(θ) = (R + l) θ − H tan θ
Reads
    specification and settings of the device, thickness of the epidermis, tissue below the skin.
Writes
    :class:`Entries`; depth reached with the device held perpendicular (mm); lateral path at the surface (mm).
Evidence
    force increases with tip area (single needles in people); 0.02-0.06 N per needle; doubling the speed reduces the
    force by a quarter (pig, 0.5-1 mm/s, hundreds of times slower than a pen, so the effect is bounded); five published
    depths, to which the indentation and the foundation stiffness are fitted.  No study reports the speed of a pen or
    roller over the skin, the force on a roller, or the evenness of coverage: these are assumed.
"""

from __future__ import annotations

import math
from typing import Annotated, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.units import Array, Declared

#: The bracket of the reached depth is cut into PARTS, REFINEMENTS times; then come Newton's steps: numerics.
PARTS: Final = 32
REFINEMENTS: Final = 3
NEWTON_STEPS: Final = 2


class NeedlingParameters(NamedTuple):
    """What the operator does, and how the skin resists a needle."""

    pen_glide_speed: Annotated[Array, Declared("mm/s", "speed of a pen over the skin")]
    roller_speed: Annotated[Array, Declared("mm/s", "rolling speed of a roller")]
    stamp_rate: Annotated[Array, Declared("1/s", "placements of a stamp per second")]
    pressing_speed: Annotated[Array, Declared("mm/s", "speed at which a stamp is pressed down")]
    lane_overlap: Annotated[Array, Declared("1", "overlap of lanes or placements")]
    hand_force: Annotated[Array, Declared("N", "force of the hand on a roller or a stamp")]
    stroke_contact_share: Annotated[Array, Declared("1", "share of a pen stroke with the needles in the skin")]
    depth_loss: Annotated[Array, Declared("1", "mean share of the depth lost to tilt, lift and uneven pressure")]
    coverage_unevenness: Annotated[
        Array, Declared("1", "coefficient of variation of entries per area between locations")
    ]
    puncture_dent: Annotated[
        Array, Declared("mm", "indentation at which the reference tip pierces slowly, unstretched skin over muscle")
    ]
    puncture_tip_radius: Annotated[Array, Declared("um", "reference tip radius of the puncture indentation")]
    foundation_stiffness: Annotated[
        Array, Declared("N/mm", "foundation stiffness below one needle, unstretched skin over muscle")
    ]
    bone_stiffening: Annotated[Array, Declared("1", "stiffness of the foundation over bone, relative to muscle")]
    fat_softening: Annotated[Array, Declared("1", "stiffness of the foundation over thick fat, relative to muscle")]
    stretch_stiffening: Annotated[Array, Declared("1", "stiffness of stretched skin, relative to loose skin")]
    epidermis_modulus: Annotated[Array, Declared("MPa", "pressure that opens a hole in the epidermis")]
    dermis_modulus: Annotated[Array, Declared("MPa", "pressure that opens a hole in the dermis")]
    force_per_speed_doubling: Annotated[Array, Declared("1", "force to pierce at twice the speed, relative")]
    force_test_speed: Annotated[Array, Declared("mm/s", "speed of the force tests")]
    speed_effect_floor: Annotated[
        Array, Declared("1", "minimum force to pierce at high speed, relative to the force tests")
    ]
    numbing_depth: Annotated[Array, Declared("mm", "set depth above which a topical anaesthetic is used")]
    numbing_time: Annotated[Array, Declared("min", "contact time of a topical anaesthetic before needling")]


class Setting(NamedTuple):
    """Numbers of the device and of one pass over a site; what another kind of device has is zero."""

    set_depth_mm: Annotated[Array, Declared("mm", "set depth of the device")]
    passes: Annotated[Array, Declared("1", "passes over the site")]
    needles: Annotated[Array, Declared("1", "needles of the head")]
    needle_diameter_mm: Annotated[Array, Declared("mm", "diameter of a needle")]
    needle_tip_radius_um: Annotated[Array, Declared("um", "radius of its tip")]
    needle_taper_mm: Annotated[Array, Declared("mm", "length from the tip to the full width")]
    frequency_hz: Annotated[Array, Declared("Hz", "stroke rate of a motor")]
    head_width_mm: Annotated[Array, Declared("mm", "width of the head")]
    drum_diameter_mm: Annotated[Array, Declared("mm", "diameter of a drum")]
    drum_width_mm: Annotated[Array, Declared("mm", "width of a drum")]
    head_area_mm2: Annotated[Array, Declared("mm2", "area of a stamp")]


class Tissue(NamedTuple):
    """What the needles meet at the site."""

    epidermis_mm: Array  # stratum corneum included
    foundation: Array  # stiffness below the skin relative to a person's muscle; 1 in a person
    over_bone: Array  # 1 where bone lies close below, else 0
    over_fat: Array  # 1 where thick fat lies below, else 0
    stretched: Array  # 1 where the skin is held stretched, else 0


class Entries(NamedTuple):
    """How the needles meet the skin."""

    per_mm2: Annotated[Array, Declared("channel/mm2", "entries of all passes, re-entry counted")]
    cover_mm2_s: Annotated[Array, Declared("mm2/s", "skin area treated per second, one pass")]
    in_contact: Annotated[Array, Declared("1", "needles in the skin at one time")]
    tip_speed_mm_s: Annotated[Array, Declared("mm/s", "speed of a tip across the surface")]
    reach_mm: Annotated[
        Array, Declared("mm", "distance from the axis of a roller to its tips; infinite for perpendicular needles")
    ]
    force_n: Annotated[Array, Declared("N", "maximum force of the hand on all needles together; infinite for a motor")]


def pen_entries(x: Setting, p: NeedlingParameters) -> Entries:
    """A motorised pen: n f strokes a second on a lane of the head's width that is led over the skin."""
    cover = p.pen_glide_speed * x.head_width_mm * (1.0 - p.lane_overlap)
    return Entries(
        per_mm2=x.needles * x.frequency_hz / cover * x.passes,
        cover_mm2_s=cover,
        in_contact=x.needles,
        tip_speed_mm_s=math.pi * x.frequency_hz * x.set_depth_mm,  # largest of a sine of this travel
        reach_mm=jnp.full_like(cover * x.set_depth_mm, jnp.inf),
        force_n=jnp.full_like(cover * x.set_depth_mm, jnp.inf),
    )


def roller_entries(x: Setting, p: NeedlingParameters) -> Entries:
    """A roller: each needle once a turn, on the circle of the tips, over the width of the drum."""
    radius = x.drum_diameter_mm / 2.0
    reach = radius + x.set_depth_mm
    arc = jnp.arccos(radius / reach)  # half of it: from the entry of a needle to the lowest point
    # one needle at least is always in the skin, however small the arc
    in_contact = jnp.maximum(x.needles * arc / math.pi, 1.0)
    cover = p.roller_speed * x.drum_width_mm * (1.0 - p.lane_overlap)
    return Entries(
        per_mm2=x.needles / (2.0 * math.pi * reach * x.drum_width_mm * (1.0 - p.lane_overlap)) * x.passes,
        cover_mm2_s=cover,
        in_contact=in_contact,
        tip_speed_mm_s=p.roller_speed * jnp.sin(arc),
        reach_mm=reach * jnp.ones_like(cover),
        force_n=p.hand_force * jnp.ones_like(cover),
    )


def stamp_entries(x: Setting, p: NeedlingParameters) -> Entries:
    """A stamp: all needles at once, placed side by side with an overlap."""
    area = x.head_area_mm2 * (1.0 - p.lane_overlap)
    return Entries(
        per_mm2=x.needles / area * x.passes,
        cover_mm2_s=p.stamp_rate * area,
        in_contact=x.needles,
        tip_speed_mm_s=p.pressing_speed * jnp.ones_like(area),
        reach_mm=jnp.full_like(area, jnp.inf),
        force_n=p.hand_force * jnp.ones_like(area),
    )


#: Kind of device → its entries.
ENTRIES: Final = {"pen": pen_entries, "roller": roller_entries, "stamp": stamp_entries}


def needling_minutes(area_cm2: Array, x: Setting, made: Entries) -> Array:
    """Minutes of needling an area: area over the area covered per second, times the passes."""
    return area_cm2 * 100.0 / (made.cover_mm2_s * 60.0) * x.passes


def speed_factor(tip_speed_mm_s: Array, p: NeedlingParameters) -> Array:
    """Force at this speed over the force in the slow tests, between the floor and 1."""
    faster = jnp.maximum(tip_speed_mm_s / p.force_test_speed, 1.0)
    return jnp.maximum(p.speed_effect_floor, faster ** (jnp.log(p.force_per_speed_doubling) / math.log(2.0)))


def puncture_pressure_mpa(p: NeedlingParameters) -> Array:
    """Force that pierces over the area of the tip, at the speed of the force tests (MPa)."""
    return p.puncture_dent * p.foundation_stiffness / (math.pi * (p.puncture_tip_radius / 1e3) ** 2)


def stiffness(t: Tissue, p: NeedlingParameters) -> Array:
    """Stiffness of the tissue below one needle (N/mm)."""
    below = 1.0 + (p.bone_stiffening - 1.0) * t.over_bone + (p.fat_softening - 1.0) * t.over_fat
    return p.foundation_stiffness * t.foundation * below * (1.0 + (p.stretch_stiffening - 1.0) * t.stretched)


def _width(x: Array, s: Setting) -> tuple[Array, Array]:
    """Width of a needle at a distance from its tip (mm), and its slope."""
    tip = 2.0 * s.needle_tip_radius_um / 1e3
    slope = (s.needle_diameter_mm - tip) / s.needle_taper_mm
    on_taper = (x > 0) & (x < s.needle_taper_mm)
    return tip + slope * jnp.clip(x, 0.0, s.needle_taper_mm), slope * on_taper


def resistance(z: Array, x: Setting, made: Entries, t: Tissue, p: NeedlingParameters) -> tuple[Array, Array]:
    """Force on one needle at depth z (N), and its slope with depth (N/mm)."""
    tip = 2.0 * x.needle_tip_radius_um / 1e3

    def opened(at: Array) -> tuple[Array, Array]:
        width, slope = _width(at, x)
        return math.pi / 4.0 * (width**2 - tip**2), math.pi / 2.0 * width * slope

    # once the full width is in, the epidermis keeps its grip on the shaft
    wide = jnp.minimum(z, x.needle_taper_mm)
    (top, top_slope), (inner, inner_slope) = opened(wide), opened(wide - t.epidermis_mm)
    below, below_slope = opened(z - t.epidermis_mm)
    slanted = jnp.isfinite(made.reach_mm)
    reach = jnp.where(slanted, made.reach_mm, 1.0)
    cosine = jnp.where(slanted, 1.0 - z / reach, 1.0)
    factor = speed_factor(made.tip_speed_mm_s, p) / cosine
    force = puncture_pressure_mpa(p) * math.pi * (tip / 2.0) ** 2 + p.epidermis_modulus * (top - inner)
    growing = z < x.needle_taper_mm
    slope = p.epidermis_modulus * (top_slope - inner_slope) * growing + p.dermis_modulus * below_slope
    force = factor * (force + p.dermis_modulus * below)
    return force, factor * slope + jnp.where(slanted, force / (cosine * reach), 0.0)


def needles_in_skin(z: Array, x: Setting, made: Entries) -> tuple[Array, Array]:
    """Needles in the skin at one time where the lowest is at depth z, and its slope with depth (1/mm).

    A roller that is not pressed in up to its drum has fewer in the skin: n θ/π, at least one.
    """
    slanted = jnp.isfinite(made.reach_mm)
    reach = jnp.where(slanted, made.reach_mm, 1.0)
    inside = slanted & (z > 0)
    cosine = jnp.where(inside, 1.0 - z / reach, 0.5)
    arc = x.needles / math.pi * jnp.arccos(cosine)
    many = inside & (arc > 1)
    slope = jnp.where(many, x.needles / math.pi / (reach * jnp.sqrt(1.0 - cosine**2)), 0.0)
    return jnp.where(slanted, jnp.where(many, arc, 1.0), x.needles), slope


def reached_depth_mm(x: Setting, made: Entries, t: Tissue, p: NeedlingParameters) -> Array:
    """Depth that a tip reaches with the device held square (mm), at most the set one; 0 where the skin is only dented.

    The root is bracketed and finished with Newton's steps, which carry the derivatives.
    """
    under = stiffness(t, p)
    pressed = jnp.isfinite(made.force_n)
    hand = jnp.where(pressed, made.force_n, 0.0)  # no ∞ in a branch that derivatives pass through
    travel = jnp.asarray(x.set_depth_mm * jnp.ones_like(under))

    def excess(z: Array) -> tuple[Array, Array]:
        """Travel that is missing at depth z (mm), by the dent or by the hand, whichever ends first; and its slope."""
        force, slope = resistance(z, x, made, t, p)
        needles, more = needles_in_skin(z, x, made)
        by_dent = z + force / under - travel
        by_hand = (force - hand / needles) / under
        dent = ~pressed | (by_dent >= by_hand)
        slope_by_hand = (slope + hand * more / needles**2) / under
        # a flat resistance is passed at once: the bracket, not Newton's step, finds that depth
        return jnp.where(dent, by_dent, by_hand), jnp.where(dent, 1.0 + slope / under, slope_by_hand)

    low, width = jnp.zeros_like(travel), travel
    parts = jnp.arange(1, PARTS).reshape(-1, *[1] * travel.ndim) / PARTS
    for _ in range(REFINEMENTS):
        inside = excess(low + width * parts)[0] <= 0
        low, width = low + width * inside.sum(0) / PARTS, width / PARTS
    z = low + width / 2.0
    for _ in range(NEWTON_STEPS):
        error, slope = excess(z)
        z = jnp.where(slope > 1e-8, z - error / jnp.where(slope > 1e-8, slope, 1.0), z)
        z = jnp.minimum(z, travel)
    return jnp.where(excess(jnp.zeros_like(travel))[0] >= 0, 0.0, z)


def sideways_mm(kind: str, x: Setting, reached_mm: Array, p: NeedlingParameters) -> Array:
    """Path along the skin's surface while a needle is in it (mm); nothing at the tip, in proportion between.

    pen: glide over the part of a stroke that the needle is in;  roller: the way of the needle's crossing with the
    surface, 2 x(θ) at its turning point cos² θ = H/(R + l);  stamp: none.
    """
    if kind == "pen":
        return p.pen_glide_speed / x.frequency_hz * p.stroke_contact_share * (reached_mm > 0)
    if kind == "roller":
        reach = x.drum_diameter_mm / 2.0 + x.set_depth_mm
        height = reach - reached_mm
        inside = reached_mm > 0
        # at the surface the angle has no slope: where no needle is in, another is used and its result dropped
        angle = jnp.arccos(jnp.sqrt(jnp.where(inside, height / reach, 0.5)))
        return jnp.where(inside, 2.0 * (reach * angle - height * jnp.tan(angle)), 0.0)
    return jnp.zeros_like(reached_mm)
