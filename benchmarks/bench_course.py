"""Speed of a course beside other programs on the same equations, in one run: ratios, courses a second and errors.

``python3 tasks.py bench``.  Peers: libRoadRunner (CVODE, compiled) and COPASI (LSODA) on the document of
``verification/sbml.py``, SciPy on the reference model of ``verification/reference.py``.  Each peer is given the
tolerance,
of a short list, at which it is fastest with an error below 1e-3 of each outcome's largest change, against a solution at
tight tolerance in the same run; the product's error is measured the same way.  Peers solve one person again and again,
with loading, compiling and reading the outcomes off left out; the product's people differ, and their outcomes,
untreated courses and error measurement are part of its time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from scipy.integrate import solve_ivp
from verification import reference, sbml

import neodermis as nd
from neodermis.skin.outcomes import READ

PROTOCOL: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
#: Accepted error of an outcome, as a share of its largest change.
ERROR: Final = 1e-3
#: Relative and absolute tolerances that a peer is tried at; states are of the order of 1e-2 to 1e4.
TOLERANCES: Final = tuple((10.0**-n, 10.0 ** -(n + 3)) for n in (2, 3, 4, 5))
TIGHT: Final = (1e-9, 1e-13)


def seconds(function: Callable[[], Any], repeats: int) -> float:
    """Best wall time of some calls."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def process(*words: str) -> float:
    """A whole process of the command line: seconds, best of three."""
    command = [sys.executable, "-m", "neodermis", *words]
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True), 3)


def ours(people: int) -> nd.Course:
    """The product's course of that many people who differ."""
    return nd.simulate(PROTOCOL, draws=1, people=people, outcomes_only=people > 0)


class Plain:
    """The reference model, solved by one of SciPy's methods."""

    def __init__(self, method: str) -> None:
        self.of, self.method = sbml.case(PROTOCOL), method

    def run(self, days: Any, relative: float, absolute: float) -> None:
        of = self.of
        column = of.column
        y, rows = column.rest(), [column.rest()]
        for start, end in zip(of.session_days, (*of.session_days[1:], days[-1]), strict=True):
            y = column.wounded(y, of.made)
            stops = days[(days > start) & (days <= end)]
            path = solve_ivp(column.change, (start, end), y, self.method, t_eval=stops, rtol=relative, atol=absolute)
            if not path.success:
                raise RuntimeError(path.message)
            rows += list(path.y.T)
            y = path.y[:, -1]
        self.column, self.rows = column, rows

    def outcomes(self) -> dict[str, Any]:
        return sbml.outcomes_by_day(self.column, np.array(self.rows))


class Sbml:
    """The SBML document, solved by one of the programs that read it."""

    def __init__(self, name: str) -> None:
        of = sbml.case(PROTOCOL)
        self.column = of.column
        self.engine = sbml.ENGINES[name](sbml.document(of))

    def run(self, days: Any, relative: float, absolute: float) -> None:
        self.engine.run(days, relative, absolute)

    def outcomes(self) -> dict[str, Any]:
        return sbml.outcomes_by_day(self.column, np.vstack([self.column.rest(), self.engine.states()]))


#: Name → the program that solves, and its argument.
PEERS: Final[dict[str, tuple[Any, str]]] = {
    "libRoadRunner CVODE": (Sbml, "libRoadRunner"),
    "COPASI LSODA": (Sbml, "COPASI"),
    "SciPy DOP853": (Plain, "DOP853"),
    "SciPy LSODA": (Plain, "LSODA"),
}


def timed(
    peer: str, days: Any, tolerance: tuple[float, float], courses: int, barrier: Any
) -> tuple[float, float, dict[str, Any]]:
    """Load a peer, wait for the others, and solve: when it began, when it ended, and the outcomes."""
    kind, argument = PEERS[peer]
    solver = kind(argument)
    solver.run(days, *tolerance)
    if barrier is not None:
        barrier.wait()
    start = time.monotonic()
    for _ in range(courses):
        solver.run(days, *tolerance)
    return start, time.monotonic(), solver.outcomes()


def rate(peer: str, days: Any, tolerance: tuple[float, float], courses: int, processes: int) -> float:
    """Courses a second of some processes at once, from when all are ready until the last is done."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(processes) as pool:
        barrier = manager.Barrier(processes)
        given = [(peer, days, tolerance, courses, barrier)] * processes
        done = pool.starmap(timed, given, chunksize=1)
    return processes * courses / (max(end for _, end, _ in done) - min(start for start, _, _ in done))


def chosen(peer: str, days: Any, error: Callable[[Any], float]) -> tuple[float, tuple[float, float], float]:
    """Seconds of a course in one process at the tolerance where a peer is fastest within the accepted error."""
    kind, argument = PEERS[peer]
    solver, found = kind(argument), []
    for tolerance in TOLERANCES:
        try:
            took = seconds(partial(solver.run, days, *tolerance), 1 if kind is Plain else 5)
        except RuntimeError as failure:  # a loose tolerance may throw a method off its course
            print(f"{peer}, tolerance {tolerance[0]:g}: {failure}", file=sys.stderr)
            continue
        off = error(solver.outcomes())
        if off <= ERROR:
            found.append((took, tolerance, off))
            if kind is Plain:  # slow, and slower still at each further tolerance
                break
    if not found:
        raise RuntimeError(f"{peer}: no tolerance of the list is within {ERROR:g}")
    return min(found)


def peak_mib() -> float:
    """Largest memory of this process so far (MiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0 if sys.platform != "darwin" else 1024.0**2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where the product's own error is beyond what the peers are held to."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_course", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="fewer people and courses: does it run at all")
    quick = parser.parse_args(arguments).quick
    course = ours(0)  # compiled from here on
    one = seconds(lambda: ours(0), 20)
    counts = (100, 200) if quick else (1000, 10000)
    times = {count: seconds(lambda count=count: ours(count), 1) for count in counts}
    memory = peak_mib()
    best = counts[-1] / times[counts[-1]]

    days = course.time_day[1:]
    between = ~np.isin(course.time_day, course.protocol.session_days[1:])  # a peer's session days are after the session
    tight = Sbml("COPASI")
    tight.run(days, *TIGHT)
    exact = tight.outcomes()

    def error(values: Any) -> float:
        """Largest error of an outcome, over its largest change."""
        return max(reference.difference(values[name][between], exact[name][between]) for name in READ)

    # the product reads elastin over that of a young adult, peers over that of the same age
    aged = np.array([tight.column.elastin_left(float(day)) for day in course.time_day])
    central = course.sites["cheek"].central
    own = error({**central, "elastin": central["elastin"] / aged})

    def show(name: str, tolerance: str, off: float, per_second: float) -> None:
        ratio = f"{best / per_second:.1f}"
        print(
            f"{name:<34} {ratio:>12} {per_second:10.2f} {1e3 / per_second:10.2f} {off:8.1e} {tolerance:>10}", flush=True
        )

    print(f"{PROTOCOL}; {course.time_day[-1]:g} days; {os.cpu_count()} cores")
    print(f"each within {ERROR:g} of the largest change of every outcome, against COPASI at {TIGHT[0]:g}")
    print(f"{'':<34} {'ours over it':>12} {'courses/s':>10} {'ms/course':>10} {'error':>8} {'tolerance':>10}")
    show("neodermis, one course", "", own, 1.0 / one)
    for count, wall in times.items():
        show(f"neodermis, {count:,} people", "", own, count / wall)
    for peer in ("libRoadRunner CVODE", "COPASI LSODA") if quick else PEERS:
        took, tolerance, off = chosen(peer, days, error)
        show(f"{peer}, 1 process", f"{tolerance[0]:.0e}", off, 1.0 / took)
        two = rate(peer, days, tolerance, 1 if quick or PEERS[peer][0] is Plain else 20, 2)
        show(f"{peer}, 2 processes", f"{tolerance[0]:.0e}", off, two)
    print(f"ours: {counts[-1]:,} people, all cores; peers: one person, loading and compiling left out")
    print(
        f"--help, whole process: {process('--help'):.2f} s; simulate, 100 draws: {process('simulate', PROTOCOL):.2f} s"
    )
    print(f"peak memory with {counts[-1]:,} people: {memory:.0f} MiB")
    return int(own > ERROR)


if __name__ == "__main__":
    sys.exit(main())
