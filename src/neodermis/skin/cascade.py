"""The whole right-hand side on one page: who reads whom, in order.

Biology
    damage and platelets → neutrophils → macrophages → TGF-β1 → fibroblasts → collagen; neutrophils and
    macrophages → protease → cleavage.
Equations
    the signals are steady on the scale of the cells (decay over ten times faster) and come from their
    sources by one matrix product each; cells and collagen pools are written as production and first-order
    loss, so that no step can turn them negative.
Reads
    the state, the mechanisms' parameters.
Writes
    :class:`Rates`.
Evidence
    in each mechanism.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import jax.numpy as jnp

from neodermis.skin import ageing, inflammation, injury, matrix, repair, tissue
from neodermis.skin.ageing import AgeingParameters
from neodermis.skin.inflammation import InflammationParameters
from neodermis.skin.injury import InjuryParameters
from neodermis.skin.matrix import CollagenRates, MatrixParameters
from neodermis.skin.needling import NeedlingParameters
from neodermis.skin.pain import PainParameters
from neodermis.skin.repair import RepairParameters
from neodermis.skin.tissue import Cells, Grid, Layers, SkinState, TissueParameters
from neodermis.units import Array, Declared, declared


class SkinParameters(NamedTuple):
    """Every parameter that the mechanisms declare, one part per mechanism."""

    tissue: TissueParameters
    ageing: AgeingParameters
    needling: NeedlingParameters
    injury: InjuryParameters
    pain: PainParameters
    inflammation: InflammationParameters
    repair: RepairParameters
    matrix: MatrixParameters


#: Mechanism → the parameters that it declares.
MECHANISMS: Final[dict[str, Any]] = {
    "tissue": TissueParameters,
    "ageing": AgeingParameters,
    "needling": NeedlingParameters,
    "injury": InjuryParameters,
    "pain": PainParameters,
    "inflammation": InflammationParameters,
    "repair": RepairParameters,
    "matrix": MatrixParameters,
}


def declarations() -> dict[str, tuple[str, Declared]]:
    """Parameter name → (mechanism, declaration) over all mechanisms."""
    return {
        name: (mechanism, declaration)
        for mechanism, structure in MECHANISMS.items()
        for name, declaration in declared(structure).items()
    }


class SkinColumn(NamedTuple):
    """What stays fixed during a course: geometry, signal operators, resting rates and the resting state."""

    layers: Layers
    signal_operators: Array  # inflammatory signal, TGF-β1: (2, cells, cells)
    collagen: CollagenRates
    loss_rate_per_day: Array
    rest: SkinState


def prepare(dermis_reference_mm: Array, age_years: Array, p: SkinParameters, grid: Grid) -> SkinColumn:
    """The fixed parts of one person's skin column at one site."""
    loss = ageing.loss_rate_per_day(p.ageing)
    shape = tissue.layers(dermis_reference_mm, age_years, loss, p.tissue, grid)
    return SkinColumn(
        layers=shape,
        signal_operators=tissue.signal_operators(
            shape.thickness,
            jnp.stack([p.inflammation.inflammatory_diffusivity, p.repair.tgf_diffusivity]),
            jnp.stack([p.inflammation.inflammatory_decay_rate, p.repair.tgf_decay_rate]),
        ),
        collagen=matrix.collagen_rates(loss, p.matrix),
        loss_rate_per_day=loss,
        rest=tissue.resting_state(shape, p.matrix.labile_share, p.tissue),
    )


class Rates(NamedTuple):
    """Right-hand side: production and loss rate of the cells, turnover of the collagen."""

    production: Cells
    loss: Cells
    collagen: matrix.Turnover


def rates(state: SkinState, day: Array, column: SkinColumn, p: SkinParameters) -> Rates:
    """Production and loss of every state on ``day`` (days since the start of the course)."""
    cells, dermis = state.cells, column.layers.dermis
    density = p.tissue.fibroblast_density
    sources = jnp.stack([
        inflammation.inflammatory_source(cells, p.inflammation),
        repair.tgf_source(cells, density, p.repair),
    ])  # fmt: skip
    inflammatory, tgf = jnp.einsum("sij,sj->si", column.signal_operators, sources)
    early = inflammation.turnover(cells, inflammatory, dermis, p.inflammation)
    late = repair.turnover(cells, tgf, density, dermis, p.repair)
    pairs = (*early, *late)
    return Rates(
        production=Cells(*(production for production, _ in pairs)),
        loss=Cells(*(loss for _, loss in pairs)),
        collagen=matrix.turnover(
            column.rest.matrix,
            cells,
            inflammatory,
            ageing.remaining(day, column.loss_rate_per_day),
            density,
            p.inflammation.protease_at_rest,
            column.collagen,
            p.matrix,
        ),
    )


def injure(made: injury.Channels, shape: Layers, thickness: Array, p: SkinParameters) -> tuple[injury.Injury, Array]:
    """What one session's channels do to skin of this present thickness by cell, and the depths of its faces (mm)."""
    depth_faces = tissue.faces(thickness)
    return injury.injury(made, depth_faces, tissue.papillary_bottom(shape, depth_faces), p.injury), depth_faces


def wound(
    state: SkinState, made: injury.Channels, column: SkinColumn, p: SkinParameters
) -> tuple[SkinState, injury.Injury, Array]:
    """A session: the state after the jump, what was done by cell, and the depth of the cell faces (mm)."""
    thickness = tissue.current_thickness(column.layers, state, column.rest.matrix.collagen)
    done, depth_faces = injure(made, column.layers, thickness, p)
    return injury.wound(state, done, column.layers, p.injury), done, depth_faces
