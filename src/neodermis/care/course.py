"""Care of the course of a consultation: read, screened, adapted, simulated and dated in one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from neodermis.api import injure, read
from neodermis.api.case import Given, case_of
from neodermis.care.advice import load_care
from neodermis.care.aftercare import AUDIENCES, Care, care_texts, plan_care, session_dates, working_day
from neodermis.care.circumstances import Circumstances, Hemisphere
from neodermis.care.wishes import unmet_wishes
from neodermis.dates import read_moment
from neodermis.errors import InputError, LimitError, NeodermisError
from neodermis.texts import LANGUAGE, Audience, Texts
from neodermis.treatment import Protocol
from neodermis.units import read_number

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation
    from neodermis.care.suitability import Adapted, Verdict
    from neodermis.simulation.session_outcomes import Injuries

#: Verdicts that do not permit a session yet.
NOT_YET: Final = ("no", "refer", "wait", "ask")
_START: Final = "for instance 2027-03-01, or 2027-03-01T14:30"


class NoCalendarError(NeodermisError):
    """The rules allow no session of a plan, so that nothing can be dated (exit status 1)."""


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A dated course of care and the simulations behind it."""

    care: Care
    injuries: Injuries
    wishes: Mapping[Audience, tuple[str, ...]]
    """Preferences of the consultation that the plan does not meet, for each audience."""
    begun: Mapping[Audience, tuple[str, ...]]
    """Preparations that should have begun before the day of the screening, for each audience."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A plan under the rules: verdict of the screening, changes, and dated care where a session is allowed."""

    verdict: Verdict
    given: Protocol
    """The plan as given."""
    protocol: Protocol
    """The dated plan: adapted by the rules, or as given on request."""
    changed: tuple[str, ...]
    """Changes of the given plan by the rules, each with its rules, in English; also where it is dated as given."""
    forecast: tuple[str, ...]
    """Changes of the simulated patient by the rules."""
    steps: tuple[str, ...]
    """Further requirements of the rules: test area, prescriber, end point."""
    as_given: bool
    refusal: str
    """Reason why no session is allowed on these dates; empty where care is dated."""
    dated: Dated | None
    record: str
    """Identifier of the course for the calendar file, where it is hashed; constant for the same consultation."""
    first: date
    """Day of the first session."""
    texts: Mapping[Audience, Texts]
    """Texts of care for each audience, those of the practitioner in English."""

    @property
    def care(self) -> Care:
        """The dated care; :class:`NoCalendarError` where no session is allowed."""
        return self._dated().care

    @property
    def injuries(self) -> Injuries:
        """Injury by a session of the dated plan; :class:`NoCalendarError` where no session is allowed."""
        return self._dated().injuries

    def _dated(self) -> Dated:
        if self.dated is None:
            raise NoCalendarError(
                self.refusal, accepted="a plan and dates that the rules allow", whose="the screening rules",
                next_step="run neodermis care without an output file to see what is needed first",
            )  # fmt: skip
        return self.dated

    def opening(self, reader: Audience = "practitioner") -> list[str]:
        """Text before the dates: verdict, changes, further requirements, unmet preferences.

        Changes and requirements name rules and are written in English: in another language they are left out.
        """
        texts, waited = self.texts[reader], self.verdict.overall == "wait" and self.verdict.until is not None
        say, lines = texts.say, [self.verdict.sentence(reader, texts.language)]
        if self.dated is None:
            refusal = self.refusal_for(reader)
            lines += [refusal] if refusal not in lines else []
        elif waited and self.verdict.until is not None:
            lines.append(say("note", "late_enough", start=self.first, until=self.verdict.until))
        found: list[tuple[str, tuple[str, ...]]] = []
        if texts.language == LANGUAGE:
            say = self.texts["practitioner"].say
            lines += [f"{note.text[0].upper()}{note.text[1:]}." for note in self.given.notes]
            changed = "not_changed" if self.as_given or self.dated is None else "changed"
            found += [(changed, self.changed), ("beside", self.steps), ("forecast", self.forecast)]
        if self.dated is not None:
            found += [("wishes", self.dated.wishes[reader]), ("begun", self.dated.begun[reader])]
        for title, rows in found:
            if rows:
                lines += [say("note", title), *(f"- {one}" for one in rows)]
        return lines

    def refusal_for(self, reader: Audience) -> str:
        """Reason why no session is allowed on these dates; for a patient in another language without the plan."""
        texts = self.texts[reader]
        if self.dated is not None or texts.language == LANGUAGE:
            return self.refusal
        return _refusal(self.verdict, self.first, texts) or texts.say("note", "no_calendar")


def care(
    consultation: Consultation | Path | str,
    protocol: str | Protocol,
    *,
    start: date | datetime | str | None = None,
    today: date | None = None,
    clock: date | None = None,
    hemisphere: str | None = None,
    weight_kg: float | str | None = None,
    as_given: bool = False,
    weekdays: bool = False,
    draws: int | str = 100,
    seed: int | str = 0,
    device: Path | None = None,
    beyond_limits: bool = False,
    language: str = LANGUAGE,
) -> Prepared:
    """Dated care of a course for the patient of a consultation, with the plan as adapted by the rules.

    Where the rules allow no session (verdict no, refer, ask, or a wait that ends after the first session), nothing is
    dated and :attr:`Prepared.refusal` states the reason.

    Parameters
    ----------
    consultation
        The consultation or its file; ``example`` for the shipped one.
    protocol
        A sentence such as ``"4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"``, or the object.
    start
        Date of the first session, with a time of day if known; by default that of the consultation, otherwise the
        earliest day after the screening that leaves time for all preparations.
    today
        Day of the screening; by default that of the consultation, otherwise of the clock, otherwise of the first
        session.
    clock
        Current date of the caller.
    hemisphere
        ``north``, ``south`` or ``tropics``: determines the months of strong sun; by default every month.
    weight_kg
        Recorded with the anaesthetic; no weight-based limit is computed.
    as_given
        Date the plan as given; the changes by the rules are then reported and not made.
    weekdays
        Sessions from Monday to Friday, as :func:`~neodermis.care.aftercare.plan_care`.
    draws, seed, device, beyond_limits
        As :func:`neodermis.api.injure`.
    language
        Language of the texts for the patient: one of :func:`neodermis.texts.languages`.  Those for the practitioner
        are in English.

    Raises
    ------
    InputError
        An input cannot be used; the message names it, the accepted values and the next step.
    """
    from neodermis.care.consultation import consulted
    from neodermis.care.suitability import adapted_protocol, screen_protocol, unadapted

    texts = care_texts(language)
    told = texts["practitioner"]
    stem = Path(consultation).stem if isinstance(consultation, (Path, str)) else "consultation"
    one, _ = consulted(consultation)
    asked = read(protocol, device)
    plan, settings = asked.at_settings()
    case_of(plan, {"device": device, "beyond_limits": beyond_limits}, Given).planned()  # for its errors
    day = today or one.today or clock
    given = start if start is not None else one.preferences.first_session
    assumed = given is None and day is not None
    begin = day + timedelta(days=load_care().lead_days) if given is None and day is not None else _start(given)
    if hemisphere is not None and hemisphere not in get_args(Hemisphere):
        raise InputError(
            field="hemisphere", value=hemisphere, accepted=" or ".join(get_args(Hemisphere)), whose="this program",
            next_step="give the hemisphere where the patient lives, or leave it out: every month then has strong sun",
        )  # fmt: skip
    weight = None if weight_kg is None else _weight(weight_kg)
    day = day or _day(begin)
    first = working_day(_day(begin)) if weekdays else _day(begin)

    def prepared(closed_hours: float, last: date) -> tuple[Prepared, Adapted | None]:
        """The plan under the rules, with the closure of channels and the last session as known; nothing is dated."""

        def screened(protocol: Protocol) -> Verdict:
            return screen_protocol(
                one, protocol, today=day, own=device is not None, closed_hours=closed_hours, last_session=last
            )

        verdict = screened(plan)
        refusal = _refusal(verdict, first, told)
        dated_plan, changes = plan, list(settings)
        try:
            adapted, lines = adapted_protocol(plan, verdict)
            changes += lines
            dated_plan = plan if as_given else adapted
        except LimitError as error:
            forbidden = told.say("note", "forbidden", why="; ".join(_line(error)))
            changes.append(forbidden)
            refusal = refusal or ("" if as_given else forbidden)
        if refusal and not as_given and dated_plan != plan:
            again = screened(dated_plan)
            if not _refusal(again, first, told):
                refusal = f"{refusal} {told.say('note', 'would_do', plan=dated_plan.sentence)}"
        under = None if refusal else unadapted(dated_plan, verdict)
        done = Prepared(
            verdict=verdict,
            given=asked,
            protocol=dated_plan,
            changed=tuple(dict.fromkeys((*changes, *(under.changes if under else ())))),
            forecast=under.forecast if under else (),
            steps=under.steps if under else (),
            as_given=as_given,
            refusal=refusal,
            dated=None,
            record=one.clinic.record or stem,
            first=first,
            texts=texts,
        )
        return done, under

    done, under = prepared(0.0, _last(plan, first, weekdays))
    if under is None:
        return done
    said = _circumstances(one, under, done.verdict, hemisphere, weight)
    injuries = _injuries(under, one, said, draws, seed, device, beyond_limits)
    # a late application is judged by the simulated closure of this plan
    sessions = [site.session for phase in injuries.phases for site in phase.sites.values()]
    closed = max(session.closure_hours["geometric"].median for session in sessions)
    done, under = prepared(closed, _last(under.protocol, first, weekdays))
    if under is None:
        return done
    dated = plan_care(
        under.protocol,
        under.patient,
        begin,
        phases=injuries.phases,
        circumstances=said,
        weekdays=weekdays,
        language=language,
    )
    if assumed:
        dated = replace(dated, notes=(told.say("note", "start_assumed", days=load_care().lead_days), *dated.notes))
    wishes = {reader: tuple(unmet_wishes(one.preferences, dated, sessions, reader)) for reader in AUDIENCES}
    begun = {reader: tuple(_begun(dated, day, reader)) for reader in AUDIENCES}
    return replace(done, dated=Dated(care=dated, injuries=injuries, wishes=wishes, begun=begun))


def _begun(dated: Care, today: date, reader: Audience) -> Iterator[str]:
    """Preparations that should have begun before the day of the screening."""
    first = dated.begins[0].date()
    for entry in dated.of_session(1):
        since = _day(entry.start)
        if entry.kind == "pre-care" and entry.span and since < today and "patient" in entry.titles:
            yield dated.texts[reader].say(
                "note", "begun_since", title=entry.titles[reader], since=since, later=today + (first - since)
            )


def _last(plan: Protocol, first: date, weekdays: bool) -> date:
    """Day of the last session; an :class:`InputError` outside the range of the calendar."""
    try:
        return session_dates(plan, first, weekdays=weekdays)[-1]
    except (OverflowError, InputError):
        raise InputError(
            "start", value=str(first), whose="the calendar", next_step=_START,
            accepted="a date for which the whole course lies within the range of the calendar",
        ) from None  # fmt: skip


def _refusal(verdict: Verdict, first: date, texts: Texts) -> str:
    """Reason why no session is allowed from this day onwards; empty where one is."""
    standing = [one for one in verdict.findings if one.result in NOT_YET]
    over = [one for one in standing if one.result == "wait" and not one.state and one.until is not None]
    until = verdict.until
    if len(over) < len(standing):
        found = [texts.say("note", "no_calendar")]
        if until is not None and not any(one.state or one.result == "ask" for one in standing):
            found.append(texts.say("note", "screen_again", until=until, iso=until.isoformat()))
        return " ".join(found)
    if until is not None and first < until:
        return texts.say("note", "too_early", start=first, until=until, iso=until.isoformat())
    return ""


def _circumstances(
    one: Consultation, under: Adapted, verdict: Verdict, hemisphere: str | None, weight_kg: float | None
) -> Circumstances:
    """Circumstances of care, including the requirements of the rules."""
    asked = {effect.do for finding in verdict.findings for effect in finding.effects}
    said = Circumstances.of(one, hemisphere=hemisphere, weight_kg=weight_kg)  # type: ignore[arg-type]  # one of them
    return replace(
        said,
        anaesthetic="none_cooling" if under.anaesthetic == "none" else said.anaesthetic,
        redness_only="erythema_only" in asked,
        test_area="patch_test" in asked,
    )


def _injuries(
    under: Adapted,
    one: Consultation,
    said: Circumstances,
    draws: int | str,
    seed: int | str,
    device: Path | None,
    beyond_limits: bool,
) -> Injuries:
    """Injury of this patient by a session of the dated plan."""
    barred = said.anaesthetic == "none_cooling" or said.anaesthetic_barred
    return injure(
        under.protocol,
        **under.patient.said,
        parameters=under.parameters,
        draws=draws,
        seed=seed,
        device=device,
        beyond_limits=beyond_limits,
        anaesthetic="none" if barred else one.plan.applied,
    )


def _line(error: LimitError) -> list[str]:
    return [line.strip() for line in str(error).splitlines()]


def _day(when: date | datetime) -> date:
    return when.date() if isinstance(when, datetime) else when


def _start(given: date | datetime | str | None) -> date | datetime:
    """Date of the first session from the input."""
    if isinstance(given, date) and not (isinstance(given, datetime) and given.tzinfo):
        return given
    text = "" if given is None else str(given).strip()
    try:
        return read_moment(text)
    except ValueError as error:
        raise InputError(
            "start", value=text or None, accepted=f"the date of the first session: {error}",
            whose="the calendar; times are local times of the clinic, without a time zone",
            next_step=f"{_START}; or first_session under [preferences] in the consultation",
        ) from None  # fmt: skip


def _weight(given: float | str) -> float:
    return read_number(
        given, field="weight_kg", low=25, high=350, whose="this program's range: adults", unit="kg",
        next_step="give the weight in kg, for instance 70",
    )  # fmt: skip
