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

from neodermis.errors import InputError
from neodermis.evidence import ParameterSet, load_parameters
from neodermis.people.population import Covariates
from neodermis.results import ResultMethods
from neodermis.simulation.session import Floats, Ledger
from neodermis.skin.raters import RaterParameters, offset
from neodermis.trials.analysis import MEASURES, Readings, adjusted, analyse, mean_interval, usable
from neodermis.trials.blocks import BLOCK, MOST_IN_MEMORY, Record, planned_name, record, visit_days
from neodermis.trials.design import CARRIED, TrialDesign, TrialOutcome, read_design
from neodermis.trials.enrolment import Enrolled, Solved, check_enough, enrolled, solve
from neodermis.trials.power import Power, power_of
from neodermis.trials.readings import carried, judge_of, reading_error, responds
from neodermis.uncertain import stream

if TYPE_CHECKING:
    import xarray

#: Limits of the strata of age (years), phototype and smoking.
_OLDER, _DARKER = 40.0, 4.0
#: Adverse events that are modelled.
EVENTS: Final = ("bruise after a session", "visible post-inflammatory hyperpigmentation (PIH)", "new scar")


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
    power: Power | None = None
    """Power and assurance by the number of people; None where they were not asked for."""

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
    power: bool = False,
    results: str | Path | None = None,
    resume: bool = False,
    workers: int = 1,
    block: int = BLOCK,
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
    power
        Also compute conditional power and assurance at 10 to 400 people, which takes about half a minute.
    results
        Folder for the people, a Parquet file for each block of them; by default they are kept in memory, at most
        10,000.
    resume
        Continue a trial that was stopped with the blocks that the folder has.
    workers
        Processes that solve blocks at the same time.
    block
        People of a block; the result does not depend on it.
    progress
        Called with the people done, and in all; then with the trials of ``power``.

    Raises
    ------
    DataFileError
        A field of the design cannot be used; names it, the accepted values and what to do.
    InputError
        Too few people are eligible, an extra is not installed, or the folder has blocks of another trial.

    Notes
    -----
    One trial of one seed: another seed gives another estimate.  Differences between studies and the uncertainty of the
    parameters are not in it; they are in the assurance of ``power``.

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
    chosen, excluded = enrolled(plan)
    count, using = len(chosen.people.age), parameters or load_parameters()
    folder = None if results is None else Path(results)
    if folder is None and count > MOST_IN_MEMORY:
        raise InputError(
            field="numerics.people", value=count, accepted=f"up to {MOST_IN_MEMORY:,} randomised people in memory",
            whose="this program", next_step="name a folder with `results`, which more people are kept in",
        )  # fmt: skip
    central = solve(plan, chosen, using)
    kept = record(plan, chosen, using, folder=folder, resume=resume, workers=workers, block=block, progress=progress)
    if len(kept.kept) < count:
        excluded["course could not be computed"] = count - len(kept.kept)
        check_enough(plan, len(kept.kept), excluded)
    found = _run_trial(plan, kept, central, chosen, excluded)
    return replace(found, power=power_of(plan, central.ledger.parameters, progress)) if power else found


# ------------------------------------------------------------------------------------------------- people


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


# ------------------------------------------------------------------------------------------------- the trial


def _run_trial(
    plan: TrialDesign, kept: Record, central: Solved, chosen: Enrolled, excluded: dict[str, int]
) -> TrialResult:
    """The trial in solved people: visits, losses, readings and their analysis."""
    own = None if chosen.severity is None else chosen.severity[kept.kept]
    arm, person = _allocated(plan, chosen.people.take(kept.kept), own)
    data, people = plan.data, len(kept.kept)
    planned, arm_of = np.array(data.visits.days), np.zeros(people, dtype=int)
    arm_of[person] = arm  # both sides of a face have the same drop-out
    when = visit_days(plan, 0, len(chosen.people.age))[kept.kept]
    rates = -np.log1p(-np.array([one.dropout for one in data.arm])) / planned[-1]
    with np.errstate(divide="ignore"):  # nobody is lost
        loss = stream("trial:dropout", data.seed).exponential(size=people) / rates[arm_of]
    missed = stream("trial:missed", data.seed).random((people, len(planned))) < data.missed_visits
    absent = ((planned >= loss[:, None]) | missed)[person]
    raters = RaterParameters(*(value[0] for value in central.raters))
    baseline: dict[int, Floats] = {}
    readings: dict[int, Floats] = {}
    for number, asked in enumerate(data.outcome):
        # what several analyses share is read once, by the same raters
        twin = next((before for before in range(number) if data.outcome[before].reading == asked.reading), None)
        if twin is not None:
            baseline[number], readings[number] = baseline[twin], readings[twin]
            continue
        start, read = _read(plan, kept, raters, arm, person, when, asked, number)
        read = np.where(absent, np.nan, read)
        baseline[number], readings[number] = start, carried(start, read) if data.missing == CARRIED else read
    estimates = _estimates(plan, kept, arm, person, baseline, readings)
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
        visit_day=when[person], estimates=estimates, events=_events(plan, kept, arm, person),
        ledger=replace(central.ledger, people=people), notes=tuple(_notes(plan, estimates)),
    )  # fmt: skip


def _read(
    plan: TrialDesign,
    kept: Record,
    raters: RaterParameters,
    arm: Any,
    person: Any,
    when: Floats,
    asked: TrialOutcome,
    number: int,
) -> tuple[Floats, Floats]:
    """Readings of every row before treatment and on each visit, before any is missing."""
    outcome = asked.outcome
    days = np.concatenate([np.zeros((len(when), 1)), when], axis=1)
    plain = np.empty((len(arm), days.shape[1]))
    for position, one in enumerate(plan.data.arm):
        rows = arm == position
        levels = kept.levels(one.id, asked.name, when.shape[1])
        if outcome.raters and outcome.better == "lower":
            levels = levels * np.exp(-offset(judge_of(plan, one.id, asked.judge), days, raters))
        plain[rows] = levels[person[rows]]
    error = reading_error(asked, float(np.median(plain[:, 0])))
    read = plain + error * stream(f"trial:readings:{number}", plan.data.seed).standard_normal(plain.shape)
    if outcome.range is not None:
        read = np.clip(read, *outcome.range)  # a scale has no reading beyond its ends
    return read[:, 0], read[:, 1:]


def _estimates(
    plan: TrialDesign,
    kept: Record,
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
            means = [
                float(kept.column(planned_name(one, asked.name, visit + 1)).mean()) for one in (name, data.control)
            ]
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


def _events(plan: TrialDesign, kept: Record, arm: Any, person: Any) -> dict[str, dict[str, tuple[int, int]]]:
    """People of each treated arm with an adverse event, of those allocated."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for position, one in enumerate(plan.data.arm):
        if plan.protocols[one.id] is None:
            continue
        rows = person[arm == position]
        rng = stream(f"trial:events:{position}", plan.data.seed)
        bruised = rng.random(len(rows)) < kept.column(f"{one.id}:bruised")[rows]
        pigmented, scarred = (kept.column(f"{one.id}:{name}")[rows] for name in ("pigmented", "scarred"))
        found[one.id] = {
            label: (int(each.sum()), len(rows))
            for label, each in zip(EVENTS, (bruised, pigmented, scarred), strict=True)
        }
    return found


def _notes(plan: TrialDesign, estimates: tuple[Estimate, ...]) -> Iterator[str]:
    """What a reader of the trial must know."""
    yield (
        "one trial of one seed at central parameter values: another seed gives another estimate; the uncertainty of "
        "the parameters and differences between studies are not in its effect, nor in its adverse events, of which "
        "rare ones may be understated"
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
