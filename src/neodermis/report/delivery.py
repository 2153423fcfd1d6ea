"""Report of a delivery: summary sentences, tables, the JSON document and the figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from neodermis.lazy import numpy as np
from neodermis.report.common import Row, case_entries, plain_list, run_entries
from neodermis.treatment.active import Active
from neodermis.uncertain import Interval
from neodermis.wording import number_text, spread, with_interval

if TYPE_CHECKING:
    from neodermis.simulation.delivery import Deliveries, Delivery, Dose

LAYER_NAMES: Final = {
    "stratum_corneum": "stratum corneum",
    "viable_epidermis": "viable epidermis",
    "papillary_dermis": "papillary dermis",
    "reticular_dermis": "reticular dermis",
    "below": "below the dermis",
    "blood": "blood and lymph",
}
#: Enhancement over intact skin from which a benefit of channels is reported: lower limit of the interval, and median.
HELPS: Final = (1.5, 1.25)
#: Enhancement over intact skin below which no additional uptake is reported.
NO_MORE: Final = 1.05
#: Smallest amount that is printed as a number.
LEAST: Final = 0.001
LABEL: Final = (
    "Needling devices are not labelled for this use: the first pen to be cleared is not intended for transdermal "
    "delivery of topical products."
)
_ARRAYS: Final = (
    "Closure was measured after microneedle arrays and rollers; no measurement after a pen has been published."
)


# ----------------------------------------------------------------------------------------------- plain sentences


def delivery_sentences(done: Deliveries) -> list[str]:
    """Summary sentences on the first dose at each site, then the share of assumed parameters."""
    lines = []
    for name, found in done.sites.items():
        said = list(_sentences(found[0]))
        lines += [f"{name}: {line}" if len(done.sites) > 1 else line for line in said]
    parameters = done.ledger.parameters
    assumed = sum(p.assumed for p in parameters)
    lines.append(
        f"{100 * done.ledger.assumed_share:.0f} % of the {len(parameters)} parameters ({assumed}) are assumed: "
        "no measurement fixes them, and their spread is a judgement."
    )
    if done.ledger.draws == 1:
        lines.append("A single delivery with central parameter values: without draws there are no intervals.")
    return lines


def advice(found: Delivery) -> str:
    """Safety of the application at that time, effect of the timing on uptake, and the label."""
    return f"{_safety(found)} {LABEL} {_timing(found)}"


def _safety(found: Delivery) -> str:
    return f"Safety: {' '.join(_safe(found))}"


def _timing(found: Delivery) -> str:
    """Effect of the channels on uptake; no recommendation if the application is not safe."""
    refused = next(_safe(found)).startswith(("not ", "only "))
    return f"{'Uptake (not a recommendation)' if refused else 'Benefit'}: {' '.join(_worth(found))}"


def _sentences(found: Delivery) -> Iterator[str]:
    dose, one = found.dose, found.dose.active
    of = "" if found.put_on_ug_cm2 is None else f" of the {_few(found.put_on_ug_cm2)} µg/cm² applied"
    yield _safety(found)
    yield LABEL
    yield (
        f"After {dose.contact_hours:g} h on the skin, {_small(found.amount_ug_cm2)} µg/cm²{of} have entered or passed "
        f"the living skin; without channels, {_small(found.intact_ug_cm2)} µg/cm²."
    )
    if found.enhancement is None:
        yield f"{one.label} is above 1 kDa: no enhancement is given, since its passage through intact skin is unknown."
    elif found.enhancement.upper90 < NO_MORE:
        yield "That is no more than through intact skin: by then the channels hardly conduct."
    else:
        yield f"That is {with_interval(found.enhancement)} times as much as through intact skin."
    if found.people_amount_ug_cm2 is not None:
        lower, upper = found.people_amount_ug_cm2.lower90, found.people_amount_ug_cm2.upper90
        times = found.people_enhancement
        multiple = (
            "" if times is None else f", {number_text(times.lower90)} to {number_text(times.upper90)} times as much"
        )
        yield f"Between-person variability: {_few(lower)} to {_few(upper)} µg/cm² in 90 % of people{multiple}."
    end = int(np.argmin(np.abs(found.hours - dose.contact_hours)))
    held = ", ".join(
        f"{LAYER_NAMES[name]} {_few(found.by_layer[name][end])}"
        for name in LAYER_NAMES
        if found.by_layer[name][end] > 0
    )
    yield f"Distribution at that time (µg/cm²): {held or 'none'}."
    if found.reached_mm is not None and found.amount_ug_cm2.median > 0:
        yield f"Of the amount in living skin, 90 % lies above a depth of {with_interval(found.reached_mm, unit='mm')}."
    yield (
        f"From {found.area_cm2:.0f} cm², {_micrograms(found.systemic_ug)} reach the blood and deeper tissue within "
        f"{found.hours[-1]:g} h."
    )
    yield from _systemic(found)
    closed = found.closure_hours
    if closed["barrier"].upper90 <= 0:
        yield "No needle enters the skin; uptake is that of intact skin."
        return
    yield (
        f"The channels conduct for {with_interval(closed['electrical'], unit='h')} after the session. They are closed "
        f"after {with_interval(closed['geometric'], unit='h')}, and the barrier has recovered after "
        f"{with_interval(closed['barrier'], unit='h')}. {_ARRAYS}"
    )
    yield _timing(found)
    for effect in one.effects:
        does = "acts on" if effect.sized else "has no effect in this model, although it is used for"
        yield f"{one.label} {does} {effect.on} ({effect.grade}): {effect.note}"
    if not one.effects:
        yield f"{one.label} has no effect in this model: no published effect on healing skin was found."


def _worth(found: Delivery) -> Iterator[str]:
    times, conducting = found.enhancement, found.conducting
    half = found.closure_hours["electrical"].median
    if times is None:
        more = found.amount_ug_cm2.median - found.intact_ug_cm2.median
        if more > found.intact_ug_cm2.median:
            yield (
                f"uptake through channels exceeds that of intact skin by {_few(more)} µg/cm²; the effect declines hour "
                f"by hour, since the channels conduct for about {number_text(half)} h."
            )
        else:
            yield "channels add little to the uptake through intact skin."
        return
    sure, likely = HELPS
    if times.lower90 >= sure:
        yield f"uptake through channels is about {number_text(times.median)} times that of intact skin."
    elif times.median >= likely:
        yield (
            f"uptake through channels is about {number_text(times.median)} times that of intact skin, but this is "
            f"uncertain ({number_text(times.lower90)} to {number_text(times.upper90)})."
        )
    else:
        yield "channels add little or nothing; the product can be applied later."
        if conducting.median < 0.2 and found.dose.after_hours > 0:
            yield f"At {found.dose.after_hours:g} h they hardly conduct."
        return
    yield f"The effect declines hour by hour: the channels conduct for about {number_text(half)} h."


def _safe(found: Delivery) -> Iterator[str]:
    one, dose = found.dose.active, found.dose
    gap = found.closure_hours["geometric"]
    if gap.upper90 <= 0:
        yield "no channels are made; as on intact skin."
        return
    if dose.after_hours >= gap.upper90:
        yield f"channels are closed by then ({number_text(gap.upper90)} h at most)."
        return
    wait = f"wait until they are closed, about {number_text(gap.median)} h and at most {number_text(gap.upper90)} h"
    if one.open_skin == "sterile only":
        if dose.sterile:
            yield f"a sterile product made for this use may be applied to open channels ({one.open_skin_why})."
        else:
            yield f"not unless it is sterile and made for use on broken skin ({one.open_skin_why}); otherwise {wait}."
    elif one.open_skin == "prescriber":
        yield f"only with a prescriber ({one.open_skin_why}); otherwise {wait}."
    else:
        sterile = " Sterility does not change this." if dose.sterile else ""
        yield f"not while channels are open ({one.open_skin_why}): {wait}.{sterile}"


def _systemic(found: Delivery) -> Iterator[str]:
    """Dose limit of the label, and an upper bound of the plasma level (the whole uptake at once)."""
    one, dose = found.dose.active, found.dose
    if one.label_mg is not None and one.label_cm2 is not None and found.put_on_ug_cm2 is not None:
        milligrams = found.put_on_ug_cm2 * found.area_cm2 / 1e3
        inside = milligrams <= one.label_mg and found.area_cm2 <= one.label_cm2
        yield (
            f"{_few(milligrams)} mg on {found.area_cm2:.0f} cm² are {'within' if inside else 'BEYOND'} the limit of "
            f"the label for intact skin ({one.label_mg:g} mg on {one.label_cm2:g} cm²); no label allows any on needled "
            "skin."
        )
    if one.plasma_limit_ug_ml is not None and one.distribution_l_kg is not None:
        level = found.systemic_ug.upper90 / (one.distribution_l_kg * dose.weight_kg * 1e3)
        beyond = "BEYOND" if level > one.plasma_limit_ug_ml else "below"
        yield (
            f"If all of it entered the blood at once, at a body weight of {dose.weight_kg:g} kg, the plasma level "
            f"would be at most {_few(level)} µg/mL, {beyond} the {one.plasma_limit_ug_ml:g} µg/mL at which the first "
            f"signs appear ({one.systemic})."
        )
    elif one.systemic:
        yield one.systemic.capitalize() + "."


def _few(value: float) -> str:
    """Two significant digits; amounts below 0.001 µg in skin cannot be measured."""
    if 0 < value < LEAST:
        return f"less than {LEAST:g}"
    return "0" if value <= 0 else f"{value:.2g}" if value < 9.95 else f"{value:.0f}"


def _small(interval: Interval) -> str:
    if interval.lower90 == interval.upper90:
        return _few(interval.median)
    return f"{_few(interval.median)} (90 % credible interval {_few(interval.lower90)} to {_few(interval.upper90)})"


def _micrograms(interval: Interval) -> str:
    scale, unit = (1e-3, "mg") if interval.median >= 1000 else (1.0, "µg")
    return _small(Interval(*(scale * value for value in interval))).replace(" (", f" {unit} (", 1) + (
        "" if interval.lower90 != interval.upper90 else f" {unit}"
    )


# ----------------------------------------------------------------------------------------------- tables, document


def dose_name(dose: Dose) -> str:
    """Active, concentration and time of application of a dose."""
    when = "at once" if dose.after_hours == 0 else f"after {dose.after_hours:g} h"
    return f"{dose.active.label}, {dose.percent:g} %, {when}"


def dose_difference(dose: Dose, first: Dose) -> str:
    """Difference between a dose and the first dose."""
    when = "at once" if dose.after_hours == 0 else f"after {dose.after_hours:g} h"
    return when if dose.active == first.active else f"{dose.active.id.replace('_', ' ')}, {dose.percent:g} %"


def dose_table(found: Sequence[Delivery]) -> tuple[Row, list[Row]]:
    """Table of the doses."""
    header = (
        "Dose", "Entered living skin, µg/cm²", "Without channels", "Ratio", "Conduction left",
        "Systemic, µg", "May be applied then",
    )  # fmt: skip
    rows: list[Row] = []
    for one in found:
        rows.append(
            (
                dose_name(one.dose),
                _spread(one.amount_ug_cm2),
                _spread(one.intact_ug_cm2),
                "above 1 kDa" if one.enhancement is None else spread(one.enhancement),
                f"{100 * one.conducting.median:.0f} %",
                _spread(one.systemic_ug),
                next(iter(_safe(one))).split(" (")[0].split(":")[0].rstrip("."),
            )
        )
    return header, rows


def _spread(interval: Interval) -> str:
    if interval.lower90 == interval.upper90:
        return _few(interval.median)
    return f"{_few(interval.median)} ({_few(interval.lower90)} to {_few(interval.upper90)})"


def layer_table(found: Delivery) -> tuple[Row, list[Row]]:
    """Table of the amount in each layer by time (µg/cm², median of the draws)."""
    last = float(found.hours[-1])
    wanted = [*(t for t in (0.25, 1.0, 2.0, 6.0, 12.0, 24.0) if t < last - 1e-6), last]
    rows = []
    for name in LAYER_NAMES:
        held = (
            np.interp(wanted, found.hours, found.by_layer[name]),
            np.interp(wanted, found.hours, found.intact_by_layer[name]),
        )
        rows.append((LAYER_NAMES[name], *(f"{_few(a)} ({_few(b)})" for a, b in zip(*held, strict=True))))
    return ("Layer", *(f"{t:g} h" for t in wanted)), rows


def _interval(interval: Interval) -> dict[str, float]:
    return {name: float(f"{value:.8g}") for name, value in interval._asdict().items()}


def dose_document(found: Delivery) -> dict[str, Any]:
    """One dose at one site as JSON takes it."""
    dose = found.dose
    document: dict[str, Any] = {
        "active": dose.active.id,
        "percent": dose.percent,
        "after_hours": dose.after_hours,
        "for_hours": dose.contact_hours,
        "dose_mg_cm2": "endless" if dose.dose_mg_cm2 is None else dose.dose_mg_cm2,
        "occluded": dose.occluded,
        "sterile": dose.sterile,
        "weight_kg": dose.weight_kg,
        "site": found.site,
        "area_cm2": found.area_cm2,
    }
    if found.enhancement is not None:
        document["enhancement"] = _interval(found.enhancement)
    for name in ("people_enhancement", "people_amount_ug_cm2"):
        if getattr(found, name) is not None:
            document[name] = _interval(getattr(found, name))
    return document | {
        "amount_ug_cm2": _interval(found.amount_ug_cm2),
        "intact_ug_cm2": _interval(found.intact_ug_cm2),
        "systemic_ug": _interval(found.systemic_ug),
        "conducting_share": _interval(found.conducting),
        "time_hour": plain_list(found.hours),
        "depth_mm": plain_list(found.depth_mm),
        "concentration_ug_ml": [plain_list(row) for row in found.concentration_ug_ml],
        "by_layer_ug_cm2": {name: plain_list(values) for name, values in found.by_layer.items()},
        "intact_by_layer_ug_cm2": {name: plain_list(values) for name, values in found.intact_by_layer.items()},
        "closure_hours": {name: _interval(hours) for name, hours in found.closure_hours.items()},
        "advice": advice(found),
    }


def delivery_document(done: Deliveries) -> dict[str, Any]:
    """The JSON document: the first dose at the first site, then the others under ``compare`` and ``sites``."""
    by_site = {name: [dose_document(one) for one in found] for name, found in done.sites.items()}
    first, *others = next(iter(by_site.values()))
    keys: dict[str, list[str]] = {key: list(why) for key, why in done.ledger.sources.items()}
    for dose in done.doses:
        for key in source_keys(dose.active):
            keys.setdefault(key, []).append(f"{dose.active.id}, catalogue of actives")
    document: dict[str, Any] = {
        "neodermis": done.ledger.versions["neodermis"],
        "command": "deliver",
        **case_entries(done.protocol, done.ledger.case),
        "people": done.ledger.people,
        **run_entries(done.ledger),
        "summary": delivery_sentences(done),
        **first,
        "sources": [{"key": key, "for": list(dict.fromkeys(why))} for key, why in keys.items()],
    }
    if others:
        document["compare"] = others
    if len(by_site) > 1:
        document["sites"] = by_site
    return document


def source_keys(active: Active) -> tuple[str, ...]:
    """Every source of an active, its effects' included."""
    return tuple(dict.fromkeys([*active.sources, *(key for effect in active.effects for key in effect.sources)]))
