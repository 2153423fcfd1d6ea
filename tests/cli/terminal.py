"""Shared by the tests of the command line: run a command as a terminal would, in this process or in its own."""

import io
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest

from neodermis.cli import main

EXCEED = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
SHORT = "1 session: exceed; cheek 1 mm, 4 passes"
TWO_SITES = "3 sessions every 6 weeks: pen 12 x 0.25 mm; cheek 1.0 mm, 4 passes; periorbital 0.5 mm, 2 passes"
TOO_DEEP_HERE = "1 session: exceed; periorbital 1.2 mm, 4 passes"
#: The command line in a process of its own, wherever the package is installed.
COMMAND = (sys.executable, "-c", "from neodermis.cli import main; main()")

#: A findings file; each test changes what it is about.
FINDINGS = """
id = "own-study"
source = "own-study"
design = "prospective, uncontrolled"
species = "human"
n = 12
population = "adults"

[[arm]]
id = "needling"
protocol = "1 session: exceed; cheek 1 mm, 4 passes"
rater = "instrument"
age = 30
sex = "female"
phototype = 3

[[arm.finding]]
outcome = "dermal_thickness"
measure = "20 MHz ultrasound"
day = 30
from = "first session"
statistic = "mean"
unit = "mm"
baseline = 1.0
value = 1.1
n = 12
direction = "increase"
locator = "table 2"
"""


@dataclass(frozen=True)
class Ran:
    """What a command left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))


def run(*words: str) -> Ran:
    """``neodermis WORDS`` in this process; an error that nothing caught becomes a traceback and status 1."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", errors=errors) for errors in ("strict", "backslashreplace")]
    out, err = streams
    closed_pipe = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    status = 0
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["neodermis", *words]):
        try:
            main()
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except Exception:
            traceback.print_exc()
            status = 1
        finally:
            if closed_pipe is not None:
                signal.signal(signal.SIGPIPE, closed_pipe)
    printed = []
    for stream in streams:
        stream.flush()
        printed.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    return Ran(status, *printed)


@cache
def ran_once(*words: str) -> Ran:
    """As :func:`run`, for commands that write no file and that several tests look at."""
    ran = run(*words)
    assert ran.status == 0, ran.err
    return ran


def run_alone(*words: str | bytes, command: Sequence[str] = COMMAND, **environment: str) -> Ran:
    """``neodermis WORDS`` in a process of its own."""
    done = subprocess.run(
        [*command, *words], capture_output=True, timeout=120, env={**os.environ, **environment}, check=False
    )
    return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def refused(ran: Ran, *names: str) -> None:
    """Bad input: status 2, nothing printed, and a message that names the word and says what to do."""
    err = ran.err
    shown = err if len(err) < 3000 else f"{err[:1000]} … {err[-1000:]}"
    if "Traceback" in err:
        pytest.fail(shown)
    if (ran.status, ran.out) != (2, ""):
        pytest.fail(f"status {ran.status}; printed {ran.out[:200]!r}; {shown}")
    missing = [name for name in names if name not in err]
    if missing:
        pytest.fail(f"not named: {missing}, in: {shown}")
    usage = "Error: " in err  # the words of the option reader, which names the option and how to get help
    if not usage and not ("accepted: " in err and "do: " in err):
        pytest.fail(f"says not what is accepted and what to do: {shown}")
    if len(err) > 8000:  # the names of all parameters, after the nearest one
        pytest.fail(f"a message of {len(err)} characters is read by nobody")


def shows_only_text(text: str) -> bool:
    """Whether a text can do nothing to a terminal but be read."""
    return all(line.isprintable() for line in text.split("\n"))
