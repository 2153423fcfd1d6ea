"""The calendar of a course as iCalendar (RFC 5545), which the calendars of phones and computers read.

Times are those of the clinic's clock, without a zone.  What lasts for days is an all-day event; what is allowed again
from a moment on has no end.  The same care makes the same bytes; nobody is named.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from neodermis.care.aftercare import Audience, Care, Entry

if TYPE_CHECKING:
    from icalendar import Event

#: What wrote the calendar.
PRODUCT: Final = "-//neodermis//care//EN"


def identifier(care: Care, entry: Entry) -> str:
    """A name for an entry that the same care always gives it, and no other care.

    It follows from the protocol, the first date, the person as far as known and the entry, none of which it tells.
    """
    told = (
        care.protocol.sentence, care.begins[0].isoformat(), repr(sorted(care.person.said.items(), key=str)),
        repr(care.circumstances), entry.id, str(entry.session),
    )  # fmt: skip
    return f"{hashlib.sha256(chr(0).join(told).encode()).hexdigest()[:32]}@neodermis"


def to_icalendar(care: Care, audience: Audience = "patient", *, warning: str = "") -> bytes:
    """The entries that an audience is told, as one calendar.

    Parameters
    ----------
    care
        What is to be done and when.
    audience
        In whose words; what has no words for a patient is left out of the patient's calendar.
    warning
        Put first into every entry: what screening says against the course.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for entry in care.entries:
        if audience in entry.texts:
            calendar.add_component(_event(care, entry, audience, warning))
    written: bytes = calendar.to_ical()
    return written


def _event(care: Care, entry: Entry, audience: Audience, warning: str) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", identifier(care, entry))
    # of what it was made from, not of a clock: the same care makes the same bytes
    event.add("dtstamp", datetime.combine(care.begins[0].date(), time.min, UTC))
    event.add("summary", f"({warning.rstrip('. ')}) {entry.titles[audience]}" if warning else entry.titles[audience])
    lines = [*([warning] if warning else []), entry.texts[audience]]
    if audience == "practitioner":
        lines += care.basis(entry)
    event.add("description", "\n".join(lines))
    event.add("categories", [care.texts.say("kind", entry.kind)])
    event.add("dtstart", entry.start)
    if entry.all_day:
        event.add("dtend", entry.end + timedelta(days=1))  # the day after the last
    elif entry.end > entry.start:
        event.add("dtend", entry.end)
    event.add("transp", "OPAQUE" if entry.kind == "session" else "TRANSPARENT")
    return event
