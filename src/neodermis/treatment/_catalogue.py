"""Reading of device files: TOML to devices and class ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args

from neodermis.documents import read_document
from neodermis.errors import DataFileError, InputError
from neodermis.names import Names
from neodermis.treatment.device import NAME_PATTERN, Device, Kind, LabelledCourse, Span, called
from neodermis.units import convert

SHIPPED: Final = Path(__file__).with_name("data") / "devices.toml"
QUESTIONS: Final = Path(__file__).with_name("data") / "device_questions.toml"

#: Quantity in the file → (field of :class:`Device`, unit of that field).
_FIELDS: Final = {
    "needles": ("needles", "needle"),
    "needle_diameter": ("needle_diameter_mm", "mm"),
    "needle_tip_radius": ("needle_tip_radius_um", "um"),
    "needle_taper": ("needle_taper_mm", "mm"),
    "depth_tolerance": ("depth_tolerance_mm", "mm"),
    "frequency": ("frequency_hz", "Hz"),
    "head_width": ("head_width_mm", "mm"),
    "drum_diameter": ("drum_diameter_mm", "mm"),
    "drum_width": ("drum_width_mm", "mm"),
    "head_area": ("head_area_mm2", "mm2"),
    "passes": ("usual_passes", "1"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """Contents of one device file."""

    devices: Mapping[str, Device]
    classes: Mapping[Kind, Mapping[str, Span]]
    """Field of :class:`Device` (and ``depth``, in mm) → range of the class, by kind."""
    sources: frozenset[str]
    """Keys of the sources of the devices and classes."""
    names: Names
    """Every name of a device, and the names that need a question."""
    accepted: Mapping[str, Span]
    """Quantity of the file → accepted range for a device of a sentence or file, in the unit of :class:`Device`."""


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """The shipped catalogue, read once.

    The schema is checked in the tests only: importing pydantic at run time would take longer than reading a protocol.
    """
    return _File(SHIPPED, read_document(SHIPPED), None).catalogue()


def read(file: Path) -> Catalogue:
    """A user's device file, checked against the schema and extended by the class ranges of the shipped file."""
    from neodermis.treatment import _schema

    document = read_document(file)
    _schema.check(file, document)
    return _File(file, document, shipped()).catalogue()


class _File:
    """A document that is converted to a catalogue; knows the file name for error messages."""

    def __init__(self, file: Path, document: Mapping[str, Any], base: Catalogue | None) -> None:
        self.file, self.document, self.base = file, document, base
        self.accepted: dict[str, Span] = dict(base.accepted) if base else {}
        # The tests check that the shipped file names works of the bibliography; a user's file has its own sources.
        self.cited: set[str] = set()
        self.sources = None if base is None else base.sources | {*document.get("sources", {})}

    def catalogue(self) -> Catalogue:
        for field, raw in self.document.get("accepted", {}).items():
            self.accepted[field] = self._span("accepted", field, raw, _FIELDS.get(field, (field, "mm"))[1])
        classes: dict[Kind, Mapping[str, Span]] = {}
        for kind in get_args(Kind):
            ranges = dict(self.base.classes[kind]) if self.base else {}
            for field, raw in self.document.get("class", {}).get(kind, {}).items():
                name, unit = _FIELDS.get(field, (field, "mm"))
                # the use of a kind of device is published; the build of one device is an assumption for the others
                assumed = {} if name == "usual_passes" else {"assumed": True}
                ranges[name] = self._span(f"class.{kind}", field, raw | assumed, unit)
            classes[kind] = MappingProxyType(ranges)
        devices = {id: self._device(id, raw, classes) for id, raw in self.document.get("device", {}).items()}
        # Questions concern names that no device has; a user's file has none.
        questions = {} if self.base else read_document(QUESTIONS)["ask"]
        return Catalogue(
            devices=MappingProxyType(devices),
            sources=frozenset(self.cited),
            classes=MappingProxyType(classes),
            names=Names.of("device", self.file, {id: called(one) for id, one in devices.items()}, questions),
            accepted=MappingProxyType(self.accepted),
        )

    def _span(self, entry: str, field: str, raw: Mapping[str, Any], unit: str) -> Span:
        self._check_sources(entry, f"{field}.sources", raw.get("sources", ()))
        low, high = (raw["value"],) * 2 if "value" in raw else (raw["low"], raw["high"])
        # Manufacturers give strokes per minute as revolutions.
        published = "1/min" if raw["unit"] == "rpm" else raw["unit"]
        try:
            low, middle, high = (
                convert(number, published, unit, what=field)
                for number in (low, raw.get("middle", (low + high) / 2), high)
            )
        except InputError as error:
            raise self._error(entry, f"{field}.unit", error) from error
        accepted = self.accepted.get(field)
        if accepted is not None and not (accepted.low <= low and high <= accepted.high):
            raise DataFileError(
                self.file,
                entry,
                field,
                value=f"{low:g}" if low == high else f"{low:g} to {high:g}",
                accepted=f"from {accepted.low:g} to {accepted.high:g}"
                + ("" if unit in ("needle", "1") else f" {unit}"),
                whose=accepted.basis,
            )
        assumed = raw.get("assumed", False)
        try:
            return Span(
                low=low,
                middle=middle,
                high=high,
                assumed=assumed,
                basis=raw.get("basis", "" if assumed else "published"),
                sources=tuple(raw.get("sources", ())),
                tier=raw.get("tier", ""),
            )
        except InputError as error:
            raise self._error(entry, f"{field}.{error.what}", error) from error

    def _settings(self, entry: str, raw: Mapping[str, Any]) -> tuple[tuple[float, ...], Span]:
        """Settings above 0 mm in ascending order, and their range with its sources."""
        ends = {"low": raw["values"][0], "high": raw["values"][-1]} if "values" in raw else raw
        kept = {key: raw[key] for key in ("unit", "basis", "sources", "tier")}
        span = self._span(entry, "settings", kept | {"low": ends["low"], "high": ends["high"]}, "mm")
        if "values" in raw:
            steps = [Decimal(str(value)) for value in raw["values"]]
        else:
            low, high, step = (Decimal(str(raw[key])) for key in ("low", "high", "step"))
            if (high - low) % step:
                accepted = "a whole number of steps from low to high"
                raise DataFileError(self.file, entry, "settings.step", value=str(step), accepted=accepted)
            steps = [low + number * step for number in range(int((high - low) / step) + 1)]
        return tuple(convert(float(value), raw["unit"], "mm", what="settings") for value in steps if value), span

    def _device(self, id: str, raw: Mapping[str, Any], classes: Mapping[Kind, Mapping[str, Span]]) -> Device:
        entry = f"device.{id}"
        if not NAME_PATTERN.fullmatch(id):
            accepted = "an id of at most 40 lower-case letters, digits and _, starting with a letter"
            raise DataFileError(self.file, entry, "id", value=id, accepted=accepted)
        kind: Kind = raw["kind"]
        own = tuple(raw.get("sources", ()))
        self._check_sources(entry, "sources", own)
        spans = {
            name: self._span(entry, field, raw[field], unit) for field, (name, unit) in _FIELDS.items() if field in raw
        }
        # Depth limits are never taken from the class: the limits of a device are not guessed.
        used = {name: span for name, span in classes[kind].items() if name != "depth"} | spans
        for field in ("needles", "needle_diameter", "needle_tip_radius", "needle_taper", "passes"):
            if _FIELDS[field][0] not in used:
                raise DataFileError(self.file, entry, field, accepted=f"required for a {kind}: its class has no range")
        length = self._span(entry, "needle_length", raw["needle_length"], "mm") if "needle_length" in raw else None
        fixed = kind == "roller" and length is not None and "depth" not in raw
        depth = self._span(entry, "depth", raw["depth"], "mm") if "depth" in raw else length
        if depth is None or not (fixed or "depth" in raw):
            raise DataFileError(self.file, entry, "depth", accepted="the smallest and the largest depth setting")
        evaluated = raw.get("depth_evaluated")
        settings = self._settings(entry, raw["settings"]) if "settings" in raw else None
        made_of = [span for name, span in used.items() if name != "usual_passes"]
        spans_seen = [*made_of, *([length] if length else []), depth, *([settings[1]] if settings else [])]
        try:
            return Device(
                id=id,
                name=raw["name"],
                kind=kind,
                needle_length_mm=length.high if length else depth.high,
                depth_min_mm=depth.low,
                depth_max_mm=depth.high,
                depth_fixed=fixed,
                depth_basis=depth.grounds,
                aliases=tuple(raw.get("aliases", ())),
                settings_mm=settings[0] if settings else (),
                settings_basis=settings[1].grounds if settings else "",
                course=self._course(entry, raw.get("course")),
                depth_evaluated_mm=self._span(entry, "depth_evaluated", evaluated, "mm").high if evaluated else None,
                home_use=raw.get("home_use", False),
                sources=tuple(dict.fromkeys([*(key for span in spans_seen for key in span.sources), *own])),
                notes=raw.get("notes", ""),
                **used,
            )
        except InputError as error:
            raise self._error(entry, error.what, error) from error

    def _course(self, entry: str, raw: Mapping[str, Any] | None) -> LabelledCourse | None:
        if raw is None:
            return None
        self._check_sources(entry, "course.sources", raw["sources"])
        return LabelledCourse(
            raw["sessions"], float(raw["interval_days"]), f"{raw['basis']}, tier {raw['tier']}", tuple(raw["sources"])
        )

    def _check_sources(self, entry: str, field: str, keys: Sequence[str]) -> None:
        self.cited.update(keys)
        for key in keys:
            if self.sources is not None and key not in self.sources:
                accepted = "the key of a [sources.KEY] table of this file, or of a source of a shipped device"
                raise DataFileError(self.file, entry, field, value=key, accepted=accepted)

    def _error(self, entry: str, field: str, error: InputError) -> DataFileError:
        whose = error.whose or "the schema of device files"
        return DataFileError(self.file, entry, field, value=error.value, accepted=error.accepted, whose=whose)
