"""Follow-ups: entered, refused at the field, corrected with a version, and the forecast updated with them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BEGUN = date.today() - timedelta(days=100)
ENTERED = {
    "opened": "0", "day": f"{BEGUN + timedelta(days=90)}", "outcome": "goodman_baron_grade", "site": "cheek",
    "value": "2", "rater": "blinded", "graded_by": "AB", "warning_signs": ["late_redness"], "note": "",
}  # fmt: skip


@pytest.fixture
def course(consultation: Any) -> Any:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Course

    consultation.day = BEGUN - timedelta(days=7)
    consultation.write(Origin("test", ""))
    return Course(
        patient=consultation.patient, consultation=consultation, day=consultation.day, neodermis="0",
        protocol="2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes",
        plan={"sessions": [{"date": f"{BEGUN}"}, {"date": f"{BEGUN + timedelta(days=30)}"}]},
    ).write(Origin("test", ""))  # fmt: skip


def test_a_follow_up_is_entered_corrected_and_kept(course: Any, client: Any) -> None:
    from neodermis.clinic import audit
    from neodermis.clinic.models import AuditEntry, FollowUp

    one, address = client("assistant"), f"/courses/{course.pk}/follow-ups/"
    assert "Goodman-Baron grade, 0 to 4" in one.get(f"{address}new/").content.decode()
    assert one.post(f"{address}new/", ENTERED)["Location"] == address
    kept = FollowUp.objects.get()
    assert (kept.value, kept.site, kept.warning_signs, kept.version) == (2.0, "cheek", ["late_redness"], 1)
    assert "Erythema beyond 7 days" in one.get(address).content.decode()
    assert "1 warning sign<" in one.get("/").content.decode()
    corrected = ENTERED | {"opened": "1", "value": "1", "warning_signs": []}
    assert one.post(f"/follow-ups/{kept.pk}/", corrected).status_code == 302
    second = one.post(f"/follow-ups/{kept.pk}/", corrected | {"value": "3"})
    assert second.status_code == 409 and "Value: 1.0" in second.content.decode()
    assert FollowUp.objects.get().value == 1.0
    entry = AuditEntry.objects.get(kind="followup", action="changed")
    assert (entry.before["value"], entry.after["value"], entry.account) == (2.0, 1.0, "assistant")
    assert "1 warning sign<" not in one.get("/").content.decode()
    assert [*audit.verify()] == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("value", "7", "0 to 4"), ("value", "nan", "Enter a number"), ("day", f"{BEGUN}", "a date after"),
        ("day", "2999-01-01", "up to today"), ("site", "forehead", "Select a valid choice"),
        ("graded_by", "", "required"), ("rater", "instrument", "Select a valid choice"),
        ("note", "rings\x07", "control characters"),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_field(course: Any, client: Any, field: str, value: str, says: str) -> None:
    from neodermis.clinic.models import FollowUp

    done = client("assistant").post(f"/courses/{course.pk}/follow-ups/new/", ENTERED | {field: value})
    page = done.content.decode()
    assert done.status_code == 422 and says in page and f'id="id_{field}_error"' in page
    assert not FollowUp.objects.exists()


def test_any_entry_is_answered_and_the_same_reading_twice_is_refused(course: Any, client: Any) -> None:
    one, address = client("assistant"), f"/courses/{course.pk}/follow-ups/new/"
    assert one.post(address, ENTERED).status_code == 302
    assert one.post(address, ENTERED).status_code == 422

    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(sorted(ENTERED)), st.text(st.characters(codec="utf-8"), max_size=12))
    def check(field: str, value: str) -> None:
        assert one.post(address, ENTERED | {field: value}).status_code in (302, 409, 422)

    check()


def test_the_forecast_is_updated_in_the_background(course: Any, client: Any, monkeypatch: Any) -> None:
    from neodermis.clinic import jobs
    from neodermis.clinic.models import UpdateJob
    from neodermis.planning import update as updating

    monkeypatch.setattr(updating, "MEMBERS", 60)
    one, address = client("practitioner"), f"/courses/{course.pk}/follow-ups/"
    assert one.post(f"/courses/{course.pk}/update/").status_code == 422, "there is no follow-up yet"
    one.post(f"{address}new/", ENTERED)
    for _ in range(2):
        assert one.post(f"/courses/{course.pk}/update/")["Location"] == address
    job = UpdateJob.objects.get()
    assert job.waiting and "waits for its turn" in one.get(address).content.decode()
    jobs.work(str(job.pk))
    job = UpdateJob.objects.get()
    assert job.state == "done", job.error
    assert [each["measured"] for each in job.result["follow_ups"]] == [2.0]
    page = one.get(address).content.decode()
    assert job.shown["measured"]["rows"][0][0] in page and "changed after this forecast" not in page
    assert b"<svg" in one.get(f"/updates/{job.pk}/figure.svg").content
    one.post(f"{address}new/", ENTERED | {"value": "1", "day": f"{BEGUN + timedelta(days=95)}"})
    assert "changed after this forecast" in one.get(address).content.decode()


def test_a_follow_up_that_is_due_stands_on_the_first_page(course: Any, client: Any) -> None:
    from neodermis.clinic import visits

    last = BEGUN + timedelta(days=30)
    assert visits.last_session(course) == last
    assert visits.due(last + timedelta(days=75)) == []
    assert visits.due(last + timedelta(days=76)) == [(last + timedelta(days=90), course)]
    one = client("assistant")
    assert one.post(f"/courses/{course.pk}/follow-ups/new/", ENTERED).status_code == 302
    assert visits.due(last + timedelta(days=165)) == [(last + timedelta(days=90), course)], "it was a month too early"
    one.post(f"/courses/{course.pk}/follow-ups/new/", ENTERED | {"day": f"{date.today()}"})
    assert [day for day, _ in visits.due(last + timedelta(days=120))] == [last + timedelta(days=90)]
    assert visits.due(last + timedelta(days=170)) == [(last + timedelta(days=180), course)]
