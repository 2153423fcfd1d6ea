"""What goes on in the skin: every state by time and depth, and who reads whom; tables, JSON and pictures.

Nothing is computed here that the states do not hold, but means over a layer and shares of a peak, and the drawing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from neodermis.course import STATE_UNITS, States
from neodermis.report.common import Row, check_outputs, closing, save
from neodermis.session import Floats
from neodermis.wording import number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.couplings import Coupling

#: What a page calls each state, signal and rate.
STATE_NAMES: Final = {
    "damage": "damaged tissue",
    "platelet": "platelet factors",
    "neutrophil": "neutrophils",
    "macrophage_inflammatory": "inflammatory macrophages (M1)",
    "macrophage_repair": "repair macrophages (M2)",
    "inflammatory": "inflammatory signal",
    "protease": "protease",
    "tgf": "TGF-β1",
    "tgf3": "TGF-β3",
    "vegf": "VEGF",
    "fibroblast": "resting fibroblasts",
    "activated": "activated fibroblasts",
    "myofibroblast": "myofibroblasts",
    "vessel": "capillaries",
    "synthesis_1": "collagen I synthesis",
    "synthesis_3": "collagen III synthesis",
    "collagen_1": "collagen I",
    "collagen_3": "collagen III",
    "mature": "mature collagen",
    "collagen_cleavage": "collagen cleavage",
    "collagen_maturation": "collagen maturation",
    "tropoelastin": "tropoelastin",
    "elastin": "elastin",
    "hyaluronan": "hyaluronan",
    "alignment": "bundle alignment",
    "fragmented": "fragmented collagen",
    "scar": "scar before treatment",
    "uncovered": "uncovered channels",
    "awake": "woken keratinocytes",
    "epidermis": "epidermal thickness",
    "melanocyte": "melanocyte activity",
    "melanin": "melanin",
}
#: Name → unit of what :class:`States` holds of the surface.
SURFACE_UNITS: Final = {
    "uncovered": "share of channels",
    "awake": "share of epidermis",
    "epidermis": "x rest",
    "melanocyte": "x rest",
    "melanin": "x rest",
}
#: Most times that the JSON document of the states holds.
MOST_TIMES: Final = 200


def state_name(name: str) -> str:
    """A state in the field's words; a state without a word of its own is spelled out."""
    return STATE_NAMES.get(name, name.replace("_", " "))


def _printed(unit: str) -> str:
    """A unit as a page prints it."""
    return unit.replace("mm3", "mm³").replace("x rest", "× rest")


# ----------------------------------------------------------------------------------------------- tables and JSON


def coupling_table(couplings: Sequence[Coupling]) -> tuple[Row, list[Row]]:
    """Who reads whom, one row a coupling: more of the first raises or lowers the second."""
    rows: list[Row] = [
        (
            state_name(c.read),
            _effect(c),
            state_name(c.reader),
            ", ".join(c.parameters),
            _first(c.sources) if c.sources else "assumed",
        )
        for c in couplings
    ]
    return ("more of", "effect", "on", "depends on", "sources"), rows


def _effect(coupling: Coupling) -> str:
    return "raises" if coupling.sign > 0 else "lowers"


def _first(sources: Sequence[str], shown: int = 3) -> str:
    """The first sources, and how many more there are."""
    text = ", ".join(sources[:shown])
    return text if len(sources) <= shown else f"{text} and {len(sources) - shown} more"


def couplings_document(couplings: Sequence[Coupling]) -> dict[str, Any]:
    """Who reads whom, as JSON takes it."""
    named = dict.fromkeys(name for c in couplings for name in (c.read, c.reader))
    return {
        "states": {name: state_name(name) for name in named},
        "couplings": [
            {
                "read": c.read,
                "reader": c.reader,
                "sign": int(c.sign),
                "effect": _effect(c),
                "parameters": list(c.parameters),
                "sources": list(c.sources),
            }
            for c in couplings
        ],
    }


def states_document(states: States) -> dict[str, Any]:
    """Every state by time and depth as JSON takes it: at most :data:`MOST_TIMES` times, a number or null."""
    at = _thinned(states)
    middles = (states.depth_faces_mm[:-1] + states.depth_faces_mm[1:]) / 2.0
    return {
        "site": states.site,
        "time_day": _numbers(states.days[at]),
        "session_day": _numbers(np.asarray(states.session_days)),
        "depth_mm": _numbers(middles),
        "papillary_dermis_mm": float(states.depth_faces_mm[states.papillary]),
        "by_depth": {
            name: {"unit": STATE_UNITS[name], "values": [_numbers(row) for row in values[at]]}
            for name, values in states.by_depth.items()
        },
        "surface": {
            name: {"unit": SURFACE_UNITS.get(name, "x rest"), "values": _numbers(values[at])}
            for name, values in states.surface.items()
        },
        "phases": [phase._asdict() for phase in states.phases],
    }


def _numbers(values: Floats) -> list[float | None]:
    """Numbers to six figures; what is below any measurement is 0 and what is not finite is nothing."""
    return [
        (0.0 if abs(value) < 1e-12 else float(f"{value:.6g}")) if np.isfinite(value) else None
        for value in np.asarray(values, float).tolist()
    ]


def _thinned(states: States) -> Any:
    """Numbers of the times to keep: the ends, both sides of each session, the others close where states move fast."""
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

_INK, _GREY, _LINE = "#17406d", "#666666", "#444444"
_PHASES: Final = {"inflammation": "#f3c9c4", "proliferation": "#f6e3b5", "remodelling": "#cfe6cf"}
#: Shades of a map, from nothing upwards; "rest" runs from below rest through white to above it.
_SHADES: Final = {
    "inflammation": ("#ffffff", "#f3c9c4", "#cf5148", "#b3261e", "#5a0f0b"),
    "proliferation": ("#ffffff", "#f6e3b5", "#dba63a", "#a8700c", "#533703"),
    "rest": ("#3f1650", "#8b5aa0", "#ffffff", "#6fb573", "#0e4d1a"),
}


class _Map(NamedTuple):
    """One map: what is added up, what it is called, its shades."""

    names: tuple[str, ...]
    label: str
    shades: str


_MAPS: Final = (
    (
        _Map(("damage",), "damaged tissue", "inflammation"),
        _Map(("neutrophil",), "neutrophils", "inflammation"),
        _Map(("macrophage_inflammatory", "macrophage_repair"), "macrophages (M1 + M2)", "inflammation"),
        _Map(("inflammatory",), "inflammatory signal", "inflammation"),
        _Map(("protease",), "protease", "inflammation"),
        _Map(("tgf",), "TGF-β1", "proliferation"),
        _Map(("tgf3",), "TGF-β3", "proliferation"),
        _Map(("vegf",), "VEGF", "proliferation"),
    ),
    (
        _Map(("vessel",), "capillaries", "rest"),
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
    """One panel of courses: title, label of the axis, share of the height, name and colour of each course."""

    title: str
    axis: str
    height: float
    of_peak: bool
    lines: tuple[tuple[str, str], ...]


_PANELS: Final = (
    _Panel("Inflammation", "share of own peak", 1.0, True, (
        ("platelet", "#7a7a7a"), ("neutrophil", "#b3261e"), ("macrophage_inflammatory", "#e08214"),
        ("macrophage_repair", "#17406d"), ("inflammatory", "#8b5aa0"),
    )),
    _Panel("Proliferation", "share of own peak", 1.0, True, (
        ("fibroblast", "#7a7a7a"), ("activated", "#c98a12"), ("myofibroblast", "#b3261e"), ("vessel", "#17406d"),
    )),
    _Panel("Remodelling: what is made", "× rest", 0.8, False, (
        ("synthesis_1", "#17406d"), ("synthesis_3", "#2e8b57"), ("tropoelastin", "#c98a12"),
        ("hyaluronan", "#8b5aa0"),
    )),
    _Panel("Remodelling: what is there", "× rest", 0.8, False, (
        ("collagen_1", "#17406d"), ("collagen_3", "#2e8b57"), ("mature", "#111111"), ("elastin", "#c98a12"),
    )),
)  # fmt: skip
_SURFACE: Final = (("epidermis", "#17406d"), ("melanin", "#8a5a2b"))
_UNCOVERED: Final = "#b3261e"
#: States by depth that the page draws.
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
#: Page and places, in inches from its left and lower edges.
_PAGE: Final = (17.4, 12.4)
_COLUMNS: Final = ((0.78, 3.95), (6.35, 3.95), (11.95, 3.25))
_BAR: Final = (0.09, 0.12)  # from the map to its colour bar, width of the bar
_BOTTOM, _TOP = 0.98, 10.72
_STRIPS: Final = (10.86, 0.66)
_STRIP_ROOM: Final = 5.3
#: Most sessions that are marked through every picture.
_FEW: Final = 12


def states_figure(states_list: Sequence[States], title: str, foot: str) -> Figure:
    """Every state of one site on one page: maps over time and depth, courses by layer, phases and sessions.

    The first site of the list is drawn, and the title says which others there are.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    states, *others = states_list
    with plt.rc_context(
        {
            "font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "path",
            "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
        }
    ):  # fmt: skip
        fig = plt.figure(figsize=_PAGE)
        shown = f"Site shown: {states.site}"
        if others:
            shown += f", the first of {len(states_list)}; not shown: {', '.join(s.site for s in others)}"
        fig.text(
            0.3 / _PAGE[0], 1 - 0.20 / _PAGE[1], textwrap.shorten(title, 165, placeholder=" …"),
            fontsize=13, va="top", weight="bold",
        )  # fmt: skip
        about = (
            f"{shown}.  Central course.  Phases of the first session’s answer: onset and end at a tenth of the peak."
        )
        fig.text(0.3 / _PAGE[0], 1 - 0.50 / _PAGE[1], textwrap.shorten(about, 235, placeholder=" …"),
                 fontsize=9, va="top", color=_LINE)  # fmt: skip
        fig.text(0.3 / _PAGE[0], 0.16 / _PAGE[1], "\n".join(textwrap.wrap(foot, 250)[:2]), fontsize=7.5, color=_GREY)
        for (left, width), maps in zip(_COLUMNS, _MAPS, strict=False):
            _strips(fig, left, width, states)
            pitch = (_TOP - _BOTTOM) / len(maps)
            for row, one in enumerate(maps):
                bottom = _TOP - (row + 1) * pitch + 0.06
                _draw_map(fig, (left, bottom, width, pitch - 0.31), one, states, last=row == len(maps) - 1)
            fig.text((left - 0.52) / _PAGE[0], (_BOTTOM + _TOP) / 2 / _PAGE[1], "depth in the dermis, mm",
                     rotation=90, va="center", ha="center", fontsize=8.5)  # fmt: skip
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
    """The page of states as PNG, SVG or PDF, by the path's ending."""
    check_outputs([("plot", path)])
    closing(states_figure(states_list, title, foot), lambda drawn: save(drawn, path))


def _axes(fig: Figure, box: tuple[float, float, float, float]) -> Any:
    left, bottom, width, height = box
    return fig.add_axes((left / _PAGE[0], bottom / _PAGE[1], width / _PAGE[0], height / _PAGE[1]))


def _along(days: Any) -> Any:
    """Where days lie along an axis."""
    return np.maximum(np.asarray(days, float), 0.0) ** _POWER


def _time_axis(ax: Any, states: States, *, labels: bool) -> None:
    """The same axis of days for all; the ticks that fit."""
    last = float(states.days[-1])
    ax.set_xlim(0.0, _along(last))
    ticks = [day for day in _TICKS if day <= last]
    ax.set_xticks(_along(ticks), [str(day) for day in ticks] if labels else [])
    ax.tick_params(labelsize=7, pad=2)
    if labels:
        ax.set_xlabel("days since the first session (early days enlarged)", fontsize=8, labelpad=2)


def _sessions(ax: Any, states: States) -> None:
    """A line for each later session, where they are few enough to be told apart."""
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
        ax.fill_between([start, stop], low, low + 0.84, color=_PHASES.get(phase.name, "#dddddd"), lw=0)
        ax.plot([peak, peak], [low, low + 0.84], color="#222222", lw=1.4, solid_capstyle="butt")
        text = f"{phase.name}: onset {number_text(phase.start_day)}, peak {number_text(phase.peak_day)}, "
        text += f"end {number_text(phase.end_day)} d"
        wide, room = 0.0505 * len(text) / width * end, _STRIP_ROOM / width * end
        at = stop if stop + wide < room else max(peak, stop - wide)
        ax.text(at + 0.012 * end, low + 0.40, text, fontsize=7, va="center", color="#222222")
    if not states.phases:
        ax.text(0.0, 2.5, "no injury: no phases", fontsize=7, va="center", color=_GREY)
    few = len(states.session_days) <= _FEW
    ax.plot(_along(states.session_days), [0.42] * len(states.session_days), ls="none", marker="^",
            ms=5 if few else 3, color=_LINE, clip_on=False)  # fmt: skip
    last = float(_along(states.session_days[-1]))
    several = len(states.session_days) > 1
    words = f"{len(states.session_days)} sessions" if several else "session"
    ax.text(last + 0.02 * end, 0.40, words, fontsize=7, va="center", color=_LINE)


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
    ax.set_title(one.label, fontsize=8.5, loc="left", pad=3, weight="bold")
    bar_axes = _axes(fig, (box[0] + box[2] + _BAR[0], box[1], _BAR[1], box[3]))
    bar = fig.colorbar(mesh, cax=bar_axes)
    bar.ax.set_ylim(low, high)
    bar.outline.set_linewidth(0.5)
    bar.ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    bar.ax.tick_params(labelsize=6.5, pad=1.5, size=2)
    bar.ax.ticklabel_format(useOffset=False, axis="y")
    unit = _printed(STATE_UNITS[one.names[-1]] if len(one.names) == 1 else STATE_UNITS[one.names[0]])
    ax.text(1.0, 1.0 + 3 / 72 / box[3], unit, fontsize=7, ha="right", va="bottom", color=_LINE, transform=ax.transAxes)


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
            label = f"{label}\n   peak {number_text(top)} {_printed(STATE_UNITS[name])}"
        handles.append(Line2D([], [], color=colour, lw=1.6, label=label.replace("macrophages", "macroph.")))
    if panel.of_peak:
        ax.set_ylim(0.0, 1.06)
    else:
        ax.axhline(1.0, color="#bbbbbb", lw=0.6, zorder=0)
    ax.margins(y=0.06)
    _dress(ax, panel.title, panel.axis, states)
    drawn = ax.legend(
        handles=handles, frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1.04), handlelength=1.2,
        borderaxespad=0.0, handletextpad=0.5, labelspacing=0.55,
    )  # fmt: skip
    if panel is _PANELS[0]:
        ax.add_artist(drawn)
        ax.legend(
            handles=[Line2D([], [], color=_LINE, lw=1.3, ls=ls, label=f"{layer} mean") for layer, ls in _LAYERS],
            frameon=False, fontsize=7, loc="lower left", bbox_to_anchor=(1.01, -0.06), handlelength=2.0,
            borderaxespad=0.0, handletextpad=0.5,
        )  # fmt: skip


def _dress(ax: Any, title: str, label: str, states: States, *, last: bool = False) -> None:
    for phase in states.phases:
        ax.axvspan(
            float(_along(phase.start_day)), float(_along(min(phase.end_day, states.days[-1]))), lw=0, alpha=0.13,
            color=_PHASES.get(phase.name, "#dddddd"), zorder=0,
        )  # fmt: skip
    _time_axis(ax, states, labels=last)
    _sessions(ax, states)
    ax.set_title(title, fontsize=9, loc="left", pad=3, weight="bold")
    ax.set_ylabel(label, fontsize=8, labelpad=3)
    ax.ticklabel_format(useOffset=False, axis="y")


def _draw_surface(fig: Figure, box: tuple[float, float, float, float], states: States) -> None:
    """The epidermis: cover on the left axis, thickness and melanin over rest on the right one."""
    from matplotlib.lines import Line2D

    ax = _axes(fig, box)
    x = _along(states.days)
    right = ax.twinx()
    right.spines["right"].set_visible(True)
    ax.plot(x, states.surface["uncovered"], color=_UNCOVERED, lw=1.4)
    handles = [Line2D([], [], color=_UNCOVERED, lw=1.6, label="uncovered channels\n   share, left axis")]
    for name, colour in _SURFACE:
        right.plot(x, states.surface[name], color=colour, lw=1.5)
        handles.append(Line2D([], [], color=colour, lw=1.6, label=f"{state_name(name)}\n   × rest, right axis"))
    right.axhline(1.0, color="#bbbbbb", lw=0.6, zorder=0)
    low, high = right.get_ylim()
    right.set_ylim(min(low, 0.95), max(high, 1.05))
    right.tick_params(labelsize=7, pad=2)
    right.ticklabel_format(useOffset=False, axis="y")
    ax.set_ylim(0.0, 1.06)
    _dress(ax, "Epidermis", "uncovered share", states, last=True)
    ax.legend(
        handles=handles, frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.13, 1.04), handlelength=1.2,
        borderaxespad=0.0, handletextpad=0.5, labelspacing=0.55,
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------- couplings: the picture

#: The columns from cause to effect; in each, the nodes from the top down.
COLUMNS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("Injury", "#dedede", ("platelet", "damage")),
    (
        "Inflammation",
        "#f3c9c4",
        ("protease", "neutrophil", "macrophage_inflammatory", "macrophage_repair", "inflammatory"),
    ),
    ("Signals", "#eadcf0", ("vegf", "tgf", "tgf3")),
    ("Cells", "#f6e3b5", ("vessel", "fibroblast", "activated", "myofibroblast")),
    (
        "Matrix",
        "#cfe6cf",
        (
            "collagen_cleavage",
            "elastin",
            "tropoelastin",
            "hyaluronan",
            "collagen_maturation",
            "synthesis_1",
            "synthesis_3",
            "alignment",
            "fragmented",
            "scar",
        ),
    ),
    ("Epidermis", "#d3e0ef", ("awake", "uncovered", "epidermis", "melanin", "melanocyte")),
)
_RAISES, _LOWERS = "#1b7f4b", "#b3261e"
_GRAPH: Final = (17.4, 11.2)
_NODE_WIDTH: Final = 1.46
_LANE: Final = 0.13
_HEAD: Final = 0.11


class Box(NamedTuple):
    """A node on the page: middle and half sizes, inches."""

    x: float
    y: float
    half_width: float
    half_height: float
    column: int


class Route(NamedTuple):
    """An arrow on the page: corners of horizontal-ended curves, from the state that is read to its reader."""

    coupling: Coupling
    points: tuple[tuple[float, float], ...]
    bulge: float
    """How far a curve within a column reaches aside, to the right if positive; 0 between columns."""

    @property
    def curve(self) -> Floats:
        """Points along the arrow."""
        t = np.linspace(0.0, 1.0, 33)[:, None]
        pieces = []
        for start, end in zip(self.points[:-1], self.points[1:], strict=True):
            a, d = np.array(start), np.array(end)
            aside = np.array([self.bulge if self.bulge else (d[0] - a[0]) / 2.0, 0.0])
            b, c = a + aside, d + (aside if self.bulge else -aside)
            pieces.append((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d)
        found: Floats = np.concatenate(pieces)
        return found


def layout(couplings: Sequence[Coupling]) -> tuple[dict[str, Box], list[Route]]:
    """Where each node lies and how each arrow runs: through the gaps between nodes, never through one."""
    columns = _columns(couplings)
    column_of = {name: k for k, (_, _, names) in enumerate(columns) for name in names}
    sides = [_sides(c, column_of, columns) for c in couplings]
    ends: dict[tuple[str, int], int] = {}
    for c, (leave, enter) in zip(couplings, sides, strict=True):
        ends[c.read, leave] = ends.get((c.read, leave), 0) + 1
        ends[c.reader, enter] = ends.get((c.reader, enter), 0) + 1
    boxes = _boxes(columns, ends)
    lanes = _lanes(couplings, boxes, columns)
    ports = _ports(couplings, sides, boxes, lanes)
    routes = []
    for k, c in enumerate(couplings):
        (leave, enter), bulge = sides[k], 0.0
        source, target = boxes[c.read], boxes[c.reader]
        start = (source.x + leave * source.half_width, ports[k, "read"])
        end = (target.x + enter * (target.half_width + _HEAD), ports[k, "reader"])
        if source.column == target.column:
            bulge = leave * (0.30 + 0.16 * abs(start[1] - end[1]))
            bulge = float(np.clip(bulge, -1.2, 1.2))
        way = []
        forward = 1 if target.column > source.column else -1
        for column in range(source.column + forward, target.column, forward) if not bulge else ():
            x, half = _column_x(column, len(columns)), _NODE_WIDTH / 2.0
            way += [(x - forward * half, lanes[k, column]), (x + forward * half, lanes[k, column])]
        routes.append(Route(c, (start, *way, end), bulge))
    return boxes, routes


def _columns(couplings: Sequence[Coupling]) -> list[tuple[str, str, tuple[str, ...]]]:
    """The columns of the page; what has no place by hand is put in one more."""
    placed = {name for _, _, names in COLUMNS for name in names}
    named = dict.fromkeys(name for c in couplings for name in (c.read, c.reader))
    left = tuple(name for name in named if name not in placed)
    found = [(title, colour, tuple(n for n in names if n in named)) for title, colour, names in COLUMNS]
    return [*found, ("Other", "#eeeeee", left)] if left else found


def _sides(
    c: Coupling, column_of: Mapping[str, int], columns: Sequence[tuple[str, str, tuple[str, ...]]]
) -> tuple[int, int]:
    """On which side (−1 left, +1 right) an arrow leaves and enters.

    Within a column it runs down the right and up the left, but never on the outer side of the last column.
    """
    source, target = column_of[c.read], column_of[c.reader]
    if source != target:
        forward = 1 if target > source else -1
        return forward, -forward
    names = columns[source][2]
    down = names.index(c.reader) > names.index(c.read)
    side = 1 if down and source + 1 < len(columns) else -1
    return side, side


def _column_x(column: int, count: int) -> float:
    margin = 0.35 + _NODE_WIDTH / 2.0
    return margin + column * (_GRAPH[0] - 2 * margin) / (count - 1)


def _boxes(columns: Sequence[tuple[str, str, tuple[str, ...]]], ends: Mapping[tuple[str, int], int]) -> dict[str, Box]:
    """Each column's nodes, evenly over the height; a node is as high as its arrow ends need."""
    top, bottom = _GRAPH[1] - 1.35, 0.75
    found = {}
    for k, (_, _, names) in enumerate(columns):
        heights = [max(0.46, 0.15 * (1 + max(ends.get((n, -1), 0), ends.get((n, 1), 0)))) for n in names]
        gap = (top - bottom - sum(heights)) / len(names) if names else 0.0
        y = top - gap / 2.0
        for name, height in zip(names, heights, strict=True):
            found[name] = Box(_column_x(k, len(columns)), y - height / 2.0, _NODE_WIDTH / 2.0, height / 2.0, k)
            y -= height + gap
    return found


def _lanes(
    couplings: Sequence[Coupling], boxes: Mapping[str, Box], columns: Sequence[tuple[str, str, tuple[str, ...]]]
) -> dict[tuple[int, int], float]:
    """Height at which an arrow passes each column between its ends: the nearest gap, a lane of its own in it."""
    wanted: dict[tuple[int, int], list[tuple[float, int]]] = {}
    gaps: dict[tuple[int, int], tuple[float, float]] = {}
    for column, (_, _, names) in enumerate(columns):
        here = [boxes[name] for name in names]
        uppers = [_GRAPH[1] - 1.35, *(box.y - box.half_height for box in here)]
        lowers = [*(box.y + box.half_height for box in here), 0.75]
        for number, (upper, lower) in enumerate(zip(uppers, lowers, strict=True)):
            gaps[column, number] = (lower, upper)
    for k, c in enumerate(couplings):
        source, target = boxes[c.read], boxes[c.reader]
        low, high = sorted((source.column, target.column))
        for column in range(low + 1, high):
            x = _column_x(column, len(columns))
            y = source.y + (target.y - source.y) * (x - source.x) / (target.x - source.x)
            numbers = [number for at, number in gaps if at == column]
            best = min(numbers, key=partial(_away, y, [gaps[column, n] for n in range(len(numbers))]))
            wanted.setdefault((column, best), []).append((y, k))
    lanes = {}
    for place, passing in wanted.items():
        lower, upper = gaps[place]
        space = min(_LANE, (upper - lower) / (len(passing) + 1))
        room = space * (len(passing) - 1) / 2.0 + 0.10
        half = min(room, (upper - lower) / 2.0)
        middle = float(np.clip(np.mean([y for y, _ in passing]), lower + half, upper - half))
        for number, (_, k) in enumerate(sorted(passing)):
            lanes[k, place[0]] = middle + space * (number - (len(passing) - 1) / 2.0)
    return lanes


def _away(y: float, gaps: Sequence[tuple[float, float]], number: int) -> float:
    """How far a height is from a gap, and a little from its middle."""
    lower, upper = gaps[number]
    return max(lower - y, y - upper, 0.0) + 0.02 * abs(y - (lower + upper) / 2.0)


def _ports(
    couplings: Sequence[Coupling],
    sides: Sequence[tuple[int, int]],
    boxes: Mapping[str, Box],
    lanes: Mapping[tuple[int, int], float],
) -> dict[tuple[int, str], float]:
    """Height of each arrow end on its node's side, in the order of where the arrow goes."""
    at: dict[tuple[str, int], list[tuple[float, int, str]]] = {}
    for k, (c, (leave, enter)) in enumerate(zip(couplings, sides, strict=True)):
        source, target = boxes[c.read], boxes[c.reader]
        forward = 1 if target.column > source.column else -1
        after = lanes.get((k, source.column + forward), target.y)
        before = lanes.get((k, target.column - forward), source.y)
        if source.column == target.column:  # a curve within the column goes to the end of the side that it turns to
            after, before = source.y + 9.0 * np.sign(target.y - source.y), target.y + 9.0 * np.sign(source.y - target.y)
            after -= 0.1 * (target.y - source.y)
            before -= 0.1 * (source.y - target.y)
        at.setdefault((c.read, leave), []).append((float(after), k, "read"))
        at.setdefault((c.reader, enter), []).append((float(before), k, "reader"))
    found = {}
    for (name, _), ends in at.items():
        box = boxes[name]
        for number, (_, k, which) in enumerate(sorted(ends), start=1):
            found[k, which] = box.y - box.half_height + 2 * box.half_height * number / (len(ends) + 1)
    return found


def cascade_figure(couplings: Sequence[Coupling]) -> Figure:
    """Who reads whom: nodes in columns from the injury to the epidermis, an arrow for each coupling."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import patheffects
    from matplotlib import pyplot as plt
    from matplotlib.patches import FancyBboxPatch, Rectangle

    boxes, routes = layout(couplings)
    columns = _columns(couplings)
    with plt.rc_context({"font.size": 9, "svg.fonttype": "path"}):
        fig = plt.figure(figsize=_GRAPH)
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.set_axis_off()
        ax.set_xlim(0.0, _GRAPH[0])
        ax.set_ylim(0.0, _GRAPH[1])
        ax.text(0.35, _GRAPH[1] - 0.28, "Who reads whom in the cascade", fontsize=14, weight="bold", va="top")
        for k, (title, colour, _) in enumerate(columns):
            x = _column_x(k, len(columns))
            ax.add_patch(
                Rectangle((x - _NODE_WIDTH / 2 - 0.12, 0.62), _NODE_WIDTH + 0.24, _GRAPH[1] - 1.55, color=colour,
                          alpha=0.28, lw=0, zorder=0)
            )  # fmt: skip
            ax.text(x, _GRAPH[1] - 1.14, title, ha="center", va="center", fontsize=11, weight="bold", color="#333333")
        halo = [patheffects.Stroke(linewidth=3.4, foreground="white"), patheffects.Normal()]
        for route in sorted(routes, key=lambda r: -float(np.ptp(r.curve[:, 0]))):
            colour = _RAISES if route.coupling.sign > 0 else _LOWERS
            curve = route.curve
            ax.plot(curve[:, 0], curve[:, 1], color=colour, lw=1.25, zorder=2, path_effects=halo,
                    gid=f"{route.coupling.read}>{route.coupling.reader}")  # fmt: skip
            _head(ax, curve[-1], boxes[route.coupling.reader], route.coupling.sign)
        for name, box in boxes.items():
            colour = columns[box.column][1]
            ax.add_patch(
                FancyBboxPatch(
                    (box.x - box.half_width + 0.04, box.y - box.half_height + 0.04), 2 * box.half_width - 0.08,
                    2 * box.half_height - 0.08, boxstyle="round,pad=0.04", fc=colour, ec="#555555", lw=0.8, zorder=4,
                )
            )  # fmt: skip
            ax.text(box.x, box.y, textwrap.fill(state_name(name), 18), ha="center", va="center", fontsize=9,
                    linespacing=1.05, zorder=5)  # fmt: skip
        _legend(ax, len(couplings))
    return fig


def _head(ax: Any, tip: Any, box: Box, sign: int) -> None:
    """An arrow head for what raises, a bar for what lowers; on the reader's edge."""
    toward = 1.0 if tip[0] < box.x else -1.0
    x, y = float(tip[0]), float(tip[1])
    if sign > 0:
        ax.fill([x, x + toward * _HEAD, x], [y - 0.055, y, y + 0.055], color=_RAISES, lw=0, zorder=6)
    else:
        end = x + toward * (_HEAD - 0.03)
        ax.plot([x, end], [y, y], color=_LOWERS, lw=1.25, zorder=6)
        ax.plot([end, end], [y - 0.062, y + 0.062], color=_LOWERS, lw=2.4, zorder=6, solid_capstyle="butt")


def _legend(ax: Any, count: int) -> None:
    y = 0.34
    ends: tuple[tuple[float, int, str], ...] = (
        (0.4, 1, "＋ raises: more of the state at the tail gives more of the one at the head"),
        (6.4, -1, "－ lowers: more of the state at the tail gives less of the one at the bar"),
    )
    for x, sign, words in ends:
        colour = _RAISES if sign > 0 else _LOWERS
        ax.plot([x, x + 0.45], [y, y], color=colour, lw=1.4)
        _head(ax, (x + 0.45, y), Box(x + 2, y, 1, 1, 0), sign)
        ax.text(x + 0.68, y, words.replace("＋", "+").replace("－", "−"), fontsize=9, va="center")
    ax.text(_GRAPH[0] - 0.35, y, f"{count} couplings, found from the equations themselves", fontsize=9, va="center",
            ha="right", color=_GREY)  # fmt: skip


def write_cascade_plot(couplings: Sequence[Coupling], path: Path) -> None:
    """The graph of couplings as PNG, SVG or PDF, by the path's ending."""
    check_outputs([("plot", path)])
    closing(cascade_figure(couplings), lambda drawn: save(drawn, path))
