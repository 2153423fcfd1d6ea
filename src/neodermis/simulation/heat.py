"""``injure`` by heat: columns and shares of the tissue after one session, at each site, with intervals over draws.

Equations
    none of its own: members of what :mod:`neodermis.skin.heat` says, and intervals over them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from neodermis.arrays import mapped
from neodermis.evidence import in_unit, load_heat_parameters, load_parameters
from neodermis.lazy import numpy as np
from neodermis.results import ResultMethods
from neodermis.simulation.session import Ledger, Skin, concatenate, individuals, structured, versions
from neodermis.skin import cascade, heat, tissue
from neodermis.treatment.heat import HeatDevice, HeatPass, HeatPattern, HeatProtocol
from neodermis.uncertain import Distribution, Floats, Interval, stream
from neodermis.units import convert

#: What heat does to tissue: fields of :class:`~neodermis.skin.heat.HeatInjury` that are shares.
EFFECTS: Final = ("ablated", "coagulated", "stressed")


def physical(values: Mapping[str, Floats]) -> heat.HeatParameters:
    """Those that hold for every device, in the units of the mechanism."""
    found: heat.HeatParameters = structured(heat.HeatParameters, values, load_heat_parameters())
    return found


@cache
def zones() -> heat.Zones:
    """Table of the dead zone around a needle with current (made by ``validation/heat.py``)."""
    place = files("neodermis.skin") / "data" / "heat_zones.json"
    return heat.Zones(**{name: np.array(value) for name, value in json.loads(place.read_text("utf-8")).items()})


def column(
    device: HeatDevice, settings: Mapping[str, Floats], spans: Mapping[str, Floats], values: Mapping[str, Floats]
) -> heat.Column:
    """One column member by member: of settings of the sentence, of what is not published, and of parameters.

    A setting that is missing stands for none; a parameter that is missing for a number that is being fitted.
    """
    count = len(next(iter(values.values())))
    none, one = np.zeros(count), np.ones(count)

    def of(name: str, unit: str) -> Floats:
        return values[name] * in_unit(load_heat_parameters()[name], unit) if name in values else np.full(count, np.nan)

    common = {"passes": settings.get("passes", one), "pulses": settings.get("pulses", one)}
    pulse_s = spans["pulse_ms"] / 1e3
    if device.kind == "rf_needle":
        level, depth = settings["level"], settings["depth_mm"]
        top = device.level.high if device.level else 1.0
        bare = np.minimum(spans["exposed_mm"], depth)
        return heat.Column(
            per_mm2=spans["columns_per_cm2"] / 100.0 * (depth > 0),
            energy_mj=of("line_energy_rf", "mJ/mm") * level / top * bare,
            pulse_s=pulse_s,
            absorption_per_mm=none,
            spot_mm=none,
            energy_by_volume=none,
            slenderness_per_mm=none,
            rim_spread=none,
            tip_mm=depth,
            bare_mm=bare,
            **common,
        )
    spot = spans["spot_um"] / 1e3
    absorption = np.full(count, convert(device.absorption_per_cm or 0.0, "1/cm", "1/mm"))
    energy = of(f"column_energy_{device.sized_by}", "mJ/mm3")
    if device.kind == "coagulating_laser":
        less = of("column_absorption_nafl", "1/mm") / absorption
        energy = energy * less ** of("absorption_exponent", "1")
    return heat.Column(
        per_mm2=settings["density_pct"] / 100.0 / (np.pi / 4.0 * spot**2), energy_mj=settings["energy_mj"],
        pulse_s=pulse_s, absorption_per_mm=absorption, spot_mm=spot, energy_by_volume=energy,
        slenderness_per_mm=of("column_slenderness", "1/mm") if device.kind == "coagulating_laser" else none,
        rim_spread=of(f"rim_spread_{device.rim}", "1") if device.rim else none, tip_mm=none, bare_mm=none, **common,
    )  # fmt: skip


def central_column(device: HeatDevice, values: Mapping[str, Floats] | None = None, **settings: float) -> heat.Column:
    """One member with central numbers."""
    known = load_heat_parameters().central() if values is None else values
    spans = {name: np.array([span.middle]) for name, span in device.spans.items()}
    return column(device, {name: np.array([value]) for name, value in settings.items()}, spans, known)


def column_draws(source: HeatPattern, draws: int, seed: int) -> tuple[heat.Column, heat.HeatParameters]:
    """Central member first, then the draws, of the column and of what heat does."""
    device, pass_ = source
    drawn = load_heat_parameters().draw(draws, seed, "uncertainty")
    values = {p.name: np.concatenate([[p.value], drawn[p.name]]) for p in load_heat_parameters()}
    spans = {}
    for name, span in device.spans.items():
        around = Distribution.between(span.low, span.high, centre=span.middle)
        spans[name] = np.concatenate([[span.middle], around.draw(draws, stream(f"input:{name}", seed))])
    counts = {"pulses": pass_.pulses, "passes": pass_.passes}
    settings = {name: np.full(1 + draws, float(value)) for name, value in (*pass_.given.items(), *counts.items())}
    return column(device, settings, spans, values), physical(values)


def sizes_of(device: HeatDevice, x: heat.Column, p: heat.HeatParameters) -> heat.Sizes:
    """Depths and widths of a column of a device."""
    if device.kind == "rf_needle":
        return heat.current_sizes(x, zones(), p)
    return heat.light_sizes(x, p, ablative=device.kind == "ablative_laser")


def depth_faces_mm(skin: Skin) -> Floats:
    """Faces of the depth cells of a person at a site, at central parameters, surface first (mm)."""
    shipped = load_parameters()
    p, person = individuals(skin.site, concatenate((skin.subject, 1)), shipped.central(), shipped)
    p, person = (mapped(lambda leaf: np.asarray(leaf)[0] if np.ndim(leaf) else leaf, of) for of in (p, person))
    faces: Floats = np.asarray(tissue.faces(cascade.shape_of(person, p, tissue.GRID).thickness), dtype=float)
    return faces


@dataclass(frozen=True, kw_only=True)
class HeatSession:
    """What one session by heat does at one site: intervals over the draws, profiles by depth of the central member."""

    site: str
    area_cm2: float
    columns_per_cm2: Interval
    """Of one pass."""
    ablated_depth_mm: Interval
    ablated_width_um: Interval
    """At the surface."""
    coagulated_top_mm: Interval
    """Where the dead zone begins; 0 at the surface."""
    coagulated_depth_mm: Interval
    """Where it ends, the ablated part included."""
    coagulated_width_um: Interval
    stressed_width_um: Interval
    open_share: Interval
    """Share of the surface that is removed, all passes."""
    layers: Mapping[str, Mapping[str, Interval]]
    """Layer → ablated, coagulated and stressed share of it."""
    depth_mm: Floats
    depth_faces_mm: Floats
    ablated_fraction: Floats
    coagulated_fraction: Floats
    stressed_fraction: Floats


@dataclass(frozen=True, kw_only=True)
class HeatSite:
    """One session by heat at one site, and what it was made from (for drawing)."""

    site: str
    label: str
    """The site, with its phase where the protocol has several."""
    source: HeatPattern
    session: HeatSession
    column: heat.Column = field(repr=False)
    sizes: heat.Sizes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class HeatPhaseInjury:
    """What each session of a phase does."""

    days: tuple[float, ...]
    sites: Mapping[str, HeatSite]


@dataclass(frozen=True, kw_only=True, repr=False)
class HeatInjuries(ResultMethods):
    """What the sessions of a protocol by heat do to the skin as it is before the first one."""

    protocol: HeatProtocol
    patient: Mapping[str, Any]
    phases: tuple[HeatPhaseInjury, ...]
    ledger: Ledger
    exceeds: bool = False

    @property
    def sites(self) -> Mapping[str, HeatSite]:
        """Every site of every phase, by label."""
        return {one.label: one for phase in self.phases for one in phase.sites.values()}


def _at_site(source: HeatPattern, skin: Skin, label: str, draws: int, seed: int) -> HeatSite:
    x, p = column_draws(source, draws, seed)
    sizes = sizes_of(source.device, x, p)
    group = slice(1, None) if draws else slice(0, 1)
    shares: dict[str, Floats] = {}
    faces = np.zeros(tissue.GRID.cells + 1)
    for share, part in skin.parts:
        found = depth_faces_mm(part)
        faces = faces + share * found  # of a region, the mean
        done = heat.heat_injury(
            x, sizes, np.broadcast_to(found, (len(x.energy_mj), len(found))), by_light=source.device.kind != "rf_needle"
        )
        for name in EFFECTS:
            shares[name] = shares.get(name, 0.0) + share * getattr(done, name)
    thick = np.diff(faces)
    layers = {
        layer: {
            name: Interval.of(((shares[name][:, cells] * thick[cells]).sum(1) / thick[cells].sum())[group])
            for name in EFFECTS
        }
        for layer, cells in tissue.layer_cells().items()
    }
    surface = 1.0 - (1.0 - heat.covered(sizes.ablated_width_mm / 2.0, x.per_mm2)) ** x.passes
    session = HeatSession(
        site=source.pass_.site,
        area_cm2=skin.site.treated_area_cm2,
        columns_per_cm2=Interval.of(100.0 * x.per_mm2[group]),
        ablated_depth_mm=Interval.of(sizes.ablated_depth_mm[group]),
        ablated_width_um=Interval.of(1e3 * sizes.ablated_width_mm[group]),
        coagulated_top_mm=Interval.of(sizes.coagulated_top_mm[group]),
        coagulated_depth_mm=Interval.of(sizes.coagulated_depth_mm[group]),
        coagulated_width_um=Interval.of(1e3 * sizes.coagulated_width_mm[group]),
        stressed_width_um=Interval.of(1e3 * sizes.stressed_width_mm[group]),
        open_share=Interval.of(surface[group]),
        layers=layers,
        depth_mm=(faces[1:] + faces[:-1]) / 2.0,
        depth_faces_mm=faces,
        **{f"{name}_fraction": shares[name][0] for name in EFFECTS},
    )
    return HeatSite(site=source.pass_.site, label=label, source=source, session=session, column=x, sizes=sizes)


def injure_by_heat(
    protocol: HeatProtocol,
    skins: Mapping[str, Skin],
    *,
    patient: Mapping[str, Any],
    draws: int = 100,
    seed: int = 0,
    warnings: tuple[str, ...] = (),
    exceeds: bool = False,
) -> HeatInjuries:
    """What a session of a protocol by heat does to the skin at each site.

    Parameters
    ----------
    protocol
        What is done; every session of a phase does the same to the same skin.
    skins
        The skin at each site of the protocol, by site id.
    patient
        The person as told, for the record.
    draws
        Draws of parameters and of what is not published; 1 is the central member.
    """
    unknown = draws if draws > 1 else 0
    phases = []
    for index, phase in enumerate(protocol.phases):

        def at(pass_: HeatPass, index: int = index, device: HeatDevice = phase.device) -> HeatSite:
            label = pass_.site if len(protocol.phases) == 1 else f"{pass_.site}, phase {index + 1}"
            return _at_site(HeatPattern(device, pass_), skins[pass_.site], label, unknown, seed)

        sites = {pass_.site: at(pass_) for pass_ in phase.treatments}
        days = tuple(visit.day for visit in protocol.visits if visit.phase == index)
        phases.append(HeatPhaseInjury(days=days, sites=sites))
    used: dict[str, list[str]] = {}
    for parameter in load_heat_parameters():
        for key in parameter.sources:
            used.setdefault(key, []).append(parameter.name)
    for phase in protocol.phases:
        for key in phase.device.sources:
            used.setdefault(key, []).append(f"settings of {phase.device.name}")
    return HeatInjuries(
        protocol=protocol,
        patient=patient,
        phases=tuple(phases),
        exceeds=exceeds,
        ledger=Ledger(
            request=None,
            versions=versions(),
            seed=seed,
            draws=draws,
            people=0,
            parameters=load_heat_parameters(),
            sources={key: tuple(dict.fromkeys(why)) for key, why in used.items()},
            warnings=(*warnings, *protocol.warnings()),
        ),
    )
