"""``neodermis serve`` as a user starts it: data folder, first account, refusals."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sqlite
COMMAND = [sys.executable, "-m", "neodermis"]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"NEODERMIS_DATA": str(folder), "NEODERMIS_CLINIC_DEMO": "0"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])


def started(folder: Path, port: int, *options: str) -> tuple[subprocess.Popen[str], list[str]]:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--no-browser", "--port", str(port), *options], env=environment(folder), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        # tests that run in the background ignore the interrupt, and what they start inherits that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("serving on"):
            return process, lines
    raise AssertionError("\n".join(lines))


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], env=environment(folder), text=True, capture_output=True, timeout=120)


def test_a_bare_machine(tmp_path: Path) -> None:
    folder, port = tmp_path / "new" / "clinic", free_port()
    process, lines = started(folder, port)
    try:
        link = re.search(r"http://\S+/setup/\S+/", "\n".join(lines))
        assert link is not None
        page = urllib.request.urlopen(link[0]).read().decode()
        assert "First account" in page
        assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "clinic.sqlite3").stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        secret = (folder / "secret_key").read_text().strip()
        taken = run(folder, "serve", "--no-browser", "--port", str(port))
        assert taken.returncode == 2 and "choose another port" in taken.stderr and "Traceback" not in taken.stderr
        for _ in range(20):  # browsers that hang up before they have the answer do not end the program
            with socket.create_connection(("localhost", port)) as wire:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                wire.sendall(b"GET /static/clinic/htmx-2.0.11.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
                wire.recv(1)
        assert urllib.request.urlopen(link[0]).status == 200 and process.poll() is None
        with closing(sqlite3.connect(folder / "clinic.sqlite3")) as other:
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert secret not in rest + "\n".join(lines) and "Traceback" not in rest
    assert process.returncode == 0
    again, lines = started(folder, port)
    again.kill()
    again.communicate()
    assert re.search("/setup/", "\n".join(lines)), "the first account is still to be made"
    assert link[0] not in "\n".join(lines)
    assert run(folder, "clinic", "verify").returncode == 0


def test_the_demonstration_has_patients_and_a_login(tmp_path: Path) -> None:
    process, lines = started(tmp_path, free_port(), "--demo")
    process.kill()
    process.communicate()
    assert re.search(r"log in as demo with the password \S{12}", "\n".join(lines))
    with closing(sqlite3.connect(tmp_path / "demo" / "clinic.sqlite3")) as other:
        assert other.execute("SELECT count(*) FROM clinic_patient").fetchone() == (6,)
    assert not (tmp_path / "clinic.sqlite3").exists()
    assert run(tmp_path, "clinic", "verify", "--demo").returncode == 0


@pytest.mark.parametrize("damage", ["not a database", "cut", "newer", "no extra", "no folder"])
def test_what_cannot_be_served_is_refused_with_what_to_do(
    damage: str, migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "clinic.sqlite3"
    says, words = "neodermis clinic restore", ["serve", "--no-browser"]
    if damage == "not a database":
        database.write_bytes(os.urandom(5000))
    elif damage == "cut":
        whole = migrated.read_bytes()
        database.write_bytes(whole[: len(whole) // 2])
    elif damage == "newer":
        database.write_bytes(migrated.read_bytes())
        with closing(sqlite3.connect(database)) as other, other:
            other.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('clinic', '9999_next', '2030-01-01')"
            )
        says = "install the newer version"
    elif damage == "no extra":
        (tmp_path / "hide").mkdir()
        (tmp_path / "hide" / "sitecustomize.py").write_text(
            "import importlib.util as u\nfound = u.find_spec\n"
            "u.find_spec = lambda name, *rest: None if name == 'waitress' else found(name, *rest)\n"
        )
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'hide'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        says = "pip install 'neodermis[clinic]'"
    else:
        (tmp_path / "file").write_text("")
        says, tmp_path = "NEODERMIS_DATA", tmp_path / "file" / "below"
    done = run(tmp_path, *words)
    assert done.returncode in (1, 2) and says in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_database_is_not_verified(tmp_path: Path) -> None:
    done = run(tmp_path, "clinic", "verify")
    assert done.returncode == 2 and "neodermis serve" in done.stderr


def test_verify_names_what_was_changed_and_ends_with_status_1(migrated: Path, tmp_path: Path) -> None:
    database = tmp_path / "clinic.sqlite3"
    database.write_bytes(migrated.read_bytes())
    with closing(sqlite3.connect(database)) as other, other:
        other.execute(
            "INSERT INTO clinic_patient (id, version, number, chart_number, sex) VALUES (?, 1, 9, '', '')", ["ab" * 16]
        )
    done = run(tmp_path, "clinic", "verify")
    assert done.returncode == 1 and "added without an entry" in done.stdout


WRITER = """
import sys
from neodermis.clinic.launch import prepare
prepare()
from neodermis.clinic.audit import Origin
from neodermis.clinic.models import Patient
by = Origin("writer", "")
start = int(sys.argv[1])
for n in range(start, start + 500):
    Patient(number=n, chart_number=f"C{n}", sex="female", birth_year=1980).write(by)
    print(n, flush=True)
"""


def test_the_settings_of_a_server_with_tls_pass_the_check_for_deployment(tmp_path: Path) -> None:
    settings: dict[str, Any] = environment(tmp_path) | {
        "NEODERMIS_TLS": "1", "DJANGO_SETTINGS_MODULE": "neodermis.clinic.settings"
    }  # fmt: skip
    settings.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # it is for the process of the tests alone
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"], env=settings, text=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    plan = subprocess.run(
        [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "clinic"], env=settings, text=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert plan.returncode == 0, plan.stdout
