"""The skin in section through time: what is drawn of each state, the data of the page, and the page itself.

The page and the figures (:mod:`~neodermis.report.section_figure`) draw the same data: series of states by time and
depth, the channels of each session, and the schematic places of marks and lines.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from html import escape
from importlib.metadata import version
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from neodermis import DISCLAIMER
from neodermis.api import Section, SectionCase
from neodermis.documents import replacing
from neodermis.errors import printable
from neodermis.report.blocks import Block, Figure, Heading, Note, Page, Paragraph, Points, Table
from neodermis.report.channels import ChannelGeometry
from neodermis.report.common import check_outputs, page_unit, person_text
from neodermis.report.injury import LAYER_NAMES
from neodermis.report.style import PHASES
from neodermis.simulation.session import Floats
from neodermis.skin import barrier
from neodermis.skin.cascade import BY_DEPTH, ON_SURFACE
from neodermis.skin.outcomes import OUTCOMES
from neodermis.wording import number_text

# ------------------------------------------------------------------------------------------------- what is drawn

Kind = Literal["channel", "barrier", "cover", "rim", "clot", "cell", "signal", "vessel", "line", "order", "epidermis",
               "grain"]  # fmt: skip


class Element(NamedTuple):
    """One element of the section and the series that drives it."""

    name: str
    """Name of the state, signal or closure."""
    group: str
    kind: Kind
    drawn: str
    """How it is drawn."""
    light: str
    dark: str
    """Colour on light and on dark paper."""

    @property
    def where(self) -> Literal["by_depth", "surface", "closure"]:
        """Kind of its series."""
        return "by_depth" if self.name in BY_DEPTH else "surface" if self.name in ON_SURFACE else "closure"

    @property
    def label(self) -> str:
        """Its name on a page, as declared."""
        if self.where == "closure":
            return _CLOSURES[self.name]
        return (BY_DEPTH if self.where == "by_depth" else ON_SURFACE)[self.name].label

    @property
    def unit(self) -> str:
        """Its unit on a page, as declared."""
        if self.where == "closure":
            return "share open"
        return page_unit((BY_DEPTH if self.where == "by_depth" else ON_SURFACE)[self.name].page_unit)


#: Closure → its label: that of the outcome which measures it.
_CLOSURES: Final = {
    name: f"channels before {OUTCOMES[f'closure_hours_{name}'].label.lower()}" for name in ("geometric", "barrier")
}
#: Colours after Okabe and Ito (2008); hues that return differ in shape.
ELEMENTS: Final = (
    Element("geometric", "Channels", "channel", "gaps in the dermis", "#ffffff", "#0d1117"),
    Element("barrier", "Channels", "barrier", "gaps in the stratum corneum", "#ffffff", "#0d1117"),
    Element("unepithelialised_fraction", "Channels", "cover", "gaps in the epidermis", "#ffffff", "#0d1117"),
    Element("damage", "Channels", "rim", "shade around the channels", "#c2786b", "#a35f52"),
    Element("platelet", "Channels", "clot", "dots in the channels", "#b2182b", "#ff6f61"),
    Element("neutrophil", "Inflammation", "cell", "small discs", "#e69f00", "#f0b429"),
    Element("macrophage_inflammatory", "Inflammation", "cell", "stars", "#d55e00", "#ff7f2a"),
    Element("macrophage_repair", "Inflammation", "cell", "large discs", "#56b4e9", "#6cc4f5"),
    Element("inflammatory", "Signals", "signal", "strip 1", "#d55e00", "#ff7f2a"),
    Element("protease", "Signals", "signal", "strip 2", "#8a6d00", "#f0e442"),
    Element("tgf", "Signals", "signal", "strip 3", "#a3397a", "#e48cc0"),
    Element("tgf3", "Signals", "signal", "strip 4", "#5b4fa2", "#b3a8f0"),
    Element("vegf", "Signals", "signal", "strip 5", "#b2182b", "#ff6f61"),
    Element("fibroblast", "Repair", "cell", "thin spindles", "#8a8a8a", "#8d8d8d"),
    Element("activated", "Repair", "cell", "thick spindles", "#a3397a", "#e48cc0"),
    Element("myofibroblast", "Repair", "cell", "thick spindles with a bar", "#1a1a1a", "#ffffff"),
    Element("capillary_density", "Repair", "vessel", "rings; filled above rest", "#b2182b", "#ff6f61"),
    Element("collagen_3", "Matrix", "line", "thin lines; bright above rest", "#009e73", "#27c796"),
    Element("collagen_1", "Matrix", "line", "thick lines; bright above rest", "#0072b2", "#3fa2e6"),
    Element("alignment", "Matrix", "order", "slope and wave of the lines", "#0072b2", "#3fa2e6"),
    Element("elastin", "Matrix", "line", "curls", "#8f7a00", "#f0e442"),
    Element("epidermis", "Epidermis", "epidermis", "height of the epidermis", "#e3b08b", "#8a6248"),
    Element("melanin", "Epidermis", "grain", "small grains", "#6b4423", "#2a1608"),
    Element("post_inflammatory_pigment", "Epidermis", "grain", "large grains", "#2b1200", "#f2d3b8"),
)  # fmt: skip
#: Layer or surface → colour on light and on dark paper.
GROUND: Final = {
    "air": ("#ffffff", "#0d1117"),
    "stratum_corneum": ("#9a7350", "#c09a72"),
    "viable_epidermis": ("#e3b08b", "#8a6248"),
    "papillary_dermis": ("#fbe9e0", "#2b211e"),
    "reticular_dermis": ("#fdf4ef", "#221b19"),
    "fat": ("#fdf0c4", "#3a3419"),
    "ink": ("#1c2733", "#e6ebf0"),
    "edge": ("#4a4f55", "#c9d1d9"),
}
#: What each phase is, in plain words.
PHASE_WORDS: Final = {
    "inflammation": "immune cells enter the tissue and clear what the needles damaged",
    "proliferation": "fibroblasts and small vessels grow, and new collagen is made",
    "remodelling": "new collagen is cross-linked and matures",
}

# ------------------------------------------------------------------------------------------------- scale

#: Width of the section at least, over its depth, and below the deepest of what it shows, mm.
_WIDTH, _ASPECT, _BELOW = 2.0, 1.25, 0.1
#: Thickness of the slice whose cells are drawn, mm.
SLICE_MM: Final = 0.1
#: Marks of one kind at its peak at most, and what one mark may stand for.
_MOST_MARKS: Final = 110
_PER_MARK: Final[tuple[int, ...]] = tuple(step * 10**power for power in range(6) for step in (1, 2, 5))
#: Collagen that a line stands for, µg; lines of elastin, and rings of vessels, per mm² of the section at rest.
_COLLAGEN_UG: Final = {"collagen_1": 0.1, "collagen_3": 0.02}
_ELASTIN_MM2, _VESSELS_MM2 = 12.0, 22.0
#: Grains of pigment per mm of the epidermis for the melanin of normal skin.
_GRAINS_MM: Final = 40.0
#: Channels of a block in three dimensions at most, about.
_MOST_IN_BLOCK: Final = 150
#: Places of a session that are tried, and the difference of their seeds: beyond the number of sessions of any course.
_PLACES, _PLACE = 8, 1000
#: Dots of a clot in a channel in each depth cell at the peak.
CLOT: Final = 4
#: The square roots of these are the steps that spread places evenly along the section and in a cell.
_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
#: How far a place is moved at random, as a share.
_JITTER: Final = 0.12

#: Air above the skin that is drawn, mm.
AIR_MM: Final = 0.09


class LineShape(NamedTuple):
    """Half length of a line in the papillary and in the reticular dermis, height of its wave (mm), and its width."""

    papillary_mm: float
    reticular_mm: float
    wave_mm: float
    width: float


class Spindle(NamedTuple):
    """Half length and half width of a cell drawn as a spindle, mm."""

    half_length_mm: float
    half_width_mm: float


#: Shapes of marks.
LINES: Final = {
    "collagen_1": LineShape(0.045, 0.085, 0.011, 1.7),
    "collagen_3": LineShape(0.035, 0.05, 0.009, 0.9),
    "elastin": LineShape(0.02, 0.03, 0.02, 1.1),
}
SPINDLES: Final = {
    "fibroblast": Spindle(0.024, 0.008), "activated": Spindle(0.03, 0.02), "myofibroblast": Spindle(0.042, 0.024),
}  # fmt: skip
#: A mark fades in over the inverse of this, in marks.
SHARP: Final = 6.0
#: Steps of the places of a clot's dots down a channel and across it.
CLOT_STEPS: Final = (0.7548776662466927, 0.5698402909980532)

# ------------------------------------------------------------------------------------------------- times

#: Time within which the scale of the slider is linear after a session, days; it is logarithmic from there on.
_LINEAR: Final = 15.0 / 1440.0
#: Frames of a page at most, and between two sessions at least.
_FRAMES, _LEAST = 190, 9
#: The same of two cases beside each other.
_FRAMES_OF_TWO: Final = 125
#: Named times since the first session, days.
MOMENTS: Final = {
    "5 min": 5.0 / 1440.0, "1 h": 1.0 / 24.0, "6 h": 0.25, "1 d": 1.0, "3 d": 3.0, "10 d": 10.0, "30 d": 30.0,
    "90 d": 90.0, "180 d": 180.0, "1 year": 365.0,
}  # fmt: skip
#: Figures of a number in the data of a page.
_DIGITS: Final = 4


class Frame(NamedTuple):
    """One time of a section."""

    day: float
    """Since the first session."""
    done: tuple[int, ...]
    """Sessions that each case has had; of both sides of a session's day, the later one counts it."""


def frames_of(section: Section, days: Sequence[float] = ()) -> list[Frame]:
    """Times of a section: before treatment, then on a logarithmic scale of its own after every session.

    ``days`` are among them, beside the named ones.
    """
    starts = sorted({day for one in section.cases for day in one.states.session_days if day < section.until})
    pieces = list(pairwise([*starts, section.until]))
    lengths = [math.log10(1.0 + (end - start) / _LINEAR) for start, end in pieces]
    named = [*MOMENTS.values(), *days]
    found = [Frame(0.0, (0,) * len(section.cases))]
    wanted = _FRAMES if len(section.cases) == 1 else _FRAMES_OF_TWO
    least = min(_LEAST, max(wanted // len(pieces), 1))
    for (start, end), length in zip(pieces, lengths, strict=True):
        count = max(round(wanted * length / sum(lengths)), least)
        inside = [moment for moment in named if start < moment < end]
        beside = [math.log10(1.0 + (moment - start) / _LINEAR) for moment in inside]
        steps = np.arange(1, count) / count * length
        # a named time takes the place of its neighbour
        free = [step for step in steps if all(abs(step - other) > length / count / 2.0 for other in beside)]
        times = sorted({start, end, *inside, *(start + _LINEAR * (10.0**step - 1.0) for step in free)})
        done = tuple(sum(day <= start for day in one.states.session_days) for one in section.cases)
        found += [Frame(float(f"{day:.6g}") if day not in named else day, done) for day in times]
    return found


def sampled(one: SectionCase, frames: Sequence[Frame], number: int) -> dict[str, dict[str, Floats]]:
    """Series of every element at the times of a section: ``by_depth`` (times, cells), ``surface`` and ``closure``."""
    states = one.states
    ends = np.flatnonzero(np.diff(states.days) <= 0)
    pieces = list(zip([0, *(ends + 1)], [*(ends + 1), len(states.days)], strict=True))

    def through(values: Floats, before: Any) -> Floats:
        rows = []
        for frame in frames:
            if frame.done[number] == 0:
                rows.append(np.asarray(before, float))
                continue
            piece = slice(*pieces[frame.done[number] - 1])
            days, part = states.days[piece], values[piece]
            at = int(np.clip(np.searchsorted(days, frame.day), 1, len(days) - 1))
            share = np.clip((frame.day - days[at - 1]) / (days[at] - days[at - 1]), 0.0, 1.0)
            rows.append(part[at - 1] + share * (part[at] - part[at - 1]))
        return np.array(rows)

    def open_share(name: str) -> Floats:
        return np.array([
            0.0 if frame.done[number] == 0 else float(barrier.open_share(
                24.0 * (frame.day - states.session_days[frame.done[number] - 1]),
                getattr(one.sources[one.which[frame.done[number] - 1]].half_times, name)[:1],
            )[0]) for frame in frames
        ])  # fmt: skip

    names = {where: [e.name for e in ELEMENTS if e.where == where] for where in ("by_depth", "surface", "closure")}
    return {
        "by_depth": {name: through(states.by_depth[name], states.rest_by_depth[name]) for name in names["by_depth"]},
        "surface": {name: through(states.surface[name], states.rest_surface[name]) for name in names["surface"]},
        "closure": {name: open_share(name) for name in names["closure"]},
    }


# ------------------------------------------------------------------------------------------------- the scene


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel that the section shows: place along the section, depth below the surface, cut by the drag (mm)."""

    x: float
    depth: float
    cut: float


def channels_of(one: SectionCase, width_mm: float) -> list[dict[str, Any]]:
    """Channels of each session: those of a slice, with the numbers that their outline follows from.

    The slice is as thick as the mean distance of the channels, so that they stand as far apart as in the skin; where
    channels are wider than half of that, it is as thick as a channel is wide, so that the open share is that of the
    skin.
    """
    found = []
    for number, source in enumerate(one.which):
        made = one.sources[source]
        shape = ChannelGeometry.of(made.device, made.given, made.done, one.case.numerics.seed + number)
        widest = float(np.asarray(made.done.channel_width_mm)[0])
        numbers = {
            "diameter_mm": shape.channels["needle_diameter_mm"], "tip_mm": shape.channels["needle_tip_mm"],
            "taper_mm": shape.channels["needle_taper_mm"], "recoil": shape.recoil, "rim_mm": shape.rim_mm,
            "width_mm": widest, "per_cm2": 100.0 * shape.per_mm2, "bleeding_per_cm2":
            100.0 * float(np.asarray(made.done.bleeding_per_mm2)[0]),
            "reached_mm": float(np.asarray(made.done.median_depth_mm)[0]),
        }  # fmt: skip
        shown: list[Channel] = []
        block: dict[str, Any] | None = None
        thick = 0.0
        if shape.per_mm2 > 0:
            apart = shape.per_mm2**-0.5
            thick = widest if widest > apart / 2.0 else apart
            shown, block = _in_slice(shape, width_mm, thick)
        # a block in three dimensions for the first session of each source
        first = number == one.which.index(source)
        found.append(
            numbers | {"slice_mm": thick, "shown": [asdict(channel) for channel in shown]}
            | ({"block": block} if block and first else {})
        )  # fmt: skip
    return found


def _in_slice(shape: ChannelGeometry, width_mm: float, thick: float) -> tuple[list[Channel], dict[str, Any]]:
    """Channels of a slice with about the mean number of them, and those of a block around it."""
    margin = shape.channels["needle_diameter_mm"]
    area = (width_mm + 2.0 * margin) ** 2
    # coverage is uneven: of several places the one with about the mean number of channels
    places = [replace(shape, seed=shape.seed + _PLACE * k).entries(area**0.5) for k in range(_PLACES)]
    pattern, depths = min(places, key=lambda made: abs(len(made[1]) - shape.per_mm2 * area))
    x = pattern.x_mm - margin
    inside = (x > 0.0) & (x < width_mm)
    planes = np.linspace(thick / 2.0, width_mm + 2.0 * margin - thick / 2.0, 161)
    counts = np.array([(np.abs(pattern.y_mm[inside] - y) < thick / 2.0).sum() for y in planes])
    wanted = max(shape.per_mm2 * thick * width_mm, 1.0)
    level = float(planes[np.argmin(np.abs(counts - wanted) + 1e-3 * np.abs(planes - planes.mean()))])
    shown = [
        Channel(
            x=round(float(x[number]), 4), depth=round(float(depths[number]), 4),
            cut=round(shape.cut_mm * abs(math.cos(float(pattern.direction[number]))), 4),
        )
        for number in np.flatnonzero(inside & (np.abs(pattern.y_mm - level) < thick / 2.0))
    ]  # fmt: skip
    side = min(width_mm, (_MOST_IN_BLOCK / shape.per_mm2) ** 0.5)
    front = min(max(level - side / 2.0, 0.0), width_mm + 2.0 * margin - side)
    y = pattern.y_mm - front
    rows = np.column_stack([x, y, depths, pattern.direction])[(x > 0) & (x < side) & (y > 0) & (y < side)]
    entries = [[round(float(value), 3) for value in row] for row in rows]
    return shown, {"side_mm": side, "level_mm": level - front, "cut_mm": shape.cut_mm, "entries": entries}


def _per_mark(peak: float) -> int:
    """What one mark stands for: the smallest round number with which no more marks than wanted are drawn."""
    return min((number for number in _PER_MARK if peak / number <= _MOST_MARKS), default=_PER_MARK[-1])


class Scene(NamedTuple):
    """Everything that is drawn, by element: the data of a page."""

    frames: list[Frame]
    series: list[dict[str, dict[str, Floats]]]
    """Of each case."""
    width_mm: float
    bottom_mm: float
    """Below the surface at rest."""
    channels: list[list[dict[str, Any]]]
    """Of each case and session."""
    per_mark: dict[str, float]
    """Value of a state times area of the section (mm²) that one mark stands for."""
    counted: dict[str, str]
    """The same in words."""
    rest: dict[str, list[list[float]]]
    """Marks at rest by case and depth cell, of elements that show what is above rest."""
    places: dict[str, list[list[float]]]
    """Schematic places by element: depth cell, threshold, place along the section and in the cell (0 to 1), a turn."""
    peak: dict[str, float]
    """Largest value of a series in any case."""


def scene(section: Section, days: Sequence[float] = ()) -> Scene:
    """Frames, series, channels and places of a section, with ``days`` among the frames; one scale for both cases."""
    frames = frames_of(section, days)
    cases = section.cases
    series = [sampled(one, frames, number) for number, one in enumerate(cases)]
    top = [sum(one.states.epidermis_mm) for one in cases]
    dermis = [float(one.states.depth_faces_mm[-1]) for one in cases]
    floor = max(above + below for above, below in zip(top, dermis, strict=True)) + _BELOW
    width = max(_WIDTH, _ASPECT * floor)
    channels = [channels_of(one, width) for one in cases]
    deepest = max((c["depth"] + made["rim_mm"] for case in channels for made in case for c in made["shown"]), default=0)
    bottom = max(floor, deepest + _BELOW / 2.0)
    peak = {e.name: max(float(np.max(one[e.where][e.name])) for one in series) for e in ELEMENTS}
    areas = [width * np.diff(one.states.depth_faces_mm) for one in cases]
    per_mark: dict[str, float] = {}
    counted: dict[str, str] = {}
    rest: dict[str, list[list[float]]] = {}
    places: dict[str, list[list[float]]] = {}
    for element in ELEMENTS:
        name = element.name
        if element.kind == "cell":
            most = max(float((one["by_depth"][name] @ area).max()) for one, area in zip(series, areas, strict=True))
            cells = _per_mark(most * SLICE_MM)
            per_mark[name] = cells / SLICE_MM
            counted[name] = f"1 mark: {cells} {'cell' if cells == 1 else 'cells'}"
        elif element.kind in ("line", "vessel"):
            kind = {"collagen_1": 0, "collagen_3": 1}.get(name)
            if kind is None:
                per_mark[name] = 1.0 / (_ELASTIN_MM2 if element.kind == "line" else _VESSELS_MM2)
                counted[name] = f"{1 / per_mark[name]:g} per mm² at rest"
                contents = [np.ones_like(area) for area in areas]
            else:
                per_mark[name] = _COLLAGEN_UG[name] / SLICE_MM
                counted[name] = f"1 line: {_COLLAGEN_UG[name]:g} µg"
                contents = [np.asarray(one.states.rest_collagen[kind]) for one in cases]
            rest[name] = [_listed(area * c / per_mark[name]) for area, c in zip(areas, contents, strict=True)]
        elif element.kind == "grain":
            per_mark[name] = 1.0 / (_GRAINS_MM * width)
            counted[name] = f"{_GRAINS_MM:g} per mm at 1"
        if name in per_mark:
            places[name] = _places(element, series, areas, rest, per_mark[name])
    return Scene(frames, series, width, bottom, channels, per_mark, counted, rest, places, peak)


def _listed(values: Any) -> list[float]:
    return [round(float(value), 3) for value in values]


def marks(element: Element, values: Floats, area: Floats, rest: Floats | None, per_mark: float) -> Floats:
    """How many marks of an element stand in each depth cell (or in the epidermis) for its values."""
    if element.where == "surface":
        return np.asarray(values, float)[..., None] / per_mark
    return np.asarray(values) * (area / per_mark if rest is None else rest)


def _places(
    element: Element, series: Sequence[Any], areas: Sequence[Floats], rest: Any, per_mark: float
) -> list[list[float]]:
    """Enough places for the largest number of marks in each depth cell, spread evenly."""
    name = element.name
    most = np.max([
        marks(element, one[element.where][name], area, np.array(rest[name][k]) if name in rest else None, per_mark)
        .max(axis=0) for k, (one, area) in enumerate(zip(series, areas, strict=True))
    ], axis=0)  # fmt: skip
    order = [one.name for one in ELEMENTS].index(name)
    steps = [math.sqrt(_PRIMES[(order + other) % len(_PRIMES)]) for other in (0, 4)]
    found = []
    for cell, count in enumerate(most):
        rng = np.random.default_rng([order, cell])
        start, along, down = rng.random(3)
        for number in range(math.ceil(count + 1e-9) + 1 if count > 0 else 0):
            moved = rng.uniform(-_JITTER, _JITTER, 2)
            place = ((along + number * steps[0] + moved[0]) % 1.0, (down + number * steps[1] + moved[1]) % 1.0)
            found.append([float(cell), round(number + start, 3), *(round(v, 3) for v in (*place, rng.random()))])
    return found


# ------------------------------------------------------------------------------------------------- data of the page


def section_document(section: Section) -> dict[str, Any]:
    """What a section shows, as JSON values: each element's series stands under the name of its state."""
    of = scene(section)
    return {
        "neodermis": version("neodermis"),
        "site": section.site,
        "time_day": [frame.day for frame in of.frames],
        "moments": {name: day for name, day in MOMENTS.items() if day <= section.until},
        "elements": [_element(element, of) for element in ELEMENTS],
        "ground": {name: {"light": light, "dark": dark} for name, (light, dark) in GROUND.items()},
        "layers": dict(LAYER_NAMES),
        "phases": {name: {"colour": colour, "words": PHASE_WORDS[name]} for name, colour in PHASES.items()},
        "scale": {"width_mm": of.width_mm, "bottom_mm": of.bottom_mm, "slice_mm": SLICE_MM, "air_mm": AIR_MM},
        "shapes": {
            "lines": {name: shape._asdict() for name, shape in LINES.items()},
            "spindles": {name: shape._asdict() for name, shape in SPINDLES.items()},
            "sharp": SHARP,
            "clot": CLOT,
            "clot_steps": CLOT_STEPS,
        },
        "places": of.places,
        "cases": [_case(one, number, of) for number, one in enumerate(section.cases)],
        "warnings": list(section.warnings),
    }


def _element(element: Element, of: Scene) -> dict[str, Any]:
    name = element.name
    return {
        "name": name, "group": element.group, "kind": element.kind, "where": element.where, "label": element.label,
        "unit": element.unit, "drawn": element.drawn, "light": element.light, "dark": element.dark,
        "peak": of.peak[name],
        **({"per_mark": of.per_mark[name], "counted": of.counted[name]} if name in of.per_mark else {}),
    }  # fmt: skip


def _case(one: SectionCase, number: int, of: Scene) -> dict[str, Any]:
    states, series = one.states, of.series[number]
    return {
        "label": one.label,
        "protocol": one.plan.sentence,
        "patient": person_text(one.case.patient.said),
        "beyond_limits": one.case.exceeds,
        "case": one.case.document,
        "session_day": list(states.session_days),
        "sessions_done": [frame.done[number] for frame in of.frames],
        "depth_faces_mm": [float(f"{face:.6g}") for face in states.depth_faces_mm],
        "papillary_cells": states.papillary,
        "epidermis_mm": list(states.epidermis_mm),
        "phases": [phase._asdict() for phase in states.phases],
        "channels": of.channels[number],
        "rest": {name: rows[number] for name, rows in of.rest.items()},
        **{
            where: {name: _numbers(values, of.peak[name]) for name, values in names.items()}
            for where, names in series.items()
        },
    }


def _numbers(values: Floats, peak: float) -> Any:
    """Numbers to four significant digits, and none below a hundred-thousandth of the peak."""
    if values.ndim > 1:
        return [_numbers(row, peak) for row in values]
    return [0 if abs(value) < 1e-5 * peak else _short(float(value)) for value in values]


def _short(value: float) -> float | int:
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


# ------------------------------------------------------------------------------------------------- the page


@cache
def _part(name: str) -> str:
    return (files("neodermis.report") / "data" / name).read_text("utf-8")


def section_html(section: Section) -> str:
    """The section as one self-contained page that moves through time."""
    data = json.dumps(section_document(section), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    parts = {
        "TITLE": escape(printable(_title(section))),
        "STYLE": _part("section.css"),
        "SCRIPT": _part("section.js"),
        "BLOCK": _part("block.js"),
        "DATA": data.replace("<", "\\u003c"),
        "FOOT": escape(printable(" ".join(_basis(section)))),
    }
    text = _part("section.html")
    for name, value in parts.items():
        text = text.replace(f"<!--{name}-->", value)
    return text


def write_section_page(section: Section, path: Path) -> None:
    """Write :func:`section_html` atomically."""
    check_outputs([("html", path)])
    text = section_html(section)
    with replacing(path) as draft:
        draft.write_text(text, "utf-8")


def _title(section: Section) -> str:
    return f"Healing of the skin in section, {section.site}"


def _basis(section: Section) -> Iterator[str]:
    """Sentences on what a section rests on."""
    parameters = section.cases[0].case.chosen
    yield f"neodermis {version('neodermis')}, parameters {parameters.name} {parameters.version},"
    yield f"{100.0 * parameters.assumed_share():.0f} % of them assumed."
    yield DISCLAIMER


# ------------------------------------------------------------------------------------------------- as text


def phase_sentences(one: SectionCase) -> list[str]:
    """Phases of the answer to the first session, with their days."""
    if not one.states.phases:
        return ["There is no injury, hence no phases of healing."]
    return [
        f"{phase.name.capitalize()}: {PHASE_WORDS[phase.name]}; day {number_text(phase.start_day)} to "
        f"{number_text(phase.end_day)} after the first session, peak on day {number_text(phase.peak_day)}."
        for phase in one.states.phases
    ]


def amount_text(value: float, unit: str) -> str:
    """A value in its unit: to three significant digits where it is relative to rest, whose changes are small."""
    return f"{value:.3g}" if unit == "× rest" else number_text(value)


def peak_rows(one: SectionCase) -> list[tuple[str, ...]]:
    """Largest departure from rest of each element: value before, value, day, layer."""
    states = one.states
    rows: list[tuple[str, ...]] = []
    for element in ELEMENTS:
        if element.where == "closure":
            continue
        courses: dict[str, tuple[Floats, float]]
        if element.where == "surface":
            courses = {"epidermis": (states.surface[element.name], states.rest_surface[element.name])}
        else:
            weights = np.diff(states.depth_faces_mm)
            parts = {"papillary dermis": slice(0, states.papillary), "reticular dermis": slice(states.papillary, None)}
            courses = {
                layer: (
                    np.average(states.by_depth[element.name][:, part], axis=1, weights=weights[part]),
                    float(np.average(states.rest_by_depth[element.name][part], weights=weights[part])),
                )
                for layer, part in parts.items()
            }
        layer, (values, before) = max(courses.items(), key=lambda one: float(np.abs(one[1][0] - one[1][1]).max()))
        at = int(np.abs(values - before).argmax())
        amounts = (amount_text(one, element.unit) for one in (before, float(values[at])))
        rows.append((element.label, *amounts, element.unit, f"{states.days[at]:.3g}", layer))
    return rows


#: Columns of the numbers of a section as a table; the first five name a row.
TIDY: Final = ("case", "state", "depth_mm", "day", "sessions", "unit", "value")


def tidy_rows(section: Section) -> Iterator[tuple[object, ...]]:
    """Every series by depth below the surface (mm; of the epidermis its middle) and time, with the sessions so far."""
    frames = frames_of(section)
    for number, one in enumerate(section.cases):
        faces, top = one.states.depth_faces_mm, sum(one.states.epidermis_mm)
        middles = top + (faces[:-1] + faces[1:]) / 2.0
        series = sampled(one, frames, number)
        for element in ELEMENTS:
            values = series[element.where][element.name]
            columns = zip(middles, values.T, strict=True) if element.where == "by_depth" else [(top / 2.0, values)]
            for depth, column in columns:
                for frame, value in zip(frames, column, strict=True):
                    done = frame.done[number]
                    yield one.label, element.name, float(depth), frame.day, done, element.unit, float(value)


def section_page(section: Section) -> Page:
    """A section as a page of text: phases, peaks, and the section at several times."""
    from neodermis.report.section_figure import section_figure

    page: list[Block] = [Heading(_title(section), 1)]
    for one in section.cases:
        page.append(Paragraph(f"{one.label}: {one.plan.sentence}" if one.label else one.plan.sentence, "lead"))
        page.append(Paragraph(person_text(one.case.patient.said), "soft"))
        page.append(Points(phase_sentences(one), "lead"))
    page.append(Figure(lambda: section_figure(section), "Section of the skin at several times; the table gives peaks."))
    header = ("state", "before", "largest change", "unit", "day", "layer")
    for one in section.cases:
        title = f"Largest change of each state{f', {one.label}' if one.label else ''} (central course, layer means)"
        page.append(Table(title, header, peak_rows(one)))
    if section.warnings:
        page.append(Note(section.warnings))
    return page
