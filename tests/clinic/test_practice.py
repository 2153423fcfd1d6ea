"""Settings of the clinic: letterhead, devices, consent text, backup; and the unlocking of an account."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.clinic.conftest import PASSWORD


def picture(kind: str = "png") -> io.BytesIO:
    from PIL import Image

    drawn = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(drawn, kind)
    drawn.seek(0)
    drawn.name = f"our logo.{kind}"
    return drawn


def test_the_letterhead_stands_on_reports(client: Any, database: Path) -> None:
    from neodermis.clinic import audit
    from neodermis.clinic.letterhead import letterhead_file
    from neodermis.clinic.models import AuditEntry, Practice
    from neodermis.report.letterhead import read_letterhead

    with letterhead_file() as nothing:
        assert nothing is None
    one = client("administrator")
    given = {"opened": "0", "name": 'Clinic "at the park"', "contact": "1 Park Street\n\n Town ", "phone": "01 234",
             "paper": "letter"}  # fmt: skip
    assert one.post("/settings/letterhead/", given | {"logo": picture()})["Location"] == "/settings/"
    with letterhead_file() as file:
        head = read_letterhead(file)
    assert (head.name, head.contact, head.phone) == ('Clinic "at the park"', ("1 Park Street", "Town"), "01 234")
    assert head.kind == "png" and head.logo == picture().read() and head.paper == "us-letter"
    assert one.get("/settings/logo/").content == head.logo
    assert one.post("/settings/letterhead/", given).status_code == 409, "another window was open"
    assert one.post("/settings/letterhead/", given | {"opened": "1"}).status_code == 302
    assert Practice.current().logo is not None, "an empty field keeps the logo"
    assert one.post("/settings/letterhead/", given | {"opened": "2", "no_logo": "on"}).status_code == 302
    assert Practice.current().logo is None
    entry = AuditEntry.objects.filter(kind="practice").order_by("number")[2]
    assert entry.before["logo"] and not entry.after["logo"]
    assert [*audit.verify()] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "x" * 101), ("name", "a\x07"), ("contact", "line\n" * 7), ("contact", "x" * 101), ("paper", "a5"),
     ("logo", b"no image"), ("logo", b"x" * 300_001), ("logo", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
)  # fmt: skip
def test_a_letterhead_that_no_report_takes_is_refused_at_its_field(client: Any, field: str, value: Any) -> None:
    from neodermis.clinic.models import Practice

    if isinstance(value, bytes):
        kind, value = ("svg" if b"<svg" in value else "png"), io.BytesIO(value)
        value.name = f"logo.{kind}"
    given = {"opened": "0", "name": "Clinic", "paper": "a4", field: value}
    page = client("administrator").post("/settings/letterhead/", given)
    assert page.status_code == 422 and f'id="id_{field}_error"' in page.content.decode()
    assert not Practice.objects.exists()


def test_a_new_consultation_begins_with_the_devices_and_prices(client: Any, consultation: Any) -> None:
    from neodermis.clinic.models import Consultation

    admin = client("administrator")
    given = {"opened": "0", "devices": ["exceed", "skinpen_precision"], "prices": "session = 250, exceed = 200"}
    for field, value in (("devices", ["hammer"]), ("prices", "hammer = 3"), ("prices", "session = -1")):
        refused = admin.post("/settings/devices/", given | {field: value})
        assert refused.status_code == 422 and f'id="id_{field}_error"' in refused.content.decode()
    assert admin.post("/settings/devices/", given).status_code == 302
    client("assistant").post(f"/patients/{consultation.patient_id}/consultation/")
    made = Consultation.objects.exclude(pk=consultation.pk).get()
    assert made.answers["clinic"] == {
        "record": "1", "devices": ["exceed", "skinpen_precision"], "prices": {"session": 250, "exceed": 200}
    }  # fmt: skip
    page = admin.get("/settings/devices/").content.decode()
    assert "session = 250, exceed = 200" in page and 'value="exceed" id="id_devices_0" checked' in page


def test_a_changed_consent_text_asks_for_a_new_consent(client: Any, consultation: Any) -> None:
    from datetime import timedelta

    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Consent, Course
    from neodermis.clinic.sessions import valid_consent

    by, today = Origin("test", ""), date.today()
    course = Course(
        patient=consultation.patient, consultation=consultation, day=today, neodermis="0",
        protocol="1 session: exceed; cheek 1 mm, 6 passes", plan={"sessions": [{"date": f"{today}"}]},
    ).write(by)  # fmt: skip
    earlier = today - timedelta(days=3)
    first = Consent(patient=consultation.patient, day=earlier, text_version="2025", signer="patient").write(by)
    assert valid_consent(course, today) == first
    admin, given = (
        client("administrator"),
        {"opened": "0", "consent_version": "2026", "consent_text": "I agree.\r\nYes."},
    )
    assert admin.post("/settings/consent/", given).status_code == 302
    assert valid_consent(course, today) is None
    assert valid_consent(course, earlier) == first, "a session before the change keeps its consent"
    second = Consent(patient=consultation.patient, day=today, text_version="2026", signer="patient").write(by)
    assert valid_consent(course, today) == second
    changed = given | {"opened": "1", "consent_text": "I do not agree."}
    assert admin.post("/settings/consent/", changed).status_code == 422
    assert admin.post("/settings/consent/", changed | {"consent_version": "2027"}).status_code == 302
    assert valid_consent(course, today) is None
    assert admin.post("/settings/consent/", given | {"opened": "2"}).status_code == 422, "its version was used before"
    reader = client("assistant")
    assert "I do not agree." in reader.get("/consent-text/").content.decode()
    assert 'value="2027"' in reader.get(f"/patients/{consultation.patient_id}/consent/").content.decode()


def test_a_backup_is_downloaded_with_its_own_passphrase(client: Any, consultation: Any, tmp_path: Path) -> None:
    from django.conf import settings

    from neodermis.clinic.backup import restore_backup

    one = client("administrator")
    given = {"passphrase": "another long sentence", "again": "another long sentence", "password": PASSWORD}
    for field, value in (("passphrase", "short"), ("again", "different"), ("password", "wrong")):
        assert one.post("/settings/backup/", given | {field: value}).status_code == 422
    assert "None was downloaded" in one.get("/settings/").content.decode()
    answer = one.post("/settings/backup/", given)
    file = tmp_path / "clinic.backup"
    file.write_bytes(b"".join(answer.streaming_content))
    answer.close()
    assert f"Last downloaded here on {date.today()}" in one.get("/settings/").content.decode()
    assert not [path for path in settings.FOLDER.iterdir() if path.is_dir()], "nothing is left behind"
    folder = tmp_path / "restored"
    folder.mkdir()
    restore_backup(folder, file, given["passphrase"])
    assert b"acne_scar" in (folder / "clinic.sqlite3").read_bytes()


def test_an_administrator_unlocks_an_account(client: Any, account: Any) -> None:
    anna, one, admin = account("reader", name="anna"), client(), client("administrator")
    for _ in range(5):
        one.post("/login/", {"username": "anna", "password": "wrong"})
    assert one.post("/login/", {"username": "anna", "password": PASSWORD}).status_code == 429
    assert "locked out" in admin.get("/accounts/").content.decode()
    assert admin.post(f"/accounts/{anna.pk}/unlock/").status_code == 302
    assert "locked out" not in admin.get("/accounts/").content.decode()
    assert one.post("/login/", {"username": "anna", "password": PASSWORD}).status_code == 302
