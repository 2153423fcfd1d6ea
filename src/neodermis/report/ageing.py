"""Figure of skin by age: effects of age and exposures, with published results.

This module computes only ratios of the quantities of untreated skin, and draws.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from neodermis.api import Decades
from neodermis.evidence.ageing_figure import AgeingFigure, load_ageing_figures
from neodermis.lazy import numpy as np
from neodermis.report import style
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
#: Width of a page of two columns, and the least of such a page (inches).
_WIDTH, _TWO_FROM = 10.4, 9.0
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


def ageing_figure(series: Sequence[Series], title: str, foot: str, width_inches: float | None = None) -> Figure:
    """Quantities by age relative to the first series of that sex at the youngest age; two series with a 90 % band.

    Published changes start from the curve of the first series of that sex.

    Parameters
    ----------
    series
        Kinds of people.
    title, foot
        Texts above and below the panels.
    width_inches
        Width of the page; the panels of a narrow page stand one above the other.
    """
    width = width_inches or _WIDTH
    columns = 2 if width >= _TWO_FROM else 1
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[2.35] * (len(PANELS) // columns), columns=[1.0] * columns, title=[title],
            foot=foot, above=0.1 + (style.high(1) + 0.03) * len(series),
            margins=style.Margins(left=0.85, right=0.25, above=0.3, below=0.22),
        )  # fmt: skip
        _draw_keys(page, series, width)
        for number, (ax, (name, words)) in enumerate(zip(page.axes.flat, PANELS.items(), strict=True)):
            _panel(ax, name, words, series)
            ax.set_ylabel(f"relative to {series[0].decades.ages[0]:g} years")
            last = number >= len(PANELS) - columns
            ax.tick_params(labelbottom=last)
            ax.set_xlabel("age, years" if last else "")
    return page.figure


def _draw_keys(page: style.Sheet, series: Sequence[Series], width: float) -> None:
    """Kinds of people, each with its line."""
    line = style.high(1) + 0.03
    ax = page.panel(0.0, page.above, width, line * len(series))
    ax.set(xlim=(0.0, width), ylim=(line * len(series), 0.0))
    ax.set_axis_off()
    for number, one in enumerate(series):
        stroke = style.STROKES[number % len(style.STROKES)]
        ax.plot([0.12, 0.6], [(number + 0.5) * line] * 2, color=stroke.colour, ls=stroke.dashes, lw=2.2)
        ax.text(0.72, (number + 0.5) * line, one.label, va="center")


def _panel(ax: Any, name: str, words: str, series: Sequence[Series]) -> None:
    ages = series[0].decades.ages
    for number, one in enumerate(series):
        low, middle, high = np.quantile(relative(one, name, series), (0.05, 0.5, 0.95), axis=1)
        stroke = style.STROKES[number % len(style.STROKES)]
        if number < 2:
            ax.fill_between(one.decades.ages, low, high, color=stroke.colour, alpha=0.14, lw=0, label=style.INTERVAL)
        ax.plot(one.decades.ages, middle, color=stroke.colour, lw=2.0, ls=stroke.dashes, label=one.label)
    ax.set_title(words)
    ax.set_xlim(ages[0], ages[-1])
    top = max(1.08, ax.get_ylim()[1])
    ax.set_ylim(0.0, top)
    signs = []
    points = sorted(published_points(name), key=lambda p: (p.end, p.start))
    sized = sorted((p for p in points if p.ratio is not None), key=lambda p: -(p.ratio or 0.0))
    for rank, point in enumerate(sized):
        _draw_point(ax, point, name, series, above=2 * rank < len(sized))
    for point in points:
        if point.ratio is None:
            signs.append(f"{_ARROW[str(point.figure.sign)]}\u00a0{point.figure.id}")
    if signs:
        text = _filled("published direction only: " + ", ".join(signs))
        ax.text(0.015, 0.02, text, transform=ax.transAxes, fontsize=style.LEAST, color=style.MUTED, va="bottom")


def _filled(text: str) -> str:
    """Lines that end at plain spaces only."""
    return textwrap.fill(text.replace("\u00a0", "~"), 56, break_on_hyphens=False).replace("~", " ")


def _draw_point(ax: Any, point: Point, name: str, series: Sequence[Series], *, above: bool) -> None:
    """A published change as a dotted line from the model value at its first age."""
    assert point.figure.ask is not None and point.figure.ask.person is not None and point.ratio is not None
    sex = point.figure.ask.person.sex
    chosen = next((one for one in series if one.decades.patient.sex == sex), series[0])
    middle = np.median(relative(chosen, name, series), axis=1)
    start = float(np.interp(point.start, chosen.decades.ages, middle))
    end = start * point.ratio
    colour = style.STROKES[series.index(chosen)].colour if sex != "both" else style.TEXT
    ax.plot([point.start, point.end], [start, end], color=colour, lw=1.1, ls=style.DOTTED)
    ax.plot([point.end], [end], marker="o", ms=5, color=colour)
    ax.annotate(
        point.figure.id, (point.end, end), xytext=(-5, 7 if above else -13), textcoords="offset points",
        fontsize=style.LEAST, color=colour, ha="right", bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 0.8},
    )  # fmt: skip
