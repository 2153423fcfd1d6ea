"""Checks of a fit: simulation-based calibration, posterior prediction, another seed, power-scaling of the likelihood.

Equations
    rank of a true score among L thinned posterior draws, uniform on 0 … L if the fit is right (Talts et al. 2018)
    per parameter a χ² test over equal bins; the smallest p-value is held against the number of parameters (Bonferroni)
    posterior prediction: share of data sets drawn from the posterior, each study as a new one, whose mean (and whose
    standard deviation) of the numbers of a family is above that of the published numbers; 0.05 to 0.95 is unremarkable
    power-scaling: the posterior with the likelihood to the power of α, by the weights p(y | x)^(α − 1) of its draws
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from neodermis.arrays import jax_as_needed
from neodermis.inference import model
from neodermis.inference.model import Problem
from neodermis.uncertain import Floats

#: Replicates, those that are fitted side by side, thinned draws of each fit, and bins of the ranks.
REPLICATES, BESIDE, THINNED, BINS = 100, 20, 99, 10

#: Kind of a published number → how a table names it.
_NUMBERS: Final = {"level": "levels", "share": "shares of people", "event": "people with it"}


def replicate(one: Problem, seed: int) -> tuple[Problem, Floats]:
    """The problem with data that were drawn from the model itself, and the true scores; no draw leaves a scar."""
    rng = np.random.default_rng(seed)
    while True:
        x = _unknowns(rng, model.sizes(one))
        unscarred = float(np.exp(one.scarring.log_not(x["z"][: len(one.fitted)])))
        if rng.random() < unscarred:  # as the likelihood conditions on it
            break
    people = _people(one)
    return replace(one, table=replace(one.table, count=people, published=_numbers(one, x, rng))), x["z"]


def _people(one: Problem) -> Floats:
    """Whole numbers of people of each row."""
    return np.maximum(np.round(one.table.count), 1.0)


def _unknowns(rng: np.random.Generator, sizes: dict[str, int]) -> dict[str, Floats]:
    """Draws of unknowns from their priors."""
    return {
        name: rng.gamma(2.0, 0.5, size) if name == "omega" else rng.standard_normal(size)
        for name, size in sizes.items()
    }


def _numbers(one: Problem, x: dict[str, Floats], rng: np.random.Generator) -> Floats:
    """Numbers that studies with these unknowns would publish, (rows,)."""
    t = one.table
    v = model.values(one.priors, x["z"], t)
    eta = model.plain(one, "mechanism", x) - model.bias(t, v) + model.moved(t, v, x)
    made = np.asarray(model.found(t, v, x, eta))
    levels = made + np.hypot(t.error, made * one.emulator.rest) * rng.standard_normal(t.size)
    people = _people(one)
    return np.where(t.kind == 0, levels, rng.binomial(people.astype(int), np.clip(made, 0.0, 1.0)) / people)


def posterior_predicted(one: Problem, x: dict[str, Floats], seed: int = 0) -> dict[str, dict[str, float]]:
    """How often new data lie above the published ones (equations above), by family and kind of number (from three)."""
    rng, own = np.random.default_rng(seed), model.own_sizes(one.table)
    flat = {name: value.reshape(-1, *value.shape[2:]) for name, value in x.items() if name != "diverging"}
    made = np.array([
        _numbers(one, {name: value[k] for name, value in flat.items()} | _unknowns(rng, own), rng)
        for k in range(len(flat["z"]))
    ])  # fmt: skip
    families = np.array([f"{line.family}, {_NUMBERS[line.kind]}" for line in one.table.lines])
    found = {}
    for family in dict.fromkeys(families.tolist()):
        rows = families == family
        if rows.sum() >= 3:
            new, published = made[:, rows], one.table.published[rows]
            found[family] = {
                "numbers": int(rows.sum()),
                "mean": float(np.mean(new.mean(axis=1) > published.mean())),
                "spread": float(np.mean(new.std(axis=1) > published.std())),
            }
    return found


def ranker(one: Problem) -> Callable[[Sequence[int]], Floats]:
    """Ranks of the true scores among thinned draws of the fit, of replicates by their seeds: (replicates, parameters).

    The replicates of a call are fitted side by side, one chain each; calls with as many share the compiled sampler.
    """
    everything = np.ones(one.table.size)

    def scores(key: Any, published: Any, count: Any) -> Any:
        sampler = model.sampler(one, "mechanism", draws=THINNED * 3, chains=1, warmup=300)
        sampler.run(key, everything, published, count)
        return sampler.get_samples()["z"][::3]

    with jax_as_needed() as jax:
        fitted = jax.jit(jax.vmap(scores))

    def ranks(seeds: Sequence[int]) -> Floats:
        made, truths = zip(*(replicate(one, seed) for seed in seeds), strict=True)
        with jax_as_needed() as jax:
            keys = jax.numpy.stack([jax.random.PRNGKey(seed) for seed in seeds])
            published, count = (
                np.array([getattr(each.table, name) for each in made]) for name in ("published", "count")
            )
            z = np.asarray(fitted(keys, published, count))
        found: Floats = (z < np.array(truths)[:, None]).sum(axis=1).astype(float)
        return found

    return ranks


def uniformity(found: Floats, names: tuple[str, ...]) -> dict[str, Any]:
    """The smallest p-value of ranks (replicates, parameters) being uniform, and whether it is accepted."""
    from scipy.stats import chisquare

    edges = np.linspace(0.0, THINNED + 1.0, BINS + 1)
    p = {name: float(chisquare(np.histogram(found[:, k], edges)[0]).pvalue) for k, name in enumerate(names)}
    smallest = min(p, key=p.__getitem__)
    return {
        "replicates": len(found), "smallest_p": p[smallest], "of": smallest, "parameters": len(names),
        "accepted": p[smallest] >= 0.05 / len(names),
    }  # fmt: skip


def seeds_apart(one: Floats, other: Floats, names: tuple[str, ...]) -> dict[str, Any]:
    """Largest difference between the means of two fits, (draws, parameters), in posterior standard deviations."""
    apart = np.abs(one.mean(axis=0) - other.mean(axis=0)) / one.std(axis=0)
    return {"largest": float(apart.max()), "of": names[int(apart.argmax())]}


def power_scaled(one: Problem, x: dict[str, Floats], alpha: float) -> dict[str, float]:
    """Shift of the mean of each score, in its standard deviations, with the likelihood to the power of α."""
    flat = {name: value.reshape(-1, *value.shape[2:]) for name, value in x.items() if name != "diverging"}
    count = len(flat["z"])
    log_p = np.array([
        float(np.sum(model.log_likelihood(one, "mechanism", {name: value[k] for name, value in flat.items()})))
        for k in range(count)
    ])  # fmt: skip
    log_w = (alpha - 1.0) * log_p
    w = np.exp(log_w - log_w.max())
    w /= w.sum()
    z = flat["z"]
    moved = (w @ z - z.mean(axis=0)) / z.std(axis=0)
    return {name: float(each) for name, each in zip(one.names, moved, strict=True)} | {
        "effective_draws": float(1.0 / (w**2).sum())
    }
