"""The course of the skin in time, for blocks of members.  The only file that steps in time.

Method
    The midpoint rule on production and first-order loss taken apart: the rates at the start carry the state to the
    middle of a step, the rates there carry it over the whole step, each time by
        y(h) = (y + h p g) / (1 + x g) ,   x = l h ,   g = 1 + x/2 + x²/6 + x³/24
    (the exponential solution of y' = p − l y with e^x by its first five terms: positive at any step length, at rest
    where p = l y, decaying).  Second order.  What leaves a collagen pool is booked to where it goes.
    Each member is solved on steps, on steps of half and on steps of twice the length.  Its readings are extrapolated
    from the first two, by a third of what they differ by.  That third is the error of the solution on half steps; where
    the three show the order that the steps should have, the error of the extrapolated one is taken as that over 3.5,
    and elsewhere (a state much faster than the steps) as twice it.  The check ``error_estimate`` of ``verification``
    holds the estimate to the truth.  A member for which it is too large is solved again on halved steps, alone or with
    its like.  Readings are of the steps' ends; between them, of a polynomial through the nearest six.

Nothing is compiled anew for a protocol: sessions, interval, depth, passes and horizon are data.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.arrays import leaves, mapped, rebuilt
from neodermis.lazy import numpy as np
from neodermis.simulation._kernel import CHUNK, JaxMachine, Machine, stepping
from neodermis.simulation._machine import ByJax, Engine, engine
from neodermis.simulation._routine import LANES, JaxRoutine, Routine, routine, rows, rows_of, tree
from neodermis.simulation.session import Floats
from neodermis.skin import cascade, outcomes, tissue
from neodermis.skin.cascade import Person, Signals, SkinColumn, SkinParameters
from neodermis.skin.injury import Channels, Injury
from neodermis.skin.outcomes import READ, Readings
from neodermis.skin.tissue import Cells, Grid, Matrix, SkinState, Surface

#: Called with members done and members in all while a course is solved.
Progress = Callable[[int, int], None]

#: Members solved together: a multiple of LANES.
BLOCK: Final = 4 * LANES
#: Largest numerical error of an outcome, as a share of its largest change during the course.
TOLERANCE: Final = 1e-3
#: How much better than the finer solution the extrapolated one is, where the order of the steps is seen to hold.
EXTRAPOLATION_GAIN: Final = 3.5
#: The same of outcomes whose error falls less with the steps, as measured.
SLOWER_GAIN: Final = {"melanin": 2.0, "tropoelastin": 2.0}
#: The same where the solution is followed to first order only: two thirds of the finer one's error are left, and what
#: the two differ by is one third of it.
FIRST_ORDER_GAIN: Final = 0.5
#: Between which ratios of two differences that is seen (an order of two gives 4; far above it two errors have cancelled
#: by accident), and which outcomes are looked at: those whose error on the finer steps is over this share of their
#: largest change.
ORDER_HOLDS: Final = (3.3, 5.0)
SEEN: Final = 5e-4
#: How often all steps may be halved before a member is given up.
MOST_HALVINGS: Final = 5
#: First step after a session, growth of the step, longest step (days).
FIRST_STEP, GROWTH, LONGEST_STEP = 0.1, 1.052, 8.0


class Members(NamedTuple):
    """The people and draws of one batch; every leaf is (members,)."""

    parameters: SkinParameters
    person: Person
    sources: tuple[Channels, ...] = ()
    """What each kind of session injures their skin with; a :class:`Schedule` says which of them on which day."""

    @property
    def size(self) -> int:
        """How many."""
        return len(self.person.age_years)


class Schedule(NamedTuple):
    """When the skin of all members is injured, and by what."""

    days: tuple[float, ...]
    """Of the sessions, the first on the day on which the course begins."""
    sources: tuple[int | None, ...]
    """Which of the members' sources of injury, session by session; None for no injury."""

    @classmethod
    def of(cls, days: Sequence[float], source: int | None = 0) -> Schedule:
        """Sessions that all have the same source."""
        return cls(tuple(days), (source,) * len(days))

    @property
    def injuries(self) -> list[tuple[float, int]]:
        """Day and source of each session that injures the skin."""
        return [(day, source) for day, source in zip(*self, strict=True) if source is not None]


#: A course without any session.
UNTREATED: Final = Schedule.of((0.0,), None)


class Constants(NamedTuple):
    """What stays fixed for a member during a course."""

    column: SkinColumn
    parameters: SkinParameters


class WoundRecord(NamedTuple):
    """What a session did; every leaf has the members first."""

    injury: Injury
    depth_faces_mm: Any
    papillary_injury: Any
    papillary_hit_density: Any


class StateSnapshot(NamedTuple):
    """Everything that the model holds at one time."""

    state: SkinState
    signals: Signals
    synthesis_1: Any  # collagen I that is made, µg/mm³/d by cell
    synthesis_3: Any


# ------------------------------------------------------------------------------------------------- one member


def _constants(p: SkinParameters, person: Person, grid: Grid) -> Constants:
    return Constants(cascade.prepare(person, p, grid), p)


def _read(fixed: Constants, state: SkinState) -> Readings:
    return outcomes.read(state, fixed.column.layers, fixed.column.rest, fixed.column.shallow)


def _treat(made: Channels, fixed: Constants, state: SkinState) -> tuple[SkinState, WoundRecord]:
    """A session: the state after it, and what it did."""
    column, p = fixed
    after, hurt, depth_faces = cascade.wound(state, made, column, p)
    papillary = outcomes.papillary_mean(column.layers.dermal(hurt.injured), column.layers)
    return after, WoundRecord(
        injury=hurt,
        depth_faces_mm=depth_faces,
        papillary_injury=papillary,
        papillary_hit_density=outcomes.papillary_mean(column.layers.dermal(hurt.hit_density), column.layers),
    )


def _moment(fixed: Constants, state: SkinState, day: Any) -> StateSnapshot:
    column, p = fixed
    made = cascade.rates(state, day, column, p).collagen
    return StateSnapshot(state, cascade.signals(state.cells, column, p), made.synthesis_1, made.synthesis_3)


def _carried(fixed: Constants, state: SkinState, at: SkinState, day: Any, h: Any) -> SkinState:
    """The state after ``h`` with the rates that hold in the state ``at`` on ``day``."""
    return _carry_over(state, at.matrix, cascade.rates(at, day, *fixed), h)


def step(fixed: Constants, state: SkinState, day: Any, h: Any) -> SkinState:
    """One step of the midpoint rule, as the machine code takes it; JAX can differentiate it."""
    middle = _carried(fixed, state, state, day, h / 2.0)
    return _carried(fixed, state, middle, day + h / 2.0, h)


def _relax(y: Any, made: Any, x: Any) -> Any:
    """State after a step of ``x`` = l h, with ``made`` = p h in it, of  y' = p − l y  with p and l held."""
    gain = 1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0))
    return (y + made * gain) * (1.0 / (1.0 + x * gain))


def _carry_over(state: SkinState, at: Matrix, rates: cascade.Rates, h: Any) -> SkinState:
    """All states after ``h`` with the rates held; what leaves a collagen pool is booked to where it goes.

    ``at``: the collagen in which the rates hold, which a released scar is rebuilt in proportion to.
    """
    cells = Cells(
        *(_relax(y, p * h, loss * h) for y, p, loss in zip(state.cells, rates.production, rates.loss, strict=True))
    )
    old, turnover = state.matrix, rates.collagen
    filled, emptied = jnp.maximum(turnover.filling, 0.0) * h, jnp.maximum(-turnover.filling, 0.0)
    leaving = turnover.labile_cleavage + turnover.maturation + emptied
    matured_share = turnover.maturation / leaving

    def pools(labile: Any, mature: Any, by: tuple[Any, Any], made: Any) -> tuple[Any, Any, Any, Any]:
        new, rebuilt = made * h + filled * by[0], filled * by[1]
        new_labile = _relax(labile, new, leaving * h)
        left = labile + new - new_labile
        new_mature = _relax(mature, left * matured_share + rebuilt, (turnover.mature_cleavage + emptied) * h)
        return new_labile, new_mature, new + rebuilt, left + mature + rebuilt - new_mature

    labile_1, mature_1, made_1, cleaved_1 = pools(
        old.labile_1, old.mature_1, (at.labile_1, at.mature_1), turnover.synthesis_1
    )
    labile_3, mature_3, made_3, cleaved_3 = pools(
        old.labile_3, old.mature_3, (at.labile_3, at.mature_3), turnover.synthesis_3
    )
    matrix = Matrix(
        labile_1=labile_1,
        labile_3=labile_3,
        mature_1=mature_1,
        mature_3=mature_3,
        cumulative_synthesis_1=old.cumulative_synthesis_1 + made_1,
        cumulative_synthesis_3=old.cumulative_synthesis_3 + made_3,
        cumulative_degradation_1=old.cumulative_degradation_1 + cleaved_1,
        cumulative_degradation_3=old.cumulative_degradation_3 + cleaved_3,
    )
    surface = Surface(
        *(
            _relax(y, p * h, loss * h)
            for y, p, loss in zip(state.surface, rates.surface_production, rates.surface_loss, strict=True)
        )
    )
    return SkinState(cells, matrix, surface)


# ------------------------------------------------------------------------------------------------- compiled


class Session(NamedTuple):
    """A session as the machine code does it."""

    state: SkinState
    before: Readings
    after: Readings
    done: WoundRecord


@dataclass(frozen=True)
class _Engine:
    """Everything that is compiled for a grid."""

    grid: Grid
    begin: Routine | JaxRoutine
    """Parameters, persons → what stays fixed for them."""
    treat: Routine | JaxRoutine
    """Source of injury, what stays fixed, state → session."""
    machine: Machine | JaxMachine

    @cached_property
    def read(self) -> Routine | JaxRoutine:
        """What stays fixed, state → readings; made where a course begins without a session."""
        return routine(f"read {tuple(self.grid)}", _read, self.fixed, self.fixed.column.rest)

    @property
    def fixed(self) -> Constants:
        """Shapes of what stays fixed for a member."""
        found: Constants = self.begin.result
        return found

    @cached_property
    def places(self) -> Constants:
        """Where each leaf of what stays fixed begins among its rows."""
        sizes = [math.prod(leaf.shape) for leaf in leaves(self.fixed)]
        found: Constants = rebuilt(self.fixed, [int(at) for at in np.cumsum([0, *sizes[:-1]])])
        return found

    def rest(self, constants: Floats) -> Floats:
        """Rows of the resting state, from those of what stays fixed, among which they lie one after the other."""
        start = leaves(self.places.column.rest)[0]
        return constants[:, start : start + rows_of(self.fixed.column.rest)].copy()


def _engine(grid: Grid) -> _Engine:
    """Everything for a grid, by the engine of this thread."""
    return _made(grid, engine())


@cache
def _made(grid: Grid, _: Engine) -> _Engine:
    name = str(tuple(grid))
    begin = routine(
        f"begin {name}", partial(_constants, grid=grid), cascade.template(SkinParameters), cascade.template(Person)
    )
    fixed: Constants = begin.result
    state = fixed.column.rest

    def treat(source: Channels, fixed: Constants, now: SkinState) -> Session:
        after, done = _treat(source, fixed, now)
        return Session(after, _read(fixed, now), _read(fixed, after), done)

    return _Engine(
        grid=grid,
        begin=begin,
        treat=routine(f"treat {name}", treat, cascade.template(Channels), fixed, state),
        machine=stepping(f"steps {name}", _carried, _read, constants=fixed, state=state, cells=grid.dermal_cells),
    )


@cache
def _watching(grid: Grid) -> Any:
    """Compiled steps of a block that keep every moment, by JAX: what the machine code does, slower."""
    import jax

    name = str(tuple(grid))

    def walk(fixed: Constants, state: SkinState, day: Any, steps: Any) -> tuple[SkinState, StateSnapshot]:
        def one(now: tuple[SkinState, Any], h: Any) -> tuple[tuple[SkinState, Any], StateSnapshot]:
            after, then = step(fixed, *now, h), now[1] + h
            return (after, then), _moment(fixed, after, then)

        (state, _), seen = jax.lax.scan(one, (state, day), steps)
        return state, seen

    return (
        ByJax(f"watched begin {name}", jax.vmap(partial(_constants, grid=grid))),
        ByJax(f"watched session {name}", jax.vmap(_treat)),
        ByJax(f"watched moment {name}", jax.vmap(_moment, in_axes=(0, 0, None))),
        ByJax(f"watched steps {name}", jax.vmap(walk, in_axes=(0, 0, None, None))),
    )


# ------------------------------------------------------------------------------------------------- time grid


def step_lengths(days: float, halvings: int = 0) -> Floats:
    """Steps to ``days`` after a session: short at first, longer by a fixed ratio, each halved ``halvings`` times.

    They are differences of one smooth function of the number of the step, as the extrapolation needs.  There is an even
    number of them, and ``halvings`` of −1 takes two at a time.
    """
    ratio = np.log(GROWTH)
    longest_at = np.log(LONGEST_STEP / FIRST_STEP) / ratio
    bend = FIRST_STEP * np.expm1(ratio * longest_at) / ratio

    def passed(k: Any) -> Any:
        growing = FIRST_STEP * np.expm1(ratio * np.minimum(k, longest_at)) / ratio
        return growing + LONGEST_STEP * np.maximum(k - longest_at, 0.0)

    growing = np.log1p(days * ratio / FIRST_STEP) / ratio
    last = growing if days <= bend else longest_at + (days - bend) / LONGEST_STEP
    steps = np.diff(passed(np.linspace(0.0, last, 2 * max(int(np.ceil(last / 2.0)), 1) + 1)))
    if halvings < 0:
        doubled: Floats = steps.reshape(-1, 2).sum(axis=1)
        return doubled
    parts = 2**halvings
    return np.repeat(steps / parts, parts)


@dataclass(frozen=True, slots=True)
class Segment:
    """From one session (or the start) to the next (or the horizon)."""

    start: float
    end: float
    steps: Floats
    source: int | None = 0
    """Source of injury of the session that it begins with; None without one, and where a course is taken up again."""

    @property
    def nodes(self) -> Floats:
        """Days of the steps' ends, the start first."""
        nodes = self.start + np.concatenate([[0.0], np.cumsum(self.steps)])
        nodes[-1] = self.end  # free of the sum's rounding
        return nodes


def segments(schedule: Schedule, until: float, halvings: int = 0) -> list[Segment]:
    """The course in its pieces between sessions."""
    ends = (*schedule.days[1:], until)
    return [
        Segment(start, end, step_lengths(end - start, halvings), source)
        for (start, source), end in zip(zip(*schedule, strict=True), ends, strict=True)
    ]


# ------------------------------------------------------------------------------------------------- one batch


class Path(NamedTuple):
    """Readings of members on steps, piece by piece of the course."""

    nodes: list[Floats]
    seen: list[Floats]
    """(readings, members, nodes) of each piece, in the order of :class:`Readings`."""
    start: Floats
    """Readings before the first session, (readings, members, 1)."""
    sessions: list[WoundRecord]

    @property
    def readings(self) -> list[Readings]:
        """The same by name, (members, nodes)."""
        return [Readings(*seen) for seen in self.seen]

    @property
    def whole(self) -> Readings:
        """Readings before the first session and on all nodes, (members, 1 + nodes)."""
        return Readings(*np.concatenate([self.start, *self.seen], axis=2))

    def at(self, days: Floats) -> Readings:
        """Readings on given days, (members, days); on a session's day, just before that session."""
        return self.by([between(nodes, days) for nodes in self.nodes], bool(days[0] == self.nodes[0][0]))

    def by(self, places: list[tuple[Any, Floats]], begins: bool) -> Readings:
        """Readings on days that :func:`between` has placed; ``begins`` where the first is that of the first session.

        Summed node by node, since a matrix product would call up the threads of a library for very little.
        """
        parts = [self.start] if begins else []
        for seen, (index, weights) in zip(self.seen, places, strict=True):
            parts.append(sum(seen[:, :, node] * weight for node, weight in zip(index.T, weights.T, strict=True)))
        return Readings(*np.concatenate(parts, axis=2))


#: Nodes that a value between them is interpolated from.
STENCIL: Final = 6


def between(nodes: Floats, days: Floats) -> tuple[Any, Floats]:
    """For each of the days after the first node and up to the last: the nearest nodes and their weights.

    The day is a point of the polynomial through those nodes: (days, STENCIL) each.
    """
    at = days[(days > nodes[0]) & (days <= nodes[-1])]
    size = min(STENCIL, len(nodes))
    left = np.searchsorted(nodes, at, side="left") - size // 2
    index = np.clip(left, 0, len(nodes) - size)[:, None] + np.arange(size)
    x, weights = nodes[index], np.empty((len(at), size))
    for j in range(size):
        others = [k for k in range(size) if k != j]
        weights[:, j] = np.prod((at[:, None] - x[:, others]) / (x[:, j : j + 1] - x[:, others]), axis=1)
    return index, weights


@dataclass(slots=True)
class Block:
    """At most BLOCK members on their way: all in rows, (vectors, rows, LANES)."""

    engine: _Engine
    sources: tuple[Floats, ...]
    constants: Floats
    derived: Floats
    state: Floats

    def copy(self) -> Block:
        """The same members, to go another way."""
        return replace(self, state=self.state.copy())

    @classmethod
    def begin(cls, members: Members, grid: Grid = tissue.GRID) -> Block:
        """At most BLOCK members at rest, before the first session; vectors are filled up with copies of the last."""
        engine, count = _engine(grid), members.size
        constants = engine.begin(rows(members.parameters, count), rows(members.person, count))
        sources = tuple(rows(source, count) for source in members.sources)
        return cls(engine, sources, constants, engine.machine.setup(constants), engine.rest(constants))

    def walk(self, piece: Segment) -> tuple[Floats, Floats, WoundRecord | None]:
        """Through a piece of the course.

        Returns readings before it, (readings, members, 1), those on its nodes, (readings, members, nodes), and what
        the session at its start did.
        """
        engine, count, done = self.engine, len(self.constants) * LANES, None
        if piece.source is None:
            before = after = tree(engine.read(self.constants, self.state), engine.read.result)
        else:
            made = engine.treat(self.sources[piece.source], self.constants, self.state)
            session: Session = tree(made, engine.treat.result)
            before, after, done = session.before, session.after, session.done
            self.state = made[:, : self.state.shape[1]].copy()  # the machine code writes into it
        found = engine.machine.advance(self.constants, self.derived, self.state, piece.steps, piece.start)
        stepped = found.transpose(2, 0, 3, 1).reshape(len(Readings._fields), count, -1)
        return np.array(before)[..., None], np.concatenate([np.array(after)[..., None], stepped], axis=2), done


def solve_block(members: Members, pieces: list[Segment], grid: Grid = tissue.GRID) -> Path:
    """At most BLOCK members over a whole course on the given steps, without extrapolation; vectors are filled up."""
    return _solve_block(Block.begin(members, grid), pieces)


def _solve_block(block: Block, pieces: list[Segment]) -> Path:
    begun, seen, sessions = zip(*(block.walk(piece) for piece in pieces), strict=True)
    return Path([piece.nodes for piece in pieces], list(seen), begun[0], [done for done in sessions if done])


def taken(members: Members, which: Any) -> Members:
    """Some of the members."""
    part: Members = mapped(lambda leaf: np.asarray(leaf)[which], members)
    return part


def blocks_of(members: Members, grid: Grid = tissue.GRID) -> Iterator[Block]:
    """Blocks of at most BLOCK members each, at rest."""
    for at in range(0, members.size, BLOCK):
        yield Block.begin(taken(members, slice(at, at + BLOCK)), grid)


# ------------------------------------------------------------------------------------------------- all members


#: Why a member failed, by code; 0 is none.
FAILURES: Final = (
    "",
    "it cannot rest: its labile collagen would mature faster than it is made (labile_share, mature_renewal_time, "
    "collagen_synthesis_rate)",
    "a state became not finite",
    "a state became negative",
    f"its numerical error stays above {TOLERANCE:g} of an outcome's largest change after {MOST_HALVINGS} halvings",
)
#: The codes of a state that is no number, and of one below zero.
NOT_FINITE: Final = 2
NEGATIVE: Final = 3
#: What a state may fall below zero by rounding (in its own unit; a state is of the order of 1 to 10⁴).
_ROUNDING: Final = 1e-9
#: The same where courses are solved roughly.
_ROUGH: Final = 1e-6


@dataclass(frozen=True, kw_only=True)
class Solution:
    """All members of a batch, solved; every array has the members first."""

    days: Floats
    read: Readings
    """On ``days``, (members, days); on a session's day, just before that session."""
    lowest: Floats
    """Lowest value of any state at any step."""
    sessions: list[WoundRecord]
    error: Floats
    """Numerical error of the worst outcome, as a share of its largest change (or of a hundredth of its baseline)."""
    failure: Any
    """0, or the code of why the member failed: see :data:`FAILURES`."""


def _extrapolated(
    labile: Floats, fine: Path, coarse: Path, double: Path, days: Floats, places: list[tuple[Any, Floats]]
) -> Solution:
    """A block from its solutions on half, whole and double steps; ``labile``: the loss of labile collagen at rest."""
    lowest = Readings._fields.index("lowest")

    def better(a: Floats, b: Floats) -> Floats:
        found = b + (b - a) / 3.0
        found[lowest] = np.minimum(a[lowest], b[lowest])
        return found

    same = fine._replace(nodes=coarse.nodes, seen=[seen[:, :, ::2] for seen in fine.seen])
    with np.errstate(invalid="ignore", divide="ignore"):  # a member that failed stays not finite, and is told
        path = Path(
            coarse.nodes,
            [better(a, b) for a, b in zip(coarse.seen, same.seen, strict=True)],
            fine.start,
            fine.sessions,
        )
        whole = path.whole
        levels = [double, *(every._replace(seen=[seen[:, :, ::2] for seen in every.seen]) for every in (coarse, same))]
        error = _error([level.whole for level in levels], same.whole, whole)
        least = whole.lowest.min(axis=1)
        finite = np.isfinite(np.stack(whole)).all(axis=(0, 2))
        rests = np.isfinite(labile)
        read = path.by(places, bool(days[0] == coarse.nodes[0][0]))
    return Solution(
        days=days,
        read=read,
        lowest=least,
        sessions=path.sessions,
        error=error,
        failure=np.select(
            [~rests, ~finite, least < -_ROUNDING, ~(error <= TOLERANCE)], [1, NOT_FINITE, NEGATIVE, 4], 0
        ),
    )


def _error(levels: list[Readings], finer: Readings, better: Readings) -> Floats:
    """Error of the worst outcome, over its largest change: (members,).

    ``levels``: readings on the nodes of the doubled steps, solved on doubled, whole and halved steps.
    """
    worst, trusted = np.zeros(len(finer.present)), np.ones(len(finer.present), dtype=bool)
    for name in READ:
        a, b = outcomes.values(name, finer), outcomes.values(name, better)
        # a change below a hundredth of the baseline, which nobody could see, is held to that hundredth
        scale = np.maximum(np.abs(b - b[:, :1]).max(axis=1), 1e-2 * np.abs(b[:, 0]))
        off = np.abs(a - b).max(axis=1) / scale
        double, single, half = (outcomes.values(name, level) for level in levels)
        ratio = np.abs(double - single).max(axis=1) / np.abs(single - half).max(axis=1)
        trusted &= ~((off > SEEN) & ((ratio < ORDER_HOLDS[0]) | (ratio > ORDER_HOLDS[1])))
        worst = np.maximum(worst, off * EXTRAPOLATION_GAIN / SLOWER_GAIN.get(name, EXTRAPOLATION_GAIN))
    return worst / np.where(trusted, EXTRAPOLATION_GAIN, FIRST_ORDER_GAIN)


@cache
def workers() -> ThreadPoolExecutor:
    """One thread a core, kept: the machine code and JAX leave Python's lock to others while they work."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="neodermis")


def solve(
    members: Members,
    schedule: Schedule,
    days: Floats,
    *,
    grid: Grid = tissue.GRID,
    progress: Callable[[int], None] | None = None,
) -> Solution:
    """Solve all members to the last of ``days``, each to :data:`TOLERANCE`.

    Members that miss it are solved again together on halved steps; what still misses it after
    :data:`MOST_HALVINGS`, or is not finite, carries a code that says why.
    ``progress`` is told how many more are done.  A member's result does not depend on
    which others are solved with it.
    """
    count = members.size
    done: Solution | None = None
    again = np.arange(count)
    # compiled here, by the engine of this thread, before any other asks
    labile_at = _engine(grid).places.column.collagen.labile_cleavage
    if None in schedule.sources:
        _ = _engine(grid).read
    for halvings in range(MOST_HALVINGS + 1):
        double, coarse, fine = (segments(schedule, float(days[-1]), halvings + n) for n in (-1, 0, 1))
        places = [between(piece.nodes, days) for piece in coarse]
        tasks: list[tuple[Block, list[Future[Path]]]] = []
        for block in blocks_of(taken(members, again), grid):
            levels = [workers().submit(_solve_block, block.copy(), steps) for steps in (fine, coarse, double)]
            tasks.append((block, levels))
        found = []
        for block, levels in tasks:
            half, one, two = (level.result() for level in levels)
            found.append(_extrapolated(block.constants[:, labile_at].ravel(), half, one, two, days, places))
            levels.clear()  # what has been read off is not kept
            if progress is not None and not halvings:
                progress(min(BLOCK, len(again) - BLOCK * (len(found) - 1)))
        solved = _joined(found, len(again))
        done = solved if done is None else _replaced(done, solved, again)
        again = np.flatnonzero(done.failure == len(FAILURES) - 1)
        if not len(again):
            break
    assert done is not None
    return done


def solve_roughly(
    members: Members, schedule: Schedule, days: Floats, *, halvings: int = -1, grid: Grid = tissue.GRID
) -> Solution:
    """All members to the last of ``days`` on steps of one kind: to rank and to correlate, in a seventh of the time.

    Without extrapolation, and without a measure of the error: the steps are twice those of :func:`solve`.
    """
    pieces = segments(schedule, float(days[-1]), halvings)
    if None in schedule.sources:
        _ = _engine(grid).read  # compiled here, by the engine of this thread
    paths = workers().map(lambda block: _solve_block(block, pieces), blocks_of(members, grid))
    return solution_of(list(paths), days, members.size)


def solution_of(paths: Sequence[Path], days: Floats, count: int) -> Solution:
    """What blocks read on some days, as they were solved; vectors that were filled up are cut to ``count`` members."""
    parts = []
    for path in paths:
        read = path.whole
        least = read.lowest.min(axis=1)
        finite = np.isfinite(np.stack(read)).all(axis=(0, 2))
        parts.append((path.at(days), least, np.select([~finite, least < -_ROUGH], [NOT_FINITE, NEGATIVE], 0)))
    reads, lowest, failures = zip(*parts, strict=True)

    def join(*leaves: Any) -> Any:
        return np.concatenate(leaves)[:count]

    return Solution(
        days=days,
        read=mapped(join, *reads),
        lowest=join(*lowest),
        sessions=[mapped(join, *each) for each in zip(*(path.sessions for path in paths), strict=True)],
        error=np.zeros(count),
        failure=join(*failures),
    )


def _joined(parts: list[Solution], count: int) -> Solution:
    def join(*leaves: Any) -> Any:
        return np.concatenate(leaves)[:count]

    return Solution(
        days=parts[0].days,
        read=mapped(join, *(part.read for part in parts)),
        lowest=join(*(part.lowest for part in parts)),
        sessions=[mapped(join, *(part.sessions[k] for part in parts)) for k in range(len(parts[0].sessions))],
        error=join(*(part.error for part in parts)),
        failure=join(*(part.failure for part in parts)),
    )


def _replaced(old: Solution, new: Solution, where: Any) -> Solution:
    """The solution with some members solved anew."""

    def put(leaf: Any, other: Any) -> Any:
        changed = np.array(leaf)
        changed[where] = other
        return changed

    return Solution(
        days=old.days,
        read=mapped(put, old.read, new.read),
        lowest=put(old.lowest, new.lowest),
        sessions=[mapped(put, a, b) for a, b in zip(old.sessions, new.sessions, strict=True)],
        error=put(old.error, new.error),
        failure=put(old.failure, new.failure),
    )


def at_rest(members: Members, grid: Grid = tissue.GRID) -> tuple[SkinColumn, Readings]:
    """The skin of all members before the first session, (members, …), and what is read off it."""
    engine, count = _engine(grid), members.size
    constants = engine.begin(rows(members.parameters, count), rows(members.person, count))
    read = tree(engine.read(constants, engine.rest(constants)), engine.read.result)
    found: tuple[SkinColumn, Readings] = mapped(lambda leaf: leaf[:count], (tree(constants, engine.fixed).column, read))
    return found


# ------------------------------------------------------------------------------------------------- every state


class StateHistory(NamedTuple):
    """Every moment of a few members: arrays (members, times) and, by depth of the dermis, (members, times, cells)."""

    days: Floats
    """Times of the steps; the day of a later session stands twice, before it and right after it."""
    moments: StateSnapshot
    column: SkinColumn


def solve_states(
    members: Members, schedule: Schedule, until: float, *, halvings: int = 2, grid: Grid = tissue.GRID
) -> StateHistory:
    """Solve at most BLOCK members to ``until`` and keep every state, signal and synthesis by depth.

    On halves of the finer steps that :func:`solve` starts with, or others, without its extrapolation and its measure of
    the error.
    """
    begin, treat, moment, walk = _watching(grid)
    filled = mapped(lambda leaf: np.resize(np.asarray(leaf, dtype=float), BLOCK), members)
    count = members.size
    fixed = begin(filled.parameters, filled.person)
    state = fixed.column.rest
    days: list[Floats] = []
    kept: list[StateSnapshot] = []
    for segment in segments(schedule, until, halvings):
        if segment.source is not None:
            state, _ = treat(filled.sources[segment.source], fixed, state)
        days.append(np.array([segment.start]))
        kept.append(mapped(lambda leaf: leaf[:count, None], moment(fixed, state, segment.start)))
        for at in range(0, len(segment.steps), CHUNK):
            steps = segment.steps[at : at + CHUNK]
            padded = np.pad(steps, (0, CHUNK - len(steps)))  # a step of no length changes nothing
            state, seen = walk(fixed, state, segment.nodes[at], padded)
            kept.append(mapped(lambda leaf, steps=steps: leaf[:count, : len(steps)], seen))
        days.append(segment.nodes[1:])
    return StateHistory(
        np.concatenate(days),
        mapped(lambda *leaves: np.concatenate(leaves, axis=1), *kept),
        mapped(lambda leaf: leaf[:count], fixed.column),
    )
