"""The calendar file: read back by a parser that did not write it, whole, the same every time, with nobody's name."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from tests.care.test_aftercare import FOUR, NOTHING, START, cared, plain

from neodermis.care.aftercare import AUDIENCES, Audience, Care
from neodermis.care.calendar import PRODUCT, to_icalendar
from neodermis.errors import OutputError
from neodermis.report import write_calendar, write_leaflet


def read_back(content: bytes) -> list[Any]:
    """Events as vobject reads them."""
    (calendar,) = vobject.readComponents(content.decode("utf-8"))
    assert calendar.version.value == "2.0" and calendar.prodid.value == PRODUCT
    return list(calendar.vevent_list)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_entry_is_read_back_with_its_dates_and_words(audience: Audience) -> None:
    care = cared()
    told = [entry for entry in care.entries if audience in entry.texts]
    events = read_back(to_icalendar(care, audience))
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
    texts = {event.summary.value: event.description.value for event in read_back(to_icalendar(cared(), "practitioner"))}
    makeup = texts["Make-up allowed"]
    assert "sources give 12 hours to 7 days" in makeup and "Simulated closing of the channels" in makeup
    assert "Sources differ" in makeup


def test_names_of_events_are_stable_and_differ() -> None:
    def uids(care: Care) -> list[str]:
        return [event.uid.value for event in read_back(to_icalendar(care))]

    first = uids(cared())
    assert len(set(first)) == len(first)
    assert first == uids(cared())
    assert not set(first) & set(uids(cared(start=START + timedelta(days=1))))
    assert not set(first) & set(uids(cared(phototype=4)))


def test_the_same_care_makes_the_same_bytes_and_lines_of_the_standard() -> None:
    content = to_icalendar(cared())
    assert content == to_icalendar(cared())
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))  # octets, RFC 5545 3.1
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_clock_time_is_kept_and_has_no_zone() -> None:
    care = cared(start=datetime(2027, 3, 1, 14, 30))
    (session,) = [e for e in read_back(to_icalendar(care)) if e.summary.value == "Session 1 of 4"]
    assert session.dtstart.value == datetime(2027, 3, 1, 14, 30)
    assert b"TZID" not in to_icalendar(care) and not any("time of day" in note for note in care.notes)


def test_a_warning_stands_in_every_event() -> None:
    events = read_back(to_icalendar(plain(), warning="Not yet."))
    assert all("Not yet" in e.summary.value and e.description.value.startswith("Not yet.") for e in events)


def test_files_are_whole_or_not_there(tmp_path: Path) -> None:
    care = cared()
    write_calendar(care, tmp_path / "care.ics")
    assert len(read_back((tmp_path / "care.ics").read_bytes())) > 100
    with pytest.raises(OutputError):
        write_calendar(care, tmp_path / "nowhere" / "care.ics")
    assert [path.name for path in tmp_path.iterdir()] == ["care.ics"]


def test_the_leaflet_loads_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "care.html"
    write_leaflet(cared(said=NOTHING), path, warning="<b>Not yet</b>")
    page = path.read_text("utf-8")
    assert "<script" not in page and "src=" not in page and "@import" not in page and "<link" not in page
    assert "&lt;b&gt;Not yet" in page
    for text in ("Call the emergency number now", "Mon 1 Mar 2027", "new needle head", "Keep taking every medicine"):
        assert text in page
    assert "Botulinum" not in page  # words for the practitioner alone
    assert date(2027, 3, 31).strftime("%d Mar").lstrip("0") in page
    assert FOUR.split(":")[0] not in page  # a protocol sentence is not for a patient
