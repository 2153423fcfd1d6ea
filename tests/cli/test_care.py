"""`neodermis care`: a dated calendar for a consultation, in the words of its reader, as text, document and files."""

import re
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
import vobject
from tests.cli.terminal import EXCEED, TOO_DEEP_HERE, refused, run, shows_only_text

EXAMPLE = (files("neodermis.care") / "data" / "example.toml").read_text("utf-8")
ON = ("--start", "2027-03-01", "--hemisphere", "north", "--draws", "16")

Consult = Callable[..., str]


@pytest.fixture
def consult(folder: Path) -> Consult:
    """Write the shipped consultation, with one answer replaced; the path as a user gives it."""

    def write(old: str = "", new: str = "") -> str:
        assert not old or old in EXAMPLE
        (folder / "c.toml").write_text(EXAMPLE.replace(old, new, 1) if old else EXAMPLE, "utf-8")
        return "c.toml"

    return write


def test_the_first_session_in_full_and_the_others_by_date(consult: Consult) -> None:
    ran = run("care", consult(), EXCEED, *ON)
    assert ran.status == 0, ran.err
    assert "Session 1 of 4, Mon 1 Mar 2027, up to" in ran.out  # no hour that nobody gave
    at = run("care", "c.toml", EXCEED, "--start", "2027-03-01T14:30", *ON[2:])
    assert "Session 1 of 4, Mon 1 Mar 2027 14:30, up to" in at.out
    assert "Keep taking every medicine that a doctor gave you" in ran.out
    assert ran.out.count("Red, warm skin is normal") == 1  # later sessions are by what differs
    assert "Fri 30 Apr" in ran.out and "Sessions 3 and 4, in addition: Strong sun" in ran.out
    assert "Call the emergency number now" in ran.out and "Not a medical device" in ran.out
    assert "Botulinum" not in ran.out
    assert shows_only_text(ran.out) and shows_only_text(ran.err)
    first = ran.out[: ran.out.index("Whole course")]
    assert len(first.splitlines()) < 60  # a screen


def test_a_practitioner_sees_the_used_time_the_range_the_tier_and_the_model(consult: Consult) -> None:
    ran = run("care", consult(), EXCEED, *ON, "--audience", "practitioner")
    assert ran.status == 0, ran.err
    for text in ("sources give", "12 hours to 7 days", "redness", "cartridge lot", "licence number", "Same day"):
        assert text in ran.out
    assert "none is calculated here" in ran.out


def test_the_document_has_calendar_checklist_and_red_flags(consult: Consult) -> None:
    document = run("care", consult(), EXCEED, *ON, "--json").json
    assert {"calendar", "checklist", "red_flags", "screening"} <= set(document)
    first = document["calendar"][0]
    assert {"from", "to", "kind", "text", "sources"} <= set(first)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?", one["from"]) for one in document["calendar"])
    assert document["screening"]["overall"] in ("go", "adapt")
    kinds = {one["kind"] for one in document["calendar"]}
    assert kinds == {"pre-care", "session", "aftercare", "normal", "resume", "follow-up", "maintenance"}
    assert document == run("care", "c.toml", EXCEED, *ON, "--json").json


def test_calendar_and_leaflet_are_written(consult: Consult, folder: Path) -> None:
    ran = run("care", consult(), EXCEED, *ON, "--ics", "care.ics", "--leaflet", "care.html")
    assert ran.status == 0 and "wrote care.ics" in ran.err and "wrote care.html" in ran.err
    calendar = vobject.readOne((folder / "care.ics").read_text("utf-8"))
    document = run("care", "c.toml", EXCEED, *ON, "--json").json
    assert len(calendar.vevent_list) == len(document["calendar"])
    assert "new needle head" in (folder / "care.html").read_text("utf-8")


def test_where_no_session_may_be_given_nothing_is_dated_or_written(consult: Consult, folder: Path) -> None:
    path = consult("pregnant = false", "pregnant = true")
    ran = run("care", path, EXCEED, *ON)
    assert ran.status == 0 and ran.out.startswith("Not yet.") and "No calendar is written" in ran.out
    assert "Session 1 of 4" not in ran.out and "1 Mar" not in ran.out
    ran = run("care", path, EXCEED, *ON, "--ics", "care.ics", "--leaflet", "care.html")
    assert ran.status == 1 and "No calendar is written" in ran.err and "Traceback" not in ran.err
    assert {one.name for one in folder.iterdir()} == {"c.toml"}


def test_what_was_changed_comes_first_and_as_given_says_what_the_rules_ask(consult: Consult) -> None:
    path = consult("phototype = 3 ", "phototype = 5 ")
    ran = run("care", path, EXCEED, *ON)
    assert ran.out.splitlines()[1:3] == [
        "The rules change the plan as given:", "- cheek: needle depth 1.1 mm instead of 1.5 mm (FST-HIGH)",
    ]  # fmt: skip
    given = run("care", path, EXCEED, *ON, "--as-given", "--json").json
    adapted = run("care", path, EXCEED, *ON, "--json").json
    assert given["changed"] == adapted["changed"] != [] and given["as_given"] and not adapted["as_given"]
    assert "1.5 mm" in given["protocol"] == given["given"] and "1.1 mm, 4 passes" in adapted["protocol"]


def test_sessions_on_working_days(consult: Consult) -> None:
    document = run("care", consult(), EXCEED, "--start", "2027-03-06", *ON[2:], "--weekdays", "--json").json
    days = [date.fromisoformat(one["from"]) for one in document["calendar"] if one["kind"] == "session"]
    assert days[0] == date(2027, 3, 8) and all(day.weekday() < 5 for day in days)
    assert any("session 1 moved from Sat 6 Mar 2027" in note for note in document["notes"])


def test_unknown_answers_are_named_and_count_as_yes(consult: Consult) -> None:
    ran = run("care", consult("hsv_history = false", 'hsv_history = "unknown"'), EXCEED, *ON)
    assert "treated as yes" in ran.err and "hsv history" in ran.err
    assert "Have you ever had cold sores?" in ran.out


def test_the_date_comes_from_the_file_where_none_is_given(consult: Consult) -> None:
    path = consult()
    text = re.sub(r"^#? ?first_session = .*$", "first_session = 2027-06-01", EXAMPLE, flags=re.MULTILINE)
    Path(path).write_text(text, "utf-8")
    assert "Tue 1 Jun 2027" in run("care", path, EXCEED, "--draws", "1").out


def test_the_shipped_consultation_needs_no_file_and_a_file_of_that_name_wins(consult: Consult, folder: Path) -> None:
    assert "Session 1 of 4" in run("care", "example", EXCEED, *ON).out
    (folder / "example").write_text(EXAMPLE.replace("pregnant = false", "pregnant = true"), "utf-8")
    assert run("care", "example", EXCEED, *ON).out.startswith("Not yet.")


def test_without_a_date_the_course_begins_when_all_that_comes_before_fits(consult: Consult) -> None:
    ran = run("care", consult(), EXCEED, "--today", "2027-02-01", "--draws", "1")
    assert "Mon 1 Mar 2027" in ran.out and "The date of the first session is not given" in ran.err


def test_a_wait_is_dated_from_the_day_on_which_it_is_over(consult: Consult) -> None:
    waits = consult("tan_last = ", "tan_last = 2027-01-30  # ")
    words = ("care", waits, EXCEED, "--today", "2027-02-01", "--draws", "1", "--hemisphere", "north")
    early = run(*words, "--start", "2027-02-03")
    assert early.status == 0 and "comes before Sat 13 Feb 2027, the earliest day" in early.out
    assert "Start on 2027-02-13 or later." in early.out and "Session 1 of 4" not in early.out
    assert "Session 1 of 4" in run(*words, "--start", "2027-02-13").out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--start", "soon"), "soon"),
        (("--start", "2027-02-30"), "2027-02-30"),
        (("--start", "2027-03-01T10:00+02:00"), "zone"),
        (("--start", "9999-12-31"), "9999-12-31"),
        (("--start", "2027-03-01", "--audience", "insurer"), "insurer"),
        (("--start", "2027-03-01", "--hemisphere", "east"), "east"),
        (("--start", "2027-03-01", "--weight", "heavy"), "heavy"),
        (("--start", "2027-03-01", "--weight", "7"), "7"),
        (("--start", "2027-03-01", "--ics", "care.html"), "care.html"),
        (("--start", "2027-03-01", "--leaflet", "care.ics"), "care.ics"),
        (("--start", "2027-03-01", "--ics", "nowhere/care.ics"), "nowhere"),
        (("--start", "2027-03-01", "--ics", "c.toml"), "c.toml"),
    ],
)
def test_what_cannot_be_used_is_named(words: tuple[str, ...], named: str, consult: Consult) -> None:
    refused(run("care", consult(), EXCEED, *words), named)


def test_limits_and_files_are_checked_as_everywhere(consult: Consult) -> None:
    refused(run("care", "missing.toml", EXCEED, *ON), "missing.toml")
    refused(run("care", consult(), TOO_DEEP_HERE, *ON), "--beyond-limits")
    refused(run("care", consult(), "some sessions: exceed", *ON), "some")


def test_for_a_child_the_verdict_is_told_and_nothing_is_dated(consult: Consult) -> None:
    ran = run("care", consult("age = 45 ", "age = 12 "), EXCEED, *ON)
    assert ran.status == 0 and ran.out.startswith("No,") and "under 18" in ran.out and "Session 1" not in ran.out
