"""Prescription: goals of a course, its limits, and measured follow-ups.

The tables ``[[goals]]``, ``[limits]`` and ``[[follow_up]]`` of a consultation; goals and limits may be a file of their
own.  Names are converted to ids of the catalogues.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationError, WithJsonSchema

from neodermis.care.fields import (
    EXCLUDED,
    UNKNOWN,
    WHOSE,
    Day,
    Table,
    Text,
    between,
    choice_schema,
    number_schema,
    one_of,
    refused,
    site_of,
    told,
)
from neodermis.care.suitability import device_class
from neodermis.documents import is_number, read_document, replacing
from neodermis.errors import DataFileError, InputError, UnknownNameError
from neodermis.names import spelled
from neodermis.people.concern import concern_names, find_concern, graded, read_concern
from neodermis.skin.outcomes import OUTCOMES, Outcome, find_outcome
from neodermis.skin.raters import RATERS
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import find_device
from neodermis.treatment.device import device_names

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation

_OUTCOMES: Final = "the catalogue of outcomes; neodermis outcomes lists them"
_HERE: Final = "the concerns of this consultation"
#: Largest accepted limits of depth, mm, and of the interval between sessions, d.
_DEEPEST: Final = 3.0
_INTERVAL: Final = (7.0, 365.0)


def _id_of(spellings: Callable[[], Mapping[str, str]]) -> BeforeValidator:
    """The id of a name; an unknown name is unchanged and refused by the checks."""
    return BeforeValidator(lambda name: spellings().get(spelled(name), name) if isinstance(name, str) else name)


def _unknown(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.strip().casefold() == UNKNOWN)


def _several(value: object) -> object:
    return [value] if isinstance(value, Mapping) else value


def _interval(value: object) -> tuple[float, float] | None:
    if _unknown(value):
        return None
    low, high = _INTERVAL
    given = value if isinstance(value, (list, tuple)) else (value, value)
    days = [float(one) for one in given if is_number(one)]
    if len(given) == len(days) == 2 and low <= days[0] <= days[1] <= high:
        return days[0], days[1]
    raise ValueError(f'a number of days from {low:g} to {high:g}, a list of the shortest and the longest, or "unknown"')


def _depth(value: object) -> float | dict[str, float] | None:
    if _unknown(value):
        return None
    given = value if isinstance(value, Mapping) else {"": value}
    found = {
        _site_ids().get(spelled(name), str(name)): float(one)
        for name, one in given.items()
        if is_number(one) and 0.0 < one <= _DEEPEST
    }
    if not given or len(found) < len(given):
        raise ValueError(
            f"a depth in mm above 0 and up to {_DEEPEST:g}, a table with the depth of each site, each once, such as "
            '{cheek = 1.5}, or "unknown"'
        )
    return found if isinstance(value, Mapping) else found[""]


def _site_ids() -> Mapping[str, str]:
    return {**site_spellings(), **dict(zip(EXCLUDED, EXCLUDED, strict=True))}


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


_CONCERN_ID: Final = _id_of(lambda: concern_names().spellings)
_OUTCOME_ID: Final = _id_of(lambda: dict(zip(OUTCOMES, OUTCOMES, strict=True)))
_SITE_ID: Final = _id_of(_site_ids)
_NAME: Final = WithJsonSchema({"type": "string"})
SiteName: TypeAlias = Annotated[str, _SITE_ID]
DeviceName: TypeAlias = Annotated[str, _id_of(lambda: device_names().spellings)]


class Goal(Table):
    """``[[goals]]``: a concern or an outcome to improve, at one site or at all sites, with its weight."""

    concern: Annotated[Text, _CONCERN_ID, _NAME] = None
    outcome: Annotated[Text, _OUTCOME_ID, _NAME] = None
    site: Annotated[Text, _SITE_ID, _NAME] = None
    """None: every site of the concern, or for an outcome every site of the consultation."""
    weight: Annotated[
        float,
        between(0, 100, "the weight", above=True),
        BeforeValidator(lambda given: 1.0 if _unknown(given) else given),  # runs first
        number_schema(0, 100),
    ] = 1.0
    target: Annotated[float | None, between(-1e6, 1e6, "the unit of the outcome"), number_schema(-1e6, 1e6)] = None
    """Level of the outcome, in its unit, beyond which no further change is wanted."""


class Limits(Table):
    """``[limits]``: limits of every session and of the course."""

    downtime_days: Annotated[float | None, between(0, 60, "days"), number_schema(0, 60)] = None
    visits: Annotated[float | None, between(1, 60, "visits", whole=True), number_schema(1, 60)] = None
    budget: Annotated[float | None, between(0, 1e6, "the clinic's currency"), number_schema(0, 1e6)] = None
    event: Day = None
    pain_vas: Annotated[float | None, between(0, 10, "the pain scale"), number_schema(0, 10)] = None
    minutes: Annotated[float | None, between(5, 480, "minutes"), number_schema(5, 480)] = None
    pih_probability: Annotated[float | None, between(0, 1, "the probability", above=True), number_schema(0, 1)] = None
    scarring_risk: Annotated[float | None, between(0, 1, "the risk", above=True), number_schema(0, 1)] = None
    sessions: Annotated[float | None, between(1, 12, "sessions", whole=True), number_schema(1, 12)] = None
    interval_days: Annotated[
        tuple[float, float] | None,
        PlainValidator(_interval),
        WithJsonSchema({
            "anyOf": [
                {"type": "number", "minimum": _INTERVAL[0], "maximum": _INTERVAL[1]},
                {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
                {"enum": [UNKNOWN]},
            ]
        }),
    ] = None  # fmt: skip
    """Shortest and longest time between two sessions; equal for a single interval."""
    depth_mm: Annotated[
        float | dict[str, float] | None,
        PlainValidator(_depth),
        WithJsonSchema({
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": _DEEPEST},
                {"type": "object", "additionalProperties": {"type": "number"}},
                {"enum": [UNKNOWN]},
            ]
        }),
    ] = None  # fmt: skip
    devices: Annotated[tuple[DeviceName, ...], AfterValidator(_once)] = ()
    """Devices to choose from; empty for those of the clinic."""
    spare: Annotated[tuple[SiteName, ...], AfterValidator(_once)] = ()

    def depth_at(self, site: str) -> float | None:
        """Greatest depth at a site, mm; None without a limit."""
        return self.depth_mm.get(site) if isinstance(self.depth_mm, Mapping) else self.depth_mm

    def stricter(self, **others: Any) -> Limits:
        """These limits, with the other limits of the same name where those are stricter."""
        given = {name: value for name, value in others.items() if value is not None}
        held = {name: getattr(self, name) for name in given}
        return self.model_copy(
            update={name: one if held[name] is None else min(one, held[name]) for name, one in given.items()}
        )


class FollowUp(Table):
    """``[[follow_up]]``: an outcome measured at a site on a day after the first session."""

    outcome: Annotated[str, _OUTCOME_ID]
    value: Annotated[float, between(-1e6, 1e6, "the unit of the outcome", required=True), number_schema(-1e6, 1e6)]
    day: Annotated[float | None, between(0, 3650, "days", above=True), number_schema(0, 3650)] = None
    """Days since the first session, instead of the date."""
    date: Day = None
    site: Annotated[Text, _SITE_ID, _NAME] = None
    rater: Annotated[str | None, one_of(*RATERS), choice_schema(*RATERS)] = None

    def settled(self, first_session: datetime.date | None, sites: Sequence[str]) -> FollowUp:
        """The follow-up completed from the consultation: day, the only site, and the usual rater."""
        day = self.day
        if self.date is not None and first_session is not None:
            day = float((self.date - first_session).days)
        return self.model_copy(
            update={
                "day": day,
                "site": self.site or (sites[0] if len(sites) == 1 else None),
                "rater": self.rater or ("blinded" if find_outcome(self.outcome).raters else "instrument"),
            }
        )


Goals: TypeAlias = Annotated[list[Goal], BeforeValidator(_several), Field(max_length=20)]
FollowUps: TypeAlias = Annotated[list[FollowUp], BeforeValidator(_several), Field(max_length=20)]


class _Prescription(Table):
    """A separate file of goals and limits."""

    goals: Goals = Field(default=[])
    limits: Limits = Limits()


# ------------------------------------------------------------------------------------------------- checks


def prescription_faults(
    goals: Sequence[Goal], limits: Limits, file: str, one: Consultation | None = None
) -> Iterator[DataFileError]:
    """Faults that involve several fields or a catalogue; with a consultation, also conflicts with it."""
    sites = None if one is None else one.sites
    for number, goal in enumerate(goals, 1):
        yield from _of_goal(goal, f"goals[{number}]", file, limits, one)
    for (first, goal), (second, other) in combinations(enumerate(goals, 1), 2):
        if (goal.concern, goal.outcome) == (other.concern, other.outcome) and (
            goal.site == other.site or None in (goal.site, other.site)
        ):
            field = "concern" if other.concern else "outcome"
            yield DataFileError(
                file, f"goals[{second}]", field, value=getattr(other, field),
                accepted=f"each goal of a site once; goals[{first}] is the same", whose=WHOSE,
                next_step="leave one of the two out, or give each a site of its own",
            )  # fmt: skip
    for name in limits.devices:
        try:
            at_hand = () if one is None else one.clinic.at_hand
            if at_hand and not {find_device(name).id, device_class(name)} & {*at_hand}:
                raise InputError(
                    "devices", accepted=f"a device of the clinic: {', '.join(at_hand)}",
                    whose="[clinic] devices of this consultation",
                    next_step="choose one of those, or add the device under [clinic]",
                )  # fmt: skip
            find_device(name)
        except InputError as error:
            yield refused(file, "limits", "devices", error, name)
    depths = limits.depth_mm if isinstance(limits.depth_mm, Mapping) else {}
    for entry, field, names in (("limits", "spare", limits.spare), ("limits", "depth_mm", depths)):
        for name in names:
            try:
                _at_site(name, None if sites is None else _all(sites))
            except InputError as error:
                yield refused(file, entry, field, error, name)
    if sites and {*_all(sites)} <= {*limits.spare}:
        yield DataFileError(
            file, "limits", "spare", value=", ".join(limits.spare),
            accepted=f"at most all but one of the sites of the concerns: {', '.join(_all(sites))}", whose=_HERE,
            next_step="leave a site to be treated, or plan no treatment",
        )  # fmt: skip


def _all(sites: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(site for some in sites.values() for site in some))


def _at_site(name: str, sites: Iterable[str] | None, of: str = "the concerns") -> None:
    """Refuse a site that is not in the catalogue or not among ``sites``."""
    found = site_of(name)
    if sites is not None and found not in sites:
        raise InputError(
            "site", value=name, accepted=f"a site of {of}: {', '.join(sites) or 'none is given'}", whose=_HERE,
            next_step="choose one of those, or add a table [[concern]] for this site",
        )  # fmt: skip


def _predicted(name: str) -> Outcome:
    """The outcome of this name, if a course has daily values of it."""
    try:
        outcome = find_outcome(name)
    except UnknownNameError as error:  # the list of outcomes is too long for a message
        error.accepted, error.whose = "the name of an outcome", _OUTCOMES
        raise
    if outcome.by_day:
        return outcome
    why = outcome.not_modelled or (
        "it describes a single session" if outcome.kind == "session" else "it is a share of many patients"
    )
    raise InputError(
        "outcome", value=name, accepted=f"an outcome with daily predictions; {name} has none: {why}",
        whose=_OUTCOMES,
        next_step=f"set {name} under [limits]" if name in Limits.model_fields else "choose another outcome",
    )  # fmt: skip


def _of_goal(goal: Goal, at: str, file: str, limits: Limits, one: Consultation | None) -> Iterator[DataFileError]:
    field, value = ("outcome" if goal.outcome is not None else "concern"), goal.outcome or goal.concern
    try:
        if (goal.concern is None) == (goal.outcome is None):
            raise InputError(
                field, accepted="a concern or an outcome, exactly one of the two",
                next_step="name one" if value is None else "leave one out, or give each a separate goal",
            )  # fmt: skip
        sites: tuple[str, ...] | None = None
        if goal.concern is not None:
            kind = find_concern(goal.concern)
            if kind.cannot_answer:
                raise InputError(
                    field, accepted=f"a concern with a predicted effect; {kind.name} has none: {kind.cannot_answer}",
                    whose="this version", next_step="choose another goal",
                )  # fmt: skip
            if one is not None:
                sites = one.sites.get(kind.name, ())
                if not sites:
                    raise InputError(
                        field, accepted=f"a concern of this consultation: {', '.join(one.sites) or 'it has none'}",
                        whose=_HERE, next_step="choose one of those, or add a table [[concern]]",
                    )  # fmt: skip
        else:
            outcome = _predicted(goal.outcome or "")
            sites = None if one is None else _all(one.sites)
            if outcome.better == "neither":
                raise InputError(
                    field, accepted=f"an outcome that is better higher, or lower; {outcome.name} is neither",
                    whose=_OUTCOMES, next_step="choose another outcome, or name the concern",
                )  # fmt: skip
        if goal.site is not None:
            field, value = "site", goal.site
            _at_site(goal.site, sites, goal.concern or "the concerns")
            sites = (goal.site,)
        if sites and {*sites} <= {*limits.spare}:
            raise InputError(
                field, accepted="a goal at a site that is to be treated",
                whose=f"[limits] spare = {', '.join(limits.spare)}",
                next_step="leave out the goal, or do not spare the site",
            )  # fmt: skip
        if goal.target is not None:
            field, value = "target", f"{goal.target:g}"
            _target(goal, goal.target, sites or (), one)
    except InputError as error:
        yield refused(file, at, field, error, value)


def _target(goal: Goal, target: float, sites: Sequence[str], one: Consultation | None) -> None:
    """Refuse a target without outcome, outside its range, or not better than the grade of a concern."""
    if goal.outcome is None:
        measured = find_concern(goal.concern or "").answers
        raise InputError(
            "target", accepted="a target of an outcome; the goal names a concern", whose=WHOSE,
            next_step=f"name an outcome instead of the concern: {', '.join(measured)}",
        )  # fmt: skip
    outcome = OUTCOMES[goal.outcome]
    _within(outcome, target, "target")
    for wish in () if one is None else one.concern:
        if site_of(wish.site) not in sites or _unknown(wish.severity):
            continue
        held = graded(read_concern(wish.name, wish.severity))
        if held is None or held[0] != outcome.name:
            continue
        if (target >= held[1]) if outcome.better == "lower" else (target <= held[1]):
            raise InputError(
                "target", accepted=f"a level better than the present one: {outcome.better} than {held[1]:g}",
                whose=f"{wish.severity} of {wish.name} at {site_of(wish.site)}; of {outcome.name}, {outcome.better} is "
                "better", next_step="correct the target or the grade, or leave the target out",
            )  # fmt: skip


def _within(outcome: Outcome, value: float, what: str) -> None:
    if outcome.range is not None and not outcome.range[0] <= value <= outcome.range[1]:
        low, high = outcome.range
        raise InputError(
            what, value=f"{value:g}", accepted=f"{outcome.label} from {low:g} to {high:g}", whose=_OUTCOMES,
            next_step="check the scale and the unit",
        )  # fmt: skip


def measured_at(outcome: str, sites: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Possible sites of a follow-up without a site: those with a concern that the outcome measures, otherwise all."""
    own = [site for concern, some in sites.items() if outcome in find_concern(concern).answers for site in some]
    return tuple(dict.fromkeys(own or [site for some in sites.values() for site in some]))


def follow_up_faults(one: Consultation, file: str) -> Iterator[DataFileError]:
    """Faults of the follow-ups of a consultation that involve several fields or a catalogue."""
    first, sites = one.plan.first_session, _all(one.sites)
    seen: dict[tuple[object, ...], int] = {}
    for number, each in enumerate(one.follow_up, 1):
        at, field, value = f"follow_up[{number}]", "outcome", str(each.outcome)
        try:
            outcome = _predicted(each.outcome)
            field, value = "value", f"{each.value:g}"
            _within(outcome, each.value, "value")
            field, value = ("date", str(each.date)) if each.date is not None else ("day", "")
            if (each.day is None) == (each.date is None):
                raise InputError(
                    "day", accepted="a day or a date, exactly one of the two",
                    next_step="give one" if each.day is None else "leave one out",
                )  # fmt: skip
            if each.date is not None and first is None:
                raise InputError(
                    "date", accepted="a date after the first session, whose date is not given",
                    next_step="give first_session under [plan], or the day since the first session instead",
                )  # fmt: skip
            if each.date is not None and first is not None and each.date <= first:
                raise InputError(
                    "date", accepted=f"a date after {first}; this is a follow-up before the first session",
                    whose="first_session of [plan]", next_step="correct one of the two; a grade before treatment is "
                    "the severity of the concern",
                )  # fmt: skip
            field, value = "site", each.site or ""
            if each.site is not None:
                _at_site(each.site, sites)
            elif len(measured_at(each.outcome, one.sites)) != 1:
                raise InputError(
                    "site", accepted=f"the site that was measured: {', '.join(sites) or 'no concern has one'}",
                    whose=_HERE, next_step="give the site" if sites else "add a table [[concern]]",
                )  # fmt: skip
            field, value = "rater", each.rater or ""
            raters = outcome.raters or ("instrument",)
            if each.rater is not None and each.rater not in raters:
                raise InputError("rater", accepted=f"{', '.join(raters)} for {outcome.name}", whose=_OUTCOMES)
            whole = each.settled(first, measured_at(each.outcome, one.sites))
            earlier = seen.setdefault((whole.outcome, whole.site, whole.day), number)
            if earlier != number:
                field, value = "outcome", each.outcome
                raise InputError(
                    "outcome", accepted=f"each outcome once at a site on a day; follow_up[{earlier}] is the same",
                    next_step="leave one of the two out, or correct the day",
                )  # fmt: skip
        except InputError as error:
            yield refused(file, at, field, error, value or None)


def read_follow_up(given: Mapping[str, Any]) -> FollowUp:
    """A follow-up from its fields by name, None if left out; :class:`DataFileError` for the first wrong field."""
    try:
        return FollowUp.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise told(FollowUp, "follow_up", error) from None


# ------------------------------------------------------------------------------------------------- a file of its own


def read_prescription(path: Path, consultation: Consultation | None = None) -> tuple[list[Goal], Limits]:
    """Goals and limits from a separate file.

    Parameters
    ----------
    path
        A TOML file with tables ``[[goals]]`` and ``[limits]``, as in a consultation.
    consultation
        The consultation to which they belong; without it, sites and grades are not compared.

    Raises
    ------
    DataFileError
        The file cannot be read, or a value is not accepted; names the field, the value and what is accepted.
    """
    try:
        read = _Prescription.model_validate(read_document(path))
    except ValidationError as error:
        raise told(_Prescription, path.name, error) from None
    for fault in prescription_faults(read.goals, read.limits, path.name, consultation):
        raise fault
    return read.goals, read.limits


def write_prescription(goals: Sequence[Goal], limits: Limits, path: Path) -> None:
    """Write goals and limits as a file that :func:`read_prescription` reads back unchanged.

    Raises
    ------
    DataFileError
        The written file could not be read back.
    OutputError
        The file cannot be written.
    """
    for fault in prescription_faults(goals, limits, path.name):
        raise fault
    tables = [("[[goals]]", goal) for goal in goals] + [("[limits]", limits)]
    lines = [line for heading, table in tables for line in (heading, *_lines(table), "")]
    with replacing(path) as draft:
        draft.write_text("\n".join(lines), "utf-8")


def _lines(table: Table) -> Iterator[str]:
    return (f"{name} = {_written(value)}" for name, value in table if value is not None and value != ())


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else repr(value)
    return value.isoformat() if isinstance(value, datetime.date) else json.dumps(value)
