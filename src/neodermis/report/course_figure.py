"""The picture of a course."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neodermis.course import Course, SiteCourse
from neodermis.report.common import check_outputs, closing, person_text, save
from neodermis.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The outcome that a clinician looks at first.
MAIN: Final = "collagen_papillary"


def number_of_people(n: int | None) -> str:
    """``, n = 30``, or nothing where a study did not print it."""
    return "" if n is None else f", n = {n}"


_INK, _BAND, _UNTREATED, _POINT = "#17406d", "#8fb3d9", "#8a8a8a", "#b3261e"
_PEOPLE = "#c98a2b"
_PHASES: Final = {"inflammation": "#f3c9c4", "proliferation": "#f6e3b5", "remodelling": "#cfe6cf"}


def foot(course: Course, *, central: bool = False) -> str:
    """The line below a picture: what it rests on; ``central`` where only the central course is drawn."""
    ledger = course.ledger
    return " · ".join(
        ["central course" if central or ledger.draws == 1 else f"{ledger.draws} draws",
         *([counted(ledger.people, "person", "people")] if ledger.people and not central else []),
         f"{100 * course.ledger.assumed_share:.0f} % of parameters assumed",
         f"parameters {course.ledger.parameters.name} {course.ledger.parameters.version}",
         f"neodermis {course.ledger.versions['neodermis']}", "not a medical device"]
    )  # fmt: skip


def figure(course: Course) -> Figure:
    """Papillary collagen against time: 90 % band, sessions, the untreated course, phases, published points."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    sites = list(course.sites.values())
    with plt.rc_context(
        {
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.fonttype": "path",
            "hatch.linewidth": 0.4,
        }
    ):
        fig, axes = plt.subplots(
            len(sites), 1, figsize=(9.2, 5.2 if len(sites) == 1 else 3.4 * len(sites) + 0.9), squeeze=False,
            sharex=True, layout="constrained",
        )  # fmt: skip
        for ax, site in zip(axes[:, 0], sites, strict=True):
            _draw_site(ax, site, course)
        axes[-1, 0].set_xlabel("days since the first session")
        about = foot(course)
        fig.supxlabel(about, fontsize=7.5, color="#666666")
        person = course.ledger.inputs["patient"]
        assert isinstance(person, Mapping)
        lines = [course.protocol.sentence, *wrap(person_text(person), 120)]
        if course.ledger.inputs.get("beyond_limits"):
            lines.append("BEYOND THE LIMITS OF PRACTICE")
        fig.suptitle("\n".join(lines), fontsize=11, x=0.01, ha="left")
    return fig


def _draw_site(ax: Any, site: SiteCourse, course: Course) -> None:
    days = site.time_day
    share = 100 * (site.values[MAIN] / site.values[MAIN][:, :1] - 1)
    low, median, high = np.quantile(share, (0.05, 0.5, 0.95), axis=0)
    untreated = np.median(100 * (site.untreated[MAIN] / site.untreated[MAIN][:, :1] - 1), axis=0)
    if course.ledger.draws > 1:
        ax.fill_between(days, low, high, color=_BAND, alpha=0.55, lw=0, label="90 % band: what we do not know")
    if MAIN in site.people_change_band:
        people = site.people_change_band[MAIN]
        of = course.ledger.inputs.get("like")
        differ = "90 % of people: how they differ" + (f", like {of}" if of else "")
        ax.fill_between(
            days, 100 * (people.lower90 - 1), 100 * (people.upper90 - 1), facecolor="none", hatch="////", lw=0.9,
            edgecolor=_PEOPLE, ls=(0, (1, 1.5)), label=differ,
        )  # fmt: skip
    ax.plot(days, median, color=_INK, lw=2.2, label="treated, median")
    ax.plot(days, untreated, color=_UNTREATED, lw=1.4, ls="--", label="untreated")
    points = [
        (row.finding, row.observed[0])
        for row in course.observed
        if row.finding.outcome == MAIN and row.observed is not None and row.unit == "% of baseline"
    ]
    for finding, value in points:
        spread_of = None if finding.sd is None or not finding.baseline else 100.0 * finding.sd / finding.baseline
        ax.errorbar(
            finding.day, value, yerr=spread_of, fmt="o", ms=7, color=_POINT, capsize=3, zorder=5,
            label=f"published: {course.ledger.inputs['study']}{number_of_people(finding.n)}"
            + ("" if spread_of is not None else ", spread not printed"),
        )  # fmt: skip
    top = max(float(high.max()), *(value for _, value in points), 1.0)
    bottom = min(float(low.min()), float(untreated.min()), 0.0)
    height = top - bottom
    ax.set_ylim(bottom - 0.06 * height, top + 0.30 * height)
    strip = 0.045
    begun = [phase for phase in site.phases if phase.start_day < days[-1]]
    for level, phase in enumerate(begun):
        y = 0.985 - (level + 1) * (strip + 0.012)
        colour = _PHASES[phase.name]
        end = min(phase.end_day, days[-1])
        ax.axvspan(phase.start_day, end, ymin=y, ymax=y + strip, color=colour, lw=0)
        ax.axvspan(phase.start_day, end, color=colour, alpha=0.13, lw=0, zorder=0)
        room = end < 0.75 * days[-1]  # beyond the strip; else the label stands on its end
        ax.text(
            end + (0.006 if room else -0.006) * days[-1], y + strip / 2, f"{phase.name} (first session)", va="center",
            ha="left" if room else "right", fontsize=7.5, color="#555555", transform=ax.get_xaxis_transform(),
        )  # fmt: skip
    for number, session in enumerate(site.sessions):
        ax.axvline(session.day, ymax=0.79, color="#444444", lw=0.7, ls=":", zorder=1)
        ax.plot(
            session.day, 0.008, marker="^", ms=6, color="#444444", transform=ax.get_xaxis_transform(), clip_on=False,
            ls="none", label="session" if number == 0 else None,
        )  # fmt: skip
    ax.axhline(0, color="#bbbbbb", lw=0.6, zorder=0)
    ax.set_xlim(-0.01 * days[-1], days[-1])
    ax.set_ylabel(f"papillary collagen, {site.site}\n% change from before treatment", fontsize=9.5)
    free = all(phase.end_day < 0.6 * days[-1] for phase in begun)  # the upper right corner; else below the strips
    corner, place = ("upper right", (1.0, 0.93)) if free else ("upper left", (0.015, 0.82))
    ax.legend(frameon=False, fontsize=8, loc=corner, bbox_to_anchor=place)


def write_plot(course: Course, path: Path) -> None:
    """The picture as PNG, SVG or PDF, by the path's ending."""
    check_outputs([("plot", path)])
    closing(figure(course), lambda drawn: save(drawn, path))
