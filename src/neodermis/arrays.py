"""Numbers of the equations: NumPy's functions for arrays, JAX's for what JAX traces, and trees of both.

The equations are written once.  Worked out on arrays they need NumPy alone; JAX is imported where they are traced
(to be compiled) or differentiated, and nowhere else, since its import takes longer than a course.  JAX's settings
belong to the program that uses it: those that the model needs hold within :func:`jax_as_needed` alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from neodermis.lazy import numpy as np

if TYPE_CHECKING:
    from neodermis.uncertain import Floats


class _Functions:
    """NumPy's functions by name, or those of ``jax.numpy`` where an argument is one of JAX's arrays."""

    def __getattr__(self, name: str) -> Any:
        ours = getattr(np, name)
        if not callable(ours):
            return ours

        def either(*given: Any, **named: Any) -> Any:
            jax = sys.modules.get("jax")
            if jax is not None and any(_of_jax(one, jax) for one in (*given, *named.values())):
                return getattr(jax.numpy, name)(*given, **named)
            return ours(*given, **named)

        setattr(self, name, either)
        return either


def of_jax(value: Any) -> bool:
    """Whether a value is one of JAX's arrays, or has one in it."""
    jax = sys.modules.get("jax")
    return jax is not None and _of_jax(value, jax)


def _of_jax(value: Any, jax: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_of_jax(one, jax) for one in value)
    return isinstance(value, getattr(jax, "Array", ()))  # another thread may be importing it right now


#: What the equations call ``jnp``.
functions: Final[Any] = _Functions()


@contextmanager
def jax_as_needed() -> Iterator[Any]:
    """JAX with 64-bit floats on the processor, in this thread and while this holds."""
    import jax

    with jax.enable_x64(True), jax.default_device("cpu"):
        yield jax


def read_at(days: float | Floats, times: Floats, rows: Floats) -> Floats:
    """Rows (…, times) on other days (…, days): straight lines between the times, the ends beyond them.

    As ``numpy.interp`` of each row; ``days`` is a number, or one array for all rows, and ``times`` rises.
    """
    days = np.asarray(days)
    left = np.clip(np.searchsorted(times, days, side="right") - 1, 0, len(times) - 2)
    slope = (rows[..., left + 1] - rows[..., left]) / (times[left + 1] - times[left])
    inside = slope * (np.maximum(days, times[0]) - times[left]) + rows[..., left]
    found: Floats = np.where(days >= times[-1], rows[..., -1:] if days.ndim else rows[..., -1], inside)
    return found


# ------------------------------------------------------------------------------------------------- trees of arrays


def leaves(tree: Any) -> list[Any]:
    """What is no tuple or list in a tree of them, in order; None is nothing."""
    if isinstance(tree, tuple | list):
        return [leaf for branch in tree for leaf in leaves(branch)]
    return [] if tree is None else [tree]


def mapped(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The tree with ``function`` of each leaf, and of the leaves that lie there in others of its kind."""
    if isinstance(tree, tuple | list):
        branches = [mapped(function, *those) for those in zip(tree, *others, strict=True)]
        return type(tree)(*branches) if hasattr(tree, "_fields") else type(tree)(branches)
    return None if tree is None else function(tree, *others)


def rebuilt(like: Any, from_leaves: Sequence[Any]) -> Any:
    """A tree of the kind of ``like`` from its leaves in order."""
    rest = iter(from_leaves)
    made = mapped(lambda _: next(rest), like)
    if next(rest, None) is not None:
        raise ValueError("more leaves than the tree has")
    return made
