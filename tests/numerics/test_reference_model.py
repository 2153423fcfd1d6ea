"""The fast course beside a slow, plain SciPy model of the same equations, written apart from it.

``python -m verification --only plain_model`` compares every state by depth for fifty random people.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.helpers import PEN, UNTIL, members, needling, path_of, read
from verification import reference
from verification.people import human

import neodermis
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.simulation import course, solver
from neodermis.skin import outcomes
from neodermis.skin.outcomes import READ

PLAN = read(PEN)


#: A woman after menopause who has smoked and stops, with much sun, scars and more.
EXPOSED = Patient(
    age=57,
    phototype=2,
    exposures={"smoking": "20/day; 0 from day 0", "sun": "high", "retinoid": "tretinoin from day 20", "stress": "high"},
    concerns={"acne_scar": "goodman_baron:3", "laxity": "0.5", "melasma": "0.4", "wrinkle": "0.6", "dullness": "0.5"},
)


def column_of(patient: Patient) -> reference.Column:
    v = {p.name: p.value for p in load_parameters()}
    return reference.Column(v, human(patient, "cheek", needling(PLAN, patient=patient).person))


def of_person(found: Any, column: reference.Column, days: Any) -> Any:
    """Outcomes with the elastin that age and a concern leave, and the pigment of this person, as results tell them."""
    left = np.array([column.elastin_left(day) for day in days])
    pigment = column.pigment(found["melanin"], found["post_inflammatory_pigment"])
    return found | {"elastin": found["elastin"] * left, "melanin": pigment}


def plain(days: Any, patient: Patient = Patient()) -> Any:  # noqa: B008
    v = {p.name: p.value for p in load_parameters()}
    return reference.solve(
        column_of(patient),
        reference.channels("pen", v, reference.numbers(PLAN.phases[0].device, 1.5, 6)),
        PLAN.session_days,
        days,
    )


@pytest.fixture(scope="module")
def slow() -> Any:
    return plain(course.output_days(PLAN.session_days, UNTIL))


def test_the_central_course_is_that_of_the_plain_model(slow: Any) -> None:
    site = neodermis.simulate(PEN, draws=1, until=UNTIL).sites["cheek"]
    told = of_person(slow, column_of(Patient()), course.output_days(PLAN.session_days, UNTIL))
    for name in READ:
        assert reference.difference(site.central[name], told[name]) < 1e-3


def test_the_course_of_someone_with_exposures_and_concerns_is_that_of_the_plain_model() -> None:
    """Every outcome, elastin as age and laxity leave it; and the untreated course of all that the state knows."""
    site = neodermis.simulate(PEN, draws=1, until=UNTIL, **EXPOSED.said).sites["cheek"]
    days, column = course.output_days(PLAN.session_days, UNTIL), column_of(EXPOSED)
    none = replace(reference.channels("pen", column.v, reference.numbers(PLAN.phases[0].device, 1.5, 6)), per_mm2=0.0)
    slow, bare = (
        of_person(found, column, days) for found in (plain(days, EXPOSED), reference.solve(column, none, (0.0,), days))
    )
    for name in READ:
        assert reference.difference(site.central[name], slow[name]) < 1e-3, name
        np.testing.assert_allclose(site.untreated[name][0], bare[name], rtol=1e-5, err_msg=name)


def test_with_fine_steps_the_two_agree_on_outcomes_and_books() -> None:
    """Steps apart, the equations are the same; made and cleaved are integrated apart as well.  Skin with scars."""
    scarred = Patient(concerns={"acne_scar": "0.6"})
    fine = path_of(members(PLAN, patient=scarred), PLAN.session_days, UNTIL, halvings=6)
    slow = plain(course.output_days(PLAN.session_days, UNTIL), scarred)
    read_off = fine.at(course.output_days(PLAN.session_days, UNTIL))
    values = {name: outcomes.values(name, read_off)[0] for name in READ}
    others = ("made", "cleaved", "alignment", "myofibroblast", "unepithelialised_fraction",
              "post_inflammatory_pigment", "intact", "scar", "scar_shallow", "scar_papillary")  # fmt: skip
    values |= {name: getattr(read_off, name)[0] for name in others}
    for name, fast in values.items():
        # the output days see little of the cover: what is left of it after a day
        assert reference.difference(fast, slow[name]) < (2e-3 if name == "unepithelialised_fraction" else 2e-5), name


def test_the_plain_model_conserves_collagen(slow: Any) -> None:
    balance = slow["made"] - slow["cleaved"] - (slow["collagen_total"] - slow["collagen_total"][0])
    assert np.abs(balance).max() < 1e-6 * slow["made"][-1]


def test_the_pigment_of_dark_skin_is_that_of_the_plain_model() -> None:
    """It answers to phototype: stimulation, what is transferred, and the melanin without either."""
    history = solver.solve_states(members(PLAN, [{"phototype": 6.0}]), solver.Schedule.of(PLAN.session_days), UNTIL)
    days, kept = np.unique(history.days.round(9), return_index=True)  # before a session, as the plain model
    days[0] = 1e-9
    slow = plain(days, Patient(phototype=6))
    surface = history.moments.state.surface
    assert slow["post_inflammatory_pigment"].max() > 0.01 and slow["melanin"].min() < 0.99
    for name in ("melanin", "post_inflammatory_pigment"):
        assert reference.difference(getattr(surface, name)[0][kept], slow[name]) < 1e-3, name
