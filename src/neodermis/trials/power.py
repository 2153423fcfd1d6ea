"""Power and assurance of a design: how often trials of it show the effect, by the number of people randomised.

Equations   (trial r: draw d of the uncertain parameters, people resampled from a pool of simulated ones)
    level of person i in arm a  =  g_ia(t) · (h_da(t)/h_ca(t)) · e^(δ + u_a − b_da(t))
    δ ~ N(0, τ²): differs between studies, shared by the arms, so that it leaves a contrast almost as it is
    u_a ~ N(0, ω²), ω ~ half-normal(τ/3): study × treatment, of each arm whose needles enter (prior, assumed)
    g: person at central parameters; h_d, h_c: course of the typical person, over its start, in draw d and at the centre
    conditional power: d at the centre, δ = u = 0.   assurance: over d, δ and u
    ceiling: share of (d, u) whose difference, without any sampling, is in favour of the arm
With several primary comparisons the level of significance is divided by their number unless the design adjusts nothing.
More people cannot lift assurance above its ceiling.  Between-person variability and parameter draws are combined as in
the observation model: apart, on the logarithm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from neodermis.evidence import ParameterSet
from neodermis.simulation.session import Floats
from neodermis.skin.raters import heterogeneity
from neodermis.trials.analysis import Readings, analyse, share_interval
from neodermis.trials.design import CARRIED, TrialDesign, TrialOutcome, read_design
from neodermis.trials.enrolment import Solved, check_enough, population_of, screened, solve
from neodermis.trials.readings import bias, carried, reading_error, responds
from neodermis.uncertain import Interval, stream

#: People randomised, all arms together, at which power is computed.
SIZES: Final = (10, 20, 30, 40, 60, 80, 120, 160, 200, 300, 400)
#: Parameter draws, and people from whom the trials resample.
DRAWS: Final = 100
POOL: Final = 200
#: Trials of each size, and of an analysis whose fit takes long.
TRIALS: Final = 200
SLOW_TRIALS: Final = 60
SLOW: Final = ("mixed model", "ordinal")
#: Spread of the study × treatment effect: its prior is half-normal with this share of the spread between studies.
INTERACTION: Final = 1.0 / 3.0
#: Assurance that a size must reach.
TARGET: Final = 0.8


class Size(NamedTuple):
    """Shares of the trials of one size that show the effect, each with its 90 % interval of simulation."""

    n: int
    conditional: Interval
    """Conditional power: central parameters, an average study."""
    assurance: Interval


@dataclass(frozen=True, kw_only=True)
class Power:
    """Power of the first primary outcome of the first arm against the control, by the number of people randomised."""

    asked: TrialOutcome
    arm: str
    against: str
    sizes: tuple[Size, ...]
    trials: int
    """Trials of each size."""
    effect: Interval
    """Difference of the mean, as the rater reads it, over parameter draws and studies: without sampling."""
    without_bias: Interval
    """The same without the bias of the rater."""
    ceiling: float
    """Share of these differences in favour of the arm: what assurance comes to with people without end."""

    @property
    def smallest_n(self) -> int | None:
        """Smallest size from which on assurance reaches :data:`TARGET`; None where no size of these does."""
        found = None
        for one in reversed(self.sizes):
            if one.assurance.median < TARGET:
                break
            found = one.n
        return found


def power_of(
    plan: TrialDesign,
    parameters: ParameterSet,
    progress: Callable[[int, int], None] | None = None,
) -> Power:
    """Conditional power and assurance of a design at the sizes of :data:`SIZES`.

    Parameters
    ----------
    plan
        The design; its number of people is not used.
    parameters
        The parameter set, with its posterior.
    progress
        Called with the trials done, and in all.

    Raises
    ------
    InputError
        Too few people are eligible.
    """
    data = plan.data
    wide = read_design(plan, people=10 * POOL)
    assessed, severity, excluded, eligible = screened(wide)
    chosen = np.flatnonzero(eligible)[:POOL]
    check_enough(wide, len(chosen), excluded)
    own = None if severity is None else severity[chosen]
    pool = population_of(wide, assessed.take(chosen), own)
    solved = solve(wide, pool, parameters, count=len(chosen), draws=DRAWS)
    check_enough(wide, len(solved.kept), excluded)
    asked = next(one for one in data.outcome if one.role == "primary")
    drawn = _Drawn(plan, solved, asked, plan.compared[0])
    trials = SLOW_TRIALS if asked.analysis in SLOW else TRIALS
    sizes = [n for n in SIZES if n >= drawn.least]
    found = []
    for number, n in enumerate(sizes):
        shown = np.zeros((trials, 2), dtype=bool)
        for r in range(trials):
            shown[r] = [drawn.shows(n, r, everything=everything) for everything in (False, True)]
            if progress is not None:
                progress(number * trials + r + 1, len(sizes) * trials)
        found.append(Size(n, *(share_interval(int(column.sum()), trials, 0.10) for column in shown.T)))
    differences = drawn.differences(biased=True)
    return Power(
        asked=asked, arm=plan.compared[0], against=data.control, sizes=tuple(found), trials=trials,
        effect=Interval.of(differences), without_bias=Interval.of(drawn.differences(biased=False)),
        ceiling=float((drawn.sign * differences > 0).mean()),
    )  # fmt: skip


class _Drawn:
    """What trials of a design draw from: people, parameter draws, differences between studies."""

    def __init__(self, plan: TrialDesign, solved: Solved, asked: TrialOutcome, arm: str) -> None:
        data = plan.data
        self.plan, self.asked, self.arms = plan, asked, (arm, data.control)
        self.of = {one.id: one for one in data.arm}
        self.sign = 1.0 if asked.outcome.better == "higher" else -1.0
        self.days = np.array(data.visits.days)
        self.visit = data.visits.days.index(asked.day)
        every = np.tile(np.concatenate([[0.0], self.days]), (len(solved.kept), 1))
        self.levels = {name: solved.levels(name, asked.name, every) for name in self.arms}
        whole = {name: solved.by_draw(name, asked.name, self.days) for name in self.arms}
        self.relative = {name: whole[name] / solved.central(name, asked.name, self.days) for name in self.arms}
        self.bias = {name: bias(solved, plan, name, asked, self.days) for name in self.arms}
        self.tau = np.broadcast_to(heterogeneity(asked.name, solved.raters), len(solved.draw_numbers))
        self.active = {name: plan.protocols[name] is not None and not plan.is_sham(name) for name in self.arms}
        self.error = reading_error(asked, float(np.median(self.levels[arm][:, 0])))
        # Bonferroni over the primary comparisons: what Holm's method asks of one alone, at most
        several = sum(one.role == "primary" for one in data.outcome) * len(plan.compared)
        self.alpha = data.alpha / (1 if data.multiplicity == "none" else several)
        ratios = [one.ratio for one in data.arm]
        self.shares = {one.id: one.ratio / sum(ratios) for one in data.arm}

    @property
    def least(self) -> int:
        """Fewest people of a trial in which both arms have three."""
        if self.plan.data.design == "split-face":
            return 3
        return int(np.ceil(3.0 / min(self.shares[name] for name in self.arms)))

    def factors(self, rng: np.random.Generator, *, everything: bool, biased: bool = True) -> dict[str, Floats]:
        """What a study makes of the levels of each arm on the visits, with the bias of the rater or without."""
        if not everything:
            return {name: np.median(self.bias[name], axis=0) for name in self.arms}
        draw = int(rng.integers(len(self.tau)))
        tau = float(self.tau[draw])
        shift, omega = tau * rng.standard_normal(), abs(INTERACTION * tau * rng.standard_normal())
        own = {name: omega * rng.standard_normal() * self.active[name] for name in self.arms}
        return {
            name: self.relative[name][draw] * (self.bias[name][draw] if biased else 1.0) * np.exp(shift + own[name])
            for name in self.arms
        }

    def differences(self, *, biased: bool) -> Floats:
        """Difference of the mean between the arms on the analysed day, without sampling, in many studies."""
        rng = stream("trial:effect", self.plan.data.seed)
        mean = {name: float(self.levels[name][:, 1 + self.visit].mean()) for name in self.arms}
        found = []
        for _ in range(2_000):
            factor = self.factors(rng, everything=True, biased=biased)
            first, second = (mean[name] * factor[name][self.visit] for name in self.arms)
            found.append(first - second)
        return np.array(found)

    def shows(self, n: int, number: int, *, everything: bool) -> bool:
        """Whether a trial of ``n`` people shows a significant effect in favour of the arm."""
        data = self.plan.data
        # by size and number alone, so that the order in which trials are computed changes nothing
        rng = stream(f"trial:power:{n}:{number}", data.seed)
        # the same studies at every size, so that sizes are compared and not chance
        factor = self.factors(stream(f"trial:study:{number}", data.seed), everything=everything)
        pool = len(next(iter(self.levels.values())))
        paired = data.design == "split-face"
        both = rng.integers(pool, size=n) if paired else None
        parts = []
        absent = self._absent(n, self.arms[0], rng) if paired else None
        for treated, name in zip((1.0, 0.0), self.arms, strict=True):
            people, away = both, absent
            if people is None or away is None:
                count = int(np.floor(n * self.shares[name] + 0.5))
                people, away = rng.integers(pool, size=count), self._absent(count, name, rng)
            levels = self.levels[name][people]
            levels[:, 1:] *= factor[name]
            levels += self.error * rng.standard_normal(levels.shape)
            if self.asked.outcome.range is not None:
                levels = np.clip(levels, *self.asked.outcome.range)  # a scale has no reading beyond its ends
            start, now = levels[:, 0], np.where(away, np.nan, levels[:, 1:])
            now = carried(start, now) if data.missing == CARRIED else now
            first = 0 if paired or treated else n
            parts.append((np.full(len(start), treated), first + np.arange(len(start)), start, now))
        side, person, baseline, values = (np.concatenate(each) for each in zip(*parts, strict=True))
        fit = analyse(
            Readings(treated=side, person=person, baseline=baseline, values=values, visit=self.visit,
                     responds=responds(self.asked, baseline, values[:, self.visit])),
            self.asked.analysis, self.alpha,
        )  # fmt: skip
        if fit is None or fit.p >= self.alpha:
            return False
        if self.asked.analysis == "risk difference":
            return fit.estimate > 0
        null = 1.0 if self.asked.analysis == "ordinal" else 0.0
        return self.sign * (fit.estimate - null) > 0

    def _absent(self, count: int, arm: str, rng: np.random.Generator) -> Any:
        """Which readings of people of an arm are missing: (people, visits)."""
        dropout = self.of[arm].dropout
        loss = np.full(count, np.inf)
        if dropout:
            loss = rng.exponential(-self.days[-1] / np.log1p(-dropout), count)
        missed = rng.random((count, len(self.days))) < self.plan.data.missed_visits
        return (self.days >= loss[:, None]) | missed
