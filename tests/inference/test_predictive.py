"""Findings beside their predictions: weights, scores, and a part of the kept results found again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neodermis.evidence import load_study
from neodermis.simulation.course import Observed
from neodermis.simulation.session import Interval
from neodermis.skin.outcomes import NOT_MODELLED, OUTCOMES
from neodermis.studies.scorecard import (
    FAMILIES,
    by_family,
    by_outcome,
    constants,
    coverage,
    distance,
    numbers,
    predict,
    smallest_change,
    too_good,
    weights,
    worst,
)

KEPT = json.loads((Path(__file__).parents[2] / "validation" / "prior_predictive.json").read_text("utf-8"))
STUDIES = ("minh-2019", "kenkel-2021")


@pytest.fixture(scope="module")
def rows() -> list:  # type: ignore[type-arg]
    return list(predict([load_study(name) for name in STUDIES], draws=KEPT["draws"], seed=KEPT["seed"]))


@pytest.mark.slow
def test_a_part_of_the_kept_results_is_found_again(rows: list) -> None:  # type: ignore[type-arg]
    for row in rows:
        if row.verdict == "not asked":
            continue
        (kept,) = [
            each
            for each in KEPT["rows"]
            if (each["study"], each["arm"], each["outcome"], each["measure"], each["day"], each["threshold"])
            == (row.study, row.arm, row.finding.outcome, row.finding.measure, row.finding.day, row.finding.threshold)
        ]
        assert kept["verdict"] == row.verdict
        assert kept["predicted"] == pytest.approx(list(row.printed), rel=1e-3, abs=1e-3)


def test_studies_weigh_equally_and_a_series_once(rows: list) -> None:  # type: ignore[type-arg]
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


def test_misses_lie_outside_and_the_worst_come_first(rows: list) -> None:  # type: ignore[type-arg]
    missed = worst(rows)
    assert missed and all(row.verdict == "missed" for row in missed)
    numbers = [distance(row) for row in missed if row.observed is not None]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > 0
    assert all(distance(row) == 0.0 for row in rows if row.verdict == "inside")


def test_too_good_is_towards_benefit(rows: list) -> None:  # type: ignore[type-arg]
    (grade,) = [row for row in rows if row.finding.outcome == "goodman_baron_grade" and row.finding.day == 150.0]
    assert too_good(grade) == pytest.approx(grade.observed[0] - grade.printed.median)  # lower is better


def test_groups_cover_what_was_asked(rows: list) -> None:  # type: ignore[type-arg]
    groups = by_outcome(rows)
    assert groups[-1].name == "all" and groups[-1].studies == 2
    assert sum(each.findings for each in groups[:-1]) == groups[-1].findings
    assert all(0.0 <= each.inside <= 1.0 for each in groups)


def test_every_miss_of_the_kept_results_has_a_cause() -> None:
    from validation.prior_predictive import CAUSES

    missed = {f"{row['study']} {row['outcome']}" for row in KEPT["missed"]}
    assert missed == set(CAUSES)
    # what is not modelled is never a miss, nor a hit
    assert not {row["outcome"] for row in KEPT["missed"]} & set(NOT_MODELLED)


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
        template, study=study, finding=finding, unit=unit, observed=(published, published),
        printed=Interval(median, median - 1.0, median + 1.0), verdict="inside" if inside else "missed",
    )  # fmt: skip


def test_every_outcome_is_in_one_family() -> None:
    named = [name for of in FAMILIES.values() for name in of]
    assert sorted(named) == sorted(OUTCOMES)


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


def test_constant_is_the_mean_of_the_other_studies_of_that_outcome_and_unit(rows: list) -> None:  # type: ignore[type-arg]
    some = [
        made(rows, "a", "ecca_score", "% of baseline", -10.0, 0.0, False),
        made(rows, "a", "ecca_score", "% of baseline", -30.0, 0.0, False),
        made(rows, "b", "ecca_score", "% of baseline", -50.0, 0.0, False),
        made(rows, "c", "ecca_score", "% of baseline", -70.0, 0.0, False),
        made(rows, "a", "ecca_score", "% of people", 40.0, 0.0, False),
        made(rows, "b", "vss", "% of baseline", -40.0, 0.0, False),
    ]
    assert constants(some) == [-60.0, -60.0, -45.0, -35.0, None, None]


def test_families_give_coverage_and_errors_on_the_same_numbers(rows: list) -> None:  # type: ignore[type-arg]
    some = [
        made(rows, "a", "ecca_score", "% of baseline", -10.0, -40.0, False),
        made(rows, "b", "ecca_score", "% of baseline", -50.0, -40.0, True),
        made(rows, "b", "vss", "point", -4.0, -2.0, True),
        made(rows, "c", "tewl", "g/m2/h", -3.0, 0.0, False),
        replace(made(rows, "d", "vss", "point", -4.0, -2.0, False), observed=None),  # a sign is no number
    ]
    scars, barrier, whole = by_family(some)
    assert (scars.studies, scars.numbers, scars.compared) == (2, 3, 2)
    assert scars.inside == pytest.approx(0.5)  # studies weigh equally
    assert scars.error == pytest.approx((3.0 + (1.0 + 2.0) / 2.0) / 2.0)
    assert scars.error_compared == pytest.approx((3.0 + 1.0) / 2.0)
    assert scars.error_constant == pytest.approx(4.0)
    assert (barrier.numbers, barrier.error, barrier.error_constant) == (1, None, None)
    assert (whole.name, whole.studies, whole.numbers) == ("All", 3, 4)


def test_coverage_has_an_interval_of_the_studies(rows: list) -> None:  # type: ignore[type-arg]
    some = [made(rows, f"s{k}", "vss", "point", -1.0, -1.0, k % 2 == 0) for k in range(20)]
    found = coverage(some)
    assert found is not None
    assert found.median == pytest.approx(0.5)
    wald = 1.645 * np.sqrt(0.25 / 20)
    assert found.lower90 == pytest.approx(0.5 - wald, abs=0.06) and found.upper90 == pytest.approx(0.5 + wald, abs=0.06)
    twice = coverage([*some, *(replace(row, arm="other") for row in some)])
    assert twice is not None and twice == pytest.approx(found)  # more results of the same studies tell no more
    assert coverage([replace(row, observed=None) for row in some]) is None


def test_kept_headline_is_the_coverage_of_the_kept_numbers() -> None:
    rows = [row for row in KEPT["rows"] if row["observed"] is not None]
    whole = KEPT["numbers"]
    assert whole["numbers"] == len(rows) == KEPT["by_family"][-1]["numbers"]
    assert whole["studies"] == len({row["study"] for row in rows})
    assert KEPT["signs"]["signs"] == len(KEPT["rows"]) - len(rows)
    assert whole["inside"] == pytest.approx(KEPT["by_outcome"][-1]["numbers_inside"], abs=1e-5)
    assert whole["lower90"] < whole["inside"] < whole["upper90"]
