"""``injure``: results of one session of a protocol at each site, and of the whole visit.

Equations
    none of its own: intervals over the draws of what :mod:`neodermis.simulation.session` computes member by member.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from neodermis.evidence import ParameterSet
from neodermis.lazy import numpy as np
from neodermis.results import ResultMethods
from neodermis.simulation.session import (
    LAYERS,
    Ensemble,
    Ledger,
    SessionEffect,
    Skin,
    check_mechanisms,
    closures,
    draw_ensemble,
    ledger,
    weighted,
)
from neodermis.skin.barrier import ClosureHalfTimes
from neodermis.treatment import NeedlePattern, Protocol
from neodermis.treatment.anaesthetic import PRACTICE, Anaesthetic
from neodermis.uncertain import Floats, Interval

if TYPE_CHECKING:
    from neodermis.api.case import Case


#: Visible reaction: fields of :class:`SessionInjury`, and outcomes of those names.
REACTION: Final = ("erythema_hours", "oedema_hours", "flaking_days", "downtime_days", "bruising_probability")


@dataclass(frozen=True, kw_only=True)
class SessionInjury:
    """What one session does at one site: intervals over the draws, profiles by depth of the central member."""

    day: float
    site: str
    area_cm2: float
    channels_per_cm2: Interval
    spacing_mm: Interval | None
    """Side of the square that each entry has to itself, over the draws in which needles enter; None without any."""
    channel_diameter_um: Interval
    """Width of the channel at the surface, after recoil."""
    open_share: Interval
    reached_depth_mm: Interval
    """Median over the entries."""
    entry_depth_mm: tuple[float, ...]
    """Depths that 5, 25, 50, 75 and 95 % of the entries stay above: all draws and entries together."""
    reach: Mapping[str, Interval]
    """Share of the entries that reach into each of :data:`LAYERS`."""
    needles_in_contact: Interval
    depth_mm: Floats
    depth_faces_mm: Floats
    injured_fraction: Floats
    void_fraction: Floats
    stretched_fraction: Floats
    hit_density: Floats
    papillary_injury: Interval
    papillary_hit_density: Interval
    bleeding_points_per_cm2: Interval
    anaesthetic: Literal["topical", "none"]
    anaesthetic_product: str
    """Id of the product in the catalogue of anaesthetics; empty where none is used."""
    anaesthetic_minutes: Interval
    """Of contact before needling."""
    pain_vas: Interval
    pain_vas_without: Interval
    minutes: Interval
    erythema_hours: Interval
    oedema_hours: Interval
    flaking_days: Interval
    downtime_days: Interval
    """Until redness and flaking are over."""
    bruising_probability: Interval
    closure_hours: Mapping[str, Interval]
    """Until an instrument calls the channels closed, in air: electrical, geometric and barrier."""
    drawn: Mapping[str, Floats] = field(repr=False)
    """What a visit costs the patient, draw by draw; minutes of needling and of numbing apart."""
    people: Mapping[str, Floats] = field(repr=False)
    """The same person by person, at central parameters; empty arrays where no people are kept."""
    pih_probability: Interval | None = None
    """Share of people like this in whom PIH is seen after the session, until the next; None of a session by itself."""

    @classmethod
    def of(
        cls,
        done: SessionEffect,
        group: Any,
        *,
        day: float,
        site: str,
        made: Ensemble,
        closure: ClosureHalfTimes,
        people: Any = (),
    ) -> SessionInjury:
        """Results over the members ``group``, and those of ``people``; profiles of member 0, the central one."""
        per_mm2 = done.channels.per_mm2[group]
        depths = done.entry_depths_mm[group]
        faces = done.depth_faces_mm[0]
        entered = per_mm2[per_mm2 > 0]
        costs = {
            "needling_minutes": done.needling_minutes,
            "numbing_minutes": done.numbing_minutes,
            "pain_vas": done.pain_vas,
            "erythema_hours": done.reaction.erythema_hours,
            "oedema_hours": done.reaction.oedema_hours,
            "flaking_days": done.reaction.flaking_hours / 24.0,
            "downtime_days": done.reaction.downtime_hours / 24.0,
            "bruising_probability": done.reaction.bruising_probability,
            **{f"closure_hours_{name}": hours for name, hours in closure._asdict().items()},
        }
        drawn = {name: values[group] for name, values in costs.items()}
        return cls(
            day=day,
            site=site,
            area_cm2=made.area_cm2,
            channels_per_cm2=Interval.of(per_mm2 * 100.0),
            spacing_mm=Interval.of(entered**-0.5) if len(entered) else None,
            channel_diameter_um=Interval.of(done.channel_width_mm[group] * 1e3),
            open_share=Interval.of(done.open_share[group]),
            reached_depth_mm=Interval.of(done.median_depth_mm[group]),
            entry_depth_mm=tuple(float(v) for v in np.quantile(depths, (0.05, 0.25, 0.5, 0.75, 0.95))),
            reach={name: Interval.of(done.beyond[group, k]) for k, name in enumerate(LAYERS)},
            needles_in_contact=Interval.of(done.entries.in_contact[group]),
            depth_mm=(faces[1:] + faces[:-1]) / 2.0,
            depth_faces_mm=faces,
            injured_fraction=done.injury.injured[0],
            void_fraction=done.injury.void[0],
            stretched_fraction=done.injury.stretched[0],
            hit_density=done.injury.hit_density[0],
            papillary_injury=Interval.of(done.papillary_injury[group]),
            papillary_hit_density=Interval.of(done.papillary_hit_density[group]),
            bleeding_points_per_cm2=Interval.of(done.bleeding_per_mm2[group] * 100.0),
            anaesthetic="topical" if done.numbing_minutes[0] > 0 else "none",
            anaesthetic_product=made.anaesthetic.product.id if done.numbing_minutes[0] > 0 else "",
            anaesthetic_minutes=Interval.of(drawn["numbing_minutes"]),
            pain_vas=Interval.of(drawn["pain_vas"]),
            pain_vas_without=Interval.of(done.pain_vas_without[group]),
            minutes=Interval.of((done.needling_minutes + done.numbing_minutes)[group]),
            **{name: Interval.of(drawn[name]) for name in REACTION},
            closure_hours={name: Interval.of(hours[group]) for name, hours in closure._asdict().items()},
            drawn=drawn,
            people={name: values[np.asarray(people, dtype=int)] for name, values in costs.items()},
        )


@dataclass(frozen=True, kw_only=True)
class SiteInjury:
    """One session at one site: what it does, and what it was made from (for drawing)."""

    site: str
    label: str
    """The site, with its phase where the protocol has several."""
    skin: Skin
    source: NeedlePattern
    session: SessionInjury
    batch: Ensemble
    session_effects: tuple[SessionEffect, ...]
    """One entry for each part of the site; members as in ``batch``."""


@dataclass(frozen=True, kw_only=True)
class PhaseInjury:
    """What each session of a phase does to the skin as it is before the first one."""

    days: tuple[float, ...]
    """Of its sessions."""
    sites: Mapping[str, SiteInjury]
    minutes: Interval
    """The whole session in the chair: needling of all sites after one time of numbing."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Injuries(ResultMethods):
    """What the sessions of a protocol do to the skin as it is before the first one."""

    protocol: Protocol
    phases: tuple[PhaseInjury, ...]
    ledger: Ledger

    @property
    def sites(self) -> Mapping[str, SiteInjury]:
        """Every site of every phase, by label: that of the site alone where there is one phase."""
        return {one.label: one for phase in self.phases for one in phase.sites.values()}

    @property
    def minutes(self) -> Interval:
        """In the chair for a session of the first phase."""
        return self.phases[0].minutes


def injure(
    protocol: Protocol,
    skins: Mapping[str, Skin],
    parameters: ParameterSet,
    *,
    draws: int = 100,
    seed: int = 0,
    anaesthetic: Anaesthetic = PRACTICE,
    case: Case | None = None,
    warnings: tuple[str, ...] = (),
) -> Injuries:
    """What a session of a protocol does to the skin at each site.

    Parameters
    ----------
    protocol
        What is done; every session of a phase does the same to the same skin.
    skins
        The skin at each site of the protocol, by site id.
    parameters
        The parameter set; its mechanisms must be those of the skin, name by name and unit by unit.
    draws
        Draws of the uncertain inputs (parameters, unpublished geometry, tolerance of depth); 1 is the central member.
    anaesthetic
        A product for some minutes, or as practice does beyond the depth from which one is given.
    case, warnings
        Kept in the ledger.

    Raises
    ------
    InputError
        A parameter set that does not fit the mechanisms.
    """
    check_mechanisms(parameters)
    unknown = draws if draws > 1 else 0
    group = np.arange(1, 1 + unknown) if unknown else np.array([0])

    def at_site(source: NeedlePattern, phase: int) -> SiteInjury:
        site = source.pass_.site
        label = site if len(protocol.phases) == 1 else f"{site}, phase {phase + 1}"
        made = draw_ensemble([source], skins[site], parameters, draws=unknown, seed=seed, anaesthetic=anaesthetic)
        parts = tuple(done for (done,) in made.session_effects())
        whole = weighted(made.shares, parts)
        session = SessionInjury.of(whole, group, day=0.0, site=site, made=made, closure=closures(made, whole))
        return SiteInjury(
            site=site, label=label, skin=skins[site], source=source, session=session, batch=made, session_effects=parts
        )

    phases = []
    for index, phase in enumerate(protocol.phases):
        sites = {pass_.site: at_site(NeedlePattern(phase.device, pass_), index) for pass_ in phase.treatments}
        each = [weighted(one.batch.shares, one.session_effects) for one in sites.values()]
        needling_minutes = sum(one.needling_minutes for one in each)
        numbing_minutes = np.max([one.numbing_minutes for one in each], axis=0)
        days = tuple(session.day for session in protocol.sessions if session.phase == index)
        minutes = Interval.of((needling_minutes + numbing_minutes)[group])
        phases.append(PhaseInjury(days=days, sites=sites, minutes=minutes))
    return Injuries(
        protocol=protocol,
        phases=tuple(phases),
        ledger=ledger(
            protocol,
            skins,
            parameters,
            draws=draws,
            people=0,
            seed=seed,
            case=case,
            warnings=warnings,
            anaesthetic=anaesthetic,
        ),
    )
