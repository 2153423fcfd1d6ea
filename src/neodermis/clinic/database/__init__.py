"""The database of the clinic application: SQLite in the data folder, or the PostgreSQL that ``DATABASE_URL`` names.

SQLite writes ahead (WAL), waits for the disk at each commit (synchronous=FULL) and takes the lock of a writer when a
transaction begins (IMMEDIATE), so that a loss of power leaves every committed record whole.  On PostgreSQL a
transaction takes a lock of the application when it begins (:mod:`neodermis.clinic.database.base`), with the same
effect: what a record is checked against does not change before it is written, and the audit trail has no gaps.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from neodermis.clinic.folder import DATABASE, owned_text
from neodermis.errors import InputError, RunError

#: Environment variable, and file of the data folder, with the address of a PostgreSQL database.
VARIABLE: Final = "DATABASE_URL"
FILE: Final = "database_url"
#: Names of the connections of a backup of PostgreSQL: to the rows as they were at one moment, and to a SQLite file
#: with the same tables.
READER: Final = "reader"
SNAPSHOT: Final = "snapshot"
#: Longest time (s) that a writer waits for another one.
PATIENCE: Final = 20
#: What Django fills itself when it makes the tables.
_MADE_BY_DJANGO: Final = frozenset({"contenttypes", "auth"})
_SERVER_LOCK: Final = "server.lock"
#: Lock of PostgreSQL that the server holds as long as it runs; the number means nothing.
_ONLY: Final = "SELECT pg_try_advisory_lock(1852137588)"
#: Part of an address, as Django and as PostgreSQL names it.
_PARTS: Final = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port", "NAME": "dbname"}
_SQLITE: Final[dict[str, Any]] = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": PATIENCE,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    },
}


def address(folder: Path, *, demo: bool = False) -> str:
    """Address of the PostgreSQL database; empty for SQLite, which the demonstration always uses.

    Raises
    ------
    InputError
        It is not one of PostgreSQL, cannot be read, or the package for it is missing.
    """
    given = "" if demo else os.environ.get(VARIABLE, "").strip() or owned_text(folder / FILE)
    if not given:
        return ""
    if not given.startswith(("postgres://", "postgresql://")):
        raise _unusable(given, "another kind of database")
    if find_spec("psycopg") is None:
        raise InputError(
            VARIABLE, accepted="the package psycopg for PostgreSQL", whose="the clinic application",
            next_step="run: pip install 'neodermis[clinic,postgresql]'",
        )  # fmt: skip
    return given


def _unusable(given: str, why: str) -> InputError:
    return InputError(
        VARIABLE, value=shown(given), accepted=f"postgres://USER:PASSWORD@HOST/NAME ({why})",
        whose="PostgreSQL", next_step=f"correct the variable, or the file {FILE} in the data folder",
    )  # fmt: skip


def shown(given: str) -> str:
    """An address without user and password."""
    try:
        parts = urlsplit(given)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    except ValueError:
        return "an address"


def configuration(folder: Path, *, demo: bool = False) -> dict[str, dict[str, Any]]:
    """``DATABASES`` of Django; errors as :func:`address`."""
    given = address(folder, demo=demo)
    if not given:
        return {"default": _SQLITE | {"NAME": folder / DATABASE}}
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(given)
    except psycopg.Error:  # its words may contain the password
        raise _unusable(given, "it cannot be read") from None
    if not parts.get("dbname"):
        raise _unusable(given, "it names no database")
    options: dict[str, Any] = {name: value for name, value in parts.items() if name not in _PARTS.values()}
    options["options"] = f"{options.get('options', '')} -c lock_timeout={PATIENCE}s -c synchronous_commit=on".strip()
    options = {"connect_timeout": 5} | options
    server = {name: parts.get(key, "") for name, key in _PARTS.items()}
    one_moment = {"isolation_level": psycopg.IsolationLevel.REPEATABLE_READ}
    return {
        "default": server | {"ENGINE": "neodermis.clinic.database", "OPTIONS": options},
        READER: server | {"ENGINE": "django.db.backends.postgresql", "OPTIONS": options | one_moment},
        SNAPSHOT: _SQLITE | {"NAME": ":memory:"},
    }


def check(folder: Path, *, demo: bool = False) -> bool:
    """Whether there is a database; refuse one that is damaged or not reached before anything is written to it.

    Raises
    ------
    InputError
        As :func:`address`.
    RunError
        SQLite finds the file damaged, or PostgreSQL does not answer.
    """
    if given := address(folder, demo=demo):
        return _check_server(folder, given)
    path = folder / DATABASE
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path)) as connection:
            told = [row[0] for row in connection.execute("PRAGMA quick_check")]
    except sqlite3.DatabaseError as error:
        told = [str(error)]
    if told != ["ok"]:
        raise RunError(
            "database is damaged", value=str(path), accepted=f"a sound SQLite database ({told[0]})", whose="SQLite",
            next_step="stop every program that uses it, keep the damaged file, and restore the newest backup into an "
            "empty folder: neodermis clinic restore FILE",
        )  # fmt: skip
    return True


def _check_server(folder: Path, given: str) -> bool:
    import psycopg

    chosen = configuration(folder)["default"]
    parts = {key: chosen[name] for name, key in _PARTS.items() if chosen[name]}
    try:
        with psycopg.connect(**parts, **chosen["OPTIONS"]) as connection:
            found = connection.execute("SELECT to_regclass('clinic_auditentry')").fetchone()
    except psycopg.Error as error:
        why = " ".join(str(error).split())
        raise RunError(
            "database is not reached", value=shown(given), accepted=f"a running PostgreSQL ({why})",
            whose="PostgreSQL", next_step="start it, or correct address, user and password",
        ) from None  # fmt: skip
    return found is not None and found[0] is not None


def only_server(folder: Path) -> Callable[[], None]:
    """Be the only server of these data until the returned function is called, or the process ends.

    Raises :class:`RunError` where another server works with them: it would queue the calculations of this one again.
    """
    from django.db import connection

    held = sqlite3.connect(folder / _SERVER_LOCK, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        held.close()
        raise _second(str(folder)) from None
    if connection.vendor != "postgresql":
        return held.close
    apart = connection.copy()
    with apart.cursor() as cursor:
        cursor.execute(_ONLY)
        mine = cursor.fetchone()[0]
    if not mine:
        apart.close()
        held.close()
        raise _second(connection.settings_dict["NAME"])

    def release() -> None:
        apart.close()
        held.close()

    return release


def _second(where: str) -> RunError:
    return RunError(
        "data are in use", value=where, accepted="one server for the data of a clinic", whose="this program",
        next_step="stop the other neodermis serve, or use it; every computer of the clinic can open its pages",
    )  # fmt: skip


def copy_rows(source: str, target: str) -> None:
    """Copy every row from one connection to another, which has the same tables without a row, in one transaction."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connections, transaction
    from django.db.models import Model, QuerySet
    from django.db.models.fields.related import ForeignKey

    left = [kind for kind in apps.get_models() if kind._meta.app_label not in _MADE_BY_DJANGO]
    ordered: list[Any] = []
    while left:  # a row after the rows that it refers to
        ready = [
            kind for kind in left
            if not any(isinstance(one, ForeignKey) and one.related_model in left for one in kind._meta.concrete_fields)
        ]  # fmt: skip
        ordered += ready
        left = [kind for kind in left if kind not in ready]
    with transaction.atomic(using=source), transaction.atomic(using=target):
        for kind in ordered:
            for row in QuerySet(kind, using=source).order_by("pk").iterator(chunk_size=500):
                # raw: as it is stored, with its times, and past the audit trail, whose entries are copied too
                Model.save_base(row, raw=True, force_insert=True, using=target)
        with connections[target].cursor() as cursor:
            for statement in connections[target].ops.sequence_reset_sql(no_style(), ordered):
                cursor.execute(statement)


class OneLine(logging.Filter):
    """A lost database is told in one line of the log, not in a hundred."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every entry; of one that tells of a lost database the first line of the error alone."""
        from django.db import InterfaceError, OperationalError

        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, (OperationalError, InterfaceError)):
            record.msg, record.args = f"{record.getMessage()}: {str(error).strip().partition(chr(10))[0]}", ()
            record.exc_info = None
        return True
