"""The command that shows the mechanism in time and depth: the skin in section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neodermis.cli.options import (
    CASE_HELP,
    PROTOCOLS,
    AsJson,
    Model,
    Notes,
    Person,
    command,
    given,
    outputs,
    read_case,
)
from neodermis.cli.printing import say_after, say_examples, show
from neodermis.errors import InputError
from neodermis.waiting import progress

_HOME: str = "12 sessions every 7 days: home_roller; cheek 0.25 mm, 8 passes"


@command(f'Example: neodermis section "{PROTOCOLS[0]}" --html section.html')
def section(
    cases: Annotated[
        list[str] | None, typer.Argument(metavar="CASE [CASE2]", help=f"{CASE_HELP}; a second one stands beside it.")
    ] = None,
    *,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write one page that moves through time; it needs no network."),
    ] = None,
    gif: Annotated[
        Path | None, typer.Option(metavar="FILE.gif", help="Write an animated GIF for slides; takes about a minute.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Write one day as a picture for slides (needs --day).")
    ] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="Day of the picture, in days since the first session.")
    ] = None,
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="Site that is shown.  [default: the first of the protocol]")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="Last day.  [default: last session + 365]"),
    ] = None,
    who: Person,
    model: Model,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Show the mechanism in time and depth: the skin in section, to scale, with channels, cells, signals and collagen.

    The picture is that of the central course. Two cases stand side by side on the same scales. Patient options apply to
    every case; for two patients, save a case of each with simulate --save-case.
    """
    if not cases:
        if any((html, gif, png, day, site, until, as_json)) or (who, model) != (Person(), Model()):
            raise InputError("protocol", accepted="a protocol sentence", next_step=f'for instance "{PROTOCOLS[0]}"')
        say_examples("section", "a case, or two beside each other", [
            f'"{PROTOCOLS[0]}" --html section.html', f'"{PROTOCOLS[0]}" "{_HOME}" --html section.html',
            f'"{PROTOCOLS[0]}" --png day3.png --day 3',
        ])  # fmt: skip
        return
    if (png is None) != (day is None):
        raise InputError(
            "--day" if png is None else "--png", value=day if png is None else str(png),
            accepted="--png and --day together", whose="these options: a picture shows one day",
            next_step="for instance --png day3.png --day 3",
        )  # fmt: skip
    files = outputs([*cases, model.device, who.patient], html=html, gif=gif, png=png)
    from neodermis import api
    from neodermis.report import section_figure
    from neodermis.report.section import write_section_page

    options = who.given | model.given | given(until=until)
    first, *others = map(read_case, cases)
    seen = api.section(first, *others, site=site, **options)
    if day is not None:
        section_figure.read_day(day, seen)  # its error comes before any file is written
    if html is not None:
        write_section_page(seen, html)
    if png is not None and day is not None:
        section_figure.write_section_slide(seen, png, day)
    if gif is not None:
        with progress() as told:
            section_figure.write_section_gif(seen, gif, told)
    show(seen, as_json)
    say_after(seen.warnings, files, notes=notes)
