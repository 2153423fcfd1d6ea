"""Sub-cases of the cascade with a closed form: a steady signal in a slab, first-order decay, half saturation."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from tests.helpers import PEN, drawn, members, prior, read

from neodermis.evidence import load_parameters
from neodermis.simulation import session, solver
from neodermis.skin import inflammation, matrix, repair, tissue
from neodermis.skin.tissue import Cells

DIFFUSIVITY, DECAY, SOURCE = 3.0, 12.0, 5.0
DEPTH = 2.4  # mm: nearly five decay lengths, as skin and fat together


def slab(cells: int, grading: float = 1.0) -> float:
    """Largest relative error of the operator against S = q/k (1 − cosh(z/λ)/cosh(H/λ))."""
    thickness = grading ** np.linspace(0.0, 1.0, cells)
    thickness *= DEPTH / thickness.sum()
    operator = tissue.signal_operators(jnp.asarray(thickness), jnp.array([DIFFUSIVITY]), jnp.array([DECAY]))[0]
    found = np.asarray(operator) @ np.full(cells, SOURCE)
    middle = np.cumsum(thickness) - thickness / 2.0
    reach = math.sqrt(DIFFUSIVITY / DECAY)
    exact = SOURCE / DECAY * (1.0 - np.cosh(middle / reach) / math.cosh(DEPTH / reach))
    return float(np.abs(found - exact).max() / exact.max())


def test_the_steady_signal_of_a_uniform_source_is_that_of_a_slab() -> None:
    assert slab(24) < 0.01
    assert slab(24, grading=2.5) < 0.01


def test_the_signal_operator_is_of_second_order_in_depth() -> None:
    errors = [slab(cells) for cells in (24, 48, 96)]
    orders = np.log2([errors[0] / errors[1], errors[1] / errors[2]])
    assert (orders > 1.8).all() and (orders < 2.2).all()


def test_the_signal_operator_conserves_what_is_released() -> None:
    """Release = decay in the column + outflow at the bottom; nothing passes the surface."""
    thickness = np.linspace(0.02, 0.3, 15)
    operator = np.asarray(tissue.signal_operators(jnp.asarray(thickness), jnp.array([2.6]), jnp.array([15.0]))[0])
    source = np.random.default_rng(0).random(15)
    signal = operator @ source
    outflow = 2.6 * signal[-1] / (thickness[-1] / 2.0)
    assert (source * thickness).sum() == pytest.approx((15.0 * signal * thickness).sum() + outflow, rel=1e-12)
    assert (operator >= 0.0).all()  # a source never lowers a signal


def test_platelet_factors_decay_at_first_order() -> None:
    plan = read(PEN.replace("2 sessions every 30 days", "1 session"))
    rows = drawn(10, seed=6)
    history = solver.solve_states(members(plan, rows), solver.Schedule.of((0.0,)), 3.0)
    for k, row in enumerate(rows):
        platelet = history.moments.state.cells.platelet[k]
        left = np.exp(-row["platelet_loss_rate"] * history.days)[:, None]
        np.testing.assert_allclose(platelet, platelet[0] * left, rtol=1e-4)  # e^x by five terms, at the shipped steps
        assert 0.0 < platelet[0].max() < row["platelet_load"]


def test_half_saturations_are_halves() -> None:
    p = prior(1)
    zero = jnp.zeros(1)
    empty = Cells(*[zero] * len(Cells._fields))
    q, r = p.inflammation, p.repair
    by_damage = inflammation.turnover(empty._replace(damage=q.neutrophil_damage_half), zero, q)
    by_platelets = inflammation.turnover(empty._replace(platelet=q.neutrophil_platelet_half), zero, q)
    by_signal = inflammation.turnover(empty, q.macrophage_signal_half, q)
    for made, full in (
        (by_damage.neutrophil[0], q.neutrophil_recruitment),
        (by_platelets.neutrophil[0], q.neutrophil_recruitment),
        (by_signal.macrophage_inflammatory[0], q.macrophage_recruitment),
    ):
        np.testing.assert_allclose(made, full / 2.0, rtol=1e-12)
    density = p.tissue.fibroblast_density
    resting = empty._replace(fibroblast=density)

    def late(cells: Cells, tgf: Any = zero, tgf3: Any = zero, vegf: Any = zero) -> repair.Turnover:
        return repair.turnover(cells, tgf, tgf3, vegf, jnp.ones(1), density, r)

    at_rest, at_half = late(resting).fibroblast[1], late(resting, r.activation_tgf_half).fibroblast[1]
    np.testing.assert_allclose(at_half - at_rest, r.activation_rate / 2.0, rtol=1e-12)
    # on fragments that leave a third of the response, so does activation
    hindered = repair.turnover(resting, r.activation_tgf_half, zero, zero, jnp.ones(1) / 3.0, density, r).fibroblast[1]
    np.testing.assert_allclose(hindered - at_rest, r.activation_rate / 6.0, rtol=1e-12)
    # TGF-β3 halves the turn into myofibroblasts, which at its own half is half of the largest
    active = empty._replace(activated=jnp.ones(1))
    for tgf3, share in ((zero, 0.5), (r.tgf3_half, 0.25)):
        made = late(active, r.myofibroblast_tgf_half, tgf3).myofibroblast[0]
        np.testing.assert_allclose(made, share * r.myofibroblast_rate, rtol=1e-12)
    # as many myofibroblasts as the half recruit at the stated rate: half of twice it, times the room left
    many = resting._replace(myofibroblast=r.myofibroblast_self_half)
    room = 1.0 - (density + r.myofibroblast_self_half) / (r.fibroblast_capacity * density)
    np.testing.assert_allclose(late(many).myofibroblast[0], r.myofibroblast_self_rate * room * density, rtol=1e-12)
    vessels = resting._replace(capillary_density=jnp.ones(1), capillary_set_point=jnp.ones(1))
    sprouting = late(vessels, vegf=r.capillary_vegf_half).capillary_density[0] - r.capillary_regression_rate
    np.testing.assert_allclose(sprouting, r.capillary_growth_rate / 2.0, rtol=1e-12)


@pytest.mark.parametrize(("reading", "days"), [(0.0, 78.0), (1.0, 26.0)])
def test_labile_collagen_halves_in_78_or_26_days(reading: float, days: float) -> None:
    """0.037 % an hour (Babraj 2005), of the labile pool or of all collagen with a third of it labile.

    Labile collagen is lost by cleavage and by maturation; at rest both together are the renewal.
    """
    chosen = load_parameters()
    assert chosen["collagen_synthesis_rate"].value == 0.037 and chosen["labile_share"].value == 0.33
    values = chosen.central() | {"synthesis_rate_of_all_collagen": np.array([reading])}
    p = session.skin_parameters(values, chosen).matrix
    rates = matrix.collagen_rates(np.zeros(1), p)
    lost = float(np.asarray(rates.labile_cleavage + rates.maturation)[0])
    assert math.log(2.0) / lost == pytest.approx(days, rel=0.01)


def test_resting_identities_keep_the_pools_in_their_shares() -> None:
    """Inflow equals outflow of each pool, apart from the untreated loss, for every draw."""
    p = prior(500)
    loss = np.asarray(p.ageing.collagen_loss_rate) / 100.0 / 365.25
    rates = matrix.collagen_rates(loss, p.matrix)
    f = p.matrix.labile_share
    np.testing.assert_allclose(
        rates.renewal * f - (rates.labile_cleavage + rates.maturation) * f, -loss * f, atol=1e-15
    )
    mature = rates.maturation * f - rates.mature_cleavage * (1.0 - f)
    np.testing.assert_allclose(mature, -loss * (1.0 - f), atol=1e-15)
