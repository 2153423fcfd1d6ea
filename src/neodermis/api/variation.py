"""Parameter sweeps: one case with other values of some of its inputs, as a labelled array of results."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal

from neodermis.api.case import Case, Simulating, case_of
from neodermis.api.comparison import BURDEN, burden
from neodermis.api.course import simulate
from neodermis.api.inputs import read_horizon
from neodermis.arrays import read_at
from neodermis.errors import InputError, did_you_mean
from neodermis.lazy import numpy as np
from neodermis.people.concern import find_concern
from neodermis.people.exposure import find_exposure
from neodermis.simulation import course
from neodermis.simulation.solver import Progress
from neodermis.skin.outcomes import OUTCOMES, find_outcome
from neodermis.treatment import Phase, Protocol, find_device

if TYPE_CHECKING:
    import xarray

    from neodermis.simulation.course import Course, SiteCourse

#: Points of one sweep: each is a course.
MAX_POINTS: Final = 2_000
#: Input of a plan → its unit.  One may name a site, ``depth_mm.cheek``, or a phase, ``phases.2.sessions``.
OF_PLAN: Final = {"depth_mm": "mm", "passes": "1", "sessions": "1", "interval_days": "d", "device": ""}
OF_PERSON: Final = {"age": "year", "sex": "", "phototype": "1"}
#: Groups of inputs, each followed by a name: ``exposures.smoking``.
GROUPS: Final = ("exposures", "concerns", "set")
STATISTICS: Final = ("median", "lower90", "upper90")


def sweep(
    case: str | Protocol | Case,
    *,
    outcomes: Sequence[str] | None = None,
    days: Sequence[float] | None = None,
    keep_draws: bool = False,
    impossible: Literal["error", "nan"] = "error",
    progress: Progress | None = None,
    **given: Any,
) -> xarray.Dataset:
    """Simulate a case for every combination of values of some inputs, all on the same draws.

    Parameters
    ----------
    case
        A protocol sentence, the object, or a whole case.
    outcomes
        Names of the outcomes to keep; all by default.
    days
        Days since the first session to keep; by default daily to day 60 and about 200 in all.
    keep_draws
        Keep every draw (dimension ``draw``) instead of median and 90 % credible interval (``statistic``).
    impossible
        What happens to a combination that the device cannot do, that goes beyond the limits of practice, or whose value
        is out of range: ``error`` (nothing is simulated, the error names the point), or ``nan`` (its results are NaN
        and the variable ``reason`` says why).
    progress
        Called with points done, and in all.
    given
        A sequence of values is a dimension of the sweep: ``depth_mm``, ``passes``, ``sessions``, ``interval_days`` and
        ``device`` of the protocol, ``age``, ``sex`` and ``phototype`` of the person, and by dotted name
        ``depth_mm.SITE``, ``passes.SITE``, ``phases.N.INPUT`` (of one phase of several), ``exposures.NAME``,
        ``concerns.NAME`` and ``set.PARAMETER``, as in ``**{"set.labile_share": [0.2, 0.4]}``.  A single value is a
        keyword of :func:`~neodermis.simulate`.

    Returns
    -------
    xarray.Dataset
        Dimensions: those of the sweep in the order given, ``site`` where there are several, ``statistic`` or ``draw``,
        and ``time_day``.  Variables: every outcome and ``NAME_untreated``, ``scarring_risk``, the burden of all visits
        (``visits``, ``minutes``, ``pain_vas``, ``downtime_days`` …), ``protocol``, ``failed`` (draws excluded from the
        statistics of a point) and ``reason``.  Units are attributes.

    Raises
    ------
    InputError
        As :func:`~neodermis.simulate`; an unknown input, no dimension, or a combination that is impossible.

    Examples
    --------
    >>> import neodermis as nd
    >>> plan = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"
    >>> found = nd.sweep(plan, depth_mm=[0.5, 1.5], interval_days=[14, 30], days=[120], draws=2)
    >>> dict(found.collagen_papillary.sizes)
    {'depth_mm': 2, 'interval_days': 2, 'statistic': 3, 'time_day': 1}
    >>> gain = (found.collagen_papillary - found.collagen_papillary_untreated).sel(statistic="median", time_day=120)
    >>> bool((gain.sel(depth_mm=1.5) > gain.sel(depth_mm=0.5)).all())
    True
    """
    # a dimension has many values; text is one value
    several = {name: list(value) for name, value in given.items() if _is_dimension(value)}
    base = case_of(case, {name: value for name, value in given.items() if name not in several}, Simulating)
    dimensions = {_checked(name, base): _values(name, values) for name, values in several.items()}
    count = math.prod(len(values) for values in dimensions.values())
    if not dimensions or count > MAX_POINTS:
        raise InputError(
            "dimensions", value=f"{count if dimensions else 'no'} points", accepted=f"1 to {MAX_POINTS:,} points",
            whose="this function: each point requires a course",
            next_step="give a list of values of an input, for instance depth_mm=[0.5, 1, 1.5]",
        )  # fmt: skip
    if impossible not in ("error", "nan"):
        raise InputError(
            "impossible", value=impossible, accepted="error or nan", whose="this function",
            next_step="leave it out for an error",
        )  # fmt: skip
    names = None if outcomes is None else [find_outcome(name).name for name in outcomes]
    points = [dict(zip(dimensions, values, strict=True)) for values in product(*dimensions.values())]
    cases, reasons = _possible(base, points, impossible)
    last = max(one.plan.last_day for one in cases.values())
    asked = base.numerics.until
    until = last + course.FOLLOW_UP if asked is None else asked
    kept = course.output_days((0.0,), until) if days is None else np.array([_day(day, until) for day in days])
    found: dict[int, Course] = {}
    rows: dict[int, dict[str, Any]] = {}
    for number, one in cases.items():
        numerics = replace(one.numerics, people=0, outcomes_only=False, until=until)
        done = simulate(replace(one, numerics=numerics, like=None))
        rows[number] = dict(_numbers(done, names, kept, keep_draws))
        found[number] = replace(done, sites={})  # its draws are not kept
        if progress is not None:
            progress(len(found), len(cases))
    return _dataset(base, dimensions, points, found, rows, reasons, kept, keep_draws)


def _is_dimension(value: object) -> bool:
    return isinstance(value, Sequence | range | np.ndarray) and not isinstance(value, str | bytes)


def varied(base: Case, values: Mapping[str, Any], of: str = "a change") -> Case:
    """The case with other values of some inputs, named as in :func:`sweep`; errors as there, ``of`` what they are."""
    return _changed(base, {_checked(name, base, of): value for name, value in values.items()})


def _checked(name: str, base: Case, of: str = "a sweep") -> str:
    """The name of an input as it stands in the dataset; errors for one that the case does not have."""
    short = name.removeprefix("plan.").removeprefix("patient.")
    group, dot, entry = short.partition(".")
    if dot and group == "exposures":
        return f"{group}.{find_exposure(entry).name}"
    if dot and group == "concerns":
        return f"{group}.{find_concern(entry).name}"
    if dot and group == "set":
        return f"{group}.{base.parameters[entry].name}"
    if short in (known := _inputs(base)):
        return short
    said = [*known, *(f"{group}.NAME" for group in GROUPS)]
    raise InputError(
        f"input of {of}", value=name, accepted=", ".join(said), whose="the case",
        next_step=did_you_mean(short, said),
    )  # fmt: skip


def _inputs(base: Case) -> list[str]:
    """Inputs of the plan and the person of a case; of a plan of several phases those of each phase."""
    at_sites = [f"{what}.{site}" for what in ("depth_mm", "passes") for site in base.sites]
    everywhere = ["depth_mm", "passes", "device", *at_sites]
    if (count := len(base.plan.phases)) == 1:
        return [*OF_PLAN, *at_sites, *OF_PERSON]
    of_phase = [f"phases.{n}.{what}" for n in range(1, count + 1) for what in (*OF_PLAN, *at_sites)]
    return [*everywhere, *of_phase, *(f"phases.{n}.from_day" for n in range(2, count + 1)), *OF_PERSON]


def _values(name: str, values: list[Any]) -> list[Any]:
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    if not plain or len({*map(str, plain)}) < len(plain):
        raise InputError(
            name, value=", ".join(map(str, plain)) or "no value", accepted="one value or more, each once",
            whose="this dimension of the sweep", next_step=f"for instance {name}=[0.5, 1, 1.5]",
        )  # fmt: skip
    return plain


def _day(day: object, until: float) -> float:
    number = float(day) if isinstance(day, int | float) else math.nan
    if not 0.0 <= number <= until:
        raise InputError(
            "days", value=str(day), accepted=f"days from 0 to {until:g}, the last of the sweep",
            whose="the longest course of the sweep", next_step="give days since the first session",
        )  # fmt: skip
    return number


def _changed(base: Case, point: Mapping[str, Any]) -> Case:
    """The case with the values of one point."""
    plan, person, chosen = base.plan, base.patient.said, dict(base.set)
    for name, value in point.items():
        group, _, entry = name.partition(".")
        if group in (*OF_PLAN, "phases"):
            plan = _replanned(plan, name, value)
        elif group in ("exposures", "concerns"):
            person[group] = person.get(group, {}) | {entry: str(value)}
        elif group == "set":
            chosen[entry] = value
        else:
            person[group] = value
    return replace(base, plan=plan, set=chosen).changed(**person)


def _replanned(plan: Protocol, name: str, value: Any) -> Protocol:
    """The protocol with another value of one of its inputs: in all phases or in one, at all sites or at one."""
    number, what, site = _of_plan(name)
    phases = [
        _rephased(phase, what, value, site) if number in (0, index) else phase
        for index, phase in enumerate(plan.phases, start=1)
    ]
    return replace(plan, phases=tuple(phases))


def _of_plan(name: str) -> tuple[int, str, str]:
    """Phase (0 for all), input and site (empty for all) of the name of an input of a plan."""
    number = 0
    if name.startswith("phases."):
        _, first, name = name.split(".", 2)
        number = int(first)
    what, _, site = name.partition(".")
    return number, what, site


def _rephased(phase: Phase, what: str, value: Any, site: str) -> Phase:
    if what == "device":
        return replace(phase, device=find_device(str(value)))
    if what == "sessions":  # one session has no interval
        return replace(phase, count=value, interval_days=0.0 if value == 1 else phase.interval_days)
    if what in ("interval_days", "from_day"):
        return replace(phase, **{what: value})
    treatments = (replace(one, **{what: value}) if site in ("", one.site) else one for one in phase.treatments)
    return replace(phase, treatments=tuple(treatments))


def _possible(
    base: Case, points: Sequence[Mapping[str, Any]], impossible: str
) -> tuple[dict[int, Case], dict[int, str]]:
    """The cases of the points that can be simulated, by number, and why the others cannot."""
    cases: dict[int, Case] = {}
    reasons: dict[int, str] = {}
    first: InputError | None = None
    for number, point in enumerate(points):
        try:
            one = _changed(base, point)
            one.planned()
            if base.numerics.until is not None:
                read_horizon(base.numerics.until, one.plan)
            cases[number] = one
        except InputError as error:
            first = first or error
            told = f"{error.what}: {error.value}" if error.value is not None else error.what
            reasons[number] = f"{told}; accepted: {error.accepted} ({error.whose})"
    if first is not None and (impossible == "error" or not cases):
        number = next(iter(reasons))
        where = ", ".join(f"{name}={value}" for name, value in points[number].items())
        more = f", and {len(reasons) - 1} more of {len(points)} points" if len(reasons) > 1 else ""
        raise InputError(
            f"point {where} of the sweep{more}", value=first.value, accepted=f"{first.what}: {first.accepted}",
            whose=first.whose,
            next_step='leave such values out, or give impossible="nan" to keep the point without results',
        ) from first  # fmt: skip
    return cases, reasons


def _numbers(done: Course, names: Sequence[str] | None, days: Any, keep_draws: bool) -> Iterator[tuple[str, Any]]:
    """Results of a point by name: (sites, statistics or draws[, days])."""
    sites = list(done.sites.values())
    numbers = range(1, done.ledger.draws + 1) if done.ledger.draws > 1 else range(1)
    shared = sorted(set.intersection(*(set(site.draw_numbers) for site in sites)))

    def told(rows: Any) -> Any:
        """Draws along the first axis, as they are kept."""
        if not keep_draws:
            return np.quantile(rows, (0.5, 0.05, 0.95), axis=0)
        whole = np.full((len(numbers), *rows.shape[1:]), np.nan)
        whole[[draw - numbers[0] for draw in shared]] = rows
        return whole

    def on_days(site: SiteCourse, every: Any) -> Any:
        place = {draw: row for row, draw in enumerate(site.draw_numbers)}
        return told(read_at(days, site.time_day, every[[place[draw] for draw in shared]]))

    for name in names if names is not None else OUTCOMES:
        if all(name in site.values for site in sites):
            yield name, np.array([on_days(site, site.values[name]) for site in sites])
            yield f"{name}_untreated", np.array([on_days(site, site.untreated[name]) for site in sites])
    yield "scarring_risk", np.array([site.scarring_risk for site in sites])
    for name, values in burden(done, shared).items():
        yield name, float(values[0]) if name == "visits" else told(values)
    yield "failed", float(len(numbers) - len(shared))


def _dataset(
    base: Case,
    dimensions: Mapping[str, Sequence[Any]],
    points: Sequence[Mapping[str, Any]],
    found: Mapping[int, Course],
    rows: Mapping[int, Mapping[str, Any]],
    reasons: Mapping[int, str],
    days: Any,
    keep_draws: bool,
) -> xarray.Dataset:
    """The points as one labelled dataset."""
    import xarray

    one = next(iter(found.values()))
    swept, shape = tuple(dimensions), tuple(len(values) for values in dimensions.values())
    draws = range(1, base.numerics.draws + 1) if base.numerics.draws > 1 else range(1)
    each = "draw" if keep_draws else "statistic"
    several = len(base.sites) > 1

    def whole(name: str) -> Any:
        like = np.asarray(next(row[name] for row in rows.values() if name in row), dtype=float)
        empty = np.full_like(like, np.nan)
        return np.array([rows.get(number, {}).get(name, empty) for number in range(len(points))]).reshape(
            (*shape, *like.shape)
        )

    def text(values: Mapping[int, str]) -> Any:
        return np.array([values.get(number, "") for number in range(len(points))]).reshape(shape)

    variables: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {}
    for name in dict.fromkeys(name for row in rows.values() for name in row):
        outcome = OUTCOMES.get(name.removesuffix("_untreated"))
        values = whole(name)
        if outcome is not None and name not in BURDEN and name != "scarring_risk":
            about = {
                "units": outcome.unit, "long_name": outcome.label, "description": outcome.definition,
                "better": outcome.better,
            }  # fmt: skip
            inner: tuple[str, ...] = ("site", each, "time_day")
        elif name == "scarring_risk":
            about, inner = {"units": "1", "long_name": "share of the draws that end in a scar"}, ("site",)
        elif name in BURDEN:
            about = {"units": BURDEN[name][1], "long_name": BURDEN[name][0]}
            inner = () if name == "visits" else (each,)
        else:
            about, inner = {"units": "1", "long_name": "draws that failed, excluded from the statistics"}, ()
        if "site" in inner and not several:
            values, inner = np.take(values, 0, axis=len(shape)), inner[1:]
        variables[name] = ((*swept, *inner), values, about)
    variables["protocol"] = (swept, text({n: done.protocol.sentence for n, done in found.items()}), {})
    variables["reason"] = (swept, text(reasons), {"long_name": "why a point has no results; empty where it has"})
    coordinates: dict[str, Any] = {
        name: (name, list(values), {"units": _unit(name, base)}) for name, values in dimensions.items()
    }
    coordinates |= {
        "site": list(base.sites) if several else base.sites[0],
        each: list(draws) if keep_draws else list(STATISTICS),
        "time_day": ("time_day", days, {"units": "d", "long_name": "days since the first session"}),
    }
    ledger = one.ledger
    return xarray.Dataset(
        variables,
        coords=coordinates,
        attrs={
            "title": "neodermis sweep",
            "case": json.dumps(base.document),
            "draws": ledger.draws,
            "seed": ledger.seed,
            "parameters": f"{ledger.parameters.name} {ledger.parameters.version}",
            "parameters_sha256": ledger.parameters.sha256,
            "versions": ", ".join(f"{name} {number}" for name, number in ledger.versions.items()),
            "warnings": "\n".join(dict.fromkeys(w for done in found.values() for w in done.ledger.warnings)),
        },
    )


def _unit(name: str, base: Case) -> str:
    group, _, entry = name.partition(".")
    if group == "set":
        return base.parameters[entry].unit
    if group == "exposures":
        return find_exposure(entry).unit
    what = _of_plan(name)[1]
    return {**OF_PLAN, **OF_PERSON, "from_day": "d"}.get(what, "")
