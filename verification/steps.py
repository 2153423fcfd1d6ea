"""Order in time: all states and outcomes under repeated halving of the time steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np
from docs.pages import paragraph, table
from tests.helpers import EXPOSED, drawn, members, read

from neodermis.simulation.solver import Schedule
from neodermis.skin import outcomes
from neodermis.skin.outcomes import READ
from verification.plain import NAMES, of_product
from verification.section import Results, Say, Section, Verdict, figure_with, keep, number, orders_drawn
from verification.stepping import StateHistory, solve_states

ORDER: Final = 2.0
#: Lowest and highest order of states that nothing makes and that leave at a constant rate: there the step is that of
#: the exponential's first terms, to order four.  What a session adds of platelet factors follows the stretch of the
#: dermis, of order two, where a corner of the injury lies in a cell, and else hardly.
STATED_ORDERS: Final = {"w": (4.0, 4.0), "P": (2.0, 4.0)}
#: Accepted: how far the order of the finest pair of steps may be from the stated one, of any state in any person.
WITHIN: Final = 0.2
#: A difference below this share of the peak is rounding: the step is exact there.
ROUNDING: Final = 1e-11
PLAN: Final = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
UNTIL: Final = 75.0


def read_off(history: StateHistory, at: Any) -> dict[str, Any]:
    """Outcomes of every member at some of the times: name → (members, times)."""
    state = jax.tree.map(lambda leaf: leaf[:, at], history.moments.state)
    every = jax.vmap(jax.vmap(outcomes.read, (0, None, None, None)), (0, 0, 0, 0))
    readings = every(state, history.column.layers, history.column.rest, history.column.shallow)
    return {name: np.array(outcomes.values(name, readings)) for name in READ}


def measure(quick: bool, say: Say) -> dict[str, Any]:
    """Differences between successive halvings, relative to the peak, by person, state and outcome."""
    draws: list[dict[str, Any]] = [dict(row) for row in drawn(1 if quick else 6, seed=21)]
    people = [
        {},
        {"set_depth_mm": 0.5},
        {"patient": EXPOSED},
        *draws[:3],
        *(r | {"patient": EXPOSED} for r in draws[3:]),
    ]
    plan, halvings = read(PLAN), 4 if quick else 5
    runs: list[list[dict[str, Any]]] = []
    for k in range(halvings):
        say(f"steps halved {k} times")
        history = solve_states(members(plan, people), Schedule.of(plan.session_days), UNTIL, halvings=k)
        if k == 0:
            days = history.days
            coarse = np.array([i for i in range(0, len(days), 8) if days[i] > 0])
            starts = np.flatnonzero(np.diff(days) == 0)  # just before a later session, and right after it
            coarse = np.unique([*coarse, *starts, *(starts + 1), len(days) - 1])
            wanted, after = days[coarse], np.isin(coarse, starts + 1)
        at = np.array([
            np.flatnonzero(np.abs(history.days - day) < 1e-9)[-1 if late else 0]
            for day, late in zip(wanted, after, strict=True)
        ])  # fmt: skip
        outcome = read_off(history, at)
        runs.append([
            of_product(jax.tree.map(lambda leaf, i=i: leaf[i : i + 1], history), at)
            | {f"outcome {name}": values[i] for name, values in outcome.items()}
            for i in range(len(people))
        ])  # fmt: skip
    first = [of_product_at_rest(person) for person in runs[-1]]
    errors: dict[str, list[list[float]]] = {}
    for name in runs[0][0]:
        rows = []
        for i in range(len(people)):
            peak = float(np.abs(runs[-1][i][name] - first[i][name]).max())
            differences = [float(np.abs(a[i][name] - b[i][name]).max()) for a, b in pairwise(runs)]
            rows.append([difference / peak if peak > 0 else 0.0 for difference in differences])
        errors[name] = rows
    return {"people": len(people), "moments": len(wanted), "plan": PLAN, "until": UNTIL, "errors": errors}


def of_product_at_rest(person: Mapping[str, Any]) -> dict[str, Any]:
    """Reference from which a change is measured: 0, 1 (relative to rest) or the first compared time."""
    nothing = ("D", "P", "N", "M1", "M2", "X", "A", "Y", "O", "S", "n", "made", "cleaved", "I", "T", "T3", "VEGF",
               "u", "w", "f", "v")  # fmt: skip
    return {
        name: np.zeros_like(values) if name in nothing else np.asarray(values)[:1] for name, values in person.items()
    }


def orders(rows: list[list[float]]) -> list[list[float]]:
    """Order from each pair of differences, for people with differences above rounding."""
    return [[float(np.log2(a / b)) for a, b in pairwise(row)] for row in rows if min(row) > ROUNDING]


def finest(found: Results) -> dict[str, list[float]]:
    """Order of the finest pair, by state or outcome and person; empty where the step is exact."""
    return {name: [row[-1] for row in orders(rows)] for name, rows in found["errors"].items()}


def _off(name: str, order: float) -> float:
    """Distance of an order from the expected orders of a state."""
    low, high = STATED_ORDERS.get(name, (ORDER, ORDER))
    return order - min(max(order, low), high)


def verdicts(found: Results) -> list[Verdict]:
    verdict = []
    for what, part in (("state", False), ("outcome", True)):
        rows = {n: v for n, v in finest(found).items() if n.startswith("outcome ") is part and v}
        off = {n: [_off(n, order) for order in v] for n, v in rows.items()}
        name = max(off, key=lambda n: max(map(abs, off[n])))
        far = max(off[name], key=abs)
        measured = rows[name][off[name].index(far)]
        verdict.append(
            Verdict(
                f"order in time of every {what}, {found['people']} people",
                f"{ORDER:g} within {WITHIN:g}" + ("" if part else f", 4 of `{NAMES['w']}`, 2 to 4 of `{NAMES['P']}`"),
                f"furthest {measured:.2f} ({NAMES.get(name, name.removeprefix('outcome '))})",
                abs(far) <= WITHIN,
            )
        )
    return verdict


def lines(found: Results) -> Iterator[str]:
    yield paragraph(f"""`{found["plan"]}` to day {found["until"]:g}. The members are the central person, the same person
        at 0.5 mm, a person whose exposures change during the course, and {found["people"] - 3} draws of the uncertain
        parameters, from the fourth onwards with these exposures. A difference is that between a course and the same
        course with all steps halved once more. It is the largest over depth and {found["moments"]} times (nodes of all
        step lengths, including both sides of the second session), as a share of the largest change. The order is the
        binary logarithm of the ratio of successive differences; a method of order two divides the difference by four.
        Activated keratinocytes deactivate at a constant rate and are stepped with four terms of the exponential, which
        gives order four. The same holds for platelet factors if a session adds the same amount for every step length.
        No order is stated for states that change only at sessions.""")
    yield ""
    width = len(next(iter(found["errors"].values()))[0])

    def row(name: str, rows: list[list[float]]) -> tuple[object, ...]:
        label = NAMES.get(name, name.removeprefix("outcome "))
        each = orders(rows)
        worst = [number(max(r[k] for r in rows)) for k in range(width)]
        if not each:
            return (f"`{label}`", *worst, *["exact"] * (width - 1))
        spans = [(min(o[k] for o in each), max(o[k] for o in each)) for k in range(width - 1)]
        return (f"`{label}`", *worst, *(f"{low:.2f} to {high:.2f}" for low, high in spans))

    halved = [f"{k} to {k + 1} halvings" for k in range(width)]
    header = (*(f"difference, {h}" for h in halved), *(f"order {k + 1}" for k in range(width - 1)))
    for what, part in (("state", False), ("outcome", True)):
        yield from table(
            (what, *header),
            (row(name, rows) for name, rows in found["errors"].items() if name.startswith("outcome ") is part),
        )
        yield ""


def draw(found: Results, to: Path) -> None:
    figure, axes = figure_with(2, width=6.5, height=6.0)
    for axis, title, part in ((axes[0], "States by depth", False), (axes[1], "Outcomes", True)):
        errors = {
            NAMES.get(name, name.removeprefix("outcome ")): [max(row[k] for row in rows) for k in range(len(rows[0]))]
            for name, rows in found["errors"].items()
            if name.startswith("outcome ") is part and min(map(min, rows)) > ROUNDING
        }
        width = len(next(iter(errors.values())))
        orders_drawn(axis, [0.5**k for k in range(width)], errors, ORDER)
        axis.set_title(f"{title}: largest of {found['people']} people")
        axis.set_xlabel("step relative to the shipped first step")
        axis.set_ylabel("difference from half the step, relative to the largest change")
    keep(figure, to)


SECTION = Section(
    "order_in_time",
    "Order in time",
    "Change of the solution as the time steps of the solver are halved, compared with the stated order of two.",
    measure,
    verdicts,
    lines,
    draw,
)
