"""The product's stepping, taken apart: all that the proof knows of how ``course`` steps stands here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

import jax
import numpy as np
from jax import lax

from neodermis import course
from neodermis.course import Members
from neodermis.skin import injury, outcomes, tissue
from neodermis.skin.outcomes import OUTCOMES

#: Accuracy that the product states of every outcome.
TOLERANCE: Final = course.TOLERANCE
#: Shipped first step after a session (days).
FIRST_STEP: Final = course.FIRST_STEP


def outcomes_on(members: Members, session_days: tuple[float, ...], days: Any) -> tuple[dict[str, Any], float]:
    """Outcomes as shipped, name → (members, days), and the error that the run reports."""
    path, error = course.solve(members, session_days, days)
    read_off = path.at(days)
    return {name: np.asarray(outcomes.values(name, read_off)) for name in OUTCOMES}, float(error)


def relaxed(y: Any, made: Any, lost: Any, h: float) -> Any:
    """One state after ``h`` with production and first-order loss held: the rule that every state is stepped by."""
    return course._relax(y, made, lost, h)


def end_of(member: Members, session_days: tuple[float, ...], until: float) -> Any:
    """What a course of one member (no axis) ends in, by JAX alone: its column and state, on the shipped first steps."""
    jnp = jax.numpy
    chunks = list(course._chunks(course._segments(session_days, until, 0)))
    every = jax.tree.map(lambda *leaves: jnp.stack(leaves), *chunks)

    def further(carry: Any, chunk: Any) -> tuple[Any, None]:
        return course._advance_one(member, carry, chunk, grid=tissue.GRID, watch=False)[0], None

    start = jax.tree.map(lambda leaf: jnp.asarray(leaf)[0], course._empty_carry(tissue.GRID))
    return lax.scan(further, start, every)[0]


@contextmanager
def changed(signal_operators: Any, entries: int) -> Iterator[None]:
    """The product with other signal operators and another number of entry depths, compiled anew."""
    with mock.patch.object(tissue, "signal_operators", signal_operators), mock.patch.object(injury, "DEPTHS", entries):
        course._advance.cache_clear()
        try:
            yield
        finally:
            course._advance.cache_clear()
