"""The people of a trial: assessed, eligible, and solved in every arm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from neodermis.api.case import Case, Numerics
from neodermis.api.course import population, simulate_population
from neodermis.arrays import read_at
from neodermis.errors import InputError
from neodermis.evidence import ParameterSet
from neodermis.people.population import Covariates, VirtualPopulation
from neodermis.simulation.course import Course, SiteCourse
from neodermis.simulation.session import Floats, Ledger, Subject, structured
from neodermis.skin.concerns import Concerns
from neodermis.skin.raters import RaterParameters
from neodermis.treatment import Protocol
from neodermis.trials.design import TrialDesign
from neodermis.uncertain import Distribution, stream

#: Fewest people of an arm that are randomised.
FEWEST: Final = 3


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


def screened(plan: TrialDesign) -> tuple[Covariates, Floats | None, dict[str, int], Any]:
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


def enrolled(plan: TrialDesign) -> tuple[Enrolled, dict[str, int]]:
    """The people who are randomised, and numbers excluded by the first reason.

    Raises :class:`InputError` where they are too few for the arms.
    """
    people, severity, excluded, eligible = screened(plan)
    chosen = np.flatnonzero(eligible)
    check_enough(plan, len(chosen), excluded)
    return population_of(plan, people.take(chosen), None if severity is None else severity[chosen]), excluded


def population_of(plan: TrialDesign, people: Covariates, severity: Floats | None) -> Enrolled:
    """People of a design as a population."""
    base = population(plan.data.population.like, plan.data.seed)
    return Enrolled(
        seed=base.seed, name=base.name, cohort=base.cohort, weights=base.weights, people=people, severity=severity
    )


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


def check_enough(plan: TrialDesign, count: int, excluded: dict[str, int]) -> None:
    """Raise :class:`InputError` where fewer people are eligible than the arms need; it gives their share."""
    needed = FEWEST * (sum(one.ratio for one in plan.data.arm) if plan.data.design == "parallel" else 1)
    if count < needed:
        said = ", ".join(f"{name} {number}" for name, number in excluded.items()) or "none"
        raise InputError(
            "eligibility", field="eligibility",
            value=f"{count} of {plan.data.people} assessed people ({100 * count / plan.data.people:.0f} %)",
            accepted=f"at least {needed} eligible people; excluded by {said}", whose="the arms of this trial",
            next_step="assess more people, or widen the eligibility",
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------- courses


@dataclass(frozen=True, kw_only=True)
class Solved:
    """The courses of the randomised people in every arm that has a protocol."""

    courses: dict[str, SiteCourse]
    before: int
    """Members before the first person: the central course and the draws."""
    kept: list[int]
    """Numbers of the people whose course could be computed in every arm."""
    ledger: Ledger

    def rows(self, site: SiteCourse) -> list[int]:
        """Rows of the people of a course that are kept."""
        place = {number - self.before: row for row, number in enumerate(site.people_numbers)}
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
        """What raters and studies add, of each draw (the central one alone without draws)."""
        site = next(iter(self.courses.values()))
        rows = [site.draw_numbers.index(number) for number in self.draw_numbers]
        values = {name: site.drawn[name][rows] for name in RaterParameters._fields}
        made: RaterParameters = structured(RaterParameters, values, self.ledger.parameters)
        return made

    @property
    def draw_numbers(self) -> list[int]:
        """The draws that failed in no arm."""
        return sorted(set.intersection(*(set(one.draw_numbers) for one in self.courses.values())))

    def by_draw(self, arm: str, name: str, days: Floats) -> Floats:
        """Level of an outcome over its start in the typical person: (draws, days), in an arm."""
        site = self.courses.get(arm)
        of = next(iter(self.courses.values())) if site is None else site
        rows = [of.draw_numbers.index(number) for number in self.draw_numbers]
        every = (of.untreated if site is None else of.values)[name][rows]
        return read_at(days, of.time_day, every) / every[:, :1]

    def central(self, arm: str, name: str, days: Floats) -> Floats:
        """The same of the central course; of an arm without treatment the median of the draws."""
        site = self.courses.get(arm)
        if site is None:
            return np.asarray(np.median(self.by_draw(arm, name, days), axis=0))
        found: Floats = np.interp(days, site.time_day, site.central[name]) / site.central[name][0]
        return found


def case_of_arm(
    plan: TrialDesign, protocol: Protocol, parameters: ParameterSet, *, people: int = 0, draws: int = 1
) -> Case:
    """Case of an arm."""
    return Case(
        plan=protocol, patient=plan.patient, parameters=parameters,
        numerics=Numerics(draws=draws, people=people, seed=plan.data.seed, until=plan.horizon(protocol)),
    )  # fmt: skip


def solve(
    plan: TrialDesign,
    people: Enrolled,
    parameters: ParameterSet,
    progress: Callable[[int, int], None] | None = None,
    *,
    count: int = 0,
    draws: int = 1,
) -> Solved:
    """Course of the first ``count`` people in each arm with a protocol, and of the typical person in draws."""
    data = plan.data
    arms = [(name, one) for name, one in plan.protocols.items() if one is not None]
    solved: dict[str, Course] = {}
    for number, (name, protocol) in enumerate(arms):

        def told(done: int, whole: int, before: int = number) -> None:
            if progress is not None:
                progress(before * whole + done, len(arms) * whole)

        case = case_of_arm(plan, protocol, parameters, people=count, draws=draws)
        solved[name] = simulate_population(case, people, told)
    courses = {name: next(iter(one.sites.values())) for name, one in solved.items()}
    for number, asked in enumerate(data.outcome):
        if any(asked.name not in one.people for one in courses.values()):
            raise plan.wrong(
                f"outcome[{number + 1}]", "name", asked.name, "an outcome of these people: it needs a concern that "
                "they do not have", "add the concern under [population]",
            )  # fmt: skip
    before = 1 + (draws if draws > 1 else 0)
    kept = set.intersection(*({number - before for number in one.people_numbers} for one in courses.values()))
    sources = {key: why for one in reversed(solved.values()) for key, why in one.ledger.sources.items()}
    notes = tuple(dict.fromkeys(note for one in solved.values() for note in one.ledger.warnings))
    ledger = replace(next(iter(solved.values())).ledger, sources=sources, warnings=notes)
    return Solved(courses=courses, before=before, kept=sorted(kept), ledger=ledger)
