"""Figure of a course: the scale of the patient's concern first, then papillary collagen.

A panel shows the median with its 90 % credible interval, the untreated course, and the smallest change that matters.
An outcome of known direction only is never drawn with numbers: a line above the figure states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neodermis.people.concern import answering, find_concern, only_direction
from neodermis.report.common import headless, person_text, write_figure
from neodermis.simulation.course import Course, Observed, SiteCourse
from neodermis.simulation.session import Floats
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Band
from neodermis.wording import counted, number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The outcome that a clinician looks at first.
MAIN: Final = "collagen_papillary"
#: At most so many scales are drawn above collagen, one for each concern.
MOST_SCALES: Final = 2


def number_of_people(n: int | None) -> str:
    """``, n = 30``, or empty without a reported number."""
    return "" if n is None else f", n = {n}"


def concerns_of(course: Course) -> Mapping[str, object]:
    """The patient's concerns, as given."""
    return {name: one.given for name, one in course.ledger.case.patient.concerns.items()}


def answering_outcomes(course: Course) -> tuple[str, ...]:
    """Outcomes that measure the patient's concerns, in display order; empty without a concern."""
    return answering(concerns_of(course))


def drawn_outcomes(course: Course, site: SiteCourse) -> list[str]:
    """Outcomes of the panels: of each concern the first scale with numbers, what the arm's study measured, collagen."""
    scales = []
    for name, given in concerns_of(course).items():
        shown = (each for each in answering({name: given}) if each in site.values)
        known = [each for each in shown if not only_direction(each, [name])]
        scales += known[:1]
    published = dict.fromkeys(row.finding.outcome for row in course.observed if _has_a_point(row))
    return [*dict.fromkeys([*scales[:MOST_SCALES], *list(published)[:MOST_SCALES], MAIN])]


def _has_a_point(row: Observed) -> bool:
    """Whether a published result can be drawn: a change of a mean."""
    return row.observed is not None and row.unit == "% of baseline"


def not_drawn(course: Course) -> Iterator[str]:
    """Outcomes of the patient's concerns that are not drawn: not modelled, or of unknown size."""
    for name in concerns_of(course):
        kind = find_concern(name)
        if kind.cannot_answer:
            yield f"{kind.label}: this version cannot answer"
    for name in answering_outcomes(course):
        why = only_direction(name, concerns_of(course))
        if why and any(name in site.values for site in course.sites.values()):
            yield f"{OUTCOMES[name].label}: direction only, not drawn ({why})"


_INK, _BAND, _UNTREATED, _POINT = "#17406d", "#8fb3d9", "#8a8a8a", "#b3261e"
_PEOPLE, _THRESHOLD = "#c98a2b", "#1b7a3d"
_PHASES: Final = {"inflammation": "#f3c9c4", "proliferation": "#f6e3b5", "remodelling": "#cfe6cf"}
#: Share of a panel's height that the strips of the phases take.
_STRIPS: Final = 0.2


def foot(course: Course, *, central: bool = False) -> str:
    """Line below a figure on its basis; ``central`` where only the central course is drawn."""
    ledger = course.ledger
    return " · ".join(
        ["central course" if central or ledger.draws == 1 else f"{ledger.draws} draws",
         *([counted(ledger.people, "person", "people")] if ledger.people and not central else []),
         f"{100 * course.ledger.assumed_share:.0f} % of parameters assumed",
         f"parameters {course.ledger.parameters.name} {course.ledger.parameters.version}",
         f"neodermis {course.ledger.versions['neodermis']}", "not a medical device"]
    )  # fmt: skip


def figure(course: Course) -> Figure:
    """The panels of :func:`drawn_outcomes` against time, for every site."""
    from matplotlib import pyplot as plt

    headless()
    sites = list(course.sites.values())
    panels = [drawn_outcomes(course, site) for site in sites]
    count = max(map(len, panels))
    # the panels of one site stand one above the other; those of several sites side by side, a row for each site
    rows, columns = (count, 1) if len(sites) == 1 else (len(sites), count)
    size = (9.2 if columns == 1 else 5.4 * columns, 5.4 if rows == 1 else 3.3 * rows + 1.3)
    with plt.rc_context(
        {
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.fonttype": "path",
            "hatch.linewidth": 0.4,
        }
    ):
        fig = plt.figure(figsize=size, layout="constrained")
        places = fig.add_gridspec(rows + 1, columns, height_ratios=[1.0] * rows + [0.02])
        axes = np.array([[fig.add_subplot(places[row, column]) for column in range(columns)] for row in range(rows)])
        for number, (site, names) in enumerate(zip(sites, panels, strict=True)):
            row = axes[:, 0] if len(sites) == 1 else axes[number]
            for ax, name in zip(row, names, strict=False):
                _draw_panel(ax, site, course, name)
            for ax in row[len(names) :]:
                ax.set_axis_off()
        for ax in axes[:-1].flat:
            ax.tick_params(labelbottom=False)
        for ax in axes[-1]:
            ax.set_xlabel("days since the first session")
        handles: dict[str, Any] = {}
        for ax in axes.flat:
            handles |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
        below = fig.add_subplot(places[rows, :])
        below.set_axis_off()
        below.legend(
            handles.values(), handles.keys(), frameon=False, fontsize=8, ncols=3, loc="upper center",
            bbox_to_anchor=(0.5, 1.0), borderaxespad=0.0,
        )  # fmt: skip
        fig.supxlabel(foot(course), fontsize=7.5, color="#666666")
        width = round(12.4 * size[0])
        told = [course.protocol.sentence, person_text(course.ledger.case.patient.said), *not_drawn(course)]
        lines = [line for text in told for line in wrap(text, width)]
        if course.ledger.case.exceeds:
            lines.append("BEYOND THE LIMITS OF PRACTICE")
        fig.suptitle("\n".join(lines), fontsize=11, x=0.01, ha="left")
    return fig


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Content of a panel: an outcome in the unit of its scale or instrument, otherwise in % change."""

    label: str
    draws: Floats
    untreated: Floats
    people: Band | None
    threshold: float | None
    """Value from which a change matters, where one direction is better."""
    least: str
    """The smallest change that matters, in words."""
    points: tuple[tuple[float, float, float | None, int | None], ...]
    """Published results: day, value, spread, people."""
    start: float
    """Value before treatment."""


def panel(site: SiteCourse, course: Course, name: str) -> Panel:
    """Panel of an outcome at a site."""
    outcome, values, untreated = OUTCOMES[name], site.values[name], site.untreated[name]
    relative = outcome.kind == "state"
    before = float(np.median(values[:, 0]))
    least = outcome.smallest(before)
    sign = {"higher": 1.0, "lower": -1.0, "neither": 0.0}[outcome.better]
    if relative:
        draws, without = (100.0 * (some / some[:, :1] - 1.0) for some in (values, untreated))
        start, least = 0.0, 100.0 * least / before
        people = site.people_change_band.get(name)
        band = None if people is None else Band(*(100.0 * (edge - 1.0) for edge in people))
        label = f"{outcome.label}, % change\nfrom before treatment"
        words = f"{number_text(least)} %"
    else:
        draws, without, start, band = values, untreated, before, site.people_band.get(name)
        unit = "" if outcome.unit == "1" or outcome.unit in outcome.label.lower() else f", {outcome.unit}"
        scale = "" if outcome.range is None else f" ({outcome.range[0]:g} to {outcome.range[1]:g})"
        bias = ", without rater bias" if outcome.raters else ""
        label = f"{outcome.label}{scale}{unit}\n{outcome.better} is better{bias}"
        words = f"{number_text(least)} {'' if outcome.unit == '1' else outcome.unit}".rstrip()
    points = []
    for row in course.observed:
        if row.finding.outcome == name and row.observed is not None and _has_a_point(row):
            finding, (change, _) = row.finding, row.observed
            spread = 100.0 * finding.sd / finding.baseline if finding.sd is not None and finding.baseline else None
            value, spread = (change, spread) if relative else (
                before * (1.0 + change / 100.0), None if spread is None else before * spread / 100.0
            )  # fmt: skip
            points.append((finding.day, value, spread, finding.counted))
    assumed = " (assumed)" if outcome.smallest_change_whose.startswith("assumed") else ""
    return Panel(
        label=f"{site.site}: {label[0].lower()}{label[1:]}" if len(course.sites) > 1 and label[1].islower() else label,
        draws=draws, untreated=without, people=band, threshold=start + sign * least if sign else None,
        least=words + assumed, points=tuple(points), start=start,
    )  # fmt: skip


def draw_threshold(ax: Any, value: float, words: str) -> None:
    """The smallest change that matters, as a dashed line with its size."""
    ax.axhline(value, color=_THRESHOLD, lw=1.2, ls="--", zorder=2, label="smallest change that matters")
    ax.annotate(
        words, (1.0, value), xycoords=ax.get_yaxis_transform(), xytext=(0.0, 1.5), textcoords="offset points",
        color=_THRESHOLD, fontsize=7.5, ha="right", va="bottom", zorder=6,
        bbox={"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 0.5},
    )  # fmt: skip


def _draw_panel(ax: Any, site: SiteCourse, course: Course, name: str) -> None:
    days, shown = site.time_day, panel(site, course, name)
    low, median, high = np.quantile(shown.draws, (0.05, 0.5, 0.95), axis=0)
    untreated = np.median(shown.untreated, axis=0)
    if course.ledger.draws > 1:
        ax.fill_between(days, low, high, color=_BAND, alpha=0.55, lw=0, label="90 % credible interval")
    if shown.people is not None:
        of = course.ledger.case.like
        ax.fill_between(
            days, shown.people.lower90, shown.people.upper90, facecolor="none", hatch="////", lw=0.9,
            edgecolor=_PEOPLE, ls=(0, (1, 1.5)),
            label="between-person variability (90 % of people)" + (f", like {of}" if of else ""),
        )  # fmt: skip
    of_draws = ", median" if course.ledger.draws > 1 else ""
    ax.plot(days, median, color=_INK, lw=2.2, label=f"treated{of_draws}")
    ax.plot(days, untreated, color=_UNTREATED, lw=1.6, ls=(0, (1, 1)), label=f"untreated{of_draws}")
    if shown.threshold is not None:
        draw_threshold(ax, shown.threshold, shown.least)
    for day, value, spread, people in shown.points:
        ax.errorbar(
            day, value, yerr=spread, fmt="o", ms=7, color=_POINT, capsize=3, zorder=5,
            label=f"published: {course.ledger.case.study}{number_of_people(people)}"
            + ("" if spread is not None else ", spread not reported"),
        )  # fmt: skip
    edges = [low.min(), high.max(), untreated.min(), untreated.max(), shown.start]
    edges += [] if shown.threshold is None else [shown.threshold]
    edges += [value + side for _, value, spread, _ in shown.points for side in (-(spread or 0.0), spread or 0.0)]
    if shown.people is not None:
        edges += [shown.people.lower90.min(), shown.people.upper90.max()]
    bottom, top = float(min(edges)), float(max(edges))
    height = top - bottom or 1.0
    strips = _STRIPS if name == MAIN else 0.0
    ax.set_ylim(bottom - 0.07 * height, top + (0.05 + 1.3 * strips) * height)
    for number, session in enumerate(site.sessions):
        ax.axvline(session.day, ymax=1.0 - strips, color="#444444", lw=0.7, ls=":", zorder=1)
        ax.plot(
            session.day, 0.008, marker="^", ms=6, color="#444444", transform=ax.get_xaxis_transform(), clip_on=False,
            ls="none", label="session" if number == 0 else None,
        )  # fmt: skip
    ax.axhline(shown.start, color="#bbbbbb", lw=0.6, zorder=0)
    ax.set_xlim(-0.01 * days[-1], days[-1])
    ax.set_ylabel(shown.label, fontsize=9.5)
    if strips:
        _draw_phases(ax, site)


def _draw_phases(ax: Any, site: SiteCourse) -> None:
    """Phases of the response to the first session, as strips at the top."""
    days, strip = site.time_day, 0.045
    for level, phase in enumerate(phase for phase in site.phases if phase.start_day < days[-1]):
        y = 0.995 - (level + 1) * (strip + 0.012)
        colour = _PHASES[phase.name]
        end = min(phase.end_day, days[-1])
        ax.axvspan(phase.start_day, end, ymin=y, ymax=y + strip, color=colour, lw=0)
        ax.axvspan(phase.start_day, end, color=colour, alpha=0.13, lw=0, zorder=0)
        room = end < 0.75 * days[-1]  # beyond the strip; else the label stands on its end
        ax.text(
            end + (0.006 if room else -0.006) * days[-1], y + strip / 2, f"{phase.name} (first session)", va="center",
            ha="left" if room else "right", fontsize=7.5, color="#555555", transform=ax.get_xaxis_transform(),
        )  # fmt: skip


def write_plot(course: Course, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: figure(course), path)
