"""Preferences of a consultation compared with the dated plan, with numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from neodermis.care.advice import load_care
from neodermis.care.rules import load_rules
from neodermis.texts import Audience, Texts, load_texts
from neodermis.uncertain import Interval
from neodermis.wording import number_text

if TYPE_CHECKING:
    from neodermis.care.aftercare import Care
    from neodermis.care.consultation import Preferences
    from neodermis.simulation.session_outcomes import SessionInjury

#: Visible signs after a session, until which the appearance is affected.
_SEEN: Final = ("normal.redness", "normal.dry")


def unmet_wishes(
    wishes: Preferences, care: Care, sessions: Sequence[SessionInjury], audience: Audience = "practitioner"
) -> list[str]:
    """One sentence for each field of ``[preferences]`` that the dated plan does not, or may not, meet.

    Parameters
    ----------
    wishes
        Preferences of the consultation; unanswered fields are not compared.
    care
        The dated plan.
    sessions
        Simulated session of this plan, at each site and in each phase.
    audience
        Reader of the sentences.
    """
    texts = care.texts[audience]
    return [
        *_downtime(wishes, care, sessions, texts),
        *_visits(wishes, care, texts),
        *_budget(wishes, care, texts),
        *_event(wishes, care, sessions, texts),
        *_first_session(wishes, care, texts),
        *_injections(wishes, care, texts),
    ]


def _spread(texts: Texts, interval: Interval, name: str) -> str:
    """Median and interval with a unit, or the number alone where there is no interval.

    A patient is told whole days and hours, at least one.
    """
    whole = texts.audience == "patient"
    median, low, high = (max(round(one), 1) if whole else float(number_text(one)) for one in interval)
    form = f"{name}_alone" if low == high else name
    return texts.say("wish", form, median=median, low=low, high=high)


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


def _downtime(wishes: Preferences, care: Care, sessions: Sequence[SessionInjury], texts: Texts) -> Iterator[str]:
    spare = wishes.downtime_days
    if spare is None or not sessions:
        return
    site, days = _longest(sessions, "downtime_days")
    if days.upper90 > spare:
        yield texts.say(
            "wish", "downtime" if days.median > spare else "downtime_may", spare=spare,
            site=load_texts("names", texts.language).say("at_site", site), flaking=_last_seen(care),
            days=_spread(texts, days, "days"),
        )  # fmt: skip
    elif _last_seen(care) > spare:
        yield texts.say("wish", "flaking", spare=spare, flaking=_last_seen(care), days=_spread(texts, days, "days"))


def _visits(wishes: Preferences, care: Care, texts: Texts) -> Iterator[str]:
    if wishes.visits is None:
        return
    planned = len(care.protocol.sessions)
    visits = {item.id for item in load_care().items if item.visit}
    checks = sum(entry.id in visits for entry in care.entries)
    if planned + checks > wishes.visits:
        name = "visits" if planned > wishes.visits else "visits_with_checks"
        yield texts.say("wish", name, wanted=wishes.visits, sessions=planned, checks=checks, all=planned + checks)


def _budget(wishes: Preferences, care: Care, texts: Texts) -> Iterator[str]:
    """The budget per session, because prices are unknown."""
    if wishes.budget is not None:
        count = len(care.protocol.sessions)
        each = wishes.budget / count
        yield texts.say("wish", "budget", budget=wishes.budget, sessions=count, each=math.floor(each))


def _event(wishes: Preferences, care: Care, sessions: Sequence[SessionInjury], texts: Texts) -> Iterator[str]:
    event, days, say = wishes.event, _days(care), texts.say
    if event is None:
        return
    before = [number for number, day in enumerate(days, 1) if day <= event]
    if not before:
        yield say("wish", "event_first", event=event, first=days[0])
        return
    number = before[-1]
    since = (event - days[number - 1]).days
    redness = _longest(sessions, "erythema_hours") if sessions else None
    simulated = math.ceil(redness[1].upper90 / 24) if redness else 0
    least = max(load_care().event_days, _last_seen(care, number), simulated)
    if since < least:
        values = {
            "event": event, "since": since, "number": number, "day": days[number - 1], "least": least,
            "latest": event - timedelta(days=least),
            "flaking": days[number - 1] + timedelta(days=_last_seen(care, number)),
            "redness": f"{say('wish', 'redness', hours=_spread(texts, redness[1], 'hours'))} " if redness else "",
        }  # fmt: skip
        yield say("wish", "event_close", **values)
    judged = next((entry.start for entry in care.entries if entry.id == "follow.outcome"), None)
    if judged is not None and event < judged:  # given in whole days
        yield say("wish", "event_result", event=event, done=number, sessions=len(days), judged=judged)


def _first_session(wishes: Preferences, care: Care, texts: Texts) -> Iterator[str]:
    wanted, first = wishes.first_session, _days(care)[0]
    if wanted is not None and wanted != first:
        yield texts.say(
            "wish", "first_session", wanted=wanted, first=first, days=abs((first - wanted).days),
            when=texts.say("wish", "later" if first > wanted else "earlier"),
        )  # fmt: skip


#: Planned injection → the rule for the waiting period before needling.
_INJECTIONS: Final = {"next_toxin": "BOTOX", "next_filler": "FILLER"}


def _injections(wishes: Preferences, care: Care, texts: Texts) -> Iterator[str]:
    """Sessions too soon after a planned injection, or shortly before one.

    After an injection the waiting period of its rule counts, by the label of the device; before one, the time after
    which care allows botulinum toxin again, and for filler the time until the reaction of the skin has resolved.
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
                yield texts.say(
                    "wish", "injection", what=texts.say("wish", name), planned=planned, number=number, day=day,
                    days=abs(days), least=least, when=texts.say("wish", when),
                )  # fmt: skip
