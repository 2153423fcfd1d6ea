"""Machine code made from the equations does what JAX does with them, and says so where it cannot."""

import doctest
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.helpers import PEN, drawn, members, read

from neodermis.simulation import _kernel as kernel
from neodermis.simulation import solver
from neodermis.simulation._machine import apart, fallen_back, run_by
from neodermis.simulation._routine import LANES, JaxRoutine, Routine, Shape, routine, rows, tree
from neodermis.skin import tissue
from neodermis.skin.tissue import Grid

PLAN = read(PEN)


@pytest.mark.parametrize("grid", [tissue.GRID, Grid().finer(2), Grid(1, 1, 2, 3, 2)])
def test_a_course_in_machine_code_is_that_of_jax(grid: Grid) -> None:
    """Every state and every reading after a session and 40 steps: the same but for rounding."""
    batch = members(PLAN, [{}, *drawn(15, seed=8), *[row | {"scar": 0.4} for row in drawn(8, seed=9)]])
    count = batch.size
    fixed = jax.jit(jax.vmap(partial(solver._constants, grid=grid)))(batch.parameters, batch.person)
    state, _ = jax.jit(jax.vmap(solver._treat))(batch.sources[0], fixed, fixed.column.rest)
    steps = np.geomspace(0.01, 8.0, 40)

    @jax.jit
    @partial(jax.vmap, in_axes=(0, 0))
    def course(fixed: Any, state: Any) -> Any:
        def one(now: Any, h: Any) -> Any:
            after = solver.step(fixed, *now, h)
            return (after, now[1] + h), jnp.stack(solver._read(fixed, after))

        return jax.lax.scan(one, (state, jnp.asarray(3.0)), steps)

    (after, _), seen = course(fixed, state)
    one = jax.tree.map(lambda leaf: leaf[0], (fixed, state))
    made = kernel.written(solver._carried, solver._read, constants=one[0], state=one[1], cells=grid.dermal_cells)
    with apart():
        machine = kernel.Machine("of a test", lambda: made)
    constants, walking = rows(fixed, count), rows(state, count)
    readings = machine.advance(constants, machine.setup(constants), walking, steps, 3.0)
    expected = rows(after, count)
    np.testing.assert_allclose(walking, expected, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(
        readings.transpose(0, 3, 1, 2).reshape(count, len(steps), -1), seen, rtol=1e-9, atol=1e-11
    )


def test_what_the_equations_do_not_use_yet_is_refused_by_name() -> None:
    shape = np.zeros(3)
    with pytest.raises(NotImplementedError, match="'sin'"):
        kernel.written(
            lambda c, y, at, day, h: jnp.sin(y), lambda c, y: (y.sum(),), constants=shape, state=shape, cells=3
        )


def test_shapes_that_it_would_get_wrong_are_refused() -> None:
    matrix, vector = np.ones((3, 3)), np.ones(3)

    def made(step: Any) -> None:
        kernel.written(step, lambda c, y: (y.sum(),), constants=matrix, state=vector, cells=3)

    made(lambda c, y, at, day, h: y + h * (c @ at))
    with pytest.raises(NotImplementedError, match="multiplies a matrix"):
        made(lambda c, y, at, day, h: at @ c)
    with pytest.raises(NotImplementedError, match="numbers and profiles"):
        made(lambda c, y, at, day, h: (c * at).sum(1))
    with pytest.raises(NotImplementedError, match="numbers and profiles"):
        made(lambda c, y, at, day, h: y + jnp.broadcast_to(at.min(), (2,)).sum())
    with pytest.raises(NotImplementedError, match="whole"):
        made(lambda c, y, at, day, h: y + at.astype(int))


def test_operations_of_a_small_program() -> None:
    """Sums, least, powers, quotients by constants and by states, functions, matrix products: against NumPy."""
    cells = 5
    matrix, vector = np.random.default_rng(0).random((cells, cells)), np.linspace(1.0, 2.0, cells)

    def step(c: Any, y: Any, at: Any, day: Any, h: Any) -> Any:
        m, v = c
        wide = m @ (at**3 / v) + jnp.exp(-day) * jnp.maximum(at, 1.5) - jnp.minimum(at, v).sum()
        return y + h * wide / (1.0 + at.min() ** 2) + v @ at - v ** jnp.log(v)

    def look(c: Any, y: Any) -> Any:
        return ((y * c[1]).sum() / c[1].sum(), -y.min())

    made = kernel.written(step, look, constants=(matrix, vector), state=vector, cells=cells)
    with apart():
        machine = kernel.Machine("of a test", lambda: made)
    constants = np.repeat(np.concatenate([matrix.ravel(), vector])[None, :, None], LANES, axis=2)
    state = np.repeat((vector + 0.3)[None, :, None], LANES, axis=2) * np.linspace(1.0, 1.1, LANES)
    here = state.copy()
    seen = machine.advance(constants, machine.setup(constants), here, np.array([0.5]), 2.0)
    for lane in range(LANES):
        y = state[0, :, lane]
        middle = np.asarray(step((matrix, vector), y, y, 2.0, 0.25))
        after = np.asarray(step((matrix, vector), y, middle, 2.25, 0.5))
        np.testing.assert_allclose(here[0, :, lane], after, rtol=1e-12)
        np.testing.assert_allclose(seen[0, 0, :, lane], np.array(look((matrix, vector), after)), rtol=1e-12)


def test_the_worked_example() -> None:
    with apart():
        done = doctest.testmod(kernel)
    assert done.attempted > 10
    assert not done.failed


def test_choices_comparisons_and_roots_are_those_of_jax() -> None:
    """What is true is kept as a number: by depth, in a phase after the one in which it is found, and in constants."""
    cells = 4
    vector = np.array([0.5, 1.0, 1.5, 2.0])

    def step(c: Any, y: Any, at: Any, day: Any, h: Any) -> Any:
        above, equal = at > at.sum() / cells, at == c
        chosen = jnp.where(above & ~(at >= 2.0), jnp.sqrt(at), jnp.where(equal | (at <= 0.6), -at, jnp.tanh(at - c)))
        started = jnp.where(day < 2.1, 1.0, jnp.tanh(day))
        return chosen + started * (at != c) + jnp.where(c > 1.2, jnp.sqrt(c), 3.0) * jnp.where(y.min() < 0.7, h, 1.0)

    def look(c: Any, y: Any) -> Any:
        return jnp.where(y.sum() > 0.0, jnp.tanh(y.sum()), -1.0), (y > 1.0).astype(float).sum()

    made = kernel.written(step, look, constants=vector, state=vector, cells=cells)
    with apart():
        machine = kernel.Machine("of a test", lambda: made)
    members = np.random.default_rng(3).uniform(0.1, 2.5, (LANES, cells))
    members[0] = vector
    constants, state = rows(np.repeat(vector[None], LANES, axis=0), LANES), rows(members, LANES)
    here = state.copy()
    seen = machine.advance(constants, machine.setup(constants), here, np.array([0.5]), 2.0)
    with jax.enable_x64(True):
        for lane in range(LANES):
            middle = step(vector, members[lane], jnp.asarray(members[lane]), 2.0, 0.25)
            after = step(vector, members[lane], middle, 2.25, 0.5)
            np.testing.assert_allclose(here[0, :, lane], after, rtol=2e-15, atol=2e-15)
            np.testing.assert_allclose(seen[0, 0, :, lane], jnp.stack(look(vector, after)), rtol=2e-15)


def test_steps_and_routines_by_jax_are_those_of_the_machine_code() -> None:
    """Steps that fill no whole call of JAX, from a day and a state in between."""
    vector, steps = np.linspace(1.0, 2.0, 3), np.geomspace(0.01, 0.5, kernel.CHUNK + 7)

    def step(c: Any, y: Any, at: Any, day: Any, h: Any) -> Any:
        return y + h * (jnp.exp(-0.1 * day) * c - at**2)

    def look(c: Any, y: Any) -> Any:
        return y.sum(), y.min()

    found = {}
    for name in ("llvm", "jax"):
        with apart(), run_by(name):  # type: ignore[arg-type]  # one of the two
            made = kernel.stepping("of a test", step, look, constants=vector, state=vector, cells=3)
            summed = routine("of a test", lambda a, b: (a @ b, a * b), vector, vector)
        assert (type(made), type(summed)) == {
            "llvm": (kernel.Machine, Routine), "jax": (kernel.JaxMachine, JaxRoutine)
        }[name]  # fmt: skip
        constants = rows(np.random.default_rng(1).random((16, 3)), 16)
        state = constants + 1.0
        seen = made.advance(constants, made.setup(constants), state, steps, 3.0)
        found[name] = (seen, state, summed(constants, state), summed.result)
    assert found["llvm"][0].shape == (2, len(steps), 2, LANES)
    assert found["llvm"][3] == found["jax"][3]
    for one, other in zip(found["llvm"][:3], found["jax"][:3], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_a_course_by_jax_is_that_of_the_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a course goes through, on a coarse grid; the shipped one is held in ``verification``."""
    batch, days = members(PLAN, [{}, *drawn(3, seed=8)]), np.array([0.0, 10.0, 30.0, 60.0])
    monkeypatch.setattr(solver, "MOST_HALVINGS", 0)
    found = {}
    for name in ("llvm", "jax"):
        with apart(), run_by(name):  # type: ignore[arg-type]  # one of the two
            found[name] = solver.solve(batch, solver.Schedule.of((0.0, 30.0)), days, grid=Grid(1, 1, 2, 3, 2))
    for field in ("lowest", "error", "failure"):
        np.testing.assert_allclose(getattr(found["llvm"], field), getattr(found["jax"], field), rtol=1e-7, atol=1e-12)
    for one, other in zip(found["llvm"].read, found["jax"].read, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("error", [ImportError("no llvmlite"), OSError("no library"), NotImplementedError("'sort'")])
def test_jax_takes_over_where_no_machine_code_can_be_made(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise error

    monkeypatch.setattr("neodermis.simulation._machine._reasons", {})
    assert fallen_back() == ()
    for module in ("kernel", "routine"):
        monkeypatch.setattr(f"neodermis.simulation._{module}.assembled", refused)
    vector = np.ones(3)
    with apart():
        made = kernel.stepping(
            "of a test",
            lambda c, y, at, day, h: y + h,
            lambda c, y: (y.sum(),),
            constants=vector,
            state=vector,
            cells=3,
        )
        doubled = routine("of a test", lambda x: 2.0 * x, 0.0)
    assert isinstance(made, kernel.JaxMachine)
    assert doubled(np.ones((1, 1, LANES))).tolist() == [[[2.0] * LANES]]
    (told,) = fallen_back()
    assert "solved by JAX" in told
    assert str(error) in told


def test_operations_of_a_routine() -> None:
    """All that a session may be made of, against NumPy, for members that fill no whole vector."""

    def function(x: Any, y: Any) -> Any:
        wide = x[:, None] * jnp.stack([y, -y, y**2, 1.0 / y])
        total = jnp.cumsum(wide.max(1)) + wide.min(axis=1) - (wide**3).sum(1)
        bent = jnp.where((x > 0.5) & ~(x >= 2.0) | jnp.isfinite(jnp.log(x - 1.0)), jnp.expm1(x), jnp.log1p(abs(x)))
        angle = (
            jnp.tan(jnp.arccos(jnp.clip(x / 4.0, -1.0, 1.0)))
            - jnp.tanh(x)
            + jnp.sin(x)
            + jnp.sqrt(x**2 + 1.0) ** jnp.exp(-x)
        )
        whole = jnp.concatenate([total, bent[::-1], angle * (x != 1.0)]).reshape(3, 4).T
        return (
            {0: (x <= 1.0) * 2.0, 1: whole @ jnp.array([1.0, 2.0, 3.0]), 2: whole[1:3, 2], 3: wide[2]}[0],
            whole,
            wide,
        )

    count = 11
    x, y = (
        np.random.default_rng(5).uniform(0.1, 3.0, (count, 4)),
        np.random.default_rng(6).uniform(0.5, 2.0, (count, 3)),
    )
    with apart():
        routine = Routine("of a test", function, Shape((4,)), Shape((3,)))
    found = tree(routine(rows(x, count), rows(y, count)), routine.result)
    with jax.enable_x64(True):
        expected = jax.vmap(function)(x, y)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one[:count], other, rtol=1e-13, atol=1e-15)


def test_a_routine_does_not_make_what_is_no_number_a_number() -> None:
    """Values that are not finite go through it as through JAX."""
    given = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1.0, 2.0])[:, None]

    def function(x: Any) -> Any:
        return jnp.maximum(x, 0.0), jnp.minimum(x, 1.0), jnp.log(x), x * 0.0, 1.0 / x, jnp.isfinite(x) * 1.0, x.max()

    with apart():
        routine = Routine("of a test", function, Shape((1,)))
    found = tree(routine(rows(given, 8)), routine.result)
    with jax.enable_x64(True):
        expected = jax.vmap(function)(given)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_a_routine_does_not_know_is_refused_by_name() -> None:
    with apart(), pytest.raises(NotImplementedError, match="'sort'"):
        Routine("of a test", jnp.sort, Shape((3,)))
    with apart(), pytest.raises(NotImplementedError, match="whole"):
        Routine("of a test", lambda x: x.astype(int) * 1.0, Shape((3,)))
