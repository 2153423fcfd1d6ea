"""Report of an explanation: sentences, a table and the JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neodermis.api import Explanation
from neodermis.report import style
from neodermis.report.cascade import state_name
from neodermis.report.common import Row, case_entries, site_name
from neodermis.skin.outcomes import OUTCOMES
from neodermis.wording import lower_first, number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Smallest contribution (percentage points) of a mechanism in the sentences.
SAID_FROM = 0.05


def _points(value: float) -> str:
    return f"{100.0 * value:+.2g}" if abs(value) >= 5e-5 else "0"


def explanation_sentences(why: Explanation) -> list[str]:
    """Summary sentences: value, trend, and the mechanisms that raised or lowered it."""
    label = lower_first(OUTCOMES[why.outcome].label)
    change = 100.0 * why.change
    side = "above" if change >= 0 else "below"
    going = "rising" if why.slope > 1e-5 else "falling" if why.slope < -1e-5 else "stable"
    phases = " and ".join(why.running) or "none"
    lines = [
        f"On day {why.day:g} of the central course, {label} at the {why.site} is {number_text(abs(change))} % {side} "
        f"untreated skin and {going}. Phases in progress after the first session: {phases}."
    ]
    up = [share for share in why.shares if 100.0 * share.adds >= SAID_FROM][:3]
    down = [share for share in why.shares if 100.0 * share.adds <= -SAID_FROM][:3]
    if up:
        parts = [f"{s.mechanism} ({_points(s.adds)} percentage points; without it, {_points(s.without)} %)" for s in up]
        lines.append(f"Raised by: {'; '.join(parts)}.")
    if down:
        parts = [
            f"{s.mechanism} ({_points(s.adds)} percentage points; without it, {_points(s.without)} %)" for s in down
        ]
        lines.append(f"Lowered by: {'; '.join(parts)}.")
    if not up and not down:
        lines.append("No mechanism has changed it by that day.")
    lines.append(
        "Each contribution is found by switching off one mechanism. Mechanisms interact: contributions do not add up."
    )
    return lines


def explanation_table(why: Explanation) -> tuple[Row, list[Row]]:
    """Table of mechanisms: states, contribution (percentage points of the untreated outcome), change without it."""
    rows: list[Row] = [
        (share.mechanism, ", ".join(map(state_name, share.states)), _points(share.adds), f"{_points(share.without)} %")
        for share in why.shares
    ]
    return ("mechanism", "acts through", "contribution", "change without it"), rows


def explanation_document(why: Explanation) -> dict[str, Any]:
    """The JSON document of ``explain``."""
    return {
        "command": "explain",
        **case_entries(why.protocol, why.case),
        "site": why.site,
        "outcome": why.outcome,
        "unit": OUTCOMES[why.outcome].unit,
        "day": why.day,
        "baseline": why.baseline,
        "value": why.value,
        "untreated": why.untreated,
        "change_percent": 100.0 * why.change,
        "slope_percent_per_day": 100.0 * why.slope,
        "summary": explanation_sentences(why),
        "mechanisms": [
            {
                "mechanism": share.mechanism,
                "states": list(share.states),
                "adds_percent": 100.0 * share.adds,
                "without_percent": 100.0 * share.without,
            }
            for share in why.shares
        ],
        "phases": [phase._asdict() for phase in why.phases],
        "parameters": {"name": why.parameters.name, "version": why.parameters.version, "sha256": why.parameters.sha256},
        "warnings": list(why.warnings),
    }


def explanation_figure(why: Explanation, width_inches: float | None = None) -> Figure:
    """Contribution of each mechanism to the outcome, percentage points of the untreated outcome, largest first.

    Parameters
    ----------
    why
        The explanation to draw.
    width_inches
        Width of the page.
    """
    shares = [share for share in why.shares if abs(100.0 * share.adds) >= SAID_FROM]
    adds = [100.0 * share.adds for share in shares]
    label, versions = OUTCOMES[why.outcome].label, why.parameters
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width_inches or style.WIDTH, rows=[0.3 * max(len(shares), 1) + 0.2],
            title=[f"{label} on day {why.day:g}, {site_name(why.site)}, central course", why.protocol.sentence],
            foot=f"central course · without each mechanism in turn: contributions do not add up · parameters "
            f"{versions.name} {versions.version} · not a medical device",
            margins=style.Margins(left=2.5, right=0.55),
        )  # fmt: skip
        ax = page.axes[0, 0]
        bars = ax.barh(range(len(adds)), adds, height=0.66, color=[_colour(one) for one in adds], edgecolor=style.TEXT,
                       linewidth=0.6)  # fmt: skip
        for bar, one in zip(bars, adds, strict=True):
            bar.set_hatch("" if one > 0 else "////")
            ax.annotate(_points(one / 100.0), (one, bar.get_y() + bar.get_height() / 2.0),
                        (4 if one > 0 else -4, 0), textcoords="offset points", va="center",
                        ha="left" if one > 0 else "right", fontsize=style.SMALL)  # fmt: skip
        ax.axvline(0.0, color=style.MUTED, lw=0.9)
        ax.set_yticks(range(len(shares)), [share.mechanism for share in shares])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(shares) - 0.4, -0.6)
        ax.margins(x=0.1)
        ax.set_xlabel("contribution, percentage points; hatched: lowers the outcome")
    return page.figure


def _colour(adds: float) -> str:
    return style.INK if adds > 0 else "#e0a15e"
