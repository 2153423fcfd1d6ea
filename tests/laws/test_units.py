"""Change of units: the answer does not depend on the units of time, length, mass and cell count.

The whole course (sessions, solver, readings) is solved again with every parameter, device number, age and step
expressed in other base units by the *declared* dimension of each, and the readings are converted back.  A number
with a dimension that hides in an equation would show as a difference.  In a course age enters as years since the mean
age of the thickness series, so that difference is what is converted; the steps are the solver's own and travel with it.
What a life before it has left, and what age and drugs make of the parameters, is reckoned again in the same way.
A session (entries, resistance of the skin, penetration, injury, pain, minutes) is done again in the same way.
"""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
import pytest
from tests.helpers import EXPOSED, PEN, UNTIL, drawn, members, needling, prior, read

from neodermis.evidence import load_parameters
from neodermis.simulation import session, solver
from neodermis.simulation.session import SessionEffect
from neodermis.simulation.solver import Members, Path, Schedule, Segment
from neodermis.skin import cascade, exposures, tissue
from neodermis.skin.cascade import Person, SkinParameters
from neodermis.skin.exposures import FastModifiers, Levels, Life, RateTimeCourse
from neodermis.skin.injury import Channels
from neodermis.skin.needling import Entries, Setting
from neodermis.skin.outcomes import Readings
from neodermis.skin.reaction import Reaction
from neodermis.units import declared, dimension

PLAN = read(PEN)
SHIPPED = load_parameters()


def units(structure: type) -> dict[str, str]:
    """Name → declared unit of every number of a tuple of states, readings or results."""
    return {name: one.unit for name, one in declared(structure).items()}


def random_bases(seed: int) -> np.ndarray:
    """New units of time, length, mass and cell count, each 0.01 to 100 of the old; temperature stays."""
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


def rescaled_drives(rate_time_course: RateTimeCourse, bases: np.ndarray) -> RateTimeCourse:
    def rates(at: FastModifiers) -> FastModifiers:
        return scaled(at, {"fragmentation": "1/d"}, bases)

    days = tuple(day * factor("d", bases) for day in rate_time_course.change_day)
    lag = tuple(days * factor("d", bases) for days in rate_time_course.lag_days)
    quick = tuple(rates(step) for step in rate_time_course.quick_steps)
    return RateTimeCourse(
        rate_time_course.slow, rates(rate_time_course.quick), rate_time_course.slow_steps, quick, days, lag
    )


def rescaled_person(person: Person, bases: np.ndarray) -> Person:
    """What is left of a life are shares."""
    return person._replace(
        dermis_reference_mm=person.dermis_reference_mm * factor("mm", bases),
        age_years=rescaled_age(person.age_years, bases),
        rate_time_course=rescaled_drives(person.rate_time_course, bases),
    )


def rescaled(batch: Members, bases: np.ndarray) -> Members:
    return Members(
        parameters=rescaled_parameters(batch.parameters, bases),
        person=rescaled_person(batch.person, bases),
        sources=(scaled(batch.sources[0], units(Channels), bases),),
    )


def solve(block: Members, day: float) -> Path:
    """The course on the same steps, with ``day`` days to the unit of time."""
    pieces = [
        Segment(s.start / day, s.end / day, s.steps / day)
        for s in solver.segments(Schedule.of(PLAN.session_days), UNTIL)
    ]
    return solver.solve_block(block, pieces)


@pytest.mark.parametrize("seed", range(5))
def test_the_course_does_not_depend_on_the_units(seed: int) -> None:
    """Every second one of someone with exposures, some of which change during the course, and a shallow scar."""
    patient = EXPOSED if seed % 2 else None
    rows = [row | {"acne_scar": 0.5, "boxcar_share": 0.6} for row in [{}, *drawn(solver.BLOCK - 1, seed)]]
    block, bases = members(PLAN, rows, patient=patient), random_bases(seed)
    here, there = solve(block, 1.0), solve(rescaled(block, bases), bases[0])
    for a, b in zip(here.readings, there.readings, strict=True):
        for name, unit in units(Readings).items():
            back = getattr(b, name) / factor(unit, bases)
            np.testing.assert_allclose(back, getattr(a, name), rtol=1e-6, atol=1e-12, err_msg=name)
    for a, b in zip(here.sessions, there.sessions, strict=True):
        for here, there in zip(a.injury, b.injury, strict=True):
            np.testing.assert_allclose(there, here, rtol=1e-6, atol=1e-15)
        np.testing.assert_allclose(b.depth_faces_mm / factor("mm", bases), a.depth_faces_mm, rtol=1e-6)


#: Units of the exposures that have one.
LEVELS = {"smoking": "1/d", "sun": "1/d", "alcohol": "1/d"}


def rescaled_life(life: Life, bases: np.ndarray) -> Life:
    return Life(
        tuple(scaled(levels, LEVELS, bases) for levels in life.levels),
        tuple(day * factor("d", bases) for day in life.change_day),
        life.quick,
        life.since_age * factor("year", bases),
    )


@pytest.mark.parametrize("seed", range(5))
def test_what_a_life_leaves_does_not_depend_on_the_units(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named rates in time, the pools that are left, and the parameters of a person; ages here are ages."""
    rng, bases, count = np.random.default_rng(seed), random_bases(20 + seed), 60
    p = prior(count, seed)
    off = {name: 0.4 for name in exposures.ExposureParameters._fields if SHIPPED[name].uncertainty.kind == "off"}
    p = p._replace(exposures=p.exposures._replace(**off))
    high = {"smoking": 40.0, "sun": 0.8, "alcohol": 3.0}
    ages = np.sort(rng.uniform(-60.0 * 365.25, 100.0, (exposures.CHANGES, count)), axis=0)
    life = Life(
        tuple(
            Levels(*(rng.uniform(0.0, high.get(name, 1.0), count) for name in Levels._fields))
            for _ in range(len(ages) + 1)
        ),
        tuple(ages),
        tuple(rng.integers(0, 2, ages.shape).astype(float)),
        rng.uniform(0.0, 20.0, count),
    )
    who = session.Subject(rng.uniform(20.0, 90.0, count), np.zeros(count), rng.uniform(1.0, 6.0, count), life)

    def prior_history(who: session.Subject, p: SkinParameters) -> tuple[SkinParameters, RateTimeCourse, Any]:
        its = cascade.individual(who.age_years, exposures.levels_on(0.0, who.life), who.concerns, p)
        pools = jax.tree.map(np.asarray, cascade.pools(its))
        rate_time_course = exposures.rate_time_course(who.life, who.phototype, 1.0, pools, its.exposures)
        days = (who.age_years - who.life.since_age).clip(0.0) * 365.25
        return its, rate_time_course, exposures.prior_history(rate_time_course, days, 0.2, pools, its.exposures)

    here = prior_history(who, p)
    reference = tissue.reference_age_years()
    monkeypatch.setattr(tissue, "reference_age_years", lambda: reference * factor("year", bases))
    other = who._replace(age_years=who.age_years * factor("year", bases), life=rescaled_life(life, bases))
    there = prior_history(other, rescaled_parameters(p, bases))
    wanted = (rescaled_parameters(here[0], bases), rescaled_drives(here[1], bases), here[2])
    for (path, a), b in zip(jax.tree_util.tree_leaves_with_path(there), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-13, err_msg=jax.tree_util.keystr(path))
    assert np.asarray(here[2].mature_1.papillary).max() < 0.99


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
        setting=scaled(batch.setting, units(Setting), bases),
        person=rescaled_person(batch.person, bases),
        area_cm2=batch.area_cm2 * factor("cm2", bases),
        anaesthetic_min=batch.anaesthetic_min * factor("min", bases),
        anaesthetic_half_time_min=batch.anaesthetic_half_time_min * factor("min", bases),
    )
    here, there = (session.session_effect(members, plan.phases[0].device.kind) for members in (batch, other))
    back = scaled(there, {}, bases)._replace(
        **{name: getattr(there, name) / factor(unit, bases) for name, unit in units(SessionEffect).items()},
        channels=scaled(there.channels, units(Channels), 1.0 / bases),
        entries=scaled(there.entries, units(Entries), 1.0 / bases),
        reaction=scaled(there.reaction, units(Reaction), 1.0 / bases),
    )
    for path, a in jax.tree_util.tree_leaves_with_path(here):
        b = dict(jax.tree_util.tree_leaves_with_path(back))[path]
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-14, err_msg=jax.tree_util.keystr(path))
