"""Six consultations as a clinic meets them, and the verdict that a careful practitioner would give."""

from datetime import date
from pathlib import Path

import pytest
from tests.care.consultations import rule

from neodermis.api import read
from neodermis.care.consultation import example, parse_consultation
from neodermis.care.course import care
from neodermis.care.suitability import Verdict, adapted, screen
from neodermis.care.words import load_words

CASES = Path(__file__).with_name("cases")
WORDS = load_words()
PLAN = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"


def case(name: str) -> Verdict:
    return screen(CASES / f"{name}.toml")


def results(found: Verdict) -> dict[str, str]:
    return {one.rule.id: one.result for one in found.findings}


@pytest.mark.parametrize("name", [path.stem for path in sorted(CASES.glob("*.toml"))])
def test_a_case_is_complete(name: str) -> None:
    found = case(name)
    assert not found.unanswered and not found.worth_asking
    assert found.today == date(2026, 11, 20)


def test_smoker_with_perioral_lines_is_treated_with_a_lower_forecast() -> None:
    found = case("smoker_perioral_lines")
    assert found.overall == "adapt"
    assert results(found) == {"HEALING": "adapt", "ANAES-DOSE": "adapt"}
    done = adapted(read("3 sessions every 30 days: skinpen_precision; perioral 0.5 mm, 4 passes"), found)
    assert done.patient.exposures["smoking"].sentence == "20/day since 19"
    assert "test area (HEALING)" in done.steps


def test_acne_scars_two_months_after_isotretinoin_wait_for_the_prescriber() -> None:
    found = case("acne_scars_isotretinoin")
    assert (found.overall, found.until) == ("refer", date(2027, 3, 19))
    assert results(found)["FST-HIGH"] == "adapt"
    assert any("comes before" in note for note in found.notes())
    done = adapted(read("4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"), found)
    assert done.protocol.sentence == "4 sessions every 6 weeks: exceed; cheek 1.1 mm, 4 passes"
    assert done.patient.exposures["isotretinoin"].sentence.endswith("no from day -61") or (
        done.patient.exposures["isotretinoin"].parts[-1].level == 0
    )


def test_melasma_on_a_blood_thinner_needs_the_prescriber_and_the_drug_goes_on() -> None:
    found = case("melasma_anticoagulant")
    assert found.overall == "refer"
    assert dict(found.devices) == {"exceed": "no", "skinpen_precision": "refer"}
    assert results(found) == {"ANTICOAG": "refer", "FST-HIGH": "adapt", "MELASMA": "adapt"}
    assert "Keep taking" in WORDS.rule["ANTICOAG"].patient
    done = adapted(read("4 sessions every 30 days: skinpen_precision; cheek 1 mm, 4 passes"), found)
    assert done.protocol.phases[0].treatments[0].depth_mm == 0.5
    assert done.patient.exposures["anticoagulant"].parts[0].level == 1


def test_old_striae_of_the_abdomen_can_be_treated() -> None:
    found = case("striae_abdomen")
    assert (found.overall, found.findings) == ("go", ())  # cold sores matter on the face only


def test_girl_of_16_with_scars_is_for_the_prescriber_and_no_course_is_predicted() -> None:
    found = case("girl_of_16")
    assert found.overall == "refer"
    one = rule(found, "MINOR")
    assert one is not None and one.override == "prescriber"
    assert WORDS.word["minor"] in found.notes()
    text = (CASES / "girl_of_16.toml").read_text("utf-8")
    for edit in (("guardian = true", "guardian = false"), ('name = "acne_scar"', 'name = "wrinkle"')):
        changed = text.replace(*edit).replace('severity = "goodman_baron:2"', "severity = 0.3")
        assert screen(parse_consultation(changed)).overall == "no"
    asked = screen(parse_consultation(text.replace("guardian = true", 'guardian = "unknown"')))
    assert asked.overall == "refer" and "consent.guardian" in asked.unanswered


def test_cold_sores_and_a_wedding_take_an_antiviral_first() -> None:
    found = case("herpes_event")
    assert found.overall == "adapt"
    one = rule(found, "HSV-HISTORY")
    assert one is not None and one.override == "prescriber"
    assert [effect.do for effect in one.effects] == ["prescriber"]
    assert any("21 days" in note for note in found.notes())
    text = (CASES / "herpes_event.toml").read_text("utf-8").replace("hsv_active = false", "hsv_active = true")
    assert screen(parse_consultation(text)).overall == "wait"


def test_of_equal_verdicts_the_device_with_the_shortest_wait_is_told() -> None:
    text = example().replace('filler = "never"', "filler = 2026-11-19")
    one = parse_consultation(text, "example")
    found = screen(one, today=date(2026, 11, 20))
    each = [screen(one, today=date(2026, 11, 20), device=name) for name in found.devices]
    assert {verdict.overall for verdict in each} == {"wait"}
    ends = [verdict.until for verdict in each if verdict.until is not None]
    assert len(ends) == len(each) and ends[0] > min(ends) == found.until


def test_care_is_for_the_plan_that_the_rules_ask_for() -> None:
    # no session without the prescriber: nothing is dated, and what the plan would become is told
    waiting = care(CASES / "acne_scars_isotretinoin.toml", PLAN, draws=4, clock=date(2026, 11, 20))
    wanted = adapted(read(PLAN), case("acne_scars_isotretinoin")).protocol
    assert waiting.dated is None and waiting.protocol == wanted and "19 Mar 2027" in waiting.refusal
    free = care(CASES / "striae_abdomen.toml", PLAN, draws=4, clock=date(2026, 11, 20))
    assert free.care.protocol == read(PLAN) and not free.changed
