"""Steps of delivery: order two in time and in depth, the same in any block, and the course of a stiff SciPy solver."""

import math
from functools import cache
from itertools import pairwise
from typing import Any

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests.laws.test_delivery_laws import case

import neodermis as nd
from neodermis.api.inputs import read
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.simulation import _transport as transport
from neodermis.simulation import delivery as deliveries
from neodermis.simulation._transport import Amounts, Opening, Product
from neodermis.skin import delivery
from neodermis.skin.delivery import CELLS, Cells, Column, Molecule, Passage
from neodermis.treatment.active import find_active

PEN = "1 session: exceed; cheek 1.0 mm, 6 passes"
CONTACT, UNTIL = 6.0, 24.0
LAYERS = (0.015, 0.08, 0.12, 1.1)


def column(cells: Cells = CELLS, solubility: float = np.inf) -> Column:
    """Half the surface open, to channels of which fewer and fewer go deep."""
    shipped = load_parameters()
    p = deliveries.delivery_parameters({one.name: np.array([one.value]) for one in shipped}, shipped)
    p = p._replace(effective_open_share=np.array([0.01]))
    thick = np.asarray(delivery.thicknesses(*(np.array([mm]) for mm in LAYERS), cells))
    living = thick[:, cells.corneum :]
    depth = np.cumsum(living, 1) - living / 2.0
    way = Passage(np.array([0.5]), np.array([0.05]), np.array([0.1]), np.exp(-((depth / 0.6) ** 2)))
    one = Molecule(*(np.array([value]) for value in (180.0, 0.3, 1.0, 0.0, 0.0, solubility, 0.0)))
    return delivery.column(one, way, thick, cells, p)


PRODUCT = Product(*(np.array([value]) for value in (40.0, 0.02, 0.2, 0.3, 0.0)))
OPENING = Opening(np.array([0.8]), np.array([0.25]))


@cache
def solved(steps: tuple[int, int] = transport.STEPS, cells: Cells = CELLS, solubility: float = np.inf) -> Amounts:
    nodes = transport.schedule(CONTACT, UNTIL, steps)
    return transport.solve(column(cells, solubility), PRODUCT, OPENING, nodes, CONTACT)


def summary(found: Amounts, cells: Cells = CELLS) -> Any:
    """Layers, product, washed, blood and below, at the end of contact and of the course, over what was put on."""
    ends = np.cumsum([0, *cells])
    end = int(np.argmin(np.abs(found.hours - CONTACT)))
    numbers = []
    for node in (end, -1):
        layers = [found.cells[node, 0, a:b].sum() for a, b in pairwise(ends)]
        numbers += [
            *layers,
            found.product[node, 0],
            found.washed[node, 0],
            found.cleared[node, 0],
            found.deeper[node, 0],
        ]
    return np.array(numbers) / found.put_on[0]


def orders(coarse: Any, middle: Any, fine: Any) -> float:
    return math.log2(np.abs(coarse - middle).max() / np.abs(middle - fine).max())


def test_of_order_two_in_time() -> None:
    one, two, four = (summary(solved((120 * k, 60 * k))) for k in (1, 2, 4))
    assert orders(one, two, four) == pytest.approx(2.0, abs=0.15)
    assert np.abs(one - four).max() < 5e-4


def test_of_order_two_in_depth() -> None:
    one, two, four = (summary(solved(cells=CELLS.finer(k)), CELLS.finer(k)) for k in (1, 2, 4))
    assert orders(one, two, four) == pytest.approx(2.0, abs=0.2)
    assert np.abs(one - four).max() < 2e-3


@pytest.mark.parametrize("active", ["niacinamide", "lidocaine", "insulin", "salicylic_acid", "avobenzone"])
def test_shipped_steps_and_cells_are_fine_enough_for_what_is_told(active: str) -> None:
    plan, skins = read(PEN), {"cheek": Patient().skin("cheek")}
    one = find_active(active)
    assert one.usual_percent is not None
    dose = deliveries.Dose(active=one, percent=one.usual_percent)
    steps, cells = (480, 240), CELLS.finer(2)
    told, *finer = (
        deliveries.deliver(plan, skins, load_parameters(), [dose], draws=4, **more).sites["cheek"][0]
        for more in ({}, {"steps": steps}, {"cells": cells})
    )
    for found, close in zip(finer, (1.5e-3, 2e-2), strict=True):
        for name in ("needled", "intact"):
            np.testing.assert_allclose(told.draws[name], found.draws[name], rtol=close)
        assert told.balance < 1e-10 and found.balance < 1e-10


# ------------------------------------------------------------------------------------------------- blocks, seeds


def concatenate(count: int) -> tuple[Column, Product, Opening]:
    many = [case(seed) for seed in range(-(-count // 16))]
    return jax.tree.map(lambda *leaves: np.concatenate([np.asarray(leaf) for leaf in leaves])[:count], *many)


def test_a_member_is_the_same_in_every_block() -> None:
    """Alone, in blocks of 2, 16 and 64, in another order and beside others: to rounding."""
    whole = concatenate(80)
    nodes = transport.schedule(CONTACT, UNTIL)
    wanted = transport.solve(*whole, nodes, CONTACT)
    scale = np.maximum(wanted.put_on, np.abs(wanted.product + wanted.washed).max(0))
    rng = np.random.default_rng(1)
    groups = [np.array([k]) for k in (0, 7)] + [rng.permutation(80)[:n] for n in (2, 9, 16, 40, 64, 80)]
    for group in groups:
        found = transport.solve(*jax.tree.map(lambda leaf, group=group: leaf[group], whole), nodes, CONTACT)
        for name in ("product", "washed", "cells", "cleared", "deeper"):
            a, b = getattr(found, name), getattr(wanted, name)[:, group]
            size = scale[group][:, None] if name == "cells" else scale[group]
            assert (np.abs(a - b) <= 1e-13 * size).all(), (name, len(group))


def test_the_same_seed_draws_the_same_however_many() -> None:
    one, again, more, other = (
        nd.deliver("lidocaine", PEN, draws=draws, seed=seed).sites["cheek"][0]
        for draws, seed in ((6, 3), (6, 3), (9, 3), (6, 4))
    )
    for name in ("needled", "intact"):
        np.testing.assert_array_equal(one.draws[name], again.draws[name])
        np.testing.assert_allclose(more.draws[name][:6], one.draws[name], rtol=1e-12)
        assert (one.draws[name] != other.draws[name]).all()
    np.testing.assert_array_equal(one.concentration_ug_ml, again.concentration_ug_ml)
    # a measured permeability is drawn by its own name, so that a second active does not change the first
    beside = nd.deliver("lidocaine", PEN, draws=6, seed=3, compare="caffeine").sites["cheek"]
    np.testing.assert_array_equal(beside[0].draws["needled"], one.draws["needled"])


# ------------------------------------------------------------------------------------------------- beside SciPy


def plain(given: Column, product: Product, opening: Opening, hours: Any) -> Any:
    """Product, washed, cells, blood, below at these hours by a stiff solver of order five, washed off at CONTACT."""
    kappa, between, top, bottom, shunt, channel, cleared, soluble = (np.asarray(leaf)[0] for leaf in given)
    count = len(kappa)
    v0, residue, tau = (float(leaf[0]) for leaf in (product.film_mm, product.residue, product.evaporation_hours))

    def volume(t: float) -> float:
        return v0 * (residue + (1.0 - residue) * 2.0 ** (-t / tau))

    def matrix(t: float, on: bool, full: bool) -> tuple[Any, Any]:
        """The rates as  A y + b, with a saturated product or one in which all is dissolved."""
        g = shunt + channel * 2.0 ** (-(opening.since_hours[0] + t) / opening.half_time_hours[0])
        g = on * (g + np.append(top, np.zeros(count - 1)))
        out = np.append(between, bottom) + np.append(0.0, between) + cleared + g
        a, b, inside, each = np.zeros((count + 3, count + 3)), np.zeros(count + 3), np.arange(1, count + 1), 1.0 / kappa
        a[inside, inside] = -out * each
        a[inside[:-1], inside[1:]] = between * each[1:]
        a[inside[1:], inside[:-1]] = between * each[:-1]
        a[0, inside], a[-2, inside], a[-1, count] = g * each, cleared * each, bottom * each[-1]
        if full:
            b[inside], b[0] = g * soluble, -g.sum() * soluble
        else:
            a[inside, 0], a[0, 0] = g / volume(t), -g.sum() / volume(t)
        return a, b

    def rate(t: float, y: Any, on: bool) -> Any:
        a, b = matrix(t, on, y[0] > soluble * volume(t))
        return a @ y + b

    def jacobian(t: float, y: Any, on: bool) -> Any:
        return matrix(t, on, y[0] > soluble * volume(t))[0]

    state = np.zeros(count + 3)
    state[0] = float(product.concentration[0] * v0)
    rows, washed = [], 0.0
    for first, last, on in ((0.0, CONTACT, True), (CONTACT, UNTIL, False)):
        if not on:
            washed, state[0] = state[0], 0.0
        wanted = hours[(hours > first + 1e-9) & (hours <= last + 1e-9)].clip(0.0, last)
        found = solve_ivp(
            rate, (first, last), state, "Radau", t_eval=wanted, args=(on,), jac=jacobian, rtol=1e-8,
            atol=1e-10 * float(product.concentration[0] * v0), first_step=1e-7,
        )  # fmt: skip
        assert found.success
        rows += [np.concatenate([[y[0], washed], y[1:]]) for y in found.y.T]
        state = found.y[:, -1].copy()
    return np.array(rows)


@pytest.mark.parametrize("solubility", [np.inf, 15.0, 1.0], ids=["dissolved", "partly", "saturated"])
def test_a_whole_delivery_is_that_of_a_stiff_solver(solubility: float) -> None:
    """Channels that close, a film that dries, saturation that comes and goes, washing off."""
    nodes = transport.schedule(CONTACT, UNTIL)
    given = column(solubility=solubility)
    hours = np.array([0.05, 0.5, 2.0, CONTACT, 7.0, 12.0, UNTIL])
    at = [int(np.argmin(np.abs(nodes - hour))) for hour in hours]
    told = plain(given, PRODUCT, OPENING, nodes[at])
    found = solved((480, 240), CELLS, solubility)
    fine = [int(np.argmin(np.abs(found.hours - nodes[k]))) for k in at]
    shipped = solved(transport.STEPS, CELLS, solubility)
    scale = found.put_on[0]
    for one, rows, close in ((shipped, at, 3e-4), (found, fine, 2e-5)):
        np.testing.assert_allclose(one.hours[rows], nodes[at])
        each = np.column_stack(
            [one.product[rows, 0], one.washed[rows, 0], one.cells[rows, 0], one.cleared[rows, 0], one.deeper[rows, 0]]
        )
        assert np.abs(each - told).max() < close * scale
    assert told[-1, 1] > 5e-4 * scale and told[-1, -2] > 0.02 * scale
