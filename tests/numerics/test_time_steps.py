"""The course is solved right in time: stated order, honest error, exact limits, no trace of the output days."""

import numpy as np
import pytest
from tests.helpers import PEN, UNTIL, drawn, members, path_of, read

import neodermis
from neodermis import course
from neodermis.course import Path
from neodermis.skin import outcomes
from neodermis.skin.outcomes import OUTCOMES

PLAN = read(PEN)
DAYS = course.output_days(PLAN.session_days, UNTIL)
BATCH = members(PLAN, [{}, *drawn(25, seed=11)])


@pytest.fixture(scope="module")
def paths() -> list[Path]:
    """The same block on steps halved 0 to 5 times."""
    return [path_of(BATCH, PLAN.session_days, UNTIL, halvings) for halvings in range(6)]


def worst(a: Path, b: Path, days: np.ndarray) -> dict[str, float]:
    """Largest difference of each outcome in any member, as stated: over its largest change or a hundredth of it."""
    found = {}
    for name in OUTCOMES:
        here, there = (outcomes.values(name, path.at(days)) for path in (a, b))
        scale = np.maximum(np.abs(there - there[:, :1]).max(axis=1), 0.01 * np.abs(there[:, 0]))
        found[name] = float((np.abs(here - there).max(axis=1) / scale).max())
    return found


def test_the_measured_order_is_two(paths: list[Path]) -> None:
    nodes = np.concatenate([n[:: len(n) // 8] for n in paths[0].nodes])[1:]  # no interpolation: steps of every path
    errors = [worst(path, paths[5], nodes) for path in paths[:4]]
    for name in OUTCOMES:
        orders = [np.log2(errors[k][name] / errors[k + 1][name]) for k in range(3)]
        assert all(1.7 < order < 2.3 for order in orders), f"{name}: {orders}"


def test_the_reported_error_is_an_honest_upper_estimate() -> None:
    path, reported = course.solve(BATCH, PLAN.session_days, DAYS)
    steps = len(course._segments(PLAN.session_days, UNTIL, 0)[0].steps)
    halvings = int(np.log2((len(path.nodes[0]) - 1) / steps))
    truth = worst(path, path_of(BATCH, PLAN.session_days, UNTIL, halvings + 3), DAYS)
    assert max(truth.values()) <= 1.5 * reported <= 1.5 * course.TOLERANCE


def test_the_stated_accuracy_holds_for_each_member() -> None:
    """A draw with a large answer must not hide the error of one with a small answer."""
    path, _ = course.solve(BATCH, PLAN.session_days, DAYS)
    assert max(worst(path, path_of(BATCH, PLAN.session_days, UNTIL, 4), DAYS).values()) <= course.TOLERANCE


@pytest.mark.parametrize("h", [1e-6, 0.03, 4.0, 400.0])
def test_the_exponential_step_is_exact_for_constant_rates(h: float) -> None:
    rates = np.array([0.0, 1e-12, 1e-6, 0.3, 2.0])
    y, made = np.linspace(0.0, 5.0, 5), np.linspace(3.0, 0.5, 5)
    safe = np.where(rates > 0, rates, 1.0)
    exact = y * np.exp(-rates * h) + made * np.where(rates > 0, -np.expm1(-rates * h) / safe, h)
    np.testing.assert_allclose(course._relax(y, made, rates, h), exact, rtol=1e-12)


def uneven(n: int) -> np.ndarray:
    return np.linspace(0.0, 1.0, n) ** 1.5 * 3.0


def test_interpolation_keeps_nodes_and_quadratics() -> None:
    nodes = uneven(12)
    at = np.linspace(0.0, 3.0, 77)
    quadratic = np.array([2.0, -1.0, 0.5])
    np.testing.assert_allclose(
        course._hermite(nodes, np.polyval(quadratic, nodes)[None], at)[0], np.polyval(quadratic, at), rtol=1e-12
    )
    values = np.random.default_rng(0).normal(size=(3, 12))
    np.testing.assert_allclose(course._hermite(nodes, values, nodes), values, rtol=1e-12, atol=1e-14)


def test_interpolation_is_of_third_order() -> None:
    """One order more than the steps, so that reading off between them costs nothing."""
    at = np.linspace(0.0, 3.0, 401)
    errors = [np.abs(course._hermite(uneven(n), np.sin(uneven(n))[None], at)[0] - np.sin(at)).max() for n in (41, 81)]
    assert np.log2(errors[0] / errors[1]) > 2.8


def test_values_do_not_depend_on_the_output_days() -> None:
    few = np.array([0.0, 7.0, 30.0, 45.5, UNTIL])
    many = np.unique(np.concatenate([few, np.linspace(0.0, UNTIL, 333)]))
    a, b = (course.solve(BATCH, PLAN.session_days, days)[0].at(days) for days in (few, many))
    kept = np.searchsorted(many, few)
    for here, there in zip(a, b, strict=True):
        np.testing.assert_allclose(there[:, kept], here, rtol=1e-12, atol=1e-12)


def test_a_longer_horizon_changes_nothing_before_it() -> None:
    short, long = (neodermis.simulate(PEN, draws=1, until=until).sites["cheek"] for until in (UNTIL, 400.0))
    shared = np.intersect1d(short.time_day, long.time_day)
    assert len(shared) > 50
    for name, values in short.central.items():
        here = values[np.searchsorted(short.time_day, shared)]
        there = long.central[name][np.searchsorted(long.time_day, shared)]
        assert np.abs(here - there).max() <= course.TOLERANCE * np.abs(values - values[0]).max()
