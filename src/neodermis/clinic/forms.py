"""The short forms: login, patient, account, password."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Final

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import HttpRequest

from neodermis.clinic.access import Role
from neodermis.clinic.models import Account, Patient

_FIRST_YEAR = 1900


def printable(value: str) -> None:
    """Refuse text of several lines or with control characters."""
    if not value.isprintable():
        raise ValidationError("Enter text on one line without control characters.")


def printable_lines(value: str) -> None:
    """Refuse control characters beside line breaks."""
    if not "".join(value.split()).isprintable():
        raise ValidationError("Enter text without control characters.")


#: What is told where a signature fails.
NOT_SIGNED: Final = "This is not the password of your account. Nothing was signed."


def signs(request: HttpRequest, password: str) -> bool:
    """Whether a password is that of the account that is logged in; wrong ones count as those of the login do."""
    return authenticate(request, username=request.user.username, password=password) is not None


class SignedForm(forms.Form):
    """A form that is signed with the password of the account."""

    password = forms.CharField(
        label="Your password, as the signature", strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, request: HttpRequest, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.request = request

    def clean_password(self) -> str:
        """The password, tried only where nothing else stands against the form."""
        given: str = self.cleaned_data["password"]
        if not self.errors and not signs(self.request, given):
            raise ValidationError(NOT_SIGNED)
        return given


class LoginForm(forms.Form):
    """Name and password."""

    title = "Log in"
    button = "Log in"
    username = forms.CharField(
        label="Name", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        strip=False, max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(*args)
        self.request, self.account = request, None

    def clean(self) -> dict[str, Any]:
        """Find the account."""
        found: dict[str, Any] = super().clean()
        if not self.errors:
            self.account = authenticate(self.request, username=found["username"], password=found["password"])
            if self.account is None:
                raise ValidationError("No account has this name and password. Check both and try again.")
        return found


class PatientForm(forms.ModelForm):
    """A patient."""

    birth_year = forms.IntegerField(label="Year of birth", required=False, help_text="For instance 1985.")
    sex = forms.ChoiceField(choices=Patient.SEXES, required=False)
    phototype = forms.TypedChoiceField(
        label="Fitzpatrick phototype", choices=Patient.PHOTOTYPES, required=False, coerce=int, empty_value=None
    )
    chart_number = forms.CharField(
        label="Chart number", max_length=40, required=False, validators=[printable],
        help_text="Of the clinic's own system. Do not enter a name.",
    )  # fmt: skip

    class Meta:
        """What is asked."""

        model = Patient
        fields: ClassVar = ["chart_number", "sex", "birth_year", "phototype"]

    def clean_birth_year(self) -> int | None:
        """A year in which a living patient may have been born."""
        year: int | None = self.cleaned_data["birth_year"]
        this = date.today().year
        if year is not None and not _FIRST_YEAR <= year <= this:
            raise ValidationError(f"Enter a year from {_FIRST_YEAR} to {this}.")
        return year

    def clean_chart_number(self) -> str:
        """A number that no other patient has."""
        given: str = self.cleaned_data["chart_number"]
        other = Patient.objects.filter(chart_number=given).exclude(pk=self.instance.pk).first()
        if given and other is not None:
            raise ValidationError(f"Patient {other.number} has this chart number.")
        return given


def next_number() -> int:
    """Number of the next patient."""
    return int(Patient.objects.aggregate(last=Max("number"))["last"] or 0) + 1


_ROLES = forms.MultipleChoiceField(
    choices=[(one, one.capitalize()) for one in Role], widget=forms.CheckboxSelectMultiple,
    error_messages={"required": "Choose at least one role."},
)  # fmt: skip


class AccountForm(forms.Form):
    """A new account, or the roles of one."""

    username = forms.CharField(label="Name", max_length=60, validators=[printable])
    roles = _ROLES
    is_active = forms.BooleanField(label="May log in", required=False, initial=True)

    def __init__(self, account: Account | None, *args: Any) -> None:
        first = {} if account is None else {
            "username": account.username, "roles": account.roles, "is_active": account.is_active
        }  # fmt: skip
        super().__init__(*args, initial=first)
        self.account = account
        if account is not None:
            self.fields["username"].disabled = True

    def clean_username(self) -> str:
        """A name that no other account has."""
        given: str = self.cleaned_data["username"]
        if self.account is None and Account.objects.filter(username__iexact=given).exists():
            raise ValidationError("An account has this name already.")
        return given

    def clean(self) -> dict[str, Any]:
        """Refuse a change after which no active account could manage accounts."""
        found: dict[str, Any] = super().clean()
        keeps = found.get("is_active") and Role.ADMINISTRATOR in found.get("roles", ())
        others = Account.objects.filter(is_active=True).exclude(pk=self.account.pk if self.account else None)
        if self.account is not None and not keeps and not any(Role.ADMINISTRATOR in one.roles for one in others):
            raise ValidationError("This is the only administrator: make another account administrator first.")
        return found


class PasswordForm(forms.Form):
    """A new password, twice."""

    button = "Save the password"
    password = forms.CharField(
        label="New password", strip=False, max_length=200, help_text="At least 12 characters; a sentence is fine.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label="New password again", strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, account: Account, *args: Any) -> None:
        super().__init__(*args)
        self.account = account

    def clean(self) -> dict[str, Any]:
        """Twice the same, and not easily guessed."""
        found: dict[str, Any] = super().clean()
        first, second = found.get("password"), found.get("again")
        if first and second and first != second:
            self.add_error("again", "The two passwords differ.")
        elif first:
            try:
                validate_password(first, self.account)
            except ValidationError as error:
                self.add_error("password", error)
        return found


class SetupForm(PasswordForm):
    """The first account, which manages the others."""

    button = "Create the account"
    username = forms.CharField(
        label="Name", max_length=60, validators=[printable],
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )  # fmt: skip
    field_order: ClassVar = ["username", "password", "again"]
