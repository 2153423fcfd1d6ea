"""Analysis of a trial as studies publish it: one estimate with its interval and p-value, by statsmodels."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from neodermis.errors import InputError
from neodermis.uncertain import Interval

if TYPE_CHECKING:
    from neodermis.trials.design import Analysis

#: Analysis → what it estimates: of the arm against its control.
MEASURES: Final[dict[str, str]] = {
    "t-test": "difference of the mean change",
    "paired t-test": "mean difference between the sides of the change",
    "ancova": "difference of the mean, adjusted for baseline",
    "mixed model": "difference of the mean, adjusted for baseline",
    "ordinal": "odds ratio of a higher grade, adjusted for baseline",
    "risk difference": "difference of the share of responders",
}


class Fit(NamedTuple):
    """An estimate with its confidence interval."""

    estimate: float
    lower: float
    upper: float
    p: float
    note: str = ""
    """What a reader must know of the fit."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Readings of one outcome in an arm and its control: a row for each person (and side), a column for each visit."""

    treated: Any
    """1 in the arm, 0 in the control."""
    person: Any
    baseline: Any
    values: Any
    """(rows, visits); nan where a reading is missing."""
    visit: int
    """Column of the analysed visit."""
    responds: Any
    """1 for responders on that day, 0 for others, nan where it is missing."""


def usable() -> None:
    """Raise :class:`InputError` if the library of the analyses is not installed."""
    try:
        import statsmodels  # noqa: F401
    except ImportError as error:
        raise InputError(
            field="trial", value="the library statsmodels is not installed",
            accepted="an installation with the extra trials", whose="the analysis of a trial",
            next_step="pip install 'neodermis[trials]'",
        ) from error  # fmt: skip


def analyse(readings: Readings, analysis: Analysis, alpha: float) -> Fit | None:
    """Estimate of an analysis with its interval at 1 − ``alpha``; None where the readings do not determine it."""
    fit = _fitted(readings, analysis, alpha)
    return fit if fit is not None and np.isfinite(fit[:4]).all() else None


def _fitted(readings: Readings, analysis: Analysis, alpha: float) -> Fit | None:
    if analysis == "mixed model":
        return _mixed(readings, alpha)
    now, treated = readings.values[:, readings.visit], readings.treated > 0
    there = np.isfinite(now)
    if analysis == "paired t-test":
        return _paired(readings, now, alpha)
    if min((there & treated).sum(), (there & ~treated).sum()) < 3:
        return None
    if analysis == "t-test":
        return _two_samples((now - readings.baseline)[there], treated[there], alpha)
    if analysis == "risk difference":
        return _risk(readings.responds[there], treated[there], alpha)
    model = _ancova if analysis == "ancova" else _ordinal
    return model(now[there], readings.treated[there], readings.baseline[there], alpha)


def adjusted(p: list[float], method: str, alpha: float) -> list[float]:
    """p-values adjusted for several comparisons: ``holm``, ``bonferroni`` or ``none``."""
    if method == "none" or len(p) < 2:
        return p
    from statsmodels.stats.multitest import multipletests

    return [float(value) for value in multipletests(p, alpha=alpha, method=method)[1]]


def mean_interval(values: Any, alpha: float) -> tuple[float, float, float]:
    """Mean with its confidence interval; the mean alone, twice, of fewer than two values."""
    from statsmodels.stats.weightstats import DescrStatsW

    if len(values) < 2:
        middle = float(np.mean(values)) if len(values) else float("nan")
        return middle, float("nan"), float("nan")
    of = DescrStatsW(values)
    lower, upper = map(float, of.tconfint_mean(alpha))
    return float(of.mean), lower, upper


def share_interval(count: int, of: int, alpha: float) -> Interval:
    """Share with its interval at 1 − ``alpha`` (Wilson)."""
    from statsmodels.stats.proportion import proportion_confint

    return Interval(count / of, *map(float, proportion_confint(count, of, alpha=alpha, method="wilson")))


def _fit(estimate: Any, ends: Iterable[Any], p: Any, note: str = "") -> Fit:
    lower, upper = map(float, ends)
    return Fit(float(estimate), lower, upper, float(p), note)


def _two_samples(change: Any, treated: Any, alpha: float) -> Fit:
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    both = CompareMeans(DescrStatsW(change[treated]), DescrStatsW(change[~treated]))
    _, p, _ = both.ttest_ind(usevar="unequal")
    difference = change[treated].mean() - change[~treated].mean()
    return _fit(difference, both.tconfint_diff(alpha, usevar="unequal"), p)


def _paired(readings: Readings, now: Any, alpha: float) -> Fit | None:
    from statsmodels.stats.weightstats import DescrStatsW

    change: dict[float, dict[int, float]] = {1.0: {}, 0.0: {}}
    for person, treated, value in zip(readings.person, readings.treated, now - readings.baseline, strict=True):
        if np.isfinite(value):
            change[float(treated)][int(person)] = float(value)
    both = [person for person in change[1.0] if person in change[0.0]]
    if len(both) < 3:
        return None
    of = DescrStatsW(np.array([change[1.0][person] - change[0.0][person] for person in both]))
    return _fit(of.mean, of.tconfint_mean(alpha), of.ttest_mean()[1])


def _ancova(now: Any, treated: Any, baseline: Any, alpha: float) -> Fit:
    from statsmodels.regression.linear_model import OLS

    fit = OLS(now, np.column_stack([treated, np.ones(len(now)), baseline])).fit()
    return _fit(fit.params[0], fit.conf_int(alpha)[0], fit.pvalues[0])


def _mixed(readings: Readings, alpha: float) -> Fit | None:
    """Linear mixed model with a random intercept of each person, over all visits; the effect on the analysed one."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    rows, visits = readings.values.shape
    there = np.isfinite(readings.values)
    here = there[:, readings.visit]
    if min((here & (readings.treated == arm)).sum() for arm in (0.0, 1.0)) < 3:
        return None
    treated, baseline = (np.repeat(one, visits) for one in (readings.treated, readings.baseline))
    visit = np.tile(np.arange(visits), rows)
    # the analysed visit is the reference, so that the coefficient of the arm is the effect on it
    others = [number for number in range(visits) if number != readings.visit and there[:, number].any()]
    dummies = [(visit == number).astype(float) for number in others]
    columns = [treated, np.ones(len(visit)), baseline, *dummies, *(treated * one for one in dummies)]
    kept = there.ravel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is in `converged`, which is told
        fit = MixedLM(
            readings.values.ravel()[kept], np.column_stack(columns)[kept], np.repeat(readings.person, visits)[kept]
        ).fit()
    note = "" if fit.converged else "the mixed model did not converge; read its interval with care"
    return _fit(fit.params[0], fit.conf_int(alpha)[0], fit.pvalues[0], note)


def _ordinal(now: Any, treated: Any, baseline: Any, alpha: float) -> Fit | None:
    """Proportional odds of the grade, a whole number as raters give it."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    # ranks of the grades that occur: the model needs a threshold between any two
    grades, ranks = np.unique(np.round(now), return_inverse=True)
    if len(grades) < 2:
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of grades that the arms do not share: the fit is then not finite
        fit = OrderedModel(ranks, np.column_stack([treated, baseline]), distr="logit").fit(method="bfgs", disp=False)
        ends = np.exp(fit.conf_int(alpha)[0])
        odds = np.exp(fit.params[0])
    note = "" if fit.mle_retvals["converged"] else "the ordinal model did not converge; read its interval with care"
    return _fit(odds, ends, fit.pvalues[0], note)


def _risk(responds: Any, treated: Any, alpha: float) -> Fit:
    """Difference of two shares: interval of Newcombe, test by score."""
    from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

    counts = [value for arm in (treated, ~treated) for value in (int(responds[arm].sum()), int(arm.sum()))]
    ends = confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=alpha)
    difference = counts[0] / counts[1] - counts[2] / counts[3]
    if counts[0] + counts[2] in (0, counts[1] + counts[3]):
        return _fit(difference, ends, 1.0, "all people of both arms have the same response")
    with np.errstate(divide="ignore"):  # of an odds ratio, which is not used
        p = test_proportions_2indep(*counts, method="score", compare="diff").pvalue
    return _fit(difference, ends, p)
