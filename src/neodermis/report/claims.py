"""Report of the claims: table, JSON document, HTML page and figure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis import DISCLAIMER
from neodermis.claims import VERDICTS, Answer, Judged, Picture, Point, documents
from neodermis.claims.record import Made
from neodermis.evidence.bibliography import load_bibliography
from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.report.blocks import Block, Code, Figure, Fold, Heading, Note, Page, Paragraph, Points, Table
from neodermis.report.common import plain_list, write_figure
from neodermis.report.html import write_html
from neodermis.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

#: Verdict → colour.
COLOURS: Final = {
    "supported": "#1b7a3d", "partly": "#8a6100", "not supported": "#a4532a", "contradicted": "#b3261e",
    "no evidence": "#5f6b7a", "pending": "#69727d",
}  # fmt: skip
#: Size of a small plot in the figure of all claims (inches).
_SMALL: Final = (2.9, 2.25)


def verdict_counts(rows: Iterable[Judged]) -> dict[str, int]:
    """Number of claims by verdict, in the order of the verdicts."""
    found = Counter(row.verdict for row in rows)
    return {verdict: found[verdict] for verdict in VERDICTS}


def point_counts(rows: Iterable[Judged]) -> dict[str, int]:
    """Number of points by verdict, in the order of the verdicts."""
    found = Counter(point.verdict for row in rows for point in row.points)
    return {verdict: found[verdict] for verdict in VERDICTS}


def counts_text(rows: Iterable[Judged]) -> str:
    """Counts of the verdicts in one line."""
    counts = verdict_counts(rows)
    whole = counted(sum(counts.values()), "claim", "claims")
    return f"{whole}: " + ", ".join(f"{number} {name}" for name, number in counts.items())


def count_blocks(rows: Sequence[Judged]) -> Page:
    """Counts of the verdicts on claims and points."""
    points = ", ".join(f"{number} {verdict}" for verdict, number in point_counts(rows).items())
    return [
        Points([counts_text(rows), f"their points: {points}"]),
        Paragraph("A claim is supported only by both simulation and evidence; neodermis claims ID shows them."),
    ]


def claims_blocks(rows: Sequence[Judged]) -> Page:
    """Table of the claims, one row each."""
    lines = [
        (row.claim.id, row.claim.claim, ", ".join(row.claim.documents), points_text(row), together(row)) for row in rows
    ]
    return [Table("Claims", ("id", "claim", "source", "points", "verdict"), lines)]


def together(row: Judged) -> str:
    """Verdict on a claim, with the number of its pending points."""
    pending = sum(point.verdict == "pending" for point in row.points)
    return row.verdict + (f", {counted(pending, 'point', 'points')} pending" if 0 < pending < len(row.points) else "")


def points_text(row: Judged) -> str:
    """Verdicts on the points of a claim: ``1 supported, 2 partly``."""
    return ", ".join(f"{number} {verdict}" for verdict, number in point_counts([row]).items() if number)


def claims_document(rows: Sequence[Judged], made: Made) -> dict[str, Any]:
    """The JSON document of ``claims``; ``made`` is what the answers were computed with."""
    return {
        "made": {name: getattr(made, name) for name in Made.__slots__},
        "counts": verdict_counts(rows),
        "point_counts": point_counts(rows),
        "documents": dict(documents()),
        "claims": [_entry(row) for row in rows],
    }


def _entry(row: Judged) -> dict[str, Any]:
    return {
        "id": row.claim.id,
        "claim": row.claim.claim,
        "about": row.claim.about,
        "documents": list(row.claim.documents),
        "simulated": {"points": [_point_entry(point) for point in row.points]},
        "published": [
            {"point": point.words, "source": one.key, "grade": one.grade, "says": one.says, "result": one.words}
            for point in row.points
            for one in point.published
        ],
        "verdict": row.verdict,
        "reason": row.reason,
    }


def _point_entry(point: Point) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "point": point.words, "verdict": point.verdict, "why": point.reason, "what_would_change_it": point.turning,
    }  # fmt: skip
    if point.note:
        entry["note"] = point.note
    answer = point.answer
    if answer is None:
        return entry
    entry |= {"answer": answer.words, "state": answer.state, "command": answer.command}
    if answer.checks is not None:
        entry["checks"] = dict(answer.checks)
    if answer.effect is not None and np.isfinite(answer.effect).all():
        entry |= {"effect": answer.effect._asdict(), "unit": answer.unit, "claimed": _claimed(answer)}
    if answer.direction_only:
        entry["direction_only"] = True
    picture = answer.picture
    if picture is not None and picture.labels:
        entry["by"] = {
            label: plain_list([picture.median[k], picture.low[k], picture.high[k]])
            for k, label in enumerate(picture.labels)
        }
    return entry


def _claimed(answer: Answer) -> str:
    if answer.expected is not None and answer.towards == "within":
        return f"{answer.expected[0]:g} to {answer.expected[1]:g} {answer.unit}".strip()
    return f"{answer.towards}, by {answer.matters:.3g} {answer.unit} at least" if answer.matters else answer.towards


# ----------------------------------------------------------------------------------------------- pictures


def draw_small(ax: Any, picture: Picture) -> None:
    """A course with its band, or intervals side by side."""
    size = style.LEAST
    if picture.labels:
        reach = np.vstack([picture.median - picture.low, picture.high - picture.median])
        ax.errorbar(picture.x, picture.median, yerr=np.maximum(reach, 0.0), fmt="o", ms=3.5, color=style.INK, capsize=2,
                    lw=1.2)  # fmt: skip
        ax.set_xticks(
            picture.x,
            [textwrap.fill(label, 15 if len(picture.labels) < 6 else 40) for label in picture.labels],
            fontsize=size,
        )
        ax.set_xlim(-0.6, len(picture.labels) - 0.4)
        if sum(map(len, picture.labels)) > 20 or len(picture.labels) > 4:
            for text in ax.get_xticklabels():
                text.set(rotation=35, ha="right", rotation_mode="anchor", linespacing=0.9)
    else:
        ax.fill_between(picture.x, picture.low, picture.high, color=style.BAND, alpha=0.6, lw=0)
        ax.plot(picture.x, picture.median, color=style.INK, lw=1.3)
        if picture.base is not None:
            ax.plot(picture.x, picture.base, color=style.UNTREATED, lw=1.2, ls=style.DASHED)
        ax.margins(x=0.01)
        label = picture.x_label
        if label == "days":
            end = float(picture.x[-1])
            style.time_axis(ax, end)
            label = style.time_unit(end)[1]
        ax.set_xlabel(label, fontsize=size, labelpad=1)
    ax.set_ylabel(textwrap.fill(picture.y_label, 24), fontsize=size, labelpad=2)
    ax.tick_params(labelsize=size, length=2, pad=1.5)
    ax.locator_params(axis="y", nbins=4)


def small_figure(picture: Picture) -> Drawn:
    """The small plot of one answer."""
    with style.styled() as plt:
        page = style.sheet(plt, width=3.3, rows=[1.25], margins=style.Margins(left=0.95, right=0.15, last=0.75))
        draw_small(page.axes[0, 0], picture)
    return page.figure


def claims_figure(rows: Sequence[Judged], columns: int = 7) -> Drawn:
    """A small plot for each claim, with its verdict."""
    lines = -(-len(rows) // columns)
    with style.styled() as plt:
        page = style.sheet(
            plt, width=_SMALL[0] * columns, rows=[_SMALL[1] - 0.95] * lines, columns=[1.0] * columns,
            title=[counts_text(rows)],
            foot=f"line or dot: median; band or bar: {style.INTERVAL}; dashed: without · not a medical device",
            margins=style.Margins(left=0.95, right=0.15, above=0.3, below=0.65, last=0.85),
        )  # fmt: skip
        for ax, row in zip(page.axes.flat, rows, strict=False):
            ax.set_title(f"{row.claim.id}: {row.verdict}", fontsize=style.SMALL, color=COLOURS[row.verdict])
            shown = [p.answer.picture for p in row.points if p.answer is not None and p.answer.picture is not None]
            if shown:
                draw_small(ax, shown[0])
            else:
                _draw_checks(ax, row)
        for ax in page.axes.flat[len(rows) :]:
            ax.set_axis_off()
    return page.figure


def _draw_checks(ax: Any, row: Judged) -> None:
    """Number of checks that hold, for a claim without numbers."""
    checks = [held for p in row.points if p.answer and p.answer.checks for held in p.answer.checks.values()]
    ax.set_xlim(0, max(len(checks), 1))
    ax.set_ylim(0, 1)
    for k, held in enumerate(sorted(checks, reverse=True)):
        ax.add_patch(_box(k, held))
    told = f"{sum(checks)} of {len(checks)} checks hold" if checks else "not simulated"
    ax.text(0.5, 0.12, told, transform=ax.transAxes, ha="center", fontsize=style.LEAST, color=style.MUTED)
    ax.set_axis_off()


def _box(k: int, held: bool) -> Any:
    from matplotlib.patches import Rectangle

    colour = COLOURS["supported"] if held else COLOURS["contradicted"]
    return Rectangle((k + 0.1, 0.4), 0.8, 0.35, facecolor=colour if held else "white", edgecolor=colour, lw=1.2)


def write_claims_picture(rows: Sequence[Judged], path: Path) -> None:
    """The small plots of all claims, in the format of the file ending."""
    write_figure(lambda: claims_figure(rows), path)


# ----------------------------------------------------------------------------------------------- page


def claims_page(rows: Sequence[Judged], made: Made) -> Page:
    """Page of the ledger: counts, index, and each claim with its points, simulations and published results."""
    told = "; ".join(f"{name}, {title}" for name, title in documents().items())
    claims, points = verdict_counts(rows), point_counts(rows)
    page: list[Block] = [
        Heading("Claims about microneedling, tested", 1),
        Paragraph(f"""Five public articles describe microneedling; each of their {len(rows)} claims shown here is
            answered by a simulation and by published results. The verdict follows from both by a fixed rule. No claim
            is supported without both. Agreement of uncontrolled studies alone gives the verdict “partly”. An effect
            whose size no study constrains is never shown with certainty."""),
        Table("Verdicts", ("", *claims),
              [("claims", *map(str, claims.values())), ("points", *map(str, points.values()))]),
        Paragraph(f"""Documents: {told}. Grades of evidence: A randomised or pooled trials in people; B controlled, or
            large measured series, or an official record; C uncontrolled, before and after only; D animals, culture,
            manufacturers, opinion. Woman of 45, phototype 3, unless stated otherwise; medians with 90 % credible
            intervals over 100 parameter draws. Plots: median and 90 % interval (parameter uncertainty); dashed: without
            treatment.""", "soft"),
        Fold("All claims", [Points([f"[{row.claim.id}](#{row.claim.id}): {together(row)}" for row in rows])]),
    ]  # fmt: skip
    for row in rows:
        page += claim_blocks(row)
    versions = f"neodermis {made.version} · parameters {made.parameters} · answered {made.date}"
    return [*page, Paragraph(DISCLAIMER, "soft"), Paragraph(versions, "foot")]


def claim_blocks(row: Judged) -> Iterator[Block]:
    """One claim: source, points in full, then the verdict that follows from them."""
    yield Heading(f"{row.claim.id}: {row.claim.claim}", 2, row.claim.id)
    figures = ", ".join(
        f"{name.replace('_', ' ')} {low:g} to {high:g}" for name, (low, high) in row.claim.expect.items()
    )
    yield Paragraph(
        f"Source: {', '.join(row.claim.documents)}{f'; stated figures: {figures}' if figures else ''}", "soft"
    )
    for point in row.points:
        yield from _point_blocks(point)
    yield Paragraph(f"Claim {row.claim.id}, verdict: {together(row)}")


def _point_blocks(point: Point) -> Iterator[Block]:
    works, answer = load_bibliography(), point.answer
    yield Heading(point.words, 3, mark=point.verdict, colour=COLOURS[point.verdict])
    yield Paragraph(f"{point.reason[0].upper()}{point.reason[1:]}. {point.turning}", "soft")
    if answer is not None:
        claimed = f" (claimed: {_claimed(answer)})" if answer.effect else ""
        yield Paragraph(f"Simulated: {answer.words}{claimed}")
        if answer.checks:
            yield Points([f"{'yes' if held else 'NO'}: {words}" for words, held in answer.checks.items()])
        if answer.picture is not None:
            picture = answer.picture
            yield Figure(lambda: small_figure(picture), f"{picture.y_label}: {answer.words}", small=True)
    if point.published:
        told = []
        for one in point.published:
            work = works.get(one.key)
            named = f"{work.by or one.key}, {work.dated}: {work.title} ({one.key})" if work else one.key
            told.append(f"{one.grade}, {one.says}: {named}: {one.words}")
        yield Points(told, "soft")
    if point.note:
        yield Note([point.note])
    if answer is not None:
        yield Code([answer.command])


def write_claims_page(rows: Sequence[Judged], path: Path, made: Made) -> None:
    """Write the ledger as one self-contained HTML page."""
    write_html(claims_page(rows, made), path)
