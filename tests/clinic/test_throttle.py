"""Limits of requests, answers when a session has ended, and the page of an error without a database."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of three requests a minute, and a clock that stands."""
    from neodermis.clinic import throttle

    monkeypatch.setattr(throttle, "LIMITS", dict.fromkeys(throttle.LIMITS, throttle.Limit(3, 60)))
    monkeypatch.setattr(throttle.time, "time", lambda: 6_000_015.0)


@pytest.mark.parametrize(
    ("path", "method"), [("/patients/", "get"), ("/patients/new/", "post"), ("/consultations/{}/changed/", "get"),
                         ("/consultations/{}/plans/", "post"), ("/patients/{}/record.csv", "get")],
)  # fmt: skip
def test_a_request_beyond_its_limit_is_told_when_to_come_back(
    few: None, client: Any, consultation: Any, monkeypatch: Any, path: str, method: str
) -> None:
    from neodermis.clinic import throttle

    one = client("practitioner")
    key = consultation.patient_id if "record" in path else consultation.pk
    send = getattr(one, method)
    statuses = [send(path.format(key)).status_code for _ in range(4)]
    assert statuses[:3] != [429] * 3 and statuses[3] == 429 and 429 not in statuses[:3]
    page = send(path.format(key))
    assert page["Retry-After"] == "45" and "Try again in 45 seconds." in page.content.decode()
    part = send(path.format(key), headers={"HX-Request": "true"})
    assert part.status_code == 429 and "<html" not in part.content.decode() and "45 seconds" in part.content.decode()
    assert send(path.format(key), headers={"Accept": "application/json"}).json()["retry_after_s"] == 45
    assert client("practitioner", name="other").get("/patients/").status_code == 200, "another account is not stopped"
    monkeypatch.setattr(throttle.time, "time", lambda: 6_000_061.0)
    assert send(path.format(key)).status_code != 429


def test_who_is_not_logged_in_is_limited_by_address(few: None, client: Any, database: Any) -> None:
    names = [{"username": f"nobody {n}", "password": "wrong"} for n in range(5)]
    assert [client().post("/login/", one).status_code for one in names] == [422] * 3 + [429] * 2
    assert client().post("/login/", names[0], REMOTE_ADDR="192.0.2.7").status_code == 422


def test_no_hand_on_a_slider_reaches_the_limit(migrated: Any) -> None:
    import re
    from pathlib import Path

    from neodermis.clinic import throttle

    page = (Path(throttle.__file__).parent / "templates/clinic/changed.html").read_text("utf-8")
    delay = int(re.search(r"delay:(\d+)ms", page)[1]) / 1000  # type: ignore[index]
    limit = throttle.LIMITS["slide"]
    assert limit.seconds / delay < limit.requests


def test_what_is_typed_after_the_session_ended_is_told_in_the_page(client: Any, consultation: Any) -> None:
    from django.contrib.sessions.models import Session

    one = client("assistant")
    Session.objects.all().delete()
    part = one.post(
        f"/consultations/{consultation.pk}/draft/", {"patient.age": "41"}, headers={"HX-Request": "true"}
    )  # fmt: skip
    assert part.status_code == 401 and "Choose Save: you log in" in part.content.decode()
    part = one.get(f"/consultations/{consultation.pk}/changed/", headers={"HX-Request": "true"})
    assert part.status_code == 401 and "Load the page again" in part.content.decode()


def test_the_page_of_an_error_needs_no_database(client: Any) -> None:
    from django.db import connection

    def gone(*_: Any) -> Any:
        raise RuntimeError("disk I/O error")

    one = client("practitioner")
    one.raise_request_exception = False
    with connection.execute_wrapper(gone):
        page = one.get("/patients/")
    assert page.status_code == 500 and "default-src 'none'" in page["Content-Security-Policy"]
    assert "The program failed" in page.content.decode() and "disk I/O" not in page.content.decode()
