"""Who may do what: every address, method and role, against a table written here by hand."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

import pytest

ROLES: Final = ("practitioner", "assistant", "reader", "administrator")
METHODS: Final = ("get", "post", "put", "patch", "delete", "options")
P, A, R, M = ROLES
#: Name of an address → method → roles that may use it; what is not named is refused to everyone.
ALLOWED: Final[dict[str, dict[str, set[str]]]] = {
    "today": {"get": {P, A, R, M}},
    "logout": {"post": {P, A, R, M}},
    "own_account": {"get": {P, A, R, M}},
    "switch_on": {"get": {P, A, R, M}, "post": {P, A, R, M}},
    "switch_off": {"get": {P, A, R, M}, "post": {P, A, R, M}},
    "new_codes": {"get": {P, A, R, M}, "post": {P, A, R, M}},
    "accounts": {"get": {M}},
    "new_account": {"get": {M}, "post": {M}},
    "account": {"get": {M}, "post": {M}},
    "invite": {"post": {M}},
    "reset_factor": {"get": {M}, "post": {M}},
    "unlock": {"post": {M}},
    "settings": {"get": {M}},
    "letterhead": {"get": {M}, "post": {M}},
    "logo": {"get": {M}},
    "devices": {"get": {M}, "post": {M}},
    "consent_text": {"get": {M}, "post": {M}},
    "backup": {"get": {M}, "post": {M}},
    "printed_consent": {"get": {P, A, R}},
    "trail": {"get": {M}},
    "patients": {"get": {P, A, R}},
    "patient": {"get": {P, A, R}},
    "record": {"get": {P, A, R}},
    "record_json": {"get": {P, A, R}},
    "record_csv": {"get": {P, A, R}},
    "new_patient": {"get": {P, A}, "post": {P, A}},
    "edit_patient": {"get": {P, A}, "post": {P, A}},
    "new_consultation": {"post": {P, A}},
    "consultation": {"get": {P, A, R}, "post": {P, A}},
    "draft": {"post": {P, A}},
    "discard": {"post": {P, A}},
    "screening": {"get": {P, A, R}},
    "override": {"post": {P}},
    "export": {"get": {P, A, R}},
    "start_plan": {"post": {P, A}},
    "changed": {"get": {P, A}},
    "leaflet": {"get": {P, A, R}},
    "calendar": {"get": {P, A, R}},
    "follow_ups": {"get": {P, A, R}},
    "new_follow_up": {"get": {P, A}, "post": {P, A}},
    "follow_up": {"get": {P, A}, "post": {P, A}},
    "update": {"post": {P, A}},
    "update_figure": {"get": {P, A, R}},
    "plan": {"get": {P, A, R}},
    "adopt": {"post": {P}},
    "new_consent": {"get": {P, A}, "post": {P, A}},
    "withdraw": {"post": {P, A}},
    "begin_session": {"post": {P, A}},
    "session": {"get": {P, A, R}, "post": {P, A}},
    "keep_session": {"post": {P, A}},
    "sign_session": {"post": {P}},
    "addendum": {"get": {P}, "post": {P}},
    "session_map": {"get": {P, A, R}},
    "report_html": {"get": {P, A, R}},
    "report_pdf": {"get": {P, A, R}},
}
OF_SESSION: Final = ("session", "keep_session", "sign_session", "addendum", "session_map")
#: Open to everyone, for the login.
PUBLIC: Final = {"login", "login_code", "setup", "invitation"}
#: What an account may do without a role.
OWN: Final = ("today", "logout", "own_account", "switch_on", "switch_off", "new_codes")


def address(name: str, consultation: Any, account: Any) -> str:
    from django.urls import reverse

    of_patient = name in (
        "patient", "edit_patient", "new_consultation", "new_consent", "record", "record_json", "record_csv"
    )  # fmt: skip
    keys = dict.fromkeys(("account", "invite", "reset_factor", "unlock"), account.pk) | dict.fromkeys(
        ("consultation", "draft", "discard", "screening", "export", "start_plan", "changed"), consultation.pk
    )
    if name == "override":
        return reverse(name, args=[consultation.pk, "PREG"])
    if name in (
        "leaflet",
        "calendar",
        "follow_ups",
        "new_follow_up",
        "follow_up",
        "update",
        "update_figure",
        "begin_session",
        "withdraw",
        *OF_SESSION,
    ):
        from neodermis.clinic.audit import Origin
        from neodermis.clinic.models import Consent, Course, Session

        course = Course.objects.first() or Course(
            patient=consultation.patient, consultation=consultation, day=consultation.day, neodermis="0",
            protocol="1 session: exceed; cheek 1 mm, 6 passes", plan={"sessions": [{"date": "2099-01-01"}]},
        ).write(Origin("test", ""))  # fmt: skip
        if name == "follow_up":
            from neodermis.clinic.models import FollowUp

            one = FollowUp.objects.first() or FollowUp(
                course=course, day=consultation.day, outcome="goodman_baron_grade", site="cheek", value=2,
                rater="blinded", graded_by="test", neodermis="0",
            ).write(Origin("test", ""))  # fmt: skip
            return reverse(name, args=[one.pk])
        if name == "withdraw":
            return reverse(name, args=[(Consent.objects.first() or Consent(
                patient=consultation.patient, day=consultation.day, text_version="1", signer="patient"
            ).write(Origin("test", ""))).pk])  # fmt: skip
        if name in OF_SESSION:
            return reverse(name, args=[(Session.objects.first() or Session(
                course=course, number=1, day=consultation.day, neodermis="0"
            ).write(Origin("test", ""))).pk])  # fmt: skip
        return reverse(name, args=[course.pk])
    if name in ("plan", "adopt", "report_html", "report_pdf"):
        from neodermis.clinic.models import PlanJob

        job, _ = PlanJob.objects.get_or_create(consultation=consultation, document={}, asked_by="test")
        return reverse(name, args=[job.pk])
    if of_patient:
        return reverse(name, args=[consultation.patient_id])
    return reverse(name, args=[keys[name]] if name in keys else [])


def test_the_table_names_every_address(migrated: Any) -> None:
    from neodermis.clinic.urls import urlpatterns

    assert {one.name for one in urlpatterns} == {*ALLOWED, *PUBLIC}


@pytest.mark.parametrize("role", ROLES)
def test_every_address_and_method_for_a_role(role: str, client: Any, account: Any, consultation: Any) -> None:
    other, wrong = account("reader", name="other"), []
    one = client(role)
    for name, methods in ALLOWED.items():
        if name == "logout":
            continue  # it would end the session of this client; below
        for method in METHODS:
            status = getattr(one, method)(address(name, consultation, other)).status_code
            allowed = role in methods.get(method, set())
            refused = status in (403, 405)
            if allowed == refused:
                wrong.append((name, method, status))
            if method not in methods and status != 405:
                wrong.append((name, method, status))
    assert wrong == []
    assert one.get("/logout/").status_code == 405
    assert one.post("/logout/").status_code == 302


@pytest.mark.parametrize("method", METHODS)
def test_nobody_sees_anything_without_a_login(method: str, client: Any, account: Any, consultation: Any) -> None:
    one, other = client(), account("reader")
    for name in ALLOWED:
        done = getattr(one, method)(address(name, consultation, other))
        assert (done.status_code, done.get("Location", "").partition("?")[0]) == (302, "/login/"), (name, method)


def test_an_account_without_a_role_may_only_see_that_it_has_none(client: Any, account: Any, consultation: Any) -> None:
    one = client(name="nothing")
    from neodermis.clinic.models import Account  # noqa: F401

    bare = account(name="bare")
    one.force_login(bare, "neodermis.clinic.accounts.AccountBackend")
    for name, methods in ALLOWED.items():
        if name not in OWN:
            for method in methods:
                assert getattr(one, method)(address(name, consultation, bare)).status_code == 403, (name, method)
    page = one.get("/")
    assert "Patient 1" not in page.content.decode()


def test_a_locked_account_is_logged_out(client: Any, consultation: Any) -> None:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Account

    one = client("practitioner")
    assert one.get("/patients/").status_code == 200
    account = Account.objects.get()
    account.is_active = False
    account.write(Origin("test", ""))
    assert one.get("/patients/").status_code == 302


def test_an_administrator_reads_no_record(client: Any, consultation: Any) -> None:
    one = client("administrator")
    for path in ("/", "/audit/", "/accounts/"):
        page = one.get(path).content.decode()
        assert "acne_scar" not in page and "Patient 1" not in page


def test_a_record_that_is_not_there_is_not_found(client: Any) -> None:
    one = client("practitioner")
    for path in ("patients", "consultations"):
        assert one.get(f"/{path}/{uuid.uuid4()}/").status_code == 404
    assert one.get("/patients/1/").status_code == 404, "the number of a patient is no address"


def test_a_view_that_states_no_right_is_refused(migrated: Any) -> None:
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    from neodermis.clinic.middleware import AccessMiddleware
    from neodermis.clinic.models import Account

    request, check = RequestFactory().get("/new/"), AccessMiddleware(lambda _: None)  # type: ignore[arg-type, return-value]
    for user, status in ((AnonymousUser(), 302), (Account(roles=[*ROLES]), 405)):
        request.user = user
        done = check.process_view(request, lambda _: None, (), {})
        assert done is not None and done.status_code == status


@pytest.mark.parametrize("path", ["/", "/login/", "/patients/", "/static/clinic/clinic.css", "/nothing/"])
def test_the_headers_of_security_are_on_every_answer(client: Any, path: str) -> None:
    done = client("practitioner").get(path)
    policy = done["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert done["X-Content-Type-Options"] == "nosniff" and done["X-Frame-Options"] == "DENY"
    assert done["Referrer-Policy"] == "same-origin"
    assert path.startswith("/static/") or done["Cache-Control"] == "no-store"


def test_no_page_has_a_script_or_a_style_inside_or_another_address(migrated: Any) -> None:
    from neodermis.clinic import models

    folder = models.__file__.rpartition("models")[0]
    from pathlib import Path

    for path in Path(folder).rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", text), path.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path.name


def test_the_documentation_shows_the_table_of_rights(migrated: Any) -> None:
    from pathlib import Path

    from neodermis.clinic.access import RIGHTS, Right, Role

    shown = (Path(__file__).parents[2] / "docs" / "clinic.md").read_text("utf-8")
    table = shown.partition("<!-- roles -->\n")[2].partition("<!-- end roles -->")[0]
    rows = [
        f"| {right.value} |" + "".join(" yes |" if right in RIGHTS[role] else " |" for role in Role)
        for right in Right
        if right not in (Right.PUBLIC, Right.ACCOUNT)
    ]
    head = "| may | " + " | ".join(Role) + " |"
    assert table.splitlines() == [head, "|---|---|---|---|---|", *rows]
