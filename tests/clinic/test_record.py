"""The record of a patient: timeline, filter, and the exports with every version."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from tests.clinic.test_followups import BEGUN, ENTERED, course

__all__ = ["course"]


@pytest.fixture
def patient(course: Any, client: Any) -> Any:
    from neodermis.clinic.models import FollowUp

    one = client("assistant")
    one.post(f"/courses/{course.pk}/follow-ups/new/", ENTERED | {"graded_by": "=1+1"})
    one.post(f"/follow-ups/{FollowUp.objects.get().pk}/", ENTERED | {"opened": "1", "value": "1", "graded_by": "=1+1"})
    return course.patient


def test_the_timeline_shows_every_kind_and_can_be_filtered(patient: Any, client: Any) -> None:
    one, address = client("reader"), f"/patients/{patient.pk}/record/"
    page = one.get(address)
    assert [each.kind for each in page.context["events"]] == ["follow-up", "course", "consultation"]
    assert "1 warning sign" in page.content.decode()
    filtered = one.get(address, {"kind": "course"}).context["events"]
    assert [each.text.partition(":")[0] for each in filtered] == ["Plan adopted"]


def test_the_exports_hold_every_version_and_are_entered(patient: Any, client: Any) -> None:
    from neodermis.clinic import audit
    from neodermis.clinic.models import AuditEntry

    one = client("reader")
    document = one.get(f"/patients/{patient.pk}/record.json").json()
    kept = {each["kind"]: each for each in document["records"]}
    assert {*kept} == {"patient", "consultation", "course", "followup"}
    assert [each["state"]["value"] for each in kept["followup"]["versions"]] == [2.0, 1.0]
    assert kept["followup"]["state"]["value"] == 1.0 and kept["course"]["state"]["protocol"]
    rows = [*csv.reader(io.StringIO(one.get(f"/patients/{patient.pk}/record.csv").content.decode()))]
    assert rows[0] == ["day", "kind", "event", "account"] and len(rows) == 4
    assert rows[1][3] == "'=1+1", "no cell is taken for a formula"
    assert AuditEntry.objects.filter(action="exported", key=str(patient.pk)).count() == 2
    assert f"{BEGUN}" in kept["course"]["state"]["plan"]["sessions"][0]["date"] and [*audit.verify()] == []
