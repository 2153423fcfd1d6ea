"""Observation model: prediction of a published finding from the course of an arm.

Rater bias, between-person variability and reading error over n people are added to the change as measured by an
instrument; a share of people has a threshold.  An observed result keeps the course without rater bias and noise
separate from the prediction with both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from neodermis.evidence import SCALE_UNITS, Arm, Finding, ParameterSet, Study
from neodermis.evidence.source import JUDGEMENTS
from neodermis.lazy import numpy as np
from neodermis.simulation.course import Observed, SiteCourse
from neodermis.simulation.session import Floats, Interval, structured
from neodermis.skin.measures import share_beyond
from neodermis.skin.outcomes import OUTCOMES, Outcome
from neodermis.skin.raters import RaterParameters, offset
from neodermis.uncertain import Z90, Band, stream
from neodermis.units import convert

#: A sign is as published if at least this share of the predicted results has it.
SIGN_SHARE: Final = 0.05
#: Changes below this, in % of baseline, count as none if a study found no difference.
NO_CHANGE: Final = 5.0
#: People drawn for between-person variability.
PEOPLE: Final = 60
#: Studies drawn where fewer draws of a share of people are there.
SHARES: Final = 400


def not_asked(study: Study, arm: Arm, finding: Finding) -> str:
    """Reason why a finding is not predicted; empty if it is."""
    if study.species != "human":
        return f"in {study.species}, which is not simulated"
    if arm.why_not or finding.why_not:
        return arm.why_not or finding.why_not
    if finding.used_for:
        return f"it informs parameters: {', '.join(finding.used_for)}"
    outcome = OUTCOMES[finding.outcome]
    if outcome.not_modelled:
        return f"not modelled: {outcome.not_modelled}"
    if finding.statistic == "share" and finding.outcome not in JUDGEMENTS:
        if outcome.kind == "session":
            return ""
        return (
            ""
            if finding.at_least is not None
            else "the threshold of the share is not reported, and its range is not known"
        )
    if finding.statistic == "test":
        return "a significance without a number is not predicted yet"
    if finding.category is not None or finding.outcome in JUDGEMENTS:
        return "a global judgement is not predicted yet"
    if finding.against is not None and finding.statistic not in ("sign", "share"):
        return "numerical differences between sides are not predicted yet"
    if finding.statistic == "sign":
        return ""
    if finding.statistic == "range":
        return "" if finding.range is not None else "no range is reported"
    if finding.relative_change is None and finding.change is None and outcome.kind != "session":
        return "neither a change nor a baseline is reported"
    if finding.relative_change is None and finding.change is not None and outcome.unit == "1":
        return "the change is in units of its instrument, and no baseline is reported"
    return ""


def see(
    study: Study,
    arm: Arm,
    finding: Finding,
    site: SiteCourse,
    parameters: ParameterSet,
    other: SiteCourse | None = None,
) -> Observed:
    """Predicted finding of an arm, from the course of the arm (with people).

    ``other``: the course of the arm that the finding is against.
    """
    outcome = OUTCOMES[finding.outcome]
    row = Observed(study=study.id, arm=arm.id, finding=finding, rater=finding.rater or arm.rater)
    why = not_asked(study, arm, finding)
    if not why and outcome.by_day and finding.outcome not in site.values:
        why = "the simulated patient of the arm has no such concern"
    if not why and finding.against is not None and other is None:
        why = f"the other side, {finding.against}, cannot be simulated: {study.arm(finding.against).why_not}"
    if why:
        return replace(row, why=why)
    rng = stream(f"{study.id}:{arm.id}:{finding.outcome}:{finding.measure}")
    if outcome.kind == "session":
        return _of_session(row, study.people_in(finding), site, rng)
    view = _View(site, outcome, row, study.people_in(finding), parameters, rng)
    if other is not None and finding.statistic == "share":
        return _numbered(
            replace(row, unit="% of people"),
            *view.shares(_View(other, outcome, row, study.people_in(finding), parameters, rng)),
        )
    if other is not None:
        against = _View(other, outcome, row, study.people_in(finding), parameters, np.random.default_rng(0))
        both = sorted(set(site.draw_numbers) & set(other.draw_numbers))
        mine, theirs = ([list(s.draw_numbers).index(k) for k in both] for s in (site, other))
        course = 100.0 * (view.plain[mine] - against.plain[theirs])
        seen = 100.0 * (view.judged[mine] - against.judged[theirs])
        # two sides of one person differ in reading error, not in the person
        printed = seen + rng.standard_normal(len(both)) * 100.0 * 2.0 * view.error / np.sqrt(view.n)
        return _signed(row, course, printed)
    course = 100.0 * view.plain
    noise = rng.standard_normal(len(view.judged)) * view.scatter / np.sqrt(view.n)
    printed = 100.0 * np.maximum(view.judged + noise, -1.0)  # the mean of a non-negative quantity cannot fall by more
    if finding.statistic == "sign":
        return _signed(row, course, printed)
    if finding.statistic == "share":
        return _numbered(replace(row, unit="% of people"), *view.shares())
    change = finding.relative_change
    if finding.range is not None or change is not None:
        published = finding.range or (100.0 * (change or 0.0),) * 2
        return _numbered(replace(row, unit="% of baseline"), course, printed, published)
    assert finding.change is not None
    known = finding.unit in (None, outcome.unit) or finding.unit in SCALE_UNITS
    factor = 1.0 if known else convert(1.0, outcome.unit, str(finding.unit), what="unit")
    size = view.start * factor / 100.0
    return _numbered(replace(row, unit=str(finding.unit)), course * size, printed * size, (finding.change,) * 2)


def by_day(
    site: SiteCourse, name: str, rater: str, n: int, parameters: ParameterSet, seed: int = 0
) -> tuple[Band, Band]:
    """Change of an outcome in % of baseline, day by day: as it is, and as a rater would give it in n people."""
    outcome, rows = OUTCOMES[name], site.values[name]
    plain = rows / rows[:, :1] - 1.0
    judged = _judged(plain, outcome, rater, site.time_day - site.time_day[0], site, parameters)
    scatter = _scatter(site, outcome, site.time_day)
    noise = np.random.default_rng(seed).standard_normal((len(rows), 1)) * scatter / np.sqrt(n)
    printed = np.maximum(judged + noise * (site.time_day > 0), -1.0)
    return Band.of(100.0 * plain), Band.of(100.0 * printed)


def _judged(
    plain: Floats, outcome: Outcome, rater: str, days: Floats, site: SiteCourse, parameters: ParameterSet
) -> Floats:
    """Relative changes of draws (rows), as a rater gives them where the outcome is graded."""
    if not (outcome.raters and outcome.better == "lower"):
        return plain
    p = structured(RaterParameters, {name: site.drawn[name] for name in RaterParameters._fields}, parameters)
    rows = RaterParameters(*(np.reshape(value, (-1, *[1] * (plain.ndim - 1))) for value in p))
    given: Floats = (1.0 + plain) * np.exp(-offset(rater, days, rows)) - 1.0
    return given


def _counted(people: tuple[int, int], draws: int, rng: Any) -> Any:
    """Number of people of each draw: as printed, or drawn evenly in its logarithm between two numbers."""
    low, high = people
    if low == high:
        return np.full(draws, low)
    return np.exp(rng.uniform(np.log(low), np.log(high), draws)).round().astype(int)


def _reading_error(site: SiteCourse, outcome: Outcome) -> float:
    """Error of one reading over the typical start."""
    typical = float(np.median(site.values[outcome.name][:, 0]))
    return outcome.reading_error(typical) / typical


def _scatter(site: SiteCourse, outcome: Outcome, days: Floats | float) -> Floats:
    """Standard deviation of the relative change that is read off a person: people differ, and two readings err."""
    people = site.people.get(outcome.name)
    if people is not None and len(people):
        between = (np.array([np.interp(days, site.time_day, row) for row in people]).T / people[:, 0] - 1.0).std(
            axis=-1
        )
    else:
        band = site.people_change_band[outcome.name]
        low, high = (np.interp(days, site.time_day, edge) for edge in (band.lower90, band.upper90))
        between = (high - low) / (2.0 * Z90)
    found: Floats = np.hypot(between, np.sqrt(2.0) * _reading_error(site, outcome))
    return found


class _View:
    """The relative change of an outcome on the day of a finding, draw by draw: plain, and as judged."""

    def __init__(
        self,
        site: SiteCourse,
        outcome: Outcome,
        row: Observed,
        people: tuple[int, int],
        parameters: ParameterSet,
        rng: Any,
    ) -> None:
        finding = row.finding
        self.outcome, self.finding, self.rng = outcome, finding, rng
        rows = site.values[outcome.name]
        low, high = finding.day_range or (finding.day, finding.day)
        days = low + (high - low) * rng.random(len(rows))
        values = np.array([np.interp(day, site.time_day, each) for day, each in zip(days, rows, strict=True)])
        self.start: Floats = rows[:, 0]
        self.plain: Floats = values / self.start - 1.0
        self.judged = _judged(self.plain, outcome, row.rater, days, site, parameters)
        self.error = _reading_error(site, outcome)
        self.scatter = float(_scatter(site, outcome, finding.day))
        self.n = _counted(people, len(rows), rng)

    def shares(self, other: _View | None = None) -> tuple[Floats, Floats, tuple[float, float]]:
        """Per cent of people between the cuts: of very many plainly read, as judged in n people, and as published.

        Of a change over that of an ``other`` side, of which the typical change is taken off.
        """
        found = []
        cut = self._cut(self.finding.at_least)
        below = None if self.finding.below is None else np.maximum(self._cut(self.finding.below), cut)
        towards = -1.0 if self.outcome.better == "lower" else 1.0
        beside = (0.0, 0.0) if other is None else (np.median(other.plain), np.median(other.judged))
        for change, less in zip((self.plain, self.judged), beside, strict=True):
            change = change - less
            share = share_beyond(towards * change, cut, self.scatter)
            if below is not None:
                share = share - share_beyond(towards * change, below, self.scatter)
            found.append(share)
        published = self.finding.share
        assert published is not None
        printed = self.rng.binomial(self.n, np.clip(found[1], 0.0, 1.0)) / self.n
        return 100.0 * found[0], 100.0 * printed, (100.0 * published,) * 2

    def _cut(self, limits: tuple[float, float] | None) -> Floats:
        assert limits is not None
        drawn: Floats = limits[0] + (limits[1] - limits[0]) * self.rng.random(len(self.plain))
        if self.finding.cut_unit == "%":
            return drawn / 100.0
        baseline = self.finding.baseline or float(np.median(self.start))
        # a grade is seen as one from half a grade on
        return (drawn - (0.5 if self.finding.cut_unit == "grade" else 0.0)) / baseline


def _of_session(row: Observed, people: tuple[int, int], site: SiteCourse, rng: Any) -> Observed:
    """Of the first session, or the share of people who are left with a scar after all sessions."""
    finding, name = row.finding, row.finding.outcome
    if name == "scarring_risk":
        if finding.share is None:
            return replace(row, why="no share of people is printed")
        n = _counted(people, SHARES, rng)
        chance = np.full(SHARES, site.scarring_risk)
        printed = 100.0 * rng.binomial(n, chance) / n
        return _numbered(replace(row, unit="% of people"), 100.0 * chance, printed, (100.0 * finding.share,) * 2)
    first, unit = site.sessions[0], OUTCOMES[name].unit
    kept = name.removeprefix("closure_hours_")
    interval: Interval = getattr(first, name) if kept == name else first.closure_hours[kept]
    printed_in = finding.unit or unit
    factor = 1.0 if printed_in == unit else convert(1.0, unit, printed_in, what="unit")
    predicted = Interval(*(factor * value for value in interval))
    row = replace(row, unit=printed_in, course=predicted)
    observed = finding.range or ((finding.value,) * 2 if finding.value is not None else None)
    if observed is None:
        return replace(row, why="no number is printed")
    met = observed[0] <= predicted.upper90 and observed[1] >= predicted.lower90
    return replace(row, observed=observed, printed=predicted, verdict="inside" if met else "missed")


def _numbered(row: Observed, course: Floats, printed: Floats, observed: tuple[float, ...]) -> Observed:
    found = Interval.of(printed)
    low, high = observed
    share = float(np.mean(printed < low)) if low == high else float(np.mean((printed >= low) & (printed <= high)))
    met = low <= found.upper90 and high >= found.lower90
    return replace(
        row, observed=(low, high), course=Interval.of(course), printed=found, share=share,
        verdict="inside" if met else "missed",
    )  # fmt: skip


def _signed(row: Observed, course: Floats, printed: Floats) -> Observed:
    share = {
        "increase": float(np.mean(printed > 0)),
        "decrease": float(np.mean(printed < 0)),
        "none": float(np.mean(np.abs(printed) < NO_CHANGE)),
    }[row.finding.direction]
    unit = "percentage points" if row.finding.against is not None else "% of baseline"
    return replace(
        row, unit=unit, course=Interval.of(course), printed=Interval.of(printed), share=share,
        verdict="inside" if share >= SIGN_SHARE else "missed",
    )  # fmt: skip
