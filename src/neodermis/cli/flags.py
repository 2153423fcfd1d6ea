"""Mapping from input fields to command-line options or arguments: the only place that knows both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from neodermis.errors import AmbiguousNameError, DataFileError, NeodermisError, UnknownNameError, printable

#: Path of a field, as errors carry it → option.  The rest of a longer path is the name that the option takes.
FLAGS: Final = {
    "patient.age": "--age",
    "patient.sex": "--sex",
    "patient.phototype": "--phototype",
    "patient.exposures": "--exposure",
    "patient.concerns": "--concern",
    "numerics.draws": "--draws",
    "numerics.people": "--people",
    "numerics.seed": "--seed",
    "numerics.until": "--until",
    "numerics.engine": "--engine",
    "numerics.outcomes_only": "--outcomes-only",
    "parameters": "--set",
    "plan.beyond_limits": "--beyond-limits",
    "device": "--device",
    "anaesthetic": "--anaesthetic",
    "like": "--like",
    "audience": "--audience",
    "arm": "--arm",
    "day": "--day",
    "measured": "--measured",
    "rater": "--rater",
    "ages": "--ages",
    "site": "--site",
    "changes": "--compare-exposure",
    "compare": "--compare",
    "delivery.compare": "--alternatives",
    "delivery.percent": "--percent",
    "delivery.after": "--after",
    "delivery.for_hours": "--for",
    "delivery.dose": "--dose",
    "delivery.weight": "--weight",
    "weight_kg": "--weight",
    "language": "--language",
    "start": "--start",
    "hemisphere": "--hemisphere",
    "today": "--today",
    "seconds": "--seconds",
    "word": "--explain",
    "template": "--template",
    "explain": "--explain",
    "save_case": "--save-case",
    "output.plot": "--plot",
    "output.report": "--report",
    "output.netcdf": "--netcdf",
    "output.csv": "--csv",
    "output.save_case": "--save-case",
    "output.ics": "--ics",
    "output.leaflet": "--leaflet",
    "output.html": "--html",
    "output.gif": "--gif",
    "output.png": "--png",
    "output.bibtex": "--bibtex",
    "output.out": "--out",
    "filter.find": "--find",
    "trial.results": "--results",
    "trial.resume": "--resume",
    "trial.workers": "--workers",
}
_BY_NAME: Final = {field.rpartition(".")[2]: flag for field, flag in FLAGS.items()}
_FIELD: Final = {flag: field for field, flag in reversed(FLAGS.items())}


def option_of(field: str) -> str:
    """Option of a field with its name, ``--set labile_share``; empty without one."""
    if field in FLAGS:
        return FLAGS[field]
    path, _, name = field.rpartition(".")
    if path == "filter":
        return f"--{name.replace('_', '-')}"
    return f"{FLAGS[path]} {name}" if path in FLAGS else ""


def message(error: NeodermisError, words: Sequence[str]) -> str:
    """Text of an error after a command with these words.

    It names the option if that option was given.  With ``--json`` it is the Python error, without the name of an
    option, and with the path of its field on a separate line.
    """
    if "--json" in words:
        field = error.field or _FIELD.get(error.what, "")
        text = re.sub(r"(?<![\w-])--([a-z-]+)", lambda found: found[1].replace("-", "_"), str(error))
        return f"{text}\n  field: {printable(field)}" if field else text
    option = option_of(error.field)
    flag = option.partition(" ")[0]
    head, *rest = str(error).split("\n")
    # what the name is of, or the file and its entry, says more than the option
    named = isinstance(error, UnknownNameError | AmbiguousNameError | DataFileError)
    if flag and not named and any(word == flag or word.startswith(f"{flag}=") for word in words):
        head = printable(option) + head.removeprefix(error.what)
    return re.sub(r"`(\w+)`", lambda found: _BY_NAME.get(found[1], found[0]), "\n".join([head, *rest]))
