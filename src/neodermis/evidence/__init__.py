"""Evidence: bibliography, findings, published figures and parameters."""

from typing import TYPE_CHECKING

from neodermis.lazy import names_of

if TYPE_CHECKING:
    from neodermis.evidence.bibliography import Bibliography, Work, load_bibliography
    from neodermis.evidence.figure import Figure, Setup, find_figure, load_figures, read_figures
    from neodermis.evidence.parameter import (
        Parameter,
        ParameterSet,
        in_unit,
        load_heat_parameters,
        load_parameters,
        read_parameters,
    )
    from neodermis.evidence.source import (
        SCALE_UNITS,
        Arm,
        Assumed,
        Cohort,
        Finding,
        Study,
        findings_schema,
        load_study,
        read_study,
        study_ids,
    )

__all__ = [
    "SCALE_UNITS",
    "Arm",
    "Assumed",
    "Bibliography",
    "Cohort",
    "Figure",
    "Finding",
    "Parameter",
    "ParameterSet",
    "Setup",
    "Study",
    "Work",
    "find_figure",
    "findings_schema",
    "in_unit",
    "load_bibliography",
    "load_figures",
    "load_heat_parameters",
    "load_parameters",
    "load_study",
    "read_figures",
    "read_parameters",
    "read_study",
    "study_ids",
]

__getattr__ = names_of(__name__)
