"""Anaesthetics: products and minutes are read as people write them, and what is missing or wrong is told."""

import pytest

import neodermis as nd
from neodermis.api.case import read_case
from neodermis.care.advice import load_care
from neodermis.errors import DataFileError, InputError
from neodermis.evidence import load_bibliography
from neodermis.treatment.anaesthetic import WORDS, Anaesthetic, load_anaesthetics, read_anaesthetic

PEN = "1 session: exceed; cheek 1.5 mm, 6 passes"


@pytest.mark.parametrize(
    ("text", "name", "minutes"),
    [
        ("emla 45 min", "emla", 45.0),
        ("EMLA, 45 minutes", "emla", 45.0),
        ("EMLA 5 % for 1,5 h", "emla", 90.0),
        ("lidocaine 4 % 30 min", "lidocaine_4", 30.0),
        ("lidocaine 5% 30 min", "lidocaine_5", 30.0),
        ("lidocaine/tetracaine 30min", "lidocaine_tetracaine", 30.0),
        ("Pliaglis 30 min", "lidocaine_tetracaine", 30.0),
        ("benzocaine-lidocaine-tetracaine 20 min", "blt", 20.0),
        ("topical 30 min", "lidocaine_4", 30.0),
        (" practice ", "practice", None),
        ("Topical", "topical", None),
        ("none", "none", None),
    ],
)
def test_products_and_minutes_are_read_as_people_write_them(text: str, name: str, minutes: float | None) -> None:
    read = read_anaesthetic(text)
    assert read == Anaesthetic(name, minutes) == read_anaesthetic(str(read)) == read_anaesthetic(read)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("emla", ["minutes of contact", 'write for instance "emla 60 min"']),
        ("emla 45", ["minutes with their unit", 'write "emla 45 min"']),
        ("emla -5 min", ["1 to 300 minutes"]),
        ("emla 0 min", ["1 to 300 minutes"]),
        ("emla 6 h", ["1 to 300 minutes"]),
        ("novocaine 20 min", ["lidocaine_4", "use one of the accepted names"]),
        ("lidocain 20 min", ["did you mean", "lidocaine"]),
        ("none 20 min", ["none without minutes"]),
        ("practice 20 min", ["practice without minutes"]),
        ("", ["practice, topical, none"]),
        (45, ["practice, topical, none"]),
        ("x" * 300, ["practice, topical, none"]),
    ],
)
def test_what_is_missing_or_wrong_is_told_with_value_range_and_next_step(given: object, told: list[str]) -> None:
    with pytest.raises(InputError) as error:
        nd.injure(PEN, anaesthetic=given)  # type: ignore[arg-type]
    text = str(error.value)
    assert text.startswith("anaesthetic") and "accepted:" in text and "do:" in text
    assert error.value.field == "anaesthetic" and error.value.whose
    for part in told:
        assert part in text


def test_a_case_keeps_the_anaesthetic_and_a_wrong_one_names_the_file() -> None:
    case = nd.injure(PEN, draws=1, anaesthetic="EMLA 45 minutes").ledger.case
    assert case.document["anaesthetic"] == "emla 45 min"
    assert read_case(case.document) == case
    for wrong in ("emla", 3):
        with pytest.raises(DataFileError, match=r"own\.json"):
            read_case({"protocol": PEN, "anaesthetic": wrong}, "own.json")


def test_the_catalogue_rests_on_works_and_agrees_with_the_labels_of_care() -> None:
    labels = load_care().anaesthetics
    for one in load_anaesthetics().values():
        assert set(one.sources) <= set(load_bibliography()) and one.why.endswith(".")
        assert one.strength.high > 0.0 and one.half_time_min.low > 0.0 and one.id not in WORDS
        assert 1.0 <= one.usual_minutes[0] < one.usual_minutes[1] <= 300.0
        assert labels[one.id].percent == one.percent and labels[one.id].minutes == one.usual_minutes
    assert set(labels) - {"none_cooling"} == set(load_anaesthetics())
