"""Epidermis, pigment, scar and capillaries: sub-cases with a closed form, and the published cover of small wounds."""

import math
from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
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


def one(
    p: EpidermisParameters,
    state: Surface,
    signal: Any = 0.0,
    phototype: float = 3.0,
    *,
    collagen: float = 1.0,
    set_point: float = 1.0,
    pigmentation: float = 1.0,
) -> epidermis.Turnover:
    given = (signal, collagen, phototype, set_point, pigmentation)
    return epidermis.turnover(state, *map(jnp.asarray, given), p)


def rest() -> Surface:
    at_one = ("epidermis", "melanin")
    return Surface(*(jnp.asarray(1.0 if name in at_one else 0.0) for name in Surface._fields))


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
        assert (steady(pair) == getattr(rest(), field)).all(), field
    with np.errstate(all="ignore"):
        alarm = signal / (np.asarray(p.melanocyte_signal_half) + signal)
    made = p.melanocyte_stimulation_rate * (phototype / 3.0) ** p.melanocyte_phototype_power * 1.7 * alarm
    found = one(p, rest(), signal, phototype, pigmentation=1.7)
    np.testing.assert_allclose(
        steady(found.melanocyte_stimulation), made / p.melanocyte_stimulation_loss_rate, rtol=1e-12
    )
    stimulated = rest()._replace(melanocyte_stimulation=jnp.asarray(0.4))
    np.testing.assert_allclose(steady(one(p, stimulated).post_inflammatory_pigment), 0.4, rtol=1e-12)
    # a raised set point, and a tenth of the keratinocytes activated
    shedding = rest()._replace(activated_keratinocytes=jnp.asarray(0.1))
    np.testing.assert_allclose(
        steady(one(p, shedding, set_point=1.5).melanin), 1.5 / (1.0 + 0.1 * p.shedding_response), rtol=1e-12
    )
    # activated keratinocytes at half saturation, without a signal: half of the largest thickening
    activated = rest()._replace(activated_keratinocytes=p.epidermal_wound_half)
    thickness = 1.0 + 0.5 * p.epidermal_growth_rate / p.epidermal_loss_rate
    np.testing.assert_allclose(steady(one(p, activated).epidermis), thickness, rtol=1e-12)
    # a fifth more papillary collagen
    np.testing.assert_allclose(
        steady(one(p, rest(), collagen=1.2).epidermis), 1.0 + 0.2 * p.epidermal_set_point_response, rtol=1e-12
    )


def test_melanin_halves_in_a_turnover_where_none_is_made() -> None:
    p = prior(20).epidermis
    made, loss = one(p, rest(), set_point=0.0).melanin
    assert (np.asarray(made) == 0.0).all()
    np.testing.assert_allclose(np.exp(-loss * p.epidermal_turnover_time), 0.5, rtol=1e-12)


def test_phototype_three_has_no_power_and_darker_skin_answers_more() -> None:
    p = prior(20).epidermis
    answers = [steady(one(p, rest(), 2.0, phototype).melanocyte_stimulation) for phototype in range(1, 7)]
    assert all((more > less).all() for less, more in pairwise(answers))
    other = p._replace(melanocyte_phototype_power=2.0 * p.melanocyte_phototype_power)
    np.testing.assert_array_equal(steady(one(other, rest(), 2.0).melanocyte_stimulation), answers[2])


def test_pigment_under_a_constant_signal_is_that_of_a_linear_chain() -> None:
    """From rest, f = f∞ (1 − e^(−kt)) and v = f∞ (1 − (q e^(−kt) − k e^(−qt))/(q − k)) solve the two equations."""
    p, signal, phototype = prior(50).epidermis, 1.5, 5.0
    made, k = (np.asarray(x) for x in one(p, rest(), signal, phototype).melanocyte_stimulation)
    q = np.log(2.0) / np.asarray(p.melanin_transfer_time)

    def chain(t: float) -> tuple[Any, Any]:
        fast, slow = np.exp(-q * t), np.exp(-k * t)
        return made / k * (1.0 - slow), made / k * (1.0 - (q * slow - k * fast) / (q - k))

    assert all((np.abs(x) < 1e-12).all() for x in chain(0.0))
    for t in (1.0, 10.0, 60.0):
        step = 1e-3
        now, slopes = chain(t), [(b - a) / (2.0 * step) for a, b in zip(chain(t - step), chain(t + step), strict=True)]
        state = rest()._replace(melanocyte_stimulation=now[0], post_inflammatory_pigment=now[1])
        turnover = one(p, state, signal, phototype)
        pairs = (turnover.melanocyte_stimulation, turnover.post_inflammatory_pigment)
        for pair, value, slope in zip(pairs, now, slopes, strict=True):
            np.testing.assert_allclose(np.asarray(pair[0] - pair[1] * value), slope, rtol=1e-5, atol=1e-10)


def test_melanin_of_a_course_is_shed_by_activated_keratinocytes_alone() -> None:
    """By quadrature of  m = e^(−Q) (1 + q ∫ e^Q dt) ,  Q = q t + q ς w₀ (1 − e^(−kt))/k ;  without sun or drugs."""
    rows = [{}, *drawn(6, seed=4)]
    history = solver.solve_states(members(PLAN, rows), solver.Schedule.of((0.0,)), 90.0, halvings=3)
    surface = history.moments.state.surface
    for k, row in enumerate(rows):
        v = central() | row
        q, gone = math.log(2.0) / v["epidermal_turnover_time"], v["keratinocyte_deactivation_rate"]
        first = float(surface.activated_keratinocytes[k, 0])
        assert 0.0 < first <= v["response_damage"]
        t = np.linspace(0.0, 90.0, 200_001)
        shed = q * t + q * v["shedding_response"] * first * -np.expm1(-gone * t) / gone
        exact = np.exp(-shed) * (1.0 + q * cumulative_trapezoid(np.exp(shed), t, initial=0.0))
        np.testing.assert_allclose(surface.melanin[k], np.interp(history.days, t, exact), atol=1e-5)


def test_the_share_with_visible_pigmentation_is_that_of_a_log_normal_sample() -> None:
    """Of people of log-normal susceptibility, those whose added pigment, saturation included, is beyond the limit."""
    p = EpidermisParameters(*(np.asarray(leaf)[0] for leaf in prior(1).epidermis))
    spread, rng, count = 1.0, np.random.default_rng(2), 200_000
    susceptibility = np.exp(spread * rng.standard_normal(count))
    limit = float(epidermis.pih_limit(p))
    for median in (0.02, 0.1, 0.3):
        seen = np.asarray(epidermis.pigment(np.asarray(1.0), median, susceptibility, p)) - 1.0
        found = float((seen > p.pih_visible * p.post_inflammatory_pigment_limit).mean())
        share = float(epidermis.share_beyond(np.array([median / limit]), np.asarray(spread))[0])
        assert 0.0 < share < 1.0
        assert abs(found - share) < 4.0 * math.sqrt(share * (1.0 - share) / count)
        assert seen.max() <= p.post_inflammatory_pigment_limit
    np.testing.assert_array_equal(epidermis.share_beyond(np.array([0.0, 1.0]), np.asarray(spread)), [0.0, 0.5])


def test_a_scar_is_released_with_the_integral_of_activated_fibroblasts() -> None:
    """S = s S₀ + (1 − s) S₀ exp(−ρ ∫ A/F₀ dt) at every depth; and its density follows it."""
    history = solver.solve_states(members(PLAN, [{"scar": 0.6}]), solver.Schedule.of((0.0,)), 200.0, halvings=4)
    v, cells, matrix = central(), history.moments.state.cells, history.moments.state.matrix
    activated = cumulative_trapezoid(cells.activated[0], history.days, axis=0, initial=0.0) / v["fibroblast_density"]
    kept = v["scar_remaining_share"]
    exact = 0.6 * (kept + (1.0 - kept) * np.exp(-v["scar_release_rate"] * activated))
    assert cells.new_scar.max() < 1e-4  # no myofibroblasts that would make more of it
    assert exact[-1].max() < 0.59
    np.testing.assert_allclose(cells.scar[0], exact, atol=2e-4)
    # beside it: the same column without the scar, whose injury is at other depths by as much as the dermis stretches
    sound = solver.solve_states(members(PLAN), solver.Schedule.of((0.0,)), 200.0, halvings=4).moments.state.matrix
    density = (1.0 - v["scar_deficit"] * cells.scar[0]) / (1.0 - v["scar_deficit"] * 0.6)
    held, beside = ((np.asarray(m.mature_1)[0] / np.asarray(m.mature_1)[0, 0]) for m in (matrix, sound))
    np.testing.assert_allclose(held, beside * density, rtol=2e-3)


@pytest.mark.parametrize("remodelled", [0.0, 0.3])
def test_the_set_point_of_capillaries_lies_between_one_and_that_of_remodelled_dermis(remodelled: float) -> None:
    """At rest with A activated fibroblasts: (k_V a V_min + k_R)/(k_V a + k_R), a = A/F₀; 1 where there are none."""
    r, ones = prior(30).repair, jnp.ones(1)
    cells = Cells(*[0.0 * ones] * len(Cells._fields))._replace(activated=remodelled * ones, capillary_set_point=ones)
    made, loss = repair.turnover(cells, 0.0 * ones, 0.0 * ones, 0.0 * ones, ones, ones, r).capillary_set_point
    pull, back = r.capillary_remodelling_rate * remodelled, r.capillary_return_rate
    np.testing.assert_allclose(made / loss, (pull * r.capillary_remodelled + back) / (pull + back), rtol=1e-12)
    assert (np.asarray(made / loss) <= 1.0).all()


@pytest.mark.parametrize("set_point", [1.0, 0.7])
@pytest.mark.parametrize("vegf", [0.0, 0.3, 5.0])
def test_capillaries_settle_where_sprouting_and_regression_balance(vegf: float, set_point: float) -> None:
    """At the root of the quadratic  g V (1 − V/V_max) = d (V − V₀), which is found apart from it."""
    r = prior(1).repair
    ones = jnp.ones(1)
    empty = Cells(*[0.0 * ones] * len(Cells._fields))

    def net(v: float) -> float:
        made, loss = repair.turnover(
            empty._replace(capillary_density=v * ones, capillary_set_point=set_point * ones),
            0.0 * ones, 0.0 * ones, vegf * ones, ones, ones, r,
        ).capillary_density  # fmt: skip
        return float((made - loss * v)[0])

    g = float((r.capillary_growth_rate * vegf / (r.capillary_vegf_half + vegf))[0])
    d, most = float(r.capillary_regression_rate[0]), float(r.capillary_capacity[0])
    root = math.sqrt((g - d) ** 2 + 4.0 * g * d * set_point / most)
    exact = set_point if g == 0.0 else ((g - d) + root) * most / (2.0 * g)
    found = brentq(net, 0.1, 2.0 * most, xtol=1e-13)
    assert found == pytest.approx(exact, rel=1e-9)
    assert set_point < exact < most or g == 0.0
    assert net(0.9 * exact) > 0.0 > net(1.1 * exact)  # stable


@pytest.mark.slow
def test_capillaries_and_epidermis_come_back_to_their_set_points() -> None:
    """Which lie below and above rest after a session, and go back to it."""
    history = solver.solve_states(members(PLAN), solver.Schedule.of(PLAN.session_days), 365.0)
    cells, surface = history.moments.state.cells, history.moments.state.surface
    density, set_point = cells.capillary_density[0], cells.capillary_set_point[0]
    assert density.min() < 1.0 < 1.2 < density.max() < central()["capillary_capacity"]
    np.testing.assert_allclose(density[-1], set_point[-1], atol=1e-3)  # it follows within days
    assert (set_point[-1] < 1.0).all() and (set_point[-1] > set_point.min(axis=0)).all()
    collagen = history.moments.state.matrix.collagen[0, [0, -1], :6].sum(axis=-1)
    left = math.exp(-central()["collagen_loss_rate"] / 100.0 / 365.25 * 365.0)
    thickness = 1.0 + central()["epidermal_set_point_response"] * (collagen[1] / collagen[0] / left - 1.0)
    assert float(surface.epidermis[0, -1]) == pytest.approx(thickness, abs=1e-3) and thickness > 1.0
    for name in ("unepithelialised_fraction", "activated_keratinocytes", "melanocyte_stimulation"):
        np.testing.assert_allclose(getattr(surface, name)[0, -1], 0.0, atol=1e-3)
    # melanin is the last to return, with the turnover of the epidermis
    np.testing.assert_allclose(surface.melanin[0, -1], 1.0, atol=1e-3)
