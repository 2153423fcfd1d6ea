"""What a life before the first session has left, beside SciPy's solution of the pools' equations, typed apart.

The product relaxes the pools in steps that grow with the time before the first session; here the equations in the head
of ``skin/exposures.py`` are integrated with error control, change by change, from where the exposures began.
"""

from typing import Any

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tests.helpers import drawn, needling, read, subject
from verification import reference

from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.simulation import session
from neodermis.skin import cascade, concerns, exposures
from neodermis.skin.exposures import Levels
from neodermis.skin.tissue import reference_age_years

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
    who = subject({}, patient)
    human = reference.Human(
        dermis_mm=1.5,
        age=float(who.age_years),
        reference_age=45.0,
        phototype=float(who.phototype),
        levels=tuple({name: float(x) for name, x in held._asdict().items()} for held in who.life.levels),
        change_days=tuple(float(day) for day in who.life.change_day),
        quick=tuple(float(quick) for quick in who.life.quick),
    )
    rate_time_course, p = reference.RateTimeCourse(v, human), reference.Pools.of(reference.aged(v, human))

    def change(t: float, y: Any) -> list[float]:
        now, rates = rate_time_course.on(t), []
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
        prior_history = made.person.prior_history
        for pool, (papillary, reticular) in pools.items():
            part = getattr(prior_history, pool)
            for here, there in ((part.papillary[k], papillary), (part.reticular[k], reticular)):
                worst = max(worst, abs(here - there) / max(abs(there - 1.0), 0.01))
        worst = max(worst, abs(prior_history.fragmented[k] - fragments) / max(fragments, 0.01))
    print(f"{name}: {worst:.1e}")
    assert worst < 0.01


def test_the_named_rates_and_the_parameters_of_a_person_are_those_typed_apart() -> None:
    """Random exposures of every kind, those that are off set, and random concerns, at random ages."""
    rng, count = np.random.default_rng(5), 40
    shipped = load_parameters()
    values = shipped.draw(count, 5, "uncertainty")
    values |= {p.name: rng.uniform(0.1, 0.8, count) for p in shipped if p.uncertainty.kind == "off"}
    p = session.skin_parameters(values, shipped)
    high = {"smoking": 40.0, "sun": 0.8, "alcohol": 4.0}
    levels = Levels(*(rng.uniform(0.0, high.get(name, 1.0), count) for name in Levels._fields))
    ages, phototypes = rng.uniform(20.0, 90.0, count), rng.uniform(1.0, 6.0, count)
    severities = concerns.NONE._replace(dullness=rng.uniform(0.0, 1.0, count))
    its = cascade.individual(ages, levels, severities, p)
    pools = jax.tree.map(np.asarray, cascade.pools(its))
    whole = (levels,) + (Levels(*(np.zeros(count) for _ in Levels._fields)),) * exposures.CHANGES
    never = (np.full(count, 1e9),) * exposures.CHANGES
    life = exposures.Life(whole, never, (np.zeros(count),) * exposures.CHANGES, np.zeros(count))
    rate_time_course = exposures.rate_time_course(life, phototypes, 1.0, pools, its.exposures)
    rates = exposures.summed(rate_time_course, exposures.shares_by(0.0, rate_time_course))
    for k in range(count):
        v = {name: float(column[k]) for name, column in values.items()}
        held = {name: float(leaf[k]) for name, leaf in levels._asdict().items()}
        dull = {"dullness": float(severities.dullness[k])}
        who = reference.Human(1.5, float(ages[k]), reference_age_years(), float(phototypes[k]), (held,), concerns=dull)
        apart = reference.aged(v, who)
        for part, name in (
            (its.matrix, "collagen_synthesis_rate"), (its.repair, "activation_rate"),
            (its.repair, "proliferation_rate"), (its.inflammation, "neutrophil_recruitment"),
            (its.inflammation, "macrophage_recruitment"),
            (its.epidermis, "epidermal_turnover_time"), (its.epidermis, "cover_half_time"),
            (its.epidermis, "melanocyte_stimulation_rate"),
        ):  # fmt: skip
            assert getattr(part, name)[k] == pytest.approx(apart[name], rel=1e-12), name
        share, odds = v["bleeding_share"], 1.0 + (v["anticoagulant_bleeding_odds"] - 1.0) * held["anticoagulant"]
        bleeding = its.injury.bleeding_share[k]
        assert bleeding / (1.0 - bleeding) == pytest.approx(odds * share / (1.0 - share), rel=1e-12)
        wanted = reference.named_rates(v, who, held, reference.Pools.of(apart))
        del wanted["passing"]
        wanted["Pi"] *= wanted["Me"]  # the product tells both as one
        for name, here in zip(wanted, rates, strict=True):
            assert here[k] == pytest.approx(wanted[name], rel=1e-9, abs=1e-14), name


def test_menopause_loses_what_is_published() -> None:
    """The mean loss over the years after it, ageing included, of central skin that had no other exposure."""
    p = {one.name: one.value for one in load_parameters()}
    age, years = 50.0, p["menopause_loss_time"]
    made = needling(
        PLAN, [{"procollagen_aged": 1.0}] * 1, patient=Patient(age=age + years, exposures={"menopause": "50"})
    )
    f, prior_history = p["labile_share"], made.person.prior_history
    left = f * prior_history.labile_1.reticular[0] + (1.0 - f) * prior_history.mature_1.reticular[0]
    left *= np.exp(-p["collagen_loss_rate"] / 100.0 * years)
    # the change comes about over months, so that a little less is lost
    assert left == pytest.approx(np.exp(-p["menopause_collagen_loss"] / 100.0 * years), rel=0.02)


def test_fragments_that_are_seen_are_taken_to_have_been_there_at_least() -> None:
    """A severity of photodamage is a floor of the share, whatever the sun."""
    for course in ({}, {"sun": "high"}):
        given = {"age": 60, "sex": "male", "exposures": course}
        seen, none = (
            needling(PLAN, patient=Patient(concerns=concerns, **given)).person.prior_history.fragmented[0]
            for concerns in ({"photodamage": "0.9"}, {})
        )
        assert seen >= 0.72 > none or seen == pytest.approx(max(0.72, none))
