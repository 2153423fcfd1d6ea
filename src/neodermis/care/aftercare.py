"""Dated care of a course: preparation, session checklist, aftercare by hour and day, and resumption of activities.

:func:`plan_care` converts a protocol, a patient, the first date and the simulated session into calendar entries, a
checklist and red flags.  ``data/care.toml`` holds the advice with every reported time, :mod:`neodermis.texts` its
wording; this module does not read the clock and contains no names of people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from neodermis.care.advice import Anaesthetic, Item, Kind, Urgency, load_care
from neodermis.care.circumstances import Circumstances
from neodermis.care.plan_facts import open_hours
from neodermis.errors import DataFileError, InputError
from neodermis.people import Patient, regimen
from neodermis.skin.tissue import find_site
from neodermis.texts import LANGUAGE, Audience, Duration, Texts, load_texts
from neodermis.treatment import Phase, Protocol
from neodermis.treatment.active import HomeUse, find_active
from neodermis.treatment.protocol import calendar
from neodermis.uncertain import Interval

if TYPE_CHECKING:
    from neodermis.simulation.session_outcomes import PhaseInjury, SessionInjury

AUDIENCES: Final[tuple[Audience, ...]] = ("patient", "practitioner")
URGENCIES: Final[tuple[Urgency, ...]] = ("emergency", "same_day", "within_3_days", "next_visit")
_DAY: Final = 24
#: Hours after which an entry has a date without a time of day.
_BY_DAY: Final = 72
_SATURDAY: Final = 5
#: Simulated quantity of an entry → its unit, field and factor.
_OF_SESSION: Final = {
    "redness": ("h", "erythema_hours", 1.0), "swelling": ("h", "oedema_hours", 1.0),
    "flaking": ("d", "flaking_days", 1.0), "bruise": ("%", "bruising_probability", 100.0),
    "pain": ("VAS", "pain_vas", 1.0), "bleeding": ("1/cm²", "bleeding_points_per_cm2", 1.0),
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- the result


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulated:
    """A simulated quantity shown with a time: quantity, site (empty: the whole session), interval."""

    name: str
    site: str
    unit: str
    interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One calendar entry."""

    id: str
    kind: Kind
    session: int
    """Number of its session, from 1; 0 for the whole course."""
    start: date | datetime
    end: date | datetime
    """Last day or time; for a resumed activity equal to ``start``."""
    titles: Mapping[Audience, str]
    texts: Mapping[Audience, str]
    """Texts by audience; without a patient text the entry is for the practitioner only."""
    time: Duration | None
    """The time that applies; None where there is none."""
    used: str
    """The same time in words, for the practitioner; empty where there is none."""
    span: str
    """Reported range in words, for the practitioner; empty without a report."""
    tier: str
    differ: str
    because: tuple[str, ...]
    """Reason for a time other than the usual one, for the practitioner."""
    simulated: tuple[Simulated, ...]
    sources: tuple[str, ...]

    @property
    def all_day(self) -> bool:
        """Whether the entry is an all-day entry."""
        return not isinstance(self.start, datetime)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One line of the session checklist."""

    id: str
    phase: str
    required: bool
    texts: Mapping[Audience, str]
    """Texts by audience; the patient text states what to ask or look for."""
    record: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RedFlag:
    """A warning sign, its urgency, and the hours after a session during which it applies."""

    id: str
    urgency: Urgency
    hours: tuple[float, float]
    texts: Mapping[Audience, str]
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbing:
    """The anaesthetic of a session and its limits."""

    chosen: Anaesthetic
    options: tuple[Anaesthetic, ...]
    area_cm2: float
    weight_kg: float | None
    shallow_mm: float
    """Depth up to which no anaesthetic is usual, mm."""
    unprescribed_percent: float
    """Highest strength sold without a prescription, %."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Care:
    """Complete care of a course."""

    protocol: Protocol
    person: Patient
    circumstances: Circumstances
    begins: tuple[datetime, ...]
    """Start of each session; without a time of day, at an hour that is not shown."""
    timed: bool
    """Whether a time of day was given; otherwise all entries are all-day entries."""
    minutes: int
    """Maximum duration of a session, min."""
    entries: tuple[Entry, ...]
    checklist: tuple[Check, ...]
    red_flags: tuple[RedFlag, ...]
    numbing: Numbing
    symptoms: tuple[Mapping[str, Any], ...]
    """Symptoms asked at each check: id, and scale of the answer."""
    event_record: Mapping[str, Any]
    """Fields of the adverse event record, with severities and causes."""
    notes: tuple[str, ...]
    """Assumptions and limits, for the practitioner."""
    texts: Mapping[Audience, Texts]
    """Texts of each audience, those of the practitioner in English."""

    @property
    def dates(self) -> tuple[date | datetime, ...]:
        """Date of each session, with a time of day where one was given."""
        return self.begins if self.timed else tuple(begin.date() for begin in self.begins)

    def of_session(self, number: int) -> tuple[Entry, ...]:
        """Entries of a session, or of the whole course with 0."""
        return tuple(entry for entry in self.entries if entry.session == number)

    def basis(self, entry: Entry) -> list[str]:
        """Basis of the time of an entry, for a practitioner: used, reported, tier, reason, simulated."""
        say = self.texts["practitioner"].say
        named = {"project": say("say", "project"), "D": say("say", "tier_d")}
        tier = named.get(entry.tier) or say("say", "tier", tier=entry.tier)
        given = (
            f"{say('say', 'sources_give', range=entry.span)}; {tier}"
            if entry.span
            else say("say", "no_time", tier=tier)
        )
        lines = []
        if entry.used:
            lines.append(f"{say('say', 'used', value=entry.used)}; {given}.")
        lines += [f"{why[0].upper()}{why[1:]}." for why in entry.because]
        lines += [f"{self.beside(name, entry)}." for name in dict.fromkeys(one.name for one in entry.simulated)]
        if entry.differ:
            lines.append(say("say", "differ", differ=entry.differ))
        return lines

    def beside(self, name: str, entry: Entry, form: Literal["say", "short"] = "say") -> str:
        """Simulated quantity for an entry, site by site, as a sentence or for a table cell."""
        say = self.texts["practitioner"].say

        def told(one: Simulated) -> str:
            median, low, high = one.interval
            few = "{:.0f}" if high >= 10 else "{:.1f}"
            if low == high:
                return few.format(median)
            return say(form, "interval", median=few.format(median), low=few.format(low), high=few.format(high))

        found = [one for one in entry.simulated if one.name == name]
        values = ", ".join(f"{_words(one.site)} {told(one)}" if len(found) > 1 else told(one) for one in found)
        return say(form, name, interval=values)

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of all sources of the care."""
        groups: tuple[Iterable[Any], ...] = (self.entries, self.checklist, self.red_flags, self.numbing.options)
        return tuple(dict.fromkeys(key for rows in groups for row in rows for key in row.sources))


# ------------------------------------------------------------------------------------------------- the plan


def plan_care(
    protocol: Protocol,
    person: Patient,
    start: date | datetime,
    *,
    phases: Sequence[PhaseInjury] = (),
    circumstances: Circumstances | None = None,
    weekdays: bool = False,
    language: str = LANGUAGE,
) -> Care:
    """Dated care of a course.

    Parameters
    ----------
    protocol
        Treatment, device, days and home use.
    person
        Age, phototype and exposures.
    start
        Date of the first session, with a time of day where known.  Without one every entry is an all-day entry, and an
        activity resumes on the first day completely after its time.
    phases
        Simulated session of each phase; without it no simulated quantities are shown.
    circumstances
        Drugs, history, hemisphere; unknown counts as yes.
    weekdays
        Move a session or a visit that falls on a Saturday or Sunday to the next Monday; later sessions count from
        there.
    language
        Language of the texts for the patient: one of :func:`neodermis.texts.languages`.  Those for the practitioner
        are in English.

    Raises
    ------
    InputError
        A session would be after the last date of the calendar, or no catalogue of the language is shipped.

    Examples
    --------
    >>> from neodermis.api import read
    >>> from neodermis.people import Patient
    >>> course = plan_care(read("1 session: exceed; cheek 0.5 mm, 4 passes"), Patient(), date(2027, 3, 1))
    >>> [str(e.start) for e in course.entries if e.id == "resume.makeup"]
    ['2027-03-04']
    """
    texts: dict[Audience, Texts] = care_texts(language)
    planners = [
        _Planner(
            protocol=protocol,
            index=index,
            person=person,
            start=start,
            sessions={name: site.session for name, site in phases[index].sites.items()} if phases else {},
            minutes=phases[index].minutes if phases else None,
            circumstances=_known_from(protocol, person, circumstances or Circumstances()),
            weekdays=weekdays,
            texts=texts,
        )
        for index in range(len(protocol.phases))
    ]
    return _planned(planners)


def care_texts(language: str = LANGUAGE) -> dict[Audience, Texts]:
    """Texts of care for each audience: the patient's in a language, the practitioner's in English."""
    return {"patient": load_texts("care", language), "practitioner": load_texts("care", audience="practitioner")}


def _planned(planners: Sequence[_Planner]) -> Care:
    """Care of all phases: each session with the treatment of its phase."""
    first, sessions = planners[0], planners[0].protocol.sessions
    begins, deepest = first._begins(), max(planners, key=lambda one: one._deepest)
    each = [planners[session.phase] for session in sessions]
    ends = tuple(begin + timedelta(minutes=one._chair_minutes()) for begin, one in zip(begins, each, strict=True))
    numbing = deepest._numbing()
    facts = [one._facts(numbing, number, begins) for number, one in enumerate(each)]
    entries: list[Entry] = []
    notes: dict[str, None] = {}
    for item in load_care().items:
        for number in first._numbers(item):
            if each[number]._holds(item.when, facts[number]):
                made = each[number]._entry(item, number, begins, ends, facts[number], notes)
                entries += [made] if made is not None else []
    for one in planners:
        entries += one._products(begins, ends)
    entries.sort(key=lambda entry: (_moment(entry.start), entry.session, _moment(entry.end)))

    def ever(when: Mapping[str, Any]) -> bool:
        return any(one._holds(when, known) for one, known in zip(each, facts, strict=True))

    return Care(
        protocol=first.protocol,
        person=first.person,
        circumstances=first.circumstances,
        begins=begins,
        timed=first.timed,
        minutes=max(one._chair_minutes() for one in planners),
        entries=tuple(entries),
        checklist=tuple(first._checklist(ever, [one._settings for one in planners])),
        red_flags=tuple(first._red_flags(ever)),
        numbing=numbing,
        symptoms=load_care().symptoms,
        event_record=load_care().event_record,
        notes=(*first._notes(begins), *notes),
        texts=first.texts,
    )


def _known_from(protocol: Protocol, person: Patient, given: Circumstances) -> Circumstances:
    """The answers, completed from the protocol's home use and the patient's exposures."""
    groups = load_care().groups
    at_home = {use.active for use in protocol.home}
    exposed = {name for name, course in person.exposures.items() if any(part.level for part in course.parts)}
    known: dict[str, Any] = {}
    for answer, group in (("retinoid", "retinoid"), ("strong_retinoid", "strong_retinoid"), ("acids", "acid")):
        if at_home & set(groups[group]):
            known[answer] = True
    if "retinoid" in exposed:
        known["retinoid"] = True
    return replace(given, **known)


@dataclass(frozen=True, kw_only=True)
class _Planner:
    """Care of the sessions of one phase."""

    protocol: Protocol
    index: int
    """Index of the phase."""
    person: Patient
    start: date | datetime
    sessions: Mapping[str, SessionInjury]
    minutes: Interval | None
    circumstances: Circumstances
    weekdays: bool
    texts: Mapping[Audience, Texts]

    @property
    def timed(self) -> bool:
        return isinstance(self.start, datetime)

    @property
    def phase(self) -> Phase:
        """The phase of the sessions."""
        return self.protocol.phases[self.index]

    # ---------------------------------------------------------------- when and for whom

    def _begins(self) -> tuple[datetime, ...]:
        hour = self.start.time() if isinstance(self.start, datetime) else load_care().session_time
        first = self.start.date() if isinstance(self.start, datetime) else self.start
        try:
            days = session_dates(self.protocol, first, weekdays=self.weekdays)
            _ = days[0] - timedelta(days=366), days[-1] + timedelta(days=3660)
        except (OverflowError, InputError):
            raise InputError(
                field="start", value=str(first),
                accepted="a date for which all care dates lie within the range of the calendar",
                whose="the calendar", next_step="for instance 2027-03-01",
            ) from None  # fmt: skip
        return tuple(datetime.combine(day, hour.replace(tzinfo=None)) for day in days)

    def _chair_minutes(self) -> int:
        """Maximum duration of a session, min: simulated anaesthesia and needling, or the shortest in articles."""
        least, step = load_care().least_minutes, load_care().rounding_minutes
        return least if self.minutes is None else max(least, step * math.ceil(self.minutes.upper90 / step))

    def _numbers(self, item: Item) -> list[int]:
        count = len(self.protocol.sessions)
        return {"each": list(range(count)), "first": [0], "last": [count - 1], "course": [0]}[item.sessions]

    @property
    def _deepest(self) -> float:
        return max((one.depth_mm for one in self.phase.treatments if one.passes), default=0.0)

    @property
    def _treated(self) -> str:
        """Treatment of a session, site by site, in words."""
        return "; ".join(_words(str(one)) for one in self.phase.treatments)

    @property
    def _settings(self) -> str:
        """Device and settings, with session numbers where other sessions differ."""
        settings = f"{self.phase.device.name}; {self._treated}"
        if len(self.protocol.phases) == 1:
            return settings
        own = [str(number) for number, one in enumerate(self.protocol.sessions, 1) if one.phase == self.index]
        return f"{self.texts['practitioner'].say('page', 'session', numbers=', '.join(own))}: {settings}"

    def _home(self, number: int) -> tuple[HomeUse, ...]:
        """Home products around a session: of its phase and, up to the first session of the phase, of earlier phases."""
        day = self.protocol.sessions[number].day
        ending = (k for k in range(self.index) if self.protocol.window(k)[1] == day)
        return tuple(dict.fromkeys(use for k in (*ending, self.index) for use in self.protocol.phases[k].home))

    def _strong_sun(self, begin: datetime) -> bool:
        if all(find_site(one.site).covered for one in self.phase.treatments):
            return False
        hemisphere = self.circumstances.hemisphere
        return hemisphere is None or begin.month in load_care().strong_sun_months[hemisphere]

    def _facts(self, numbing: Numbing, number: int, begins: tuple[datetime, ...]) -> dict[str, Any]:
        data, said = load_care(), self.circumstances
        dark = self.person.phototype >= data.pigment_from_phototype
        shallow = self._deepest < data.depths["pinpoint"]
        grouped = {name for group in data.groups.values() for name in group}
        home = self._home(number)
        return {
            "pigment": dark or said.pih_history is not False,
            "test_area": dark or said.pih_history is not False or said.test_area,
            "anaesthetic": numbing.chosen.id != "none_cooling",
            "endpoint": "redness"
            if any((shallow, dark, said.redness_only, said.blood_thinner is not False))
            else "pinpoint",
            "sites": {one.site for one in self.phase.treatments},
            "uses": home,
            "home": {"other"} if any(use.active not in grouped for use in home) else set(),
            "actives": {one.active for one in self.phase.actives},
            "strong_sun": self._strong_sun(begins[number]),
        }

    def _holds(self, when: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
        return all(self._one_holds(name, wanted, facts) for name, wanted in when.items())

    def _one_holds(self, name: str, wanted: Any, facts: Mapping[str, Any]) -> bool:
        match name:
            case "answer":
                return getattr(self.circumstances, wanted) is not False
            case "answer_is":
                return getattr(self.circumstances, wanted) is True
            case "place":
                return bool(facts["sites"] & set(load_care().places[wanted]))
            case "depth_from_mm":
                return self._deepest >= float(wanted)
            case "depth_to_mm":
                return self._deepest <= float(wanted)
            case "home":
                return wanted in facts["home"]
            case "active":
                return wanted in facts["actives"]
            case "pigment" | "strong_sun" | "anaesthetic" | "endpoint" | "test_area":
                return bool(facts[name] == wanted)
        raise DataFileError("care.toml", "when", name, accepted="a condition of the care catalogue")

    # ---------------------------------------------------------------- one entry

    def _entry(
        self,
        item: Item,
        number: int,
        begins: tuple[datetime, ...],
        ends: tuple[datetime, ...],
        facts: Mapping[str, Any],
        notes: dict[str, None],
    ) -> Entry | None:
        value, because = self._value(item, facts)
        start, end = item.start, item.end
        if item.decides == "from":
            start = math.copysign(value, item.start) if item.start else value
            end = start if item.kind in ("resume", "follow-up") else item.end
        else:
            end = value
        first = begins[number] if item.unit == "days" else ends[number]
        last = ends[-1] if item.sessions == "course" else first
        from_, to = first + _span(start, item.unit), last + _span(end, item.unit)
        if item.kind == "session":
            from_, to = begins[number], ends[number]
        if self._too_late(item, number, begins, from_, facts, notes):
            return None
        clipped = self._clipped(item, number, begins, from_, to)
        if clipped is None:
            return None
        from_, to = clipped
        days = item.unit == "days" or (item.kind != "session" and (start >= _BY_DAY or end >= 7 * _DAY))
        # a simulated closure is accurate to half a day; no time at night is intended
        by_day = days or not self.timed or "closure" in because
        from_day = from_.date()
        if item.kind == "resume" and item.unit == "hours":
            from_day = first.date() + timedelta(days=_whole_days(start, item.next_day))
        if item.visit and self.weekdays:
            from_day = working_day(from_day)
        values: dict[str, object] = {
            "value": Duration(value, item.unit),
            "default": Duration(item.value, item.unit),
            "products": [use.active for use in self._uses(item.group, facts)] if item.group else [],
            "number": number + 1,
            "count": len(self.protocol.sessions),
            "minutes": self._chair_minutes(),
            "protocol": self._treated,
        }
        titles, texts = self._told(item.id, because, values)
        timed = item.kind != "session" and not (item.decides == "from" and item.value == 0)
        return Entry(
            id=item.id,
            kind=item.kind,
            session=0 if item.sessions == "course" else number + 1,
            start=from_day if by_day else from_,
            end=max(from_day, to.date()) if by_day else to,
            titles=titles,
            texts=texts,
            time=Duration(value, item.unit) if timed else None,
            used=self._time(value, item.unit) if timed else "",
            span=self._range(item),
            tier=item.tier(value),
            differ=self.texts["practitioner"].find("item", item.id, "differ", **values),
            because=tuple(self.texts["practitioner"].say("because", why, "practitioner", **values) for why in because),
            simulated=tuple(self._simulated(item.beside)),
            sources=item.all_sources(),
        )

    def _value(self, item: Item, facts: Mapping[str, Any]) -> tuple[float, list[str]]:
        """The time that applies, and the reason where it is not the usual one."""
        gaps = [self._gap(use, item) for use in self._uses(item.group, facts)] if item.group else []
        if any(gaps):
            gap = max(gaps)
            return gap, ["protocol" if gap >= item.value else "protocol_short"]
        value, because = item.value, []
        for change in item.changes:
            later = abs(change.value) > value or item.kind == "normal"
            if later and self._holds(change.when, facts):
                value, because = abs(change.value), [change.because]
        closed = [one.interval.median for one in self._simulated((item.not_before,))]
        if closed and item.span is not None:
            step = load_care().closure_rounding_hours
            shut = min(step * math.ceil(max(closed) / step), item.span[1])
            if shut > value:
                value, because = shut, [*because, "closure"]
        return value, because

    @staticmethod
    def _uses(group: str, facts: Mapping[str, Any]) -> list[HomeUse]:
        groups = load_care().groups
        if group == "other":
            known = {name for ids in groups.values() for name in ids}
            return [use for use in facts["uses"] if use.active not in known]
        return [use for use in facts["uses"] if use.active in groups[group]]

    @staticmethod
    def _gap(use: HomeUse, item: Item) -> float:
        days = use.stop_days if item.kind == "pre-care" else use.resume_days
        return days if item.unit == "days" else days * _DAY

    def _named(self, actives: Sequence[str], audience: Audience) -> str:
        """Products in a series: for a patient by their plain names, for a practitioner as in the catalogue."""
        texts = self.texts[audience]
        if audience == "practitioner":
            return texts.series([find_active(one).label for one in actives])
        names = load_texts("names", texts.language)
        return texts.series([names.say("active", find_active(one).id) for one in actives])

    def _clipped(
        self, item: Item, number: int, begins: tuple[datetime, ...], from_: datetime, to: datetime
    ) -> tuple[datetime, datetime] | None:
        """The part between the previous and the next session; None where nothing remains."""
        if item.sessions != "each" or item.kind == "session":
            return from_, to
        if item.kind == "pre-care":
            return max(from_, begins[number - 1]) if number else from_, to
        if number + 1 < len(begins):
            if from_ >= begins[number + 1]:
                return None
            to = min(to, begins[number + 1])
        return from_, to

    def _too_late(
        self,
        item: Item,
        number: int,
        begins: tuple[datetime, ...],
        from_: datetime,
        facts: Mapping[str, Any],
        notes: dict[str, None],
    ) -> bool:
        """Whether the activity would have to stop for the next session before it could resume."""
        if not item.before_next or number + 1 >= len(begins):
            return False
        stop = next(one for one in load_care().items if one.id == item.before_next)
        if from_ < begins[number + 1] - timedelta(days=self._value(stop, facts)[0]):
            return False
        say, days = self.texts["practitioner"].say, self.protocol.session_days
        gap = Duration(days[number + 1] - days[number], "days")
        notes[say("note", "no_gap", days=gap, what=say("item", stop.id, "thing"))] = None
        return True

    def _told(
        self, name: str, because: list[str], given: Mapping[str, Any]
    ) -> tuple[dict[Audience, str], dict[Audience, str]]:
        titles: dict[Audience, str] = {}
        texts: dict[Audience, str] = {}
        for audience in AUDIENCES:
            of = self.texts[audience]
            values = {**given, "products": self._named(given["products"], audience)}
            text = of.find("item", name, audience, **values)
            if not text:
                continue
            more = [of.say("because", why, "patient") for why in because] if audience == "patient" else []
            titles[audience] = _first_upper(of.say("item", name, "title", **values))
            texts[audience] = _first_upper(" ".join([text, *dict.fromkeys(more)]))
        return titles, texts

    def _time(self, value: float, unit: Literal["hours", "days"]) -> str:
        """A duration for the practitioner."""
        return self.texts["practitioner"].duration(Duration(value, unit))

    def _range(self, item: Item) -> str:
        """The reported range for the practitioner."""
        if item.span is None:
            return ""
        low, high = item.span
        unit, of = item.unit, self.texts["practitioner"]
        if unit == "hours" and low % _DAY == 0 and high % _DAY == 0 and high >= 2 * _DAY:
            low, high, unit = low / _DAY, high / _DAY, "days"
        if low == high:
            return self._time(low, unit)
        between = of.word("to")
        if unit == "hours" and high >= 2 * _DAY and high % _DAY == 0:
            return f"{self._time(low, unit)} {between} {self._time(high, unit)}"
        return f"{of.number(low)} {between} {self._time(high, unit)}"

    # ---------------------------------------------------------------- what is simulated

    def _simulated(self, names: Iterable[str]) -> Iterator[Simulated]:
        for name in names:
            if name == "minutes" and self.minutes is not None:
                yield Simulated(name=name, site="", unit="min", interval=self.minutes)
            for site, session in self.sessions.items():
                if name in ("geometric", "barrier"):
                    yield Simulated(name=name, site=site, unit="h", interval=session.closure_hours[name])
                elif name in _OF_SESSION:
                    unit, what, scale = _OF_SESSION[name]
                    interval = Interval(*(scale * value for value in getattr(session, what)))
                    yield Simulated(name=name, site=site, unit=unit, interval=interval)

    # ---------------------------------------------------------------- products put on around a session

    def _products(self, begins: tuple[datetime, ...], ends: tuple[datetime, ...]) -> Iterator[Entry]:
        """Actives of the protocol, and whether each may be applied to open channels."""
        shut = [session.closure_hours["geometric"] for session in self.sessions.values()]
        widest = max(shut, key=lambda one: one.median, default=Interval(math.inf, math.inf, math.inf))
        for one in self.phase.actives:
            active = find_active(one.active)
            alone = Protocol(phases=(replace(self.phase, from_day=None, actives=(one,), home=()),))
            warned = (
                [text for text in regimen.into_channels(alone, widest) if text.startswith(active.id)] if shut else []
            )
            open_ = one.after_hours < open_hours(widest.median)
            refused = open_ and active.open_skin != "sterile only"
            rule = warned[0].partition(": ")[2] if warned else active.open_skin_why
            name = "active.refused" if refused else "active.allowed"
            titles, texts = self._told(name, [], {"products": [active.id], "rule": rule})
            for number, (session, end) in enumerate(zip(self.protocol.sessions, ends, strict=True)):
                if session.phase != self.index:
                    continue
                moment = end + timedelta(hours=one.after_hours)
                if number + 1 < len(begins) and moment >= begins[number + 1]:
                    continue
                at = moment if self.timed else moment.date()
                yield Entry(
                    id=f"active.{active.id}",
                    kind="aftercare",
                    session=number + 1,
                    start=at,
                    end=at,
                    titles=titles,
                    texts=texts,
                    time=Duration(one.after_hours, "hours"),
                    used=self._time(one.after_hours, "hours"),
                    span="",
                    tier="project",
                    differ="",
                    because=(),
                    simulated=tuple(self._simulated(("geometric",))),
                    sources=active.sources,
                )

    # ---------------------------------------------------------------- checklist, red flags, numbing, notes

    def _checklist(self, holds: Callable[[Mapping[str, Any]], bool], settings: Sequence[str]) -> Iterator[Check]:
        values = {
            "protocol": "; ".join(settings),
            "pinpoint": f"{load_care().depths['pinpoint']:g}",
        }
        for entry in load_care().checks:
            if holds(entry.get("when", {})):
                found = {one: self.texts[one].find("check", entry["id"], one, **values) for one in AUDIENCES}
                yield Check(
                    id=entry["id"],
                    phase=entry["phase"],
                    required=entry["required"],
                    texts={audience: text for audience, text in found.items() if text},
                    record=tuple(entry.get("record", ())),
                    sources=tuple(entry.get("sources", ())),
                )

    def _red_flags(self, holds: Callable[[Mapping[str, Any]], bool]) -> Iterator[RedFlag]:
        found = []
        for entry in load_care().flags:
            if holds(entry.get("when", {})):
                told = {one: self.texts[one].find("flag", entry["id"], one) for one in AUDIENCES}
                low, high = entry["hours"]
                found.append(
                    RedFlag(
                        id=entry["id"],
                        urgency=entry["urgency"],
                        hours=(low, high),
                        texts={audience: text for audience, text in told.items() if text},
                        sources=tuple(entry["sources"]),
                    )
                )
        yield from sorted(found, key=lambda flag: (URGENCIES.index(flag.urgency), flag.hours))

    def _numbing(self) -> Numbing:
        data, said = load_care(), self.circumstances
        area = sum(session.area_cm2 for session in self.sessions.values())
        shallow = self._deepest <= data.depths["no_anaesthetic"]
        usual = "none_cooling" if shallow or said.anaesthetic_barred else "lidocaine_4"
        chosen = data.anaesthetics[said.anaesthetic or usual].for_person(
            self.person.age, said.weight_kg, atopic=said.eczema is not False
        )
        warnings, say = [], self.texts["practitioner"].say
        if chosen.most_area_cm2 is not None and area > chosen.most_area_cm2:
            product = say("anaesthetic", chosen.id, "name")
            warnings.append(say("note", "area_too_large", product=product, area=area, most=chosen.most_area_cm2))
        low, high = chosen.minutes or (0.0, math.inf)
        if said.contact_minutes is not None and not low <= said.contact_minutes <= high:
            warnings.append(say("note", "contact_outside", minutes=said.contact_minutes, low=low, high=high))
        return Numbing(
            chosen=chosen,
            options=tuple(data.anaesthetics.values()),
            area_cm2=area,
            weight_kg=said.weight_kg,
            shallow_mm=data.depths["no_anaesthetic"],
            unprescribed_percent=data.strength,
            warnings=tuple(warnings),
        )

    def _moved(self, begins: tuple[datetime, ...]) -> str:
        """Sessions that were moved to a working day."""
        first = self.start.date() if isinstance(self.start, datetime) else self.start
        wanted = [first, *(begin.date() + step for begin, step in zip(begins, _steps(self.protocol), strict=False))]
        say = self.texts["practitioner"].say
        found = [
            say("note", "moved", number=number, old=old, new=begin.date())
            for number, (old, begin) in enumerate(zip(wanted, begins, strict=True), 1)
            if old != begin.date()
        ]
        return say("note", "weekdays", moved="; ".join(found) or say("note", "none_moved"))

    def _notes(self, begins: tuple[datetime, ...]) -> Iterator[str]:
        say = self.texts["practitioner"].say
        if not self.timed:
            yield say("note", "by_day")
        if self.weekdays:
            yield self._moved(begins)
        if self.circumstances.hemisphere is None:
            yield say("note", "season_unknown")
        if self.circumstances.unknown:
            names = ", ".join(name.replace("_", " ") for name in self.circumstances.unknown)
            yield say("note", "unknown", names=names)
        for use in self.protocol.home:
            if not use.stop_days and not use.resume_days:
                yield say("note", "home_gap_missing", active=use.active)
        if self.sessions and len(self.protocol.sessions) > 1:
            yield say("note", "same_person")
        yield say("note", "not_simulated")
        yield say("note", "weak")


def session_dates(protocol: Protocol, first: date, *, weekdays: bool = False) -> list[date]:
    """Date of each session; with ``weekdays`` from Monday to Friday, never closer than in the protocol.

    Raises :class:`InputError` or OverflowError for a course that ends after the last date of a calendar.
    """
    if not weekdays:
        return calendar(protocol, first)
    return list(accumulate(_steps(protocol), lambda day, step: working_day(day + step), initial=working_day(first)))


def _steps(protocol: Protocol) -> list[timedelta]:
    """Whole days between sessions, never fewer than in the protocol."""
    return [timedelta(days=math.ceil(round(after - before, 6))) for before, after in pairwise(protocol.session_days)]


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend day; public holidays are not considered."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= _SATURDAY else 0)


def _span(value: float, unit: str) -> timedelta:
    return timedelta(days=value) if unit == "days" else timedelta(hours=value)


def _whole_days(hours: float, next_day: bool) -> int:
    """Whole days after the session from which an activity is allowed.

    Sources that give 24 or 48 hours mean hours, so the day on which they end does not count; from three days onwards
    they mean days.  ``next_day``: sources allow it on the day on which the hours end.
    """
    if hours >= _BY_DAY or next_day:
        return math.ceil(hours / _DAY)
    return math.floor(hours / _DAY) + 1


def _first_upper(text: str) -> str:
    """A text whose first letter is a capital: it can begin with the name of a product."""
    return f"{text[:1].upper()}{text[1:]}"


def _words(name: str) -> str:
    """An id in readable form."""
    return name.replace("_", " ")


def _moment(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time.min)
