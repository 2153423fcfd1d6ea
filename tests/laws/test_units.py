"""Change of units: the answer does not depend on the units of time, length, mass and cell count.

The whole course (sessions, solver, readings) is solved again with every parameter, device number, age and step
expressed in other base units by the *declared* dimension of each, and the readings are converted back.  A number
with a dimension that hides in an equation would show as a difference.  Age enters as years since the mean age of
the thickness series, so that difference is what is converted; the steps are the solver's own and travel with it.
A session (entries, resistance of the skin, penetration, injury, pain, minutes) is done again in the same way.
"""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
import pytest
from tests.helpers import PEN, UNTIL, drawn, members, needling, read

from neodermis import session, solver
from neodermis.skin import cascade, tissue
from neodermis.skin.cascade import SkinParameters
from neodermis.solver import Members, Path, Segment
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
    "elastin": "1",
    "tropoelastin": "1",
    "hyaluronan": "1",
    "alignment": "1",
    "myofibroblast": "cell/mm3",
    "uncovered": "1",
    "melanin": "1",
}
#: Units of what a session at one site takes, gives and books; numbers without a unit are left out.
SETTING = {
    "set_depth_mm": "mm",
    "needle_diameter_mm": "mm",
    "needle_tip_radius_um": "um",
    "needle_taper_mm": "mm",
    "frequency_hz": "Hz",
    "head_width_mm": "mm",
    "drum_diameter_mm": "mm",
    "drum_width_mm": "mm",
    "head_area_mm2": "mm2",
}
CHANNELS = {
    "per_mm2": "channel/mm2",
    "reached_depth_mm": "mm",
    "needle_diameter_mm": "mm",
    "needle_tip_mm": "mm",
    "needle_taper_mm": "mm",
    "sideways_mm": "mm",
}
ENTRIES = {"per_mm2": "channel/mm2", "cover_mm2_s": "mm2/s", "tip_speed_mm_s": "mm/s", "reach_mm": "mm", "force_n": "N"}
NEEDLED = {
    "depth_faces_mm": "mm",
    "entry_depths_mm": "mm",
    "channel_width_mm": "mm",
    "bleeding_per_mm2": "1/mm2",
    "median_depth_mm": "mm",
    "needling_minutes": "min",
    "numbing_minutes": "min",
    "redness_hours": "h",
}


def random_bases(seed: int) -> np.ndarray:
    """New units of time, length, mass and cell count, each 0.01 to 100 of the old; pain stays."""
    return np.append(10.0 ** np.random.default_rng(seed).uniform(-2, 2, 4), 1.0)


def factor(unit: str, bases: np.ndarray) -> float:
    """What a number in ``unit`` is multiplied by when each base unit becomes ``bases`` times as large."""
    return float(np.prod(bases ** -np.array(dimension(unit).exponents)))


def rescaled_parameters(p: SkinParameters, bases: np.ndarray) -> SkinParameters:
    return SkinParameters(
        **{
            mechanism: structure(
                *(
                    getattr(getattr(p, mechanism), name) * factor(declaration.unit, bases)
                    for name, declaration in declared(structure).items()
                )
            )
            for mechanism, structure in cascade.MECHANISMS.items()
        }
    )


def scaled(values: Any, units: Mapping[str, str], bases: np.ndarray) -> Any:
    """A tuple of numbers in the new units."""
    return values._replace(**{name: getattr(values, name) * factor(unit, bases) for name, unit in units.items()})


def rescaled_age(age: np.ndarray, bases: np.ndarray) -> np.ndarray:
    return tissue.reference_age_years() + (age - tissue.reference_age_years()) * factor("year", bases)


def rescaled(batch: Members, bases: np.ndarray) -> Members:
    return Members(
        parameters=rescaled_parameters(batch.parameters, bases),
        dermis_reference_mm=batch.dermis_reference_mm * factor("mm", bases),
        age_years=rescaled_age(batch.age_years, bases),
        phototype=batch.phototype,
        scar=batch.scar,
        channels=scaled(batch.channels, CHANNELS, bases),
    )


def solve(block: Members, day: float) -> Path:
    """The course on the same steps, with ``day`` days to the unit of time."""
    pieces = [Segment(s.start / day, s.end / day, s.steps / day) for s in solver.segments(PLAN.session_days, UNTIL)]
    return solver.solve_block(block, pieces)


@pytest.mark.parametrize("seed", range(5))
def test_the_course_does_not_depend_on_the_units(seed: int) -> None:
    block, bases = members(PLAN, [{}, *drawn(solver.BLOCK - 1, seed)]), random_bases(seed)
    here, there = solve(block, 1.0), solve(rescaled(block, bases), bases[0])
    for a, b in zip(here.readings, there.readings, strict=True):
        for name, unit in READINGS.items():
            back = getattr(b, name) / factor(unit, bases)
            np.testing.assert_allclose(back, getattr(a, name), rtol=1e-6, atol=1e-12, err_msg=name)
    for a, b in zip(here.sessions, there.sessions, strict=True):
        for here, there in zip(a.injury, b.injury, strict=True):
            np.testing.assert_allclose(there, here, rtol=1e-6, atol=1e-15)
        np.testing.assert_allclose(b.depth_faces_mm / factor("mm", bases), a.depth_faces_mm, rtol=1e-6)
        np.testing.assert_allclose(b.redness_hours / factor("h", bases), a.redness_hours, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "what",
    ["exceed; cheek 1.2 mm", "skinpen_precision; forehead 0.4 mm", "home_roller; abdomen 0.5 mm",
     "roller_mf8; cheek 1.5 mm", "stamp 400 x 0.2 mm; cheek 1 mm"],
)  # fmt: skip
def test_a_session_does_not_depend_on_the_units(what: str, seed: int) -> None:
    """The last one is pressed by a hand that many needles share, so that its force is the limit."""
    plan, bases = read(f"1 session: {what}, 6 passes"), random_bases(10 + seed)
    batch = needling(plan, drawn(40, seed))
    other = batch._replace(
        parameters=rescaled_parameters(batch.parameters, bases),
        setting=scaled(batch.setting, SETTING, bases),
        dermis_reference_mm=batch.dermis_reference_mm * factor("mm", bases),
        age_years=rescaled_age(batch.age_years, bases),
        area_cm2=batch.area_cm2 * factor("cm2", bases),
    )
    here, there = (session.needle(members, plan.device.kind) for members in (batch, other))
    back = scaled(there, {}, bases)._replace(
        **{name: getattr(there, name) / factor(unit, bases) for name, unit in NEEDLED.items()},
        channels=scaled(there.channels, CHANNELS, 1.0 / bases),
        entries=scaled(there.entries, ENTRIES, 1.0 / bases),
    )
    for path, a in jax.tree_util.tree_leaves_with_path(here):
        b = dict(jax.tree_util.tree_leaves_with_path(back))[path]
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-14, err_msg=jax.tree_util.keystr(path))
