"""Figures of a published study and its predictions by the observation model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neodermis.api.observation import by_day
from neodermis.evidence import Study
from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.report.common import write_figure
from neodermis.report.course import published_text
from neodermis.report.course_figure import foot
from neodermis.simulation.course import Course, Observed
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Z90
from neodermis.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PRINTED, _POINT, _MISS = "#d9c48f", style.THRESHOLD, style.POINT
#: Width of a page of two columns, and the least of such a page; room for the names of shares (inches).
_WIDTH, _TWO_FROM, _NAMES = 11.4, 10.0, 3.3


def _panels(courses: Mapping[str, Course]) -> list[tuple[str, Course, str, list[Observed]]]:
    """(arm, course, outcome, results) of outcomes by day, then one panel for shares and sessions of each arm."""
    found: list[tuple[str, Course, str, list[Observed]]] = []
    for arm, course in courses.items():
        asked = [row for row in course.observed if row.verdict != "not asked"]
        daily = [
            row
            for row in asked
            if OUTCOMES[row.finding.outcome].by_day
            and row.unit != "% of people"
            and row.finding.against is None
            and row.finding.scar_type is None
        ]
        for name in dict.fromkeys(row.finding.outcome for row in daily):
            found.append((arm, course, name, [row for row in daily if row.finding.outcome == name]))
        others = [row for row in asked if row not in daily]
        if others:
            found.append((arm, course, "", others))
    return found


def study_figure(study: Study, courses: Mapping[str, Course], width_inches: float | None = None) -> Figure:
    """Figure with a panel for each outcome of each arm: model course, predicted results and published results.

    Parameters
    ----------
    study
        The study.
    courses
        Course of each arm by id.
    width_inches
        Width of the page; the panels of a narrow page stand one above the other.
    """
    panels = _panels(courses)
    daily = [panel for panel in panels if panel[2]]
    shares = [panel for panel in panels if not panel[2]]
    width = width_inches or (_WIDTH if len(daily) > 1 else style.WIDTH)
    columns = 2 if width >= _TWO_FROM and len(daily) > 1 else 1
    room = style.label_room(width / columns)
    lines = -(-len(daily) // columns)
    heights = [0.36 * len(_merged(rows)) + 0.3 for _, _, _, rows in shares]
    below = sum(tall + 0.95 for tall in heights)
    course = next(iter(courses.values()))
    left = sum(row.verdict == "not asked" for one in courses.values() for row in one.observed)
    away = [arm.id for arm in study.arms if arm.why_not]
    about = [foot(course)]
    about += [f"{counted(left, 'result', 'results')} not asked of the model"] if left else []
    about += [f"not simulated: {', '.join(away)}"] if away else []
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[2.5] * lines, columns=[1.0] * columns, foot=" · ".join(about), below=below,
            title=[f"{study.id}: {study.design}", *(f"{arm}: {one.protocol.sentence}" for arm, one in courses.items())],
            margins=style.Margins(left=0.95, right=room, above=0.5, below=0.5, last=0.5 if lines else 0.0),
        )  # fmt: skip
        for number, (ax, (arm, one, name, rows)) in enumerate(zip(page.axes.flat, daily, strict=False)):
            _draw(ax, study, arm, one, name, rows, room, last=number >= len(daily) - columns)
        for ax in page.axes.flat[len(daily) :]:
            ax.set_axis_off()
        top = page.below
        for tall, (arm, _, _, rows) in zip(heights, shares, strict=True):
            ax = page.panel(_NAMES, top - 0.4, width - _NAMES - 0.6, tall)
            _draw_shares(ax, arm, rows)
            top -= tall + 0.95
    return page.figure


def _draw(
    ax: Any, study: Study, arm: str, course: Course, name: str, rows: list[Observed], room: float, *, last: bool
) -> None:
    """A panel of an outcome: results that studies would report, and the course as an instrument reads it."""
    site = next(iter(course.sites.values()))
    n = round(float(np.sqrt(np.prod(study.people_in(rows[0].finding)))))  # the middle where it is not reported
    end = min(site.time_day[-1], max(1.25 * max(row.finding.day for row in rows), site.last_session_day + 30.0))
    shown = site.time_day <= end
    days = site.time_day[shown]
    plain, printed = by_day(site, name, rows[0].rater, n, course.ledger.parameters)
    low, middle, high = (values[shown] for values in printed)
    ax.fill_between(days, low, high, color=_PRINTED, alpha=0.4, lw=0, label=style.PREDICTIVE)
    for edge in (low, high):
        ax.plot(days, edge, color=style.BETWEEN, lw=0.8, ls=style.DASHED)
    ax.fill_between(days, plain.lower90[shown], plain.upper90[shown], color=style.BAND, alpha=0.7, lw=0,
                    label=style.INTERVAL)  # fmt: skip
    ax.plot(days, plain.median[shown], color=style.INK, lw=2.1, label="by instrument, median")
    ax.plot(days, middle, color=style.BETWEEN, lw=1.6, ls=style.DASHED, label="predictive median")
    ax.axhline(0, color=style.FAINT, lw=0.7)
    bottom, top = ax.get_ylim()
    points = []
    for row in rows:
        colour = _colour(row)
        if row.observed is None:
            _draw_sign(ax, row, colour)
            continue
        value = [_percent(row, site, edge) for edge in row.observed]
        centre = sum(value) / 2.0
        error = _standard_error(row)
        spread = max(abs(value[1] - value[0]) / 2.0, Z90 * error if error else 0.0)
        inside = colour == _POINT
        words = f"published, {'inside' if inside else 'outside'} the interval"
        ax.errorbar(row.finding.day, centre, yerr=spread or None, fmt="o" if inside else "X", ms=6.5, color=colour,
                    capsize=2.5, zorder=5, label=words)  # fmt: skip
        bottom, top = min(bottom, centre - spread), max(top, centre + spread)
        points.append((row.finding.day, centre + spread, words, colour))
    ax.set_ylim(bottom - 0.09 * (top - bottom), top + 0.16 * (top - bottom))
    style.time_axis(ax, float(end), labels=last)
    style.mark_sessions(ax, course.protocol.session_days, lines=False)
    named: set[str] = set()
    for day, upper, words, colour in sorted(points, reverse=True):
        if words not in named:
            named.add(words)
            ax.annotate(
                "\n".join(style.wrap(words, 1.3, style.LEAST)), (day, upper), (0, 4), textcoords="offset points",
                fontsize=style.LEAST, color=colour, ha="right" if day > 0.7 * end else "center", va="bottom", zorder=7,
            )  # fmt: skip
    title = f"{arm} · {OUTCOMES[name].label}, {rows[0].rater}, n = {n} ({_told(rows)})"
    ax.set_title("\n".join(style.wrap(title, style.size_of(ax)[0] + 0.6 * room, style.SIZE)), fontsize=style.SIZE)
    ax.set_ylabel("change, % of baseline")
    style.label_beside(
        ax,
        [
            style.Label(float(high[-1]), f"{style.PREDICTIVE}: rater, study, sampling, reading error", style.BETWEEN),
            style.Label(float(middle[-1]), "predictive median", style.BETWEEN),
            style.Label(float(plain.upper90[shown][-1]), f"{style.INTERVAL}, by instrument", style.BAND_TEXT),
            style.Label(float(plain.median[shown][-1]), "median, by instrument", style.INK),
            style.session_label(ax, len(course.protocol.session_days)),
        ],
        room=room,
        size=style.LEAST,
    )


def _told(rows: Sequence[Observed]) -> str:
    """How many of the numbers of a panel lie in their interval."""
    numbers = [row for row in rows if row.observed is not None]
    inside = sum(row.verdict == "inside" for row in numbers)
    return f"{inside} of {counted(len(numbers), 'number', 'numbers')} inside" if numbers else "no number"


def _colour(row: Observed) -> str:
    """Green inside the interval; of a sign, where a study prints it with a probability of a half or more."""
    met = row.verdict == "inside" if row.probability is None else row.probability >= 0.5
    return _POINT if met else _MISS


def _draw_sign(ax: Any, row: Observed, colour: str) -> None:
    """A result with a direction only: an arrow at the top of the panel."""
    mark = {"increase": "↑", "decrease": "↓", "none": "="}[row.finding.direction]
    ax.text(row.finding.day, 0.93, mark, color=colour, fontsize=13, ha="center", va="center",
            transform=ax.get_xaxis_transform())  # fmt: skip


def _percent(row: Observed, site: Any, value: float) -> float:
    """A published change in % of baseline; without a reported baseline, of the model's."""
    if row.unit == "% of baseline":
        return value
    return 100.0 * value / float(np.median(site.values[row.finding.outcome][:, 0]))


def _standard_error(row: Observed) -> float | None:
    """Standard error of a reported mean in % of baseline, where it can be computed."""
    finding = row.finding
    if finding.baseline and finding.sd is not None and finding.counted:
        return float(100.0 * finding.sd / finding.baseline / np.sqrt(finding.counted))
    return None


def _merged(rows: list[Observed]) -> list[tuple[Observed, list[float]]]:
    """Equal results on one measure at several times as one, with their days."""
    found: dict[tuple[object, ...], tuple[Observed, list[float]]] = {}
    for row in rows:
        f = row.finding
        key = (f.outcome, f.measure, f.threshold, f.against, f.direction, row.verdict, row.observed)
        found.setdefault(key, (row, []))[1].append(f.day)
    return list(found.values())


def _draw_shares(ax: Any, arm: str, rows: list[Observed]) -> None:
    """Shares of people, sessions and differences between sides: one line each."""
    labels = []
    for k, (row, days) in enumerate(_merged(rows)):
        assert row.printed is not None
        colour = _colour(row)
        ax.plot([row.printed.lower90, row.printed.upper90], [k, k], color=_PRINTED, lw=8, solid_capstyle="butt")
        ax.plot(row.printed.median, k, "|", ms=11, mew=1.6, color=style.INK)
        if row.observed is None:
            mark = {"increase": "→", "decrease": "←", "none": "="}[row.finding.direction]
            ax.text(1.01, k, mark, color=colour, fontsize=13, va="center", transform=ax.get_yaxis_transform())
        else:
            ax.plot(sum(row.observed) / 2.0, k, "o" if colour == _POINT else "X", ms=6.5, color=colour, zorder=5)
        words = row.finding.threshold or row.finding.measure
        when = f", day {', '.join(f'{day:g}' for day in days)}"
        lines = style.wrap(f"{words}: {published_text(row)}{when}", _NAMES - 0.25, style.LEAST)
        labels.append("\n".join(lines if len(lines) < 3 else [lines[0], f"… {lines[-1]}"]))
    ax.set_yticks(range(len(labels)), labels, fontsize=style.LEAST)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    title = f"{arm} · shares, sides ({_told(rows)}); bar: {style.PREDICTIVE}, line: median, mark: published"
    wide = style.size_of(ax)[0]
    ax.set_title("\n".join(style.wrap(title, wide + _NAMES)), fontsize=style.SIZE, x=-(_NAMES - 0.1) / wide)
    units = dict.fromkeys(row.unit for row in rows)
    if set(units) == {"% of people"}:
        ax.set_xlim(-3, 103)
    ax.set_xlabel(" · ".join(units))


def write_study_plot(study: Study, courses: Mapping[str, Course], path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: study_figure(study, courses), path)
