"""Prior predictive check: published findings and their predictions by the observation model, for any parameter set.

Each arm that can be simulated is solved once, in its own people and times; nothing is fitted here.  Studies weigh
equally, and within a study each series of repeated times counts once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from neodermis.api import simulate_arm
from neodermis.api.observation import not_asked
from neodermis.evidence import ParameterSet, Study, load_study, study_ids
from neodermis.simulation.course import Observed
from neodermis.simulation.session import Floats, Interval
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
    """Share of findings in the 90 % predictive interval; studies weigh equally, a series of one arm once."""
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


#: Families of outcomes that are judged together, and their outcomes: each outcome is in one.
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "Severity of scars and stretch marks": (
        "scar_severity", "goodman_baron_grade", "goodman_baron_score", "ecca_score", "vss", "posas", "striae_width",
    ),
    "Wrinkles, laxity, texture": (
        "wrinkle_grade", "wrinkle_depth", "laxity_grade", "texture_grade", "roughness_ra", "pore_diameter", "radiance",
    ),
    "Pigment": ("melanin", "melanin_index", "melanin_contrast", "mmasi", "masi", "pih_probability"),
    "Elasticity and thickness": (
        "cutometer_r2", "cutometer_r5", "cutometer_r7", "stiffness", "dermal_thickness", "dermal_density",
        "epidermal_thickness",
    ),
    "Collagen and elastin (histology)": (
        "collagen_papillary", "collagen_total", "collagen_1", "collagen_3", "collagen_3_share", "elastin",
        "tropoelastin", "hyaluronan",
    ),
    "Barrier, sebum": (
        "tewl", "hydration", "sebum", "closure_hours_electrical", "closure_hours_geometric", "closure_hours_barrier",
    ),
    "Pain, erythema, downtime, scarring": (
        "pain_vas", "erythema_hours", "oedema_hours", "flaking_days", "erythema_index", "blood_flow", "downtime_days",
        "bruising_probability", "scarring_risk",
    ),
    "Responders and global judgements": ("responder_share", "global_improvement", "satisfaction"),
}  # fmt: skip
#: The smallest change that matters where the scale gives none in the unit of a result: 10 % of baseline, or of people.
_TENTH: Final = 10.0
#: How often studies are drawn again for the interval of a share.
RESAMPLES: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """How predicted numbers did over a family of outcomes; studies weigh equally, a series of one arm once.

    Errors are absolute, in units of the smallest change that matters.
    """

    name: str
    studies: int
    numbers: int
    inside: float
    """Share of the numbers in the 90 % predictive interval."""
    error: float | None
    """Mean error of the predicted median; None where the smallest change that matters is known of no number."""
    compared: int
    """Numbers for whose outcome another study printed a number in the same unit."""
    error_compared: float | None
    """Mean error of the predicted median on those; None where there are none."""
    error_constant: float | None
    """Mean error, on the same, of a constant: the mean over the other studies."""


def numbers(rows: Iterable[Observed]) -> list[Observed]:
    """The results that are numbers: no signs."""
    return [row for row in rows if row.verdict != "not asked" and row.observed is not None]


def smallest_change(row: Observed) -> float | None:
    """Smallest change that matters of a result, in its unit; None where it is of a baseline that was not printed."""
    outcome = OUTCOMES[row.finding.outcome]
    if row.unit == "% of people":
        # of an outcome that is a share of people itself its own, else that of the share of responders
        own = outcome if outcome.range == (0.0, 1.0) and outcome.kind == "session" else OUTCOMES["responder_share"]
        return 100.0 * own.smallest_change
    if row.unit == "% of baseline":
        if outcome.smallest_change_of == "baseline":
            return 100.0 * outcome.smallest_change
        return 100.0 * outcome.smallest_change / abs(row.finding.baseline) if row.finding.baseline else _TENTH
    if outcome.smallest_change_of == "baseline":
        return outcome.smallest(row.finding.baseline) if row.finding.baseline else None
    return outcome.smallest_change


def constants(rows: Sequence[Observed]) -> list[float | None]:
    """For each number the mean of the other studies' numbers of that outcome and unit; None where no other has one."""
    by_study: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_study[row.finding.outcome, row.unit][row.study].append(_middle(row))
    found: list[float | None] = []
    for row in rows:
        studies = by_study[row.finding.outcome, row.unit]
        others = [float(np.mean(values)) for study, values in studies.items() if study != row.study]
        found.append(float(np.mean(others)) if others else None)
    return found


def _middle(row: Observed) -> float:
    assert row.observed is not None
    return sum(row.observed) / 2.0


def family(name: str, rows: Sequence[Observed], rivals: Sequence[float | None]) -> Family:
    """Coverage and errors over numbers and the constants that rival them."""
    sized = [(row, least, rival) for row, rival in zip(rows, rivals, strict=True) if (least := smallest_change(row))]
    both = [(row, least, rival) for row, least, rival in sized if rival is not None]
    return Family(
        name=name, studies=len({row.study for row in rows}), numbers=len(rows),
        inside=float((weights(rows) * [row.verdict == "inside" for row in rows]).sum()),
        error=_mean([(row, abs(row.error or 0.0) / least) for row, least, _ in sized]), compared=len(both),
        error_compared=_mean([(row, abs(row.error or 0.0) / least) for row, least, _ in both]),
        error_constant=_mean([(row, abs(_middle(row) - rival) / least) for row, least, rival in both]),
    )  # fmt: skip


def _mean(values: Sequence[tuple[Observed, float]]) -> float | None:
    """Mean over results as they weigh; None of nothing."""
    if not values:
        return None
    return float((weights([row for row, _ in values]) * [value for _, value in values]).sum())


def by_family(rows: Iterable[Observed]) -> list[Family]:
    """Numbers by family, and over all; families without a number are left out."""
    found = numbers(rows)
    rivals = constants(found)
    pairs = list(zip(found, rivals, strict=True))
    groups = {name: [pair for pair in pairs if pair[0].finding.outcome in of] for name, of in FAMILIES.items()}
    groups["All"] = pairs
    return [family(name, *zip(*some, strict=True)) for name, some in groups.items() if some]


def coverage(rows: Iterable[Observed]) -> Interval | None:
    """Share of the numbers within their 90 % predictive interval, with its 90 % confidence interval; None without any.

    Studies weigh equally; the confidence interval is a bootstrap over studies (clusters), so that the results
    of one study stay together.
    """
    found = numbers(rows)
    if not found:
        return None
    weight, studies = weights(found), sorted({row.study for row in found})
    share = np.array([
        sum(w for w, row in zip(weight, found, strict=True) if row.study == name and row.verdict == "inside")
        for name in studies
    ]) * len(studies)  # fmt: skip
    again = np.random.default_rng(0).integers(len(studies), size=(RESAMPLES, len(studies)))
    low, high = np.quantile(share[again].mean(axis=1), (0.05, 0.95))
    return Interval(float(share.mean()), float(low), float(high))


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
