"""Published figures on closure, water and delivery compared with the model: table, document and figure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.lazy import numpy as np
from neodermis.report.common import Row, headless, write_figure
from neodermis.studies.figures_delivery import DeliveryRow, delivery_counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Columns of the table that a command prints.
DELIVERY_COLUMNS: Final = ("figure", "quantity", "published", "model (90 %)", "verdict", "rests on it")
#: Quantities of one panel of the picture, and its title.
PANELS: Final = {
    "Closure, h": ("closure_electrical", "closure_geometric", "closure_barrier", "electrical_half_time"),
    "Permeability of intact skin, cm/h": ("permeability",),
    "Share of the dose, %": ("absorbed_share", "passed_share", "retained_share"),
    "Times over intact skin": ("enhancement", "skin_enhancement"),
}
_TEST, _USED, _MISS, _GREY = "#17406d", "#9a9a9a", "#b3261e", "#666666"
_PAGE: Final = (15.5, 11.0)


def misses_first(rows: Iterable[DeliveryRow]) -> list[DeliveryRow]:
    """Figures with a prediction: misses first, each group in the order of the file."""
    answered = [row for row in rows if row.model is not None]
    return sorted(answered, key=lambda row: not row.missed)


def delivery_evidence_table(rows: Iterable[DeliveryRow]) -> list[Row]:
    """Figures with a prediction as texts for :data:`DELIVERY_COLUMNS`; misses first, in capitals."""
    return [
        (
            row.id,
            row.figure.quantity.replace("_", " "),
            row.figure.published,
            row.answered,
            row.verdict.upper() if row.missed else row.verdict,
            ", ".join(row.figure.used_for) or "nothing: a test",
        )
        for row in misses_first(rows)
    ]


def delivery_evidence_figure(rows: Sequence[DeliveryRow]) -> Figure:
    """Published against model with its 90 % credible interval, on logarithmic scales; misses are named."""
    from matplotlib import pyplot as plt
    from matplotlib.lines import Line2D

    headless()
    with plt.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "path"}):
        fig, axes = plt.subplots(2, 2, figsize=_PAGE)
        fig.subplots_adjust(left=0.05, right=0.87, top=0.9, bottom=0.075, wspace=0.5, hspace=0.24)
        fig.text(0.05, 0.975, "Published figures beside the model", fontsize=13, va="top", weight="bold")
        fig.text(0.05, 0.012, "\n".join(textwrap.wrap(delivery_counts(rows).sentence, 190)), fontsize=8, color=_GREY)
        for ax, (title, quantities) in zip(axes.flat, PANELS.items(), strict=True):
            _panel(ax, title, [row for row in rows if row.figure.quantity in quantities])
        marks = [Line2D([], [], marker="o", ls="", color=c) for c in (_TEST, _USED, _MISS)]
        words = ["test, inside or kept", "parameters rest on it", "missed"]
        fig.legend(marks, words, loc="upper right", bbox_to_anchor=(0.98, 0.985), ncol=3, frameon=False)
    return fig


def write_delivery_evidence_plot(rows: Sequence[DeliveryRow], path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: delivery_evidence_figure(rows), path)


def _place(row: DeliveryRow, title: str) -> tuple[float, Any] | None:
    """Published number (a bound or the middle of a range) and the three model values, in the unit of the panel."""
    figure = row.figure
    if row.model is None or figure.is_sign:
        return None
    if title.startswith("Closure") and figure.unit not in ("h", "d"):
        return None
    scale = 24.0 if figure.unit == "d" else 1.0
    ends = [end for end in (figure.low, figure.high) if end is not None]
    published = figure.value if figure.value is not None else float(np.exp(np.mean(np.log(ends))))
    return scale * published, scale * np.array(row.model)


def _panel(ax: Any, title: str, rows: Sequence[DeliveryRow]) -> None:
    ax.set_title(title, fontsize=10, loc="left", weight="bold")
    seen: list[float] = []
    missed: list[str] = []
    for row in rows:
        place = _place(row, title)
        if place is None:
            continue
        published, (middle, low, high) = place
        least = published / 1e4
        middle, low, high = (max(value, least) for value in (middle, low, high))
        colour = _MISS if row.missed else _USED if row.figure.used_for else _TEST
        ax.plot([published] * 2, [low, high], color=colour, lw=1.0, alpha=0.6)
        marker = "o" if row.figure.value is not None else {True: "v", False: "^"}[row.figure.low is None]
        ax.plot(published, middle, marker=marker, ms=5, color=colour, ls="")
        seen += [published, middle, low, high]
        if row.missed:
            missed.append(row.id)
            ax.annotate(
                str(len(missed)), (published, middle), xytext=(5 if len(missed) % 2 else -5, 4), fontsize=6.6,
                textcoords="offset points", color=colour, ha="left" if len(missed) % 2 else "right",
            )  # fmt: skip
    names = "\n".join(f"{place} {name}" for place, name in enumerate(missed, 1))
    ax.text(1.02, 1.0, names, transform=ax.transAxes, fontsize=7.2, color=_MISS, va="top")
    ax.set_xscale("log")
    ax.set_yscale("log")
    if seen:
        ends = [min(seen) / 1.6, max(seen) * 1.6]
        ax.plot(ends, ends, color=_GREY, lw=0.8, ls=(0, (4, 2)), zorder=0)
        ax.set_ylim(ends)
        ax.set_xlim(ends)
    ax.set_xlabel("published")
    ax.set_ylabel("model, median and 90 %")
