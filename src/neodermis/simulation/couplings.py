"""Couplings of the healing cascade, derived from the equations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from neodermis.arrays import functions as jnp
from neodermis.arrays import jax_as_needed
from neodermis.evidence import ParameterSet
from neodermis.simulation._machine import ByJax
from neodermis.simulation.session import check_mechanisms, skin_parameters
from neodermis.skin import cascade
from neodermis.skin.cascade import Signals, Sources
from neodermis.skin.tissue import Cells, Grid, SkinState, Surface


class Coupling(NamedTuple):
    """One state or signal that another reads: at the probed state, more of ``read`` moves ``reader`` by ``sign``."""

    reader: str
    read: str
    sign: int
    parameters: tuple[str, ...]
    """Those that the strength of the coupling depends on."""
    sources: tuple[str, ...]


def couplings(parameters: ParameterSet) -> list[Coupling]:
    """Couplings of the healing cascade, derived from the equations.

    The Jacobian of the right-hand side, of one cell without diffusion, at a state in which everything is present;
    an entry that changes with a parameter depends on it.  Nothing here is written by hand.
    """
    check_mechanisms(parameters)
    grid = Grid(1, 1, 1, 1, 1)
    names = [p.name for p in parameters]
    central = np.array([p.value for p in parameters])

    fields = [*Cells._fields, *Surface._fields]
    signal_names = list(Sources._fields)

    def right_hand_side(x: Any, values: Any) -> Any:
        """Net rates of cells, surface and collagen, and the signals, of a papillary cell, from states and signals."""
        p = skin_parameters(dict(zip(names, values, strict=True)), parameters)
        person = cascade.unexposed(p, *(jnp.asarray(number) for number in (1.4, 45.0, 3.0, 0.5)))
        column = cascade.prepare(person, p, grid)
        spread = jnp.ones(grid.dermal_cells)
        cells = Cells(*(x[k] * spread for k in range(len(Cells._fields))))
        surface = Surface(*(x[len(Cells._fields) + k] for k in range(len(Surface._fields))))
        by_name = {name: x[len(fields) + k] for k, name in enumerate(signal_names)}
        given = Signals(**{name: value * spread for name, value in by_name.items()}, epidermal=by_name["inflammatory"])
        held = column.rest.matrix._replace(
            **{
                name: getattr(column.rest.matrix, name) * x[-1]
                for name in ("labile_1", "labile_3", "mature_1", "mature_3")
            }
        )
        state = SkinState(cells, held, surface)
        rates = cascade.rates(state, jnp.asarray(0.0), column, p, given=given)
        sources = cascade.signal_sources(cells, p)
        net = [(a - b * y)[0] for a, b, y in zip(rates.production, rates.loss, cells, strict=True)]
        above = [a - b * y for a, b, y in zip(rates.surface_production, rates.surface_loss, surface, strict=True)]
        made = [
            rates.collagen.synthesis_1[0], rates.collagen.synthesis_3[0], rates.collagen.labile_cleavage[0],
            rates.collagen.maturation[0], rates.collagen.filling[0],
        ]  # fmt: skip
        return jnp.stack([*net, *above, *(source[0] for source in sources), *made])

    readers = [
        *fields, *signal_names, "synthesis_1", "synthesis_3", "collagen_cleavage", "collagen_maturation",
        "scar_rebuilding",
    ]  # fmt: skip
    reads = [*fields, *signal_names, "collagen"]
    by_name = {p.name: p.value for p in parameters}
    density = by_name["fibroblast_density"]
    probe = {"fibroblast": 0.8 * density, "activated": 0.1 * density, "myofibroblast": 0.02 * density}
    probe |= dict.fromkeys(("neutrophil", "macrophage_inflammatory", "macrophage_repair"), 200.0)
    probe |= {
        "damage": 0.1,
        "platelet": 2.0,
        "protease": 5.0,
        "alignment": 0.1,
        "collagen": 1.0,
        "scar": 0.2,
        "new_scar": 0.1,
        "unepithelialised_fraction": 0.5,
        "activated_keratinocytes": 0.1,
    }
    x = np.array([probe.get(name, 1.2 if name in fields else 0.5) for name in reads])
    with jax_as_needed() as jax:
        units = [(p.name, p.unit) for p in parameters]
        jacobian = ByJax(f"couplings {units}", jax.jacfwd(right_hand_side))
    here = np.asarray(jacobian(x, central))
    moved = []
    for k in range(len(names)):
        there = central.copy()
        there[k] *= 1.01
        moved.append(np.asarray(jacobian(x, there)))
    found = []
    for i, reader in enumerate(readers):
        for j, read in enumerate(reads):
            slope = here[i, j]
            if reader == read or not np.isfinite(slope) or abs(slope) < 1e-12:
                continue
            on = [name for name, other in zip(names, moved, strict=True) if abs(other[i, j] / slope - 1.0) > 1e-6]
            sources = tuple(dict.fromkeys(key for name in on for key in parameters[name].sources))
            found.append(Coupling(reader, read, int(np.sign(slope)), tuple(on), sources))
    return found
