"""The pages of plans: start one, look at its progress, compare plans, adopt one, its report and care."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from neodermis.care.calendar import made_now
from neodermis.care.consultation import consultation_of
from neodermis.care.course import care
from neodermis.clinic import audit
from neodermis.clinic.access import Right, access
from neodermis.clinic.letterhead import letterhead_file
from neodermis.clinic.models import Consultation, Course, PlanJob
from neodermis.clinic.views import by, found, told
from neodermis.errors import NeodermisError
from neodermis.report import write_calendar, write_leaflet


@access(POST=Right.PLAN)
def start(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ask for a plan; of a consultation whose plan is being made, show that one."""
    one = found(Consultation, key)
    with transaction.atomic():
        job = one.plans.filter(state__in=(PlanJob.QUEUED, PlanJob.RUNNING), document=one.document).first()
        if job is None:
            job = PlanJob(consultation=one, document=one.document, asked_by=request.user.username).ask(by(request))
    return redirect("plan", job.pk)


@access(GET=Right.READ)
def plan(request: HttpRequest, key: UUID) -> HttpResponse:
    """Progress of a plan, then the three plans beside each other."""
    job = found(PlanJob, key)
    of = job.consultation
    if request.headers.get("HX-Request") and job.waiting:
        return render(request, "clinic/progress.html", {"job": job})
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if not job.waiting:
        audit.viewed(by(request), of)
    result = job.result or {}
    adopted = Course.objects.filter(consultation=of).first()
    return render(
        request, "clinic/plan.html",
        {
            "title": f"Plan for patient {of.patient.number}", "job": job, "consultation": of, "patient": of.patient,
            "result": result, "plans": _columns(job), "rows": (job.comparison or [[], []])[1],
            "outdated": job.document != of.document, "adopted": adopted,
            "overrides": of.overrides.filter(answers_version=of.version),
        },
    )  # fmt: skip


def _columns(job: PlanJob) -> list[dict[str, Any]]:
    """The plans side by side: heading, protocol, and whether each may be adopted."""
    header, rows = job.comparison or ([""], [[""]])
    result = job.result or {}
    protocols = {one["protocol"] for one in _adoptable(job)}
    recommended = (result.get("recommended") or {}).get("protocol")
    return [
        {"name": name, "protocol": protocol, "adoptable": protocol in protocols, "recommended": protocol == recommended}
        for name, protocol in zip(header[1:], rows[0][1:], strict=True)
    ]


def _adoptable(job: PlanJob) -> list[dict[str, Any]]:
    result = job.result or {}
    return [one for one in (result.get("recommended"), *result.get("alternatives", ())) if one is not None]


@access(POST=Right.DECIDE)
def adopt(request: HttpRequest, key: UUID) -> HttpResponse:
    """Adopt one of the plans for the patient."""
    job = found(PlanJob, key)
    of = job.consultation
    wanted = request.POST.get("protocol", "")
    chosen = next((one for one in _adoptable(job) if one["protocol"] == wanted), None)
    if chosen is None:
        return told(request, 422, "Not adopted", "Choose one of the plans on the page of the plan.")
    if job.document != of.document:
        return told(
            request, 409, "Not adopted",
            "The consultation was changed after this plan was made. Nothing was adopted; make the plan again.",
        )  # fmt: skip
    Course(
        patient=of.patient, consultation=of, day=date.today(), protocol=wanted, plan=chosen, neodermis=job.neodermis
    ).write(by(request))  # fmt: skip
    messages.success(request, "The plan is adopted.")
    return redirect("patient", of.patient_id)


@access(GET=Right.READ)
def report(request: HttpRequest, key: UUID, kind: str) -> HttpResponse:
    """The report as a file."""
    job = found(PlanJob, key)
    content = job.report_html if kind == "html" else job.report_pdf
    if content is None:
        return told(request, 404, "No report", "The plan is not finished, so that it has no report yet.")
    audit.append(by(request), "exported", job.consultation)
    name = f"plan-{job.consultation.patient.number}-{job.consultation.day}.{kind}"
    return HttpResponse(
        bytes(content), content_type={"html": "text/html; charset=utf-8", "pdf": "application/pdf"}[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


@access(GET=Right.READ)
def aftercare(request: HttpRequest, key: UUID, kind: str) -> HttpResponse:
    """The leaflet for the patient, or the calendar, of an adopted plan."""
    course = found(Course, key)
    document = course.consultation.document
    try:
        prepared = care(
            consultation_of(document), course.protocol, start=course.plan["sessions"][0]["date"],
            today=course.consultation.day, as_given=True,
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"care.{kind}"
            if kind == "ics":
                write_calendar(prepared.care, path, "patient", record=prepared.record, made=made_now())
            else:
                with letterhead_file() as letterhead:
                    write_leaflet(prepared.care, path, letterhead)
            content = path.read_bytes()
    except NeodermisError as error:
        return told(request, 422, "Not written", *str(error).splitlines())
    audit.append(by(request), "exported", course)
    name = f"care-{course.patient.number}.{kind}"
    return HttpResponse(
        content, content_type={"ics": "text/calendar; charset=utf-8", "pdf": "application/pdf"}[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip
