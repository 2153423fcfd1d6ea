"""Whether a plan is expected to change a goal by an amount that matters, and which plan comes nearest.

Definitions   (three months after the last session; m: smallest change that matters)
    expected      expected gain of the goal in m, with what other studies report (:mod:`neodermis.planning.scoring`)
    probability   simulated, of a change by m or more since before treatment, without PIH and without a scar
    reached       expected gain of 1 or more, and probability of a half or more
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from neodermis.planning.panel import Panel
from neodermis.planning.scoring import WORTHWHILE, Goal, PlanScore, SiteScore, ranked_by
from neodermis.planning.search import SAME, UPPER, Breach, Evaluator, Scored
from neodermis.planning.space import Setting
from neodermis.simulation.session import Floats
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Z90

if TYPE_CHECKING:
    from neodermis.planning.result import Planned

#: Expected gain, in smallest changes that matter, and probability from which a change that matters is expected.
MATTERS: Final = 1.0
LIKELY: Final = 0.5
#: Limits of harm: a plan beyond one of them is not named as one that comes nearer.
HARM: Final = ("pih_probability", "scarring_risk")


class Chance(NamedTuple):
    """A probability with its 90 % credible interval over the draws."""

    probability: float
    lower90: float
    upper90: float


class Reach(NamedTuple):
    """How near a plan comes to a change of a goal that matters."""

    protocol: str
    expected: float
    """In smallest changes that matter."""
    chance: Chance
    breaches: tuple[Breach, ...] = ()
    """Limits of the consultation that the plan breaks."""

    @property
    def expects(self) -> bool:
        """Whether the expected gain is one that matters."""
        return self.expected >= MATTERS

    @property
    def reached(self) -> bool:
        """Whether a change that matters is expected and at least as likely as not."""
        return self.expects and self.chance.probability >= LIKELY


class Prospect(NamedTuple):
    """Whether a change of a goal that matters is expected."""

    goal: Goal
    smallest: float
    """Smallest change that matters, in the unit of the outcome."""
    recommended: Reach
    nearest: Reach
    """The plan within the limits with the largest expected gain of the goal; may be the recommended one."""
    beyond: Reach | None
    """A plan beyond limits of the consultation, none of harm, of which it is expected where it is of none within."""


def falls_short(expected: float, best: float) -> bool:
    """Whether a plan falls short of a change that matters by far, where the best one is expected to reach it."""
    return best >= MATTERS and expected < min(MATTERS, best - WORTHWHILE)


def chance(share: Floats, members: Panel) -> Chance:
    """A share with its interval over the draws."""
    return Chance(float(share.mean()), *(float(q) for q in np.quantile(members.by_draw(share), (1.0 - UPPER, UPPER))))


def without_harm(goal: Goal, site: SiteScore, score: PlanScore, members: Panel) -> Chance:
    """Probability of a change that matters at three months, without a scar and without PIH.

    The interval is over the draws: the variance of their means, less what comes of the few people of each.
    """
    outcome = OUTCOMES[goal.outcome]
    sign = 1.0 if outcome.better == "higher" else -1.0
    start = site.start[goal.outcome]
    better = sign * (site.treated[goal.outcome][:, 0] - start) >= outcome.smallest(float(np.median(start)))
    each = better * ~score.scarred * (1.0 - score.pih)
    means = members.by_draw(each)
    inside = max(float(np.var(each)) - float(np.var(means)), 0.0)
    count = members.size / members.draws
    spread = max(float(np.var(means)) - inside / max(count - 1.0, 1.0), 0.0) ** 0.5
    middle = float(each.mean())
    low, high = (min(max(middle + z * spread, 0.0), 1.0) for z in (-Z90, Z90))
    return Chance(middle, low, high)


Holds = Callable[[Sequence[Scored]], Scored | None]


def prospects(searched: Evaluator, fresh: Evaluator, chosen: Scored, told: Planned, holds: Holds) -> Iterator[Prospect]:
    """The prospects of the goals that have a size.

    Parameters
    ----------
    searched, fresh
        Plans as the search scored them, and in other members.
    chosen, told
        The recommended plan, in the other members, and what is told of it.
    holds
        The first of some plans that breaks no limit in the other members, as it is scored there.
    """
    for goal in ranked_by(searched.prescription.goals):
        if goal.direction_only:
            continue
        expected = {setting: searched.expected_gain(goal, one) for setting, one in searched.known.items()}

        def order(one: Scored, expected: dict[Setting, float] = expected) -> tuple[float, tuple[float, ...]]:
            return -round(expected[one.setting] / SAME[0]), one.lightness

        ordered = sorted(searched.known.values(), key=order)
        best = holds([one for one in ordered if not one.breaches]) or chosen
        recommended = Reach(
            told.sentence, told.gains[goal.site][goal.outcome], told.without_harm[goal.site][goal.outcome]
        )
        nearest = recommended if best.setting == chosen.setting else _reach(goal, best, fresh)
        if nearest.expected < recommended.expected:
            nearest = recommended
        others = [
            one for one in ordered
            if one.breaches and expected[one.setting] >= MATTERS and not _harmful(one)
        ]  # fmt: skip
        further = (
            None if nearest.expects else min(others, key=lambda one: (len(one.breaches), one.breach), default=None)
        )
        beyond = None if further is None else _reach(goal, fresh.score(further.setting), fresh)
        if beyond is not None and (not beyond.expects or _harmful(beyond)):
            beyond = None
        start = float(np.median(chosen.score.sites[goal.site].start[goal.outcome]))
        yield Prospect(goal, OUTCOMES[goal.outcome].smallest(start), recommended, nearest, beyond)


def _harmful(one: Scored | Reach) -> bool:
    """Whether a plan breaks a limit on harm."""
    return any(each.limit in HARM for each in one.breaches)


def _reach(goal: Goal, one: Scored, of: Evaluator) -> Reach:
    return Reach(
        of.choices[one.setting.device].protocol(one.setting).sentence, of.expected_gain(goal, one),
        without_harm(goal, one.score.sites[goal.site], one.score, of.panel), one.breaches,
    )  # fmt: skip
