"""Search of plans: scored in the same members, limits first, then benefit against risk and burden.

Limits on harm
    The search compares expected shares with the limits, so that no plan is lost that may hold.  In the members in which
    finalists are scored again, the upper ends of the 90 % intervals count: of PIH the 0.95 quantile over the draws, of
    a scar the upper end for the share of members.  Either end has a Monte Carlo error, by which a plan near a limit
    would hold in some members and break it in others.  A plan is therefore chosen only where its upper ends and their
    error are below the limit, so that the upper end in as many other members is below it with a probability of 95 %
    or more:
        scar    end of the Clopper–Pearson interval at Φ(z (1 + √2)) , z = 1.645
        PIH     quantile q + z √2 √(q (1 − q) / n) of the n draws , q = 0.95
    A scar is rare.  Where the members cannot tell whether the limit holds, up to :data:`FURTHER` as many others are
    solved for the scar alone.

Method
    Pareto local search: the plans that no other plan beats in benefit, risk and burden together are kept, and plans one
    setting away from them are scored until none is left to try (Paquete, Chiarandini & Stützle 2004).  Plans that
    break a limit come behind all that break none, the least breach first.  A course is solved once for each site and
    taken up again where a longer one begins as it did, so that most plans cost an addition.
    ``validation/planning.py`` compares it with NSGA-II and with random plans for the same number of solved courses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.special import ndtr
from scipy.stats import beta

from neodermis.care.advice import load_care
from neodermis.evidence.posterior import Posterior
from neodermis.planning.panel import Panel, panel
from neodermis.planning.prescription import Prescription
from neodermis.planning.scoring import Goal, OtherStudies, PlanScore, SiteModel, other_studies, plan_score
from neodermis.planning.space import Choices, Setting
from neodermis.simulation.session import Flags, Floats
from neodermis.simulation.shared import Sessions
from neodermis.uncertain import Z90

#: Differences in benefit (smallest changes that matter), risk (share) and burden (days) that count as none.
SAME: Final = (0.02, 0.002, 0.25)
#: Upper end of a central 90 % interval.
UPPER: Final = 0.95
#: The same with the error of such an end in two sets of members, from one of which the other is judged.
HELD: Final = float(ndtr(Z90 * (1.0 + 2.0**0.5)))
#: Sets of members, at most, that are solved for the share of scars beside those of the scores.
FURTHER: Final = 4
#: Added to the seed of each of them.
_APART: Final = 1_000_003
#: What the same passes in more sessions may be worth of those in fewer.
SPLIT: Final = 1.1
#: Plans that are scored at most.
MOST_PLANS: Final = 2000

Told = Callable[[int, int], None]


class Breach(NamedTuple):
    """A limit that a plan breaks."""

    limit: str
    """``visits``, ``downtime_days`` …, as in ``[limits]``."""
    given: float
    needed: float
    """What the limit would have to be."""

    @property
    def share(self) -> float:
        """By how much, over the limit."""
        return abs(self.needed - self.given) / max(abs(self.given), 1.0)


class Scored(NamedTuple):
    """A plan with its score and the limits that it breaks."""

    setting: Setting
    score: PlanScore
    breaches: tuple[Breach, ...]

    credited: float
    """Simulated benefit that the plan is credited with, on average; see :meth:`Evaluator.score`."""
    utility: Floats
    """What plans are ranked by: other studies, and the simulation with the weight of differences; by member."""

    @property
    def benefit(self) -> float:
        """What the plan is ranked by, on average, in smallest changes that matter."""
        return float(self.utility.mean())

    @property
    def risk(self) -> float:
        """Expected share of people with PIH, and with a scar."""
        return float(self.score.pih.mean() + self.score.scarred.mean())

    @property
    def burden(self) -> float:
        """Expected days of downtime, all visits."""
        return float(self.score.visits * self.score.downtime_days.mean())

    @property
    def lightness(self) -> tuple[float, ...]:
        """What is compared to find the lightest plan: sessions, depth, passes, downtime; then benefit."""
        depths = [depth for _, depth, _ in self.setting.sites]
        passes = sum(n for _, _, n in self.setting.sites)
        downtime = round(float(np.median(self.score.downtime_days)), 2)
        return (self.setting.count, max(depths), sum(depths), not self.setting.ramp, passes, downtime, -self.benefit)

    @property
    def breach(self) -> float:
        """Sum of the breaches."""
        return sum(one.share for one in self.breaches)


def share_bounds(events: Flags, groups: Sequence[Any] = (), *, level: float = UPPER) -> tuple[float, float]:
    """Ends of the central interval of the share of members with an event (Clopper and Pearson 1934), 0 to 1.

    ``level``: probability that the share is below the upper end, and that it is above the lower one.
    ``groups``: of members that are alike, as those of one person or of one draw: the interval is then that of as many
    independent members as have the variance that is seen between the groups (Korn and Graubard 1998).
    """
    count, share = float(len(events)), float(np.mean(events))
    effect = 1.0
    for group in groups if 0.0 < share < 1.0 else ():
        _, place = np.unique(group, return_inverse=True)
        means = np.bincount(place, np.asarray(events, dtype=float)) / np.bincount(place)
        effect = max(effect, float(np.var(means, ddof=1)) / len(means) / (share * (1.0 - share) / count))
    alone = count / effect
    seen, other = share * alone, alone * (1.0 - share)
    lower = float(beta.ppf(1.0 - level, seen, other + 1.0)) if share > 0.0 else 0.0
    upper = float(beta.ppf(level, seen + 1.0, other)) if share < 1.0 else 1.0
    return lower, upper


class ScarShare(NamedTuple):
    """Share of people with a scar after a plan."""

    share: float
    lower: float
    """Ends of the 90 % interval of the share, from the number of members."""
    upper: float
    held: float
    """The upper end with its own Monte Carlo error."""
    members: int


@dataclass(kw_only=True, eq=False)
class Evaluator:
    """Scores of plans in the members of one panel."""

    prescription: Prescription
    models: Mapping[str, SiteModel]
    choices: Mapping[str, Choices]
    first: date
    """Day of the first session."""
    posterior: Posterior
    final: bool = False
    """Whether the chances of PIH and of a scar are held to their upper bounds, which few members cannot tell; else the
    expected ones are, so that no plan is lost that may hold."""
    choosing: bool = False
    """Whether the upper bounds are held with their Monte Carlo error, as for a plan that is recommended."""
    known: dict[Setting, Scored] = field(default_factory=dict)
    _others: OtherStudies | None = None
    _further: list[Mapping[str, SiteModel]] = field(default_factory=list)

    def score(self, setting: Setting) -> Scored:
        """A plan; kept.

        Two guards hold what it is credited with, since no study shows the opposite: a session adds no more than the one
        before it, and the same passes in more sessions are worth :data:`SPLIT` times those in fewer at most.
        """
        if setting not in self.known:
            choices = self.choices[setting.device]
            sites = {site: self.models[site].score(choices.sessions(setting, site)) for site, _, _ in setting.sites}
            score = plan_score(self.prescription.goals, sites, setting.count)
            credited = float(score.benefit.mean())
            merged = (self.score(fewer).credited for fewer in choices.merged(setting))
            credited = min([credited, *(SPLIT * max(each, 0.0) for each in merged)])
            before = [replace(setting, count=setting.count - k) for k in (1, 2)]
            least = max(choices.counts[0], 2)
            if before[1].count >= least:
                one, two = (self.score(each).credited for each in before)
                credited = min(credited, one + (one - two))
            held = score.benefit - (float(score.benefit.mean()) - credited)
            utility = self.contrast * held + self.others(score).of(choices.protocol(setting))
            self.known[setting] = Scored(setting, score, tuple(self.breaches(setting, score)), credited, utility)
        return self.known[setting]

    @property
    def panel(self) -> Panel:
        """The members."""
        return next(iter(self.models.values())).panel

    @property
    def contrast(self) -> float:
        """Weight of a simulated difference between plans."""
        return float(self.posterior.weights["contrasts"]["weight"])

    def others(self, score: PlanScore) -> OtherStudies:
        """What other studies report of the goals; made once, from the first plan that is scored."""
        if self._others is None:
            self._others = other_studies(
                self.prescription.goals, lambda goal: score.sites[goal.site].start[goal.outcome], self.posterior,
                self.panel,
            )  # fmt: skip
        return self._others

    def expected(self, one: Scored) -> float:
        """Expected benefit of a plan, on average, in smallest changes that matter."""
        protocol = self.choices[one.setting.device].protocol(one.setting)
        return float(self.others(one.score).expected(protocol, one.score).mean())

    def expected_gain(self, goal: Goal, one: Scored) -> float:
        """The same of one goal."""
        protocol = self.choices[one.setting.device].protocol(one.setting)
        gain = one.score.sites[goal.site].gain[goal.outcome]
        return float(self.others(one.score).gain(goal, protocol, gain).mean())

    def pih_bound(self, score: PlanScore) -> float:
        """Upper bound of the probability of PIH that its limit is compared with."""
        draws, level = self.panel.by_draw(score.pih), UPPER
        if self.choosing:
            level = min(UPPER + Z90 * (2.0 * UPPER * (1.0 - UPPER) / len(draws)) ** 0.5, 1.0)
        return float(np.quantile(draws, level))

    def scar_share(self, score: PlanScore, sessions: Mapping[str, Sessions]) -> ScarShare:
        """Share of people with a scar after a course, in as many members as tell whether its limit holds.

        ``sessions``: of each site.
        """
        events, people, draws = [score.scarred], [self.panel.person], [self.panel.draw]
        while True:
            flags = np.concatenate(events)
            alike = (np.concatenate(people), np.concatenate(draws))
            lower, upper = share_bounds(flags, alike)
            held = share_bounds(flags, alike, level=HELD)[1]
            limit, told = self.prescription.scarring[0], held if self.choosing else upper
            if told <= limit < 1.0 or lower > limit or len(events) > FURTHER:
                return ScarShare(float(flags.mean()), lower, upper, held, len(flags))
            models = self._others_like(len(events))
            events.append(np.any([models[site].scarred(each) for site, each in sessions.items()], axis=0))
            other = next(iter(models.values())).panel
            people.append(other.person + len(events) * self.panel.size)
            draws.append(other.draw + len(events) * self.panel.size)

    def _others_like(self, number: int) -> Mapping[str, SiteModel]:
        """The sites in a further set of as many members, made once."""
        while len(self._further) < number:
            mine = self.panel
            members = panel(
                mine.parameters, draws=mine.draws, people=mine.people, each=mine.size // mine.draws,
                seed=mine.seed + _APART * (len(self._further) + 1),
            )  # fmt: skip
            self._further.append({site: replace(model, panel=members) for site, model in self.models.items()})
        return self._further[number - 1]

    def breaches(self, setting: Setting, score: PlanScore) -> Iterator[Breach]:
        """Limits of the consultation that a plan breaks, and what each would have to be."""
        limits, wanted = self.prescription.limits, self.prescription
        pih, scar = float(score.pih.mean()), float(score.scarred.mean())
        if self.final:
            sessions = {site: self.choices[setting.device].sessions(setting, site) for site, _, _ in setting.sites}
            found = self.scar_share(score, sessions)
            pih, scar = self.pih_bound(score), found.held if self.choosing else found.upper
        last = setting.interval * (setting.count - 1)
        price = wanted.price(setting.device)
        most: list[tuple[str, float | None, float]] = [
            ("pih_probability", wanted.pih[0], pih),
            ("scarring_risk", wanted.scarring[0], scar),
            ("visits", limits.visits, setting.count),
            ("sessions", limits.sessions, setting.count),
            ("downtime_days", limits.downtime_days, float(np.median(score.downtime_days))),
            ("pain_vas", limits.pain_vas, float(np.median(score.pain_vas))),
            ("minutes", limits.minutes, float(np.median(score.minutes))),
            ("budget", limits.budget if price is not None else None, setting.count * (price or 0.0)),
            *((f"depth_mm {site}", limits.depth_at(site), depth) for site, depth, _ in setting.sites),
        ]  # fmt: skip
        yield from (Breach(name, given, value) for name, given, value in most if given is not None and value > given)
        if limits.interval_days is not None and setting.count > 1:
            low, high = limits.interval_days
            if not low <= setting.interval <= high:
                yield Breach("interval_days", low if setting.interval < low else high, setting.interval)
        if limits.event is not None:
            left = float((limits.event - self.first).days)
            needed = last + recovery_days(score)
            if needed > left:
                yield Breach("event", left, needed)


def recovery_days(score: PlanScore) -> float:
    """Days after a session until the patient can be seen at an event: care's, or a longer upper bound of downtime."""
    longest = float(np.quantile(score.downtime_days, UPPER))
    return float(max(load_care().event_days, np.ceil(longest)))


class Found(NamedTuple):
    """What a search found."""

    front: tuple[Scored, ...]
    """Plans that no other beats, those that break no limit first."""
    plans: int
    """How many were scored."""
    finished: bool
    """Whether no plan was left to try."""
    seconds: float


def search(
    of: Evaluator, starts: Sequence[Setting], *, seconds: float | None = None, progress: Told | None = None
) -> Found:
    """Plans that no other beats in benefit, risk and burden, by steps of one setting from some starts.

    ``seconds``: ends the search early with the best so far, as an interrupt from the keyboard does; the lightest plan
    of each device is always scored.  ``progress`` is called with the plans whose neighbours were scored, and those
    known of in all.
    """
    begun, finished = time.monotonic(), True
    front: list[Scored] = []
    tried, offered = set[Setting](), dict[Setting, tuple[float, ...]]()

    def offer() -> None:
        """Every plan that was scored since: those of a guard are plans as well."""
        offered.update((setting, _order(one)) for setting, one in list(of.known.items()) if setting not in offered)
        front[:] = [of.known[setting] for setting in unbeaten(offered)]

    def late() -> bool:
        return seconds is not None and time.monotonic() - begun > seconds

    for one in of.choices.values():  # an answer, however soon the end comes
        of.score(one.at(0.0))
    with ThreadPoolExecutor(2) as pool:
        try:
            for setting in starts:
                if late():
                    break
                of.score(setting)
            offer()
            while waiting := [one for one in front if one.setting not in tried]:
                if late() or len(of.known) >= MOST_PLANS:
                    finished = False
                    break
                best = min(waiting, key=lambda each: (each.breach, len(each.breaches), each.lightness))
                tried.add(best.setting)
                steps = of.choices[best.setting.device].neighbours(best.setting)
                for _ in pool.map(of.score, [near for near in steps if near not in offered]):
                    pass
                offer()
                if progress is not None:
                    progress(len(tried), len(tried) + len(waiting) - 1)
        except KeyboardInterrupt:
            finished = False
            offer()
    front.sort(key=lambda each: (each.breach, each.lightness))
    return Found(tuple(front), len(of.known), finished, time.monotonic() - begun)


def _order(one: Scored) -> tuple[float, ...]:
    """Breach, minus benefit, risk and burden, by which plans are compared; of equals the lightest first."""
    return one.breach, -one.benefit, one.risk, one.burden, *one.lightness


def unbeaten(plans: Mapping[Setting, tuple[float, ...]]) -> list[Setting]:
    """Plans that none of those kept beats, so that every other plan is beaten by one that is kept.

    A plan beats another that breaks limits by more, or that is nowhere better by more than counts as the same
    (:data:`SAME`) and not better in order of benefit, risk and burden.  With such a tolerance a plan may be beaten by
    one that is itself beaten by a third, which need not beat the first.  Since none is beaten by one that comes later
    in that order, one pass in that order finds the plans to keep, whatever the order in which they were scored.
    """
    kept: list[tuple[Setting, tuple[float, ...]]] = []
    for setting, order in sorted(plans.items(), key=lambda each: each[1]):
        breach, loss, risk, burden = order[:4]
        if kept and breach > kept[0][1][0]:
            break
        if not any(
            before[1] <= loss + SAME[0] and before[2] <= risk + SAME[1] and before[3] <= burden + SAME[2]
            for _, before in kept
        ):
            kept.append((setting, order))
    return [setting for setting, _ in kept]
