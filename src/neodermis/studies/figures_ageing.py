"""Published figures on age and exposures, compared with the model.

The prediction of a figure is drawn over the parameter uncertainty, with the same draws for every person, so that ratios
are computed draw by draw. It does not include between-person variability or the error of the study.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

import numpy as np

from neodermis.api import QUANTITIES, simulate
from neodermis.api.untreated import at_rest
from neodermis.arrays import read_at
from neodermis.evidence import ParameterSet
from neodermis.evidence.ageing_figure import AgeingFigure, Ask, Who, load_ageing_figures
from neodermis.people import Patient
from neodermis.simulation.session import Floats, Interval
from neodermis.skin import exposures as exposed
from neodermis.studies.figures_injury import Beside, Counts

AgeingVerdict = Literal[
    "inside", "outside", "bound kept", "bound broken", "sign as published", "sign not as published", "not asked"
]
#: Largest change that counts as no change, %: no series of biopsies detects it; less than a fifth of it is no
#: direction (both assumed).
NO_CHANGE: Final = 5.0
DIRECTION: Final = 1.0
#: Share of the draws that must have the published sign.
MOST: Final = 0.9
#: Quantities derived from those at rest.  Published amounts are per biopsy or per blister, that is, per skin area and
#: not per volume of a tissue that may have become thinner.
DERIVED: Final = {
    "synthesis_1_per_area": "synthesis of type I at rest per skin area, whole dermis",
    "synthesis_3_per_area": "synthesis of type III at rest per skin area, whole dermis",
    "synthesis_1_papillary_per_area": "synthesis of type I at rest per skin area, papillary dermis",
    "synthesis_1_activated_per_area": "synthesis of type I per skin area if all resting fibroblasts were activated",
    "density": "collagen per volume, whole dermis",
    "renewal_rate": "synthesis of collagen at rest relative to the labile pool, 1/d",
}
#: Smaller values are rounding errors of a quotient.
_ROUNDING: Final = 1e-9
#: A course of which only the untreated part is used.
_ANY_COURSE: Final = "1 session: exceed; {site} 0.5 mm, 1 passes"


@dataclass(frozen=True, kw_only=True, slots=True)
class AgeingRow(Beside[AgeingFigure, AgeingVerdict]):
    """A published figure on age or an exposure, compared with the model."""

    @property
    def answered(self) -> str:
        """The answer with its 90 % credible interval; that to a sign is the change in %."""
        if self.model is None:
            return ""
        middle, low, high = (f"{value:.3g}" for value in self.model)
        text = middle if low == high else f"{middle} ({low} to {high})"
        return f"{text} %" if self.figure.ask is not None and self.figure.ask.give == "sign" else text


class _Model:
    """The model quantities of the figures; the same person is computed once."""

    def __init__(self, parameters: ParameterSet, draws: int, seed: int) -> None:
        self.parameters, self.draws, self.seed = parameters, draws, seed
        self._kept: dict[str, Any] = {}

    def once(self, key: str, compute: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]

    def sexes(self, who: Who) -> list[Who]:
        return [replace(who, sex="female"), replace(who, sex="male")] if who.sex == "both" else [who]

    def drawn(self, name: str) -> Floats:
        whole = self.once("draws", lambda: self.parameters.draw(self.draws, self.seed, "uncertainty"))
        return np.asarray(whole[name])

    def rest(self, name: str, who: Who) -> Floats:
        def found(one: Who) -> dict[str, Floats]:
            return at_rest(_patient(one), one.site, self.parameters, draws=self.draws, seed=self.seed)

        sexes = [self.once(f"rest {one}", partial(found, one)) for one in self.sexes(who)]
        return _mean([quantity(name, one)[1:] for one in sexes])

    def course(self, ask: Ask, who: Who, at: float) -> Floats:
        """An outcome at a day of a course, per draw; treated or not."""
        sentence = ask.protocol or _ANY_COURSE.format(site=who.site)
        last = max(ask.day or 0.0, 1.0)

        def run(one: Who) -> Any:
            return simulate(
                sentence, age=one.age, sex=one.sex, phototype=one.phototype, exposures=one.exposures,
                concerns=one.concerns, draws=self.draws, seed=self.seed, until=last, parameters=self.parameters,
            )  # fmt: skip

        found = []
        for one in self.sexes(who):
            done = self.once(f"{sentence} {last} {one}", partial(run, one))
            (site,) = done.sites.values()
            rows = (site.values if ask.of == "treated" else site.untreated)[ask.name]
            found.append(read_at(at, site.time_day, rows))
        return _mean(found)

    def cover_time(self, who: Who) -> Floats:
        found = []
        for one in self.sexes(who):
            p = exposed.ExposureParameters(**{name: self.drawn(name) for name in exposed.ExposureParameters._fields})
            now = exposed.levels_on(0.0, _patient(one).subject().life)
            found.append(np.broadcast_to(exposed.cover_time(now, p), self.draws))
        return _mean(found)

    def answer(self, ask: Ask) -> Floats:
        if ask.of == "parameter":
            return _given(ask, self.drawn(ask.name), None)
        assert ask.person is not None  # the reader sees to it
        if ask.of == "rest":
            states = [self.rest(ask.name, who) for who in (ask.person, ask.against) if who is not None]
        elif ask.of == "cover_time":
            states = [self.cover_time(who) for who in (ask.person, ask.against) if who is not None]
        elif ask.against is not None:
            states = [self.course(ask, who, ask.day or 0.0) for who in (ask.person, ask.against)]
        else:
            states = [self.course(ask, ask.person, day) for day in (ask.day or 0.0, 0.0)]
        return _given(ask, states[0], states[1] if len(states) > 1 else None)


def _mean(of_sexes: list[Floats]) -> Floats:
    found: Floats = np.mean(of_sexes, axis=0)
    return found


def quantity(name: str, found: Mapping[str, Floats]) -> Floats:
    """A quantity of the skin at rest, or one of :data:`DERIVED`, from all of them."""
    if name in QUANTITIES:
        return found[name]
    thickness, total = found["dermal_thickness"], found["collagen_total"]
    made = found["synthesis_1"] + found["synthesis_3"]
    derived: dict[str, Callable[[], Floats]] = {
        "synthesis_1_per_area": lambda: found["synthesis_1"] * thickness,
        "synthesis_3_per_area": lambda: found["synthesis_3"] * thickness,
        "synthesis_1_papillary_per_area": lambda: found["synthesis_1_papillary"] * found["papillary_thickness"],
        "synthesis_1_activated_per_area": lambda: found["synthesis_1_activated"] * thickness,
        "density": lambda: total / thickness,
        "renewal_rate": lambda: made * thickness / (total * found["labile_share"]),
    }
    return derived[name]()


def _patient(who: Who) -> Patient:
    return Patient(
        age=who.age, sex=who.sex, phototype=who.phototype,  # type: ignore[arg-type]  # one of two by now
        exposures=dict(who.exposures), concerns=dict(who.concerns),  # type: ignore[arg-type]  # text is read there
    )  # fmt: skip


def _given(ask: Ask, one: Floats, other: Floats | None) -> Floats:
    """The answer in the form of the figure."""
    if other is None:
        alone: dict[str, Callable[[], Floats]] = {
            "value": lambda: one,
            "percent": lambda: 100.0 * one,
            "one_minus": lambda: 1.0 - one,
            "one_minus_percent": lambda: 100.0 * (1.0 - one),
            "years": lambda: 1.0 / (one * 365.25),
        }
        return alone[ask.give]()
    ratio = one / other
    years = _years_between(ask)
    compared: dict[str, Callable[[], Floats]] = {
        "ratio": lambda: ratio,
        "change": lambda: 100.0 * (ratio - 1.0),
        "sign": lambda: 100.0 * (ratio - 1.0),
        "loss": lambda: 100.0 * (1.0 - ratio),
        "loss_per_decade": lambda: 1000.0 * (1.0 - ratio) / years,
        "loss_per_year": lambda: -100.0 * np.log(ratio) / years,
    }
    found = np.asarray(compared[ask.give]())
    return np.where(np.abs(found) < _ROUNDING, 0.0, found)


def _years_between(ask: Ask) -> float:
    if ask.against is None or ask.person is None:
        return (ask.day or 0.0) / 365.25
    return ask.person.age - ask.against.age


def compare_ageing(
    parameters: ParameterSet, figures: Iterable[AgeingFigure] | None = None, *, draws: int = 100, seed: int = 0
) -> list[AgeingRow]:
    """Every figure on age and exposures, compared with the model.

    A published number is *inside* where it lies in the 90 % credible interval of the answer, a published range where
    the median answer lies in it; a bound is *kept* where the median answer keeps it.  A sign is *as published* where
    nine in ten draws move that way by :data:`DIRECTION` % and more, or by no more than :data:`NO_CHANGE` % where no
    change is published.
    """
    model = _Model(parameters, draws, seed)
    return [_row(figure, model) for figure in (load_ageing_figures() if figures is None else figures)]


def _row(figure: AgeingFigure, model: _Model) -> AgeingRow:
    if figure.ask is None:
        return AgeingRow(figure=figure, model=None, verdict="not asked", share=None)
    answers = model.answer(figure.ask)
    if not np.isfinite(answers).all():
        raise ValueError(f"{figure.id}: the answer is not a number in some draws")
    found = Interval.of(answers)
    verdict, share = _judged(figure, answers, found)
    return AgeingRow(figure=figure, model=found, verdict=verdict, share=share)


def _judged(figure: AgeingFigure, answers: Floats, model: Interval) -> tuple[AgeingVerdict, float]:
    if figure.ask is not None and figure.ask.give == "sign":
        right = {
            "increase": answers >= DIRECTION,
            "decrease": answers <= -DIRECTION,
            "none": np.abs(answers) <= NO_CHANGE,
        }[str(figure.sign)]
        share = float(np.mean(right))
        return ("sign as published" if share >= MOST else "sign not as published"), share
    low, high = figure.low, figure.high
    if figure.value is not None:
        edge = 1e-9 * max(1.0, abs(figure.value))  # without draws, the interval is a point
        inside = model.lower90 - edge <= figure.value <= model.upper90 + edge
        return ("inside" if inside else "outside"), float(np.mean(answers < figure.value))
    kept = np.ones(len(answers), dtype=bool)
    kept &= True if low is None else answers >= low
    kept &= True if high is None else answers <= high
    median = (low is None or model.median >= low) and (high is None or model.median <= high)
    if low is not None and high is not None:
        return ("inside" if median else "outside"), float(np.mean(kept))
    return ("bound kept" if median else "bound broken"), float(np.mean(kept))


class AgeingCounts(Counts):
    """Numbers of figures, predictions, misses and tests."""

    __slots__ = ()

    @property
    def sentence(self) -> str:
        """The counts in words."""
        return (
            f"Of {self.figures} figures on age and exposures, the model predicts {self.answered} and misses "
            f"{self.missed} of these; {self.not_answered} are not predicted. {self.answered - self.tests} of the "
            f"predicted figures inform parameters. The other {self.tests} are tests, of which {self.tests_missed} are "
            "missed."
        )


def ageing_counts(rows: Iterable[AgeingRow]) -> AgeingCounts:
    """Numbers of figures: all, predicted, missed, and tests."""
    return AgeingCounts.of(rows)


#: Columns of the table that a command prints.
AGEING_COLUMNS: Final = ("figure", "quantity", "published", "model (90 %)", "verdict", "informs")


def ageing_table(rows: Iterable[AgeingRow]) -> list[tuple[str, ...]]:
    """The predicted figures as texts for :data:`AGEING_COLUMNS`; misses in capitals."""
    return [
        (
            row.id,
            row.figure.quantity,
            row.figure.published,
            row.answered,
            row.verdict.upper() if row.missed else row.verdict,
            ", ".join(row.figure.used_for) or "none: a test",
        )
        for row in rows
        if row.model is not None
    ]
