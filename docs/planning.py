"""Reference page of the ranges inside which protocols are proposed, and the table that they are read from."""

from __future__ import annotations

import json
from collections.abc import Iterator

from docs.pages import paragraph, point, put, table
from neodermis.planning import supported


def derive() -> None:
    """Write the shipped table; its date changes only if a range changes."""
    place = supported.path()
    kept = json.loads(place.read_text("utf-8"))["date"] if place.is_file() else ""
    for date in (kept, ""):
        wanted = supported.text(supported.build(date))
        if place.is_file() and place.read_text("utf-8") == wanted:
            return
    put(place, wanted)
    supported.document.cache_clear()


def page() -> Iterator[str]:
    rows = supported.table()
    none = ", ".join(kind.replace("_", " ") for kind in supported.kinds() if kind not in {row.kind for row in rows})
    yield from ("# Ranges of proposed protocols", "")
    yield paragraph("""A protocol is proposed only inside the ranges that published studies support for the concern and
        the kind of device: needle depth, passes, sessions and the interval between them. The ranges are derived from
        the findings files ([evidence](evidence.md)); `neodermis.planning.supported.supported("acne_scar", "pen")` reads
        one row with its studies and sources.""")
    yield ""
    yield from map(
        point,
        (
            """A range runs from the least to the greatest value that a study in people printed for an arm with needles.
            A value that a study did not print widens no range, and results kept for validation are not used. Few
            studies print the needle depth: of the others, the range that the findings file assumes counts, marked
            (assumed).""",
            """In brackets: the number of groups of people whose study printed the value, and after + of those whose
            study did not print the kind of device, and which count for each kind that it may have been. A range of one
            study counts.""",
            """A plan is proposed between the ends that two groups of people reach, where there are three or more: no
            single study sets them.""",
            """Passes are the usual number of the kind of device where no study printed them, marked (usual).""",
            """The concern of an arm is that of its people, or the one that its outcomes measure; arms of any other
            concern, or of none, count for `any` alone.""",
            f"""An empty field takes the range of any concern with the same kind of device, then that of the concern
            with a pen, then that of any concern with a pen; every result says so. Without any study: {none}.""",
        ),
    )
    yield ""
    yield from table(
        ("concern", "device", "needle depth, mm", "passes", "sessions", "interval, d", "studies"),
        ((f"`{row.concern}`", *row[1:6], len(row.studies)) for row in rows),
    )
    yield from ("", "## Studies", "")
    yield from table(
        ("concern", "device", "studies that name the kind of device", "others"),
        (
            (
                f"`{row.concern}`",
                row.kind,
                ", ".join(study for study in row.studies if study not in row.unstated),
                ", ".join(row.unstated),
            )
            for row in rows
        ),
    )
