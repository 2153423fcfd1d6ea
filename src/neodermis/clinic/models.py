"""What the clinic stores: accounts, patients, consultations, plans, and the audit trail.

A :class:`Record` is written only by :meth:`Record.write`, which checks that nobody else changed it meanwhile and adds
the entry of the audit trail in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import date
from typing import Any, ClassVar, Final, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction

from neodermis.clinic import audit
from neodermis.clinic.access import Role


class Conflict(Exception):  # noqa: N818  # an answer to the second writer, not an error of the program
    """Somebody else changed the record since it was opened."""

    def __init__(self, stored: Record) -> None:
        super().__init__("changed meanwhile")
        self.stored = stored


class Guarded(models.QuerySet):
    """Queries that read; a change that would pass the audit trail by is refused."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("records are written one by one with write(), which adds the entry of the audit trail")

    update = delete = bulk_create = bulk_update = update_or_create = get_or_create = create = _refuse
    aupdate = adelete = abulk_create = abulk_update = aupdate_or_create = aget_or_create = acreate = _refuse


class Record(models.Model):
    """A row that the audit trail follows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=0)
    """Number of times that it was written."""

    objects = Guarded.as_manager()

    class Meta:
        """Each kind has its own table."""

        abstract = True

    def state(self) -> dict[str, Any]:
        """Every field as a plain value: what the audit trail keeps."""
        return {field.attname: audit.plain(getattr(self, field.attname)) for field in self._meta.concrete_fields}

    def write(self, by: audit.Origin, *, opened: int | None = None) -> Self:
        """Store the record with its entry of the audit trail, or neither.

        Parameters
        ----------
        by
            Who writes it, from where.
        opened
            Version that the writer had before the eyes; the one of this object by default.

        Raises
        ------
        Conflict
            The stored version is another one; nothing is written.
        """
        expected = self.version if opened is None else opened
        with transaction.atomic():
            stored = type(self).objects.filter(pk=self.pk).first()
            if (0 if stored is None else stored.version) != expected:
                if stored is None:
                    raise LookupError("the record was never stored")
                raise Conflict(stored)
            self.version = expected + 1
            super().save(force_insert=stored is None, force_update=stored is not None)
            audit.append(
                by, "created" if stored is None else "changed", self,
                before=None if stored is None else stored.state(), after=self.state(),
            )  # fmt: skip
        return self

    def save(self, *_: Any, **__: Any) -> None:
        """Refused: :meth:`write` stores a record."""
        raise TypeError("a record is stored with write(), which adds the entry of the audit trail")

    def delete(self, *_: Any, **__: Any) -> Any:
        """Refused: a clinical record is kept."""
        raise TypeError("a record is not deleted")


class _Accounts(BaseUserManager.from_queryset(Guarded)):  # type: ignore[misc]
    """Accounts by name."""


class Account(Record, AbstractBaseUser):
    """Account of a member of staff."""

    username = models.CharField(max_length=60, unique=True)
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    totp_key = models.CharField(max_length=64, blank=True)
    """Key of the second factor, base 32; empty while the password alone is asked for."""
    totp_step = models.BigIntegerField(default=0)
    """Step of time of the code that was used last: a code counts once."""
    recovery = models.JSONField(default=list)
    """SHA-256 of each recovery code that is left."""

    #: What each login changes, and the audit trail tells by its own entry.
    OF_LOGIN: ClassVar = frozenset({"last_login", "totp_step"})
    USERNAME_FIELD = "username"
    objects = _Accounts()

    def __str__(self) -> str:
        return str(self.username)

    def state(self) -> dict[str, Any]:
        """Its fields, with a fingerprint in the place of each secret."""
        kept = {name: value for name, value in super().state().items() if name not in self.OF_LOGIN}
        secret = {"password": self.password, "totp_key": self.totp_key, "recovery": "".join(self.recovery)}
        return kept | {
            name: hashlib.sha256(value.encode()).hexdigest()[:16] if value else "" for name, value in secret.items()
        }  # fmt: skip

    @property
    def second_factor(self) -> bool:
        """Whether a code is asked for at the login."""
        return bool(self.totp_key)

    @property
    def roles_text(self) -> str:
        """Its roles in words."""
        return ", ".join(one for one in Role if one in self.roles)

    def save(self, *, update_fields: Any = None, **_: Any) -> None:
        """Store what a login changes, which is no part of the record; everything else by :meth:`write`."""
        if not update_fields or not {*update_fields} <= self.OF_LOGIN:
            raise TypeError("an account is stored with write(), which adds the entry of the audit trail")
        models.Model.save(self, update_fields=update_fields)


class Practice(Record):
    """The clinic itself: letterhead, devices at hand with prices, and its consent text; there is one row at most."""

    ONLY: ClassVar = uuid.UUID(int=1)
    PAPERS: ClassVar = (("a4", "A4"), ("letter", "US Letter"))

    name = models.CharField(max_length=100, blank=True)
    contact = models.JSONField(default=list)
    """Lines of the address."""
    phone = models.CharField(max_length=100, blank=True)
    paper = models.CharField(max_length=10, choices=PAPERS, default="a4")
    logo = models.BinaryField(null=True)
    logo_name = models.CharField(max_length=10, blank=True)
    """Name of the logo as a file, whose ending tells its format."""
    devices = models.JSONField(default=list)
    prices = models.JSONField(default=dict)
    """Price of a session, as in a consultation."""
    consent_version = models.CharField(max_length=40, blank=True)
    consent_text = models.TextField(blank=True)
    consent_since = models.DateField(null=True)
    """Day from which a session needs a consent to this version."""

    @classmethod
    def current(cls) -> Self:
        """The settings as they are stored, or those of a clinic that entered none."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY)

    def state(self) -> dict[str, Any]:
        """Its fields, with the SHA-256 of the logo."""
        logo = "" if self.logo is None else hashlib.sha256(bytes(self.logo)).hexdigest()
        return super().state() | {"logo": logo}


class Patient(Record):
    """A patient, under a number; no name is kept."""

    number = models.PositiveIntegerField(unique=True)
    chart_number = models.CharField(max_length=40, blank=True)
    sex = models.CharField(max_length=10, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    phototype = models.PositiveSmallIntegerField(null=True, blank=True)

    SEXES: ClassVar = (("", "unknown"), ("female", "female"), ("male", "male"))
    PHOTOTYPES: ClassVar = (("", "unknown"), *((n, f"{n}") for n in range(1, 7)))

    class Meta:
        """In the order of their numbers."""

        ordering = ("number",)

    def __str__(self) -> str:
        return f"Patient {self.number}"

    def age(self, today: date) -> int | None:
        """Age in years in which the patient is or becomes this year; None without a birth year."""
        return None if self.birth_year is None else today.year - self.birth_year


class Consultation(Record):
    """A consultation of a patient: its answers as the document that neodermis reads."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consultations")
    day = models.DateField()
    """Day from which waiting periods count."""
    answers = models.JSONField(default=dict)
    neodermis = models.CharField(max_length=40)
    """Version of neodermis that read the answers."""

    class Meta:
        """The newest first."""

        ordering = ("-day", "patient__number", "id")

    def __str__(self) -> str:
        return f"Consultation of {self.day}"

    @property
    def document(self) -> dict[str, Any]:
        """The answers with their day."""
        return {"today": self.day.isoformat(), **self.answers}


class Job(models.Model):
    """A calculation in the background, in a process of its own; its result is the document of neodermis."""

    QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.JSONField()
    """The consultation as it was when the job was asked for."""
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, default=QUEUED)
    error = models.TextField(blank=True)
    result = models.JSONField(null=True)
    neodermis = models.CharField(max_length=40, blank=True)

    class Meta:
        """The newest first."""

        abstract = True
        ordering = ("-asked_at",)

    @property
    def waiting(self) -> bool:
        """Whether it is not finished."""
        return self.state in (Job.QUEUED, Job.RUNNING)

    def kept(self) -> dict[str, Any]:
        """What the audit trail keeps: its fields without its progress, of documents and files the SHA-256."""
        told = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.attname not in ("scored", "known")
        }
        told["state"] = "waiting" if self.waiting else self.state
        large = (models.JSONField, models.BinaryField)
        for field in self._meta.concrete_fields:
            value = told.get(field.attname)
            if isinstance(field, large) and value is not None:
                of = json.dumps(value, sort_keys=True).encode() if isinstance(field, models.JSONField) else bytes(value)
                told[field.attname] = hashlib.sha256(of).hexdigest()
        return {name: audit.plain(value) for name, value in told.items()}

    def ask(self, by: audit.Origin) -> Self:
        """Queue a new calculation, with its entry of the audit trail."""
        with transaction.atomic():
            self.save(force_insert=True)
            stored = type(self).objects.get(pk=self.pk)
            audit.append(by, "created", stored, after=stored.kept())
        return self

    def end(self, **values: Any) -> None:
        """Store how it ended, with its entry of the audit trail."""
        rows = type(self).objects.filter(pk=self.pk)
        with transaction.atomic():
            before = rows.select_for_update().get().kept()
            rows.update(**values)
            stored = rows.get()
            origin = audit.Origin(stored.asked_by, "background")
            audit.append(origin, "changed", stored, before=before, after=stored.kept())


class PlanJob(Job):
    """A plan that is being made."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="plans")
    scored = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    comparison = models.JSONField(null=True)
    """The plans side by side: header and rows."""
    report_html = models.BinaryField(null=True)
    report_pdf = models.BinaryField(null=True)


class Course(Record):
    """The plan that was adopted for a patient."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT)
    day = models.DateField()
    """Day on which it was adopted."""
    protocol = models.TextField()
    plan = models.JSONField()
    """The plan as neodermis gave it."""
    neodermis = models.CharField(max_length=40)

    class Meta:
        """The newest first."""

        ordering = ("-day", "-id")


class FollowUp(Record):
    """An outcome that was measured or graded after the first session of a course; a correction is a new version."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="follow_ups")
    day = models.DateField()
    outcome = models.CharField(max_length=60)
    site = models.CharField(max_length=40)
    value = models.FloatField()
    """In the unit of the outcome."""
    rater = models.CharField(max_length=20)
    """Kind of rater, as neodermis names it."""
    graded_by = models.CharField(max_length=60)
    """Account or initials of who graded or measured."""
    warning_signs = models.JSONField(default=list)
    """Ids of the warning signs that were seen."""
    note = models.TextField(blank=True)
    neodermis = models.CharField(max_length=40)

    class Meta:
        """In the order of the days."""

        ordering = ("day", "outcome", "site", "id")

    @property
    def reading(self) -> dict[str, Any]:
        """The follow-up as a table of the consultation."""
        return {
            "outcome": self.outcome, "site": self.site, "value": self.value, "date": self.day.isoformat(),
            "rater": self.rater,
        }  # fmt: skip


class UpdateJob(Job):
    """A forecast that is being updated with the follow-ups of a course."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="updates")
    shown = models.JSONField(null=True)
    """Its sentences and its tables, header and rows."""
    figure = models.BinaryField(null=True)
    """Forecast before and after the measurements, SVG."""


class Override(Record):
    """A screening rule that a practitioner overrode for a consultation, signed with the password."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="overrides")
    answers_version = models.PositiveIntegerField()
    """Version of the consultation; the override lapses with the next one."""
    rule = models.CharField(max_length=40)
    condition = models.TextField()
    """The condition of the rule in words."""
    result = models.CharField(max_length=10)
    """Result of the rule that was overridden."""
    sources = models.JSONField(default=list)
    """Sources of the rule, as neodermis gave them."""
    reason = models.TextField()
    account = models.CharField(max_length=60)
    day = models.DateField()
    neodermis = models.CharField(max_length=40)

    class Meta:
        """The newest first; a rule once for a version of a consultation."""

        ordering = ("-day", "rule")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consultation", "answers_version", "rule"], name="one_override")
        ]

    @property
    def lapsed(self) -> bool:
        """Whether the consultation was saved again since."""
        return bool(self.answers_version != self.consultation.version)


class Consent(Record):
    """Consent of a patient to treatment, as it was signed on paper; a later one replaces it."""

    PATIENT, GUARDIAN = "patient", "guardian"
    SIGNERS: ClassVar = ((PATIENT, "the patient"), (GUARDIAN, "the guardian, and the patient agrees"))

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    day = models.DateField()
    """Day of the signature."""
    text_version = models.CharField(max_length=40)
    """Version of the clinic's consent text."""
    signer = models.CharField(max_length=10, choices=SIGNERS)
    entered_by = models.CharField(max_length=60)
    withdrawn = models.DateField(null=True, blank=True)

    class Meta:
        """The newest first."""

        ordering = ("-day", "-id")


class Signed(Exception):  # noqa: N818  # an answer to the writer, not an error of the program
    """The session is signed and is not changed any more."""


class Session(Record):
    """A session of an adopted plan: what was asked and done on the day; locked once it is signed."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    """Which session of the course, from 1."""
    day = models.DateField()
    entries = models.JSONField(default=dict)
    """What was entered, as it was entered."""
    signed_by = models.CharField(max_length=60, blank=True)
    signed_at = models.DateTimeField(null=True)
    protocol = models.TextField(blank=True)
    """What was done, as a sentence that neodermis reads; of a signed session."""
    verdict = models.JSONField(null=True)
    """The screening on the day; of a signed session."""
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True)
    neodermis = models.CharField(max_length=40)

    class Meta:
        """In the order of the course; one row of each session."""

        ordering = ("course", "number")
        constraints: ClassVar = [models.UniqueConstraint(fields=["course", "number"], name="one_session")]

    def __str__(self) -> str:
        return f"Session {self.number}"

    def write(self, by: audit.Origin, *, opened: int | None = None) -> Self:
        """As :meth:`Record.write`; raises :class:`Signed` where the stored session is signed."""
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk, signed_at__isnull=False).exists():
                raise Signed
            return super().write(by, opened=opened)


class Addendum(Record):
    """A correction of a signed session, shown with it."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField()
    reason = models.CharField(max_length=200)
    author = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        """The oldest first."""

        ordering = ("at", "id")

    def write(self, by: audit.Origin, *, opened: int | None = None) -> Self:
        """Store a new one; an addendum is not changed."""
        if self.version:
            raise Signed
        return super().write(by, opened=opened)


class Draft(models.Model):
    """What an account has entered in a form and not yet saved; no record."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE)
    base = models.PositiveIntegerField()
    """Version of the consultation that was open."""
    entered = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        """One of each account and consultation."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "consultation"], name="one_draft")]


class AuditEntry(models.Model):
    """An entry of the audit trail, chained to the one before it; never changed and never removed."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.CharField(max_length=40)
    account = models.CharField(max_length=100)
    origin = models.CharField(max_length=60)
    action = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=60, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = Guarded.as_manager()

    class Meta:
        """In the order of the chain."""

        ordering = ("number",)

    def save(self, *_: Any, **__: Any) -> None:
        """Refused: :func:`~neodermis.clinic.audit.append` adds an entry."""
        raise TypeError("an entry of the audit trail is added with audit.append")

    def delete(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        raise TypeError("an entry of the audit trail is not deleted")

    def insert(self) -> None:
        """Store a new entry."""
        models.Model.save(self, force_insert=True)


#: Kinds of record that the audit trail follows.
RECORDS: Final[tuple[type[Record], ...]] = (
    Account, Practice, Patient, Consultation, Course, Override, FollowUp, Consent, Session, Addendum,
)  # fmt: skip
#: Calculations, which it follows too.
JOBS: Final[tuple[type[Job], ...]] = (PlanJob, UpdateJob)
