"""What a practitioner reads: plain sentences first, then tables; catalogues; the three sentences to copy."""

import re

import numpy as np
import pytest
from tests.cli.terminal import EXCEED, SHORT, TOO_DEEP_HERE, TWO_SITES, ran_once, run

from neodermis.evidence import load_bibliography

INTERVAL = "90 % credible interval"
#: What is read first in the example, and whether it has an interval of its own.
FIRST = {
    "minutes": ("minutes", True),
    "redness": ("Redness lasts", True),
    "first change": ("smallest change assumed to matter, on day", True),
    "peak": ("The gain peaks on day", True),
    "six months": ("6 months after the last session", True),
    "twelve months": ("12 months after the last session", True),
    "drivers": ("Main sources of uncertainty", False),
    "assumed": ("parameters", False),
}


def sentences(text: str) -> list[str]:
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]


def first_table(text: str) -> int:
    return min(text.find(sign) for sign in ("─", "Course, ") if sign in text)


@pytest.mark.parametrize(("words", "has_interval"), FIRST.values(), ids=FIRST)
def test_answers_come_first_each_with_its_interval(words: str, has_interval: bool) -> None:
    text = ran_once("simulate", EXCEED).out
    (line,) = [line for line in sentences(text) if words in line]
    assert text.index(line) < first_table(text)
    assert not has_interval or INTERVAL in line


def test_share_of_assumed_parameters_is_that_of_the_catalogue() -> None:
    entries = ran_once("parameters", "--json").json["parameters"]
    assumed = sum(entry["status"] == "assumed" for entry in entries)
    said = f"{100 * assumed / len(entries):.0f} % of the {len(entries)} parameters ({assumed}) are assumed"
    assert said in ran_once("simulate", EXCEED).out


def test_sentences_are_those_of_the_json_summary() -> None:
    assert sentences(ran_once("simulate", EXCEED).out) == ran_once("simulate", EXCEED, "--json").json["summary"]


def test_inputs_and_defaults_are_printed_at_the_top() -> None:
    lines = ran_once("simulate", EXCEED).out.splitlines()
    assert lines[0] == EXCEED
    for said in ("female", "45 years", "phototype 3", "100 draws", "0 people", "seed 0"):
        assert said in lines[1]


def test_people_are_answered_where_asked_for() -> None:
    course = ran_once("simulate", EXCEED, "--draws", "2", "--people", "9", "--json").json
    (line,) = [line for line in course["summary"] if line.startswith("Between-person variability at central")]
    median = course["outcomes"]["collagen_papillary"]["people_change_median"]
    assert f"(median +{100 * (max(median) - 1):.2g} %)" in line
    assert f"by day {course['time_day'][int(np.argmax(median))]:.0f} in 90 % of people" in line
    assert ", 1 person, " in run("simulate", SHORT, "--draws", "1", "--people", "1", "--until", "5").out


def test_a_gain_that_still_rises_has_no_peak() -> None:
    text = ran_once("simulate", "1 session: exceed; cheek 1.5 mm, 6 passes", "--until", "20").out
    assert "The gain is still rising on the last day (20), at +" in text
    assert "peaks" not in text
    text = ran_once("simulate", EXCEED, "--draws", "20", "--until", "91").out
    assert "still rising on the last day (91)" in text or "ends before the last session can contribute." in text


@pytest.mark.parametrize("words", [("--age", "45"), ("--people", "20"), ("--outcomes-only",), ("--seed", "1")])
def test_options_without_a_protocol_are_answered_alike(words: tuple[str, ...]) -> None:
    ran = run("simulate", *words)
    assert (ran.status, ran.err) == (2, run("simulate", "--age", "45").err)


def test_table_ends_on_the_last_day_and_shows_years() -> None:
    text = run("simulate", SHORT, "--draws", "1", "--until", "2000").out
    days = re.findall(r"^ (\d+) ", text.split("Course, ")[1].split("Sessions, ")[0], re.MULTILINE)
    assert days == ["0", "14", "30", "90", "180", "365", "730", "1825", "2000"]
    assert "-0.0" not in text


def test_one_draw_says_that_there_are_no_intervals() -> None:
    text = ran_once("simulate", SHORT, "--draws", "1").out
    assert INTERVAL not in " ".join(sentences(text))
    assert any("no intervals" in line for line in sentences(text))


def test_two_sites_are_named_in_every_answer() -> None:
    text = ran_once("simulate", TWO_SITES, "--draws", "3").out
    for site in ("cheek", "periorbital"):
        assert any(line.startswith(f"{site}: A session takes") for line in sentences(text))
        assert f"Course, {site}" in text
        assert f"Sessions, {site}" in text


def test_roller_and_sham_are_answered() -> None:
    for sentence in ("1 session: roller_mf8; cheek, 10 passes", "1 session: exceed; cheek 0 mm, 0 passes"):
        ran = run("simulate", sentence, "--draws", "3")
        assert ran.status == 0, ran.err
        assert not re.search(r"\b(nan|inf|None)\b", ran.out)


def test_arm_shows_the_observed_before_the_course() -> None:
    text = ran_once("simulate", "--arm", "lotfi-2013", "--draws", "20").out
    assert "as in lotfi-2013" in text
    assert any(
        "lotfi-2013 observed +53 % of baseline" in line and "90 % predictive interval" in line
        for line in sentences(text)
    )
    assert text.index("Published results and predictions") < text.index("Course, cheek")


def test_beyond_limits_is_said_before_the_answers() -> None:
    text = ran_once("simulate", TOO_DEEP_HERE, "--beyond-limits", "--draws", "1").out
    assert text.index("BEYOND THE LIMITS") < text.index(sentences(text)[0])
    assert "BEYOND" not in ran_once("simulate", SHORT, "--beyond-limits", "--draws", "1").out


def test_every_result_says_what_it_is_not() -> None:
    ran = ran_once("simulate", SHORT, "--draws", "1", "--notes")
    assert "Not a medical device" in ran.out
    assert "not modelled in this version" in ran.err


def test_no_sentence_gives_three_that_run() -> None:
    text = ran_once("simulate").out
    copied = re.findall(r'^  neodermis simulate "(.+)"$', text, re.MULTILINE)
    assert len(copied) == 3
    for sentence in copied:
        course = ran_once("simulate", sentence, "--draws", "1", "--json").json
        assert course["sessions"]


def test_evidence_shows_what_was_not_printed() -> None:
    text = ran_once("evidence", "show", "lotfi-2013").out
    for said in ("n = 30", "not reported: passes 4 to 15", "+53.2 %", "10.1097/01.EWX.0000432504.85255.ec"):
        assert said in text


def test_bibtex_has_an_entry_for_every_source() -> None:
    text = ran_once("evidence", "bibtex").out
    begun, ended = (re.findall(sign, text, re.MULTILINE) for sign in (r"^@(?:misc|article)\{[^,]+,$", r"^\}$"))
    assert len(begun) == len(ended) == len(load_bibliography())


def test_alias_shows_its_site() -> None:
    assert ran_once("sites", "show", "brow").out == ran_once("sites", "show", "forehead").out


def test_table_of_scales_answers_the_concern_and_all_prints_every_outcome() -> None:
    words = ("simulate", SHORT, "--draws", "2", "--concern", "acne_scar=goodman_baron:3")
    few, many = ran_once(*words).out, ran_once(*words, "--all").out
    assert "Goodman-Baron" in few and "Radiance" not in few and "--all" in few
    assert "Goodman-Baron" in many and "Radiance" in many and "--all" not in many
    assert "Instruments and scales" not in ran_once("simulate", SHORT, "--draws", "2").out
    entries = [ran_once(*words, *more, "--json").json["outcomes"] for more in ((), ("--all",))]
    assert entries[0] == entries[1] and "cutometer_r2" in entries[0]
