"""Figures of a published study and its predictions by the observation model."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.api.observation import by_day
from neodermis.evidence import Study
from neodermis.lazy import numpy as np
from neodermis.report.common import headless, write_figure
from neodermis.report.course import published_text
from neodermis.report.course_figure import foot
from neodermis.simulation.course import Course, Observed
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Z90
from neodermis.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK, _PLAIN, _PRINTED, _POINT, _MISS = "#17406d", "#8fb3d9", "#c9b27c", "#1b7a3d", "#b3261e"
_COLUMNS: Final = 3


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


def study_figure(study: Study, courses: Mapping[str, Course]) -> Figure:
    """Figure with a panel for each outcome of each arm: model course, predicted results and published results."""
    from matplotlib import pyplot as plt

    headless()
    panels = _panels(courses)
    columns = min(_COLUMNS, max(len(panels), 1))
    rows = -(-len(panels) // columns) or 1
    tallest = max((len(_merged(some)) for _, _, name, some in panels if not name), default=0)
    with plt.rc_context({"font.size": 8.5, "axes.spines.top": False, "axes.spines.right": False}):
        fig, axes = plt.subplots(
            rows,
            columns,
            figsize=(0.6 + 4.2 * columns, 1.6 + max(2.6, 0.9 + 0.3 * tallest) * rows),
            squeeze=False,
            layout="constrained",
        )
        for ax, panel in zip(axes.flat, panels, strict=False):
            if panel[2]:
                _draw(ax, study, *panel)
            else:
                _draw_shares(ax, panel[0], panel[3])
        for ax in axes.flat[len(panels) :]:
            ax.set_axis_off()
        course = next(iter(courses.values()))
        sentences = [f"{arm}: {one.protocol.sentence}" for arm, one in courses.items()]
        width = 32 * columns
        lines = [line for text in (f"{study.id}: {study.design}", *sentences) for line in textwrap.wrap(text, width)]
        fig.suptitle("\n".join(lines), fontsize=9.5, x=0.01, ha="left")
        left = sum(row.verdict == "not asked" for one in courses.values() for row in one.observed)
        away = [arm.id for arm in study.arms if arm.why_not]
        about = [foot(course)]
        about += [f"{counted(left, 'result', 'results')} not asked of the model"] if left else []
        about += [f"not simulated: {', '.join(away)}"] if away else []
        drawn = [zip(*ax.get_legend_handles_labels(), strict=True) for ax in axes.flat]
        keys = {label: key for pairs in drawn for key, label in pairs}
        foot_lines = "\n".join(textwrap.wrap(" · ".join(about), 48 * columns))
        fig.legend(keys.values(), keys.keys(), loc="outside lower left", ncols=columns, frameon=False, fontsize=7.5,
                   title=foot_lines, title_fontsize=7, alignment="left")  # fmt: skip
    return fig


def _draw(ax: Any, study: Study, arm: str, course: Course, name: str, rows: list[Observed]) -> None:
    """A panel of an outcome: what studies print, and the course as an instrument reads it."""
    site = next(iter(course.sites.values()))
    n = round(float(np.sqrt(np.prod(study.people_in(rows[0].finding)))))  # the middle where it is not reported
    last = min(site.time_day[-1], max(1.25 * max(row.finding.day for row in rows), site.last_session_day + 30.0))
    shown = site.time_day <= last
    days = site.time_day[shown]
    plain, printed = by_day(site, name, rows[0].rater, n, course.ledger.parameters)
    ax.fill_between(days, printed.lower90[shown], printed.upper90[shown], color=_PRINTED, alpha=0.45, lw=0,
                    label="90 % predictive interval (rater, study, sampling, reading error)")  # fmt: skip
    ax.fill_between(days, plain.lower90[shown], plain.upper90[shown], color=_PLAIN, alpha=0.55, lw=0,
                    label="90 % credible interval, by instrument")  # fmt: skip
    ax.plot(days, plain.median[shown], color=_INK, lw=1.6)
    for day in course.protocol.session_days:
        ax.plot(day, 0.01, marker="^", ms=4, color="#555555", transform=ax.get_xaxis_transform(), clip_on=False)
    ax.axhline(0, color="#999999", lw=0.6)
    low, high = ax.get_ylim()
    for row in rows:
        colour = _colour(row)
        if row.observed is None:
            _draw_sign(ax, row, colour)
            continue
        value = [_percent(row, site, edge) for edge in row.observed]
        middle = sum(value) / 2.0
        error = _standard_error(row)
        spread = max(abs(value[1] - value[0]) / 2.0, Z90 * error if error else 0.0)
        ax.errorbar(
            row.finding.day, middle, yerr=spread or None, fmt="o", ms=5.5, color=colour, capsize=2.5, zorder=5,
            label=f"published, {'inside' if colour == _POINT else 'outside'} the interval",
        )  # fmt: skip
        low, high = min(low, middle - spread), max(high, middle + spread)
    ax.set_ylim(low - 0.04 * (high - low), high + 0.16 * (high - low))
    ax.set_xlim(-0.01 * last, last)
    title = f"{arm} · {OUTCOMES[name].label}, {rows[0].rater}, n = {n} ({_told(rows)})"
    ax.set_title(textwrap.fill(title, 54), fontsize=8, loc="left")
    ax.set_ylabel("change, % of baseline", fontsize=7.5)
    ax.set_xlabel("days since the first session", fontsize=7.5)
    ax.plot(days, printed.median[shown], color=_INK, lw=1.0, ls=":", label="predictive median")


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
        ax.plot([row.printed.lower90, row.printed.upper90], [k, k], color=_PRINTED, lw=7, solid_capstyle="butt")
        ax.plot(row.printed.median, k, "|", ms=10, color=_INK)
        if row.observed is None:
            mark = {"increase": "→", "decrease": "←", "none": "="}[row.finding.direction]
            ax.text(1.0, k, mark, color=colour, fontsize=12, va="center", transform=ax.get_yaxis_transform())
        else:
            ax.plot(sum(row.observed) / 2.0, k, "o", ms=5.5, color=colour, zorder=5)
        words = row.finding.threshold or row.finding.measure
        when = f", day {', '.join(f'{day:g}' for day in days)}"
        lines = textwrap.wrap(f"{words}: {published_text(row)}{when}", 46)
        labels.append("\n".join([lines[0], lines[-1]] if len(lines) > 1 else lines))
    ax.set_yticks(range(len(labels)), labels, fontsize=6)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_title(f"{arm} · shares, sides ({_told(rows)})", fontsize=8.5, loc="left")
    units = dict.fromkeys(row.unit for row in rows)
    if set(units) == {"% of people"}:
        ax.set_xlim(-3, 103)
    ax.set_xlabel(" · ".join(units), fontsize=7.5)


def write_study_plot(study: Study, courses: Mapping[str, Course], path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: study_figure(study, courses), path)
