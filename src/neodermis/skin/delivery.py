"""Delivery: uptake of a molecule through intact skin and through channels, by depth and time.

Biology
    Molecules pass intact skin through the lipids of the stratum corneum, more readily the smaller and more lipophilic
    they are; polar molecules use a small polar pathway of appendages.  Channels bypass the stratum corneum: molecules
    diffuse in the filling (fluid, later clot), hindered by their size, and leave it laterally within about one channel
    width.  In living skin they diffuse, bind, and are cleared by dermal capillaries or, if too large, by lymph.
Equations   (u: concentration in water at equilibrium, µg/mm³)
    radius  a = a₁ M^(1/3);  in water  D = (D a)/a;  in living skin  D_t = D₁₀₀ (M/100)^−m;
    in a channel  D_c = D (1 − λ)² (1 − 2.104 λ + 2.09 λ³ − 0.95 λ⁵), λ = a/a_c < 1, else 0
    lipid path  log₁₀ P_l = α + β log K_ow − γ M, only inside the range of the regression;  polar path  P_p = P₁₀₀
    √(100/M); if a permeability P has been measured:  P_p at most P, and P_l the remainder
    stratum corneum:  D_s K_s = P_l L,  K_s = w + k K_ow^κ + l K_ow^λ;   dermis loses  k u,  k = k_l + k_v exp(−a/a_v)
    channels:  conductance to depth z  G = A o(t) ω(z) D_c/(L + z),   A = open share of the surface · effective share,
    in an emulsion with oil share φ, the water phase contains  1/(1 + φ (K_ow − 1))  of the amount per volume
    o(t) the electrical opening;  ω(z) ∝ share of the entries beyond z · exp(−z/ℓ),  Σω = 1,
    ℓ² = r² (D_c/2D_t) ln(1 + s/r):  r radius of a channel, s half of their spacing
Reads
    :class:`Molecule`, the channels of a session, layer thicknesses, the electrical opening.
Writes
    :class:`Column`: capacities and conductances, from which the amounts by depth and time are solved.
Evidence
    one regression of human skin permeabilities (18-584 g/mol, log K_ow −4 to 5).  It underestimates a copper peptide by
    10⁴, hence the polar pathway and the precedence of measured permeabilities.  The effective share of the open area is
    calibrated to published enhancements and not derived: the geometric area overestimates them 10² to 10³ times.  The
    events in a channel after removal of the needle have not been studied for any pen.
"""

from __future__ import annotations

import math
from typing import Annotated, Final, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.skin.tissue import RETICULAR_GRADING
from neodermis.units import Array, Declared

#: Range of the line of permeabilities, as published: molar mass (g/mol) and log K_ow.
LINE_MOLAR_MASS: Final = (18.0, 584.0)
LINE_LOG_KOW: Final = (-4.0, 5.0)
#: Molar mass above which no enhancement over intact skin is stated, only amounts (g/mol).
LARGE: Final = 1000.0
#: Molar mass that the polar path and the diffusivity in living skin are stated for (g/mol).
_REFERENCE_MASS: Final = 100.0


class DeliveryParameters(NamedTuple):
    """Transport of molecules in stratum corneum, channels and living skin."""

    permeability_intercept: Annotated[Array, Declared("1", "log10 of the permeability (cm/h) at log K_ow 0, mass 0")]
    permeability_lipophilicity: Annotated[Array, Declared("1", "rise of log10 permeability with log K_ow")]
    permeability_size: Annotated[Array, Declared("1", "fall of log10 permeability per g/mol")]
    permeability_scale: Annotated[Array, Declared("1", "permeability of a molecule relative to the regression")]
    polar_permeability: Annotated[Array, Declared("cm/h", "permeability of the polar pathway at 100 g/mol")]
    corneum_water: Annotated[Array, Declared("1", "volume fraction of water in hydrated stratum corneum")]
    corneum_keratin: Annotated[Array, Declared("1", "partition into keratin relative to water, at log K_ow 0")]
    corneum_keratin_power: Annotated[Array, Declared("1", "exponent of K_ow in that partition")]
    corneum_lipid: Annotated[Array, Declared("1", "partition into lipids relative to water, at log K_ow 0")]
    corneum_lipid_power: Annotated[Array, Declared("1", "exponent of K_ow in that partition")]
    molecular_radius: Annotated[Array, Declared("um", "radius of a compact molecule of 1 g/mol")]
    diffusivity_radius: Annotated[Array, Declared("mm2*um/h", "diffusivity in water times radius, at skin temperature")]
    tissue_diffusivity: Annotated[Array, Declared("mm2/h", "diffusivity of 100 g/mol in living skin")]
    tissue_diffusivity_power: Annotated[Array, Declared("1", "exponent of its fall with molar mass")]
    channel_pore_radius: Annotated[Array, Declared("um", "pore radius of the channel filling")]
    effective_open_share: Annotated[
        Array, Declared("1", "conducting share of the geometric open area immediately after the session")
    ]
    capillary_clearance: Annotated[Array, Declared("1/h", "clearance rate of a small molecule by dermal capillaries")]
    capillary_pore_radius: Annotated[
        Array, Declared("um", "molecular radius at which capillary clearance falls by 1/e")
    ]
    lymph_clearance: Annotated[Array, Declared("1/h", "clearance rate of any molecule by lymph")]
    water_evaporation_time: Annotated[Array, Declared("h", "evaporation half-time of the water of a product in air")]
    product_residue: Annotated[Array, Declared("1", "non-volatile volume fraction of a product")]
    product_oil: Annotated[Array, Declared("1", "volume fraction of oil in an emulsion")]


class Molecule(NamedTuple):
    """What of a molecule decides its way; arrays of any one shape (members)."""

    molar_mass: Array  # g/mol
    log_kow: Array
    on_line: Array  # 1 where the line of permeabilities holds, else 0
    permeability: Array  # measured on intact human skin, mm/h; 0 where it was not
    radius_um: Array  # hydrodynamic; 0 where it is that of a compact molecule of its mass
    solubility: Array  # in water, µg/mm³
    bound: Array  # bound over free in living skin


class Passage(NamedTuple):
    """The channels as a molecule meets them."""

    open_share: Array  # of the surface, right after the session
    radius_mm: Array  # of one channel at the surface
    spacing_mm: Array  # half the side of the square that each has to itself
    beyond: Array  # share of the entries that reach each cell's middle, (members, cells of living skin)


class Cells(NamedTuple):
    """Number of depth cells in each layer."""

    corneum: int = 72
    epidermis: int = 6
    papillary: int = 10
    reticular: int = 16

    @property
    def living(self) -> int:
        """Cells below the stratum corneum."""
        return self.epidermis + self.papillary + self.reticular

    def finer(self, factor: int) -> Cells:
        """The same layers with every cell split ``factor`` times."""
        return Cells(*(count * factor for count in self))


CELLS: Final = Cells()


class Column(NamedTuple):
    """One member's way in: everything per mm² of skin; the cells are the last axis."""

    capacity: Array  # µg held per µg/mm³ of u, mm: (cells,)
    between: Array  # conductance of the inner faces, mm/h: (cells − 1,)
    top: Array  # product to the first cell, mm/h
    bottom: Array  # last cell to the tissue below, mm/h
    shunt: Array  # product to each cell beside the stratum corneum, polar path, mm/h: (cells,)
    channel: Array  # product to each cell through fully open channels, mm/h: (cells,)
    cleared: Array  # each cell to blood and lymph, mm/h: (cells,)
    solubility: Array  # µg/mm³


def radius_um(molecule: Molecule, p: DeliveryParameters) -> Array:
    """Hydrodynamic radius (µm): the given one, or that of a compact molecule,  a₁ M^(1/3)."""
    compact = p.molecular_radius * molecule.molar_mass ** (1.0 / 3.0)
    return np.where(molecule.radius_um > 0, molecule.radius_um, compact)


def hindrance(ratio: Array) -> Array:
    """Diffusion in a pore over that in water for a sphere of this radius over the pore's (Renkin); 0 from 1 on."""
    x = np.minimum(ratio, 1.0)
    return (1.0 - x) ** 2 * (1.0 - 2.104 * x + 2.09 * x**3 - 0.95 * x**5)


def diffusivities(molecule: Molecule, p: DeliveryParameters) -> tuple[Array, Array, Array]:
    """Diffusivity in water, in living skin and in a channel, mm²/h."""
    radius = radius_um(molecule, p)
    water = p.diffusivity_radius / radius
    tissue = p.tissue_diffusivity * (molecule.molar_mass / _REFERENCE_MASS) ** -p.tissue_diffusivity_power
    return water, tissue, water * hindrance(radius / p.channel_pore_radius)


def permeabilities(molecule: Molecule, p: DeliveryParameters) -> tuple[Array, Array]:
    """Permeability of intact skin by the lipid and by the polar path, mm/h."""
    line = 10.0 ** (
        p.permeability_intercept
        + p.permeability_lipophilicity * molecule.log_kow
        - p.permeability_size * molecule.molar_mass
    )
    mm_per_cm = 10.0
    lipid = molecule.on_line * p.permeability_scale * line * mm_per_cm
    polar = p.polar_permeability * mm_per_cm * np.sqrt(_REFERENCE_MASS / molecule.molar_mass)
    known = molecule.permeability > 0
    seen = molecule.permeability
    return np.where(known, np.maximum(seen - polar, 0.0), lipid), np.where(known, np.minimum(polar, seen), polar)


def corneum_partition(molecule: Molecule, p: DeliveryParameters) -> Array:
    """Concentration in the stratum corneum over that in water,  w + k K_ow^κ + l K_ow^λ."""
    keratin = p.corneum_keratin * 10.0 ** (p.corneum_keratin_power * molecule.log_kow)
    return p.corneum_water + keratin + p.corneum_lipid * 10.0 ** (p.corneum_lipid_power * molecule.log_kow)


def held_back(molecule: Molecule, emulsion: Array, p: DeliveryParameters) -> Array:
    """Concentration in an emulsion over that in its water,  1 + φ (K_ow − 1);  1 of a solution (``emulsion`` 0)."""
    return 1.0 + emulsion * p.product_oil * (10.0**molecule.log_kow - 1.0)


def thicknesses(
    corneum_mm: Array, epidermis_mm: Array, papillary_mm: Array, reticular_mm: Array, cells: Cells
) -> Array:
    """Thickness of the depth cells, (…, cells): even in a layer, in the reticular dermis finer at its top."""
    grade = RETICULAR_GRADING ** np.linspace(0.0, 1.0, cells.reticular)
    even = [
        np.repeat(layer[..., None] / count, count, axis=-1)
        for layer, count in (
            (corneum_mm, cells.corneum),
            (epidermis_mm, cells.epidermis),
            (papillary_mm, cells.papillary),
        )
    ]
    return np.concatenate([*even, reticular_mm[..., None] * grade / grade.sum()], axis=-1)


def release(passage: Passage, depth_mm: Array, thickness_mm: Array, channel_over_tissue: Array) -> Array:
    """Share ω of what passes the channels that each cell of living skin gets; ``depth_mm`` from its top."""
    spread = channel_over_tissue / 2.0 * np.log1p(passage.spacing_mm / passage.radius_mm)
    length = passage.radius_mm * np.sqrt(spread)
    length = np.where(length > 0, length, 1.0)  # a molecule that no channel lets in has nowhere to be released
    weight = passage.beyond * np.exp(-depth_mm / length[..., None]) * thickness_mm
    whole = weight.sum(-1, keepdims=True)
    return weight / np.where(whole > 0, whole, 1.0)


def column(molecule: Molecule, passage: Passage, thickness_mm: Array, cells: Cells, p: DeliveryParameters) -> Column:
    """Capacities and conductances of each member (equations above).

    Parameters
    ----------
    molecule, passage
        One number for each member, ``beyond`` one for each cell of living skin too.
    thickness_mm
        Of the cells, from the surface down, (members, cells).
    """
    _, tissue, channel = diffusivities(molecule, p)
    lipid, polar = permeabilities(molecule, p)
    corneum_mm = thickness_mm[..., : cells.corneum].sum(-1)
    partition = corneum_partition(molecule, p)
    ones = np.ones_like(thickness_mm)
    in_corneum = np.arange(thickness_mm.shape[-1]) < cells.corneum
    # a step of the stratum corneum over one of living skin, each as conductance times thickness
    through = np.where(in_corneum, (lipid * corneum_mm)[..., None] * ones, tissue[..., None] * ones)
    held = np.where(in_corneum, partition[..., None] * ones, (1.0 + molecule.bound)[..., None] * ones)
    half = through / (thickness_mm / 2.0)
    pairs = half[..., :-1] + half[..., 1:]
    between = half[..., :-1] * half[..., 1:] / np.where(pairs > 0, pairs, 1.0)
    living = thickness_mm[..., cells.corneum :]
    below = np.cumsum(living, -1) - living / 2.0
    share = release(passage, below, living, channel / tissue)
    area = passage.open_share * p.effective_open_share
    into = (area * channel)[..., None] * share / (corneum_mm[..., None] + below)
    radius = radius_um(molecule, p)
    rate = p.lymph_clearance + p.capillary_clearance * np.exp(-radius / p.capillary_pore_radius)
    in_dermis = np.arange(thickness_mm.shape[-1]) >= cells.corneum + cells.epidermis
    none = np.zeros_like(thickness_mm[..., : cells.corneum])
    first = np.arange(living.shape[-1]) == 0
    return Column(
        capacity=held * thickness_mm,
        between=between,
        top=half[..., 0],
        bottom=half[..., -1],
        shunt=np.concatenate([none, polar[..., None] * first * np.ones_like(living)], -1),
        channel=np.concatenate([none, into], -1),
        cleared=np.where(in_dermis, rate[..., None] * thickness_mm, 0.0),
        solubility=molecule.solubility,
    )


def on_line(molar_mass: float, log_kow: float) -> bool:
    """Whether the line of permeabilities holds for a molecule."""
    low, high = LINE_MOLAR_MASS
    least, most = LINE_LOG_KOW
    return low <= molar_mass <= high and least <= log_kow <= most


def steady_permeability(molecule: Molecule, p: DeliveryParameters) -> Array:
    """Permeability of intact stratum corneum by both paths, mm/h."""
    return sum(permeabilities(molecule, p))


def lag_hours(molecule: Molecule, corneum_mm: Array, p: DeliveryParameters) -> Array:
    """Lag of the lipid path,  L²/(6 D_s) = L K_s/(6 P_l),  hours; infinite where there is none."""
    lipid, _ = permeabilities(molecule, p)
    partition = corneum_partition(molecule, p)
    return np.where(lipid > 0, corneum_mm * partition / (6.0 * np.where(lipid > 0, lipid, 1.0)), math.inf)
