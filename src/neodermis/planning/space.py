"""Plans that may be proposed: settings of a device inside what evidence, practice and the screening rules allow.

Each setting has a least and a greatest value and whose limit that is; a proposed plan never crosses one.  Limits of the
consultation are no part of this: a plan that breaks them is scored and refused, so that a conflict can be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from neodermis.care.suitability import adapted_protocol, screen, screened_as
from neodermis.errors import LimitError
from neodermis.notes import BORROWED, Note
from neodermis.planning.supported import Range, kind_of, supported
from neodermis.skin.tissue import find_site
from neodermis.treatment import Device, NeedlePattern, Pass, Phase, Protocol
from neodermis.treatment.device import written

if TYPE_CHECKING:
    from datetime import date

    from neodermis.care.consultation import Consultation
    from neodermis.care.suitability import Verdict
    from neodermis.planning.scoring import Goal
    from neodermis.simulation.shared import Sessions

#: Step of the depth of a device whose settings are unknown (mm).
DEPTH_STEP: Final = 0.25
#: Step of the number of passes: as many along as across.
PASS_STEP: Final = 2
#: Intervals that are tried (d), beside the shortest that is allowed.
INTERVALS: Final = (14.0, 21.0, 28.0, 30.0, 42.0, 56.0)
#: Most sessions that are tried.
MOST_SESSIONS: Final = 8


class Bound(NamedTuple):
    """A limit of a setting, and whose it is."""

    value: float
    whose: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A plan as codes: what is searched."""

    device: str
    count: int
    interval: float
    """Days; 0 for a single session."""
    ramp: bool
    """Whether the first session is one depth setting shallower."""
    sites: tuple[tuple[str, float, int], ...]
    """Site, depth (mm) and passes."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Settings of one device that may be proposed."""

    device: Device
    counts: tuple[int, ...]
    intervals: tuple[float, ...]
    depths: Mapping[str, tuple[float, ...]]
    passes: Mapping[str, tuple[int, ...]]
    bounds: Mapping[str, tuple[Bound, Bound]]
    """Least and greatest value of ``sessions``, ``interval``, ``depth SITE`` and ``passes SITE``."""
    remarks: tuple[str, ...]
    """What a reader must know of them: ranges of another concern, rules."""

    def sized(self, count: int, interval: float, ramp: bool, sites: Sequence[tuple[str, int, int]]) -> Setting:
        """A setting from the places of its depths and passes among those of each site."""
        chosen = tuple((site, self.depths[site][d], self.passes[site][p]) for site, d, p in sites)
        return self.regular(Setting(self.device.id, count, interval if count > 1 else 0.0, ramp, chosen))

    def regular(self, one: Setting) -> Setting:
        """The same plan without a lighter first session where there is none."""
        lighter = one.count > 1 and any(self.shallower(site, depth) < depth for site, depth, _ in one.sites)
        return one if lighter or not one.ramp else replace(one, ramp=False)

    def at(self, share: float, count: int | None = None) -> Setting:
        """The plan a share of the way from the lightest to the most intensive."""

        def place(choices: Sequence[object]) -> int:
            return round(share * (len(choices) - 1))

        sites = [(site, place(depths), place(self.passes[site])) for site, depths in self.depths.items()]
        chosen = self.counts[place(self.counts)] if count is None else count
        return self.sized(chosen, self.intervals[0], False, sites)

    def starts(self) -> Iterator[Setting]:
        """Plans that a search begins with, apart from one another.

        What other studies report is a step between depths and numbers of sessions, which no neighbour may show.
        """
        for count in self.counts:
            for share in (0.0, 0.25, 0.5, 0.75, 1.0):
                yield self.at(share, count)

    def neighbours(self, one: Setting) -> Iterator[Setting]:
        """Plans that differ by one step of one setting."""
        for count in _steps(self.counts, one.count):
            interval = one.interval or self.intervals[0]
            yield self.regular(replace(one, count=int(count), interval=interval if count > 1 else 0.0))
        if one.count > 1:
            for interval in _steps(self.intervals, one.interval):
                yield replace(one, interval=interval)
            if self.regular(other := replace(one, ramp=not one.ramp)) != one:
                yield other
        for number, (site, depth, passes) in enumerate(one.sites):
            others = [(site, each, passes) for each in _steps(self.depths[site], depth)]
            others += [(site, depth, int(each)) for each in _steps(self.passes[site], passes)]
            for other_site in others:
                sites = (*one.sites[:number], other_site, *one.sites[number + 1 :])
                yield self.regular(replace(one, sites=sites))

    def merged(self, one: Setting) -> Iterator[Setting]:
        """Plans with the same passes at each site in fewer sessions, at the same depths and interval."""
        for count in self.counts:
            if count >= one.count:
                return
            sites = tuple((site, depth, passes * one.count / count) for site, depth, passes in one.sites)
            if all(passes in self.passes[site] for site, _, passes in sites):
                whole = tuple((site, depth, int(passes)) for site, depth, passes in sites)
                interval = one.interval if count > 1 else 0.0
                yield self.regular(replace(one, count=count, interval=interval, sites=whole))

    def shallower(self, site: str, depth: float) -> float:
        """The next shallower depth of a site; the same where there is none."""
        choices = self.depths[site]
        return choices[max(choices.index(depth) - 1, 0)]

    def sessions(self, one: Setting, site: str) -> Sessions:
        """Sessions of a plan at one of its sites, as the simulation takes them."""
        depth, passes = next((depth, passes) for name, depth, passes in one.sites if name == site)
        first = self.shallower(site, depth) if one.ramp else depth
        return tuple(
            (number * one.interval, _needles(self.device, site, first if number == 0 else depth, passes))
            for number in range(one.count)
        )

    def protocol(self, one: Setting) -> Protocol:
        """A plan as a protocol."""
        passes = tuple(Pass(site=site, depth_mm=depth, passes=n) for site, depth, n in one.sites)
        if not one.ramp:
            return Protocol(
                phases=(Phase(device=self.device, treatments=passes, count=one.count, interval_days=one.interval),)
            )
        lighter = tuple(replace(each, depth_mm=self.shallower(each.site, each.depth_mm)) for each in passes)
        single = one.count == 2
        rest = Phase(
            device=self.device, treatments=passes, count=one.count - 1, interval_days=0.0 if single else one.interval,
            from_day=one.interval if single else None,
        )  # fmt: skip
        return Protocol(phases=(Phase(device=self.device, treatments=lighter, count=1), rest))

    def at_bounds(self, one: Setting) -> Iterator[str]:
        """Sentences on the limits that a plan reaches, where it could go no further."""
        reached = [("sessions", "session", float(one.count)), ("interval", "interval (d)", one.interval)]
        for site, depth, passes in one.sites:
            place = site.replace("_", " ")
            reached += [(f"depth {site}", f"depth at the {place} (mm)", depth),
                        (f"passes {site}", f"passes at the {place}", float(passes))]  # fmt: skip
        for name, what, value in reached:
            if name == "interval" and one.count == 1:
                continue
            low, high = self.bounds[name]
            for bound, end in ((low, "least"), (high, "greatest")):
                if value == bound.value and low.value < high.value:
                    yield f"{what}: {written(value)} is the {end} that may be proposed ({bound.whose})"


def _steps(choices: Sequence[float], value: float) -> Iterator[float]:
    place = choices.index(value)
    yield from (choices[k] for k in (place - 1, place + 1) if 0 <= k < len(choices))


def _needles(device: Device, site: str, depth: float, passes: int) -> NeedlePattern:
    return NeedlePattern(device, Pass(site=site, depth_mm=depth, passes=passes))


def choices(device: Device, goals: Sequence[Goal], one: Consultation, today: date) -> tuple[Choices, Verdict]:
    """What may be proposed with a device for the sites of the goals, and the verdict of the rules on it.

    Raises
    ------
    LimitError
        No depth of the device lies inside the limits of a site, of evidence and of the rules.
    """
    kind = kind_of(device)
    sites = tuple(dict.fromkeys(goal.site for goal in goals))
    remarks: dict[str, None] = {}
    bounds: dict[str, tuple[Bound, Bound]] = {}
    ranges = {site: [supported(goal.concern or "any", kind) for goal in goals if goal.site == site] for site in sites}
    for each in (found for every in ranges.values() for found in every):
        remarks |= dict.fromkeys(Note(text, BORROWED) for text in each.borrowed)

    def span(name: str, of: Sequence[Range]) -> tuple[Bound, Bound]:
        """What every concern is supported in: the greatest of the least values, the least of the greatest."""
        low = max(of, key=lambda found: found.low)
        high = min(of, key=lambda found: found.high)
        least = min(low.low, high.high)  # of concerns that have no range in common, the lighter
        return Bound(least, _whose(low)), Bound(high.high, _whose(high))

    every = [found for found_at in ranges.values() for found in found_at]
    bounds["sessions"] = span("sessions", [found.sessions for found in every])
    bounds["interval"] = span("interval", [found.interval_days for found in every])
    for site in sites:
        place = find_site(site)
        low, high = span("depth", [found.depth_mm for found in ranges[site]])
        for value, whose in (
            (place.limit_mm, place.limit_whose),
            (device.depth_max_mm, device.depth_basis),
            (device.depth_evaluated_mm, f"{device.id}: the greatest depth that was evaluated"),
        ):
            if value is not None and value < high.value:
                high = Bound(value, whose)
        bounds[f"depth {site}"] = (Bound(min(low.value, high.value), low.whose), high)
        bounds[f"passes {site}"] = span("passes", [found.passes for found in ranges[site]])
    heaviest = _heaviest(device, sites, bounds)
    verdict = screen(one, today=today, device=screened_as(device), protocol=heaviest)
    adapted, told = adapted_protocol(heaviest, verdict)
    remarks |= dict.fromkeys(told)
    phase, before = adapted.phases[0], heaviest.phases[0]
    for treatment, old in zip(phase.treatments, before.treatments, strict=True):
        for name, now, then in (
            (f"depth {old.site}", treatment.depth_mm, old.depth_mm),
            (f"passes {old.site}", float(treatment.passes), float(old.passes)),
        ):
            if now < then:
                low, _ = bounds[name]
                whose = "the screening rules for this patient"
                bounds[name] = (Bound(min(low.value, now), low.whose if low.value <= now else whose), Bound(now, whose))
    low, high = bounds["interval"]
    if phase.interval_days > low.value:
        low = Bound(phase.interval_days, "the screening rules: interval between sessions")
        bounds["interval"] = (low, high if high.value >= low.value else low)
    low, high = bounds["interval"]
    least, most = bounds["sessions"]
    found = Choices(
        device=device,
        counts=tuple(range(int(least.value), int(min(most.value, MOST_SESSIONS)) + 1)),
        intervals=tuple(sorted({low.value, *(day for day in INTERVALS if low.value <= day <= high.value)})),
        depths={site: _depths(device, *bounds[f"depth {site}"]) for site in sites},
        passes={site: _passes(*bounds[f"passes {site}"]) for site in sites},
        bounds=bounds,
        remarks=tuple(remarks),
    )
    return found, verdict


def _whose(found: Range) -> str:
    """Where a supported range is from, in words."""
    if not found.studies and not found.assumed:
        return found.basis
    count = len({*found.studies, *found.assumed})
    return f"{count} {'study' if count == 1 else 'studies'} of this use, {found.basis}"


def _heaviest(device: Device, sites: Sequence[str], bounds: Mapping[str, tuple[Bound, Bound]]) -> Protocol:
    """The most intensive plan inside the bounds, which the rules are asked about."""
    passes = tuple(
        Pass(
            site=site,
            depth_mm=_depths(device, *bounds[f"depth {site}"])[-1],
            passes=int(bounds[f"passes {site}"][1].value),
        )
        for site in sites
    )
    count = max(int(min(bounds["sessions"][1].value, MOST_SESSIONS)), 2)
    return Protocol(
        phases=(Phase(device=device, treatments=passes, count=count, interval_days=bounds["interval"][0].value),)
    )


def _depths(device: Device, low: Bound, high: Bound) -> tuple[float, ...]:
    """Depths of a device inside two bounds; the deepest setting below where none lies inside."""
    if device.depth_fixed:
        settings: tuple[float, ...] = (device.needle_length_mm,)
    elif device.settings_mm:
        settings = device.settings_mm
    else:
        count = round(device.depth_max_mm / DEPTH_STEP)
        settings = tuple(DEPTH_STEP * k for k in range(1, count + 1))
    allowed = [depth for depth in settings if device.depth_min_mm <= depth <= high.value + 1e-9]
    if not allowed:
        raise LimitError(
            f"depth of {device.id}", accepted=f"at most {written(high.value)} mm", whose=high.whose,
            next_step="plan with a device that can be set to a smaller depth",
        )  # fmt: skip
    inside = [depth for depth in allowed if depth >= low.value - 1e-9]
    return tuple(inside or allowed[-1:])


def _passes(low: Bound, high: Bound) -> tuple[int, ...]:
    """Even numbers of passes inside two bounds; the greatest number where none is."""
    even = [n for n in range(PASS_STEP, int(high.value) + 1, PASS_STEP) if n >= low.value]
    return tuple(even or [int(high.value)])
