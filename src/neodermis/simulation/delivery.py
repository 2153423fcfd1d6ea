"""``deliver``: what of an active gets into the skin after a session, where it goes and how long the channels help.

From the channels of a session, the clocks of their closure and the molecule to amounts by depth and time, beside the
same skin without channels, for parameter draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from neodermis.evidence import ParameterSet
from neodermis.lazy import numpy as np
from neodermis.results import ResultMethods
from neodermis.simulation import _transport as transport
from neodermis.simulation._transport import Amounts, Opening, Product
from neodermis.simulation.session import (
    Ensemble,
    Floats,
    Interval,
    Ledger,
    SessionEffect,
    SessionInput,
    Skin,
    check_mechanisms,
    closure_half_times,
    draw_ensemble,
    ledger,
    structured,
    weighted,
)
from neodermis.skin import barrier, delivery, injury
from neodermis.skin.barrier import ClosureHalfTimes
from neodermis.skin.delivery import CELLS, LARGE, Cells, Column, DeliveryParameters, Molecule, Passage
from neodermis.skin.tissue import GRID
from neodermis.treatment import Protocol
from neodermis.treatment.active import Active
from neodermis.uncertain import Z90, stream

if TYPE_CHECKING:
    from neodermis.api.case import Case

#: Product on the skin where no amount is given, mg/cm²: the one that sunscreens are tested with.
USUAL_DOSE: Final = 2.0
#: Weight of a person where none is given, kg: on the light side, so that levels come out high.
USUAL_WEIGHT: Final = 60.0
#: Hours on the skin where none are given.
USUAL_CONTACT: Final = 6.0
#: Hours from the application to the end of a result, at least.
FOLLOW_HOURS: Final = 24.0
#: Nodes of time in a result.
SHOWN: Final = 60
#: Film of a product that cannot run dry, mm; its concentration is held.
_ENDLESS_FILM: Final = 1.0
#: Smallest spread of a measured permeability, as the standard deviation of its logarithm: between two laboratories.
_LEAST_SPREAD: Final = 0.3

LAYERS: Final = ("stratum_corneum", "viable_epidermis", "papillary_dermis", "reticular_dermis", "below", "blood")


@dataclass(frozen=True, kw_only=True, slots=True)
class Dose:
    """A product put on after a session.

    Attributes
    ----------
    percent
        g of the active per 100 mL of product.
    after_hours, contact_hours
        From the session to the application, and from that until it is washed off.
    dose_mg_cm2
        Product on the skin, taken to weigh 1 mg/µL; None where it cannot run dry.
    occluded
        Under a patch or film, which keeps water in and channels open.
    sterile
        Sterile, and made to go into broken skin.
    """

    active: Active
    percent: float
    after_hours: float = 0.0
    contact_hours: float = USUAL_CONTACT
    dose_mg_cm2: float | None = USUAL_DOSE
    occluded: bool = False
    sterile: bool = False
    weight_kg: float = USUAL_WEIGHT
    """Of the person, for the level in plasma."""
    until_hours: float | None = None
    """From the application to the end of the result; a day, or as long as the product is on, where none is given."""

    @property
    def end(self) -> float:
        """Hours from the application to the end of the result."""
        return max(FOLLOW_HOURS, self.contact_hours) if self.until_hours is None else self.until_hours


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What one dose comes to at one site: intervals over the draws, courses of the median.

    Amounts in µg per cm² of skin; concentrations in µg/mL of tissue, bound included.
    """

    dose: Dose
    site: str
    area_cm2: float
    enhancement: Interval | None
    """Amount in living skin, blood and below at the end of contact over that without channels; None above 1 kDa."""
    amount_ug_cm2: Interval
    """In living skin, blood and below at the end of contact."""
    people_enhancement: Interval | None
    """Between-person variability of it at central parameter values; None if not requested."""
    people_amount_ug_cm2: Interval | None
    intact_ug_cm2: Interval
    """The same without channels."""
    systemic_ug: Interval
    """In blood and below at the end of the result, over the treated area."""
    put_on_ug_cm2: float | None
    """None of a product that cannot run dry."""
    hours: Floats
    depth_mm: Floats
    depth_faces_mm: Floats
    corneum_cells: int
    concentration_ug_ml: Floats
    """(hours, depths)."""
    by_layer: Mapping[str, Floats]
    """µg/cm² in each of :data:`LAYERS`, (hours,)."""
    intact_by_layer: Mapping[str, Floats]
    got_in: Floats
    """µg/cm² in living skin, blood and below: lower, median and upper of the central 90 %, (3, hours)."""
    intact_got_in: Floats
    """The same without channels."""
    reached_mm: Interval | None
    """Depth above which nine tenths of what is in living skin lie at the end of contact."""
    closure_hours: Mapping[str, Interval]
    """After the session, of the electrical, geometric and barrier closure, under this dose."""
    conducting: Interval
    """Share of the conduction right after the session that is left at the application."""
    open_gap: Interval
    """Share of the channels' opening that is left at the application."""
    balance: float
    """Largest difference between what was put on and where it is, as a share of it."""
    on_line: bool
    measured: bool
    """Whether a permeability of intact skin was measured."""
    draws: Mapping[str, Floats]
    """Amount with and without channels of each draw, µg/cm²: ``needled``, ``intact``."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Deliveries(ResultMethods):
    """Doses, each at every site of a protocol, and what they rest on."""

    protocol: Protocol
    doses: tuple[Dose, ...]
    sites: Mapping[str, tuple[Delivery, ...]]
    ledger: Ledger


class _Met(NamedTuple):
    """What a molecule meets at one part of a site, member by member."""

    thickness_mm: Any  # (members, cells)
    open_share: Any
    radius_mm: Any
    spacing_mm: Any
    beyond: Any


def delivery_parameters(values: Mapping[str, Floats], parameters: ParameterSet) -> DeliveryParameters:
    """The parameters of delivery from values by name, in the declared units."""
    found: DeliveryParameters = structured(DeliveryParameters, values, parameters)
    return found


def molecule(active: Active, count: int, seed: int, unknown: int | None = None) -> Molecule:
    """The molecule of an active, ``count`` members: the central one, then draws of its measured permeability.

    After the first ``unknown`` draws the rest are people, for whom it is the central one.
    """
    assert active.molar_mass is not None
    ones = np.ones(count)
    permeability = 0.0 * ones
    if active.permeability_cm_h is not None:
        low, high = np.log(active.permeability_cm_h)
        spread = max((high - low) / 2.0 / Z90, _LEAST_SPREAD)
        rng = stream(f"permeability:{active.id}", seed)
        z = np.zeros(count)
        drawn = count - 1 if unknown is None else unknown
        z[1 : 1 + drawn] = rng.standard_normal(drawn)
        permeability = 10.0 * np.exp((low + high) / 2.0 + spread * z)  # mm/h
    known = active.log_kow is not None
    return Molecule(
        molar_mass=active.molar_mass * ones,
        log_kow=(active.log_kow if known else 0.0) * ones,  # type: ignore[operator]  # known
        on_line=float(on_line(active)) * ones,
        permeability=permeability,
        radius_um=(active.radius_nm or 0.0) / 1e3 * ones,
        solubility=(np.inf if active.solubility_mg_ml is None else active.solubility_mg_ml) * ones,
        bound=0.0 * ones,
    )


def on_line(active: Active) -> bool:
    """Whether the line of permeabilities holds for an active."""
    if active.molar_mass is None or active.log_kow is None:
        return False
    return delivery.on_line(active.molar_mass, active.log_kow)


def _met(part: SessionInput, done: SessionEffect, cells: Cells) -> _Met:
    """The layers of each member as cells of delivery, and the channels through them."""
    p = part.parameters.tissue
    corneum, living = p.stratum_corneum_thickness / 1e3, p.viable_epidermis_thickness / 1e3
    faces = np.asarray(done.depth_faces_mm)
    dermis = faces[:, GRID.dermis.stop] - corneum - living
    papillary = p.papillary_share_of_dermis * dermis
    layers = [np.asarray(layer) for layer in (corneum, living, papillary, dermis - papillary)]
    thickness = np.asarray(delivery.thicknesses(layers[0], layers[1], layers[2], layers[3], cells))
    middle = np.cumsum(thickness, 1) - thickness / 2.0
    made = done.channels
    beyond = injury.share_beyond(
        middle[:, cells.corneum :], made._replace(**{k: np.asarray(getattr(made, k))[:, None] for k in made._fields})
    )
    entered = np.asarray(made.per_mm2) > 0
    radius = np.asarray(done.channel_width_mm) / 2.0
    spacing = np.where(entered, 0.5 / np.sqrt(np.where(entered, made.per_mm2, 1.0)), 0.0)
    return _Met(
        thickness_mm=thickness,
        open_share=np.asarray(done.open_share),
        radius_mm=np.where(radius > 0, radius, 1.0),
        spacing_mm=spacing,
        beyond=np.asarray(beyond),
    )


class _Part(NamedTuple):
    """One dose at one part of a site, member by member; amounts in µg/cm²."""

    cells: Any  # (nodes, members, cells), with channels
    blood: Any  # (nodes, members)
    below: Any
    intact_cells: Any
    intact_blood: Any
    intact_below: Any
    thickness_mm: Any
    clocks: ClosureHalfTimes
    balance: float


def transported(
    dose: Dose,
    met: _Met,
    times: ClosureHalfTimes,
    p: DeliveryParameters,
    seed: int,
    cells: Cells,
    unknown: int | None = None,
) -> tuple[Column, Product, Opening]:
    """What is solved, of members with channels; without them ``channel`` is 0."""
    count = len(met.open_share)
    one = molecule(dose.active, count, seed, unknown)
    passage = Passage(met.open_share, met.radius_mm, met.spacing_mm, met.beyond)
    column = delivery.column(one, passage, met.thickness_mm, cells, p)
    ones = np.ones(count)
    film = _ENDLESS_FILM if dose.dose_mg_cm2 is None else dose.dose_mg_cm2 / 100.0  # mg/cm² of 1 mg/µL → mm
    held = np.asarray(delivery.held_back(one, float(not dose.active.dissolved) * ones, p))
    product = Product(
        concentration=10.0 * dose.percent / held,  # g/100 mL → µg/mm³
        film_mm=film * held,
        residue=p.product_residue,
        evaporation_hours=np.inf * ones if dose.occluded else p.water_evaporation_time,
        endless=float(dose.dose_mg_cm2 is None) * ones,
    )
    return column, product, Opening(times.electrical, dose.after_hours * ones)


def _balance(found: Amounts, dose: Dose) -> float:
    """Largest difference between what was put on and where it is, as a share of it (or of what went in)."""
    there = found.product + found.washed + found.cells.sum(-1) + found.cleared + found.deeper
    scale = found.put_on if dose.dose_mg_cm2 is not None else np.abs(found.product[-1] + found.washed[-1]) + 1e-300
    return float(np.max(np.abs(there - found.put_on) / scale))


def _part(
    dose: Dose, part: SessionInput, done: SessionEffect, made: Ensemble, p: DeliveryParameters, seed: int, cells: Cells,
    steps: tuple[int, int], unknown: int,
) -> _Part:  # fmt: skip
    met = _met(part, done, cells)
    times = closure_half_times(made, done, occluded=dose.occluded)
    column, product, opening = transported(dose, met, times, p, seed, cells, unknown)
    nodes = transport.schedule(dose.contact_hours, dose.end, steps)
    # two runs alike, so that without a channel they agree bit for bit
    through, beside = (
        transport.solve(way, product, opening, nodes, dose.contact_hours)
        for way in (column, column._replace(channel=0.0 * column.channel))
    )
    per_cm2 = 100.0
    return _Part(
        cells=per_cm2 * through.cells,
        blood=per_cm2 * through.cleared,
        below=per_cm2 * through.deeper,
        intact_cells=per_cm2 * beside.cells,
        intact_blood=per_cm2 * beside.cleared,
        intact_below=per_cm2 * beside.deeper,
        thickness_mm=met.thickness_mm,
        clocks=times,
        balance=max(_balance(through, dose), _balance(beside, dose)),
    )


def _layers(cells: Floats, blood: Floats, below: Floats, grid: Cells) -> dict[str, Floats]:
    ends = np.cumsum([0, *grid])
    sums = {name: cells[..., a:b].sum(-1) for name, a, b in zip(LAYERS, ends[:-1], ends[1:], strict=False)}
    return sums | {"below": below, "blood": blood}


def _shown(nodes: Floats, end: int) -> Any:
    """Nodes of a result: even in the root of the time, from the application and again from washing off."""
    found = [0, end, len(nodes) - 1]
    for first, last in ((0, end), (end, len(nodes) - 1)):
        wanted = nodes[first] + (nodes[last] - nodes[first]) * np.linspace(0.0, 1.0, SHOWN // 2) ** 2
        found += [first + int(k) for k in np.searchsorted(nodes[first : last + 1], wanted).clip(0, last - first)]
    return np.unique(found)


def _delivery(
    dose: Dose, site: str, made: Ensemble, session_effects: Sequence[SessionEffect], p: DeliveryParameters,
    unknown: int, seed: int, grid: Cells, steps: tuple[int, int],
) -> Delivery:  # fmt: skip
    parts = [
        _part(dose, part, done, made, p, seed, grid, steps, unknown)
        for (_, _, (part,)), done in zip(made.parts, session_effects, strict=True)
    ]
    group = np.arange(1, 1 + unknown) if unknown else np.array([0])
    balance = max(part.balance for part in parts)
    whole = weighted(made.shares, [part._replace(balance=0.0) for part in parts])
    nodes = transport.schedule(dose.contact_hours, dose.end, steps)
    end = int(np.argmin(np.abs(nodes - dose.contact_hours)))
    layers = _layers(whole.cells, whole.blood, whole.below, grid)
    bare = _layers(whole.intact_cells, whole.intact_blood, whole.intact_below, grid)
    all_, all_bare = (np.sum([by[name] for name in LAYERS[1:]], axis=0) for by in (layers, bare))
    every, every_bare = all_[:, group], all_bare[:, group]
    inside, intact = every[end], every_bare[end]
    others = slice(1 + unknown, None)
    people, people_bare = all_[end, others], all_bare[end, others]
    small = dose.active.molar_mass is not None and dose.active.molar_mass <= LARGE
    systemic = (layers["blood"] + layers["below"])[-1][group] * made.area_cm2
    shown = _shown(nodes, end)
    central = whole.thickness_mm[0]
    faces = np.concatenate([[0.0], np.cumsum(central)])
    per_ml = 1e4 / 1e3  # µg/cm² per mm is 10 µg/mL
    held = np.median(whole.cells[shown][:, group], axis=1) / central * per_ml
    living = whole.cells[end][group][:, grid.corneum :]
    depths = np.cumsum(whole.thickness_mm[group], 1)[:, grid.corneum :]
    total = living.sum(1)
    any_ = total > 0
    nine = (np.cumsum(living, 1) >= 0.9 * total[:, None]).argmax(1)
    p_barrier = made.parameters.barrier
    closed = {
        name: Interval.of(np.asarray(barrier.closure_hours(time, p_barrier))[group])
        for name, time in whole.clocks._asdict().items()
    }

    def left(time: Any) -> Interval:
        return Interval.of(np.asarray(barrier.open_share(dose.after_hours, time))[group])

    return Delivery(
        dose=dose,
        site=site,
        area_cm2=made.area_cm2,
        enhancement=Interval.of(inside / intact) if small else None,
        amount_ug_cm2=Interval.of(inside),
        people_enhancement=Interval.of(people / people_bare) if small and len(people) else None,
        people_amount_ug_cm2=Interval.of(people) if len(people) else None,
        intact_ug_cm2=Interval.of(intact),
        systemic_ug=Interval.of(systemic),
        put_on_ug_cm2=None if dose.dose_mg_cm2 is None else 10.0 * dose.percent * dose.dose_mg_cm2,
        hours=nodes[shown],
        depth_mm=(faces[1:] + faces[:-1]) / 2.0,
        depth_faces_mm=faces,
        corneum_cells=grid.corneum,
        concentration_ug_ml=held,
        by_layer={name: np.median(v[shown][:, group], axis=1) for name, v in layers.items()},
        intact_by_layer={name: np.median(v[shown][:, group], axis=1) for name, v in bare.items()},
        got_in=np.quantile(every[shown], (0.05, 0.5, 0.95), axis=1),
        intact_got_in=np.quantile(every_bare[shown], (0.05, 0.5, 0.95), axis=1),
        reached_mm=Interval.of(depths[np.arange(len(nine)), nine][any_]) if any_.any() else None,
        closure_hours=closed,
        conducting=left(whole.clocks.electrical),
        open_gap=left(whole.clocks.geometric),
        balance=balance,
        on_line=on_line(dose.active),
        measured=dose.active.permeability_cm_h is not None,
        draws={"needled": inside, "intact": intact},
    )


def deliver(
    protocol: Protocol,
    skins: Mapping[str, Skin],
    parameters: ParameterSet,
    doses: Sequence[Dose],
    *,
    draws: int = 100,
    people: int = 0,
    seed: int = 0,
    case: Case | None = None,
    warnings: tuple[str, ...] = (),
    cells: Cells = CELLS,
    steps: tuple[int, int] = transport.STEPS,
) -> Deliveries:
    """Delivery of each dose after a session of a protocol, at every site.

    Parameters
    ----------
    protocol
        What is done; the dose follows its first session.
    skins
        The skin at each site of the protocol, by site id.
    doses
        What is put on, of actives that are molecules.
    draws
        Parameter draws; 1 is the central member.
    people
        Number of people: between-person variability at central parameter values.

    Raises
    ------
    InputError
        A parameter set that does not fit the mechanisms.
    """
    check_mechanisms(parameters)
    unknown = draws if draws > 1 else 0
    sites: dict[str, tuple[Delivery, ...]] = {}
    for site in dict.fromkeys(pass_.site for pass_ in protocol.sessions[0].passes):
        made = draw_ensemble(
            protocol.at(site).sources[:1], skins[site], parameters, draws=unknown, people=people, seed=seed
        )
        session_effects = [done for (done,) in made.session_effects()]
        p = delivery_parameters(made.values, parameters)
        sites[site] = tuple(
            _delivery(dose, site, made, session_effects, p, unknown, seed, cells, steps) for dose in doses
        )
    return Deliveries(
        protocol=protocol,
        doses=tuple(doses),
        sites=sites,
        ledger=ledger(protocol, skins, parameters, draws=draws, people=people, seed=seed, case=case, warnings=warnings),
    )
