"""Findings: what was extracted from published works, as published.

A findings file contains one study: its arms, each as a protocol sentence with the unreported values under
``arm.assumed``, and one ``arm.finding`` for each extracted result.  Files from outside the
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
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from neodermis.documents import parse_document, read_document
from neodermis.errors import DataFileError, InputError, UnknownNameError, did_you_mean
from neodermis.evidence.bibliography import load_bibliography
from neodermis.units import dimension

if TYPE_CHECKING:
    from pydantic import ConfigDict, TypeAdapter


#: Range of the size of a non-zero published number, so that ratios of two numbers are finite.
SMALLEST: Final = 1e-12
LARGEST: Final = 1e12
#: Units of graded scales, which have no dimension and are not converted.
SCALE_UNITS: Final = ("grade", "point", "score")
#: Unit of a share that is published as a number of people out of ``n``.
COUNT: Final = "count"
Rater = Literal["instrument", "blinded", "unblinded", "self"]
Kind = Literal["randomised", "controlled", "uncontrolled", "case", "pooled", "narrative"]
Treatment = Literal["needling", "radiofrequency", "laser", "peel", "other"]
#: Designs, and the grade of evidence of each in people; in animals and in culture it is always the lowest.
GRADES: Final[dict[Kind, str]] = {
    "pooled": "A", "randomised": "A", "controlled": "B", "uncontrolled": "C", "case": "D", "narrative": "D",
}  # fmt: skip


AssumedField = Literal[
    "device", "depth_mm", "passes", "sessions", "interval_days", "site", "age", "sex", "phototype", "concern", "active",
    "rater", "anaesthetic", "anaesthetic_minutes", "smoking",
]  # fmt: skip
#: Values that may be given as a range, with their limits; the limits of a protocol are narrower.
NUMBERS: Final[dict[str, tuple[float, float]]] = {
    "depth_mm": (0.0, 100.0), "passes": (0.0, 1000.0), "sessions": (1.0, 1000.0), "interval_days": (0.0, 3650.0),
    "age": (18.0, 100.0), "phototype": (1.0, 6.0), "concern": (0.0, 1000.0), "anaesthetic_minutes": (0.0, 1440.0),
    "smoking": (0.0, 200.0),
}  # fmt: skip
#: Values that are whole numbers.
WHOLE: Final = ("passes", "sessions", "phototype")
#: Values that may be given as a mixture, with the possible names if they are not those of a catalogue.
MIXTURES: Final[dict[str, tuple[str, ...]]] = {
    "device": (), "rater": get_args(Rater), "anaesthetic": (), "sex": ("female", "male"),
}  # fmt: skip
#: Range of the number of people of a study that does not report it.
UNKNOWN_N: Final = (10, 60)
#: Age of the youngest people of a published cohort (years); cohorts may include people under 18, who are not simulated.
YOUNGEST: Final = 10
#: Outcomes that may refer to one type of scar.
OF_A_SCAR: Final = ("scar_severity", "goodman_baron_grade", "goodman_baron_score", "ecca_score")
#: Outcomes that are a global judgement in categories.
JUDGEMENTS: Final = ("global_improvement", "satisfaction")
#: Fields of a published number; the first ones can be a difference.
_DIFFERENCES: Final = ("value", "change", "change_percent")
_PRINTED: Final = (*_DIFFERENCES, "range", "sd", "se", "ci")
_CORRECT: Final = "correct the entry and load the file again"
#: Strict reading of a file: no unknown fields, no text for a number, no number that is not finite.
_STRICT: Final[ConfigDict] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


class FieldError(ValueError):
    """Invalid field, alone or in combination with others of its entry.

    ``field`` is its path within the entry (``finding.0.against``), ``accepted`` the accepted values.
    """

    def __init__(self, field: str, accepted: str, next_step: str = _CORRECT) -> None:
        super().__init__(f"{field}: {accepted}")
        self.field, self.accepted, self.next_step = field, accepted, next_step


def _check_sizes(entry: Any) -> None:
    """Refuse numbers outside the range for computation, and fewer than one person."""
    if isinstance(people := getattr(entry, "n", None), int) and people < 1:
        raise FieldError("n", 'greater than or equal to 1, or "unknown"')
    for one in fields(entry):
        given = getattr(entry, one.name)
        for number in given if isinstance(given, tuple) else (given,):
            if isinstance(number, (int, float)) and number != 0 and not SMALLEST <= abs(number) <= LARGEST:
                raise FieldError(one.name, f"0, or a number of {SMALLEST:g} to {LARGEST:g} in size")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One extracted result, as published.

    ``change`` is in ``unit``, ``change_percent`` in % of baseline; ``day`` counts from ``since``.  For a share,
    ``unit`` is ``%`` or ``count``, and the counted people improved by ``at_least`` (and by less than ``below``), each a
    range of possible thresholds in ``cut_unit``, or were judged to be in ``category`` or better. With ``against``, the
    number is the difference from the arm of that name, positive if this arm is higher: in ``unit``, or in percentage
    points of baseline as ``change_percent``.
    """

    __pydantic_config__ = _STRICT

    outcome: str
    measure: str = ""
    day: float
    since: str = field(default="first session", metadata={"alias": "from"})
    statistic: Literal["mean", "median", "share", "range", "sign", "test"]
    """``test``: only the significance of a comparison was published."""
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
    categories: tuple[str, ...] | None = None
    """Names of the categories of a judgement, from worst to best."""
    category: tuple[int, int] | None = None
    """Rank from which people are counted, 1 being the worst, and the number of categories."""
    below_category: int | None = None
    """Rank from which people are no longer counted, where not all better categories count."""
    p: str = ""
    p_between: tuple[float, float] | None = None
    """Range of the p-value, as reported: ``<0.05`` is 0 to 0.05, not significant is 0.05 to 1."""
    comparison: Literal["before_after", "sides", "arms"] | None = None
    """Comparison of the p-value: before and after, two sides of one person, or two groups of people."""
    n: int | Literal["unknown"] | None = None
    direction: Literal["increase", "decrease", "none"]
    against: str | None = None
    paired: bool | None = None
    """Whether both sides are of the same people; by default according to the design."""
    scar_type: Literal["rolling", "boxcar", "ice_pick"] | None = None
    rater: Rater | None = None
    """Rater, if not that of the arm."""
    day_range: tuple[float, float] | None = None
    """Range of the day, where it is not reported."""
    after_last: float | None = field(default=None, metadata={"ge": 0})
    """Days after the last session, for a measurement at that time: its day depends on drawn sessions and intervals."""
    series: str = ""
    """Results of one series are of the same people and measure at different times."""
    used_for: tuple[str, ...] = ()
    """Parameters that are based on the result, which therefore does not test them."""
    why_not: str = ""
    """Reason why no prediction is made; empty where one is."""
    locator: str

    def __post_init__(self) -> None:
        _check_sizes(self)
        if self.unit is not None and self.unit not in (*SCALE_UNITS, COUNT):
            try:
                dimension(self.unit)
            except InputError as error:
                accepted = "not a unit; use %, grade, point, score, or mm, h, d … joined by / and *"
                raise FieldError("unit", accepted) from error
        if self.day < 0:
            raise FieldError(
                "day", "a day from 0 on; it counts from the first session, before which nothing is predicted"
            )
        for name in ("at_least", "below"):
            cut: tuple[float, float] | None = getattr(self, name)
            if cut is not None and cut[0] > cut[1]:
                raise FieldError(name, "the lowest and the highest that the cut may have been, in this order")
        if self.unit is None and any(v is not None for v in (self.value, self.change, self.range)):
            raise FieldError("unit", "one: a value, change or range needs it")
        if self.day_range is not None and not 0 <= self.day_range[0] <= self.day <= self.day_range[1]:
            raise FieldError("day_range", "two days around day, the earlier first")
        if self.statistic == "share":
            if not self.threshold:
                raise FieldError("threshold", "the one that the people counted passed, as printed")
            if self.value is None or self.unit not in ("%", COUNT):
                raise FieldError("value", "in % of the people, or as a count of n")
            most = 100.0 if self.unit == "%" else self.n if isinstance(self.n, int) else None
            if most is None or not 0 <= self.value <= most:
                raise FieldError("value", f"0 to {'n, which is to be given' if most is None else f'{most:g}'}")
        elif self.unit == COUNT or self.threshold or self.at_least or self.below or self.category or self.categories:
            raise FieldError("statistic", "share, to which a count, a threshold, its cuts and categories belong")
        self._check_category()
        self._check_comparison()
        if self.scar_type is not None and self.outcome not in OF_A_SCAR:
            accepted = f"none: {self.outcome} is no outcome of a scar; {', '.join(OF_A_SCAR)} are"
            raise FieldError("scar_type", accepted)
        object.__setattr__(self, "measure", self.measure or self.outcome)

    def _check_category(self) -> None:
        """Check the categories of a judgement for consistency."""
        if self.category is None:
            if self.below_category is not None or self.categories is not None:
                raise FieldError(
                    "category", "the rank from which people are counted and the number of categories", "add it"
                )
            return
        if self.outcome not in JUDGEMENTS:
            accepted = f"none: {self.outcome} has no categories; {' and '.join(JUDGEMENTS)} have"
            raise FieldError("category", accepted, "take one of these outcomes, or the cuts at_least and below")
        if self.at_least is not None:
            raise FieldError(
                "category", "none beside at_least: a printed cut says more than a rank", "leave one of the two out"
            )
        rank, count = self.category
        if not (1 <= rank <= count and count >= 2):
            raise FieldError("category", "a rank from 1 (worst) up to the number of categories, and that number")
        if self.below_category is not None and not rank < self.below_category <= count:
            raise FieldError("below_category", f"a rank above {rank}, up to {count}")
        if rank == 1 and self.below_category is None:
            raise FieldError(
                "category", "a rank of 2 or more: rank 1 or better is everybody",
                "add below_category where only the worst are counted",
            )  # fmt: skip
        if self.categories is not None and len(self.categories) != count:
            raise FieldError("categories", f"{count} names, from worst to best, as category counts them")

    def _check_comparison(self) -> None:
        """Check a p-value and a difference against their comparison."""
        if self.p_between is not None and not 0 <= self.p_between[0] <= self.p_between[1] <= 1:
            raise FieldError("p_between", "two numbers from 0 to 1, the lower first: <0.05 is [0, 0.05]")
        if self.statistic == "test":
            given = [name for name in _PRINTED if getattr(self, name) is not None]
            if given:
                raise FieldError(
                    given[0], "none beside a test, which is a comparison without a number",
                    "give the statistic of the number, with p_between beside it",
                )  # fmt: skip
            if self.p_between is None:
                raise FieldError(
                    "p_between", "what the p-value lies between: a test says nothing else",
                    "add it: [0, 0.05] where significant, [0.05, 1] where not",
                )  # fmt: skip
        if self.p_between is not None and self.comparison is None:
            raise FieldError("comparison", "before_after, sides or arms: what the p-value compares", "add it")
        if self.comparison in ("sides", "arms") and self.against is None:
            raise FieldError("against", f"the arm that is compared: comparison is {self.comparison}", "add it")
        if self.comparison == "before_after" and self.against is not None:
            raise FieldError(
                "comparison", "sides or arms beside against; before_after is of this arm alone",
                "leave one of the two out",
            )  # fmt: skip
        if self.paired is not None and self.against is None:
            raise FieldError("paired", "none without against: it is said of two sides", "add against")
        if self.paired is not None and self.comparison in ("sides", "arms") and self.paired != (
            self.comparison == "sides"
        ):  # fmt: skip
            raise FieldError("paired", "true for sides of one person, false for arms of different people")
        if self.against is not None and self.statistic in ("mean", "median"):
            given = [name for name in _DIFFERENCES if getattr(self, name) is not None]
            if len(given) != 1:
                raise FieldError("against", f"one number beside it, of {', '.join(_DIFFERENCES)}: the difference")
            if given[0] == "change_percent" and self.unit not in (None, "%"):
                raise FieldError("unit", "% beside change_percent: percentage points of baseline")

    @property
    def share(self) -> float | None:
        """Share of people, 0 to 1, of a result that is a share."""
        if self.statistic != "share" or self.value is None:
            return None
        return self.value / self.n if self.unit == COUNT and isinstance(self.n, int) else self.value / 100.0

    @property
    def counted(self) -> int | None:
        """Number of people, where the result gives it."""
        return self.n if isinstance(self.n, int) else None

    @property
    def difference(self) -> float | None:
        """Difference from the other arm, positive where higher here, in ``unit`` or percentage points of baseline."""
        if self.against is None or self.statistic not in ("mean", "median"):
            return None
        return next(v for v in (self.value, self.change, self.change_percent) if v is not None)

    @property
    def relative_change(self) -> float | None:
        """Change relative to baseline, where the study reports the necessary numbers."""
        if self.difference is not None:
            return None
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
    """Value that a study did not report: the assumed value, range or mixture, and its basis."""

    __pydantic_config__ = _STRICT

    field: str = ""
    value: str | float | None = None
    low: float | None = None
    high: float | None = None
    shares: Mapping[str, float] | None = None
    """Name → probability; the sum is 1."""
    basis: str

    def __post_init__(self) -> None:
        _check_sizes(self)
        ways = ["value"] * (self.value is not None) + ["shares"] * (self.shares is not None)
        ways += ["low and high"] * (self.low is not None or self.high is not None)
        if len(ways) != 1:
            ends = " and ".join(ways) or "nothing"
            raise FieldError("value", f"either value, or low and high, or shares; here {ends}", "keep one of them")
        if self.shares is not None:
            self._check_shares(self.shares)
        elif self.value is None:
            self._check_range()

    def _check_range(self) -> None:
        if self.low is None or self.high is None or self.low > self.high:
            raise FieldError("high", "low and high, the lower first")
        if not self.field:
            return
        if self.field not in NUMBERS:
            raise FieldError("low", f"none: {self.field} is no number; a range is of {', '.join(NUMBERS)}")
        least, most = NUMBERS[self.field]
        if not least <= self.low <= self.high <= most:
            raise FieldError("low" if self.low < least else "high", f"{least:g} to {most:g}")
        for name, end in (("low", self.low), ("high", self.high)):
            if self.field in WHOLE and end != int(end):
                raise FieldError(name, f"a whole number: {self.field} is counted")

    def _check_shares(self, shares: Mapping[str, float]) -> None:
        if self.field and self.field not in MIXTURES:
            raise FieldError("shares", f"none: a mixture is of {', '.join(MIXTURES)}", "give value, or low and high")
        known = MIXTURES.get(self.field, ())
        unknown = [name for name in shares if known and name not in known]
        if unknown:
            raise FieldError(f"shares.{unknown[0]}", f"one of {', '.join(known)}", did_you_mean(unknown[0], known))
        if len(shares) < 2 or not all(0 < share < 1 for share in shares.values()):
            raise FieldError("shares", "two or more, each above 0 and below 1", "give value where it is one alone")
        if abs(sum(shares.values()) - 1.0) > 1e-6:
            raise FieldError("shares", f"shares that are 1 together; these are {sum(shares.values()):g}")

    @property
    def drawn(self) -> bool:
        """Whether the prediction samples it."""
        return self.value is None

    @property
    def likeliest(self) -> str | None:
        """Name with the largest share, the first of equal ones; None without a mixture."""
        return None if self.shares is None else max(self.shares, key=self.shares.__getitem__)

    def __str__(self) -> str:
        if self.shares is not None:
            taken = ", ".join(f"{name} {100 * share:g} %" for name, share in self.shares.items())
        elif self.low is not None:
            taken = f"{self.low:g} to {self.high:g}"
        else:
            taken = f"{self.value:g}" if isinstance(self.value, float) else f"{self.value}"
        return f"{self.field.replace('_mm', '').replace('_', ' ')} {taken} ({self.basis})"


#: Severity of a concern, with or without its scale: the text before the number, and the number.
_SEVERITY: Final = re.compile(r"(\s*(?:[A-Za-z_][\w -]*:)?\s*)(\d+(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """One arm of a study, described as a treatment."""

    __pydantic_config__ = _STRICT

    id: str
    protocol: str = ""
    treatment: Treatment = "needling"
    """Kind of treatment: needling alone or with products, or with heat, or another."""
    people: str = ""
    """Group of people, where not that of the study."""
    rater: Rater
    age: float = field(default=45.0, metadata={"ge": 18, "le": 100})
    sex: Literal["female", "male"] = "female"
    phototype: int = field(default=3, metadata={"ge": 1, "le": 6})
    concerns: Mapping[str, str] = field(default_factory=dict)
    exposures: Mapping[str, str] = field(default_factory=dict)
    why_not: str = ""
    """Reason why it cannot be simulated; empty where it can."""
    assumed: Mapping[AssumedField, Assumed] = field(default_factory=dict)
    findings: tuple[Finding, ...] = field(default=(), metadata={"alias": "finding"})

    def __post_init__(self) -> None:
        _check_sizes(self)
        if not self.protocol and not self.why_not:
            raise FieldError("protocol", "the sentence of what was done; or why_not, why it cannot be simulated")
        taken: dict[AssumedField, float | None] = {
            "age": self.age, "phototype": self.phototype, "concern": self.severity,
        }  # fmt: skip
        for name, value in taken.items():
            one = self.assumed.get(name)
            if one is None or one.low is None or one.high is None:
                continue
            if value is None:
                raise FieldError(
                    "concerns", "one concern with a number, which assumed.concern is a range of",
                    'for instance concerns = {acne_scar = "goodman_baron:3"}',
                )  # fmt: skip
            if not one.low <= value <= one.high:
                where = "concerns" if name == "concern" else name
                raise FieldError(where, f"a value within assumed.{name}, {one.low:g} to {one.high:g}")
        kinds: dict[AssumedField, str] = {"rater": self.rater, "sex": self.sex}
        for name, kind in kinds.items():
            shares = self.assumed[name].shares if name in self.assumed else None
            if shares is not None and kind not in shares:
                raise FieldError(name, f"one of the shares of assumed.{name}: {', '.join(shares)}")

    @property
    def severity(self) -> float | None:
        """Severity of its only concern, on the named scale; None with several concerns or none."""
        found = [_SEVERITY.match(text) for text in self.concerns.values()]
        return float(found[0][2]) if len(found) == 1 and found[0] is not None else None

    def with_severity(self, value: float) -> dict[str, str]:
        """Its only concern with another severity on the same scale."""
        ((name, text),) = self.concerns.items()
        return {name: _SEVERITY.sub(lambda found: f"{found[1]}{value:.10g}", text, count=1)}

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Passes and depth that the study does not report, which are drawn like numbers of the device."""
        assumed = [one for name, one in self.assumed.items() if name in ("passes", "depth_mm")]
        return {one.field: (one.low, one.high) for one in assumed if one.low is not None and one.high is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """People of a study, as published; unreported values are None."""

    __pydantic_config__ = _STRICT

    age_mean: float | None = field(default=None, metadata={"ge": YOUNGEST, "le": 100})
    age_sd: float | None = field(default=None, metadata={"gt": 0, "le": 40})
    age_range: tuple[float, float] | None = None
    female_share: float | None = field(default=None, metadata={"ge": 0, "le": 1})
    phototypes: tuple[int, ...] | None = None
    smoker_share: float | None = field(default=None, metadata={"ge": 0, "le": 1})
    basis: str = ""

    def __post_init__(self) -> None:
        _check_sizes(self)
        if self.age_range is not None and not YOUNGEST <= self.age_range[0] < self.age_range[1] <= 100:
            raise FieldError("age_range", f"two ages from {YOUNGEST} to 100, the lower first")
        if self.phototypes is not None and not (self.phototypes and all(1 <= one <= 6 for one in self.phototypes)):
            raise FieldError("phototypes", "at least one, each from 1 to 6")

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
    """The work as read, where it is not a shipped source."""
    design: str
    kind: Kind = "uncontrolled"
    species: Literal["human", "rat", "mouse", "pig", "culture"]
    n: int | Literal["unknown"]
    population: str
    people: str = ""
    """Group of people, which connects findings of the same people in several files; the id by default."""
    role: Literal["fit", "validation"] = "fit"
    """Use of its results: with ``validation``, none is used in a fit."""
    cohort: Cohort | None = None
    pools: tuple[str, ...] = ()
    """Studies that a pooled one contains: it is not used together with them."""
    caveats: tuple[str, ...] = ()
    arms: tuple[Arm, ...] = field(metadata={"alias": "arm", "min_length": 1})

    def __post_init__(self) -> None:
        _check_sizes(self)
        if not self.source and not self.citation:
            raise FieldError("source", "a key of the shipped sources; or citation, the work as seen")
        names = {arm.id for arm in self.arms}
        if len(names) < len(self.arms):
            raise FieldError("arm", "an id of its own for each arm")
        for a, arm in enumerate(self.arms):
            for f, finding in enumerate(arm.findings):
                others = sorted(names - {arm.id})
                if finding.against is not None and finding.against not in others:
                    raise FieldError(
                        f"arm.{a}.finding.{f}.against",
                        f"another arm of the file: {', '.join(others) or 'it has none'}",
                        did_you_mean(finding.against, others) if others else "add the other arm",
                    )
        object.__setattr__(self, "source", self.source or self.id)
        object.__setattr__(self, "people", self.people or self.id)

    def people_of(self, arm: Arm) -> str:
        """Group of people of an arm: findings of one group are not independent."""
        return arm.people or self.people

    def people_in(self, finding: Finding) -> tuple[int, int]:
        """Smallest and largest possible number of people of a result; equal if it is reported."""
        known = finding.counted or (self.n if isinstance(self.n, int) else None)
        return UNKNOWN_N if known is None else (known, known)

    def is_paired(self, finding: Finding) -> bool:
        """Whether the two sides of a comparison are of the same people."""
        if finding.paired is not None:
            return finding.paired
        if finding.comparison in ("sides", "arms"):
            return finding.comparison == "sides"
        return finding.against is not None and "split" in self.design

    @property
    def grade(self) -> str:
        """Grade of its evidence: A (trials in people, randomised) to D."""
        return GRADES[self.kind] if self.species == "human" else "D"

    def grade_of(self, finding: Finding) -> str:
        """Grade of one result: a change from baseline alone is uncontrolled, whatever the design."""
        return self.grade if finding.against is not None else max(self.grade, GRADES["uncontrolled"])

    @property
    def simulable(self) -> tuple[Arm, ...]:
        """The arms that can be simulated."""
        return tuple(arm for arm in self.arms if not arm.why_not)

    @property
    def cited(self) -> str:
        """The work in one line, with the verified fields."""
        known = load_bibliography().get(self.source)
        if known is not None:
            return known.text
        if isinstance(self.citation, str):
            return self.citation
        return "  ".join(f"{name} {value}" for name, value in self.citation.items())

    def arm(self, name: str | None) -> Arm:
        """The arm of this name; by default the first."""
        if name is None:
            return self.arms[0]
        for arm in self.arms:
            if arm.id == name:
                return arm
        raise UnknownNameError(f"arm of {self.id}", name, [arm.id for arm in self.arms])


@cache
def _reader() -> TypeAdapter[Study]:
    """Reader of findings files; pydantic is imported only when a file is read."""
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
        faults = error.errors()
    fault, place = faults[0], _place(faults[0]["loc"], whole)
    given, next_step = fault["input"], _CORRECT
    # a field with several possible types gives one error for each
    same = [one["msg"].removeprefix("Input should be ") for one in faults if _place(one["loc"], whole) == place]
    accepted = " or ".join(dict.fromkeys(same))
    *entry, name = place or [""]
    if isinstance(cause := fault.get("ctx", {}).get("error"), FieldError):
        path = cause.field.split(".")
        for step in path:
            given = (
                given[int(step)] if isinstance(given, list) else given.get(step) if isinstance(given, dict) else None
            )
        entry, name, accepted, next_step = [*place, *path[:-1]], path[-1], cause.accepted, cause.next_step
    elif fault["type"] == "unexpected_keyword_argument":
        parts: dict[str, type[Any]] = {"finding": Finding, "assumed": Assumed, "arm": Arm, "cohort": Cohort}
        kind = next((of for part, of in parts.items() if part in entry), Study)
        known = [str(one.metadata.get("alias", one.name)) for one in fields(kind)]
        accepted, next_step = f"one of {', '.join(known)}", did_you_mean(name, known)
    value = given if isinstance(given, (str, int, float)) else None
    raise DataFileError(file, ".".join(entry), name, value=value, accepted=accepted, next_step=next_step)


def _inside(entry: Any, name: str) -> Any:
    return entry.get(name) if isinstance(entry, dict) else None


def _place(found: tuple[str | int, ...], document: Any) -> list[str]:
    """Path of a fault in a document, without the additions of the reader for a field of several kinds."""
    path: list[str] = []
    for step in found:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int):
            document = document[step] if step < len(document) else None
        else:
            break
        path.append(str(step))
    return path


def _with_assumed(arm: object) -> object:
    """An arm as in its file, with the unreported values in full.

    ``passes = "4-8"`` is a range with the common ``basis``; a missing patient is the default patient, and this is
    stated.
    """
    if not isinstance(arm, dict) or not isinstance(arm.get("assumed", {}), dict):
        return arm
    assumed = dict(arm.get("assumed", {}))
    basis = assumed.pop("basis", "not reported")
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
    for entry in (schema, schema["$defs"]["Finding"]):  # pydantic bounds no field that may also be a word
        (whole,) = (kind for kind in entry["properties"]["n"]["anyOf"] if kind.get("type") == "integer")
        whole["minimum"] = 1
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
    """A shipped study by id, or the study in a findings file of the user.

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
