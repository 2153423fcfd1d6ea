"""Calendar of a course in iCalendar format (RFC 5545), for phone and computer calendars.

Times are local times of the clinic, without a time zone.  Without a time of day every entry is an all-day event; a
resumed activity has no end.

The UID of an entry does not depend on its date or the plan, so that a calendar that imports a later file moves the
events of the earlier one; SEQUENCE increases with the creation time.  An entry that the later file no longer contains
remains in the calendar, because a file has no reference to earlier ones. The file contains no names of people: there is
no METHOD, because PUBLISH requires an ORGANIZER (RFC 5546).
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from neodermis.care.aftercare import Care, Entry
from neodermis.errors import InputError
from neodermis.texts import Audience

if TYPE_CHECKING:
    from icalendar import Event

#: Identifier of this program in calendar files.
PRODUCT: Final = "-//neodermis//care//EN"
#: SEQUENCE counts seconds from this date; an integer of RFC 5545 (32 bits) is sufficient until 2088.
EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST: Final = EPOCH + timedelta(seconds=2**31 - 1)
#: Iterations of the hash of a record, so that names cannot be found by trying them against a UID.
_ROUNDS: Final = 200_000


def made_now() -> datetime:
    """Creation time of a file: that of the computer, or ``SOURCE_DATE_EPOCH`` for reproducible output.

    Raises
    ------
    InputError
        ``SOURCE_DATE_EPOCH`` is not a whole number of seconds within the range of the calendar.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return _checked(datetime.fromtimestamp(int(given), UTC))
    except (ValueError, OverflowError, OSError, InputError):
        raise InputError(
            "SOURCE_DATE_EPOCH", value=given, accepted=_ACCEPTED, whose="RFC 5545: SEQUENCE has 32 bits",
            next_step="set a number in this range, or unset the variable to use the time of this computer",
        ) from None  # fmt: skip


_ACCEPTED: Final = (
    f"seconds since 1970 from {EPOCH.timestamp():.0f} ({EPOCH:%Y-%m-%d}) to "
    f"{_LATEST.timestamp():.0f} ({_LATEST:%Y-%m-%d})"
)


def _checked(made: datetime) -> datetime:
    """A valid creation time in UTC, to the second."""
    if made.tzinfo is None or not EPOCH <= made <= _LATEST:
        raise InputError(
            "made", value=made.isoformat(), accepted=f"a time with a zone from {EPOCH:%Y-%m-%d} to {_LATEST:%Y-%m-%d}",
            whose="RFC 5545: SEQUENCE has 32 bits", next_step="give the creation time in UTC",
        )  # fmt: skip
    return made.astimezone(UTC).replace(microsecond=0)


def course_key(record: str) -> str:
    """Key for the UIDs of a course: a slow hash of its record, from which no name can be recovered."""
    return hashlib.pbkdf2_hmac("sha256", record.encode(), b"neodermis course", _ROUNDS).hex()


def identifier(key: str, entry: Entry, audience: Audience) -> str:
    """UID of an entry: constant for an item and session of a course, whatever its date."""
    told = (key, audience, entry.id, str(entry.session))
    return f"{hashlib.sha256(chr(0).join(told).encode()).hexdigest()[:32]}@neodermis"


def to_icalendar(care: Care, audience: Audience = "patient", *, record: str, made: datetime) -> bytes:
    """Entries for an audience, as one calendar.

    Parameters
    ----------
    care
        The dated care.
    audience
        Audience of the texts; entries without a patient text are left out of the patient's calendar.
    record
        Identifier of the course, not disclosed: the same record gives the same UIDs.
    made
        Creation time with a time zone: DTSTAMP and LAST-MODIFIED in UTC, and SEQUENCE, which increases with it.

    Raises
    ------
    InputError
        ``made`` has no time zone, or is outside the range of SEQUENCE.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    key, moment = course_key(record), _checked(made)
    for entry in care.entries:
        if audience in entry.texts:
            calendar.add_component(_event(care, entry, audience, identifier(key, entry, audience), moment))
    written: bytes = calendar.to_ical()
    return written


def _event(care: Care, entry: Entry, audience: Audience, uid: str, made: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made)
    event.add("last-modified", made)
    event.add("sequence", int((made - EPOCH).total_seconds()))
    event.add("summary", entry.titles[audience])
    lines = [entry.texts[audience]]
    if audience == "practitioner":
        lines += care.basis(entry)
    elif draft := care.texts[audience].draft:
        lines.append(f"({draft})")
    event.add("description", "\n".join(lines))
    event.add("categories", [care.texts[audience].say("kind", entry.kind)])
    event.add("dtstart", entry.start)
    if entry.all_day:
        event.add("dtend", entry.end + timedelta(days=1))  # the day after the last
    elif entry.end > entry.start:
        event.add("dtend", entry.end)
    event.add("transp", "OPAQUE" if entry.kind == "session" else "TRANSPARENT")
    return event
