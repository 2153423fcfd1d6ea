"""Schematic of the face and the body with the treated zones, filled by needle depth.

The outlines are a schematic: they show where a site lies, not its size on a person.  All words but the names of sites
and *mm* are those of the caller.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from neodermis.errors import InputError
from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.skin.tissue import load_sites

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.path import Path as Outline

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A treated site: needle depth and passes, or the text that stands for them."""

    site: str
    """Id of a site or of a region of sites."""
    depth_mm: float
    passes: int | None = None
    text: str = ""
    """Text of the label below the name of the site; by default ``1.5 mm × 6``."""


class _Shape(NamedTuple):
    """Outline of a site on a view: points of its right half, or of its right one of two."""

    view: str
    points: Points
    paired: bool = False
    """Whether the site has a left and a right part; else the points are mirrored into one outline."""
    hole: tuple[float, float, float, float] | None = None
    """An ellipse that is left out: middle and half axes."""


def _ellipse(x: float, y: float, wide: float, tall: float) -> Points:
    turns = [2.0 * math.pi * k / 12.0 for k in range(12)]
    return [(x + wide * math.cos(turn), y + tall * math.sin(turn)) for turn in turns]


#: Sites on the face, the front and the back of the body; the face is two units wide, the body eight tall.
_SHAPES: Final[Mapping[str, _Shape]] = {
    "scalp": _Shape("face", ((0.0, 1.44), (0.5, 1.36), (0.8, 1.08), (0.9, 0.66), (0.8, 0.58), (0.62, 0.86), (0.3, 1.02),
                             (0.0, 1.05))),
    "forehead": _Shape("face", ((0.0, 0.98), (0.3, 0.95), (0.54, 0.84), (0.64, 0.68), (0.6, 0.51), (0.36, 0.53),
                                (0.16, 0.5), (0.0, 0.5))),
    "glabella": _Shape("face", ((0.0, 0.47), (0.11, 0.46), (0.1, 0.33), (0.07, 0.27), (0.0, 0.26))),
    "temple": _Shape("face", ((0.7, 0.68), (0.82, 0.5), (0.87, 0.22), (0.82, 0.08), (0.73, 0.1), (0.71, 0.3),
                              (0.66, 0.52)), paired=True),
    "periorbital": _Shape("face", _ellipse(0.4, 0.2, 0.29, 0.23), paired=True, hole=(0.38, 0.2, 0.2, 0.125)),
    "upper_eyelid": _Shape("face", _ellipse(0.38, 0.2, 0.185, 0.112), paired=True),
    "nose_bridge": _Shape("face", ((0.0, 0.24), (0.06, 0.22), (0.075, 0.06), (0.095, -0.09), (0.0, -0.1))),
    "nose_tip": _Shape("face", ((0.0, -0.12), (0.11, -0.12), (0.19, -0.23), (0.17, -0.32), (0.07, -0.35),
                                (0.0, -0.36))),
    "malar": _Shape("face", ((0.27, -0.06), (0.48, -0.07), (0.7, 0.02), (0.84, 0.02), (0.83, -0.12), (0.6, -0.2),
                             (0.34, -0.17)), paired=True),
    "cheek": _Shape("face", ((0.26, -0.22), (0.38, -0.21), (0.6, -0.24), (0.82, -0.17), (0.8, -0.38), (0.72, -0.6),
                             (0.56, -0.7), (0.46, -0.62), (0.42, -0.45)), paired=True),
    "nasolabial_fold": _Shape("face", ((0.2, -0.24), (0.25, -0.27), (0.38, -0.46), (0.42, -0.62), (0.37, -0.66),
                                       (0.32, -0.5)), paired=True),
    "upper_lip": _Shape("face", ((0.0, -0.42), (0.2, -0.44), (0.31, -0.57), (0.31, -0.7), (0.2, -0.82), (0.0, -0.85)),
                        hole=(0.0, -0.635, 0.235, 0.1)),
    "chin": _Shape("face", ((0.0, -0.89), (0.2, -0.9), (0.26, -1.02), (0.19, -1.17), (0.0, -1.22))),
    "jawline": _Shape("face", ((0.83, -0.38), (0.78, -0.64), (0.66, -0.9), (0.48, -1.09), (0.3, -1.19), (0.29, -1.06),
                               (0.42, -0.94), (0.55, -0.77), (0.69, -0.67), (0.77, -0.55)), paired=True),
    "neck": _Shape("face", ((0.0, -1.37), (0.22, -1.34), (0.42, -1.2), (0.45, -1.45), (0.5, -1.68), (0.25, -1.74),
                            (0.0, -1.76))),
    "decollete": _Shape("front", ((0.0, 6.58), (0.3, 6.56), (0.62, 6.42), (0.5, 6.1), (0.0, 5.92))),
    "breast": _Shape("front", _ellipse(0.34, 5.7, 0.27, 0.24), paired=True, hole=(0.36, 5.66, 0.07, 0.07)),
    "abdomen": _Shape("front", ((0.0, 5.2), (0.4, 5.12), (0.42, 4.6), (0.46, 4.15), (0.22, 3.82), (0.0, 3.76))),
    "hip": _Shape("front", ((0.6, 4.9), (0.585, 4.6), (0.7, 4.2), (0.77, 3.85), (0.64, 3.72), (0.56, 4.2), (0.5, 4.75)),
                  paired=True),
    "thigh": _Shape("front", ((0.74, 3.5), (0.7, 2.9), (0.61, 2.42), (0.28, 2.42), (0.2, 2.9), (0.12, 3.32),
                              (0.4, 3.62)), paired=True),
    "knee": _Shape("front", ((0.6, 2.32), (0.585, 2.05), (0.56, 1.86), (0.28, 1.86), (0.25, 2.05), (0.27, 2.32)),
                   paired=True),
    "leg": _Shape("front", ((0.575, 1.74), (0.55, 1.2), (0.42, 0.5), (0.27, 0.5), (0.24, 1.2), (0.26, 1.74)),
                  paired=True),
    "arm": _Shape("front", ((0.86, 6.18), (0.98, 5.9), (1.09, 4.95), (1.23, 4.02), (1.14, 3.98), (0.95, 4.95),
                            (0.84, 5.7)), paired=True),
    "hand": _Shape("front", ((1.27, 3.74), (1.35, 3.5), (1.31, 3.24), (1.23, 3.2), (1.17, 3.46), (1.17, 3.74)),
                   paired=True),
    "back": _Shape("back", ((0.0, 6.5), (0.45, 6.48), (0.68, 6.2), (0.64, 5.5), (0.55, 4.75), (0.0, 4.4))),
    "buttock": _Shape("back", _ellipse(0.365, 3.75, 0.345, 0.42), paired=True),
}  # fmt: skip

#: Outline of the head, and of the body, of its right half from above.
_HEAD: Final = ((0.0, 1.46), (0.52, 1.38), (0.84, 1.06), (0.93, 0.55), (0.91, 0.1), (0.85, -0.34), (0.78, -0.68),
                (0.64, -0.96), (0.42, -1.18), (0.2, -1.28), (0.0, -1.3))  # fmt: skip
_EAR: Final = ((0.92, 0.24), (1.03, 0.24), (1.04, 0.05), (0.98, -0.16), (0.89, -0.18))
_NECK: Final = ((0.47, -1.15), (0.48, -1.5), (0.62, -1.72), (1.0, -1.86))
_HAIRLINE: Final = ((-0.86, 0.42), (-0.78, 0.62), (-0.6, 0.87), (-0.3, 1.0), (0.0, 1.02), (0.3, 1.0), (0.6, 0.87),
                    (0.78, 0.62), (0.86, 0.42))  # fmt: skip
_BODY: Final = (
    (0.0, 6.98), (0.17, 6.98), (0.2, 6.78), (0.45, 6.64), (0.8, 6.5), (0.98, 6.2), (1.06, 5.6), (1.15, 4.95),
    (1.27, 4.15), (1.34, 3.72), (1.39, 3.45), (1.32, 3.14), (1.22, 3.12), (1.14, 3.42), (1.09, 3.85), (0.98, 4.4),
    (0.88, 5.0), (0.79, 5.6), (0.73, 5.82), (0.68, 5.4), (0.62, 4.85), (0.63, 4.6), (0.74, 4.2), (0.81, 3.8),
    (0.78, 3.2), (0.69, 2.5), (0.62, 2.05), (0.6, 1.5), (0.5, 0.8), (0.42, 0.32), (0.5, 0.08), (0.3, 0.0), (0.18, 0.1),
    (0.22, 0.4), (0.2, 1.0), (0.21, 1.6), (0.2, 2.05), (0.13, 2.8), (0.06, 3.4), (0.0, 3.5),
)  # fmt: skip
#: Limits of each view: left, right, bottom, top, in its units.
_VIEWS: Final = {"face": (-1.12, 1.12, -1.9, 1.55), "front": (-1.5, 1.5, -0.1, 8.1), "back": (-1.5, 1.5, -0.1, 8.1)}
#: Depth that is drawn darkest (mm).
_DARKEST: Final = 2.5
_LINE_COLOUR, _ZONE_COLOUR = "#7a7a7a", "#bdbdbd"


def mapped_sites() -> frozenset[str]:
    """Sites that have a place on the schematic, regions of several sites apart."""
    return frozenset(_SHAPES)


def face_map(
    zones: Iterable[Zone],
    *,
    caption: str = "",
    title: str = "",
    names: Mapping[str, str] | None = None,
    number: Callable[[float], str] = lambda value: f"{value:g}",
    width_inches: float = style.REPORT_WIDTH,
    height_inches: float = 3.7,
) -> Figure:
    """Front view of the face, and of the body where a site lies on it, with the treated zones filled by depth.

    Parameters
    ----------
    zones
        Treated sites; of a site that is named twice, every entry is told and the deepest gives the colour.
    caption
        Text below, which says that the drawing is a schematic.
    title
        Text above.
    names
        Names of the sites in the language of the page; by default their labels.
    number
        Form of a depth, as the language of the page writes it.
    width_inches, height_inches
        Size of the figure.

    Raises
    ------
    InputError
        Where a site is unknown or excluded from treatment, or a depth is below 0.
    """
    told = _told(zones, names or {}, number)
    views = {view: [one for one in told if view in one.views] for view in _VIEWS}
    views = {view: some for view, some in views.items() if some} or {"face": []}
    with style.styled() as plt:
        fig: Figure = plt.figure(figsize=(width_inches, height_inches))
        heads, feet = style.wrap(title, width_inches - 0.2, 11.0), style.wrap(caption, width_inches - 0.2, style.LEAST)
        top = height_inches - style.high(len(heads), 11.0) - (0.12 if heads else 0.05)
        bottom = style.high(len(feet), style.LEAST) + (0.1 if feet else 0.04)
        if heads:
            fig.text(0.1 / width_inches, 1.0 - 0.06 / height_inches, "\n".join(heads), va="top", fontsize=11.0)
        if feet:
            fig.text(0.1 / width_inches, 0.04 / height_inches, "\n".join(feet), va="bottom", fontsize=style.LEAST,
                     color=style.MUTED)  # fmt: skip
        sides = [1 if len(views) > 1 and len(some) <= 2 else 2 for some in views.values()]
        room, scale = _sizes(list(views), sides, width_inches, top - bottom)
        wide = [count * room + scale * _natural(view, top - bottom) for view, count in zip(views, sides, strict=True)]
        left = (width_inches - sum(wide)) / 2.0
        for (view, some), count, width in zip(views.items(), sides, wide, strict=True):
            box = (left / width_inches, bottom / height_inches, width / width_inches, (top - bottom) / height_inches)
            _draw_view(fig.add_axes(box), view, some, (width, top - bottom), room, one_sided=count == 1)
            left += width
    return fig


def _natural(view: str, tall: float) -> float:
    """Width of a view that is as tall as the figure allows (inches)."""
    left, right, bottom, top = _VIEWS[view]
    return tall * (right - left) / (top - bottom)


def _sizes(views: Sequence[str], sides: Sequence[int], width: float, tall: float) -> tuple[float, float]:
    """Room for the labels of a side (inches), and the share of their natural size that the views have."""
    drawn = sum(_natural(view, tall) for view in views)
    room = float(np.clip((width - drawn) / sum(sides), 0.95, 1.6))
    return room, min(1.0, (width - room * sum(sides)) / drawn)


class _Told(NamedTuple):
    """A label: the sites that it fills, its text, and the largest depth (mm)."""

    sites: tuple[str, ...]
    text: str
    depth_mm: float

    @property
    def views(self) -> list[str]:
        """Views on which its sites lie."""
        return list(dict.fromkeys(_SHAPES[site].view for site in self.sites))


def _told(zones: Iterable[Zone], names: Mapping[str, str], number: Callable[[float], str]) -> list[_Told]:
    catalogue = load_sites()
    by_site: dict[str, list[Zone]] = {}
    for zone in zones:
        known = catalogue.get(zone.site)
        if known is None:
            raise InputError(field="zones.site", value=zone.site, accepted=", ".join(catalogue),
                             whose="the catalogue of sites", next_step="see neodermis sites")  # fmt: skip
        if known.excluded or zone.depth_mm < 0.0:
            raise InputError(
                field="zones", value=f"{zone.site} {zone.depth_mm:g} mm", accepted="a depth of 0 mm or more at a site "
                "that may be treated", whose=known.limit_whose, next_step="leave the site out",
            )  # fmt: skip
        by_site.setdefault(zone.site, []).append(zone)
    found = []
    for site, some in by_site.items():
        lines = [zone.text or _setting(zone, number) for zone in some]
        parts = tuple(catalogue[site].zones) or (site,)
        name = names.get(site, catalogue[site].label)
        found.append(_Told(parts, "\n".join([name, *lines]), max(zone.depth_mm for zone in some)))
    return found


def _setting(zone: Zone, number: Callable[[float], str]) -> str:
    return f"{number(zone.depth_mm)}\u00a0mm" + ("" if zone.passes is None else f"\u00a0×\u00a0{zone.passes}")


# ------------------------------------------------------------------------------------------------- outlines


def _smooth(points: Points, *, closed: bool = True) -> Outline:
    """A smooth curve through points (Catmull-Rom, as Bézier curves)."""
    from matplotlib.path import Path

    at = np.asarray(points, dtype=float)
    before = np.roll(at, 1, axis=0) if closed else np.vstack([at[:1], at[:-1]])
    after = np.roll(at, -1, axis=0) if closed else np.vstack([at[1:], at[-1:]])
    slope = (after - before) / 6.0
    ends = after if closed else after[:-1]
    slopes = np.roll(slope, -1, axis=0) if closed else slope[1:]
    starts, begin = (at, slope) if closed else (at[:-1], slope[:-1])
    corners = np.stack([starts + begin, ends - slopes, ends], axis=1).reshape(-1, 2)
    return Path(np.vstack([at[:1], corners]), [Path.MOVETO, *[Path.CURVE4] * len(corners)])


def _mirrored(points: Points) -> Points:
    """One outline of a right half, which begins and ends in the middle."""
    return [*points, *((-x, y) for x, y in reversed(points) if x != 0.0)]


def _paths(shape: _Shape) -> list[Outline]:
    """Outlines of a site: one, or a right and a left one."""
    from matplotlib.path import Path

    sides = [shape.points, [(-x, y) for x, y in shape.points]] if shape.paired else [_mirrored(shape.points)]
    found = []
    for number, points in enumerate(sides):
        outline = _smooth(points)
        if shape.hole is not None:
            x, y, wide, tall = shape.hole
            inner = _smooth(_ellipse(-x if number else x, y, wide, tall))
            turned = _area(outline.vertices) * _area(inner.vertices) > 0.0
            outline = Path.make_compound_path(outline, _reversed(inner) if turned else inner)
        found.append(outline)
    return found


def _area(vertices: Any) -> float:
    """Twice the area of a polygon, positive where it turns to the left."""
    x, y = np.asarray(vertices, dtype=float).T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


def _reversed(path: Outline) -> Outline:
    from matplotlib.path import Path

    return Path(np.asarray(path.vertices)[::-1], path.codes)


# ------------------------------------------------------------------------------------------------- drawing


def _shade(depth_mm: float) -> tuple[float, float, float]:
    """Colour of a depth: the deeper, the darker."""
    from matplotlib.colors import to_rgb

    light, dark = np.array(to_rgb("#dbe8f6")), np.array(to_rgb("#0d3763"))
    share = min(max(depth_mm / _DARKEST, 0.0), 1.0)
    red, green, blue = light + share * (dark - light)
    return float(red), float(green), float(blue)


def _draw_view(
    ax: Any, view: str, told: Sequence[_Told], size: tuple[float, float], room: float, *, one_sided: bool
) -> None:
    """Outline, sites, treated zones and their labels on one view; size of the panel and room of a side in inches."""
    from matplotlib.patches import PathPatch

    left, right, bottom, top = _VIEWS[view]
    unit = (right - left) / (size[0] - room * (1 if one_sided else 2))  # units of the view of an inch
    low = (bottom + top - size[1] * unit) / 2.0
    ax.set(xlim=(left - (0.0 if one_sided else room * unit), right + room * unit), ylim=(low, low + size[1] * unit))
    ax.set_axis_off()
    _draw_outline(ax, view)
    for name, shape in _SHAPES.items():
        if shape.view == view:
            for path in _paths(shape):
                excluded = load_sites()[name].excluded is not None
                ax.add_patch(PathPatch(path, facecolor="white" if excluded else "none", edgecolor=_ZONE_COLOUR, lw=0.6,
                                       hatch="xxxx" if excluded else None, gid=f"site {name}"))  # fmt: skip
    for one in told:
        for site in one.sites:
            if _SHAPES[site].view == view:
                for path in _paths(_SHAPES[site]):
                    ax.add_patch(PathPatch(path, facecolor=_shade(one.depth_mm), edgecolor=style.TEXT, lw=0.9,
                                           gid=f"treated {site}", zorder=3))  # fmt: skip
    if view == "face":
        _draw_features(ax)
    _draw_labels(ax, view, told, unit, room, one_sided=one_sided)


def _draw_outline(ax: Any, view: str) -> None:
    from matplotlib.patches import PathPatch

    def line(points: Points, *, closed: bool = False, lw: float = 1.2) -> None:
        ax.add_patch(PathPatch(_smooth(points, closed=closed), facecolor="none", edgecolor=_LINE_COLOUR, lw=lw))

    if view == "face":
        for side in (1.0, -1.0):
            line([(side * x, y) for x, y in _EAR])
            line([(side * x, y) for x, y in _NECK])
        line(_mirrored(_HEAD), closed=True)
        line(_HAIRLINE, lw=0.8)
        return
    line(_ellipse(0.0, 7.45, 0.36, 0.52), closed=True)
    line(_BODY, lw=1.1)
    line([(-x, y) for x, y in _BODY], lw=1.1)


def _draw_features(ax: Any) -> None:
    """Eyes, brows, nose and mouth, so that the sites can be found."""
    from matplotlib.patches import PathPatch

    def line(points: Points, *, closed: bool = False, lw: float = 0.9, fill: str = "none") -> None:
        ax.add_patch(
            PathPatch(_smooth(points, closed=closed), facecolor=fill, edgecolor="#555555", lw=lw, zorder=5)
        )  # fmt: skip

    for side in (1.0, -1.0):
        line([(side * x, y) for x, y in ((0.24, 0.185), (0.31, 0.235), (0.4, 0.245), (0.53, 0.195), (0.4, 0.15),
                                         (0.31, 0.15))], closed=True, fill="white")  # fmt: skip
        line(_ellipse(side * 0.385, 0.2, 0.036, 0.042), closed=True, fill="#555555")
        line([(side * x, y) for x, y in ((0.17, 0.39), (0.34, 0.455), (0.5, 0.44), (0.61, 0.37))], lw=2.0)
        line([(side * x, y) for x, y in ((0.06, -0.31), (0.12, -0.335), (0.165, -0.31), (0.17, -0.25))])
    line(((-0.23, -0.635), (-0.1, -0.575), (0.0, -0.595), (0.1, -0.575), (0.23, -0.635), (0.1, -0.7), (0.0, -0.715),
          (-0.1, -0.7)), closed=True, fill="white")  # fmt: skip
    line(((-0.23, -0.635), (-0.08, -0.63), (0.0, -0.64), (0.08, -0.63), (0.23, -0.635)), lw=0.7)


def _draw_labels(ax: Any, view: str, told: Sequence[_Told], unit: float, room: float, *, one_sided: bool) -> None:
    """Labels beside the view, each with a line to a point of its zone that faces it."""
    left, right = _VIEWS[view][:2]
    bottom, top = ax.get_ylim()
    places = []
    for one in told:
        points = np.vstack([
            path.vertices for site in one.sites if _SHAPES[site].view == view for path in _paths(_SHAPES[site])
        ])  # fmt: skip
        places.append((float(np.mean(points[:, 1])), one))
    places.sort(key=lambda place: -place[0])
    for side, some in ((1.0, places if one_sided else places[::2]), (-1.0, [] if one_sided else places[1::2])):
        some = some[::-1]  # from below upwards
        texts = ["\n".join(style.wrap(one.text.split("\n"), room - 0.18, style.SMALL)) for _, one in some]
        heights = [(style.high(text.count("\n") + 1, style.SMALL) + 0.06) * unit for text in texts]
        spots = style.spread_out([at for at, _ in some], heights, bottom, top)
        for (at, one), text, spot in zip(some, texts, spots, strict=True):
            edge = (right if side > 0 else -left) * side
            ax.text(edge + side * 0.16 * unit, spot, text, ha="left" if side > 0 else "right", va="center",
                    fontsize=style.SMALL, linespacing=1.15)  # fmt: skip
            target = _target(one, view, side, at)
            ax.plot([edge + side * 0.12 * unit, target[0]], [spot, target[1]], color=style.TEXT, lw=0.7, zorder=6)
            ax.plot(*target, "o", ms=2.6, color=style.TEXT, mec="white", mew=0.4, zorder=7)


def _target(one: _Told, view: str, side: float, height: float) -> tuple[float, float]:
    """A point well inside a zone, on the side of its label."""
    best: tuple[float, float, float] | None = None
    for site in one.sites:
        if _SHAPES[site].view != view:
            continue
        for path in _paths(_SHAPES[site]):
            low, high = np.min(path.vertices, axis=0), np.max(path.vertices, axis=0)
            grid = np.array(
                [(x, y) for x in np.linspace(low[0], high[0], 25) for y in np.linspace(low[1], high[1], 25)]
            )
            inside = grid[path.contains_points(grid)]
            reach = 0.12 * float(np.max(high - low))
            for x, y in inside:
                deep = all(
                    path.contains_point((x + reach * a, y + reach * b))
                    for a, b in ((0.35, 0.0), (-0.35, 0.0), (0.0, 0.35), (0.0, -0.35))
                )
                score = side * x - abs(y - height) + (1.0 if deep else 0.0)
                if best is None or score > best[0]:
                    best = (score, float(x), float(y))
    assert best is not None  # a label is drawn on a view where it has a site
    return best[1], best[2]
