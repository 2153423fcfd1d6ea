"""The record of a patient: what was done in the order of its days, and the whole record as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from neodermis.clinic import audit
from neodermis.clinic.access import Right, access
from neodermis.clinic.models import (
    Addendum,
    AuditEntry,
    Consent,
    Consultation,
    Course,
    FollowUp,
    Override,
    Patient,
    PlanJob,
    Record,
    Session,
    UpdateJob,
)
from neodermis.clinic.views import by, found

#: Kinds of event, by which the timeline is filtered.
KINDS: Final = ("consultation", "override", "consent", "plan", "course", "session", "follow-up", "update")
#: First characters of a cell that a spreadsheet takes for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Event(NamedTuple):
    """An event of the timeline."""

    day: date
    kind: str
    text: str
    account: str
    address: str


def records_of(patient: Patient) -> tuple[Record, ...]:
    """Every record of a patient that the audit trail follows."""
    return (
        patient,
        *Consultation.objects.filter(patient=patient),
        *Override.objects.filter(consultation__patient=patient),
        *Course.objects.filter(patient=patient),
        *FollowUp.objects.filter(course__patient=patient),
        *Consent.objects.filter(patient=patient),
        *Session.objects.filter(course__patient=patient),
        *Addendum.objects.filter(session__course__patient=patient),
    )


def _authors(records: tuple[Record, ...]) -> dict[str, str]:
    """Account that created each record."""
    keys = [str(one.pk) for one in records]
    rows = AuditEntry.objects.filter(key__in=keys, action="created")
    return {row.key: row.account for row in rows.only("key", "account")}


def timeline(patient: Patient) -> list[Event]:
    """Events of a patient, the newest first."""
    authors = _authors(records_of(patient))
    return sorted(_events(patient, authors), key=lambda one: one.day)[::-1]  # of one day the later step first


def _events(patient: Patient, authors: dict[str, str]) -> Iterator[Event]:
    for visit in Consultation.objects.filter(patient=patient):
        yield Event(
            visit.day, "consultation", "Consultation and screening", authors.get(str(visit.pk), ""),
            reverse("screening", args=[visit.pk]),
        )  # fmt: skip
    for consent in Consent.objects.filter(patient=patient):
        address = reverse("patient", args=[patient.pk])
        text = f"Consent {consent.text_version} signed by {consent.get_signer_display()}"
        yield Event(consent.day, "consent", text, consent.entered_by, address)
        if consent.withdrawn is not None:
            yield Event(consent.withdrawn, "consent", f"Consent {consent.text_version} withdrawn", "", address)
    for signed in Override.objects.filter(consultation__patient=patient):
        lapsed = " (no longer counts: the consultation was saved again)" if signed.lapsed else ""
        yield Event(
            signed.day, "override", f"Rule {signed.rule} overridden: {signed.reason}{lapsed}", signed.account,
            reverse("screening", args=[signed.consultation_id]),
        )  # fmt: skip
    for job in PlanJob.objects.filter(consultation__patient=patient).defer("report_html", "report_pdf"):
        yield Event(job.asked_at.date(), "plan", f"Plan: {job.state}", job.asked_by, reverse("plan", args=[job.pk]))
    for course in Course.objects.filter(patient=patient):
        address = reverse("follow_ups", args=[course.pk])
        yield Event(
            course.day, "course", f"Plan adopted: {course.protocol}", authors.get(str(course.pk), ""), address
        )  # fmt: skip
        for each in course.sessions.all():
            told = each.protocol or "not signed yet"
            yield Event(
                each.day, "session", f"Session {each.number}: {told}", each.signed_by or authors.get(str(each.pk), ""),
                reverse("session", args=[each.pk]),
            )  # fmt: skip
            for added in each.addenda.all():
                yield Event(
                    added.at.date(), "session", f"Addendum to session {each.number}: {added.text}", added.author,
                    reverse("session", args=[each.pk]),
                )  # fmt: skip
        for one in course.follow_ups.all():
            signs = len(one.warning_signs)
            told = f"; {signs} warning sign{'s' if signs > 1 else ''}" if signs else ""
            text = f"{one.outcome.replace('_', ' ')} at the {one.site.replace('_', ' ')}: {one.value:g}{told}"
            yield Event(one.day, "follow-up", text, one.graded_by, address)
        for done in course.updates.defer("figure"):
            told = f": {done.result['advice']}" if done.result else f": {done.state}"
            yield Event(done.asked_at.date(), "update", f"Updated forecast{told}", done.asked_by, address)


@access(GET=Right.READ)
def record(request: HttpRequest, key: UUID) -> HttpResponse:
    """The timeline of a patient, of all kinds or of one."""
    patient = found(Patient, key)
    audit.viewed(by(request), patient)
    kind = request.GET.get("kind", "")
    events = [one for one in timeline(patient) if kind not in KINDS or one.kind == kind]
    return render(
        request, "clinic/record.html",
        {"title": f"Record of patient {patient.number}", "patient": patient, "events": events, "kinds": KINDS,
         "kind": kind},
    )  # fmt: skip


def whole(patient: Patient) -> dict[str, Any]:
    """Every record of a patient with all its versions, and the documents of its plans and updated forecasts."""
    kept = []
    for one in records_of(patient):
        kind = str(one._meta.model_name)
        rows = AuditEntry.objects.filter(kind=kind, key=str(one.pk), after__isnull=False).order_by("number")
        versions = [{"at": row.at, "account": row.account, "state": row.after} for row in rows]
        kept.append({"kind": kind, "id": str(one.pk), "state": one.state(), "versions": versions})
    plans = PlanJob.objects.filter(consultation__patient=patient).defer("report_html", "report_pdf")
    updates = UpdateJob.objects.filter(course__patient=patient).defer("figure")
    return {
        "neodermis": version("neodermis"), "exported": date.today().isoformat(), "records": kept,
        "plans": [_job(one) for one in plans], "updates": [_job(one) for one in updates],
    }  # fmt: skip


def _job(one: PlanJob | UpdateJob) -> dict[str, Any]:
    names = ("asked_by", "state", "error", "document", "result", "neodermis")
    return {"id": str(one.pk), "asked_at": one.asked_at.isoformat(), **{name: getattr(one, name) for name in names}}


@access(GET=Right.READ)
def export(request: HttpRequest, key: UUID, kind: str) -> HttpResponse:
    """The whole record as JSON, or the timeline as CSV."""
    patient = found(Patient, key)
    audit.append(by(request), "exported", patient)
    headers = {"Content-Disposition": f'attachment; filename="record-{patient.number}.{kind}"'}
    if kind == "json":
        return JsonResponse(whole(patient), json_dumps_params={"indent": 1, "ensure_ascii": False}, headers=headers)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("day", "kind", "event", "account"))
    for one in timeline(patient):
        writer.writerow([_cell(text) for text in (one.day.isoformat(), one.kind, one.text, one.account)])
    return HttpResponse(table.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _cell(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
