"""Report of a course: summary sentences, tables, the JSON document, files, the figure and the HTML page.

Every number is taken from the course; nothing is computed here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from neodermis.api.observation import StudyForecast, graded, study_forecast
from neodermis.arrays import read_at
from neodermis.documents import replacing
from neodermis.evidence.reported import counted_people, reported
from neodermis.lazy import numpy as np
from neodermis.people.concern import answering, find_concern, only_direction
from neodermis.report import results
from neodermis.report.common import Row, case_entries, page_unit, plain_list, run_entries, told_apart
from neodermis.report.course_figure import MAIN, concerns_of, number_of_people, write_plot
from neodermis.report.injury import reaction_sentences, session_entry
from neodermis.simulation.course import FOLLOW_UP, LOOK, Course, Observed, SiteCourse
from neodermis.simulation.session import Interval
from neodermis.skin.cascade import declarations
from neodermis.skin.outcomes import NOT_MODELLED, OUTCOMES
from neodermis.uncertain import Band
from neodermis.wording import counted, lower_first, number_text, percent_text, signed_text, spread, with_interval

# ----------------------------------------------------------------------------------------------- plain sentences


def sentences(course: Course) -> list[str]:
    """Summary sentences, the most important first; outcomes that are not modelled are left out."""
    return [
        *answer_sentences(course), *session_sentences(course), *collagen_sentences(course),
        *observed_sentences(course), *basis_sentences(course),
    ]  # fmt: skip


def answer_sentences(course: Course) -> list[str]:
    """Benefit and harm, side by side; what cannot be answered first."""
    return [*unanswered(course), *_of_sites(course, _scale_sentences)]


def session_sentences(course: Course) -> list[str]:
    """Chair time, reactions and closure after a session."""
    return [*_of_sites(course, _session_sentences)]


def collagen_sentences(course: Course) -> list[str]:
    """Papillary collagen over time."""
    return [*_of_sites(course, _collagen_sentences)]


def observed_sentences(course: Course) -> Iterator[str]:
    """What the study of an arm observed, and what is predicted of it."""
    lines: list[str] = []
    asked = [row for row in course.observed if row.verdict != "not asked"]
    for row in asked:
        about = (
            f"{measured_as(row)}, day {row.finding.day:g}{number_of_people(row.finding.counted)}, {_JUDGED[row.rater]}"
        )
        verdict = _VERDICTS[row.verdict]
        lines.append(
            f"{row.study} observed {published_text(row)} ({about}); the predicted study result is "
            f"{predicted_text(row)}{verdict}."
        )
    if len(asked) < len(course.observed):
        left = counted(
            len(course.observed) - len(asked), "other result of the study is", "other results of the study are"
        )
        lines.append(f"{left} not predicted; the table below gives the reasons.")
    yield from lines


def _of_sites(course: Course, of_site: Callable[[SiteCourse, Course], Iterator[str]]) -> Iterator[str]:
    """Sentences on each site, which they name where there are several."""
    for name, site in course.sites.items():
        yield from (f"{name}: {line}" if len(course.sites) > 1 else line for line in of_site(site, course))


def basis_sentences(course: Course) -> list[str]:
    """What the uncertainty comes from, and what the forecast rests on."""
    return [*_of_sites(course, _driver_sentences), *_assumed_sentences(course)]


def _assumed_sentences(course: Course) -> Iterator[str]:
    parameters = course.ledger.parameters
    assumed = sum(p.assumed for p in parameters)
    yield (
        f"{100 * course.ledger.assumed_share:.0f} % of the {len(parameters)} parameters ({assumed}) are assumed: "
        "no measurement fixes them, and their spread is a judgement."
    )
    yield from _of_sites(course, _variance_sentences)
    yield told_apart()
    if course.ledger.draws == 1:
        yield "A single course with central parameter values: without draws there are no intervals."


def _session_sentences(site: SiteCourse, course: Course) -> Iterator[str]:
    """Chair time, reactions and closure after the first session of each phase."""
    phases = [one.phase for one in course.protocol.sessions if site.site in {pass_.site for pass_ in one.passes}]
    firsts = {phase: site.sessions[phases.index(phase)] for phase in phases}
    for phase, first in firsts.items():
        of_phase = f" of phase {phase + 1}" if len(course.protocol.phases) > 1 else ""
        numbing = "including topical anaesthesia" if first.anaesthetic == "topical" else "without anaesthesia"
        yield f"A session{of_phase} takes {with_interval(first.minutes, unit='minutes')} in the chair, {numbing}."
        yield from reaction_sentences(first, f" after the first session{of_phase}")
        if first.closure_hours["barrier"].median > 0:
            closed = (with_interval(first.closure_hours[name], unit="hours") for name in ("geometric", "barrier"))
            yield "The channels are closed after {} and the barrier has recovered after {}.".format(*closed)


def _collagen_sentences(site: SiteCourse, course: Course) -> Iterator[str]:
    threshold = OUTCOMES[MAIN].smallest_change
    day, share = site.first_change(threshold)
    size, peak_day = site.peak()
    percent = f"{100 * threshold:.0f} %"
    if day is None:
        every = " in every draw" if course.ledger.draws > 1 else ""
        yield (
            f"No change that matters: papillary collagen stays within {percent} of untreated skin{every} "
            f"(largest gain {with_interval(size, scale=100, unit='%', signed=True)})."
        )
        yield from _people_sentence(site)
        return
    shows = (
        f"papillary collagen is first {percent} above untreated skin, the smallest change assumed to matter, "
        f"on day {with_interval(day)}"
    )
    never = f"In {percent_text(1 - share)} of the draws this change is not reached"
    if share >= 0.5:
        yield f"{shows[0].upper()}{shows[1:]}." + (f" {never}." if share < 0.995 else "")
    else:
        yield f"In {percent_text(1 - share)} of the draws no change matters; in the others {shows}."
    top = with_interval(size, scale=100, unit="%", signed=True)
    against = "in papillary collagen, relative to untreated skin"
    last = float(site.time_day[-1])
    if site.gain().argmax(axis=1).tolist().count(len(site.time_day) - 1) >= len(site.gain()) / 2:
        yield f"The gain is still rising on the last day ({last:g}), at {top} {against}."
    else:
        early = peak_day.median <= site.last_session_day and last < site.last_session_day + 30
        yield f"The gain peaks on day {with_interval(peak_day)} at {top} {against}" + (
            "; the course ends before the last session can contribute." if early else "."
        )
    for months, days in ((6, 180.0), (12, 365.0)):
        left = site.left(days)
        if left is not None:
            kept = with_interval(left, scale=100, unit="%")
            over = "" if share >= 0.995 else f", in the {percent_text(share)} of the draws with a gain that matters"
            yield f"{months} months after the last session {kept} of that gain remains{over}."
    yield from _people_sentence(site)


def _driver_sentences(site: SiteCourse, course: Course) -> Iterator[str]:
    drivers = site.drivers(course.ledger.parameters)
    if drivers:
        meanings = {name: declaration.meaning for name, (_, declaration) in declarations().items()}
        parts = [
            f"{meanings.get(d.name, _plain(d.name))} ({d.status}, rank correlation {d.correlation:+.2f})"
            for d in drivers
        ]
        yield f"Main sources of uncertainty in the gain: {'; '.join(parts)}."


def unanswered(course: Course) -> Iterator[str]:
    """Concerns of the patient that this version cannot answer, with published results in place of a prediction."""
    given = concerns_of(course)
    for kind in (find_concern(name) for name in given):
        if kind.cannot_answer:
            found = [one.sentence for name in kind.answers if (one := reported(name)) is not None]
            told = "; ".join(found) if found else "the evidence of this version contains no result on it"
            yield (
                f"This version cannot predict the effect of needling on {lower_first(kind.label)}. "
                f"{kind.cannot_answer} Published: {told}."
            )


def pih_sentence(site: SiteCourse) -> str:
    """Probability of post-inflammatory hyperpigmentation after the course, beside what studies report."""
    found = reported("pih_probability")
    told = "" if found is None else f"; {found.sentence} (sources: {', '.join(found.sources)})"
    share = with_interval(Interval.of(site.pih), scale=100, unit="%")
    return (
        f"{OUTCOMES['pih_probability'].label}: expected in {share} of people like this at some time in the course. "
        f"Most rates that determine this risk are assumed{told}."
    )


def _scale_sentences(site: SiteCourse, course: Course) -> Iterator[str]:
    """Grade on the first scale of each concern, 60 and 365 days after the last session.

    Without a concern, the wrinkle grade is reported.
    """
    concerns = concerns_of(course) or {"wrinkle": ""}
    firsts = [
        next((name for name in answering({concern: given}) if name in site.values), None)
        for concern, given in concerns.items()
    ]
    for name in dict.fromkeys(name for name in firsts if name is not None):
        yield from _scale_sentence(site, course, name)
    yield pih_sentence(site)
    if site.scarring_risk and course.ledger.draws > 1:
        seen = counted_people("scarring_risk")
        yield (
            f"Scarring: in {percent_text(site.scarring_risk)} of the draws the course ends in a scar (persistent "
            f"myofibroblasts). The rates that determine this risk are assumed"
            + (f"; published studies of needling report scars in {seen}." if seen is not None else ".")
        )


def _scale_sentence(site: SiteCourse, course: Course, name: str) -> Iterator[str]:
    outcome, day = OUTCOMES[name], site.last_session_day + LOOK
    end = float(site.time_day[-1])
    if day > end:
        return
    values = site.values[name]
    later = [(LOOK, site.at(name, day))]
    if site.last_session_day + FOLLOW_UP <= end:
        later.append((FOLLOW_UP, site.at(name, site.last_session_day + FOLLOW_UP)))
    why = only_direction(name, concerns_of(course))
    if why:
        told = ", ".join(
            f"{_direction_words(then - values[:, 0], values[:, 0])} {ago:g} days after the last session"
            for ago, then in later
        )
        yield f"{outcome.label}, direction only: {told}. The size is not given: {why}."
        return
    scale = "" if outcome.range is None else f" ({outcome.range[0]:g} to {outcome.range[1]:g})"
    bare = number_text(float(np.median(read_at(day, site.time_day, site.untreated[name]))))
    by = {
        rater: [
            (ago, graded(site, name, rater, site.last_session_day + ago, course.ledger.parameters)) for ago, _ in later
        ]
        for rater in ("blinded", "unblinded")
    }
    rated = by["blinded"][0][1] is not None
    shown = by["blinded"] if rated else later
    after = " and ".join(
        f"{with_interval(Interval.of(then))} at {ago:g} days" for ago, then in shown if then is not None
    )
    whose = ", without rater bias"
    if rated:
        others = "; ".join(
            f"{who}, {number_text(float(np.median(then)))}"
            for who, then in (("without rater bias", later[0][1]), ("by an unblinded rater", by["unblinded"][0][1]))
            if then is not None
        )
        whose = (
            f", as a blinded rater would grade it (at {LOOK:g} days {others}; published studies do not tell rater bias "
            "from biology)"
        )
    yield (
        f"{outcome.label}{scale}: {with_interval(Interval.of(values[:, 0]))} before treatment, {after} after the last "
        f"session (untreated: {bare}){whose}."
    )
    sign = 1.0 if outcome.better == "higher" else -1.0
    gained = [sign * float(np.median(then - values[:, 0])) for _, then in later]
    seen = gained[0] >= outcome.smallest(float(np.median(values[:, 0]))) / 2.0
    if len(gained) == 2 and seen and gained[1] < gained[0] / 2.0:
        yield f"Relapse: {FOLLOW_UP:g} days after the last session less than half of this change remains."
    expected = study_forecast(site, course.protocol, name, "unblinded", day, course.ledger.parameters)
    if expected is not None and len(values) > 1:
        yield study_forecast_text(expected)
    better = site.improved(name, day)
    least = number_text(outcome.smallest(float(np.median(values[:, 0]))))
    if outcome.better == "neither":
        return
    if len(values) > 1:
        some, safe = percent_text(float(np.mean(better))), percent_text(site.benefit_without_harm(name, day))
        yield (
            f"Improvement by at least {least} without rater bias and without a scar: in {some} of the draws. "
            f"Without a scar and without PIH: {safe}."
        )
    else:
        yield f"Improvement by at least {least} without a scar: {'yes' if better[0] else 'no'}, in the central course."
    share = site.responders(name, day)
    if share is not None:
        yield (
            f"Responder rate, with reading error but without rater bias: {percent_text(share)} of people improve by at "
            f"least {least} without a scar."
        )


def _direction_words(change: Any, start: Any) -> str:
    words = {"rises": "higher", "falls": "lower", "same": "unchanged", "unsure": "uncertain"}
    return words[_direction(change, start)]


def _people_sentence(site: SiteCourse) -> Iterator[str]:
    """Between-person variability on the day of the largest median change, or on the last day without a gain."""
    if MAIN in site.people_change_band:
        people = site.people_change_band[MAIN]
        day = int(people.median.argmax()) or -1
        low, middle, high = (number_text(100 * (edge[day] - 1), signed=True) for edge in people)
        yield (
            f"Between-person variability at central parameter values: papillary collagen changes by {low} to {high} % "
            f"(median {middle} %) from baseline by day {number_text(site.time_day[day])} in 90 % of people."
        )


def _plain(name: str) -> str:
    words = {"needle_diameter_mm": "needle diameter", "frequency_hz": "stroke rate", "set_depth_mm": "set depth"}
    return words.get(name, name.removesuffix("_mm").replace("_", " "))


# ----------------------------------------------------------------------------------------------- JSON and tables


def document(course: Course) -> dict[str, Any]:
    """The JSON document of ``simulate``."""
    ledger = course.ledger
    outcomes = {
        name: _outcome_entries(
            course, site.values, {"people": site.people_band, "people_change": site.people_change_band}
        )
        for name, site in course.sites.items()
    }
    untreated = {
        name: _outcome_entries(course, site.untreated, {"people": site.people_untreated_band})
        for name, site in course.sites.items()
    }
    phases = {name: [p._asdict() for p in site.phases] for name, site in course.sites.items()}
    one = next(iter(course.sites)) if len(course.sites) == 1 else None
    kept = [observed_entry(row) for row in course.observed]
    return {
        "neodermis": ledger.versions["neodermis"],
        "command": "simulate",
        **case_entries(course.protocol, ledger.case),
        "people": ledger.people,
        **run_entries(ledger),
        "numerical_error": max(site.numerical_error for site in course.sites.values()),
        "summary": sentences(course),
        "time_day": course.time_day.tolist(),
        "outcomes": outcomes[one] if one else outcomes,
        "untreated": untreated[one] if one else untreated,
        "phases": phases[one] if one else phases,
        "not_modelled": {name: not_modelled_entry(name) for name in NOT_MODELLED},
        **_risks(course, one),
        **_benefits(course, one),
        **_responders(course, one),
        **_raters(course, one),
        **_study_forecasts(course, one),
        **_variance_assumed(course, one),
        "sessions": [
            session_entry(session)
            for session in sorted((s for site in course.sites.values() for s in site.sessions), key=lambda s: s.day)
        ],
        **({"observed": [row for row in kept if row["verdict"] != "not asked"]} if kept else {}),
        **({"not_asked": [row for row in kept if row["verdict"] == "not asked"]} if kept else {}),
        "failed": course.failed,
        **({"failures": course.failures} if course.failed else {}),
    }  # fmt: skip


def study_forecast_text(found: StudyForecast) -> str:
    """What a study would print, from other studies and from this simulation, with the weight of the simulation."""
    return (
        f"Studies of this protocol with an {found.rater} rater, whose bias is in the number, are expected to report "
        f"{_change(found.forecast)} on average: other studies, whatever their protocol, report "
        f"{_change(found.other_studies)} and the simulation gives {_change(found.simulated)}, with a weight of "
        f"{percent_text(found.weight)} (λ), learnt from studies that were left out."
    )


def _change(found: Interval) -> str:
    return with_interval(Interval(*(float(f"{value:.2g}") for value in found)), unit="%")


def _variance_sentences(site: SiteCourse, course: Course) -> Iterator[str]:
    """What the width of the intervals rests on, of the outcomes of the concerns and of papillary collagen."""
    names = [*(name for name in answering(concerns_of(course)) if not only_direction(name, concerns_of(course))), MAIN]
    found = {name: site.variance_assumed[name] for name in names[:2] + names[-1:] if name in site.variance_assumed}
    if found:
        shares = ", ".join(
            f"{percent_text(share)} of {lower_first(OUTCOMES[name].label)}" for name, share in found.items()
        )
        yield f"Of the variance of this forecast, {LOOK:g} days after the last session, assumed numbers make {shares}."


def _variance_assumed(course: Course, one: str | None) -> dict[str, Any]:
    """Share of the variance that rests on assumed numbers, by outcome."""
    found = {key: dict(site.variance_assumed) for key, site in course.sites.items()}
    if not any(found.values()):
        return {}
    return {"variance_assumed": found[one] if one else found}


def _study_forecasts(course: Course, one: str | None) -> dict[str, Any]:
    """What a study would print of the graded outcomes of the concerns, 60 days after the last session."""
    found: dict[str, Any] = {}
    for key, site in course.sites.items():
        day = site.last_session_day + LOOK
        if len(site.values[MAIN]) == 1 or day > site.time_day[-1]:
            continue
        found[key] = {}
        for name in answering(concerns_of(course)):
            if name not in site.values or only_direction(name, concerns_of(course)):
                continue
            expected = study_forecast(site, course.protocol, name, "unblinded", day, course.ledger.parameters)
            if expected is not None:
                parts = ("forecast", "other_studies", "simulated")
                found[key][name] = {
                    "rater": expected.rater, "day": day, "unit": "% of baseline",
                    **{part: getattr(expected, part)._asdict() for part in parts}, "mechanism_weight": expected.weight,
                }  # fmt: skip
    if not any(found.values()):
        return {}
    return {"study_forecast": found[one] if one else found}


def _raters(course: Course, one: str | None) -> dict[str, Any]:
    """Graded outcomes 60 days after the last session as each kind of rater would grade them."""
    found: dict[str, Any] = {}
    for key, site in course.sites.items():
        day = site.last_session_day + LOOK
        if day > site.time_day[-1]:
            continue
        found[key] = {
            name: {
                rater: {"day": day, **Interval.of(values)._asdict()}
                for rater in OUTCOMES[name].raters
                if (values := graded(site, name, rater, day, course.ledger.parameters)) is not None
            }
            for name in site.values
            if OUTCOMES[name].raters and not only_direction(name, concerns_of(course))
        }
    if not any(found.values()):
        return {}
    return {"raters": found[one] if one else found}


def _responders(course: Course, one: str | None) -> dict[str, Any]:
    """Responder rate by outcome, 60 days after the last session."""
    found = {}
    for name, site in course.sites.items():
        day = site.last_session_day + LOOK
        if day <= site.time_day[-1]:
            shares = {key: site.responders(key, day) for key in site.values}
            found[name] = {key: share for key, share in shares.items() if share is not None}
    if not any(found.values()):
        return {}
    return {"responder_share": found[one] if one else found}


def not_modelled_entry(name: str) -> dict[str, Any]:
    """Reason why an outcome is not modelled, with the published results on it."""
    found = reported(name)
    published = {} if found is None else {"published": found.sentence, "sources": list(found.sources)}
    return {"why": OUTCOMES[name].not_modelled, **published}


def _benefits(course: Course, one: str | None) -> dict[str, Any]:
    """Probability of a change that matters without scar and PIH, 60 days after the last session, by outcome."""
    found: dict[str, Any] = {}
    for key, site in course.sites.items():
        day = site.last_session_day + LOOK
        if len(site.values[MAIN]) == 1 or day > site.time_day[-1]:
            continue
        found[key] = {
            name: {"day": day, "probability": site.benefit_without_harm(name, day), "without": ["scarring", "pih"]}
            for name in answering(concerns_of(course) or {"wrinkle": ""})
            if name in site.values
            and not only_direction(name, concerns_of(course))
            and OUTCOMES[name].better != "neither"
        }
    if not any(found.values()):
        return {}
    return {"benefit_without_harm": found[one] if one else found}


def _risks(course: Course, one: str | None) -> dict[str, Any]:
    """Risk of a scar over the draws, and of PIH over people like this, after the whole course."""
    pih = {
        name: Interval.of(site.pih)._asdict() | ({} if site.people_pih is None else {"people": site.people_pih})
        for name, site in course.sites.items()
    }
    found: dict[str, Any] = {"pih_probability": pih[one] if one else pih}
    if course.ledger.draws > 1:
        risks = {name: site.scarring_risk for name, site in course.sites.items()}
        found["scarring_risk"] = risks[one] if one else risks
    return found


_JUDGED: Final = {
    "instrument": "by instrument", "blinded": "by a blinded rater", "unblinded": "by an unblinded rater",
    "self": "by the patients",
}  # fmt: skip


#: What a sentence on a result ends with: of a sign its probability stands there already.
_VERDICTS: Final = {"inside": ": within the interval", "missed": ": the model misses it", "scored": ""}


def measured_as(row: Observed) -> str:
    """Quantity measured, with the type of scar and the threshold that defines a responder."""
    kind = f", {row.finding.scar_type.replace('_', '-')} scars" if row.finding.scar_type else ""
    return row.finding.measure + kind + (f": {row.finding.threshold}" if row.finding.threshold else "")


def published_text(row: Observed) -> str:
    """Published result in the unit of the prediction."""
    against = f" against {row.finding.against}" if row.finding.against else ""
    if row.observed is None:
        return statement_text(row) + against
    low, high = row.observed
    signed = row.unit != "% of people" and OUTCOMES[row.finding.outcome].by_day
    text = number_text(low, signed=signed)
    return (text if low == high else f"{text} to {number_text(high, signed=signed)}") + f" {row.unit}{against}"


def statement_text(row: Observed) -> str:
    """A published sign or significance statement in words."""
    way = {"increase": "a rise", "decrease": "a fall", "none": "no change"}[row.finding.direction]
    if row.finding.statistic != "test" or row.finding.p_between is None:
        return way
    low, high = row.finding.p_between
    significance = f"p = {low:g}" if low == high else f"p < {high:g}" if high < 1.0 else f"p > {low:g}"
    return f"{'a difference' if row.finding.direction == 'none' else way} with {significance}"


def predicted_text(row: Observed) -> str:
    """The prediction of the observation model: median and 90 % predictive interval."""
    if row.printed is None:
        return ""
    signed = row.unit != "% of people" and OUTCOMES[row.finding.outcome].by_day
    text = with_interval(row.printed, unit=row.unit, signed=signed, kind="predictive")
    if row.probability is not None:
        text += f"; a study prints {statement_text(row)} with a probability of {percent_text(row.probability)}"
    return text


def observed_entry(row: Observed) -> dict[str, Any]:
    """JSON entry of a published result and its prediction, without empty values."""
    finding = row.finding
    entry: dict[str, Any] = {
        "study": row.study, "arm": row.arm, "outcome": finding.outcome, "measure": finding.measure,
        "day": finding.day, "statistic": finding.statistic, "rater": row.rater, "direction": finding.direction,
        "verdict": row.verdict, "source": row.study,
    }  # fmt: skip
    entry |= {"n": finding.n} if finding.n is not None else {}
    entry |= {"against": finding.against} if finding.against is not None else {}
    if row.verdict == "not asked":
        return entry | {"why": row.why}
    assert row.printed is not None and row.course is not None
    entry |= {
        "unit": row.unit, "predicted": row.printed.median, "lower90": row.printed.lower90,
        "upper90": row.printed.upper90, "without_rater_and_sampling": list(row.course),
    }  # fmt: skip
    if row.observed is not None:
        low, high = row.observed
        entry |= {"value": low} if low == high else {"range": [low, high]}
    if finding.sd is not None and finding.baseline and row.unit == "% of baseline":
        entry["sd"] = 100.0 * finding.sd / finding.baseline
    if row.probability is not None:
        entry["probability"] = row.probability
    return entry


def _outcome_entries(
    course: Course, draws: Mapping[str, Any], bands: Mapping[str, Mapping[str, Band]]
) -> dict[str, Any]:
    entries = {}
    for name, values in draws.items():
        outcome = OUTCOMES[name]
        lower, median, upper = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
        entry = {
            "unit": outcome.unit,
            "better": outcome.better,
            "baseline": float(median[0]),
            "median": plain_list(median),
            "lower90": plain_list(lower),
            "upper90": plain_list(upper),
        }
        if why := only_direction(name, concerns_of(course)):
            entry["direction_only"] = why
        for of, band in bands.items():
            if name in band:
                entry |= {f"{of}_{edge}": plain_list(values) for edge, values in band[name]._asdict().items()}
        entries[name] = entry
    return entries


#: Outcomes of the table of collagen, and of the table of other states.
_COLLAGEN: Final = (MAIN, "collagen_total", "dermal_thickness")
_OTHERS: Final = ("collagen_3_share", "epidermal_thickness", "tropoelastin")


def course_table(site: SiteCourse, *, others: bool = False) -> tuple[Row, list[Row]]:
    """Change from baseline (%) by day, of collagen or of other states, with that of untreated collagen."""
    names = _OTHERS if others else _COLLAGEN
    last = site.last_session_day
    end = float(site.time_day[-1])
    wanted = {0.0, 14.0, 30.0, end, *(last + after for after in (0, 30, 90, 180, 365, 730, 1825, 3650))}
    # before a pause of over two months a course is read as at its end
    pauses = [day for day, after in pairwise(sorted({one.day for one in site.sessions})) if after - day > 60]
    wanted |= {day + later for day in pauses for later in (0, 30)}
    days = sorted(day for day in wanted if day <= end)
    header = ("day", *(f"{OUTCOMES[name].label}" for name in names), "Untreated collagen")
    rows = []
    for day in days:
        cells = [
            f"{np.median(site.values[name][:, 0]):.3g} {page_unit(OUTCOMES[name].unit)}".rstrip()
            if day == 0
            else _band(100 * site.change(name, day))
            for name in names
        ]
        untreated = site.untreated[MAIN]
        left = read_at(day, site.time_day, untreated) / untreated[:, 0] - 1
        rows.append((f"{day:g}", *cells, "" if day == 0 else _band(100 * left)))
    return header, rows


def _band(draws: Any) -> str:
    low, median, high = np.quantile(draws, (0.05, 0.5, 0.95))
    return _printed_band(median, low, high)


def _printed_band(median: float, low: float, high: float) -> str:
    if max(abs(low), abs(high)) < 0.05:
        return "within 0.1 %"  # no false zero: what is left is smaller than what is printed
    if low == high:
        return f"{signed_text(median)} %"
    return f"{signed_text(median)} % ({signed_text(low)} to {signed_text(high)})"


def measure_table(course: Course, site: SiteCourse, names: Collection[str] | None = None) -> tuple[Row, list[Row]]:
    """Outcomes in their units, or their direction: before, after the last session, untreated.

    ``names``: the outcomes that are shown, in this order, without those of :func:`course_table`; all by default.
    """
    end = float(site.time_day[-1])
    days = [site.last_session_day + after for after in (30.0, 60.0, 180.0, 365.0)]
    days = [day for day in days if day <= end] or [end]
    header = ("measure", "unit", "before", *(f"day {day:g}" for day in days), f"untreated, day {days[-1]:g}", "better")
    rows: list[Row] = []
    for name in site.values if names is None else (name for name in names if name in site.values):
        outcome, values = OUTCOMES[name], site.values[name]
        if name in (*_COLLAGEN, *_OTHERS):
            continue
        start = values[:, 0]
        seen = [read_at(day, site.time_day, values) for day in days]
        seen.append(read_at(days[-1], site.time_day, site.untreated[name]))
        if only_direction(name, concerns_of(course)):
            cells = [_direction(then - start, start) for then in seen]
            rows.append((outcome.label, "direction only", "", *cells, outcome.better))
        else:
            cells = [spread(Interval.of(then)) for then in (start, *seen)]
            rows.append((outcome.label, page_unit(outcome.unit), *cells, outcome.better))
    return header, rows


def _direction(change: Any, start: Any) -> str:
    """Direction of change where the size is unknown: by more than 1 % in 90 % of the draws."""
    low, high = np.quantile(change / start, (0.05, 0.95))
    if low > 0.01:
        return "rises"
    if high < -0.01:
        return "falls"
    return "same" if low >= -0.01 and high <= 0.01 else "unsure"


def not_modelled_labels() -> str:
    """Labels of the outcomes that are not modelled, in one line."""
    return ", ".join(OUTCOMES[name].label for name in NOT_MODELLED)


def not_modelled_table() -> tuple[Row, list[Row]]:
    """Table of the outcomes that are not modelled: reason and published results."""
    rows: list[Row] = []
    for name in NOT_MODELLED:
        found = reported(name)
        told = (
            ("no result in the evidence of this version", "")
            if found is None
            else (found.sentence, ", ".join(found.sources))
        )
        rows.append((OUTCOMES[name].label, OUTCOMES[name].not_modelled, *told))
    return ("outcome", "why", "published", "sources"), rows


def session_table(site: SiteCourse) -> tuple[Row, list[Row]]:
    """Table of the sessions: injury, pain, redness and downtime."""
    header = (
        "session",
        "day",
        "entries per cm²",
        "depth reached, mm",
        "papillary dermis killed, %",
        "pain, of 10",
        "redness, h",
        "swelling, h",
        "downtime, days",
        "bruise, %",
    )
    rows: list[Row] = []
    for number, s in enumerate(site.sessions, start=1):
        injured = Interval(*(100.0 * share for share in s.papillary_injury))
        rows.append(
            (
                str(number), f"{s.day:g}", spread(s.channels_per_cm2), spread(s.reached_depth_mm), spread(injured),
                spread(s.pain_vas),
                spread(s.erythema_hours),
                spread(s.oedema_hours),
                spread(s.downtime_days),
                spread(Interval(*(100.0 * chance for chance in s.bruising_probability))),
            )
        )  # fmt: skip
    return header, rows


_CELLS: Final = {"inside": "inside", "missed": "MISSED"}


def observed_table(rows: Sequence[Observed]) -> tuple[Row, list[Row]]:
    """Table of published results and their predictions, with and without the observation model."""
    header = ("outcome", "measured as", "rater", "day", "observed", "predicted (90 %)", "without rater", "verdict")
    lines: list[Row] = []
    for row in rows:
        finding = row.finding
        about = (finding.outcome, measured_as(row), row.rater, f"{finding.day:g}")
        if row.verdict == "not asked" or row.course is None or row.printed is None:
            lines.append((*about, finding.direction, "not predicted", "", row.why))
            continue
        chance = row.probability
        least = 0.1 if finding.statistic == "share" else None  # % of people: seldom is not never
        verdict = f"probability {percent_text(chance)}" if chance is not None else _CELLS[row.verdict]
        lines.append((*about, published_text(row), spread(row.printed), spread(row.course, least=least), verdict))
    return header, lines


# ----------------------------------------------------------------------------------------------- files


def write_csv(course: Course, path: Path) -> None:
    """Write one row per site, day and outcome: median, 90 % credible interval, treated and untreated, then people.

    The first lines, marked ``#``, hold the case, the parameters and the sources.
    """
    results.write_table(course, path)


def write_netcdf(course: Course, path: Path) -> None:
    """Write every draw as NetCDF-4, with units, case and parameters as attributes."""
    results.write_dataset(course, path)


def write_case(course: Course, path: Path) -> None:
    """The case as JSON, which every command takes in place of a protocol sentence."""
    with replacing(path) as draft:
        draft.write_text(json.dumps(course.ledger.case.document, indent=1, ensure_ascii=False) + "\n", "utf-8")


WRITERS: Final[Mapping[str, Callable[[Course, Path], None]]] = {
    "plot": write_plot,
    "netcdf": write_netcdf,
    "csv": write_csv,
    "save-case": write_case,
}


def write_all(
    course: Course, wanted: Sequence[tuple[str, Path]], *, letterhead: Path | None = None, language: str = "en"
) -> None:
    """Write each wanted file (``report`` or a kind of :data:`WRITERS`, path); the rest is for a report."""
    for kind, path in wanted:
        if kind == "report":
            results.write_report(course, path, letterhead, language)
        else:
            WRITERS[kind](course, path)
