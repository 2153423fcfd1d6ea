"""``neodermis serve`` and the commands on its data: database, server, check of the trail."""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
import threading
import webbrowser
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from neodermis.clinic.folder import DATABASE, VARIABLE, data_folder
from neodermis.errors import InputError, RunError

#: Packages of the extra, by the name under which each is imported.
_NEEDED: Final = ("argon2", "axes", "cryptography", "django", "waitress", "whitenoise")
_THREADS: Final = 8


def prepare(*, demo: bool = False) -> Path:
    """Make Django and the database ready; the data folder.

    Raises
    ------
    InputError
        The packages of the extra are missing.
    RunError
        The database is damaged, or of a newer version.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            "clinic application", accepted="the packages of the extra clinic; missing: " + ", ".join(missing),
            whose="the clinic application", next_step="run: pip install 'neodermis[clinic]'",
        )  # fmt: skip
    os.umask(0o077)  # what this process writes is its owner's alone
    folder = data_folder(demo=demo)
    _check_file(folder / DATABASE)
    os.environ["NEODERMIS_CLINIC_DEMO"] = "1" if demo else "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "neodermis.clinic.settings"
    import django

    django.setup()
    _migrate()
    return folder


def _check_file(path: Path) -> None:
    """Refuse a damaged database before anything is written to it."""
    if not path.exists():
        return
    try:
        with sqlite3.connect(path) as connection:
            told = [row[0] for row in connection.execute("PRAGMA quick_check")]
    except sqlite3.DatabaseError as error:
        told = [str(error)]
    if told != ["ok"]:
        raise RunError(
            "database is damaged", value=str(path), accepted=f"a sound SQLite database ({told[0]})",
            whose="SQLite", next_step="stop every program that uses it and put back a copy of the data folder",
        )  # fmt: skip


def _migrate() -> None:
    """Bring the database to this version; refuse one of a newer version."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    unknown = sorted(name for app, name in loader.applied_migrations if app == "clinic" and ("clinic", name) not in
                     loader.disk_migrations)  # fmt: skip
    if unknown:
        raise RunError(
            "database is of a newer version", value=str(settings.FOLDER / DATABASE),
            accepted=f"a database of this version or an older one (it has {unknown[-1]})", whose="this version",
            next_step=f"install the newer version again, or set {VARIABLE} to another folder",
        )  # fmt: skip
    call_command("migrate", verbosity=0, interactive=False)


def serve(*, host: str, port: int, browser: bool, demo: bool, say: Callable[[str], None]) -> None:
    """Serve the pages until the program is stopped.

    Raises :class:`InputError` for an address that cannot be used; otherwise as :func:`prepare`.
    """
    folder = prepare(demo=demo)
    _check_address(host, port)
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from waitress import create_server

    from neodermis.clinic.models import Account

    if host not in settings.ALLOWED_HOSTS and host not in ("0.0.0.0", "::"):
        settings.ALLOWED_HOSTS.append(host)
    application = get_wsgi_application()
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    say(f"data folder: {folder}")
    if demo:
        from neodermis.clinic.demonstration import fill

        for line in fill():
            say(line)
    elif not Account.objects.exists():
        settings.SETUP_TOKEN = secrets.token_urlsafe(32)
        say(f"first account (the link works once): {address}setup/{settings.SETUP_TOKEN}/")
    server = create_server(
        application, host=settings.LOOPBACK if host == "localhost" else host, port=port, threads=_THREADS, ident="",
        clear_untrusted_proxy_headers=not settings.TLS,
    )  # fmt: skip
    from neodermis.clinic import jobs

    stop = jobs.start()
    say(f"serving on {address} (Ctrl-C stops it)")
    if browser:
        start = f"{address}setup/{settings.SETUP_TOKEN}/" if settings.SETUP_TOKEN else address
        threading.Timer(0.5, webbrowser.open, [start]).start()
    try:
        server.run()
    except KeyboardInterrupt:
        say("stopped")
    finally:
        stop()
        server.close()


def _check_address(host: str, port: int) -> None:
    """Refuse an address that another program uses or that this computer does not have."""
    try:
        family = socket.AF_INET if host == "localhost" else socket.AF_UNSPEC
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
    except (OSError, UnicodeError) as error:
        raise InputError(
            field="port", value=f"{host} port {port}", accepted="a free port of an address of this computer "
            f"({getattr(error, 'strerror', None) or error})", whose="the operating system",
            next_step="stop the program that uses it, or choose another port",
        ) from error  # fmt: skip


def verify(*, demo: bool = False) -> list[str]:
    """Faults of the audit trail and of the records, each a sentence; empty where there is none."""
    folder = data_folder(demo=demo)
    if not (folder / DATABASE).exists():
        raise InputError(
            "database", value=str(folder / DATABASE), accepted="a data folder of the clinic application",
            whose="this command", next_step="run neodermis serve once, or name the folder in "
            f"the environment variable {VARIABLE}",
        )  # fmt: skip
    prepare(demo=demo)
    from neodermis.clinic import audit

    return [*audit.verify()]
