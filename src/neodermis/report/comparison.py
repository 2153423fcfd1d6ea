"""Reports of compared cases: outcomes, harm and burden with the intervals of differences, and effects of exposures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from neodermis.api.comparison import BURDEN, PARTS, YEAR, Change, Comparison
from neodermis.lazy import numpy as np
from neodermis.people.concern import answering, only_direction
from neodermis.report.common import Row, case_entries, page_unit, person_text, told_apart
from neodermis.report.course_figure import MAIN, concerns_of
from neodermis.simulation.course import Course
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Interval
from neodermis.wording import number_text, percent_text, spread, with_interval

#: First quantities of the burden → text around the number, and unit.
_BURDEN_TOLD: Final = {
    "visits": ("", "visits", ""),
    "minutes": ("", "minutes", " in the chair"),
    "downtime_days": ("downtime ", "days", ""),
    "pain_vas": ("pain ", "of 10", " at worst"),
}


# ------------------------------------------------------------------------------------------------- what is compared


def concerns(compared: Comparison) -> Mapping[str, object]:
    """Concerns of all compared patients, as given."""
    return {name: given for one in compared.courses for name, given in concerns_of(one).items()}


def headline(compared: Comparison, site: str, *, everything: bool = False) -> list[str]:
    """Main outcomes: those of the concerns, or the wrinkle grade without any, then papillary collagen."""
    shared = compared.outcomes(site)
    if everything:
        return list(shared)
    asked = concerns(compared)
    scales = answering(asked) if asked else answering({"wrinkle": ""})[:1]
    return [name for name in dict.fromkeys([*scales, MAIN]) if name in shared]


def _scaled(compared: Comparison, case: int, site: str, name: str, day: float, part: Any = "treated") -> Any:
    """An outcome on a day as reported: a state as % change from baseline, a measure in its unit."""
    then = compared.values(case, site, name, day, part)
    if OUTCOMES[name].kind != "state":
        return then
    return 100.0 * (then / compared.values(case, site, name, 0.0, part) - 1.0)


def _unit(name: str, *, difference: bool = False) -> str:
    if OUTCOMES[name].kind == "state":
        return "percentage points" if difference else "%"
    return "" if OUTCOMES[name].unit in ("1", "grade", "point") else OUTCOMES[name].unit


def _directed(compared: Comparison, name: str) -> str:
    """Reason why the size of an outcome is not reported; empty where it is."""
    return only_direction(name, concerns(compared))


# ------------------------------------------------------------------------------------------------- sentences


def comparison_sentences(compared: Comparison) -> Iterator[str]:
    """Summary sentences: outcomes, then harm and burden; for exposures also the long-term effect of each change."""
    if compared.exposures:
        yield from exposure_sentences(compared)
    many = len(compared.base.sites) > 1
    for site in compared.base.sites:
        where = f"{site}: " if many else ""
        for name in headline(compared, site):
            if not _directed(compared, name):
                yield where + _answer(compared, site, name)
        if any(compared.scarring_risk(case, site) for case in range(len(compared.labels))):
            told = ", ".join(
                f"{percent_text(compared.scarring_risk(case, site))} of the draws with {label}"
                for case, label in enumerate(compared.labels)
            )
            yield f"{where}Courses that end in a scar: {told}."
        told = ", ".join(
            f"{with_interval(Interval.of(compared.pih(case, site)), scale=100, unit='%')} with {label}"
            for case, label in enumerate(compared.labels)
        )
        yield f"{where}Post-inflammatory hyperpigmentation (PIH), share of people like this: {told}."
    if not compared.exposures:
        for case, label in enumerate(compared.labels):
            cost = compared.burden(case)
            told = ", ".join(
                f"{before}{with_interval(Interval.of(cost[name]), unit=unit)}{after}"
                for name, (before, unit, after) in _BURDEN_TOLD.items()
            )
            yield f"Burden of {label}: {told}."
    share = 100 * compared.base.ledger.assumed_share
    yield (
        f"{share:.0f} % of the {len(compared.base.ledger.parameters)} parameters are assumed; "
        "the cases share every draw."
    )
    yield told_apart()


def _answer(compared: Comparison, site: str, name: str) -> str:
    outcome, first = OUTCOMES[name], compared.labels[0]
    state = outcome.kind == "state"
    told, apart = [], []
    for case, label in enumerate(compared.labels):
        value = Interval.of(_scaled(compared, case, site, name, compared.day))
        told.append(f"{label} {with_interval(value, unit=_unit(name), signed=state)}")
        if case:
            further = _apart(compared, case, site, name)
            words = with_interval(further, unit=_unit(name, difference=True), signed=True)
            apart.append(f"{label} − {first} {words}")
    scale = f" ({outcome.range[0]:g} to {outcome.range[1]:g}, {outcome.better} is better)" if outcome.range else ""
    change = ", change from before treatment" if state else ""
    return f"{outcome.label}{scale}{change}, day {compared.day:g}: {'; '.join(told)}. Difference: {'; '.join(apart)}."


def _apart(compared: Comparison, case: int, site: str, name: str, *, untreated: bool = False) -> Interval:
    """Difference from the first case, or from no treatment, as reported."""
    mine = _scaled(compared, case, site, name, compared.day)
    if untreated:
        return Interval.of(mine - _scaled(compared, case, site, name, compared.day, "untreated"))
    return Interval.of(mine - _scaled(compared, 0, site, name, compared.day))


def exposure_sentences(compared: Comparison) -> Iterator[str]:
    """Summary sentences on the effect of a change of exposure."""
    base, last = compared.base, compared.end
    for site in base.sites:
        where = f"{site}: " if len(base.sites) > 1 else ""
        for change in compared.changes:
            told = []
            for part in PARTS:
                adds = [compared.added(change, site, MAIN, day, part) for day in compared.looked_at]
                told.append(f"{part} " + " and ".join(percent_added(one) for one in adds))
            after = " and ".join(map(_after, compared.looked_at))
            yield f"{where}Effect of {change.label} on papillary collagen after {after}: {'; '.join(told)}."
        now = compared.kept(None, site, MAIN)
        kept = "; ".join(f"{_days(compared.kept(c, site, MAIN), last, base)} with {c.label}" for c in compared.changes)
        yield (
            f"{where}At least half of the peak gain remains for {_days(now, last, base)} after the last session "
            f"{compared.labels[0]}; {kept}."
        )


def _after(day: float) -> str:
    return {YEAR: "one year", 10.0 * YEAR: "ten years"}.get(day, f"{day:g} days")


def percent_added(interval: Interval) -> str:
    """An added share in %, signed, with its 90 % interval."""
    return with_interval(interval, scale=100.0, unit="%", signed=True)


def _days(interval: Interval, last: float, base: Course) -> str:
    end = last - max(base.protocol.session_days)
    texts = [f"{'more than ' if value >= end - 1 else ''}{number_text(value / 30.4)}" for value in interval]
    if interval.lower90 == interval.upper90:
        return f"{texts[0]} months"
    return f"{texts[0]} months (90 % credible interval {texts[1]} to {texts[2]})"


# ------------------------------------------------------------------------------------------------- tables


def comparison_tables(compared: Comparison, *, everything: bool = False) -> Iterator[tuple[str, Row, list[Row]]]:
    """Title, header and rows: outcomes at each site, harm, burden; for exposures the effect of each change."""
    first = compared.labels[0]
    for site in compared.base.sites:
        if compared.exposures:
            yield f"Effect of each change, {site} (median, 90 % credible interval)", *exposure_table(compared, site)
        rows: list[Row] = []
        for name in headline(compared, site, everything=everything):
            outcome = OUTCOMES[name]
            if _directed(compared, name):
                rows.append((outcome.label, "direction only", *[""] * 5, outcome.better))
                continue
            state = outcome.kind == "state"
            unit = "% change" if state else _unit(name)
            for case, label in enumerate(compared.labels):
                before = spread(Interval.of(compared.values(case, site, name, 0.0)))
                cells = [
                    f"{before} {page_unit(outcome.unit)}" if state else before,
                    spread(Interval.of(_scaled(compared, case, site, name, compared.day))),
                    spread(_apart(compared, case, site, name)) if case else "",
                    spread(_apart(compared, case, site, name, untreated=True)),
                ]
                named = (outcome.label, unit) if not case else ("", "")
                rows.append((*named, label, *cells, "" if case else outcome.better))
        header = (
            "outcome", "unit", "case", "before", f"day {compared.day:g}", f"difference from {first}",
            "difference from no treatment", "better",
        )  # fmt: skip
        yield f"Answers, {site} (median, 90 % credible interval)", header, rows
    risks: list[Row] = []
    for site in compared.base.sites:
        for case, label in enumerate(compared.labels):
            risks.append((site if not case else "", label, percent_text(compared.scarring_risk(case, site))))
    yield "Harm: share of the draws that end in a scar", ("site", "case", "scarring"), risks
    if not compared.exposures:
        yield "Burden (median, 90 % credible interval)", *burden_table(compared)


def burden_table(compared: Comparison) -> tuple[Row, list[Row]]:
    """Burden of the visits of each case, and the difference from the first."""
    costs = [compared.burden(case) for case in range(len(compared.labels))]
    header = (
        "quantity", *compared.labels, *(f"{label} − {compared.labels[0]}" for label in compared.labels[1:])
    )  # fmt: skip
    rows: list[Row] = []
    for name, (what, unit) in BURDEN.items():
        told = [spread(Interval.of(cost[name])) for cost in costs]
        apart = [spread(Interval.of(cost[name] - costs[0][name])) for cost in costs[1:]]
        rows.append((what if unit == "1" else f"{what}, {unit}", *told, *apart))
    return header, rows


def exposure_table(compared: Comparison, site: str) -> tuple[Row, list[Row]]:
    """Table of the effect of each change on collagen (%), untreated and treated, by year."""
    days = compared.looked_at
    names = (MAIN, "collagen_total")
    header = (
        "change",
        "part",
        *(f"{OUTCOMES[name].label}, {_after(day)}" for name in names for day in days),
    )
    rows: list[Row] = []
    for change in compared.changes:
        for part in PARTS:
            cells = [
                spread(Interval(*(100 * v for v in compared.added(change, site, name, day, part)))) + " %"
                for name in names
                for day in days
            ]
            rows.append((change.label, part, *cells))
    return header, rows


def case_lines(compared: Comparison) -> Iterator[str]:
    """Description of each case; common properties are given once."""
    people = [person_text(one.patient.said) for one in compared.cases]
    for label, one, person in zip(compared.labels, compared.courses, people, strict=True):
        if compared.exposures:
            yield f"{one.protocol.sentence}"
            break
        yield f"{label}: {one.protocol.sentence}" + (f"; {person}" if compared.across_patients else "")
    if not compared.across_patients:
        yield people[0]


# ------------------------------------------------------------------------------------------------- document


def comparison_document(compared: Comparison) -> dict[str, Any]:
    """The JSON document of ``compare``: cases, differences from the first, harm and burden."""
    base, many = compared.base, len(compared.base.sites) > 1

    def by_site(of: Any) -> Any:
        found = {site: of(site) for site in base.sites}
        return found if many else next(iter(found.values()))

    def differences(case: int) -> Any:
        return by_site(lambda site: {name: _difference(compared, case, site, name) for name in compared.outcomes(site)})

    rests_on = [one.ledger.sources for one in compared.courses]
    later = {
        label: differences(case) for case, label in enumerate(compared.labels) if case > 1
    }  # every case but the second, which ``difference`` holds
    return {
        "neodermis": base.ledger.versions["neodermis"],
        "command": "compare",
        **case_entries(base.protocol, base.ledger.case),
        "draws": base.ledger.draws,
        "seed": base.ledger.seed,
        "assumed_share": base.ledger.assumed_share,
        "summary": list(comparison_sentences(compared)),
        "day": compared.day,
        "across_patients": compared.across_patients,
        "cases": [
            {
                "label": label,
                "headline": by_site(lambda site: headline(compared, site)),
                **case_entries(one.protocol, one.ledger.case),
                "outcomes": by_site(
                    lambda site, case=case: {
                        name: _of_case(compared, case, site, name) for name in compared.outcomes(site)
                    }
                ),
                "failed": one.failed,
            }
            for case, (label, one) in enumerate(zip(compared.labels, compared.courses, strict=True))
        ],
        "difference": differences(1),
        **({"differences": {compared.labels[1]: differences(1), **later}} if later else {}),
        "harm": [
            {
                "case": label,
                **({"scarring_risk": by_site(lambda site, case=case: compared.scarring_risk(case, site))}
                   if base.ledger.draws > 1 else {}),
                "pih_probability": by_site(
                    lambda site, case=case: Interval.of(compared.pih(case, site))._asdict()
                ),
            }
            for case, label in enumerate(compared.labels)
        ],
        "burden": [_burden(compared, case) for case in range(len(compared.labels))],
        **(_exposures(compared) if compared.exposures else {}),
        "sources": [
            {"key": key, "for": list(dict.fromkeys(w for sources in rests_on for w in sources.get(key, ())))}
            for key in dict.fromkeys(key for sources in rests_on for key in sources)
        ],
        "warnings": list(compared.warnings),
        "failed": compared.failed,
    }  # fmt: skip


def _difference(compared: Comparison, case: int, site: str, name: str) -> dict[str, Any]:
    why = _directed(compared, name)
    return {
        "day": compared.day, "unit": OUTCOMES[name].unit, **compared.difference(case, site, name)._asdict(),
        **({"direction_only": why} if why else {}),
    }  # fmt: skip


def _of_case(compared: Comparison, case: int, site: str, name: str) -> dict[str, Any]:
    """An outcome of a case: baseline, on the day, untreated on that day, and the difference from no treatment."""
    day = compared.day
    return {
        "unit": OUTCOMES[name].unit,
        "better": OUTCOMES[name].better,
        "baseline": float(np.median(compared.values(case, site, name, 0.0))),
        "day": day,
        **Interval.of(compared.values(case, site, name, day))._asdict(),
        "untreated": Interval.of(compared.values(case, site, name, day, "untreated"))._asdict(),
        "against_untreated": compared.against_untreated(case, site, name)._asdict(),
    }


def _burden(compared: Comparison, case: int) -> dict[str, Any]:
    cost, first = compared.burden(case), compared.burden(0)
    found: dict[str, Any] = {"case": compared.labels[case], "visits": int(cost["visits"][0])}
    found |= {name: Interval.of(values)._asdict() for name, values in cost.items() if name != "visits"}
    if case:
        found["difference"] = {name: Interval.of(cost[name] - first[name])._asdict() for name in cost}
    return found


def _exposures(compared: Comparison) -> dict[str, Any]:
    """Effect of each change of exposure, untreated and treated, by year, and the time to half of the peak gain."""

    def entry(change: Change, site: str) -> dict[str, Any]:
        return {
            "change": change.label,
            "added": {
                name: {
                    part: {
                        f"{day / YEAR:g}": compared.added(change, site, name, day, part)._asdict()
                        for day in compared.looked_at
                    }
                    for part in PARTS
                }
                for name in (MAIN, "collagen_total", "dermal_thickness")
            },
            "half_left_days": compared.kept(change, site, MAIN)._asdict(),
            "failed": change.course.failed,
        }

    sites = compared.base.sites
    return {
        "half_left_days": {site: compared.kept(None, site, MAIN)._asdict() for site in sites},
        "compare_exposure": {site: [entry(change, site) for change in compared.changes] for site in sites},
    }


def comparison_frame(compared: Comparison) -> tuple[list[str], list[list[object]]]:
    """One row for each site, day, outcome and case: median and 90 % interval, untreated, and both differences."""
    of = ("", "untreated_", "difference_", "against_untreated_")
    header = ["site", "case", "day", "outcome", "unit", *(f"{part}{edge}" for part in of for edge in Interval._fields)]
    rows: list[list[object]] = []

    def bands(values: Any) -> Any:
        return np.quantile(values, (0.5, 0.05, 0.95), axis=0)

    for site in compared.base.sites:
        for name in compared.outcomes(site):
            first = compared.values(0, site, name, compared.time_day)
            for case, label in enumerate(compared.labels):
                treated = compared.values(case, site, name, compared.time_day)
                bare = compared.values(case, site, name, compared.time_day, "untreated")
                columns = np.concatenate([bands(each) for each in (treated, bare, treated - first, treated - bare)])
                rows += [
                    [site, label, float(day), name, OUTCOMES[name].unit, *map(float, columns[:, k])]
                    for k, day in enumerate(compared.time_day)
                ]
    return header, rows
