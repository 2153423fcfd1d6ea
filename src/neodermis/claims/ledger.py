"""Ledger of claims about microneedling, answered by simulation and by published evidence according to fixed rules.

A claim has points; a point has a simulated answer and published results.  The verdict on a point follows from both by
:func:`judged`, the verdict on a claim from its points by :func:`combined`; nothing is supported without both.

This module does not simulate: :func:`judge` and :func:`ledger` import the simulation when called.  The answers of this
version are shipped (:mod:`neodermis.claims.record`).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

import numpy as np

from neodermis.errors import DataFileError, UnknownNameError
from neodermis.uncertain import Floats, Interval

Verdict = Literal["supported", "partly", "not supported", "contradicted", "no evidence", "pending"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
#: Result of the simulation for a point.
State = Literal["yes", "some", "none", "opposite"]
#: Combined published result for a point.
Published = Literal["for", "weak", "mixed", "against", "none"]
#: Weight of a study by its grade of evidence.
WEIGHTS: Final[dict[str, float]] = {"A": 3.0, "B": 2.0, "C": 1.0, "D": 0.5}
#: Share of the weight required for agreement.
AGREED: Final = 0.75
#: Grade of a controlled study in people.
CONTROLLED: Final = "B"
#: Maximum number of days in a small plot, which is 1.5 inches wide.
SHOWN: Final = 90
#: Verdict on a point, by the result of the simulation and the published results.
RULE: Final[dict[State, dict[Published, Verdict]]] = {
    "yes": {
        "for": "supported", "weak": "partly", "mixed": "partly", "against": "not supported", "none": "no evidence",
    },
    "some": {"for": "partly", "weak": "partly", "mixed": "partly", "against": "not supported", "none": "no evidence"},
    "none": {
        "for": "not supported", "weak": "not supported", "mixed": "not supported", "against": "contradicted",
        "none": "no evidence",
    },
    "opposite": {
        "for": "not supported", "weak": "not supported", "mixed": "contradicted", "against": "contradicted",
        "none": "no evidence",
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A small plot: a course over ``x``, or, with ``labels``, intervals side by side; all arrays of one length."""

    x: Floats
    median: Floats
    low: Floats
    high: Floats
    base: Floats | None = None
    """The untreated course, or another reference."""
    labels: tuple[str, ...] = ()
    x_label: str = "days"
    y_label: str = ""

    @classmethod
    def course(
        cls,
        days: Floats,
        values: Floats,
        untreated: Floats | None = None,
        y_label: str = "",
        until: float = float("inf"),
    ) -> Picture:
        """Plot of draws, (draws, days), up to a day; at most :data:`SHOWN` days, including the first and the last."""
        within = np.flatnonzero(days <= until)
        shown = within[np.unique(np.linspace(0, len(within) - 1, SHOWN).round().astype(int))]
        days, values = days[shown], values[:, shown]
        untreated = None if untreated is None else untreated[:, shown]
        low, median, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
        base = None if untreated is None else np.median(untreated, axis=0)
        return cls(x=days, median=median, low=low, high=high, base=base, y_label=y_label)

    @classmethod
    def bars(cls, rows: Mapping[str, Interval], y_label: str = "") -> Picture:
        """Plot of one interval for each label."""
        median, low, high = np.array([[i.median, i.lower90, i.upper90] for i in rows.values()]).T
        return cls(x=np.arange(len(rows), dtype=float), median=median, low=low, high=high, labels=tuple(rows),
                   x_label="", y_label=y_label)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Simulated answer to a point: an effect with its interval, or checks that hold or not."""

    words: str
    """The simulation and its result, in words."""
    command: str
    """A command that reproduces it."""
    effect: Interval | None = None
    unit: str = ""
    towards: Literal["higher", "lower", "within"] = "higher"
    """Expected effect of the claim: above 0, below 0, or within ``expected``."""
    expected: tuple[float, float] | None = None
    matters: float = 0.0
    """Smallest effect that matters, in ``unit``."""
    direction_only: bool = False
    """Whether no published result constrains the size of the effect, so that it is never certain."""
    checks: Mapping[str, bool] | None = None
    """For an answer without a number: conditions, and whether each holds."""
    picture: Picture | None = None

    @property
    def state(self) -> State:
        """Result of the simulation; for an effect of unconstrained size only whether it is present."""
        found = self._state()
        return "some" if found == "yes" and self.direction_only else found

    def _state(self) -> State:
        if self.checks is not None:
            held = list(self.checks.values())
            return "yes" if all(held) else "some" if any(held) else "none"
        assert self.effect is not None
        low, median, high = self.effect.lower90, self.effect.median, self.effect.upper90
        if self.towards == "within":
            assert self.expected is not None
            first, last = self.expected
            if first <= low and high <= last:
                return "yes"
            return "some" if first <= high and low <= last else "opposite"
        if self.towards == "lower":
            low, median, high = -high, -median, -low
        if low > 0 and median >= self.matters:
            return "yes"
        if high < 0 and median <= -self.matters:
            return "opposite"
        if median <= 0 or high < self.matters:
            return "none"
        return "some"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Result of one published work on a point."""

    key: str
    """Key of the study or source."""
    grade: str
    """Grade of evidence, A to D."""
    says: Literal["for", "against"]
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One part of a claim."""

    words: str
    answer: Answer | None
    """Simulated answer; None where it is not modelled."""
    published: tuple[Evidence, ...] = ()
    note: str = ""
    """Further information for the reader, such as disagreements between the articles and the literature."""
    outcome: str = ""
    """Outcome on which the answer is based, if any."""
    statistic: str = ""
    """Statistic of the outcome, for points described as data."""
    day: float | None = None
    """Day of the statistic, d."""
    why_not: str = ""
    """Mechanism or evidence that is missing, where the point is not simulated."""

    def __post_init__(self) -> None:
        if self.why_not and self.answer is not None:
            raise ValueError(f"{self.words}: not modelled ({self.why_not}), so that no answer can be based on it")

    @property
    def weighed(self) -> Published:
        """Combined result of the published works."""
        return weighed(self.published)

    @property
    def verdict(self) -> Verdict:
        """By :data:`RULE`."""
        return judged(self.answer, self.published)

    @property
    def reason(self) -> str:
        """Reason for the verdict, as a sentence."""
        if self.answer is None:
            return f"not modelled in this version{f': {self.why_not}' if self.why_not else ''}"
        simulated = {
            "yes": "the simulation shows it", "some": "the simulation shows it partly or without certainty",
            "none": "the simulation does not show it", "opposite": "the simulation shows the opposite",
        }[self.answer.state]  # fmt: skip
        return f"{simulated}; {_SAYS[self.weighed]}"

    @property
    def turning(self) -> str:
        """Results that would change the verdict, as a sentence."""
        return turning(self.answer, self.published)


_SAYS: Final = {
    "for": "published results agree",
    "weak": "published results agree, but none is controlled",
    "mixed": "published results disagree",
    "against": "published results contradict it",
    "none": "no published result was found",
}


def weighed(published: Iterable[Evidence]) -> Published:
    """Combined result of published works: each study once, weighted by its grade.

    They agree if three quarters of the weight agree.  Agreement without a controlled or large measured study (grade A
    or B) is weak and supports nothing alone; animal studies, manufacturers and opinion (D) alone do not contradict a
    claim.
    """
    by_study: dict[str, dict[str, float]] = {}
    for one in published:
        sides = by_study.setdefault(one.key, {})
        sides[one.says] = max(sides.get(one.says, 0.0), WEIGHTS[one.grade])
    if not by_study:
        return "none"
    total, strongest = {"for": 0.0, "against": 0.0}, {"for": 0.0, "against": 0.0}
    for sides in by_study.values():
        for says, weight in sides.items():
            total[says] += weight / len(sides)
            strongest[says] = max(strongest[says], weight)
    share = total["for"] / sum(total.values())
    if share >= AGREED:
        return "for" if strongest["for"] > WEIGHTS["C"] else "weak"
    return "against" if share <= 1.0 - AGREED and strongest["against"] > WEIGHTS["D"] else "mixed"


def judged(answer: Answer | None, published: Sequence[Evidence]) -> Verdict:
    """Verdict on a point, from its simulated answer and the published results."""
    if answer is None:
        return "pending"
    return RULE[answer.state][weighed(published)]


def turning(answer: Answer | None, published: Sequence[Evidence]) -> str:
    """Results that would change the verdict on a point: controlled studies and other predictions, by the rule."""
    now, said = judged(answer, published), weighed(published)
    if answer is None:
        return f"Once it is modelled, a simulation that shows it would change the verdict to “{RULE['yes'][said]}”."
    ways = []
    # so many controlled studies are three quarters of the weight, whatever the others say
    enough = math.ceil(AGREED / (1.0 - AGREED) * sum(WEIGHTS[one.grade] for one in published) / WEIGHTS[CONTROLLED])
    directions = {"for": "in the direction of the claim", "against": "in the other direction or without an effect"}
    for says, words in directions.items():
        for number in range(1, max(enough, 1) + 1):
            more = [
                Evidence(key=f"study {k}", grade=CONTROLLED, says=says, words="")  # type: ignore[arg-type]  # of two
                for k in range(number)
            ]
            then = judged(answer, [*published, *more])
            if then != now:
                studies = "one controlled study" if number == 1 else f"{number} controlled studies"
                ways.append(f"{studies} {words} would change the verdict to “{then}”")
                break
    surely = RULE["yes"][said]
    if answer.state != "yes" and surely != now:
        if answer.checks is not None:
            how = "a simulation in which all checks hold"
        elif answer.state == "some":
            how = "a published effect size" if answer.direction_only else "a narrower prediction"
        else:
            how = "a simulation that shows it"
        ways.append(f"{how} would change the verdict to “{surely}”")
    told = "; ".join(ways)
    return f"{told[0].upper()}{told[1:]}."


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """Verdict on a claim from those on its points; a pending point does not affect the others.

    A verdict common to all points is that of the claim.  If some points are supported or partly supported, the claim is
    partly supported; otherwise it is not supported, or contradicted if all points with evidence are.
    """
    each = set(verdicts)
    if len(each) > 1:
        each -= {"pending"}
    if len(each) == 1:
        return each.pop()
    if each & {"supported", "partly"}:
        return "partly"
    shown = each - {"no evidence"}
    return "contradicted" if shown == {"contradicted"} else "not supported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One entry of the list of claims."""

    id: str
    about: str
    claim: str
    documents: tuple[str, ...]
    """Ids of the documents that make the claim."""
    expect: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A claim with its answer."""

    claim: Claim
    points: tuple[Point, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict on the claim."""
        return combined(point.verdict for point in self.points)

    @property
    def reason(self) -> str:
        """Reason for the verdict, point by point."""
        if len(self.points) == 1:
            return self.points[0].reason
        return "; ".join(f"{point.words}: {point.verdict} ({point.reason})" for point in self.points)


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((files("neodermis.claims") / "data" / "claims.toml").read_text("utf-8"))


def documents() -> Mapping[str, str]:
    """The documents that make the claims, by id."""
    found: dict[str, str] = _document()["documents"]
    return found


@cache
def load_claims() -> Mapping[str, Claim]:
    """All claims, by id."""
    found = {}
    for entry in _document()["claim"]:
        try:
            expect = {name: (float(low), float(high)) for name, (low, high) in entry.get("expect", {}).items()}
            given = {**entry, "documents": tuple(entry["documents"]), "expect": expect}
            found[entry["id"]] = Claim(**given)
        except (TypeError, KeyError) as error:
            raise DataFileError(
                "claims.toml", str(entry.get("id")), str(error), accepted="fields of a claim"
            ) from error
    return found


def judge(claim: Claim) -> Judged:
    """A claim with its answer, simulated now."""
    from neodermis.claims.points import asked  # imports the model

    return Judged(claim=claim, points=tuple(checked(one.point()) for one in asked()[claim.id]))


def checked(point: Point) -> Point:
    """A point with the reason why its outcome is not modelled before its own; ``ValueError`` where it has an answer."""
    from neodermis.skin.outcomes import OUTCOMES

    missing = OUTCOMES[point.outcome].not_modelled if point.outcome else ""
    return replace(point, why_not="; ".join(filter(None, (missing, point.why_not)))) if missing else point


def chosen(names: Sequence[str] = ()) -> list[Claim]:
    """Claims by id, in the order of the list; all without ids.

    Raises :class:`UnknownNameError` with the closest id.
    """
    known, asked = load_claims(), {name.upper() for name in names}
    for name in names:
        if name.upper() not in known:
            raise UnknownNameError("claim", name, known)
    return [claim for claim in known.values() if not names or claim.id in asked]


def ledger(names: Sequence[str] = (), progress: Callable[[int, int], None] | None = None) -> Iterator[Judged]:
    """Claims with their answers, simulated now, in the order of the list; all without ids: about a minute.

    Raises :class:`UnknownNameError` with the closest id.
    """
    wanted = chosen(names)
    for number, claim in enumerate(wanted, start=1):
        yield judge(claim)
        if progress is not None:
            progress(number, len(wanted))
