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
    assert row.verdict == "scored" and row.unit == "percentage points" and row.comparison == "sides"
    assert row.course is not None and row.course.median < 0.0  # few draws scar the treated side
    assert row.probability is not None and row.probability > 0.5


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


# ------------------------------------------------------------------------------------------- differences and tests


def finding(text: str, **fields: object) -> str:
    """The study with one result of the needled side beside those that it has."""
    words = {True: "true", False: "false"}
    lines = [
        f"{name} = {words[value] if isinstance(value, bool) else value if not isinstance(value, str) else repr(value)}"
        for name, value in {"day": 120, "direction": "decrease", "locator": "table 9", **fields}.items()
    ]
    first, second = text.split('[[arm]]\nid = "untreated"')
    own = "\n".join(["[[arm.finding]]", *lines])
    return f'{first}{own}\n\n[[arm]]\nid = "untreated"{second}'


def one(text: str = TEXT, draws: int = 60, **fields: object) -> Observed:
    """That result beside its prediction."""
    return seen(finding(text, **fields), draws=draws)[2]


GRADE = {"outcome": "goodman_baron_grade", "statistic": "mean", "against": "untreated"}


def width(row: Observed, of: str = "printed") -> float:
    found = getattr(row, of)
    return float(found.upper90 - found.lower90)


def test_a_difference_between_sides_is_a_number() -> None:
    points = one(**GRADE, change_percent=-20.0)
    assert points.unit == "percentage points" and points.observed == (-20.0, -20.0) and points.verdict == "inside"
    grades = one(**GRADE, change=-0.6, unit="grade")
    assert grades.unit == "grade" and grades.observed == (-0.6, -0.6)
    share = one(**GRADE, change=-0.6, unit="grade", baseline=3.0)
    assert share.unit == "percentage points" and share.observed == pytest.approx((-20.0, -20.0))
    # the untreated side has no gain, so that the difference is the change of the needled side
    alone = seen(TEXT)[0]
    assert points.course is not None and alone.course is not None
    assert tuple(points.course) == pytest.approx(tuple(alone.course), abs=1e-3)


def test_a_person_cancels_between_own_sides_and_not_between_arms() -> None:
    few = TEXT.replace("n = 25", "n = 6")
    # two sides that are treated alike: what is left of a pair is the reading
    alike = few.replace(
        "1 session: exceed; cheek 0 mm, 0 passes", "3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
    )
    sides = one(alike, **GRADE, change_percent=0.0, paired=True)
    arms = one(alike, **GRADE, change_percent=0.0, paired=False)
    assert (sides.comparison, arms.comparison) == ("sides", "arms")
    assert width(sides, "without_heterogeneity") < 0.8 * width(arms, "without_heterogeneity")
    assert sides.course == (0.0, 0.0, 0.0) and width(sides) < width(arms)
    many = alike.replace("n = 6", "n = 60")
    assert width(one(many, **GRADE, change_percent=0.0), "without_heterogeneity") == pytest.approx(
        width(sides, "without_heterogeneity") / np.sqrt(10.0), rel=0.05
    )


def test_a_number_of_people_of_the_study_is_of_both_arms() -> None:
    half = one(**GRADE, change_percent=0.0, paired=False)
    each = one(**GRADE, change_percent=0.0, paired=False, n=25)
    assert width(half, "without_heterogeneity") > width(each, "without_heterogeneity")


def test_significance_is_scored_by_its_probability() -> None:
    test = {"outcome": "goodman_baron_grade", "statistic": "test", "comparison": "before_after"}
    significant = one(**test, p_between=[0, 0.05])
    none = one(**test, p_between=[0.05, 1], direction="none")
    wrong = one(**test, p_between=[0, 0.05], direction="increase")
    assert {row.verdict for row in (significant, none, wrong)} == {"scored"}
    chances = [row.probability for row in (significant, none, wrong)]
    assert sum(chances) == pytest.approx(1.0)  # type: ignore[arg-type]
    assert significant.probability > wrong.probability  # type: ignore[operator]
    stricter = one(**test, p_between=[0, 0.001])
    assert stricter.probability < significant.probability  # type: ignore[operator]
    few = one(TEXT.replace("n = 25", "n = 3"), **test, p_between=[0, 0.05])
    assert few.probability < significant.probability  # type: ignore[operator]
    sides = one(**{**test, "comparison": "sides"}, against="untreated", p_between=[0, 0.05])
    assert sides.comparison == "sides" and sides.probability > wrong.probability  # type: ignore[operator]


def test_an_unknown_number_of_people_is_drawn() -> None:
    grade = {"outcome": "goodman_baron_grade", "statistic": "mean", "change_percent": -30.0}
    unknown, ten, sixty = (one(**grade, n=n) for n in ("unknown", 10, 60))
    assert unknown.verdict == "inside"
    rows = [one(TEXT.replace("n = 25", f"n = {n}"), **grade) for n in ('"unknown"', 10, 60)]
    wide = [width(row, "without_heterogeneity") for row in rows]
    assert wide[2] <= wide[0] <= wide[1]
    assert width(ten) != width(sixty)


def test_studies_that_differ_widen_the_interval() -> None:
    row = one(outcome="goodman_baron_grade", statistic="mean", change_percent=-30.0)
    assert width(row) > width(row, "without_heterogeneity")


# ------------------------------------------------------------------------------------------- what is not asked


def test_a_number_is_not_asked_where_only_the_direction_is_modelled() -> None:
    mean = {"outcome": "roughness_ra", "statistic": "mean", "change_percent": -5.0}
    row = one(**mean)
    assert row.verdict == "not asked" and "only the direction of roughness_ra" in row.why
    assert one(outcome="roughness_ra", statistic="sign").verdict == "scored"
    test = {"outcome": "roughness_ra", "statistic": "test", "comparison": "before_after"}
    # a significant change is read as a sign; that nothing was significant needs the size
    significant = one(**test, p_between=[0, 0.05])
    assert significant.probability == one(outcome="roughness_ra", statistic="sign").probability
    assert one(**test, p_between=[0.05, 1], direction="none").verdict == "not asked"


def test_a_type_of_scar_is_read_by_type() -> None:
    scar = {"outcome": "scar_severity", "statistic": "mean", "change_percent": -30.0}
    typed = TEXT.replace('"goodman_baron:3"', '"goodman_baron:3 rolling=50% ice_pick=50%"')
    rolling, ice_pick = (one(typed, **scar, scar_type=kind) for kind in ("rolling", "ice_pick"))
    assert rolling.course is not None and ice_pick.course is not None
    assert rolling.course.median < ice_pick.course.median < 0.0  # ice-pick scars answer least
    # grades and scores of a type fall by the same share
    grade = one(typed, **{**scar, "outcome": "goodman_baron_grade"}, scar_type="rolling")
    assert grade.course == rolling.course
    stretch_marks = TEXT.replace('acne_scar = "goodman_baron:3"', 'striae = "0.5"')
    row = one(stretch_marks, **scar, scar_type="rolling")
    assert row.verdict == "not asked" and "rolling scars" in row.why


def test_an_event_is_a_share_of_people() -> None:
    event = {
        "outcome": "pih_probability",
        "statistic": "share",
        "threshold": "any",
        "unit": "count",
        "value": 1,
        "n": 25,
    }
    light, dark = (
        one(TEXT.replace('rater = "blinded"', f'rater = "blinded"\nphototype = {phototype}'), **event)
        for phototype in (1, 6)
    )
    assert light.unit == "% of people" and light.observed == (4.0, 4.0) and light.verdict in ("inside", "missed")
    assert light.course is not None and dark.course is not None and dark.printed is not None
    assert light.course.median < dark.course.median and 0.0 <= dark.printed.lower90 <= dark.printed.upper90 <= 100.0


# ------------------------------------------------------------------------------------------- judgements

QUARTERS = {"outcome": "global_improvement", "statistic": "share", "unit": "%", "value": 40, "direction": "increase"}


def category(rank: int, beyond: int | None = None, text: str = TEXT, **fields: object) -> Observed:
    upper = {} if beyond is None else {"below_category": beyond}
    return one(text, draws=200, **{**QUARTERS, "threshold": "as printed", "category": [rank, 4], **upper, **fields})


def test_categories_of_a_judgement_add_up_and_do_not_fill_the_extremes() -> None:
    each = [category(1, 2), category(2, 3), category(3, 4), category(4)]
    shares = [row.course.median for row in each if row.course is not None]
    means = [row.printed.median for row in each if row.printed is not None]
    assert len(shares) == len(means) == 4 and all(0.0 <= share <= 100.0 for share in means)
    # a light course with most people in between: the extremes are not where most are
    light = TEXT.replace(
        "3 sessions every 30 days: exceed; cheek 1.5 mm, 6", "2 sessions every 30 days: exceed; cheek 1 mm, 4"
    )
    best, measured = category(4, text=light), one(
        light, outcome="scar_severity", statistic="share", unit="%", value=5, threshold="over three quarters",
        at_least=[75, 75], draws=200,
    )  # fmt: skip
    assert best.printed is not None and measured.printed is not None
    assert best.printed.median < 50.0 and measured.printed.median < 50.0
    higher = [category(rank).course.median for rank in (2, 3, 4)]  # type: ignore[union-attr]
    assert higher == sorted(higher, reverse=True) and higher[0] > higher[2]


def test_a_printed_cut_is_the_rank_that_it_is_of() -> None:
    quarter = one(draws=200, **QUARTERS, threshold="half or more", at_least=[50, 50])
    assert quarter.course == category(3).course


def test_patients_are_satisfied_with_less_than_a_judge_calls_good() -> None:
    judged, satisfied = category(3, rater="self"), category(3, outcome="satisfaction", rater="self")
    assert satisfied.course is not None and judged.course is not None
    assert satisfied.course.median > judged.course.median


def test_a_judgement_without_a_concern_is_not_asked() -> None:
    row = category(3, text=TEXT.replace('concerns = {acne_scar = "goodman_baron:3"}', "concerns = {}"))
    assert row.verdict == "not asked" and "concern" in row.why


def test_a_mean_judgement_and_its_difference_are_numbers() -> None:
    mean = {"outcome": "global_improvement", "statistic": "mean", "unit": "%", "value": 40.0, "direction": "increase"}
    row = one(**mean)
    assert row.unit == "% improvement" and row.observed == (40.0, 40.0) and row.verdict == "inside"
    grade = one(outcome="scar_severity", statistic="mean", change_percent=-40.0)
    assert row.course is not None and grade.course is not None
    assert row.course.median == pytest.approx(-grade.course.median)
    beside = one(**mean, against="untreated")
    assert beside.unit == "percentage points" and beside.verdict in ("inside", "missed")
    assert beside.course is not None and tuple(beside.course) == pytest.approx(tuple(row.course), abs=1e-3)
    assert one(**{**mean, "unit": "point"}).verdict == "not asked"


# ------------------------------------------------------------------------------------------- sessions


def test_pain_redness_and_downtime_have_people_readings_and_their_number() -> None:
    for outcome, unit in (("pain_vas", "point"), ("erythema_hours", "h"), ("downtime_days", "d")):
        mean = {"outcome": outcome, "statistic": "mean", "unit": unit, "value": 3.0, "direction": "none", "day": 0}
        few, many = (one(**mean, n=n) for n in (4, 4000))
        assert few.verdict in ("inside", "missed") and few.course == many.course
        assert (
            width(few, "without_heterogeneity") > width(many, "without_heterogeneity") >= 0.95 * width(many, "course")
        )
        assert width(many) > width(many, "without_heterogeneity")


def test_a_sign_of_a_session_needs_another_side() -> None:
    row = one(outcome="pain_vas", statistic="sign", day=0, direction="increase")
    assert row.verdict == "not asked" and "no other side" in row.why
    beside = one(outcome="pain_vas", statistic="sign", day=0, direction="increase", against="untreated")
    assert beside.verdict == "scored" and beside.probability > 0.95  # type: ignore[operator]
    number = one(outcome="pain_vas", statistic="mean", unit="point", value=4.0, day=0, direction="increase",
                 against="untreated")  # fmt: skip
    assert number.unit == "point" and number.observed == (4.0, 4.0)


def test_a_rater_of_a_mixture_lies_between() -> None:
    grade = {"outcome": "goodman_baron_grade", "statistic": "mean", "change_percent": -30.0}
    mixed = TEXT.replace(
        'rater = "blinded"\n',
        'rater = "blinded"\nassumed = {rater = {shares = {blinded = 0.5, self = 0.5}, basis = "not told"}}\n', 1,
    )  # fmt: skip
    medians = [
        one(text, draws=200, **grade).printed.median  # type: ignore[union-attr]
        for text in (TEXT.replace('"blinded"', '"self"'), mixed, TEXT)
    ]
    assert medians[0] < medians[1] < medians[2]


def test_the_same_seed_prints_the_same(tmp_path: Path) -> None:
    first, second = (seen(TEXT)[0].printed for _ in range(2))
    assert first is not None and second is not None and np.array_equal(first, second)


def test_bands_of_people_alone_need_people_of_an_arm_too() -> None:
    with pytest.raises(InputError, match="outcomes_only"):
        simulate_arm(read_study(TEXT, "own.toml"), draws=1, outcomes_only=True)
