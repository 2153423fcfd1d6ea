"""Plans of a consultation: the document, the page and the figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from neodermis import DISCLAIMER
from neodermis.care.telling import verdict_document
from neodermis.report.blocks import Block, Figure, Fold, Heading, Note, Page, Paragraph, Points, Table
from neodermis.report.common import page_unit, person_text, site_name, told_apart
from neodermis.report.plan_figure import plan_figure
from neodermis.skin.outcomes import OUTCOMES
from neodermis.wording import counted, lower_first, number_text, percent_text, spread, with_interval

if TYPE_CHECKING:
    from neodermis.api.case import Case
    from neodermis.planning.longterm import Decade, Maintenance
    from neodermis.planning.prospects import Chance, Prospect, Reach
    from neodermis.planning.result import Conflict, OutcomeForecast, Plan, Planned
    from neodermis.planning.search import Breach

#: Limits as a reader knows them, with their unit.
_LIMITS: Final = {
    "pih_probability": ("upper 90 % bound of the chance of PIH", ""),
    "scarring_risk": ("upper 90 % bound of the chance of a scar", ""),
    "visits": ("visits", ""),
    "sessions": ("sessions", ""),
    "downtime_days": ("days of downtime after a session", "days"),
    "pain_vas": ("pain of a session, of 10", ""),
    "minutes": ("minutes in the chair for a session", "minutes"),
    "budget": ("budget", ""),
    "interval_days": ("days between sessions", "days"),
    "event": ("days from the first session to the event", "days"),
}
_ROLES: Final = {"gentle": "Gentle", "standard": "Standard", "intensive": "Intensive"}


# ------------------------------------------------------------------------------------------------- the document


def plan_document(found: Plan) -> dict[str, Any]:
    """The JSON document of ``plan``."""
    from importlib.metadata import version

    flat = len(found.sites) == 1
    return {
        "neodermis": version("neodermis"),
        "command": "plan",
        "screening": verdict_document(found.verdict),
        "prospects": [_prospect_entry(one) for one in found.prospects],
        "recommended": None if found.recommended is None else _plan_entry(found, found.recommended, flat),
        "refusal": found.refusal,
        "alternatives": [_plan_entry(found, one, flat) for one in found.alternatives],
        "compared_with": {
            name: _untreated(found, flat) if one is None else _plan_entry(found, one, flat)
            for name, one in found.compared_with.items()
        },
        "indistinguishable": list(found.indistinguishable),
        "conflicts": [
            {"limit": one.limit, "given": one.given, "needed": _rounded(one.needed), "alone": one.alone,
             "protocol": one.plan, "text": conflict_text(one)}
            for one in found.conflicts
        ],
        "not_planned": [
            {"concern": one.concern, "site": one.site, "why": one.why,
             **({"published": one.published, "sources": list(one.sources)} if one.published else {})}
            for one in (() if found.prescription is None else found.prescription.not_planned)
        ],
        "deviations": [{"what": one.what, "unit": _UNIT, **one.difference._asdict()} for one in found.deviations],
        "additions": [
            {"what": one.what, **({"published": one.published} if one.published else {}), "changes": [
                {"site": site, "outcome": name, "unit": OUTCOMES[name].unit, **change._asdict()}
                for (site, name), change in one.changes.items()
            ]}
            for one in found.additions
        ],
        "maintenance": _flat({site: _maintenance_entry(one) for site, one in found.maintenance.items()}, flat),
        "ten_years": _flat({site: _decades(each) for site, each in found.ten_years.items()}, flat),
        "calendar": _calendar(found),
        "goals": [
            {"site": goal.site, "outcome": goal.outcome, "weight": goal.weight, "concern": goal.concern,
             **({"target": goal.target} if goal.target is not None else {}),
             **({"direction_only": goal.direction_only} if goal.direction_only else {})}
            for goal in (() if found.prescription is None else found.prescription.goals)
        ],
        "weights": {
            "contrasts": found.contrast_weight,
            "goals": [{"site": goal.site, "outcome": goal.outcome, "simulation": each}
                      for goal, each in found.studies_weight],
        },
        **({"optimism": found.optimism} if found.optimism is not None else {}),
        **_case(found),
        "ranges": {
            name: {"low": low.value, "low_whose": low.whose, "high": high.value, "high_whose": high.whose}
            for name, (low, high) in found.ranges.items()
        },
        "summary": sentences(found),
        "first_session": found.first.isoformat(),
        "today": found.today.isoformat(),
        "search": {"seed": found.seed, **found.search},
        "sources": [{"key": key, "for": ["plan"]} for key in sources(found)],
        "warnings": list(found.warnings),
    }  # fmt: skip


def _case(found: Plan) -> dict[str, Any]:
    """The recommended plan as a case, which other commands take."""
    return {} if found.recommended is None else {"case": case_of(found).document}


def case_of(found: Plan) -> Case:
    """The recommended plan as a case."""
    from neodermis.api.case import Case

    assert found.recommended is not None and found.adapted is not None
    return Case(
        plan=found.recommended.protocol, patient=found.adapted.patient, anaesthetic=found.consultation.plan.applied
    )


#: Unit of benefits and their differences.
_UNIT: Final = "smallest changes that matter"
#: The same where only the direction of every goal is modelled.
_BETTER: Final = "share better than untreated"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _flat(entries: Mapping[str, Any], flat: bool) -> Any:
    """Entries by site, or the only one."""
    return next(iter(entries.values()), {}) if flat else dict(entries)


def _plan_entry(found: Plan, one: Planned, flat: bool) -> dict[str, Any]:
    """A plan as JSON values."""
    return {
        "protocol": one.sentence,
        "kind": list(one.labels),
        "outcomes": _flat(
            {site: {name: _outcome_entry(name, each) for name, each in of.items()}
             for site, of in one.outcomes.items()},
            flat,
        ),
        "benefit_without_harm": _flat(
            {
                site: {name: {"day": one.outcomes[site][name].day, **each._asdict(), "without": ["scarring", "pih"]}
                       for name, each in of.items()}
                for site, of in one.without_harm.items()
            },
            flat,
        ),
        "risk": {"pih": one.pih._asdict(), "scar": one.scarring._asdict()},
        "burden": {name: value for name, value in one.burden.items() if value is not None},
        "benefit": {"unit": _UNIT if found.prospects else _BETTER, **one.benefit._asdict(),
                    "lower_tail": one.lower_tail, "expected": one.expected, "other_studies": list(one.spoken)},
        "why": list(one.why),
        "marginal_gain_per_session": [
            {"session": each.session, "unit": _UNIT, **each.gain._asdict(), "expected": each.mean}
            for each in one.marginal
        ],
        **({"stop_after": one.stop_after} if one.stop_after is not None else {}),
        "sessions": [
            {"session": number, "date": day.isoformat(), "treatments": [str(each) for each in session.passes],
             "end_point": one.end_point, "anaesthetic": one.anaesthetic}
            for number, (day, session) in enumerate(zip(one.dates, one.protocol.sessions, strict=True), 1)
        ],
        "failed": one.failed,
    }  # fmt: skip


def _prospect_entry(one: Prospect) -> dict[str, Any]:
    """Whether a change of a goal that matters is expected."""

    def entry(each: Reach) -> dict[str, Any]:
        limits = {each.limit: {"given": each.given, "needed": _rounded(each.needed)} for each in each.breaches}
        return {
            "protocol": each.protocol, "expected": each.expected, "probability": each.chance._asdict(),
            **({"beyond_limits": limits} if limits else {}),
        }  # fmt: skip

    return {
        "site": one.goal.site, "outcome": one.goal.outcome, "unit": OUTCOMES[one.goal.outcome].unit,
        "smallest_change": one.smallest, "expected": one.recommended.reached,
        "recommended": entry(one.recommended), "nearest": entry(one.nearest),
        **({"beyond": entry(one.beyond)} if one.beyond is not None else {}),
    }  # fmt: skip


def _outcome_entry(name: str, one: OutcomeForecast) -> dict[str, Any]:
    """An outcome of a plan; of one whose direction alone is modelled the share of members that are better."""
    about = {"unit": OUTCOMES[name].unit, "better": OUTCOMES[name].better, "day": one.day}
    if one.direction_only:
        return about | {"direction_only": one.direction_only, "better_share": one.better}
    return about | {
        **one.graded._asdict(),
        "untreated": one.untreated.median,
        "before": one.start._asdict(),
        "rater": "blinded" if OUTCOMES[name].raters else "instrument",
        "without_rater_bias": {
            **one.bare._asdict(),
            "untreated": one.bare_untreated,
            "at_12_months": one.bare_later._asdict(),
        },
        "at_12_months": one.later._asdict(),
    }


def _untreated(found: Plan, flat: bool) -> dict[str, Any]:
    """What doing nothing gives: the untreated outcomes of the recommended plan's days."""
    one = found.recommended
    if one is None:
        return {}
    outcomes = {
        site: {name: {"unit": OUTCOMES[name].unit, "day": each.day, **each.untreated._asdict()}
               for name, each in of.items() if not each.direction_only}
        for site, of in one.outcomes.items()
    }  # fmt: skip
    return {"outcomes": _flat(outcomes, flat), "risk": {"pih": 0.0, "scar": 0.0}, "burden": {"visits": 0, "minutes": 0}}


def _maintenance_entry(one: Maintenance) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "needed": one.needed,
        **({"interval_days": one.interval_days} if one.interval_days is not None else {}),
        "held": one.held._asdict(),
        "without": one.without._asdict(),
        **({"half_left_days": one.half_left._asdict()} if one.half_left is not None else {}),
        "losing_half": one.losing,
        "text": maintenance_text(one),
    }


def _decades(each: Iterable[Decade]) -> dict[str, Any]:
    from neodermis.planning.longterm import YEARS

    return {
        one.outcome: {
            "unit": "% of baseline",
            "years": list(YEARS),
            "courses": {name: [each._asdict() for each in rows] for name, rows in one.course.items()},
        }
        for one in each
    }


def _calendar(found: Plan) -> list[dict[str, Any]]:
    """Dated care of the recommended plan, as ``care`` has it; its sessions where the rules date none."""
    from neodermis.report.care import care_document

    done = found.care
    if found.recommended is None or done is None:
        return []
    if done.dated is None:
        return [{"from": day.isoformat(), "kind": "session", "text": f"session {number}"}
                for number, day in enumerate(found.recommended.dates, 1)]  # fmt: skip
    calendar: list[dict[str, Any]] = care_document(done.care, "practitioner")["calendar"]
    return calendar


def sources(found: Plan) -> tuple[str, ...]:
    """Keys of the sources of the ranges, the parameters and the rules."""
    from neodermis.planning.supported import supported

    if found.prescription is None or found.recommended is None:
        return tuple(dict.fromkeys(key for one in found.verdict.findings for key in one.rule.sources))
    keys: list[str] = []
    for device in found.recommended.protocol.devices:
        keys += device.sources
        keys += device.course.sources if device.course else ()
        for goal in found.prescription.goals:
            keys += supported(goal.concern or "any", device.kind).sources
    keys += [key for one in found.verdict.findings for key in one.rule.sources]
    return tuple(dict.fromkeys(keys))


# ------------------------------------------------------------------------------------------------- in words


def sentences(found: Plan) -> list[str]:
    """The answer in sentences, the recommendation first."""
    return list(_sentences(found))


def _sentences(found: Plan) -> Iterator[str]:
    one = found.recommended
    for refused in () if found.prescription is None else found.prescription.not_planned:
        published = f" Published: {refused.published}." if refused.published else ""
        where = f"{_concern(refused.concern)} at the {site_name(refused.site)}"
        yield f"{where} cannot be planned for. {refused.why}{published}"
    if one is None:
        yield f"No plan is recommended: {found.refusal}."
        yield from map(conflict_text, found.conflicts)
        return
    yield from prospect_sentences(found)
    yield f"Recommended: {one.sentence}."
    yield from one.why[:1]
    for site, of in one.outcomes.items():
        for name, each in of.items():
            yield _outcome_text(found, site, name, each, one)
    yield from _expected_text(found, one)
    yield _harm_text(one)
    if len(found.front) == 1:
        yield "No other plan has a larger benefit, a smaller risk or a smaller burden."
    elif found.told_apart:
        yield "It is better than every other plan on the trade-off by more than the forecast leaves open."
    else:
        yield (
            f"Evidence does not tell plans apart: of {len(found.front)} plans on the trade-off, "
            f"{len(found.indistinguishable)} differ from it by less than the smallest change that matters, or by a "
            f"difference whose 90 % interval includes 0. {told_apart()}"
        )
    yield from _session_sentences(found, one)
    yield from _addition_sentences(found, one)
    for site, kept in found.maintenance.items():
        yield f"{site_name(site).capitalize()}: {maintenance_text(kept)}"


def prospect_sentences(found: Plan) -> Iterator[str]:
    """What must be known before a plan is agreed: of which goals no change that matters is expected."""
    if found.recommended is None:
        return
    for one in found.doubtful:
        yield _prospect_text(one)
    for site, of in found.recommended.outcomes.items():
        for name, each in of.items():
            if each.direction_only:
                yield (
                    f"Whether any plan changes {_where(site, name)} by an amount that matters is not known: only the "
                    f"direction of its change is modelled ({each.direction_only})."
                )


def _prospect_text(one: Prospect) -> str:
    """Of a goal that the recommended plan is not expected to reach: how far off it is, and what comes nearest."""
    what = f"{_where(one.goal.site, one.goal.outcome)} by an amount that matters ({_smallest(one)})"
    mine, nearest = one.recommended, one.nearest
    its = (
        f"the recommended plan is expected to reach {_of_it(mine)}, with a probability of "
        f"{_chance_text(mine.chance)} of such a change"
    )
    same = nearest.protocol == mine.protocol
    if not nearest.expects:
        text = f"No plan within your limits is expected to change {what}: {its}."
        if same:
            text += " No other plan within the limits comes nearer."
    elif not mine.expects:
        text = f"The recommended plan is not expected to change {what}: {its}."
    else:
        return (
            f"Under the recommended plan, a change of {_where(one.goal.site, one.goal.outcome)} that matters "
            f"({_smallest(one)}) is less likely than not: its simulated probability is {_chance_text(mine.chance)}. "
            f"The expected change is {_of_it(mine)}, because other studies with such depths and numbers of sessions "
            "report more on average than the simulation gives."
        )
    if not same:
        text += (
            f" Nearest within the limits comes {nearest.protocol}: {_of_it(nearest)}, with a "
            f"probability of {_chance_text(nearest.chance)}."
        )
    if one.beyond is not None:
        text += (
            f" Beyond your limits, {one.beyond.protocol} is expected to reach {_of_it(one.beyond)}, "
            f"with a probability of {_chance_text(one.beyond.chance)}; it would need "
            f"{' and '.join(map(_needed, one.beyond.breaches))}."
        )
    return text


def _where(site: str, name: str) -> str:
    return f"{lower_first(OUTCOMES[name].label)} at the {site_name(site)}"


def _smallest(one: Prospect) -> str:
    unit = page_unit(OUTCOMES[one.goal.outcome].unit)
    if unit in ("grade", "point") and one.smallest != 1.0:
        unit += "s"
    return f"{number_text(one.smallest)} {unit}".rstrip()


def _of_it(one: Reach) -> str:
    """Expected gain, as a number of smallest changes that matter."""
    return f"{round(one.expected, 2) + 0.0:.2f} of it"


def _needed(one: Breach) -> str:
    """A limit that a plan breaks, and what it would have to be."""
    name, _, site = one.limit.partition(" ")
    label, _ = _LIMITS.get(name, ("needle depth (mm)", "mm"))
    place = f" at the {site_name(site)}" if site else ""
    return f"{number_text(one.needed)} {label}{place} instead of {number_text(one.given)}"


def _addition_sentences(found: Plan, one: Planned) -> Iterator[str]:
    """What could be changed beside the needles, and what of it could be seen."""
    unseen = []
    for change in found.additions:
        parts = [
            f"{lower_first(OUTCOMES[name].label)} at the {site_name(site)} by "
            f"{with_interval(gain, unit=_unit(name), signed=True)}"
            for (site, name), gain in change.changes.items()
            if not (shown := one.outcomes[site][name]).direction_only
            and (change.published or abs(gain.median) >= _SEEN * OUTCOMES[name].smallest(shown.start.median))
        ]
        if not change.changes:
            yield f"What {change.what} would do to a patch of pigment is not modelled."
        elif parts:
            published = f" Published: {lower_first(change.published)}" if change.published else ""
            yield (
                f"Beside the needles, {change.what} would change {' and '.join(parts)} a year after the last session, "
                f"as simulated.{published}"
            )
        elif any(not one.outcomes[site][name].direction_only for site, name in change.changes):
            unseen.append(change.what)
    if unseen:
        yield f"Beside the needles, {' or '.join(unseen)} would add nothing that could be seen within that year."
    yield from _unsized_sentences(one)


def _unsized_sentences(one: Planned) -> Iterator[str]:
    """Actives that are no part of a plan, since no study gives the size of their effect, and the study that would."""
    from neodermis.planning.additions import unsized

    meant: dict[tuple[str, ...], list[str]] = {}
    for of in one.outcomes.values():
        for name in of:
            labels = meant.setdefault(unsized(name), [])
            labels += [label for label in (lower_first(OUTCOMES[name].label),) if label not in labels]
    for actives, outcomes in meant.items():
        yield (
            f"Not part of any plan, since no size of their effect on what {' and '.join(outcomes)} "
            f"{'depends' if len(outcomes) == 1 else 'depend'} on is published: {', '.join(map(lower_first, actives))}. "
            "A controlled trial of needling with and without one of them that prints the change with its spread would "
            "give it."
        )


#: Share of the smallest change that matters below which a difference is not told by itself.
_SEEN: Final = 0.1


def _concern(name: str) -> str:
    from neodermis.people.concern import find_concern

    return find_concern(name).label


def _unit(name: str) -> str:
    unit = page_unit(OUTCOMES[name].unit)
    return f"{unit}s" if unit in ("grade", "point") else unit


def _outcome_text(found: Plan, site: str, name: str, each: OutcomeForecast, one: Planned) -> str:
    outcome = OUTCOMES[name]
    where = f"{outcome.label} at the {site_name(site)}"
    if each.direction_only:
        return (
            f"{where}, direction only: better than without treatment in {percent_text(each.better)} of draws and "
            f"people. The size is not given: {each.direction_only}."
        )
    whose = ", as a blinded rater would grade it" if outcome.raters and outcome.better == "lower" else ""
    chance = one.without_harm.get(site, {}).get(name)
    least = number_text(outcome.smallest(each.start.median))
    told = "" if chance is None else (
        f" A change that matters ({least}), without rater bias, without PIH and without a scar, in "
        f"{_chance_text(chance)} of people like this."
    )  # fmt: skip
    return (
        f"{where}: {number_text(each.start.median)} before; {with_interval(each.graded)} three months and "
        f"{with_interval(each.later)} twelve months after the last session{whose}; without treatment the same rater "
        f"would give {number_text(each.untreated.median)}. Without rater bias: {number_text(each.bare.median)}, and "
        f"{number_text(each.bare_untreated)} without treatment.{told}"
    )


def _chance_text(one: Chance) -> str:
    share = percent_text(one.probability) if one.probability > 0.0 else "less than 1 %"  # of finitely many members
    if _short(one.lower90) == _short(one.upper90):
        return share
    return f"{share} ({_short(one.lower90)} to {_short(one.upper90)} %)"


def _short(share: float) -> str:
    return number_text(100.0 * share)


def _expected_text(found: Plan, one: Planned) -> Iterator[str]:
    """What other studies add to the forecast, or why they do not."""
    pooled = [(goal, weight) for goal, weight in found.studies_weight if weight < 1.0]
    if not pooled:
        return
    simulated = with_interval(one.benefit)
    if one.spoken:
        spoken = ", ".join(
            f"{percent_text(weight)} for {lower_first(OUTCOMES[goal.outcome].label)}"
            for goal, weight in pooled if goal.outcome in one.spoken
        )  # fmt: skip
        yield (
            f"Expected benefit: {number_text(one.expected)} {_UNIT}, from the mean of other studies with such depths "
            f"and numbers of sessions, without rater bias, and from the simulation with a weight (λ) of {spoken}; the "
            f"simulation alone gives {simulated}."
        )
    else:
        yield (
            f"Expected benefit: {number_text(one.expected)} {_UNIT}, from the simulation ({simulated}) with its "
            "weight; the pooled studies used other depths or numbers of sessions, so that their mean says nothing of "
            "this plan."
        )


def _harm_text(one: Planned) -> str:
    return (
        f"PIH is expected in {_chance_text(one.pih)} of people like this and a scar in "
        f"{percent_text(one.scarring.probability)} (upper bound {_short(one.scarring.upper90)} %); most rates behind "
        "both are assumed."
    )


def _session_sentences(found: Plan, one: Planned) -> Iterator[str]:
    """Marginal gain, the stop rule, and what departing from the plan would change."""
    count = len(one.protocol.sessions)
    further = next((each for each in one.marginal if each.session == count + 1), None)
    if further is not None:
        low, high = number_text(further.gain.lower90), number_text(further.gain.upper90)
        yield (
            f"One more session would be expected to add {number_text(further.mean)} of the smallest change that "
            f"matters (90 % credible interval {low} to {high}): "
            f"stop after {counted(one.stop_after or count, 'session', 'sessions')} and measure three months later; "
            "`neodermis update` then tells what a further session would add."
        )
    if found.deviations:
        seen = [each for each in found.deviations if abs(each.difference.median) >= _SEEN]
        others = [each.what for each in found.deviations if each not in seen]
        if seen:
            parts = [f"{each.what} {number_text(each.difference.median, signed=True)}" for each in seen]
            yield f"Departing from the plan, in {_UNIT}: {'; '.join(parts)}."
        if others:
            yield f"Departing from it changes nothing that could be seen: {', '.join(others)}."


def maintenance_text(one: Maintenance) -> str:
    """Maintenance in a sentence."""
    from neodermis.planning.longterm import HELD_OVER, SHARE

    what = lower_first(OUTCOMES[one.outcome].label)
    if not one.needed:
        return (
            f"no maintenance is needed for {what}: {percent_text(max(one.without.median, 0.0))} of the gain is left "
            f"after {HELD_OVER} years."
        )
    lost = "" if one.half_left is None else (
        f" Without it, half of the gain is lost after {with_interval(one.half_left, unit='days')} in "
        f"{percent_text(one.losing)} of people like this."
    )  # fmt: skip
    if one.interval_days is None:
        return f"no interval of maintenance that was tried holds {percent_text(SHARE)} of the gain in {what}.{lost}"
    return (
        f"one session every {one.interval_days / 30.4:.0f} months holds {percent_text(SHARE)} of the gain in {what} "
        f"over {HELD_OVER} years (with it {percent_text(max(one.held.median, 0.0))} is left at least).{lost}"
    )


def conflict_text(one: Conflict) -> str:
    """A conflict of limits, and the least change that frees a plan."""
    name, _, site = one.limit.partition(" ")
    label, unit = _LIMITS.get(name, ("needle depth (mm)", "mm"))
    place = f" at the {site_name(site)}" if site else ""
    how = "This change alone frees a plan" if one.alone else "Together with the other changes this frees a plan"
    if name == "event":
        earlier = number_text(one.needed - one.given)
        begin = (
            f"It would have had to begin {earlier} days earlier, which is past: begin after the event. {how}"
            if one.past
            else f"Begin {earlier} days earlier or after the event. {how}"
        )
        return (
            f"The event comes {number_text(one.given)} days after the first session, and a plan needs "
            f"{number_text(one.needed)}. {begin}: {one.plan}."
        )
    return (
        f"The limit on {label}{place} is {number_text(one.given)} and would have to be {number_text(one.needed)} {unit}"
        f"".rstrip()
        + f". {how}: {one.plan}."
    )


# ------------------------------------------------------------------------------------------------- the page


def plan_page(found: Plan) -> Page:
    """Verdict, recommendation, plans side by side, sessions, further sessions, ten years."""
    page: list[Block] = [Heading("Treatment plan", 1), *answer(found)]
    if found.recommended is None:
        return [*page, Paragraph(DISCLAIMER)]
    return [
        *page, trade_off(found), side_by_side(found), *sessions(found), *gains(found),
        Fold("Ten years, and plans that cannot be told apart", [*ten_years(found), *indistinguishable(found)]),
        Paragraph(DISCLAIMER), Paragraph(effort(found), "foot"),
    ]  # fmt: skip


def answer(found: Plan) -> Iterator[Block]:
    """Recommendation, patient, verdict with what it asks for, and the answer in sentences."""
    one = found.recommended
    before = list(prospect_sentences(found))
    if before:
        yield Note(before, "Before a course is agreed", "stop")
    if one is not None:
        yield Paragraph(one.sentence, "lead")
    if found.adapted is not None:
        yield Paragraph(person_text(found.adapted.patient.said), "soft")
    yield Paragraph(f"Screening: {found.verdict.sentence()}", "soft")
    changes = [] if found.adapted is None else [*found.adapted.steps, *found.adapted.changes, *found.adapted.forecast]
    if changes:
        yield Note(changes, "What the screening rules ask for", "")
    yield Points([each for each in sentences(found) if each not in before], "lead")
    if one is None and found.prescription is None:
        yield from _screening(found)


def trade_off(found: Plan) -> Figure:
    """Figure of the plans on the trade-off, and of what is expected of them."""
    return Figure(lambda: plan_figure(found), ALTERNATIVE)


def front_table(found: Plan) -> Table:
    """The numbers of :func:`trade_off`: every plan on the trade-off, by its days of downtime."""
    each = sorted(zip(found.front_sentences, found.front, strict=True), key=lambda one: one[1].burden)
    kept = [one for one in each if not one[1].breaches] or each
    return Table(
        "Plans on the trade-off, as the search scored them",
        ("protocol", f"expected benefit, {_UNIT}", "days of downtime, all sessions", "PIH, % of people"),
        [
            (sentence, number_text(one.benefit), number_text(one.burden),
             number_text(100.0 * float(one.score.pih.mean())))
            for sentence, one in kept
        ],
    )  # fmt: skip


def side_by_side(found: Plan) -> Table:
    """Plans in columns."""
    return Table("Plans side by side (median, 90 % interval over draws and people)", *_side_by_side(found))


def sessions(found: Plan) -> Iterator[Block]:
    """Sessions of the recommended plan by date, and which settings lie at a limit."""
    one = found.recommended
    if one is None:
        return
    yield Table("Sessions", ("session", "date", "treatment", "end point", "anaesthesia"), [
        (str(number), day.isoformat(), "; ".join(map(str, session.passes)), one.end_point, one.anaesthetic)
        for number, (day, session) in enumerate(zip(one.dates, one.protocol.sessions, strict=True), 1)
    ])  # fmt: skip


def gains(found: Plan) -> Iterator[Block]:
    """Expected gain of each session, and the reasons for the plan beside the first."""
    one = found.recommended
    if one is None:
        return
    if one.marginal:
        yield Table(
            f"Expected gain of each session, in {_UNIT}, with the weight of differences between protocols",
            ("session", "gain, 90 % credible interval", "credited"),
            [(str(each.session), spread(each.gain), number_text(each.mean)) for each in one.marginal],
        )
    if one.why[1:]:
        yield Points(one.why[1:])


def ten_years(found: Plan) -> Iterator[Block]:
    """The decade after the course, by site and outcome."""
    for site, every in found.ten_years.items():
        for each in every:
            what = lower_first(OUTCOMES[each.outcome].label)
            yield Table(f"Ten years, {site_name(site)}: {what}, change in %", *_decade(each))


def indistinguishable(found: Plan) -> Iterator[Block]:
    """Plans that cannot be told apart from the recommended one."""
    if found.indistinguishable:
        yield Points([f"Cannot be told apart from it: {each}." for each in found.indistinguishable])


#: What the figure shows, in words.
ALTERNATIVE: Final = (
    "Above: predicted outcome of the recommended, gentle, standard and intensive plans with 90 % intervals beside no "
    "treatment, with PIH and downtime. Below: expected benefit of each plan on the trade-off against its days of "
    "downtime, coloured by the chance of PIH. The tables give the numbers."
)


def _screening(found: Plan) -> Iterator[Block]:
    from neodermis.report.pages import verdict_page

    yield from (block for block in verdict_page(found.verdict) if isinstance(block, Table))


def _side_by_side(found: Plan) -> tuple[list[str], list[tuple[str, ...]]]:
    """Header and rows: one column for each plan."""
    columns: list[tuple[str, Planned]] = []
    for each in found.alternatives:
        marks = " = ".join(_ROLES[label] for label in each.labels)
        same = found.recommended is not None and each.setting == found.recommended.setting
        columns.append((f"{marks} (recommended)" if same else marks, each))
    if found.recommended is not None and all(each.setting != found.recommended.setting for _, each in columns):
        columns.insert(0, ("Recommended", found.recommended))
    columns += [(each.labels[0].capitalize(), each) for each in found.compared_with.values() if each is not None]
    rows: list[tuple[str, ...]] = [("protocol", *(each.sentence for _, each in columns))]
    first = columns[0][1]
    for site, of in first.outcomes.items():
        for name, shown in of.items():
            label = f"{OUTCOMES[name].label}, {site_name(site)}"
            if shown.direction_only:
                cells = [f"better in {percent_text(each.outcomes[site][name].better)}" for _, each in columns]
                rows.append((f"{label} (direction only)", *cells))
                continue
            rows.append((f"{label}, 3 months", *(spread(each.outcomes[site][name].graded) for _, each in columns)))
            rows.append(("  12 months", *(spread(each.outcomes[site][name].later) for _, each in columns)))
            rows.append(("  without rater bias", *(spread(each.outcomes[site][name].bare) for _, each in columns)))
            rows.append(
                (
                    "  untreated, by the same rater",
                    *(spread(each.outcomes[site][name].untreated) for _, each in columns),
                )
            )
            chances = [each.without_harm.get(site, {}).get(name) for _, each in columns]
            rows.append((
                "  change that matters, without harm",
                *("" if each is None else _chance_text(each) for each in chances),
            ))  # fmt: skip
    if found.prospects:
        rows += [
            (f"expected benefit, {_UNIT}", *(number_text(each.expected) for _, each in columns)),
            ("  of the fifth with the least, simulated", *(number_text(each.lower_tail) for _, each in columns)),
        ]
    rows += [
        ("PIH", *(_chance_text(each.pih) for _, each in columns)),
        ("scar (upper bound)", *(
            f"{percent_text(each.scarring.probability)} ({_short(each.scarring.upper90)} %)" for _, each in columns
        )),
        ("downtime a session, days", *(spread(each.downtime) for _, each in columns)),
        ("pain, of 10", *(spread(each.pain) for _, each in columns)),
        ("visits", *(number_text(each.burden["visits"] or 0.0) for _, each in columns)),
        ("minutes a visit", *(number_text(each.burden["minutes"] or 0.0) for _, each in columns)),
    ]  # fmt: skip
    if any(each.burden["cost"] is not None for _, each in columns):
        rows.append(("cost", *("" if (cost := each.burden["cost"]) is None else f"{cost:g}" for _, each in columns)))
    return ["", *(name for name, _ in columns)], rows


def _decade(one: Decade) -> tuple[list[str], list[tuple[str, ...]]]:
    from neodermis.planning.longterm import YEARS

    header = ["", *(f"{counted(year, 'year', 'years')}" for year in YEARS)]
    return header, [(name, *(spread(each) for each in rows)) for name, rows in one.course.items()]


def effort(found: Plan) -> str:
    """Plans and courses that the search took, and its seed."""
    took = found.search
    ended = "" if took["finished"] else "; the search was ended early and shows the best so far"
    unit = _UNIT if found.prospects else "of the share that is better"
    optimism = "" if found.optimism is None else f"; optimism of the search {found.optimism:.3f} {unit}"
    return (
        f"{took['plans']} plans and {took['courses']} courses in {took['seconds']:.0f} s, "
        f"{100 * took['solver_share']:.0f} % of it in the solver; searched in {took['members']['search']} and "
        f"scored in {took['members']['scored']} draws and people; seed {found.seed}{optimism}{ended}."
    )


def tidy(found: Plan) -> tuple[int, list[str], list[list[object]]]:
    """Numbers of all plans as a table: plan, site, outcome, and the predicted values."""
    plans = [*found.alternatives, *(each for each in found.compared_with.values() if each is not None)]
    header = ["plan", "site", "outcome", "unit", "day", "median", "lower90", "upper90", "untreated"]
    return 4, header, [
        [each.sentence, site, name, OUTCOMES[name].unit, one.day, *one.graded, one.untreated.median]
        for each in plans
        for site, of in each.outcomes.items()
        for name, one in of.items()
        if not one.direction_only
    ]  # fmt: skip
