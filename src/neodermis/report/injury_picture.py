"""Figure of a session to scale: top view, section, shares by depth, channel depths."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from neodermis.report import style
from neodermis.report.channels import ChannelGeometry
from neodermis.report.common import write_figure
from neodermis.report.injury import LAYER_NAMES, short_spread
from neodermis.simulation.session import Floats, Interval
from neodermis.simulation.session_outcomes import Injuries, SiteInjury
from neodermis.skin.tissue import layer_cells
from neodermis.treatment.pattern import Pattern

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Open channels are dark and killed tissue is light, so that they differ in grey.
_OPEN, _KILLED, _STRETCHED = "#12406e", "#d9605a", "#6f6f6f"
_INK, _MUTED, _STEEL, _PLEXUS = style.TEXT, style.MUTED, "#b4bcc6", style.WARNING
LAYER_COLOURS: Final = {
    "stratum_corneum": "#8f6a4c",
    "viable_epidermis": "#d9a57f",
    "papillary_dermis": "#efc3ac",
    "reticular_dermis": "#f6dccf",
    "fat": "#f9ecbd",
}
#: Side of the square seen from above (mm), so that single channels can be seen.
_SQUARES: Final = {"pen": 2.0, "roller": 5.0, "stamp": 5.0}
#: Thickness of the slice in the section (mm): the largest with a distinguishable number of channels.
_SLICES: Final = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
_MOST_CHANNELS: Final = 24
#: The square is smaller where it would hold more entries than this.
_SMALLER: Final = (1.0, 0.5, 0.2, 0.1)
_MOST_ENTRIES: Final = 1500
#: Shares below this are not shown (%).
_LEAST_SHARE: Final = 0.1
#: Inches on the page: left edge and width of each panel, height of all.
_PAGE_WIDTH, _HEIGHT = 11.9, 2.9
_PANELS: Final = {"above": (0.4, 2.9), "section": (5.1, 3.5), "shares": (9.15, 1.4), "depths": (10.8, 0.9)}
#: The same on a narrow page, where each row has two lines of panels: left edge, width, line; and between the lines.
_NARROW: Final = {"above": (0.4, 2.9, 1), "section": (1.95, 3.5, 0), "shares": (4.2, 1.4, 1), "depths": (5.85, 0.9, 1)}
_BETWEEN: Final = 0.8
_ROW_HEAD, _ROW_FOOT, _PAGE_FOOT, _TITLE_LINE = 0.66, 0.46, 0.7, 0.25


@dataclass(frozen=True, kw_only=True)
class _Drawn(ChannelGeometry):
    """Content of a row: one zone of one site with the central numbers."""

    head: str
    faces_mm: Floats
    injured: Floats
    void: Floats
    stretched: Floats
    draws: tuple[Floats, Floats]  # faces and killed share of every draw
    depths_mm: Floats  # of the entries of all draws

    @property
    def borders_mm(self) -> list[float]:
        """Borders of the layers, from the surface to the bottom of the fat."""
        return [float(self.faces_mm[cells.start]) for cells in layer_cells().values()] + [float(self.faces_mm[-1])]


def _central(site: SiteInjury, injuries: Injuries, prefix: str) -> _Drawn:
    """The largest zone of a site with the central numbers."""
    largest = max(range(len(site.batch.parts)), key=lambda k: site.batch.parts[k][0])
    share, skin, (members,) = site.batch.parts[largest]
    done = site.session_effects[largest]
    zone = "" if len(site.batch.parts) == 1 else f" (drawn: {skin.site.id}, {100 * share:.0f} % of it)"
    s = site.session
    head = "no needle enters the skin" if s.channels_per_cm2.median <= 0 else "  ·  ".join(
        [
            f"{short_spread(s.channels_per_cm2)} entries per cm²",
            f"{short_spread(s.reached_depth_mm)} mm reached",
            f"{short_spread(Interval(*(100 * v for v in s.papillary_injury)))} % of papillary dermis killed",
            f"{short_spread(Interval(*(100 * v for v in s.open_share)))} % of surface open",
        ]
    )  # fmt: skip
    faces, injured = np.asarray(done.depth_faces_mm, dtype=float), np.asarray(done.injury.injured, dtype=float)
    start = 1 if len(faces) > 1 else 0
    return _Drawn(
        head=f"{prefix}{site.label}{zone}\t{head}",
        **vars(ChannelGeometry.of(site.source.device, members, done, injuries.ledger.seed)),
        faces_mm=faces[0],
        injured=injured[0],
        void=np.asarray(done.injury.void[0], dtype=float),
        stretched=np.asarray(done.injury.stretched[0], dtype=float),
        draws=(faces[start:], injured[start:]),
        depths_mm=np.asarray(done.entry_depths_mm, dtype=float)[start:].ravel(),
    )


class _Scale(NamedTuple):
    """Common scale of all rows, mm."""

    square: float
    slice: float
    top: float  # above the surface
    bottom: float
    section: float  # width of it


def _scale(rows: Sequence[_Drawn]) -> _Scale:
    deepest = max(max(r.borders_mm[-2], r.setting["set_depth_mm"], float(np.quantile(r.depths_mm, 0.99))) for r in rows)
    top, bottom = -0.09 * deepest, 1.12 * deepest
    width = (bottom - top) / _HEIGHT * _PANELS["section"][1]
    densest = max(r.per_mm2 for r in rows)
    fitting = (t for t in _SLICES if densest * t * width <= _MOST_CHANNELS)
    square = max(_SQUARES[r.device.kind] for r in rows)
    squares = (side for side in (square, *_SMALLER) if densest * side**2 <= _MOST_ENTRIES)
    return _Scale(next(squares, _SMALLER[-1]), next(fitting, _SLICES[-1]), top, bottom, width)


def injury_figure(injuries: Injuries, other: Injuries | None = None, *, width_inches: float | None = None) -> Figure:
    """Session to scale, one row per site: top view, section, shares by depth, channel depths.

    Parameters
    ----------
    injuries
        Injuries to draw, with the central numbers; a region is drawn at its largest zone.
    other
        A second session, drawn below on the same scales.
    width_inches
        Width of the page, 7 at least; on a narrow page the section stands above the other panels.
    """
    both = [injuries] if other is None else [injuries, other]
    rows = [
        _central(site, one, f"{letter}  " if other is not None else "")
        for letter, one in zip("AB", both, strict=False)
        for site in one.sites.values()
    ]
    scale = _scale(rows)
    width = width_inches or _PAGE_WIDTH
    narrow = width < _PAGE_WIDTH
    panels = _NARROW if narrow else {key: (left, wide, 0) for key, (left, wide) in _PANELS.items()}
    heads = [style.wrap(drawn.head.split("\t")[1], width - 0.8, style.SMALL) if narrow else [] for drawn in rows]
    titles = []
    for letter, one in zip("AB", both, strict=False):
        words = f"{letter}  {one.protocol.sentence}" if other is not None else one.protocol.sentence
        titles += textwrap.wrap(words, round(9.2 * width))
    if any(one.ledger.request is not None and one.ledger.case.exceeds for one in both):
        titles.append("BEYOND THE LIMITS OF PRACTICE")
    tall = 2 * _HEIGHT + _BETWEEN if narrow else _HEIGHT
    row = _ROW_HEAD + style.high(max(map(len, heads)), style.SMALL) + tall + _ROW_FOOT
    foot = _PAGE_FOOT + (0.6 if narrow else 0.0)
    page = 0.12 + _TITLE_LINE * len(titles) + row * len(rows) + foot
    with style.styled() as plt:
        fig: Figure = plt.figure(figsize=(width, page))
        for number, line in enumerate(titles):
            warning = line.startswith("BEYOND")
            fig.text(
                0.4 / width, 1 - (0.14 + _TITLE_LINE * number) / page, line, va="top", fontsize=11.5, weight="bold",
                color=_PLEXUS if warning else _INK,
            )  # fmt: skip
        for number, (drawn, lines) in enumerate(zip(rows, heads, strict=True)):
            top = page - 0.12 - _TITLE_LINE * len(titles) - row * number
            floor = top - row + _ROW_FOOT
            _draw_head(fig, drawn, lines, top, width, page)
            axes = {
                key: fig.add_axes(
                    (left / width, (floor + (tall - _HEIGHT if narrow and line == 0 else 0.0)) / page, wide / width,
                     _HEIGHT / page)
                )
                for key, (left, wide, line) in panels.items()
            }  # fmt: skip
            _draw_row(axes, drawn, scale)
        _draw_foot(fig, page, injuries, narrow=narrow)
    return fig


def _draw_head(fig: Figure, drawn: _Drawn, lines: Sequence[str], top: float, width: float, page: float) -> None:
    """Name and numbers of a row: on one line, or the numbers below as wrapped ``lines``; ``top`` in inches."""
    name, numbers = drawn.head.split("\t")
    title = fig.text(0.4 / width, (top - 0.24) / page, name, weight="bold", fontsize=10)
    if lines:
        fig.text(0.4 / width, (top - 0.31) / page, "\n".join(lines), va="top", fontsize=style.SMALL, linespacing=1.15)
        return
    fig.draw_without_rendering()
    after = title.get_window_extent().x1 / fig.dpi + 0.2
    text = fig.text(after / width, (top - 0.24) / page, numbers, color=_INK, fontsize=9)
    # a little less than what is free: hinting rounds the size of the letters
    room = 0.94 * (width - after - 0.1) / (text.get_window_extent().width / fig.dpi)
    text.set_fontsize(9 * min(room, 1.0))


def _draw_row(axes: dict[str, Any], drawn: _Drawn, scale: _Scale) -> None:
    # one pattern for both views, wider than either so that nothing is cut at an edge
    margin = 0.1 * scale.square + drawn.cut_mm
    side = max(scale.square, scale.section) + 2 * margin
    pattern, depths = drawn.entries(side)
    pattern = pattern._replace(x_mm=pattern.x_mm - margin, y_mm=pattern.y_mm - margin)
    room = scale.section - _needle_room(drawn)
    level, half = _slice(drawn, pattern, scale, room), scale.slice / 2.0
    _draw_above(axes["above"], drawn, pattern, depths, scale, level)
    inside = np.abs(pattern.y_mm - level) < half
    cut = Pattern(*(values[inside] for values in pattern))
    _draw_section(axes["section"], drawn, cut, depths[inside], scale, room)
    _draw_shares(axes["shares"], drawn, scale)
    _draw_depths(axes["depths"], drawn, scale)
    titles = {
        "above": ("a", f"from above, {scale.square:g} × {scale.square:g} mm"),
        "section": ("b", f"section along b, a slice {scale.slice:g} mm thick"),
        "shares": ("c", "tissue, %"),
        "depths": ("d", "entries, %"),
    }
    for key, (letter, text) in titles.items():
        axes[key].set_title(rf"$\bf{{{letter}}}$  {text}", loc="left", fontsize=9, pad=4)


def _needle_room(drawn: _Drawn) -> float:
    """Width for the outline of the needle at the right of the section, mm."""
    return max(2.0 * drawn.channels["needle_diameter_mm"], 0.45)


def _within(drawn: _Drawn, pattern: Pattern, room: float) -> Any:
    """Channels that a section shows completely."""
    half = (drawn.recoil * drawn.channels["needle_diameter_mm"] + drawn.cut_mm) / 2.0 + drawn.rim_mm
    return (pattern.x_mm > half) & (pattern.x_mm < room - half)


def _slice(drawn: _Drawn, pattern: Pattern, scale: _Scale, room: float) -> float:
    """Position of a slice with about the mean number of channels."""
    places = np.linspace(0.1, 0.9, 161) * scale.square
    shown = _within(drawn, pattern, room)
    counts = np.array([(np.abs(pattern.y_mm[shown] - y) < scale.slice / 2.0).sum() for y in places])
    wanted = max(drawn.per_mm2 * scale.slice * room, 1.0)
    # of equally good places the one nearest the middle
    return float(places[np.argmin(np.abs(counts - round(wanted)) + np.abs(places / scale.square - 0.5))])


def _slots(x: Floats, y: Floats, direction: Floats, width: Floats, cut: float) -> Floats:
    """Outlines of slots with round ends: (entries, points, 2)."""
    turn = np.linspace(0.0, 2.0 * math.pi, 28, endpoint=False)
    along = width[:, None] / 2.0 * np.cos(turn) + np.where(np.cos(turn) >= 0, cut / 2.0, -cut / 2.0)
    across = width[:, None] / 2.0 * np.sin(turn)
    c, s = np.cos(direction)[:, None], np.sin(direction)[:, None]
    return np.stack((x[:, None] + along * c - across * s, y[:, None] + along * s + across * c), axis=-1)


def _fill(ax: Any, outlines: Floats, colour: str, **style: Any) -> None:
    from matplotlib.collections import PolyCollection

    ax.add_collection(
        PolyCollection(list(outlines), facecolor=colour, edgecolor="none", rasterized=len(outlines) > 4000, **style)
    )


def _bar(ax: Any, x: float, y: float, length: float, height: float, gap: float) -> None:
    """A scale bar with its length above it; ``height`` and ``gap`` in axis units, downward negative."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((x, y), length, height, color=_INK, zorder=9, lw=0))
    ax.text(
        x + length / 2.0, y + gap, f"{length:g} mm", ha="center", va="bottom", fontsize=8.5, zorder=9, color=_INK,
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _draw_above(ax: Any, drawn: _Drawn, pattern: Pattern, depths: Floats, scale: _Scale, level: float) -> None:
    ax.set_facecolor("#f4dccd")
    near = np.abs(np.column_stack((pattern.x_mm, pattern.y_mm)) - scale.square / 2.0).max(axis=1)
    shown = near < scale.square / 2.0 + drawn.channels["needle_diameter_mm"] + drawn.cut_mm  # wholly or in part
    pattern, depths = Pattern(*(values[shown] for values in pattern)), depths[shown]
    width = drawn.recoil * drawn.width(depths)
    _fill(ax, _slots(*pattern, width + 2.0 * drawn.rim_mm, drawn.cut_mm), _KILLED)
    _fill(ax, _slots(*pattern, width, drawn.cut_mm), _OPEN)
    side = scale.square
    _bar(ax, 0.05 * side, 0.05 * side, {5.0: 1.0, 2.0: 0.5}.get(side, side / 5.0), 0.012 * side, 0.03 * side)
    for edge in (-1, 1):
        ax.axhline(level + edge * scale.slice / 2.0, color=_INK, lw=0.8, ls=(0, (4, 3)), zorder=8)
    ax.annotate(
        "b", (0, level), (-7, 0), textcoords="offset points", ha="center", va="center", fontsize=9, weight="bold"
    )
    ax.set(xlim=(0, side), ylim=(0, side), xticks=[], yticks=[], aspect="equal")


def _tapers(x: Floats, depths: Floats, drawn: _Drawn, wider: float, cut: Floats) -> list[Floats]:
    """Outlines of channels in section: the needle's taper after recoil, wider by a rim and by the cut of the drag."""
    outlines = []
    for at, depth, slot in zip(x, depths, cut, strict=True):
        z = np.unique(
            [*np.linspace(0.0, depth, 12), max(depth - drawn.channels["needle_taper_mm"], 0.0)]  # its shoulder
        )
        half = (drawn.recoil * drawn.width(depth - z) + slot * (1.0 - z / depth)) / 2.0 + wider
        outline = np.column_stack((np.concatenate((at - half, (at + half)[::-1])), np.concatenate((z, z[::-1]))))
        if wider:  # the rim runs round the tip
            outline = np.insert(outline, len(z), [[at, depth + wider]], axis=0)
        outlines.append(outline)
    return outlines


def _layers_behind(ax: Any, drawn: _Drawn, scale: _Scale, alpha: float) -> None:
    borders = [*drawn.borders_mm[:-1], scale.bottom]  # the fat goes on below what is modelled of it
    for name, top, bottom in zip(LAYER_NAMES, borders[:-1], borders[1:], strict=True):
        ax.axhspan(top, bottom, color=LAYER_COLOURS[name], lw=0, alpha=alpha, zorder=0)


def _draw_section(ax: Any, drawn: _Drawn, pattern: Pattern, depths: Floats, scale: _Scale, room: float) -> None:
    _layers_behind(ax, drawn, scale, 1.0)
    dial, plexus = drawn.setting["set_depth_mm"], drawn.borders_mm[3]
    shown = _within(drawn, pattern, room)
    x, order = pattern.x_mm[shown], np.argsort(-depths[shown])
    cut = drawn.cut_mm * np.abs(np.cos(pattern.direction[shown]))
    x, deep, cut = x[order], depths[shown][order], cut[order]
    rims, voids = (_tapers(x, deep, drawn, wider, cut) for wider in (drawn.rim_mm, 0.0))
    for number, (rim, void) in enumerate(zip(rims, voids, strict=True)):  # one by one, so that each keeps its rim
        ax.fill(*rim.T, color=_KILLED, lw=0, zorder=2 + number / 1e5)
        ax.fill(*void.T, color=_OPEN, lw=0, zorder=2 + number / 1e5 + 5e-6)
    ax.axhline(plexus, color=_PLEXUS, lw=1.3, ls=(0, (1, 1.6)), zorder=4)
    ax.axhline(dial, color=_INK, lw=1.0, ls=(0, (5, 3)), zorder=4)
    middle = room + (scale.section - room) / 2.0
    z = np.linspace(0.0, dial, 40)
    outline = drawn.width(dial - z) / 2.0
    if dial > 0:
        ax.fill_betweenx(z, middle - outline, middle + outline, facecolor=_STEEL, edgecolor="#4c5661", lw=0.9, zorder=5)
    head = drawn.channels["needle_diameter_mm"] * 0.8
    ax.fill_between(
        [middle - head, middle + head], scale.top, 0.0, facecolor="#dfe3e8", edgecolor="#4c5661", lw=0.9, zorder=5
    )
    ax.axhline(0.0, color=LAYER_COLOURS["stratum_corneum"], lw=0.8, zorder=3)
    span = scale.bottom - scale.top
    _bar(ax, 0.03 * scale.section, scale.bottom - 0.035 * span, 0.5, 0.012 * span, -0.02 * span)
    _layer_labels(ax, drawn, scale)
    ax.set(xlim=(0, scale.section), ylim=(scale.bottom, scale.top), xticks=[], yticks=[])
    for side in ("top", "bottom", "left", "right"):
        ax.spines[side].set_visible(False)


def _layer_labels(ax: Any, drawn: _Drawn, scale: _Scale) -> None:
    """Layer names on the left without overlap, each with a line to its layer."""
    borders = drawn.borders_mm
    labels: list[tuple[float, str, str]] = []
    for k, (name, label) in enumerate(LAYER_NAMES.items()):
        top, bottom = borders[k], borders[k + 1]
        thick = bottom - top
        size = f"{1e3 * thick:.0f} µm" if thick < 0.1 else f"{thick:.2f} mm"
        last = name == "fat"
        middle = (top + scale.bottom) / 2.0 if last else (top + bottom) / 2.0
        labels.append((middle, label if last else f"{label}, {size}", _INK))
    labels.append((borders[3], "superficial plexus", _PLEXUS))
    labels.append((drawn.setting["set_depth_mm"], f"dial {drawn.setting['set_depth_mm']:g} mm", _INK))
    labels.sort(key=lambda label: label[0])
    apart = 0.175 / _HEIGHT * (scale.bottom - scale.top)
    places = _apart([at for at, _, _ in labels], apart, scale.top, scale.bottom)
    for (at, text, colour), place in zip(labels, places, strict=True):
        ax.annotate(
            text, (0.0, at), (-0.045, place), textcoords=ax.get_yaxis_transform(), ha="right", va="center",
            fontsize=8.5, color=colour, weight="bold" if text.startswith("dial") else "normal", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "lw": 0.7, "color": colour, "shrinkA": 1, "shrinkB": 0, "relpos": (1, 0.5)},
        )  # fmt: skip


def _apart(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending positions closest to the wanted ones, at least ``gap`` apart."""
    places = list(wanted)
    for _ in range(200):
        for k in range(len(places) - 1):
            short = gap - (places[k + 1] - places[k])
            if short > 0:
                places[k] -= short / 2.0
                places[k + 1] += short / 2.0
        places = [min(max(place, low), high) for place in places]
    return places


def _draw_shares(ax: Any, drawn: _Drawn, scale: _Scale) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    _layers_behind(ax, drawn, scale, 0.35)
    faces, injured = drawn.draws
    if len(faces) > 1:
        z = np.linspace(0.0, scale.bottom, 120)
        middles = (faces[:, 1:] + faces[:, :-1]) / 2.0
        band = np.array([np.interp(z, m, k, right=0.0) for m, k in zip(middles, injured, strict=True)])
        low, high = 100.0 * np.quantile(band, (0.05, 0.95), axis=0)
        ax.fill_betweenx(z, np.maximum(low, 1e-6), np.maximum(high, 1e-6), color=_KILLED, alpha=0.18, lw=0)
    middle = (drawn.faces_mm[1:] + drawn.faces_mm[:-1]) / 2.0
    for values, colour, dashes in (
        (drawn.stretched, _STRETCHED, style.DOTTED),
        (drawn.void, _OPEN, "-"),
        (drawn.injured, _KILLED, style.DASH_DOT),
    ):
        ax.plot(np.maximum(100.0 * values, 1e-6), middle, color=colour, lw=1.8, ls=dashes)
    ax.set_xscale("log")
    ax.set(xlim=(_LEAST_SHARE, 100.0), ylim=(scale.bottom, scale.top), xticks=[0.1, 1, 10, 100])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.grid(axis="x", color="#ffffff", lw=0.8)
    ax.axhline(drawn.setting["set_depth_mm"], color=_INK, lw=1.0, ls=(0, (5, 3)))
    _depth_ticks(ax, scale)
    ax.set_ylabel("depth, mm", labelpad=2)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _depth_ticks(ax: Any, scale: _Scale) -> None:
    step = next(step for step in (0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if scale.bottom / step < 7)
    ax.set_yticks(np.arange(0.0, scale.bottom, step))


def _draw_depths(ax: Any, drawn: _Drawn, scale: _Scale) -> None:
    _layers_behind(ax, drawn, scale, 0.35)
    depths = drawn.depths_mm
    inside = depths[depths > 0]
    treated = drawn.channels["per_mm2"] > 0
    ax.axhline(drawn.setting["set_depth_mm"], color=_INK, lw=1.0, ls=(0, (5, 3)))
    if treated and len(inside):
        edges = np.linspace(0.0, scale.bottom, 33)
        shares = 100.0 * np.histogram(inside, edges)[0] / len(depths)
        ax.barh(edges[:-1], shares, np.diff(edges), align="edge", color="#5f8fc4", edgecolor="white", lw=0.3)
        low, median, high = np.quantile(depths, (0.05, 0.5, 0.95))
        top = 1.25 * float(shares.max())
        ax.set(xlim=(0.0, top), xticks=[next(t for t in (50, 20, 10, 5, 2, 1, 0) if t < top)])
        ax.plot([0.93 * top] * 2, [low, high], color=_INK, lw=1.2, solid_capstyle="butt")
        ax.plot(0.93 * top, median, marker="D", ms=4, color=_INK)
    ax.set(ylim=(scale.bottom, scale.top), yticklabels=[])
    _depth_ticks(ax, scale)
    if not (treated and len(inside)):
        ax.set_xticks([])
    outside = 1.0 - len(inside) / len(depths)
    if treated and outside > 0.005:
        ax.set_xlabel(f"{100 * outside:.0f} % do not enter", fontsize=8, color=_MUTED, labelpad=1)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _draw_foot(fig: Figure, page: float, injuries: Injuries, *, narrow: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Patch(color=_OPEN, label="channel, open after recoil"),
        Patch(color=_KILLED, label=f"killed (band: {style.INTERVAL})"),
        Line2D([], [], color=_STRETCHED, lw=1.8, ls=style.DOTTED, label="stretched"),
        Patch(facecolor=_STEEL, edgecolor="#4c5661", label="needle at the dial"),
        Line2D([], [], color=_INK, lw=1.0, ls=(0, (5, 3)), label="dial"),
        Line2D([], [], color=_PLEXUS, lw=1.3, ls=(0, (1, 1.6)), label="superficial plexus"),
        Line2D([], [], color=_INK, lw=1.2, marker="D", ms=4, label="median and 90 % of entries"),
    ]
    fig.legend(
        handles=handles, loc="lower center", ncols=3 if narrow else len(handles), frameon=False, fontsize=style.LEAST,
        handlelength=1.7, columnspacing=1.5, handletextpad=0.6, bbox_to_anchor=(0.5, (0.46 if narrow else 0.34) / page),
    )  # fmt: skip
    ledger = injuries.ledger
    about = " · ".join(
        ["drawn with the central numbers",
         f"medians with {style.INTERVAL} of {ledger.draws} draws" if ledger.draws > 1 else "central session",
         f"{100 * ledger.assumed_share:.0f} % of parameters assumed",
         f"parameters {ledger.parameters.name} {ledger.parameters.version}",
         f"neodermis {ledger.versions['neodermis']}", "not a medical device"]
    )  # fmt: skip
    width = fig.get_size_inches()[0]
    lines = style.wrap(about.replace(" · ", "\u00a0· "), width - 0.3, style.LEAST) if narrow else [about]
    fig.text(0.5, 0.1 / page, "\n".join(lines), ha="center", va="bottom", fontsize=style.LEAST, color=_MUTED)


def write_injury_plot(injuries: Injuries, path: Path, other: Injuries | None = None) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path; ``other`` is drawn below on the same scales."""
    write_figure(lambda: injury_figure(injuries, other), path)
