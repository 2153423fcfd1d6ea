"""Observation model: prediction of a published finding from the course of an arm.

Equations   (draw by draw; level: value over start of a measure, value of a session's outcome, chance of an event)
    printed level   = level · e^(−b + δ)   (bounded scales: on the odds),   δ ~ N(0, τ²) of the study
    printed effect  = printed level − 1, or less the level of the other side, + N(0, SE²)
    SE²  = (people² + reading²)/n;  of two sides of one person people's differences, of two arms the sum of both
    sign:           Φ(μ/√(SE² + τ²))
    significance:   probability that |z| of the printed comparison falls in the printed range of p
    share:          share of people beyond the threshold (of a judgement: ordered probit), then n people
b is rater bias and τ between-study heterogeneity (:mod:`neodermis.skin.raters`).  An observed result keeps the course
without them separate from the prediction with all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from neodermis.api.statistics import below, chance_of_sign, chance_of_test, counted_share, normal_scores
from neodermis.arrays import read_at
from neodermis.evidence import SCALE_UNITS, Arm, Finding, ParameterSet, Study, load_parameters
from neodermis.evidence.posterior import load_posterior
from neodermis.lazy import numpy as np
from neodermis.simulation.course import Observed, Predictive, SiteCourse
from neodermis.simulation.session import Floats, Interval, structured
from neodermis.skin.measures import share_beyond
from neodermis.skin.outcomes import OUTCOMES, Outcome
from neodermis.skin.raters import (
    JUDGEMENTS,
    RATERS,
    RaterParameters,
    cut_of_judgement,
    family_of,
    heterogeneity,
    offset,
)
from neodermis.treatment import Protocol
from neodermis.uncertain import Z90, Band, stream
from neodermis.units import convert

#: People drawn for between-person variability.
PEOPLE: Final = 60
#: Concern of an arm → the outcome whose improvement a global judgement is of.
JUDGED: Final = {
    "acne_scar": "scar_severity", "raised_scar": "scar_severity", "striae": "scar_severity", "melasma": "mmasi",
    "uneven_tone": "melanin_contrast", "wrinkle": "wrinkle_grade", "laxity": "laxity_grade",
    "photodamage": "texture_grade",
}  # fmt: skip


# ------------------------------------------------------------------------------------------- what is asked


def not_asked(study: Study, arm: Arm, finding: Finding) -> str:
    """Reason why a finding is not predicted; empty if it is.

    A number that the form of the model cannot produce is not asked, so that it is neither a hit nor a miss.
    """
    if study.species != "human":
        return f"in {study.species}, which is not simulated"
    if arm.why_not or finding.why_not:
        return arm.why_not or finding.why_not
    if finding.used_for:
        return f"it informs parameters: {', '.join(finding.used_for)}"
    outcome = OUTCOMES[finding.outcome]
    if finding.outcome in JUDGEMENTS:
        if judged_outcome(arm) is None:
            return "the arm has no single concern that a global judgement is of"
        outcome = OUTCOMES[judged_outcome(arm) or ""]
    elif outcome.kind == "people":
        return "a share of responders belongs to the outcome in which they improved"
    if outcome.not_modelled:
        return f"not modelled: {outcome.not_modelled}"
    if outcome.direction_only and _needs_size(finding):
        return f"only the direction of {outcome.name} is modelled: {outcome.direction_only}"
    if finding.against is not None and study.arm(finding.against).why_not:
        return f"the other side, {finding.against}, cannot be simulated: {study.arm(finding.against).why_not}"
    if finding.statistic in ("sign", "test"):
        one_sided = outcome.kind == "session" and finding.against is None
        return "an outcome of a session has no start, and no other side is named" if one_sided else ""
    return _without_number(finding, outcome)


def _needs_size(finding: Finding) -> bool:
    """Whether more than a direction is printed; that nothing is significant depends on the size too."""
    return finding.statistic not in ("sign", "test") or finding.direction == "none"


def _without_number(finding: Finding, outcome: Outcome) -> str:
    """Reason why a number cannot be compared; empty if it can."""
    if finding.statistic == "share":
        if is_event(outcome):
            return "" if finding.against is None else "the share is of a difference between arms"
        known = finding.at_least or finding.category
        return "" if known else "the threshold of the share is not reported, and its range is not known"
    if is_event(outcome):
        return "no share of people is printed"
    if finding.statistic == "range":
        if finding.outcome in JUDGEMENTS:
            return "the range is of a judgement"
        if finding.against is not None or finding.range is None:
            return "the range is of a difference" if finding.against is not None else "no range is reported"
        return ""
    if finding.outcome in JUDGEMENTS:
        if finding.change_percent is None and finding.unit not in ("%", "1"):
            return "an improvement in points of a scale, not in % of full improvement"
        return "" if finding.value is not None or finding.change_percent is not None else "no number is printed"
    relative = finding.relative_change is not None or finding.change_percent is not None
    if outcome.kind == "session":
        if finding.change_percent is not None:
            return "an outcome of a session has no start that a change in % is of"
        return "" if finding.value is not None or finding.difference is not None else "no number is printed"
    if finding.difference is not None:
        relative = relative or bool(finding.baseline)
        return "" if relative or outcome.unit != "1" else _NO_BASELINE
    if not relative and finding.change is None:
        return "neither a change nor a baseline is reported"
    return "" if relative or outcome.unit != "1" else _NO_BASELINE


_NO_BASELINE: Final = "the change is in units of its instrument, and no baseline is reported"


def is_event(outcome: Outcome) -> bool:
    """Whether an outcome is something that happens to a share of people."""
    return outcome.kind == "session" and outcome.range == (0.0, 1.0)


def judged_outcome(arm: Arm) -> str | None:
    """The outcome whose improvement a global judgement of an arm is of; None where it has no or several concerns."""
    found = {JUDGED[name] for name in arm.concerns if name in JUDGED}
    return found.pop() if len(found) == 1 else None


def see(
    study: Study,
    arm: Arm,
    finding: Finding,
    site: SiteCourse,
    parameters: ParameterSet,
    other: SiteCourse | None = None,
) -> Observed:
    """Predicted finding of an arm, from the course of the arm (with people).

    ``other``: the course of the arm that the finding is against.
    """
    row = Observed(
        study=study.id, arm=arm.id, finding=finding, rater=finding.rater or arm.rater, people=study.people_of(arm),
        comparison="" if finding.against is None else "sides" if study.is_paired(finding) else "arms",
    )  # fmt: skip
    name = _read_from(arm, finding)
    why = not_asked(study, arm, finding)
    if not why and OUTCOMES[finding.outcome].kind != "session" and name not in site.values:
        told = (
            "such concern" if finding.scar_type is None else f"{finding.scar_type.replace('_', '-')} scars of its own"
        )
        why = f"the simulated patient of the arm has no {told}"
    if (
        not why
        and finding.against is not None
        and (other is None or (name in site.values and name not in other.values))
    ):
        why = f"the other side, {finding.against}, has no such outcome"
    if why:
        return replace(row, why=why)
    drawn = _StudyDraws(study, arm, finding, parameters, site, other)
    effect = drawn.effect(name, site, other)
    if finding.statistic in ("sign", "test"):
        return _scored(row, effect, bool(OUTCOMES[name].direction_only))
    if finding.statistic == "share":
        return drawn.share(row, effect)
    return _numbered(row, effect, *_in_its_unit(finding, effect))


def _read_from(arm: Arm, finding: Finding) -> str:
    """Name of what a finding is read from in the course of its arm."""
    if finding.outcome in JUDGEMENTS:
        return judged_outcome(arm) or finding.outcome
    # the grades and scores of scars fall by the same share
    return finding.outcome if finding.scar_type is None else f"scar_severity_{finding.scar_type}"


# ------------------------------------------------------------------------------------------- readings and effects


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The level of an outcome on the day of a finding, in one arm: arrays over the draws, or over people."""

    plain: Floats
    """As an instrument reads it."""
    judged: Floats
    """As the rater gives it."""
    start: Floats
    """Before treatment, in the unit of the outcome; 1 where there is none."""
    tau: Floats
    """Heterogeneity between studies, on the logarithm of the level or on its odds."""
    top: float
    """Top of the scale on whose odds studies differ; infinite for a logarithm."""
    shared: Floats
    """Correlation of that between the arms of a study."""
    raters: RaterParameters
    people: Floats
    """Level of each person that is kept."""
    people_numbers: tuple[int, ...]
    scatter: Floats
    """Standard deviation between people."""
    error: Floats
    """Standard deviation of the readings of one person."""

    def of(self, rows: list[int]) -> _Reading:
        """Only some of the draws."""
        whole = len(self.plain)
        p = RaterParameters(*(np.broadcast_to(value, whole)[rows] for value in self.raters))
        return replace(self, raters=p, **{name: getattr(self, name)[rows] for name in _BY_DRAW})

    def moved(self, shift: Floats) -> Floats:
        """The judged level in studies that differ by a shift."""
        factor = np.exp(shift)
        found: Floats = self.judged * factor / (1.0 + self.judged / self.top * (factor - 1.0))
        return found

    @property
    def between(self) -> Floats:
        """Standard deviation between studies, as the level shifts at first."""
        return np.asarray(self.tau * self.judged * (1.0 - self.judged / self.top))


_BY_DRAW: Final = ("plain", "judged", "start", "tau", "shared", "scatter", "error")


@dataclass(frozen=True, kw_only=True)
class _Effect:
    """Effect that a study prints: of an arm over its start, or over another arm; arrays over the draws."""

    plain: Floats
    judged: Floats
    moved: Floats
    """As judged, in studies that differ."""
    start: Floats
    n: Floats
    rows: Sequence[int]
    """Numbers of the draws."""
    raters: RaterParameters
    scatter: Floats
    """Standard deviation between people, with their reading errors."""
    error: Floats
    """Standard error of the study."""
    between: Floats
    """Standard deviation between studies."""
    sampled: Floats
    """What n people and their readings add to it."""
    limits: tuple[float, float] = (-math.inf, math.inf)
    """Of the mean of a quantity that is not negative, or that is on a scale."""
    compared: bool = False
    """Whether it is a difference to another arm."""
    outcome: str
    """What it is read from."""
    level: Floats
    """Level that the plain effect is of."""
    top: float = math.inf
    """Top of the scale on whose odds studies differ."""

    @property
    def alike(self) -> Floats:
        """What studies print that are all alike."""
        return np.clip(self.judged + self.sampled, *self.limits)

    @property
    def printed(self) -> Floats:
        """What studies print."""
        return np.clip(self.moved + self.sampled, *self.limits)


class _StudyDraws:
    """What is drawn of a study for one finding: rater bias, heterogeneity, people, readings."""

    def __init__(
        self, study: Study, arm: Arm, finding: Finding, parameters: ParameterSet, *sites: SiteCourse | None
    ) -> None:
        self.study, self.arm, self.finding, self.parameters = study, arm, finding, parameters
        self.outcome = OUTCOMES[finding.outcome]
        # by number of the draw, so that both sides have the same; what is the study's is the same for all its results,
        # so that those that are predicted alike are printed alike
        count = 1 + max(number for site in sites if site is not None for number in site.draw_numbers)
        whole, own = stream(f"{study.id}:study"), stream(f"{study.id}:{arm.id}:{finding.outcome}:{finding.measure}")
        self.shift, self.apart, self.cut_shift, self.when, self.sampling = (
            normal_scores(count, whole) for _ in range(5)
        )
        self.n = _counted(study.people_in(finding), count, whole)
        self.at_least, self.below = (normal_scores(count, own) for _ in range(2))

    def effect(self, name: str, site: SiteCourse, other: SiteCourse | None) -> _Effect:
        """The effect of an arm on what a finding is read from."""
        mine, rows = self._reading(name, site), np.array(site.draw_numbers)
        if other is not None:
            made = self._difference(name, mine, self._reading(name, other), site, other)
        else:
            reference = 0.0 if self.outcome.kind == "session" else 1.0
            scatter = np.hypot(mine.scatter, mine.error)
            error = scatter / np.sqrt(self.n[rows])
            made = _Effect(
                plain=mine.plain - reference, judged=mine.judged - reference, level=mine.plain, top=mine.top,
                outcome=name,
                moved=mine.moved(mine.tau * self.shift[rows]) - reference, start=mine.start, n=self.n[rows],
                rows=list(site.draw_numbers), raters=mine.raters,
                scatter=scatter, error=error, between=mine.between, sampled=error * self.sampling[rows],
                limits=(-reference, mine.top - reference),
            )  # fmt: skip
        return _turned(made) if self.finding.outcome in JUDGEMENTS else made

    def _difference(self, name: str, mine: _Reading, theirs: _Reading, site: SiteCourse, other: SiteCourse) -> _Effect:
        """Effect of an arm over another, on the same draws of the parameters."""
        rows = sorted(set(site.draw_numbers) & set(other.draw_numbers))
        mine = mine.of([site.draw_numbers.index(number) for number in rows])
        theirs = theirs.of([other.draw_numbers.index(number) for number in rows])
        n, shift, apart = self.n[rows], self.shift[rows], self.apart[rows]
        if self.study.is_paired(self.finding):
            scatter = np.hypot(_between_sides(mine, theirs), np.hypot(mine.error, theirs.error))
        else:
            # a number of people that is not of the result is of both arms together
            n = n if self.finding.n is not None else np.maximum(n / 2.0, 1.0)
            scatter = np.sqrt(sum(np.square(one) for arm in (mine, theirs) for one in (arm.scatter, arm.error)))
        error = scatter / np.sqrt(n)
        beside = mine.shared * shift + np.sqrt(1.0 - mine.shared**2) * apart
        one, two = mine.between, theirs.between
        return _Effect(
            plain=mine.plain - theirs.plain, judged=mine.judged - theirs.judged, level=mine.plain - theirs.plain,
            outcome=name,
            moved=mine.moved(mine.tau * shift) - theirs.moved(theirs.tau * beside),
            start=(mine.start + theirs.start) / 2.0, n=n, rows=rows, raters=mine.raters,
            scatter=scatter, error=error,
            between=np.sqrt(one**2 + two**2 - 2.0 * mine.shared * one * two),
            sampled=error * self.sampling[rows], compared=True,
        )  # fmt: skip

    def _reading(self, name: str, site: SiteCourse) -> _Reading:
        """The level of an outcome in an arm on the day of the finding."""
        outcome, numbers, p = OUTCOMES[name], np.array(site.draw_numbers), _rater_parameters(site, self.parameters)
        paired = self.study.is_paired(self.finding)
        about: dict[str, Any] = {
            "tau": np.broadcast_to(heterogeneity(name, p), numbers.shape),
            "shared": np.broadcast_to(p.heterogeneity_sides if paired else p.heterogeneity_arms, numbers.shape),
            "raters": p,
        }  # fmt: skip
        if is_event(outcome):
            return _of_event(name, site, about)
        if outcome.kind == "session":
            return _of_session(outcome, site, about)
        rows = site.values[name]
        days = self._days(site)
        plain = np.array([np.interp(day, site.time_day, each) for day, each in zip(days, rows, strict=True)])
        plain = plain / rows[:, 0]
        judged = plain
        if _graded(outcome):
            offsets = np.array([np.broadcast_to(offset(one, days, p), numbers.shape) for one in RATERS])
            judged = plain * np.exp(-offsets[self._raters(site), np.arange(len(numbers))])
        people = site.people.get(name, rows[:0])
        return _Reading(
            plain=plain, judged=judged, start=rows[:, 0], top=np.inf, **about,
            people=read_at(self.finding.day, site.time_day, people) / people[:, 0],
            people_numbers=site.people_numbers if len(people) else (),
            scatter=np.full(len(rows), float(_scatter(site, name, self.finding.day))),
            # a judgement compares before and after at once, and has an error of its own
            error=np.broadcast_to(
                p.judgement_scatter if self.finding.outcome in JUDGEMENTS
                else np.sqrt(2.0) * _reading_error(site, name), numbers.shape,
            ),
        )  # fmt: skip

    def _days(self, site: SiteCourse) -> Floats:
        """Day of the reading in each draw."""
        finding, numbers = self.finding, np.array(site.draw_numbers)
        days = _within(finding.day_range or (finding.day, finding.day), self.when[numbers])
        if finding.after_last is not None and "last_session_day" in site.drawn:
            # with another number of sessions or interval it is read on another day
            days = days + site.drawn["last_session_day"] - site.last_session_day
        return days

    def _raters(self, site: SiteCourse) -> Any:
        """Position in :data:`RATERS` of who judged it, in each draw: as printed, or of a mixture."""
        if self.finding.rater is None and "rater" in site.drawn:
            return site.drawn["rater"].astype(int)
        return np.full(len(site.draw_numbers), RATERS.index(self.finding.rater or self.arm.rater))

    def share(self, row: Observed, effect: _Effect) -> Observed:
        """Share of people: who improved beyond a threshold, were judged to, or had an event."""
        published = self.finding.share
        assert published is not None
        changes = (effect.plain, effect.judged, effect.moved)
        plain, alike, moved = changes if is_event(self.outcome) else (self._beyond(each, effect) for each in changes)
        counted = [counted_share(each, effect.n, below(effect.sampled, 0.0, effect.error)) for each in (alike, moved)]
        row = replace(row, unit="% of people")
        cuts = () if is_event(self.outcome) else tuple(self._cuts(effect))
        return _compared_with(
            row, effect, 100.0 * plain, 100.0 * counted[0], 100.0 * counted[1], (100.0 * published,) * 2, cuts=cuts
        )

    def _beyond(self, change: Floats, effect: _Effect) -> Floats:
        """Share of people whose change for the better reaches the threshold, and not the next one."""
        if self.finding.outcome in JUDGEMENTS:
            p = effect.raters
            moved = p.judgement_cut * self.cut_shift[effect.rows]
            cuts = [cut_of_judgement(self.finding.outcome, cut, p) + moved for cut in self._cuts(effect)]
            shares = [below(change, cut, effect.scatter) for cut in cuts]
        else:
            towards = -1.0 if self.outcome.better == "lower" else 1.0
            shares = [share_beyond(towards * change, cut, effect.scatter) for cut in self._cuts(effect)]
        # the two cuts of a category are drawn apart: the upper one is not below the lower one
        found: Floats = shares[0] if len(shares) == 1 else shares[0] - np.minimum(shares[1], shares[0])
        return found

    def _printed_cuts(self) -> list[tuple[tuple[float, float], Floats]]:
        """Ranges of the cuts between which people were counted, and where in them each draw is."""
        both = ((self.finding.at_least, self.at_least), (self.finding.below, self.below))
        return [(limits, scores) for limits, scores in both if limits is not None]

    def _cuts(self, effect: _Effect) -> list[Floats]:
        """Improvements from which, and up to which, people were counted, as a share of the start."""
        if self.finding.outcome not in JUDGEMENTS:
            return [self._cut(limits, scores, effect) for limits, scores in self._printed_cuts()]
        if self.finding.category is None:
            return [_within(limits, scores[effect.rows]) / 100.0 for limits, scores in self._printed_cuts()]
        rank, of = self.finding.category
        ranks = [rank] if self.finding.below_category is None else [rank, self.finding.below_category]
        return [np.full(len(effect.judged), -np.inf if k == 1 else (k - 1.0) / of) for k in ranks]

    def _cut(self, limits: tuple[float, float], scores: Floats, effect: _Effect) -> Floats:
        drawn = _within(limits, scores[effect.rows])
        if self.finding.cut_unit == "%":
            return drawn / 100.0
        baseline = self.finding.baseline or float(np.median(effect.start))
        # a grade is seen as one from half a grade on
        return (drawn - (0.5 if self.finding.cut_unit == "grade" else 0.0)) / baseline


def by_day(
    site: SiteCourse, name: str, rater: str, n: int, parameters: ParameterSet, seed: int = 0
) -> tuple[Band, Band]:
    """Change of an outcome in % of baseline, day by day: as it is, and as studies of n people would print it."""
    outcome, rows = OUTCOMES[name], site.values[name]
    plain = rows / rows[:, :1]
    p = _rater_parameters(site, parameters)
    column = RaterParameters(*(np.reshape(value, (-1, 1)) for value in p))
    bias = offset(rater, site.time_day - site.time_day[0], column) if _graded(outcome) else 0.0
    rng, treated = np.random.default_rng(seed), site.time_day > 0
    between, sampling = (normal_scores(len(rows), rng)[:, None] * treated for _ in range(2))
    scatter = np.hypot(_scatter(site, name, site.time_day), np.sqrt(2.0) * _reading_error(site, name))
    level = plain * np.exp(heterogeneity(name, column) * between - bias)
    printed = np.maximum(level + sampling * scatter / np.sqrt(n), 0.0)
    return Band.of(100.0 * (plain - 1.0)), Band.of(100.0 * (printed - 1.0))


def graded(site: SiteCourse, name: str, rater: str, day: float, parameters: ParameterSet) -> Floats | None:
    """An outcome on a day as a rater would grade it, of each draw; None where no rater grades it for the better."""
    if not _graded(OUTCOMES[name]):
        return None
    bias = offset(rater, day - site.time_day[0], _rater_parameters(site, parameters))
    found: Floats = site.at(name, day) * np.exp(-bias)
    return found


class StudyForecast(NamedTuple):
    """Change of a graded outcome that studies of this protocol are expected to print on average, % of baseline."""

    rater: str
    day: float
    forecast: Interval
    other_studies: Interval
    """Mean of other studies, whatever the protocol."""
    simulated: Interval
    weight: float
    """Weight of the simulation in the forecast: λ."""


def study_forecast(
    site: SiteCourse, plan: Protocol, name: str, rater: str, day: float, parameters: ParameterSet
) -> StudyForecast | None:
    """What studies of this protocol are expected to print of a graded outcome: other studies and the simulation.

    On the logarithm of severity, with the rater's bias of each; see :mod:`neodermis.evidence.posterior`.  None for an
    outcome that is not graded, and for a protocol beyond the needle depths and numbers of sessions of the fitted
    studies: their mean says nothing of a sham or of a home roller.
    """
    posterior, family = load_posterior(), family_of(name)
    given = [one for phase in plan.phases for one in phase.treatments if one.site == site.site]
    needled = all(one.passes for one in given)
    studied = needled and posterior.studied(family, [one.depth_mm for one in given], len(site.sessions))
    if not _graded(OUTCOMES[name]) or parameters.joint is None or not studied:
        return None
    rows, count = list(site.draw_numbers), 1 + max(site.draw_numbers)
    priors = load_parameters(calibrated=False)
    biases = {
        one: priors[one].uncertainty.at(posterior.score(one, count, 0)[rows])
        for one in ("rater_blinded", "rater_unblinded", "rater_self")
    }
    p = _rater_parameters(site, parameters)._replace(rater_time=np.asarray(priors["rater_time"].value), **biases)
    others = posterior.constant(family, name, count, 0)[rows] - offset(rater, day - site.time_day[0], p)
    found = graded(site, name, rater, day, parameters)
    assert found is not None
    simulated = np.log(np.maximum(found, 1e-9) / site.values[name][:, 0])
    weight = posterior.weight(family)
    told = (others + weight * (simulated - others), others, simulated)
    forecast, of_others, of_simulation = (Interval.of(100.0 * np.expm1(each)) for each in told)
    return StudyForecast(rater, day, forecast, of_others, of_simulation, weight)


def _rater_parameters(site: SiteCourse, parameters: ParameterSet) -> RaterParameters:
    """The draws of what raters and studies add."""
    p: RaterParameters = structured(
        RaterParameters, {name: site.drawn[name] for name in RaterParameters._fields}, parameters
    )
    return p


def _graded(outcome: Outcome) -> bool:
    """Whether a rater's bias is in it."""
    return bool(outcome.raters) and outcome.better == "lower"


def _counted(people: tuple[int, int], draws: int, rng: Any) -> Floats:
    """Number of people of each draw: as printed, or drawn evenly in its logarithm between two numbers."""
    low, high = people
    if low == high:
        return np.full(draws, float(low))
    drawn: Floats = np.exp(rng.uniform(np.log(low), np.log(high), draws)).round()
    return drawn


def _within(limits: tuple[float, float], scores: Floats) -> Floats:
    """Numbers that are spread evenly between two limits, at the quantiles of normal scores."""
    low, high = limits
    return low + (high - low) * below(scores, 0.0, 1.0)


def _reading_error(site: SiteCourse, name: str) -> float:
    """Error of one reading over the typical start."""
    typical = float(np.median(site.values[name][:, 0]))
    return OUTCOMES[name].reading_error(typical) / typical


def _scatter(site: SiteCourse, name: str, days: Floats | float) -> Floats:
    """Standard deviation between people of the level of an outcome over their start."""
    people = site.people.get(name)
    if people is not None and len(people):
        levels = read_at(days, site.time_day, people).T / people[:, 0]
        return np.asarray(levels.std(axis=-1))
    band = site.people_change_band[name]
    low, high = (np.interp(days, site.time_day, edge) for edge in (band.lower90, band.upper90))
    return np.asarray((high - low) / (2.0 * Z90))


def _between_sides(mine: _Reading, theirs: _Reading) -> Floats:
    """Standard deviation between people of the difference between their two sides: what both sides share cancels."""
    kept = {number: row for row, number in enumerate(theirs.people_numbers)}
    pairs = [(row, kept[number]) for row, number in enumerate(mine.people_numbers) if number in kept]
    if len(pairs) < 2:  # people are not kept one by one
        return np.hypot(mine.scatter, theirs.scatter)
    here, there = (np.array(rows) for rows in zip(*pairs, strict=True))
    spread = float(np.std(mine.people[here] - theirs.people[there]))
    return np.full(len(mine.judged), spread)


def _of_session(outcome: Outcome, site: SiteCourse, about: Mapping[str, Any]) -> _Reading:
    """An outcome of the first session, in its unit."""
    first, name = site.sessions[0], outcome.name
    drawn, people = first.drawn[name], first.people[name]
    return _Reading(
        plain=drawn, judged=drawn, start=np.ones_like(drawn), top=outcome.range[1] if outcome.range else np.inf,
        people=people, people_numbers=site.people_numbers if len(people) else (), **about,
        scatter=np.full(len(drawn), float(np.std(people)) if len(people) else 0.0),
        error=np.array([outcome.reading_error(value) for value in drawn]),
    )  # fmt: skip


def _of_event(name: str, site: SiteCourse, about: Mapping[str, Any]) -> _Reading:
    """Chance of an event after the first session, or of a scar or PIH after the course; people have it or not."""
    after_course = {"pih_probability": site.pih, "scarring_risk": np.full(len(site.draw_numbers), site.scarring_risk)}
    chance = after_course[name] if name in after_course else site.sessions[0].drawn[name]
    return _Reading(
        plain=chance, judged=chance, start=np.ones_like(chance), top=1.0, people=np.zeros(0), people_numbers=(),
        scatter=np.sqrt(chance * (1.0 - chance)), error=np.zeros_like(chance), **about,
    )  # fmt: skip


def _turned(effect: _Effect) -> _Effect:
    """A fall of severity as an improvement."""
    names = ("plain", "judged", "moved", "sampled")
    low, high = effect.limits
    return replace(effect, limits=(-high, -low), **{name: -getattr(effect, name) for name in names})


# ------------------------------------------------------------------------------------------- beside the finding


def _in_its_unit(finding: Finding, effect: _Effect) -> tuple[str, Floats | float, tuple[float, float]]:
    """Unit of a printed number, what effects are multiplied by to be in it, and the number (twice) or its range."""
    outcome = OUTCOMES[finding.outcome]
    if finding.outcome in JUDGEMENTS:
        number = finding.change_percent if finding.value is None else finding.value
        factor = 1.0 if finding.value is None or finding.unit != "1" else 100.0
        return (
            "% improvement" if not effect.compared else _POINTS,
            100.0,
            finding.range or (factor * (number or 0.0),) * 2,
        )
    if outcome.kind == "session":
        unit = finding.unit or outcome.unit
        factor = 1.0 if unit == outcome.unit else convert(1.0, outcome.unit, unit, what="unit")
        number = finding.value if finding.difference is None else finding.difference
        return unit, factor, finding.range or (number or 0.0,) * 2
    if effect.compared:
        difference = finding.difference or 0.0
        if finding.change_percent is not None:
            return _POINTS, 100.0, (difference,) * 2
        if finding.baseline:
            return _POINTS, 100.0, (100.0 * difference / abs(finding.baseline),) * 2
    elif finding.relative_change is not None:
        return "% of baseline", 100.0, (100.0 * finding.relative_change,) * 2
    elif finding.range is not None and finding.unit == "%":
        return "% of baseline", 100.0, finding.range
    known = finding.unit in (None, outcome.unit) or finding.unit in SCALE_UNITS
    factor = 1.0 if known else convert(1.0, outcome.unit, str(finding.unit), what="unit")
    number = finding.difference if effect.compared else finding.change
    return str(finding.unit), effect.start * factor, finding.range or (number or 0.0,) * 2


_POINTS: Final = "percentage points"


def _numbered(
    row: Observed, effect: _Effect, unit: str, size: Floats | float, observed: tuple[float, float]
) -> Observed:
    row = replace(row, unit=unit)
    return _compared_with(row, effect, size * effect.plain, size * effect.alike, size * effect.printed, observed, size)


def _compared_with(
    row: Observed,
    effect: _Effect,
    course: Floats,
    alike: Floats,
    printed: Floats,
    observed: tuple[float, ...],
    size: Floats | float = 100.0,
    cuts: tuple[Floats, ...] = (),
) -> Observed:
    """A number beside its prediction, with and without differences between studies."""
    found = Interval.of(printed)
    low, high = observed
    share = float(np.mean(printed < low)) if low == high else float(np.mean((printed >= low) & (printed <= high)))
    met = low <= found.upper90 and high >= found.lower90
    return replace(
        row, observed=(low, high), course=Interval.of(course), printed=found, share=share,
        without_heterogeneity=Interval.of(alike), verdict="inside" if met else "missed",
        draws=_behind(row, effect, printed, sum(observed) / 2.0, float(np.median(size)), cuts),
    )  # fmt: skip


def _behind(
    row: Observed, effect: _Effect, printed: Floats, published: float, size: float, cuts: tuple[Floats, ...]
) -> Predictive:
    """Draws behind a predicted number; the published one as a level where it is not a share of people."""
    if row.unit == "% of people":
        return Predictive(
            effect.outcome, tuple(effect.rows), effect.level, effect.error, effect.scatter, cuts, effect.n, effect.top,
            published / size, size, printed,
        )  # fmt: skip
    size = -size if row.finding.outcome in JUDGEMENTS else size
    start = float(np.median(effect.level - effect.plain * (-1.0 if row.finding.outcome in JUDGEMENTS else 1.0)))
    return Predictive(
        effect.outcome, tuple(effect.rows), effect.level, effect.error, effect.scatter, cuts, effect.n, effect.top,
        start + published / size, size, printed,
    )  # fmt: skip


def _scored(row: Observed, effect: _Effect, direction_only: bool) -> Observed:
    """A sign or a significance statement, with the probability that a study prints it.

    Of an outcome of which only the direction is modelled, a significant result is read as a sign.
    """
    finding, outcome = row.finding, OUTCOMES[row.finding.outcome]
    told = effect.judged, effect.error, effect.between
    if finding.p_between is None or finding.statistic != "test" or direction_only:
        chance = chance_of_sign(*told, finding.direction)
    else:
        chance = chance_of_test(*told, finding.p_between, finding.direction)
    unit = _POINTS if effect.compared else "% improvement" if finding.outcome in JUDGEMENTS else "% of baseline"
    size, unit = (1.0, outcome.unit) if outcome.kind == "session" else (100.0, unit)
    return replace(
        row, unit=unit, course=Interval.of(size * effect.plain), printed=Interval.of(size * effect.printed),
        without_heterogeneity=Interval.of(size * effect.alike), probability=chance, verdict="scored",
    )  # fmt: skip
