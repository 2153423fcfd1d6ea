"""Gradients: the complete model from the device to the gain, differentiated by JAX and by finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np
from docs.pages import paragraph, table
from scipy.optimize import brentq
from tests.helpers import drawn, needling, read

from neodermis.simulation import session
from neodermis.simulation.session import SessionInput
from neodermis.skin import injury, outcomes, tissue
from verification.section import Results, Say, Section, Verdict, figure_with, keep, number
from verification.stepping import Members, end_of

PLAN: Final = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
UNTIL: Final = 75.0
#: Accepted difference, as a share of the finite difference.
BOUND: Final = 1e-5
#: Step of the central differences, as a share of the number itself: short, since kinks in the depth lie 1e-3 apart.
STEP: Final = 1e-5
#: (part of the parameters, name) of the numbers that are moved; the set depth beside them.
MOVED: Final = (
    ("needling", "puncture_dent"), ("needling", "depth_loss"), ("injury", "necrotic_rim_thickness"),
    ("injury", "torn_matrix_share"), ("inflammation", "macrophage_loop_gain"),
    ("inflammation", "macrophage_conversion_rate"), ("repair", "activation_rate"), ("repair", "tgf_decay_rate"),
    ("repair", "tgf_diffusivity"), ("matrix", "labile_share"), ("matrix", "synthesis_1_activated"),
    ("matrix", "crosslinking_drive"),
)  # fmt: skip
DEPTH: Final = "set_depth_mm"
NAMES: Final = (DEPTH, *(name for _, name in MOVED))


def moved(member: SessionInput, by: Any) -> SessionInput:
    """The member with each number of :data:`NAMES` multiplied by one plus its entry of ``by``."""
    factor = dict(zip(NAMES, 1.0 + by, strict=True))
    parts = {part: getattr(member.parameters, part) for part, _ in MOVED}
    for part, name in MOVED:
        parts[part] = parts[part]._replace(**{name: getattr(parts[part], name) * factor[name]})
    setting = member.setting._replace(**{DEPTH: getattr(member.setting, DEPTH) * factor[DEPTH]})
    return member._replace(parameters=member.parameters._replace(**parts), setting=setting)


def gain_of(member: SessionInput, by: Any) -> Any:
    """Papillary collagen at the end over the untreated course, less one: needles, injury, two sessions, all steps."""
    plan = read(PLAN)
    who = moved(member, by)
    done = session._needle_one(who, plan.phases[0].device.kind, tissue.GRID)
    one = Members(who.parameters, who.person, (done.channels,))
    (column, _), state = end_of(one, plan.session_days, UNTIL)
    now = outcomes.read(state, column.layers, column.rest, column.shallow).collagen_papillary
    before = outcomes.read(column.rest, column.layers, column.rest, column.shallow).collagen_papillary
    return now / (before * jax.numpy.exp(-column.loss_rate_per_day * UNTIL)) - 1.0


def central(function: Callable[[Any], Any], k: int, step: float = STEP) -> float:
    """Derivative with one number from four values beside it: of fourth order, on a step that no kink lies in.

    0 = f(−2h) − 8 f(−h) + 8 f(h) − f(2h) − 12 h f'  +  O(h⁵).
    """
    unit = np.eye(len(NAMES))[k] * step
    far, near = (float(function(m * unit)) - float(function(-m * unit)) for m in (2.0, 1.0))
    return (8.0 * near - far) / (12.0 * step)


def at_a_face(member: SessionInput, slope: Any) -> dict[str, float]:
    """Derivative with the set depth on both sides of a depth at which an entry ends on a face between two cells."""
    plan = read(PLAN)

    def reach(factor: float) -> Any:
        by = np.zeros(len(NAMES))
        by[0] = factor - 1.0
        return session_effects(moved(member, by))

    session_effects = jax.jit(partial(session._needle_one, kind=plan.phases[0].device.kind, grid=tissue.GRID))
    here = reach(1.0)
    depths, faces = np.asarray(here.entry_depths_mm), np.asarray(here.depth_faces_mm)
    entry, face = max(
        ((k, z) for k, depth in enumerate(depths) for z in faces if z < depth),
        key=lambda pair: pair[1] / depths[pair[0]],
    )

    def short(factor: float) -> float:
        return float(np.asarray(reach(factor).entry_depths_mm)[entry]) - float(face)

    at = float(brentq(short, 0.7, 1.0, xtol=1e-13))
    sides = []
    for side in (-1e-7, 1e-7):
        by = np.zeros(len(NAMES))
        by[0] = at - 1.0 + side
        sides.append(float(slope(by)[0]))
    return {"set_depth_mm": at * float(member.setting.set_depth_mm), "below": sides[0], "above": sides[1]}


def measure(quick: bool, say: Say) -> dict[str, Any]:
    rows = [{}] if quick else [{}, *drawn(3, seed=8)]
    everyone = needling(read(PLAN), rows)
    value = jax.jit(gain_of)
    forward, reverse = jax.jit(jax.jacfwd(gain_of, argnums=1)), jax.jit(jax.grad(gain_of, argnums=1))
    nothing, people = np.zeros(len(NAMES)), []
    for k in range(len(rows)):
        say(f"person {k + 1} of {len(rows)}")
        member = jax.tree.map(lambda leaf, k=k: np.asarray(leaf)[k], everyone)
        finite = np.array([central(partial(value, member), j) for j in range(len(NAMES))])
        slopes = {"forward": np.asarray(forward(member, nothing)), "reverse": np.asarray(reverse(member, nothing))}
        off = {mode: np.abs(slope / finite - 1.0) for mode, slope in slopes.items()}
        people.append({"gain": float(value(member, nothing)), "finite": finite, **slopes, "off": off})
    first = jax.tree.map(lambda leaf: np.asarray(leaf)[0], everyone)
    return {
        "people": people,
        "face": at_a_face(first, partial(forward, first)),
        "entries": injury.DEPTHS,
    }


def verdicts(found: Results) -> list[Verdict]:
    verdict = []
    for mode, words in (("forward", "jax.jacfwd"), ("reverse", "jax.grad")):
        top = [max(person["off"][mode][k] for person in found["people"]) for k in range(len(NAMES))]
        k = int(np.argmax(top))
        verdict.append(
            Verdict(
                f"gain by {len(NAMES)} numbers, {words}, {len(found['people'])} people",
                f"<= {BOUND:g} from finite differences",
                f"{number(top[k])} ({NAMES[k]})",
                top[k] <= BOUND,
            )
        )
    return verdict


def lines(found: Results) -> Iterator[str]:
    first, face = found["people"][0], found["face"]
    yield paragraph(f"""`{PLAN}`, gain of papillary collagen on day {UNTIL:g}, for the central person and
        {len(found["people"]) - 1} draws of the uncertain parameters. Penetration, injury, both sessions and all steps
        are one function, which uses the stepping function of every course. Derivatives are with respect to the
        logarithm of a parameter (change of the gain per relative change). Finite differences use four values and steps
        of {STEP:g}. Forward and reverse mode differentiate the steps, the sessions and the root finding of the
        depth.""")
    yield ""
    yield from table(
        ("parameter", "derivative, central person", "largest error, forward mode", "largest error, reverse mode"),
        (
            (
                f"`{name}`", f"{first['forward'][k]:+.4f}",
                *(number(max(person["off"][mode][k] for person in found["people"])) for mode in ("forward", "reverse")),
            )
            for k, name in enumerate(NAMES)
        ),
    )  # fmt: skip
    yield ""
    yield paragraph(f"""The gain is continuous but not differentiable at some points: where one of the
        {found["entries"]} entry depths lies on a face between two cells (the central person at a set depth of
        {face["set_depth_mm"]:.4f} mm: slope {face["below"]:+.6f} below, {face["above"]:+.6f} above, a relative kink of
        {abs(face["above"] / face["below"] - 1.0):.1e}); where the skin is only indented and no needle enters; where the
        force of the hand rather than the travel starts to limit the depth; where the depth equals the taper length of
        the needle or the thickness of the epidermis; at the lower limit of the speed effect; where fibroblasts reach
        their
        capacity; where flaking starts to outlast redness; and at the depth from which an anaesthetic is usual, which is
        a choice of practice that affects pain and minutes only. The number of sessions, the whole number of passes and
        the meaning of the synthesis rate are discrete choices without a derivative. Near the threshold above which
        myofibroblasts persist, derivatives exist but grow without bound.""")


def draw(found: Results, to: Path) -> None:
    figure, (axis,) = figure_with(1, width=8.0, height=4.5)
    for mode, mark in (("forward", "o"), ("reverse", "x")):
        top = [[max(share, 1e-14) for share in person["off"][mode]] for person in found["people"]]
        for k, values in enumerate(top):
            axis.plot(
                values, range(len(NAMES)), mark, color={"o": "tab:blue", "x": "tab:orange"}[mark], alpha=0.7,
                label=f"{mode} mode" if k == 0 else None,
            )  # fmt: skip
    axis.set_yticks(range(len(NAMES)), NAMES, fontsize=8)
    axis.axvline(BOUND, color="tab:red", label=f"bound {BOUND:g}")
    axis.set_xscale("log")
    axis.set_xlabel("difference from the finite difference, as a share of it")
    axis.set_title("Derivative of the gain, each person")
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.14))
    keep(figure, to)


SECTION = Section(
    "gradients",
    "Gradients",
    "Derivatives of the gain by automatic differentiation, compared with finite differences.",
    measure,
    verdicts,
    lines,
    draw,
)
