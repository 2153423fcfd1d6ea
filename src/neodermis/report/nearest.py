"""Published results of the studies nearest to a protocol, beside what is expected of it: a table and a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from neodermis.api.observation import study_forecast
from neodermis.people.concern import answering, only_direction
from neodermis.report import style
from neodermis.report.blocks import Block, Figure, Paragraph, Table
from neodermis.report.course_figure import concerns_of
from neodermis.simulation.course import LOOK
from neodermis.skin.outcomes import OUTCOMES
from neodermis.studies.nearest import Neighbour, nearest
from neodermis.uncertain import Interval
from neodermis.wording import number_text, signed_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

    from neodermis.simulation.course import Course, SiteCourse

_NONE: Final = "No published study reports a change of {what} after needling in a form that can be compared."


def nearest_blocks(course: Course) -> Iterator[Block]:
    """The studies nearest to a course, for each concern with a size at its first site."""
    site = next(iter(course.sites.values()))
    for concern, given in (dict(concerns_of(course)) or {"wrinkle": ""}).items():
        scales = [name for name in answering({concern: given}) if name in site.values
                  and not only_direction(name, concerns_of(course))]  # fmt: skip
        if not scales:
            continue
        found = nearest(scales, course.protocol)
        label = OUTCOMES[scales[0]].label
        if not found:
            yield Paragraph(_NONE.format(what=label), "soft")
            continue
        here = _expected(site, course, scales[0])
        yield Figure(
            lambda found=found, here=here, label=label: _drawn(found, here, label),  # type: ignore[misc]  # bound now
            f"Change of {label} and scales like it in the published studies nearest to this protocol, beside what is "
            "expected of it. The table gives the numbers of the studies, the text those of the forecast.",
        )
        yield Table(
            "Published studies nearest to this protocol; what a study did not print is in brackets",
            ("study, arm", "protocol", "outcome", "days after the last session", "people", "rater", "change, %"),
            [_row(one) for one in found],
        )


def _row(one: Neighbour) -> tuple[str, ...]:
    guessed = f" (assumed: {', '.join(name.removesuffix('_mm').replace('_', ' ') for name in one.assumed)})"
    return (
        f"{one.study}, {one.arm}", one.protocol + (guessed if one.assumed else ""), OUTCOMES[one.outcome].label,
        number_text(one.after), "" if one.people is None else str(one.people), one.rater,
        signed_text(100.0 * one.change),
    )  # fmt: skip


def _expected(site: SiteCourse, course: Course, name: str) -> list[tuple[str, Interval]]:
    """What a study is expected to report, and the change without rater bias, % of the value before treatment."""
    day = site.last_session_day + LOOK
    if day > site.time_day[-1]:
        return []
    values = site.values[name]
    bare = Interval.of(100.0 * (site.at(name, day) / values[:, 0] - 1.0))
    rows = [("this plan, without rater bias", bare)]
    told = study_forecast(site, course.protocol, name, "unblinded", day, course.ledger.parameters)
    return [*([("this plan, as studies are expected to report it", told.forecast)] if told is not None else []), *rows]


_MARKS: Final = {"blinded": "s", "unblinded": "o", "self": "^", "instrument": "D"}


def _drawn(found: Sequence[Neighbour], here: Sequence[tuple[str, Interval]], label: str) -> Drawn:
    """One row for each study and each forecast, on a common axis of change."""
    with style.styled() as plt:
        rows = len(found) + len(here)
        page = style.sheet(
            plt, width=style.REPORT_WIDTH, rows=[0.27 * rows + 0.25], margins=style.Margins(left=2.6, right=0.35)
        )
        ax = page.axes[0, 0]
        names = []
        for row, (name, interval) in enumerate(here):
            ax.plot([interval.lower90, interval.upper90], [row, row], color=style.INK, lw=3.0, solid_capstyle="butt")
            ax.plot(interval.median, row, "|", ms=12, mew=2.5, color=style.INK)
            names.append("\n".join(style.wrap(name, 2.4, style.SMALL)))
        for row, one in enumerate(found, len(here)):
            ax.plot(100.0 * one.change, row, _MARKS[one.rater], ms=6.5, color=style.POINT)
            people = "" if one.people is None else f", n = {one.people}"
            several = sum(other.study == one.study for other in found) > 1
            names.append(f"{one.study}{f' ({one.arm})' if several else ''}{people}, {one.rater}")
        ax.axvline(0.0, color=style.FAINT, lw=0.8, zorder=0)
        ax.set_yticks(range(rows), names, fontsize=style.SMALL)
        ax.set_ylim(rows - 0.4, -0.6)
        ax.set_xlabel("change, % of the value before treatment")
        ax.set_title(f"{label}, or a scale like it")
        return page.figure
