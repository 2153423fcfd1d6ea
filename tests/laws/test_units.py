"""Change of units: the answer does not depend on the units of time, length, mass and cell count.

The whole course (sessions, solver, readings) is solved again with every parameter, device number, age and step
expressed in other base units by the *declared* dimension of each, and the readings are converted back.  A number
with a dimension that hides in an equation would show as a difference.  Age enters as years since the mean age of
the thickness series, so that difference is what is converted; the steps are the solver's own and travel with it.
"""

from typing import Any

import numpy as np
import pytest
from tests.helpers import PEN, UNTIL, drawn, members, read

from neodermis import course
from neodermis.course import Members, _Segment
from neodermis.skin import cascade, injury, tissue
from neodermis.skin.cascade import SkinParameters
from neodermis.treatment import Device
from neodermis.units import declared, dimension

PLAN = read(PEN)
READINGS = {
    "collagen_1": "ug/mm2",
    "collagen_3": "ug/mm2",
    "collagen_papillary": "ug/mm2",
    "dermal_thickness": "mm",
    "mature": "ug/mm2",
    "leukocytes": "cell/mm3",
    "repair_cells": "cell/mm3",
    "made": "ug/mm2",
    "cleaved": "ug/mm2",
    "present": "ug/mm2",
}
#: Numbers of a device and of a session, and their units.
INPUTS = {
    "needles": (12.0, "needle"),
    "passes": (6.0, "1"),
    "frequency_hz": (125.0, "Hz"),
    "set_depth_mm": (1.2, "mm"),
    "needle_diameter_mm": (0.25, "mm"),
    "drum_diameter_mm": (20.0, "mm"),
    "drum_width_mm": (18.0, "mm"),
    "head_area_mm2": (90.0, "mm2"),
}


def random_bases(seed: int) -> np.ndarray:
    """New units of time, length, mass and cell count, each 0.01 to 100 of the old; pain stays."""
    return np.append(10.0 ** np.random.default_rng(seed).uniform(-2, 2, 4), 1.0)


def factor(unit: str, bases: np.ndarray) -> float:
    """What a number in ``unit`` is multiplied by when each base unit becomes ``bases`` times as large."""
    return float(np.prod(bases ** -np.array(dimension(unit).exponents)))


def rescaled(batch: Members, bases: np.ndarray) -> Members:
    parts = {
        mechanism: structure(
            *(
                getattr(getattr(batch.parameters, mechanism), name) * factor(declaration.unit, bases)
                for name, declaration in declared(structure).items()
            )
        )
        for mechanism, structure in cascade.MECHANISMS.items()
    }
    since = batch.age_years - tissue.reference_age_years()
    return Members(
        parameters=SkinParameters(**parts),
        dermis_reference_mm=batch.dermis_reference_mm * factor("mm", bases),
        age_years=tissue.reference_age_years() + since * factor("year", bases),
        channels=batch.channels._replace(
            per_mm2=batch.channels.per_mm2 * factor("channel/mm2", bases),
            reached_depth_mm=batch.channels.reached_depth_mm * factor("mm", bases),
            diameter_mm=batch.channels.diameter_mm * factor("mm", bases),
        ),
        sessions=batch.sessions,
    )


def solve(block: Members, day: float) -> Any:
    """The course on the same steps, with ``day`` days to the unit of time."""
    segments = [
        _Segment(s.session, s.start / day, s.end / day, s.steps / day)
        for s in course._segments(PLAN.session_days, UNTIL, 0)
    ]
    return course._solve_block(block, segments, tissue.GRID)


@pytest.mark.parametrize("seed", range(5))
def test_the_course_does_not_depend_on_the_units(seed: int) -> None:
    block, bases = members(PLAN, [{}, *drawn(course.BLOCK - 1, seed)]), random_bases(seed)
    here, there = solve(block, 1.0), solve(rescaled(block, bases), bases[0])
    for a, b in zip(here.readings, there.readings, strict=True):
        for name, unit in READINGS.items():
            back = getattr(b, name) / factor(unit, bases)
            np.testing.assert_allclose(back, getattr(a, name), rtol=1e-6, atol=1e-12, err_msg=name)
    for a, b in zip(here.sessions, there.sessions, strict=True):
        np.testing.assert_allclose(b.injured_fraction, a.injured_fraction, rtol=1e-6, atol=1e-15)
        np.testing.assert_allclose(b.redness_hours / factor("h", bases), a.redness_hours, rtol=1e-6)


@pytest.mark.parametrize("device", ["exceed", "home_roller", "stamp 9 x 0.2 mm"])
def test_channels_and_minutes_do_not_depend_on_the_units(device: str) -> None:
    made_by: Device = read(f"1 session: {device}; cheek 0 mm, 1 pass").device
    batch, bases = members(PLAN, drawn(5)), random_bases(7)
    p, q = batch.parameters.injury, rescaled(batch, bases).parameters.injury
    x = {name: value for name, (value, _) in INPUTS.items()}
    y = {name: value * factor(unit, bases) for name, (value, unit) in INPUTS.items()}
    here, there = course._channels(made_by, x, p), course._channels(made_by, y, q)
    for name, unit in (("per_mm2", "channel/mm2"), ("reached_depth_mm", "mm"), ("diameter_mm", "mm")):
        np.testing.assert_allclose(getattr(there, name) / factor(unit, bases), getattr(here, name), rtol=1e-12)
    if made_by.kind != "stamp":  # nobody has published how fast one is placed
        a = injury.minutes(made_by.kind, 60.0, x["set_depth_mm"], x["passes"], p)
        b = injury.minutes(made_by.kind, 60.0 * factor("cm2", bases), y["set_depth_mm"], y["passes"], q)
        np.testing.assert_allclose(b / factor("min", bases), a, rtol=1e-12)
