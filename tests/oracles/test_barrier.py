"""Barrier by hand: when channels close in three senses, what the skin loses and holds of water, platelets put on."""

import math
from typing import Any

import numpy as np
import pytest
from tests.helpers import draw_ensemble, members, read, session_effects

import neodermis as nd
from neodermis.evidence import load_parameters
from neodermis.simulation import readout, session, solver
from neodermis.simulation.solver import Schedule
from neodermis.skin import barrier, injury
from neodermis.skin.barrier import BarrierParameters, ClosureModifiers
from neodermis.skin.injury import Injury, InjuryParameters
from neodermis.skin.tissue import SkinState

PEN = "1 session: exceed; cheek 1.0 mm, 6 passes"
V = {p.name: p.value for p in load_parameters()}
P = BarrierParameters(**{name: V[name] for name in BarrierParameters._fields})
#: Of whom the times are stated.
PLAIN = ClosureModifiers(age_years=26.0, phototype=3.0, occluded=0.0, anti_inflammatory=0.0, slowing=1.0)


def half_times(depth_mm: float = 0.5, **kept: float) -> Any:
    return np.array([float(time) for time in barrier.half_times(np.asarray(depth_mm), PLAIN._replace(**kept), P)])


def test_half_times_of_the_reference() -> None:
    np.testing.assert_allclose(half_times(), [0.6, 13.0, 14.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("kept", "times"),
    [
        ({"age_years": 77.0}, [math.exp(0.012 * 51.0)] * 3),
        ({"phototype": 6.0}, [1.07**3] * 3),
        ({"phototype": 1.0}, [1.07**-2] * 3),
        ({"anti_inflammatory": 1.0}, [2.33] * 3),
        ({"anti_inflammatory": 0.5}, [1.0 + 1.33 / 2.0] * 3),
        ({"slowing": 1.7}, [1.7] * 3),
        ({"occluded": 1.0}, [23.3 / 0.6, 2.0, 2.0]),
        ({"depth_mm": 1.2}, [1.0, (1.2 / 0.5) ** 0.55, (1.2 / 0.5) ** 0.55]),
        ({"depth_mm": 0.0}, [1.0, 0.0, 0.0]),
        (
            {"age_years": 60.0, "phototype": 5.0, "anti_inflammatory": 1.0, "slowing": 1.4, "occluded": 1.0},
            [math.exp(0.012 * 34.0) * 1.07**2 * 2.33 * 1.4 * over for over in (23.3 / 0.6, 2.0, 2.0)],
        ),
    ],
    ids=str,
)
def test_half_times_scale_as_stated(kept: dict[str, float], times: list[float]) -> None:
    np.testing.assert_allclose(half_times(**kept), np.array([0.6, 13.0, 14.0]) * times, rtol=1e-12)


def test_closed_is_when_an_instrument_no_longer_tells() -> None:
    """At 16 % left:  τ log₂(1/0.16) = 2.64 τ; under a patch 62 h, as was seen (58 to 63), in air within 2 h."""
    hours = [float(barrier.closure_hours(time, P)) for time in half_times()]
    np.testing.assert_allclose(hours, np.log(1.0 / 0.16) / np.log(2.0) * np.array([0.6, 13.0, 14.0]), rtol=1e-12)
    assert hours[0] < 2.0
    assert 58.0 < float(barrier.closure_hours(half_times(occluded=1.0)[0], P)) < 63.1
    for time, closed in zip(half_times(), hours, strict=True):
        assert float(barrier.open_share(closed, time)) == pytest.approx(0.16, rel=1e-12)
    assert float(barrier.open_share(0.0, half_times()[0])) == 1.0
    assert float(barrier.open_share(5.0, 0.0)) == 0.0


def test_a_session_tells_the_closures_of_its_channels() -> None:
    """Of a person under everything, from the median depth that her needles reach; nothing where none enters."""
    given = {
        "age": 60,
        "phototype": 5,
        "exposures": {"anti_inflammatory": "daily", "stress": "high", "diabetes": "yes"},
    }
    plan, rows = read(PEN), [given, {}, given | {"passes": 0.0}]
    made, done = draw_ensemble(plan, rows), session_effects(plan, rows)
    slower = (
        (1.0 + V["stress_cover_slowing"]) * math.log(V["healthy_barrier_open"]) / math.log(V["diabetes_barrier_open"])
    )
    for occluded in (False, True):
        times = session.closure_half_times(made, done, occluded=occluded)
        for k, (person, passes) in enumerate(((math.exp(0.012 * 34.0) * 1.07**2 * 2.33 * slower, 6),
                                              (math.exp(0.012 * 19.0), 6), (0.0, 0))):  # fmt: skip
            assert (done.channels.per_mm2[k] > 0) == (passes > 0)
            deep = (float(done.median_depth_mm[k]) / 0.5) ** 0.55 if passes else 0.0
            filled = person * deep * (2.0 if occluded else 1.0)
            wanted = [person * (23.3 if occluded else 0.6), 13.0 * filled, 14.0 * filled]
            np.testing.assert_allclose([time[k] for time in times], wanted, rtol=1e-9)
        if not occluded:
            for told, time in zip(session.closures(made, done), times, strict=True):
                np.testing.assert_allclose(told, time * math.log2(1.0 / 0.16), rtol=1e-12)
    told = nd.injure(PEN, draws=1).sites["cheek"].session.closure_hours
    assert told["geometric"].median == pytest.approx(session.closures(made, done).geometric[1], rel=1e-9)


def test_water_after_two_sessions() -> None:
    """Before, right after, between and after: what is bare of each multiplies, and only what came before counts."""
    void, half, days = 0.3, 30.0, np.array([-1.0, 0.0, 0.5, 1.0, 1.75, 9.0])
    since = 24.0 * (days - np.array([[0.0], [1.0]]))
    bare = np.asarray(barrier.bare_share(np.array([void]), np.array([half]), since))[0]

    def left(hours: float) -> float:
        return void * 2.0 ** (-hours / half)

    wanted = [0.0, 0.0, left(12.0), left(24.0), 1.0 - (1.0 - left(42.0)) * (1.0 - left(18.0)),
              1.0 - (1.0 - left(216.0)) * (1.0 - left(192.0))]  # fmt: skip
    np.testing.assert_allclose(bare, wanted, rtol=1e-12, atol=1e-15)
    loss = np.asarray(barrier.water_loss(bare, 0.0, 1.0, P))
    np.testing.assert_allclose(loss, 9.69 + (70.0 - 9.69) * np.array(wanted), rtol=1e-12)
    held = np.asarray(barrier.hydration(bare, 0.0, 0.0, 1.0, P))
    np.testing.assert_allclose(held, 1.0 / (1.0 + 0.3 * (70.0 / 9.69 - 1.0) * np.array(wanted)), rtol=1e-12)
    assert float(barrier.water_loss(0.0, 1.0, 1.0, P)) == pytest.approx(9.69 * 0.73, rel=1e-12)
    assert float(barrier.hydration(0.0, 1.0, 0.5, 1.0, P)) == pytest.approx(1.4 + 0.275, rel=1e-12)
    # an epidermis whose set point is a tenth thicker loses less, and holds more
    less = 1.1 ** -V["tewl_thickness_power"]
    assert float(barrier.water_loss(0.0, 0.0, 1.1, P)) == pytest.approx(9.69 * less, rel=1e-12)
    assert float(barrier.hydration(0.0, 0.0, 0.0, 1.1, P)) == pytest.approx(1.0 + 0.3 * (1.0 - less), rel=1e-12)


def test_the_course_of_water_is_that_of_its_sessions() -> None:
    """As told by a whole course of two sessions, with a moisturiser from day 10 and hyaluronan until day 5."""
    plan = "2 sessions every 3 days: exceed; cheek 1.0 mm, 6 passes"
    worn = {"hydration": "0; daily from day 10", "hyaluronan": "daily; 0 from day 5"}
    told = nd.simulate(plan, draws=1, until=20, exposures=worn)
    site, days = told.sites["cheek"], told.time_day
    made, done = draw_ensemble(read(plan)), session_effects(read(plan))
    void, half = float(done.open_share[0]), float(session.closure_half_times(made, done).barrier[0])
    bare = np.ones_like(days)
    for day in (0.0, 3.0):
        bare = bare * np.where(days > day, 1.0 - void * 2.0 ** (-24.0 * (days - day).clip(0.0) / half), 1.0)
    bare, moist, serum = 1.0 - bare, 1.0 * (days > 10), 1.0 * (days <= 5)
    gain = (site.values["collagen_papillary"] / site.untreated["collagen_papillary"])[0] - 1.0
    kept = (1.0 + V["epidermal_set_point_response"] * gain) ** -V["tewl_thickness_power"]
    wanted = 9.69 * (1.0 - 0.27 * moist) * kept + 60.31 * bare
    np.testing.assert_allclose(site.values["tewl"][0], wanted, rtol=1e-9)
    rise = kept - 1.0 + (70.0 / 9.69 - 1.0) * bare
    held = (1.0 + 0.4 * moist + 0.55 * serum) * (1.0 + 0.3 * (-rise).clip(0.0)) / (1.0 + 0.3 * rise.clip(0.0))
    np.testing.assert_allclose(site.values["hydration"][0], held, rtol=1e-9)
    np.testing.assert_allclose(site.untreated["tewl"][0], 9.69 * (1.0 - 0.27 * moist), rtol=1e-12)
    np.testing.assert_allclose(site.untreated["hydration"][0], 1.0 + 0.4 * moist + 0.55 * serum, rtol=1e-12)
    assert bare.max() > 0.1


def test_every_zone_of_a_site_has_its_own_barrier() -> None:
    """The face is the mean of its zones by area."""
    plan = read("1 session: exceed; face 0.5 mm, 6 passes")
    days = np.array([0.0, 0.5, 1.0, 4.0])
    made = session.draw_ensemble(plan.at("face").sources, nd.Patient().skin("face"), load_parameters())
    done = made.session_effects()
    assert len(done) > 2
    each = [float(one.open_share[0]) * 2.0 ** (-24.0 * days / float(session.closure_half_times(made, one).barrier[0]))
            * (days > 0) for (one,) in done]  # fmt: skip
    bare = sum(share * one for share, one in zip(made.shares, each, strict=True))
    told = readout.barrier_course(made, done, Schedule.of((0.0,)), days, np.ones((1, len(days))))["tewl"][0]
    np.testing.assert_allclose(told, 9.69 + 60.31 * bare, rtol=1e-9)


# ------------------------------------------------------------------------------------------------- plasma put on


def test_plasma_fills_the_channels() -> None:
    """Platelet factors jump by  load · κ ψ · bleeding + c · void  where a session is, and nothing else moves."""
    plan = read(PEN)
    p = InjuryParameters(**{name: V[name] for name in InjuryParameters._fields})
    column, _ = solver.at_rest(members(plan))
    done = session_effects(plan)
    rest: SkinState = column.rest
    one = {"cells": rest.cells, "matrix": rest.matrix, "surface": rest.surface}
    state = SkinState(**{name: type(part)(*(np.asarray(leaf)[0] for leaf in part)) for name, part in one.items()})
    shape = type(column.layers)(*(np.asarray(leaf)[0] for leaf in column.layers))
    given = Injury(*(np.asarray(leaf)[0] for leaf in done.injury))
    plain, filled = (injury.wound(state, given, shape, p._replace(plasma_factors=factors)) for factors in (0.0, 169.0))
    void = np.asarray(shape.dermal(given.void))
    heard = V["response_damage"] * np.asarray(shape.dermal(given.influenced))
    bled = np.asarray(plain.cells.platelet) / np.where(heard > 0, heard, 1.0)
    assert void.max() > 0.01
    np.testing.assert_allclose(np.asarray(filled.cells.platelet) - np.asarray(plain.cells.platelet), 169.0 * void)
    np.testing.assert_allclose(bled[heard > 0], V["platelet_load"] * float(np.max(given.bleeding)), rtol=1e-9)
    for part, other in ((plain.cells._replace(platelet=0), filled.cells._replace(platelet=0)),
                        (plain.matrix, filled.matrix), (plain.surface, filled.surface)):  # fmt: skip
        for a, b in zip(part, other, strict=True):
            np.testing.assert_array_equal(a, b)
