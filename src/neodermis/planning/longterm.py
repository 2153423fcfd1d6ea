"""After the course: how long a change lasts, what keeps it, and ten years with and without.

Equations   (y: outcome without rater bias; s: +1 where higher is better, else −1)
    gain            G(t) = s (y_treated(t) − y_untreated(t))
    share held      H = least of G(t) / G(peak) from the peak on, over the years that are looked at
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from neodermis.planning.scoring import SiteModel
from neodermis.simulation.session import Floats
from neodermis.simulation.shared import Sessions
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Interval

#: Intervals of maintenance that are tried (d), the longest first.
INTERVALS: Final = (730.0, 365.0, 273.0, 182.0, 120.0, 90.0)
#: Years over which a gain is to be held.
HELD_OVER: Final = 5
#: Share of the gain that maintenance is to hold.
SHARE: Final = 0.5
YEAR: Final = 365.0
#: Years that are told of ten.
YEARS: Final = (1, 2, 5, 10)
#: Days between two looks.
_STEP: Final = 45.0


class Maintenance(NamedTuple):
    """Single sessions like the last one that hold a share of the gain."""

    outcome: str
    interval_days: float | None
    """Longest interval that holds :data:`SHARE`; None where none of :data:`INTERVALS` does, or none is needed."""
    needed: bool
    held: Interval
    """Share of the gain that is left at least, with that maintenance; without any where none is needed."""
    without: Interval
    """The same without maintenance, after :data:`HELD_OVER` years."""
    half_left: Interval | None
    """Days after the last session on which half of the peak gain is left, among members that lose it in the time."""
    losing: float
    """Share of the members that lose half of the gain in the time."""


class Decade(NamedTuple):
    """An outcome over ten years, as a change from its value before the first session, in % of it."""

    outcome: str
    course: Mapping[str, tuple[Interval, ...]]
    """What is done, and the change after each of :data:`YEARS`."""


def maintenance(model: SiteModel, sessions: Sessions, outcome: str) -> Maintenance | None:
    """The longest interval of single sessions that holds :data:`SHARE` of the gain.

    Of the members with a gain that matters; None where they are less than half.
    """
    last, source = sessions[-1]
    end = last + HELD_OVER * YEAR
    days, gain = _gain(model, sessions, outcome, end)
    top = gain.max(axis=1)
    start = model.courses.predicted(sessions, days).treated[outcome][:, 0]
    gained = top >= OUTCOMES[outcome].smallest(float(np.median(start)))
    if gained.mean() < 0.5:
        return None
    without = _held(gain, gained)
    after = np.array([_first_below(days, row, row.max() / 2.0) for row in gain[gained]])
    losing = np.isfinite(after)
    half = Interval.of(after[losing] - last) if losing.any() else None
    share = float(losing.mean())
    if float(np.median(without)) >= SHARE:
        held = Interval.of(without)
        return Maintenance(outcome, None, False, held, held, half, share)
    for interval in INTERVALS:
        more = tuple((last + interval * k, source) for k in range(1, int((end - last) // interval) + 1))
        # the share is of the gain of the course by itself, so that maintenance is not measured against its own peak
        later, kept = _gain(model, (*sessions, *more), outcome, end)
        at = later >= days[gain[gained].mean(axis=0).argmax()]
        held_rows = kept[gained][:, at].min(axis=1) / top[gained]
        if float(np.median(held_rows)) >= SHARE:
            return Maintenance(outcome, interval, True, Interval.of(held_rows), Interval.of(without), half, share)
    return Maintenance(outcome, None, True, Interval.of(without), Interval.of(without), half, share)


def _gain(model: SiteModel, sessions: Sessions, outcome: str, end: float) -> tuple[Floats, Floats]:
    """Days, and the gain over the untreated course, (members, days)."""
    sessions = tuple(one for one in sessions if one[0] < end)
    days = np.unique(np.concatenate([[day for day, _ in sessions], np.arange(0.0, end, _STEP), [end]]))
    found = model.courses.predicted(sessions, days)
    sign = 1.0 if OUTCOMES[outcome].better == "higher" else -1.0
    well = np.asarray(found.solution.failure) == 0
    gain = sign * (found.treated[outcome] - found.untreated[outcome])
    return days, np.where(well[:, None], gain, 0.0)


def _held(gain: Floats, gained: Floats) -> Floats:
    """Least share of the peak gain from the peak on, of the members that gain."""
    found: Floats = np.array([row[row.argmax() :].min() / row.max() for row in gain[gained]])
    return found


def _first_below(days: Floats, row: Floats, level: float) -> float:
    """First day after the peak on which a gain is below a level; infinite where there is none."""
    top = int(row.argmax())
    below = np.flatnonzero(row[top:] < level)
    return float(days[top + below[0]]) if len(below) else np.inf


def decade(
    model: SiteModel, better: SiteModel | None, sessions: Sessions, outcome: str, interval: float | None
) -> Decade:
    """An outcome over ten years: untreated, after the course, with maintenance, and with better exposures.

    Parameters
    ----------
    better
        The same members with their exposures changed; None where nothing is to change.
    interval
        Of maintenance (d); yearly where it is None.
    """
    last, source = sessions[-1]
    end = YEARS[-1] * YEAR
    every = interval or YEAR
    kept = (*sessions, *((last + every * k, source) for k in range(1, int((end - last - 1.0) // every) + 1)))
    days = np.unique(np.concatenate([[day for day, _ in kept], [0.0], [YEAR * year for year in YEARS]]))
    at = [int(np.flatnonzero(days == YEAR * year)[0]) for year in YEARS]

    def told(rows: Floats) -> tuple[Interval, ...]:
        return tuple(Interval.of(100.0 * (rows[:, k] / rows[:, 0] - 1.0)) for k in at)

    found = model.courses.predicted(sessions, days)
    whole = {
        "without treatment": told(found.untreated[outcome]),
        "the course": told(found.treated[outcome]),
        f"the course, then a session every {every:g} days": told(model.courses.predicted(kept, days).treated[outcome]),
    }
    if better is not None:
        other = better.courses.predicted(sessions, days)
        whole["without treatment, exposures changed"] = told(other.untreated[outcome])
        whole["the course, exposures changed"] = told(other.treated[outcome])
    return Decade(outcome, whole)
