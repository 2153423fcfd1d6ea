"""The course is solved right in time: stated order, honest error, exact limits, no trace of the output days."""

import numpy as np
import pytest
from tests.helpers import PEN, UNTIL, drawn, members, path_of, read

import neodermis
from neodermis.simulation import course, solver
from neodermis.simulation.solver import Path, Schedule
from neodermis.skin import outcomes
from neodermis.skin.outcomes import READ, Readings

PLAN = read(PEN)
DAYS = course.output_days(PLAN.session_days, UNTIL)
BATCH = members(PLAN, [{}, *drawn(25, seed=11)])


@pytest.fixture(scope="module")
def paths() -> list[Path]:
    """The same block on steps halved 0 to 6 times."""
    return [path_of(BATCH, PLAN.session_days, UNTIL, halvings) for halvings in range(7)]


def worst(a: Readings, b: Readings) -> dict[str, np.ndarray]:
    """Largest difference of each outcome by member, as stated: over its largest change or a hundredth of its start."""
    found = {}
    for name in READ:
        here, there = (outcomes.values(name, readings) for readings in (a, b))
        scale = np.maximum(np.abs(there - there[:, :1]).max(axis=1), 0.01 * np.abs(there[:, 0]))
        found[name] = np.abs(here - there).max(axis=1) / scale
    return found


def test_the_measured_order_is_two(paths: list[Path]) -> None:
    nodes = np.concatenate([n[:: len(n) // 8] for n in paths[0].nodes])[1:]  # no interpolation: steps of every path
    errors = [worst(path.at(nodes), paths[6].at(nodes)) for path in paths[:5]]
    for name in READ:
        orders = [np.log2(errors[k][name].max() / errors[k + 1][name].max()) for k in range(1, 4)]
        assert all(1.7 < order < 2.3 for order in orders), f"{name}: {orders}"


def test_each_member_is_solved_to_the_stated_accuracy_and_its_error_is_an_upper_estimate(paths: list[Path]) -> None:
    """Interpolation included; a draw with a large answer does not hide the error of one with a small answer."""
    solution = solver.solve(BATCH, Schedule.of(PLAN.session_days), DAYS)
    assert not solution.failure.any()
    truth = np.max(list(worst(solution.read, paths[6].at(DAYS)).values()), axis=0)
    assert (truth <= solver.TOLERANCE).all()
    assert (truth <= solution.error + 2e-5).all()  # the finest path has an error of its own
    assert np.median(solution.error / truth) < 10.0  # and is not wildly beyond it


def test_a_state_much_faster_than_the_steps_is_not_taken_to_be_extrapolated() -> None:
    """Where double, whole and half steps do not show the order, the estimate claims nothing from it."""
    rates = (0.5, 2.5, 5.0, 50.0, 500.0)  # shipped, and up to a thousand times
    batch = members(PLAN, [{"hyaluronan_loss_rate": rate} for rate in rates])
    solution = solver.solve(batch, Schedule.of(PLAN.session_days), DAYS)
    truth = worst(solution.read, path_of(batch, PLAN.session_days, UNTIL, 7).at(DAYS))["hyaluronan"]
    assert not solution.failure.any()
    assert (truth <= solver.TOLERANCE).all()


def test_a_member_that_misses_the_tolerance_is_solved_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = solver.solve(BATCH, Schedule.of(PLAN.session_days), DAYS)
    limit = float(np.median(before.error))
    monkeypatch.setattr(solver, "TOLERANCE", limit)
    after = solver.solve(BATCH, Schedule.of(PLAN.session_days), DAYS)
    again = before.error > limit
    assert 0 < again.sum() < len(again)
    assert (after.error <= limit).all() and not after.failure.any()
    np.testing.assert_array_equal(after.read.present[~again], before.read.present[~again])
    assert (after.read.present[again] != before.read.present[again]).any(axis=1).all()


def test_a_member_does_not_depend_on_its_neighbours() -> None:
    whole = solver.solve(BATCH, Schedule.of(PLAN.session_days), DAYS)
    for part in (slice(0, 1), slice(3, 14)):
        few = solver.solve(solver.taken(BATCH, part), Schedule.of(PLAN.session_days), DAYS)
        for a, b in zip(few.read, whole.read, strict=True):
            np.testing.assert_array_equal(a, b[part])


@pytest.mark.parametrize("h", [1e-6, 0.03, 1.0, 400.0])
def test_a_step_with_held_rates_is_positive_at_rest_where_it_should_be_and_of_fourth_order(h: float) -> None:
    rates = np.array([0.0, 1e-12, 1e-6, 0.3, 2.0])
    y, made = np.linspace(0.0, 5.0, 5), np.linspace(3.0, 0.5, 5)
    found = solver._relax(y, made * h, rates * h)
    assert (found >= 0.0).all() and (solver._relax(y, 0.0 * made, rates * h) <= y).all()
    np.testing.assert_allclose(solver._relax(y, y * rates * h, rates * h), y, rtol=1e-12)  # p = l y
    x = rates * h
    exact = y * np.exp(-x) + made * np.where(rates > 0, -np.expm1(-x) / np.where(rates > 0, rates, 1.0), h)
    small = x < 0.5
    bound = np.maximum(x**5 / 100.0, 1e-15) * (y + made * h)
    assert (np.abs(found - exact)[small] <= bound[small] + 1e-14).all()


def uneven(n: int) -> np.ndarray:
    return np.linspace(0.0, 1.0, n) ** 1.5 * 3.0


def mixed(nodes: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    index, weights = solver.between(nodes, at)
    return (values[index] * weights).sum(axis=1)


def test_readings_between_nodes_keep_nodes_and_polynomials() -> None:
    nodes, at = uneven(12), np.linspace(0.001, 3.0, 77)
    power = np.array([2.0, -1.0, 0.5, 0.3, -0.2, 0.1])
    np.testing.assert_allclose(mixed(nodes, np.polyval(power, nodes), at), np.polyval(power, at), rtol=1e-10)
    noise = np.random.default_rng(0).normal(size=12)
    np.testing.assert_allclose(mixed(nodes, noise, nodes), noise[1:], rtol=1e-12)  # the start is not of this piece
    np.testing.assert_allclose(mixed(uneven(3), uneven(3) ** 2, at), at**2, rtol=1e-12)


def test_values_do_not_depend_on_the_output_days() -> None:
    few = np.array([0.0, 7.0, 30.0, 45.5, UNTIL])
    many = np.unique(np.concatenate([few, np.linspace(0.0, UNTIL, 333)]))
    a, b = (solver.solve(BATCH, Schedule.of(PLAN.session_days), days).read for days in (few, many))
    kept = np.searchsorted(many, few)
    for here, there in zip(a, b, strict=True):
        np.testing.assert_allclose(there[:, kept], here, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("days", [0.01, 1.0, 30.0, 365.0, 3650.0])
def test_steps_add_up_and_halve(days: float) -> None:
    steps = solver.step_lengths(days)
    assert steps.sum() == pytest.approx(days, rel=1e-12)
    assert (steps > 0).all() and steps.max() <= solver.LONGEST_STEP * (1 + 1e-9)
    np.testing.assert_allclose(solver.step_lengths(days, 2).reshape(-1, 4).sum(axis=1), steps, rtol=1e-12)


def test_a_longer_horizon_changes_nothing_before_it() -> None:
    short, long = (neodermis.simulate(PEN, draws=1, until=until).sites["cheek"] for until in (UNTIL, 400.0))
    shared = np.intersect1d(short.time_day, long.time_day)
    assert len(shared) > 50
    for name, values in short.central.items():
        here = values[np.searchsorted(short.time_day, shared)]
        there = long.central[name][np.searchsorted(long.time_day, shared)]
        assert np.abs(here - there).max() <= solver.TOLERANCE * np.abs(values - values[0]).max()
