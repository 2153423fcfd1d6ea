"""What a life before the first session has left, beside SciPy's solution of the pools' equations, typed apart.

The product relaxes the pools in steps that grow with the time before the first session; here the equations in the head
of ``skin/exposures.py`` are integrated with error control, change by change, from where the exposures began.
"""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests.helpers import drawn, needling, read, someone
from verification import reference

from neodermis.evidence import load_parameters
from neodermis.people import Patient

PLAN = read("1 session: exceed; cheek 1.5 mm, 6 passes")

LIVES: dict[str, dict[str, Any]] = {
    "smoker": {"age": 55, "sex": "male", "exposures": {"smoking": "20/day since 20"}},
    "smoker who stopped": {"age": 55, "sex": "male", "exposures": {"smoking": "30/day since 20; 0 from day -700"}},
    "sun": {"age": 65, "sex": "male", "phototype": 1, "exposures": {"sun": "high"}},
    "sun, then sunscreen and retinoid": {
        "age": 60, "sex": "male",
        "exposures": {"sun": "moderate", "sunscreen": "daily from day -3000", "retinoid": "tretinoin from day -365"},
    },
    "menopause": {"age": 63, "exposures": {"menopause": "49"}},
    "hormones begun late": {"age": 63, "exposures": {"menopause": "49", "hormone_therapy": "0; yes from day -1500"}},
    "steroid of late": {"age": 40, "sex": "male", "exposures": {"steroid": "daily"}},
    "all": {
        "age": 70, "phototype": 2,
        "exposures": {"menopause": "50", "smoking": "25/day since 16; 0 from day -2000", "sun": "high"},
    },
}  # fmt: skip


def alone(v: dict[str, float], patient: Patient, relative: float = 1e-9) -> tuple[dict[str, Any], float]:
    """Pools over the unexposed, papillary and reticular, and the fragmented share, by LSODA."""
    who = someone({}, patient)
    human = reference.Human(
        dermis_mm=1.5,
        age=float(who.age_years),
        reference_age=45.0,
        phototype=float(who.phototype),
        levels=tuple({name: float(x) for name, x in held._asdict().items()} for held in who.life.levels),
        change_days=tuple(float(day) for day in who.life.change_day),
    )
    drives, p = reference.Drives(v, human), reference.Pools.of(reference.aged(v, human))

    def change(t: float, y: Any) -> list[float]:
        now, rates = drives.on(t), []
        fragments = y[8]
        for layer in (0, 1):
            here = 1.0 - layer
            held = 1.0 - now["e"] * v["photodamage_synthesis_fall"] * fragments * here
            cleaving = 1.0 + (now["c"] + v["photodamage_cleavage_rise"] * fragments) * here
            for kind in (0, 1):
                labile, mature = y[4 * layer + 2 * kind : 4 * layer + 2 * kind + 2]
                # L' = s − (k_c X + m0) L and G' = m0 L − k_M X G, each over the unexposed that fall as exp(−r t)
                made = p.q * now[("S1", "S3")[kind]] * held
                rates += [
                    made - (p.k_c * cleaving + p.m0 - p.r) * labile,
                    p.rho * labile - (p.k_m * cleaving - p.r) * mature,
                ]
        rates.append(now["u"] * (1.0 - fragments) - p.rho * y[0] / y[1] * fragments)
        return rates

    begun = -(who.age_years - max(float(who.life.since_age), 0.0)) * reference.YEAR
    y, at = np.array([1.0] * 8 + [0.0]), begun
    for stop in sorted({*(day for day in human.change_days if begun < day < 0.0), 0.0}):
        y = solve_ivp(change, (at, stop), y, "LSODA", rtol=relative, atol=1e-12).y[:, -1]
        at = stop
    names = ("labile_1", "mature_1", "labile_3", "mature_3")
    return {name: (y[k], y[4 + k]) for k, name in enumerate(names)}, float(y[8])


@pytest.mark.parametrize("name", LIVES)
def test_what_a_life_has_left_is_the_solution_of_the_pools(name: str) -> None:
    patient, rows = Patient(**LIVES[name]), [{}, *drawn(6, seed=12)]
    made = needling(PLAN, rows, patient=patient)
    central = {p.name: p.value for p in load_parameters()}
    worst = 0.0
    for k, row in enumerate(rows):
        pools, fragments = alone(central | row, patient)
        lived = made.person.lived
        for pool, (papillary, reticular) in pools.items():
            part = getattr(lived, pool)
            for here, there in ((part.papillary[k], papillary), (part.reticular[k], reticular)):
                worst = max(worst, abs(here - there) / max(abs(there - 1.0), 0.01))
        worst = max(worst, abs(lived.fragmented[k] - fragments) / max(fragments, 0.01))
    print(f"{name}: {worst:.1e}")
    assert worst < 0.01


def test_fragments_that_are_seen_are_taken_to_have_been_there_at_least() -> None:
    """A severity of photodamage is a floor of the share, whatever the sun."""
    for course in ({}, {"sun": "high"}):
        given = {"age": 60, "sex": "male", "exposures": course}
        seen, none = (
            needling(PLAN, patient=Patient(concerns=concerns, **given)).person.lived.fragmented[0]
            for concerns in ({"photodamage": "0.9"}, {})
        )
        assert seen >= 0.72 > none or seen == pytest.approx(max(0.72, none))
