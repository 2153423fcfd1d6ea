"""Hints by meaning: what a word of a form belongs to, near spelling only for slips, and explanations of a word."""

import csv
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from tests.care.consultations import edited

from neodermis.care.consultation import parse_consultation
from neodermis.care.hints import LANGUAGES, explained, explained_lines, form, load_thesaurus, meaning_of
from neodermis.care.rules import load_rules
from neodermis.errors import DataFileError, InputError, did_you_mean, edit_distance, near

#: Words of published forms as keys of a table, and the fields that they are meant for.
ROWS = [*csv.DictReader(Path(__file__).with_name("hints.csv").open(encoding="utf-8"))]
BOOK = load_thesaurus()


def hint(table: str, key: str, value: object = True) -> str:
    with pytest.raises(DataFileError) as raised:
        parse_consultation(edited({f"{table}.{key}": value}), "case.toml")
    assert raised.value.exit_status == 2 and raised.value.accepted
    return str(raised.value.next_step)


@pytest.mark.parametrize("row", ROWS, ids=[row["typed_key"] for row in ROWS])
def test_a_word_of_a_form_is_answered_by_its_field(row: dict[str, str]) -> None:
    expected = re.findall(r"[a-z]+\.[a-z_]+", row["expected_fields"])
    table, key = row["table"], row["typed_key"]
    text = hint(table, key)
    assert any(field in text for field in expected), text
    assert f" {row['got_hint']}" not in text and f"'{row['got_hint']}'" not in text


@pytest.mark.parametrize(
    ("table", "key", "fields"),
    [
        ("history", "Marcumar", ["medication.anticoagulant"]),
        ("history", "blutverduenner", ["medication.anticoagulant"]),
        ("medication", "marcapasos", ["history.pacemaker"]),
        ("area", "grossesse", ["history.pregnant"]),
        ("history", "history_of_melanoma", ["area.skin_cancer"]),
        ("medication", "taking_warfarin", ["medication.anticoagulant"]),
        ("history", "haemophilia", ["history.bleeding_disorder"]),
        ("history", "HEMOPHILIAC", []),
        ("history", "warts", ["area.warts"]),
        ("area", "G6PD", ["history.g6pd_deficiency"]),
        ("medication", "vampire_facial", ['plan.topical_during = "prp"', "history.microneedling_last"]),
        ("history", "type_2", ["history.diabetes", "patient.phototype"]),
        ("history", "allergic_to_lidocaine", ["history.allergy_local_anaesthetic"]),
        ("history", "planned_botox", ["preferences.next_toxin"]),
        ("patient.exposures", "eliquis", ["medication.anticoagulant"]),
        ("preferences", "chemo", ["medication.chemo_current"]),
    ],
)
def test_a_word_is_found_in_any_table_language_and_spelling(table: str, key: str, fields: list[str]) -> None:
    if table == "patient.exposures":
        with pytest.raises(DataFileError) as raised:
            parse_consultation(edited({"patient.exposures": {key: "yes"}}))
        text = str(raised.value.next_step)
    else:
        text = hint(table, key)
    assert all(field in text for field in fields), text


@pytest.mark.parametrize(
    ("key", "close"),
    [("keliod", "'keloid'"), ("pregnnat", "'pregnant'"), ("melanmoa", "area.skin_cancer"),
     ("hemophila", "bleeding_disorder"), ("acutane", "medication.isotretinoin_current"),
     ("xarleto", "medication.anticoagulant")],
)  # fmt: skip
def test_a_slip_of_spelling_is_named(key: str, close: str) -> None:
    assert hint("history", key).startswith("did you mean ")
    assert close in hint("history", key)


@pytest.mark.parametrize(
    "key",
    ["spaceship", "celexa", "celebrex", "hypoglycaemia", "mother_had_melanoma", "no_cancer", "no_diabetes",
     "not_pregnant", "hair", "unicorn", "blood_group", "shoe_size", "x", "tap", "type_3", "scoliosis",
     "laserdisc_collection", "cutlery"],
)  # fmt: skip
def test_where_nothing_is_meant_there_is_no_hint(key: str) -> None:
    text = hint("history", key)
    assert "did you mean" not in text or key == "hair"
    if key != "hair":  # a concern of the catalogue
        assert text.startswith("look for the question: ")
        assert not any(path in text for path in form())


def test_words_without_a_question_say_so() -> None:
    assert hint("history", "contraception").startswith("leave it out: contraception does not affect the screening")
    assert "does not affect the screening" in hint("history", "menstruation")


OPPOSED = [
    ("melanoma", "melasma"), ("defibrillator", "filler"), ("hemophilia", "hypertrophic_scar"),
    ("hypotension", "hypertension"), ("hypopigmentation", "hyperpigmentation"), ("antibiotics", "antiarrhythmic"),
    ("tretinoin", "isotretinoin"),
    ("chemical_peel", "hepatic_disease"), ("laser", "smoker"), ("autoimmune", "toxin"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "other"), OPPOSED)
def test_words_that_look_alike_are_kept_apart(word: str, other: str) -> None:
    one, two = meaning_of(word), meaning_of(other)
    assert one is not None and two is not None
    assert one.fields[0] != two.fields[0] or one.value != two.value
    assert other not in hint("history", word)


def test_near_names_are_less_than_a_quarter_of_the_word_away_and_at_most_two_edits() -> None:
    assert edit_distance("keliod", "keloid") == 1 and edit_distance("", "abc") == 3
    assert edit_distance("melanoma", "melasma") == 2 and edit_distance("kitten", "sitting") == 3
    assert near("filr", ["filler"]) == () and near("filer", ["filler"]) == ("filler",)
    assert near("melanoma", ["melasma"]) == () and near("chek", ["cheek"]) == ()
    assert near("hypotension", ["hypertension"]) == ()
    assert near("skinpen precisoin", ["skinpen_precision"]) == ("skinpen_precision",)
    assert did_you_mean("cat", ["bat"]) == "use one of the accepted names"
    assert did_you_mean("wrinkel", ["wrinkle", "winkle"]) == "did you mean 'wrinkle'?"
    long = "x" * 10_000_000
    assert near(long, [long]) == (long,) or near(long, ["exceed"]) == ()


@pytest.mark.slow
def test_no_two_words_of_different_meaning_are_a_slip_apart_unless_both_are_known() -> None:
    """A known word is never answered by its neighbour: whatever is near, its own meaning comes first."""
    for one, two in combinations(sorted(BOOK.by_key), 2):
        if BOOK.by_key[one] is not BOOK.by_key[two] and abs(len(one) - len(two)) <= 1 and edit_distance(one, two) <= 1:
            assert meaning_of(BOOK.spelled[one]).says == BOOK.by_key[one].says  # type: ignore[union-attr]
            assert meaning_of(BOOK.spelled[two]).says == BOOK.by_key[two].says  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------------- the thesaurus


def test_the_thesaurus_has_the_words_of_forms_in_four_languages() -> None:
    assert sum(len(one.terms) for one in BOOK.meanings) >= 359
    assert sum({*LANGUAGES} <= {*one.foreign} for one in BOOK.meanings) >= 39
    for one in BOOK.meanings:
        assert one.fields or "does not affect the screening" in one.note
        assert {*one.fields} <= {*form()}


def test_a_value_is_one_that_its_field_takes() -> None:
    for one in BOOK.meanings:
        if one.value is None:
            continue
        table, name = one.fields[0].split(".")[-2:]
        text = edited({f"{table}.{name}": one.value}, {})
        assert parse_consultation(text).answers()[one.fields[0]] not in (None, "unknown", False), one.says


def test_drugs_and_illnesses_reach_the_rule_that_a_wrong_field_would_miss() -> None:
    reach = {
        "Eliquis": "ANTICOAG", "Accutane": "ISOTRETINOIN", "defibrillator": "HEART-RF", "melanoma": "SKIN-CANCER",
        "hemophilia": "BLEEDING", "cold sores": "HSV-HISTORY", "Retin-A": "RETINOID-TOPICAL", "Botox": "BOTOX",
        "papulopustular rosacea": "ROSACEA-FLARE", "cystic acne": "ACNE-SEVERE", "prednisone": "STEROID-SYS",
        "dapsone": "ANAES-BLOCK", "amiodarone": "ANAES-BLOCK", "uncontrolled diabetes": "DIABETES-UNC",
        "exosomes": "TOPICAL-NONSTERILE", "vitamin C serum": "TOPICAL-NONSTERILE", "sarcoidosis": "GRANULOMA",
    }  # fmt: skip
    for word, rule in reach.items():
        fields: Any = explained(word)["fields"]
        assert rule in [one["id"] for field in fields for one in field["rules"]], word
    fields = explained("PRP")["fields"]
    assert "TOPICAL-NONSTERILE" not in [one["id"] for field in fields for one in field["rules"]]
    controlled: Any = explained("uncontrolled diabetes")["fields"]
    assert "DIABETES-CTRL" not in [one["id"] for one in controlled[0]["rules"]]


@pytest.mark.parametrize(
    ("path", "given", "step"),
    [
        ("medication.topical_retinoid", "Retin-A", 'write "tretinoin"'),
        ("medication.topical_retinoid", "tretinion", "did you mean 'tretinoin'?"),
        ("history.diabetes", "type 2 diabetes", "ask: whether it is controlled"),
        ("area.rosacea", "severe rosacea", 'write "flaring"'),
        ("plan.topical_during", "exosomes", 'write "exosome"'),
        ("medication.topical_retinoid", "Eliquis", "medication.anticoagulant"),
        ("area.eczema", "bad", "correct the answer"),
    ],
)
def test_a_word_for_a_value_is_answered_by_its_meaning(path: str, given: str, step: str) -> None:
    with pytest.raises(DataFileError) as raised:
        parse_consultation(edited({path: given}))
    assert step in str(raised.value.next_step)


# ------------------------------------------------------------------------------------------------- explanations


def test_a_word_is_explained_with_fields_questions_rules_and_what_to_ask() -> None:
    text = "\n".join(explained_lines("aspirin"))
    for part in ("- medication.antiplatelet", "- medication.nsaid_last_dose", "ANTICOAG (refer)", "NSAID (adapt)",
                 "Prescribed aspirin, clopidogrel or the like?", "Ask: whether it is prescribed",
                 "aspirine"):  # fmt: skip
        assert part in text
    found: Any = explained("Herzschrittmacher")
    assert found["meaning"].startswith("a pacemaker") and found["fields"][0]["value"] is True
    assert [one["id"] for one in found["fields"][0]["rules"]] == ["HEART-RF"]
    assert found["languages"]["de"] == ["Herzschrittmacher"]


@pytest.mark.parametrize("word", ["history.keloid", "keloid", "scar_age_days", "wrinkle", "stress", "photo clinical"])
def test_names_of_the_form_are_explained_too(word: str) -> None:
    found: Any = explained(word)
    assert found["fields"] and all(one["field"] in form() and one["takes"] for one in found["fields"])


def test_every_field_and_every_word_is_explained() -> None:
    ids = {*load_rules().rules}
    for word in [*form(), *(word for one in BOOK.meanings for word in one.terms)]:
        found: Any = explained(word)
        assert {one["id"] for field in found["fields"] for one in field["rules"]} <= ids


@pytest.mark.parametrize(
    ("word", "close"), [("keliod", "'keloid'"), ("accutan", "'Accutane'"), ("gobbledygook", "try another")]
)
def test_an_unknown_word_is_refused_with_near_spellings(word: str, close: str) -> None:
    with pytest.raises(InputError) as raised:
        explained(word)
    assert raised.value.exit_status == 2 and close in str(raised.value.next_step)
