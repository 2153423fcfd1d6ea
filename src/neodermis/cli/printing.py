"""Output of commands: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from neodermis.errors import printable
from neodermis.notes import Note
from neodermis.waiting import PREPARING

if TYPE_CHECKING:
    from neodermis.report.blocks import Block
    from neodermis.results import ResultMethods

#: Width of a table in characters without a terminal or ``COLUMNS``.
PIPED_WIDTH: Final = 160


def say(text: str = "") -> None:
    """Print lines with control characters escaped."""
    typer.echo("\n".join(map(printable, text.split("\n"))))


def remark(text: str) -> None:
    """Print lines on standard error, unless the command is to be quiet."""
    PREPARING.close()
    if not PREPARING.quiet:
        typer.echo("\n".join(map(printable, text.split("\n"))), err=True)


def say_json(content: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False))


def _width() -> int:
    wide = os.environ.get("COLUMNS") or sys.stdout.isatty()
    return max(shutil.get_terminal_size().columns if wide else PIPED_WIDTH, 20)


def write_files(result: ResultMethods, files: Iterable[tuple[str, Path]], **on_report: Any) -> None:
    """Write each wanted file of a result (kind, path); ``on_report`` are the options of its report."""
    for kind, path in files:
        write = getattr(result, {"netcdf": "to_netcdf", "csv": "to_csv"}.get(kind, kind))
        write(path, **(on_report if kind == "report" else {}))


def say_page(page: Iterable[Block], *, everything: bool = False) -> None:
    """Print a page that fits the terminal, or ``COLUMNS``."""
    from neodermis.report.terminal import lines

    say("\n".join(lines(page, _width(), everything=everything, more="--all")).removeprefix("\n"))


def show(result: object, as_json: bool, *, everything: bool = False) -> None:
    """Print a result of any verb, or several sessions side by side, as a page or as JSON."""
    if as_json:
        say_json(document_of(result))
        return
    from neodermis.report.results import shown, side_by_side

    page = side_by_side(result) if isinstance(result, list) else shown(result).page(result)
    say_page(page, everything=everything)


def document_of(result: object) -> dict[str, Any]:
    """The JSON document of a result of any verb; a second session stands under ``compare``."""
    from neodermis.report.results import shown

    if isinstance(result, list):
        first, *second = map(document_of, result)
        return first | ({"compare": second[0]} if second else {})
    return shown(result).document(result)


def say_after(warnings: Iterable[str] = (), files: Iterable[tuple[str, Path]] = (), *, notes: bool = False) -> None:
    """Print on standard error the notes on a result, each once, and the files that were written.

    Notes common to many runs are counted by subject on one line, or printed with ``notes``.
    """
    about: Counter[str] = Counter()
    for warning in dict.fromkeys(warnings):
        if isinstance(warning, Note) and not notes:
            about[warning.about] += 1
        else:
            remark(f"note: {warning}")
    if about:
        (subject, most), *others = about.most_common()
        counts = [f"{most} {'notes' if most > 1 else 'note'} on {subject}", *(f"{n} on {one}" for one, n in others)]
        remark(f"note: {', '.join(counts)}: --notes prints {'them' if about.total() > 1 else 'it'}")
    for _, path in files:
        remark(f"wrote {path}")


def say_examples(command: str, wanted: str, examples: Iterable[str]) -> None:
    """Three calls of a command to copy."""
    say(f"Enter {wanted}. Examples to copy:\n")
    for example in examples:
        say(f"  neodermis {command} {example}")
