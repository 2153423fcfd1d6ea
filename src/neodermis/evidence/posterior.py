"""The calibrated posterior: parameters informed by published findings, and the weight of simulated differences.

Equations   (z: standard normal scores of the priors)
    posterior    z ~ N(μ, S):  the moments of the draws of the calibration.  Each parameter keeps the type of its prior,
                 with the centre at μ and the spread √S, and with the correlation of S
    contraction  1 − S_kk, which is 0 where the studies say nothing
    forecast of a study   η = r + λ (η_mechanism − r) ,  r the mean of other studies, λ the weight of the mechanism
A parameter that is not calibrated keeps its prior draws.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from neodermis.documents import is_number, read_any
from neodermis.errors import DataFileError
from neodermis.evidence.parameter import Joint, ParameterSet
from neodermis.lazy import numpy as np
from neodermis.uncertain import Floats, stream

#: Prior spread of the constant of a family, and of its outcomes around it, on the link scale.
WIDE: Final = 1.0
APART: Final = 0.3
#: Smallest contraction of a parameter that is reported as calibrated; others are reported as unchanged.
INFORMED: Final = 0.2
_FIELDS: Final = ("version", "date", "neodermis", "prior", "evidence", "seed", "mechanism", "pooled", "weights",
                  "designs", "informed_by", "sources", "diagnostics")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Joint normal scores of several quantities."""

    names: tuple[str, ...]
    mean: Sequence[float]
    covariance: Sequence[Sequence[float]]

    @property
    def spread(self) -> list[float]:
        """Standard deviation of each quantity."""
        return [math.sqrt(row[k]) for k, row in enumerate(self.covariance)]

    @property
    def correlation(self) -> list[list[float]]:
        """Correlation of each pair; as Python floats, because listing parameters needs no arrays."""
        sd = self.spread
        return [[each / (sd[a] * sd[b]) for b, each in enumerate(row)] for a, row in enumerate(self.covariance)]

    def draw(self, n: int, seed: int) -> Floats:
        """Draws, shape (n, names); each quantity from its own stream."""
        own = [stream(f"pooled:{name}", seed).standard_normal(n) for name in self.names]
        factor = np.linalg.cholesky(np.asarray(self.covariance)).tolist()
        apart = [sum(f * each for f, each in zip(row, own, strict=True)) for row in factor]
        found: Floats = np.asarray(self.mean) + np.array(apart).T
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Posterior:
    """A calibration, as in its file."""

    file: str
    version: str
    about: Mapping[str, Any]
    """Date, versions, hashes, seed, and diagnostics."""
    mechanism: Scores
    pooled: Scores
    """Constants of families (``family:NAME``) and outcomes (``outcome:NAME``), and scores of judges and studies."""
    centres: Mapping[str, float]
    """Prior median of the constant of each family."""
    weights: Mapping[str, Mapping[str, Any]]
    """λ by family, with the number of groups of people from which it was estimated; ``contrasts`` for those within
    studies."""
    designs: Mapping[str, Mapping[str, tuple[float, float]]]
    """Range of needle depth (``depth_mm``) and number of sessions of the fitted arms, by family."""
    informed_by: Mapping[str, tuple[str, ...]]
    """Studies whose omission changes a calibrated parameter most."""
    sources: Mapping[str, tuple[str, ...]]
    """Works of these studies."""
    sha256: str

    def of(self, prior: ParameterSet) -> ParameterSet:
        """The parameter set with the posterior instead of the calibrated priors.

        Raises :class:`DataFileError` if it was calibrated from other priors.
        """
        if self.about["prior"]["sha256"] != prior.sha256:
            raise DataFileError(
                self.file, "prior", "sha256", value=str(self.about["prior"]["sha256"])[:12],
                accepted=f"{prior.sha256[:12]}, of {prior.name} {prior.version}",
                whose="the priors of this version, from which a posterior must have been calibrated",
                next_step="calibrate again with neodermis calibrate",
            )  # fmt: skip
        changed = dict(prior.parameters)
        for name, mean, sd in zip(self.mechanism.names, self.mechanism.mean, self.mechanism.spread, strict=True):
            old = prior[name]
            made = old.uncertainty.moved(mean, sd)
            informed = bool(self.informed_by.get(name))
            changed[name] = replace(
                old, value=made.centre, uncertainty=made, prior=old.uncertainty,
                status="calibrated" if informed else old.status,
                sources=tuple(dict.fromkeys((*old.sources, *self.sources.get(name, ())))) if informed else old.sources,
            )  # fmt: skip
        return replace(
            prior, version=f"{prior.version}, posterior {self.version}", parameters=changed,
            joint=Joint(self.mechanism.names, self.mechanism.correlation),
        )  # fmt: skip

    def score(self, name: str, n: int, seed: int) -> Floats:
        """Draws of a score of the pooled model; from its standard normal prior if no study informs it."""
        if name in self.pooled.names:
            return np.asarray(_pooled(self, n, seed)[:, self.pooled.names.index(name)])
        return stream(f"pooled:{name}", seed).standard_normal(n)

    def constant(self, family: str, outcome: str, n: int, seed: int, middle: float = 0.0) -> Floats:
        """Draws of an outcome in other studies, regardless of the protocol, on the link scale without rater bias.

        ``middle``: prior median of the constant of a family without a study.
        """
        around = self.centres.get(family, middle) + WIDE * self.score(f"family:{family}", n, seed)
        return np.asarray(around + APART * self.score(f"outcome:{outcome}", n, seed))

    def studied(self, family: str, depths_mm: Sequence[float], sessions: int) -> bool:
        """Whether depths and number of sessions of a protocol lie in the range of the fitted studies of a family."""
        ranges = self.designs.get(family)
        if ranges is None:
            return False
        shallowest, deepest = ranges["depth_mm"]
        fewest, most = ranges["sessions"]
        return all(shallowest <= depth <= deepest for depth in depths_mm) and fewest <= sessions <= most

    def weight(self, family: str) -> float:
        """Weight of the mechanism in the forecast of a family."""
        return float(self.weights.get(family, self.weights["few"])["weight"])


@cache
def _pooled(posterior: Posterior, n: int, seed: int) -> Floats:
    """Draws of the pooled model, by name."""
    return posterior.pooled.draw(n, seed)


def shipped_path() -> Path:
    """Path of the shipped posterior."""
    return Path(str(files("neodermis.evidence") / "data" / "posterior.json"))


@cache
def load_posterior(path: Path | None = None) -> Posterior:
    """The shipped posterior, or one that :func:`neodermis.calibrate` wrote.

    Raises :class:`DataFileError` that names the file, the entry and what is accepted.
    """
    if path is None:  # the tests check the shipped file: the check needs arrays, which listing parameters does not
        return read_posterior(read_any(shipped_path()), str(shipped_path()), trusted=True)
    return read_posterior(read_any(path), str(path))


def read_posterior(document: Mapping[str, Any], file: str, *, trusted: bool = False) -> Posterior:
    """A posterior from its document, checked field by field; a trusted one is not checked to be a distribution."""
    for name in _FIELDS:
        if name not in document:
            raise DataFileError(file, "", name, accepted="this field must be given", next_step="calibrate again")
    content = json.dumps({name: document[name] for name in ("mechanism", "pooled", "weights")}, sort_keys=True)
    return Posterior(
        file=file,
        version=str(document["version"]),
        about={name: document[name] for name in ("date", "neodermis", "prior", "evidence", "seed", "diagnostics")},
        mechanism=_scores(document["mechanism"], file, "mechanism", trusted=trusted),
        pooled=_scores(document["pooled"], file, "pooled", trusted=trusted),
        centres=document["pooled"]["centres"],
        weights=document["weights"],
        designs={
            family: {name: (ends[0], ends[1]) for name, ends in ranges.items()}
            for family, ranges in document["designs"].items()
        },
        informed_by={name: tuple(keys) for name, keys in document["informed_by"].items()},
        sources={name: tuple(keys) for name, keys in document["sources"].items()},
        sha256=hashlib.sha256(content.encode()).hexdigest(),
    )


def _scores(table: Any, file: str, entry: str, *, trusted: bool) -> Scores:
    """Names, means and covariance, which must have matching sizes and a positive definite covariance."""

    def wrong(field: str, accepted: str) -> DataFileError:
        return DataFileError(file, entry, field, accepted=accepted, next_step="calibrate again")

    if not isinstance(table, dict):
        raise wrong("", "a table of scores")
    names, mean, covariance = (table.get(name) for name in ("names", "mean", "covariance"))
    if not isinstance(names, list) or len({*names}) != len(names):
        raise wrong("names", "different names")
    if not isinstance(mean, list) or len(mean) != len(names) or not all(map(is_number, mean)):
        raise wrong("mean", f"{len(names)} finite numbers")
    square = isinstance(covariance, list) and len(covariance) == len(names) and all(
        isinstance(row, list) and len(row) == len(names) and all(map(is_number, row)) for row in covariance
    )  # fmt: skip
    if not isinstance(covariance, list) or not square:
        raise wrong("covariance", f"{len(names)} rows of as many finite numbers")
    if not trusted:
        try:
            np.linalg.cholesky(np.array(covariance))
        except np.linalg.LinAlgError as error:
            raise wrong("covariance", "a positive definite matrix") from error
    return Scores(names=tuple(names), mean=mean, covariance=covariance)
