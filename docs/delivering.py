"""The page on delivery and the barrier: the model in brief, published figures beside it, the catalogue of actives."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from docs.pages import paragraph, point, table
from neodermis import transport
from neodermis.evidence import load_parameters
from neodermis.inference.delivery import DeliveryRow, compare_delivery, delivery_counts
from neodermis.report.delivery_evidence import DELIVERY_COLUMNS, delivery_evidence_table, write_delivery_evidence_plot
from neodermis.skin import barrier, delivery
from neodermis.treatment.active import Active, load_actives


@cache
def rows() -> tuple[DeliveryRow, ...]:
    return tuple(compare_delivery(load_parameters()))


def section(module: ModuleType, name: str) -> str:
    """The text below a heading of a module's docstring, set flush left."""
    lines = (module.__doc__ or "").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(name))
    body = []
    for line in lines[start + 1 :]:
        if line and not line.startswith(" "):
            break
        body.append(line)
    return textwrap.dedent("\n".join(body)).strip("\n")


def page() -> Iterator[str]:
    yield from ("# Delivery and the barrier", "")
    yield paragraph("""What of a molecule on the skin gets into it, beside the channels and through them, how long the
        channels help, and what the skin loses of water meanwhile. `neodermis deliver` answers it for a protocol;
        `neodermis evidence delivery` prints the comparison below.""")
    yield from ("", "## The model in brief", "")
    for module, title in ((barrier, "Closure and water"), (delivery, "Ways in"), (transport, "Steps in time")):
        yield from (f"### {title}", "")
        yield from ("```", section(module, "Equations"), "```", "")
        if module is not transport:
            yield from (paragraph(section(module, "Biology")), "")
    yield paragraph("""The share of an open channel that conducts is the one number fitted, to enhancements by rollers:
        [the fit](../validation/delivery.md).""")
    yield from figures()
    yield from actives()
    yield from ("", "What public articles say of absorption, answered: [the ledger of claims](claims.md).")


def figures() -> Iterator[str]:
    yield from ("", "## Published figures beside the model", "")
    yield paragraph(delivery_counts(rows()).sentence)
    yield ""
    yield paragraph("""A published number is inside where it lies in the 90 % credible interval of the answer, a range
        where the median answer lies in it, and a bound is kept where the median answer keeps it. A direction is right
        where nine in ten draws have it. The interval holds what is not known of the parameters and of what was done,
        not the error of the study; a wide one is easily hit. Misses stand first.""")
    yield from ("", "![published against model](../images/delivery_figures.png)", "")
    by_id = {row.id: row for row in rows()}
    yield from table(
        (*DELIVERY_COLUMNS, "what was done", "source"),
        (
            (*cells, by_id[cells[0]].figure.condition, by_id[cells[0]].figure.source)
            for cells in delivery_evidence_table(rows())
        ),
    )
    yield from ("", "### What the misses say", "")
    yield from map(point, LESSONS)
    yield ""
    rest = [row for row in rows() if row.model is None]
    yield from (f"### The {len(rest)} without an answer", "")
    yield from table(
        ("figure", "quantity", "published", "what was done", "why not", "source"),
        (
            (row.id, row.figure.quantity, row.figure.published, row.figure.condition, row.why, row.figure.source)
            for row in rest
        ),
    )


#: What the misses have in common; words only, the numbers are in the table.
LESSONS = (
    "A product that dries on intact skin is taken up too completely: nothing of it crystallises, stays in the film or "
    "is shed, so that shares of a dose come out too high for creams, gels and peels.",
    "Charge is in the lipophilicity alone: what pH does to passage is understated.",
    "Measured permeabilities lie above the line for lidocaine and caffeine, and so do those of a copper peptide; an "
    "active of the catalogue has its measured one instead.",
    "An emulsion of two oils drives more anaesthetic into the skin than water can hold, which is all that the model "
    "dissolves.",
    "Length and number of needles: passage follows the number of channels and not their depth; diffusion cells "
    "show the reverse.",
    "Tomography sees channels longer, and meters call the barrier restored sooner, than the two clocks that rest on "
    "them; both are one number each, for rat and people together.",
    "No course leaves less water loss or more held water behind, since nothing in the model makes a better barrier "
    "than before.",
    "Water loss at rest knows neither age nor site nor sex; published trends with age contradict each other.",
)


def actives() -> Iterator[str]:
    yield from ("", "## Catalogue of actives", "")
    yield paragraph("""`neodermis actives show NAME` says more. Permeability: smallest and largest that were measured on
        intact human skin. Open skin: what may be put on while channels are open.""")
    yield ""
    yield from table(
        ("active", "kind", "g/mol", "log Kow", "measured permeability, cm/h", "usual %", "on open skin",
         "what it acts on, and the grade"),
        (catalogue_row(name, one) for name, one in load_actives().items()),
    )  # fmt: skip


def catalogue_row(name: str, one: Active) -> tuple[str, ...]:
    def plain(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    measured = "" if one.permeability_cm_h is None else "{:.2g} to {:.2g}".format(*one.permeability_cm_h)
    acts = "; ".join(
        f"{effect.on} ({effect.grade}{'' if effect.sized else '; no size, changes nothing'})" for effect in one.effects
    )
    return (
        f"`{name}` {one.label}", one.kind, plain(one.molar_mass), plain(one.log_kow), measured,
        plain(one.usual_percent), one.open_skin, acts or "nothing in this model",
    )  # fmt: skip


def picture(to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    write_delivery_evidence_plot(rows(), to)
