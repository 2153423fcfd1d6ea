"""Runs and published results that answers to claims share: each course is solved once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from neodermis.claims.ledger import Evidence
from neodermis.course import SiteCourse, States
from neodermis.evidence import Arm, Finding, Study, load_study, study_ids
from neodermis.people import injure, simulate, trace
from neodermis.session import Floats, Interval, SessionInjury
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import read_protocol

ONE: Final = "1 session: exceed; cheek 1.5 mm, 6 passes"
FOUR: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
#: Names of sides that were not treated.
CONTROLS: Final = ("untreated", "sham", "control")
#: Day on which outcomes are asked for: two months after the last of four sessions, as most studies look.
LOOK: Final = 150.0
#: Draws of what is not known, of every run.
DRAWS: Final = 100


def _frozen(value: Any) -> Any:
    return tuple(sorted((k, _frozen(v)) for k, v in value.items())) if isinstance(value, Mapping) else value


def _thawed(value: Any) -> Any:
    return dict(value) if isinstance(value, tuple) else value


@cache
def _site(sentence: str, options: tuple[tuple[str, Any], ...]) -> SiteCourse:
    given = {name: _thawed(value) for name, value in options}
    done = simulate(sentence, **{"draws": DRAWS, **given})
    return next(iter(done.sites.values()))


def course(sentence: str = FOUR, **options: Any) -> SiteCourse:
    """The course of the first site: woman of 45, phototype 3, unless said otherwise; 100 draws, seed 0."""
    return _site(sentence, _frozen(options))


@cache
def _session(sentence: str, options: tuple[tuple[str, Any], ...]) -> SessionInjury:
    done = injure(sentence, **{"draws": DRAWS, **{name: _thawed(value) for name, value in options}})
    return next(iter(done.sites.values())).session


def session(sentence: str = ONE, **options: Any) -> SessionInjury:
    """What a session does at the first site."""
    return _session(sentence, _frozen(options))


@cache
def _states(sentence: str, options: tuple[tuple[str, Any], ...]) -> States:
    return trace(sentence, **{name: _thawed(value) for name, value in options})[0]


def states(sentence: str = ONE, **options: Any) -> States:
    """Every state of the central course of the first site."""
    return _states(sentence, _frozen(options))


def at(site: SiteCourse, name: str, day: float) -> Floats:
    """An outcome on a day, draw by draw."""
    return np.array([np.interp(day, site.time_day, row) for row in site.values[name]])


def change(site: SiteCourse, name: str, day: float, *, percent: bool = True) -> Interval:
    """Change of an outcome from before treatment: % of baseline, or in its unit."""
    values = at(site, name, day)
    start = site.values[name][:, 0]
    return Interval.of(100.0 * (values / start - 1.0) if percent else values - start)


def over_untreated(site: SiteCourse, name: str, day: float) -> Interval:
    """Outcome over untreated, %, on a day."""
    bare = np.array([np.interp(day, site.time_day, row) for row in site.untreated[name]])
    return Interval.of(100.0 * (at(site, name, day) / bare - 1.0))


def paired(one: SiteCourse, other: SiteCourse, read: Callable[[SiteCourse], Floats]) -> tuple[Floats, Floats]:
    """What is read off two courses, for the draws that both have."""
    rows = [dict(zip(each.draw_numbers, read(each), strict=True)) for each in (one, other)]
    both = sorted(rows[0].keys() & rows[1].keys())
    return np.array([rows[0][k] for k in both]), np.array([rows[1][k] for k in both])


def half_days(site: SiteCourse) -> Floats:
    """Days after the last session until half of the largest gain over untreated skin is left; at most the course."""
    days = [falls_below(site.time_day, row, row.max() / 2.0) for row in site.gain()]
    return np.array(days) - site.last_session_day


def falls_below(days: Floats, row: Floats, level: float) -> float:
    """Day on which a course falls below a level after its top; its last day where it never does."""
    top = int(row.argmax())
    below = np.flatnonzero(row[top:] < level)
    if not len(below):
        return float(days[-1])
    k = top + int(below[0])
    return float(np.interp(-level, [-row[k - 1], -row[k]], [days[k - 1], days[k]]))


def matters(name: str, site: SiteCourse) -> float:
    """Smallest change of an outcome that matters, in % of its baseline."""
    start = float(np.median(site.values[name][:, 0]))
    return 100.0 * OUTCOMES[name].smallest(start) / start


def findings(*outcomes: str) -> Iterator[tuple[Study, Arm, Finding]]:
    """Published results on outcomes after needling alone or with actives, in people: arms that can be simulated."""
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
    *outcomes: str,
    direction: str,
    against: bool = False,
    shallow: bool = False,
    only: Iterable[str] = (),
    but: Iterable[str] = (),
) -> tuple[Evidence, ...]:
    """Published results on outcomes as evidence for a claimed direction; a result without change speaks against it.

    Changes from before to after and differences against untreated or sham skin; those between two treatments alone
    where ``against`` asks for them.  Needling that does not reach the dermis stays out, but for ``shallow``.
    A share of people who improved is a result for it where at least half did.
    """
    found = []
    only, but = set(only), set(but)
    for study, arm, finding in findings(*outcomes):
        between = finding.against is not None and finding.against not in CONTROLS
        if between != against or (not shallow and _shallow(arm)):
            continue
        if study.id in but or (only and study.id not in only):
            continue
        if finding.statistic == "share":
            if finding.share is None:
                continue
            if finding.below is not None and finding.at_least is not None and finding.at_least[1] == 0.0:
                says: Any = "against" if finding.share >= 0.5 else "for"
            elif finding.below is not None:
                continue
            else:
                says = "for" if finding.share >= 0.5 else "against"
        else:
            says = "for" if finding.direction == direction else "against"
        grade = study.grade_of(finding)
        found.append(Evidence(key=study.id, grade=grade, says=says, words=told(study, arm, finding)))
    if only and not found:
        raise ValueError(f"no result of {', '.join(sorted(only))} on {', '.join(outcomes)}")
    return tuple(found)


#: Depth (mm) below which needles end in the epidermis or at its foot.
SHALLOW: Final = 0.3


@cache
def _set_depth(sentence: str) -> float:
    plan = read_protocol(sentence, sites=site_spellings())
    return max(pass_.depth_mm for pass_ in plan.treatments)


def _shallow(arm: Arm) -> bool:
    """Whether an arm's needles end in the epidermis; its own depth, or the deepest that was assumed."""
    if not arm.protocol:
        return False
    deepest = arm.ranges.get("depth_mm", (0.0, 0.0))[1]
    return max(_set_depth(arm.protocol), deepest) < SHALLOW


def told(study: Study, arm: Arm, finding: Finding) -> str:
    """A published result in one phrase."""
    when = f"day {finding.day:g}"
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
    return f"{finding.measure}: {number}{against}, {when}, n = {finding.n or study.n}, {finding.rater or arm.rater}"


def source(key: str, grade: str, says: str, words: str) -> Evidence:
    """A shipped source, which is no findings file, as evidence."""
    from neodermis.evidence import load_bibliography

    if key not in load_bibliography():
        raise KeyError(key)
    return Evidence(key=key, grade=grade, says=says, words=words)  # type: ignore[arg-type]  # one of the two
