"""The command that updates the forecast of one person after measured follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from neodermis.cli.options import PROTOCOLS, AsJson, Notes, Plot, Reporting, Seed, assignment, command, outputs, without
from neodermis.cli.printing import say_after, say_json, say_page, write_files
from neodermis.errors import InputError


@command(f'Example: neodermis update example "{PROTOCOLS[0]}" --measured wrinkle_grade=1.6 --day 75 --rater blinded')
def update(
    consultation: Annotated[
        Path, typer.Argument(help="A consultation file (neodermis screen --example writes one), or example.")
    ],
    protocol: Annotated[
        str | None,
        typer.Argument(help="The course that was begun, as a sentence.  [default: protocol of [plan] in the file]"),
    ] = None,
    measured: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME=VALUE",
            help="A measured value in the unit of the outcome (neodermis outcomes); repeatable, each with its --day. "
            "To keep a follow-up, add a table [[follow_up]] to the consultation.",
        ),
    ] = None,
    day: Annotated[
        list[str] | None, typer.Option(metavar="D", help="Day since the first session of each --measured.")
    ] = None,
    rater: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Rater: instrument, blinded, unblinded, self; one for each --measured, or none.  [default: "
            "blinded, or instrument if no rater judges it]",
        ),
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SITE",
            help="Measured site; one for each --measured, or none.  [default: the site of the concerns]",
        ),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day of the screening.  [default: that of the file, else today]"),
    ] = None,
    seed: Seed = "0",
    plot: Plot = None,
    *,
    reporting: Annotated[Reporting, without("language")],
    csv: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write the numbers as a table.")] = None,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Update the forecast of one patient with measured follow-ups: forecast, updated forecast, and advice.

    Follow-ups are those of the tables [[follow_up]] of the consultation and those of --measured. Each is compared with
    the forecast before any follow-up, and draws of parameters and people are weighted by their agreement. The advice is
    to continue, to change the plan or to stop, or it is uncertain.
    """
    files = outputs([consultation, reporting.letterhead], plot=plot, report=reporting.report, csv=csv)
    on_report = reporting.check()
    further = _follow_ups(measured or (), day or (), rater or (), site or ())
    from neodermis.api.inputs import read_draws
    from neodermis.planning.update import update as updated

    _, start = read_draws(1, seed)
    done = updated(
        consultation, protocol, measured=further, today=_day(today), clock=date.today(), seed=start
    )  # fmt: skip
    write_files(done, files, **on_report)
    if as_json:
        say_json(done.to_dict())
    else:
        from neodermis.report.update import update_page

        say_page(update_page(done))
    say_after(done.warnings, files, notes=notes)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    from neodermis.dates import read_date

    try:
        return read_date(text)
    except ValueError as error:
        raise InputError(
            field="today", value=text, accepted=str(error), whose="the calendar",
            next_step="leave it out for today's date",
        ) from error  # fmt: skip


def _follow_ups(
    measured: Sequence[str], days: Sequence[str], raters: Sequence[str], sites: Sequence[str]
) -> list[dict[str, Any]]:
    """The follow-ups of the options, in parallel."""
    count = len(measured)
    for field, given, needed in (("day", days, True), ("rater", raters, False), ("site", sites, False)):
        if len(given) != count and (needed or given):
            raise InputError(
                field=field, value=f"{len(given)} of --{field}, {count} of --measured",
                accepted=f"one --{field} for each --measured{'' if needed else ', or none at all'}",
                whose="this command",
                next_step="for instance --measured goodman_baron_grade=2 --day 90 --rater blinded",
            )  # fmt: skip
    found = []
    for number, text in enumerate(measured):
        name, value = assignment("--measured", text)
        found.append({
            "outcome": name, "value": _number(value, "measured", "a number in the unit of the outcome"),
            "day": _number(days[number], "day", "days since the first session, above 0"),
            "rater": raters[number] if raters else None, "site": sites[number] if sites else None,
        })  # fmt: skip
    return found


def _number(text: str, field: str, accepted: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(
            field=field, value=text, accepted=accepted, whose="this option", next_step="give a number such as 90"
        ) from None
