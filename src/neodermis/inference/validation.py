"""The scorecard: published results compared with their forecasts as new studies, and with simple predictors.

Each study is predicted as new: with an effect, cuts and sampling errors of its own.  The forecast is the mean of other
studies and the mechanism, at the weight of the family (:mod:`neodermis.evidence.posterior`).  Rivals are that mean
alone, the mechanism alone, and no effect.  Groups of people weigh equally; errors are in the smallest change that
matters, or a tenth of the start where the scale gives none.

Scores   (y published, X forecast)
    absolute error of the median;  CRPS  E|X − y| − ½ E|X − X'|;  interval score of the central 90 %
    range of coverage: the central 98 % of replicates in which every group prints one draw of its own forecast
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np

from neodermis.evidence import ParameterSet, Study
from neodermis.evidence.posterior import Posterior
from neodermis.inference.forecast import Shell, crps, interval_score, printed
from neodermis.inference.model import JUDGES
from neodermis.inference.table import TAUS, Line, Table, least_change, lines, linked_draws, table
from neodermis.simulation.course import Observed
from neodermis.simulation.session import Interval
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.raters import RATERS, family_of
from neodermis.studies import scorecard
from neodermis.studies.rivals import design, spearman
from neodermis.uncertain import Distribution, Floats

Name = Literal["forecast", "mechanism", "pooled_mean", "no_effect"]
#: Forecast and rivals.
NAMES: Final[tuple[Name, ...]] = ("forecast", "mechanism", "pooled_mean", "no_effect")
#: Replicates of the range of coverage, and the share of them that it holds.
REPLICATES, WITHIN = 1000, 0.98


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """Numbers with the draws of every forecast, and the results that cannot be tested."""

    rows: tuple[Observed, ...]
    """The numbers with the forecast, in the order of the table."""
    others: tuple[Observed, ...]
    """All other results: signs, significance statements, differences between arms, and results without a prediction."""
    table: Table
    draws: Mapping[Name, Floats]
    """As levels and shares of people, (draws, rows of the table)."""
    mechanism_weight: Floats

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The numbers."""
        return self.table.lines

    @cached_property
    def least(self) -> Floats:
        """Smallest change that matters of each number, as a level or a share of people."""
        return np.array([least_change(line) for line in self.lines])

    @cached_property
    def weights(self) -> Floats:
        """Weight of each number: groups of people equal."""
        return scorecard.weights([line.row for line in self.lines])

    def inside(self, share: float, name: Name = "forecast") -> Any:
        """Whether each number lies in the central interval; of a published range, whether the two overlap."""
        low, high = np.quantile(self.draws[name], (0.5 - share / 2.0, 0.5 + share / 2.0), axis=0)
        half = np.array([
            (line.row.observed[1] - line.row.observed[0]) / 2.0 / abs(line.draws.size) if line.row.observed else 0.0
            for line in self.lines
        ])  # fmt: skip
        published = self.table.published
        return (published + half >= low - 1e-9) & (published - half <= high + 1e-9)

    def errors(self, name: Name) -> Floats:
        """Absolute error of the median of each number."""
        return np.asarray(np.abs(np.median(self.draws[name], axis=0) - self.table.published) / self.least)

    def crps(self, name: Name) -> Floats:
        """CRPS of each number."""
        return crps(self.draws[name], self.table.published) / self.least

    def interval_scores(self, name: Name) -> Floats:
        """Interval score of each number."""
        return interval_score(self.draws[name], self.table.published) / self.least

    def families(self) -> list[str]:
        """Families of the numbers, in the order of the catalogue."""
        found = {family_of(line.row.finding.outcome) for line in self.lines}
        return [name for name in scorecard.TITLES if name in found]

    def of_family(self, name: str) -> Any:
        """Which numbers are of a family."""
        return np.array([family_of(line.row.finding.outcome) == name for line in self.lines])

    def coverage_range(self, share: float) -> tuple[float, float]:
        """Central 98 % of the coverage in replicates that are drawn from the forecast itself, group by group."""
        draws, rng = self.draws["forecast"], np.random.default_rng(11)
        low, high = np.quantile(draws, (0.5 - share / 2.0, 0.5 + share / 2.0), axis=0)
        held = (draws >= low - 1e-9) & (draws <= high + 1e-9)
        covered = np.zeros(REPLICATES)
        for g in range(len(self.table.names)):
            rows = self.table.people == g
            covered += (held[:, rows] @ self.weights[rows])[rng.integers(len(draws), size=REPLICATES)]
        edge = (1.0 - WITHIN) / 2.0
        low_, high_ = np.quantile(covered, (edge, 1.0 - edge))
        return float(low_), float(high_)

    def ahead(self, rival: Name, chosen: Any = None) -> Interval | None:
        """Difference in CRPS between a simple predictor and the forecast, with its 90 % interval over groups."""
        kept = np.arange(self.table.size) if chosen is None else np.flatnonzero(chosen)
        rows = [self.lines[k].row for k in kept]
        return scorecard.resampled(rows, (self.crps(rival) - self.crps("forecast"))[kept].tolist())

    def mean(self, values: Floats, chosen: Any = None) -> float | None:
        """Weighted mean of the numbers; None without any."""
        kept = np.ones(self.table.size, dtype=bool) if chosen is None else np.asarray(chosen)
        if not kept.any():
            return None
        rows = [line.row for line, one in zip(self.lines, kept, strict=True) if one]
        return float((scorecard.weights(rows) * np.asarray(values, dtype=float)[kept]).sum())

    def rank(self) -> float | None:
        """Rank correlation of forecast with published changes over protocols, in smallest changes that matter."""
        towards = np.array([scorecard.towards_benefit(line.row) for line in self.lines])
        start = np.where(self.table.kind == 0, 1.0, 0.0)
        forecast, published = (
            towards * (values - start) / self.least
            for values in (np.median(self.draws["forecast"], axis=0), self.table.published)
        )
        return spearman(forecast.tolist(), published.tolist())


def shell_of_rows(found: Sequence[Line], parameters: ParameterSet, draws: int, seed: int) -> Shell:
    """The mechanism as simulated: its solved draws; failed draws are replaced by others of the same row."""
    eta, rng = linked_draws(found, draws), np.random.default_rng(seed + 5)
    for row in eta:
        missing = ~np.isfinite(row)
        row[missing] = rng.choice(row[~missing], missing.sum())
    drawn = parameters.draw(draws, seed, "uncertainty")
    names = (*JUDGES, *TAUS)
    scores = np.array([prior_of(parameters, name).scores(drawn[name]) for name in names]).T
    return Shell(eta.T, scores)


def prior_of(parameters: ParameterSet, name: str) -> Distribution:
    """Uncertainty of a parameter before the calibration."""
    return parameters[name].prior or parameters[name].uncertainty


def pooled_shell(found: Sequence[Line], posterior: Posterior, mechanism: Shell, draws: int, seed: int) -> Shell:
    """The mean of other studies: of the outcome, otherwise of its family, otherwise no change.

    For an outcome of a session without a study, the median of the mechanism is used, because no change has no meaning.
    """
    eta = np.empty((draws, len(found)))
    for k, line in enumerate(found):
        family = f"session:{line.outcome}" if line.family == "session" else line.family
        middle = float(np.median(mechanism.eta[:, k])) if line.family in ("session", "events") else 0.0
        eta[:, k] = posterior.constant(family, line.outcome, draws, seed, middle)
    return Shell(eta, np.array([posterior.score(name, draws, seed) for name in (*JUDGES, *TAUS)]).T)


def scored(
    rows: Sequence[Observed],
    found: Sequence[Line],
    of: Table,
    priors: Mapping[str, Distribution],
    mechanism: Shell,
    pooled: Shell,
    weight: Floats,
    seed: int = 0,
) -> Scorecard:
    """The scorecard from the draws of both forecasts."""
    draws: dict[Name, Floats] = {
        "forecast": printed(of, priors, mechanism, pooled, weight, seed),
        "mechanism": printed(of, priors, mechanism, pooled, 1.0, seed),
        "pooled_mean": printed(of, priors, mechanism, pooled, 0.0, seed),
        "no_effect": _no_effect(found, of, len(mechanism.eta), seed),
    }
    numbers = {_name(line.row) for line in found}
    told = tuple(_forecast(line, draws["forecast"][:, k]) for k, line in enumerate(found))
    others = tuple(row for row in rows if _name(row) not in numbers)
    return Scorecard(rows=told, others=others, table=of, draws=draws, mechanism_weight=np.broadcast_to(weight, of.size))


def _no_effect(found: Sequence[Line], of: Table, draws: int, seed: int) -> Floats:
    """No change except for sampling: nobody improves, and no event occurs."""
    start = np.array([
        1.0 if line.kind == "level" and OUTCOMES[line.row.finding.outcome].kind != "session" else 0.0 for line in found
    ])  # fmt: skip
    noise = np.random.default_rng(seed + 9).standard_normal((draws, of.size)) * np.where(start > 0, of.error, 0.0)
    return np.asarray(start + noise)


def _name(row: Observed) -> tuple[str, str, str]:
    return row.study, row.arm, repr(row.finding)


def _forecast(line: Line, draws: Floats) -> Observed:
    """A result with the forecast in its unit."""
    row = line.row
    assert row.observed is not None
    low, high = row.observed
    size = 100.0 if line.kind != "level" else line.draws.size
    middle = 100.0 * line.draws.published if line.kind != "level" else (low + high) / 2.0
    numbers = middle + size * (draws - line.draws.published)
    found = Interval.of(numbers)
    share = float(np.mean(numbers < low)) if low == high else float(np.mean((numbers >= low) & (numbers <= high)))
    met = low <= found.upper90 + 1e-9 and high >= found.lower90 - 1e-9
    return replace(row, printed=found, share=share, verdict="inside" if met else "missed")


def validate_studies(
    studies: Iterable[Study],
    posterior: Posterior,
    parameters: ParameterSet,
    *,
    draws: int = 200,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Scorecard:
    """Score a posterior on studies that were not used in its calibration, each as a new study."""
    known = {study.id: study for study in studies}
    rows = list(scorecard.predict(known.values(), draws=draws, seed=seed, parameters=parameters, progress=progress))
    found = lines(rows)
    if not found:
        raise NothingToScore(rows)
    of = table(found, parameters)
    mechanism = shell_of_rows(found, parameters, draws, seed)
    priors = {name: prior_of(parameters, name) for name in (*JUDGES, *TAUS)}
    # without needling of the skin, the mean of needling studies has no meaning
    weight = np.array([
        posterior.weight(line.family) if _needled(known[line.row.study], line) else 1.0 for line in found
    ])  # fmt: skip
    return scored(
        rows, found, of, priors, mechanism, pooled_shell(found, posterior, mechanism, draws, seed), weight, seed
    )


def _needled(study: Study, line: Line) -> bool:
    plan = design(study, study.arm(line.row.arm))
    return plan.depth_mm > 0.0 and plan.passes > 0.0


class NothingToScore(Exception):  # noqa: N818
    """The studies contain no number that can be predicted."""

    def __init__(self, rows: Sequence[Observed]) -> None:
        super().__init__("no number to score")
        self.rows = tuple(rows)


# ------------------------------------------------------------------------------------------------------- document


def document(card: Scorecard) -> dict[str, Any]:
    """The scorecard as JSON values."""
    return {"findings": [_finding(card, k) for k in range(card.table.size)], "summary": summary(card)}


def _finding(card: Scorecard, k: int) -> dict[str, Any]:
    row = card.rows[k]
    assert row.printed is not None and row.observed is not None
    finding = row.finding
    return {
        "study": row.study, "arm": row.arm, "people": row.people, "outcome": finding.outcome,
        "measure": finding.measure,
        "day": finding.day, "rater": row.rater, "unit": row.unit,
        "observed": row.observed[0] if row.observed[0] == row.observed[1] else list(row.observed),
        "predicted": row.printed.median, "lower90": row.printed.lower90, "upper90": row.printed.upper90,
        "inside": row.verdict == "inside", "mechanism_weight": float(card.mechanism_weight[k]),
        "error": float(card.errors("forecast")[k]), "error_pooled_mean": float(card.errors("pooled_mean")[k]),
    }  # fmt: skip


def summary(card: Scorecard) -> dict[str, Any]:
    """Scores over all numbers and by family, rater and kind of device, with those of simple predictors."""
    judged = np.array([line.row.rater for line in card.lines])
    return {
        **_scores_of(card, np.ones(card.table.size, dtype=bool)),
        "coverage50_range": list(card.coverage_range(0.5)), "coverage80_range": list(card.coverage_range(0.8)),
        "coverage90_range": list(card.coverage_range(0.9)),
        "rank_correlation": card.rank(),
        "by_family": {name: _scores_of(card, card.of_family(name)) for name in card.families()},
        "by_rater": {name: _scores_of(card, judged == name) for name in RATERS if (judged == name).any()},
        "not_testable": not_testable(card.others),
    }  # fmt: skip


def not_testable(rows: Iterable[Observed]) -> list[dict[str, Any]]:
    """Results without a prediction, each with its reason."""
    return [
        {"study": row.study, "arm": row.arm, "outcome": row.finding.outcome, "day": row.finding.day, "why": row.why}
        for row in rows if row.verdict == "not asked"
    ]  # fmt: skip


def _scores_of(card: Scorecard, chosen: Any) -> dict[str, Any]:
    kept = [line for line, one in zip(card.lines, chosen, strict=True) if one]
    found: dict[str, Any] = {
        "n": len(kept), "n_studies": len({line.row.study for line in kept}),
        "n_people_groups": len({line.row.people for line in kept}),
    }  # fmt: skip
    found |= {f"coverage{round(100 * share)}": card.mean(card.inside(share), chosen) for share in (0.5, 0.8, 0.9)}
    for name in NAMES:
        end = "" if name == "forecast" else f"_{name}"
        found[f"mean_abs_error{end}"] = card.mean(card.errors(name), chosen)
        found[f"crps{end}"] = card.mean(card.crps(name), chosen)
        found[f"interval_score{end}"] = card.mean(card.interval_scores(name), chosen)
    ahead = card.ahead("pooled_mean", chosen)
    found["crps_ahead_of_pooled_mean"] = None if ahead is None else list(ahead)
    found["mechanism_weight"] = card.mean(card.mechanism_weight, chosen)
    return found
