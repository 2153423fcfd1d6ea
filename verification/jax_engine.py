"""JAX instead of LLVM machine code: the same equations with another compiler, on the frozen courses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from docs.pages import paragraph, table
from tests.frozen import courses

from verification.section import Results, Say, Section, Verdict, number

#: Accepted difference of a number, as a share of the largest of its row: the two round in another order.
BOUND: Final = 1e-12


def measure(quick: bool, say: Say) -> dict[str, Any]:
    """Course → largest difference, its location, and seconds by each engine after compilation."""
    found: dict[str, dict[str, Any]] = {}
    for name in courses.QUICK[:1] if quick else courses.COURSES:
        say(name)
        numbers, seconds = {}, {}
        for engine in ("llvm", "jax"):
            courses.run(name, engine=engine)
            start = time.perf_counter()
            numbers[engine] = courses.numbers(courses.run(name, engine=engine))
            seconds[engine] = time.perf_counter() - start
        apart, where = courses.farthest(numbers["jax"], numbers["llvm"])
        found[name] = {"apart": apart, "where": where, "seconds": seconds}
    return {"courses": found}


def verdicts(found: Results) -> list[Verdict]:
    top = max(row["apart"] for row in found["courses"].values())
    return [Verdict("every number of every course, by JAX", f"<= {BOUND:g} of its row", number(top), top <= BOUND)]


def lines(found: Results) -> Iterator[str]:
    rows = found["courses"]
    llvm, by_jax = (sum(row["seconds"][engine] for row in rows.values()) for engine in ("llvm", "jax"))
    yield paragraph(f"""`engine="jax"` on {len(rows)} frozen courses: outcomes of draws and people, sessions, phases and
        failures. After compilation, JAX takes {by_jax / llvm:.1f} times as long for all of them. These are small runs,
        of which the solution is only a part; [speed.md](speed.md) gives the time of the steps alone.""")
    yield ""
    yield from table(
        ("course", "largest difference, of its row", "where"),
        ((f"`{name}`", number(row["apart"]), row["where"]) for name, row in rows.items()),
    )


SECTION = Section(
    "jax_engine",
    "JAX instead of machine code",
    "The engine used on request, and on computers for which no machine code can be generated.",
    measure,
    verdicts,
    lines,
)
