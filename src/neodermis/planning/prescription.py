"""What is wanted of a plan, and what limits it: the goals and limits of a consultation, resolved.

A *prescription* says what is wanted, in outcomes, days, visits and money; how plans are searched is another matter
(:mod:`neodermis.planning.search`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from neodermis.evidence.reported import reported
from neodermis.people.concern import answering, find_concern, only_direction
from neodermis.planning.scoring import Goal
from neodermis.skin.outcomes import OUTCOMES

if TYPE_CHECKING:
    from neodermis.care.consultation import Clinic, Consultation
    from neodermis.care.prescription import Limits

#: Limits where the consultation gives none: largest upper bound of the chance of PIH and of a scar.
DEFAULT_PIH: Final = 0.25
DEFAULT_SCARRING: Final = 0.10
CUSTOM: Final = "default of this program, custom: no guideline states one; set your own under [limits]"


@dataclass(frozen=True, kw_only=True)
class NotPlanned:
    """A concern for which no plan can be found, and why."""

    concern: str
    site: str
    why: str
    published: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Prescription:
    """Goals that can be planned for, limits, and concerns that cannot be planned for."""

    goals: tuple[Goal, ...]
    limits: Limits
    not_planned: tuple[NotPlanned, ...]
    clinic: Clinic

    @property
    def sites(self) -> tuple[str, ...]:
        """Sites of the goals, each once."""
        return tuple(dict.fromkeys(goal.site for goal in self.goals))

    @property
    def pih(self) -> tuple[float, str]:
        """Largest upper 90 % bound of the chance of PIH, and whose limit it is."""
        return _given(self.limits.pih_probability, DEFAULT_PIH)

    @property
    def scarring(self) -> tuple[float, str]:
        """The same of a scar."""
        return _given(self.limits.scarring_risk, DEFAULT_SCARRING)

    def price(self, device: str) -> float | None:
        """Price of a session; None where the clinic gives none."""
        return self.clinic.price_of(device)


def _given(value: float | None, default: float) -> tuple[float, str]:
    return (default, CUSTOM) if value is None else (value, "[limits] of the consultation")


def prescribed(one: Consultation, today: date) -> Prescription:
    """The prescription of a consultation: its goals, or else every concern with the same weight."""
    limits = one.effective_limits
    goals: dict[tuple[str, str], Goal] = {}
    not_planned: list[NotPlanned] = []
    wanted = list(_wanted(one))
    for concern, site, weight, outcome, target in wanted:
        if site in limits.spare:
            continue
        person = one.person(today, site)
        if outcome is None:
            refused = _refused(one, concern, site, person.concerns)
            if refused is not None:
                not_planned.append(refused)
                continue
            outcome = next(
                name for name in answering({concern: person.concerns[concern].given})
                if not OUTCOMES[name].not_modelled and OUTCOMES[name].better != "neither"
            )  # fmt: skip
        key = (site, outcome)
        if key in goals:
            continue
        goals[key] = Goal(
            site=site, outcome=outcome, weight=weight, target=target, concern=concern,
            direction_only=only_direction(outcome, person.concerns),
        )  # fmt: skip
    return Prescription(
        goals=tuple(goals.values()), limits=limits, not_planned=tuple(not_planned), clinic=one.clinic
    )  # fmt: skip


def _wanted(one: Consultation) -> Iterator[tuple[str, str, float, str | None, float | None]]:
    """Concern, site, weight, outcome and target of each goal."""
    asked = [(concern, site) for concern, sites in one.sites.items() for site in sites]
    if not one.goals:
        yield from ((concern, site, 1.0, None, None) for concern, site in asked)
    for goal in one.goals:
        if goal.concern is not None:
            yield from (
                (goal.concern, at, goal.weight, None, None)
                for concern, at in asked
                if concern == goal.concern and goal.site in (None, at)
            )
            continue
        # of an outcome that measures a concern the sites of that concern, else every site
        meant = [at for concern, at in asked if goal.outcome in find_concern(concern).answers]
        places = [goal.site] if goal.site is not None else list(dict.fromkeys(meant or [at for _, at in asked]))
        for at in places:
            near = [concern for concern, where in asked if where == at]
            own = next((name for name in near if goal.outcome in find_concern(name).answers), near[0])
            yield own, at, goal.weight, goal.outcome, goal.target


def _refused(one: Consultation, concern: str, site: str, held: Mapping[str, object]) -> NotPlanned | None:
    """Why a concern cannot be planned for; None where it can."""
    kind = find_concern(concern)
    if kind.cannot_answer:
        found = [result for name in kind.answers if (result := reported(name)) is not None]
        return NotPlanned(
            concern=concern, site=site, why=kind.cannot_answer,
            published="; ".join(result.sentence for result in found),
            sources=tuple(dict.fromkeys(key for result in found for key in result.sources)),
        )  # fmt: skip
    if concern not in held:
        return NotPlanned(
            concern=concern, site=site, why="Its severity is unknown: grade it on a named scale, then plan."
        )
    return None
