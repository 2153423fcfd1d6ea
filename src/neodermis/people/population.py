"""Virtual population: covariates of people who seek treatment, and weighting to a published cohort.

Each covariate has its own random stream, and person number i is the same person in every request: a population does not
depend on how many people are drawn at a time.  The between-person variability of biology is drawn separately (the
``variability`` of the parameters).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from neodermis.documents import read_document
from neodermis.errors import InputError
from neodermis.evidence import Arm, Cohort, Study
from neodermis.lazy import numpy as np
from neodermis.people.exposure import NEVER, SINCE_AGE, load_exposures
from neodermis.simulation.session import Floats, Subject, SubjectSampler
from neodermis.skin.concerns import Concerns
from neodermis.skin.exposures import CHANGES, Levels, Life
from neodermis.uncertain import stream

#: Number of people from which a cohort is selected.
POOL: Final = 100_000
#: Smallest effective number of people for the weights.
FEWEST: Final = 100.0
#: Largest step of a multiplier: weights would differ by this power of e from one decade of age to the next.
_STEEPEST: Final = 1e6
#: Share of days with sunscreen in sunscreen users.
_DAILY: Final = 1.0


class Covariates(NamedTuple):
    """Covariates of people, arrays of shape (people,)."""

    age: Floats
    """Age, years."""
    male: Floats
    phototype: Floats
    smoking: Floats
    """Cigarettes per day."""
    sun: Floats
    """Sun exposures per week."""
    sunscreen: Floats
    """Share of days with sunscreen."""
    menopause: Floats
    """Age at menopause, years; 999 for men."""

    def take(self, which: Any) -> Covariates:
        """The covariates of selected people."""
        return Covariates(*(values[which] for values in self))

    def subject(self, concerns: Concerns | None = None) -> Subject:
        """The people in terms of the model, all with the same concerns."""
        before = Levels(smoking=self.smoking, sun=self.sun / 7.0, sunscreen=self.sunscreen)
        before = Levels(*(np.broadcast_to(np.asarray(level, dtype=float), self.age.shape) for level in before))
        after = before._replace(postmenopausal=(self.menopause < NEVER).astype(float))
        day = np.where(self.menopause < NEVER, (self.menopause - self.age) * 365.25, 0.0)
        since, slow = np.full_like(self.age, SINCE_AGE), (np.zeros_like(self.age),) * CHANGES
        life = Life((before, *[after] * CHANGES), (day,) * CHANGES, slow, since)
        held = Concerns() if concerns is None else concerns
        return Subject(age_years=self.age, male=self.male, phototype=self.phototype, life=life, concerns=held)


@cache
def _model() -> Mapping[str, Any]:
    return read_document(files("neodermis.people") / "data" / "population.toml")


def sources() -> dict[str, str]:
    """Source → population values taken from it."""
    return {part["source"]: f"population: {name}" for name, part in _model().items() if "source" in part}


def assumptions() -> list[str]:
    """Population values without a source."""
    return [part["assumed"] for part in _model().values() if "assumed" in part]


class _Streams:
    """Uniform random numbers of named streams, from any position."""

    def __init__(self, seed: int, first: int, count: int) -> None:
        self.seed, self.first, self.count = seed, first, count

    def uniform(self, name: str) -> Floats:
        numbers = stream(f"population:{name}", self.seed)
        numbers.bit_generator.advance(self.first)  # type: ignore[attr-defined]  # of the default generator
        return numbers.random(self.count)

    def normal(self, name: str) -> Floats:
        """Standard normal numbers, from two uniform numbers each."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(f"{name}, radius")))
        found: Floats = radius * np.cos(2.0 * np.pi * self.uniform(f"{name}, angle"))
        return found


def general(first: int, count: int, seed: int) -> Covariates:
    """People from number ``first`` on in the general population of adults who seek treatment."""
    model, draw = _model(), _Streams(seed, first, count)
    male = (draw.uniform("sex") >= model["sex"]["female"]).astype(float)
    age = np.interp(draw.uniform("age"), np.cumsum([0.0, *model["age"]["shares"]]), model["age"]["edges"])
    phototype = 1.0 + np.searchsorted(np.cumsum(model["phototype"]["shares"][:-1]), draw.uniform("phototype"), "right")
    smoke, ratio = model["smoking"], model["smoking"]["men_over_women"]
    share = np.asarray(smoke["shares"])[np.searchsorted(smoke["edges"][1:-1], age, "right")]
    women = share * 2.0 / (1.0 + ratio)  # the shares by age are means over the sexes
    smokes = draw.uniform("smoking") < np.where(male > 0, women * ratio, women)
    cigarettes = smoke["cigarettes_median"] * np.exp(smoke["cigarettes_log_sd"] * draw.normal("cigarettes"))
    screen = model["sunscreen"]
    fair = np.where(phototype <= 3, 1.0, screen["dark_over_fair"])
    uses = draw.uniform("sunscreen") < np.where(male > 0, screen["men"], screen["women"]) * fair
    out, r = model["sun"], model["sun"]["rank_correlation_with_sunscreen"]
    female, fairer = model["sex"]["female"], sum(model["phototype"]["shares"][:3])
    users = (female * screen["women"] + (1.0 - female) * screen["men"]) * (
        fairer + (1.0 - fairer) * screen["dark_over_fair"]
    )
    lean = (uses - users) / np.sqrt(users * (1.0 - users))  # mean 0 and spread 1, so that the median is the stated one
    sun = out["median"] * np.exp(out["log_sd"] * (r * lean + np.sqrt(1.0 - r * r) * draw.normal("sun")))
    end = model["menopause"]
    menopause = end["mean"] + end["sd"] * draw.normal("menopause") - end["earlier_for_smokers"] * smokes
    kinds = load_exposures()  # keep everyone within the accepted ranges
    return Covariates(
        age=age,
        male=male,
        phototype=phototype.astype(float),
        smoking=np.where(smokes, np.minimum(cigarettes, kinds["smoking"].high), 0.0),
        sun=np.minimum(sun, kinds["sun"].high),
        sunscreen=np.where(uses, _DAILY, 0.0),
        menopause=np.where(male > 0, NEVER, np.clip(menopause, kinds["menopause"].low, kinds["menopause"].high)),
    )


@lru_cache(maxsize=4)
def _pool(seed: int) -> Covariates:
    return general(0, POOL, seed)


def cohort_of(study: Study, arm: Arm) -> Cohort:
    """Cohort of a study: as published, otherwise as assumed for its arm."""
    if study.cohort is not None:
        return study.cohort
    return Cohort(
        age_mean=arm.age,
        female_share=float(arm.sex == "female"),
        phototypes=(arm.phototype,),
        basis="the person of the arm, since no cohort is given",
    )


@dataclass(frozen=True, kw_only=True)
class VirtualPopulation:
    """Virtual population: the general population, or weighted to the marginals of a cohort.

    Attributes
    ----------
    seed
        Random seed; the people do not depend on how many are drawn at a time.
    name
        Name of the represented population.
    cohort
        Target marginals; None for the general population.
    weights
        Weights of the first :data:`POOL` people of the general population; None without weighting.
    """

    seed: int
    name: str = "general"
    cohort: Cohort | None = None
    weights: Floats | None = None

    @classmethod
    def like(cls, cohort: Cohort, name: str, seed: int) -> VirtualPopulation:
        """Population with the marginals of a cohort, by the most uniform weights that reproduce them.

        w_i ∝ exp(λ · x_i), λ by Newton's method on the dual (entropy balancing).  People outside a reported range have
        weight zero.

        Raises
        ------
        InputError
            No one, or too few people, of the general population are in the cohort.
        """
        pool = _pool(seed)
        inside, wanted, have = _constraints(cohort, pool)
        told = InputError(
            "people like", value=name,
            accepted=f"a cohort represented by at least {FEWEST:g} of {POOL:,} simulated people",
            whose=f"the general population; the cohort is {cohort}", next_step="choose a wider cohort or another study",
        )  # fmt: skip
        if inside.sum() < FEWEST:
            raise told
        found = _balanced(have[inside], wanted)
        if found is None:
            raise told
        weights = np.zeros(POOL)
        weights[inside] = found
        made = cls(seed=seed, name=name, cohort=cohort, weights=weights)
        if made.effective < FEWEST:
            raise told
        return made

    @property
    def effective(self) -> float:
        """Effective sample size of the weights."""
        return float("inf") if self.weights is None else float(1.0 / (self.weights**2).sum())

    def sampler(self, concerns: Concerns) -> SubjectSampler:
        """Sampler of the people for a course, all with the same concerns."""
        return lambda first, count: self.covariates(first, count).subject(concerns)

    def covariates(self, first: int, count: int) -> Covariates:
        """Covariates of the people from number ``first``."""
        if self.weights is None:
            return general(first, count, self.seed)
        u = _Streams(self.seed, first, count).uniform("choice")
        below = np.cumsum(self.weights)
        return _pool(self.seed).take(np.searchsorted(below / below[-1], u, "right"))

    def marginals(self, count: int) -> list[tuple[str, str, str, str]]:
        """Marginals: published, in ``count`` sampled people, and in the general population."""
        drawn, everyone = self.covariates(0, count), _pool(self.seed)
        rows = []
        for name, published, of in _described(self.cohort):
            rows.append((name, published, *(of(people) for people in (drawn, everyone))))
        return rows


def _constraints(cohort: Cohort, pool: Covariates) -> tuple[Any, Floats, Floats]:
    """Who is inside the reported ranges; the target marginals; the values of each person, scaled to about 1."""
    inside = np.ones(len(pool.age), dtype=bool)
    if cohort.age_range is not None:
        inside &= (pool.age >= cohort.age_range[0]) & (pool.age <= cohort.age_range[1])
    if cohort.phototypes is not None:
        inside &= np.isin(pool.phototype, cohort.phototypes)
    if cohort.female_share in (0.0, 1.0):
        inside &= pool.male == 1.0 - cohort.female_share
    wanted: list[float] = []
    have: list[Floats] = []
    if cohort.age_mean is not None:
        wanted.append(0.0)
        have.append((pool.age - cohort.age_mean) / 10.0)
        if cohort.age_sd is not None:
            wanted.append((cohort.age_sd / 10.0) ** 2)
            have.append(((pool.age - cohort.age_mean) / 10.0) ** 2)
    if cohort.female_share is not None and 0.0 < cohort.female_share < 1.0:
        wanted.append(cohort.female_share)
        have.append(1.0 - pool.male)
    if cohort.smoker_share is not None:
        wanted.append(cohort.smoker_share)
        have.append((pool.smoking > 0).astype(float))
    return inside, np.array(wanted), np.stack(have, axis=1) if have else np.zeros((len(pool.age), 0))


def _balanced(have: Floats, wanted: Floats) -> Floats | None:
    """Most uniform weights whose means equal the targets; None where none do.

    Newton's method with halved steps on ln Σ exp(λ · (x − wanted)), which is convex.
    """
    centred = have - wanted
    multipliers = np.zeros(len(wanted))

    def weighed(at: Floats) -> tuple[float, Floats]:
        exponent = centred @ at
        top = exponent.max()
        raw = np.exp(exponent - top)
        return float(np.log(raw.sum()) + top), raw / raw.sum()

    height, now = weighed(multipliers)
    for _ in range(200):
        mean = now @ centred
        if not np.isfinite(mean).all():
            return None
        if np.abs(mean).max(initial=0.0) < 1e-9:
            return now
        spread = (centred * now[:, None]).T @ centred - np.outer(mean, mean)
        step = np.linalg.lstsq(spread, mean, rcond=None)[0]
        if not np.isfinite(step).all() or np.abs(step).max(initial=0.0) > _STEEPEST:
            return None  # the targets are at or beyond the limits of the people
        for halvings in range(40):
            tried = multipliers - 0.5**halvings * step
            lower, then = weighed(tried)
            if lower <= height - 1e-4 * 0.5**halvings * float(mean @ step):
                break
        else:
            return None
        multipliers, height, now = tried, lower, then
    return None


def _described(cohort: Cohort | None) -> list[tuple[str, str, Any]]:
    """Rows of a table of marginals: name, published value, and its computation from the people."""
    printed = cohort or Cohort()

    def of(value: object, form: str = "") -> str:
        return "not reported" if value is None else format(value, form)

    ages = None if printed.age_range is None else f"{printed.age_range[0]:g} to {printed.age_range[1]:g}"
    kinds = None if printed.phototypes is None else ", ".join(map(str, printed.phototypes))
    return [
        ("age, mean (years)", of(printed.age_mean, "g"), lambda p: f"{p.age.mean():.1f}"),
        ("age, SD (years)", of(printed.age_sd, "g"), lambda p: f"{p.age.std():.1f}"),
        ("age, range (years)", of(ages), lambda p: f"{p.age.min():.0f} to {p.age.max():.0f}"),
        ("women (%)", of(printed.female_share and 100 * printed.female_share, "g"),
         lambda p: f"{100 * (1 - p.male.mean()):.0f}"),
        ("phototypes", of(kinds), lambda p: ", ".join(
            f"{k}: {100 * (p.phototype == k).mean():.0f} %" for k in range(1, 7) if (p.phototype == k).any())),
        ("smokers (%)", of(printed.smoker_share and 100 * printed.smoker_share, "g"),
         lambda p: f"{100 * (p.smoking > 0).mean():.0f}"),
        ("cigarettes per day of smokers, median", "not reported",
         lambda p: f"{np.median(p.smoking[p.smoking > 0]):.0f}" if (p.smoking > 0).any() else "none"),
        ("sun exposures per week, median", "not reported", lambda p: f"{np.median(p.sun):.1f}"),
        ("sunscreen users (%)", "not reported", lambda p: f"{100 * (p.sunscreen > 0).mean():.0f}"),
        ("women past menopause (%)", "not reported",
         lambda p: f"{100 * (p.age > p.menopause)[p.male == 0].mean():.0f}" if (p.male == 0).any() else "none"),
    ]  # fmt: skip
