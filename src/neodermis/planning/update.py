"""``update``: the forecast of one person after measured follow-ups, and whether to go on with the course.

Equations   (j: member, a draw and a person; i: follow-up; y: outcome; s: +1 where higher is better, else −1)
    measured        v_i ~ Normal(y_ij e^(−b_ij), σ_i²)
    weight          w_j ∝ Π_i exp(−(v_i − y_ij e^(−b_ij))² / 2σ_i²) ,  Σ w = 1
    effective       1 / Σ w²
    gain            g(t) = s (y(t) − y(0)) / m , at most s (target − y(0)) / m ; mean over the goals by weight
    further change  E_w[g(T) − g(now)] ;  of the remaining sessions  E_w[g(T) − g_stopped(T)]
    expected        E = Σ v ((1 − λ) r + λ E_w[g(T)]) / Σ v ,  v the weight of a goal
b is what the rater takes off the logarithm of a severity on that day (:mod:`neodermis.skin.raters`), 0 of an
instrument and where higher is better; it is uncertain and belongs to the member, so that readings by one kind of rater
share it.  σ is the error of one reading, half of m where none is known; m is the smallest change that matters; T is
90 days after the last session.  A grade of a concern is where the member starts.  Nothing is tempered.

r is what other studies report of a course with such depths and as many sessions, and λ the weight of the simulation
beside them, as in ``plan`` (:mod:`neodermis.planning.scoring`).  They report the end of a course, so that a measurement
changes g and not r.

Advice   (the first row that holds; every threshold is custom)
    ==========  ===================================================================================================
    uncertain   effective draws below 50, or a measurement in the outer 1 % of its forecast, or no goal with a size
    stop        worse than before treatment with probability above 0.9; or expected PIH or scarring beyond the limit
    stop        no session remains; change where one more is expected to add what is worth a session
    continue    fewer sessions done than studies of the concern gave, and the expected benefit of the course within a
                quarter of a change that matters, or a probability of such a change of a half or more
    stop        the remaining sessions are expected to add less than a quarter of the smallest change that matters and
                of the reading error
    change      probability of a change that matters at the end of the course below 0.1
    continue    further change of a tenth of the smallest change that matters or more
    uncertain   otherwise
    ==========  ===================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
from scipy.special import logsumexp, ndtr

from neodermis.api.case import Case
from neodermis.api.delivery import under_actives
from neodermis.api.inputs import read, within_limits
from neodermis.care.course import NOT_YET
from neodermis.care.prescription import FollowUp, follow_up_faults, read_follow_up
from neodermis.care.suitability import Adapted, Verdict, screen_protocol, unadapted
from neodermis.errors import DataFileError, InputError
from neodermis.evidence.posterior import load_posterior
from neodermis.people.concern import Concern, graded
from neodermis.people.patient import Patient
from neodermis.planning.panel import Panel, panel
from neodermis.planning.prescription import Prescription, prescribed
from neodermis.planning.prospects import LIKELY, MATTERS
from neodermis.planning.scoring import LOOKS, WORTHWHILE, Goal, days_of, other_studies
from neodermis.planning.supported import kind_of, supported
from neodermis.planning.what_if import sessions_from_start
from neodermis.results import ResultMethods
from neodermis.simulation.readout import Predicted
from neodermis.simulation.session import Floats, Ledger, ledger, structured
from neodermis.simulation.shared import Sessions, SharedCourses
from neodermis.skin import epidermis
from neodermis.skin.outcomes import OUTCOMES, Outcome
from neodermis.skin.raters import RaterParameters, offset
from neodermis.treatment import Protocol
from neodermis.treatment.anaesthetic import Anaesthetic, read_anaesthetic
from neodermis.uncertain import Band, Interval
from neodermis.wording import counted

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation

#: Members: as many draws as people, each draw in one person.
MEMBERS: Final = 2_000
#: Days after the last session that are told, and after the last follow-up.
NEXT, YEAR = LOOKS
LATER: Final = 180.0
#: Custom: effective draws below which a forecast rests on few draws, and below which none is given.
FEW: Final = 50.0
NONE_LEFT: Final = 5.0
#: Custom: share of the forecast beyond a measurement, on both sides together, below which the two do not agree.
SURPRISING: Final = 0.01
#: Custom: share of the smallest change that matters from which a further change counts.
NOTICEABLE: Final = 0.1
#: Custom: probability of a change that matters at the end, below which another plan is looked for.
UNLIKELY: Final = 0.1
#: Custom: probability of being worse than before treatment above which it stops.
HARMED: Final = 0.9
#: Share of the smallest change that matters which stands for an unknown reading error.
UNKNOWN_ERROR: Final = 0.5
#: Days between two looks of the courses that are drawn.
_STEP: Final = 15.0
_RATER: Final = "blinded"

_ANOTHER: Final = "Whether another plan comes nearer: neodermis plan."

Advice = Literal["continue", "change", "stop", "uncertain"]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A measured follow-up beside its forecast before any measurement, in the unit of the outcome."""

    outcome: str
    site: str
    day: float
    measured: float
    rater: str
    forecast: Interval
    """90 % predictive interval of a reading by this rater: with rater bias and reading error."""
    below: float
    """Share of the forecast below the measurement."""
    reading_error: float
    error_known: bool
    smallest: float
    """Smallest change that matters."""

    @property
    def inside(self) -> bool:
        """Whether the measurement lies in the interval."""
        return self.forecast.lower90 <= self.measured <= self.forecast.upper90

    @property
    def error(self) -> float:
        """Measured less forecast."""
        return self.measured - self.forecast.median

    @property
    def doubtful(self) -> bool:
        """Whether hardly any of the forecast lies beyond the measurement."""
        return 2.0 * min(self.below, 1.0 - self.below) < SURPRISING


class Look(NamedTuple):
    """An outcome on a day before and after the measurements; ``after`` is None where they contradict the model."""

    day: float
    before: Interval
    """As a blinded rater would grade it, or an instrument read it."""
    after: Interval | None
    bare_before: Interval
    """Without rater bias."""
    bare_after: Interval | None
    untreated: float
    """Without treatment, by the same rater; after the measurements, where they do not contradict the model."""
    bare_untreated: float


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """The forecast of an outcome at a site, before and after the measurements."""

    outcome: str
    site: str
    start: Interval
    next: Look
    """Three months after the last session; where that is past, half a year after the last follow-up."""
    at_12_months: Look
    """A year after the last session."""
    later: Look
    """Half a year after the last follow-up."""
    days: Floats
    before: Band
    """By day, as a blinded rater would grade it."""
    after: Band | None
    goal: bool
    """Whether the advice rests on it."""
    direction_only: str


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What the advice rests on, after the measurements; changes in smallest changes that matter."""

    gained: float
    """Simulated gain since before treatment, on the day of the last follow-up."""
    further: float
    """Simulated further change until 90 days after the last session."""
    expected: float
    """Expected benefit of the whole course at that time, with other studies."""
    expected_before: float
    """The same before the measurements."""
    other_studies: bool
    """Whether other studies speak of such a course."""
    of_sessions: float
    """What the remaining sessions are expected to add to it; 0 without any."""
    one_more: float
    """What one more session like the last is expected to add, 90 days after it; 0 where sessions remain."""
    reaching: float
    """Simulated probability of a change that matters 90 days after the last session."""
    reaching_before: float
    """The same before the measurements."""
    worse: float
    """Probability of being worse than before treatment, on the day of the last follow-up."""
    pih: float
    scarring: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Update(ResultMethods):
    """Forecast of one person after measured follow-ups."""

    consultation: Consultation
    protocol: Protocol
    today: date
    follow_ups: tuple[Compared, ...]
    """By day."""
    effective_draws: float
    members: int
    failed: int
    forecast: Mapping[str, Mapping[str, Renewed]]
    """By site and outcome."""
    advice: Advice
    why: tuple[str, ...]
    outlook: Outlook | None
    """None where no goal has a size."""
    remaining: tuple[float, ...]
    """Days of the sessions that are still to come; one on the day of a follow-up comes after it."""
    verdict: Verdict
    adapted: Adapted
    ledger: Ledger
    warnings: tuple[str, ...]
    seed: int

    @property
    def contradicts(self) -> bool:
        """Whether no forecast can be given after these measurements."""
        return self.effective_draws < NONE_LEFT

    @property
    def inside(self) -> int:
        """How many follow-ups lie in the 90 % interval of their forecast."""
        return sum(one.inside for one in self.follow_ups)

    @property
    def mean_absolute_error(self) -> float:
        """Mean distance of measurements from the forecast, in smallest changes that matter."""
        return float(np.mean([abs(one.error) / one.smallest for one in self.follow_ups]))

    @property
    def last_measured(self) -> float:
        """Day of the last follow-up."""
        return self.follow_ups[-1].day


def update(
    consultation: Consultation | Path | str,
    protocol: str | Protocol | None = None,
    *,
    measured: Sequence[FollowUp | Mapping[str, Any]] = (),
    today: date | None = None,
    clock: date | None = None,
    seed: int = 0,
) -> Update:
    """Forecast and advice after measured follow-ups of the patient of a consultation.

    Parameters
    ----------
    consultation
        The consultation, its file, or ``example`` for the shipped one; its tables ``[[follow_up]]`` count.
    protocol
        The course that was begun, as a sentence; by default ``[plan] protocol`` of the consultation.
    measured
        Further follow-ups, with the fields of a table ``[[follow_up]]``: ``outcome``, ``value``, ``day``, ``site``,
        ``rater``.
    today
        Day of the screening; by default that of the consultation, else ``clock``.
    clock
        Current date of the caller.
    seed
        The same seed draws the same members.

    Raises
    ------
    InputError
        No protocol, no follow-up, or one that cannot be used; the message names it and what is accepted.

    Examples
    --------
    >>> from datetime import date
    >>> import neodermis as nd
    >>> plan = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
    >>> reading = {"outcome": "wrinkle_grade", "value": 1.9, "day": 90, "site": "cheek"}
    >>> done = nd.update("example", plan, measured=[reading], today=date(2026, 11, 20))
    >>> done.follow_ups[0].inside, done.remaining
    (True, (90.0,))
    """
    from neodermis.care.consultation import check_today, consulted, screening_day

    one, file = consulted(consultation)
    day = screening_day(one, today, clock)
    plan = _course_of(one, protocol)
    own = len(one.follow_up)
    one = one.model_copy(update={"follow_up": [*one.follow_up, *map(_read, measured)]})
    for fault in follow_up_faults(one, file):
        raise _of_caller(fault, own)
    try:
        check_today(one, day, file)
    except DataFileError as fault:
        raise _of_caller(fault, own) from None
    follow_ups = sorted(one.measured, key=lambda each: (each.day, each.site, each.outcome))
    if not follow_ups:
        raise InputError(
            field="measured", accepted="one measured follow-up or more", whose="this command",
            next_step="add a table [[follow_up]] to the consultation, or give `measured` and `day`",
        )  # fmt: skip
    for each in follow_ups:
        if each.site not in plan.sites:
            raise InputError(
                field="site", value=each.site, accepted=f"a site of the protocol: {', '.join(plan.sites)}",
                whose="the course that is updated", next_step="correct the site, or give the protocol that was used",
            )  # fmt: skip
    return _Updater(one, plan, day, follow_ups, seed).update()


def _course_of(one: Consultation, protocol: str | Protocol | None) -> Protocol:
    """The course that was begun."""
    given = one.plan.protocol if protocol is None else protocol
    if given is None:
        raise InputError(
            field="plan.protocol", accepted="the protocol of the course that was begun", whose="this command",
            next_step='add protocol = "4 sessions …" under [plan] of the consultation, or give the sentence after it',
        )  # fmt: skip
    return read(given)


def _read(given: FollowUp | Mapping[str, Any]) -> FollowUp:
    if isinstance(given, FollowUp):
        return given
    try:
        return read_follow_up(given)
    except DataFileError as fault:
        field = fault.field.rpartition(".")[2]
        raise InputError(
            field=_FIELDS.get(field, "measured"), value=fault.value,
            accepted=(fault.accepted or "").removesuffix(' or "unknown"'),
            whose="a table [[follow_up]] of a consultation", next_step="correct the value",
        ) from None  # fmt: skip


#: Field of a follow-up → what it is among the inputs.
_FIELDS: Final = {"outcome": "measured", "value": "measured", "day": "day", "date": "day", "site": "site",
                  "rater": "rater"}  # fmt: skip


def _of_caller(fault: DataFileError, own: int) -> InputError:
    """A fault of a follow-up of the caller, who gave no file; of one of the file as it is."""
    entry, _, field = fault.field.rpartition(".")
    number = int(entry.partition("[")[2].rstrip("]") or 0)
    if number <= own:
        return fault
    return InputError(
        field=_FIELDS.get(field, "measured"), value=fault.value, accepted=fault.accepted, whose=fault.whose,
        next_step=fault.next_step,
    )  # fmt: skip


def weighted_interval(values: Floats, weights: Floats) -> Interval:
    """Median and central 90 % of weighted values; of equal weights those of :meth:`Interval.of` nearly."""
    order = np.argsort(values)
    level = np.cumsum(weights[order])
    lower, median, upper = np.interp((0.05, 0.5, 0.95), level - 0.5 * weights[order], values[order])
    return Interval(float(median), float(lower), float(upper))


def weighted_band(values: Floats, weights: Floats) -> Band:
    """The same by day, of (members, days)."""
    rows = [weighted_interval(column, weights) for column in values.T]
    return Band(*(np.array([getattr(row, edge) for row in rows]) for edge in Band._fields))


def predictive(levels: Floats, error: float, span: tuple[float, float] | None = None) -> Interval:
    """Median and central 90 % of readings of equally likely levels with a normal error, inside the scale."""
    grid = np.linspace(levels.min() - 4.0 * error, levels.max() + 4.0 * error, 801)
    below = np.array([ndtr((x - levels) / error).mean() for x in grid])
    lower, median, upper = np.clip(np.interp((0.05, 0.5, 0.95), below, grid), *(span or (-np.inf, np.inf)))
    return Interval(float(median), float(lower), float(upper))


class _At(NamedTuple):
    """The members at a site, those that did not fail."""

    days: Floats
    course: Predicted
    stopped: Predicted | None
    """Without the sessions that are still to come."""
    more: Predicted | None
    """With one more session on the day of the last follow-up, where none is to come."""


class _Updater:
    """The steps of one update, in order."""

    def __init__(
        self, one: Consultation, plan: Protocol, today: date, follow_ups: Sequence[FollowUp], seed: int
    ) -> None:  # fmt: skip
        self.one, self.today, self.follow_ups, self.seed = one, today, follow_ups, seed
        self.given = plan
        self.plan, changes = plan.at_settings()
        self.warnings = dict.fromkeys([*changes, *within_limits(self.plan, True)])
        self.began = one.plan.first_session or today
        self.now = max(float(each.day or 0.0) for each in follow_ups)
        self.remaining = tuple(day for day in self.plan.session_days if day >= self.now)
        last = self.plan.last_day
        self.looks = {
            "next": last + NEXT if last + NEXT > self.now else self.now + LATER,
            "at_12_months": last + YEAR,
            "later": self.now + LATER,
        }
        self.end = max(last + NEXT, self.now)
        self.done = sum(day < self.now for day in self.plan.session_days)

    # ------------------------------------------------------------------------------------------------ members

    def _screened(self) -> tuple[Verdict, Adapted]:
        """The verdict of today, and the patient as the rules adapt the forecast, on the day of the first session."""
        verdict = screen_protocol(self.one, self.plan, today=self.today)
        return verdict, unadapted(self.plan, replace(verdict, today=self.began))

    def _patient(self, site: str) -> Patient:
        """The patient as the rules adapt the forecast, with the concerns of a site."""
        return replace(self.adapted.patient, concerns=self.one.person(self.began, site).concerns)

    def _solved(self, site: str, members: Panel) -> _At:
        """The course and the one that stops now."""
        sessions = sessions_from_start(self.plan, site)
        done = tuple(one for one in sessions if one[0] < self.now)
        measured = [float(each.day or 0.0) for each in self.follow_ups]
        last = max(*self.looks.values(), self.end, self.now + NEXT)

        def days(some: Sessions) -> Floats:
            found: Floats = np.unique([
                *days_of(some), *measured, *self.looks.values(), self.end, self.now + NEXT,
                *np.arange(0.0, last, _STEP),
            ])  # fmt: skip
            return found

        courses = SharedCourses(
            skin=self.skins[site], values=members.values, parameters=members.parameters, seed=members.seed,
            until=max(last, self.now + YEAR, days(sessions)[-1]), anaesthetic=self.numbing, halvings=0,
        )  # fmt: skip
        course = courses.predicted(sessions, days(sessions))
        stopped = courses.predicted(done, days(done)) if done and len(done) < len(sessions) else None
        another = (*sessions, (self.now, sessions[-1][1]))
        more = None if self.remaining else courses.predicted(another, days(another))
        return _At(course.solution.days, course, stopped, more)

    # ------------------------------------------------------------------------------------------------ readings

    def _level(self, site: str, name: str, found: Predicted | None = None) -> Floats:
        """An outcome of the members by day; one on whose scale a concern was graded starts at its grade."""
        return self._from_grade(site, name, (found or self.at[site].course).treated[name])

    def _from_grade(self, site: str, name: str, values: Floats) -> Floats:
        """Values by day, from the grade that was given on the scale of the outcome, if any."""
        grade = _grade(self.concerns[site], name)
        return values if not grade else np.asarray(values * (grade / values[:, :1]))

    def _bias(self, name: str, rater: str, days: Floats) -> Floats:
        """What a rater takes off the logarithm, (members, days)."""
        outcome = OUTCOMES[name]
        if not (outcome.raters and outcome.better == "lower"):
            return np.zeros((self.members.size, len(days)))
        p: RaterParameters = structured(
            RaterParameters, {one: self.members.values[one] for one in RaterParameters._fields}, self.members.parameters
        )
        return np.stack([np.broadcast_to(offset(rater, day, p), self.members.size) for day in days], axis=1)

    def _read_by(self, site: str, name: str, rater: str, days: Floats) -> Floats:
        """An outcome as a rater would grade it, without reading error, (members, days)."""
        at = np.searchsorted(self.at[site].days, days)
        return self._level(site, name)[:, at] * np.exp(-self._bias(name, rater, days))

    def _compared(self, each: FollowUp) -> tuple[Compared, Floats]:
        """A follow-up beside its forecast, and the logarithm of its likelihood in each member."""
        outcome, site, rater = OUTCOMES[each.outcome], each.site or "", each.rater or "instrument"
        if outcome.name not in self.at[site].course.treated:
            raise InputError(
                field="measured", value=outcome.name, accepted="an outcome of the course of this patient",
                whose="the model", next_step="choose another outcome",
            )  # fmt: skip
        level = self._read_by(site, outcome.name, rater, np.array([each.day]))[:, 0]
        start = float(np.median(self._level(site, outcome.name)[self.well, 0]))
        smallest = outcome.smallest(start)
        error, known = outcome.reading_error(start), True
        if error <= 0.0:
            error, known = UNKNOWN_ERROR * smallest, False
            self.warnings[
                f"{outcome.name} has no known reading error: half of the smallest change that matters is used"
            ] = None
        z = (each.value - level) / error
        found = Compared(
            outcome=outcome.name, site=site, day=float(each.day or 0.0), measured=each.value, rater=rater,
            forecast=predictive(level[self.well], error, outcome.range), below=float(ndtr(z[self.well]).mean()),
            reading_error=error, error_known=known, smallest=smallest,
        )  # fmt: skip
        return found, -0.5 * z**2

    # ------------------------------------------------------------------------------------------------ steps

    def update(self) -> Update:
        """The steps in order."""
        self.verdict, self.adapted = self._screened()
        wanted = prescribed(self.one, self.began)
        sites = [
            site for site in self.plan.sites
            if site in wanted.sites or any(each.site == site for each in self.follow_ups)
        ]  # fmt: skip
        parameters = self.adapted.parameters
        self.members = panel(parameters, draws=MEMBERS, people=MEMBERS, seed=self.seed)
        treated = {site: under_actives(self.plan, self._patient(site), parameters) for site in sites}
        self.concerns = {site: one.concerns for site, one in treated.items()}
        self.skins = {site: one.skin(site) for site, one in treated.items()}
        self.numbing: Anaesthetic = read_anaesthetic(
            "none" if self.adapted.anaesthetic == "none" else self.one.plan.applied
        )
        self.at = {site: self._solved(site, self.members) for site in sites}
        solved = [found for each in self.at.values() for found in (each.course, each.stopped, each.more) if found]
        self.well = np.all([np.asarray(found.solution.failure) == 0 for found in solved], axis=0)
        compared, likelihoods = zip(*map(self._compared, self.follow_ups), strict=True)
        self.even = self.well / self.well.sum()
        score = np.where(self.well, np.sum(likelihoods, axis=0), -np.inf)
        self.weights = np.exp(score - logsumexp(score))
        effective = float(1.0 / (self.weights**2).sum())
        goals = [goal for goal in wanted.goals if goal.site in sites]
        self.goals = [goal for goal in goals if not goal.direction_only]
        outlook = self._outlook(self.goals)
        advice, why = _advised(self, compared, effective, outlook, wanted)
        case = Case(plan=self.given, patient=next(iter(treated.values())), beyond_limits=True,
                    anaesthetic=str(self.numbing))  # fmt: skip
        return Update(
            consultation=self.one,
            protocol=self.plan,
            today=self.today,
            follow_ups=compared,
            effective_draws=effective,
            members=int(self.well.sum()),
            failed=int((~self.well).sum()),
            forecast={site: dict(self._forecast(site, goals, effective)) for site in sites},
            advice=advice,
            why=tuple(why),
            outlook=outlook,
            remaining=self.remaining,
            verdict=self.verdict,
            adapted=self.adapted,
            ledger=ledger(
                self.plan, self.skins, parameters, draws=MEMBERS, people=MEMBERS, seed=self.seed, case=case,
                warnings=(), anaesthetic=self.numbing,
            ),
            warnings=tuple(self._told()),
            seed=self.seed,
        )  # fmt: skip

    def _told(self) -> Iterator[str]:
        """What a reader of the result must know."""
        if self.verdict.overall in NOT_YET:
            yield (
                f"screening on {self.today.isoformat()}: {self.verdict.sentence()} The update is made all the same, "
                "since the treatment has begun"
            )
        yield from (f"forecast changed by a screening rule: {change}" for change in self.adapted.forecast)
        yield from self.warnings
        if self.given.session_days[0] < self.now:
            yield (
                f"sessions before day {self.now:g} are taken as planned; if they were not, give the protocol as it was "
                "done"
            )

    def _forecast(self, site: str, goals: Sequence[Goal], effective: float) -> Iterator[tuple[str, Renewed]]:
        """The outcomes of the goals at a site, and those that were measured there."""
        own = {goal.outcome: goal for goal in goals if goal.site == site}
        names = dict.fromkeys([*own, *(each.outcome for each in self.follow_ups if each.site == site)])
        days = self.at[site].days
        shown = days[days <= max(self.looks.values())]
        for name in names:
            bare = self._level(site, name)
            rated = self._read_by(site, name, _RATER, shown)
            untreated = self._from_grade(site, name, np.asarray(self.at[site].course.untreated[name]))
            same = untreated[:, : len(shown)] * np.exp(-self._bias(name, _RATER, shown))
            renewed = effective >= NONE_LEFT

            def look(day: float, bare: Floats = bare, rated: Floats = rated, untreated: Floats = untreated,
                     same: Floats = same, renewed: bool = renewed) -> Look:  # fmt: skip
                at = int(np.searchsorted(shown, day))

                def of(values: Floats, weights: Floats) -> Interval:
                    return weighted_interval(values[self.well, at], weights[self.well])

                weights = self.weights if renewed else self.even
                return Look(
                    day, of(rated, self.even), of(rated, self.weights) if renewed else None,
                    of(bare, self.even), of(bare, self.weights) if renewed else None,
                    of(same, weights).median, of(untreated, weights).median,
                )  # fmt: skip

            yield name, Renewed(
                outcome=name, site=site, start=weighted_interval(bare[self.well, 0], self.even[self.well]),
                **{which: look(day) for which, day in self.looks.items()}, days=shown,
                before=weighted_band(rated[self.well], self.even[self.well]),
                after=weighted_band(rated[self.well], self.weights[self.well]) if renewed else None,
                goal=name in own, direction_only=own[name].direction_only if name in own else "",
            )  # fmt: skip

    def _gain(self, goal: Goal, day: float, found: Predicted) -> Floats:
        """Gain of a goal since before treatment on a day of a course, in smallest changes that matter, by member."""
        level = self._level(goal.site, goal.outcome, found)
        outcome: Outcome = OUTCOMES[goal.outcome]
        sign = 1.0 if outcome.better == "higher" else -1.0
        better = sign * (level[:, np.searchsorted(found.solution.days, day)] - level[:, 0])
        if goal.target is not None:
            better = np.minimum(better, np.maximum(sign * (goal.target - level[:, 0]), 0.0))
        smallest = outcome.smallest(float(np.median(level[self.well, 0])))
        return np.where(self.well, better / smallest, 0.0)

    def _outlook(self, goals: Sequence[Goal]) -> Outlook | None:
        """What the advice rests on; None without a goal that has a size."""
        if not goals:
            return None
        whole = sum(goal.weight for goal in goals)
        others = other_studies(
            goals, lambda goal: self._level(goal.site, goal.outcome)[:, 0], load_posterior(), self.members
        )

        def mean(values: Any, weights: Floats = self.weights) -> float:
            return float(weights @ values)

        def gain(day: float, kind: str = "course") -> Floats:
            """Simulated, over the goals."""
            gains = (goal.weight * self._gain(goal, day, getattr(self.at[goal.site], kind)) for goal in goals)
            return np.asarray(sum(gains) / whole)

        def expected(day: float, kind: str = "course", before: float = np.inf) -> Floats:
            """With other studies; of a course that ends ``before`` a day what they say of so many sessions."""
            gains = (
                goal.weight * np.where(self.well, others.gain(
                    goal, self.plan, self._gain(goal, day, getattr(self.at[goal.site], kind)), before), 0.0)
                for goal in goals
            )  # fmt: skip
            return np.asarray(sum(gains) / whole)

        now, end = gain(self.now), gain(self.end)
        benefit, of_sessions, one_more = expected(self.end), 0.0, 0.0
        if self.remaining:
            of_sessions = mean(benefit - expected(self.end, "stopped", self.now))
        else:
            later = self.now + NEXT
            one_more = mean(expected(later, "more") - expected(later))
        courses = [each.course for each in self.at.values()]
        spread = self.members.parameters["pih_susceptibility"].variability.a
        pih = np.max([epidermis.share_beyond(np.max(one.pih_drive, axis=0), spread) for one in courses], axis=0)
        return Outlook(
            gained=mean(now), further=mean(end - now), expected=mean(benefit),
            expected_before=mean(benefit, self.even),
            other_studies=any(
                weight < 1.0 and others.speaks(goal, self.plan)
                for goal, weight in zip(others.goals, others.weights, strict=True)
            ),
            of_sessions=of_sessions, one_more=one_more,
            reaching=mean(end >= 1.0), reaching_before=mean(end >= 1.0, self.even), worse=mean(now < -NOTICEABLE),
            pih=mean(np.where(self.well, pih, 0.0)),
            scarring=mean(np.any([one.scarred for one in courses], axis=0)),
        )  # fmt: skip

    @property
    def fewest(self) -> int:
        """Fewest sessions that studies of the concerns of the goals gave with the devices of the course."""
        kinds = [kind_of(one) for one in self.plan.devices]
        return max(
            (int(supported(goal.concern or "any", kind).sessions.low) for goal in self.goals for kind in kinds),
            default=1,
        )


def _grade(concerns: Mapping[str, Concern], name: str) -> float | None:
    """The grade that was given on the scale of an outcome; None without one."""
    found = (graded(one) for one in concerns.values())
    return next((each[1] for each in found if each is not None and each[0] == name), None)


def _advised(
    of: _Updater, compared: Sequence[Compared], effective: float, outlook: Outlook | None, wanted: Prescription
) -> tuple[Advice, list[str]]:
    """The advice and why: the table of the module."""
    if effective < NONE_LEFT:
        return "uncertain", [
            f"The measurement contradicts the model: {effective:.1f} of {of.well.sum():,} draws are left. No new "
            "forecast is given. Check the measurement, the rater, and whether the treatment was given as planned."
        ]
    doubtful = [one for one in compared if one.doubtful]
    if effective < FEW or doubtful:
        why = [
            f"{OUTCOMES[one.outcome].label} on day {one.day:g} lies in the outer {100 * SURPRISING:g} % of its "
            "forecast. Check the measurement, the rater, and whether the treatment was given as planned."
            for one in doubtful
        ]
        if effective < FEW:
            why.append(
                f"The measurements contradict the forecast: the new one rests on {effective:.0f} effective draws."
            )
        return "uncertain", why
    if outlook is None:
        return "uncertain", ["No goal of the consultation has an outcome whose size is predicted at these sites."]
    error = min((one.reading_error / one.smallest for one in compared), default=np.inf)
    least = WORTHWHILE * min(1.0, error)
    reach, basis = _reach(outlook, of.end), _basis(outlook)
    if outlook.worse > HARMED:
        return "stop", [f"Worse than before treatment with probability {outlook.worse:.2f}.", _harm(outlook)]
    for what, share, (limit, whose) in (
        ("PIH", outlook.pih, wanted.pih), ("a scar", outlook.scarring, wanted.scarring)
    ):  # fmt: skip
        if share > limit:
            return "stop", [f"Probability of {what} {share:.2f} is above the limit {limit:g} ({whose}).", reach]
    if not of.remaining:
        more = f"No session of the course remains; one more is expected to add {outlook.one_more:.2f} of the smallest"
        if outlook.one_more < least:
            return "stop", [f"{more} change that matters, less than {least:.2g} of it.", reach, basis]
        again = "Plan it with neodermis plan."
        return "change", [f"{more} change that matters. {again}", reach, basis]
    sessions = (
        f"The {counted(len(of.remaining), 'remaining session', 'remaining sessions')} "
        f"{'are' if len(of.remaining) > 1 else 'is'} expected to add {outlook.of_sessions:.2f} of the smallest change "
        "that matters"
    )
    promising = outlook.expected >= MATTERS - WORTHWHILE or outlook.reaching >= LIKELY
    if of.done < of.fewest and promising:
        return "continue", [
            f"{sessions}. Studies of this use gave {counted(of.fewest, 'session', 'sessions')} or more, and "
            f"{of.done} {'is' if of.done == 1 else 'are'} done: the course is not to be judged before.",
            reach, basis,
        ]  # fmt: skip
    if outlook.of_sessions < least:
        return "stop", [
            f"{sessions}, less than {least:.2g}, a quarter of that change and of the reading error.", reach, basis,
            *([_ANOTHER] if outlook.reaching < UNLIKELY else []),
        ]  # fmt: skip
    if outlook.reaching < UNLIKELY and not promising:
        return "change", [reach, f"{sessions}. {_harm(outlook)} {_ANOTHER}", basis]
    if outlook.further >= NOTICEABLE or promising:
        still = "" if outlook.reaching >= LIKELY else " The result at the end is uncertain, and improving."
        return "continue", [f"{sessions}.", f"{reach}{still}", basis]
    return "uncertain", [f"{sessions}.", reach, basis]


def _reach(outlook: Outlook, end: float) -> str:
    return (
        f"Improvement since before treatment by the smallest change that matters on day {end:g}: simulated probability "
        f"{outlook.reaching:.2f}; simulated further change {outlook.further:+.2f} of it."
    )


def _basis(outlook: Outlook) -> str:
    """What the whole course is expected to do, before and after the measurements, as ``plan`` counts it."""
    rests = (
        "from the simulation and the mean of other studies of such courses, weighted as in neodermis plan"
        if outlook.other_studies
        else "from the simulation alone: no pooled study used such depths and numbers of sessions"
    )
    if outlook.expected_before < MATTERS:
        said = " When it began, no change that matters was expected of this course; neodermis plan says so."
    elif outlook.reaching_before < LIKELY:
        said = " When it began, a change that matters was less likely than not; neodermis plan says so."
    else:
        said = ""
    return (
        f"Expected of the whole course, in smallest changes that matter: {outlook.expected:.2f} after the "
        f"measurements, {outlook.expected_before:.2f} before them ({rests}); simulated probability of such a change "
        f"{outlook.reaching:.2f} and {outlook.reaching_before:.2f}.{said}"
    )


def _harm(outlook: Outlook) -> str:
    return f"Probability of PIH {outlook.pih:.2f}, of a scar {outlook.scarring:.2f}."
