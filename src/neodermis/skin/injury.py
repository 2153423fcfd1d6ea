"""Micro-injury: from a needling session to the killed share of the tissue by depth.

Biology
    A needle pushes tissue aside and kills a rim; most of the opening closes by recoil.  Needles that
    cross the superficial plexus bring platelets into the papillary dermis.
Equations
    entries per mm²:  pen  n f / v · passes;  roller  n / (π (d + 2 l) w) · passes;  stamp  n / A · passes
    wounded area of one channel at depth z:  a(z) = π/4 (ρ δ)² (1 − z/z_r)²,  zero below the reached depth z_r
    injured share of a cell:  φ = 1 − exp(−N ⟨a⟩),  ⟨a⟩ the mean over the cell (Poisson pattern)
Reads
    device geometry, set depth, passes, the tissue's present depths.
Writes
    :class:`Channels`; the jump of the skin state at a session.
Evidence
    channel 71 µm wide from a 140 µm needle (recoil 0.5); reached over set depth 0.2 to 1 by device and
    tissue, so each class carries its own wide range.  Nothing after this module sees a needle.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, NamedTuple

import jax.numpy as jnp

from neodermis.skin.tissue import Cells, Layers, Matrix, SkinState
from neodermis.units import Array, Declared


class InjuryParameters(NamedTuple):
    """What the operator and the tissue add to the device's geometry."""

    pen_coverage_rate: Annotated[Array, Declared("cm2/s", "skin covered per second by a gliding pen, one pass")]
    roller_coverage_rate: Annotated[Array, Declared("cm2/s", "skin covered per second by a roller, one pass")]
    pen_reached_share: Annotated[Array, Declared("1", "reached over set depth, motorised pen")]
    roller_reached_share: Annotated[Array, Declared("1", "reached depth over needle length, roller")]
    stamp_reached_share: Annotated[Array, Declared("1", "reached depth over needle length, pressed stamp")]
    channel_recoil_ratio: Annotated[Array, Declared("1", "channel width after recoil over needle diameter")]
    killed_cell_share: Annotated[Array, Declared("1", "share of the cells in injured tissue that die")]
    torn_matrix_share: Annotated[
        Array, Declared("1", "share of the collagen in injured tissue that is cleaved at once")
    ]
    platelet_load: Annotated[Array, Declared("ng/mL", "platelet factors released where all tissue is injured")]
    numbing_depth: Annotated[Array, Declared("mm", "set depth beyond which a topical anaesthetic is given")]
    numbing_time: Annotated[Array, Declared("min", "time under a topical anaesthetic before needling")]


class Channels(NamedTuple):
    """The channel pattern that one session makes at one site."""

    per_mm2: Array  # needle entries, re-entry counted
    reached_depth_mm: Array
    diameter_mm: Array  # wounded width at the surface, after recoil


def entries_per_mm2_pen(needles: Array, frequency_hz: Array, passes: Array, p: InjuryParameters) -> Array:
    """Entries per mm² of a gliding pen: needles · strokes per second / area per second · passes."""
    return needles * frequency_hz / (p.pen_coverage_rate * 100.0) * passes


def entries_per_mm2_roller(
    needles: Array, length_mm: Array, drum_diameter_mm: Array, drum_width_mm: Array, passes: Array
) -> Array:
    """Entries per mm² of a roller: all needles once per turn, on the circle of their tips, times passes."""
    return needles / (math.pi * (drum_diameter_mm + 2.0 * length_mm) * drum_width_mm) * passes


def entries_per_mm2_stamp(needles: Array, head_area_mm2: Array, passes: Array) -> Array:
    """Entries per mm² of a stamp placed side by side: needles per head area, times passes."""
    return needles / head_area_mm2 * passes


def channels(
    kind: Literal["pen", "roller", "stamp"],
    entries_per_mm2: Array,
    set_depth_mm: Array,
    needle_diameter_mm: Array,
    p: InjuryParameters,
) -> Channels:
    """Channels of one session: density, reached depth, wounded width."""
    reached = {
        "pen": p.pen_reached_share,
        "roller": p.roller_reached_share,
        "stamp": p.stamp_reached_share,
    }[kind]
    return Channels(
        per_mm2=entries_per_mm2,
        reached_depth_mm=set_depth_mm * reached,
        diameter_mm=needle_diameter_mm * p.channel_recoil_ratio,
    )


def minutes(
    kind: Literal["pen", "roller", "stamp"], area_cm2: float, set_depth_mm: Array, passes: Array, p: InjuryParameters
) -> Array | None:
    """Minutes in the chair: numbing where the needles go deeper than needs none, and needling the area.

    None for a stamp: nobody has published how fast one is placed.
    """
    if kind == "stamp":
        return None
    rate = p.pen_coverage_rate if kind == "pen" else p.roller_coverage_rate
    needling = area_cm2 / (rate * 60.0) * passes
    return needling + p.numbing_time * ((set_depth_mm > p.numbing_depth) & (passes > 0))


def injured_fraction(made: Channels, depth_faces_mm: Array) -> Array:
    """Killed or torn share of the tissue in each depth cell: φ = 1 − exp(−N ⟨a⟩), in 0 to 1."""
    depth = jnp.where(made.reached_depth_mm > 0, made.reached_depth_mm, 1.0)
    left = jnp.maximum(1.0 - depth_faces_mm / depth, 0.0)  # taper of the channel's width at each face
    mean_taper = depth / 3.0 * (left[:-1] ** 3 - left[1:] ** 3) / jnp.diff(depth_faces_mm)
    area = math.pi / 4.0 * made.diameter_mm**2 * jnp.where(made.reached_depth_mm > 0, mean_taper, 0.0)
    return -jnp.expm1(-made.per_mm2 * area)


def wound(state: SkinState, phi: Array, shape: Layers, p: InjuryParameters) -> SkinState:
    """The jump of the state at a session; what is torn out of the matrix is booked as cleaved."""
    phi = phi * shape.dermis  # cells, signals and matrix live in the dermis
    alive = 1.0 - p.killed_cell_share * phi
    old = state.cells
    cells = Cells(
        damage=old.damage + phi * (1.0 - old.damage),
        platelet=old.platelet + p.platelet_load * phi,
        neutrophil=old.neutrophil,
        macrophage_inflammatory=old.macrophage_inflammatory,
        macrophage_repair=old.macrophage_repair,
        protease=old.protease,
        fibroblast=old.fibroblast * alive,
        activated=old.activated * alive,
        myofibroblast=old.myofibroblast * alive,
    )
    torn, matrix = p.torn_matrix_share * phi, state.matrix
    return SkinState(
        cells,
        Matrix(
            labile_1=matrix.labile_1 * (1.0 - torn),
            labile_3=matrix.labile_3 * (1.0 - torn),
            mature_1=matrix.mature_1 * (1.0 - torn),
            mature_3=matrix.mature_3 * (1.0 - torn),
            made_1=matrix.made_1,
            made_3=matrix.made_3,
            cleaved_1=matrix.cleaved_1 + torn * (matrix.labile_1 + matrix.mature_1),
            cleaved_3=matrix.cleaved_3 + torn * (matrix.labile_3 + matrix.mature_3),
        ),
    )
