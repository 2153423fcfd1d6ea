"""Readings of a trial: the bias and the error of the rater, responders, and readings carried forward."""

from __future__ import annotations

import numpy as np

from neodermis.simulation.session import Floats
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.raters import RaterParameters, offset
from neodermis.trials.design import TrialDesign, TrialOutcome
from neodermis.trials.enrolment import Solved


def judge_of(plan: TrialDesign, arm: str, rater: str) -> str:
    """Whose bias the readings of an arm have: there is no expectation where a rater knows that nothing was done."""
    sham, treated = plan.is_sham(arm), plan.protocols[arm] is not None
    knows = (rater == "unblinded" and (sham or not treated)) or (rater == "self" and not treated)
    return "blinded" if knows else rater


def bias(solved: Solved, plan: TrialDesign, arm: str, asked: TrialOutcome, days: Floats) -> Floats:
    """What the rater's bias leaves of a level, (draws, days); 1 of an outcome that no rater grades."""
    draws = len(solved.draw_numbers)
    if not OUTCOMES[asked.name].raters or OUTCOMES[asked.name].better != "lower":
        return np.ones((draws, len(days)))
    column = RaterParameters(*(np.reshape(value, (-1, 1)) for value in solved.raters))
    found: Floats = np.exp(-np.broadcast_to(offset(judge_of(plan, arm, asked.judge), days, column), (draws, len(days))))
    return found


def reading_error(asked: TrialOutcome, typical: float) -> float:
    """Standard deviation of the reading that is analysed, the mean over the raters, in the unit of the outcome."""
    one = asked.outcome.reading_error(typical) if asked.reading_error is None else asked.reading_error
    return float(one / np.sqrt(asked.readers))


def responds(asked: TrialOutcome, baseline: Floats, now: Floats) -> Floats:
    """1 where a reading is better than baseline by the responder threshold, 0 where not, nan where it is missing."""
    outcome = asked.outcome
    gain = (now - baseline) * (1.0 if outcome.better == "higher" else -1.0)
    least = asked.responder or outcome.smallest(float(np.median(baseline)))
    return np.where(np.isfinite(gain), (gain >= least).astype(float), np.nan)


def carried(baseline: Floats, readings: Floats) -> Floats:
    """Readings with the last one, or that before treatment, in place of what is missing."""
    found, last = readings.copy(), baseline
    for visit in range(readings.shape[1]):
        found[:, visit] = last = np.where(np.isfinite(readings[:, visit]), readings[:, visit], last)
    return found
