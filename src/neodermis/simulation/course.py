"""``simulate``: the one deep function, from a protocol and a skin to a course with its uncertainty and its sources."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from neodermis.arrays import mapped, read_at
from neodermis.errors import InputError, RunError
from neodermis.evidence import Finding, ParameterSet
from neodermis.lazy import numpy as np
from neodermis.results import ResultMethods
from neodermis.simulation.readout import SETTLED, Predicted, predict, schedule_of
from neodermis.simulation.session import (
    Ensemble,
    Flags,
    Floats,
    Interval,
    Ledger,
    Skin,
    Subject,
    SubjectSampler,
    check_mechanisms,
    closures,
    draw_ensemble,
    ledger,
    sampled_ensembles,
)
from neodermis.simulation.session_outcomes import SessionInjury
from neodermis.simulation.solver import BLOCK, FAILURES, Progress, Schedule, WoundRecord
from neodermis.simulation.states import HealingPhase, first_phases
from neodermis.simulation.variants import Part, Unprinted, Variant, joined, rows_of
from neodermis.skin import epidermis, measures, outcomes, tissue
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import Grid
from neodermis.treatment import NeedlePattern, Protocol
from neodermis.treatment.anaesthetic import PRACTICE, Anaesthetic
from neodermis.treatment.protocol import SiteSchedule
from neodermis.uncertain import Band, Tally

if TYPE_CHECKING:
    import xarray

    from neodermis.api.case import Case

#: Longest course (days): ten years after the last session.
LONGEST_COURSE: Final = 3650.0
#: Default horizon after the last session (days).
FOLLOW_UP: Final = 365.0
#: Days after the last session on which most studies look.
LOOK: Final = 60.0


# ------------------------------------------------------------------------------------------------- the course


class Driver(NamedTuple):
    """What moves an answer: rank correlation of a drawn quantity with it."""

    name: str
    correlation: float
    status: str


@dataclass(frozen=True, kw_only=True)
class SiteCourse:
    """The course of one site.

    ``values[name]`` and ``untreated[name]`` are (draws, days) over parameter draws; ``people[name]`` and
    ``people_untreated[name]`` (people, days) of between-person variability, empty if not requested or only their
    bands are kept;
    ``central`` is the course at the central parameters.
    """

    site: str
    skin: Skin
    time_day: Floats
    values: Mapping[str, Floats]
    untreated: Mapping[str, Floats]
    people: Mapping[str, Floats]
    people_untreated: Mapping[str, Floats]
    people_band: Mapping[str, Band]
    """Between-person variability by outcome; empty if not requested."""
    people_untreated_band: Mapping[str, Band]
    people_change_band: Mapping[str, Band]
    """The same of each person's value over that person's own before treatment."""
    central: Mapping[str, Floats]
    sessions: tuple[SessionInjury, ...]
    phases: tuple[HealingPhase, ...]
    drawn: Mapping[str, Floats] = field(repr=False)
    draw_numbers: tuple[int, ...] = field(repr=False)
    """Which of the draws the rows of ``values`` are: those that did not fail."""
    people_numbers: tuple[int, ...] = field(repr=False)
    """The same of the rows of ``people``."""
    last_session_day: float
    scarred: Flags = field(repr=False)
    """Whether each draw ends as a scar."""
    people_scarred: Flags = field(repr=False)
    """The same of each person that is kept."""
    pih: Floats = field(repr=False)
    """Share of people like this in whom PIH is seen after some session of the course, of each draw."""
    people_pih: float | None
    """Share of the people who develop visible post-inflammatory hyperpigmentation; None without people."""
    failures: Mapping[str, int]
    """Number of failed members, which are excluded from all statistics, by reason."""
    numerical_error: float
    """Largest of all members that did not fail, as a share of an outcome's largest change."""
    redrawn: _Redrawn = field(repr=False, compare=False)
    """What :attr:`variance_assumed` draws again."""

    @property
    def failed(self) -> int:
        """Members that failed."""
        return sum(self.failures.values())

    @property
    def scarring_risk(self) -> float:
        """Share of the draws that end as a scar."""
        return float(self.scarred.mean())

    def at(self, name: str, day: float) -> Floats:
        """An outcome on a day, of each draw."""
        return read_at(day, self.time_day, self.values[name])

    def improved(self, name: str, day: float) -> Flags:
        """Whether each draw is better by the smallest change that matters on a day, without a scar."""
        outcome, rows = OUTCOMES[name], self.values[name]
        better = (self.at(name, day) - rows[:, 0]) * (1.0 if outcome.better == "higher" else -1.0)
        found: Flags = (better >= outcome.smallest(float(np.median(rows[:, 0])))) & ~self.scarred
        return found

    @cached_property
    def variance_assumed(self) -> Mapping[str, float]:
        """Share of the variance of each outcome over the draws that rests on assumed numbers, by outcome.

        :data:`LOOK` days after the last session; empty for fewer than :data:`LEAST_REDRAWN` draws.  The first time it
        solves up to :data:`MOST_REDRAWN` draws again.
        """
        again = self.redrawn.solved
        return {} if again is None else _variance_assumed(self.values, *again, self.draw_numbers)

    def benefit_without_harm(self, name: str, day: float) -> float:
        """Probability of a change that matters on a day without a scar and without PIH, over the draws."""
        return float((self.improved(name, day) * (1.0 - self.pih)).mean())

    def gain(self, name: str = "collagen_papillary") -> Floats:
        """Treated over untreated, minus one: (draws, days)."""
        return self.values[name] / self.untreated[name] - 1.0

    def change(self, name: str, day: float) -> Floats:
        """Change from baseline on a day, as a share, of each draw."""
        return read_at(day, self.time_day, self.values[name]) / self.values[name][:, 0] - 1.0

    def responders(self, name: str, day: float) -> float | None:
        """Share of people whose change of an outcome for the better matters, as it is measured twice, without a scar.

        A person whose course ends in a scar counts as not improved.  None where no people were kept, or where neither
        direction of the outcome is better.
        """
        people, outcome = self.people.get(name), OUTCOMES[name]
        if people is None or not len(people) or outcome.better == "neither":
            return None
        start = people[:, 0]
        then = read_at(day, self.time_day, people)
        gain = (then - start) * (1.0 if outcome.better == "higher" else -1.0)
        typical = float(np.median(start))
        error = np.sqrt(2.0) * outcome.reading_error(typical)
        return float((measures.share_beyond(gain, outcome.smallest(typical), error) * ~self.people_scarred).mean())

    def peak(self) -> tuple[Interval, Interval]:
        """Largest gain of papillary collagen, and the day of it."""
        gain = self.gain()
        return Interval.of(gain.max(axis=1)), Interval.of(self.time_day[gain.argmax(axis=1)])

    def first_change(self, threshold: float) -> tuple[Interval | None, float]:
        """Day on which the gain first reaches ``threshold`` (over the draws that reach it), and their share."""
        reached = self.gain() >= threshold
        ever = reached.any(axis=1)
        if not ever.any():
            return None, 0.0
        return Interval.of(self.time_day[reached[ever].argmax(axis=1)]), float(ever.mean())

    def left(self, days_after_last: float) -> Interval | None:
        """Share of the peak gain left some days after the last session, over the draws with a gain that matters.

        A skin that is back at the untreated one, or below it, has none of it left.  None beyond the horizon, or where
        no draw gains what matters: a ratio to almost nothing says nothing.
        """
        day = self.last_session_day + days_after_last
        gain = self.gain()
        top = gain.max(axis=1)
        gained = top >= OUTCOMES["collagen_papillary"].smallest_change
        if day > self.time_day[-1] or not gained.any():
            return None
        then = read_at(day, self.time_day, gain[gained])
        return Interval.of(np.maximum(then, 0.0) / top[gained])

    def drivers(self, parameters: ParameterSet, count: int = 3) -> list[Driver]:
        """The drawn quantities that move the peak gain most, where the draws can tell it from chance.

        Spearman's rank correlation; left out are those that chance alone would show among so many quantities in 1 of 20
        runs or more (Bonferroni).
        """
        found = self._correlations
        if not found:
            return []
        floor = NormalDist().inv_cdf(1.0 - 0.025 / len(found)) / np.sqrt(len(self.draw_numbers) - 1)
        most = sorted(found, key=lambda name: -abs(found[name]))[:count]
        return [
            Driver(name, found[name], parameters[name].status if name in parameters.parameters
                   else "open in the device or the study")
            for name in most if abs(found[name]) > floor
        ]  # fmt: skip

    @cached_property
    def _correlations(self) -> dict[str, float]:
        """Rank correlation of each drawn quantity with the peak gain; empty for too few draws."""
        top = _ranks(self.gain().max(axis=1))
        if len(top) < 30 or np.ptp(top) == 0:
            return {}
        return {
            name: float(np.corrcoef(_ranks(values), top)[0, 1])
            for name, values in self.drawn.items() if np.ptp(values) > 0
        }  # fmt: skip


def _ranks(values: Floats) -> Floats:
    return np.unique(values, return_inverse=True)[1].astype(float)


class Predictive(NamedTuple):
    """Draws behind a predicted result; arrays over the draws."""

    outcome: str
    """Outcome of the course that it is read from."""
    numbers: tuple[int, ...]
    """Numbers of the draws."""
    plain: Floats
    """Level without rater, study and sampling: over the start, of a session's outcome in its unit, of an event its
    probability; of a difference between two arms that of the two."""
    error: Floats
    """Standard error of the study, in the same."""
    scatter: Floats
    """Standard deviation between people, with their reading errors."""
    cuts: tuple[Floats, ...]
    """Improvements (share of the start) between which people are counted; empty unless the result is their share."""
    n: Floats
    """Number of people."""
    top: float
    """Top of the scale on whose odds studies differ; infinite for a logarithm."""
    published: float
    """The published number as such a level; of a share of people that share."""
    size: float
    """Change of the number in its unit with the level."""
    printed: Floats
    """What studies would print, in the unit of the result."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """A published result with its prediction by the observation model."""

    study: str
    arm: str
    finding: Finding
    rater: str
    people: str = ""
    """Group of people that it is of."""
    comparison: Literal["", "sides", "arms"] = ""
    """Of sides of one person or of two arms, where it is a difference."""
    unit: str = ""
    """Of the numbers below."""
    observed: tuple[float, float] | None = None
    """The published number (twice), or the ends of the published range; None of a sign or a significance statement."""
    course: Interval | None = None
    """The arm without rater, people and reading error."""
    printed: Interval | None = None
    """With them, and with between-study heterogeneity."""
    without_heterogeneity: Interval | None = None
    """As printed by studies that are all alike."""
    share: float | None = None
    """Share of the predicted numbers below the published one, or inside its range."""
    probability: float | None = None
    """That a study prints this sign or significance statement."""
    verdict: Literal["inside", "missed", "scored", "not asked"] = "not asked"
    """Whether a number lies in its 90 % predictive interval; other results are scored by their probability."""
    why: str = ""
    """Why it is not asked."""
    draws: Predictive | None = field(default=None, repr=False, compare=False)

    @property
    def error(self) -> float | None:
        """Middle of the prediction less the published number."""
        if self.observed is None or self.printed is None:
            return None
        return self.printed.median - sum(self.observed) / 2.0


@dataclass(frozen=True, kw_only=True, repr=False)
class Course(ResultMethods):
    """A simulated course: one :class:`SiteCourse` a site, and the ledger."""

    protocol: Protocol
    sites: Mapping[str, SiteCourse]
    ledger: Ledger
    observed: tuple[Observed, ...] = ()

    @property
    def time_day(self) -> Floats:
        """Days since the first session."""
        return next(iter(self.sites.values())).time_day

    @property
    def failed(self) -> int:
        """Number of failed members, which are excluded from all statistics."""
        return sum(self.failures.values())

    @property
    def failures(self) -> dict[str, int]:
        """How many of them for each reason."""
        found: Counter[str] = Counter()
        for site in self.sites.values():
            found.update(site.failures)
        return dict(found)

    @property
    def dataset(self) -> xarray.Dataset:
        """Everything as an xarray dataset: dimensions site, draw, person, time_day; units as attributes."""
        import xarray

        sites = list(self.sites.values())

        def shared(numbers: list[tuple[int, ...]]) -> tuple[list[int], list[list[int]]]:
            """Members that did not fail at any site, by number, and their rows at each site."""
            members = sorted(set.intersection(*map(set, numbers)))
            return members, [[one.index(member) for member in members] for one in numbers]

        draws, of_draws = shared([site.draw_numbers for site in sites])
        people, of_people = shared([site.people_numbers for site in sites])

        def stack(part: str, name: str) -> Floats:
            rows = of_people if part == "people" else of_draws
            return np.stack([getattr(site, part)[name][at] for site, at in zip(sites, rows, strict=True)])

        variables: dict[str, tuple[tuple[str, ...], Floats, dict[str, str]]] = {}
        for name in (name for name in OUTCOMES if all(name in site.values for site in sites)):
            outcome = OUTCOMES[name]
            about = {"units": outcome.unit, "long_name": outcome.definition, "better": outcome.better}
            variables[name] = (("site", "draw", "time_day"), stack("values", name), about)
            variables[f"{name}_untreated"] = (("site", "draw", "time_day"), stack("untreated", name), about)
            if all(len(site.people[name]) for site in sites):
                variables[f"{name}_people"] = (("site", "person", "time_day"), stack("people", name), about)
            for edge in Band._fields if all(name in site.people_band for site in sites) else ():
                edges = np.stack([getattr(site.people_band[name], edge) for site in sites])
                variables[f"{name}_people_{edge}"] = (("site", "time_day"), edges, about)
        counted = {"draw": (draws, "parameter draw"), "person": (people, "simulated person")}
        used = {name for dimensions, _, _ in variables.values() for name in dimensions}
        return xarray.Dataset(
            variables,
            coords={
                "site": [site.site for site in sites],
                **{
                    name: (name, np.array(numbers), {"units": "1", "long_name": f"number of the {what}"})
                    for name, (numbers, what) in counted.items()
                    if name in used
                },
                "time_day": ("time_day", self.time_day, {"units": "d", "long_name": "days since the first session"}),
            },
            attrs={
                "title": "neodermis course",
                "protocol": self.protocol.sentence,
                "seed": self.ledger.seed,
                "parameters": f"{self.ledger.parameters.name} {self.ledger.parameters.version}",
                "parameters_sha256": self.ledger.parameters.sha256,
                "assumed_share": self.ledger.assumed_share,
                "versions": ", ".join(f"{name} {number}" for name, number in self.ledger.versions.items()),
                "sources": ", ".join(self.ledger.sources),
                "session_day": list(self.protocol.session_days),
                "case": json.dumps(self.ledger.request and self.ledger.request.document),
                "warnings": "\n".join(self.ledger.warnings),
                "not_modelled": "\n".join(f"{n}: {OUTCOMES[n].not_modelled}" for n in outcomes.NOT_MODELLED),
            },
        )


# ------------------------------------------------------------------------------------------------- simulate


def output_days(session_days: tuple[float, ...], until: float) -> Floats:
    """Days of the result: every session, daily to day 60, and enough in between to be at least 200 in all."""
    fixed = np.unique([*session_days, until])
    daily = np.arange(0.0, min(60.0, until) + 1e-9)
    filling = np.concatenate([daily, np.linspace(min(60.0, until / 2.0), until, 200).round(6)])
    apart = np.abs(filling[:, None] - fixed).min(axis=1) > 1e-6
    return np.unique([*filling[apart], *fixed])


def simulate(
    protocol: Protocol,
    skins: Mapping[str, Skin],
    parameters: ParameterSet,
    *,
    draws: int = 100,
    people: int = 0,
    seed: int = 0,
    until: float | None = None,
    unprinted: Unprinted | None = None,
    anaesthetic: Anaesthetic = PRACTICE,
    case: Case | None = None,
    warnings: tuple[str, ...] = (),
    outcomes_only: bool = False,
    sampler: SubjectSampler | None = None,
    grid: Grid = tissue.GRID,
    progress: Progress | None = None,
) -> Course:
    """Simulate a protocol in a skin: the same inputs and seed give the same course.

    Parameters
    ----------
    protocol
        What is done, and when.
    skins
        The skin at each site of the protocol, by site id.
    parameters
        The parameter set; its mechanisms must be those of the skin, name by name and unit by unit.
    draws
        Draws of the uncertain inputs (parameters, unpublished device geometry, ``unprinted``); 1 is the central course.
    people
        Number of people: between-person variability at central parameter values.
    until
        Last day (default: a year after the last session).
    unprinted
        What each draw has in the place of what a published arm did not print; its first protocol is this one.
    anaesthetic
        What is applied before needling where a variant names none; it changes pain and minutes alone.
    case, warnings
        Kept in the ledger.
    outcomes_only
        Keep the bands of the people, not each of them: memory then does not grow with their number.
    crowd
        Whose skin the people have; that of ``skins`` where none is given.

    Raises
    ------
    InputError
        A horizon outside the range, or a parameter set that does not fit the mechanisms.
    RunError
        The central course or every draw failed; people who failed are counted in the result.
    """
    last = protocol.last_day
    horizon = last + FOLLOW_UP if until is None else until
    if not last < horizon <= last + LONGEST_COURSE:
        raise InputError(
            field="numerics.until",
            value=until,
            accepted=f"a day after the last session ({last:g}) and at most {last + LONGEST_COURSE:g}",
            whose="the protocol, and ten years of follow-up as this program's range",
            next_step="leave it out for a year after the last session",
        )
    check_mechanisms(parameters)
    drawn_as = Unprinted(variants=(Variant(protocol),)) if unprinted is None else unprinted
    all_days = {day for variant in drawn_as.variants for day in variant.protocol.session_days}
    days = output_days(tuple(sorted(all_days)), horizon)
    each = 1 + (draws if draws > 1 else 0) + people
    told = _counter(progress, each * sum(len(skins[site].parts) for site in protocol.sites))
    sites = {
        site: _simulate_site(
            site,
            drawn_as,
            skins[site],
            parameters,
            draws,
            people,
            seed,
            days,
            anaesthetic,
            outcomes_only,
            sampler,
            grid,
            told,
        )
        for site in protocol.sites
    }
    return Course(
        protocol=protocol,
        sites=sites,
        ledger=ledger(
            protocol,
            skins,
            parameters,
            draws=draws,
            people=people,
            seed=seed,
            case=case,
            warnings=warnings,
            anaesthetic=anaesthetic,
        ),
    )


def _simulate_site(
    site: str,
    unprinted: Unprinted,
    skin: Skin,
    parameters: ParameterSet,
    draws: int,
    people: int,
    seed: int,
    days: Floats,
    anaesthetic: Anaesthetic,
    outcomes_only: bool,
    sampler: SubjectSampler | None,
    grid: Grid,
    told: Callable[[int], None],
) -> SiteCourse:
    """Members, in order: the central course, the draws, the people (unless only their bands are kept)."""
    unknown = draws if draws > 1 else 0
    kept, streamed = (0, people) if outcomes_only else (people, 0)
    count = 1 + unknown + kept
    whose = np.zeros(count, dtype=int)
    whose[1 : 1 + unknown] = unprinted.which if unknown and len(unprinted.which) else 0
    parts = []
    for number, variant in enumerate(unprinted.variants):
        index, of = np.flatnonzero(whose == number), variant.protocol.at(site)
        if not len(index):
            continue
        made = draw_ensemble(
            of.sources, skin, parameters, draws=unknown, people=kept, seed=seed, ranges=variant.ranges, sampler=sampler,
            of_draws=unprinted.subject, anaesthetic=variant.anaesthetic or anaesthetic,
        )  # fmt: skip
        made = made if len(index) == count else rows_of(made, index)
        parts.append(Part(predict(made, schedule_of(of), days, grid=grid, progress=told), made, index))
    at, first = unprinted.variants[0].protocol.at(site), parts[0]
    schedule = schedule_of(at)
    all_, made, happened = joined(parts)
    if all_.solution.failure[0]:
        raise unsolved("the central course", all_.solution.failure[:1])
    good = all_.solution.failure == 0
    index = np.arange(count)
    group_draws = index[(index >= 1) & (index < 1 + unknown) & good] if unknown else np.array([0])
    group_people = index[(index >= 1 + unknown) & good]
    if not len(group_draws):
        raise unsolved("every draw", all_.solution.failure[1 : 1 + unknown])
    named = (
        (f"{name}, phase {phase + 1}" if number else name, v)
        for number, (inputs, phase) in enumerate(zip(made.inputs, at.phases, strict=True))
        for name, v in inputs.items()
    )
    drawn = {name: v[group_draws] for name, v in (*made.values.items(), *named)}
    drawn |= {name: np.asarray(v)[group_draws - 1] for name, v in unprinted.drawn.items() if unknown}
    central = {name: v[0] for name, v in all_.treated.items()}
    failures = np.bincount(all_.solution.failure, minlength=len(FAILURES))
    error = float(all_.solution.error[good].max())
    seen = list(_seen_pih(all_, made)[group_people])
    bands: list[dict[str, Band]] = [{}, {}, {}]
    if len(group_people):
        bands = [{n: Band.of(v[group_people]) for n, v in every.items()} for every in all_.seen]
    if streamed:
        tallies = [{name: Tally() for name in every} for every in all_.seen]

        def solved(some: Ensemble) -> tuple[Predicted, Flags]:
            found = predict(some, schedule, days, grid=grid)
            return found, _seen_pih(found, some)

        people_of = sampled_ensembles(
            at.sources, skin, parameters, people=streamed, seed=seed, at_once=CROWD, sampler=sampler
        )
        for some, pigmented in ahead(solved, people_of):
            well = some.solution.failure == 0
            seen += list(pigmented[well])
            failures = failures + np.bincount(some.solution.failure, minlength=len(FAILURES))
            error = max(error, float(some.solution.error[well].max(initial=0.0)))
            for tally, every in zip(tallies, some.seen, strict=True):
                for name, values in every.items():
                    tally[name].add(values[well])
            told(len(well) * len(skin.parts))
        bands = [{name: one.band() for name, one in tally.items() if one.people} for tally in tallies]
    values = {name: v[group_draws] for name, v in all_.treated.items()}
    return SiteCourse(
        site=site,
        skin=skin,
        time_day=days,
        values=values,
        untreated={name: v[group_draws] for name, v in all_.untreated.items()},
        people={name: v[group_people] for name, v in all_.treated.items()},
        people_untreated={name: v[group_people] for name, v in all_.untreated.items()},
        people_band=bands[0],
        people_untreated_band=bands[1],
        people_change_band=bands[2],
        central=central,
        sessions=_session_results(site, at, all_, made, happened, group_draws, group_people, parameters),
        scarred=all_.scarred[group_draws],
        people_scarred=all_.scarred[group_people],
        pih=epidermis.share_beyond(
            np.max(all_.pih_drive, axis=0)[group_draws], parameters["pih_susceptibility"].variability.a
        ),
        people_pih=float(np.mean(seen)) if len(seen) else None,
        phases=first_phases(first.predicted.members, first.made.size, made.shares, at.which[0], grid),
        drawn=drawn,
        draw_numbers=tuple(int(number) for number in group_draws),
        people_numbers=tuple(int(number) for number in group_people),
        last_session_day=at.days[-1],
        failures={why: int(n) for why, n in zip(FAILURES, failures, strict=True) if why and n},
        numerical_error=error,
        redrawn=_Redrawn(
            sources=tuple(at.sources),
            schedule=schedule,
            skin=skin,
            parameters=parameters,
            draws=unknown,
            seed=seed,
            unprinted=unprinted,
            anaesthetic=anaesthetic,
            grid=grid,
            time_day=days,
            last=at.days[-1] + LOOK,
        ),
    )


class PeopleCourse(NamedTuple):
    """The course of some people at one site, at central parameter values: a row each."""

    time_day: Floats
    treated: Mapping[str, Floats]
    """(people, days) by outcome."""
    untreated: Mapping[str, Floats]
    solved: Flags
    """Whether the course could be computed; other rows have no meaning."""
    bruised: Floats
    """Probability of a bruise after some session."""
    pigmented: Flags
    """Whether visible post-inflammatory hyperpigmentation develops after some session."""
    scarred: Flags


def simulate_people(
    protocol: Protocol,
    skin: Skin,
    parameters: ParameterSet,
    *,
    first: int,
    count: int,
    seed: int,
    until: float,
    sampler: SubjectSampler,
    grid: Grid = tissue.GRID,
) -> PeopleCourse:
    """People number ``first`` and those after, ``count`` in all, of a protocol with one site.

    Person number i is the same whichever others are asked for with her, to the last digit, and the same as in
    :func:`simulate` with these people.
    """
    check_mechanisms(parameters)
    (site,) = protocol.sites
    at, days = protocol.at(site), output_days(protocol.session_days, until)
    (made,) = sampled_ensembles(
        at.sources, skin, parameters, people=count, seed=seed, at_once=count, sampler=sampler, first=first
    )
    found = predict(made, schedule_of(at), days, grid=grid)
    unbruised = np.ones(count)
    for source in at.which:
        unbruised = unbruised * (1.0 - np.asarray(found.session_effects[source].reaction.bruising_probability))
    return PeopleCourse(
        time_day=days, treated=found.treated, untreated=found.untreated, solved=found.solution.failure == 0,
        bruised=1.0 - unbruised, pigmented=_seen_pih(found, made), scarred=found.scarred,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Redrawn:
    """The draws of a site again, with all but the assumed parameters drawn anew; solved when it is asked for."""

    sources: tuple[NeedlePattern, ...]
    schedule: Schedule
    skin: Skin
    parameters: ParameterSet
    draws: int
    seed: int
    unprinted: Unprinted
    anaesthetic: Anaesthetic
    grid: Grid
    time_day: Floats
    last: float

    @cached_property
    def solved(self) -> tuple[Mapping[str, Floats], Flags, int] | None:
        """Outcomes before treatment and on the day, whether each draw was solved, and the number of the day."""
        if self.draws < LEAST_REDRAWN or len(self.unprinted.variants) > 1 or self.time_day[-1] < self.last:
            return None
        some, (variant,) = min(self.draws, MOST_REDRAWN), self.unprinted.variants
        second = draw_ensemble(
            self.sources, self.skin, self.parameters, draws=some, seed=self.seed, ranges=variant.ranges,
            of_draws=_first(self.unprinted.subject, some), anaesthetic=variant.anaesthetic or self.anaesthetic,
            redrawn=True,
        )  # fmt: skip
        day = int(np.flatnonzero(self.time_day >= self.last)[0])
        # as far as harm is looked for, so that nothing is solved a second time
        read = np.unique([*self.schedule.days, self.time_day[day], self.schedule.days[-1] + SETTLED])
        # a correlation is the same on coarse steps
        found = predict(rows_of(second, np.arange(1, some + 1)), self.schedule, read, grid=self.grid, roughly=True)
        both = [0, int(np.searchsorted(read, self.time_day[day]))]
        return {name: v[:, both] for name, v in found.treated.items()}, found.solution.failure == 0, day


def _variance_assumed(
    values: Mapping[str, Floats], again: Mapping[str, Floats], good: Flags, day: int, numbers: Sequence[int]
) -> dict[str, float]:
    """Share of the variance that rests on assumed numbers, by outcome.

    The correlation of the draws with the same in which all but the assumed parameters are drawn anew: the closed Sobol
    index of the assumed ones together (Sobol 2001), with a standard error of (1 − share²)/√draws.
    """
    rows = [(row, number - 1) for row, number in enumerate(numbers) if number <= len(good) and good[number - 1]]
    if len(rows) < LEAST_REDRAWN:
        return {}
    one, two = (np.array(side) for side in zip(*rows, strict=True))
    found = {}
    for name, each in values.items():
        if name in again:
            first, second = each[one, day] / each[one, 0], again[name][two, -1] / again[name][two, 0]
            if np.ptp(first) > 0 and np.ptp(second) > 0:
                found[name] = float(np.clip(np.corrcoef(first, second)[0, 1], 0.0, 1.0))
    return found


def unsolved(what: str, codes: Sequence[int]) -> RunError:
    """What is said where a result has nothing to stand on: why its members failed."""
    why = dict.fromkeys(FAILURES[code] for code in codes if code)
    advice = "take values nearer to the usual, of the fixed parameters or of the person"
    return RunError(what, value="; ".join(why), next_step=advice)


#: Draws of a course that are drawn again for what rests on assumed numbers, and the fewest of them.
MOST_REDRAWN: Final = 50
LEAST_REDRAWN: Final = 20


def _first(subject: Subject | None, count: int) -> Subject | None:
    """The first of many people."""
    return None if subject is None else mapped(lambda leaf: np.asarray(leaf)[:count], subject)


#: People solved at a time where only their bands are kept.
CROWD: Final = 16 * BLOCK


def _counter(report: Progress | None, of: int) -> Callable[[int], None]:
    """Adds up the members that are done, and reports them."""
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        if report is not None:
            report(done, of)

    return more


def ahead(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """Results in order; the next is worked out while the last is looked at, and never more than two are begun."""
    with ThreadPoolExecutor(2) as pool:
        begun: deque[Future[Any]] = deque()
        for item in items:
            begun.append(pool.submit(function, item))
            if len(begun) == 2:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _session_results(
    site: str,
    at: SiteSchedule,
    all_: Predicted,
    made: Ensemble,
    happened: Sequence[Flags],
    draws: Floats,
    people: Floats,
    parameters: ParameterSet,
) -> tuple[SessionInjury, ...]:
    """Each session on the skin as it then is: the needling at rest, with the injury that the course booked.

    Of the draws those that have the session; the central course where none has.
    """
    closure = [closures(made, session_effects) for session_effects in all_.session_effects]
    spread = parameters["pih_susceptibility"].variability.a

    def result(day: float, source: int, done: WoundRecord, has_it: Flags, drive: Floats) -> SessionInjury:
        group = draws[has_it[draws]] if has_it[draws].any() else np.array([0])
        then = all_.session_effects[source]._replace(
            injury=done.injury,
            depth_faces_mm=done.depth_faces_mm,
            papillary_injury=done.papillary_injury,
            papillary_hit_density=done.papillary_hit_density,
        )
        one = SessionInjury.of(then, group, day=day, site=site, made=made, closure=closure[source], people=people)
        return replace(one, pih_probability=Interval.of(epidermis.share_beyond(drive[group], spread)))

    drives = all_.pih_drive[-len(at.days) :]
    return tuple(map(result, at.days, at.which, all_.solution.sessions, happened, drives))


def _seen_pih(all_: Predicted, made: Ensemble) -> Flags:
    """Whether each person, of own susceptibility, develops visible PIH after some session."""
    found: Flags = np.max(all_.pih_drive, axis=0) * made.parameters.epidermis.pih_susceptibility > 1.0
    return found
