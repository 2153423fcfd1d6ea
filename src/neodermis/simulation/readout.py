"""``predict``: from an ensemble and a schedule to outcomes, treated and untreated; it draws and records nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from neodermis.arrays import mapped, read_at
from neodermis.lazy import numpy as np
from neodermis.simulation.session import Ensemble, Flags, Floats, SessionEffect, Subject, closure_half_times, weighted
from neodermis.simulation.solver import UNTREATED, Members, Schedule, Solution, solve, solve_roughly
from neodermis.skin import ageing, barrier, concerns, epidermis, exposures, measures, outcomes, tissue
from neodermis.skin.cascade import SkinParameters
from neodermis.skin.outcomes import Readings
from neodermis.skin.tissue import Grid
from neodermis.treatment.protocol import SiteSchedule

#: Days after the last session from which myofibroblasts that are still there are taken to stay.
SETTLED: Final = 180.0
#: Days after the last session on which harm is looked for where the course ends before.
LOOKS: Final = (7.0, 14.0, 21.0, 28.0, 42.0, 60.0, 90.0, SETTLED)


class Predicted(NamedTuple):
    """Outcomes of a batch, (members, days), and what they came from; of a region the mean over its zones."""

    members: Members
    session_effects: tuple[SessionEffect, ...]
    """A session on the skin at rest, source by source."""
    solution: Solution
    """Its failures are those of the untreated course as well."""
    treated: dict[str, Floats]
    untreated: dict[str, Floats]
    scarred: Flags
    pih_drive: tuple[Floats, ...]
    """Largest post-inflammatory pigment after each session, until the next, over that at which PIH is seen, at median
    susceptibility and before saturation: (members,) of each session."""

    @property
    def seen(self) -> tuple[dict[str, Floats], ...]:
        """Treated, untreated, and treated over its own start."""
        return self.treated, self.untreated, {name: values / values[:, :1] for name, values in self.treated.items()}


class Untreated(NamedTuple):
    """Course of a batch without any session: what is read off the state, (members, days), and what failed."""

    values: dict[str, Floats]
    intact: Floats
    """Papillary collagen that is not fragmented."""
    failure: Any

    def on(self, here: Floats, days: Floats) -> Untreated:
        """The course on other days, between those of ``here``."""
        values = {name: read_at(days, here, rows) for name, rows in self.values.items()}
        return Untreated(values, read_at(days, here, self.intact), self.failure)


def schedule_of(at: SiteSchedule) -> Schedule:
    """The sessions of one site as the solver takes them: a course that begins on day 0."""
    late = at.days[0] > 0.0
    return Schedule((0.0, *at.days), (None, *at.which)) if late else Schedule(at.days, at.which)


def predict(
    made: Ensemble,
    schedule: Schedule,
    days: Floats,
    *,
    grid: Grid = tissue.GRID,
    progress: Callable[[int], None] | None = None,
    roughly: bool = False,
) -> Predicted:
    """Outcomes of all members of a site on ``days``, treated as scheduled and untreated: from members to readings.

    Nothing is drawn, counted or recorded here: the same members, schedule and days give the same numbers.

    Parameters
    ----------
    made
        The members, with the sources of injury of their sessions.
    schedule
        The days of the sessions and which of the sources each of them has.
    days
        Days of the outcomes: ascending, from that of the first session on.
    progress
        Told how many more members are done.
    roughly
        On doubled steps, as :func:`~neodermis.simulation.solver.solve_roughly`.
    """
    session_effects = made.session_effects(grid)
    members = members_of(made, session_effects)
    solution = (
        solve_roughly(members, schedule, days, grid=grid) if roughly
        else solve(members, schedule, days, grid=grid, progress=progress)
    )  # fmt: skip
    return outcomes_of(made, members, session_effects, schedule, solution, grid=grid)


def outcomes_of(
    made: Ensemble,
    members: Members,
    session_effects: Sequence[Sequence[SessionEffect]],
    schedule: Schedule,
    solved: Solution,
    *,
    grid: Grid = tissue.GRID,
    bare: Untreated | None = None,
) -> Predicted:
    """Outcomes of members that were solved, zone after zone.

    ``bare``: their untreated course on the same days, where it is known already; solved here where it is not.
    """
    days = solved.days
    solution = zones_joined(solved, made.shares, made.size)
    scarred, pih_drive = _harm(made, members, schedule, solution, grid)
    whole = tuple(weighted(made.shares, each) for each in zip(*session_effects, strict=True))
    treated = read_outcomes(solution.read, days, made.subject, made)
    alone = untreated(members, made, days, solution, grid) if bare is None else bare
    # over that of the same skin without sessions and without a change of exposures, as in the equations
    left = np.exp(-loss_per_day(members)[: made.size, None] * days)
    papillary = (each["collagen_papillary"] for each in (treated, alone.values))
    over_rest = (each / (each[:, :1] * left) for each in papillary)
    water = barrier_course(made, session_effects, schedule, days, next(over_rest))
    dry = barrier_course(made, (), UNTREATED, days, next(over_rest))
    read = solution.read
    missing = np.asarray(members.person.condition.scar_collagen)[: made.size, None]
    density = 1.0 - missing * np.asarray(read.scar_papillary)
    scars = measures.ScarCourse(
        measures.left(read.scar_shallow), measures.left(read.scar), np.asarray(read.new_scar), density / density[:, :1]
    )
    as_before = measures.ScarCourse(*(0.0 * days + one + 0.0 * scars.new for one in (1.0, 1.0, 0.0, 1.0)))
    treated_measures = measures_of(made, members, treated | water, solution.read.intact, scars)
    bare_measures = measures_of(made, members, alone.values | dry, alone.intact, as_before)
    return Predicted(
        members=members,
        session_effects=whole,
        solution=replace(solution, failure=np.maximum(solution.failure, alone.failure)),
        treated=treated | treated_measures | water,
        untreated=alone.values | bare_measures | dry,
        scarred=scarred,
        pih_drive=pih_drive,
    )


def members_of(made: Ensemble, session_effects: Sequence[Sequence[SessionEffect]]) -> Members:
    """The members of all zones of a site as one batch, zone after zone."""
    return _stacked(
        [
            Members(made.parameters, part.sessions[0].person, tuple(one.channels for one in done))
            for part, done in zip(made.parts, session_effects, strict=True)
        ]
    )


def _stacked(parts: list[Members]) -> Members:
    """Members of all zones as one batch, zone after zone."""
    return parts[0] if len(parts) == 1 else mapped(lambda *leaves: np.concatenate(leaves), *parts)


def zones_joined(whole: Solution, shares: tuple[float, ...], count: int) -> Solution:
    """The region: its zones' readings and injuries, weighted by area, member by member; one failure is its failure."""
    if len(shares) == 1:
        return whole

    def by_zone(leaf: Any) -> Any:
        return leaf.reshape(len(shares), count, *leaf.shape[1:])

    def mean(leaf: Any) -> Any:
        return np.tensordot(shares, by_zone(leaf), 1)

    return Solution(
        days=whole.days,
        read=mapped(mean, whole.read),
        lowest=by_zone(whole.lowest).min(axis=0),
        sessions=[mapped(mean, done) for done in whole.sessions],
        error=by_zone(whole.error).max(axis=0),
        failure=by_zone(whole.failure).max(axis=0),
    )


def _harm(
    made: Ensemble, members: Members, schedule: Schedule, solution: Solution, grid: Grid
) -> tuple[Flags, tuple[Floats, ...]]:
    """Whether each member ends as a scar, told :data:`SETTLED` days after the last session; and the drive of PIH.

    A course that ends before is followed on, so that harm does not go unseen only because the course was cut short.
    """
    settled = schedule.days[-1] + SETTLED
    watched = solution
    if solution.days[-1] < settled:
        further = [day for after in LOOKS if (day := schedule.days[-1] + after) > solution.days[-1]]
        followed = solve(members, schedule, np.array([*solution.days, *further]), grid=grid)
        watched = zones_joined(followed, made.shares, made.size)
    days = watched.days
    late = read_at(settled, days, watched.read.myofibroblast)
    scarred = np.asarray(outcomes.scarred(late, made.parameters.repair.myofibroblast_self_half))
    limit = np.asarray(epidermis.pih_limit(made.parameters.epidermis))
    pigment = np.asarray(watched.read.post_inflammatory_pigment) / limit[:, None]
    ends = (*schedule.days[1:], float(days[-1]))
    drive = (
        pigment[:, (days >= day) & (days <= end)].max(axis=1, initial=0.0)
        for day, end in zip(schedule.days, ends, strict=True)
    )
    return scarred, tuple(drive)


def measures_of(
    made: Ensemble, members: Members, found: Mapping[str, Floats], intact: Floats, scars: measures.ScarCourse
) -> dict[str, Floats]:
    """What instruments and scales read, (members, days); see :mod:`neodermis.skin.measures`."""
    p, concern_p, by_age, fibres, who = mapped(
        lambda leaf: np.asarray(leaf)[:, None],
        (made.measures, made.parameters.concerns, made.parameters.ageing, made.parameters.fibres, made.subject),
    )
    fragmented = np.asarray(members.person.prior_history.fragmented)[: made.size, None]
    rest = measures.at_rest(who.age_years, fragmented, fibres.elastin_renewal_rate, p, by_age)
    return measures.measured(found, intact, scars, who, p, concern_p, rest)


def read_outcomes(read: Readings, days: Floats, who: Subject, made: Ensemble) -> dict[str, Floats]:
    """Every outcome that is read off the state, from the readings of people, (members, days)."""
    p = mapped(lambda leaf: np.asarray(leaf)[:, None], made.parameters.epidermis)
    found = {name: outcomes.values(name, read) for name in outcomes.READ}
    melanin = epidermis.pigment(read.melanin, read.post_inflammatory_pigment, p.pih_susceptibility, p)
    return found | {
        "elastin": found["elastin"] * elastin_left(days, who, made.parameters),
        "melanin": np.asarray(melanin),
    }


def elastin_left(days: Floats, who: Subject, p: SkinParameters) -> Floats:
    """Elastin without treatment over that of a young adult: age, and a concern that lacks it, (members, days)."""
    age = who.age_years[:, None] + days / 365.25
    rate, ageing_p = p.fibres.elastin_renewal_rate[:, None], mapped(lambda leaf: leaf[:, None], p.ageing)
    left: Floats = ageing.elastin(age, rate, ageing_p) * concerns.elastin(who.concerns, p.concerns)[:, None]
    return left


def barrier_course(
    made: Ensemble,
    session_effects: Sequence[Sequence[SessionEffect]],
    schedule: Schedule,
    days: Floats,
    collagen: Floats,
) -> dict[str, Floats]:
    """TEWL and hydration, (members, days); on the day of a session as before it.

    ``session_effects``: a session of each part of the site with each source, as :meth:`Ensemble.session_effects` gives
    it; none where there is no session.  ``collagen``: papillary collagen over that before
    treatment, less the loss by age.
    """
    above = np.asarray(epidermis.set_point(collagen, mapped(lambda leaf: leaf[:, None], made.parameters.epidermis)))
    p = mapped(lambda leaf: leaf[:, None], made.parameters.barrier)
    moist, humectant = (exposures.level_course(n, days, made.subject.life) for n in ("hydration", "hyaluronan"))
    bare = [_bare_share(made, part, schedule.injuries, days) for part in session_effects if schedule.injuries]
    left = weighted(made.shares, bare) if bare else 0.0 * days
    return {
        "tewl": np.asarray(barrier.water_loss(left, moist, above, p)),
        "hydration": np.asarray(barrier.hydration(left, moist, humectant, above, p)),
    }


def _bare_share(
    made: Ensemble, effects: Sequence[SessionEffect], sessions: Sequence[tuple[float, int]], days: Floats
) -> Floats:
    """Share of a part's surface without barrier, (members, days), after sessions with the effect of their source."""
    half_times = [closure_half_times(made, effect).barrier for effect in effects]
    bare: Floats = barrier.bare_share(
        np.array([effects[source].open_share for _, source in sessions]),
        np.array([half_times[source] for _, source in sessions]),
        24.0 * np.array([days - day for day, _ in sessions]),
    )
    return bare


def departs(members: Members, until: float) -> bool:
    """Whether anybody's skin is not that of the unexposed before a day, so that untreated has no closed form."""
    person = members.person
    prior_history = (person.prior_history.fragmented > 0) | (np.asarray(person.prior_history.mature_1.papillary) != 1.0)
    return bool((exposures.departs(person.rate_time_course, until) | prior_history).any())


def untreated(members: Members, made: Ensemble, days: Floats, treated: Solution, grid: Grid = tissue.GRID) -> Untreated:
    """The course of a batch without any session.

    Where nobody departs from the unexposed the equations have a closed solution: collagen falls as exp(−r t).
    """
    count = made.size
    if departs(members, float(days[-1])):
        return untreated_solved(members, made, days, grid)
    left = np.exp(-loss_per_day(members)[:count, None] * days)
    start = read_outcomes(mapped(lambda leaf: leaf[:, :1], treated.read), days[:1], made.subject, made)
    bare = {name: outcomes.untreated(name, values, left) for name, values in start.items()}
    bare["elastin"] = elastin_left(days, made.subject, made.parameters)
    return Untreated(bare, treated.read.intact[:, :1] * left, np.zeros(count, dtype=int))


def untreated_solved(members: Members, made: Ensemble, days: Floats, grid: Grid = tissue.GRID) -> Untreated:
    """The course of a batch without any session, by the equations."""
    alone = zones_joined(solve(members, UNTREATED, days, grid=grid), made.shares, made.size)
    return Untreated(read_outcomes(alone.read, days, made.subject, made), np.asarray(alone.read.intact), alone.failure)


def loss_per_day(members: Members) -> Floats:
    """Untreated loss of collagen of each member (1/day)."""
    return np.asarray(ageing.loss_rate_per_day(members.parameters.ageing), dtype=float)
