"""The calendar of a course in phases, whatever injures the skin: number of sessions, intervals and first days."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Generic, NamedTuple, TypeVar

from neodermis.errors import InputError
from neodermis.treatment.device import written
from neodermis.units import convert, read_number

#: Maximum number of sessions; longer courses are outside every published study.
MAX_SESSIONS: Final = 60
_SESSIONS_WHOSE: Final = "this program's range; the longest published course is about 12 weekly sessions"
MIN_INTERVAL_DAYS: Final = 1.0
MAX_INTERVAL_DAYS: Final = 365.0
_INTERVAL_WHOSE: Final = "this program's range; published intervals are 1 to 8 weeks"
#: Limits that keep every protocol within the longest accepted sentence.
MAX_SITES: Final = 20
MAX_PHASES: Final = 8

_WEEK: Final = convert(1.0, "week", "d")


class Course(ABC):
    """Equal sessions at equal intervals: what phases of every kind of injury have in common."""

    __slots__ = ()

    count: int
    interval_days: float
    from_day: float | None
    treatments: tuple[Any, ...]

    def check_course(self) -> None:
        """Hold number, interval and first day to their ranges; :class:`InputError` names what is outside."""
        count = read_number(
            self.count,
            what="sessions",
            low=1,
            high=MAX_SESSIONS,
            whose=_SESSIONS_WHOSE,
            whole=True,
            next_step="ask for a course within this range, for instance 4 sessions",
        )
        object.__setattr__(self, "count", int(count))
        self._check_interval()
        if self.from_day is not None:
            read_number(
                self.from_day,
                what="first day of a phase",
                low=MIN_INTERVAL_DAYS,
                high=MAX_SESSIONS * MAX_INTERVAL_DAYS,
                whose="this program's range; the first session of a course is on day 0",
                next_step="give the day of its first session, for instance 'from day 120'",
            )

    def _check_interval(self) -> None:
        if self.count > 1:
            read_number(
                self.interval_days,
                what="interval between sessions (days)",
                low=MIN_INTERVAL_DAYS,
                high=MAX_INTERVAL_DAYS,
                whose=_INTERVAL_WHOSE,
                next_step="write it after the number of sessions, for instance '4 sessions every 5 weeks'",
            )
        elif self.interval_days != 0:
            raise InputError(
                "interval between sessions (days)",
                value=self.interval_days,
                accepted="none for a single session",
                whose="the protocol language",
                next_step="leave the interval out or ask for two sessions or more",
            )

    @property
    @abstractmethod
    def words(self) -> str:
        """The part of the sentence after the number of sessions and their days."""

    @property
    def number_words(self) -> str:
        """The part of the sentence with the number of sessions and their interval."""
        return "1 session" if self.count == 1 else f"{self.count} sessions every {_interval(self.interval_days)}"


def check_sites(sites: Sequence[str]) -> None:
    """Sites of one session, each once and not too many; :class:`InputError` names the one that is twice."""
    twice = next((site for number, site in enumerate(sites) if site in sites[:number]), None)
    if twice is not None:
        raise InputError(
            "site named twice",
            value=twice,
            accepted="each site once",
            whose="the protocol language; aliases of a site are the same site",
            next_step="give all passes at a site in one part of the sentence",
        )
    if not 1 <= len(sites) <= MAX_SITES:
        raise InputError(
            "number of sites",
            value=len(sites),
            accepted=f"1 to {MAX_SITES}",
            whose="this program's range",
            next_step="name the sites that one session treats",
        )


class Visit(NamedTuple):
    """One session on the calendar."""

    day: float
    """Days since the first session."""
    phase: int
    """Index of its phase, from 0."""


PhaseT = TypeVar("PhaseT", bound=Course)


class Schedule(Generic[PhaseT]):
    """Phases in the order of a sentence, and the days of their sessions."""

    __slots__ = ()

    phases: tuple[PhaseT, ...]

    def check_schedule(self) -> None:
        """Hold the phases together to their limits; :class:`InputError` names what is outside."""
        if not 1 <= len(self.phases) <= MAX_PHASES:
            raise InputError(
                "number of phases", value=len(self.phases), accepted=f"1 to {MAX_PHASES}",
                whose="this program's range", next_step="combine identical phases, or leave the last ones out",
            )  # fmt: skip
        if self.phases[0].from_day is not None:
            raise InputError(
                "first day of the first phase", value=self.phases[0].from_day, accepted="none: it begins on day 0",
                whose="the protocol language: days are counted from the first session",
                next_step="leave 'from day' out of the first phase",
            )  # fmt: skip
        late = next((one for one in self.phases[1:] if one.count == 1 and one.from_day is None), None)
        if late is not None:
            raise InputError(
                "first day of a phase", accepted="a day for a phase of one session, which has no interval",
                whose="the protocol language", next_step="write 'from day', for instance '1 session from day 180'",
            )  # fmt: skip
        if sum(one.count for one in self.phases) > MAX_SESSIONS:
            raise InputError(
                "sessions", value=sum(one.count for one in self.phases),
                accepted=f"at most {MAX_SESSIONS} in all phases together", whose=_SESSIONS_WHOSE,
                next_step="ask for fewer sessions in one of the phases",
            )  # fmt: skip
        for one, following in pairwise(self.visits):
            if following.day - one.day < MIN_INTERVAL_DAYS:
                raise InputError(
                    f"first day of phase {max(one.phase, following.phase) + 1}",
                    value=f"sessions on day {written(one.day)} and on day {written(following.day)}",
                    accepted=f"days that are at least {written(MIN_INTERVAL_DAYS)} day from every session of another"
                    " phase",
                    whose="the protocol language: a day has one session",
                    next_step="give the phase another first day or another interval",
                )  # fmt: skip

    @property
    def starts(self) -> tuple[float, ...]:
        """Day of the first session of each phase."""
        starts: list[float] = []
        last = 0.0
        for phase in self.phases:
            following = last + phase.interval_days if starts else 0.0
            starts.append(following if phase.from_day is None else phase.from_day)
            last = max(last, starts[-1] + (phase.count - 1) * phase.interval_days)
        return tuple(starts)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Day and phase of every session, by day."""
        found = [
            Visit(start + number * phase.interval_days, index)
            for index, (start, phase) in enumerate(zip(self.starts, self.phases, strict=True))
            for number in range(phase.count)
        ]
        return tuple(sorted(found, key=lambda visit: visit.day))

    @property
    def session_days(self) -> tuple[float, ...]:
        """Day of each session, the first on day 0."""
        return tuple(visit.day for visit in self.visits)

    @property
    def last_day(self) -> float:
        """Day of the last session."""
        return self.session_days[-1]

    @property
    def sites(self) -> tuple[str, ...]:
        """Sites of all phases, each once, in the order of the sentence."""
        return tuple(dict.fromkeys(pass_.site for phase in self.phases for pass_ in phase.treatments))

    @property
    def shortest_interval_days(self) -> float:
        """Shortest interval between two sessions, d; 0 for a single session."""
        within = [phase.interval_days for phase in self.phases if phase.count > 1]
        between = [after.day - one.day for one, after in pairwise(self.visits) if after.phase != one.phase]
        return min(within + between, default=0.0)

    def window(self, index: int) -> tuple[float, float]:
        """First day of a phase, and of the later phase that follows its last session; infinite without one."""
        start, phase = self.starts[index], self.phases[index]
        last = start + (phase.count - 1) * phase.interval_days
        following = [day for day in self.starts[index + 1 :] if day > last]
        return start, min(following, default=math.inf)

    @property
    def sentence(self) -> str:
        """The protocol in canonical wording; reads back as an equal protocol."""
        parts: list[str] = []
        last = -1.0
        for start, phase in zip(self.starts, self.phases, strict=True):
            begins = "" if phase.from_day is None else f" from day {written(phase.from_day)}"
            joint = "" if not parts else "then " if start > last else "and "
            parts.append(f"{joint}{phase.number_words}{begins}: {phase.words}")
            last = max(last, start + (phase.count - 1) * phase.interval_days)
        return "; ".join(parts)

    def __str__(self) -> str:
        return self.sentence


def _interval(days: float) -> str:
    if days % _WEEK == 0:
        count, unit = days / _WEEK, "week"
    else:
        count, unit = days, "day"
    return unit if count == 1 else f"{written(count)} {unit}s"
