"""The door of the consultation: one clear error for each fault, none for what is odd and legal."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.care.consultations import SCAR, TODAY, ago, ahead, consultation, edited, quiet, verdict, written

from neodermis.care.consultation import (
    Consultation,
    consultation_schema,
    example,
    parse_consultation,
    read_consultation,
)
from neodermis.care.suitability import evaluate, screen
from neodermis.care.telling import verdict_document, verdict_lines
from neodermis.errors import InputError, NeodermisError

#: Edit of the quiet file, and what the message names.
BAD: dict[str, tuple[Mapping[str, Any], list[str]]] = {
    "a name": ({"patient.name": "Ann"}, ["patient > name", "no name is asked for", "leave it out"]),
    "a birthday": ({"patient.date_of_birth": date(1980, 1, 1)}, ["date_of_birth", "no name is asked for"]),
    "an answer misspelled": ({"history.keliod": False}, ["history > keliod", "did you mean 'keloid'?"]),
    "a table misspelled": ({"histroy": {"keloid": True}}, ["histroy", "did you mean 'history'?"]),
    "age as text": ({"patient.age": "45"}, ["patient > age", "'45'", "0 to 120"]),
    "age below 0": ({"patient.age": -1}, ["patient > age", "-1", "0 to 120"]),
    "age of 130": ({"patient.age": 130}, ["patient > age", "130"]),
    "age a truth": ({"patient.age": True}, ["patient > age", "True"]),
    "age a list": ({"patient.age": [45]}, ["patient > age", "0 to 120"]),
    "sex": ({"patient.sex": "x"}, ["patient > sex", "'x'", "female, male"]),
    "phototype 7": ({"patient.phototype": 7}, ["phototype", "7", "1 to 6"]),
    "phototype 2.5": ({"patient.phototype": 2.5}, ["phototype", "2.5", "whole"]),
    "phototype VII": ({"patient.phototype": "VII"}, ["phototype", "'VII'"]),
    "an exposure unknown": ({"patient.exposures": {"smokng": "20/day"}}, ["smokng", "did you mean 'smoking'?"]),
    "an exposure's value": ({"patient.exposures": {"smoking": "a lot"}}, ["smoking", "'a lot'", "0 to 100"]),
    "an exposure twice": ({"patient.exposures": {"smoking": 1, "Smoking": 2}}, ["Smoking", "each exposure once"]),
    "an exposure a truth": ({"patient.exposures": {"smoking": True}}, ["exposures > smoking"]),
    "an exposure a list": (
        {"patient.exposures": {"smoking": ["20"]}},
        ["exposures > smoking", "as for an exposure of a patient"],
    ),
    "exposures no table": ({"patient.exposures": 3}, ["patient > exposures", "3"]),
    "a concern unknown": ({"concern": [{"name": "wrinkel", "site": "cheek"}]}, ["concern[1] > name", "'wrinkle'"]),
    "one concern twice at a site": (
        {"concern": [{"name": "wrinkle", "site": "cheek"}, {"name": "Fine lines", "site": "cheek"}]},
        ["concern[2] > name", "concern[1] is the same"],
    ),
    "a concern without site": ({"concern": [{"name": "wrinkle"}]}, ["concern[1] > site", "required"]),
    "a site unknown": ({"concern": [{"name": "wrinkle", "site": "elbow"}]}, ["concern[1] > site", "'elbow'"]),
    "a grade beyond its scale": (
        {"concern": [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:9"}]},
        ["concern[1] > severity", "9", "1 to 4"],
    ),
    "a severity a list": ({"concern": [{"name": "striae", "site": "thigh", "severity": [1]}]}, ["severity"]),
    "a duration in words": (
        {"concern": [{"name": "striae", "site": "thigh", "duration_years": "long"}]}, ["duration_years", "'long'"]
    ),
    "one concern, not a list": ({"concern": {"name": "striae", "site": "thigh"}}, ["concern", "a list"]),
    "too many concerns": ({"concern": [{"name": "pores", "site": "chin"}] * 21}, ["concern", "at most 20"]),
    "an answer in words": ({"history.keloid": "maybe"}, ["history > keloid", "'maybe'", '"unknown"']),
    "an answer a number": ({"history.keloid": 1}, ["history > keloid", "1", "true, false"]),
    "an answer empty": ({"history.keloid": ""}, ["history > keloid", "true, false"]),
    "history no table": ({"history": True}, ["history", "a table"]),
    "diabetes a truth": ({"history.diabetes": True}, ["diabetes", "none, controlled, uncontrolled"]),
    "eczema in words": ({"area.eczema": "bad"}, ["eczema", "'bad'", "none, history, active"]),
    "rosacea": ({"area.rosacea": "red"}, ["rosacea", "papulopustular"]),
    "acne grade 5": ({"area.acne_grade": 5}, ["acne_grade", "5", "0 to 4"]),
    "acne grade half": ({"area.acne_grade": 1.5}, ["acne_grade", "1.5", "whole"]),
    "a scar's age": ({"area.scar_age_days": "old"}, ["scar_age_days", "'old'", '"none"']),
    "a scar's age below 0": ({"area.scar_age_days": -3}, ["scar_age_days", "-3"]),
    "a date in words": ({"history.filler": "last May"}, ["history > filler", "'last May'", "2026-03-31", '"never"']),
    "a date that is none": ({"history.filler": "2026-02-30"}, ["filler", "'2026-02-30'"]),
    "a date that can be two": (
        {"history.filler": "03/04/2026"}, ["filler", "'03/04/2026'", "2026-03-04 or 2026-04-03", '"never"']
    ),
    "a date with a short year": ({"history.filler": "31.03.26"}, ["filler", "'31.03.26'", "four digits", "2026-03-31"]),
    "a date with dots, month first": ({"history.filler": "03.31.2026"}, ["filler", "day.month.year"]),
    "a date a truth": ({"history.filler": False}, ["history > filler", "False", '"never"']),
    "a date long ago": ({"history.filler": date(1066, 10, 14)}, ["filler", "1066-10-14", "1900-01-01"]),
    "a date in the future": ({"history.filler": ahead(1)}, ["history > filler", "2026-11-21", "up to 2026-11-20"]),
    "an event in the past": ({"preferences.event": ago(1)}, ["preferences > event", "2026-11-19", "from 2026-11-20"]),
    "a first session in the past": ({"preferences.first_session": ago(9)}, ["first_session", "2026-11-11"]),
    "isotretinoin now and never": (
        {"medication.isotretinoin_current": True}, ["isotretinoin_last_dose", "'never'", "takes it now"]
    ),
    "a retinoid used and never": (
        {"medication.topical_retinoid": "tretinoin"},
        ["topical_retinoid_last_use", "'never'", 'topical_retinoid = "tretinoin"', "uses or has used"]
    ),
    "smoking and not": (
        {"patient.exposures": {"smoking": "20/day"}},
        ["history > smoker: 'no'", 'patient.exposures.smoking = "20/day"', "smokes now"]
    ),
    "an anticoagulant and not": ({"patient.exposures": {"anticoagulant": "yes"}}, ["medication > anticoagulant"]),
    "a product unknown": ({"plan.topical_during": "honey"}, ["topical_during", "'honey'", "sterile_saline"]),
    "no product and one": ({"plan.topical_during": ["none", "prp"]}, ["topical_during"]),
    "a device unknown": ({"clinic.devices": ["exced"]}, ["clinic > devices", "'exced'", "did you mean 'exceed'?"]),
    "devices no list": ({"clinic.devices": "exceed"}, ["clinic > devices", "'exceed'", "a list"]),
    "a rule unknown": ({"clinic.extra_rules": ["LICHENS"]}, ["extra_rules", "'LICHENS'"]),
    "a licence a number": ({"clinic.operator_licence": 7}, ["operator_licence", "7", "text"]),
    "downtime below 0": ({"preferences.downtime_days": -1}, ["downtime_days", "-1", "0 to 60"]),
    "half a visit": ({"preferences.visits": 2.5}, ["visits", "2.5", "whole"]),
    "today in words": ({"today": "tomorrow"}, ["today", "'tomorrow'", "2026-03-31"]),
}  # fmt: skip


def test_there_are_many_bad_files() -> None:
    assert len(BAD) >= 40


@pytest.mark.parametrize(("edits", "names"), BAD.values(), ids=BAD)
def test_a_bad_file_is_answered_by_one_clear_error(edits: Mapping[str, Any], names: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        screen(parse_consultation(edited(edits), "case.toml"), today=TODAY)
    error = raised.value
    text = str(error)
    assert text.startswith(("case.toml > ", "the consultation > "))
    for name in names:
        assert name in text, text
    assert error.accepted and error.whose and error.next_step
    assert "pydantic" not in text and "Input should" not in text
    assert len(text) < 900 and text.count("\n") <= 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[patient", ["syntax"]),
        ("patient = 3", ["patient", "a table"]),
        ("[patient]\nage = 45\nage = 46", ["syntax"]),
        ("[history]\nfiller = 2026-05-01T10:00:00", ["filler", "2026-03-31"]),
        ("[patient]\nage = nan", ["age"]),
        ("[patient]\nage = inf", ["age"]),
        ("[session]\ncartridge_expires = 'soon'", ["cartridge_expires", "'soon'"]),
        ("[clinic]\ndevices = [3]", ["devices", "text"]),
    ],
)
def test_a_text_that_is_no_consultation_is_refused(text: str, names: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        parse_consultation(text)
    assert all(name in str(raised.value) for name in names), str(raised.value)


@pytest.mark.parametrize(
    "edits",
    [
        {"history.keloid": "no"},
        {"history.keloid": " NO "},
        {"patient.phototype": "iii"},
        {"history.filler": "Never"},
        {"history.filler": "2024-01-31"},
        {"history.filler": "31.03.2024"},
        {"history.filler": "31/03/2024"},
        {"history.filler": "03/31/2024"},
        {"history.filler": "05/05/2024"},
        {"history.filler": "2024/3/31"},
        {"patient.sex": "Female"},
        {"plan.topical_during": ["sterile_saline", "prp"]},
        {"concern": [{"name": "Acne scar", "site": "Crow feet", "severity": "unknown"}], "area.scar_age_days": 4000},
        {"patient.exposures": {"smoking": "unknown"}},
        {"preferences": {}},
        {"history.filler": TODAY.replace(year=1950)},
    ],
)
def test_what_is_odd_and_legal_is_read(edits: dict[str, Any]) -> None:
    assert verdict(edits).overall == "go"


def test_an_empty_file_asks_for_everything() -> None:
    found = screen(parse_consultation(""), today=TODAY)
    assert found.overall == "ask"
    assert len(found.unanswered) > 50
    assert {"patient.age", "history.keloid", "consent.treatment_signed"} <= {*found.unanswered}


def test_the_example_is_complete_commented_and_screens_to_go_or_adapt(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(example(), "utf-8")
    found = screen(path, today=TODAY)
    assert found.overall in ("go", "adapt")
    assert not found.unanswered and not found.worth_asking
    lines = example().splitlines()
    assert sum("#" in line for line in lines) > 40
    given = {(table, name) for table, some in quiet().items() if isinstance(some, dict) for name in some}
    for table, model in Consultation.model_fields.items():
        fields = getattr(model.annotation, "model_fields", {})
        for name in fields:
            assert (table, name) in given or any(line.startswith(f"# {name} = ") for line in lines), (table, name)
    assert "name = " not in example().replace('name = "wrinkle"', "").replace('name = "dullness"', "")


def test_the_example_stays_good_whenever_it_is_screened() -> None:
    one = parse_consultation(example())
    for day in (date(2020, 1, 1), TODAY, date(2060, 1, 1)):
        assert screen(one, today=day).overall == "adapt"


def test_the_schema_names_each_answer_with_its_question() -> None:
    schema = consultation_schema()
    keloid = schema["$defs"]["History"]["properties"]["keloid"]
    assert keloid["enum"] == [True, False, "unknown"]
    assert keloid["description"] == "Ever had a keloid, a scar that outgrows its wound?"
    assert schema["additionalProperties"] is False


def test_the_file_names_itself_in_errors(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[patient]\nage = 'x'\n", "utf-8")
    with pytest.raises(InputError, match=r"mine\.toml > patient > age"):
        read_consultation(path)
    with pytest.raises(InputError, match="No such file"):
        read_consultation(tmp_path / "none.toml")


# ------------------------------------------------------------------------------------------------- the person


def test_the_person_is_what_the_file_says() -> None:
    one = consultation({"concern": SCAR, "patient.phototype": "IV", "patient.exposures": {"sun": "high"}})
    person = one.person(TODAY)
    assert (person.age, person.sex, person.phototype) == (45, "female", 4)
    assert person.exposures["sun"].sentence == "high"
    assert person.concerns["acne_scar"].severity > 0


def test_of_one_concern_at_several_sites_the_worst_counts_or_the_one_of_the_site() -> None:
    two = [{"name": "wrinkle", "site": "cheek", "severity": 0.6}, {"name": "wrinkle", "site": "neck", "severity": 0.2}]
    one = consultation({"concern": two})
    assert one.person(TODAY).concerns["wrinkle"].severity == 0.6
    assert one.person(TODAY, "neck").concerns["wrinkle"].severity == 0.2
    assert not one.person(TODAY, "hand").concerns


def test_answers_become_exposures() -> None:
    one = consultation({"medication.anticoagulant": True, "medication.hrt": True, "history.diabetes": "controlled"})
    assert {"anticoagulant", "hormone_therapy", "diabetes"} <= {*one.person(TODAY).exposures}
    past = consultation({"medication.isotretinoin_last_dose": ago(60)}).person(TODAY)
    days = past.exposures["isotretinoin"].days(45)
    assert days == [(-150.0, 1.0), (-60.0, 0.0)]


@pytest.mark.parametrize("age", [None, "unknown", 16, 17.9])
def test_no_course_without_an_adult(age: object) -> None:
    with pytest.raises(InputError, match="18 to 100"):
        consultation({"patient.age": age}).person(TODAY)


# ------------------------------------------------------------------------------------------------- anything at all

LEAVES = (
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12) | st.dates() | st.sampled_from(["unknown", "never", "none", "yes", "no", "history"])
)  # fmt: skip
PATHS = st.sampled_from(
    [f"{table}.{name}" for table, some in quiet().items() if isinstance(some, dict) for name in some]
    + ["today", "patient.nothing", "nothing.here", "session.cartridge_lot", "concern"]
)
VALUES = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.text(max_size=6), LEAVES, max_size=2)


def plain(value: object) -> object:
    """A value that TOML has."""
    if isinstance(value, list):
        return [plain(one) for one in value if one is not None]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one is not None}
    return value


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(edits=st.dictionaries(PATHS, VALUES, max_size=4))
def test_any_edit_is_read_or_refused_and_never_breaks(edits: dict[str, Any]) -> None:
    text = edited({path: plain(value) for path, value in edits.items()})
    try:
        one = parse_consultation(text)
        found = evaluate(one, today=TODAY)
    except NeodermisError as error:
        assert isinstance(error, InputError)
        assert error.accepted
        return
    assert found.overall in ("no", "refer", "wait", "ask", "adapt", "go")
    document = verdict_document(found)
    assert (document["until"] is None) == (found.until is None)
    assert [*verdict_lines(found)] and [*verdict_lines(found, "patient")]


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_consultation(text)
    except NeodermisError as error:
        assert isinstance(error, InputError)


ANSWERS = [
    path for path in (f"{table}.{name}" for table in ("history", "medication", "area") for name in quiet()[table])
]


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(dropped=st.sets(st.sampled_from(ANSWERS), min_size=1, max_size=6))
def test_fewer_answers_never_make_a_better_verdict(dropped: set[str]) -> None:
    from neodermis.care.rules import RESULTS

    edits: dict[str, Any] = {"history.psoriasis": "unknown", **dict.fromkeys(dropped)}
    assert RESULTS.index(verdict(edits).overall) <= RESULTS.index(verdict().overall)
    assert written(quiet())
