"""The audit trail finds what was done behind the application's back; records are written in one way only."""

from __future__ import annotations

from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest


def faults() -> list[str]:
    from neodermis.clinic import audit

    return [*audit.verify()]


def behind(database: Path, *statements: str) -> None:
    """Change the file as somebody with access to it would."""
    from django.db import connection

    assert database.parent.is_dir()
    with closing(connection.copy()) as other, other.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement


@pytest.fixture
def filled(database: Path, client: Any, consultation: Any) -> Path:
    one = client("practitioner")
    one.post(f"/patients/{consultation.patient_id}/change/", {"opened": "1", "sex": "female", "birth_year": "1991"})
    one.get(f"/patients/{consultation.patient_id}/")
    one.get(f"/consultations/{consultation.pk}/screening/")
    return database


def test_what_the_application_does_is_complete(filled: Path) -> None:
    from neodermis.clinic.models import AuditEntry

    assert faults() == []
    rows = [*AuditEntry.objects.values_list("account", "action", "kind")]
    assert ("practitioner", "changed", "patient") in rows
    assert ("practitioner", "viewed", "patient") in rows and ("practitioner", "viewed", "consultation") in rows
    changed = AuditEntry.objects.get(action="changed", kind="patient")
    assert (changed.before["birth_year"], changed.after["birth_year"]) == (1990, 1991)
    assert ip_address(changed.origin).is_loopback and changed.at.startswith("20")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE clinic_auditentry SET account = 'nobody' WHERE number = 2", "Entry 2 was changed"),
        ("UPDATE clinic_auditentry SET after = '{}' WHERE number = 1", "Entry 1 was changed"),
        ("DELETE FROM clinic_auditentry WHERE number = 2", "Entry 2 is missing"),
        ("DELETE FROM clinic_auditentry WHERE number >= 5", "newest entries are missing"),
        ("UPDATE clinic_patient SET birth_year = 1950", "birth_year"),
        ("UPDATE clinic_consultation SET answers = '{}'", "answers"),
        ("UPDATE clinic_account SET roles = '[\"administrator\"]'", "roles"),
        ("UPDATE clinic_account SET password = 'x'", "password"),
        ("DELETE FROM clinic_consultation", "was removed without an entry"),
        pytest.param(
            "INSERT INTO clinic_patient (id, version, number, chart_number, sex) VALUES ('ab', 1, 9, '', '')",
            "cannot be read", marks=pytest.mark.sqlite,
        ),
        ("INSERT INTO clinic_patient SELECT 'abababababababababababababababab', 1, 99, '', '', NULL, NULL",
         "was added without an entry"),
    ],
)  # fmt: skip
def test_a_change_behind_the_back_is_found(filled: Path, statement: str, says: str) -> None:
    behind(filled, statement)
    assert any(says in one for one in faults()), faults()


def test_the_newest_entries_replaced_by_others_are_found(filled: Path, client: Any, consultation: Any) -> None:
    behind(filled, "DELETE FROM clinic_auditentry WHERE number >= 5")
    one = client("reader")
    for _ in range(6):  # the trail grows past where it was
        one.get(f"/patients/{consultation.patient_id}/")
    assert any("newest entries were replaced" in each for each in faults())


def test_a_missing_or_broken_head_is_found(filled: Path) -> None:
    head = filled.parent / "audit_head.json"
    head.write_text("{", "ascii")
    assert any("cannot be read" in each for each in faults())
    head.unlink()
    assert any("head is missing" in each for each in faults())


def test_a_rewritten_chain_is_found(filled: Path) -> None:
    """Whoever changes an entry and computes every hash again still lacks the head outside."""
    from neodermis.clinic.audit import hash_of
    from neodermis.clinic.models import AuditEntry

    rows = [*AuditEntry.objects.order_by("number")]
    rows[2].account, previous = "nobody", "0" * 64
    statements = []
    for row in rows:
        row.previous = previous
        previous = row.hash = hash_of(row)
        statements.append(
            f"UPDATE clinic_auditentry SET account='{row.account}', previous='{row.previous}', hash='{row.hash}' "
            f"WHERE number={row.number}"
        )
    behind(filled, *statements)
    assert any("not the one that was written" in each for each in faults())


def test_records_are_written_in_one_way_only(consultation: Any) -> None:
    from neodermis.clinic.models import AuditEntry, Consultation, Patient

    patient = Patient.objects.get()
    for forbidden in (
        lambda: Patient.objects.update(birth_year=1900),
        lambda: Patient.objects.all().delete(),
        lambda: Patient.objects.create(number=9),
        lambda: Patient.objects.bulk_create([Patient(number=9)]),
        lambda: Consultation.objects.bulk_update([consultation], ["day"]),
        lambda: Patient.objects.update_or_create(number=9),
        lambda: AuditEntry.objects.all().delete(),
        lambda: AuditEntry.objects.update(account=""),
        lambda: AuditEntry.objects.first().save(),
        lambda: AuditEntry.objects.first().delete(),
        patient.save,
        patient.delete,
    ):
        with pytest.raises(TypeError):
            forbidden()
    assert faults() == []


def test_a_record_and_its_entry_are_stored_together_or_not_at_all(
    consultation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neodermis.clinic import audit
    from neodermis.clinic.models import AuditEntry, Patient

    patient, before = Patient.objects.get(), AuditEntry.objects.count()
    monkeypatch.setattr(audit, "hash_of", lambda _: 1 / 0)
    patient.birth_year = 1900
    with pytest.raises(ZeroDivisionError):
        patient.write(audit.Origin("test", ""))
    monkeypatch.undo()
    assert Patient.objects.get().birth_year == 1990 and AuditEntry.objects.count() == before
    assert faults() == []


def test_of_two_writers_of_a_patient_the_second_is_told(client: Any, consultation: Any) -> None:
    from neodermis.clinic.models import Patient

    one, address = client("assistant"), f"/patients/{consultation.patient_id}/change/"
    base = {"opened": "1", "sex": "female", "birth_year": "1990", "phototype": "3"}
    assert one.post(address, base | {"birth_year": "1991"}).status_code == 302
    done = one.post(address, base | {"phototype": "4"})
    assert done.status_code == 409
    page = done.content.decode()
    assert "Year of birth was changed to: 1991." in page
    assert 'value="1991"' in page and '<option value="4" selected>' in page and 'name="opened" value="2"' in page
    assert Patient.objects.get().phototype == 3


def test_plans_and_updates_are_in_the_trail_before_and_after(client: Any, consultation: Any) -> None:
    from neodermis.clinic import audit
    from neodermis.clinic.models import AuditEntry, PlanJob

    client("assistant").post(f"/consultations/{consultation.pk}/plans/")
    job = PlanJob.objects.get()
    PlanJob.objects.update(state=PlanJob.RUNNING, scored=3, known=9)  # progress is no change
    assert [*audit.verify()] == []
    job.end(state=PlanJob.DONE, result={"plans": [1.0]}, report_pdf=b"%PDF", neodermis="0")
    first, second = AuditEntry.objects.filter(kind="planjob").order_by("number")
    assert (first.account, first.action, first.after["state"]) == ("assistant", "created", "waiting")
    assert (second.origin, second.before["result"], second.after["state"]) == ("background", None, "done")
    assert [*audit.verify()] == []
    PlanJob.objects.update(report_pdf=b"%PDG")
    assert [*audit.verify()] == [f"planjob {job.pk} was changed without an entry of the trail: report_pdf."]
    PlanJob.objects.all().delete()
    assert [*audit.verify()] == [f"planjob {job.pk} was removed without an entry of the trail."]


def test_plans_of_an_earlier_version_are_entered_by_the_migration(consultation: Any) -> None:
    from importlib import import_module

    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    from neodermis.clinic import audit
    from neodermis.clinic.models import PlanJob

    job = PlanJob.objects.create(consultation=consultation, document={"a": 1.5}, asked_by="test", state="done")
    assert [*audit.verify()] == [f"planjob {job.pk} was added without an entry of the trail."]
    then = MigrationLoader(connection).project_state(("clinic", "0006_second_factor")).apps
    import_module("neodermis.clinic.migrations.0007_jobs_in_the_trail").enter(then, None)
    assert [*audit.verify()] == []
