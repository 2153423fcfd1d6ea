"""Findings: what was extracted from published works, as published.

A findings file holds one study: its arms, each written as a protocol sentence with what the study did not
print under ``arm.assumed``, and one ``arm.finding`` for each extracted result.  Files from outside the
package are read the same way.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from neodermis.documents import parse_document, read_document
from neodermis.errors import DataFileError, InputError, UnknownNameError, did_you_mean
from neodermis.evidence.bibliography import load_bibliography
from neodermis.units import dimension

if TYPE_CHECKING:
    from pydantic import ConfigDict, TypeAdapter


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


AssumedField = Literal[
    "device", "depth_mm", "passes", "sessions", "interval_days", "site", "age", "sex", "phototype", "concern", "active"
]
#: How a file is held to the fields of a class: none beside them, no text for a number, no number that is not finite.
_STRICT: Final[ConfigDict] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


def _check_sizes(entry: Any) -> None:
    """Refuse numbers of which nothing can be computed."""
    for one in fields(entry):
        given = getattr(entry, one.name)
        for number in given if isinstance(given, tuple) else (given,):
            if isinstance(number, (int, float)) and number != 0 and not SMALLEST <= abs(number) <= LARGEST:
                raise ValueError(f"{one.name}: 0, or a number of {SMALLEST:g} to {LARGEST:g} in size")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One extracted result, as published.

    ``change`` is in ``unit``, ``change_percent`` in % of baseline; ``day`` counts from ``since``.  Of a share, ``unit``
    is ``%`` or ``count``, and the people counted improved by ``at_least`` (and by less than ``below``), each a range
    of what the cut may have been, in ``cut_unit``.  ``against`` names the arm of the other side, of which the result
    is then the difference.
    """

    __pydantic_config__ = _STRICT

    outcome: str
    measure: str = ""
    day: float
    since: str = field(default="first session", metadata={"alias": "from"})
    statistic: Literal["mean", "median", "share", "range", "sign"]
    unit: str | None = None
    baseline: float | None = None
    baseline_sd: float | None = field(default=None, metadata={"ge": 0})
    value: float | None = None
    change: float | None = None
    change_percent: float | None = None
    sd: float | None = field(default=None, metadata={"ge": 0})
    se: float | None = field(default=None, metadata={"ge": 0})
    ci: tuple[float, float] | None = None
    ci_level: float | None = field(default=None, metadata={"gt": 0, "lt": 100})
    range: tuple[float, float] | None = None
    threshold: str | None = None
    at_least: tuple[float, float] | None = None
    below: tuple[float, float] | None = None
    cut_unit: str = "%"
    p: str = ""
    n: int | None = field(default=None, metadata={"ge": 1})
    direction: Literal["increase", "decrease", "none"]
    against: str | None = None
    rater: Rater | None = None
    """Who judged it, where that is not the rater of the arm."""
    day_range: tuple[float, float] | None = None
    """Where the day is not printed: from when to when it may have been."""
    series: str = ""
    """Results of one series are of the same people on the same measure, at other times."""
    used_for: tuple[str, ...] = ()
    """Parameters that rest on the result: for them it is no test."""
    why_not: str = ""
    """Why no prediction is asked for; empty where one is."""
    locator: str

    def __post_init__(self) -> None:
        _check_sizes(self)
        if self.unit is not None and self.unit not in (*SCALE_UNITS, COUNT):
            try:
                dimension(self.unit)
            except InputError as error:
                raise ValueError(
                    "unit: not a unit; use %, grade, point, score, or mm, h, d … joined by / and *"
                ) from error
        if self.day < 0:
            raise ValueError(
                "day: a day from 0 on; it counts from the first session, before which nothing is predicted"
            )
        for name in ("at_least", "below"):
            cut: tuple[float, float] | None = getattr(self, name)
            if cut is not None and cut[0] > cut[1]:
                raise ValueError(f"{name}: the lowest and the highest that the cut may have been, in this order")
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
        object.__setattr__(self, "measure", self.measure or self.outcome)

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

    __pydantic_config__ = _STRICT

    field: str = ""
    value: str | float | None = None
    low: float | None = None
    high: float | None = None
    basis: str

    def __post_init__(self) -> None:
        _check_sizes(self)
        both = self.low is not None and self.high is not None and self.low <= self.high
        if (self.value is None) != both:
            raise ValueError("give either value, or low and high")

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

    __pydantic_config__ = _STRICT

    id: str
    protocol: str = ""
    treatment: Treatment = "needling"
    """What was done: needling alone or with products, or with heat, or something else."""
    rater: Rater
    age: float = field(default=45.0, metadata={"ge": 18, "le": 100})
    sex: Literal["female", "male"] = "female"
    phototype: int = field(default=3, metadata={"ge": 1, "le": 6})
    concerns: Mapping[str, str] = field(default_factory=dict)
    exposures: Mapping[str, str] = field(default_factory=dict)
    why_not: str = ""
    """Why it cannot be simulated; empty where it can."""
    assumed: Mapping[AssumedField, Assumed] = field(default_factory=dict)
    findings: tuple[Finding, ...] = field(default=(), metadata={"alias": "finding"})

    def __post_init__(self) -> None:
        _check_sizes(self)
        if not self.protocol and not self.why_not:
            raise ValueError("protocol: the sentence of what was done; or why_not, why it cannot be simulated")

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """What prediction draws from: passes and depth the study did not print."""
        assumed = self.assumed.values()
        return {a.field: (a.low, a.high) for a in assumed if a.drawn and a.low is not None and a.high is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """Who the people of a study were, as printed; what was not printed is None."""

    __pydantic_config__ = _STRICT

    age_mean: float | None = field(default=None, metadata={"ge": 18, "le": 100})
    age_sd: float | None = field(default=None, metadata={"gt": 0, "le": 40})
    age_range: tuple[float, float] | None = None
    female_share: float | None = field(default=None, metadata={"ge": 0, "le": 1})
    phototypes: tuple[int, ...] | None = None
    smoker_share: float | None = field(default=None, metadata={"ge": 0, "le": 1})
    basis: str = ""

    def __post_init__(self) -> None:
        _check_sizes(self)
        if self.age_range is not None and not 18 <= self.age_range[0] < self.age_range[1] <= 100:
            raise ValueError("age_range: two ages from 18 to 100, the lower first")
        if self.phototypes is not None and not (self.phototypes and all(1 <= one <= 6 for one in self.phototypes)):
            raise ValueError("phototypes: at least one, each from 1 to 6")

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

    __pydantic_config__ = _STRICT

    id: str
    source: str = ""
    """Key of a shipped source; the id of the study where there is none."""
    citation: str | Mapping[str, str | int] = ""
    """The work as seen, where it is not one of the shipped sources."""
    design: str
    kind: Kind = "uncontrolled"
    species: Literal["human", "rat", "mouse", "pig", "culture"]
    n: int = field(metadata={"ge": 1})
    population: str
    cohort: Cohort | None = None
    pools: tuple[str, ...] = ()
    """Studies that a pooled one contains: it is not used together with them."""
    caveats: tuple[str, ...] = ()
    arms: tuple[Arm, ...] = field(metadata={"alias": "arm", "min_length": 1})

    def __post_init__(self) -> None:
        _check_sizes(self)
        if not self.source and not self.citation:
            raise ValueError("source: a key of the shipped sources; or citation, the work as seen")
        names = {arm.id for arm in self.arms}
        if len(names) < len(self.arms):
            raise ValueError("arm: an id of its own for each arm")
        for arm in self.arms:
            for finding in arm.findings:
                if finding.against is not None and finding.against not in names - {arm.id}:
                    raise ValueError(f"arm: against: another arm of the file, not {finding.against!r}")
        object.__setattr__(self, "source", self.source or self.id)

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
def _reader() -> TypeAdapter[Study]:
    """Reads a findings file; pydantic is imported only where one is read."""
    from pydantic import TypeAdapter

    return TypeAdapter(Study)


def read_study(text: str, file: str) -> Study:
    """A study from the text of a findings file; :class:`DataFileError` names the file, the entry and the field."""
    return _study(parse_document(text, file), file)


def _study(document: Mapping[str, Any], file: str) -> Study:
    from pydantic import ValidationError

    arms = document.get("arm")
    whole = {**document, "arm": [*map(_with_assumed, arms)]} if isinstance(arms, list) else document
    try:
        return _reader().validate_json(json.dumps(whole, default=lambda day: [str(day)]))  # no field is a date
    except ValidationError as error:
        fault = error.errors()[0]
    given, accepted = fault["input"], fault["msg"].removeprefix("Value error, ")
    *entry, name = map(str, fault["loc"] or [""])
    next_step = "correct the entry and load the file again"
    if fault["type"] == "value_error":  # of an entry as a whole, whose rule names the field first
        field, _, rest = accepted.partition(": ")
        if rest:
            entry, name, accepted, given = [*map(str, fault["loc"])], field, rest, given.get(field)
    elif fault["type"] == "unexpected_keyword_argument":
        kind = Finding if "finding" in entry else Arm if "arm" in entry else Study
        known = [str(one.metadata.get("alias", one.name)) for one in fields(kind)]
        accepted, next_step = f"one of {', '.join(known)}", did_you_mean(name, known)
    value = given if isinstance(given, (str, int, float)) else None
    raise DataFileError(file, ".".join(entry), name, value=value, accepted=accepted, next_step=next_step)


def _with_assumed(arm: object) -> object:
    """An arm as it is written, with what was not printed in full.

    ``passes = "4-8"`` is a range with the one ``basis`` of all; a person left out is the default one, said so.
    """
    if not isinstance(arm, dict) or not isinstance(arm.get("assumed", {}), dict):
        return arm
    assumed = dict(arm.get("assumed", {}))
    basis = assumed.pop("basis", "not printed")
    full = {name: one if isinstance(one, dict) else {"value": one, "basis": basis} for name, one in assumed.items()}
    for name, default in (("age", 45.0), ("sex", "female"), ("phototype", 3)):
        if name not in arm and name not in full:
            full[name] = {"value": default, "basis": "not in the findings file: this program's default person"}
    for name, one in full.items():
        ends = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*", str(one.get("value")))
        if ends is not None:
            one = {"basis": one.get("basis"), "low": float(ends[1]), "high": float(ends[2])}
        full[name] = {**one, "field": name}
    return {**arm, "assumed": full}


def findings_schema() -> dict[str, Any]:
    """The JSON Schema of a findings file."""
    schema = _reader().json_schema()
    del schema["$defs"]["Assumed"]["properties"]["field"]  # the name of its table
    return schema


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
