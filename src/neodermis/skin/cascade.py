"""Right-hand side of the healing cascade: all mechanisms and their couplings, in order.

Biology
    damage and platelets → neutrophils → macrophages → TGF-β1 → fibroblasts → collagen, elastin, hyaluronan;
    neutrophils and macrophages → protease → cleavage; damage and macrophages → VEGF → capillaries; the killed
    epidermis and the inflammatory signal → re-epithelialisation, thickening, pigment.
Equations
    the signals are in quasi-steady state relative to the cells (their decay is over ten times faster) and follow from
    their sources by one matrix product each; cells and collagen pools are written as production and first-order
    loss, so that no step makes them negative.
Reads
    the state, the mechanisms' parameters.
Writes
    :class:`Rates`.
Evidence
    in each mechanism.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.skin import ageing, concerns, epidermis, exposures, fibres, inflammation, injury, matrix, repair, tissue
from neodermis.skin.ageing import AgeingParameters
from neodermis.skin.barrier import BarrierParameters
from neodermis.skin.concerns import ConcernParameters, Condition
from neodermis.skin.delivery import DeliveryParameters
from neodermis.skin.epidermis import EpidermisParameters
from neodermis.skin.exposures import ExposureParameters, PriorHistory, RateTimeCourse
from neodermis.skin.fibres import FibresParameters
from neodermis.skin.inflammation import InflammationParameters
from neodermis.skin.injury import InjuryParameters
from neodermis.skin.matrix import CollagenRates, MatrixParameters
from neodermis.skin.measures import MeasureParameters
from neodermis.skin.needling import NeedlingParameters
from neodermis.skin.pain import PainParameters
from neodermis.skin.raters import RaterParameters
from neodermis.skin.reaction import ReactionParameters
from neodermis.skin.repair import RepairParameters
from neodermis.skin.tissue import Cells, Grid, Layers, SkinState, Surface, TissueParameters
from neodermis.units import Array, Declared, declared


class SkinParameters(NamedTuple):
    """Every parameter that a course reads, one part per mechanism."""

    tissue: TissueParameters
    ageing: AgeingParameters
    exposures: ExposureParameters
    concerns: ConcernParameters
    needling: NeedlingParameters
    injury: InjuryParameters
    pain: PainParameters
    reaction: ReactionParameters
    inflammation: InflammationParameters
    repair: RepairParameters
    matrix: MatrixParameters
    fibres: FibresParameters
    epidermis: EpidermisParameters
    barrier: BarrierParameters


#: Mechanism → the parameters that it declares, of those that a course reads.
MECHANISMS: Final[dict[str, Any]] = {
    "tissue": TissueParameters,
    "ageing": AgeingParameters,
    "exposures": ExposureParameters,
    "concerns": ConcernParameters,
    "needling": NeedlingParameters,
    "injury": InjuryParameters,
    "pain": PainParameters,
    "reaction": ReactionParameters,
    "inflammation": InflammationParameters,
    "repair": RepairParameters,
    "matrix": MatrixParameters,
    "fibres": FibresParameters,
    "epidermis": EpidermisParameters,
    "barrier": BarrierParameters,
}
#: The same of what is worked out beside the solved course: delivery, what instruments and scales read, who judges.
READOUT_MECHANISMS: Final[dict[str, Any]] = {
    "delivery": DeliveryParameters,
    "measures": MeasureParameters,
    "raters": RaterParameters,
}


def template(structure: Any) -> Any:
    """A named tuple of one member in which every number is 0: for the shape of it."""
    if structure is Person:
        parts = exposures.LayerPair(0.0, 0.0)
        prior_history = PriorHistory(parts, parts, parts, parts, 0.0)
        return Person(0.0, 0.0, 0.0, template(Condition), exposures.constant(), prior_history, 0.0)
    if structure is SkinParameters:
        return SkinParameters(*(template(part) for part in MECHANISMS.values()))
    return structure(*[0.0] * len(structure._fields))


def declarations() -> dict[str, tuple[str, Declared]]:
    """Parameter name → (mechanism, declaration) over all mechanisms."""
    return {
        name: (mechanism, declaration)
        for mechanism, structure in (*MECHANISMS.items(), *READOUT_MECHANISMS.items())
        for name, declaration in declared(structure).items()
    }


class Operators(NamedTuple):
    """Matrices from the sources in the dermis to steady signals: (dermal cells, dermal cells)."""

    inflammatory: Array
    tgf: Array  # both TGF-β
    vegf: Array
    epidermal: Array  # to the inflammatory signal that the living epidermis sees, (dermal cells,)


class SkinColumn(NamedTuple):
    """What stays fixed during a course: geometry, signal operators, resting rates and the resting state."""

    layers: Layers
    operators: Operators
    phototype: Array
    collagen: CollagenRates
    loss_rate_per_day: Array
    scar_collagen: Array  # missing in a full scar, as a share
    rate_time_course: RateTimeCourse
    resting_labile: tuple[Array, Array]  # types I and III of the unexposed of this age: they set the resting synthesis
    melanocyte: Array  # set point of the melanocytes of the unexposed
    papillary_collagen: Array  # µg per mm² of skin, before treatment
    shallow: Array  # share of each dermal cell above the depth of a boxcar scar
    rest: SkinState  # before treatment


class Person(NamedTuple):
    """What the skin at one site needs to know of its person."""

    dermis_reference_mm: Array
    age_years: Array
    phototype: Array
    condition: Condition
    rate_time_course: RateTimeCourse
    prior_history: PriorHistory
    thinned: Array  # thickness of the dermis that a life has left, over the unexposed; the rest of the loss is density


def unexposed(p: SkinParameters, dermis_reference_mm: Array, age_years: Array, phototype: Array, scar: Array) -> Person:
    """A person without any exposure; of concerns an atrophic scar alone, through the whole dermis."""
    zero = 0.0 * age_years
    one = 1.0 + zero
    alike = exposures.LayerPair(one, one)
    return Person(
        dermis_reference_mm=dermis_reference_mm,
        age_years=age_years,
        phototype=phototype,
        condition=concerns.condition(concerns.NONE._replace(acne_scar=scar), p.concerns),
        rate_time_course=exposures.constant(zero),
        prior_history=PriorHistory(alike, alike, alike, alike, zero),
        thinned=one,
    )


def shares(p: SkinParameters) -> list[Array]:
    """Labile I and III, mature I and III of unexposed skin, as shares of its collagen."""
    labile, type_3 = p.matrix.labile_share, p.tissue.type_3_share
    return [pool * kind for pool in (labile, 1.0 - labile) for kind in (1.0 - type_3, type_3)]


def left_of_reticular(prior_history: PriorHistory, p: SkinParameters) -> Array:
    """Collagen of the reticular dermis that a life has left, over the unexposed."""
    parts = zip(shares(p), prior_history[:4], strict=True)
    return sum(share * part.reticular for share, part in parts)


def shape_of(person: Person, p: SkinParameters, grid: Grid) -> Layers:
    """Layer thicknesses: what a life and a concern of the dermis have left is thickness."""
    return tissue.layers(
        person.dermis_reference_mm,
        person.age_years,
        ageing.loss_rate_per_day(p.ageing),
        person.thinned * person.condition.thickness,
        p.tissue,
        grid,
    )


def _at_rest(person: Person, shape: Layers, p: SkinParameters) -> tuple[SkinState, tuple[Array, Array]]:
    """The state before treatment, and the labile pools (I, III) that the unexposed have in the same tissue."""
    plain, state = shares(p), person.condition
    now = [share * tissue.by_layer(*part, shape) for share, part in zip(plain, person.prior_history[:4], strict=True)]
    rest = tissue.resting_state(
        shape,
        [pool / person.thinned for pool in now],
        state.scar,
        state.scar_collagen,
        person.prior_history.fragmented * shape.papillary,
        state.melanocyte * exposures.during(0.0, person.rate_time_course).melanogenesis,  # pigment follows within weeks
        p.tissue,
    )
    resting = p.tissue.collagen_concentration * (1.0 - state.scar_collagen * state.scar) / person.thinned
    return rest, (resting * plain[0], resting * plain[1])


def prepare(person: Person, p: SkinParameters, grid: Grid) -> SkinColumn:
    """The fixed parts of one person's skin column at one site."""
    loss = ageing.loss_rate_per_day(p.ageing)
    shape = shape_of(person, p, grid)
    rest, resting_labile = _at_rest(person, shape, p)
    inflammatory, tgf, vegf = tissue.signal_operators(
        shape.thickness,
        jnp.stack([p.inflammation.inflammatory_diffusivity, p.repair.tgf_diffusivity, p.repair.vegf_diffusivity]),
        jnp.stack([p.inflammation.inflammatory_decay_rate, p.repair.tgf_decay_rate, p.repair.vegf_decay_rate]),
    )[..., grid.dermis]
    living, mean_living = slice(grid.stratum_corneum, grid.dermis.start), shape.living / shape.living.sum()
    return SkinColumn(
        layers=shape,
        operators=Operators(
            inflammatory[grid.dermis], tgf[grid.dermis], vegf[grid.dermis], mean_living @ inflammatory[living]
        ),
        phototype=person.phototype,
        collagen=matrix.collagen_rates(loss, p.matrix),
        loss_rate_per_day=loss,
        scar_collagen=person.condition.scar_collagen,
        rate_time_course=person.rate_time_course,
        resting_labile=resting_labile,
        melanocyte=person.condition.melanocyte,
        papillary_collagen=papillary_collagen(rest, shape),
        shallow=concerns.shallow(shape.dermis, p.concerns),
        rest=rest,
    )


def papillary_collagen(state: SkinState, shape: Layers) -> Array:
    """Collagen of the papillary dermis, µg per mm² of skin."""
    return (state.matrix.collagen * shape.dermis * shape.papillary).sum()


def pools(p: SkinParameters) -> exposures.CollagenTurnover:
    """The rates at rest that a life is reckoned with."""
    loss = ageing.loss_rate_per_day(p.ageing)
    rates = matrix.resting_rates(loss, p.matrix)
    return exposures.CollagenTurnover(
        rates.renewal,
        rates.labile_cleavage,
        rates.mature_cleavage - loss,
        rates.mature_cleavage,
        p.matrix.labile_share,
    )


def individual(
    age_years: Array, levels: exposures.Levels, severities: concerns.Concerns, p: SkinParameters
) -> SkinParameters:
    """The parameters of a person: those that follow from age, from a concern, and from a drug on the day."""
    years, slow = p.ageing, concerns.epidermal_turnover(severities, p.concerns)
    response = ageing.response(age_years, tissue.reference_age_years(), years)
    return p._replace(
        inflammation=p.inflammation._replace(
            neutrophil_recruitment=p.inflammation.neutrophil_recruitment * response,
            macrophage_recruitment=p.inflammation.macrophage_recruitment * response,
            # release per cell is stated by the gain over the recruitment: an old cell releases what a young one does
            macrophage_loop_gain=p.inflammation.macrophage_loop_gain * response,
        ),
        repair=p.repair._replace(
            activation_rate=p.repair.activation_rate * response,
            activation_loop_gain=p.repair.activation_loop_gain * response,
            proliferation_rate=p.repair.proliferation_rate * response,
        ),
        matrix=p.matrix._replace(
            collagen_synthesis_rate=p.matrix.collagen_synthesis_rate * ageing.synthesis(age_years, years),
        ),
        epidermis=p.epidermis._replace(
            epidermal_turnover_time=p.epidermis.epidermal_turnover_time
            * ageing.epidermal_turnover(age_years, years)
            * slow,
            cover_half_time=p.epidermis.cover_half_time * exposures.cover_time(levels, p.exposures),
            melanocyte_stimulation_rate=p.epidermis.melanocyte_stimulation_rate * ageing.melanocytes(age_years, years),
        ),
        injury=p.injury._replace(
            bleeding_share=exposures.bleeding_share(p.injury.bleeding_share, levels, p.exposures),
            plasma_factors=p.injury.plasma_factors * levels.plasma,
        ),
    )


class Signals(NamedTuple):
    """Steady signals above rest (ng/mL): in the dermis by depth, and the one that the living epidermis sees."""

    inflammatory: Annotated[
        Array, Declared("ng/mL", "inflammatory signal above rest", "inflammatory signal", "ng/mL above rest")
    ]
    tgf: Annotated[Array, Declared("ng/mL", "TGF-β1 above rest", "TGF-β1", "ng/mL above rest")]
    tgf3: Annotated[Array, Declared("ng/mL", "TGF-β3 above rest", "TGF-β3", "ng/mL above rest")]
    vegf: Annotated[Array, Declared("ng/mL", "VEGF above rest", "VEGF", "ng/mL above rest")]
    epidermal: Annotated[
        Array,
        Declared(
            "ng/mL",
            "inflammatory signal above rest, mean of the living epidermis",
            "inflammatory signal of the epidermis",
            "ng/mL above rest",
        ),
    ]


class CollagenOverRest(NamedTuple):
    """Collagen of a course over that of the same skin untreated, by depth."""

    synthesis_1: Annotated[
        Array, Declared("1", "type I collagen synthesis relative to rest", "collagen I synthesis", "x rest")
    ]
    synthesis_3: Annotated[
        Array, Declared("1", "type III collagen synthesis relative to rest", "collagen III synthesis", "x rest")
    ]
    collagen_1: Annotated[Array, Declared("1", "type I collagen relative to rest", "collagen I", "x rest")]
    collagen_3: Annotated[Array, Declared("1", "type III collagen relative to rest", "collagen III", "x rest")]
    mature: Annotated[Array, Declared("1", "cross-linked collagen relative to rest", "mature collagen", "x rest")]


class Sources(NamedTuple):
    """Release of each signal above rest (ng/mL/d by dermal cell)."""

    inflammatory: Array
    tgf: Array
    tgf3: Array
    vegf: Array


#: Name → declaration of every state and signal by depth, and of every state of the surface.
BY_DEPTH: Final = {**declared(Cells), **{name: declared(Signals)[name] for name in Sources._fields},
                   **declared(CollagenOverRest)}  # fmt: skip
ON_SURFACE: Final = declared(Surface)


def signal_sources(cells: Cells, p: SkinParameters) -> Sources:
    """What the cells release of each signal."""
    return Sources(
        inflammatory=inflammation.inflammatory_source(cells, p.inflammation),
        tgf=repair.tgf_source(cells, p.tissue.fibroblast_density, p.repair),
        tgf3=repair.tgf3_source(cells, p.repair),
        vegf=repair.vegf_source(cells, p.repair),
    )


def signals(cells: Cells, column: SkinColumn, p: SkinParameters) -> Signals:
    """Signals that the cells keep up, by one matrix product each."""
    sources, by = signal_sources(cells, p), column.operators
    return Signals(
        inflammatory=by.inflammatory @ sources.inflammatory,
        tgf=by.tgf @ sources.tgf,
        tgf3=by.tgf @ sources.tgf3,
        vegf=by.vegf @ sources.vegf,
        epidermal=by.epidermal @ sources.inflammatory,
    )


class Rates(NamedTuple):
    """Right-hand side: production and loss rate of cells and surface, turnover of the collagen."""

    production: Cells
    loss: Cells
    collagen: matrix.Turnover
    surface_production: Surface
    surface_loss: Surface


def rates(state: SkinState, day: Array, column: SkinColumn, p: SkinParameters, given: Signals | None = None) -> Rates:
    """Production and loss of every state on ``day`` (days since the start of the course).

    The signals are those that the cells keep up, or ``given`` where the couplings are asked for one by one.
    """
    cells, papillary = state.cells, column.layers.papillary
    density, protease_at_rest = p.tissue.fibroblast_density, p.inflammation.protease_at_rest
    now = signals(cells, column, p) if given is None else given
    exposed = exposures.during(day, column.rate_time_course)
    per_neutrophil = p.inflammation.protease_from_neutrophil * exposed.neutrophil_protease
    early = inflammation.turnover(
        cells, now.inflammatory, p.inflammation._replace(protease_from_neutrophil=per_neutrophil)
    )
    spreading = exposures.spreading(exposed, cells.fragmented, p.exposures)
    late = repair.turnover(cells, now.tgf, now.tgf3, now.vegf, spreading, density, p.repair)
    lesser = fibres.turnover(
        cells, column.rest.cells.scar, density, protease_at_rest, p.repair.myofibroblast_self_half, p.fibres
    )
    left = ageing.remaining(day, column.loss_rate_per_day)
    above = epidermis.turnover(
        state.surface,
        now.epidermal,
        papillary_collagen(state, column.layers) / (column.papillary_collagen * left),
        column.phototype,
        column.melanocyte * exposed.melanogenesis,
        exposed.pigmentation,
        p.epidermis,
    )
    activated = p.matrix.synthesis_1_activated * exposed.synthesis_activated
    collagen = matrix.turnover(
        column.resting_labile,
        column.rest.cells.scar,
        column.scar_collagen,
        cells,
        fibres.released(cells, column.rest.cells.scar, density, p.fibres),
        now.inflammatory,
        left,
        exposures.resting_synthesis(exposed, cells.fragmented, p.exposures),
        spreading,
        exposures.resting_cleavage(exposed, cells.fragmented, papillary, p.exposures),
        density,
        protease_at_rest,
        column.collagen,
        p.matrix._replace(synthesis_1_activated=activated),
    )
    held = state.matrix
    fragments = exposures.fragmentation(
        exposed, papillary, collagen.maturation, held.labile_1 + held.labile_3, held.mature_1 + held.mature_3
    )
    pairs = (*early, *late, *lesser, fragments)
    return Rates(
        production=Cells(*(production for production, _ in pairs)),
        loss=Cells(*(loss for _, loss in pairs)),
        collagen=collagen,
        surface_production=Surface(*(production for production, _ in above)),
        surface_loss=Surface(*(loss for _, loss in above)),
    )


def injure(made: injury.Channels, shape: Layers, dermis_mm: Array, p: SkinParameters) -> tuple[injury.Injury, Array]:
    """What one session's channels do to skin of this present dermis by cell (mm), and the depths of all faces (mm)."""
    depth_faces = tissue.faces(shape._replace(dermis=dermis_mm).thickness)
    return injury.injury(made, depth_faces, tissue.papillary_bottom(shape, depth_faces), p.injury), depth_faces


def wound(
    state: SkinState, made: injury.Channels, column: SkinColumn, p: SkinParameters
) -> tuple[SkinState, injury.Injury, Array]:
    """A session: the state after the jump, what was done by cell, and the depth of the cell faces (mm)."""
    dermis_mm = tissue.dermal_thickness(column.layers, state, column.rest.matrix.collagen)
    done, depth_faces = injure(made, column.layers, dermis_mm, p)
    return injury.wound(state, done, column.layers, p.injury), done, depth_faces


class Switch(NamedTuple):
    """A mechanism that can be switched off, and the parameter values that do it."""

    name: str
    states: tuple[str, ...]
    """States and signals that it works through."""
    off: dict[str, float]


#: A recruitment that is none: a loop gain is stated over it, so it cannot be 0.
_NONE: Final = 1e-8
#: Mechanisms that an answer can be asked to do without, in the order in which healing happens.
SWITCHES: Final = (
    Switch("tearing of collagen by the needles", ("collagen",), {"torn_matrix_share": 0.0}),
    Switch("killing of fibroblasts by the needles", ("fibroblast", "activated"), {"killed_cell_share": 0.0}),
    Switch("platelet factors", ("platelet",), {"platelet_load": 0.0}),
    Switch("neutrophils", ("neutrophil",), {"neutrophil_recruitment": 0.0}),
    Switch(
        "macrophages",
        ("macrophage_inflammatory", "macrophage_repair"),
        {"macrophage_recruitment": _NONE, "macrophage_loop_gain": 0.0},
    ),
    Switch("protease", ("protease",), {"protease_from_neutrophil": 0.0, "protease_from_macrophage": 0.0}),
    Switch("inflammatory suppression of synthesis", ("inflammatory",), {"synthesis_inflammatory_half": 1.0 / _NONE}),
    Switch("TGF-β1 of macrophages", ("tgf",), {"tgf_from_macrophage": 0.0}),
    Switch("TGF-β1 of activated fibroblasts", ("tgf",), {"activation_loop_gain": 0.0}),
    Switch("activated fibroblasts", ("activated",), {"activation_rate": _NONE, "activation_loop_gain": 0.0}),
    Switch("multiplication of activated fibroblasts", ("activated",), {"proliferation_rate": 0.0}),
    Switch("myofibroblasts", ("myofibroblast",), {"myofibroblast_rate": 0.0, "myofibroblast_self_rate": 0.0}),
    Switch("cross-linking by activated fibroblasts", ("mature",), {"crosslinking_drive": 0.0}),
    Switch("capillary sprouting", ("capillary_density",), {"capillary_growth_rate": 0.0}),
    Switch("keratinocyte activation", ("activated_keratinocytes",), {"epidermal_growth_rate": 0.0}),
    Switch("keratinocyte shedding", ("activated_keratinocytes", "melanin"), {"shedding_response": 0.0}),
    Switch("melanocyte stimulation", ("melanocyte_stimulation",), {"melanocyte_stimulation_rate": 0.0}),
    Switch("release of the scar", ("scar",), {"scar_release_rate": 0.0}),
    Switch("scar formation by myofibroblasts", ("new_scar",), {"scar_formation_rate": 0.0}),
    Switch("remodelling of capillaries", ("capillary_set_point",), {"capillary_remodelling_rate": 0.0}),
    Switch("epidermal set point", ("epidermis",), {"epidermal_set_point_response": 0.0}),
)
