"""The command that runs a virtual trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from neodermis.cli.options import AsJson, Notes, Plot, Reporting, command, outputs, without
from neodermis.cli.printing import remark, say_after, show, write_files
from neodermis.errors import InputError
from neodermis.units import read_number
from neodermis.waiting import progress

#: Most processes.
MOST_WORKERS: Final = 256


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
    results: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the people in this folder, a Parquet file for each block of them."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue with the blocks that the folder has.")] = False,
    workers: Annotated[str, typer.Option(metavar="N", help="Processes; each uses every core.")] = "1",
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
        alone = (people, seed, find, results, plot, reporting.report, reporting.letterhead, netcdf, csv)
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
    if resume and results is None:
        raise InputError(
            "--resume", accepted="--results FOLDER together with it", whose="this command",
            next_step="name the folder of the trial that was stopped",
        )  # fmt: skip
    files = outputs([design, reporting.letterhead], plot=plot, report=reporting.report, netcdf=netcdf, csv=csv)
    on_report = reporting.check()
    from neodermis.api.inputs import read_draws
    from neodermis.trials.design import MOST_PEOPLE
    from neodermis.trials.trial import trial as run

    count = None if people is None else int(read_number(
        people, field="numerics.people", low=1, high=MOST_PEOPLE, whose="this program's range", whole=True,
        next_step="give the people assessed, for instance 80",
    ))  # fmt: skip
    start = None if seed is None else read_draws(1, seed)[1]
    processes = int(read_number(
        workers, field="trial.workers", low=1, high=MOST_WORKERS, whose="this program's range", whole=True,
        next_step="give the number of processes, for instance 2",
    ))  # fmt: skip
    with progress("simulating", "people or trials") as bar:
        told = bar if bar is not None or results is None else _lines()
        try:
            found = run(
                design, people=count, seed=start, power=power or find is not None, results=results, resume=resume,
                workers=processes, progress=told,
            )  # fmt: skip
        except KeyboardInterrupt:
            if results is None:
                raise
            remark(f"stopped; finished blocks are kept in {results}: add --resume to continue")
            raise typer.Exit(130) from None
    write_files(found, files, **on_report)
    show(found, as_json, everything=everything)
    say_after(found.warnings, files, notes=notes)


def _lines(every: float = 30.0) -> Callable[[int, int], None]:
    """Progress as lines with the time left, where no terminal is there for a bar."""
    begun = said = time.monotonic()
    first: int | None = None

    def told(done: int, whole: int) -> None:
        nonlocal first, said
        now = time.monotonic()
        first = done if first is None else first
        if now - said >= every and done > first:
            said = now
            left = (now - begun) * (whole - done) / (done - first) / 60.0
            remark(f"{done:,} of {whole:,}; about {left:.0f} min left")

    return told
