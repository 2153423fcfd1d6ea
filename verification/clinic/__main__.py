"""Verification of the clinic application: ``python -m verification.clinic [NAME …] [--quick]``.

Writes ``docs/verification/clinic.md`` and ``clinic.json``.  A part that is not run again keeps its figures and
its date.  The exit status is 1 if a part failed.  ``--quick`` runs a small version of each part and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from docs.pages import paragraph, put, put_results, rounded

PAGE: Final = Path(__file__).parents[2] / "docs" / "verification" / "clinic.md"
RESULTS: Final = PAGE.with_suffix(".json")
PARTS: Final = ("postgresql", "kill", "load")


def lines(kept: dict[str, Any]) -> Iterator[str]:
    """The page, from the results."""
    yield "# Verification of the clinic application"
    yield ""
    yield paragraph("""Each part is run by `python -m verification.clinic NAME`; all figures are in `clinic.json`. They
        were measured on a machine with two processor cores that ran other work at the same time: its load average is
        stated.""")
    for name in PARTS:
        if name not in kept:
            continue
        part, found = import_module(f"verification.clinic.{name}"), kept[name]
        yield from ("", f"## {part.TITLE}", "", paragraph(part.__doc__.partition("\n\n")[2]), "")
        yield from part.lines(found)
        yield ""
        yield paragraph(f"""{found["date"]}, version {found["version"]}, {found["seconds"]:.0f} s, load average
            {found["load_average"]:.1f}: {"passed" if found["passed"] else "**FAILED**"}.""")


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m verification.clinic", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*PARTS, []], metavar="NAME", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a small version of each part; writes nothing")
    parser.add_argument("--page-only", action="store_true", help="the page from the stored figures")
    given = parser.parse_args(words)
    kept: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    failed = False
    for name in () if given.page_only else given.names or PARTS:
        begun = time.monotonic()
        measured = import_module(f"verification.clinic.{name}").measure(given.quick)
        about = {
            "date": date.today().isoformat(), "version": version("neodermis"), "seconds": time.monotonic() - begun,
            "load_average": os.getloadavg()[1],
        }  # fmt: skip
        kept[name] = rounded(about | measured)
        failed |= not measured["passed"]
        print(json.dumps({name: kept[name]}, indent=1))
        if not given.quick:
            put_results(RESULTS, kept)
    if not given.quick:
        put(PAGE, "\n".join(lines(kept)) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
