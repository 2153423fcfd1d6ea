"""Other engines: the exported model, solved by simulators that others wrote."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from docs.pages import paragraph, table

from verification.section import Results, Say, Section, Verdict, number

#: Accepted difference of a state between the product and an engine, as a share of the state's peak.
BOUND: Final = 1e-3


def measure(quick: bool, say: Say) -> dict[str, Any]:
    """Engine → state → difference, where the export is there to be compared; None where it is not."""
    if find_spec("verification.sbml") is None:
        return {"engines": None}
    say("comparing")
    return {"engines": import_module("verification.sbml").compare()}


def verdicts(found: Results) -> list[Verdict]:
    bound = f"<= {BOUND:g} of its peak"
    if not found["engines"]:
        return [Verdict("every state, exported and solved elsewhere", bound, "no export to compare yet", None)]
    worst = {engine: max(states.items(), key=lambda item: item[1]) for engine, states in found["engines"].items()}
    return [
        Verdict(f"every state, exported and solved by {engine}", bound, f"{number(top)} ({state})", top <= BOUND)
        for engine, (state, top) in worst.items()
    ]


def lines(found: Results) -> Iterator[str]:
    if not found["engines"]:
        yield paragraph("There is no export to compare in this version.")
        return
    names = list(found["engines"])
    states = list(dict.fromkeys(state for rows in found["engines"].values() for state in rows))
    yield from table(
        ("state", *names),
        ((f"`{state}`", *(number(found["engines"][name].get(state)) for name in names)) for state in states),
    )


SECTION = Section(
    "other_engines",
    "Other engines",
    "The model as it is exported, solved by simulators that know nothing of this program.",
    measure,
    verdicts,
    lines,
)
