"""Suitability for treatment: sourced rules, one evaluator, and a verdict.

A rule uses answers of a consultation.  An unknown answer is neither true nor false: if it could trigger a rule of the
first three categories, the verdict is to ask.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from neodermis.care.advice import load_care
from neodermis.care.plan_facts import NO_PROTOCOL, PlanFacts, open_hours, plan_facts
from neodermis.care.rules import (
    ADULT,
    OF_CATEGORY,
    RESULTS,
    Branch,
    Category,
    Effect,
    Override,
    Result,
    Rule,
    RuleBook,
    Test,
    Wait,
    load_rules,
)
from neodermis.errors import InputError, LimitError
from neodermis.evidence import ParameterSet, load_parameters
from neodermis.people.exposure import find_exposure, read_exposure
from neodermis.people.patient import Patient
from neodermis.results import ResultMethods
from neodermis.texts import LANGUAGE, Audience, Texts, load_texts
from neodermis.treatment import Device, Phase, Protocol, find_device
from neodermis.treatment.active import find_active
from neodermis.treatment.device import dialled, written

if TYPE_CHECKING:
    from neodermis.care.consultation import Answer, Consultation

#: Who may override, the fewest first: of several conditions of a rule that hold the strictest counts.
_STRICTEST: Final[tuple[Override, ...]] = ("none", "prescriber", "practitioner_with_reason")
#: Depth step for devices with unknown settings, mm; depths are rounded down to it.
DEPTH_STEP: Final = 0.05


class _Judged(NamedTuple):
    """Result of a test (None: unknown), the missing answers, and the answers that made it hold."""

    holds: bool | None
    missing: tuple[str, ...] = ()
    until: tuple[date, ...] = ()
    timeless: tuple[str, ...] = ()
    """Answers that made it hold and that do not expire."""


def judge(
    test: Test, answers: Mapping[str, Answer], today: date, wait: Wait | None, last: date | None = None
) -> _Judged:
    """Whether a test holds today; planned events count from ``last``, the day of the last session."""
    if test.parts:
        parts = [judge(part, answers, today, wait, last) for part in test.parts]
        decisive = test.operator == "any"  # one yes makes any hold, one no makes all fail
        if any(part.holds is decisive for part in parts) and not decisive:
            return _Judged(False)
        held = [part for part in parts if part.holds]
        if (decisive and held) or (not decisive and len(held) == len(parts)):
            return _Judged(
                True,
                until=tuple(day for part in held for day in part.until),
                timeless=tuple(path for part in held for path in part.timeless),
            )
        missing = tuple(dict.fromkeys(path for part in parts for path in part.missing))
        return _Judged(None, missing) if missing else _Judged(False)
    answer = answers[test.path]
    if test.operator == "missing":
        return _Judged(True, timeless=(test.path,)) if answer is None else _Judged(False)
    if answer is None:
        return _Judged(None, (test.path,))
    days = wait.days if test.value == "wait" and wait is not None else test.value
    if test.operator == "given":
        return _Judged(True, timeless=(test.path,)) if answer not in ("never", "none") else _Judged(False)
    if test.operator in ("within", "past", "ahead"):
        if not isinstance(answer, date):
            return _Judged(False)
        if test.operator == "ahead":  # it does not expire: a planned course lasts longer
            return _Judged(True, timeless=(test.path,)) if (answer - (last or today)).days <= days else _Judged(False)
        if test.operator == "past":
            return _Judged(True, timeless=(test.path,)) if answer < today else _Judged(False)
        end = answer + timedelta(days=math.ceil(days))
        return _Judged(True, until=(end,)) if today < end else _Judged(False)
    if test.operator in ("below", "shorter", "at_least", "above"):
        if not isinstance(answer, (int, float)):
            return _Judged(False)
        holds = {"at_least": answer >= days, "above": answer > days}.get(test.operator, answer < days)
        if holds and test.value == "wait" and test.operator == "below":
            return _Judged(True, until=(today + timedelta(days=math.ceil(days - answer)),))
        return _Judged(True, timeless=(test.path,)) if holds else _Judged(False)
    wanted = test.value if test.operator == "in" else [test.value]
    given = answer if isinstance(answer, tuple) else (answer,)
    return _Judged(True, timeless=(test.path,)) if any(one in wanted for one in given) else _Judged(False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleFinding:
    """A rule that holds, or that may hold because an answer is missing (result ``ask``)."""

    rule: Rule
    result: Result
    category: Category
    override: Override
    until: date | None
    """Day on which it expires; None without such a date."""
    state: bool
    """Whether a condition other than a date must be met."""
    label: bool
    """Whether the label of the device differs from the rule."""
    because: str
    """Reason given by the label of the device or the branch of the rule."""
    answers: tuple[str, ...]
    """Answers that made it hold, or that are missing."""
    effects: tuple[Effect, ...]


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Verdict(ResultMethods):
    """Result of the rules for one consultation on one day."""

    overall: Result
    until: date | None
    findings: tuple[RuleFinding, ...]
    """Findings, the most severe first; those with result ``ask`` depend on a missing answer."""
    unanswered: tuple[str, ...]
    """Missing answers that hold the verdict at ``ask`` or worse."""
    worth_asking: tuple[str, ...]
    """Missing answers that do not hold up the verdict, the most consequential first."""
    later: tuple[str, ...]
    """Rules that are checked on the day of the session."""
    today: date
    device: str | None
    devices: Mapping[str, Result]
    """Overall verdict for each available device."""
    consultation: Consultation = field(repr=False)
    open_hours: float = 0.0
    """Hours after a session during which channels count as open."""

    def sentence(self, reader: Audience = "practitioner", language: str = LANGUAGE) -> str:
        """The overall verdict in one sentence; for a practitioner in English."""
        name: str = self.overall
        if self.overall == "refer" and self.until:
            name = "refer_until"
        if self.overall == "wait" and not self.until:
            name = "wait_state"
        if self.overall == "no" and all(
            {*one.answers} <= {*NO_PROTOCOL} for one in self.findings if one.result == "no"
        ):
            name = "no_plan"  # another plan may do, for the same person
        return load_texts("screening", language, reader).say("verdict", reader, name, until=self.until)

    def notes(self, language: str = LANGUAGE) -> list[str]:
        """Consequences for the dates given, and for patients under 18."""
        say, wishes, found = load_texts("screening", language).say, self.consultation.preferences, []
        if wishes.event is not None:
            late = self.until is not None and wishes.event < self.until
            name = "event_before" if late else "event_in"
            found.append(say("word", name, event=wishes.event, until=self.until, days=(wishes.event - self.today).days))
        if wishes.first_session is not None and self.until is not None:
            name = "first_session_before" if wishes.first_session < self.until else "first_session_fits"
            found.append(say("word", name, first_session=wishes.first_session, until=self.until))
        age = self.consultation.patient.age
        if age is not None and age < ADULT:
            found.append(say("word", "minor"))
        return found


def device_class(device: str | None) -> str | None:
    """Kind of a device of the catalogue, or the kind itself; None without a device."""
    from neodermis.care.consultation import DEVICE_KINDS

    if device is None or device in DEVICE_KINDS:
        return device
    chosen = find_device(device)
    return "home" if chosen.home_use else chosen.kind


def _derived(book: RuleBook, answers: dict[str, Answer], device: str | None, facts: PlanFacts) -> dict[str, Answer]:
    """Answers completed by the device, the protocol and the lists of the rules."""
    zones, concerns = answers["plan.zones"], answers["plan.concerns"]
    if facts.sites:
        zones = tuple(dict.fromkeys((*(zones if isinstance(zones, tuple) else ()), *facts.sites)))
    phototype = answers["patient.phototype"]
    uses = [
        use
        for use in book.labelled
        if use.device == device
        and (not isinstance(concerns, tuple) or {*concerns} & {*use.concerns})
        and (not use.sites or not isinstance(zones, tuple) or {*zones} & {*use.sites})
    ]
    outside: bool | None = None if uses and phototype is None else False
    if uses and isinstance(phototype, (int, float)):
        outside = any(not use.low <= phototype <= use.high for use in uses)
    scar = None if not isinstance(concerns, tuple) else all(one in book.scars for one in concerns)
    anaesthetic = {"plan.topical_anaesthetic": True} if facts.anaesthetic else {}
    return answers | {
        **facts.answers,
        **anaesthetic,
        "plan.zones": zones,
        "plan.includes_face": None if not isinstance(zones, tuple) else bool({*zones} & {*book.face}),
        "plan.device_class": device_class(device),
        "plan.outside_label": outside,
        "plan.purpose": "cosmetic" if not scar else "scar",
    }


def evaluate(
    consultation: Consultation,
    *,
    today: date,
    device: str | None = None,
    book: RuleBook | None = None,
    protocol: Protocol | None = None,
    closed_hours: float = 0.0,
    last_session: date | None = None,
) -> Verdict:
    """Verdict of the rules on a consultation, for a day, a device and a protocol.

    Parameters
    ----------
    consultation
        Result of :func:`~neodermis.care.consultation.read_consultation`.
    today
        The day from which waiting times are counted.
    device
        A device of the catalogue, or a kind; None for the rules without a label.
    book
        The rules; the shipped ones by default.
    protocol
        The plan that is judged together with the answers: sites, interval, depth, actives and home use.  Without one
        only the answers are judged.
    closed_hours
        Simulated closure time of the channels, h; used where it is longer than the usual time.
    last_session
        Day of the last session of the course, from which planned events count; by default ``today``.

    Raises
    ------
    DataFileError
        A date of the past lies after ``today``.
    UnknownNameError
        No device has this id.
    """
    from neodermis.care.consultation import check_today

    check_today(consultation, today)
    chosen = load_rules() if book is None else book
    hours = open_hours(closed_hours)
    facts = plan_facts(protocol, hours)
    if consultation.plan.numbs:
        facts = replace(facts, anaesthetic=True)
    answers = _derived(chosen, consultation.answers(), device, facts)
    findings: list[RuleFinding] = []
    asked: list[str] = []
    worth: list[tuple[Result, str]] = []
    later: list[str] = []
    for rule in chosen.rules.values():
        if not rule.active and rule.id not in consultation.clinic.extra_rules:
            continue
        if consultation.session is None and any(path.startswith("session.") for path in rule.paths):
            later.append(rule.id)
            continue
        found, gates, others = _apply(rule.under(device), rule, answers, today, device, facts.words, last_session)
        asked += gates
        worth += others
        if found is not None:
            findings.append(found)
    findings.sort(key=lambda one: RESULTS.index(one.result))
    overall: Result = min((one.result for one in findings), key=RESULTS.index, default="go")
    dates = [one.until for one in findings if one.until is not None and one.result in ("no", "refer", "wait")]
    return Verdict(
        overall=overall,
        until=max(dates) if dates and overall in ("no", "refer", "wait") else None,
        findings=tuple(findings),
        unanswered=tuple(dict.fromkeys(asked)),
        worth_asking=tuple(
            path
            for path in dict.fromkeys(path for _, path in sorted(worth, key=lambda each: RESULTS.index(each[0])))
            if path not in asked
        ),
        later=tuple(later),
        today=today,
        device=device,
        devices={},
        consultation=consultation,
        open_hours=hours,
    )


def screen_protocol(
    consultation: Consultation, protocol: Protocol, *, today: date | None, own: bool = False,
    closed_hours: float = 0.0, last_session: date | None = None,
) -> Verdict:  # fmt: skip
    """Verdict on a protocol: the strictest of those of its devices, as :func:`screen` gives them.

    ``own``: the devices are those of a file of the user, which are screened by their kind.
    """
    named = [one.kind if own else screened_as(one) for one in protocol.devices]
    return strictest([
        screen(consultation, today=today, device=name, protocol=protocol, closed_hours=closed_hours,
               last_session=last_session)
        for name in named
    ])  # fmt: skip


def screened_as(device: Device) -> str:
    """Name by which a device is screened: its id, or the kind of one that only a sentence describes."""
    return device.kind if device.inline else device.id


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict from those for several devices: for each rule the most severe result."""
    first = verdicts[0]
    found: dict[str, RuleFinding] = {}
    for finding in sorted(
        (one for each in verdicts for one in each.findings), key=lambda one: RESULTS.index(one.result)
    ):
        found.setdefault(finding.rule.id, finding)
    worst = min(verdicts, key=lambda each: RESULTS.index(each.overall))
    dates = [each.until for each in verdicts if each.overall == worst.overall and each.until is not None]
    return replace(
        first,
        overall=worst.overall,
        until=max(dates, default=None),
        findings=tuple(found.values()),
        unanswered=tuple(dict.fromkeys(path for each in verdicts for path in each.unanswered)),
        worth_asking=tuple(dict.fromkeys(path for each in verdicts for path in each.worth_asking)),
    )


def _device_test(rule: Rule, test: Test) -> Test:
    """Test of a rule that applies to some kinds of device only."""
    if not rule.devices:
        return test
    return Test(operator="all", parts=(Test(operator="in", value=list(rule.devices), path="plan.device_class"), test))


def _apply(
    rule: Rule,
    original: Rule,
    answers: Mapping[str, Answer],
    today: date,
    device: str | None,
    planned: Mapping[str, str],
    last: date | None,
) -> tuple[RuleFinding | None, list[str], list[tuple[Result, str]]]:
    """Result of a rule, the missing answers that hold up the verdict, and the others with their possible result."""
    found: list[tuple[Result, Branch, _Judged]] = []
    asked: list[str] = []
    worth: list[tuple[Result, str]] = []
    for branch in rule.branches:
        judged = judge(_device_test(rule, branch.when), answers, today, branch.wait or rule.wait, last)
        if judged.holds:
            found.append((OF_CATEGORY[branch.category], branch, judged))
        elif judged.holds is None and branch.gates:
            found.append(("ask", branch, judged))
            asked += judged.missing
        else:
            worth += [(OF_CATEGORY[branch.category], path) for path in judged.missing]
    if not found:
        return None, asked, worth
    result, branch, judged = min(found, key=lambda one: RESULTS.index(one[0]))
    number = next(k for k, one in enumerate(rule.branches) if one is branch)
    dates = [day for one, _, each in found if one == result for day in each.until] if result != "ask" else []
    label = original.branches[number].label.get(device or "")
    said = "; ".join(
        text
        for text in (
            *(one.why for same, one, _ in found if same == result and one is not rule.branches[0]),
            *(planned.get(path, "") for path in judged.timeless),
            f"{device}: {label.because or label.note}" if label else "",
        )
        if text
    )
    held = any(one != "ask" for one, _, _ in found)
    usual = rule.wait.days if rule.wait else None
    effects = tuple(
        replace(effect, days=usual)
        if effect.do in ("longer_interval", "longer_pause") and effect.days is None
        else effect
        for effect in rule.effects
        if held and (effect.when is None or judge(effect.when, answers, today, rule.wait, last).holds)
    )
    finding = RuleFinding(
        rule=original,
        result=result,
        category=branch.category,
        override=min(
            (one.override for what, one, _ in found if result == "ask" or what != "ask"), key=_STRICTEST.index
        ),
        until=max(dates, default=None),
        state=result != "ask" and bool(judged.timeless),
        label=label is not None and (label.category is not None or label.days is not None),
        because=said,
        answers=tuple(dict.fromkeys(asked)) if result == "ask" else judged.timeless or branch.when.paths,
        effects=effects,
    )
    return finding, asked, worth


def screen(
    consultation: Consultation | Path | str,
    *,
    today: date | None = None,
    device: str | None = None,
    book: RuleBook | None = None,
    protocol: Protocol | None = None,
    closed_hours: float = 0.0,
    last_session: date | None = None,
) -> Verdict:
    """Verdict on a consultation, for the chosen device or the least restricted available one.

    Parameters
    ----------
    consultation
        The consultation or its file.
    today
        The day of the screening; the one in the file where none is given.
    device
        A device of the catalogue, or a kind; the devices at hand where none is given.
    book
        The rules; the shipped ones by default.
    protocol, closed_hours, last_session
        As :func:`evaluate`.

    Raises
    ------
    InputError
        The file, the day or the device cannot be used; the message says what is accepted.
    """
    from neodermis.care.consultation import DEVICE_KINDS, read_consultation

    one = read_consultation(Path(consultation)) if isinstance(consultation, (str, Path)) else consultation
    day = today or one.today
    if day is None:
        raise InputError(
            field="today", accepted="the day of the screening", whose="the rules, which count days since an event",
            next_step="give today = 2026-03-31 in the file, or `today`",
        )  # fmt: skip
    if device is not None and device not in DEVICE_KINDS:
        device = find_device(device).id
    at_hand: list[str | None] = [device] if device is not None else [*one.clinic.at_hand] or [None]
    verdicts = [
        evaluate(
            one,
            today=day,
            device=name,
            book=book,
            protocol=protocol,
            closed_hours=closed_hours,
            last_session=last_session,
        )
        for name in at_hand
    ]
    # of equal verdicts the one that expires first; verdicts without an expiry come last
    best = max(verdicts, key=lambda each: (RESULTS.index(each.overall), -(each.until or date.max).toordinal()))
    return replace(best, devices={each.device: each.overall for each in verdicts if each.device is not None})


# ------------------------------------------------------------------------------------------------- what is simulated


@dataclass(frozen=True, kw_only=True)
class Adapted:
    """A plan adapted to a verdict: what is simulated, and further steps."""

    protocol: Protocol
    patient: Patient
    parameters: ParameterSet
    anaesthetic: Literal["practice", "none"]
    changes: tuple[str, ...]
    """Changes of the plan, each with the rules that require it."""
    forecast: tuple[str, ...]
    """Changes of the simulated patient, each with its rule."""
    steps: tuple[str, ...]
    """Steps that change no number: test area, prescriber, end point."""


def adapted(plan: Protocol, verdict: Verdict, parameters: ParameterSet | None = None) -> Adapted:
    """A plan and patient adapted to the rules that hold, for the simulation.

    Raises
    ------
    LimitError
        The needles have a fixed length that a rule does not allow.
    InputError
        The person is under 18: no course is predicted.
    """
    protocol, changes = adapted_protocol(plan, verdict)
    around = unadapted(protocol, verdict, parameters)
    return replace(around, changes=tuple(dict.fromkeys((*changes, *around.changes))))


def unadapted(plan: Protocol, verdict: Verdict, parameters: ParameterSet | None = None) -> Adapted:
    """A plan as given, with the patient, the anaesthetic and the steps as the rules require.

    Raises :class:`InputError` where the person is under 18: no course is predicted.
    """
    chosen = load_parameters() if parameters is None else parameters
    patient = verdict.consultation.person(verdict.today)
    anaesthetic: Literal["practice", "none"] = "practice"
    forecast: list[str] = []
    barred: list[str] = []
    steps: dict[str, list[str]] = {}
    for name, effect in _effects(verdict):
        if effect.do == "lower_forecast":
            patient, chosen, told = _lowered(patient, chosen, effect)
            forecast += [f"{told} ({name})"] if told else []
        elif effect.do == "no_anaesthetic":
            anaesthetic = "none"
            barred.append(name)
        elif effect.do in ("patch_test", "prescriber", "erythema_only"):
            steps.setdefault(effect.what or _care_texts().say("change", "redness"), []).append(name)
    return Adapted(
        protocol=plan,
        patient=patient,
        parameters=chosen,
        anaesthetic=anaesthetic,
        changes=(_told("anaesthetic", barred),) if barred else (),
        forecast=tuple(dict.fromkeys(forecast)),
        steps=tuple(f"{step} ({', '.join(dict.fromkeys(names))})" for step, names in steps.items()),
    )


def _effects(verdict: Verdict) -> list[tuple[str, Effect]]:
    return [(one.rule.id, effect) for one in verdict.findings for effect in one.effects]


def adapted_protocol(plan: Protocol, verdict: Verdict) -> tuple[Protocol, list[str]]:
    """The plan adapted to the rules that hold, and each change in words with the rules that require it.

    Raises
    ------
    LimitError
        The needles have a fixed length that a rule does not allow, or the device has no setting this shallow.
    """
    changes: list[str] = []
    for kind, change in _CHANGES.items():
        asked = [(name, effect) for name, effect in _effects(verdict) if effect.do == kind]
        if asked:
            phases, told = zip(*(change(phase, asked, verdict) for phase in plan.phases), strict=True)
            changes += dict.fromkeys(line for lines in told for line in lines)
            plan = replace(plan, phases=phases) if kind != "longer_interval" else _apart(plan, phases, asked, changes)
    return plan, changes


def _apart(plan: Protocol, phases: Sequence[Phase], asked: _Asked, changes: list[str]) -> Protocol:
    """The plan with other intervals between phases; later phases follow at the required interval."""
    least = max(effect.days or 0.0 for _, effect in asked)
    rules = [name for name, effect in asked if effect.days == least]
    found: list[Phase] = []
    for index, phase in enumerate(phases):
        if index and phase.from_day is not None:
            before, last = (Protocol(phases=tuple(some)).last_day for some in (plan.phases[:index], found))
            gap = phase.from_day - before
            if gap > 0 and phase.from_day < last + least:  # the phase follows too early
                told = _told("interval", rules, new=least, old=gap)
                changes += [told] if told not in changes else []
                phase = replace(phase, from_day=last + least)
        found.append(phase)
    try:
        moved = replace(plan, phases=tuple(found))
    except InputError:
        moved = None
    if moved is None or (len(phases) > 1 and moved.shortest_interval_days < least):
        raise LimitError(
            "sessions of two phases", accepted=f"at least {written(least)} days apart",
            whose=f"the rules {', '.join(dict.fromkeys(rules))}",
            next_step="let one phase follow the other ('then' instead of 'and')",
        )  # fmt: skip
    return moved


#: Rules that require a change, each with the change.
_Asked: TypeAlias = Sequence[tuple[str, Effect]]


def _care_texts() -> Texts:
    return load_texts("care", audience="practitioner")


def _told(change: str, rules: Iterable[str], **values: object) -> str:
    return f"{_care_texts().say('change', change, **values)} ({', '.join(dict.fromkeys(rules))})"


def _shallower(phase: Phase, asked: _Asked, _: Verdict) -> tuple[Phase, list[str]]:
    """The smallest of several shares and depths, as a setting of the device that is not deeper."""
    passes, told = [], []
    for one in phase.treatments:
        limits = [
            (name, min(one.depth_mm * (1.0 if effect.share is None else effect.share), effect.depth_mm or math.inf))
            for name, effect in asked
        ]
        limit = min(most for _, most in limits)
        depth = _settable(phase.device, limit) if limit < one.depth_mm else one.depth_mm
        rules = [name for name, most in limits if most < one.depth_mm]
        if depth is None:
            raise LimitError(
                f"depth at {one.site} with {phase.device.id}", value=f"{written(one.depth_mm)} mm",
                accepted=f"at most {written(round(limit, 2))} mm", whose=f"the rules {', '.join(rules)}",
                next_step="choose a device with shorter needles, or one with an adjustable depth",
            )  # fmt: skip
        if depth < one.depth_mm:
            told.append(
                _told("depth", rules, site=one.site.replace("_", " "), new=dialled(depth), old=dialled(one.depth_mm))
            )
        passes.append(replace(one, depth_mm=depth))
    return replace(phase, treatments=tuple(passes)), told


def _settable(device: Device, limit_mm: float) -> float | None:
    """The deepest setting of a device not deeper than a limit; None where it has none."""
    depth = device.settable(round(math.floor(round(limit_mm / DEPTH_STEP, 6)) * DEPTH_STEP, 6))
    return None if device.depth_fixed or depth < max(device.depth_min_mm, DEPTH_STEP) else depth


def _fewer_passes(phase: Phase, asked: _Asked, _: Verdict) -> tuple[Phase, list[str]]:
    share = min(effect.share for _, effect in asked if effect.share is not None)
    fewer = [replace(one, passes=min(one.passes, max(1, math.floor(one.passes * share)))) for one in phase.treatments]
    told = [
        _told("passes", (name for name, _ in asked), site=one.site.replace("_", " "), new=one.passes, old=old.passes)
        for one, old in zip(fewer, phase.treatments, strict=True)
        if one.passes < old.passes
    ]
    return replace(phase, treatments=tuple(fewer)), told


def _longer_interval(phase: Phase, asked: _Asked, _: Verdict) -> tuple[Phase, list[str]]:
    longer = {name: effect.days for name, effect in asked if (effect.days or 0.0) > phase.interval_days}
    if phase.count == 1 or not longer:
        return phase, []
    days = max(days or 0.0 for days in longer.values())
    told = _told("interval", longer, new=days, old=phase.interval_days)
    return replace(phase, interval_days=days), [told]


def _no_topical(phase: Phase, asked: _Asked, verdict: Verdict) -> tuple[Phase, list[str]]:
    every = any(effect.which == "all" for _, effect in asked)
    hours = max(verdict.open_hours, *(effect.hours or 0.0 for _, effect in asked))
    kept = tuple(
        one for one in phase.actives
        if not every and (one.after_hours >= hours or find_active(one.active).open_skin != "never")
    )  # fmt: skip
    told = [
        _told("left_out", (name for name, _ in asked), active=f"{one}")
        for one in phase.actives if one not in kept
    ]  # fmt: skip
    return replace(phase, actives=kept), told


def _longer_pause(phase: Phase, asked: _Asked, _: Verdict) -> tuple[Phase, list[str]]:
    """Home use pauses for this time before a session.

    A product that could then not be used between two sessions is left out.
    """
    home, told = [], []
    for use in phase.home:
        longer = {
            name: effect.days or 0.0 for name, effect in asked
            if use.active in load_care().groups[effect.which] and (effect.days or 0.0) > use.stop_days
        }  # fmt: skip
        days = max(longer.values(), default=use.stop_days)
        if longer and days + use.resume_days >= (phase.interval_days if phase.count > 1 else math.inf):
            told.append(_told("left_out", longer, active=f"{use}"))
            continue
        if longer:
            values = {"active": use.active, "new": days, "old": use.stop_days}
            told.append(_told("pause", longer, **values))
        home.append(replace(use, stop_days=days))
    return replace(phase, home=tuple(home)), told


#: Effects on each phase of the protocol, in the order in which they are applied.
_CHANGES: Final[Mapping[str, Callable[[Phase, _Asked, Verdict], tuple[Phase, list[str]]]]] = {
    "shallower": _shallower,
    "fewer_passes": _fewer_passes,
    "longer_interval": _longer_interval,
    "no_topical": _no_topical,
    "longer_pause": _longer_pause,
}


def _lowered(patient: Patient, chosen: ParameterSet, effect: Effect) -> tuple[Patient, ParameterSet, str]:
    """Patient and parameters under an effect that lowers the prediction, and the change in words."""
    say = _care_texts().say
    if effect.exposure:
        kind = find_exposure(effect.exposure)
        if kind.name in patient.exposures:
            told = say("change", "exposure_given", name=kind.name, level=patient.exposures[kind.name].sentence)
            return patient, chosen, told
        lowered = {**patient.exposures, kind.name: read_exposure(kind.name, effect.level, patient.age)}
        told = say("change", "exposure", name=kind.name, level=effect.level)
        return replace(patient, exposures=lowered), chosen, told
    old = chosen[effect.rate]
    assert effect.factor is not None
    why = f"{old.why} Times {effect.factor:g} by a screening rule: {effect.why}"
    new = replace(old, value=old.value * effect.factor, status="assumed", why=why)
    scaled = replace(
        chosen, name=f"{chosen.name}, {effect.rate} x {effect.factor:g}",
        parameters={**chosen.parameters, effect.rate: new},
    )  # fmt: skip
    return patient, scaled, say("change", "rate", rate=effect.rate, factor=effect.factor)
