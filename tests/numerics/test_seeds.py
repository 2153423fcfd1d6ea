"""Draws repeat: the same seed the same, another seed another, fewer draws the first of more."""

import numpy as np
from tests.helpers import PEN, UNTIL

import neodermis
from neodermis.simulation.course import SiteCourse


def run(**inputs: int) -> SiteCourse:
    return neodermis.simulate(PEN, until=UNTIL, **inputs).sites["cheek"]  # type: ignore[arg-type]


def test_the_same_seed_repeats_exactly() -> None:
    a, b = (run(draws=30, people=10, seed=4) for _ in range(2))
    for name in a.values:
        np.testing.assert_array_equal(a.values[name], b.values[name])
        np.testing.assert_array_equal(a.people[name], b.people[name])
    assert a.sessions[0].erythema_hours == b.sessions[0].erythema_hours


def test_another_seed_draws_others_around_the_same_central_course() -> None:
    a, b = run(draws=30, people=10, seed=4), run(draws=30, people=10, seed=5)
    for name in ("collagen_papillary", "dermal_thickness"):
        assert np.abs(a.values[name] / b.values[name] - 1.0).max() > 0.05
        assert np.abs(a.people[name] / b.people[name] - 1.0).max() > 0.05
        np.testing.assert_allclose(a.central[name], b.central[name], rtol=1e-3)


def test_fewer_draws_are_the_first_of_more() -> None:
    few, many = run(draws=50, seed=1), run(draws=100, seed=1)
    for name, values in few.drawn.items():
        np.testing.assert_array_equal(many.drawn[name][:50], values)
    for name, values in few.values.items():
        np.testing.assert_allclose(many.values[name][:50], values, rtol=1e-12)


def test_people_do_not_change_with_the_number_of_draws() -> None:
    alone, beside = run(draws=1, people=30, seed=2), run(draws=40, people=30, seed=2)
    for name, values in alone.people.items():
        change = np.abs(values - values[:, :1]).max()
        assert np.abs(beside.people[name] - values).max() <= 2e-3 * change  # each within the stated accuracy
