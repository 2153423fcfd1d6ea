"""Laws of delivery: nothing is lost or negative, no channel is intact skin, and every input matters, the right way."""

from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neodermis as nd
from neodermis.api.inputs import read
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.simulation import _transport as transport
from neodermis.simulation._transport import Amounts, Opening, Product
from neodermis.simulation.delivery import LAYERS, Deliveries, Delivery, Dose, delivery_parameters
from neodermis.simulation.delivery import deliver as deliver_doses
from neodermis.skin import delivery
from neodermis.skin.delivery import CELLS, Column, DeliveryParameters, Molecule, Passage
from neodermis.treatment.active import Active, find_active
from neodermis.units import declared, dimension

UP, DOWN = 1, -1
#: Smallest relative move that counts.
LEAST = 1e-3
SHIPPED = load_parameters()
PLAN = "1 session: exceed; cheek {mm} mm, {passes} passes"
PEN = PLAN.format(mm=1.0, passes=6)
#: Members of one random case: one block.
MEMBERS = 16


# ------------------------------------------------------------------------------------------------- random cases


def prior(rng: np.random.Generator, count: int) -> DeliveryParameters:
    """Draws of what we do not know."""
    return delivery_parameters(SHIPPED.draw(count, int(rng.integers(2**31)), "uncertainty"), SHIPPED)


def thickness(rng: np.random.Generator, count: int) -> Any:
    """Cells of random layers, mm."""
    layers = [rng.uniform(low, high, count) for low, high in ((0.008, 0.03), (0.04, 0.15), (0.08, 0.3), (0.6, 2.0))]
    return np.asarray(delivery.thicknesses(*layers, CELLS))


def passage(rng: np.random.Generator, count: int, cells: Any) -> Passage:
    living = cells[:, CELLS.corneum :]
    depth = np.cumsum(living, 1) - living / 2.0
    reach = rng.uniform(0.05, 2.0, count)[:, None]
    return Passage(
        open_share=rng.choice([0.0, 1.0], count, p=[0.1, 0.9]) * rng.uniform(0.0, 1.0, count),
        radius_mm=10.0 ** rng.uniform(-2.5, -1.0, count),
        spacing_mm=10.0 ** rng.uniform(-1.5, 0.0, count),
        beyond=np.clip(1.0 - depth / reach, 0.0, 1.0) * (rng.uniform(size=count) > 0.1)[:, None],
    )


def molecules(rng: np.random.Generator, count: int) -> Molecule:
    """Any molecule, from water to vesicles."""
    mass, lipophilic = 10.0 ** rng.uniform(1.3, 6.0, count), rng.uniform(-4.0, 7.0, count)
    on_line = [float(delivery.on_line(*both)) for both in zip(mass, lipophilic, strict=True)]
    return Molecule(
        molar_mass=mass,
        log_kow=lipophilic,
        on_line=on_line * rng.choice([0.0, 1.0], count),
        permeability=rng.choice([0.0, 1.0], count) * 10.0 ** rng.uniform(-5.0, 0.0, count),
        radius_um=rng.choice([0.0, 1.0], count) * 10.0 ** rng.uniform(-3.5, -0.7, count),
        solubility=rng.choice([np.inf, 1.0, 1e-2, 1e-5], count) * 10.0 ** rng.uniform(-1.0, 2.0, count),
        bound=rng.choice([0.0, 3.0], count),
    )


def products(rng: np.random.Generator, count: int) -> Product:
    return Product(
        concentration=10.0 ** rng.uniform(-3.0, 2.5, count),
        film_mm=10.0 ** rng.uniform(-4.0, 1.0, count),
        residue=rng.uniform(0.05, 1.0, count),
        evaporation_hours=rng.choice([np.inf, 1.0], count) * 10.0 ** rng.uniform(-1.5, 1.0, count),
        endless=rng.choice([0.0, 1.0], count, p=[0.7, 0.3]),
    )


def openings(rng: np.random.Generator, count: int) -> Opening:
    return Opening(10.0 ** rng.uniform(-1.0, 2.0, count), rng.choice([0.0, 1.0], count) * rng.uniform(0, 50, count))


def case(seed: int) -> tuple[Column, Product, Opening]:
    rng = np.random.default_rng(seed)
    cells = thickness(rng, MEMBERS)
    one = delivery.column(molecules(rng, MEMBERS), passage(rng, MEMBERS, cells), cells, CELLS, prior(rng, MEMBERS))
    return one, products(rng, MEMBERS), openings(rng, MEMBERS)


def solved(one: tuple[Column, Product, Opening], contact: float = 6.0, until: float = 24.0) -> Amounts:
    return transport.solve(*one, transport.schedule(contact, until), contact)


many = settings(max_examples=40, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 2**32 - 1)


@many
@given(seed=seeds, contact=st.floats(1 / 60, 23.0))
def test_what_is_put_on_is_somewhere(seed: int, contact: float) -> None:
    """Product, washed off, cells, blood and below add up to it, of an endless product to what it has given."""
    one = case(seed)
    found = solved(one, contact)
    there = found.product + found.washed + found.cells.sum(-1) + found.cleared + found.deeper
    scale = np.maximum(found.put_on, np.abs(found.product + found.washed).max(0))
    assert (np.abs(there - found.put_on) <= 1e-8 * scale).all()
    inside = found.cells.sum(-1) + found.cleared + found.deeper
    endless = one[1].endless > 0
    gone = found.put_on - found.product - found.washed
    assert (np.abs(inside - gone) <= 1e-8 * np.where(endless, np.abs(gone).max(0), found.put_on)).all()


@many
@given(seed=seeds, contact=st.floats(1 / 60, 23.0))
def test_nothing_is_negative_and_nothing_comes_back(seed: int, contact: float) -> None:
    one = case(seed)
    found = solved(one, contact)
    scale = np.maximum(found.put_on, np.abs(found.product + found.washed).max(0))
    close = 2e-7 * scale  # what the trapezoidal half of a step leaves ahead of a front
    finite = one[1].endless == 0
    assert (found.cells >= -close[:, None]).all()
    for kept in (found.cleared, found.deeper):
        assert (kept >= -close).all() and (np.diff(kept, axis=0) >= -close).all()
    assert (found.product[:, finite] >= -close[finite]).all() and (found.washed[:, finite] >= -close[finite]).all()
    assert all(np.isfinite(values).all() for values in found)
    # what is dissolved is no more than can be; the first steps, which do not see the first cell fill, swing by 3 %
    u = found.cells / np.asarray(one[0].capacity)
    most = np.minimum(np.where(finite, np.inf, one[1].concentration), one[0].solubility)
    for hours, swing in (
        (found.hours >= 0.0, 1.05),
        ((found.hours > contact / 10) & (found.hours <= contact), 1.00001),
    ):
        assert (u[hours].max((0, 2)) <= swing * most).all()


@many
@given(seed=seeds)
def test_closed_channels_are_intact_skin(seed: int) -> None:
    """Bit for bit, whether no time is left to them, or they were never made."""
    column, product, opening = case(seed)
    intact = column._replace(channel=0.0 * np.asarray(column.channel))
    closed = [
        (column, product, opening._replace(half_time_hours=np.full(MEMBERS, 1e-3), since_hours=np.full(MEMBERS, 9.0))),
        (column, product, opening._replace(half_time_hours=np.zeros(MEMBERS))),
    ]
    wanted = solved((intact, product, opening))
    for one in closed:
        for a, b in zip(solved(one), wanted, strict=True):
            np.testing.assert_array_equal(a, b)
    open_ = solved((column, product, opening._replace(since_hours=np.zeros(MEMBERS))))
    assert (open_.cells != wanted.cells).any()  # so that the test can fail


# ------------------------------------------------------------------------------------------------- units


@pytest.mark.parametrize("seed", range(3))
def test_the_answer_does_not_depend_on_the_units(seed: int) -> None:
    """In other units of time, length and mass, by the declared dimensions; the line is of cm/h, which moves with it."""
    rng = np.random.default_rng(seed)
    bases = np.append(10.0 ** rng.uniform(-2, 2, 4), 1.0)

    def factor(unit: str) -> float:
        return float(np.prod(bases ** -np.array(dimension(unit).exponents)))

    cells, p, one = thickness(rng, MEMBERS), prior(rng, MEMBERS), molecules(rng, MEMBERS)
    # cubes of a mass in g/mol stand beside radii in µm, and 100 g/mol is a reference: molar masses stay
    way, product, opening = passage(rng, MEMBERS, cells), products(rng, MEMBERS), openings(rng, MEMBERS)
    there_p = DeliveryParameters(
        **{name: getattr(p, name) * factor(d.unit) for name, d in declared(DeliveryParameters).items()}
    )
    there_p = there_p._replace(permeability_intercept=p.permeability_intercept + np.log10(factor("cm/h")))
    there_one = one._replace(
        permeability=one.permeability * factor("mm/h"), radius_um=one.radius_um * factor("um"),
        solubility=one.solubility * factor("ug/mm3"),
    )  # fmt: skip
    there_way = way._replace(radius_mm=way.radius_mm * factor("mm"), spacing_mm=way.spacing_mm * factor("mm"))
    there_product = product._replace(
        concentration=product.concentration * factor("ug/mm3"), film_mm=product.film_mm * factor("mm"),
        evaporation_hours=product.evaporation_hours * factor("h"),
    )  # fmt: skip
    here = solved((delivery.column(one, way, cells, CELLS, p), product, opening))
    there = solved(
        (
            delivery.column(there_one, there_way, cells * factor("mm"), CELLS, there_p),
            there_product,
            Opening(*(hours * factor("h") for hours in opening)),
        ),
        6.0 * factor("h"),
        24.0 * factor("h"),
    )
    scale = np.maximum(here.put_on, np.abs(here.product + here.washed).max(0))
    for name in ("product", "washed", "cells", "cleared", "deeper"):
        a, b = getattr(here, name), getattr(there, name) / factor("ug/mm2")
        size = scale[:, None] if name == "cells" else scale
        assert (np.abs(a - b) <= 1e-9 * size).all(), name


# ------------------------------------------------------------------------------------------------- without channels


@pytest.mark.parametrize("plan", [PLAN.format(mm=1.0, passes=0), PLAN.format(mm=0, passes=6)])
@pytest.mark.parametrize("active", ["niacinamide", "lidocaine", "tretinoin", "hyaluronic_acid"])
def test_without_channels_it_is_intact_skin_bit_for_bit(plan: str, active: str) -> None:
    found = nd.deliver(active, plan, draws=7, compare="3,24").sites["cheek"]
    for one in found:
        assert one.enhancement in (None, (1.0, 1.0, 1.0))
        np.testing.assert_array_equal(one.draws["needled"], one.draws["intact"])
        for layer in LAYERS:
            np.testing.assert_array_equal(one.by_layer[layer], one.intact_by_layer[layer])
        np.testing.assert_array_equal(one.got_in, one.intact_got_in)
        assert set(one.closure_hours.values()) == {(0.0, 0.0, 0.0)}
        assert one.conducting == one.open_gap == (0.0, 0.0, 0.0)
    open_ = nd.deliver(active, PEN, draws=7).sites["cheek"][0]
    entered = nd.injure(PEN, draws=7).sites["cheek"].session_effects[0].channels.per_mm2[1:] > 0
    assert entered.sum() >= 5  # of some draws no needle enters
    more = open_.draws["needled"] > open_.draws["intact"]
    assert more.any() and not more[~entered].any()
    assert more[entered].all() or active == "hyaluronic_acid"  # in some draws wider than the pores
    np.testing.assert_allclose(open_.draws["intact"], found[0].draws["intact"], rtol=1e-12)


# ------------------------------------------------------------------------------------------------- directions


def given_(active: Active, plan: str = PEN, **dose: Any) -> Delivery:
    """The central delivery of an active that no catalogue has."""
    protocol = read(plan)
    one = Dose(active=active, **{"percent": 1.0, **dose})
    done = deliver_doses(protocol, {"cheek": Patient().skin("cheek")}, SHIPPED, [one], draws=1)
    return done.sites["cheek"][0]


#: One with a place on the line of permeabilities, measured by nobody.
PLAIN: Final = replace(find_active("niacinamide"), permeability_cm_h=None, solubility_mg_ml=None)


def times(found: Delivery) -> float:
    assert found.enhancement is not None
    return found.enhancement.median


def through(found: Delivery) -> float:
    """What channels let in, over intact skin, µg/cm²."""
    return found.amount_ug_cm2.median - found.intact_ug_cm2.median


def amount(found: Delivery) -> float:
    return found.amount_ug_cm2.median


def test_the_help_of_channels_falls_with_time() -> None:
    for active in ("niacinamide", "caffeine", "glycolic_acid", "ghk_cu"):
        found = nd.deliver(active, PEN, draws=15, compare="0.5,1,2,4,6,12").sites["cheek"]
        medians = [times(one) for one in found]
        assert (np.diff(medians) < 0).all() and medians[-1] >= 1.0
        each = np.stack([one.draws["needled"] for one in found])
        assert (np.diff(each, axis=0) <= 1e-12 * each[0]).all()
        assert all((one.draws["intact"] == found[0].draws["intact"]).all() for one in found)


def test_the_help_of_channels_falls_with_lipophilicity() -> None:
    """Of a solution that does not run dry; of a finite dose intact skin can take most as well."""
    values = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
    medians = [times(given_(replace(PLAIN, log_kow=kow), dose_mg_cm2=None)) for kow in values]
    assert (np.diff(medians) < 0).all()
    assert medians[0] > 2.0 > 1.2 > medians[-1] > 1.0


def test_less_of_a_larger_molecule_goes_through_channels() -> None:
    masses = (50.0, 100.0, 200.0, 500.0, 1e3, 1e4, 1e5, 1e6)
    found = [through(given_(replace(PLAIN, molar_mass=mass, log_kow=None), dose_mg_cm2=None)) for mass in masses]
    assert (np.diff(found) < 0).all() and found[-1] > 0
    # a sphere as wide as the pores does not pass at all
    wide = replace(PLAIN, log_kow=None, radius_nm=1e3 * SHIPPED["channel_pore_radius"].value)
    assert through(given_(wide)) == 0.0 < through(given_(replace(wide, radius_nm=0.5 * wide.radius_nm)))  # type: ignore[operator]


def test_the_amount_of_a_poorly_soluble_active_saturates() -> None:
    poor, good = replace(PLAIN, solubility_mg_ml=0.01), replace(PLAIN, solubility_mg_ml=None)
    percents = (0.0001, 0.001, 0.1, 1.0, 10.0, 30.0)
    held, free = ([amount(given_(one, percent=percent)) for percent in percents] for one in (poor, good))
    assert held[1] > 1.5 * held[0]
    np.testing.assert_allclose(held[3:], held[3], rtol=1e-9)
    np.testing.assert_allclose(
        np.diff(np.log(free)), np.diff(np.log(percents)), rtol=1e-9
    )  # without a limit it is linear
    for endless in (True, False):
        dose = {"dose_mg_cm2": None} if endless else {}
        most = given_(poor, percent=30.0, **dose)
        least = given_(replace(poor, solubility_mg_ml=0.02), percent=30.0, **dose)
        assert amount(least) == pytest.approx(2.0 * amount(most), rel=0.01)


@pytest.mark.parametrize("active", ["niacinamide", "insulin", "hyaluronic_acid"])
def test_more_passes_and_deeper_needles_give_no_less(active: str) -> None:
    passes = [
        through(nd.deliver(active, PLAN.format(mm=1.0, passes=n), draws=1).sites["cheek"][0]) for n in range(0, 13, 2)
    ]
    depths = [
        through(nd.deliver(active, PLAN.format(mm=mm, passes=6), draws=1).sites["cheek"][0])
        for mm in (0, 0.3, 0.5, 0.75, 1.0, 1.25, 1.5)
    ]
    for found in (passes, depths):
        assert found[0] == 0.0
        # a deeper channel gives off the same over a longer way: at most so much less
        assert (np.diff(found) >= -1e-3 * max(found)).all() and found[-1] > found[1]


@pytest.mark.parametrize("dose", [2.0, "endless"])
@pytest.mark.parametrize("active", ["niacinamide", "insulin"])
def test_under_a_patch_channels_help_for_longer(active: str, dose: Any) -> None:
    """A film that cannot dry out is thinner in the active: of a finite dose more through channels, not more in all."""
    for after in (2.0, 6.0):
        air, patch = (
            nd.deliver(active, PEN, after=after, dose=dose, occluded=occluded, draws=1).sites["cheek"][0]
            for occluded in (False, True)
        )
        assert through(patch) > through(air) > 0
        assert patch.conducting.median > air.conducting.median
        if dose == "endless":
            assert amount(patch) > amount(air)
    closed = {name: (air.closure_hours[name], patch.closure_hours[name]) for name in air.closure_hours}
    assert all(wet.median > dry.median for dry, wet in closed.values())


#: parameter → active, what it moves from its 5 % to its 95 % value, and the sign
PARAMETERS: Final[dict[str, tuple[str, str, int]]] = {
    "permeability_intercept": ("prilocaine", "intact", UP),
    "permeability_lipophilicity": ("prilocaine", "intact", UP),  # more lipophilic than water
    "permeability_size": ("prilocaine", "intact", DOWN),
    "permeability_scale": ("prilocaine", "intact", UP),
    "polar_permeability": ("insulin", "intact", UP),
    "corneum_water": ("glycolic_acid", "corneum", UP),
    "corneum_keratin": ("glycolic_acid", "corneum", UP),
    "corneum_keratin_power": ("prilocaine", "corneum", UP),
    "corneum_lipid": ("prilocaine", "corneum", UP),
    "corneum_lipid_power": ("prilocaine", "corneum", UP),
    "molecular_radius": ("insulin", "channels", DOWN),
    "diffusivity_radius": ("insulin", "channels", UP),
    "tissue_diffusivity": ("insulin", "deep", UP),
    "tissue_diffusivity_power": ("insulin", "deep", DOWN),  # heavier than 100 g/mol
    "channel_pore_radius": ("hyaluronic_acid", "channels", UP),
    "effective_open_share": ("niacinamide", "channels", UP),
    "capillary_clearance": ("niacinamide", "deep", DOWN),
    "capillary_pore_radius": ("insulin", "blood", UP),
    "lymph_clearance": ("hyaluronic_acid", "systemic", UP),
    "water_evaporation_time": ("niacinamide", "intact", DOWN),  # it is concentrated later
    "product_residue": ("niacinamide", "intact", DOWN),  # and less
    "product_oil": ("prilocaine", "intact", DOWN),  # the oil holds it back
}
#: Parameters that have no spread, and why; they are moved by a fifth either way.
FIXED: Final = {
    "permeability_intercept": "the published line, whose scale is drawn",
    "permeability_lipophilicity": "the published line",
    "permeability_size": "the published line",
    "corneum_water": "the published fit of partitions",
    "corneum_keratin_power": "the published fit of partitions",
    "corneum_lipid_power": "the published fit of partitions",
    "tissue_diffusivity_power": "the published fit of diffusivities",
}


def outcome(found: Delivery, name: str) -> float:
    end = int(np.argmin(np.abs(found.hours - found.dose.contact_hours)))
    layers = found.intact_by_layer
    return {
        "intact": found.intact_ug_cm2.median,
        "corneum": float(layers["stratum_corneum"][end]),
        "channels": through(found),
        "deep": float(layers["reticular_dermis"][end]),
        "blood": float(found.by_layer["blood"][end]),
        "systemic": found.systemic_ug.median,
    }[name]


@cache
def at(active: str, name: str, value: float) -> Delivery:
    done: Deliveries = nd.deliver(active, PEN, draws=1, set={name: value})
    return done.sites["cheek"][0]


def test_the_table_has_every_parameter_of_delivery_and_no_other() -> None:
    assert set(PARAMETERS) == set(DeliveryParameters._fields)
    assert set(FIXED) == {name for name in PARAMETERS if SHIPPED[name].uncertainty.kind == "none"}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_acts_in_its_direction(name: str) -> None:
    active, what, sign = PARAMETERS[name]
    p = SHIPPED[name]
    ends = (0.8 * p.value, 1.2 * p.value) if name in FIXED else p.uncertainty.interval()
    low, high = (outcome(at(active, name, value), what) for value in sorted(ends))
    middle = outcome(at(active, name, p.value), what)
    assert sign * (high - low) > LEAST * middle, f"{what} {low:.6g} → {high:.6g}"
