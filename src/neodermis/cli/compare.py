"""The command that compares cases, and its output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neodermis.cli.options import (
    CASE_HELP,
    PROTOCOLS,
    AsJson,
    Model,
    Notes,
    Numbers,
    Numbing,
    Person,
    Plot,
    Reporting,
    command,
    given,
    outputs,
    read_case,
    without,
)
from neodermis.cli.printing import say_after, say_examples, say_json, say_page, write_files
from neodermis.waiting import progress

if TYPE_CHECKING:
    from neodermis.api import Comparison


@command(f'Example: neodermis compare "{PROTOCOLS[0]}" "{PROTOCOLS[1]}" --concern acne_scar=goodman_baron:3')
def compare(
    cases: Annotated[
        list[str] | None, typer.Argument(metavar="CASE CASE...", help=f"{CASE_HELP}; 2 to 8 of them.")
    ] = None,
    *,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="Day of the comparison.  [default: latest last session + 60]")
    ] = None,
    who: Person,
    numbers: Annotated[Numbers, without("people")],
    until: Annotated[
        str | None, typer.Option(metavar="DAYS", help="Last day of the courses.  [default: last session + 365]")
    ] = None,
    anaesthetic: Numbing = None,
    model: Model,
    plot: Plot = None,
    reporting: Annotated[Reporting, without("language")],
    netcdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every draw as NetCDF.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write cases and differences by day as CSV.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Print every outcome, not only those of the concern.")
    ] = False,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Compare cases on the same draws: outcomes, harm, downtime and chair time, and the intervals of the differences.

    Differences are from the first case. A sentence is simulated for the patient of the first file among the cases, or
    for the default patient; patient options apply to every case.
    """
    if not cases:
        say_examples("compare", "two cases", [f'"{PROTOCOLS[0]}" "{PROTOCOLS[1]}"'])
        return
    files = outputs(
        [*cases, model.device, who.patient, reporting.letterhead],
        plot=plot, report=reporting.report, netcdf=netcdf, csv=csv,
    )  # fmt: skip
    on_report = reporting.check()
    from neodermis import api

    options = who.given | numbers.given | model.given | given(until=until, anaesthetic=anaesthetic)
    first, *others = map(read_case, cases)
    with progress() as told:
        compared = api.compare(first, *others, day=day, progress=told, **options)
    show_comparison(compared, files, on_report, everything, notes, as_json)


def show_comparison(
    compared: Comparison,
    files: Sequence[tuple[str, Path]],
    on_report: Mapping[str, Any],
    everything: bool,
    notes: bool,
    as_json: bool,
) -> None:
    """A comparison as text or JSON, and its files."""
    from neodermis.report.pages import comparison_page

    write_files(compared, files, **on_report)
    if as_json:
        say_json(compared.to_dict())
    else:
        say_page(comparison_page(compared, everything=everything), everything=everything)
    say_after(compared.warnings, files, notes=notes)
