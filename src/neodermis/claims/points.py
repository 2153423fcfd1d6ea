"""Points that are described as data: a run, an outcome, a day, a statistic, what is expected, published results.

``points.toml`` holds them in the order of each claim; the printed command follows from the run.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from neodermis.claims.ledger import Answer, Evidence, Picture, Point
from neodermis.claims.runs import at, change, course, matters, over_untreated, paired, published, source
from neodermis.course import SiteCourse
from neodermis.errors import DataFileError
from neodermis.session import Floats, Interval
from neodermis.skin.outcomes import OUTCOMES, find_outcome
from neodermis.wording import with_interval

FILE: Final = "points.toml"
#: Outcomes that a course always prints; the others are printed on request.
PRINTED: Final = ("collagen_papillary", "collagen_total", "dermal_thickness")


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((files("neodermis.claims") / "data" / FILE).read_text("utf-8"))


def plan(name: str) -> str:
    """A protocol sentence by its name in the file."""
    found: dict[str, str] = _document()["plans"]
    if name not in found:
        raise DataFileError(FILE, "plans", name, accepted=", ".join(found))
    return found[name]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A course of a plan for a person, and another plan that it is compared with."""

    plan: str = "four"
    age: float | None = None
    exposures: Mapping[str, str] = field(default_factory=dict)
    concerns: Mapping[str, str] = field(default_factory=dict)
    until: float | None = None
    beside: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """The person and the last day, as far as they are given."""
        given = {name: getattr(self, name) for name in ("age", "exposures", "concerns", "until")}
        return {name: value for name, value in given.items() if value}

    def command(self, outcome: str) -> str:
        """The command that makes this run and prints the outcome."""
        words = [f'neodermis simulate "{plan(self.plan)}"']
        for name, value in self.options.items():
            if isinstance(value, Mapping):
                words += [f"--{name.removesuffix('s')} {shlex.quote(f'{one}={given}')}" for one, given in value.items()]
            else:
                words.append(f"--{name} {value:g}")
        if self.beside:
            words.append(f'--compare "{plan(self.beside)}"')
        elif outcome not in PRINTED:
            words.append("--all")
        return " ".join(words)

    def course(self, name: str = "") -> SiteCourse:
        """The solved course, or that of another plan for the same person."""
        return course(plan(name or self.plan), **self.options)


def _over(site: SiteCourse, outcome: str, day: float) -> Floats:
    bare: Floats = np.array([np.interp(day, site.time_day, row) for row in site.untreated[outcome]])
    return 100.0 * (at(site, outcome, day) / bare - 1.0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One point of the file."""

    claim: str
    words: str = ""
    code: bool = False
    """Whether the next point of the function that answers the claim stands here."""
    run: Mapping[str, Any] | None = None
    """None where nothing simulates it yet."""
    outcome: str = ""
    statistic: str = "change"
    """``change`` from before treatment, %; ``over_untreated``, %; ``added`` over the plan beside, points of %."""
    day: float | None = None
    after_last: float | None = None
    """Days after the last session, in place of a day."""
    expected: str | Sequence[float] = "better"
    """``better``, ``higher``, ``lower``, or a range."""
    matters: float | None = None
    """Smallest effect that matters; that of the outcome where none is given."""
    told: str = "{label}, day {day}: {effect} of baseline; {matters} matters{only}"
    unit: str = "%"
    picture: Mapping[str, Any] | None = field(default_factory=dict)
    bars: Mapping[str, str] = field(default_factory=dict)
    """Label → plan, of the small plot."""
    published: Sequence[Mapping[str, Any]] | None = None
    """Outcomes whose results in people count; those of the outcome itself where nothing is given."""
    sources: Sequence[Sequence[str]] = ()
    note: str = ""

    def when(self, site: SiteCourse) -> float:
        """The day that is read."""
        if self.after_last is not None:
            return site.last_session_day + self.after_last
        assert self.day is not None
        return self.day

    @property
    def towards(self) -> str:
        """Where the effect is expected."""
        if not isinstance(self.expected, str):
            return "within"
        return OUTCOMES[self.outcome].better if self.expected == "better" else self.expected

    def evidence(self) -> tuple[Evidence, ...]:
        """Published results, and sources that are no findings."""
        given = self.published
        if given is None:
            given = [{"outcomes": [self.outcome]}] if self.outcome else []
        direction = {"higher": "increase", "lower": "decrease"}.get(self.towards if self.outcome else "", "")
        found: list[Evidence] = []
        for one in given:
            rest = {name: value for name, value in one.items() if name != "outcomes"}
            found += published(*one["outcomes"], **{"direction": direction, **rest})
        return (*found, *(source(*each) for each in self.sources))

    def effect(self, run: Run) -> Interval:
        """The statistic."""
        site = run.course()
        if self.statistic == "added":
            one, other = paired(site, run.course(run.beside), lambda each: _over(each, self.outcome, self.when(each)))
            return Interval.of(one - other)
        return {"change": change, "over_untreated": over_untreated}[self.statistic](site, self.outcome, self.when(site))

    def shown(self, run: Run) -> Picture | None:
        """The small plot."""
        if self.bars:
            sites = {label: run.course(name) for label, name in self.bars.items()}
            rows = {label: Interval.of(_over(site, self.outcome, self.when(site))) for label, site in sites.items()}
            return Picture.bars(rows, (self.picture or {}).get("label", ""))
        if self.picture is None or self.picture.get("none"):
            return None
        name = self.picture.get("outcome", self.outcome)
        site, label = run.course(), self.picture.get("label", OUTCOMES[name].label)
        bare = site.untreated[name] if self.picture.get("untreated", True) else None
        return Picture.course(site.time_day, site.values[name], bare, label, self.picture.get("until", float("inf")))

    def point(self) -> Point:
        """The point with its answer, simulated now."""
        given = {"words": self.words, "published": self.evidence(), "note": self.note, "outcome": self.outcome}
        if self.run is None or OUTCOMES[self.outcome].not_modelled:
            return Point(answer=None, **given)  # type: ignore[arg-type]  # as named
        run, outcome = Run(**self.run), find_outcome(self.outcome)
        effect = self.effect(run)
        least = matters(self.outcome, run.course()) if self.matters is None else self.matters
        only = f"; direction only: {outcome.direction_only}" if outcome.direction_only else ""
        words = self.told.format(
            label=outcome.label, day=f"{self.when(run.course()):g}", only=only, matters=f"{least:.0f} {self.unit}",
            effect=with_interval(effect, unit=self.unit, signed=True),
        )  # fmt: skip
        answer = Answer(
            words=words, command=run.command(self.outcome), effect=effect, unit=self.unit, matters=least,
            towards=self.towards,  # type: ignore[arg-type]  # one of the three
            expected=None if isinstance(self.expected, str) else (self.expected[0], self.expected[1]),
            direction_only=bool(outcome.direction_only), picture=self.shown(run),
        )  # fmt: skip
        return Point(answer=answer, day=self.when(run.course()), statistic=self.statistic, **given)  # type: ignore[arg-type]


@cache
def asked() -> Mapping[str, tuple[Asked, ...]]:
    """Claim → its points in the file."""
    found: dict[str, tuple[Asked, ...]] = {}
    for entry in _document()["point"]:
        try:
            one = Asked(**entry)
        except TypeError as error:
            raise DataFileError(FILE, str(entry.get("claim")), str(error), accepted="fields of a point") from error
        found[one.claim] = (*found.get(one.claim, ()), one)
    return found


def points(claim_id: str, special: Iterator[Point]) -> list[Point]:
    """The points of a claim: those of the file in their order, each place left to code filled from ``special``."""
    found = [next(special) if one.code else one.point() for one in asked()[claim_id]]
    if left := list(special):
        raise DataFileError(FILE, claim_id, left[0].words, accepted="a place (code = true) for each point of the code")
    return found
