"""Sensitivity: which inputs, and which uncertain parameters, move an outcome for a person and a protocol.

Equations   (Y: the outcome on a day over its start; X: an input)
    first  S = Var(E[Y | X]) / Var(Y) ,  total  T = 1 − Var(E[Y | all but X]) / Var(Y)
    inputs, each evenly over its range in practice, at central parameters: both by Sobol's method on Saltelli's design
    parameters, each from its uncertainty, for this person and protocol: S alone, by RBD-FAST on the courses' draws.
    300 parameters would need 300 times as many courses for T
Evidence
    Saltelli et al. 2010 (design and estimators), Tarantola, Gatelli and Mara 2006 (RBD-FAST), as in SALib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from neodermis.api.case import Case, Simulating, case_of
from neodermis.errors import InputError, NeodermisError, RunError
from neodermis.lazy import numpy as np
from neodermis.people import Patient
from neodermis.simulation.readout import predict, schedule_of
from neodermis.simulation.session import Floats, Skin, assemble, concatenate, limits_exceeded, source_draws
from neodermis.simulation.solver import Progress
from neodermis.skin.outcomes import find_outcome
from neodermis.treatment import Protocol

#: Courses by default, the fewest and the most.
COURSES, FEWEST, MOST = 6000, 200, 50_000
#: Share of the courses that go into the uncertain parameters.
OF_PARAMETERS: Final = 0.2
#: Days after the last session on which the outcome is read by default.
AFTER: Final = 60.0
#: Values of the plan that are tried: every combination is a schedule of its own.
PLAN: Final[Mapping[str, tuple[float, ...]]] = {
    "sessions": (2, 4, 6), "interval_days": (14, 30, 45), "passes": (3, 6, 12), "depth_mm": (0.5, 1.0, 1.5, 2.0, 2.5),
}  # fmt: skip
#: Range of each input of the person in practice.
PERSON: Final[Mapping[str, tuple[float, float]]] = {
    "age": (20, 75), "phototype": (1, 6), "smoking": (0, 30), "sun": (0, 2), "sunscreen": (0, 1),
}  # fmt: skip
#: Parameters whose index is worked out: those that correlate most with the outcome.
SHOWN: Final = 20


class Index(NamedTuple):
    """How much of the variance of an outcome an input or a parameter makes; with 90 % confidence intervals."""

    name: str
    first: float
    first_lower90: float
    first_upper90: float
    total: float | None
    """Its share with all its interactions; None of a parameter."""
    total_lower90: float | None
    total_upper90: float | None
    low: float
    """Smallest value that was tried."""
    high: float
    correlation: float
    """Rank correlation with the outcome: the direction."""


@dataclass(frozen=True, kw_only=True)
class Sensitivities:
    """What moves an outcome: the inputs of plan and person, and the uncertain parameters."""

    case: Case
    outcome: str
    day: float
    inputs: tuple[Index, ...]
    parameters: tuple[Index, ...]
    courses: int
    failed: int
    of_inputs: tuple[float, float]
    """Median of the outcome over its start where inputs vary, and its standard deviation."""
    of_parameters: tuple[float, float]


def sensitivity(
    outcome: str,
    protocol: str | Protocol | Case,
    *,
    day: float | None = None,
    courses: int = COURSES,
    progress: Progress | None = None,
    **given: Any,
) -> Sensitivities:
    """Indices of what moves an outcome on a day.

    Parameters
    ----------
    outcome
        Name of an outcome that has a course; of a concern's scale the person must have the concern.
    protocol
        A sentence, the object, or a whole case, of one phase and one site.
    day
        Day after the first session; 60 days after the last session by default.  Where sessions or interval vary it is
        as long after the last session.
    courses
        Courses that are solved in all.
    progress
        Called with courses done, and in all.
    given
        Keywords of :func:`~neodermis.simulate`.

    Raises :class:`InputError` for an outcome without a course, a plan of several phases or sites, and a number of
    courses out of range.
    """
    one = find_outcome(outcome)
    case = case_of(protocol, given, Simulating)
    plan, _ = case.planned()
    if len(plan.phases) > 1 or len(case.sites) > 1 or plan.actives or plan.home:
        raise InputError(
            field="protocol", value=plan.sentence, accepted="one phase at one site, without actives",
            whose="the analysis, which varies the numbers of one phase",
            next_step="give the phase and the site of interest",
        )  # fmt: skip
    if not FEWEST <= courses <= MOST:
        raise InputError(
            field="courses", value=courses, accepted=f"{FEWEST} to {MOST:,}", whose="the analysis",
            next_step=f"{COURSES} is the default",
        )  # fmt: skip
    later = AFTER if day is None else float(day) - plan.last_day
    if not 0.0 < later <= 3650.0:
        raise InputError(
            field="day", value=day, accepted=f"a day after the last session, {plan.last_day:g}, within ten years",
            whose="the protocol", next_step=f"give for instance {plan.last_day + AFTER:g}",
        )  # fmt: skip
    with case.solving():
        run = _Run(case, plan, one.name, later, progress, courses)
        drawn = max(int(OF_PARAMETERS * courses), 100)
        inputs, spread = _inputs(run, courses - drawn)
        parameters, uncertain = _parameters(run, drawn)
    return Sensitivities(
        case=case, outcome=one.name, day=plan.last_day + later, inputs=inputs, parameters=parameters,
        courses=run.solved, failed=run.failed, of_inputs=spread, of_parameters=uncertain,
    )  # fmt: skip


class _Run:
    """Courses for one outcome on one day: solved in batches of one schedule."""

    def __init__(
        self, case: Case, plan: Protocol, outcome: str, later: float, progress: Progress | None, total: int
    ) -> None:
        self.case, self.plan, self.outcome, self.later = case, plan, outcome, later
        self.progress, self.total, self.solved, self.failed = progress, total, 0, 0
        (self.site,) = case.sites

    def __call__(self, plan: Protocol, people: Sequence[Patient], values: Mapping[str, Floats]) -> Floats:
        """The outcome over its start, of each person with each set of parameters; not a number where one failed."""
        skin: Skin = people[0].skin(self.site)
        whose = concatenate(*((person.subject(), 1) for person in people)) if len(people) > 1 else skin.subject
        at, count = plan.at(self.site), len(next(iter(values.values())))
        if len(people) == 1:
            whose = concatenate((skin.subject, count))
        made = assemble(
            values, source_draws(at.sources, others=count - 1), skin, self.case.chosen, anaesthetic=self.case.numbing,
            subject=whose,
        )  # fmt: skip
        days = np.unique([*plan.session_days, plan.last_day + self.later])
        found = predict(made, schedule_of(at), days)
        if self.outcome not in found.treated:
            raise InputError(
                field="outcome", value=self.outcome, whose="the concerns of this person",
                accepted="an outcome of this course: " + ", ".join(sorted(found.treated)),
                next_step="name the concern that it grades, for instance acne_scar=goodman_baron:3",
            )  # fmt: skip
        level = found.treated[self.outcome]
        good = found.solution.failure == 0
        self.solved, self.failed = self.solved + count, self.failed + int((~good).sum())
        if self.progress is not None:
            self.progress(self.solved, self.total)
        return np.where(good, level[:, -1] / level[:, 0], np.nan)


def _inputs(run: _Run, courses: int) -> tuple[tuple[Index, ...], tuple[float, float]]:
    """Indices of the inputs of plan and person."""
    from SALib.analyze import sobol
    from SALib.sample import sobol as design

    plans = {name: values for name, values in _levels(run.plan).items() if len(values) > 1}
    names = [*plans, *PERSON]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    base = 2 ** max(int(np.log2(courses / (len(names) + 2))), 3)
    unit = design.sample(problem, base, calc_second_order=False, seed=run.case.numerics.seed)
    tried = np.empty_like(unit)
    for k, name in enumerate(names):
        if name in plans:
            tried[:, k] = np.array(plans[name])[
                np.minimum((unit[:, k] * len(plans[name])).astype(int), len(plans[name]) - 1)
            ]
        else:
            low, high = PERSON[name]
            whole = name == "phototype"
            tried[:, k] = np.floor(low + (high + 1 - low) * unit[:, k]).clip(low, high) if whole else (
                low + (high - low) * unit[:, k]
            )  # fmt: skip
    y = np.empty(len(tried))
    schedule, where = np.unique(tried[:, : len(plans)], axis=0, return_inverse=True)
    central = run.case.chosen
    for number, row in enumerate(schedule):
        index = np.flatnonzero(where.ravel() == number)
        plan = _plan(run.plan, dict(zip(plans, row.tolist(), strict=True)))
        people = [
            _person(run.case.patient, dict(zip(PERSON, each, strict=True))) for each in tried[index, len(plans) :]
        ]
        y[index] = run(plan, people, central.central(len(index)))
    kept = np.isfinite(y.reshape(-1, len(names) + 2)).all(axis=1).repeat(len(names) + 2)  # a row of the design is whole
    if kept.sum() < 8 * (len(names) + 2):
        raise RunError("too many courses of the design failed")
    y, tried = y[kept], tried[kept]
    found = sobol.analyze(problem, y, calc_second_order=False, conf_level=0.9, seed=run.case.numerics.seed)
    every = [
        Index(
            name, float(s), float(s - c), float(s + c), float(t), float(t - d), float(t + d), float(tried[:, k].min()),
            float(tried[:, k].max()), _rank(tried[:, k], y),
        )
        for k, (name, s, c, t, d) in enumerate(
            zip(names, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True)
        )
    ]  # fmt: skip
    return tuple(sorted(every, key=lambda one: -(one.total or 0.0))), (float(np.median(y)), float(y.std()))


def _parameters(run: _Run, courses: int) -> tuple[tuple[Index, ...], tuple[float, float]]:
    """First-order indices of the uncertain parameters that correlate most with the outcome."""
    from SALib.analyze import rbd_fast

    values = run.case.chosen.draw(courses, run.case.numerics.seed, "uncertainty")
    y = run(run.plan, [run.case.patient], values)
    good = np.isfinite(y)
    y = y[good]
    drawn = {name: value[good] for name, value in values.items() if np.ptp(value[good]) > 0}
    correlation = {name: _rank(value, y) for name, value in drawn.items()}
    names = sorted(drawn, key=lambda name: -abs(correlation[name]))[:SHOWN]
    x = np.array([drawn[name] for name in names]).T
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    found = rbd_fast.analyze(problem, x, y, conf_level=0.9, seed=run.case.numerics.seed)
    every = [
        Index(
            name, float(s), float(s - c), float(s + c), None, None, None, float(x[:, k].min()), float(x[:, k].max()),
            correlation[name],
        )
        for k, (name, s, c) in enumerate(zip(names, found["S1"], found["S1_conf"], strict=True))
    ]  # fmt: skip
    return tuple(sorted(every, key=lambda one: -one.first)), (float(np.median(y)), float(y.std()))


def _rank(x: Floats, y: Floats) -> float:
    from scipy.stats import spearmanr

    if len(x) != len(y) or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(spearmanr(x, y).statistic)


def _levels(plan: Protocol) -> dict[str, tuple[float, ...]]:
    """Values of the plan that the device can do and practice allows, with those of the protocol itself."""
    own = {
        "sessions": float(plan.phases[0].count), "interval_days": plan.phases[0].interval_days or 30.0,
        "passes": float(plan.phases[0].treatments[0].passes), "depth_mm": plan.phases[0].treatments[0].depth_mm,
    }  # fmt: skip
    found = {}
    for name, values in PLAN.items():
        possible = [value for value in values if _possible(plan, name, value)]
        found[name] = tuple(sorted({*possible} if len(possible) > 1 else {own[name]}))
    return found


def _possible(plan: Protocol, name: str, value: float) -> bool:
    try:
        made = _plan(plan, {name: value})
    except NeodermisError:
        return False
    return not limits_exceeded(made) and made.phases[0].treatments[0].depth_mm in (
        value, plan.phases[0].treatments[0].depth_mm
    )  # fmt: skip


def _plan(plan: Protocol, row: Mapping[str, float]) -> Protocol:
    """The plan with other numbers."""
    (phase,) = plan.phases
    changed: dict[str, Any] = {}
    if "passes" in row:
        changed["passes"] = int(row["passes"])
    if "depth_mm" in row:
        changed["depth_mm"] = phase.device.settable(row["depth_mm"])
    treatments = tuple(replace(one, **changed) for one in phase.treatments)
    count = int(row.get("sessions", phase.count))
    interval = float(row.get("interval_days", phase.interval_days or 30.0)) if count > 1 else 0.0
    return replace(plan, phases=(replace(phase, count=count, interval_days=interval, treatments=treatments),))


def _person(patient: Patient, row: Mapping[str, float]) -> Patient:
    """The person with other numbers; other exposures and the concerns are kept."""
    exposures: dict[str, Any] = {**patient.exposures}
    exposures |= {
        "smoking": f"{row['smoking']:.6g}/day", "sun": f"{row['sun']:.6g}/week", "sunscreen": f"{row['sunscreen']:.6g}",
    }  # fmt: skip
    return Patient(
        age=float(row["age"]), sex=patient.sex, phototype=int(row["phototype"]), exposures=exposures,
        concerns=dict(patient.concerns),
    )  # fmt: skip
