"""Consent and the session record: what is asked, what stands against a signature, and what a signature locks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import pytest
from tests.care.consultations import quiet
from tests.clinic.conftest import PASSWORD

TODAY: Final = date.today()
#: What makes the session of the course below complete.
COMPLETE: Final = {
    "licence": "D 1234", "anaesthetic": "emla 45 min", "anaesthetic_dose_g": "10",
    "anaesthetic_strength": "lidocaine 2.5 %, prilocaine 2.5 %", "anaesthetic_on": "9:15",
    "anaesthetic_off": "10:00", "pain": "4", "zone.cheek.end_point": "pinpoint bleeding",
    "zone.cheek.bleeding": "pinpoint", "session.cartridge_lot": "A 77",
    "session.cartridge_expires": (TODAY + timedelta(days=90)).isoformat(), "session.cartridge_reused": "no",
    "session.cartridge_sterile": "yes",
}  # fmt: skip


@pytest.fixture
def course(consultation: Any) -> Any:
    """An adopted plan of two sessions of a patient whom every rule allows."""
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Course

    by, answers = Origin("test", "here"), quiet()
    del answers["consent"]
    consultation.answers = answers
    consultation.write(by)
    return Course(
        patient=consultation.patient, consultation=consultation, day=TODAY, neodermis="0",
        protocol="2 sessions every 30 days: exceed; cheek 1 mm, 4 passes", plan={"sessions": []},
    ).write(by)  # fmt: skip


@pytest.fixture
def consent(course: Any) -> Any:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Consent

    return Consent(
        patient=course.patient, day=TODAY, text_version="3", signer="patient", entered_by="test"
    ).write(Origin("test", "here"))  # fmt: skip


@pytest.fixture
def began(course: Any, client: Callable[..., Any]) -> tuple[Any, Any]:
    """A client of a practitioner, and the first session as it begins."""
    from neodermis.clinic.models import Session

    one = client("practitioner")
    assert one.post(f"/courses/{course.pk}/sessions/").status_code == 302
    return one, Session.objects.get()


def fields(session: Any, **changes: str) -> dict[str, Any]:
    """What the page of a session posts."""
    session.refresh_from_db()
    more = {name.replace("__", "."): text for name, text in changes.items()}
    return {**session.entries, **COMPLETE, "opened": f"{session.version}", "password": PASSWORD, **more}


def sign(began: tuple[Any, Any], **changes: str) -> str:
    """Sign a session; the page that answers."""
    one, session = began
    done = one.post(f"/sessions/{session.pk}/sign/", fields(session, **changes), follow=True)
    session.refresh_from_db()
    return str(done.content.decode())


def test_a_complete_session_is_signed_and_locked(began: tuple[Any, Any], consent: Any) -> None:
    one, session = began
    assert session.entries["zone.cheek.depth_mm"] == "1", "the plan is filled in"
    page = sign(began, zone__cheek__passes="3")
    assert "The session is signed." in page
    assert session.protocol == "1 session: exceed; cheek 1 mm, 3 passes", "what was done, not what was planned"
    assert (session.signed_by, session.consent, session.verdict["overall"]) == ("practitioner", consent, "adapt")
    stored = dict(session.entries)
    assert one.post(f"/sessions/{session.pk}/", fields(session, pain="9")).status_code == 409
    assert one.post(f"/sessions/{session.pk}/keep/", fields(session, pain="9")).status_code == 200
    assert "was signed by practitioner before" in sign(began, pain="9")
    session.refresh_from_db()
    assert session.entries == stored
    from neodermis.clinic.audit import Origin, verify
    from neodermis.clinic.models import Signed

    with pytest.raises(Signed):
        session.write(Origin("test", "here"))
    assert [*verify()] == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("day", (TODAY + timedelta(days=1)).isoformat(), "today or before"),
        ("day", (TODAY - timedelta(days=1)).isoformat(), "The plan was adopted on"),
        ("licence", "", "with the licence"),
        ("anaesthetic", "emla", "minutes"),
        ("anaesthetic_on", "25:00", "a time such as"),
        ("anaesthetic_off", "9:00", "removed before it was applied"),
        ("anaesthetic_dose_g", "600", "0 to 60"),
        ("pain", "11", "0 to 10"),
        ("zone.cheek.depth_mm", "9", "depth"),
        ("zone.cheek.passes", "2.5", "whole number"),
        ("zone.cheek.end_point", "", "end point of a treated zone"),
        ("product.1.name", "serum", "the product and its lot"),
        ("event.1.kind", "hives", "how severe it was"),
        ("event.1.onset", "2999-01-01", "the day on which it began"),
        ("anaesthetic_strength", "", "strength as on the tube"),
        ("session.cartridge_lot", "", "asked before every session"),
        ("session.cartridge_sterile", "no", "sterile, sealed cartridge only"),
        ("session.cartridge_reused", "yes", "used once"),
        ("session.cartridge_expires", (TODAY - timedelta(days=1)).isoformat(), "does not allow the session"),
        ("session.cartridge_expires", "soon", "2026-03-31"),
        ("history.pregnant", "yes", "does not allow the session"),
        ("medication.isotretinoin_current", "yes", "an answer that agrees with"),
        ("area.active_infection", "yes", "does not allow the session"),
        ("remarks", "a\x00b", "without control characters"),
        ("password", "something else", "not the password of your account"),
    ],
)  # fmt: skip
def test_what_stands_against_a_signature_is_told(
    name: str, text: str, told: str, began: tuple[Any, Any], consent: Any
) -> None:
    page = sign(began, **{name.replace(".", "__"): text})
    assert told in page and "not signed" in page
    assert began[1].signed_at is None
    if name not in ("remarks", "password"):
        assert began[1].entries[name] == text, "nothing that was entered is lost"


def test_an_answer_of_the_day_lifts_no_rule(began: tuple[Any, Any], consent: Any) -> None:
    from neodermis.clinic.audit import Origin

    of = began[1].course.consultation
    of.answers = of.answers | {"history": of.answers["history"] | {"pregnant": True}}
    of.write(Origin("test", "here"))
    assert "does not allow the session" in sign(began, history__pregnant="no")


def test_an_override_counts_for_the_answers_for_which_it_was_signed(began: tuple[Any, Any], consent: Any) -> None:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Override

    by, of = Origin("test", "here"), began[1].course.consultation
    waxed = (TODAY - timedelta(days=2)).isoformat()
    of.answers = of.answers | {"history": of.answers["history"] | {"waxing": waxed}}
    of.write(by)
    Override(
        consultation=of, answers_version=of.version, rule="HAIR-REMOVAL", result="wait", condition="waxing",
        reason="of the arms only", account="test", day=TODAY, neodermis="0",
    ).write(by)  # fmt: skip
    later = (TODAY - timedelta(days=1)).isoformat()
    assert "does not allow the session" in sign(began, history__waxing=later), "a new fact is not overridden"
    assert "The session is signed." in sign(began, history__waxing=waxed)


def test_no_session_without_a_consent_that_holds(began: tuple[Any, Any]) -> None:
    one, session = began
    patient = session.course.patient
    assert "no consent that holds" in sign(began)
    tomorrow = {"text_version": "3", "day": (TODAY + timedelta(days=1)).isoformat(), "signer": "patient"}
    assert one.post(f"/patients/{patient.pk}/consent/", tomorrow).status_code == 422
    for _ in range(2):  # sent twice
        one.post(f"/patients/{patient.pk}/consent/", tomorrow | {"day": TODAY.isoformat()})
    given = patient.consents.get()
    one.post(f"/consents/{given.pk}/withdraw/")
    assert "no consent that holds" in sign(began)
    assert one.post(f"/patients/{patient.pk}/consent/", tomorrow | {"day": TODAY.isoformat()}).status_code == 302
    assert "The session is signed." in sign(began), "a new consent of the same day holds"


def test_a_session_is_not_before_the_one_before_it(began: tuple[Any, Any], consent: Any) -> None:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Session

    course, by = began[1].course, Origin("test", "here")
    course.day = TODAY - timedelta(days=60)
    course.write(by)
    consent.day = course.day
    consent.write(by)
    sign(began)
    one = began[0]
    one.post(f"/courses/{course.pk}/sessions/")
    second = Session.objects.get(number=2)
    assert f"The session before it was on {TODAY}" in sign((one, second), day=(TODAY - timedelta(days=1)).isoformat())


@pytest.mark.parametrize(
    ("age", "born", "minor"), [(17, None, True), (None, 17, True), (30, 18, True), (30, 19, False)]
)
def test_the_guardian_signs_for_who_may_be_a_minor(
    age: int | None, born: int | None, minor: bool, began: tuple[Any, Any]
) -> None:
    from neodermis.clinic.audit import Origin

    one, session = began
    of, patient = session.course.consultation, session.course.patient
    of.answers = of.answers | {"patient": of.answers["patient"] | {"age": age}}
    of.write(Origin("test", "here"))
    patient.birth_year = None if born is None else TODAY.year - born
    patient.write(Origin("test", "here"))
    posted = {"text_version": "3", "day": TODAY.isoformat(), "signer": "patient"}
    assert one.post(f"/patients/{patient.pk}/consent/", posted).status_code == (422 if minor else 302)
    assert one.post(f"/patients/{patient.pk}/consent/", posted | {"signer": "guardian"}).status_code == 302


def test_the_second_writer_is_told_and_nothing_is_overwritten(began: tuple[Any, Any]) -> None:
    one, session = began
    first = fields(session)
    assert one.post(f"/sessions/{session.pk}/keep/", first | {"pain": "5", "remarks": "calm"}).status_code == 200
    done = one.post(f"/sessions/{session.pk}/", first | {"pain": "7", "remarks": ""})
    session.refresh_from_db()
    assert done.status_code == 409 and session.entries["pain"] == "5"
    page = done.content.decode()
    assert 'value="7"' in page and "calm" in page, "mine is kept, theirs is shown"


def test_an_addendum_is_signed_and_shown_and_the_next_session_tells_it(began: tuple[Any, Any], consent: Any) -> None:
    one, session = began
    path = f"/sessions/{session.pk}/addendum/"
    assert one.get(path).status_code == 422, "an unsigned session is corrected itself"
    sign(began)
    told = {"text": "Lot was A 78.", "reason": "misread", "password": PASSWORD}
    assert one.post(path, told | {"password": "no"}).status_code == 422
    for _ in range(2):
        assert one.post(path, told).status_code == 302
    assert session.addenda.count() == 1
    assert "Lot was A 78." in one.get(f"/sessions/{session.pk}/").content.decode()
    page = one.post(f"/courses/{session.course_id}/sessions/", follow=True).content.decode()
    assert "Session 2 of 2" in page and "Lot was A 78." in page


def test_the_map_shows_the_zones(began: tuple[Any, Any]) -> None:
    one, session = began
    done = one.get(f"/sessions/{session.pk}/map.svg")
    assert done["Content-Type"] == "image/svg+xml" and b"<svg" in done.content
