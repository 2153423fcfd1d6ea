"""The pages: login and accounts, patients, consultations, screening, audit trail."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as log_in
from django.contrib.auth import logout as log_out
from django.contrib.auth.hashers import make_password
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

import neodermis as nd
from neodermis.care.consultation import consultation_of
from neodermis.clinic import audit, form
from neodermis.clinic.access import Right, Role, access, rights_of
from neodermis.clinic.accounts import invitation, invited
from neodermis.clinic.forms import AccountForm, LoginForm, PasswordForm, PatientForm, SetupForm, next_number
from neodermis.clinic.middleware import KEPT
from neodermis.clinic.models import (
    Account,
    AuditEntry,
    Conflict,
    Consultation,
    Course,
    Draft,
    FollowUp,
    Patient,
    Record,
    Session,
)
from neodermis.errors import InputError

#: Rows of a page of a list.
_ROWS: Final = 50
#: Days ahead of which the first page shows sessions.
_AHEAD: Final = 35
#: What a practice may expect of such a program and this version does not do.
NOT_HERE: Final = (
    "booking of appointments, billing and stock", "photographs", "electronic consent",
    "exchange with other systems", "a page of settings and backup",
    "login with a second factor", "PostgreSQL",
)  # fmt: skip


#: Answers to a yes-or-no question.
_YES_NO: Final = (("yes", "yes"), ("no", "no"), ("", "unknown"))


def by(request: HttpRequest) -> audit.Origin:
    """Who asks, and from where."""
    return audit.Origin.of(request)


def found(kind: type[Model], key: UUID) -> Any:
    """The row of this identifier, or the page that there is none."""
    one = kind.objects.filter(pk=key).first()
    if one is None:
        raise Http404
    return one


def _page(request: HttpRequest, rows: Any) -> Any:
    return Paginator(rows, _ROWS).get_page(request.GET.get("page"))


def short_form(request: HttpRequest, asked: Any, title: str, status: int | None = None, **more: Any) -> HttpResponse:
    """A page with one short form; with status 422 where it was refused."""
    button = getattr(asked, "button", "Save")
    refused = asked.is_bound and not asked.is_valid()
    return render(
        request, "clinic/form.html", {"form": asked, "title": title, "button": button, **more},
        status=status or (422 if refused else 200),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- login and accounts


@access(GET=Right.PUBLIC, POST=Right.PUBLIC)
def login(request: HttpRequest) -> HttpResponse:
    """Log in; after that the page that was asked for."""
    asked = LoginForm(request, request.POST if request.method == "POST" else None)
    held = {name: value for name, value in request.POST.items() if name.startswith(KEPT)}
    after = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}, require_https=request.is_secure()):
        after = reverse("today")
    if request.method == "POST" and asked.is_valid() and asked.account is not None:
        log_in(request, asked.account)
        audit.append(by(request), "logged in", asked.account)
        if held:
            again = {name.removeprefix(KEPT): value for name, value in held.items()}
            return render(request, "clinic/again.html", {"title": "Send again", "action": after, "fields": again})
        return redirect(after)
    return short_form(request, asked, "Log in", after=after, kept=held, first_account=not Account.objects.exists())


@access(POST=Right.ACCOUNT)
def logout(request: HttpRequest) -> HttpResponse:
    """Log out."""
    audit.append(by(request), "logged out", request.user)
    log_out(request)
    return redirect("login")


@access(GET=Right.PUBLIC, POST=Right.PUBLIC)
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first account, once, with the link that was printed when the program started."""
    if Account.objects.exists() or not settings.SETUP_TOKEN or not constant_time_compare(token, settings.SETUP_TOKEN):
        raise Http404
    account = Account(roles=[Role.PRACTITIONER, Role.ADMINISTRATOR])
    asked = SetupForm(account, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        account.username = asked.cleaned_data["username"]
        account.password = make_password(asked.cleaned_data["password"])
        with transaction.atomic():  # of two that use the link at once the second is refused
            if Account.objects.exists():
                raise Http404
            account.write(audit.Origin(account.username, by(request).address))
        settings.SETUP_TOKEN = ""
        messages.success(request, "The account is made. Log in with it.")
        return redirect("login")
    return short_form(
        request, asked, "First account",
        lead="This account manages the others, and may enter and plan as a practitioner.",
    )  # fmt: skip


@access(GET=Right.PUBLIC, POST=Right.PUBLIC)
def choose_password(request: HttpRequest, key: UUID, token: str) -> HttpResponse:
    """Choose a password with a one-time link."""
    account = found(Account, key)
    if not invited(account, token):
        raise Http404
    asked = PasswordForm(account, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        account.password = make_password(asked.cleaned_data["password"])
        account.write(audit.Origin(account.username, by(request).address))
        messages.success(request, "The password is saved. Log in with it.")
        return redirect("login")
    return short_form(request, asked, f"Password of {account.username}")


@access(GET=Right.ACCOUNTS)
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts."""
    rows = Account.objects.order_by("username")
    return render(request, "clinic/accounts.html", {"title": "Accounts", "rows": _page(request, rows)})


@access(GET=Right.ACCOUNTS, POST=Right.ACCOUNTS)
def account(request: HttpRequest, key: UUID | None = None) -> HttpResponse:
    """A new account, or the roles of one."""
    one = None if key is None else found(Account, key)
    asked = AccountForm(one, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        given = asked.cleaned_data
        stored = one or Account(username=given["username"], password=make_password(None))
        stored.roles, stored.is_active = given["roles"], given["is_active"]
        stored.write(by(request))
        return redirect("account", stored.pk) if one is None else redirect("accounts")
    title = "New account" if one is None else f"Account {one.username}"
    return short_form(request, asked, title, account=one)


@access(POST=Right.ACCOUNTS)
def invite(request: HttpRequest, key: UUID) -> HttpResponse:
    """A one-time link with which the owner of an account chooses a password."""
    one = found(Account, key)
    audit.append(by(request), "invited", one)
    return render(
        request, "clinic/message.html",
        {"title": f"Link for {one.username}", "link": invitation(request, one),
         "lines": ["Hand this link over in person. It works once, and for three days."]},
    )  # fmt: skip


@access(GET=Right.AUDIT)
def trail(request: HttpRequest) -> HttpResponse:
    """The audit trail, the newest entry first; without what records contain, which an administrator may not read."""
    rows = AuditEntry.objects.order_by("-number").defer("before", "after")
    return render(request, "clinic/trail.html", {"title": "Audit trail", "rows": _page(request, rows)})


# ------------------------------------------------------------------------------------------------- patients


@access(GET=Right.ACCOUNT)
def today(request: HttpRequest) -> HttpResponse:
    """The first page: drafts, the latest consultations, and what this version does not do."""
    drafts = Draft.objects.filter(account=request.user).select_related("consultation__patient").order_by("-saved_at")
    reads = Right.READ in rights_of(request.user.roles)
    latest = Consultation.objects.select_related("patient")[:10] if reads else ()
    drafts = drafts if reads else ()
    return render(
        request, "clinic/today.html",
        {
            "title": "Today", "due": _due(date.today()) if reads else [],
            "signs": _with_signs(date.today()) if reads else (), "drafts": drafts, "latest": latest,
            "unsigned": Session.objects.filter(signed_at=None).select_related("course__patient") if reads else (),
            "not_here": NOT_HERE, "note": nd.DISCLAIMER,
        },
    )  # fmt: skip


def _with_signs(day: date) -> Any:
    """Follow-ups of the latest weeks in which a warning sign was seen."""
    recent = FollowUp.objects.filter(day__gt=day - timedelta(days=_AHEAD)).exclude(warning_signs=[])
    return recent.select_related("course__patient").order_by("-day")


def _due(day: date) -> list[tuple[str, Course]]:
    """Sessions of adopted plans in the coming days, the first of each patient's latest plan."""
    latest: dict[UUID, Course] = {}
    for course in Course.objects.select_related("patient").order_by("day", "id"):
        latest[course.patient_id] = course
    first, last = day.isoformat(), (day + timedelta(days=_AHEAD)).isoformat()
    coming = (
        (min((one["date"] for one in course.plan["sessions"] if one["date"] >= first), default=""), course)
        for course in latest.values()
    )
    return sorted(((at, course) for at, course in coming if at and at <= last), key=lambda each: each[0])


@access(GET=Right.READ)
def patients(request: HttpRequest) -> HttpResponse:
    """All patients, or those whose number, chart number or year of birth was searched for."""
    wanted = request.GET.get("q", "").strip()[:40]
    rows = Patient.objects.all()
    if wanted:
        found = Q(chart_number__icontains=wanted)
        if wanted.isdecimal() and len(wanted) <= 9:
            found |= Q(number=int(wanted)) | Q(birth_year=int(wanted))
        rows = rows.filter(found)
    return render(request, "clinic/patients.html", {"title": "Patients", "rows": _page(request, rows), "q": wanted})


@access(GET=Right.READ)
def patient(request: HttpRequest, key: UUID) -> HttpResponse:
    """A patient and the consultations."""
    one = found(Patient, key)
    audit.viewed(by(request), one)
    rows = _page(request, one.consultations.all())
    return render(
        request, "clinic/patient.html",
        {"title": f"Patient {one.number}", "patient": one, "rows": rows, "age": one.age(date.today()),
         "courses": one.courses.all()[:3], "consents": one.consents.all()[:3]},
    )  # fmt: skip


@access(GET=Right.ENTER, POST=Right.ENTER)
def edit_patient(request: HttpRequest, key: UUID | None = None) -> HttpResponse:
    """A new patient, or a change of one."""
    one = Patient() if key is None else found(Patient, key)
    asked = PatientForm(request.POST if request.method == "POST" else None, instance=one)
    asked.opened, told = one.version, []
    if request.method == "POST" and asked.is_valid():
        one, opened = asked.save(commit=False), None if key is None else opened_version(request)
        try:
            with transaction.atomic():
                one.number = one.number or next_number()
                one.write(by(request), opened=opened)
            return redirect("patient", one.pk)
        except Conflict as conflict:
            then, now = state_then(one, opened or 0), conflict.stored.state()
            asked.opened, asked.data = conflict.stored.version, asked.data.copy()
            for name in asked.fields:
                if now[name] != then.get(name):
                    label = asked.fields[name].label or name.replace("_", " ").capitalize()
                    told.append(f"{label} was changed to: {now[name] or 'unknown'}.")
                    if getattr(one, name) == then.get(name):  # only the other one changed it
                        asked.data[name] = now[name] or ""
    title = "New patient" if key is None else f"Change patient {one.number}"
    return short_form(request, asked, title, opened=asked.opened, changed=told, status=409 if told else None)


def opened_version(request: HttpRequest) -> int:
    """Version of the record that a posted form was made from."""
    given = request.POST.get("opened", "")
    return int(given) if given.isdecimal() and len(given) < 9 else 0


# ------------------------------------------------------------------------------------------------- consultations


@access(POST=Right.ENTER)
def new_consultation(request: HttpRequest, key: UUID) -> HttpResponse:
    """A consultation of today with what is known of the patient."""
    of = found(Patient, key)
    day = date.today()
    known = {"age": of.age(day), "sex": of.sex or None, "phototype": of.phototype}
    answers = {
        "patient": {name: value for name, value in known.items() if value is not None},
        "clinic": {"record": f"{of.number}"},
    }
    one = Consultation(patient=of, day=day, answers=answers, neodermis=version("neodermis"))
    one.write(by(request))
    return redirect("consultation", one.pk)


@access(GET=Right.READ, POST=Right.ENTER)
def consultation(request: HttpRequest, key: UUID) -> HttpResponse:
    """The consultation form: show it, or save it; nothing that somebody else saved meanwhile is overwritten."""
    one = found(Consultation, key)
    if request.method == "POST":
        return _save(request, one)
    draft = Draft.objects.filter(account=request.user, consultation=one).first()
    stored = form.entries_of(one.answers)
    audit.viewed(by(request), one)
    if draft is None:
        return _consultation_page(request, one, stored, opened=one.version)
    flat = {**stored, **draft.entered}
    faults = form.read(flat, one.day)[1]
    return _consultation_page(request, one, flat, opened=draft.base, faults=faults, draft=draft)


def _save(request: HttpRequest, one: Consultation) -> HttpResponse:
    """Save the entries, or show them again with what stands against them."""
    mine, opened = form.entered(request.POST.dict()), opened_version(request)
    _keep_draft(request, one, mine, opened)  # nothing that was entered is lost, whatever follows
    stored = form.entries_of(one.answers)
    told: dict[str, str] = {}
    flat = _over(stored, mine)
    if opened != one.version:
        flat, told = form.merged(form.entries_of(state_then(one, opened).get("answers", {})), stored, mine)
        return _consultation_page(request, one, flat, opened=one.version, conflict=told, status=409)
    read, faults = form.read(flat, one.day)
    if read is None:
        return _consultation_page(request, one, flat, opened=opened, faults=faults, status=422)
    one.answers, one.neodermis = form.document_of(flat), version("neodermis")
    try:
        one.write(by(request), opened=opened)
    except Conflict as conflict:  # between the two
        now = conflict.stored
        flat, told = form.merged(stored, form.entries_of(now.answers), mine)
        return _consultation_page(request, now, flat, opened=now.version, conflict=told, status=409)
    Draft.objects.filter(account=request.user, consultation=one).delete()
    messages.success(request, "Saved.")
    if request.POST.get("then") == "screen":
        return redirect("screening", one.pk)
    return redirect("consultation", one.pk)


def _over(stored: form.Entered, mine: form.Entered) -> form.Entered:
    """The stored entries with those of a posted form; a repeated table that was posted replaces the stored one."""
    tables = {name.partition(".")[0] for name in mine} & {*form.REPEATED}
    return {n: v for n, v in stored.items() if n.partition(".")[0] not in tables} | mine


def state_then(one: Record, opened: int) -> dict[str, Any]:
    """An earlier version of a record, from the audit trail; empty where there is none."""
    kind = one._meta.model_name
    rows = AuditEntry.objects.filter(kind=kind, key=str(one.pk), after__isnull=False).order_by("-number")
    return next((row.after for row in rows if row.after["version"] == opened), {})


def _keep_draft(request: HttpRequest, one: Consultation, mine: form.Entered, opened: int) -> None:
    """Keep what is entered, unless it is what is stored already."""
    stored = form.entries_of(one.answers)
    if form.filled(_over(stored, mine)) == form.filled(stored):
        Draft.objects.filter(account=request.user, consultation=one).delete()
        return
    Draft.objects.update_or_create(
        account=request.user, consultation=one, defaults={"entered": mine, "base": opened}
    )  # fmt: skip


def _consultation_page(
    request: HttpRequest, one: Consultation, flat: form.Entered, *, opened: int, faults: dict[str, str] | None = None,
    conflict: dict[str, str] | None = None, draft: Draft | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    verdict = _screened(one)
    needed = {*verdict["unanswered"]} if isinstance(verdict, dict) else set()
    sections = [
        form.shown(section, flat, faults or {}, conflict or {}, needed) for section in form.SECTIONS
    ]  # fmt: skip
    loose = [told for name, told in (faults or {}).items() if not any(name in each.names for each in sections)]
    return render(
        request, "clinic/consultation.html",
        {
            "title": f"Consultation of patient {one.patient.number}", "consultation": one, "patient": one.patient,
            "sections": sections, "opened": opened, "faults": sum(each.faults for each in sections) + len(loose),
            "loose": loose, "conflict": conflict, "is_conflict": status == 409, "draft": draft,
            "open_questions": len(needed), "suggestions": form.suggestions(), "yes_no": _YES_NO,
            "disabled": Right.ENTER not in rights_of(request.user.roles),
        },
        status=status,
    )  # fmt: skip


@access(POST=Right.ENTER)
def draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Keep what is entered so far; sent by the page while one types."""
    one = found(Consultation, key)
    _keep_draft(request, one, form.entered(request.POST.dict()), opened_version(request))
    return render(request, "clinic/draft.html", {"now": True})


@access(POST=Right.ENTER)
def discard(request: HttpRequest, key: UUID) -> HttpResponse:
    """Discard the draft of this account."""
    Draft.objects.filter(account=request.user, consultation=found(Consultation, key)).delete()
    return redirect("consultation", key)


def _screened(one: Consultation) -> dict[str, Any] | InputError:
    """The verdict on a consultation as its document, or why there is none."""
    try:
        found: dict[str, Any] = nd.screen(consultation_of(one.document), today=one.day).to_dict()
        return found
    except InputError as error:
        return error


@access(GET=Right.READ)
def export(request: HttpRequest, key: UUID) -> HttpResponse:
    """The consultation as the file that the commands of neodermis read."""
    one = found(Consultation, key)
    audit.append(by(request), "exported", one)
    return JsonResponse(
        one.document, json_dumps_params={"indent": 1, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="consultation-{one.patient.number}-{one.day}.json"'},
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- refusals


def told(request: HttpRequest, status: int, title: str, *lines: str) -> HttpResponse:
    """A page of some sentences."""
    return render(request, "clinic/message.html", {"title": title, "lines": lines}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page."""
    return told(request, 404, "Not found", "There is no such page, or its link is no longer valid.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read."""
    return told(request, 400, "Not accepted", "The request cannot be read: it is too large or damaged.")


def failed(request: HttpRequest) -> HttpResponse:
    """An error of the program."""
    return told(
        request, 500, "The program failed",
        "Nothing was saved by this step. Go back and try again; what you typed in a consultation is kept as a draft.",
    )  # fmt: skip


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not come from a page of this session."""
    return told(
        request, 403, "The page is out of date",
        "You logged in again or out since the page was opened. Go back, load the page again and save once more.",
    )  # fmt: skip
