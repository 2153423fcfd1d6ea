"""The product compared with an independent reference solution: all states by depth, and all outcomes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, table

from neodermis.simulation.course import output_days
from neodermis.simulation.solver import Schedule
from neodermis.skin.outcomes import READ
from verification import reference
from verification.people import Case, cases, shown
from verification.section import Results, Say, Section, Verdict, figure_with, keep, number
from verification.stepping import FIRST_STEP, TOLERANCE, StateHistory, outcomes_on, solve_states

#: State of the reference model → its name in the product.
CELLS: Final = {
    "D": "damage", "P": "platelet", "N": "neutrophil", "M1": "macrophage_inflammatory", "M2": "macrophage_repair",
    "X": "protease", "F": "fibroblast", "A": "activated", "Y": "myofibroblast", "V": "capillary_density",
    "V0": "capillary_set_point", "TE": "tropoelastin", "E": "elastin", "H": "hyaluronan", "O": "alignment",
    "S": "scar", "n": "new_scar", "B": "fragmented",
}  # fmt: skip
MATRIX: Final = {"L1": "labile_1", "L3": "labile_3", "G1": "mature_1", "G3": "mature_3"}
BOOKS: Final = {
    "made": ("cumulative_synthesis_1", "cumulative_synthesis_3"),
    "cleaved": ("cumulative_degradation_1", "cumulative_degradation_3"),
}
SIGNALS: Final = {"I": "inflammatory", "T": "tgf", "T3": "tgf3", "VEGF": "vegf"}
SURFACE: Final = {
    "u": "unepithelialised_fraction",
    "w": "activated_keratinocytes",
    "K": "epidermis",
    "f": "melanocyte_stimulation",
    "m": "melanin",
    "v": "post_inflammatory_pigment",
}
NAMES: Final = CELLS | MATRIX | {"made": "made", "cleaved": "cleaved"} | SIGNALS | SURFACE

#: Accepted difference of a state on fine steps, as a share of its own peak; of an outcome as shipped.
STATE_BOUND, OUTCOME_BOUND = 1e-4, TOLERANCE
#: How often steps are halved for the comparison of states: the finer of the two runs that are extrapolated.
HALVINGS = 6
#: Of the output days, each so-many-th is compared.
EACH = 5
#: Nodes that are compared in each stretch between sessions.
NODES = 16
#: A state that moves by less than this share of its own size is held to that.
LEAST_PEAK = 1e-6


def nodes(days: Any, session_days: tuple[float, ...]) -> tuple[Any, Any]:
    """Which of the product's times are compared: right after each session, and nodes before the next or the end."""
    starts = [0, *(int(np.flatnonzero(np.abs(days - day) < 1e-9)[-1]) for day in session_days[1:])]
    between = [
        start + np.unique(np.linspace(1, end - start - 1, NODES).round().astype(int))
        for start, end in zip(starts, (*starts[1:], len(days)), strict=True)
    ]
    return np.array(starts), np.concatenate(between)


def found_again(days: Any, wanted: Any, after: Any) -> Any:
    """Where the wanted times stand among the days of other step lengths; after, where a session's day stands twice."""
    same = [np.flatnonzero(np.abs(days - day) < 1e-9) for day in wanted]
    return np.array([where[-1 if late else 0] for where, late in zip(same, after, strict=True)])


def of_product(history: StateHistory, at: Any) -> dict[str, Any]:
    """Every state of the first member at some of its times: name → (times, dermal cells), or (times,)."""
    state = history.moments.state

    def deep(values: Any) -> Any:
        return np.asarray(values)[0, at]

    found = {name: deep(getattr(state.cells, field)) for name, field in CELLS.items()}
    found |= {name: deep(getattr(state.matrix, field)) for name, field in MATRIX.items()}
    found |= {name: sum(deep(getattr(state.matrix, field)) for field in fields) for name, fields in BOOKS.items()}
    found |= {name: deep(getattr(history.moments.signals, field)) for name, field in SIGNALS.items()}
    return found | {name: np.asarray(getattr(state.surface, field))[0, at] for name, field in SURFACE.items()}


def of_plain(column: reference.Column, flat: Any) -> dict[str, Any]:
    """The same for the reference; flat is (times, numbers)."""
    states = column.split(flat.T)
    states |= {name: values for name, values in column.signals(states).items() if name in SIGNALS}
    return {name: values.T for name, values in states.items()}


def compared(case: Case, halvings: int = HALVINGS) -> dict[str, Any]:
    """One person with both solutions: largest difference of each state and outcome, as shares."""
    plan, member = case.plan, case.member()
    begun = time.monotonic()
    coarse, finer = (
        solve_states(member, Schedule.of(plan.session_days), case.until, halvings=halvings - k) for k in (1, 0)
    )
    starts, between = nodes(coarse.days, plan.session_days)
    moments = np.concatenate([starts, between])
    again = found_again(finer.days, coarse.days[moments], np.arange(len(moments)) < len(starts))
    at = coarse.days[between]
    halved, fine = of_product(coarse, moments), of_product(finer, again)
    limit = {name: fine[name] + (fine[name] - halved[name]) / 3.0 for name in fine}
    output = output_days(plan.session_days, case.until)
    shipped, error = outcomes_on(member, plan.session_days, output)
    days = output[::EACH]
    fast = time.monotonic() - begun

    begun = time.monotonic()
    column, made = case.column()
    ends = np.array([*plan.session_days, case.until])
    near = np.abs(at[:, None] - ends).argmin(axis=1)
    at = np.where(np.abs(at - ends[near]) < 1e-9, ends[near], at)  # a session's day without the sum's rounding
    both = np.unique([*at, *days])
    before, after = reference.walk(column, made, plan.session_days, both)
    slow = time.monotonic() - begun

    rest = of_plain(column, column.rest()[None])
    plain = of_plain(column, np.concatenate([after, before[np.searchsorted(both, at)]]))
    states, raw, peaks = {}, {}, {}
    for name, size in column.scales().items():
        peak = float(np.abs(plain[name] - rest[name]).max())
        peaks[name] = peak / size
        for kept, values in ((states, limit), (raw, fine)):
            kept[name] = float(np.abs(values[name] - plain[name]).max()) / max(peak, LEAST_PEAK * size)
    read_plain = [column.outcomes(row) for row in before[np.searchsorted(both, days)]]
    found = {
        name: reference.difference(shipped[name][0, ::EACH], np.array([values[name] for values in read_plain]))
        for name in READ
    }
    return shown(case) | {
        "moments": len(moments), "states": states, "unextrapolated": raw, "peaks": peaks, "outcomes": found,
        "reported_error": error, "seconds_fast": fast, "seconds_slow": slow,
    }  # fmt: skip


def measure(quick: bool, say: Say) -> dict[str, Any]:
    every = cases(3 if quick else 50)
    people = []
    # as many processes as cores: threads of a linear algebra library beside them would wait for one another
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for k, person in enumerate(pool.map(compared, every)):
            people.append(person)
            say(f"{k + 1} of {len(every)}: {person['sentence']}")
    return {"halvings": HALVINGS, "rtol": reference.TOLERANCE, "people": people}


def worst(found: Results, part: str) -> dict[str, tuple[float, float, int]]:
    """Largest and median difference of each state or outcome, and the person with the largest."""
    names = found["people"][0][part]
    rows = {}
    for name in names:
        values = np.array([person[part][name] for person in found["people"]])
        rows[name] = (float(values.max()), float(np.median(values)), int(values.argmax()))
    return rows


def verdicts(found: Results) -> list[Verdict]:
    states, read_off = worst(found, "states"), worst(found, "outcomes")
    state, outcome = max(states, key=lambda n: states[n][0]), max(read_off, key=lambda n: read_off[n][0])
    count = len(found["people"])
    return [
        Verdict(
            f"every state by depth, limit of fine steps, {count} people",
            f"<= {STATE_BOUND:g} of its peak",
            f"{number(states[state][0])} ({NAMES[state]})",
            states[state][0] <= STATE_BOUND,
        ),
        Verdict(
            f"every outcome as shipped, {count} people",
            f"<= {OUTCOME_BOUND:g} of its largest change",
            f"{number(read_off[outcome][0])} ({outcome})",
            read_off[outcome][0] <= OUTCOME_BOUND,
        ),
    ]


def lines(found: Results) -> Iterator[str]:
    people, raw = found["people"], worst(found, "unextrapolated")
    yield paragraph(f"""{len(people)} people: every second one is drawn from the between-person variability, the others
        from the uncertainty. Ages 20 to 80, phototypes I to VI; exposures in two thirds of them (smoking with
        cessation, sun, sunscreen, retinoid, corticosteroid, menopause, with changes during the course); concerns (scars
        of every kind, wrinkles, photodamage, laxity, thin skin, melasma, dullness); six sites; pens, rollers and
        stamps; 1 to 4 sessions, 7 to 60 days apart. The reference is solved by SciPy's Radau method with a tolerance of
        {found["rtol"]:g} per step and stopped on each compared day. The product uses `solver.solve_states` with all
        steps halved {found["halvings"] - 1} and {found["halvings"]} times. Its solution is extrapolated to a step
        length of zero with the order two measured above (the finer run plus a third of its difference from the
        coarser). All cells of the dermis are compared directly after every session and at up to {NODES} steps of the
        product in each interval, including its end just before the next session. A difference is the largest over depth
        and time, as a share of the peak of the state. The peak is the largest departure from rest in the reference,
        over depth and time (or {LEAST_PEAK:g} of the state itself if it changes less).""")
    yield ""
    yield from table(
        ("state", "largest difference", "median", "person", "largest before extrapolation", "person"),
        (
            (f"`{NAMES[name]}`", number(top), number(middle), who + 1, number(raw[name][0]), raw[name][2] + 1)
            for name, (top, middle, who) in worst(found, "states").items()
        ),
    )
    yield ""
    above = [name for name in raw if raw[name][0] > STATE_BOUND]
    named = "; ".join(f"`{NAMES[name]}` {number(raw[name][0])}" for name in above) or "none"
    yield paragraph(f"""States above the bound before extrapolation, with steps halved {found["halvings"]} times:
        {named}. The remaining error falls with the square of the step. In some draws, the first steps of
        {FIRST_STEP:g} d do not resolve re-epithelialisation within hours, and myofibroblasts near the threshold of
        scarring amplify every error.""")
    yield ""
    yield paragraph(f"""Outcomes of `solver.solve` at the shipped accuracy, on each {EACH}th output day, relative to
        their largest change (or to a hundredth of the baseline if they change less):""")
    yield ""
    yield from table(
        ("outcome", "largest difference", "median", "person"),
        (
            (f"`{name}`", number(top), number(middle), who + 1)
            for name, (top, middle, who) in worst(found, "outcomes").items()
        ),
    )
    yield ""
    yield from table(
        ("", "protocol", "patient", "worst state", "worst outcome", "reported error"),
        (
            (
                k + 1, f"`{p['sentence']}`",
                "; ".join(
                    (f"{p['sex']} of {p['age']:.0f}, {p['phototype']}, {p['drawn']}",
                     *(f"{name} {text}" for part in ("exposures", "concerns") for name, text in p[part].items()))
                ),
                number(max(p["states"].values())), number(max(p["outcomes"].values())), number(p["reported_error"]),
            )
            for k, p in enumerate(people)
        ),
    )  # fmt: skip
    yield ""
    slow, fast = (sum(p[f"seconds_{which}"] for p in people) for which in ("slow", "fast"))
    yield f"The reference took {slow:.0f} s in total, the product {fast:.0f} s."


def draw(found: Results, to: Path) -> None:
    figure, axes = figure_with(2, width=6.5, height=5.5)
    for axis, part, bound in ((axes[0], "states", STATE_BOUND), (axes[1], "outcomes", OUTCOME_BOUND)):
        rows = worst(found, part)
        ranked = sorted(rows, key=lambda name: rows[name][0])
        for y, name in enumerate(ranked):
            values = [max(person[part][name], 1e-12) for person in found["people"]]
            axis.plot(values, [y] * len(values), "o", color="tab:blue", alpha=0.35, markersize=4, markeredgewidth=0)
        axis.set_yticks(range(len(ranked)), [NAMES.get(name, name) for name in ranked], fontsize=8)
        axis.axvline(bound, color="tab:red", label=f"bound {bound:g}")
        axis.set_xscale("log")
        axis.set_ylim(-0.8, len(ranked) + 1.2)
        axis.grid(alpha=0.3)
        axis.legend(frameon=False, loc="upper left")
    axes[0].set_xlabel("difference relative to the peak of the state")
    axes[1].set_xlabel("difference relative to the largest change of the outcome")
    axes[0].set_title(f"States by depth, limit of fine steps: {len(found['people'])} people")
    axes[1].set_title("Outcomes as shipped")
    keep(figure, to)


SECTION = Section(
    "plain_model",
    "Independent reference solution",
    "The same equations, implemented a second time independently of the product and solved by another method.",
    measure,
    verdicts,
    lines,
    draw,
)
