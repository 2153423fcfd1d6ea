"""Who: patients, what a session does to a patient's skin, and the predicted course of a protocol."""

from neodermis.people.decades import QUANTITIES, Decades, skin_by_age
from neodermis.people.explanation import Explanation, explain, trace
from neodermis.people.forecast import checked_study, injure, read, read_draws, simulate, simulate_arm
from neodermis.people.patient import Patient

__all__ = [
    "QUANTITIES",
    "Decades",
    "Explanation",
    "Patient",
    "checked_study",
    "explain",
    "injure",
    "read",
    "read_draws",
    "simulate",
    "simulate_arm",
    "skin_by_age",
    "trace",
]
