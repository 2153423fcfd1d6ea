"""The verdict that stands after overrides: only what a practitioner may override is lifted."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

from neodermis import screen
from neodermis.care.consultation import consultation_of, example
from neodermis.care.overrides import may_override, with_overrides
from neodermis.care.rules import RESULTS, load_rules

TODAY = date(2026, 11, 20)


def verdict(**answers: Any) -> Any:
    return screen(consultation_of({**tomllib.loads(example()), **answers}), today=TODAY)


def test_only_findings_that_the_rule_opens_to_a_practitioner_are_lifted() -> None:
    before = verdict(history={"pregnant": True, "keloid": True, "hypertrophic_scar": True})
    assert before.overall == "no"
    after = with_overrides(before, {one.rule.id: one.result for one in before.findings})
    lifted = [one for one in before.findings if one not in after.findings]
    assert lifted, "the case tries nothing"
    for one in lifted:
        assert one.override == "practitioner_with_reason" and one.result not in ("no", "ask", "go")
    assert not any(may_override(one) for one in after.findings)
    assert after.overall == "no" and with_overrides(before, {}) == before.__class__(
        **{name: getattr(before, name) for name in before.__dataclass_fields__} | {"devices": {}}
    )


def test_a_lifted_wait_leaves_the_verdict_of_the_others_and_another_result_lifts_nothing() -> None:
    before = verdict(history={"toxin": date(2026, 11, 18)})
    own = {one.rule.id: one.result for one in before.findings if may_override(one)}
    assert own
    after = with_overrides(before, own)
    left = [one.result for one in after.findings] + (["ask"] if before.unanswered else [])
    assert after.overall == min(left, key=RESULTS.index, default="go")
    assert with_overrides(before, dict.fromkeys(own, "no")).findings == before.findings


def test_no_rule_that_forbids_or_is_a_red_flag_is_ever_open() -> None:
    """Over every rule and condition of the shipped rules, as findings of their own."""
    from neodermis.care.rules import OF_CATEGORY
    from neodermis.care.suitability import RuleFinding

    seen = 0
    for rule in load_rules().rules.values():
        for branch in rule.branches:
            one = RuleFinding(
                rule=rule, result=OF_CATEGORY[branch.category], category=branch.category, override=branch.override,
                until=None, state=False, label=False, because="", answers=(), effects=(),
            )  # fmt: skip
            if may_override(one):
                seen += 1
                assert one.category != "absolute" and not rule.red_flag and branch.override != "prescriber"
    assert seen > 20


def test_of_several_conditions_that_hold_the_strictest_says_who_may_override() -> None:
    from dataclasses import replace

    from neodermis.care.suitability import evaluate

    book = load_rules()
    name, rule = next(iter(book.rules.items()))
    first = rule.branches[0]
    always = replace(first.when, operator="at_least", path="patient.age", value=0, parts=())
    open_one = replace(first, category="defer", when=always, override="practitioner_with_reason", label={})
    closed = replace(open_one, category="precaution", override="none")
    changed = replace(
        book, rules={name: replace(rule, branches=(open_one, closed), devices=(), active=True, red_flag=False)}
    )
    found = evaluate(consultation_of(tomllib.loads(example())), today=TODAY, book=changed).findings
    assert [(one.result, one.override) for one in found] == [("wait", "none")] and not may_override(found[0])
