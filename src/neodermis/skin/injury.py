"""Micro-injury: killed, open and stretched tissue by depth after one session.

Biology
    A needle removes no tissue: it displaces tissue and kills a thin rim along the cut.  Most of the opening closes by
    elastic recoil; the remaining void is the channel for transport.  The tissue around it is stretched but viable.
    Needles that cross the plexus below the papillary dermis open vessels, which causes pinpoint bleeding and brings
    platelets into the wound.
Equations
    depth of one entry:  ζ = m (1 − e), e exponential with mean c: loss by tilt, lift and uneven pressure; ζ ≤ m
    width of the needle at depth z below the surface, for an entry of depth ζ:  d(z) = w(ζ − z), its taper
    cut by drag  g(z) = g₀ (1 − z/ζ)
    necrotic rim  a_k = π (ρ d + δ) δ + 2 δ g;   void  a_o = π/4 (ρ d)² + ρ d g;   stretched  a_s = π/4 d²/((1 + ε)² −
    1) mean hits per location  x = N ⟨a⟩,  the mean over the cell and over the depths of the entries
    share of the tissue  φ = 1 − (1 + u² x)^(−1/u²),   → 1 − exp(−x) for even coverage (u → 0, a Poisson pattern)
    bleeding points per mm²:  N P(ζ > plexus) q;   applied plasma fills the void:  platelet factors  + c φ_o
    within reach of a channel: ψ,  the mean over the cell (Simpson's rule) of that share of  x(z) = N π ⟨(a (2 −
    a/R))²⟩,  a = ζ − z above the tip of an entry, at least 0 and at most R, the radius of influence;  ⟨⟩ over entries
    a session:  D → D + κ ψ (1 − D) ,  platelet factors + c_P κ ψ P(ζ > plexus)   what cells respond to
    cells, capillaries and matrix are lost in proportion to φ                     harm
Reads
    :class:`Channels`, present depths of the tissue.
Writes
    :class:`Injury` by depth; the jump of the skin state at a session.
Evidence
    a channel 71 µm wide from a needle 140 µm wide at its base (hairless rat); all other values are assumed, so that a
    clinical pen session kills 5-25 % of the papillary dermis and a roller session 0.5-3 %.  No trial supports a
    response in proportion to the killed volume (a pen session kills about forty times as much as a roller session): the
    response follows the share of tissue within reach of a channel, whose areas of influence overlap at random.  No
    later module depends on needles: heat or acid would be other sources of an :class:`Injury`.
"""

from __future__ import annotations

import math
from typing import Annotated, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.skin.tissue import Layers, Matrix, SkinState
from neodermis.units import Array, Declared

#: Depths of entries, of equal weight, that stand for their distribution: numerics.
DEPTHS: Final = 16


class InjuryParameters(NamedTuple):
    """What a needle does to the tissue around it."""

    channel_recoil_ratio: Annotated[
        Array, Declared("1", "channel width after elastic recoil, relative to needle width")
    ]
    necrotic_rim_thickness: Annotated[Array, Declared("um", "thickness of the necrotic rim along a cut")]
    stretch_threshold: Annotated[Array, Declared("1", "strain above which tissue counts as stretched")]
    drag_cut_share: Annotated[Array, Declared("1", "share of the lateral path in the skin that cuts")]
    killed_cell_share: Annotated[
        Array, Declared("1", "share of the fibroblasts in killed or torn tissue that die; the others are displaced")
    ]
    torn_matrix_share: Annotated[
        Array, Declared("1", "share of the collagen in killed tissue that is cleaved immediately")
    ]
    platelet_load: Annotated[Array, Declared("ng/mL", "platelet factors in fully killed and bleeding tissue")]
    plasma_factors: Annotated[Array, Declared("ng/mL", "factor concentration of platelet-rich plasma in the channels")]
    influence_radius: Annotated[Array, Declared("mm", "radius around a channel within which cells respond to it")]
    response_damage: Annotated[
        Array,
        Declared("1", "damage that cells respond to where all tissue is within reach of a channel, as killed share"),
    ]
    capillary_cut_share: Annotated[Array, Declared("1", "share of the capillaries in killed tissue that are lost")]
    bleeding_share: Annotated[Array, Declared("1", "share of the entries beyond the plexus that bleed to the surface")]


class Channels(NamedTuple):
    """The channel pattern that one session makes at one site."""

    per_mm2: Annotated[Array, Declared("channel/mm2", "needle entries, re-entry counted")]
    reached_depth_mm: Annotated[Array, Declared("mm", "deepest entry, with the device held perpendicular")]
    depth_loss: Annotated[Array, Declared("1", "mean share of the depth lost between entries")]
    unevenness: Annotated[Array, Declared("1", "coefficient of variation of entries per area between locations")]
    needle_diameter_mm: Annotated[Array, Declared("mm", "diameter of a needle")]
    needle_tip_mm: Annotated[Array, Declared("mm", "width at the tip")]
    needle_taper_mm: Annotated[Array, Declared("mm", "length from the tip to the full width")]
    sideways_mm: Annotated[Array, Declared("mm", "lateral path at the surface while a needle is in the skin")]


class Injury(NamedTuple):
    """What one session does to the tissue, by depth cell; whatever made it."""

    injured: Array  # share of the tissue that is killed or torn, after recoil
    void: Array  # share that is void right after
    stretched: Array  # share that has been strained beyond the threshold, the killed included
    influenced: Array  # share within reach of an injury, whose cells respond to it
    hit_density: Array  # times that a place has been killed or torn, mean; grows with every pass
    bleeding: Array  # share of the entries that reach beyond the plexus: one number


def depth_at(rank: Array, reached_depth_mm: Array, depth_loss: Array) -> Array:
    """Depth (mm) that a share ``rank`` of the entries do not reach:  m (1 + c ln rank), not below 0."""
    return reached_depth_mm * jnp.maximum(1.0 + depth_loss * jnp.log(rank), 0.0)


def entry_depths_mm(made: Channels) -> Array:
    """Depths (mm) of equal weight that stand for the distribution of the entries, along a new last axis."""
    rank = (jnp.arange(DEPTHS) + 0.5) / DEPTHS
    return depth_at(rank, made.reached_depth_mm[..., None], made.depth_loss[..., None])


def median_depth_mm(made: Channels) -> Array:
    """Depth that half of the entries reach (mm):  m (1 − c ln 2)."""
    return made.reached_depth_mm * jnp.maximum(1.0 - made.depth_loss * math.log(2.0), 0.0)


def share_beyond(depth_mm: Array, made: Channels) -> Array:
    """Share of the entries that reach beyond a depth,  1 − exp(−(1 − z/m)/c) for z < m; 0 where no needle enters."""
    inside = made.reached_depth_mm > depth_mm
    kept = depth_mm / jnp.where(inside, made.reached_depth_mm, 1.0)
    return jnp.where(inside, -jnp.expm1(-(1.0 - kept) / made.depth_loss), 0.0)


class _Sums(NamedTuple):
    """Means over a cell and over the entries of powers of the needle's width w at a depth, and of w g/g₀."""

    passed: Array  # w⁰: the share of the cell's depth that a needle passes
    width: Array  # w¹, mm
    square: Array  # w², mm²
    drag: Array  # g/g₀
    drag_width: Array  # w g/g₀, mm


def width_sums(made: Channels, depth_faces_mm: Array) -> _Sums:
    """Means over each depth cell, and over the entries, of what the areas are made of; exact integrals over depth."""
    tip, taper, full = (
        value[..., None, None] for value in (made.needle_tip_mm, made.needle_taper_mm, made.needle_diameter_mm)
    )
    slope = (full - tip) / taper
    depths = entry_depths_mm(made)[..., None, :]
    x = jnp.maximum(depths - depth_faces_mm[..., :, None], 0.0)  # needle below a face
    on, beyond = jnp.minimum(x, taper), jnp.maximum(x - taper, 0.0)
    whole = jnp.where(depths > 0, depths, 1.0)
    further = (x**2 - on**2) / 2.0
    integrals = _Sums(
        passed=x,
        width=tip * on + slope * on**2 / 2.0 + full * beyond,
        square=tip**2 * on + tip * slope * on**2 + slope**2 * on**3 / 3.0 + full**2 * beyond,
        drag=x**2 / 2.0 / whole,
        drag_width=(tip * on**2 / 2.0 + slope * on**3 / 3.0 + full * further) / whole,
    )
    thickness = jnp.diff(depth_faces_mm)
    return _Sums(*((i[..., :-1, :] - i[..., 1:, :]).mean(-1) / thickness for i in integrals))


def covered(hits: Array, unevenness: Array) -> Array:
    """Share of places hit once or more:  1 − (1 + u² x)^(−1/u²), which is 1 − exp(−x) for an even cover."""
    u2 = unevenness**2
    even = u2 < 1e-8
    spread = jnp.where(even, 1.0, u2)
    return -jnp.expm1(jnp.where(even, -hits, -jnp.log1p(spread * hits) / spread))


def injury(made: Channels, depth_faces_mm: Array, plexus_mm: Array, p: InjuryParameters) -> Injury:
    """What the channels do to each depth cell (equations above).

    Parameters
    ----------
    made
        One session's channels; arrays of any one shape (members).
    depth_faces_mm
        Faces of the depth cells, surface first (mm): (members, cells + 1).
    plexus_mm
        Depth of the plexus below the papillary dermis (mm).
    """
    sums = width_sums(made, depth_faces_mm)
    recoil, rim = p.channel_recoil_ratio[..., None], p.necrotic_rim_thickness[..., None] / 1e3
    cut = (p.drag_cut_share * made.sideways_mm)[..., None]
    per_mm2, uneven = made.per_mm2[..., None], made.unevenness[..., None]
    injured = per_mm2 * rim * (math.pi * (recoil * sums.width + rim * sums.passed) + 2.0 * cut * sums.drag)
    void = per_mm2 * recoil * (math.pi / 4.0 * recoil * sums.square + cut * sums.drag_width)
    strained = (1.0 + p.stretch_threshold[..., None]) ** 2 - 1.0
    stretched = injured + per_mm2 * math.pi / 4.0 * sums.square / strained
    return Injury(
        injured=covered(injured, uneven),
        void=covered(void, uneven),
        stretched=covered(stretched, uneven),
        influenced=influenced(made, depth_faces_mm, p.influence_radius),
        hit_density=injured,
        bleeding=share_beyond(plexus_mm, made),
    )


def influenced(made: Channels, depth_faces_mm: Array, radius_mm: Array) -> Array:
    """Share of each depth cell within reach of a channel, whose areas of influence overlap at random.

    At its tip a channel has no length above it that could reach sideways: its reach grows with the length a above the
    tip, a (2 − a/R), to the radius R at a = R.  So the profile has neither a step nor a corner, and what spreads on
    below the tip are the signals, by diffusion.  The mean over a cell is by Simpson's rule.
    """
    entries = entry_depths_mm(made)[..., None, :]
    middles = (depth_faces_mm[..., 1:] + depth_faces_mm[..., :-1]) / 2.0
    top, middle, bottom = (
        _within_reach(made, depth, entries, radius_mm)
        for depth in (depth_faces_mm[..., :-1], middles, depth_faces_mm[..., 1:])
    )
    return (top + 4.0 * middle + bottom) / 6.0


def _within_reach(made: Channels, depth_mm: Array, entries_mm: Array, radius_mm: Array) -> Array:
    """Share of the tissue at each depth that has at least one channel within reach."""
    radius = radius_mm[..., None, None]
    above = jnp.clip(entries_mm - depth_mm[..., None], 0.0, radius)
    square = ((above * (2.0 - above / radius)) ** 2).mean(-1)
    return covered(made.per_mm2[..., None] * math.pi * square, made.unevenness[..., None])


def surface_width_mm(made: Channels) -> Array:
    """Width of the needle at the skin's surface, for an entry of median depth (mm)."""
    on_taper = jnp.minimum(median_depth_mm(made) / made.needle_taper_mm, 1.0)
    inside = made.reached_depth_mm > 0
    return jnp.where(inside, made.needle_tip_mm + (made.needle_diameter_mm - made.needle_tip_mm) * on_taper, 0.0)


def open_share(made: Channels, p: InjuryParameters) -> Array:
    """Share of the skin's surface that is open right after the session, overlap counted once."""
    width = p.channel_recoil_ratio * surface_width_mm(made)
    area = math.pi / 4.0 * width**2 + width * p.drag_cut_share * made.sideways_mm
    return covered(made.per_mm2 * area, made.unevenness)


def bleeding_points_per_mm2(made: Channels, beyond_plexus: Array, p: InjuryParameters) -> Array:
    """Expected points of bleeding per mm² of skin."""
    return made.per_mm2 * beyond_plexus * p.bleeding_share


def wound(state: SkinState, done: Injury, shape: Layers, p: InjuryParameters) -> SkinState:
    """The jump of the state at a session; what is torn out of the matrix is booked as cleaved."""
    phi = shape.dermal(done.injured)
    response = p.response_damage * done.influenced  # saturates, as harm does not
    alarm = shape.dermal(response)
    alive = 1.0 - p.killed_cell_share * phi
    torn = p.torn_matrix_share * phi
    old = state.cells
    cells = old._replace(
        damage=old.damage + alarm * (1.0 - old.damage),
        platelet=old.platelet + p.platelet_load * alarm * done.bleeding + p.plasma_factors * shape.dermal(done.void),
        fibroblast=old.fibroblast * alive,
        activated=old.activated * alive,
        myofibroblast=old.myofibroblast * alive,
        capillary_density=old.capillary_density * (1.0 - p.capillary_cut_share * phi),
        elastin=old.elastin * (1.0 - torn),
    )
    top = len(shape.corneum)
    epidermal = (response[top : top + len(shape.living)] * shape.living).sum(0) / shape.living.sum(0)
    surface = state.surface._replace(
        unepithelialised_fraction=jnp.where(done.injured[0] > 0, 1.0, state.surface.unepithelialised_fraction),
        activated_keratinocytes=state.surface.activated_keratinocytes
        + epidermal * (1.0 - state.surface.activated_keratinocytes),
    )
    matrix = state.matrix
    return SkinState(
        cells,
        Matrix(
            labile_1=matrix.labile_1 * (1.0 - torn),
            labile_3=matrix.labile_3 * (1.0 - torn),
            mature_1=matrix.mature_1 * (1.0 - torn),
            mature_3=matrix.mature_3 * (1.0 - torn),
            cumulative_synthesis_1=matrix.cumulative_synthesis_1,
            cumulative_synthesis_3=matrix.cumulative_synthesis_3,
            cumulative_degradation_1=matrix.cumulative_degradation_1 + torn * (matrix.labile_1 + matrix.mature_1),
            cumulative_degradation_3=matrix.cumulative_degradation_3 + torn * (matrix.labile_3 + matrix.mature_3),
        ),
        surface,
    )
