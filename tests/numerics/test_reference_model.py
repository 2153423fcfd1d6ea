"""The fast course beside a slow, plain SciPy model of the same equations, written apart from it.

``python -m verification --only plain_model`` compares every state by depth for fifty random people.
"""

from typing import Any

import numpy as np
import pytest
from tests.helpers import PEN, UNTIL, members, path_of, read
from verification import reference

import neodermis
from neodermis import course, solver
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.skin import outcomes
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import reference_age_years

PLAN = read(PEN)


def plain(days: Any, phototype: float = 3.0) -> Any:
    shipped = load_parameters()
    v = {p.name: p.value for p in shipped}
    dermis_mm = Patient().skin("cheek", shipped).dermis_reference_mm
    return reference.solve(
        reference.Column(v, dermis_mm, 45.0, reference_age_years(), phototype),
        reference.channels("pen", v, reference.numbers(PLAN.device, 1.5, 6)),
        PLAN.session_days,
        days,
    )


@pytest.fixture(scope="module")
def slow() -> Any:
    return plain(course.output_days(PLAN.session_days, UNTIL))


def test_the_central_course_is_that_of_the_plain_model(slow: Any) -> None:
    site = neodermis.simulate(PEN, draws=1, until=UNTIL).sites["cheek"]
    for name in OUTCOMES:
        assert reference.difference(site.central[name], slow[name]) < 1e-3


def test_with_fine_steps_the_two_agree_on_outcomes_and_books(slow: Any) -> None:
    """Steps apart, the equations are the same; made and cleaved are integrated apart as well."""
    fine = path_of(members(PLAN), PLAN.session_days, UNTIL, halvings=6)
    read_off = fine.at(course.output_days(PLAN.session_days, UNTIL))
    values = {name: outcomes.values(name, read_off)[0] for name in OUTCOMES}
    others = ("made", "cleaved", "alignment", "myofibroblast", "uncovered", "melanin")
    values |= {name: getattr(read_off, name)[0] for name in others}
    for name, fast in values.items():
        # the output days see little of the cover: what is left of it after a day
        assert reference.difference(fast, slow[name]) < (2e-3 if name == "uncovered" else 2e-5), name


def test_the_plain_model_conserves_collagen(slow: Any) -> None:
    balance = slow["made"] - slow["cleaved"] - (slow["collagen_total"] - slow["collagen_total"][0])
    assert np.abs(balance).max() < 1e-6 * slow["made"][-1]


def test_capillaries_and_the_pigment_of_dark_skin_are_those_of_the_plain_model() -> None:
    """Capillaries are in no reading; pigment answers to phototype."""
    history = solver.watch(members(PLAN, [{"phototype": 6.0}]), PLAN.session_days, UNTIL)
    days, kept = np.unique(history.days.round(9), return_index=True)  # before a session, as the plain model
    days[0], weight = 1e-9, history.column.layers.dermis
    slow = plain(days, 6.0)
    vessels = (history.moments.state.cells.vessel[0] @ weight[0]) / weight[0].sum()
    melanin = history.moments.state.surface.melanin[0]
    for fast, name in ((vessels, "vessel"), (melanin, "melanin")):
        assert reference.difference(fast[kept], slow[name]) < 1e-3
