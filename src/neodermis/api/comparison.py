"""Cases side by side: what each does, and how far they differ on the same draws.

Every case is simulated with the same seed and the same draws of the uncertain parameters, so that the difference is
that of the cases and not of chance (common random numbers).  A draw that failed in one case is excluded from all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Unpack

from neodermis.api.case import Case, Simulating, case_of
from neodermis.api.course import simulate
from neodermis.api.inputs import read, read_horizon
from neodermis.arrays import read_at
from neodermis.errors import InputError, RunError
from neodermis.lazy import numpy as np
from neodermis.people.exposure import find_exposure
from neodermis.results import ResultMethods
from neodermis.simulation import course
from neodermis.simulation.course import LOOK, Course
from neodermis.simulation.session import Floats, Interval
from neodermis.skin.outcomes import OUTCOMES
from neodermis.treatment import Protocol, load_devices
from neodermis.units import read_number

if TYPE_CHECKING:
    import xarray

#: Years at which a change of exposure is looked at, and days of one: ten of them are the longest course.
YEARS: Final = (1.0, 10.0)
YEAR: Final = course.LONGEST_COURSE / YEARS[-1]
#: Changes of exposure, and cases, that are compared at a time.
MOST_CHANGES: Final = 5
MOST_CASES: Final = 8
Part = Literal["untreated", "treated"]
PARTS: Final[tuple[Part, ...]] = ("untreated", "treated")
#: What visits cost the patient → what it is, and its unit.
BURDEN: Final = {
    "visits": ("visits", "1"),
    "minutes": ("time in the chair, all visits", "min"),
    "minutes_per_visit": ("time in the chair, per visit", "min"),
    "pain_vas": ("pain of the most painful visit (0 to 10)", "1"),
    "erythema_hours": ("longest redness", "h"),
    "oedema_hours": ("longest swelling", "h"),
    "downtime_days": ("downtime, all visits", "d"),
    "bruising_probability": ("probability of a bruise, largest of a visit", "1"),
    "closure_hours_barrier": ("longest time until the barrier is back", "h"),
}


class Change(NamedTuple):
    """A case beside the first one: what it is called, and its course."""

    label: str
    course: Course


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison(ResultMethods):
    """Courses side by side; every difference is against the first."""

    labels: tuple[str, ...]
    """What each case is called: A, B, …, or the change of exposure."""
    courses: tuple[Course, ...]
    day: float
    """Day on which outcomes are compared, since the first session of each case."""
    exposures: bool = False
    """Whether exposures of one person are compared: the first course is the person without any change."""
    remarks: tuple[str, ...] = ()
    """What else a reader must know."""

    @property
    def base(self) -> Course:
        """The first course, which the others are compared with."""
        return self.courses[0]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The others."""
        return tuple(map(Change, self.labels[1:], self.courses[1:]))

    @property
    def cases(self) -> tuple[Case, ...]:
        """What was asked for, with the numerics that all share."""
        return tuple(one.ledger.case for one in self.courses)

    @property
    def across_patients(self) -> bool:
        """Whether the cases are of different people."""
        return not self.exposures and any(one.patient != self.cases[0].patient for one in self.cases)

    @property
    def looked_at(self) -> tuple[float, ...]:
        """Days on which a change of exposure is looked at: after :data:`YEARS`, or the last day of a shorter course."""
        return tuple(YEAR * year for year in YEARS if YEAR * year <= self.end) or (self.end,)

    @property
    def end(self) -> float:
        """The last day that all courses have."""
        return float(min(one.time_day[-1] for one in self.courses))

    @cached_property
    def time_day(self) -> Floats:
        """Every day of a result of any course, and :attr:`day`, up to the last that all have."""
        days: Floats = np.unique(np.concatenate([[self.day], *(one.time_day for one in self.courses)]))
        return days[days <= self.end]

    @cached_property
    def draw_numbers(self) -> tuple[int, ...]:
        """The draws that failed at no site of any case."""
        every = [set(site.draw_numbers) for one in self.courses for site in one.sites.values()]
        return tuple(sorted(set.intersection(*every)))

    @property
    def failed(self) -> int:
        """Draws that failed in some case and are excluded from all statistics."""
        return (self.base.ledger.draws if self.base.ledger.draws > 1 else 1) - len(self.draw_numbers)

    def rows(self, case: int, site: str) -> list[int]:
        """Rows of a course's arrays that are :attr:`draw_numbers`."""
        place = {number: row for row, number in enumerate(self.courses[case].sites[site].draw_numbers)}
        return [place[number] for number in self.draw_numbers]

    def outcomes(self, site: str) -> tuple[str, ...]:
        """Outcomes that every case has at a site."""
        return tuple(name for name in self.base.sites[site].values if all(
            name in one.sites[site].values for one in self.courses
        ))  # fmt: skip

    def values(self, case: int, site: str, name: str, days: float | Floats, part: Part = "treated") -> Floats:
        """An outcome of a case on a day (draws,), or on days (draws, days)."""
        found = self.courses[case].sites[site]
        every = (found.values if part == "treated" else found.untreated)[name]
        return read_at(days, found.time_day, every[self.rows(case, site)])

    def difference(self, case: int, site: str, name: str, day: float | None = None, part: Part = "treated") -> Interval:
        """Outcome of a case less that of the first, on the same draws, in the unit of the outcome."""
        when = self.day if day is None else day
        return Interval.of(self.values(case, site, name, when, part) - self.values(0, site, name, when, part))

    def against_untreated(self, case: int, site: str, name: str, day: float | None = None) -> Interval:
        """Outcome of a case less that of the same person without treatment, on the same draws."""
        when = self.day if day is None else day
        return Interval.of(self.values(case, site, name, when) - self.values(case, site, name, when, "untreated"))

    def scarring_risk(self, case: int, site: str) -> float:
        """Share of the draws that end as a scar."""
        return float(self.courses[case].sites[site].scarred[self.rows(case, site)].mean())

    def pih(self, case: int, site: str) -> Floats:
        """Share of people like this in whom PIH is seen, of each draw."""
        found: Floats = self.courses[case].sites[site].pih[self.rows(case, site)]
        return found

    def burden(self, case: int) -> dict[str, Floats]:
        """What the visits of a case cost the patient, draw by draw: the quantities of :data:`BURDEN`."""
        return burden(self.courses[case], self.draw_numbers)

    def added(self, change: Change, site: str, name: str, day: float, part: Part) -> Interval:
        """What a change adds to an outcome on a day, as a share of it without the change, draw by draw."""
        case = self.changes.index(change) + 1
        return Interval.of(self.values(case, site, name, day, part) / self.values(0, site, name, day, part) - 1.0)

    def kept(self, change: Change | None, site: str, name: str) -> Interval:
        """Time after the last session at which half of the peak gain remains (d), by draw.

        Gain and peak are those over the untreated skin of the first case, so that a change counts with what it does
        by itself; at most the length of the course.  Draws without a gain are left out.
        """
        case = 0 if change is None else self.changes.index(change) + 1
        days, last = self.base.time_day, self.base.sites[site].last_session_day
        its_days = self.courses[case].time_day
        bare, now = self.values(0, site, name, days, "untreated"), self.values(0, site, name, days)
        treated = self.values(case, site, name, its_days)
        found = []
        for row, untreated in enumerate(bare):
            top = (now[row] / untreated - 1.0).max()
            above = np.flatnonzero(treated[row] / np.interp(its_days, days, untreated) - 1.0 >= top / 2.0)
            if top > 0 and len(above):
                found.append(float(its_days[above[-1]]) - last)
        return Interval.of(np.array(found or [0.0]))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the differences must know, then the warnings of the courses."""
        about = list(self.remarks)
        if self.across_patients:
            about.append(
                f"the cases are of different people: a difference is between {len(self.labels)} people under the same "
                "draws of the uncertain parameters, and not the effect of a treatment"
            )
        if self.failed:
            about.append(f"{self.failed} draws failed in a case and are excluded from all statistics of all cases")
        return tuple(dict.fromkeys([*about, *(w for one in self.courses for w in one.ledger.warnings)]))

    @property
    def dataset(self) -> xarray.Dataset:
        """Every draw of every outcome that all cases have: dimensions site, case, draw, time_day; units as attributes.

        Burden has the dimensions case and draw.  ``dataset.sel(case="B") - dataset.sel(case="A")`` is the difference,
        draw by draw.
        """
        import xarray

        sites, cases = list(self.base.sites), range(len(self.courses))
        variables: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {}
        for name in (name for name in OUTCOMES if all(name in self.outcomes(site) for site in sites)):
            about = {"units": OUTCOMES[name].unit, "long_name": OUTCOMES[name].definition}
            for part in PARTS:
                ending = "" if part == "treated" else "_untreated"
                every = [[self.values(case, site, name, self.time_day, part) for case in cases] for site in sites]
                variables[f"{name}{ending}"] = (("site", "case", "draw", "time_day"), np.array(every), about)
        for name, (what, unit) in BURDEN.items():
            cost = np.array([self.burden(case)[name] for case in cases])
            variables[f"burden_{name}"] = (("case", "draw"), cost, {"units": unit, "long_name": what})
        risks = [[self.scarring_risk(case, site) for case in cases] for site in sites]
        variables["scarring_risk"] = (("site", "case"), np.array(risks), {"units": "1"})
        return xarray.Dataset(
            variables,
            coords={
                "site": sites,
                "case": list(self.labels),
                "draw": list(self.draw_numbers),
                "time_day": ("time_day", self.time_day, {"units": "d", "long_name": "days since the first session"}),
                "protocol": ("case", [one.protocol.sentence for one in self.courses]),
            },
            attrs={"title": "neodermis comparison", "compared_on_day": self.day, "seed": self.base.ledger.seed},
        )


def burden(found: Course, draw_numbers: Sequence[int]) -> dict[str, Floats]:
    """What the visits of a course cost the patient, of some of its draws: the quantities of :data:`BURDEN`."""
    each: dict[str, list[Floats]] = {}
    days = found.protocol.session_days
    for day in days:
        drawn = []
        for site in found.sites.values():
            place = {draw: row for row, draw in enumerate(site.draw_numbers)}
            rows = [place[draw] for draw in draw_numbers]
            done = (session.drawn for session in site.sessions if session.day == day)
            drawn += [{name: values[rows] for name, values in one.items()} for one in done]
        most = {name: np.max([one[name] for one in drawn], axis=0) for name in drawn[0]}
        # sites are needled one after the other, after one time of numbing
        most["minutes"] = np.sum([one["needling_minutes"] for one in drawn], axis=0) + most["numbing_minutes"]
        for name, values in most.items():
            each.setdefault(name, []).append(values)
    minutes = np.sum(each["minutes"], axis=0)
    return {
        "visits": np.full(len(draw_numbers), float(len(days))),
        "minutes": minutes,
        "minutes_per_visit": minutes / len(days),
        "pain_vas": np.max(each["pain_vas"], axis=0),
        "erythema_hours": np.max(each["erythema_hours"], axis=0),
        "oedema_hours": np.max(each["oedema_hours"], axis=0),
        "downtime_days": np.sum(each["downtime_days"], axis=0),
        "bruising_probability": np.max(each["bruising_probability"], axis=0),
        "closure_hours_barrier": np.max(each["closure_hours_barrier"], axis=0),
    }


def compare(
    case: str | Protocol | Case,
    *others: str | Protocol | Case,
    day: float | str | None = None,
    labels: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    **given: Unpack[Simulating],
) -> Comparison:
    """Compare cases on the same draws: answers, harm and burden side by side, with the interval of the difference.

    Parameters
    ----------
    case, others
        Protocol sentences, :class:`~neodermis.treatment.Protocol` objects or cases, 2 to 8, at the same sites.  Every
        difference is against the first.  A protocol has no person of its own: it takes person, parameters and limits
        of the first case among them, or those of the keywords.
    day
        Day since the first session on which outcomes are compared; by default 60 days after the latest last session.
    labels
        What the cases are called; by default A, B, C …
    given
        As :func:`~neodermis.simulate`; each keyword takes the place of that of every case.  Draws, seed and horizon are
        one for all: those of the first case among them.  People are not simulated.

    Notes
    -----
    Cases may be of different people.  The difference is then between these people under the same draws of the uncertain
    parameters; :attr:`Comparison.warnings` says so.

    Raises
    ------
    InputError
        As :func:`~neodermis.simulate`; also for one case alone, other sites, or a day outside the courses.

    Examples
    --------
    >>> import neodermis as nd
    >>> shallow, deep = (f"2 sessions every 30 days: exceed; cheek {depth} mm, 4 passes" for depth in (0.5, 1.5))
    >>> found = nd.compare(shallow, deep, draws=4)
    >>> found.labels, found.day
    (('A', 'B'), 90.0)
    >>> found.difference(1, "cheek", "collagen_papillary").median > 0
    True
    """
    asked = (case, *others)
    if not 2 <= len(asked) <= MOST_CASES:
        raise InputError(
            field="cases", value=f"{len(asked)}", accepted=f"2 to {MOST_CASES} cases", whose="this function",
            next_step="give a second case, for instance another protocol sentence",
        )  # fmt: skip
    names = tuple(labels) if labels is not None else tuple("ABCDEFGH"[: len(asked)])
    if len({*names}) != len(asked):
        raise InputError(
            field="labels", value=", ".join(names), accepted=f"{len(asked)} different names", whose="this function",
            next_step="give one name for each case, or leave labels out",
        )  # fmt: skip
    cases = _cases(asked, given)
    return side_by_side(cases, names, day, progress)


def _cases(asked: Sequence[str | Protocol | Case], given: Simulating) -> list[Case]:
    """The cases that are compared; protocols take the person and the rest of the first case among them."""
    device = given.get("device")
    person = next((one for one in asked if isinstance(one, Case)), None)
    own = {} if device is None else load_devices(device)
    plans = [one.plan if isinstance(one, Case) else read(one, device) for one in asked]
    used = [
        plan
        for one, plan in zip(asked, plans, strict=True)
        if not isinstance(one, Case) and any(device.id in own for device in plan.devices)
    ]
    rest: Any = {name: value for name, value in given.items() if name != "device"}
    if person is None:
        person = case_of(used[0] if used else asked[0], given, Simulating)
    elif own and not used:
        person.changed(device=device)  # refused: no protocol here names a device of the file
    else:
        case_of(person, rest, Simulating)
    found = []
    for one, plan in zip(asked, plans, strict=True):
        if isinstance(one, Case):
            found.append(one.changed(**rest) if rest else one)
        else:
            bare = replace(person, plan=plan, study=None, arm=None, findings=None)
            found.append(bare.changed(**rest) if rest else bare)
    return found


def side_by_side(
    cases: Sequence[Case],
    labels: tuple[str, ...],
    day: float | str | None,
    progress: Callable[[int, int], None] | None,
    exposures: bool = False,
) -> Comparison:
    """Cases with the numerics of the first one, simulated one after the other; as :func:`compare`."""
    first = cases[0]
    last = max(one.plan.last_day for one in cases)
    for one, label in zip(cases, labels, strict=True):
        if sorted(one.sites) != sorted(first.sites):
            raise InputError(
                f"sites of case {label}", field="cases.plan", value=", ".join(one.sites),
                accepted=f"the sites of the first case: {', '.join(first.sites)}",
                whose="a comparison, which is made site by site",
                next_step="use the same sites in all cases",
            )  # fmt: skip
        one.planned()  # its errors come before any course
    latest = max(cases, key=lambda one: one.plan.last_day).plan
    asked = first.numerics.until
    # a day after the last session of the first may be none after that of another
    until = last + course.FOLLOW_UP if asked is None else read_horizon(asked, latest)
    when = min(last + LOOK, until) if day is None else read_number(
        day, what="day", low=0.0, high=until, whose="the simulated days of the courses", unit="d",
        next_step="give the day since the first session, or leave it out",
    )  # fmt: skip
    courses: list[Course] = []
    for one in cases:
        numerics = replace(
            first.numerics, people=0, outcomes_only=False, until=None if one.study is not None else until
        )
        bar = None
        if progress is not None:
            done, told = len(courses), progress

            def bar(so_far: int, whole: int, done: int = done, told: Callable[[int, int], None] = told) -> None:
                told(done * whole + so_far, len(cases) * whole)

        courses.append(simulate(replace(one, numerics=numerics, like=None), progress=bar))
    found = Comparison(labels=labels, courses=tuple(courses), day=when, exposures=exposures)
    if not found.draw_numbers:
        raise RunError("every draw failed in one case or another", next_step="use more draws")
    return replace(found, day=min(when, found.end))


def compare_exposures(
    protocol: str | Protocol | Case,
    changes: Sequence[tuple[str, str]],
    *,
    progress: Callable[[int, int], None] | None = None,
    **given: Unpack[Simulating],
) -> Comparison:
    """Effects of changes of exposure from the first session on, untreated and treated, after one and ten years.

    Parameters
    ----------
    protocol, given
        As :func:`~neodermis.api.simulate`; the course runs ten years after its last session where no ``until`` is
        given.
    changes
        Name and level, for instance ``[("smoking", "0"), ("sunscreen", "daily")]``: each alone, then all together
        unless two are of one exposure.

    Raises
    ------
    InputError
        As :func:`~neodermis.api.simulate`, and where a change is no level of an exposure.

    Examples
    --------
    >>> import neodermis as nd
    >>> c = nd.compare_exposures(
    ...     "1 session: exceed; cheek 1 mm, 4 passes", [("smoking", "0")], exposures={"smoking": "20/day"}, draws=1
    ... )
    >>> c.added(c.changes[0], "cheek", "collagen_total", 3650, "untreated").median > 0
    True
    """
    case = case_of(protocol, given, Simulating)
    if case.numerics.until is None:
        case = case.changed(until=case.plan.last_day + course.LONGEST_COURSE)
    case.planned()  # its errors come before those of the changes
    if not 1 <= len(changes) <= MOST_CHANGES:
        raise InputError(
            field="changes", value=f"{len(changes)} changes", accepted=f"1 to {MOST_CHANGES} changes",
            whose="this program: each change requires a separate course", next_step="compare fewer at a time",
        )  # fmt: skip
    asked: list[tuple[tuple[str, str], ...]] = [(change,) for change in changes]
    if len(asked) > 1 and len({find_exposure(name).name for name, _ in changes}) == len(asked):
        asked.append(tuple(changes))
    labels, cases = ["without the change"], [case]
    for together in asked:
        one = case.patient
        for name, value in together:
            one = one.changed(name, value)
        label = " and ".join(f"{find_exposure(name).name}={value}" for name, value in together)
        labels.append(label)
        cases.append(replace(case, patient=one))
    return side_by_side(cases, tuple(labels), None, progress, exposures=True)
