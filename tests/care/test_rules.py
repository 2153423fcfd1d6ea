"""Every rule holds where it should and is quiet elsewhere; unknown is not no; prescribed drugs are not stopped."""

import re
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from tests.care.consultations import (
    EDGES,
    FIRES,
    RECORD,
    SCAR,
    TODAY,
    WRINKLE,
    ago,
    ahead,
    consultation,
    rule,
    verdict,
)

import neodermis as nd
from neodermis.api import read
from neodermis.care.plan_facts import NO_PROTOCOL
from neodermis.care.rules import GATES, OF_CATEGORY, RESULTS, find_rule, load_rules
from neodermis.care.suitability import Adapted, adapted
from neodermis.care.words import load_words
from neodermis.errors import InputError, LimitError
from neodermis.evidence import load_bibliography, load_parameters
from neodermis.people.exposure import find_exposure

RULES = load_rules().rules
WORDS = load_words()
#: Rules on drugs that a doctor may have ordered.
PRESCRIBED = [
    "ISOTRETINOIN", "RETINOID-TOPICAL", "ACIDS", "ANTICOAG", "NSAID", "STEROID-SYS", "CHEMO", "IMMUNO", "PHOTOSENS",
    "HRT", "ANAES-BLOCK",
]  # fmt: skip


def test_the_book_has_all_rules() -> None:
    assert len(RULES) == 97 == len(FIRES)
    assert {*RULES} == {*FIRES} == {*WORDS.rule}
    assert all(one.active for one in RULES.values())


def test_a_rule_that_is_off_holds_where_a_clinic_names_it() -> None:
    book = load_rules()
    book = replace(book, rules={**book.rules, "LICHEN": replace(book.rules["LICHEN"], active=False)})
    edits = {"history.lichen_planus": True}
    assert rule(verdict(edits, book=book), "LICHEN") is None
    assert rule(verdict(edits | {"clinic.extra_rules": ["LICHEN"]}, book=book), "LICHEN")


@pytest.mark.parametrize("name", FIRES)
def test_a_rule_fires(name: str) -> None:
    edits, result, until, device = FIRES[name]
    found = rule(verdict(edits, device), name)
    assert found is not None
    assert (found.result, found.until) == (result, until)


@pytest.mark.parametrize("name", FIRES)
def test_a_rule_is_quiet_elsewhere(name: str) -> None:
    assert rule(verdict(), name) is None
    device = FIRES[name][3] if name == "FST-LABEL" else None
    assert rule(verdict(EDGES.get(name, {}), device), name) is None


@pytest.mark.parametrize("name", FIRES)
def test_a_rule_taken_out_has_no_effect(name: str) -> None:
    edits, _, _, device = FIRES[name]
    with_it, without = verdict(edits, device), verdict(edits, device, load_rules().without(name))
    assert rule(without, name) is None
    assert [one.rule.id for one in with_it.findings if one.rule.id != name] == [one.rule.id for one in without.findings]
    alone = len(with_it.findings) == 1
    assert RESULTS.index(without.overall) >= RESULTS.index(with_it.overall)
    if alone:
        assert without.overall == "go" and without.until is None


#: Answers that two rules ask for, so that leaving one out may leave the other holding.
GATED = [name for name, one in RULES.items() if one.branches[0].gates]
#: Branches of the first three categories whose missing answer is listed and holds nothing up, with that answer.
LISTED = [
    (name, path)
    for name, one in RULES.items()
    for branch in one.branches
    if branch.category in GATES and not branch.gates
    for path in branch.when.paths
    if not path.startswith("plan.")
]


@pytest.mark.parametrize("name", GATED)
@pytest.mark.parametrize("how", ["left out", "unknown"])
def test_unknown_is_asked_and_never_no(name: str, how: str) -> None:
    edits: dict[str, Any] = dict.fromkeys(RULES[name].paths, None if how == "left out" else "unknown")
    edits = {
        path: value for path, value in edits.items() if not path.startswith("plan.") or path == "plan.topical_during"
    }
    if any(path in RULES[name].paths for path in ("plan.zones", "plan.includes_face")):
        edits["concern"] = []
    if name == "DEVICE-LOT":  # what is missing from a record rules the session out; what nobody knows is asked
        edits = RECORD | {"session.cartridge_reused": "unknown"}
    device = "frf" if name == "HEART-RF" else None
    found = verdict(edits, device)
    one = rule(found, name)
    assert one is not None and one.result == "ask"
    assert found.overall == "ask"
    assert {*one.answers} <= {*found.unanswered}
    assert found.unanswered


@pytest.mark.parametrize(("name", "path"), LISTED)
def test_an_answer_that_old_files_lack_is_listed_first_and_a_yes_has_the_full_category(name: str, path: str) -> None:
    device = "frf" if name in ("HEART-RF", "GOLD") else None
    for value in (None, "unknown"):
        found = verdict({path: value}, device)
        assert path in found.worth_asking and path not in found.unanswered
        assert found.overall == "go"
        one = rule(found, name)
        assert one is None or one.result == "go"
    lighter = [each for each in RULES.values() if each.category in ("precaution", "info")]
    everything = verdict({path: None, **{each: None for one in lighter for each in one.paths if "plan" not in each}})
    assert everything.worth_asking.index(path) < everything.worth_asking.index("medication.hrt")
    yes: Any = True
    if path.endswith("_start"):
        yes = ahead(28)
    elif path in ("history.threads", "history.trauma_last", "area.skin_cancer_treated_on"):
        yes = ago(10)
    one = rule(verdict({path: yes}, device), name)
    assert one is not None and one.result in ("no", "refer", "wait") and one.override != "none"


@pytest.mark.parametrize("drug", ["chemo", "radio", "high_dose_steroid"])
def test_a_course_that_begins_within_four_weeks_keeps_needles_away(drug: str) -> None:
    start = f"medication.{drug}_start"
    for days in (0, 1, 27, 28):
        found = verdict({start: ahead(days)})
        assert found.overall == "wait" and found.until is None  # it lasts for longer than anybody knows
    assert verdict({start: ahead(29)}).overall == "go"
    assert verdict({start: "never"}).overall == "go"
    with pytest.raises(InputError, match=rf"{drug}_start[\s\S]*from 2026-11-20 on"):
        verdict({start: ago(1)})


@pytest.mark.parametrize("path", ["preferences.next_toxin", "preferences.next_filler"])
def test_a_planned_injection_lies_ahead(path: str) -> None:
    with pytest.raises(InputError, match="from 2026-11-20 on"):
        verdict({path: ago(1)})


@pytest.mark.parametrize(
    "edits", [{"history.hsv_history": "unknown"}, {"history.pih": None}, {"medication.hrt": "unknown"}]
)
def test_unknown_on_a_lighter_rule_is_listed_and_changes_no_verdict(edits: dict[str, Any]) -> None:
    found = verdict(edits)
    assert found.overall == "go"
    assert {*edits} <= {*found.worth_asking} and not found.unanswered


def test_one_yes_is_enough_and_an_unknown_beside_it_does_not_hide_it() -> None:
    found = verdict({"area.skin_cancer": "unknown", "area.suspicious_lesion": True})
    assert found.overall == "no"


# ------------------------------------------------------------------------------------------------- verdicts

#: One case of each verdict.
OF_EACH: dict[str, dict[str, Any]] = {
    "no": {"history.keloid": True},
    "refer": {"history.psoriasis": True},
    "wait": {"history.filler": ago(3)},
    "ask": {"history.lupus": "unknown"},
    "adapt": {"area.piercing": True},
    "go": {"medication.hrt": True},
}


def test_categories_map_to_verdicts() -> None:
    assert dict(OF_CATEGORY) == {
        "absolute": "no", "relative": "refer", "defer": "wait", "precaution": "adapt", "info": "go"
    }  # fmt: skip
    assert RESULTS == ("no", "refer", "wait", "ask", "adapt", "go") == (*OF_EACH,)


@pytest.mark.parametrize(("worse", "better"), [*combinations(RESULTS, 2)])
def test_the_worst_wins(worse: str, better: str) -> None:
    assert verdict(OF_EACH[worse]).overall == worse
    assert verdict(OF_EACH[worse] | OF_EACH[better]).overall == worse


def test_the_latest_date_counts_and_is_named() -> None:
    found = verdict({"history.filler": ago(3), "history.peel_deep": ago(30), "history.alcohol_last": TODAY})
    assert (found.overall, found.until) == ("wait", ahead(60))
    assert "19 January 2027" in found.sentence()
    assert verdict({"history.alcohol_last": TODAY}).until is None


def test_a_wait_that_no_date_ends_says_what_has_to_come_about() -> None:
    found = verdict({"area.active_infection": True})
    assert (found.overall, found.until) == ("wait", None)
    one = rule(found, "SKIN-INFECT")
    assert one is not None and one.state and WORDS.rule["SKIN-INFECT"].until


@pytest.mark.parametrize("name", GATED)
def test_a_wait_ends_by_a_date_or_by_a_state_that_is_named(name: str) -> None:
    one = RULES[name]
    if one.category == "defer":
        assert one.wait is not None or WORDS.rule[name].until


# ------------------------------------------------------------------------------------------------- single rules


@pytest.mark.parametrize(
    ("edits", "result"),
    [
        ({}, "no"),
        ({"concern": SCAR}, "refer"),
        ({"concern": SCAR, "consent.guardian": True, "consent.assent": True}, "refer"),
        ({"concern": SCAR, "consent.guardian": False, "consent.assent": True}, "no"),
        ({"concern": SCAR, "consent.guardian": True, "consent.assent": False}, "no"),
        ({"concern": [*SCAR, *WRINKLE], "consent.guardian": True, "consent.assent": True}, "no"),
        ({"concern": []}, "no"),
    ],
)
def test_under_18(edits: dict[str, Any], result: str) -> None:
    found = verdict({"patient.age": 16, **edits})
    assert found.overall == result
    one = rule(found, "MINOR")
    assert one is not None and one.override == "prescriber"
    consented = {"consent.guardian", "consent.assent"}
    asked = consented - {*edits} if result == "refer" or edits.get("concern") == [] else set()
    assert consented & {*found.unanswered} == (asked if edits.get("concern") != [] else set())
    with pytest.raises(InputError, match="under 18"):
        consultation({"patient.age": 16, **edits}).person(TODAY)


def test_the_label_of_a_device_goes_before_the_rule() -> None:
    filler = {"history.filler": ago(20)}
    assert verdict(filler, "skinpen_precision").overall == "go"
    assert verdict(filler, "exceed").until == ahead(160)
    blood = {"medication.anticoagulant": True}
    assert verdict(blood).overall == "refer"
    assert verdict(blood, "exceed").overall == "no"
    assert verdict({"history.pregnant": True}, "skinpen_precision").overall == "no"
    assert verdict({"history.pregnant": True}, "dermapen_4").overall == "wait"
    assert verdict({"area.acne_grade": 1}, "exceed").overall == "wait"


def test_of_several_devices_at_hand_the_one_that_allows_most_counts_and_all_are_told() -> None:
    found = verdict({"medication.anticoagulant": True, "clinic.devices": ["exceed", "skinpen_precision"]})
    assert (found.overall, found.device) == ("refer", "skinpen_precision")
    assert dict(found.devices) == {"exceed": "no", "skinpen_precision": "refer"}


def test_a_pacemaker_is_asked_about_where_the_device_is_not_known() -> None:
    assert verdict({"history.pacemaker": True}).overall == "ask"
    assert verdict({"history.pacemaker": True}, "exceed").overall == "go"


def test_longer_waits_where_the_rule_says_so() -> None:
    tan = {"history.tan_last": ago(20)}
    assert verdict(tan).overall == "go"
    assert verdict(tan | {"patient.phototype": 5}).until == ahead(8)
    assert verdict(tan | {"history.pih": True}).until == ahead(8)
    assert verdict(tan | {"history.pih": "unknown"}).overall == "ask"
    used = {"medication.topical_retinoid_last_use": ago(6), "medication.topical_retinoid": "tretinoin"}
    assert verdict(used).overall == "go"
    assert verdict(used | {"area.sensitive": True}).until == ahead(1)


def test_an_irradiated_field_is_for_the_specialist() -> None:
    assert verdict({"area.irradiated": True}).overall == "refer"


def test_sensitive_skin_and_past_eczema_are_tested_first() -> None:
    for edits in ({"area.sensitive": True}, {"area.eczema": "history"}):
        one = rule(verdict(edits), "ECZEMA")
        assert one is not None and one.result == "adapt"
        assert [effect.do for effect in one.effects] == ["patch_test"]


@pytest.mark.parametrize("name", ["SKIN-INFECT", "SKIN-CANCER"])
def test_red_flags_go_to_a_doctor(name: str) -> None:
    found = rule(verdict(FIRES[name][0]), name)
    assert found is not None and found.rule.red_flag and found.result in ("no", "refer", "wait")
    assert any(effect.do == "prescriber" for effect in found.effects)
    assert "refer" in WORDS.rule[name].practitioner.lower()
    assert "doctor" in WORDS.rule[name].patient


def test_the_record_of_the_session_needs_cartridge_expiry_and_licence() -> None:
    assert verdict(RECORD).overall == "go"
    for edit in (
        {"session.cartridge_lot": None},
        {"session.cartridge_expires": ago(1)},
        {"session.cartridge_expires": None},
        {"session.cartridge_reused": True, "session.cartridge_sterile": False},
        {"session.cartridge_sterile": False},
        {"clinic.operator_licence": None},
    ):
        assert verdict(RECORD | edit).overall == "no", edit
    assert verdict().later == ("DEVICE-LOT",)


def test_a_concern_answers_what_it_implies() -> None:
    assert rule(verdict({"history.melasma": None, "concern": [{"name": "melasma", "site": "cheek"}]}), "MELASMA")
    young = [{"name": "acne_scar", "site": "cheek", "duration_years": 0.25}]
    assert rule(verdict({"area.scar_age_days": None, "concern": young}), "SCAR-YOUNG")


def test_an_exposure_answers_the_question_that_asks_for_the_same() -> None:
    one = {"history.smoker": None, "patient.exposures": {"smoking": "20/day since 30"}}
    assert rule(verdict(one), "HEALING")
    stopped = {"history.smoker": None, "patient.exposures": {"smoking": "20/day since 20; 0 since 30"}}
    assert rule(verdict(stopped), "HEALING") is None


# ------------------------------------------------------------------------------------------------- words and sources

STOPPING = re.compile(r"\b(stop|stopped|stopping|discontinue|come off|quit|skip)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", PRESCRIBED)
def test_no_text_stops_a_prescribed_drug(name: str) -> None:
    said = WORDS.rule[name]
    for text in (said.condition, said.practitioner, said.patient, said.until):
        for sentence in re.split(r"(?<=[.!?])\s", text):
            if STOPPING.search(sentence):
                assert re.search(r"\b(not|never)\b", sentence), sentence
            if re.search(r"leave (it|them|one|a \S+ one) out|paused", sentence, re.IGNORECASE):
                # what one bought oneself; the same text sends the rest to the prescriber
                assert re.search(r"doctor|prescri", text), text


def test_a_blood_thinner_goes_on() -> None:
    said = WORDS.rule["ANTICOAG"]
    assert "Keep taking" in said.patient
    assert "never a reason to stop" in said.practitioner
    one = rule(verdict({"medication.anticoagulant": True}), "ANTICOAG")
    assert one is not None and one.override == "prescriber"


#: Words that a reader of twelve does not know.
HARD = re.compile(
    r"\b(contraindicat\w+|dermis|dermal|epiderm\w+|inflamm\w+|prescriber|practitioner|anaesthe\w+|lesion\w*|adverse|"
    r"systemic|topical|prophyla\w+|Koebner|phototype|hyperpigment\w+|erythema|oedema|isotretinoin therapy)\b",
    re.IGNORECASE,
)


def syllables(word: str) -> int:
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower()))))


@pytest.mark.parametrize("name", FIRES)
def test_what_a_patient_reads_is_short_and_plain(name: str) -> None:
    text = WORDS.rule[name].patient
    assert not HARD.search(text)
    sentences = [one.split() for one in re.split(r"(?<=[.!?])\s", text)]
    assert max(map(len, sentences)) <= 18
    words = [word for one in sentences for word in one]
    # Flesch and Kincaid's school grade; 12 years is grade 6 to 7
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    assert grade <= 7.5, (round(grade, 1), text)


@pytest.mark.parametrize("name", FIRES)
def test_a_rule_has_sources_that_are_known(name: str) -> None:
    one = RULES[name]
    known = load_bibliography()
    assert {*one.sources} <= {*known}
    assert bool(one.sources) == (one.tier not in ("U", "policy"))
    if one.sources:
        tiers = ("A", "A2", "B", "C", "D", "E")
        assert one.tier == min((known[key].tier for key in one.sources), key=tiers.index)
    if one.wait is not None:
        assert one.wait.why
        days = [number for number, _ in one.wait.reported]
        assert all(keys for _, keys in one.wait.reported)
        assert not days or min(days) <= one.wait.days <= max(days)
    if one.wait is not None and len(one.wait.reported) > 1:
        assert one.disagreement


def test_every_answer_that_a_rule_asks_for_has_a_question_and_a_home() -> None:
    asked = {path for one in RULES.values() for path in one.paths}
    derived = {"plan.zones", "plan.includes_face", "plan.device_class", "plan.outside_label", "plan.purpose"}
    derived |= {*NO_PROTOCOL}  # answers that the protocol gives
    assert asked - derived <= {*WORDS.question}
    assert {*consultation(RECORD).answers()} >= asked - derived


def test_every_effect_names_what_the_model_has() -> None:
    known = load_parameters()
    for one in RULES.values():
        for effect in one.effects:
            if effect.rate:
                assert known[effect.rate] and effect.factor and effect.why
            if effect.exposure:
                assert find_exposure(effect.exposure) and effect.why
            assert effect.do != "shallower" or (effect.share or effect.depth_mm)


# ------------------------------------------------------------------------------------------------- what is simulated

PLAN = "3 sessions every 30 days: skinpen_precision; cheek 1.5 mm, 6 passes; ascorbic_acid 10 %"


def under(edits: dict[str, Any], sentence: str = PLAN) -> Adapted:
    return adapted(read(sentence), verdict(edits))


def test_nothing_changes_where_nothing_fires() -> None:
    done = under({})
    assert done.protocol.sentence == read(PLAN).sentence
    assert done.changes == done.steps == ()
    assert done.anaesthetic == "practice"


@pytest.mark.parametrize(
    ("name", "depth", "passes", "interval"),
    [
        ("ANTICOAG", 1.0, 4, 30),
        ("MELASMA", 0.5, 6, 30),
        ("IMMUNO", 1.0, 6, 30),
        ("HYPERTROPHIC", 1.0, 6, 30),
        ("ISOTRETINOIN", 1.0, 6, 30),
        ("FST-HIGH", 1.0, 4, 42),
        ("ANAES-BLOCK", 1.0, 4, 30),
    ],
)
def test_shallower_fewer_and_later(name: str, depth: float, passes: int, interval: float) -> None:
    # 1.5 mm times 0.75 is 1.125 mm, and SkinPen Precision has settings of 0.25 mm
    done = under(FIRES[name][0])
    (one,) = done.protocol.phases[0].treatments
    assert (one.depth_mm, one.passes, done.protocol.phases[0].interval_days) == (depth, passes, interval)
    assert any(name in change for change in done.changes)


def test_a_roller_of_fixed_length_cannot_be_made_shallower() -> None:
    with pytest.raises(LimitError, match="MELASMA"):
        under(FIRES["MELASMA"][0], "1 session: roller_mf8; cheek 1.5 mm, 6 passes")


def test_products_that_are_not_sterile_are_left_out() -> None:
    assert read(PLAN).actives
    assert not under(FIRES["TOPICAL-NONSTERILE"][0]).protocol.actives
    assert not under(FIRES["TOPICAL-ALLERGY"][0]).protocol.actives


def test_no_anaesthetic_where_it_is_ruled_out() -> None:
    assert under(FIRES["PREGNANT"][0]).anaesthetic == "none"
    assert under(FIRES["ANAES-BLOCK"][0]).anaesthetic == "none"


def gain(done: Adapted, day: float = 120.0) -> float:
    course = nd.simulate(
        done.protocol.sentence, **done.patient.said, parameters=done.parameters, draws=1, until=day + 61
    )
    return float(course.sites["cheek"].change("collagen_papillary", day)[0])


SHORT = "1 session: skinpen_precision; cheek 1.5 mm, 6 passes"


@pytest.mark.slow
@pytest.mark.parametrize(
    "edits",
    [
        {"history.smoker": True, "patient.exposures": {}},
        {"history.poor_healing": True},
        {"history.diabetes": "controlled"},
        {"medication.anticoagulant": True},
        {"history.melasma": True},
        {"patient.phototype": 5},
    ],
    ids=["smoker", "poor healing", "diabetes", "anticoagulant", "melasma", "phototype V"],
)
def test_lower_forecast_and_shallower_reach_the_course(edits: dict[str, Any]) -> None:
    before = {"patient.phototype": edits.get("patient.phototype", 3), "patient.exposures": {}}
    plain = gain(adapted(read(SHORT), verdict(before, book=load_rules().without(*RULES))))
    lowered = gain(under({"patient.exposures": {}, **edits}, SHORT))
    assert 0 < lowered < plain
    # with its rule taken out it is no longer so
    ids = [one.rule.id for one in verdict(edits).findings]
    freed = adapted(read(SHORT), verdict({"patient.exposures": {}, **edits}, book=load_rules().without(*ids)))
    assert not freed.changes and not freed.forecast


def test_a_stated_number_of_cigarettes_is_kept() -> None:
    done = under({"history.smoker": None, "patient.exposures": {"smoking": "20/day since 30"}})
    assert done.patient.exposures["smoking"].sentence == "20/day since 30"
    assert any("HEALING" in change for change in done.forecast)


def test_a_lowered_rate_keeps_what_is_not_known_of_it_and_is_marked() -> None:
    done = under({"history.poor_healing": True})
    shipped = load_parameters()["synthesis_1_activated"]
    lowered = done.parameters["synthesis_1_activated"]
    assert lowered.value == pytest.approx(0.7 * shipped.value)
    assert replace(lowered.uncertainty, centre=shipped.value) == shipped.uncertainty
    assert lowered.status == "assumed" and "screening rule" in lowered.why


def test_find_rule_reads_any_case() -> None:
    assert find_rule("isotretinoin").id == "ISOTRETINOIN"
    with pytest.raises(InputError, match="did you mean"):
        find_rule("isotretinion")


def test_days_are_counted_from_the_day_that_is_given() -> None:
    from neodermis.care.suitability import screen

    one = consultation({"history.filler": date(2026, 11, 10)})
    assert screen(one, today=date(2026, 11, 23)).overall == "wait"
    assert screen(one, today=date(2026, 11, 24)).overall == "go"
    with pytest.raises(InputError, match="today"):
        screen(one)
    assert nd.screen is screen
