"""Answers derived from a protocol: products on open channels, interval, depth and home use.

Of several phases the strictest answer applies: the greatest depth, the shortest interval, every site and active.  The
rules use them like the answers of a consultation, so that one evaluator applies the same rules to both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from neodermis.care.advice import load_care
from neodermis.treatment import Protocol
from neodermis.treatment.active import Application, find_active
from neodermis.treatment.device import written

if TYPE_CHECKING:
    from neodermis.care.consultation import Answer

#: Answer where a plan lacks the quantity, for instance the interval of a single session.
NONE: Final = "none"
#: Answers of a protocol, with their values without a protocol.
NO_PROTOCOL: Final[Mapping[str, Answer]] = {
    "plan.interval_days": NONE,
    "plan.depth_mm": NONE,
    "plan.into_channels": (),
    "plan.home_retinoid_stop_days": NONE,
    "plan.home_strong_retinoid_stop_days": NONE,
    "plan.home_acid_stop_days": NONE,
}
#: Answer → group of home actives (``care.toml``) of which it is the shortest pause before a session.
HOME_GROUPS: Final = {
    "plan.home_retinoid_stop_days": "retinoid",
    "plan.home_strong_retinoid_stop_days": "strong_retinoid",
    "plan.home_acid_stop_days": "acid",
}
#: Anaesthetic actives.
ANAESTHETICS: Final = ("lidocaine", "prilocaine")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanFacts:
    """Answers derived from a protocol, and the part of the protocol behind each, in words."""

    answers: Mapping[str, Answer] = field(default_factory=lambda: dict(NO_PROTOCOL))
    words: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    anaesthetic: bool = False
    """Whether the protocol itself names a topical anaesthetic."""


def open_hours(simulated: float = 0.0) -> float:
    """Hours after a session during which channels count as open: from ``care.toml``, or a longer simulated closure.

    The simulated closure is the median, as for what dated care allows again.
    """
    return max(load_care().open_channel_hours, simulated)


def into_channels(protocol: Protocol, hours: float) -> Iterator[Application]:
    """Actives that the protocol applies to open channels."""
    return (one for one in protocol.actives if one.after_hours < hours)


def plan_facts(protocol: Protocol | None, hours: float) -> PlanFacts:
    """Answers derived from a protocol for a given opening time of the channels, h; without one, empty answers."""
    if protocol is None:
        return PlanFacts()
    answers: dict[str, Answer] = dict(NO_PROTOCOL)
    words: dict[str, str] = {}
    put_on = [*into_channels(protocol, hours)]
    answers["plan.into_channels"] = tuple(dict.fromkeys(find_active(one.active).open_skin for one in put_on))
    unsterile = [str(one) for one in put_on if find_active(one.active).open_skin != "sterile only"]
    words["plan.into_channels"] = f"the protocol puts {' and '.join(unsterile)} on open channels"
    needled = [one.depth_mm for phase in protocol.phases for one in phase.treatments if one.passes]
    answers["plan.depth_mm"] = max(needled, default=0.0)
    if len(protocol.sessions) > 1:
        answers["plan.interval_days"] = protocol.shortest_interval_days
        repeats = "repeats sessions every" if len(protocol.phases) == 1 else "has sessions as near as"
        words["plan.interval_days"] = f"the protocol {repeats} {written(protocol.shortest_interval_days)} days"
        for path, group in HOME_GROUPS.items():
            used = [use for use in protocol.home if use.active in load_care().groups[group]]
            if used:
                answers[path] = min(use.stop_days for use in used)
                words[path] = f"the protocol says: {'; '.join(map(str, used))}"
    return PlanFacts(
        answers=answers,
        words=words,
        sites=protocol.sites,
        anaesthetic=any(one.active in ANAESTHETICS for one in protocol.actives),
    )
