"""Invented patients for a demonstration, under numbers."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any, Final

from django.contrib.auth.hashers import make_password

from neodermis.care.consultation import consultation_of, example
from neodermis.clinic import audit
from neodermis.clinic.access import Role
from neodermis.clinic.models import Account, Consent, Consultation, Course, FollowUp, Patient, Session
from neodermis.clinic.sessions import first_entries, planned

NAME: Final = "demo"
_BY: Final = audit.Origin("demonstration", "")
#: Age, sex, phototype, and the answers of the consultation; those of the shipped example come first.
_PATIENTS: Final[tuple[tuple[int, str, int, dict[str, Any]], ...]] = (
    (45, "female", 2, {
        "concern": [{"name": "wrinkle", "site": "periorbital", "severity": "lemperle:2"}],
        "history": {"pregnant": True}, "clinic": {"devices": ["exceed"]},
    }),
    (36, "male", 3, {
        "concern": [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:2"}],
        "medication": {"isotretinoin_current": True}, "area": {"acne_grade": 2, "acne_pustular": True},
        "clinic": {"devices": ["skinpen_precision"]},
    }),
    (52, "female", 3, {
        "concern": [{"name": "wrinkle", "site": "cheek", "severity": "lemperle:3"}],
        "patient": {"exposures": {"smoking": "10/day", "sun": "moderate"}},
    }),
    (31, "female", 5, {
        "concern": [{"name": "striae", "site": "abdomen", "severity": 0.5}], "history": {"keloid": True},
    }),
    (24, "male", 4, {"concern": [{"name": "acne_scar", "site": "forehead", "severity": "goodman_baron:3"}]}),
)  # fmt: skip


def fill() -> Iterator[str]:
    """Patients where there are none yet, and a login with a new password; lines that tell it."""
    password = secrets.token_urlsafe(9)
    account = Account.objects.filter(username=NAME).first() or Account(username=NAME)
    account.roles, account.password = [Role.PRACTITIONER, Role.ADMINISTRATOR], make_password(password)
    account.write(_BY)
    if not Patient.objects.exists():
        day = date.today()
        shipped = {name: value for name, value in tomllib.loads(example()).items() if name != "today"}
        known = shipped["patient"]
        complete = (known["age"], known["sex"], known["phototype"], shipped)
        for number, (age, sex, phototype, answers) in enumerate((complete, *_PATIENTS), 1):
            person = {"age": age, "sex": sex, "phototype": phototype, **answers.get("patient", {})}
            document = {**answers, "patient": person, "clinic": {"record": f"{number}", **answers.get("clinic", {})}}
            consultation_of({"today": day.isoformat(), **document})
            patient = Patient(number=number, sex=sex, birth_year=day.year - age, phototype=phototype).write(_BY)
            Consultation(patient=patient, day=day, answers=document, neodermis=version("neodermis")).write(_BY)
        _followed(Patient.objects.get(number=4), day)
        _begun(Patient.objects.get(number=1), day)
    yield f"demonstration with invented patients; log in as {NAME} with the password {password}"


def _begun(patient: Patient, day: date) -> None:
    """A course whose first session is today and not signed yet."""
    sessions = [{"date": (day + timedelta(days=30 * number)).isoformat()} for number in range(3)]
    course = Course(
        patient=patient, consultation=Consultation.objects.get(patient=patient), day=day, plan={"sessions": sessions},
        protocol="3 sessions every 30 days: exceed; cheek 1 mm, 6 passes", neodermis=version("neodermis"),
    ).write(_BY)  # fmt: skip
    Consent(patient=patient, day=day, text_version="1", signer=Consent.PATIENT, entered_by=NAME).write(_BY)
    Session(
        course=course, number=1, day=day, entries=first_entries(course, planned(course, 1), NAME),
        neodermis=version("neodermis"),
    ).write(_BY)  # fmt: skip


def _followed(patient: Patient, day: date) -> None:
    """A course that was begun three months ago, with two follow-ups."""
    begun = day - timedelta(days=110)
    now = Consultation.objects.get(patient=patient)
    earlier = Consultation(
        patient=patient, day=begun - timedelta(days=10), answers=now.answers, neodermis=version("neodermis")
    ).write(_BY)  # fmt: skip
    dates = [(begun + timedelta(days=30 * number)).isoformat() for number in range(3)]
    course = Course(
        patient=patient, consultation=earlier, day=earlier.day, neodermis=version("neodermis"),
        protocol="3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes",
        plan={"sessions": [{"date": one} for one in dates]},
    ).write(_BY)  # fmt: skip
    for after, value, signs in ((59, 2.8, []), (105, 2.4, ["late_redness"])):
        FollowUp(
            course=course, day=begun + timedelta(days=after), outcome="wrinkle_grade", site="cheek", value=value,
            rater="blinded", graded_by=NAME, warning_signs=signs, neodermis=version("neodermis"),
        ).write(_BY)  # fmt: skip
