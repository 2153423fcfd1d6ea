"""The pages of patients and consultations, the first page, the audit trail, and refusals."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.html import format_html

import neodermis as nd
from neodermis.clinic import audit, form, visits
from neodermis.clinic.access import Right, access, rights_of
from neodermis.clinic.forms import PatientForm, next_number
from neodermis.clinic.models import (
    AuditEntry,
    Conflict,
    Consultation,
    Course,
    Draft,
    FollowUp,
    Patient,
    Practice,
    Record,
    Session,
)
from neodermis.clinic.screening import standing
from neodermis.errors import InputError

#: Rows of a page of a list.
_ROWS: Final = 50
#: Days ahead of which the first page shows sessions.
_AHEAD: Final = 35
#: What a practice may expect of such a program and this version does not do.
NOT_HERE: Final = (
    "booking of appointments, billing and stock", "photographs", "electronic consent",
    "exchange with other systems",
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


def listed(request: HttpRequest, rows: Any) -> Any:
    """A page of the rows of a list."""
    return Paginator(rows, _ROWS).get_page(request.GET.get("page"))


def short_form(request: HttpRequest, asked: Any, title: str, status: int | None = None, **more: Any) -> HttpResponse:
    """A page with one short form; with status 422 where it was refused."""
    button = getattr(asked, "button", "Save")
    refused = asked.is_bound and not asked.is_valid()
    return render(
        request, "clinic/form.html", {"form": asked, "title": title, "button": button, **more},
        status=status or (422 if refused else 200),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- audit trail


@access(GET=Right.AUDIT)
def trail(request: HttpRequest) -> HttpResponse:
    """The audit trail, the newest entry first; without what records contain, which an administrator may not read."""
    rows = AuditEntry.objects.order_by("-number").defer("before", "after")
    return render(request, "clinic/trail.html", {"title": "Audit trail", "rows": listed(request, rows)})


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
            "visits": visits.due(date.today()) if reads else [], "day": date.today(),
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
    return render(request, "clinic/patients.html", {"title": "Patients", "rows": listed(request, rows), "q": wanted})


@access(GET=Right.READ)
def patient(request: HttpRequest, key: UUID) -> HttpResponse:
    """A patient and the consultations."""
    one = found(Patient, key)
    audit.viewed(by(request), one)
    rows = listed(request, one.consultations.all())
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
    practice = Practice.current()
    at_hand = {"devices": practice.devices, "prices": practice.prices}
    answers = {
        "patient": {name: value for name, value in known.items() if value is not None},
        "clinic": {"record": f"{of.number}", **{name: value for name, value in at_hand.items() if value}},
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
    try:
        needed = {*standing(one).verdict.to_dict()["unanswered"]}
    except InputError:  # told on the page of the screening
        needed = set()
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
    """An error of the program, or a database that cannot be used: that page needs none."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        lines = [
            "The database of the clinic is not reached, is busy, or its disk is full. Nothing was saved by this step.",
            "Leave this page open, go back in a minute and send what you entered again. If this page comes again, tell "
            "who looks after the computer: the log of neodermis serve names the cause.",
        ]  # fmt: skip
        if request.headers.get("HX-Request"):
            page = format_html('<span class="fault">{} {}</span>', *lines)
        else:
            page = render_to_string("clinic/message.html", {"title": "Not available at the moment", "lines": lines})
        return HttpResponse(page, status=503, headers={"Retry-After": "60"})
    lines = [
        "Nothing was saved by this step. Go back and try again; what you typed in a consultation is kept as a draft.",
        "If it fails again, tell who looks after the computer: the log of neodermis serve names the cause.",
    ]
    page = render_to_string("clinic/message.html", {"title": "The program failed", "lines": lines})
    return HttpResponse(page, status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not come from a page of this session."""
    return told(
        request, 403, "The page is out of date",
        "You logged in again or out since the page was opened. Go back, load the page again and save once more.",
    )  # fmt: skip
