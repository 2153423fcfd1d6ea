"""``simulate --json`` and the catalogues' ``--json``: one document, complete, consistent, repeatable."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.terminal import EXCEED, SHORT, TOO_DEEP_HERE, TWO_SITES, ran_once, run

from neodermis.evidence import load_study, study_ids
from neodermis.simulation.solver import TOLERANCE
from neodermis.skin.outcomes import OUTCOMES

DOCUMENTS = {
    "four sessions": (EXCEED,),
    "one draw": (EXCEED, "--draws", "1"),
    "people": (SHORT, "--draws", "20", "--people", "30"),
    "two sites": (TWO_SITES, "--draws", "5"),
    "arm": ("--arm", "lotfi-2013", "--draws", "20"),
    "roller": ("1 session: roller_mf8; cheek, 10 passes", "--draws", "3"),
    "stamp": ("2 sessions monthly: stamp 36 x 0.25 mm; neck 0.5 mm, 3 passes", "--age", "70", "--sex", "male"),
    "sham": ("2 sessions every 30 days: exceed; cheek 0 mm, 0 passes", "--draws", "3"),
    "short": (SHORT, "--until", "20", "--draws", "3"),
    "ten years": (SHORT, "--until", "3650", "--draws", "1"),
    "weekly": ("12 sessions weekly: exceed; cheek 0.5 mm, 2 passes", "--draws", "1"),
    "part of a day between sessions": ("4 sessions every 10.1 days: exceed; cheek 1 mm, 4 passes", "--draws", "1"),
}  # fmt: skip
#: Outcomes that only somebody with a concern has.
OF_A_CONCERN = {
    "scar_severity", "goodman_baron_grade", "goodman_baron_score", "ecca_score", "vss", "posas", "striae_width",
    "scar_severity_rolling", "scar_severity_boxcar", "scar_severity_ice_pick", "melanin_contrast", "mmasi", "masi",
}  # fmt: skip
SERIES = ("median", "lower90", "upper90")
PEOPLE = ("people_lower90", "people_median", "people_upper90")
PEOPLE_CHANGE = ("people_change_lower90", "people_change_median", "people_change_upper90")


def document(*words: str) -> Any:
    return ran_once("simulate", *words, "--json").json


@pytest.fixture(params=DOCUMENTS)
def any_document(request: pytest.FixtureRequest) -> Any:
    return document(*DOCUMENTS[request.param])


def by_outcome(part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Outcome entries of ``outcomes`` or ``untreated``, whether or not they are keyed by site."""
    for name, entry in part.items():
        if "median" in entry:
            yield name, entry
        else:
            yield from entry.items()


def nulls(value: Any, where: str = "") -> Iterator[str]:
    if value is None:
        yield where
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from nulls(inside, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from nulls(inside, f"{where}[{number}]")


def test_standard_output_is_the_document_and_nothing_else() -> None:
    ran = ran_once("simulate", SHORT, "--draws", "1", "--json")
    assert ran.out.startswith("{")
    assert ran.out.endswith("}\n")
    assert json.JSONDecoder().raw_decode(ran.out)[1] == len(ran.out) - 1
    assert ran.err.startswith("note: ")


def test_every_promised_key_is_there(any_document: Any) -> None:
    assert {
        "neodermis", "protocol", "patient", "draws", "people", "seed", "parameters", "assumed_share", "summary",
        "time_day", "outcomes", "untreated", "phases", "sessions", "sources", "warnings", "failed",
    } <= set(any_document)  # fmt: skip
    assert set(any_document["parameters"]) == {"name", "version", "sha256"}
    assert len(any_document["parameters"]["sha256"]) == 64
    assert set(any_document["patient"]) - {"concerns"} == {"age", "sex", "phototype"}
    assert 0 <= any_document["assumed_share"] <= 1
    assert any_document["failed"] == 0
    assert all(isinstance(line, str) and line for line in any_document["summary"] + any_document["warnings"])
    for source in any_document["sources"]:
        assert set(source) == {"key", "for"}
        assert source["for"]


def test_nothing_is_null(any_document: Any) -> None:
    assert not list(nulls(any_document))


def test_outcomes_are_those_that_the_model_computes(any_document: Any) -> None:
    days = len(any_document["time_day"])
    for part in ("outcomes", "untreated"):
        entries = list(by_outcome(any_document[part]))
        names = {name for name, _ in entries}
        of_anyone = {name for name, outcome in OUTCOMES.items() if outcome.by_day} - OF_A_CONCERN
        assert of_anyone <= names <= of_anyone | OF_A_CONCERN
        for name, entry in entries:
            assert entry["unit"] == OUTCOMES[name].unit
            assert entry["better"] in ("higher", "lower", "neither")
            assert entry["baseline"] == pytest.approx(entry["median"][0], rel=1e-7)
            for series in (*SERIES, *(PEOPLE if any_document["people"] else ())):
                assert len(entry[series]) == days
                assert np.isfinite(entry[series]).all()
                limits = OUTCOMES[name].range or (0.0, np.inf)
                assert limits[0] - 1e-9 <= min(entry[series]) and max(entry[series]) <= limits[1] + 1e-9
            lower, median, upper = (np.array(entry[series]) for series in ("lower90", "median", "upper90"))
            assert (lower <= median).all()
            assert (median <= upper).all()


def test_days_hold_the_sessions_and_every_day_of_the_first_two_months(any_document: Any) -> None:
    days = any_document["time_day"]
    assert days == sorted(set(days))
    assert len(days) >= 200
    assert days[0] == 0
    assert all(session["day"] in days for session in any_document["sessions"])
    assert all(float(day) in days for day in range(int(min(60, days[-1])) + 1))


@pytest.mark.parametrize("name", ["four sessions", "two sites", "weekly", "arm", "roller"])
def test_days_end_a_year_after_the_last_session(name: str) -> None:
    course = document(*DOCUMENTS[name])
    assert course["time_day"][-1] == max(session["day"] for session in course["sessions"]) + 365


def test_until_is_the_last_day() -> None:
    assert document(*DOCUMENTS["short"])["time_day"][-1] == 20
    assert document(*DOCUMENTS["ten years"])["time_day"][-1] == 3650


def test_sessions_say_what_was_done(any_document: Any) -> None:
    sessions = any_document["sessions"]
    assert [session["day"] for session in sessions] == sorted(session["day"] for session in sessions)
    for session in sessions:
        injury = session["injury"]
        assert set(injury) >= {
            "channels_per_cm2", "channel_diameter_um", "reached_depth_mm", "depth_mm", "injured_fraction",
        }  # fmt: skip
        assert len(injury["depth_mm"]) == len(injury["injured_fraction"]) >= 16
        assert injury["depth_mm"] == sorted(injury["depth_mm"])
        assert all(0 <= share <= 1 for share in injury["injured_fraction"])
        assert session["erythema_hours"] >= 0
        assert session["minutes"] >= 0
        assert 0 <= session["pain_vas"] <= 10


def test_sessions_of_the_example() -> None:
    sessions = document(EXCEED)["sessions"]
    assert [session["day"] for session in sessions] == [0, 30, 60, 90]
    assert {session["site"] for session in sessions} == {"cheek"}
    for session in sessions:
        assert 0 < session["injury"]["reached_depth_mm"] <= 1.5
        assert session["injury"]["channels_per_cm2"] > 0
        assert 5 < session["minutes"] < 240
        assert session["erythema_hours"] > 0


def test_sham_leaves_the_untreated_course() -> None:
    course = document(*DOCUMENTS["sham"])
    for name, entry in by_outcome(course["outcomes"]):
        assert entry["median"] == pytest.approx(course["untreated"][name]["median"], rel=1e-3), name
    assert course["phases"] == []
    assert all(max(session["injury"]["injured_fraction"]) == 0 for session in course["sessions"])


def test_phases_follow_one_another() -> None:
    phases = document(EXCEED)["phases"]
    assert [phase["name"] for phase in phases] == ["inflammation", "proliferation", "remodelling"]
    for phase in phases:
        assert set(phase) == {"name", "start_day", "peak_day", "end_day"}
        assert phase["start_day"] <= phase["peak_day"] <= phase["end_day"]
    peaks = [phase["peak_day"] for phase in phases]
    assert peaks == sorted(peaks)


def test_inputs_are_said_back() -> None:
    course = document(SHORT, "--age", "61,5", "--sex", "Male", "--phototype", "IV", "--seed", "7", "--draws", "2")
    assert course["protocol"] == SHORT
    assert course["patient"] == {"age": 61.5, "sex": "male", "phototype": 4}
    assert (course["draws"], course["people"], course["seed"]) == (2, 0, 7)
    assert "set" not in course
    assert "beyond_limits" not in course


def test_protocol_is_said_back_as_the_sentence_that_makes_it() -> None:
    spelled = document("ONE session : Exceed; cheeks 1,0mm, 4 PASSES.", "--draws", "1")
    assert spelled["protocol"] == SHORT
    assert spelled["outcomes"] == document(SHORT, "--draws", "1")["outcomes"]


def test_set_parameter_is_said_and_changes_the_hash() -> None:
    plain = document(SHORT, "--draws", "1")
    course = document(SHORT, "--draws", "1", "--set", "mature_renewal_time=120 months", "--set", "labile_share=0,5")
    assert course["set"] == {"mature_renewal_time": pytest.approx(3600 / 365.25), "labile_share": 0.5}
    assert course["parameters"]["sha256"] != plain["parameters"]["sha256"]
    assert course["outcomes"] != plain["outcomes"]


def test_assumptions_about_the_device_are_warned_of() -> None:
    assert any("needle diameter is not published" in warning for warning in document(EXCEED)["warnings"])


# ------------------------------------------------------------------------------------------------- several sites


def test_two_sites_key_the_outcomes() -> None:
    course = document(*DOCUMENTS["two sites"])
    for part in ("outcomes", "untreated", "phases"):
        assert set(course[part]) == {"cheek", "periorbital"}
    assert set(course["outcomes"]["cheek"]) == {n for n, o in OUTCOMES.items() if o.by_day} - OF_A_CONCERN
    assert [session["site"] for session in course["sessions"]].count("periorbital") == 3
    assert {session["day"] for session in course["sessions"]} == {0, 42, 84}


def test_a_site_is_the_same_beside_another_as_alone() -> None:
    alone = document("3 sessions every 6 weeks: pen 12 x 0.25 mm; cheek 1.0 mm, 4 passes", "--draws", "5")
    assert document(*DOCUMENTS["two sites"])["outcomes"]["cheek"] == alone["outcomes"]


# ------------------------------------------------------------------------------------------------- what is drawn


def test_one_draw_is_one_course() -> None:
    for _, entry in by_outcome(document(EXCEED, "--draws", "1")["outcomes"]):
        assert entry["median"] == entry["lower90"] == entry["upper90"]


def test_people_are_there_only_where_asked_for() -> None:
    for name, words in DOCUMENTS.items():
        course = document(*words)
        for part in ("outcomes", "untreated"):
            for _, entry in by_outcome(course[part]):
                assert all((key in entry) == (name == "people") for key in PEOPLE), name
                changes = name == "people" and part == "outcomes"
                assert all((key in entry) == changes for key in PEOPLE_CHANGE), name


def test_responders_are_shares_of_people_and_there_only_with_them() -> None:
    course = document(*DOCUMENTS["people"])
    assert "responder_share" not in document(SHORT, "--draws", "20")
    shares = course["responder_share"]
    assert set(shares) == {n for n, entry in course["outcomes"].items() if entry["better"] != "neither"}
    assert all(0.0 <= share <= 1.0 for share in shares.values()) and 0.0 < shares["collagen_papillary"] < 1.0


def test_people_differ() -> None:
    course = document(*DOCUMENTS["people"])
    assert course["people"] == 30
    for part in ("outcomes", "untreated"):
        entry = course[part]["collagen_papillary"]
        lower, median, upper = (np.array(entry[key]) for key in PEOPLE)
        assert (lower < median).all() and (median < upper).all()
    for key in PEOPLE_CHANGE:
        assert course["outcomes"]["collagen_papillary"][key][0] == 1.0


def test_people_and_what_we_do_not_know_are_never_mixed() -> None:
    with_people, without = document(*DOCUMENTS["people"]), document(SHORT, "--draws", "20")
    for name, entry in by_outcome(without["outcomes"]):
        for key in ("baseline", *SERIES):
            assert with_people["outcomes"][name][key] == entry[key], (name, key)
    fewer_draws = document(SHORT, "--draws", "1", "--people", "30")
    for name, entry in by_outcome(fewer_draws["outcomes"]):
        for key in PEOPLE:  # the same people; the steps in time are chosen on other members
            assert with_people["outcomes"][name][key] == pytest.approx(entry[key], rel=TOLERANCE), (name, key)


def test_same_seed_repeats_the_document_and_another_does_not() -> None:
    words = ("simulate", SHORT, "--draws", "20", "--people", "5", "--until", "90", "--json")
    first = run(*words, "--seed", "5")
    assert first.status == 0
    assert run(*words, "--seed", "5").out == first.out
    assert run(*words, "--seed", "6").json["outcomes"] != first.json["outcomes"]
    assert run(*words).out == run(*words, "--seed", "0").out


# ------------------------------------------------------------------------------------------------- studies


def test_arm_stands_beside_what_was_observed() -> None:
    course = document(*DOCUMENTS["arm"])
    row = next(one for one in course["observed"] if one["outcome"] == "collagen_area")
    epidermis = next(one for one in course["not_asked"] if one["outcome"] == "epidermal_thickness")
    assert "epidermal_growth_rate" in epidermis["why"]
    assert (row["day"], row["value"], row["n"], row["unit"]) == (176, 53.2, 30, "% of baseline")
    assert row["lower90"] <= row["predicted"] <= row["upper90"]
    assert course["study"] == "lotfi-2013"
    assert course["protocol"] == load_study("lotfi-2013").arms[0].protocol
    assert course["patient"]["age"] == 28
    assert any("did not print: passes 4 to 15" in warning for warning in course["warnings"])
    assert any("lotfi-2013" in line and "+53 %" in line for line in course["summary"])


def test_protocol_has_nothing_observed() -> None:
    assert not document(EXCEED).get("observed")


ARMS = [(study, arm.id) for study in study_ids() for arm in load_study(study).simulable]


@pytest.mark.parametrize(("study", "arm"), ARMS, ids=[f"{study}:{arm}" for study, arm in ARMS])
def test_every_shipped_arm_runs(study: str, arm: str) -> None:
    course = document("--arm", f"{study}:{arm}", "--draws", "1")
    assert (course["study"], course["arm"]) == (study, arm)
    assert not list(nulls(course))
    printed = load_study(study).arm(arm).findings
    assert len(course.get("observed", [])) + len(course.get("not_asked", [])) == len(printed)


def test_own_findings_file_runs(findings: Callable[..., str]) -> None:
    for given in (findings(), f"{findings()}:needling"):
        course = run("simulate", "--arm", given, "--draws", "1", "--json").json
        assert course["study"] == "own-study"
        (row,) = course["observed"]
        assert (row["outcome"], row["day"], row["n"]) == ("dermal_thickness", 30, 12)
        assert row["value"] == pytest.approx(10)


def test_findings_file_of_any_name_runs(findings: Callable[..., str], folder: Path) -> None:
    Path(findings()).rename(folder / "findings.txt")
    ran = run("simulate", "--arm", "findings.txt", "--draws", "1", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["study"] == "own-study"


def test_what_a_finding_did_not_print_is_left_out(findings: Callable[..., str]) -> None:
    path = findings("value = 1.1\nn = 12\n", "value = 1.1\n")
    ran = run("simulate", "--arm", path, "--draws", "1", "--json")
    assert ran.status == 0
    assert not list(nulls(ran.json))
    assert "None" not in "".join(ran.json["summary"])


def test_arm_beyond_the_limit_of_practice_warns(findings: Callable[..., str]) -> None:
    ran = run("simulate", "--arm", findings("cheek 1 mm", "periorbital 1.2 mm"), "--draws", "1", "--json")
    assert ran.status == 0
    assert any("1.2 mm at the periorbital is beyond 1 mm" in warning for warning in ran.json["warnings"])
    assert "note: 1.2 mm at the periorbital is beyond 1 mm" in ran.err


def test_beyond_limits_is_said() -> None:
    course = document(TOO_DEEP_HERE, "--beyond-limits", "--draws", "1")
    assert course["beyond_limits"] is True
    assert any("1.2 mm at the periorbital is beyond 1 mm" in warning for warning in course["warnings"])
    assert "beyond_limits" not in document(SHORT, "--beyond-limits", "--draws", "1")


# ------------------------------------------------------------------------------------------------- catalogues

CATALOGUES = {
    "devices": "exceed",
    "sites": "cheek",
    "outcomes": "collagen_papillary",
    "parameters": "labile_share",
    "evidence": "lotfi-2013",
}


@pytest.mark.parametrize(("group", "name"), CATALOGUES.items(), ids=CATALOGUES)
def test_catalogue_lists_and_shows(group: str, name: str) -> None:
    listed, shown = ran_once(group, "--json"), ran_once(group, "show", name, "--json")
    entries = listed.json["parameters"] if group == "parameters" else listed.json
    assert len(entries) > 1
    assert shown.json in entries
    assert name in (shown.json.get("id"), shown.json.get("name"))
    assert not listed.err
    for text in (ran_once(group).out, ran_once(group, "show", name).out):
        assert name in text


@pytest.mark.parametrize(("group", "name"), CATALOGUES.items(), ids=CATALOGUES)
def test_json_before_show_is_not_dropped(group: str, name: str) -> None:
    ran = run(group, "--json", "show", name)
    assert ran.status == 2 or ran.json == ran_once(group, "show", name, "--json").json


def test_parameters_are_filtered() -> None:
    everything = ran_once("parameters", "--json").json["parameters"]
    for key in ("status", "mechanism"):
        for value in {entry[key] for entry in everything}:
            chosen = ran_once("parameters", f"--{key}", value, "--json").json["parameters"]
            assert chosen == [entry for entry in everything if entry[key] == value]


def test_parameters_carry_what_a_reader_needs() -> None:
    catalogue = ran_once("parameters", "--json").json
    assert catalogue["sha256"] == document(SHORT, "--draws", "1")["parameters"]["sha256"]
    for entry in catalogue["parameters"]:
        assert {"name", "value", "unit", "status", "uncertainty90", "variability90", "sources", "why"} <= set(entry)
        assert entry["why"]


def test_schema_holds_the_shipped_fields() -> None:
    schema = ran_once("evidence", "schema").json
    assert {"id", "source", "design", "species", "n", "population", "arm"} <= set(schema["properties"])


def test_demo_takes_json(folder: Path) -> None:
    ran = run("demo", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["study"] == "lotfi-2013"
    assert {path.name for path in folder.iterdir()} == {"course.png", "course.html"}


def test_the_study_itself_is_among_the_sources() -> None:
    cited = {source["key"]: source["for"] for source in document("--arm", "lotfi-2013", "--draws", "1")["sources"]}
    assert "the arm and its observed values" in cited["lotfi-2013"]


def test_a_range_that_no_protocol_may_have_is_refused(findings: Callable[..., str]) -> None:
    depth = '[arm.assumed]\ndepth_mm = "0.5-2.5"\nbasis = "x"\n[[arm.finding]]'
    ran = run("simulate", "--arm", findings("[[arm.finding]]", depth), "--draws", "30", "--json")
    assert ran.status == 2
    assert "2.5 mm" in ran.err


def test_a_range_of_what_was_not_printed_says_so(findings: Callable[..., str]) -> None:
    """Every range is drawn, and the number in the sentence has to lie within it."""
    passes = '[arm.assumed]\npasses = "2-6"\nbasis = "x"\n[[arm.finding]]'
    ran = run("simulate", "--arm", findings("[[arm.finding]]", passes), "--draws", "1", "--json")
    assert any("did not print: passes 2 to 6" in line for line in ran.json["warnings"])
    outside = run("simulate", "--arm", findings("[[arm.finding]]", passes.replace("2-6", "5-8")), "--draws", "1")
    assert outside.status == 2 and "5 to 8" in outside.err


def test_a_citation_of_an_own_file_is_shown(findings: Callable[..., str]) -> None:
    path = findings('species = "human"', 'species = "human"\ncitation = "our own series, 2026"')
    assert run("evidence", "show", path, "--json").json["citation"] == "our own series, 2026"
