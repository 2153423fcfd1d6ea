"""Verification of the numerical solution: ``python -m verification [--only NAME] [--quick]``.

Writes ``docs/verification/numerics.md`` with its pictures and ``numerics.json`` with every number.  A section that is
not run again keeps its numbers and its date. The exit status is 1 if a stated bound is exceeded; the page is written
nevertheless and reports it.  ``--quick`` runs a small version of each section and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import jax
from docs.pages import paragraph, put, put_results, rounded, table
from rich.console import Console
from rich.table import Table

from neodermis.evidence import load_parameters
from verification import census, depth, engines, estimate, gradients, jax_engine, output_times, plain, published, steps
from verification.section import Results, Verdict

PAGE: Final = Path(__file__).parent.parent / "docs" / "verification" / "numerics.md"
RESULTS: Final = PAGE.with_suffix(".json")
SECTIONS: Final = {
    part.SECTION.name: part.SECTION
    for part in (steps, depth, plain, gradients, output_times, engines, jax_engine, published, estimate, census)
}
WORDS: Final = {True: "met", False: "**MISSED**", None: "not run"}


def picture(name: str) -> Path:
    return PAGE.with_name(f"{name}.png")


def verdicts(found: Results) -> dict[str, list[Verdict]]:
    """Verdicts on the bounds of each section that has been run."""
    return {name: part.verdicts(found[name]) for name, part in SECTIONS.items() if name in found}


def lines(found: Results) -> Iterator[str]:
    """The page, from the results."""
    judged = verdicts(found)
    every = [verdict for part in judged.values() for verdict in part]
    broken = [verdict for verdict in every if verdict.met is False]
    yield "# Verification of the numerical solution"
    yield ""
    yield paragraph(f"""Of {len(every)} stated bounds, {sum(v.met is True for v in every)} are met,
        {len(broken)} are missed and {sum(v.met is None for v in every)} were not run. Computed by
        `python -m verification`; all numbers are in `numerics.json`. This page shows whether the equations are solved
        correctly, not whether they are the correct equations.""")
    yield ""
    yield from table(
        ("section", "quantity", "bound", "measured", ""),
        (
            (f"[{SECTIONS[name].title}](#{anchor(SECTIONS[name].title)})", v.what, v.bound, v.measured, WORDS[v.met])
            for name, part in judged.items()
            for v in part
        ),
    )
    for name in judged:
        part, results = SECTIONS[name], found[name]
        yield from ("", f"## {part.title}", "")
        yield paragraph(part.about)
        yield ""
        yield paragraph(f"""{results["date"]}, version {results["version"]}, parameters {results["parameters"]}
            (`{results["sha256"][:12]}`), {results["seconds"]:.0f} s.""")
        if part.draw:
            yield from ("", f"![{part.title}]({picture(name).name})")
        yield ""
        yield from part.lines(results)


def anchor(title: str) -> str:
    return title.lower().replace(" ", "-").replace(",", "")


def summary(found: Results, names: Sequence[str]) -> Table:
    shown = Table(box=None, pad_edge=False)
    for column in ("section", "what", "stated", "measured", ""):
        shown.add_column(column)
    for name, part in verdicts(found).items():
        if name in names:
            for v in part:
                shown.add_row(name, v.what, v.bound, v.measured, WORDS[v.met].strip("*"))
    return shown


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m verification", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", choices=list(SECTIONS), action="append", help="run this section (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="a small version of each section; writes nothing")
    parser.add_argument("--page-only", action="store_true", help="page and figures from the stored numbers")
    given = parser.parse_args(words)
    jax.config.update("jax_enable_x64", True)  # for what is worked out with JAX here
    shipped, console = load_parameters(calibrated=False), Console(stderr=True)
    kept: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() and not given.quick else {}
    names = [] if given.page_only else given.only or list(SECTIONS)
    for name in names:
        begun = time.monotonic()
        with console.status(name) as status:

            def say(what: str, name: str = name, status: Any = status) -> None:
                status.update(f"{name}: {what}")

            measured = SECTIONS[name].measure(given.quick, say)
        seconds = time.monotonic() - begun
        console.print(f"{name}: {seconds:.0f} s")
        about = {
            "date": date.today().isoformat(), "version": version("neodermis"),
            "parameters": f"{shipped.name} {shipped.version}", "sha256": shipped.sha256, "seconds": seconds,
        }  # fmt: skip
        kept[name] = rounded(about | measured)
        if not given.quick:
            put_results(RESULTS, {name: kept[name] for name in SECTIONS if name in kept})
    if not given.quick:
        for name in list(kept) if given.page_only else names:
            draw = SECTIONS[name].draw
            if draw:
                draw(kept[name], picture(name))
        put(PAGE, "\n".join(lines(kept)) + "\n")
    judged = verdicts(kept)
    shown = names or list(judged)
    Console(width=None if sys.stdout.isatty() else 160).print(summary(kept, shown))
    return int(any(verdict.met is False for name in shown for verdict in judged.get(name, [])))


if __name__ == "__main__":
    sys.exit(main())
