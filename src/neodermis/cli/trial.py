"""The command that runs a virtual trial."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neodermis.cli.options import AsJson, Notes, Plot, Reporting, command, outputs, without
from neodermis.cli.printing import say_after, show, write_files
from neodermis.errors import InputError
from neodermis.units import read_number
from neodermis.waiting import progress


@command(
    "Needs: pip install 'neodermis[trials]'.  Save the output of neodermis trial --example (> t.toml), edit it and run "
    "it.  Example: neodermis trial t.toml --people 200 --plot trial.png"
)
def trial(
    design: Annotated[
        Path | None, typer.Argument(metavar="FILE.toml", help="The design of a trial, or example to print one.")
    ] = None,
    *,
    example: Annotated[bool, typer.Option("--example", help="Print a complete, commented design.")] = False,
    people: Annotated[
        str | None,
        typer.Option(metavar="N", help="People assessed for eligibility, all arms.  [default: as the design says]"),
    ] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Seed of the random draws.  [default: as the design says]")
    ] = None,
    power: Annotated[
        bool, typer.Option("--power", help="Also compute power and assurance at 10 to 400 people; about half a minute.")
    ] = False,
    find: Annotated[
        str | None, typer.Option(metavar="n", help="Find the smallest n with an assurance of 80 %; implies --power.")
    ] = None,
    plot: Plot = None,
    reporting: Annotated[Reporting, without("language")],
    netcdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every reading as NetCDF.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the estimates as CSV.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also print the mean change by visit.")] = False,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Run a virtual controlled trial: from its design to the effect with its interval, as a study would publish it.

    The design states arms, eligibility, randomisation, drop-out, visits, raters, outcomes and analyses. The result has
    the flow of people, the estimates, responders and adverse events, and with --power how often trials of 10 to 400
    people show the effect of the primary outcome.
    """
    if example or str(design) == "example":
        alone = (people, seed, find, plot, reporting.report, reporting.letterhead, netcdf, csv)
        if (example and design is not None) or power or as_json or any(one is not None for one in alone):
            raise InputError(
                "--example", accepted="no file and no other option together with it", whose="this command",
                next_step="neodermis trial --example > t.toml, then give the options with neodermis trial t.toml",
            )  # fmt: skip
        from neodermis.trials.design import example as text

        typer.echo(text().rstrip("\n"))
        return
    if design is None:
        raise InputError(
            "trial", accepted="FILE.toml, or --example", whose="this command",
            next_step="neodermis trial --example > t.toml, edit it, then neodermis trial t.toml",
        )  # fmt: skip
    if find not in (None, "n"):
        raise InputError(
            "--find", value=find, accepted="n, the number of people randomised", whose="this option",
            next_step="write --find n",
        )  # fmt: skip
    files = outputs([design, reporting.letterhead], plot=plot, report=reporting.report, netcdf=netcdf, csv=csv)
    on_report = reporting.check()
    from neodermis.api.inputs import MAX_STORED, read_draws
    from neodermis.trials.trial import trial as run

    count = None if people is None else int(read_number(
        people, field="numerics.people", low=1, high=MAX_STORED, whose="this program's range", whole=True,
        next_step="give the people assessed, for instance 80",
    ))  # fmt: skip
    start = None if seed is None else read_draws(1, seed)[1]
    with progress("simulating", "people or trials") as told:
        found = run(design, people=count, seed=start, power=power or find is not None, progress=told)
    write_files(found, files, **on_report)
    show(found, as_json, everything=everything)
    say_after(found.warnings, files, notes=notes)
