"""The clinic application: serve it, and check its audit trail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from neodermis.cli.options import AsJson, Quiet, app, command
from neodermis.cli.printing import say, say_json
from neodermis.errors import RunError
from neodermis.units import read_number

_PORTS = (1, 65_535)
Demo = Annotated[bool, typer.Option("--demo", help="The demonstration: a database of its own with invented patients.")]

clinic = typer.Typer(help="Look after the data of neodermis serve.", no_args_is_help=True, rich_markup_mode=None)


@clinic.callback(epilog="Needs: pip install 'neodermis[clinic]'.  Example: neodermis clinic verify --demo")
def _clinic(quiet: Quiet = False) -> None:
    """Look after the data of neodermis serve: check, back up, restore."""


@command("Needs: pip install 'neodermis[clinic]'.  Example: neodermis serve --demo")
def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to serve on; localhost: this computer alone.")
    ] = "localhost",
    port: Annotated[str, typer.Option(metavar="N", help="Port to serve on.")] = "8000",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    demo: Demo = False,
) -> None:
    """Serve the clinic application in a browser: patients, consultations and screening, on this computer.

    The database, its secret key and the head of the audit trail are kept in the user's data folder, or in the folder
    that the environment variable NEODERMIS_DATA names. At the first start a link for the first account is printed.
    """
    number = read_number(
        port, field="port", low=_PORTS[0], high=_PORTS[1], whose="the Internet Protocol", unit="", whole=True,
        next_step="leave it out for 8000",
    )  # fmt: skip
    from neodermis.clinic import launch

    launch.serve(host=host, port=int(number), browser=not no_browser, demo=demo, say=_say)


def _say(line: str) -> None:
    typer.echo(line)


@command("Example: neodermis clinic verify --demo", on=clinic)
def verify(demo: Demo = False, as_json: AsJson = False) -> None:
    """Check the audit trail: entries changed, removed or added, and records changed, without the application."""
    from neodermis.clinic import launch

    faults = launch.verify(demo=demo)
    if as_json:
        say_json({"faults": [*map(str, faults)]})
    elif not faults:
        say("The audit trail is complete, and every record is as its last entry says.")
    else:
        say("\n".join(f"- {one}" for one in faults))
    if not faults:
        return
    raise RunError(
        "audit trail", value=f"{len(faults)} fault{'s' if len(faults) > 1 else ''}", accepted="none",
        whose="this check", next_step="keep a copy of the data folder as it is, and find out who could write to it",
    )  # fmt: skip


@command("Example: neodermis clinic backup clinic.backup --demo", on=clinic)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Write an encrypted backup of all data, also while the application runs.

    The passphrase is asked for, or taken from the environment variable NEODERMIS_PASSPHRASE.
    """
    from neodermis.clinic.backup import write_backup
    from neodermis.clinic.folder import data_folder

    write_backup(data_folder(demo=demo), file, _passphrase(again=True), demo=demo)
    if as_json:
        say_json({"written": str(file)})
    else:
        say(f"wrote {file}; without its passphrase nobody can read it")


@command("Example: neodermis clinic restore clinic.backup --demo", on=clinic)
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a data folder that has no database yet.

    The passphrase is asked for, or taken from the environment variable NEODERMIS_PASSPHRASE.
    """
    from neodermis.clinic.backup import restore_backup
    from neodermis.clinic.folder import data_folder

    folder = data_folder(demo=demo)
    restore_backup(folder, file, _passphrase(again=False), demo=demo)
    if as_json:
        say_json({"restored": str(folder)})
    else:
        say(f"restored into {folder}; check it with: neodermis clinic verify")


def _passphrase(*, again: bool) -> str:
    given = os.environ.get("NEODERMIS_PASSPHRASE")
    return given or str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=again, err=True))


app.add_typer(clinic, name="clinic")
