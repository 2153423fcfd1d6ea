"""The command that plans a consultation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from neodermis.cli.options import AsJson, Notes, Plot, Reporting, Seed, command, outputs
from neodermis.cli.printing import say_after, say_json, say_page, write_files
from neodermis.errors import InputError
from neodermis.units import read_number
from neodermis.waiting import progress


@command(
    "Save the output of --example (> c.toml), edit it and plan it.  Example: neodermis plan example --plot plan.png"
)
def plan(
    consultation: Annotated[
        Path | None, typer.Argument(metavar="FILE.toml", help="A consultation, or example for the shipped one.")
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Print a complete, commented consultation.")] = False,
    today: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day of the screening.  [default: that of the file, else today]"),
    ] = None,
    prescription: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Goals and limits instead of those of the consultation."),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="SENTENCE", help="A plan of your own, scored with the others.  [default: that of the file, if any]"
        ),
    ] = None,
    seed: Seed = "0",
    seconds: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="End the search after this many seconds, like Ctrl-C; scoring the best plans takes additional time.",
        ),
    ] = None,
    plot: Plot = None,
    *,
    reporting: Reporting,
    ics: Annotated[
        Path | None, typer.Option(metavar="FILE.ics", help="Write the calendar of the recommended plan.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also print ten years and the equivalent plans.")] = False,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Plan a course for a consultation: three plans side by side, and the one to choose with the reasons.

    The screening rules, the limits of practice and the ranges that studies support are never exceeded; goals, limits,
    available devices and prices are those of the file. The lightest plan that is equivalent to the best is recommended.
    If no plan is possible, the reason and the conflicting limits are printed.
    """
    if (consultation is None) == (not example):
        raise InputError(
            "plan", value="a file and --example" if example else None, accepted="FILE.toml or --example",
            whose="this command", next_step="neodermis plan --example > c.toml, edit it, then neodermis plan c.toml",
        )  # fmt: skip
    if consultation is None:
        from neodermis.care.consultation import example as shipped

        typer.echo(shipped().rstrip("\n"))
        return
    files = outputs([consultation, prescription, reporting.letterhead], plot=plot, report=reporting.report, ics=ics)
    on_report = reporting.check()
    limit = None if seconds is None else read_number(
        seconds, field="seconds", low=0, high=86_400, whose="this program's range", unit="s",
        next_step="give the seconds, for instance 20, or leave it out",
    )  # fmt: skip
    from neodermis.api.inputs import read_draws
    from neodermis.care.calendar import made_now
    from neodermis.care.course import NoCalendarError
    from neodermis.cli.care import day_of
    from neodermis.planning.plan import plan as planned
    from neodermis.report import write_calendar
    from neodermis.report.plan import plan_document, plan_page

    made = None if ics is None else made_now()
    with progress("planning", "plans tried") as told:
        found = planned(
            consultation, today=None if today is None else day_of(today, None), clock=date.today(),
            seed=read_draws(1, seed)[1], seconds=limit, prescription=prescription, protocol=protocol, progress=told,
        )  # fmt: skip
    # a report says no where no plan can be recommended; nothing else is written then
    written = [(kind, path) for kind, path in files if found.recommended is not None or kind == "report"]
    for kind, path in written:
        if kind != "ics":
            write_files(found, [(kind, path)], **on_report)
        elif made is not None and found.care is not None:
            write_calendar(found.care.care, path, "patient", record=found.care.record, made=made)
    if as_json:
        say_json(plan_document(found))
    else:
        say_page(plan_page(found), everything=everything)
    if len(written) < len(files):
        raise NoCalendarError(
            found.refusal, accepted="a consultation for which a plan can be recommended", whose="the screening rules "
            "and the limits", next_step="ask for a report only, which says what is needed first",
        )  # fmt: skip
    say_after(found.warnings, written, notes=notes)
