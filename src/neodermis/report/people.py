"""Report of untreated skin by age, and of the people of a virtual population."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.api.untreated import QUANTITIES, Decades
from neodermis.documents import replacing
from neodermis.lazy import numpy as np
from neodermis.people.exposure import NEVER
from neodermis.people.population import Covariates, VirtualPopulation
from neodermis.report import style
from neodermis.report.blocks import Block, Page, Paragraph, Table
from neodermis.report.common import (
    Row,
    check_outputs,
    page_unit,
    person_text,
    plain_list,
    run_entries,
    site_name,
    write_figure,
)
from neodermis.report.comparison import percent_added
from neodermis.uncertain import Interval
from neodermis.wording import spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# --------------------------------------------------------------------------------------------------- skin by age

#: Quantities of the table; the document has all.
_SHOWN: Final = (
    "collagen_total", "collagen_papillary", "dermal_thickness", "synthesis_1", "elastin", "fragmented",
    "epidermal_turnover",
)  # fmt: skip


def skin_sentences(found: Decades) -> Iterator[str]:
    """Summary sentences on the change between the first and the last age."""
    first, last = found.ages[0], found.ages[-1]
    if first == last:
        return
    for name, what in (
        ("collagen_total", "dermal collagen"),
        ("collagen_papillary", "papillary collagen"),
        ("dermal_thickness", "dermal thickness"),
        ("synthesis_1", "type I collagen synthesis"),
        ("elastin", "elastin"),
    ):
        ratio = found.interval(name, last, over=first)
        yield (
            f"From {first:g} to {last:g} years, {what} changes by "
            f"{percent_added(Interval(*(value - 1 for value in ratio)))} without treatment."
        )
    menopause = found.patient.menopause_age
    if first < menopause < last and menopause < NEVER:
        yield f"Menopause is at {menopause:g} years."
    assumed = 100 * found.ledger.assumed_share
    yield f"{assumed:.0f} % of the {len(found.ledger.parameters)} parameters are assumed."


def skin_table(found: Decades) -> tuple[Row, list[Row]]:
    """Table of the quantities of untreated skin by age."""
    header = ("age", *(f"{QUANTITIES[name].label}, {page_unit(QUANTITIES[name].unit)}".rstrip(", ") for name in _SHOWN))
    rows = [(f"{age:g}", *(spread(found.interval(name, age)) for name in _SHOWN)) for age in found.ages]
    return header, rows


def skin_document(found: Decades) -> dict[str, Any]:
    """The JSON document of ``skin``."""
    quantities = {}
    for name, about in QUANTITIES.items():
        rows = found.values[name]
        lower, median, upper = np.quantile(rows, (0.05, 0.5, 0.95), axis=1)
        entry: dict[str, Any] = {
            "unit": about.unit,
            "definition": about.meaning,
            "median": plain_list(median),
            "lower90": plain_list(lower),
            "upper90": plain_list(upper),
        }
        if found.people[name].shape[1]:
            low, high = np.quantile(found.people[name], (0.05, 0.95), axis=1)
            entry |= {"people_lower90": plain_list(low), "people_upper90": plain_list(high)}
        quantities[name] = entry
    return {
        "neodermis": found.ledger.versions["neodermis"],
        "patient": {name: value for name, value in found.patient.said.items() if name != "age"},
        "site": found.site,
        "age": list(found.ages),
        **run_entries(found.ledger),
        "people": found.ledger.people,
        "summary": list(skin_sentences(found)),
        "quantities": quantities,
    }


#: Quantities of the figure → what a pure number is relative to.
_DRAWN: Final = {
    "collagen_total": "", "collagen_papillary": "", "dermal_thickness": "", "synthesis_1": "",
    "elastin": "relative to a young adult", "fragmented": "share of papillary collagen",
}  # fmt: skip


def skin_figure(found: Decades, width_inches: float | None = None) -> Figure:
    """Figure of collagen, thickness, synthesis, elastin and fragmentation by age.

    Parameters
    ----------
    found
        Untreated skin at several ages.
    width_inches
        Width of the page; the panels of a narrow page stand one above the other.
    """
    width = width_inches or style.WIDTH
    columns = 2 if width >= style.WIDTH else 1
    room = 1.5 if columns == 2 else style.label_room(width)
    person = {**found.patient.said, "age": None}
    ledger = found.ledger
    foot = (
        f"{ledger.draws} draws · {100 * ledger.assumed_share:.0f} % of parameters assumed · seed {ledger.seed} · "
        f"neodermis {ledger.versions['neodermis']} · not a medical device"
    )
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[1.95] * (6 // columns), columns=[1.0] * columns, foot=foot,
            title=[f"Untreated skin: {person_text(person)}, {site_name(found.site)}"],
            margins=style.Margins(left=0.85, right=room, above=0.28, below=0.3),
        )  # fmt: skip
        for number, (ax, name) in enumerate(zip(page.axes.flat, _DRAWN, strict=True)):
            _draw_quantity(ax, found, name, room, last=number >= 6 - columns)
    return page.figure


def _draw_quantity(ax: Any, found: Decades, name: str, room: float, *, last: bool) -> None:
    """A quantity by age: median, interval over draws, people, and the age at menopause."""
    ages, labels = np.array(found.ages), []
    low, median, high = np.quantile(found.values[name], (0.05, 0.5, 0.95), axis=1)
    if found.values[name].shape[1] > 1:
        ax.fill_between(ages, low, high, color=style.BAND, alpha=0.6, lw=0, label=style.INTERVAL)
        labels.append(style.Label(float(high[-1]), style.INTERVAL, style.BAND_TEXT))
    if found.people[name].shape[1]:
        edges = np.quantile(found.people[name], (0.05, 0.95), axis=1)
        for edge in edges:
            ax.plot(ages, edge, color=style.BETWEEN, lw=1.1, ls=style.DOTTED, label=style.PEOPLE)
        labels.append(style.Label(float(edges[0][-1]), style.PEOPLE, style.BETWEEN))
    ax.plot(ages, median, color=style.INK, lw=2.2, marker="o", ms=3.5, label="median")
    labels.append(style.Label(float(median[-1]), "median", style.INK))
    ax.set_ylim(bottom=0)
    if not high.max() > 0.0:
        ax.set_ylim(0.0, 1.0)  # nothing of it at any age
    unit = page_unit(QUANTITIES[name].unit) or _DRAWN[name]
    ax.set_ylabel("\n".join(style.wrap(f"{QUANTITIES[name].label}, {unit}", 1.9)))
    ax.tick_params(labelbottom=last)
    ax.set_xlabel("age, years" if last else "")
    menopause = found.patient.menopause_age
    if ages[0] < menopause < ages[-1]:
        ax.axvline(menopause, color=style.MUTED, lw=0.9, ls=style.DOTTED, label="menopause")
        style.label_above(ax, [style.Label(menopause, "menopause", style.MUTED)])
    style.label_beside(ax, labels, room=room)


def write_skin_plot(found: Decades, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: skin_figure(found), path)


# ----------------------------------------------------------------------------------------------------- population


def population_page(found: VirtualPopulation, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Page:
    """Page of a virtual population: its marginals, those of the cohort and of the general population."""
    page: list[Block] = [Table(f"People like {found.name}", header, rows)]
    if found.weights is not None:
        page.append(Paragraph(f"Effective sample size of the weights: {found.effective:,.0f} people."))
    return page


def write_people(people: Covariates, path: Path) -> None:
    """Write one row per person: age, sex, phototype, smoking, sun, sunscreen and age at menopause."""
    check_outputs([("csv", path)])
    with replacing(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(
            ("age", "sex", "phototype", "cigarettes_per_day", "sun_per_week", "sunscreen_share", "menopause_age")
        )
        for age, male, phototype, smoking, sun, screen, menopause in zip(*people, strict=True):
            end = "" if menopause >= NEVER else f"{menopause:.2f}"
            row = (f"{age:.2f}", "male" if male else "female", f"{phototype:g}", f"{smoking:.2f}", f"{sun:.3f}")
            out.writerow((*row, f"{screen:g}", end))
