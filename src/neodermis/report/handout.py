"""What a patient is told of a course or a plan, apart from its words and its page.

A :class:`Handout` holds the numbers of one page in the units of the model; :mod:`~neodermis.report.patient_page` gives
them words.  Outcomes are without rater bias: a patient compares the value after treatment with that before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from neodermis.arrays import read_at
from neodermis.lazy import numpy as np
from neodermis.report.style import MONTH
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Interval

if TYPE_CHECKING:
    from neodermis.care.aftercare import Care
    from neodermis.planning.result import Plan
    from neodermis.simulation.course import Course
    from neodermis.simulation.session import Floats
    from neodermis.simulation.session_outcomes import Injuries
    from neodermis.treatment import Protocol


class Share(NamedTuple):
    """A probability with its 90 % interval; the ends are equal where it has none."""

    value: float
    lower90: float
    upper90: float


class Drawn(NamedTuple):
    """A course for a picture: days since the first session, median, lower and upper end, untreated."""

    days: Floats
    median: Floats
    lower90: Floats
    upper90: Floats
    untreated: Floats


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is expected of one outcome at one site, without rater bias."""

    site: str
    outcome: str
    before: Interval
    after: Interval
    """At the look, some months after the last session."""
    later: Interval | None
    """A year after it; None where the course ends before."""
    untreated: float
    """At the look, without treatment."""
    chance: Share | None
    """Of a change that matters, without PIH and without a scar; None for an outcome without a better direction."""
    drawn: Drawn
    direction_only: str = ""
    """Why no size is told; empty where it is."""
    better: float = 0.0
    """Share of draws that are better than without treatment."""

    @property
    def least(self) -> float:
        """Smallest change that matters."""
        return OUTCOMES[self.outcome].smallest(self.before.median)


@dataclass(frozen=True, kw_only=True)
class Handout:
    """What a patient is told of a course."""

    protocol: Protocol
    care: Care
    """Dated care of the course; its dates are those of the page where the course has dates."""
    dated: bool
    look_months: int
    """Months after the last session at which the result is judged."""
    minutes: float
    """Longest visit, minutes."""
    pain: float
    downtime_days: float
    expected: tuple[Expected, ...]
    of_people: bool
    """Whether chances are over people like the patient, or over what is known of one."""
    pih: Share
    scar: Share
    bruise: float
    not_answered: tuple[str, ...] = ()
    """Concerns that cannot be answered."""
    fades: bool = False
    failed: float = 0.0
    """Share of the members that failed."""

    @property
    def sites(self) -> Mapping[str, list[float]]:
        """Depth settings (mm) by site, over all sessions."""
        found: dict[str, set[float]] = {}
        for session in self.protocol.sessions:
            for each in session.passes:
                found.setdefault(each.site, set()).add(each.depth_mm)
        return {site: sorted(depths) for site, depths in found.items()}

    @property
    def sham(self) -> bool:
        """Whether no needle enters the skin."""
        return not any(
            each.depth_mm and each.passes for session in self.protocol.sessions for each in session.passes
        )  # fmt: skip

    @property
    def intervals(self) -> list[int]:
        """Days between visits, each once."""
        days = [session.day for session in self.protocol.sessions]
        return sorted({round(after - before) for before, after in pairwise(days)})


def of_plan(found: Plan, language: str = "en") -> Handout | None:
    """What a patient is told of the recommended plan; None where no plan is recommended or nothing can be dated."""
    from neodermis.planning.scoring import LOOKS

    one, done = found.recommended, found.care if language == "en" else found.care_in(language)
    if one is None or done is None or done.dated is None:
        return None
    last = one.protocol.sessions[-1].day

    def expected() -> Iterator[Expected]:
        for site, of in one.outcomes.items():
            for name, each in of.items():
                chance = one.without_harm.get(site, {}).get(name)
                low, high = ((getattr(each.start, end), getattr(each.bare, end), getattr(each.bare_later, end))
                             for end in ("lower90", "upper90"))  # fmt: skip
                yield Expected(
                    site=site, outcome=name, before=each.start, after=each.bare, later=each.bare_later,
                    untreated=each.bare_untreated, chance=None if chance is None else Share(*chance),
                    direction_only=each.direction_only, better=each.better,
                    drawn=Drawn(
                        np.array([0.0, *(last + look for look in LOOKS)]),
                        np.array([each.start.median, each.bare.median, each.bare_later.median]),
                        np.array(low), np.array(high),
                        np.array([each.start.median, each.bare_untreated, each.bare_untreated_later]),
                    ),
                )  # fmt: skip

    injuries = done.injuries
    return Handout(
        protocol=one.protocol, care=done.care, dated=True, look_months=round(LOOKS[0] / MONTH),
        minutes=float(done.care.minutes), pain=one.pain.median, downtime_days=one.downtime.median,
        expected=tuple(expected()), of_people=True,
        pih=Share(*one.pih), scar=Share(*one.scarring),
        bruise=max(each.session.bruising_probability.median for phase in injuries.phases
                   for each in phase.sites.values()),
        not_answered=() if found.prescription is None else tuple(
            dict.fromkeys(each.concern for each in found.prescription.not_planned if each.concern)
        ),
        fades=any(kept.needed for kept in found.maintenance.values()),
        failed=one.failed / found.search["members"]["scored"],
    )  # fmt: skip


def of_course(course: Course, injuries: Injuries, language: str = "en") -> Handout:
    """What a patient is told of a course, with the injury by its sessions."""
    from neodermis.care.aftercare import plan_care
    from neodermis.people.concern import answering, find_concern, only_direction
    from neodermis.simulation.course import FOLLOW_UP, LOOK

    case = course.ledger.case
    concerns = {name: one.given for name, one in case.patient.concerns.items()} or {"wrinkle": ""}

    def expected() -> Iterator[Expected]:
        for name, site in course.sites.items():
            day, end = site.last_session_day + LOOK, float(site.time_day[-1])
            if day > end:
                continue
            until = site.time_day <= site.last_session_day + FOLLOW_UP
            for concern, given in concerns.items():
                outcome = next((each for each in answering({concern: given}) if each in site.values), None)
                if outcome is None:
                    continue
                why, better = only_direction(outcome, concerns), OUTCOMES[outcome].better
                values, bare = site.values[outcome], site.untreated[outcome]
                low, median, high = np.quantile(values[:, until], (0.05, 0.5, 0.95), axis=0)
                at_look = read_at(day, site.time_day, bare)
                chance = None if why or better == "neither" else site.benefit_without_harm(outcome, day)
                sign = {"higher": 1.0, "lower": -1.0, "neither": 0.0}[better]
                later = site.last_session_day + FOLLOW_UP
                yield Expected(
                    site=name, outcome=outcome, before=Interval.of(values[:, 0]),
                    after=Interval.of(site.at(outcome, day)),
                    later=Interval.of(site.at(outcome, later)) if later <= end else None,
                    untreated=float(np.median(at_look)),
                    chance=None if chance is None else Share(chance, chance, chance),
                    drawn=Drawn(site.time_day[until], median, low, high, np.median(bare[:, until], axis=0)),
                    direction_only=why,
                    better=float(np.mean(sign * (site.at(outcome, day) - at_look) > 0)),
                )  # fmt: skip

    sites = list(course.sites.values())
    care = plan_care(course.protocol, case.patient, date.today(), phases=injuries.phases, language=language)
    sessions = [each for site in sites for each in site.sessions]
    pih = max((Interval.of(site.pih) for site in sites), key=lambda one: one.upper90)
    scar = max(site.scarring_risk for site in sites)
    members = course.ledger.draws * len(sites)
    return Handout(
        protocol=course.protocol, care=care, dated=False, look_months=round(LOOK / MONTH),
        minutes=float(care.minutes), pain=max(each.pain_vas.median for each in sessions),
        downtime_days=max(each.downtime_days.median for each in sessions), expected=tuple(expected()),
        of_people=False, pih=Share(*pih), scar=Share(scar, scar, scar),
        bruise=max(each.bruising_probability.median for each in sessions),
        not_answered=tuple(name for name in concerns if find_concern(name).cannot_answer),
        failed=course.failed / members if members else 0.0,
    )  # fmt: skip
