"""The ledger's rule: what turns a verdict, and that nothing is supported without both answers."""

from dataclasses import replace
from itertools import combinations, product

import pytest

from neodermis.claims import VERDICTS, Answer, Evidence, Point, combined, judged, ledger, load_claims
from neodermis.claims.ledger import RULE, Verdict, turning, weighed
from neodermis.claims.points import asked
from neodermis.errors import UnknownNameError
from neodermis.uncertain import Interval

RISE = Answer(words="", command="", effect=Interval(20.0, 10.0, 30.0), unit="%", towards="higher", matters=10.0)
FALL = replace(RISE, effect=Interval(-20.0, -30.0, -10.0))
FOR = Evidence(key="trial", grade="A", says="for", words="")
AGAINST = replace(FOR, key="other", says="against")


def test_flipping_the_sign_of_the_effect_turns_the_verdict() -> None:
    assert judged(RISE, (FOR,)) == "supported"
    assert judged(FALL, (FOR,)) == "not supported"
    assert judged(replace(FALL, towards="lower"), (FOR,)) == "supported"
    assert judged(FALL, (AGAINST,)) == "contradicted"


def test_dropping_the_sources_turns_the_verdict() -> None:
    assert judged(RISE, ()) == judged(FALL, ()) == "no evidence"


def test_nothing_is_supported_without_both() -> None:
    for state, published in product(RULE, ("for", "weak", "mixed", "against", "none")):
        supported = RULE[state][published] == "supported"  # type: ignore[index]  # all of them
        assert supported == (state == "yes" and published == "for")


@pytest.mark.parametrize("grade, verdict", [("A", "supported"), ("B", "supported"), ("C", "partly"), ("D", "partly")])
def test_uncontrolled_studies_alone_do_not_support(grade: str, verdict: str) -> None:
    assert judged(RISE, (replace(FOR, grade=grade),)) == verdict


def test_a_small_or_unsure_effect_is_in_part() -> None:
    assert replace(RISE, effect=Interval(5.0, 2.0, 12.0)).state == "some"  # surely there, too small in the median
    assert replace(RISE, effect=Interval(20.0, -5.0, 50.0)).state == "some"
    assert replace(RISE, effect=Interval(2.0, 1.0, 3.0)).state == "none"  # surely too small to matter
    assert replace(RISE, effect=Interval(-5.0, -9.0, 20.0)).state == "none"
    assert replace(RISE, direction_only=True).state == "some"


def test_an_expected_range_is_met_in_part_or_missed() -> None:
    def within(low: float, high: float) -> str:
        effect = Interval((low + high) / 2.0, low, high)
        return replace(RISE, effect=effect, towards="within", expected=(6.0, 12.0)).state

    assert [within(7.0, 11.0), within(5.0, 11.0), within(1.0, 3.0)] == ["yes", "some", "opposite"]


def test_checks_hold_all_some_or_none() -> None:
    def checks(*held: bool) -> str:
        return Answer(words="", command="", checks={str(k): one for k, one in enumerate(held)}).state

    assert [checks(True, True), checks(True, False), checks(False)] == ["yes", "some", "none"]


def test_a_study_counts_once_and_by_its_grade() -> None:
    twice = [replace(FOR, key="cohort", grade="C")] * 5
    assert weighed([*twice, replace(AGAINST, grade="A")]) == "against"
    assert weighed([FOR, replace(AGAINST, grade="B")]) == "mixed"
    assert weighed([FOR, replace(FOR, key="second"), replace(AGAINST, grade="C")]) == "for"
    assert weighed([FOR, replace(FOR, says="against")]) == "mixed"  # one study that says both


def test_a_claim_is_what_its_points_are_together() -> None:
    assert combined(["supported", "supported"]) == "supported"
    assert combined(["supported", "not supported"]) == "partly"
    assert combined(["contradicted", "no evidence"]) == "contradicted"
    assert combined(["no evidence", "not supported"]) == "not supported"
    assert combined(["contradicted", "not supported"]) == "not supported"


@pytest.mark.parametrize("others", [each for count in (1, 2, 3) for each in combinations(VERDICTS, count)])
def test_a_pending_point_says_nothing_of_the_others(others: tuple[Verdict, ...]) -> None:
    known = [verdict for verdict in others if verdict != "pending"]
    assert combined([*others, "pending"]) == (combined(known) if known else "pending")


def test_what_would_change_a_verdict_is_tried_on_the_rule() -> None:
    cohort, surely = replace(FOR, grade="C"), "would change the verdict to “supported”"
    one = f"One controlled study in the direction of the claim {surely};"
    assert turning(RISE, (cohort,)).startswith(one)
    assert turning(RISE, ()).startswith(f"{one} one ")
    assert f"a narrower prediction {surely}" in turning(replace(RISE, effect=Interval(20.0, -5.0, 50.0)), (FOR,))
    assert f"a published effect size {surely}" in turning(replace(RISE, direction_only=True), (FOR,))
    assert turning(None, (FOR,)) == f"Once it is modelled, a simulation that shows it {surely}."
    assert f"a simulation that shows it {surely}" in turning(FALL, (FOR,))
    assert f"a simulation in which all checks hold {surely}" in turning(
        Answer(words="", command="", checks={"": False}), (FOR,)
    )


def test_what_nothing_simulates_is_pending() -> None:
    assert Point(words="", answer=None, published=(FOR,)).verdict == "pending"


def test_every_claim_is_there_once_and_answered() -> None:
    claims = load_claims()
    assert len(claims) == 56 and set(asked()) == set(claims)
    assert all(claim.documents and claim.claim for claim in claims.values())
    assert len(VERDICTS) == 6


def test_an_unknown_claim_is_named_with_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="OUT-0"):
        list(ledger(["OUT-99"]))
    (row,) = ledger(["dev-01"])
    assert row.claim.id == "DEV-01"
