"""What is done to the skin: devices, protocols, and the sentences in which protocols are written."""

from neodermis.treatment.device import (
    Device,
    Reference,
    Span,
    find_device,
    load_devices,
    load_references,
    pen,
    roller,
    stamp,
)
from neodermis.treatment.protocol import Pass, Protocol, calendar, read_protocol

__all__ = [
    "Device",
    "Pass",
    "Protocol",
    "Reference",
    "Span",
    "calendar",
    "find_device",
    "load_devices",
    "load_references",
    "pen",
    "read_protocol",
    "roller",
    "stamp",
]
