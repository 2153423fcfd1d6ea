"""Published numbers as a table on the scale of their links, for the likelihood.

Equations   (L: level relative to the baseline, value of an outcome of a session, or probability of an event; top: of
its scale)
    η = ln L − ln(1 − L/top)        top infinite for levels: their logarithm
A row is a mean (level), a share of people between two cuts (share), or people with an event (event).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from neodermis.api.observation import is_event
from neodermis.evidence import ParameterSet
from neodermis.simulation.course import Observed, Predictive
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.raters import JUDGEMENTS, RATERS, family_of, heterogeneity_of
from neodermis.studies.scorecard import smallest_change
from neodermis.uncertain import Floats

#: Lowest level and probability with a link; lower values are published as 0.
LEAST: Final = 1e-4

_TENTH: Final = 0.1

Kind = Literal["level", "share", "event"]


class Line(NamedTuple):
    """One published number of one arm."""

    row: Observed
    kind: Kind
    outcome: str
    family: str
    heterogeneity: str
    """Name of the parameter of the heterogeneity between studies."""
    rater: int
    """Position in the order of raters, starting with the rater without bias; 0 if no rater bias applies."""
    judged: bool
    """Whether a share of people is of a judgement in categories."""

    @property
    def draws(self) -> Predictive:
        """The draws behind the prediction."""
        assert self.row.draws is not None
        return self.row.draws


def lines(rows: Iterable[Observed]) -> list[Line]:
    """The numbers of single arms, in the order of the results."""
    found = []
    for row in rows:
        if row.draws is None or row.finding.against is not None:
            continue
        outcome = OUTCOMES[row.draws.outcome]
        people = row.unit == "% of people"
        kind: Kind = "event" if people and is_event(outcome) else "share" if people else "level"
        graded = bool(outcome.raters) and outcome.better == "lower"
        found.append(
            Line(row, kind, outcome.name, family_of(outcome.name), heterogeneity_of(outcome.name),
                 RATERS.index(row.rater) if graded else 0, row.finding.outcome in JUDGEMENTS)
        )  # fmt: skip
    return found


def link(level: Any, top: Any) -> Any:
    """η of a level; levels outside the open scale are taken at its ends."""
    inside = np.clip(level, LEAST, np.where(np.isinf(top), np.inf, np.asarray(top) * (1.0 - LEAST)))
    return np.log(inside) - np.where(np.isinf(top), 0.0, np.log1p(-inside / np.where(np.isinf(top), np.inf, top)))


@dataclass(frozen=True, kw_only=True)
class Table:
    """Numbers as arrays, one entry a row."""

    lines: tuple[Line, ...]
    published: Floats
    """Level, or share of people."""
    error: Floats
    """Standard error of a level."""
    top: Floats
    day: Floats
    rater: Any
    come_about: Floats
    """Share of the rater bias that has developed by the day."""
    kind: Any
    """0 level, 1 share of people, 2 event."""
    judged: Any
    count: Floats
    """People who count for a share; the people of a series are divided among its shares."""
    people_of_share: Floats
    """People of a study, who are all counted for a share."""
    people_scatter: Floats
    """Standard deviation between people, without the scatter of a judgement."""
    cuts: Floats
    """Improvements between which people are counted, (rows, 2); infinite without a limit."""
    satisfaction: Any
    tau: Any
    """Position of the heterogeneity among :data:`TAUS`."""
    group: Any
    """Group of people and family, which share an effect."""
    arm: Any
    series: Any
    """Outcome in an arm: its repeated times share an effect."""
    people: Any
    """Position of the group of people."""
    names: tuple[str, ...]
    """Groups of people."""

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.lines)


#: Parameters of between-study heterogeneity.
TAUS: Final = tuple(f"heterogeneity_{name}" for name in (
    "scars", "ageing", "pigment", "instruments", "histology", "barrier", "session", "events",
))  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = ("level", "share", "event")


def _numbered(keys: Sequence[Any]) -> Any:
    order = {key: k for k, key in enumerate(dict.fromkeys(keys))}
    return np.array([order[key] for key in keys])


def table(found: Sequence[Line], parameters: ParameterSet) -> Table:
    """The rows as arrays; spreads between people at their median over the draws."""
    judgement_scatter = parameters["judgement_scatter"].value
    day = np.array([one.row.finding.day for one in found], dtype=float)
    published, error, count, scatter, cuts = [], [], [], [], []
    series = [(one.row.people, one.row.arm, one.row.finding.outcome, one.row.finding.measure, one.row.rater)
              for one in found]  # fmt: skip
    for k, one in enumerate(found):
        d, alike = one.draws, series.count(series[k])
        published.append(d.published)
        error.append(float(np.median(d.error)))
        # categories of the same people do not count as different people
        count.append(float(np.median(d.n)) / (alike if one.kind == "share" else 1))
        wide = float(np.median(d.scatter)) ** 2 - (judgement_scatter**2 if one.judged else 0.0)
        scatter.append(float(np.sqrt(max(wide, 1e-4))))
        ends = [float(np.median(each)) for each in d.cuts]
        cuts.append([*ends, *[np.inf] * (2 - len(ends))] if ends else [-np.inf, np.inf])
    of_people = [one.row.people for one in found]
    return Table(
        lines=tuple(found),
        published=np.array(published), people_of_share=np.array([float(np.median(one.draws.n)) for one in found]),
        error=np.array(error), count=np.array(count),
        top=np.array([one.draws.top for one in found]),
        day=day, come_about=1.0 - 2.0 ** (-day / parameters["rater_time"].value),
        rater=np.array([one.rater for one in found]),
        kind=np.array([KINDS.index(one.kind) for one in found]),
        judged=np.array([one.judged for one in found]),
        people_scatter=np.array(scatter), cuts=np.array(cuts),
        satisfaction=np.array([one.row.finding.outcome == "satisfaction" for one in found]),
        tau=np.array([TAUS.index(one.heterogeneity) for one in found]),
        group=_numbered([(one.row.people, one.family) for one in found]),
        arm=_numbered([(one.row.people, one.row.arm, one.family) for one in found]),
        series=_numbered([(one.row.people, one.row.arm, one.outcome) for one in found]),
        people=_numbered(of_people), names=tuple(dict.fromkeys(of_people)),
    )  # fmt: skip


def linked_draws(found: Sequence[Line], draws: int) -> Floats:
    """η of each row in each draw without rater and study, (rows, draws); not a number where a draw failed."""
    eta = np.full((len(found), draws), np.nan)
    for k, one in enumerate(found):
        eta[k, np.array(one.draws.numbers) - 1] = link(one.draws.plain, one.draws.top)
    return eta


def least_change(line: Line) -> float:
    """Smallest change that matters as a level, or as a share of people; a tenth if the scale gives none."""
    least = smallest_change(line.row)
    return _TENTH if least is None else least / abs(line.draws.size)
