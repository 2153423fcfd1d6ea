"""`neodermis serve` is killed while it writes.

Four users write at the same time: consents, the record of sessions with their signature, addenda and changes of
patients. After a random number of writes the server is ended with `kill -9`, and started again. A write counts as
confirmed when its user saw the answer. After every kill SQLite checks the file; at the end every confirmed write must
be stored, every signed session whole (signer, time, protocol, verdict, consent and entries) and as its entry of the
audit trail says, and `neodermis clinic verify` must find nothing. A killed process shows what the application loses,
not what the disk does: that rests on SQLite's write-ahead log with `synchronous=FULL`.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from verification.clinic.served import COMPLETE, PASSWORD, Lost, User, environment, filled, free_port, serve

TITLE: Final = "Killed while it writes"
_USERS: Final = 4
#: What has to be among the writes, and the kills after which it is no longer waited for.
_KINDS: Final = {"signed", "consent", "addendum"}
_MOST: Final = 30


class Writer(threading.Thread):
    """A user that writes through its own patients until it is stopped; what was confirmed."""

    def __init__(self, number: int, port: int, own: list[dict[str, str]], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.user, self.own, self.stop, self.dice = User(port, f"user{number}"), own, stop, random.Random(number)
        self.confirmed: list[tuple[str, str, str]] = []
        self.refused: list[str] = []

    def run(self) -> None:
        again = 0
        while not self.stop.is_set():
            try:
                if "sessionid" not in self.user.cookies:
                    self.user.log_in()
                again += 1
                for one in self.own:
                    self.patient(one, again)
                    if self.stop.is_set():
                        return
            except Lost:
                time.sleep(0.2)

    def sent(self, kind: str, path: str, fields: dict[str, str], key: str, mark: str) -> None:
        status, text, _ = self.user.ask(path, fields)
        if status == 302:
            self.confirmed.append((kind, key, mark))
        elif status != 503:
            self.refused.append(f"{kind} {status}: {text[:2000]}")

    def patient(self, one: dict[str, str], again: int) -> None:
        chart = f"{self.user.name}-{again}"
        now = self.user.entries(f"/patients/{one['patient']}/change/")
        own = f"{chart}-{one['patient'][:8]}"  # a chart number belongs to one patient
        self.sent("patient", f"/patients/{one['patient']}/change/", now | {"chart_number": own}, one["patient"], own)
        sheet = {"text_version": chart, "day": date.today().isoformat(), "signer": "patient"}
        self.sent("consent", f"/patients/{one['patient']}/consent/", sheet, one["patient"], chart)
        status, _, place = self.user.ask(f"/courses/{one['course']}/sessions/", {})
        if status == 302:
            key = place.strip("/").rpartition("/")[2]
            entries = self.user.entries(place) | COMPLETE | {"remarks": chart}
            self.sent("kept", place, entries, key, chart)
            entries = self.user.entries(place) | COMPLETE | {"remarks": chart, "password": PASSWORD}
            self.sent("signed", f"{place}sign/", entries, key, chart)
        for key in {key for kind, key, _ in self.confirmed if kind == "signed"}:
            if all(each[:2] != ("addendum", key) for each in self.confirmed) or self.dice.random() < 0.2:
                more = {"text": f"{chart} {key}", "reason": "correction", "password": PASSWORD}
                self.sent("addendum", f"/sessions/{key}/addendum/", more, key, more["text"])


def broken(database: Path, confirmed: list[tuple[str, str, str]]) -> Iterator[str]:
    """What was confirmed and is not stored whole."""
    with closing(sqlite3.connect(database)) as one:
        one.row_factory = sqlite3.Row
        told = {
            (row["kind"], row["key"]): json.loads(row["after"])
            for row in one.execute("SELECT * FROM clinic_auditentry WHERE after IS NOT NULL ORDER BY number")
        }
        charts = {
            (row["key"], json.loads(row["after"])["chart_number"])
            for row in one.execute("SELECT key, after FROM clinic_auditentry WHERE kind = 'patient'") if row["after"]
        }  # fmt: skip
        consents = {
            (row["patient_id"], row["text_version"]) for row in one.execute("SELECT * FROM clinic_consent")
        }  # fmt: skip
        addenda = {(row["session_id"], row["text"]) for row in one.execute("SELECT * FROM clinic_addendum")}
        sessions = {row["id"]: dict(row) for row in one.execute("SELECT * FROM clinic_session")}
    for key, row in sessions.items():
        parts = ("signed_by", "signed_at", "protocol", "verdict", "consent_id")
        if any(row[part] for part in parts) and not all(row[part] for part in parts):
            yield f"session {key} is half signed"
    for kind, key, mark in confirmed:
        plain = key.replace("-", "")
        if kind == "patient" and (key, mark) not in charts:
            yield f"{kind} {key} {mark} is lost"
        if kind == "consent" and (plain, mark) not in consents:
            yield f"{kind} {key} {mark} is lost"
        if kind == "addendum" and (plain, mark) not in addenda:
            yield f"{kind} {key} {mark} is lost"
        if kind == "signed":
            row, entry = sessions.get(plain), told.get(("session", key))
            if row is None or not row["signed_at"] or not json.loads(row["entries"]).items() >= COMPLETE.items():
                yield f"{kind} {key} is lost"
            elif (
                entry is None
                or entry["signed_by"] != row["signed_by"]
                or entry["entries"] != json.loads(row["entries"])
            ):
                yield f"{kind} {key} is not as its entry of the audit trail says"


def written(writers: list[Writer]) -> int:
    return sum(len(one.confirmed) for one in writers)


def kinds(writers: list[Writer]) -> set[str]:
    return {kind for one in writers for kind, _, _ in one.confirmed}


def measure(quick: bool) -> dict[str, Any]:
    """Kill the server until enough writes are confirmed."""
    enough, dice, port = (40 if quick else 500), random.Random(23), free_port()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = filled(folder, patients=_USERS * (4 if quick else 20), users=_USERS)
        stop = threading.Event()
        writers = [Writer(number, port, made[number::_USERS], stop) for number in range(_USERS)]
        kills, faults = 0, []
        server = serve(folder, port)
        for one in writers:
            one.start()
        while (before := written(writers)) < enough or kills < 3 or (kills < _MOST and not kinds(writers) >= _KINDS):
            some = dice.randint(10, 40) if quick else dice.randint(1, 50)
            while written(writers) < before + some and any(one.is_alive() for one in writers):
                time.sleep(0.02)
            time.sleep(dice.uniform(0, 0.2))  # in the middle of whatever is being written then
            server.kill()
            server.communicate()
            kills += 1
            with closing(sqlite3.connect(folder / "clinic.sqlite3")) as one:
                if one.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                    faults.append(f"the database is damaged after kill {kills}")
            if not any(one.is_alive() for one in writers):
                faults.append("the writers ended")
                break
            server = serve(folder, port)
        server.kill()
        server.communicate()
        stop.set()
        for one in writers:
            one.join(30)
        confirmed = [each for one in writers for each in one.confirmed]
        faults += broken(folder / "clinic.sqlite3", confirmed)
        refused = [each for one in writers for each in one.refused]
        verified = subprocess.run(
            [sys.executable, "-m", "neodermis", "clinic", "verify"], env=environment(folder), text=True,
            capture_output=True,
        )  # fmt: skip
        if verified.returncode:
            faults.append(verified.stdout + verified.stderr)
        with suppress(OSError):
            log = (folder / "serve.log").read_text()
            faults += ["Traceback in the log: " + log[-1500:]] if "Traceback" in log else []
    counts = Counter(kind for kind, _, _ in confirmed)
    return {"confirmed": len(confirmed), "kinds": dict(sorted(counts.items())), "kills": kills, "faults": faults,
            "refused": refused, "passed": not faults}  # fmt: skip


def lines(found: dict[str, Any]) -> Iterator[str]:
    words = {"patient": "changes of patients", "consent": "consents", "kept": "records kept", "signed":
             "sessions signed", "addendum": "addenda"}  # fmt: skip
    kinds = ", ".join(f"{found['kinds'].get(name, 0)} {text}" for name, text in words.items())
    yield (
        f"{found['confirmed']} confirmed writes ({kinds}), {found['kills']} kills: {len(found['faults'])} faults. "
        f"Requests that a form refused: {len(found['refused'])}."
    )
    if found["refused"]:
        yield ""
        yield "They do not count as writes. The first: " + found["refused"][0]
