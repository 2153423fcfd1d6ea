"""Injury by heat against published kinetics, a four-layer burn, a radial solution and printed sizes."""

import json
import math

import numpy as np
import pytest
from validation import heat as fitting
from validation.heat_transfer import CELSIUS, TIMES, line_rise, solve_heat

from neodermis.evidence import load_bibliography, load_heat_parameters
from neodermis.simulation import heat as heating
from neodermis.skin import heat
from neodermis.treatment.heat import load_heat_devices

P = heating.physical(load_heat_parameters().central())


def rate(kelvin: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(math.log(3.1e98) - 75000.0 / kelvin, 300.0))


# ------------------------------------------------------------------------------------------------- kinetics


@pytest.mark.parametrize(("celsius", "seconds"), [(50.0, 201.0), (55.0, 5.87), (60.0, 0.190), (65.0, 0.00681)])
def test_cells_die_after_the_times_of_the_published_kinetics(celsius: float, seconds: float) -> None:
    kelvin = np.array([celsius + CELSIUS])
    assert 1.0 / float(heat.damage_rate(kelvin, P)[0]) == pytest.approx(seconds, rel=5e-3)
    assert float(heat.lethal_temperature(np.array([seconds]), P)[0]) == pytest.approx(kelvin[0], abs=0.02)


@pytest.mark.parametrize(("device", "absorption"), [("co2_fractional", 846.8), ("er_yag_fractional", 12470.0)])
def test_absorption_of_water_agrees_with_a_second_measurement(device: str, absorption: float) -> None:
    assert load_heat_devices()[device].absorption_per_cm == pytest.approx(absorption, rel=0.05)


# ------------------------------------------------------------------------------------------------- the heat equation


def burn() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Four layers with the surface at 90 °C from the start: depths, temperatures after 1 to 15 s, damage then."""
    faces = np.concatenate([np.linspace(0.0, 4.0, 201), np.geomspace(4.2, 42.08, 40)])
    middle = (faces[1:] + faces[:-1]) / 2.0
    layer = np.searchsorted([0.08, 2.08, 12.08], middle)
    conductivity = np.array([0.24, 0.45, 0.19, 0.5])[layer]  # W/(m K) is mJ/(s mm K)
    stored = np.array([1200 * 3590, 1200 * 3300, 1000 * 2500, 1000 * 4000])[layer] * 1e-6  # mJ/(mm3 K)
    perfused = np.array([0.0, 0.00125, 0.00125, 0.00125])[layer] * 1060 * 3770 * 1e-6
    steps = np.concatenate([np.geomspace(1e-4, 0.01, 60), np.full(750, 0.02)])
    done = solve_heat(
        faces, conductivity=conductivity, volumetric_heat=stored, perfusion=perfused, start=34.0 + CELSIUS,
        surface=90.0 + CELSIUS, core=37.0 + CELSIUS, steps=steps, damage_rate=burn_rate, radial=False,
        at=(1.0, 5.0, 10.0, 15.0),
    )  # fmt: skip
    return done.middle_mm, done.history, done.damages, done.imbalance


def burn_rate(kelvin: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(math.log(3.1e98) - 6.28e5 / 8.314 / kelvin, 300.0)) * (kelvin > 44.0 + CELSIUS)


def test_four_layers_heat_as_the_published_burn_model() -> None:
    middle, kelvin, damage, imbalance = burn()
    found = [float(np.interp(1.0, middle, row)) - CELSIUS for row in kelvin]
    assert found == pytest.approx([35.5, 51.8, 61.2, 66.7], abs=0.5)
    for printed, level in (([0.255, 0.713, 1.10, 1.48], 0.53), ([0.079, 0.313, 0.51, 0.69], 1e4)):
        depths = [float(np.interp(-math.log(level), -np.log(np.maximum(row, 1e-300)), middle)) for row in damage]
        assert depths == pytest.approx(printed, rel=0.04, abs=0.01)
    assert imbalance < 1e-6


def radial(power_mj_mm: float, pulse_s: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Dead and warmed radius around a thin wire that gives its energy within a pulse, by the radial equation."""
    core = 0.004
    faces = np.concatenate([np.linspace(0.0, core, 3), np.geomspace(core, 12.0, 320)[1:]])
    inside = (faces[1:] <= core * 1.0001).astype(float)
    power = power_mj_mm / pulse_s / (math.pi * core**2)
    steps = np.concatenate([np.full(200, pulse_s / 200), np.geomspace(pulse_s / 200, pulse_s, 160)])
    p = P
    done = solve_heat(
        faces, conductivity=float(p.thermal_conductivity[0]) * np.ones(len(inside)),
        volumetric_heat=float(p.volumetric_heat[0]), start=float(p.skin_temperature[0]),
        core=float(p.skin_temperature[0]), power=lambda time: inside * power * (time < pulse_s), steps=steps,
        damage_rate=rate, radial=True,
    )  # fmt: skip
    dead = done.middle_mm[done.damage >= 1.0].max(initial=0.0)
    warm = done.middle_mm[done.peak_kelvin >= float(p.stress_temperature[0])].max(initial=0.0)
    return dead, warm, done.imbalance


@pytest.mark.parametrize(("by_length", "pulse_s"), [(20.0, 0.1), (60.0, 0.1), (60.0, 0.3)])
def test_the_zone_of_a_needle_is_that_of_the_radial_solution(by_length: float, pulse_s: float) -> None:
    dead, warm, imbalance = radial(by_length, pulse_s)
    x = heating.central_column(load_heat_devices()["secret_rf"], depth_mm=1.5, level=5.0)
    x = x._replace(energy_mj=x.bare_mm * by_length, pulse_s=np.array([pulse_s]))
    radius = heat.zone_radius_mm(x, heating.zones(), P)
    assert float(radius[0]) == pytest.approx(dead, rel=0.05)
    assert float(heat.stressed_radius_mm(radius, P)[0]) == pytest.approx(warm, rel=0.2)
    assert imbalance < 1e-6


def test_the_line_source_keeps_its_energy() -> None:
    """Of 2π r ρc ΔT, integrated: all that was given, once the pulse is over."""
    radius = np.geomspace(1e-4, 60.0, 20_000)
    rise = line_rise(radius, np.array([4.0]))[:, 0]
    # ∫ 2 s g ds over radius² in units 4αt_p, of q/(4π k t_p) ρc 4 α t_p π = q
    assert float(np.trapezoid(rise * 2.0 * radius, radius)) == pytest.approx(1.0, rel=1e-4)
    assert TIMES[0] > 0


# ------------------------------------------------------------------------------------------------- published sizes


def test_the_shipped_numbers_and_table_are_those_of_the_fit() -> None:
    shipped = load_heat_parameters()
    found = fitting.fits()
    for one in found:
        assert shipped[one.name].value == pytest.approx(one.value, rel=1e-3)
        assert shipped[one.name].uncertainty.a == pytest.approx(one.spread, rel=5e-3)
    assert {p.name for p in shipped if p.status == "calibrated"} == {one.name for one in found}
    again, kept = fitting.zones(), heating.zones()
    assert np.allclose(kept.scaled_radius, again.scaled_radius, rtol=1e-4, atol=1e-6)


def test_printed_sizes_lie_inside_the_intervals_of_the_fit() -> None:
    results = json.loads(fitting.RESULTS.read_text("utf-8"))["fits"]
    for name, one in results.items():
        for row in one["rows"]:
            assert abs(math.log(row["fitted_um"] / row["printed_um"])) < 2.0 * one["spread"], (name, row["id"])
    left = [row["left_out_um"] / row["printed_um"] for one in results.values() for row in one["rows"]]
    assert max(left) > 1.2 and min(left) < 0.8  # the page says how far single sizes are missed


def column(device: str, **settings: float) -> heat.Sizes:
    one = load_heat_devices()[device]
    return heating.sizes_of(one, heating.central_column(one, **settings), P)


def test_ratios_that_no_fit_saw() -> None:
    low, high = (column("co2_fractional", energy_mj=energy, density_pct=10.0) for energy in (5.0, 30.0))
    assert float(high.coagulated_depth_mm[0] / low.coagulated_depth_mm[0]) > 1.5
    assert float(high.ablated_depth_mm[0] / low.ablated_depth_mm[0]) > 3.0
    least = column("fraxel_1550", energy_mj=4.5, density_pct=10.0)
    most = column("fraxel_1550", energy_mj=40.0, density_pct=10.0)
    assert 0.0 < float(least.coagulated_depth_mm[0]) < float(most.coagulated_depth_mm[0])


def test_what_the_data_cannot_size_has_its_published_sign() -> None:
    p, shipped = P, load_heat_devices()
    co2, er = (heating.central_column(shipped[name], energy_mj=30.0, density_pct=10.0)
               for name in ("co2_fractional", "er_yag_fractional"))  # fmt: skip
    assert float(heat.rim_mm(co2, p)[0]) > float(heat.rim_mm(er, p)[0])  # rim of CO2 above Er:YAG
    longer = er._replace(pulse_s=2.0 * er.pulse_s)
    assert float(heat.rim_mm(longer, p)[0]) > float(heat.rim_mm(er, p)[0])
    rf = heating.central_column(shipped["secret_rf"], depth_mm=1.5, level=10.0)
    zones = heating.zones()
    spread = rf._replace(pulse_s=10.0 * rf.pulse_s)  # the same energy over a longer time
    assert float(heat.zone_radius_mm(spread, zones, p)[0]) < float(heat.zone_radius_mm(rf, zones, p)[0])
    bare = heat.current_sizes(rf._replace(bare_mm=rf.tip_mm), zones, p)
    tip = heat.current_sizes(rf, zones, p)
    assert float(bare.coagulated_top_mm[0]) == 0.0 < float(tip.coagulated_top_mm[0])


def test_every_source_is_in_the_bibliography() -> None:
    works = load_bibliography()
    keys = {key for p in load_heat_parameters() for key in p.sources}
    keys |= {key for one in load_heat_devices().values() for key in one.sources}
    keys |= {row["source"] for row in fitting.sizes()}
    assert {key for key in keys if key not in works} == set()
