"""Simulation of the delivery of an active by depth and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Unpack

from neodermis.api.case import Case, Delivering, case_of
from neodermis.api.inputs import MAX_STORED, read_draws
from neodermis.errors import InputError, concerning
from neodermis.evidence import ParameterSet
from neodermis.notes import UNMODELLED, Note
from neodermis.people.patient import Patient
from neodermis.people.regimen import Delivered, with_actives
from neodermis.simulation import delivery
from neodermis.simulation.delivery import USUAL_CONTACT, USUAL_DOSE, USUAL_WEIGHT, Deliveries, Dose
from neodermis.treatment import Protocol
from neodermis.treatment.active import (
    Active,
    Application,
    active_spellings,
    find_active,
    load_actives,
    read_hours,
    read_percent,
)
from neodermis.units import read_number

#: What a reader of any delivery must know.
NOT_IN_DELIVERY: Final = Note(
    "not in this version: charge and pH, what a vehicle does to the skin, binding in living skin, breakdown, hair "
    "follicles; how wide channels stay for a molecule was never measured after a pen",
    UNMODELLED,
)
#: Longest contact, h.
MOST_HOURS: Final = 168.0
#: Product on the skin, mg/cm².
MOST_DOSE: Final = 1000.0
#: Doses set side by side.
MOST_COMPARED: Final = 8
_RANGE: Final = "this program's range"


def deliver(
    active: str,
    protocol: str | Protocol | Case,
    *,
    percent: float | str | None = None,
    after: float | str = 0.0,
    for_hours: float | str = USUAL_CONTACT,
    dose: float | str = USUAL_DOSE,
    occluded: bool = False,
    sterile: bool = False,
    weight: float | str = USUAL_WEIGHT,
    compare: Sequence[float | str] | str = (),
    **given: Unpack[Delivering],
) -> Deliveries:
    """Uptake of an active after a session (µg/cm²), compared with the same skin without channels.

    Parameters
    ----------
    active
        A name of the catalogue of actives that is a molecule.
    protocol
        A sentence such as ``"1 session: exceed; cheek 1.0 mm, 6 passes"``, the object, or a whole case; its
        first session counts.
    percent
        g per 100 mL of product; the usual one where none is given.
    after, for_hours
        Hours from the session to the application, and from that until it is washed off.
    dose
        Product on the skin, mg/cm², or ``"endless"`` for one that cannot run dry.
    weight
        Of the person, kg: for the level in plasma, of actives that have a limit there.
    occluded, sterile
        Whether it lies under a patch or film; whether it is sterile and made to go into broken skin.
    compare
        Hours after the session, or names of actives, to set beside it: a list, or text with commas.
    age, sex, phototype, exposures, concerns, draws, people, seed, parameters, set, device, beyond_limits
        As :func:`~neodermis.api.simulate`.

    Raises
    ------
    InputError
        Something given cannot be used; the message names it, the accepted range and what to do.

    Examples
    --------
    >>> import neodermis as nd
    >>> d = nd.deliver("niacinamide", "1 session: exceed; cheek 1.0 mm, 6 passes", percent=4, draws=1)
    >>> d.sites["cheek"][0].enhancement.median > 1
    True
    """
    case = case_of(protocol, given, Delivering)
    first = read_dose(active, percent, after, for_hours, dose, occluded=occluded, sterile=sterile, weight=weight)
    return delivered(case, (first, *compared(first, compare)))


def delivered(case: Case, doses: Sequence[Dose]) -> Deliveries:
    """Delivery of each dose in a case; errors as :func:`deliver`."""
    plan, warnings = case.planned()
    numbers = case.numerics
    read_draws(numbers.draws, numbers.seed, most=MAX_STORED)
    read_draws(numbers.people, numbers.seed, field="numerics.people", least=0, most=MAX_STORED)
    with case.solving():
        return delivery.deliver(
            plan,
            {site: case.patient.skin(site) for site in case.sites},
            case.chosen,
            doses,
            draws=numbers.draws,
            people=numbers.people,
            seed=numbers.seed,
            case=case,
            warnings=(
                *warnings,
                *case.patient.unused(case.chosen, case.sites),
                *(text for one in dict.fromkeys(each.active for each in doses) for text in about(one)),
                NOT_IN_DELIVERY,
            ),
        )


def about(active: Active) -> list[str]:
    """Notes on the delivery of this active."""
    found = []
    if not delivery.on_line(active) and active.permeability_cm_h is None:
        found.append(
            f"{active.id}: no permeability of intact skin was measured, and it lies outside the line (18 to 584 g/mol, "
            "log K -4 to 5) or has no measured lipophilicity: intact skin lets it through by the polar path alone "
            "here, which understates what is oily"
        )
    return found


def under_actives(plan: Protocol, patient: Patient, parameters: ParameterSet) -> Patient:
    """The person with the protocol's actives, those of its sessions and those used at home, as exposures."""
    if not plan.actives and not plan.home:
        return patient
    return with_actives(plan, patient, delivered_share(plan, patient, parameters))


def delivered_share(plan: Protocol, patient: Patient, parameters: ParameterSet) -> Delivered:
    """Uptake of a later application relative to an immediate one, at central values; 1 if not a molecule."""

    def share(one: Application) -> float:
        active = find_active(find_active(one.active).followed_as or one.active)
        percent = active.usual_percent if one.percent is None else one.percent
        if active.kind != "molecule" or percent is None:
            return 1.0
        doses = [Dose(active=active, percent=percent, after_hours=hours) for hours in (one.after_hours, 0.0)]
        phase = next(phase for phase in plan.phases if one in phase.actives)
        pass_ = phase.treatments[0]
        skins = {pass_.site: patient.skin(pass_.site)}
        bare = Protocol(phases=(replace(phase, treatments=(pass_,), from_day=None, actives=(), home=()),))
        later, at_once = delivery.deliver(bare, skins, parameters, doses, draws=1).sites[pass_.site]
        return later.amount_ug_cm2.median / at_once.amount_ug_cm2.median

    return share


def molecule_of(name: str) -> Active:
    """An active of the catalogue that can be followed into the skin."""
    one = find_active(name)
    if one.kind != "molecule":
        kinds = [a.id for a in load_actives().values() if a.kind == "molecule"]
        what = "a mixture without one molar mass" if one.kind == "mixture" else "a product that acts on the surface"
        raise InputError(
            "active", value=one.id, accepted=f"a molecule: {', '.join(kinds)}",
            whose=f"the catalogue of actives: {one.label} is {what}",
            next_step=f"for instance {one.followed_as}" if one.followed_as else "name a molecule",
        )  # fmt: skip
    return one


def read_dose(
    active: str,
    percent: float | str | None,
    after: float | str,
    for_hours: float | str,
    dose: float | str,
    *,
    occluded: bool = False,
    sterile: bool = False,
    weight: float | str = USUAL_WEIGHT,
) -> Dose:
    """A dose from what a user gave; errors as :func:`deliver`."""
    with concerning("delivery.active"):
        one = molecule_of(active)
    with concerning("delivery.percent"):
        share = read_percent(one, percent)
    assert share is not None  # a molecule has a percentage
    with concerning("delivery.after"):
        begin = read_hours(after, one.id)
    hours = read_number(
        for_hours, field="delivery.for_hours", low=1 / 60, high=MOST_HOURS, unit="h", whose=_RANGE,
        next_step="give the hours until the product is washed off, for instance 6",
    )  # fmt: skip
    endless = str(dose).strip().casefold() == "endless"
    amount = None if endless else read_number(
        dose, field="delivery.dose", low=0.01, high=MOST_DOSE, whose=f"{_RANGE}, in mg of product per cm²",
        next_step="give the dose in mg/cm², for instance 2, or endless",
    )  # fmt: skip
    return Dose(
        active=one,
        percent=share,
        after_hours=begin,
        contact_hours=hours,
        dose_mg_cm2=amount,
        occluded=occluded,
        sterile=sterile,
        weight_kg=read_number(
            weight, field="delivery.weight", low=30.0, high=250.0, whose=f"{_RANGE}, adults, in kg",
            next_step="give the weight in kg, for instance 60",
        ),
    )  # fmt: skip


def compared(first: Dose, compare: Sequence[float | str] | str) -> list[Dose]:
    """The doses to set beside the first: other times of it, or other actives at its time."""
    given = compare.split(",") if isinstance(compare, str) else list(compare)
    asked = [str(one).strip() for one in given if str(one).strip()]
    if len(asked) > MOST_COMPARED:
        raise InputError(
            field="delivery.compare", value=f"{len(asked)} doses", accepted=f"at most {MOST_COMPARED}", whose=_RANGE,
            next_step="compare fewer at a time",
        )  # fmt: skip
    found = []
    for one in asked:
        number = one.casefold().removesuffix("hours").removesuffix("h").strip()
        if number.lstrip("+-")[:1].isdigit() and number.casefold().replace("-", "_") not in active_spellings():
            found.append(replace(first, after_hours=read_hours(number, "compare")))
        else:
            other = molecule_of(one)
            assert other.usual_percent is not None  # a molecule has one
            found.append(replace(first, active=other, percent=other.usual_percent))
    return [dose for number, dose in enumerate(found) if dose != first and dose not in found[:number]]
