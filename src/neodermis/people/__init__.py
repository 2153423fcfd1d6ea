"""Who: patients, what a session does to a patient's skin, and the predicted course of a protocol."""

from typing import TYPE_CHECKING

from neodermis.lazy import names_of

if TYPE_CHECKING:
    from neodermis.people.case import Case, Numerics
    from neodermis.people.comparison import Change, Comparison, compare, compare_exposures
    from neodermis.people.concern import find_concern, load_concerns
    from neodermis.people.decades import QUANTITIES, Decades, skin_by_age
    from neodermis.people.delivering import deliver
    from neodermis.people.explanation import Explanation, explain, trace
    from neodermis.people.exposure import find_exposure, load_exposures
    from neodermis.people.forecast import checked_study, injure, simulate, simulate_arm
    from neodermis.people.patient import Patient, read_patient
    from neodermis.people.population import VirtualPopulation
    from neodermis.people.reading import read, read_draws
    from neodermis.people.saved import Saved, load, read_saved, rerun
    from neodermis.people.sweeps import sweep

__all__ = [
    "QUANTITIES",
    "Case",
    "Change",
    "Comparison",
    "Decades",
    "Explanation",
    "Numerics",
    "Patient",
    "Saved",
    "VirtualPopulation",
    "checked_study",
    "compare",
    "compare_exposures",
    "deliver",
    "explain",
    "find_concern",
    "find_exposure",
    "injure",
    "load",
    "load_concerns",
    "load_exposures",
    "read",
    "read_draws",
    "read_patient",
    "read_saved",
    "rerun",
    "simulate",
    "simulate_arm",
    "skin_by_age",
    "sweep",
    "trace",
]

__getattr__ = names_of(__name__)
