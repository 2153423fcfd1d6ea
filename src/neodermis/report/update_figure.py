"""Figure of an update: the old and the new forecast of each outcome, and what was measured with its reading error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from neodermis.report.common import headless, page_unit, wrapped
from neodermis.skin.outcomes import OUTCOMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.planning.update import Renewed, Update

_INK, _BAND, _OLD, _POINT = "#17406d", "#8fb3d9", "#8a8a8a", "#b3261e"
#: Mark of a reading by who read it.
_MARKS: Final = {"instrument": "o", "blinded": "o", "unblinded": "s", "self": "^"}
#: At most so many panels are drawn.
MOST: Final = 6


def update_figure(done: Update) -> Figure:
    """A panel for each outcome of each site: the first :data:`MOST`."""
    from matplotlib import pyplot as plt

    headless()
    every = [one for some in done.forecast.values() for one in some.values() if not one.direction_only][:MOST]
    rows = max(len(every), 1)
    with plt.rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure, axes = plt.subplots(
            rows, 1, figsize=(9.2, 5.4 if rows == 1 else 3.3 * rows + 1.3), squeeze=False, sharex=True,
            layout="constrained",
        )  # fmt: skip
        for ax, one in zip(axes[:, 0], every, strict=False):
            _panel(ax, one, done)
        axes[-1, 0].set_xlabel("days since the first session")
        if every:
            axes[0, 0].legend(loc="best", fontsize=8, frameon=False)
        figure.suptitle(wrapped(done.protocol.sentence, 100), fontsize=11, x=0.01, ha="left")
        figure.supxlabel(
            f"advice: {done.advice} · {done.effective_draws:.0f} effective draws of {done.members:,} · bands: 90 % "
            "credible interval · neodermis, not a medical device", fontsize=7.5, color="#555555",
        )  # fmt: skip
    return figure


def _panel(ax: Any, one: Renewed, done: Update) -> None:
    outcome, days = OUTCOMES[one.outcome], one.days
    ax.fill_between(days, one.before.lower90, one.before.upper90, color=_OLD, alpha=0.25, lw=0)
    ax.plot(days, one.before.median, color=_OLD, lw=1.6, label="forecast before any measurement")
    if one.after is not None:
        ax.fill_between(days, one.after.lower90, one.after.upper90, color=_BAND, alpha=0.55, lw=0)
        ax.plot(days, one.after.median, color=_INK, lw=2.2, label="forecast after the measurements")
    for each in done.follow_ups:
        if (each.outcome, each.site) == (one.outcome, one.site):
            ax.errorbar(
                each.day, each.measured, yerr=each.reading_error, fmt=_MARKS[each.rater], ms=7, color=_POINT, capsize=3,
                zorder=5, label=f"measured, {each.rater}, with reading error (one SD)",
            )  # fmt: skip
    for day in done.protocol.session_days:
        ax.axvline(day, color="#444444", lw=0.7, ls=":" if day in done.remaining else "-", alpha=0.6, zorder=1)
    scale = "" if outcome.range is None else f" ({outcome.range[0]:g} to {outcome.range[1]:g})"
    unit = page_unit(outcome.unit)
    unit = "" if not unit or unit in outcome.label.lower() else f", {unit}"
    graded = ", blinded rater" if outcome.raters else ""
    at = f"{one.site}: " if len(done.forecast) > 1 else ""
    ax.set_ylabel(f"{at}{outcome.label}{scale}{unit}\n{outcome.better} is better{graded}", fontsize=9.5)
    ax.set_xlim(0.0, days[-1])
