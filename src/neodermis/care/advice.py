"""Advice and its timing, from ``data/care.toml``: items with every reported time, labels and red flags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, TypeAlias

from neodermis.care.tiers import best_tier
from neodermis.documents import read_document
from neodermis.errors import DataFileError

Kind: TypeAlias = Literal["pre-care", "session", "aftercare", "normal", "resume", "follow-up", "maintenance"]
Urgency: TypeAlias = Literal["emergency", "same_day", "within_3_days", "next_visit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """A time reported by sources, in the unit of its item."""

    at: tuple[float, ...]
    """One value, or the lowest and the highest."""
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Another value of an item for certain patients or protocols."""

    when: Mapping[str, Any]
    value: float
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One item of advice with its time, as in ``care.toml``."""

    id: str
    kind: Kind
    unit: Literal["hours", "days"]
    start: float
    end: float
    decides: Literal["from", "to"]
    sessions: Literal["each", "first", "last", "course"]
    reported: tuple[Reported, ...]
    sources: tuple[str, ...]
    when: Mapping[str, Any]
    not_before: str
    beside: tuple[str, ...]
    group: str
    before_next: str
    next_day: bool
    visit: bool
    """True if the patient comes to the clinic for it."""
    changes: tuple[Change, ...]

    @property
    def value(self) -> float:
        """The time that applies, without a sign."""
        return abs(self.start if self.decides == "from" else self.end)

    @property
    def span(self) -> tuple[float, float] | None:
        """Lowest and highest reported time; None without a report."""
        values = [value for row in self.reported for value in row.at]
        return (min(values), max(values)) if values else None

    def tier(self, value: float) -> str:
        """Tier of the best source of this time, or of the advice where it has no time."""
        if not self.reported:
            return best_tier(self.sources)
        return best_tier(key for row in self.reported if min(row.at) <= value <= max(row.at) for key in row.sources)

    def all_sources(self) -> tuple[str, ...]:
        """Sources of the advice and of its times."""
        return tuple(dict.fromkeys([*self.sources, *(key for row in self.reported for key in row.sources)]))


class ChildDose(NamedTuple):
    """Maximum label dose for children below an age (years) with a minimum weight (kg)."""

    below_years: float
    least_kg: float
    most_grams: float
    most_area_cm2: float
    most_minutes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Anaesthetic:
    """A topical anaesthetic according to its label; values that no label gives are None."""

    id: str
    percent: Mapping[str, float] = field(default_factory=dict)
    minutes: tuple[float, float] | None = None
    minutes_larger: tuple[float, float] | None = None
    """Application time for larger skin procedures, min."""
    grams: tuple[float, float] | None = None
    """Dose per 10 cm², g."""
    most_grams: float | None = None
    most_area_cm2: float | None = None
    minutes_atopic: tuple[float, float] | None = None
    """Application time on skin with current or past eczema, min."""
    children: tuple[ChildDose, ...] = ()
    """Limits for children, from the youngest to the oldest; empty where no label gives any."""
    prescription: bool
    covered: bool
    sources: tuple[str, ...]

    def for_person(self, age: float, weight_kg: float | None = None, *, atopic: bool = False) -> Anaesthetic:
        """The anaesthetic with the label limits for an age (years) and a weight (kg).

        Where age and weight do not match, the smaller dose counts.  ``atopic`` is skin with eczema, now or in the past.

        Examples
        --------
        >>> emla = load_care().anaesthetics["emla"]
        >>> emla.for_person(9, 30).most_grams, emla.for_person(9, 15).most_grams, emla.for_person(30).most_grams
        (20, 10, 60)
        >>> emla.for_person(30, atopic=True).minutes
        (15, 30)
        """
        made = self
        rows = [row for row in self.children if weight_kg is None or weight_kg >= row.least_kg]
        if self.children and age < self.children[-1].below_years:
            row = next(row for row in self.children if age < row.below_years)
            row = min(row, rows[-1], key=lambda one: one.most_grams)
            low, high = self.minutes or (0.0, math.inf)
            per_10_cm2 = 10.0 * row.most_grams / row.most_area_cm2
            made = replace(
                made, most_grams=row.most_grams, most_area_cm2=row.most_area_cm2, minutes_larger=None,
                minutes=(min(low, row.most_minutes), min(high, row.most_minutes)),
                grams=None if self.grams is None else (min(self.grams[0], per_10_cm2), min(self.grams[1], per_10_cm2)),
            )  # fmt: skip
        if atopic and self.minutes_atopic is not None:
            made = replace(made, minutes=self.minutes_atopic, minutes_larger=None)
        return made

    def dose(self, area_cm2: float) -> tuple[float, float] | None:
        """Label dose for an area, g: lowest and highest, never above the maximum dose."""
        if self.grams is None:
            return None
        low, high = (grams * area_cm2 / 10 for grams in self.grams)
        most = math.inf if self.most_grams is None else self.most_grams
        return min(low, most), min(high, most)

    def milligrams(self, grams: float) -> Mapping[str, float]:
        """Dose of each drug in an amount of product, mg: grams × percent × 10."""
        return {drug: 10 * percent * grams for drug, percent in self.percent.items()}

    def beyond(self, grams: float, area_cm2: float) -> list[str]:
        """Parts of a planned dose that exceed the label maximum; empty where none does, or no dose is given.

        Examples
        --------
        >>> load_care().anaesthetics["emla"].beyond(61, 300)
        ['61 g is more than the 60 g of the label']
        """
        found = []
        for planned, most, unit in ((grams, self.most_grams, "g"), (area_cm2, self.most_area_cm2, "cm²")):
            if most is not None and planned > most:
                found.append(f"{planned:g} {unit} is more than the {most:g} {unit} of the label")
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class CareData:
    """Contents of ``care.toml``."""

    session_time: time
    lead_days: int
    rounding_minutes: int
    closure_rounding_hours: int
    open_channel_hours: float
    event_days: int
    least_minutes: int
    pigment_from_phototype: int
    strong_sun_months: Mapping[str, tuple[int, ...]]
    groups: Mapping[str, tuple[str, ...]]
    places: Mapping[str, tuple[str, ...]]
    items: tuple[Item, ...]
    checks: tuple[Mapping[str, Any], ...]
    depths: Mapping[str, float]
    anaesthetics: Mapping[str, Anaesthetic]
    strength: float
    flags: tuple[Mapping[str, Any], ...]
    symptoms: tuple[Mapping[str, Any], ...]
    event_record: Mapping[str, Any]


@cache
def load_care() -> CareData:
    """Advice and its timing; :class:`DataFileError` where an entry breaks its schema."""
    document = read_document(files("neodermis.care") / "data" / "care.toml")
    return CareData(
        session_time=time.fromisoformat(document["session_time"]),
        lead_days=document["lead_days"],
        rounding_minutes=document["session_rounding_minutes"],
        closure_rounding_hours=document["closure_rounding_hours"],
        open_channel_hours=document["open_channel_hours"],
        event_days=document["event_days"],
        least_minutes=document["least_minutes"],
        pigment_from_phototype=document["pigment_from_phototype"],
        strong_sun_months={name: tuple(months) for name, months in document["strong_sun_months"].items()},
        groups={name: tuple(ids) for name, ids in document["groups"].items()},
        places={name: tuple(ids) for name, ids in document["places"].items()},
        items=tuple(_item(dict(entry)) for entry in document["item"]),
        checks=tuple(document["check"]),
        depths=document["depths"],
        anaesthetics={entry["id"]: _anaesthetic(dict(entry)) for entry in document["anaesthetic"]},
        strength=document["strength"]["without_prescription"],
        flags=tuple(document["flag"]),
        symptoms=tuple(document["symptom"]),
        event_record=document["event_record"],
    )


def _item(entry: dict[str, Any]) -> Item:
    name = entry.get("id", "")
    try:
        start, decides = entry.pop("from"), entry.pop("decides")
        reported = tuple(
            Reported(at=tuple(row["at"]), sources=tuple(row["sources"])) for row in entry.pop("reported", ())
        )
        changes = tuple(
            Change(when=row["when"], value=row[decides], because=row["because"]) for row in entry.pop("change", ())
        )
        return Item(
            id=entry.pop("id"),
            kind=entry.pop("kind"),
            unit=entry.pop("unit"),
            start=start,
            end=entry.pop("to", start),
            decides=decides,
            sessions=entry.pop("sessions", "each"),
            reported=reported,
            sources=tuple(entry.pop("sources", ())),
            when=entry.pop("when", {}),
            not_before=entry.pop("not_before", ""),
            beside=tuple(entry.pop("beside", ())),
            group=entry.pop("group", ""),
            before_next=entry.pop("before_next", ""),
            next_day=entry.pop("next_day", False),
            visit=entry.pop("visit", False),
            changes=changes,
            **entry,
        )
    except (KeyError, TypeError) as error:
        raise DataFileError(
            "care.toml", f"item {name}", str(error), accepted="the fields at the top of the file"
        ) from error


def _anaesthetic(entry: dict[str, Any]) -> Anaesthetic:
    try:
        names = ("minutes", "minutes_larger", "minutes_atopic", "grams")
        ranges = {name: tuple(entry.pop(name)) for name in names if name in entry}
        children = tuple(ChildDose(**row) for row in entry.pop("children", ()))
        return Anaesthetic(sources=tuple(entry.pop("sources")), children=children, **ranges, **entry)  # type: ignore[arg-type]  # of numbers
    except TypeError as error:
        raise DataFileError("care.toml", "anaesthetic", str(error), accepted="the fields of other entries") from error
