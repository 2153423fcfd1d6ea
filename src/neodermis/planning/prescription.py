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
from neodermis.skin.tissue import find_site

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation
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
    prices: Mapping[str, float]
    today: date

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
        return self.prices.get(device, self.prices.get("session"))


def _given(value: float | None, default: float) -> tuple[float, str]:
    return (default, CUSTOM) if value is None else (value, "[limits] of the consultation")


def prescribed(one: Consultation, today: date) -> Prescription:
    """The prescription of a consultation: its goals, or else every concern with the same weight."""
    limits = one.effective_limits
    spared = {find_site(site).id for site in limits.spare}
    goals: dict[tuple[str, str], Goal] = {}
    not_planned: list[NotPlanned] = []
    wanted = list(_wanted(one))
    for concern, site, weight, outcome, target in wanted:
        if site in spared:
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
        goals=tuple(goals.values()), limits=limits, not_planned=tuple(not_planned), prices=one.clinic.prices,
        today=today,
    )  # fmt: skip


def _wanted(one: Consultation) -> Iterator[tuple[str, str, float, str | None, float | None]]:
    """Concern, site, weight, outcome and target of each goal."""
    asked = [(find_concern(wish.name).name, find_site(wish.site).id) for wish in one.concern]
    if not one.goals:
        yield from ((concern, site, 1.0, None, None) for concern, site in asked)
    for goal in one.goals:
        site = None if goal.site is None else find_site(goal.site).id
        if goal.concern is not None:
            name = find_concern(goal.concern).name
            yield from (
                (name, at, goal.weight, None, None) for concern, at in asked if concern == name and site in (None, at)
            )
        else:
            places = [site] if site is not None else list(dict.fromkeys(at for _, at in asked))
            for at in places:
                near = next((concern for concern, where in asked if where == at), "")
                yield near, at, goal.weight, goal.outcome, goal.target


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
