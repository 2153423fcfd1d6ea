"""What a findings file can say of what a study did not print, of comparisons and of judgements; and what it cannot."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import run

from neodermis.errors import DataFileError
from neodermis.evidence import Study, findings_schema, read_study

STUDY = """
id = "own"
citation = "a trial of two sides"
design = "split-face, drawn by lot"
kind = "randomised"
species = "human"
n = "unknown"
role = "validation"
people = "the clinic of one town"
population = "scars, 14 to 40 years"

[cohort]
age_range = [14, 40]
basis = "printed"

[[arm]]
id = "needling"
protocol = "4 sessions every 30 days: pen 12 x 0.25 mm; cheek 1.5 mm, 6 passes"
rater = "blinded"
age = 25
sex = "female"
phototype = 4
concerns = {acne_scar = "goodman_baron:3"}

[arm.assumed]
basis = "not printed"
passes = "4-8"

[arm.assumed.device]
shares = {"pen 12 x 0.25 mm" = 0.6, "roller 192 x 1.5 mm x 0.25 mm" = 0.4}
basis = "a needling device is named, its kind is not"

[arm.assumed.concern]
low = 2
high = 4
basis = "moderate and severe scars are printed"

[arm.assumed.rater]
shares = {blinded = 0.7, unblinded = 0.3}
basis = "a dermatologist is named, blinding is not"

[[arm.finding]]
outcome = "goodman_baron_grade"
day = 150
statistic = "mean"
change = -0.4
unit = "grade"
direction = "decrease"
against = "other"
paired = true
scar_type = "rolling"
p_between = [0, 0.05]
comparison = "sides"
locator = "abstract"

[[arm.finding]]
outcome = "scar_severity"
day = 150
statistic = "test"
comparison = "sides"
p_between = [0.05, 1]
direction = "none"
n = "unknown"
against = "other"
locator = "abstract"

[[arm.finding]]
outcome = "satisfaction"
day = 150
statistic = "share"
threshold = "satisfied or very satisfied"
value = 21
unit = "count"
n = 30
category = [3, 4]
categories = ["not", "a little", "satisfied", "very"]
direction = "increase"
locator = "abstract"

[[arm]]
id = "other"
protocol = "1 session: pen 12 x 0.25 mm; cheek 0.5 mm, 4 passes"
people = "the other half"
rater = "blinded"
"""


def of(text: str = STUDY) -> Study:
    return read_study(text, "own.toml")


def test_what_was_not_printed_is_read_as_it_is_said() -> None:
    study = of()
    arm, other = study.arms
    device = arm.assumed["device"]
    assert device.shares == {"pen 12 x 0.25 mm": 0.6, "roller 192 x 1.5 mm x 0.25 mm": 0.4}
    assert device.likeliest == "pen 12 x 0.25 mm" and "roller 192 x 1.5 mm x 0.25 mm 40 %" in str(device)
    assert (arm.assumed["passes"].low, arm.assumed["passes"].high) == (4.0, 8.0)
    assert arm.severity == 3.0 and arm.with_severity(2.25) == {"acne_scar": "goodman_baron:2.25"}
    assert study.role == "validation" and study.cohort is not None and study.cohort.age_range == (14.0, 40.0)
    assert study.people_of(arm) == "the clinic of one town" and study.people_of(other) == "the other half"


def test_a_comparison_is_read_as_it_is_printed() -> None:
    study = of()
    difference, test, share = study.arms[0].findings
    assert difference.difference == -0.4 and difference.relative_change is None and study.is_paired(difference)
    assert difference.scar_type == "rolling" and difference.p_between == (0.0, 0.05)
    assert test.statistic == "test" and test.difference is None and study.is_paired(test)
    assert share.category == (3, 4) and share.share == pytest.approx(0.7)
    assert study.people_in(test) == (10, 60) and study.people_in(share) == (30, 30)
    printed = of(STUDY.replace('n = "unknown"\nrole', "n = 44\nrole"))
    assert printed.people_in(printed.arms[0].findings[1]) == (44, 44)


def test_sides_are_paired_where_the_design_has_them() -> None:
    text = STUDY.replace("paired = true\n", "").replace('p_between = [0, 0.05]\ncomparison = "sides"\n', "")
    assert of(text).is_paired(of(text).arms[0].findings[0])
    groups = text.replace("split-face, drawn by lot", "two groups")
    assert not of(groups).is_paired(of(groups).arms[0].findings[0])


WRONG: dict[str, tuple[str, str, str, str]] = {
    # what: (as above, as it is wrong, the entry and field named, a part of what is accepted or advised)
    "a test without its p-value": ("p_between = [0.05, 1]\n", "", "arm.0.finding.1 > p_between", "[0.05, 1] where not"),
    "a test with a number": ('statistic = "test"\n', 'statistic = "test"\nchange_percent = -5\n',
                             "arm.0.finding.1 > change_percent", "none beside a test"),
    "a p-value of nothing": ('comparison = "sides"\np_between = [0.05', "p_between = [0.05",
                             "arm.0.finding.1 > comparison", "before_after, sides or arms"),
    "a p-value above 1": ("p_between = [0.05, 1]", "p_between = [0.05, 5]", "arm.0.finding.1 > p_between", "0 to 1"),
    "sides without the other": ('n = "unknown"\nagainst = "other"\n', "", "arm.0.finding.1 > against", "sides"),
    "before and after of two sides": ('comparison = "sides"\np_between', 'comparison = "before_after"\np_between',
                                      "arm.0.finding.1 > comparison", "leave one of the two out"),
    "groups that are paired": ('comparison = "sides"\nlocator', 'comparison = "arms"\nlocator',
                               "arm.0.finding.0 > paired", "false for arms"),
    "against an unknown arm": ('against = "other"\npaired', 'against = "othr"\npaired',
                               "arm.0.finding.0 > against: 'othr'", "another arm of the file: other"),
    "a difference of two numbers": ("change = -0.4\n", "change = -0.4\nchange_percent = -9\n",
                                    "arm.0.finding.0 > against", "one number beside it"),
    "shares over 100 %": ('"pen 12 x 0.25 mm" = 0.6', '"pen 12 x 0.25 mm" = 0.8', "arm.0.assumed.device > shares",
                          "these are 1.2"),
    "a value beside shares": ("[arm.assumed.device]\n", '[arm.assumed.device]\nvalue = "exceed"\n',
                              "arm.0.assumed.device > value: 'exceed'", "here value and shares"),
    "an unknown rater": ("unblinded = 0.3", "unblindd = 0.3", "arm.0.assumed.rater.shares > unblindd: 0.3",
                         "did you mean 'unblinded'"),
    "a rater outside the mixture": ('rater = "blinded"\nage', 'rater = "self"\nage', "arm.0 > rater: 'self'",
                                    "shares of assumed.rater"),
    "a range that is turned": ("low = 2\nhigh = 4", "low = 4\nhigh = 2", "arm.0.assumed.concern > high: 2",
                               "lower first"),
    "a start outside its range": ('"goodman_baron:3"', '"goodman_baron:1"', "arm.0 > concerns",
                                  "within assumed.concern"),
    "half a pass": ('passes = "4-8"', 'passes = "4-8.5"', "arm.0.assumed.passes > high: 8.5", "whole number"),
    "a range of a site": ('passes = "4-8"', 'site = "1-2"', "arm.0.assumed.site > low: 1", "site is no number"),
    "a mixture of a number": ('passes = "4-8"', "passes = {shares = {a = 0.5, b = 0.5}, basis = \"\"}",
                              "arm.0.assumed.passes > shares", "a mixture is of"),
    "a scar type of satisfaction": ("category = [3, 4]", 'category = [3, 4]\nscar_type = "boxcar"',
                                    "arm.0.finding.2 > scar_type: 'boxcar'", "no outcome of a scar"),
    "a category outside its count": ("category = [3, 4]", "category = [5, 4]", "arm.0.finding.2 > category",
                                    "1 (worst)"),
    "a category without its count": ("category = [3, 4]", "category = [3]", "arm.0.finding.2.category > 1", "required"),
    "a list of passes": ('passes = "4-8"', "passes = [4, 8]", "arm.0.assumed.passes > value", "a valid number"),
    "everybody": ("category = [3, 4]", "category = [1, 4]", "arm.0.finding.2 > category", "below_category"),
    "three names of four": ('"not", "a little"', '"not"', "arm.0.finding.2 > categories", "4 names"),
    "categories of a scale": ('outcome = "satisfaction"', 'outcome = "wrinkle_grade"', "arm.0.finding.2 > category",
                              "at_least and below"),
    "no people": ("n = 30", "n = 0", "arm.0.finding.2 > n: 0", 'or "unknown"'),
    "some people": ('n = "unknown"\nrole', 'n = "some"\nrole', "own.toml > n: 'some'", "'unknown'"),
    "an unknown role": ('role = "validation"', 'role = "test"', "own.toml > role: 'test'", "'fit' or 'validation'"),
    "children of 9": ("age_range = [14", "age_range = [9", "cohort > age_range", "10 to 100"),
    "a child that is simulated": ("age = 25", "age = 17", "arm.0 > age: 17", "18"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_fields_that_do_not_go_together_are_named_with_what_to_do(what: str, tmp_path: Path) -> None:
    old, new, where, told = WRONG[what]
    assert STUDY.count(old) >= 1
    text = STUDY.replace(old, new, 1)
    with pytest.raises(DataFileError) as caught:
        of(text)
    first = str(caught.value).splitlines()[0]
    assert first.startswith("own.toml > ") and where in first
    assert told in str(caught.value) and caught.value.accepted and caught.value.next_step
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    shown = run("evidence", "show", str(own))
    assert shown.status == 2 and not shown.out and where in shown.err


def test_the_fields_are_shown(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(STUDY, encoding="utf-8")
    shown = run("evidence", "show", str(own))
    assert shown.status == 0
    text = " ".join(shown.out.split())
    for part in (
        "n not reported", "for validation", "the clinic of one town", "people: the other half",
        "device pen 12 x 0.25 mm 60 %, roller 192 x 1.5 mm x 0.25 mm 40 %", "passes 4 to 8", "concern 2 to 4",
        "rater blinded 70 %, unblinded 30 %", "rolling scars", "compared with other, same people", "p 0.05 to 1",
        "change -0.4 grade, p 0 to 0.05", "of 4 or better",
    ):  # fmt: skip
        assert part in text, part


def test_schema_names_every_field_that_is_read() -> None:
    schema: dict[str, Any] = json.loads(json.dumps(findings_schema()))
    finding, assumed = (schema["$defs"][name]["properties"] for name in ("Finding", "Assumed"))
    assert {"paired", "p_between", "comparison", "scar_type", "category", "below_category", "categories"} <= {*finding}
    assert {"low", "high", "shares", "value", "basis"} == {*assumed}
    assert {"role", "people"} <= {*schema["properties"]}
    assert schema["properties"]["n"]["anyOf"] == [
        {"type": "integer", "minimum": 1}, {"type": "string", "const": "unknown"}
    ]  # fmt: skip
