"""The settings of the clinic: letterhead, devices at hand and prices, consent text, backup."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from neodermis.clinic import audit, form
from neodermis.clinic.access import Right, access
from neodermis.clinic.backup import SHORTEST, write_backup
from neodermis.clinic.forms import SignedForm, printable, printable_lines
from neodermis.clinic.letterhead import write_letterhead
from neodermis.clinic.models import AuditEntry, Conflict, Practice
from neodermis.clinic.views import by, opened_version, short_form, told
from neodermis.errors import DataFileError, NeodermisError
from neodermis.report.catalogues import CATALOGUES
from neodermis.report.letterhead import MAX_LENGTH, MAX_LINES, MAX_LOGO, read_letterhead

#: Types of the files of a logo, by their ending.
_TYPES: Final = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
_BLOCK: Final = 1 << 16
_LONGEST_TEXT: Final = 20_000


def last_backup() -> AuditEntry | None:
    """The entry of the last backup that was downloaded."""
    found: AuditEntry | None = AuditEntry.objects.filter(action="backed up").order_by("-number").first()
    return found


@access(GET=Right.SETTINGS)
def settings_page(request: HttpRequest) -> HttpResponse:
    """The settings, and where each is changed."""
    entry = last_backup()
    return render(
        request, "clinic/settings.html",
        {"title": "Settings", "practice": Practice.current(), "backup": None if entry is None else entry.at[:10]},
    )  # fmt: skip


def _changed(request: HttpRequest, one: Practice, asked: forms.Form, title: str, **more: Any) -> HttpResponse:
    """A page of some settings: show them, or store what was entered."""
    opened = one.version
    if request.method == "POST" and asked.is_valid():
        asked.apply(one)
        try:
            one.write(by(request), opened=opened_version(request))
        except (Conflict, LookupError):
            return told(
                request, 409, "Not saved", "Somebody else changed the settings while you had this page open. Nothing "
                "was overwritten: open the page again, and enter your change once more.",
            )  # fmt: skip
        return redirect("settings")
    return short_form(request, asked, title, opened=opened, **more)


# ------------------------------------------------------------------------------------------------- letterhead


class LetterheadForm(forms.Form):
    """Name, contact and logo of the clinic."""

    name = forms.CharField(label="Name of the clinic", max_length=MAX_LENGTH, required=False, validators=[printable])
    contact = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 4}), validators=[printable_lines],
        help_text=f"Address, at most {MAX_LINES} lines. No name of a person.",
    )  # fmt: skip
    phone = forms.CharField(
        max_length=MAX_LENGTH, required=False, validators=[printable],
        help_text="Printed where the patient is told to call.",
    )  # fmt: skip
    paper = forms.ChoiceField(choices=Practice.PAPERS)
    logo = forms.FileField(
        required=False, help_text=f"PNG, JPEG or SVG, at most {MAX_LOGO // 1000} kB; empty keeps the logo as it is."
    )
    no_logo = forms.BooleanField(label="Without a logo", required=False)

    def __init__(self, one: Practice, *args: Any) -> None:
        first = {"name": one.name, "contact": "\n".join(one.contact), "phone": one.phone, "paper": one.paper}
        super().__init__(*args, initial=first)
        self.content = None if one.logo is None else bytes(one.logo)
        self.ending = Path(one.logo_name).suffix

    def clean_contact(self) -> list[str]:
        """Its lines."""
        return [line.strip() for line in self.cleaned_data["contact"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        """As a report accepts it."""
        given: dict[str, Any] = super().clean()
        sent = given.get("logo")
        if given.get("no_logo"):
            self.content, self.ending = None, ""
        elif sent is not None:
            if sent.size > MAX_LOGO:
                raise ValidationError({"logo": f"Accepted: at most {MAX_LOGO // 1000} kB."})
            self.content, self.ending = sent.read(), Path(sent.name).suffix.lower()
        if self.errors:
            return given
        values = {name: given[name] for name in ("name", "contact", "phone", "paper")}
        with tempfile.TemporaryDirectory() as folder:
            try:
                read_letterhead(write_letterhead(Path(folder), values, self.content, f"logo{self.ending[:6]}"))
            except DataFileError as error:
                self.add_error(error.field if error.field in self.fields else None, form.fault_text(error))
        return given

    def apply(self, one: Practice) -> None:
        """Enter what was given."""
        given = self.cleaned_data
        one.name, one.contact, one.phone, one.paper = (given[n] for n in ("name", "contact", "phone", "paper"))
        one.logo, one.logo_name = self.content, "" if self.content is None else f"logo{self.ending}"


@access(GET=Right.SETTINGS, POST=Right.SETTINGS)
def letterhead(request: HttpRequest) -> HttpResponse:
    """The letterhead of reports and leaflets."""
    one = Practice.current()
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    return _changed(
        request, one, LetterheadForm(one, *posted), "Letterhead", picture=reverse("logo") if one.logo else "",
        lead="It stands on the reports of plans and on the leaflets for patients that are made from now on.",
    )  # fmt: skip


@access(GET=Right.SETTINGS)
def logo(request: HttpRequest) -> HttpResponse:
    """The logo."""
    one = Practice.current()
    if one.logo is None:
        raise Http404
    return HttpResponse(bytes(one.logo), content_type=_TYPES[Path(one.logo_name).suffix])


# ------------------------------------------------------------------------------------------------- devices


class DevicesForm(forms.Form):
    """Devices at hand, and what a session costs."""

    devices = forms.MultipleChoiceField(
        label="Devices at hand", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Without a choice a plan takes any device.",
    )  # fmt: skip
    prices = forms.CharField(
        label="Price of a session", required=False, max_length=300, validators=[printable],
        help_text="In the currency of the clinic: session = 250 with any device; exceed = 200, skinpen_precision = 300 "
        "by device.",
    )  # fmt: skip

    def __init__(self, one: Practice, *args: Any) -> None:
        stored = form.entries_of({"clinic": {"prices": one.prices}})
        super().__init__(*args, initial={"devices": one.devices, "prices": stored.get("clinic.prices", "")})
        self.fields["devices"].choices = [(name, name) for name in CATALOGUES["devices"].names()]

    def clean(self) -> dict[str, Any]:
        """As a consultation accepts it."""
        given: dict[str, Any] = super().clean()
        if not self.errors:
            entered = {"clinic.devices": ", ".join(given["devices"]), "clinic.prices": given["prices"]}
            for name, text in form.read(entered, date.today())[1].items():
                field = name.rpartition(".")[2]
                self.add_error(field if field in self.fields else "prices", text)
            self.clinic = form.document_of(entered).get("clinic", {})
        return given

    def apply(self, one: Practice) -> None:
        """Enter what was given."""
        one.devices, one.prices = self.clinic.get("devices", []), self.clinic.get("prices", {})


@access(GET=Right.SETTINGS, POST=Right.SETTINGS)
def devices(request: HttpRequest) -> HttpResponse:
    """Devices at hand and prices, which new consultations begin with."""
    one = Practice.current()
    return _changed(request, one, DevicesForm(one, *_posted(request)), "Devices and prices", lead=(
        "New consultations begin with these answers, so that plans take these devices and prices. Each consultation "
        "may answer otherwise."
    ))  # fmt: skip


# ------------------------------------------------------------------------------------------------- consent text


class ConsentTextForm(forms.Form):
    """The consent text of the clinic, and its version."""

    consent_version = forms.CharField(label="Version", max_length=40, validators=[printable])
    consent_text = forms.CharField(
        label="Text", max_length=_LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 16}), validators=[printable_lines]
    )

    def __init__(self, one: Practice, *args: Any) -> None:
        first = {"consent_version": one.consent_version, "consent_text": one.consent_text}
        super().__init__(*args, initial=first)
        self.one = one

    def clean_consent_text(self) -> str:
        """The text with one kind of line break."""
        return "\n".join(self.cleaned_data["consent_text"].splitlines())

    def clean(self) -> dict[str, Any]:
        """A text that is not the one of a version has another version."""
        given: dict[str, Any] = super().clean()
        if not self.errors and given["consent_text"] != self.one.consent_text:
            kind = Practice._meta.model_name
            rows = AuditEntry.objects.filter(kind=kind, after__isnull=False)
            if given["consent_version"] in {row.after["consent_version"] for row in rows}:
                self.add_error("consent_version", "The text was changed: give it a version that was not used before.")
        return given

    def apply(self, one: Practice) -> None:
        """Enter what was given."""
        given = self.cleaned_data
        if given["consent_version"] != one.consent_version:
            one.consent_since = date.today()
        one.consent_version, one.consent_text = given["consent_version"], given["consent_text"]


@access(GET=Right.SETTINGS, POST=Right.SETTINGS)
def consent_text(request: HttpRequest) -> HttpResponse:
    """The consent text; a new version asks for a new consent before the next session."""
    one = Practice.current()
    return _changed(request, one, ConsentTextForm(one, *_posted(request)), "Consent text", lead=(
        "A patient who signed another version signs again before the next session."
    ))  # fmt: skip


@access(GET=Right.READ)
def printed_consent(request: HttpRequest) -> HttpResponse:
    """The consent text, to be read, printed and signed."""
    one = Practice.current()
    return render(request, "clinic/consent_text.html", {"title": "Consent text", "practice": one})


# ------------------------------------------------------------------------------------------------- backup


class BackupForm(SignedForm):
    """Passphrase of a backup, and the password of the account."""

    passphrase = forms.CharField(
        strip=False, max_length=200, min_length=SHORTEST, label="Passphrase of the backup",
        help_text=f"At least {SHORTEST} characters. Without it nobody can read the file: keep it apart from it.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        strip=False, max_length=200, label="Passphrase again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    field_order: ClassVar = ["passphrase", "again", "password"]
    button = "Download the backup"

    def clean_again(self) -> str:
        """Twice the same."""
        given: str = self.cleaned_data["again"]
        if self.cleaned_data.get("passphrase") not in (None, given):
            raise ValidationError("The two passphrases differ.")
        return given


@access(GET=Right.SETTINGS, POST=Right.SETTINGS)
def backup(request: HttpRequest) -> HttpResponse:
    """Download the whole data, encrypted."""
    asked, practice, entry = BackupForm(request, *_posted(request)), Practice.current(), last_backup()
    if request.method == "POST" and asked.is_valid():
        folder = tempfile.TemporaryDirectory(dir=settings.FOLDER)
        file = Path(folder.name) / "backup"
        try:
            write_backup(settings.FOLDER, file, asked.cleaned_data["passphrase"], demo=settings.DEMONSTRATION)
        except NeodermisError as error:
            folder.cleanup()
            return told(request, 422, "No backup", *str(error).splitlines())
        audit.append(by(request), "backed up", practice)
        name = f'attachment; filename="neodermis-{date.today()}.backup"'
        return StreamingHttpResponse(
            _blocks(folder, file), content_type="application/octet-stream", headers={"Content-Disposition": name}
        )
    lead = "One encrypted file of all data. neodermis clinic restore puts it back. "
    lead += f"Last downloaded here on {entry.at[:10]}." if entry else "None was downloaded here so far."
    return short_form(request, asked, "Backup", lead=lead)


def _posted(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST,) if request.method == "POST" else ()


def _blocks(folder: tempfile.TemporaryDirectory[str], file: Path) -> Iterator[bytes]:
    """A file in blocks; its folder is removed at the end, also where the reader leaves."""
    with folder, file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block
