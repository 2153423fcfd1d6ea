"""Findings: what was extracted from published works, as published.

A findings file holds one study: its arms, each written as a protocol sentence with what the study did not
print under ``arm.assumed``, and one ``arm.finding`` for each extracted result.  Files from outside the
package are read the same way.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from neodermis.documents import parse_document, read_document
from neodermis.errors import DataFileError, InputError, UnknownNameError, did_you_mean
from neodermis.evidence.bibliography import load_bibliography
from neodermis.units import dimension

if TYPE_CHECKING:
    from pydantic import BaseModel


#: Size of a printed number, where it is not 0: quotients of two of them are numbers too.
SMALLEST: Final = 1e-12
LARGEST: Final = 1e12
#: Units of graded scales, which have no dimension and are not converted.
SCALE_UNITS: Final = ("grade", "point", "score")
#: Unit of a share that is printed as a number of people out of ``n``.
COUNT: Final = "count"
Rater = Literal["instrument", "blinded", "unblinded", "self"]
Kind = Literal["randomised", "controlled", "uncontrolled", "case", "pooled", "narrative"]
Treatment = Literal["needling", "radiofrequency", "laser", "peel", "other"]
#: Designs, and the grade of evidence that each gives in people; in animals and in culture it is always the last.
GRADES: Final[dict[Kind, str]] = {
    "pooled": "A", "randomised": "A", "controlled": "B", "uncontrolled": "C", "case": "D", "narrative": "D",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One extracted result, as published.

    ``change`` is in ``unit``, ``change_percent`` in % of baseline; ``day`` counts from ``since``.  Of a share, ``unit``
    is ``%`` or ``count``, and the people counted improved by ``at_least`` (and by less than ``below``), each a range
    of what the cut may have been, in ``cut_unit``.  ``against`` names the arm of the other side, of which the result
    is then the difference.
    """

    outcome: str
    measure: str
    day: float
    since: str
    statistic: str
    unit: str | None
    baseline: float | None
    baseline_sd: float | None
    value: float | None
    change: float | None
    change_percent: float | None
    sd: float | None
    se: float | None
    ci: tuple[float, float] | None
    ci_level: float | None
    range: tuple[float, float] | None
    threshold: str | None
    at_least: tuple[float, float] | None
    below: tuple[float, float] | None
    cut_unit: str
    p: str
    n: int | None
    direction: str
    against: str | None
    rater: Rater | None
    """Who judged it, where that is not the rater of the arm."""
    day_range: tuple[float, float] | None
    """Where the day is not printed: from when to when it may have been."""
    series: str
    """Results of one series are of the same people on the same measure, at other times."""
    used_for: tuple[str, ...]
    """Parameters that rest on the result: for them it is no test."""
    why_not: str
    """Why no prediction is asked for; empty where one is."""
    locator: str

    @property
    def share(self) -> float | None:
        """The share of people, 0 to 1, of a result that is one."""
        if self.statistic != "share" or self.value is None:
            return None
        return self.value / self.n if self.unit == COUNT and self.n else self.value / 100.0

    @property
    def relative_change(self) -> float | None:
        """Change as a share of baseline, where the study printed what it takes."""
        if self.change_percent is not None:
            return self.change_percent / 100.0
        if self.baseline:
            if self.change is not None:
                return self.change / self.baseline
            if self.value is not None and self.statistic in ("mean", "median"):
                return self.value / self.baseline - 1.0
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumed:
    """What a study did not print: the value taken or the range drawn from, and on what basis."""

    field: str
    value: str | float | None
    low: float | None
    high: float | None
    basis: str

    @property
    def drawn(self) -> bool:
        """Whether prediction draws from the range; of another field it is stated, and the sentence's value is used."""
        return self.field in ("passes", "depth_mm") and self.low is not None

    def __str__(self) -> str:
        value = f"{self.value:g}" if isinstance(self.value, float) else f"{self.value}"
        taken = value if self.low is None else f"{self.low:g} to {self.high:g}"
        kept = "" if self.low is None or self.drawn else "; the value in the sentence is used, the range is not drawn"
        return f"{self.field.replace('_mm', '')} {taken} ({self.basis}{kept})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """One arm of a study, in the language of a practitioner."""

    id: str
    protocol: str
    treatment: Treatment
    """What was done: needling alone or with products, or with heat, or something else."""
    rater: Rater
    age: float
    sex: Literal["female", "male"]
    phototype: int
    concerns: Mapping[str, str]
    exposures: Mapping[str, str]
    why_not: str
    """Why it cannot be simulated; empty where it can."""
    assumed: tuple[Assumed, ...]
    findings: tuple[Finding, ...]

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """What prediction draws from: passes and depth the study did not print."""
        return {a.field: (a.low, a.high) for a in self.assumed if a.drawn and a.low is not None and a.high is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """Who the people of a study were, as printed; what was not printed is None."""

    age_mean: float | None = None
    age_sd: float | None = None
    age_range: tuple[float, float] | None = None
    female_share: float | None = None
    phototypes: tuple[int, ...] | None = None
    smoker_share: float | None = None
    basis: str = ""

    def __str__(self) -> str:
        parts = {
            "mean age": self.age_mean,
            "SD": self.age_sd,
            "ages": self.age_range and "{:g} to {:g}".format(*self.age_range),
            "women": None if self.female_share is None else f"{100 * self.female_share:g} %",
            "phototypes": self.phototypes and ", ".join(map(str, self.phototypes)),
            "smokers": None if self.smoker_share is None else f"{100 * self.smoker_share:g} %",
        }
        return "; ".join(f"{name} {value}" for name, value in parts.items() if value is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """One published study."""

    id: str
    source: str
    citation: str | Mapping[str, str | int]
    """The work as seen, where it is not one of the shipped sources."""
    design: str
    kind: Kind
    species: str
    n: int
    population: str
    cohort: Cohort | None
    pools: tuple[str, ...]
    """Studies that a pooled one contains: it is not used together with them."""
    caveats: tuple[str, ...]
    arms: tuple[Arm, ...]

    @property
    def grade(self) -> str:
        """Grade of its evidence: A (trials in people, randomised) to D."""
        return GRADES[self.kind] if self.species == "human" else "D"

    def grade_of(self, finding: Finding) -> str:
        """Grade of one result: a change from before to after alone is uncontrolled, whatever the design beside it."""
        return self.grade if finding.against is not None else max(self.grade, GRADES["uncontrolled"])

    @property
    def simulable(self) -> tuple[Arm, ...]:
        """The arms that can be simulated."""
        return tuple(arm for arm in self.arms if not arm.why_not)

    @property
    def cited(self) -> str:
        """The work in one line, with the fields that were seen."""
        known = load_bibliography().get(self.source)
        if known is not None:
            return known.text
        if isinstance(self.citation, str):
            return self.citation
        return "  ".join(f"{name} {value}" for name, value in self.citation.items())

    def arm(self, name: str | None) -> Arm:
        """The arm of this name; the first where none is named."""
        if name is None:
            return self.arms[0]
        for arm in self.arms:
            if arm.id == name:
                return arm
        raise UnknownNameError(f"arm of {self.id}", name, [arm.id for arm in self.arms])


@cache
def _schema() -> type[BaseModel]:
    """The schema of a findings file; pydantic is imported only where such a file is read."""
    from typing import Annotated

    from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

    def known_unit(text: str) -> str:
        if text not in (*SCALE_UNITS, COUNT):
            try:
                dimension(text)
            except InputError as error:
                raise ValueError("not a unit: use %, grade, point, score, or mm, h, d … joined by / and *") from error
        return text

    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)

        @model_validator(mode="before")
        @classmethod
        def of_a_size(cls, given: Any) -> Any:
            for name, value in given.items() if isinstance(given, dict) else ():
                for number in value if isinstance(value, list) else [value]:
                    sized = isinstance(number, (int, float)) and math.isfinite(number) and number != 0
                    if sized and not SMALLEST <= abs(number) <= LARGEST:
                        raise ValueError(f"for {name} 0, or a number of {SMALLEST:g} to {LARGEST:g} in size")
            return given

    def in_order(cut: tuple[float, float]) -> tuple[float, float]:
        if cut[0] > cut[1]:
            raise ValueError("the lowest and the highest that the cut may have been, in this order")
        return cut

    Cut = Annotated[tuple[float, float], Field(strict=False), AfterValidator(in_order)]  # a type

    class FindingEntry(Strict):
        outcome: str
        measure: str = ""
        day: float
        since: str = Field(default="first session", alias="from")
        statistic: Literal["mean", "median", "share", "range", "sign"]
        unit: Annotated[str, AfterValidator(known_unit)] | None = None
        baseline: float | None = None
        baseline_sd: float | None = Field(default=None, ge=0)
        value: float | None = None
        change: float | None = None
        change_percent: float | None = None
        sd: float | None = Field(default=None, ge=0)
        se: float | None = Field(default=None, ge=0)
        ci: Annotated[tuple[float, float], Field(strict=False)] | None = None
        ci_level: float | None = Field(default=None, gt=0, lt=100)
        range: Annotated[tuple[float, float], Field(strict=False)] | None = None
        threshold: str | None = None
        at_least: Cut | None = None
        below: Cut | None = None
        cut_unit: str = "%"
        p: str = ""
        n: int | None = Field(default=None, ge=1)
        direction: Literal["increase", "decrease", "none"]
        against: str | None = None
        rater: Rater | None = None
        day_range: Annotated[tuple[float, float], Field(strict=False)] | None = None
        series: str = ""
        used_for: Annotated[tuple[str, ...], Field(strict=False)] = ()
        why_not: str = ""
        locator: str

        @field_validator("day")
        @classmethod
        def not_before(cls, day: float) -> float:
            if day < 0:
                raise ValueError("a day from 0 on: it counts from the first session, before which nothing is predicted")
            return day

        @model_validator(mode="after")
        def whole(self) -> FindingEntry:
            if self.unit is None and any(v is not None for v in (self.value, self.change, self.range)):
                raise ValueError("unit: a value, change or range needs one")
            if self.day_range is not None and not 0 <= self.day_range[0] <= self.day <= self.day_range[1]:
                raise ValueError("day_range: two days around day, the earlier first")
            if self.statistic == "share":
                if not self.threshold:
                    raise ValueError("threshold: a share of people needs the threshold that they passed, as printed")
                if self.value is None or self.unit not in ("%", COUNT):
                    raise ValueError("value: in % of the people, or as a count of n")
                most = 100.0 if self.unit == "%" else self.n
                if most is None or not 0 <= self.value <= most:
                    raise ValueError(f"value: 0 to {'n, which is to be given' if most is None else f'{most:g}'}")
            elif self.unit == COUNT or self.threshold or self.at_least or self.below:
                raise ValueError("statistic: a count, a threshold and its cuts belong to a share")
            self.measure = self.measure or self.outcome
            return self

    class AssumedEntry(Strict):
        value: str | float | None = None
        low: float | None = None
        high: float | None = None
        basis: str

        @model_validator(mode="before")
        @classmethod
        def from_text(cls, given: Any) -> Any:
            """Read ``"4-8"`` as a range; other text and numbers as a value."""
            if not isinstance(given, dict) or "value" not in given:
                return given
            ends = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*", str(given["value"]))
            if ends is None:
                return given
            return {"basis": given.get("basis"), "low": float(ends[1]), "high": float(ends[2])}

        @model_validator(mode="after")
        def one_way(self) -> AssumedEntry:
            both = self.low is not None and self.high is not None and self.low <= self.high
            if (self.value is None) != both:
                raise ValueError("give either value, or low and high")
            return self

    class ArmEntry(Strict):
        id: str
        protocol: str = ""
        treatment: Treatment = "needling"
        rater: Rater
        concerns: dict[str, str] = Field(default_factory=dict)
        exposures: dict[str, str] = Field(default_factory=dict)
        why_not: str = ""
        age: float = Field(default=45, ge=18, le=100)
        sex: Literal["female", "male"] = "female"
        phototype: int = Field(default=3, ge=1, le=6)
        assumed: dict[
            Literal[
                "device",
                "depth_mm",
                "passes",
                "sessions",
                "interval_days",
                "site",
                "age",
                "sex",
                "phototype",
                "concern",
                "active",
            ],
            AssumedEntry,
        ] = Field(default_factory=dict)
        finding: list[FindingEntry] = Field(default_factory=list)

        @model_validator(mode="before")
        @classmethod
        def assumed_in_short(cls, given: Any) -> Any:
            """Read ``passes = "4-8"`` with one ``basis`` for all; a person left out is the default one, said so."""
            if not isinstance(given, dict):
                return given
            assumed = given.get("assumed", {})
            if not isinstance(assumed, dict):
                return given
            basis = assumed.get("basis", "not printed")
            full = {
                name: entry if isinstance(entry, dict) else {"value": entry, "basis": basis}
                for name, entry in assumed.items()
                if name != "basis"
            }
            for name, default in (("age", 45.0), ("sex", "female"), ("phototype", 3)):
                if name not in given and name not in full:
                    full[name] = {"value": default, "basis": "not in the findings file: this program's default person"}
            return {**given, "assumed": full}

        @model_validator(mode="after")
        def can_be_run(self) -> ArmEntry:
            if not self.protocol and not self.why_not:
                raise ValueError("protocol: the sentence of what was done; or why_not, why it cannot be simulated")
            return self

    class CohortEntry(Strict):
        age_mean: float | None = Field(default=None, ge=18, le=100)
        age_sd: float | None = Field(default=None, gt=0, le=40)
        age_range: Annotated[tuple[float, float], Field(strict=False)] | None = None
        female_share: float | None = Field(default=None, ge=0, le=1)
        phototypes: Annotated[tuple[Annotated[int, Field(ge=1, le=6)], ...], Field(strict=False)] | None = None
        smoker_share: float | None = Field(default=None, ge=0, le=1)
        basis: str = ""

        @model_validator(mode="after")
        def in_order(self) -> CohortEntry:
            if self.age_range is not None and not 18 <= self.age_range[0] < self.age_range[1] <= 100:
                raise ValueError("age_range: two ages from 18 to 100, the lower first")
            if self.phototypes is not None and not self.phototypes:
                raise ValueError("phototypes: at least one")
            return self

    class FindingsFile(Strict):
        id: str
        source: str = ""
        citation: str | dict[str, str | int] = ""
        design: str
        kind: Kind = "uncontrolled"
        species: Literal["human", "rat", "mouse", "pig", "culture"]
        n: int = Field(ge=1)
        population: str
        cohort: CohortEntry | None = None
        pools: Annotated[tuple[str, ...], Field(strict=False)] = ()
        caveats: Annotated[tuple[str, ...], Field(strict=False)] = ()
        arm: list[ArmEntry] = Field(min_length=1)

        @model_validator(mode="after")
        def is_cited(self) -> FindingsFile:
            if not self.source and not self.citation:
                raise ValueError("give source, a key of the shipped sources, or citation, the work as seen")
            return self

        @field_validator("arm")
        @classmethod
        def named_once(cls, arms: list[ArmEntry]) -> list[ArmEntry]:
            if len({arm.id for arm in arms}) < len(arms):
                raise ValueError("an id of its own for each arm")
            for arm in arms:
                for finding in arm.finding:
                    if finding.against is not None and finding.against not in {other.id for other in arms} - {arm.id}:
                        raise ValueError(f"against: another arm of the file, not {finding.against!r}")
            return arms

    # annotations are text here and name local classes, which pydantic must be shown
    names = {
        "FindingEntry": FindingEntry,
        "AssumedEntry": AssumedEntry,
        "ArmEntry": ArmEntry,
        "CohortEntry": CohortEntry,
    }
    for model in (FindingEntry, ArmEntry, CohortEntry, FindingsFile):
        model.model_rebuild(_types_namespace={**globals(), **names, "Annotated": Annotated, **vars()})
    return FindingsFile


def read_study(text: str, file: str) -> Study:
    """A study from the text of a findings file; :class:`DataFileError` names the file, the entry and the field."""
    return _study(parse_document(text, file), file)


def _study(document: Mapping[str, Any], file: str) -> Study:
    from pydantic import ValidationError

    try:
        checked: Any = _schema().model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        # the one rule on the whole file is that it cites something
        *entry, name = [str(part) for part in first["loc"]] or ["source"]
        accepted = first["msg"].removeprefix("Value error, ")
        if name.isdigit():  # of the entry as a whole, whose rule names the field first
            named, _, rest = accepted.partition(": ")
            entry, name, accepted = [*entry, name], *((named, rest) if rest else ("", accepted))
        given = first["input"] if isinstance(first["input"], (str, int, float)) else None
        raise DataFileError(file, ".".join(entry), name, value=given, accepted=accepted) from error
    return Study(
        id=checked.id,
        source=checked.source or checked.id,
        citation=checked.citation,
        design=checked.design,
        kind=checked.kind,
        species=checked.species,
        n=checked.n,
        population=checked.population,
        cohort=None if checked.cohort is None else Cohort(**checked.cohort.model_dump()),
        pools=checked.pools,
        caveats=checked.caveats,
        arms=tuple(
            Arm(
                **arm.model_dump(exclude={"assumed", "finding"}),
                assumed=tuple(Assumed(field=name, **entry.model_dump()) for name, entry in arm.assumed.items()),
                findings=tuple(Finding(**entry.model_dump()) for entry in arm.finding),
            )
            for arm in checked.arm
        ),
    )


def findings_schema() -> dict[str, Any]:
    """The JSON Schema of a findings file."""
    return _schema().model_json_schema()


@cache
def study_ids() -> tuple[str, ...]:
    """Ids of the shipped studies."""
    folder = files("neodermis.evidence") / "data" / "findings"
    return tuple(sorted(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")))


@cache
def _shipped_study(name: str) -> Study:
    path = files("neodermis.evidence") / "data" / "findings" / f"{name}.toml"
    return _study(read_document(path), path.name)


def load_study(name: str | Path) -> Study:
    """A shipped study by id, or the study in a findings file of the user's.

    Raises :class:`UnknownNameError` with the closest id, or :class:`DataFileError`.
    """
    if name in study_ids():
        return _shipped_study(str(name))
    path = Path(name)
    if not os.path.exists(path) or path.is_dir():
        close = did_you_mean(str(name), study_ids())
        raise UnknownNameError(
            "study", str(name), study_ids(), next_step=f"{close} or give the path of a findings file that exists"
        )
    return _study(read_document(path), path.name)
