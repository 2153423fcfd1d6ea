"""Care of one consultation's course: read, screened, simulated and dated in one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from neodermis.care.advice import load_care
from neodermis.care.aftercare import Care, Circumstances, Hemisphere, plan_care
from neodermis.errors import InputError, LimitError
from neodermis.people import injure, read
from neodermis.treatment import Protocol
from neodermis.units import read_number

if TYPE_CHECKING:
    from neodermis.care.suitability import Verdict
    from neodermis.session import Injuries

#: Verdicts after which a calendar is no permission.
NOT_YET: Final = ("no", "refer", "wait", "ask")
#: The word for the shipped consultation.
EXAMPLE: Final = "example"
_START: Final = "for instance --start 2027-03-01, or --start 2027-03-01T14:30"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A dated course of care, what screening says of it, and what it was simulated from."""

    care: Care
    verdict: Verdict
    injuries: Injuries

    def warning(self, reader: str = "practitioner") -> str:
        """What screening says against the course, in one sentence; empty where it says nothing."""
        waited = self.verdict.overall == "wait" and self.verdict.until is not None
        if waited and self.care.begins[0].date() >= self.verdict.until:  # type: ignore[operator]  # is a date
            return ""
        if self.verdict.overall not in NOT_YET:
            return ""
        sentence = self.verdict.sentence("patient" if reader == "patient" else "practitioner")
        return self.care.texts.say("note", "screening", why=sentence)


def care(
    consultation: Path | str,
    protocol: str | Protocol,
    *,
    start: date | datetime | str | None = None,
    today: date | None = None,
    clock: date | None = None,
    hemisphere: str | None = None,
    weight_kg: float | str | None = None,
    draws: int | str = 100,
    seed: int | str = 0,
    device: Path | None = None,
    beyond_limits: bool = False,
    language: str = "en",
) -> Prepared:
    """Dated care of a course for the person of a consultation.

    Parameters
    ----------
    consultation
        The file; ``example`` for the shipped one.
    protocol
        A sentence such as ``"4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"``, or the object.
    start
        First session, with a time of day where it is known; the one of the consultation where none is given, else so
        long after the day of the screening that all that comes before it fits.
    today
        The day of the screening; the one of the consultation where none is given, else the clock's, else the first
        session's.
    clock
        The caller's date.
    hemisphere
        ``north``, ``south`` or ``tropics``: in which months the sun is strong; every month where none is given.
    weight_kg
        Recorded beside the anaesthetic; no limit by weight is worked out from it.
    draws, seed, device, beyond_limits
        As :func:`neodermis.people.injure`.
    language
        Of the texts.

    Raises
    ------
    InputError
        Something given cannot be used; the message names it, what is accepted and what to do.
    """
    from neodermis.care.consultation import example, parse_consultation, read_consultation
    from neodermis.care.suitability import adapted, screen

    shipped = str(consultation) == EXAMPLE and not Path(EXAMPLE).exists()
    one = parse_consultation(example(), EXAMPLE) if shipped else read_consultation(Path(consultation))
    plan = read(protocol, device) if isinstance(protocol, str) else protocol
    day = today or one.today or clock
    given = start if start is not None else one.preferences.first_session
    assumed = given is None and day is not None
    begin = day + timedelta(days=load_care().lead_days) if given is None and day is not None else _start(given)
    if hemisphere is not None and hemisphere not in get_args(Hemisphere):
        raise InputError(
            "--hemisphere", value=hemisphere, accepted=" or ".join(get_args(Hemisphere)), whose="this program",
            next_step="give the one the person lives in, or leave it out: every month then has strong sun",
        )  # fmt: skip
    weight = None if weight_kg is None else _weight(weight_kg)
    said = Circumstances.of(one, hemisphere=hemisphere, weight_kg=weight)  # type: ignore[arg-type]  # one of them
    day = day or (begin.date() if isinstance(begin, datetime) else begin)
    person = one.person(day)
    verdict = screen(one, today=day, device=plan.device.kind if plan.device.inline or device else plan.device.id)
    injuries = injure(
        plan,
        **person.said,
        draws=draws,
        seed=seed,
        device=device,
        beyond_limits=beyond_limits,
        anaesthetic="none" if said.anaesthetic == "none_cooling" or said.anaesthetic_barred else "practice",
    )
    planned = plan_care(
        injuries.protocol,
        person,
        begin,
        sessions={name: site.session for name, site in injuries.sites.items()},
        minutes=injuries.minutes,
        circumstances=said,
        language=language,
    )
    say, first = planned.texts.say, []
    if assumed:
        first.append(say("note", "start_assumed", days=load_care().lead_days))
    try:
        changed = adapted(plan, verdict)
    except LimitError as refused:
        first.append(say("note", "rules_forbid", why=str(refused)))
    else:
        if changed.protocol != plan:
            asked = "; ".join(changed.changes)
            first.append(say("note", "rules_change", changes=asked, plan=changed.protocol.sentence))
    planned = replace(planned, notes=(*first, *planned.notes))
    return Prepared(care=planned, verdict=verdict, injuries=injuries)


def _start(given: date | datetime | str | None) -> date | datetime:
    """The first session from what was given."""
    if isinstance(given, date) and not (isinstance(given, datetime) and given.tzinfo):
        return given
    text = "" if given is None else str(given).strip()
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            raise ValueError("a zone")
    except ValueError:
        raise InputError(
            "start", value=text or None, accepted="the date of the first session, with or without a time of day",
            whose="the calendar; times are those of the clinic's clock, without a zone",
            next_step=f"{_START}; or first_session under [preferences] in the consultation",
        ) from None  # fmt: skip
    return moment if len(text) > len("2027-03-01") else moment.date()


def _weight(given: float | str) -> float:
    return read_number(
        given, what="--weight", low=25, high=350, whose="this program's range: adults", unit="kg",
        next_step="give the weight in kg, for instance 70",
    )  # fmt: skip
