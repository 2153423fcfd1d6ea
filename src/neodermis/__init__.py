"""neodermis: treatment planning for microneedling (percutaneous collagen induction).

``simulate`` takes a protocol sentence and a person to a predicted course, ``injure`` to what one session does;
importing does no work, every name is loaded when it is first used.  Decision support for professionals and
research software, not a medical device.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neodermis.api import (
        Case,
        Numerics,
        compare,
        compare_exposures,
        deliver,
        explain,
        injure,
        load,
        rerun,
        section,
        simulate,
        simulate_arm,
        sweep,
    )
    from neodermis.api.sensitivity import sensitivity
    from neodermis.care.suitability import screen
    from neodermis.errors import InputError, NeodermisError
    from neodermis.evidence import ParameterSet, load_parameters, load_study
    from neodermis.inference.folder import calibrate, validate
    from neodermis.people import Patient
    from neodermis.planning.plan import plan
    from neodermis.planning.update import update
    from neodermis.planning.what_if import what_if
    from neodermis.report.citing import cite
    from neodermis.simulation.course import Course
    from neodermis.simulation.heat import HeatInjuries
    from neodermis.simulation.session_outcomes import Injuries
    from neodermis.treatment import Protocol, find_device
    from neodermis.trials.trial import trial

#: Printed with every result.
DISCLAIMER = (
    "Decision support for professionals and research software. Not a medical device; not advice for one person."
)

_HOME = {
    "Case": "neodermis.api",
    "Course": "neodermis.simulation.course",
    "HeatInjuries": "neodermis.simulation.heat",
    "Injuries": "neodermis.simulation.session_outcomes",
    "InputError": "neodermis.errors",
    "NeodermisError": "neodermis.errors",
    "Numerics": "neodermis.api",
    "ParameterSet": "neodermis.evidence",
    "Patient": "neodermis.people",
    "Protocol": "neodermis.treatment",
    "calibrate": "neodermis.inference.folder",
    "cite": "neodermis.report.citing",
    "compare": "neodermis.api",
    "compare_exposures": "neodermis.api",
    "deliver": "neodermis.api",
    "find_active": "neodermis.treatment.active",
    "explain": "neodermis.api",
    "find_device": "neodermis.treatment",
    "injure": "neodermis.api",
    "load": "neodermis.api",
    "load_parameters": "neodermis.evidence",
    "load_study": "neodermis.evidence",
    "plan": "neodermis.planning.plan",
    "rerun": "neodermis.api",
    "section": "neodermis.api",
    "screen": "neodermis.care.suitability",
    "sensitivity": "neodermis.api.sensitivity",
    "simulate": "neodermis.api",
    "simulate_arm": "neodermis.api",
    "skin_by_age": "neodermis.api",
    "sweep": "neodermis.api",
    "trial": "neodermis.trials.trial",
    "update": "neodermis.planning.update",
    "validate": "neodermis.inference.folder",
    "what_if": "neodermis.planning.what_if",
}

__all__ = [
    "DISCLAIMER",
    "Case",
    "Course",
    "HeatInjuries",
    "Injuries",
    "InputError",
    "NeodermisError",
    "Numerics",
    "ParameterSet",
    "Patient",
    "Protocol",
    "calibrate",
    "cite",
    "compare",
    "compare_exposures",
    "deliver",
    "explain",
    "find_active",
    "find_device",
    "injure",
    "load",
    "load_parameters",
    "load_study",
    "plan",
    "rerun",
    "screen",
    "section",
    "sensitivity",
    "simulate",
    "simulate_arm",
    "skin_by_age",
    "sweep",
    "trial",
    "update",
    "validate",
    "what_if",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'neodermis' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
