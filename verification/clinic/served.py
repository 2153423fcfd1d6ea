"""The application as a clinic runs it: invented patients, ``neodermis serve``, and the requests of a browser.

``python -m verification.clinic.served PATIENTS USERS`` fills the data folder of this environment.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import urllib.parse
from datetime import date, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Final

PASSWORD: Final = "a long enough sentence"
PROTOCOL: Final = "3 sessions every 30 days: exceed; cheek 1 mm, 6 passes"
#: What is entered in the record of a session beside what the plan fills in.
COMPLETE: Final = {
    "licence": "D 1234", "anaesthetic": "none", "pain": "4", "zone.cheek.end_point": "pinpoint bleeding",
    "zone.cheek.bleeding": "pinpoint", "session.cartridge_lot": "A 77",
    "session.cartridge_expires": (date.today() + timedelta(days=90)).isoformat(), "session.cartridge_reused": "no",
    "session.cartridge_sterile": "yes",
}  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"NEODERMIS_DATA": str(folder), "NEODERMIS_CLINIC_DEMO": "0", "DATABASE_URL": ""}


def filled(folder: Path, *, patients: int, users: int) -> list[dict[str, str]]:
    """Make accounts ``user0`` … and patients with a consultation, an adopted plan and its first session; their keys."""
    done = subprocess.run(
        [sys.executable, "-m", "verification.clinic.served", str(patients), str(users)], env=environment(folder),
        text=True, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    made: list[dict[str, str]] = json.loads(done.stdout)
    return made


def fill(patients: int, users: int) -> None:
    from neodermis.clinic.launch import prepare

    prepare()
    import tomllib
    from importlib.metadata import version

    from django.contrib.auth.hashers import make_password

    from neodermis.care.consultation import example
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Account, Consultation, Course, Patient, Session
    from neodermis.clinic.sessions import first_entries, planned

    by, now, day = Origin("verification", ""), version("neodermis"), date.today()
    for number in range(users):
        Account(username=f"user{number}", roles=["practitioner"], password=make_password(PASSWORD)).write(by)
    shipped = {name: value for name, value in tomllib.loads(example()).items() if name not in ("today", "consent")}
    made = []
    for number in range(1, patients + 1):
        known = shipped["patient"]
        patient = Patient(number=number, sex=known["sex"], birth_year=day.year - known["age"], phototype=2).write(by)
        asked = Consultation(patient=patient, day=day, answers=shipped, neodermis=now).write(by)
        plan = {"sessions": [{"date": (day + timedelta(days=30 * each)).isoformat()} for each in range(3)]}
        course = Course(
            patient=patient, consultation=asked, day=day, protocol=PROTOCOL, plan=plan, neodermis=now
        ).write(by)  # fmt: skip
        entries = first_entries(course, planned(course, 1), "user0")
        session = Session(course=course, number=1, day=day, entries=entries, neodermis=now).write(by)
        keys = {"patient": patient, "consultation": asked, "course": course, "session": session}
        made.append({name: str(one.pk) for name, one in keys.items()})
    print(json.dumps(made))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])


def serve(folder: Path, port: int) -> subprocess.Popen[str]:
    """``neodermis serve`` of a data folder, once it answers."""
    log = (folder / "serve.log").open("a")
    process = subprocess.Popen(
        [sys.executable, "-m", "neodermis", "serve", "--no-browser", "--port", str(port)], env=environment(folder),
        text=True, stdout=subprocess.PIPE, stderr=log,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("serving on"):
            return process
    raise SystemExit(f"neodermis serve ended; its log: {(folder / 'serve.log').read_text()}")


class Lost(Exception):  # noqa: N818  # what a test asks for
    """The server did not answer."""


class User:
    """Requests of a browser that keeps cookies."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name, self.cookies = port, name, SimpleCookie()

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, text and the address of a redirection; of a POST where there are fields.  Raises :class:`Lost`."""
        headers = {"Cookie": "; ".join(f"{key}={one.value}" for key, one in self.cookies.items())}
        body = None
        if fields is not None:
            headers["X-CSRFToken"] = self.cookies["csrftoken"].value
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(fields)
        wire = http.client.HTTPConnection("localhost", self.port, timeout=120)
        try:
            wire.request("GET" if fields is None else "POST", path, body, headers)
            answer = wire.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise Lost(str(error)) from error
        finally:
            wire.close()
        for told in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(told)
        return answer.status, text, answer.headers.get("Location", "")

    def log_in(self) -> None:
        self.ask("/login/")
        status, text, _ = self.ask("/login/", {"username": self.name, "password": PASSWORD})
        if status != 302:
            raise SystemExit(f"{self.name} cannot log in: {status} {text}")

    def entries(self, path: str) -> dict[str, str]:
        """Fields of the form ``answers`` of a page, as they are filled in."""
        text = self.ask(path)[1]
        found: dict[str, str] = {}
        for tag in re.findall(r"<input[^>]*>", text):
            name = re.search(r'\bname="([^"]+)"', tag)
            value = re.search(r'\bvalue="([^"]*)"', tag)
            radio = 'type="radio"' in tag or 'type="checkbox"' in tag
            if name and name[1] not in ("csrfmiddlewaretoken", "password") and (not radio or " checked" in tag):
                found[name[1]] = value[1] if value else ""
        for name, inner in re.findall(r'<select[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', text, re.S):
            chosen = re.search(r'<option value="([^"]*)" selected', inner)
            found[name] = chosen[1] if chosen else ""
        return found


if __name__ == "__main__":
    fill(int(sys.argv[1]), int(sys.argv[2]))
