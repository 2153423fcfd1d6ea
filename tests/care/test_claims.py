"""The rows of the claims list on who is suited and on preparation."""

from datetime import timedelta

import pytest
from tests.care.consultations import FIRES, RECORD, SCAR, TODAY, ago, ahead, rule, verdict

from neodermis.api import read
from neodermis.care.rules import load_rules
from neodermis.care.suitability import adapted
from neodermis.care.words import load_words
from neodermis.errors import LimitError
from neodermis.people import load_concerns

RULES = load_rules().rules
WORDS = load_words()


@pytest.mark.claim("SUIT-01")
def test_many_concerns_and_all_phototypes_are_suited_and_sensitivity_is_asked_for() -> None:
    named = ["wrinkle", "laxity", "acne_scar", "melasma", "uneven_tone", "pores", "dullness"]
    assert {*named} <= {*load_concerns()}
    for name in named:
        where = [{"name": name, "site": "cheek", "severity": 0.3}]
        for phototype in (1, 3, 6):
            found = verdict({"concern": where, "patient.phototype": phototype})
            assert found.overall in ("go", "adapt")
            # dark skin is treated with settings of its own
            assert ("FST-HIGH" in {one.rule.id for one in found.findings}) == (phototype >= 4)
    assert verdict({"area.sensitive": True}).overall == "adapt"
    assert "area.sensitive" in verdict({"area.sensitive": None}).worth_asking


@pytest.mark.claim("SUIT-02")
@pytest.mark.parametrize("answer", ["area.active_infection", "area.open_wound", "history.hsv_active"])
def test_not_with_an_infection_or_an_open_wound(answer: str) -> None:
    found = verdict({answer: True})
    assert found.overall == "wait"
    (one,) = [rule for rule in found.findings if rule.result == "wait"]  # a cold sore now is one in the history too
    assert one.answers == (answer,)
    assert one.rule.sources and one.state and WORDS.rule[one.rule.id].until


@pytest.mark.claim("SUIT-03")
@pytest.mark.parametrize(
    ("edits", "name", "result"),
    [
        ({"area.eczema": "active"}, "ECZEMA", "wait"),
        ({"area.eczema": "history"}, "ECZEMA", "adapt"),
        ({"area.rash_or_irritation": True}, "SKIN-OPEN", "wait"),
        ({"history.psoriasis": True}, "PSORIASIS", "refer"),
        ({"area.acne_grade": 4}, "ACNE-SEVERE", "wait"),
        ({"area.acne_grade": 1}, "ACNE-MILD", "adapt"),
        ({"area.sensitive": True}, "ECZEMA", "adapt"),
        ({"area.rosacea": "quiet"}, "ROSACEA-QUIET", "adapt"),
    ],
)
def test_inflamed_skin_is_avoided_or_the_plan_is_changed(edits: dict[str, object], name: str, result: str) -> None:
    one = rule(verdict(edits), name)
    assert one is not None and one.result == result
    if result == "adapt":
        assert one.effects


@pytest.mark.claim("SUIT-04")
def test_clotting_and_blood_thinners_and_no_drug_is_stopped() -> None:
    assert verdict({"history.bleeding_disorder": True}).overall == "no"
    for drug in ("medication.anticoagulant", "medication.antiplatelet"):
        found = verdict({drug: True})
        assert found.overall == "refer"
        one = rule(found, "ANTICOAG")
        assert one is not None and one.override == "prescriber"
    said = WORDS.rule["ANTICOAG"]
    assert "Keep taking it" in said.patient and "never a reason to stop it" in said.practitioner
    # one of the general articles says otherwise, and the rule says that it differs
    assert "general articles" in RULES["ANTICOAG"].disagreement


@pytest.mark.claim("SUIT-05")
def test_keloids_recent_procedures_and_drugs_with_waiting_times() -> None:
    assert verdict({"history.keloid": True}).overall == "no"
    assert verdict({"history.hypertrophic_scar": True}).overall == "refer"
    for name in ("BOTOX", "FILLER", "SURGERY", "PEEL-SUP", "PEEL-DEEP", "LASER-NA", "LASER-ABL", "ISOTRETINOIN"):
        edits, _, until, _ = FIRES[name]
        found = verdict(edits)
        assert until is not None and found.until == until > TODAY
        wait = RULES[name].wait
        assert wait is not None and wait.days > 0 and wait.why


@pytest.mark.claim("SUIT-06")
def test_teenagers_only_for_scars_with_a_prescriber_consent_and_assent() -> None:
    agreed = {"consent.guardian": True, "consent.assent": True}
    assert verdict({"patient.age": 17, **agreed}).overall == "no"
    assert verdict({"patient.age": 17, "concern": SCAR, **agreed}).overall == "refer"
    assert verdict({"patient.age": 17, "concern": SCAR, **agreed, "consent.guardian": False}).overall == "no"
    assert "MINOR" not in {one.rule.id for one in verdict({"patient.age": 18}).findings}


@pytest.mark.claim("SUIT-07")
def test_the_consultation_holds_skin_type_goals_and_visits_and_changes_the_plan() -> None:
    found = verdict({"patient.phototype": 5, "preferences": {"visits": 4, "downtime_days": 3}})
    assert found.consultation.preferences.visits == 4
    done = adapted(read("4 sessions every 30 days: skinpen_precision; cheek 1.5 mm, 6 passes"), found)
    assert done.protocol.phases[0].interval_days == 42 and done.protocol.phases[0].treatments[0].depth_mm < 1.5
    assert done.patient.phototype == 5 and {*done.patient.concerns} == {"wrinkle", "dullness"}


@pytest.mark.claim("SUIT-08")
def test_the_record_of_a_session_needs_operator_and_equipment_and_the_patient_is_told_what_to_check() -> None:
    assert verdict(RECORD).overall == "go"
    for missing in ("clinic.operator_licence", "session.cartridge_lot", "session.cartridge_expires"):
        found = verdict(RECORD | {missing: None})
        assert found.overall == "no" and [one.rule.id for one in found.findings] == ["DEVICE-LOT"]
    assert "licence" in WORDS.rule["DEVICE-LOT"].patient and "new, sealed needles" in WORDS.rule["DEVICE-LOT"].patient


@pytest.mark.claim("CARE-01")
@pytest.mark.parametrize(
    ("answer", "name"),
    [("medication.topical_retinoid_last_use", "RETINOID-TOPICAL"), ("medication.exfoliant_last_use", "ACIDS")],
)
def test_no_retinoids_or_exfoliants_for_some_days_before(answer: str, name: str) -> None:
    wait = RULES[name].wait
    assert wait is not None and 3 <= wait.days <= 7
    assert verdict({answer: TODAY}).until == TODAY + timedelta(days=wait.days)
    assert any(effect.do == "prescriber" for effect in RULES[name].effects)
    assert "Did a doctor give" in WORDS.rule[name].patient


@pytest.mark.claim("CARE-01")
def test_sun_is_kept_away_for_longer_than_the_articles_say() -> None:
    for answer in ("history.tan_last", "history.sunburn_last"):
        assert verdict({answer: ago(7)}).until == ahead(7)


@pytest.mark.claim("DEV-05")
def test_sterile_equipment_and_a_licensed_operator_are_on_record_and_depth_is_limited() -> None:
    for edit in ({"session.cartridge_reused": True, "session.cartridge_sterile": False},
                 {"session.cartridge_sterile": False}, {"session.cartridge_expires": ago(1)},
                 {"clinic.operator_licence": "unknown"}):  # fmt: skip
        assert verdict(RECORD | edit).overall == "no"
    with pytest.raises(LimitError):
        read("1 session: exceed; cheek 2 mm, 4 passes")
    assert verdict({"concern": [{"name": "wrinkle", "site": "upper_eyelid"}]}).overall == "no"
