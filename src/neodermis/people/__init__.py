"""Who: patients, and the predicted course of a protocol in a patient's skin."""

from neodermis.people.forecast import simulate, simulate_arm
from neodermis.people.patient import Patient

__all__ = ["Patient", "simulate", "simulate_arm"]
