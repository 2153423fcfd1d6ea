"""The calendar file: read back by a parser that did not write it, whole, the same every time, with nobody's name."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import vobject
from tests.care.test_aftercare import AT, FOUR, NOTHING, START, cared, plain

from neodermis.care.aftercare import AUDIENCES, Audience, Care
from neodermis.care.calendar import EPOCH, PRODUCT, course_key, made_now, to_icalendar
from neodermis.errors import InputError, OutputError
from neodermis.report import write_calendar, write_leaflet

MADE = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
RECORD = "2026-0417"


def written(care: Care, audience: Audience = "patient", *, record: str = RECORD, made: datetime = MADE) -> bytes:
    return to_icalendar(care, audience, record=record, made=made)


def read_back(content: bytes) -> list[Any]:
    """Events as vobject reads them."""
    (calendar,) = vobject.readComponents(content.decode("utf-8"))
    assert calendar.version.value == "2.0" and calendar.prodid.value == PRODUCT
    return list(calendar.vevent_list)


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("start", [START, AT])
def test_every_entry_is_read_back_with_its_dates_and_words(audience: Audience, start: date) -> None:
    care = cared(start=start)
    told = [entry for entry in care.entries if audience in entry.texts]
    events = read_back(written(care, audience))
    assert len(events) == len(told) > 100
    for entry, event in zip(told, events, strict=True):
        assert event.dtstart.value == entry.start
        assert isinstance(event.dtstart.value, datetime) is not entry.all_day
        assert event.summary.value == entry.titles[audience]
        assert event.description.value.startswith(entry.texts[audience])
        if entry.all_day:
            assert event.dtend.value == entry.end + timedelta(days=1)  # the first day that it no longer holds
        elif entry.end > entry.start:
            assert event.dtend.value == entry.end
        else:
            assert not hasattr(event, "dtend")
        assert (event.transp.value == "OPAQUE") is (entry.kind == "session")


def test_a_practitioner_reads_the_range_and_what_is_simulated() -> None:
    texts = {event.summary.value: event.description.value for event in read_back(written(cared(), "practitioner"))}
    makeup = texts["Make-up allowed"]
    assert "sources give 12 hours to 7 days" in makeup and "Simulated closure of the channels" in makeup
    assert "Sources differ" in makeup


def by_uid(care: Care, made: datetime = MADE, record: str = RECORD, audience: Audience = "patient") -> dict[str, Any]:
    events = read_back(written(care, audience, record=record, made=made))
    found = {event.uid.value: event for event in events}
    assert len(found) == len(events)
    return found


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_later_file_moves_the_events_of_an_earlier_one(audience: Audience) -> None:
    week = timedelta(days=7)
    first = by_uid(cared(), audience=audience)
    second = by_uid(cared(start=START + week), made=MADE + timedelta(minutes=3), audience=audience)
    # the month of the sun's strength may add or drop entries; all others are the same events
    common = {*first} & {*second}
    assert len(common) >= len(first) - 2 and len(common) > 100
    for uid in common:
        old, new = first[uid], second[uid]
        assert new.dtstart.value - old.dtstart.value == week
        assert int(new.sequence.value) > int(old.sequence.value)
        assert new.dtstamp.value > old.dtstamp.value
        assert new.summary.value == old.summary.value


def test_events_keep_their_identity_when_the_plan_changes() -> None:
    first = by_uid(cared())
    shallower = by_uid(cared("3 sessions every 42 days: exceed; cheek 1.1 mm, 4 passes", phototype=5))
    sessions = {uid for uid, event in first.items() if event.summary.value.startswith("Session")}
    assert len(sessions) == 4 and len(sessions & {*shallower}) == 3


def test_courses_and_readers_have_events_of_their_own() -> None:
    first = by_uid(cared())
    assert not {*first} & {*by_uid(cared(), record="2026-0418")}
    assert not {*first} & {*by_uid(cared(), audience="practitioner")}


def test_an_identity_tells_nobody() -> None:
    content = written(cared(), record="Erika Mustermann")
    assert b"Erika" not in content and b"Mustermann" not in content
    assert len(course_key("Erika Mustermann")) == 64


def test_stamps_are_the_time_of_making_in_utc() -> None:
    zone = timezone(timedelta(hours=2))
    for event in read_back(written(cared(), made=datetime(2026, 11, 30, 11, 15, 7, 500, tzinfo=zone))):
        made = datetime(2026, 11, 30, 9, 15, 7, tzinfo=UTC)
        assert event.dtstamp.value == event.last_modified.value == made
        assert int(event.sequence.value) == (made - EPOCH).total_seconds()
    assert b"DTSTAMP:20261130T091500Z" in written(cared()) and b"METHOD" not in written(cared())


@pytest.mark.parametrize(
    "made", [datetime(2026, 11, 30), datetime(2019, 12, 31, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
)
def test_a_time_of_making_that_no_calendar_counts_is_refused(made: datetime) -> None:
    with pytest.raises(InputError, match="accepted"):
        written(plain(), made=made)


def test_the_time_of_making_can_be_given_for_reproducible_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796028900")
    assert made_now() == datetime.fromtimestamp(1796028900, UTC)
    for wrong in ("yesterday", "-1", "99999999999999", "1.5"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        with pytest.raises(InputError, match="SOURCE_DATE_EPOCH"):
            made_now()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert abs(made_now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_same_care_makes_the_same_bytes_and_lines_of_the_standard() -> None:
    content = written(cared())
    assert content == written(cared())
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))  # octets, RFC 5545 3.1
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_clock_time_is_kept_and_has_no_zone() -> None:
    care = cared(start=datetime(2027, 3, 1, 14, 30))
    (session,) = [e for e in read_back(written(care)) if e.summary.value == "Session 1 of 4"]
    assert session.dtstart.value == datetime(2027, 3, 1, 14, 30)
    assert b"TZID" not in written(care) and not any("time of day" in note for note in care.notes)


def test_files_are_whole_or_not_there(tmp_path: Path) -> None:
    care = cared()
    write_calendar(care, tmp_path / "care.ics", record=RECORD, made=MADE)
    assert len(read_back((tmp_path / "care.ics").read_bytes())) > 100
    with pytest.raises(OutputError):
        write_calendar(care, tmp_path / "nowhere" / "care.ics", record=RECORD, made=MADE)
    assert [path.name for path in tmp_path.iterdir()] == ["care.ics"]


def test_the_leaflet_loads_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "care.html"
    write_leaflet(cared(said=NOTHING), path)
    page = path.read_text("utf-8")
    assert "<script" not in page and "src=" not in page and "@import" not in page and "<link" not in page
    for text in ("Call the emergency number now", "Mon 1 Mar 2027", "new needle head", "Keep taking every medicine"):
        assert text in page
    assert "Botulinum" not in page  # words for the practitioner alone
    assert date(2027, 3, 31).strftime("%d Mar").lstrip("0") in page
    assert FOUR.split(":")[0] not in page  # a protocol sentence is not for a patient
