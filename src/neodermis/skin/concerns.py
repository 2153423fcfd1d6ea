"""Concerns: tissue states that represent the concerns of a patient.

Biology
    A scar is a set point with less collagen (acne scar, stretch mark) or more collagen (hypertrophic scar, burn scar)
    in parallel bundles, which remodelling releases.  A grade compares the scar with the skin beside it: of a boxcar
    scar over the upper dermis, of ice-pick and rolling scars through all of it.  Wrinkled and photodamaged skin has
    fragmented papillary collagen (see :mod:`neodermis.skin.exposures`); lax skin lacks elastin (possibly also stretch
    marks: sources disagree, so this is off); thin skin has a thin dermis; in melasma the set point of melanocyte
    activity is raised; dull skin has a slow epidermal turnover.
Equations   (severity s, 0 to 1 over the whole clinical scale)
    scar = s through the dermis; read over w(z) = [z < depth of a boxcar scar] or the whole of it
    fragmented share = f s ;  elastin = 1 − e s ;  dermis = 1 − s ;  melanocytes at rest = 1 + g s ;  turnover = 1 + b s
Reads
    the severity of each concern.
Writes
    state before treatment.
Evidence
    the scales are those used in clinics; no source gives the tissue state that a grade represents.  All sizes here are
    assumed, and results state this.  Pores and sebum have no state in this model.
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.units import Array, Declared


class ConcernParameters(NamedTuple):
    """What the top of a clinic's scale stands for."""

    scar_deficit: Annotated[Array, Declared("1", "collagen deficit of a full atrophic scar")]
    scar_excess: Annotated[Array, Declared("1", "collagen excess of a full hypertrophic scar, relative to normal")]
    shallow_scar_depth: Annotated[Array, Declared("mm", "depth of a boxcar scar")]
    wrinkle_fragmentation: Annotated[
        Array, Declared("1", "fragmented share of papillary collagen at the highest wrinkle grade")
    ]
    photodamage_fragmentation: Annotated[
        Array, Declared("1", "fragmented share of papillary collagen at the highest grade of photodamage")
    ]
    laxity_elastin_loss: Annotated[Array, Declared("1", "elastin deficit at the highest laxity grade")]
    striae_elastin_loss: Annotated[Array, Declared("1", "elastin deficit of full stretch marks")]
    melasma_melanocyte_rise: Annotated[Array, Declared("1", "rise of melanocyte activity in severest melasma")]
    uneven_tone_melanocyte_rise: Annotated[Array, Declared("1", "rise of melanocyte activity in severest uneven tone")]
    dullness_turnover_rise: Annotated[Array, Declared("1", "increase of epidermal turnover time in the dullest skin")]


class Concerns(NamedTuple):
    """Severity of each concern, 0 (none) to 1 (top of its scale)."""

    wrinkle: Array = 0.0
    laxity: Array = 0.0
    photodamage: Array = 0.0
    thin_skin: Array = 0.0  # share of the dermis that is missing
    acne_scar: Array = 0.0
    boxcar_share: Array = 0.0  # of the acne scars
    ice_pick_share: Array = 0.0  # of the acne scars; the rest are rolling
    striae: Array = 0.0
    raised_scar: Array = 0.0  # hypertrophic, or after a burn
    melasma: Array = 0.0
    uneven_tone: Array = 0.0
    dullness: Array = 0.0


class Condition(NamedTuple):
    """The state before treatment, as far as concerns set it."""

    scar: Array  # set point, 0 to 1
    scar_collagen: Array  # collagen missing in a full scar of this kind, as a share; negative where it has too much
    thickness: Array  # of the dermis, over that without the concern
    melanocyte: Array  # resting activity over normal


#: Skin without a concern.
NONE: Final = Concerns()


def condition(concerns: Concerns, p: ConcernParameters) -> Condition:
    """The state that the severities stand for.  Of several scars the skin has the severest."""
    atrophic = concerns.acne_scar + concerns.striae
    scar = atrophic + concerns.raised_scar
    thick = concerns.raised_scar / (scar + (scar == 0))
    return Condition(
        scar=scar,
        scar_collagen=p.scar_deficit * (1.0 - thick) - p.scar_excess * thick,
        thickness=1.0 - concerns.thin_skin,
        melanocyte=set_point(concerns, p),
    )


def shallow(dermis_mm: Array, p: ConcernParameters) -> Array:
    """Share of each dermal cell (mm thick, from the top) that lies above the depth of a boxcar scar."""
    top = jnp.cumsum(dermis_mm) - dermis_mm
    return jnp.maximum(jnp.minimum((p.shallow_scar_depth - top) / dermis_mm, 1.0), 0.0)


def set_point(concerns: Concerns, p: ConcernParameters) -> Array:
    """Resting melanocyte activity over that of the skin beside it."""
    return 1.0 + p.melasma_melanocyte_rise * concerns.melasma + p.uneven_tone_melanocyte_rise * concerns.uneven_tone


def fragmented(concerns: Concerns, p: ConcernParameters) -> Array:
    """Fragmented share of the papillary collagen that wrinkles or photodamage show; the larger of the two."""
    by_wrinkle = p.wrinkle_fragmentation * concerns.wrinkle
    by_sun = p.photodamage_fragmentation * concerns.photodamage
    return (by_wrinkle + by_sun + abs(by_wrinkle - by_sun)) / 2.0


def elastin(concerns: Concerns, p: ConcernParameters) -> Array:
    """Elastin over that without the concern."""
    return (1.0 - p.laxity_elastin_loss * concerns.laxity) * (1.0 - p.striae_elastin_loss * concerns.striae)


def epidermal_turnover(concerns: Concerns, p: ConcernParameters) -> Array:
    """Turnover time of the epidermis over that without the concern."""
    return 1.0 + p.dullness_turnover_rise * concerns.dullness
