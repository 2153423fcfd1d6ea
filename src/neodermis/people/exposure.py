"""Exposures: the catalogue, and the reader of courses over time and their levels.

A course is ``VALUE``, or several parts separated by ``;``: ``20/day since 30; 0 from day 0`` is a person who smoked
20 cigarettes per day from the age of 30 and stops on the day of the first session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final, NamedTuple

from neodermis.documents import read_document
from neodermis.errors import DataFileError, InputError, UnknownNameError
from neodermis.names import spelled
from neodermis.skin.exposures import CHANGES, Levels, Life
from neodermis.units import convert, read_number

#: Default start of an exposure (assumed), and default age at menopause, years.
SINCE_AGE: Final = 18.0
MENOPAUSE_AGE: Final = 51.0
#: Age at menopause that no course reaches, for people without menopause.
NEVER: Final = 999.0
_WHOSE: Final = "the catalogue of exposures; neodermis exposures show NAME gives details"
_PER_DAY: Final = {"1/d": "1/d", "1/week": "1/d"}
#: Maximum number of characters of a time course.
MAX_COURSE: Final = 200
#: Latest day of a change of exposure: after the end of the longest course.
LAST_DAY: Final = 6000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ExposureKind:
    """One exposure of the catalogue.

    Attributes
    ----------
    unit, of
        Unit of a number, and what it counts.
    low, high
        Accepted range, in ``unit``.
    words
        Words that stand for numbers.
    rates
        Named rates or states that it changes; empty where the model has none.
    sized_by
        Parameters of the effect size.
    """

    name: str
    label: str
    unit: str
    of: str
    low: float
    high: float
    words: Mapping[str, float]
    rates: tuple[str, ...]
    sized_by: tuple[str, ...]
    example: str
    note: str
    quick: bool = False
    """True if its rates follow a change within days."""
    begun: float | None = None
    """Default time from its start to the first session (d); None: from the age of 18."""

    @property
    def advice(self) -> str:
        """Advice for an error message."""
        timed = "" if self.name == "menopause" else f', or "{self.name}={self.example} since 30; 0 from day 0"'
        return f"for instance {self.name}={self.example}{timed}"

    def read(self, text: object) -> float:
        """A level in ``unit`` from a number, a number with its unit (``20/day``) or a word."""
        given = str(text).strip().casefold()
        if given in self.words:
            return float(self.words[given])
        count = re.fullmatch(r"([+-]?[\d.,]+(?:e[+-]?\d+)?)\s*(?:/|per |a )\s*(day|week|d)", given, re.ASCII)
        value: object = text
        try:
            if count and self.unit in _PER_DAY:
                number = read_number(count[1], what=self.name, low=-1e9, high=1e9, whose="")
                value = convert(number, "1/week" if count[2] == "week" else "1/d", self.unit)
            return read_number(value, what=self.name, low=self.low, high=self.high, unit=self.unit, whose="")
        except InputError as error:
            words = f"; or a word: {', '.join(self.words)}" if self.words else ""
            raise InputError(
                f"exposure {self.name}",
                value=text,
                accepted=f"a number from {self.low:g} to {self.high:g}, {self.of}{words}",
                whose=_WHOSE,
                next_step=self.advice,
            ) from error

    def carried(self, value: float) -> float:
        """Level in model units: rates per day."""
        return convert(value, self.unit, _PER_DAY[self.unit]) if self.unit in _PER_DAY else value

    def said(self, value: float) -> str:
        """A level in readable form."""
        for word, number in self.words.items():
            if number == value and value != 0:
                return word
        rate = {"1/d": "/day", "1/week": "/week"}.get(self.unit, "")
        return f"{plain(value)}{rate if value else ''}"


@cache
def load_exposures() -> Mapping[str, ExposureKind]:
    """Catalogue of exposures by name."""
    found = {}
    for name, entry in read_document(files("neodermis.people") / "data" / "exposures.toml").items():
        try:
            found[name] = ExposureKind(
                name=name, **{**entry, "rates": tuple(entry["rates"]), "sized_by": tuple(entry["sized_by"])}
            )
        except (TypeError, KeyError) as error:
            raise DataFileError("exposures.toml", name, str(error), accepted="the fields of an exposure") from error
    return found


def plain(value: float) -> str:
    """A number in a form that reads back exactly."""
    text = f"{value:g}"
    return text if float(text) == value else repr(float(value))


def find_exposure(name: str) -> ExposureKind:
    """The exposure of this name; :class:`UnknownNameError` with the closest name otherwise."""
    if spelled(name) not in load_exposures():
        raise UnknownNameError("exposure", str(name), load_exposures())
    return load_exposures()[spelled(name)]


class Part(NamedTuple):
    """A level and its start: an age (years) or a day of the course; neither for a lifelong level."""

    level: float
    since_age: float | None = None
    from_day: float | None = None


class Exposure(NamedTuple):
    """Time course of one exposure of one patient."""

    name: str
    parts: tuple[Part, ...]

    @property
    def sentence(self) -> str:
        """The time course in readable form."""
        kind = find_exposure(self.name)
        words = []
        for part in self.parts:
            when = f" since {plain(part.since_age)}" if part.since_age is not None else ""
            when += f" from day {plain(part.from_day)}" if part.from_day is not None else ""
            words.append(kind.said(part.level) + when)
        return "; ".join(words)

    def days(self, age: float) -> list[tuple[float, float]]:
        """Day (since the first session) on which each level begins, at this age."""
        found = []
        for part in self.parts:
            day = part.from_day
            if day is None and part.since_age is None:
                begun = find_exposure(self.name).begun
                day = -(age - SINCE_AGE) * 365.25 if begun is None else -begun
            elif day is None:
                day = -(age - part.since_age) * 365.25  # type: ignore[operator]  # not None here
            found.append((day, part.level))
        return found


_PART: Final = re.compile(
    r"\s*(?P<value>.+?)\s*(?:since\s+(?:age\s+)?(?P<age>[\d.,]+(?:e[+-]?\d+)?)\s*"
    r"|from\s+day\s+(?P<day>[+-]?[\d.,]+(?:e[+-]?\d+)?)\s*)?",
    re.ASCII | re.IGNORECASE,
)


def read_exposure(name: str, course: object, age: float) -> Exposure:
    """One exposure from user input, for a patient of this age.

    Raises :class:`InputError` where the name, a level or a time cannot be used.
    """
    kind = find_exposure(name)
    text = str(course)
    if len(text) > MAX_COURSE:
        raise InputError(
            f"exposure {kind.name}", value=text, accepted=f"up to {MAX_COURSE} characters", whose="this program",
            next_step=kind.advice,
        )  # fmt: skip
    parts = []
    for piece in text.split(";"):
        match = _PART.fullmatch(piece)
        if match is None:
            raise InputError(
                f"exposure {kind.name}", value=text,
                accepted='VALUE, or "VALUE since AGE; VALUE from day DAY"', whose=_WHOSE,
                next_step=kind.advice,
            )  # fmt: skip
        since = day = None
        if match["age"]:
            since = read_number(
                match["age"], what=f"exposure {kind.name}, since", low=0, high=age, unit="year",
                whose="the person's age",
                next_step="give an age that the person has already reached, or write from day DAY",
            )  # fmt: skip
        if match["day"]:
            day = read_number(
                match["day"], what=f"exposure {kind.name}, from day", low=-age * 365.25, high=LAST_DAY, unit="d",
                whose="the time from birth to the end of the longest course",
                next_step="give a day since the first session, for instance 0; negative days lie in the past",
            )  # fmt: skip
        parts.append(Part(kind.read(match["value"]), since, day))
    found = Exposure(kind.name, tuple(parts))
    begins = [day for day, _ in found.days(age)]
    timeless = parts[0].since_age is None and parts[0].from_day is None  # may begin on the day of the next: at 18
    if any(later < earlier or (later == earlier and not timeless) for earlier, later in pairwise(begins)):
        since_when = f"since the age of {SINCE_AGE:g}" if kind.begun is None else f"from day {-kind.begun:g}"
        raise InputError(
            f"exposure {kind.name}", value=text, accepted="levels in chronological order",
            whose=f"the time course; a part without a time applies {since_when}",
            next_step=f'for instance "{kind.name}={kind.example}; 0 from day 0"',
        )  # fmt: skip
    if kind.name == "menopause" and len(parts) > 1:
        raise InputError(
            "exposure menopause",
            value=text,
            accepted="one age",
            whose="the catalogue of exposures: menopause has one age",
            next_step="give the age",
        )
    return found


def life(exposures: Mapping[str, Exposure], menopause_age: float, age: float) -> Life:
    """Time course of all exposures of one patient, from the age of 18 or the earliest exposure.

    Raises :class:`InputError` for more changes than the model allows.
    """
    courses = {name: exposure.days(age) for name, exposure in exposures.items() if name != "menopause"}
    if menopause_age < NEVER:
        courses["postmenopausal"] = [((menopause_age - age) * 365.25, 1.0)]
    first = min([-max(age - SINCE_AGE, 0.0) * 365.25, *(days[0][0] for days in courses.values())])
    quick = {name: name in load_exposures() and load_exposures()[name].quick for name in courses}
    changes = sorted({(day, quick[name]) for name, days in courses.items() for day, _ in days if day > first})

    def levels(when: tuple[float, bool]) -> Levels:
        """What holds once this change has begun; of two on one day the slow one comes first."""
        now = dict.fromkeys(courses, 0.0)
        for name, days in courses.items():
            for day, level in days:
                if (day, quick[name]) <= when:
                    now[name] = find_exposure(name).carried(level) if name in load_exposures() else level
        after = now.get("postmenopausal", 0.0) * (1.0 - now.get("hormone_therapy", 0.0))
        return Levels(
            **{name: level for name, level in now.items() if name in Levels._fields} | {"postmenopausal": after}
        )

    every = [levels(when) for when in ((first, True), *changes)]
    moved = [now != before for before, now in pairwise(every)]  # a level that goes on is no change
    changes = [change for change, moves in zip(changes, moved, strict=True) if moves]
    if len(changes) > CHANGES:
        raise InputError(
            "exposures", value=f"{len(changes)} changes", whose="this version",
            accepted=f"at most {CHANGES} over a lifetime, including menopause",
            next_step="leave out changes in the distant past",
        )  # fmt: skip
    held = [every[0], *(now for now, moves in zip(every[1:], moved, strict=True) if moves)]
    more = CHANGES - len(changes)
    days = [day for day, _ in changes] + [changes[-1][0] if changes else 0.0] * more
    soon = [float(fast) for _, fast in changes] + [0.0] * more
    return Life((*held, *[held[-1]] * more), tuple(days), tuple(soon), age + first / 365.25)


def off(exposures: Mapping[str, Exposure], parameters: Any) -> list[str]:
    """Sentences on exposures without an effect: no sourced effect size, or no state that depends on them."""
    found = []
    for name, exposure in exposures.items():
        kind = find_exposure(name)
        if any(part.level for part in exposure.parts) and all(
            parameters[size].uncertainty.kind == "off" for size in kind.sized_by
        ):
            why = (
                "no size of its effect is sourced, and it is off"
                if kind.sized_by
                else "no state of this version reads it"
            )
            how = f"; a value of the parameter {kind.sized_by[0]} turns it on" if kind.sized_by else ""
            given = exposure.sentence
            shown = f"{name}={given}" if len(given) <= 40 else name  # a regimen's shares of days are no news
            found.append(f"{shown} changes nothing: {why} ({kind.note.rstrip('.')}){how}")
    return found
