"""Whose skin, in a terminal: exposures, concerns, patient files, populations, comparisons and skin by age."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import SHORT, ran_once, refused, run, shows_only_text
from tests.robustness.hostile import PERSON

from neodermis.api import QUANTITIES
from neodermis.people import load_concerns, load_exposures

ONE = ("simulate", SHORT, "--draws", "1", "--until", "30")


def values(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        for inside in document.values():
            yield from values(inside)
    elif isinstance(document, list):
        for inside in document:
            yield from values(inside)
    else:
        yield document


# ------------------------------------------------------------------------------------------------- the person


def test_the_person_is_said_in_text_and_document() -> None:
    words = ("--age", "58", "--exposure", "smoking=20/day; 0 from day 0", "--exposure", "Sun=high")
    words += ("--concern", "wrinkle=lemperle:3")
    told = ran_once(*ONE, *words).out
    assert "smoking 20/day; 0 from day 0, sun high, wrinkle lemperle:3" in told
    assert "menopause at 51 (not given)" in told
    patient = ran_once(*ONE, *words, "--json").json["patient"]
    assert patient["exposures"] == {"smoking": "20/day; 0 from day 0", "sun": "high"}
    assert patient["concerns"] == {"wrinkle": "lemperle:3"}
    given = ran_once(*ONE, "--exposure", "menopause=49").out
    assert "not given" not in given and "menopause 49" in given
    assert "menopause" not in ran_once(*ONE, "--sex", "male").out


@pytest.mark.parametrize("command", [ONE, ("injure", SHORT, "--draws", "1"), ("explain", "elastin", SHORT)], ids=str)
def test_what_changes_nothing_is_noted_on_standard_error(command: tuple[str, ...]) -> None:
    ran = ran_once(*command, "--exposure", "diet=poor", "--concern", "pores=0.4")
    assert (
        "note: diet=poor changes nothing" in ran.err
        and "a value of the parameter diet_synthesis_fall turns it on" in ran.err
    )
    assert "note: concern pores changes nothing" in ran.err
    turned = ran_once(*command, "--exposure", "diet=poor", "--set", "diet_synthesis_fall=0.2")
    assert "diet=poor changes nothing" not in turned.err
    document = ran_once(*command, "--exposure", "diet=poor", "--json").json
    assert any("diet=poor changes nothing" in warning for warning in document["warnings"])
    assert document["patient"]["exposures"] == {"diet": "poor"}


BAD = {
    "no value": (["--exposure", "smoking"], ["--exposure", "NAME=VALUE"]),
    "no name": (["--exposure", "=3"], ["--exposure", "NAME=VALUE"]),
    "no severity": (["--concern", "striae="], ["--concern", "NAME=SEVERITY"]),
    "a name twice": (["--exposure", "sun=1", "--exposure", "sun=2"], ["--exposure", "each name once"]),
    "a name in two spellings": (["--exposure", "sun=1", "--exposure", "SUN=2"], ["exposure sun", "each name once"]),
    "unknown exposure": (["--exposure", "smokng=1"], ["smokng", "did you mean 'smoking'?"]),
    "unknown concern": (["--concern", "melsma=1"], ["melsma", "did you mean 'melasma'"]),
    "concern to ask about": (["--concern", "acne=1"], ["acne", "acne_scar", "Needling does not treat active acne"]),
    "a man": (["--sex", "male", "--exposure", "menopause=50"], ["menopause", "for women only"]),
    "menopause at 20": (["--exposure", "menopause=20"], ["exposure menopause", "20", "30 to 62"]),
    "two scars": (["--concern", "striae=0.3", "--concern", "burn_scar=vss:3"], ["striae", "burn_scar", "one kind"]),
    "too many changes": (
        ["--exposure", f"sun={'; '.join(f'{n % 2} since {20 + n}' for n in range(12))}"],
        ["12 changes"],
    ),
    "no person file": (["--patient", "nobody.toml"], ["nobody.toml"]),
    "a folder": (["--patient", "."], []),
}


@pytest.mark.parametrize("command", ["simulate", "injure", "explain"])
@pytest.mark.parametrize(("words", "names"), BAD.values(), ids=BAD)
def test_a_person_who_cannot_be_is_refused(words: list[str], names: list[str], command: str, no_work: None) -> None:
    start = ["explain", "elastin", SHORT] if command == "explain" else [command, SHORT]
    refused(run(*start, *words), *names)


# ------------------------------------------------------------------------------------------------- patient files


def write(folder: Path, text: str) -> str:
    (folder / "person.toml").write_text(text, "utf-8")
    return "person.toml"


def test_a_patient_file_is_the_options_that_it_stands_for(folder: Path) -> None:
    file = write(folder, PERSON)
    from_file = run(*ONE, "--patient", file, "--json")
    assert from_file.status == 0, from_file.err
    words = ["--age", "52", "--phototype", "2", "--exposure", "smoking=20/day since 30; 0 from day 0"]
    words += ["--exposure", "sun=1.5", "--exposure", "menopause=49", "--concern", "wrinkle=0.5"]
    words += ["--concern", "acne_scar=goodman_baron:3, ice_pick:50, boxcar:30, rolling:20"]
    here, there = from_file.json, run(*ONE, *words, "--json").json
    assert {**here["patient"], "concerns": {}} == {**there["patient"], "concerns": {}}
    assert here["outcomes"] == there["outcomes"]


def test_an_option_comes_before_the_file(folder: Path) -> None:
    file = write(folder, PERSON.replace("smoking =", "Smoking ="))
    words = ["--age", "60", "--exposure", "SMOKING=none", "--exposure", "diabetes=yes", "--concern", "Acne Scar=0"]
    patient = run(*ONE, "--patient", file, *words, "--json").json["patient"]
    assert patient["age"] == 60 and patient["phototype"] == 2
    assert patient["exposures"] == {"sun": "1.5/week", "menopause": "49", "smoking": "0", "diabetes": "yes"}
    assert patient["concerns"] == {"wrinkle": "0.5", "acne_scar": "0"}


FILES = {
    "age": ('age = "old"', ["age", "'old'"]),
    "age out of range": ("age = 17", ["age", "17", "18 to 100"]),
    "age as truth": ("age = true", ["age", "True"]),
    "age as a list": ("age = [52]", ["age"]),
    "sex": ('sex = "x"', ["sex", "'x'", "female or male"]),
    "phototype": ("phototype = 7", ["phototype", "7"]),
    "another field": ('name = "Ann"', ["name", "'Ann'", "age, sex, phototype"]),
    "exposures as text": ('exposures = "smoking"', ["exposures", "tables"]),
    "unknown exposure": ("[exposures]\nsmokng = 20", ["smokng", "smoking"]),
    "exposure as truth": ("[exposures]\nsmoking = true", ["exposures", "smoking", "True"]),
    "exposure as a table": ("[exposures.smoking]\nlevel = 20", ["exposures", "smoking"]),
    "exposure out of range": ("[exposures]\nsmoking = 300", ["smoking", "300", "0 to 100"]),
    "exposure not a number": ("[exposures]\nsmoking = nan", ["smoking", "nan"]),
    "exposure as a date": ("[exposures]\nsmoking = 1979-05-27", ["smoking"]),
    "concern as a list": ("[concerns]\nstriae = [0.5]", ["concerns", "striae"]),
    "concern out of range": ("[concerns]\nstriae = 2", ["striae", "2", "0 to 1"]),
    "two scars": ("[concerns]\nstriae = 0.2\nburn_scar = 0.3", ["striae", "burn_scar"]),
    "a name in two spellings": ("[concerns]\nstriae = 0.2\nStriae = 0.3", ["striae", "each name once"]),
    "an escape in a name": ('[exposures]\n"\\u001b[31m" = 1', ["\\x1b[31m"]),
    "no TOML": ("age : 52", ["person.toml"]),
}


@pytest.mark.parametrize(("text", "names"), FILES.values(), ids=FILES)
def test_a_wrong_field_of_a_patient_file_is_named(folder: Path, text: str, names: list[str], no_work: None) -> None:
    ran = run("simulate", SHORT, "--patient", write(folder, text), "--csv", "course.csv")
    refused(ran, *names)
    assert shows_only_text(ran.err) and not (folder / "course.csv").exists()


def test_an_empty_patient_file_is_anybody(folder: Path) -> None:
    ran = run(*ONE, "--patient", write(folder, ""), "--json")
    assert ran.json["patient"] == {"age": 45, "sex": "female", "phototype": 3}


# ------------------------------------------------------------------------------------------------- beside others

COMPARE = ("--compare-exposure", "smoking=0")
BESIDE = {
    "states": [*COMPARE, "--states", "--json"],
    "like": [*COMPARE, "--like", "general", "--people", "5"],
    "people": [*COMPARE, "--people", "5"],
    "outcomes only": [*COMPARE, "--outcomes-only"],
    "save-case": [*COMPARE, "--save-case", "case.json"],
    "no level": ["--compare-exposure", "smoking"],
    "two levels": ["--compare-exposure", "smoking=5; 0 from day 3"],
    "menopause": ["--compare-exposure", "menopause=50"],
    "unknown": ["--compare-exposure", "yoga=1"],
    "too many": [word for n in range(6) for word in ("--compare-exposure", f"smoking={n}")],
}


@pytest.mark.parametrize("words", BESIDE.values(), ids=BESIDE)
def test_a_comparison_is_refused_beside_what_it_cannot_answer(folder: Path, words: list[str], no_work: None) -> None:
    option = "compare_exposure" if "--json" in words else "--compare-exposure"
    refused(run("simulate", SHORT, *words), option if "yoga=1" not in words else "yoga")
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "words",
    [COMPARE, ("--like", "general"), ("--exposure", "sun=1"), ("--concern", "striae=0.1"), ("--patient", "p.toml")],
)
def test_an_arm_brings_its_own_people(folder: Path, words: tuple[str, ...], no_work: None) -> None:
    (folder / "p.toml").write_text(PERSON, "utf-8")
    refused(run("simulate", "--arm", "lotfi-2013", *words), "--arm", "its own protocol and people")


@pytest.mark.parametrize(
    "words",
    [COMPARE, ("--like", "general"), ("--exposure", "sun=1"), ("--concern", "striae=0.1"), ("--patient", "p.toml")],
)
def test_options_without_a_protocol_ask_for_one(words: tuple[str, ...]) -> None:
    refused(run("simulate", *words), "protocol")


def test_people_like_somebody_must_be_counted(no_work: None) -> None:
    refused(run("simulate", SHORT, "--like", "general"), "--like", "--people")
    refused(run("simulate", SHORT, "--like", "general", "--people", "0"), "--like", "--people")
    refused(run("simulate", SHORT, "--like", "nobody-1900", "--people", "5"), "nobody-1900")
    refused(run("simulate", SHORT, "--like", "lotfi-2013:x", "--people", "5"), "x", "needling")
    refused(run("simulate", SHORT, "--like", "x" * 3000, "--people", "5"), "study")
    refused(
        run("simulate", SHORT, "--like", "general", "--people", "10000000"), "--people", "10000000", "--outcomes-only"
    )


def test_a_findings_file_of_ones_own_says_whom_the_people_are_like(folder: Path, findings: Any) -> None:
    own = findings("", '\n[cohort]\nage_mean = 60\nage_sd = 5\nfemale_share = 0.5\nbasis = "as printed"\n')
    ran = run(*ONE, "--people", "30", "--like", own, "--json")
    assert ran.status == 0, ran.err
    assert "weighted to the cohort of own-study" in " ".join(ran.json["warnings"])
    before = Path(own).read_bytes()
    refused(run(*ONE, "--people", "30", "--like", own, "--csv", own), "a file that is read")
    assert Path(own).read_bytes() == before
    nobody = findings("", "\n[cohort]\nage_mean = 97\n", "nobody.toml")
    for words in ((*ONE, "--people", "5", "--like", nobody), ("people", "--like", nobody)):
        refused(run(*words), "people like", "own-study", "at least 100")


# ------------------------------------------------------------------------------------------------- what is printed


def test_a_comparison_is_printed_as_text_document_and_picture(folder: Path) -> None:
    words = ("simulate", SHORT, "--draws", "3", "--exposure", "smoking=20/day", *COMPARE)
    words += ("--compare-exposure", "sunscreen=daily")
    told = ran_once(*words).out
    assert "Effect of smoking=0 on papillary collagen after one year and ten years: untreated +" in told
    assert "smoking=0 and sunscreen=daily" in told and "half of the peak gain" in told
    document = ran_once(*words, "--json").json
    assert [entry["change"] for entry in document["compare_exposure"]["cheek"]] == [
        "smoking=0", "sunscreen=daily", "smoking=0 and sunscreen=daily",
    ]  # fmt: skip
    added = document["compare_exposure"]["cheek"][0]["added"]["collagen_papillary"]
    assert set(added) == {"untreated", "treated"} and set(added["treated"]) == {"1", "10"}
    assert added["untreated"]["10"]["median"] > added["untreated"]["1"]["median"] > 0
    assert None not in list(values(document))
    ran = run(*words, "--draws", "2", "--until", "20", "--plot", "compare.svg")
    assert ran.status == 0 and (folder / "compare.svg").read_bytes().startswith(b"<?xml")
    assert "after 20 days" in ran.out and "after :" not in ran.out


def test_skin_by_age_is_printed_as_text_document_and_picture(folder: Path) -> None:
    words = ("skin", "--ages", "70,30", "--draws", "5", "--people", "4", "--exposure", "sun=moderate")
    told = ran_once(*words).out
    assert "From 30 to 70 years, dermal collagen changes by -" in told and "Menopause is at 51 years." in told
    document = ran_once(*words, "--json").json
    assert document["age"] == [30, 70] and "age" not in document["patient"]
    assert set(document["quantities"]) == set(QUANTITIES)
    for entry in document["quantities"].values():
        for a, b, c in zip(entry["lower90"], entry["median"], entry["upper90"], strict=True):
            assert a <= b <= c
        assert len(entry["people_lower90"]) == 2
    assert None not in list(values(document))
    one = ran_once("skin", "--ages", "45", "--draws", "1", "--json").json
    assert one["summary"] == [] or all("From" not in line for line in one["summary"])
    assert run(*words, "--plot", "skin.pdf").status == 0 and (folder / "skin.pdf").read_bytes().startswith(b"%PDF")


def test_a_population_is_printed_as_text_document_and_table(folder: Path) -> None:
    document = ran_once("people", "--like", "lotfi-2013", "--people", "200", "--json").json
    assert document["people"] == 200 and document["effective"] > 100
    ages = next(row for row in document["marginals"] if row["covariate"] == "age, mean (years)")
    assert ages["as published"] == "28" and float(ages["the 200 drawn"]) == pytest.approx(28, abs=2)
    assert "effective" not in ran_once("people", "--people", "20", "--json").json
    assert "Effective sample size" in ran_once("people", "--like", "lotfi-2013", "--people", "1").out
    assert run("people", "--people", "50", "--csv", "people.csv").status == 0
    lines = (folder / "people.csv").read_text("utf-8").splitlines()
    assert len(lines) == 51 and len({line.count(",") for line in lines}) == 1
    assert lines[0].startswith("age,sex,phototype,cigarettes_per_day")
    assert all(line.endswith(",") == ("male" in line.split(",")) for line in lines[1:])
    for words in (["--people", "0"], ["--people", "1000001"], ["--seed", "-1"], ["--csv", "x.png"]):
        refused(run("people", *words), words[0])


@pytest.mark.parametrize("group", ["exposures", "concerns"])
def test_a_catalogue_shows_each_of_its_entries(group: str) -> None:
    names = load_exposures() if group == "exposures" else load_concerns()
    listed = ran_once(group, "--json").json
    assert [entry["name"] for entry in listed] == list(names)
    for name, entry in zip(names, listed, strict=True):
        assert ran_once(group, "show", name, "--json").json == entry
        assert ran_once(group, "show", name.replace("_", " ").upper()).out.startswith("name")
        option = "--exposure" if group == "exposures" else "--concern"
        assert run("injure", SHORT, "--draws", "1", option, entry["example"]).status == 0
        assert None not in list(values(entry))
    refused(run(group, "show", "smokin"), "smokin")
