"""What is known, and how well: sources, findings, figures, parameters."""

from neodermis.evidence.figure import Amount, Figure, Setup, find_figure, load_figures, read_figures
from neodermis.evidence.parameter import Parameter, ParameterSet, Spread, in_unit, load_parameters, read_parameters
from neodermis.evidence.source import (
    SCALE_UNITS,
    Arm,
    Assumed,
    Cohort,
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
    "Amount",
    "Arm",
    "Assumed",
    "Cohort",
    "Figure",
    "Finding",
    "Parameter",
    "ParameterSet",
    "Setup",
    "Source",
    "Spread",
    "Study",
    "find_figure",
    "findings_schema",
    "in_unit",
    "load_figures",
    "load_parameters",
    "load_sources",
    "load_study",
    "read_figures",
    "read_parameters",
    "read_study",
    "study_ids",
]
