"""What rules and dated care rest on: no machine-written work, no page of a clinic under a better tier."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.care.consultations import FIRES, verdict

from neodermis.care.advice import load_care
from neodermis.care.aftercare import plan_care
from neodermis.care.rules import OF_CATEGORY, RESULTS, Rule, Wait, load_rules
from neodermis.care.telling import rule_document, verdict_document, verdict_lines
from neodermis.care.tiers import TIERS, best_tier
from neodermis.care.words import load_words
from neodermis.evidence import load_bibliography

RULES = load_rules().rules
WORKS = {key: one for key, one in load_bibliography().items() if one.tier}
FROZEN = tomllib.loads(Path(__file__).with_name("rules_frozen.toml").read_text("utf-8"))
#: From who may lift a rule most easily to nobody.
ROLES = ("practitioner_with_reason", "prescriber", "none")
#: Rules whose tier is worse than before, since pages of clinics or a work on something else made it look better.
LOST = {
    "BOTOX": "a review that saw one study combine toxin and needling is no source of a wait; an expert is",
}


def waits(one: Rule) -> Iterator[Wait]:
    yield from (branch.wait for branch in one.branches if branch.wait is not None)


def everything(one: Rule) -> set[str]:
    """Every work that a rule names."""
    cited = {*one.sources, *(key for effect in one.effects for key in effect.sources)}
    return cited | {key for wait in waits(one) for _, keys in wait.reported for key in keys}


#: Copies without an address that can be printed: where they were read.
WITHOUT_ADDRESS = {
    "lumea-8": "at the bare address of a machine",
    "nafl-prototypes": "at the bare address of a machine",
    "bdd-bmj": "through the proxy of a library",
}


@pytest.mark.parametrize("key", WORKS)
def test_a_work_has_a_tier_and_an_address(key: str) -> None:
    one = WORKS[key]
    assert one.tier in ("A", "A2", "B", "C", "D") and one.via in ("", "copy", "clinic")
    if key in WITHOUT_ADDRESS:
        assert one.address == "" and one.via == "copy"
    else:
        assert one.address.startswith("http") or key.startswith("article-")
    assert one.title
    assert one.via != "clinic" or one.tier == "A2"  # what a clinic prints of a label is not the label
    assert one.tier != "A2" or one.via  # the same through somebody else
    assert not any(name in one.address for name in ("droracle", "northbrewing", "feau.com", "savingsdaily"))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_rests_on_works_of_its_tier(name: str) -> None:
    one = RULES[name]
    tiers = {WORKS[key].tier for key in one.sources}
    if one.tier == "policy":
        assert not tiers and one.support == "policy"
        return
    assert one.tier == best_tier(one.sources)
    # a page of a clinic stands alone and is called what it is, or not at all
    assert tiers == {"D"} if one.tier == "D" else "D" not in tiers
    assert (one.support == "custom") == (one.tier == "D")
    assert all(WORKS[key].tier != "E" for key in everything(one))


@pytest.mark.parametrize("name", [name for name, one in RULES.items() if any(waits(one))])
def test_the_days_of_a_rule_have_a_tier_of_their_own(name: str) -> None:
    for wait in waits(RULES[name]):
        assert all(keys for _, keys in wait.reported)
        own = best_tier(wait.sources)
        assert own in TIERS
        if own == "D":
            assert "clinic" in wait.why
        if own == "project":
            assert "project" in wait.why
    shown = rule_document(RULES[name])
    if RULES[name].wait is not None:
        assert shown["days_tier"]
        rows = shown.get("days_reported", [])
        assert isinstance(rows, list) and all(row["tier"] in TIERS and "(" in row["sources"] for row in rows)


def test_tiers_stand_beside_the_works() -> None:
    found = verdict(FIRES["SUNBURN"][0])
    (row,) = verdict_document(found)["rules"]  # type: ignore[misc]  # one rule holds
    assert [source["tier"] for source in row["sources"]] == ["A"] and row["support"] == "from another procedure"
    assert "tier A, from another procedure; sources: lumea-8 (A)" in "\n".join(verdict_lines(found))
    custom = "\n".join(verdict_lines(verdict(FIRES["ACIDS"][0])))
    assert "tier D, clinical custom, no evidence found; sources: kichi (D)" in custom
    filler = rule_document(RULES["FILLER"])
    assert (filler["tier"], filler["days"], filler["days_tier"]) == ("A", 14, "C")
    assert {row["days"]: row["tier"] for row in filler["days_reported"]} == {14: "C", 28: "D", 180: "A"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", FROZEN)
def test_no_rule_is_lost_or_weaker(name: str) -> None:
    before, now = FROZEN[name], RULES[name]
    assert now.active
    for old, new in zip(before["branch"], now.branches, strict=False):
        assert RESULTS.index(OF_CATEGORY[new.category]) <= RESULTS.index(OF_CATEGORY[old["category"]])
        assert ROLES.index(new.override) >= ROLES.index(old["override"])
        if "days" in old:
            assert new.wait is not None and new.wait.days >= old["days"]
    assert len(now.branches) >= len(before["branch"])
    for device, old in before.get("label", {}).items():
        new = now.under(device).branches[0]
        if "category" in old:
            assert RESULTS.index(OF_CATEGORY[new.category]) <= RESULTS.index(OF_CATEGORY[old["category"]])
        if "days" in old:
            assert new.wait is not None and new.wait.days >= old["days"]
    order = ("A", "A2", "B", "C", "D", "U", "policy")
    assert (order.index(now.tier) > order.index(before["tier"])) == (name in LOST)


@pytest.mark.parametrize("name", RULES)
def test_what_a_label_forbids_is_not_lifted_by_the_practitioner_alone(name: str) -> None:
    for branch in RULES[name].branches:
        for device, label in branch.label.items():
            if label.category is not None:
                assert branch.under(device).override != "practitioner_with_reason"


def test_doses_drugs_and_red_flags_of_care_rest_on_labels_and_studies() -> None:
    data = load_care()
    for one in data.anaesthetics.values():
        assert {WORKS[key].tier for key in one.sources} <= {"A", "A2", "B", "C"}
    for flag in data.flags:
        assert {WORKS[key].tier for key in flag["sources"]} <= {"A", "A2", "B", "C"}
    drugs = [item for item in data.items if item.id in ("pre.prescribed", "pre.herpes", "pre.painkillers")]
    assert len(drugs) == 3
    for item in drugs:
        assert {WORKS[key].tier for key in item.all_sources()} <= {"A", "A2", "B", "C"}
    for item in data.items:
        assert all(WORKS[key].tier != "E" for key in item.all_sources())


def test_a_time_that_clinics_alone_give_is_called_custom() -> None:
    from datetime import date

    from neodermis.api import read
    from neodermis.people import Patient

    course = plan_care(read("1 session: exceed; cheek 0.5 mm, 4 passes"), Patient(), date(2027, 3, 1))
    toned = next(one for one in course.entries if one.id == "resume.toner")
    assert toned.tier == "D" and "clinical custom, no evidence found" in " ".join(course.basis(toned))
    assert load_words().word["support"]["custom"] == "clinical custom, no evidence found"
