"""Dates as forms and people write them, read without a guess at the order of day and month."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Final

#: What a message names as the form of a date.
FORM: Final = "a date such as 2026-03-31"
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})", re.ASCII)
_SHORT_YEAR: Final = re.compile(r"\d{1,2}([-./])\d{1,2}\1\d{2}", re.ASCII)


def read_date(text: str) -> date:
    """A calendar day from text.

    A year that comes first is followed by month and day (``2026-11-20``).  Dots are day.month.year (``20.11.2026``).
    Slashes and hyphens before a year are used in both orders, so they are read only where one order makes a day
    (``11/20/2026``, ``20/11/2026``) or both make the same.

    Raises
    ------
    ValueError
        The text is no date, or can be read as two; the message says what is accepted, and names both days.
    """
    word = text.strip()
    if found := _YEAR_FIRST.fullmatch(word):
        year, _, month, day = found.groups()
        return _day(year, month, day, FORM)
    if _SHORT_YEAR.fullmatch(word):
        raise ValueError(f"{FORM}, with a year of four digits")
    found = _YEAR_LAST.fullmatch(word)
    if found is None:
        raise ValueError(FORM)
    first, mark, second, year = found.groups()
    if mark == ".":
        return _day(year, second, first, f"{FORM}; with dots it is day.month.year")
    days = {one for one in (_made(year, second, first), _made(year, first, second)) if one is not None}
    if len(days) == 2:
        both = " or ".join(str(one) for one in sorted(days))
        raise ValueError(f"{both}: this can be read as either, day first or month first")
    if not days:
        raise ValueError(FORM)
    return days.pop()


def read_moment(text: str) -> date | datetime:
    """A day as :func:`read_date`, with a time of day (``2027-03-01T14:30``, ``01.03.2027 14:30``) where one is given.

    Raises
    ------
    ValueError
        As :func:`read_date`; or the time is none, or has a time zone.
    """
    day, *rest = re.split(r"[T ]", text.strip(), maxsplit=1)
    if not rest:
        return read_date(day)
    try:
        clock = time.fromisoformat(rest[0].strip())
    except ValueError:
        raise ValueError(f"{FORM}, or with a time of day 2026-03-31T14:30") from None
    if clock.tzinfo is not None:
        raise ValueError("a time of day without a zone, such as 2026-03-31T14:30")
    return datetime.combine(read_date(day), clock)


def _made(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _day(year: str, month: str, day: str, accepted: str) -> date:
    found = _made(year, month, day)
    if found is None:
        raise ValueError(accepted)
    return found
