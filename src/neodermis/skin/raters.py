"""Raters: what a judge adds to a change that an instrument would not read.

Biology
    None: people who know that they were treated, or who treated, see more of an improvement; people come when they are
    at their worst and are better when they are seen again; a season passes.  All of this is in one offset, which in
    studies of needling alone cannot be told from biology.
Equations   (g_obs, g: severity as it is graded, and as the state gives it; t days after the first session)
    ln g_obs = ln g − b (1 − 2^(−t/T))
    b = 0 of an instrument, b₁ of a blinded rater, b₁ + b₂ of one who knows, b₁ + b₂ + b₃ of the patient
Reads
    who judges, the day.
Writes
    the change of a graded scale as that judge gives it.
Evidence
    needling alone lowers scores of acne scars by 9 to 53 %: low where raters are blinded or an instrument reads, high
    where they are not or the patient judges.  No study of needling had the same arm judged both ways with numbers, so
    that every size here is assumed; findings judge them together with the biology, and the two cannot be told apart.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.units import Array, Declared


class RaterParameters(NamedTuple):
    """Falls of the logarithm of a severity that are the judge's and the time's."""

    rater_blinded: Annotated[Array, Declared("1", "fall of log severity by a blinded rater, and by time")]
    rater_unblinded: Annotated[Array, Declared("1", "further fall by a rater who knows")]
    rater_self: Annotated[Array, Declared("1", "further fall by the patient")]
    rater_time: Annotated[Array, Declared("d", "time in which half of it has come")]


#: Judges, from the one that adds nothing on.
RATERS = ("instrument", "blinded", "unblinded", "self")


def offset(rater: str, day: Array, p: RaterParameters) -> Array:
    """What a judge takes off the logarithm of a severity on a day after the first session; 0 of an instrument."""
    level = RATERS.index(rater)
    added = (p.rater_blinded, p.rater_unblinded, p.rater_self)[:level]
    return sum(added) * (1.0 - 2.0 ** (-np.asarray(day) / p.rater_time)) if added else 0.0 * np.asarray(p.rater_time)
