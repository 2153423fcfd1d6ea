"""Treatments by heat: needles with radiofrequency current and fractional lasers, as objects and in a sentence.

A sentence of heat is one of the protocol language, with the settings of the device in place of needles and passes::

    1 session: secret_rf; cheek 1.5 mm, level 6
    3 sessions every 4 weeks: er_yag_fractional; cheek 30 mJ, 15 %

A setting of 0 is a sham.  What no source publishes (watts, milliseconds, insulation) is a range of the catalogue
(``data/heat_devices.toml``) and cannot be set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from neodermis.documents import read_document
from neodermis.errors import InputError
from neodermis.names import Names
from neodermis.treatment.device import Span, written
from neodermis.treatment.schedule import Course, Schedule, check_sites
from neodermis.units import read_number

Kind: TypeAlias = Literal["rf_needle", "ablative_laser", "coagulating_laser"]

FILE: Final = Path(__file__).with_name("data") / "heat_devices.toml"
#: Kind of device → what it is called in messages.
KINDS: Final[Mapping[Kind, str]] = {
    "rf_needle": "needles with radiofrequency current",
    "ablative_laser": "an ablative fractional laser",
    "coagulating_laser": "a non-ablative fractional laser",
}


class Setting(NamedTuple):
    """A setting that a sentence gives: its words in a message, and its unit."""

    name: str
    unit: str


#: Field of :class:`HeatPass` that is a setting of a device → its name and unit.
SETTINGS: Final = {
    "depth_mm": Setting("depth", "mm"),
    "level": Setting("level", ""),
    "energy_mj": Setting("energy of a pulse", "mJ"),
    "density_pct": Setting("density", "%"),
}
#: Settings that each kind of device has, all of which a sentence gives.
SETTINGS_OF: Final[Mapping[Kind, tuple[str, ...]]] = {
    "rf_needle": ("depth_mm", "level"),
    "ablative_laser": ("energy_mj", "density_pct"),
    "coagulating_laser": ("energy_mj", "density_pct"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatDevice:
    """A device that heats, with the ranges of its settings and of what is not published."""

    id: str
    name: str
    kind: Kind
    sized_by: str
    """What its column is sized by: the part of a parameter's name after ``column_energy_``."""
    sources: tuple[str, ...]
    rim: str = ""
    """The same of the coagulated rim of an ablative laser, after ``rim_spread_``."""
    aliases: tuple[str, ...] = ()
    notes: str = ""
    wavelength_nm: float | None = None
    absorption_per_cm: float | None = None
    """Of water at the wavelength."""
    depth_mm: Span | None = None
    level: Span | None = None
    energy_mj: Span | None = None
    density_pct: Span | None = None
    spot_um: Span | None = None
    pulse_ms: Span | None = None
    columns_per_cm2: Span | None = None
    exposed_mm: Span | None = None

    @property
    def settings(self) -> Mapping[str, Span]:
        """Settings that a sentence gives, each with its range."""
        return {name: getattr(self, name) for name in SETTINGS_OF[self.kind]}

    @property
    def example(self) -> str:
        """Settings to copy, in the middle of each range."""
        return ", ".join(said(name, round(span.middle)) for name, span in self.settings.items())

    @property
    def spans(self) -> Mapping[str, Span]:
        """Every range of the device by name."""
        return {one.name: span for one in fields(self) if isinstance(span := getattr(self, one.name), Span)}

    def assumptions(self) -> list[str]:
        """Sentences on the numbers that are assumed."""
        return [
            f"{self.id}: {span.basis} ({written(span.low)} to {written(span.high)})"
            for span in self.spans.values()
            if span.assumed
        ]


def said(setting: str, value: float) -> str:
    """A setting as a sentence has it."""
    unit = SETTINGS[setting].unit
    return f"level {written(value)}" if setting == "level" else f"{written(value)} {unit}"


class _File(NamedTuple):
    devices: Mapping[str, HeatDevice]
    accepted: Mapping[str, Span]


@cache
def _shipped() -> _File:
    document = read_document(FILE)
    return _File(
        {id: _device(id, entry) for id, entry in document["device"].items()},
        {name: _span(entry) for name, entry in document["accepted"].items()},
    )


def _span(raw: Mapping[str, Any]) -> Span:
    return Span(
        low=float(raw["low"]),
        middle=float(raw.get("middle", (raw["low"] + raw["high"]) / 2.0)),
        high=float(raw["high"]),
        assumed=raw.get("assumed", False),
        basis=raw["basis"],
        sources=tuple(raw.get("sources", ())),
    )


def _device(id: str, raw: Mapping[str, Any]) -> HeatDevice:
    spans = {name: _span(value) for name, value in raw.items() if isinstance(value, dict)}
    plain: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in raw.items() if name not in spans
    }
    more = [key for span in spans.values() for key in span.sources]
    plain["sources"] = tuple(dict.fromkeys([*plain["sources"], *more]))
    return HeatDevice(id=id, **plain | spans)


def load_heat_devices() -> Mapping[str, HeatDevice]:
    """Devices that heat, by id."""
    return _shipped().devices


@cache
def heat_device_names() -> Names:
    """Every name of a device that heats."""
    devices = load_heat_devices()
    return Names.of("device", FILE, {id: (one.name, *one.aliases) for id, one in devices.items()}, {})


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatPass:
    """Treatment of one site in one session by heat; the settings of other kinds of device are None.

    Raises
    ------
    InputError
        A number is not one, or outside the range of this program; names it.
    """

    site: str
    depth_mm: float | None = None
    """Set depth of the needles' tips, mm; 0 is a sham."""
    level: float | None = None
    """Level of the current, on the scale of the device; 0 is a sham."""
    energy_mj: float | None = None
    """Energy of one pulse of one column, mJ; 0 is a sham."""
    density_pct: float | None = None
    """Share of the surface under the beam in one pass, %; 0 is a sham."""
    pulses: int = 1
    """Pulses stacked on one place."""
    passes: int = 1
    """Passes over the whole site, each with its own columns."""

    def __post_init__(self) -> None:
        for name in ("pulses", "passes"):
            span = _shipped().accepted[name]
            value = read_number(
                getattr(self, name), what=f"{name} at {self.site}", low=span.low, high=span.high, whose=span.basis,
                whole=True, next_step=f"give the number of {name}, for instance 1, or leave it out for one",
            )  # fmt: skip
            object.__setattr__(self, name, int(value))

    @property
    def given(self) -> Mapping[str, float]:
        """Settings that were given."""
        return {name: value for name in SETTINGS if (value := getattr(self, name)) is not None}

    @property
    def sham(self) -> bool:
        """Whether nothing is done: a setting is 0."""
        return not all(self.given.values())

    def __str__(self) -> str:
        settings = ", ".join(said(name, value) for name, value in self.given.items())
        stacked = "" if self.pulses == 1 else f", {self.pulses} pulses"
        return f"{self.site} {settings}{stacked}" + ("" if self.passes == 1 else f", {self.passes} passes")


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatPhase(Course):
    """Equal sessions at equal intervals with one device that heats.

    Raises
    ------
    InputError
        A setting that the device lacks, one that is missing, or one outside its range; names the field, the value,
        the range and whose range it is.
    """

    device: HeatDevice
    treatments: tuple[HeatPass, ...]
    count: int
    interval_days: float = 0.0
    from_day: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "treatments", tuple(self.treatments))
        self.check_course()
        check_sites([one.site for one in self.treatments])
        for one in self.treatments:
            self._check(one)

    def _check(self, one: HeatPass) -> None:
        device = self.device
        wanted = " and ".join(SETTINGS[name].name for name in device.settings)
        copy = f"write for instance '{one.site} {device.example}'"
        whose = f"{device.id}, which is {KINDS[device.kind]}"
        for name, value in one.given.items():
            if name not in device.settings:
                raise InputError(
                    f"{SETTINGS[name].name} at {one.site}", value=said(name, value),
                    accepted=f"the settings of this device: {wanted}", whose=whose, next_step=copy,
                )  # fmt: skip
        for name, span in device.settings.items():
            setting, value = SETTINGS[name], getattr(one, name)
            accepted = f"0 (sham), or {span.low:g} to {span.high:g} {setting.unit}".rstrip()
            inside = value is not None and (value == 0 or span.low <= value <= span.high)
            if not inside or (name == "level" and value != int(value)):
                raise InputError(
                    f"{setting.name} at {one.site} with {device.id}",
                    value=None if value is None else said(name, value),
                    accepted=f"a whole number: {accepted}" if name == "level" else accepted,
                    whose=span.basis if span.assumed else f"settings of the device, {span.basis}",
                    next_step=copy,
                )  # fmt: skip
        if one.pulses > 1 and device.kind != "ablative_laser":
            raise InputError(
                f"pulses at {one.site}", value=one.pulses, accepted="1", whose=f"{whose}: stacked pulses are known of"
                " ablative lasers alone", next_step="leave the pulses out, or give passes",
            )  # fmt: skip

    @property
    def words(self) -> str:
        """The part of the sentence after the number of sessions and their days."""
        return "; ".join(map(str, (self.device.id, *self.treatments)))


class HeatPattern(NamedTuple):
    """Source of injury of one site in a session: a device that heats, with its settings."""

    device: HeatDevice
    pass_: HeatPass


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatProtocol(Schedule[HeatPhase]):
    """A course of sessions by heat, in one phase or several.

    ``str(protocol)`` is the sentence that :func:`~neodermis.treatment.protocol.read_treatment` reads back to an equal
    protocol.
    """

    phases: tuple[HeatPhase, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "phases", tuple(self.phases))
        self.check_schedule()

    def warnings(self) -> list[str]:
        """Assumptions on the devices, for the reader of a result."""
        return list(dict.fromkeys(line for phase in self.phases for line in phase.device.assumptions()))
