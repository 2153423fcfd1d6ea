"""Repair: TGF-β1 and the fibroblasts that it activates.

Biology
    Macrophages and activated fibroblasts release TGF-β1; with platelet factors it turns resting dermal
    fibroblasts into activated ones, which multiply while there is room; some become myofibroblasts.
Equations
    0 = ∇(D_T ∇T) − k_T T + p_TM (M1 + M2) + p_TA (A + Y)          TGF-β1 above rest
    p_TA = g k_T K_T k_de / (k_act F0)                              g: loop gain at rest, below 0.7
    u = T/K_T + P/K_AP ;  s = u/(1+u)
    F' = k_rel (F0 − F) + k_de A − k_act s F
    A' = k_act s F + k_pr s A (1 − (F + A + Y)/F_max) − k_de A − k_Y h(T) A ,  h = T³/(K_TY³ + T³)
    Y' = k_Y h(T) A − d_Y Y
Reads
    platelet factors, macrophages.
Writes
    F, A, Y; the TGF-β1 signal.
Evidence
    TGF-β1 release and decay from published cell models; activation rates from procollagen one week after
    non-ablative laser in people and from myofibroblast time courses.  Two departures from the starting
    equations: resting fibroblasts' own TGF-β1 belongs to the resting level, so the excess never turns
    negative; the self-sustaining myofibroblast term (scarring) is left to the fuller cascade.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import jax.numpy as jnp

from neodermis.skin.tissue import Cells
from neodermis.units import Array, Declared


class RepairParameters(NamedTuple):
    """Rates of the proliferative phase."""

    tgf_diffusivity: Annotated[Array, Declared("mm2/d", "diffusivity of active TGF-β1")]
    tgf_decay_rate: Annotated[Array, Declared("1/d", "decay of active TGF-β1")]
    tgf_from_macrophage: Annotated[Array, Declared("pg/cell/d", "TGF-β1 released per macrophage")]
    activation_loop_gain: Annotated[Array, Declared("1", "gain of the loop activated fibroblast - TGF-β1 at rest")]
    activation_rate: Annotated[Array, Declared("1/d", "largest rate of fibroblast activation")]
    activation_tgf_half: Annotated[Array, Declared("ng/mL", "TGF-β1 above rest that gives half the activation")]
    activation_platelet_half: Annotated[Array, Declared("ng/mL", "platelet factor that gives half the activation")]
    deactivation_rate: Annotated[Array, Declared("1/d", "return or loss of activated fibroblasts")]
    proliferation_rate: Annotated[Array, Declared("1/d", "largest growth of activated fibroblasts")]
    fibroblast_capacity: Annotated[Array, Declared("1", "largest fibroblast density over the resting one")]
    fibroblast_relaxation_rate: Annotated[Array, Declared("1/d", "return of resting fibroblasts to their density")]
    myofibroblast_rate: Annotated[
        Array, Declared("1/d", "largest turning of activated fibroblasts into myofibroblasts")
    ]
    myofibroblast_tgf_half: Annotated[Array, Declared("ng/mL", "TGF-β1 above rest that gives half that rate")]
    myofibroblast_loss_rate: Annotated[Array, Declared("1/d", "death of myofibroblasts")]


def tgf_source(cells: Cells, resting_density: Array, p: RepairParameters) -> Array:
    """Release of TGF-β1 above rest (ng/mL/d by cell)."""
    per_fibroblast = (
        p.activation_loop_gain
        * p.tgf_decay_rate
        * p.activation_tgf_half
        * p.deactivation_rate
        / (p.activation_rate * resting_density)
    )
    macrophages = cells.macrophage_inflammatory + cells.macrophage_repair
    return p.tgf_from_macrophage * macrophages + per_fibroblast * (cells.activated + cells.myofibroblast)


class Turnover(NamedTuple):
    """Production and first-order loss rate of each fibroblast state; both are never negative."""

    fibroblast: tuple[Array, Array]
    activated: tuple[Array, Array]
    myofibroblast: tuple[Array, Array]


def turnover(cells: Cells, tgf: Array, resting_density: Array, dermis: Array, p: RepairParameters) -> Turnover:
    """Production and loss of resting, activated and myofibroblasts (equations above)."""
    drive = tgf / p.activation_tgf_half + cells.platelet / p.activation_platelet_half
    drive = drive / (1.0 + drive)
    ratio = (tgf / p.myofibroblast_tgf_half) ** 3
    into_myofibroblast = p.myofibroblast_rate * ratio / (1.0 + ratio)
    activation = p.activation_rate * drive
    growth = p.proliferation_rate * drive
    crowding = (cells.fibroblast + cells.activated + cells.myofibroblast) / (p.fibroblast_capacity * resting_density)
    return Turnover(
        fibroblast=(
            (p.fibroblast_relaxation_rate * resting_density + p.deactivation_rate * cells.activated) * dermis,
            p.fibroblast_relaxation_rate + activation,
        ),
        activated=(
            activation * cells.fibroblast + growth * cells.activated,
            growth * crowding + p.deactivation_rate + into_myofibroblast,
        ),
        myofibroblast=(into_myofibroblast * cells.activated, p.myofibroblast_loss_rate * jnp.ones_like(tgf)),
    )
