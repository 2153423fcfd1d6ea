"""The pages of consent and of the sessions of an adopted plan: re-screening, what was done, signature, addenda.

What is entered is kept as it was entered; a session is checked when it is signed, and is locked from then on.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.metadata import version
from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from neodermis.care.consultation import consultation_of
from neodermis.care.session import Done, Planned, done_session, planned_sessions, read_anaesthetic, screen_session
from neodermis.care.suitability import Verdict
from neodermis.clinic import audit, form
from neodermis.clinic.access import Right, access, rights_of
from neodermis.clinic.form import Entered, Entry, Field
from neodermis.clinic.forms import NOT_SIGNED, SignedForm, printable, printable_lines, signs
from neodermis.clinic.models import Addendum, Conflict, Consent, Course, Patient, Practice, Session, Signed
from neodermis.clinic.screening import in_force
from neodermis.clinic.views import by, found, opened_version, short_form, state_then, told
from neodermis.errors import InputError
from neodermis.report.common import closing
from neodermis.report.face_map import Zone, face_map, mapped_sites

#: Sections of the consultation whose answers are asked again on the day, and those of the session itself.
ASKED_AGAIN: Final = ("area", "medication", "history")
OF_THE_DAY: Final = ("session", *ASKED_AGAIN)
#: Verdicts with which a session may be signed.
ALLOWED: Final = ("go", "adapt")
_ADULT: Final = 18
_ROWS: Final = 3
#: Most of an anaesthetic that is taken for no slip of the pen (g); the dose that is safe is the prescriber's.
_MOST_GRAMS: Final = 60
_BLEEDING: Final = ("none", "pinpoint", "more than pinpoint")
_SEVERITIES: Final = ("mild", "moderate", "severe")
_DRAWING: Final = threading.Lock()
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


# ------------------------------------------------------------------------------------------------- consent


class ConsentForm(forms.Form):
    """A consent that was signed on paper."""

    text_version = forms.CharField(
        label="Version of the consent text", max_length=40, validators=[printable],
        help_text="As printed on the sheet that was signed.",
    )  # fmt: skip
    day = forms.DateField(label="Day of the signature", help_text="For instance 2026-03-31.")
    signer = forms.ChoiceField(label="Signed by", choices=Consent.SIGNERS, widget=forms.RadioSelect)

    def __init__(self, minor: bool, *args: Any) -> None:
        first = {"day": date.today().isoformat(), "text_version": Practice.current().consent_version}
        super().__init__(*args, initial=first)
        self.minor = minor

    def clean_day(self) -> date:
        """A day that has come."""
        day: date = self.cleaned_data["day"]
        if day > date.today():
            raise ValidationError("Enter today or an earlier day: a consent counts from its signature on.")
        return day

    def clean_signer(self) -> str:
        """Of a minor, the guardian."""
        signer: str = self.cleaned_data["signer"]
        if self.minor and signer != Consent.GUARDIAN:
            raise ValidationError(f"The patient may be under {_ADULT}: the guardian signs, and the patient agrees.")
        return signer


def is_minor(patient: Patient, answers: Mapping[str, Any], day: date) -> bool:
    """Whether a patient is or may be under 18: of the age in the consultation and the year of birth, the younger."""
    ages = [answers.get("patient", {}).get("age")]
    born = patient.age(day)
    ages.append(None if born is None else born - 1)  # the birthday of this year may be still to come
    return any(isinstance(age, (int, float)) and age < _ADULT for age in ages)


def valid_consent(course: Course, day: date) -> Consent | None:
    """The newest consent that holds on a day: from the change of the clinic's text on, one to the text in force."""
    rows = course.patient.consents.filter(Q(withdrawn=None) | Q(withdrawn__gt=day), day__lte=day)
    practice = Practice.current()
    if practice.consent_since is not None and day >= practice.consent_since:
        rows = rows.filter(text_version=practice.consent_version)
    if is_minor(course.patient, course.consultation.answers, day):
        rows = rows.filter(signer=Consent.GUARDIAN)
    newest: Consent | None = rows.first()
    return newest


@access(GET=Right.ENTER, POST=Right.ENTER)
def new_consent(request: HttpRequest, key: UUID) -> HttpResponse:
    """Enter a consent that was signed on paper."""
    of = found(Patient, key)
    latest = of.consultations.first()
    minor = is_minor(of, {} if latest is None else latest.answers, date.today())
    asked = ConsentForm(minor, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        given = asked.cleaned_data
        same = of.consents.filter(withdrawn=None, **given).exists()  # sent twice
        if not same:
            Consent(patient=of, entered_by=request.user.username, **given).write(by(request))
        messages.success(request, "The consent is saved.")
        return redirect("patient", of.pk)
    return short_form(request, asked, f"Consent of patient {of.number}", lead=(
        "The sheet itself is signed on paper and kept by the clinic. A session is signed only with a consent that "
        "holds on its day."
    ))  # fmt: skip


@access(POST=Right.ENTER)
def withdraw(request: HttpRequest, key: UUID) -> HttpResponse:
    """Enter that the patient withdrew the consent: with it everything that was signed before."""
    one = found(Consent, key)
    with transaction.atomic():
        for each in one.patient.consents.filter(withdrawn=None):
            each.withdrawn = date.today()
            each.write(by(request))
    messages.success(request, "The consent is withdrawn. No session is signed until there is a new one.")
    return redirect("patient", one.patient_id)


# ------------------------------------------------------------------------------------------------- what is asked


def planned(course: Course, number: int) -> Planned:
    """A session of an adopted plan."""
    return planned_sessions(course.protocol)[number - 1]


def _field(path: str, label: str, hint: str = "", choices: tuple[str, ...] = ()) -> Field:
    return Field(path=path, label=label, hint=hint, kind="choice" if choices else "text", choices=choices)


def _general() -> tuple[Field, ...]:
    return (
        _field("day", "Day of the session", "2026-03-31"),
        _field("operator", "Operator"),
        _field("licence", "Licence of the operator"),
        _field("anaesthetic", "Anaesthetic", "none, or a product with its minutes of contact: emla 45 min"),
        _field(
            "anaesthetic_strength", "Strength of the anaesthetic", "as on the tube: lidocaine 2.5 %, prilocaine 2.5 %"
        ),
        _field("anaesthetic_dose_g", "Dose of the anaesthetic (g)", "0 to 60"),
        _field("anaesthetic_on", "Anaesthetic applied at", "09:15"),
        _field("anaesthetic_off", "Anaesthetic removed at", "10:00"),
        _field("pain", "Worst pain", "0 to 10"),
        _field("remarks", "Remarks"),
    )


def _of_zone(site: str) -> tuple[Field, ...]:
    return (
        _field(f"zone.{site}.depth_mm", "Depth (mm)", "empty where the zone was not treated"),
        _field(f"zone.{site}.passes", "Passes"),
        _field(f"zone.{site}.end_point", "End point reached", "what was seen when you stopped"),
        _field(f"zone.{site}.bleeding", "Bleeding", choices=_BLEEDING),
    )


def _rows(table: str, *columns: tuple[str, str, tuple[str, ...]]) -> tuple[tuple[Field, ...], ...]:
    return tuple(
        tuple(_field(f"{table}.{row}.{name}", label, "", choices) for name, label, choices in columns)
        for row in range(1, _ROWS + 1)
    )


def _products() -> tuple[tuple[Field, ...], ...]:
    return _rows("product", ("name", "Product on the skin", ()), ("lot", "Lot", ()))


def _events() -> tuple[tuple[Field, ...], ...]:
    return _rows(
        "event", ("kind", "Adverse event", ()), ("onset", "Began on (2026-03-31)", ()),
        ("severity", "Severity", _SEVERITIES), ("action", "What was done", ()),
    )  # fmt: skip


def _own(session: Planned) -> Iterator[Field]:
    """Every question that the record of a session adds to those of the consultation."""
    yield from _general()
    for one in session.passes:
        yield from _of_zone(one.site)
    for row in (*_products(), *_events()):
        yield from row


def first_entries(course: Course, session: Planned, account: str) -> Entered:
    """What is entered before anyone types: the plan, and the answers of the consultation."""
    answers = form.entries_of(course.consultation.answers)
    entries = {name: text for name, text in answers.items() if name.partition(".")[0] in ASKED_AGAIN}
    entries |= {"day": date.today().isoformat(), "operator": account}
    entries |= {"licence": answers.get("clinic.operator_licence", "")}
    for one in session.passes:
        entries |= {f"zone.{one.site}.depth_mm": f"{one.depth_mm:g}", f"zone.{one.site}.passes": f"{one.passes}"}
    return entries


def entered(posted: Mapping[str, str], session: Planned) -> Entered:
    """Known entries of a posted form."""
    own = {one.path for one in _own(session)}
    asked = {one.path for section in OF_THE_DAY for one in form.fields()[section]}
    return {name: value.strip() for name, value in posted.items() if name in own | asked}


# ------------------------------------------------------------------------------------------------- checks


def number_in(text: str, most: float = math.inf) -> float | None:
    """The number of a text, from 0; None where it is none or above ``most``."""
    if not re.fullmatch(r"\d{1,4}([.,]\d{1,4})?", text):
        return None
    value = float(text.replace(",", "."))
    return value if value <= most else None


def day_of(entries: Mapping[str, str], name: str = "day") -> date | None:
    """A day as it was entered, that of the session by default; None for no day, or one that has not come."""
    try:
        day = date.fromisoformat(entries.get(name, ""))
    except ValueError:
        return None
    return day if day <= date.today() else None


def done(course: Course, number: int, entries: Mapping[str, str]) -> tuple[Done | None, dict[str, str]]:
    """What was done as a course of one session, and what stands against its settings."""
    session, settings, faults = planned(course, number), {}, {}
    for one in session.passes:
        depth, count = (entries.get(f"zone.{one.site}.{name}", "") for name in ("depth_mm", "passes"))
        if not depth and not count:
            continue
        if (found_depth := number_in(depth)) is None:
            faults[f"zone.{one.site}.depth_mm"] = "Accepted: a depth in mm, or both fields empty."
        if (found_count := number_in(count)) is None or found_count % 1:
            faults[f"zone.{one.site}.passes"] = "Accepted: a whole number of passes, or both fields empty."
        elif found_depth is not None:
            settings[one.site] = (found_depth, int(found_count))
        for name, label in (("end_point", "the end point"), ("bleeding", "the bleeding")):
            if not entries.get(f"zone.{one.site}.{name}"):
                faults[f"zone.{one.site}.{name}"] = f"Enter {label} of a treated zone."
    first = f"zone.{session.passes[0].site}.depth_mm"
    if not settings:
        return None, faults or {first: "No zone was treated: enter the depth and the passes of at least one."}
    try:
        return done_session(course.protocol, number, settings), faults
    except InputError as error:
        return None, faults | {first: form.fault_text(error)}


def rescreened(course: Course, protocol: Done, entries: Entered, day: date, last: date | None) -> Verdict:
    """Verdict on the day: the stricter of those on the answers of the consultation and on the answers of the day.

    Overrides that are in force for the consultation count.  An answer that would lift a rule belongs in the
    consultation; one that adds a rule counts at once.

    Raises
    ------
    InputError
        An answer cannot be used.
    """
    document = course.consultation.document | {"today": day.isoformat()}
    consent = valid_consent(course, day)
    document["consent"] = document.get("consent", {}) | {"treatment_signed": consent is not None}
    if consent is not None and consent.signer == Consent.GUARDIAN:
        document["consent"] |= {"guardian": True, "assent": True}
    asked = form.document_of({name: text for name, text in entries.items() if "." in name and _is_asked(name)})
    stored = document | {"session": asked.get("session", {})}
    now = document | {section: asked.get(section, {}) for section in OF_THE_DAY}
    if numbing := entries.get("anaesthetic"):
        used = {"topical_anaesthetic": bool(read_anaesthetic(numbing).minutes), "anaesthetic": numbing}
        now["plan"] = now.get("plan", {}) | used
    return screen_session(
        protocol, (consultation_of(stored), consultation_of(now)), day=day, last_session=last,
        overrides={name: each.result for name, each in in_force(course.consultation).items()},
    )  # fmt: skip


def _is_asked(name: str) -> bool:
    return name.partition(".")[0] in OF_THE_DAY


def unreadable(entries: Entered) -> dict[str, str]:
    """Entries that cannot be kept: over-long, or with control characters."""
    return {name: text for name, value in entries.items() if (text := form.unreadable(name, value))}


def faults_of(one: Session, entries: Entered) -> dict[str, str]:
    """What stands against signing, by field."""
    faults = dict(unreadable(entries))

    def need(name: str, accepted: str, good: bool) -> None:
        if not good:
            faults.setdefault(name, accepted)

    day = day_of(entries)
    need("day", "Accepted: the day of the session, today or before, as 2026-03-31.", day is not None)
    if day is not None:
        need("day", f"The plan was adopted on {one.course.day}: a session is not before it.", day >= one.course.day)
        before = one.course.sessions.filter(number__lt=one.number, day__gt=day).first()
        need("day", f"The session before it was on {before and before.day}.", before is None)
    for name in ("operator", "licence"):
        need(name, "Enter who treated, with the licence to do so.", bool(entries.get(name)))
    need("pain", "Accepted: 0 to 10.", number_in(entries.get("pain", ""), 10) is not None)
    try:
        numbing = read_anaesthetic(entries.get("anaesthetic", ""))
    except InputError as error:
        need("anaesthetic", f"Accepted: {error.accepted}.", False)
    else:
        if numbing.minutes:
            for name in ("anaesthetic_on", "anaesthetic_off"):
                need(name, "Accepted: a time such as 09:15.", bool(_TIME.fullmatch(entries.get(name, ""))))
            need("anaesthetic_dose_g", "Accepted: grams, 0 to 60.",
                 number_in(entries.get("anaesthetic_dose_g", ""), _MOST_GRAMS) is not None)  # fmt: skip
            need(
                "anaesthetic_strength", "Enter the strength as on the tube.", bool(entries.get("anaesthetic_strength"))
            )
            if not {"anaesthetic_on", "anaesthetic_off"} & {*faults}:
                on, off = (_minutes(entries[name]) for name in ("anaesthetic_on", "anaesthetic_off"))
                need("anaesthetic_off", "It was removed before it was applied: check both times.", off >= on)
    for row in range(1, _ROWS + 1):
        if entries.get(f"product.{row}.name") or entries.get(f"product.{row}.lot"):
            for name in ("name", "lot"):
                need(f"product.{row}.{name}", "Enter the product and its lot.",
                     bool(entries.get(f"product.{row}.{name}")))  # fmt: skip
        if any(entries.get(f"event.{row}.{name}") for name in ("kind", "onset", "severity", "action")):
            need(f"event.{row}.onset", "Accepted: the day on which it began, today or before, as 2026-03-31.",
                 day_of(entries, f"event.{row}.onset") is not None)  # fmt: skip
            for name in ("kind", "severity", "action"):
                need(f"event.{row}.{name}", "Enter what happened, how severe it was, and what was done.",
                     bool(entries.get(f"event.{row}.{name}")))  # fmt: skip
    for field in form.fields()["session"]:
        need(field.path, "This is asked before every session.", bool(entries.get(field.path)))
    need("session.cartridge_sterile", "A session is done with a sterile, sealed cartridge only.",
         entries.get("session.cartridge_sterile") != "no")  # fmt: skip
    need("session.cartridge_reused", "A cartridge is used once.", entries.get("session.cartridge_reused") != "yes")
    return faults | {
        name: text for name, text in done(one.course, one.number, entries)[1].items() if name not in faults
    }


def _minutes(text: str) -> int:
    at = time.fromisoformat(text.rjust(5, "0"))
    return 60 * at.hour + at.minute


def last_before(one: Session, day: date) -> date | None:
    """Day of the latest other signed session of the patient until a day."""
    rows = Session.objects.filter(course__patient=one.course.patient_id, signed_at__isnull=False, day__lte=day)
    return max((each.day for each in rows.exclude(pk=one.pk)), default=None)


# ------------------------------------------------------------------------------------------------- pages


@access(POST=Right.ENTER)
def begin(request: HttpRequest, key: UUID) -> HttpResponse:
    """The session of an adopted plan that comes next; one that was begun is shown again."""
    course = found(Course, key)
    with transaction.atomic():
        rows = list(course.sessions.all())
        one = next((each for each in rows if each.signed_at is None), None)
        if one is None:
            number = len(rows) + 1
            if number > len(planned_sessions(course.protocol)):
                return told(request, 422, "No further session", "Every session of this plan is signed. "
                            "For further sessions make and adopt a new plan.")  # fmt: skip
            entries = first_entries(course, planned(course, number), request.user.username)
            one = Session(
                course=course, number=number, day=date.today(), entries=entries, neodermis=version("neodermis")
            ).write(by(request))  # fmt: skip
    return redirect("session", one.pk)


@access(GET=Right.READ, POST=Right.ENTER)
def session(request: HttpRequest, key: UUID) -> HttpResponse:
    """The record of a session: show it, or keep what is entered."""
    one = found(Session, key)
    if request.method == "POST":
        answer, one = _kept(request, one)
        if answer is not None:
            return answer
        messages.success(request, "Saved. The session is not signed yet.")
        return redirect("session", one.pk)
    audit.viewed(by(request), one)
    return _page(request, one, one.entries)


def _kept(request: HttpRequest, one: Session) -> tuple[HttpResponse | None, Session]:
    """Keep the posted entries; an answer where they are not kept."""
    mine, opened = entered(request.POST.dict(), planned(one.course, one.number)), opened_version(request)
    if one.signed_at is not None:
        return told(request, 409, "Not saved", "The session is signed. What has to be corrected is added to it as an "
                    "addendum."), one  # fmt: skip
    if wrong := unreadable(mine):
        return _page(request, one, one.entries | mine, faults=wrong, opened=opened, status=422), one
    if one.entries | mine == one.entries:
        return None, one
    base = one.entries if opened == one.version else state_then(one, opened).get("entries", {})
    try:
        one.entries, one.day = one.entries | mine, day_of(mine) or one.day
        return None, one.write(by(request), opened=opened)
    except Signed:
        return told(request, 409, "Not saved", "Somebody signed the session meanwhile."), one
    except Conflict as conflict:
        now = found(Session, conflict.stored.pk)
        flat, theirs = form.merged(base, now.entries, mine)
        return _page(request, now, flat, conflict=theirs, status=409), now


@access(POST=Right.ENTER)
def keep(request: HttpRequest, key: UUID) -> HttpResponse:
    """Keep what is entered so far; sent by the page while one types."""
    answer, one = _kept(request, found(Session, key))
    return render(request, "clinic/session_kept.html", {"session": one, "refused": answer is not None})


@access(POST=Right.DECIDE)
def sign(request: HttpRequest, key: UUID) -> HttpResponse:
    """Sign a session with the password; from then on it is locked."""
    one = found(Session, key)
    if one.signed_at is not None:
        messages.info(request, f"The session was signed by {one.signed_by} before.")
        return redirect("session", one.pk)
    answer, one = _kept(request, one)
    if answer is not None:
        return answer
    own = signs(request, request.POST.get("password", ""))
    with transaction.atomic():  # what it is checked against does not change meanwhile
        faults = faults_of(one, one.entries)
        if not own:
            faults["password"] = NOT_SIGNED
        protocol, day = done(one.course, one.number, one.entries)[0], day_of(one.entries)
        if protocol is not None and day is not None:
            one.consent = valid_consent(one.course, day)
            if one.consent is None:
                version_ = Practice.current().consent_version
                of = f" to version {version_} of the consent text" if version_ else ""
                faults[""] = f"There is no consent{of} that holds on this day. Enter it on the page of the patient."
            try:
                verdict = rescreened(one.course, protocol, one.entries, day, last_before(one, day)).to_dict()
            except InputError as error:
                faults.setdefault(error.field, form.fault_text(error))
            else:
                if one.consent is not None and verdict["overall"] not in ALLOWED:
                    why = [each["condition"] for each in verdict["rules"] if each["result"] == verdict["overall"]]
                    faults[""] = f"The screening of this day does not allow the session: {'; '.join(why)}."
                one.verdict, one.protocol, one.day = verdict, str(protocol), day
        if faults:
            return _page(request, one, one.entries, faults=faults, status=422)
        one.signed_by, one.signed_at, one.neodermis = request.user.username, datetime.now(UTC), version("neodermis")
        try:
            one.write(by(request))
        except (Signed, Conflict):
            return told(
                request, 409, "Not signed", "Somebody changed the session meanwhile. Open it again and check it."
            )  # fmt: skip
    messages.success(request, "The session is signed.")
    return redirect("session", one.pk)


class AddendumForm(SignedForm):
    """A correction of a signed session."""

    text = forms.CharField(
        label="Addendum", max_length=2_000, widget=forms.Textarea(attrs={"rows": 4}), validators=[printable_lines]
    )
    reason = forms.CharField(max_length=200, validators=[printable])
    field_order: ClassVar = ["text", "reason", "password"]
    button = "Add and sign"


@access(GET=Right.DECIDE, POST=Right.DECIDE)
def addendum(request: HttpRequest, key: UUID) -> HttpResponse:
    """Add a correction to a signed session."""
    one = found(Session, key)
    if one.signed_at is None:
        return told(request, 422, "Not signed yet", "The session is not signed: correct its entries themselves.")
    asked = AddendumForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        text, reason = asked.cleaned_data["text"], asked.cleaned_data["reason"]
        if not one.addenda.filter(text=text, reason=reason).exists():  # sent twice
            Addendum(
                session=one, text=text, reason=reason, author=request.user.username, at=datetime.now(UTC)
            ).write(by(request))  # fmt: skip
        messages.success(request, "The addendum is added.")
        return redirect("session", one.pk)
    return short_form(request, asked, f"Addendum to session {one.number} of patient {one.course.patient.number}")


@access(GET=Right.READ)
def zones_map(request: HttpRequest, key: UUID) -> HttpResponse:
    """The zones of a session on the face and the body: as done where it is signed, else as planned."""
    one = found(Session, key)
    passes = planned_sessions(one.protocol)[0].passes if one.protocol else planned(one.course, one.number).passes
    return HttpResponse(_drawn_zones(passes), content_type="image/svg+xml")


@lru_cache(maxsize=64)
def _drawn_zones(passes: tuple[Any, ...]) -> bytes:
    """The map of some zones as SVG."""
    zones = [Zone(site=one.site, depth_mm=one.depth_mm, passes=one.passes) for one in passes]
    drawn = io.BytesIO()
    with _DRAWING:  # pyplot is not made for the threads of a server
        figure = face_map([one for one in zones if one.site in mapped_sites()])
        closing(figure, lambda one: one.savefig(drawn, format="svg"))
    return drawn.getvalue()


def _page(
    request: HttpRequest, one: Session, flat: Entered, *, faults: dict[str, str] | None = None,
    conflict: dict[str, str] | None = None, opened: int | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    session, wrong, theirs = planned(one.course, one.number), faults or {}, conflict or {}
    mine = rights_of(request.user.roles)
    locked = one.signed_at is not None

    def entries(fields: tuple[Field, ...]) -> list[Entry]:
        return [
            Entry(name=each.path, field=each, value=flat.get(each.path, ""), fault=wrong.get(each.path, ""),
                  stored=theirs.get(each.path, "")) for each in fields
        ]  # fmt: skip

    sections = [form.shown(name, flat, wrong, theirs, set()) for name in OF_THE_DAY]
    labels = (
        {each.path: each.label for each in _own(session)}
        | {each.name: each.field.label for section in sections for each in section.entries}
        | {"password": "Password"}
    )
    before = [each for each in one.course.sessions.filter(number__lt=one.number, signed_at__isnull=False)]
    return render(
        request, "clinic/session.html",
        {
            "title": f"Session {one.number} of patient {one.course.patient.number}", "session": one, "of": session,
            "patient": one.course.patient, "course": one.course, "locked": locked,
            "disabled": locked or Right.ENTER not in mine, "may_sign": Right.DECIDE in mine,
            "general": entries(_general()), "zones": [(each, entries(_of_zone(each.site))) for each in session.passes],
            "products": [entries(row) for row in _products()], "events": [entries(row) for row in _events()],
            "sections": sections, "yes_no": (("yes", "yes"), ("no", "no"), ("", "unknown")),
            "opened": one.version if opened is None else opened, "is_conflict": status == 409, "before": before,
            "consent": valid_consent(one.course, one.day), "addenda": one.addenda.all(),
            "count": len(planned_sessions(one.course.protocol)), "password_fault": wrong.get("password", ""),
            "faults": [(name, labels.get(name, text)) for name, text in wrong.items()], "known": labels,
            "suggestions": form.suggestions(),
        },
        status=status,
    )  # fmt: skip
