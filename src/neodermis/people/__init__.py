"""Patients: description, exposures, concerns, home regimens and populations."""

from typing import TYPE_CHECKING

from neodermis.lazy import names_of

if TYPE_CHECKING:
    from neodermis.people.concern import find_concern, load_concerns
    from neodermis.people.exposure import find_exposure, load_exposures
    from neodermis.people.patient import Patient, read_patient
    from neodermis.people.population import VirtualPopulation

__all__ = [
    "Patient",
    "VirtualPopulation",
    "find_concern",
    "find_exposure",
    "load_concerns",
    "load_exposures",
    "read_patient",
]

__getattr__ = names_of(__name__)
