"""Actives of a protocol as exposures: applied in sessions, or used at home.

An active acts only through an exposure of the catalogue; without a sourced effect size it has no effect.  Rates with a
response time of months or weeks average over a pause of some days around a session, so that a home regimen counts
during the course with the share of days of use, and in full after its last pause.  The regimen of a phase lasts until a
later phase follows; without a regimen the patient's own habits apply.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from neodermis.errors import InputError
from neodermis.people.exposure import Exposure, Part
from neodermis.people.patient import Patient
from neodermis.treatment import Protocol
from neodermis.treatment.active import Active, Application, Effect, find_active
from neodermis.uncertain import Interval

#: Days of action of an active applied at one session: trials treat every month.
SESSION_DAYS: Final = 30.0

#: Application → delivered amount relative to immediate application.
Delivered = Callable[[Application], float]


def with_actives(plan: Protocol, patient: Patient, delivered: Delivered) -> Patient:
    """Patient with the actives of the protocol as exposures from the first session onwards.

    ``delivered`` gives the relative delivery of an active that is applied later and acts only through its session.
    Raises :class:`InputError` where the exposures then change more often than the model allows.
    """
    found: dict[str, list[tuple[Part, ...]]] = {}
    regular: dict[str, list[tuple[float, float]]] = {}
    for index, phase in enumerate(plan.phases):
        window = start, end = plan.window(index)
        last = start + (phase.count - 1) * phase.interval_days
        days = tuple(day for day in plan.session_days if start <= day <= end)
        for use in phase.home:
            for effect in _through(find_active(use.active)):
                during = Part(effect.level * use.share(days), from_day=start)
                after = Part(effect.level * use.per_week / 7.0, from_day=days[-1] + use.resume_days)
                if len(days) == 1 and use.resume_days:
                    during = during._replace(level=0.0)  # the whole use before the end of the last pause
                if end < math.inf:
                    after = Part(0.0, from_day=end)
                parts = (during, after) if after.from_day != start else (after,)
                found.setdefault(effect.through, []).append(parts)
                regular.setdefault(effect.through, []).append(window)
        for one in phase.actives:
            for effect in _through(find_active(one.active)):
                acts, share = SESSION_DAYS, delivered(one) if one.after_hours else 1.0
                if effect.per == "day":  # a day of its daily use
                    acts, share = 1.0, 1.0 / phase.interval_days if phase.count > 1 else 1.0
                elif effect.per == "month" and phase.count > 1:
                    share *= min(SESSION_DAYS / phase.interval_days, 1.0)
                # spread over the intervals, including the last one if the next session is at its end
                ends = max(last + acts, end if end <= last + phase.interval_days else 0.0)
                parts = (Part(effect.level * share, from_day=start), Part(0.0, from_day=ends))
                found.setdefault(effect.through, []).append(parts)
    exposures = dict(patient.exposures)
    for name, courses in found.items():
        now = exposures.get(name)
        if now is not None:  # existing use continues together with a session active, and outside a regimen
            courses.append(_outside(_going_on(now, patient.age), regular.get(name, [])))
        exposures[name] = Exposure(name, (*_before(now, patient.age), *_strongest(courses)))
    try:
        return replace(patient, exposures=exposures)
    except InputError as error:
        raise InputError(
            "protocol, actives", value="; ".join(part for part in plan.sentence.split("; ")[2:]),
            accepted=error.accepted, whose=error.whose,
            next_step="name fewer actives, or leave out exposures in the distant past",
        ) from error  # fmt: skip


def _through(active: Active) -> Iterator[Effect]:
    return (effect for effect in active.effects if effect.through)


def _before(now: Exposure | None, age: float) -> tuple[Part, ...]:
    """Exposures before the first session."""
    if now is None:
        return (Part(0.0),)
    return tuple(part for part, (day, _) in zip(now.parts, now.days(age), strict=True) if day < 0.0) or (Part(0.0),)


def _going_on(now: Exposure, age: float) -> tuple[Part, ...]:
    """Exposures from the first session onwards."""
    timed = now.days(age)
    held = [level for day, level in timed if day <= 0.0]
    later = (Part(level, from_day=day) for day, level in timed if day > 0.0)
    return (Part(held[-1] if held else 0.0, from_day=0.0), *later)


def _level(course: tuple[Part, ...], day: float) -> float:
    held = [part.level for part in course if part.from_day is not None and part.from_day <= day]
    return held[-1] if held else 0.0


def _days(*courses: tuple[Part, ...]) -> set[float]:
    return {part.from_day for course in courses for part in course if part.from_day is not None}


def _outside(own: tuple[Part, ...], windows: list[tuple[float, float]]) -> tuple[Part, ...]:
    """The patient's own time course outside the windows, and nothing within them."""
    edges = {edge for window in windows for edge in window if edge < math.inf}
    return tuple(
        Part(0.0 if any(start <= day < end for start, end in windows) else _level(own, day), from_day=day)
        for day in sorted(_days(own) | edges)
    )


def _strongest(courses: list[tuple[Part, ...]]) -> tuple[Part, ...]:
    """Largest level at each time: two products of one kind are not added."""
    found: list[Part] = []
    for day in sorted(_days(*courses)):
        most = max(_level(course, day) for course in courses)
        if not found or not math.isclose(found[-1].level, most, rel_tol=1e-12):
            found.append(Part(most, from_day=day))
    return tuple(found)


def unsized(plan: Protocol) -> list[str]:
    """Sentences on actives of the protocol without an effect, or without some of their intended effects."""
    found = []
    for name in dict.fromkeys([*(one.active for one in plan.actives), *(use.active for use in plan.home)]):
        one = find_active(name)
        if not one.effects:
            found.append(f"{name} changes nothing: no effect of it on healing skin was found")
        found += [
            f"{name} does not change {effect.on} here ({effect.grade}): {effect.note.rstrip('.')}"
            for effect in one.effects
            if not effect.through
        ]
    return found


def into_channels(plan: Protocol, geometric: Interval) -> list[str]:
    """Sentences on products applied to open channels, for a geometric closure time ``geometric`` (h)."""
    found = []
    for one in plan.actives:
        active = find_active(one.active)
        if one.after_hours < geometric.upper90:
            when = "at once" if one.after_hours == 0 else f"{one.after_hours:g} h after a session"
            rule = {
                "never": "not while channels are open",
                "sterile only": "only where it is sterile and made for broken skin",
                "prescriber": "with a prescriber only",
            }[active.open_skin]
            found.append(
                f"{active.id} {when}: {rule} ({active.open_skin_why}); channels close in about "
                f"{geometric.median:.0f} h, {geometric.upper90:.0f} h at most"
            )
    if plan.actives:
        found.append("needling devices are not labelled for the delivery of products")
    return found


def sources(plan: Protocol) -> dict[str, tuple[str, ...]]:
    """Sources of the actives of a protocol, with their purpose."""
    found: dict[str, tuple[str, ...]] = {}
    for name in [*(one.active for one in plan.actives), *(use.active for use in plan.home)]:
        one = find_active(name)
        for key in (*one.sources, *(key for effect in one.effects for key in effect.sources)):
            found[key] = (*found.get(key, ()), f"{name}, catalogue of actives")
    return {key: tuple(dict.fromkeys(why)) for key, why in found.items()}
