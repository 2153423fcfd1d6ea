"""Raters: rater bias added to a change as measured by an instrument.

Biology
    None: unblinded patients and clinicians perceive a larger improvement; patients present when they are at their worst
    and improve by the next visit (regression to the mean); seasons change.  One offset covers all of these; in studies
    of needling alone it cannot be separated from biology.
Equations   (g_obs, g: observed severity, and severity derived from the state; t days after the first session)
    ln g_obs = ln g − b (1 − 2^(−t/T))
    b = 0 for an instrument, b₁ for a blinded rater, b₁ + b₂ for an unblinded rater, b₁ + b₂ + b₃ for the patient
Reads
    kind of rater, day.
Writes
    change of a graded scale as reported by that rater.
Evidence
    needling alone lowers acne-scar scores by 9 to 53 %: less with blinded raters or instruments, more with unblinded
    raters or patients.  No study of needling reports numbers for one arm rated in both ways, so every size here is
    assumed; findings inform rater bias and biology jointly, and the two cannot be separated.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.units import Array, Declared


class RaterParameters(NamedTuple):
    """Falls of the logarithm of a severity that are the judge's and the time's."""

    rater_blinded: Annotated[Array, Declared("1", "bias of a blinded rater: fall of the logarithm of severity")]
    rater_unblinded: Annotated[Array, Declared("1", "additional bias of an unblinded rater")]
    rater_self: Annotated[Array, Declared("1", "additional bias of the patient")]
    rater_time: Annotated[Array, Declared("d", "half-time of rater bias")]


#: Judges, from the one that adds nothing on.
RATERS = ("instrument", "blinded", "unblinded", "self")


def offset(rater: str, day: Array, p: RaterParameters) -> Array:
    """What a judge takes off the logarithm of a severity on a day after the first session; 0 of an instrument."""
    level = RATERS.index(rater)
    added = (p.rater_blinded, p.rater_unblinded, p.rater_self)[:level]
    return sum(added) * (1.0 - 2.0 ** (-np.asarray(day) / p.rater_time)) if added else 0.0 * np.asarray(p.rater_time)
