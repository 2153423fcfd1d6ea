"""Measures: instrument readings and clinical grades from the state of the skin.

Biology
    The grade of a scar is a contrast: its collagen against that of the treated skin beside it, over the depth of its
    type.  Tethering, which collagen does not mend, remains, most in ice-pick scars.  A wrinkle is no contrast, since
    the skin beside it is as old: its grade falls as intact mature collagen is regained, up to a mendable share.  Skin
    that myofibroblasts have turned into scar is worse on every scale.  Suction devices measure elastin and collagen
    together.  Roughness falls with papillary collagen, water and cross-links.  Ultrasound shows echoes where bundles
    are dense relative to water; bundles fill nine tenths of the area, so echo density is not collagen mass.  Pigment
    indices measure melanin; radiance reflects melanin and turnover.
Equations   (C papillary collagen, R treated over untreated, r loss by ageing, a age; index 0 before treatment)
    graded g = g₀ (1 − s + s exp(−x)) for x ≥ 0;  1 − (1 − g₀) exp(x s g₀/(1 − g₀)) below: 0 to 1, slope −s g₀ at 0;
    s, the correctable part, is 1 except for wrinkles
    D = exp(r (a − a_y)) − 1 + ε: deficit relative to young skin, over the present amount
    wrinkle   x = β (C/C₀ − 1)/D ;   sign at rest: the concern, or the effect of age, 1/(1 + exp((a_m − a)/w)), the
    larger;  C intact mature collagen, D = exp(r (a − a_y))/(1 − φ₀) − 1 + ε with the fragmented share φ₀
    scar      g = g₀ Σ_k p_k (1 − m_k + m_k d_k/d_k0) ,  d_k = 1 − C_scar/C_beside = δ S over the depth of type k (see
              :mod:`neodermis.skin.matrix`), p_k its share, m_k its mendable share; the deficit δ cancels.  Raised
              scars alike, with an excess.
    newly scarred skin n:   graded g → g + (1 − g) n ;  collagen counts as 1 + (C − 1)(1 − n) ;
              readings of instruments are worse by the share ω n
    z = e ln E + (1 − e) ln C_y , both over young skin
    R2, R5, R7: logit R = logit R_y + b z ,   b = (logit R_y − logit R_70)/(−z₇₀)
    laxity    x = β (z − z₀)/(|z₀| + ε)
    roughness Ra = Ra₀ ((C/C₀)^−c W^−h (M/M₀)^−m)^(1 − n) ;   texture x = β ln(Ra₀/Ra)
    stained area  logit A = logit A₀ + b (1 − 1/C) ,  C over that before treatment
    echo      logit p = logit p₀ + k (ln C/C₀ − ln H/H₀)
    melanin index = i_0 + i_1 phototype · m ;   contrast = (F m/m₀ − 1)/(F − 1) , F set point over normal
    MASI: graded by −ln of the contrast
    radiance = (K/K₀)^u (m/m₀)^−v
    share of people whose change exceeds a threshold: Λ(π (gain − threshold)/(σ √3)) ,  Λ(x) = 1/(1 + exp(−x))
Reads
    the outcomes of the state and the barrier, treated and untreated; the scar's set point; age, sex, phototype,
    concerns.
Writes
    the outcomes of kind "measure" (see the catalogue of outcomes).
Evidence
    the fall of R2, R5 and R7 between young and old faces gives their slope; wrinkle depth by age (rapid rise from 40,
    constant from 60) gives the age effect; ice-pick scars answer least in the one series by type; melanin indices of 42
    and 47 separate the phototypes; a cohort with a mean grade of 3.4 had a mean score of 16.4.  It is assumed that a
    grade falls by the corrected share of the deficit; mendable shares, all exponents, and all absolute sizes of
    measures shown as direction only, are assumed as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.skin import ageing
from neodermis.skin.ageing import AgeingParameters
from neodermis.skin.concerns import ConcernParameters, Concerns, set_point
from neodermis.skin.outcomes import OUTCOMES
from neodermis.units import Array, Declared


class MeasureParameters(NamedTuple):
    """Links from the state to instruments and scales."""

    youth_age: Annotated[Array, Declared("year", "age of the young skin that deficits are stated against")]
    old_age: Annotated[Array, Declared("year", "age of the old skin of the suction figures")]
    least_deficit: Annotated[
        Array, Declared("1", "minimum collagen deficit, including young skin, relative to its content")
    ]
    ageing_sign_age: Annotated[Array, Declared("year", "age at which half of the signs of ageing have appeared")]
    ageing_sign_width: Annotated[Array, Declared("year", "how fast they come around that age")]
    wrinkle_of_age: Annotated[
        Array, Declared("1", "wrinkle grade eventually caused by age alone, as a share of the highest")
    ]
    laxity_of_age: Annotated[
        Array, Declared("1", "laxity grade eventually caused by age alone, as a share of the highest")
    ]
    texture_of_age: Annotated[
        Array, Declared("1", "texture grade eventually caused by age alone, as a share of the highest")
    ]
    wrinkle_collagen_share: Annotated[Array, Declared("1", "share of a wrinkle grade due to the collagen deficit")]
    wrinkle_repair: Annotated[Array, Declared("1", "fall of a wrinkle grade per recovered share of the deficit")]
    laxity_repair: Annotated[
        Array, Declared("1", "laxity grade eventually caused by age alone, as a share of the highest")
    ]
    texture_repair: Annotated[Array, Declared("1", "fall of the texture grade per fall of roughness, both relative")]
    scar_mendable_share: Annotated[
        Array, Declared("1", "share of the grade of rolling and boxcar scars that follows their collagen deficit")
    ]
    ice_pick_mendable: Annotated[
        Array, Declared("1", "mendable share of ice-pick scars relative to that of the others")
    ]
    striae_mendable_share: Annotated[
        Array, Declared("1", "share of the severity of stretch marks that follows their collagen deficit")
    ]
    raised_scar_mendable_share: Annotated[
        Array, Declared("1", "share of the grade of a raised scar that follows its collagen excess")
    ]
    new_scar_reading_fall: Annotated[
        Array, Declared("1", "share by which a full new scar worsens the reading of an instrument")
    ]
    wrinkle_depth_of_severest: Annotated[Array, Declared("um", "wrinkle depth at the highest grade")]
    striae_width_of_severest: Annotated[Array, Declared("mm", "width of the widest stretch marks")]
    goodman_baron_score_of_severest: Annotated[
        Array, Declared("1", "Goodman-Baron points of the severest acne scars, grade 4")
    ]
    ecca_of_severest: Annotated[Array, Declared("1", "ECCA points of the severest atrophic acne scars")]
    roughness_rest: Annotated[Array, Declared("um", "roughness before treatment")]
    roughness_collagen: Annotated[Array, Declared("1", "exponent of papillary collagen in roughness")]
    roughness_water: Annotated[Array, Declared("1", "exponent of skin hydration in roughness")]
    roughness_crosslinks: Annotated[Array, Declared("1", "exponent of cross-linked collagen in roughness")]
    elasticity_elastin_share: Annotated[
        Array, Declared("1", "contribution of elastin to elasticity, relative to collagen")
    ]
    r2_young: Annotated[Array, Declared("1", "gross elasticity R2 of young faces")]
    r2_old: Annotated[Array, Declared("1", "gross elasticity R2 of old faces")]
    r5_young: Annotated[Array, Declared("1", "net elasticity R5 of young faces")]
    r5_old: Annotated[Array, Declared("1", "net elasticity R5 of old faces")]
    r7_young: Annotated[Array, Declared("1", "biological elasticity R7 of young faces")]
    r7_old: Annotated[Array, Declared("1", "biological elasticity R7 of old faces")]
    stain_rest: Annotated[Array, Declared("1", "area share of stained papillary collagen before treatment")]
    stain_response: Annotated[Array, Declared("1", "rise of the log odds of stained area per share of new collagen")]
    echo_rest: Annotated[Array, Declared("1", "echogenic share of the dermis before treatment")]
    echo_response: Annotated[
        Array, Declared("1", "rise of the log odds of echo per rise of log collagen relative to water")
    ]
    melanin_index_bare: Annotated[Array, Declared("1", "melanin index of skin without melanin")]
    melanin_index_per_type: Annotated[Array, Declared("1", "its rise per phototype at normal melanin")]
    radiance_turnover: Annotated[Array, Declared("1", "exponent of epidermal thickness in radiance")]
    radiance_melanin: Annotated[Array, Declared("1", "exponent of melanin in radiance")]


def _on_scale(name: str, severity: Array) -> Array:
    """A severity of 0 to 1 on the scale of an outcome."""
    limits = OUTCOMES[name].range
    assert limits is not None
    low, top = limits
    return low + (top - low) * severity


def graded(start: Array, drive: Array, share: Array = 1.0) -> Array:
    """Severity 0 to 1 after a drive towards better (positive) or worse, from its start; equations above.

    ``share``: part of the severity that the drive can take away.
    """
    better = start * (1.0 - share + share * np.exp(-np.maximum(drive, 0.0)))
    room = 1.0 - start
    steep = share * start / np.where(room > 0, room, 1.0)
    worse = 1.0 - room * np.exp(np.minimum(drive, 0.0) * steep)
    return np.where(drive >= 0, better, np.where(room > 0, worse, start))


def _logit(share: Array) -> Array:
    return np.log(share / (1.0 - share))


def _logistic(odds: Array) -> Array:
    with np.errstate(invalid="ignore"):  # members that failed are no number, and are left out by the course
        return np.exp(-np.logaddexp(0.0, -odds))  # 1/(1 + exp(−odds)), which would overflow


class Rest(NamedTuple):
    """What a person's age makes of the links, (members, 1)."""

    deficit: Array
    """Intact collagen that the skin lacks against young skin, over its own."""
    sign: Array
    """Share of the signs of ageing that have come."""
    young: Array
    """Logarithm of the collagen over that of young skin."""
    old_elasticity: Array
    """The elasticity index z at the age of the old skin."""


def at_rest(
    age_years: Array, fragmented: Array, renewal_rate: Array, p: MeasureParameters, by_age: AgeingParameters
) -> Rest:
    """The links of people of an age, with this fragmented share of their papillary collagen."""
    loss = by_age.collagen_loss_rate / 100.0
    past = np.maximum(age_years - p.youth_age, 0.0)
    old = np.log(ageing.elastin(p.old_age, renewal_rate, by_age))
    share = p.elasticity_elastin_share
    return Rest(
        deficit=np.exp(loss * past) / (1.0 - fragmented) - 1.0 + p.least_deficit,
        sign=_logistic((age_years - p.ageing_sign_age) / p.ageing_sign_width),
        young=-loss * past,
        old_elasticity=share * old - (1.0 - share) * loss * (p.old_age - p.youth_age),
    )


class ScarCourse(NamedTuple):
    """Scars of a course, (members, days)."""

    shallow: Array
    """What is left of the scar above the depth of a boxcar scar, over that before treatment; 1 where there is none."""
    whole: Array
    """The same over the whole dermis."""
    new: Array
    """Share of the skin that persisting myofibroblasts have turned into scar."""
    density: Array
    """Papillary collagen of the scar over that of the skin beside it, 1 − δ S, over that before; 1 without a scar."""


def left(scar: Array) -> Array:
    """What is left of a scar over that before treatment, (members, days); 1 where there is none."""
    first = scar[:, :1]
    return np.where(first > 0.0, scar / np.where(first > 0.0, first, 1.0), 1.0)


def measured(
    found: Mapping[str, Array],
    intact: Array,
    scars: ScarCourse,
    who: Any,
    p: MeasureParameters,
    concern_p: ConcernParameters,
    rest: Rest,
) -> dict[str, Array]:
    """Every measure by name, (members, days), from the outcomes of the state and the barrier.

    Parameters
    ----------
    found
        The outcomes as they go; (members, days).
    intact
        Mature collagen of the papillary dermis that is not fragmented; (members, days).
    scars
        Scars, before treatment and new.
    who
        Age, sex, phototype and concerns, each (members, 1).
    p, concern_p
        Parameters, each (members, 1).
    rest
        As :func:`at_rest` gives it.

    A measure of a concern is there only where everybody has it.
    """
    concerns: Concerns = who.concerns
    new, sound = scars.new, 1.0 - scars.new
    # scales of the skin as a whole are of the skin beside a scar
    collagen = found["collagen_papillary"] / found["collagen_papillary"][:, :1] / scars.density
    collagen, intact = 1.0 + (collagen - 1.0) * sound, intact / intact[:, :1] / scars.density
    worse = 1.0 - p.new_scar_reading_fall * new
    melanin, water = found["melanin"], found["hydration"]
    bound = found["stiffness"]
    wrinkle = graded(
        np.maximum(concerns.wrinkle, p.wrinkle_of_age * rest.sign),
        p.wrinkle_repair * (intact - 1.0) * sound / rest.deficit,
        p.wrinkle_collagen_share,
    )
    share = p.elasticity_elastin_share
    elastic = share * np.log(found["elastin"]) + (1.0 - share) * (rest.young + np.log(collagen))
    lost = elastic[:, :1]
    laxity = graded(
        np.maximum(concerns.laxity, p.laxity_of_age * rest.sign),
        p.laxity_repair * (elastic - lost) / (np.abs(lost) + p.least_deficit),
    )
    roughness = collagen**-p.roughness_collagen * water**-p.roughness_water * bound**-p.roughness_crosslinks
    roughness = (roughness / roughness[:, :1]) ** sound
    texture = graded(
        np.maximum(concerns.photodamage, p.texture_of_age * rest.sign), -p.texture_repair * np.log(roughness)
    )
    thicker = found["epidermal_thickness"] / found["epidermal_thickness"][:, :1]
    water_rise = np.log(found["hyaluronan"] / found["hyaluronan"][:, :1]) * sound
    wrinkle, laxity, texture = (with_scar(severity, new) for severity in (wrinkle, laxity, texture))
    fresh = 1.0 - 1.0 / collagen
    radiance = thicker**p.radiance_turnover * (melanin / melanin[:, :1]) ** -p.radiance_melanin
    every = {
        "collagen_area": _logistic(_logit(p.stain_rest) + p.stain_response * fresh),
        "dermal_density": _logistic(_logit(p.echo_rest) + p.echo_response * (np.log(collagen) - water_rise)) * worse,
        **{
            f"cutometer_{name}": _suction(getattr(p, f"{name}_young"), getattr(p, f"{name}_old"), elastic, rest) * worse
            for name in ("r2", "r5", "r7")
        },
        "laxity_grade": _on_scale("laxity_grade", laxity),
        "wrinkle_grade": _on_scale("wrinkle_grade", wrinkle),
        "wrinkle_depth": p.wrinkle_depth_of_severest * wrinkle,
        "roughness_ra": p.roughness_rest * roughness / worse,
        "texture_grade": _on_scale("texture_grade", texture),
        "radiance": (1.0 + (radiance - 1.0) * sound) * worse,
        "melanin_index": p.melanin_index_bare + p.melanin_index_per_type * who.phototype * melanin,
    }
    every |= scar_grades(scars, concerns, p)
    if _everybody(concerns.melasma) or _everybody(concerns.uneven_tone):
        beside = set_point(concerns, concern_p)
        contrast = np.maximum(beside * melanin / melanin[:, :1] - 1.0, 0.0) / (beside - 1.0)
        contrast = np.maximum(contrast, with_scar(contrast, new))
        every["melanin_contrast"] = contrast
        if _everybody(concerns.melasma):
            paler = np.where(contrast > 0, -np.log(np.where(contrast > 0, contrast, 1.0)), np.inf)
            severity = with_scar(graded(concerns.melasma, paler), new)
            every |= {name: _on_scale(name, severity) for name in ("mmasi", "masi")}
    return every


def _everybody(severity: Array) -> bool:
    return bool(np.all(np.asarray(severity) > 0))


def _suction(young: Array, old: Array, elastic: Array, rest: Rest) -> Array:
    slope = (_logit(young) - _logit(old)) / -rest.old_elasticity
    return _logistic(_logit(young) + slope * elastic)


def with_scar(severity: Array, new: Array) -> Array:
    """A severity (0 to 1) where a share of the skin has become scar, which is of the severest."""
    return severity + (1.0 - severity) * new


def scar_grades(scars: ScarCourse, concerns: Concerns, p: MeasureParameters) -> dict[str, Array]:
    """Grades of the scar that everybody has; nothing where there is none."""

    def remaining(mendable: Array, scar: Array) -> Array:
        return 1.0 - mendable + mendable * scar

    def severity(start: Array, share: Array) -> Array:
        return with_scar(start * share, scars.new)

    if _everybody(concerns.acne_scar):
        by_type = {
            "rolling": remaining(p.scar_mendable_share, scars.whole),
            "boxcar": remaining(p.scar_mendable_share, scars.shallow),
            "ice_pick": remaining(p.scar_mendable_share * p.ice_pick_mendable, scars.whole),
        }
        shares = {"boxcar": concerns.boxcar_share, "ice_pick": concerns.ice_pick_share}
        shares["rolling"] = 1.0 - concerns.boxcar_share - concerns.ice_pick_share
        whole = severity(concerns.acne_scar, sum(share * by_type[name] for name, share in shares.items()))
        return {
            "scar_severity": whole,
            **{f"scar_severity_{name}": severity(concerns.acne_scar, each) for name, each in by_type.items()},
            "goodman_baron_grade": _on_scale("goodman_baron_grade", whole),
            "goodman_baron_score": p.goodman_baron_score_of_severest * whole,
            "ecca_score": p.ecca_of_severest * whole,
        }
    if _everybody(concerns.striae):
        whole = severity(concerns.striae, remaining(p.striae_mendable_share, scars.whole))
        return {"scar_severity": whole, "striae_width": p.striae_width_of_severest * whole}
    if _everybody(concerns.raised_scar):
        whole = severity(concerns.raised_scar, remaining(p.raised_scar_mendable_share, scars.whole))
        return {"scar_severity": whole, **{name: _on_scale(name, whole) for name in ("vss", "posas")}}
    return {}


def share_beyond(gain: Array, cut: Array, scatter: Array) -> Array:
    """Share of people whose gain is at least a cut, where gains scatter around the typical one, logistic in shape.

    ``scatter`` is the standard deviation, which is π/√3 times the scale of a logistic distribution.
    """
    return np.asarray(_logistic(math.pi / math.sqrt(3.0) * (gain - cut) / scatter))
