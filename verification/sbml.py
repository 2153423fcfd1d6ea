"""The cascade of one person as SBML (Level 3 Version 2), solved by two programs that others wrote.

``python -m verification.sbml`` writes a course as SBML, solves it with libRoadRunner (CVODE) and with COPASI (LSODA) at
tight tolerance, and prints the largest difference of every state by depth from the product, over that state's own peak
change.  ``--write FILE.xml`` keeps the document.

What is written
    the equations in the heads of ``skin/*.py``, implemented a third time, in the algebra of SBML.  The
    reference model of ``verification/reference.py`` provides numbers only: the resting thickness of the cells, the
    inverse of the operator of each signal, the channels of one session (the depth reached is the root of a force
    balance), the parameters of a person of this age, the pools before treatment by depth, and the effect of each
    exposure on the named rates before and after each change.  All other values follow from the parameters inside the
    document, where a reader can change them: resting identities, loop gains, rates, the time course of a change of
    exposure, and the killed share.
How
    Each dermal cell is a compartment of its resting volume under 1 mm² of skin, and each state by depth a species in it
    (a concentration, ``hasOnlySubstanceUnits`` false); the states of the surface are parameters.  Species follow rate
    rules, not reactions: most states are shares or densities that nothing is converted into, all cells release signals
    that act elsewhere, and a rate rule is the printed equation itself.  Both programs solve rate rules as they stand.
    The steady signals are assignment rules: a row of the inverse operator times the release of all cells.  Elimination
    would take fewer terms, but libRoadRunner writes out every rule where it is read, and does not come back from
    compiling a chain of rules that read one another.  For the same reason some terms that equations share are written
    out in each.
    A session is four events at the same time, by priority: ``depths`` takes the depth of the cell faces then (the skin
    stretches with its collagen), ``needles`` integrates the killed rim below each face, and takes what lies
    within reach of a channel at the faces and in the middle of the cells, over the 16 depths that stand for the
    entries, ``injury`` makes of them the killed share of each cell and
    its share within reach of a channel, ``session`` lets the states jump and sets the day of the next.  Nothing about a
    session is taken from another program's course.
What is not
    Units are not declared: the parameters' own (mm, d, ng/mL, cells/mm³, µm, h, %) are mixed as in the product, and the
    factors that turn one into another stand in the equations.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import libsbml
import numpy as np

from verification.reference import (
    DERMIS,
    ENTRY_DEPTHS,
    PAPILLARY,
    RATES,
    RETICULAR,
    STATES,
    SURFACE,
    Channels,
    Column,
    Human,
    Values,
    difference,
)
from verification.reference import channels as channels_of
from verification.reference import numbers as numbers_of

DERMAL: Final = PAPILLARY + RETICULAR
#: Largest accepted difference of any state by depth, over that state's peak change.
TOLERANCE: Final = 1e-3
#: Relative tolerance at which a program counts as exact here.
TIGHT: Final = 1e-8
#: How often the product's steps are halved where states are watched, and where the steps shall not matter.
SHIPPED, FINE = 2, 5
PROTOCOL: Final = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"

#: States by depth in the order of :data:`verification.reference.STATES`.
NAMES: Final = dict(
    zip(
        STATES,
        (
            "damage", "platelet factors", "neutrophils", "inflammatory macrophages", "repair macrophages", "protease",
            "fibroblasts", "activated fibroblasts", "myofibroblasts", "capillaries", "set point of capillaries",
            "tropoelastin", "elastin", "hyaluronan", "alignment", "scar", "new scar", "fragmented share",
            "labile collagen I", "labile collagen III", "mature collagen I", "mature collagen III", "collagen made",
            "collagen cleaved",
        ),
        strict=True,
    )
) | dict(
    zip(
        SURFACE,
        (
            "unepithelialised fraction", "activated keratinocytes", "epidermis", "melanocyte stimulation", "melanin",
            "post-inflammatory pigment",
        ),
        strict=True,
    )
)  # fmt: skip

# ------------------------------------------------------------------------------------------------- equations
# In SBML's infix algebra.  ``@`` stands for the number of a dermal cell, as ``D@`` for D_01 … D_18.

#: What follows from the parameters once, at the start.
CONSTANTS: Final = {
    "r": "collagen_loss_rate / 100 / 365.25",
    "q": "collagen_synthesis_rate * 24 / 100 * piecewise(1 / labile_share, synthesis_rate_of_all_collagen > 0.5, 1)",
    "rho": "ln(2) / (mature_renewal_time * 365.25)",
    "m0": "rho * (1 - labile_share) / labile_share",
    "k_c": "q + r - m0",
    "k_M": "rho + r",
    "p_IM": "macrophage_loop_gain * inflammatory_decay_rate * macrophage_signal_half"
    " * (macrophage_conversion_rate + inflammatory_macrophage_loss_rate) / macrophage_recruitment",
    "p_TA": "activation_loop_gain * tgf_decay_rate * activation_tgf_half * deactivation_rate"
    " / (activation_rate * fibroblast_density)",
    "late": "exp(-cover_sharpness)",
    "k_u": "ln((1 + 2 * late) / late) / ((1 + late) * cover_half_time / 24)",
    "shed": "ln(2) / epidermal_turnover_time",
    "passed_on": "ln(2) / melanin_transfer_time",
    "darker": "(phototype / 3) ^ melanocyte_phototype_power",
}

#: Numbers of a cell: 1 in the papillary dermis, the scar before treatment, collagen and pools then, and the labile
#: pools that the unexposed would have there.
PROFILES: Final = ("top@", "scar@", "C_rest@", "L1_rest@", "L3_rest@", "G1_rest@", "G3_rest@", "Q1@", "Q3@")
#: States of a cell before treatment; all others are zero.
REST: Final = {
    "F": "fibroblast_density", "V": "1", "V0": "1", "TE": "1", "E": "1", "H": "1", "O": "scar@", "S": "scar@",
    "B": "fragmented * top@", "L1": "L1_rest@", "L3": "L3_rest@", "G1": "G1_rest@", "G3": "G3_rest@",
}  # fmt: skip
SURFACE_REST: Final = {"u": "0", "w": "0", "K": "1", "f": "0", "m": "melanocyte_at_rest * rate_Me", "v": "0"}

#: Signal → its operator in the reference model, and its release by one cell.
SIGNALS: Final = {
    "I": ("I", "inflammatory_from_damage * D@ + (inflammatory_from_neutrophil * N@ + p_IM * M1@)"
          " / (1 + M2@ / repair_macrophage_damping)"),
    "T": ("T", "tgf_from_macrophage * (M1@ + M2@) + p_TA * (A@ + Y@)"),
    "T3": ("T", "tgf3_from_macrophage * M2@ + tgf3_from_activated * A@"),
    "W": ("E", "vegf_from_macrophage * M2@ + vegf_from_damage * D@"),
}  # fmt: skip

#: What several equations of a cell share, as rules.
SHARED: Final = {
    "al@": "D@ / neutrophil_damage_half + P@ / neutrophil_platelet_half",
    "crowding@": "(F@ + A@ + Y@) / (fibroblast_capacity * fibroblast_density)",
    "recruited@": "2 * myofibroblast_self_rate * Y@^2 / (myofibroblast_self_half^2 + Y@^2)"
    " * max(1 - crowding@, 0) * F@",
    "excess@": "X@ / protease_at_rest",
    "cleaving@": "1 + rate_c * top@ + photodamage_cleavage_rise * B@ + excess@",
    "held@": "1 - rate_e * photodamage_synthesis_fall * B@",
    "remodelling@": "scar_release_rate * A@ / fibroblast_density",
    "forming@": "scar_formation_rate * Y@^2 / (myofibroblast_self_half^2 + Y@^2)",
    "released@": "remodelling@ * (S@ - scar_remaining_share * scar@)",
    "g@": "scar_collagen * released@ / (1 - scar_collagen * S@)",
    "m@": "m0 * (1 + crosslinking_drive * A@ / fibroblast_density)",
}

# and what is written out wherever it stands, since it reads a signal
_DRIVE = "(T@ / activation_tgf_half + P@ / activation_platelet_half)"
_S = f"({_DRIVE} / (1 + {_DRIVE}) * held@)"
_TO_Y = "myofibroblast_rate * T@^3 / (myofibroblast_tgf_half^3 + T@^3) / (1 + T3@ / tgf3_half) * A@"
_COMMON = (
    "q * exp(-r * time) * (1 - scar_collagen * (S@ + n@)) / (1 - scar_collagen * scar@)"
    " / (1 + I@ / synthesis_inflammatory_half) / fibroblast_density"
)
_BASE = "(F@ + synthesis_myofibroblast * Y@)"
_MADE_1 = f"Q1@ * {_COMMON} * held@ * (rate_S1 * {_BASE} + rate_W * synthesis_1_activated * A@)"
_MADE_3 = f"Q3@ * {_COMMON} * held@ * (rate_S3 * {_BASE} + rate_W * synthesis_1_activated * synthesis_3_over_1 * A@)"

#: Right-hand side of each state of a cell (per day).
BY_DEPTH: Final = {
    "D": "-(debris_clearance_rate + debris_clearance_by_neutrophils * N@"
    " + debris_clearance_by_macrophages * (M1@ + M2@)) * D@",
    "P": "-platelet_loss_rate * P@",
    "N": "neutrophil_recruitment * al@ / (1 + al@) - neutrophil_loss_rate * N@",
    "M1": "macrophage_recruitment * I@ / (macrophage_signal_half + I@)"
    " - (macrophage_conversion_rate + inflammatory_macrophage_loss_rate) * M1@",
    "M2": "macrophage_conversion_rate * M1@ - repair_macrophage_loss_rate * M2@",
    "X": "protease_from_neutrophil * rate_Nu * N@ + protease_from_macrophage * M1@ - protease_loss_rate * X@",
    "F": "fibroblast_relaxation_rate * (fibroblast_density - F@) + deactivation_rate * A@"
    f" - activation_rate * {_S} * F@ - recruited@",
    "A": f"{_S} * (activation_rate * F@ + proliferation_rate * A@ * (1 - crowding@)) - deactivation_rate * A@"
    f" - {_TO_Y}",
    "Y": f"{_TO_Y} + recruited@ - myofibroblast_loss_rate * Y@",
    "V": "capillary_growth_rate * W@ / (capillary_vegf_half + W@) * V@ * (1 - V@ / capillary_capacity)"
    " - capillary_regression_rate * (V@ - V0@)",
    "V0": "capillary_return_rate * (1 - V0@)"
    " - capillary_remodelling_rate * A@ / fibroblast_density * (V0@ - capillary_remodelled)",
    "TE": "tropoelastin_loss_rate * ((F@ + tropoelastin_activated * A@) / fibroblast_density - TE@)",
    "E": "elastin_renewal_rate * (TE@ - (1 + excess@) * E@)",
    "H": "hyaluronan_loss_rate * ((F@ + hyaluronan_activated * A@) / fibroblast_density - H@)",
    "O": "alignment_rate * Y@ / fibroblast_density * (1 - O@) - alignment_loss_rate * (O@ - S@ - n@)",
    "S": "-released@ - forming@ * S@",
    "n": "forming@ * (1 - n@) - remodelling@ * n@",
    "B": "rate_u * top@ * (1 - B@) - m@ * (L1@ + L3@) / (G1@ + G3@) * B@",
    "L1": f"{_MADE_1} - (k_c * cleaving@ + m@ - g@) * L1@",
    "L3": f"{_MADE_3} - (k_c * cleaving@ + m@ - g@) * L3@",
    "G1": "m@ * L1@ - (k_M * cleaving@ - g@) * G1@",
    "G3": "m@ * L3@ - (k_M * cleaving@ - g@) * G3@",
    "made": f"{_MADE_1} + {_MADE_3} + max(g@, 0) * (L1@ + L3@ + G1@ + G3@)",
    "cleaved": "cleaving@ * (k_c * (L1@ + L3@) + k_M * (G1@ + G3@)) + max(-g@, 0) * (L1@ + L3@ + G1@ + G3@)",
}

#: Right-hand side of the surface; ``above`` is the inflammatory signal in the living epidermis.
ABOVE: Final = {
    "u": "-k_u * (1 + late - u) * u",
    "w": "-keratinocyte_deactivation_rate * w",
    "K": "epidermal_growth_rate * activation / (1 + activation) - epidermal_loss_rate * (K - K_0)",
    "f": "melanocyte_stimulation_rate * darker * rate_Me * rate_Pi * above / (melanocyte_signal_half + above)"
    " - melanocyte_stimulation_loss_rate * f",
    "m": "shed * (rate_Me * melanocyte_at_rest - (1 + shedding_response * w) * m)",
    "v": "passed_on * (f - v)",
}

ACTIVATION: Final = "w / epidermal_wound_half + above / epidermal_signal_half"
#: Thickness that the epidermis returns to, from papillary collagen (µg per mm² of skin) over that untreated.
SET_POINT: Final = "max(1 + epidermal_set_point_response * (papillary / (papillary_rest * exp(-r * time)) - 1), 0.1)"
#: Collagen of one cell, µg per mm² of skin.
OF_CELL: Final = "(L1@ + L3@ + G1@ + G3@) * h@ * top@"

#: Area of the killed rim of one entry, integrated from its tip upward over a length x (mm³), by SBML functions; and the
#: share of places that are hit, from the mean hits of a place.
FUNCTIONS: Final = {
    # width of the needle integrated over x from the tip, of which ``on`` is on the taper
    "width_integral": "lambda(x, on, tip, full, taper, tip * on + (full - tip) / taper * on^2 / 2 + full * (x - on))",
    "rim_integral": "lambda(x, entry, tip, full, taper, recoil, rim, cut, rim * (pi * (recoil"
    " * width_integral(x, min(x, taper), tip, full, taper) + rim * x) + cut * x^2 / max(entry, 1e-9)))",
    "covered": "lambda(hits, uneven, 1 - (1 + uneven^2 * hits)^(-1 / uneven^2))",
}

#: The needle and what it does, in the order of ``rim_integral``.
SHAPE: Final = (
    "tip_mm, needle_mm, taper_mm, channel_recoil_ratio, necrotic_rim_thickness / 1000, drag_cut_share * sideways_mm"
)

#: What a session leaves of the states of a cell; ``k@`` is its killed share, ``i@`` its share within reach of a
#: channel.
JUMP: Final = {
    "D": "D@ + response_damage * i@ * (1 - D@)",
    "P": "P@ + platelet_load * response_damage * i@ * bleeding",
    **{name: f"{name}@ * (1 - killed_cell_share * k@)" for name in "FAY"},
    "V": "V@ * (1 - capillary_cut_share * k@)",
    "cleaved": "cleaved@ + torn_matrix_share * k@ * (L1@ + L3@ + G1@ + G3@)",
    **{name: f"{name}@ * (1 - torn_matrix_share * k@)" for name in ("L1", "L3", "G1", "G3", "E")},
}
#: The same of the surface.
AT_SURFACE: Final = {"u": "piecewise(1, k_corneum > 0, u)", "w": "1 - (1 - w) * (1 - response_damage * i_living)"}
#: Area around a place from which one entry reaches it, 0 at the tip and below.
INFLUENCE: Final = (
    "pi * (influence_radius"
    " - min(influence_radius, max(influence_radius + {depth} - {entry}, 0))^2 / influence_radius)^2"
)


# ------------------------------------------------------------------------------------------------- the document


@dataclass(frozen=True)
class Case:
    """One person's course: parameters, skin, channels of a session and when the sessions are."""

    values: Values
    who: Human
    made: Channels
    session_days: tuple[float, ...]

    @property
    def column(self) -> Column:
        """The skin for the reference model."""
        return Column(self.values, self.who)


def case(sentence: str = PROTOCOL, **person: Any) -> Case:
    """The central course of a one-site protocol, from the product's parameter values and catalogue.

    ``person`` is what a :class:`~neodermis.people.Patient` takes.
    """
    from tests.helpers import needling

    from neodermis.evidence import load_parameters
    from neodermis.people import Patient
    from neodermis.skin.tissue import find_site, site_spellings
    from neodermis.treatment import read_protocol
    from verification.people import human

    shipped, plan = load_parameters(calibrated=False), read_protocol(sentence, sites=site_spellings())
    (pass_,) = plan.phases[0].treatments
    patient = Patient(**person)
    values = {p.name: p.value for p in shipped}
    given = numbers_of(plan.phases[0].device, pass_.depth_mm, pass_.passes)
    made = channels_of(plan.phases[0].device.kind, values, given, find_site(pass_.site).under)
    who = human(patient, pass_.site, needling(plan, patient=patient).person)
    return Case(values, who, made, plan.session_days)


def _cell(text: str, number: int) -> str:
    return text.replace("@", f"_{number:02d}")


class _Writer:
    """An SBML model that is filled from infix text; every refusal of libsbml ends the run."""

    def __init__(self) -> None:
        self.document = libsbml.SBMLDocument(3, 2)
        self.model = self.document.createModel()
        self.model.setId("neodermis")
        self.settings = libsbml.L3ParserSettings()
        self.settings.setModel(self.model)

    def math(self, element: Any, text: str) -> None:
        parsed = libsbml.parseL3FormulaWithSettings(text, self.settings)
        if parsed is None:
            raise ValueError(f"{text}: {libsbml.getLastParseL3Error()}")
        self.check(element.setMath(parsed))

    @staticmethod
    def check(status: int) -> None:
        if status != libsbml.LIBSBML_OPERATION_SUCCESS:
            raise ValueError(libsbml.OperationReturnValue_toString(status))

    def function(self, name: str, text: str) -> None:
        made = self.model.createFunctionDefinition()
        self.check(made.setId(name))
        self.math(made, text)

    def parameter(self, name: str, value: float | None = None, *, constant: bool = True, label: str = "") -> None:
        made = self.model.createParameter()
        self.check(made.setId(name))
        made.setConstant(constant)
        if value is not None:
            made.setValue(float(value))
        if label:
            made.setName(label)

    def initially(self, name: str, text: str) -> None:
        made = self.model.createInitialAssignment()
        self.check(made.setSymbol(name))
        self.math(made, text)

    def constant(self, name: str, text: str) -> None:
        """A parameter that is computed once."""
        self.parameter(name)
        self.initially(name, text)

    def always(self, name: str, text: str) -> None:
        """A parameter that follows from the others at every moment."""
        self.parameter(name, constant=False)
        made = self.model.createAssignmentRule()
        self.check(made.setVariable(name))
        self.math(made, text)

    def rate(self, name: str, text: str) -> None:
        made = self.model.createRateRule()
        self.check(made.setVariable(name))
        self.math(made, text)

    def cell(self, name: str, volume: float) -> None:
        made = self.model.createCompartment()
        self.check(made.setId(name))
        made.setSpatialDimensions(3.0)
        made.setConstant(True)
        made.setSize(float(volume))

    def species(self, name: str, cell: str, rest: str, label: str) -> None:
        made = self.model.createSpecies()
        self.check(made.setId(name))
        made.setName(label)
        made.setCompartment(cell)
        made.setHasOnlySubstanceUnits(False)
        made.setBoundaryCondition(False)
        made.setConstant(False)
        self.initially(name, rest)

    def event(self, name: str, trigger: str, priority: int, assigned: Mapping[str, str]) -> None:
        made = self.model.createEvent()
        self.check(made.setId(name))
        made.setUseValuesFromTriggerTime(False)
        when = made.createTrigger()
        when.setInitialValue(False)  # a session on day 0 is one
        when.setPersistent(True)
        self.math(when, trigger)
        self.math(made.createPriority(), str(priority))
        for variable, text in assigned.items():
            assignment = made.createEventAssignment()
            self.check(assignment.setVariable(variable))
            self.math(assignment, text)


def document(of: Case) -> str:
    """The SBML text of one person's course."""
    out, cells = _Writer(), range(1, DERMAL + 1)
    column = of.column
    intervals = np.diff(of.session_days)
    if len(set(intervals.round(9))) > 1:
        raise ValueError("sessions must be equally spaced")
    for name, text in FUNCTIONS.items():
        out.function(name, text)
    used = set(re.findall(r"[A-Za-z]\w+", " ".join(_texts())))
    given = {name: value for name, value in column.v.items() if name in used}
    given |= {
        "phototype": column.phototype, "scar_collagen": column.delta, "fragmented": of.who.fragmented,
        "melanocyte_at_rest": column.melanocyte, "corneum_mm": column.h[0], "living_mm": column.h[1],
        "entries_per_mm2": of.made.per_mm2,
        "reached_mm": of.made.reached_mm, "depth_loss": of.made.loss, "unevenness": of.made.unevenness,
        "needle_mm": of.made.width_mm, "tip_mm": of.made.tip_mm, "taper_mm": of.made.taper_mm,
        "sideways_mm": of.made.sideways_mm, "sessions": len(of.session_days),
        "interval_days": intervals[0] if len(intervals) else 0.0,
    }  # fmt: skip
    for name, value in given.items():
        out.parameter(name, value)
    for name, text in CONSTANTS.items():
        out.constant(name, text)
    profiles = (column.top, column.scar, column.collagen_at_rest, *column.pools.values(), *column.labile.values())
    for k in cells:
        for name, profile in zip(PROFILES, profiles, strict=True):
            out.parameter(_cell(name, k), profile[k - 1])
        out.cell(_cell("h@", k), column.h[DERMIS][k - 1])
        for name in BY_DEPTH:
            rest = _cell(REST.get(name, "0"), k)
            out.species(_cell(f"{name}@", k), _cell("h@", k), rest, f"{NAMES[name]}, dermal cell {k}")
    for name, rest in SURFACE_REST.items():
        out.parameter(name, constant=False, label=NAMES[name])
        out.initially(name, rest)
    _write_exposures(out, column)
    _write_signals(out, column)
    for k in cells:
        for name, text in SHARED.items():
            out.always(_cell(name, k), _cell(text, k))
        for name, text in BY_DEPTH.items():
            out.rate(_cell(f"{name}@", k), _cell(text, k))
    out.always("activation", ACTIVATION)
    out.parameter("papillary_rest", column.papillary_at_rest)
    out.always("papillary", " + ".join(_cell(OF_CELL, k) for k in range(1, PAPILLARY + 1)))
    out.always("K_0", SET_POINT)
    for name, text in ABOVE.items():
        out.rate(name, text)
    _write_sessions(out)
    return str(libsbml.writeSBMLToString(out.document))


def _texts() -> list[str]:
    """Everything in which a parameter may be named."""
    tables = (CONSTANTS, REST, SHARED, BY_DEPTH, ABOVE, JUMP)
    return (
        [text for table in tables for text in table.values()]
        + [source for _, source in SIGNALS.values()]
        + [ACTIVATION, SET_POINT, SHAPE, INFLUENCE, AT_SURFACE["w"]]
    )


def _write_exposures(out: _Writer, column: Column) -> None:
    """The named rates in time: the first, and of each change the share that has come about."""
    rate_time_course = column.rate_time_course
    changes = [
        k for k, both in enumerate(zip(*rate_time_course.steps, strict=True)) if any(any(s.values()) for s in both)
    ]
    for k in changes:
        out.parameter(f"change_{k}_day", rate_time_course.days[k])
        out.parameter(f"change_{k}_lag", rate_time_course.lags[k])
        since = f"(max(time - change_{k}_day, 0) / change_{k}_lag)^2"
        out.always(f"come_about_{k}", f"{since} / (1 + {since})")

    def sums(name: str) -> list[str]:
        """What comes about soon, and what slowly."""
        return [
            " + ".join(
                [repr(first[name]), *(f"{steps[k][name]!r} * come_about_{k}" for k in changes if steps[k][name])]
            )
            for first, steps in zip(rate_time_course.first, rate_time_course.steps, strict=True)
        ]

    for name in RATES:
        soon, late = sums(name)
        passing = sums("passing")[1]
        rules = {"c": f"{late} + ({passing}) * ({soon})", "u": soon}
        out.always(f"rate_{name}", rules.get(name, f"({soon}) * ({late})"))


def _write_signals(out: _Writer, column: Column) -> None:
    """Release of each signal by cell, and the steady signals that it keeps up."""
    cells = range(1, DERMAL + 1)
    for signal, (operator, source) in SIGNALS.items():
        rows = {"I": column.inflammatory_of, "T": column.tgf_of, "E": column.vegf_of}[operator]
        for k in cells:
            out.always(_cell(f"{signal}_from@", k), _cell(source, k))

        def row(factors: Any, signal: str = signal) -> str:
            return " + ".join(f"{float(factors[k - 1])!r} * {_cell(f'{signal}_from@', k)}" for k in cells)

        for k in cells:
            out.always(_cell(f"{signal}@", k), row(rows[DERMIS][k - 1]))
        if signal == "I":
            out.always("above", row(rows[1]))


def _within(depth: str, entries: Sequence[str]) -> str:
    """Share within reach of a channel at a depth."""
    areas = " + ".join(INFLUENCE.format(depth=depth, entry=entry) for entry in entries)
    return f"covered(entries_per_mm2 / {ENTRY_DEPTHS} * ({areas}), unevenness)"


def _write_sessions(out: _Writer) -> None:
    """The four events of a session."""
    cells = range(1, DERMAL + 1)
    faces = ["0", "corneum_mm", "(corneum_mm + living_mm)", *(_cell("z@", k) for k in cells)]
    below, depths = [faces[2]], {}
    for k in cells:
        below.append(_cell("h@ * (L1@ + L3@ + G1@ + G3@) / C_rest@", k))
        depths[_cell("z@", k)] = " + ".join(below)
        out.parameter(_cell("z@", k), 0.0, constant=False, label="depth of the cell's lower face at the last session")
    entries = [f"entry_{e:02d}" for e in range(1, ENTRY_DEPTHS + 1)]
    for e, entry in enumerate(entries):
        out.constant(entry, f"reached_mm * max(1 + depth_loss * ln({(e + 0.5) / ENTRY_DEPTHS!r}), 0)")
    injured = ["k_corneum", "k_living", *(_cell("k@", k) for k in cells)]
    reached = ["i_corneum", "i_living", *(_cell("i@", k) for k in cells)]
    rims, assigned = {}, {}
    for k, face in enumerate(faces):
        out.parameter(f"rims_{k}", 0.0, constant=False, label="killed area integrated below a face, of all entries")
        rims[f"rims_{k}"] = " + ".join(f"rim_integral(max({entry} - {face}, 0), {entry}, {SHAPE})" for entry in entries)
        out.parameter(f"within_{k}", 0.0, constant=False, label="share within reach of a channel at a face")
        rims[f"within_{k}"] = _within(face, entries)
    for k, (name, (top, bottom)) in enumerate(zip(injured, pairwise(faces), strict=True)):
        out.parameter(name, 0.0, constant=False, label="killed share at the last session")
        hits = f"entries_per_mm2 / {ENTRY_DEPTHS} * (rims_{k} - rims_{k + 1}) / ({bottom} - {top})"
        assigned[name] = f"covered({hits}, unevenness)"
        out.parameter(reached[k], 0.0, constant=False, label="share within reach of a channel at the last session")
        out.parameter(f"inside_{k}", 0.0, constant=False, label="share within reach of a channel in a cell's middle")
        rims[f"inside_{k}"] = _within(f"(({top} + {bottom}) / 2)", entries)
        assigned[reached[k]] = f"(within_{k} + 4 * inside_{k} + within_{k + 1}) / 6"
    plexus = _cell("z@", PAPILLARY)
    out.parameter("bleeding", 0.0, constant=False, label="share of the entries that reach the plexus")
    assigned["bleeding"] = f"piecewise(1 - exp(({plexus} / reached_mm - 1) / depth_loss), reached_mm > {plexus}, 0)"
    out.parameter("next_session_day", 0.0, constant=False)
    out.parameter("sessions_given", 0.0, constant=False)
    due = "time >= next_session_day && sessions_given < sessions"
    out.event("depths", due, 4, depths)
    out.event("needles", due, 3, rims)
    out.event("injury", due, 2, assigned)
    jump = {_cell(f"{name}@", k): _cell(text, k) for k in cells for name, text in JUMP.items()}
    jump |= AT_SURFACE
    jump |= {"next_session_day": "next_session_day + interval_days", "sessions_given": "sessions_given + 1"}
    out.event("session", due, 1, jump)


def problems(text: str) -> list[str]:
    """What libsbml's consistency check holds against a document: errors, and warnings but those about missing units."""
    checked = libsbml.readSBMLFromString(text)
    checked.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    checked.checkConsistency()
    found = [checked.getError(k) for k in range(checked.getNumErrors())]
    return [error.getMessage() for error in found if error.getSeverity() >= libsbml.LIBSBML_SEV_WARNING]


# ------------------------------------------------------------------------------------------------- the programs

#: States in the order of a solution's columns: all cells of one state, then the next, then the surface.
COLUMNS: Final = [_cell(f"{name}@", k) for name in STATES for k in range(1, DERMAL + 1)] + list(SURFACE)


class RoadRunner:
    """A document compiled by libRoadRunner, solved by CVODE (BDF, dense Jacobian by differences)."""

    def __init__(self, text: str) -> None:
        import roadrunner

        self.version = f"libRoadRunner {roadrunner.__version__}, CVODE"
        whole = libsbml.readSBMLFromString(text)
        expand = libsbml.ConversionProperties()
        expand.addOption("expandInitialAssignments", True)  # to numbers, which compile faster
        _Writer.check(whole.convert(expand))
        self.program = roadrunner.RoadRunner(libsbml.writeSBMLToString(whole))
        self.program.timeCourseSelections = [f"[{name}]" for name in COLUMNS[: -len(SURFACE)]] + list(SURFACE)

    def run(self, days: Sequence[float], relative: float, absolute: float) -> None:
        """Solve from rest, keeping the given days after 0."""
        self.program.resetAll()
        integrator = self.program.integrator
        integrator.relative_tolerance, integrator.absolute_tolerance = relative, absolute
        integrator.maximum_num_steps = 1_000_000
        self.kept = self.program.simulate(times=[0.0, *days])

    def states(self) -> Any:
        """Concentrations of the last run: (days, columns)."""
        return np.array(self.kept)[1:]


class Copasi:
    """A document read by COPASI, solved by its deterministic method (LSODA)."""

    def __init__(self, text: str) -> None:
        import COPASI

        self.version = f"COPASI {COPASI.__version__}, LSODA"
        self.messages = COPASI.CCopasiMessage
        self.model = COPASI.CRootContainer.addDatamodel()
        if not self.model.importSBMLFromString(text):
            raise RuntimeError(self.messages.getAllMessageText())
        self.task = self.model.getTask("Time-Course")
        self.task.setMethodType(COPASI.CTaskEnum.Method_deterministic)
        self.days: list[float] = []

    def run(self, days: Sequence[float], relative: float, absolute: float) -> None:
        """Solve from rest, keeping the given days after 0."""
        problem, method = self.task.getProblem(), self.task.getMethod()
        self.days = [float(day) for day in days]
        problem.setUseValues(True)
        problem.setValues(" ".join(map(repr, (0.0, *self.days))))
        problem.setDuration(self.days[-1])
        problem.setTimeSeriesRequested(True)
        for name, value in (("Relative Tolerance", relative), ("Absolute Tolerance", absolute)):
            method.getParameter(name).setDblValue(value)
        method.getParameter("Max Internal Steps").setUIntValue(1_000_000)
        if not self.task.process(True):
            raise RuntimeError(self.messages.getAllMessageText())

    def states(self) -> Any:
        """Concentrations of the last run: (days, columns)."""
        series = self.task.getTimeSeries()
        place = {series.getSBMLId(k, self.model): k for k in range(series.getNumVariables())}
        columns = [place[name] for name in COLUMNS]
        times = np.array([series.getConcentrationData(row, 0) for row in range(series.getRecordedSteps())])
        rows = [int(np.flatnonzero(np.isclose(times, day, rtol=0.0, atol=1e-9))[-1]) for day in self.days]
        return np.array([[series.getConcentrationData(row, column) for column in columns] for row in rows])


ENGINES: Final = {"libRoadRunner": RoadRunner, "COPASI": Copasi}


# ------------------------------------------------------------------------------------------------- the comparison


def product(sentence: str, until: float, **person: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    """The product's central course: days of its steps but session days, then on these what it gives.

    States at rest (columns,), states on steps halved as often as asked (halvings → (days, columns)), and outcomes as
    shipped (name → (1 + days,), from before the first session on).  ``person`` is what a patient takes.
    """
    from neodermis.evidence import load_parameters
    from neodermis.people import Patient
    from neodermis.simulation import readout, session, solver
    from neodermis.skin import outcomes
    from neodermis.skin.tissue import site_spellings
    from neodermis.treatment import read_protocol

    shipped, plan = load_parameters(calibrated=False), read_protocol(sentence, sites=site_spellings())
    (site,) = plan.sites
    made = session.draw_ensemble(plan.at(site).sources, Patient(**person).skin(site), shipped)
    members = readout.members_of(made, made.session_effects())
    first = solver.solve_states(members, solver.Schedule.of(plan.session_days), until, halvings=0)
    days = first.days[~np.isclose(first.days[:, None], plan.session_days, rtol=0.0, atol=1e-9).any(axis=1)]

    def columns(state: Any) -> Any:
        cells, matrix, surface = state
        pools = [matrix.labile_1, matrix.labile_3, matrix.mature_1, matrix.mature_3]
        pools += [
            matrix.cumulative_synthesis_1 + matrix.cumulative_synthesis_3,
            matrix.cumulative_degradation_1 + matrix.cumulative_degradation_3,
        ]
        deep = [values[0] for values in (*cells[: len(STATES) - len(pools)], *pools)]
        return np.concatenate([*deep, np.stack([values[0] for values in surface], axis=-1)], axis=-1)

    states = {}
    for halvings in (SHIPPED, FINE):
        seen = solver.solve_states(members, solver.Schedule.of(plan.session_days), until, halvings=halvings)
        place = np.searchsorted(seen.days, days - 1e-9)
        assert np.allclose(seen.days[place], days, rtol=0.0, atol=1e-9), "halved steps pass through the whole ones"
        states[halvings] = columns(seen.moments.state)[place]
    read = solver.solve(members, solver.Schedule.of(plan.session_days), np.concatenate([[0.0], days])).read
    shipped_outcomes = {name: outcomes.values(name, read)[0] for name in outcomes.READ}
    return days, columns(first.column.rest), states, shipped_outcomes


def _by_state(columns: Any) -> dict[str, Any]:
    """State → its columns."""
    deep = len(STATES) * DERMAL
    parts = np.split(columns[:, :deep], len(STATES), axis=1)
    return dict(zip(STATES, parts, strict=True)) | {
        name: columns[:, [deep + k]] for k, name in enumerate(SURFACE)
    }  # fmt: skip


def outcomes_by_day(column: Column, rows: Any) -> dict[str, Any]:
    """Outcomes of states (days, columns): name → (days,)."""
    read = [column.outcomes(row) for row in rows]
    return {name: np.array([values[name] for values in read]) for name in read[0]}


def compare(
    sentence: str = PROTOCOL, until: float = 395.0, engines: Sequence[str] = tuple(ENGINES), **person: Any
) -> dict[str, Any]:
    """Solve one course with other programs and hold every state by depth to the product's, on the product's steps.

    Returns plain data: the case, ``problems`` of the document, ``versions`` by engine, and under ``fine`` (steps halved
    until it no longer matters) and ``shipped`` (as states are watched) engine → state → largest difference over days
    and cells, as a share of that state's own peak change; under ``outcomes``, the same of the catalogue's outcomes as
    shipped, whose error the product measures in each run.
    """
    from neodermis.skin.outcomes import READ

    of = case(sentence, **person)
    text = document(of)
    days, at_rest, ours, shipped_outcomes = product(sentence, until, **person)
    column = of.column
    found: dict[str, Any] = {
        "protocol": sentence, "until_day": until, "relative_tolerance": TIGHT, "accepted": TOLERANCE,
        "problems": problems(text), "versions": {}, "fine": {}, "shipped": {}, "outcomes": {},
    }  # fmt: skip
    for name in engines:
        engine = ENGINES[name](text)
        engine.run(days, TIGHT, TIGHT * 1e-4)
        found["versions"][name] = engine.version
        theirs = engine.states()
        read = outcomes_by_day(column, np.vstack([at_rest, theirs]))
        found["outcomes"][name] = {outcome: difference(shipped_outcomes[outcome], read[outcome]) for outcome in READ}
        for steps, halvings in (("fine", FINE), ("shipped", SHIPPED)):
            apart, moved = _by_state(np.abs(theirs - ours[halvings])), _by_state(np.abs(theirs - at_rest))
            found[steps][name] = {state: float(apart[state].max() / (moved[state].max() or 1.0)) for state in apart}
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where the document has a problem or a state differs by more than what is accepted."""
    parser = argparse.ArgumentParser(prog="python -m verification.sbml", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--protocol", default=PROTOCOL, help="a protocol of one site (default: %(default)s)")
    parser.add_argument("--until", type=float, default=395.0, help="last day (default: %(default)g)")
    parser.add_argument("--write", type=Path, metavar="FILE.xml", help="keep the SBML document")
    given = parser.parse_args(arguments)
    if given.write is not None:
        given.write.write_text(document(case(given.protocol)), encoding="utf-8")
    found = compare(given.protocol, given.until)
    names = list(found["versions"])
    print(f"{found['protocol']}; {found['until_day']:g} days; libsbml {libsbml.getLibSBMLDottedVersion()}")
    print(f"largest difference over days and cells, share of the peak change; tolerance {TIGHT:g}")
    print(f"{'':<27}" + "".join(f"{found['versions'][name]:>28}" for name in names))
    print(f"{'state':<27}" + f"{'fine steps':>16}{'as shipped':>12}" * len(names))
    for state in (*STATES, *SURFACE):
        pairs = "".join(f"{found['fine'][name][state]:16.1e}{found['shipped'][name][state]:12.1e}" for name in names)
        print(f"{NAMES[state]:<27}{pairs}")
    held = {
        "states on fine steps": max(max(by.values()) for by in found["fine"].values()),
        "outcomes as shipped": max(max(by.values()) for by in found["outcomes"].values()),
    }
    for what, largest in held.items():
        print(f"largest of the {what}: {largest:.1e}; accepted: {TOLERANCE:.0e}")
    print("as shipped, a state that is no outcome may be further off: steps are chosen by the outcomes")
    print(f"consistency of the document: {'; '.join(found['problems']) or 'no error'}")
    return int(bool(found["problems"]) or max(held.values()) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
