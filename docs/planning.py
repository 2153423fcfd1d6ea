"""Reference page of the ranges within which protocols are proposed, and the shipped table of these ranges."""

from __future__ import annotations

import json
from collections.abc import Iterator

from docs.pages import put, tabled
from neodermis.planning import supported
from neodermis.report.blocks import Block, Heading, Paragraph, Points


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


def page() -> Iterator[Block]:
    rows = supported.table()
    none = ", ".join(kind.replace("_", " ") for kind in supported.kinds() if kind not in {row.kind for row in rows})
    yield Heading("Ranges of proposed protocols", 1)
    yield Paragraph("""A protocol is proposed only inside the ranges that published studies support for the concern and
        the kind of device: needle depth, passes, sessions and the interval between them. The ranges are derived from
        the findings files ([evidence](evidence.md)); `neodermis.planning.supported.supported("acne_scar", "pen")` reads
        one row with its studies and sources.""")
    yield Points([
        """A range extends from the lowest to the highest value that a study in people reports for an arm with needles.
        An unreported value does not widen a range, and results reserved for validation are not used. Few studies report
        the needle depth; for the others, the range assumed in the findings file counts, marked (assumed).""",
        """In brackets: the number of groups of people whose study reports the value. After + follows the number of
        those whose study does not report the kind of device; they count for each possible kind. The range of a single
        study counts.""",
        """With three or more groups of people, a plan is proposed only between values that two groups reach, so that no
        single study determines the limits.""",
        """If no study reports passes, the usual number of the kind of device is used, marked (usual).""",
        """The concern of an arm is that of its people, or the concern that its outcomes measure. Arms with another
        concern or without one count for `any` only.""",
        f"""An empty field takes the range of any concern with the same kind of device, then that of the concern with a
        pen, then that of any concern with a pen; every result states this. Without any study: {none}.""",
    ])  # fmt: skip
    yield tabled(
        ("concern", "device", "needle depth, mm", "passes", "sessions", "interval, d", "studies"),
        ((f"`{row.concern}`", *row[1:6], len(row.studies)) for row in rows),
    )
    yield Heading("Studies")
    yield tabled(
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
