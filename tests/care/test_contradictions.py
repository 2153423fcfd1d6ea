"""Two answers about one fact: each pair of the data is an error that names both fields, and no other file is."""

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from tests.care.consultations import TODAY, ago, ahead, edited, quiet, rule, verdict

from neodermis.care.consultation import Consultation, example, parse_consultation
from neodermis.care.contradictions import Pair, facts, load_pairs
from neodermis.care.rules import Test as Asked
from neodermis.care.suitability import screen
from neodermis.errors import DataFileError
from neodermis.people.exposure import load_exposures

PAIRS = load_pairs()
#: Dates that lie ahead.
AHEAD = ("chemo_start", "radio_start", "high_dose_steroid_start")
BURN = {"name": "burn_scar", "site": "arm", "severity": "vss:7"}
MARKS = {"name": "striae", "site": "abdomen"}
#: Facts that compare two numbers of the file, and what it says for them to be true.
NUMBERS: dict[str, dict[str, Any]] = {
    "concern.scar_too_young": {"concern": [BURN | {"duration_years": 0.25}], "area.scar_age_days": 400},
    "concern.striae_too_young": {"concern": [MARKS | {"duration_years": 1}], "area.striae_age_days": 800},
    "concern.older_than_person": {"concern": [{"name": "wrinkle", "site": "cheek", "duration_years": 60}]},
    "area.scar_older_than_person": {"area.scar_age_days": 20_000},
    "area.striae_older_than_person": {"area.striae_age_days": 20_000},
}
#: Every fact that no single answer makes.
MADE = NUMBERS | {
    "concern.scar": {"concern": [BURN]},
    "patient.postmenopausal": {"patient.exposures": {"menopause": 41}},
}


def edits_for(test: Asked) -> dict[str, Any]:
    """Answers that make a test of the data hold."""
    if test.parts:
        some = test.parts if test.operator == "all" else test.parts[:1]
        return {path: value for part in some for path, value in edits_for(part).items()}
    path = test.path
    if path in MADE:
        return MADE[path]
    if path.startswith("concern."):
        return {"concern": [{"name": path.partition(".")[2].replace("_", " "), "site": "cheek"}]}
    if path.startswith("patient.exposures."):
        name = path.split(".")[2]
        level: object = load_exposures()[name].example if test.operator == "at_least" else "none"
        return {"patient.exposures": {name: level}}
    if test.operator == "given":
        return {path: ahead(30) if path.endswith(AHEAD) else ago(400)}
    if test.operator == "at_least":
        return {}  # of a fact that compares two numbers: the other side gives both
    return {path: test.value[0] if test.operator == "in" else test.value}


#: Answers of the quiet file that other pairs would hold against those under test: left out.
LEFT_OUT: dict[str, None] = dict.fromkeys(path for pair in PAIRS for path in pair.other.paths if path.count(".") == 1)


def both(pair: Pair) -> dict[str, Any]:
    """Answers that make both sides hold, with nothing beside them that disagrees."""
    one, other = edits_for(pair.one), edits_for(pair.other)
    exposures = one.get("patient.exposures", {}) | other.get("patient.exposures", {})
    return {**LEFT_OUT, "patient.age": 45, **one, **other, "patient.exposures": exposures}


def named(pair: Pair) -> str:
    return f"{'+'.join(pair.one.paths)} and {'+'.join(pair.other.paths)}"


REFUSED = [pair for pair in PAIRS if not pair.ask]


def test_there_are_many_pairs_and_each_stands_once() -> None:
    assert len(REFUSED) >= 40
    assert len({(str(pair.one), str(pair.other)) for pair in PAIRS}) == len(PAIRS)


def test_every_path_of_a_pair_is_a_field_or_a_fact() -> None:
    known = {f"{table}.{name}" for table, field in Consultation.model_fields.items()
             for name in getattr(field.annotation, "model_fields", ())}  # fmt: skip
    known |= {f"session.{name}" for name in ("cartridge_reused", "cartridge_sterile")}
    for pair in PAIRS:
        for path in (*pair.one.paths, *pair.other.paths):
            exposure = path.removesuffix(".ever").rpartition(".")[2] if path.startswith("patient.exposures.") else ""
            made = path in MADE or path.startswith("concern.") or exposure in load_exposures()
            assert path in known or made, path


@pytest.mark.parametrize("pair", REFUSED, ids=named)
def test_a_contradiction_is_one_error_that_names_both_fields_and_what_to_do(pair: Pair) -> None:
    with pytest.raises(DataFileError) as raised:
        parse_consultation(edited(both(pair)), "case.toml")
    error = raised.value
    entry, _, field = error.what.removeprefix("case.toml > ").rpartition(" > ")
    assert f"{entry}.{field}" in pair.other.paths
    assert error.value is not None and error.next_step and error.exit_status == 2
    for path in pair.one.paths[:1]:
        words = path.removesuffix(".ever").split(".")
        if words[0] == "concern" or "older_than" in path or path in MADE:
            assert "concern[1]." in str(error.accepted) or "area." in str(error.accepted) or "menopause" in str(error)
        else:
            assert f"{'.'.join(words)} = " in str(error.accepted)
    assert pair.why in str(error.accepted)
    assert len(str(error)) < 900


def edits_without(pair: Pair) -> dict[str, Any]:
    """The first side of a pair with the other side unknown."""
    return {"patient.exposures": {}, **LEFT_OUT, **edits_for(pair.one), **dict.fromkeys(pair.other.paths)}


@pytest.mark.parametrize(
    "pair", [pair for pair in REFUSED if not {*pair.one.paths, *pair.other.paths} & NUMBERS.keys()], ids=named
)
def test_the_first_answer_beside_an_unknown_one_is_read(pair: Pair) -> None:
    if pair.other.path.startswith("patient.exposures."):  # an exposure that is left out
        assert parse_consultation(edited({**LEFT_OUT, **edits_for(pair.one)}))
        return
    assert parse_consultation(edited(edits_without(pair)))


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.fills is not None or pair.fills_from], ids=named)
def test_where_one_of_two_is_unknown_the_other_stands_for_it(pair: Pair) -> None:
    edits = edits_without(pair)
    if pair.fills_from:
        edits["concern"] = [edits["concern"][0] | {"duration_years": 0.25}]
    one = parse_consultation(edited(edits))
    wanted = facts(one)[pair.fills_from].value if pair.fills_from else pair.fills
    assert one.answers()[pair.other.path] == wanted


AGREEING: dict[str, dict[str, Any]] = {
    "melasma": {"concern": [{"name": "melasma", "site": "cheek"}], "history.melasma": True},
    "PIH": {"concern": [{"name": "PIH", "site": "cheek"}], "history.pih": True},
    "uneven tone that is no PIH": {"concern": [{"name": "uneven_tone", "site": "cheek"}]},
    "an old scar": {"concern": [BURN | {"duration_years": 2}], "area.scar_age_days": 800},
    "two years in whole years": {"concern": [BURN | {"duration_years": 2}], "area.scar_age_days": 1090},
    "a quarter, to the month": {"concern": [BURN | {"duration_years": 0.25}], "area.scar_age_days": 100},
    "a younger scar beside it": {"concern": [BURN | {"duration_years": 10}], "area.scar_age_days": 30},
    "stretch marks, no scar": {"concern": [MARKS | {"duration_years": 3}], "area.striae_age_days": 1100},
    "as old as the person": {"concern": [{"name": "wrinkle", "site": "cheek", "duration_years": 45}]},
    "diabetes": {"patient.exposures": {"diabetes": "yes"}, "history.diabetes": "controlled"},
    "smoking": {"patient.exposures": {"smoking": "20/day"}, "history.smoker": True},
    "stopped smoking": {"patient.exposures": {"smoking": "20/day since 20; 0 since 40"}},
    "stops at the first session": {"patient.exposures": {"smoking": "20/day; 0 from day 0"}, "history.smoker": True},
    "retinoid in use": {
        "patient.exposures": {"retinoid": "tretinoin"}, "medication.topical_retinoid": "tretinoin",
        "medication.topical_retinoid_last_use": ago(10),
    },
    "retinoid paused": {
        "patient.exposures": {"retinoid": "tretinoin; 0 from day -7"}, "medication.topical_retinoid": "tretinoin",
        "medication.topical_retinoid_last_use": ago(7),
    },
    "isotretinoin in the past": {
        "patient.exposures": {"isotretinoin": "yes from day -500; no from day -300"},
        "medication.isotretinoin_last_dose": ago(300),
    },
    "isotretinoin long ago": {
        "patient.exposures": {"isotretinoin": "no"}, "medication.isotretinoin_last_dose": ago(3000)
    },
    "aspirin alone": {"medication.antiplatelet": True},
    "steroid on the skin": {"patient.exposures": {"steroid": "daily"}},
    "chemotherapy that goes on": {"medication.chemo_current": True},
    "chemotherapy to come": {"medication.chemo_start": ahead(90)},
    "shingles now": {"history.hsv_active": True, "history.hsv_history": True},
    "irradiated": {"area.irradiated": True, "medication.radio_end": ago(4000)},
    "hormones of a man": {"patient.sex": "male", "medication.hrt": True},
    "menopause to come": {"patient.exposures": {"menopause": 51}, "history.pregnant": True},
    "lupus alone": {"history.lupus": True},
    "a man": {"patient.sex": "male"},
}  # fmt: skip


@pytest.mark.parametrize("edits", AGREEING.values(), ids=AGREEING)
def test_answers_that_agree_are_no_error(edits: Mapping[str, Any]) -> None:
    assert screen(parse_consultation(edited(edits)), today=TODAY).overall in ("no", "refer", "wait", "adapt", "go")


# ------------------------------------------------------------------------------------------------ as it was reported


@pytest.mark.parametrize(
    ("edits", "names"),
    [
        ({"concern": [{"name": "melasma", "site": "cheek", "severity": "mmasi:12"}]}, ("melasma", "concern[1].name")),
        ({"concern": [BURN | {"duration_years": 0.25}]}, ("scar_age_days", "concern[1].name")),
        ({"patient.exposures": {"retinoid": "tretinoin"}}, ("topical_retinoid", "patient.exposures.retinoid")),
        ({"patient.exposures": {"diabetes": "yes"}}, ("diabetes", "patient.exposures.diabetes")),
    ],
)
def test_no_rule_is_switched_off_by_a_contradiction(edits: dict[str, Any], names: tuple[str, str]) -> None:
    with pytest.raises(DataFileError) as raised:
        parse_consultation(edited(edits))
    assert all(name in str(raised.value) for name in names)


def test_unknown_instead_of_the_contradiction_lets_the_rule_hold() -> None:
    melasma = {"concern": [{"name": "melasma", "site": "cheek"}], "history.melasma": "unknown"}
    assert rule(verdict(melasma), "MELASMA")
    young = verdict({"concern": [BURN | {"duration_years": 0.25}], "area.scar_age_days": "unknown"})
    assert young.until == date(2027, 2, 17)  # 180 days less a quarter of a year
    assert verdict({"patient.exposures": {"diabetes": "yes"}, "history.diabetes": "unknown"}).overall == "ask"
    used = {"patient.exposures": {"retinoid": "tretinoin"}, "medication.topical_retinoid": "unknown"}
    asked = verdict(used | {"medication.topical_retinoid_last_use": "unknown"})
    assert "medication.topical_retinoid_last_use" in asked.unanswered


@pytest.mark.parametrize("concern", ["melasma", "acne_scar", "burn_scar", "hypertrophic_scar", "striae"])
def test_the_example_edited_to_another_concern_says_what_else_to_change(concern: str) -> None:
    text = example().replace('name = "wrinkle"', f'name = "{concern}"').replace("lemperle:2", "unknown")
    with pytest.raises(DataFileError, match=r"concern\[1\]"):
        parse_consultation(text, "example.toml")


def test_a_last_drink_that_never_was_is_asked_again() -> None:
    drinks = verdict({"patient.exposures": {"alcohol": "3/week"}})
    assert "history.alcohol_last" in drinks.worth_asking
    assert "history.alcohol_last" not in verdict({"patient.exposures": {"alcohol": "none"}}).worth_asking
    assert tomllib.loads(example())["patient"]["exposures"]["alcohol"] == quiet()["patient"]["exposures"]["alcohol"]
