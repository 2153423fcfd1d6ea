"""States of the skin by time and depth: JSON document and figure.

This module computes only layer means and shares of a peak, and draws.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from neodermis.report import style
from neodermis.report.common import page_unit, write_figure
from neodermis.simulation.session import Floats
from neodermis.simulation.states import States
from neodermis.skin.cascade import BY_DEPTH, ON_SURFACE
from neodermis.wording import number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Maximum number of times in the JSON document of the states.
MOST_TIMES: Final = 200


def state_name(name: str) -> str:
    """Label of a state, signal or rate; the spelled-out name without a label."""
    found = {**BY_DEPTH, **ON_SURFACE}.get(name)
    return found.label if found else name.replace("_", " ")


# ----------------------------------------------------------------------------------------------- tables and JSON


def states_document(states: States) -> dict[str, Any]:
    """All states by time and depth as JSON values: at most :data:`MOST_TIMES` times, a number or null."""
    at = _thinned(states)
    middles = (states.depth_faces_mm[:-1] + states.depth_faces_mm[1:]) / 2.0
    return {
        "site": states.site,
        "time_day": _numbers(states.days[at]),
        "session_day": _numbers(np.asarray(states.session_days)),
        "depth_mm": _numbers(middles),
        "papillary_dermis_mm": float(states.depth_faces_mm[states.papillary]),
        "by_depth": {
            name: {"unit": BY_DEPTH[name].page_unit, "values": [_numbers(row) for row in values[at]]}
            for name, values in states.by_depth.items()
        },
        "surface": {
            name: {"unit": ON_SURFACE[name].page_unit, "values": _numbers(values[at])}
            for name, values in states.surface.items()
        },
        "phases": [phase._asdict() for phase in states.phases],
    }


def _numbers(values: Floats) -> list[float | None]:
    """Numbers to six significant digits; values below any measurement are 0, non-finite values are null."""
    return [
        (0.0 if abs(value) < 1e-12 else float(f"{value:.6g}")) if np.isfinite(value) else None
        for value in np.asarray(values, float).tolist()
    ]


def _thinned(states: States) -> Any:
    """Indices of the times to keep: the ends, both sides of each session, and denser times where states change fast."""
    count = len(states.days)
    if count <= MOST_TIMES:
        return np.arange(count)
    # both sides of each session: a day that stands twice
    twice = np.flatnonzero(np.diff(states.days) <= 0)
    forced = np.unique(np.concatenate([[0, count - 1], twice, twice + 1]))[:MOST_TIMES]
    others = np.setdiff1d(np.arange(count), forced)
    room = MOST_TIMES - len(forced)
    # steps are already short after a session: take the steps evenly
    taken = others[np.linspace(0, len(others) - 1, room).round().astype(int)] if room > 0 else others[:0]
    return np.unique(np.concatenate([forced, taken]))


# ----------------------------------------------------------------------------------------------- states: the picture

_GREY, _LINE = style.MUTED, "#444444"
#: Colours of a map, from zero upwards; "rest" runs from below baseline through white to above it.
_SHADES: Final = {
    "inflammation": ("#ffffff", "#f3c9c4", "#cf5148", "#b3261e", "#5a0f0b"),
    "proliferation": ("#ffffff", "#f6e3b5", "#dba63a", "#a8700c", "#533703"),
    "rest": ("#3f1650", "#8b5aa0", "#ffffff", "#6fb573", "#0e4d1a"),
}


class _Map(NamedTuple):
    """One map: summed states, title and colour map."""

    names: tuple[str, ...]
    label: str
    shades: str


_MAPS: Final = (
    (
        _Map(("damage",), "damage signal", "inflammation"),
        _Map(("neutrophil",), "neutrophils", "inflammation"),
        _Map(("macrophage_inflammatory", "macrophage_repair"), "macrophages (M1 + M2)", "inflammation"),
        _Map(("inflammatory",), "inflammatory signal", "inflammation"),
        _Map(("protease",), "protease", "inflammation"),
        _Map(("tgf",), "TGF-β1", "proliferation"),
        _Map(("tgf3",), "TGF-β3", "proliferation"),
        _Map(("vegf",), "VEGF", "proliferation"),
    ),
    (
        _Map(("capillary_density",), "capillaries", "rest"),
        _Map(("activated",), "activated fibroblasts", "proliferation"),
        _Map(("myofibroblast",), "myofibroblasts", "proliferation"),
        _Map(("synthesis_1",), "collagen I synthesis", "rest"),
        _Map(("synthesis_3",), "collagen III synthesis", "rest"),
        _Map(("collagen_1",), "collagen I", "rest"),
        _Map(("collagen_3",), "collagen III", "rest"),
        _Map(("mature",), "mature collagen (I + III)", "rest"),
    ),
)


class _Panel(NamedTuple):
    """One panel of courses: title, axis label, share of the height, and name and colour of each course."""

    title: str
    axis: str
    height: float
    of_peak: bool
    lines: tuple[tuple[str, str], ...]


_PANELS: Final = (
    _Panel("Inflammation", "share of own peak", 1.0, True, (
        ("platelet", "#7a7a7a"), ("neutrophil", "#8f1a14"), ("macrophage_inflammatory", "#e08214"),
        ("macrophage_repair", "#12406e"), ("inflammatory", "#b58ad0"),
    )),
    _Panel("Proliferation", "share of own peak", 1.0, True, (
        ("fibroblast", "#7a7a7a"), ("activated", "#c98a12"), ("myofibroblast", "#b3261e"),
        ("capillary_density", "#17406d"),
    )),
    _Panel("Remodelling: synthesis", "× rest", 0.8, False, (
        ("synthesis_1", "#17406d"), ("synthesis_3", "#2e8b57"), ("tropoelastin", "#c98a12"),
        ("hyaluronan", "#8b5aa0"),
    )),
    _Panel("Remodelling: content", "× rest", 0.8, False, (
        ("collagen_1", "#17406d"), ("collagen_3", "#2e8b57"), ("mature", "#111111"), ("elastin", "#c98a12"),
    )),
)  # fmt: skip
_SURFACE: Final = (
    (("epidermis",), "epidermal thickness", "#17406d"),
    (("melanin", "post_inflammatory_pigment"), "melanin, with post-\n   inflammatory pigment", "#8a5a2b"),
)
_UNCOVERED: Final = "#b3261e"
#: States by depth on the page.
DRAWN: Final = tuple(
    dict.fromkeys(
        [
            *(name for column in _MAPS for one in column for name in one.names),
            *(name for panel in _PANELS for name, _ in panel.lines),
        ]
    )
)

#: Power of the days along the axis: below 1, so that the first days are wide.
_POWER: Final = 0.4
_TICKS: Final = (0, 1, 3, 7, 14, 30, 60, 120, 240, 365, 730, 1460, 2920)
#: Page size and positions, in inches from the left and lower edges.
_PAGE: Final = (18.0, 12.4)
_COLUMNS: Final = ((0.78, 4.0), (6.45, 4.0), (12.15, 3.25))
_BAR: Final = (0.09, 0.12)  # from the map to its colour bar, width of the bar
_BOTTOM, _TOP = 0.98, 10.72
_STRIPS: Final = (10.86, 0.66)
_STRIP_ROOM: Final = 5.3
#: Maximum number of sessions that are marked in every panel.
_FEW: Final = 12


def states_figure(states_list: Sequence[States], title: str, foot: str) -> Figure:
    """All states of one site on one page: maps over time and depth, courses by layer, phases and sessions.

    The first site of the list is drawn; the title names the others.
    """
    states, *others = states_list
    with style.styled() as plt:
        fig: Figure = plt.figure(figsize=_PAGE)
        shown = f"Site shown: {states.site}"
        if others:
            shown += f", the first of {len(states_list)}; not shown: {', '.join(s.site for s in others)}"
        fig.text(
            0.3 / _PAGE[0], 1 - 0.20 / _PAGE[1], textwrap.shorten(title, 165, placeholder=" …"),
            fontsize=style.SIZE + 2.0, va="top",
        )  # fmt: skip
        about = (
            f"{shown}.  Central course.  Phases of the first session’s answer: onset and end at a tenth of the peak."
        )
        fig.text(0.3 / _PAGE[0], 1 - 0.50 / _PAGE[1], textwrap.shorten(about, 235, placeholder=" …"),
                 fontsize=style.SMALL, va="top", color=_LINE)  # fmt: skip
        fig.text(
            0.3 / _PAGE[0], 0.16 / _PAGE[1], "\n".join(textwrap.wrap(foot, 250)[:2]), fontsize=style.LEAST, color=_GREY
        )
        for (left, width), maps in zip(_COLUMNS, _MAPS, strict=False):
            _strips(fig, left, width, states)
            pitch = (_TOP - _BOTTOM) / len(maps)
            for row, one in enumerate(maps):
                bottom = _TOP - (row + 1) * pitch + 0.06
                _draw_map(fig, (left, bottom, width, pitch - 0.31), one, states, last=row == len(maps) - 1)
            fig.text((left - 0.52) / _PAGE[0], (_BOTTOM + _TOP) / 2 / _PAGE[1], "depth in the dermis, mm",
                     rotation=90, va="center", ha="center", fontsize=style.SMALL)  # fmt: skip
        left, width = _COLUMNS[-1]
        _strips(fig, left, width, states)
        unit = (_TOP - _BOTTOM) / (sum(panel.height for panel in _PANELS) + 0.8)
        top = _TOP
        for panel in _PANELS:
            _draw_panel(fig, (left, top - panel.height * unit + 0.06, width, panel.height * unit - 0.34), panel, states)
            top -= panel.height * unit
        _draw_surface(fig, (left, top - 0.8 * unit + 0.06, width, 0.8 * unit - 0.34), states)
    return fig


def write_states_plot(states_list: Sequence[States], path: Path, title: str, foot: str) -> None:
    """Write the figure of states as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: states_figure(states_list, title, foot), path)


def _axes(fig: Figure, box: tuple[float, float, float, float]) -> Any:
    left, bottom, width, height = box
    return fig.add_axes((left / _PAGE[0], bottom / _PAGE[1], width / _PAGE[0], height / _PAGE[1]))


def _along(days: Any) -> Any:
    """Positions of days along an axis."""
    return np.maximum(np.asarray(days, float), 0.0) ** _POWER


def _time_axis(ax: Any, states: States, *, labels: bool) -> None:
    """A common axis of days, with suitable ticks."""
    last = float(states.days[-1])
    ax.set_xlim(0.0, _along(last))
    ticks = [day for day in _TICKS if day <= last]
    ax.set_xticks(_along(ticks), [str(day) for day in ticks] if labels else [])
    ax.tick_params(labelsize=style.LEAST, pad=2)
    if labels:
        ax.set_xlabel("days since the first session (early days enlarged)", fontsize=style.LEAST, labelpad=2)


def _sessions(ax: Any, states: States) -> None:
    """A line for each later session, where there are few enough."""
    if len(states.session_days) > _FEW:
        return
    for day in states.session_days[1:]:
        ax.axvline(_along(day), color=_LINE, lw=0.7, ls=":", zorder=3)


def _strips(fig: Figure, left: float, width: float, states: States) -> None:
    """Phases as coloured strips with onset, peak and end, and the sessions below them."""
    ax = _axes(fig, (left, _STRIPS[0], width, _STRIPS[1]))
    ax.set_axis_off()
    end = float(_along(states.days[-1]))
    ax.set_xlim(0.0, end)
    ax.set_ylim(0.0, 4.0)
    for number, phase in enumerate(states.phases):
        low = 3.08 - number
        start, peak, stop = (float(_along(min(day, states.days[-1]))) for day in phase[1:])
        ax.fill_between([start, stop], low, low + 0.84, color=style.PHASES.get(phase.name, "#dddddd"), lw=0)
        ax.plot([peak, peak], [low, low + 0.84], color="#222222", lw=1.4, solid_capstyle="butt")
        text = f"{phase.name}: onset {number_text(phase.start_day)}, peak {number_text(phase.peak_day)}, "
        text += f"end {number_text(phase.end_day)} d"
        wide, room = 0.0505 * len(text) / width * end, _STRIP_ROOM / width * end
        at = stop if stop + wide < room else max(peak, stop - wide)
        ax.text(at + 0.012 * end, low + 0.40, text, fontsize=style.LEAST, va="center", color="#222222")
    if not states.phases:
        ax.text(0.0, 2.5, "no injury: no phases", fontsize=style.LEAST, va="center", color=_GREY)
    few = len(states.session_days) <= _FEW
    ax.plot(_along(states.session_days), [0.42] * len(states.session_days), ls="none", marker="^",
            ms=5 if few else 3, color=_LINE, clip_on=False)  # fmt: skip
    last = float(_along(states.session_days[-1]))
    several = len(states.session_days) > 1
    words = f"{len(states.session_days)} sessions" if several else "session"
    ax.text(last + 0.02 * end, 0.40, words, fontsize=style.LEAST, va="center", color=_LINE)


def _draw_map(fig: Figure, box: tuple[float, float, float, float], one: _Map, states: States, *, last: bool) -> None:
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.ticker import MaxNLocator

    ax = _axes(fig, box)
    values = sum((states.by_depth[name] for name in one.names), np.zeros_like(states.by_depth[one.names[0]]))
    between = (values[:-1] + values[1:]) / 2.0
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if one.shades == "rest":
        reach = max(high - 1.0, 1.0 - low, 0.005)
        low, high = min(low, 1.0), max(high, 1.0 + 0.2 * reach)
        norm = Normalize(1.0 - reach, 1.0 + reach)
    else:
        low, high = 0.0, high if high > 1e-9 else 1.0
        norm = Normalize(0.0, high)
    colours = LinearSegmentedColormap.from_list(one.shades, _SHADES[one.shades])
    mesh = ax.pcolormesh(
        _along(states.days), states.depth_faces_mm, between.T, cmap=colours, norm=norm, shading="flat",
        rasterized=True, lw=0, antialiased=False,
    )  # fmt: skip
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)
    border = float(states.depth_faces_mm[states.papillary])
    ax.axhline(border, color="#222222", lw=0.8, ls=(0, (4, 3)))
    ax.set_ylim(float(states.depth_faces_mm[-1]), 0.0)
    ax.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    _time_axis(ax, states, labels=last)
    _sessions(ax, states)
    ax.set_title(one.label, fontsize=style.SMALL, loc="left", pad=3)
    bar_axes = _axes(fig, (box[0] + box[2] + _BAR[0], box[1], _BAR[1], box[3]))
    bar = fig.colorbar(mesh, cax=bar_axes)
    bar.ax.set_ylim(low, high)
    bar.outline.set_linewidth(0.5)
    bar.ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    bar.ax.tick_params(labelsize=style.LEAST, pad=1.5, size=2)
    bar.ax.ticklabel_format(useOffset=False, axis="y")
    unit = page_unit(BY_DEPTH[one.names[0]].page_unit)
    ax.text(
        1.0,
        1.0 + 3 / 72 / box[3],
        unit,
        fontsize=style.LEAST,
        ha="right",
        va="bottom",
        color=_LINE,
        transform=ax.transAxes,
    )


_LAYERS: Final[tuple[tuple[Literal["papillary", "reticular"], str], ...]] = (("papillary", "-"), ("reticular", "--"))


def _draw_panel(fig: Figure, box: tuple[float, float, float, float], panel: _Panel, states: States) -> None:
    from matplotlib.lines import Line2D

    ax = _axes(fig, box)
    x = _along(states.days)
    handles = []
    for name, colour in panel.lines:
        by_layer = {layer: states.layer_mean(name, layer) for layer, _ in _LAYERS}
        top = max(float(np.nanmax(values)) for values in by_layer.values())
        for layer, dashes in _LAYERS:
            shown = by_layer[layer] / (top if panel.of_peak and top > 1e-9 else 1.0)
            ax.plot(x, shown, color=colour, lw=1.5 if dashes == "-" else 1.0, ls=dashes)
        label = state_name(name)
        if panel.of_peak:
            label = f"{label}\n   peak {number_text(top)} {page_unit(BY_DEPTH[name].page_unit)}"
        handles.append(Line2D([], [], color=colour, lw=1.6, label=label.replace("macrophages", "macroph.")))
    if panel.of_peak:
        ax.set_ylim(0.0, 1.06)
    else:
        ax.axhline(1.0, color="#bbbbbb", lw=0.6, zorder=0)
    ax.margins(y=0.06)
    _dress(ax, panel.title, panel.axis, states)
    drawn = ax.legend(
        handles=handles, frameon=False, fontsize=style.LEAST, loc="upper left", bbox_to_anchor=(1.01, 1.04),
        handlelength=1.2, borderaxespad=0.0, handletextpad=0.5, labelspacing=0.55,
    )  # fmt: skip
    if panel is _PANELS[0]:
        ax.add_artist(drawn)
        ax.legend(
            handles=[Line2D([], [], color=_LINE, lw=1.3, ls=ls, label=f"{layer} mean") for layer, ls in _LAYERS],
            frameon=False, fontsize=style.LEAST, loc="lower left", bbox_to_anchor=(1.01, -0.06), handlelength=2.0,
            borderaxespad=0.0, handletextpad=0.5,
        )  # fmt: skip


def _dress(ax: Any, title: str, label: str, states: States, *, last: bool = False) -> None:
    for phase in states.phases:
        ax.axvspan(
            float(_along(phase.start_day)), float(_along(min(phase.end_day, states.days[-1]))), lw=0, alpha=0.13,
            color=style.PHASES.get(phase.name, "#dddddd"), zorder=0,
        )  # fmt: skip
    _time_axis(ax, states, labels=last)
    _sessions(ax, states)
    ax.set_title(title, fontsize=style.SMALL, loc="left", pad=3)
    ax.set_ylabel(label, fontsize=style.LEAST, labelpad=3)
    ax.ticklabel_format(useOffset=False, axis="y")


def _draw_surface(fig: Figure, box: tuple[float, float, float, float], states: States) -> None:
    """The epidermis: coverage (left axis); thickness, and melanin with the pigment of inflammation (right axis)."""
    from matplotlib.lines import Line2D

    ax = _axes(fig, box)
    x = _along(states.days)
    right = ax.twinx()
    right.spines["right"].set_visible(True)
    ax.plot(x, states.surface["unepithelialised_fraction"], color=_UNCOVERED, lw=1.4)
    handles = [Line2D([], [], color=_UNCOVERED, lw=1.6, label="unepithelialised channels\n   share, left axis")]
    for names, label, colour in _SURFACE:
        right.plot(x, sum(states.surface[name] for name in names), color=colour, lw=1.5)
        handles.append(Line2D([], [], color=colour, lw=1.6, label=f"{label}\n   × rest, right axis"))
    right.axhline(1.0, color="#bbbbbb", lw=0.6, zorder=0)
    low, high = right.get_ylim()
    right.set_ylim(min(low, 0.95), max(high, 1.05))
    right.tick_params(labelsize=style.LEAST, pad=2)
    right.ticklabel_format(useOffset=False, axis="y")
    ax.set_ylim(0.0, 1.06)
    _dress(ax, "Epidermis", "unepithelialised share", states, last=True)
    ax.legend(
        handles=handles, frameon=False, fontsize=style.LEAST, loc="upper left", bbox_to_anchor=(1.13, 1.04),
        handlelength=1.2, borderaxespad=0.0, handletextpad=0.5, labelspacing=0.55,
    )  # fmt: skip
