"""The error estimate of each member, compared with solutions on much finer steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, table
from tests.helpers import EXPOSED, drawn, members, read, widened

from neodermis.simulation import solver
from neodermis.simulation.course import output_days
from neodermis.skin import outcomes
from neodermis.skin.outcomes import READ, Readings
from verification.section import Results, Say, Section, Verdict, number
from verification.stepping import TOLERANCE, WIDENING

PLAN: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 10 passes"
UNTIL: Final = 455.0
#: Number of halvings for the exact solution: the finer of the two extrapolated runs.
HALVINGS: Final = 7
#: Error of the extrapolated solution itself.
OWN: Final = 2e-5


def truth(batch: solver.Members, session_days: tuple[float, ...], days: Any) -> Readings:
    """Readings in the limit of fine steps, (members, days)."""
    found = []
    for at in range(0, batch.size, solver.BLOCK):
        part = solver.taken(batch, slice(at, at + solver.BLOCK))
        a, b = (
            solver.solve_block(part, solver.segments(solver.Schedule.of(session_days), UNTIL, halvings)).at(days)
            for halvings in (HALVINGS - 1, HALVINGS)
        )
        found.append([(y + (y - x) / 3.0)[: part.size] for x, y in zip(a, b, strict=True)])
    return Readings(*(np.concatenate(leaves) for leaves in zip(*found, strict=True)))


def measure(quick: bool, say: Say) -> dict[str, Any]:
    """True error of the worst outcome of each member, and its estimate."""
    plan, found = read(PLAN), {}
    days = output_days(plan.session_days, UNTIL)
    for name, parameters in (("stated", None), ("wide", widened(WIDENING))):
        say(f"{name} spreads")
        draws: list[dict[str, Any]] = [{}, *drawn(15 if quick else 159, seed=0, parameters=parameters)]
        batch = members(plan, [row | ({"patient": EXPOSED} if k % 2 else {}) for k, row in enumerate(draws)])
        solution = solver.solve(batch, solver.Schedule.of(plan.session_days), days)
        solved = solution.failure == 0
        exact = truth(solver.taken(batch, solved), plan.session_days, days)
        off = np.zeros(int(solved.sum()))
        for outcome in READ:
            here, there = outcomes.values(outcome, solution.read)[solved], outcomes.values(outcome, exact)
            scale = np.maximum(np.abs(there - there[:, :1]).max(axis=1), 0.01 * np.abs(there[:, 0]))
            off = np.maximum(off, np.abs(here - there).max(axis=1) / scale)
        told = solution.error[solved]
        found[name] = {
            "drawn": len(solved), "solved": len(off), "beyond_estimate": int((off > told + OWN).sum()),
            "beyond_tolerance": int((off > TOLERANCE).sum()), "largest": float(off.max()),
            "middle": float(np.median(off)), "middle_told": float(np.median(told)),
        }  # fmt: skip
    return found


def verdicts(found: Results) -> list[Verdict]:
    stated, wide = found["stated"], found["wide"]
    return [
        Verdict(
            f"true error of {stated['solved']} draws of the stated spreads",
            f"<= {TOLERANCE:g}, and none above its estimate",
            f"{number(stated['largest'])}, {stated['beyond_estimate']} above",
            stated["largest"] <= TOLERANCE and stated["beyond_estimate"] == 0,
        ),
        Verdict(
            f"true error of {wide['solved']} draws of {WIDENING:g} times the stated spreads",
            f"<= {2 * TOLERANCE:g}",
            f"{number(wide['largest'])}, {wide['beyond_tolerance']} above {TOLERANCE:g}",
            wide["largest"] <= 2 * TOLERANCE,
        ),
    ]


def lines(found: Results) -> Iterator[str]:
    yield paragraph(f"""`{PLAN}` to day {UNTIL:g}, on all output days; every second draw is a person whose exposures
        change during the course. The exact solution is extrapolated from steps halved {HALVINGS - 1} and {HALVINGS}
        times; its own error is up to {OWN:g}. Far outside the stated spreads, some states change much faster than the
        steps resolve. There the estimate may be too small and is not a bound.""")
    yield ""
    yield from table(
        ("spreads", "drawn", "solved", "true error, largest", "median", "estimate, median", "true error above estimate",
         f"above {TOLERANCE:g}"),
        ((name, row["drawn"], row["solved"], number(row["largest"]), number(row["middle"]), number(row["middle_told"]),
          row["beyond_estimate"], row["beyond_tolerance"]) for name, row in found.items() if isinstance(row, dict)),
    )  # fmt: skip


SECTION = Section(
    "error_estimate",
    "Error estimate",
    "Each member has an estimate of its numerical error, which is compared here with the true error.",
    measure,
    verdicts,
    lines,
)
