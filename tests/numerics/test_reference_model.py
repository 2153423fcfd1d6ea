"""The fast course beside a slow, plain SciPy model of the same equations, written apart from it.

``python -m verification.reference`` does the same for ten random people.
"""

from typing import Any

import numpy as np
import pytest
from tests.helpers import PEN, UNTIL, members, path_of, read
from verification import reference

import neodermis
from neodermis import course
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.skin import outcomes
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import reference_age_years

PLAN = read(PEN)


@pytest.fixture(scope="module")
def slow() -> Any:
    shipped = load_parameters()
    v = {p.name: p.value for p in shipped}
    return reference.solve(
        reference.Column(v, Patient().skin("cheek", shipped).dermis_reference_mm, 45.0, reference_age_years()),
        reference.channels("pen", v, reference.numbers(PLAN.device, 1.5, 6)),
        PLAN.session_days,
        course.output_days(PLAN.session_days, UNTIL),
    )


def test_the_central_course_is_that_of_the_plain_model(slow: Any) -> None:
    site = neodermis.simulate(PEN, draws=1, until=UNTIL).sites["cheek"]
    for name in OUTCOMES:
        assert reference.difference(site.central[name], slow[name]) < 1e-3


def test_with_fine_steps_the_two_agree_on_outcomes_and_books(slow: Any) -> None:
    """Steps apart, the equations are the same; made and cleaved are integrated apart as well."""
    fine = path_of(members(PLAN), PLAN.session_days, UNTIL, halvings=4)
    read_off = fine.at(course.output_days(PLAN.session_days, UNTIL))
    values = {name: outcomes.values(name, read_off)[0] for name in OUTCOMES}
    values |= {"made": read_off.made[0], "cleaved": read_off.cleaved[0]}
    for name, fast in values.items():
        assert reference.difference(fast, slow[name]) < 2e-5, name


def test_the_plain_model_conserves_collagen(slow: Any) -> None:
    balance = slow["made"] - slow["cleaved"] - (slow["collagen_total"] - slow["collagen_total"][0])
    assert np.abs(balance).max() < 1e-6 * slow["made"][-1]
