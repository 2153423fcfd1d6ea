"""Report of an update: what was measured beside the forecast, the new forecast, and the advice with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from neodermis import DISCLAIMER
from neodermis.report import pages
from neodermis.report.blocks import Block, Figure, Heading, Note, Page, Paragraph, Points, Table
from neodermis.report.common import Row, page_unit, person_text, run_entries
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Interval
from neodermis.wording import counted, lower_first, number_text, percent_text, spread

if TYPE_CHECKING:
    from neodermis.planning.update import Compared, Look, Renewed, Update

#: What is told of a reading by whom.
_BY = {
    "instrument": "by instrument", "blinded": "blinded rater", "unblinded": "unblinded rater",
    "self": "rated by the patient",
}  # fmt: skip
_ADVICE = {
    "continue": "continue the course", "change": "change the plan", "stop": "no further session",
    "uncertain": "uncertain",
}  # fmt: skip


def update_sentences(done: Update) -> Iterator[str]:
    """Advice with its reasons, each follow-up beside its forecast, and the weight of the measurements."""
    yield f"**Advice: {_ADVICE[done.advice]}.** {' '.join(done.why)}"
    for one in done.follow_ups:
        yield f"{_measured(one, done)}: {_against(one)}."
    if len(done.follow_ups) > 1:
        yield (
            f"{done.inside} of {len(done.follow_ups)} measurements lie inside the 90 % predictive interval; mean "
            f"absolute error {number_text(done.mean_absolute_error)} smallest changes that matter."
        )
    left = number_text(done.effective_draws)
    if done.contradicts:
        yield f"Effective draws: {left} of {done.members:,}. No new forecast is given."
    else:
        yield f"Effective draws: {left} of {done.members:,} (draws of parameters and people, weighted by likelihood)."
        yield from (line for some in done.forecast.values() for one in some.values() for line in _new(one, done))


def _measured(one: Compared, done: Update) -> str:
    at = f", {one.site}" if len(done.forecast) > 1 else ""
    return f"{OUTCOMES[one.outcome].label}{at}, day {one.day:g}, {_BY[one.rater]}"


def _unit(name: str) -> str:
    """Unit of an outcome on a page, where its name does not say it."""
    unit = page_unit(OUTCOMES[name].unit)
    return "" if unit in OUTCOMES[name].label.lower() else unit


def _amount(value: float, name: str) -> str:
    return f"{number_text(value)} {_unit(name)}".rstrip()


def _against(one: Compared) -> str:
    low, high = number_text(one.forecast.lower90), number_text(one.forecast.upper90)
    where = "inside" if one.inside else f"outside, {'below' if one.error < 0 else 'above'}"
    return (
        f"measured {_amount(one.measured, one.outcome)}, forecast {number_text(one.forecast.median)} (90 % predictive "
        f"interval {low} to {high}): {where}"
    )


def _new(one: Renewed, done: Update) -> Iterator[str]:
    look = one.next
    if look.after is None:
        return
    outcome = OUTCOMES[one.outcome]
    at = f" at {one.site}" if len(done.forecast) > 1 else ""
    if one.direction_only:
        yield f"{outcome.label}{at}: only the direction of its change is used ({one.direction_only})."
        return
    yield (
        f"New forecast of {lower_first(outcome.label)}{at} on day {look.day:g}, {_rated(one.outcome)}: "
        f"{f'{spread(look.after)} {_unit(one.outcome)}'.rstrip()} instead of {spread(look.before)}."
    )


def _rated(name: str) -> str:
    outcome = OUTCOMES[name]
    judged = outcome.raters and outcome.better == "lower"
    return "as a blinded rater would grade it" if judged else "by instrument"


def measured_table(done: Update) -> tuple[Row, list[Row]]:
    """Each follow-up beside its forecast, with its error."""
    header = ("outcome", "day", "rater", "measured", "forecast (90 % predictive)", "inside", "error", "share below",
              "error / smallest change")  # fmt: skip
    return header, [
        (
            _named(one, done), f"{one.day:g}", one.rater, number_text(one.measured), spread(one.forecast),
            "yes" if one.inside else "no", number_text(one.error, signed=True), percent_text(one.below),
            number_text(one.error / one.smallest, signed=True),
        )
        for one in done.follow_ups
    ]  # fmt: skip


def _named(one: Compared | Renewed, done: Update) -> str:
    unit = _unit(one.outcome)
    label = f"{OUTCOMES[one.outcome].label}{f' ({unit})' if unit else ''}"
    return f"{one.site}: {label}" if len(done.forecast) > 1 else label


def forecast_table(done: Update) -> tuple[Row, list[Row]]:
    """Old and new forecast of each outcome, with and without rater bias, on the days that are told."""
    header = ("outcome", "day", "before", "after", "untreated", "without rater bias: before", "after", "untreated")
    rows: list[Row] = [
        (_named(one, done) if number == 0 else "", f"{look.day:g}", spread(look.before), _or_none(look.after),
         number_text(look.untreated), spread(look.bare_before), _or_none(look.bare_after),
         number_text(look.bare_untreated))
        for some in done.forecast.values()
        for one in some.values() if not one.direction_only
        for number, look in enumerate(_looks(one))
    ]  # fmt: skip
    return header, rows


def _or_none(interval: Interval | None) -> str:
    return "none" if interval is None else spread(interval)


def _looks(one: Renewed) -> list[Look]:
    found = {look.day: look for look in (one.next, one.at_12_months, one.later)}
    return [found[day] for day in sorted(found)]


def update_page(done: Update) -> Page:
    """Page of an update on one screen: advice, measured against forecast, old and new forecast, notes."""
    patient = {**done.adapted.patient.said, "concerns": _concerns(done)}
    page: list[Block] = [
        Heading("Forecast after follow-up", 1),
        Paragraph(done.protocol.sentence, "lead"),
        Paragraph(f"{person_text(patient)}; sessions to come: {_to_come(done)}", "soft"),
    ]
    if done.contradicts:
        page.append(Note(["THE MEASUREMENT CONTRADICTS THE MODEL: no new forecast is given."], tone="stop"))
    page += [
        Points([*update_sentences(done)], "lead"),
        Figure(lambda: _figure(done), "Forecast before and after the measurements against months since the first "
               "session, with the measured values. The tables give the numbers."),
        Table("Measured values and the forecast before any of them", *measured_table(done)),
        Table("Forecast before and after the measurements (median, 90 % credible interval), graded by a blinded rater",
              *forecast_table(done)),
    ]  # fmt: skip
    if done.warnings:
        page.append(Note(list(done.warnings), "Notes"))
    page += [pages.sources(run_entries(done.ledger)), Paragraph(DISCLAIMER)]
    versions = " · ".join(f"{name} {number}" for name, number in done.ledger.versions.items())
    parameters = done.ledger.parameters
    page.append(Paragraph(
        f"{versions} · {counted(done.members, 'member', 'members')}, seed {done.seed} · parameters {parameters.name} "
        f"{parameters.version}, `{parameters.sha256}` · printed {date.today().isoformat()}", "foot",
    ))  # fmt: skip
    return page


def _figure(done: Update) -> Any:
    from neodermis.report.update_figure import update_figure

    return update_figure(done)


def _concerns(done: Update) -> dict[str, str]:
    return {f"{wish.name} at {wish.site}": str(wish.severity) for wish in done.consultation.concern}


def _to_come(done: Update) -> str:
    return ", ".join(f"day {day:g}" for day in done.remaining) or "none"


def _interval(interval: Interval | None) -> dict[str, float]:
    """The numbers of an interval; none where a contradicted forecast gives none."""
    return {} if interval is None else interval._asdict()


def _entry(look: Look) -> dict[str, Any]:
    return {
        "day": look.day,
        **_interval(look.after),
        "before": _interval(look.before),
        "without_rater_bias": {
            **_interval(look.bare_after),
            "before": _interval(look.bare_before),
            "untreated": look.bare_untreated,
        },
        "untreated": look.untreated,
    }


def update_document(done: Update) -> dict[str, Any]:
    """The JSON document of ``update``."""
    forecast = {
        site: {
            name: {
                **_entry(one.next), "unit": OUTCOMES[name].unit, "rated": _rated(name), "start": one.start._asdict(),
                "at_12_months": _entry(one.at_12_months), "later": _entry(one.later),
                **({"direction_only": one.direction_only} if one.direction_only else {}),
            }
            for name, one in some.items()
        }
        for site, some in done.forecast.items()
    }  # fmt: skip
    return {
        "neodermis": done.ledger.versions["neodermis"],
        "command": "update",
        "protocol": done.protocol.sentence,
        "consultation": {
            "today": done.today.isoformat(),
            **({"record": record} if (record := done.consultation.clinic.record) else {}),
        },
        "patient": {**done.adapted.patient.said, "concerns": _concerns(done)},
        "follow_ups": [_follow_up(one) for one in done.follow_ups],
        "inside": done.inside,
        "mean_absolute_error": {"value": done.mean_absolute_error, "unit": "smallest changes that matter"},
        "effective_draws": done.effective_draws,
        "contradicts": done.contradicts,
        "forecast": forecast if len(forecast) > 1 else next(iter(forecast.values())),
        "advice": done.advice,
        "why": list(done.why),
        **({} if done.outlook is None else {"outlook": vars(done.outlook)}),
        "remaining_sessions": list(done.remaining),
        "screening": done.verdict.overall,
        "members": done.members,
        "failed": done.failed,
        **{name: value for name, value in run_entries(done.ledger).items() if name not in ("warnings", "draws")},
        "warnings": list(done.warnings),
    }


def _follow_up(one: Compared) -> dict[str, Any]:
    return {
        "outcome": one.outcome, "site": one.site, "day": one.day, "measured": one.measured, "rater": one.rater,
        "unit": OUTCOMES[one.outcome].unit, "forecast": one.forecast._asdict(), "inside": one.inside,
        "share_below": one.below, "error": one.error, "error_in_smallest_changes": one.error / one.smallest,
        "reading_error": one.reading_error, "reading_error_known": one.error_known, "smallest_change": one.smallest,
    }  # fmt: skip


def update_rows(done: Update) -> Iterator[Sequence[object]]:
    """Rows of the tidy table: site, outcome, day, unit, stage, statistics."""
    for site, some in done.forecast.items():
        for name, one in some.items():
            for look in _looks(one):
                for stage, interval in (("before", look.before), ("after", look.after),
                                        ("before, without rater bias", look.bare_before),
                                        ("after, without rater bias", look.bare_after)):  # fmt: skip
                    if interval is not None:
                        yield site, name, look.day, stage, OUTCOMES[name].unit, *interval
    for each in done.follow_ups:
        unit = OUTCOMES[each.outcome].unit
        yield each.site, each.outcome, each.day, f"reading, {each.rater}: forecast", unit, *each.forecast
        yield each.site, each.outcome, each.day, f"reading, {each.rater}: measured", unit, *[each.measured] * 3
