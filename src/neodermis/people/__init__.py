"""Who: patients, what a session does to a patient's skin, and the predicted course of a protocol."""

from neodermis.people.explanation import Explanation, explain, trace
from neodermis.people.forecast import checked_study, injure, read, read_draws, simulate, simulate_arm
from neodermis.people.patient import Patient

__all__ = [
    "Explanation",
    "Patient",
    "checked_study",
    "explain",
    "injure",
    "read",
    "read_draws",
    "simulate",
    "simulate_arm",
    "trace",
]
