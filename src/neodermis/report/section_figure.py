"""The skin in section as a figure: one time for a slide, several times on a page, and a film of all (GIF).

The figures draw the data of the page (:mod:`~neodermis.report.section`): the same marks at the same places.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from neodermis.api import Section, SectionCase
from neodermis.documents import replacing
from neodermis.report.common import check_outputs, closing, save
from neodermis.report.injury import LAYER_NAMES
from neodermis.report.section import (
    AIR_MM,
    CLOT,
    CLOT_STEPS,
    ELEMENTS,
    GROUND,
    LINES,
    MOMENTS,
    SHARP,
    SPINDLES,
    Element,
    Frame,
    Scene,
    amount_text,
    marks,
    scene,
)
from neodermis.report.style import LEAST, MUTED, PHASES, SMALL, TEXT, styled, wrap
from neodermis.simulation.session import Floats
from neodermis.units import read_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Size of a slide, inches.
_SLIDE: Final = (12.8, 7.2)
#: Times of a page of one case, and of two, days.
_TIMES: Final = tuple(MOMENTS[name] for name in ("5 min", "1 d", "3 d", "10 d", "90 d", "1 year"))
_TIMES_OF_TWO: Final = tuple(MOMENTS[name] for name in ("5 min", "3 d", "30 d", "1 year"))
#: Frames of a film at most; its resolution, and the time of each, ms.
FILM_FRAMES: Final = 60
_FILM_DPI, _FILM_MS = 75, 190
_COLOURS: Final = {element.name: element.light for element in ELEMENTS}
_BY_NAME: Final = {element.name: element for element in ELEMENTS}
_PAPER: Final = {name: light for name, (light, _) in GROUND.items()}


class _Shown(NamedTuple):
    """Marks of an element at one time: place (mm; depth below the top of the dermis), turn, opacity, above rest."""

    x: Floats
    depth: Floats
    cell: Any
    turn: Floats
    share: Floats
    above: Any


def shown_marks(of: Scene, one: SectionCase, number: int, name: str, frame: int) -> _Shown:
    """The marks of an element that a section shows at one time."""
    element, faces = _BY_NAME[name], one.states.depth_faces_mm
    part, threshold, along, down, turn = np.array(of.places[name] or np.empty((0, 5))).T
    cell = part.astype(int)
    rest = np.array(of.rest[name][number]) if name in of.rest else None
    count = marks(element, of.series[number][element.where][name][frame], of.width_mm * np.diff(faces), rest,
                  of.per_mark[name])  # fmt: skip
    share = np.clip(SHARP * (count[cell] - threshold), 0.0, 1.0)
    depth = faces[cell] + down * np.diff(faces)[cell] if element.where == "by_depth" else down
    above = threshold > rest[cell] if rest is not None else np.zeros(len(cell), bool)
    every = _Shown(along * of.width_mm, depth, cell, turn, share, above)
    return _Shown(*(values[share > 0] for values in every))


# ------------------------------------------------------------------------------------------------- one section


def _mixed(colour: str, with_: str, share: float) -> Any:
    from matplotlib.colors import to_rgb

    return tuple((1 - share) * np.array(to_rgb(colour)) + share * np.array(to_rgb(with_)))


def _with(colour: Any, share: Floats) -> Any:
    from matplotlib.colors import to_rgb

    return np.column_stack([np.tile(to_rgb(colour), (len(share), 1)), share])


def draw_section(ax: Any, of: Scene, one: SectionCase, number: int, frame: int, *, labels: bool = True) -> None:
    """One case at one time, to scale, in mm: place along the section, and depth below the surface at rest."""
    states, series = one.states, of.series[number]
    top, faces, width = sum(states.epidermis_mm), states.depth_faces_mm, of.width_mm
    floor = top + float(faces[-1])
    ax.set(xlim=(0.0, width), ylim=(of.bottom_mm, -AIR_MM), aspect="equal", xticks=[])
    for side in ax.spines.values():
        side.set_visible(False)
    scale = 72.0 * ax.get_position().width * ax.figure.get_figwidth() / width  # points per mm
    border = top + float(faces[states.papillary])
    ground = (("papillary_dermis", top, border), ("reticular_dermis", border, floor), ("fat", floor, of.bottom_mm))
    for name, start, end in ground:
        ax.axhspan(start, end, color=_PAPER[name], lw=0, zorder=0)
    _draw_lines(ax, of, one, number, frame, top, scale)
    seen = shown_marks(of, one, number, "capillary_density", frame)
    red = _COLOURS["capillary_density"]
    edge = np.where(seen.above[:, None], _with(red, seen.share), _with(_mixed(red, _PAPER["papillary_dermis"], 0.45),
                                                                      seen.share))  # fmt: skip
    inside = np.where(seen.above[:, None], _with(red, seen.share), _with(_PAPER["papillary_dermis"], seen.share))
    ax.scatter(seen.x, top + seen.depth, s=(0.022 * scale) ** 2, c=inside, edgecolors=edge, linewidths=0.8, zorder=2)
    for name in SPINDLES:
        _draw_spindles(ax, shown_marks(of, one, number, name, frame), name, top)
    _draw_channels(ax, of, one, number, frame, top, scale)
    for name, marker, wide in (("neutrophil", "o", 0.017), ("macrophage_repair", "o", 0.032),
                               ("macrophage_inflammatory", (7, 1, 0), 0.038)):  # fmt: skip
        seen = shown_marks(of, one, number, name, frame)
        ax.scatter(
            seen.x,
            top + seen.depth,
            s=(wide * scale) ** 2,
            marker=marker,
            c=_with(_COLOURS[name], seen.share),
            edgecolors=_with(_mixed(_COLOURS[name], "#000000", 0.55), seen.share),
            linewidths=0.6,
            zorder=5,
        )
    _draw_epidermis(ax, of, one, number, frame, top, scale)
    if labels:
        _label(ax, of, one, top, floor)
    _draw_signals(ax, of, series, one, frame, top)


def _label(ax: Any, of: Scene, one: SectionCase, top: float, floor: float) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.2, foreground="white")]
    beginning = top + float(one.states.depth_faces_mm[one.states.papillary])
    places = {"papillary_dermis": top, "reticular_dermis": beginning, "fat": floor}
    for name, depth in places.items():
        ax.annotate(LAYER_NAMES[name], (0.0, depth), (3, -2), textcoords="offset points", fontsize=LEAST, va="top",
                    zorder=9, path_effects=halo)  # fmt: skip
    ax.annotate("epidermis", (0.0, -AIR_MM), (3, -1), textcoords="offset points", fontsize=LEAST, va="top", zorder=9,
                path_effects=halo)  # fmt: skip
    ax.plot([of.width_mm - 0.56, of.width_mm - 0.06], [of.bottom_mm - 0.03] * 2, color=TEXT, lw=2, zorder=9,
            solid_capstyle="butt")  # fmt: skip
    ax.annotate("0.5 mm", (of.width_mm - 0.31, of.bottom_mm - 0.04), (0, 2), textcoords="offset points", ha="center",
                fontsize=LEAST, zorder=9, path_effects=halo)  # fmt: skip
    ax.tick_params(labelsize=LEAST, length=2.5)
    ax.set_ylabel("depth, mm", fontsize=SMALL)


def _draw_lines(ax: Any, of: Scene, one: SectionCase, number: int, frame: int, top: float, scale: float) -> None:
    """Lines of collagen and elastin: slope and wave follow the alignment of the bundles."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import Rectangle

    order = of.series[number]["by_depth"]["alignment"][frame]
    t = np.linspace(0.0, 1.0, 9)
    dermis = Rectangle((0.0, top), of.width_mm, float(one.states.depth_faces_mm[-1]), facecolor="none", lw=0)
    ax.add_patch(dermis)
    for name, shape in LINES.items():
        seen = shown_marks(of, one, number, name, frame)
        fine = seen.cell < one.states.papillary
        half = np.where(fine, shape.papillary_mm, shape.reticular_mm)
        curl = name == "elastin"
        angle = (1.0 - order[seen.cell]) * (seen.turn - 0.5) * 2.0
        high = np.where(curl, 1.0, 1.0 - order[seen.cell]) * shape.wave_mm
        side = np.where(seen.turn * 1000.0 % 1.0 < 0.5, 1.0, -1.0)
        # a cubic Bézier curve with its inner points on both sides of the line
        along = half[:, None] * (2.0 * t - 1.0)
        across = (side * high)[:, None] * 6.0 * t * (1.0 - t) * (1.0 - 2.0 * t)
        c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
        x = seen.x[:, None] + along * c - across * s
        y = top + seen.depth[:, None] + along * s + across * c
        bright, muted = _COLOURS[name], _mixed(_COLOURS[name], _PAPER["reticular_dermis"], 0.66)
        strong = seen.above | curl
        colours = np.where(strong[:, None], _with(bright, seen.share), _with(muted, seen.share))
        width = shape.width * np.where(seen.above & (not curl), 1.6, 1.0) * min(scale / 260.0, 1.0)
        drawn = LineCollection(list(np.stack([x, y], axis=-1)), colors=colours, linewidths=width, zorder=1)
        ax.add_collection(drawn)
        drawn.set_clip_path(dermis)


def _draw_spindles(ax: Any, seen: _Shown, name: str, top: float) -> None:
    from matplotlib.collections import PolyCollection

    shape, colour = SPINDLES[name], _COLOURS[name]
    t = np.linspace(0.0, 1.0, 7)
    along = shape.half_length_mm * np.concatenate([2 * t - 1, 1 - 2 * t])
    across = shape.half_width_mm * 2 * np.concatenate([t * (1 - t), -t * (1 - t)])
    angle = ((seen.turn - 0.5) * 1.6)[:, None]
    x = seen.x[:, None] + along * np.cos(angle) - across * np.sin(angle)
    y = top + seen.depth[:, None] + along * np.sin(angle) + across * np.cos(angle)
    edge = "none" if name == "fibroblast" else _with(_mixed(colour, "#000000", 0.55), seen.share)
    ax.add_collection(PolyCollection(list(np.stack([x, y], axis=-1)), facecolors=_with(colour, seen.share),
                                     edgecolors=edge, linewidths=0.5, zorder=3))  # fmt: skip


def _half_width(made: dict[str, Any], channel: dict[str, float], depth: Any) -> Any:
    """Half of the width of a channel at a depth, mm."""
    needle = made["tip_mm"] + (made["diameter_mm"] - made["tip_mm"]) * np.clip(
        (channel["depth"] - depth) / made["taper_mm"], 0.0, 1.0
    )
    return (made["recoil"] * needle + channel["cut"] * (1.0 - depth / channel["depth"])) / 2.0


def _channels(of: Scene, number: int, frame: int) -> dict[str, Any] | None:
    """The channels of the latest session of a case; None before the first."""
    done = of.frames[frame].done[number]
    return of.channels[number][done - 1] if done else None


def _draw_channels(ax: Any, of: Scene, one: SectionCase, number: int, frame: int, top: float, scale: float) -> None:
    """Damage around the channels, the channels, and the dots of a clot in them."""
    made = _channels(of, number, frame)
    if made is None:
        return
    series, faces = of.series[number], one.states.depth_faces_mm
    peak, damage = of.peak["damage"], series["by_depth"]["damage"][frame]
    open_ = float(series["closure"]["geometric"][frame])
    deep = [channel for channel in made["shown"] if channel["depth"] > top]
    for channel in deep:
        z = np.linspace(top, channel["depth"], 15)
        half = _half_width(made, channel, z)
        if peak > 0:
            for cell, share in enumerate(np.clip(damage / peak, 0.0, 1.0) * 0.85):
                inside = np.clip(z, top + faces[cell], top + faces[cell + 1])
                wide = np.interp(inside, z, half) + made["rim_mm"]
                if share > 0.004 and top + faces[cell] < channel["depth"]:
                    ax.fill_betweenx(inside, channel["x"] - wide, channel["x"] + wide, color=_COLOURS["damage"],
                                     alpha=share, lw=0, zorder=3.5)  # fmt: skip
        gap = 2.0 * open_ * float(half[0])
        if gap > 0.001:
            ax.fill_betweenx(
                z, channel["x"] - open_ * half, channel["x"] + open_ * half, facecolor=_PAPER["air"],
                edgecolor=_PAPER["edge"], lw=min(0.8, gap * scale / 4.0), zorder=4,
            )  # fmt: skip
    platelets = series["by_depth"]["platelet"][frame]
    dots = []
    for index, channel in enumerate(made["shown"]):
        for cell, value in enumerate(platelets if of.peak["platelet"] > 0 else ()):
            for k in range(CLOT):
                share = min(max(CLOT * value / of.peak["platelet"] - k, 0.0), 1.0)
                many = index * 97 + cell * 13 + k
                depth = top + faces[cell] + many * CLOT_STEPS[0] % 1.0 * (faces[cell + 1] - faces[cell])
                if share > 0 and depth <= channel["depth"]:
                    off = float(_half_width(made, channel, depth)) * (1.5 * (many * CLOT_STEPS[1] % 1.0) - 0.75)
                    dots.append((channel["x"] + off, depth, share))
    if dots:
        x, y, shares = np.array(dots).T
        ax.scatter(x, y, s=3.2, c=_with(_COLOURS["platelet"], shares), linewidths=0, zorder=4.5)


def _draw_epidermis(ax: Any, of: Scene, one: SectionCase, number: int, frame: int, top: float, scale: float) -> None:
    """The epidermis, which grows upwards from the dermis: thickness, pigment, and the gaps of the channels."""
    from matplotlib.patches import Rectangle

    surface, closure = of.series[number]["surface"], of.series[number]["closure"]
    corneum, living = one.states.epidermis_mm
    high = living * float(surface["epidermis"][frame])

    def box(x: float, y: float, wide: float, tall: float, colour: str, zorder: float) -> None:
        ax.add_patch(Rectangle((x, y), wide, tall, facecolor=colour, edgecolor="none", zorder=zorder))

    box(0.0, top - high, of.width_mm, high, _PAPER["viable_epidermis"], 6)
    for name, wide in (("melanin", 0.8), ("post_inflammatory_pigment", 1.5)):
        seen = shown_marks(of, one, number, name, frame)
        ax.scatter(seen.x, top - living * (0.1 + 0.55 * seen.depth), s=(wide * min(0.009 * scale, 2.2)) ** 2,
                   c=_with(_COLOURS[name], seen.share), linewidths=0, zorder=6.5)  # fmt: skip
    box(0.0, top - high - corneum, of.width_mm, corneum, _PAPER["stratum_corneum"], 7)
    made = _channels(of, number, frame)
    if made is None:
        return
    uncovered, slit = float(surface["unepithelialised_fraction"][frame]), float(closure["barrier"][frame])
    for index, channel in enumerate(made["shown"]):
        half, count = float(_half_width(made, channel, 0.0)), len(made["shown"])
        rank = (index + 1) * 0.6180339887498949 % 1.0
        gap = half * min(max(count * (uncovered - rank) + uncovered, 0.0), 1.0)
        bottom = min(channel["depth"], top)
        box(channel["x"] - gap, top - high, 2 * gap, bottom - top + high, _PAPER["air"], 6.8)
        box(channel["x"] - half * slit, top - high - corneum - 0.005, 2 * half * slit, corneum + 0.005, _PAPER["air"],
            7.5)  # fmt: skip


def _draw_signals(ax: Any, of: Scene, series: Any, one: SectionCase, frame: int, top: float) -> None:
    """A strip for each signal to the right of the section, on its scale of depth."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    faces, signals = one.states.depth_faces_mm, [element for element in ELEMENTS if element.kind == "signal"]
    pitch = 0.07 * of.width_mm / 2.0
    for number, element in enumerate(signals):
        x = of.width_mm + 0.03 + number * pitch
        peak, row = of.peak[element.name], series["by_depth"][element.name][frame]
        shares = np.clip(row / peak, 0.0, 1.0) if peak > 0 else np.zeros_like(row)
        colours = [_mixed(_PAPER["reticular_dermis"], element.light, float(share)) for share in shares]
        boxes = [Rectangle((x, top + a), 0.8 * pitch, b - a) for a, b in pairwise(faces)]
        ax.add_collection(PatchCollection(boxes, facecolors=colours, edgecolors=colours, linewidths=0.3, clip_on=False))
        ax.add_patch(Rectangle((x, top), 0.8 * pitch, float(faces[-1]), facecolor="none", edgecolor=MUTED, lw=0.5,
                               clip_on=False))  # fmt: skip
        ax.text(x + 0.4 * pitch, top - 0.015, f"{number + 1}", fontsize=LEAST - 1, ha="center", va="bottom")


# ------------------------------------------------------------------------------------------------- legend


def _legend_mark(ax: Any, element: Element, x: float, y: float, of: Scene) -> None:
    """The mark of an element in a legend, about x and y (inches)."""
    from matplotlib.patches import Ellipse, Rectangle

    colour = element.light

    def box(wide: float, tall: float, paint: Any, x_: float = x) -> None:
        ax.add_patch(Rectangle((x_ - wide / 2, y - tall / 2), wide, tall, facecolor=paint, edgecolor="none"))

    edge = _mixed(colour, "#000000", 0.55)
    if element.kind == "cell" and element.name not in SPINDLES:
        marker: Any = (7, 1, 0) if element.name == "macrophage_inflammatory" else "o"
        size = {"neutrophil": 5.0, "macrophage_repair": 8.5}.get(element.name, 10.0)
        ax.scatter([x], [y], s=size**2, marker=marker, c=[colour], edgecolors=[edge], linewidths=0.6)
    elif element.kind == "cell":
        ax.add_patch(Ellipse((x, y), 0.2, 0.05 if element.name == "fibroblast" else 0.1, angle=20, facecolor=colour,
                             edgecolor=edge, lw=0.5))  # fmt: skip
    elif element.kind == "vessel":
        ax.scatter([x - 0.07, x + 0.07], [y, y], s=36, c=[_PAPER["papillary_dermis"], colour], edgecolors=[colour] * 2,
                   linewidths=0.9)  # fmt: skip
    elif element.kind in ("line", "order"):
        shape = LINES.get(element.name, LINES["collagen_1"])
        wave = np.linspace(-1.0, 1.0, 15)
        bend = 0.01 if element.kind == "order" else 0.04
        ax.plot(x + 0.13 * wave, y + bend * np.sin(np.pi * wave), color=colour, lw=1.4 * shape.width)
    elif element.kind == "signal":
        for k in range(12):
            box(0.0225, 0.13, _mixed(_PAPER["reticular_dermis"], colour, k / 11), x - 0.12 + 0.0218 * k)
    elif element.kind in ("grain", "clot"):
        if element.kind == "grain":
            box(0.26, 0.14, _PAPER["viable_epidermis"])
        ax.scatter(x + np.linspace(-0.09, 0.09, 4), y + np.array([0.02, -0.03, 0.03, -0.02]),
                   s=3 if element.name == "melanin" else 9, c=[colour], linewidths=0)  # fmt: skip
    else:
        ground = {"barrier": "stratum_corneum", "cover": "viable_epidermis", "epidermis": "viable_epidermis"}
        box(0.26, 0.14, _PAPER[ground.get(element.kind, "papillary_dermis")])
        if element.kind == "rim":
            box(0.15, 0.14, colour)
        if element.kind != "epidermis":
            box(0.07, 0.14, _PAPER["air"])
        if element.kind == "channel":
            ax.vlines([x - 0.035, x + 0.035], y - 0.07, y + 0.07, color=_PAPER["edge"], lw=0.7)


def _draw_legend(
    figure: Any, of: Scene, section: Section, frame: int | None, box: tuple[float, float, float, float], columns: int
) -> None:
    """Marks, labels and, of one time, values in a box of the page (inches, from the lower left)."""
    left, bottom, width, height = box
    page = figure.get_size_inches()
    ax = figure.add_axes((left / page[0], bottom / page[1], width / page[0], height / page[1]))
    ax.set(xlim=(0.0, width), ylim=(0.0, height))
    ax.set_axis_off()
    rows = -(-len(ELEMENTS) // columns)
    pitch, wide = height / rows, width / columns
    for number, element in enumerate(ELEMENTS):
        x, y = number // rows * wide, height - (number % rows + 0.5) * pitch
        _legend_mark(ax, element, x + 0.16, y, of)
        text = element.label
        if element.kind == "signal":
            text += f" (strip {[e.name for e in ELEMENTS if e.kind == 'signal'].index(element.name) + 1})"
        if frame is not None:
            text += f": {' | '.join(_value(of, one, k, element, frame) for k, one in enumerate(section.cases))}"
            text += f" ({element.unit})" if element.unit[0].isdigit() else f" {element.unit}"
        ax.text(x + 0.36, y, text, fontsize=LEAST, va="center")


def _value(of: Scene, one: SectionCase, number: int, element: Element, frame: int) -> str:
    row = of.series[number][element.where][element.name][frame]
    mean = float(np.average(row, weights=np.diff(one.states.depth_faces_mm)) if element.where == "by_depth" else row)
    return amount_text(mean, element.unit)


# ------------------------------------------------------------------------------------------------- pages


def time_text(section: Section, frame: Frame) -> str:
    """A time in words: since the first session, and since the latest session of each case."""
    if not any(frame.done):
        return "Before treatment"
    since = [
        f"{_span(frame.day - one.states.session_days[done - 1])} after session {done}" if done else "before treatment"
        for one, done in zip(section.cases, frame.done, strict=True)
    ]
    words = since[0] if len(set(since)) == 1 else ", ".join(
        f"{one.label} {text}" for one, text in zip(section.cases, since, strict=True)
    )  # fmt: skip
    return words if frame.day < 1 else f"Day {frame.day:.3g}: {words}"


def _span(day: float) -> str:
    if day < 1.0 / 24.0:
        return f"{1440.0 * day:.2g} min"
    if day < 0.999:
        return f"{24.0 * day:.2g} h"
    return "1 day" if day == 1.0 else f"{day:.2g} days" if day < 10 else f"{day:.0f} days"


def nearest_frame(of: Scene, day: float) -> int:
    """The frame of a day; the skin before treatment is that of no day."""
    return 1 + int(np.abs(np.array([frame.day for frame in of.frames[1:]]) - day).argmin())


def slide(section: Section, of: Scene, frame: int) -> Figure:
    """One time of a section as a slide, with values, legend and the phases of healing."""
    with styled() as plt:
        figure = plt.figure(figsize=_SLIDE)
        _draw_slide(figure, section, of, frame)
    return figure  # type: ignore[no-any-return]


def _draw_slide(figure: Any, section: Section, of: Scene, frame: int) -> None:
    wide, tall = _SLIDE
    several = len(section.cases) > 1
    figure.text(0.3 / wide, 1 - 0.18 / tall, time_text(section, of.frames[frame]), fontsize=17, weight="bold", va="top")
    room = (wide / 2 - 0.4) if several else 6.9
    height = 3.3 if several else 4.75
    aspect = of.width_mm / (of.bottom_mm + AIR_MM)
    across = min(room - 1.45, height * aspect)
    floor = tall - 1.15 - across / aspect
    for number, one in enumerate(section.cases):
        left = 0.75 + number * wide / 2
        name = f"{one.label}  " if several else ""
        lines = wrap(name + one.plan.sentence, room if several else wide - 0.6, SMALL + 1)[:2]
        if several:
            lines.append(_person_line(one))
        else:
            lines = [*lines[:1], _person_line(one)]
        figure.text((left - 0.45) / wide, 1 - 0.58 / tall, "\n".join(lines), fontsize=SMALL + 0.5, va="top", color=TEXT)
        ax = figure.add_axes((left / wide, floor / tall, across / wide, across / aspect / tall))
        draw_section(ax, of, one, number, frame)
    if several:
        _draw_legend(figure, of, section, frame, (0.3, 1.12, wide - 0.5, floor - 1.3), 3)
    else:
        _draw_legend(figure, of, section, frame, (8.3, 1.15, wide - 8.5, tall - 2.3), 1)
    _draw_times(figure, section, of, frame)
    figure.text(0.3 / wide, 0.08 / tall, "Central course; values are means of the dermis. Places of single marks are "
                f"schematic. {_WARNING}", fontsize=LEAST, color=MUTED)  # fmt: skip


_WARNING: Final = "Not a medical device."


def _person_line(one: SectionCase) -> str:
    from neodermis.report.common import person_text

    return person_text(one.case.patient.said) + ("  BEYOND THE LIMITS OF PRACTICE" if one.case.exceeds else "")


def _draw_times(figure: Any, section: Section, of: Scene, frame: int) -> None:
    """Phases of healing and sessions along the frames, and where this one is."""
    wide, tall = _SLIDE
    ax = figure.add_axes((1.3 / wide, 0.52 / tall, (wide - 1.7) / wide, 0.5 / tall))
    last = len(of.frames) - 1
    ax.set(xlim=(0, last), ylim=(3.0, 0.0), yticks=[0.5, 1.5, 2.5])
    ax.set_yticklabels(list(PHASES), fontsize=LEAST - 0.5)
    ax.tick_params(length=0)
    days = np.array([one.day for one in of.frames])
    high = 0.86 / len(section.cases)
    for number, one in enumerate(section.cases):
        done = np.array([each.done[number] for each in of.frames])
        for row, name in enumerate(PHASES):
            for phase in (phase for phase in one.states.phases if phase.name == name):
                for count, day in enumerate(one.states.session_days, start=1):
                    after = np.flatnonzero(done >= count)
                    if len(after) and day + phase.start_day < days[-1]:
                        ends = np.interp([day + phase.start_day, day + phase.end_day], days[after], after)
                        ax.broken_barh([(ends[0], ends[1] - ends[0])], (row + 0.07 + number * high, high), lw=0,
                                       color=PHASES[name])  # fmt: skip
    starts = sorted({day for one in section.cases for day in one.states.session_days if day < section.until})
    for day in starts:
        ax.plot([1 + int(np.flatnonzero(days[1:] >= day)[0]) + (day > 0)], [0.0], marker="v", ms=5, color=TEXT,
                clip_on=False)  # fmt: skip
    shown = {name: day for name, day in MOMENTS.items() if day <= section.until and (day <= 10 or day >= 180)}
    ticks = {0: "before"} | {nearest_frame(of, day): name for name, day in shown.items()}
    ticks |= {nearest_frame(of, day): f"day {day:.0f}" for day in starts[1:]} | {last: f"day {days[-1]:.0f}"}
    kept: list[int] = []
    for tick in sorted(ticks, key=lambda one: (one not in (0, last), "day" not in ticks[one], one)):
        if all(abs(tick - other) > 0.045 * last for other in kept):
            kept.append(tick)
    ax.set_xticks(sorted(kept), [ticks[one] for one in sorted(kept)], fontsize=LEAST - 0.5)
    ax.axvline(frame, color=TEXT, lw=1.6)


def section_figure(section: Section) -> Figure:
    """The section at several times on one page; two cases one above the other."""
    of = scene(section)
    several = len(section.cases) > 1
    times = [day for day in (_TIMES_OF_TWO if several else _TIMES) if day <= section.until]
    columns = len(times) if several else min(3, len(times))
    panels = [(number, nearest_frame(of, day)) for number in range(len(section.cases)) for day in times]
    rows = -(-len(panels) // columns)
    wide = 12.8
    room = 0.5  # for the axis of depth of a panel; the strips of signals take a fifth of its width
    across = ((wide - 0.3) / columns - room) / 1.21
    high = across * (of.bottom_mm + AIR_MM) / of.width_mm
    head, foot = 0.12 + 0.22 * len(section.cases), 1.75
    tall = head + rows * (high + 0.42) + foot
    with styled() as plt:
        figure = plt.figure(figsize=(wide, tall))
        for number, one in enumerate(section.cases):
            text = f"{one.label}  {one.plan.sentence}; {_person_line(one)}".strip()
            figure.text(0.2 / wide, 1 - (0.12 + 0.22 * number) / tall, text, fontsize=SMALL + 1.5, weight="bold",
                        va="top")  # fmt: skip
        for place, (number, frame) in enumerate(panels):
            row, column = divmod(place, columns)
            left = 0.6 + column * (1.21 * across + room)
            bottom = tall - head - (row + 1) * (high + 0.42) + 0.1
            ax = figure.add_axes((left / wide, bottom / tall, across / wide, high / tall))
            draw_section(ax, of, section.cases[number], number, frame, labels=True)
            if column:
                ax.set_ylabel("")
            name = f"{section.cases[number].label}: " if several else ""
            own = Frame(of.frames[frame].day, of.frames[frame].done[number : number + 1])
            alone = Section(cases=section.cases[number : number + 1], until=section.until)
            ax.set_title(name + time_text(alone, own), fontsize=SMALL + 0.5, pad=3)
        _draw_legend(figure, of, section, None, (0.3, 0.25, wide - 0.5, foot - 0.4), 5)
        figure.text(0.2 / wide, 0.06 / tall, "Central course. Lines and rings above their number at rest are bright."
                    f" Places of single marks are schematic. {_WARNING}", fontsize=LEAST, color=MUTED)  # fmt: skip
    return figure  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------------------- files


def _palette() -> list[int]:
    """Red, green and blue of 256 colours: those of a section, and mixtures with the ground, white and black."""
    element_colours = dict.fromkeys(_COLOURS.values())
    ground = list(dict.fromkeys(_PAPER.values()))
    found = [_mixed(colour, colour, 0.0) for colour in (*element_colours, *ground, *PHASES.values(), MUTED)]
    for colour in element_colours:
        found += [_mixed(colour, _PAPER["reticular_dermis"], share) for share in (0.2, 0.4, 0.6, 0.8)]
        found += [_mixed(colour, "#000000", 0.55), _mixed(colour, "#ffffff", 0.5)]
    found += [(grey, grey, grey) for grey in np.linspace(0.0, 1.0, 256 - len(found))]
    return [round(255 * float(part)) for colour in found for part in colour]


def read_day(day: float | str, section: Section) -> float:
    """A day of a section; :class:`~neodermis.errors.InputError` where it lies outside."""
    return read_number(
        day, field="day", low=0.0, high=section.until, whose="the days of the section", unit="d",
        next_step=f"give a day since the first session, up to {section.until:g}, or a later until",
    )  # fmt: skip


def write_section_slide(section: Section, path: Path, day: float | str) -> None:
    """Write one day of a section as PNG; of a session's day the skin right after it."""
    check_outputs([("png", path)])
    when = read_day(day, section)
    of = scene(section, (when,))
    frame = max(number for number, one in enumerate(of.frames) if one.day == when)
    closing(slide(section, of, frame), lambda drawn: save(drawn, path))


def write_section_gif(
    section: Section, path: Path, progress: Callable[[int, int], None] | None = None, *, most: int = FILM_FRAMES
) -> None:
    """Write the section through time as an animated GIF of ``most`` frames at most."""
    from PIL import Image

    check_outputs([("gif", path)])
    of = scene(section)
    wanted = np.unique(np.linspace(0, len(of.frames) - 1, min(most, len(of.frames))).round().astype(int))
    pictures: list[Any] = []
    # one palette for all frames, in which small marks keep their colours
    palette = Image.new("P", (1, 1))
    palette.putpalette(_palette())
    with styled() as plt:
        figure = plt.figure(figsize=_SLIDE, dpi=_FILM_DPI)

        def draw(drawn: Any) -> None:
            for number, frame in enumerate(wanted):
                drawn.clear()
                _draw_slide(drawn, section, of, int(frame))
                raw = io.BytesIO()
                drawn.savefig(raw, format="png", dpi=_FILM_DPI)
                picture = Image.open(raw).convert("RGB")
                pictures.append(picture.quantize(palette=palette, dither=Image.Dither.NONE))
                if progress is not None:
                    progress(number + 1, len(wanted))

        closing(figure, draw)
    first, *others = pictures
    with replacing(path) as draft:
        first.save(draft, format="GIF", save_all=True, append_images=others, duration=_FILM_MS, loop=0, optimize=True)
