"""Raters and studies: what a study adds to a change as measured by an instrument.

Biology
    None: unblinded patients and clinicians perceive a larger improvement; patients present when they are at their worst
    and improve by the next visit (regression to the mean); seasons change.  One offset covers all of these; in studies
    of needling alone it cannot be separated from biology.  Studies of one treatment differ by more than their size
    explains.  A global judgement ("good", "more than half") and satisfaction are scales of their own.
Equations   (g_obs, g: observed severity, and severity derived from the state; t days after the first session)
    ln g_obs = ln g − b (1 − 2^(−t/T)) + δ
    b = 0 for an instrument, b₁ for a blinded rater, b₁ + b₂ for an unblinded rater, b₁ + b₂ + b₃ for the patient;
    δ ~ N(0, τ²) of each study, τ by family of outcomes; δ of two arms, or of two sides of one person, correlate;
    share of people with a judgement of at least rank k = Φ((x − c_k)/√(s² + s_j²)),  x = 1 − g_obs/g_obs(0),
    s: between-person variability, s_j: scatter of a judgement of one person, which takes the place of reading error,
    c_k: the printed improvement, or (k − 1)/m of a scale of m words, moved by N(0, s_c²) of the study's rater, and for
    satisfaction multiplied by f.
Reads
    kind of rater, day, family of the outcome.
Writes
    change of a graded scale as reported by that rater, in that study; shares of people by category.
Evidence
    needling alone lowers acne-scar scores by 9 to 53 %: less with blinded raters or instruments, more with unblinded
    raters or patients.  No study of needling reports numbers for one arm rated in both ways, so every size here is
    assumed; findings inform rater bias and biology jointly, and the two cannot be separated.  Categories of improvement
    put most people into the middle ones, which a cut of the measured change alone does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.units import Array, Declared


class RaterParameters(NamedTuple):
    """Rater bias, judgements in categories, and between-study heterogeneity."""

    rater_blinded: Annotated[Array, Declared("1", "bias of a blinded rater: fall of the logarithm of severity")]
    rater_unblinded: Annotated[Array, Declared("1", "additional bias of an unblinded rater")]
    rater_self: Annotated[Array, Declared("1", "additional bias of the patient")]
    rater_time: Annotated[Array, Declared("d", "half-time of rater bias")]
    judgement_scatter: Annotated[
        Array, Declared("1", "SD of a judged improvement around the measured one, as a share of the start")
    ]
    judgement_cut: Annotated[
        Array, Declared("1", "SD between raters of where a category of improvement begins, as a share of the start")
    ]
    satisfaction_cut: Annotated[
        Array, Declared("1", "improvement that satisfies, relative to a judgement of the same rank")
    ]
    heterogeneity_scars: Annotated[Array, Declared("1", "SD between studies of log severity of scars")]
    heterogeneity_ageing: Annotated[Array, Declared("1", "SD between studies of log grades of wrinkles and texture")]
    heterogeneity_pigment: Annotated[Array, Declared("1", "SD between studies of log pigment")]
    heterogeneity_instruments: Annotated[
        Array, Declared("1", "SD between studies of log elasticity, thickness and melanin index")
    ]
    heterogeneity_histology: Annotated[Array, Declared("1", "SD between studies of log amounts in biopsies")]
    heterogeneity_barrier: Annotated[Array, Declared("1", "SD between studies of log readings of barrier and redness")]
    heterogeneity_session: Annotated[
        Array, Declared("1", "SD between studies of log downtime, and of the log odds of the pain scale")
    ]
    heterogeneity_events: Annotated[Array, Declared("1", "SD between studies of the log odds of an adverse event")]
    heterogeneity_arms: Annotated[Array, Declared("1", "correlation of that between arms of one study")]
    heterogeneity_sides: Annotated[Array, Declared("1", "correlation of that between sides of one person")]


#: Judges, from the one that adds nothing on.
RATERS = ("instrument", "blinded", "unblinded", "self")
#: Outcomes that are a judgement of the whole, on a scale of its own.
JUDGEMENTS: Final = ("global_improvement", "satisfaction")
#: Families of outcomes that are judged together; each outcome is in one.
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "scars": (
        "scar_severity", "scar_severity_rolling", "scar_severity_boxcar", "scar_severity_ice_pick",
        "goodman_baron_grade", "goodman_baron_score", "ecca_score", "vss", "posas", "striae_width",
    ),
    "ageing": (
        "wrinkle_grade", "wrinkle_depth", "laxity_grade", "texture_grade", "roughness_ra", "pore_diameter", "radiance",
    ),
    "pigment": ("melanin", "melanin_index", "melanin_contrast", "mmasi", "masi"),
    "elasticity": (
        "cutometer_r2", "cutometer_r5", "cutometer_r7", "stiffness", "dermal_thickness", "dermal_density",
        "epidermal_thickness",
    ),
    "histology": (
        "collagen_papillary", "collagen_total", "collagen_1", "collagen_3", "collagen_3_share", "elastin",
        "tropoelastin", "hyaluronan", "collagen_area",
    ),
    "barrier": ("tewl", "hydration", "sebum", "erythema_index", "blood_flow"),
    "session": (
        "pain_vas", "erythema_hours", "oedema_hours", "flaking_days", "downtime_days", "closure_hours_electrical",
        "closure_hours_geometric", "closure_hours_barrier",
    ),
    "events": ("pih_probability", "scarring_risk", "bruising_probability"),
    "judgement": ("responder_share", *JUDGEMENTS),
}  # fmt: skip
_FAMILY_OF: Final = {outcome: family for family, outcomes in FAMILIES.items() for outcome in outcomes}


def family_of(outcome: str) -> str:
    """Family of an outcome."""
    return _FAMILY_OF[outcome]


#: Outcomes whose heterogeneity is not that of their family: an instrument reads them, or a section does.
_READ_BY: Final = {"melanin_index": "instruments", "melanin": "histology"}


def heterogeneity_of(outcome: str) -> str:
    """Name of the parameter of the heterogeneity between studies of an outcome."""
    family = family_of(outcome)
    return f"heterogeneity_{_READ_BY.get(outcome, 'instruments' if family == 'elasticity' else family)}"


def heterogeneity(outcome: str, p: RaterParameters) -> Array:
    """Standard deviation between studies of an outcome, on its logarithm (of an event on its log odds)."""
    found: Array = getattr(p, heterogeneity_of(outcome))
    return found


def offset(rater: str, day: Array, p: RaterParameters) -> Array:
    """What a judge takes off the logarithm of a severity on a day after the first session; 0 of an instrument."""
    level = RATERS.index(rater)
    added = (p.rater_blinded, p.rater_unblinded, p.rater_self)[:level]
    return sum(added) * (1.0 - 2.0 ** (-np.asarray(day) / p.rater_time)) if added else 0.0 * np.asarray(p.rater_time)


def cut_of_judgement(outcome: str, improvement: Array, p: RaterParameters) -> Array:
    """Improvement (share of the start) from which a judgement is as printed; satisfaction needs another one."""
    return improvement * (p.satisfaction_cut if outcome == "satisfaction" else 1.0)
