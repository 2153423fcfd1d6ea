"""Readings of a run: a statistic of an outcome, a state, a quantity of a session, a time of the calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any, Final, NamedTuple

import numpy as np

from neodermis.arrays import read_at
from neodermis.care.course import Prepared
from neodermis.claims.runs import AGES, RUN_FIELDS, Run, entry
from neodermis.simulation.course import SiteCourse
from neodermis.simulation.session import Floats, Interval
from neodermis.wording import number_text, spread, with_interval

MONTH: Final = 365.25 / 12.0
#: Smallest collagen gain that matters, as a share.
GAIN: Final = 0.1


class Amount(NamedTuple):
    """A number in a text: ``{name}`` signed with its unit, ``{name:level}`` unsigned.

    ``bare`` and ``signed`` omit the unit; further forms are ``spread`` and ``median``; a unit after the word replaces
    the own unit; anything else is a format of the median.
    """

    interval: Interval
    unit: str = ""

    def __format__(self, spec: str) -> str:
        kind, _, unit = spec.partition(" ")
        if kind in ("", "signed", "level", "bare"):
            own = self.unit if kind in ("", "level") else ""
            return with_interval(self.interval, unit=unit or own, signed=kind in ("", "signed"))
        if kind == "spread":
            return spread(self.interval)
        median = self.interval.median
        return number_text(median) if kind == "median" else format(median, spec)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A number of a run, and its difference from another run."""

    run: Run = field(default_factory=Run)
    read: str = "change"
    """A statistic of :data:`OF_COURSE`, :data:`OF_STATES`, :data:`OF_DELIVERY` or :data:`OF_CARE`, or an attribute."""
    outcome: str = ""
    name: str = ""
    """State, phase or calendar entry of the reading."""
    day: float | None = None
    after_last: float | None = None
    """Days after the last session, in place of a day."""
    scale: float = 1.0
    less: float = 0.0
    """Value subtracted after scaling."""
    unit: str = "%"
    against: Mapping[str, Any] | None = None
    """Differences of the other run or reading."""
    percent: bool = False
    """Whether the difference is relative (% of the other) or in its own unit."""

    def but(self, **changes: Any) -> Reading:
        """The same reading of another run, or another reading of this one."""
        return replace(self, **split(changes, self.run))

    def when(self, site: SiteCourse) -> float:
        """Day of the reading."""
        if self.after_last is not None:
            return site.last_session_day + self.after_last
        return 0.0 if self.day is None else self.day

    @property
    def other(self) -> Reading | None:
        """The reading with which it is compared."""
        return None if self.against is None else self.but(**{"against": None, **self.against})

    def value(self) -> Floats | Interval | float:
        """The number of this run alone: one per draw, or with its interval."""
        run, special = self.run, _READS.get(self.run.of, {}).get(self.read)
        done = getattr(run, run.of)()
        if special is not None:
            return special(done, self)
        found = reduce(lambda one, name: one[name] if isinstance(one, Mapping) else getattr(one, name),
                       self.read.split("."), done)  # fmt: skip
        return found  # type: ignore[no-any-return]  # a number of the run

    def draws(self) -> dict[int, float]:
        """The number of each draw of a course."""
        values = self.value()
        assert isinstance(values, np.ndarray)
        return dict(zip(self.run.course().draw_numbers, values, strict=True))

    def interval(self) -> Interval:
        """The number with its interval, scaled, compared draw by draw where possible."""
        other = self.other
        found, beside = self.value(), None if other is None else other.value()
        if isinstance(found, np.ndarray) and other is not None:
            mine, its = self.draws(), other.draws()
            both = sorted(mine.keys() & its.keys())
            found, beside = (np.array([each[k] for k in both]) for each in (mine, its))
        if beside is not None:
            one, two = np.asarray(found), np.asarray(beside)
            found = 100.0 * (one / two - 1.0) if self.percent else one - two
            found = np.where(np.abs(found) < 1e-6, 0.0, found)
            if self.run.of != "course":
                found = Interval(*found) if np.ndim(found) else float(found)
        interval = Interval.of(found) if isinstance(found, np.ndarray) else found
        numbers = interval if isinstance(interval, Interval) else (float(interval),) * 3
        return Interval(*(self.scale * number - self.less for number in numbers))

    def amount(self) -> Amount:
        """The number for a text."""
        return Amount(self.interval(), self.unit)


def split(changes: Mapping[str, Any], run: Run) -> dict[str, Any]:
    """Changes of a reading, with those of its run grouped."""
    of_run = {name: value for name, value in changes.items() if name in RUN_FIELDS}
    rest = {name: value for name, value in changes.items() if name not in RUN_FIELDS}
    return {**rest, "run": replace(run, **of_run)} if of_run else rest


# ------------------------------------------------------------------------------------------------------- of a course


def _untreated(site: SiteCourse, outcome: str, day: float) -> Floats:
    return read_at(day, site.time_day, site.untreated[outcome])


def _over(site: SiteCourse, outcome: str, day: float) -> Floats:
    over: Floats = 100.0 * (site.at(outcome, day) / _untreated(site, outcome, day) - 1.0)
    return over


def _lost(site: SiteCourse, outcome: str, day: float) -> Floats:
    """Loss of an outcome in untreated skin, %."""
    lost: Floats = 100.0 * (1.0 - _untreated(site, outcome, day) / site.untreated[outcome][:, 0])
    return lost


def falls_below(days: Floats, row: Floats, level: float) -> float:
    """Day on which a course falls below a level after its maximum; its last day if it never does."""
    top = int(row.argmax())
    below = np.flatnonzero(row[top:] < level)
    if not len(below):
        return float(days[-1])
    k = top + int(below[0])
    return float(np.interp(-level, [-row[k - 1], -row[k]], [days[k - 1], days[k]]))


def _half_days(site: SiteCourse) -> Floats:
    """Days after the last session until half of the largest gain over untreated skin remains; at most the course."""
    return np.array([falls_below(site.time_day, row, row.max() / 2.0) for row in site.gain()]) - site.last_session_day


def _days_above(site: SiteCourse) -> Floats:
    """Days after the last session until the gain no longer matters; at most the course."""
    found = []
    for row in site.gain():
        above = np.flatnonzero(row >= GAIN)
        found.append(max(0.0, site.time_day[above[-1]] - site.last_session_day) if len(above) else 0.0)
    return np.array(found)


def _months_kept(site: SiteCourse) -> Floats:
    """Months after the last session until papillary collagen returns to its initial level; at most the course."""
    days = [falls_below(site.time_day, row, row[0]) for row in site.values["collagen_papillary"]]
    return (np.array(days) - site.last_session_day) / MONTH


def _kept_until_next(site: SiteCourse, days: float) -> Floats:
    """Share of the largest gain since the previous session that remains at the last session, %."""
    gain = site.gain()
    before = read_at(site.last_session_day, site.time_day, gain)
    top = gain[:, site.time_day > site.last_session_day - days].max(axis=1)
    kept: Floats = 100.0 * before[top > 0] / top[top > 0]
    return kept


def _steepest(site: SiteCourse, outcome: str) -> Floats:
    """Largest change in a week, % of the initial value."""
    rows = 100.0 * site.values[outcome] / site.values[outcome][:, :1]
    steepest: Floats = 7.0 * np.abs(np.diff(rows, axis=1) / np.diff(site.time_day)).max(axis=1)
    return steepest


def _left(site: SiteCourse, days: float) -> Interval:
    """Share of the largest gain that remains some days after the last session, %."""
    left = site.left(days)
    assert left is not None  # of courses that gain
    return Interval(*(100.0 * share for share in left))


def _first_change(site: SiteCourse) -> Interval:
    day, _ = site.first_change(GAIN / 2.0)
    return day or Interval(np.inf, np.inf, np.inf)


def _phase(site: SiteCourse, name: str, what: str) -> float:
    return float(getattr(next(one for one in site.phases if one.name == name), what))


Read = Callable[[Any, Reading], "Floats | Interval | float"]
OF_COURSE: Final[Mapping[str, Read]] = {
    "level": lambda site, r: site.at(r.outcome, r.when(site)),
    "change": lambda site, r: 100.0 * site.change(r.outcome, r.when(site)),
    "rise": lambda site, r: site.at(r.outcome, r.when(site)) - site.values[r.outcome][:, 0],
    "of_start": lambda site, r: 100.0 * site.at(r.outcome, r.when(site)) / np.median(site.values[r.outcome][:, 0]),
    "at_rest": lambda site, r: site.untreated[r.outcome][:, 0],
    "untreated_rise": lambda site, r: (
        _untreated(site, r.outcome, r.when(site)) - site.untreated[r.outcome][:, 0]
    ),
    "over_untreated": lambda site, r: _over(site, r.outcome, r.when(site)),
    "lost": lambda site, r: _lost(site, r.outcome, r.when(site)),
    "half_days": lambda site, _: _half_days(site),
    "half_months": lambda site, _: _half_days(site) / MONTH,
    "days_above": lambda site, _: _days_above(site),
    "months_kept": lambda site, _: _months_kept(site),
    "kept_until_next": lambda site, r: _kept_until_next(site, r.day or 0.0),
    "steepest_week": lambda site, r: _steepest(site, r.outcome),
    "day_of_top": lambda site, r: site.time_day[site.values[r.outcome].argmax(axis=1)],
    "months_to_peak": lambda site, _: (site.time_day[site.gain().argmax(axis=1)] - site.last_session_day) / MONTH,
    "left": lambda site, r: _left(site, r.after_last or 0.0),
    "day_of_first_change": lambda site, _: _first_change(site),
    "share_that_changes": lambda site, _: 100.0 * site.first_change(GAIN / 2.0)[1],
    "phase_start": lambda site, r: _phase(site, r.name, "start_day"),
    "phase_peak": lambda site, r: _phase(site, r.name, "peak_day"),
    "phase_end": lambda site, r: _phase(site, r.name, "end_day"),
}  # fmt: skip


# ------------------------------------------------------------------------------------ of states, delivery and care


def _state(done: Any, name: str) -> Floats:
    mean: Floats = done.layer_mean(name, "papillary")
    return mean


def _peak_day(done: Any, name: str) -> float:
    """Day on which a state is furthest from its final value."""
    values = _state(done, name)
    return float(done.days[np.abs(values - values[-1]).argmax()])


def gained(done: Any, _: Reading) -> Interval:
    """Increase of delivery by channels, % of the dose."""
    assert done.put_on_ug_cm2 is not None  # doses here can run dry
    return Interval.of(100.0 * (done.draws["needled"] - done.draws["intact"]) / done.put_on_ug_cm2)


def _hours_after(done: Prepared, r: Reading) -> float:
    """Hours from the end of the first session; of an entry told by the day, to the hour of that end."""
    ends = done.care.begins[0] + timedelta(minutes=done.care.minutes)
    start = entry(done, r.name).start
    moment = start if isinstance(start, datetime) else datetime.combine(start, ends.time())
    return (moment - ends).total_seconds() / 3600.0


def _days_before(done: Prepared, r: Reading) -> float:
    start = entry(done, r.name).start
    day: date = start.date() if isinstance(start, datetime) else start
    return float((done.care.begins[0].date() - day).days)


def _from_young(done: Any, r: Reading) -> Floats:
    """Change of untreated skin from the youngest age to that of the run, %."""
    rows = done.values[r.name]
    change = 100.0 * (rows[done.ages.index(r.run.age)] / rows[done.ages.index(AGES[0])] - 1.0)
    return np.where(np.abs(change) < 1e-6, 0.0, change)


_READS: Final[Mapping[str, Mapping[str, Read]]] = {
    "course": OF_COURSE,
    "states": {
        "peak_day": lambda done, r: _peak_day(done, r.name),
        "top": lambda done, r: _state(done, r.name)[done.days > (r.day or 0.0)].max(),
        "end": lambda done, r: _state(done, r.name)[-1],
        "dermis": lambda done, r: float(np.interp(r.day or 0.0, done.days, done.layer_mean(r.name, "dermis"))),
    },
    "delivery": {"gained": gained},
    "care": {
        "hours_after": _hours_after,
        "days_before": _days_before,
        "minutes": lambda done, _: done.injuries.minutes,
    },
    "skin": {"from_young": _from_young},
    "session": {
        "relative_width": lambda done, _: (
            (done.reached_depth_mm.upper90 - done.reached_depth_mm.lower90) / max(done.reached_depth_mm.median, 0.01)
        ),
    },
}  # fmt: skip
