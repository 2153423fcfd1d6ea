"""The pages of the login: name and password, second factor, first account, and the choice of a password."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as log_in
from django.contrib.auth import logout as log_out
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from neodermis.clinic import audit, throttle
from neodermis.clinic.access import Right, Role, access
from neodermis.clinic.accounts import AccountBackend, invited
from neodermis.clinic.forms import LoginForm, PasswordForm, SetupForm
from neodermis.clinic.middleware import KEPT
from neodermis.clinic.models import Account
from neodermis.clinic.second_factor import LoginCodeForm
from neodermis.clinic.views import by, found, short_form

#: What finds the account of a session again.
_BACKEND: Final = f"{AccountBackend.__module__}.{AccountBackend.__qualname__}"
#: What a session keeps between password and code: the account, and when the password was right (s).
_BETWEEN: Final = "password_was_right"
#: Time (s) after which the password is asked for again.
_PATIENCE: Final = 300.0


@access(GET=Right.PUBLIC, POST=Right.PUBLIC)
def login(request: HttpRequest) -> HttpResponse:
    """Log in; after that the page that was asked for."""
    asked = LoginForm(request, request.POST if request.method == "POST" else None)
    after, held = _goes_on(request)
    if request.method == "POST" and asked.is_valid() and asked.account is not None:
        if not asked.account.second_factor:
            return _entered(request, asked.account)
        request.session[_BETWEEN] = [str(asked.account.pk), time.time()]
        return _code_page(request, LoginCodeForm(request, asked.account))
    return short_form(request, asked, "Log in", after=after, kept=held, first_account=not Account.objects.exists())


@access(POST=Right.PUBLIC)
def code(request: HttpRequest) -> HttpResponse:
    """The second step of the login of an account with a second factor."""
    key, since = request.session.get(_BETWEEN, ("", 0.0))
    account = Account.objects.filter(pk=key, is_active=True).first() if key else None
    if account is None or not 0.0 <= time.time() - since <= _PATIENCE:
        request.session.pop(_BETWEEN, None)
        messages.info(request, "The code came too late. Log in again.")
        return redirect("login")
    if seconds := throttle.wait_for("code", str(account.pk)):  # whatever address it comes from
        return throttle.too_many(request, seconds)
    asked = LoginCodeForm(request, account, request.POST)
    if not asked.is_valid():
        return _code_page(request, asked)
    del request.session[_BETWEEN]
    return _entered(request, asked.account)


def _code_page(request: HttpRequest, asked: LoginCodeForm) -> HttpResponse:
    after, held = _goes_on(request)
    return short_form(
        request, asked, "Second factor", after=after, kept=held, action=reverse("login_code"),
        lead="Open the authenticator application on your phone and enter the code that it shows for this clinic.",
    )  # fmt: skip


def _goes_on(request: HttpRequest) -> tuple[str, Mapping[str, str]]:
    """Address of this server to go to after the login, and what is sent there again."""
    after = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}, require_https=request.is_secure()):
        after = reverse("today")
    return after, {name: value for name, value in request.POST.items() if name.startswith(KEPT)}


def _entered(request: HttpRequest, account: Account) -> HttpResponse:
    """Begin the session of an account."""
    after, held = _goes_on(request)
    log_in(request, account, _BACKEND)
    audit.append(by(request), "logged in", account)
    if held:
        again = {name.removeprefix(KEPT): value for name, value in held.items()}
        return render(request, "clinic/again.html", {"title": "Send again", "action": after, "fields": again})
    return redirect(after)


@access(POST=Right.ACCOUNT)
def logout(request: HttpRequest) -> HttpResponse:
    """Log out."""
    audit.append(by(request), "logged out", request.user)
    log_out(request)
    return redirect("login")


@access(GET=Right.PUBLIC, POST=Right.PUBLIC)
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first account, once, with the link that was printed when the program started."""
    if Account.objects.exists() or not settings.SETUP_TOKEN or not constant_time_compare(token, settings.SETUP_TOKEN):
        raise Http404
    account = Account(roles=[Role.PRACTITIONER, Role.ADMINISTRATOR])
    asked = SetupForm(account, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        account.username = asked.cleaned_data["username"]
        account.password = make_password(asked.cleaned_data["password"])
        with transaction.atomic():  # of two that use the link at once the second is refused
            if Account.objects.exists():
                raise Http404
            account.write(audit.Origin(account.username, by(request).address))
        settings.SETUP_TOKEN = ""
        messages.success(request, "The account is made. Log in with it.")
        return redirect("login")
    return short_form(
        request, asked, "First account",
        lead="This account manages the others, and may enter and plan as a practitioner.",
    )  # fmt: skip


@access(GET=Right.PUBLIC, POST=Right.PUBLIC)
def choose_password(request: HttpRequest, key: UUID, token: str) -> HttpResponse:
    """Choose a password with a one-time link."""
    account = found(Account, key)
    if not invited(account, token):
        raise Http404
    asked = PasswordForm(account, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        account.password = make_password(asked.cleaned_data["password"])
        account.write(audit.Origin(account.username, by(request).address))
        messages.success(request, "The password is saved. Log in with it.")
        return redirect("login")
    return short_form(request, asked, f"Password of {account.username}")
