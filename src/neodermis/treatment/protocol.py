"""Protocols: device, sites, depths, passes, intervals and actives, as an object and as a sentence.

A protocol is one sentence of a small language, and each is exactly recoverable from the other::

    4 sessions every 5 weeks: pen 36 x 0.25 mm; cheek 1.5 mm, 4 passes; periorbital 0.5 mm, 2 passes
    4 sessions every 30 days: exceed; cheek 1 mm, 6 passes; prp; home tretinoin 0.05 % daily, stop 5 days before
    4 sessions monthly: exceed; cheek 1.5 mm, 6 passes; then 2 sessions every 26 weeks: exceed; cheek 1 mm, 4 passes
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from neodermis.errors import InputError, LimitError, concerning
from neodermis.names import Question
from neodermis.treatment._catalogue import shipped
from neodermis.treatment.active import Application, HomeUse
from neodermis.treatment.device import NAME_PATTERN, Device, dialled, written
from neodermis.treatment.heat import HeatPattern, HeatPhase, HeatProtocol
from neodermis.treatment.schedule import Course, Schedule, check_sites
from neodermis.units import read_number

#: Maximum number of actives applied in a session, and of actives used at home.
MAX_ACTIVES: Final = 10


class Note(NamedTuple):
    """A statement on how a part of a sentence was interpreted, or on a value used where the sentence gives none."""

    text: str
    sources: tuple[str, ...] = ()
    """Keys of the sources of a number that was used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """Treatment of one site in one session.

    Raises
    ------
    InputError
        A field is outside its range; names the field, the value and the range.
    """

    site: str
    """Id of the site."""
    depth_mm: float
    """Depth setting of the device, or needle length of a roller (mm); 0 is a sham."""
    passes: int
    """Number of passes over the whole site; 0 is a sham."""

    def __post_init__(self) -> None:
        if not isinstance(self.site, str) or not NAME_PATTERN.fullmatch(self.site):
            raise InputError(
                "site",
                value=self.site,
                accepted="an id of at most 40 lower-case letters, digits and _, starting with a letter",
                whose="the protocol language",
            )
        number = isinstance(self.depth_mm, (int, float)) and not isinstance(self.depth_mm, bool)
        if not number or not math.isfinite(self.depth_mm) or self.depth_mm < 0:
            raise InputError(
                f"depth at {self.site} (mm)",
                value=self.depth_mm,
                accepted="0 mm (sham) up to the maximum depth of the device",
                whose="the protocol language; the device sets the upper limit",
                next_step="give the depth in mm, for instance 1.5",
            )
        accepted = shipped().accepted["passes"]
        passes = read_number(
            self.passes,
            what=f"passes at {self.site}",
            low=0,
            high=accepted.high,
            whose=accepted.basis,
            whole=True,
            next_step="give the number of passes, for instance 4, or 0 for a sham",
        )
        object.__setattr__(self, "passes", int(passes))

    def __str__(self) -> str:
        return f"{self.site} {written(self.depth_mm)} mm, {self.passes} {'pass' if self.passes == 1 else 'passes'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase(Course):
    """Equal sessions at equal intervals with one device: a course, or one part of it.

    Raises
    ------
    InputError
        A field is outside its range; names the field, the value, the range and whose range it is.
    LimitError
        A depth is beyond what the device can be set to.
    """

    device: Device
    """Device of its sessions."""
    treatments: tuple[Pass, ...]
    """Treatment of each site in every session, in the order of treatment."""
    count: int
    """Number of sessions, 1 to 60."""
    interval_days: float = 0.0
    """Days from one session to the next, 1 to 365; 0 for a single session."""
    from_day: float | None = None
    """Day of its first session; None: one interval after the last session of the phases before it."""
    actives: tuple[Application, ...] = ()
    """Actives applied after each session, each once, at most 10."""
    home: tuple[HomeUse, ...] = ()
    """Actives used at home from its first session until a later phase follows, each once, at most 10."""

    def __post_init__(self) -> None:
        for name in ("treatments", "actives", "home"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self.check_course()
        check_sites([treatment.site for treatment in self.treatments])
        _check_actives(self.actives, "active", "put on after a session")
        _check_actives(self.home, "home active", "used at home")
        self._check_gaps()
        for treatment in self.treatments:
            if not self.device.allows_depth(treatment.depth_mm):
                raise LimitError(
                    f"depth at {treatment.site} with {self.device.id}",
                    field="plan.depth_mm",
                    value=f"{written(treatment.depth_mm)} mm",
                    accepted=self.device.depth_range,
                    whose=self.device.depth_basis,
                    next_step="give a depth within this range or name another device",
                )

    def _check_gaps(self) -> None:
        for use in self.home:
            if self.count > 1 and use.stop_days + use.resume_days >= self.interval_days:
                raise InputError(
                    f"home {use.active}, stop before and resume after (days)",
                    value=f"{written(use.stop_days)} + {written(use.resume_days)}",
                    accepted=f"together less than the {written(self.interval_days)} days between sessions",
                    whose="the protocol language; otherwise the product would never be used",
                    next_step="shorten the gaps, lengthen the interval or leave the home use out",
                )

    @property
    def words(self) -> str:
        """The part of the sentence after the number of sessions and their days."""
        return "; ".join(map(str, (self.device.id, *self.treatments, *self.actives, *self.home)))

    def at_settings(self) -> tuple[Phase, list[str]]:
        """:meth:`Protocol.at_settings` for one phase."""
        treatments, changes = [], []
        for one in self.treatments:
            between = self.device.neighbours(one.depth_mm)
            if between is None:
                treatments.append(one)
                continue
            if between[0] < max(self.device.settings_mm[0], self.device.depth_min_mm):
                raise LimitError(
                    f"depth at {one.site} with {self.device.id}",
                    field="plan.depth_mm",
                    value=f"{written(one.depth_mm)} mm",
                    accepted=f"0 mm (sham) or {dialled(between[1])}, the smallest setting, or more",
                    whose=self.device.settings_basis,
                    next_step=f"give {dialled(between[1])} if that is not too deep, or name another device",
                )
            treatments.append(replace(one, depth_mm=between[0]))
            changes.append(f"{self._between(one, between)}; {dialled(between[0])} is used, never deeper than asked")
        return (replace(self, treatments=tuple(treatments)), changes) if changes else (self, [])

    def _between(self, one: Pass, settings: tuple[float, float]) -> str:
        lower, upper = map(dialled, settings)
        what = "needle lengths sold" if self.device.kind == "roller" else "settings"
        return (
            f"{self.device.id}: {written(one.depth_mm)} mm at {one.site} lies between the {what}"
            f" {lower.removesuffix(' mm')} and {upper} ({self.device.settings_basis})"
        )

    def warnings(self) -> list[str]:
        """:meth:`Protocol.warnings` for one phase."""
        between = [
            f"{self._between(one, settings)}; {written(one.depth_mm)} mm is simulated, as given"
            for one in self.treatments
            if (settings := self.device.neighbours(one.depth_mm))
        ]
        evaluated = self.device.depth_evaluated_mm
        beyond = [
            f"{self.device.id}: {written(treatment.depth_mm)} mm at {treatment.site} is deeper than"
            f" {written(evaluated)} mm, the greatest depth whose safety and effectiveness were evaluated"
            for treatment in self.treatments
            if evaluated is not None and treatment.depth_mm > evaluated
        ]
        return between + beyond + self.device.assumptions()


class NeedlePattern(NamedTuple):
    """Source of injury of one site in a session: a device with its depth and passes."""

    device: Device
    pass_: Pass


#: Everything that injures skin in a session: needles, or heat.
InjurySource: TypeAlias = NeedlePattern | HeatPattern


class SiteSchedule(NamedTuple):
    """Injuries of one site and their days."""

    sources: tuple[NeedlePattern, ...]
    """Sources of injury, each once, in the order in which the phases use them."""
    phases: tuple[int, ...]
    """Index of the first phase that uses each source, from 0."""
    days: tuple[float, ...]
    """Days of the sessions at this site."""
    which: tuple[int, ...]
    """Index of the source of each session."""


class Session(NamedTuple):
    """One session of a protocol."""

    day: float
    """Days since the first session."""
    phase: int
    """Index of its phase, from 0."""
    source: Device
    """Source of injury."""
    passes: tuple[Pass, ...]
    """Treatment of each site."""
    actives: tuple[Application, ...]
    """Actives applied after the session."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol(Schedule[Phase]):
    """A course of sessions in one phase or several, each with its own device, depths, passes, actives and sites.

    ``str(protocol)`` is the sentence that :func:`read_protocol` reads back to an equal protocol.

    Raises
    ------
    InputError
        A field is outside its range, or two sessions come too close; names the field, the value and the range.
    """

    phases: tuple[Phase, ...]
    """Phases in the order of the sentence; the first begins on day 0."""
    notes: tuple[Note, ...] = field(default=(), compare=False)
    """Notes on the interpretation of the sentence; not part of the treatment."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "phases", tuple(self.phases))
        self.check_schedule()

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every session, by day."""
        found = (self.phases[visit.phase] for visit in self.visits)
        return tuple(
            Session(visit.day, visit.phase, phase.device, phase.treatments, phase.actives)
            for visit, phase in zip(self.visits, found, strict=True)
        )

    @property
    def devices(self) -> tuple[Device, ...]:
        """Devices of all phases, each once, in the order of the sentence."""
        return tuple({phase.device.id: phase.device for phase in self.phases}.values())

    @property
    def actives(self) -> tuple[Application, ...]:
        """Actives applied after sessions of any phase, each once."""
        return tuple(dict.fromkeys(one for phase in self.phases for one in phase.actives))

    @property
    def home(self) -> tuple[HomeUse, ...]:
        """Actives used at home in any phase, each once."""
        return tuple(dict.fromkeys(use for phase in self.phases for use in phase.home))

    def at(self, site: str) -> SiteSchedule:
        """Injuries of one site and their days."""
        sources: dict[NeedlePattern, int] = {}
        days, which = [], []
        for session in self.sessions:
            for pass_ in session.passes:
                if pass_.site == site:
                    source = NeedlePattern(session.source, pass_)
                    sources.setdefault(source, session.phase)
                    days.append(session.day)
                    which.append([*sources].index(source))
        return SiteSchedule((*sources,), (*sources.values(),), tuple(days), tuple(which))

    def alone(self, index: int) -> Protocol:
        """One of the phases as a separate course."""
        return replace(self, phases=(replace(self.phases[index], from_day=None),), notes=())

    def at_settings(self) -> tuple[Protocol, list[str]]:
        """The protocol at the depth settings of its device, never deeper than requested, with one sentence per change.

        Raises
        ------
        LimitError
            A depth is above 0 mm and below the smallest setting: the device cannot do it.
        """
        phases, changes = zip(*(phase.at_settings() for phase in self.phases), strict=True)
        told = list(dict.fromkeys(line for lines in changes for line in lines))
        return (replace(self, phases=phases), told) if told else (self, [])

    def warnings(self) -> list[str]:
        """Warnings for the reader of a result: interpretation of the sentence, depths, and assumptions on the devices.

        Depth warnings concern depths that were never evaluated or are not settings of the device.  A depth that is not
        a setting is simulated as given, as in an arm of a study; :meth:`at_settings` first adapts a plan for a clinic.
        """
        lines = (line for phase in self.phases for line in phase.warnings())
        return [note.text for note in self.notes] + list(dict.fromkeys(lines))


def course_of(phases: Sequence[Phase | HeatPhase], notes: tuple[Note, ...] = ()) -> Protocol | HeatProtocol:
    """The course of phases that are all of needles or all of heat."""
    heat = [phase for phase in phases if isinstance(phase, HeatPhase)]
    needles = [phase for phase in phases if isinstance(phase, Phase)]
    return HeatProtocol(phases=tuple(heat)) if heat else Protocol(phases=tuple(needles), notes=notes)


def read_protocol(
    sentence: str,
    *,
    sites: Mapping[str, str],
    site_questions: Mapping[str, Question] = MappingProxyType({}),
    devices: Mapping[str, Device] | None = None,
) -> Protocol:
    """Read a protocol sentence; forgiving in spelling, never guessing.

    Parameters
    ----------
    sentence
        ``N sessions every K days|weeks|months: DEVICE; SITE DEPTH mm, P passes[; SITE …][; ACTIVE …][; home …]``
        or ``1 session: …``; treatments, visits and appointments are sessions, and ``K weeks apart``, ``at K-week
        intervals``, ``every other week``, ``once a month``, ``weekly``, ``fortnightly`` and ``monthly`` give the
        interval as well, and ``q4wks x 3`` the whole course.  A single session has no interval: a given one is
        ignored, with a note in :attr:`Protocol.notes`; ``(note)`` marks further cases with a note.
        DEVICE is a catalogue id, a name that the catalogue has for it, ``pen COUNT x DIAMETER mm``,
        ``stamp COUNT x DIAMETER mm`` or ``roller COUNT x LENGTH mm x DIAMETER mm``; a roller of one needle length
        may leave the depth out.  Passes may be left out: the usual number of the device is used (note).  Their pattern
        (``cross-hatched``, ``star pattern``) may follow; this version uses only the number of passes (note).
        A depth is in mm, µm (microns) or cm.  A month is 30 days, as in studies.  A range (``4-6 weeks``) and
        ``biweekly``, which has two meanings, are refused with the user's own sentence for each single value.

        Actives applied after each session follow all sites: ``ACTIVE [C %] [after H hours]``; home use is
        ``home ACTIVE [C %] [daily|weekly|N times a week][, stop D days before][, resume D days after]``.  The defaults
        are the usual percentage, immediate application and daily use.

        ``; then N sessions every K …: DEVICE; SITE …`` adds a phase with its own device, sites, depths, passes and
        actives.  Its first session follows the last previous session by one interval, or is on the day of
        ``from day D`` before the colon.  ``; and N sessions every K … from day D: …`` places its sessions between those
        of earlier phases.
    sites
        Every accepted spelling of a site (lower-case ASCII, words joined by ``_``) and its id.
    site_questions
        Names that do not identify a site, and the question to ask.
    devices
        Devices by id; ``None`` for the shipped catalogue.

    Raises
    ------
    SentenceError
        The sentence cannot be read; states where the reader stopped and what it expected, or the choice to make.
    InputError
        A number is outside its range.
    LimitError
        A depth is beyond what the device can be set to.
    """
    found = read_treatment(sentence, sites=sites, site_questions=site_questions, devices=devices)
    if isinstance(found, HeatProtocol):
        raise InputError(
            "treatment by heat", field="plan", value=found.phases[0].device.id,
            accepted="a device that injures by needles alone",
            whose="this version: of heat it predicts what one session does, not how the skin answers",
            next_step=f'ask what a session does, injure "{found.sentence}", or name a device with needles alone',
        )  # fmt: skip
    return found


def read_treatment(
    sentence: str,
    *,
    sites: Mapping[str, str],
    site_questions: Mapping[str, Question] = MappingProxyType({}),
    devices: Mapping[str, Device] | None = None,
) -> Protocol | HeatProtocol:
    """Read a sentence of needles or of heat; arguments and errors as :func:`read_protocol`.

    Of heat, the settings of the device stand after a site: ``SITE DEPTH mm, level N`` of needles with radiofrequency
    current, ``SITE ENERGY mJ, DENSITY %[, N pulses]`` of a fractional laser; ``[, P passes]`` of both.  An
    :class:`InputError` names a setting that the device lacks, that is missing, or that is outside its range.
    """
    from neodermis.treatment import _sentence

    with concerning("plan"):
        return _sentence.read(sentence, sites=sites, site_questions=site_questions, devices=devices)


def calendar(protocol: Protocol, start: date) -> list[date]:
    """Date of each session, the first on ``start``; fractions of a day are rounded to the nearest day.

    Raises
    ------
    InputError
        A session would be after the last date of the calendar.
    """
    try:
        return [start + timedelta(days=math.floor(day + 0.5)) for day in protocol.session_days]
    except OverflowError:
        raise InputError(
            "start", value=start, accepted=f"a date whose course ends by {date.max}", whose="the calendar"
        ) from None


def _check_actives(uses: Sequence[Application | HomeUse], what: str, done: str) -> None:
    names = [use.active for use in uses]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise InputError(
            f"{what} named twice",
            value=twice,
            accepted="each active once",
            whose="the protocol language; aliases of an active are the same active",
            next_step=f"name each active that is {done} in one part of the sentence",
        )
    if len(names) > MAX_ACTIVES:
        raise InputError(
            f"number of {what}s",
            value=len(names),
            accepted=f"at most {MAX_ACTIVES}",
            whose="this program's range",
            next_step=f"keep only the most important actives {done}",
        )
