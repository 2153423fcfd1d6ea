"""``what_if``: three outcomes of a changed plan, fast enough for a slider.

Equations
    as :func:`~neodermis.simulate`, in the same draws, at the tolerance at which plans are ranked
    (:mod:`neodermis.simulation.shared`).
What a change leaves as it is (the skin at rest, an injury, the first sessions) is taken from the calls before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np

from neodermis.api.case import Case, Simulating, case_of
from neodermis.api.delivery import under_actives
from neodermis.api.inputs import read_draws
from neodermis.api.variation import varied
from neodermis.errors import InputError
from neodermis.evidence import ParameterSet
from neodermis.people.concern import answering, only_direction
from neodermis.people.patient import Patient
from neodermis.planning.scoring import LOOKS, days_of, sessions_at
from neodermis.simulation.readout import SETTLED, Predicted
from neodermis.simulation.session import Floats
from neodermis.simulation.shared import Sessions, SharedCourses
from neodermis.skin import epidermis
from neodermis.skin.outcomes import OUTCOMES
from neodermis.treatment import Protocol
from neodermis.treatment.anaesthetic import Anaesthetic
from neodermis.uncertain import Interval
from neodermis.units import read_number
from neodermis.wording import number_text, with_interval

#: Draws where none are asked for, and at most.
DRAWS: Final = 24
MOST_DRAWS: Final = 1_000
#: Beside the outcomes of the concerns.
COLLAGEN: Final = "collagen_papillary"
PIH: Final = "pih_probability"
#: The concern that is looked at where the person has none.
NO_CONCERN: Final[Mapping[str, str]] = {"wrinkle": ""}
#: Skins that are kept, and pieces of courses of one of them after which it is made anew.
MOST_SKINS: Final = 4
MOST_PIECES: Final = 400
#: The untreated course is solved for a multiple of these days.
_HORIZON: Final = 730.0


class OutcomeIf(NamedTuple):
    """An outcome on the day, with 90 % credible intervals, in its unit and without rater bias."""

    outcome: str
    label: str
    unit: str
    start: Interval | None
    """Before treatment; None of a probability of the course."""
    treated: Interval
    untreated: Interval | None
    direction_only: str
    """Why only the direction is to be read; empty where the size is."""


@dataclass(frozen=True, kw_only=True, repr=False)
class WhatIf:
    """Outcomes of a plan for sliders: those of the concerns, papillary collagen, probability of PIH."""

    case: Case
    protocol: Protocol
    """At the settings of the device."""
    day: float
    outcomes: Mapping[str, tuple[OutcomeIf, ...]]
    """By site."""
    milliseconds: float
    """Time that the call took."""
    reused: bool
    """Whether the skin at rest was known from an earlier call."""
    failed: int
    """Draws excluded."""
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.protocol.sentence}: day {self.day:g}, {self.case.numerics.draws} draws"]
        for site, found in self.outcomes.items():
            lines += [f"{site}: {_line(one)}" for one in found]
        return "\n".join([*lines, f"{self.milliseconds:.0f} ms"])

    __repr__ = __str__


def _line(one: OutcomeIf) -> str:
    unit = "" if one.unit == "1" else one.unit
    if one.direction_only:
        assert one.untreated is not None
        higher = one.treated.median > one.untreated.median
        return f"{one.label} {'higher' if higher else 'lower'} than untreated; only the direction: {one.direction_only}"
    bare = "" if one.untreated is None else f", untreated {number_text(one.untreated.median)}"
    return f"{one.label} {with_interval(one.treated, unit=unit)}{bare}"


class _Key(NamedTuple):
    """What the courses that share a skin have in common."""

    site: str
    patient: Patient
    parameters: ParameterSet
    joint: int
    """Identity of how its uncertainties go together, which sets that are equal may differ in."""
    draws: int
    seed: int
    anaesthetic: Anaesthetic
    engine: str
    until: float


_SKINS: list[tuple[_Key, SharedCourses]] = []
_LOCK: Final = Lock()


def what_if(case: str | Protocol | Case, *, day: float | None = None, **changes: Any) -> WhatIf:
    """Outcomes of a plan with some inputs changed, in a fraction of the time of :func:`~neodermis.simulate`.

    Parameters
    ----------
    case
        A protocol sentence, the object, or a whole case.
    day
        Day since the first session, by default 90 days after the last one.
    changes
        ``depth_mm``, ``passes``, ``sessions``, ``interval_days`` and ``device`` (id of another one) of the protocol,
        with dotted names as in :func:`~neodermis.sweep`; other keywords as :func:`~neodermis.simulate`, ``draws`` with
        24 by default.  No people are drawn.

    Returns
    -------
    WhatIf
        By site the outcome of each concern, papillary collagen and the probability of PIH, with 90 % credible
        intervals, and the milliseconds that the call took.

    Raises
    ------
    InputError
        As :func:`~neodermis.simulate`; an unknown input, or a site that is first treated later than day 0.

    Examples
    --------
    >>> import neodermis as nd
    >>> plan = "4 sessions every 30 days: exceed; cheek 1 mm, 6 passes"
    >>> concerns = {"acne_scar": "goodman_baron:3"}
    >>> found = nd.what_if(plan, depth_mm=1.5, concerns=concerns)
    >>> [one.outcome for one in found.outcomes["cheek"]]
    ['goodman_baron_grade', 'collagen_papillary', 'pih_probability']
    """
    begun = time.perf_counter()
    asked = _asked(case, changes)
    plan, warnings = asked.planned()
    last = plan.last_day
    at = last + LOOKS[0] if day is None else read_number(
        day, field="day", low=0.0, high=last + 3650.0, whose="from the first session to ten years after the last",
        unit="d", next_step="leave it out for 90 days after the last session",
    )  # fmt: skip
    treated = under_actives(plan, asked.patient, asked.chosen)
    outcomes: dict[str, tuple[OutcomeIf, ...]] = {}
    reused, failed = True, 0
    with _LOCK, asked.solving():
        for site in asked.sites:
            sessions = sessions_from_start(plan, site)
            end = max(at, sessions[-1][0] + SETTLED)
            courses, known = _courses(asked, treated, site, end)
            usual = days_of(sessions)
            found = courses.predicted(sessions, np.union1d(usual[usual <= end], [at]))
            well = np.asarray(found.solution.failure) == 0
            outcomes[site] = tuple(_outcomes(asked, found, at, well))
            reused, failed = reused and known, max(failed, int((~well).sum()))
    return WhatIf(
        case=asked, protocol=plan, day=at, outcomes=outcomes, reused=reused, failed=failed, warnings=warnings,
        milliseconds=1e3 * (time.perf_counter() - begun),
    )  # fmt: skip


def sessions_from_start(plan: Protocol, site: str) -> Sessions:
    """Sessions of a plan at a site of which the first is on day 0; an error otherwise."""
    if plan.at(site).days[0] > 0.0:
        raise InputError(
            "site", value=site, accepted="a site that is treated from the first session on",
            whose="this function, whose courses begin with a session", next_step="use simulate for this protocol",
        )  # fmt: skip
    return sessions_at(plan, site)


def _asked(case: str | Protocol | Case, changes: Mapping[str, Any]) -> Case:
    """The case that is simulated."""
    of_plan = {name: value for name, value in changes.items() if _is_of_plan(name, value)}
    others = {name: value for name, value in changes.items() if name not in of_plan}
    base = case_of(case, {"draws": DRAWS, **others}, Simulating)
    if base.study is not None:
        raise InputError(
            "case", value=f"{base.study}:{base.arm}", accepted="a case that is not an arm of a study",
            whose="this function", next_step="give its protocol as a sentence, or use simulate",
        )  # fmt: skip
    read_draws(base.numerics.draws, base.numerics.seed, least=2, most=MOST_DRAWS)
    return varied(base, of_plan, "what_if") if of_plan else base


def _is_of_plan(name: str, value: object) -> bool:
    # a device is one of the catalogue by its id, and a file of own devices by its path
    return name not in Simulating.__annotations__ or (name == "device" and isinstance(value, str))


def _courses(case: Case, patient: Patient, site: str, end: float) -> tuple[SharedCourses, bool]:
    """Courses of a skin, and whether it was known."""
    numbers = case.numerics
    key = _Key(
        site, patient, case.chosen, id(case.chosen.joint), numbers.draws, numbers.seed, case.numbing, numbers.engine,
        _HORIZON * np.ceil(end / _HORIZON),
    )  # fmt: skip
    place = next((k for k, (one, _) in enumerate(_SKINS) if one == key), None)
    if place is not None:
        _, courses = _SKINS.pop(place)
        if courses.solved <= MOST_PIECES * courses.size:
            _SKINS.append((key, courses))
            return courses, True
    courses = SharedCourses(
        skin=patient.skin(site), values=case.chosen.draw(numbers.draws, numbers.seed, "uncertainty"),
        parameters=case.chosen, seed=numbers.seed, until=key.until, anaesthetic=case.numbing,
    )  # fmt: skip
    _SKINS.append((key, courses))
    del _SKINS[:-MOST_SKINS]
    return courses, False


def _outcomes(case: Case, found: Predicted, day: float, well: Any) -> Iterator[OutcomeIf]:
    """Those of the concerns, papillary collagen, PIH."""
    held = {name: one.given for name, one in case.patient.concerns.items()}
    firsts = (
        next((name for name in answering({concern: given}) if name in found.treated), None)
        for concern, given in (held or NO_CONCERN).items()
    )
    at = int(np.flatnonzero(found.solution.days == day)[0])

    def interval(values: Floats, place: int) -> Interval:
        return Interval.of(values[well, place])

    for name in dict.fromkeys([*(one for one in firsts if one is not None), COLLAGEN]):
        outcome = OUTCOMES[name]
        yield OutcomeIf(
            name, outcome.label, outcome.unit, interval(found.treated[name], 0), interval(found.treated[name], at),
            interval(found.untreated[name], at), only_direction(name, held),
        )  # fmt: skip
    spread = case.chosen["pih_susceptibility"].variability.a
    share = np.asarray(epidermis.share_beyond(np.max(found.pih_drive, axis=0), spread))
    pih = OUTCOMES[PIH]
    yield OutcomeIf(PIH, pih.label, pih.unit, None, Interval.of(share[well]), None, "")
