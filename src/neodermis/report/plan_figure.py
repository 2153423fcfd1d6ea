"""Figure of a plan: the trade-off of benefit and downtime, and the predicted outcome of the plans on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from neodermis.lazy import numpy as np
from neodermis.report.common import headless, page_unit, site_name, wrapped
from neodermis.skin.outcomes import OUTCOMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.planning.result import Plan

_INK, _GREY, _RED = "#17406d", "#8a8a8a", "#b3261e"
_COLOURS: Final = {"gentle": "#1b7a3d", "standard": "#c98a2b", "intensive": "#b3261e"}


def plan_figure(found: Plan) -> Figure:
    """The trade-off, and the predicted outcome of the plans on it."""
    from matplotlib import pyplot as plt

    headless()
    one = found.recommended
    shown = [] if one is None else [
        (site, name) for site, of in one.outcomes.items() for name, each in of.items() if not each.direction_only
    ][:2]  # fmt: skip
    fig, axes = plt.subplots(
        1, 1 + len(shown), figsize=(5.2 + 3.6 * len(shown), 4.4), layout="constrained", squeeze=False
    )
    _draw_front(found, axes[0][0], fig)
    for axis, (site, name) in zip(axes[0][1:], shown, strict=True):
        _draw_outcome(found, axis, site, name)
    fig.suptitle(wrapped("" if one is None else f"Recommended: {one.sentence}"), fontsize=9)
    return fig


def _draw_front(found: Plan, axis: Any, fig: Any) -> None:
    front = [each for each in found.front if not each.breaches] or list(found.front)
    x = np.array([each.burden for each in front])
    y = np.array([each.benefit for each in front])
    pih = 100.0 * np.array([float(each.score.pih.mean()) for each in front])
    drawn = axis.scatter(x, y, c=pih, cmap="viridis", s=36, zorder=2)
    fig.colorbar(drawn, ax=axis, label="expected PIH, % of people", shrink=0.85)
    known = found.marked
    others = [each for each in known.values() if each not in front]
    axis.scatter([each.burden for each in others], [each.benefit for each in others], marker="D", color=_GREY, s=30)
    for plan in found.alternatives:
        if plan.setting is not None:
            at = known[plan.setting].burden, known[plan.setting].benefit
            axis.annotate(
                " = ".join(plan.labels), at, xytext=(6, 6), textcoords="offset points", fontsize=8,
                color=_COLOURS[plan.labels[0]],
            )  # fmt: skip
    chosen = None if found.recommended is None else found.recommended.setting
    if chosen is not None:
        axis.scatter(
            [known[chosen].burden], [known[chosen].benefit], s=150, facecolors="none", edgecolors=_RED, linewidths=1.6,
            zorder=3, label="recommended",
        )  # fmt: skip
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=7, frameon=False)
    axis.margins(0.12)
    axis.set_xlabel("days of downtime, all sessions")
    axis.set_ylabel("expected benefit, smallest changes that matter")
    axis.set_title("Plans that no other beats", fontsize=9)


def _draw_outcome(found: Plan, axis: Any, site: str, name: str) -> None:
    plans = [(" = ".join(each.labels), each) for each in found.alternatives]
    plans += [(each.labels[0], each) for each in found.compared_with.values() if each is not None]
    for row, (_, each) in enumerate(plans):
        one = each.outcomes[site][name]
        for shift, interval, marker in ((-0.14, one.graded, "o"), (0.14, one.later, "s")):
            axis.plot([interval.lower90, interval.upper90], [row + shift] * 2, color=_INK, linewidth=1.4)
            axis.plot([interval.median], [row + shift], marker, color=_INK, markersize=5)
    first = plans[0][1].outcomes[site][name]
    axis.axvline(first.untreated.median, color=_GREY, linestyle="--", linewidth=1.2, label="untreated")
    sign = 1.0 if OUTCOMES[name].better == "higher" else -1.0
    least = first.untreated.median + sign * OUTCOMES[name].smallest(first.start.median)
    axis.axvline(least, color="#1b7a3d", linestyle=":", linewidth=1.2, label="a change that matters")
    axis.plot([], [], "o", color=_INK, label="3 months")
    axis.plot([], [], "s", color=_INK, label="12 months")
    axis.set_yticks(range(len(plans)), [label for label, _ in plans], fontsize=8)
    axis.invert_yaxis()
    axis.set_title(wrapped(f"{OUTCOMES[name].label}, {site_name(site)}, blinded rater", 44), fontsize=9)
    axis.set_xlabel(f"{OUTCOMES[name].label} ({page_unit(OUTCOMES[name].unit) or 'ratio'})")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncol=2, fontsize=7, frameon=False)
