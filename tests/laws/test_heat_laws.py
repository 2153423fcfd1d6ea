"""Laws of injury by heat: none without energy, more with more of it, units, shares that are shares, and its time."""

import json
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.laws.test_units import factor, random_bases, units

import neodermis as nd
from neodermis.evidence import load_heat_parameters
from neodermis.simulation import heat as heating
from neodermis.skin import heat, tissue
from neodermis.treatment.heat import HeatDevice, load_heat_devices

P = heating.physical(load_heat_parameters().central())
FACES = np.array(
    [np.concatenate([[0.0, 0.015, 0.08], np.linspace(0.1, 0.4, 6), np.linspace(0.6, 2.0, 12), [3, 4, 5, 6]])]
)
DEVICES = list(load_heat_devices().values())
LIGHT = [one for one in DEVICES if one.kind != "rf_needle"]


def settings(device: HeatDevice, **changed: float) -> dict[str, float]:
    return {name: (span.low + span.high) / 2.0 for name, span in device.settings.items()} | changed


def done(device: HeatDevice, **changed: float) -> heat.HeatInjury:
    x = heating.central_column(device, **settings(device, **changed))
    return heat.heat_injury(x, heating.sizes_of(device, x, P), FACES, by_light=device.kind != "rf_needle")


def dead(injury: heat.HeatInjury) -> float:
    return float(((injury.ablated + injury.coagulated) * np.diff(FACES)).sum())


@pytest.mark.parametrize("device", DEVICES, ids=lambda one: one.id)
def test_no_energy_is_no_injury(device: HeatDevice) -> None:
    for name in device.settings:
        for share in done(device, **{name: 0.0})[:3]:
            assert not np.any(share)


@pytest.mark.parametrize("device", DEVICES, ids=lambda one: one.id)
def test_more_of_a_setting_is_more_injury(device: HeatDevice) -> None:
    for name, span in device.settings.items():
        if name == "depth_mm":
            continue  # it moves the zone of a needle, and does not make it larger
        steps = [dead(done(device, **{name: value})) for value in np.linspace(span.low, span.high, 5)]
        assert all(later >= before for before, later in pairwise(steps)), name
        assert steps[-1] > steps[0]
    assert dead(done(device, passes=2.0)) > dead(done(device))
    if device.kind == "ablative_laser":
        assert dead(done(device, pulses=2.0)) > dead(done(device))


@pytest.mark.parametrize("device", DEVICES, ids=lambda one: one.id)
def test_shares_are_shares_of_one_tissue(device: HeatDevice) -> None:
    for passes in (1.0, 8.0):
        injury = done(device, passes=passes)
        whole = injury.ablated + injury.coagulated + injury.stressed
        assert all(np.all((share >= 0.0) & (share <= 1.0)) for share in (*injury[:3], whole))


def test_discs_on_a_grid_cover_what_geometry_says() -> None:
    radius = np.array([0.0, 0.1, 0.5, 0.6, 0.71, 2.0])
    found = heat.covered(radius, np.ones(6))
    grid = (np.arange(800) + 0.5) / 800 - 0.5
    x, y = np.meshgrid(grid, grid)
    near = np.min([np.hypot(x - i, y - j) for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0)
    assert found == pytest.approx([float((near < r).mean()) for r in radius], abs=2e-3)
    assert heat.covered(np.array([0.3]), np.array([0.0]))[0] == 0.0


@pytest.mark.parametrize("device", DEVICES, ids=lambda one: one.id)
def test_the_injury_does_not_depend_on_the_units(device: HeatDevice) -> None:
    x = heating.central_column(device, **settings(device))
    for seed in range(3):
        bases = random_bases(seed)
        bases[-1] = 1.0  # a temperature stands in the table of zones, in K
        scaled_x = heat.Column(*(v * factor(u, bases) for v, u in zip(x, units(heat.Column).values(), strict=True)))
        scaled_p = heat.HeatParameters(
            *(v * factor(u, bases) for v, u in zip(P, units(heat.HeatParameters).values(), strict=True))
        )
        zones = heating.zones()
        zones = zones._replace(pulse_s=zones.pulse_s * factor("s", bases))
        if device.kind == "rf_needle":
            sizes = heat.current_sizes(scaled_x, zones, scaled_p)
        else:
            sizes = heat.light_sizes(scaled_x, scaled_p, ablative=device.kind == "ablative_laser")
        faces = FACES * factor("mm", bases)
        again = heat.heat_injury(scaled_x, sizes, faces, by_light=device.kind != "rf_needle")
        for one, other in zip(again[:3], done(device)[:3], strict=True):
            assert one == pytest.approx(other, rel=1e-9, abs=1e-12)


def test_one_injury_takes_no_time() -> None:
    device = load_heat_devices()["co2_fractional"]
    done(device)
    took = []
    for _ in range(5):
        begun = time.process_time()
        done(device)
        took.append(time.process_time() - begun)
    assert min(took) < 0.02


def test_the_verb_gives_shares_of_the_layers_and_the_same_numbers_again(tmp_path: Path) -> None:
    asked = "2 sessions every 4 weeks: co2_fractional; cheek 30 mJ, 15 %; forehead 20 mJ, 10 %"
    one, again = (nd.injure(asked, draws=20, seed=3) for _ in range(2))
    assert one.to_dict() == again.to_dict() == nd.rerun(one).to_dict()
    assert {*one.sites} == {"cheek", "forehead"}
    document = one.to_dict()
    assert [each["day"] for each in document["sessions"]] == [0.0, 0.0, 28.0, 28.0]
    layers = one.sites["cheek"].session.layers
    assert [*layers] == [*tissue.layer_cells()]
    assert layers["viable_epidermis"]["ablated"].median > layers["reticular_dermis"]["ablated"].median
    assert "coagulated" in one.summary() and len(one.to_dataframe())
    file = tmp_path / "heat.json"
    file.write_text(json.dumps(document), "utf-8")
    with pytest.raises(nd.InputError, match="a session by heat has none"):
        nd.load(file)
    with pytest.raises(nd.InputError, match="pain by heat"):
        nd.injure("1 session: co2_fractional; cheek 30 mJ, 15 %", anaesthetic="topical")
