"""Treatments: devices, actives, protocols, and the sentences in which protocols are written."""

from neodermis.treatment.active import Active, Application, HomeUse, find_active, load_actives
from neodermis.treatment.device import (
    Device,
    Span,
    find_device,
    load_devices,
    of_kind,
    pen,
    roller,
    stamp,
)
from neodermis.treatment.protocol import (
    InjurySource,
    NeedlePattern,
    Pass,
    Phase,
    Protocol,
    Session,
    calendar,
    read_protocol,
)

__all__ = [
    "Active",
    "Application",
    "Device",
    "HomeUse",
    "InjurySource",
    "NeedlePattern",
    "Pass",
    "Phase",
    "Protocol",
    "Session",
    "Span",
    "calendar",
    "find_active",
    "find_device",
    "load_actives",
    "load_devices",
    "of_kind",
    "pen",
    "read_protocol",
    "roller",
    "stamp",
]
