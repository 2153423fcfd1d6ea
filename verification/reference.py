"""Independent reference model: the equations in the docstrings of ``skin/*.py``, implemented a second time.

``python -m verification --only plain_model`` solves random people with both and compares every state by depth.
Nothing of the product is called here but its catalogue and its parameter values: geometry, penetration (SciPy's
brentq), injury, signals, what age, exposures and concerns make of the numbers, right-hand side and time stepping
(SciPy's Radau, implicit, of fifth order, steps chosen by its own error control) are this file's.  What a life before
the first session has left of the pools comes as numbers (``Human.lived``); ``tests/oracles`` solves that life with
SciPy apart.  The depth cells and the depths that stand for the entries are those of the
product, since they are part of what is checked; what they cost is measured by refining the cells
(``python -m verification --only order_in_depth``) and by quadrature in ``tests/oracles``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import acos, cos, exp, inf, log, pi, sin, tan
from typing import Any

import numpy as np
from scipy.integrate import Radau
from scipy.linalg import solve_banded
from scipy.optimize import brentq

Values = dict[str, float]
PAPILLARY, RETICULAR, FAT = 6, 12, 4
CELLS = 2 + PAPILLARY + RETICULAR + FAT
DERMIS = slice(2, 2 + PAPILLARY + RETICULAR)
ENTRY_DEPTHS = 16
YEAR = 365.25
STATES = ("D", "P", "N", "M1", "M2", "X", "F", "A", "Y", "V", "V0", "TE", "E", "H", "O", "S", "n",
          "B", "L1", "L3", "G1", "G3", "made", "cleaved")  # fmt: skip
SURFACE = ("u", "w", "K", "f", "m", "v")
SIGNALS = ("I", "T", "T3", "VEGF")
#: Tolerance of each step, relative and as a share of the scale of each state.
TOLERANCE = 1e-8


# --------------------------------------------------------------------------------------------------- one session


@dataclass(frozen=True)
class Channels:
    """What one session leaves: entries per mm², how deep the tips come at most, how wide and how far dragged (mm)."""

    per_mm2: float
    reached_mm: float
    loss: float
    unevenness: float
    width_mm: float
    tip_mm: float
    taper_mm: float
    sideways_mm: float


def numbers(device: Any, depth_mm: float, passes: float) -> Values:
    """Central numbers of a device and of a pass, by name."""
    names = ("needles", "needle_diameter_mm", "needle_tip_radius_um", "needle_taper_mm", "frequency_hz",
             "head_width_mm", "drum_diameter_mm", "drum_width_mm", "head_area_mm2")  # fmt: skip
    x = {name: span.middle for name in names if (span := getattr(device, name)) is not None}
    length = depth_mm if device.kind == "roller" else device.needle_length_mm
    if length > 0:
        x["needle_taper_mm"] = min(x["needle_taper_mm"], length)
    return x | {"set_depth_mm": depth_mm, "passes": passes}


def channels(kind: str, v: Values, x: Values, under: str = "muscle") -> Channels:
    """One session with the numbers ``x`` of device and pass, of the parameters ``v``, on stretched skin."""
    depth, n, free = x["set_depth_mm"], x["needles"], 1.0 - v["lane_overlap"]
    reached = penetration(depth, 1.0 / stiffness(v, under), *against(kind, v, x))
    dragged = 0.0
    if kind == "pen":
        entries = n * x["frequency_hz"] / (v["pen_glide_speed"] * x["head_width_mm"] * free)
        if reached > 0:
            dragged = v["pen_glide_speed"] * v["stroke_contact_share"] / x["frequency_hz"]
    elif kind == "roller":
        entries = n / (pi * (x["drum_diameter_mm"] + 2.0 * depth) * x["drum_width_mm"] * free)
        if reached > 0:
            reach = x["drum_diameter_mm"] / 2.0 + depth
            height = reach - reached  # of the axis over the surface; the tips roll without slip
            turning = _root(lambda angle: reach - height / cos(angle) ** 2, acos(height / reach))
            dragged = 2.0 * (reach * turning - height * tan(turning))
    else:
        entries = n / (x["head_area_mm2"] * free)
    return Channels(
        per_mm2=entries * x["passes"] if reached > 0 else 0.0,
        reached_mm=reached,
        loss=v["depth_loss"],
        unevenness=v["coverage_unevenness"],
        width_mm=x["needle_diameter_mm"],
        tip_mm=x["needle_tip_radius_um"] / 500.0,
        taper_mm=x["needle_taper_mm"],
        sideways_mm=dragged,
    )


Force = Callable[[float], float]


def against(kind: str, v: Values, x: Values) -> tuple[Force, Force]:
    """Resistance to one needle, and what the hand can put on it, by the depth of its tip (N)."""
    depth, n = x["set_depth_mm"], x["needles"]
    if kind == "pen":
        speed = 2.0 * pi * x["frequency_hz"] * depth / 2.0  # ω times the amplitude of a stroke of this travel
        return partial(resistance, v, x, speed, 1.0), lambda z: inf
    if kind == "stamp":
        return partial(resistance, v, x, v["pressing_speed"], 1.0), lambda z: v["hand_force"] / n
    radius, reach = x["drum_diameter_mm"] / 2.0, x["drum_diameter_mm"] / 2.0 + depth
    angle = acos(radius / reach)
    speed = v["roller_speed"] * sin(angle)

    def touching(z: float) -> float:
        """Needles in the skin where the lowest is at depth z; at least one."""
        return max(n * 2.0 * acos(1.0 - z / reach) / (2.0 * pi), 1.0)

    def slanted(z: float) -> float:
        return resistance(v, x, speed, 1.0 - z / reach, z)

    return slanted, lambda z: v["hand_force"] / touching(z)


def resistance(v: Values, x: Values, speed: float, cosine: float, z: float) -> float:
    """Force on one needle whose tip is at depth z (N)."""
    tip, taper = x["needle_tip_radius_um"] / 500.0, x["needle_taper_mm"]
    epidermis = (v["stratum_corneum_thickness"] + v["viable_epidermis_thickness"]) / 1000.0

    def hole(from_tip: float) -> float:
        """Area that the needle opens at a distance from its tip, less that of the tip."""
        part = min(max(from_tip / taper, 0.0), 1.0)
        return pi / 4.0 * ((tip + (x["needle_diameter_mm"] - tip) * part) ** 2 - tip**2)

    doublings = log(max(speed / v["force_test_speed"], 1.0)) / log(2.0)
    factor = max(v["speed_effect_floor"], v["force_per_speed_doubling"] ** doublings)
    wide = min(z, taper)
    return (
        factor / cosine
        * (
            v["puncture_dent"] * v["foundation_stiffness"] * (x["needle_tip_radius_um"] / v["puncture_tip_radius"]) ** 2
            + v["epidermis_modulus"] * (hole(wide) - hole(wide - epidermis))
            + v["dermis_modulus"] * hole(z - epidermis)
        )
    )  # fmt: skip


def stiffness(v: Values, under: str) -> float:
    """Stiffness below one needle, stretched skin (N/mm)."""
    below = {"bone": v["bone_stiffening"], "muscle": 1.0, "fat": v["fat_softening"]}[under]
    return v["foundation_stiffness"] * below * v["stretch_stiffening"]


def penetration(travel: float, soft: float, force: Force, hand: Force) -> float:
    """Depth of the tip (mm): the dent takes its share of the travel, and the hand cannot press harder than it does."""
    if force(0.0) * soft >= travel or force(0.0) >= hand(0.0):
        return 0.0
    z = _root(lambda z: z + force(z) * soft - travel, travel)
    return _root(lambda z: force(z) - hand(z), z) if force(z) > hand(z) else z


def _root(left: Force, top: float) -> float:
    return float(brentq(left, 0.0, top, xtol=1e-14, rtol=1e-14))


def entry_depths(made: Channels) -> list[float]:
    """Depths of equal weight that stand for the entries: middles of equal parts of an exponential loss."""
    losses = [-made.loss * log((k + 0.5) / ENTRY_DEPTHS) for k in range(ENTRY_DEPTHS)]
    return [made.reached_mm * max(1.0 - lost, 0.0) for lost in losses]


def injured(v: Values, made: Channels, z: Any) -> Any:
    """Killed share of each cell between the faces z (mm): Simpson's rule on each piece without a corner."""
    rho, rim = v["channel_recoil_ratio"], v["necrotic_rim_thickness"] / 1000.0
    cut = v["drag_cut_share"] * made.sideways_mm
    depths, hits = entry_depths(made), np.zeros(len(z) - 1)

    def rim_area(below: float, entry: float) -> float:
        """Area of the rim this far above the tip of an entry."""
        width = made.tip_mm + (made.width_mm - made.tip_mm) * min(below / made.taper_mm, 1.0)
        return pi * (rho * width + rim) * rim + 2.0 * rim * cut * below / entry

    for k, (top, bottom) in enumerate(pairwise(z)):
        for entry in depths:
            corners = [top, *sorted(c for c in (entry - made.taper_mm, entry) if top < c < bottom), bottom]
            for a, b in pairwise(corners):
                if (a + b) / 2.0 < entry:
                    first, middle, last = (rim_area(entry - z, entry) for z in (a, (a + b) / 2.0, b))
                    hits[k] += (b - a) / 6.0 * (first + 4.0 * middle + last)
    hits *= made.per_mm2 / ENTRY_DEPTHS / np.diff(z)
    return covered(made, hits)


def influenced(v: Values, made: Channels, z: Any) -> Any:
    """Share of each cell between the faces z (mm) within reach of a channel: Simpson's rule over the cell."""
    radius, depths = v["influence_radius"], entry_depths(made)

    def share(depth: float) -> Any:
        short = [1.0 - min(max(entry - depth, 0.0) / radius, 1.0) for entry in depths]
        areas = [pi * (radius * (1.0 - b**2)) ** 2 for b in short]
        return covered(made, made.per_mm2 * sum(areas) / ENTRY_DEPTHS)

    return np.array([(share(a) + 4.0 * share((a + b) / 2.0) + share(b)) / 6.0 for a, b in pairwise(z)])


def covered(made: Channels, hits: Any) -> Any:
    """Share of places that are hit, where the mean hits per place vary between places as entries do."""
    return 1.0 - (1.0 + made.unevenness**2 * hits) ** (-1.0 / made.unevenness**2)


def beyond(made: Channels, depth: float) -> float:
    """Share of the entries that reach beyond a depth."""
    if made.reached_mm <= depth:
        return 0.0
    return 1.0 - exp((depth / made.reached_mm - 1.0) / made.loss)


# --------------------------------------------------------------------------------------------------- the person

#: Synthesis of both types at rest, of an activated fibroblast, protease of a neutrophil, effect of fragments on
#: synthesis, rise of cleavage and fragmentation in the papillary dermis, pigment made, and what sun alone makes of the
#: stimulation of melanocytes: of the unexposed.
RATES = {"S1": 1.0, "S3": 1.0, "W": 1.0, "Nu": 1.0, "e": 1.0, "c": 0.0, "u": 0.0, "Me": 1.0, "Pi": 1.0}
#: Exposures whose change comes about soon, apart from all others.
QUICK = ("sun", "sunscreen", "steroid")


@dataclass(frozen=True)
class Human:
    """One person: whose skin it is, exposures in time, concerns, and what life has left of the pools."""

    dermis_mm: float
    age: float
    reference_age: float
    phototype: float = 3.0
    levels: tuple[Values, ...] = ({},)
    """Exposures, by name: the first, and after each change."""
    change_days: tuple[float, ...] = ()
    quick: tuple[float, ...] = ()
    """1 for a change that comes about soon."""
    open_to_sun: float = 1.0
    concerns: Values = field(default_factory=dict)
    prior_history: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Pool → what is left in the papillary and in the reticular dermis, over the unexposed of that age."""
    fragmented: float = 0.0
    thinned: float = 1.0
    """Thickness of the dermis that a life has left, over the unexposed."""


def aged(v: Values, who: Human) -> Values:
    """The parameters of a person of this age, with these concerns and what is taken on the first day."""
    span = v["aged_donor_age"] - v["young_donor_age"]
    s, s_c = -log(v["procollagen_aged"]) / span, -log(v["procollagen_aged_cells"]) / span
    answer = exp(-s_c * (who.age - who.reference_age))
    held = who.levels[0]
    for day, later in zip(who.change_days, who.levels[1:], strict=True):
        held = later if day <= 0.0 else held
    slow = 1.0 + v["dullness_turnover_rise"] * who.concerns.get("dullness", 0.0)
    slow *= 1.0 + v["epidermal_slowing"] / 100.0 * max(who.age - v["epidermal_slowing_age"], 0.0)
    cover = 1.0 + v["stress_cover_slowing"] * held.get("stress", 0.0)
    cover *= 1.0 + (log(v["healthy_barrier_open"]) / log(v["diabetes_barrier_open"]) - 1.0) * held.get("diabetes", 0.0)
    spared = exp(-v["melanocyte_loss"] / 100.0 * max(who.age - v["melanocyte_loss_age"], 0.0))
    return v | {
        "collagen_synthesis_rate": v["collagen_synthesis_rate"] * exp(-s * (who.age - v["young_donor_age"])),
        **{name: v[name] * answer for name in ("neutrophil_recruitment", "macrophage_recruitment", "activation_rate",
                                               "proliferation_rate", "macrophage_loop_gain",
                                               "activation_loop_gain")},
        "epidermal_turnover_time": v["epidermal_turnover_time"] * slow,
        "cover_half_time": v["cover_half_time"] * cover,
        "melanocyte_stimulation_rate": v["melanocyte_stimulation_rate"] * spared,
    }  # fmt: skip


@dataclass(frozen=True)
class Pools:
    """Rates of labile and mature collagen at rest, from the resting identities (1/d)."""

    q: float
    rho: float
    r: float
    f: float

    @classmethod
    def of(cls, v: Values) -> Pools:
        f, q = v["labile_share"], v["collagen_synthesis_rate"] * 24.0 / 100.0
        q = q / f if v["synthesis_rate_of_all_collagen"] == 1.0 else q
        return cls(q, log(2.0) / (v["mature_renewal_time"] * YEAR), v["collagen_loss_rate"] / 100.0 / YEAR, f)

    @property
    def m0(self) -> float:
        return self.rho * (1.0 - self.f) / self.f

    @property
    def k_c(self) -> float:
        return self.q + self.r - self.m0

    @property
    def k_m(self) -> float:
        return self.rho + self.r


def after_menopause(v: Values, pools: Pools) -> float:
    """Synthesis that loses as much collagen in the years after menopause as is published, by a root.

    With x' = q (S − x), y' = ρ (x − y) from 1, and ageing as a factor of both.
    """
    years = v["menopause_loss_time"]
    q, rho, t = pools.q, pools.rho, years * YEAR

    def lost(synthesis: float) -> float:
        gone = synthesis - 1.0
        x = 1.0 + gone * (1.0 - exp(-q * t))
        y = 1.0 + gone * (1.0 - exp(-rho * t)) - gone * rho / (rho - q) * (exp(-q * t) - exp(-rho * t))
        return (pools.f * x + (1.0 - pools.f) * y) * exp(-pools.r * t) - exp(
            -v["menopause_collagen_loss"] / 100 * years
        )

    return float(brentq(lost, 0.0, 5.0, xtol=1e-15, rtol=1e-14)) if lost(0.0) < 0.0 else 0.0


def named_rates(v: Values, who: Human, held: Values, pools: Pools) -> Values:
    """The named rates under exposures that have held for long."""

    def of(name: str) -> float:
        return held.get(name, 0.0)

    n = min(of("smoking"), v["smoking_most"]) / v["smoking_reference"]
    drinks = of("alcohol") / (v["alcohol_reference"] / 7.0)
    burns = of("sun") * who.open_to_sun * (1.0 - v["sunscreen_protection"] * of("sunscreen"))
    burns /= v["erythema_dose_ratio"] ** (who.phototype - 3.0)
    steroid = 1.0 - v["steroid_synthesis_fall"] * of("steroid")
    both = steroid * (1.0 - v["alcohol_synthesis_fall"]) ** drinks * (1.0 - v["diet_synthesis_fall"] * of("diet"))
    both *= 1.0 + v["vitamin_c_synthesis_rise"] * of("vitamin_c")
    both *= 1.0 - (1.0 - after_menopause(v, pools)) * of("postmenopausal")
    before, rise = v["retinoid_formation_before"], v["retinoid_formation_rise"]
    lasting = v["uv_cleavage_rise"] * min(burns * v["uv_effect_time"], 1.0)
    return {
        "S1": both * (1.0 - v["smoking_synthesis_1_fall"]) ** n,
        "S3": both * (1.0 - v["smoking_synthesis_3_fall"]) ** n,
        "W": steroid * (1.0 - v["sleep_wound_fall"] * of("sleep"))
        * (1.0 - v["isotretinoin_wound_fall"] * of("isotretinoin")) / v["smoking_wound_ratio"] ** n,
        "Nu": (1.0 + v["smoking_neutrophil_protease_rise"]) ** n,
        "e": 1.0 - min(before * rise / (1.0 - before), 1.0) * of("retinoid"),
        "c": lasting * (1.0 - v["retinoid_uv_block"] * of("retinoid"))
        + v["pollution_cleavage_rise"] * of("pollution"),
        "u": v["uv_fragmentation"] * burns,
        "passing": 1.0 - v["retinoid_uv_block"] * of("retinoid"),
        "Me": (1.0 - v["retinoid_melanin_fall"] * of("retinoid"))
        * (1.0 - v["tranexamic_melanin_fall"] * of("tranexamic_acid"))
        * (1.0 - v["hydroquinone_melanin_fall"] * of("hydroquinone")),
        "Pi": 1.0 + v["sun_pigmentation_rise"] * min(burns * v["uv_effect_time"], 1.0),
    }  # fmt: skip


class RateTimeCourse:
    """The named rates in time: each change comes about slowly at first."""

    def __init__(self, v: Values, who: Human) -> None:
        pools = Pools.of(aged(v, who))
        self.days = who.change_days
        self.lags = [v["quick_exposure_lag"] if quick else v["exposure_lag"] for quick in who.quick]
        # what comes about soon, and what slowly: each first value, and what each change adds
        self.first, self.steps = [], []
        for soon in (True, False):
            kept = [{name: x for name, x in levels.items() if (name in QUICK) == soon} for levels in who.levels]
            held = [named_rates(v, who, levels, pools) for levels in kept]
            self.first.append(held[0])
            self.steps.append([{name: b[name] - a[name] for name in a} for a, b in pairwise(held)])

    def on(self, t: float) -> Values:
        come = [(max(t - day, 0.0) / lag) ** 2 for day, lag in zip(self.days, self.lags, strict=True)]
        soon, late = (
            {name: x + sum(step[name] * c / (1.0 + c) for step, c in zip(steps, come, strict=True))
             for name, x in first.items()}
            for first, steps in zip(self.first, self.steps, strict=True)
        )  # fmt: skip
        now = {name: soon[name] * late[name] for name in ("S1", "S3", "W", "Nu", "e", "Me", "Pi")}
        return now | {"c": late["c"] + late["passing"] * soon["c"], "u": soon["u"]}


# --------------------------------------------------------------------------------------------------- the course


class Column:
    """One person's skin: geometry and everything that stays fixed."""

    def __init__(self, drawn: Values, who: Human) -> None:
        v = aged(drawn, who)
        self.v, self.who, self.phototype, self.rate_time_course = v, who, who.phototype, RateTimeCourse(drawn, who)
        pools, concerns = Pools.of(v), who.concerns
        self.q, self.r, self.m0, self.k_c, self.k_m = pools.q, pools.r, pools.m0, pools.k_c, pools.k_m
        f, three = v["labile_share"], v["type_3_share"]
        shares = {"L1": f * (1.0 - three), "L3": f * three, "G1": (1.0 - f) * (1.0 - three), "G3": (1.0 - f) * three}
        prior_history = {name: who.prior_history.get(name, (1.0, 1.0)) for name in shares}
        thin = (1.0 - concerns.get("thin_skin", 0.0)) * who.thinned
        dermis = who.dermis_mm * v["dermis_thickness_factor"] * exp(-self.r * (who.age - who.reference_age) * YEAR)
        papillary = dermis * v["papillary_share_of_dermis"] * thin
        reticular = dermis * (1.0 - v["papillary_share_of_dermis"]) * thin
        grade = 2.5 ** (np.arange(RETICULAR) / (RETICULAR - 1))
        self.h = np.concatenate(
            [
                [v["stratum_corneum_thickness"] / 1000.0, v["viable_epidermis_thickness"] / 1000.0],
                np.full(PAPILLARY, papillary / PAPILLARY),
                reticular * grade / grade.sum(),
                np.full(FAT, v["fat_depth"] / FAT),
            ]
        )
        self.top = np.repeat([1.0, 0.0], [PAPILLARY, RETICULAR])  # 1 in the papillary dermis
        self._scar(concerns)
        c = v["collagen_concentration"] * (1.0 - self.delta * self.scar)
        now = {name: prior_history[name][0] * self.top + prior_history[name][1] * (1.0 - self.top) for name in shares}
        self.pools = {name: c * shares[name] * now[name] / who.thinned for name in shares}
        # labile pools that the unexposed have in the same tissue
        self.labile = {i: c * shares[f"L{i}"] / who.thinned for i in "13"}
        k_i, k_exit = (
            v["inflammatory_decay_rate"],
            v["macrophage_conversion_rate"] + v["inflammatory_macrophage_loss_rate"],
        )
        self.p_im = v["macrophage_loop_gain"] * k_i * v["macrophage_signal_half"] * k_exit / v["macrophage_recruitment"]
        self.p_ta = (
            v["activation_loop_gain"] * v["tgf_decay_rate"] * v["activation_tgf_half"] * v["deactivation_rate"]
            / (v["activation_rate"] * v["fibroblast_density"])
        )  # fmt: skip
        self.collagen_at_rest = sum(self.pools.values())
        self.papillary_at_rest = float((self.collagen_at_rest * self.h[DERMIS] * self.top).sum())
        self.inflammatory_of = self._kernel(v["inflammatory_diffusivity"], k_i)
        self.tgf_of = self._kernel(v["tgf_diffusivity"], v["tgf_decay_rate"])
        self.vegf_of = self._kernel(v["vegf_diffusivity"], v["vegf_decay_rate"])
        late = exp(-v["cover_sharpness"])
        self.late = late
        self.k_u = log((1.0 + 2.0 * late) / late) / ((1.0 + late) * v["cover_half_time"] / 24.0)

    def _scar(self, concerns: Values) -> None:
        """The set point of all depths, the collagen that a full scar lacks, and the melanocytes' set point."""
        v = self.v
        atrophic = concerns.get("acne_scar", 0.0) + concerns.get("striae", 0.0)
        thick = concerns.get("raised_scar", 0.0)
        every = atrophic + thick
        self.delta = v["scar_deficit"]
        if every > 0.0:
            self.delta = (v["scar_deficit"] * atrophic - v["scar_excess"] * thick) / every
        self.scar = every * np.ones(PAPILLARY + RETICULAR)
        self.melanocyte = 1.0 + v["melasma_melanocyte_rise"] * concerns.get("melasma", 0.0)
        self.melanocyte += v["uneven_tone_melanocyte_rise"] * concerns.get("uneven_tone", 0.0)

    def elastin_left(self, day: float) -> float:
        """What age and a concern have left of the elastic fibres, whatever sessions do."""
        v, concerns = self.v, self.who.concerns
        late = max(self.who.age + day / YEAR - v["elastin_ageing_age"], 0.0)
        left = exp(-v["elastin_renewal_rate"] * late * YEAR)
        left *= 1.0 - v["laxity_elastin_loss"] * concerns.get("laxity", 0.0)
        return left * (1.0 - v["striae_elastin_loss"] * concerns.get("striae", 0.0))

    def pigment(self, melanin: Any, added: Any) -> Any:
        """Melanin with what inflammation has added to it, which levels off, in this person."""
        v = self.v
        most = v["post_inflammatory_pigment_limit"]
        return melanin + most * (1.0 - np.exp(-v["pih_susceptibility"] * added / most))

    def _kernel(self, diffusivity: float, decay: float) -> Any:
        """Steady signal in all cells of a source in each dermal cell, (cells, dermal cells).

        ∇(D∇S) − k S + source = 0 by finite volumes: closed at the surface, zero at the bottom of the fat.
        """
        between = diffusivity / ((self.h[1:] + self.h[:-1]) / 2.0)
        bands = np.zeros((3, CELLS))
        bands[0, 1:] = between
        bands[2, :-1] = between
        bands[1] = -decay * self.h
        bands[1, :-1] -= between
        bands[1, 1:] -= between
        bands[1, -1] -= diffusivity / (self.h[-1] / 2.0)
        return solve_banded((1, 1), bands, -np.diag(self.h)[:, DERMIS])

    def split(self, flat: Any) -> dict[str, Any]:
        """States by name: (dermal cells, …) those by depth, (…) those of the surface; flat is (numbers, …)."""
        count = len(STATES) * (PAPILLARY + RETICULAR)
        deep = flat[:count].reshape(len(STATES), PAPILLARY + RETICULAR, *flat.shape[1:])
        return dict(zip(STATES, deep, strict=True)) | dict(zip(SURFACE, flat[count:], strict=True))

    def whole(self, s: dict[str, Any]) -> Any:
        deep = np.stack([s[name] for name in STATES])
        return np.concatenate([deep.reshape(-1, *deep.shape[2:]), np.stack([s[name] for name in SURFACE])])

    def rest(self) -> Any:
        one = np.ones(PAPILLARY + RETICULAR)
        s = dict.fromkeys(STATES, 0.0 * one) | {"F": self.v["fibroblast_density"] * one}
        s |= dict.fromkeys(("V", "V0", "TE", "E", "H"), one) | dict.fromkeys(("O", "S"), self.scar)
        s |= self.pools | {"B": self.who.fragmented * self.top}
        pigment = self.melanocyte * self.rate_time_course.on(0.0)["Me"]
        return self.whole(s | {"u": 0.0, "w": 0.0, "K": 1.0, "f": 0.0, "m": pigment, "v": 0.0})

    def scales(self) -> dict[str, float]:
        """Size of each state and signal in its own unit: what a change is large or small against."""
        of_cells = dict.fromkeys(("N", "M1", "M2", "F", "A", "Y"), self.v["fibroblast_density"])
        collagen = {name: float(pool.max()) for name, pool in self.pools.items()}
        collagen |= dict.fromkeys(("made", "cleaved"), float(self.collagen_at_rest.max()))
        names = (*STATES, *SURFACE, *SIGNALS)
        return dict.fromkeys(names, 1.0) | of_cells | collagen | {"X": self.v["protease_at_rest"]}

    def wounded(self, y: Any, made: Channels) -> Any:
        """The jump at a session."""
        v = self.v
        s = self.split(y)
        present = s["L1"] + s["L3"] + s["G1"] + s["G3"]
        h = self.h.copy()
        h[DERMIS] *= present / self.collagen_at_rest
        z = np.concatenate([[0.0], np.cumsum(h)])
        everywhere = injured(v, made, z)
        phi, top = everywhere[DERMIS], everywhere[0]
        heard = v["response_damage"] * influenced(v, made, z)  # what cells respond to
        alarm, living = heard[DERMIS], heard[1]
        bleeding = beyond(made, z[2 + PAPILLARY])
        s["D"] = s["D"] + alarm * (1.0 - s["D"])
        s["P"] = s["P"] + v["platelet_load"] * alarm * bleeding
        for name in "FAY":
            s[name] = s[name] * (1.0 - v["killed_cell_share"] * phi)
        s["V"] = s["V"] * (1.0 - v["capillary_cut_share"] * phi)
        s["cleaved"] = s["cleaved"] + v["torn_matrix_share"] * phi * present
        for name in ("L1", "L3", "G1", "G3", "E"):
            s[name] = s[name] * (1.0 - v["torn_matrix_share"] * phi)
        s["w"] = 1.0 - (1.0 - s["w"]) * (1.0 - living)
        if top > 0.0:
            s["u"] = 1.0
        return self.whole(s)

    def signals(self, s: dict[str, Any]) -> dict[str, Any]:
        """Steady signals above rest in the dermis, and the inflammatory one in the living epidermis."""
        v = self.v
        calm = 1.0 / (1.0 + s["M2"] / v["repair_macrophage_damping"])
        by_cells = v["inflammatory_from_neutrophil"] * s["N"] + self.p_im * s["M1"]
        inflammatory = self.inflammatory_of @ (v["inflammatory_from_damage"] * s["D"] + by_cells * calm)
        from_cells = v["tgf_from_macrophage"] * (s["M1"] + s["M2"]) + self.p_ta * (s["A"] + s["Y"])
        tgf3 = v["tgf3_from_macrophage"] * s["M2"] + v["tgf3_from_activated"] * s["A"]
        vegf = v["vegf_from_macrophage"] * s["M2"] + v["vegf_from_damage"] * s["D"]
        return {
            "I": inflammatory[DERMIS],
            "epidermal": inflammatory[1],
            "T": (self.tgf_of @ from_cells)[DERMIS],
            "T3": (self.tgf_of @ tgf3)[DERMIS],
            "VEGF": (self.vegf_of @ vegf)[DERMIS],
        }

    def change(self, t: float, flat: Any) -> Any:
        """Right-hand side, of one state or of several beside each other: (numbers, …)."""
        v = self.v
        now = self.split(flat)
        D, P, N, M1, M2, X, F, A, Y, V, V0, TE, E, H, O, S, n, B, L1, L3, G1, G3 = (  # noqa: E741
            now[name] for name in STATES[:-2]
        )
        u_, w, K, stimulated, melanin, added = (now[name] for name in SURFACE)
        signal = self.signals(now)
        inflam, above, tgf, tgf3, vegf = (signal[name] for name in ("I", "epidermal", "T", "T3", "VEGF"))
        F0 = v["fibroblast_density"]
        al = D / v["neutrophil_damage_half"] + P / v["neutrophil_platelet_half"]
        u = tgf / v["activation_tgf_half"] + P / v["activation_platelet_half"]
        named = self.rate_time_course.on(t)
        held = 1.0 - named["e"] * v["photodamage_synthesis_fall"] * B  # what fibroblasts on fragments still do
        s = u / (1.0 + u) * held
        to_m2 = v["macrophage_conversion_rate"]
        hill = tgf**3 / (v["myofibroblast_tgf_half"] ** 3 + tgf**3)
        to_y = v["myofibroblast_rate"] * hill * A * v["tgf3_half"] / (v["tgf3_half"] + tgf3)
        activation, back = v["activation_rate"] * s * F, v["deactivation_rate"] * A
        room = 1.0 - (F + A + Y) / (v["fibroblast_capacity"] * F0)
        y_s = v["myofibroblast_self_half"]
        many = Y**2 / (y_s**2 + Y**2)
        recruited = 2.0 * v["myofibroblast_self_rate"] * F * many * np.maximum(room, 0.0)
        sprouting = v["capillary_growth_rate"] * vegf / (v["capillary_vegf_half"] + vegf)
        wide = (slice(None), *[None] * (flat.ndim - 1))  # a profile beside several states
        top, labile = self.top[wide], {i: self.labile[i][wide] for i in "13"}
        excess = X / v["protease_at_rest"]
        cleaving = 1.0 + named["c"] * top + v["photodamage_cleavage_rise"] * B + excess
        m = self.m0 * (1.0 + v["crosslinking_drive"] * A / F0)
        scar = self.scar[wide]
        freed = (1.0 - self.delta * (S + n)) / (1.0 - self.delta * scar)
        remodelled, scarred = v["scar_release_rate"] * A / F0, v["scar_formation_rate"] * many
        released = remodelled * (S - v["scar_remaining_share"] * scar)
        scar_change = -released - scarred * S
        fill = self.delta * released / (1.0 - self.delta * S)
        brake = exp(-self.r * t) * freed / (1.0 + inflam / v["synthesis_inflammatory_half"])
        a1 = named["W"] * v["synthesis_1_activated"]
        x = w / v["epidermal_wound_half"] + above / v["epidermal_signal_half"]
        alarm = above / (v["melanocyte_signal_half"] + above)
        darker = (self.phototype / 3.0) ** v["melanocyte_phototype_power"] * named["Me"] * named["Pi"]
        shed = log(2.0) / v["epidermal_turnover_time"]
        passed_on = log(2.0) / v["melanin_transfer_time"]
        papillary = ((L1 + L3 + G1 + G3) * self.h[DERMIS][wide] * top).sum(axis=0)
        over_untreated = papillary / (self.papillary_at_rest * exp(-self.r * t))
        thickness = np.maximum(1.0 + v["epidermal_set_point_response"] * (over_untreated - 1.0), 0.1)
        made = {
            i: self.q * labile[i] * brake / F0
            * held * (named[f"S{i}"] * (F + v["synthesis_myofibroblast"] * Y) + per * A)
            for i, per in (("1", a1), ("3", a1 * v["synthesis_3_over_1"]))
        }  # fmt: skip
        cut = {"L1": self.k_c * cleaving * L1, "L3": self.k_c * cleaving * L3}
        cut |= {"G1": self.k_m * cleaving * G1, "G3": self.k_m * cleaving * G3}
        rates = {
            "D": -(v["debris_clearance_rate"] + v["debris_clearance_by_neutrophils"] * N
                   + v["debris_clearance_by_macrophages"] * (M1 + M2)) * D,
            "P": -v["platelet_loss_rate"] * P,
            "N": v["neutrophil_recruitment"] * al / (1.0 + al) - v["neutrophil_loss_rate"] * N,
            "M1": v["macrophage_recruitment"] * inflam / (v["macrophage_signal_half"] + inflam)
            - (to_m2 + v["inflammatory_macrophage_loss_rate"]) * M1,
            "M2": to_m2 * M1 - v["repair_macrophage_loss_rate"] * M2,
            "X": v["protease_from_neutrophil"] * named["Nu"] * N + v["protease_from_macrophage"] * M1
            - v["protease_loss_rate"] * X,
            "F": v["fibroblast_relaxation_rate"] * (F0 - F) + back - activation - recruited,
            "A": activation + v["proliferation_rate"] * s * A * room - back - to_y,
            "Y": to_y + recruited - v["myofibroblast_loss_rate"] * Y,
            "V": sprouting * V * (1.0 - V / v["capillary_capacity"]) - v["capillary_regression_rate"] * (V - V0),
            "V0": v["capillary_return_rate"] * (1.0 - V0)
            - v["capillary_remodelling_rate"] * A / F0 * (V0 - v["capillary_remodelled"]),
            "TE": v["tropoelastin_loss_rate"] * ((F + v["tropoelastin_activated"] * A) / F0 - TE),
            "E": v["elastin_renewal_rate"] * (TE - (1.0 + excess) * E),
            "H": v["hyaluronan_loss_rate"] * ((F + v["hyaluronan_activated"] * A) / F0 - H),
            "O": v["alignment_rate"] * Y / F0 * (1.0 - O) - v["alignment_loss_rate"] * (O - S - n),
            "S": scar_change,
            "n": scarred * (1.0 - n) - remodelled * n,
            "B": named["u"] * top * (1.0 - B) - m * (L1 + L3) / (G1 + G3) * B,
            "L1": made["1"] - cut["L1"] - m * L1 + fill * L1,
            "L3": made["3"] - cut["L3"] - m * L3 + fill * L3,
            "G1": m * L1 - cut["G1"] + fill * G1,
            "G3": m * L3 - cut["G3"] + fill * G3,
            "made": made["1"] + made["3"] + np.maximum(fill, 0.0) * (L1 + L3 + G1 + G3),
            "cleaved": sum(cut.values()) + np.maximum(-fill, 0.0) * (L1 + L3 + G1 + G3),
            "u": -self.k_u * (1.0 + self.late - u_) * u_,
            "w": -v["keratinocyte_deactivation_rate"] * w,
            "K": v["epidermal_growth_rate"] * x / (1.0 + x) - v["epidermal_loss_rate"] * (K - thickness),
            "f": v["melanocyte_stimulation_rate"] * darker * alarm - v["melanocyte_stimulation_loss_rate"] * stimulated,
            "m": shed * (named["Me"] * self.melanocyte - (1.0 + v["shedding_response"] * w) * melanin),
            "v": passed_on * (stimulated - added),
        }  # fmt: skip
        return self.whole(rates)

    def outcomes(self, y: Any) -> Values:
        s = self.split(y)
        h = self.h[DERMIS]

        def mean(name: str, cells: slice = slice(None)) -> Any:
            return (s[name] * h)[cells].sum() / h[cells].sum()

        papillary = slice(PAPILLARY)
        one, three = ((s["L1"] + s["G1"]) * h, (s["L3"] + s["G3"]) * h)
        both = one + three
        bottom = np.cumsum(h)
        above = np.minimum(bottom, self.v["shallow_scar_depth"]) - np.minimum(bottom - h, self.v["shallow_scar_depth"])
        return {
            "collagen_papillary": both[:PAPILLARY].sum(),
            "collagen_total": both.sum(),
            "collagen_1": one.sum(),
            "collagen_3": three.sum(),
            "collagen_3_share": three.sum() / both.sum(),
            "dermal_thickness": (both / self.collagen_at_rest).sum(),
            "stiffness": ((s["G1"] + s["G3"]) * h).sum() / ((self.pools["G1"] + self.pools["G3"]) * h).sum(),
            "epidermal_thickness": 1000.0 * (self.h[0] + self.h[1] * s["K"]),
            "elastin": mean("E"),
            "tropoelastin": mean("TE"),
            "hyaluronan": mean("H"),
            "alignment": mean("O", papillary),
            "myofibroblast": mean("Y", papillary),
            "blood_flow": mean("V"),
            "erythema_index": mean("V"),
            "unepithelialised_fraction": s["u"],
            "melanin": s["m"],
            "post_inflammatory_pigment": s["v"],
            "scar": mean("S"),
            "scar_shallow": (s["S"] * above).sum() / above.sum(),
            "scar_papillary": mean("S", papillary),
            "new_scar": mean("n", papillary),
            "intact": ((s["G1"] + s["G3"]) * (1.0 - s["B"]) * h * self.top).sum(),
            "made": (s["made"] * h).sum(),
            "cleaved": (s["cleaved"] * h).sum(),
        }


def walk(
    column: Column, made: Channels, session_days: tuple[float, ...], days: Any, rtol: float = TOLERANCE
) -> tuple[Any, Any]:
    """States on given days, each before a session of that day, and right after each session: (days, numbers) both.

    The solver is stopped on every one of the days, so that nothing is interpolated.
    """
    y = column.rest()
    size = np.array([column.scales()[name] for name in (*STATES, *SURFACE)])
    cells = PAPILLARY + RETICULAR
    allowed = rtol * np.concatenate([np.repeat(size[: len(STATES)], cells), size[len(STATES) :]])
    found = {float(session_days[0]): y}
    after = []
    for start, end in zip(session_days, (*session_days[1:], max(days[-1], session_days[-1])), strict=True):
        y = column.wounded(y, made)
        after.append(y)
        solver = Radau(column.change, start, y, end, rtol=rtol, atol=allowed, vectorized=True, first_step=1e-4)
        for stop in np.unique([*days[(days > start) & (days < end)], end]):
            solver.t_bound, solver.status = stop, "running"
            while solver.status == "running":
                problem = solver.step()
                if solver.status == "failed":
                    raise RuntimeError(problem)
            y = found[float(stop)] = solver.y.copy()
    return np.array([found[float(day)] for day in days]), np.array(after)


def solve(column: Column, made: Channels, session_days: tuple[float, ...], days: Any, rtol: float = TOLERANCE) -> Any:
    """Outcomes on given days, each before a session of that day: name → (days,)."""
    found = [column.outcomes(y) for y in walk(column, made, session_days, days, rtol)[0]]
    return {name: np.array([values[name] for values in found]) for name in found[0]}


def difference(fast: Any, slow: Any) -> float:
    """Largest difference of one outcome over its largest change, or a hundredth of its baseline where that is more."""
    return float(np.abs(fast - slow).max() / max(np.abs(slow - slow[0]).max(), 0.01 * abs(slow[0])))
