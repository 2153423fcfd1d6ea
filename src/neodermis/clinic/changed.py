"""The page of a changed plan: sliders, and what neodermis predicts of the plan they describe beside the plan before."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

import neodermis as nd
from neodermis.care.consultation import consultation_of
from neodermis.clinic import audit
from neodermis.clinic.access import Right, access
from neodermis.clinic.models import Consultation, Course, PlanJob
from neodermis.clinic.views import by, found
from neodermis.errors import NeodermisError
from neodermis.wording import number_text

#: Days of the curve beside its start and the day of the table.
_DAYS: Final = (30.0, 90.0, 180.0, 365.0)
#: Levels of sun that the page offers.
_SUN: Final = ("low", "moderate", "high")
#: Step of the slider of a depth, mm.
_STEP: Final = 0.05
#: Drawing, px.
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 300, 60, 16, 12, 40
_LONGEST: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What is predicted of a plan: the table on one day, and the curve of one outcome."""

    sentence: str
    day: float
    rows: tuple[tuple[str, str, str, str], ...]
    """Outcome and site, before, on the day with its interval, and without treatment."""
    label: str
    points: tuple[tuple[float, float, float, float, float], ...]
    """Day, median, lower and upper bound, untreated."""
    draws: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Slider:
    """One input of the form."""

    name: str
    label: str
    low: float
    high: float
    step: float
    value: str
    unit: str


@lru_cache(maxsize=64)
def predicted(document: str, protocol: str, changes: str) -> Predicted:
    """The prediction of a protocol with changes, both as JSON; errors as :func:`neodermis.what_if`."""
    given: dict[str, Any] = json.loads(document)
    given.setdefault("plan", {})["protocol"] = protocol
    case = consultation_of(given).case(consultation_of(given).today)  # type: ignore[arg-type]  # it has its day
    of_plan: dict[str, Any] = json.loads(changes)
    first = nd.what_if(case, **of_plan)
    site, outcomes = next(iter(first.outcomes.items()))
    drawn = next(
        (one.outcome for one in outcomes if one.untreated is not None and one.start is not None
         and not one.direction_only), "",
    )  # fmt: skip
    points: list[tuple[float, float, float, float, float]] = []
    label = ""
    for day in sorted({*_DAYS, first.day}):
        at = first if day == first.day else nd.what_if(case, day=day, **of_plan)
        one = next((each for each in at.outcomes[site] if each.outcome == drawn), None)
        if one is None or one.untreated is None or one.start is None:
            break
        if not points:
            points.append((0.0, one.start.median, one.start.lower90, one.start.upper90, one.start.median))
            unit = "" if one.unit == "1" else f" ({one.unit})"
            label = f"{one.label} at the {site.replace('_', ' ')}{unit}"
        points.append((day, one.treated.median, one.treated.lower90, one.treated.upper90, one.untreated.median))
    rows = tuple(_row(place, each) for place, some in first.outcomes.items() for each in some)
    return Predicted(
        sentence=first.protocol.sentence, day=first.day, rows=rows, label=label, points=tuple(points),
        draws=first.case.numerics.draws, warnings=tuple(map(str, first.warnings)),
    )  # fmt: skip


def _row(site: str, one: Any) -> tuple[str, str, str, str]:
    name = f"{one.label}, {site.replace('_', ' ')}"
    if one.direction_only and one.untreated is not None:
        higher = "higher" if one.treated.median > one.untreated.median else "lower"
        return name, "–", f"{higher} than without treatment; only the direction: {one.direction_only}", "–"
    unit, scale = ("", 1.0) if one.unit == "1" else (f" {one.unit}", 1.0)
    if one.untreated is None:  # a probability
        unit, scale = " %", 100.0
    low, middle, high = (
        number_text(scale * value) for value in (one.treated.lower90, one.treated.median, one.treated.upper90)
    )
    before = "–" if one.start is None else f"{number_text(one.start.median)}{unit}"
    untreated = "–" if one.untreated is None else f"{number_text(one.untreated.median)}{unit}"
    return name, before, f"{middle}{unit} (90 % credible interval {low} to {high})", untreated


@access(GET=Right.PLAN)
def changed(request: HttpRequest, key: UUID) -> HttpResponse:
    """A plan with other settings, beside the plan as it is; without scripts by a button, with them while one slides."""
    one = found(Consultation, key)
    protocol = request.GET.get("protocol", "").strip()[:_LONGEST] or _usual(one)
    live = bool(request.headers.get("HX-Request"))
    if not live:
        audit.viewed(by(request), one)
    told: dict[str, Any] = {
        "title": f"Changed plan for patient {one.patient.number}", "consultation": one, "patient": one.patient,
        "protocol": protocol, "sun": _SUN,
    }  # fmt: skip
    if protocol:
        told |= _answer(request, one, protocol)
    return render(request, "clinic/changed_answer.html" if live else "clinic/changed.html", told)


def _usual(one: Consultation) -> str:
    """The adopted plan, else the agreed one of the consultation, else the one recommended last."""
    adopted = Course.objects.filter(consultation=one).first()
    if adopted is not None:
        return str(adopted.protocol)
    agreed = one.answers.get("plan", {}).get("protocol")
    if agreed:
        return str(agreed)
    job = one.plans.filter(state=PlanJob.DONE).first()
    recommended = None if job is None else (job.result or {}).get("recommended")
    return "" if recommended is None else str(recommended["protocol"])


def _answer(request: HttpRequest, one: Consultation, protocol: str) -> dict[str, Any]:
    """Sliders, and the prediction before and after the change; or why there is none."""
    document = one.document
    try:
        before = predicted(json.dumps(document, sort_keys=True), protocol, "{}")
        given = deepcopy(document)
        given.setdefault("plan", {})["protocol"] = protocol
        plan = consultation_of(given).case(one.day).plan
    except NeodermisError as error:
        return {"error": str(error)}
    exposures = dict(given.get("patient", {}).get("exposures", {}))
    sliders, changes = [], {}
    for name, label, low, high, step, unit, value in _inputs(plan):
        asked = _number(request.GET.get(name, ""), low, high)
        if asked is not None and asked != value:
            changes[name] = int(asked) if step >= 1 else asked
        shown = value if asked is None else asked
        sliders.append(
            Slider(
                name=name,
                label=label,
                low=min(low, value),
                high=max(high, value),
                step=step,
                value=f"{shown:g}",
                unit=unit,
            )
        )
    smoking = _number(request.GET.get("smoking", ""), 0, 60)
    if smoking is not None:
        exposures["smoking"] = smoking
    if request.GET.get("sun") in _SUN:
        exposures["sun"] = request.GET["sun"]
    sunscreen = _number(request.GET.get("sunscreen", ""), 0, 100)
    if sunscreen is not None:
        exposures["sunscreen"] = sunscreen / 100
    if exposures:
        given.setdefault("patient", {})["exposures"] = exposures
    told: dict[str, Any] = {
        "sliders": sliders, "before": before, "smoking": "" if smoking is None else f"{smoking:g}",
        "sunscreen": "" if sunscreen is None else f"{sunscreen:g}", "chosen_sun": request.GET.get("sun", ""),
    }  # fmt: skip
    given["plan"] = {name: value for name, value in given["plan"].items() if name != "protocol"}
    try:
        after = predicted(json.dumps(given, sort_keys=True), protocol, json.dumps(changes, sort_keys=True))
    except NeodermisError as error:
        return told | {"error": str(error)}
    same = changes == {} and exposures == document.get("patient", {}).get("exposures", {})
    return told | {
        "after": after, "same": same, "chart": None if not after.points else _chart(before, after),
        "table": [*zip(before.rows, after.rows, strict=False)],
    }  # fmt: skip


def _inputs(plan: Any) -> list[tuple[str, str, float, float, float, str, float]]:
    """Inputs of a plan of one phase: name, label, lowest, highest, step, unit, and the value of the plan."""
    if len(plan.phases) > 1:
        return []
    phase = plan.phases[0]
    found: list[tuple[str, str, float, float, float, str, float]] = []
    low = max(phase.device.depth_min_mm, 0.25)
    for one in phase.treatments:
        site = one.site.replace("_", " ")
        found.append(
            (f"depth_mm.{one.site}", f"Depth, {site}", low, phase.device.depth_max_mm, _STEP, "mm", one.depth_mm)
        )
        found.append((f"passes.{one.site}", f"Passes, {site}", 1, 10, 1, "", one.passes))
    found.append(("sessions", "Sessions", 1, 8, 1, "", phase.count))
    if phase.count > 1:
        found.append(("interval_days", "Interval", 7, 84, 1, "days", phase.interval_days))
    return found


def _number(text: str, low: float, high: float) -> float | None:
    """A number of a slider; None for one that a slider does not give."""
    try:
        value = float(text[:12])
    except ValueError:
        return None
    return value if low <= value <= high else None


def _chart(before: Predicted, after: Predicted) -> dict[str, Any]:
    """The curves as paths of a drawing."""
    values = [value for one in (before, after) for point in one.points for value in point[1:]]
    low, high = min(values), max(values)
    margin = 0.08 * (high - low) or 1.0
    low, high = low - margin, high + margin
    last = max(point[0] for one in (before, after) for point in one.points)

    def x(day: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * day / last, 1)

    def y(value: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - value) / (high - low), 1)

    def line(one: Predicted, column: int) -> str:
        return " ".join(f"{x(point[0])},{y(point[column])}" for point in one.points)

    band = [(point[0], point[3]) for point in after.points] + [(point[0], point[2]) for point in after.points[::-1]]
    return {
        "width": _WIDTH, "height": _HEIGHT, "left": _LEFT, "right": _WIDTH - _RIGHT, "bottom": _HEIGHT - _BOTTOM,
        "label": after.label, "before": line(before, 1), "after": line(after, 1), "untreated": line(after, 4),
        "band": " ".join(f"{x(day)},{y(value)}" for day, value in band),
        "days": [(x(day), f"{day:g}") for day in sorted({0.0, 90.0, 180.0, 270.0, last}) if day <= last],
        "ticks": [(y(value), number_text(value)) for value in (low + (high - low) * k / 4 for k in range(5))],
        "x_title": (_LEFT + _WIDTH - _RIGHT) // 2, "x_title_y": _HEIGHT - 4, "tick_y": _HEIGHT - _BOTTOM + 18,
        "tick_x": _LEFT - 6,
    }  # fmt: skip
