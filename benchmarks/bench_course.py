"""Speed of a course beside SciPy (DOP853) on the same equations, in one run: times and ratios.

``python3 tasks.py bench``.  The peer is the slow plain model of ``verification/reference.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from verification.reference import Column, channels, numbers
from verification.reference import solve as slow_solve

import neodermis as nd
from neodermis.people import Patient
from neodermis.skin.tissue import reference_age_years

PROTOCOL = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"


def seconds(function: object, repeats: int) -> float:
    """Best wall time of some calls."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        function()  # type: ignore[operator]
        best = min(best, time.perf_counter() - start)
    return best


def slow_course() -> float:
    """One central course with SciPy: seconds."""
    shipped = nd.load_parameters()
    values = {p.name: p.value for p in shipped}
    course = nd.simulate(PROTOCOL, draws=1)
    device = course.protocol.device
    reference = Patient(age=45).skin("cheek", shipped).dermis_reference_mm
    made = channels(device.kind, values, numbers(device, 1.5, 6))
    column = Column(values, reference, 45.0, reference_age_years())
    return seconds(lambda: slow_solve(column, made, course.protocol.session_days, course.time_day, rtol=1e-4), 1)


def process(*words: str) -> float:
    """A whole process of the command line: seconds, best of three."""
    command = [sys.executable, "-m", "neodermis", *words]
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True), 3)


def main() -> None:
    nd.simulate(PROTOCOL, draws=1)  # compiled from here on
    one = seconds(lambda: nd.simulate(PROTOCOL, draws=1), 3)
    hundred = seconds(lambda: nd.simulate(PROTOCOL, draws=100), 3)
    thousand = seconds(lambda: nd.simulate(PROTOCOL, draws=1, people=1000), 1)
    slow = slow_course()
    rows = [
        ("neodermis --help, whole process", process("--help"), None),
        ("simulate, 100 draws, whole process, warm", process("simulate", PROTOCOL), None),
        ("one course with its error measured, in process", one, slow / one),
        ("100 draws, in process", hundred, 100 * slow / hundred),
        ("1,000 people, in process", thousand, 1000 * slow / thousand),
        ("SciPy DOP853, rtol 1e-4, the same equations, one course", slow, 1.0),
    ]
    print(f"{PROTOCOL}; {os.cpu_count()} cores")
    print(f"{'':<56} {'seconds':>8} {'x SciPy, each course':>21}")
    for name, wall, ratio in rows:
        print(f"{name:<56} {wall:8.3f} {'' if ratio is None else f'{ratio:.0f}':>21}")
    print(f"{Path(__file__).name}: {1000 / thousand:.0f} people a second")


if __name__ == "__main__":
    main()
