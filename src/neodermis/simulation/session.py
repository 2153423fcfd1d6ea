"""What one session does to a skin, and what a course needs of it, member by member.

From the numbers of the device, the operator and the tissue to channels, injury by depth, bleeding, pain, visible
reaction and minutes, for draws of the uncertain inputs.  Nothing here steps in time; with ``course.py`` it is the only
file that compiles.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypeAlias

from neodermis.arrays import functions as jnp
from neodermis.arrays import mapped
from neodermis.errors import InputError, RunError
from neodermis.evidence import ParameterSet, in_unit
from neodermis.lazy import numpy as np
from neodermis.simulation._machine import Engine, engine, fallen_back
from neodermis.simulation._routine import JaxRoutine, Routine, routine, rows, tree
from neodermis.skin import barrier, cascade, concerns, exposures, injury, needling, outcomes, pain, reaction, tissue
from neodermis.skin.barrier import ClosureHalfTimes, ClosureModifiers
from neodermis.skin.cascade import Person, SkinParameters
from neodermis.skin.concerns import Concerns
from neodermis.skin.exposures import Life
from neodermis.skin.injury import Channels, Injury
from neodermis.skin.measures import MeasureParameters
from neodermis.skin.needling import Entries, Setting, Tissue
from neodermis.skin.reaction import Hits, Reaction
from neodermis.skin.tissue import Grid, Site
from neodermis.treatment import HeatProtocol, NeedlePattern, Phase, Protocol, Span
from neodermis.treatment.anaesthetic import PRACTICE, Anaesthetic
from neodermis.treatment.device import Kind
from neodermis.uncertain import Distribution, stream
from neodermis.uncertain import Floats as Floats
from neodermis.uncertain import Interval as Interval
from neodermis.units import Declared, declared

if TYPE_CHECKING:
    from neodermis.api.case import Case

Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"

#: Layers that an entry can reach into, from the surface down.
LAYERS: Final = ("viable_epidermis", "papillary_dermis", "reticular_dermis", "fat")


# ------------------------------------------------------------------------------------------- what results rest on


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What a result rests on: the case, versions, seed, parameters with status and sources."""

    request: Case | None
    """What was asked for; None of a run of the engine by itself."""
    versions: Mapping[str, str]
    seed: int
    draws: int
    people: int
    parameters: ParameterSet
    sources: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...]

    @property
    def case(self) -> Case:
        """What was asked for; it gives the same numbers again."""
        if self.request is None:
            raise RunError("the case of a result", accepted="a result of simulate, injure, deliver or explain")
        return self.request

    @property
    def assumed_share(self) -> float:
        """Share of the parameters of this run that are assumed or set by the user."""
        return self.parameters.assumed_share()


class Subject(NamedTuple):
    """A person in the model's words, or many: every leaf a number, or an array of people."""

    age_years: Any
    """At the first session."""
    male: Any
    """1 or 0: whose published thickness is used."""
    phototype: Any
    """Fitzpatrick, 1 to 6."""
    life: Life = exposures.UNEXPOSED
    concerns: Concerns = concerns.NONE


#: People from one number up to another, of a population: (first, how many) → them.
SubjectSampler = Callable[[int, int], Subject]


def concatenate(*groups: tuple[Subject, int]) -> Subject:
    """Groups of people one after the other; each leaf is spread over its group's number of people."""

    def join(*leaves: Any) -> Any:
        spread = [
            np.broadcast_to(np.asarray(leaf, dtype=float), count)
            for leaf, (_, count) in zip(leaves, groups, strict=True)
        ]
        return np.concatenate(spread)

    whole: Subject = mapped(join, *(group for group, _ in groups))
    return whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Skin:
    """One person's skin at one site, in the model's words (no name, no date).

    Attributes
    ----------
    site
        Site of the catalogue.
    someone
        Whose it is.
    zones
        For a region of several sites: share of its area and skin of each.
    """

    site: Site
    subject: Subject
    zones: tuple[tuple[float, Skin], ...] = ()

    @property
    def parts(self) -> tuple[tuple[float, Skin], ...]:
        """Share of the area and skin of each part: the zones, or the site alone."""
        return self.zones or ((1.0, self),)


def ledger(
    protocol: Protocol | None,
    skins: Mapping[str, Skin],
    parameters: ParameterSet,
    *,
    draws: int,
    people: int,
    seed: int,
    case: Case | None,
    warnings: tuple[str, ...],
    anaesthetic: Anaesthetic | None = None,
) -> Ledger:
    """Collect what a result rests on: sources of parameters, devices, sites and the anaesthetic, and every warning."""
    sources: dict[str, list[str]] = {}
    for parameter in parameters:
        for key in parameter.sources:
            sources.setdefault(key, []).append(parameter.name)
    for note in protocol.notes if protocol else ():
        for key in note.sources:
            sources.setdefault(key, []).append("usual number of passes")
    for device in protocol.devices if protocol else ():
        for key in device.sources:
            sources.setdefault(key, []).append(f"geometry of {device.name}")
    depths = [pass_.depth_mm for phase in protocol.phases for pass_ in phase.treatments] if protocol else []
    if anaesthetic is not None and anaesthetic.used(max(depths, default=0.0) > parameters["numbing_depth"].value):
        for key in anaesthetic.product.sources:
            sources.setdefault(key, []).append(f"effect of {anaesthetic.product.label}")
    borrowed = []
    for skin in skins.values():
        for _, part in skin.parts:
            for key in dict.fromkeys(row.source for row in part.site.thickness):
                sources.setdefault(key, []).append(f"skin thickness, {part.site.id}")
            if part.site.borrowed:
                borrowed.append(f"{part.site.id}: {part.site.borrowed}")
    return Ledger(
        request=case,
        versions=versions(),
        seed=seed,
        draws=draws,
        people=people,
        parameters=parameters,
        sources={key: tuple(dict.fromkeys(reasons)) for key, reasons in sources.items()},
        warnings=(*warnings, *borrowed, *fallen_back(), *(protocol.warnings() if protocol else ())),
    )


@cache
def versions() -> Mapping[str, str]:
    """Versions that a result was made with."""
    return {
        "neodermis": version("neodermis"),
        "python": platform.python_version(),
        "jax": version("jax"),
        "numpy": np.__version__,
    }


def limits_exceeded(protocol: Protocol | HeatProtocol) -> list[str]:
    """Sentences on every depth of needles beyond what practice allows at its site; empty where all are inside."""
    found = []
    for name, depth in dict.fromkeys((one.site, one.depth_mm) for phase in protocol.phases for one in phase.treatments):
        site = tissue.find_site(name)
        places = [tissue.find_site(zone) for zone in site.zones] or [site]
        beyond = [place for place in places if depth is not None and depth > place.limit_mm]
        found += [f"{depth:g} mm at the {p.id} is beyond {p.limit_mm:g} mm ({p.limit_whose})" for p in beyond]
    return found


def by_zones(protocol: Protocol) -> Protocol | None:
    """The protocol with each region taken apart, every zone at most at its limit; None where it names no region."""

    def apart(phase: Phase) -> Phase:
        treatments = []
        for pass_ in phase.treatments:
            for zone in tissue.find_site(pass_.site).zones or [pass_.site]:
                depth = phase.device.settable(min(pass_.depth_mm, tissue.find_site(zone).limit_mm))
                treatments.append(replace(pass_, site=zone, depth_mm=depth))
        return replace(phase, treatments=tuple(treatments))

    if not any(tissue.find_site(site).zones for site in protocol.sites):
        return None
    try:
        return replace(protocol, phases=tuple(map(apart, protocol.phases)))
    except InputError:  # a zone is named beside its region, or the device cannot be set to a zone's limit
        return None


# --------------------------------------------------------------------------------------------- parameters, draws


def check_mechanisms(parameters: ParameterSet) -> None:
    """Hold a parameter set against what the mechanisms declare.

    Raises :class:`InputError` that names both places where an entry is missing, extra, filed under another
    mechanism, or of another dimension.
    """
    wanted, given = cascade.declarations(), {p.name: p for p in parameters}
    for name, (mechanism, declaration) in wanted.items():
        place = f"skin/{mechanism}.py declares {name} in {declaration.unit}"
        if name not in given:
            raise InputError(
                f"parameter set {parameters.name}", value=f"no {name}", accepted=f"an entry {name}", whose=place,
                next_step=f"add it to {mechanism}.toml",
            )  # fmt: skip
        if given[name].mechanism != mechanism:
            raise InputError(
                f"parameter {name}", value=f"mechanism {given[name].mechanism}", accepted=mechanism, whose=place,
                next_step=f"move it to {mechanism}.toml",
            )  # fmt: skip
        in_unit(given[name], declaration.unit)
    for name, parameter in given.items():
        if name not in wanted:
            raise InputError(
                f"parameter {name}",
                value=f"{parameter.mechanism}.toml",
                accepted="a parameter that a mechanism declares",
                whose=f"the declarations in skin/{parameter.mechanism}.py",
                next_step="remove it or declare it there",
            )


def structured(structure: type, values: Mapping[str, Floats], parameters: ParameterSet) -> Any:
    """The parameter tuple of one mechanism from values by name, converted to the declared units."""
    return structure(
        **{
            name: values[name] * in_unit(parameters[name], declaration.unit)
            for name, declaration in declared(structure).items()
        }
    )


def skin_parameters(values: Mapping[str, Floats], parameters: ParameterSet) -> SkinParameters:
    """The mechanisms' parameter tuples from values by name, converted to the declared units."""
    return SkinParameters(
        **{mechanism: structured(structure, values, parameters) for mechanism, structure in cascade.MECHANISMS.items()}
    )


def open_numbers(
    source: NeedlePattern, ranges: Mapping[str, tuple[float, float]] | None = None
) -> dict[str, Distribution]:
    """Distribution of each number of a device and a pass, by name: of what is not published, over its stated range.

    ``ranges`` are those of ``passes`` and ``depth_mm`` that an arm of a study did not print.
    """
    given, (device, pass_) = ranges or {}, source
    tolerance = device.depth_tolerance_mm.middle if device.depth_tolerance_mm and pass_.depth_mm > 0 else 0.0
    least, most = given.get("passes", (pass_.passes, pass_.passes))
    shallowest, deepest = given.get("depth_mm", (pass_.depth_mm, pass_.depth_mm))
    found = {
        "passes": Distribution.between(least, most, centre=pass_.passes, whole=True),
        "set_depth_mm": Distribution.between(
            max(shallowest - tolerance, 0.0), deepest + tolerance, centre=pass_.depth_mm
        ),
    }
    for name in Setting._fields:
        span: Span | None = getattr(device, name, None)
        if span is not None:
            found[name] = Distribution.between(span.low, span.high, centre=span.middle, whole=name == "needles")
    return found


def setting_draws(
    source: NeedlePattern, ranges: Mapping[str, tuple[float, float]], n: int, seed: int
) -> dict[str, Floats]:
    """Central value (first) and ``n`` draws of :func:`open_numbers`: arrays of 1 + n, by name."""
    drawn = {
        name: np.concatenate([[one.centre], one.draw(n, stream(f"input:{name}", seed))])
        for name, one in open_numbers(source, ranges).items()
    }
    # a roller of several lengths is chosen by the depth in the sentence; a short needle tapers over its whole length
    device = source.device
    length = drawn["set_depth_mm"] if device.kind == "roller" else np.array(device.needle_length_mm)
    drawn["needle_taper_mm"] = np.minimum(drawn["needle_taper_mm"], np.where(length > 0, length, np.inf))
    # and a tip drawn from the range of its class is no wider than the needle
    drawn["needle_tip_radius_um"] = np.minimum(drawn["needle_tip_radius_um"], 500.0 * drawn["needle_diameter_mm"])
    return drawn


def setting(inputs: Mapping[str, Floats]) -> Setting:
    """The numbers of device and pass as the mechanisms take them; those of other kinds of device are zero."""
    zero = np.zeros_like(inputs["set_depth_mm"])
    return Setting(*(np.asarray(inputs.get(name, zero), dtype=float) for name in Setting._fields))


# ------------------------------------------------------------------------------------------------- one session


class SessionInput(NamedTuple):
    """What goes into a session at one site; every leaf has the members as its first axis."""

    parameters: SkinParameters
    setting: Setting
    over_bone: Any
    over_fat: Any
    stretched: Any
    person: Person
    area_cm2: Any
    loose: Any  # 1 where the skin is loose, around the eyes, else 0
    anaesthetic_strength: Any  # relative to lidocaine with prilocaine; 0 without any
    anaesthetic_half_time_min: Any
    anaesthetic_min: Any  # minutes of contact; 0 without any


class SessionEffect(NamedTuple):
    """What comes out of a session at one site, per member."""

    channels: Channels
    entries: Entries
    injury: Injury
    depth_faces_mm: Annotated[Any, Declared("mm", "faces of the depth cells: (cells + 1)")]
    entry_depths_mm: Annotated[Any, Declared("mm", "depths of the entries, of equal weight")]
    beyond: Annotated[Any, Declared("1", "share of the entries that reach into each of LAYERS")]
    median_depth_mm: Annotated[Any, Declared("mm", "depth reached by half of the entries")]
    channel_width_mm: Annotated[Any, Declared("mm", "at the surface, after recoil")]
    open_share: Annotated[Any, Declared("1", "open share of the surface immediately after the session")]
    papillary_injury: Annotated[Any, Declared("1", "killed share of the papillary dermis")]
    papillary_hit_density: Annotated[Any, Declared("1", "mean number of hits per location in the papillary dermis")]
    bleeding_per_mm2: Annotated[Any, Declared("1/mm2", "points that bleed to the surface")]
    pain_block: Annotated[Any, Declared("1", "block by a topical anaesthetic: 0 without, 1 the complete reference")]
    pain_vas: Annotated[Any, Declared("1", "pain, of 10")]
    pain_vas_without: Annotated[Any, Declared("1", "pain without anaesthetic, of 10")]
    needling_minutes: Annotated[Any, Declared("min", "time of needling")]
    numbing_minutes: Annotated[Any, Declared("min", "time of numbing")]
    reaction: Reaction


def _needle_one(member: SessionInput, kind: str, grid: Grid) -> SessionEffect:
    p, x = member.parameters, member.setting
    shape = cascade.shape_of(member.person, p, grid)
    epidermis_mm = (p.tissue.stratum_corneum_thickness + p.tissue.viable_epidermis_thickness) / 1e3
    met = Tissue(epidermis_mm, jnp.ones_like(epidermis_mm), member.over_bone, member.over_fat, member.stretched)
    treated = (x.set_depth_mm > 0) * (x.passes > 0)
    entries = needling.ENTRIES[kind](x, p.needling)
    entries = entries._replace(in_contact=entries.in_contact * treated)
    reached = needling.reached_depth_mm(x, entries, met, p.needling) * treated
    channels = Channels(
        per_mm2=entries.per_mm2 * (reached > 0),  # a dent is no entry
        reached_depth_mm=reached,
        depth_loss=p.needling.depth_loss,
        unevenness=p.needling.coverage_unevenness,
        needle_diameter_mm=x.needle_diameter_mm,
        needle_tip_mm=2.0 * x.needle_tip_radius_um / 1e3,
        needle_taper_mm=x.needle_taper_mm,
        sideways_mm=needling.sideways_mm(kind, x, reached, p.needling),
    )
    done, faces = cascade.injure(channels, shape, shape.dermis, p)
    starts = (grid.stratum_corneum, grid.dermis.start, grid.dermis.start + grid.papillary, grid.dermis.stop)
    papillary = outcomes.papillary_mean(shape.dermal(done.injured), shape)
    blocked = pain.block(member.anaesthetic_strength, member.anaesthetic_half_time_min, member.anaesthetic_min)
    blocked = blocked * treated
    beyond = jnp.stack([injury.share_beyond(faces[start], channels) for start in starts])
    bleeding_per_mm2 = injury.bleeding_points_per_mm2(channels, done.bleeding, p.injury)
    papillary_share, plexus_share = (beyond[LAYERS.index(name)] for name in ("papillary_dermis", "reticular_dermis"))
    channel_width_mm = injury.surface_width_mm(channels) * p.injury.channel_recoil_ratio
    hits = Hits(
        epidermal_per_mm2=channels.per_mm2 * (1.0 - papillary_share),
        papillary_per_mm2=channels.per_mm2 * (papillary_share - plexus_share),
        plexus_per_mm2=channels.per_mm2 * plexus_share,
        bleeding_per_mm2=bleeding_per_mm2,
        width_mm=channel_width_mm,
        path_mm=channels.sideways_mm,
        loose=member.loose,
    )
    return SessionEffect(
        channels=channels,
        entries=entries,
        injury=done,
        depth_faces_mm=faces,
        entry_depths_mm=injury.entry_depths_mm(channels),
        beyond=beyond,
        median_depth_mm=injury.median_depth_mm(channels),
        channel_width_mm=channel_width_mm,
        open_share=injury.open_share(channels, p.injury),
        papillary_injury=papillary,
        papillary_hit_density=outcomes.papillary_mean(shape.dermal(done.hit_density), shape),
        bleeding_per_mm2=bleeding_per_mm2,
        pain_block=blocked,
        pain_vas=pain.pain_vas(x.set_depth_mm, entries.in_contact, blocked, p.pain) * treated,
        pain_vas_without=pain.pain_vas(x.set_depth_mm, entries.in_contact, 0.0 * blocked, p.pain) * treated,
        needling_minutes=needling.needling_minutes(member.area_cm2, x, entries),
        numbing_minutes=member.anaesthetic_min * treated,
        reaction=reaction.reaction(hits, p.reaction),
    )


@cache
def _compiled(kind: str, grid: Grid, _: Engine) -> Routine | JaxRoutine:
    """The compiled function of one kind of device."""
    setting, person = cascade.template(Setting), cascade.template(Person)
    one = SessionInput(cascade.template(SkinParameters), setting, 0.0, 0.0, 0.0, person, 0.0, 0.0, 0.0, 1.0, 0.0)
    return routine(f"session {kind} {tuple(grid)}", partial(_needle_one, kind=kind, grid=grid), one)


def session_effect(members: SessionInput, kind: str, grid: Grid = tissue.GRID) -> SessionEffect:
    """One session for each member, all with the same kind of device: arrays with the members first."""
    count, run = len(members.area_cm2), _compiled(kind, grid, engine())
    done: SessionEffect = mapped(lambda leaf: leaf[:count], tree(run(rows(members, count)), run.result))
    return done


class Part(NamedTuple):
    """A zone of a site, or the whole of it."""

    share: float
    """Of the area."""
    skin: Skin
    sessions: tuple[SessionInput, ...]
    """What goes into a session with each of the sources."""


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """The members of one site: the central one first, then parameter draws, then people."""

    values: Mapping[str, Floats]
    """Parameters by name, in the units of the set."""
    inputs: tuple[Mapping[str, Floats], ...]
    """Numbers of device and pass by name, of each source."""
    kinds: tuple[Kind, ...]
    """Kind of device of each source."""
    parameters: SkinParameters
    measures: MeasureParameters
    subject: Subject
    """Whose skin it is, member by member."""
    parts: tuple[Part, ...]
    area_cm2: float
    anaesthetic: Anaesthetic

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of the area."""
        return tuple(part.share for part in self.parts)

    @property
    def size(self) -> int:
        """How many members."""
        return len(self.subject.age_years)

    def session_effects(self, grid: Grid = tissue.GRID) -> list[tuple[SessionEffect, ...]]:
        """One session with each source on the skin at rest: of each part, source by source."""
        return [
            tuple(session_effect(one, kind, grid) for one, kind in zip(part.sessions, self.kinds, strict=True))
            for part in self.parts
        ]


#: Kind of device, and its numbers and those of the passes, member by member.
SourceDraws = tuple[Kind, Mapping[str, Floats]]


def source_draws(
    sources: Sequence[NeedlePattern],
    *,
    draws: int = 0,
    others: int = 0,
    seed: int = 0,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> list[SourceDraws]:
    """Numbers of each source: central, draws, and others with the central ones.

    All sources have the same random stream, so that equal ones are drawn alike.
    """
    each = ((source.device.kind, setting_draws(source, ranges or {}, draws, seed)) for source in sources)
    return [(kind, {name: np.concatenate([v, np.repeat(v[:1], others)]) for name, v in drawn.items()})
            for kind, drawn in each]  # fmt: skip


def relief_draws(anaesthetic: Anaesthetic, *, draws: int = 0, others: int = 0, seed: int = 0) -> tuple[Floats, Floats]:
    """Strength and half-time (min) of an anaesthetic: central, draws over their ranges, and others with the central."""

    def of(name: str, span: Span) -> Floats:
        numbers = stream(f"anaesthetic:{anaesthetic.product.id}:{name}", seed)
        drawn = Distribution.between(span.low, span.high, centre=span.middle).draw(draws, numbers)
        return np.concatenate([[span.middle], drawn, np.full(others, span.middle)])

    return of("strength", anaesthetic.product.strength), of("half_time", anaesthetic.product.half_time_min)


def draw_ensemble(
    sources: Sequence[NeedlePattern],
    skin: Skin,
    parameters: ParameterSet,
    *,
    draws: int = 0,
    people: int = 0,
    seed: int = 0,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    anaesthetic: Anaesthetic = PRACTICE,
    sampler: SubjectSampler | None = None,
    of_draws: Subject | None = None,
    redrawn: bool = False,
) -> Ensemble:
    """Draw the members of one site; the same seed draws the same, however many there are.

    The people have the skin's own age, sex and exposures, or those of a ``sampler``; the draws the skin's own, or
    ``of_draws``, each its own.  ``redrawn``: parameters that are not assumed are drawn anew.
    """
    epistemic = parameters.redrawn(draws, seed) if redrawn else parameters.draw(draws, seed, "uncertainty")
    between = parameters.draw(people, seed, "variability")
    values = {p.name: np.concatenate([[p.value], epistemic[p.name], between[p.name]]) for p in parameters}
    drawn = source_draws(sources, draws=draws, others=people, seed=seed, ranges=ranges)
    others = skin.subject if sampler is None else sampler(0, people)
    drawn_as = skin.subject if of_draws is None or not draws else of_draws
    subject = concatenate((skin.subject, 1), (drawn_as, draws), (others, people))
    relief = relief_draws(anaesthetic, draws=draws, others=people, seed=seed)
    return assemble(values, drawn, skin, parameters, anaesthetic=anaesthetic, relief=relief, subject=subject)


#: People who are drawn at a time, and not kept, to come to a later one.
_PASSED_OVER: Final = 4096


def sampled_ensembles(
    sources: Sequence[NeedlePattern],
    skin: Skin,
    parameters: ParameterSet,
    *,
    people: int,
    seed: int,
    at_once: int,
    sampler: SubjectSampler | None = None,
    first: int = 0,
) -> Iterator[Ensemble]:
    """The people of :func:`batch` from number ``first`` on, some at a time: the same, however many at a time."""
    starts = range(first, first + people, at_once)
    counts = [min(at_once, first + people - at) for at in starts]
    before = [min(_PASSED_OVER, first - at) for at in range(0, first, _PASSED_OVER)]
    every = parameters.draws([*before, *counts], seed, "variability")
    for at, count, values in zip(starts, counts, islice(every, len(before), None), strict=True):
        drawn = source_draws(sources, others=count - 1)
        subject = skin.subject if sampler is None else sampler(at, count)
        yield assemble(values, drawn, skin, parameters, subject=concatenate((subject, count)))


def assemble(
    values: Mapping[str, Floats],
    sources: Sequence[SourceDraws],
    skin: Skin,
    parameters: ParameterSet,
    *,
    anaesthetic: Anaesthetic = PRACTICE,
    relief: tuple[Floats, Floats] | None = None,
    subject: Subject | None = None,
) -> Ensemble:
    """Members of one site from their parameters and numbers of the sources, by name, and whose skin each is.

    ``relief``: strength and half-time of the anaesthetic, member by member; central where not given.
    """
    count, area = len(next(iter(values.values()))), skin.site.treated_area_cm2
    strength, half_time = relief or relief_draws(anaesthetic, others=count - 1)
    who = concatenate((skin.subject, count)) if subject is None else subject
    places = [(share, part, *individuals(part.site, who, values, parameters)) for share, part in skin.parts]
    p = places[0][2]

    def all_(value: float) -> Floats:
        return np.full(count, float(value))

    def session(part: Skin, person: Person, inputs: Mapping[str, Floats]) -> SessionInput:
        # a clinic decides by the dial, and once: the depth from which it numbs is not drawn
        used = anaesthetic.used(bool(inputs["set_depth_mm"][0] > p.needling.numbing_depth[0]))
        contact = p.needling.numbing_time if anaesthetic.minutes is None else all_(anaesthetic.minutes)
        return SessionInput(
            parameters=p,
            setting=setting(inputs),
            over_bone=all_(part.site.under == "bone"),
            over_fat=all_(part.site.under == "fat"),
            stretched=all_(1.0),  # as technique texts ask
            person=person,
            area_cm2=all_(area),
            loose=all_(part.site.loose),
            anaesthetic_strength=strength * used,
            anaesthetic_half_time_min=half_time,
            anaesthetic_min=contact * used,
        )

    return Ensemble(
        values=values,
        inputs=tuple(inputs for _, inputs in sources),
        kinds=tuple(kind for kind, _ in sources),
        parameters=p,
        measures=structured(MeasureParameters, values, parameters),
        subject=who,
        parts=tuple(
            Part(share, part, tuple(session(part, person, inputs) for _, inputs in sources))
            for share, part, _, person in places
        ),
        area_cm2=area,
        anaesthetic=anaesthetic,
    )


def dermis_reference_mm(site: Site, male: Any, parameters: ParameterSet) -> Any:
    """Published mean dermis thickness of a site and sex at the reference age, mm; of a region, of its zones."""
    if site.zones:
        zones = ((share, tissue.find_site(name)) for name, share in site.zones.items())
        return sum(share * dermis_reference_mm(zone, male, parameters) for share, zone in zones)
    epidermis_um = sum(parameters[f"{part}_thickness"].value for part in ("stratum_corneum", "viable_epidermis"))
    by_sex = [site.dermis_mm(sex, epidermis_um / 1e3) for sex in ("female", "male")]
    return np.where(np.asarray(male) > 0.5, by_sex[1], by_sex[0])


def individuals(
    site: Site, who: Subject, values: Mapping[str, Floats], parameters: ParameterSet
) -> tuple[SkinParameters, Person]:
    """The parameters of each member, and what life has made of the skin at one site."""
    # a drug on the day of the first session acts at once
    now = exposures.levels_on(0.0, who.life)
    p = cascade.individual(who.age_years, now, who.concerns, skin_parameters(values, parameters))
    pools = cascade.pools(p)
    seen = concerns.fragmented(who.concerns, p.concerns)
    years = np.maximum(who.age_years - who.life.since_age, 0.0)
    with np.errstate(all="ignore"):  # of a member that cannot rest, which is told as such when it is solved
        rate_time_course = exposures.rate_time_course(
            who.life, who.phototype, float(not site.covered), pools, p.exposures
        )
        prior_history = exposures.prior_history(rate_time_course, years * 365.25, seen, pools, p.exposures)
        thinning = exposures.thinning(who.life)
        thinning_drives = exposures.rate_time_course(thinning, who.phototype, 0.0, pools, p.exposures)
        thin = exposures.prior_history(thinning_drives, years * 365.25, 0.0, pools, p.exposures)
    person = Person(
        dermis_reference_mm=dermis_reference_mm(site, who.male, parameters),
        age_years=who.age_years,
        phototype=who.phototype,
        condition=concerns.condition(who.concerns, p.concerns),
        rate_time_course=rate_time_course,
        prior_history=prior_history,
        thinned=cascade.left_of_reticular(thin, p),
    )
    spread: Person = mapped(lambda leaf: np.broadcast_to(np.asarray(leaf, dtype=float), len(who.age_years)), person)
    return p, spread


def weighted(shares: Sequence[float], parts: Sequence[Any]) -> Any:
    """Mean of equal trees of arrays, weighted by shares of area; one part is returned as it is."""
    if len(parts) == 1:
        return parts[0]
    return mapped(lambda *leaves: sum(w * leaf for w, leaf in zip(shares, leaves, strict=True)), *parts)


def closure_half_times(made: Ensemble, done: SessionEffect, *, occluded: bool = False) -> ClosureHalfTimes:
    """Half times of the three closures of each member's channels, hours; 0 where no needle enters."""
    who = made.subject
    now = exposures.levels_on(0.0, who.life)
    kept = ClosureModifiers(
        age_years=who.age_years,
        phototype=who.phototype,
        occluded=float(occluded),
        anti_inflammatory=now.anti_inflammatory,
        slowing=exposures.cover_time(now, made.parameters.exposures),
    )
    with np.errstate(over="ignore"):  # of a draw far outside all spreads: it never closes
        times = barrier.half_times(np.asarray(done.median_depth_mm), kept, made.parameters.barrier)
    entered = np.asarray(done.channels.per_mm2) > 0
    return ClosureHalfTimes(*(np.where(entered, np.asarray(time), 0.0) for time in times))


def closures(made: Ensemble, done: SessionEffect) -> ClosureHalfTimes:
    """Hours until an instrument calls each member's channels closed, in air; 0 where no needle enters."""
    hours = (barrier.closure_hours(time, made.parameters.barrier) for time in closure_half_times(made, done))
    return ClosureHalfTimes(*map(np.asarray, hours))
