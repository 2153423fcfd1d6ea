"""Every input matters, the right way: low and high of each, what it moves, and the sign.

``NONE`` states that nothing reads an input.  A field or a parameter that is missing from a table fails; so does one
that moves nothing, or moves the wrong way.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final, get_type_hints

import jax
import numpy as np
import pytest
from tests.helpers import draw_ensemble, members, people, read, session_effects, solved
from tests.laws.test_delivery_laws import FIXED as FIXED_IN_DELIVERY
from tests.laws.test_delivery_laws import PARAMETERS as OF_DELIVERY
from tests.laws.test_measure_laws import FIXED as FIXED_IN_MEASURES
from tests.laws.test_measure_laws import MEASURES, RATERS, STUDIES

import neodermis
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.people.exposure import load_exposures
from neodermis.simulation import course as courses
from neodermis.simulation import readout, session, solver
from neodermis.simulation.course import Course
from neodermis.simulation.session import Interval, SessionEffect, closure_half_times, closures, setting_draws
from neodermis.skin import epidermis, measures
from neodermis.skin.concerns import Concerns
from neodermis.skin.exposures import Levels
from neodermis.skin.measures import MeasureParameters
from neodermis.skin.outcomes import OF_BARRIER
from neodermis.treatment import Device, Pass, Phase, Protocol, Span

UP, DOWN, NONE = 1, -1, 0
#: Smallest relative move that counts: ten times what the step control leaves of a difference of equal steps.
LEAST = 1e-3

# ------------------------------------------------------------------------------------------------- parameters

#: parameter → what it moves from its 5 % to its 95 % value, and the sign; delivery and measures have own tables
PARAMETERS = {
    # tissue
    "stratum_corneum_thickness": ("injury", DOWN),  # less of the channel is in the dermis
    "viable_epidermis_thickness": ("injury", DOWN),
    "dermis_thickness_factor": ("thickness", UP),
    "papillary_share_of_dermis": ("baseline", UP),
    "collagen_concentration": ("baseline", UP),
    "type_3_share": ("type_3_share", UP),
    "fibroblast_density": ("repair_cells", UP),
    "fat_depth": ("leukocytes", UP),  # the sink for signals lies further from the dermis
    # ageing: this person is older than the published series
    "collagen_loss_rate": ("baseline", DOWN),
    "procollagen_aged": ("gain", UP),  # less of the synthesis is lost with age
    "procollagen_aged_cells": ("gain", UP),  # old cells then answer more; of someone old, see CONTEXT
    "young_donor_age": ("gain", UP),  # the fall begins later
    "aged_donor_age": ("gain", UP),  # and takes longer
    "elastin_ageing_age": ("elastin_now", UP),
    "epidermal_slowing_age": ("melanin_dip", UP),  # a slow epidermis is less lightened by shedding
    "epidermal_slowing": ("melanin_dip", DOWN),
    "melanocyte_loss_age": ("pih", UP),
    "melanocyte_loss": ("pih", DOWN),
    # exposures: of someone who has them, see CONTEXT
    "exposure_lag": ("end", DOWN),  # less of a stop has come about
    "quick_exposure_lag": ("end", DOWN),  # the same of sun
    "smoking_reference": ("baseline", UP),  # the same cigarettes count for less
    "smoking_most": ("baseline", DOWN),  # more cigarettes count, see CONTEXT
    "smoking_synthesis_1_fall": ("baseline", DOWN),
    "smoking_synthesis_3_fall": ("type_3_share", DOWN),
    "smoking_wound_ratio": ("rise", DOWN),
    "smoking_neutrophil_protease_rise": ("fall", UP),
    "uv_cleavage_rise": ("baseline", DOWN),
    "uv_effect_time": ("baseline", DOWN),
    "uv_fragmentation": ("baseline", DOWN),
    "photodamage_synthesis_fall": ("baseline", DOWN),
    "photodamage_cleavage_rise": ("baseline", DOWN),
    "erythema_dose_ratio": ("baseline", DOWN),  # in skin lighter than III
    "sunscreen_protection": ("baseline", UP),
    "retinoid_formation_rise": ("baseline", UP),
    "retinoid_formation_before": ("baseline", UP),  # the same rise of more is more
    "retinoid_uv_block": ("baseline", UP),
    "retinoid_melanin_fall": ("melanin_now", DOWN),
    "sun_pigmentation_rise": ("pih", UP),
    "tranexamic_melanin_fall": ("melanin", DOWN),
    "hydroquinone_melanin_fall": ("melanin_now", DOWN),
    "menopause_collagen_loss": ("baseline", DOWN),
    "menopause_loss_time": ("baseline", DOWN),  # as much a year for longer is more in all
    "steroid_synthesis_fall": ("rise", DOWN),
    "alcohol_reference": ("baseline", UP),  # the same drinks count for less
    "alcohol_synthesis_fall": ("baseline", DOWN),
    "diet_synthesis_fall": ("baseline", DOWN),
    "stress_cover_slowing": ("half_covered", UP),
    "sleep_wound_fall": ("rise", DOWN),
    "pollution_cleavage_rise": ("baseline", DOWN),
    "vitamin_c_synthesis_rise": ("baseline", UP),
    "diabetes_barrier_open": ("half_covered", UP),
    "healthy_barrier_open": ("half_covered", DOWN),  # the less slow are the diabetic beside them
    "isotretinoin_wound_fall": ("rise", DOWN),
    "anticoagulant_bleeding_odds": ("bleeding", UP),
    # concerns: of someone who has them, see CONTEXT
    "scar_deficit": ("baseline", DOWN),
    "scar_excess": ("baseline", UP),
    "shallow_scar_depth": ("boxcar_left", DOWN),  # near the surface less of the signals is released
    "wrinkle_fragmentation": ("baseline", DOWN),
    "photodamage_fragmentation": ("baseline", DOWN),
    "laxity_elastin_loss": ("elastin_now", DOWN),
    "striae_elastin_loss": ("elastin_now", DOWN),
    "melasma_melanocyte_rise": ("melanin_now", UP),
    "uneven_tone_melanocyte_rise": ("melanin_now", UP),
    "dullness_turnover_rise": ("melanin_dip", DOWN),
    # needling; "roller_" … is the same session with another device or at another site, named in SESSIONS
    "pen_glide_speed": ("entries", DOWN),
    "roller_speed": ("roller_minutes", DOWN),
    "stamp_rate": ("stamp_minutes", DOWN),
    "pressing_speed": ("stamp_reached", UP),  # a faster needle meets less resistance
    "lane_overlap": ("entries", UP),
    "hand_force": ("dense_reached", UP),  # the hand is the limit where very many needles share it
    "stroke_contact_share": ("open", UP),  # a longer path with the needle in the skin
    "depth_loss": ("median", DOWN),
    "coverage_unevenness": ("injury", DOWN),  # the same entries lie more on one another
    "puncture_dent": ("reached", DOWN),
    "puncture_tip_radius": ("reached", UP),  # the same dent under a blunter tip is a softer skin
    "foundation_stiffness": ("reached", UP),
    "bone_stiffening": ("bone_reached", UP),
    "fat_softening": ("fat_reached", UP),  # relative to muscle: the larger, the less soft
    "stretch_stiffening": ("reached", UP),
    "epidermis_modulus": ("reached", DOWN),
    "dermis_modulus": ("reached", DOWN),
    "force_per_speed_doubling": ("home_reached", DOWN),  # the larger, the less a fast needle gains
    "force_test_speed": ("home_reached", DOWN),  # the faster the tests, the less a needle is faster than they
    "speed_effect_floor": ("reached", DOWN),
    "numbing_depth": ("shallow_minutes", DOWN),  # beyond it the cream is waited for
    "numbing_time": ("minutes", UP),
    # injury
    "channel_recoil_ratio": ("width", UP),
    "necrotic_rim_thickness": ("injury", UP),
    "stretch_threshold": ("stretched", DOWN),
    "drag_cut_share": ("open", UP),
    "killed_cell_share": ("repair_cells", DOWN),
    "influence_radius": ("leukocytes", UP),
    "response_damage": ("leukocytes", UP),
    "torn_matrix_share": ("dip", UP),
    "platelet_load": ("gain", UP),
    "plasma_factors": ("gain", UP),  # where it is put on, see CONTEXT
    "capillary_cut_share": ("vessels", DOWN),
    "bleeding_share": ("bleeding", UP),
    # pain
    "pain_at_reference": ("pain", UP),
    "pain_reference_length": ("pain", DOWN),
    "pain_reference_needles": ("pain", DOWN),
    "pain_reference_block": ("pain", UP),  # the same score under more of a block is more pain
    "pain_length_exponent": ("pain", UP),  # these needles are longer than the reference
    "pain_length_saturation": ("pain", UP),  # and gain more by their length where it saturates later
    "pain_count_exponent": ("pain", DOWN),  # and fewer
    "pain_odds_without_anaesthetic": ("pain_without", UP),
    # visible reaction; "loose_" is a session around the eyes
    "redness_time": ("redness", UP),
    "redness_radius": ("roller_redness", UP),
    "shallow_reaction_share": ("home_redness", UP),
    "bleeding_redness": ("roller_redness", UP),
    "swelling_time": ("swelling", UP),
    "swelling_radius": ("roller_swelling", UP),
    "loose_skin_swelling": ("loose_swelling", UP),
    "flaking_time": ("flaking", UP),
    "flaking_rim": ("roller_flaking", UP),
    "bruising_largest": ("bruise", UP),
    "bruising_bleeding": ("bruise", DOWN),  # as much bleeding is less of it
    "loose_skin_bruising_odds": ("loose_bruise", UP),
    # inflammation
    "debris_clearance_rate": ("leukocytes", DOWN),
    "debris_clearance_by_neutrophils": ("leukocytes", DOWN),
    "debris_clearance_by_macrophages": ("leukocytes", DOWN),
    "platelet_loss_rate": ("gain", DOWN),
    "neutrophil_recruitment": ("leukocytes", UP),
    "neutrophil_damage_half": ("leukocytes", DOWN),
    "neutrophil_platelet_half": ("leukocytes", DOWN),
    "neutrophil_loss_rate": ("leukocytes", DOWN),
    "inflammatory_diffusivity": ("leukocytes", DOWN),  # more of the signal is lost below and above the wound
    "inflammatory_decay_rate": ("leukocytes", DOWN),
    "inflammatory_from_damage": ("leukocytes", UP),
    "inflammatory_from_neutrophil": ("leukocytes", UP),
    "macrophage_loop_gain": ("leukocytes", UP),
    "repair_macrophage_damping": ("leukocytes", UP),  # more of them are needed to damp
    "macrophage_recruitment": ("leukocytes", UP),
    "macrophage_signal_half": ("leukocytes", DOWN),
    # at a stated loop gain a faster exit also means more release per cell: what is left is fewer of them
    "macrophage_conversion_rate": ("leukocytes", DOWN),
    "inflammatory_macrophage_loss_rate": ("leukocytes", DOWN),
    "repair_macrophage_loss_rate": ("leukocytes", DOWN),
    "protease_from_neutrophil": ("dip", UP),
    "protease_from_macrophage": ("dip", UP),
    "protease_loss_rate": ("dip", DOWN),
    "protease_at_rest": ("dip", DOWN),
    # repair
    "tgf_diffusivity": ("repair_cells", DOWN),
    "tgf_decay_rate": ("repair_cells", DOWN),
    "tgf_from_macrophage": ("repair_cells", UP),
    "activation_loop_gain": ("repair_cells", UP),
    "activation_rate": ("repair_cells", UP),
    "activation_tgf_half": ("repair_cells", DOWN),
    "activation_platelet_half": ("repair_cells", DOWN),
    "deactivation_rate": ("repair_cells", DOWN),
    "proliferation_rate": ("repair_cells", UP),
    "fibroblast_capacity": ("repair_cells", UP),
    "fibroblast_relaxation_rate": ("repair_cells", UP),
    "myofibroblast_rate": ("gain", DOWN),  # a myofibroblast makes less collagen than the cell it comes from
    "myofibroblast_tgf_half": ("gain", UP),
    "myofibroblast_loss_rate": ("repair_cells", DOWN),
    "myofibroblast_self_rate": ("myofibroblasts", UP),
    "myofibroblast_self_half": ("myofibroblasts", DOWN),
    "tgf3_from_macrophage": ("myofibroblasts", DOWN),
    "tgf3_from_activated": ("myofibroblasts", DOWN),
    "tgf3_half": ("myofibroblasts", UP),
    "vegf_diffusivity": ("vessels", DOWN),  # more of it is lost below and above the wound
    "vegf_decay_rate": ("vessels", DOWN),
    "vegf_from_macrophage": ("vessels", UP),
    "vegf_from_damage": ("vessels", UP),
    "capillary_growth_rate": ("vessels", UP),
    "capillary_vegf_half": ("vessels", DOWN),
    "capillary_capacity": ("vessels", UP),
    "capillary_regression_rate": ("vessels", DOWN),
    "capillary_remodelling_rate": ("last_vessels", DOWN),
    "capillary_remodelled": ("last_vessels", UP),
    "capillary_return_rate": ("last_vessels", UP),
    # matrix
    "collagen_synthesis_rate": ("gain", UP),
    "synthesis_rate_of_all_collagen": ("kept", DOWN),  # labile collagen then halves in weeks
    "labile_share": ("kept", DOWN),
    "mature_renewal_time": ("kept", DOWN),  # slow renewal goes with slow maturation
    "crosslinking_drive": ("kept", UP),
    "synthesis_1_activated": ("gain", UP),
    "synthesis_3_over_1": ("type_3_rise", UP),
    "synthesis_myofibroblast": ("gain", UP),
    "synthesis_inflammatory_half": ("gain", UP),
    # fibres
    "tropoelastin_activated": ("tropoelastin", UP),
    "tropoelastin_loss_rate": ("tropoelastin", UP),  # it follows the cells more closely
    "elastin_renewal_rate": ("elastin_dip", DOWN),  # what is torn is made up for sooner
    "hyaluronan_activated": ("hyaluronan", UP),
    "hyaluronan_loss_rate": ("hyaluronan", UP),  # it follows the cells more closely
    "alignment_rate": ("alignment", UP),
    "alignment_loss_rate": ("alignment", DOWN),
    "scar_release_rate": ("scar_left", DOWN),  # of a scar, see CONTEXT
    "scar_remaining_share": ("scar_left", UP),
    "scar_formation_rate": ("new_scar", UP),
    # epidermis
    "cover_half_time": ("half_covered", UP),
    "cover_sharpness": ("later_covered", DOWN),
    "epidermal_growth_rate": ("epidermis", UP),
    "epidermal_loss_rate": ("epidermis", DOWN),
    "epidermal_wound_half": ("epidermis", DOWN),
    "keratinocyte_deactivation_rate": ("epidermis", DOWN),
    "epidermal_signal_half": ("epidermis", DOWN),
    "epidermal_set_point_response": ("last_epidermis", UP),
    "shedding_response": ("melanin_dip", UP),
    "melanocyte_stimulation_rate": ("pih", UP),
    "melanocyte_signal_half": ("pih", DOWN),
    "melanocyte_phototype_power": ("pih", UP),  # in skin darker than III, see CONTEXT
    "melanocyte_stimulation_loss_rate": ("pih", DOWN),
    "melanin_transfer_time": ("pih", DOWN),
    "post_inflammatory_pigment_limit": ("pih", DOWN),  # of which a share is seen
    "pih_visible": ("pih", DOWN),
    "pih_susceptibility": ("darkest", UP),
    "epidermal_turnover_time": ("melanin_dip", DOWN),  # a slow epidermis is less lightened by shedding
    # barrier
    "electrical_half_time": ("closed_electrical", UP),
    "electrical_occluded_half_time": ("occluded_electrical", UP),
    "geometric_half_time": ("closed_geometric", UP),
    "barrier_half_time": ("closed_barrier", UP),
    "closure_depth": ("closed_geometric", DOWN),  # these channels are deeper than it
    "closure_depth_power": ("closed_geometric", UP),
    "closure_occlusion_slowing": ("occluded_geometric", UP),
    "closure_reference_age": ("closed_geometric", DOWN),  # this person is older
    "closure_age_slowing": ("closed_geometric", UP),
    "closure_anti_inflammatory_slowing": ("closed_geometric", UP),
    "closure_phototype_slowing": ("closed_geometric", UP),  # in skin darker than III, see CONTEXT
    "closure_detection": ("closed_electrical", DOWN),
    "tewl_baseline": ("tewl", UP),
    "tewl_open": ("tewl", UP),
    "tewl_thickness_power": ("last_tewl", DOWN),
    "tewl_moisturiser_fall": ("tewl", DOWN),
    "hydration_loss_response": ("hydration", DOWN),
    "hydration_moisturiser_rise": ("hydration", UP),
    "hydration_hyaluronan_rise": ("hydration", UP),
}
#: What a parameter needs to be told apart: none acts on phototype III by the power of phototype over III, nor on
#: unscarred skin by what a scar is.
CONTEXT: dict[str, dict[str, Any]] = {
    "melanocyte_phototype_power": {"phototype": 6},
    **{name: {"scar": 0.8} for name in ("scar_release_rate", "scar_remaining_share")},
    "smoking_most": {"exposures": {"smoking": "40/day"}},
    "sun_pigmentation_rise": {"exposures": {"sun": "high"}},
    **{name: {"age": 75, "sex": "male"} for name in ("melanocyte_loss_age", "melanocyte_loss")},
    "procollagen_aged_cells": {"age": 75, "sex": "male"},
    "elastin_ageing_age": {"age": 75, "sex": "male"},
    "epidermal_slowing_age": {"age": 75, "sex": "male"},
    "epidermal_slowing": {"age": 75, "sex": "male"},
    "exposure_lag": {"exposures": {"smoking": "20/day; 0 from day 0"}},
    "quick_exposure_lag": {"exposures": {"steroid": "daily; 0 from day 0"}},
    **{name: {"exposures": {"smoking": "15/day"}} for name in (
        "smoking_reference", "smoking_synthesis_1_fall", "smoking_synthesis_3_fall", "smoking_wound_ratio",
        "smoking_neutrophil_protease_rise",
    )},
    **{name: {"exposures": {"sun": "high"}} for name in (
        "uv_cleavage_rise", "uv_effect_time", "uv_fragmentation", "photodamage_synthesis_fall",
        "photodamage_cleavage_rise",
    )},
    "erythema_dose_ratio": {"phototype": 1, "exposures": {"sun": "high"}},
    "sunscreen_protection": {"exposures": {"sun": "high", "sunscreen": "daily since 18"}},
    **{name: {"exposures": {"sun": "high", "retinoid": "tretinoin since 25"}} for name in (
        "retinoid_formation_rise", "retinoid_formation_before", "retinoid_uv_block",
    )},
    "retinoid_melanin_fall": {"exposures": {"retinoid": "tretinoin since 25"}},
    "tranexamic_melanin_fall": {"exposures": {"tranexamic_acid": "yes"}},
    "hydroquinone_melanin_fall": {"exposures": {"hydroquinone": "daily since 25"}},
    "plasma_factors": {"exposures": {"plasma": "yes"}},
    "closure_anti_inflammatory_slowing": {"exposures": {"anti_inflammatory": "daily"}},
    "closure_phototype_slowing": {"phototype": 6},
    "tewl_moisturiser_fall": {"exposures": {"hydration": "daily"}},
    "hydration_moisturiser_rise": {"exposures": {"hydration": "daily"}},
    "hydration_hyaluronan_rise": {"exposures": {"hyaluronan": "daily"}},
    "menopause_collagen_loss": {"age": 63, "exposures": {"menopause": "49"}},
    "menopause_loss_time": {"age": 63, "exposures": {"menopause": "49"}},
    "steroid_synthesis_fall": {"exposures": {"steroid": "0.5"}},
    "alcohol_reference": {"alcohol_synthesis_fall": 0.3, "exposures": {"alcohol": "14/week"}},
    "alcohol_synthesis_fall": {"exposures": {"alcohol": "14/week"}},
    "diet_synthesis_fall": {"exposures": {"diet": "poor"}},
    "stress_cover_slowing": {"exposures": {"stress": "high"}},
    "sleep_wound_fall": {"exposures": {"sleep": "poor"}},
    "pollution_cleavage_rise": {"exposures": {"pollution": "high"}},
    "vitamin_c_synthesis_rise": {"exposures": {"vitamin_c": "topical since 25"}},
    "diabetes_barrier_open": {"exposures": {"diabetes": "yes"}},
    "healthy_barrier_open": {"exposures": {"diabetes": "yes"}},
    "isotretinoin_wound_fall": {"exposures": {"isotretinoin": "yes"}},
    "anticoagulant_bleeding_odds": {"exposures": {"anticoagulant": "yes"}},
    "scar_deficit": {"scar": 0.8},
    "scar_excess": {"raised_scar": 0.8},
    "shallow_scar_depth": {"scar": 0.8},
    "wrinkle_fragmentation": {"wrinkle": 0.8},
    "photodamage_fragmentation": {"photodamage": 0.8},
    "laxity_elastin_loss": {"laxity": 0.8},
    "striae_elastin_loss": {"striae": 0.8},
    "melasma_melanocyte_rise": {"melasma": 0.8},
    "uneven_tone_melanocyte_rise": {"uneven_tone": 0.8},
    "dullness_turnover_rise": {"dullness": 0.8},
}  # fmt: skip
#: Exposure as the model carries it → from what, to what (rows, of parameters that are off too), and what it moves.
LEVELS: dict[str, tuple[dict[str, Any], dict[str, Any], str, int]] = {
    "smoking": ({}, {"exposures": {"smoking": "20/day"}}, "baseline", DOWN),
    "sun": ({}, {"exposures": {"sun": "high"}}, "baseline", DOWN),
    "sunscreen": (
        {"exposures": {"sun": "high"}}, {"exposures": {"sun": "high", "sunscreen": "daily since 18"}}, "baseline", UP),
    "retinoid": (
        {"exposures": {"sun": "high"}}, {"exposures": {"sun": "high", "retinoid": "tretinoin since 25"}},
        "baseline", UP),
    "postmenopausal": (
        {"age": 60, "exposures": {"menopause": "none"}}, {"age": 60, "exposures": {"menopause": "48"}},
        "baseline", DOWN),
    "steroid": ({}, {"exposures": {"steroid": "daily"}}, "rise", DOWN),
    "alcohol": (
        {"alcohol_synthesis_fall": 0.3}, {"alcohol_synthesis_fall": 0.3, "exposures": {"alcohol": "14/week"}},
        "baseline", DOWN),
    "diet": (
        {"diet_synthesis_fall": 0.3}, {"diet_synthesis_fall": 0.3, "exposures": {"diet": "poor"}}, "baseline", DOWN),
    "stress": ({}, {"exposures": {"stress": "high"}}, "half_covered", UP),
    "sleep": ({"sleep_wound_fall": 0.3}, {"sleep_wound_fall": 0.3, "exposures": {"sleep": "poor"}}, "rise", DOWN),
    "pollution": (
        {"pollution_cleavage_rise": 0.3}, {"pollution_cleavage_rise": 0.3, "exposures": {"pollution": "high"}},
        "baseline", DOWN),
    "vitamin_c": (
        {"vitamin_c_synthesis_rise": 0.3},
        {"vitamin_c_synthesis_rise": 0.3, "exposures": {"vitamin_c": "topical since 25"}}, "baseline", UP),
    "diabetes": ({}, {"exposures": {"diabetes": "yes"}}, "half_covered", UP),
    "isotretinoin": (
        {"isotretinoin_wound_fall": 0.3}, {"isotretinoin_wound_fall": 0.3, "exposures": {"isotretinoin": "yes"}},
        "rise", DOWN),
    "anticoagulant": ({}, {"exposures": {"anticoagulant": "yes"}}, "bleeding", UP),
    "anti_inflammatory": ({}, {"exposures": {"anti_inflammatory": "daily"}}, "closed_geometric", UP),
    "hydration": ({}, {"exposures": {"hydration": "daily"}}, "hydration", UP),
    "hyaluronan": ({}, {"exposures": {"hyaluronan": "daily"}}, "hydration", UP),
    "tranexamic_acid": (
        {"tranexamic_melanin_fall": 0.3}, {"tranexamic_melanin_fall": 0.3, "exposures": {"tranexamic_acid": "yes"}},
        "melanin", DOWN),
    "hydroquinone": (
        {"hydroquinone_melanin_fall": 0.3},
        {"hydroquinone_melanin_fall": 0.3, "exposures": {"hydroquinone": "daily since 25"}}, "melanin_now", DOWN),
    "plasma": ({}, {"exposures": {"plasma": "yes"}}, "gain", UP),
}  # fmt: skip
#: Severity of a concern as the model carries it → the same.
CONCERNS: dict[str, tuple[dict[str, Any], dict[str, Any], str, int]] = {
    "wrinkle": ({}, {"wrinkle": 0.8}, "baseline", DOWN),
    "laxity": ({}, {"laxity": 0.8}, "elastin_now", DOWN),
    "photodamage": ({}, {"photodamage": 0.8}, "baseline", DOWN),
    "thin_skin": ({}, {"thin_skin": 0.5}, "thickness", DOWN),
    "acne_scar": ({}, {"acne_scar": 0.8}, "baseline", DOWN),
    "boxcar_share": (  # the upper dermis answers more
        {"acne_scar": 0.8}, {"acne_scar": 0.8, "boxcar_share": 1.0}, "severity", DOWN),
    "ice_pick_share": (  # less of it can be mended
        {"acne_scar": 0.8}, {"acne_scar": 0.8, "ice_pick_share": 1.0}, "severity", UP),
    "striae": ({}, {"striae": 0.8}, "baseline", DOWN),
    "raised_scar": ({}, {"raised_scar": 0.8}, "baseline", UP),
    "melasma": ({}, {"melasma": 0.8}, "melanin_now", UP),
    "uneven_tone": ({}, {"uneven_tone": 0.8}, "melanin_now", UP),
    "dullness": ({}, {"dullness": 0.8}, "melanin_dip", DOWN),
}  # fmt: skip
#: Outcomes of states that no reading has.
WATCHED = ("vessels", "last_vessels")
SHIPPED = load_parameters()
#: Parameters that have no spread, and why; they are moved by a fifth either way.
FIXED = {
    "force_test_speed": "the speed that the force tests were set to",
    "puncture_tip_radius": "the tip that the dent is stated for",
    "pain_reference_length": "the needle length that the pain was scored at",
    "numbing_depth": "a choice of the clinic, which is set and not drawn",
    "young_donor_age": "the age of the donors",
    "melanocyte_loss_age": "the age of the donors",
    "smoking_reference": "the cigarettes that the falls are stated for",
    "smoking_most": "the most cigarettes that the figures cover",
    "pih_susceptibility": "the median person is 1",
    "menopause_loss_time": "the years that the mean loss is stated over",
    "alcohol_reference": "the drinks that the fall is stated for",
    "closure_depth": "the depth that the closures are stated for",
    "closure_reference_age": "the age of the volunteers whose channels were watched",
}
#: What a parameter that is off is set to.
SET: Final = 0.3
COURSE = "3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
#: Sessions whose numbers are looked at, by the prefix of their outcomes.
SESSIONS = {
    "": "exceed; cheek 1.5 mm, 6 passes",
    "bone_": "exceed; forehead 1.5 mm, 6 passes",
    "fat_": "exceed; abdomen 1.5 mm, 6 passes",
    "roller_": "roller_mf8; cheek 1.5 mm, 6 passes",
    "stamp_": "stamp 40 x 0.25 mm; cheek 1.5 mm, 6 passes",
    "home_": "home_roller; cheek 0.2 mm, 6 passes",  # slow needles, not yet at the floor of the effect of speed
    "dense_": "stamp 400 x 0.25 mm; cheek 1.5 mm, 6 passes",
    "loose_": "exceed; periorbital 0.5 mm, 4 passes",
}


def of_session(done: SessionEffect) -> dict[str, Any]:
    """Numbers of one session."""
    return {
        "entries": done.channels.per_mm2,
        "reached": done.channels.reached_depth_mm,
        "median": done.median_depth_mm,
        "width": done.channel_width_mm,
        "open": done.open_share,
        "injury": done.injury.injured.sum(axis=1),
        "stretched": done.injury.stretched.sum(axis=1),
        "influence": done.injury.influenced.sum(axis=1),
        "bleeding": done.bleeding_per_mm2,
        "redness": done.reaction.erythema_hours,
        "swelling": done.reaction.oedema_hours,
        "flaking": done.reaction.flaking_hours,
        "bruise": done.reaction.bruising_probability,
        "pain": done.pain_vas,
        "pain_without": done.pain_vas_without,
        "minutes": done.needling_minutes + done.numbing_minutes,
    }


def severity(rows: list[dict[str, Any]], done: Any) -> Any:
    """Severity of the acne scars of each row at the end."""
    p = session.structured(MeasureParameters, {q.name: np.array(q.value) for q in SHIPPED}, SHIPPED)
    course = measures.ScarCourse(*(measures.left(scar)[:, -1] for scar in (done.read.scar_shallow, done.read.scar)),
                                 done.read.new_scar[:, -1], np.ones(len(rows)))  # fmt: skip
    found = np.zeros(len(rows))
    for k, row in enumerate(rows):
        if row.get("acne_scar"):
            who = Concerns(**{name: np.array(row.get(name, 0.0)) for name in Concerns._fields})
            found[k] = measures.scar_grades(measures.ScarCourse(*(leaf[k] for leaf in course)), who, p)["scar_severity"]
    return found


@pytest.fixture(scope="module")
def moved() -> tuple[dict[str, int], dict[str, Any]]:
    """Row of each parameter's low value (its high value is the next), and the outcomes of all rows."""
    rows: list[dict[str, Any]] = [{}]
    at = {}
    for name in PARAMETERS:
        p = SHIPPED[name]
        at[name] = len(rows)
        low, high = (0.8 * p.value, 1.2 * p.value) if p.name in FIXED else p.uncertainty.interval()
        if p.uncertainty.kind == "off":
            low, high = 0.0, SET
        rows += [CONTEXT.get(p.name, {}) | {p.name: value} for value in (low, high)]
    for name, (before, after, _, _) in (LEVELS | CONCERNS).items():
        at[name] = len(rows)
        rows += [before, after]
    pen = read(COURSE)
    members_ = members(pen, rows)
    until = pen.last_day + 365.0
    early = np.linspace(0.0, 4.0, 800)[1:]  # the channels close within a day or two
    done = solved(
        members_, pen.session_days, until, days=np.unique([*courses.output_days(pen.session_days, until), *early])
    )
    gain, share = done.gain(members_.parameters.ageing.collagen_loss_rate), done.outcome("collagen_3_share")

    def exposure(name: str) -> Any:
        return np.trapezoid(getattr(done.read, name) - done.outcome(name)[:, :1], done.days, axis=1)

    def hours_to(left: float) -> Any:
        first = slice(1, 1 + len(early))
        found = [np.interp(-left, -values[first], done.days[first]) for values in done.read.unepithelialised_fraction]
        return 24.0 * np.array(found)

    surface_p = jax.tree.map(lambda leaf: leaf[:, None], members_.parameters.epidermis)
    darkened = epidermis.pigment(
        done.read.melanin, done.read.post_inflammatory_pigment, surface_p.pih_susceptibility, surface_p
    )
    papillary = done.outcome("collagen_papillary")
    over_first = papillary / papillary[:, :1]
    elastin = readout.elastin_left(np.zeros(1), people(rows), members_.parameters)
    outcomes = {
        "end": over_first[:, -1],
        "rise": over_first.max(axis=1),
        "fall": 1.0 - over_first.min(axis=1),
        "dermal_collagen": done.outcome("collagen_total")[:, 0],
        "elastin_now": elastin[:, 0],
        "melanin_now": done.read.melanin[:, 0],
        "gain": gain.max(axis=1),
        "kept": gain[:, -1] / np.where(gain.max(axis=1) > 0, gain.max(axis=1), np.nan),  # of some, nothing is gained
        "dip": -gain.min(axis=1),
        "baseline": done.outcome("collagen_papillary")[:, 0],
        "thickness": done.outcome("dermal_thickness")[:, 0],
        "type_3_share": share[:, 0],
        "type_3_rise": share.max(axis=1) / share[:, 0],
        "leukocytes": exposure("leukocytes"),
        "repair_cells": exposure("repair_cells"),
        "myofibroblasts": exposure("myofibroblast"),
        "tropoelastin": done.read.tropoelastin.max(axis=1) - 1.0,
        "elastin_dip": 1.0 - done.read.elastin.min(axis=1),
        "hyaluronan": done.read.hyaluronan.max(axis=1) - 1.0,
        "alignment": done.read.alignment.max(axis=1),
        "last_alignment": done.read.alignment[:, -1],
        "half_covered": hours_to(0.5),
        "later_covered": hours_to(0.16) - hours_to(0.5),
        "epidermis": exposure("epidermal_thickness"),
        "last_epidermis": done.read.epidermal_thickness[:, -1],
        "melanin": exposure("melanin"),
        "melanin_dip": 1.0 - (done.read.melanin / done.read.melanin[:, :1]).min(axis=1),
        "pih": done.read.post_inflammatory_pigment.max(axis=1) / epidermis.pih_limit(members_.parameters.epidermis),
        "darkest": (darkened - done.read.melanin).max(axis=1),
        "scar_left": done.read.scar[:, -1],
        "boxcar_left": done.read.scar_shallow[:, -1],
        "new_scar": done.read.new_scar.max(axis=1),
        "severity": severity(rows, done),
    }
    seen = [0, *(at[name] + k for name, (outcome, _) in PARAMETERS.items() if outcome in WATCHED for k in (0, 1))]
    history = solver.solve_states(members(pen, [rows[k] for k in seen]), solver.Schedule.of(pen.session_days), 300.0)
    weight = history.column.layers.dermis * history.column.layers.papillary
    vessels = (
        np.einsum("mtc,mc->mt", history.moments.state.cells.capillary_density, weight) / weight.sum(axis=1)[:, None]
    )
    for name, values in (
        ("vessels", vessels.max(axis=1) - 1.0),
        ("last_vessels", vessels[:, -1]),
    ):
        outcomes[name] = np.full(len(rows), np.nan)
        outcomes[name][seen] = values
    site = draw_ensemble(pen, rows)
    one = session_effects(pen, rows)
    for prefix, clocks in (
        ("closed_", closures(site, one)),
        ("occluded_", closure_half_times(site, one, occluded=True)),
    ):
        outcomes |= {prefix + name: values for name, values in clocks._asdict().items()}
    schedule, gained = solver.Schedule.of(pen.session_days), np.full((len(rows), 1), 1.2)
    water = readout.barrier_course(site, [[one]], schedule, np.array([0.5]), gained)
    outcomes |= {name: water[name][:, 0] for name in OF_BARRIER}
    outcomes["last_tewl"] = readout.barrier_course(site, (), solver.UNTREATED, np.array([0.5]), gained)["tewl"][:, 0]
    # a clinic decides once for a session whether it numbs, so each row is a session of its own
    shallow = read("1 session: exceed; cheek 0.45 mm, 6 passes")  # inside what FIXED moves the numbing depth over
    outcomes["shallow_minutes"] = np.array([session_effects(shallow, [row]).numbing_minutes[0] for row in rows])
    for prefix, what in SESSIONS.items():
        numbers = of_session(session_effects(read(f"1 session: {what}"), rows))
        outcomes |= {prefix + name: values for name, values in numbers.items()}
    return at, outcomes


def test_the_parameters_without_a_spread_are_those_with_a_reason() -> None:
    fixed = {**FIXED, **FIXED_IN_DELIVERY, **FIXED_IN_MEASURES}
    assert set(fixed) == {p.name for p in SHIPPED if p.uncertainty.kind == "none"}
    # susceptibility is stated over the median person, and differs between people alone
    assert {name for name in fixed if SHIPPED[name].variability.kind != "none"} == {"pih_susceptibility"}


def test_the_tables_have_every_parameter_exposure_and_concern_and_no_other() -> None:
    others = {*OF_DELIVERY, *MEASURES, *RATERS, *STUDIES}
    assert set(PARAMETERS) | others == {p.name for p in SHIPPED}
    assert set(OF_DELIVERY) == {p.name for p in SHIPPED if p.mechanism == "delivery"}
    assert not set(PARAMETERS) & others
    assert set(LEVELS) == set(Levels._fields)
    assert set(CONCERNS) == set(Concerns._fields)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_acts_in_its_direction(name: str, moved: tuple[dict[str, int], dict[str, Any]]) -> None:
    at, outcomes = moved
    outcome, sign = PARAMETERS[name]
    values = outcomes[outcome]
    low, high = values[at[name]], values[at[name] + 1]
    assert sign * (high - low) > LEAST * abs(values[0]), f"{outcome} {low:.6g} → {high:.6g}"


@pytest.mark.parametrize("name", [*LEVELS, *CONCERNS])
def test_an_exposure_and_a_concern_act_in_their_direction(
    name: str, moved: tuple[dict[str, int], dict[str, Any]]
) -> None:
    at, outcomes = moved
    _, _, outcome, sign = (LEVELS | CONCERNS)[name]
    values = outcomes[outcome]
    low, high = values[at[name]], values[at[name] + 1]
    assert sign * (high - low) > LEAST * abs(values[0]), f"{outcome} {low:.6g} → {high:.6g}"


#: Exposures of the catalogue that are not carried by their own name, and what they do to the state.
OTHERWISE = {
    "menopause": "postmenopausal from that age",
    "hormone_therapy": "takes postmenopausal away",
}


def test_every_exposure_of_the_catalogue_is_carried_or_said_not_to_be() -> None:
    assert set(load_exposures()) == (set(Levels._fields) - {"postmenopausal"}) | set(OTHERWISE)
    assert all(kind.rates for kind in load_exposures().values())


def test_hormone_therapy_takes_menopause_away() -> None:
    given = [{"menopause": "48"}, {"menopause": "48", "hormone_therapy": "yes"}, {"menopause": "none"}]
    lost, kept, never = (
        baseline(neodermis.simulate(**pen(), draws=1, age=60, exposures=exposures)) for exposures in given
    )
    assert lost < (1.0 - LEAST) * never
    assert kept == pytest.approx(never, rel=1e-12)


# ------------------------------------------------------------------------------------------------- inputs


def peak(course: Course) -> float:
    return float(course.sites[next(iter(course.sites))].gain().max())


def baseline(course: Course) -> float:
    return float(course.sites[next(iter(course.sites))].central["collagen_papillary"][0])


def minutes(course: Course) -> float:
    return course.sites[next(iter(course.sites))].sessions[0].minutes.median


def melanin(course: Course) -> float:
    """Its mean in the first two months."""
    site = course.sites[course.protocol.sites[0]]
    return float(site.central["melanin"][site.time_day <= 61.0].mean())


def water(course: Course) -> float:
    return float(course.sites[next(iter(course.sites))].central["hydration"].mean())


def injured(course: Course) -> float:
    return course.sites[next(iter(course.sites))].sessions[0].papillary_injury.median


def closing(course: Course) -> float:
    return course.sites[next(iter(course.sites))].sessions[0].closure_hours["electrical"].median


def everything(course: Course, but: tuple[str, ...] = ()) -> float:
    """One number that moves when any outcome or session does."""
    site = course.sites[next(iter(course.sites))]
    numbers = [values.sum() for name, values in site.values.items() if name not in but]
    numbers += [
        value.median
        for session in site.sessions
        for name, value in ((f.name, getattr(session, f.name)) for f in fields(session))
        if isinstance(value, Interval) and name not in but
    ]
    return float(np.sum(numbers))


def the_dermis(course: Course) -> float:
    """Everything but pigment and water with what is read from them, and how soon channels close."""
    of_pigment = ("melanin", "melanin_index", "radiance", "pih_probability")
    of_water = ("tewl", "hydration", "roughness_ra", "texture_grade")
    return everything(course, but=of_pigment + of_water)


@dataclass(frozen=True)
class Row:
    """A field of a person or of a protocol, moved from low to high."""

    owner: type
    field: str
    low: dict[str, Any]
    high: dict[str, Any]
    outcome: Callable[[Course], float]
    sign: int


def sentence(text: str) -> dict[str, Any]:
    return {"protocol": text}


PEN = "{n} sessions every {d} days: exceed; {site} {mm} mm, {passes} passes"
USUAL = {"n": 3, "d": 30, "site": "cheek", "mm": 1.0, "passes": 6}


def pen(**change: Any) -> dict[str, Any]:
    return sentence(PEN.format(**USUAL | change))


def later(day: float) -> dict[str, Any]:
    """A second phase that begins on a day."""
    what = "exceed; cheek 1 mm, 6 passes"
    return sentence(f"1 session: {what}; then 1 session from day {day:g}: {what}")


INPUTS = [
    Row(Patient, "age", {"age": 25}, {"age": 75}, baseline, DOWN),
    Row(Patient, "sex", {"sex": "female"}, {"sex": "male"}, baseline, UP),  # men's dermis is thicker
    Row(Patient, "phototype", {"phototype": 1}, {"phototype": 6}, melanin, UP),
    Row(Patient, "exposures", {"exposures": {}}, {"exposures": {"smoking": "20/day"}}, baseline, DOWN),
    Row(Patient, "exposures", {"exposures": {}}, {"exposures": {"hydration": "daily"}}, water, UP),
    Row(Patient, "exposures", {"exposures": {}}, {"exposures": {"hydration": "daily"}}, the_dermis, NONE),
    Row(Patient, "concerns", {"concerns": {}}, {"concerns": {"acne_scar": "0.8"}}, baseline, DOWN),
    Row(Patient, "concerns", {"concerns": {}}, {"concerns": {"pores": "1"}}, everything, NONE),
    Row(Patient, "phototype", {"phototype": 1}, {"phototype": 6}, closing, UP),
    Row(Patient, "phototype", {"phototype": 1}, {"phototype": 6}, the_dermis, NONE),
    Row(Pass, "site", pen(site="periorbital"), pen(site="cheek"), baseline, UP),
    Row(Pass, "depth_mm", pen(mm=0.5), pen(mm=1.5), peak, UP),
    Row(Pass, "passes", pen(passes=2), pen(passes=8), injured, UP),  # the response is saturated by then
    Row(Pass, "passes", pen(passes=2), pen(passes=8), minutes, UP),
    Row(Phase, "count", pen(n=2), pen(n=4), peak, UP),
    Row(Phase, "interval_days", pen(d=28), pen(d=84), peak, DOWN),  # labile collagen is lost in between
    Row(Phase, "actives", pen(), sentence(PEN.format(**USUAL) + "; prp"), peak, UP),
    Row(Phase, "home", pen(), sentence(PEN.format(**USUAL) + "; home moisturiser daily"), water, UP),
    Row(Phase, "device", sentence("1 session: home_roller; cheek 1 mm, 6 passes"),
        sentence("1 session: exceed; cheek 1 mm, 6 passes"), peak, UP),
    Row(Phase, "from_day", later(28), later(200), peak, DOWN),
    Row(Protocol, "phases", sentence("1 session: exceed; cheek 1 mm, 6 passes"), later(28), peak, UP),
]  # fmt: skip


def test_the_table_has_every_field_of_a_person_and_of_a_protocol() -> None:
    wanted = {(owner, f.name) for owner in (Patient, Pass, Phase, Protocol) for f in fields(owner)}
    # the treatments are the Pass rows; notes tell how a sentence was read, and are not compared
    assert {(row.owner, row.field) for row in INPUTS} == wanted - {(Phase, "treatments"), (Protocol, "notes")}


@pytest.mark.parametrize("row", INPUTS, ids=lambda row: f"{row.field}-{row.outcome.__name__}")
def test_an_input_acts_in_its_direction(row: Row) -> None:
    low, high = (row.outcome(neodermis.simulate(**pen() | change, draws=1)) for change in (row.low, row.high))
    if row.sign == NONE:  # but for the steps of a member, which all of its readings choose
        assert high == pytest.approx(low, rel=2e-4)
    else:
        assert row.sign * (high - low) > LEAST * abs(low)


#: number of a device → device, low, high, and what it moves with the sign; None: it spreads the set depth, below
DEVICE: dict[str, tuple[str, float, float, dict[str, int]] | None] = {
    # the response saturates, and harm does not: with more of a pen's passes the gain falls again
    "needles": ("exceed", 3, 6, {"entries": UP, "injury": UP, "influence": UP, "pain": UP}),
    "needle_diameter_mm": ("exceed", 0.23, 0.35, {"width": UP, "injury": UP, "gain": DOWN, "reached": DOWN}),
    "needle_tip_radius_um": ("exceed", 4, 20, {"reached": DOWN, "injury": DOWN}),
    "needle_taper_mm": ("exceed", 0.6, 1.4, {"reached": UP, "injury": DOWN, "gain": UP}),  # a slimmer point
    "frequency_hz": ("exceed", 100, 150, {"entries": UP, "injury": UP, "influence": UP}),
    "head_width_mm": ("exceed", 8, 12, {"entries": DOWN, "minutes": DOWN, "injury": DOWN, "influence": DOWN}),
    "drum_diameter_mm": ("roller_mf8", 15, 25, {"entries": DOWN, "injury": DOWN, "gain": DOWN, "pain": DOWN}),
    "drum_width_mm": ("roller_mf8", 15, 25, {"entries": DOWN, "minutes": DOWN, "injury": DOWN, "gain": DOWN}),
    "head_area_mm2": ("stamp 40 x 0.25 mm", 50, 200, {"entries": DOWN, "minutes": DOWN, "injury": DOWN, "gain": DOWN}),
    "depth_tolerance_mm": None,
}


def test_the_table_has_every_number_of_a_device() -> None:
    spans = {name for name, hint in get_type_hints(Device).items() if hint in (Span, Span | None)}
    # the usual passes stand in a sentence that leaves them out, where they are the passes of INPUTS
    assert set(DEVICE) == spans - {"usual_passes"}


@pytest.mark.parametrize("name", [name for name, row in DEVICE.items() if row])
def test_a_number_of_a_device_acts_in_its_direction(name: str) -> None:
    row = DEVICE[name]
    assert row is not None
    device, low, high, signs = row
    plan, rows = read(f"1 session: {device}; cheek 1.5 mm, 6 passes"), [{name: low}, {name: high}]
    made = members(plan, rows)
    gain = solved(made, plan.session_days, 120.0).gain(made.parameters.ageing.collagen_loss_rate).max(axis=1)
    outcomes = of_session(session_effects(plan, rows)) | {"gain": gain}
    for outcome, sign in signs.items():
        values = outcomes[outcome]
        assert sign * (values[1] - values[0]) > LEAST * values[0], f"{outcome} {values[0]:.6g} → {values[1]:.6g}"


def test_the_depth_tolerance_of_a_device_spreads_the_set_depth() -> None:
    """A maker's deviation of the needle travel is drawn, the central course is at the setting, and a sham stays one."""
    plan = read("1 session: exceed; cheek 1.5 mm, 6 passes")
    assert plan.phases[0].device.depth_tolerance_mm is not None
    depth = setting_draws(plan.at(plan.sites[0]).sources[0], {}, 1000, 0)["set_depth_mm"]
    assert depth[0] == 1.5
    assert 1.35 <= depth[1:].min() < 1.36 < 1.64 < depth[1:].max() <= 1.65
    sham = read("1 session: exceed; cheek 0 mm, 6 passes")
    assert not setting_draws(sham.at(sham.sites[0]).sources[0], {}, 10, 0)["set_depth_mm"].any()
