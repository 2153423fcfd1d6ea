"""Machine code made from the equations does what JAX does with them, and says so where it cannot."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.helpers import PEN, drawn, members, read

from neodermis import kernel, solver
from neodermis.kernel import LANES
from neodermis.skin import tissue
from neodermis.skin.tissue import Grid

PLAN = read(PEN)


def rows(tree: Any, count: int) -> Any:
    flat = np.concatenate([np.asarray(leaf).reshape(count, -1) for leaf in jax.tree.leaves(tree)], axis=1)
    return np.ascontiguousarray(flat.reshape(count // LANES, LANES, -1).transpose(0, 2, 1))


@pytest.mark.parametrize("grid", [tissue.GRID, Grid().finer(2), Grid(1, 1, 2, 3, 2)])
def test_a_course_in_machine_code_is_that_of_jax(grid: Grid) -> None:
    """Every state and every reading after a session and 40 steps: the same but for rounding."""
    batch = members(PLAN, [{}, *drawn(15, seed=8), *[row | {"scar": 0.4} for row in drawn(8, seed=9)]])
    count = batch.size
    fixed = jax.jit(jax.vmap(partial(solver._constants, grid=grid)))(batch)
    state, _ = jax.jit(jax.vmap(solver._treat))(batch.channels, fixed, fixed.column.rest)
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
    made = kernel.program(solver._carried, solver._read, constants=one[0], state=one[1], cells=grid.dermal_cells)
    machine = kernel.Machine(made)
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
        kernel.program(
            lambda c, y, at, day, h: jnp.sin(y), lambda c, y: (y.sum(),), constants=shape, state=shape, cells=3
        )


def test_shapes_that_it_would_get_wrong_are_refused() -> None:
    matrix, vector = np.ones((3, 3)), np.ones(3)

    def made(step: Any) -> None:
        kernel.program(step, lambda c, y: (y.sum(),), constants=matrix, state=vector, cells=3)

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

    made = kernel.program(step, look, constants=(matrix, vector), state=vector, cells=cells)
    machine = kernel.Machine(made)
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
