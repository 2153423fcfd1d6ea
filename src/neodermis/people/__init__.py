"""Who: patients, and the predicted course of a protocol in a patient's skin."""

from neodermis.people.forecast import checked_study, simulate, simulate_arm
from neodermis.people.patient import Patient

__all__ = ["Patient", "checked_study", "simulate", "simulate_arm"]
