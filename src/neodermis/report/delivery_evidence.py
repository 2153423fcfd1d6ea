"""Published figures on closure, water and delivery compared with the model: table, document and figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.report.common import Row, write_figure
from neodermis.studies.figures_delivery import DeliveryRow, delivery_counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Columns of the table that a command prints.
DELIVERY_COLUMNS: Final = ("figure", "quantity", "published", "model (90 %)", "verdict", "informs")
#: Title of a panel of the figure → its unit and quantities.
PANELS: Final = {
    "Closure": ("h", ("closure_electrical", "closure_geometric", "closure_barrier", "electrical_half_time")),
    "Permeability of intact skin": ("cm/h", ("permeability",)),
    "Share of the dose": ("%", ("absorbed_share", "passed_share", "retained_share")),
    "Uptake over that of intact skin": ("times", ("enhancement", "skin_enhancement")),
}
#: Width of a page of two columns, and the least of such a page (inches).
_WIDTH, _TWO_FROM = 12.0, 10.0


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
            ", ".join(row.figure.used_for) or "none: a test",
        )
        for row in misses_first(rows)
    ]


def delivery_evidence_figure(rows: Sequence[DeliveryRow], width_inches: float | None = None) -> Figure:
    """Published against model with its 90 % interval, on logarithmic scales; misses are named.

    Parameters
    ----------
    rows
        Published figures with the prediction of the model.
    width_inches
        Width of the page; the panels of a narrow page stand one above the other.
    """
    width = width_inches or _WIDTH
    columns = 2 if width >= _TWO_FROM else 1
    keys = (("o", style.INK, style.INK, "test, inside or kept"),
            ("s", style.UNTREATED, "white", "parameters rest on it"),
            ("D", style.POINT, style.POINT, "missed"))  # fmt: skip
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[3.9] * (len(PANELS) // columns), columns=[1.0] * columns, above=0.32,
            title=["Published figures and predictions of the model"],
            foot=f"lines: {style.INTERVAL} · {delivery_counts(rows).sentence}",
            margins=style.Margins(left=0.95, right=1.95, above=0.3, below=0.6),
        )  # fmt: skip
        key = page.panel(0.0, page.above, width, 0.3)
        key.set(xlim=(0.0, width), ylim=(0.0, 1.0))
        key.set_axis_off()
        for number, (marker, edge, face, words) in enumerate(keys):
            key.plot([0.2 + 2.1 * number], [0.6], marker, color=edge, mfc=face, ms=6.5, mew=1.3)
            key.text(0.34 + 2.1 * number, 0.6, words, va="center_baseline")
        for ax, (title, (unit, quantities)) in zip(page.axes.flat, PANELS.items(), strict=True):
            _panel(ax, title, unit, [row for row in rows if row.figure.quantity in quantities])
    return page.figure


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


def _panel(ax: Any, title: str, unit: str, rows: Sequence[DeliveryRow]) -> None:
    ax.set_title(title)
    seen: list[float] = []
    missed: list[str] = []
    for row in rows:
        place = _place(row, title)
        if place is None:
            continue
        published, (middle, low, high) = place
        least = published / 1e4
        middle, low, high = (max(value, least) for value in (middle, low, high))
        used = bool(row.figure.used_for)
        colour = style.POINT if row.missed else style.UNTREATED if used else style.INK
        ax.plot([published] * 2, [low, high], color=colour, lw=1.2, alpha=0.55)
        kind = "D" if row.missed else "s" if used else "o"
        marker = kind if row.figure.value is not None else {True: "v", False: "^"}[row.figure.low is None]
        ax.plot(published, middle, marker=marker, ms=5.5, color=colour, ls="", mew=1.2,
                mfc="white" if used and not row.missed else colour)  # fmt: skip
        seen += [published, middle, low, high]
        if row.missed:
            missed.append(row.id)
            ax.annotate(
                str(len(missed)), (published, middle), xytext=(6 if len(missed) % 2 else -6, 4), fontsize=style.LEAST,
                textcoords="offset points", color=colour, ha="left" if len(missed) % 2 else "right",
            )  # fmt: skip
    names = "\n".join(f"{place} {name}" for place, name in enumerate(missed, 1))
    ax.text(1.03, 1.0, names, transform=ax.transAxes, fontsize=style.LEAST, color=style.POINT, va="top")
    ax.set_xscale("log")
    ax.set_yscale("log")
    if seen:
        ends = [min(seen) / 1.6, max(seen) * 1.6]
        ax.plot(ends, ends, color=style.MUTED, lw=0.9, ls=style.DASHED, zorder=0)
        ax.set_ylim(ends)
        ax.set_xlim(ends)
    style.plain_ticks(ax.xaxis)
    style.plain_ticks(ax.yaxis)
    ax.set_xlabel(f"published, {unit}")
    ax.set_ylabel(f"model, median and interval, {unit}")
