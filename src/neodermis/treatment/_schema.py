"""The schema of device files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from neodermis.errors import DataFileError
from neodermis.treatment.device import Kind

#: Tiers: A label, clearance or manufacturer, A2 the same through a third party, B trial, C article, D clinic or seller.
_Tier = Literal["A", "A2", "B", "C", "D"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Source(_Table):
    title: str = Field(min_length=1)
    year: int | None = None
    doi: str | None = None
    pmid: str | None = None
    address: str = Field(min_length=1)


class _Quantity(_Table):
    value: FiniteFloat | None = None
    low: FiniteFloat | None = None
    middle: FiniteFloat | None = None
    high: FiniteFloat | None = None
    unit: str
    assumed: bool = False
    basis: str = ""
    sources: list[str] = []

    @model_validator(mode="after")
    def _one_form(self) -> _Quantity:
        single = self.value is not None and self.low is self.middle is self.high is None
        ranged = self.value is None and self.low is not None and self.high is not None
        if not (single or ranged):
            raise ValueError("either a value, or low and high with or without middle")
        return self


class _Published(_Quantity):
    """A quantity of a device: it has sources unless it is an assumption."""

    @model_validator(mode="after")
    def _grounded(self) -> _Published:
        if not self.assumed and not self.sources:
            raise ValueError("sources, or assumed = true with a basis")
        return self


class _Settings(_Table):
    """Depth settings of a device: a list, or the first, the last and the step."""

    values: list[FiniteFloat] | None = Field(default=None, min_length=1)
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    step: FiniteFloat | None = Field(default=None, gt=0)
    unit: str
    tier: _Tier
    basis: str = Field(min_length=1)
    sources: list[str] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_form(self) -> _Settings:
        steps = (self.low, self.high, self.step)
        if not (all(step is None for step in steps) if self.values else all(step is not None for step in steps)):
            raise ValueError("either values, or low, high and step")
        return self


class _Passes(_Published):
    """Usual number of passes: the middle of a range, and the tier of its source."""

    unit: Literal["1"]
    tier: _Tier


class _Course(_Table):
    """The course of a label or of the trial behind it."""

    sessions: int = Field(ge=1)
    interval_days: FiniteFloat = Field(gt=0)
    tier: _Tier
    basis: str = Field(min_length=1)
    sources: list[str] = Field(min_length=1)


class _Class(_Table):
    needles: _Quantity | None = None
    needle_diameter: _Quantity | None = None
    needle_tip_radius: _Quantity | None = None
    needle_taper: _Quantity | None = None
    frequency: _Quantity | None = None
    head_width: _Quantity | None = None
    drum_diameter: _Quantity | None = None
    drum_width: _Quantity | None = None
    head_area: _Quantity | None = None
    passes: _Passes | None = None
    depth: _Quantity


class _Device(_Table):
    name: str = Field(min_length=1)
    kind: Kind
    aliases: list[str] = []
    home_use: bool = False
    notes: str = ""
    sources: list[str] = []
    needles: _Published | None = None
    needle_diameter: _Published | None = None
    needle_tip_radius: _Published | None = None
    needle_taper: _Published | None = None
    needle_length: _Published | None = None
    depth: _Published | None = None
    settings: _Settings | None = None
    depth_evaluated: _Published | None = None
    depth_tolerance: _Published | None = None
    frequency: _Published | None = None
    head_width: _Published | None = None
    drum_diameter: _Published | None = None
    drum_width: _Published | None = None
    head_area: _Published | None = None
    passes: _Passes | None = None
    course: _Course | None = None


_Limited = Literal[
    "needles", "needle_diameter", "needle_tip_radius", "needle_taper", "needle_length", "depth", "depth_evaluated",
    "depth_tolerance", "frequency", "head_width", "drum_diameter", "drum_width", "head_area", "passes",
]  # fmt: skip


class _Classes(_Table):
    pen: _Class | None = None
    roller: _Class | None = None
    stamp: _Class | None = None


class _Document(_Table):
    schema_version: Literal[1]
    sources: dict[str, _Source] = {}
    accepted: dict[_Limited, _Quantity] = {}
    classes: _Classes | None = Field(default=None, alias="class")
    device: dict[str, _Device] = Field(min_length=1)


#: Accepted values for faults that pydantic describes otherwise.
_PLAIN = {"missing": "this field is required", "extra_forbidden": "there is no field of this name"}


def check(file: Path, document: dict[str, Any]) -> None:
    """Check a parsed device file against the schema; the first fault is a :class:`DataFileError`."""
    try:
        _Document.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        path = [str(part) for part in fault["loc"]]
        # [device.ID] and [sources.KEY] are entries; what follows names the field.
        entry, field = ".".join(path[:2]), ".".join(path[2:])
        accepted = _PLAIN.get(fault["type"], fault["msg"].removeprefix("Value error, "))
        value = fault["input"] if isinstance(fault["input"], (str, int, float)) else None
        raise DataFileError(file, entry, field, value=value, accepted=accepted) from None
