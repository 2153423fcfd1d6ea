"""Whatever is entered in the forms of sessions, consents, follow-ups and overrides is stored as it is or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.clinic.conftest import PASSWORD
from tests.clinic.test_fuzz import NASTY, TEXT
from tests.clinic.test_sessions import COMPLETE

TODAY: Final = date.today()
OTHERS: Final = ("opened", "password", "nothing", "zone.cheek.depth_mm", "event.9.kind", "site")
SOME: Final = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def course(consultation: Any) -> Any:
    """An adopted plan that was begun, of a patient whom one rule refers."""
    from tests.care.consultations import quiet

    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Consent, Course

    by, answers = Origin("test", "here"), quiet()
    del answers["consent"]
    consultation.answers, consultation.day = answers, TODAY - timedelta(days=60)
    consultation.write(by)
    Consent(patient=consultation.patient, day=TODAY, text_version="3", signer="patient", entered_by="test").write(by)
    return Course(
        patient=consultation.patient, consultation=consultation, day=consultation.day, neodermis="0",
        protocol="2 sessions every 30 days: exceed; cheek 1 mm, 4 passes",
        plan={"sessions": [{"date": (TODAY - timedelta(days=50)).isoformat()}]},
    ).write(by)  # fmt: skip


def stored() -> str:
    """Every record as the database has it."""
    from neodermis.clinic.models import RECORDS

    return json.dumps([[str(one.state()) for one in kind.objects.order_by("pk")] for kind in RECORDS])


def fuzz(client: Any, address: str, base: Mapping[str, str]) -> set[int]:
    """Change some entries of a form that is complete, and send it; the statuses of the answers."""
    seen: set[int] = set()
    names = st.sampled_from([*base, *OTHERS])

    @SOME
    @given(st.dictionaries(names, st.one_of(TEXT, st.sampled_from(NASTY)), min_size=1, max_size=3))
    def check(changes: dict[str, str]) -> None:
        before = stored()
        done = client.post(address, {**base, **changes})
        assert done.status_code < 500, changes
        if done.status_code == 422:
            page = done.content.decode()
            assert any(one in page for one in ('class="fault"', "errorlist", "aria-invalid", "<h1>No")), changes
        if done.status_code in (404, 403):
            assert stored() == before, "what is refused changes nothing"
        seen.add(done.status_code)

    check()
    from neodermis.clinic import audit

    assert [*audit.verify()] == []
    return seen


def test_the_record_of_a_session(client: Callable[..., Any], course: Any) -> None:
    from neodermis.clinic.models import Session

    one = client("practitioner")
    one.raise_request_exception = False
    one.post(f"/courses/{course.pk}/sessions/")
    session = Session.objects.get()
    base = {**session.entries, **COMPLETE, "opened": "1"}
    assert {302, 422} & fuzz(one, f"/sessions/{session.pk}/", base)
    assert 200 in fuzz(one, f"/sessions/{session.pk}/keep/", base)
    # signed with changes: what is signed at all is complete, and nothing changes it any more
    seen = fuzz(one, f"/sessions/{session.pk}/sign/", base | {"password": PASSWORD})
    session.refresh_from_db()
    assert seen <= {302, 409, 422}
    one.post(f"/sessions/{session.pk}/sign/", base | {"opened": f"{session.version}", "password": PASSWORD})
    session.refresh_from_db()
    assert session.signed_at and session.protocol and session.verdict and session.consent
    locked = stored()
    assert fuzz(one, f"/sessions/{session.pk}/", base) == {409}
    assert stored() == locked, "what is signed is not changed"


def test_consents(client: Callable[..., Any], course: Any) -> None:
    one = client("assistant")
    one.raise_request_exception = False
    base = {"text_version": "3", "day": TODAY.isoformat(), "signer": "patient"}
    assert {302, 422} & fuzz(one, f"/patients/{course.patient_id}/consent/", base)


def test_follow_ups(client: Callable[..., Any], course: Any) -> None:
    from neodermis.clinic.followups import FollowUpForm
    from neodermis.clinic.models import FollowUp

    one = client("assistant")
    one.raise_request_exception = False
    fields = FollowUpForm(course, FollowUp(course=course)).fields
    base = {name: fields[name].choices[0][0] for name in ("outcome", "site", "rater", "warning_signs")} | {
        "day": (TODAY - timedelta(days=1)).isoformat(), "value": "2", "graded_by": "A", "note": "seen", "opened": "0",
    }  # fmt: skip
    address = f"/courses/{course.pk}/follow-ups/new/"
    assert one.post(address, base).status_code == 302
    assert {302, 422} & fuzz(one, address, base)
    first = FollowUp.objects.first()
    assert fuzz(one, f"/follow-ups/{first.pk}/", base | {"opened": "1"}) & {302, 409, 422}
    assert {each.course_id for each in FollowUp.objects.all()} == {course.pk}


def test_overrides(client: Callable[..., Any], course: Any) -> None:
    one = client("practitioner")
    one.raise_request_exception = False
    base = {"reason": "a reason that is long enough", "password": "wrong", "opened": f"{course.consultation.version}"}
    for rule in ("PREG", "no-rule"):
        fuzz(one, f"/consultations/{course.consultation_id}/screening/{rule}/override/", base)
    from neodermis.clinic.models import Override

    assert not Override.objects.exists(), "nothing is signed without the password"
