"""What a planning found: plans with what is predicted of them, conflicts, and what else a practitioner asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from neodermis.care.course import Prepared, care
from neodermis.care.suitability import Adapted, Verdict
from neodermis.planning import longterm
from neodermis.planning.prescription import Prescription
from neodermis.planning.prospects import Chance, Prospect
from neodermis.planning.scoring import Goal
from neodermis.planning.search import Scored
from neodermis.planning.space import Bound, Setting
from neodermis.results import ResultMethods
from neodermis.treatment import Protocol
from neodermis.uncertain import Interval

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation


class OutcomeForecast(NamedTuple):
    """An outcome of a plan at one site, over draws and people."""

    day: float
    start: Interval
    graded: Interval
    """Three months after the last session, as a blinded rater would grade it."""
    later: Interval
    """A year after it."""
    untreated: Interval
    """Without treatment at three months, as the same rater would grade it."""
    bare: Interval
    """At three months without rater bias."""
    bare_later: Interval
    """A year after the last session without rater bias."""
    bare_untreated: float
    """At three months without treatment and without rater bias."""
    bare_untreated_later: float
    """A year after the last session."""
    direction_only: str
    better: float
    """Share of the members that are better than untreated."""


class Marginal(NamedTuple):
    """Gain of one more session, in smallest changes that matter, with the weight of differences between protocols."""

    session: int
    gain: Interval
    """Simulated, over the draws."""
    mean: float
    """Expected, as it is credited: no more than that of the session before."""


class Deviation(NamedTuple):
    """What departing from the recommended plan would change, in smallest changes that matter."""

    what: str
    difference: Interval


class Addition(NamedTuple):
    """What a change beside the needles would add to each goal a year after the last session, in its unit."""

    what: str
    changes: Mapping[tuple[str, str], Interval]
    published: str = ""
    """What trials of it report of a scar grade, where that is a goal."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan and what is predicted of it."""

    labels: tuple[str, ...]
    protocol: Protocol
    setting: Setting | None
    """None of a plan that is only compared with."""
    outcomes: Mapping[str, Mapping[str, OutcomeForecast]]
    """By site and outcome."""
    benefit: Interval
    """Simulated, in smallest changes that matter, over draws and people."""
    lower_tail: float
    """Mean benefit of the fifth of draws and people with the least (CVaR 20 %); told and not ranked by."""
    expected: float
    """Expected benefit with what other studies report of plans like it."""
    gains: Mapping[str, Mapping[str, float]]
    """The same of each goal that plans are ranked by, by site and outcome."""
    spoken: tuple[str, ...]
    """Outcomes of which other studies used such a plan."""
    without_harm: Mapping[str, Mapping[str, Chance]]
    pih: Chance
    scarring: Chance
    burden: Mapping[str, float | None]
    pain: Interval
    downtime: Interval
    failed: int
    why: tuple[str, ...] = ()
    marginal: tuple[Marginal, ...] = ()
    stop_after: int | None = None
    dates: tuple[date, ...] = ()
    anaesthetic: str = ""
    end_point: str = ""

    @property
    def sentence(self) -> str:
        """The protocol as a sentence."""
        return self.protocol.sentence


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A limit that no plan meets together with the others."""

    limit: str
    given: float
    needed: float
    alone: bool
    """Whether changing this limit alone frees a plan."""
    plan: str
    """The plan that it frees."""
    whose: str = ""
    """Whose limit it is, where the consultation gives none."""
    past: bool = False
    """Of an event, whether a first session in time for it would have been before today."""


#: Effort where nothing was searched.
NO_SEARCH: Final = {"plans": 0, "courses": 0, "seconds": 0.0, "solver_share": 0.0, "finished": True}


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan(ResultMethods):
    """What was planned for a consultation."""

    verdict: Verdict
    consultation: Consultation
    today: date
    first: date
    """Day of the first session."""
    seed: int
    refusal: str = ""
    """Why nothing is recommended; empty where a plan is."""
    prescription: Prescription | None = None
    recommended: Planned | None = None
    prospects: tuple[Prospect, ...] = ()
    """Of each goal that has a size, whether a change that matters is expected."""
    alternatives: tuple[Planned, ...] = ()
    """Gentle, standard and intensive; one plan may be several of them."""
    compared_with: Mapping[str, Planned | None] = field(default_factory=dict)
    indistinguishable: tuple[str, ...] = ()
    """Sentences of plans on the trade-off that cannot be told apart from the recommended one."""
    conflicts: tuple[Conflict, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    additions: tuple[Addition, ...] = ()
    maintenance: Mapping[str, longterm.Maintenance] = field(default_factory=dict)
    """By site."""
    ten_years: Mapping[str, tuple[longterm.Decade, ...]] = field(default_factory=dict)
    front: tuple[Scored, ...] = ()
    """Plans on the trade-off of benefit, risk and burden, as the search scored them."""
    front_sentences: tuple[str, ...] = ()
    """Their protocols, in the same order."""
    marked: Mapping[Setting, Scored] = field(default_factory=dict)
    """Scores in the search of the recommended plan and of the alternatives."""
    ranges: Mapping[str, tuple[Bound, Bound]] = field(default_factory=dict)
    """Least and greatest value of each setting of the recommended device, and whose limit each is."""
    told_apart: bool = False
    """Whether the recommended plan beats every other on the trade-off by more than the forecast leaves open."""
    contrast_weight: float = 0.0
    studies_weight: tuple[tuple[Goal, float], ...] = ()
    optimism: float | None = None
    """Benefit of the best plan in the search, less that in fresh draws and people."""
    search: Mapping[str, Any] = field(default_factory=lambda: dict(NO_SEARCH))
    adapted: Adapted | None = None
    warnings: tuple[str, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """Sites of the goals."""
        return () if self.prescription is None else self.prescription.sites

    @property
    def doubtful(self) -> tuple[Prospect, ...]:
        """Goals of which the recommended plan is not expected to reach a change that matters."""
        return tuple(one for one in self.prospects if not one.recommended.reached)

    @cached_property
    def care(self) -> Prepared | None:
        """Dated care of the recommended plan; None without one."""
        return self.care_in("en")

    def care_in(self, language: str) -> Prepared | None:
        """Dated care of the recommended plan with the texts of a language; None without a plan."""
        if self.recommended is None:
            return None
        return care(
            self.consultation, self.recommended.protocol, start=self.first, today=self.today, as_given=True,
            seed=self.seed, language=language,
        )  # fmt: skip
