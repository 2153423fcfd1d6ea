"""Who may do what: one table, which every page is checked against before it runs.

A view says the right that each of its methods needs (:func:`access`); a view that says nothing, or a method that it
does not name, is refused (:class:`~neodermis.clinic.middleware.AccessMiddleware`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """Role of an account; an account may have several."""

    PRACTITIONER = "practitioner"
    ASSISTANT = "assistant"
    READER = "reader"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a view asks for."""

    PUBLIC = "be anyone"
    ACCOUNT = "be logged in"
    READ = "read patients, consultations, screenings, plans and sessions"
    ENTER = "enter patients, consultations, consents and sessions"
    PLAN = "start plans and look at changed plans"
    DECIDE = "adopt a plan, sign a session and add to a signed one"
    OVERRIDE = "override a screening rule"
    ACCOUNTS = "manage accounts"
    SETTINGS = "change the settings of the clinic and download a backup"
    AUDIT = "read the audit trail"


#: The table: what each role may do beside what every account may.
RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.PRACTITIONER: frozenset({Right.READ, Right.ENTER, Right.PLAN, Right.DECIDE, Right.OVERRIDE}),
    Role.ASSISTANT: frozenset({Right.READ, Right.ENTER, Right.PLAN}),
    Role.READER: frozenset({Right.READ}),
    Role.ADMINISTRATOR: frozenset({Right.ACCOUNTS, Right.SETTINGS, Right.AUDIT}),
}


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Rights of an account with these roles; a role that does not exist gives none."""
    known = [RIGHTS[Role(one)] for one in roles if one in {*Role}]
    return frozenset({Right.PUBLIC, Right.ACCOUNT}).union(*known)


def access(**methods: Right) -> Callable[[View], View]:
    """State the right that each method of a view needs: ``@access(GET=Right.READ, POST=Right.ENTER)``."""

    def marked(view: View) -> View:
        view.access = methods  # type: ignore[attr-defined]
        return view

    return marked
