"""Tissue: sites, layers, the depth coordinate, and the state of the skin by depth.

Biology
    Stratum corneum and viable epidermis (no vessels, no collagen), papillary dermis (fine collagen, superficial
    plexus), reticular dermis (coarse collagen) and subcutaneous fat.  Collagen is expressed as mass per skin area
    on a material coordinate: each depth cell keeps its matrix and thickens when it gains collagen, because
    bundles already fill about nine tenths of the dermal area.
Equations
    faces at layer borders; thickness of a dermal cell  h = h_rest · C / C_rest ;
    steady signal  0 = d/dz(D dS/dz) − k S + source,  no flux at the surface, S = 0 at the bottom of the fat.
Reads
    published thickness of the site, age, tissue parameters.
Writes
    :class:`Layers`, :class:`SkinState` at rest.
Evidence
    two facial ultrasound series that differ twofold (see ``data/sites.toml``); thickness by age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log
from typing import Annotated, Any, Final, Literal, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.documents import read_document
from neodermis.errors import DataFileError
from neodermis.names import Names
from neodermis.units import Array, Declared

Sex = Literal["female", "male"]


class TissueParameters(NamedTuple):
    """Thicknesses and resting densities that belong to the tissue itself."""

    stratum_corneum_thickness: Annotated[Array, Declared("um", "thickness of the stratum corneum")]
    viable_epidermis_thickness: Annotated[Array, Declared("um", "thickness of the viable epidermis")]
    dermis_thickness_factor: Annotated[
        Array, Declared("1", "true dermal thickness relative to the mean of the published ultrasound series")
    ]
    papillary_share_of_dermis: Annotated[Array, Declared("1", "papillary dermis as a share of dermal thickness")]
    collagen_concentration: Annotated[Array, Declared("ug/mm3", "collagen in resting dermis")]
    type_3_share: Annotated[Array, Declared("1", "type III share of resting dermal collagen")]
    fibroblast_density: Annotated[Array, Declared("cell/mm3", "resting dermal fibroblasts")]
    fat_depth: Annotated[Array, Declared("mm", "thickness of fat below the dermis that absorbs signals")]


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedThickness:
    """One published skin thickness: as printed, with its source; ``both`` where the source pools the sexes."""

    source: str
    sex: Literal["female", "male", "both"]
    layer: Literal["epidermis", "dermis", "skin"]
    mean_mm: float
    sd_mm: float | None
    ages: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedDepth:
    """A depth that others set or advise at a site, and the tier of that source (A regulator or maker … E summary)."""

    low_mm: float
    high_mm: float
    source: str
    tier: str
    context: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A treatment site: aliases, published thicknesses, the limits of practice and the area of one treatment."""

    id: str
    label: str
    aliases: tuple[str, ...]
    under: Literal["bone", "muscle", "fat"]
    """What carries the skin under a needle."""
    covered: bool
    """Usually kept from the sun."""
    loose: bool
    """Loose skin around the eyes, which swells and bruises more."""
    zones: Mapping[str, float]
    """For a region of several sites: share of its area by site; empty for a site of its own."""
    thickness: tuple[PublishedThickness, ...]
    borrowed: str | None
    """Whose thickness stands in where the site has none of its own, and why."""
    limit_mm: float
    limit_whose: str
    scar_limit_mm: float | None
    scar_limit_whose: str | None
    excluded: str | None
    """Why the site is never treated; its limit is 0."""
    treated_area_cm2: float
    treated_area_why: str
    reported: tuple[ReportedDepth, ...]
    also_published: tuple[Mapping[str, Any], ...]
    """Figures of the site that its dermis does not rest on, each with why."""

    def dermis_mm(self, sex: Sex, epidermis_mm: float) -> float:
        """Reference dermis thickness: geometric mean over the published series of this site and sex.

        A series that gives full skin has the epidermis (stratum corneum included, ``epidermis_mm``)
        taken off; ultrasound epidermis is not used, since its entrance echo reads two to three times
        too thick.  The disagreement between series is carried by ``dermis_thickness_factor``.
        """
        rows = [row for row in self.thickness if row.sex in (sex, "both")]
        by_series: dict[str, list[float]] = {}
        for row in rows:
            if row.layer == "epidermis":
                continue
            echo = sum(r.mean_mm for r in rows if r.layer == "epidermis" and r.source == row.source)
            full = row.layer == "skin" or echo > 0
            by_series.setdefault(row.source, []).append(row.mean_mm + echo - (epidermis_mm if full else 0.0))
        means = [sum(values) / len(values) for values in by_series.values()]
        return exp(sum(map(log, means)) / len(means))


@cache
def reference_age_years() -> float:
    """Mean age of the published thickness series, the anchor of the age correction (years)."""
    return float(_sites_file()["reference_age_years"])


@cache
def _sites_file() -> Mapping[str, Any]:
    return read_document(files("neodermis.skin") / "data" / "sites.toml")


@cache
def load_sites() -> Mapping[str, Site]:
    """The site catalogue, by id.  Raises :class:`DataFileError` where an entry breaks its schema."""
    tables = _sites_file()["site"]
    sites: dict[str, Site] = {}
    for name, entry in tables.items():
        try:
            if "zones" in entry:  # the sites that it names stand above it
                sites[name] = _region(name, entry, [sites[zone] for zone in entry["zones"]])
                continue
            lender = entry.get("thickness_from") or entry.get("borrowed_from")
            rows = tables[entry["thickness_from"]]["thickness"] if "thickness_from" in entry else entry["thickness"]
            scar = entry.get("scar_limit")
            sites[name] = Site(
                id=name,
                label=entry["label"],
                aliases=tuple(entry["aliases"]),
                under=entry["under"],
                covered=entry.get("covered", False),
                loose=entry.get("loose", False),
                zones={},
                thickness=tuple(
                    PublishedThickness(
                        source=row["source"],
                        sex=row["sex"],
                        layer=row["layer"],
                        mean_mm=float(row["mean"]),
                        sd_mm=float(row["sd"]) if "sd" in row else None,
                        ages=row["ages"],
                    )
                    for row in rows
                ),
                borrowed=f"thickness of the {lender} used: {entry['why']}" if lender else None,
                limit_mm=float(entry["limit"]["value"]),
                limit_whose=entry["limit"]["whose"],
                scar_limit_mm=float(scar["value"]) if scar else None,
                scar_limit_whose=scar["whose"] if scar else None,
                excluded=entry["excluded"]["why"] if "excluded" in entry else None,
                treated_area_cm2=float(entry["treated_area"]["value"]),
                treated_area_why=entry["treated_area"]["why"],
                reported=tuple(
                    ReportedDepth(
                        low_mm=float(row["low"]),
                        high_mm=float(row["high"]),
                        source=row["source"],
                        tier=row["tier"],
                        context=row["context"],
                    )
                    for row in entry.get("reported", ())
                ),
                also_published=tuple(entry.get("also_published", ())),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataFileError("sites.toml", f"site.{name}", str(error), accepted="all fields of a site") from error
    return sites


def _region(name: str, entry: Mapping[str, Any], zones: list[Site]) -> Site:
    area = sum(zone.treated_area_cm2 for zone in zones)
    lowest = min(zones, key=lambda zone: zone.limit_mm)
    return Site(
        id=name,
        label=entry["label"],
        aliases=tuple(entry["aliases"]),
        under="muscle",  # each zone has its own, as of sun
        covered=False,
        loose=False,
        zones={zone.id: zone.treated_area_cm2 / area for zone in zones},
        thickness=(),
        borrowed=None,
        limit_mm=lowest.limit_mm,
        limit_whose=f"the smallest of its zones, {lowest.id}: {lowest.limit_whose}",
        scar_limit_mm=None,
        scar_limit_whose=None,
        excluded=None,
        treated_area_cm2=area,
        treated_area_why=f"sum of its zones: {entry['why']}",
        reported=(),
        also_published=(),
    )


@cache
def site_names() -> Names:
    """Every name of a site, and those that must be asked about."""
    known = {site.id: (site.label, *site.aliases) for site in load_sites().values()}
    return Names.of("site", "sites.toml", known, _sites_file()["ask"])


def site_spellings() -> Mapping[str, str]:
    """Every accepted spelling of a site (lower case, words joined by ``_``) and the id it stands for."""
    return site_names().spellings


def find_site(name: str) -> Site:
    """The site of this id or name.

    Raises
    ------
    AmbiguousNameError
        The name does not settle the site.
    UnknownNameError
        No site has this name; names the closest one.
    """
    return load_sites()[site_names().find(name)]


class Grid(NamedTuple):
    """Number of depth cells in each layer; faces always fall on layer borders."""

    stratum_corneum: int = 1
    viable_epidermis: int = 1
    papillary: int = 6
    reticular: int = 12
    fat: int = 4

    @property
    def cells(self) -> int:
        """All cells, surface to bottom."""
        return sum(self)

    @property
    def dermal_cells(self) -> int:
        """Cells of the dermis."""
        return self.papillary + self.reticular

    @property
    def dermis(self) -> slice:
        """The dermal cells among all."""
        start = self.stratum_corneum + self.viable_epidermis
        return slice(start, start + self.dermal_cells)

    def finer(self, factor: int) -> Grid:
        """The same layers with every cell split ``factor`` times."""
        return Grid(*(count * factor for count in self))


#: The grid used unless a test or a verification asks for another.
GRID: Final = Grid()
#: How much thicker the last reticular cell is than the first: finer near the surface.
RETICULAR_GRADING: Final = 2.5


class Layers(NamedTuple):
    """Resting thickness of the depth cells of one skin column, from the surface down (mm)."""

    corneum: Array  # stratum corneum
    living: Array  # living epidermis
    dermis: Array  # papillary, then reticular: where cells, signals and collagen are
    fat: Array
    papillary: Array  # 1 in the papillary dermis, 0 below it: (dermal cells,)

    @property
    def thickness(self) -> Array:
        """All cells, surface to bottom (mm)."""
        return jnp.concatenate([self.corneum, self.living, self.dermis, self.fat])

    def dermal(self, values: Array) -> Array:
        """The dermal part of a profile over all cells."""
        start = len(self.corneum) + len(self.living)
        return values[start : start + len(self.dermis)]


def layers(
    dermis_reference_mm: Array,
    age_years: Array,
    loss_rate_per_day: Array,
    left: Array,
    p: TissueParameters,
    grid: Grid = GRID,
) -> Layers:
    """Layer thicknesses of a person's site.

    dermis = published mean · factor · exp(−r (age − reference age)) · collagen left: at constant bundle density the
    collagen lost with age and exposures shows as thinning.  ``left``: thickness that a life and a concern have left,
    over that of the unexposed of that age.
    """
    days = (age_years - reference_age_years()) * 365.25
    dermis = dermis_reference_mm * p.dermis_thickness_factor * jnp.exp(-loss_rate_per_day * days) * left
    papillary = dermis * p.papillary_share_of_dermis
    grade = RETICULAR_GRADING ** jnp.linspace(0.0, 1.0, grid.reticular)
    return Layers(
        corneum=jnp.full(grid.stratum_corneum, p.stratum_corneum_thickness / 1e3 / grid.stratum_corneum),
        living=jnp.full(grid.viable_epidermis, p.viable_epidermis_thickness / 1e3 / grid.viable_epidermis),
        dermis=jnp.concatenate(
            [jnp.full(grid.papillary, papillary / grid.papillary), (dermis - papillary) * grade / grade.sum()]
        ),
        fat=jnp.full(grid.fat, p.fat_depth / grid.fat),
        papillary=jnp.repeat(jnp.array([1.0, 0.0]), jnp.array([grid.papillary, grid.reticular])),
    )


def faces(thickness: Array) -> Array:
    """Depths of the cell faces (mm), surface first: (cells + 1,)."""
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(thickness)])


def layer_cells(grid: Grid = GRID) -> dict[str, slice]:
    """Depth cells of each layer, by its name, from the surface downwards."""
    names = ("stratum_corneum", "viable_epidermis", "papillary_dermis", "reticular_dermis", "fat")
    found, stop = {}, 0
    for name, count in zip(names, grid, strict=True):
        found[name] = slice(stop, stop + count)
        stop += count
    return found


def papillary_bottom(shape: Layers, depth_faces_mm: Array) -> Array:
    """Depth of the border between papillary and reticular dermis, where the superficial plexus lies (mm)."""
    return jnp.max(shape.dermal(depth_faces_mm[1:]) * shape.papillary)


def signal_operators(thickness: Array, diffusivity: Array, decay: Array) -> Array:
    """Matrices that turn sources (ng/mL/d by cell) into steady signals (ng/mL by cell), one for each signal.

    Finite volumes of  0 = d/dz(D dS/dz) − k S + source  with no flux through the surface and S = 0 at
    the bottom of the fat.  Valid where k is over ten times the fastest rate that drives the source.

    Parameters
    ----------
    thickness
        Cell thicknesses, mm, (cells,).
    diffusivity, decay
        mm²/d and 1/d, (signals,).

    Returns
    -------
    Array
        (signals, cells, cells).
    """
    conductance = 2.0 / (thickness[1:] + thickness[:-1])
    between = diffusivity[:, None] * conductance  # of the inner faces, (signals, cells − 1)
    bottom = 2.0 * diffusivity / thickness[-1]
    none = jnp.zeros_like(bottom)[:, None]
    out = jnp.concatenate([between, bottom[:, None]], axis=1) + jnp.concatenate([none, between], axis=1)
    diagonal = decay[:, None] * thickness + out
    # Thomas' elimination for all unit sources at once, written out cell by cell: the matrix is diagonally dominant,
    # so no pivoting is needed, and LAPACK calls from several threads lock up the compiled code's own threads
    unit = jnp.diag(thickness)
    pivots, rows = [diagonal[:, :1]], [unit[:1]]
    for i in range(1, len(unit)):
        factor = between[:, i - 1 : i] / pivots[-1]
        pivots.append(diagonal[:, i : i + 1] - factor * between[:, i - 1 : i])
        rows.append(unit[i] + factor * rows[-1])
    solved = [rows[-1] / pivots[-1]]
    for i in range(len(unit) - 2, -1, -1):
        solved.append((rows[i] + between[:, i : i + 1] * solved[-1]) / pivots[i])
    return jnp.stack(solved[::-1], axis=1)


class Cells(NamedTuple):
    """Debris, platelet factors, cells, protease, capillaries and non-collagenous matrix, by depth."""

    damage: Annotated[
        Array,
        Declared(
            "1",
            "damage that the cells respond to, as a killed share of the tissue; it saturates where the areas of "
            "influence of channels overlap",
            "damage signal",
            "share of tissue",
        ),
    ]
    platelet: Annotated[Array, Declared("ng/mL", "platelet-released factors", "platelet factors")]
    neutrophil: Annotated[Array, Declared("cell/mm3", "neutrophils", "neutrophils", "cells/mm3")]
    macrophage_inflammatory: Annotated[
        Array, Declared("cell/mm3", "inflammatory macrophages", "inflammatory macrophages (M1)", "cells/mm3")
    ]
    macrophage_repair: Annotated[
        Array,
        Declared(
            "cell/mm3",
            "repair macrophages above their resting density",
            "repair macrophages (M2)",
            "cells/mm3 above rest",
        ),
    ]
    protease: Annotated[Array, Declared("ng/mL", "matrix metalloproteinase above rest", "protease", "ng/mL above rest")]
    fibroblast: Annotated[Array, Declared("cell/mm3", "resting fibroblasts", "resting fibroblasts", "cells/mm3")]
    activated: Annotated[Array, Declared("cell/mm3", "activated fibroblasts", "activated fibroblasts", "cells/mm3")]
    myofibroblast: Annotated[Array, Declared("cell/mm3", "myofibroblasts", "myofibroblasts", "cells/mm3")]
    capillary_density: Annotated[Array, Declared("1", "capillary density relative to rest", "capillaries", "x rest")]
    capillary_set_point: Annotated[
        Array,
        Declared(
            "1", "capillary density that the dermis returns to, relative to rest", "set point of capillaries", "x rest"
        ),
    ]
    tropoelastin: Annotated[Array, Declared("1", "tropoelastin relative to rest", "tropoelastin", "x rest")]
    elastin: Annotated[Array, Declared("1", "elastin relative to rest", "elastin", "x rest")]
    hyaluronan: Annotated[Array, Declared("1", "hyaluronan relative to rest", "hyaluronan", "x rest")]
    alignment: Annotated[
        Array,
        Declared(
            "1",
            "alignment of collagen bundles: 0 basket weave at rest, 1 parallel bundles of a scar",
            "bundle alignment",
            "0 to 1",
        ),
    ]
    scar: Annotated[
        Array, Declared("1", "what is left of a scar, as set point: 0 normal tissue, 1 a full scar", "scar", "0 to 1")
    ]
    new_scar: Annotated[
        Array, Declared("1", "set point of scar that persisting myofibroblasts have formed", "new scar", "0 to 1")
    ]
    fragmented: Annotated[
        Array,
        Declared(
            "1", "share of the collagen that ultraviolet light has left in fragments", "fragmented collagen", "0 to 1"
        ),
    ]


class Surface(NamedTuple):
    """The epidermis above one site: numbers without depth."""

    unepithelialised_fraction: Annotated[
        Array,
        Declared(
            "1",
            "share of the channels not yet covered by keratinocytes",
            "channels without epidermis",
            "share of channels",
        ),
    ]
    activated_keratinocytes: Annotated[
        Array,
        Declared(
            "1",
            "activated by a session: damage that they respond to, as a killed share of the epidermis",
            "activated keratinocytes",
            "share of epidermis",
        ),
    ]
    epidermis: Annotated[
        Array, Declared("1", "thickness of the viable epidermis relative to rest", "epidermal thickness", "x rest")
    ]
    melanocyte_stimulation: Annotated[
        Array,
        Declared(
            "1",
            "rise of melanocyte activity by inflammation, over normal activity, at median susceptibility",
            "melanocyte stimulation",
            "x normal activity",
        ),
    ]
    melanin: Annotated[
        Array, Declared("1", "epidermal melanin relative to normal skin, without post-inflammatory pigment", "melanin",
                        "x normal")
    ]  # fmt: skip
    post_inflammatory_pigment: Annotated[
        Array,
        Declared(
            "1",
            "melanin added by inflammation, over that of normal skin, at median susceptibility and before saturation",
            "post-inflammatory pigment",
            "x normal",
        ),
    ]


class Matrix(NamedTuple):
    """Collagen by depth, µg per mm³ of resting tissue (so mass per skin area once summed), and its books."""

    labile_1: Array
    labile_3: Array
    mature_1: Array
    mature_3: Array
    cumulative_synthesis_1: Array
    cumulative_synthesis_3: Array
    cumulative_degradation_1: Array
    cumulative_degradation_3: Array

    @property
    def collagen(self) -> Array:
        """All collagen, types I and III, labile and mature."""
        return self.labile_1 + self.labile_3 + self.mature_1 + self.mature_3


class SkinState(NamedTuple):
    """The one picture of the tissue, by depth."""

    cells: Cells
    matrix: Matrix
    surface: Surface


def by_layer(papillary: Array, reticular: Array, shape: Layers) -> Array:
    """A profile of the dermis from a number for each of its layers."""
    return reticular + (papillary - reticular) * shape.papillary


def resting_state(
    shape: Layers,
    pools: list[Array],
    scar: Array,
    scar_collagen: Array,
    fragmented: Array,
    melanocyte: Array,
    p: TissueParameters,
) -> SkinState:
    """The skin before treatment: no damage, resting cells, collagen at its resting concentration.

    ``pools``: labile I and III, mature I and III over the collagen of the unexposed, by depth.  A scar (0 to 1,
    by depth) is a set point: less collagen by ``scar_collagen`` of it, in parallel bundles.
    """
    zero, one = jnp.zeros_like(shape.dermis), jnp.ones_like(shape.dermis)
    total = p.collagen_concentration * (1.0 - scar_collagen * scar) * one
    cells = Cells(*([zero] * len(Cells._fields)))._replace(
        fibroblast=p.fibroblast_density * one,
        capillary_density=one,
        capillary_set_point=one,
        tropoelastin=one,
        elastin=one,
        hyaluronan=one,
        alignment=scar * one,
        scar=scar * one,
        fragmented=fragmented * one,
    )
    matrix = Matrix(*(total * share for share in [*pools, 0.0, 0.0, 0.0, 0.0]))
    none, unit = jnp.zeros_like(p.type_3_share), jnp.ones_like(p.type_3_share)
    surface = Surface(
        unepithelialised_fraction=none,
        activated_keratinocytes=none,
        epidermis=unit,
        melanocyte_stimulation=none,
        melanin=melanocyte,
        post_inflammatory_pigment=none,
    )
    return SkinState(cells, matrix, surface)


def dermal_thickness(shape: Layers, state: SkinState, rest_collagen: Array) -> Array:
    """Thickness of the dermal cells now (mm): each stretches with its collagen."""
    return shape.dermis * state.matrix.collagen / rest_collagen
