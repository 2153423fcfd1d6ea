"""Findings beside what their studies would have printed: before any fit, or with any parameter set.

Each arm that can be simulated is solved once, in its own people and times; nothing is fitted here.  Studies weigh
equally, and within a study each series of repeated times counts once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neodermis.course import Observed
from neodermis.evidence import ParameterSet, Study, load_study, study_ids
from neodermis.people import simulate_arm
from neodermis.people.observing import not_asked
from neodermis.session import Floats
from neodermis.skin.outcomes import OUTCOMES


def predict(
    studies: Iterable[Study] | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
    parameters: ParameterSet | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Observed]:
    """Every finding of the studies (all shipped ones by default) beside its prediction, study by study."""
    wanted = [load_study(name) for name in study_ids()] if studies is None else list(studies)
    for number, study in enumerate(wanted, start=1):
        for arm in study.arms:
            if all(not_asked(study, arm, finding) for finding in arm.findings):
                yield from (
                    Observed(study=study.id, arm=arm.id, finding=finding, rater=finding.rater or arm.rater,
                             why=not_asked(study, arm, finding))
                    for finding in arm.findings
                )  # fmt: skip
            else:
                yield from simulate_arm(study, arm.id, draws=draws, seed=seed, parameters=parameters).observed
        if progress is not None:
            progress(number, len(wanted))


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """How predictions did over some findings."""

    name: str
    studies: int
    findings: int
    inside: float
    """Share of findings in the 90 % interval; studies weigh equally, a series of one arm once."""
    numbers: int
    """Findings that are a number, and no sign."""
    numbers_inside: float | None
    """The same share of those."""
    bias: float | None
    """Mean of predicted less published towards benefit, so that positive is too good; % of baseline or of people."""
    width: float | None
    """Mean width of the interval, likewise."""


def weights(rows: Sequence[Observed]) -> Floats:
    """Weight of each row: studies equal, within them series equal, within a series its times equal; 1 in all."""
    series = [(r.study, r.arm, r.finding.series or f"{r.finding.outcome}:{r.finding.measure}:{k}")
              for k, r in enumerate(rows)]  # fmt: skip
    times = Counter(series)
    in_study: dict[str, set[object]] = defaultdict(set)
    for one in series:
        in_study[one[0]].add(one)
    found: Floats = np.array([1.0 / times[one] / len(in_study[one[0]]) / len(in_study) for one in series])
    return np.asarray(found / found.sum())


def too_good(row: Observed) -> float | None:
    """Predicted less published, towards benefit, of a result with a number in % (of baseline, or of people)."""
    if row.error is None or not row.unit.startswith("%") or row.finding.below is not None:
        return None
    outcome = OUTCOMES[row.finding.outcome]
    # people counted are those who improved, but for those whom marks or scars came to
    lower = outcome.better == "lower" and (row.unit != "% of people" or outcome.kind == "session")
    return -row.error if lower else row.error


def group(name: str, rows: Sequence[Observed]) -> Group:
    """Coverage, bias and width over rows that were asked."""
    weight = weights(rows)
    met = np.array([row.verdict == "inside" for row in rows])
    numbered = [(w, too_good(row), row) for w, row in zip(weight, rows, strict=True) if too_good(row) is not None]
    whole = sum(w for w, _, _ in numbered)
    bias = sum(w * (good or 0.0) for w, good, _ in numbered) / whole if whole else None
    width = (
        sum(w * (row.printed.upper90 - row.printed.lower90) for w, _, row in numbered if row.printed) / whole
        if whole
        else None
    )
    numbers = [row for row in rows if row.observed is not None]
    return Group(name=name, studies=len({row.study for row in rows}), findings=len(rows),
                 inside=float((weight * met).sum()), numbers=len(numbers),
                 numbers_inside=float((weights(numbers) * [r.verdict == "inside" for r in numbers]).sum())
                 if numbers else None, bias=bias, width=width)  # fmt: skip


def by_outcome(rows: Iterable[Observed]) -> list[Group]:
    """Groups by outcome, in the order of the catalogue, and over all; numbers and signs together."""
    asked = [row for row in rows if row.verdict != "not asked"]
    groups = [group(name, some) for name in OUTCOMES if (some := [row for row in asked if row.finding.outcome == name])]
    return [*groups, group("all", asked)] if asked else []


def distance(row: Observed) -> float:
    """How far a published number lies outside the interval, over half its width (1 at least); 0 inside.

    Of a sign it is one less the share of the draws that have it.
    """
    if row.verdict != "missed" or row.printed is None:
        return 0.0
    if row.observed is None:
        return 1.0 - (row.share or 0.0)
    half = max((row.printed.upper90 - row.printed.lower90) / 2.0, 1.0)
    low, high = row.observed
    return max(low - row.printed.upper90, row.printed.lower90 - high) / half


def worst(rows: Iterable[Observed], count: int = 10) -> list[Observed]:
    """The worst misses: numbers by distance over half the interval's width, then signs."""
    missed = [row for row in rows if row.verdict == "missed"]
    return sorted(missed, key=lambda row: (row.observed is None, -distance(row)))[:count]
