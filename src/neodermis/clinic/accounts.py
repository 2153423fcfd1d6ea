"""Accounts: how one is found at the login, the links with which a password is chosen, and their administration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from neodermis.clinic import audit, second_factor
from neodermis.clinic.access import Right, access
from neodermis.clinic.forms import AccountForm, SignedForm
from neodermis.clinic.models import Account
from neodermis.clinic.views import by, found, listed, short_form


class AccountBackend:
    """Log in with name and password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> Account | None:
        """The account, or None; an unknown name takes as long as a wrong password."""
        found: Account | None = Account.objects.filter(username=username or "").first()
        if found is None:
            make_password(password or "")
            return None
        return found if check_password(password or "", found.password) and found.is_active else None

    def get_user(self, key: Any) -> Account | None:
        """The account of a session."""
        found: Account | None = Account.objects.filter(pk=key, is_active=True).first()
        return found


def invitation(request: HttpRequest, account: Account) -> str:
    """One-time link with which the owner of an account chooses a password."""
    path = reverse("invitation", args=[account.pk, default_token_generator.make_token(account)])
    return str(request.build_absolute_uri(path))


def invited(account: Account, token: str) -> bool:
    """Whether a link is still valid: not used, and not older than three days."""
    valid: bool = default_token_generator.check_token(account, token)
    return valid and account.is_active


@access(GET=Right.ACCOUNTS)
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts."""
    rows, locked = listed(request, Account.objects.order_by("username")), locked_names()
    return render(request, "clinic/accounts.html", {"title": "Accounts", "rows": rows, "locked": locked})


def locked_names() -> set[str]:
    """Names that are locked out now, after wrong passwords or codes."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    rows = AccessAttempt.objects.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=since)
    return {*rows.values_list("username", flat=True)}


@access(POST=Right.ACCOUNTS)
def unlock(request: HttpRequest, key: UUID) -> HttpResponse:
    """Let an account that is locked out try again at once."""
    one = found(Account, key)
    with transaction.atomic():
        AccessAttempt.objects.filter(username=one.username).delete()
        audit.append(by(request), "unlocked", one)
    messages.success(request, f"{one.username} may try again.")
    return redirect("accounts")


@access(GET=Right.ACCOUNTS, POST=Right.ACCOUNTS)
def account(request: HttpRequest, key: UUID | None = None) -> HttpResponse:
    """A new account, or the roles of one."""
    one = None if key is None else found(Account, key)
    asked = AccountForm(one, request.POST if request.method == "POST" else None)
    if request.method == "POST" and asked.is_valid():
        given = asked.cleaned_data
        stored = one or Account(username=given["username"], password=make_password(None))
        stored.roles, stored.is_active = given["roles"], given["is_active"]
        stored.write(by(request))
        return redirect("account", stored.pk) if one is None else redirect("accounts")
    title = "New account" if one is None else f"Account {one.username}"
    return short_form(request, asked, title, account=one)


@access(POST=Right.ACCOUNTS)
def invite(request: HttpRequest, key: UUID) -> HttpResponse:
    """A one-time link with which the owner of an account chooses a password."""
    one = found(Account, key)
    audit.append(by(request), "invited", one)
    return render(
        request, "clinic/message.html",
        {"title": f"Link for {one.username}", "link": invitation(request, one),
         "lines": ["Hand this link over in person. It works once, and for three days."]},
    )  # fmt: skip


@access(GET=Right.ACCOUNTS, POST=Right.ACCOUNTS)
def reset(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the second factor off an account whose owner lost it."""
    one = found(Account, key)
    asked = SignedForm(request, request.POST if request.method == "POST" else None)
    asked.button = "Take it off"
    if request.method == "POST" and asked.is_valid():
        if one.second_factor:
            second_factor.take_off(one, by(request))
        messages.success(request, f"{one.username} logs in with the password alone until a new factor is set up.")
        return redirect("account", one.pk)
    return short_form(request, asked, f"Second factor of {one.username}", lead=(
        "Do this only when you are sure that the owner of the account asks for it: from then on the password is enough."
    ))  # fmt: skip
