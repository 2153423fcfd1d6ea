"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from neodermis.errors import printable
from neodermis.waiting import PREPARING

if TYPE_CHECKING:
    from neodermis.session import Ledger

#: Letters in a line of a table where neither a terminal nor ``COLUMNS`` says how many fit.
PIPED_WIDTH: Final = 160


def say(text: str = "", *, err: bool = False) -> None:
    """Print lines with control characters escaped."""
    if err:
        PREPARING.close()
    typer.echo("\n".join(map(printable, text.split("\n"))), err=err)


def say_json(content: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False))


def say_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that fits the terminal, or ``COLUMNS``."""
    from neodermis.report.tables import table_lines

    wide = os.environ.get("COLUMNS") or sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if wide else PIPED_WIDTH
    say("\n" + "\n".join(table_lines(title, header, rows, max(width, 20))) + "\n")


def say_entry(entry: Mapping[str, object]) -> None:
    """Print one entry of a catalogue, a value or part of it a line."""
    width = max(map(len, entry))
    for name, value in entry.items():
        values = value if isinstance(value, list) else [value]
        for number, item in enumerate(values):
            text = "; ".join(f"{k}: {v}" for k, v in item.items()) if isinstance(item, dict) else str(item)
            say(f"{name if number == 0 else '':{width}}  {text}")


def say_points(sentences: Iterable[str]) -> None:
    """Print sentences as a list."""
    for sentence in sentences:
        say(f"- {sentence}")


def say_protocol(sentence: str, ledger: Ledger) -> None:
    """Print the simulated protocol, and the requested one if the device settings differ."""
    say(sentence)
    if (asked := ledger.case.plan.sentence) != sentence:
        say(f"requested: {asked}; the device is set to its deepest setting that does not exceed this depth")


def say_after(warnings: Iterable[str] = (), files: Iterable[tuple[str, Path]] = ()) -> None:
    """What is told of a result on standard error: its notes, each once, and the files that were written."""
    for warning in dict.fromkeys(warnings):
        say(f"note: {warning}", err=True)
    for _, path in files:
        say(f"wrote {path}", err=True)


def say_examples(command: str, wanted: str, examples: Iterable[str]) -> None:
    """Three calls of a command to copy."""
    say(f"Enter {wanted}. Examples to copy:\n")
    for example in examples:
        say(f"  neodermis {command} {example}")
