"""The second factor: set up, asked for at the login, used once, throttled, recovered, taken off, and never told."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from tests.clinic.conftest import PASSWORD

#: Key of the test vectors of RFC 6238, base 32.
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PATH = "/account/second-factor/"


class Clock:
    """The time that the program sees."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr("neodermis.clinic.second_factor.time.time", lambda: self.now)

    def code(self, key: str) -> str:
        from neodermis.clinic import second_factor

        return second_factor._totp(key).generate(self.now).decode()

    def later(self) -> Clock:
        self.now += 30
        return self


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def own_key(client: Any, clock: Clock) -> tuple[str, list[str]]:
    """Key and recovery codes of the account anna, who set a second factor up."""
    one = client("administrator", "reader", name="anna")
    key = re.sub(r"\s", "", re.search(r"<code class=.link.>([^<]+)<", one.get(PATH).content.decode())[1])  # type: ignore[index]
    page = one.post(PATH, {"password": PASSWORD, "code": clock.code(key)})
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    return key, page.context["codes"]


def test_codes_are_those_of_the_standard(migrated: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from neodermis.clinic import second_factor

    for now, code in ((59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (20000000000, "353130")):
        monkeypatch.setattr("neodermis.clinic.second_factor.time.time", lambda now=now: now)
        assert second_factor.step_of(KEY, code) == now // 30
        assert second_factor.step_of(KEY, code, after=now // 30) is None
        assert second_factor.step_of(KEY, f"{code[:3]} {code[3:]}") is not None
        monkeypatch.setattr("neodermis.clinic.second_factor.time.time", lambda now=now: now + 90)
        assert second_factor.step_of(KEY, code) is None


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef", "²²²²²²", "é" * 6, "\x00"])
def test_it_is_switched_on_only_with_a_right_code_and_the_password(client: Any, clock: Clock, code: str) -> None:
    from neodermis.clinic.models import Account

    one = client("reader")
    one.get(PATH)
    key = one.session["new_second_factor"]
    assert one.post(PATH, {"password": PASSWORD, "code": code}).status_code == 422
    assert one.post(PATH, {"password": "wrong", "code": clock.code(key)}).status_code == 422
    assert not Account.objects.get().second_factor
    assert one.session["new_second_factor"] == key, "what the phone has stays right"


def test_a_code_is_asked_for_at_the_login_and_counts_once(own_key: Any, client: Any, clock: Clock) -> None:
    key, _ = own_key
    one, login = client(), {"username": "anna", "password": PASSWORD, "next": "/patients/", "kept-q": "7"}
    asked = one.post("/login/", login)
    page = asked.content.decode()
    assert asked.status_code == 200 and 'action="/login/code/"' in page and 'name="kept-q" value="7"' in page
    assert one.get("/patients/")["Location"] == "/login/?next=/patients/", "the password alone is not enough"
    used = clock.code(key)
    assert one.post("/login/code/", {"code": used}).status_code == 422, "it was used when the factor was set up"
    right = {"code": clock.later().code(key), "next": "/patients/"}
    assert one.post("/login/code/", right)["Location"] == "/patients/"
    assert one.get("/patients/").status_code == 200
    other = client()
    other.post("/login/", login)
    assert other.post("/login/code/", right).status_code == 422
    assert other.post("/login/code/", {"code": clock.later().code(key), "kept-q": "7"}).context["fields"] == {"q": "7"}


def test_a_code_without_a_password_or_too_late_is_refused(own_key: Any, client: Any, clock: Clock) -> None:
    key, _ = own_key
    one = client()
    assert one.post("/login/code/", {"code": clock.later().code(key)})["Location"] == "/login/"
    one.post("/login/", {"username": "anna", "password": PASSWORD})
    clock.now += 301
    assert one.post("/login/code/", {"code": clock.code(key)})["Location"] == "/login/"
    assert one.get("/patients/").status_code == 302


def test_five_wrong_codes_lock_the_name_out(own_key: Any, client: Any, clock: Clock) -> None:
    key, codes = own_key
    one = client()
    one.post("/login/", {"username": "anna", "password": PASSWORD})
    statuses = [one.post("/login/code/", {"code": "000000"}).status_code for _ in range(5)]
    assert statuses == [422] * 4 + [429]
    for code in (clock.later().code(key), codes[0]):
        assert one.post("/login/code/", {"code": code}).status_code == 429
    assert one.post("/login/", {"username": "anna", "password": PASSWORD}).status_code == 429


def test_a_recovery_code_counts_once_and_new_ones_replace_those_before(own_key: Any, client: Any, clock: Clock) -> None:
    key, codes = own_key
    assert len({*codes}) == 8 and all(re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", one) for one in codes)
    one, login = client(), {"username": "anna", "password": PASSWORD}
    one.post("/login/", login)
    assert one.post("/login/code/", {"code": codes[0].lower().replace("-", " ")}).status_code == 302
    assert "7 recovery codes are left" in one.get("/account/").content.decode()
    other = client()
    other.post("/login/", login)
    assert other.post("/login/code/", {"code": codes[0]}).status_code == 422
    fresh = one.post(f"{PATH}codes/", {"password": PASSWORD, "code": clock.later().code(key)}).context["codes"]
    assert not {*fresh} & {*codes}
    assert other.post("/login/code/", {"code": codes[1]}).status_code == 422
    assert other.post("/login/code/", {"code": fresh[1]}).status_code == 302


def test_it_is_switched_off_with_password_and_code_or_by_an_administrator(
    own_key: Any, client: Any, clock: Clock
) -> None:  # fmt: skip
    from neodermis.clinic import audit
    from neodermis.clinic.models import Account, AuditEntry

    key, _ = own_key
    one, login = client(), {"username": "anna", "password": PASSWORD}
    one.post("/login/", login)
    one.post("/login/code/", {"code": clock.later().code(key)})
    assert one.post(f"{PATH}off/", {"password": "wrong", "code": clock.later().code(key)}).status_code == 422
    assert one.post(f"{PATH}off/", {"password": PASSWORD, "code": "000000"}).status_code == 422
    assert one.post(f"{PATH}off/", {"password": PASSWORD, "code": clock.code(key)}).status_code == 302
    assert client().post("/login/", login)["Location"] == "/"
    one.get(PATH)
    one.post(PATH, {"password": PASSWORD, "code": clock.later().code(one.session["new_second_factor"])})
    anna, admin = Account.objects.get(username="anna"), client("administrator", name="chief")
    assert anna.second_factor
    assert admin.post(f"/accounts/{anna.pk}/second-factor/", {"password": "wrong"}).status_code == 422
    assert admin.post(f"/accounts/{anna.pk}/second-factor/", {"password": PASSWORD}).status_code == 302
    assert client().post("/login/", login)["Location"] == "/"
    entry = AuditEntry.objects.filter(account="chief", action="changed", key=str(anna.pk)).get()
    assert entry.before["totp_key"] and not entry.after["totp_key"]
    assert [*audit.verify()] == []


def test_no_secret_is_in_the_trail_or_the_log(own_key: Any, client: Any, clock: Clock, capfd: Any, caplog: Any) -> None:
    import json

    from neodermis.clinic import audit
    from neodermis.clinic.models import Account, AuditEntry

    key, codes = own_key
    one = client()
    one.post("/login/", {"username": "anna", "password": PASSWORD})
    one.post("/login/code/", {"code": "000000"})
    one.post("/login/code/", {"code": codes[0]})
    trail = json.dumps([[row.before, row.after, row.action] for row in AuditEntry.objects.all()])
    assert "gave a wrong code" in trail
    account = Account.objects.get()
    told = trail + caplog.text + "".join(capfd.readouterr())
    assert not [each for each in (key, *codes, *account.recovery, account.password) if each in told]
    account.totp_key = KEY
    assert account.state() != Account.objects.get().state(), "a key that is replaced is found"
    assert [*audit.verify()] == []


def test_a_record_of_an_earlier_version_has_the_defaults_of_new_fields(account: Any) -> None:
    from neodermis.clinic import audit
    from neodermis.clinic.models import Account

    anna = account("reader", name="anna")
    before = {name: value for name, value in anna.state().items() if name not in ("totp_key", "recovery")}
    audit.append(audit.Origin("test", ""), "changed", anna, after=before)
    assert [*audit.verify()] == []
    from django.db import models

    models.QuerySet.update(Account.objects.all(), totp_key=KEY)
    assert [*audit.verify()] == [f"account {anna.pk} was changed without an entry of the trail: totp_key."]


def test_the_key_is_drawn_as_a_picture_without_a_style_or_a_script(client: Any) -> None:
    pytest.importorskip("segno")
    page = client("reader").get(PATH).content.decode()
    assert re.search(r'<svg viewBox="0 0 \d+ \d+" class="qr"><path', page)
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*src=)", page)
