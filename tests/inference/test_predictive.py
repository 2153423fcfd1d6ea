"""Findings beside their predictions: weights, scores, and a part of the kept results found again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neodermis.evidence import load_parameters, load_study
from neodermis.simulation.course import Observed
from neodermis.simulation.session import Interval
from neodermis.skin.outcomes import NOT_MODELLED, OUTCOMES
from neodermis.skin.raters import FAMILIES
from neodermis.studies.rivals import Design
from neodermis.studies.scorecard import (
    FLOOR,
    JUDGED_FROM,
    TITLES,
    Beside,
    base_rates,
    beside_rivals,
    by_contrast,
    by_family,
    by_outcome,
    by_statement,
    contrasts,
    coverage,
    covered_alike,
    distance,
    log_score,
    numbers,
    people_of,
    predict,
    smallest_change,
    statement,
    statements,
    too_good,
    unlikely,
    weights,
    worst,
)

KEPT = json.loads((Path(__file__).parents[2] / "validation" / "prior_predictive.json").read_text("utf-8"))
STUDIES = ("minh-2019", "kenkel-2021")


@pytest.fixture(scope="module")
def rows() -> list:  # type: ignore[type-arg]
    studies, priors = [load_study(name) for name in STUDIES], load_parameters(calibrated=False)
    return list(predict(studies, draws=KEPT["draws"], seed=KEPT["seed"], parameters=priors))


@pytest.mark.slow
def test_a_part_of_the_kept_results_is_found_again(rows: list) -> None:  # type: ignore[type-arg]
    for row in rows:
        if row.verdict == "not asked":
            continue
        (kept,) = [
            each
            for each in KEPT["rows"]
            if [each[name] for name in ("study", "arm", "outcome", "measure", "day", "threshold", "rater", "statistic")]
            == [
                row.study,
                row.arm,
                row.finding.outcome,
                row.finding.measure,
                row.finding.day,
                row.finding.threshold,
                row.rater,
                row.finding.statistic,
            ]
        ]
        assert kept["verdict"] == row.verdict
        assert kept["probability"] == (None if row.probability is None else pytest.approx(row.probability, abs=1e-3))
        assert kept["predicted"] == pytest.approx(list(row.printed), rel=1e-3, abs=1e-3)


def test_groups_of_people_weigh_equally_and_a_series_once(rows: list) -> None:  # type: ignore[type-arg]
    asked = [row for row in rows if row.verdict != "not asked"]
    weight = weights(asked)
    assert weight.sum() == pytest.approx(1.0)
    of = {name: sum(w for w, row in zip(weight, asked, strict=True) if row.study == name) for name in STUDIES}
    assert of["minh-2019"] == pytest.approx(of["kenkel-2021"])
    series: dict[str, float] = {}
    for w, row in zip(weight, asked, strict=True):
        if row.study == "minh-2019":
            series[row.finding.outcome] = series.get(row.finding.outcome, 0.0) + w
    assert np.ptp(list(series.values())) < 1e-12  # three times of one score count as one
    # the same people in two studies are one group
    shared = [replace(row, people="the same") for row in asked]
    assert people_of(shared) == 1 and weights(shared).sum() == pytest.approx(1.0)


def test_misses_lie_outside_and_the_worst_come_first(rows: list) -> None:  # type: ignore[type-arg]
    some = [
        made(rows, "a", "vss", "point", -4.0, -2.0, False), made(rows, "b", "vss", "point", -8.0, -2.0, False),
        made(rows, "c", "vss", "point", -2.0, -2.0, True),
    ]  # fmt: skip
    assert [row.study for row in worst(some)] == ["b", "a"]
    assert [distance(row) for row in some] == pytest.approx([1.0, 5.0, 0.0])
    for row in rows:
        if row.verdict in ("inside", "missed"):
            low, high = row.observed
            assert (low <= row.printed.upper90 and high >= row.printed.lower90) == (row.verdict == "inside")


def test_too_good_is_towards_benefit(rows: list) -> None:  # type: ignore[type-arg]
    (grade,) = [row for row in rows if row.finding.outcome == "goodman_baron_grade" and row.finding.day == 150.0]
    assert too_good(grade) == pytest.approx(grade.observed[0] - grade.printed.median)  # lower is better


def test_groups_cover_what_was_asked(rows: list) -> None:  # type: ignore[type-arg]
    groups = by_outcome(rows)
    assert groups[-1].name == "all" and groups[-1].people == 2
    assert sum(each.findings for each in groups[:-1]) == groups[-1].findings
    assert all(each.numbers + each.statements == each.findings for each in groups)
    assert all(each.inside is None or 0.0 <= each.inside <= 1.0 for each in groups)


def test_every_miss_of_the_kept_results_has_a_cause() -> None:
    from validation.prior_predictive import CAUSES

    missed = {f"{row['study']} {row['outcome']}" for row in KEPT["missed"]}
    assert missed == set(CAUSES)
    # what is not modelled is never a miss, nor a hit; and nothing of which only the direction is modelled is a number
    assert not {row["outcome"] for row in KEPT["rows"]} & set(NOT_MODELLED)
    told = {row["outcome"] for row in KEPT["rows"] if row["observed"] is not None}
    assert not {name for name in told if OUTCOMES[name].direction_only}


# ------------------------------------------------------------------------------------------- numbers by family


def made(
    rows: list,
    study: str,
    outcome: str,
    unit: str,
    published: float,
    median: float,
    inside: bool,
    **about: Any,  # type: ignore[type-arg]
) -> Observed:
    """A result of one number, laid beside a prediction."""
    (template, *_) = numbers(rows)
    finding = replace(template.finding, outcome=outcome, series="", **{"baseline": None, "below": None, **about})
    return replace(
        template, study=study, people=study, finding=finding, unit=unit, observed=(published, published),
        printed=Interval(median, median - 1.0, median + 1.0), verdict="inside" if inside else "missed",
        without_heterogeneity=Interval(median, median - 0.5, median + 0.5),
    )  # fmt: skip


def plain(row: Observed) -> Design:
    return Design(people=row.people, device="pen", session_days=(0.0, 30.0), passes=6.0, depth_mm=1.5)


def test_every_outcome_is_in_one_family() -> None:
    named = [name for of in FAMILIES.values() for name in of]
    assert len(named) == len(set(named)) and set(OUTCOMES) <= set(named) and TITLES.keys() == FAMILIES.keys()


def test_smallest_change_of_a_result_is_in_its_unit(rows: list) -> None:  # type: ignore[type-arg]
    grade = made(rows, "a", "goodman_baron_grade", "% of baseline", -30.0, -40.0, True, baseline=2.5)
    assert smallest_change(grade) == pytest.approx(40.0)  # one grade of 2.5
    assert smallest_change(replace(grade, finding=replace(grade.finding, baseline=None))) == 10.0
    assert smallest_change(made(rows, "a", "goodman_baron_grade", "grade", -1.0, -1.0, True)) == 1.0
    assert smallest_change(made(rows, "a", "goodman_baron_grade", "% of people", 70.0, 80.0, True)) == 10.0
    assert smallest_change(made(rows, "a", "ecca_score", "% of baseline", -8.0, -77.0, False)) == 10.0
    water = made(rows, "a", "tewl", "g/m2/h", -3.0, 0.0, False, baseline=12.0)
    assert smallest_change(water) == pytest.approx(1.2)
    assert smallest_change(replace(water, finding=replace(water.finding, baseline=None))) is None


def test_numbers_stand_beside_the_mean_of_the_other_groups(rows: list) -> None:  # type: ignore[type-arg]
    some = [
        made(rows, "a", "ecca_score", "% of baseline", -10.0, -40.0, False),
        made(rows, "b", "ecca_score", "% of baseline", -50.0, -40.0, True),
        made(rows, "c", "ecca_score", "% of baseline", -70.0, -40.0, True),
        made(rows, "c", "vss", "point", -4.0, -2.0, True),
        made(rows, "c", "tewl", "g/m2/h", -3.0, 0.0, False),
        replace(made(rows, "d", "vss", "point", -4.0, -2.0, False), verdict="scored", observed=None),  # no number
    ]
    beside = beside_rivals(some, plain)
    assert len(beside) == 5
    assert [each.pooled and each.pooled.value for each in beside] == pytest.approx([-60.0, -40.0, -30.0, None, None])
    # no dose or day differs, so that the null curve is a constant too, which its priors hold a little
    assert beside[0].null is not None and beside[0].null.value == pytest.approx(-60.0, abs=12.0)
    scars, barrier, whole = by_family(beside)
    assert (scars.name, scars.people, scars.numbers, scars.compared, scars.judged) == (TITLES["scars"], 3, 4, 3, False)
    assert scars.inside == pytest.approx((0.0 + 1.0 + 1.0) / 3.0)  # groups of people weigh equally
    assert scars.error == pytest.approx((3.0 + 1.0 + (3.0 + 2.0) / 2.0) / 3.0)
    assert scars.error_compared == pytest.approx((3.0 + 1.0 + 3.0) / 3.0)
    assert scars.error_pooled == pytest.approx((5.0 + 1.0 + 4.0) / 3.0)
    assert scars.ahead_of_pooled is not None and scars.ahead_of_pooled.median == pytest.approx(10 / 3 - 7 / 3)
    assert (barrier.numbers, barrier.error, barrier.error_pooled, barrier.rank) == (1, None, None, None)
    assert (whole.name, whole.people, whole.numbers) == ("All", 3, 5)


def test_ranks_across_protocols_need_enough_groups(rows: list) -> None:  # type: ignore[type-arg]
    def beside(count: int) -> list[Beside]:
        return beside_rivals(
            [made(rows, f"s{k}", "vss", "% of baseline", -10.0 * k, -5.0 * k - 1.0, True) for k in range(count)], plain
        )

    few, enough = (by_family(beside(count))[0] for count in (JUDGED_FROM - 1, JUDGED_FROM))
    assert few.rank is None and not few.judged
    assert enough.rank == pytest.approx(1.0) and enough.protocols == JUDGED_FROM and enough.judged
    # a constant of the others ranks against the published numbers
    assert enough.rank_null is not None and enough.rank_null < 0.0


def test_a_side_is_no_forecast_of_a_protocol(rows: list) -> None:  # type: ignore[type-arg]
    some = [made(rows, f"s{k}", "vss", "point", -1.0, -1.0, True, against="other") for k in range(4)]
    assert beside_rivals(some, plain) == []


# ------------------------------------------------------------------------------------------- signs and significance


def said(rows: list, study: str, direction: str, probability: float, **about: Any) -> Observed:  # type: ignore[type-arg]
    row = made(rows, study, about.pop("outcome", "vss"), "% of baseline", 0.0, 0.0, True)
    finding = replace(row.finding, statistic="sign", direction=direction, **about)
    return replace(row, finding=finding, observed=None, verdict="scored", probability=probability)


def test_statements_are_towards_benefit(rows: list) -> None:  # type: ignore[type-arg]
    assert statement(said(rows, "a", "decrease", 0.5)) == "better"
    assert statement(said(rows, "a", "increase", 0.5)) == "worse"
    assert statement(said(rows, "a", "increase", 0.5, outcome="collagen_1")) == "better"
    assert statement(said(rows, "a", "decrease", 0.5, outcome="melanin_index")) == "decrease"  # neither is better
    assert statement(said(rows, "a", "none", 0.5)) == "none"


def test_base_rate_is_what_always_improves_comes_to(rows: list) -> None:  # type: ignore[type-arg]
    some = [said(rows, name, "decrease", 0.9) for name in "abcde"] + [said(rows, "f", "increase", 0.1)]
    found = base_rates(some)
    assert found[0] == pytest.approx((4.0 + 1.0) / (5.0 + 3.0))  # four of the five others, and one of each of three
    assert found[-1] == pytest.approx((0.0 + 1.0) / (5.0 + 3.0))
    # a group counts once, however often it says so; differences between sides are a kind of their own
    twice = [*some, said(rows, "a", "decrease", 0.9)]
    assert base_rates(twice)[1] == pytest.approx(found[1])
    sides = [*some, said(rows, "g", "decrease", 0.9, against="other")]
    assert base_rates(sides)[:6] == pytest.approx(found) and base_rates(sides)[6] == pytest.approx(1.0 / 3.0)


def test_statements_are_scored_beside_their_base_rate(rows: list) -> None:  # type: ignore[type-arg]
    some = [said(rows, name, "decrease", 0.9) for name in "abcde"] + [said(rows, "f", "increase", 0.001)]
    (signs, whole) = by_statement(some)
    assert signs.name.startswith("Signs") and (signs.people, signs.results) == (6, 6)
    assert signs.score == pytest.approx((5.0 * np.log(0.9) + np.log(FLOOR)) / 6.0)  # none is scored as impossible
    assert signs.score_base == pytest.approx(np.mean(np.log(base_rates(some))))
    assert signs.ahead.median == pytest.approx(signs.score - signs.score_base)
    assert signs.improves == pytest.approx(5.0 / 6.0) and whole.name == "All"
    assert log_score(0.0) == np.log(FLOOR) and log_score(1.0) == 0.0
    assert [row.people for row in unlikely(some)] == ["f"]


def test_a_statement_is_neither_inside_nor_missed(rows: list) -> None:  # type: ignore[type-arg]
    some = [said(rows, "a", "decrease", 0.02), made(rows, "b", "vss", "point", -1.0, -1.0, True)]
    assert coverage(some) == (1.0, 1.0, 1.0) and worst(some) == [] and len(statements(some)) == len(numbers(some)) == 1


# ------------------------------------------------------------------------------------------- contrasts within studies


def test_contrasts_are_of_sides_types_and_times(rows: list) -> None:  # type: ignore[type-arg]
    def of(published: float, median: float, **about: Any) -> Observed:
        return made(rows, "a", "scar_severity", "% of baseline", published, median, True, **about)

    some = [
        replace(of(-12.0, -20.0, against="other"), comparison="sides", unit="percentage points"),
        of(-30.0, -40.0, scar_type="rolling", day=90.0), of(-10.0, -35.0, scar_type="ice_pick", day=90.0),
        of(-20.0, -22.0, day=30.0), of(-26.0, -30.0, day=60.0), of(-32.0, -20.0, day=90.0),
        replace(of(-25.0, -26.0, day=30.0), arm="other"),
        replace(of(-99.0, -99.0, day=30.0), arm="other", rater="self"),  # another rater: no contrast
    ]  # fmt: skip
    found = contrasts(some)
    assert [(each.kind, each.against, each.published, each.predicted) for each in found] == [
        ("sides", "other", -12.0, -20.0), ("arms reported apart", some[3].arm, -5.0, -4.0),
        ("scar types", "ice_pick", -20.0, -5.0), ("times", "day 30", -6.0, -8.0), ("times", "day 60", -6.0, 10.0),
    ]  # fmt: skip
    sides, apart, kinds, times = by_contrast(some)
    assert (apart.numbers, apart.right) == (1, 1.0)
    assert (sides.name, sides.numbers, sides.right, sides.error, sides.error_none) == ("sides", 1, 1.0, 0.8, 1.2)
    assert kinds.right == 1.0 and times.right == pytest.approx(0.5)
    assert sides.ahead is not None and sides.ahead.median == pytest.approx(0.4) and sides.rank is None


def test_a_share_that_did_better_on_one_side_is_no_contrast(rows: list) -> None:  # type: ignore[type-arg]
    row = made(rows, "a", "vss", "% of people", 73.0, 60.0, True, against="other", baseline=None)
    share = replace(row.finding, statistic="share", threshold="better", value=73.0, unit="%")
    assert contrasts([replace(row, finding=share, comparison="sides")]) == []


def test_coverage_has_an_interval_of_the_studies(rows: list) -> None:  # type: ignore[type-arg]
    some = [made(rows, f"s{k}", "vss", "point", -1.0, -1.0, k % 2 == 0) for k in range(20)]
    found = coverage(some)
    assert found is not None
    assert found.median == pytest.approx(0.5)
    wald = 1.645 * np.sqrt(0.25 / 20)
    assert found.lower90 == pytest.approx(0.5 - wald, abs=0.06) and found.upper90 == pytest.approx(0.5 + wald, abs=0.06)
    twice = coverage([*some, *(replace(row, arm="other") for row in some)])
    assert twice is not None and twice == pytest.approx(found)  # more results of the same people tell no more
    assert coverage([replace(row, verdict="scored") for row in some]) is None
    # without heterogeneity the interval is half as wide
    near = [replace(row, observed=(-0.2, -0.2)) for row in some]
    assert covered_alike(near) == 0.0 and covered_alike(some) == 1.0


def test_kept_headline_is_the_coverage_of_the_kept_numbers() -> None:
    rows = [row for row in KEPT["rows"] if row["observed"] is not None]
    whole = KEPT["numbers"]
    assert whole["numbers"] == len(rows)
    assert KEPT["by_family"][-1]["numbers"] == len([row for row in rows if row["against"] is None])
    assert KEPT["statements"]["statements"] == len(KEPT["rows"]) - len(rows)
    assert whole["inside"] == pytest.approx(KEPT["by_outcome"][-1]["inside"], abs=1e-5)
    assert whole["lower90"] < whole["inside"] < whole["upper90"]
    assert all(0.0 <= row["probability"] <= 1.0 for row in KEPT["rows"] if row["observed"] is None)


def test_page_says_which_families_are_too_few_to_judge() -> None:
    from validation.prior_predictive import page

    text = page(KEPT)
    for each in KEPT["by_family"]:
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {each['name']} |")][:1]
        assert ("too few to judge" in line) == (each["compared_people"] < JUDGED_FROM)
