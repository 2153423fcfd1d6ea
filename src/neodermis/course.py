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
import platform
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jax
import numpy as np
from jax import lax

from neodermis.errors import InputError, RunError
from neodermis.evidence import ParameterSet, in_unit
from neodermis.skin import ageing, cascade, inflammation, injury, outcomes, tissue
from neodermis.skin.cascade import SkinColumn, SkinParameters
from neodermis.skin.injury import Channels
from neodermis.skin.matrix import CollagenRates
from neodermis.skin.outcomes import OUTCOMES, Readings
from neodermis.skin.tissue import Cells, Grid, Matrix, Site, SkinState
from neodermis.treatment import Device, Pass, Protocol, Span
from neodermis.units import declared

if TYPE_CHECKING:
    import xarray

Floats = np.ndarray[Any, np.dtype[np.float64]]
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


def _start_jax() -> None:
    """64-bit floats on the processor, and a compilation cache in the user's cache folder if it can be written."""
    from platformdirs import user_cache_path

    settings: dict[str, object] = {
        "jax_enable_x64": True,
        "jax_platforms": "cpu",
        # blocks run in threads of ours, each of which waits for its own chunk
        "jax_cpu_enable_async_dispatch": False,
    }
    folder = user_cache_path("neodermis") / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if writable:
        settings |= {
            "jax_compilation_cache_dir": str(folder),
            "jax_persistent_cache_min_compile_time_secs": 0,
            "jax_persistent_cache_min_entry_size_bytes": -1,
        }
    for name, value in settings.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, kw_only=True, slots=True)
class Skin:
    """One person's skin at one site, in the model's words (no name, no date).

    Attributes
    ----------
    site
        Site of the catalogue.
    dermis_reference_mm
        Published mean dermis thickness of this site and sex at the catalogue's reference age, mm.
    age_years
        Age at the first session, years.
    """

    site: Site
    dermis_reference_mm: float
    age_years: float


class Members(NamedTuple):
    """The people and draws of one block; every leaf has the block as its first axis."""

    parameters: SkinParameters
    dermis_reference_mm: Floats
    age_years: Floats
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
    injured_fraction: Any
    depth_faces_mm: Any
    papillary_injury: Any
    redness_hours: Any


def _advance_one(member: Members, carry: _Carry, chunk: _Chunk, grid: Grid) -> tuple[_Carry, Readings, _Session]:
    """One member, one chunk: the session at its start, then its steps."""
    p = member.parameters

    def begin() -> _Carry:
        column = cascade.prepare(member.dermis_reference_mm, member.age_years, p, grid)
        return _Carry(column, column.rest)

    column, state = lax.cond(chunk.session == 0, begin, lambda: carry)
    given = (chunk.session >= 0) & (chunk.session < member.sessions)
    made = Channels(*(value * given for value in member.channels))
    before = outcomes.read(state, column.layers, column.rest)
    state, phi, depth_faces = cascade.wound(state, made, column, p)
    papillary = outcomes.papillary_mean(phi, column.layers)
    done = _Session(
        before=before,
        after=outcomes.read(state, column.layers, column.rest),
        injured_fraction=phi,
        depth_faces_mm=depth_faces,
        papillary_injury=papillary,
        redness_hours=inflammation.redness_hours(papillary, p.inflammation),
    )

    def step(now: tuple[SkinState, Any], h: Any) -> tuple[tuple[SkinState, Any], Readings]:
        state, day = now
        here = cascade.rates(state, day, column, p)
        middle = _step(state, here, h / 2.0)
        state = _step(state, cascade.rates(middle, day + h / 2.0, column, p), h)
        return (state, day + h), outcomes.read(state, column.layers, column.rest)

    (state, _), readings = lax.scan(step, (state, chunk.day), chunk.steps)
    return _Carry(column, state), readings, done


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
    return SkinState(cells, matrix)


@cache
def _advance(grid: Grid) -> Any:
    """The compiled function, made once for a grid; it accepts one shape of block and of chunk, and no other."""
    _start_jax()
    zeros = np.zeros(BLOCK)
    members = Members(
        parameters=SkinParameters(*(part(*[zeros] * len(part._fields)) for part in cascade.MECHANISMS.values())),
        dermis_reference_mm=zeros,
        age_years=zeros,
        channels=Channels(*[zeros] * len(Channels._fields)),
        sessions=zeros,
    )
    chunk = _Chunk(session=np.int64(0), day=np.float64(0), steps=np.zeros(CHUNK))
    traced = jax.jit(jax.vmap(partial(_advance_one, grid=grid), in_axes=(0, 0, None)))
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
    _start_jax()
    cells = np.zeros((BLOCK, grid.cells))
    scalar = np.zeros(BLOCK)
    state = SkinState(Cells(*[cells] * len(Cells._fields)), Matrix(*[cells] * len(Matrix._fields)))
    column = SkinColumn(
        layers=tissue.Layers(cells, cells, cells),
        signal_operators=np.zeros((BLOCK, 2, grid.cells, grid.cells)),
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
    step halved, times 4/3 (second-order method), over that member's largest change during the course.

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
            # an outcome that does not change at all is held to a millionth of its baseline
            scale = np.maximum(np.abs(b - b[:, :1]).max(axis=1), 1e-6 * np.abs(b[:, 0]))
            worst = max(worst, float(4 / 3 * (np.abs(a - b).max(axis=1) / scale).max()))
    return worst


# ------------------------------------------------------------------------------------------------- the course


class Interval(NamedTuple):
    """A number with its 90 % interval over the draws of what we do not know."""

    median: float
    lower90: float
    upper90: float

    @classmethod
    def of(cls, draws: Floats) -> Interval:
        """Median and central 90 % of finite draws."""
        lower, median, upper = np.quantile(draws, (0.05, 0.5, 0.95))
        return cls(float(median), float(lower), float(upper))


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
class SessionResult:
    """What one session does at one site: intervals over the draws, profiles by depth of the central course."""

    day: float
    channels_per_cm2: Interval
    channel_diameter_um: Interval
    reached_depth_mm: Interval
    depth_mm: Floats
    injured_fraction: Floats
    papillary_injury: Interval
    minutes: Interval | None
    erythema_hours: Interval


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
    sessions: tuple[SessionResult, ...]
    phases: tuple[Phase, ...]
    drawn: Mapping[str, Floats] = field(repr=False)
    last_session_day: float
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
class Ledger:
    """What a result rests on: inputs, versions, seed, parameters with status and sources."""

    inputs: Mapping[str, object]
    versions: Mapping[str, str]
    seed: int
    draws: int
    people: int
    parameters: ParameterSet
    sources: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...]

    @property
    def assumed_share(self) -> float:
        """Share of the parameters of this run that are assumed or set by the user."""
        return self.parameters.assumed_share()


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


def limits_exceeded(protocol: Protocol) -> list[str]:
    """Sentences on every depth beyond what practice allows at its site; empty where all are inside."""
    return [
        f"{pass_.depth_mm:g} mm at the {pass_.site} is beyond {site.limit_mm:g} mm ({site.limit_whose})"
        for pass_ in protocol.treatments
        if pass_.depth_mm > (site := tissue.find_site(pass_.site)).limit_mm
    ]


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
    sources: dict[str, list[str]] = {}
    for parameter in parameters:
        for key in parameter.sources:
            sources.setdefault(key, []).append(parameter.name)
    for key in protocol.device.sources:
        sources.setdefault(key, []).append(f"geometry of {protocol.device.name}")
    for name in sites:
        for key in dict.fromkeys(row.source for row in skins[name].site.thickness):
            sources.setdefault(key, []).append(f"skin thickness, {name}")
    borrowed = [f"{name}: {text}" for name in sites if (text := skins[name].site.borrowed)]
    return Course(
        protocol=protocol,
        sites=sites,
        ledger=Ledger(
            inputs=dict(inputs or {}),
            versions={
                "neodermis": version("neodermis"),
                "python": platform.python_version(),
                "jax": jax.__version__,
                "numpy": np.__version__,
            },
            seed=seed,
            draws=draws,
            people=people,
            parameters=parameters,
            sources={key: tuple(reasons) for key, reasons in sources.items()},
            warnings=(*warnings, *borrowed, *protocol.warnings()),
        ),
    )


def check_mechanisms(parameters: ParameterSet) -> None:
    """Hold a parameter set against what the mechanisms declare.

    Raises :class:`InputError` that names both places where an entry is missing, extra, filed under another
    mechanism, or of another dimension.
    """
    wanted, given = cascade.declarations(), {p.name: p for p in parameters}
    for name, (mechanism, declaration) in wanted.items():
        place = f"skin/{mechanism}.py declares {name} in {declaration.unit}"
        if name not in given:
            raise InputError(
                f"parameter set {parameters.name}", value=f"no {name}", accepted=f"an entry {name}", whose=place,
                next_step=f"add it to {mechanism}.toml",
            )  # fmt: skip
        if given[name].mechanism != mechanism:
            raise InputError(
                f"parameter {name}", value=f"mechanism {given[name].mechanism}", accepted=mechanism, whose=place,
                next_step=f"move it to {mechanism}.toml",
            )  # fmt: skip
        in_unit(given[name], declaration.unit)
    for name, parameter in given.items():
        if name not in wanted:
            raise InputError(
                f"parameter {name}",
                value=f"{parameter.mechanism}.toml",
                accepted="a parameter that a mechanism declares",
                whose=f"the declarations in skin/{parameter.mechanism}.py",
                next_step="remove it or declare it there",
            )


def skin_parameters(values: Mapping[str, Floats], parameters: ParameterSet) -> SkinParameters:
    """The mechanisms' parameter tuples from values by name, converted to the declared units."""
    parts = {
        mechanism: structure(
            **{
                name: np.asarray(values[name] * in_unit(parameters[name], declaration.unit), dtype=float)
                for name, declaration in declared(structure).items()
            }
        )
        for mechanism, structure in cascade.MECHANISMS.items()
    }
    return SkinParameters(**parts)


def _device_draws(
    device: Device, pass_: Pass, ranges: dict[str, tuple[float, float]], n: int, seed: int
) -> dict[str, Floats]:
    """Central value (first) and ``n`` draws of what the device and the arm leave open: arrays of 1 + n."""
    tolerance = device.depth_tolerance_mm.middle if device.depth_tolerance_mm and pass_.depth_mm > 0 else 0.0
    shallowest, deepest = ranges.get("depth_mm", (pass_.depth_mm, pass_.depth_mm))
    open_: dict[str, tuple[float, float, float, bool]] = {
        "passes": (pass_.passes, *ranges.get("passes", (pass_.passes, pass_.passes)), True),
        "set_depth_mm": (pass_.depth_mm, max(shallowest - tolerance, 0.0), deepest + tolerance, False),
    }
    for name in ("needles", "needle_diameter_mm", "frequency_hz", "drum_diameter_mm", "drum_width_mm", "head_area_mm2"):
        span: Span | None = getattr(device, name)
        if span is not None:
            open_[name] = (span.middle, span.low, span.high, name == "needles")
    drawn = {}
    for name, (middle, low, high, whole) in open_.items():
        rng = np.random.default_rng([seed, zlib.crc32(f"input:{name}".encode())])
        u = rng.random(n)
        values = np.floor(low + (high - low + 1) * u) if whole else low + (high - low) * u
        drawn[name] = np.concatenate([[middle], values if high > low else np.full(n, middle)])
    return drawn


def _channels(device: Device, x: Mapping[str, Floats], p: injury.InjuryParameters) -> Channels:
    if device.kind == "pen":
        entries = injury.entries_per_mm2_pen(x["needles"], x["frequency_hz"], x["passes"], p)
    elif device.kind == "roller":
        entries = injury.entries_per_mm2_roller(
            x["needles"], x["set_depth_mm"], x["drum_diameter_mm"], x["drum_width_mm"], x["passes"]
        )
    else:
        entries = injury.entries_per_mm2_stamp(x["needles"], x["head_area_mm2"], x["passes"])
    return injury.channels(device.kind, entries, x["set_depth_mm"], x["needle_diameter_mm"], p)


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
    """Members, in order: the central course, its first session alone, the draws, the people."""
    unknown = draws if draws > 1 else 0
    epistemic = parameters.draw(unknown, seed, "uncertainty")
    between = parameters.draw(people, seed, "variability")
    values = {p.name: np.concatenate([[p.value, p.value], epistemic[p.name], between[p.name]]) for p in parameters}
    x = _device_draws(protocol.device, pass_, ranges, unknown, seed)
    inputs = {name: np.concatenate([v[:1], v[:1], v[1:], np.repeat(v[:1], people)]) for name, v in x.items()}
    p = skin_parameters(values, parameters)
    count = 2 + unknown + people
    made = _channels(protocol.device, inputs, p.injury)
    sessions_each = np.full(count, float(protocol.sessions))
    sessions_each[1] = 1.0
    members = Members(
        parameters=p,
        dermis_reference_mm=np.full(count, skin.dermis_reference_mm),
        age_years=np.full(count, skin.age_years),
        channels=Channels(*(np.asarray(value, dtype=float) for value in made)),
        sessions=sessions_each,
    )
    path, error = solve(members, protocol.session_days, days, grid=grid, progress=progress)
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
    drawn = {name: v[group_draws] for name, v in values.items()} | {name: v[group_draws] for name, v in inputs.items()}
    return SiteCourse(
        site=pass_.site,
        skin=skin,
        time_day=days,
        values={name: v[group_draws] for name, v in treated.items()},
        untreated={name: v[group_draws] for name, v in untreated.items()},
        people={name: v[group_people] for name, v in treated.items()},
        people_untreated={name: v[group_people] for name, v in untreated.items()},
        central={name: v[0] for name, v in treated.items()},
        sessions=_session_results(protocol, pass_, skin, path, made, inputs, p, group_draws),
        phases=_phases(path, float(loss[1])),
        drawn=drawn,
        last_session_day=protocol.session_days[-1],
        failed=int((~good).sum()),
        numerical_error=error,
    )


def _session_results(
    protocol: Protocol,
    pass_: Pass,
    skin: Skin,
    path: Path,
    made: Channels,
    x: Mapping[str, Floats],
    p: SkinParameters,
    group: Floats,
) -> tuple[SessionResult, ...]:
    minutes = injury.minutes(protocol.device.kind, skin.site.treated_area_cm2, x["set_depth_mm"], x["passes"], p.injury)
    results = []
    for day, done in zip(protocol.session_days, path.sessions, strict=True):
        faces = done.depth_faces_mm[0]
        results.append(
            SessionResult(
                day=day,
                channels_per_cm2=Interval.of(made.per_mm2[group] * 100.0),
                channel_diameter_um=Interval.of(made.diameter_mm[group] * 1e3),
                reached_depth_mm=Interval.of(made.reached_depth_mm[group]),
                depth_mm=(faces[1:] + faces[:-1]) / 2.0,
                injured_fraction=done.injured_fraction[0],
                papillary_injury=Interval.of(done.papillary_injury[group]),
                minutes=None if minutes is None else Interval.of(minutes[group]),
                erythema_hours=Interval.of(done.redness_hours[group]),
            )
        )
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
