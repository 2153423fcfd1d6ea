"""Exposures: effects of sun, smoking, hormones and drugs on named rates, and the matrix that remains after them.

Biology
    Smoking slows the synthesis of both collagens at rest, and more strongly in wounds, and doubles the collagenase of
    neutrophils.  Ultraviolet light cleaves collagen in the papillary dermis and leaves fragments on which fibroblasts
    cannot spread, at rest or activated; they then produce less collagen and more protease (photodamage).  New
    cross-linked collagen dilutes the fragments, so matrix renewal repairs photodamage.  A retinoid restores part of the
    synthesis and reduces melanin production.  Fibroblasts produce less collagen without oestrogen.
Equations   (n cigarettes a day over the reference, d erythemal exposures a day, φ fragmented share)
    S_i = (1 − σ_i)^n · menopause · others ;   S_i (1 − e δ φ): synthesis of type i at rest over that of the unexposed
    W = w^(−n) · others;   W (1 − e δ φ): synthesis of an activated fibroblast;   N = (1 + ν)^n ;
    n not above the range of the smokers in the figures
    c = κ min(d τ, 1) + others: rise of the resting cleavage in the papillary dermis
    φ' = u (1 − φ) − m (L/G) φ ,   u = a d ;   d = d_sun (1 − protection · sunscreen) / m^(phototype − 3)
    cleavage at rest: 1 + c + μ φ ;   e = 1 − recovery · retinoid ;   melanocyte activity: 1 − π · retinoid · others
    stimulation of melanocytes by inflammation: melanocyte activity · (1 + υ min(d τ, 1))
    after a change of exposure each factor follows:  v(t) = v₁ + Σ Δv_k x²/(1 + x²) ,  x = (t − t_k)/T after t_k
Reads
    courses of the exposures, age, phototype, sun protection of the site.
Writes
    :class:`RateTimeCourse`, the named rates over time; :class:`PriorHistory`, the pools at the first session.
Evidence
    suction blisters and implants in smokers; one ultraviolet exposure, forearm against buttock, and one year of
    tretinoin (people); a trial of daily sunscreen.  The damage per sun exposure and the lags are assumed.  Exposures
    without a sourced effect size are off: their parameter is zero and may be set.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.lazy import numpy as np
from neodermis.units import Array, Declared


class ExposureParameters(NamedTuple):
    """What exposures do, per unit of exposure."""

    exposure_lag: Annotated[Array, Declared("d", "half-time of a change of exposure")]
    quick_exposure_lag: Annotated[Array, Declared("d", "half-time of a change of sun, sunscreen or corticosteroids")]
    smoking_reference: Annotated[Array, Declared("1/d", "cigarettes per day of the smokers in the figures (reference)")]
    smoking_most: Annotated[Array, Declared("1/d", "most cigarettes per day that the figures cover")]
    smoking_synthesis_1_fall: Annotated[Array, Declared("1", "reduction of type I synthesis at rest in smokers")]
    smoking_synthesis_3_fall: Annotated[Array, Declared("1", "reduction of type III synthesis at rest in smokers")]
    smoking_wound_ratio: Annotated[
        Array, Declared("1", "collagen deposition in a wound, non-smokers relative to smokers")
    ]
    smoking_neutrophil_protease_rise: Annotated[Array, Declared("1", "rise of neutrophil collagenase in smokers")]
    uv_cleavage_rise: Annotated[Array, Declared("1", "rise of collagen degradation after one ultraviolet exposure")]
    uv_effect_time: Annotated[Array, Declared("d", "time that this lasts")]
    uv_fragmentation: Annotated[Array, Declared("1", "share of intact papillary collagen fragmented per exposure")]
    photodamage_synthesis_fall: Annotated[
        Array, Declared("1", "reduction of synthesis at rest if all papillary collagen is fragmented")
    ]
    photodamage_cleavage_rise: Annotated[
        Array, Declared("1", "rise of resting cleavage if all papillary collagen is fragmented")
    ]
    erythema_dose_ratio: Annotated[
        Array, Declared("1", "erythema dose of a phototype, relative to the next lighter one")
    ]
    sunscreen_protection: Annotated[Array, Declared("1", "share of the effect of sun prevented by daily sunscreen")]
    sun_pigmentation_rise: Annotated[
        Array,
        Declared(
            "1", "rise of melanocyte stimulation by inflammation in skin that is always under the effect of the sun"
        ),
    ]
    retinoid_formation_rise: Annotated[Array, Declared("1", "rise of collagen I formation after a year of tretinoin")]
    retinoid_formation_before: Annotated[
        Array, Declared("1", "collagen I formation before tretinoin, relative to protected skin")
    ]
    retinoid_uv_block: Annotated[Array, Declared("1", "share of ultraviolet-induced protease that tretinoin prevents")]
    retinoid_melanin_fall: Annotated[Array, Declared("1", "reduction of melanin production by daily tretinoin")]
    tranexamic_melanin_fall: Annotated[
        Array, Declared("1", "reduction of melanin production by tranexamic acid at monthly sessions")
    ]
    hydroquinone_melanin_fall: Annotated[Array, Declared("1", "reduction of melanin production by daily hydroquinone")]
    menopause_collagen_loss: Annotated[Array, Declared("%/year", "mean loss of skin collagen after menopause")]
    menopause_loss_time: Annotated[Array, Declared("year", "years after menopause that this is the mean of")]
    steroid_synthesis_fall: Annotated[Array, Declared("1", "reduction of collagen synthesis by a corticosteroid")]
    alcohol_reference: Annotated[Array, Declared("1/d", "drinks per day of the alcohol figure (reference)")]
    alcohol_synthesis_fall: Annotated[Array, Declared("1", "reduction of synthesis at rest by alcohol")]
    diet_synthesis_fall: Annotated[Array, Declared("1", "reduction of synthesis at rest by a poor diet")]
    stress_cover_slowing: Annotated[Array, Declared("1", "increase of re-epithelialisation time under chronic stress")]
    sleep_wound_fall: Annotated[Array, Declared("1", "reduction of wound synthesis by insufficient sleep")]
    pollution_cleavage_rise: Annotated[Array, Declared("1", "rise of resting cleavage by air pollution")]
    vitamin_c_synthesis_rise: Annotated[Array, Declared("1", "rise of synthesis at rest by topical vitamin C")]
    diabetes_barrier_open: Annotated[
        Array, Declared("1", "open share of the barrier four days after a blister, with diabetes")
    ]
    healthy_barrier_open: Annotated[
        Array, Declared("1", "open share of the barrier four days after a blister, without diabetes")
    ]
    isotretinoin_wound_fall: Annotated[Array, Declared("1", "reduction of wound synthesis by isotretinoin")]
    anticoagulant_bleeding_odds: Annotated[Array, Declared("1", "odds ratio of bleeding with anticoagulants")]


class Levels(NamedTuple):
    """Exposures at one time; a share is of the full exposure that its parameter stands for."""

    smoking: Array = 0.0  # cigarettes a day
    sun: Array = 0.0  # exposures a day near the erythema dose of phototype III, on open skin
    sunscreen: Array = 0.0  # share of the days
    retinoid: Array = 0.0  # share of daily tretinoin
    postmenopausal: Array = 0.0  # 1 after menopause and without hormone therapy
    steroid: Array = 0.0
    alcohol: Array = 0.0  # drinks a day
    diet: Array = 0.0
    stress: Array = 0.0
    sleep: Array = 0.0
    pollution: Array = 0.0
    vitamin_c: Array = 0.0
    diabetes: Array = 0.0
    isotretinoin: Array = 0.0
    anticoagulant: Array = 0.0
    anti_inflammatory: Array = 0.0  # share of daily use on the skin
    hydration: Array = 0.0  # share of the days with a moisturiser
    hyaluronan: Array = 0.0  # share of the days with a hyaluronan serum
    tranexamic_acid: Array = 0.0  # 1 where it goes into the channels of monthly sessions
    hydroquinone: Array = 0.0  # share of daily use
    plasma: Array = 0.0  # 1 where platelet-rich plasma goes into the channels of every session


#: Changes of exposure that a life may have, menopause among them.
CHANGES: Final = 6


class Life(NamedTuple):
    """The course of a person's exposures: the levels before the first change, after it, and so on.

    Every leaf is a number or an array of people; a change that does not happen repeats the level before it.
    """

    levels: tuple[Levels, ...]
    """1 + CHANGES."""
    change_day: tuple[Array, ...]
    """Day of each change, days since the first session, in order."""
    quick: tuple[Array, ...]
    """1 where it is a change of sun, sunscreen or a corticosteroid, which comes about soon; else 0."""
    since_age: Array
    """Age from which the first levels hold, years."""


#: Nobody is exposed to anything.
UNEXPOSED: Final = Life((Levels(),) * (1 + CHANGES), (0.0,) * CHANGES, (0.0,) * CHANGES, 0.0)


def levels_on(day: float, life: Life) -> Levels:
    """The exposures on a day, changes of that day included."""
    now = life.levels[0]
    for at, later in zip(life.change_day, life.levels[1:], strict=True):
        begun = np.asarray(at) <= day
        now = Levels(*(np.where(begun, new, old) for new, old in zip(later, now, strict=True)))
    return now


def level_course(name: str, days: Array, life: Life) -> Array:
    """One exposure at every day of the course, (people, days), of what acts at once; a change counts after its day."""
    now = np.asarray(getattr(life.levels[0], name), dtype=float)[..., None] + 0.0 * days
    for at, later in zip(life.change_day, life.levels[1:], strict=True):
        begun = np.asarray(at)[..., None] < days
        now = np.where(begun, np.asarray(getattr(later, name))[..., None], now)
    return now


class RateModifiers(NamedTuple):
    """Named rates that exposures change, at one time."""

    synthesis_1: Array  # type I at rest, over that of the unexposed
    synthesis_3: Array  # type III
    synthesis_activated: Array  # of an activated fibroblast, over that of the unexposed
    neutrophil_protease: Array  # release by a neutrophil, over that of the unexposed
    fragmented_effect: Array  # share of the effect of fragments on synthesis that is left
    cleavage: Array  # rise of resting cleavage in the papillary dermis, over that of the unexposed
    fragmentation: Array  # of intact papillary collagen, 1/d
    melanogenesis: Array  # melanocyte activity at rest, over that of the unexposed
    pigmentation: Array  # stimulation of melanocytes by inflammation, over that of the unexposed


class SlowModifiers(NamedTuple):
    """What follows a change over months: smoke, hormones, retinoids and others."""

    synthesis_1: Array = 1.0
    synthesis_3: Array = 1.0
    synthesis_activated: Array = 1.0
    neutrophil_protease: Array = 1.0
    fragmented_effect: Array = 1.0
    cleavage: Array = 0.0  # rise that is not of ultraviolet light
    uv_passing: Array = 1.0  # share of the rise by ultraviolet light that is left
    melanogenesis: Array = 1.0


class FastModifiers(NamedTuple):
    """What follows a change within days: sun, sunscreen, corticosteroids."""

    synthesis: Array = 1.0  # of both types, at rest and activated
    uv_cleavage: Array = 0.0
    fragmentation: Array = 0.0
    pigmentation: Array = 1.0


class RateTimeCourse(NamedTuple):
    """The same in time: what holds first, and what each change adds; a change moves one of the two alone."""

    slow: SlowModifiers
    quick: FastModifiers
    slow_steps: tuple[SlowModifiers, ...]
    quick_steps: tuple[FastModifiers, ...]
    change_day: tuple[Array, ...]
    lag_days: tuple[Array, ...]


def constant(value: Array = 0.0) -> RateTimeCourse:
    """Of someone who is never exposed, in the shape of ``value``."""
    held = (
        SlowModifiers(*(x + 0.0 * value for x in SlowModifiers())),
        FastModifiers(*(x + 0.0 * value for x in FastModifiers())),
    )
    still = [type(part)(*[0.0 * value] * len(part)) for part in held]
    nothing = (0.0 * value,) * CHANGES
    return RateTimeCourse(*held, (still[0],) * CHANGES, (still[1],) * CHANGES, nothing, (1.0 + 0.0 * value,) * CHANGES)  # type: ignore[arg-type]  # of their types


class LayerPair(NamedTuple):
    """A number for the papillary and one for the reticular dermis."""

    papillary: Array
    reticular: Array


class PriorHistory(NamedTuple):
    """What a life before treatment has left, over what the unexposed of the same age have."""

    labile_1: LayerPair
    labile_3: LayerPair
    mature_1: LayerPair
    mature_3: LayerPair
    fragmented: Array  # share of the papillary collagen


class CollagenTurnover(NamedTuple):
    """Rates of the two pools at rest that a life is reckoned with (1/day), and the labile share."""

    renewal: Array  # q
    labile_cleavage: Array  # k_c
    mature_renewal: Array  # ρ
    mature_cleavage: Array  # k_M
    labile_share: Array


def menopause_synthesis(pools: CollagenTurnover, p: ExposureParameters) -> Array:
    """Synthesis after menopause over that before, from the published loss of collagen over the years T after it.

    With synthesis S times rest from menopause on, and without ageing, the pools are
    x = S + (1 − S) e^(−qT) and y = S + (1 − S)(1 + ρ (e^(−qT) − e^(−ρT))/(ρ − q) − 1 + e^(−ρT)), all linear in 1 − S;
    the published loss over T, less that of ageing, gives S.
    """
    days = p.menopause_loss_time * 365.25
    left = np.exp(-p.menopause_collagen_loss / 100.0 / 365.25 * days)
    q, rho, f = pools.renewal, pools.mature_renewal, pools.labile_share
    ageing = np.exp(-(pools.mature_cleavage - rho) * days)
    labile_lost = 1.0 - np.exp(-q * days)
    mature_lost = 1.0 - np.exp(-rho * days) - rho * (np.exp(-q * days) - np.exp(-rho * days)) / (rho - q)
    # a published loss that not even no synthesis at all would explain is taken as none
    return np.maximum(1.0 - (1.0 - left / ageing) / (f * labile_lost + (1.0 - f) * mature_lost), 0.0)


def slow(levels: Levels, pools: CollagenTurnover, p: ExposureParameters) -> SlowModifiers:
    """What holds under exposures that have lasted for long (equations in the head)."""
    # a power beyond the range of its data would be an extrapolation without any
    cigarettes = np.minimum(levels.smoking, p.smoking_most) / p.smoking_reference
    both = (
        (1.0 + (menopause_synthesis(pools, p) - 1.0) * levels.postmenopausal)
        * (1.0 - p.alcohol_synthesis_fall) ** (levels.alcohol / p.alcohol_reference)
        * (1.0 - p.diet_synthesis_fall * levels.diet)
        * (1.0 + p.vitamin_c_synthesis_rise * levels.vitamin_c)
    )
    wound = (1.0 - p.sleep_wound_fall * levels.sleep) * (1.0 - p.isotretinoin_wound_fall * levels.isotretinoin)
    before = p.retinoid_formation_before
    # at most all of the deficit: beyond it the published rise would be more than protected skin makes
    recovery = np.minimum(before * p.retinoid_formation_rise / (1.0 - before), 1.0)
    return SlowModifiers(
        synthesis_1=(1.0 - p.smoking_synthesis_1_fall) ** cigarettes * both,
        synthesis_3=(1.0 - p.smoking_synthesis_3_fall) ** cigarettes * both,
        synthesis_activated=p.smoking_wound_ratio**-cigarettes * wound,
        neutrophil_protease=(1.0 + p.smoking_neutrophil_protease_rise) ** cigarettes,
        fragmented_effect=1.0 - recovery * levels.retinoid,
        cleavage=p.pollution_cleavage_rise * levels.pollution,
        uv_passing=1.0 - p.retinoid_uv_block * levels.retinoid,
        melanogenesis=(
            (1.0 - p.retinoid_melanin_fall * levels.retinoid)
            * (1.0 - p.tranexamic_melanin_fall * levels.tranexamic_acid)
            * (1.0 - p.hydroquinone_melanin_fall * levels.hydroquinone)
        ),
    )


def quick(levels: Levels, phototype: Array, open_to_sun: Array, p: ExposureParameters) -> FastModifiers:
    """The same of sun and corticosteroids."""
    dose = levels.sun * open_to_sun * (1.0 - p.sunscreen_protection * levels.sunscreen)
    dose = dose * p.erythema_dose_ratio ** (3.0 - phototype)
    return FastModifiers(
        synthesis=1.0 - p.steroid_synthesis_fall * levels.steroid,
        uv_cleavage=p.uv_cleavage_rise * np.minimum(dose * p.uv_effect_time, 1.0),
        fragmentation=p.uv_fragmentation * dose,
        pigmentation=1.0 + p.sun_pigmentation_rise * np.minimum(dose * p.uv_effect_time, 1.0),
    )


def cover_time(levels: Levels, p: ExposureParameters) -> Array:
    """Time in which channels are covered over that of the unexposed.

    Of two exponential closures seen on the same day the time goes as the inverse logarithm of what is still open.
    """
    slower = np.log(p.healthy_barrier_open) / np.log(p.diabetes_barrier_open)
    return (1.0 + p.stress_cover_slowing * levels.stress) * (1.0 + (slower - 1.0) * levels.diabetes)


def bleeding_share(share: Array, levels: Levels, p: ExposureParameters) -> Array:
    """Share of the entries that bleed, its odds multiplied under anticoagulants."""
    odds = share / (1.0 - share) * (1.0 + (p.anticoagulant_bleeding_odds - 1.0) * levels.anticoagulant)
    return odds / (1.0 + odds)


def rate_time_course(
    life: Life, phototype: Array, open_to_sun: Array, pools: CollagenTurnover, p: ExposureParameters
) -> RateTimeCourse:
    """The named rates in time, from the course of the exposures."""
    months = [slow(levels, pools, p) for levels in life.levels]
    days = [quick(levels, phototype, open_to_sun, p) for levels in life.levels]
    return RateTimeCourse(
        months[0],
        days[0],
        tuple(SlowModifiers(*(b - a for a, b in zip(*pair, strict=True))) for pair in pairwise(months)),
        tuple(FastModifiers(*(b - a for a, b in zip(*pair, strict=True))) for pair in pairwise(days)),
        life.change_day,
        tuple(p.exposure_lag + (p.quick_exposure_lag - p.exposure_lag) * soon for soon in life.quick),
    )


def thinning(life: Life) -> Life:
    """The part of a life that thins the dermis, where the rest of it lowers the density: hormones, corticosteroids.

    In smokers and in photodamaged skin thickness is found unchanged; after menopause and under steroids it falls.
    """
    levels = (Levels(postmenopausal=now.postmenopausal, steroid=now.steroid) for now in life.levels)
    return life._replace(levels=tuple(levels))


def departs(rate_time_course: RateTimeCourse, until: Array) -> Array:
    """Whether a person's rates differ from those of the unexposed before a day."""
    first = zip((*rate_time_course.slow, *rate_time_course.quick), (*SlowModifiers(), *FastModifiers()), strict=True)
    moved = [np.asarray(now) != unit for now, unit in first]
    moved += [
        (np.asarray(step) != 0.0) & (np.asarray(day) < until)
        for day, *changes in zip(
            rate_time_course.change_day, rate_time_course.slow_steps, rate_time_course.quick_steps, strict=True
        )
        for change in changes
        for step in change
    ]
    return np.logical_or.reduce(np.broadcast_arrays(*moved))


def summed(rate_time_course: RateTimeCourse, shares: Sequence[Array]) -> RateModifiers:
    """The named rates where this share of each change has come about.

    Slow and quick ones are added up apart and multiplied: with one lag among them every sum lies between what held
    and what will hold, so that no rate can turn negative.
    """

    def now(first: Sequence[Array], steps: Sequence[Sequence[Array]]) -> list[Array]:
        parts = zip(first, *steps, strict=True)
        return [
            start + sum(share * step for share, step in zip(shares, changes, strict=True)) for start, *changes in parts
        ]

    months, days = (
        SlowModifiers(*now(rate_time_course.slow, rate_time_course.slow_steps)),
        FastModifiers(*now(rate_time_course.quick, rate_time_course.quick_steps)),
    )
    return RateModifiers(
        synthesis_1=months.synthesis_1 * days.synthesis,
        synthesis_3=months.synthesis_3 * days.synthesis,
        synthesis_activated=months.synthesis_activated * days.synthesis,
        neutrophil_protease=months.neutrophil_protease,
        fragmented_effect=months.fragmented_effect,
        cleavage=months.cleavage + months.uv_passing * days.uv_cleavage,
        fragmentation=days.fragmentation,
        melanogenesis=months.melanogenesis,
        pigmentation=months.melanogenesis * days.pigmentation,
    )


def come_about(x: Array) -> Array:
    """Share of a change that has come about: x²/(1 + x²), x the time since over the lag; slow at first, as is seen."""
    return x * x / (1.0 + x * x)


def during(day: Array, rate_time_course: RateTimeCourse) -> RateModifiers:
    """The named rates on a day of the course."""
    changes = zip(rate_time_course.change_day, rate_time_course.lag_days, strict=True)
    return summed(rate_time_course, [come_about(jnp.maximum(day - at, 0.0) / lag) for at, lag in changes])


def shares_by(day: Array, rate_time_course: RateTimeCourse) -> list[Array]:
    """Share of each change that has come about by a day, with NumPy: before a course is compiled."""
    changes = zip(rate_time_course.change_day, rate_time_course.lag_days, strict=True)
    return [come_about(np.maximum(day - at, 0.0) / lag) for at, lag in changes]


def fragmentation(
    now: RateModifiers, papillary: Array, maturation: Array, labile: Array, mature: Array
) -> tuple[Array, Array]:
    """Production and loss rate of the fragmented share: ultraviolet light makes fragments, new matrix dilutes them."""
    made = now.fragmentation * papillary
    return made, made + maturation * labile / mature


def spreading(now: RateModifiers, fragmented: Array, p: ExposureParameters) -> Array:
    """What fragments leave of the synthesis of a fibroblast, which cannot spread on them, by depth."""
    return 1.0 - now.fragmented_effect * p.photodamage_synthesis_fall * fragmented


def resting_synthesis(now: RateModifiers, fragmented: Array, p: ExposureParameters) -> tuple[Array, Array]:
    """Synthesis of types I and III at rest over that of the unexposed, by depth."""
    held = spreading(now, fragmented, p)
    return now.synthesis_1 * held, now.synthesis_3 * held


def resting_cleavage(now: RateModifiers, fragmented: Array, papillary: Array, p: ExposureParameters) -> Array:
    """Cleavage at rest over that of the unexposed, by depth."""
    return 1.0 + now.cleavage * papillary + p.photodamage_cleavage_rise * fragmented


#: Steps in which a life is reckoned.
STEPS: Final = 160
#: How much shorter the last is than the first.
SHORTENING: Final = 148.0


def prior_history(
    rate_time_course: RateTimeCourse, days: Array, photodamage: Array, pools: CollagenTurnover, p: ExposureParameters
) -> PriorHistory:
    """The pools at the first session, over those of the unexposed of that age: the equations without any injury.

    ``days``: since the exposures began, (people,).  ``photodamage``: fragmented share that is seen in this person;
    the skin is taken to have had at least that.  Each step relaxes the pools with the rates of its middle.
    """
    one = np.ones_like(np.asarray(days, dtype=float))
    alike = LayerPair(one, one)
    unit = PriorHistory(alike, alike, alike, alike, np.maximum(0.0 * one, photodamage))
    if not (departs(rate_time_course, 0.0) | (np.asarray(photodamage) > 0)).any():
        return unit
    part = np.linspace(1.0, 0.0, STEPS + 1)
    nodes = np.expm1(np.log(SHORTENING) * part) / (SHORTENING - 1.0)
    state = unit
    for first, last in pairwise(nodes):
        h, day = days * (first - last), -days * (first + last) / 2.0
        state = _lived_step(state, summed(rate_time_course, shares_by(day, rate_time_course)), h, photodamage, pools, p)
    return state


def _lived_step(
    state: PriorHistory,
    now: RateModifiers,
    h: Array,
    photodamage: Array,
    pools: CollagenTurnover,
    p: ExposureParameters,
) -> PriorHistory:
    def relaxed(value: Array, towards: Array, rate: Array) -> Array:
        return towards + (value - towards) * np.exp(-rate * h)

    def pool(labile: Array, mature: Array, synthesis: Array, cleavage: Array) -> tuple[Array, Array]:
        out = pools.renewal + pools.labile_cleavage * (cleavage - 1.0)
        new = relaxed(labile, pools.renewal * synthesis / out, out)
        slow = pools.mature_renewal + pools.mature_cleavage * (cleavage - 1.0)
        return new, relaxed(mature, pools.mature_renewal * (labile + new) / 2.0 / slow, slow)

    made = now.fragmentation
    thinning = made + pools.mature_renewal * state.labile_1.papillary / state.mature_1.papillary
    fragmented = np.maximum(relaxed(state.fragmented, made / thinning, thinning), photodamage)
    found = []
    for share, layer, here in ((fragmented, "papillary", 1.0), (0.0 * fragmented, "reticular", 0.0)):
        cleavage = resting_cleavage(now, share, here, p)
        for kind, synthesis in zip("13", resting_synthesis(now, share, p), strict=True):
            labile, mature = (getattr(getattr(state, f"{name}_{kind}"), layer) for name in ("labile", "mature"))
            found.append(pool(labile, mature, synthesis, cleavage))
    (l1, g1), (l3, g3), (l1r, g1r), (l3r, g3r) = found
    return PriorHistory(LayerPair(l1, l1r), LayerPair(l3, l3r), LayerPair(g1, g1r), LayerPair(g3, g3r), fragmented)
