"""Where rules said less than a label: each settled by the more careful reading."""

from typing import Any

import pytest
from tests.care.consultations import FIRES, SCAR, TODAY, ago, ahead, consultation, rule, verdict

from neodermis.api import read
from neodermis.care.advice import load_care
from neodermis.care.circumstances import Circumstances
from neodermis.care.rules import load_rules
from neodermis.care.suitability import adapted
from neodermis.care.tiers import best_tier
from neodermis.care.words import load_words

RULES = load_rules().rules
PEN = "3 sessions every 30 days: skinpen_precision; cheek 1.5 mm, 6 passes"


# A planned course of drugs or radiation is tested in test_rules.py, day by day.


@pytest.mark.parametrize("answer", ["area.warts", "area.raised_moles"])
def test_warts_and_moles(answer: str) -> None:
    assert verdict({answer: True}, "exceed").overall == "no"
    one = rule(verdict({answer: True}, "skinpen_precision"), "LESION-RAISED")
    assert one is not None and one.result == ("wait" if answer == "area.warts" else "adapt")
    if answer == "area.warts":
        assert one.override == "prescriber" and one.state


@pytest.mark.parametrize(
    ("age", "kg", "grams", "area", "minutes"),
    [
        (0.1, 4, 1, 10, 60),
        (0.5, 7, 2, 20, 60),
        (5, 18, 10, 100, 240),
        (6, 22, 10, 100, 240),  # a country gives 20 g from 6, another from 7 on
        (9, 30, 20, 200, 240),
        (9, 15, 10, 100, 240),  # weight rules
        (12, 40, 20, 200, 240),  # a child by one label, an adult by the other
        (13, 50, 60, 600, 300),
        (40, None, 60, 600, 300),
    ],
)
def test_lidocaine_with_prilocaine_by_age_and_weight(
    age: float, kg: float | None, grams: float, area: float, minutes: float
) -> None:
    cream = load_care().anaesthetics["emla"].for_person(age, kg)
    assert (cream.most_grams, cream.most_area_cm2) == (grams, area)
    assert cream.minutes is not None and max(cream.minutes_larger or cream.minutes) <= minutes
    assert cream.beyond(grams + 1, area) and cream.beyond(grams, area + 1) and not cream.beyond(grams, area)
    if age < 13:
        assert cream.dose(area) == (grams, grams)  # one gram on ten square centimetres


def test_no_numbing_cream_for_a_child_without_the_prescriber() -> None:
    child = {"patient.age": 12, "concern": SCAR, "consent.guardian": True, "consent.assent": True}
    one = rule(verdict(child | {"plan.topical_anaesthetic": True}), "ANAES-DOSE")
    assert one is not None and (one.result, one.override) == ("refer", "prescriber")
    assert any(effect.do == "no_anaesthetic" for effect in one.effects)
    assert rule(verdict(child | {"plan.topical_anaesthetic": False}), "ANAES-DOSE") is None
    teen = rule(verdict(child | {"patient.age": 13, "plan.topical_anaesthetic": True}), "ANAES-DOSE")
    assert teen is not None and teen.result == "adapt" and not teen.effects


@pytest.mark.parametrize(("eczema", "most"), [("history", 30), ("active", 30), ("unknown", 30), ("none", 60)], ids=str)
def test_numbing_cream_stays_on_for_half_an_hour_where_there_was_eczema(eczema: str, most: float) -> None:
    said = Circumstances.of(consultation({"area.eczema": eczema}))
    for name, usual in (("emla", 120), ("lidocaine_4", 60)):
        cream = load_care().anaesthetics[name].for_person(40, atopic=said.eczema is not False)
        assert cream.minutes is not None and cream.minutes[1] == (30 if most == 30 else usual)
    assert "30 minutes at most" in load_words().rule["ECZEMA"].practitioner
    with_cream = {"area.eczema": "history", "plan.topical_anaesthetic": True}
    assert "30 minutes" in (rule(verdict(with_cream), "ANAES-DOSE") or pytest.fail("no rule")).because


@pytest.mark.parametrize(
    "answer", ["history.g6pd_deficiency", "medication.methaemoglobin_inducer", "history.allergy_paba"]
)
def test_what_bars_numbing_cream_by_its_label_is_asked(answer: str) -> None:
    found = verdict({answer: True})
    one = rule(found, "ANAES-BLOCK")
    assert one is not None and one.override == "prescriber"
    assert adapted(read(PEN), found).anaesthetic == "none"
    assert answer in verdict({answer: None}).worth_asking
    assert Circumstances.of(consultation({answer: True})).anaesthetic_barred is True
    assert Circumstances.of(consultation({answer: None})).anaesthetic_barred is None


@pytest.mark.parametrize(
    "edits", [{"history.diabetes": "uncontrolled"}, {"area.actinic_keratosis": True}], ids=["diabetes", "keratosis"]
)
def test_the_manual_of_one_device_forbids(edits: dict[str, Any]) -> None:
    assert verdict(edits, "exceed").overall == "no"
    found = verdict(edits, "dermapen_4")
    assert found.overall == "refer" and found.findings[0].override == "prescriber"


@pytest.mark.parametrize("name", ["ACNE-SEVERE", "ROSACEA-FLARE", "ECZEMA", "SCAR-YOUNG", "FILLER", "SURGERY", "AK"])
@pytest.mark.parametrize("device", [None, "exceed", "dermapen_4"])
def test_a_prescriber_lifts_what_a_manual_forbids(name: str, device: str | None) -> None:
    one = rule(verdict(FIRES[name][0], device), name)
    assert one is not None and one.override == "prescriber" and one.result in ("no", "refer", "wait")


@pytest.mark.parametrize("edits", [{"area.acne_grade": 1}, {"area.rosacea": "quiet"}], ids=str)
def test_what_only_the_manual_forbids_is_the_prescribers_too(edits: dict[str, Any]) -> None:
    found = verdict(edits, "exceed")
    assert found.overall == "wait" and found.findings[0].override == "prescriber"


def test_one_device_is_cleared_for_thick_scars() -> None:
    one = rule(verdict({"history.hypertrophic_scar": True}, "skinstylus"), "HYPERTROPHIC")
    assert one is not None and one.result == "refer" and "K200044" in one.because
    assert any(use.device == "skinstylus" and use.concerns == ("hypertrophic_scar",) for use in load_rules().labelled)


def test_days_after_filler_are_those_of_their_source() -> None:
    assert verdict({"history.filler": ago(15)}, "skinpen_precision").overall == "go"
    assert verdict({"history.filler": ago(179)}, "exceed").overall == "wait"
    wait = RULES["FILLER"].wait
    assert wait is not None and best_tier(wait.sources) == "C"


def test_surgery_keeps_its_year_and_says_that_a_cohort_began_earlier() -> None:
    scar = {"concern": SCAR, "history.surgery": ago(200), "area.scar_age_days": 200}
    found = verdict(scar)
    assert found.overall == "wait" and found.until == ahead(165)
    wait = RULES["SURGERY"].wait
    assert wait is not None and {42, 365} == {days for days, _ in wait.reported}


def test_the_guideline_that_names_needling_stands_beside_the_label_of_the_drug() -> None:
    wait = RULES["ISOTRETINOIN"].wait
    assert wait is not None and wait.days == 180
    assert "acsi-2017" in dict(wait.reported)[0]
    assert "not name needling" in wait.why or "does not name needling" in wait.why


def test_burnt_skin_is_not_treated_and_days_are_called_custom() -> None:
    one = rule(verdict({"area.sunburn": True}), "SUNBURN")
    assert one is not None and one.override == "none" and one.state
    wait = RULES["SUNBURN"].wait
    assert wait is not None and best_tier(wait.sources) == "D" and "custom" in wait.why


def test_connective_tissue_stays_a_refusal_without_the_prescriber() -> None:
    one = rule(verdict({"history.scleroderma": True}), "SCLERODERMA")
    assert one is not None and (one.result, one.override) == ("no", "prescriber")


@pytest.mark.parametrize(
    ("name", "days"), [("LASER-ABL", {42, 84, 90, 365}), ("NSAID", {7}), ("SCAR-YOUNG", {42, 180, 365})]
)
def test_what_labels_and_trials_give_is_reported(name: str, days: set[int]) -> None:
    wait = RULES[name].wait
    assert wait is not None and {one for one, _ in wait.reported} == days
    assert best_tier(wait.sources) in ("A", "B")


def test_sessions_are_as_far_apart_as_the_manual_says() -> None:
    needled = {"history.microneedling_last": ago(29)}
    assert verdict(needled, "exceed").until == ahead(1)
    assert verdict(needled, "dermapen_4").overall == "go"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("history.epilepsy", "refer"), ("history.heart_disease", "refer"), ("history.acute_illness", "wait"),
        ("history.autoimmune_disease", "refer"), ("history.anaemia", "refer"), ("history.anaphylaxis", "refer"),
        ("area.bruise_or_oedema", "wait"), ("history.allergy_other", "adapt"),
    ],
)  # fmt: skip
def test_what_two_further_manuals_forbid(answer: str, result: str) -> None:
    found = verdict({answer: True})
    assert found.overall == result
    assert "dermida-5" in found.findings[0].rule.sources
    if result != "adapt":
        assert found.findings[0].override == "prescriber"


def test_nothing_of_this_holds_on_the_day_of_nothing() -> None:
    assert verdict().overall == "go" and verdict().today == TODAY
