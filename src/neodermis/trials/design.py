"""Design of a virtual trial: arms, people, randomisation, visits, outcomes and analysis, as data in a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from neodermis.api.inputs import SHORTEST_COURSE, read, within_limits
from neodermis.documents import parse_document, read_document
from neodermis.errors import DataFileError, InputError, did_you_mean
from neodermis.people import Patient
from neodermis.people.concern import find_concern
from neodermis.simulation.course import LONGEST_COURSE
from neodermis.skin.outcomes import OUTCOMES, Outcome
from neodermis.treatment import Protocol

#: Most people who are assessed.
MOST_PEOPLE: Final = 1_000_000
#: Protocol of an arm without treatment.
NO_TREATMENT: Final = "none"
#: Analysis of missing readings that takes the last one in their place.
CARRIED: Final = "last observation"
Stratum: TypeAlias = Literal["sex", "age", "phototype", "smoking", "severity"]
Analysis: TypeAlias = Literal["t-test", "paired t-test", "ancova", "mixed model", "ordinal", "risk difference"]
#: Analyses that fit each design, and why the others do not.
ANALYSES: Final[Mapping[str, tuple[tuple[Analysis, ...], str]]] = {
    "parallel": (
        ("t-test", "ancova", "mixed model", "ordinal", "risk difference"),
        "arms of different people have no pairs",
    ),
    "split-face": (("paired t-test", "mixed model"), "both sides are of the same person, and their readings correlate"),
}
_WHOSE: Final = "the design of a trial; neodermis trial example prints one"


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError("the lower end first, then the upper end")
    return value


def _range(low: float, high: float) -> Any:
    ends = Annotated[float, Field(ge=low, le=high)]
    return Annotated[tuple[ends, ends], AfterValidator(_ordered)]


class _Table(BaseModel):
    """One table of a design; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


class Population(_Table):
    """People who are assessed."""

    like: str = "general"
    """``general``, or a study whose cohort the people resemble."""
    concerns: dict[str, str | float] = Field(default_factory=dict)
    severity_sd: float = Field(default=0.0, ge=0.0, le=0.5)
    """Standard deviation of the severity between people, about, as a share of the worst severity."""


class Eligibility(_Table):
    """Inclusive ranges of those who may be randomised; None: no limit."""

    age: _range(18, 100) | None = None  # type: ignore[valid-type]
    sex: Literal["female", "male"] | None = None
    phototype: _range(1, 6) | None = None  # type: ignore[valid-type]
    smoking: _range(0, 200) | None = None  # type: ignore[valid-type]
    sun: _range(0, 100) | None = None  # type: ignore[valid-type]
    severity: _range(0, 1) | None = None  # type: ignore[valid-type]


class Randomisation(_Table):
    """Permuted blocks within strata."""

    block: int | None = Field(default=None, ge=1, le=100)
    """Size of a block; None: twice the sum of the ratios."""
    strata: tuple[Stratum, ...] = Field(default=(), max_length=3)


class Visits(_Table):
    """Planned days of the readings after baseline, and how far a visit may be early or late (d)."""

    days: tuple[Annotated[float, Field(gt=0, le=LONGEST_COURSE)], ...] = Field(min_length=1, max_length=24)
    window: float = Field(default=0.0, ge=0.0, le=90.0)


class TrialArm(_Table):
    """One arm, or one side of the face."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    protocol: str = Field(min_length=1)
    """A protocol sentence; ``none`` for no treatment; needles at 0 mm for a sham."""
    ratio: int = Field(default=1, ge=1, le=10)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of people lost by the last visit."""

    @property
    def treated(self) -> bool:
        """Whether anything is done in it."""
        return self.protocol.strip().casefold() != NO_TREATMENT


class TrialOutcome(_Table):
    """One outcome on one day, with its rater and its analysis."""

    name: str
    role: Literal["primary", "secondary"] = "primary"
    day: float
    analysis: Analysis
    rater: Literal["instrument", "blinded", "unblinded", "self"] | None = None
    readers: int = Field(default=1, ge=1, le=10)
    """Readings of different raters, whose mean is analysed."""
    reading_error: float | None = Field(default=None, ge=0.0)
    """Standard deviation of one reading, in the unit of the outcome; None: that of the catalogue."""
    responder: float | None = Field(default=None, gt=0.0)
    """Improvement of a responder, in the unit of the outcome; None: the smallest change that matters."""

    @property
    def outcome(self) -> Outcome:
        """Its entry in the catalogue of outcomes."""
        return OUTCOMES[self.name]

    @property
    def judge(self) -> str:
        """Who reads it: as given, else the rater with the least bias, or an instrument."""
        return self.rater or next(iter(self.outcome.raters), "instrument")

    @property
    def reading(self) -> tuple[object, ...]:
        """What makes its readings: outcomes that agree in it are read once."""
        return self.name, self.judge, self.readers, self.reading_error


class _Design(_Table):
    title: str = Field(default="Virtual trial", max_length=200)
    design: Literal["parallel", "split-face"]
    people: int = Field(default=80, ge=1, le=MOST_PEOPLE)
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    control: str
    alpha: float = Field(default=0.05, gt=0.0, lt=0.5)
    multiplicity: Literal["holm", "bonferroni", "none"] = "holm"
    missing: Literal["complete cases", "last observation"] = "complete cases"
    missed_visits: float = Field(default=0.0, ge=0.0, lt=1.0)
    population: Population = Field(default_factory=Population)
    eligibility: Eligibility = Field(default_factory=Eligibility)
    randomisation: Randomisation = Field(default_factory=Randomisation)
    visits: Visits
    arm: tuple[TrialArm, ...] = Field(min_length=2, max_length=6)
    outcome: tuple[TrialOutcome, ...] = Field(min_length=1, max_length=12)


@dataclass(frozen=True)
class TrialDesign:
    """A checked design: every field is what :data:`~neodermis.trials.design.example` explains.

    Raises
    ------
    DataFileError
        A field is unknown, outside its range or does not fit the others; names the field, the value and what to do.
    """

    data: _Design
    file: str = "design"

    def __post_init__(self) -> None:
        self._check_arms()
        self._check_people()
        self._check_outcomes()

    @cached_property
    def protocols(self) -> dict[str, Protocol | None]:
        """Protocol of each arm by id; None without treatment."""
        found: dict[str, Protocol | None] = {}
        for number, arm in enumerate(self.data.arm):
            if not arm.treated:
                found[arm.id] = None
                continue
            try:
                plan = read(arm.protocol)
                within_limits(plan, beyond_limits=False)
            except InputError as error:
                raise DataFileError(
                    self.file, f"arm[{number + 1}]", "protocol", value=arm.protocol,
                    accepted=error.accepted or str(error).replace("\n", ";"), whose=error.whose or _WHOSE,
                    next_step=error.next_step or "correct the sentence",
                ) from error  # fmt: skip
            found[arm.id] = plan
        return found

    @cached_property
    def patient(self) -> Patient:
        """Person at the centre of the population, with its concerns."""
        try:
            return Patient(concerns=self.data.population.concerns)  # type: ignore[arg-type]  # texts are read there
        except InputError as error:
            raise DataFileError(
                self.file, "population", "concerns", value=error.value, accepted=error.accepted,
                whose=error.whose or _WHOSE, next_step=error.next_step or "correct it",
            ) from error  # fmt: skip

    @property
    def site(self) -> str:
        """The site that every arm treats."""
        return next(plan.sites[0] for plan in self.protocols.values() if plan is not None)

    @property
    def last_day(self) -> float:
        """Last day on which a reading can be."""
        return max(self.data.visits.days) + self.data.visits.window

    @property
    def compared(self) -> tuple[str, ...]:
        """The arms that are compared with the control."""
        return tuple(arm.id for arm in self.data.arm if arm.id != self.data.control)

    def is_sham(self, arm: str) -> bool:
        """Whether needles of an arm never enter the skin."""
        plan = self.protocols[arm]
        return plan is not None and all(
            one.depth_mm == 0 or one.passes == 0 for phase in plan.phases for one in phase.treatments
        )

    def wrong(self, entry: str, field: str, value: object, accepted: str, next_step: str) -> DataFileError:
        """Error of a field of the design."""
        return DataFileError(self.file, entry, field, value=value, accepted=accepted, whose=_WHOSE, next_step=next_step)

    def _check_arms(self) -> None:
        data, arms = self.data, self.data.arm
        ids = [arm.id for arm in arms]
        for number, arm in enumerate(arms):
            if arm.id in ids[:number]:
                raise self.wrong(f"arm[{number + 1}]", "id", arm.id, "an id that no other arm has", "rename it")
        if data.control not in ids:
            raise self.wrong("", "control", data.control, f"an arm: {', '.join(ids)}", did_you_mean(data.control, ids))
        treated = [(name, plan) for name, plan in self.protocols.items() if plan is not None]
        if not treated:
            raise self.wrong("arm", "protocol", NO_TREATMENT, "at least one arm with a protocol",
                             "give one arm a protocol sentence")  # fmt: skip
        for name, plan in treated:
            if len(plan.sites) > 1 or plan.sites != treated[0][1].sites:
                raise self.wrong(f"arm {name}", "protocol", plan.sentence, "one site, the same in every arm",
                                 "treat one site, for instance cheek")  # fmt: skip
            if plan.actives or plan.home:
                raise self.wrong(f"arm {name}", "protocol", plan.sentence, "a protocol without actives, whose effect "
                                 "is not yet supported for a population", "leave the actives out")  # fmt: skip
        latest = max(plan.last_day for _, plan in treated) + LONGEST_COURSE
        if self.last_day > latest:
            raise self.wrong("visits", "days", self.last_day, f"up to day {latest:g}, ten years after the last session",
                             "give an earlier visit")  # fmt: skip
        if data.design == "split-face":
            if len(arms) != 2:
                raise self.wrong("", "arm", len(arms), "two arms: a face has two sides", "use the parallel design")
            if arms[0].dropout != arms[1].dropout:
                raise self.wrong(f"arm {ids[1]}", "dropout", arms[1].dropout, f"{arms[0].dropout:g}, as of the other "
                                 "side: a person is lost with both", "give both the same")  # fmt: skip
        whole = sum(arm.ratio for arm in arms)
        block = data.randomisation.block
        if block is not None and block % whole:
            raise self.wrong("randomisation", "block", block, f"a multiple of {whole}, the sum of the ratios",
                             f"for instance {2 * whole}")  # fmt: skip

    def _check_people(self) -> None:
        held = {name: one for name, one in self.patient.concerns.items() if one.severity > 0}
        for name in held:
            if why := find_concern(name).cannot_answer:
                raise self.wrong("population.concerns", name, held[name].given, f"a concern that is modelled: {why}",
                                 "choose another concern")  # fmt: skip
        asked = self.data.eligibility.severity is not None or "severity" in self.data.randomisation.strata
        if (asked or self.data.population.severity_sd > 0) and len(held) != 1:
            raise self.wrong("population", "concerns", ", ".join(held) or None, "one concern, whose severity differs "
                             "between people", "give one concern, or leave severity out")  # fmt: skip
        if self.data.population.severity_sd > 0 and next(iter(held.values())).severity >= 1.0:
            raise self.wrong("population", "severity_sd", self.data.population.severity_sd, "0 of the worst severity, "
                             "around which none can spread", "give a milder severity")  # fmt: skip
        self._check_visits()

    def _check_visits(self) -> None:
        days, window = self.data.visits.days, self.data.visits.window
        if list(days) != sorted(set(days)):
            raise self.wrong("visits", "days", str(list(days)), "different days, in ascending order", "sort them")
        gap = min([days[0], *((after - before) / 2.0 for before, after in pairwise(days))])
        if window >= gap:
            raise self.wrong("visits", "window", window, f"less than {gap:g} days, so that visits stay in their order",
                             "give a narrower window")  # fmt: skip

    def _check_outcomes(self) -> None:
        data = self.data
        fitting, why_not = ANALYSES[data.design]
        if not any(one.role == "primary" for one in data.outcome):
            raise self.wrong("outcome", "role", None, "at least one primary outcome", 'add role = "primary"')
        for number, one in enumerate(data.outcome):
            entry = f"outcome[{number + 1}]"
            known = OUTCOMES.get(one.name)
            if known is None:
                raise self.wrong(entry, "name", one.name, "an outcome of the catalogue; neodermis outcomes lists them",
                                 did_you_mean(one.name, OUTCOMES))  # fmt: skip
            if not known.by_day or known.better == "neither":
                why = known.not_modelled or "it has no reading at a visit for which one direction is better"
                raise self.wrong(entry, "name", one.name, f"an outcome that is read at visits: {why}",
                                 "choose another outcome")  # fmt: skip
            if one.day not in data.visits.days:
                raise self.wrong(entry, "day", one.day, f"a visit: {', '.join(f'{day:g}' for day in data.visits.days)}",
                                 "add the day under [visits], or choose another")  # fmt: skip
            if one.analysis not in fitting:
                raise self.wrong(entry, "analysis", one.analysis, f"{', '.join(fitting)} in a {data.design} trial: "
                                 f"{why_not}", f"use {fitting[0]}")  # fmt: skip
            if one.analysis == "ordinal" and known.unit != "grade":
                raise self.wrong(entry, "analysis", one.analysis, f"an outcome in grades, which {one.name} is "
                                 "not", "use ancova")  # fmt: skip
            raters = known.raters or ("instrument",)
            if one.judge not in raters:
                raise self.wrong(entry, "rater", one.judge, f"{', '.join(raters)}: who reads this outcome",
                                 f"use {raters[0]}")  # fmt: skip

    def horizon(self, plan: Protocol) -> float:
        """Last day of the course of an arm (d)."""
        return max(self.last_day, plan.last_day + SHORTEST_COURSE)


def example() -> str:
    """The commented example of a design."""
    return (files("neodermis.trials") / "data" / "example.toml").read_text("utf-8")


def read_design(source: str | Path | Mapping[str, Any] | TrialDesign, **changed: Any) -> TrialDesign:
    """A design from a TOML file, from its tables, or from the text ``example`` for the shipped one.

    ``changed``: fields at the top of the file that replace those of the design.

    Raises
    ------
    DataFileError
        A field is unknown, missing, outside its range, or does not fit the others.
    """
    if isinstance(source, TrialDesign):
        document, file = source.data.model_dump(exclude_unset=True), source.file
    elif isinstance(source, Mapping):
        document, file = dict(source), "design"
    elif str(source) == "example":
        document, file = parse_document(example(), "example.toml"), "example.toml"
    else:
        document, file = read_document(Path(source)), Path(source).name
    try:
        data = _Design.model_validate({**document, **changed})
    except ValidationError as error:
        raise _told(file, error) from None
    return TrialDesign(data, file)


def _told(file: str, error: ValidationError) -> DataFileError:
    """First fault of a design as an error of this program."""
    fault = error.errors()[0]
    path = list(fault["loc"])
    kind, value, limits = fault["type"], fault["input"], fault.get("ctx", {})
    table: Any = _Design
    for part in path[:-1]:
        inner = table.model_fields.get(part) if isinstance(part, str) and hasattr(table, "model_fields") else None
        if inner is not None:
            table = _TABLES.get(str(part), table)
    *entry, field = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".").rsplit(".", 1)
    accepted, next_step = fault["msg"].removeprefix("Value error, "), "correct the value"
    if kind == "extra_forbidden":
        known = list(table.model_fields)
        accepted, next_step = f"a field of this table: {', '.join(known)}", did_you_mean(str(path[-1]), known)
    elif kind == "missing":
        accepted, next_step = "this field is required", "add it; neodermis trial example shows every field"
    elif kind in _KINDS:
        accepted = _KINDS[kind]
    elif kind == "literal_error":
        accepted = limits["expected"].replace("'", "")
    elif bound := next((text for name, text in _BOUNDS.items() if name in limits), None):
        accepted = _bounds(table, path[-1]) or f"{bound} {next(iter(limits.values())):g}"
    elif kind in ("too_short", "too_long"):
        number = limits.get("min_length", limits.get("max_length"))
        accepted = f"at {'least' if kind == 'too_short' else 'most'} {number} of them"
    elif kind == "string_pattern_mismatch":
        accepted = "a lower-case letter, then letters, digits, _ or -, at most 40 in all"
    scalar = isinstance(value, (str, int, float)) and kind != "missing"
    return DataFileError(
        file, ".".join(entry), field, value=value if scalar else None, accepted=accepted, whose=_WHOSE,
        next_step=next_step,
    )  # fmt: skip


def _bounds(table: type[_Table], field: object) -> str:
    """Range of a number of a table, in words; empty for one within a list."""
    known = table.model_fields.get(str(field))
    every = (
        {name: getattr(one, name) for one in known.metadata for name in _BOUNDS if hasattr(one, name)} if known else {}
    )
    return ", ".join(f"{text} {every[name]:g}" for name, text in _BOUNDS.items() if name in every)


_TABLES: Final[Mapping[str, type[_Table]]] = {
    "population": Population, "eligibility": Eligibility, "randomisation": Randomisation, "visits": Visits,
    "arm": TrialArm, "outcome": TrialOutcome,
}  # fmt: skip
_KINDS: Final = {
    "tuple_type": "a list in brackets, for instance [18, 50]", "dict_type": "a table of names and values",
    "model_type": "a table", "model_attributes_type": "a table", "string_type": "text in quotes",
    "float_type": "a number", "float_parsing": "a number", "int_type": "a whole number",
    "int_parsing": "a whole number", "int_from_float": "a whole number",
}  # fmt: skip
_BOUNDS: Final = {"ge": "from", "gt": "above", "le": "up to", "lt": "below"}
