"""The tests of the clinic application on PostgreSQL.

A server is started for the purpose, without a network, and removed afterwards; the tests in `tests/clinic` then run on
it as they run on SQLite. Tests that look into the file of SQLite are left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

TITLE: Final = "The tests on PostgreSQL"
ROOT: Final = Path(__file__).parents[2]
#: Account that PostgreSQL runs under where this program is run by root, for whom it refuses to run.
_ACCOUNT: Final = "postgres"
_PROGRAMS: Final = ("initdb", "pg_ctl", "createdb", "postgres")
_QUICK: Final = ("test_database.py", "test_audit.py")


def programs() -> Path | None:
    """Folder of PostgreSQL's programs; None where it is not installed."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name), reverse=True)
    return next((one for one in places if all((one / each).exists() for each in _PROGRAMS)), None)


@contextmanager
def server() -> Iterator[str]:
    """A PostgreSQL server of its own with an empty database; the address of that."""
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    account: dict[str, Any] = {"user": _ACCOUNT, "group": _ACCOUNT} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="neodermis-postgresql-") as place:
        folder = Path(place)
        if account:
            shutil.chown(folder, _ACCOUNT)

        def run(name: str, *words: str) -> None:
            subprocess.run([found / name, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL, **account)

        run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "clinic", "--no-sync")
        run("pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log", "-w", "-o",
            f"-c listen_addresses='' -c fsync=off -k {folder}", "start")  # fmt: skip
        try:
            run("createdb", "-h", str(folder), "-U", "clinic", "clinic")
            yield f"postgres://clinic@/clinic?host={folder}"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


def measure(quick: bool) -> dict[str, Any]:
    """Run the tests; their numbers."""
    tests = [f"tests/clinic/{name}" for name in _QUICK] if quick else ["tests/clinic"]
    with server() as address, tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:xdist", "-q", f"--junitxml={report}", *tests], cwd=ROOT,
            env=os.environ | {"DATABASE_URL": address},
        )  # fmt: skip
        suite = Xml.parse(report).getroot().find("testsuite")
    assert suite is not None
    count = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    told = subprocess.run([programs() / "postgres", "--version"], text=True, capture_output=True).stdout  # type: ignore[operator]
    number = re.search(r"\d+(\.\d+)*", told)
    return count | {"postgresql": number[0] if number else told, "passed": done.returncode == 0}


def lines(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"PostgreSQL {found['postgresql']}: {found['tests'] - found['skipped']} tests, {found['failures']} failures, "
        f"{found['errors']} errors; {found['skipped']} left out."
    )
