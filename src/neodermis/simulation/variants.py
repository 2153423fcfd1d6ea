"""Variants: draws of one course with other protocols, for what a published arm did not print.

The members of each variant are solved together on its own schedule; afterwards all are one batch again, draw by draw,
so that every other part of a course sees draws alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.simulation.readout import Predicted
from neodermis.simulation.session import Ensemble, Flags, Floats, Subject
from neodermis.simulation.solver import Solution
from neodermis.treatment import Protocol
from neodermis.treatment.anaesthetic import Anaesthetic


class Variant(NamedTuple):
    """A protocol, the ranges of ``passes`` and ``depth_mm`` that its sources are drawn from, and the anaesthetic."""

    protocol: Protocol
    ranges: Mapping[str, tuple[float, float]] = {}
    anaesthetic: Anaesthetic | None = None
    """None where it is that of the course."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unprinted:
    """What each draw of an arm has in the place of what was not printed."""

    variants: tuple[Variant, ...]
    """The first is that of the central course and of the people, whether or not a draw has it."""
    which: Any = ()
    """Variant of each draw, (draws,)."""
    subject: Subject | None = None
    """Whose skin each draw is, every leaf (draws,); None where all are the one of the course."""
    drawn: Mapping[str, Floats] = field(default_factory=dict)
    """What was drawn, by name, (draws,)."""


class Part(NamedTuple):
    """The members that have one protocol, solved."""

    predicted: Predicted
    made: Ensemble
    index: Any
    """Which of all members they are."""


class Joined(NamedTuple):
    """All members, in their order."""

    predicted: Predicted
    """Its ``members`` are those of the first part alone."""
    made: Ensemble
    happened: tuple[Flags, ...]
    """Of each session of the first part, whether a member has it: variants may have fewer."""


def rows_of(made: Ensemble, which: Any) -> Ensemble:
    """Some of the members."""
    return _ensemble(lambda leaf: np.asarray(leaf)[which], [made])


def joined(parts: Sequence[Part]) -> Joined:
    """The members of all parts as one batch; what only some kinds of device have is left out."""
    if len(parts) == 1:
        (one,) = parts
        everybody = np.ones(len(one.index), dtype=bool)
        return Joined(one.predicted, one.made, (everybody,) * len(one.predicted.solution.sessions))
    order = np.argsort(np.concatenate([part.index for part in parts]), kind="stable")

    def ordered(*rows: Any) -> Any:
        return np.concatenate([np.asarray(one) for one in rows])[order]

    first = parts[0].predicted
    rest = {
        name: _leaves(ordered, [getattr(part.predicted, name) for part in parts])
        for name in Predicted._fields
        if name not in ("members", "solution", "pih_drive")
    }
    solution = _solution(ordered, [part.predicted.solution for part in parts])
    counts = [len(part.predicted.solution.sessions) for part in parts]
    happened = tuple(
        ordered(*(np.full(len(part.index), at < count) for part, count in zip(parts, counts, strict=True)))
        for at in range(counts[0])
    )
    drives = tuple(
        ordered(*(_drive(part.predicted.pih_drive, at, counts[0]) for part in parts)) for at in range(counts[0])
    )
    return Joined(
        first._replace(solution=solution, pih_drive=drives, **rest),
        _ensemble(ordered, [part.made for part in parts]),
        happened,
    )


def _drive(drives: Sequence[Floats], at: int, of: int) -> Floats:
    """Drive of PIH after a session: none where a variant has no such session; of further ones, as of the last."""
    if at >= len(drives):
        return np.zeros_like(drives[0])
    return np.max(drives[at:], axis=0) if at == of - 1 else drives[at]


def _leaves(function: Callable[..., Any], trees: Sequence[Any]) -> Any:
    """A function of the arrays at the same place of equal trees; of tables, the entries that all have."""
    first = trees[0]
    if isinstance(first, Mapping):
        return {
            name: _leaves(function, [tree[name] for tree in trees])
            for name in first
            if all(name in tree for tree in trees)
        }
    if isinstance(first, (tuple, list)):
        found = [_leaves(function, list(entries)) for entries in zip(*trees, strict=True)]
        return type(first)(*found) if hasattr(first, "_fields") else type(first)(found)
    return function(*trees)


def _ensemble(function: Callable[..., Any], made: Sequence[Ensemble]) -> Ensemble:
    whole = {
        name: _leaves(function, [getattr(one, name) for one in made])
        for name in ("values", "inputs", "parameters", "measures", "subject")
    }
    parts = tuple(
        first._replace(sessions=_leaves(function, [one.parts[number].sessions for one in made]))
        for number, first in enumerate(made[0].parts)
    )
    return replace(made[0], parts=parts, **whole)


def _solution(ordered: Callable[..., Any], solved: Sequence[Solution]) -> Solution:
    first = solved[0]

    def session(one: Solution, at: int) -> Any:
        """What a session did; not a number where there was none."""
        if at < len(one.sessions):
            return one.sessions[at]
        return _leaves(lambda leaf: np.full_like(np.asarray(leaf, dtype=float), np.nan), [one.sessions[0]])

    return replace(
        first,
        read=_leaves(ordered, [one.read for one in solved]),
        sessions=[_leaves(ordered, [session(one, at) for one in solved]) for at in range(len(first.sessions))],
        **{name: ordered(*(getattr(one, name) for one in solved)) for name in ("lowest", "error", "failure")},
    )
