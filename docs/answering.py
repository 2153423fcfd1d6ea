"""Reference page of the claims: simulation, published results and verdict of each."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

from docs.pages import put, tabled
from neodermis.claims import Evidence, Judged, documents, ledger, shipped
from neodermis.claims import Point as Part
from neodermis.claims.ledger import RULE
from neodermis.claims.record import document, made, path, text
from neodermis.report.blocks import Block, Figure, Heading, Paragraph, Points
from neodermis.report.claims import (
    claims_figure,
    point_counts,
    points_text,
    together,
    verdict_counts,
    write_claims_picture,
)

#: Maximum number of published results of a point on the page; the command prints all.
SHOWN = 4


def answer() -> None:
    """Simulate every answer and write the shipped ledger; its date changes only if an answer changes."""
    rows = list(ledger())
    dates = [made().date] if path().is_file() else []
    for date in (*dates, datetime.date.today().isoformat()):
        wanted = text(rows, date)
        if path().is_file() and path().read_text("utf-8") == wanted:
            return
    put(path(), wanted)
    document.cache_clear()
    made.cache_clear()


def picture(place: Path) -> None:
    """A small plot for each claim."""
    write_claims_picture(shipped(), place)


def page() -> Iterator[Block]:
    rows = shipped()
    yield Heading("Claims about microneedling", 1)
    said = "; ".join(f"{name}, {title}" for name, title in documents().items())
    yield Paragraph(f"""Five public articles describe microneedling ({said}). This page tests each of their {len(rows)}
        claims by simulation and against published results. `neodermis claims --html claims.html` prints the claims with
        plots, and `neodermis claims ID` one claim with every result. The answers are shipped with this version;
        `neodermis claims --recompute` repeats the simulations in about a minute and reports differences.""")
    claims, points = verdict_counts(rows), point_counts(rows)
    yield tabled(("", *claims), [("claims", *claims.values()), ("points", *points.values())])
    yield Figure(lambda: claims_figure(rows), "A small plot for each claim", "../images/claims.png")
    yield Heading("Rule for the verdicts")
    yield Paragraph("""A claim consists of points. The simulation answers a point with *yes* if its 90 % credible
        interval lies on the claimed side and its median is at least the smallest change that matters (or within
        the claimed range), with *some* if this holds in part or no study constrains the size of the effect, else
        with *none* or *opposite*. Published results have weights by grade: A randomised or pooled trials in
        people 3; B controlled or large measured series, official records and guidance 2; C uncontrolled, before
        and after only 1; D animals, culture, manufacturers, opinion 1/2. Each study counts once. The results are
        *for* or *against* if three quarters of the weight agree, *weak* if all agreeing results are uncontrolled,
        else *mixed*. The table gives the verdict on a point; a point without a simulation is pending. The verdict
        on a claim is that of its points if they agree, and *partly* if any point is supported or partly
        supported; pending points do not count.""")
    columns = ("for", "weak", "mixed", "against", "none")
    yield tabled(
        ("simulation, published results", *columns),
        ((f"**{state}**", *(by[name] for name in columns)) for state, by in RULE.items()),  # type: ignore[index]
    )
    yield Heading("All claims")
    yield tabled(
        ("claim", "wording", "source", "points", "verdict"),
        (
            (
                f"[{row.claim.id}](#{row.claim.id.lower()})",
                row.claim.claim,
                ", ".join(row.claim.documents),
                points_text(row),
                together(row),
            )
            for row in rows
        ),
    )
    for row in rows:
        yield from answered(row)


def answered(row: Judged) -> Iterator[Block]:
    """One claim: source, points and verdict."""
    yield Heading(row.claim.id)
    expected = "; ".join(
        f"{name.replace('_', ' ')} {low:g} to {high:g}" for name, (low, high) in row.claim.expect.items()
    )
    yield Paragraph(
        f"{row.claim.claim[0].upper()}{row.claim.claim[1:]}. Source: {', '.join(row.claim.documents)}"
        + (f", with {expected}." if expected else ".")
    )
    for part in row.points:
        yield from of_a_point(part)
    yield Paragraph(f"Verdict: **{together(row)}**.")


def of_a_point(part: Part) -> Iterator[Block]:
    """One point: verdict, simulated answer, command, and published results."""
    lines = [f"**{part.words}**: {part.verdict}; {part.reason}. {part.turning}"]
    if part.answer is not None:
        lines.append(f"Simulated: {part.answer.words}.")
    if part.note:
        lines.append(f"*{part.note[0].upper()}{part.note[1:].removesuffix('.')}.*")
    if part.answer is not None:
        lines.append(f"`{part.answer.command}`")
    yield Paragraph(" ".join(lines))
    shown = sorted(part.published, key=lambda one: one.grade)[:SHOWN]
    more = [f"and {len(part.published) - len(shown)} more"] if len(part.published) > len(shown) else []
    if shown:
        yield Points([*map(told, shown), *more])


def told(one: Evidence) -> str:
    return f"{one.says} ({one.grade}) `{one.key}`: {one.words}"
