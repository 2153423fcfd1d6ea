"""Follow-up visits of adopted courses: the day of each, by the last session and the visits that neodermis advises."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final

from neodermis.care.advice import load_care
from neodermis.clinic.models import Course

#: Days before its day from which a follow-up counts as the one of a visit, and from which it is shown.
_NEAR: Final = timedelta(days=14)


@cache
def _after_last() -> tuple[timedelta, ...]:
    """Times of the visits after the last session of a course."""
    found = [one for one in load_care().items if one.kind == "follow-up" and one.visit and one.sessions == "last"]
    return tuple(sorted(timedelta(**{one.unit: one.value}) for one in found))


def last_session(course: Course) -> date:
    """Day of the last session: as it was given, or as planned, later by what the latest signed one was late."""
    planned = sorted(date.fromisoformat(one["date"]) for one in course.plan["sessions"])
    signed = {one.number: one.day for one in course.sessions.all() if one.signed_at is not None}
    latest = max((number for number in signed if number <= len(planned)), default=0)
    late = signed[latest] - planned[latest - 1] if latest else timedelta()
    return planned[-1] + late


def due(today: date) -> list[tuple[date, Course]]:
    """Visits of the latest course of each patient that are due or near and have no follow-up yet, by day.

    Of several visits that were missed the latest is shown.
    """
    latest = {
        course.patient_id: course
        for course in Course.objects.select_related("patient")
        .prefetch_related("sessions", "follow_ups")
        .order_by("day", "id")
    }
    found = []
    for course in latest.values():
        days = [last_session(course) + after for after in _after_last()]
        near = max((day for day in days if day - _NEAR <= today), default=None)
        if near is not None and not any(one.day >= near - _NEAR for one in course.follow_ups.all()):
            found.append((near, course))
    return sorted(found, key=lambda each: each[0])
