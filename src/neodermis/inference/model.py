"""Statistical model of published numbers: mechanism or constant, rater, between-study heterogeneity, and sampling.

Equations   (i: row; s: group of people and family; a: its arm; o: outcome in an arm; z, ν, u, m ~ N(0, 1); ω ~ Γ(2, 2))
    η_i = η_plain,i − b_i + τ_f (√c₁ u_s + √c₂ u_a + √c₃ u_o)/√ω_s           c = 0.6, 0.25, 0.15
    η_plain,i = w_i · φ(z) + b_i · ν      the mechanism, by its emulator
              = r_key                     a constant of each outcome, around one of its family: the pooled model
    level   y_i ~ N(L(η_i), SE_i² + (rest of the emulator)²)
    share   k_i ~ Bin(n_i, F(x_i − c_i1) − F(x_i − c_i2)),  x = 1 − L;  F normal of a judgement, whose cuts are moved by
            s_c m of the study, logistic of a measured change
    event   k_i ~ Bin(n_i, L(η_i))
u/√ω is Student's t with 4 degrees of freedom: a study may lie far out without moving the others.
Both shells have the same links, rater terms, heterogeneity and priors: they differ in η_plain alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np

from neodermis.arrays import functions as jnp
from neodermis.arrays import jax_as_needed, of_jax
from neodermis.evidence import ParameterSet
from neodermis.evidence.posterior import APART, WIDE
from neodermis.inference.emulator import Chance, Emulator
from neodermis.inference.table import TAUS, Table
from neodermis.uncertain import Distribution, Floats

#: Shares of the variance between studies: of the study, of its arms, of an outcome in an arm.
SHARES: Final = (0.6, 0.25, 0.15)
#: Rater bias and judgements, fitted with every forecast.
JUDGES: Final = (
    "rater_blinded", "rater_unblinded", "rater_self", "judgement_scatter", "judgement_cut", "satisfaction_cut",
)  # fmt: skip
Rival = Literal["mechanism", "pooled"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Data and parameters of a fit."""

    table: Table
    emulator: Emulator
    scarring: Chance
    """Event that the typical person of a published arm would scar, which no study reported."""
    parameters: ParameterSet
    fitted: tuple[str, ...]
    """Parameters of the mechanism, in the order of the emulator's scores."""
    keys: tuple[str, ...] = ()
    """Outcomes with a separate constant."""
    key: Any = field(default=None)
    """Position of each row's outcome among them."""
    family: Any = field(default=None)
    """Position of each key's family."""
    families: tuple[str, ...] = ()
    centre: Any = field(default=None)
    """Prior median of the constant of each family."""

    @property
    def priors(self) -> dict[str, Distribution]:
        """Prior of each parameter with a score."""
        return {name: self.parameters[name].uncertainty for name in self.names}

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters with a score: of the mechanism, of raters, of heterogeneity."""
        return (*self.fitted, *JUDGES, *TAUS)


def problem(
    table: Table, emulator: Emulator, scarring: Chance, parameters: ParameterSet, fitted: Sequence[str]
) -> Problem:
    """The problem with the constants of the pooled model.

    The constant of a family of levels has its prior around no change.  For outcomes of a session and events, the prior
    lies around the prior prediction of the mechanism, because no change has no meaning there.
    """
    outcomes = [line.outcome for line in table.lines]
    keys = tuple(dict.fromkeys(outcomes))
    of = {line.outcome: line.family for line in table.lines}
    units = [f"session:{key}" if of[key] == "session" else of[key] for key in keys]
    families = tuple(dict.fromkeys(units))
    family = np.array([families.index(one) for one in units])
    key = np.array([keys.index(one) for one in outcomes])
    prior = emulator.weights[:, 0]
    centre = np.array([
        float(np.median(prior[family[key] == k])) if name.startswith(("session", "events")) else 0.0
        for k, name in enumerate(families)
    ])  # fmt: skip
    return Problem(
        table=table, emulator=emulator, scarring=scarring, parameters=parameters, fitted=tuple(fitted), keys=keys,
        key=key, family=family, families=families, centre=centre,
    )  # fmt: skip


def without_mechanism(table: Table, parameters: ParameterSet, centres: Mapping[str, float]) -> Problem:
    """The problem of the pooled model alone, around the given medians of the families."""
    none = np.zeros((table.size, 0))
    empty = Emulator(weights=np.zeros((table.size, 1)), factors=none, rest=np.zeros(table.size),
                     error=np.zeros(table.size), spread=np.ones(table.size))  # fmt: skip
    one = problem(table, empty, Chance(constant=-20.0, slopes=np.zeros(0)), parameters, ())
    return replace(one, centre=np.array([centres[name] for name in one.families]))


def own_sizes(t: Table) -> dict[str, int]:
    """Numbers of unknowns of individual studies; all standard normal except ω."""
    return {
        "u_study": int(t.group.max()) + 1, "u_arm": int(t.arm.max()) + 1, "u_series": int(t.series.max()) + 1,
        "omega": int(t.group.max()) + 1, "m": len(t.names),
    }  # fmt: skip


def sizes(one: Problem) -> dict[str, int]:
    """Numbers of unknowns of each kind, in both models."""
    shared = {"z": len(one.names), "nu": one.emulator.factors.shape[1], "family": len(one.centre), "key": len(one.keys)}
    return shared | own_sizes(one.table)


#: Unknowns of a single group of people: drawn again if it is predicted as a new study.
OWN: Final = ("u_study", "u_arm", "u_series", "omega", "m")


def plain(one: Problem, rival: Rival, x: Mapping[str, Any]) -> Any:
    """η without rater and study, (rows,)."""
    if rival == "mechanism":
        return one.emulator(x["z"][: len(one.fitted)], x["nu"])
    return constants(one, x)[one.key]


def constants(one: Problem, x: Mapping[str, Any]) -> Any:
    """The constant of each outcome."""
    return jnp.asarray(one.centre)[one.family] + WIDE * x["family"][one.family] + APART * x["key"]


def values(priors: Mapping[str, Distribution], z: Any, t: Table) -> dict[str, Any]:
    """Values of the parameters of raters and heterogeneity of each row, from their scores, which come last.

    ``z``: (parameters,), or (parameters, rows) if rows have their own draws.
    """
    last = z.shape[0] - len(JUDGES) - len(TAUS)
    return {name: priors[name].at(z[last + k], jnp.exp) + np.zeros(t.size) for k, name in enumerate((*JUDGES, *TAUS))}


def bias(t: Table, v: Mapping[str, Any]) -> Any:
    """Rater bias of each row, (rows,)."""
    added = (v["rater_blinded"], v["rater_unblinded"], v["rater_self"])
    return sum(one * (t.rater > k) for k, one in enumerate(added)) * t.come_about


def moved(t: Table, v: Mapping[str, Any], x: Mapping[str, Any]) -> Any:
    """Study effect of each row, (rows,)."""
    tau = sum(v[name] * (t.tau == k) for k, name in enumerate(TAUS))
    shift = sum(np.sqrt(share) * x[name][at_] for share, name, at_ in zip(
        SHARES, ("u_study", "u_arm", "u_series"), (t.group, t.arm, t.series), strict=True
    ))  # fmt: skip
    return tau * shift / jnp.sqrt(x["omega"][t.group])


def level(t: Table, eta: Any) -> Any:
    """Level of a link."""
    top = t.top
    unbounded = jnp.exp(jnp.clip(eta, -12.0, 6.0))
    return jnp.where(np.isinf(top), unbounded, unbounded / (1.0 + unbounded / np.where(np.isinf(top), 1.0, top)))


def normal_share(far: Any) -> Any:
    """Φ, of NumPy's arrays and of JAX's."""
    if of_jax(far):
        from jax.scipy.special import ndtr

        return ndtr(far)
    from scipy.special import ndtr as ndtr_

    return ndtr_(far)


def shares(t: Table, v: Mapping[str, Any], x: Mapping[str, Any], reached: Any) -> Any:
    """Share of people between the thresholds, (rows,)."""
    judged, improvement = t.judged, 1.0 - reached
    scatter = jnp.sqrt(t.people_scatter**2 + jnp.where(judged, v["judgement_scatter"] ** 2, 0.0))
    needs = jnp.where(t.satisfaction, v["satisfaction_cut"], 1.0)
    off = jnp.where(judged, v["judgement_cut"] * x["m"][t.people], 0.0)

    def beyond(cut: Any) -> Any:
        finite = np.where(np.isfinite(cut), cut, 0.0)
        far = (improvement - needs * finite - off) / scatter
        part = jnp.where(judged, normal_share(far), 1.0 / (1.0 + jnp.exp(-np.pi / np.sqrt(3.0) * far)))
        return jnp.where(np.isneginf(cut), 1.0, jnp.where(np.isposinf(cut), 0.0, part))

    return jnp.clip(beyond(t.cuts[:, 0]) - beyond(t.cuts[:, 1]), 1e-4, 1.0 - 1e-4)


def found(t: Table, v: Mapping[str, Any], x: Mapping[str, Any], eta: Any) -> Any:
    """Level of each row, or share of people."""
    reached = level(t, eta)
    return jnp.where(t.kind == 1, shares(t, v, x, reached), reached)


def log_likelihood(one: Problem, rival: Rival, x: Mapping[str, Any]) -> Any:
    """Log-likelihood of each row, (rows,), without a constant of the counts."""
    t = one.table
    v = values(one.priors, x["z"], t)
    made = found(t, v, x, plain(one, rival, x) - bias(t, v) + moved(t, v, x))
    rest = one.emulator.rest if rival == "mechanism" else 0.0
    wide = jnp.sqrt(t.error**2 + (made * rest) ** 2)
    normal = -0.5 * ((t.published - made) / wide) ** 2 - jnp.log(wide) - 0.5 * np.log(2.0 * np.pi)
    p, k = jnp.clip(made, 1e-6, 1.0 - 1e-6), t.count * t.published
    binomial = k * jnp.log(p) + (t.count - k) * jnp.log1p(-p)
    return jnp.where(t.kind == 0, normal, binomial)


def sampler(one: Problem, rival: Rival, *, draws: int = 500, chains: int = 4, warmup: int = 500) -> Any:
    """A NUTS sampler of the problem, for weights of its rows, published numbers and numbers of people."""
    import numpyro
    import numpyro.distributions as dist
    from numpyro.infer import MCMC, NUTS

    def joint(use: Any, published: Any, count: Any) -> None:
        of_data = replace(one, table=replace(one.table, published=published, count=count))
        x = {}
        for name, size in sizes(one).items():
            prior = dist.Gamma(2.0, 2.0) if name == "omega" else dist.Normal(0.0, 1.0)
            x[name] = numpyro.sample(name, prior.expand((size,)).to_event(1))
        numpyro.factor("studies", (use * log_likelihood(of_data, rival, x)).sum())
        if rival == "mechanism":
            numpyro.factor("no scar", one.scarring.log_not(x["z"][: len(one.fitted)]))

    return MCMC(
        NUTS(joint, target_accept_prob=0.9), num_warmup=warmup, num_samples=draws, num_chains=chains,
        chain_method="vectorized", progress_bar=False,
    )  # fmt: skip


def sampled(
    one: Problem, rival: Rival, *, use: Any = 1.0, seed: int = 0, draws: int = 500, chains: int = 4, warmup: int = 500
) -> dict[str, Floats]:
    """Posterior draws of the unknowns by NUTS, (chains, draws, …), with the number of divergences as ``diverging``.

    ``use``: weight of each row, 0 for rows that are left out.
    """
    weights = np.broadcast_to(np.asarray(use, dtype=float), one.table.size)
    mcmc = sampler(one, rival, draws=draws, chains=chains, warmup=warmup)
    with jax_as_needed() as jax:
        mcmc.run(jax.random.PRNGKey(seed), weights, one.table.published, one.table.count)
        found = {name: np.asarray(value, dtype=float) for name, value in mcmc.get_samples(group_by_chain=True).items()}
        return found | {"diverging": np.array(float(np.sum(np.asarray(mcmc.get_extra_fields()["diverging"]))))}
