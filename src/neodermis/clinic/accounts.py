"""Accounts: how one is found at the login, and the links with which a password is chosen."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.urls import reverse

from neodermis.clinic.models import Account


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
