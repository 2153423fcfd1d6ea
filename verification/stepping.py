"""The product's stepping, taken apart: all that the proof knows of how the product steps stands here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

import jax
import numpy as np
from jax import lax

from neodermis.simulation import solver
from neodermis.simulation._machine import apart
from neodermis.simulation.solver import Constants, Members, Schedule, StateHistory, solve_states
from neodermis.skin import injury, outcomes, tissue
from neodermis.skin.outcomes import READ

__all__ = [
    "FIRST_STEP",
    "TOLERANCE",
    "WIDENING",
    "Members",
    "StateHistory",
    "changed",
    "end_of",
    "outcomes_on",
    "relaxed",
    "solve_states",
]

#: Accuracy that the product states of every outcome.
TOLERANCE: Final = solver.TOLERANCE
#: How many times the stated spreads "far outside" is.
WIDENING: Final = 5.0
#: Shipped first step after a session (days), of the coarser of the two solutions.
FIRST_STEP: Final = solver.FIRST_STEP


def outcomes_on(members: Members, session_days: tuple[float, ...], days: Any) -> tuple[dict[str, Any], float]:
    """Outcomes as shipped, name → (members, days), and the largest error that the run reports."""
    solution = solver.solve(members, Schedule.of(session_days), days)
    assert not solution.failure.any()
    return {name: np.asarray(outcomes.values(name, solution.read)) for name in READ}, float(solution.error.max())


def relaxed(y: Any, made: Any, lost: Any, h: float) -> Any:
    """One state after ``h`` with production and first-order loss held: the rule that every state is stepped by."""
    return solver._relax(y, made * h, lost * h)


def end_of(member: Members, session_days: tuple[float, ...], until: float) -> tuple[Constants, Any]:
    """End of a course of one member (no axis), by JAX alone on the coarser steps: what is fixed, and the state."""
    fixed = solver._constants(member.parameters, member.person, tissue.GRID)
    state = fixed.column.rest

    def further(now: Any, h: Any) -> tuple[Any, None]:
        return (solver.step(fixed, *now, h), now[1] + h), None

    for piece in solver.segments(Schedule.of(session_days), until):
        state, _ = solver._treat(member.sources[0], fixed, state)
        (state, _), _ = lax.scan(further, (state, jax.numpy.asarray(piece.start)), piece.steps)
    return fixed, state


@contextmanager
def changed(signal_operators: Any, entries: int) -> Iterator[None]:
    """The product with other signal operators and another number of entry depths, compiled anew."""
    operators = mock.patch.object(tissue, "signal_operators", signal_operators)
    with apart(), operators, mock.patch.object(injury, "DEPTHS", entries):
        solver._watching.cache_clear()
        try:
            yield
        finally:
            solver._watching.cache_clear()
