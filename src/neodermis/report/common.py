"""Functions shared by all reports: formats of numbers, and writing of files."""

from __future__ import annotations

import os
import stat
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.documents import replacing, unwritable
from neodermis.errors import OutputError
from neodermis.lazy import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.api.case import Case
    from neodermis.simulation.session import Ledger
    from neodermis.treatment import Protocol

Row = tuple[str, ...]


def plain_list(values: Any) -> list[float]:
    """Numbers as JSON values, to eight significant digits."""
    return [float(f"{value:.8g}") for value in np.asarray(values)]


def told_apart() -> str:
    """How far published studies tell protocols apart: the weight of the mechanism in contrasts within studies."""
    from neodermis.evidence.posterior import load_posterior

    found = load_posterior().weights["contrasts"]
    weight, groups = float(found["weight"]), found["groups"]
    if abs(weight - 0.5) < 0.1:  # the prior of λ is around one half
        return (
            "Published studies do not yet show how much of a predicted difference between protocols is real: contrasts "
            f"within {groups} groups of people leave its weight where it was assumed (λ = {weight:.2f})."
        )
    how = "hardly" if weight < 0.25 else "in part" if weight < 0.75 else "largely"
    return (
        f"Published studies bear out predicted differences between protocols {how}: contrasts within {groups} groups "
        f"of people support {100 * weight:.0f} % of a predicted difference (λ = {weight:.2f})."
    )


def person_text(person: Mapping[str, Any]) -> str:
    """The patient in one line."""
    from neodermis.people.exposure import MENOPAUSE_AGE

    parts = [str(person["sex"])]
    if person.get("age") is not None:
        parts.append(f"{person['age']:g} years")
    parts.append(f"phototype {person['phototype']}")
    exposures = dict(person.get("exposures", {}))
    if person["sex"] == "female" and "menopause" not in exposures:
        parts.append(f"menopause at {MENOPAUSE_AGE:g} (not given)")
    parts += [f"{name.replace('_', ' ')} {course}" for name, course in exposures.items()]
    parts += [f"{name.replace('_', ' ')} {given}" for name, given in person.get("concerns", {}).items()]
    return ", ".join(parts)


def case_entries(protocol: Protocol, case: Case | None) -> dict[str, Any]:
    """Entries of a document that describe the request; its ``case`` reproduces the numbers."""
    if case is None:
        return {"protocol": protocol.sentence}
    asked = case.plan.sentence
    return {
        "protocol": protocol.sentence,
        "patient": case.patient.said,
        **({"protocol_asked": asked} if asked != protocol.sentence else {}),
        **({"study": case.study, "arm": case.arm} if case.study else {}),
        **({"set": dict(case.set)} if case.set else {}),
        **({"beyond_limits": True} if case.exceeds else {}),
        "case": case.document,
    }


def run_entries(ledger: Ledger) -> dict[str, Any]:
    """Entries of a document that describe the computation and its sources."""
    parameters = ledger.parameters
    return {
        "draws": ledger.draws,
        "seed": ledger.seed,
        "parameters": {"name": parameters.name, "version": parameters.version, "sha256": parameters.sha256},
        "versions": dict(ledger.versions),
        "assumed_share": ledger.assumed_share,
        "sources": [{"key": key, "for": list(reasons)} for key, reasons in ledger.sources.items()],
        "warnings": list(ledger.warnings),
    }


#: Part of a unit → its form on a page.
_PRINTED: Final = {
    "um": "µm",
    "m2/h": "m²/h",
    "ug": "µg",
    "mm2": "mm²",
    "mm3": "mm³",
    "cm2": "cm²",
    "x rest": "× rest",
    "x normal": "× normal",
}


def page_unit(unit: str) -> str:
    """A unit in the notation of a page; empty for a pure number."""
    for written, printed in _PRINTED.items():
        unit = unit.replace(written, printed)
    return "" if unit == "1" else unit


def site_name(site: str) -> str:
    """A site on a page, without underscores."""
    return site.replace("_", " ")


def wrapped(text: str, width: int = 118) -> str:
    """A title, wrapped to the width of a page of 10.4 inches."""
    return "\n".join(textwrap.wrap(text, width))


# ----------------------------------------------------------------------------------------------- files


#: Plot formats, by the path's ending.
PLOT_ENDINGS: Final = (".png", ".svg", ".pdf")
#: Kind of output → its suffixes: a plot requires one of them, and no other output accepts a suffix of another kind.
ENDINGS: Final = {
    "plot": PLOT_ENDINGS,
    "report": (".html", ".htm", ".pdf"),
    "netcdf": (".nc", ".nc4", ".cdf", ".h5"),
    "csv": (".csv", ".tsv", ".txt"),
    "parquet": (".parquet", ".pq"),
    "save-case": (".json",),
    "ics": (".ics", ".ical"),
    "leaflet": (".html", ".htm", ".pdf"),
    "html": (".html", ".htm"),
    "gif": (".gif",),
    "png": (".png",),
    "bibtex": (".bib", ".bibtex"),
    "out": (".json",),
}
#: Kinds of output that the suffix decides the format of.
_STRICT: Final = ("plot", "report", "leaflet")


def check_outputs(wanted: Sequence[tuple[str, Path]], *, read: Sequence[Path] = ()) -> None:
    """Refuse an output that cannot be written, before any computation (kind of :data:`ENDINGS`, path).

    ``read`` are the files that the command reads; none of them is overwritten.  Raises :class:`OutputError`.
    """
    taken = {os.path.realpath(path): "the command reads that file" for path in read if os.path.exists(path)}
    for kind, path in wanted:
        ending = path.suffix.lower()
        others = [end for other, ends in ENDINGS.items() if other != kind for end in ends if end not in ENDINGS[kind]]
        if ending in others or (kind in _STRICT and ending not in ENDINGS[kind]):
            raise OutputError(
                f"file for {kind}",
                field=f"output.{kind.replace('-', '_')}",
                value=str(path),
                accepted=f"a path that ends in {', '.join(ENDINGS[kind])}",
                whose=f"the formats of {kind}",
                next_step=f"for instance course{ENDINGS[kind][0]}",
            )
        why = _cannot_be_written(path)
        if why:
            raise unwritable(path, why)
        place = os.path.realpath(path)
        if place in taken:
            raise OutputError(
                "one file for two outputs" if taken[place].startswith("another") else "a file that is read",
                value=str(path),
                accepted="a separate path for each output",
                whose=f"this program: it would replace {taken[place]}",
                next_step="give another path",
            )
        taken[place] = "another output goes there"


def _cannot_be_written(path: Path) -> str:
    """Reason why the operating system would refuse a file at this path; empty otherwise."""
    try:
        place = Path(os.path.realpath(path))  # a link stays, and what it points to is replaced
        if place.is_symlink():
            return "it is a link that leads to itself"
        if not place.parent.is_dir() or not os.access(place.parent, os.W_OK):
            return "its folder does not exist or cannot be written"
        return "" if stat.S_ISREG(place.stat().st_mode) else "it is not an ordinary file"
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)


def headless() -> None:
    """Select a drawing backend without a window."""
    import matplotlib

    matplotlib.use("Agg")


def write_figure(draw: Callable[[], Figure], path: Path) -> None:
    """Draw a figure and write it as PNG, SVG or PDF, by the suffix of the path, which is checked first."""
    check_outputs([("plot", path)])
    closing(draw(), lambda drawn: save(drawn, path))


def save(drawn: Figure, path: Path) -> None:
    """Save a figure in the format of the suffix."""
    with replacing(path) as draft:
        drawn.savefig(draft, dpi=160, format=path.suffix.lower().removeprefix("."))


def closing(drawn: Figure, use: Callable[[Figure], None]) -> None:
    """Use a figure and close it in any case."""
    try:
        use(drawn)
    finally:
        from matplotlib import pyplot as plt

        plt.close(drawn)
