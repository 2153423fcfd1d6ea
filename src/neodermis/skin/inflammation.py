"""Inflammation: debris, platelets, neutrophils, macrophages, inflammatory signal and protease.

Biology
    Platelets release factors within minutes.  Neutrophils peak within one to two days, clear debris and leave.
    Macrophages follow, first the inflammatory type (M1), which converts to repair macrophages (M2); these damp the
    signal.  Neutrophils and M1 release proteases that cleave collagen before new collagen is formed.
Equations
    D' = −(k_D + k_DN N + k_DM (M1 + M2)) D                       damage, share of tissue
    P' = −k_P P                                                    platelet factors
    al = D/K_D + P/K_NP ;   N' = r_N al/(1+al) − d_N N
    0 = ∇(D_I ∇I) − k_I I + p_ID D + (p_IN N + p_IM M1)/(1 + M2/K_10)
    M1' = r_M I/(K_MI + I) − (k_12 + d_M1) M1 ;   M2' = k_12 M1 − d_M2 M2     (M2 above rest)
    X' = p_XN N + p_XM M1 − d_X X                                  protease above rest
    p_IM = g k_I K_MI (k_12 + d_M1) / r_M                          g: loop gain at rest, below 0.7
Reads
    killed share of the tissue, its own cells.
Writes
    D, P, N, M1, M2, X; the inflammatory signal I.
Evidence
    time courses of neutrophils, macrophages and cytokines in small wounds (mostly mouse); protease after fractional
    laser in people.  Recruitment has a Hill exponent of 1: with 2 or more, laterally averaged signals produce a false
    threshold at which rollers would have no effect.  The macrophage loop is parameterised by its gain, because
    inflammation never resolves at a gain above 1.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.skin.tissue import Cells
from neodermis.units import Array, Declared


class InflammationParameters(NamedTuple):
    """Rates of the inflammatory phase."""

    debris_clearance_rate: Annotated[Array, Declared("1/d", "clearance of damaged tissue without leukocytes")]
    debris_clearance_by_neutrophils: Annotated[Array, Declared("mm3/cell/d", "clearance of damage per neutrophil")]
    debris_clearance_by_macrophages: Annotated[Array, Declared("mm3/cell/d", "clearance of damage per macrophage")]
    platelet_loss_rate: Annotated[Array, Declared("1/d", "loss rate of platelet factors")]
    neutrophil_recruitment: Annotated[Array, Declared("cell/mm3/d", "maximum influx of neutrophils")]
    neutrophil_damage_half: Annotated[Array, Declared("1", "damage at half-maximal neutrophil influx")]
    neutrophil_platelet_half: Annotated[Array, Declared("ng/mL", "platelet factors at half-maximal neutrophil influx")]
    neutrophil_loss_rate: Annotated[Array, Declared("1/d", "loss rate of neutrophils")]
    inflammatory_diffusivity: Annotated[Array, Declared("mm2/d", "diffusivity of the inflammatory signal")]
    inflammatory_decay_rate: Annotated[Array, Declared("1/d", "decay rate of the inflammatory signal")]
    inflammatory_from_damage: Annotated[
        Array, Declared("ng/mL/d", "inflammatory signal release of fully damaged tissue")
    ]
    inflammatory_from_neutrophil: Annotated[Array, Declared("pg/cell/d", "inflammatory signal released per neutrophil")]
    macrophage_loop_gain: Annotated[Array, Declared("1", "gain of the loop macrophage - inflammatory signal at rest")]
    repair_macrophage_damping: Annotated[
        Array, Declared("cell/mm3", "repair macrophages that halve the inflammatory release")
    ]
    macrophage_recruitment: Annotated[Array, Declared("cell/mm3/d", "maximum influx of monocytes")]
    macrophage_signal_half: Annotated[Array, Declared("ng/mL", "inflammatory signal at half-maximal monocyte influx")]
    macrophage_conversion_rate: Annotated[
        Array, Declared("1/d", "conversion rate of inflammatory into repair macrophages")
    ]
    inflammatory_macrophage_loss_rate: Annotated[Array, Declared("1/d", "loss rate of inflammatory macrophages")]
    repair_macrophage_loss_rate: Annotated[Array, Declared("1/d", "loss rate of repair macrophages")]
    protease_from_neutrophil: Annotated[Array, Declared("pg/cell/d", "protease released per neutrophil")]
    protease_from_macrophage: Annotated[Array, Declared("pg/cell/d", "protease released per inflammatory macrophage")]
    protease_loss_rate: Annotated[Array, Declared("1/d", "loss rate of protease")]
    protease_at_rest: Annotated[Array, Declared("ng/mL", "resting protease")]


def inflammatory_source(cells: Cells, p: InflammationParameters) -> Array:
    """Release of the inflammatory signal (ng/mL/d by cell)."""
    per_macrophage = (
        p.macrophage_loop_gain
        * p.inflammatory_decay_rate
        * p.macrophage_signal_half
        * (p.macrophage_conversion_rate + p.inflammatory_macrophage_loss_rate)
        / p.macrophage_recruitment
    )
    by_cells = p.inflammatory_from_neutrophil * cells.neutrophil + per_macrophage * cells.macrophage_inflammatory
    return p.inflammatory_from_damage * cells.damage + by_cells / (
        1.0 + cells.macrophage_repair / p.repair_macrophage_damping
    )


class Turnover(NamedTuple):
    """Production and first-order loss rate of each inflammatory state; both are never negative."""

    damage: tuple[Array, Array]
    platelet: tuple[Array, Array]
    neutrophil: tuple[Array, Array]
    macrophage_inflammatory: tuple[Array, Array]
    macrophage_repair: tuple[Array, Array]
    protease: tuple[Array, Array]


def turnover(cells: Cells, inflammatory: Array, p: InflammationParameters) -> Turnover:
    """Production and loss of debris, platelet factors, leukocytes and protease (equations above)."""
    alarm = cells.damage / p.neutrophil_damage_half + cells.platelet / p.neutrophil_platelet_half
    macrophages = cells.macrophage_inflammatory + cells.macrophage_repair
    return Turnover(
        damage=(
            0.0,
            p.debris_clearance_rate
            + p.debris_clearance_by_neutrophils * cells.neutrophil
            + p.debris_clearance_by_macrophages * macrophages,
        ),
        platelet=(0.0, p.platelet_loss_rate),
        neutrophil=(p.neutrophil_recruitment * alarm / (1.0 + alarm), p.neutrophil_loss_rate),
        macrophage_inflammatory=(
            p.macrophage_recruitment * inflammatory / (p.macrophage_signal_half + inflammatory),
            p.macrophage_conversion_rate + p.inflammatory_macrophage_loss_rate,
        ),
        macrophage_repair=(
            p.macrophage_conversion_rate * cells.macrophage_inflammatory,
            p.repair_macrophage_loss_rate,
        ),
        protease=(
            p.protease_from_neutrophil * cells.neutrophil + p.protease_from_macrophage * cells.macrophage_inflammatory,
            p.protease_loss_rate,
        ),
    )
