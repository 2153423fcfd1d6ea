"""Figure of a session by heat to scale: columns from above and in section, and shares of the tissue by depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neodermis.report import style
from neodermis.report.common import write_figure
from neodermis.report.injury import LAYER_NAMES
from neodermis.report.injury_picture import LAYER_COLOURS
from neodermis.simulation.heat import HeatInjuries, HeatSite
from neodermis.skin import heat
from neodermis.skin.tissue import layer_cells
from neodermis.uncertain import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Effect → colour and hatch, told apart in grey: from removed, dark, to warmed, light.
_FILLS: Final = {"stressed": ("#f3c66b", "...."), "coagulated": ("#b5482f", ""), "ablated": ("#1d2b45", "")}
#: Needles.
_STEEL: Final = "#5a6470"
_HATCH: Final = "#8a6d1d"
_LABELS: Final = {"ablated": "ablated", "coagulated": "coagulated", "stressed": "warmed, alive"}
#: Sides of the square seen from above (mm): the largest with few columns enough to be told apart.
_SIDES: Final = (10.0, 5.0, 3.0, 2.0, 1.0, 0.5)
_MOST: Final = 120
_WIDTH, _ROW, _HEAD, _FOOT = 11.0, 3.3, 0.75, 0.62
#: Left edge and width of each panel, inches.
_PANELS: Final = {"above": (0.45, 2.7), "section": (4.05, 4.1), "shares": (9.05, 1.65)}


def heat_figure(done: Sequence[HeatInjuries]) -> Figure:
    """Sessions to scale with the central numbers, one row per site; rows share the depth of their sections."""
    rows = [(one, site) for one in done for site in one.sites.values()]
    bottom = max(_bottom(site) for _, site in rows)
    tall = (_ROW + _HEAD) * len(rows) + _FOOT
    with style.styled() as plt:
        from matplotlib.patches import Patch

        fig: Figure = plt.figure(figsize=(_WIDTH, tall))
        for number, (one, site) in enumerate(rows):
            top = tall - (_ROW + _HEAD) * number
            _head(fig, one, site, top, tall)
            axes = {
                name: fig.add_axes(
                    (left / _WIDTH, (top - _HEAD - _ROW + 0.55) / tall, wide / _WIDTH, (_ROW - 0.55) / tall)
                )
                for name, (left, wide) in _PANELS.items()
            }
            _above(axes["above"], site)
            _section(axes["section"], site, bottom)
            _shares(axes["shares"], site, bottom)
        handles = [
            Patch(
                facecolor=colour, hatch=hatch, edgecolor=_HATCH if hatch else "none", label=_LABELS[name], linewidth=0
            )
            for name, (colour, hatch) in reversed(_FILLS.items())
        ]  # fmt: skip
        fig.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.45 / _WIDTH, 0.22 / tall), ncols=3)
        fig.text(
            4.05 / _WIDTH, 0.12 / tall,
            "Central values; columns on a square grid. The tables give the intervals,\nwhich are wide where no size is"
            " published.", fontsize=style.SMALL, color=style.MUTED, linespacing=style.LINE_SPACING,
        )  # fmt: skip
    return fig


def _bottom(site: HeatSite) -> float:
    """Depth that a section shows, mm: the dermis, or what is warmed where that is deeper."""
    faces = site.session.depth_faces_mm
    dermis = float(faces[layer_cells()["fat"].start])
    return max(1.1 * dermis, 1.1 * float(site.sizes.stressed_depth_mm[0]))


def _head(fig: Figure, one: HeatInjuries, site: HeatSite, top: float, tall: float) -> None:
    device, pass_ = site.source
    s = site.session
    told = "a sham: no heat" if pass_.sham else (
        f"{s.columns_per_cm2.median:.0f} columns per cm²"
        + (f"  ·  ablated to {1e3 * s.ablated_depth_mm.median:.0f} µm" if s.ablated_depth_mm.median else "")
        + f"  ·  coagulated to {1e3 * s.coagulated_depth_mm.median:.0f} µm"
        f" ({1e3 * s.coagulated_depth_mm.lower90:.0f} to {1e3 * s.coagulated_depth_mm.upper90:.0f} µm)"
    )  # fmt: skip
    fig.text(0.45 / _WIDTH, (top - 0.24) / tall, f"{device.id}; {pass_}", weight="bold", fontsize=10.5)
    fig.text(0.45 / _WIDTH, (top - 0.45) / tall, told, fontsize=style.SMALL, color=style.TEXT)
    if one.exceeds:
        fig.text(
            (_WIDTH - 0.3) / _WIDTH, (top - 0.24) / tall, "BEYOND THE LIMITS OF PRACTICE", ha="right", weight="bold",
            color=style.WARNING,
        )  # fmt: skip


def _first(value: Any) -> float:
    return float(np.asarray(value).ravel()[0])


def _grid(side: float, per_mm2: float) -> Floats:
    """Places of columns along one side, mm, the same on both sides."""
    pitch = 1.0 / math.sqrt(per_mm2)
    count = math.floor(side / pitch)
    places: Floats = np.asarray((np.arange(count) + 0.5) * pitch + (side - count * pitch) / 2.0, dtype=float)
    return places


def _above(ax: Any, site: HeatSite) -> None:
    from matplotlib.collections import EllipseCollection

    density = _first(site.column.per_mm2)
    side = next((one for one in _SIDES if density * one**2 <= _MOST), _SIDES[-1])
    ax.set_facecolor("#f4dccd")
    ax.set(xlim=(0, side), ylim=(0, side), xticks=[], yticks=[], aspect="equal")
    if density > 0:
        places = np.stack([axis.ravel() for axis in np.meshgrid(*[_grid(side, density)] * 2)], axis=-1)
        for name, (size,) in _radii(site, np.zeros(1)).items():
            if size > 0:
                width = np.full(len(places), 2.0 * size)
                ax.add_collection(
                    EllipseCollection(
                        width, width, np.zeros(len(places)), units="xy", offsets=places, offset_transform=ax.transData,
                        **_fill(name),
                    )
                )  # fmt: skip
        if site.source.device.kind == "rf_needle":
            ax.plot(places[:, 0], places[:, 1], "o", color=_STEEL, markersize=2.5)
    ax.set_title(rf"$\bf{{a}}$  surface, {side:g} × {side:g} mm", loc="left", fontsize=9, pad=4)


def _fill(name: str) -> dict[str, Any]:
    colour, hatch = _FILLS[name]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": _HATCH, "linewidth": 0, "alpha": 0.75 if hatch else 1.0}


def _radii(site: HeatSite, depth_mm: Floats) -> dict[str, Floats]:
    """Radius of each effect at some depths, central, from the widest to the narrowest, mm."""
    s = heat.Sizes(*(_first(value) for value in site.sizes))
    if site.source.device.kind == "rf_needle":
        through = s.coagulated_top_mm <= 0
        warm = (s.stressed_top_mm, s.stressed_depth_mm, s.stressed_width_mm)
        dead = (s.coagulated_top_mm, s.coagulated_depth_mm, s.coagulated_width_mm)
        return {
            "stressed": heat.rounded_radius_mm(depth_mm, *warm, through),
            "coagulated": heat.rounded_radius_mm(depth_mm, *dead, through),
        }
    return {
        "stressed": heat.tapered_radius_mm(depth_mm, s.stressed_depth_mm, s.stressed_width_mm),
        "coagulated": heat.tapered_radius_mm(depth_mm, s.coagulated_depth_mm, s.coagulated_width_mm),
        "ablated": heat.tapered_radius_mm(depth_mm, s.ablated_depth_mm, s.ablated_width_mm),
    }


def _section(ax: Any, site: HeatSite, bottom: float) -> None:
    faces = site.session.depth_faces_mm
    wide = _PANELS["section"][1]
    side = bottom * wide / (_ROW - 0.55)
    for name, cells in layer_cells().items():
        low = bottom if name == "fat" else float(faces[cells.stop])
        ax.axhspan(float(faces[cells.start]), low, color=LAYER_COLOURS[name], lw=0)
        middle = (float(faces[cells.start]) + min(low, bottom)) / 2.0
        if min(low, bottom) - float(faces[cells.start]) > 0.05 * bottom:
            ax.annotate(
                LAYER_NAMES[name].replace(" ", "\n"), (1.0, middle), (4, 0), xycoords=("axes fraction", "data"),
                textcoords="offset points", va="center", fontsize=style.LEAST, color=style.MUTED,
            )  # fmt: skip
    density = _first(site.column.per_mm2)
    depths = np.linspace(0.0, bottom, 300)
    for name, half in _radii(site, depths).items():
        for x in _grid(side, density) if density > 0 and half.any() else ():
            ax.fill_betweenx(depths, x - half, x + half, where=half > 0, **_fill(name))
    if site.source.device.kind == "rf_needle" and density > 0:
        for x in _grid(side, density):
            ax.plot([x, x], [0.0, _first(site.column.tip_mm)], color=_STEEL, lw=1.4)
    ax.set(xlim=(0, side), ylim=(bottom, 0.0), xticks=[])
    ax.set_ylabel("depth, mm")
    ax.set_title(rf"$\bf{{b}}$  section, {side:.1f} mm wide, to scale", loc="left", fontsize=9, pad=4)


def _shares(ax: Any, site: HeatSite, bottom: float) -> None:
    s = site.session
    depth = np.repeat(s.depth_faces_mm, 2)[1:-1]
    start = np.zeros_like(depth)
    for name in ("ablated", "coagulated", "stressed"):
        end = start + 100.0 * np.repeat(getattr(s, f"{name}_fraction"), 2)
        ax.fill_betweenx(depth, start, end, **_fill(name))
        start = end
    ax.set(xlim=(0, 100), ylim=(bottom, 0.0), xlabel="% of the tissue")
    ax.tick_params(labelleft=False)  # the depths of the section beside it
    ax.set_title(r"$\bf{c}$  by depth", loc="left", fontsize=9, pad=4)


def write_heat_plot(done: Sequence[HeatInjuries], path: Path) -> None:
    """Write the figure of one session or of several as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: heat_figure(done), path)
