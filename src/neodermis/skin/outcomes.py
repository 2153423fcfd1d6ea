"""Outcomes: from the state of the skin to what a biopsy or an ultrasound measures.

Biology
    A biopsy is read over the papillary dermis; amounts over the whole dermis are mass per skin area.
Equations
    amount of a type = Σ (labile + mature) h_rest over the dermis;  thickness of the dermis = Σ h_rest C/C_rest.
Reads
    the state by depth.
Writes
    :class:`Readings` on the model's steps; the catalogue :data:`OUTCOMES`.
Evidence
    definitions are those of the instruments; the smallest change that matters is 10 % of baseline where no
    study gives one (assumed).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal, NamedTuple

import jax.numpy as jnp

from neodermis.errors import UnknownNameError
from neodermis.skin.tissue import Layers, SkinState, dermal_thickness
from neodermis.units import Array


class Readings(NamedTuple):
    """What is read off the state at each step: one number each."""

    collagen_1: Array  # µg per mm² of skin, whole dermis
    collagen_3: Array  # µg/mm², whole dermis
    collagen_papillary: Array  # µg/mm², papillary dermis
    dermal_thickness: Array  # mm
    mature: Array  # mature collagen of both types, µg/mm²
    leukocytes: Array  # neutrophils and macrophages above rest, mean of the dermis, cells/mm³
    repair_cells: Array  # activated and myofibroblasts, mean of the dermis, cells/mm³
    made: Array  # collagen made since the start, µg/mm²
    cleaved: Array  # collagen cleaved since the start, µg/mm²
    present: Array  # collagen present, µg/mm²
    elastin: Array  # over rest, mean of the dermis
    tropoelastin: Array  # over rest, mean of the dermis
    hyaluronan: Array  # over rest, mean of the dermis
    alignment: Array  # mean of the papillary dermis
    myofibroblast: Array  # mean of the papillary dermis, cells/mm³
    epidermal_thickness: Array  # stratum corneum and living epidermis, µm
    uncovered: Array  # share of the channels not yet covered
    melanin: Array  # over rest
    lowest: Array  # lowest value of any state, to prove that none is negative


def papillary_mean(values: Array, shape: Layers) -> Array:
    """Mean of a profile of the dermis over the papillary dermis."""
    weight = shape.papillary * shape.dermis
    return (values * weight).sum() / weight.sum()


def read(state: SkinState, shape: Layers, rest: SkinState) -> Readings:
    """Readings of one state; ``rest`` is the state before treatment, by which the dermis stretches."""
    cells, matrix, surface = state
    weight = shape.dermis
    depth = weight.sum()
    type_1, type_3 = matrix.labile_1 + matrix.mature_1, matrix.labile_3 + matrix.mature_3
    collagen = type_1 + type_3
    leukocytes = cells.neutrophil + cells.macrophage_inflammatory + cells.macrophage_repair
    return Readings(
        collagen_1=(type_1 * weight).sum(),
        collagen_3=(type_3 * weight).sum(),
        collagen_papillary=(collagen * weight * shape.papillary).sum(),
        dermal_thickness=dermal_thickness(shape, state, rest.matrix.collagen).sum(),
        mature=((matrix.mature_1 + matrix.mature_3) * weight).sum(),
        leukocytes=(leukocytes * weight).sum() / depth,
        repair_cells=((cells.activated + cells.myofibroblast) * weight).sum() / depth,
        made=((matrix.made_1 + matrix.made_3) * weight).sum(),
        cleaved=((matrix.cleaved_1 + matrix.cleaved_3) * weight).sum(),
        present=(collagen * weight).sum(),
        elastin=(cells.elastin * weight).sum() / depth,
        tropoelastin=(cells.tropoelastin * weight).sum() / depth,
        hyaluronan=(cells.hyaluronan * weight).sum() / depth,
        alignment=papillary_mean(cells.alignment, shape),
        myofibroblast=papillary_mean(cells.myofibroblast, shape),
        epidermal_thickness=1e3 * (shape.corneum.sum() + surface.epidermis * shape.living.sum()),
        uncovered=surface.uncovered,
        melanin=surface.melanin,
        lowest=jnp.minimum(reduce(jnp.minimum, (*cells, *matrix)).min(), reduce(jnp.minimum, surface)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A named observable.

    Attributes
    ----------
    name, label
        Name used everywhere; words for a page.
    unit
        Unit of the values.
    better
        Direction of benefit.
    definition
        What is measured, and where.
    instrument
        What a clinic or a study measures it with.
    smallest_change
        Smallest change that matters, as a share of baseline, and whose figure that is.
    """

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    definition: str
    instrument: str
    smallest_change: float
    smallest_change_whose: str


_ASSUMED: Final = "assumed: 10 % of baseline, since no study gives one"


def _outcome(
    name: str, label: str, unit: str, better: Literal["higher", "lower", "neither"], definition: str, by: str
) -> Outcome:
    return Outcome(
        name=name,
        label=label,
        unit=unit,
        better=better,
        definition=definition,
        instrument=by,
        smallest_change=0.1,
        smallest_change_whose=_ASSUMED,
    )


_BIOPSY: Final = "biopsy: collagen assay or stained section, read over the named depth"
_STAIN: Final = "biopsy: stained section, read over the dermis"
OUTCOMES: Final = {
    outcome.name: outcome
    for outcome in (
        _outcome("collagen_papillary", "Papillary collagen", "ug/mm2", "higher",
                 "collagen I and III, mass per skin area over the papillary dermis", _BIOPSY),
        _outcome("collagen_total", "Dermal collagen", "ug/mm2", "higher",
                 "collagen I and III, mass per skin area over the whole dermis", _BIOPSY),
        _outcome("collagen_1", "Type I collagen", "ug/mm2", "higher",
                 "type I collagen, mass per skin area over the whole dermis", _BIOPSY),
        _outcome("collagen_3", "Type III collagen", "ug/mm2", "neither",
                 "type III collagen, mass per skin area over the whole dermis", _BIOPSY),
        _outcome("collagen_3_share", "Type III share", "1", "neither",
                 "type III over types I and III, whole dermis; method dependent, so against its own baseline", _BIOPSY),
        _outcome("dermal_thickness", "Dermal thickness", "mm", "higher",
                 "thickness of the papillary and reticular dermis", "high-frequency ultrasound"),
        _outcome("stiffness", "Dermal stiffness", "1", "neither",
                 "mature cross-linked collagen over its amount before treatment: what bears load; not a modulus",
                 "no instrument is linked to it yet"),
        _outcome("epidermal_thickness", "Epidermal thickness", "um", "neither",
                 "stratum corneum and living epidermis", "stained section, or confocal microscopy"),
        _outcome("elastin", "Elastin", "1", "higher", "elastin over rest, mean of the dermis", _STAIN),
        _outcome("tropoelastin", "Tropoelastin", "1", "neither", "tropoelastin over rest, mean of the dermis", _STAIN),
        _outcome("hyaluronan", "Hyaluronan", "1", "neither", "hyaluronan over rest, mean of the dermis", _STAIN),
        _outcome("melanin", "Epidermal melanin", "1", "neither",
                 "epidermal melanin over that of normal skin at rest; linked to no index yet", _STAIN),
        _outcome("tewl", "Water loss", "g/m2/h", "lower",
                 "water loss through the epidermis, in air: direction only, since no values around needling were read",
                 "evaporimeter (Tewameter)"),
        _outcome("hydration", "Hydration", "1", "higher",
                 "water held by the stratum corneum over that of the same skin without products and sessions: "
                 "direction only", "corneometer, over its own baseline"),
    )
}  # fmt: skip
#: Outcomes of the barrier, which have a closed form of their own; the others are read off the solved state.
OF_BARRIER: Final = ("tewl", "hydration")
READ: Final = tuple(name for name in OUTCOMES if name not in OF_BARRIER)


def values(name: str, read: Readings) -> Array:
    """An outcome of :data:`READ` from readings, in its unit."""
    if name == "collagen_total":
        return read.collagen_1 + read.collagen_3
    if name == "collagen_3_share":
        return read.collagen_3 / (read.collagen_1 + read.collagen_3)
    if name == "stiffness":  # labile collagen is not cross-linked and bears no load
        return read.mature / read.mature[..., :1]
    return getattr(read, name)


#: Outcomes that stay as they are without treatment: shares, what is stated over rest, and the epidermis.
_STEADY: Final = ("collagen_3_share", "epidermal_thickness", "elastin", "tropoelastin", "hyaluronan", "melanin")


def untreated(name: str, baseline: Array, left: Array) -> Array:
    """The outcome without treatment: amounts and thickness of the dermis fall with the collagen that is left."""
    return baseline * (left**0 if name in _STEADY else left)


def scarred(myofibroblast: Array, self_half: Array) -> Array:
    """Whether myofibroblasts stay: their papillary density late after a course over a tenth of the self-recruiting one.

    The two fates lie orders of magnitude apart, so that the tenth decides nothing.
    """
    return myofibroblast > 0.1 * self_half


def find_outcome(name: str) -> Outcome:
    """The outcome of this name; :class:`UnknownNameError` with the closest name otherwise."""
    if name not in OUTCOMES:
        raise UnknownNameError("outcome", name, OUTCOMES)
    return OUTCOMES[name]
