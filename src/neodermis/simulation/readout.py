"""``predict``: from an ensemble and a schedule to outcomes, treated and untreated; it draws and records nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from neodermis.arrays import mapped
from neodermis.lazy import numpy as np
from neodermis.simulation.session import Ensemble, Flags, Floats, SessionEffect, Subject, closure_half_times, weighted
from neodermis.simulation.solver import UNTREATED, Members, Schedule, Solution, solve
from neodermis.skin import ageing, barrier, concerns, exposures, measures, outcomes, tissue
from neodermis.skin.cascade import SkinParameters
from neodermis.skin.outcomes import OUTCOMES, Readings
from neodermis.skin.tissue import Grid
from neodermis.treatment.protocol import SiteSchedule

#: Days after the last session from which myofibroblasts that are still there are taken to stay.
SETTLED: Final = 180.0


class Predicted(NamedTuple):
    """Outcomes of a batch, (members, days), and what they came from; of a region the mean over its zones."""

    members: Members
    session_effects: tuple[SessionEffect, ...]
    """A session on the skin at rest, source by source."""
    solution: Solution
    """Its failures are those of the untreated course as well."""
    treated: dict[str, Floats]
    untreated: dict[str, Floats]
    barrier: dict[str, Floats]
    barrier_untreated: dict[str, Floats]
    scarred: Flags

    @property
    def seen(self) -> tuple[dict[str, Floats], ...]:
        """Treated, untreated, and treated over its own start."""
        return self.treated, self.untreated, {name: values / values[:, :1] for name, values in self.treated.items()}


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
    """
    session_effects = made.session_effects(grid)
    members = members_of(made, session_effects)
    solution = _zones_joined(solve(members, schedule, days, grid=grid, progress=progress), made.shares, made.size)
    scarred = _scarred(made, members, schedule, solution, grid)
    whole = tuple(weighted(made.shares, each) for each in zip(*session_effects, strict=True))
    water = barrier_course(made, session_effects, schedule, days)
    treated = read_outcomes(solution.read, days, made.subject, made.parameters)
    bare, dry, failure = untreated(members, made, days, treated, grid)
    treated_measures, bare_measures = measures_of(made, treated | water, bare | dry, solution)
    return Predicted(
        members=members,
        session_effects=whole,
        solution=replace(solution, failure=np.maximum(solution.failure, failure)),
        treated=treated | never_better(treated_measures, scarred),
        untreated=bare | bare_measures,
        barrier=water,
        barrier_untreated=dry,
        scarred=scarred,
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


def _zones_joined(whole: Solution, shares: tuple[float, ...], count: int) -> Solution:
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


def _scarred(made: Ensemble, members: Members, schedule: Schedule, solution: Solution, grid: Grid) -> Flags:
    """Whether each member ends as a scar, told on the day :data:`SETTLED` after the last session.

    A course that ends before is followed up to that day, so that no scar counts as a benefit only because the course
    was cut short.
    """
    settled = schedule.days[-1] + SETTLED
    if solution.days[-1] >= settled:
        late = np.array([np.interp(settled, solution.days, row) for row in solution.read.myofibroblast])
    else:
        days = np.array([*schedule.days, settled])
        followed = solve(members, schedule, days, grid=grid)
        late = _zones_joined(followed, made.shares, made.size).read.myofibroblast[:, -1]
    return np.asarray(outcomes.scarred(late, made.parameters.repair.myofibroblast_self_half))


def never_better(found: Mapping[str, Floats], scarred: Flags) -> dict[str, Floats]:
    """Measures in which a skin that ends as a scar is never better than before treatment, (members, days).

    The links to instruments and scales know only the collagen that is made good, of which a scar has most.
    """
    kept = {}
    for name, values in found.items():
        worse = {"lower": np.maximum, "higher": np.minimum}.get(OUTCOMES[name].better)
        kept[name] = values if worse is None else np.where(scarred[:, None], worse(values, values[:, :1]), values)
    return kept


def measures_of(
    made: Ensemble,
    treated: Mapping[str, Floats],
    bare: Mapping[str, Floats],
    solution: Solution,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """What instruments and scales read, treated and untreated, (members, days); see :mod:`neodermis.skin.measures`."""
    p, concern_p, by_age, fibres, who = mapped(
        lambda leaf: np.asarray(leaf)[:, None],
        (made.measures, made.parameters.concerns, made.parameters.ageing, made.parameters.fibres, made.subject),
    )
    rest = measures.at_rest(who.age_years, fibres.elastin_renewal_rate, p, by_age)
    scar = np.asarray(solution.read.scar)
    found, without = (
        measures.measured(every, bare, scar_now, who, p, concern_p, rest)
        for every, scar_now in ((treated, scar), (bare, np.broadcast_to(scar[:, :1], scar.shape)))
    )
    return found, without


def read_outcomes(read: Readings, days: Floats, who: Subject, p: SkinParameters) -> dict[str, Floats]:
    """Every outcome that is read off the state, from the readings of people, (members, days)."""
    found = {name: outcomes.values(name, read) for name in outcomes.READ}
    return found | {"elastin": found["elastin"] * elastin_left(days, who, p)}


def elastin_left(days: Floats, who: Subject, p: SkinParameters) -> Floats:
    """Elastin without treatment over that of a young adult: age, and a concern that lacks it, (members, days)."""
    age = who.age_years[:, None] + days / 365.25
    rate, ageing_p = p.fibres.elastin_renewal_rate[:, None], mapped(lambda leaf: leaf[:, None], p.ageing)
    left: Floats = ageing.elastin(age, rate, ageing_p) * concerns.elastin(who.concerns, p.concerns)[:, None]
    return left


def barrier_course(
    made: Ensemble, session_effects: Sequence[Sequence[SessionEffect]], schedule: Schedule, days: Floats
) -> dict[str, Floats]:
    """TEWL and hydration, (members, days); on the day of a session as before it.

    ``session_effects``: a session of each part of the site with each source, as :meth:`Ensemble.session_effects` gives
    it; none where there is no session.
    """
    p = mapped(lambda leaf: leaf[:, None], made.parameters.barrier)
    moist, humectant = (exposures.level_course(n, days, made.subject.life) for n in ("hydration", "hyaluronan"))
    bare = [_bare_share(made, part, schedule.injuries, days) for part in session_effects if schedule.injuries]
    left = weighted(made.shares, bare) if bare else 0.0 * days
    return {
        "tewl": np.asarray(barrier.water_loss(left, moist, p)),
        "hydration": np.asarray(barrier.hydration(left, moist, humectant, p)),
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


def untreated(
    members: Members, made: Ensemble, days: Floats, treated: Mapping[str, Floats], grid: Grid = tissue.GRID
) -> tuple[dict[str, Floats], dict[str, Floats], Any]:
    """Every outcome of a batch without any session, (members, days), its barrier, and whether that failed.

    Where nobody departs from the unexposed the equations have a closed solution: collagen falls as exp(−r t).
    """
    count = made.size
    water = barrier_course(made, (), UNTREATED, days)
    if departs(members, float(days[-1])):
        alone = _zones_joined(solve(members, UNTREATED, days, grid=grid), made.shares, count)
        return read_outcomes(alone.read, days, made.subject, made.parameters), water, alone.failure
    left = np.exp(-loss_per_day(members)[:count, None] * days)
    bare = {name: outcomes.untreated(name, values[:, :1], left) for name, values in treated.items()}
    if "elastin" in bare:
        bare["elastin"] = elastin_left(days, made.subject, made.parameters)
    return bare, water, np.zeros(count, dtype=int)


def loss_per_day(members: Members) -> Floats:
    """Untreated loss of collagen of each member (1/day)."""
    return np.asarray(ageing.loss_rate_per_day(members.parameters.ageing), dtype=float)
