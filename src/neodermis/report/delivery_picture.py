"""Figure of a delivery: uptake by time, the doses side by side, distribution by layer and concentration by depth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.arrays import read_at
from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.report.common import write_figure
from neodermis.report.delivery import LAYER_NAMES, dose_difference, dose_name
from neodermis.report.style import Label, Margins

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.simulation.delivery import Deliveries, Delivery

#: Width of a page of two columns, and the least of such a page; height of a panel (inches).
_WIDTH, _TWO_FROM, _PANEL = 11.4, 10.0, 2.9
#: Layers from the surface to the blood, from light to dark.
_LAYERS: Final = ("#f1e3c4", "#e3c07c", "#c78a4a", "#93533b", "#7d8794", "#1d3c61")
#: Times after application whose profiles are drawn (h), beside the end of contact and the last.
_EARLY: Final = (0.25, 1.0)
_PROFILES: Final = (("#5b9bd0", style.DOTTED), ("#2f72b0", style.DASHED), ("#12406e", style.SOLID),
                    ("#7a7a7a", style.DASH_DOT))  # fmt: skip


def delivery_figure(done: Deliveries, width_inches: float | None = None) -> Figure:
    """Uptake by time with and without channels, doses side by side, distribution by layer, concentration by depth.

    Parameters
    ----------
    done
        Deliveries to draw: those at the first site.
    width_inches
        Width of the page; the panels of a narrow page stand one above the other.
    """
    site, found = next(iter(done.sites.items()))
    first, width = found[0], width_inches or _WIDTH
    two = width >= _TWO_FROM
    room = style.label_room(width / 2.0 if two else width)
    margins = Margins(left=1.05, right=room, above=0.5, below=0.55)
    ledger = done.ledger
    foot = (
        f"bands: {style.INTERVAL} of {ledger.draws} draws · {100 * ledger.assumed_share:.0f} % of parameters assumed · "
        f"parameters {ledger.parameters.name} {ledger.parameters.version} · neodermis {ledger.versions['neodermis']} · "
        "not a medical device"
    )
    more = [other for other in done.sites if other != site]
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[_PANEL] * (2 if two else 4), columns=[1.0] * (2 if two else 1), margins=margins,
            foot=foot, title=[
                f"{dose_name(first.dose)}, {first.dose.contact_hours:g} h on the skin", done.protocol.sentence,
                *([f"Site shown: {site}; not shown: {', '.join(more)}"] if more else []),
                *(["BEYOND THE LIMITS OF PRACTICE"] if ledger.case.exceeds else []),
            ],
        )  # fmt: skip
        uptake, doses, layers, profiles = page.axes.flat
        _draw_uptake(uptake, found, room)
        _draw_doses(doses, found)
        _draw_layers(layers, first, room)
        _draw_profiles(profiles, first)
    return page.figure


def _draw_uptake(ax: Any, found: Sequence[Delivery], room: float) -> None:
    one = found[0]
    labels = []
    for values, colour, dashes, words in (
        (one.intact_got_in, style.UNTREATED, style.DASHED, "intact skin"),
        (one.got_in, style.INK, style.SOLID, "through channels and beside them"),
    ):
        ax.fill_between(one.hours, values[0], values[2], color=colour, alpha=0.16, lw=0, label=style.INTERVAL)
        for edge in (values[0], values[2]):
            ax.plot(one.hours, edge, color=colour, lw=0.7, ls=dashes, alpha=0.7)
        ax.plot(one.hours, values[1], color=colour, lw=2.2, ls=dashes, label=words)
        labels.append(Label(float(values[1][-1]), words, colour))
    for other, stroke in zip(found[1:], style.STROKES[1:], strict=False):
        words = dose_difference(other.dose, one.dose)
        ax.plot(other.hours, other.got_in[1], color=stroke.colour, ls=stroke.dashes, lw=1.7, label=words)
        labels.append(Label(float(other.got_in[1][-1]), words, stroke.colour))
    if one.put_on_ug_cm2 is not None:
        ax.axhline(one.put_on_ug_cm2, color=style.MUTED, lw=0.9)
        labels.append(Label(float(one.put_on_ug_cm2), "applied", style.MUTED))
    ax.axvline(one.dose.contact_hours, color=style.MUTED, lw=1.0, ls=style.DOTTED)
    ax.set_xlim(0, one.hours[-1])
    ax.set_ylim(bottom=0)
    ax.set_xlabel("hours after application")
    ax.set_ylabel("in living skin or through it,\nµg/cm²")
    ax.set_title("Cumulative uptake", pad=20.0)
    style.label_above(ax, [Label(one.dose.contact_hours, "washed off", style.MUTED)])
    style.label_beside(ax, labels, room=room)


def _draw_doses(ax: Any, found: Sequence[Delivery]) -> None:
    shown = [one for one in found if one.enhancement is not None]
    ax.set_title("Uptake relative to intact skin", pad=20.0)
    if not shown:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "above 1 kDa: amounts only", ha="center", va="center", color=style.MUTED)
        return
    for place, one in enumerate(shown):
        assert one.enhancement is not None
        stroke = style.STROKES[place % len(style.STROKES)]
        ax.plot([one.enhancement.lower90, one.enhancement.upper90], [place, place], color=stroke.colour, lw=3.5,
                alpha=0.4, solid_capstyle="butt")  # fmt: skip
        ax.plot([one.enhancement.median], [place], "o", ms=7, color=stroke.colour)
    ax.axvline(1, color=style.UNTREATED, lw=1.2, ls=style.DASHED)
    names = [dose_difference(one.dose, found[0].dose) for one in shown]
    ax.set_yticks(range(len(shown)), ["\n".join(style.wrap(name, 0.95, style.SMALL)) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.set_xscale("log")
    ax.set_ylim(max(len(shown), 3) - 0.4, -0.6)
    ends = [edge for one in shown if one.enhancement is not None for edge in one.enhancement]
    ax.set_xlim(min(*ends, 1.0) / 1.15, max(*ends, 2.0) * 1.15)
    low, high = ax.get_xlim()
    ax.set_xticks([step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if low < step < high])
    style.plain_ticks(ax.xaxis)
    ax.set_xlabel("times as much as through intact skin")
    style.label_above(ax, [Label(1.0, "intact skin", style.UNTREATED)])


def _draw_layers(ax: Any, found: Delivery, room: float) -> None:
    parts = [found.by_layer[name] for name in LAYER_NAMES]
    ax.stackplot(found.hours, *parts, colors=_LAYERS, edgecolor="white", linewidth=0.5)
    tops = np.cumsum([part[-1] for part in parts])
    labels = [
        Label(float(top - part[-1] / 2.0), LAYER_NAMES[name], style.TEXT, colour)
        for name, part, top, colour in zip(LAYER_NAMES, parts, tops, _LAYERS, strict=True)
    ]
    ax.set_xlim(0, found.hours[-1])
    ax.set_ylim(0, 1.03 * max(float(np.sum(parts, axis=0).max()), 1e-9))
    ax.set_xlabel("hours after application")
    ax.set_ylabel("amount, µg/cm², median")
    ax.set_title("Distribution by layer", pad=20.0)
    style.label_beside(ax, labels, room=room)


def _draw_profiles(ax: Any, found: Delivery) -> None:
    wanted = sorted({*_EARLY, found.dose.contact_hours, float(found.hours[-1])})
    living = slice(found.corneum_cells, None)
    depth = found.depth_mm[living]
    top = max(float(found.concentration_ug_ml[:, living].max()), 1e-9)
    ax.set_xscale("log")
    ax.set_xlim(top * 1e-4, top * 2)
    ax.set_ylim(depth[-1], 0)
    labels = []
    for t, (colour, dashes) in zip(wanted, _PROFILES, strict=False):
        values = read_at(t, found.hours, found.concentration_ug_ml[:, living].T)
        ax.plot(np.where(values > 0, values, np.nan), depth, color=colour, lw=2.0, ls=dashes, label=f"{t:g} h")
        if values[0] > top * 1e-4:
            labels.append(Label(float(values[0]), f"{t:g} h", colour))
    style.plain_ticks(ax.xaxis)
    ax.set_xlabel("concentration in living skin, µg/mL")
    ax.set_ylabel("depth, mm")
    ax.set_title("Concentration by depth, hours after application", pad=20.0)
    style.label_above(ax, labels)


def write_delivery_plot(done: Deliveries, path: Path) -> None:
    """Draw :func:`delivery_figure` to a file."""
    write_figure(lambda: delivery_figure(done), path)
