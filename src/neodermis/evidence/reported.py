"""Results of published needling studies on an outcome, counted from the findings files.

For an outcome that the model cannot predict, results report these counts instead of a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from neodermis.evidence.source import COUNT, Arm, Finding, Study, load_study, study_ids

#: Phototypes that are reported separately in counts of pigment.
DARK = (4, 5, 6)


class Reported(NamedTuple):
    """Published results on an outcome: a sentence, and the studies."""

    sentence: str
    sources: tuple[str, ...]


class Counts(NamedTuple):
    """People with an event among people treated, over some arms."""

    events: int
    people: int
    arms: int
    studies: int
    low: float
    """Smallest share of an arm."""
    high: float
    """Largest share of an arm."""

    def __str__(self) -> str:
        spread = "" if self.arms == 1 else f"; {100 * self.low:.0f} to {100 * self.high:.0f} % by arm"
        arms = f"{self.arms} arm{'s' if self.arms > 1 else ''}"
        return f"{self.events} of {self.people} people ({100 * self.events / self.people:.1f} %{spread}) in {arms}"


def of_outcome(outcome: str) -> Iterator[tuple[Study, Arm, Finding]]:
    """Results on an outcome in people after needling without heat.

    Pooled studies are excluded in favour of their trials.
    """
    # only files that name the outcome are parsed: parsing all takes as long as a course
    for name in (name for name, outcomes in _named().items() if outcome in outcomes):
        study = load_study(name)
        if study.species != "human" or study.kind in ("pooled", "narrative"):
            continue
        for arm in study.arms:
            if arm.treatment == "needling":
                yield from ((study, arm, finding) for finding in arm.findings if finding.outcome == outcome)


@cache
def _named() -> dict[str, set[str]]:
    """Outcomes that each findings file names."""
    folder = files("neodermis.evidence") / "data" / "findings"
    return {
        name: set(re.findall(r'outcome = "(\w+)"', (folder / f"{name}.toml").read_text("utf-8")))
        for name in study_ids()
    }


def counted_people(outcome: str, phototypes: tuple[int, ...] = ()) -> Counts | None:
    """People with an event over the arms that report a count and its people; None without such an arm.

    ``phototypes``: only arms in which all people have these phototypes.
    """
    shares: list[tuple[int, int]] = []
    studies = set()
    for study, _, finding in of_outcome(outcome):
        kinds = study.cohort.phototypes if study.cohort is not None else None
        if phototypes and (kinds is None or not {*kinds} <= {*phototypes}):
            continue
        if finding.statistic != "share" or finding.value is None or finding.counted is None:
            continue
        events = finding.value if finding.unit == COUNT else finding.value * finding.counted / 100.0
        shares.append((round(events), finding.counted))
        studies.add(study.id)
    if not shares:
        return None
    each = [events / people for events, people in shares]
    return Counts(
        sum(events for events, _ in shares), sum(people for _, people in shares), len(shares), len(studies),
        min(each), max(each),
    )  # fmt: skip


@cache
def reported(outcome: str) -> Reported | None:
    """Published results on an outcome; None without any."""
    found = list(of_outcome(outcome))
    if not found:
        return None
    counts = counted_people(outcome)
    if counts is not None:
        dark = counted_people(outcome, DARK)
        beside = f"; of phototypes IV to VI alone, {dark}" if dark is not None and dark.arms < counts.arms else ""
        counted = [study for study, _, finding in found if finding.share is not None and finding.counted]
        return Reported(f"published studies of needling report it in {counts}{beside}", _keys(counted))
    ways = Counter(finding.direction for _, _, finding in found)
    words = {"increase": "rose", "decrease": "fell", "none": "did not change"}
    told = ", ".join(f"it {words[way]} in {count}" for way, count in ways.most_common())
    changes = sorted(
        100.0 * finding.relative_change for _, _, finding in found if finding.relative_change is not None
    )  # fmt: skip
    ends = list(dict.fromkeys(f"{change:+.0f}" for change in (changes[:1] + changes[-1:])))
    sizes = f"; change{'s' if len(ends) > 1 else ''} of {' to '.join(ends)} % of baseline" if ends else ""
    several = "result" if len(found) == 1 else "results"
    studies = len({study.id for study, _, _ in found})
    of = f"{len(found)} published {several} of {studies} {'study' if studies == 1 else 'studies'} of needling"
    return Reported(f"in {of} {told}{sizes}", _keys(study for study, _, _ in found))


def _keys(studies: Iterable[Study]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(study.source or study.id for study in studies))
