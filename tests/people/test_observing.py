"""Observation model: rater, people, thresholds, and results that are not predicted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neodermis.api import simulate_arm
from neodermis.errors import InputError
from neodermis.evidence import load_study, read_study
from neodermis.simulation.course import Observed

TEXT = """
id = "own"
citation = "a study of one's own"
design = "split face"
kind = "controlled"
species = "human"
n = 25
population = "acne scars"

[[arm]]
id = "needling"
protocol = "3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
rater = "blinded"
concerns = {acne_scar = "goodman_baron:3"}

[[arm.finding]]
outcome = "goodman_baron_grade"
day = 120
statistic = "mean"
baseline = 3.0
value = 2.4
unit = "grade"
direction = "decrease"
locator = "table 1"

[[arm.finding]]
outcome = "scar_severity"
day = 120
statistic = "sign"
direction = "decrease"
against = "untreated"
locator = "table 2"

[[arm]]
id = "untreated"
protocol = "1 session: exceed; cheek 0 mm, 0 passes"
rater = "blinded"
concerns = {acne_scar = "goodman_baron:3"}
"""


def seen(text: str, **options: int) -> tuple[Observed, ...]:
    return simulate_arm(read_study(text, "own.toml"), **{"draws": 60, **options}).observed


def test_a_rater_who_knows_prints_more_and_an_instrument_what_the_course_is() -> None:
    by = {}
    for rater in ("instrument", "blinded", "unblinded", "self"):
        row = seen(TEXT.replace('rater = "blinded"', f'rater = "{rater}"'))[0]
        assert row.printed is not None and row.course is not None
        by[rater] = row.printed.median
        plain = row.course.median
    assert by["self"] < by["unblinded"] < by["blinded"] < by["instrument"]
    assert by["instrument"] == pytest.approx(plain, abs=6.0)


def test_more_people_scatter_less() -> None:
    widths = []
    # a light course, so that neither the draws nor the least that a grade can be hide the scatter
    light = TEXT.replace("3 sessions every 30 days: exceed; cheek 1.5 mm, 6", "1 session: exceed; cheek 0.5 mm, 4")
    for n in (5, 5000):
        row = seen(light.replace("n = 25", f"n = {n}"))[0]
        assert row.printed is not None and row.course is not None
        widths.append(row.printed.upper90 - row.printed.lower90)
    assert widths[0] > widths[1]


def test_a_side_is_compared_with_the_other_side() -> None:
    row = seen(TEXT)[1]
    assert row.verdict == "inside" and row.unit == "percentage points"
    assert row.course is not None and row.course.upper90 < 0.0  # the untreated side stays


def share_of(at_least: str, value: float = 50.0) -> Observed:
    finding = f"""
[[arm.finding]]
outcome = "goodman_baron_grade"
day = 120
statistic = "share"
threshold = "improved by a grade"
value = {value}
unit = "%"
at_least = {at_least}
cut_unit = "grade"
direction = "decrease"
locator = "table 3"
"""
    first, second = TEXT.split('[[arm]]\nid = "untreated"')
    rows = seen(f'{first}{finding}\n[[arm]]\nid = "untreated"{second}')
    return rows[2]


def test_fewer_people_pass_a_higher_cut() -> None:
    shares = [share_of(cut) for cut in ("[0, 0]", "[1, 1]", "[2, 2]")]
    medians = [row.printed.median for row in shares if row.printed is not None]
    assert len(medians) == 3 and medians == sorted(medians, reverse=True) and medians[0] > medians[2]
    assert all(row.printed.lower90 >= 0.0 and row.printed.upper90 <= 100.0 for row in shares if row.printed)


def test_a_share_without_a_cut_is_not_asked() -> None:
    text = TEXT.replace(
        'statistic = "sign"\ndirection = "decrease"\nagainst = "untreated"',
        'statistic = "share"\nthreshold = "good"\nvalue = 10\nunit = "count"\nn = 25\ndirection = "decrease"',
    )
    row = seen(text)[1]
    assert row.verdict == "not asked" and "threshold" in row.why


def test_what_rests_on_a_finding_is_not_tested_by_it() -> None:
    study = load_study("minh-2019")
    rows = simulate_arm(study, draws=2).observed
    (redness,) = [row for row in rows if row.finding.outcome == "erythema_hours"]
    assert redness.verdict == "not asked" and "redness_time" in redness.why
    other = replace(study, species="rat")
    assert {row.verdict for row in simulate_arm(other, draws=2).observed} == {"not asked"}


def test_an_arm_that_cannot_be_simulated_says_why() -> None:
    with pytest.raises(InputError, match="radiofrequency"):
        simulate_arm("navyadevi-2024")


def test_the_same_seed_prints_the_same(tmp_path: Path) -> None:
    first, second = (seen(TEXT)[0].printed for _ in range(2))
    assert first is not None and second is not None and np.array_equal(first, second)


def test_bands_of_people_alone_need_people_of_an_arm_too() -> None:
    with pytest.raises(InputError, match="outcomes_only"):
        simulate_arm(read_study(TEXT, "own.toml"), draws=1, outcomes_only=True)
