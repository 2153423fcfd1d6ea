"""What a change of exposure adds: the same person, the same protocol and the same draws, with and without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, Unpack

from neodermis import course
from neodermis.course import Course, SiteCourse
from neodermis.errors import InputError
from neodermis.lazy import numpy as np
from neodermis.people.case import Case, Simulating, case_of
from neodermis.people.exposure import find_exposure
from neodermis.people.forecast import simulate
from neodermis.people.patient import Patient
from neodermis.people.reading import read, read_horizon
from neodermis.session import Floats, Interval
from neodermis.treatment import Protocol

#: Years at which a change is looked at, and days of one: ten of them are the longest course.
YEARS: Final = (1.0, 10.0)
YEAR: Final = course.LONGEST_COURSE / YEARS[-1]
#: Changes that are compared at a time.
MOST_CHANGES: Final = 5
Part = Literal["untreated", "treated"]
PARTS: Final[tuple[Part, ...]] = ("untreated", "treated")


class Change(NamedTuple):
    """A change of exposures, and the course with it."""

    label: str
    course: Course


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The course as the person lives now, and with each change; where there are several, the last has all."""

    base: Course
    changes: tuple[Change, ...]

    @property
    def protocols(self) -> bool:
        """Whether protocols are compared, not exposures."""
        return any(change.course.protocol != self.base.protocol for change in self.changes)

    @property
    def looked_at(self) -> tuple[float, ...]:
        """Days on which a change is looked at: after :data:`YEARS`, or the last day of a shorter course."""
        last = float(self.base.time_day[-1])
        return tuple(YEAR * year for year in YEARS if YEAR * year <= last) or (last,)

    def added(self, change: Change, site: str, name: str, day: float, part: Part) -> Interval:
        """What the change adds to an outcome on a day, as a share of it without the change, draw by draw."""
        here, there = (_rows(one.sites[site], name, part) for one in (self.base, change.course))
        both = sorted(here.keys() & there.keys())
        days, others = self.base.time_day, change.course.time_day
        return Interval.of(
            np.array([np.interp(day, others, there[k]) / np.interp(day, days, here[k]) - 1.0 for k in both])
        )

    def kept(self, change: Change | None, site: str, name: str) -> Interval:
        """Days after the last session on which half of the peak gain is left, draw by draw.

        Gain and peak are those over the untreated skin of the person as now, so that a change counts with what it does
        by itself; at most the length of the course.  Draws without a gain are left out.
        """
        base = self.base.sites[site]
        course_ = (self.base if change is None else change.course).sites[site]
        treated, its_days = _rows(course_, name, "treated"), course_.time_day
        bare, now = _rows(base, name, "untreated"), _rows(base, name, "treated")
        days, last = base.time_day, base.last_session_day
        found = []
        for k in sorted(treated.keys() & bare.keys()):
            top = (now[k] / bare[k] - 1.0).max()
            above = np.flatnonzero(treated[k] / np.interp(its_days, days, bare[k]) - 1.0 >= top / 2.0)
            if top > 0 and len(above):
                found.append(float(its_days[above[-1]]) - last)
        return Interval.of(np.array(found or [0.0]))


def _rows(site: SiteCourse, name: str, part: Part) -> dict[int, Floats]:
    values = site.values if part == "treated" else site.untreated
    return dict(zip(site.draw_numbers, values[name], strict=True))


def compare_exposures(
    protocol: str | Protocol | Case,
    changes: Sequence[tuple[str, str]],
    *,
    progress: Callable[[int, int], None] | None = None,
    **given: Unpack[Simulating],
) -> Comparison:
    """What changes of exposure from the first session on would add, untreated and treated, after one and ten years.

    Parameters
    ----------
    protocol, given
        As :func:`~neodermis.people.simulate`; the course runs ten years after its last session where no ``until`` is
        given.
    changes
        Name and level, for instance ``[("smoking", "0"), ("sunscreen", "daily")]``: each alone, then all together
        unless two are of one exposure.

    Raises
    ------
    InputError
        As :func:`~neodermis.people.simulate`, and where a change is no level of an exposure.

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
            "--compare-exposure", value=f"{len(changes)} changes", accepted=f"1 to {MOST_CHANGES} changes",
            whose="this program: each is a course of its own", next_step="compare fewer at a time",
        )  # fmt: skip
    asked: list[tuple[tuple[str, str], ...]] = [(change,) for change in changes]
    if len(asked) > 1 and len({find_exposure(name).name for name, _ in changes}) == len(asked):
        asked.append(tuple(changes))
    persons = []
    for together in asked:
        one = case.patient
        for name, value in together:
            one = one.changed(name, value)
        label = " and ".join(f"{find_exposure(name).name}={value}" for name, value in together)
        persons.append((label, one))
    count, told = 1 + len(persons), 0

    def run(one: Patient) -> Course:
        nonlocal told
        bar = None
        if progress is not None:
            done, report = told, progress

            def bar(so_far: int, whole: int) -> None:
                report(done * whole + so_far, count * whole)

        told += 1
        return simulate(replace(case, patient=one), progress=bar)

    return Comparison(base=run(case.patient), changes=tuple(Change(label, run(one)) for label, one in persons))


def compare_protocols(
    protocol: str | Protocol | Case,
    other: str | Protocol | Case,
    *,
    progress: Callable[[int, int], None] | None = None,
    **given: Unpack[Simulating],
) -> Comparison:
    """Two protocols in the same person and the same draws, to the same day: the second as a change of the first.

    Arguments and errors as :func:`~neodermis.people.simulate`; :class:`InputError` also where they treat other sites.

    Examples
    --------
    >>> import neodermis as nd
    >>> plain = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"
    >>> c = nd.compare_protocols(plain, f"{plain}; home sunscreen daily", exposures={"sun": "high"}, draws=1)
    >>> c.kept(c.changes[0], "cheek", "collagen_papillary").median >= c.kept(None, "cheek", "collagen_papillary").median
    True
    """
    first = case_of(protocol, given, Simulating)
    second = other.plan if isinstance(other, Case) else read(other, given.get("device"))
    sites = [sorted(pass_.site for pass_ in plan.treatments) for plan in (first.plan, second)]
    if sites[0] != sites[1]:
        raise InputError(
            "--compare", value=", ".join(sites[1]), accepted=f"the sites of the first protocol: {', '.join(sites[0])}",
            whose="this option: it lays one site's course beside the same site's", next_step="treat the same sites",
        )  # fmt: skip
    plans = (first.plan, second)
    asked = first.numerics.until
    # a day after the last session of the first is none after that of the second
    until = max(plan.last_day for plan in plans) + course.FOLLOW_UP if asked is None else read_horizon(asked, second)
    told = 0

    def run(plan: Protocol) -> Course:
        nonlocal told
        done, told = told, told + 1
        bar = None if progress is None else lambda so_far, whole: progress(done * whole + so_far, 2 * whole)
        return simulate(replace(first, plan=plan, numerics=replace(first.numerics, until=until)), progress=bar)

    base, beside = map(run, plans)
    return Comparison(base=base, changes=(Change("the second protocol", beside),))
