"""Command that writes a case in the formats of other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neodermis.cli.options import (
    CASE_HELP,
    SESSIONS,
    AsJson,
    Model,
    Notes,
    Numbers,
    Person,
    command,
    outputs,
    read_case,
)
from neodermis.cli.printing import say, say_after, say_json
from neodermis.errors import InputError, did_you_mean
from neodermis.waiting import progress
from neodermis.wording import counted

#: Format → what is written.
FORMATS: Final = {
    "csv": "every draw and every person as a table",
    "parquet": "the same, with units as metadata (needs pip install 'neodermis[export]')",
    "netcdf": "the same by the CF conventions, for xarray and ArviZ",
}


def _formats(incomplete: str) -> list[str]:
    return [name for name in FORMATS if name.startswith(incomplete)]


@command(f'Example: neodermis export netcdf "{SESSIONS[0]}" course.nc --draws 20 --people 5')
def export(
    format: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help="; ".join(f"{name}: {what}" for name, what in FORMATS.items()) + ".",
            autocompletion=_formats,
        ),
    ],
    case: Annotated[str, typer.Argument(metavar="CASE", help=f"{CASE_HELP}.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")],
    *,
    who: Person,
    numbers: Numbers,
    model: Model,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Write a case in an open format that other programs read; what a format cannot express is refused."""
    if format not in FORMATS:
        raise InputError(
            "export FORMAT", value=format, accepted=", ".join(FORMATS), whose="this command",
            next_step=did_you_mean(format, FORMATS),
        )  # fmt: skip
    files = outputs([case, model.device, who.patient], **{format: file})
    about, warnings = _tables(format, case, file, who, numbers, model)
    if as_json:
        say_json({"command": "export", "format": format, "file": str(file), **about})
    else:
        told = (
            counted(count, "person" if what == "people" else what.removesuffix("s"), what)
            for what, count in about.items()
        )
        say(f"{format}: {', '.join(told)}")
    say_after(warnings, files, notes=notes)


def _tables(
    format: str, case: str, file: Path, who: Person, numbers: Numbers, model: Model
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Write every draw of a course; how much it is, and the notes."""
    from neodermis import api
    from neodermis.exports import tables

    if format == "parquet":
        tables.check_parquet()
    with progress() as told:
        course = api.simulate(read_case(case), progress=told, **who.given, **numbers.given, **model.given)
    found = course.dataset
    tables.WRITERS[format](found, file)
    counts = {"site": "sites", "draw": "draws", "person": "people", "time_day": "days"}
    about = {plural: found.sizes[name] for name, plural in counts.items() if name in found.sizes}
    return about | {"outcomes": len(next(iter(course.sites.values())).values)}, course.ledger.warnings
