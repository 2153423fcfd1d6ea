"""Devices that make channels in the skin: motorised pens, rollers and stamps.

A device is a catalogue entry (``data/devices.toml``), an entry of the user's own file in the same form, or
is described by a protocol sentence itself (``pen 36 x 0.25 mm``).  A number that is not published for a
device is a stated range of its class, marked assumed; :meth:`Device.assumptions` lists them in words.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from neodermis.errors import InputError
from neodermis.names import Names
from neodermis.notes import GEOMETRY, Note
from neodermis.units import read_number

Kind: TypeAlias = Literal["pen", "roller", "stamp"]

#: Tolerance (mm) within which a depth equals a setting, because sums of decimal fractions are not exact.
_SAME: Final = 1e-9

#: A catalogue id; a protocol sentence reads it as one word.
NAME_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A value known exactly (``low == middle == high``) or as a range, with its basis.

    Raises
    ------
    InputError
        A number is negative or not finite, the three are out of order, or an assumption has no basis.
    """

    low: float
    """Lower end, in the unit that the field's name ends with."""
    middle: float
    """Central value, used where a single number is needed."""
    high: float
    """Upper end."""
    assumed: bool
    """True where this is a stated assumption, False where it is published (a published range included)."""
    basis: str
    """Basis of the value or range in words; never empty for an assumption."""
    sources: tuple[str, ...]
    """Keys of works in the bibliography, or of the ``[sources]`` of the file."""
    tier: str = ""
    """Tier of the sources, where given: A label, clearance or manufacturer to D clinic, seller or website."""

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.middle <= self.high < math.inf:
            raise InputError(
                "range",
                value=f"{self.low} | {self.middle} | {self.high}",
                accepted="0 <= low <= middle <= high, all finite",
            )
        if self.assumed and not self.basis:
            raise InputError("basis", accepted="a text with the basis of the assumption")

    @property
    def grounds(self) -> str:
        """Basis, keys of the references and their tier, in words."""
        sources = f"{self.basis}: {', '.join(self.sources)}" if self.sources else self.basis
        return f"{sources}, tier {self.tier}" if self.tier else sources

    def __str__(self) -> str:
        return written(self.low) if self.low == self.high else f"{written(self.low)} to {written(self.high)}"


class LabelledCourse(NamedTuple):
    """The course of a device's label, or of the trial behind it."""

    sessions: int
    interval_days: float
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A device, described by the properties that determine the injury.

    Raises
    ------
    InputError
        A field that this kind of device needs is missing, one of another kind is given, or a number is out of order.
    """

    id: str
    """Catalogue id (``exceed``), or the words by which a sentence describes the device (``pen 36 x 0.25 mm``)."""
    name: str
    kind: Kind
    needles: Span
    """Number of needles of the cartridge, of the whole drum, or of the stamp."""
    needle_diameter_mm: Span
    needle_tip_radius_um: Span
    """Radius of the needle tip (µm); the insertion force increases with its area."""
    needle_taper_mm: Span
    """Length from the tip to the full width (mm); a shorter needle tapers over its whole length."""
    needle_length_mm: float
    """Length of the needles, or the longest setting (mm)."""
    depth_min_mm: float
    """Smallest depth setting above 0 (mm); 0 mm itself, a sham, is always allowed."""
    depth_max_mm: float
    """Largest depth setting (mm)."""
    depth_fixed: bool
    """True for a roller of one needle length: its depth is that length."""
    depth_basis: str
    """Source of the depth limits."""
    usual_passes: Span
    """Usual number of passes; the central value, a whole number, is used if a protocol gives none."""
    aliases: tuple[str, ...] = ()
    """Other names used by manufacturers and clinics."""
    settings_mm: tuple[float, ...] = ()
    """Depth settings above 0 (mm), ascending; empty where they are unknown."""
    settings_basis: str = ""
    """Source of the settings, with its tier."""
    depth_evaluated_mm: float | None = None
    """Greatest depth whose safety and effectiveness were evaluated (mm), where it is less than ``depth_max_mm``."""
    depth_tolerance_mm: Span | None = None
    """Tolerance of the needle protrusion (mm, plus or minus), where the manufacturer states one."""
    frequency_hz: Span | None = None
    """Stroke rate (1/s); pens only."""
    head_width_mm: Span | None = None
    """Width of the lane that the head covers (mm); pens only."""
    drum_diameter_mm: Span | None = None
    """Diameter of the drum (mm); rollers only."""
    drum_width_mm: Span | None = None
    """Width of the drum (mm); rollers only."""
    head_area_mm2: Span | None = None
    """Area of the needle head (mm²); stamps only."""
    course: LabelledCourse | None = None
    """Its labelled course; None if no label or trial was found."""
    home_use: bool = False
    """True for a device sold for home use."""
    sources: tuple[str, ...] = ()
    """Keys of all references of this device, in the order of first use."""
    notes: str = ""

    def __post_init__(self) -> None:
        for field, kind in _OWN_FIELDS.items():
            if (getattr(self, field) is None) == (kind == self.kind):
                state = "needed for" if kind == self.kind else "not a property of"
                raise InputError(
                    field, accepted=f"a {kind}'s field: {state} a {self.kind}", whose="the kinds of device"
                )
        if self.needles.low < 1 or self.needle_diameter_mm.low <= 0 or not 0 < self.needle_length_mm < math.inf:
            raise InputError(
                "needles", value=self.id, accepted="one needle or more, with a diameter and a length above 0 mm"
            )
        if not 1 <= self.usual_passes.middle == int(self.usual_passes.middle):
            raise InputError("passes", value=f"{self.usual_passes.middle:g}", accepted="a whole number as the middle")
        if not 0 <= self.depth_min_mm <= self.depth_max_mm < math.inf:
            raise InputError("depth", value=f"{self.depth_min_mm} to {self.depth_max_mm}", accepted="0 <= low <= high")
        if self.depth_fixed and not self.depth_min_mm == self.depth_max_mm == self.needle_length_mm:
            raise InputError("depth", value=self.depth_max_mm, accepted="the needle length, for a fixed depth")
        ascending = all(low < high for low, high in pairwise((0.0, *self.settings_mm)))
        if self.settings_mm and not (ascending and self.settings_mm[-1] == self.depth_max_mm >= self.depth_min_mm):
            raise InputError(
                "settings", value=", ".join(map(written, self.settings_mm)),
                accepted="depths above 0 mm in ascending order, the last one the greatest depth of the device",
            )  # fmt: skip

    @property
    def inline(self) -> bool:
        """True where a sentence describes the device, false for an entry of a catalogue."""
        return " " in self.id

    @property
    def depth_range(self) -> str:
        """Accepted depths in words."""
        if self.depth_fixed:
            return f"0 mm (sham) or {written(self.needle_length_mm)} mm, the length of its needles"
        sham = "0 mm (sham) or " if self.depth_min_mm else ""
        return f"{sham}{written(self.depth_min_mm)} to {written(self.depth_max_mm)} mm"

    def allows_depth(self, depth_mm: float) -> bool:
        """True where the device can be set to this depth; 0 mm is a sham and always allowed."""
        return depth_mm == 0 or self.depth_min_mm <= depth_mm <= self.depth_max_mm

    def settable(self, depth_mm: float) -> float:
        """The deepest setting that is not deeper than ``depth_mm`` (mm), 0 where every setting is deeper.

        A device with unknown settings accepts any depth.
        """
        if not self.settings_mm:
            return depth_mm
        return (0.0, *self.settings_mm)[bisect_right(self.settings_mm, depth_mm + _SAME)]

    def neighbours(self, depth_mm: float) -> tuple[float, float] | None:
        """The two settings next to a depth that is not a setting (mm); None for any other depth.

        The lower one is 0 for a depth below the smallest setting.
        """
        below = self.settable(depth_mm)
        deeper = [setting for setting in self.settings_mm if setting > below]
        return (below, deeper[0]) if deeper and depth_mm - below > _SAME else None

    def assumptions(self) -> list[Note]:
        """One sentence for each assumed number, used in warnings."""
        unknown = "not part of the sentence" if self.inline else "not published"
        lines: list[Note] = []
        for field, (label, unit) in _LABELS.items():
            span: Span | None = getattr(self, field)
            if span is not None and span.assumed:
                told = f"{self.id}: {label} is {unknown}; {span}{unit} used (assumed from {span.basis})"
                lines.append(Note(told, GEOMETRY))
        return lines


_OWN_FIELDS: Final[dict[str, Kind]] = {
    "frequency_hz": "pen",
    "head_width_mm": "pen",
    "drum_diameter_mm": "roller",
    "drum_width_mm": "roller",
    "head_area_mm2": "stamp",
}
_LABELS: Final = {
    "needles": ("needle count", ""),
    "needle_diameter_mm": ("needle diameter", " mm"),
    "needle_tip_radius_um": ("radius of the needle's tip", " µm"),
    "needle_taper_mm": ("length of the needle's taper", " mm"),
    "depth_tolerance_mm": ("depth tolerance", " mm"),
    "frequency_hz": ("stroke rate", " Hz"),
    "head_width_mm": ("width of the head", " mm"),
    "drum_diameter_mm": ("drum diameter", " mm"),
    "drum_width_mm": ("drum width", " mm"),
    "head_area_mm2": ("head area", " mm²"),
}


def load_devices(file: Path | None = None) -> Mapping[str, Device]:
    """Devices by id: the shipped catalogue, or the user's own file in the same form.

    Parameters
    ----------
    file
        A TOML file of devices; ``None`` for the shipped catalogue, which is read once.

    Raises
    ------
    DataFileError
        The file cannot be read or breaks its schema; names the file, the entry and the field.
    """
    from neodermis.treatment import _catalogue

    return (_catalogue.shipped() if file is None else _catalogue.read(file)).devices


def device_names(devices: Mapping[str, Device] | None = None) -> Names:
    """Every name of a device, and the names that need a question.

    The names of a device are its id, its name with and without the part in brackets, and its aliases.  A device outside
    the shipped catalogue keeps the names that it shares with a shipped one.
    """
    from neodermis.treatment import _catalogue

    shipped = _catalogue.shipped()
    if devices is None or devices is shipped.devices:
        return shipped.names
    own = Names.of("device", "", {id: called(one) for id, one in devices.items() if one != shipped.devices.get(id)}, {})
    kept = {name: id for name, id in shipped.names.spellings.items() if devices.get(id) == shipped.devices[id]}
    questions = {
        name: question
        for name, question in shipped.names.questions.items()
        if name not in own.spellings and devices.keys() >= {*question.choices}
    }
    return Names(kind="device", spellings={**kept, **own.spellings}, questions=questions)


def called(device: Device) -> tuple[str, ...]:
    """Names of a device other than its id."""
    return (device.name, re.sub(r"\(.*?\)", "", device.name), *device.aliases)


def find_device(name: str, *, devices: Mapping[str, Device] | None = None) -> Device:
    """The device of this id or name; capitals, blanks, hyphens and ``_`` do not matter.

    Raises
    ------
    AmbiguousNameError
        The name is that of several devices.
    UnknownNameError
        There is no such device; names the closest one.
    """
    return (load_devices() if devices is None else devices)[device_names(devices).find(name)]


def pen(count: int, diameter_mm: float) -> Device:
    """A motorised pen with ``count`` needles of ``diameter_mm``; the stroke rate is the range of its class.

    Raises
    ------
    InputError
        Count or diameter outside the accepted range.
    """
    return _inline("pen", count, diameter_mm, None)


def stamp(count: int, diameter_mm: float) -> Device:
    """A hand-held stamp with ``count`` needles of ``diameter_mm``; the head area is the range of its class.

    Raises
    ------
    InputError
        Count or diameter outside the accepted range.
    """
    return _inline("stamp", count, diameter_mm, None)


def roller(count: int, length_mm: float, diameter_mm: float) -> Device:
    """A roller with ``count`` needles of ``length_mm`` and ``diameter_mm``; the drum is the range of its class.

    Raises
    ------
    InputError
        Count, length or diameter outside the accepted range.
    """
    return _inline("roller", count, diameter_mm, length_mm)


def of_kind(kind: str) -> Device | None:
    """A device that stands for its kind: the generic roller of the catalogue, or a pen in the middle of its class.

    None of a kind of which the catalogue gives no number of needles.
    """
    from neodermis.treatment import _catalogue

    if kind == "roller":
        return find_device("roller_generic")
    classes: Mapping[str, Mapping[str, Span]] = _catalogue.shipped().classes  # type: ignore[assignment]  # any name is asked
    ranges = classes.get(kind, {})
    if "needles" not in ranges or "needle_diameter_mm" not in ranges:
        return None
    count, diameter = ranges["needles"].middle, ranges["needle_diameter_mm"].middle
    return _inline(kind, round(count), round(diameter, 2), None)  # type: ignore[arg-type]  # a kind


def _inline(kind: Kind, count: int, diameter_mm: float, length_mm: float | None) -> Device:
    from neodermis.treatment import _catalogue

    catalogue = _catalogue.shipped()
    ranges = catalogue.classes[kind]
    depth = ranges["depth"]

    def given(what: str, value: float, accepted: Span, unit: str, *, whole: bool = False) -> float:
        return read_number(
            value, what=what, low=accepted.low, high=accepted.high, whose=accepted.basis, unit=unit, whole=whole
        )

    count = int(given(f"needles of the {kind}", count, catalogue.accepted["needles"], "1", whole=True))
    diameter_mm = given(f"needle diameter of the {kind}", diameter_mm, catalogue.accepted["needle_diameter"], "mm")
    words = [kind, f"{count}", "x", f"{written(diameter_mm)} mm"]
    if length_mm is not None:
        length_mm = given("needle length of the roller", length_mm, depth, "mm")
        words[2:2] = ["x", f"{written(length_mm)} mm"]
    own = {field: span for field, span in ranges.items() if _OWN_FIELDS.get(field) == kind}
    tip, taper = ranges["needle_tip_radius_um"], ranges["needle_taper_mm"]
    used = [tip, taper, *own.values(), *([depth] if length_mm is None else [])]
    text = " ".join(words)
    return Device(
        id=text,
        name=text,
        kind=kind,
        needles=_stated(count),
        needle_diameter_mm=_stated(diameter_mm),
        needle_tip_radius_um=tip,
        needle_taper_mm=taper,
        needle_length_mm=depth.high if length_mm is None else length_mm,
        depth_min_mm=depth.low if length_mm is None else length_mm,
        depth_max_mm=depth.high if length_mm is None else length_mm,
        depth_fixed=length_mm is not None,
        depth_basis=depth.grounds if length_mm is None else "the needle length in the sentence",
        usual_passes=ranges["usual_passes"],
        sources=tuple(dict.fromkeys(key for span in used for key in span.sources)),
        frequency_hz=own.get("frequency_hz"),
        head_width_mm=own.get("head_width_mm"),
        drum_diameter_mm=own.get("drum_diameter_mm"),
        drum_width_mm=own.get("drum_width_mm"),
        head_area_mm2=own.get("head_area_mm2"),
    )


def _stated(value: float) -> Span:
    return Span(low=value, middle=value, high=value, assumed=False, basis="the protocol sentence", sources=())


def written(value: float) -> str:
    """``value`` as the shortest text that reads back as the same number; whole numbers without ``.0``."""
    return repr(float(value)).removesuffix(".0") if value else "0"


def dialled(depth_mm: float) -> str:
    """A depth setting with its unit, with at least one decimal."""
    text = written(depth_mm)
    return f"{text if '.' in text else f'{text}.0'} mm"
