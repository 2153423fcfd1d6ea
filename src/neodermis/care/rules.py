"""Screening rules as data: conditions, results, waiting periods, overrides and sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

from neodermis.documents import is_number, read_document
from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence.bibliography import load_bibliography
from neodermis.treatment import find_device

Category = Literal["absolute", "relative", "defer", "precaution", "info"]
Result = Literal["no", "refer", "wait", "ask", "adapt", "go"]
Override = Literal["none", "practitioner_with_reason", "prescriber"]
#: Results from the most to the least severe.
RESULTS: Final[tuple[Result, ...]] = get_args(Result)
OF_CATEGORY: Final[Mapping[Category, Result]] = {
    "absolute": "no",
    "relative": "refer",
    "defer": "wait",
    "precaution": "adapt",
    "info": "go",
}
#: Categories for which an unknown answer must be asked.
GATES: Final[tuple[Category, ...]] = ("absolute", "relative", "defer")
EFFECTS: Final = (
    "shallower", "fewer_passes", "longer_interval", "lower_forecast", "no_topical", "no_anaesthetic", "erythema_only",
    "patch_test", "prescriber", "longer_pause",
)  # fmt: skip
FILE: Final = "rules.toml"
#: Age from which a course is predicted, years.
ADULT: Final = 18.0
#: Effect of an unanswered question of the first three categories.
Unanswered = Literal["ask", "worth_asking"]
#: Subject of the sources of a rule: needling, another procedure, clinical custom only, or none.
Support = Literal["direct", "analogue", "custom", "policy"]
#: ``below`` a wait expires on a date, like an age; ``shorter`` than a wait does not, like an interval of a plan.
_OPERATORS: Final = (
    "is", "in", "below", "at_least", "above", "shorter", "within", "ahead", "past", "given", "missing",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """One condition of a rule: an operator on one answer, or several tests of which any or all must hold."""

    operator: str
    value: Any = None
    path: str = ""
    parts: tuple[Test, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the answers that it uses."""
        return (self.path,) if self.path else tuple(dict.fromkeys(p for part in self.parts for p in part.paths))


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """Waiting period after an event (days), its reason, and every reported number with its sources."""

    days: float
    why: str
    reported: tuple[tuple[float, tuple[str, ...]], ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of these days; empty where the days are an assumption of this project."""
        return tuple(dict.fromkeys(key for days, keys in self.reported if days == self.days for key in keys))


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """Change of the plan by a rule; ``do`` determines which fields apply."""

    do: str
    when: Test | None = None
    what: str = ""
    share: float | None = None
    depth_mm: float | None = None
    days: float | None = None
    """Days of an interval or a pause; by default those of the waiting period of the rule or label."""
    hours: float | None = None
    which: str = ""
    exposure: str = ""
    level: str = ""
    rate: str = ""
    factor: float | None = None
    why: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Difference between the label of a device and a rule."""

    category: Category | None = None
    days: float | None = None
    override: Override | None = None
    note: str = ""
    because: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """One condition of a rule with its result."""

    category: Category
    when: Test
    wait: Wait | None
    """Waiting period; None for that of the rule."""
    override: Override
    why: str = ""
    unanswered: Unanswered = "ask"
    """Whether a missing answer holds the verdict at ``ask``, or is only listed."""
    label: Mapping[str, Label] = field(default_factory=dict)
    """Label differences by device of the catalogue."""

    def under(self, device: str | None) -> Branch:
        """The branch as modified by the label of a device."""
        label = self.label.get(device or "")
        if label is None:
            return self
        wait = self.wait
        if label.days is not None and wait is not None:
            wait = replace(wait, days=label.days, why=label.because)
        return replace(
            self, category=label.category or self.category, override=label.override or self.override, wait=wait
        )

    @property
    def gates(self) -> bool:
        """Whether a missing answer holds the verdict at ``ask``."""
        return self.category in GATES and self.unanswered == "ask"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule; its first branch is the rule itself."""

    id: str
    scope: str
    devices: tuple[str, ...]
    branches: tuple[Branch, ...]
    tier: str
    sources: tuple[str, ...]
    disagreement: str
    effects: tuple[Effect, ...]
    active: bool
    red_flag: bool
    support: Support = "direct"

    @property
    def category(self) -> Category:
        """Category of the rule itself."""
        return self.branches[0].category

    @property
    def override(self) -> Override:
        """Who may override the rule."""
        return self.branches[0].override

    @property
    def wait(self) -> Wait | None:
        """Waiting period of the rule."""
        return self.branches[0].wait

    @property
    def label(self) -> Mapping[str, Label]:
        """Label differences of the rule, by device."""
        return self.branches[0].label

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the answers that it uses."""
        return tuple(dict.fromkeys(path for branch in self.branches for path in branch.when.paths))

    def under(self, device: str | None) -> Rule:
        """The rule as modified by the label of a device."""
        return replace(self, branches=tuple(branch.under(device) for branch in self.branches))


class Labelled(NamedTuple):
    """Phototypes on the label of a device, by use."""

    device: str
    concerns: tuple[str, ...]
    sites: tuple[str, ...]
    low: float
    high: float
    source: str


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """The rules and the data that they refer to; ``replace`` adds or removes rules."""

    rules: Mapping[str, Rule]
    labelled: tuple[Labelled, ...]
    face: tuple[str, ...]
    scars: tuple[str, ...]

    def without(self, *ids: str) -> RuleBook:
        """The book without some rules."""
        return replace(self, rules={name: rule for name, rule in self.rules.items() if name not in ids})


@cache
def load_rules(path: Path | None = None) -> RuleBook:
    """The shipped rules, or those of a file in this format."""
    document = read_document(files("neodermis.care") / "data" / FILE if path is None else path)
    known = {"schema_version", "face", "scars", "labelled", "rule"}
    if not {*document} <= known or not isinstance(document.get("rule"), dict):
        raise DataFileError(FILE, "", ", ".join({*document} - known) or "rule", accepted=", ".join(sorted(known)))
    labelled = []
    for entry in document.get("labelled", []):
        low, high = entry["phototypes"]
        labelled.append(
            Labelled(entry["device"], tuple(entry["concerns"]), tuple(entry.get("sites", ())), low, high,
                     entry["source"])
        )  # fmt: skip
    return RuleBook(
        rules={name: _rule(name, entry) for name, entry in document["rule"].items()},
        labelled=tuple(labelled),
        face=tuple(document.get("face", ())),
        scars=tuple(document.get("scars", ())),
    )


def find_rule(name: str) -> Rule:
    """The rule of this id; :class:`UnknownNameError` with the closest id otherwise."""
    rules = load_rules().rules
    if name.strip().upper() not in rules:
        lower = {one.lower(): one for one in rules}
        raise UnknownNameError("rule", name, lower)
    return rules[name.strip().upper()]


def _rule(name: str, entry: Mapping[str, Any]) -> Rule:
    def wrong(what: str, accepted: str, value: object = None) -> DataFileError:
        return DataFileError(FILE, name, what, value=value, accepted=accepted)

    known = {
        "category", "scope", "devices", "when", "wait", "branch", "override", "label", "tier", "sources",
        "disagreement", "effect", "active", "red_flag", "support", "unanswered",
    }  # fmt: skip
    for one in entry:
        if one not in known:
            raise wrong(one, ", ".join(sorted(known)))
    for one in ("category", "scope", "when", "override", "tier", "sources"):
        if one not in entry:
            raise wrong(one, "this field is required")
    works = load_bibliography()
    for key in _cited(entry):
        if key not in works or not works[key].tier:
            raise wrong("sources", "the key of a work of the bibliography that has a tier", key)
    return Rule(
        id=name,
        scope=entry["scope"],
        devices=tuple(entry.get("devices", ())),
        branches=tuple(_branch(wrong, each) for each in (entry, *entry.get("branch", ()))),
        tier=entry["tier"],
        sources=tuple(entry["sources"]),
        disagreement=entry.get("disagreement", ""),
        effects=tuple(_effect(wrong, each) for each in entry.get("effect", ())),
        active=entry.get("active", True),
        red_flag=entry.get("red_flag", False),
        support=_one_of(wrong, "support", Support, entry.get("support", "direct")),
    )


def _cited(entry: Mapping[str, Any]) -> Iterator[str]:
    """All source keys of an entry, at any depth."""
    for name, value in entry.items():
        if name == "sources":
            yield from value
        elif isinstance(value, Mapping):
            yield from _cited(value)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, Mapping):
                    yield from _cited(one)


def _one_of(wrong: Any, field: str, choices: Any, value: Any) -> Any:
    if value not in get_args(choices):
        raise wrong(field, ", ".join(get_args(choices)), value)
    return value


def _branch(wrong: Any, entry: Mapping[str, Any]) -> Branch:
    wait = entry.get("wait")
    return Branch(
        category=_one_of(wrong, "category", Category, entry["category"]),
        when=read_test(wrong, entry["when"]),
        wait=None
        if wait is None
        else Wait(
            days=wait["days"],
            why=wait["why"],
            reported=tuple((one["days"], tuple(one["sources"])) for one in wait.get("reported", ())),
        ),
        override=_one_of(wrong, "override", Override, entry["override"]),
        why=entry.get("why", ""),
        unanswered=_one_of(wrong, "unanswered", Unanswered, entry.get("unanswered", "ask")),
        label={_device(wrong, name): _label(wrong, name, told) for name, told in entry.get("label", {}).items()},
    )


def _device(wrong: Any, name: str) -> str:
    try:
        return find_device(name).id
    except UnknownNameError as error:
        raise wrong(f"label.{name}", "a device of the catalogue") from error


def _label(wrong: Any, name: str, entry: Mapping[str, Any]) -> Label:
    for one, choices in (("category", Category), ("override", Override)):
        if one in entry:
            _one_of(wrong, f"label.{name}.{one}", choices, entry[one])
    try:
        return Label(**entry)
    except TypeError as error:
        raise wrong(f"label.{name}", "category, days, override, note, because") from error


def read_test(wrong: Any, entry: Mapping[str, Any]) -> Test:
    """A test from a data file; ``wrong`` makes the error for an invalid entry."""
    for operator in ("any", "all"):
        if operator in entry:
            return Test(operator=operator, parts=tuple(read_test(wrong, part) for part in entry[operator]))
    operators = [one for one in entry if one != "field"]
    if "field" not in entry or len(operators) != 1 or operators[0] not in _OPERATORS:
        raise wrong("when", f"a field with one of {', '.join(_OPERATORS)}; or any, all", str(dict(entry)))
    return Test(operator=operators[0], value=entry[operators[0]], path=entry["field"])


def _effect(wrong: Any, entry: Mapping[str, Any]) -> Effect:
    if entry.get("do") not in EFFECTS:
        raise wrong("effect", ", ".join(EFFECTS), entry.get("do"))
    try:
        given = {**entry, "sources": tuple(entry.get("sources", ()))}
        if "when" in given:
            given["when"] = read_test(wrong, given["when"])
        made = Effect(**given)
    except TypeError as error:
        raise wrong("effect", "the fields of an effect", str(error)) from error
    for share in (made.share, made.factor):
        if share is not None and not (is_number(share) and 0 < share <= 1):
            raise wrong(f"effect.{made.do}", "a share above 0, at most 1", share)
    return made
