"""Plans of a consultation scored in members of our own, for :mod:`validation.planning` and its quick test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np

from neodermis.errors import LimitError
from neodermis.evidence.posterior import load_posterior
from neodermis.planning.panel import FRESH, Panel, panel
from neodermis.planning.plan import SEARCH, Plan
from neodermis.planning.prospects import falls_short
from neodermis.planning.scoring import PlanScore, SiteModel, plan_score, sessions_at
from neodermis.planning.search import SPLIT, UPPER, Evaluator, Scored
from neodermis.planning.space import MOST_SESSIONS, Choices, Setting, choices
from neodermis.simulation.session import Floats
from neodermis.treatment import Protocol, find_device
from neodermis.treatment.anaesthetic import read_anaesthetic

#: Added to the seed for members that no planning uses.
APART: Final = 104_729
#: Random plans that each recommended plan is compared with.
RANDOM: Final = 200
#: Seeds of the members in which the recommended and the most intensive plan are scored again.
MEMBERS: Final = tuple(FRESH + k for k in (0, 2, 3, 4, 5, 6))
#: Runs of NSGA-II and of random plans.
RUNS: Final = 5
#: Plans of each of them, as a multiple of those of the search.
MULTIPLE: Final = 4
#: Differences of means below which two numbers are the same.
NOTHING: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What plans of a consultation are scored with, made anew from the result of a planning."""

    plan: Plan
    choices: Mapping[str, Choices]
    """By device."""

    @classmethod
    def of(cls, plan: Plan) -> Bench:
        """The bench of a planning."""
        assert plan.prescription is not None
        found = {}
        for name in plan.consultation.clinic.at_hand:
            try:
                found[name], _ = choices(find_device(name), plan.prescription.goals, plan.consultation, plan.today)
            except LimitError:
                continue
        return cls(plan=plan, choices=found)

    def only(self, device: str) -> Bench:
        """The same with one device."""
        return replace(self, choices={device: self.choices[device]})

    def evaluator(self, *, size: tuple[int, int, int] = SEARCH, seed: int = 0, final: bool = False) -> Evaluator:
        """Scores of plans in new members: draws, people, and people of each draw."""
        plan = self.plan
        assert plan.adapted is not None and plan.prescription is not None
        draws, people, each = size
        members = panel(plan.adapted.parameters, draws=draws, people=people, each=each, seed=seed)
        applied = "none" if plan.adapted.anaesthetic == "none" else plan.consultation.plan.applied
        until = 365.0 + max(one.intervals[-1] * min(one.counts[-1] + 1, MOST_SESSIONS) for one in self.choices.values())
        models = {
            site: SiteModel(
                site=site,
                patient=replace(
                    plan.adapted.patient, concerns=plan.consultation.person(plan.today, site).concerns
                ),
                panel=members, goals=[goal for goal in plan.prescription.goals if goal.site == site], until=until,
                anaesthetic=read_anaesthetic(applied), halvings=-1,
            )
            for site in plan.sites
        }  # fmt: skip
        return self.again(models, final=final)

    def again(self, models: Mapping[str, SiteModel], *, final: bool = False) -> Evaluator:
        """Scores in models that may know courses already."""
        plan = self.plan
        assert plan.prescription is not None
        return Evaluator(
            prescription=plan.prescription, models=models, choices=self.choices, first=plan.first, final=final,
            posterior=load_posterior(),
        )  # fmt: skip

    def starts(self) -> Iterator[Setting]:
        """The plans that a search begins with."""
        for one in self.choices.values():
            yield from one.starts()

    def random(self, count: int, seed: int) -> list[Setting]:
        """Distinct plans that may be proposed, each setting drawn alike; all of them where there are fewer."""
        rng, found = np.random.default_rng([seed, 16]), dict[Setting, None]()
        devices = list(self.choices.values())
        for _ in range(50 * count):
            found[random_setting(devices[rng.integers(len(devices))], rng)] = None
            if len(found) == count:
                break
        return list(found)

    def sentence(self, setting: Setting) -> str:
        """A plan as a sentence."""
        return self.choices[setting.device].protocol(setting).sentence


def random_setting(one: Choices, rng: np.random.Generator) -> Setting:
    """A plan of a device."""
    sites = [
        (site, int(rng.integers(len(depths))), int(rng.integers(len(one.passes[site]))))
        for site, depths in one.depths.items()
    ]
    interval = one.intervals[rng.integers(len(one.intervals))]
    return one.sized(int(rng.choice(one.counts)), interval, bool(rng.integers(2)), sites)


def every_setting(one: Choices) -> list[Setting]:
    """All plans of a device."""
    at = [range(len(depths)) for depths in one.depths.values()]
    passes = [range(len(each)) for each in one.passes.values()]
    found = (
        one.sized(count, interval, ramp, list(zip(one.depths, d, p, strict=True)))
        for count, interval, ramp, d, p in product(
            one.counts, one.intervals, (False, True), product(*at), product(*passes)
        )
    )
    return list(dict.fromkeys(found))


def number_of_settings(one: Choices) -> int:
    """How many plans of a device there are, at any number of sites."""
    passes = int(np.prod([len(each) for each in one.passes.values()]))
    every = passes * int(np.prod([len(each) for each in one.depths.values()]))
    single, several = 1 in one.counts, sum(count > 1 for count in one.counts)
    return single * every + several * len(one.intervals) * (2 * every - passes)


def other(evaluator: Evaluator, protocol: Protocol) -> Scored:
    """Any protocol as a scored plan, without the guards on what it is credited with."""
    sites = {site: model.score(sessions_at(protocol, site)) for site, model in evaluator.models.items()}
    score = plan_score(evaluator.prescription.goals, sites, len(protocol.sessions))
    utility = evaluator.contrast * score.benefit + evaluator.others(score).of(protocol)
    (phase,) = protocol.phases
    setting = Setting(
        phase.device.id, phase.count, phase.interval_days, False,
        tuple((one.site, one.depth_mm, one.passes) for one in phase.treatments),
    )  # fmt: skip
    return Scored(
        setting, score, tuple(evaluator.breaches(setting, score)), float(score.benefit.mean()), np.asarray(utility)
    )


# ------------------------------------------------------------------------------------------------------- rules


class Gap(NamedTuple):
    """A difference in benefit, in smallest changes that matter, with the central 90 % of its means by draw."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, gap: Floats, members: Panel) -> Gap:
        """Of a difference member by member."""
        low, high = np.quantile(members.by_draw(gap), (1.0 - UPPER, UPPER))
        return cls(float(gap.mean()), float(low), float(high))

    @property
    def apart(self) -> bool:
        """Whether it can be told: rule 4."""
        return self.mean > 1.0 and self.low > 0.0


class Beside(NamedTuple):
    """A plan beside the recommended one."""

    sentence: str
    feasible: bool
    breaches: tuple[str, ...]
    lighter: bool
    """In sessions, depth, ramp or passes."""
    hardly_lighter: bool
    """The same in all of these, and lighter in downtime or, at the same downtime, better."""
    gap: Gap
    """Expected benefit, less that of the recommended plan."""
    mechanism: Gap
    """The same of the simulation alone, with the weight of differences between protocols."""
    constant: Gap
    """The same of other studies alone."""
    less_breach: bool
    short: bool
    """Whether the plan falls short of a change that matters which the best one is expected to reach."""

    def broken(self) -> Iterator[str]:
        """Rules of a recommendation that the plan breaks."""
        if self.feasible and self.gap.apart:
            yield "better"
        if self.feasible and self.mechanism.apart:
            yield "better under the mechanism"
        if self.feasible and self.constant.apart:
            yield "better under the constant"
        if self.lighter and self.less_breach:
            yield "lighter with less harm"
        back = Gap(-self.gap.mean, -self.gap.high, -self.gap.low)
        if self.feasible and not back.apart and not self.short:
            if self.lighter:
                yield "lighter and not told apart"
            if self.hardly_lighter:
                yield "as light, less downtime or better"


def beside(
    evaluator: Evaluator, sentence: str, one: Scored, base: Scored, protocols: Sequence[Protocol], best: float
) -> Beside:
    """A plan beside the recommended one; ``protocols``: of both; ``best``: expected benefit of the best plan."""
    members, others = evaluator.panel, evaluator.others(base.score)
    mine, its = one.lightness, base.lightness
    simulated = evaluator.contrast * (one.score.benefit - base.score.benefit)
    return Beside(
        sentence=sentence,
        feasible=not one.breaches,
        breaches=tuple(each.limit for each in one.breaches),
        lighter=mine[:5] < its[:5],
        hardly_lighter=mine[:5] == its[:5] and mine < its,
        gap=Gap.of(one.utility - base.utility, members),
        mechanism=Gap.of(simulated, members),
        constant=Gap.of(others.of(protocols[0]) - others.of(protocols[1]), members),
        less_breach=one.breach < base.breach,
        short=falls_short(float(others.expected(protocols[0], one.score).mean()), best),
    )


class Guard(NamedTuple):
    """Checks of what plans are credited with."""

    checked: int
    broken: int
    raw_broken: int
    """How many the simulation alone would break."""
    raw_most: float
    """By how much at most: smallest changes that matter, or a ratio."""
    raw_plan: str
    examples: tuple[str, ...] = ()
    after_loss: int = 0
    """How many of those that break it add no more than 0, after a session that is credited with a loss."""


def rising(evaluator: Evaluator) -> Guard:
    """Whether a session is credited with more than the one before it, over all scored plans."""
    checked = broken = raw_broken = after_loss = 0
    most, which, examples = 0.0, "", []
    for setting, one in list(evaluator.known.items()):
        chain = [evaluator.known.get(replace(setting, count=setting.count - k)) for k in (1, 2)]
        if None in chain or setting.count - 2 < evaluator.choices[setting.device].counts[0]:
            continue
        before, first = (each for each in chain if each is not None)
        checked += 1
        rise = (one.credited - before.credited) - (before.credited - first.credited)
        raw = float((one.score.benefit - 2 * before.score.benefit + first.score.benefit).mean())
        if rise > NOTHING:
            broken += 1
            after_loss += one.credited - before.credited <= NOTHING
            examples.append(f"{sentence_of(evaluator, setting)}: {rise:+.3g}")
        raw_broken += raw > NOTHING
        if raw > most:
            most, which = raw, sentence_of(evaluator, setting)
    return Guard(checked, broken, raw_broken, most, which, tuple(examples[:3]), after_loss)


def splitting(evaluator: Evaluator) -> Guard:
    """Whether the same passes in more sessions are credited with more than a tenth more, over all scored plans."""
    checked = broken = raw_broken = 0
    most, which, examples = 0.0, "", []
    for setting, one in list(evaluator.known.items()):
        for fewer in evaluator.choices[setting.device].merged(setting):
            base = evaluator.score(fewer)
            checked += 1
            if one.credited > SPLIT * max(base.credited, 0.0) + NOTHING:
                broken += 1
                examples.append(f"{sentence_of(evaluator, setting)} against {sentence_of(evaluator, fewer)}")
            raw, raw_base = float(one.score.benefit.mean()), float(base.score.benefit.mean())
            raw_broken += raw > SPLIT * max(raw_base, 0.0) + NOTHING
            if raw_base > 0.01 and raw / raw_base > most:
                most = raw / raw_base
                which = f"{sentence_of(evaluator, setting)} against {sentence_of(evaluator, fewer)}"
    return Guard(checked, broken, raw_broken, most, which, tuple(examples[:3]))


def split_raw(evaluator: Evaluator, ways: Sequence[tuple[int, int]] = ((1, 16), (2, 8), (4, 4))) -> dict[str, float]:
    """Simulated benefit of the same passes in more and more sessions, at the greatest depths, of the first device."""
    one = next(iter(evaluator.choices.values()))
    found = {}
    for count, passes in ways:
        sites = tuple((site, depths[-1], passes) for site, depths in one.depths.items())
        setting = Setting(one.device.id, count, one.intervals[0] if count > 1 else 0.0, False, sites)
        scores = {site: model.score(one.sessions(setting, site)) for site, model in evaluator.models.items()}
        score: PlanScore = plan_score(evaluator.prescription.goals, scores, count)
        found[f"{count} x {passes}"] = float(score.benefit.mean())
    return found


def sentence_of(evaluator: Evaluator, setting: Setting) -> str:
    """A plan as a sentence."""
    return evaluator.choices[setting.device].protocol(setting).sentence


def at_the_top(one: Choices, setting: Setting) -> bool:
    """Whether a plan has the greatest depths, passes and number of sessions, of those that can be chosen."""
    reached = [
        (one.counts, setting.count),
        *((one.depths[site], depth) for site, depth, _ in setting.sites),
        *((one.passes[site], passes) for site, _, passes in setting.sites),
    ]
    free: list[tuple[Any, float]] = [(values, value) for values, value in reached if len(values) > 1]
    return bool(free) and all(value == values[-1] for values, value in free)
