"""Every claim of the list has an answer that is shipped; verdicts follow from answers and published results by rule."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from tests.cli.terminal import run
from typer.main import get_command

from neodermis.claims import (
    VERDICTS,
    Evidence,
    Judged,
    Point,
    combined,
    judge,
    judged,
    load_claims,
    record,
    shipped,
)
from neodermis.claims.ledger import RULE
from neodermis.claims.points import Asked, asked
from neodermis.claims.published import lasted, published
from neodermis.claims.readings import Amount
from neodermis.claims.runs import Run, entry, plan
from neodermis.claims.special import FUNCTIONS
from neodermis.cli import app
from neodermis.errors import DataFileError
from neodermis.evidence import load_bibliography, study_ids
from neodermis.people import load_concerns
from neodermis.skin.outcomes import NOT_MODELLED
from neodermis.uncertain import Interval

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "claims.md"
ROWS = shipped()
POINTS = [pytest.param(point, id=f"{row.claim.id}-{k}") for row in ROWS for k, point in enumerate(row.points)]
#: Claims that are simulated again here, of every kind of run; neodermis claims --recompute: all.
AGAIN = (
    "SKIN-01",
    "DEV-01",
    "DEV-03",
    "DEV-05",
    "HEAL-02",
    "OUT-04",
    "OUT-06",
    "ABS-03",
    "SUIT-04",
    "SUIT-06",
    "CARE-04",
)


def by_claim(rows: list[Judged]) -> list[Any]:
    return [pytest.param(row, marks=pytest.mark.claim(row.claim.id), id=row.claim.id) for row in rows]


COMMANDS = sorted({p.values[0].answer.command for p in POINTS if p.values[0].answer is not None})  # type: ignore[union-attr]  # points
#: The command that is printed of each kind of run is executed here.
COURSES = {
    "a person's age": ("OUT-01", 0),
    "a concern": ("OUT-05", 0),
    "another site and device": ("OUT-05", 2),
    "age, concern and last day": ("SKIN-04", 0),
    "one session": ("HEAL-05", 0),
}
OTHERS = {"session": ("CARE-05", 1), "delivery": ("ABS-01", 1), "skin": ("SKIN-01", 0), "care": ("CARE-06", 0)}
SCREENED = {
    "an answer": ("SUIT-02", 0), "several answers": ("SUIT-06", 1), "the record of the session": ("SUIT-08", 1),
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- what is shipped


def test_what_is_shipped_is_of_this_version() -> None:
    assert record.made().outdated == (), "answer again with: python3 tasks.py docs"
    assert [row.claim.id for row in ROWS] == list(load_claims())
    assert record.path().stat().st_size < 600_000


@pytest.mark.slow
@pytest.mark.parametrize("claim", AGAIN)
def test_a_claim_is_answered_again_as_shipped(claim: str) -> None:
    assert record.differences(judge(load_claims()[claim])) == ()


def test_every_kind_of_run_is_asked_again_or_executed_and_every_function_belongs_to_a_point() -> None:
    again = {one.number.run.of for claim in AGAIN for one in asked()[claim] if one.run is not None}
    every = [one for each in asked().values() for one in each]
    assert again | set(OTHERS) == {one.number.run.of for one in every if one.run is not None}
    assert {one.code for one in every} - {""} == set(FUNCTIONS)


def test_an_answer_that_differs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = shipped(["DEV-04"])
    assert record.differences(row) == ()
    point = row.points[0]
    assert point.answer is not None and point.answer.effect is not None
    effect = Interval(*(1.0 + 2e-6 for _ in range(3)))
    other = replace(row, points=(replace(point, answer=replace(point.answer, effect=effect)), *row.points[1:]))
    assert f"{point.words}: answer" in record.differences(other)  # with what follows from another answer
    fewer = replace(row, points=row.points[1:])
    assert record.differences(fewer) == ("its points",)


# ----------------------------------------------------------------------------------------------------- commands


@pytest.mark.parametrize("command", COMMANDS)
def test_a_printed_command_is_one(command: str) -> None:
    first = re.split(r" \| | && |; ", command)[0].split(" > ")[0] if "screen --example" in command else command
    words = shlex.split(first)
    assert words[0] == "neodermis"
    group = get_command(app)
    name, found, rest = group.resolve_command(click.Context(group), words[1:])  # type: ignore[attr-defined]  # a group
    assert found is not None and name == words[1]
    found.make_context(name, list(rest))  # raises where an option or an argument is unknown or lacks


def ran_as_printed(one: Asked) -> Any:
    words = shlex.split(one.number.run.command(one.outcome))[1:]
    ran = run(*words, "--json")
    assert ran.status == 0, ran.err
    return ran.json


@pytest.mark.slow
@pytest.mark.parametrize(("claim", "place"), COURSES.values(), ids=COURSES)
def test_a_printed_command_is_the_course_that_was_asked(claim: str, place: int) -> None:
    one = asked()[claim][place]
    found = ran_as_printed(one)
    site, printed = one.number.run.course(), found["outcomes"][one.outcome]
    assert found["time_day"] == pytest.approx(site.time_day, rel=1e-7)
    for name, share in (("lower90", 0.05), ("median", 0.5), ("upper90", 0.95)):
        assert printed[name] == pytest.approx(np.quantile(site.values[one.outcome], share, axis=0), rel=1e-6, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS)
def test_a_printed_command_is_the_run_that_was_asked(kind: str) -> None:
    claim, place = OTHERS[kind]
    one = asked()[claim][place]
    assert one.number.run.of == kind
    found = ran_as_printed(one)
    if kind == "care":
        (used,) = [row["used"] for row in found["calendar"] if row["id"] == "resume.wash" and row["session"] == 1]
        assert used == entry(one.number.run.care(), "resume.wash").used
        return
    amount = one.number.but(against=None).interval()
    if kind == "session":
        shown = found["sessions"][0]
        assert [shown["pain_vas"], *shown["pain_vas_90"]] == pytest.approx(amount, rel=1e-6)
    elif kind == "delivery":
        done = one.number.run.delivery()
        assert found["amount_ug_cm2"]["median"] == pytest.approx(done.amount_ug_cm2.median, rel=1e-6)
    else:
        rows = one.number.run.skin().values[one.number.name]
        assert found["quantities"][one.number.name]["median"] == pytest.approx(np.median(rows, axis=1), rel=1e-6)


@pytest.mark.parametrize(("claim", "place"), SCREENED.values(), ids=SCREENED)
def test_a_printed_pipeline_screens_what_was_asked(claim: str, place: int, tmp_path: Path) -> None:
    one = asked()[claim][place]
    command = tmp_path / "neodermis"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m neodermis "$@"\n')
    command.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", f"{one.number.run.command()} --json"], capture_output=True, text=True,
                          cwd=tmp_path, env={**os.environ, "PATH": path}, timeout=60)  # fmt: skip
    found = json.loads(done.stdout)
    assert found["overall"] == one.number.run.screening().overall
    fired = {finding.rule.id for finding in one.number.run.screening().findings}
    assert {rule["id"] for rule in found["rules"]} >= fired


@pytest.mark.slow
def test_a_compared_command_is_the_run_that_was_asked() -> None:
    number = asked()["SCH-02"][0].number
    other = number.other
    assert other is not None
    words = shlex.split(number.run.command("collagen_papillary", other.run))
    assert words[2] == plan("five_weeks") and words[words.index("--compare") + 1] == plan("weekly")
    assert run(*words[1:], "--draws", "2").status == 0


def test_a_change_of_exposure_is_printed_as_a_change_of_the_other_run() -> None:
    stops, smokes = Run(exposures={"smoking": "20/day; 0 from day 0"}), Run(exposures={"smoking": "20/day"})
    assert stops.command("", smokes).endswith("--exposure smoking=20/day --compare-exposure smoking=0")
    assert "--compare-exposure" not in smokes.command("", Run())


# ------------------------------------------------------------------------------------------------- points as data


def test_an_amount_is_told_as_its_place_asks() -> None:
    amount = Amount(Interval(12.3, 4.5, 67.0), "%")
    assert f"{amount}" == "+12 % (90 % credible interval +4.5 to +67)"
    assert f"{amount:level}" == "12 % (90 % credible interval 4.5 to 67)" and f"{amount:level h}".startswith("12 h (")
    assert f"{amount:bare}" == "12 (90 % credible interval 4.5 to 67)" and f"{amount:signed}".startswith("+12 (")
    assert f"{amount:spread}" == "12 (4.5 to 67)" and f"{amount:median}" == "12" and f"{amount:.2f}" == "12.30"


def test_what_is_compared_is_paired_by_draw_and_cleared_of_noise() -> None:
    number = asked()["SUIT-04"][1].number
    under, without = number.but(against=None).interval(), number.but(against=None, exposures={}).interval()
    assert number.interval() == pytest.approx([one - two for one, two in zip(under, without, strict=True)])
    assert number.but(against={}).interval() == Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"run": {"plan": "none"}, "read": "minutes"}, "none"),
        ({"run": {"nothing": 1}}, "nothing"),
        ({"words": "a", "nothing": 1}, "nothing"),
    ],
)
def test_a_field_or_a_plan_that_is_not_there_is_named(changed: dict[str, Any], told: str) -> None:
    from neodermis.claims.points import _asked

    with pytest.raises(DataFileError, match=told):
        _asked({"claim": "OUT-01", "words": "a", **changed}, "own.toml").number.run.course()


def test_a_pending_point_names_what_is_missing_and_no_other_does() -> None:
    for row in ROWS:
        for point in row.points:
            assert bool(point.why_not) == (point.verdict == "pending"), point.words
            assert point.why_not in point.reason
            assert not point.why_not or re.search("needed|requires", point.why_not), point.words


def test_a_size_that_is_assumed_is_never_certain() -> None:
    one = next(one for one in asked()["CARE-01"] if one.size_assumed)
    assert one.number.but(against={}).interval() == Interval(0.0, 0.0, 0.0)  # within the range that is expected
    same = replace(one, reading={**one.reading, "against": {}}).point()
    assert same.answer is not None and same.answer.state == "some"
    sure = replace(one, reading={**one.reading, "against": {}}, size_assumed=False).point()
    assert sure.answer is not None and sure.answer.state == "yes"


def test_published_results_are_those_of_the_concern_and_durations_are_no_shares_of_people() -> None:
    outcomes = ["scar_severity", "vss"]
    every = {one.key for one in published(outcomes, "decrease")}
    apart = [{one.key for one in published(outcomes, "decrease", concerns=[name])} for name in load_concerns()]
    assert "minh-2019" in every and "kaur-2024" in every
    assert "kaur-2024" not in {one.key for one in published(outcomes, "decrease", concerns=["acne_scar"])}
    assert set().union(*apart) == every
    hours = {one.key for one in lasted(["erythema_hours"], hours=48.0)}
    assert "minh-2019" in hours and "kaur-2024" not in hours  # the latter counts people with redness


def test_every_point_is_described_and_no_check_of_a_point_is_forgotten() -> None:
    for claim, each in asked().items():
        assert claim in load_claims()
        for one in each:
            assert one.words and not (one.checks and one.reading.get("expected"))
            assert (
                one.run is None
                or one.number.run.of in {"devices", "sites"}
                or callable(getattr(one.number.run, one.number.run.of))
            )


# ----------------------------------------------------------------------------------------------------- the rule


@pytest.mark.parametrize("row", by_claim(ROWS))
def test_a_verdict_follows_from_the_points(row: Judged) -> None:
    kept = next(one for one in record.document()["claims"] if one["id"] == row.claim.id)
    assert row.points and kept["verdict"] == row.verdict == combined(point.verdict for point in row.points)
    for point, of_file in zip(row.points, kept["points"], strict=True):
        assert (of_file["verdict"], of_file["reason"], of_file["turning"]) == (
            point.verdict, point.reason, point.turning,
        )  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_a_point_is_judged_by_the_rule(point: Point) -> None:
    known = {*load_bibliography(), *study_ids()}
    assert point.words and point.reason and point.verdict in VERDICTS
    assert {one.key for one in point.published} <= known
    assert all(one.words and one.grade in "ABCD" for one in point.published)
    answer = point.answer
    if answer is None:
        assert point.verdict == "pending"
        return
    assert answer.words and answer.command.startswith("neodermis ")
    assert point.outcome not in NOT_MODELLED
    assert point.verdict == RULE[answer.state][point.weighed]
    if point.verdict == "supported":
        assert answer.state == "yes" and point.published


def test_no_claim_is_supported_without_a_point_that_is() -> None:
    for row in ROWS:
        assert (row.verdict == "supported") == ({p.verdict for p in row.points} - {"pending"} == {"supported"})


@pytest.mark.parametrize("point", [p for p in POINTS if p.values[0].verdict in ("supported", "partly")])  # type: ignore[union-attr]  # points
def test_the_other_sign_or_no_source_turns_the_verdict(point: Point) -> None:
    answer = point.answer
    assert answer is not None
    assert judged(answer, ()) == "no evidence"
    if answer.checks is not None:
        turned = replace(answer, checks={words: False for words in answer.checks})
    else:
        assert answer.effect is not None
        median, low, high = answer.effect
        other = Interval(-median, -high, -low)
        if answer.towards == "within":
            assert answer.expected is not None
            other = Interval(*[answer.expected[1] + 1.0] * 3)
        turned = replace(answer, effect=other)
    assert turned.state in ("none", "opposite")
    assert judged(turned, point.published) not in ("supported", "partly")


_STUDIES = re.compile(
    r"(one|\d+) controlled (?:study|studies) in the (direction of the claim|other direction or without an effect) "
    r"would change the verdict to “([a-z ]+)”",
    re.IGNORECASE,
)


@pytest.mark.parametrize("point", POINTS)
def test_what_would_change_a_verdict_does(point: Point) -> None:
    assert point.turning.endswith("”.") and "change the verdict to" in point.turning
    ways = _STUDIES.findall(point.turning)
    assert len(ways) == len(re.findall("controlled stud", point.turning))
    for number, way, verdict in ways:
        count = 1 if number.lower() == "one" else int(number)
        says: Any = "for" if way == "direction of the claim" else "against"
        new = [Evidence(key=f"trial {k}", grade="B", says=says, words="") for k in range(count)]
        assert judged(point.answer, [*point.published, *new]) == verdict != point.verdict
        assert judged(point.answer, [*point.published, *new[1:]]) == point.verdict  # no fewer do


# ------------------------------------------------------------------------------------------- page and command


@pytest.mark.parametrize("row", by_claim(ROWS))
def test_the_page_says_the_same_points_first(row: Judged) -> None:
    (section,) = re.findall(rf"^## {row.claim.id}\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), flags=re.S | re.M)
    told = " ".join(section.split())
    places = [told.index(f"**{point.words}**: {point.verdict}; ") for point in row.points]
    assert places == sorted(places) and places[-1] < told.index(f"Verdict: **{row.verdict}")


def test_the_ledger_is_printed_as_text_json_and_page(tmp_path: Path) -> None:
    page = tmp_path / "claims.html"
    ran = run("claims", "OUT-01", "sch-04", "--html", str(page), "--json")
    assert ran.status == 0, ran.err
    assert [row["id"] for row in ran.json["claims"]] == ["SCH-04", "OUT-01"]  # in the order of the list
    assert sum(ran.json["counts"].values()) == 2
    assert ran.json["made"]["version"] == record.made().version
    for row, kept in zip(ran.json["claims"], shipped(["OUT-01", "SCH-04"]), strict=True):
        assert row["verdict"] == kept.verdict and row["simulated"]["points"] and row["published"]
        assert [p["what_would_change_it"] for p in row["simulated"]["points"]] == [p.turning for p in kept.points]
        assert {"point", "source", "grade", "says", "result"} == set(row["published"][0])
    text = page.read_text("utf-8")
    assert (
        text.count("<svg") >= 3 and "<script" not in text and "http" not in re.sub(r"http://www.w3.org[^\"]*", "", text)
    )
    assert json.dumps(ran.json)  # no number that JSON has not
    words = run("claims", "SCH-04")
    assert words.status == 0 and "minh-2019" in words.out
    assert words.out.index("minh-2019") < words.out.index("verdict: ")


@pytest.mark.slow
def test_answers_are_simulated_again_on_request_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("claims", "HEAL-04", "--recompute")
    assert ran.status == 0 and "All answers equal the shipped ones" in ran.err
    kept = json.loads(json.dumps(record.document()))
    (entry,) = [one for one in kept["claims"] if one["id"] == "HEAL-04"]
    entry["points"][0]["answer"]["effect"][0] += 1.0
    kept["made"]["parameters_sha256"] = "other"
    monkeypatch.setattr(record, "document", lambda: kept)
    monkeypatch.setattr(record, "made", lambda: record.Made(**kept["made"]))
    ran = run("claims", "HEAL-04", "--recompute")
    assert ran.status == 1 and f"HEAL-04, {entry['points'][0]['words']}: answer" in ran.err
    told = run("claims", "HEAL-04")
    assert told.status == 0 and "parameters changed since" in told.err and "--recompute" in told.err


def test_the_shipped_ledger_is_read_without_the_model() -> None:
    code = (
        "import sys; from neodermis.cli import main; sys.argv = ['neodermis', 'claims', 'OUT-01']\n"
        "try:\n    main()\nfinally:\n    print('jax' in sys.modules, 'matplotlib' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "verdict: " in done.stdout and done.stderr.split() == ["False", "False"]


def test_an_unknown_claim_and_a_page_that_cannot_be_written_are_answered(tmp_path: Path) -> None:
    for words, told in ((["OUT-99"], "OUT-0"), (["OUT-01", "--html", str(tmp_path / "a.png")], ".html")):
        ran = run("claims", *words)
        assert ran.status == 2 and told in ran.err and "Traceback" not in ran.err
