"""A virtual controlled trial: people assessed, randomised, treated, lost, read by raters, and analysed as published.

Equations   (person i, arm a, day t of the reading; levels at central parameter values)
    y = g_ia(t) · e^(−b_a(t)) + ε,   ε ~ N(0, σ²/k);  within the range of the scale
    b: bias of the rater (:mod:`neodermis.skin.raters`), σ: error of one reading, k: raters whose mean is analysed
    time of loss ~ exponential, with the stated share lost by the last visit
Every person is simulated in every arm, so that the effect in these people is known beside its estimate.  Both sides of
a face are of one person: biology is shared, readings are apart.  An unblinded rater's additional bias is of arms with
needles that enter, the patient's of arms with needles or a sham (assumed); regression to the mean is of every arm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from neodermis.api.case import Case, Numerics
from neodermis.api.course import population, simulate_population
from neodermis.errors import InputError
from neodermis.evidence import ParameterSet, load_parameters
from neodermis.people.population import Covariates, VirtualPopulation
from neodermis.results import ResultMethods
from neodermis.simulation.course import Course, SiteCourse
from neodermis.simulation.session import Floats, Ledger, Subject, structured
from neodermis.skin.concerns import Concerns
from neodermis.skin.raters import RaterParameters, offset
from neodermis.trials.analysis import MEASURES, Readings, adjusted, analyse, mean_interval, usable
from neodermis.trials.design import CARRIED, TrialDesign, TrialOutcome, read_design
from neodermis.uncertain import Distribution, stream

if TYPE_CHECKING:
    import xarray

#: Fewest people of an arm that are randomised.
FEWEST: Final = 3
#: Limits of the strata of age (years), phototype and smoking.
_OLDER, _DARKER = 40.0, 4.0
#: Adverse events that are modelled.
EVENTS: Final = ("bruise after a session", "visible post-inflammatory hyperpigmentation (PIH)", "new scar")


@dataclass(frozen=True, kw_only=True)
class Enrolled(VirtualPopulation):
    """The people of a population who are randomised, in their order, each with a severity."""

    people: Covariates
    severity: Floats | None

    def sampler(self, concerns: Concerns) -> Callable[[int, int], Subject]:
        """Sampler of these people for a course."""
        field = next((name for name in _SEVERITIES if np.max(getattr(concerns, name)) > 0), None)

        def some(first: int, count: int) -> Subject:
            held = concerns
            if self.severity is not None and field is not None:
                held = concerns._replace(**{field: self.severity[first : first + count]})
            return self.people.take(slice(first, first + count)).subject(held)

        return some


#: Severities of a person; shares of types of scars are none.
_SEVERITIES: Final = tuple(name for name in Concerns._fields if not name.endswith("_share"))


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The analysis of one outcome of an arm against the control, on one day."""

    asked: TrialOutcome
    arm: str
    against: str
    measure: str
    estimate: float | None
    """None where the readings that are left do not determine it."""
    lower: float | None
    upper: float | None
    p: float | None
    p_adjusted: float | None
    """Over the comparisons of primary outcomes; None of a secondary outcome."""
    simulated: float
    """Difference of the mean level between the arms in all randomised people, without rater and reading error."""
    analysed: tuple[int, int]
    """People in the arm and in the control with a reading on that day."""
    note: str = ""

    @property
    def unit(self) -> str:
        """Unit of the estimate; 1 for an odds ratio and a share."""
        return "1" if self.asked.analysis in ("ordinal", "risk difference") else self.asked.outcome.unit

    @property
    def null(self) -> float:
        """Value of no effect."""
        return 1.0 if self.asked.analysis == "ordinal" else 0.0

    @property
    def favours(self) -> str:
        """The arm in whose favour the estimate is; empty for neither."""
        if self.estimate is None or self.estimate == self.null:
            return ""
        higher = self.asked.analysis == "risk difference" or self.asked.outcome.better == "higher"
        return self.arm if (self.estimate > self.null) == higher else self.against

    def significant(self, alpha: float) -> bool:
        """Whether the p-value, adjusted where it is of a primary outcome, is below alpha."""
        p = self.p if self.p_adjusted is None else self.p_adjusted
        return p is not None and p < alpha


class ArmFlow(NamedTuple):
    """Numbers of people of one arm; those analysed have a reading of the first primary outcome."""

    allocated: int
    lost: int
    analysed: int


@dataclass(frozen=True, kw_only=True)
class Flow:
    """CONSORT flow: numbers of people from assessment to analysis."""

    assessed: int
    excluded: dict[str, int]
    """By the first reason for which a person is excluded."""
    randomised: int
    arms: dict[str, ArmFlow]


@dataclass(frozen=True, kw_only=True, repr=False)
class TrialResult(ResultMethods):
    """A virtual trial: flow, readings, estimates, responders and adverse events."""

    design: TrialDesign
    seed: int
    flow: Flow
    arm: Any
    """Arm of each randomised person, as a position in the design; of a split-face trial the side of each row."""
    person: Any
    """Person of each row."""
    baseline: dict[int, Floats]
    """Reading before treatment of each row, by position of the outcome in the design."""
    readings: dict[int, Floats]
    """The same on each visit: (rows, visits); nan where it is missing."""
    visit_day: Floats
    """Day of each visit: (rows, visits)."""
    estimates: tuple[Estimate, ...]
    events: dict[str, dict[str, tuple[int, int]]]
    """Adverse events by arm and name: people with it, of those allocated."""
    ledger: Ledger
    notes: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know: of the trial, then of the courses."""
        return tuple(dict.fromkeys((*self.notes, *self.ledger.warnings)))

    def rows_of(self, arm: str) -> Any:
        """Which rows are of an arm."""
        return self.arm == [one.id for one in self.design.data.arm].index(arm)

    @property
    def different(self) -> tuple[int, ...]:
        """Positions of the outcomes that are each the first of its readings."""
        every = [one.reading for one in self.design.data.outcome]
        return tuple(sorted(map(every.index, dict.fromkeys(every))))

    def change(self, outcome: int, arm: str, visit: int) -> tuple[float, float, float]:
        """Mean change of an outcome (by position) in an arm on a visit, with its confidence interval."""
        rows = self.rows_of(arm)
        change = self.readings[outcome][rows, visit] - self.baseline[outcome][rows]
        return mean_interval(change[np.isfinite(change)], self.design.data.alpha)

    def responders(self, outcome: int, arm: str) -> tuple[int, int]:
        """People of an arm who improved by the responder threshold on the outcome's day, and those with a reading."""
        asked = self.design.data.outcome[outcome]
        rows, visit = self.rows_of(arm), self.design.data.visits.days.index(asked.day)
        found = responds(asked, self.baseline[outcome][rows], self.readings[outcome][rows, visit])
        return int(np.nansum(found)), int(np.isfinite(found).sum())

    @cached_property
    def dataset(self) -> xarray.Dataset:
        """Readings of every row (a person, or a side of a person) before treatment and on each visit."""
        import xarray

        data = self.design.data
        variables: dict[str, Any] = {}
        for number, asked in enumerate(data.outcome):
            name, about = f"{asked.name}_{number + 1}", {"units": asked.outcome.unit, "rater": asked.judge}
            variables[name] = (("row", "visit"), self.readings[number], about)
            variables[f"{name}_baseline"] = (("row",), self.baseline[number], about)
        variables["visit_day"] = (("row", "visit"), self.visit_day, {"units": "d"})
        return xarray.Dataset(
            variables,
            coords={
                "person": ("row", self.person), "arm": ("row", [data.arm[number].id for number in self.arm]),
                "visit": list(data.visits.days),
            },
            attrs={"title": data.title, "design": data.design, "seed": self.seed},
        )  # fmt: skip


def trial(
    design: str | Path | dict[str, Any] | TrialDesign,
    *,
    people: int | None = None,
    seed: int | None = None,
    parameters: ParameterSet | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TrialResult:
    """Virtual controlled trial in simulated people, at central parameter values.

    Parameters
    ----------
    design
        A TOML file, its tables, a :class:`~neodermis.trials.design.TrialDesign`, or ``example`` for the shipped one.
    people
        People assessed for eligibility, all arms together; by default as the design says.
    seed
        The same seed gives the same trial; by default as the design says.
    parameters
        A parameter set; the shipped one by default.
    progress
        Called with the people done, and in all.

    Raises
    ------
    DataFileError
        A field of the design cannot be used; names it, the accepted values and what to do.
    InputError
        Too few people are eligible, or an extra is not installed.

    Notes
    -----
    One trial of one seed: another seed gives another estimate.  Differences between studies and the uncertainty of the
    parameters are not in it.

    Examples
    --------
    >>> import neodermis as nd
    >>> found = nd.trial("example", people=40)
    >>> found.flow.assessed
    40
    """
    usable()
    changed = {name: value for name, value in (("people", people), ("seed", seed)) if value is not None}
    plan = read_design(design, **changed)
    assessed, severity, excluded, eligible = _screened(plan)
    enrolled = np.flatnonzero(eligible)
    _enough(plan, len(enrolled), excluded)
    chosen = assessed.take(enrolled)
    own = None if severity is None else severity[enrolled]
    solved = _solve(plan, chosen, own, parameters or load_parameters(), progress)
    if len(solved.kept) < len(enrolled):
        excluded["course could not be computed"] = len(enrolled) - len(solved.kept)
        _enough(plan, len(solved.kept), excluded)
    chosen, own = chosen.take(solved.kept), None if own is None else own[solved.kept]
    return _run_trial(plan, solved, *_allocated(plan, chosen, own), excluded)


# ------------------------------------------------------------------------------------------------- people


def _screened(plan: TrialDesign) -> tuple[Covariates, Floats | None, dict[str, int], Any]:
    """The people assessed, their severities, numbers excluded by the first reason, and who is eligible."""
    data, rules = plan.data, plan.data.eligibility
    people = population(data.population.like, data.seed).covariates(0, data.people)
    severity = _severities(plan)
    asked: list[tuple[str, tuple[float, float] | None, Floats | None]] = [
        ("age", rules.age, people.age), ("phototype", rules.phototype, people.phototype),
        ("smoking", rules.smoking, people.smoking), ("sun", rules.sun, people.sun),
        ("severity", rules.severity, severity),
    ]  # fmt: skip
    if rules.sex is not None:
        male = float(rules.sex == "male")
        asked.insert(1, ("sex", (male, male), people.male))
    eligible, excluded = np.ones(data.people, dtype=bool), {}
    for name, ends, values in asked:
        if ends is None or values is None:
            continue
        inside = (values >= ends[0]) & (values <= ends[1])
        if out := int((eligible & ~inside).sum()):
            excluded[name] = out
        eligible &= inside
    return people, severity, excluded, eligible


def _severities(plan: TrialDesign) -> Floats | None:
    """Severity of the one concern of each person, whose log odds are normal around those of the stated one."""
    held = [one.severity for one in plan.patient.concerns.values() if one.severity > 0]
    spread = plan.data.population.severity_sd
    if len(held) != 1:
        return None
    if not spread:
        return np.full(plan.data.people, held[0])
    # at its centre a spread of the log odds is this spread of the share
    odds = Distribution(kind="logit", a=spread / (held[0] * (1.0 - held[0])), centre=held[0])
    return odds.draw(plan.data.people, stream("trial:severity", plan.data.seed))


def _enough(plan: TrialDesign, count: int, excluded: dict[str, int]) -> None:
    needed = FEWEST * (sum(one.ratio for one in plan.data.arm) if plan.data.design == "parallel" else 1)
    if count < needed:
        said = ", ".join(f"{name} {number}" for name, number in excluded.items()) or "none"
        raise InputError(
            "eligibility", field="eligibility",
            value=f"{count} of {plan.data.people} assessed people ({100 * count / plan.data.people:.0f} %)",
            accepted=f"at least {needed} eligible people; excluded by {said}", whose="the arms of this trial",
            next_step="assess more people, or widen the eligibility",
        )  # fmt: skip


def _allocated(plan: TrialDesign, people: Covariates, severity: Floats | None) -> tuple[Any, Any]:
    """Arm and person of each row: by permuted blocks within strata; of a split-face trial both sides of each person."""
    data, count = plan.data, len(people.age)
    if data.design == "split-face":
        return np.tile([0, 1], count), np.repeat(np.arange(count), 2)
    levels = {
        "sex": people.male, "age": people.age >= _OLDER, "phototype": people.phototype >= _DARKER,
        "smoking": people.smoking > 0,
        "severity": np.zeros(count) if severity is None else severity >= np.median(severity),
    }  # fmt: skip
    strata = np.array([levels[name] for name in data.randomisation.strata] or [np.zeros(count)], dtype=float)
    one = np.repeat(np.arange(len(data.arm)), [each.ratio for each in data.arm])
    block = np.tile(one, (data.randomisation.block or 2 * len(one)) // len(one))
    rng, arm = stream("trial:randomisation", data.seed), np.zeros(count, dtype=int)
    for stratum in np.unique(strata, axis=1).T:
        members = np.flatnonzero((strata == stratum[:, None]).all(axis=0))
        blocks = [rng.permutation(block) for _ in range(-(-len(members) // len(block)))]
        arm[members] = np.concatenate(blocks)[: len(members)]
    return arm, np.arange(count)


# ------------------------------------------------------------------------------------------------- courses


@dataclass(frozen=True, kw_only=True)
class _Solved:
    """The courses of the randomised people in every arm that has a protocol."""

    courses: dict[str, SiteCourse]
    kept: list[int]
    """Numbers of the people whose course could be computed in every arm."""
    ledger: Ledger

    def rows(self, site: SiteCourse) -> list[int]:
        """Rows of the people of a course that are kept."""
        place = {number - 1: row for row, number in enumerate(site.people_numbers)}
        return [place[number] for number in self.kept]

    def levels(self, arm: str, name: str, days: Floats) -> Floats:
        """Level of an outcome of each person (a row of ``days``) in an arm; untreated in an arm without a protocol."""
        site = self.courses.get(arm)
        of = next(iter(self.courses.values())) if site is None else site
        every = (of.people_untreated if site is None else of.people)[name][self.rows(of)]
        found: Floats = np.array([np.interp(when, of.time_day, row) for when, row in zip(days, every, strict=True)])
        return found

    @property
    def raters(self) -> RaterParameters:
        """What raters add, at central values."""
        drawn = next(iter(self.courses.values())).drawn
        values = {name: drawn[name][0] for name in RaterParameters._fields}
        made: RaterParameters = structured(RaterParameters, values, self.ledger.parameters)
        return made


def _solve(
    plan: TrialDesign,
    people: Covariates,
    severity: Floats | None,
    parameters: ParameterSet,
    progress: Callable[[int, int], None] | None,
) -> _Solved:
    """Course of every person in each arm with a protocol."""
    data = plan.data
    base = population(data.population.like, data.seed)
    enrolled = Enrolled(
        seed=base.seed, name=base.name, cohort=base.cohort, weights=base.weights, people=people, severity=severity
    )
    arms = [(name, one) for name, one in plan.protocols.items() if one is not None]
    solved: dict[str, Course] = {}
    for number, (name, protocol) in enumerate(arms):

        def told(done: int, whole: int, before: int = number) -> None:
            if progress is not None:
                progress(before * whole + done, len(arms) * whole)

        case = Case(
            plan=protocol, patient=plan.patient, parameters=parameters,
            numerics=Numerics(draws=1, people=len(people.age), seed=data.seed, until=plan.horizon(protocol)),
        )  # fmt: skip
        solved[name] = simulate_population(case, enrolled, told)
    courses = {name: next(iter(one.sites.values())) for name, one in solved.items()}
    for number, asked in enumerate(data.outcome):
        if any(asked.name not in one.people for one in courses.values()):
            raise plan.wrong(
                f"outcome[{number + 1}]", "name", asked.name, "an outcome of these people: it needs a concern that "
                "they do not have", "add the concern under [population]",
            )  # fmt: skip
    kept = set.intersection(*({number - 1 for number in one.people_numbers} for one in courses.values()))
    sources = {key: why for one in reversed(solved.values()) for key, why in one.ledger.sources.items()}
    notes = tuple(dict.fromkeys(note for one in solved.values() for note in one.ledger.warnings))
    ledger = replace(next(iter(solved.values())).ledger, sources=sources, warnings=notes)
    return _Solved(courses=courses, kept=sorted(kept), ledger=ledger)


def _judge(plan: TrialDesign, arm: str, rater: str) -> str:
    """Whose bias the readings of an arm have: there is no expectation where a rater knows that nothing was done."""
    sham, treated = plan.is_sham(arm), plan.protocols[arm] is not None
    knows = (rater == "unblinded" and (sham or not treated)) or (rater == "self" and not treated)
    return "blinded" if knows else rater


# ------------------------------------------------------------------------------------------------- the trial


def responds(asked: TrialOutcome, baseline: Floats, now: Floats) -> Floats:
    """1 where a reading is better than baseline by the responder threshold, 0 where not, nan where it is missing."""
    outcome = asked.outcome
    gain = (now - baseline) * (1.0 if outcome.better == "higher" else -1.0)
    least = asked.responder or outcome.smallest(float(np.median(baseline)))
    return np.where(np.isfinite(gain), (gain >= least).astype(float), np.nan)


def _run_trial(plan: TrialDesign, solved: _Solved, arm: Any, person: Any, excluded: dict[str, int]) -> TrialResult:
    """The trial in solved people: visits, losses, readings and their analysis."""
    data, people = plan.data, int(person.max()) + 1
    planned, arm_of = np.array(data.visits.days), np.zeros(people, dtype=int)
    arm_of[person] = arm  # both sides of a face have the same drop-out
    when = planned + data.visits.window * stream("trial:visits", data.seed).uniform(-1.0, 1.0, (people, len(planned)))
    rates = -np.log1p(-np.array([one.dropout for one in data.arm])) / planned[-1]
    with np.errstate(divide="ignore"):  # nobody is lost
        loss = stream("trial:dropout", data.seed).exponential(size=people) / rates[arm_of]
    missed = stream("trial:missed", data.seed).random((people, len(planned))) < data.missed_visits
    absent = ((planned >= loss[:, None]) | missed)[person]
    baseline: dict[int, Floats] = {}
    readings: dict[int, Floats] = {}
    for number, asked in enumerate(data.outcome):
        # what several analyses share is read once, by the same raters
        twin = next((before for before in range(number) if data.outcome[before].reading == asked.reading), None)
        if twin is not None:
            baseline[number], readings[number] = baseline[twin], readings[twin]
            continue
        start, read = _read(plan, solved, arm, person, when, asked, number)
        read = np.where(absent, np.nan, read)
        baseline[number], readings[number] = start, _carried(start, read) if data.missing == CARRIED else read
    estimates = _estimates(plan, solved, arm, person, baseline, readings)
    primary = next(number for number, one in enumerate(data.outcome) if one.role == "primary")
    analysed = np.isfinite(readings[primary][:, data.visits.days.index(data.outcome[primary].day)])
    lost = (loss < planned[-1])[person]
    arms = {
        one.id: ArmFlow(*(int(some[arm == number].sum()) for some in (np.ones_like(lost), lost, analysed)))
        for number, one in enumerate(data.arm)
    }
    return TrialResult(
        design=plan, seed=data.seed, arm=arm, person=person, baseline=baseline, readings=readings,
        flow=Flow(assessed=data.people, excluded=excluded, randomised=people, arms=arms),
        visit_day=when[person], estimates=estimates, events=_events(plan, solved, arm, person),
        ledger=solved.ledger, notes=tuple(_notes(plan, estimates)),
    )  # fmt: skip


def _read(
    plan: TrialDesign, solved: _Solved, arm: Any, person: Any, when: Floats, asked: TrialOutcome, number: int
) -> tuple[Floats, Floats]:
    """Readings of every row before treatment and on each visit, before any is missing."""
    outcome = asked.outcome
    days = np.concatenate([np.zeros((len(when), 1)), when], axis=1)
    plain = np.empty((len(arm), days.shape[1]))
    for position, one in enumerate(plan.data.arm):
        rows = arm == position
        levels = solved.levels(one.id, asked.name, days)
        if outcome.raters and outcome.better == "lower":
            levels = levels * np.exp(-offset(_judge(plan, one.id, asked.judge), days, solved.raters))
        plain[rows] = levels[person[rows]]
    error = asked.reading_error
    if error is None:
        error = outcome.reading_error(float(np.median(plain[:, 0])))
    rng = stream(f"trial:readings:{number}", plan.data.seed)
    read = plain + error / np.sqrt(asked.readers) * rng.standard_normal(plain.shape)
    if outcome.range is not None:
        read = np.clip(read, *outcome.range)  # a scale has no reading beyond its ends
    return read[:, 0], read[:, 1:]


def _carried(baseline: Floats, readings: Floats) -> Floats:
    """Readings with the last one, or that before treatment, in place of what is missing."""
    found, last = readings.copy(), baseline
    for visit in range(readings.shape[1]):
        found[:, visit] = last = np.where(np.isfinite(readings[:, visit]), readings[:, visit], last)
    return found


def _estimates(
    plan: TrialDesign,
    solved: _Solved,
    arm: Any,
    person: Any,
    baseline: dict[int, Floats],
    readings: dict[int, Floats],
) -> tuple[Estimate, ...]:
    """The analysis of every outcome in each arm against the control."""
    data, ids = plan.data, [one.id for one in plan.data.arm]
    made = []
    for number, asked in enumerate(data.outcome):
        visit = data.visits.days.index(asked.day)
        planned = np.full((len(solved.kept), 1), asked.day)
        for name in plan.compared:
            rows = np.isin(arm, [ids.index(name), ids.index(data.control)])
            now, start = readings[number][rows], baseline[number][rows]
            treated = arm[rows] == ids.index(name)
            fit = analyse(
                Readings(treated=treated.astype(float), person=person[rows], baseline=start, values=now, visit=visit,
                         responds=responds(asked, start, now[:, visit])),
                asked.analysis, data.alpha,
            )  # fmt: skip
            there = np.isfinite(now[:, visit])
            means = [float(solved.levels(one, asked.name, planned).mean()) for one in (name, data.control)]
            estimate, lower, upper, p = (None,) * 4 if fit is None else map(float, fit[:4])
            made.append(Estimate(
                asked=asked, arm=name, against=data.control, measure=MEASURES[asked.analysis], estimate=estimate,
                lower=lower, upper=upper, p=p, p_adjusted=None, simulated=means[0] - means[1],
                analysed=(int((there & treated).sum()), int((there & ~treated).sum())),
                note=fit.note if fit is not None else "the readings that are left do not determine it",
            ))  # fmt: skip
    primary = [k for k, one in enumerate(made) if one.asked.role == "primary" and one.p is not None]
    for k, p in zip(primary, adjusted([made[k].p or 0.0 for k in primary], data.multiplicity, data.alpha), strict=True):
        made[k] = replace(made[k], p_adjusted=p)
    return tuple(made)


def _events(plan: TrialDesign, solved: _Solved, arm: Any, person: Any) -> dict[str, dict[str, tuple[int, int]]]:
    """People of each treated arm with an adverse event, of those allocated; PIH occurs in the share of its arm."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for position, one in enumerate(plan.data.arm):
        site = solved.courses.get(one.id)
        if site is None:
            continue
        rows = np.array(solved.rows(site))[person[arm == position]]
        count, rng = len(rows), stream(f"trial:events:{position}", plan.data.seed)
        bruised = np.zeros(count, dtype=bool)
        for session in site.sessions:
            bruised |= rng.random(count) < session.people["bruising_probability"][rows]
        pigmented = rng.random(count) < (site.people_pih or 0.0)
        counts = (bruised, pigmented, site.people_scarred[rows])
        found[one.id] = {label: (int(each.sum()), count) for label, each in zip(EVENTS, counts, strict=True)}
    return found


def _notes(plan: TrialDesign, estimates: tuple[Estimate, ...]) -> Iterator[str]:
    """What a reader of the trial must know."""
    yield (
        "one trial of one seed at central parameter values: another seed gives another estimate; the uncertainty of "
        "the parameters and differences between studies are not in it"
    )
    for one in estimates:
        if one.note:
            yield f"{one.asked.name} on day {one.asked.day:g}, {one.arm} against {one.against}: {one.note}"
    knows = {one.judge for one in plan.data.outcome} & {"unblinded", "self"}
    if knows and not all(one.treated and not plan.is_sham(one.id) for one in plan.data.arm):
        yield (
            "assumed: the additional bias of an unblinded rater is of arms whose needles enter the skin, that of the "
            "patient of arms with needles or a sham; regression to the mean is of every arm"
        )
    if len(plan.data.outcome) > 1 or len(plan.compared) > 1:
        how = {"none": "no adjustment", "holm": "Holm's method", "bonferroni": "Bonferroni's method"}
        yield (
            f"multiplicity: {how[plan.data.multiplicity]} over the comparisons of primary outcomes; secondary outcomes "
            "are not adjusted and are exploratory"
        )
