"""``neodermis serve`` and the commands on its data: database, server, check of the trail."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from neodermis.clinic import database
from neodermis.clinic.folder import VARIABLE, data_folder
from neodermis.errors import InputError, RunError

#: Packages of the extra, by the name under which each is imported.
_NEEDED: Final = ("argon2", "axes", "cryptography", "django", "waitress", "whitenoise")
_THREADS: Final = 8
#: What the server with the certificate tells: from which computer a request comes, and that it came encrypted.
_PROXY: Final = {"trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}, "trusted_proxy_count": 1}
#: Body of a request beyond which the server ends the connection; below it the application answers in words.
_MOST_BYTES: Final = 10_000_000


def prepare(*, demo: bool = False) -> Path:
    """Make Django and the database ready; the data folder.

    Raises
    ------
    InputError
        The packages of the extra are missing.
    RunError
        The database is damaged, or of a newer version.
    """
    folder = set_up(demo=demo)
    migrate()
    return folder


def set_up(*, demo: bool = False) -> Path:
    """Make Django ready for a database that :func:`database.check` accepts; the data folder; errors as there."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            "clinic application", accepted="the packages of the extra clinic; missing: " + ", ".join(missing),
            whose="the clinic application", next_step="run: pip install 'neodermis[clinic]'",
        )  # fmt: skip
    os.umask(0o077)  # what this process writes is its owner's alone
    folder = data_folder(demo=demo)
    database.check(folder, demo=demo)
    os.environ["NEODERMIS_CLINIC_DEMO"] = "1" if demo else "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "neodermis.clinic.settings"
    import django

    django.setup()
    return folder


def migrate(alias: str = "default") -> None:
    """Bring a database to this version; raise :class:`RunError` for one of a newer version."""
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader

    connection = connections[alias]
    loader = MigrationLoader(connection)
    unknown = sorted(name for app, name in loader.applied_migrations if app == "clinic" and ("clinic", name) not in
                     loader.disk_migrations)  # fmt: skip
    if unknown:
        raise RunError(
            "database is of a newer version", value=str(connection.settings_dict["NAME"]),
            accepted=f"a database of this version or an older one (it has {unknown[-1]})", whose="this version",
            next_step=f"install the newer version again, or set {VARIABLE} to another folder",
        )  # fmt: skip
    call_command("migrate", database=alias, verbosity=0, interactive=False)


def serve(*, host: str, port: int, browser: bool, demo: bool, say: Callable[[str], None]) -> None:
    """Serve the pages until the program is stopped.

    Raises :class:`InputError` for an address that cannot be used; otherwise as :func:`prepare`.
    """
    folder = prepare(demo=demo)
    _check_address(host, port)
    release = database.only_server(folder)
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from waitress import create_server

    from neodermis.clinic.models import Account

    if hasattr(signal, "SIGPIPE"):  # a browser that hangs up ends its request and not the program
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if host not in settings.ALLOWED_HOSTS and host not in ("0.0.0.0", "::"):  # compared, not bound # nosec B104
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
        clear_untrusted_proxy_headers=True, max_request_body_size=_MOST_BYTES,
        **(_PROXY | {"trusted_proxy": settings.LOOPBACK} if settings.TLS else {}),
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
        release()


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
    if not database.check(folder, demo=demo):
        raise InputError(
            "data folder", value=str(folder), accepted="a data folder of the clinic application with its database",
            whose="this command", next_step="run neodermis serve once, or name the folder in "
            f"the environment variable {VARIABLE}",
        )  # fmt: skip
    prepare(demo=demo)
    from django.db import transaction

    from neodermis.clinic import audit

    with transaction.atomic():  # nobody writes between the look at the trail and that at the records
        return [*audit.verify()]
