"""Courses of the same members that share what they have in common: the skin at rest, injuries, the first sessions.

A search compares hundreds of plans in the same members.  Here the untreated course and each source of injury are solved
once, and a course that begins as another did goes on from where the two part.  Steps are twice those of
:func:`~neodermis.simulation.solver.solve`, without its extrapolation: enough to rank plans, since the error is common
to them, and seven times faster.  A plan that is recommended is solved again to the shipped
tolerance.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from neodermis.arrays import mapped
from neodermis.evidence import ParameterSet
from neodermis.lazy import numpy as np
from neodermis.simulation import readout
from neodermis.simulation._routine import rows
from neodermis.simulation.readout import Predicted, Untreated
from neodermis.simulation.session import Ensemble, Floats, SessionEffect, Skin, assemble, relief_draws, source_draws
from neodermis.simulation.solver import (
    BLOCK,
    Block,
    Members,
    Path,
    Schedule,
    Segment,
    Solution,
    WoundRecord,
    blocks_of,
    solution_of,
    solve,
    step_lengths,
    workers,
)
from neodermis.skin import tissue
from neodermis.skin.tissue import Grid
from neodermis.treatment import NeedlePattern
from neodermis.treatment.anaesthetic import PRACTICE, Anaesthetic

#: Sessions of a course: day and source of injury, the first on day 0.
Sessions = tuple[tuple[float, NeedlePattern], ...]
#: Days between which an untreated course is interpolated.
_WEEK = 7.0


class _Source(NamedTuple):
    """A source of injury in the skin of the members."""

    made: Ensemble
    effects: list[tuple[SessionEffect, ...]]
    """By part of the site, of one source."""
    members: Members
    rows: list[Floats]
    """Channels of each block."""


class _Part(NamedTuple):
    """A course up to the day before its next session."""

    blocks: list[Block]
    paths: list[list[tuple[Floats, Floats]]]
    """Nodes and readings of each piece, block by block."""
    start: list[Floats]
    sessions: list[list[WoundRecord]]


@dataclass(kw_only=True)
class SharedCourses:
    """Courses of the members of one site.

    Parameters
    ----------
    skin, parameters, anaesthetic
        As :func:`~neodermis.simulation.session.draw_ensemble`.
    values
        Parameters by name, member by member, in the units of the set.
    seed
        From which what is not published of a device is drawn, alike for every source.
    until
        Latest day of any course, for the untreated one.
    """

    skin: Skin
    values: Mapping[str, Floats]
    parameters: ParameterSet
    seed: int
    until: float
    anaesthetic: Anaesthetic = PRACTICE
    halvings: int = -1
    """How often the steps are halved; −1 doubles them."""
    grid: Grid = tissue.GRID
    solved: int = 0
    """Pieces of a course, from one session to the next, that were solved, times members."""
    seconds: float = 0.0
    """Time that was spent in the solver, of all threads together."""

    def __post_init__(self) -> None:
        self._sources: dict[NeedlePattern, _Source] = {}
        self._parts: dict[Sessions, _Part] = {}

    @property
    def size(self) -> int:
        """How many members."""
        return len(next(iter(self.values.values())))

    def source(self, source: NeedlePattern) -> _Source:
        """A source of injury in the skin of the members, made once."""
        if source not in self._sources:
            size = self.size
            # the first number of a draw is the central one, which no member has
            drawn = [
                (kind, {name: each[1:] for name, each in numbers.items()})
                for kind, numbers in source_draws([source], draws=size, seed=self.seed)
            ]
            relief = relief_draws(self.anaesthetic, draws=size, seed=self.seed)
            strength, half_time = (each[1:] for each in relief)
            made = assemble(
                self.values, drawn, self.skin, self.parameters, anaesthetic=self.anaesthetic,
                relief=(strength, half_time),
            )  # fmt: skip
            effects = made.session_effects(self.grid)
            members = readout.members_of(made, effects)
            at = [rows(_taken(members.sources[0], k, count), count) for k, count in self._spans(members.size)]
            self._sources[source] = _Source(made, effects, members, at)
        return self._sources[source]

    @staticmethod
    def _spans(size: int) -> list[tuple[int, int]]:
        """First member and number of members of each block."""
        return [(k, min(BLOCK, size - k)) for k in range(0, size, BLOCK)]

    @cached_property
    def _rest(self) -> list[Block]:
        """The members at rest, block by block."""
        return list(blocks_of(next(iter(self._sources.values())).members, self.grid))

    def predicted(self, sessions: Sessions, days: Floats, *, accurate: bool = False) -> Predicted:
        """Outcomes of all members on ``days`` (ascending from 0; the last is where the course ends).

        ``accurate``: solved by itself to the shipped tolerance.
        """
        sources = list(dict.fromkeys(source for _, source in sessions))
        known = [self.source(source) for source in sources]
        made, joined = known[0].made, list(zip(*(one.effects for one in known), strict=True))
        effects = [tuple(each for (each,) in part) for part in joined]
        members = known[0].members._replace(sources=tuple(one.members.sources[0] for one in known))
        schedule = Schedule(
            tuple(day for day, _ in sessions), tuple(sources.index(source) for _, source in sessions)
        )  # fmt: skip
        if accurate:
            begun = time.perf_counter()
            solution = solve(members, schedule, days, grid=self.grid)
            self.seconds += time.perf_counter() - begun
        else:
            solution = self._solution(sessions, days, members.size)
        bare = None if self._untreated is None else self._untreated.on(self._bare_days, days)
        return readout.outcomes_of(made, members, effects, schedule, solution, grid=self.grid, bare=bare)

    # ------------------------------------------------------------------------------------------- solved in pieces

    def _solution(self, sessions: Sessions, days: Floats, count: int) -> Solution:
        begun = self._walked(sessions[:-1], sessions[-1][0])
        whole = self._on(begun, sessions[-1], float(days[-1]))
        paths = [
            Path([nodes for nodes, _ in path], [seen for _, seen in path], start, done)
            for path, start, done in zip(whole.paths, whole.start, whole.sessions, strict=True)
        ]
        return solution_of(paths, days, count)

    def _walked(self, sessions: Sessions, until: float) -> _Part:
        """The course with these sessions up to a day, on which another follows; kept."""
        if not sessions:
            rest = [block.copy() for block in self._rest]
            return _Part(rest, [[] for _ in rest], [np.empty(0)] * len(rest), [[] for _ in rest])
        key = (*sessions, (until, sessions[-1][1]))
        if key not in self._parts:
            before = self._walked(sessions[:-1], sessions[-1][0])
            self._parts[key] = self._on(before, sessions[-1], until)
        return self._parts[key]

    def _on(self, before: _Part, session: tuple[float, NeedlePattern], until: float) -> _Part:
        """From a session to a day."""
        begun = time.perf_counter()
        day, source = session
        channels = self.source(source).rows
        piece = Segment(day, until, step_lengths(until - day, self.halvings), 0)

        def walked(number: int) -> tuple[Block, Any, Any, WoundRecord]:
            block = before.blocks[number]
            here = replace(block, sources=(channels[number],), state=block.state.copy())
            start, seen, done = here.walk(piece)
            assert done is not None
            return here, start, seen, done

        after = _Part([], [], [], [])
        for number, (here, start, seen, done) in enumerate(workers().map(walked, range(len(before.blocks)))):
            first = not before.paths[number]
            after.blocks.append(here)
            after.paths.append([*before.paths[number], (piece.nodes, seen)])
            after.start.append(start if first else before.start[number])
            after.sessions.append([*before.sessions[number], done])
        self.solved += self.size
        self.seconds += time.perf_counter() - begun
        return after

    # ----------------------------------------------------------------------------------------------- untreated

    @cached_property
    def _bare_days(self) -> Floats:
        return np.append(np.arange(0.0, self.until, _WEEK), self.until)

    @cached_property
    def _untreated(self) -> Untreated | None:
        """The course without sessions; None where it has a closed form, which is evaluated plan by plan."""
        one = next(iter(self._sources.values()))
        if not readout.departs(one.members, self.until):
            return None
        return readout.untreated_solved(one.members, one.made, self._bare_days, self.grid)


def _taken(tree: Any, first: int, count: int) -> Any:
    return mapped(lambda leaf: np.asarray(leaf)[first : first + count], tree)
