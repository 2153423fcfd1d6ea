"""Order in depth: change of the outcomes as the depth cells are split, and the error of the shipped grid."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np
from docs.pages import paragraph, table
from jax import lax
from tests.helpers import drawn, members, read

from neodermis.simulation.solver import Schedule
from neodermis.skin import injury
from neodermis.skin.outcomes import READ
from neodermis.skin.tissue import Grid
from verification.section import Results, Say, Section, Verdict, figure_with, keep, number, orders_drawn
from verification.stepping import changed, solve_states
from verification.steps import read_off

FACTORS: Final = (1, 2, 4, 8, 16)
ORDER: Final = 2.0
#: Difference of the finest grids, over the largest change, below which an order is not read: two errors of either sign
#: may cancel in one grid there, a thousandth of what a run is accurate to.
SEEN: Final = 1e-6
#: Accepted: how far the order of the finest grids may be from the stated one, of any outcome in any person.
WITHIN: Final = 0.2
#: Accepted error of the shipped grid, over an outcome's largest change or a hundredth of its baseline.
LARGEST_ERROR: Final = 0.02
#: So many entry depths leave no corner in the injury by depth.
MANY_ENTRIES: Final = 512
PLAN: Final = "1 session: exceed; cheek 1.5 mm, 6 passes"
UNTIL: Final = 90.0


def operators(thickness: Any, diffusivity: Any, decay: Any) -> Any:
    """``tissue.signal_operators``, looped: the shipped one is written out cell by cell, which compiles for minutes.

    Same elimination, in the same order; the two agree to rounding (tests/numerics).
    """
    jnp = jax.numpy
    between = diffusivity[:, None] * 2.0 / (thickness[1:] + thickness[:-1])
    bottom = 2.0 * diffusivity[:, None] / thickness[-1]
    none = jnp.zeros_like(bottom)
    diagonal = decay[:, None] * thickness + jnp.concatenate([between, bottom], 1) + jnp.concatenate([none, between], 1)
    before = jnp.concatenate([none, between], axis=1).T  # conductance of each cell's upper face, (cells, signals)
    after = jnp.concatenate([between, none], axis=1).T

    def down(last: Any, cell: Any) -> Any:
        pivot, row = last
        upper, here, unit = cell
        factor = upper / pivot
        now = (here - factor * upper, unit + factor[:, None] * row)
        return now, now

    def up(below: Any, cell: Any) -> Any:
        pivot, row, lower = cell
        solved = (row + lower[:, None] * below) / pivot[:, None]
        return solved, solved

    start = (jnp.ones(len(decay)), jnp.zeros((len(decay), len(thickness))))
    _, (pivots, rows) = lax.scan(down, start, (before, diagonal.T, jnp.diag(thickness)))
    _, solved = lax.scan(up, start[1], (pivots, rows, after), reverse=True)
    return jnp.swapaxes(solved, 0, 1)


def solved(factor: int, people: list[dict[str, float]], entries: int) -> dict[str, Any]:
    """Outcomes of the same people on one grid, on days of the course: name → (people, days)."""
    plan = read(PLAN)
    with changed(operators, entries):
        history = solve_states(members(plan, people), Schedule.of(plan.session_days), UNTIL, grid=Grid().finer(factor))
    return read_off(history, np.arange(0, len(history.days), 4))


def measure(quick: bool, say: Say) -> dict[str, Any]:
    people = [{}, {"set_depth_mm": 0.5}, {"set_depth_mm": 1.0}, *drawn(1 if quick else 5, seed=3)]
    factors = FACTORS[:3] if quick else FACTORS
    runs = []
    for factor in factors:
        say(f"{Grid().finer(factor).cells} cells")
        runs.append(solved(factor, people, injury.DEPTHS))
    say(f"{MANY_ENTRIES} entry depths")
    smooth = solved(1, people, MANY_ENTRIES)
    found: dict[str, Any] = {}
    for name in READ:
        finest = runs[-1][name]
        change = np.abs(finest - finest[:, :1]).max(axis=1)
        seen = np.maximum(change, 0.01 * np.abs(finest[:, 0]))
        gaps = [np.abs(a[name] - b[name]).max(axis=1) for a, b in pairwise(runs)]
        # Richardson: what the finest pair leaves, and the gaps above it
        left = gaps[-1] / (2.0**ORDER - 1.0)
        found[name] = {
            "differences": [gap / change for gap in gaps],
            "orders": [_order(a, b) for a, b in pairwise(gaps)],
            "error": (sum(gaps) + left) / seen,
            "error_of_change": (sum(gaps) + left) / change,
            "entries": np.abs(runs[0][name] - smooth[name]).max(axis=1) / seen,
        }
    return {"people": len(people), "factors": factors, "outcomes": found}


def _order(coarse: Any, fine: Any) -> Any:
    """Order of convergence from two differences; not a number where there is none."""
    both = (coarse > 0) & (fine > 0)
    return np.where(both, np.log2(np.where(both, coarse, 1.0) / np.where(both, fine, 1.0)), np.nan)


def verdicts(found: Results) -> list[Verdict]:
    every = found["outcomes"]
    far = {
        name: max(
            (order for order, gap in zip(rows["orders"][-1], rows["differences"][-1], strict=True) if gap > SEEN),
            key=lambda order: abs(order - ORDER),
            default=ORDER,
        )
        for name, rows in every.items()
    }
    name = max(far, key=lambda n: abs(far[n] - ORDER))
    largest = max(every, key=lambda n: max(every[n]["error"]))
    return [
        Verdict(
            f"order in depth of every outcome that moves by over {SEEN:g}, {found['people']} people",
            f"{ORDER:g} within {WITHIN:g}",
            f"furthest {far[name]:.2f} ({name})",
            abs(far[name] - ORDER) <= WITHIN,
        ),
        Verdict(
            f"error of the {Grid().cells} cells as shipped, every outcome",
            f"<= {LARGEST_ERROR:g} of its largest change",
            f"{number(max(every[largest]['error']))} ({largest})",
            max(every[largest]["error"]) <= LARGEST_ERROR,
        ),
    ]


def _orders(row: list[float | None]) -> str:
    """Orders of the people; none of what no grid moves, such as melanin, which follows the epidermis alone."""
    known = [order for order in row if order is not None and np.isfinite(order)]
    return f"{min(known):.2f} to {max(known):.2f}" if known else "no difference"


def lines(found: Results) -> Iterator[str]:
    cells = [Grid().finer(factor).cells for factor in found["factors"]]
    yield paragraph(f"""`{PLAN}` to day {UNTIL:g}. The members are the central person, the same person at 0.5 and 1 mm,
        and {found["people"] - 3} draws of the uncertain parameters, each on grids of {", ".join(map(str, cells))}
        cells. Signals are discretised by second-order finite volumes with faces on the borders of the layers; the
        injury enters as exact means over the cells. Its depth profile has kinks and small jumps at the {injury.DEPTHS}
        entry depths, which could reduce the order, because cell means enter nonlinear laws. They do not: the jump at a
        needle tip is small compared with the injury above it, and the measured order is two.""")
    yield ""
    pairs = [f"{a} to {b} cells" for a, b in pairwise(cells)]
    yield from table(
        ("outcome", *(f"difference, {pair}" for pair in pairs), *(f"order {k + 1}" for k in range(len(pairs) - 1))),
        (
            (
                f"`{name}`",
                *(number(max(row)) for row in rows["differences"]),
                *(_orders(row) for row in rows["orders"]),
            )
            for name, rows in found["outcomes"].items()
        ),
    )
    yield ""
    yield paragraph(f"""Error of the shipped grid, the largest of {found["people"]} people: the sum of all differences,
        and of the remainder beyond the finest grid according to the order. The bound is relative to the largest change
        or to a hundredth of the baseline, whichever is greater. The third column is relative to the change alone,
        however small (the change of stiffness at 0.5 mm is negligible). The last column is the error of {injury.DEPTHS}
        entry depths compared with {MANY_ENTRIES}. The time steps are the shipped ones on every grid, so their error
        cancels.""")
    yield ""
    yield from table(
        ("outcome", "error of the shipped grid", "relative to the change alone", f"{injury.DEPTHS} entry depths"),
        (
            (f"`{name}`", *(number(max(rows[part])) for part in ("error", "error_of_change", "entries")))
            for name, rows in found["outcomes"].items()
        ),
    )
    yield ""
    yield paragraph("""The shipped signal operators are unrolled cell by cell, which takes minutes to compile from 96
        cells onwards. Here the same elimination is written as a loop. A test shows that the two agree to rounding.""")


def draw(found: Results, to: Path) -> None:
    figure, (left, right) = figure_with(2, width=6.5, height=5.0)
    errors = {name: [max(row) for row in rows["differences"]] for name, rows in found["outcomes"].items()}
    orders_drawn(left, [1.0 / factor for factor in found["factors"][:-1]], errors, ORDER)
    left.set_xlabel("cell relative to the shipped cell")
    left.set_ylabel("difference from half the cell, relative to the largest change")
    left.set_title(f"Largest of {found['people']} people")
    ranked = sorted(found["outcomes"], key=lambda name: max(found["outcomes"][name]["error"]))
    for y, name in enumerate(ranked):
        right.plot(found["outcomes"][name]["error"], [y] * found["people"], "o", color="tab:blue", alpha=0.5)
    right.set_yticks(range(len(ranked)), ranked, fontsize=8)
    right.axvline(LARGEST_ERROR, color="tab:red", label=f"bound {LARGEST_ERROR:g}")
    right.set_xscale("log")
    right.set_xlabel("error of the shipped grid, relative to the largest change")
    right.set_title("Error of the shipped grid, each person")
    right.legend(frameon=False, loc="upper left")
    right.grid(alpha=0.3)
    keep(figure, to)


SECTION = Section(
    "order_in_depth",
    "Order in depth",
    "Change of the outcomes as every depth cell is split, and the error of the shipped cells.",
    measure,
    verdicts,
    lines,
    draw,
)
