"""What a plan does in the members of a panel: benefit towards the goals, harm, and burden, member by member.

Equations   (y: outcome without rater bias; s: +1 where higher is better, else −1; m: smallest change that matters)
    gain of a goal        g = s (y_treated − y_untreated) / m ,  mean of the two looks
    with a target         g ≤ s (target − y_untreated) / m :  what goes beyond the target does not count
    benefit of a plan     b = Σ w g / Σ w  over the goals of all sites, in smallest changes that matter
    direction only        g = 1 where s (y_treated − y_untreated) > 0, else 0, and only where no goal has a size
    expected benefit      E = Σ w ((1 − λ_f) r + λ_f g) / Σ w
    ranked by             U = Σ w (1 − λ_f) r / Σ w + λ_c b
r is what other studies report, without rater bias: of a plan whose depths and number of sessions they used, whatever
else it is, and 0 of any other; λ_f is the weight of the simulation in the forecast of the family of an outcome, λ_c
that of a difference between protocols (:mod:`neodermis.evidence.posterior`).  E is what a plan is expected to do, and U
counts for differences between plans.
Harm is never multiplied by a weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from neodermis.evidence.posterior import Posterior
from neodermis.people.patient import Patient
from neodermis.planning.panel import Panel
from neodermis.simulation.readout import Predicted
from neodermis.simulation.session import Flags, Floats
from neodermis.simulation.shared import Sessions, SharedCourses
from neodermis.skin import epidermis
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.raters import JUDGEMENTS, family_of
from neodermis.treatment import Protocol
from neodermis.treatment.anaesthetic import Anaesthetic

#: Days after the last session on which the outcomes of a plan are looked at: three months and a year.
LOOKS: Final = (90.0, 365.0)
#: Custom: share of the smallest change that matters for which a heavier plan or a further session is worth its burden.
WORTHWHILE: Final = 0.25
#: Days after a session, and after the last one, on which pigment is looked at.
_WITHIN: Final = (3.0, 7.0, 10.0, 14.0, 18.0, 21.0, 25.0)
_AFTER: Final = (7.0, 10.0, 14.0, 18.0, 21.0, 25.0, 30.0, 45.0, 60.0, 90.0, 180.0, 365.0)
#: What a session costs the patient.
COSTS: Final = ("pain_vas", "erythema_hours", "downtime_days", "bruising_probability", "needling_minutes",
                "numbing_minutes")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What is wanted at one site."""

    site: str
    outcome: str
    weight: float = 1.0
    target: float | None = None
    """Level beyond which more change is not wanted, in the unit of the outcome."""
    concern: str = ""
    direction_only: str = ""
    """Why only the direction of the change is used; empty where its size is."""


def ranked_by(goals: Sequence[Goal]) -> list[Goal]:
    """The goals that plans are ranked by: those with a size, or all where none has one."""
    return [goal for goal in goals if not goal.direction_only] or list(goals)


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteScore:
    """A course at one site, member by member."""

    start: Mapping[str, Floats]
    """Outcomes of the goals before treatment."""
    treated: Mapping[str, Floats]
    """The same after treatment, (members, looks), without rater bias."""
    untreated: Mapping[str, Floats]
    gain: Mapping[str, Floats]
    """Gain of each goal in smallest changes that matter, on average over the looks."""
    pih: Floats
    """Share of people like the member in whom PIH is seen at some time."""
    scarred: Flags
    cost: Mapping[str, Floats]
    """What a session costs, the worst of the course."""
    failed: Flags


@dataclass(kw_only=True, eq=False)
class SiteModel:
    """The skin of the members at one site, in which plans are compared."""

    site: str
    patient: Patient
    panel: Panel
    goals: Sequence[Goal]
    until: float
    anaesthetic: Anaesthetic
    halvings: int = -1
    courses: SharedCourses = field(init=False)

    def __post_init__(self) -> None:
        self.courses = SharedCourses(
            skin=self.patient.skin(self.site), values=self.panel.values, parameters=self.panel.parameters,
            seed=self.panel.seed, until=self.until, anaesthetic=self.anaesthetic, halvings=self.halvings,
        )  # fmt: skip
        self._known: dict[Sessions, SiteScore] = {}

    @property
    def scored(self) -> int:
        """Number of courses that were scored."""
        return len(self._known)

    def score(self, sessions: Sessions, *, accurate: bool = False) -> SiteScore:
        """A course; kept.  ``accurate``: solved to the shipped tolerance, and not kept."""
        if accurate:
            return self.scored_of(self.courses.predicted(sessions, days_of(sessions), accurate=True), sessions)
        if sessions not in self._known:
            self._known[sessions] = self.scored_of(self.courses.predicted(sessions, days_of(sessions)), sessions)
        return self._known[sessions]

    def scored_of(self, found: Predicted, sessions: Sessions) -> SiteScore:
        """What is read of a solved course."""
        days, last = found.solution.days, sessions[-1][0]
        at = [int(np.flatnonzero(days == last + look)[0]) for look in LOOKS]
        failed = np.asarray(found.solution.failure) != 0
        names = dict.fromkeys(goal.outcome for goal in self.goals)
        start = {name: found.treated[name][:, 0] for name in names}
        treated = {name: found.treated[name][:, at] for name in names}
        untreated = {name: found.untreated[name][:, at] for name in names}
        gain = {
            goal.outcome: np.where(failed, 0.0, goal_gain(goal, start, treated, untreated).mean(axis=1))
            for goal in self.goals
        }
        each = [_cost(effect) for effect in found.session_effects]
        drive = np.max(found.pih_drive, axis=0)
        spread = self.panel.parameters["pih_susceptibility"].variability.a
        return SiteScore(
            start=start,
            treated=treated,
            untreated=untreated,
            gain=gain,
            pih=np.asarray(epidermis.share_beyond(drive, spread)),
            scarred=found.scarred | failed,
            cost={name: np.max([one[name] for one in each], axis=0) for name in COSTS},
            failed=failed,
        )


def sessions_at(protocol: Protocol, site: str) -> Sessions:
    """Sessions of a protocol at a site, as shared courses take them: in days since the first of them there."""
    at = protocol.at(site)
    return tuple((day - at.days[0], at.sources[which]) for day, which in zip(at.days, at.which, strict=True))


def days_of(sessions: Sessions) -> Floats:
    """Days on which a course is read: sessions, what pigment needs, and the looks after the last session."""
    days = [day for day, _ in sessions]
    within = [day + after for day, following in pairwise(days)
              for after in _WITHIN if day + after < following]  # fmt: skip
    found: Floats = np.unique([*days, *within, *(days[-1] + after for after in (*_AFTER, *LOOKS))])
    return found


def goal_gain(
    goal: Goal, start: Mapping[str, Floats], treated: Mapping[str, Floats], untreated: Mapping[str, Floats]
) -> Floats:
    """Gain over the untreated course, (members, looks), in smallest changes that matter; see the module."""
    outcome = OUTCOMES[goal.outcome]
    sign = 1.0 if outcome.better == "higher" else -1.0
    better = sign * (treated[goal.outcome] - untreated[goal.outcome])
    if goal.direction_only:
        return np.asarray(better > 0, dtype=float)
    if goal.target is not None:
        better = np.minimum(better, np.maximum(sign * (goal.target - untreated[goal.outcome]), 0.0))
    return np.asarray(better / outcome.smallest(float(np.median(start[goal.outcome]))))


def _cost(effect: object) -> dict[str, Floats]:
    """What a session costs, by name."""
    reaction = effect.reaction  # type: ignore[attr-defined]  # a session's effect
    return {
        "pain_vas": np.asarray(effect.pain_vas),  # type: ignore[attr-defined]
        "erythema_hours": np.asarray(reaction.erythema_hours),
        "downtime_days": np.asarray(reaction.downtime_hours) / 24.0,
        "bruising_probability": np.asarray(reaction.bruising_probability),
        "needling_minutes": np.asarray(effect.needling_minutes),  # type: ignore[attr-defined]
        "numbing_minutes": np.asarray(effect.numbing_minutes),  # type: ignore[attr-defined]
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanScore:
    """A plan at all its sites, member by member."""

    sites: Mapping[str, SiteScore]
    benefit: Floats
    """Weighted mean of the goals, in smallest changes that matter, over the untreated course."""
    pih: Floats
    scarred: Flags
    pain_vas: Floats
    downtime_days: Floats
    """Of the worst session."""
    erythema_hours: Floats
    minutes: Floats
    """In the chair for a session: needling of all sites after one time of numbing."""
    visits: int


def plan_score(goals: Sequence[Goal], sites: Mapping[str, SiteScore], visits: int) -> PlanScore:
    """The score of a plan from those of its sites."""
    counted = ranked_by(goals)
    whole = sum(goal.weight for goal in counted)
    every = list(sites.values())

    def worst(name: str) -> Floats:
        return np.asarray(np.max([one.cost[name] for one in every], axis=0))

    return PlanScore(
        sites=sites,
        benefit=np.asarray(sum(goal.weight * sites[goal.site].gain[goal.outcome] for goal in counted) / whole),
        # one person's pigment cells are as susceptible at one site as at another
        pih=np.asarray(np.max([one.pih for one in every], axis=0)),
        scarred=np.any([one.scarred for one in every], axis=0),
        pain_vas=worst("pain_vas"),
        downtime_days=worst("downtime_days"),
        erythema_hours=worst("erythema_hours"),
        minutes=np.asarray(np.sum([one.cost["needling_minutes"] for one in every], axis=0) + worst("numbing_minutes")),
        visits=visits,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class OtherStudies:
    """What other studies report of the goals that plans are ranked by, and the weight of the simulation beside it."""

    goals: tuple[Goal, ...]
    weights: tuple[float, ...]
    """λ of each goal; 1 where no other study speaks of it."""
    benefits: tuple[Floats, ...]
    """w (1 − λ) r / Σ w of each goal, member by member, in smallest changes that matter."""
    posterior: Posterior

    def of(self, protocol: Protocol) -> Floats:
        """Benefit that they report of a protocol, of the goals whose studies used such depths and session counts."""
        return np.asarray(
            sum(
                benefit * self.speaks(goal, protocol)
                for goal, benefit in zip(self.goals, self.benefits, strict=True)
            )
        )  # fmt: skip

    def speaks(self, goal: Goal, protocol: Protocol, before: float = np.inf) -> bool:
        """Whether the pooled studies of a goal used the depths of a protocol, and as many sessions before a day."""
        given = [one for phase in protocol.phases for one in phase.treatments if one.site == goal.site]
        depths = [one.depth_mm for one in given]
        needled = bool(given) and all(one.passes for one in given)
        count = sum(day < before for day in protocol.at(goal.site).days)
        return needled and self.posterior.studied(family_of(goal.outcome), depths, count)

    def gain(self, goal: Goal, protocol: Protocol, gain: Floats, before: float = np.inf) -> Floats:
        """Expected gain of one goal from the simulated one, member by member, in smallest changes that matter.

        ``before``: a day on which the course ends.
        """
        place = self.goals.index(goal)
        whole = sum(each.weight for each in self.goals)
        studies = self.benefits[place] * (whole / goal.weight * self.speaks(goal, protocol, before))
        return np.asarray(self.weights[place] * gain + studies)

    def expected(self, protocol: Protocol, score: PlanScore) -> Floats:
        """Expected benefit of a plan, member by member: the gains of the goals by their weight."""
        whole = sum(goal.weight for goal in self.goals)
        gains = (
            goal.weight * self.gain(goal, protocol, score.sites[goal.site].gain[goal.outcome]) for goal in self.goals
        )
        return np.asarray(sum(gains) / whole)


def other_studies(
    goals: Sequence[Goal], start: Callable[[Goal], Floats], posterior: Posterior, panel: Panel
) -> OtherStudies:
    """What other studies report, without rater bias.

    A goal that no rater judges, of which no study is pooled, or of which only the direction is used, rests on the
    simulation alone.  ``start``: the outcome of a goal before treatment, member by member.
    """
    counted = ranked_by(goals)
    whole, benefits, weights = sum(goal.weight for goal in counted), [], []
    for goal in counted:
        outcome, family = OUTCOMES[goal.outcome], family_of(goal.outcome)
        judged = bool(outcome.raters) and outcome.better == "lower" and goal.outcome not in JUDGEMENTS
        if not judged or goal.direction_only or family not in posterior.designs:
            weights.append(1.0)
            benefits.append(np.zeros(panel.size))
            continue
        weight, before = posterior.weight(family), start(goal)
        left = np.exp(posterior.constant(family, goal.outcome, panel.draws, panel.seed))[panel.draw]
        gain = before * (1.0 - left)
        if goal.target is not None:
            gain = np.minimum(gain, np.maximum(before - goal.target, 0.0))
        gain = gain / outcome.smallest(float(np.median(before)))
        weights.append(weight)
        benefits.append(np.asarray(goal.weight / whole * (1.0 - weight) * gain))
    return OtherStudies(goals=tuple(counted), weights=tuple(weights), benefits=tuple(benefits), posterior=posterior)
