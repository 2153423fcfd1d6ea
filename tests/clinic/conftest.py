"""The clinic application in a data folder of its own: a new database for each test, accounts of each role, a client.

With ``DATABASE_URL`` the tests use that database of PostgreSQL, and empty it (``python -m verification.clinic``); those
that look into the file of SQLite are marked ``sqlite`` and skipped.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

#: Whether the tests use PostgreSQL.
SERVER: Final = "DATABASE_URL" in os.environ
_FOLDER: Final = Path(tempfile.mkdtemp(prefix="neodermis-clinic-"))
PASSWORD: Final = "a long enough sentence"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what only SQLite has."""
    for item in items:
        if SERVER and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="looks into the file of SQLite"))


@pytest.fixture(scope="session")
def migrated() -> Iterator[Path]:
    """A database of this version without a row."""
    names = ("NEODERMIS_DATA", "NEODERMIS_CLINIC_DEMO", "DJANGO_ALLOW_ASYNC_UNSAFE")
    before = {name: os.environ.get(name) for name in names}
    os.environ["NEODERMIS_DATA"] = str(_FOLDER)
    # The browser of other tests leaves an event loop in the worker's thread, in which Django refuses its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from neodermis.clinic.launch import prepare

    mask = os.umask(0)
    prepare()
    os.umask(mask)
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow on purpose
    connection.close()
    template = _FOLDER / "template"
    if not SERVER:
        shutil.copy(_FOLDER / "clinic.sqlite3", template)
    yield template
    teardown_test_environment()
    connection.close()
    shutil.rmtree(_FOLDER)
    for name, value in before.items():
        os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


@pytest.fixture
def database(migrated: Path) -> Iterator[Path]:
    """The file of an empty database; on PostgreSQL the place where it would be."""
    from django.core.cache import cache
    from django.db import connection

    cache.clear()  # counts of requests
    connection.close()
    if SERVER:
        from django.apps import apps

        (_FOLDER / "audit_head.json").unlink(missing_ok=True)
        tables = ", ".join(f'"{kind._meta.db_table}"' for kind in apps.get_models())
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        yield _FOLDER / "clinic.sqlite3"
        connection.close()
        return
    for path in _FOLDER.glob("clinic.sqlite3*"):
        path.unlink()
    (_FOLDER / "audit_head.json").unlink(missing_ok=True)
    shutil.copy(migrated, _FOLDER / "clinic.sqlite3")
    yield _FOLDER / "clinic.sqlite3"
    connection.close()


@pytest.fixture
def account(database: Path) -> Callable[..., Any]:
    """An account with some roles."""
    from django.contrib.auth.hashers import make_password

    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Account

    def made(*roles: str, name: str = "") -> Any:
        one = Account(username=name or "-".join(roles), roles=[*roles], password=make_password(PASSWORD))
        return one.write(Origin("test", "here"))

    return made


@pytest.fixture
def client(account: Callable[..., Any]) -> Callable[..., Any]:
    """A client that is logged in with some roles; without one, nobody."""
    from django.test import Client

    def made(*roles: str, name: str = "") -> Any:
        one = Client(raise_request_exception=True)
        if roles:
            one.force_login(account(*roles, name=name), "neodermis.clinic.accounts.AccountBackend")
        return one

    return made


@pytest.fixture
def consultation(database: Path) -> Any:
    """A consultation of a patient with acne scars."""
    from datetime import date

    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Consultation, Patient

    by = Origin("test", "here")
    patient = Patient(number=1, sex="female", birth_year=1990, phototype=3).write(by)
    answers = {
        "patient": {"age": 36, "sex": "female", "phototype": 3},
        "concern": [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:3"}],
        "clinic": {"record": "1", "devices": ["exceed"]},
    }
    return Consultation(patient=patient, day=date.today(), answers=answers, neodermis="0").write(by)
