"""Report of an explanation: sentences, a table and the JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neodermis.api import Explanation
from neodermis.report.cascade import state_name
from neodermis.report.common import Row, case_entries, headless
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


def explanation_figure(why: Explanation) -> Figure:
    """Contribution of each mechanism to the outcome, percentage points of the untreated outcome, largest first."""
    from matplotlib import pyplot as plt

    headless()
    shares = [share for share in why.shares if abs(100.0 * share.adds) >= SAID_FROM][::-1]
    fig, ax = plt.subplots(figsize=(8.6, 1.6 + 0.34 * max(len(shares), 1)), layout="constrained")
    adds = [100.0 * share.adds for share in shares]
    ax.barh([share.mechanism for share in shares], adds, color=["#1b4f72" if one > 0 else "#b35900" for one in adds])
    ax.axvline(0.0, color="#666666", lw=0.8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_xlabel(f"{OUTCOMES[why.outcome].label} on day {why.day:g}: percentage points that each mechanism adds")
    ax.set_title(f"{why.protocol.sentence}; {why.site}, central course", fontsize=10, loc="left", wrap=True)
    return fig
