"""Figure of skin by age: effects of age and exposures, with published results.

This module computes only ratios of the quantities of untreated skin, and draws.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from neodermis.api import Decades
from neodermis.evidence.ageing_figure import AgeingFigure, load_ageing_figures
from neodermis.lazy import numpy as np
from neodermis.report.common import headless, write_figure
from neodermis.simulation.session import Floats
from neodermis.studies.figures_ageing import quantity

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Series(NamedTuple):
    """One kind of person: legend label, and the skin at several ages."""

    label: str
    decades: Decades


class Point(NamedTuple):
    """A published change between two ages, or its direction."""

    figure: AgeingFigure
    start: float
    end: float
    ratio: float | None
    """Final over initial value; None where only a direction was published."""


#: Panel → title.
PANELS: Final = {
    "collagen_total": "Collagen per skin area, whole dermis",
    "collagen_papillary": "Collagen per skin area, papillary dermis",
    "dermal_thickness": "Dermal thickness",
    "synthesis_1": "Type I synthesis per volume of the dermis",
    "synthesis_1_per_area": "Type I synthesis per skin area",
    "elastin": "Elastin",
}
_COLOURS: Final = ("#17406d", "#a8700c", "#b3261e", "#2e8b57")
_LINE, _GREY, _POINT = "#444444", "#666666", "#111111"
_DASHED: Final = (0, (4, 2))
_PAGE: Final = (15.0, 8.6)
_ARROW: Final = {"increase": "↑", "decrease": "↓"}


def published_points(name: str) -> Iterator[Point]:
    """Published changes of a quantity between two ages of otherwise equal, unexposed people."""
    for figure in load_ageing_figures():
        ask = figure.ask
        if ask is None or ask.of != "rest" or ask.name != name or ask.person is None or ask.against is None:
            continue
        one, other = ask.person, ask.against
        if one.age == other.age or (one.exposures, one.concerns) != ({}, {}) or other.exposures:
            continue
        value, years = figure.value, one.age - other.age
        ratio = None if figure.sign is None or figure.sign != "none" else 1.0
        if value is not None:
            ratio = {
                "ratio": value,
                "change": 1.0 + value / 100.0,
                "loss_per_decade": 1.0 - value * years / 1000.0,
                "loss_per_year": float(np.exp(-value * years / 100.0)),
            }.get(ask.give)
        yield Point(figure, other.age, one.age, ratio)


def relative(one: Series, name: str, series: Sequence[Series]) -> Floats:
    """A quantity relative to the first series of the same sex at the youngest age, draw by draw: (ages, draws)."""
    first = next(each for each in series if each.decades.patient.sex == one.decades.patient.sex)
    values, young = quantity(name, one.decades.values), quantity(name, first.decades.values)[:1]
    if values.shape[1] != young.shape[1]:  # a draw that cannot rest was left out of one of them
        young = np.median(young, axis=1, keepdims=True)
    found: Floats = values / young
    return found


def ageing_figure(series: Sequence[Series], title: str, foot: str) -> Figure:
    """Quantities by age relative to the first series of that sex at the youngest age; two series with a 90 % band.

    Published changes start from the curve of the first series of that sex.
    """
    from matplotlib import pyplot as plt

    headless()
    with plt.rc_context(
        {
            "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "path",
            "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
        }
    ):  # fmt: skip
        fig, axes = plt.subplots(2, 3, figsize=_PAGE, sharex=True)
        fig.subplots_adjust(left=0.05, right=0.985, top=0.84, bottom=0.12, wspace=0.17, hspace=0.22)
        fig.text(0.05, 0.975, title, fontsize=13, va="top", weight="bold")
        fig.text(0.05, 0.022, "\n".join(textwrap.wrap(foot, 210)[:2]), fontsize=8, color=_GREY)
        for ax, (name, words) in zip(axes.flat, PANELS.items(), strict=True):
            _panel(ax, name, words, series)
        for ax in axes[-1]:
            ax.set_xlabel("age, years")
        for row in axes:
            row[0].set_ylabel(f"over that at {series[0].decades.ages[0]:g} years")
        handles, labels = axes.flat[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.046, 0.945), ncol=len(labels), frameon=False)
    return fig


def write_ageing_plot(series: Sequence[Series], path: Path, title: str, foot: str) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: ageing_figure(series, title, foot), path)


def _panel(ax: Any, name: str, words: str, series: Sequence[Series]) -> None:
    ages = series[0].decades.ages
    for number, one in enumerate(series):
        low, middle, high = np.quantile(relative(one, name, series), (0.05, 0.5, 0.95), axis=1)
        colour = _COLOURS[number % len(_COLOURS)]
        if number < 2:
            ax.fill_between(one.decades.ages, low, high, color=colour, alpha=0.16, lw=0)
        ax.plot(one.decades.ages, middle, color=colour, lw=1.8 if number < 2 else 1.3,
                ls="-" if number < 2 else _DASHED, label=one.label)  # fmt: skip
    ax.set_title(words, fontsize=10, loc="left", weight="bold")
    ax.set_xlim(ages[0], ages[-1])
    top = max(1.08, ax.get_ylim()[1])
    ax.set_ylim(0.0, top)
    signs = []
    points = sorted(published_points(name), key=lambda p: (p.end, p.start))
    for rank, point in enumerate(p for p in points if p.ratio is not None):
        _draw_point(ax, point, name, series, rank)
    for point in points:
        if point.ratio is None:
            signs.append(f"{_ARROW[str(point.figure.sign)]}\u00a0{point.figure.id}")
    if signs:
        text = _filled("published direction only: " + ", ".join(signs))
        ax.text(0.015, 0.02, text, transform=ax.transAxes, fontsize=7.2, color=_LINE, va="bottom")


def _filled(text: str) -> str:
    """Lines that end at plain spaces only."""
    return textwrap.fill(text.replace("\u00a0", "~"), 62, break_on_hyphens=False).replace("~", " ")


def _draw_point(ax: Any, point: Point, name: str, series: Sequence[Series], rank: int) -> None:
    """A published change as a dotted line from the model value at its first age."""
    assert point.figure.ask is not None and point.figure.ask.person is not None and point.ratio is not None
    sex = point.figure.ask.person.sex
    chosen = next((one for one in series if one.decades.patient.sex == sex), series[0])
    middle = np.median(relative(chosen, name, series), axis=1)
    start = float(np.interp(point.start, chosen.decades.ages, middle))
    end = start * point.ratio
    colour = _COLOURS[series.index(chosen)] if sex != "both" else _POINT
    ax.plot([point.start, point.end], [start, end], color=colour, lw=0.9, ls=":")
    ax.plot([point.end], [end], marker="o", ms=5, color=colour)
    ax.annotate(
        point.figure.id, (point.end, end), xytext=(-5, 7 if rank % 2 == 0 else -13), textcoords="offset points",
        fontsize=7.2, color=colour, ha="right", bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 0.8},
    )  # fmt: skip
