"""Published figures on closure, water loss and delivery, compared with the model.

The prediction of a figure is drawn over the uncertain inputs: the parameters, and the values of the set-up that the
study does not report.  It does not include between-person variability or the error of the study.  Parameters have the
same draws for every figure, and unreported values the same draws for all figures of one study.

In vitro there is a receptor below the skin and no blood, and channels stay as they are.  A ratio of fluxes is that
of the steady state of an endless product; an amount is solved in time.  The permeability of a molecule is the measured
one of its entry in the catalogue where a figure names it, and never where the figure is a permeability.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from neodermis.evidence import ParameterSet
from neodermis.evidence.delivery_figure import (
    DELIVERY_QUANTITIES,
    DeliveryFigure,
    DeliverySetup,
    load_delivery_figures,
)
from neodermis.simulation import _transport as transport
from neodermis.simulation._transport import Opening, Product
from neodermis.simulation.delivery import molecule as drawn_molecule
from neodermis.simulation.session import Floats, Interval
from neodermis.skin import barrier, delivery
from neodermis.skin.barrier import REFERENCE_PHOTOTYPE, BarrierParameters, ClosureHalfTimes, ClosureModifiers
from neodermis.skin.delivery import Cells, Column, DeliveryParameters, Molecule, Passage
from neodermis.skin.tissue import TissueParameters
from neodermis.studies.figures_ageing import DIRECTION, MOST, NO_CHANGE
from neodermis.studies.figures_injury import MISSES, Beside, Counts, drawn_amounts, judged, mechanisms, read_by
from neodermis.treatment.active import load_actives
from neodermis.units import convert

DeliveryVerdict = Literal[
    "inside", "missed", "bound kept", "bound broken", "direction right", "direction wrong", "no answer"
]

#: Mechanisms whose parameters the predictions use.
_READ: Final[dict[str, type]] = {
    "barrier": BarrierParameters,
    "delivery": DeliveryParameters,
    "tissue": TissueParameters,
}
#: Depth cells of a steady flux: through the stratum corneum the profile is linear, so one cell is sufficient.
STEADY_CELLS: Final = Cells(corneum=1)
#: Depth cells and steps of an amount in time.
TIMED_CELLS: Final = Cells(corneum=24, epidermis=4, papillary=6, reticular=10)
_STEPS: Final = (48, 0)
#: Members of one solution of the steady state.
_BLOCK: Final = 4096
#: Default dermis below the epidermis, mm: as in people.
_DERMIS_MM: Final = 1.5
#: Film of an inexhaustible product, mm; its concentration is constant.
_ENDLESS_FILM: Final = 1.0
#: Quantities of a single state that are themselves relative to rest.
_CHANGES: Final = ("tewl_rise", "tewl_change", "hydration_change")
#: Smaller changes are rounding errors of a difference, %.
_ROUNDING: Final = 1e-9


class _Case(NamedTuple):
    """One set-up with every number drawn."""

    setup: DeliverySetup
    given: Mapping[str, Floats]
    barrier: BarrierParameters
    delivery: DeliveryParameters
    tissue: TissueParameters
    seed: int

    @property
    def members(self) -> int:
        return len(self.tissue.stratum_corneum_thickness)

    def get(self, name: str, default: Any = math.nan) -> Floats:
        found: Floats = np.broadcast_to(self.given.get(name, default), (self.members,))
        return found

    def truth(self, given: bool) -> Floats:
        return np.full(self.members, float(given))


# -------------------------------------------------------------------------------------------------- closure and water


def _clocks(case: _Case) -> ClosureHalfTimes:
    kept = ClosureModifiers(
        age_years=case.get("age_years", case.barrier.closure_reference_age),
        phototype=case.get("phototype", REFERENCE_PHOTOTYPE),
        occluded=case.truth(case.setup.occluded),
        anti_inflammatory=case.truth(case.setup.anti_inflammatory),
        slowing=case.truth(True),
    )
    return ClosureHalfTimes(
        *(np.asarray(time) for time in barrier.half_times(case.get("depth_mm"), kept, case.barrier))
    )


def _closure(which: str) -> Callable[[_Case], Floats]:
    return lambda case: np.asarray(barrier.closure_hours(getattr(_clocks(case), which), case.barrier))


def _opened(case: _Case) -> Floats:
    """Share of the surface that is open directly after needling, without double counting; 0 without channels."""
    per_mm2 = case.get("channels_per_cm2", 0.0) / 100.0
    width = case.get("channel_width_um", 0.0) / 1e3
    found: Floats = -np.expm1(-per_mm2 * math.pi / 4.0 * width**2)
    return found


def _bare(case: _Case) -> Floats:
    """Share of the surface without barrier at the hours of the set-up after its last session."""
    opened = _opened(case)
    if not opened.any():
        return opened
    sessions = int(case.get("sessions", 1.0).max())
    apart = case.get("interval_days", 0.0) * 24.0
    half = np.asarray(_clocks(case).barrier)
    since = [case.get("hours") + before * apart for before in range(sessions)]
    shut = [1.0 - opened * np.asarray(barrier.open_share(hours, half)) for hours in since]
    found: Floats = 1.0 - np.prod(shut, axis=0)
    return found


#: Set point of the epidermis relative to rest: no remodelling occurs within the days of these figures.
_AT_REST: Final = 1.0


def _water_loss(case: _Case) -> Floats:
    return np.asarray(barrier.water_loss(_bare(case), float(case.setup.moisturiser), _AT_REST, case.barrier))


def _loss_over_rest(case: _Case) -> Floats:
    found: Floats = _water_loss(case) - case.barrier.tewl_baseline
    return found


def _hydration_over_rest(case: _Case) -> Floats:
    given = float(case.setup.moisturiser), float(case.setup.hyaluronan)
    return np.asarray(barrier.hydration(_bare(case), *given, _AT_REST, case.barrier)) - 1.0


# ----------------------------------------------------------------------------------------------------------- delivery


def _molecule(case: _Case, *, measured: bool = True) -> Molecule:
    """The molecule of a set-up, with or without its ``measured`` permeability."""
    ones = np.ones(case.members)
    setup = case.setup
    endless = np.inf * ones
    if setup.active:
        entry = drawn_molecule(load_actives()[setup.active], case.members + 1, case.seed)
        one = Molecule(*(np.asarray(leaf)[1:] for leaf in entry))
        if "log_kow" in case.given:
            one = one._replace(log_kow=case.get("log_kow"), on_line=ones)
    else:
        known = "log_kow" in case.given
        mass = case.get("molar_mass")
        lightest, heaviest = delivery.LINE_MOLAR_MASS
        on_line = known * ((mass >= lightest) & (mass <= heaviest)).astype(float)
        radius = case.get("radius_nm", 0.0) / 1e3
        one = Molecule(mass, case.get("log_kow", 0.0), on_line, 0.0 * ones, radius, endless, 0.0 * ones)
    if not measured:
        one = one._replace(permeability=0.0 * ones)
    return one._replace(solubility=endless) if setup.dissolved else one


def _layers(case: _Case, cells: Cells) -> Floats:
    corneum = case.get("corneum_um", case.tissue.stratum_corneum_thickness) / 1e3
    living = case.tissue.viable_epidermis_thickness / 1e3
    dermis = case.get("dermis_mm", _DERMIS_MM)
    papillary = case.tissue.papillary_share_of_dermis * dermis
    return np.asarray(delivery.thicknesses(corneum, living, papillary, dermis - papillary, cells))


def column(case: _Case, cells: Cells, *, channels: bool = True) -> Column:
    """Capacities and conductances of a set-up, with or without its ``channels``."""
    thickness = _layers(case, cells)
    there = channels and case.setup.channels_per_cm2 is not None
    opened = _opened(case) if there else np.zeros(case.members)
    width = case.get("channel_width_um", 1.0)
    per_mm2 = case.get("channels_per_cm2", 1.0) / 100.0
    depth = case.get("depth_mm") if there else np.ones(case.members)
    living = thickness[:, cells.corneum :]
    bottom = np.cumsum(thickness, 1)[:, cells.corneum :]
    passage = Passage(
        open_share=opened,
        radius_mm=width / 2e3,
        spacing_mm=0.5 / np.sqrt(per_mm2),
        beyond=np.clip((depth[:, None] - (bottom - living)) / living, 0.0, 1.0),
    )
    p = case.delivery
    if case.setup.in_vitro:
        none = np.zeros(case.members)
        p = p._replace(capillary_clearance=none, lymph_clearance=none)
    found = delivery.column(_molecule(case), passage, thickness, cells, p)
    return Column(*(np.asarray(leaf) for leaf in found))


def steady_flux(made: Column) -> Floats:
    """Steady-state flux from the product, mm/h: from a constant 1 µg/mm³ into a sink."""
    found = [_steady(Column(*(leaf[at : at + _BLOCK] for leaf in made))) for at in range(0, len(made.top), _BLOCK)]
    return np.concatenate(found)


def _steady(made: Column) -> Floats:
    count, cells = made.capacity.shape
    into = made.shunt + made.channel
    into[:, 0] += made.top
    index = np.arange(cells)
    matrix = np.zeros((count, cells, cells))
    matrix[:, index, index] = into + made.cleared
    matrix[:, -1, -1] += made.bottom
    matrix[:, index[:-1], index[:-1]] += made.between
    matrix[:, index[1:], index[1:]] += made.between
    matrix[:, index[:-1], index[1:]] = -made.between
    matrix[:, index[1:], index[:-1]] = -made.between
    shut = matrix[:, index, index] == 0  # no flux in or out: the amount is 0
    matrix[:, index, index] += shut
    u = np.linalg.solve(matrix, into[..., None])[..., 0]
    found: Floats = (into * (1.0 - u)).sum(-1)
    return found


class _Held(NamedTuple):
    """Distribution of a dose at the hours of a set-up, µg/cm²."""

    put_on: Floats
    corneum: Floats
    living: Floats
    passed: Floats  # to blood, receptor and below


def _timed(case: _Case, *, channels: bool = True) -> _Held:
    made = column(case, TIMED_CELLS, channels=channels)
    endless = case.setup.dose_mg_cm2 is None
    dry = not case.setup.occluded and not endless
    wet = np.full(case.members, np.inf)
    film = case.get("dose_mg_cm2", 100.0 * _ENDLESS_FILM) / 100.0  # mg/cm² of 1 mg/µL → mm
    held = np.asarray(delivery.held_back(_molecule(case), case.truth(case.setup.emulsion), case.delivery))
    product = Product(
        concentration=10.0 * case.get("percent", 1.0) / held,  # g/100 mL → µg/mm³
        film_mm=film * held,
        residue=case.delivery.product_residue,
        evaporation_hours=case.delivery.water_evaporation_time if dry else wet,
        endless=case.truth(endless),
    )
    there = channels and case.setup.channels_per_cm2 is not None and not case.setup.in_vitro
    opening = Opening(np.asarray(_clocks(case).electrical) if there else wet, np.zeros(case.members))
    hours = case.get("hours")
    last = float(hours.max())
    nodes = transport.schedule(last, last, _STEPS)
    found = transport.solve(made, product, opening, nodes, last)
    corneum = TIMED_CELLS.corneum
    per_cm2 = 100.0

    def at(amounts: Floats) -> Floats:
        return per_cm2 * np.array([np.interp(h, nodes, course) for h, course in zip(hours, amounts.T, strict=True)])

    return _Held(
        put_on=per_cm2 * product.concentration * product.film_mm,
        corneum=at(found.cells[..., :corneum].sum(-1)),
        living=at(found.cells[..., corneum:].sum(-1)),
        passed=at(found.cleared + found.deeper),
    )


def _enhancement(case: _Case) -> Floats:
    return steady_flux(column(case, STEADY_CELLS)) / steady_flux(column(case, STEADY_CELLS, channels=False))


def _skin_enhancement(case: _Case) -> Floats:
    with_, without = (_timed(case, channels=there) for there in (True, False))
    return (with_.corneum + with_.living) / (without.corneum + without.living)


def _permeability(case: _Case) -> Floats:
    mm_per_cm = 10.0
    found: Floats = np.asarray(delivery.steady_permeability(_molecule(case, measured=False), case.delivery)) / mm_per_cm
    return found


def _flux(case: _Case) -> Floats:
    dissolved = np.minimum(10.0 * case.get("percent"), _molecule(case).solubility)
    found: Floats = 100.0 * dissolved * steady_flux(column(case, STEADY_CELLS))  # mm/h · µg/mm³ → µg/cm²/h
    return found


def _absorbed(case: _Case) -> Floats:
    held = _timed(case)
    found: Floats = (held.living + held.passed) / held.put_on
    return found


def _passed_share(case: _Case) -> Floats:
    held = _timed(case)
    return held.passed / held.put_on


def _retained_share(case: _Case) -> Floats:
    held = _timed(case)
    found: Floats = (held.corneum + held.living) / held.put_on
    return found


def _retained(case: _Case) -> Floats:
    held = _timed(case)
    return held.corneum + held.living


def _lag(case: _Case) -> Floats:
    """Lag of the stratum corneum; that of what is left of the dermis is a few per cent of it."""
    corneum = case.get("corneum_um", case.tissue.stratum_corneum_thickness) / 1e3
    return np.asarray(delivery.lag_hours(_molecule(case), corneum, case.delivery))


def _tissue_diffusivity(case: _Case) -> Floats:
    hours_to_s, mm2_to_um2 = 1.0 / 3600.0, 1e6
    return np.asarray(delivery.diffusivities(_molecule(case), case.delivery)[1]) * mm2_to_um2 * hours_to_s


def _dermal_clearance(case: _Case) -> Floats:
    made = column(case, STEADY_CELLS)
    found: Floats = made.cleared[:, -1] / _layers(case, STEADY_CELLS)[:, -1]
    return found


_QUANTITIES: Final[dict[str, Callable[[_Case], Floats]]] = {
    "closure_electrical": _closure("electrical"),
    "closure_geometric": _closure("geometric"),
    "closure_barrier": _closure("barrier"),
    "electrical_half_time": lambda case: np.asarray(_clocks(case).electrical),
    "water_loss": _water_loss,
    "tewl_rise": _loss_over_rest,
    "tewl_change": _loss_over_rest,
    "hydration_change": _hydration_over_rest,
    "enhancement": _enhancement,
    "skin_enhancement": _skin_enhancement,
    "permeability": _permeability,
    "flux": _flux,
    "absorbed_share": _absorbed,
    "passed_share": _passed_share,
    "retained_share": _retained_share,
    "passed": lambda case: _timed(case).passed,
    "retained": _retained,
    "lag": _lag,
    "tissue_diffusivity": _tissue_diffusivity,
    "dermal_clearance": _dermal_clearance,
}


# --------------------------------------------------------------------------------------------------------- comparison


def drawn_delivery(parameters: ParameterSet, draws: int, seed: int) -> dict[str, Floats]:
    """Parameter draws used by the predictions, by name."""
    return read_by(parameters, _READ).draw(draws, seed, "uncertainty")


def case_of(
    figure: DeliveryFigure, setup: DeliverySetup, values: Mapping[str, Floats], parameters: ParameterSet, seed: int
) -> _Case:
    """A set-up with the parameters and its open numbers drawn."""
    count = len(next(iter(values.values())))
    given = drawn_amounts(figure.source, setup.amounts, count, seed)
    return _Case(setup, given, **mechanisms(values, parameters, _READ), seed=seed)


def simulate_delivery(
    figure: DeliveryFigure, values: Mapping[str, Floats], parameters: ParameterSet, seed: int
) -> Floats:
    """The model's answer to a figure for each draw of the parameters, in the published unit; to a direction in %.

    Parameters
    ----------
    figure
        A figure that has a set-up.
    values
        Parameters by name, as :func:`drawn_delivery` gives them.
    parameters
        The set that ``values`` were drawn from, for their units.
    seed
        Seed of the open numbers of the set-up.
    """
    if figure.setup is None:
        raise ValueError(f"{figure.id} has no set-up: {figure.why_not}")
    ask = _QUANTITIES[figure.quantity]
    case = case_of(figure, figure.setup, values, parameters, seed)
    answers = ask(case)
    if figure.against is not None:
        answers = answers / ask(case_of(figure, figure.against, values, parameters, seed))
        answers = 100.0 * (answers - 1.0) if figure.is_sign else _in_unit(answers, "1", figure, case)
    elif figure.is_sign:
        scale = case.barrier.tewl_baseline if figure.quantity in ("tewl_rise", "tewl_change") else 1.0
        base = 0.0 if figure.quantity in _CHANGES else 1.0
        answers = 100.0 * (answers / scale - base)
    else:
        answers = _in_unit(answers, DELIVERY_QUANTITIES[figure.quantity], figure, case)
    if not np.isfinite(answers).all():
        raise ValueError(f"{figure.id}: the set-up leaves out a number that the answer depends on")
    return np.where(np.abs(answers) < _ROUNDING, 0.0, answers) if figure.quantity in _CHANGES else answers


def _in_unit(answers: Floats, unit: str, figure: DeliveryFigure, case: _Case) -> Floats:
    """Answers in the published unit; a change of water loss in % is one of the loss at rest."""
    wanted = case.setup.read_as or figure.unit
    if wanted == unit:
        return answers
    if wanted == "umol/cm2":
        return np.asarray(answers / _molecule(case).molar_mass)
    if wanted == "%" and figure.quantity in ("tewl_rise", "tewl_change"):
        return np.asarray(100.0 * answers / case.barrier.tewl_baseline)
    return answers * convert(1.0, unit, wanted, what=figure.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryRow(Beside[DeliveryFigure, DeliveryVerdict]):
    """A published figure on closure, water loss or delivery, compared with the model."""

    over_published: float | None
    """Median prediction relative to the published number, or to the nearer end of a missed range or bound."""

    @property
    def answered(self) -> str:
        """The answer with its 90 % credible interval; that to a direction is the change in %."""
        if self.model is None:
            return ""
        middle, low, high = (f"{value:.3g}" for value in self.model)
        text = middle if low == high else f"{middle} ({low} to {high})"
        return f"{text} %" if self.figure.is_sign else text


def compare_delivery(
    parameters: ParameterSet, figures: Iterable[DeliveryFigure] | None = None, *, draws: int = 200, seed: int = 0
) -> list[DeliveryRow]:
    """Every figure on closure, water loss and delivery, compared with the model.

    A published number is *inside* where it lies in the 90 % credible interval of the answer, a published range where
    the median answer lies in it; a bound is *kept* where the median answer keeps it.  A direction is *right* where nine
    in ten draws move that way by :data:`~neodermis.studies.figures_ageing.DIRECTION` % and more, or by no more than
    :data:`~neodermis.studies.figures_ageing.NO_CHANGE` % where no change is published.
    """
    values = drawn_delivery(parameters, draws, seed)
    return [
        _row(figure, values, parameters, seed) for figure in (load_delivery_figures() if figures is None else figures)
    ]


def _row(figure: DeliveryFigure, values: Mapping[str, Floats], parameters: ParameterSet, seed: int) -> DeliveryRow:
    if figure.setup is None:
        return DeliveryRow(figure=figure, model=None, verdict="no answer", share=None, over_published=None)
    answers = simulate_delivery(figure, values, parameters, seed)
    model = Interval.of(answers)
    verdict: DeliveryVerdict
    if figure.is_sign:
        right = {
            "increase": answers >= DIRECTION,
            "present": answers >= DIRECTION,
            "decrease": answers <= -DIRECTION,
            "none": np.abs(answers) <= NO_CHANGE,
        }[str(figure.sign)]
        share = float(np.mean(right))
        verdict = "direction right" if share >= MOST else "direction wrong"
        return DeliveryRow(figure=figure, model=model, verdict=verdict, share=share, over_published=None)
    verdict, share = judged(figure, answers)
    against = figure.value
    if against is None and verdict in MISSES:
        ends = [end for end in (figure.low, figure.high) if end is not None]
        against = min(ends, key=lambda end: abs(end - model.median))
    over = model.median / against if against else None
    return DeliveryRow(figure=figure, model=model, verdict=verdict, share=share, over_published=over)


class DeliveryCounts(Counts):
    """Numbers of figures, predictions, misses and tests."""

    __slots__ = ()

    @property
    def sentence(self) -> str:
        """The counts in words."""
        return (
            f"Of {self.figures} figures on closure, water loss and delivery, the model predicts {self.answered} and "
            f"misses {self.missed} of these; {self.not_answered} are not predicted. {self.answered - self.tests} of "
            f"the predicted figures inform parameters. The other {self.tests} are tests, of which {self.tests_missed} "
            "are missed."
        )


def delivery_counts(rows: Iterable[DeliveryRow]) -> DeliveryCounts:
    """Numbers of figures: all, predicted, missed, and tests."""
    return DeliveryCounts.of(rows)
