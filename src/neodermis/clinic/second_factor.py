"""The optional second factor of a login: codes by time (TOTP, RFC 6238) of a phone, and recovery codes on paper.

The key is kept in the account alone; the audit trail has its fingerprint.  A code counts once.  Wrong codes count as
wrong passwords do, so that the name is locked out after five of them.
"""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
import time
from typing import ClassVar, Final

from axes.handlers.proxy import AxesProxyHandler
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django import forms
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.safestring import mark_safe

from neodermis.clinic import audit
from neodermis.clinic.access import Right, access
from neodermis.clinic.forms import SignedForm
from neodermis.clinic.models import Account
from neodermis.clinic.views import by, short_form

#: What authenticator applications take for granted: six digits, a new code every 30 s, SHA-1.
_DIGITS, _PERIOD = 6, 30
#: Bytes of a key (RFC 4226 recommends 20) and of a recovery code.
_KEY_BYTES, _CODE_BYTES = 20, 10
_CODES: Final = 8
#: Steps beside the present one in which a code counts: clocks differ, and typing takes time.
_NEAR: Final = (0, -1, 1)
#: Where a session keeps the key until it is confirmed.
_NEW: Final = "new_second_factor"
_WRONG: Final = (
    "This code does not count. Wait for the next one and check the clock of the phone; each code counts once."
)


def _text(code: bytes) -> str:
    return base64.b32encode(code).decode().rstrip("=")


def _totp(key: str) -> TOTP:
    return TOTP(base64.b32decode(key), _DIGITS, SHA1(), _PERIOD)  # RFC 6238, as phones compute it # nosec B303


def step_of(key: str, code: str, after: int = 0) -> int | None:
    """Step of time to which a code belongs; None for one that is wrong, too old, or not later than step ``after``."""
    now = int(time.time()) // _PERIOD
    given = "".join(code.split())
    return next(
        (now + near for near in _NEAR if now + near > after and constant_time_compare(
            _totp(key).generate((now + near) * _PERIOD).decode(), given)), None,
    )  # fmt: skip


def _fingerprint(recovery_code: str) -> str:
    plain = "".join(one for one in recovery_code.upper() if one.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def accepts(request: HttpRequest, account: Account, code: str) -> Account | None:
    """The account as it is stored after a right code, which is used up by this; None for a wrong one.

    Raises :class:`~django.core.exceptions.PermissionDenied` where the name is locked out.
    """
    credentials = {"username": account.username}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out = True  # the middleware answers with the page that says so
        raise PermissionDenied
    origin = audit.Origin(account.username, audit.Origin.of(request).address)
    with transaction.atomic():  # of two requests with one code the second is refused
        stored: Account = Account.objects.select_for_update().get(pk=account.pk)
        step = step_of(stored.totp_key, code, stored.totp_step) if stored.second_factor else None
        if step is not None:
            stored.totp_step = step
            stored.save(update_fields=["totp_step"])
            return stored
        left = [one for one in stored.recovery if one != _fingerprint(code)]
        if len(left) < len(stored.recovery):
            stored.recovery = left
            return stored.write(origin)
        audit.append(origin, "gave a wrong code", stored)
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    return None


def take_off(account: Account, origin: audit.Origin) -> None:
    """Let an account log in with its password alone."""
    account.totp_key, account.recovery = "", []
    account.write(origin)


def _new_codes(account: Account) -> list[str]:
    """New recovery codes of an account, whose fingerprints replace those before; not stored yet."""
    codes = [_text(secrets.token_bytes(_CODE_BYTES)) for _ in range(_CODES)]
    account.recovery = [_fingerprint(one) for one in codes]
    return ["-".join(one[at : at + 4] for at in range(0, len(one), 4)) for one in codes]


# ------------------------------------------------------------------------------------------------- forms


class _CodeField(forms.CharField):
    """A code of the phone, or a recovery code."""

    def __init__(self, help_text: str) -> None:
        super().__init__(
            label="Code", max_length=40, help_text=help_text,
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        )  # fmt: skip


class LoginCodeForm(forms.Form):
    """The second step of a login."""

    code = _CodeField("Six digits; or one of your recovery codes.")
    button = "Log in"

    def __init__(self, request: HttpRequest, account: Account, *args: object) -> None:
        super().__init__(*args)
        self.request, self.account = request, account
        self.fields["code"].widget.attrs["autofocus"] = True

    def clean_code(self) -> str:
        """A code that counts."""
        given: str = self.cleaned_data["code"]
        stored = accepts(self.request, self.account, given)
        if stored is None:
            raise ValidationError(_WRONG)
        self.account = stored
        return given


class NewFactorForm(SignedForm):
    """Set up a second factor: the password, then a code that shows that the phone has the key."""

    code = _CodeField("The six digits that the phone shows now.")
    field_order: ClassVar = ["password", "code"]
    button = "Switch it on"

    def __init__(self, request: HttpRequest, key: str, *args: object) -> None:
        super().__init__(request, *args)
        self.key, self.step = key, 0
        self.fields["password"].label = "Your password"

    def clean_code(self) -> str:
        """A code of the new key."""
        given: str = self.cleaned_data["code"]
        step = None if self.errors else step_of(self.key, given)
        if step is None and not self.errors:
            raise ValidationError(_WRONG)
        self.step = step or 0
        return given


class FactorForm(SignedForm):
    """A change of a second factor that is on: the password, then a code."""

    code = _CodeField("Six digits of the phone; or one of your recovery codes.")
    field_order: ClassVar = ["password", "code"]

    def __init__(self, request: HttpRequest, button: str, *args: object) -> None:
        super().__init__(request, *args)
        self.button = button
        self.account: Account = request.user
        self.fields["password"].label = "Your password"

    def clean_code(self) -> str:
        """A code that counts; tried only after the right password."""
        given: str = self.cleaned_data["code"]
        if not self.errors:
            stored = accepts(self.request, self.account, given)
            if stored is None:
                raise ValidationError(_WRONG)
            self.account = stored
        return given


# ------------------------------------------------------------------------------------------------- pages


@access(GET=Right.ACCOUNT)
def own(request: HttpRequest) -> HttpResponse:
    """The account of who is logged in."""
    return render(request, "clinic/own_account.html", {"title": "Your account"})


@access(GET=Right.ACCOUNT, POST=Right.ACCOUNT)
def switch_on(request: HttpRequest) -> HttpResponse:
    """Set up the second factor: the key as a picture and as text, confirmed by a code and the password."""
    account = request.user
    if account.second_factor:
        return redirect("own_account")
    key = request.session.setdefault(_NEW, _text(secrets.token_bytes(_KEY_BYTES)))
    asked = NewFactorForm(request, key, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        account.totp_key, account.totp_step = key, asked.step
        codes = _new_codes(account)
        account.write(by(request))
        del request.session[_NEW]
        return _codes_page(request, "The second factor is on", codes)
    refused = asked.is_bound and not asked.is_valid()
    return render(
        request, "clinic/second_factor.html",
        {"title": "Set up a second factor", "form": asked, "picture": _picture(key, account.username),
         "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4))},
        status=422 if refused else 200,
    )  # fmt: skip


def _picture(key: str, name: str) -> str:
    """The key as a QR code, SVG; empty without the package that draws it, the key is told as text too."""
    try:
        import segno
    except ModuleNotFoundError:
        return ""
    address, drawn = _totp(key).get_provisioning_uri(name, "neodermis"), io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, svgclass="qr", lineclass=None, light="white"
    )
    return str(mark_safe(drawn.getvalue().decode()))  # numbers of a path alone # nosec B308 B703


@access(GET=Right.ACCOUNT, POST=Right.ACCOUNT)
def switch_off(request: HttpRequest) -> HttpResponse:
    """Switch the second factor off."""
    if not request.user.second_factor:
        return redirect("own_account")
    asked = FactorForm(request, "Switch it off", request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        take_off(asked.account, by(request))
        return redirect("own_account")
    return short_form(request, asked, "Switch the second factor off", lead=(
        "From then on the password alone is enough to log in."
    ))  # fmt: skip


@access(GET=Right.ACCOUNT, POST=Right.ACCOUNT)
def new_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes in the place of those before."""
    if not request.user.second_factor:
        return redirect("own_account")
    asked = FactorForm(request, "Make new codes", request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        codes = _new_codes(asked.account)
        asked.account.write(by(request))
        return _codes_page(request, "New recovery codes", codes)
    return short_form(request, asked, "New recovery codes", lead="Those that you have now count no longer after this.")


def _codes_page(request: HttpRequest, title: str, codes: list[str]) -> HttpResponse:
    return render(request, "clinic/recovery_codes.html", {"title": title, "codes": codes})
