"""Figure of a course: the scale of the patient's concern first, then papillary collagen.

A panel shows the median with its 90 % interval (parameter uncertainty), the untreated course, and the smallest change
that matters.
An outcome of known direction only is never drawn with numbers: a line above the figure states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neodermis.people.concern import answering, find_concern, only_direction
from neodermis.report import style
from neodermis.report.common import person_text, write_figure
from neodermis.report.style import Label
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


#: Share of a panel's height that the strips of the phases take.
_STRIPS: Final = 0.21
#: Height of a panel: of the only one, and of one of several (inches).
_ONE, _SEVERAL = 3.6, 2.55


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


def figure(course: Course, width_inches: float | None = None) -> Figure:
    """The panels of :func:`drawn_outcomes` against time, for every site.

    Parameters
    ----------
    course
        The course to draw.
    width_inches
        Width of the page; by default that of the page of a course.  Panels stand one above the other on a narrow page.
    """
    sites = list(course.sites.values())
    panels = [drawn_outcomes(course, site) for site in sites]
    count = max(map(len, panels))
    # the panels of one site stand one above the other; those of several sites side by side, a row for each site
    beside = len(sites) > 1 and count > 1 and (width_inches is None or width_inches > style.WIDTH)
    width = width_inches or (5.6 * count if beside else style.WIDTH)
    room = style.label_room(width / count if beside else width)
    grid = [[(site, name) for name in names] for site, names in zip(sites, panels, strict=True)]
    if not beside:
        grid = [[each] for row in grid for each in row]
    exceeds = course.ledger.case.exceeds
    with style.styled() as plt:
        fig, axes, *_ = style.sheet(
            plt, width=width, rows=[_ONE if len(grid) == 1 else _SEVERAL] * len(grid),
            columns=[1.0] * (count if beside else 1), foot=foot(course), margins=style.Margins(right=room),
            title=[course.protocol.sentence, person_text(course.ledger.case.patient.said), *not_drawn(course),
                   *(["BEYOND THE LIMITS OF PRACTICE"] if exceeds else [])],
        )  # fmt: skip
        for number, (row, shown) in enumerate(zip(axes, grid, strict=True)):
            for ax, (site, name) in zip(row, shown, strict=False):
                _draw_panel(ax, site, course, name, room, time=number == len(grid) - 1)
            for ax in row[len(shown) :]:
                ax.set_axis_off()
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


def draw_threshold(ax: Any, value: float, words: str) -> Label:
    """The smallest change that matters, as a dashed line; its label with its size."""
    ax.axhline(value, color=style.THRESHOLD, lw=1.2, ls=style.DASHED, zorder=2, label="smallest change that matters")
    size = words.replace(" ", "\u00a0", 1)  # number and unit stay on one line
    return Label(value, f"smallest change that matters: {size}", style.THRESHOLD)


def _draw_panel(ax: Any, site: SiteCourse, course: Course, name: str, room: float, *, time: bool) -> None:
    days, shown = site.time_day, panel(site, course, name)
    low, median, high = np.quantile(shown.draws, (0.05, 0.5, 0.95), axis=0)
    untreated = np.median(shown.untreated, axis=0)
    labels = []
    if course.ledger.draws > 1:
        ax.fill_between(days, low, high, color=style.BAND, alpha=0.6, lw=0, label=style.INTERVAL)
        labels.append(Label(_edge(low, median, high), style.INTERVAL, style.BAND_TEXT))
    if shown.people is not None:
        of = course.ledger.case.like
        words = style.PEOPLE + (f", like {of}" if of else "")
        ax.fill_between(
            days, shown.people.lower90, shown.people.upper90, facecolor="none", hatch="////", lw=1.0,
            edgecolor=style.BETWEEN, ls=style.DOTTED, label=words,
        )  # fmt: skip
        labels.append(Label(_edge(shown.people.lower90, median, shown.people.upper90), words, style.BETWEEN))
    of_draws = ", median" if course.ledger.draws > 1 else ""
    ax.plot(days, untreated, color=style.UNTREATED, lw=1.7, ls=style.DOTTED, label=f"untreated{of_draws}")
    ax.plot(days, median, color=style.INK, lw=2.3, label=f"treated{of_draws}")
    labels.append(Label(float(untreated[-1]), f"untreated{of_draws}", style.UNTREATED))
    labels.append(Label(float(median[-1]), f"treated{of_draws}", style.INK))
    if shown.threshold is not None:
        labels.append(draw_threshold(ax, shown.threshold, shown.least))
    edges = [low.min(), high.max(), untreated.min(), untreated.max(), shown.start]
    edges += [] if shown.threshold is None else [shown.threshold]
    edges += [value + side for _, value, spread, _ in shown.points for side in (-(spread or 0.0), spread or 0.0)]
    if shown.people is not None:
        edges += [shown.people.lower90.min(), shown.people.upper90.max()]
    strips = _STRIPS if name == MAIN else 0.0
    ax.set_ylim(style.limits(edges, below=0.09, above=0.05 + 1.3 * strips))
    style.time_axis(ax, float(days[-1]), labels=time)
    labels += _draw_points(ax, shown, course)
    style.mark_sessions(ax, [session.day for session in site.sessions], top=1.0 - strips)
    labels.append(style.session_label(ax, len(site.sessions)))
    ax.axhline(shown.start, color=style.FAINT, lw=0.7, zorder=0)
    ax.set_ylabel(shown.label)
    style.label_beside(ax, labels, room=room)
    if strips:
        _draw_phases(ax, site)


def _edge(low: Floats, middle: Floats, high: Floats) -> float:
    """The edge of a band at its end that lies further from its middle."""
    return float(high[-1] if high[-1] - middle[-1] >= middle[-1] - low[-1] else low[-1])


def _draw_points(ax: Any, shown: Panel, course: Course) -> list[Label]:
    """Published results with their spread; the label of the last, to stand beside the panel."""
    labels = []
    for day, value, spread, people in sorted(shown.points, key=lambda point: point[0]):
        words = f"● published: {course.ledger.case.study}{number_of_people(people)}"
        words += "" if spread is not None else ", spread not reported"
        ax.errorbar(day, value, yerr=spread, fmt="o", ms=7, color=style.POINT, capsize=3, zorder=5, label=words)
        labels = [Label(value, words, style.POINT)]
    return labels


def _draw_phases(ax: Any, site: SiteCourse) -> None:
    """Phases of the response to the first session, as strips at the top."""
    days, strip = site.time_day, 0.05
    for level, phase in enumerate(phase for phase in site.phases if phase.start_day < days[-1]):
        y = 0.995 - (level + 1) * (strip + 0.014)
        colour = style.PHASES[phase.name]
        end = min(phase.end_day, days[-1])
        ax.axvspan(phase.start_day, end, ymin=y, ymax=y + strip, color=colour, lw=0)
        ax.axvspan(phase.start_day, end, color=colour, alpha=0.13, lw=0, zorder=0)
        room = end < 0.7 * days[-1]  # beyond the strip; else the label stands on its end
        ax.text(
            end + (0.006 if room else -0.006) * days[-1], y + strip / 2, f"{phase.name} (first session)", va="center",
            ha="left" if room else "right", fontsize=style.LEAST, color=style.TEXT, transform=ax.get_xaxis_transform(),
        )  # fmt: skip


def write_plot(course: Course, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: figure(course), path)
