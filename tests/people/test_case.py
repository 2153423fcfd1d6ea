"""A case: one value that a result depends on, written as plain values, read back, and run again to the same numbers."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import SHORT

import neodermis as nd
from neodermis import report
from neodermis.api.case import Simulating, case_of, read_case
from neodermis.errors import DataFileError, InputError, LimitError
from neodermis.treatment import find_device

PEN = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
FULL: dict[str, Any] = {
    "age": 52, "sex": "female", "phototype": 5, "exposures": {"smoking": "20/day; 0 from day 10", "sun": "high"},
    "concerns": {"acne_scar": "goodman_baron:3"}, "draws": 3, "people": 2, "seed": 4, "until": 60,
    "set": {"labile_share": "40 %"},
}  # fmt: skip
OWN = """schema_version = 1
[device.own_pen]
name = "Own pen"
kind = "pen"
needles = { value = 9, unit = "needle", assumed = true, basis = "counted" }
needle_diameter = { value = 0.2, unit = "mm", assumed = true, basis = "measured" }
depth = { low = 0.25, high = 2.0, unit = "mm", assumed = true, basis = "its dial" }
"""


def written(document: Any) -> Any:
    """As a file holds it."""
    return json.loads(json.dumps(document, allow_nan=False))


def case(protocol: str = PEN, **options: Any) -> nd.Case:
    return case_of(protocol, options, Simulating)


@pytest.mark.parametrize(
    "one",
    [
        case(),
        case(SHORT, **FULL),
        case(SHORT, sex="male", phototype="II", draws=1, people=40, outcomes_only=True, like="general"),
        case(
            "1 session: exceed; periorbital 1.5 mm, 6 passes", beyond_limits=True, exposures={"hormone_therapy": "yes"}
        ),
        case(
            "3 sessions every 4 weeks: roller 192 x 0.5 mm x 0.25 mm; cheek, 8 passes; niacinamide 4 %; home sunscreen"
        ),
    ],
    ids=lambda one: one.plan.sentence[:20],
)
def test_a_case_is_written_and_read_back_equal(one: nd.Case) -> None:
    again = read_case(written(one.document))
    assert again == one
    assert again.document == one.document


def test_the_engine_travels_with_the_case_where_it_is_not_the_usual_one() -> None:
    by_jax = case(SHORT, engine="jax")
    assert by_jax.document["numerics"]["engine"] == "jax"
    assert read_case(by_jax.document) == by_jax
    assert "engine" not in by_jax.changed(engine="llvm").document["numerics"]
    with pytest.raises(InputError, match="accepted: llvm or jax"):
        nd.simulate(SHORT, engine="numpy")


def test_an_own_device_travels_with_the_case(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN, "utf-8")
    one = case("1 session: own_pen; cheek 1 mm, 4 passes", device=file)
    file.unlink()
    again = read_case(written(one.document))
    assert again == one and again.plan.phases[0].device.needles.middle == 9
    with pytest.raises(DataFileError, match="device > needles"):
        read_case({**one.document, "device": [{**one.document["device"][0], "needles": "nine"}]})
    with pytest.raises(DataFileError, match="device > id"):
        read_case({**written(one.document), "device": {**written(one.document)["device"][0], "id": "x; y"}})
    with pytest.raises(DataFileError, match="a table of a device"):
        read_case({**written(one.document), "device": "own_pen"})
    assert "device" not in case().document and case().plan.phases[0].device == find_device("exceed")


def test_verbs_take_a_case_or_the_keywords_that_make_one() -> None:
    one = case(SHORT, **FULL)
    course = nd.simulate(one)
    assert course.dataset.identical(nd.simulate(SHORT, **FULL).dataset)
    assert course.ledger.case is one
    other = nd.simulate(one, age=30, draws=1)
    assert other.ledger.case == case(SHORT, **FULL | {"age": 30, "draws": 1})
    person = {name: FULL[name] for name in ("age", "sex", "phototype", "exposures", "concerns", "set")}
    assert nd.explain("collagen_total", 42, one).shares == nd.explain("collagen_total", 42, SHORT, **person).shares
    session, beside = (nd.injure(a, **b) for a, b in ((one, {}), (SHORT, {**person, "draws": 3, "seed": 4})))
    assert report.injury_document(session)["sessions"] == report.injury_document(beside)["sessions"]


def test_an_unknown_keyword_is_a_type_error_with_the_known_ones() -> None:
    with pytest.raises(TypeError, match=r"'agee'.*age, "):
        nd.simulate(SHORT, agee=40)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'people'"):
        nd.injure(SHORT, people=3)  # type: ignore[call-arg]


def test_keywords_beside_a_case_take_its_place() -> None:
    one = case(SHORT, **FULL)
    changed = one.changed(sex="female", exposures=None, people=0)
    assert changed.patient.exposures == {} and changed.patient.age == 52 and changed.numerics.people == 0
    assert changed.numerics.seed == 4 and changed.set == one.set
    with pytest.raises(InputError, match="which contains its device"):
        one.changed(device=Path("own.toml"))
    with pytest.raises(InputError, match="age"):
        one.changed(age=12)


@pytest.mark.parametrize("options", [FULL, {"draws": 1, "people": 30, "outcomes_only": True, "until": 40}])
def test_a_result_runs_again_bit_for_bit(options: dict[str, Any], tmp_path: Path) -> None:
    course = nd.simulate(PEN, **options)
    file = tmp_path / "result.json"
    file.write_text(json.dumps(report.document(course)), "utf-8")
    for given in (course, written(report.document(course)), file, str(file), nd.load(file)):
        again = nd.rerun(given)
        assert again.dataset.identical(course.dataset)  # type: ignore[union-attr]  # a course
        assert written(report.document(again)) == written(report.document(course))  # type: ignore[arg-type]


def test_every_other_result_runs_again_bit_for_bit() -> None:
    for done, document in (
        (nd.injure(PEN, draws=3, anaesthetic="topical"), report.injury_document),
        (nd.deliver("niacinamide", PEN, draws=2, compare="2,caffeine", occluded=True), report.delivery_document),
        (nd.explain("collagen_papillary", 42, PEN, age=30), report.explanation_document),
        (nd.simulate_arm("lotfi-2013", draws=2), report.document),
    ):
        kept = written(document(done))  # type: ignore[operator]
        assert written(document(nd.rerun(kept))) == kept  # type: ignore[operator]
        assert written(document(nd.rerun(done))) == kept  # type: ignore[operator, type-var]


def test_an_arm_that_is_changed_is_refused() -> None:
    one = nd.simulate_arm("lotfi-2013", draws=1, until=400).ledger.case
    with pytest.raises(InputError, match="the protocol and the patient of the study arm"):
        nd.simulate(one, age=60)


def test_a_toml_case_may_say_as_little_as_a_protocol(tmp_path: Path) -> None:
    file = tmp_path / "case.toml"
    file.write_text(f'protocol = "{PEN}"\n[patient]\nage = 60\nexposures = {{ sun = "high" }}\n[numerics]\ndraws = 2\n')
    assert nd.load(file).case == case(age=60, exposures={"sun": "high"}, draws=2)


DOCUMENT = written(case().document)
BAD: list[tuple[Any, str]] = [
    ({**DOCUMENT, "agee": 3}, "agee"),
    ({**DOCUMENT, "format": 2, "neodermis": "9.0"}, "neodermis 9.0"),
    ({**DOCUMENT, "protocol": 3}, "protocol"),
    ({key: value for key, value in DOCUMENT.items() if key != "protocol"}, "a protocol sentence"),
    ({**DOCUMENT, "protocol": "4 sesions"}, "protocol"),
    ({**DOCUMENT, "patient": []}, "patient"),
    ({**DOCUMENT, "patient": {"age": 12}}, "age"),
    ({**DOCUMENT, "patient": {"agee": 12}}, r"patient\.agee"),
    ({**DOCUMENT, "numerics": {"draws": "many"}}, "draws"),
    ({**DOCUMENT, "numerics": {"until": 5}}, "until"),
    ({**DOCUMENT, "numerics": {"outcomes_only": "no"}}, "outcomes_only"),
    ({**DOCUMENT, "set": {"labile_share": [1]}}, r"set\.labile_share"),
    ({**DOCUMENT, "set": {"labile_shar": 0.4}}, "labile_share"),
    ({**DOCUMENT, "beyond_limits": "yes"}, "beyond_limits"),
    ({**DOCUMENT, "anaesthetic": "much"}, "anaesthetic"),
    ({**DOCUMENT, "parameters": {"sha256": "0" * 64}}, "another parameter set"),
    ({"neodermis": "0.1.0", "versions": {}, "protocol": PEN, "summary": []}, "made by neodermis 0.1.0"),
    ({"command": "screen", "case": DOCUMENT}, "a result of simulate"),
    ({"command": "compare", "case": DOCUMENT}, "every entry of the document of a comparison"),
    ({"command": "deliver", "case": DOCUMENT}, "every entry of the document of a delivery"),
    ({"command": "explain", "case": DOCUMENT}, "outcome"),
]


@pytest.mark.parametrize("document, told", BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_a_case_that_cannot_be_used_says_why(document: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        nd.rerun(document)


@pytest.mark.parametrize(
    "content, told",
    [
        (b'{"protocol": "1 sess', "line 1, column"),
        (b'{"draws": NaN}', "finite"),
        (b"{" + b'"a":{' * 100_000, "without end|line 1"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "size"),
        (b'{"protocol": "\xff"}', "UTF-8"),
        (b"", "protocol"),
        (b"protocol = ", "TOML"),
        (b"[]", "protocol|TOML|field"),
    ],
    ids=["cut", "nan", "deep", "digits", "bytes", "empty", "toml", "list"],
)
def test_a_damaged_file_is_told(content: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(content)
    with pytest.raises(DataFileError, match=told):
        nd.load(file)


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="directory"):
        nd.load(tmp_path)
    with pytest.raises(DataFileError, match="No such file"):
        nd.load(tmp_path / "none.json")


def test_a_result_of_another_version_is_read_and_says_so() -> None:
    document = written(report.document(nd.simulate(SHORT, draws=1, until=20)))
    again = nd.rerun({**document, "neodermis": "0.0.9"})
    assert any("made by neodermis 0.0.9" in warning for warning in again.ledger.warnings)  # type: ignore[union-attr]
    assert not any("made by" in warning for warning in nd.rerun(document).ledger.warnings)  # type: ignore[union-attr]


def test_limits_of_practice_hold_for_a_case() -> None:
    one = case("1 session: exceed; periorbital 1.5 mm, 6 passes")
    assert not one.exceeds
    with pytest.raises(LimitError, match="periorbital"):
        nd.simulate(one)
    assert one.changed(beyond_limits=True).exceeds
