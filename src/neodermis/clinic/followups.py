"""Follow-ups of an adopted course, and the forecast updated with them."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from neodermis.care.advice import load_care
from neodermis.care.consultation import consultation_of
from neodermis.clinic import audit
from neodermis.clinic.access import Right, access
from neodermis.clinic.form import fault_text
from neodermis.clinic.forms import printable, printable_lines
from neodermis.clinic.models import Conflict, Course, FollowUp, PlanJob, UpdateJob
from neodermis.clinic.views import by, found, opened_version, told
from neodermis.errors import DataFileError, InputError
from neodermis.people.concern import find_concern
from neodermis.report.catalogues import CATALOGUES
from neodermis.texts import LANGUAGE, load_texts

#: Most follow-ups of a course that a consultation holds.
_MOST: Final = 20
_MEASURED_BY: Final = "instrument"
#: Field of a follow-up in a consultation → field of the form.
_FIELDS: Final = {"outcome": "outcome", "site": "site", "value": "value", "date": "day", "rater": "rater"}


@cache
def _outcome(name: str) -> dict[str, Any]:
    """An outcome of the catalogue."""
    found: dict[str, Any] = CATALOGUES["outcomes"].entry(name)
    return found


def _scale(name: str) -> str:
    """Name, range and unit of an outcome."""
    one = _outcome(name)
    low_high = one.get("range")
    span = "" if low_high is None else f", {low_high[0]:g} to {low_high[1]:g}"
    unit = "" if one["unit"] in ("1", "grade", "score") else f" ({one['unit']})"
    return f"{one['label']}{unit}{span}"


@cache
def warning_signs() -> dict[str, str]:
    """Warning signs of neodermis for a practitioner, by id."""
    texts = load_texts("care", LANGUAGE, "practitioner")
    found = {one["id"]: texts.find("flag", one["id"], "practitioner") for one in load_care().flags}
    return {name: text for name, text in found.items() if text}


def first_session(course: Course) -> str:
    """Date of the first session of an adopted plan, ISO 8601: as it was given, or as it is planned."""
    given = course.sessions.filter(number=1, signed_at__isnull=False).first()
    if given is not None:
        return str(given.day)
    return min(str(one["date"]) for one in course.plan["sessions"])


def document_of(course: Course, readings: list[dict[str, Any]]) -> dict[str, Any]:
    """The consultation of a course with its protocol, its first session and these readings, as of the last of them."""
    document: dict[str, Any] = course.consultation.document
    today = max([document["today"], *(one["date"] for one in readings)])
    agreed = {name: value for name, value in document.get("plan", {}).items() if name != "first_session"}
    return document | {
        "today": today,
        "plan": agreed | {"protocol": course.protocol, "first_session": first_session(course)},
        "follow_up": readings,
    }


class FollowUpForm(forms.Form):
    """One outcome at one site on one day."""

    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    outcome = forms.ChoiceField(label="Scale or instrument")
    site = forms.ChoiceField()
    value = forms.FloatField(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
    rater = forms.ChoiceField(label="How it was graded")
    graded_by = forms.CharField(
        label="Graded by", max_length=60, help_text="Account or initials of the staff member.", validators=[printable]
    )
    warning_signs = forms.MultipleChoiceField(
        label="Warning signs seen", required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Do not enter a name.",
        validators=[printable_lines],
    )  # fmt: skip

    def __init__(self, course: Course, one: FollowUp, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.course, self.one = course, one
        known = consultation_of(course.consultation.document).sites
        own = dict.fromkeys(name for concern in known for name in find_concern(concern).answers)
        outcomes = [name for name in own if not _outcome(name).get("not_modelled")]
        sites = dict.fromkeys(site for some in known.values() for site in some)
        raters = dict.fromkeys(who for name in outcomes for who in _outcome(name).get("raters") or (_MEASURED_BY,))
        self.choose("outcome", {name: _scale(name) for name in outcomes})
        self.choose("site", {name: name.replace("_", " ") for name in sites})
        self.choose("rater", {name: name for name in raters})
        self.choose("warning_signs", warning_signs())

    def choose(self, name: str, choices: dict[str, str]) -> None:
        """Offer these choices of a field."""
        self.fields[name].choices = [*choices.items()]

    def clean_day(self) -> date:
        """A day until today."""
        day: date = self.cleaned_data["day"]
        if day > date.today():
            raise ValidationError(f"Enter a day up to today, {date.today()}.")
        return day

    def clean(self) -> dict[str, Any]:
        """As neodermis accepts it beside the other follow-ups of the course."""
        given: dict[str, Any] = super().clean()
        if self.errors:
            return given
        others = [one.reading for one in self.course.follow_ups.exclude(pk=self.one.pk)]
        if len(others) >= _MOST:
            raise ValidationError(f"A course has at most {_MOST} follow-ups.")
        for name in _FIELDS.values():
            setattr(self.one, name, given[name])
        try:
            consultation_of(document_of(self.course, [*others, self.one.reading]))
        except DataFileError as error:
            field = _FIELDS.get(error.field.rpartition(".")[2])
            self.add_error(field, fault_text(error))
        return given


@access(GET=Right.READ)
def follow_ups(request: HttpRequest, key: UUID) -> HttpResponse:
    """The follow-ups of a course, and the forecast updated with them."""
    course = found(Course, key)
    rows = [*course.follow_ups.all()]
    job = course.updates.first()
    if request.headers.get("HX-Request"):
        if job is not None and job.waiting:
            return render(request, "clinic/update_progress.html", {"job": job, "course": course})
        return HttpResponse(headers={"HX-Refresh": "true"})
    audit.viewed(by(request), course)
    signs = warning_signs()
    return render(
        request, "clinic/follow_ups.html",
        {
            "title": f"Follow-ups of patient {course.patient.number}", "course": course, "patient": course.patient,
            "tables": [] if job is None or job.shown is None else [
                ("Measurements beside their forecast", job.shown["measured"]), ("Forecasts", job.shown["forecast"])
            ],
            "begun": date.fromisoformat(first_session(course)), "job": job,
            "rows": [(one, _scale(one.outcome), [signs.get(name, name) for name in one.warning_signs]) for one in rows],
            "outdated": job is not None and job.document != document_of(course, [one.reading for one in rows]),
        },
    )  # fmt: skip


@access(GET=Right.ENTER, POST=Right.ENTER)
def new(request: HttpRequest, key: UUID) -> HttpResponse:
    """A new follow-up of a course."""
    course = found(Course, key)
    return _edit(request, course, FollowUp(course=course))


@access(GET=Right.ENTER, POST=Right.ENTER)
def correct(request: HttpRequest, key: UUID) -> HttpResponse:
    """Correct a follow-up; the audit trail keeps the version before."""
    one = found(FollowUp, key)
    return _edit(request, one.course, one)


def _edit(request: HttpRequest, course: Course, one: FollowUp) -> HttpResponse:
    names = ("day", "outcome", "site", "value", "rater", "graded_by", "warning_signs", "note")
    first = {name: getattr(one, name) for name in names} if one.version else {
        "day": date.today(), "graded_by": request.user.username
    }  # fmt: skip
    opened, status, changed = one.version, 200, []
    try:
        form = FollowUpForm(course, one, request.POST if request.method == "POST" else None, initial=first)
    except InputError as error:
        return told(request, 422, "No follow-up", *str(error).splitlines())
    if not form.fields["outcome"].choices or not form.fields["site"].choices:
        return told(
            request, 422, "No follow-up",
            "The concerns of this consultation have no site, or no scale that neodermis predicts.",
        )  # fmt: skip
    if request.method == "POST":
        status = 422
        opened = opened_version(request)
        if form.is_valid():
            for name in names:
                setattr(one, name, form.cleaned_data[name])
            one.neodermis = version("neodermis")
            try:
                one.write(by(request), opened=opened)
            except (Conflict, LookupError):
                stored = found(FollowUp, one.pk)
                opened, status = stored.version, 409
                changed = [f"{name.replace('_', ' ').capitalize()}: {getattr(stored, name)}" for name in names]
            else:
                messages.success(request, "The follow-up is saved.")
                return redirect("follow_ups", course.pk)
    return render(
        request, "clinic/follow_up.html",
        {"title": "Correct the follow-up" if one.version else "New follow-up", "form": form, "course": course,
         "patient": course.patient, "opened": opened, "changed": changed},
        status=status,
    )  # fmt: skip


@access(POST=Right.PLAN)
def update(request: HttpRequest, key: UUID) -> HttpResponse:
    """Update the forecast with the follow-ups, in the background."""
    course = found(Course, key)
    readings = [one.reading for one in course.follow_ups.all()]
    if not readings:
        return told(request, 422, "No update", "Enter a follow-up first.")
    document = document_of(course, readings)
    with transaction.atomic():
        if not course.updates.filter(state__in=(PlanJob.QUEUED, PlanJob.RUNNING), document=document).exists():
            UpdateJob(course=course, document=document, asked_by=request.user.username).ask(by(request))
    return redirect("follow_ups", course.pk)


@access(GET=Right.READ)
def figure(request: HttpRequest, key: UUID) -> HttpResponse:
    """The figure of an update."""
    job = found(UpdateJob, key)
    if job.figure is None:
        raise Http404
    return HttpResponse(bytes(job.figure), content_type="image/svg+xml")
