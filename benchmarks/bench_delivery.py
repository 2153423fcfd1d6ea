"""Speed of a delivery beside SciPy's stiff solvers on the same column, in one run: times and ratios.

``python3 tasks.py bench``.  The peers solve the same cells, channels, wash-off and clearance as a system of ordinary
differential equations with a banded Jacobian, to the accuracy that the program's own steps have; SciPy needs the
product to be unsaturated, so that its right-hand side is smooth.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

import numpy as np
from benchmarks.bench_course import seconds
from scipy.integrate import solve_ivp

import neodermis as nd
from neodermis.api.inputs import read
from neodermis.people import Patient
from neodermis.simulation import _transport as transport
from neodermis.simulation import delivery
from neodermis.simulation.delivery import Dose
from neodermis.skin.delivery import CELLS
from neodermis.treatment import find_active, load_actives

#: Most that one delivery may take once compiled (seconds).
LIMIT: Final = 0.020
SENTENCE: Final = "1 session: exceed; cheek 1.0 mm, 6 passes"
#: A protocol with what is put on and used at home, and the same without.
REGIMEN: Final = (
    "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes",
    "; prp; home tretinoin 0.05 % daily, stop 5 days before, resume 7 days after; home sunscreen daily",
)


def column(count: int) -> tuple[Any, Any, Any]:
    """Column, product and opening of the central member and draws: niacinamide 4 % right after a session."""
    plan, shipped = read(SENTENCE), nd.load_parameters()
    pass_ = plan.phases[0].treatments[0]
    made = delivery.draw_ensemble(plan.at(pass_.site).sources, Patient().skin(pass_.site), shipped, draws=count - 1)
    ((done,),) = made.session_effects()
    dose = Dose(active=find_active("niacinamide"), percent=4.0)
    met = delivery._met(made.parts[0][2], done, CELLS)
    p = delivery.delivery_parameters(made.values, shipped)
    return delivery.transported(dose, met, delivery.closure_half_times(made, done), p, 0, CELLS)


def peer(one: Any, product: Any, opening: Any, method: str, rtol: float) -> Any:
    """The same delivery of the first member with SciPy: amounts in the cells, product, blood and below at 24 h."""
    first = [np.asarray(leaf)[0] for leaf in one]
    capacity, between, top, bottom, shunt, channel, cleared, _ = first
    beside = np.zeros_like(shunt)
    beside[0] = top
    film, residue = float(product.film_mm[0]), float(product.residue[0])
    dry, half = float(product.evaporation_hours[0]), float(opening.half_time_hours[0])

    def change(t: float, y: Any, on: float) -> Any:
        u = y[:-3] / capacity
        c = y[-3] / (film * (residue + (1.0 - residue) * 2.0 ** (-t / dry)))
        taken = on * (beside + shunt + channel * 2.0 ** (-t / half)) * (c - u)
        flow = between * (u[:-1] - u[1:])
        lost = cleared * u
        cells = taken - lost
        cells[:-1] -= flow
        cells[1:] += flow
        cells[-1] -= bottom * u[-1]
        return np.concatenate([cells, [-taken.sum(), lost.sum(), bottom * u[-1]]])

    y = np.zeros(len(capacity) + 3)
    y[-3] = float(product.concentration[0]) * film
    scale = rtol * y[-3]
    y = solve_ivp(change, (0.0, 6.0), y, method, args=(1.0,), rtol=rtol, atol=scale).y[:, -1]
    y[-3] = 0.0
    return solve_ivp(change, (6.0, 24.0), y, method, args=(0.0,), rtol=rtol, atol=scale).y[:, -1]


def main() -> int:
    """Print the times; 1 where one delivery takes longer than its limit."""
    nodes = transport.schedule(6.0, 24.0)
    print(f"{os.cpu_count()} cores; limit {1e3 * LIMIT:g} ms a delivery")
    one = column(1)
    alone = seconds(lambda: transport.solve(*one, nodes, 6.0), 20)
    many = column(100)
    hundred = seconds(lambda: transport.solve(*many, nodes, 6.0), 5)
    print(f"{'channels, solved: one member':<60} {1e3 * alone:8.2f} ms")
    print(f"{'the same, a hundred draws, each':<60} {1e3 * hundred / 100:8.3f} ms")
    found = transport.solve(*one, nodes, 6.0)
    for method in ("BDF", "Radau"):
        for rtol in (1e-4, 1e-6):
            slow = seconds(lambda method=method, rtol=rtol: peer(*one, method, rtol), 2)
            end = peer(*one, method, rtol)
            apart = abs(end[-2] - found.cleared[-1, 0]) / found.cleared[-1, 0]
            print(
                f"{f'SciPy {method}, relative tolerance {rtol:g}':<60} {1e3 * slow:8.1f} ms, "
                f"{slow / alone:.1f} x, {slow / (hundred / 100):.0f} x of each draw; blood differs by {apart:.1e}"
            )
    once = seconds(lambda: nd.deliver("niacinamide", SENTENCE, draws=1), 10)
    print(f"{'deliver, one central delivery, from the sentence on':<60} {1e3 * once:8.1f} ms")
    drawn = seconds(lambda: nd.deliver("niacinamide", SENTENCE), 3)
    print(f"{'deliver, 100 draws':<60} {1e3 * drawn:8.1f} ms")
    names = [one.id for one in load_actives().values() if one.kind == "molecule"][:9]
    wide = seconds(lambda: nd.deliver(names[0], SENTENCE, compare=names[1:]), 2)
    print(f"{'deliver, 100 draws of nine molecules':<60} {1e3 * wide:8.1f} ms")
    plain = seconds(lambda: nd.simulate(REGIMEN[0], draws=1), 5)
    with_ = seconds(lambda: nd.simulate("".join(REGIMEN), draws=1), 5)
    print(f"{'one course, without and with a regimen':<60} {1e3 * plain:8.1f} and {1e3 * with_:.1f} ms")
    return int(max(alone, once) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
