"""Epidermis and capillaries: sub-cases with a closed form, and the published cover of small wounds."""

import math
from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from tests.helpers import drawn, members, path_of, prior, read

from neodermis.evidence import load_parameters
from neodermis.simulation import solver
from neodermis.skin import epidermis, repair
from neodermis.skin.epidermis import EpidermisParameters
from neodermis.skin.tissue import Cells, Surface

PLAN = read("1 session: exceed; cheek 1.5 mm, 6 passes")


def central() -> dict[str, float]:
    return {p.name: p.value for p in load_parameters()}


def cover(row: dict[str, float], hours: Any) -> Any:
    """The logistic solution of  u' = −k (1 + ε − u) u,  u(0) = 1."""
    left, t_half = math.exp(-row["cover_sharpness"]), row["cover_half_time"]
    pace = math.log((1.0 + 2.0 * left) / left) / t_half
    return (1.0 + left) / (1.0 + left * np.exp(pace * hours))


def one(p: EpidermisParameters, state: Surface, signal: Any = 0.0, phototype: float = 3.0) -> epidermis.Turnover:
    return epidermis.turnover(state, jnp.asarray(signal), jnp.asarray(phototype), jnp.asarray(1.0), p)


def rest() -> Surface:
    return Surface(*(jnp.asarray(value) for value in (0.0, 0.0, 1.0, 1.0, 1.0)))


def steady(pair: tuple[Any, Any]) -> Any:
    made, loss = pair
    return np.asarray(made / loss)


def test_the_closed_form_is_half_at_the_half_time_and_solves_the_equation() -> None:
    p = prior(1).epidermis
    row = {name: float(getattr(p, name)[0]) for name in p._fields}
    assert cover(row, 0.0) == 1.0
    assert cover(row, row["cover_half_time"]) == pytest.approx(0.5, rel=1e-12)
    for hours in (1.0, 10.0, 20.0):
        now, step = cover(row, hours), 1e-4
        slope = 24.0 * (cover(row, hours + step) - cover(row, hours - step)) / (2.0 * step)
        made, loss = one(p, rest()._replace(unepithelialised_fraction=jnp.asarray(now))).unepithelialised_fraction
        assert float(made) == 0.0
        np.testing.assert_allclose(-np.asarray(loss)[0] * now, slope, rtol=1e-6)


def test_the_course_covers_as_the_closed_form() -> None:
    rows = [{}, *drawn(10, seed=2)]
    path = path_of(members(PLAN, rows), PLAN.session_days, 10.0, halvings=6)
    for k, row in enumerate(rows):
        exact = cover(central() | row, 24.0 * path.nodes[0][:4000])
        np.testing.assert_allclose(path.readings[0].unepithelialised_fraction[k, : len(exact)], exact, atol=2e-4)


def test_channels_are_covered_as_fast_as_small_wounds_were_seen_to_be() -> None:
    """Half after 10-22 h and 84 % after 13-28 h (``cover_half_time``), of a session as of a later one."""
    plan = read("2 sessions every 7 days: exceed; cheek 1.5 mm, 6 passes")
    path = path_of(members(plan), plan.session_days, 14.0, halvings=2)
    for nodes, readings in zip(path.nodes, path.readings, strict=True):
        half, most = (
            24.0 * (np.interp(-left, -readings.unepithelialised_fraction[0], nodes) - nodes[0]) for left in (0.5, 0.16)
        )
        assert readings.unepithelialised_fraction[0, 0] == 1.0
        assert 10.0 < half < 22.0 and 13.0 < most < 28.0
        assert half == pytest.approx(central()["cover_half_time"], rel=0.02)


def test_without_a_session_there_is_nothing_to_cover() -> None:
    path = path_of(members(PLAN, [{"passes": 0.0}]), PLAN.session_days, 10.0)
    assert (path.readings[0].unepithelialised_fraction == 0.0).all()


def test_rest_is_a_fixed_point_and_steady_states_are_their_closed_forms() -> None:
    p, signal, phototype = prior(200).epidermis, 2.0, 5.0
    for field, pair in one(p, rest())._asdict().items():
        assert (steady(pair) == getattr(rest(), field)).all() or field in (
            "unepithelialised_fraction",
            "activated_keratinocytes",
        ), field
    with np.errstate(all="ignore"):
        alarm = signal / (np.asarray(p.epidermal_signal_half) + signal)
    pigment = 1.0 + p.melanocyte_response * (phototype / 3.0) ** p.melanocyte_phototype_power * alarm
    np.testing.assert_allclose(steady(one(p, rest(), signal, phototype).melanocyte), pigment, rtol=1e-12)
    thick = rest()._replace(melanocyte=pigment, epidermis=jnp.asarray(1.4))
    np.testing.assert_allclose(steady(one(p, thick).melanin), pigment / 1.4, rtol=1e-12)
    # activated keratinocytes at half saturation, without a signal: half of the largest thickening
    activated = rest()._replace(activated_keratinocytes=p.epidermal_wound_half)
    thickness = 1.0 + 0.5 * p.epidermal_growth_rate / p.epidermal_loss_rate
    np.testing.assert_allclose(steady(one(p, activated).epidermis), thickness, rtol=1e-12)


def test_melanin_halves_in_a_turnover_without_melanocytes() -> None:
    p = prior(20).epidermis
    made, loss = one(p, rest()._replace(melanocyte=jnp.asarray(0.0))).melanin
    assert (np.asarray(made) == 0.0).all()
    np.testing.assert_allclose(np.exp(-loss * p.epidermal_turnover_time), 0.5, rtol=1e-12)


def test_phototype_three_has_no_power_and_darker_skin_answers_more() -> None:
    p = prior(20).epidermis
    answers = [steady(one(p, rest(), 2.0, phototype).melanocyte) for phototype in range(1, 7)]
    assert all((more > less).all() for less, more in pairwise(answers))
    other = p._replace(melanocyte_phototype_power=2.0 * p.melanocyte_phototype_power)
    np.testing.assert_array_equal(steady(one(other, rest(), 2.0).melanocyte), answers[2])


@pytest.mark.parametrize("vegf", [0.0, 0.3, 5.0])
def test_capillaries_settle_where_sprouting_and_regression_balance(vegf: float) -> None:
    """At the root of the quadratic  g V (1 − V/V_max) = d (V − 1), which is found apart from it."""
    r = prior(1).repair
    ones = jnp.ones(1)
    empty = Cells(*[0.0 * ones] * len(Cells._fields))

    def net(v: float) -> float:
        made, loss = repair.turnover(
            empty._replace(capillary_density=v * ones), 0.0 * ones, 0.0 * ones, vegf * ones, ones, r
        ).capillary_density
        return float((made - loss * v)[0])

    g = float((r.vessel_growth_rate * vegf / (r.vessel_vegf_half + vegf))[0])
    d, most = float(r.vessel_regression_rate[0]), float(r.vessel_capacity[0])
    exact = 1.0 if g == 0.0 else ((g - d) + math.sqrt((g - d) ** 2 + 4.0 * g * d / most)) * most / (2.0 * g)
    found = brentq(net, 0.1, 2.0 * most, xtol=1e-13)
    assert found == pytest.approx(exact, rel=1e-9)
    assert 1.0 <= exact < most or g == 0.0
    assert net(0.9 * exact) > 0.0 > net(1.1 * exact)  # stable


@pytest.mark.slow
def test_capillaries_and_epidermis_come_back_to_rest() -> None:
    history = solver.solve_states(members(PLAN), solver.Schedule.of(PLAN.session_days), 365.0)
    capillary_density = history.moments.state.cells.capillary_density[0]
    assert capillary_density.min() < 1.0 < 1.2 < capillary_density.max() < central()["vessel_capacity"]
    np.testing.assert_allclose(capillary_density[-1], 1.0, atol=1e-6)
    for name, value in rest()._asdict().items():
        # melanin is the last to return, with the turnover of the epidermis
        np.testing.assert_allclose(getattr(history.moments.state.surface, name)[0, -1], value, atol=1e-3)
