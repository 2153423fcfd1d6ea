"""SQLite and PostgreSQL: addresses, one server, a database that is lost, writers at the same time, backups."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.clinic.conftest import SERVER
from tests.clinic.test_serve import COMMAND, environment
from verification.clinic import kill, postgresql

from neodermis.clinic import database as databases
from neodermis.errors import InputError, RunError

PSYCOPG = importlib.util.find_spec("psycopg") is not None
needs_psycopg = pytest.mark.skipif(not PSYCOPG, reason="psycopg is not installed")
on_postgresql = pytest.mark.skipif(not SERVER, reason="the tests use SQLite")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://clinic:secret@host/clinic", "another kind"),
        ("postgres://clinic:secret@host/clinic?nothing=1", "cannot be read"),
        ("postgres://clinic:secret@host/", "names no database"),
    ],
)
@needs_psycopg
def test_an_address_that_cannot_be_used_is_refused_without_its_password(
    address: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(InputError, match=says) as refused:
        databases.configuration(tmp_path)
    assert "secret" not in str(refused.value)
    assert databases.configuration(tmp_path, demo=True)["default"]["ENGINE"].endswith("sqlite3")


@needs_psycopg
def test_a_server_that_does_not_answer_is_told_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    secret = tmp_path / "database_url"
    secret.write_text("postgres://clinic:secret@localhost:1/clinic\n")
    secret.chmod(0o644)
    with pytest.raises(RunError, match="database is not reached: 'postgres://localhost:1/clinic'") as refused:
        databases.check(tmp_path)
    assert "secret" not in str(refused.value)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_of_two_servers_of_the_same_data_the_second_is_refused(database: Path) -> None:
    release = databases.only_server(database.parent)
    with pytest.raises(RunError, match="stop the other"):
        databases.only_server(database.parent)
    release()
    databases.only_server(database.parent)()


@on_postgresql
def test_a_server_on_another_computer_is_refused_too(database: Path, tmp_path: Path) -> None:
    release = databases.only_server(database.parent)
    with pytest.raises(RunError, match="stop the other"):
        databases.only_server(tmp_path)
    release()
    databases.only_server(tmp_path)()


@pytest.mark.sqlite
def test_a_locked_database_is_told_and_nothing_is_lost(
    client: Any, consultation: Any, database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from django.db import connection

    one = client("practitioner")
    one.raise_request_exception = False
    assert one.get(f"/patients/{consultation.patient_id}/").status_code == 200
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.01)
    connection.close()
    change = {"opened": "1", "sex": "female", "birth_year": "1991"}
    with closing(sqlite3.connect(database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = one.post(f"/patients/{consultation.patient_id}/change/", change)
        assert done.status_code == 503 and done["Retry-After"]
        assert "send what you entered again" in done.content.decode() and "Log out" not in done.content.decode()
        assert done["Content-Security-Policy"]
        brief = one.post(f"/consultations/{consultation.pk}/draft/", {"patient.age": "41"}, headers={"HX-Request": "1"})
        assert brief.status_code == 503 and brief.content.startswith(b'<span class="fault">')
    assert "Traceback" not in caplog.text and "database is locked" in caplog.text
    assert one.post(f"/patients/{consultation.patient_id}/change/", change).status_code == 302


@on_postgresql
def test_a_connection_that_ends_is_told_and_the_next_request_has_a_new_one(client: Any, consultation: Any) -> None:
    from django.db import connection

    one = client("practitioner")
    one.raise_request_exception = False
    with closing(connection.copy()) as other, other.cursor() as cursor:
        connection.ensure_connection()
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    assert one.get(f"/patients/{consultation.patient_id}/").status_code == 503
    connection.close()  # as the server does after each request
    assert one.get(f"/patients/{consultation.patient_id}/").status_code == 200


def test_writers_at_the_same_time_leave_a_whole_trail(database: Path) -> None:
    from django.db import connection

    from neodermis.clinic import audit
    from neodermis.clinic.forms import next_number
    from neodermis.clinic.models import AuditEntry, Patient

    failed: list[Exception] = []

    def write() -> None:
        from django.db import transaction

        try:
            for _ in range(10):
                with transaction.atomic():
                    Patient(number=next_number()).write(audit.Origin("test", ""))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert [*Patient.objects.values_list("number", flat=True)] == [*range(1, 41)]
    assert AuditEntry.objects.count() == 40 and [*audit.verify()] == []


@on_postgresql
def test_a_backup_goes_from_postgresql_to_sqlite_and_back(
    client: Any, consultation: Any, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    one = client("practitioner")
    one.post(f"/consultations/{consultation.pk}/draft/", {"patient.age": "41"})
    one.get(f"/patients/{consultation.patient_id}/")
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE other")
    address = os.environ["DATABASE_URL"]

    def run(folder: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
        settings = environment(folder) | {"NEODERMIS_PASSPHRASE": "correct horse battery", "DATABASE_URL": url}
        return subprocess.run([*COMMAND, "clinic", *words], env=settings, text=True, capture_output=True, timeout=200)

    other = address.replace("/clinic?", "/other?")
    first, second = tmp_path / "first.backup", tmp_path / "second.backup"
    steps = (
        (database.parent, address, "backup", first), (tmp_path / "sqlite", "", "restore", first),
        (tmp_path / "sqlite", "", "verify"), (tmp_path / "sqlite", "", "backup", second),
        (tmp_path / "other", other, "restore", second), (tmp_path / "other", other, "verify"),
    )  # fmt: skip
    try:
        for folder, url, *words in steps:
            done = run(folder, url, *map(str, words))
            assert done.returncode == 0, (words, done.stdout, done.stderr)
        again = run(tmp_path / "third", other, "restore", str(second))
        assert again.returncode == 2 and "createdb" in again.stderr and "Traceback" not in again.stderr
        assert rows(connection.copy()) == rows(connection.copy(), "other")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE other WITH (FORCE)")


def rows(connection: Any, name: str = "") -> dict[str, list[str]]:
    """Every row of every table of the application."""
    from django.apps import apps

    if name:
        connection.settings_dict = connection.settings_dict | {"NAME": name}
    found = {}
    with connection.cursor() as cursor:
        for kind in apps.get_models():
            if kind._meta.app_label in ("clinic", "sessions"):
                cursor.execute(f'SELECT to_jsonb(one) FROM "{kind._meta.db_table}" AS one')
                found[kind._meta.db_table] = sorted(json.dumps(row, sort_keys=True, default=str) for row in cursor)
    connection.close()
    assert found["clinic_auditentry"] and found["clinic_draft"]
    return found


@pytest.mark.sqlite
def test_a_server_killed_while_it_writes_loses_nothing() -> None:
    """A small round of ``python -m verification.clinic kill``."""
    found = kill.measure(quick=True)
    assert found["passed"] and found["refused"] == [], found
    assert found["kills"] >= 3 and {"signed", "consent", "addendum"} <= {*found["kinds"]}


@pytest.mark.skipif(SERVER or not PSYCOPG or postgresql.programs() is None, reason="PostgreSQL is not installed")
def test_the_application_runs_on_postgresql() -> None:
    assert postgresql.measure(quick=True)["passed"]


EARLIER = """
import sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", "clinic", sys.argv[1], verbosity=0)
call_command("migrate", "sessions", verbosity=0)
import datetime, hashlib, uuid
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from neodermis.clinic import audit
from neodermis.clinic.models import Job
from neodermis.documents import replacing

then = MigrationLoader(connection).project_state(("clinic", sys.argv[1])).apps
left = [kind for kind in then.get_models() if kind._meta.app_label == "clinic" and kind.__name__ != "AuditEntry"]
made, entries = {}, then.get_model("clinic", "auditentry").objects
while left:
    kind = next(one for one in left if all(
        field.related_model in made for field in one._meta.concrete_fields if field.is_relation))
    left.remove(kind)
    values = {}
    for field in kind._meta.concrete_fields:
        if field.is_relation:
            values[field.name] = made[field.related_model]
        elif isinstance(field, models.UUIDField):
            values[field.name] = uuid.uuid4()
        elif isinstance(field, models.JSONField):
            values[field.name] = {"text": "\u00e9", "number": 1.5, "list": [1, None]}
        elif isinstance(field, models.DateTimeField):
            values[field.name] = datetime.datetime(2026, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
        elif isinstance(field, models.DateField):
            values[field.name] = datetime.date(2026, 2, 3)
        elif isinstance(field, (models.CharField, models.TextField)):
            values[field.name] = kind.__name__[: field.max_length]
        elif isinstance(field, models.BinaryField):
            values[field.name] = b"bytes"
        elif not isinstance(field, models.AutoField):
            values[field.name] = 1
    made[kind] = one = kind(**values)
    one.save(force_insert=True)
    followed = "asked_at" in values and sys.argv[1] >= "0007"  # calculations are in the trail since then
    if "version" not in values and not followed:
        continue
    state = {field.attname: audit.plain(getattr(one, field.attname)) for field in kind._meta.concrete_fields}
    if followed:
        kind.waiting = Job.waiting
        state = Job.kept(kind.objects.get())
    if kind.__name__ == "Practice":
        state["logo"] = hashlib.sha256(one.logo).hexdigest()
    if kind.__name__ == "Account":
        for name in ("last_login", "totp_step"):
            state.pop(name, None)
        for name in {"password", "totp_key", "recovery"} & {*state}:
            text = "".join(state[name])
            state[name] = hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
    last = entries.order_by("-number").first()
    entry = entries.model(
        number=1 if last is None else last.number + 1, at="2026", account="earlier", origin="", action="created",
        kind=kind._meta.model_name, key=str(one.pk), before=None, after=state,
        previous=audit.START if last is None else last.hash)
    entry.hash = audit.hash_of(entry)
    entry.save(force_insert=True)
    audit._keep(audit.Head(entry.number, entry.hash))
"""
MIGRATIONS = sorted(path.stem for path in (Path(databases.__file__).parents[1] / "migrations").glob("0*.py"))


@pytest.mark.sqlite
@pytest.mark.parametrize("version", [MIGRATIONS[0], MIGRATIONS[-2]])
def test_a_populated_database_of_an_earlier_version_is_brought_forward(version: str, tmp_path: Path) -> None:
    """Every kind of row of that version with its entry of the trail; this version finds all of it as it was written."""
    settings = environment(tmp_path) | {"DJANGO_SETTINGS_MODULE": "neodermis.clinic.settings"}
    subprocess.run([sys.executable, "-c", EARLIER, version], env=settings, check=True, timeout=120)

    def stored() -> dict[str, list[dict[str, Any]]]:
        with closing(sqlite3.connect(tmp_path / "clinic.sqlite3")) as one:
            one.row_factory = sqlite3.Row
            made = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'clinic_%'"
            tables = [row["name"] for row in one.execute(made)]
            return {name: [dict(row) for row in one.execute(f'SELECT * FROM "{name}"')] for name in tables}

    before = stored()
    assert all(before.values()) and len(before) >= 4
    done = subprocess.run([*COMMAND, "clinic", "verify"], env=settings, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    after = stored()
    for name, rows in before.items():
        for old, new in zip(rows, after[name], strict=True):
            assert new.items() >= old.items(), name
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite3")) as one:
        assert (
            one.execute("SELECT max(name) FROM django_migrations WHERE app = 'clinic'").fetchone()[0] == MIGRATIONS[-1]
        )
