"""What a published arm did not print, as prediction draws it: devices, schedule, needles, people and rater.

Each field has a Latin hypercube of its own over the draws: of a mixture every name has its share of them, rounded, and
both arms of a comparison have the same draw where they say the same.  What changes the schedule or the device is solved
as variants of the protocol, of which there are few: sessions and intervals take at most :data:`MOST_VALUES` values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, Final

from neodermis.api.delivery import delivered_share
from neodermis.arrays import mapped
from neodermis.errors import DataFileError, InputError
from neodermis.evidence import Arm, Assumed, ParameterSet, Study
from neodermis.evidence.source import WHOLE
from neodermis.lazy import numpy as np
from neodermis.people.patient import Patient, who
from neodermis.people.regimen import with_actives
from neodermis.simulation.session import Floats
from neodermis.simulation.variants import Unprinted, Variant
from neodermis.skin.raters import RATERS
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import Device, Protocol, read_protocol, roller
from neodermis.treatment.anaesthetic import WORDS, Anaesthetic, find_product, read_anaesthetic
from neodermis.uncertain import stream

#: Values that stand for a range of what changes the schedule: the middles of as many equal parts.
MOST_VALUES: Final = 3
_SCHEDULE: Final = ("device", "sessions", "interval_days")
_PERSON: Final = ("age", "sex", "phototype", "concern", "smoking")


def check(study: Study, arm: Arm, plan: Protocol) -> None:
    """Hold what an arm did not print to its sentence, to the protocol language and to the forms of a person.

    Raises :class:`DataFileError` that names the arm and the field.
    """
    first = plan.phases[0]
    said: dict[str, float | str] = {
        "device": first.device.id, "sessions": first.count, "interval_days": first.interval_days,
        "depth_mm": first.treatments[0].depth_mm, "passes": first.treatments[0].passes,
    }  # fmt: skip
    for name, one in _drawn(arm).items():
        with _of(study, arm, name):
            if name in _SCHEDULE and len(plan.phases) > 1:
                raise InputError(
                    "protocol", value=f"{len(plan.phases)} phases", accepted="a protocol of one phase",
                    whose="a mixture or a range of the schedule", next_step="give one value",
                )  # fmt: skip
            _check_said(name, one, said.get(name))
            for end in one.shares or (one.low, one.high):
                _plan(plan, {name: end}, arm)
                _person(arm, {name: end})
                _anaesthetic(arm, {name: end})
            if name == "passes":
                for end in (one.low, one.high):
                    replace(first.treatments[0], passes=int(end or 0))
            if name == "depth_mm":
                for device in devices_of(arm, plan):
                    for depth in (one.low, one.high):
                        _check_depth(plan, device, float(depth or 0.0))
    with _of(study, arm, "anaesthetic"):
        _anaesthetic(arm, {})
    for number, finding in enumerate(arm.findings):
        if finding.after_last is not None and abs(finding.day - plan.last_day - finding.after_last) > 0.5:
            raise DataFileError(
                study.id, f"arm {arm.id}, finding {number}", "after_last", value=finding.after_last,
                accepted=f"{finding.day - plan.last_day:g}: the day of the finding, {finding.day:g}, less that of the "
                f"last session, {plan.last_day:g}",
                next_step="correct after_last or day",
            )  # fmt: skip


def latest(arm: Arm, plan: Protocol) -> float:
    """Last day of the longest course that an arm may have been (d)."""
    longest = {name: one.high for name in ("sessions", "interval_days") if (one := _drawn(arm).get(name)) is not None}
    return max(plan.last_day, _plan(plan, longest, arm).last_day)


def devices_of(arm: Arm, plan: Protocol) -> tuple[Device, ...]:
    """The devices that a draw of an arm may have: of its protocol, or of its mixture."""
    shares = arm.assumed["device"].shares if "device" in arm.assumed else None
    return tuple(_device(words) for words in shares) if shares else plan.devices


def _check_said(name: str, one: Assumed, said: float | str | None) -> None:
    """Hold the value of the sentence to the range or the mixture that stands for it."""
    if said is None:
        return
    if one.shares is not None:
        if said not in [_device(words).id for words in one.shares]:
            raise InputError(
                "protocol", value=said, accepted=f"one of the shares: {', '.join(one.shares)}",
                whose=f"assumed.{name}", next_step="write the most probable of them in the sentence",
            )  # fmt: skip
    elif one.low is not None and one.high is not None and not one.low <= float(said) <= one.high:
        raise InputError(
            "protocol", value=said, accepted=f"{one.low:g} to {one.high:g}", whose=f"assumed.{name}",
            next_step="write the middle of the range in the sentence",
        )  # fmt: skip


def _check_depth(plan: Protocol, device: Device, depth_mm: float) -> None:
    """Hold a depth to a device, as its setting or as the length of the needles of a roller that was not printed."""
    if device.depth_fixed:
        roller(round(device.needles.middle), depth_mm, device.needle_diameter_mm.middle)
        return
    for phase in plan.phases:
        passes = tuple(replace(one, depth_mm=depth_mm) for one in phase.treatments)
        replace(phase, device=device, treatments=passes)


def drawn_for(
    study: Study, arm: Arm, plan: Protocol, patient: Patient, parameters: ParameterSet, *, draws: int, seed: int
) -> Unprinted:
    """What each of the draws of an arm has in the place of what was not printed.

    Raises :class:`DataFileError` where values that are drawn do not go together.
    """
    base = Variant(plan, arm.ranges, _anaesthetic(arm, {}))
    given = _drawn(arm)
    if draws < 2 or not given:
        return Unprinted(variants=(base,))
    values = {name: _values(one, draws, seed) for name, one in given.items() if name not in arm.ranges}
    rows = [{name: each[k] for name, each in values.items()} for k in range(draws)]
    variants, which = [base], []
    for row in rows:
        with _of(study, arm, "device, sessions and interval"):
            one = Variant(_plan(plan, row, arm), arm.ranges, _anaesthetic(arm, row))
        variants = variants if one in variants else [*variants, one]
        which.append(variants.index(one))
    plans = [variant.protocol for variant in variants]
    return Unprinted(
        variants=tuple(variants),
        which=np.array(which),
        subject=_subjects(study, arm, plans, which, rows, patient, parameters),
        drawn=_numbers(values, given, [plans[number] for number in which], plan),
    )


def _numbers(
    values: Mapping[str, list[Any]], given: Mapping[str, Assumed], plans: list[Protocol], plan: Protocol
) -> dict[str, Floats]:
    """What was drawn as numbers: of a mixture the position of the name among its shares, of a rater among raters."""
    found = {}
    for name, each in values.items():
        names = RATERS if name == "rater" else tuple(given[name].shares or ())
        found[name] = np.array([names.index(one) if isinstance(one, str) else one for one in each], dtype=float)
    last = np.array([one.last_day for one in plans])
    return found | ({"last_session_day": last} if (last != plan.last_day).any() else {})


def _subjects(
    study: Study,
    arm: Arm,
    plans: list[Protocol],
    which: list[int],
    rows: list[dict[str, Any]],
    patient: Patient,
    parameters: ParameterSet,
) -> Any:
    """Whose skin each draw is, with the actives of its protocol; None where all are the person of the arm."""
    active = bool(plans[0].actives or plans[0].home)
    if not (rows[0].keys() & {*_PERSON}) and not (active and len(plans) > 1):
        return None
    shares = [cache(delivered_share(plan, patient, parameters)) for plan in plans]
    found: list[Any] = []
    known: dict[tuple[object, ...], Any] = {}
    for number, row in zip(which, rows, strict=True):
        key = (number, *(row.get(name) for name in _PERSON))
        if key not in known:
            with _of(study, arm, "person"):
                person = _person(arm, row)
                one = with_actives(plans[number], person, shares[number]) if active else person
                known[key] = one.subject()
        found.append(known[key])
    return mapped(lambda *leaves: np.array(leaves, dtype=float), *found)


def _drawn(arm: Arm) -> dict[str, Assumed]:
    return {name: one for name, one in arm.assumed.items() if one.drawn}


def _values(one: Assumed, draws: int, seed: int) -> list[Any]:
    """A value for each draw, every part of the range or the mixture as often as it is to be taken."""
    at = (stream(f"arm:{one.field}", seed).permutation(draws) + 0.5) / draws
    if one.shares is not None:
        names = list(one.shares)
        edges = np.cumsum([*one.shares.values()])[:-1]
        return [names[number] for number in np.searchsorted(edges, at, "right")]
    low, high = float(one.low or 0.0), float(one.high or 0.0)
    if one.field in ("sessions", "interval_days", "anaesthetic_minutes"):
        few = _few(low, high, one.field in WHOLE)
        return [few[int(number)] for number in np.floor(at * len(few))]
    if one.field in WHOLE:
        return [int(number) for number in np.floor(low + (high - low + 1.0) * at)]
    return [float(number) for number in low + (high - low) * at]


def _few(low: float, high: float, whole: bool) -> list[float]:
    """At most :data:`MOST_VALUES` values that stand for a range evenly."""
    if whole and high - low < MOST_VALUES:
        return [float(number) for number in range(int(low), int(high) + 1)]
    if low == high:
        return [low]
    parts = (np.arange(MOST_VALUES) + 0.5) / MOST_VALUES
    if not whole:
        return [round(float(value), 1) for value in low + (high - low) * parts]
    middle = low - 0.5 + (high - low + 1.0) * parts
    inwards = 1e-9 * np.sign((low + high) / 2.0 - middle)  # a half is rounded to the middle of the range
    return [float(value) for value in np.floor(middle + inwards + 0.5)]


def _anaesthetic(arm: Arm, row: Mapping[str, Any]) -> Anaesthetic | None:
    """The anaesthetic of a draw; None where the study says nothing, as practice gives it at the depth.

    Where only its product is known, the middle of the usual contact is taken.
    """
    said: dict[str, Any] = {
        name: row[name] if name in row else _likeliest(arm.assumed[name])
        for name in ("anaesthetic", "anaesthetic_minutes")
        if name in arm.assumed
    }
    minutes = said.get("anaesthetic_minutes")
    if "anaesthetic" not in said:
        return None if minutes is None else read_anaesthetic(f"topical {minutes} min")
    name = str(said["anaesthetic"])
    if name in WORDS and (minutes is None or name != "topical"):
        return read_anaesthetic(name)
    if minutes is None:
        minutes = sum(find_product(name).usual_minutes) / 2.0
    return read_anaesthetic(f"{name} {minutes} min")


def _likeliest(one: Assumed) -> Any:
    """The value of what is not drawn: given, of a mixture the largest share, of a range its middle."""
    middle = ((one.low or 0.0) + (one.high or 0.0)) / 2.0
    return next(value for value in (one.likeliest, one.value, middle) if value is not None)


@cache
def _device(words: str) -> Device:
    """A device as a protocol sentence names it."""
    return read_protocol(f"1 session: {words}; cheek 0 mm, 0 passes", sites=site_spellings()).phases[0].device


def _plan(plan: Protocol, row: Mapping[str, Any], arm: Arm) -> Protocol:
    """The protocol with another device, number of sessions or interval."""
    if not row.keys() & {*_SCHEDULE}:
        return plan
    (phase,) = plan.phases
    if "device" in row:
        device = _device(row["device"])
        passes = phase.treatments
        if device.depth_fixed:  # a roller's depth is the length of its needles
            passes = tuple(replace(one, depth_mm=device.needle_length_mm) if one.depth_mm else one for one in passes)
        phase = replace(phase, device=device, treatments=passes)
    count = int(row.get("sessions", phase.count))
    interval = float(row.get("interval_days", phase.interval_days))
    if count > 1 and not interval:  # of the one session in the sentence there is none
        other = arm.assumed.get("interval_days")
        interval = float(other.value) if other is not None and isinstance(other.value, (int, float)) else 0.0
    return replace(plan, phases=(replace(phase, count=count, interval_days=interval if count > 1 else 0.0),))


def _person(arm: Arm, row: Mapping[str, Any]) -> Patient:
    """The person of an arm with another age, sex, phototype, severity or number of cigarettes."""
    exposures = dict(arm.exposures)
    if "smoking" in row:
        exposures["smoking"] = f"{row['smoking']:.10g}/day"
    return who(
        row.get("age", arm.age), row.get("sex", arm.sex), row.get("phototype", arm.phototype), exposures,
        arm.with_severity(row["concern"]) if "concern" in row else arm.concerns,
    )  # fmt: skip


@contextmanager
def _of(study: Study, arm: Arm, name: str) -> Iterator[None]:
    """Errors of what was not printed name the arm and the field."""
    try:
        yield
    except InputError as error:
        raise DataFileError(
            study.id, f"arm {arm.id}, assumed", name, value=error.value, accepted=f"{error.what}: {error.accepted}",
            whose=error.whose or "the schema of this kind of file", next_step=error.next_step or "correct the entry",
        ) from error  # fmt: skip
