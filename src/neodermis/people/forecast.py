"""The main job in one call: a protocol and a person, or an arm of a published study, to a course."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from neodermis import course
from neodermis.course import Course, Interval, Observed, Progress
from neodermis.errors import DataFileError, InputError, LimitError
from neodermis.evidence import SCALE_UNITS, Arm, ParameterSet, Study, load_parameters, load_study
from neodermis.people.patient import Patient
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import Protocol, read_protocol
from neodermis.units import dimension, read_number

#: What a reader of any result of this version must know.
NOT_MODELLED = (
    "not in this version: pigment (phototype changes nothing), menopause, sun, smoking and other exposures, scars "
    "(skin is simulated as unscarred), serums, adverse events"
)
_RANGE = "this program's range"


def simulate(
    protocol: str | Protocol,
    *,
    age: float | str = 45,
    sex: str = "female",
    phototype: int | str = 3,
    draws: int | str = 100,
    people: int | str = 0,
    seed: int | str = 0,
    until: float | str | None = None,
    parameters: ParameterSet | None = None,
    set: Mapping[str, float | str] | None = None,
    beyond_limits: bool = False,
    progress: Progress | None = None,
) -> Course:
    """Predict the course of a protocol in a person's skin.

    Parameters
    ----------
    protocol
        A sentence such as ``"4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"``, or the object.
    age, sex, phototype
        The person: years, ``female`` or ``male``, Fitzpatrick 1 to 6.
    draws
        Draws of what we do not know (shown as the 90 % band); 1 is the central course.
    people
        Draws of how people differ, at the central parameters.
    seed
        The same seed draws the same parameters and people.
    until
        Last day, default a year after the last session.
    parameters
        A parameter set; the shipped one by default.
    set
        Parameters fixed by the caller, by name: number, or text with a unit.
    beyond_limits
        Allow depths beyond what practice allows at a site; every output then says so.
    progress
        Called with blocks done and blocks in all.

    Returns
    -------
    Course
        Trajectories of every outcome with the untreated course, sessions, phases and the ledger.

    Raises
    ------
    InputError
        Something given cannot be used; the message names it, the accepted range and what to do.

    Examples
    --------
    >>> import neodermis as nd
    >>> c = nd.simulate("1 session: exceed; cheek 1.0 mm, 4 passes", draws=1)
    >>> c.protocol.sentence
    '1 session: exceed; cheek 1 mm, 4 passes'
    """
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol, sites=site_spellings())
    patient = Patient(age=age, sex=sex, phototype=phototype)  # type: ignore[arg-type]  # read and checked there
    warnings = course.limits_exceeded(plan)
    if warnings and not beyond_limits:
        raise LimitError(
            warnings[0],
            accepted="a depth up to that limit",
            whose="practice at the site",
            next_step="give a smaller depth, or --beyond-limits to simulate it all the same",
        )
    return _run(
        plan,
        patient,
        parameters,
        set,
        draws,
        people,
        seed,
        until,
        {},
        tuple(warnings),
        {"beyond_limits": bool(warnings)},
        progress,
    )


def simulate_arm(
    study: str | Path | Study,
    arm: str | None = None,
    *,
    draws: int | str = 100,
    people: int | str = 0,
    seed: int | str = 0,
    until: float | str | None = None,
    parameters: ParameterSet | None = None,
    set: Mapping[str, float | str] | None = None,
    progress: Progress | None = None,
) -> Course:
    """Predict an arm of a published study: its protocol, people and times, beside what it observed.

    ``study`` is a shipped id, the path of a findings file, or a :class:`~neodermis.evidence.Study`.  What
    the study did not print is drawn from its stated range, and every output says so.  Other arguments and
    errors as :func:`simulate`.
    """
    published = study if isinstance(study, Study) else checked_study(study)
    chosen = published.arm(arm)
    try:
        plan = read_protocol(chosen.protocol, sites=site_spellings())
    except InputError as error:
        raise DataFileError(
            published.id, f"arm {chosen.id}", "protocol", value=chosen.protocol, accepted=str(error).replace("\n", ";")
        ) from error
    _check_ranges(plan, chosen)
    patient = Patient(age=chosen.age, sex=chosen.sex, phototype=chosen.phototype)
    unprinted = [f"{published.id} did not print: {assumed}" for assumed in chosen.assumed]
    warnings = (
        *course.limits_exceeded(plan),
        f"{published.id}: {published.design}; {published.population}",
        *unprinted,
    )
    inputs = {"study": published.id, "arm": chosen.id}
    done = _run(plan, patient, parameters, set, draws, people, seed, until, chosen.ranges, warnings, inputs, progress)
    reasons = (*done.ledger.sources.get(published.source, ()), "the arm and its observed values")
    ledger = replace(done.ledger, sources={**done.ledger.sources, published.source: reasons})
    return replace(done, ledger=ledger, observed=_observed(done, published, chosen))


def _check_ranges(plan: Protocol, arm: Arm) -> None:
    """Hold both ends of what is drawn for an arm to what a protocol may say, with the errors of a protocol."""
    for end in (0, 1):
        drawn = {name: limits[end] for name, limits in arm.ranges.items()}
        treatments = tuple(replace(pass_, **drawn) for pass_ in plan.treatments)  # type: ignore[arg-type]
        replace(plan, treatments=treatments)


def checked_study(name: str | Path) -> Study:
    """A study by id or path, whose findings are in units of the outcomes that they name.

    Raises :class:`DataFileError` where a finding's unit has another dimension, and as :func:`load_study`.
    """
    study = load_study(name)
    for a, arm in enumerate(study.arms):
        for f, finding in enumerate(arm.findings):
            outcome = OUTCOMES.get(finding.outcome)
            if outcome is None or finding.unit is None:
                continue
            if finding.unit in SCALE_UNITS or dimension(finding.unit).exponents != dimension(outcome.unit).exponents:
                raise DataFileError(
                    Path(name).name,
                    f"arm.{a}.finding.{f}",
                    "unit",
                    value=finding.unit,
                    accepted=f"a unit of the same dimension as {outcome.unit}, or change_percent",
                    whose=f"the definition of {outcome.name}",
                )
    return study


def _run(
    plan: Protocol,
    patient: Patient,
    parameters: ParameterSet | None,
    assignments: Mapping[str, float | str] | None,
    draws: int | str,
    people: int | str,
    seed: int | str,
    until: float | str | None,
    ranges: Mapping[str, tuple[float, float]],
    warnings: tuple[str, ...],
    inputs: Mapping[str, object],
    progress: Progress | None,
) -> Course:
    n_draws = read_number(draws, what="--draws", low=1, high=100_000, whose=_RANGE, whole=True)
    n_people = read_number(people, what="--people", low=0, high=100_000, whose=_RANGE, whole=True)
    the_seed = read_number(seed, what="--seed", low=0, high=2**32 - 1, whose=_RANGE, whole=True)
    horizon = until
    if until is not None:
        horizon = read_number(
            until, what="--until", low=0, high=plan.last_day + course.LONGEST_COURSE, whose=_RANGE, unit="d"
        )
    chosen = (load_parameters() if parameters is None else parameters).set(assignments or {})
    skins = {pass_.site: patient.skin(pass_.site, chosen) for pass_ in plan.treatments}
    return course.simulate(
        plan,
        skins,
        chosen,
        draws=int(n_draws),
        people=int(n_people),
        seed=int(the_seed),
        until=horizon,  # type: ignore[arg-type]  # a number by now
        ranges=ranges,
        inputs={
            "protocol": plan.sentence,
            "patient": {"age": patient.age, "sex": patient.sex, "phototype": patient.phototype},
            "set": {name: chosen[name].value for name in assignments or {}},
            **inputs,
        },
        warnings=(*warnings, NOT_MODELLED),
        progress=progress,
    )


def _observed(done: Course, study: Study, arm: Arm) -> tuple[Observed, ...]:
    """Published results beside the prediction, as change from baseline in %; those without a model say so."""
    site = next(iter(done.sites.values()))
    rows = []
    for finding in arm.findings:
        change = finding.relative_change
        if finding.outcome not in OUTCOMES or change is None:
            rows.append(
                Observed(finding.outcome, finding.measure, finding.day, None, None, finding.n, None, study.source)
            )
            continue
        if finding.day > site.time_day[-1]:
            raise InputError(
                "--until", value=site.time_day[-1], accepted=f"at least {finding.day:g} days",
                whose=f"the last finding of {study.id}", next_step="leave --until out",
            )  # fmt: skip
        predicted = Interval.of(100.0 * site.change(finding.outcome, finding.day))
        spread = None if finding.sd is None or not finding.baseline else 100.0 * finding.sd / finding.baseline
        rows.append(
            Observed(
                finding.outcome,
                finding.measure,
                finding.day,
                100.0 * change,
                spread,
                finding.n,
                predicted,
                study.source,
            )
        )
    return tuple(rows)
