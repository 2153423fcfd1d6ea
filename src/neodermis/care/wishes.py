"""Preferences of a consultation compared with the dated plan, with numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from neodermis.care.advice import load_care
from neodermis.care.aftercare import day_words
from neodermis.care.rules import load_rules
from neodermis.uncertain import Interval
from neodermis.wording import with_interval

if TYPE_CHECKING:
    from neodermis.care.aftercare import Care
    from neodermis.care.consultation import Preferences
    from neodermis.simulation.session_outcomes import SessionInjury

#: Visible signs after a session, until which the appearance is affected.
_SEEN: Final = ("normal.redness", "normal.dry")


def unmet_wishes(wishes: Preferences, care: Care, sessions: Sequence[SessionInjury]) -> list[str]:
    """One sentence for each field of ``[preferences]`` that the dated plan does not, or may not, meet.

    Parameters
    ----------
    wishes
        Preferences of the consultation; unanswered fields are not compared.
    care
        The dated plan.
    sessions
        Simulated session of this plan, at each site and in each phase.
    """
    return [
        *_downtime(wishes, care, sessions),
        *_visits(wishes, care),
        *_budget(wishes, care),
        *_event(wishes, care, sessions),
        *_first_session(wishes, care),
        *_injections(wishes, care),
    ]


def _days(care: Care) -> list[date]:
    return [begin.date() for begin in care.begins]


def _last_seen(care: Care, number: int = 1) -> int:
    """Days after a session until reported redness and flaking end."""
    ends = [entry.end for entry in care.of_session(number) if entry.id in _SEEN]
    begin = care.begins[number - 1].date()
    return max(((end.date() if isinstance(end, datetime) else end) - begin).days for end in ends)


def _longest(sessions: Sequence[SessionInjury], what: str) -> tuple[str, Interval]:
    longest = max(sessions, key=lambda one: getattr(one, what).median)
    return longest.site, getattr(longest, what)


def _downtime(wishes: Preferences, care: Care, sessions: Sequence[SessionInjury]) -> Iterator[str]:
    spare = wishes.downtime_days
    if spare is None or not sessions:
        return
    site, days = _longest(sessions, "downtime_days")
    if days.upper90 > spare:
        yield care.texts.say(
            "wish", "downtime" if days.median > spare else "downtime_may", spare=f"{spare:g}",
            site=site.replace("_", " "), flaking=_last_seen(care), days=with_interval(days, unit="days"),
        )  # fmt: skip
    elif _last_seen(care) > spare:
        yield care.texts.say(
            "wish", "flaking", spare=f"{spare:g}", flaking=_last_seen(care), days=with_interval(days, unit="days"),
        )  # fmt: skip


def _visits(wishes: Preferences, care: Care) -> Iterator[str]:
    if wishes.visits is None:
        return
    planned = len(care.protocol.sessions)
    visits = {item.id for item in load_care().items if item.visit}
    checks = sum(entry.id in visits for entry in care.entries)
    if planned + checks > wishes.visits:
        name = "visits" if planned > wishes.visits else "visits_with_checks"
        yield care.texts.say(
            "wish", name, wanted=f"{wishes.visits:g}", sessions=planned, checks=checks, all=planned + checks
        )


def _budget(wishes: Preferences, care: Care) -> Iterator[str]:
    """The budget per session, because prices are unknown."""
    if wishes.budget is not None:
        count = len(care.protocol.sessions)
        each = wishes.budget / count
        yield care.texts.say("wish", "budget", budget=f"{wishes.budget:g}", sessions=count, each=f"{math.floor(each)}")


def _event(wishes: Preferences, care: Care, sessions: Sequence[SessionInjury]) -> Iterator[str]:
    event, days, say = wishes.event, _days(care), care.texts.say
    if event is None:
        return
    told = day_words(care.texts, event)
    before = [number for number, day in enumerate(days, 1) if day <= event]
    if not before:
        yield say("wish", "event_first", event=told, first=day_words(care.texts, days[0]))
        return
    number = before[-1]
    since = (event - days[number - 1]).days
    redness = _longest(sessions, "erythema_hours") if sessions else None
    simulated = math.ceil(redness[1].upper90 / 24) if redness else 0
    least = max(load_care().event_days, _last_seen(care, number), simulated)
    if since < least:
        values = {
            "event": told, "since": since, "number": number, "day": day_words(care.texts, days[number - 1]),
            "least": least, "latest": day_words(care.texts, event - timedelta(days=least)),
            "flaking": day_words(care.texts, days[number - 1] + timedelta(days=_last_seen(care, number))),
            "redness": say("wish", "redness", hours=with_interval(redness[1], unit="hours")) if redness else "",
        }  # fmt: skip
        yield say("wish", "event_close", **values)
    judged = next((entry.start for entry in care.entries if entry.id == "follow.outcome"), None)
    if judged is not None and event < judged:  # told by the day
        yield say(
            "wish", "event_result", event=told, done=number, sessions=len(days),
            judged=day_words(care.texts, judged),
        )  # fmt: skip


def _first_session(wishes: Preferences, care: Care) -> Iterator[str]:
    wanted, first = wishes.first_session, _days(care)[0]
    if wanted is not None and wanted != first:
        yield care.texts.say(
            "wish", "first_session", wanted=day_words(care.texts, wanted), first=day_words(care.texts, first),
            days=abs((first - wanted).days), when=care.texts.say("wish", "later" if first > wanted else "earlier"),
        )  # fmt: skip


#: Planned injection → the rule for the waiting period before needling.
_INJECTIONS: Final = {"next_toxin": "BOTOX", "next_filler": "FILLER"}


def _injections(wishes: Preferences, care: Care) -> Iterator[str]:
    """Sessions too soon after a planned injection, or shortly before one.

    After an injection the waiting period of its rule counts, by the label of the device; before one, the time after
    which care allows botulinum toxin again, and for filler the time until the skin is quiet.
    """
    toxin = next(item.value for item in load_care().items if item.id == "resume.toxin") / 24
    for name, least_before in (("next_toxin", toxin), ("next_filler", float(load_care().event_days))):
        planned = getattr(wishes, name)
        if not isinstance(planned, date):
            continue
        for number, (day, session) in enumerate(zip(_days(care), care.protocol.sessions, strict=True), 1):
            rule = load_rules().rules[_INJECTIONS[name]].under(session.source.id)
            least_after = rule.wait.days if rule.wait else 0.0
            days = (day - planned).days
            least, when = (least_after, "after") if days >= 0 else (least_before, "before")
            if abs(days) < least:
                yield care.texts.say(
                    "wish", "injection", what=care.texts.say("wish", name), planned=day_words(care.texts, planned),
                    number=number, day=day_words(care.texts, day), days=abs(days), least=f"{least:g}", rule=rule.id,
                    when=care.texts.say("wish", when),
                )  # fmt: skip
