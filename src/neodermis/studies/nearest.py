"""Published results nearest to a protocol: studies that measured an outcome, by how alike their protocol is.

Distance   |ln depth/depth₀| + |ln sessions/sessions₀| + ½ |ln interval/interval₀| + ½ where the kind of device differs
A depth that a study did not print is the middle of the range that its findings file assumes, and is marked.  Results
that are kept for validation are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from neodermis.api.inputs import read
from neodermis.errors import NeodermisError
from neodermis.evidence.reported import of_outcome

if TYPE_CHECKING:
    from neodermis.evidence import Arm
    from neodermis.treatment import Protocol

#: Weight of the interval, and of another kind of device.
_INTERVAL, _KIND = 0.5, 0.5
#: Days after the last session at which a result is looked for.
_LOOK: Final = 75.0


class Neighbour(NamedTuple):
    """A published result and how alike its protocol is."""

    study: str
    source: str
    arm: str
    outcome: str
    protocol: str
    day: float
    """Days since the first session."""
    after: float
    """Days since the last session."""
    change: float
    """Change as a share of the value before treatment, as the study's rater graded it."""
    people: int | None
    rater: str
    assumed: tuple[str, ...]
    """What of the protocol the study did not print."""
    distance: float


class _Settings(NamedTuple):
    depth_mm: float
    sessions: int
    interval_days: float | None
    kind: str


def nearest(outcomes: Iterable[str], protocol: Protocol, most: int = 6) -> tuple[Neighbour, ...]:
    """The published results on some outcomes whose protocols are most alike, the nearest first.

    Parameters
    ----------
    outcomes
        Names of outcomes, such as the scales of one concern; only results that give a change relative to the value
        before treatment count.
    protocol
        The protocol that they are compared with.
    most
        Number of arms; of each arm the result nearest to 75 days after the last session.
    """
    here = _settings(protocol)
    found: dict[tuple[str, str], Neighbour] = {}
    for study, arm, finding in (row for outcome in outcomes for row in of_outcome(outcome)):
        change = finding.relative_change
        if change is None or not arm.protocol or finding.against is not None or study.role == "validation":
            continue
        try:
            plan = read(arm.protocol)
        except NeodermisError:  # a kind of device that this version does not have
            continue
        there = _settings(plan)
        if here is None or there is None:
            continue
        one = Neighbour(
            study=study.id, source=study.source or study.id, arm=arm.id, outcome=finding.outcome,
            protocol=plan.sentence, day=finding.day,
            after=finding.day - plan.sessions[-1].day, change=change, people=finding.counted,
            rater=finding.rater or arm.rater, assumed=_assumed(arm), distance=_distance(here, there),
        )  # fmt: skip
        other = found.get((study.id, arm.id))
        if other is None or abs(one.after - _LOOK) < abs(other.after - _LOOK):
            found[study.id, arm.id] = one
    return tuple(sorted(found.values(), key=lambda one: (one.distance, one.study, one.arm))[:most])


def _assumed(arm: Arm) -> tuple[str, ...]:
    names = ("device", "depth_mm", "passes", "sessions", "interval_days")
    return tuple(name for name in names if name in arm.assumed)


def _settings(plan: Protocol) -> _Settings | None:
    """Deepest setting, number of sessions, mean interval and kind; None for a protocol without needles in the skin."""
    depth = max((each.depth_mm for session in plan.sessions for each in session.passes if each.passes), default=0.0)
    if not depth:
        return None
    days = [session.day for session in plan.sessions]
    gaps = [after - before for before, after in pairwise(days)]
    return _Settings(depth, len(days), sum(gaps) / len(gaps) if gaps else None, plan.devices[0].kind)


def _distance(here: _Settings, there: _Settings) -> float:
    apart = abs(math.log(there.depth_mm / here.depth_mm)) + abs(math.log(there.sessions / here.sessions))
    if here.interval_days and there.interval_days:
        apart += _INTERVAL * abs(math.log(there.interval_days / here.interval_days))
    return apart + (_KIND if there.kind != here.kind else 0.0)
