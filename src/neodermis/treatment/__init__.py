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
from neodermis.treatment.heat import HeatDevice, HeatPass, HeatPattern, HeatPhase, HeatProtocol, load_heat_devices
from neodermis.treatment.protocol import (
    InjurySource,
    NeedlePattern,
    Pass,
    Phase,
    Protocol,
    Session,
    calendar,
    read_protocol,
    read_treatment,
)

__all__ = [
    "Active",
    "Application",
    "Device",
    "HeatDevice",
    "HeatPass",
    "HeatPattern",
    "HeatPhase",
    "HeatProtocol",
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
    "load_heat_devices",
    "of_kind",
    "pen",
    "read_protocol",
    "read_treatment",
    "roller",
    "stamp",
]
