"""Search of plans: scored in the same members, limits first, then benefit against risk and burden.

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
from scipy.stats import beta

from neodermis.care.advice import load_care
from neodermis.evidence.posterior import Posterior
from neodermis.planning.panel import Panel
from neodermis.planning.prescription import Prescription
from neodermis.planning.scoring import Goal, OtherStudies, PlanScore, SiteModel, other_studies, plan_score
from neodermis.planning.space import Choices, Setting
from neodermis.simulation.session import Flags, Floats

#: Differences in benefit (smallest changes that matter), risk (share) and burden (days) that count as none.
SAME: Final = (0.02, 0.002, 0.25)
#: Upper end of a central 90 % interval.
UPPER: Final = 0.95
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


def upper_share(events: Flags, groups: Sequence[Any] = ()) -> float:
    """Upper end of the central 90 % interval of the share of members with an event (Clopper and Pearson 1934).

    ``groups``: of members that are alike, as those of one person or of one draw: the interval is then that of as many
    independent members as have the variance that is seen between the groups (Korn and Graubard 1998).
    """
    count, share = float(len(events)), float(np.mean(events))
    if not 0.0 < share < 1.0:
        return 1.0 if share else float(beta.ppf(UPPER, 1.0, count))
    effect = 1.0
    for group in groups:
        _, place = np.unique(group, return_inverse=True)
        means = np.bincount(place, np.asarray(events, dtype=float)) / np.bincount(place)
        effect = max(effect, float(np.var(means, ddof=1)) / len(means) / (share * (1.0 - share) / count))
    alone = count / effect
    return float(beta.ppf(UPPER, share * alone + 1.0, alone * (1.0 - share)))


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
    known: dict[Setting, Scored] = field(default_factory=dict)
    _others: OtherStudies | None = None

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

    def breaches(self, setting: Setting, score: PlanScore) -> Iterator[Breach]:
        """Limits of the consultation that a plan breaks, and what each would have to be."""
        limits, wanted = self.prescription.limits, self.prescription
        draws = self.panel.by_draw
        pih = float(np.quantile(draws(score.pih), UPPER) if self.final else score.pih.mean())
        alike = (self.panel.person, self.panel.draw)
        scar = upper_share(score.scarred, alike) if self.final else float(score.scarred.mean())
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
    tried, offered = set[Setting](), set[Setting]()

    def offer() -> None:
        """Every plan that was scored since: those of a guard are plans as well."""
        for one in [one for setting, one in of.known.items() if setting not in offered]:
            offered.add(one.setting)
            _add(front, one)

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


def _add(front: list[Scored], new: Scored) -> None:
    """Keep a plan that none on the front beats, and drop those that it beats."""
    if any(_beats(old, new) for old in front):
        return
    front[:] = [old for old in front if not _beats(new, old)]
    front.append(new)


def _beats(one: Scored, other: Scored) -> bool:
    """Whether a plan is at least as good as another in everything, within what counts as the same."""
    if one.breach != other.breach:
        return one.breach < other.breach
    return (
        one.benefit >= other.benefit - SAME[0]
        and one.risk <= other.risk + SAME[1]
        and one.burden <= other.burden + SAME[2]
        and (one.benefit, -one.risk, -one.burden) >= (other.benefit, -other.risk, -other.burden)
    )
