"""Outcomes: biopsy and ultrasound readings from the state of the skin.

Biology
    Biopsies are evaluated over the papillary dermis; amounts over the whole dermis are mass per skin area.
Equations
    amount of a type = Σ (labile + mature) h_rest over the dermis;  thickness of the dermis = Σ h_rest C/C_rest.
Reads
    the state by depth.
Writes
    :class:`Readings` on the model's steps; the catalogue :data:`OUTCOMES`, whose measures are in
    :mod:`neodermis.skin.measures`.
Evidence
    definitions follow the instruments and scales; the smallest change that matters is 10 % of baseline if no study
    gives one (assumed).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from importlib.resources import files
from typing import Annotated, Any, Final, Literal, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.documents import read_document
from neodermis.errors import DataFileError, UnknownNameError
from neodermis.skin.tissue import Layers, SkinState, dermal_thickness
from neodermis.units import Array, Declared


class Readings(NamedTuple):
    """What is read off the state at each step: one number each."""

    collagen_1: Annotated[Array, Declared("ug/mm2", "type I collagen, whole dermis")]
    collagen_3: Annotated[Array, Declared("ug/mm2", "type III collagen, whole dermis")]
    collagen_papillary: Annotated[Array, Declared("ug/mm2", "collagen of the papillary dermis")]
    dermal_thickness: Annotated[Array, Declared("mm", "thickness of the dermis")]
    mature: Annotated[Array, Declared("ug/mm2", "mature collagen of both types")]
    leukocytes: Annotated[Array, Declared("cell/mm3", "neutrophils and macrophages above rest, mean over the dermis")]
    repair_cells: Annotated[
        Array, Declared("cell/mm3", "activated fibroblasts and myofibroblasts, mean over the dermis")
    ]
    made: Annotated[Array, Declared("ug/mm2", "cumulative collagen synthesis")]
    cleaved: Annotated[Array, Declared("ug/mm2", "cumulative collagen degradation")]
    present: Annotated[Array, Declared("ug/mm2", "collagen present")]
    elastin: Annotated[Array, Declared("1", "elastin relative to rest, mean over the dermis")]
    capillary_density: Annotated[Array, Declared("1", "capillary density relative to rest, mean over the dermis")]
    intact: Annotated[Array, Declared("ug/mm2", "mature collagen of the papillary dermis that is not fragmented")]
    scar: Annotated[Array, Declared("1", "what is left of a scar, mean over the dermis")]
    scar_shallow: Annotated[Array, Declared("1", "what is left of a scar above the depth of a boxcar scar, mean")]
    scar_papillary: Annotated[Array, Declared("1", "what is left of a scar, mean over the papillary dermis")]
    new_scar: Annotated[
        Array, Declared("1", "scar formed by persisting myofibroblasts, mean over the papillary dermis")
    ]
    tropoelastin: Annotated[Array, Declared("1", "tropoelastin relative to rest, mean over the dermis")]
    hyaluronan: Annotated[Array, Declared("1", "hyaluronan relative to rest, mean over the dermis")]
    alignment: Annotated[Array, Declared("1", "bundle alignment, mean over the papillary dermis")]
    myofibroblast: Annotated[Array, Declared("cell/mm3", "myofibroblasts, mean over the papillary dermis")]
    epidermal_thickness: Annotated[Array, Declared("um", "thickness of stratum corneum and viable epidermis")]
    unepithelialised_fraction: Annotated[Array, Declared("1", "unepithelialised share of the channels")]
    melanin: Annotated[Array, Declared("1", "melanin relative to normal skin, without post-inflammatory pigment")]
    post_inflammatory_pigment: Annotated[
        Array, Declared("1", "melanin added by inflammation, at median susceptibility")
    ]
    lowest: Array  # lowest value of any state, to prove that none is negative


def papillary_mean(values: Array, shape: Layers) -> Array:
    """Mean of a profile of the dermis over the papillary dermis."""
    weight = shape.papillary * shape.dermis
    return (values * weight).sum() / weight.sum()


def read(state: SkinState, shape: Layers, rest: SkinState, shallow: Array) -> Readings:
    """Readings of one state.

    ``rest`` is the state before treatment, by which the dermis stretches; ``shallow`` the share of each cell above the
    depth of a boxcar scar.
    """
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
        made=((matrix.cumulative_synthesis_1 + matrix.cumulative_synthesis_3) * weight).sum(),
        cleaved=((matrix.cumulative_degradation_1 + matrix.cumulative_degradation_3) * weight).sum(),
        present=(collagen * weight).sum(),
        elastin=(cells.elastin * weight).sum() / depth,
        capillary_density=(cells.capillary_density * weight).sum() / depth,
        intact=((matrix.mature_1 + matrix.mature_3) * (1.0 - cells.fragmented) * weight * shape.papillary).sum(),
        scar=(cells.scar * weight).sum() / depth,
        scar_shallow=(cells.scar * weight * shallow).sum() / (weight * shallow).sum(),
        scar_papillary=papillary_mean(cells.scar, shape),
        new_scar=papillary_mean(cells.new_scar, shape),
        tropoelastin=(cells.tropoelastin * weight).sum() / depth,
        hyaluronan=(cells.hyaluronan * weight).sum() / depth,
        alignment=papillary_mean(cells.alignment, shape),
        myofibroblast=papillary_mean(cells.myofibroblast, shape),
        epidermal_thickness=1e3 * (shape.corneum.sum() + surface.epidermis * shape.living.sum()),
        unepithelialised_fraction=surface.unepithelialised_fraction,
        melanin=surface.melanin,
        post_inflammatory_pigment=surface.post_inflammatory_pigment,
        lowest=jnp.minimum(reduce(jnp.minimum, (*cells, *matrix)).min(), reduce(jnp.minimum, surface)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A named observable: what is measured, by what, in which direction it is better, and what the model links it to.

    ``smallest_change`` and ``error`` are shares of baseline, or in the unit where they are of the ``scale``.
    """

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    kind: Literal["state", "barrier", "measure", "session", "people"]
    """Read off the solved skin, of the barrier, a link to an instrument or a scale, of a session, over people."""
    definition: str
    instrument: str
    range: tuple[float, float] | None = None
    """Of the scale or the instrument."""
    smallest_change: float = 0.1
    """Smallest change that matters."""
    smallest_change_of: Literal["baseline", "scale"] = "baseline"
    smallest_change_whose: str = "assumed: 10 % of baseline, since no study gives one"
    error: float = 0.0
    """Standard deviation of one reading; assumed, half a grade where a scale gives none."""
    error_of: Literal["baseline", "scale"] = "baseline"
    raters: tuple[str, ...] = ()
    """Who may judge it; empty where an instrument does."""
    link: str = ""
    """What it is read from."""
    direction_only: str = ""
    """Why only its direction is to be read: nothing published constrains the size; empty where something does."""
    not_modelled: str = ""
    """Why the form of the model cannot produce it: no result then holds a number of it; empty where it can."""
    licence: str = ""

    @property
    def by_day(self) -> bool:
        """Whether a course has it day by day."""
        return self.kind in ("state", "barrier", "measure") and not self.not_modelled

    def smallest(self, baseline: float) -> float:
        """Smallest change that matters, in the unit."""
        return self.smallest_change * (abs(baseline) if self.smallest_change_of == "baseline" else 1.0)

    def reading_error(self, baseline: float) -> float:
        """Standard deviation of one reading, in the unit."""
        return self.error * (abs(baseline) if self.error_of == "baseline" else 1.0)


def _load() -> dict[str, Outcome]:
    found = {}
    for name, entry in read_document(files("neodermis.skin") / "data" / "outcomes.toml").items():
        try:
            given: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
            }
            found[name] = Outcome(name=name, **given)
        except TypeError as error:
            raise DataFileError("outcomes.toml", name, str(error), accepted="the fields of an outcome") from error
    return found


#: Every outcome, by name.
OUTCOMES: Final = _load()
#: Those that are read off the solved state.
READ: Final = tuple(name for name, outcome in OUTCOMES.items() if outcome.kind == "state")
#: Those of the barrier, which have a closed form of their own.
OF_BARRIER: Final = tuple(name for name, outcome in OUTCOMES.items() if outcome.kind == "barrier")


#: Those that the form of the model cannot produce.
NOT_MODELLED: Final = tuple(name for name, outcome in OUTCOMES.items() if outcome.not_modelled)


def values(name: str, read: Readings) -> Array:
    """An outcome of :data:`READ` from readings, in its unit."""
    if name == "collagen_total":
        return read.collagen_1 + read.collagen_3
    if name == "collagen_3_share":
        return read.collagen_3 / (read.collagen_1 + read.collagen_3)
    if name in ("blood_flow", "erythema_index"):
        return read.capillary_density
    if name == "stiffness":  # labile collagen is not cross-linked and bears no load
        return read.mature / read.mature[..., :1]
    return getattr(read, name)


#: Outcomes that stay as they are without treatment: shares, what is stated over rest, and the epidermis.
_STEADY: Final = (
    "collagen_3_share", "epidermal_thickness", "elastin", "tropoelastin", "hyaluronan", "melanin",
    "blood_flow", "erythema_index",
)  # fmt: skip


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
        raise UnknownNameError("outcome", name, OUTCOMES, field="outcome")
    return OUTCOMES[name]
