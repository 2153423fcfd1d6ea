"""Simulation of a protocol for a patient, or of an arm of a published study."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Unpack, overload

from neodermis.api import unprinted
from neodermis.api.case import Case, Injuring, Numerics, Simulating, case_of
from neodermis.api.delivery import under_actives
from neodermis.api.heating import injured_by_heat
from neodermis.api.inputs import MAX_STORED, SHORTEST_COURSE, read_any, read_draws, read_horizon
from neodermis.api.observation import PEOPLE, see
from neodermis.errors import DataFileError, InputError, did_you_mean
from neodermis.evidence import SCALE_UNITS, Arm, ParameterSet, Study, load_parameters, load_study
from neodermis.evidence.source import COUNT
from neodermis.notes import UNMODELLED, UNREPORTED, Note
from neodermis.people import regimen
from neodermis.people.patient import who
from neodermis.people.population import POOL, VirtualPopulation, cohort_of
from neodermis.people.population import assumptions as population_assumptions
from neodermis.people.population import sources as population_sources
from neodermis.simulation import course, session, session_outcomes
from neodermis.simulation.course import Course, PeopleCourse, SiteCourse
from neodermis.simulation.heat import HeatInjuries
from neodermis.simulation.session_outcomes import Injuries
from neodermis.simulation.solver import Progress
from neodermis.simulation.variants import Unprinted
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import HeatProtocol, Protocol, read_protocol
from neodermis.units import dimension

#: What a reader of any result of this version must know.
NOT_MODELLED = Note(
    "not modelled in this version: infection, allergy and other adverse events without an outcome; a single sun "
    "exposure after a session; what a grade of a concern stands for is assumed",
    UNMODELLED,
)
#: The same for what a session does.
NOT_IN_INJURY = Note(
    "not in this version: pain by site, scarred or hardened skin under the needle (phototype changes "
    "nothing); no count of a pen's channels, of bleeding points or of cells killed by a needle has been published",
    UNMODELLED,
)


def simulate(
    protocol: str | Protocol | Case, *, progress: Progress | None = None, **given: Unpack[Simulating]
) -> Course:
    """Predicted course of a protocol in the skin of a patient.

    Parameters
    ----------
    protocol
        A sentence such as ``"4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"``, the object, or a whole
        :class:`~neodermis.api.Case`; keywords beside a case take the place of its own.
    age, sex, phototype
        The person: years (default 45), ``female`` (default) or ``male``, Fitzpatrick 1 to 6 (default 3).
    exposures
        Courses by name, for instance ``{"smoking": "20/day; 0 from day 0"}``.
    concerns
        Severities by name, for instance ``{"acne_scar": "goodman_baron:3"}``.
    draws
        Draws of the uncertain inputs (90 % credible interval), default 100; 1 is the central course.
    people
        Number of people, for between-person variability at central parameter values: in their biology, with this
        person's age, sex and exposures, or with those of a population (``like``).
    like
        Whom the people stand for: a study (id or findings file), whose cohort they are weighted to, or ``general``.
    seed
        The same seed draws the same parameters and people.
    until
        Last day, default a year after the last session.
    parameters
        A parameter set; the shipped one by default.
    set
        Parameters fixed by the caller, by name: number, or text with a unit.
    device
        A file of own devices, in the form of the shipped catalogue.
    beyond_limits
        Allow depths beyond what practice allows at a site; every output then says so.
    anaesthetic
        As :func:`injure`; it changes pain and minutes, not the course.
    outcomes_only
        Keep the bands of the people and not each of them, in memory that does not grow with their number.
    engine
        Who solves the equations: ``llvm`` (default), machine code made of them, or ``jax``, slower.  The numbers agree
        but for rounding.
    progress
        Called with people and draws done, and in all.

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
    case = case_of(protocol, given, Simulating)
    if case.study is not None:
        return _arm_again(case, progress)
    plan, warnings = case.planned()
    if case.like is not None and (plan.actives or plan.home):
        raise InputError(
            field="like", value=case.like, accepted="a protocol without actives",
            whose="this option: a home regimen is not yet supported for a simulated population",
            next_step="remove the actives from the protocol, or leave `like` out",
        )  # fmt: skip
    sampler = None if case.like is None else population(case.like, case.numerics.seed)
    if sampler is not None and not case.numerics.people:
        raise InputError(
            field="like", value=case.like, accepted="`people` together with it",
            whose="this option: it defines the population of `people`", next_step="add `people`",
        )  # fmt: skip
    return _run(case, plan, case.horizon, case.numerics.people, None, warnings, sampler, progress)


def simulate_population(case: Case, like: VirtualPopulation, progress: Progress | None = None) -> Course:
    """Course of a case in the people of a population, as :func:`simulate` with ``like``, for a population by itself."""
    plan, warnings = case.planned()
    return _run(case, plan, case.horizon, case.numerics.people, None, warnings, like, progress)


def people_of(case: Case, like: VirtualPopulation, first: int, count: int) -> PeopleCourse:
    """Course of some people of a population under a case with one site, as :func:`simulate_population` has them."""
    plan, _ = case.planned()
    treated = under_actives(plan, case.patient, case.chosen)
    with case.solving():
        return course.simulate_people(
            plan, treated.skin(plan.sites[0]), case.chosen, first=first, count=count, seed=case.numerics.seed,
            until=case.horizon, sampler=like.sampler(case.patient.subject().concerns),
        )  # fmt: skip


def population(like: str | Path, seed: int) -> VirtualPopulation:
    """General population, or population with the marginal distributions of a cohort (``STUDY`` or ``STUDY:ARM``).

    Raises :class:`InputError` where no such study is known, or too few people are like its cohort.
    """
    if str(like).strip().casefold() == "general":
        return VirtualPopulation(seed=seed)
    # as an arm is read: a file by its path, else the arm after the last colon
    name, _, arm = str(like).rpartition(":") if ":" in str(like) and not os.path.isfile(like) else (str(like), "", "")
    study = checked_study(name)
    return VirtualPopulation.like(cohort_of(study, study.arm(arm or None)), study.id, seed)


@overload
def injure(protocol: Protocol | Case, **given: Unpack[Injuring]) -> Injuries: ...
@overload
def injure(protocol: HeatProtocol, **given: Unpack[Injuring]) -> HeatInjuries: ...
@overload
def injure(protocol: str, **given: Unpack[Injuring]) -> Injuries | HeatInjuries: ...
def injure(protocol: str | Protocol | HeatProtocol | Case, **given: Unpack[Injuring]) -> Injuries | HeatInjuries:
    """Injury by one session of a protocol: channels, depth, injury, bleeding, pain and duration (min).

    Of a device that heats, the columns that it ablates and coagulates, and the share of each layer that is ablated,
    coagulated and stressed; keywords that say nothing of heat (``anaesthetic``, ``parameters``, ``set``, ``device``)
    are refused.

    Parameters
    ----------
    protocol
        A sentence such as ``"1 session: exceed; cheek 1.5 mm, 6 passes"`` or ``"1 session: co2_fractional; cheek 30 mJ,
        15 %"``, the object, or a whole case of needles.
    anaesthetic
        A product of the catalogue and its minutes of contact, ``"emla 45 min"``; ``practice`` (default) gives a topical
        one beyond the depth from which one is given; ``topical``; ``none``.
    device
        A file of own devices, in the form of the shipped catalogue.
    age, sex, phototype, exposures, concerns, draws, seed, parameters, set, beyond_limits
        As :func:`simulate`.

    Raises
    ------
    InputError
        Something given cannot be used; the message names it, the accepted range and what to do.

    Examples
    --------
    >>> import neodermis as nd
    >>> done = nd.injure("1 session: exceed; cheek 1.5 mm, 6 passes", draws=1)
    >>> done.sites["cheek"].session.anaesthetic
    'topical'
    """
    plan: Protocol | HeatProtocol
    if not isinstance(protocol, Case):
        plan = read_any(protocol, given.get("device"))
        if isinstance(plan, HeatProtocol):
            return injured_by_heat(plan, given)
        protocol = plan
    case = case_of(protocol, given, Injuring)
    read_draws(case.numerics.draws, case.numerics.seed)
    plan, warnings = case.planned()
    treated = under_actives(plan, case.patient, case.chosen)
    with case.solving():
        return session_outcomes.injure(
            plan,
            {site: treated.skin(site) for site in case.sites},
            case.chosen,
            draws=case.numerics.draws,
            seed=case.numerics.seed,
            anaesthetic=case.numbing,
            case=case,
            warnings=(*warnings, *case.patient.unused(case.chosen, case.sites), NOT_IN_INJURY),
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
    outcomes_only: bool = False,
    engine: str = "llvm",
    scatter: bool = False,
    progress: Progress | None = None,
) -> Course:
    """Predicted course of an arm of a published study, with its protocol, people, times and published results.

    ``study`` is a shipped id, the path of a findings file, or a :class:`~neodermis.evidence.Study`.  What
    the study did not print is drawn from its stated range, and every output says so.  A study prints means over its
    people: where none are asked for, some are drawn for how far they scatter, and kept where ``scatter`` asks for them.
    Other arguments and errors as :func:`simulate`.
    """
    published = _checked(study, study.id) if isinstance(study, Study) else checked_study(study)
    file = str(study) if not isinstance(study, Study) and os.path.isfile(study) else None
    numerics = Numerics(
        draws=draws, people=people, seed=seed, until=until, outcomes_only=outcomes_only, engine=engine  # type: ignore[arg-type]  # read there
    )  # fmt: skip
    case = _arm_case(published, arm, numerics, parameters, set, file)
    return _run_arm(published, case, scatter, progress)


def simulate_arms(
    study: Study,
    arms: Iterable[str],
    *,
    draws: int = 100,
    seed: int = 0,
    parameters: ParameterSet | None = None,
) -> dict[str, Course]:
    """Courses of several arms of a study by id, as :func:`simulate_arm` with people kept; each is solved once.

    All reach as far as the longest, so that an arm that others are compared with need not be solved again for them.
    """
    numerics = Numerics(draws=draws, people=0, seed=seed)
    cases = {name: _arm_case(study, name, numerics, parameters, None, None) for name in arms}
    until = max(_arm_horizon(None, case.plan, study, study.arm(name)) for name, case in cases.items())
    longer = replace(numerics, until=until)
    solved = {name: _solve_arm(study, replace(case, numerics=longer), None) for name, case in cases.items()}
    sites = {name: next(iter(done.sites.values())) for name, done in solved.items()}
    return {name: _with_results(study, study.arm(name), done, sites) for name, done in solved.items()}


def _arm_case(
    published: Study,
    arm: str | None,
    numerics: Numerics,
    parameters: ParameterSet | None,
    assignments: Mapping[str, float | str] | None,
    file: str | None,
) -> Case:
    """The case that an arm of a study is; errors as :func:`simulate_arm`."""
    chosen = published.arm(arm)
    if chosen.why_not:
        raise InputError(
            field="arm", value=f"{published.id}:{chosen.id}", accepted="an arm that can be simulated",
            whose=f"this arm: {chosen.why_not}",
            next_step=f"choose another arm: {', '.join(a.id for a in published.simulable)}" if published.simulable
            else "choose another study",
        )  # fmt: skip
    try:
        plan = read_protocol(chosen.protocol, sites=site_spellings())
    except InputError as error:
        raise DataFileError(
            published.id, f"arm {chosen.id}", "protocol", value=chosen.protocol, accepted=str(error).replace("\n", ";")
        ) from error
    unprinted.check(published, chosen, plan)
    horizon = _arm_horizon(numerics.until, plan, published, chosen)
    return Case(
        plan=plan,
        patient=who(chosen.age, chosen.sex, chosen.phototype, chosen.exposures, chosen.concerns),
        numerics=numerics if numerics.until is None else replace(numerics, until=horizon),
        parameters=load_parameters() if parameters is None else parameters,
        set=assignments or {},  # type: ignore[arg-type]  # read there
        study=published.id,
        arm=chosen.id,
        findings=file,
    )


def _arm_again(case: Case, progress: Progress | None) -> Course:
    """The course of a case that is an arm of a study, which must still say the same of its protocol and people."""
    published = checked_study(case.findings or case.study or "")
    now = _arm_case(published, case.arm, case.numerics, case.parameters, case.set, case.findings)
    if (now.plan, now.patient) != (case.plan, case.patient):
        raise InputError(
            "case", value=f"{case.study}:{case.arm}", accepted="the protocol and the patient of the study arm",
            whose="the study: its results are compared with the prediction",
            next_step="remove study and arm from the case to simulate another protocol or patient",
        )  # fmt: skip
    return _run_arm(published, case, False, progress)


def _run_arm(published: Study, case: Case, scatter: bool, progress: Progress | None) -> Course:
    """Course of an arm with the published results of the study."""
    chosen = published.arm(case.arm)
    done = _solve_arm(published, case, progress)
    others = {name: _beside(published, name, done, case) for name in _sides(chosen)}
    done = _with_results(published, chosen, done, {name: site for name, site in others.items() if site is not None})
    return done if case.numerics.people or scatter else _without_people(done)


def _with_results(study: Study, arm: Arm, done: Course, others: Mapping[str, SiteCourse]) -> Course:
    """Course of an arm with its published results beside what is predicted of them."""
    site = next(iter(done.sites.values()))
    seen = (
        see(study, arm, finding, site, done.ledger.parameters, others.get(finding.against or ""))
        for finding in arm.findings
    )
    return replace(done, observed=tuple(seen))


def _solve_arm(published: Study, case: Case, progress: Progress | None) -> Course:
    """Course of an arm with people, before its published results stand beside it."""
    chosen = published.arm(case.arm)
    horizon = _arm_horizon(case.numerics.until, case.plan, published, chosen)
    warnings = (
        *session.limits_exceeded(case.plan),
        f"{published.id}: {published.design}; {published.population}",
        *_seen(published, case),
        *(Note(f"{published.id} did not print: {assumed}", UNREPORTED) for assumed in chosen.assumed.values()),
    )
    asked = case.numerics.people
    like = VirtualPopulation.like(cohort_of(published, chosen), published.id, case.numerics.seed) if asked else None
    # without any, the bands of people are refused
    people = asked or (0 if case.numerics.outcomes_only else PEOPLE)
    drawn = unprinted.drawn_for(
        published, chosen, case.plan, case.patient, case.chosen, draws=case.numerics.draws, seed=case.numerics.seed
    )
    done = _run(case, case.plan, horizon, people, drawn, warnings, like, progress)
    sources = dict(done.ledger.sources)
    about = {published.source: ("the arm and its observed values",)}
    for device in unprinted.devices_of(chosen, case.plan):
        about |= {key: (*about.get(key, ()), f"geometry of {device.name}") for key in device.sources}
    for key, reasons in about.items():
        sources[key] = tuple(dict.fromkeys((*sources.get(key, ()), *reasons)))
    return replace(done, ledger=replace(done.ledger, sources=sources))


def _seen(published: Study, case: Case) -> Iterator[str]:
    """That a posterior was fitted to the study that it predicts."""
    if case.parameters.joint is not None and case.findings is None and published.role == "fit":
        yield (
            f"the parameters were fitted to published numbers, among them those of {published.id} that can be tested; "
            "neodermis validate predicts each study as new, by a fit without it"
        )


def _without_people(done: Course) -> Course:
    sites = {
        name: replace(
            site,
            people={key: values[:0] for key, values in site.people.items()},
            people_untreated={key: values[:0] for key, values in site.people_untreated.items()},
            people_band={},
            people_untreated_band={},
            people_change_band={},
            people_numbers=(),
        )
        for name, site in done.sites.items()
    }
    return replace(done, sites=sites, ledger=replace(done.ledger, people=0))


def _sides(arm: Arm) -> list[str]:
    """Arms to which findings of an arm are compared."""
    return list(dict.fromkeys(finding.against for finding in arm.findings if finding.against is not None))


def _beside(study: Study, name: str, done: Course, case: Case) -> SiteCourse | None:
    """The course of another arm of the study with the same draws; None where it cannot be simulated."""
    if study.arm(name).why_not:
        return None
    bare = replace(study.arm(name), findings=())
    longest = unprinted.latest(bare, read_protocol(bare.protocol, sites=site_spellings()))
    other = simulate_arm(
        replace(study, arms=(bare,)), name, draws=case.numerics.draws, seed=case.numerics.seed,
        engine=case.numerics.engine, until=max(float(done.time_day[-1]), longest + SHORTEST_COURSE),
        parameters=case.parameters, set=case.set, scatter=True,
    )  # fmt: skip
    return next(iter(other.sites.values()))


def _arm_horizon(until: float | str | None, plan: Protocol, study: Study, arm: Arm) -> float:
    """Last day of the course of an arm (d): after its last finding, within the longest course."""
    later = unprinted.latest(arm, plan)
    moved = [later + finding.after_last for finding in arm.findings if finding.after_last is not None]
    last = max([later + SHORTEST_COURSE, *(finding.day for finding in arm.findings), *moved])
    longest = plan.last_day + course.LONGEST_COURSE
    if last > longest:
        raise DataFileError(
            study.id, f"arm {arm.id}", "day of a finding", value=last, accepted=f"at most {longest:g}",
            whose="the longest course, ten years after the last session",
        )  # fmt: skip
    horizon = read_horizon(until, plan)
    if until is not None and horizon < last:
        raise InputError(
            field="numerics.until", value=until, accepted=f"at least {last:g} days",
            whose=f"the last session and the last finding of {study.id}", next_step="leave it out",
        )  # fmt: skip
    return max(horizon, last)


def checked_study(name: str | Path) -> Study:
    """A study by id or path, whose findings are in units of the outcomes that they name.

    Raises :class:`DataFileError` where a finding's unit has another dimension, and as :func:`load_study`.
    """
    return _checked(load_study(name), Path(name).name)


def _checked(study: Study, file: str) -> Study:
    for a, arm in enumerate(study.arms):
        for f, finding in enumerate(arm.findings):
            where = (file, f"arm.{a}.finding.{f}")
            outcome = OUTCOMES.get(finding.outcome)
            if outcome is None:
                raise DataFileError(
                    *where, "outcome", value=finding.outcome,
                    accepted=f"an outcome of the catalogue; {did_you_mean(finding.outcome, OUTCOMES)}",
                    whose="the catalogue of outcomes; neodermis outcomes lists them",
                )  # fmt: skip
            percent = finding.unit == "%" and finding.change_percent is not None
            if finding.unit is None or finding.statistic == "share" or percent:
                continue
            if not _of_a_kind(finding.unit, outcome.unit):
                raise DataFileError(
                    *where, "unit", value=finding.unit,
                    accepted=f"a unit of the same dimension as {outcome.unit}, or change_percent",
                    whose=f"the definition of {outcome.name}",
                )  # fmt: skip
    return study


def _of_a_kind(unit: str, other: str) -> bool:
    """Whether one unit converts to the other; points of a scale have no other unit, and may stand for a ratio."""
    if unit in SCALE_UNITS or other in SCALE_UNITS:
        return other in (unit, "1")
    return unit != COUNT and dimension(unit).exponents == dimension(other).exponents


def _run(
    case: Case,
    plan: Protocol,
    horizon: float,
    people: int,
    drawn: Unprinted | None,
    warnings: tuple[str, ...],
    like: VirtualPopulation | None,
    progress: Progress | None,
) -> Course:
    """The course of a case: of the protocol at its settings, up to a day, with some people."""
    asked = case.numerics
    read_draws(asked.draws, asked.seed, most=MAX_STORED)
    if not asked.outcomes_only:
        read_draws(people, asked.seed, field="numerics.people", least=0, most=MAX_STORED, unkept=True)
    elif not people:
        raise InputError(
            field="numerics.outcomes_only", accepted="`people` together with it",
            whose="this option: it stores only the intervals of `people`", next_step="add `people`",
        )  # fmt: skip
    treated = under_actives(plan, case.patient, case.chosen)
    skins = {site: treated.skin(site) for site in case.sites}
    about = () if like is None else _about(like)
    with case.solving():
        done = course.simulate(
            plan,
            skins,
            case.chosen,
            draws=asked.draws,
            people=people,
            seed=asked.seed,
            until=horizon,
            unprinted=drawn,
            anaesthetic=case.numbing,
            case=case,
            warnings=(*warnings, *about, *treated.unused(case.chosen, skins), *regimen.unsized(plan), NOT_MODELLED),
            outcomes_only=asked.outcomes_only,
            sampler=None if like is None else like.sampler(case.patient.subject().concerns),
            progress=progress,
        )
    if plan.actives or plan.home:
        done = _with_actives(done)
    if like is None:
        return done
    rests = {key: (*done.ledger.sources.get(key, ()), why) for key, why in population_sources().items()}
    return replace(done, ledger=replace(done.ledger, sources={**done.ledger.sources, **rests}))


def _with_actives(done: Course) -> Course:
    """Course with the notes on the actives of its protocol and their sources."""
    slowest = max(
        (session.closure_hours["geometric"] for site in done.sites.values() for session in site.sessions),
        key=lambda i: i.upper90,
    )
    kept = done.ledger.sources
    more = {key: (*kept.get(key, ()), *why) for key, why in regimen.sources(done.protocol).items()}
    told = tuple(regimen.into_channels(done.protocol, slowest))
    return replace(done, ledger=replace(done.ledger, sources={**kept, **more}, warnings=(*told, *done.ledger.warnings)))


def _about(like: VirtualPopulation) -> Iterator[str]:
    """Sentences on the population of the people."""
    if like.cohort is None:
        yield "people are drawn from the general population of adults who seek treatment"
    else:
        yield (
            f"people are weighted to the cohort of {like.name} ({like.cohort}): {like.effective:,.0f} evenly weighted "
            f"people of {POOL:,}; {like.cohort.basis}"
        )
    yield "assumed of the population: " + "; ".join(population_assumptions())
