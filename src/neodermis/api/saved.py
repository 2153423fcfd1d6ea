"""Saved: a case or a result read back from its file, and run again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeAlias

from neodermis.api.case import Case, read_case
from neodermis.api.comparison import Comparison, side_by_side
from neodermis.api.course import injure, simulate
from neodermis.api.delivery import delivered, read_dose
from neodermis.api.explanation import Explanation, explain
from neodermis.documents import read_any
from neodermis.errors import DataFileError, InputError
from neodermis.evidence import ParameterSet
from neodermis.simulation.course import Course
from neodermis.simulation.delivery import Deliveries, Dose
from neodermis.simulation.heat import HeatInjuries
from neodermis.simulation.session_outcomes import Injuries
from neodermis.simulation.solver import Progress

Result: TypeAlias = Course | Injuries | HeatInjuries | Deliveries | Explanation | Comparison

#: Commands whose results are run again.
COMMANDS: Final = ("simulate", "injure", "deliver", "explain", "compare")


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A case or a result that was written to a file."""

    case: Case
    command: str = ""
    """What made the result: simulate, injure, deliver, explain or compare; empty of a case."""
    made_by: str = ""
    """Version of neodermis that wrote it, where it says so."""
    document: Mapping[str, Any]
    """Everything in the file."""


def load(file: str | Path, parameters: ParameterSet | None = None) -> Saved:
    """A case file, or the JSON document of a result, read back.

    Parameters
    ----------
    file
        A written case, the JSON document of a result, or a case in TOML: ``protocol = "…"`` and the tables
        ``[patient]``, ``[numerics]`` and ``[set]``.
    parameters
        The parameter set that it was made with, where that is not the shipped one.

    Raises
    ------
    DataFileError
        The file cannot be read, holds neither, or was made with another parameter set or by a version that did not keep
        the case; names the file, the field and the reason.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> import neodermis as nd
    >>> file = pathlib.Path(tempfile.mkdtemp(), "case.json")
    >>> done = nd.simulate("1 session: exceed; cheek 1 mm, 4 passes", draws=1)
    >>> _ = file.write_text(json.dumps(done.ledger.case.document))
    >>> nd.load(file).case == done.ledger.case
    True
    """
    return read_saved(read_any(Path(file)), str(file), parameters)


def read_saved(document: Mapping[str, Any], file: str = "the result", parameters: ParameterSet | None = None) -> Saved:
    """A case or a result from its plain values; errors as :func:`load`."""
    if isinstance(document.get("case"), Mapping):
        case = read_case(document["case"], file, parameters)
        made_by, command = document.get("neodermis"), document.get("command")
        return Saved(case=case, command=str(command or ""), made_by=str(made_by or ""), document=document)
    if document.get("injury") == "heat":
        raise DataFileError(
            file, "", "injury", value="heat", accepted="a result of needles, which contains its case",
            whose="this version: a session by heat has none",
            next_step=f'ask injure for its protocol with its patient, draws and seed: "{document.get("protocol")}"',
        )  # fmt: skip
    if "versions" in document or "summary" in document:
        raise DataFileError(
            file, "", "case", accepted="a result that contains its case",
            whose=f"this version; the file was made by neodermis {document.get('neodermis', 'of an unknown version')}",
            next_step="simulate its protocol again with the same options",
        )  # fmt: skip
    return Saved(
        case=read_case(document, file, parameters), made_by=str(document.get("neodermis", "")), document=document
    )


def rerun(
    result: Result | Saved | Mapping[str, Any] | str | Path,
    *,
    parameters: ParameterSet | None = None,
    progress: Progress | None = None,
) -> Result:
    """The same numbers again: of a result, of its JSON document, or of the path of one; a case is simulated.

    Bit for bit with the same version on the same machine; another version says so in the warnings of the result.

    Raises
    ------
    DataFileError
        As :func:`load`.
    InputError
        The document is of a command that is not run again.

    Examples
    --------
    >>> import neodermis as nd
    >>> done = nd.simulate("1 session: exceed; cheek 1 mm, 4 passes", draws=2)
    >>> nd.rerun(done).dataset.identical(done.dataset)
    True
    """
    if isinstance(result, Course):
        return simulate(result.ledger.case, progress=progress)
    if isinstance(result, Injuries):
        return injure(result.ledger.case)
    if isinstance(result, HeatInjuries):
        numbers: Any = {"draws": result.ledger.draws, "seed": result.ledger.seed, "beyond_limits": result.exceeds}
        return injure(result.protocol, **result.patient, **numbers)
    if isinstance(result, Deliveries):
        return delivered(result.ledger.case, result.doses)
    if isinstance(result, Explanation):
        return explain(result.outcome, result.day, result.case)
    if isinstance(result, Comparison):
        return side_by_side(result.cases, result.labels, result.day, progress, exposures=result.exposures)
    if isinstance(result, (str, os.PathLike)):
        result = load(result, parameters)
    saved = result if isinstance(result, Saved) else read_saved(result, parameters=parameters)
    case, document = saved.case, saved.document
    done: Result
    if saved.command in ("", "simulate"):
        done = simulate(case, progress=progress)
    elif saved.command == "injure":
        done = injure(case)
    elif saved.command == "deliver":
        done = delivered(case, _doses(document))
    elif saved.command == "explain":
        done = explain(str(document.get("outcome")), document.get("day", ""), case)
    elif saved.command == "compare":
        done = _compared(document, parameters, progress)
    else:
        raise InputError(
            "command", value=saved.command, accepted=f"a result of {', '.join(COMMANDS)}", whose="the rerun command",
            next_step="give its case to the command that made it",
        )  # fmt: skip
    now = version("neodermis")
    if saved.made_by in ("", now):
        return done
    told = f"made by neodermis {saved.made_by} and run again by {now}: numbers may differ"
    if isinstance(done, Explanation):
        return replace(done, warnings=(told, *done.warnings))
    if isinstance(done, Comparison):
        return replace(done, remarks=(told,))
    return replace(done, ledger=replace(done.ledger, warnings=(told, *done.ledger.warnings)))


def _compared(document: Mapping[str, Any], parameters: ParameterSet | None, progress: Progress | None) -> Comparison:
    """The comparison whose document this is."""
    try:
        cases = [read_case(entry["case"], "the result", parameters) for entry in document["cases"]]
        labels = tuple(str(entry["label"]) for entry in document["cases"])
        day = document["day"]
    except (KeyError, TypeError) as error:
        raise DataFileError(
            "the result", "cases", str(error), accepted="every entry of the document of a comparison"
        ) from error
    return side_by_side(cases, labels, day, progress, exposures="compare_exposure" in document)


def _doses(document: Mapping[str, Any]) -> list[Dose]:
    """The doses in the document of a delivery."""
    others = document.get("compare", [])
    try:
        return [
            read_dose(
                str(entry["active"]), entry["percent"], entry["after_hours"], entry["for_hours"], entry["dose_mg_cm2"],
                occluded=bool(entry["occluded"]), sterile=bool(entry["sterile"]), weight=entry["weight_kg"],
            )
            for entry in (document, *others)
        ]  # fmt: skip
    except (KeyError, TypeError) as error:
        raise DataFileError(
            "the result", "dose", str(error), accepted="every entry of the document of a delivery"
        ) from error
