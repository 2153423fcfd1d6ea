"""Repair: TGF-β1 and TGF-β3, fibroblasts, VEGF and capillaries.

Biology
    Macrophages and activated fibroblasts release TGF-β1.  Together with platelet factors it activates resting dermal
    fibroblasts, which proliferate up to a limit; some differentiate into myofibroblasts.  TGF-β3, released by repair
    macrophages and activated fibroblasts, inhibits this differentiation.  Many myofibroblasts recruit further ones:
    beyond a threshold (a fold bifurcation) they persist, which represents a scar.  Damage and repair macrophages
    release VEGF, which drives capillary growth; capillaries regress without it.
Equations
    0 = ∇(D_T ∇T) − k_T T + p_TM (M1 + M2) + p_TA (A + Y)          TGF-β1 above rest
    p_TA = g k_T K_T k_de / (k_act F0)                              g: loop gain at rest, below 0.7
    0 = ∇(D_T ∇T3) − k_T T3 + p_3M M2 + p_3A A                      TGF-β3 above rest
    0 = ∇(D_V ∇E) − k_V E + p_VM M2 + p_VD D                        VEGF above rest
    u = T/K_T + P/K_AP ;  s = u/(1+u) ;  room = 1 − (F + A + Y)/F_max, at least 0
    s ← s (1 − e δ φ)   on fragmented collagen fibroblasts cannot spread, and answer less (see exposures)
    c = k_Y h(T) A / (1 + T3/K_3) ,  h = T³/(K_TY³ + T³) ;   r = 2 k_self F Y²/(Y_s² + Y²) room
    F' = k_rel (F0 − F) + k_de A − k_act s F − r
    A' = k_act s F + k_pr s A (1 − (F + A + Y)/F_max) − k_de A − c
    Y' = c + r − d_Y Y
    V' = g_V E/(K_V + E) V (1 − V/V_max) − d_V (V − V_0)            capillaries over rest
    V_0' = −k_V A/F0 (V_0 − V_min) + k_R (1 − V_0)                  their set point follows the dermis slowly
Reads
    damage, platelet factors, macrophages.
Writes
    F, A, Y, V, V_0; the signals TGF-β1, TGF-β3 and VEGF.
Evidence
    TGF-β1 release and decay from published cell models; activation rates from procollagen one week after
    non-ablative laser in people and from myofibroblast time courses; capillaries reach three times rest in wounds and
    plateau within a week (mouse ear).  Blood flow is below its start three months after a course in two arms, which a
    density that returns to rest cannot give: the set point falls with remodelling and returns slowly (rates assumed).
    TGF-β3 after needling is known in rats.  Differences from the original
    equations: the TGF-β1 of resting fibroblasts belongs to the resting level, so the excess never becomes negative;
    TGF-β3 inhibits differentiation into myofibroblasts, so that it has an effect.  The only evidence of
    self-recruitment after needling is tram-track scars; its threshold is sharp, so interpret it as a risk.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.skin.tissue import Cells
from neodermis.units import Array, Declared


class RepairParameters(NamedTuple):
    """Rates of the proliferative phase."""

    tgf_diffusivity: Annotated[Array, Declared("mm2/d", "diffusivity of active TGF-β1")]
    tgf_decay_rate: Annotated[Array, Declared("1/d", "decay rate of active TGF-β1")]
    tgf_from_macrophage: Annotated[Array, Declared("pg/cell/d", "TGF-β1 released per macrophage")]
    activation_loop_gain: Annotated[Array, Declared("1", "gain of the loop activated fibroblast - TGF-β1 at rest")]
    activation_rate: Annotated[Array, Declared("1/d", "maximum rate of fibroblast activation")]
    activation_tgf_half: Annotated[Array, Declared("ng/mL", "TGF-β1 above rest at half-maximal activation")]
    activation_platelet_half: Annotated[Array, Declared("ng/mL", "platelet factors at half-maximal activation")]
    deactivation_rate: Annotated[Array, Declared("1/d", "deactivation or loss rate of activated fibroblasts")]
    proliferation_rate: Annotated[Array, Declared("1/d", "maximum proliferation rate of activated fibroblasts")]
    fibroblast_capacity: Annotated[Array, Declared("1", "maximum fibroblast density relative to rest")]
    fibroblast_relaxation_rate: Annotated[Array, Declared("1/d", "replacement rate of resting fibroblasts")]
    myofibroblast_rate: Annotated[Array, Declared("1/d", "maximum rate of differentiation into myofibroblasts")]
    myofibroblast_tgf_half: Annotated[Array, Declared("ng/mL", "TGF-β1 above rest at half that rate")]
    myofibroblast_loss_rate: Annotated[Array, Declared("1/d", "loss rate of myofibroblasts")]
    myofibroblast_self_rate: Annotated[
        Array, Declared("1/d", "half the maximum rate of myofibroblast self-recruitment")
    ]
    myofibroblast_self_half: Annotated[Array, Declared("cell/mm3", "myofibroblasts at half-maximal self-recruitment")]
    tgf3_from_macrophage: Annotated[Array, Declared("pg/cell/d", "TGF-β3 released per repair macrophage")]
    tgf3_from_activated: Annotated[Array, Declared("pg/cell/d", "TGF-β3 released per activated fibroblast")]
    tgf3_half: Annotated[Array, Declared("ng/mL", "TGF-β3 above rest that halves differentiation into myofibroblasts")]
    vegf_diffusivity: Annotated[Array, Declared("mm2/d", "diffusivity of VEGF")]
    vegf_decay_rate: Annotated[Array, Declared("1/d", "decay rate of VEGF")]
    vegf_from_macrophage: Annotated[Array, Declared("pg/cell/d", "VEGF released per repair macrophage")]
    vegf_from_damage: Annotated[Array, Declared("ng/mL/d", "VEGF release of fully damaged tissue")]
    capillary_growth_rate: Annotated[Array, Declared("1/d", "maximum rate of capillary sprouting")]
    capillary_vegf_half: Annotated[Array, Declared("ng/mL", "VEGF above rest at half-maximal sprouting")]
    capillary_capacity: Annotated[Array, Declared("1", "maximum capillary density relative to rest")]
    capillary_regression_rate: Annotated[Array, Declared("1/d", "regression rate of capillaries")]
    capillary_remodelling_rate: Annotated[
        Array,
        Declared("1/d", "rate at which activated fibroblasts at the resting fibroblast density lower the set point of "
                 "capillaries"),
    ]  # fmt: skip
    capillary_remodelled: Annotated[Array, Declared("1", "set point of capillaries in fully remodelled dermis")]
    capillary_return_rate: Annotated[Array, Declared("1/d", "rate of return of the set point of capillaries")]


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


def tgf3_source(cells: Cells, p: RepairParameters) -> Array:
    """Release of TGF-β3 above rest (ng/mL/d by cell)."""
    return p.tgf3_from_macrophage * cells.macrophage_repair + p.tgf3_from_activated * cells.activated


def vegf_source(cells: Cells, p: RepairParameters) -> Array:
    """Release of VEGF above rest (ng/mL/d by cell)."""
    return p.vegf_from_macrophage * cells.macrophage_repair + p.vegf_from_damage * cells.damage


class Turnover(NamedTuple):
    """Production and first-order loss rate of each state; both are never negative."""

    fibroblast: tuple[Array, Array]
    activated: tuple[Array, Array]
    myofibroblast: tuple[Array, Array]
    capillary_density: tuple[Array, Array]
    capillary_set_point: tuple[Array, Array]


def turnover(
    cells: Cells, tgf: Array, tgf3: Array, vegf: Array, spreading: Array, resting_density: Array, p: RepairParameters
) -> Turnover:
    """Production and loss of resting, activated and myofibroblasts and of capillaries (equations above).

    ``spreading``: what fragmented collagen leaves of the response of a fibroblast, by depth.
    """
    drive = tgf / p.activation_tgf_half + cells.platelet / p.activation_platelet_half
    drive = drive / (1.0 + drive) * spreading
    ratio = (tgf / p.myofibroblast_tgf_half) ** 3
    into_myofibroblast = p.myofibroblast_rate * ratio / (1.0 + ratio) / (1.0 + tgf3 / p.tgf3_half)
    activation = p.activation_rate * drive
    growth = p.proliferation_rate * drive
    crowding = (cells.fibroblast + cells.activated + cells.myofibroblast) / (p.fibroblast_capacity * resting_density)
    room = jnp.maximum(1.0 - crowding, 0.0)
    many = (cells.myofibroblast / p.myofibroblast_self_half) ** 2
    recruited = 2.0 * p.myofibroblast_self_rate * many / (1.0 + many) * room
    remodelling = p.capillary_remodelling_rate * cells.activated / resting_density
    sprouting = p.capillary_growth_rate * vegf / (p.capillary_vegf_half + vegf)
    return Turnover(
        fibroblast=(
            p.fibroblast_relaxation_rate * resting_density + p.deactivation_rate * cells.activated,
            p.fibroblast_relaxation_rate + activation + recruited,
        ),
        activated=(
            activation * cells.fibroblast + growth * cells.activated,
            growth * crowding + p.deactivation_rate + into_myofibroblast,
        ),
        myofibroblast=(
            into_myofibroblast * cells.activated + recruited * cells.fibroblast,
            p.myofibroblast_loss_rate,
        ),
        capillary_density=(
            p.capillary_regression_rate * cells.capillary_set_point + sprouting * cells.capillary_density,
            p.capillary_regression_rate + sprouting * cells.capillary_density / p.capillary_capacity,
        ),
        capillary_set_point=(
            remodelling * p.capillary_remodelled + p.capillary_return_rate,
            remodelling + p.capillary_return_rate,
        ),
    )
