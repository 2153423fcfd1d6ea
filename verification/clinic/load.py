"""Eight users at the same time.

Each user works for two minutes without a pause: reads pages, saves patients, records of sessions and consents, moves
the slider of a changed plan, and asks for a page of an empty Django project that a second server of the same kind
answers on the same machine. The answers to the slider must state as many draws as before the load. A first round, in
which the model is compiled, is not counted.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from verification.clinic.served import PROTOCOL, Lost, User, environment, filled, free_port, serve

TITLE: Final = "Eight users at the same time"
_USERS: Final = 8
_EMPTY: Final = """
import sys
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=sys.modules[__name__])
urlpatterns = [path("", lambda request: HttpResponse("empty"))]
from django.core.wsgi import get_wsgi_application
from waitress import create_server
server = create_server(get_wsgi_application(), host="localhost", port=int(sys.argv[1]), threads=8)
print("serving", flush=True)
server.run()
"""
#: What a user does, with how often it is done of 20 steps.
_STEPS: Final = {
    "today": 2, "patients": 1, "patient": 3, "consultation": 2, "screening": 2, "session": 2, "what-if": 3,
    "save patient": 1, "save session": 2, "save consent": 1, "empty page": 1,
}  # fmt: skip
#: Steps that ask for nothing but one page.
_PAGES: Final = {
    "today": "/", "patients": "/patients/", "patient": "/patients/{patient}/", "session": "/sessions/{session}/",
    "consultation": "/consultations/{consultation}/", "screening": "/consultations/{consultation}/screening/",
}  # fmt: skip


class Worker(threading.Thread):
    """A user who works until a time."""

    def __init__(self, number: int, ports: tuple[int, int], made: list[dict[str, str]]) -> None:
        super().__init__(daemon=True)
        self.user, self.empty = User(ports[0], f"user{number}"), User(ports[1], "")
        self.made, self.dice, self.until = made, random.Random(number), 0.0
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.failed: list[str] = []
        self.draws: set[str] = set()

    def run(self) -> None:
        names, weights = zip(*_STEPS.items(), strict=True)
        while time.monotonic() < self.until:
            try:
                self.step(self.dice.choices(names, weights)[0])
            except Lost as lost:
                self.failed.append(f"lost: {lost}")

    def timed(self, name: str, user: User, path: str, fields: dict[str, str] | None = None, wanted: int = 200) -> str:
        begun = time.monotonic()
        status, text, _ = user.ask(path, fields)
        self.seconds[name].append(time.monotonic() - begun)
        if status != wanted:
            self.failed.append(f"{name}: {status} for {path}")
        return text

    def step(self, name: str) -> None:
        one, mark = self.dice.choice(self.made), f"{self.user.name} {self.dice.random():.6f}"
        if name == "empty page":
            self.timed(name, self.empty, "/")
        elif name in _PAGES:
            self.timed(name, self.user, _PAGES[name].format(**one))
        elif name == "what-if":
            self.what_if(one)
        elif name == "save consent":
            sheet = {"text_version": mark, "day": date.today().isoformat(), "signer": "patient"}
            self.timed(name, self.user, f"/patients/{one['patient']}/consent/", sheet, 302)
        else:  # of a record that is this user's alone, so that nobody is told of a conflict
            own = self.made[int(self.user.name.removeprefix("user"))]
            path, field = {
                "save patient": (f"/patients/{own['patient']}/change/", "chart_number"),
                "save session": (f"/sessions/{own['session']}/", "remarks"),
            }[name]
            self.timed(name, self.user, path, self.user.entries(path) | {field: mark}, 302)

    def what_if(self, one: dict[str, str]) -> None:
        depth, count = self.dice.randrange(10, 31) * 0.05, self.dice.randint(2, 8)
        path = f"/consultations/{one['consultation']}/changed/?protocol={PROTOCOL.replace(' ', '+')}"
        text = self.timed("what-if", self.user, f"{path}&depth_mm.cheek={depth:.2f}&passes.cheek={count}")
        self.draws |= {*re.findall(r"(\d+) draws", text)} or {"none"}


def measure(quick: bool) -> dict[str, Any]:
    """Let the users work; the times of their steps."""
    lasting, ports = (10 if quick else 120), (free_port(), free_port())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = filled(folder, patients=2 * _USERS if quick else 50, users=_USERS)
        empty = subprocess.Popen(
            [sys.executable, "-c", _EMPTY, str(ports[1])], text=True, stdout=subprocess.PIPE, env=environment(folder)
        )
        begun = time.monotonic()
        server = serve(folder, ports[0])
        start = time.monotonic() - begun
        workers = [Worker(number, ports, made) for number in range(_USERS)]
        try:
            for one in workers:
                one.user.log_in()
            first = Worker(0, ports, made)
            first.user = workers[0].user
            for name in _STEPS:
                first.step(name)
            until = time.monotonic() + lasting
            for one in workers:
                one.until = until
                one.start()
            for one in workers:
                one.join()
        finally:
            for process in (server, empty):
                process.kill()
                process.communicate()
        log = (folder / "serve.log").read_text()
    failed = [*first.failed, *(each for one in workers for each in one.failed)]
    failed += [f"log: {log[-1000:]}"] if "Traceback" in log else []
    taken = {name: np.concatenate([one.seconds[name] for one in workers]) for name in _STEPS}
    draws = sorted(set[str]().union(*(one.draws for one in workers)))
    unloaded = sorted(first.draws)
    return {
        "start_seconds": start, "alone_ms": {name: 1000 * first.seconds[name][-1] for name in _STEPS},
        "requests": sum(map(len, taken.values())), "failed": failed, "draws": draws, "draws_before": unloaded,
        "ms": {
            name: {"n": len(each), "median": 1000 * np.median(each), "p95": 1000 * np.quantile(each, 0.95)}
            for name, each in taken.items() if len(each)
        },
        "passed": not failed and draws == unloaded and draws != ["none"],
    }  # fmt: skip


def lines(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found['requests']} requests in two minutes, {len(found['failed'])} failed; draws of a changed plan: "
        f"{', '.join(found['draws'])} (before the load: {', '.join(found['draws_before'])}). `neodermis serve` "
        f"answered {found['start_seconds']:.1f} s after it was started."
    )
    yield ""
    yield "| step | requests | median (ms) | 95th percentile (ms) |"
    yield "|---|---|---|---|"
    for name, one in found["ms"].items():
        yield f"| {name} | {one['n']} | {one['median']:.0f} | {one['p95']:.0f} |"
