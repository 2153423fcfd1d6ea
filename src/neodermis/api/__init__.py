"""The verbs: a case in, a result with its uncertainty and its sources out."""

from typing import TYPE_CHECKING

from neodermis.lazy import names_of

if TYPE_CHECKING:
    from neodermis.api.case import Case, Numerics
    from neodermis.api.comparison import Change, Comparison, compare, compare_exposures
    from neodermis.api.course import checked_study, injure, simulate, simulate_arm
    from neodermis.api.cross_section import Section, SectionCase, section
    from neodermis.api.delivery import deliver
    from neodermis.api.explanation import Explanation, explain, trace
    from neodermis.api.inputs import read, read_any, read_draws
    from neodermis.api.saved import Saved, load, read_saved, rerun
    from neodermis.api.untreated import QUANTITIES, Decades, skin_by_age
    from neodermis.api.variation import sweep

__all__ = [
    "QUANTITIES",
    "Case",
    "Change",
    "Comparison",
    "Decades",
    "Explanation",
    "Numerics",
    "Saved",
    "Section",
    "SectionCase",
    "checked_study",
    "compare",
    "compare_exposures",
    "deliver",
    "explain",
    "injure",
    "load",
    "read",
    "read_any",
    "read_draws",
    "read_saved",
    "rerun",
    "section",
    "simulate",
    "simulate_arm",
    "skin_by_age",
    "sweep",
    "trace",
]

__getattr__ = names_of(__name__)
