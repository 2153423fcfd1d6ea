"""``neodermis compare`` and ``simulate --compare``: one answer, from sentences and files, as a terminal sees it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import ran_once, refused, run

DEEP = "2 sessions every 30 days: exceed; cheek 1.5 mm, 4 passes"
SHALLOW = "3 sessions every 20 days: exceed; cheek 0.5 mm, 4 passes"
SCAR = ("--age", "30", "--concern", "acne_scar=goodman_baron:3")
FAST = ("--draws", "3", "--until", "150")


def test_answers_harm_and_burden_stand_side_by_side(folder: Path) -> None:
    out = " ".join(ran_once("compare", DEEP, SHALLOW, *SCAR, *FAST).out.split())
    assert f"A: {DEEP}" in out and f"B: {SHALLOW}" in out and "acne scar goodman_baron:3" in out
    assert "Goodman-Baron grade (0 to 4, lower is better), day 100: A " in out and "Difference: B − A +" in out
    assert "Burden of A: 2 visits" in out and "Burden of B: 3 visits" in out
    assert "Post-inflammatory hyperpigmentation (PIH), share of people like this" in out
    for title in ("Answers, cheek", "Harm", "Burden"):
        assert title in out
    assert "Dermal thickness" not in out
    assert "Dermal thickness" in run("compare", DEEP, SHALLOW, *SCAR, *FAST, "--all").out


def test_the_document_is_that_of_the_interface(folder: Path) -> None:
    found = ran_once("compare", DEEP, SHALLOW, *SCAR, *FAST, "--json").json
    assert found["command"] == "compare" and found["day"] == 100.0 and found["across_patients"] is False
    assert [one["label"] for one in found["cases"]] == ["A", "B"]
    assert [one["protocol"] for one in found["cases"]] == [DEEP, SHALLOW]
    grade = found["difference"]["goodman_baron_grade"]
    assert grade["day"] == 100.0 and grade["lower90"] <= grade["median"] <= grade["upper90"] and grade["median"] > 0
    assert [one["visits"] for one in found["burden"]] == [2, 3] and "difference" in found["burden"][1]
    assert all("scarring_risk" in one and 0.0 <= one["pih_probability"]["median"] <= 1.0 for one in found["harm"])
    first = found["cases"][0]["outcomes"]["goodman_baron_grade"]
    assert first["against_untreated"]["median"] < 0 and first["baseline"] == pytest.approx(3.0)
    assert "differences" not in found


def test_simulate_compare_is_the_same_answer(folder: Path) -> None:
    one = ran_once("compare", DEEP, SHALLOW, *SCAR, *FAST, "--json").json
    other = run("simulate", DEEP, "--compare", SHALLOW, *SCAR, *FAST, "--json").json
    assert one == other


def test_a_sentence_a_case_file_a_consultation_and_a_result_are_cases(folder: Path) -> None:
    assert run("simulate", DEEP, *SCAR, *FAST, "--save-case", "case.json").status == 0
    (folder / "result.json").write_text(run("simulate", SHALLOW, *SCAR, *FAST, "--json").out, "utf-8")
    (folder / "plan.toml").write_text(
        f'today = 2026-03-31\n[patient]\nage = 30\n[[concern]]\nname = "acne_scar"\nsite = "cheek"\n'
        f'severity = "goodman_baron:3"\n[plan]\nprotocol = "{DEEP}"\n',
        "utf-8",
    )
    found = run("compare", "case.json", "result.json", "plan.toml", DEEP, "--json").json
    assert [one["protocol"] for one in found["cases"]] == [DEEP, SHALLOW, DEEP, DEEP]
    assert {one["case"]["patient"]["age"] for one in found["cases"]} == {30.0}
    assert {one["case"]["numerics"]["draws"] for one in found["cases"]} == {3}
    assert set(found["differences"]) == {"B", "C", "D"} and found["differences"]["B"] == found["difference"]
    assert found["differences"]["D"]["collagen_papillary"]["median"] == 0.0
    both = run("compare", "case.json", "result.json", "--json").json
    sentences = ran_once("compare", DEEP, SHALLOW, *SCAR, *FAST, "--json").json
    assert both["difference"] == sentences["difference"]


def test_other_people_are_compared_and_it_is_said(folder: Path) -> None:
    for age in (30, 70):
        assert run("simulate", DEEP, "--age", str(age), *FAST, "--save-case", f"{age}.json").status == 0
    ran = run("compare", "30.json", "70.json", *FAST)
    assert "different people" in ran.err and "30 years" in ran.out and "70 years" in ran.out
    assert "different people" not in run("compare", "30.json", "70.json", *FAST, "--age", "50").err


def test_files_are_written(folder: Path) -> None:
    names = {"--plot": "a.png", "--csv": "a.csv", "--netcdf": "a.nc", "--report": "a.html"}
    ran = run("compare", DEEP, SHALLOW, *FAST, *(word for pair in names.items() for word in pair))
    assert ran.status == 0 and sorted(path.name for path in folder.iterdir()) == sorted(names.values())
    lines = [line for line in (folder / "a.csv").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert {row["case"] for row in csv.DictReader(lines)} == {"A", "B"}
    assert "<svg" in (folder / "a.html").read_text("utf-8")


REFUSED: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "one case": ((DEEP,), ["cases", "2 to 8"]),
    "other sites": ((DEEP, DEEP.replace("cheek", "neck")), ["sites of case B", "cheek"]),
    "no sentence": ((DEEP, "1 session"), ["end of the sentence"]),
    "no file": ((DEEP, "none.json"), ["none.json"]),
    "a day beyond": ((DEEP, SHALLOW, "--day", "9999"), ["day", "9999"]),
    "no draws": ((DEEP, SHALLOW, "--draws", "0"), ["--draws"]),
    "a picture of no kind": ((DEEP, SHALLOW, "--plot", "a.gif"), ["a.gif"]),
}


@pytest.mark.parametrize(("words", "names"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_with_advice(
    folder: Path, words: tuple[str, ...], names: list[str], no_work: None
) -> None:
    refused(run("compare", *words), *names)
    assert not [*folder.iterdir()]


def test_without_cases_an_example_is_printed() -> None:
    ran = run("compare")
    assert ran.status == 0 and "neodermis compare" in ran.out


def test_json_is_one_document(folder: Path) -> None:
    ran: Any = run("compare", DEEP, SHALLOW, *FAST, "--json")
    assert json.loads(ran.out)["cases"]
