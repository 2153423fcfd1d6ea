"""``simulate``: the one deep function, from a protocol and a skin to a course.  The only file that steps in time.

Method
    The exponential midpoint rule: second order; production and first-order loss are taken apart, so that
    no state can turn negative at any step, and what leaves a collagen pool is booked to where it goes.
    Steps follow the sessions: short after a session, then longer by a fixed ratio.  The error is measured
    in every run: the first block of members is solved again with every step halved, and steps are halved
    for all until the difference is within :data:`TOLERANCE`.

One compiled function serves every protocol: sessions, interval, depth, passes and horizon are data in
blocks of :data:`BLOCK` members and chunks of :data:`CHUNK` steps.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import jax
import numpy as np
from jax import lax

from neodermis.errors import InputError, RunError
from neodermis.evidence import ParameterSet, in_unit
from neodermis.session import (
    Batch,
    Floats,
    Interval,
    Ledger,
    Needled,
    SessionInjury,
    Skin,
    batch,
    check_mechanisms,
    ledger,
    needle,
    start_jax,
    weighted,
)
from neodermis.skin import ageing, cascade, inflammation, outcomes, tissue
from neodermis.skin.cascade import Signals, SkinColumn, SkinParameters
from neodermis.skin.injury import Channels, Injury
from neodermis.skin.matrix import CollagenRates
from neodermis.skin.outcomes import OUTCOMES, Readings
from neodermis.skin.tissue import Cells, Grid, Matrix, SkinState, Surface
from neodermis.treatment import Pass, Protocol
from neodermis.units import declared

if TYPE_CHECKING:
    import xarray

#: Called with blocks done and blocks in all while a course is solved.
Progress = Callable[[int, int], None]

#: Members solved together, and steps solved in one call.
BLOCK: Final = 26
CHUNK: Final = 32
#: Largest measured numerical error of an outcome, as a share of its largest change during the course.
TOLERANCE: Final = 1e-3
#: First step after a session, growth of the step, longest step (days).
FIRST_STEP, GROWTH, LONGEST_STEP = 0.03, 1.014, 4.0
#: Longest course (days): ten years after the last session.
LONGEST_COURSE: Final = 3650.0
#: Default horizon after the last session (days).
FOLLOW_UP: Final = 365.0


class Members(NamedTuple):
    """The people and draws of one block; every leaf has the block as its first axis."""

    parameters: SkinParameters
    dermis_reference_mm: Floats
    age_years: Floats
    phototype: Floats
    scar: Floats
    channels: Channels
    sessions: Floats  # how many of the protocol's sessions this member receives


class _Carry(NamedTuple):
    column: SkinColumn
    state: SkinState


class _Chunk(NamedTuple):
    session: Any  # number of the session at its start (0 begins the course), or −1 for none
    day: Any  # day of its start
    steps: Any  # (CHUNK,) step lengths; 0 pads the chunk


class _Session(NamedTuple):
    """What a session did: per member."""

    before: Readings
    after: Readings
    injury: Injury
    depth_faces_mm: Any
    papillary_injury: Any
    papillary_trauma: Any
    redness_hours: Any


class Moment(NamedTuple):
    """Everything that the model holds at one time."""

    state: SkinState
    signals: Signals
    made_1: Any  # collagen I that is made, µg/mm³/d by cell
    made_3: Any


def _advance_one(
    member: Members, carry: _Carry, chunk: _Chunk, grid: Grid, watch: bool
) -> tuple[_Carry, Any, _Session | Moment]:
    """One member, one chunk: the session at its start, then its steps.

    Returns what is left, the readings of each step and what the session did; to ``watch`` is to return every
    :class:`Moment` instead of readings, and that right after the session.
    """
    p = member.parameters

    def begin() -> _Carry:
        column = cascade.prepare(member.dermis_reference_mm, member.age_years, member.phototype, member.scar, p, grid)
        return _Carry(column, column.rest)

    column, state = lax.cond(chunk.session == 0, begin, lambda: carry)
    given = (chunk.session >= 0) & (chunk.session < member.sessions)
    made = member.channels._replace(per_mm2=member.channels.per_mm2 * given)
    before = outcomes.read(state, column.layers, column.rest)
    state, hurt, depth_faces = cascade.wound(state, made, column, p)
    papillary = outcomes.papillary_mean(hurt.killed, column.layers)
    done = _Session(
        before=before,
        after=outcomes.read(state, column.layers, column.rest),
        injury=hurt,
        depth_faces_mm=depth_faces,
        papillary_injury=papillary,
        papillary_trauma=outcomes.papillary_mean(hurt.trauma, column.layers),
        redness_hours=inflammation.redness_hours(papillary, p.inflammation),
    )

    def moment(state: SkinState, day: Any) -> Moment:
        here = cascade.rates(state, day, column, p).collagen
        return Moment(state, cascade.signals(state.cells, column, p), here.made_1, here.made_3)

    def step(now: tuple[SkinState, Any], h: Any) -> tuple[tuple[SkinState, Any], Any]:
        state, day = now
        here = cascade.rates(state, day, column, p)
        middle = _step(state, here, h / 2.0)
        state = _step(state, cascade.rates(middle, day + h / 2.0, column, p), h)
        seen = moment(state, day + h) if watch else outcomes.read(state, column.layers, column.rest)
        return (state, day + h), seen

    started = moment(state, chunk.day) if watch else done
    (state, _), seen = lax.scan(step, (state, chunk.day), chunk.steps)
    return _Carry(column, state), seen, started


def _phi(x: Any) -> Any:
    """φ(x) = (1 − e^(−x))/x, the mean of e^(−x t) over t in 0 to 1."""
    jnp = jax.numpy
    small = x < 1e-8
    return jnp.where(small, 1.0 - x / 2.0, -jnp.expm1(-x) / jnp.where(small, 1.0, x))


def _relax(y: Any, production: Any, loss: Any, h: Any) -> Any:
    """y(h) of  y' = p − l y  with p and l held:  y e^(−lh) + p h φ(lh)."""
    return y * jax.numpy.exp(-loss * h) + production * h * _phi(loss * h)


def _step(state: SkinState, rates: cascade.Rates, h: Any) -> SkinState:
    """All states after ``h`` with the rates held; what leaves a collagen pool is booked to where it goes."""
    cells = Cells(
        *(_relax(y, p, loss, h) for y, p, loss in zip(state.cells, rates.production, rates.loss, strict=True))
    )
    old, turnover = state.matrix, rates.collagen
    leaving = turnover.labile_cleavage + turnover.maturation
    matured_share = turnover.maturation / leaving

    def pools(labile: Any, mature: Any, made: Any) -> tuple[Any, Any, Any]:
        new_labile = _relax(labile, made, leaving, h)
        left = labile + made * h - new_labile
        matured = left * matured_share
        new_mature = _relax(mature, matured / jax.numpy.where(h > 0, h, 1.0), turnover.mature_cleavage, h)
        return new_labile, new_mature, left + mature - new_mature

    labile_1, mature_1, cleaved_1 = pools(old.labile_1, old.mature_1, turnover.made_1)
    labile_3, mature_3, cleaved_3 = pools(old.labile_3, old.mature_3, turnover.made_3)
    matrix = Matrix(
        labile_1=labile_1,
        labile_3=labile_3,
        mature_1=mature_1,
        mature_3=mature_3,
        made_1=old.made_1 + turnover.made_1 * h,
        made_3=old.made_3 + turnover.made_3 * h,
        cleaved_1=old.cleaved_1 + cleaved_1,
        cleaved_3=old.cleaved_3 + cleaved_3,
    )
    surface = Surface(
        *(
            _relax(y, p, loss, h)
            for y, p, loss in zip(state.surface, rates.surface_production, rates.surface_loss, strict=True)
        )
    )
    return SkinState(cells, matrix, surface)


@cache
def _advance(grid: Grid, watch: bool = False) -> Any:
    """The compiled function, made once for a grid; it accepts one shape of block and of chunk, and no other."""
    start_jax()
    zeros = np.zeros(BLOCK)
    members = Members(
        parameters=SkinParameters(*(part(*[zeros] * len(part._fields)) for part in cascade.MECHANISMS.values())),
        dermis_reference_mm=zeros,
        age_years=zeros,
        phototype=zeros,
        scar=zeros,
        channels=Channels(*[zeros] * len(Channels._fields)),
        sessions=zeros,
    )
    chunk = _Chunk(session=np.int64(0), day=np.float64(0), steps=np.zeros(CHUNK))
    traced = jax.jit(jax.vmap(partial(_advance_one, grid=grid, watch=watch), in_axes=(0, 0, None)))
    return traced.lower(members, _empty_carry(grid), chunk).compile()


# ------------------------------------------------------------------------------------------------- time grid


def step_lengths(days: float, halvings: int = 0) -> Floats:
    """Steps to ``days`` after a session: short at first, longer by a fixed ratio, each halved ``halvings`` times."""
    steps: list[float] = []
    passed, h = 0.0, FIRST_STEP
    while passed < days:
        left = days - passed
        steps.append(left if left < 1.5 * h else h)
        passed = days if left < 1.5 * h else passed + h
        h = min(h * GROWTH, LONGEST_STEP)
    parts = 2**halvings
    return np.repeat(np.array(steps) / parts, parts)


@dataclass(frozen=True, slots=True)
class _Segment:
    """From one session (or the start) to the next (or the horizon)."""

    session: int
    start: float
    end: float
    steps: Floats

    @property
    def nodes(self) -> Floats:
        nodes = self.start + np.concatenate([[0.0], np.cumsum(self.steps)])
        nodes[-1] = self.end  # free of the sum's rounding
        return nodes


def _segments(session_days: tuple[float, ...], until: float, halvings: int) -> list[_Segment]:
    ends = (*session_days[1:], until)
    return [
        _Segment(number, start, end, step_lengths(end - start, halvings))
        for number, (start, end) in enumerate(zip(session_days, ends, strict=True))
    ]


def _chunks(segments: list[_Segment]) -> Iterator[_Chunk]:
    for segment in segments:
        nodes = segment.nodes
        for at in range(0, len(segment.steps), CHUNK):
            steps = np.zeros(CHUNK)
            part = segment.steps[at : at + CHUNK]
            steps[: len(part)] = part
            yield _Chunk(
                session=np.int64(segment.session if at == 0 else -1),
                day=np.float64(nodes[at]),
                steps=steps,
            )


# ------------------------------------------------------------------------------------------------- one batch


@cache
def _empty_carry(grid: Grid) -> _Carry:
    """A carry of the right shapes for the first chunk, where it is not read."""
    start_jax()
    cells = np.zeros((BLOCK, grid.cells))
    scalar = np.zeros(BLOCK)
    state = SkinState(
        Cells(*[cells] * len(Cells._fields)),
        Matrix(*[cells] * len(Matrix._fields)),
        Surface(*[scalar] * len(Surface._fields)),
    )
    column = SkinColumn(
        layers=tissue.Layers(cells, cells, cells, cells),
        signal_operators=np.zeros((BLOCK, 3, grid.cells, grid.cells)),
        phototype=scalar,
        collagen=CollagenRates(*[scalar] * len(CollagenRates._fields)),
        loss_rate_per_day=scalar,
        rest=state,
    )
    return _Carry(column, state)


def _solve_block(members: Members, segments: list[_Segment], grid: Grid) -> Path:
    """One block of exactly BLOCK members over all segments."""
    advance, carry = _advance(grid), _empty_carry(grid)
    sessions: list[_Session] = []
    pieces: list[list[Readings]] = []
    for chunk in _chunks(segments):
        carry, readings, done = advance(members, carry, chunk)
        if chunk.session >= 0:
            sessions.append(done)
            pieces.append([])
        pieces[-1].append(readings)
    nodes: list[Readings] = []
    for segment, done, parts in zip(segments, sessions, pieces, strict=True):
        count = len(segment.steps)
        nodes.append(
            Readings(
                *(
                    np.concatenate([np.asarray(first)[:, None], *map(np.asarray, rest)], axis=1)[:, : count + 1]
                    for first, *rest in zip(done.after, *parts, strict=True)
                )
            )
        )
    return Path([s.nodes for s in segments], nodes, [jax.tree.map(np.asarray, done) for done in sessions])


class History(NamedTuple):
    """Every moment of a few members: arrays (members, times) and, by depth, (members, times, cells)."""

    days: Floats
    """Times of the steps; the day of a later session stands twice, before it and right after it."""
    moments: Moment
    column: SkinColumn


def watch(
    members: Members, session_days: tuple[float, ...], until: float, *, halvings: int = 0, grid: Grid = tissue.GRID
) -> History:
    """Solve at most :data:`BLOCK` members to ``until`` and keep every state, signal and synthesis by depth.

    On the steps that :func:`solve` starts with, each halved ``halvings`` times, without its measurement of the error.
    """
    count = len(members.age_years)
    (block,) = _padded(members, count)
    advance, carry = _advance(grid, True), _empty_carry(grid)
    days: list[Floats] = []
    kept: list[Moment] = []
    for chunk in _chunks(_segments(session_days, until, halvings)):
        carry, seen, started = advance(block, carry, chunk)
        steps = int((chunk.steps > 0).sum())
        if chunk.session >= 0:
            days.append(np.array([chunk.day]))
            kept.append(jax.tree.map(lambda leaf: np.asarray(leaf)[:count, None], started))
        days.append(chunk.day + np.cumsum(chunk.steps)[:steps])
        kept.append(jax.tree.map(lambda leaf, steps=steps: np.asarray(leaf)[:count, :steps], seen))
    return History(
        np.concatenate(days),
        jax.tree.map(lambda *leaves: np.concatenate(leaves, axis=1), *kept),
        jax.tree.map(lambda leaf: np.asarray(leaf)[:count], carry.column),
    )


class Path(NamedTuple):
    """Readings of a batch on its own steps; one list entry a segment, arrays (members, nodes)."""

    nodes: list[Floats]
    readings: list[Readings]
    sessions: list[_Session]

    def at(self, days: Floats) -> Readings:
        """Readings on given days, (members, days); on a session's day, just before that session."""
        found = []
        for name in Readings._fields:
            values = np.full((getattr(self.readings[0], name).shape[0], len(days)), np.nan)
            for number, (nodes, readings) in enumerate(zip(self.nodes, self.readings, strict=True)):
                here = (days > nodes[0]) & (days <= nodes[-1])
                with np.errstate(invalid="ignore"):  # a member that failed stays not finite
                    values[:, here] = _hermite(nodes, getattr(readings, name), days[here])
                if number == 0:
                    values[:, days == nodes[0]] = getattr(self.sessions[0].before, name)[:, None]
            found.append(values)
        return Readings(*found)


def _hermite(nodes: Floats, values: Floats, at: Floats) -> Floats:
    """Cubic Hermite interpolation along the last axis, slopes from second-order differences.

    SciPy has this too, at half a second of start-up.
    """
    slopes: Floats = np.gradient(values, nodes, axis=-1, edge_order=2 if len(nodes) > 2 else 1)
    left = np.clip(np.searchsorted(nodes, at, side="left") - 1, 0, len(nodes) - 2)
    width = nodes[left + 1] - nodes[left]
    t = (at - nodes[left]) / width
    a, b = values[..., left], values[..., left + 1]
    return (
        a * (1 + 2 * t) * (1 - t) ** 2
        + b * t**2 * (3 - 2 * t)
        + width * (slopes[..., left] * t * (1 - t) ** 2 - slopes[..., left + 1] * t**2 * (1 - t))
    )


def _take(tree: Any, index: Any) -> Any:
    return jax.tree.map(lambda leaf: np.ascontiguousarray(np.asarray(leaf)[index]), tree)


def _padded(members: Members, count: int) -> list[Members]:
    """Blocks of BLOCK members; the last one is filled with copies of its last member."""
    index = np.minimum(np.arange(-(-count // BLOCK) * BLOCK), count - 1)
    return [_take(members, index[at : at + BLOCK]) for at in range(0, len(index), BLOCK)]


def _joined(paths: list[Path], count: int) -> Path:
    def join(*leaves: Any) -> Any:
        return np.concatenate(leaves)[:count]

    return Path(
        paths[0].nodes,
        [jax.tree.map(join, *(path.readings[k] for path in paths)) for k in range(len(paths[0].nodes))],
        [jax.tree.map(join, *(path.sessions[k] for path in paths)) for k in range(len(paths[0].sessions))],
    )


def solve(
    members: Members,
    session_days: tuple[float, ...],
    days: Floats,
    *,
    grid: Grid = tissue.GRID,
    progress: Progress | None = None,
) -> tuple[Path, float]:
    """Solve all members to the last of ``days``, to :data:`TOLERANCE`; returns the path and the measured error.

    The error is the largest difference between a member of the first block and the same member with every
    step halved, times 4/3 (second-order method), over that member's largest change during the course (or a
    hundredth of its baseline, where it changes less).

    Raises
    ------
    RunError
        The tolerance is not met with steps halved four times.
    """
    count = len(members.age_years)
    blocks = _padded(members, count)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:

        def run(block: Members, halvings: int) -> Any:
            return pool.submit(_solve_block, block, _segments(session_days, float(days[-1]), halvings), grid)

        _advance(grid)
        done = 0
        for halvings in range(5):
            finer = run(blocks[0], halvings + 1)
            paths = []
            for future in [run(block, halvings) for block in blocks]:
                paths.append(future.result())
                done += 1
                if progress is not None:
                    progress(done, (halvings + 1) * len(blocks))
            error = _difference(paths[0], finer.result(), days)
            if error <= TOLERANCE:
                return _joined(paths, count), error
    raise RunError(
        "numerical error of the course",
        value=f"{error:.1e} of an outcome's largest change",
        accepted=f"at most {TOLERANCE:g}",
        whose="this program's stated accuracy",
        next_step="report the command; a parameter set far outside its stated spreads can cause this",
    )


def _difference(coarse: Path, fine: Path, days: Floats) -> float:
    """Largest estimate over outcomes and finite members, each over its own largest change."""
    worst = 0.0
    for name in OUTCOMES:
        a, b = outcomes.values(name, coarse.at(days)), outcomes.values(name, fine.at(days))
        good = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
        if good.any():
            a, b = a[good], b[good]
            # a change below a hundredth of the baseline, which nobody could see, is held to that hundredth
            scale = np.maximum(np.abs(b - b[:, :1]).max(axis=1), 1e-2 * np.abs(b[:, 0]))
            worst = max(worst, float(4 / 3 * (np.abs(a - b).max(axis=1) / scale).max()))
    return worst


# ------------------------------------------------------------------------------------------------- the course


class Phase(NamedTuple):
    """A phase of the first session's answer (days after it)."""

    name: str
    start_day: float
    peak_day: float
    end_day: float


class Driver(NamedTuple):
    """What moves an answer: rank correlation of a drawn quantity with it."""

    name: str
    correlation: float
    status: str


@dataclass(frozen=True, kw_only=True)
class SiteCourse:
    """The course of one site.

    ``values[name]`` and ``untreated[name]`` are (draws, days) of what we do not know; ``people[name]`` and
    ``people_untreated[name]`` (people, days) of how people differ, empty where none were asked for;
    ``central`` is the course at the central parameters.
    """

    site: str
    skin: Skin
    time_day: Floats
    values: Mapping[str, Floats]
    untreated: Mapping[str, Floats]
    people: Mapping[str, Floats]
    people_untreated: Mapping[str, Floats]
    central: Mapping[str, Floats]
    sessions: tuple[SessionInjury, ...]
    phases: tuple[Phase, ...]
    drawn: Mapping[str, Floats] = field(repr=False)
    last_session_day: float
    scarring_risk: float | None
    """Share of the draws in which myofibroblasts stay; None where the course ends within half a year of a session."""
    failed: int
    numerical_error: float

    def gain(self, name: str = "collagen_papillary") -> Floats:
        """Treated over untreated, minus one: (draws, days)."""
        return self.values[name] / self.untreated[name] - 1.0

    def change(self, name: str, day: float) -> Floats:
        """Change from baseline on a day, as a share, of each draw."""
        return np.array([np.interp(day, self.time_day, row) / row[0] - 1.0 for row in self.values[name]])

    def peak(self) -> tuple[Interval, Interval]:
        """Largest gain of papillary collagen, and the day of it."""
        gain = self.gain()
        return Interval.of(gain.max(axis=1)), Interval.of(self.time_day[gain.argmax(axis=1)])

    def first_change(self, threshold: float) -> tuple[Interval | None, float]:
        """Day on which the gain first reaches ``threshold`` (over the draws that reach it), and their share."""
        reached = self.gain() >= threshold
        ever = reached.any(axis=1)
        if not ever.any():
            return None, 0.0
        return Interval.of(self.time_day[reached[ever].argmax(axis=1)]), float(ever.mean())

    def left(self, days_after_last: float) -> Interval | None:
        """Share of the peak gain left some days after the last session; None beyond the horizon or without a gain."""
        day = self.last_session_day + days_after_last
        gain = self.gain()
        top = gain.max(axis=1)
        gained = top > 0
        if day > self.time_day[-1] or not gained.any():
            return None
        then = np.array([np.interp(day, self.time_day, row) for row in gain[gained]])
        return Interval.of(then / top[gained])

    def drivers(self, parameters: ParameterSet, count: int = 3) -> list[Driver]:
        """The drawn quantities that move the peak gain most, where the draws can tell it from chance.

        Spearman's rank correlation; those within 2.6 standard errors of zero (1 in 100 by chance) are left out.
        """
        top = _ranks(self.gain().max(axis=1))
        if len(top) < 30 or np.ptp(top) == 0:
            return []
        found = []
        for name, values in self.drawn.items():
            if np.ptp(values) > 0:
                rho = float(np.corrcoef(_ranks(values), top)[0, 1])
                status = parameters[name].status if name in parameters.parameters else "open in the device or the study"
                found.append(Driver(name, rho, status))
        floor = 2.6 / np.sqrt(len(top) - 1)
        found.sort(key=lambda d: -abs(d.correlation))
        return [d for d in found[:count] if abs(d.correlation) > floor]


def _ranks(values: Floats) -> Floats:
    return np.unique(values, return_inverse=True)[1].astype(float)


class Observed(NamedTuple):
    """A published result beside the prediction, as change from baseline in %; None where no model computes it."""

    outcome: str
    measure: str
    day: float
    value: float | None
    sd: float | None
    n: int | None
    predicted: Interval | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """A simulated course: one :class:`SiteCourse` a site, and the ledger."""

    protocol: Protocol
    sites: Mapping[str, SiteCourse]
    ledger: Ledger
    observed: tuple[Observed, ...] = ()

    @property
    def time_day(self) -> Floats:
        """Days since the first session."""
        return next(iter(self.sites.values())).time_day

    @property
    def failed(self) -> int:
        """Members that failed and are in no mean."""
        return sum(site.failed for site in self.sites.values())

    @property
    def dataset(self) -> xarray.Dataset:
        """Everything as an xarray dataset: dimensions site, draw, person, time_day; units as attributes."""
        import xarray

        sites = list(self.sites.values())

        def stack(part: str, name: str) -> Floats:
            # members that failed differ by site; the shortest count is what all sites have
            rows = min(getattr(site, part)[name].shape[0] for site in sites)
            return np.stack([getattr(site, part)[name][:rows] for site in sites])

        variables = {}
        for name, outcome in OUTCOMES.items():
            about = {"units": outcome.unit, "long_name": outcome.definition, "better": outcome.better}
            variables[name] = (("site", "draw", "time_day"), stack("values", name), about)
            variables[f"{name}_untreated"] = (("site", "draw", "time_day"), stack("untreated", name), about)
            if self.ledger.people:
                variables[f"{name}_people"] = (("site", "person", "time_day"), stack("people", name), about)
        return xarray.Dataset(
            variables,
            coords={
                "site": [site.site for site in sites],
                "time_day": ("time_day", self.time_day, {"units": "d", "long_name": "days since the first session"}),
            },
            attrs={
                "title": "neodermis course",
                "protocol": self.protocol.sentence,
                "seed": self.ledger.seed,
                "parameters": f"{self.ledger.parameters.name} {self.ledger.parameters.version}",
                "parameters_sha256": self.ledger.parameters.sha256,
                "assumed_share": self.ledger.assumed_share,
                "versions": ", ".join(f"{name} {number}" for name, number in self.ledger.versions.items()),
                "sources": ", ".join(self.ledger.sources),
                "session_day": list(self.protocol.session_days),
                "inputs": json.dumps(dict(self.ledger.inputs)),
                "warnings": "\n".join(self.ledger.warnings),
            },
        )


# ------------------------------------------------------------------------------------------------- simulate


def output_days(session_days: tuple[float, ...], until: float) -> Floats:
    """Days of the result: every session, daily to day 60, and enough in between to be at least 200 in all."""
    fixed = np.unique([*session_days, until])
    daily = np.arange(0.0, min(60.0, until) + 1e-9)
    filling = np.concatenate([daily, np.linspace(min(60.0, until / 2.0), until, 200).round(6)])
    apart = np.abs(filling[:, None] - fixed).min(axis=1) > 1e-6
    return np.unique([*filling[apart], *fixed])


def simulate(
    protocol: Protocol,
    skins: Mapping[str, Skin],
    parameters: ParameterSet,
    *,
    draws: int = 100,
    people: int = 0,
    seed: int = 0,
    until: float | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    inputs: Mapping[str, object] | None = None,
    warnings: tuple[str, ...] = (),
    grid: Grid = tissue.GRID,
    progress: Progress | None = None,
) -> Course:
    """Simulate a protocol in a skin: the same inputs and seed give the same course.

    Parameters
    ----------
    protocol
        What is done, and when.
    skins
        The skin at each site of the protocol, by site id.
    parameters
        The parameter set; its mechanisms must be those of the skin, name by name and unit by unit.
    draws
        Draws of what we do not know (parameters, unpublished device geometry, ``ranges``); 1 is the central course.
    people
        Draws of how people differ, at the central parameters.
    until
        Last day (default: a year after the last session).
    ranges
        What a published arm did not print: ``passes``, ``depth_mm`` → lowest and highest; drawn like a parameter.
    inputs, warnings
        Kept in the ledger.

    Raises
    ------
    InputError
        A horizon outside the range, or a parameter set that does not fit the mechanisms.
    RunError
        The numerical tolerance cannot be met, or every member failed.
    """
    last = protocol.session_days[-1]
    horizon = last + FOLLOW_UP if until is None else until
    if not last < horizon <= last + LONGEST_COURSE:
        raise InputError(
            "--until",
            value=until,
            accepted=f"a day after the last session ({last:g}) and at most {last + LONGEST_COURSE:g}",
            whose="the protocol, and ten years of follow-up as this program's range",
            next_step="leave it out for a year after the last session",
        )
    check_mechanisms(parameters)
    days = output_days(protocol.session_days, horizon)
    sites = {
        pass_.site: _simulate_site(
            protocol,
            pass_,
            skins[pass_.site],
            parameters,
            draws,
            people,
            seed,
            days,
            dict(ranges or {}),
            grid,
            progress,
        )
        for pass_ in protocol.treatments
    }
    return Course(
        protocol=protocol,
        sites=sites,
        ledger=ledger(
            protocol, skins, parameters, draws=draws, people=people, seed=seed, inputs=inputs, warnings=warnings
        ),
    )


def _simulate_site(
    protocol: Protocol,
    pass_: Pass,
    skin: Skin,
    parameters: ParameterSet,
    draws: int,
    people: int,
    seed: int,
    days: Floats,
    ranges: dict[str, tuple[float, float]],
    grid: Grid,
    progress: Progress | None,
) -> SiteCourse:
    """Members, in order: the central course, its first session alone, the draws, the people; zone after zone."""
    unknown = draws if draws > 1 else 0
    made = batch(
        protocol.device, pass_, skin, parameters,
        centrals=2, draws=unknown, people=people, seed=seed, ranges=ranges,
    )  # fmt: skip
    count = 2 + unknown + people
    needled = [needle(part, protocol.device.kind) for _, _, part in made.parts]
    sessions_each = np.full(count, float(protocol.sessions))
    sessions_each[1] = 1.0
    members = members_of(made, needled, sessions_each)
    whole, error = solve(members, protocol.session_days, days, grid=grid, progress=progress)
    path = _zones_joined(whole, made.shares, count)
    p = made.parameters
    read = path.at(days)
    treated = {name: outcomes.values(name, read) for name in OUTCOMES}
    loss = ageing.loss_rate_per_day(p.ageing)
    left = np.exp(-loss[:, None] * days)  # as ageing.remaining, without compiling it for NumPy's arrays
    untreated = {name: outcomes.untreated(name, treated[name][:, :1], left) for name in OUTCOMES}
    good = np.all([np.isfinite(values).all(axis=1) for values in treated.values()], axis=0)
    if not good[:2].all():
        raise RunError(
            "the central course",
            value="a state is not finite",
            next_step="take back --set values far outside the stated spread",
        )
    index = np.arange(count)
    group_draws = index[(index >= 2) & (index < 2 + unknown) & good] if unknown else np.array([0])
    group_people = index[(index >= 2 + unknown) & good]
    drawn = {name: v[group_draws] for name, v in (*made.values.items(), *made.inputs.items())}
    return SiteCourse(
        site=pass_.site,
        skin=skin,
        time_day=days,
        values={name: v[group_draws] for name, v in treated.items()},
        untreated={name: v[group_draws] for name, v in untreated.items()},
        people={name: v[group_people] for name, v in treated.items()},
        people_untreated={name: v[group_people] for name, v in untreated.items()},
        central={name: v[0] for name, v in treated.items()},
        sessions=_session_results(protocol, pass_, path, weighted(made.shares, needled), made.area_cm2, group_draws),
        phases=_phases(path, float(loss[1])),
        drawn=drawn,
        last_session_day=protocol.session_days[-1],
        scarring_risk=_scarring_risk(protocol, days, read, p, group_draws),
        failed=int((~good).sum()),
        numerical_error=error,
    )


#: Days after the last session from which myofibroblasts that are still there are taken to stay.
SETTLED: Final = 180.0


def _scarring_risk(protocol: Protocol, days: Floats, read: Readings, p: SkinParameters, group: Floats) -> float | None:
    if days[-1] < protocol.last_day + SETTLED:
        return None
    stays = outcomes.scarred(read.myofibroblast[:, -1], p.repair.myofibroblast_self_half)
    return float(np.mean(np.asarray(stays)[group]))


def _stacked(parts: list[Members]) -> Members:
    """Members of all zones as one batch, zone after zone."""
    return parts[0] if len(parts) == 1 else jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


def _zones_joined(whole: Path, shares: tuple[float, ...], count: int) -> Path:
    """Path of the region: its zones' readings and injuries, weighted by area, member by member."""
    if len(shares) == 1:
        return whole

    def mean(tree: Any) -> Any:
        return weighted(shares, [_take(tree, slice(k * count, (k + 1) * count)) for k in range(len(shares))])

    return Path(whole.nodes, [mean(readings) for readings in whole.readings], [mean(done) for done in whole.sessions])


def _session_results(
    protocol: Protocol, pass_: Pass, path: Path, needled: Needled, area_cm2: float, group: Floats
) -> tuple[SessionInjury, ...]:
    """Each session on the skin as it then is: the first one's needling, the injury that the course booked."""
    results = []
    for day, done in zip(protocol.session_days, path.sessions, strict=True):
        then = needled._replace(
            injury=done.injury,
            depth_faces_mm=done.depth_faces_mm,
            papillary_injury=done.papillary_injury,
            papillary_trauma=done.papillary_trauma,
            redness_hours=done.redness_hours,
        )
        results.append(SessionInjury.of(then, group, day=day, site=pass_.site, area_cm2=area_cm2))
    return tuple(results)


def _phases(path: Path, loss_per_day: float) -> tuple[Phase, ...]:
    """Phases of the first session's answer, from the member that received that session alone.

    Peak where the reading is largest, start and end where it passes a tenth of its peak; empty without injury.
    """
    one = 1
    days = np.concatenate(path.nodes)
    days, kept = np.unique(days, return_index=True)

    def course(name: str) -> Floats:
        return np.concatenate([getattr(readings, name)[one] for readings in path.readings])[kept]

    mature = course("mature")
    courses = {
        "inflammation": course("leukocytes"),
        "proliferation": course("repair_cells"),
        "remodelling": np.gradient(mature - mature[0] * np.exp(-loss_per_day * days), days),
    }
    found = []
    for name, values in courses.items():
        top = int(values.argmax())
        if values[top] <= 0:
            return ()
        below = np.flatnonzero(values < 0.1 * values[top])
        before, after = below[below < top], below[below > top]
        start = before[-1] + 1 if len(before) else 0
        end = after[0] if len(after) else len(days) - 1
        found.append(Phase(name, float(days[start]), float(days[top]), float(days[end])))
    return tuple(found)


# ------------------------------------------------------------------------------------------------- every state


#: Name → unit of what :class:`States` holds by depth.
STATE_UNITS: Final[dict[str, str]] = {
    "damage": "share of tissue",
    "platelet": "ng/mL",
    "neutrophil": "cells/mm3",
    "macrophage_inflammatory": "cells/mm3",
    "macrophage_repair": "cells/mm3 above rest",
    "inflammatory": "ng/mL above rest",
    "protease": "ng/mL above rest",
    "tgf": "ng/mL above rest",
    "tgf3": "ng/mL above rest",
    "vegf": "ng/mL above rest",
    "fibroblast": "cells/mm3",
    "activated": "cells/mm3",
    "myofibroblast": "cells/mm3",
    "vessel": "x rest",
    "synthesis_1": "x rest",
    "synthesis_3": "x rest",
    "collagen_1": "x rest",
    "collagen_3": "x rest",
    "mature": "x rest",
    "tropoelastin": "x rest",
    "elastin": "x rest",
    "hyaluronan": "x rest",
    "alignment": "0 to 1",
    "scar": "0 to 1",
}


@dataclass(frozen=True, kw_only=True)
class States:
    """Everything that the central course of one site goes through, by time and depth.

    ``by_depth[name]`` is (times, dermal cells) in :data:`STATE_UNITS`; ``surface[name]`` is (times,): the uncovered
    share of the channels, epidermal thickness, melanocyte activity and melanin over rest.
    """

    site: str
    days: Floats
    """Times of the steps; the day of a later session stands twice, before it and right after it."""
    session_days: tuple[float, ...]
    depth_faces_mm: Floats
    """Faces of the dermal cells at rest, from the top of the dermis down: (cells + 1)."""
    papillary: int
    """How many of the cells are papillary."""
    by_depth: Mapping[str, Floats]
    surface: Mapping[str, Floats]
    phases: tuple[Phase, ...]
    """Of the first session's answer."""

    def layer_mean(self, name: str, layer: Literal["papillary", "reticular", "dermis"]) -> Floats:
        """Mean of a state over a layer, by time."""
        part = {
            "papillary": slice(0, self.papillary),
            "reticular": slice(self.papillary, None),
            "dermis": slice(None),
        }[layer]
        weights = np.diff(self.depth_faces_mm)[part]
        mean: Floats = np.average(self.by_depth[name][:, part], axis=1, weights=weights)
        return mean


def members_of(made: Batch, needled: Sequence[Needled], sessions: Floats) -> Members:
    """The members of all zones of a site as one batch, zone after zone."""
    return _stacked(
        [
            Members(
                parameters=made.parameters,
                dermis_reference_mm=part.dermis_reference_mm,
                age_years=part.age_years,
                phototype=part.phototype,
                scar=part.scar,
                channels=done.channels,
                sessions=sessions,
            )
            for (_, _, part), done in zip(made.parts, needled, strict=True)
        ]
    )


def loss_per_day(members: Members) -> Floats:
    """Untreated loss of collagen of each member (1/day)."""
    return np.asarray(ageing.loss_rate_per_day(members.parameters.ageing), dtype=float)


def trace(
    protocol: Protocol,
    pass_: Pass,
    skin: Skin,
    parameters: ParameterSet,
    *,
    until: float,
) -> States:
    """Every state of the central course at one site; a region is traced at its largest zone."""
    made = batch(protocol.device, pass_, skin, parameters)
    largest = int(np.argmax(made.shares))
    _, part_skin, part = made.parts[largest]
    one = replace(made, parts=(made.parts[largest],))
    history = watch(
        members_of(one, [needle(part, protocol.device.kind)], np.array([float(protocol.sessions)])),
        protocol.session_days,
        until,
    )
    dermis = tissue.GRID.dermis
    moments, column = jax.tree.map(lambda leaf: leaf[0], (history.moments, history.column))

    def deep(values: Any) -> Floats:
        inside: Floats = np.asarray(values)[:, dermis]
        return inside

    left = np.exp(-column.loss_rate_per_day * history.days)[:, None]
    rest, matrix_now = column.rest.matrix, moments.state.matrix
    made_at_rest = [deep(column.collagen.renewal * pool[None]) * left for pool in (rest.labile_1, rest.labile_3)]

    def over_rest(now: Any, before: Any) -> Floats:
        at_rest: Floats = np.asarray(before)[dermis]
        return deep(now) / at_rest

    by_depth = {name: deep(values) for name, values in moments.state.cells._asdict().items()}
    by_depth |= {name: deep(values) for name, values in moments.signals._asdict().items()}
    by_depth |= {
        "synthesis_1": deep(moments.made_1) / made_at_rest[0],
        "synthesis_3": deep(moments.made_3) / made_at_rest[1],
        "collagen_1": over_rest(matrix_now.labile_1 + matrix_now.mature_1, rest.labile_1 + rest.mature_1),
        "collagen_3": over_rest(matrix_now.labile_3 + matrix_now.mature_3, rest.labile_3 + rest.mature_3),
        "mature": over_rest(matrix_now.mature_1 + matrix_now.mature_3, rest.mature_1 + rest.mature_3),
    }
    thickness = np.asarray(column.layers.thickness)[dermis]
    return States(
        site=part_skin.site.id,
        days=history.days,
        session_days=protocol.session_days,
        depth_faces_mm=np.concatenate([[0.0], np.cumsum(thickness)]),
        papillary=tissue.GRID.papillary,
        by_depth={name: by_depth[name] for name in STATE_UNITS},
        surface={name: np.asarray(values) for name, values in moments.state.surface._asdict().items()},
        phases=_phases_of_first(one, needle(part, protocol.device.kind)),
    )


def _phases_of_first(made: Batch, needled: Needled) -> tuple[Phase, ...]:
    """Phases of the answer to one session alone."""
    members = members_of(made, [needled], np.ones(1))
    alone = _take(members, np.array([0, 0]))  # as _phases reads them: the second is the one with a single session
    path, _ = solve(alone, (0.0,), np.array([0.0, FOLLOW_UP]))
    return _phases(path, float(loss_per_day(members)[0]))


# ------------------------------------------------------------------------------------------------- couplings


class Coupling(NamedTuple):
    """One state or signal that another reads: at the probed state, more of ``read`` moves ``reader`` by ``sign``."""

    reader: str
    read: str
    sign: int
    parameters: tuple[str, ...]
    """Those that the strength of the coupling depends on."""
    sources: tuple[str, ...]


def couplings(parameters: ParameterSet) -> list[Coupling]:
    """Who reads whom in the cascade, found from the equations themselves.

    The Jacobian of the right-hand side, of one cell without diffusion, at a state in which everything is present;
    an entry that changes with a parameter depends on it.  Nothing here is written by hand.
    """
    check_mechanisms(parameters)
    start_jax()
    grid = Grid(1, 1, 1, 1, 1)
    names = [p.name for p in parameters]
    central = np.array([p.value for p in parameters])
    jnp = jax.numpy

    def everything(values: Any) -> SkinParameters:
        by_name = dict(zip(names, values, strict=True))
        parts = {
            mechanism: structure(
                **{
                    name: by_name[name] * in_unit(parameters[name], declaration.unit)
                    for name, declaration in declared(structure).items()
                }
            )
            for mechanism, structure in cascade.MECHANISMS.items()
        }
        return SkinParameters(**parts)

    fields = [*Cells._fields, *Surface._fields]
    signal_names = list(Signals._fields)

    def right_hand_side(x: Any, values: Any) -> Any:
        """Net rates of cells, surface and collagen, and the signals, of a papillary cell, from states and signals."""
        p = everything(values)
        column = cascade.prepare(jnp.asarray(1.4), jnp.asarray(45.0), jnp.asarray(3.0), jnp.asarray(0.5), p, grid)
        spread = jnp.ones(grid.cells)
        cells = Cells(*(x[k] * spread for k in range(len(Cells._fields))))
        surface = Surface(*(x[len(Cells._fields) + k] for k in range(len(Surface._fields))))
        given = Signals(*(x[len(fields) + k] * spread for k in range(len(signal_names))))
        state = SkinState(cells, column.rest.matrix, surface)
        rates = cascade.rates(state, jnp.asarray(0.0), column, p, given=given)
        sources = cascade.signal_sources(cells, p)
        net = [(a - b * y)[2] for a, b, y in zip(rates.production, rates.loss, cells, strict=True)]
        above = [a - b * y for a, b, y in zip(rates.surface_production, rates.surface_loss, surface, strict=True)]
        made = [
            rates.collagen.made_1[2], rates.collagen.made_3[2], rates.collagen.labile_cleavage[2],
            rates.collagen.maturation[2],
        ]  # fmt: skip
        return jnp.stack([*net, *above, *(source[2] for source in sources), *made])

    readers = [*fields, *signal_names, "synthesis_1", "synthesis_3", "collagen_cleavage", "collagen_maturation"]
    reads = [*fields, *signal_names]
    by_name = {p.name: p.value for p in parameters}
    density = by_name["fibroblast_density"]
    probe = {"fibroblast": 0.8 * density, "activated": 0.1 * density, "myofibroblast": 0.02 * density}
    probe |= dict.fromkeys(("neutrophil", "macrophage_inflammatory", "macrophage_repair"), 200.0)
    probe |= {"damage": 0.1, "platelet": 2.0, "protease": 5.0, "alignment": 0.1, "uncovered": 0.5, "awake": 0.1}
    x = np.array([probe.get(name, 1.2 if name in fields else 0.5) for name in reads])
    jacobian = jax.jit(jax.jacfwd(right_hand_side))
    here = np.asarray(jacobian(x, central))
    moved = []
    for k in range(len(names)):
        there = central.copy()
        there[k] *= 1.01
        moved.append(np.asarray(jacobian(x, there)))
    found = []
    for i, reader in enumerate(readers):
        for j, read in enumerate(reads):
            slope = here[i, j]
            if reader == read or not np.isfinite(slope) or abs(slope) < 1e-12:
                continue
            on = [name for name, other in zip(names, moved, strict=True) if abs(other[i, j] / slope - 1.0) > 1e-6]
            sources = tuple(dict.fromkeys(key for name in on for key in parameters[name].sources))
            found.append(Coupling(reader, read, int(np.sign(slope)), tuple(on), sources))
    return found
