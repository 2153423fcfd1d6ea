"""What is known, and how well: sources, findings, parameters."""

from neodermis.evidence.parameter import Parameter, ParameterSet, Spread, in_unit, load_parameters, read_parameters
from neodermis.evidence.source import (
    SCALE_UNITS,
    Arm,
    Assumed,
    Finding,
    Source,
    Study,
    findings_schema,
    load_sources,
    load_study,
    read_study,
    study_ids,
)

__all__ = [
    "SCALE_UNITS",
    "Arm",
    "Assumed",
    "Finding",
    "Parameter",
    "ParameterSet",
    "Source",
    "Spread",
    "Study",
    "findings_schema",
    "in_unit",
    "load_parameters",
    "load_sources",
    "load_study",
    "read_parameters",
    "read_study",
    "study_ids",
]
