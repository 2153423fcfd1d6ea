"""Consultation files for the tests: one to which nothing speaks against, and edits of it."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from neodermis.care.consultation import Consultation, example, parse_consultation
from neodermis.care.rules import RuleBook
from neodermis.care.suitability import RuleFinding, Verdict, screen

TODAY = date(2026, 11, 20)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def quiet() -> dict[str, Any]:
    """Every answer given, none of which makes a rule hold."""
    document = tomllib.loads(example())
    document["plan"]["topical_anaesthetic"] = False
    document["clinic"]["devices"] = []
    return document


def written(document: Mapping[str, Any]) -> str:
    """A document as TOML."""

    def said(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{json.dumps(k)} = {said(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(said, value)) + "]"
        return json.dumps(value, ensure_ascii=False)

    return "\n".join(f"{json.dumps(name)} = {said(value)}" for name, value in document.items()) + "\n"


def edited(edits: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> str:
    """The quiet file with answers changed by path; None leaves an answer out, ``concern`` is replaced as a whole."""
    document = quiet() if base is None else json.loads(json.dumps(base, default=str))
    for path, value in edits.items():
        table, _, name = path.partition(".")
        if not name:
            document[table] = value
        elif value is None:
            document.get(table, {}).pop(name, None)
        else:
            document.setdefault(table, {})[name] = value
    return written(document)


def agreeing(edits: Mapping[str, Any]) -> dict[str, Any]:
    """The edits with what the same person answers elsewhere on the form, so that no two answers contradict each other.

    What an edit says itself is left as it is.
    """
    beside: dict[str, Any] = {}
    if edits.get("history.hsv_active") is True:
        beside["history.hsv_history"] = True
    if edits.get("area.sunburn") is True:
        beside["history.sunburn_last"] = TODAY
    if edits.get("history.home_needling") is True:
        beside["history.microneedling_last"] = ago(300)
    if edits.get("area.irradiated") is True:
        beside["medication.radio_end"] = ago(3000)
    if edits.get("session.cartridge_reused") is True:
        beside["session.cartridge_sterile"] = False
    if isinstance(edits.get("medication.topical_retinoid_last_use"), date):
        beside["medication.topical_retinoid"] = "retinol"
    if isinstance(edits.get("area.skin_cancer_treated_on"), date):
        beside["history.cancer_past"] = True
    for wish in edits.get("concern", ()):
        age = float(round(365.25 * wish.get("duration_years", 10)))
        if wish["name"] in ("acne_scar", "burn_scar", "hypertrophic_scar"):
            beside["area.scar_age_days"] = age
        elif wish["name"] == "striae":
            beside["area.striae_age_days"] = age
        elif wish["name"] == "melasma":
            beside["history.melasma"] = True
        if wish["name"] == "hypertrophic_scar":
            beside["history.hypertrophic_scar"] = True
    return {**beside, **edits}


def consultation(edits: Mapping[str, Any] | None = None) -> Consultation:
    return parse_consultation(edited(agreeing(edits or {})), "case.toml")


def verdict(edits: Mapping[str, Any] | None = None, device: str | None = None, book: RuleBook | None = None) -> Verdict:
    return screen(consultation(edits), today=TODAY, device=device, book=book)


def rule(found: Verdict, name: str) -> RuleFinding | None:
    return next((one for one in found.findings if one.rule.id == name), None)


#: The record of a session that lacks nothing.
RECORD = {
    "session.cartridge_lot": "A1234",
    "session.cartridge_expires": ahead(300),
    "session.cartridge_reused": False,
    "session.cartridge_sterile": True,
}
SCAR = [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:3", "duration_years": 10}]
WRINKLE = [{"name": "wrinkle", "site": "cheek", "severity": 0.3}]
#: Rule → answers that make it hold, what follows, the day from which it holds no longer, and the device.
#: By hand, so that a trigger that goes wrong in the data is seen.
FIRES: dict[str, tuple[dict[str, Any], str, date | None, str | None]] = {
    "SKIN-INFECT": ({"area.active_infection": True}, "wait", None, None),
    "SKIN-OPEN": ({"area.rash_or_irritation": True}, "wait", None, None),
    "HSV-ACTIVE": ({"history.hsv_active": True}, "wait", None, None),
    "HSV-HISTORY": ({"history.hsv_history": True}, "adapt", None, None),
    "ACNE-SEVERE": ({"area.acne_grade": 3}, "wait", None, None),
    "ACNE-MILD": ({"area.acne_grade": 1}, "adapt", None, None),
    "ROSACEA-FLARE": ({"area.rosacea": "papulopustular"}, "wait", None, None),
    "ROSACEA-QUIET": ({"area.rosacea": "quiet"}, "adapt", None, None),
    "ECZEMA": ({"area.eczema": "active"}, "wait", None, None),
    "PSORIASIS": ({"history.psoriasis": True}, "refer", None, None),
    "VITILIGO": ({"history.vitiligo": True}, "refer", None, None),
    "LICHEN": ({"history.lichen_planus": True}, "refer", None, None),
    "SKIN-CANCER": ({"area.suspicious_lesion": True}, "no", None, None),
    "AK": ({"area.actinic_keratosis": True}, "refer", None, None),
    "LESION-RAISED": ({"area.warts": True}, "wait", None, None),
    "TATTOO": ({"area.tattoo_or_pmu": True}, "adapt", None, None),
    "ORBITAL": ({"concern": [{"name": "wrinkle", "site": "lower_eyelid_inside_rim"}]}, "no", None, None),
    "PIERCING": ({"area.piercing": True}, "adapt", None, None),
    "KELOID": ({"history.keloid": True}, "no", None, None),
    "HYPERTROPHIC": ({"history.hypertrophic_scar": True}, "refer", None, None),
    "SCAR-YOUNG": ({"area.scar_age_days": 100}, "wait", ahead(80), None),
    "ISOTRETINOIN": ({"medication.isotretinoin_last_dose": ago(60)}, "refer", ahead(120), None),
    "RETINOID-TOPICAL": ({"medication.topical_retinoid_last_use": ago(2)}, "wait", ahead(3), None),
    "ACIDS": ({"medication.exfoliant_last_use": ago(4)}, "wait", ahead(1), None),
    "ANTICOAG": ({"medication.antiplatelet": True}, "refer", None, None),
    "NSAID": ({"medication.nsaid_last_dose": ago(1)}, "adapt", ahead(6), None),
    "BLEEDING": ({"history.bleeding_disorder": True}, "no", None, None),
    "STEROID-SYS": ({"medication.high_dose_steroid_end": ago(10)}, "wait", ahead(18), None),
    "CHEMO": ({"medication.chemo_end": ago(27)}, "wait", ahead(1), None),
    "RADIO": ({"medication.radio_current": True}, "wait", None, None),
    "IMMUNO": ({"history.immunosuppressed": True}, "refer", None, None),
    "BBV": ({"history.blood_borne_infection": True}, "go", None, None),
    "PHOTOSENS": ({"medication.photosensitiser": True}, "adapt", None, None),
    "DIABETES-UNC": ({"history.diabetes": "uncontrolled"}, "refer", None, None),
    "DIABETES-CTRL": ({"history.diabetes": "controlled"}, "adapt", None, None),
    "SCLERODERMA": ({"history.collagen_vascular": True}, "no", None, None),
    "LUPUS": ({"history.lupus": True}, "refer", None, None),
    "PREGNANT": ({"history.pregnant": True}, "wait", None, None),
    "BREASTFEED": ({"history.breastfeeding": True}, "refer", None, None),
    "MINOR": ({"patient.age": 16}, "no", None, None),
    "AGE-18-21": ({"patient.age": 18}, "go", None, None),
    "HEALING": ({"history.poor_healing": True}, "adapt", None, None),
    "HEART-RF": ({"history.pacemaker": True}, "no", None, "frf"),
    "RF-COMPLICATIONS": ({}, "go", None, "frf"),
    "METAL": ({"history.allergy_metal": True}, "no", None, None),
    "ANAES-ALLERGY": ({"history.allergy_local_anaesthetic": True}, "refer", None, None),
    "ANAES-BLOCK": ({"medication.antiarrhythmic": True}, "adapt", None, None),
    "ANAES-DOSE": ({"plan.topical_anaesthetic": True}, "adapt", None, None),
    "TOPICAL-ALLERGY": ({"history.allergy_planned_topical": True}, "no", None, None),
    "BOTOX": ({"history.toxin": ago(13)}, "wait", ahead(1), None),
    "FILLER": ({"history.filler": ago(3)}, "wait", ahead(11), None),
    "SURGERY": ({"history.surgery": ago(200)}, "wait", ahead(165), None),
    "PEEL-SUP": ({"history.peel_superficial": ago(7)}, "wait", ahead(7), None),
    "PEEL-DEEP": ({"history.peel_deep": ago(30)}, "wait", ahead(60), None),
    "LASER-NA": ({"history.laser_nonablative": ago(7)}, "wait", ahead(7), None),
    "LASER-ABL": ({"history.laser_ablative": ago(89)}, "wait", ahead(1), None),
    "HAIR-REMOVAL": ({"history.waxing": ago(0)}, "wait", ahead(7), None),
    "SUNBURN": ({"history.sunburn_last": ago(5)}, "wait", ahead(9), None),
    "TAN": ({"history.tan_last": ago(5)}, "wait", ahead(9), None),
    "FST-HIGH": ({"patient.phototype": "V"}, "adapt", None, None),
    "FST-LABEL": ({"patient.phototype": 4, "concern": WRINKLE}, "go", None, "exceed"),
    "MELASMA": ({"history.melasma": True}, "adapt", None, None),
    "EXPECT": ({"history.unrealistic_expectation": True}, "wait", None, None),
    "INTERVAL": ({"history.microneedling_last": ago(14)}, "wait", ahead(14), None),
    "CONSENT": ({"consent.treatment_signed": False}, "no", None, None),
    "PHOTO-CONSENT": ({"consent.photo_clinical": False}, "go", None, None),
    "DEVICE-LOT": (RECORD | {"session.cartridge_lot": None}, "no", None, None),
    "TOPICAL-NONSTERILE": ({"plan.topical_during": "vitamin_c_serum"}, "no", None, None),
    "HOME": ({"history.home_needling": True}, "go", None, None),
    "HRT": ({"medication.hrt": True}, "go", None, None),
    "ALCOHOL": ({"history.alcohol_last": ago(0)}, "adapt", ahead(1), None),
    "HEART": ({"history.heart_valve": True}, "refer", None, None),
    "HYPERTENSION": ({"history.hypertension": True}, "adapt", None, None),
    "EPILEPSY": ({"history.epilepsy": True}, "refer", None, None),
    "FAINTING": ({"history.fainting": True}, "adapt", None, None),
    "ANAEMIA": ({"history.anaemia": True}, "refer", None, None),
    "ACUTE-ILLNESS": ({"history.acute_illness": True}, "wait", None, None),
    "ALLERGY": ({"history.anaphylaxis": True}, "refer", None, None),
    "LATEX": ({"history.allergy_latex": True}, "adapt", None, None),
    "GOLD": ({"history.allergy_gold": True}, "adapt", None, None),
    "GRANULOMA": ({"history.sarcoidosis": True}, "refer", None, None),
    "CONCEIVE": ({"history.trying_to_conceive": True}, "adapt", None, None),
    "CANCER-PAST": ({"history.cancer_past": True}, "adapt", None, None),
    "SKIN-CANCER-PAST": ({"area.skin_cancer_treated_on": ago(900)}, "refer", None, None),
    "ENDOCRINE": ({"history.thyroid": True}, "refer", None, None),
    "KIDNEY": ({"history.kidney_disease": True}, "adapt", None, None),
    "NERVES": ({"history.neuropathy": True}, "adapt", None, None),
    "EYE": ({"history.eye": True, "concern": [{"name": "wrinkle", "site": "periorbital"}]}, "adapt", None, None),
    "VASCULAR": ({"area.vascular_lesion": True}, "adapt", None, None),
    "STRIAE-YOUNG": ({"area.striae_age_days": 364}, "adapt", ahead(1), None),
    "TRAUMA": ({"history.trauma_last": ago(100)}, "wait", ahead(80), None),
    "THREADS": ({"history.threads": ago(14)}, "wait", ahead(14), None),
    "NEXT-INJECTION": ({"preferences.next_toxin": ahead(100)}, "adapt", None, None),
    "IMPLANTS": ({"history.implants": True}, "go", None, None),
    "LUNG": ({"history.lung_disease": True}, "go", None, None),
    "MENTAL-HEALTH": ({"history.mental_health": True}, "go", None, None),
    "OTHER-DRUGS": ({"medication.glp1": True}, "go", None, None),
}
#: Rule → answers a day or a step past the edge, which leave it quiet; elsewhere it is quiet in the quiet file.
EDGES: dict[str, dict[str, Any]] = {
    "SCAR-YOUNG": {"area.scar_age_days": 180},
    "ISOTRETINOIN": {"medication.isotretinoin_last_dose": ago(180)},
    "RETINOID-TOPICAL": {"medication.topical_retinoid_last_use": ago(5)},
    "ACIDS": {"medication.exfoliant_last_use": ago(5)},
    "NSAID": {"medication.nsaid_last_dose": ago(7)},
    "STEROID-SYS": {"medication.high_dose_steroid_end": ago(28)},
    "CHEMO": {"medication.chemo_end": ago(28)},
    "RADIO": {"medication.radio_end": ago(28)},
    "BOTOX": {"history.toxin": ago(14)},
    "FILLER": {"history.filler": ago(14)},
    "SURGERY": {"history.surgery": ago(365)},
    "PEEL-SUP": {"history.peel_superficial": ago(14)},
    "PEEL-DEEP": {"history.peel_deep": ago(90)},
    "LASER-NA": {"history.laser_nonablative": ago(14)},
    "LASER-ABL": {"history.laser_ablative": ago(90)},
    "HAIR-REMOVAL": {"history.waxing": ago(7)},
    "SUNBURN": {"history.sunburn_last": ago(14)},
    "TAN": {"history.tan_last": ago(14)},
    "INTERVAL": {"history.microneedling_last": ago(28)},
    "ALCOHOL": {"history.alcohol_last": ago(1)},
    "MINOR": {"patient.age": 18},
    "AGE-18-21": {"patient.age": 22},
    "ACNE-SEVERE": {"area.acne_grade": 2},
    "ACNE-MILD": {"area.acne_grade": 3},
    "FST-HIGH": {"patient.phototype": 3},
    "FST-LABEL": {"patient.phototype": 3, "concern": WRINKLE},
    "HSV-HISTORY": {"history.hsv_history": True, "concern": [{"name": "striae", "site": "abdomen"}]},
    "HEART-RF": {"history.pacemaker": True, "clinic.devices": ["pen"]},
    "DEVICE-LOT": RECORD,
    "TOPICAL-NONSTERILE": {"plan.topical_during": ["sterile_saline", "prp"]},
    "DIABETES-UNC": {"history.diabetes": "controlled"},
    "DIABETES-CTRL": {"history.diabetes": "uncontrolled"},
    "ORBITAL": {"concern": [{"name": "wrinkle", "site": "crow's feet".replace("'", "")}]},
    "SKIN-CANCER-PAST": {"area.skin_cancer_treated_on": "never"},
    "EYE": {"history.eye": True, "concern": [{"name": "striae", "site": "abdomen"}]},
    "STRIAE-YOUNG": {"area.striae_age_days": 365},
    "TRAUMA": {"history.trauma_last": ago(180)},
    "THREADS": {"history.threads": ago(28)},
    "NEXT-INJECTION": {"preferences.next_toxin": "never", "preferences.next_filler": "never"},
}
