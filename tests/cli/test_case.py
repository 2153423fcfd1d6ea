"""A CASE argument: a sentence, a case file, a consultation with a protocol, or a result; and running a result again."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import SHORT, refused, run

from neodermis.care.consultation import example

FEW = ("--draws", "2", "--until", "30", "--seed", "3", "--age", "60")


def without_case(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "case"}


def test_a_saved_case_and_a_result_give_the_same_numbers_as_the_sentence(tmp_path: Path) -> None:
    case, result = tmp_path / "case.json", tmp_path / "result.json"
    first = run("simulate", SHORT, *FEW, "--save-case", str(case), "--json")
    result.write_text(first.out, "utf-8")
    for file in (case, result):
        assert run("simulate", str(file), "--json").json == first.json
    again = run("rerun", str(result), "--json")
    assert again.json == first.json
    assert f"the same numbers as in {result}" in again.err
    other = run("simulate", str(case), "--age", "30", "--json").json
    assert other["patient"]["age"] == 30 and other["seed"] == 3 and other["draws"] == 2


def test_rerun_tells_numbers_that_differ(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    document = run("injure", SHORT, "--draws", "2", "--json").json
    document["sessions"][0]["minutes"] = 0
    result.write_text(json.dumps(document), "utf-8")
    assert "numbers differ from those in" in run("rerun", str(result)).err


@pytest.mark.parametrize(
    "words",
    [
        ("injure", "{case}", "--draws", "2"),
        ("explain", "collagen_papillary", "{case}", "--day", "20"),
        ("deliver", "niacinamide", "{case}", "--draws", "2"),
    ],
    ids=lambda words: words[0],
)
def test_other_commands_take_a_case_and_their_results_run_again(words: tuple[str, ...], tmp_path: Path) -> None:
    case, result = tmp_path / "case.json", tmp_path / "result.json"
    run("simulate", SHORT, *FEW, "--save-case", str(case))
    options = ("--seed", "3") if words[0] != "explain" else ()
    by_sentence = [SHORT if word == "{case}" else word for word in words] + ["--age", "60", *options, "--json"]
    by_case = run(*(str(case) if word == "{case}" else word for word in words), "--json")
    assert without_case(by_case.json) == without_case(run(*by_sentence).json)
    result.write_text(by_case.out, "utf-8")
    assert "the same numbers" in run("rerun", str(result)).err


def test_a_consultation_with_a_protocol_is_a_case_and_a_person(tmp_path: Path) -> None:
    file = tmp_path / "consultation.toml"
    filled = example().replace("age = 45", "age = 52", 1)
    file.write_text(filled, "utf-8")
    refused(run("simulate", str(file), "--draws", "1"), "plan > protocol", "protocol sentence")
    person = run("simulate", SHORT, "--patient", str(file), "--draws", "1", "--until", "20", "--json").json["patient"]
    head, mark, tail = filled.partition("[plan]")
    file.write_text(f'{head}{mark}\nprotocol = "{SHORT}" {tail}', "utf-8")
    found = run("simulate", str(file), "--draws", "1", "--until", "20", "--json").json
    assert found["protocol"] == SHORT and found["patient"] == person
    assert person["age"] == 52


def test_the_person_of_a_file_replaces_the_one_of_a_case(tmp_path: Path) -> None:
    case, patient = tmp_path / "case.json", tmp_path / "patient.toml"
    run("simulate", SHORT, *FEW, "--exposure", "sun=high", "--save-case", str(case))
    patient.write_text("age = 33\n", "utf-8")
    found = run("simulate", str(case), "--patient", str(patient), "--json").json
    assert found["patient"] == {"age": 33, "sex": "female", "phototype": 3}


def test_bad_files_are_refused(tmp_path: Path) -> None:
    damaged, old = tmp_path / "damaged.json", tmp_path / "old.json"
    damaged.write_text('{"protocol": "1 sess', "utf-8")
    old.write_text(json.dumps({"neodermis": "0.1.0", "versions": {}, "summary": [], "protocol": SHORT}), "utf-8")
    for verb in ("simulate", "injure", "rerun"):
        refused(run(verb, str(damaged)), "damaged.json", "line 1, column", "JSON")
        refused(run(verb, str(old)), "old.json", "made by neodermis 0.1.0", "simulate its protocol again")
        refused(run(verb, str(tmp_path)), "Is a directory")
        refused(run(verb, str(tmp_path / "none.json")), "none.json", "No such file")
    refused(run("simulate", SHORT, str(old)), "unexpected extra argument")
    good = tmp_path / "good.json"
    run("simulate", SHORT, *FEW, "--save-case", str(good))
    refused(run("simulate", str(good), "--arm", "lotfi-2013"), "--arm")
    refused(run("simulate", str(good), "--save-case", str(good)), "the command reads that file")
    refused(run("simulate", SHORT, "--save-case", str(tmp_path / "case.png")), "--save-case", ".json")
