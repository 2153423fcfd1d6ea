"""Every claim of the list is answered by a run and by published results, and stands as it is answered here."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from tests.cli.terminal import run

from neodermis.care.rules import load_care_sources
from neodermis.evidence import load_sources, study_ids
from neodermis.inference.claims import VERDICTS, Judged, judge, load_claims
from neodermis.inference.claims.ledger import RULE

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "claims.md"
#: Claim → the verdict that follows from this version's simulation and evidence: one that turns must be looked at.
EXPECTED = {
    "SKIN-01": "partly",
    "SKIN-02": "partly",
    "SKIN-03": "partly",
    "SKIN-04": "partly",
    "DEV-01": "partly",
    "DEV-02": "partly",
    "DEV-03": "partly",
    "DEV-04": "partly",
    "DEV-05": "partly",
    "HEAL-01": "partly",
    "HEAL-02": "partly",
    "HEAL-03": "partly",
    "HEAL-04": "supported",
    "HEAL-05": "partly",
    "HEAL-06": "partly",
    "SCH-01": "partly",
    "SCH-02": "no evidence",
    "SCH-03": "partly",
    "SCH-04": "partly",
    "SCH-05": "no evidence",
    "SCH-06": "no evidence",
    "SCH-07": "no evidence",
    "SCH-08": "partly",
    "SCH-09": "no evidence",
    "OUT-01": "partly",
    "OUT-02": "partly",
    "OUT-03": "partly",
    "OUT-04": "pending",
    "OUT-05": "partly",
    "OUT-06": "partly",
    "OUT-07": "pending",
    "OUT-08": "pending",
    "OUT-09": "no evidence",
    "OUT-10": "partly",
    "OUT-11": "partly",
    "ABS-01": "partly",
    "ABS-02": "partly",
    "ABS-03": "partly",
    "ABS-04": "partly",
    "ABS-05": "partly",
    "ABS-06": "partly",
    "ABS-07": "partly",
    "SUIT-01": "partly",
    "SUIT-02": "partly",
    "SUIT-03": "partly",
    "SUIT-04": "partly",
    "SUIT-05": "partly",
    "SUIT-06": "partly",
    "SUIT-07": "partly",
    "SUIT-08": "partly",
    "CARE-01": "partly",
    "CARE-02": "partly",
    "CARE-03": "partly",
    "CARE-04": "partly",
    "CARE-05": "partly",
    "CARE-06": "partly",
}


@cache
def answered(claim: str) -> Judged:
    return judge(load_claims()[claim])


@pytest.mark.parametrize("claim", [pytest.param(name, marks=pytest.mark.claim(name)) for name in EXPECTED])
def test_a_claim_stands_as_it_is_answered(claim: str) -> None:
    row = answered(claim)
    assert row.verdict == EXPECTED[claim], row.reason
    known = {*load_sources(), *study_ids(), *load_care_sources()}
    for point in row.points:
        assert point.words and point.reason
        assert {one.key for one in point.published} <= known
        assert all(one.words and one.grade in "ABCD" for one in point.published)
        if point.answer is not None:
            assert point.answer.words and point.answer.command.startswith("neodermis ")
            assert point.verdict == RULE[point.answer.state][point.weighed]
        if point.verdict == "supported":
            assert point.answer is not None and point.answer.state == "yes" and point.published


@pytest.mark.parametrize("claim", EXPECTED)
def test_the_page_says_the_same(claim: str) -> None:
    (section,) = re.findall(rf"^## {claim}\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), flags=re.S | re.M)
    verdict = EXPECTED[claim]
    assert f"**{verdict[0].upper()}{verdict[1:]}**: " in section
    assert all(f"**{point.words}**: {point.verdict}; " in " ".join(section.split()) for point in answered(claim).points)


def test_every_claim_is_expected_once() -> None:
    assert list(EXPECTED) == list(load_claims())
    assert set(EXPECTED.values()) <= set(VERDICTS)


def test_the_ledger_is_printed_as_text_json_and_page(tmp_path: Path) -> None:
    page = tmp_path / "claims.html"
    ran = run("claims", "OUT-01", "sch-04", "--html", str(page), "--json")
    assert ran.status == 0, ran.err
    assert [row["id"] for row in ran.json["claims"]] == ["SCH-04", "OUT-01"]  # in the order of the list
    assert sum(ran.json["counts"].values()) == 2
    for row in ran.json["claims"]:
        assert row["verdict"] == EXPECTED[row["id"]] and row["simulated"]["points"] and row["published"]
        assert {"point", "source", "grade", "says", "result"} == set(row["published"][0])
    text = page.read_text("utf-8")
    assert (
        text.count("<svg") >= 3 and "<script" not in text and "http" not in re.sub(r"http://www.w3.org[^\"]*", "", text)
    )
    assert json.dumps(ran.json)  # no number that JSON has not
    words = run("claims", "SCH-04")
    assert words.status == 0 and "minh-2019" in words.out and "SCH-04" in words.out


def test_an_unknown_claim_and_a_page_that_cannot_be_written_are_answered(tmp_path: Path) -> None:
    for words, told in ((["OUT-99"], "OUT-0"), (["OUT-01", "--html", str(tmp_path / "a.png")], ".html")):
        ran = run("claims", *words)
        assert ran.status == 2 and told in ran.err and "Traceback" not in ran.err
