"""Points as data: simulation, statistic, expectation and published results.

The files of :data:`FOLDER` hold them in the order of the claims; points that the files cannot describe have a function
in :mod:`neodermis.claims.special`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final, Literal

import numpy as np

from neodermis.care.advice import load_care
from neodermis.care.rules import load_rules
from neodermis.claims import special
from neodermis.claims.ledger import Answer, Evidence, Picture, Point
from neodermis.claims.published import counted_people, few, lasted, published, reported, work
from neodermis.claims.readings import Amount, Reading
from neodermis.claims.runs import Run, entry, new_rules
from neodermis.errors import DataFileError
from neodermis.people import load_concerns
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Interval

FOLDER: Final = "points"
#: Verdicts of the screening, by the words of the checks.
VERDICTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "excluded": ("no", "refer", "wait"), "not excluded": ("go", "adapt", "ask"), "accepted": ("go", "adapt"),
    "not refused": ("go", "adapt", "ask", "refer", "wait"),
}  # fmt: skip
#: Texts of an answer by screening and of an answer by a course.
BY_SCREENING: Final = "{checks}. Result of the command: {overall} ({holds})"
BY_COURSE: Final = "{label}, day {day}: {effect} of baseline; smallest effect that matters: {matters}{only}"


class _Said(dict[str, Any]):
    """Values by name, computed when a text uses them."""

    def __init__(self, made: Mapping[str, Callable[[], Any]]) -> None:
        super().__init__()
        self.made = made

    def __missing__(self, name: str) -> Any:
        self[name] = self.made[name]()
        return self[name]


class _Lookup:
    """``{name[key]}`` of a text."""

    def __init__(self, of: Callable[[str], Any]) -> None:
        self.of = of

    def __getitem__(self, name: str) -> Any:
        return self.of(name)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One point of the files."""

    claim: str
    words: str
    run: Mapping[str, Any] | None = None
    """Fields of a :class:`~neodermis.claims.runs.Run`; None where it is not simulated."""
    reading: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a :class:`~neodermis.claims.readings.Reading` that differ from the default."""
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Instead of a number: conditions, each a number of a run with its range, or a verdict of the screening."""
    code: str = ""
    """Function of :mod:`~neodermis.claims.special` that adds checks, texts, evidence or a picture."""
    expected: str | Sequence[float] = "better"
    """Expected effect: ``better``, ``higher``, ``lower``, ``either``, or a range."""
    matters: float | None = None
    """Smallest effect that matters; by default that of the outcome."""
    told: str = ""
    also: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Further numbers for the texts: name → difference from the reading of the point, without comparison."""
    picture: Mapping[str, Any] = field(default_factory=dict)
    bars: Mapping[str, str | Mapping[str, Any]] = field(default_factory=dict)
    """Bars of the small plot: label → a plan, or the difference from the reading of the point."""
    published: Sequence[Mapping[str, Any]] | None = None
    """Outcomes whose results in people count; by default the outcome of the point."""
    sources: Sequence[Sequence[str]] = ()
    """Key, grade (by default that of its kind), for or against, text."""
    people: Sequence[Mapping[str, Any]] = ()
    """Shares of people with an adverse event."""
    reported: Sequence[Mapping[str, Any]] = ()
    """Calendar items whose reported times count."""
    lasted: Sequence[Mapping[str, Any]] = ()
    """Outcomes whose reported duration counts."""
    few: bool = False
    """Whether each work counts once, and only the best works count."""
    without: Sequence[str] = ()
    """Works that do not count for this point."""
    note: str = ""
    why_not: str = ""
    """Mechanism or evidence that is missing, of a point that is not simulated."""
    size_assumed: bool = False
    """Whether the size of the effect follows from assumed parameters alone, so that the answer is never certain."""

    # ------------------------------------------------------------------------------------------------- what is read

    @cached_property
    def number(self) -> Reading:
        """The reading of the point."""
        return Reading(run=Run(**(self.run or {})), **self.reading)

    @property
    def outcome(self) -> str:
        """Outcome on which the answer is based, if any."""
        return self.number.outcome

    @cached_property
    def extra(self) -> special.Special:
        """Additions of the function of the point."""
        return special.FUNCTIONS[self.code]() if self.code else special.Special()

    @cached_property
    def rows(self) -> dict[str, Interval]:
        """Intervals by label, for the small plot."""
        alone = self.number.but(against=None)
        return {
            label: alone.but(**({"plan": each} if isinstance(each, str) else each)).interval()
            for label, each in self.bars.items()
        }

    @cached_property
    def held(self) -> dict[str, bool]:
        """Conditions, and whether each holds."""
        return {**self.extra.checks, **{words: self._holds(check) for words, check in self.checks.items()}}

    def _holds(self, check: Mapping[str, Any]) -> bool:
        if "simulated" in check:
            return bool(load_concerns()[check["simulated"]].state)
        if "final" in check:
            return load_rules().rules[check["final"]].override != "prescriber"
        if self.number.run.of == "screening":
            return all(self._screened(edits, check) for edits in _each(check.get("when", self.number.run.edits)))
        care = self.number.run.of == "care" and self.number.run.care().care
        if care and "required" in check:
            return any(one.id == check["required"] and one.required for one in care.checklist)
        if care and "listed" in check:
            return any(one.id == check["listed"] for one in care.entries)
        if "says" in check:
            texts = entry(self.number.run.care(), check["name"]).texts
            return any(re.search(check["says"], text, re.IGNORECASE) for text in texts.values())
        within = check.get("within", (-np.inf, np.inf))
        reading = self.number.but(**{name: value for name, value in check.items() if name not in ("within", "at")})
        found = getattr(reading.interval(), check.get("at", "median"))
        return bool(within[0] <= found <= within[1])

    @staticmethod
    def _screened(edits: Mapping[str, Any], check: Mapping[str, Any]) -> bool:
        found = Run(of="screening", edits=edits).screening()
        new = new_rules(found)
        return (
            ("is" not in check or found.overall in VERDICTS_OF.get(check["is"], (check["is"],)))
            and (not check.get("changes") or any(one.effects for one in found.findings if one.rule.id in new))
            and (not check.get("dated") or found.until is not None)
            and ("asks" not in check or check["asks"] in found.worth_asking)
        )

    # ------------------------------------------------------------------------------------------------ what is found

    def towards(self, effect: Interval | None = None) -> Literal["higher", "lower", "within"]:
        """Direction of the expected effect."""
        if not isinstance(self.expected, str):
            return "within"
        if self.expected == "either":
            return "higher" if effect is None or effect.median >= 0.0 else "lower"
        better = OUTCOMES[self.outcome].better if self.expected == "better" else self.expected
        return better  # type: ignore[return-value]  # one of the two: an outcome that is asked for has a better side

    @property
    def smallest(self) -> float:
        """Smallest effect that matters, in % of baseline if it is that of the outcome."""
        if self.matters is not None or self.expected not in ("better", "higher", "lower") or not self.outcome:
            return self.matters or 0.0
        start = float(np.median(self.number.run.course().values[self.outcome][:, 0]))
        return 100.0 * OUTCOMES[self.outcome].smallest(start) / start

    def evidence(self) -> tuple[Evidence, ...]:
        """Published results, and sources that are not findings."""
        given = self.published
        if given is None:
            given = [{"outcomes": [self.outcome]}] if self.outcome else []
        direction = {"higher": "increase", "lower": "decrease"}.get(self.towards() if self.outcome else "", "")
        found = [work(*each) for each in self.sources]
        results = [one for query in given for one in published(**{"direction": direction, **query})]
        found = [*found, *results] if self.few else [*results, *found]
        found += [one for query in self.people for one in counted_people(**query)]
        for query in self.reported:
            items = {item.id: item for item in load_care().items}
            found += reported(items[query["item"]], **{name: value for name, value in query.items() if name != "item"})
        found += [one for query in self.lasted for one in lasted(**query)]
        found += self.extra.evidence
        kept = [one for one in found if one.key not in self.without]
        return few(kept) if self.few else tuple(kept)

    def shown(self) -> Picture | None:
        """The small plot."""
        shown = {**self.picture}
        label, until = shown.pop("label", ""), shown.pop("to", float("inf"))
        if self.extra.picture is not None or shown.pop("none", False):
            return self.extra.picture
        if "times" in shown:
            return special.times(shown["times"], self.number)
        if "waits" in shown:
            return special.waits(shown["waits"])
        if self.bars:
            return Picture.bars(self.rows, label)
        part, base = shown.pop("part", "values"), shown.pop("base", "untreated")
        reading = self.number.but(**{"against": None, **shown})
        if reading.run.of == "states" and shown:
            states = reading.run.states()
            values = states.layer_mean(reading.name, "papillary")[None]
            return Picture.course(states.days, values, None, label, until)
        if reading.run.of != "course" or not reading.outcome:
            return None
        site, name, other = reading.run.course(), reading.outcome, self.number.other
        if base == "other":
            assert other is not None
            beside = getattr(other.run.course(), part)[name]
        else:
            beside = site.untreated[name] if base == "untreated" and part == "values" else None
        rows = site.gain() * 100.0 if part == "gain" else getattr(site, part)[name]
        return Picture.course(site.time_day, rows, beside, label or OUTCOMES[name].label, until)

    # ---------------------------------------------------------------------------------------------------- the point

    def point(self) -> Point:
        """The point with its answer, simulated now."""
        number, outcome = self.number, self.outcome
        known = outcome in OUTCOMES
        given: dict[str, Any] = {"words": self.words, "published": self.evidence(), "outcome": outcome if known else ""}
        if self.run is None or (known and OUTCOMES[outcome].not_modelled):
            return Point(answer=None, note=self._say(self.note), why_not=self.why_not, **given)
        other = number.other
        command = number.run.command(outcome, None if other is None else other.run)
        if self.held:
            answer = Answer(words=self._say(self.told or BY_SCREENING), command=command, checks=self.held,
                            picture=self.shown())  # fmt: skip
            return Point(answer=answer, note=self._say(self.note), **given)
        effect = number.interval()
        direction_only = self.size_assumed or bool(known and OUTCOMES[outcome].direction_only)
        answer = Answer(
            words=self._say(self.told or BY_COURSE, effect), command=command, effect=effect, unit=number.unit,
            matters=self.smallest, towards=self.towards(effect), direction_only=direction_only, picture=self.shown(),
            expected=None if isinstance(self.expected, str) else (self.expected[0], self.expected[1]),
        )  # fmt: skip
        asked_day = known and (number.day, number.after_last) != (None, None)
        day = number.when(number.run.course()) if asked_day else None
        return Point(answer=answer, note=self._say(self.note), statistic=number.read, day=day, **given)

    def _say(self, text: str, effect: Interval | None = None) -> str:
        """A text with its values inserted."""
        number, alone = self.number, self.number.but(against=None)
        screening = number.run.of == "screening" and number.run.screening()
        outcome = OUTCOMES.get(self.outcome)
        care = number.run if number.run.of == "care" else Run(of="care")
        made: dict[str, Callable[[], Any]] = {
            "effect": lambda: Amount(effect or number.interval(), number.unit),
            "label": lambda: outcome.label if outcome else "",
            "only": lambda: f"; direction only: {outcome.direction_only}" if outcome and outcome.direction_only else "",
            "day": lambda: f"{number.when(number.run.course()):g}",
            "matters": lambda: f"{self.smallest:.0f} {number.unit}",
            "bars": lambda: "; ".join(f"{label}: {Amount(each):spread}" for label, each in self.rows.items()),
            "checks": lambda: "; ".join(f"{words}: {'yes' if yes else 'no'}" for words, yes in self.held.items()),
            "overall": lambda: screening and screening.overall,
            "holds": lambda: screening and (", ".join(new_rules(screening)) or "no further rule"),
            "rules": lambda: _Lookup(lambda name: load_rules().rules[name].disagreement),
            "used": lambda: _Lookup(lambda name: entry(care.care(), name).used),
            "differ": lambda: _Lookup(lambda name: entry(care.care(), name).differ),
            "patient": lambda: _Lookup(lambda name: entry(care.care(), name).texts["patient"]),
            "practitioner": lambda: _Lookup(lambda name: entry(care.care(), name).texts["practitioner"]),
            "required": lambda: _Lookup(
                lambda name: next(one for one in care.care().care.checklist if one.id == name).texts["practitioner"]
            ),
            **{name: lambda each=each: alone.but(**each).amount() for name, each in self.also.items()},  # type: ignore[misc]  # bound now
            **{name: lambda value=value: value for name, value in self.extra.values.items()},  # type: ignore[misc]  # bound now
        }  # fmt: skip
        return text.format_map(_Said(made)) if "{" in text else text


def _each(edits: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Answers, with each list expanded to its values in turn."""
    for name, values in edits.items():
        if isinstance(values, list):
            for value in values:
                yield from _each({**edits, name: value})
            return
    yield dict(edits)


# ------------------------------------------------------------------------------------------------------- the files


_OF_READING: Final = {one.name for one in fields(Reading)} - {"run"}


def _asked(kept: Mapping[str, Any], where: str) -> Asked:
    """A point from its entry, in which fields of the reading are not nested."""
    rest = {name: value for name, value in kept.items() if name not in _OF_READING}
    reading = {name: value for name, value in kept.items() if name in _OF_READING}
    try:
        one = Asked(**rest, reading=reading)
        _ = one.number  # an unknown field of the run or the reading is told here
        return one
    except TypeError as error:
        raise DataFileError(where, str(kept.get("claim")), str(error), accepted="fields of a point") from error


@cache
def asked() -> Mapping[str, tuple[Asked, ...]]:
    """Claim → its points."""
    found: dict[str, tuple[Asked, ...]] = {}
    for file in sorted((files("neodermis.claims") / "data" / FOLDER).iterdir(), key=lambda each: each.name):
        for kept in tomllib.loads(file.read_text("utf-8"))["point"]:
            one = _asked(kept, file.name)
            found[one.claim] = (*found.get(one.claim, ()), one)
    return found
