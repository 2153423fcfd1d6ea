"""From a consultation and a plan to dated care: the plan that may be given, its wishes, or no dates at all.

Each case stands for a kind of fault; the answers were checked against the sources named at the rules.
"""

import json
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from tests.care.consultations import FIRES, SCAR, agreeing, edited, rule
from tests.care.consultations import TODAY as SCREENED

from neodermis.api import injure, read
from neodermis.care.advice import load_care
from neodermis.care.aftercare import plan_care
from neodermis.care.consultation import Preferences, parse_consultation
from neodermis.care.course import NOT_YET, NoCalendarError, Prepared, care
from neodermis.care.wishes import unmet_wishes
from neodermis.errors import DataFileError, InputError
from neodermis.people import Patient
from neodermis.report import prepared_document, prepared_lines
from neodermis.treatment import load_devices

TODAY = date(2026, 11, 30)
START = date(2027, 3, 1)
FOUR = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
#: Every answer clear, the gel sterile, numbing planned.
CLEAR: dict[str, Any] = {"plan.topical_anaesthetic": True, "clinic.devices": ["exceed", "skinpen_precision"]}


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Writes a consultation in which nothing speaks against a session, with edits, and gives its path."""

    def make(edits: dict[str, Any] | None = None, name: str = "c.toml") -> Path:
        path = tmp_path / name
        path.write_text(edited(CLEAR | (edits or {})), encoding="utf-8")
        return path

    return make


def cared(path: Path, sentence: str = FOUR, **options: Any) -> Prepared:
    return care(path, sentence, **{"start": START, "today": TODAY, "hemisphere": "north", "draws": 8, **options})


# ------------------------------------------------------------------------------------------------- the plan itself


def test_an_unsterile_product_into_open_channels_rules_the_session_out(file: Any) -> None:
    done = cared(file(), "1 session: exceed; cheek 1.0 mm, 4 passes; l_ascorbic_acid 15 %", start=date(2026, 12, 12))
    assert done.verdict.overall == "no" and done.dated is None
    rules = {one.rule.id: one.result for one in done.verdict.findings}
    assert rules["TOPICAL-NONSTERILE"] == "no"
    document = prepared_document(done)
    assert document["calendar"] == [] and document["screening"]["overall"] == "no"
    assert [one["id"] for one in document["needed"]] == ["TOPICAL-NONSTERILE"]
    assert document["protocol"] == "1 session: exceed; cheek 1 mm, 4 passes"  # what may be given
    assert document["protocol"] in done.refusal
    assert done.opening("patient")[0] == "Not like this. The plan has to change first."
    # a rule on the person speaks of the person
    keloid = cared(file({"history.keloid": True}), "1 session: exceed; cheek 1.0 mm, 4 passes; l_ascorbic_acid")
    assert keloid.opening("patient")[0] == "No, we cannot treat you here." and "with this plan" not in keloid.refusal


def test_the_verdict_and_the_calendar_agree_on_what_goes_on_later(file: Any) -> None:
    late = "1 session: exceed; cheek 1.5 mm, 6 passes; l_ascorbic_acid 15 % after {:g} hours"
    closed = injure(late.format(168), draws=8).sites["cheek"].session.closure_hours["geometric"].median
    assert load_care().open_channel_hours < closed < 160
    early = cared(file(), late.format(round(closed) - 2))
    assert early.verdict.overall == "no" and early.dated is None  # channels are simulated to be open by then
    after = cared(file(), late.format(round(closed) + 2))
    (entry,) = [one for one in after.care.entries if one.id == "active.l_ascorbic_acid"]
    assert after.verdict.overall == "adapt" and "Do not put" not in entry.texts["patient"]


def test_sessions_that_follow_too_soon_are_dated_at_the_interval_of_the_rule(file: Any) -> None:
    done = cared(file(), "4 sessions weekly: exceed; cheek 1.5 mm, 6 passes")
    assert done.verdict.overall == "adapt"
    (rule,) = [one for one in done.verdict.findings if one.rule.id == "INTERVAL"]
    assert "repeats sessions every 7 days" in rule.because
    interval = done.protocol.phases[0].interval_days
    assert interval >= 28
    assert [(later - START).days for later in (begin.date() for begin in done.care.begins)] == [
        number * interval for number in range(4)
    ]
    lines = list(prepared_lines(done))
    assert lines[1] == "The rules change the plan as given:"
    assert lines[2] == f"- {interval:g} days between sessions instead of 7 (INTERVAL)"


def test_a_plan_is_adapted_to_a_setting_of_the_device(file: Any) -> None:
    path = file({"patient.phototype": 5, "history.pih": True})
    done = cared(path, "4 sessions every 6 weeks: skinpen_precision; cheek 1.5 mm, 6 passes")
    assert done.protocol.sentence == "4 sessions every 6 weeks: skinpen_precision; cheek 1 mm, 4 passes"
    assert done.changed[0] == "cheek: needle depth 1.0 mm instead of 1.5 mm (FST-HIGH)"
    assert done.care.protocol == done.injuries.protocol == done.protocol
    assert "1.5 mm" not in json.dumps([one for one in prepared_document(done, "practitioner")["checklist"]])
    settings = next(one for one in done.care.checklist if one.id == "settings")
    assert "1 mm, 4 passes" in settings.texts["practitioner"]
    # numbers are those of the adapted plan and person
    alone = injure(done.protocol, phototype=5, draws=8).sites["cheek"].session
    assert done.injuries.sites["cheek"].session.erythema_hours == alone.erythema_hours


def test_a_depth_between_two_settings_is_said_with_both(file: Any) -> None:
    done = cared(file(), "1 session: skinpen_precision; cheek 1.1 mm, 4 passes")
    assert done.protocol.phases[0].treatments[0].depth_mm == 1.0
    assert "1.0 and 1.25 mm" in done.changed[0]


def test_passes_that_were_left_out_are_told_and_are_no_change_by_a_rule(file: Any) -> None:
    done = cared(file(), "1 session every 30 days: exceed; cheek 1 mm")
    assert done.protocol.sentence == "1 session: exceed; cheek 1 mm, 6 passes"
    interval, passes = done.opening()[1:3]
    assert interval == "One session has no interval: 'every 30 days' is left out."
    assert passes.startswith("Passes not given at cheek: 6 used")
    assert done.changed == ()
    assert prepared_document(done, "practitioner")["notes"][:2] == [note.text for note in done.given.notes]


def test_as_given_dates_the_plan_as_written_and_says_first_what_the_rules_ask(file: Any) -> None:
    path = file({"patient.phototype": 5})
    done = cared(path, FOUR, as_given=True)
    assert done.protocol == read(FOUR) and done.as_given
    assert (done.care.begins[1] - done.care.begins[0]).days == 30
    lines = done.opening()
    assert lines[1] == "The rules ask for these changes of the plan as given:"
    assert any("FST-HIGH" in line and "1.1 mm instead of 1.5 mm" in line for line in lines)
    assert cared(path).protocol != read(FOUR)


def test_a_roller_that_a_rule_does_not_allow_is_dated_only_as_given(file: Any) -> None:
    path = file({"history.melasma": True})
    sentence = "1 session: roller_mf8; cheek 1.5 mm, 4 passes"
    done = cared(path, sentence)
    assert done.verdict.overall == "adapt" and done.dated is None and "MELASMA" in done.refusal
    with pytest.raises(NoCalendarError, match="MELASMA"):
        _ = done.care
    given = cared(path, sentence, as_given=True)
    assert given.care.protocol == read(sentence) and any("MELASMA" in line for line in given.opening())


def test_what_the_rules_ask_for_stands_on_the_checklist(file: Any) -> None:
    done = cared(file({"history.melasma": True}), "1 session: exceed; cheek 0.5 mm, 4 passes")
    assert "endpoint_redness" in {one.id for one in done.care.checklist}
    assert any("uniform redness" in step for step in done.steps)
    barred = cared(file({"medication.antiarrhythmic": True}), "1 session: exceed; cheek 1 mm, 4 passes")
    assert (
        barred.care.numbing.chosen.id == "none_cooling" and barred.injuries.sites["cheek"].session.anaesthetic == "none"
    )


# ------------------------------------------------------------------------------------------------- no dates yet

NOT_NOW: dict[str, dict[str, Any]] = {
    "no": {"history.keloid": True},
    "refer": {"history.psoriasis": True},
    "wait": {"area.active_infection": True},
    "ask": {"history.lupus": "unknown"},
    "refer, a minor": agreeing({"patient.age": 16, "consent.guardian": True, "consent.assent": True, "concern": SCAR}),
}


@pytest.mark.parametrize("name", NOT_NOW)
@pytest.mark.parametrize("as_given", [False, True])
def test_a_verdict_that_is_no_permission_dates_nothing(file: Any, name: str, as_given: bool) -> None:
    done = cared(file(NOT_NOW[name]), as_given=as_given)
    assert done.verdict.overall == name.partition(",")[0] and done.verdict.overall in NOT_YET
    assert done.dated is None and done.refusal
    document = prepared_document(done)
    assert document["calendar"] == document["checklist"] == [] and document["needed"]
    first, *rest = prepared_lines(done)
    assert first == done.verdict.sentence("patient") and len(rest) > 3
    with pytest.raises(NoCalendarError) as caught:
        _ = done.injuries
    assert caught.value.exit_status == 1


#: Rules that speak against a session with a device of the catalogue; a device that none of it is has one of its own.
AGAINST = {
    name: (edits, device) for name, (edits, result, _, device) in FIRES.items()
    if result in NOT_YET and (device is None or device in load_devices())
}  # fmt: skip


@pytest.mark.parametrize("name", AGAINST)
def test_no_rule_that_speaks_against_a_session_leaves_a_calendar(file: Any, name: str) -> None:
    edits, device = AGAINST[name]
    plan = FOUR.replace("exceed", device or "dermapen_4")
    done = cared(file(agreeing(edits)), plan, today=SCREENED, start=SCREENED)
    assert rule(done.verdict, name) is not None
    assert done.verdict.overall in NOT_YET and done.dated is None and done.refusal
    assert name in {one["id"] for one in prepared_document(done)["needed"]}


def test_a_wait_that_ends_by_the_first_session_is_dated_and_one_that_does_not_names_the_earliest_start(
    file: Any,
) -> None:
    path = file({"history.filler": TODAY - timedelta(days=3)})
    soon = cared(path, start=TODAY + timedelta(days=5))
    until = soon.verdict.until
    assert soon.verdict.overall == "wait" and until is not None and soon.dated is None
    assert f"Start on {until.isoformat()} or later" in soon.refusal
    on_the_day = cared(path, start=until)
    assert on_the_day.dated is not None and any("is not before" in line for line in on_the_day.opening())
    assert cared(path, start=until - timedelta(days=1)).dated is None
    # an open question beside the wait is not answered by a date
    both = cared(file({"history.filler": TODAY - timedelta(days=3), "history.lupus": "unknown"}), start=START)
    assert both.verdict.overall == "wait" and both.dated is None


def test_a_working_day_may_lie_after_a_wait_that_ends_on_the_weekend(file: Any) -> None:
    path = file({"history.waxing": TODAY})
    done = cared(path, start=date(2026, 12, 5), weekdays=True)  # a Saturday; the Monday is after the wait
    assert done.verdict.until is not None and date(2026, 12, 5) < done.verdict.until <= date(2026, 12, 7)
    assert done.first == date(2026, 12, 7) and done.dated is not None
    assert cared(path, start=date(2026, 12, 5)).dated is None


def test_what_should_have_begun_before_the_screening_is_said(file: Any) -> None:
    done = cared(file(), start=TODAY + timedelta(days=5))
    assert done.dated is not None
    (sun,) = [line for line in done.dated.begun["practitioner"] if "sunbathing" in line]
    assert "19" not in sun or "Sat 21 Nov 2026" in sun
    assert "Mon 14 Dec 2026" in sun  # two weeks from the day of the screening
    assert not any("medicines" in line for line in done.dated.begun["practitioner"])  # nothing to be left off
    assert not cared(file()).dated.begun["practitioner"]  # type: ignore[union-attr]  # is dated


# ------------------------------------------------------------------------------------------------- wishes

#: Field of [preferences] → a wish that the plan of one session on START does not meet, and what the sentence says.
UNMET: dict[str, tuple[Any, list[str]]] = {
    "downtime_days": (1, ["Downtime of 1 day:", "90 % credible interval", "day 7"]),
    "visits": (2, ["At most 2 visits", "1 session ", "3 check-ups"]),
    "budget": (1200, ["1200", "1200 for each"]),
    "event": (date(2027, 3, 4), ["Thu 4 Mar 2027", "3 days after session 1", "at least 7 days", "Thu 25 Feb 2027"]),
    "first_session": (date(2027, 2, 20), ["Sat 20 Feb 2027", "Mon 1 Mar 2027", "9 days later"]),
    "next_toxin": (date(2027, 2, 20), ["9 days after the botulinum toxin", "at least 14 days"]),
    "next_filler": (date(2027, 3, 3), ["2 days before the filler", "at least 7 days"]),
}
#: The same fields, met.
MET: dict[str, Any] = {
    "downtime_days": 30, "visits": 10, "budget": None, "event": date(2027, 12, 24), "first_session": START,
    "next_toxin": date(2027, 3, 15), "next_filler": "never",
}  # fmt: skip
QUIET = {f"preferences.{name}": None for name in Preferences.model_fields}


@pytest.mark.parametrize("name", Preferences.model_fields)
def test_every_wish_is_compared_with_the_dated_plan(file: Any, name: str) -> None:
    wish, words = UNMET[name]
    sentence = "1 session: exceed; cheek 1.5 mm, 6 passes"
    done = cared(file(QUIET | {f"preferences.{name}": wish}), sentence)
    assert done.dated is not None and done.dated.wishes["practitioner"]
    told = " ".join(done.dated.wishes["practitioner"])
    assert all(word in told for word in words), told
    assert all(one in "\n".join(done.opening()) for one in done.dated.wishes["practitioner"])
    patient = list(done.dated.wishes["patient"])
    assert prepared_document(done)["notes"][: len(patient)] == patient
    met = cared(file(QUIET | {f"preferences.{name}": MET[name]}), sentence)
    assert met.dated is not None and not any(met.dated.wishes.values())


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (date(2027, 2, 28), "comes before the first session"),
        (date(2027, 3, 1), "0 days after session 1"),
        (date(2027, 3, 7), "6 days after session 1"),
        (date(2027, 3, 8), "1 of 4 sessions will be complete"),
        (date(2027, 5, 2), "2 days after session 3"),
        (date(2027, 6, 20), "4 of 4 sessions will be complete"),
    ],
)
def test_an_event_is_held_to_every_session(event: date, words: str) -> None:
    plan = plan_care(read(FOUR), Patient(), START)
    found = unmet_wishes(Preferences(event=event), plan, {})
    assert any(words in one for one in found)
    close = [one for one in found if "Leave at least" in one]
    assert bool(close) == any(0 <= (event - begin.date()).days < 7 for begin in plan.begins)


def test_filler_before_a_session_waits_as_long_as_the_label_of_the_device_says() -> None:
    wishes = Preferences(next_filler=date(2026, 12, 1))
    for device, sessions in (("exceed", 3), ("skinpen_precision", 0)):
        plan = plan_care(read(FOUR.replace("exceed", device)), Patient(), START)
        assert len(unmet_wishes(wishes, plan, {})) == sessions


def test_what_is_planned_ahead_is_counted_from_the_last_session(file: Any) -> None:
    path = file({"medication.chemo_start": date(2027, 6, 20)})  # 21 days after the fourth session
    late = cared(path)
    assert late.verdict.overall == "wait" and late.dated is None
    assert "CHEMO" in {one.rule.id for one in late.verdict.findings}
    assert cared(path, "3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes").dated is not None
    # the interval that a rule asks for counts, by which the last session comes later
    path = file({"medication.chemo_start": date(2027, 6, 22)})
    dense = "4 sessions every 25 days: dermapen_4; cheek 1.5 mm, 6 passes"
    assert (date(2027, 6, 22) - (date(2027, 3, 8) + timedelta(days=75))).days > 28
    longer = cared(path, dense, start=date(2027, 3, 8))
    assert longer.protocol.phases[0].interval_days == 28 and longer.verdict.overall == "wait" and longer.dated is None


# ------------------------------------------------------------------------------------------------- the command


def run(*words: str, folder: Path, made: int | None = None) -> subprocess.CompletedProcess[str]:
    import os

    environment = {**os.environ, **({} if made is None else {"SOURCE_DATE_EPOCH": str(made)})}
    return subprocess.run(
        [sys.executable, "-m", "neodermis", "care", *words, "--today", TODAY.isoformat(), "--draws", "4"],
        capture_output=True, text=True, cwd=folder, env=environment, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_command_dates_nothing_with_status_0_and_writes_nothing_with_status_1(file: Any, tmp_path: Path) -> None:
    path = str(file(NOT_NOW["refer"]))
    plain = run(path, FOUR, "--start", "2027-03-01", "--json", folder=tmp_path)
    assert plain.returncode == 0 and json.loads(plain.stdout)["calendar"] == []
    asked = run(path, FOUR, "--start", "2027-03-01", "--ics", "a.ics", "--leaflet", "a.html", folder=tmp_path)
    assert asked.returncode == 1 and asked.stderr.startswith("error: ")
    assert asked.stdout.splitlines()[0] == "Not yet. A doctor has to decide first."
    assert [one.name for one in tmp_path.iterdir()] == ["c.toml"]


@pytest.mark.slow
def test_two_calendars_of_one_consultation_move_the_same_events(file: Any, tmp_path: Path) -> None:
    path = str(file(name="0417.toml"))
    for name, start, made in (("a.ics", "2027-03-01", 1796028900), ("b.ics", "2027-03-08", 1796028960)):
        done = run(path, FOUR, "--start", start, "--ics", name, "--hemisphere", "tropics", folder=tmp_path, made=made)
        assert done.returncode == 0, done.stderr
    first, second = (
        {event.uid.value: event for event in vobject.readOne((tmp_path / name).read_text("utf-8")).vevent_list}
        for name in ("a.ics", "b.ics")
    )
    assert {*first} == {*second} and len(first) > 100
    for uid, event in first.items():
        assert second[uid].dtstart.value - event.dtstart.value == timedelta(days=7)
        assert int(second[uid].sequence.value) == int(event.sequence.value) + 60
        assert event.dtstamp.value < second[uid].dtstamp.value
        assert event.dtstamp.value.date() < START and event.dtstamp.value.utcoffset() == timedelta(0)


def test_a_record_of_the_clinic_goes_before_the_name_of_the_file(file: Any) -> None:
    assert cared(file(name="a.toml")).record == "a"
    assert cared(file({"clinic.record": "2026-0417"}, name="a.toml")).record == "2026-0417"


def test_a_bad_start_is_refused_with_what_is_accepted(file: Any) -> None:
    with pytest.raises(InputError, match="for instance 2027-03-01"):
        cared(file(), start="next week")
    assert cared(file(), start="2027-03-01T14:30").care.begins[0] == datetime(2027, 3, 1, 14, 30)


# ------------------------------------------------------------------------------------------------- whole consultations


def test_the_shipped_example_is_dated() -> None:
    done = care("example", FOUR, start=START, today=TODAY, draws=4)
    assert done.dated is not None and done.record == "example"
    assert parse_consultation("", "empty").clinic.record is None


def test_the_planned_anaesthetic_is_that_of_the_session_and_held_to_its_label(file: Any) -> None:
    done = cared(
        file({"plan.topical_anaesthetic": True, "plan.anaesthetic": "EMLA 45 min"}),
        "1 session: exceed; cheek 1.5 mm, 6 passes",
    )
    session = done.injuries.sites["cheek"].session
    assert (session.anaesthetic_product, session.anaesthetic_minutes.median) == ("emla", 45.0)
    assert done.care.numbing.chosen.id == "emla"
    assert "45 minutes of contact are planned; the sources give 60 to 120 minutes." in done.care.numbing.warnings
    alone = injure(done.protocol, draws=8, anaesthetic="emla 45 min").sites["cheek"].session
    assert session.pain_vas == alone.pain_vas
    longer = cared(file({"plan.anaesthetic": "emla 90 min"}), "1 session: exceed; cheek 1.5 mm, 6 passes")
    assert not any("are planned" in warning for warning in longer.care.numbing.warnings)
    none = cared(file({"plan.topical_anaesthetic": False}), "1 session: exceed; cheek 1.5 mm, 6 passes")
    assert none.injuries.sites["cheek"].session.anaesthetic == "none"


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ({"plan.anaesthetic": "emla"}, ["plan > anaesthetic", "minutes of contact", '"emla 60 min"']),
        ({"plan.anaesthetic": "emla -5 min"}, ["plan > anaesthetic", "1 to 300 minutes"]),
        ({"plan.anaesthetic": "novocaine 5 min"}, ["plan > anaesthetic", "lidocaine_4"]),
        (
            {"plan.anaesthetic": "emla 60 min", "plan.topical_anaesthetic": False},
            ["plan > anaesthetic", "topical_anaesthetic = false", "make the two answers agree"],
        ),
    ],
)
def test_an_anaesthetic_that_cannot_be_used_is_told_with_its_field(
    file: Any, edits: dict[str, Any], told: list[str]
) -> None:
    with pytest.raises(DataFileError) as error:
        cared(file(edits), "1 session: exceed; cheek 1.5 mm, 6 passes")
    for part in told:
        assert part in str(error.value)
