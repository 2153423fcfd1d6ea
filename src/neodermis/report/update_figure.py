"""Figure of an update: the forecast of each outcome before and after the measurements, with each measured value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from neodermis.report import style
from neodermis.report.common import page_unit, site_name
from neodermis.report.style import Label, Margins
from neodermis.skin.outcomes import OUTCOMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.planning.update import Renewed, Update

#: Mark of a reading by who read it.
_MARKS: Final = {"instrument": "D", "blinded": "o", "unblinded": "s", "self": "^"}
#: At most so many panels are drawn.
MOST: Final = 6
#: Height of the only panel, and of one of several (inches).
_ONE, _SEVERAL = 3.8, 2.6


def update_figure(done: Update, width_inches: float | None = None) -> Figure:
    """A panel for each outcome of each site: the first :data:`MOST`.

    Parameters
    ----------
    done
        The update to draw.
    width_inches
        Width of the page.
    """
    every = [one for some in done.forecast.values() for one in some.values() if not one.direction_only][:MOST]
    width = width_inches or style.WIDTH
    room = style.label_room(width)
    foot = (
        f"advice: {done.advice} · {done.effective_draws:.0f} effective draws of {done.members:,} · bands: "
        f"{style.BOTH} · neodermis {done.ledger.versions['neodermis']} · not a medical device"
    )
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[_ONE if len(every) < 2 else _SEVERAL] * max(len(every), 1), foot=foot,
            title=[done.protocol.sentence], margins=Margins(right=room),
        )  # fmt: skip
        for number, (ax, one) in enumerate(zip(page.axes[:, 0], every, strict=False)):
            _panel(ax, one, done, room, time=number == len(every) - 1)
        if not every:
            page.axes[0, 0].set_axis_off()
    return page.figure


def _panel(ax: Any, one: Renewed, done: Update, room: float, *, time: bool) -> None:
    outcome, days, old = OUTCOMES[one.outcome], one.days, one.before
    ax.fill_between(days, old.lower90, old.upper90, color=style.UNTREATED, alpha=0.16, lw=0)
    for edge in (old.lower90, old.upper90):
        ax.plot(days, edge, color=style.UNTREATED, lw=0.8, ls=style.DASHED)
    ax.plot(days, old.median, color=style.UNTREATED, lw=1.7, ls=style.DASHED, label="forecast before any measurement")
    labels = [Label(float(old.median[-1]), "forecast before any measurement", style.UNTREATED)]
    edges = [*old.lower90, *old.upper90]
    if one.after is not None:
        ax.fill_between(days, one.after.lower90, one.after.upper90, color=style.BAND, alpha=0.7, lw=0)
        ax.plot(days, one.after.median, color=style.INK, lw=2.3, label="forecast after the measurements")
        labels.append(Label(float(one.after.median[-1]), "forecast after the measurements", style.INK))
        labels.append(Label(float(one.after.lower90[-1]), "90 % interval after", style.BAND_TEXT))
        labels.append(Label(float(old.lower90[-1]), "90 % interval before", style.UNTREATED))
        edges += [*one.after.lower90, *one.after.upper90]
    readings = [each for each in done.follow_ups if (each.outcome, each.site) == (one.outcome, one.site)]
    for each in readings:
        words = f"measured, {each.rater}, with reading error (one SD)"
        ax.errorbar(each.day, each.measured, yerr=each.reading_error, fmt=_MARKS[each.rater], ms=7, color=style.POINT,
                    capsize=3, zorder=5, label=words)  # fmt: skip
        edges += [each.measured - each.reading_error, each.measured + each.reading_error]
    ax.set_ylim(style.limits(edges, below=0.09))
    style.time_axis(ax, float(days[-1]), labels=time)
    for number, each in enumerate(readings):
        right = each.day < 0.55 * days[-1]
        words = f"measured, {each.rater}" + (", with reading error (one SD)" if number == len(readings) - 1 else "")
        ax.annotate(
            "\n".join(style.wrap(words, 1.7, style.LEAST)), (each.day, each.measured - each.reading_error),
            (7 if right else -7, 0), textcoords="offset points", fontsize=style.LEAST, color=style.POINT,
            ha="left" if right else "right", va="bottom", zorder=7,
        )  # fmt: skip
    sessions = done.protocol.session_days
    style.mark_sessions(ax, [day for day in sessions if day not in done.remaining])
    labels.append(style.session_label(ax, len(sessions)))
    if done.remaining:
        ax.plot(list(done.remaining), [0.012] * len(done.remaining), marker="^", ms=6, mfc="white", mec="#444444",
                ls="none", transform=ax.get_xaxis_transform(), clip_on=False, zorder=6,
                label="session to come")  # fmt: skip
        labels[-1] = Label(ax.get_ylim()[0], "▲ sessions, △ to come", style.TEXT)
    scale = "" if outcome.range is None else f" ({outcome.range[0]:g} to {outcome.range[1]:g})"
    unit = page_unit(outcome.unit)
    unit = "" if not unit or unit in outcome.label.lower() else f", {unit}"
    graded = ", blinded rater" if outcome.raters else ""
    at = f"{site_name(one.site)}: " if len(done.forecast) > 1 else ""
    ax.set_ylabel(f"{at}{outcome.label}{scale}{unit}\n{outcome.better} is better{graded}")
    style.label_beside(ax, labels, room=room)
