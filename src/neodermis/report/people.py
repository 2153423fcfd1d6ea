"""Report of untreated skin by age, and of the people of a virtual population."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.api.untreated import QUANTITIES, Decades
from neodermis.documents import replacing
from neodermis.lazy import numpy as np
from neodermis.people.exposure import NEVER
from neodermis.people.population import Covariates
from neodermis.report.common import (
    Row,
    check_outputs,
    page_unit,
    person_text,
    plain_list,
    run_entries,
    wrapped,
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


def skin_figure(found: Decades) -> Figure:
    """Figure of collagen, thickness, synthesis, elastin, fragmentation and turnover by age."""
    from matplotlib import pyplot as plt

    ages = np.array(found.ages)
    names = ("collagen_total", "collagen_papillary", "dermal_thickness", "synthesis_1", "elastin", "fragmented")
    with plt.rc_context(
        {"font.size": 9.5, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "path"}
    ):
        fig, axes = plt.subplots(2, 3, figsize=(10.4, 6.0), layout="constrained")
        for ax, name in zip(axes.flat, names, strict=True):
            low, median, high = np.quantile(found.values[name], (0.05, 0.5, 0.95), axis=1)
            if found.values[name].shape[1] > 1:
                ax.fill_between(ages, low, high, color="#9dc3e6", alpha=0.55, lw=0, label="90 % credible interval")
            if found.people[name].shape[1]:
                edges = np.quantile(found.people[name], (0.05, 0.95), axis=1)
                for edge, label in zip(edges, ("90 % of people", None), strict=True):
                    ax.plot(ages, edge, color="#1b4f72", lw=0.9, ls=(0, (1, 1.5)), label=label)
            ax.plot(ages, median, color="#1b4f72", lw=2, marker="o", ms=3, label="median")
            ax.set_ylim(bottom=0)
            ax.set_title(
                f"{QUANTITIES[name].label}, {page_unit(QUANTITIES[name].unit)}".rstrip(", "), fontsize=9.5, loc="left"
            )
            menopause = found.patient.menopause_age
            if ages[0] < menopause < ages[-1]:
                ax.axvline(menopause, color="#888888", lw=0.8, ls=":", label="menopause")
        for ax in axes[-1]:
            ax.set_xlabel("age, years")
        axes[1, 1].legend(frameon=False, fontsize=7.5, loc="lower left")
        person = {**found.patient.said, "age": None}
        title = wrapped(f"Untreated skin: {person_text(person)}, {found.site}")
        fig.suptitle(title, fontsize=10.5, x=0.01, ha="left")
        fig.supxlabel(
            f"{100 * found.ledger.assumed_share:.0f} % of the parameters are assumed; neodermis "
            f"{found.ledger.versions['neodermis']}, {found.ledger.draws} draws, seed {found.ledger.seed}",
            fontsize=7.5, color="#666666",
        )  # fmt: skip
    return fig


def write_skin_plot(found: Decades, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: skin_figure(found), path)


# ----------------------------------------------------------------------------------------------------- population


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
