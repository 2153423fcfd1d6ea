"""Simple predictors for comparison: the pooled mean, and a null curve with five parameters.

Each predicts the numbers of one group of people from the published numbers of the others (leave one group of people
out).  Neither uses the mechanism, and both use the findings.  A model that predicts no better provides no information
on a protocol beyond the mean of the published numbers.

Equations   (y: published number towards benefit; t: day after the first session)
    pooled mean   y = mean over the other groups, of the outcome in its unit
    null curve    y = A dose^γ (e^(−t/τ₂) − e^(−t/τ₁)) + m
    dose = sessions until t × passes × needle depth (mm), over the median dose of the training groups
Both have a separate between-study spread, from the residuals of the training groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from neodermis.api.unprinted import devices_of
from neodermis.evidence import Arm, Study
from neodermis.simulation.session import Floats, Interval
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import read_protocol

#: Prior means and spreads of A, γ, ln τ₁, ln(τ₂/τ₁), relative to the scale of the numbers; m has no prior.
#: They are weak: a rise over weeks, a fall over a year, and a gain that grows more slowly than the dose.
PRIOR: Final = ((0.0, 0.5, np.log(30.0), np.log(12.0)), (2.0, 0.5, 0.7, 1.0))
#: Bounds of the same, and of m.
_LOWEST: Final = (-np.inf, 0.0, np.log(1.0), np.log(1.1), -np.inf)
_HIGHEST: Final = (np.inf, 3.0, np.log(1000.0), np.log(1000.0), np.inf)
#: Smallest number of training groups of people for a prediction.
FEWEST: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """Design of an arm, as used by the simple predictors."""

    people: str
    """Group of people."""
    device: str
    """Kind of device; ``mixed`` if the study does not report it."""
    session_days: tuple[float, ...]
    passes: float
    depth_mm: float

    def dose(self, day: float) -> float:
        """Sessions until a day × passes × depth (mm); the first session counts on its own day."""
        return sum(each <= day for each in self.session_days) * self.passes * self.depth_mm


def design(study: Study, arm: Arm) -> Design:
    """The design of an arm that can be simulated, from its sentence."""
    plan = read_protocol(arm.protocol, sites=site_spellings())
    treatments = [treatment for phase in plan.phases for treatment in phase.treatments]
    kinds = {device.kind for device in devices_of(arm, plan)}
    return Design(
        people=study.people_of(arm),
        device=kinds.pop() if len(kinds) == 1 else "mixed",
        session_days=tuple(plan.session_days),
        passes=float(np.mean([treatment.passes for treatment in treatments])),
        depth_mm=float(np.mean([treatment.depth_mm for treatment in treatments])),
    )


class Number(NamedTuple):
    """A published number, as used by the simple predictors."""

    people: str
    """Group of people."""
    kind: Hashable
    """Numbers of one kind are comparable and form one training set."""
    value: float
    dose: float
    day: float


class Forecast(NamedTuple):
    """Prediction, and its 90 % predictive interval for a new study."""

    value: float
    interval: Interval


Rival = Callable[[Sequence[Number], Sequence[Number]], list[Forecast]]


def left_out(numbers: Sequence[Number], rival: Rival) -> list[Forecast | None]:
    """Prediction of each number after training on the other groups of people.

    None if fewer than :data:`FEWEST` other groups report a number of its kind.
    """
    found: list[Forecast | None] = [None] * len(numbers)
    kinds: dict[Hashable, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, number in enumerate(numbers):
        kinds[number.kind][number.people].append(index)
    for groups in kinds.values():
        if len(groups) <= FEWEST:
            continue
        for people, indices in groups.items():
            training = [numbers[k] for name, others in groups.items() if name != people for k in others]
            for index, forecast in zip(indices, rival(training, [numbers[k] for k in indices]), strict=True):
                found[index] = forecast
    return found


def group_weights(numbers: Sequence[Number]) -> Floats:
    """Weights of numbers: groups of people equal, within them numbers equal; their mean is 1."""
    names = [number.people for number in numbers]
    counts = {name: names.count(name) for name in names}
    return np.array([len(names) / len(counts) / counts[name] for name in names])


def pooled_mean(training: Sequence[Number], asked: Sequence[Number]) -> list[Forecast]:
    """The mean of the groups' means, with Student's predictive interval for another group."""
    by_group: dict[str, list[float]] = defaultdict(list)
    for number in training:
        by_group[number.people].append(number.value)
    means = np.array([np.mean(values) for values in by_group.values()])
    middle, spread = float(means.mean()), float(means.std(ddof=1))
    reach = _student(len(means) - 1.0) * spread * np.sqrt(1.0 + 1.0 / len(means))
    return [_forecast(middle, reach)] * len(asked)


def null_curve(training: Sequence[Number], asked: Sequence[Number]) -> list[Forecast]:
    """The five-parameter curve, fitted to the training groups by penalised least squares."""
    fitted = fit_null(training)
    reach = _student(fitted.freedom) * fitted.spread * np.sqrt(1.0 + fitted.used / fitted.groups)
    return [_forecast(float(value), reach) for value in fitted.predict(asked)]


class NullFit(NamedTuple):
    """The fitted null curve."""

    parameters: Floats
    """A, γ, ln τ₁, ln(τ₂/τ₁), m."""
    reference_dose: float
    spread: float
    """Standard deviation between groups of people around the curve."""
    used: float
    """Effective number of parameters; the priors determine the rest."""
    groups: int

    @property
    def freedom(self) -> float:
        """Residual degrees of freedom of the spread."""
        return max(self.groups - self.used, 1.0)

    def predict(self, asked: Sequence[Number]) -> Floats:
        """Values of the curve for some numbers."""
        return curve(self.parameters, *_covariates(asked, self.reference_dose))


def curve(parameters: Floats, dose: Floats, day: Floats) -> Floats:
    """A dose^γ (e^(−t/τ₂) − e^(−t/τ₁)) + m, of (A, γ, ln τ₁, ln(τ₂/τ₁), m)."""
    size, power, log_rise, log_ratio, constant = parameters
    rise = np.exp(log_rise)
    shape = np.exp(-day / (rise * np.exp(log_ratio))) - np.exp(-day / rise)
    grown: Floats = np.where(dose > 0, np.where(dose > 0, dose, 1.0) ** power, 0.0)
    return np.asarray(size * grown * shape + constant)


def fit_null(training: Sequence[Number]) -> NullFit:
    """Fit of the null curve; groups of people weigh equally."""
    from scipy.optimize import least_squares

    values = np.array([number.value for number in training])
    groups = len({number.people for number in training})
    doses = np.array([number.dose for number in training if number.dose > 0])
    reference = float(np.median(doses)) if len(doses) else 1.0
    dose, day = _covariates(training, reference)
    weight = np.sqrt(group_weights(training) * groups / len(training))  # so that they sum to the number of groups
    scale = float(np.sqrt(np.mean(values**2))) or 1.0
    spread = max(float(np.std(values)), 1e-3 * scale)
    middle, wide = np.array(PRIOR[0]), np.array(PRIOR[1])
    unit = np.array([scale, 1.0, 1.0, 1.0])

    def residuals(parameters: Floats) -> Floats:
        data = weight * (values - curve(parameters, dose, day)) / spread
        return np.concatenate([data, (parameters[:4] / unit - middle) / wide])

    best: Any = None
    for start in (0.0, 1.0):  # no gain, or a gain of the size of the numbers
        found = least_squares(
            residuals, [start * scale, *middle[1:], float(np.average(values, weights=weight**2)) * (1.0 - start / 2.0)],
            bounds=(_LOWEST, _HIGHEST), x_scale=[scale, 1.0, 1.0, 1.0, scale],
        )  # fmt: skip
        if best is None or found.cost < best.cost:
            best = found
    of_data = best.jac[: len(values)]
    information = of_data.T @ of_data
    used = float(np.trace(np.linalg.solve(best.jac.T @ best.jac, information)))
    left = float(np.sum((weight * (values - curve(best.x, dose, day))) ** 2))
    return NullFit(best.x, reference, float(np.sqrt(left / max(groups - used, 1.0))), used, groups)


def _covariates(numbers: Sequence[Number], reference: float) -> tuple[Floats, Floats]:
    return np.array([n.dose for n in numbers]) / reference, np.array([n.day for n in numbers])


@cache
def _student(freedom: float) -> float:
    from scipy.stats import t

    return float(t.ppf(0.95, freedom))


def _forecast(value: float, reach: float) -> Forecast:
    return Forecast(value, Interval(value, value - reach, value + reach))


def spearman(first: Iterable[float], second: Iterable[float]) -> float | None:
    """Rank correlation; None where one of the two does not vary."""
    from scipy.stats import rankdata

    ranks = [rankdata(list(values)) for values in (first, second)]
    if any(np.ptp(each) == 0 for each in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])
