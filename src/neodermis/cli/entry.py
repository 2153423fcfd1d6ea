"""Entry point of the command line: parses the words, runs a command, and converts errors to exit statuses."""

from __future__ import annotations

import io
import os
import signal
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer

from neodermis.cli.flags import message
from neodermis.cli.options import Quiet, app
from neodermis.errors import InputError, NeodermisError, printable
from neodermis.waiting import telling

# the modules that add commands, in the order of the help
for _module in (
    "course",
    "section",
    "compare",
    "session",
    "people",
    "care",
    "planning",
    "update",
    "trial",
    "studies",
    "calibration",
    "export",
    "clinic",
):
    import_module(f"neodermis.cli.{_module}")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"neodermis {version('neodermis')}")
        raise typer.Exit


@app.callback()
def _root(
    shown_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    quiet: Quiet = False,
) -> None:
    pass


#: Characters of one word of the command line.
MAX_WORD: Final = 4096
#: What the option reader raises on words that it cannot read; it prints them as they are, so we print them.
UNREADABLE: Final[Any] = typer.BadParameter.__base__


def main() -> None:
    """Run the command line; exit status 0, 2 for invalid input, 1 for an internal failure."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.stderr is None:  # closed by the caller
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # for the life of the process
    if sys.stdout is None:
        # nothing could be printed, and the next file that is opened would take the number of standard output
        sys.stderr.write(
            "error: standard output is closed, so the result cannot be printed; to discard it, redirect it to the "
            f"null device ({os.devnull})\n"
        )
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        for word in sys.argv[1:]:
            if len(word) > MAX_WORD:
                raise InputError(
                    "length of a word of the command", value=f"{len(word)} characters",
                    accepted=f"at most {MAX_WORD} characters", whose="the longest path of operating systems",
                    next_step="put longer input into a file",
                )  # fmt: skip
        with telling():
            status = app(standalone_mode=False)
        sys.stdout.flush()  # a full disk is told here and not when Python has ended
        sys.exit(status)
    except UNREADABLE as error:
        usage = io.StringIO()
        error.show(usage)
        typer.echo("\n".join(map(printable, usage.getvalue().rstrip("\n").split("\n"))), err=True)
        sys.exit(2)
    except NeodermisError as error:
        typer.echo(f"error: {message(error, sys.argv[1:])}", err=True)
        sys.exit(error.exit_status)
    except OSError as error:  # a full disk under standard output, for instance
        typer.echo(f"error: {error.strerror or error}", err=True)
        sys.exit(1)
