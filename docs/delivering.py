"""Reference page of delivery and barrier: model summary, published figures, catalogue of actives."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from docs.pages import tabled
from neodermis.evidence import load_parameters
from neodermis.report.blocks import Block, Code, Figure, Heading, Paragraph, Points
from neodermis.report.delivery_evidence import (
    DELIVERY_COLUMNS,
    delivery_evidence_figure,
    delivery_evidence_table,
    write_delivery_evidence_plot,
)
from neodermis.simulation import _transport as transport
from neodermis.skin import barrier, delivery
from neodermis.studies.figures_delivery import DeliveryRow, compare_delivery, delivery_counts
from neodermis.treatment.active import Active, load_actives


@cache
def rows() -> tuple[DeliveryRow, ...]:
    return tuple(compare_delivery(load_parameters()))


def section(module: ModuleType, name: str) -> str:
    """The text below a heading of a module's docstring, without indentation."""
    lines = (module.__doc__ or "").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(name))
    body = []
    for line in lines[start + 1 :]:
        if line and not line.startswith(" "):
            break
        body.append(line)
    return textwrap.dedent("\n".join(body)).strip("\n")


def page() -> Iterator[Block]:
    yield Heading("Delivery and the barrier", 1)
    yield Paragraph("""This page describes the uptake of a molecule through intact skin and through channels, the time
        until the channels close, and the water loss until then. `neodermis deliver` simulates the delivery of a
        protocol; `neodermis evidence delivery` prints the comparison below.""")
    yield Heading("Model summary")
    for module, title in (
        (barrier, "Channel closure and water loss"),
        (delivery, "Transport pathways"),
        (transport, "Time stepping"),
    ):
        yield Heading(title, 3)
        yield Code(section(module, "Equations").splitlines())
        if module is not transport:
            yield Paragraph(section(module, "Biology"))
    yield Paragraph("""One parameter is fitted, to enhancements by rollers: the conducting share of the open area
        ([fit](../validation/delivery.md)).""")
    yield from figures()
    yield from actives()
    yield Paragraph("[Claims](claims.md) tests what public articles state about absorption.")


def figures() -> Iterator[Block]:
    yield Heading("Comparison with published figures")
    yield Paragraph(delivery_counts(rows()).sentence)
    yield Paragraph("""A published number is inside if it lies in the 90 % credible interval of the model, and a range
        if the median lies in it; a bound is kept if the median keeps it. A direction is right
        if 90 % of the draws have it. The interval covers the uncertainty of the parameters and of the procedure, but
        not the error of the study; a wide interval is a weak test. Misses are listed first.""")
    yield Figure(
        lambda: delivery_evidence_figure(rows()), "Published and model results", "../images/delivery_figures.png"
    )
    by_id = {row.id: row for row in rows()}
    yield tabled(
        (*DELIVERY_COLUMNS, "procedure", "source"),
        (
            (*cells, by_id[cells[0]].figure.condition, by_id[cells[0]].figure.source)
            for cells in delivery_evidence_table(rows())
        ),
    )
    yield Heading("Conclusions from the misses", 3)
    yield Points(LESSONS)
    rest = [row for row in rows() if row.model is None]
    yield Heading(f"Figures without a prediction ({len(rest)})", 3)
    yield tabled(
        ("figure", "quantity", "published", "procedure", "reason", "source"),
        (
            (row.id, row.figure.quantity, row.figure.published, row.figure.condition, row.why, row.figure.source)
            for row in rest
        ),
    )


#: Common causes of the misses; the table gives the numbers.
LESSONS = (
    "Uptake of a product that dries on intact skin is too complete: crystallisation, retention in the film and "
    "shedding are not modelled, so the absorbed share of creams, gels and peels is too high.",
    "Ionisation enters only through lipophilicity: the effect of pH on permeation is underestimated.",
    "Measured permeabilities of lidocaine, caffeine and a copper peptide exceed the regression; actives of the "
    "catalogue use measured values instead.",
    "A eutectic emulsion delivers more anaesthetic than water can dissolve, whereas the model is limited by the "
    "solubility in water.",
    "Length and number of needles: permeation follows the number of channels and not their depth; diffusion cells "
    "show the reverse.",
    "Tomography shows channels for longer, and evaporimeters indicate barrier recovery sooner, than the two half-times "
    "derived from them; each half-time is one number for rats and people.",
    "No course lowers water loss or raises hydration in the long term, since no mechanism improves the barrier beyond "
    "its state before treatment.",
    "Baseline water loss does not depend on age, site or sex; published trends with age contradict each other.",
)


def actives() -> Iterator[Block]:
    yield Heading("Catalogue of actives")
    yield Paragraph("""`neodermis actives show NAME` gives details. Permeability: smallest and largest value measured in
        intact human skin. Open skin: use while channels are open.""")
    yield tabled(
        ("active", "kind", "g/mol", "log Kow", "measured permeability, cm/h", "usual %", "on open skin",
         "effects and grade of evidence"),
        (catalogue_row(name, one) for name, one in load_actives().items()),
    )  # fmt: skip


def catalogue_row(name: str, one: Active) -> tuple[str, ...]:
    def plain(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    measured = "" if one.permeability_cm_h is None else "{:.2g} to {:.2g}".format(*one.permeability_cm_h)
    acts = "; ".join(
        f"{effect.on} ({effect.grade}{'' if effect.sized else '; no effect size, no effect in this model'})"
        for effect in one.effects
    )
    return (
        f"`{name}` {one.label}", one.kind, plain(one.molar_mass), plain(one.log_kow), measured,
        plain(one.usual_percent), one.open_skin, acts or "nothing in this model",
    )  # fmt: skip


def picture(to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    write_delivery_evidence_plot(rows(), to)
