"""First account, login and lock-out, invitations, expiry of sessions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clinic.conftest import PASSWORD


@pytest.fixture
def token(database: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    from django.conf import settings

    monkeypatch.setattr(settings, "SETUP_TOKEN", "the-token")
    return "the-token"


def test_the_first_account_is_made_once(client: Any, token: str) -> None:
    from neodermis.clinic.models import Account

    one, given = client(), {"username": "Dr A", "password": PASSWORD, "again": PASSWORD}
    assert one.get("/setup/another/").status_code == 404
    assert one.get(f"/setup/{token}/").status_code == 200
    assert one.post(f"/setup/{token}/", given).status_code == 302
    made = Account.objects.get()
    assert made.roles == ["practitioner", "administrator"]
    assert one.post(f"/setup/{token}/", given | {"username": "Dr B"}).status_code == 404
    assert one.post("/login/", {"username": "Dr A", "password": PASSWORD}).status_code == 302
    assert one.get("/patients/").status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [("short", "short", "too short"), (PASSWORD, PASSWORD + "!", "differ"), ("1" * 14, "1" * 14, "numeric"),
     ("", "", "required"), ("q1w2e3r4t5y6", "q1w2e3r4t5y6", "too common")],
)  # fmt: skip
def test_a_weak_password_is_refused_at_its_field(client: Any, token: str, first: str, second: str, says: str) -> None:
    from neodermis.clinic.models import Account

    done = client().post(f"/setup/{token}/", {"username": "Dr A", "password": first, "again": second})
    assert done.status_code == 422 and says in done.content.decode()
    assert not Account.objects.exists()


def test_passwords_are_hashed_with_argon2(migrated: Any) -> None:
    from neodermis.clinic import settings

    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_five_wrong_passwords_lock_the_name_out(client: Any, account: Any) -> None:
    account("reader", name="anna")
    one = client()
    statuses = [one.post("/login/", {"username": "anna", "password": "wrong"}).status_code for _ in range(5)]
    assert statuses[:4] == [422] * 4 and statuses[4] == 429
    assert one.post("/login/", {"username": "anna", "password": PASSWORD}).status_code == 429
    account("reader", name="berta")
    assert one.post("/login/", {"username": "berta", "password": PASSWORD}).status_code == 302


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(client: Any, account: Any) -> None:
    account("reader", name="anna")
    one = client()
    told = [
        [*one.post("/login/", {"username": name, "password": "wrong"}).context["form"].non_field_errors()]
        for name in ("anna", "nobody")
    ]
    assert told[0] == told[1] and len(told[0]) == 1


def test_the_login_leads_to_no_other_site(client: Any, account: Any) -> None:
    account("reader", name="anna")
    done = client().post("/login/", {"username": "anna", "password": PASSWORD, "next": "https://example.org/"})
    assert done["Location"] == "/"


def test_an_invitation_works_once(client: Any) -> None:
    from neodermis.clinic.models import Account

    admin = client("administrator")
    made = admin.post("/accounts/new/", {"username": "carla", "roles": ["assistant"], "is_active": "on"})
    assert made.status_code == 302
    carla = Account.objects.get(username="carla")
    link = admin.post(f"/accounts/{carla.pk}/invite/").context["link"].removeprefix("http://testserver")
    other = client()
    assert other.post("/login/", {"username": "carla", "password": PASSWORD}).status_code == 422
    assert other.get(link[:-3] + "abc/").status_code == 404
    assert other.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert other.get(link).status_code == 404
    assert other.post("/login/", {"username": "carla", "password": PASSWORD}).status_code == 302
    assert other.get("/accounts/").status_code == 403


def test_the_last_administrator_stays(client: Any) -> None:
    from neodermis.clinic.models import Account

    one = client("administrator")
    key = Account.objects.get().pk
    done = one.post(f"/accounts/{key}/", {"roles": ["reader"], "is_active": "on"})
    assert done.status_code == 422 and "only administrator" in done.content.decode()


def test_an_expired_session_is_no_dead_end(client: Any, consultation: Any) -> None:
    from django.contrib.sessions.models import Session

    one, address = client("assistant", name="anna"), f"/consultations/{consultation.pk}/"
    one.post(f"{address}draft/", {"opened": "1", "patient.age": "41"})
    Session.objects.all().delete()
    done = one.get(address)
    assert done["Location"] == f"/login/?next={address}"
    done = one.post("/login/", {"username": "anna", "password": PASSWORD, "next": address})
    assert 'value="41"' in one.get(done["Location"]).content.decode()


def test_what_is_saved_after_the_session_expired_is_sent_again(client: Any, consultation: Any) -> None:
    from django.contrib.sessions.models import Session

    one, address = client("assistant", name="anna"), f"/consultations/{consultation.pk}/"
    fields = {"opened": "1", "patient.age": "41", "password": "secret"}
    Session.objects.all().delete()
    done = one.post(address, fields)
    page = done.content.decode()
    assert done.status_code == 401 and 'name="kept-patient.age" value="41"' in page and "secret" not in page
    held = {"kept-patient.age": "41", "kept-opened": "1", "next": address, "username": "anna"}
    wrong = one.post("/login/", held | {"password": "no"})
    assert wrong.status_code == 422 and 'name="kept-patient.age" value="41"' in wrong.content.decode()
    again = one.post("/login/", held | {"password": PASSWORD}).content.decode()
    assert f'action="{address}"' in again and 'name="patient.age" value="41"' in again
    assert one.post(address, {"opened": "1", "patient.age": "41"}).status_code == 302


def test_a_form_of_another_session_is_refused_with_what_to_do(account: Any) -> None:
    from django.test import Client

    account("reader", name="anna")
    done = Client(enforce_csrf_checks=True).post("/login/", {"username": "anna", "password": PASSWORD})
    assert done.status_code == 403 and "load the page again" in done.content.decode()
