"""``neodermis deliver`` and ``simulate --compare``: what they print, write and refuse, as a terminal sees it."""

import re
import shlex
from pathlib import Path

import pytest
from tests.cli.terminal import ran_once, refused, run

from neodermis.cli.session import DELIVERIES

PEN = "1 session: exceed; cheek 1.0 mm, 6 passes"
FAST = ("--draws", "2")


def test_without_arguments_three_to_copy_that_run() -> None:
    told = ran_once("deliver").out
    lines = [line.strip() for line in told.splitlines() if line.strip().startswith("neodermis deliver ")]
    assert len(lines) == len(DELIVERIES) == 3
    for line in lines:
        ran = run(*shlex.split(line)[1:], *FAST)
        assert ran.status == 0, ran.err
        assert "Traceback" not in ran.err and "µg/cm²" in ran.out


def test_its_help_has_an_example_that_runs() -> None:
    told = re.sub(r"[│\s]+", " ", ran_once("deliver", "--help").out)
    assert "Example: neodermis deliver l_ascorbic_acid" in told
    for option in ("--percent", "--after", "--for", "--dose", "--occluded", "--sterile", "--alternatives", "--plot"):
        assert option in told


def test_sentences_come_first_then_tables_and_the_disclaimer() -> None:
    ran = ran_once("deliver", "niacinamide", PEN, "--draws", "5")
    out = ran.out
    places = [
        out.index(text) for text in (PEN.replace("1.0 mm", "1 mm"), "the living skin", "Doses, cheek", "By layer")
    ]
    assert places == sorted(places)
    assert "Not a medical device" in out and "not labelled" in out
    assert "1 on what is not modelled: --notes prints them" in ran.err
    assert "note: not in this version: charge and pH" in run("deliver", "niacinamide", PEN, *FAST, "--notes").err
    # no advice against the line on safety, which comes first
    assert "- Safety: not " in out.split("\n\n")[1].splitlines()[0] and "Benefit" not in out
    for part in (
        "Uptake (not a recommendation):",
        "times as much as through intact skin",
        "stratum corneum",
        "blood and lymph",
    ):
        assert part in out, part


def test_what_is_safe_may_be_worth_it_and_small_amounts_have_no_exponents() -> None:
    sterile = ran_once("deliver", "niacinamide", PEN, "--sterile", *FAST).out
    assert ("Benefit:" in sterile) == ("Safety: a sterile product" in sterile)
    late = ran_once("deliver", "tretinoin", PEN, "--percent", "0.05", "--after", "24", *FAST).out
    assert "less than 0.001" in late and "no more than through intact skin" in late
    said = late.split("Doses, cheek")[0]
    assert not re.search(r"\de-\d", said) and "(90 % credible interval 1 to 1)" not in said


def test_a_molecule_above_a_kilodalton_has_amounts_only() -> None:
    out = ran_once("deliver", "hyaluronic_acid", PEN, *FAST).out
    assert "above 1 kDa: no enhancement is given" in out and "times as much as through" not in out


def test_doses_beside_it_by_hours_and_by_actives() -> None:
    hours = ran_once("deliver", "niacinamide", PEN, "--alternatives", "0,2,6,24", *FAST, "--json").json
    assert [one["after_hours"] for one in hours["compare"]] == [2, 6, 24]
    medians = [one["enhancement"]["median"] for one in (hours, *hours["compare"])]
    assert medians == sorted(medians, reverse=True) and medians[0] > medians[-1] >= 1
    actives = ran_once("deliver", "niacinamide", PEN, "--alternatives", "caffeine, vitamin c", *FAST, "--json").json
    assert [one["active"] for one in actives["compare"]] == ["caffeine", "l_ascorbic_acid"]
    out = " ".join(ran_once("deliver", "niacinamide", PEN, "--alternatives", "2,caffeine", *FAST).out.split())
    assert "after 2" in out and "Caffeine" in out


def test_two_sites_and_a_person() -> None:
    plan = "1 session: exceed; cheek 1.0 mm, 6 passes; periorbital 0.5 mm, 2 passes"
    words = ("--age", "70", "--phototype", "5", "--exposure", "anti_inflammatory=daily", "--json", *FAST)
    found = ran_once("deliver", "caffeine", plan, *words).json
    assert set(found["sites"]) == {"cheek", "periorbital"} and found["site"] == "cheek"
    assert found["patient"]["exposures"] == {"anti_inflammatory": "daily"}
    plain = ran_once("deliver", "caffeine", plan, *FAST, "--json").json
    for name, hours in found["closure_hours"].items():
        assert hours["median"] > 2.0 * plain["closure_hours"][name]["median"]


def test_json_is_the_same_whenever_it_is_asked_for() -> None:
    words = ("deliver", "caffeine", PEN, "--json", "--draws", "3", "--seed", "5")
    assert run(*words).out == run(*words).out != run(*words[:-1], "6").out


@pytest.mark.parametrize("name", ["delivery.png", "delivery.svg", "delivery.pdf"])
def test_a_picture_is_written(folder: Path, name: str) -> None:
    ran = run("deliver", "lidocaine", PEN, "--alternatives", "2,24", "--plot", name, *FAST)
    assert ran.status == 0, ran.err
    assert f"wrote {name}" in ran.err and (folder / name).stat().st_size > 5000
    assert [path.name for path in folder.iterdir()] == [name]


REFUSED = [
    (("deliver", "niacinamide"), ["protocol", "an active, then a protocol sentence"]),
    (("deliver", "--json"), ["active"]),
    (("deliver", "niacinamid", PEN), ["did you mean 'niacinamide'?"]),
    (("deliver", "prp", PEN), ["a molecule"]),
    (("deliver", PEN, "niacinamide"), ["protocol sentence", "'niacinamide'"]),
    (("deliver", "niacinamide", PEN, "--percent", "0"), ["percent: '0'"]),
    (("deliver", "niacinamide", PEN, "--percent", "400"), ["percent: '400'", "25 %"]),
    (("deliver", "niacinamide", PEN, "--after=-1"), ["--after", "0 to 168 h"]),
    (("deliver", "niacinamide", PEN, "--for", "1e9"), ["--for"]),
    (("deliver", "niacinamide", PEN, "--dose", "much"), ["--dose", "endless"]),
    (("deliver", "niacinamide", PEN, "--alternatives", "1,2,3,4,5,6,7,8,9"), ["at most 8"]),
    (("deliver", "niacinamide", PEN, "--draws", "0"), ["--draws"]),
    (("deliver", "niacinamide", PEN, "--set", "effective_open_share=-1"), ["effective_open_share"]),
    (("deliver", "niacinamide", PEN, "--plot", "x.gif"), ["x.gif"]),
    (("deliver", "niacinamide", PEN, "--plot", "nowhere/x.png"), ["nowhere"]),
    (("deliver", "niacinamide", "1 session: exceed; periorbital 1.2 mm, 4 passes"), ["1.2 mm"]),
    (("simulate", PEN, "--compare", PEN.replace("cheek", "neck")), ["sites of case B", "the sites of the first case"]),
    (("simulate", PEN, "--compare", "1 session"), ["end of the sentence"]),
    (("simulate", PEN, "--compare", PEN, "--people", "5"), ["--compare", "--people"]),
    (("simulate", PEN, "--compare", PEN, "--save-case", "x.json"), ["--compare", "no --save-case"]),
    (("simulate", PEN, "--compare", PEN, "--compare-exposure", "smoking=0"), ["--compare", "exclude each other"]),
    (("simulate", "--arm", "lotfi-2013", "--compare", PEN), ["--arm"]),
]


@pytest.mark.parametrize(("words", "names"), REFUSED, ids=lambda value: " ".join(value)[:60])
def test_bad_input_is_refused_with_advice(folder: Path, words: tuple[str, ...], names: list[str]) -> None:
    refused(run(*words), *names)
    assert not [*folder.iterdir()]


def test_beyond_the_limits_of_practice_when_asked(folder: Path) -> None:
    ran = run(
        "deliver", "niacinamide", "1 session: exceed; periorbital 1.2 mm, 4 passes", "--beyond-limits", *FAST
    )  # fmt: skip
    assert ran.status == 0 and "BEYOND THE LIMITS OF PRACTICE" in ran.out


def test_two_protocols_beside_each_other(folder: Path) -> None:
    second = f"{PEN}; home tretinoin daily"
    words = ("simulate", PEN, "--compare", second, "--draws", "3", "--until", "200", "--exposure", "sun=high")
    out = ran_once(*words).out
    assert "B − A" in out and "Burden of B" in out and "Traceback" not in out
    document = ran_once(*words, "--json").json
    assert "tretinoin" in document["cases"][1]["protocol"] and len(document["burden"]) == 2
    ran = run(*words, "--plot", "both.png")
    assert ran.status == 0 and (folder / "both.png").stat().st_size > 5000
