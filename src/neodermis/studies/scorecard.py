"""Prior predictive check: published findings and their predictions by the observation model, for any parameter set.

Each arm that can be simulated is solved once, in its own people and times; nothing is fitted here.  Groups of people
weigh equally, and within a group each series of repeated times counts once.

Numbers are scored by their 90 % predictive interval and by the error of the predicted median, in units of the smallest
change that matters, beside two rivals (:mod:`neodermis.studies.rivals`).  Signs and significance statements are scored
by the logarithm of the probability that a study prints them, beside the base rate of the same statement.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from neodermis.api.course import simulate_arms
from neodermis.api.observation import not_asked
from neodermis.evidence import ParameterSet, Study, load_study, study_ids
from neodermis.simulation.course import Observed
from neodermis.simulation.session import Floats, Interval
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.raters import FAMILIES, JUDGEMENTS, RATERS, family_of
from neodermis.studies.rivals import Design, Forecast, Number, design, left_out, null_curve, pooled_mean, spearman

#: Family of outcomes → its title.
TITLES: Final = {
    "scars": "Severity of scars and stretch marks",
    "ageing": "Wrinkles, laxity, texture",
    "pigment": "Pigment",
    "elasticity": "Elasticity and thickness",
    "histology": "Collagen and elastin (histology)",
    "barrier": "Barrier, redness, blood flow, sebum",
    "session": "Pain and downtime",
    "events": "Adverse events",
    "judgement": "Responders, global improvement, satisfaction",
}
#: Smallest number of groups of people for ranking predictors in a family, rater or kind of device.
JUDGED_FROM: Final = 8
#: Smallest probability in a score: no result of a study is scored as impossible.
FLOOR: Final = 0.01
#: Default smallest change that matters, if the scale gives none in the unit of a result: 10 % of baseline or of people.
_TENTH: Final = 10.0
#: Number of bootstrap samples of groups of people for an interval.
RESAMPLES: Final = 10_000


def predict(
    studies: Iterable[Study] | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
    parameters: ParameterSet | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Observed]:
    """Every finding of the studies (all shipped ones by default) with its prediction, study by study."""
    wanted = [load_study(name) for name in study_ids()] if studies is None else list(studies)
    for number, study in enumerate(wanted, start=1):
        asked = {arm.id for arm in study.arms if not all(not_asked(study, arm, finding) for finding in arm.findings)}
        beside = {
            finding.against
            for arm in study.arms
            for finding in arm.findings
            if arm.id in asked and finding.against is not None and not not_asked(study, arm, finding)
        }
        courses = (
            simulate_arms(study, sorted(asked | beside), draws=draws, seed=seed, parameters=parameters) if asked else {}
        )
        for arm in study.arms:
            if arm.id in asked:
                yield from courses[arm.id].observed
            else:
                yield from (
                    Observed(study=study.id, arm=arm.id, finding=finding, rater=finding.rater or arm.rater,
                             people=study.people_of(arm), why=not_asked(study, arm, finding))
                    for finding in arm.findings
                )  # fmt: skip
        if progress is not None:
            progress(number, len(wanted))


# ------------------------------------------------------------------------------------------- rows and their weights


def weights(rows: Sequence[Observed]) -> Floats:
    """Weight of each row: groups of people equal, within them series, within a series its times; 1 in all."""
    series = [(r.people, r.study, r.arm, r.finding.series or f"{r.finding.outcome}:{r.finding.measure}:{k}")
              for k, r in enumerate(rows)]  # fmt: skip
    times = Counter(series)
    in_group: dict[str, set[object]] = defaultdict(set)
    for one in series:
        in_group[one[0]].add(one)
    found: Floats = np.array([1.0 / times[one] / len(in_group[one[0]]) / len(in_group) for one in series])
    return np.asarray(found / found.sum())


def numbers(rows: Iterable[Observed]) -> list[Observed]:
    """The results that are numbers: no signs, no significance statements."""
    return [row for row in rows if row.verdict in ("inside", "missed")]


def statements(rows: Iterable[Observed]) -> list[Observed]:
    """The signs and significance statements."""
    return [row for row in rows if row.verdict == "scored"]


def people_of(rows: Iterable[Observed]) -> int:
    """Number of groups of people."""
    return len({row.people for row in rows})


def towards_benefit(row: Observed) -> float:
    """1 where a higher number is better, else −1; of people with an adverse event fewer are better."""
    outcome = OUTCOMES[row.finding.outcome]
    # people counted are those who improved, but for those whom marks or scars came to
    lower = outcome.better == "lower" and (row.unit != "% of people" or outcome.kind == "session")
    return -1.0 if lower else 1.0


def too_good(row: Observed) -> float | None:
    """Predicted less published, towards benefit, of a result with a number in % (of baseline, or of people)."""
    if row.error is None or not (row.unit.startswith("%") or row.unit == "percentage points"):
        return None
    return None if row.finding.below is not None else row.error * towards_benefit(row)


def smallest_change(row: Observed) -> float | None:
    """Smallest change that matters of a result, in its unit; None where it is of a baseline that was not printed."""
    outcome = OUTCOMES[row.finding.outcome]
    if row.unit == "% of people":
        # of an outcome that is a share of people itself its own, else that of the share of responders
        own = outcome if outcome.range == (0.0, 1.0) and outcome.kind == "session" else OUTCOMES["responder_share"]
        return 100.0 * own.smallest_change
    if row.finding.outcome in JUDGEMENTS:
        return 100.0 * outcome.smallest_change
    if row.unit in ("% of baseline", "percentage points"):
        if outcome.smallest_change_of == "baseline":
            return 100.0 * outcome.smallest_change
        return 100.0 * outcome.smallest_change / abs(row.finding.baseline) if row.finding.baseline else _TENTH
    if outcome.smallest_change_of == "baseline":
        return outcome.smallest(row.finding.baseline) if row.finding.baseline else None
    return outcome.smallest_change


def _middle(row: Observed) -> float:
    assert row.observed is not None
    return sum(row.observed) / 2.0


def _mean(rows: Sequence[Observed], values: Sequence[float]) -> float | None:
    """Weighted mean over results; None without any."""
    return float((weights(rows) * np.asarray(values, dtype=float)).sum()) if rows else None


def resampled(rows: Sequence[Observed], values: Sequence[float]) -> Interval | None:
    """Mean with its 90 % confidence interval: a bootstrap over groups of people, which stay together."""
    if not rows:
        return None
    weight, names = weights(rows), sorted({row.people for row in rows})
    share = np.array([
        sum(w * v for w, v, row in zip(weight, values, rows, strict=True) if row.people == name) for name in names
    ]) * len(names)  # fmt: skip
    again = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    low, high = np.quantile(share[again].mean(axis=1), (0.05, 0.95))
    return Interval(float(share.mean()), float(low), float(high))


def coverage(rows: Iterable[Observed]) -> Interval | None:
    """Share of the numbers within their 90 % predictive interval, with its 90 % confidence interval."""
    found = numbers(rows)
    return resampled(found, [row.verdict == "inside" for row in found])


def covered_alike(rows: Iterable[Observed]) -> float | None:
    """The same share without between-study heterogeneity in the intervals."""
    found = [row for row in numbers(rows) if row.without_heterogeneity is not None]
    return _mean(found, [_holds(row.without_heterogeneity, row.observed) for row in found])


def _holds(interval: Interval | None, observed: tuple[float, float] | None) -> bool:
    assert interval is not None and observed is not None
    return observed[0] <= interval.upper90 and observed[1] >= interval.lower90


# ------------------------------------------------------------------------------------------- signs and significance


def statement(row: Observed) -> str:
    """Meaning of a sign: better, worse or none; for an outcome without a better side, its direction."""
    way, better = row.finding.direction, OUTCOMES[row.finding.outcome].better
    if way == "none" or better == "neither":
        return way
    return "better" if (way == "increase") == (better == "higher") else "worse"


def _kind_of_statement(row: Observed) -> Hashable:
    neither = OUTCOMES[row.finding.outcome].better == "neither"
    return row.finding.statistic, row.finding.against is None, neither


def base_rates(rows: Sequence[Observed]) -> list[float]:
    """Share of the same statement in the other groups of people, by kind; it corresponds to "always improves".

    Kinds are signs and significance statements, from before to after and between sides or arms.  One of each of the
    three statements is added, so that none is impossible.
    """
    shares: dict[Hashable, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        shares[_kind_of_statement(row)][row.people].append(statement(row))
    found = []
    for row in rows:
        others = [said for name, said in shares[_kind_of_statement(row)].items() if name != row.people]
        same = sum(said.count(statement(row)) / len(said) for said in others)
        found.append((same + 1.0) / (len(others) + 3.0))
    return found


def log_score(probability: float) -> float:
    """Logarithm of the probability of a printed result, which is taken as 1 % at least."""
    return float(np.log(max(probability, FLOOR)))


class Statements(NamedTuple):
    """How the probabilities of signs and significance statements did; groups of people weigh equally."""

    name: str
    people: int
    results: int
    score: float
    """Mean log score of the model; 0 at best."""
    score_base: float
    """The same of the base rate of the statement in the other groups."""
    ahead: Interval
    """Mean of the first less the second, with its 90 % confidence interval over groups of people."""
    improves: float | None
    """Share of the statements that say "better", which "always improves" has right; None where no side is better."""


def scored(name: str, rows: Sequence[Observed], bases: Sequence[float]) -> Statements:
    """Scores over some statements beside the base rates."""
    scores = [log_score(row.probability or 0.0) for row in rows]
    base = [log_score(each) for each in bases]
    ahead = resampled(rows, np.subtract(scores, base).tolist())
    assert ahead is not None
    sided = [row for row in rows if OUTCOMES[row.finding.outcome].better != "neither"]
    return Statements(
        name, people_of(rows), len(rows), _mean(rows, scores) or 0.0, _mean(rows, base) or 0.0, ahead,
        _mean(sided, [statement(row) == "better" for row in sided]),
    )  # fmt: skip


def by_statement(rows: Iterable[Observed]) -> list[Statements]:
    """Scores of signs and of significance statements, from before to after and between sides or arms, and of all."""
    found = statements(rows)
    pairs = list(zip(found, base_rates(found), strict=True))
    names = {
        (statistic, alone): f"{what}, {'before to after' if alone else 'between sides or arms'}"
        for statistic, what in (("sign", "Signs"), ("test", "Significance"))
        for alone in (True, False)
    }
    groups = [
        (name, [pair for pair in pairs if (pair[0].finding.statistic, pair[0].finding.against is None) == key])
        for key, name in names.items()
    ]
    return [scored(name, *_apart(some)) for name, some in (*groups, ("All", pairs)) if some]


def _apart(pairs: Sequence[tuple[Observed, float]]) -> tuple[list[Observed], list[float]]:
    return [row for row, _ in pairs], [base for _, base in pairs]


# ------------------------------------------------------------------------------------------- numbers beside rivals


class Beside(NamedTuple):
    """A number with the forecasts of the rivals."""

    row: Observed
    design: Design
    least: float | None
    """Smallest change that matters."""
    pooled: Forecast | None
    null: Forecast | None

    @property
    def compared(self) -> bool:
        """Whether the model and both rivals have an error in the smallest change that matters."""
        return self.least is not None and self.pooled is not None and self.null is not None


def beside_rivals(rows: Iterable[Observed], designs: Callable[[Observed], Design] | None = None) -> list[Beside]:
    """Numbers of single arms beside what the rivals make of the other groups of people.

    Differences between sides and arms are no forecasts of a protocol: :func:`contrasts` has them.
    """
    found = [row for row in numbers(rows) if row.finding.against is None]
    known = [(designs or design_of)(row) for row in found]

    def published(kind: Callable[[Observed], Hashable]) -> list[Number]:
        return [
            Number(row.people, kind(row), _middle(row) * towards_benefit(row), each.dose(row.finding.day),
                   row.finding.day)
            for row, each in zip(found, known, strict=True)
        ]  # fmt: skip

    pooled = left_out(published(lambda row: (row.finding.outcome, row.unit)), pooled_mean)
    null = left_out(published(_kind_of_curve), null_curve)
    return [
        Beside(row, each, smallest_change(row), *(_turned(one, row) for one in rivals))
        for row, each, *rivals in zip(found, known, pooled, null, strict=True)
    ]


def _kind_of_curve(row: Observed) -> Hashable:
    """Numbers that share a null curve: those of a family in % of baseline or of people, else of an outcome."""
    return (family_of(row.finding.outcome) if row.unit.startswith("%") else row.finding.outcome), row.unit


def _turned(forecast: Forecast | None, row: Observed) -> Forecast | None:
    """A forecast towards benefit in the direction of the number."""
    if forecast is None or towards_benefit(row) > 0:
        return forecast
    value, (middle, low, high) = forecast
    return Forecast(-value, Interval(-middle, -high, -low))


def design_of(row: Observed) -> Design:
    """The design of the arm of a result of a shipped study."""
    study = load_study(row.study)
    return design(study, study.arm(row.arm))


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """How predicted numbers did over a family of outcomes, a rater or a kind of device.

    Groups of people weigh equally.  Errors are absolute, in units of the smallest change that matters.
    """

    name: str
    people: int
    """Groups of people."""
    numbers: int
    inside: float
    """Share of the numbers in the 90 % predictive interval."""
    error: float | None
    """Mean error of the predicted median; None where the smallest change that matters is known of no number."""
    compared: int
    """Numbers on which the model and both rivals are compared."""
    compared_people: int
    error_compared: float | None
    """Mean error of the predicted median on those; None where there are none."""
    error_pooled: float | None
    """The same of the pooled mean."""
    error_null: float | None
    """The same of the null curve."""
    inside_pooled: float | None
    """Share of those in the 90 % predictive interval of the pooled mean."""
    inside_null: float | None
    ahead_of_pooled: Interval | None
    """Mean error of the pooled mean less that of the model, with its 90 % confidence interval over groups of people."""
    ahead_of_null: Interval | None
    rank: float | None
    """Rank correlation of predicted with published numbers across protocols; None for too few groups of people."""
    rank_null: float | None
    """The same of the null curve."""
    protocols: int
    """Arms in the rank correlation."""

    @property
    def judged(self) -> bool:
        """Whether there are enough groups of people to judge it."""
        return self.compared_people >= JUDGED_FROM


def family(name: str, rows: Sequence[Beside]) -> Family:
    """Coverage and errors over numbers beside their rivals."""
    sized = [each for each in rows if each.least is not None]
    both = [each for each in rows if each.compared]
    seen = [each.row for each in both]

    def errors(values: Sequence[float]) -> list[float]:
        return [abs(_middle(each.row) - value) / (each.least or 1.0) for each, value in zip(both, values, strict=True)]

    model = errors([each.row.printed.median for each in both if each.row.printed])
    pooled = errors([each.pooled.value for each in both if each.pooled])
    null = errors([each.null.value for each in both if each.null])
    rank, rank_null, protocols = ranks(rows)
    return Family(
        name=name, people=people_of(each.row for each in rows), numbers=len(rows),
        inside=_mean([each.row for each in rows], [each.row.verdict == "inside" for each in rows]) or 0.0,
        error=_mean([each.row for each in sized], [abs(each.row.error or 0.0) / (each.least or 1.0) for each in sized]),
        compared=len(both), compared_people=people_of(seen), error_compared=_mean(seen, model),
        error_pooled=_mean(seen, pooled), error_null=_mean(seen, null),
        inside_pooled=_mean(seen, [_holds(each.pooled.interval, each.row.observed) for each in both if each.pooled]),
        inside_null=_mean(seen, [_holds(each.null.interval, each.row.observed) for each in both if each.null]),
        ahead_of_pooled=resampled(seen, np.subtract(pooled, model).tolist()),
        ahead_of_null=resampled(seen, np.subtract(null, model).tolist()),
        rank=rank, rank_null=rank_null, protocols=protocols,
    )  # fmt: skip


def ranks(rows: Sequence[Beside]) -> tuple[float | None, float | None, int]:
    """Rank correlation across protocols: of the model and of the null curve with the published numbers, and the arms.

    Each arm counts once, with the mean of its numbers towards benefit.  Ranks are taken among numbers of one family and
    unit, and as shares of their count, so that scales do not mix.  None for fewer groups of people than are judged.
    """
    arms: dict[Hashable, dict[tuple[str, str], list[tuple[float, float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    people: dict[tuple[str, str], str] = {}
    for each in rows:
        if each.null is None or each.row.printed is None:
            continue
        way, arm = towards_benefit(each.row), (each.row.study, each.row.arm)
        told = (_middle(each.row), each.row.printed.median, each.null.value)
        arms[_kind_of_curve(each.row)][arm].append(tuple(way * one for one in told))  # type: ignore[arg-type]
        people[arm] = each.row.people
    columns: list[list[float]] = [[], [], []]
    used: set[tuple[str, str]] = set()
    for of_kind in arms.values():
        if len(of_kind) < 3:
            continue
        used |= of_kind.keys()
        means = np.array([np.mean(values, axis=0) for values in of_kind.values()])
        for column, values in zip(columns, means.T, strict=True):
            order = [float(np.mean(values < value) + np.mean(values <= value)) for value in values]
            column.extend(order)
    if len({people[arm] for arm in used}) < JUDGED_FROM:
        return None, None, len(used)
    return spearman(columns[0], columns[1]), spearman(columns[0], columns[2]), len(used)


def by_family(rows: Sequence[Beside]) -> list[Family]:
    """Numbers by family, and over all; families without a number are left out."""
    groups = {
        TITLES[name]: [each for each in rows if each.row.finding.outcome in outcomes]
        for name, outcomes in FAMILIES.items()
    }
    return _families({**groups, "All": list(rows)})


def by_rater(rows: Sequence[Beside]) -> list[Family]:
    """Numbers by who judged them."""
    return _families({rater: [each for each in rows if each.row.rater == rater] for rater in RATERS})


def by_device(rows: Sequence[Beside]) -> list[Family]:
    """Numbers by kind of device."""
    kinds = sorted({each.design.device for each in rows})
    return _families({kind: [each for each in rows if each.design.device == kind] for kind in kinds})


def _families(groups: dict[str, list[Beside]]) -> list[Family]:
    return [family(name, some) for name, some in groups.items() if some]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """How predictions did over the findings of an outcome."""

    name: str
    people: int
    """Groups of people."""
    findings: int
    numbers: int
    inside: float | None
    """Share of the numbers in the 90 % predictive interval; groups of people weigh equally, a series once."""
    bias: float | None
    """Mean of predicted less published towards benefit, so that positive is too good; % of baseline or of people."""
    width: float | None
    """Mean width of the interval, likewise."""
    statements: int
    """Signs and significance statements."""
    score: float | None
    """Their mean log score."""


def group(name: str, rows: Sequence[Observed]) -> Group:
    """Coverage, bias, width and score over rows that were asked."""
    counted, said = numbers(rows), statements(rows)
    percent = [row for row in counted if too_good(row) is not None]
    return Group(
        name=name, people=people_of(rows), findings=len(rows), numbers=len(counted),
        inside=_mean(counted, [row.verdict == "inside" for row in counted]),
        bias=_mean(percent, [too_good(row) or 0.0 for row in percent]),
        width=_mean(percent, [row.printed.upper90 - row.printed.lower90 for row in percent if row.printed]),
        statements=len(said), score=_mean(said, [log_score(row.probability or 0.0) for row in said]),
    )  # fmt: skip


def by_outcome(rows: Iterable[Observed]) -> list[Group]:
    """Groups by outcome, in the order of the catalogue, and over all."""
    asked = [row for row in rows if row.verdict != "not asked"]
    groups = [group(name, some) for name in OUTCOMES if (some := [row for row in asked if row.finding.outcome == name])]
    return [*groups, group("all", asked)] if asked else []


# ------------------------------------------------------------------------------------------- contrasts within studies


#: Kinds of contrasts: reported differences of two sides or arms, arms that are reported each alone, and within an arm.
CONTRASTS: Final = ("sides", "arms", "arms reported apart", "scar types", "times")


class Contrast(NamedTuple):
    """A published difference within one study beside the predicted one."""

    kind: str
    """One of :data:`CONTRASTS`."""
    row: Observed
    """The result that is higher by it."""
    of: str
    """Arm, type of scar or day of the result."""
    against: str
    published: float
    predicted: float
    least: float | None
    """Smallest change that matters."""


def contrasts(rows: Iterable[Observed]) -> list[Contrast]:
    """Differences between sides, arms, types of scar, and repeated times of one arm, as numbers.

    A share of people who did better on one side is no difference that "no difference" could predict, and is left out.
    """
    found = [row for row in numbers(rows) if row.finding.against is None or row.finding.statistic != "share"]
    direct = [
        Contrast(
            row.comparison, row, row.arm, row.finding.against, _middle(row), row.printed.median, smallest_change(row)
        )
        for row in found
        if row.finding.against is not None and row.printed is not None
    ]
    single = [row for row in found if row.finding.against is None]
    return [*direct, *(each for kind in CONTRASTS[2:] for each in _within(single, kind))]


def _apart_in(row: Observed, kind: str) -> str:
    """In what a result differs from another of its study, for a kind of contrast."""
    if kind == "arms reported apart":
        return row.arm
    return row.finding.scar_type or "" if kind == "scar types" else f"day {row.finding.day:g}"


def _within(rows: Sequence[Observed], kind: str) -> Iterator[Contrast]:
    """Differences between results of one study that differ in the arm, in the type of scar, or in the day, alone."""
    alike: dict[Hashable, list[Observed]] = defaultdict(list)
    for row in rows:
        f = row.finding
        same = {"arm": row.arm, "day": f.day, "scar": f.scar_type}
        differs = {"arms reported apart": "arm", "scar types": "scar", "times": "day"}[kind]
        del same[differs]
        counted = (f.threshold, f.at_least, f.below, f.category, f.below_category)
        # the name of a measure may tell the type of scar or the arm
        measure = f.measure if kind == "times" else ""
        if kind != "scar types" or f.scar_type is not None:
            alike[row.study, row.rater, row.unit, f.outcome, f.statistic, measure, counted, *same.values()].append(row)
    for some in alike.values():
        ordered = sorted(some, key=lambda row: (row.finding.day, row.finding.scar_type or ""))
        for before, after in pairwise(ordered):
            told, now = (_apart_in(row, kind) for row in (before, after))
            if now == told:
                continue
            assert before.printed is not None and after.printed is not None
            yield Contrast(
                kind, after, now, told, _middle(after) - _middle(before),
                after.printed.median - before.printed.median, smallest_change(after),
            )  # fmt: skip


class Contrasted(NamedTuple):
    """How predicted contrasts of one kind did; groups of people weigh equally."""

    name: str
    people: int
    """Groups of people with a number."""
    numbers: int
    right: float | None
    """Share of the differences whose direction is predicted."""
    error: float | None
    """Mean error in smallest changes that matter."""
    error_none: float | None
    """The same of "no difference"."""
    ahead: Interval | None
    """Mean of the second less the first, with its 90 % confidence interval over groups of people."""
    rank: float | None
    """Rank correlation of predicted with published differences, in smallest changes; None for too few groups."""
    statements: int
    """Signs and significance statements of it."""
    score: float | None
    score_base: float | None


def by_contrast(rows: Sequence[Observed]) -> list[Contrasted]:
    """Contrasts by kind: numbers beside "no difference", statements beside their base rate."""
    every, said = contrasts(rows), statements(rows)
    bases = dict(zip(map(id, said), base_rates(said), strict=True))
    found = []
    for kind in CONTRASTS:
        some = [each for each in every if each.kind == kind]
        told = [row for row in said if row.comparison == kind]
        if some or told:
            found.append(_contrasted(kind, some, told, [bases[id(row)] for row in told]))
    return found


def _contrasted(kind: str, some: Sequence[Contrast], told: Sequence[Observed], bases: Sequence[float]) -> Contrasted:
    differing = [each for each in some if each.published != 0.0]
    sized = [each for each in some if each.least is not None]
    errors = [abs(each.predicted - each.published) / (each.least or 1.0) for each in sized]
    none = [abs(each.published) / (each.least or 1.0) for each in sized]
    seen = [each.row for each in sized]
    rank = (
        spearman([e.published / (e.least or 1.0) for e in sized], [e.predicted / (e.least or 1.0) for e in sized])
        if people_of(seen) >= JUDGED_FROM
        else None
    )
    return Contrasted(
        kind, people_of(each.row for each in some), len(some),
        _mean([each.row for each in differing], [each.published * each.predicted > 0.0 for each in differing]),
        _mean(seen, errors), _mean(seen, none), resampled(seen, np.subtract(none, errors).tolist()), rank, len(told),
        _mean(told, [log_score(row.probability or 0.0) for row in told]), _mean(told, [log_score(b) for b in bases]),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------- misses


def distance(row: Observed) -> float:
    """How far a published number lies outside the interval, over half its width (1 at least); 0 inside."""
    if row.verdict != "missed" or row.printed is None or row.observed is None:
        return 0.0
    half = max((row.printed.upper90 - row.printed.lower90) / 2.0, 1.0)
    low, high = row.observed
    return max(low - row.printed.upper90, row.printed.lower90 - high) / half


def worst(rows: Iterable[Observed], count: int = 10) -> list[Observed]:
    """The worst misses: numbers by distance over half the interval's width."""
    missed = [row for row in rows if row.verdict == "missed"]
    return sorted(missed, key=lambda row: -distance(row))[:count]


def unlikely(rows: Iterable[Observed], count: int = 10) -> list[Observed]:
    """The signs and significance statements of least probability, below one in ten."""
    found = [row for row in statements(rows) if (row.probability or 0.0) < 0.1]
    return sorted(found, key=lambda row: row.probability or 0.0)[:count]
