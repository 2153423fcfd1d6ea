"""Published results as evidence for or against a point: findings by outcome, works by key, reported times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, Literal

from neodermis.care.advice import Item
from neodermis.claims.ledger import Evidence
from neodermis.evidence import Arm, Finding, Study, load_bibliography, load_study, study_ids
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import read_protocol
from neodermis.units import convert

Says = Literal["for", "against"]
#: Names of untreated sides.
CONTROLS: Final = ("untreated", "sham", "control")
#: Depth (mm) below which needles end in or at the base of the epidermis.
SHALLOW: Final = 0.3
#: Maximum number of works for a rule or a dated item.
ROWS: Final = 6
#: Grade of a work behind a rule, by its tier: an official record or guidance is worth a controlled study of what it
#: rules on, the same through a third party less; a review is worth the series it reads, the rest is opinion or habit.
BY_TIER: Final = {"A": "B", "A2": "C", "B": "C", "C": "D", "D": "D"}
#: Works of tier A by manufacturers.
MANUALS: Final = (
    "exceed-manual-34", "exceed-manual-35", "dermapen4-manual-23", "dermida-5", "da-works-23", "skinpen-es-20",
    "skinpen-study-5", "optimas-58", "morpheus8-28",
)  # fmt: skip


def _says(held: bool) -> Says:
    return "for" if held else "against"


def findings(*outcomes: str) -> Iterator[tuple[Study, Arm, Finding]]:
    """Published results on outcomes in people, after needling alone or with actives, of arms that can be simulated."""
    for name in study_ids():
        study = load_study(name)
        if study.species != "human":
            continue
        for arm in study.arms:
            if arm.why_not and study.kind != "pooled":
                continue
            for finding in arm.findings:
                if finding.outcome in outcomes:
                    yield study, arm, finding


def published(
    outcomes: Sequence[str], direction: str = "", *, against: bool = False, shallow: bool = False,
    only: Iterable[str] = (), but: Iterable[str] = (), concerns: Iterable[str] = (),
) -> tuple[Evidence, ...]:  # fmt: skip
    """Published results on outcomes as evidence for a claimed direction; a result without change is against it.

    Changes from baseline and differences from untreated or sham skin; differences between two treatments only with
    ``against``.  Needling that does not reach the dermis is left out, unless ``shallow``.  A share of improved people
    counts for the claim if at least half improved.  With ``concerns``, arms of people with one of them.
    """
    found = []
    only, but, concerns = set(only), set(but), set(concerns)
    for study, arm, finding in findings(*outcomes):
        between = finding.against is not None and finding.against not in CONTROLS
        if between != against or (not shallow and _shallow(arm)):
            continue
        if study.id in but or (only and study.id not in only) or (concerns and not concerns & arm.concerns.keys()):
            continue
        if finding.statistic == "share":
            if finding.share is None:
                continue
            none_worse = finding.at_least is not None and finding.at_least[1] == 0.0
            none_worse |= finding.category is not None and finding.category[0] == 1
            bounded = finding.below is not None or finding.below_category is not None
            if bounded and not none_worse:
                continue
            says = _says((finding.share >= 0.5) != bounded)
        else:
            says = _says(finding.direction == direction)
        found.append(_of_finding(study, arm, finding, says))
    if only and not found:
        raise ValueError(f"no result of {', '.join(sorted(only))} on {', '.join(outcomes)}")
    return tuple(found)


def counted_people(outcome: str, *, fewer_than: float, phototype: int = 0) -> Iterator[Evidence]:
    """Shares of people with an adverse event: for, where few had it; from series that include a phototype or darker."""
    for study, arm, finding in findings(outcome):
        kinds = study.cohort.phototypes if study.cohort is not None else None
        if finding.share is None or (phototype and (kinds is None or max(kinds) < phototype)):
            continue
        whom = f", phototypes {min(kinds)} to {max(kinds)}" if phototype and kinds is not None else ""
        yield _of_finding(study, arm, finding, _says(finding.share < fewer_than), whom)


def lasted(outcomes: Sequence[str], *, hours: float, only: Iterable[str] = ()) -> Iterator[Evidence]:
    """Reported durations of after-effects, compared with a time limit."""
    shown = set(only)
    for study, _, finding in findings(*outcomes):
        if finding.share is not None or finding.against is not None or (shown and study.id not in shown):
            continue  # a share counts people, and has no duration
        last = finding.range[1] if finding.range is not None else finding.value
        if last is None or finding.unit is None:
            continue
        low, high = finding.range or (last, last)
        number = f"{'mean ' if finding.range is None else ''}{time_text(low, high, finding.unit)}"
        words = f"{finding.measure}: {number}, n = {finding.n or study.n}"
        says = _says(convert(last, finding.unit, "h") <= hours)
        yield Evidence(key=study.id, grade=study.grade, says=says, words=words)


def reported(
    item: Item, *, first: float = 0.0, last: float = float("inf"), by: float = float("inf")
) -> Iterator[Evidence]:
    """Reported times of an item: for, where between ``first`` and ``last`` and starting by ``by``.

    The documents that make the claims and machine-written sources are left out.
    """
    known = load_bibliography()
    for row in item.reported:
        low, high = min(row.at), max(row.at)
        for key in row.sources:
            if not key.startswith("article-") and known[key].tier != "E":
                held = first <= low <= by and high <= last
                yield work(key, "for" if held else "against", f"gives {time_text(low, high, item.unit)}")


def time_text(low: float, high: float, unit: str) -> str:
    """A time or a range."""
    number = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"{number} {unit.removesuffix('s') if low == high == 1 else unit}"


def work(key: str, *rest: str) -> Evidence:
    """A work as evidence: its grade, where not that of its kind, then for or against, and its result."""
    if key not in load_bibliography():
        raise KeyError(key)
    grade = rest[0] if len(rest) == len(("grade", "says", "words")) else _grade(key)
    return Evidence(key=key, grade=grade, says=rest[-2], words=rest[-1])  # type: ignore[arg-type]  # one of the two


def _grade(key: str) -> str:
    if key in MANUALS:
        return "D"
    return load_study(key).grade if key in study_ids() else BY_TIER[load_bibliography()[key].tier]


def few(rows: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One row for each side of each work, best grades first, at most :data:`ROWS`."""
    each: dict[tuple[str, str], Evidence] = {}
    for row in rows:
        each.setdefault((row.key, row.says), row)
    return tuple(sorted(each.values(), key=lambda row: row.grade)[:ROWS])


@cache
def _set_depth(sentence: str) -> float:
    plan = read_protocol(sentence, sites=site_spellings())
    return max(pass_.depth_mm for phase in plan.phases for pass_ in phase.treatments)


def _shallow(arm: Arm) -> bool:
    """Whether the needles of an arm end in the epidermis, by its depth or the greatest assumed one."""
    if not arm.protocol:
        return False
    deepest = arm.ranges.get("depth_mm", (0.0, 0.0))[1]
    return max(_set_depth(arm.protocol), deepest) < SHALLOW


def _of_finding(study: Study, arm: Arm, finding: Finding, says: Says, more: str = "") -> Evidence:
    words = f"{_told(study, arm, finding)}{more}"
    return Evidence(key=study.id, grade=study.grade_of(finding), says=says, words=words)


def _told(study: Study, arm: Arm, finding: Finding) -> str:
    """A published result in one phrase."""
    if finding.share is not None:
        number = f"{100.0 * finding.share:.0f} % of people: {finding.threshold}"
    elif finding.relative_change is not None:
        number = f"{100.0 * finding.relative_change:+.0f} %"
    elif finding.change is not None:
        number = f"{finding.change:+g} {finding.unit}"
    elif finding.value is not None:
        number = f"{finding.value:g} {finding.unit}"
    elif finding.range is not None:
        number = f"{finding.range[0]:g} to {finding.range[1]:g} {finding.unit}"
    else:
        number = {"increase": "rise", "decrease": "fall", "none": "no change"}[finding.direction]
    against = f" against {finding.against}" if finding.against else ""
    rater = finding.rater or arm.rater
    return f"{finding.measure}: {number}{against}, day {finding.day:g}, n = {finding.n or study.n}, {rater}"
