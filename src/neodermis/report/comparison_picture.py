"""Figure of compared cases: each outcome with the difference from the first case, then harm and burden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from neodermis.api.comparison import Comparison
from neodermis.arrays import read_at
from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.report.common import person_text, site_name, write_figure
from neodermis.report.comparison import case_lines
from neodermis.report.course_figure import MAIN, draw_threshold, drawn_outcomes, foot, not_drawn, panel
from neodermis.report.style import Label, Margins, Sheet
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Interval
from neodermis.wording import number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Width of a page on which the differences stand beside the courses (inches), and the least of such a page.
_WIDTH, _BESIDE_FROM = 11.6, 10.0
#: Height of a panel of courses, and of differences below it (inches).
_COURSES, _DIFFERENCES = 2.4, 1.3
#: Cases whose 90 % interval is drawn among the courses.
_BANDS: Final = 2
#: Most cases whose differences have filled bands.
_FILLED: Final = 4
#: Burden → title of its panel, with the unit.
_BURDEN: Final = {
    "downtime_days": "Downtime, all visits, days",
    "pain_vas": "Pain, worst visit (0 to 10)",
    "minutes": "In the chair, all visits, min",
    "visits": "Visits",
}


class _Shown(NamedTuple):
    """A row of the figure: an outcome at a site, with or without treatment."""

    site: str
    name: str
    part: str


class _Cost(NamedTuple):
    """A panel of harm or burden: title, and an interval for each case."""

    title: str
    values: list[Interval]


def comparison_figure(compared: Comparison, width_inches: float | None = None) -> Figure:
    """Scale of each concern, then papillary collagen, for every case; differences from the first; harm and burden.

    Parameters
    ----------
    compared
        Cases to draw.
    width_inches
        Width of the page.  On a narrow page the differences stand below the courses, else beside them.
    """
    width = width_inches or _WIDTH
    beside = width >= _BESIDE_FROM
    shown = list(_rows(compared))
    room = style.label_room(width / (1.7 if beside else 1.0))
    aside = 1.4 if compared.exposures else 0.95
    margins = [Margins(right=room, above=0.34), *([Margins(left=1.0, right=aside)] if beside else [])]
    keys, costs = _keys(compared, width), _costs(compared)
    across = 6 if beside else 3
    tall = 0.26 * len(compared.labels) + 0.22
    deep = -(-len(costs) // across)
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, columns=[1.75, 1.0] if beside else [1.0], margins=margins, foot=foot(compared.base),
            rows=[_COURSES] * len(shown) if beside else [_COURSES, _DIFFERENCES] * len(shown),
            title=list(_title(compared)), above=sum(style.high(len(lines)) + 0.03 for _, lines in keys) + 0.1,
            below=0.46 + deep * (tall + 0.62),
        )  # fmt: skip
        _draw_keys(page, keys, compared, width)
        for number, row in enumerate(shown):
            courses, differences = page.axes[number] if beside else page.axes[2 * number : 2 * number + 2, 0]
            last = number == len(shown) - 1
            _draw_cases(courses, compared, row, room, time=last and beside)
            _draw_difference(differences, compared, row, aside if beside else room, time=last)
        _draw_costs(page, compared, costs, width=width, across=across, tall=tall)
    return page.figure


def _title(compared: Comparison) -> Iterator[str]:
    if compared.exposures:
        yield compared.base.protocol.sentence
    if not compared.across_patients:
        yield person_text(compared.cases[0].patient.said)
    yield from not_drawn(compared.base)
    if any(one.exceeds for one in compared.cases):
        yield "BEYOND THE LIMITS OF PRACTICE"


def _keys(compared: Comparison, width: float) -> list[tuple[int | None, list[str]]]:
    """Cases by name, each with its wrapped text; then the name of the bands."""
    texts = compared.labels if compared.exposures else list(case_lines(compared))[: len(compared.labels)]
    found: list[tuple[int | None, list[str]]] = [
        (case, style.wrap(text, width - 0.85)) for case, text in enumerate(texts)
    ]
    if compared.base.ledger.draws > 1:
        of = " and ".join(compared.labels[:_BANDS])
        found.append((None, style.wrap(f"{style.INTERVAL} of {of}, and of every difference", width - 0.85)))
    return found


def _draw_keys(page: Sheet, keys: Sequence[tuple[int | None, list[str]]], compared: Comparison, width: float) -> None:
    """Protocols or exposures by name, each with its line and the marks of its sessions."""
    whole = sum(style.high(len(lines)) + 0.03 for _, lines in keys)
    ax = page.panel(0.0, page.above, width, whole)
    ax.set(xlim=(0.0, width), ylim=(0.0, whole))
    ax.set_axis_off()
    place = whole
    for case, lines in keys:
        first = place - 0.6 * style.high(1)
        if case is None:
            ax.fill_between([0.12, 0.6], first - 0.06, first + 0.06, color=style.INK, alpha=0.15, lw=0)
        else:
            colour, dashes = style.STROKES[case]
            ax.plot([0.12, 0.6], [first] * 2, color=colour, ls=dashes, lw=2.0)
            if not compared.exposures:
                ax.plot([0.36], [first], marker="^", ms=6, color=colour)
        ax.text(0.72, place, "\n".join(lines), va="top", linespacing=style.LINE_SPACING)
        place -= style.high(len(lines)) + 0.03


def _rows(compared: Comparison) -> Iterator[_Shown]:
    for site in compared.base.sites:
        found = [name for one in compared.courses for name in drawn_outcomes(one, one.sites[site])]
        shared = compared.outcomes(site)
        yield from (_Shown(site, name, "treated") for name in dict.fromkeys(found) if name != MAIN and name in shared)
        if compared.exposures:
            yield _Shown(site, MAIN, "untreated")
        yield _Shown(site, MAIN, "treated")


def _values(compared: Comparison, case: int, shown: _Shown) -> tuple[Any, Any]:
    """Days and shared draws of a case, as shown in the panel of an outcome."""
    one = compared.courses[case]
    of = panel(one.sites[shown.site], one, shown.name)
    rows = (of.untreated if shown.part == "untreated" else of.draws)[compared.rows(case, shown.site)]
    return one.time_day, rows


def _draw_cases(ax: Any, compared: Comparison, shown: _Shown, room: float, *, time: bool) -> None:
    """Every case: the median, the 90 % interval of the first ones, and its sessions."""
    site, name, part = shown
    labels, edges = [], []
    end = compared.end
    for case, (stroke, label) in enumerate(zip(style.STROKES, compared.labels, strict=False)):
        days, rows = _values(compared, case, shown)
        inside = days <= end + 1e-9
        low, median, high = np.quantile(rows[:, inside], (0.05, 0.5, 0.95), axis=0)
        ax.plot(days[inside], median, color=stroke.colour, ls=stroke.dashes, lw=2.0, label=label, zorder=4)
        labels.append(Label(float(median[-1]), label, stroke.colour))
        edges += [median.min(), median.max()]
        if case < _BANDS and compared.base.ledger.draws > 1:
            _band(ax, days[inside], low, high, stroke)
            edges += [low.min(), high.max()]
    begun = panel(compared.base.sites[site], compared.base, name)
    ax.axhline(begun.start, color=style.FAINT, lw=0.7, zorder=0)
    edges.append(begun.start)
    lanes = 0
    if part == "treated":
        if not compared.exposures:
            days, rows = _values(compared, 0, _Shown(site, name, "untreated"))
            bare = np.median(rows, axis=0)
            whose = f" ({compared.labels[0]})" if compared.across_patients else ""
            ax.plot(days, bare, color=style.UNTREATED, lw=1.5, ls=style.DOTTED, label=f"untreated{whose}")
            labels.append(Label(float(np.interp(end, days, bare)), f"untreated{whose}", style.UNTREATED))
            edges += [bare.min(), bare.max()]
        if begun.threshold is not None:
            labels.append(draw_threshold(ax, begun.threshold, begun.least))
            edges.append(begun.threshold)
        lanes = 1 if compared.exposures else len(compared.labels)
    ax.set_ylim(style.limits(edges, below=0.06 + 0.06 * lanes))
    style.ticks_from(ax, min(edges))
    style.time_axis(ax, end, labels=time)
    for lane, one in enumerate(compared.courses[:lanes]):
        days = [session.day for session in one.sites[site].sessions if session.day <= end]
        style.mark_sessions(ax, days, colour=style.STROKES[lane].colour, lane=lane, lines=False)
    if lanes:
        labels.append(Label(ax.get_ylim()[0], "▲ sessions", style.TEXT))
    ax.set_ylabel(begun.label)
    ax.set_title(f"{site_name(site)}, {part}", loc="left")
    style.label_beside(ax, labels, room=room)


def _band(ax: Any, days: Any, low: Any, high: Any, stroke: style.Stroke, *, filled: bool = True) -> None:
    """An interval with its edges, so that two of them can be told apart in grey; of many only the edges."""
    if filled:
        ax.fill_between(days, low, high, color=stroke.colour, alpha=0.12, lw=0, label=style.INTERVAL)
    for edge in (low, high):
        ax.plot(days, edge, color=stroke.colour, ls=stroke.dashes, lw=0.7, alpha=0.7)


def _draw_difference(ax: Any, compared: Comparison, shown: _Shown, room: float, *, time: bool) -> None:
    """Difference of each case from the first, draw by draw: median and 90 % interval by day."""
    days, first = compared.time_day, compared.labels[0]
    base = read_at(days, *_values(compared, 0, shown))
    ax.axhline(0.0, color=style.MUTED, lw=0.9)
    labels, edges = [Label(0.0, "no difference", style.MUTED)], [0.0]
    for case, (stroke, label) in enumerate(zip(style.STROKES, compared.labels, strict=False)):
        if case:
            apart = read_at(days, *_values(compared, case, shown)) - base
            low, median, high = np.quantile(apart, (0.05, 0.5, 0.95), axis=0)
            ax.plot(days, median, color=stroke.colour, ls=stroke.dashes, lw=1.9, zorder=4)
            if compared.base.ledger.draws > 1:
                _band(ax, days, low, high, stroke, filled=len(compared.labels) <= _FILLED)
            text = label if compared.exposures else f"{label} − {first}"
            labels.append(Label(float(median[-1]), text, stroke.colour))
            edges += [low.min(), high.max()]
    ax.set_ylim(style.limits(edges, below=0.08, above=0.1))
    style.time_axis(ax, compared.end, labels=time)
    if not compared.exposures and compared.day <= compared.end:
        ax.axvline(compared.day, color=style.MUTED, lw=1.0, ls=style.DASHED, label=f"day {compared.day:g}, compared")
        ax.set_title(f"compared on day {compared.day:g}", loc="left", fontsize=style.SMALL, color=style.MUTED)
    what = "percentage points" if OUTCOMES[shown.name].kind == "state" else OUTCOMES[shown.name].unit
    ax.set_ylabel(f"difference from {first}" + ("" if what == "1" else f",\n{what}"))
    style.label_beside(ax, labels, room=room)


# ------------------------------------------------------------------------------------------------- harm and burden


def _costs(compared: Comparison) -> list[_Cost]:
    """Harm at each site, then the burden of the visits, where the cases differ in their protocols."""
    cases = range(len(compared.labels))
    several = len(compared.base.sites) > 1
    found = []
    for site in compared.base.sites:
        where = f", {site_name(site)}" if several else ""
        pih = [Interval.of(100.0 * compared.pih(case, site)) for case in cases]
        found.append(_Cost(f"PIH{where}, % of people", pih))
        if compared.base.ledger.draws > 1:
            risks = [100.0 * compared.scarring_risk(case, site) for case in cases]
            found.append(_Cost(f"End in a scar{where}, % of draws", [Interval(risk, risk, risk) for risk in risks]))
    if not compared.exposures:
        burdens = [compared.burden(case) for case in cases]
        found += [_Cost(title, [Interval.of(one[name]) for one in burdens]) for name, title in _BURDEN.items()]
    return found


def _draw_costs(
    page: Sheet, compared: Comparison, costs: Sequence[_Cost], *, width: float, across: int, tall: float
) -> None:
    """Small panels of harm and burden, a line for each case."""
    page.figure.text(
        0.1 / width, (page.below - 0.12) / page.figure.get_size_inches()[1],
        "Harm and burden: median and 90 % interval (parameter uncertainty)", va="top", fontsize=style.SIZE + 0.5,
    )  # fmt: skip
    labels = [f"{label}" for label in compared.labels]
    side = 0.45 if max(map(len, labels)) < 4 else 1.7
    pitch = (width - side - 0.1) / across
    for number, cost in enumerate(costs):
        row, column = divmod(number, across)
        ax = page.panel(side + column * pitch, page.below - 0.68 - row * (tall + 0.62), pitch - 0.62, tall)
        edges = [0.0]
        for case, one in enumerate(cost.values):
            colour = style.STROKES[case].colour
            ax.plot([one.lower90, one.upper90], [case, case], color=colour, lw=3.0, alpha=0.45, solid_capstyle="butt")
            ax.plot([one.median], [case], "o", ms=5.5, color=colour)
            ax.text(1.05, case, number_text(one.median), transform=ax.get_yaxis_transform(), va="center",
                    fontsize=style.SMALL, color=colour)  # fmt: skip
            edges.append(one.upper90)
        ax.set_xlim(-0.03 * (max(edges) or 1.0), 1.08 * (max(edges) or 1.0))
        ax.set_ylim(len(labels) - 0.5, -0.5)
        ax.set_yticks(range(len(labels)), ["\n".join(style.wrap(each, side - 0.2, style.SMALL)) for each in labels]
                      if column == 0 else [""] * len(labels))  # fmt: skip
        ax.locator_params(axis="x", nbins=3)
        ax.set_title("\n".join(style.wrap(cost.title, pitch - 0.1, style.SMALL)), fontsize=style.SMALL, pad=3.0)


def write_comparison_plot(compared: Comparison, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: comparison_figure(compared), path)
