"""Figure of a plan: the predicted outcome, harm and downtime of each plan, and below the trade-off between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.report.common import page_unit, site_name
from neodermis.report.style import Label, Margins
from neodermis.skin.outcomes import OUTCOMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.planning.result import Plan, Planned

#: At most so many outcomes are drawn.
MOST_OUTCOMES: Final = 2
#: Room for the names of plans, widths of the panels of PIH and downtime, and between panels (inches).
_NAMES, _HARM, _GAP = 1.3, 1.15, 0.3
#: Least width of the panel of an outcome that stands beside another (inches).
_LEAST_WIDE: Final = 2.4
#: Height of a plan in the upper panels, and of the trade-off (inches).
_ROW, _FRONT = 0.46, 2.5


def plan_figure(found: Plan, width_inches: float | None = None) -> Figure:
    """The plans by predicted outcome, PIH and downtime, and the trade-off that they lie on.

    Parameters
    ----------
    found
        What was planned; without a recommended plan the page has only the trade-off.
    width_inches
        Width of the page.
    """
    one = found.recommended
    shown = [] if one is None else [
        (site, name) for site, of in one.outcomes.items() for name, each in of.items() if not each.direction_only
    ][:MOST_OUTCOMES]  # fmt: skip
    width = width_inches or (style.WIDTH if len(shown) < 2 else 11.4)
    plans = _plans(found)
    harm = min(_HARM, 0.14 * width)
    beside = max(len(shown), 1)
    if _wide(width, harm, beside) < _LEAST_WIDE:
        beside = 1
    block = _ROW * len(plans) + 1.3
    upper = block * -(-len(shown) // beside)
    room = style.label_room(width)
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[_FRONT], above=upper, margins=Margins(right=room, above=0.36), foot=_foot(found),
            title=[f"No plan: {found.refusal}" if one is None else f"Recommended: {one.sentence}"],
        )  # fmt: skip
        if shown:
            wide = _wide(width, harm, beside)
            for number, (site, name) in enumerate(shown):
                row, column = divmod(number, beside)
                ax = page.panel(_NAMES + column * (wide + _GAP), page.above - row * block - 0.48, wide, block - 1.3)
                _draw_outcome(ax, plans, site, name)
                _name_rows(ax, [label for label, _ in plans] if column == 0 else [""] * len(plans))
            left = _NAMES + beside * (wide + _GAP)
            for column, (title, rows) in enumerate(_harms(plans)):
                ax = page.panel(left + column * (harm + _GAP), page.above - 0.48, harm, block - 1.3)
                _draw_harm(ax, plans, title, rows)
        _draw_front(found, page.axes[0, 0], room)
    return page.figure


def _foot(found: Plan) -> str:
    from importlib.metadata import version

    about = [f"markers: medians; lines: {style.BOTH}"]
    if found.search:
        about.append(f"scored in {found.search['members']['scored']} draws and people")
    return " · ".join([*about, f"neodermis {version('neodermis')}", "not a medical device"])


def _plans(found: Plan) -> list[tuple[str, Planned]]:
    """Plans by name, the recommended one marked or first."""
    chosen = None if found.recommended is None else found.recommended.setting
    plans = [
        (" = ".join([*each.labels, *(["recommended"] if each.setting == chosen else [])]), each)
        for each in found.alternatives
    ]
    if found.recommended is not None and all(each.setting != chosen for _, each in plans):
        plans.insert(0, ("recommended", found.recommended))
    return plans + [(each.labels[0], each) for each in found.compared_with.values() if each is not None]


def _colour(label: str) -> str:
    return style.INK if "recommended" in label else style.MUTED


# ------------------------------------------------------------------------------------------------- outcomes and harm


def _wide(width: float, harm: float, beside: int) -> float:
    """Width of the panel of an outcome, of which so many stand beside each other (inches)."""
    return (width - _NAMES - 2 * harm - (beside + 2) * _GAP) / beside


def _harms(plans: Sequence[tuple[str, Planned]]) -> Iterator[tuple[str, list[tuple[float, float, float]]]]:
    """Title of a panel, and median and interval of each plan."""
    yield (
        "PIH,\n% of people",
        [(100.0 * each.pih.probability, 100.0 * each.pih.lower90, 100.0 * each.pih.upper90) for _, each in plans],
    )
    yield (
        "Downtime of a\nsession, days",
        [(each.downtime.median, each.downtime.lower90, each.downtime.upper90) for _, each in plans],
    )


def _draw_harm(
    ax: Any, plans: Sequence[tuple[str, Planned]], title: str, rows: Sequence[tuple[float, float, float]]
) -> None:
    for row, ((label, _), (middle, low, high)) in enumerate(zip(plans, rows, strict=True)):
        ax.plot([low, high], [row, row], color=_colour(label), lw=1.6)
        ax.plot([middle], [row], "D", ms=4.5, color=_colour(label))
    ax.set_xlim(left=0.0)
    ax.locator_params(axis="x", nbins=3)
    ax.set_xlabel(title)
    _name_rows(ax, [""] * len(plans))


def _name_rows(ax: Any, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), ["\n".join(style.wrap(name, _NAMES - 0.15, style.SMALL)) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.6)
    for text, name in zip(ax.get_yticklabels(), names, strict=True):
        text.set_weight("bold" if "recommended" in name else "normal")


def _draw_outcome(ax: Any, plans: Sequence[tuple[str, Planned]], site: str, name: str) -> None:
    """An outcome three and twelve months after the last session, beside no treatment and a change that matters."""
    outcome = OUTCOMES[name]
    for row, (label, each) in enumerate(plans):
        one = each.outcomes[site][name]
        for shift, interval, marker, face in (
            (-0.15, one.graded, "o", _colour(label)), (0.15, one.later, "s", "white"),
        ):  # fmt: skip
            ax.plot([interval.lower90, interval.upper90], [row + shift] * 2, color=_colour(label), lw=1.6)
            ax.plot([interval.median], [row + shift], marker, color=_colour(label), mfc=face, ms=5.5, mew=1.4)
            if row == 0:
                months = "3 months" if marker == "o" else "12 months"
                ax.annotate(
                    months, (interval.upper90, row + shift), (5, 0), textcoords="offset points", va="center", zorder=4,
                    fontsize=style.LEAST, color=_colour(label), bbox={"facecolor": "white", "lw": 0, "pad": 0.6},
                )  # fmt: skip
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.75 / style.size_of(ax)[0] * (right - left))  # the months stand beside the first lines
    first = plans[0][1].outcomes[site][name]
    sign = 1.0 if outcome.better == "higher" else -1.0
    least = first.untreated.median + sign * outcome.smallest(first.start.median)
    left, right = ax.get_xlim()
    ax.set_xlim(min(left, least), max(right, least))
    for level, value, words, colour, dashes in (
        (0, first.untreated.median, "untreated", style.UNTREATED, style.DOTTED),
        (1, least, "smallest change that matters", style.THRESHOLD, style.DASHED),
    ):
        ax.axvline(value, color=colour, ls=dashes, lw=1.4, zorder=1)
        _above(ax, value, words, colour, level)
    scale = "" if outcome.range is None else f" ({outcome.range[0]:g} to {outcome.range[1]:g})"
    unit = page_unit(outcome.unit)
    unit = "" if not unit or unit in outcome.label.lower() else f", {unit}"
    ax.set_xlabel(f"{outcome.label}{scale}{unit}, {site_name(site)},\nblinded rater, {outcome.better} is better")


def _above(ax: Any, value: float, words: str, colour: str, level: int) -> None:
    """Name of a vertical line, above the panel on the side with room."""
    tall = style.size_of(ax)[1]
    left, right = ax.get_xlim()
    near_end = (value - left) / (right - left) > 0.5
    ax.text(
        value, 1.0 + (0.05 + 0.17 * level) / tall, words, color=colour, fontsize=style.LEAST, va="bottom",
        ha="right" if near_end else "left", transform=ax.get_xaxis_transform(),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- the trade-off


def _draw_front(found: Plan, ax: Any, room: float) -> None:
    """Benefit against days of downtime of the plans that no other beats, the named ones with their names."""
    front = [each for each in found.front if not each.breaches] or list(found.front)
    pih = 100.0 * np.array([float(each.score.pih.mean()) for each in front])
    drawn = ax.scatter([each.burden for each in front], [each.benefit for each in front], c=pih, cmap="cividis", s=38,
                       zorder=2, edgecolors=style.TEXT, linewidths=0.5)  # fmt: skip
    known = found.marked
    others = [each for each in known.values() if each not in front]
    ax.scatter([each.burden for each in others], [each.benefit for each in others], marker="D", color="#8a8a8a", s=32,
               edgecolors=style.TEXT, linewidths=0.5)  # fmt: skip
    ax.margins(0.1)
    limits = ax.get_xlim(), ax.get_ylim()
    labels = []
    for label, plan in _plans(found):
        if plan.setting is not None and plan.setting in known:
            at = known[plan.setting]
            labels.append(Label(at.benefit, label, style.TEXT))
            ax.plot([at.burden, limits[0][1]], [at.benefit] * 2, color=style.FAINT, lw=0.7, zorder=1)
            if "recommended" in label:
                ax.plot([at.burden], [at.benefit], "o", ms=13, mfc="none", mec=style.INK, mew=1.8, zorder=3)
    ax.set(xlim=limits[0], ylim=limits[1])
    ax.set_xlabel("days of downtime, all sessions")
    ax.set_ylabel("expected benefit,\nsmallest changes that matter")
    ax.set_title("Plans that no other beats")
    style.label_beside(ax, labels, room=room)
    if len(front) > 1:
        place = ax.inset_axes((0.62, 1.03, 0.38, 0.05))
        bar = ax.figure.colorbar(drawn, cax=place, orientation="horizontal")
        bar.ax.xaxis.set_ticks_position("top")
        bar.ax.tick_params(labelsize=style.LEAST, length=2, pad=1)
        bar.ax.locator_params(nbins=4)
        bar.outline.set_linewidth(0.5)
        ax.text(0.605, 1.055, "expected PIH, % of people", transform=ax.transAxes, ha="right", va="center",
                fontsize=style.LEAST)  # fmt: skip
