"""Thermal injury: ablated, coagulated and stressed tissue by depth after one session by heat.

Biology
    A fractional device heats columns of tissue and leaves the skin between them.  Where water boils the tissue is
    removed; around it, and wherever heat alone is enough, proteins coagulate and cells die; farther out cells are
    warmed without dying and answer with heat-shock proteins.  Light is absorbed by water within a pulse so short that
    heat hardly moves; the current of a needle heats for about a tenth of a second, in which heat moves as far as its
    zone is wide.
Equations
    damage by heat  Ω = ∫ A exp(−θ/T) dt,  dead at Ω ≥ 1;  at a steady temperature after  exp(θ/T)/A
    temperature that kills within a time  T(t) = θ/ln(A t);  diffusivity  α = k/ρc
    threshold of light that removes tissue (Beer–Lambert)  F = h_b/µ, its energy  E₀ = F π d²/4;  that coagulates
    F = ρc (T(t) − T₀)/µ
    ablated column  Z = n (E − E₀)/(h π d²/4),  radius d/2 √(1 − z/Z)
    its rim below  r = 1/µ + s √(4 α t),  times E/E₀ below the threshold;  beside it  a share of r
    coagulated column without ablation  V = (E − E₀)/h = π/8 D w²,  D = κ w²,  radius w/2 √(1 − z/D)
    needle with current  ΔT(r, t) = q/(4π k t_p) (E₁(r²/4αt) − E₁(r²/4α(t − t_p))): the radius of Ω = 1 from a table
    stressed radius  R √((T(R²/4α) − T₀)/(T_s − T₀)): where the heat of a line peaks at T_s
    share of the tissue in one pass: discs on a square grid, overlap counted once;  after n passes  1 − (1 − φ)^n
Reads
    :class:`Column` settings of the device, :class:`HeatParameters`, present depths of the tissue.
Writes
    :class:`HeatInjury` by depth.
Evidence
    one energy by volume is fitted for each device to the published sizes (``python -m validation.heat``): fifteen sizes
    in all, radiofrequency three.  No size by energy is published of an Er:YAG laser or of 1340 nm: their energies by
    volume are ranges.  Watts, milliseconds and insulation change sizes by their sign only.
"""

from __future__ import annotations

import math
from typing import Annotated, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.units import Array, Declared

#: Depths in a cell at which the columns are measured: numerics.
LEVELS: Final = 6


class HeatParameters(NamedTuple):
    """What heat does to skin, whatever brings it."""

    skin_temperature: Annotated[Array, Declared("K", "temperature of the skin before")]
    thermal_conductivity: Annotated[Array, Declared("mJ/s/mm/K", "thermal conductivity of the dermis")]
    volumetric_heat: Annotated[Array, Declared("mJ/mm3/K", "heat capacity of the dermis by volume")]
    damage_frequency: Annotated[Array, Declared("1/s", "frequency factor of thermal damage")]
    damage_activation: Annotated[Array, Declared("K", "activation energy of thermal damage over the gas constant")]
    stress_temperature: Annotated[Array, Declared("K", "temperature above which living cells answer to heat")]
    boiling_energy: Annotated[Array, Declared("mJ/mm3", "energy by volume that boils water away")]
    rim_side_share: Annotated[Array, Declared("1", "coagulated rim beside an ablated column over that below it")]


class Column(NamedTuple):
    """One column of a device, as it is set, and how many there are."""

    per_mm2: Annotated[Array, Declared("1/mm2", "columns of one pass")]
    passes: Annotated[Array, Declared("1", "passes over the site, each with its own columns")]
    pulses: Annotated[Array, Declared("1", "pulses stacked on one place")]
    energy_mj: Annotated[Array, Declared("mJ", "energy of a pulse; of a needle, along its bare length")]
    pulse_s: Annotated[Array, Declared("s", "length of a pulse")]
    absorption_per_mm: Annotated[Array, Declared("1/mm", "absorption of light by water; 0 of a current")]
    spot_mm: Annotated[Array, Declared("mm", "diameter of the beam; 0 of a current")]
    energy_by_volume: Annotated[Array, Declared("mJ/mm3", "energy that one volume of column takes; 0 of a current")]
    slenderness_per_mm: Annotated[Array, Declared("1/mm", "depth of a coagulated column over its width squared")]
    rim_spread: Annotated[Array, Declared("1", "coagulated rim over the distance that heat diffuses in a pulse")]
    tip_mm: Annotated[Array, Declared("mm", "depth of a needle's tip; 0 of light")]
    bare_mm: Annotated[Array, Declared("mm", "bare length of a needle; 0 of light")]


class Sizes(NamedTuple):
    """Depths and widths of one column right after a session, mm."""

    ablated_depth_mm: Array
    ablated_width_mm: Array
    coagulated_top_mm: Array
    coagulated_depth_mm: Array
    coagulated_width_mm: Array
    stressed_top_mm: Array
    stressed_depth_mm: Array
    stressed_width_mm: Array


class HeatInjury(NamedTuple):
    """What one session by heat does to the tissue, by depth cell; the three shares do not overlap."""

    ablated: Array  # share of the tissue that is removed
    coagulated: Array  # share that is dead and in place
    stressed: Array  # share that lives and was warmed above the temperature of an answer
    sizes: Sizes


class Zones(NamedTuple):
    """Table of the line source: damage by the energy along a needle, for some lengths of the pulse."""

    pulse_s: Array
    rise: Array  # q/(4π k t_p), K
    scaled_radius: Array  # of Ω = 1 over √(4 α t_p): (pulses, rises); 0 where nothing dies


def diffusivity(p: HeatParameters) -> Array:
    """Thermal diffusivity, mm²/s."""
    return p.thermal_conductivity / p.volumetric_heat


def damage_rate(kelvin: Array, p: HeatParameters) -> Array:
    """Thermal damage by time at a temperature, 1/s."""
    return jnp.exp(jnp.log(p.damage_frequency) - p.damage_activation / kelvin)


def lethal_temperature(seconds: Array, p: HeatParameters) -> Array:
    """Steady temperature that kills within a time, K."""
    return p.damage_activation / jnp.log(p.damage_frequency * seconds)


def ablation_threshold_mj(x: Column, p: HeatParameters) -> Array:
    """Energy of a pulse at which the surface boils, mJ."""
    return p.boiling_energy / x.absorption_per_mm * math.pi / 4.0 * x.spot_mm**2


def coagulation_threshold_mj(x: Column, p: HeatParameters) -> Array:
    """Energy of a pulse at which cells of the surface die within the pulse, mJ."""
    rise = lethal_temperature(x.pulse_s, p) - p.skin_temperature
    return p.volumetric_heat * rise / x.absorption_per_mm * math.pi / 4.0 * x.spot_mm**2


def rim_mm(x: Column, p: HeatParameters) -> Array:
    """Coagulated rim below an ablated column, mm: the reach of the light and the way of the heat in a pulse."""
    return 1.0 / x.absorption_per_mm + x.rim_spread * jnp.sqrt(4.0 * diffusivity(p) * x.pulse_s)


def ablated_depth_mm(x: Column, p: HeatParameters) -> Array:
    """Depth of an ablated column, mm."""
    above = jnp.maximum(x.energy_mj - ablation_threshold_mj(x, p), 0.0)
    return x.pulses * above / (x.energy_by_volume * math.pi / 4.0 * x.spot_mm**2)


def coagulated_size_mm(x: Column, p: HeatParameters) -> tuple[Array, Array]:
    """Depth and width of a column coagulated without ablation, mm."""
    volume = jnp.maximum(x.energy_mj - coagulation_threshold_mj(x, p), 0.0) / x.energy_by_volume
    depth = jnp.sqrt(8.0 / math.pi * x.slenderness_per_mm * volume)
    return depth, jnp.sqrt(depth / x.slenderness_per_mm)


def stressed_radius_mm(radius_mm: Array, p: HeatParameters) -> Array:
    """Radius within which cells are warmed above the temperature of an answer, around a dead zone, mm."""
    some = radius_mm > 0
    seconds = jnp.where(some, radius_mm, 1.0) ** 2 / (4.0 * diffusivity(p))
    lethal = lethal_temperature(seconds, p) - p.skin_temperature
    ratio = jnp.sqrt(jnp.maximum(lethal / (p.stress_temperature - p.skin_temperature), 1.0))
    return jnp.where(some, radius_mm * ratio, 0.0)


def zone_radius_mm(x: Column, zones: Zones, p: HeatParameters) -> Array:
    """Radius of the dead zone around a bare needle with current, mm, from the table of the line source."""
    some = (x.energy_mj > 0) & (x.bare_mm > 0)
    by_length = x.energy_mj / jnp.where(some, x.bare_mm, 1.0)
    rise = by_length / (4.0 * math.pi * p.thermal_conductivity * x.pulse_s)
    level = jnp.log(jnp.where(some, rise, zones.rise[0]))
    grid = jnp.log(zones.rise)
    rows = jnp.stack([jnp.interp(level, grid, row) for row in zones.scaled_radius])
    place = jnp.interp(jnp.log(x.pulse_s), jnp.log(zones.pulse_s), jnp.arange(len(zones.pulse_s)))
    low = jnp.clip(jnp.floor(place).astype(int), 0, len(zones.pulse_s) - 2)
    share = place - low
    members = jnp.arange(rows.shape[-1])
    scaled = (1.0 - share) * rows[low, members] + share * rows[low + 1, members]
    return jnp.where(some, scaled * jnp.sqrt(4.0 * diffusivity(p) * x.pulse_s), 0.0)


def light_sizes(x: Column, p: HeatParameters, *, ablative: bool) -> Sizes:
    """Column of a laser; members along the first axis."""
    none = jnp.zeros_like(x.energy_mj)
    on = (x.per_mm2 > 0) & (x.passes > 0)
    if ablative:
        ablated = ablated_depth_mm(x, p) * on
        reached = jnp.minimum(x.energy_mj / ablation_threshold_mj(x, p), 1.0) * on
        rim = rim_mm(x, p) * reached
        width = x.spot_mm * (ablated > 0)
        depth, across = ablated + rim, (x.spot_mm + 2.0 * p.rim_side_share * rim) * (rim > 0)
    else:
        ablated, width = none, none
        depth, across = (size * on for size in coagulated_size_mm(x, p))
    warm = stressed_radius_mm(across / 2.0, p)
    return Sizes(ablated, width, none, depth, across, none, depth + warm - across / 2.0, 2.0 * warm)


def current_sizes(x: Column, zones: Zones, p: HeatParameters) -> Sizes:
    """Zone around a needle with current; members along the first axis."""
    radius = zone_radius_mm(x, zones, p) * (x.per_mm2 > 0) * (x.passes > 0) * (x.tip_mm > 0)
    warm = stressed_radius_mm(radius, p)
    none, some = jnp.zeros_like(radius), radius > 0
    top = jnp.maximum(x.tip_mm - x.bare_mm, 0.0) * some
    return Sizes(
        none, none, top, (x.tip_mm + radius) * some, 2.0 * radius,
        jnp.maximum(top - warm, 0.0), (x.tip_mm + warm) * some, 2.0 * warm,
    )  # fmt: skip


def tapered_radius_mm(depth_mm: Array, deepest_mm: Array, width_mm: Array) -> Array:
    """Radius of a column of light at a depth: widest at the surface, nothing at its end."""
    inside = depth_mm < deepest_mm
    left = 1.0 - depth_mm / jnp.where(inside, deepest_mm, 1.0)
    return jnp.where(inside, width_mm / 2.0 * jnp.sqrt(jnp.maximum(left, 0.0)), 0.0)


def rounded_radius_mm(depth_mm: Array, top_mm: Array, deepest_mm: Array, width_mm: Array, open_top: Array) -> Array:
    """Radius of a zone around a needle at a depth: even along its bare length, round at its ends."""
    radius = width_mm / 2.0
    below = jnp.maximum(depth_mm - (deepest_mm - radius), 0.0)
    above = jnp.where(open_top, 0.0, jnp.maximum(top_mm + radius - depth_mm, 0.0))
    beyond = jnp.maximum(below, above)
    return jnp.sqrt(jnp.maximum(radius**2 - beyond**2, 0.0))


def covered(radius_mm: Array, per_mm2: Array) -> Array:
    """Share of an area under discs on a square grid, overlap counted once."""
    some = (radius_mm > 0) & (per_mm2 > 0)
    half = jnp.where(some, 1.0 / jnp.sqrt(jnp.where(some, per_mm2, 1.0)), 2.0) / 2.0
    radius = jnp.where(some, radius_mm, 0.0)
    beyond = jnp.clip(radius, half, half * math.sqrt(2.0))  # neighbours meet, until the corners are covered
    chord = half * jnp.sqrt(jnp.maximum(beyond**2 - half**2, 0.0))
    lens = beyond**2 * jnp.arccos(jnp.minimum(half / beyond, 1.0)) - chord
    area = math.pi * jnp.minimum(radius, beyond) ** 2 - 4.0 * lens * (radius > half)
    return jnp.where(radius >= half * math.sqrt(2.0), 1.0, area / (4.0 * half**2)) * some


def heat_injury(x: Column, sizes: Sizes, depth_faces_mm: Array, *, by_light: bool) -> HeatInjury:
    """Shares of each depth cell by what heat did to them.

    Parameters
    ----------
    x
        Columns, members along the first axis.
    sizes
        Of :func:`light_sizes` or :func:`current_sizes`.
    depth_faces_mm
        Faces of the depth cells, surface first (mm): (members, cells + 1).
    by_light
        Whether columns begin at the surface and taper.
    """
    part = (jnp.arange(LEVELS) + 0.5) / LEVELS
    top, thick = depth_faces_mm[..., :-1, None], jnp.diff(depth_faces_mm)[..., None]
    depth = top + thick * part  # members, cells, levels

    def wide(value: Array) -> Array:
        return value[..., None, None]

    def share(top_mm: Array, deepest_mm: Array, width_mm: Array) -> Array:
        if by_light:
            radius = tapered_radius_mm(depth, wide(deepest_mm), wide(width_mm))
        else:
            through = wide(sizes.coagulated_top_mm <= 0)  # a bare needle heats up to the surface
            radius = rounded_radius_mm(depth, wide(top_mm), wide(deepest_mm), wide(width_mm), through)
        once = covered(radius, wide(x.per_mm2))
        return (1.0 - (1.0 - once) ** wide(x.passes)).mean(-1)

    s = sizes
    gone = share(jnp.zeros_like(s.ablated_depth_mm), s.ablated_depth_mm, s.ablated_width_mm)
    dead = jnp.maximum(share(s.coagulated_top_mm, s.coagulated_depth_mm, s.coagulated_width_mm), gone)
    warm = jnp.maximum(share(s.stressed_top_mm, s.stressed_depth_mm, s.stressed_width_mm), dead)
    return HeatInjury(gone, dead - gone, warm - dead, sizes)
