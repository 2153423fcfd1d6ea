"""Every input matters, the right way: low and high of each, what it moves, and the sign.

``NONE`` states that nothing reads an input.  A field or a parameter that is missing from a table fails; so does one
that moves nothing, or moves the wrong way.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

import numpy as np
import pytest
from tests.helpers import joined, members, read, solved

import neodermis
from neodermis.course import Course
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.skin import injury
from neodermis.treatment import Device, Pass, Protocol, Span

UP, DOWN, NONE = 1, -1, 0
#: Smallest relative move that counts: ten times what the step control leaves of a difference of equal steps.
LEAST = 1e-3

# ------------------------------------------------------------------------------------------------- parameters

#: parameter → what it moves from its 5 % to its 95 % value, and the sign
PARAMETERS = {
    # tissue
    "stratum_corneum_thickness": ("injury", DOWN),  # less of the channel is in the dermis
    "viable_epidermis_thickness": ("injury", DOWN),
    "dermis_thickness_factor": ("thickness", UP),
    "papillary_share_of_dermis": ("baseline", UP),
    "collagen_concentration": ("baseline", UP),
    "type_3_share": ("type_3_share", UP),
    "fibroblast_density": ("repair_cells", UP),
    "fat_depth": ("leukocytes", UP),  # the sink for signals lies further from the dermis
    # ageing: this person is older than the published series
    "collagen_loss_rate": ("baseline", DOWN),
    # injury
    "pen_coverage_rate": ("minutes", DOWN),
    "roller_coverage_rate": ("roller_minutes", DOWN),
    "pen_reached_share": ("injury", UP),
    "roller_reached_share": ("roller_injury", UP),
    "stamp_reached_share": ("stamp_injury", UP),
    "channel_recoil_ratio": ("injury", UP),
    "killed_cell_share": ("repair_cells", DOWN),
    "torn_matrix_share": ("dip", UP),
    "platelet_load": ("gain", UP),
    "numbing_depth": ("minutes", DOWN),  # the deeper it starts, the fewer are numbed at 0.6 mm
    "numbing_time": ("minutes", UP),
    # inflammation
    "debris_clearance_rate": ("leukocytes", DOWN),
    "debris_clearance_by_neutrophils": ("leukocytes", DOWN),
    "debris_clearance_by_macrophages": ("leukocytes", DOWN),
    "platelet_loss_rate": ("gain", DOWN),
    "neutrophil_recruitment": ("leukocytes", UP),
    "neutrophil_damage_half": ("leukocytes", DOWN),
    "neutrophil_platelet_half": ("leukocytes", DOWN),
    "neutrophil_loss_rate": ("leukocytes", DOWN),
    "inflammatory_diffusivity": ("leukocytes", DOWN),  # more of the signal is lost below and above the wound
    "inflammatory_decay_rate": ("leukocytes", DOWN),
    "inflammatory_from_damage": ("leukocytes", UP),
    "inflammatory_from_neutrophil": ("leukocytes", UP),
    "macrophage_loop_gain": ("leukocytes", UP),
    "repair_macrophage_damping": ("leukocytes", UP),  # more of them are needed to damp
    "macrophage_recruitment": ("leukocytes", UP),
    "macrophage_signal_half": ("leukocytes", DOWN),
    # at a stated loop gain a faster exit also means more release per cell: what is left is fewer of them
    "macrophage_conversion_rate": ("leukocytes", DOWN),
    "inflammatory_macrophage_loss_rate": ("leukocytes", DOWN),
    "repair_macrophage_loss_rate": ("leukocytes", DOWN),
    "protease_from_neutrophil": ("dip", UP),
    "protease_from_macrophage": ("dip", UP),
    "protease_loss_rate": ("dip", DOWN),
    "protease_at_rest": ("dip", DOWN),
    "redness_gain": ("redness", UP),
    "redness_fading_time": ("redness", UP),
    # repair
    "tgf_diffusivity": ("repair_cells", DOWN),
    "tgf_decay_rate": ("repair_cells", DOWN),
    "tgf_from_macrophage": ("repair_cells", UP),
    "activation_loop_gain": ("repair_cells", UP),
    "activation_rate": ("repair_cells", UP),
    "activation_tgf_half": ("repair_cells", DOWN),
    "activation_platelet_half": ("repair_cells", DOWN),
    "deactivation_rate": ("repair_cells", DOWN),
    "proliferation_rate": ("repair_cells", UP),
    "fibroblast_capacity": ("repair_cells", UP),
    "fibroblast_relaxation_rate": ("repair_cells", UP),
    "myofibroblast_rate": ("gain", DOWN),  # a myofibroblast makes less collagen than the cell it comes from
    "myofibroblast_tgf_half": ("gain", UP),
    "myofibroblast_loss_rate": ("repair_cells", DOWN),
    # matrix
    "collagen_synthesis_rate": ("gain", UP),
    "synthesis_rate_of_all_collagen": ("kept", DOWN),  # labile collagen then halves in weeks
    "labile_share": ("kept", DOWN),
    "mature_renewal_time": ("kept", DOWN),  # slow renewal goes with slow maturation
    "crosslinking_drive": ("kept", UP),
    "synthesis_1_activated": ("gain", UP),
    "synthesis_3_over_1": ("type_3_rise", UP),
    "synthesis_myofibroblast": ("gain", UP),
    "synthesis_inflammatory_half": ("gain", UP),
}
SHIPPED = load_parameters()


@pytest.fixture(scope="module")
def moved() -> tuple[dict[str, int], dict[str, Any]]:
    """Row of each parameter's low value (its high value is the next), and the outcomes of all rows."""
    rows: list[dict[str, float]] = [{}]
    at = {}
    for p in SHIPPED:
        at[p.name] = len(rows)
        rows += [{p.name: value} for value in p.uncertainty.interval90(p.value)]
    course = "3 sessions every 30 days: {}; cheek {} mm, 6 passes"
    pen = read(course.format("exceed", 1.5))
    groups = {
        "": members(pen, rows),
        "roller_": members(read(course.format("roller_mf8", 1.5)), rows),
        "stamp_": members(read(course.format("stamp 40 x 0.25 mm", 1.5)), rows),
    }
    n = len(rows)
    done = solved(joined(*groups.values()), pen.session_days, pen.last_day + 365.0)
    path, loss = done.path, np.tile(groups[""].parameters.ageing.collagen_loss_rate, len(groups))
    gain, share = done.gain(loss), done.outcome("collagen_3_share")

    def exposure(name: str) -> Any:
        return sum(
            np.trapezoid(getattr(readings, name), nodes, axis=1)
            for nodes, readings in zip(path.nodes, path.readings, strict=True)
        )

    everything = {
        "gain": gain.max(axis=1),
        "kept": gain[:, -1] / gain.max(axis=1),
        "dip": -gain.min(axis=1),
        "baseline": done.outcome("collagen_papillary")[:, 0],
        "thickness": done.outcome("dermal_thickness")[:, 0],
        "type_3_share": share[:, 0],
        "type_3_rise": share.max(axis=1) / share[:, 0],
        "leukocytes": exposure("leukocytes"),
        "repair_cells": exposure("repair_cells"),
        "redness": path.sessions[0].redness_hours,
        "injury": path.sessions[0].injured_fraction.sum(axis=1),
    }
    outcomes = {prefix + name: v[k * n :][:n] for k, prefix in enumerate(groups) for name, v in everything.items()}
    p = groups[""].parameters.injury
    outcomes["minutes"] = np.broadcast_to(injury.minutes("pen", 60.0, np.asarray(0.6), np.asarray(6.0), p), n)
    outcomes["roller_minutes"] = np.broadcast_to(injury.minutes("roller", 60.0, np.asarray(1.5), np.asarray(6.0), p), n)
    return at, outcomes


def test_the_table_has_every_parameter_and_no_other() -> None:
    assert set(PARAMETERS) == {p.name for p in SHIPPED}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_acts_in_its_direction(name: str, moved: tuple[dict[str, int], dict[str, Any]]) -> None:
    at, outcomes = moved
    outcome, sign = PARAMETERS[name]
    values = outcomes[outcome]
    low, high = values[at[name]], values[at[name] + 1]
    assert sign * (high - low) > LEAST * abs(values[0]), f"{outcome} {low:.6g} → {high:.6g}"


# ------------------------------------------------------------------------------------------------- inputs


def peak(course: Course) -> float:
    return float(course.sites[next(iter(course.sites))].gain().max())


def baseline(course: Course) -> float:
    return float(course.sites[next(iter(course.sites))].central["collagen_papillary"][0])


def minutes(course: Course) -> float:
    interval = course.sites[next(iter(course.sites))].sessions[0].minutes
    assert interval is not None
    return interval.median


def channels(course: Course) -> float:
    return course.sites[next(iter(course.sites))].sessions[0].channels_per_cm2.median


def everything(course: Course) -> float:
    """One number that moves when any outcome or session does."""
    site = course.sites[next(iter(course.sites))]
    numbers = [values.sum() for values in site.values.values()]
    numbers += [s.minutes.median + s.erythema_hours.median + s.channels_per_cm2.median for s in site.sessions]
    return float(np.sum(numbers))


@dataclass(frozen=True)
class Row:
    """A field of a person or of a protocol, moved from low to high."""

    owner: type
    field: str
    low: dict[str, Any]
    high: dict[str, Any]
    outcome: Callable[[Course], float]
    sign: int


def sentence(text: str) -> dict[str, Any]:
    return {"protocol": text}


PEN = "{n} sessions every {d} days: exceed; {site} {mm} mm, {passes} passes"
USUAL = {"n": 3, "d": 30, "site": "cheek", "mm": 1.0, "passes": 6}


def pen(**change: Any) -> dict[str, Any]:
    return sentence(PEN.format(**USUAL | change))


INPUTS = [
    Row(Patient, "age", {"age": 25}, {"age": 75}, baseline, DOWN),
    Row(Patient, "sex", {"sex": "female"}, {"sex": "male"}, baseline, UP),  # men's dermis is thicker
    Row(Patient, "phototype", {"phototype": 1}, {"phototype": 6}, everything, NONE),  # pigment is not modelled
    Row(Pass, "site", pen(site="periorbital"), pen(site="cheek"), baseline, UP),
    Row(Pass, "depth_mm", pen(mm=0.5), pen(mm=1.5), peak, UP),
    Row(Pass, "passes", pen(passes=2), pen(passes=8), peak, UP),
    Row(Pass, "passes", pen(passes=2), pen(passes=8), minutes, UP),
    Row(Protocol, "sessions", pen(n=2), pen(n=4), peak, UP),
    Row(Protocol, "interval_days", pen(d=28), pen(d=84), peak, DOWN),  # labile collagen is lost in between
    Row(Protocol, "device", sentence("1 session: home_roller; cheek 1 mm, 6 passes"),
        sentence("1 session: exceed; cheek 1 mm, 6 passes"), peak, UP),
]  # fmt: skip


def test_the_table_has_every_field_of_a_person_and_of_a_protocol() -> None:
    wanted = {(owner, f.name) for owner in (Patient, Pass, Protocol) for f in fields(owner)}
    assert {(row.owner, row.field) for row in INPUTS} == wanted - {(Protocol, "treatments")}  # these are the Pass rows


@pytest.mark.parametrize("row", INPUTS, ids=lambda row: f"{row.field}-{row.outcome.__name__}")
def test_an_input_acts_in_its_direction(row: Row) -> None:
    low, high = (row.outcome(neodermis.simulate(**pen() | change, draws=1)) for change in (row.low, row.high))
    if row.sign == NONE:
        assert high == low
    else:
        assert row.sign * (high - low) > LEAST * abs(low)


#: number of a device → device, low, high, sign of the injury; None: it spreads the set depth, below
DEVICE = {
    "needles": ("exceed", 6, 12, UP),
    "needle_diameter_mm": ("exceed", 0.23, 0.35, UP),
    "frequency_hz": ("exceed", 100, 150, UP),
    "drum_diameter_mm": ("roller_mf8", 15, 25, DOWN),
    "drum_width_mm": ("roller_mf8", 15, 25, DOWN),
    "head_area_mm2": ("stamp 40 x 0.25 mm", 50, 200, DOWN),
    "depth_tolerance_mm": None,
}


def test_the_table_has_every_number_of_a_device() -> None:
    spans = {name for name, hint in get_type_hints(Device).items() if hint in (Span, Span | None)}
    assert set(DEVICE) == spans


@pytest.mark.parametrize("name", [name for name, row in DEVICE.items() if row])
def test_a_number_of_a_device_acts_in_its_direction(name: str) -> None:
    device, low, high, sign = DEVICE[name]  # type: ignore[misc]  # the rows with None are left out above
    plan = read(f"1 session: {device}; cheek 1.5 mm, 6 passes")
    batch = members(plan, [{name: low}, {name: high}])
    done = solved(batch, plan.session_days, 120.0)
    gain = done.gain(batch.parameters.ageing.collagen_loss_rate).max(axis=1)
    injured = done.path.sessions[0].injured_fraction.sum(axis=1)
    for values in (gain, injured):
        assert sign * (values[1] - values[0]) > LEAST * values[0]


def test_the_depth_tolerance_of_a_device_spreads_the_set_depth() -> None:
    """A maker's deviation of the needle travel is drawn, the central course is at the setting, and a sham stays one."""
    from neodermis import course

    plan = read("1 session: exceed; cheek 1.5 mm, 6 passes")
    assert plan.device.depth_tolerance_mm is not None
    depth = course._device_draws(plan.device, plan.treatments[0], {}, 1000, 0)["set_depth_mm"]
    assert depth[0] == 1.5
    assert 1.35 <= depth[1:].min() < 1.36 < 1.64 < depth[1:].max() <= 1.65
    sham = read("1 session: exceed; cheek 0 mm, 6 passes")
    assert not course._device_draws(sham.device, sham.treatments[0], {}, 10, 0)["set_depth_mm"].any()
